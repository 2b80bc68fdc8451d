"""The bounds of every sum, against all rows of small networks."""

from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.compiler.bounds import Bounds, always_or_never, sum_bounds
from nnc.compiler.graph import LayerNode
from tests.support import oracle
from tests.support.networks import graph_of
from tests.support.strategies import Kind, example


def bounds(
    folder: Path, text: str, files: dict[str, str] | None = None
) -> dict[str, Bounds | None]:
    one = graph_of(folder, text, files)
    return {
        node.name: limits
        for node, limits in zip(one.nodes, sum_bounds(one.nodes, one.types), strict=True)
    }


INPUTS = """\
inputs: {a: bit, b: bit, i: {type: integer, min: -1, max: 4}, up: {type: real, min: 2}, free: real,
         s: {type: bit, states: [-1, 1]}, t: {type: bit, states: [3, 0.5]}, bus: bit(3),
         v: {type: integer(2), min: 1, max: 2}, c: {type: choice, of: [x, y]}}
"""


@pytest.mark.parametrize(
    ("neuron", "least", "greatest"),
    [
        ("{weights: {a: 1, b: -2}, threshold: 0}", -2, 1),
        ("{weights: {}, threshold: 0}", 0, 0),
        ("{weights: {1: 5, 0: 7, a: 1}, threshold: 0}", 5, 6),
        ("{weights: {1: -5, 0: 7}, threshold: 0}", -5, -5),
        ("{weights: {a: 0.5, b: 1/3}, threshold: 0}", 0, Fraction(5, 6)),
        ("{wiring: [a, b], fires: all}", 0, 2),
        ("{weights: {i: 3}, threshold: 0}", -3, 12),
        ("{weights: {i: -3, a: 1}, threshold: 0}", -12, 4),
        ("{weights: {up: 1}, threshold: 0}", 2, None),
        ("{weights: {up: -2, a: 1}, threshold: 0}", None, -3),
        ("{weights: {free: 1}, threshold: 0}", None, None),
        ("{weights: {free: 0, a: 1}, threshold: 0}", 0, 1),
        ("{weights: {i: {0: 2, 2: -1, 4: 9}}, threshold: 0}", -1, 9),
        ("{weights: {i: {0: 2, 2: -1, 5: 9}}, threshold: 0}", -1, 2),
        ("{weights: {i: {-1: 2, 2: 5}}, threshold: 0}", 2, 5),
        ("{weights: {i: {-5: 2}}, threshold: 0}", 2, 2),
        ("{weights: {i: {9: 2}}, threshold: 0}", 0, 0),
        ("{weights: {up: {9: -2}, a: 1}, threshold: 0}", -2, 1),
        ("{weights: {up: {2: 7}}, threshold: 0}", 7, 7),
        ("{weights: {free: {0: -1, 1: 1}}, threshold: 0}", -1, 1),
        ("{weights: {s: 3, a: 1}, threshold: 0}", -3, 4),
        ("{weights: {t: 2}, threshold: 0}", 1, 6),
        ("{weights: {t: -2, s: -1}, threshold: 0}", -7, 0),
        ("{weights: {bus: [1, -2, 4]}, threshold: 0}", -2, 5),
        ("{weights: {v: 3}, threshold: 0}", 6, 12),
        ("{weights: {v(0): {2: 5}, v(1): {1: 1, 2: -4}}, threshold: 0}", -4, 6),
        ("{weights: {c: [1, 2]}, threshold: 0}", 0, 3),
        ("{weights: {k: 2}, threshold: 0}", -4, 10),
        ("{weights: {m: [1, 1]}, threshold: 0}", 0, 14),
        ("{weights: {h: -1}, threshold: 0}", -3, 3),
    ],
)  # fmt: skip
def test_a_neuron(neuron: str, least: Any, greatest: Any, tmp_path: Path) -> None:
    text = f"""{INPUTS}neurons:
  n: {neuron}
  k: {{wiring: a, threshold: 0, states: [5, -2]}}
  m: {{wiring: a, thresholds: {{x: 0, y: 1}}, states: [0, 7]}}
layers: {{h: {{wiring: a, thresholds: 0, size: 3, states: [-1, 1]}}}}
outputs: [n]
"""
    found = bounds(tmp_path, text)
    assert found["n"] == (least, greatest)
    assert found["h"] is None


