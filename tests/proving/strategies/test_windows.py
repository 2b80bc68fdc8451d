"""Windows between two nodes: what they prove holds, and wide ones prove all there is."""

from itertools import product
from random import Random

import nnc
from nnc.compiler.plan import Plan
from nnc.proving.budget import Budget
from nnc.proving.domain import build_domain
from nnc.proving.nodes import FALSE, TRUE, Gate
from nnc.proving.shared import Shared
from nnc.proving.strategies.sweep import are_equal, cut
from nnc.run.engines import How
from tests.support.comparing import plan
from tests.support.oracle import Oracle, loads
from tests.support.pairs import network, rows_of, text_of

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


def graph_of(one: Plan) -> tuple[Shared, dict[str, int]]:
    """Give the graph of a plan, and the literal of each signal by its name."""
    shared = Shared(build_domain(one.inputs, one.inputs, {}))
    literals = shared.add(one, "before").literals
    return shared, {one.name_of(signal): literal for signal, literal in enumerate(literals)}


def test_two_ways_to_write_a_function_are_equal() -> None:
    shared, literal = graph_of(plan(XOR))
    assert literal["one"] >> 1 != literal["other"] >> 1
    assert are_equal(shared, literal["one"], literal["other"], 2, How(), Budget(3600))
    assert are_equal(shared, literal["one"], literal["same"] ^ 1, 2, How(), Budget(3600))
    assert not are_equal(shared, literal["one"], literal["same"], 2, How(), Budget(3600))
    assert not are_equal(shared, literal["one"], literal["left"], 8, How(), Budget(3600))


def test_a_node_may_be_constant_though_its_form_is_not() -> None:
    shared, literal = graph_of(plan(XOR))
    assert literal["never"] > TRUE
    assert are_equal(shared, literal["never"], FALSE, 3, How(), Budget(3600))
    assert not are_equal(shared, literal["never"], TRUE, 3, How(), Budget(3600))


def test_one_row_of_many_is_enough_to_tell_two_nodes_apart() -> None:
    shared, literal = graph_of(
        plan("inputs: {a: bit(9)}\nneurons: {n: {wiring: a, fires: all}}\noutputs: [n]\n")
    )
    assert not are_equal(shared, literal["n"], FALSE, 9, How(), Budget(3600))
    assert not are_equal(shared, literal["n"] ^ 1, TRUE, 9, How(), Budget(3600))


def test_a_cut_too_narrow_proves_nothing() -> None:
    shared, literal = graph_of(plan(XOR))
    assert not are_equal(shared, literal["one"], literal["other"], 1, How(), Budget(3600))
    assert cut(shared, {literal["top"] >> 1}, 2, Budget(3600)) is None


def test_a_cut_lies_as_near_to_the_inputs_as_its_width_lets_it() -> None:
    shared, literal = graph_of(plan(XOR))
    inputs = [literal[f"a({i})"] >> 1 for i in range(4)]
    top = {literal["top"] >> 1}
    assert cut(shared, top, 3, Budget(3600)) == {literal["one"] >> 1, *inputs[2:]}
    assert cut(shared, top, 9, Budget(3600)) == set(inputs)
    assert cut(shared, {inputs[0]}, 9, Budget(3600)) is None  # nothing lies below an input


def test_what_is_proved_holds_in_every_row(chunk: int) -> None:
    """Random networks: no window is wrong, and one down to the inputs misses nothing."""
    rng = Random(f"windows {chunk}")
    for _ in range(3):
        one = network(rng)
        names = list(one["neurons"])
        one["outputs"] = {name: name for name in names}
        oracle = Oracle(loads(text_of(one)))
        found = [oracle.evaluate(row) for row in rows_of(one)]
        table = {name: [int(row[name]) for row in found] for name in names}
        shared, literal = graph_of(nnc.compile(nnc.loads(text_of(one))))
        for left, right in product(names, repeat=2):
            literals = literal[left], literal[right]
            gates = [isinstance(shared.nodes[each >> 1], Gate) for each in literals]
            if literals[0] >> 1 == literals[1] >> 1 or not all(gates):
                continue
            is_equal = table[left] == table[right]
            assert are_equal(shared, *literals, 64, How(), Budget(3600)) is is_equal, text_of(one)
            if are_equal(shared, *literals, rng.randint(1, 4), How(), Budget(3600)):
                assert is_equal, text_of(one)


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
    shared, literal = graph_of(plan(BOUND))
    proved = {
        (name, value)
        for name in ("two", "some", "any", "out", "between")
        for value in (FALSE, TRUE)
        if literal[name] == value or are_equal(shared, literal[name], value, 8, How(), Budget(3600))
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
        shared, literal = graph_of(nnc.compile(nnc.loads(text)))
        for left, right in product(names, repeat=2):
            literals = literal[left], literal[right]
            if literals[0] >> 1 == literals[1] >> 1 or any(
                not isinstance(shared.nodes[each >> 1], Gate) for each in literals
            ):
                continue
            is_equal = table[left] == table[right]
            assert are_equal(shared, *literals, 64, How(), Budget(3600)) is is_equal, text
            if are_equal(shared, *literals, rng.randint(1, 5), How(), Budget(3600)):
                assert is_equal, text
