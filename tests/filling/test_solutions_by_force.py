"""`nnc solve` against every choice of numbers and the oracle: sums, levels, labels, buses."""

import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

import nnc
from tests.support import oracle

HEAD = """\
nnc: 1
fires: {fires}
states: {states}
inputs:
  a: bit
  n: {{type: integer, min: -2, max: 3}}
  s: {{type: bit, states: [-1, 1]}}
  x: bit(2)
  c: {{type: choice, of: [p, q]}}
"""
KINDS = {
    "sum": """\
neurons:
  h: {weights: {n: $0, a: 1, s: $1}, threshold: $2}
outputs: {fires: h, points: {sum: h}}
""",
    "level": """\
neurons:
  h: {weights: {n: $0, c.p: $1}, thresholds: {some: $2, most: $3}}
outputs: {level: {level: h}, fires: h.some}
""",
    "labels": """\
neurons:
  h: {weights: {x: [$0, $1], a: 1}, thresholds: {some: $2, most: 2}}
outputs: {verdict: {level: h, labels: [none, some, most]}}
""",
    "largest": """\
neurons:
  p: {weights: {a: $0, n: $1}, threshold: 0}
  q: {weights: {s: 1, n: $2}, threshold: 0}
  r: {weights: {c.q: $3}, threshold: 0}
outputs: {best: {largest: [p, q, r], labels: [P, Q, R]}, place: {largest: [q, p]}}
""",
    "buses": """\
neurons:
  h: {weights: {a: $0, x: 1}, threshold: $1}
  out: {weights: {h: $2, s: $3}, threshold: 1}
outputs: {both: [h, out, a], first: h, same: x}
""",
    "hidden": """\
neurons:
  h: {weights: {a: $0, "x(0)": $1}, threshold: 1}
  out: {weights: {h: $2, "x(1)": 1}, threshold: $3}
outputs: {out: out, points: {sum: out}}
""",
    "steps": """\
neurons:
  h: {weights: {n: {0: $0, 2: $1}, a: $2}, threshold: $3}
outputs: {fires: h, points: {sum: h}}
""",
    "layer": """\
layers:
  h: {wiring: [a, s], weights: [[$0, $1], [1, $2]], thresholds: [1, $3]}
outputs: {both: h, last: h(1)}
""",
}
STATES = ((0, 1), (0, 1), (1, 0), (1, -1), (-1, 1), (2, 5))
"""Those of a file: of its neurons and layers, and of its inputs but `s`."""
COUNTS = {"sum": 3, "labels": 3}
SPAN = (-1, 0, 1)
Choice = tuple[int, ...]


def with_numbers(at: Any, choice: Choice) -> Any:
    """Put numbers in the places `$0`, `$1` of a file as it was read."""
    if isinstance(at, dict):
        return {key: with_numbers(value, choice) for key, value in at.items()}
    if isinstance(at, list):
        return [with_numbers(value, choice) for value in at]
    return str(choice[int(at[1:])]) if isinstance(at, str) and at.startswith("$") else at


def choices(kind: str) -> list[Choice]:
    every = product(SPAN, repeat=COUNTS.get(kind, 4))
    return [one for one in every if kind not in ("level", "labels") or ascends(kind, one)]


def ascends(kind: str, choice: Choice) -> bool:
    """Whether the thresholds of levels do, as a file has them."""
    return choice[2] < (choice[3] if kind == "level" else 2)


def drawn_row(random: Random, states: tuple[int, int]) -> dict[str, Any]:
    return {
        "a": random.choice(states),
        "n": random.randint(-2, 3),
        "s": random.choice((-1, 1)),
        "x": [random.choice(states), random.choice(states)],
        "c": random.choice("pq"),
    }


def plain(value: Any) -> str:
    return str(value) if not isinstance(value, list) else f"[{', '.join(map(str, value))}]"


def asked(random: Random, told: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Choose some of the outputs of each row."""
    for each in told:
        names = random.sample(sorted(each), random.randint(1, len(each)))
        yield {name: each[name] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_numbers_where_brute_force_has_some(kind: str, chunk: int) -> None:
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {kind} {chunk}")
    fires = random.choice(("above", "at_least", "below", "at_most"))
    states = random.choice(STATES)
    text = HEAD.format(fires=fires, states=[*states]) + KINDS[kind]
    base = oracle.loads(text)
    rows = [drawn_row(random, states) for _ in range(random.randint(2, 4))]
    every = choices(kind)
    of = {
        choice: [told(with_numbers(deepcopy(base), choice), row) for row in rows]
        for choice in every
    }
    mixed = [of[random.choice(every)][i] for i in range(len(rows))]
    for source in (of[random.choice(every)], mixed):
        expects = list(asked(random, source))
        holds = [
            choice
            for choice in every
            if all(got[name] == value for got, expect in zip(of[choice], expects, strict=True)
                   for name, value in expect.items())
        ]  # fmt: skip
        cases = "".join(
            f"  - {{given: {{{pairs(row)}}}, expect: {{{pairs(expect)}}}}}\n"
            for row, expect in zip(rows, expects, strict=True)
        )
        blanks = text
        for i in range(len(every[0])):
            blanks = blanks.replace(f"${i}", "-1..1")
        solution = nnc.solve(nnc.loads(f"{blanks}cases:\n{cases}"))
        assert (solution.network is not None) == bool(holds), f"{blanks}cases:\n{cases}"
        assert (solution.proof is not None) != bool(holds)
        if solution.network is not None:
            assert tuple(map(int, solution.values.values())) in holds
            weights = [choice_size(kind, choice) for choice in holds]
            assert solution.least != "network" or solution.size == min(weights)
            assert len(solution.network.neurons) != 1 or solution.size == min(weights)


def choice_size(kind: str, choice: Choice) -> int:
    """Add up the sizes of the weights among some numbers."""
    thresholds = {"sum": (2,), "level": (2, 3), "labels": (2,), "buses": (1,), "hidden": (3,),
                  "steps": (3,), "layer": (3,)}.get(kind, ())  # fmt: skip
    return sum(abs(n) for i, n in enumerate(choice) if i not in thresholds)


def told(file: Any, row: dict[str, Any]) -> dict[str, Any]:
    got: dict[str, Any] = oracle.evaluate(file, {**row, "x": list(map(Fraction, row["x"]))})
    return got


def pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {plain(value)}" for name, value in values.items())
