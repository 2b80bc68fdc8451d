"""Exported circuits, words and constraints carry values: of bits whose states are not 0 and 1."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.interchange.exports import export_plan
from tests.support import oracle
from tests.support.circuit_runs import CIRCUITS
from tests.support.drawn_states import TURNED, DrawnStates
from tests.support.oracle import Oracle

EACH = 20
OWN_READERS = ("aag", "aiger", "blif")
SMALL = """\
nnc: 1
fires: at_least
inputs: {a: bit, s: {type: bit(2), states: [2, 5]}}
neurons:
  off: {weights: {a: 1, s: [1, 0]}, threshold: 6, states: [1, 0]}
  sp: {weights: {a: 1, s: [0, 1]}, threshold: 6, states: [1, -1]}
outputs: {off: off, sp: sp, mixed: [off, sp, s(0)]}
"""
NOTES = [
    "in the file, `s(0)`, `s(1)`, `mixed(2)` are written as 0 for 2 and 1 for 5",
    "in the file, `sp`, `mixed(1)` are written as 0 for -1 and 1 for 1",
]


def drawn(rng: Random, choices: tuple[str, ...] | None = None) -> tuple[str, DrawnStates]:
    drawing = DrawnStates(rng) if choices is None else DrawnStates(rng, choices)
    names = rng.sample(drawing.known, min(3, len(drawing.known)))
    text = f"{drawing.file}  mixed: [{', '.join(names)}]\n  passed: {rng.choice(drawing.inputs)}\n"
    return text, drawing


def rows_of(drawing: DrawnStates) -> Iterator[dict[str, Any]]:
    for row in product(*(drawing.values[name] for name in drawing.inputs)):
        yield dict(zip(drawing.inputs, map(Fraction, row), strict=True))


def test_circuits_carry_values(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} wires {chunk}")
    for _ in range(EACH):
        text, drawing = drawn(rng)
        plan, exact = nnc.compile(nnc.loads(text)), Oracle(oracle.loads(text))
        rows = list(rows_of(drawing))
        for form in OWN_READERS:
            found = CIRCUITS[form](export_plan(plan, form).data, plan, rows, tmp_path)
            assert found == [exact.evaluate(row) for row in rows], (form, text)


def test_what_is_read_back_gives_the_same_values(chunk: int, tmp_path: Path) -> None:
    """Of states 0 and 1, in either order."""
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} back {chunk}")
    for _ in range(EACH // 4):
        text, drawing = drawn(rng, TURNED)
        plan, exact = nnc.compile(nnc.loads(text)), Oracle(oracle.loads(text))
        for suffix, form in (("blif", "blif"), ("aag", "aag"), ("aig", "aiger")):
            file = tmp_path / f"network.{suffix}"
            file.write_bytes(export_plan(plan, form).data)
            back = nnc.import_file(file).network
            for row in rows_of(drawing):
                given = {name: int(value) for name, value in row.items()}
                told = nnc.evaluate(back, given)
                wanted = exact.evaluate(row)
                assert (told["out"], told["more"]) == (wanted["out"], wanted["more"]), text


@pytest.mark.parametrize("form", ["verilog", "blif", "aag", "aiger", "opb"])
def test_notes_say_what_bits_stand_for(form: str) -> None:
    notes = export_plan(nnc.compile(nnc.loads(SMALL)), form).notes
    assert [(note.rule, note.message) for note in notes] == [
        ("wire-values", message) for message in NOTES
    ]


@pytest.mark.parametrize("form", ["c", "js", "python", "sql", "onnx"])
def test_languages_with_values_need_no_note(form: str) -> None:
    assert not export_plan(nnc.compile(nnc.loads(SMALL)), form).notes


def test_verilog_says_so_beside_each_port() -> None:
    lines = export_plan(nnc.compile(nnc.loads(SMALL)), "verilog").text.splitlines()
    assert [line for line in lines if line.startswith(("// in", "// out"))] == [
        "// input a: 1 bit",
        "// input s: 2 bits, 0 is 2, 1 is 5",
        "// output off: 1 bit",
        "// output sp: 1 bit, 0 is -1, 1 is 1",
        "// output mixed: 3 bits, 0 is the lesser value, 1 the greater",
    ]
    assert [line.strip() for line in lines if "assign" in line] == [
        "assign off = ~off_2;",
        "assign sp = ~sp_2;",
        "assign mixed = {s[0], ~sp_2, ~off_2};",
    ]


def test_a_network_of_states_0_and_1_has_no_note() -> None:
    text = SMALL.replace("[2, 5]", "[1, 0]").replace("[1, -1]", "[1, 0]")
    assert not export_plan(nnc.compile(nnc.loads(text)), "blif").notes
