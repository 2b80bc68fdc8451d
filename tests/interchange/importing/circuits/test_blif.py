"""BLIF files: tables as neurons, models put into each other, and what is wrong told by line."""

from __future__ import annotations

import itertools
from random import Random

import pytest

import nnc
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from tests.support.graphs import Table, tables_text, values_of
from tests.support.refusals import refusal

ADDER = """\
# a full adder and a half adder
.model full
.inputs x y z
.outputs s c
.names x y z s
100 1
010 1
001 1
111 1
.names x y z \\
  c
11- 1
1-1 1
-11 1
.end
.model half
.inputs x y
.outputs s
.names x y s
10 1
01 1
.end
"""


def network_of(text: str, top: str | None = None) -> nnc.Network:
    return read_bytes_as(text.encode(), "x", "blif", Settings(top=top)).network


def test_one_of_several_models_is_read() -> None:
    network = network_of(ADDER)
    assert [*network.outputs] == ["s", "c"]
    assert network.neurons["c"] == nnc.Neuron(weights={"x": 1, "y": 1, "z": 1}, threshold=2)
    assert [*network_of(ADDER, "half").outputs] == ["s"]
    assert "there is no model `hall`" in refusal(lambda: network_of(ADDER, "hall"))


@pytest.mark.parametrize(
    ("rows", "neuron"),
    [
        ("11 1\n", {"weights": {"a": 1, "b": 1}, "threshold": 2}),
        ("11 0\n", {"weights": {"a": -1, "b": -1}, "threshold": -1}),
        ("10 1\n", {"weights": {"a": 1, "b": -1}, "threshold": 1}),
        ("1- 1\n-1 1\n", {"weights": {"a": 1, "b": 1}, "threshold": 1}),
        ("00 1\n", {"weights": {"a": -1, "b": -1}, "threshold": 0}),
        ("0- 1\n-1 1\n", {"weights": {"a": -1, "b": 1}, "threshold": 0}),
        ("10 1\n01 1\n", {"weights": {"a": 1, "b": 1, "o_both": -2}, "threshold": 1}),
        ("10 0\n01 0\n", {"weights": {"a": -1, "b": -1, "o_both": 2}, "threshold": 0}),
    ],
)
def test_a_table_as_a_neuron(rows: str, neuron: dict[str, object]) -> None:
    text = f".model m\n.inputs a b\n.outputs o\n.names a b o\n{rows}.end\n"
    assert network_of(text).neurons["o"] == nnc.Neuron(**neuron)  # type: ignore[arg-type]


def test_random_tables_mean_the_same(chunk: int) -> None:
    random = Random(f"blif{chunk}")
    for _ in range(5):
        inputs = [f"x{place}" for place in range(random.randint(2, 5))]
        signals = list(inputs)
        tables: dict[str, Table] = {}
        for place in range(random.randint(1, 9)):
            reads = [random.choice(signals) for _ in range(random.randint(0, 4))]
            cubes = [
                "".join(random.choice("01-") for _ in reads) for _ in range(random.randint(0, 5))
            ]
            tables[f"t.{place}"] = Table(reads, cubes, random.random() < 0.7)
            signals.append(f"t.{place}")
        outputs = random.sample(signals, min(len(signals), 4))
        network = network_of(tables_text(inputs, outputs, tables))
        rows = list(itertools.product((0, 1), repeat=len(inputs)))
        given = {"x": [sum(bit << at for at, bit in enumerate(row)) for row in rows]}
        answers = nnc.evaluate(network, given)
        for at, row in enumerate(rows):
            expected = values_of(tables, dict(zip(inputs, row, strict=True)))
            bits: list[int] = []
            for answer in answers.values():
                value = answer.tolist()[at]
                bits += value if isinstance(value, list) else [value]
            order = [outputs[place] for bus in buses(outputs) for place in bus]
            assert bits == [expected[name] for name in order]


def buses(names: list[str]) -> list[tuple[int, ...]]:
    from nnc.interchange.importing.buses import buses_of

    return [bus.wires for bus in buses_of(names)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: NNC941 the file has no `.model`"),
        ("11 1\n", "1:1: NNC941 expected a statement"),
        (".model m\n.nmes a\n", "2:1: NNC941 there is no statement `.nmes`"),
        (".model m\n.outputs o\n.end\n", "1:1: NNC941 nothing drives the out"),
        (".model m\n.inputs a\n.outputs o\n.names a b o\n11 1\n", "4:1: NNC941 nothing drives `b`"),
        (".model m\n.outputs o\n.names p o\n1 1\n.names o p\n1 1\n", "reads itself"),
        (".model m\n.inputs a\n.outputs o\n.names a o\n1 1\n0 0\n", "6:1: NNC941 `o` has rows"),
        (".model m\n.inputs a\n.outputs o\n.names a o\n11 1\n", "5:1: NNC941 expected 1 of 0"),
        (".model m\n.names o\n1\n.names o\n", "4:1: NNC941 `o` is driven for"),
        (".model m\n.inputs a\n.names a\n1\n", "`a` is driven for the second time"),
        (".model m\n.outputs q\n.latch d q re c 0\n", "NNC940 model `m` has a latch: `q`"),
        (".model m\n.gate nand2 A=a B=b O=o\n", "2:1: NNC940 `.gate` is a gate"),
        (".model m\n.subckt n a=b\n", "2:1: NNC940 `.subckt` is a model inside another"),
        (".model m\n.end\n.model m\n", "`m` is there for the second time, after line 1"),
        (".model m\n.inputs a a\n", "an input of `m` is named twice"),
        (".model m\n.names\n", "2:1: NNC941 `.names` names nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    assert message in refusal(lambda: network_of(text))


def test_only_the_model_that_is_read_has_to_be_flat() -> None:
    whole = ".model whole\n.inputs a\n.outputs o\n.subckt part i=a o=o\n.end\n"
    part = ".model part\n.inputs i\n.outputs o\n.names i o\n0 1\n.end\n"
    read = read_bytes_as((whole + part).encode(), "x.blif", "blif", Settings(top="part"))
    assert nnc.evaluate(read.network, {"i": [0, 1]})["o"].tolist() == [1, 0]
    assert "4:1: NNC940 `.subckt` is a model inside another" in refusal(
        lambda: network_of(whole + part)
    )


def test_plain_names_are_kept_and_others_told() -> None:
    text = ".model m\n.inputs a.1 a_2 b[0]\n.outputs x.1 x_1 b\n.names a.1 a_2 x.1\n11 1\n"
    text += ".names a.1 x_1\n1 1\n.names b[0] b\n0 1\n.end\n"
    found = read_bytes_as(text.encode(), "x", "blif")
    assert [*found.network.inputs] == ["a_1", "a_2", "b_2"]
    assert [*found.network.outputs] == ["x_1_2", "x_1", "b"]
    assert found.network.outputs["x_1"].sources == ("a_1",)
    [note] = found.notes
    assert (note.rule, note.message) == (
        "renamed",
        (
            "some names differ in the network: input `a.1` is `a_1`, input `b` is `b_2`, "
            "output `x.1` is `x_1_2`"
        ),
    )
    assert not read_bytes_as(b".model m\n.inputs a\n.outputs a\n.end\n", "x", "blif").notes
