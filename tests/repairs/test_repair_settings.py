"""Every setting of `nnc.repair`, on every kind of number and output, against brute force.

The oracle evaluates files that are changed as data; nothing of `nnc` takes part in it.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest

import nnc
from tests.support import oracle
from tests.support.changed_files import ascends, changed

SPAN = (-2, -1, 1, 2)
GATES = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons:
  p: {weights: {a: 1, b: 1}, threshold: 2}
  q: {weights: {p: 1, c: 2}, threshold: 1}
outputs: {p: p, q: q}
"""
LAYER = """\
nnc: 1
fires: at_least
inputs: {x: bit(3)}
layers:
  h: {wiring: x, weights: [[1, 1, 0], [0, 1, 1]], thresholds: [1, 2]}
  o: {wiring: h, weights: 1, size: 2, thresholds: [1, 2]}
outputs: {o: o}
"""
KERNEL = """\
nnc: 1
fires: at_least
inputs: {x: bit(3)}
layers:
  h: {wiring: x, weights: 1, size: 2, thresholds: 2}
neurons:
  out: {weights: {h(0): 1, "x(0)": -1}, threshold: 1}
outputs: {h: h, out: out}
"""
LEVEL = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0, max: 3}, bad: bit}
neurons:
  risk: {weights: {age: {1: 1, 3: 2}, bad: 2}, thresholds: {mid: 2, high: 4}}
outputs: {tier: {level: risk, labels: [low, mid, high]}}
"""
LARGEST = """\
nnc: 1
inputs: [a, b]
neurons:
  x: {weights: {a: 1, b: -1}, threshold: 0}
  y: {weights: {a: -1, b: 2}, threshold: 0}
  z: {weights: {a: 1}, threshold: 0}
outputs: {best: {largest: [x, y, z], labels: [red, green, blue]}}
"""
SUMS = """\
nnc: 1
inputs: [a, b]
neurons:
  x: {weights: {a: 1, b: -1}, threshold: 0}
  y: {weights: {x: 3, b: 2}, threshold: 2}
outputs: {s: {sum: x}, t: {sum: y}, y: y}
"""


def numbers_of(file: dict[str, Any]) -> dict[str, list[Any]]:
    """Give the path of every number by its name, in the order of the file."""
    found: dict[str, list[Any]] = {}

    def walk(value: Any, name: str, path: list[Any]) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                walk(each, f"{name}.{key}", [*path, key])
        elif isinstance(value, list):
            for i, each in enumerate(value):
                walk(each, f"{name}({i})", [*path, i])
        else:
            found[name] = path

    for section in ("neurons", "layers"):
        for name, declared in file.get(section, {}).items():
            for key in ("weights", "threshold", "thresholds"):
                if key in declared:
                    walk(declared[key], f"{name}.{key}", [section, name, key])
    return found


def rows_of(file: dict[str, Any]) -> list[dict[str, Any]]:
    """Give every row of the inputs."""
    inputs = file["inputs"]
    if isinstance(inputs, list):
        inputs = dict.fromkeys(inputs, "bit")
    choices: list[list[Any]] = []
    for declared in inputs.values():
        if isinstance(declared, dict):
            choices.append(list(range(int(declared["max"]) + 1)))
        elif declared == "bit":
            choices.append([0, 1])
        else:
            choices.append([list(bits) for bits in product((0, 1), repeat=int(declared[4:-1]))])
    return [dict(zip(inputs, values, strict=True)) for values in product(*choices)]


def outputs_of(file: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Evaluate all rows by the oracle."""
    evaluator = oracle.Oracle(file)
    return [evaluator.evaluate(row) for row in rows]


def variants(
    file: dict[str, Any], paths: Mapping[str, list[Any]], count: int
) -> Iterator[tuple[int, dict[str, Fraction], dict[str, Any]]]:
    """Yield the file with so many numbers changed: how much in sum, which, and the file."""
    for names in combinations(paths, count):
        for moves in product(SPAN, repeat=count):
            other, new = file, {}
            for name, move in zip(names, moves, strict=True):
                new[name] = value_at(file, paths[name]) + move
                other = changed(other, paths[name], new[name])
            if all(ascends(other, paths[name]) for name in names):
                yield sum(map(abs, moves)), new, other


def value_at(file: Any, path: list[Any]) -> Fraction:
    for step in path:
        file = file[step]
    return Fraction(file)


