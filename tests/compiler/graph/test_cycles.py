"""Cycles told whole: one for each component, the shortest, each hop with its file and place."""

import re
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.graph.ordering import components, shortest_cycle
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.network import Layer, Network
from tests.support.networks import Files, errors, place

CELL = """\
inputs: [x, y]
neurons:
  n: {weights: {x: 1}, threshold: 0}
  m: {weights: {y: 1}, threshold: 0}
outputs: {n: n, m: m}
"""


def cycles(neurons: str, outputs: str = "[a]") -> list[Diagnostic]:
    from nnc.opening.checking import check

    text = f"nnc: 1\ninputs: [a, b]\nneurons:\n{neurons}\noutputs: {outputs}\n"
    told = check(text.encode(), "f").errors
    assert {one.rule for one in told} <= {"cycle"}
    return told


def messages(neurons: str) -> list[str]:
    return [one.message for one in cycles(neurons)]


def ring(size: int) -> str:
    return "".join(
        f"  n{i}: {{weights: {{n{(i + 1) % size}: 1}}, threshold: 0}}\n" for i in range(size)
    )


def walk(message: str) -> list[str]:
    return re.findall(r"n\d+", message)


def hops(one: Diagnostic) -> list[str]:
    """Give the place of the cycle and of its labels."""
    return [place(one), *map(place, one.labels)]


# --------------------------------------------------------------------------------- neurons


def test_a_neuron_that_reads_itself() -> None:
    assert messages("  n: {weights: {a: 1, n: 1}, threshold: 0}") == ["neuron `n` reads itself"]
    assert len(messages("  n: {wiring: [n.x], thresholds: {x: 0, y: 1}}")) == 1


def test_a_cycle_is_walked_with_the_place_of_each_hop() -> None:
    (one,) = cycles("  x: {wiring: [a, y], threshold: 0}\n  y: {wiring: [z], threshold: 0}\n"
                    "  z: {weights: {x: 1}, threshold: 0}")  # fmt: skip
    assert one.message.endswith(": y -> x -> z -> y")
    assert hops(one)[0] == "f:4:19"
    assert sorted(hops(one)) == ["f:4:19", "f:5:16", "f:6:17"]


def test_one_diagnostic_for_each_component() -> None:
    neurons = ("  n: {wiring: n, threshold: 0}\n"
               "  p: {wiring: q, threshold: 0}\n  q: {wiring: p, threshold: 0}\n"
               "  x: {wiring: [y, p], threshold: 0}\n  y: {wiring: z, threshold: 0}\n"
               "  z: {wiring: [x, n], threshold: 0}\n"
               "  free: {wiring: [z, a], threshold: 0}")  # fmt: skip
    told = cycles(neurons, "[free]")
    assert [one.span.line for one in told if one.span] == [4, 5, 7]
    assert [len(one.labels) for one in told] == [0, 1, 2]


def test_the_shortest_cycle_is_told() -> None:
    chord = ring(12).replace("n9: {weights: {n10: 1}", "n9: {weights: {n10: 1, n7: 1}")
    (one,) = cycles(chord)
    assert walk(one.message) == ["n8", "n7", "n9", "n8"]


def test_random_cycles_are_real_and_shortest() -> None:
    rng = Random(8)
    for _ in range(40):
        size = rng.randint(2, 9)
        reads = {i: sorted(rng.sample(range(size), rng.randint(0, min(3, size))))
                 for i in range(size)}  # fmt: skip
        wirings = {i: ", ".join(f"n{j}" for j in some) for i, some in reads.items()}
        told = messages("".join(f"  n{i}: {{wiring: [{wiring}], threshold: 0}}\n"
                                for i, wiring in wirings.items()))  # fmt: skip
        reach = closure(reads)
        found = {frozenset(j for j in reads if j == i or (j in reach[i] and i in reach[j]))
                 for i in reads if i in reach[i]}  # fmt: skip
        assert len(told) == len(found)
        for message in told:
            names = [int(name[1:]) for name in walk(message)]
            if len(names) == 1:
                assert names[0] in reads[names[0]]
                continue
            assert names[0] == names[-1]
            assert len(set(names)) == len(names) - 1
            assert all(made in reads[reader] for made, reader in pairwise(names))
            (component,) = [one for one in found if names[0] in one]
            assert len(names) - 1 == girth(component, reads)


