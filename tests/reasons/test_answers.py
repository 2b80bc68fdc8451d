"""Reasons of drawn rows, against all rows: forcing sets, joint ranges, and the nearest rows."""

import operator
import os
from collections.abc import Iterable, Mapping
from itertools import combinations
from random import Random
from typing import Any

import pytest

import nnc
from nnc.proofs.comparison.regions import Condition
from nnc.reasons import answers
from nnc.reasons.answers import NearRow
from tests.support.drawn_rows import DrawnRow, draw_row

SIGNS = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
Row = Mapping[str, Any]


def holds(condition: Condition, row: Row) -> bool:
    value = row[condition.input]
    if condition.values:
        return value in condition.values
    ends = [end for end in (condition.low, condition.high) if end]
    assert ends
    return all(SIGNS[sign](value, limit) for sign, limit in ends)


def changed(row: Row, other: Row) -> set[str]:
    return {name for name, value in row.items() if other[name] != value}


def fewest_that_force(names: Iterable[str], differences: list[set[str]]) -> int:
    names = list(names)
    for count in range(len(names) + 1):
        for held in combinations(names, count):
            if all(each.intersection(held) for each in differences):
                return count
    raise AssertionError


def adds_reals(drawn: DrawnRow) -> bool:
    """Whether real numbers may be added up, of which no table has all rows."""
    is_real = any(len(own) == 13 for own in drawn.values.values())
    return is_real and any(kind in ("largest", "sum") for kind, _ in drawn.outputs.values())


def as_changed(drawn: DrawnRow, near: NearRow) -> dict[str, Any]:
    return dict(drawn.row) | {each.input: each.after for each in near.changes}


def check(drawn: DrawnRow, *, is_exact: bool, random: Random) -> None:
    """Compare the reasons of a row with what all rows give."""
    rows = [(row, drawn.evaluate(row)) for row in drawn.rows()]
    kept = random.sample(sorted(drawn.values), random.randint(0, 1))
    network = nnc.loads(drawn.text)
    found = nnc.why(network, {name: str(value) for name, value in drawn.row.items()}, keep=kept)
    now = drawn.evaluate(drawn.row)
    for output in found.outputs:
        name = output.name
        assert output.value == now[name]
        others = [row for row, given in rows if given[name] != now[name]]
        forced = output.forced
        # jointly: every row in which all conditions hold
        assert all(holds(each, drawn.row) for each in forced.conditions)
        assert not any(all(holds(each, row) for each in forced.conditions) for row in others)
        differences = [changed(drawn.row, row) for row in others]
        fewest = fewest_that_force(drawn.values, differences)
        assert len({each.input for each in forced.conditions}) == len(forced.conditions)
        assert forced.is_smallest or not is_exact
        assert len(forced.conditions) >= fewest
        if forced.is_smallest:
            assert len(forced.conditions) == fewest
        check_near(
            drawn,
            output.near.rows,
            others,
            kept,
            is_proved=output.near.is_proved,
            is_exact=is_exact,
        )
        assert output.near.is_proved or not is_exact
        values = sorted({given[name] for _, given in rows} - {now[name]})
        if values:
            wanted = random.choice(values)
            text = str(wanted)
            asked = nnc.why(
                network, {n: str(v) for n, v in drawn.row.items()}, only=name, would={name: text}
            ).outputs[0]
            goal = [row for row, given in rows if given[name] == wanted]
            check_near(
                drawn, asked.near.rows, goal, [], is_proved=asked.near.is_proved, is_exact=is_exact
            )


def check_near(
    drawn: DrawnRow, near: tuple[NearRow, ...], goal: list[Row], kept: list[str], *,
    is_proved: bool,
    is_exact: bool,
) -> None:  # fmt: skip
    allowed = [row for row in goal if not changed(drawn.row, row).intersection(kept)]
    if not near:
        assert not is_proved or not allowed
        return
    fewest = min(len(changed(drawn.row, row)) for row in allowed)
    for each in near:
        there = as_changed(drawn, each)
        assert drawn.evaluate(there)  # it is a row
        assert not changed(drawn.row, there).intersection(kept)
        assert each.value in drawn.evaluate(there).values()
        count = len(each.changes)
        assert count == fewest if is_proved else count >= fewest
        if there in allowed or all(there[n] in own for n, own in drawn.values.items()):
            assert there in allowed
        if count == 1 and is_exact:
            check_nearest_value(drawn, each, allowed)


def check_nearest_value(drawn: DrawnRow, near: NearRow, allowed: list[Row]) -> None:
    """Look for a value nearer to that of the row, on the same side; reals have quarters alone."""
    (change,) = near.changes
    if isinstance(change.after, str):
        return
    now = drawn.row[change.input]
    alike = [row[change.input] for row in allowed if changed(drawn.row, row) == {change.input}]
    side = [value for value in alike if (value > now) == (change.after > now)]
    assert side
    step = 0 if len(drawn.values[change.input]) < 13 else 0.25
    assert abs(change.after - now) <= min(abs(value - now) for value in side) + step


@pytest.mark.parametrize("engine", ["tables", "circuits"])
def test_reasons_of_drawn_rows(chunk: int, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "circuits":
        monkeypatch.setattr(answers, "MAX_ROWS", 0)
    for number in range(4):
        seed = f"{os.environ['NNC_FUZZ_SEED']} {chunk} {number}"
        random = Random(seed)
        drawn = draw_row(random)
        try:
            check(drawn, is_exact=engine == "tables" and not adds_reals(drawn), random=random)
        except (AssertionError, nnc.NncError) as error:
            raise AssertionError(f"{seed}, {drawn.row}\n{drawn.text}") from error
