"""Netlists of gates, as the ISCAS benchmarks have them."""

from __future__ import annotations

import itertools
from functools import reduce
from operator import and_, or_, xor

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.formats import read_bytes_as

C17 = """\
# c17
INPUT(G1)
INPUT(G2)
INPUT(G3)
INPUT(G6)
INPUT(G7)
OUTPUT(G22)
OUTPUT(G23)
G10 = NAND(G1, G3)
G11 = nand(G3, G6)
G16 = NAND(G2, G11)
G19 = NAND(G11, G7)
G22 = NAND(G10, G16)
G23 = NAND(G16, G19)
"""


def network_of(text: str) -> nnc.Network:
    return read_bytes_as(text.encode(), "x", "bench").network


def test_c17_has_a_neuron_for_each_gate() -> None:
    network = network_of(C17)
    assert sorted(network.neurons) == ["G10", "G11", "G16", "G19", "G22", "G23"]
    shipped = nnc.load("configs/circuits/c17.nn.yaml")
    rows = list(itertools.product((0, 1), repeat=5))
    found = nnc.evaluate(network, dict(zip(network.inputs, zip(*rows, strict=True), strict=True)))
    other = nnc.evaluate(shipped, dict(zip(shipped.inputs, zip(*rows, strict=True), strict=True)))
    assert [a.tolist() for a in found.values()] == [a.tolist() for a in other.values()]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(
    ("gate", "step", "turned"),
    [("AND", and_, 0), ("NAND", and_, 1), ("OR", or_, 0), ("NOR", or_, 1), ("XOR", xor, 0),
     ("XNOR", xor, 1)],
)  # fmt: skip
def test_every_gate(gate: str, step: object, turned: int, size: int) -> None:
    names = [f"p{place}q" for place in range(size)]
    text = "".join(f"INPUT({name})\n" for name in names)
    network = network_of(f"{text}OUTPUT(o)\no = {gate}({', '.join(names)})\n")
    rows = list(itertools.product((0, 1), repeat=size))
    found = nnc.evaluate(network, dict(zip(names, zip(*rows, strict=True), strict=True)))["o"]
    assert found.tolist() == [reduce(step, row) ^ turned for row in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "1:1: error[NNC941] bad-import-file: expected INPUT(a)"),
        ("INPUT(a)\n", "1:1: error[NNC941] bad-import-file: the file has no OUTPUT"),
        ("INPUT(a)\nINPUT(a)\n", "2:1: error[NNC941] bad-import-file: `a` is named for the second"),
        ("OUTPUT(o)\no = NAN(a)\n", "there is no gate `NAN`"),
        ("OUTPUT(o)\no = NOT(a, b)\n", "NOT of 2 signals"),
        ("OUTPUT(o)\no = AND()\n", "AND of 0 signals"),
        ("OUTPUT(o)\no = DFF(a)\n", "2:1: error[NNC940] not-importable: `o` is a flip-flop"),
        ("OUTPUT(o)\no = AND(o, o)\n", "2:1: error[NNC941] bad-import-file: `o` reads itself"),
        ("OUTPUT(o)\no = vdd\no = gnd\n", "`o` is driven for the second time, after line 2"),
        ("INPUT(a)\nOUTPUT(a)\na = vdd\n", "`a` is an input, and driven by a gate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidNetworkError) as caught:
        network_of(text)
    assert message in str(caught.value.diagnostics[0])