def closure(reads: dict[int, list[int]]) -> dict[int, set[int]]:
    reach = {i: set(some) for i, some in reads.items()}
    for _ in reads:
        reach = {i: some.union(*(reach[j] for j in some)) for i, some in reach.items()}
    return reach


def girth(component: frozenset[int], reads: dict[int, list[int]]) -> int:
    paths = [(i, i) for i in component]
    for length in range(1, len(component) + 1):
        paths = list({(i, k) for i, j in paths for k in reads[j] if k in component})
        if any(i == j for i, j in paths):
            return length
    raise AssertionError


def test_a_ring_of_20_000() -> None:
    (one,) = cycles(ring(20_000), "[n0]")
    assert one.message.count(" -> ") == 50
    assert one.span is not None
    assert one.span.line == 4


def test_a_dense_component_is_told_soon() -> None:
    size = 300
    wiring = ", ".join(f"n{i}" for i in range(size))
    (one,) = cycles("".join(f"  n{i}: {{wiring: [{wiring}], threshold: 0}}\n" for i in range(size)))
    assert one.message == "neuron `n0` reads itself"


# ---------------------------------------------------------------------------------- layers


def test_a_dense_layer_that_reads_itself(tmp_path: Path) -> None:
    """Every neuron of it reads every other, whatever the weights."""
    for wiring in ("[a, h]", "h(0)", "h(1:3)"):
        for weights in ("", "weights: 0, ", "weights: {file: w.npy}, "):
            count = {"[a, h]": 4, "h(0)": 1, "h(1:3)": 2}[wiring]
            files: Files = {"w": np.zeros((3, count))}
            (one,) = errors(tmp_path, f"""\
inputs: [a]
layers: {{h: {{wiring: {wiring}, {weights}thresholds: 0, size: 3}}}}
outputs: [h]
""", files)  # fmt: skip
            assert (one.rule, one.message) == ("cycle", "layer `h` reads itself")
            assert place(one).startswith("main:4:")


def test_layers_in_a_circle_through_neurons(tmp_path: Path) -> None:
    (one,) = errors(tmp_path, """\
inputs: {a: bit(2)}
neurons:
  n: {wiring: [a, h(2)], threshold: 0}
layers:
  g: {wiring: [a, n], thresholds: 0, size: 2}
  h: {wiring: g(1), thresholds: 0, size: 3}
outputs: [h]
""")  # fmt: skip
    assert one.rule == "cycle"
    assert one.message.endswith(": h -> n -> g -> h")
    assert hops(one) == ["main:5:19", "main:7:19", "main:8:15"]
    assert [label.message for label in one.labels] == ["`g` reads `n`", "`h` reads `g`"]


SPARSE = "{sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: v.npy}}}"


@pytest.mark.parametrize(
    ("rows", "walks"),
    [
        ([[0], [1]], []), ([[2], [0]], []), ([[1], [0]], ["neuron `h(0)` reads itself"]),
        ([[0, 2], [0, 2]], ["neuron `h(1)` reads itself"]),
        ([[2], [1]], ["neurons form a cycle: h(0) -> h(1) -> h(0)"]),
        ([[1], [2]], ["neuron `h(0)` reads itself"]),
    ],
)  # fmt: skip
def test_a_sparse_layer_is_judged_by_its_synapses(
    rows: list[list[int]], walks: list[str], tmp_path: Path
) -> None:
    """Places: 0 is the input, 1 and 2 the neurons of the layer. A stored 0 is a synapse.

    Circles at one place are told once.
    """
    flat = [place for row in rows for place in row]
    files = {
        "p": np.cumsum([0, *map(len, rows)]), "i": np.array(flat), "v": np.zeros(len(flat)),
    }  # fmt: skip
    text = (
        f"inputs: [a]\n"
        f"layers: {{h: {{wiring: [a, h], weights: {SPARSE}, thresholds: 0}}}}\noutputs: [h]\n"
    )
    found = errors(tmp_path, text, files)
    assert [one.message for one in found] == walks
    for one in found:
        assert {*hops(one)} == {"main:4:26"}


