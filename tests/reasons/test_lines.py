"""Numbers that are added up inside a network: the next cut-off along one, and joint ranges."""

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import nnc

GRID = [Fraction(k, 4) for k in range(-40, 41)]  # the bounds of the numbers, in quarters


class _Drawn:
    """Two sums of the numbers x, y and the bit a; a decision about their neurons and b."""

    def __init__(self, random: Random) -> None:
        def weight() -> Fraction:
            return Fraction(random.choice([-3, -2, -1, 1, 2, 3]), random.choice([1, 2]))

        self.weights = [[weight() for _ in "xya"] for _ in range(2)]
        self.limits = [Fraction(random.randint(-30, 30), 2) for _ in range(2)]
        self.rules = [random.choice(["above", "at_least"]) for _ in range(2)]
        self.last = random.choice([1, 2, 2, 3])
        self.row = {"x": random.choice(GRID), "y": random.choice(GRID), "a": 0, "b": 1}

    @property
    def text(self) -> str:
        sums = "".join(
            f"  s{i}: {{weights: {{x: {own[0]}, y: {own[1]}, a: {own[2]}}}, "
            f"threshold: {limit}, fires: {rule}}}\n"
            for i, (own, limit, rule) in enumerate(
                zip(self.weights, self.limits, self.rules, strict=True)
            )
        )
        numbers = "x: {type: real, min: -10, max: 10}, y: {type: real, min: -10, max: 10}"
        return (
            f"nnc: 1\nfires: at_least\ninputs: {{{numbers}, a: bit, b: bit}}\nneurons:\n{sums}"
            f"  out: {{wiring: [s0, s1, b], threshold: {self.last}}}\noutputs: [out]\n"
        )

    def evaluate(self, row: dict[str, Any]) -> int:
        count = row["b"]
        for own, limit, rule in zip(self.weights, self.limits, self.rules, strict=True):
            total = own[0] * row["x"] + own[1] * row["y"] + own[2] * row["a"]
            count += total > limit if rule == "above" else total >= limit
        return int(count >= self.last)


def test_rows_with_one_change() -> None:
    random, ranges, alone = Random(11), 0, 0
    for _ in range(40):
        drawn = _Drawn(random)
        now = drawn.evaluate(drawn.row)
        given = {name: str(value) for name, value in drawn.row.items()}
        (output,) = nnc.why(nnc.loads(drawn.text), given).outputs
        assert output.value == now
        near = output.near
        found = {}
        for row in near.rows:
            there = dict(drawn.row) | {each.input: each.after for each in row.changes}
            assert drawn.evaluate(there) != now, drawn.text
            if len(row.changes) == 1:
                (change,) = row.changes
                found[change.input, there[change.input] > drawn.row[change.input]] = there
        for name, values in (("x", GRID), ("y", GRID), ("a", [0, 1]), ("b", [0, 1])):
            other = [v for v in values if drawn.evaluate({**drawn.row, name: v}) != now]
            for up in (False, True):
                side = [v for v in other if (v > drawn.row[name]) == up]
                if not side or near.are_more:
                    continue
                assert (name, up) in found, drawn.text
                nearest = min(abs(value - drawn.row[name]) for value in side)
                reached = abs(found[name, up][name] - drawn.row[name])
                assert reached <= nearest + Fraction(1, 10), drawn.text
        alone += bool(found)
        ranges += _holds(drawn, output.forced, now)
    assert alone > 20
    assert ranges > 20


def _holds(drawn: _Drawn, forced: Any, now: int) -> int:
    """Check rows at the ends of the ranges, and inside; return whether one is a range."""
    values: dict[str, list[Any]] = {"x": [*GRID[::5]], "y": [*GRID[::5]], "a": [0, 1], "b": [0, 1]}
    for each in forced.conditions:
        if each.values:
            values[each.input] = list(each.values)
            continue
        inside = [v for v in values[each.input]
                  if (each.low is None or v >= each.low[1])
                  and (each.high is None or v <= each.high[1])]  # fmt: skip
        for end, step in ((each.low, Fraction(1, 1000)), (each.high, Fraction(-1, 1000))):
            if end is not None:
                is_open = end[0] in ("above", "below")
                inside = [v for v in inside if v != end[1]]
                inside.append(end[1] + step if is_open else end[1])
        values[each.input] = inside
    for row in product(*values.values()):
        assert drawn.evaluate(dict(zip(values, row, strict=True))) == now, drawn.text
    return any(not each.values for each in forced.conditions)
