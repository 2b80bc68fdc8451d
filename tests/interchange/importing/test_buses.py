"""Wires that belong together become buses; names that are none are made names."""

import pytest

import nnc
from nnc.interchange.importing.buses import buses_of
from nnc.interchange.importing.naming import Names, plain_name
from nnc.interchange.imports import read_bytes_as


@pytest.mark.parametrize(
    ("names", "buses"),
    [
        (["a[1]", "b", "a[0]"], {"a": (2, 0), "b": None}),
        (["a[0]"], {"a": (0,)}),
        (["1GAT(0)", "4GAT(1)"], {"1GAT(0)": None, "4GAT(1)": None}),
        (["a(0)", "a(1)"], {"a": (0, 1)}),
        (["a_0", "a_1"], {"a": (0, 1)}),
        (["x0", "x1", "x2"], {"x": (0, 1, 2)}),
        (["x0"], {"x0": None}),
        (["x1", "x2"], {"x1": None, "x2": None}),  # from 1 on: they are no bus
        (["a[0]", "a[2]"], {"a[0]": None, "a[2]": None}),
        (["a[0]", "a[0]", "a[1]"], {"a[0]": None, "a[1]": None}),
        (["a<0>", "a<1>"], {"a": (0, 1)}),
        (["a01", "a00"], {"a": (1, 0)}),
        (["a00", "a1"], {"a00": None, "a1": None}),
        (["a0", "a00"], {"a0": None, "a00": None}),
        (["1", "2", "10"], {"1": None, "2": None, "10": None}),
        (["", "_", "[0]"], {"": None, "_": None, "[0]": None}),
    ],
)
def test_what_is_a_bus(names: list[str], buses: dict[str, tuple[int, ...] | None]) -> None:
    assert {bus.wanted: bus.wires if bus.is_bus else None for bus in buses_of(names)} == buses


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a b", "a_b"), ("3", "_3"), ("u.v[3]", "u_v_3"), ("", "o"), ("\u0301", "o"), ("*", "o"),
        ("__", "__"), ("größe", "größe"), ("a" * 300, "a" * 180), ("\u212b", "Å"), ("²x", "_x"),
    ],
)  # fmt: skip
def test_a_name_is_made(text: str, name: str) -> None:
    assert plain_name(text, "o") == name
    assert nnc.Network(inputs=[name], outputs={"out_of_it": name}).inputs.keys() == {name}


def test_each_name_once() -> None:
    names = Names(["a"])
    assert [names.new("a"), names.new("a"), names.new("a b"), names.new("a_b")] == [
        "a_2", "a_3", "a_b", "a_b_2",
    ]  # fmt: skip


def test_an_output_that_is_an_input_or_has_its_name() -> None:
    data = b"aag 2 2 0 4 0\n2\n4\n2\n2\n3\n4\ni0 a\ni1 b\no0 a\no1 b\no2 a\no3 b\n"
    network = read_bytes_as(data, "x", "aiger").network
    answers = nnc.evaluate(network, {"a": [0, 1, 1], "b": [0, 0, 1]})
    assert {name: answer.tolist() for name, answer in answers.items()} == {
        "a": [0, 1, 1], "b_2": [0, 1, 1], "a_2": [1, 0, 0], "b": [0, 0, 1],
    }  # fmt: skip