def test_a_sparse_and_a_dense_layer(tmp_path: Path) -> None:
    """The dense one is one; of the sparse one only the neurons that are in the circle are told."""
    files = {"p": np.array([0, 1, 2]), "i": np.array([0, 1]), "v": np.ones(2)}
    text = f"""\
inputs: [a]
layers:
  h: {{wiring: [a, g(0)], weights: {SPARSE}, thresholds: 0}}
  g: {{wiring: h, thresholds: 0, size: 2}}
outputs: [h]
"""
    (one,) = errors(tmp_path, text, files)
    assert one.message.endswith(": g -> h(1) -> g")
    assert errors(tmp_path, text.replace("wiring: h,", "wiring: h(0),"), files) == []


# ----------------------------------------------------------------------------------- parts


def test_a_cycle_across_parts(tmp_path: Path) -> None:
    """Each hop is where the wire starts: in the network that holds both."""
    (one,) = errors(tmp_path, """\
inputs: [a]
neurons:
  k: {wiring: [a, p.n], threshold: 0}
parts:
  p: {use: cell.nn.yaml, wiring: {x: q(1).m, y: a}}
  q: {use: cell.nn.yaml, repeat: 2, wiring: {x: a, y: k}}
outputs: [k]
""", {"cell": CELL})  # fmt: skip
    assert one.rule == "cycle"
    assert one.message.endswith(": p.n -> k -> q(1).m -> p.n")
    assert hops(one) == ["main:5:19", "main:8:55", "main:7:38"]
    assert [label.message for label in one.labels] == [
        "`q(1).m` reads `k`", "`p.n` reads `q(1).m`"]  # fmt: skip


def test_a_cycle_through_one_part(tmp_path: Path) -> None:
    files = {"cell": CELL, "gate": "inputs: [u, v]\nneurons: {g: {wiring: [u, v], threshold: 0}}\n"
                                   "outputs: {g: g, u: u}\n"}  # fmt: skip
    for wiring, walk_, hop in (
        ("p: {use: gate.nn.yaml, wiring: {u: a, v: p.g}}", "neuron `p.g` reads itself",
         "main:4:50"),
        ("p: {use: gate.nn.yaml, repeat: 2, wiring: {u: a, v: p(1).g}}",
         "neuron `p(1).g` reads itself", "main:4:61"),
        ("p: {use: gate.nn.yaml, repeat: 2, wiring: {u: a, v: p(i).g}}",
         "neuron `p(0).g` reads itself", "main:4:61"),
        ("p: {use: gate.nn.yaml, repeat: 3, wiring: {u: a, v: p(i-1).g}, first: {v: p(2).g}}",
         "p(0).g -> p(1).g -> p(2).g -> p(0).g", "main:4:61"),
    ):  # fmt: skip
        found = errors(tmp_path, f"inputs: [a]\nparts: {{{wiring}}}\noutputs: [a]\n", files)
        assert {one.rule for one in found} == {"cycle"}
        assert found[0].message.endswith(walk_)
        assert place(found[0]) == hop


def test_a_cycle_inside_a_used_file_is_told_there_once(tmp_path: Path) -> None:
    files = {"bad": """\
inputs: [x]
neurons:
  n: {wiring: [x, m], threshold: 0}
  m: {wiring: n, threshold: 0}
outputs: {o: m}
"""}  # fmt: skip
    (one,) = errors(tmp_path, """\
inputs: [a]
parts:
  p: {use: bad.nn.yaml, repeat: 3, wiring: {x: a}}
  q: {use: bad.nn.yaml, wiring: {x: p(0).o}}
outputs: {o: q.o}
""", files)  # fmt: skip
    assert one.message == "neurons form a cycle: m -> n -> m"
    assert hops(one) == ["bad:5:19", "bad:6:15"]


