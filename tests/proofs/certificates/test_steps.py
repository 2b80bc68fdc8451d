"""Single steps: each is accepted as it is, and refused where one part of it is another."""

from copy import deepcopy
from typing import Any

import pytest

from nnc.proofs.certificates.refusal import RefusedError, Work
from nnc.proofs.certificates.statement import equality
from nnc.proofs.certificates.steps import Checking
from tests.support.certificates import certified

TEXT = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit, n: integer, m: real, k: {type: choice, of: [x, y, z]}}
neurons:
  both: {weights: {a: 2, b: 2}, threshold: 3}
  sum: {weights: {a: 1, b: 1, both: -2}, threshold: 1}
  late: {weights: {n: -2}, threshold: -7}
  mixed: {weights: {n: 1, m: -2, a: 1}, threshold: 3}
  half: {weights: {m: 2}, threshold: 1, fires: above}
outputs: [both, sum, late, mixed, half]
"""
NETWORK = certified(TEXT)
START: list[list[Any]] = [
    ["input", "a"], ["input", "b"], ["neuron", 0, "both"], ["reaches", "n", 4],
    ["neuron", 0, "sum"], ["input", "k.x"], ["input", "k.y"], ["input", "k.z"],
]  # fmt: skip
"""Variables 2 to 9."""


def checked(*steps: list[Any], work: Work | None = None) -> Checking:
    plan = NETWORK.network.plan
    statement = equality(plan, plan, {"outputs": ["both", "sum", "late"]})
    checking = Checking(statement, work or Work())
    for step in deepcopy([*START, *steps]):
        checking.step(step)
    return checking


@pytest.mark.parametrize(
    "step",
    [
        ["is", 1, "both", 4],
        ["is", 0, "late", -5],
        ["is", 0, "both", 4],
        ["above", "m", "1/2"],
        ["and", 2, -3],
        ["same", 1, 1, "clauses", [], [], []],
        ["identity", [[2, 1], [3, 1], [4, -2], [6, -1]], 0, [2, 3], [4, 6]],
        ["same", -7, -7, "window", [7, 8, 9], []],
        ["identity", [[7, 1], [8, 1], [9, 1]], -1, [7, 8, 9], []],
        ["shown", [0, 1], "rows"],
        ["shown", [2], "rows"],
    ],
)
def test_a_step_holds(step: list[Any]) -> None:
    assert checked(step)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (["is", 1, "both", -4], "not that function"),
        (["is", 1, "both", 6], "not that function"),
        (["is", 1, "sum", 6], "read before it is known"),
        (["is", 0, "late", 5], "compares other numbers"),
        (["is", 0, "half", 5], "compares other numbers"),
        (["reaches", "n", "7/2"], "a leaf is defined twice"),
        (["reaches", "a", 1], "not a number"),
        (["reaches", "n", 1.5], "a text was expected"),
        (["same", 2, 3, "window", [2, 3], []], "differ for values of the cut"),
        (["same", 7, 8, "window", [7, 8, 9], []], "differ for values of the cut"),
        (["same", 2, 2, "window", [-2], []], "a variable was expected"),
        (["same", 4, 6, "window", [2, 3], [6, 4]], "neither in the cut nor calculated"),
        (["same", 4, 2, "diagram"], "an AND that is not defined"),
        (["same", 2, 3, "clauses", [], [], []], "do not end in a contradiction"),
        (["same", 2, 3, "clauses", [], [[2]], [[3]]], "do not end in a contradiction"),
        (["same", 2, 3, "clauses", [], [[-2]], []], "does not follow by unit propagation"),
        (["identity", [[2, 1], [3, 1], [4, -2], [6, -1]], 1, [2, 3], [4, 6]], "does not hold"),
        (["identity", [[2, 1], [3, 1], [4, 2], [6, -1]], 0, [2, 3], [4, 6]], "does not hold"),
        (["identity", [[7, 1], [8, 1]], -1, [7, 8], []], "does not hold"),
        (["shown", [0], "forms"], "read before it is known"),
        (["shown", [0], "sums", [1, 2], []], "not as many weights"),
        (["shown", [0], "sums", [2], []], "not powers of 2"),
        (["shown", [0], "hope"], "there is no way"),
    ],
)
def test_a_step_is_refused(step: list[Any], message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        checked(step)
    assert message in caught.value.message


def test_a_cut_names_no_variable_by_its_opposite() -> None:
    """Else -2 of 11 variables is read as variable 9, which is a value of the choice like 7."""
    checking = checked(["and", 2, 7])
    with pytest.raises(RefusedError, match="a variable was expected"):
        checking.step(["same", 10, -1, "window", [-2, 7], [10]])


def test_sums_of_numbers_are_the_same_up_to_a_factor() -> None:
    other = "{n: -2, m: 4, a: -2}, threshold: -6, fires: at_most"
    after = certified(TEXT.replace("{n: 1, m: -2, a: 1}, threshold: 3", other))
    plans = [each.network.plan for each in (NETWORK, after)]
    both = Checking(equality(plans[0], plans[1], {"outputs": ["mixed"]}), Work())
    for step in (["input", "a"], ["neuron", 0, "mixed"], ["is", 1, "mixed", 3]):
        both.step(step)
    both.step(["shown", [0], "forms"])
    assert both.is_done
    with pytest.raises(RefusedError, match="compares other numbers"):
        both.step(["is", 1, "mixed", -3])


def test_identities_of_long_numbers_are_work() -> None:
    identity = ["identity", [[2, 1], [3, 1], [4, -2], [6, -1]], 0, [2, 3], [4, 6]]
    sums = [["sum", [[place, 10**4000]], 1] for place in range(100)]
    assert checked(identity, *sums[:5], work=Work(100_000))
    with pytest.raises(RefusedError, match="too much work"):
        checked(identity, *sums, work=Work(100_000))


def test_identities_are_added_up_and_divided() -> None:
    identity = ["identity", [[2, 1], [3, 1], [4, -2], [6, -1]], 0, [2, 3], [4, 6]]
    assert checked(identity, ["sum", [[0, 6]], 3])
    for step, message in (
        (["sum", [[0, 3]], 2], "cannot be divided"),
        (["sum", [[0, 3]], -1], "not above 0"),
        (["sum", [[1, 1]], 1], "no such identity"),
    ):
        with pytest.raises(RefusedError, match=message):
            checked(identity, step)
