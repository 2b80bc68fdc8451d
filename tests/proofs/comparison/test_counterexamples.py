"""Counterexamples in which as many inputs as can be are at rest."""

from random import Random

import nnc
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.proofs.comparison.counterexamples import minimised
from nnc.proofs.plans.domain import Axis, build_domain
from nnc.proofs.plans.pair import ComparedOutput, Pair, Row
from nnc.proofs.strategies.sweep import compare_forms
from tests.support.comparing import compared, plan, verdict
from tests.support.oracle import Oracle, loads
from tests.support.pairs import Network, mutant, network, rows_of, states_of, text_of

ANY = "inputs: {a: bit(200)}\nneurons: {n: {wiring: a, threshold: T}}\noutputs: {out: n}\n"


def open_outputs(before: Plan, after: Plan) -> tuple[Pair, list[ComparedOutput]]:
    """Give the outputs that have not the same normal form."""
    pair = Pair(before, after, build_domain(before.inputs, after.inputs, {}))
    compare_forms(pair)
    return pair, pair.open


def test_of_two_hundred_inputs_only_those_that_matter_move() -> None:
    pair, (output,) = open_outputs(plan(ANY.replace("T", "1")), plan(ANY.replace("T", "300")))
    assert sum(int(value) for value in minimised(pair, output, [1] * 200)) == 1
    pair, (output,) = open_outputs(plan(ANY.replace("T", "37")), plan(ANY.replace("T", "300")))
    assert sum(int(value) for value in minimised(pair, output, [1] * 200)) == 37


def test_numbers_rest_in_the_middle_of_their_range_and_choices_at_the_first() -> None:
    before = (
        "inputs: {x: {type: integer, min: -9, max: 99}, c: {type: choice, of: [p, q, r]}, b: bit}\n"
        "neurons: {n: {weights: {x: {40: 2}, c.r: 1, b: 1}, threshold: 2}}\noutputs: {out: n}\n"
    )
    pair, (output,) = open_outputs(plan(before), plan(before.replace("40: 2", "40: 0")))
    assert minimised(pair, output, [77, "r", 0]) == [45, "p", 0]
    assert minimised(pair, output, [77, "q", 1]) == [45, "p", 0]


def test_what_an_output_does_not_read_rests() -> None:
    before = "inputs: {a: bit, b: bit}\nneurons: {n: {weights: {a: W}, threshold: 1}}\noutputs: [n]"
    pair, (output,) = open_outputs(plan(before.replace("W", "1")), plan(before.replace("W", "0")))
    assert minimised(pair, output, [1, 1]) == [1, 0]


def test_a_counterexample_found_at_random_is_minimal() -> None:
    found = verdict(ANY.replace("T", "5"), ANY.replace("T", "300"))
    assert found.counterexample is not None
    assert int(str(found.counterexample.inputs["a"])).bit_count() == 5


def test_the_rest_differs_still_and_no_input_more_can_rest(chunk: int) -> None:
    rng = Random(f"minimal {chunk}")
    for _ in range(5):
        one = network(rng)
        texts = [text_of(each) for each in (one, mutant(rng, one))]
        oracles = [Oracle(loads(text)) for text in texts]
        pair, outputs = open_outputs(*(nnc.compile(nnc.loads(text)) for text in texts))
        for output in outputs:

            def differs(row: Row, alias: str = output.alias, pair: Pair = pair) -> bool:
                given = as_inputs(pair, row)
                values = [oracle.evaluate(given)[alias] for oracle in oracles]  # noqa: B023
                return bool(values[0] != values[1])

            rows = [as_row(pair, given) for given in rows_of(one)]
            at_rest = [rest_of(one, axis) for axis in pair.domain.axes]
            found = next(filter(differs, rng.sample(rows, len(rows))), None)
            if found is None:
                continue
            least = minimised(pair, output, found)
            assert differs(least)
            for axis, value in enumerate(least):
                rest = at_rest[axis]
                assert value == rest or not differs([*least[:axis], rest, *least[axis + 1 :]])


def rest_of(one: Network, axis: Axis) -> int:
    """Give the value of an input at rest: silent."""
    return states_of(one, axis.input)[0]


def as_row(pair: Pair, given: dict[str, int]) -> list[Number | str]:
    return [
        given[axis.input] if axis.element is None else given[axis.input] >> axis.element & 1
        for axis in pair.domain.axes
    ]


def as_inputs(pair: Pair, row: Row) -> dict[str, int]:
    found = dict.fromkeys(pair.before.inputs, 0)
    for axis, value in zip(pair.domain.axes, row, strict=True):
        found[axis.input] += int(value) << (axis.element or 0)
    return found


def test_an_input_without_a_value_in_both_is_left_out() -> None:
    """A bus of two numbers here and of four there: no row has both, and `b` is all that matters."""
    text = "inputs: {x: {type: integer, size: 2}, b: bit, c: bit}\n"
    text += "neurons: {n: {weights: {b: 1, c: 0}, threshold: T}}\noutputs: {out: n, x: x}\n"
    other = text.replace("size: 2", "size: 4")
    out, x = compared(text.replace("T", "1"), other.replace("T", "2")).verdicts
    assert x.kind == "changed-type"
    assert out.counterexample is not None
    assert out.counterexample.inputs == {"b": 1}
    assert out.counterexample.others == {"c": 0}
