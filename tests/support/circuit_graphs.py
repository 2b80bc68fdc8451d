"""The graph of ANDs of one plan, in which nothing is merged but what is the same by its form."""

from nnc.compiler.plan import Plan
from nnc.proofs.circuit.leaves import Leaves
from nnc.proofs.plans.domain import Interval, Tried, build_domain, exact_values
from nnc.proofs.plans.nodes import Gate
from nnc.proofs.plans.shared import Shared
from nnc.solvers.and_graph import FALSE, AndGraph
from nnc.solvers.diagrams import Diagram


def graph_of(plan: Plan) -> tuple[AndGraph, dict[str, int], Leaves]:
    """Give the graph of a plan, the literal of each signal by its name, and the leaves."""
    domain = build_domain(plan.inputs, plan.inputs, {})
    shared = Shared(domain)
    reading = shared.add(plan, "before")
    values: dict[int, Tried] = {}
    for number, axis in enumerate(domain.axes):
        own = axis.values
        if isinstance(own, Interval):
            low, high = exact_values((own.least or 0, own.greatest or 9))
            own = range(int(low), int(high) + 1)
        values[number] = own
    leaves = Leaves(shared, values, 64, 5)
    graph = AndGraph()
    literals = {0: FALSE}
    for node, kind in enumerate(shared.nodes):
        if isinstance(kind, Gate) and node:
            terms = [
                (literals[literal >> 1] ^ (literal & 1), weight)
                for literal, weight in zip(kind.literals, kind.weights, strict=True)
            ]
            made = Diagram(terms, 1 << 16).literal(kind.threshold, graph)
            assert made is not None
            literals[node] = made
        elif node:
            literals[node] = graph.leaf()
            leaves.add(literals[node] >> 1, node)
    names = {
        plan.name_of(signal): literals[literal >> 1] ^ (literal & 1)
        for signal, literal in enumerate(reading.literals)
        if literal >= 0
    }
    return graph, names, leaves
