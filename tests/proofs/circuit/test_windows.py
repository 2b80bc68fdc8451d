"""Windows between two literals: what they prove holds, and wide ones prove all there is."""

from itertools import product
from random import Random

import nnc
from nnc.proofs.circuit.windows import WIDTH, compare
from nnc.solvers.and_graph import FALSE, TRUE
from tests.support.circuit_graphs import graph_of
from tests.support.comparing import plan
from tests.support.oracle import Oracle, loads
from tests.support.pairs import network, rows_of, states_of, text_of

XOR = (
    "inputs: {a: bit(4)}\nneurons:\n"
    "  both: {weights: {a(0): 1, a(1): 1}, threshold: 2}\n"
    "  one: {weights: {a(0): 1, a(1): 1, both: -2}, threshold: 1}\n"
    "  left: {weights: {a(0): 1, a(1): -1}, threshold: 1}\n"
    "  right: {weights: {a(0): -1, a(1): 1}, threshold: 1}\n"
    "  other: {weights: {left: 1, right: 1}, threshold: 1}\n"
    "  same: {weights: {left: -1, right: -1}, threshold: 0}\n"
    "  top: {weights: {one: 1, a(2): 1, a(3): 1}, threshold: 2}\n"
    "  never: {weights: {left: 1, right: 1}, threshold: 2}\n"
    "outputs: [top, other, same, never]\n"
)


def test_two_ways_to_write_a_function_are_equal() -> None:
    graph, literal, leaves = graph_of(plan(XOR))
    assert literal["one"] >> 1 != literal["other"] >> 1
    assert compare(graph, literal["one"], literal["other"], leaves.clauses).is_equal
    assert compare(graph, literal["one"], literal["same"] ^ 1, leaves.clauses).is_equal
    assert not compare(graph, literal["one"], literal["same"], leaves.clauses).is_equal
    assert not compare(graph, literal["one"], literal["left"], leaves.clauses).is_equal


def test_values_for_which_two_literals_differ_are_given() -> None:
    graph, literal, leaves = graph_of(plan(XOR))
    states = compare(graph, literal["one"], literal["left"], leaves.clauses).states
    assert states == {literal["a(0)"] >> 1: False, literal["a(1)"] >> 1: True}


def test_one_row_of_many_is_enough_to_tell_two_nodes_apart() -> None:
    graph, literal, leaves = graph_of(
        plan("inputs: {a: bit(9)}\nneurons: {n: {wiring: a, fires: all}}\noutputs: [n]\n")
    )
    for constant, turned in ((FALSE, 0), (TRUE, 1)):
        window = compare(graph, literal["n"] ^ turned, constant, leaves.clauses)
        assert not window.is_equal
        assert window.states == {literal[f"a({i})"] >> 1: True for i in range(9)}


def test_of_a_cut_above_the_inputs_no_values_are_given() -> None:
    """Whether 20 bits are all 1 cannot be seen in a window; that they differ is not known."""
    graph, literal, leaves = graph_of(
        plan(
            "inputs: {a: bit(20)}\nneurons: {n: {wiring: a, fires: all},\n"
            "m: {wiring: a(1:20), fires: all}}\noutputs: [n, m]\n"
        )
    )
    window = compare(graph, literal["n"], literal["m"], leaves.clauses)
    assert (window.is_equal, window.states) == (False, None)
    assert WIDTH < 20


def test_what_is_proved_holds_in_every_row(chunk: int) -> None:
    """Random networks: no window is wrong, and one down to the inputs misses nothing."""
    rng = Random(f"windows {chunk}")
    for _ in range(3):
        one = network(rng)
        names = list(one["neurons"])
        one["outputs"] = {name: name for name in names}
        oracle = Oracle(loads(text_of(one)))
        found = [oracle.evaluate(row) for row in rows_of(one)]
        table = {name: [row[name] == states_of(one, name)[1] for row in found] for name in names}
        graph, literal, leaves = graph_of(nnc.compile(nnc.loads(text_of(one))))
        for left, right in product(names, repeat=2):
            window = compare(graph, literal[left], literal[right], leaves.clauses)
            is_equal = table[left] == table[right]
            assert is_equal or not window.is_equal, text_of(one)
            assert not is_equal or window.states is None, text_of(one)
            if sum(size or 1 for size in one["inputs"].values()) <= WIDTH:
                assert window.is_equal is is_equal, text_of(one)


BOUND = """\
inputs: {op: {type: choice, of: [a, b, c]}, n: {type: integer, min: 0, max: 9}}
neurons:
  two: {weights: {op.a: 1, op.b: 1}, threshold: 2}
  some: {weights: {op.a: 1, op.b: 1}, threshold: 1}
  any: {weights: {op.a: 1, op.b: 1, op.c: 1}, threshold: 1}
  low: {weights: {n: 1}, threshold: 3}
  high: {weights: {n: 1}, threshold: 5}
  out: {weights: {high: 1, low: -1}, threshold: 1}
  between: {weights: {low: 1, high: -1}, threshold: 1}
outputs: [two, some, any, out, between]
"""


def test_what_no_row_can_be_is_not_tried() -> None:
    graph, literal, leaves = graph_of(plan(BOUND))
    proved = {
        (name, value)
        for name in ("two", "some", "any", "out", "between")
        for value in (FALSE, TRUE)
        if literal[name] == value or compare(graph, literal[name], value, leaves.clauses).is_equal
    }
    assert proved == {("two", FALSE), ("any", TRUE), ("out", FALSE)}


def test_windows_over_choices_and_numbers_hold_in_every_row(chunk: int) -> None:
    rng = Random(f"bound windows {chunk}")
    for _ in range(3):
        count = rng.randint(3, 5)
        values = [f"v{i}" for i in range(count)]
        neurons = [
            f"  c{i}: {{weights: {{n: 1}}, threshold: {cut_off}}}"
            for i, cut_off in enumerate(rng.sample(range(1, 8), 3))
        ]
        sources = [*(f"op.{value}" for value in values), "c0", "c1", "c2", "x"]
        names = [f"n{i}" for i in range(8)]
        for name in names:
            read = rng.sample(sources, rng.randint(2, 4))
            weights = ", ".join(f"{source}: {rng.choice([-1, 1, 1, 2])}" for source in read)
            neurons.append(f"  {name}: {{weights: {{{weights}}}, threshold: {rng.randint(0, 3)}}}")
            sources.append(name)
        text = (
            f"nnc: 1\nfires: at_least\ninputs: {{op: {{type: choice, of: [{', '.join(values)}]}}, "
            "n: {type: integer, min: 0, max: 8}, x: bit}\nneurons:\n"
            + "\n".join(neurons)
            + f"\noutputs: [{', '.join(names)}]\n"
        )
        oracle = Oracle(loads(text))
        rows = [
            oracle.evaluate({"op": op, "n": n, "x": x})
            for op, n, x in product(values, range(9), (0, 1))
        ]
        table = {name: [int(row[name]) for row in rows] for name in names}
        graph, literal, leaves = graph_of(nnc.compile(nnc.loads(text)))
        for left, right in product(names, repeat=2):
            window = compare(graph, literal[left], literal[right], leaves.clauses)
            assert window.is_equal is (table[left] == table[right]), text
