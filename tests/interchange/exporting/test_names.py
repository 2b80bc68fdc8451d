"""Names of ports, fields and tensors: legal ones stay, others become new names."""

import re
from random import Random

import pytest

import nnc
from nnc.interchange.exporting.wording import Identifiers, Names
from nnc.interchange.exports import export_plan

OUTPUTS = [
    ("_: p, n: q", [("_", "_"), ("n", "n")]),
    ("n_2: p, ü: q, n: p", [("n_2", "n_2"), ("ü", "n_3"), ("n", "n")]),
    ("end: p, end_2: q", [("end", "end_3"), ("end_2", "end_2")]),
    ("int: p, int_2: q", [("int", "int_3"), ("int_2", "int_2")]),
    ("a_2: p, a: a", [("a_2", "a_2"), ("a", "a_3")]),
]


def network(outputs: str, inputs: str = "a: bit, b: bit") -> nnc.Plan:
    return nnc.compile(
        nnc.loads(
            f"nnc: 1\nfires: at_least\ninputs: {{{inputs}}}\nneurons:\n"
            "  p: {weights: {a: 1, b: 1}, threshold: 2}\n  q: {weights: {a: 1}, threshold: 1}\n"
            f"outputs: {{{outputs}}}\n"
        )
    )


@pytest.mark.parametrize(("outputs", "called"), OUTPUTS)
@pytest.mark.parametrize("form", ["verilog", "aag", "blif"])
def test_ports(form: str, outputs: str, called: list[tuple[str, str]]) -> None:
    export = export_plan(network(outputs), form)
    ports = re.findall(r"output (\w+): ", export.text)
    assert ports == [new for _, new in called]
    words = ", ".join(f"output `{old}` is `{new}`" for old, new in called if old != new)
    message = f"some names differ in the file: {words}"
    assert [note.message for note in export.notes] == [message] * bool(words)


def test_elements_of_a_bus_and_the_names_of_others() -> None:
    plan = network("n_0: p, n_1: q", "a: bit, b: bit, n: {type: integer, min: 0, max: 3, size: 2}")
    export = export_plan(plan, "verilog")
    assert re.findall(r"put (\w+): ", export.text) == ["a", "b", "n_0", "n_1", "n_0_2", "n_1_2"]
    assert [note.message for note in export.notes] == [
        "some names differ in the file: output `n_0` is `n_0_2`, output `n_1` is `n_1_2`"
    ]


def test_upper_case_is_another_name() -> None:
    plan = nnc.compile(
        nnc.loads(
            "nnc: 1\nfires: at_least\ninputs: [A, a, größe, gr_e]\n"
            "neurons: {p: {wiring: [A, a, größe, gr_e], threshold: 2}}\noutputs: [p]\n"
        )
    )
    for form in ("blif", "c"):
        export = export_plan(plan, form)
        [note] = export.notes
        assert note.message == "some names differ in the file: input `größe` is `gr_e_2`"
    assert "uint8_t gr_e_2;\n  uint8_t gr_e;" in export_plan(plan, "c").text


def test_fields_of_c() -> None:
    export = export_plan(network("out: p, int: q, int_2: p, NETWORK_H: q, __x: p"), "c")
    fields = re.findall(r"^  uint8_t (\w+);", export.text, re.MULTILINE)
    assert fields == ["a", "b", "out", "int_3", "int_2", "NETWORK_H_2", "x"]


def test_a_file_that_passes_on_an_input_as_onnx() -> None:
    export = export_plan(network("a_2: p, a: a"), "onnx")
    assert [note.message for note in export.notes] == [
        "some names differ in the file: output `a` is `a_3`"
    ]
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(export.data).graph
    assert [one.name for one in graph.output] == ["a_2", "a_3"]


@pytest.mark.parametrize("form", ["python", "js", "sql"])
def test_languages_that_take_every_name_rename_nothing(form: str) -> None:
    export = export_plan(network("_: p, n: q, end: p, int: q"), form)
    assert not export.notes
    for name in ("_", "n", "end", "int"):
        assert re.search(rf"""["']{name}["']""", export.text), name


def test_chosen_names_are_different_and_keep_what_is_legal() -> None:
    rng = Random(3)
    parts = ["a", "_", "2", "ü", "end", "_2", "n"]
    for names in (Names, Identifiers):
        for _ in range(500):
            wanted = ["".join(rng.choices(parts, k=rng.randint(1, 3))) for _ in range(8)]
            made = names(["end"])
            found = made.chosen(wanted)
            assert len(set(found)) == len(found)
            assert "end" not in found
            for name in set(wanted):
                if made.is_legal(name) and name != "end":
                    assert found[wanted.index(name)] == name
            assert all(made.is_legal(name) for name in found)
