"""Names resolved, order found, cycles told whole."""

import re
import time
from itertools import pairwise
from random import Random
from typing import Any

import pytest

import nnc
from nnc.diagnostics import Diagnostic
from nnc.graph import Graph, build_graph
from nnc.pipeline import check
from strategies import example


def graph(
    neurons: str, outputs: str = "[n]", inputs: str = "[a, b]", fires: str = "above"
) -> Graph:
    text = f"nnc: 1\ninputs: {inputs}\nfires: {fires}\nneurons:\n{neurons}\noutputs: {outputs}\n"
    checked = check(text.encode(), "f")
    assert checked.graph is not None, checked.errors
    return checked.graph


def found(neurons: str, outputs: str = "[a]", inputs: str = "[a, b]") -> list[Diagnostic]:
    text = f"nnc: 1\ninputs: {inputs}\nneurons:\n{neurons}\noutputs: {outputs}\n"
    return check(text.encode(), "f").errors


def ring(size: int, reader: str = "{{weights: {{n{}: 1}}, threshold: 0}}") -> str:
    return "".join(f"  n{i}: {reader.format((i + 1) % size)}\n" for i in range(size))


# -------------------------------------------------------------------------------- signals


def test_constants_inputs_and_thresholds_are_signals() -> None:
    one = graph("  n: {weights: {a: 1, 1: 2, m.y: 3}, threshold: 1}\n"
                "  m: {weights: {b: 1}, thresholds: {x: 0, y: 1}}\n"
                "  k: {wiring: [m, 0], threshold: 0}", "[n, k]")  # fmt: skip
    assert one.names() == ["0", "1", "a", "b", "n", "m.x", "m.y", "k"]
    assert [node.name for node in one.nodes] == ["m", "n", "k"]
    assert one.levels == (1, 2, 2)
    by_name = {node.name: node for node in one.nodes}
    assert by_name["n"].sources == (2, 1, 6)
    assert by_name["k"].sources == (5, 6, 0)
    assert by_name["k"].weights == (1, 1, 1)
    assert one.producers() == {5: 0, 6: 0, 4: 1, 7: 2}


def test_weights_on_a_bus() -> None:
    one = graph("  m: {weights: {a: 1}, thresholds: {x: 0, y: 1}}\n"
                "  n: {weights: {m: 3, a: 1}, threshold: 0}\n"
                "  k: {weights: {m: [1, 2]}, threshold: 0}\n"
                "  j: {wiring: [b, m], weights: [1, 2, 3], threshold: 0}\n"
                "  i: {wiring: [b, m], weights: 0.5, threshold: 0}", "[n, k, j, i]")  # fmt: skip
    weights = {node.name: tuple(map(str, node.weights)) for node in one.nodes}
    assert weights == {"m": ("1",), "n": ("3", "3", "1"), "k": ("1", "2"), "j": ("1", "2", "3"),
                       "i": ("1/2",) * 3}  # fmt: skip


def test_each_step_is_a_neuron_of_its_own_once() -> None:
    one = graph("  n: {weights: {a: {2: 3, 4.5: 1}}, threshold: 0}\n"
                "  m: {weights: {a: {2.0: 7}}, threshold: 0}", "[n, m]", "{a: real}")  # fmt: skip
    assert [node.name for node in one.nodes] == ["a>=2", "a>=4.5", "n", "m"]
    by_name = {node.name: node for node in one.nodes}
    assert by_name["n"].weights == (3, -2)
    assert by_name["m"].sources == by_name["n"].sources[:1]
    assert by_name["a>=4.5"].fires == "at_least"
    assert one.levels == (1, 1, 2, 2)


def test_gates_are_sums() -> None:
    one = graph("  n: {wiring: [a, b, m], fires: all}\n  m: {wiring: [a, b], fires: any}", "[n]")
    assert [(node.name, node.fires, node.thresholds) for node in one.nodes] == [
        ("m", "at_least", (1,)), ("n", "at_least", (3,))]  # fmt: skip


def test_the_order_is_by_level_and_then_by_place() -> None:
    wires = {"z": "a", "y": "z", "x": "b", "w": "[x, y]"}
    one = graph(
        "\n".join(f"  {name}: {{wiring: {of}, threshold: 0}}" for name, of in wires.items()), "[w]"
    )
    assert [(node.name, level) for node, level in zip(one.nodes, one.levels, strict=True)] == [
        ("z", 1), ("x", 1), ("y", 2), ("w", 3)]  # fmt: skip


