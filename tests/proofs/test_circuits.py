"""Adders and multipliers of different structure: proved equal, or a counterexample."""

import re
from random import Random

import nnc
from nnc.proofs.comparison.behaviour import Verdict, compare_behaviour
from tests.support.circuits import (
    array_multiplier,
    carry_save_multiplier,
    carry_select_adder,
    ripple_adder,
)


def compared(before: str, after: str) -> Verdict:
    plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
    (found,) = compare_behaviour(*plans).verdicts
    return found


def test_an_adder_rescaled_and_reordered_has_the_same_normal_form() -> None:
    found = compared(ripple_adder(64), ripple_adder(64, Random(1)))
    assert (found.kind, found.how) == ("equal", "same normal form")


def test_an_adder_of_another_structure_is_proved_from_inside() -> None:
    found = compared(ripple_adder(64), carry_select_adder(64))
    assert found.kind == "equal"
    assert found.how.startswith("proved neuron by neuron, ")


def test_gates_that_only_differ_where_two_values_of_a_choice_were_taken() -> None:
    """A slice that decodes its operation in another way, 40 times."""
    chosen = (
        "  and{i}: {{weights: {{a({i}): 1, b({i}): 1, op.and: 1}}, threshold: 3}}\n"
        "  or{i}: {{weights: {{a({i}): 1, b({i}): 1, op.or: 2}}, threshold: 3}}\n"
        "  both{i}: {{weights: {{a({i}): 1, b({i}): 1}}, threshold: 2}}\n"
        "  xor{i}: {{weights: {{a({i}): 1, b({i}): 1, both{i}: -2, op.xor: 1}}, threshold: 2}}\n"
        "  y{i}: {{wiring: [and{i}, or{i}, xor{i}], fires: any}}\n"
    )
    folded = (
        "  some{i}: {{weights: {{a({i}): 1, b({i}): 1, op.and: -1}}, threshold: 1}}\n"
        "  two{i}: {{weights: {{a({i}): 1, b({i}): 1, op.xor: 1}}, threshold: 3}}\n"
        "  y{i}: {{weights: {{some{i}: 1, two{i}: -1}}, threshold: 1}}\n"
    )
    before, after = (
        "nnc: 1\nfires: at_least\n"
        "inputs: {a: bit(40), b: bit(40), op: {type: choice, of: [and, or, xor]}}\nneurons:\n"
        + "".join(gates.format(i=i) for i in range(40))
        + f"  none: {{wiring: [{', '.join(f'y{i}' for i in range(40))}], threshold: 0, "
        "fires: at_most}\noutputs: [none]\n"
        for gates in (chosen, folded)
    )
    verdict = compared(before, after)
    assert (verdict.kind, verdict.how) == ("equal", "proved neuron by neuron, 40 of them merged")


def test_multipliers_of_different_structure() -> None:
    found = compared(array_multiplier(10), carry_save_multiplier(10))
    assert (found.kind, found.how) == ("equal", "all 1,048,576 rows tried")
    assert found.differing == 0


def test_a_wrong_weight_is_found(chunk: int) -> None:
    rng = Random(chunk)
    right, other = array_multiplier(6), carry_save_multiplier(6)
    wrong = re.sub(r"n40: \{weights: \{([^:]+): 1", r"n40: {weights: {\1: 3", other)
    assert wrong != other
    found = compared(*rng.sample([right, wrong], 2))
    assert found.kind == "differs"
    example = found.counterexample
    assert example is not None
    product = int(str(example.inputs["a"])) * int(str(example.inputs["b"]))
    numbers = [
        sum(bit << i for i, bit in enumerate(value)) if isinstance(value, list) else value
        for value in (example.before, example.after)
    ]
    assert product in numbers
    assert numbers[0] != numbers[1]
    assert example.parted


def test_a_wrong_weight_beyond_what_can_be_tried_is_found_at_random() -> None:
    right = ripple_adder(64)
    wrong = re.sub(r"n77: \{weights: \{([^:]+): 1", r"n77: {weights: {\1: 3", right)
    assert wrong != right
    found = compared(right, wrong)
    assert found.kind == "differs"
    assert found.counterexample is not None
    assert found.counterexample.parted[0].before.name == "n77"
