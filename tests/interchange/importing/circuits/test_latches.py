"""Latches that are cut: states are inputs, next states outputs, and `nnc diff` is combinational."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

import nnc
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from tests.support.running import started

# a counter of two bits with an enable and a carry, in several formats
BLIF = """
.model counter
.inputs go
.outputs carry
.latch d0 q[0] re clock 0
.latch d1 q[1] 2
.names go q[0] d0
10 1
01 1
.names go q[0] q[1] d1
110 1
0-1 1
101 1
.names go q[0] q[1] carry
111 1
.end
"""
OTHER = BLIF.replace("10 1\n01 1", "11 0\n00 0")  # the same table, by its zeros
AIGER = """aag 11 1 2 1 8
2
4 14
6 20
22
8 2 5
10 3 4
12 9 11
14 13 13
16 2 4
18 16 7
20 23 19
22 16 6
i0 go
l0 q[0]
l1 q[1]
o0 carry
"""
CUT = Settings(cut_latches=True)


@pytest.mark.parametrize(("text", "name"), [(BLIF, "blif"), (OTHER, "blif")])
def test_a_counter_counts(text: str, name: str) -> None:
    network = read_bytes_as(text.encode(), f"counter.{name}", name, CUT).network
    assert [*network.inputs] == ["go", "q"]
    assert [*network.outputs] == ["carry", "q_next"]
    for go, low, high in product((0, 1), repeat=3):
        total = go + low + 2 * high
        given = {"go": [go], "q": [[low, high]]}
        found = nnc.evaluate(network, given)
        assert found["carry"].tolist() == [int(total > 3)]
        assert found["q_next"].tolist() == [[total % 2, total // 2 % 2]]


def test_a_latch_of_aiger_in_text_and_in_binary() -> None:
    toggle = b"aag 2 1 1 1 0\n2\n4 5\n4\nl0 state\n"
    binary = b"aig 2 1 1 1 0\n5\n4\nl0 state\n"
    for data, name in ((toggle, "t.aag"), (binary, "t.aig")):
        network = read_bytes_as(data, name, "aiger", CUT).network
        assert {"state"} <= {*network.inputs}
        assert [*network.outputs] == ["o0", "state_next"]
        found = nnc.evaluate(network, {"i0": [0, 1], "state": [0, 1]})
        assert found["state_next"].tolist() == [1, 0]


def test_without_the_option_the_hint_names_it(tmp_path: Path) -> None:
    for text, name in ((BLIF, "a.blif"), (AIGER, "a.aag")):
        (tmp_path / name).write_text(text)
        with pytest.raises(nnc.InvalidNetworkError) as caught:
            nnc.import_file(tmp_path / name)
        assert "--cut-latches" in str(caught.value.diagnostics[0].help)


def test_circuits_with_the_same_latches_are_compared(tmp_path: Path) -> None:
    (tmp_path / "one.blif").write_text(BLIF)
    (tmp_path / "two.blif").write_text(OTHER)
    (tmp_path / "bad.blif").write_text(BLIF.replace("111 1", "11- 1"))
    for name in ("one", "two", "bad"):
        nnc.import_file(tmp_path / f"{name}.blif", cut_latches=True).save(
            str(tmp_path / f"{name}.nn.yaml")
        )
    one = tmp_path / "one.nn.yaml"
    equal = b"behaviour: equal"
    assert equal in started("diff", one, tmp_path / "two.nn.yaml").stdout
    assert equal not in started("diff", one, tmp_path / "bad.nn.yaml").stdout


def test_names_of_next_states_are_not_taken() -> None:
    text = ".model m\n.inputs a\n.outputs q_next\n.latch a q\n.names q q_next\n0 1\n.end\n"
    network = read_bytes_as(text.encode(), "x.blif", "blif", CUT).network
    assert [*network.outputs] == ["q_next", "q_next_2"]