def check(
    text: str, wanted: dict[str, int], settings: dict[str, Any], allowed: list[str],
    guarded: int = 0,
) -> None:  # fmt: skip
    """Ask for what a changed file gives, and compare the repair with all changes of two numbers.

    The last `guarded` rows have to stay as they are.
    """
    file = oracle.loads(text)
    paths, rows = numbers_of(file), rows_of(file)
    aim = file
    for name, value in wanted.items():
        aim = changed(aim, paths[name], Fraction(value))
    asked = len(rows) - guarded
    expected = outputs_of(aim, rows[:asked]) + outputs_of(file, rows[asked:])
    columns = {name: [row[name] for row in rows[:asked]] for name in rows[0]}
    labels = {name: [given[name] for given in expected[:asked]] for name in expected[0]}
    if guarded:
        settings = settings | {
            "guard": {name: [row[name] for row in rows[asked:]] for name in rows[0]}
        }
    repair = nnc.repair(nnc.loads(text), columns, labels=labels, decimals=0, **settings)
    free = {name: path for name, path in paths.items() if name in allowed}
    best = None
    for count in (1, 2):
        sizes = [size for size, _, other in variants(file, free, count)
                 if outputs_of(other, rows) == expected]  # fmt: skip
        if sizes:
            best = count, min(sizes)
            break
    assert repair.proof == "proved"
    moved = {change.name: Fraction(change.new) for change in repair.changes}
    assert set(moved) <= set(allowed)
    if best is None:
        assert len(moved) != 1
    else:
        size = sum(abs(change.new - change.old) for change in repair.changes)
        assert (len(moved), size) == best, repair.changes
    if moved:
        other = file
        for name, value in moved.items():
            other = changed(other, paths[name], value)
        assert outputs_of(other, rows) == expected
    assert repair.guarded == guarded


def names_in(text: str, *parts: str) -> list[str]:
    """Give the names of numbers that contain one of some parts."""
    return [name for name in numbers_of(oracle.loads(text)) if any(part in name for part in parts)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (GATES, {"p.weights.a": 2, "q.threshold": 2}),
        (GATES, {"p.threshold": 1, "q.weights.c": 0}),
        (LAYER, {"h.weights(0)(2)": 1, "o.thresholds(1)": 1}),
        (LAYER, {"o.weights": 2}),
        (LAYER, {"h.thresholds(1)": 1, "o.weights": 0}),
        (KERNEL, {"h.weights": 2}),
        (KERNEL, {"h.thresholds": 1, "out.threshold": 0}),
        (KERNEL, {"h.weights": -1, "out.weights.x(0)": 1}),
        (LEVEL, {"risk.thresholds.mid": 4, "risk.thresholds.high": 5}),
        (LEVEL, {"risk.weights.age.1": 2, "risk.thresholds.high": 3}),
        (LEVEL, {"risk.weights.bad": 4}),
        (LARGEST, {"x.weights.a": 3, "y.weights.b": 1}),
        (LARGEST, {"z.weights.a": 3, "x.weights.b": 1}),
        (SUMS, {"x.weights.a": 2, "y.weights.b": 1}),
        (SUMS, {"x.weights.b": 1, "y.weights.x": 1}),
    ],
)
def test_two_numbers_of_every_kind(text: str, wanted: dict[str, int]) -> None:
    check(text, wanted, {}, list(numbers_of(oracle.loads(text))))


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"change": ["weights"]}, (".weights",)),
        ({"change": ["thresholds"]}, (".threshold",)),
        ({"change": ["q"]}, ("q.",)),
        ({"change": ["p.*", "q.weights.c"]}, ("p.", "q.weights.c")),
        ({"keep": ["p.weights"]}, ("p.threshold", "q.")),
        ({"keep": ["*.threshold"]}, (".weights",)),
        ({"change": ["q.*"], "keep": ["q.threshold"]}, ("q.weights",)),
    ],
)
@pytest.mark.parametrize("wanted", [{"p.weights.a": 2, "q.threshold": 2}, {"q.weights.c": 0}])
def test_only_what_may_change(
    settings: dict[str, Any], parts: tuple[str, ...], wanted: dict[str, int]
) -> None:
    check(GATES, wanted, settings, names_in(GATES, *parts))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (GATES, {"p.weights.a": 2}),
        (GATES, {"q.threshold": 2, "p.threshold": 1}),
        (LAYER, {"h.weights(0)(2)": 1}),
        (KERNEL, {"h.weights": 2}),
        (LEVEL, {"risk.thresholds.mid": 3}),
        (LARGEST, {"x.weights.b": 3}),
        (SUMS, {"x.weights.a": 2}),
    ],
)
@pytest.mark.parametrize("guarded", [1, 2])
def test_rows_that_are_guarded(text: str, wanted: dict[str, int], guarded: int) -> None:
    check(text, wanted, {}, list(numbers_of(oracle.loads(text))), guarded)