def test_the_order_in_the_file_means_nothing() -> None:
    rng = Random(5)
    for _ in range(50):
        one = nnc.loads(example(rng).text)
        names = list(one.neurons)
        rng.shuffle(names)
        shuffled = one.model_copy(update={"neurons": {n: one.neurons[n] for n in names}})
        first, second = build_graph(one)[0], build_graph(shuffled)[0]
        assert first is not None
        assert second is not None
        assert levels(first) == levels(second)


def levels(one: Graph) -> dict[str, int]:
    return {node.name: level for node, level in zip(one.nodes, one.levels, strict=True)}


def test_every_node_comes_after_its_sources_on_the_level_above() -> None:
    rng = Random(6)
    for _ in range(100):
        one = build_graph(nnc.loads(example(rng).text))[0]
        assert one is not None
        maker, level = one.producers(), one.levels
        for place, node in enumerate(one.nodes):
            made = [maker[signal] for signal in node.sources if signal in maker]
            assert all(source < place for source in made)
            assert level[place] == 1 + max((level[source] for source in made), default=0)
        assert list(level) == sorted(level)


# ------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("neuron", "rule", "fix"),
    [
        ("weights: {c: 1}, threshold: 0", "unknown-source", ""),
        ("weights: {A: 1}, threshold: 0", "unknown-source", "`a`"),
        ("weights: {tow: 1}, threshold: 0", "unknown-source", "`two`"),
        ("weights: {two.z: 1}, threshold: 0", "unknown-port", "`x`"),
        ("weights: {one.x: 1}, threshold: 0", "unknown-port", "`one`"),
        ("weights: {a.x: 1}, threshold: 0", "unknown-port", "`a`"),
        ("weights: {two: 1, two.x: 1}, threshold: 0", "duplicate-source", ""),
        ("wiring: [a, b, a], threshold: 0", "duplicate-source", ""),
        ("wiring: [a, a], fires: all", "duplicate-source", ""),
        ("wiring: [a, b], weights: [1], threshold: 0", "weight-count", "2 numbers"),
        ("wiring: [a, two], weights: [1, 2], threshold: 0", "weight-count", "3 numbers"),
        ("weights: {two: [1, 2, 3]}, threshold: 0", "weight-count", "2 numbers"),
        ("weights: {a: [1, 2]}, threshold: 0", "weight-count", "1 number"),
        ("weights: {a: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("weights: {two: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("weights: {1: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("wiring: [a, r], fires: any", "gate-needs-bits", "threshold"),
        ("weights: {n: 0}, threshold: 0", "cycle", ""),
    ],
)
def test_refused(neuron: str, rule: str, fix: str) -> None:
    more = "  one: {wiring: a, threshold: 0}\n  two: {wiring: a, thresholds: {x: 0, y: 1}}\n"
    (one,) = found(f"{more}  n: {{{neuron}}}", "[n]", "{a: bit, b: bit, r: real}")
    assert one.rule == rule
    assert fix in (one.help or "")
    assert one.span is not None
    assert one.span.line == 6


@pytest.mark.parametrize(
    ("outputs", "rule"),
    [
        ("{x: z}", "unknown-source"), ("[z]", "unknown-source"), ("{x: [a, z]}", "unknown-source"),
        ("{x: {sum: z}}", "unknown-source"), ("{x: n.q}", "unknown-port"),
        ("{x: m.q}", "unknown-port"), ("{a: n}", "alias-of-other-name"),
        ("{n: {sum: n}}", "alias-of-other-name"), ("{x: [a, r]}", "bus-needs-bits"),
        ("{x: [r]}", "bus-needs-bits"), ("{x: {sum: a}}", "no-sum"), ("{x: {sum: 1}}", "no-sum"),
        ("{x: {level: r}}", "no-sum"), ("{x: {level: m, labels: [p, q]}}", "label-count"),
        ("{x: {level: n, labels: [p]}}", "label-count"),
        ("{x: {level: down}}", "thresholds-not-ascending"),
    ],
)  # fmt: skip
def test_outputs_refused(outputs: str, rule: str) -> None:
    neurons = ("  n: {wiring: a, threshold: 0}\n  m: {wiring: a, thresholds: {x: 0, y: 1}}\n"
               "  down: {wiring: a, thresholds: {x: 1, y: 1}}")  # fmt: skip
    (one,) = found(neurons, outputs, "{a: bit, r: real}")
    assert one.rule == rule


def test_one_name_space() -> None:
    (one,) = found("  a: {weights: {}, threshold: 0}", "[b]")
    assert one.rule == "duplicate-name"
    assert len(one.labels) == 1
    assert found("  m: {weights: {}, thresholds: {a: 0, b: 1, m: 2}}", "{x: m.a, m: m}") == []


def test_the_common_denominator_has_a_limit() -> None:
    primes = [p for p in range(10**6, 10**6 + 4000) if all(p % d for d in range(2, 1010))][:250]
    inputs = ", ".join(f"i{k}" for k in range(len(primes)))
    weights = ", ".join(f"i{k}: 1/{p}" for k, p in enumerate(primes))
    (one,) = found(f"  n: {{weights: {{{weights}}}, threshold: 0}}", "[n]", f"[{inputs}]")
    assert one.rule == "common-denominator-too-large"
    few = ", ".join(f"i{k}: 1/{p}" for k, p in enumerate(primes[:200]))
    assert found(f"  n: {{weights: {{{few}}}, threshold: 0}}", "[n]", f"[{inputs}]") == []


# --------------------------------------------------------------------------------- cycles


def cycles(neurons: str, **more: Any) -> list[str]:
    told = found(neurons, **more)
    assert {one.rule for one in told} <= {"cycle"}
    return [one.message for one in told]


def test_a_neuron_that_reads_itself() -> None:
    assert cycles("  n: {weights: {a: 1, n: 1}, threshold: 0}") == ["neuron `n` reads itself"]
    assert len(cycles("  n: {wiring: [n.x], thresholds: {x: 0, y: 1}}")) == 1


def test_a_cycle_is_walked_with_the_place_of_each_hop() -> None:
    (one,) = found("  x: {wiring: [a, y], threshold: 0}\n  y: {wiring: [z], threshold: 0}\n"
                   "  z: {weights: {x: 1}, threshold: 0}")  # fmt: skip
    assert one.message.endswith(": y -> x -> z -> y")
    assert one.span is not None
    places = [(one.span.line, one.span.column)] + [
        (label.span.line, label.span.column) for label in one.labels if label.span
    ]
    assert sorted(places) == [(4, 19), (5, 16), (6, 17)]
    assert places[0] == (4, 19)


def test_one_diagnostic_for_each_component() -> None:
    neurons = ("  n: {wiring: n, threshold: 0}\n"
               "  p: {wiring: q, threshold: 0}\n  q: {wiring: p, threshold: 0}\n"
               "  x: {wiring: [y, p], threshold: 0}\n  y: {wiring: z, threshold: 0}\n"
               "  z: {wiring: [x, n], threshold: 0}\n"
               "  free: {wiring: [z, a], threshold: 0}")  # fmt: skip
    told = found(neurons, "[free]")
    assert [one.span.line for one in told if one.span] == [4, 5, 7]
    assert [len(one.labels) for one in told] == [0, 1, 2]


def test_the_shortest_cycle_is_told() -> None:
    chord = ring(12).replace("n9: {weights: {n10: 1}", "n9: {weights: {n10: 1, n7: 1}")
    (one,) = found(chord)
    assert walk(one.message) == ["n8", "n7", "n9", "n8"]


def walk(message: str) -> list[str]:
    return re.findall(r"n\d+", message)


def test_random_cycles_are_real_and_shortest() -> None:
    rng = Random(8)
    for _ in range(40):
        size = rng.randint(2, 9)
        reads = {i: sorted(rng.sample(range(size), rng.randint(0, min(3, size))))
                 for i in range(size)}  # fmt: skip
        wirings = {i: ", ".join(f"n{j}" for j in some) for i, some in reads.items()}
        neurons = "".join(f"  n{i}: {{wiring: [{wiring}], threshold: 0}}\n"
                          for i, wiring in wirings.items())  # fmt: skip
        told = cycles(neurons)
        reach = closure(reads)
        components = {frozenset(j for j in reads if j == i or (j in reach[i] and i in reach[j]))
                      for i in reads if i in reach[i]}  # fmt: skip
        assert len(told) == len(components)
        for message in told:
            hops = [int(name[1:]) for name in walk(message)]
            if len(hops) == 1:
                assert hops[0] in reads[hops[0]]
                continue
            assert hops[0] == hops[-1]
            assert len(set(hops)) == len(hops) - 1
            assert all(made in reads[reader] for made, reader in pairwise(hops))
            (component,) = [one for one in components if hops[0] in one]
            assert len(hops) - 1 == girth(component, reads)


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
    start = time.process_time()
    (one,) = found(ring(20_000), "[n0]")
    assert time.process_time() - start < 10
    assert one.message.count(" -> ") == 50
    assert one.span is not None
    assert one.span.line == 4


def test_a_dense_component_is_told_soon() -> None:
    size = 300
    wiring = ", ".join(f"n{i}" for i in range(size))
    start = time.process_time()
    (one,) = found("".join(f"  n{i}: {{wiring: [{wiring}], threshold: 0}}\n" for i in range(size)))
    assert time.process_time() - start < 5
    assert one.message == "neuron `n0` reads itself"