def test_a_cycle_three_files_deep(tmp_path: Path) -> None:
    files = {"cell": CELL, "outer": """\
inputs: [u, v]
parts: {c: {use: cell.nn.yaml, wiring: {x: u, y: v}}}
outputs: {n: c.n, m: c.m}
"""}  # fmt: skip
    text = """\
inputs: [a]
parts:
  o: {use: outer.nn.yaml, repeat: 2, wiring: {u: a, v: o(i).n}, first: {u: k}}
neurons:
  k: {wiring: o(0).m, threshold: 0}
outputs: [k]
"""
    (one,) = errors(tmp_path, text, files)
    assert one.rule == "cycle"
    assert set(one.message.partition(": ")[2].split(" -> ")) == {"o(0).c.n", "o(0).c.m", "k"}
    assert sorted(hops(one)) == ["main:5:56", "main:5:76", "main:7:15"]


def test_passing_through_is_no_cycle_of_neurons(tmp_path: Path) -> None:
    """A part that is read by what feeds it, through another of its inputs: no neuron waits."""
    files = {
        "both": "inputs: [x, y]\nneurons: {n: {wiring: x, threshold: 0}}\noutputs: {n: n, y: y}\n"
    }
    text = """\
inputs: [a]
parts: {p: {use: both.nn.yaml, wiring: {x: a, y: k}}}
neurons: {k: {wiring: p.n, threshold: 0}, l: {wiring: p.y, threshold: 0}}
outputs: [l]
""".replace("outputs: {n: n, y: y}", "")
    files["both"] = files["both"].replace("y: y}", "through: y}")
    assert errors(tmp_path, text.replace("p.y", "p.through"), files) == []


def test_a_network_built_in_python_has_the_same_messages() -> None:
    inner = Network(
        inputs=["x"], neurons={"n": {"weights": {"x": 1}, "threshold": 0}}, outputs=["n"]
    )
    outer = Network(
        inputs=["a"],
        parts={"p": {"use": inner, "wiring": {"x": "h(1)"}}},
        layers={"h": Layer(wiring=["a", "p.n"], thresholds=0, size=2)},
        outputs=["h"],
    )
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(outer)
    (one,) = error.value.diagnostics
    assert one.message.endswith((": p.n -> h -> p.n", ": h -> p.n -> h"))
    assert {one.path, *(label.path for label in one.labels)} == {
        ("layers", "h", "wiring", 1), ("parts", "p", "wiring", "x")}  # fmt: skip


# ------------------------------------------------------------------------- graphs of numbers


def test_components_of_random_graphs() -> None:
    rng = Random(9)
    for _ in range(200):
        size = rng.randint(1, 12)
        edges = {i: sorted(rng.sample(range(size), rng.randint(0, min(3, size))))
                 for i in range(size)}  # fmt: skip
        reach = closure(edges)
        wanted = {frozenset([i, *(j for j in edges if j in reach[i] and i in reach[j])])
                  for i in edges}  # fmt: skip
        found = [frozenset(one) for one in components(edges)]
        assert len(found) == len(set(found))
        assert set(found) == wanted


def test_the_search_for_the_shortest_has_a_budget() -> None:
    size = 400
    edges = {i: [(i + 1) % size] for i in range(size)}
    for i in range(0, size, 2):
        edges[i] = sorted({(i + 1) % size, (i + 7) % size})
    best, left = shortest_cycle(edges, 10**6)
    worst, spent = shortest_cycle(edges, 1)
    assert len(best) <= len(worst)
    assert spent <= 0 < left
    for cycle in (best, worst):
        assert all(b in edges[a] for a, b in pairwise([*cycle, cycle[0]]))
