"""The bounds of every sum, against all rows of small networks."""

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

import nnc
import oracle
from nnc.bounds import Bounds, input_bounds, sum_bounds
from nnc.graph import Graph, build_graph
from nnc.network import Input
from strategies import Kind, example


def graph(text: str) -> Graph:
    one = build_graph(nnc.loads(text))[0]
    assert one is not None
    return one


def bounds(neurons: str, inputs: str = "{a: bit, b: bit}") -> dict[str, Bounds]:
    one = graph(f"nnc: 1\ninputs: {inputs}\nneurons: {neurons}\noutputs: [n]\n")
    return {node.name: limits for node, limits in zip(one.nodes, sum_bounds(one), strict=True)}


@pytest.mark.parametrize(
    ("one", "least", "greatest"),
    [
        (Input(type="bit"), 0, 1), (Input(type="integer"), None, None),
        (Input(type="real", min=-1), -1, None),
        (Input(type="real", max="0.1"), None, Fraction(1, 10)),
    ],
)  # fmt: skip
def test_inputs(one: Input, least: Any, greatest: Any) -> None:
    assert input_bounds(one) == (least, greatest)


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
    ],
)
def test_a_neuron(neuron: str, least: Any, greatest: Any) -> None:
    inputs = ("{a: bit, b: bit, i: {type: integer, min: -1, max: 4}, up: {type: real, min: 2}, "
              "free: real}")  # fmt: skip
    assert bounds(f"{{n: {neuron}}}", inputs)["n"] == (least, greatest)


def values(kind: Kind) -> list[Fraction]:
    """All values of a bit; of a number its bounds and some between."""
    if kind.type == "bit":
        return [Fraction(0), Fraction(1)]
    least = kind.least if kind.least is not None else Fraction(-40)
    greatest = kind.greatest if kind.greatest is not None else max(Fraction(40), least)
    least = min(least, greatest)
    middle = [Fraction(round((least + greatest) / 2))]
    return [least, greatest, *(m for m in middle if least <= m <= greatest)]


def test_bounds_hold_for_every_row_and_are_reached_by_a_neuron_that_reads_inputs_only() -> None:
    rng = Random(11)
    reached = 0
    for _ in range(150):
        one = example(rng, 3)
        network, read = nnc.loads(one.text), oracle.loads(one.text)
        if len(one.kinds) > 3 or not network.neurons:
            continue
        read["outputs"] = {f"s_{name}": {"sum": name} for name in network.neurons}
        rows = [dict(zip(one.kinds, row, strict=True))
                for row in product(*map(values, one.kinds.values()))]  # fmt: skip
        sums = [oracle.evaluate(read, row) for row in rows]
        built = build_graph(network)[0]
        assert built is not None
        for node, (least, greatest) in zip(built.nodes, sum_bounds(built), strict=True):
            if node.name not in network.neurons:
                continue
            seen = [Fraction(row[f"s_{node.name}"]) for row in sums]
            assert least is None or least <= min(seen)
            assert greatest is None or greatest >= max(seen)
            first = built.first_input() + len(one.kinds)
            if max(node.sources, default=0) < first and not node.steps:
                assert least is None or least == min(seen)
                assert greatest is None or greatest == max(seen)
                reached += 1
    assert reached > 50


def test_bounds_are_plain_numbers() -> None:
    (limits,) = bounds("{n: {weights: {a: 2, b: -3}, threshold: 0}}").values()
    assert [type(one) for one in limits] == [int, int]
