"""Nodes as sums of products of leaves, against the rows of random graphs."""

from itertools import product
from math import prod
from random import Random

from nnc.proofs.strategies.sums import monomials, small_cone
from nnc.solvers.and_graph import AndGraph


def test_products_add_up_to_the_nodes_in_every_row(chunk: int) -> None:
    rng = Random(f"products {chunk}")
    graph = AndGraph()
    literals = [graph.leaf() for _ in range(5)]
    leaves = [literal >> 1 for literal in literals]
    for _ in range(20):
        one, other = (rng.choice(literals) ^ rng.randint(0, 1) for _ in range(2))
        literals.append(graph.both(one, other))
    sums = {literal >> 1: rng.randint(-9, 9) for literal in rng.sample(literals, 4)}
    sums[0] = rng.randint(-9, 9)
    products = monomials(graph, sums)
    assert products is not None
    for row in product((0, 1), repeat=5):
        values = [1] + [0] * (len(graph) - 1)  # node 0 has the constant
        of = dict(zip(leaves, row, strict=True))
        for node in range(1, len(graph)):
            if node in of:
                values[node] = of[node]
                continue
            first, second = (values[s >> 1] * (s > 1) ^ (s & 1) for s in graph.sources[node])
            values[node] = first & second
        expected = sum(weight * values[node] for node, weight in sums.items())
        got = sum(factor * prod(of[leaf] for leaf in key) for key, factor in products.items())
        assert got == expected


def test_a_node_of_many_leaves_has_no_products() -> None:
    graph = AndGraph()
    node = graph.leaf()
    for _ in range(6):
        node = graph.both(node, graph.leaf())
    assert small_cone(graph, node >> 1) is None
    assert monomials(graph, {node >> 1: 1}) is None
    assert monomials(graph, {}) == {}
