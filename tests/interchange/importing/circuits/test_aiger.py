"""AIGER files, as text and binary: networks that say what the graph says, and damaged ones."""

from __future__ import annotations

import itertools
from random import Random

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.imports import read_bytes_as
from tests.support.graphs import Graph, random_graph

HALF_ADDER = """\
aag 7 2 0 2 3
2
4
6
12
6 13 15
12 2 4
14 3 5
i0 x
i1 y
o0 s
o1 c
c
half adder
"""


def text_of(data: bytes | str) -> str:
    return nnc.to_yaml(read_bytes_as(_bytes(data), "x", "aiger").network)


def _bytes(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def refusal(data: bytes | str) -> str:
    with pytest.raises(InvalidNetworkError) as caught:
        read_bytes_as(_bytes(data), "x", "aiger")
    [diagnostic] = caught.value.diagnostics
    return str(diagnostic)


def test_a_half_adder_is_three_neurons() -> None:
    assert text_of(HALF_ADDER) == (
        "nnc: 1\n"
        "fires: at_least\n"
        "inputs: [x, y]\n"
        "neurons:\n"
        "  c:  {weights: {x: 1, y: 1},   threshold: 2}\n"
        "  n7: {weights: {x: 1, y: 1},   threshold: 1}\n"
        "  s:  {weights: {c: -1, n7: 1}, threshold: 1}\n"
        "outputs: {s: s, c: c}\n"
    )


def test_a_tree_of_ands_is_one_neuron() -> None:
    text = text_of("aag 7 4 0 1 3\n2\n4\n6\n8\n14\n10 2 5\n12 6 8\n14 10 12\n")
    assert "o0: {weights: {i(0): 1, i(1): -1, i(2): 1, i(3): 1}, threshold: 3}" in text
    assert text.count("threshold") == 1


def test_an_and_that_two_read_stays() -> None:
    text = text_of("aag 5 3 0 2 2\n2\n4\n6\n8\n10\n8 2 4\n10 8 6\n")
    assert text.count("threshold") == 2


def test_constants_and_repeated_literals_fold() -> None:
    text = text_of("aag 5 2 0 4 3\n2\n4\n6\n8\n10\n7\n6 2 3\n8 2 1\n10 2 2\n")
    assert "o: [0, i(0), i(0), 1]" in text
    assert "neurons" not in text


@pytest.mark.parametrize("is_binary", [False, True])
def test_random_graphs_mean_the_same(is_binary: bool, chunk: int) -> None:
    random = Random(f"aiger{chunk}{is_binary}")
    for _ in range(4):
        graph = random_graph(random)
        data = graph.binary() if is_binary else graph.text(random)
        network = read_bytes_as(data, "x", "aiger").network
        compare(graph, network)


def compare(graph: Graph, network: nnc.Network) -> None:
    """Compare every row with the graph, wire by wire."""
    rows = list(itertools.product((0, 1), repeat=graph.inputs))
    name = "i" if graph.inputs > 1 else "i0"
    given = nnc.evaluate(network, {name: [sum(b << k for k, b in enumerate(r)) for r in rows]})
    [name] = given
    many = len(graph.outputs) > 1
    for row, answer in zip(rows, given[name].tolist(), strict=True):
        bits = answer if many else [answer]
        assert bits == graph.outputs_of(row), row


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "no header of AIGER, at byte 0"),
        ("aag 1 1 0 1\n2\n2\n", "no header of AIGER"),
        ("aag 1 2 0 0 0\n2\n4\n", "says 1 variables, and 2 that are defined"),
        ("aag 9999999999 9999999999 0 0 0\n", "the file says that it has 9,999,999,999 inputs"),
        ("aag 1 1 0 1 0\n2\n", "3:1: error[NNC941] bad-import-file: expected an output, found the"),
        ("aag 1 1 0 1 0\n2\nx\n", "3:1: error[NNC941] bad-import-file: expected an output"),
        ("aag 1 1 0 1 0\n3\n2\n", "literal 3 cannot be defined"),
        ("aag 2 2 0 0 0\n2\n2\n", "3:1: error[NNC941] bad-import-file: literal 2 is defined for"),
        ("aag 3 1 0 1 1\n2\n6\n6 2 4\n", "4:1: error[NNC941] bad-import-file: literal 4 is not"),
        ("aag 3 1 0 1 0\n2\n4\n", "3:1: error[NNC941] bad-import-file: output 0 is literal 4"),
        ("aag 2 1 0 1 1\n2\n4\n4 2 6\n", "literal 6 is above 5"),
        ("aag 2 1 0 1 1\n2\n4\n4 2\n", "expected an AND: three literals, found 2 numbers"),
        ("aag 3 1 0 1 2\n2\n4\n4 2 6\n6 2 4\n", "the AND of variable 3 reads itself"),
        ("aag 1 1 0 1 0\n2\n2\ni1 x\n", "there is a symbol for input 1, of 1"),
        ("aag 1 1 0 1 0\n2\n2\no007 x\n", "there is a symbol for output 7, of 1"),
        ("aag 1 1 0 1 0\n2\n2\nx\n", "expected a symbol such as"),
        ("aag 2 1 1 1 0\n2\n4 2\n4\nl0 state\n", "the circuit has a latch: `state`"),
        ("aag 2 1 0 1 1 1\n2\n4\n4 2 2\n", "NNC940] not-importable: the file has properties"),
        (b"aig 2 1 0 1 1\n4\n", "the header asks for at least 4 more bytes, at byte 16"),
        (b"aig 2 1 0 1 1\n4\n\xff\xff", "the file ends within an AND"),
        (b"aig 2 1 0 1 1\n4\n\x00\x00", "the AND of variable 2 reads what comes later, at byte 16"),
        (b"aig 2 1 0 1 1\n9\n\x02\x00", "literal 9 is above 5"),
        (b"aig 2 1 0 1 1\n4\n\xff\xff\xff\xff\xff\x01\x00", "more than five bytes, at byte 16"),
        (b"aig 2 1 0 1 1\n\n4\n\x02\x00", "expected a literal, for an output, at byte 14"),
        (b"aig 1 1 0 1 0\n2\ni7 x\n", "there is a symbol for input 7, of 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(data: bytes | str, message: str) -> None:
    assert message in refusal(data)


def test_latches_are_named_in_binary_files_too() -> None:
    data = b"aig 3 1 2 1 0\n2\n4\n2\nl0 low\nl1 high\n"
    assert "2 latches: `low`, `high`" in refusal(data)
