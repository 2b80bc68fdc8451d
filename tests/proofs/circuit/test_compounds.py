"""Neurons as tables of what their parts read, against their sums in every row."""

from itertools import product
from random import Random

from nnc.proofs.circuit.compounds import COLUMNS, ROWS, WIDTH, Compounds, Positive, Table
from nnc.solvers.and_graph import AndGraph

A, B, C, D = 1, 2, 3, 4


def _value(graph: AndGraph, literal: int, values: dict[int, int]) -> int:
    node = literal >> 1
    if node not in values:
        first, second = graph.sources[node]
        values[node] = _value(graph, first, values) & _value(graph, second, values)
    return values[node] ^ (literal & 1)


def _check(graph: AndGraph, literal: int, table: Table) -> None:
    """Compare a literal with its table in every row of the nodes."""
    for row in range(1 << len(table.nodes)):
        values = {0: 0} | {node: row >> place & 1 for place, node in enumerate(table.nodes)}
        assert _value(graph, literal, values) == table.rows >> row & 1


def test_every_function_of_three_nodes_is_written() -> None:
    for rows in range(256):
        graph = AndGraph()
        nodes = [graph.leaf() >> 1 for _ in range(3)]
        table = Table(nodes, sum(rows << 8 * i for i in range(8)))
        _check(graph, table.literal(graph), table)


def test_functions_of_six_nodes_are_written(chunk: int) -> None:
    rng = Random(f"tables {chunk}")
    for _ in range(20):
        graph = AndGraph()
        table = Table([graph.leaf() >> 1 for _ in range(WIDTH)], rng.getrandbits(1 << WIDTH))
        literal = table.literal(graph)
        _check(graph, literal, table)
        assert table.literal(graph) == literal  # each function is written in one way


def test_terms_that_nothing_else_reads_become_a_table() -> None:
    """Exactly one of two bits: one neuron for each way, and one that reads both."""
    compounds = Compounds()
    only_a, only_b = 5, 6
    compounds.add(2 * only_a, Positive(((2 * A, 1), (2 * B + 1, 1)), 2))
    compounds.add(2 * only_b, Positive(((2 * A + 1, 1), (2 * B, 1)), 2))
    either = Positive(((2 * only_a, 1), (2 * only_b, 1)), 1)
    assert compounds.table(either) is None  # others may read its terms
    compounds.mark(2 * only_a)
    compounds.mark(2 * only_b)
    assert compounds.table(either) == ([A, B], COLUMNS[0] ^ COLUMNS[1])


def test_what_has_little_in_common_is_no_table() -> None:
    """A tree of ANDs is better as it is: a table of all its leaves would be one long chain."""
    compounds = Compounds()
    for node, pair in ((5, (A, B)), (6, (C, D))):
        compounds.add(2 * node, Positive(tuple((2 * each, 1) for each in pair), 2))
        compounds.mark(2 * node)
    assert compounds.table(Positive(((2 * 5, 1), (2 * 6, 1)), 2)) is None


def test_tables_are_what_the_neurons_calculate(chunk: int) -> None:
    """Random parts over few nodes, some of them turned, against sums in every row."""
    rng = Random(f"compounds {chunk}")
    made = 0
    for _ in range(60):
        compounds, parts = Compounds(), {}
        for node in range(10, 10 + rng.randint(1, 6)):
            reads = rng.sample(range(1, 6), rng.randint(1, 4))
            terms = tuple((2 * each + rng.getrandbits(1), rng.randint(1, 3)) for each in reads)
            part = Positive(terms, rng.randint(-1, 1 + sum(weight for _, weight in terms)))
            parts[node] = (part, rng.getrandbits(1))
            compounds.add(2 * node + parts[node][1], part)
            compounds.mark(2 * node)
        terms = tuple((2 * node + rng.getrandbits(1), rng.randint(1, 3)) for node in [*parts, 7])
        whole = Positive(terms, rng.randint(1, sum(weight for _, weight in terms)))
        table = compounds.table(whole)
        if table is None:
            continue
        made += 1
        for place, row in enumerate(product((0, 1), repeat=len(table.nodes))):
            values = dict(zip(reversed(table.nodes), row, strict=True))
            for node, (part, turned) in parts.items():
                values[node] = _fires(part, values) ^ turned
            assert _fires(whole, values) == table.rows >> place & 1
    assert made > 5


def _fires(neuron: Positive, values: dict[int, int]) -> int:
    total = sum(weight * (values[each >> 1] ^ each & 1) for each, weight in neuron.terms)
    return int(total >= neuron.threshold)


def test_the_words_of_a_neuron_are_its_sums(chunk: int) -> None:
    rng = Random(f"words {chunk}")
    words = dict(enumerate(COLUMNS))
    for _ in range(50):
        terms = tuple((2 * i + rng.getrandbits(1), rng.randint(1, 9)) for i in range(WIDTH))
        neuron = Positive(terms, rng.randint(-2, 40))
        word = neuron.word(words, ROWS)
        for row in range(1 << WIDTH):
            assert _fires(neuron, {i: row >> i & 1 for i in range(WIDTH)}) == word >> row & 1
