"""What is left of an output of which nothing was found out: said in words and as data."""

from nnc.opening.checking import check
from nnc.proofs.comparison.behaviour import Verdict
from nnc.proofs.properties import Prover
from nnc.remaining import Remaining
from tests.support.comparing import verdict

ADDED = """\
inputs: {x: real, y: real, a: bit}
neurons:
  s: {weights: {x: 1, y: 1}, threshold: 5}
  t: {weights: {x: 1, y: 1, a: 1}, threshold: 6}
  u: {wiring: [s, t], threshold: 1}
outputs: [u]
"""
WRITTEN_ELSE = ADDED.replace(
    "  u: {wiring: [s, t]",
    "  v: {weights: {x: 1, y: 1}, threshold: 4}\n  w: {wiring: [s, v], threshold: 2}\n"
    "  u: {wiring: [w, t]",
)


def left_of(own: Verdict) -> Remaining:
    assert own.kind == "unknown"
    assert own.left is not None
    assert own.how.endswith(own.left.words())
    return own.left


def test_numbers_without_bounds_that_are_added_up() -> None:
    left = left_of(verdict(ADDED, WRITTEN_ELSE))
    assert (left.open_inputs, left.unbounded) == (("x", "y", "a"), ("x", "y"))
    assert (left.neurons_before, left.neurons_after) == (1, 3)
    assert (left.first_before, left.first_after) == ("u", "v")
    assert left.budget is None
    assert left.steps[0] == "the same normal form is the same function"
    assert left.words() == (
        "left: 3 inputs (`x`, `y`, `a`), 1 neuron before and 3 after that have no known equal in "
        "the other network, from `u` and `v` on; `x`, `y` have no bounds, and each value counts"
    )


def test_a_budget_for_all_inputs_and_the_elements_of_a_bus() -> None:
    number = "{type: integer, min: 0, max: 1500}"
    before, after = (
        text.replace("x: real, y: real", f"x: {number}, y: {number}").replace("[u]", "{o: [t, u]}")
        for text in (ADDED, WRITTEN_ELSE)
    )
    left = left_of(verdict(before, after))
    assert (left.elements, left.size, left.unbounded) == ((1,), 2, ())
    assert left.budget is not None
    assert verdict(before, after, budget=left.budget).kind == "equal"
    assert left.words().startswith("left: (1) of its 2 elements, 3 inputs (`x`, `y`, `a`), ")
    assert left.words().endswith(f"; with about --budget {left.budget} all inputs are tried")


def test_a_property() -> None:
    text = f"nnc: 1\nfires: at_least\n{ADDED}properties: [{{never: {{t: 1, s: 0}}}}]\n"
    graph = check(text.encode(), "<text>").graph
    assert graph is not None
    proof = Prover(graph, budget=0).prove(graph.claims[0])
    assert (proof.kind, proof.left is None) == ("unknown", False)
    assert proof.left is not None
    assert (proof.left.open_inputs, proof.left.unbounded) == (("x", "y", "a"), ("x", "y"))


def test_words_of_little() -> None:
    assert Remaining().words() == ""
    assert (
        Remaining(open_inputs=("a",), neurons_before=4, neurons_after=0).words()
        == "left: 1 input (`a`), 4 neurons"
    )
    more = Remaining((2, 5), 8, ("a",), unbounded=("a",))
    assert more.words() == (
        "left: (2) and 1 more of its 8 elements, 1 input (`a`); `a` has no bounds, "
        "and each value counts"
    )
