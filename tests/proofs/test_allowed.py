"""Two networks compared for the rows that both allow."""

from collections.abc import Callable
from random import Random

import pytest

import nnc
from nnc.differences.diffs.compared import verdict_words
from tests.support.claims import Drawing, Judge, Row
from tests.support.regions import check_claims

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


def test_a_region_within_the_assumptions_and_the_neurons_that_part() -> None:
    other = nnc.loads(NEW.replace("{set: 1}", "{set: 1, n: {7: 1}}") + ASSUME)
    (verdict,) = nnc.compare(nnc.loads(OLD + ASSUME), other).behaviour.verdicts
    assert verdict.region is not None
    assert verdict_words(verdict) == (
        "differs where set = 0 and n >= 7, and nowhere else; "
        "found by all 8 combinations of ranges tried"
    )
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"set": 0, "reset": 0, "n": 7}
    ((old, new),) = [(parted.before, parted.after) for parted in verdict.counterexample.parted]
    assert (old.name, old.sum, new.sum) == ("q", 0, 1)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


INPUTS = "inputs: {set: bit, reset: bit, n: {type: integer, min: 0, max: 9}}"


@pytest.mark.parametrize(
    ("inputs", "kind", "words"),
    [
        ("{set: bit, reset: bit, n: {type: integer, min: 5}}", "equal", ""),
        ("{set: bit, reset: bit}", "equal", ""),
        ("{set: bit, reset: bit, n: {type: real}, more: {type: bit, default: 1}}", "equal", ""),
        ("{set: bit, reset: bit, n: {type: integer, min: 10}}", "unknown", "breaks an assumption"),
        ("{set: bit, reset: {type: bit, states: [-1, 1]}}", "unknown", "breaks an assumption"),
    ],
)
def test_inputs_that_differ(inputs: str, kind: str, words: str) -> None:
    """They are paired as without assumptions; a row that breaks one is no difference."""
    new = changed(NEW, (INPUTS, f"inputs: {inputs}"))
    (verdict,) = nnc.compare(nnc.loads(OLD + ASSUME), nnc.loads(new)).behaviour.verdicts
    assert (verdict.kind, words in verdict.how) == (kind, True)
    assert nnc.compare(nnc.loads(OLD), nnc.loads(new)).behaviour.verdicts[0].kind == "differs"


def test_a_row_that_is_allowed_counts_where_inputs_have_no_common_declaration() -> None:
    inputs = "inputs: {set: bit, reset: {type: bit, states: [-1, 1]}}"
    new = changed(NEW, (INPUTS, inputs), ("{set: 1}", "{reset: 1}"))
    (verdict,) = nnc.compare(nnc.loads(OLD + ASSUME), nnc.loads(new)).behaviour.verdicts
    assert verdict.kind == "differs"


WIDER: dict[str, Callable[[str], str]] = {
    "v": lambda text: f"bit({int(text[4]) + 1})",
    "n": lambda text: text.replace("min: -", "min: -1").replace("max: ", "max: 1"),
    "k": lambda _: "{type: choice, of: [z, w, x, y]}",
}
"""Other declarations of inputs, with more values."""


def test_a_bus_of_bits_whose_states_differ() -> None:
    text = (
        "nnc: 1\n{}\ninputs: {{a: bit, x: bit(3)}}\nneurons:\n"
        "  n: {{weights: {{a: 1, x(1): 1}}, threshold: {}}}\noutputs: {{o: n}}\n"
        "assume: [{{at_most_one: [a, x(0)]}}]\n"
    )
    before = nnc.loads(text.format("fires: above", 1))
    after = nnc.loads(text.format("states: [0, 3]\nfires: above", -1))
    for pair in ((before, after), (after, before)):
        (verdict,) = nnc.compare(*pair).behaviour.verdicts
        assert verdict.kind == "differs"
        assert verdict.counterexample is not None
        assert {verdict.counterexample.before, verdict.counterexample.after} == {0, 3}


def common_rows(judges: tuple[Judge, Judge]) -> list[tuple[Row, Row]]:
    """Return the rows that both networks allow, of each the values in either order."""
    shared = list(judges[0].inputs)
    allowed = set(judges[1].allowed)
    pairs = []
    for row in judges[0].allowed:
        values = dict(zip(shared, row, strict=True))
        other = tuple(values.get(name, 0) for name in judges[1].inputs)
        if other in allowed:
            pairs.append((row, other))
    return pairs


def test_drawn_networks(chunk: int) -> None:
    """Also where the second declares inputs that take more, or one with a default."""
    rng = Random(f"allowed {chunk}")
    tried = 0
    while tried < 4:
        drawing = Drawing(rng)
        if not drawing.assume or "r" in drawing.inputs:
            continue
        tried += 1
        before = drawing.text
        name = rng.choice(list(drawing.neurons))
        text, _, rule = drawing.neurons[name].rpartition(" ")
        drawing.neurons[name] = f"{text} {NEXT[rule]}"
        if rng.random() < 0.5:
            for each in drawing.inputs.keys() & WIDER.keys():
                drawing.inputs[each] = WIDER[each](drawing.inputs[each])
            drawing.inputs["lone"] = "{type: bit, default: 0}"
        judges = Judge(before), Judge(drawing.text)
        pairs = common_rows(judges)
        behaviour = nnc.compare(nnc.loads(before), nnc.loads(drawing.text)).behaviour
        for verdict in behaviour.verdicts:
            olds = [judges[0].value(verdict.output, row) for row, _ in pairs]
            news = [judges[1].value(verdict.output, row) for _, row in pairs]
            expected = "unknown" if not pairs else "equal" if olds == news else "differs"
            assert verdict.kind == expected, (before, drawing.text)
            if verdict.region is not None:
                names = list(judges[0].inputs)
                rows = [dict(zip(names, row, strict=True)) for row, _ in pairs]
                check_claims(verdict, rows, olds, news)


def test_a_trace_refuses_them() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="breaks the assumption"):
        nnc.trace(nnc.loads(OLD + ASSUME), {"set": 1, "reset": 1, "n": 0})
