"""Netlists: their text, what they hold of assumptions, and that they read no more than they need.

What they compute is compared with the oracle on every surface of `tests/support/everywhere.py`.
"""

import re
from fractions import Fraction
from itertools import product
from pathlib import Path
from unittest.mock import patch

import pytest

import nnc
from nnc.compiler.bounds import Bounds
from nnc.compiler.netlist import Affine, Argmax, Comparison, Netlist, OneHot
from nnc.compiler.plan import LayerStep
from tests.support.evaluated_netlists import nets_of

ROOT = Path(__file__).parents[3]
ASSUMED = """\
nnc: 1
fires: at_least
inputs:
  a: {type: bit, states: [1, 0]}
  b: {type: bit, states: [2, 5]}
  n: {type: integer, min: 0, max: 3}
  c: {type: choice, of: [x, y, z]}
assume:
  - never: {a: 1, n: 2..3}
  - always: {b: 5}
    when: {c: [x, z]}
neurons:
  out: {weights: {a: 1, b: 2, n: -1}, threshold: 1/2}
outputs: {out: out}
"""


def netlist_of(text: str) -> Netlist:
    return Netlist(nnc.compile(nnc.loads(text)))


def test_the_example_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.partition("## The netlist")[2].partition("\n## ")[0]
    network, printed = re.findall(r"```\w+\n(.*?)```", section, re.DOTALL)
    assert str(netlist_of(network)) == printed


def test_every_kind_of_output() -> None:
    netlist = netlist_of("""\
nnc: 1
fires: at_least
inputs:
  a: {type: bit, states: [1/2, -1]}
  v: bit(2)
  n: {type: integer, min: -1, max: 2}
  c: {type: choice, of: [x, y]}
neurons:
  low: {weights: {a: 1, n: 2}, threshold: 1, fires: below, states: [1, 0]}
  high: {weights: {v: 1, c: [1, 2]}, thresholds: {some: 1, many: 3}}
outputs:
  low: low
  v: v
  list: [low, n, 1]
  sum: {sum: low}
  level: {level: high, labels: [none, some, many]}
  largest: {largest: [low, high]}
""")
    ports = {port.name: port for port in netlist.outputs}
    low, (first, second) = ports["low"].number, (net for net, _ in ports["v"].number.terms)
    assert low == Affine(((low.net or 0, -1),), 1)
    assert (ports["v"].shape, ports["list"].shape, ports["low"].shape) == (
        "word", "vector", "scalar",
    )  # fmt: skip
    assert ports["v"].number.terms == ((first, 1), (second, 2))
    assert ports["list"].values[2] == Affine((), 1)
    assert ports["sum"].number == Affine(((-(low.net or 0), 1),), 1, 2)
    assert [factor for _, factor in ports["level"].number.terms] == [1, 1]
    assert isinstance(ports["largest"].values[0], Argmax)
    cell = netlist.cell(low.net or 0)
    assert cell.terms == ((2, -3), (5, 4))  # twice the sum, less 1
    assert cell.tests == (Comparison("<=", 0),)
    assert netlist.bounds(cell) == (-7, 8)


@pytest.mark.parametrize(
    ("test", "bounds", "result"),
    [
        (Comparison(">=", 3), Bounds(3, None), True),
        (Comparison(">=", 3), Bounds(None, 2), False),
        (Comparison(">=", 3), Bounds(2, 3), None),
        (Comparison("<", 3), Bounds(None, 2), True),
        (Comparison("<", 3), Bounds(3, 5), False),
        (Comparison("<=", 3), Bounds(None, None), None),
    ],
)
def test_what_bounds_decide(test: Comparison, bounds: Bounds, result: bool | None) -> None:
    assert test.decided(bounds) is result


def test_violated_is_1_where_an_assumption_is_broken() -> None:
    netlist = netlist_of(ASSUMED)
    nets = [violation.net for violation in netlist.violated]
    choice = netlist.port(netlist.violated[1].claim.when[0])
    assert choice == ("c", "scalar", (OneHot((5, 6, 7)),), ("x", "y", "z"))
    inputs = netlist.plan.first_made
    for a, b, n, c in product((1, 0), (2, 5), range(4), "xyz"):
        row: dict[str, list[int | bool]] = {
            "a": [a],
            "b": [b],
            "n": [n],
            "c": [c == each for each in "xyz"],
        }
        exact = {name: list(map(Fraction, own)) for name, own in row.items()}
        values = {net: bit for net, bit in nets_of(netlist, exact).items() if 0 <= net < inputs}
        for cell in netlist.cells(nets):
            assert all(net < cell.first for net, _ in cell.terms)
            total = sum(factor * values[net] for net, factor in cell.terms)
            compared = total if cell.operand is None else values[cell.operand]
            for net, test in zip(cell.nets, cell.tests, strict=True):
                values[net] = Fraction(test.passes(compared))
        assert [values[net] for net in nets] == [
            a == 1 and n >= 2, b != 5 and c in ("x", "z")
        ]  # fmt: skip


def test_cells_of_roots_are_those_they_need_in_order() -> None:
    netlist = Netlist(nnc.compile(nnc.load(ROOT / "configs/arithmetic/adder_8bit.nn.yaml")))
    every = [cell.first for cell in netlist.cells()]
    roots = [net for port in netlist.outputs for net, _ in port.number.terms]
    assert [cell.first for cell in netlist.cells(roots)] == every
    some = [cell.first for cell in netlist.cells(roots[:1])]
    assert some
    assert some == sorted(some)
    assert len(some) < len(every)


def test_only_rows_that_are_asked_for_are_read() -> None:
    netlist = netlist_of("""\
nnc: 1
inputs: {x: bit(1000)}
layers:
  hidden: {wiring: x, size: 1000, thresholds: 3}
outputs: {first: "hidden(0)", sum: {sum: "hidden(999)"}}
""")
    with patch.object(LayerStep, "row", autospec=True, side_effect=LayerStep.row) as row:
        first, total = netlist.outputs
        assert first.number.net == 1002
        assert row.call_count == 1
        cell = netlist.cell(total.number.net or 0)
        assert row.call_count == 2
    assert len(cell.terms) == 1000
    assert cell.tests == (Comparison(">=", 4),)
