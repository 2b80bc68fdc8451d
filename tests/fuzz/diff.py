"""Two networks that differ in a few numbers: what is said to be equal is, what differs is shown.

The oracle evaluates both for rows of its own choice, and for the counterexample.
"""

from fractions import Fraction
from random import Random
from typing import Any

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.proofs.comparison.behaviour import Verdict, compare_behaviour
from tests.fuzz import trees
from tests.fuzz.yaml import within
from tests.support import oracle
from tests.support.oracle import Oracle
from tests.support.strategies import example

FEATURES = {"buses": 0.5, "choice": 0.3, "states": 0.5, "layers": 0.4, "largest": 0.5,
            "rules": 0.4, "counts": 0.5}  # fmt: skip
ROWS = 60
OTHERS = 10
MOST_WIDTH = 2048
MOST_SIGNALS = 8192
SECONDS = 20
"""CPU time of a trial: a batch of random rows in fractions is ended, budget or not."""


def trial(rng: Random) -> None:
    before = example(rng, 1, FEATURES).text
    after = trees.written(trees.renumbered(trees.read(before), rng), rng)
    try:
        _compared(before, after, rng)
    except BaseException as error:
        error.add_note(f"before:\n{before}\nafter:\n{after}")
        raise


def _compared(before: str, after: str, rng: Random) -> None:
    try:
        plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
    except InvalidNetworkError:
        return
    is_wide = any(tap.width > MOST_WIDTH for plan in plans for tap in plan.outputs)
    if is_wide or any(plan.signals > MOST_SIGNALS for plan in plans):
        return  # the oracle would take its time
    found = compare_behaviour(plans[0], plans[1], budget=0.3)
    exact = [Oracle(oracle.loads(text)) for text in (before, after)]
    both = [plan.inputs for plan in plans]
    equal = {one.output for one in found.verdicts if one.kind == "equal"}
    for one in found.verdicts:
        if one.counterexample is not None:
            shown = one.counterexample.row
            values = [
                side.evaluate(_completed(shown, own))[one.output]
                for side, own in zip(exact, both, strict=True)
            ]
            assert not _same(*values), (one, values)
            _check_others(one, values, exact, both, rng)
    for _ in range(ROWS):
        row = {name: within(one, rng) for name, one in both[0].items()}
        if not all(_takes(side, row) for side in both):
            continue
        one, other = (side.evaluate(row) for side in exact)
        for alias in equal:
            assert _same(one[alias], other[alias]), (alias, row, one[alias], other[alias])


def _check_others(one: Verdict, values: Any, exact: Any, both: Any, rng: Random) -> None:
    """Check that the inputs that are left out of a counterexample do not matter."""
    assert one.counterexample is not None
    for _ in range(OTHERS):
        row = one.counterexample.row
        for name in one.counterexample.others:
            owner = both[0].get(name) or both[1][name]
            value = within(owner, rng)
            if all(name not in side or _suits(side[name], value) for side in both):
                row[name] = value
        others = [
            side.evaluate(_completed(row, own))[one.output]
            for side, own in zip(exact, both, strict=True)
        ]
        assert others == values, (one, row, others, values)


def _completed(shown: Any, inputs: Any) -> dict[str, Any]:
    """Return a row of one network: an input without a value that suits both has any of its own."""
    rng = Random(0)
    return {
        name: shown[name] if name in shown else within(one, rng) for name, one in inputs.items()
    }


def _same(one: Any, other: Any) -> bool:
    """Whether two outputs are the same, element by element: of plain bits the oracle gives one."""
    if isinstance(one, list) == isinstance(other, list):
        return bool(one == other)
    listed, whole = (one, other) if isinstance(one, list) else (other, one)
    return bool(listed == [int(whole) >> place & 1 for place in range(len(listed))])


def _takes(inputs: Any, row: dict[str, Any]) -> bool:
    """Whether each value of a row is one of its input."""
    return inputs.keys() == row.keys() and all(
        _suits(inputs[name], value) for name, value in row.items()
    )


def _suits(one: nnc.Input, value: Any) -> bool:
    if one.of is not None:
        return value in one.of
    return (len(value) if isinstance(value, list) else None) == one.size and not any(
        map(one.refuses, map(Fraction, elements(value)))
    )


def elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
