"""Neurons far from the inputs: found by what they make of those that they read."""

import nnc
from nnc.proofs.circuit.namesakes import Namesakes
from nnc.proofs.comparison.behaviour import compare_behaviour
from nnc.solvers.and_graph import AndGraph
from nnc.solvers.diagrams import Diagram
from tests.support.circuits import Circuit
from tests.support.netlists import unlike


def made(graph: AndGraph, terms: list[tuple[int, int]], threshold: int) -> tuple[int, Diagram]:
    diagram = Diagram(terms, 100)
    literal = diagram.literal(threshold, graph)
    assert literal is not None
    return literal, diagram


def test_a_neuron_in_two_steps_is_likely_the_one_in_one_step() -> None:
    graph, namesakes = AndGraph(), Namesakes()
    a, b, c = (graph.leaf() for _ in range(3))
    namesakes.is_first = True
    whole, diagram = made(graph, [(a, 1), (b, 1), (c, 2)], 3)  # c and one of a, b
    assert namesakes.of(whole, diagram) == whole
    namesakes.is_first = False
    left, diagram = made(graph, [(a, 1), (c, 1)], 2)
    assert namesakes.of(left, diagram) == left
    right, diagram = made(graph, [(b, 1), (c, 1)], 2)
    assert namesakes.of(right, diagram) == right
    both, diagram = made(graph, [(left, 1), (right, 1)], 1)
    assert both != whole
    assert namesakes.of(both, diagram) == whole
    turned, diagram = made(graph, [(left ^ 1, 1), (right ^ 1, 1)], 2)
    assert namesakes.of(turned, diagram) == whole ^ 1
    namesakes.take(both, whole)
    assert namesakes.of(turned, diagram) == whole ^ 1


def test_neurons_that_hardly_ever_fire_are_proved_equal() -> None:
    """A chain of sparse bits: of 60 that have to be 1, no row at random has more than some."""
    texts = []
    for is_written_out in (False, True):
        circuit = Circuit()
        chain = "a(0)"
        for i in range(1, 60):
            if is_written_out:
                one = circuit.both(chain, f"a({i})")
                other = circuit.both(chain, f"b({i})")
                chain = circuit.neuron({one: 1, other: 1}, 1)
            else:
                chain = circuit.neuron({f"a({i})": 1, f"b({i})": 1, chain: 2}, 3)
        top = unlike(circuit, chain, "b(0)")
        texts.append(circuit.text("{a: bit(60), b: bit(60)}", [top, chain]))
    plans = [nnc.compile(nnc.loads(text)) for text in texts]
    [verdict] = compare_behaviour(*plans).verdicts
    assert verdict.kind == "equal"
    wrong = texts[1].replace("b(40): 1", "b(41): 1")
    assert wrong != texts[1]
    plans[1] = nnc.compile(nnc.loads(wrong))
    [verdict] = compare_behaviour(*plans).verdicts
    assert verdict.kind != "equal"
