"""Two networks compared for the rows that both allow."""

from random import Random

import pytest

import nnc
from tests.support.claims import Drawing, Judge

HEAD = """\
nnc: 1
fires: at_least
inputs: {set: bit, reset: bit, n: {type: integer, min: 0, max: 9}}
"""
ASSUME = "assume: [{at_most_one: [set, reset]}]\n"
OLD = HEAD + "neurons: {q: {weights: {set: 1, reset: -1}, threshold: 1}}\noutputs: [q]\n"
NEW = HEAD + "neurons: {q: {weights: {set: 1}, threshold: 1}}\noutputs: [q]\n"

NEXT = {"above}": "at_least}", "at_least}": "above}", "below}": "at_most}", "at_most}": "below}"}


def test_what_differs_in_other_rows_alone_is_equal() -> None:
    old, new = nnc.loads(OLD + ASSUME), nnc.loads(NEW)
    assert nnc.compare(nnc.loads(OLD), new).behaviour.verdicts[0].kind == "differs"
    for pair in ((old, new), (new, old)):
        behaviour = nnc.compare(*pair).behaviour
        assert behaviour.is_equal
        assert behaviour.notes == ("compared for the rows that the assumptions allow",)


def test_a_difference_in_allowed_rows_is_found() -> None:
    other = nnc.loads(NEW.replace("{set: 1}", "{set: 1, n: {7: 1}}") + ASSUME)
    (verdict,) = nnc.compare(nnc.loads(OLD + ASSUME), other).behaviour.verdicts
    assert verdict.kind == "differs"
    assert verdict.counterexample is not None
    row = verdict.counterexample.inputs
    assert row["n"] >= 7  # type: ignore[operator]
    assert not (row["set"] and row["reset"])
    assert (verdict.counterexample.before, verdict.counterexample.after) == (0, 1)


def test_nothing_is_equal_where_no_row_is_allowed() -> None:
    """Nor does it differ: also where the normal forms are the same."""
    never, always = (f"assume: [{{{form}: {{set: 1}}}}]\n" for form in ("never", "always"))
    for text in (OLD, NEW):
        behaviour = nnc.compare(nnc.loads(OLD + never), nnc.loads(text + always)).behaviour
        assert not behaviour.is_equal
        (verdict,) = behaviour.verdicts
        told = "the assumptions of the two networks leave no row to compare"
        assert (verdict.kind, verdict.how) == ("unknown", told)
    more = (OLD + never).replace("outputs: [q]", "outputs: [q, set]")
    kinds = [
        each.kind
        for each in nnc.compare(nnc.loads(more), nnc.loads(NEW + always)).behaviour.verdicts
    ]
    assert kinds == ["unknown", "removed"]


def test_drawn_networks() -> None:
    rng = Random("allowed")
    tried = 0
    while tried < 12:
        drawing = Drawing(rng)
        if not drawing.assume or "r" in drawing.inputs:
            continue
        tried += 1
        before = drawing.text
        name = rng.choice(list(drawing.neurons))
        text, _, rule = drawing.neurons[name].rpartition(" ")
        drawing.neurons[name] = f"{text} {NEXT[rule]}"
        judges = Judge(before), Judge(drawing.text)
        allowed = set(judges[0].allowed)
        behaviour = nnc.compare(nnc.loads(before), nnc.loads(drawing.text)).behaviour
        for verdict in behaviour.verdicts:
            same = all(
                judges[0].value(verdict.output, row) == judges[1].value(verdict.output, row)
                for row in allowed
            )
            assert verdict.kind == ("equal" if same else "differs"), (before, drawing.text)


def test_a_trace_refuses_them() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="breaks the assumption"):
        nnc.trace(nnc.loads(OLD + ASSUME), {"set": 1, "reset": 1, "n": 0})