def test_bounds_of_what_is_wired_to_a_part(tmp_path: Path) -> None:
    """Those of the source count, not the wider ones of the port; a default is one value."""
    cell = """\
inputs: {x: {type: real, default: 0.5}}
neurons: {n: {weights: {x: 2}, threshold: 0}, m: {weights: {x: {0.25: 3, 2: 5}}, threshold: 0}}
outputs: [n, m]
"""
    text = """\
inputs: {b: bit, i: {type: integer, min: 1, max: 4}, s: {type: bit, states: [-1, 1]}}
parts:
  bit: {use: cell.nn.yaml, wiring: {x: b}}
  one: {use: cell.nn.yaml, wiring: {x: 1}}
  none: {use: cell.nn.yaml, wiring: {}}
  number: {use: cell.nn.yaml, wiring: {x: i}}
  states: {use: cell.nn.yaml, wiring: {x: s}}
outputs: {o: bit.n}
"""
    found = bounds(tmp_path, text, {"cell": cell})
    assert {name: limits for name, limits in found.items() if name.endswith(".n")} == {
        "bit.n": (0, 2), "one.n": (2, 2), "none.n": (1, 1), "number.n": (2, 8),
        "states.n": (-2, 2)}  # fmt: skip
    assert {name: limits for name, limits in found.items() if name.endswith(".m")} == {
        "bit.m": (0, 3), "one.m": (3, 3), "none.m": (3, 3), "number.m": (3, 5),
        "states.m": (0, 3)}  # fmt: skip


def values(kind: Kind) -> list[Any]:
    """All values of a bit or choice; of a number its bounds and some between; some of a bus."""
    if kind.of:
        return list(kind.of)
    if kind.size is not None:
        each = values(Kind(kind.type, kind.least, kind.greatest, states=kind.states))
        ends = [[each[0]] * kind.size, [each[-1]] * kind.size]
        return ends if kind.size > 3 else list(map(list, product(each, repeat=kind.size)))
    if kind.type == "bit":
        return list(kind.states)
    least = kind.least if kind.least is not None else Fraction(-40)
    greatest = kind.greatest if kind.greatest is not None else max(Fraction(40), least)
    least = min(least, greatest)
    middle = [Fraction(round((least + greatest) / 2))]
    return [least, greatest, *(m for m in middle if least <= m <= greatest)]


def test_bounds_hold_for_every_row_and_are_reached_by_a_neuron_that_reads_inputs_only(
    tmp_path: Path,
) -> None:
    rng = Random(11)
    reached = 0
    for k in range(250):
        one = example(rng, 3, features=("buses", "states", "layers", "choice"))
        if len(one.kinds) > 3:
            continue
        every = product(*map(values, one.kinds.values()))
        rows = [dict(zip(one.kinds, row, strict=True)) for row in every]
        text = oracle.loads(one.text)
        neurons = list(text.get("neurons", ()))
        if not neurons or len(rows) > 300:
            continue
        built = nnc.check_file(str(one.put(tmp_path / str(k)))).graph
        assert built is not None
        text["outputs"] = {f"s_{name}": {"sum": name} for name in neurons}
        exact = oracle.Oracle(text)
        sums = [exact.evaluate(row) for row in rows]
        first_made = 2 + sum(declared.width for declared in built.inputs.values())
        for node, limits in zip(built.nodes, sum_bounds(built.nodes, built.types), strict=True):
            if node.name not in neurons:
                assert (limits is None) == isinstance(node, LayerNode)
                continue
            assert limits is not None
            least, greatest = limits
            seen = [Fraction(row[f"s_{node.name}"]) for row in sums]
            assert least is None or least <= min(seen)
            assert greatest is None or greatest >= max(seen)
            choices = any(kind.of for kind in one.kinds.values())
            wide = any((kind.size or 1) > 3 for kind in one.kinds.values())
            steps = getattr(node, "steps", ())
            if max(node.sources, default=0) < first_made and not (steps or choices or wide):
                assert least is None or least == min(seen)
                assert greatest is None or greatest == max(seen)
                reached += 1
    assert reached > 50


def test_bounds_are_plain_numbers(tmp_path: Path) -> None:
    text = "inputs: [a, b]\nneurons: {n: {weights: {a: 2, b: -3}, threshold: 0}}\noutputs: [n]\n"
    (limits,) = bounds(tmp_path, text).values()
    assert limits is not None
    assert [type(one) for one in limits] == [int, int]


@pytest.mark.parametrize("fires", list(oracle.COMPARE))
def test_always_or_never(fires: str) -> None:
    compare = oracle.COMPARE[fires]
    numbers: list[int | None] = [None, 0, 1, 2]
    for least, greatest, threshold in product(numbers, numbers, (-1, 0, 1, 2, 3)):
        if least is not None and greatest is not None and least > greatest:
            continue
        some = [x for x in range(-9, 10) if (least is None or x >= least)
                and (greatest is None or x <= greatest)]  # fmt: skip
        outcomes = {compare(x, threshold) for x in some}
        expected = outcomes.pop() if len(outcomes) == 1 else None
        bounds = Bounds(least, greatest)
        assert always_or_never(fires, threshold, bounds) is expected  # type: ignore[arg-type]
