"""What a verdict claims about where an output differs, against rows that were tried one by one."""

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from nnc.proofs.comparison.behaviour import Verdict
from nnc.proofs.comparison.regions import Condition, Region

Row = Mapping[str, Any]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "at_most": operator.le,
    "below": operator.lt,
}


def is_true(condition: Condition, row: Row) -> bool:
    value = row[condition.input]
    if condition.element is not None:
        bits = not isinstance(value, list)
        value = value >> condition.element & 1 if bits else value[condition.element]
    if condition.values:
        return value in condition.values
    ends = [end for end in (condition.low, condition.high) if end is not None]
    assert ends
    return all(OPERATORS[rule](Fraction(value), number) for rule, number in ends)


def is_in(region: Region, row: Row) -> bool:
    held = sum(is_true(condition, row) for condition in region.some)
    return (
        all(is_true(condition, row) for condition in region.all)
        and (not region.some or region.least <= held <= region.most)
        and (
            not region.either
            or any(all(is_true(condition, row) for condition in group) for group in region.either)
        )
    )


def check_claims(
    verdict: Verdict, rows: Sequence[Row], olds: Sequence[Any], news: Sequence[Any]
) -> Region:
    """Check that it differs all over the region and, if that is whole, nowhere else.

    Also that the inputs of the counterexample decide what both networks give.
    """
    region, example = verdict.region, verdict.counterexample
    assert region is not None
    assert example is not None
    assert is_in(region, example.row)
    for row, old, new in zip(rows, olds, news, strict=True):
        if is_in(region, row):
            assert old != new, (region, row, old)
        elif region.is_whole:
            assert old == new, (region, row, old, new)
        if all(row[name] == value for name, value in example.inputs.items()):
            assert (old, new) == (example.before, example.after), (example, row, old, new)
    return region
