"""Thresholds and steps that state their own rule, from the text to the outputs; levels of some."""

import io
import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.compiler.artifact import Provenance, write_compiled
from nnc.differences.merging import merge
from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from nnc.language.firing import FIRING, Fires, meant, stated
from nnc.language.formatting.formatted import formatted
from nnc.opening.checking import check
from nnc.opening.loading import load_plan
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.run.engines import input_values
from nnc.run.trace import follow, trace
from nnc.terminal.reports.traces import trace_record
from tests.support.oracle import Oracle, loads
from tests.support.strategies import SIDES

SCORE = """\
nnc: 1
fires: at_least
inputs: {rate: integer, dose: real, leg: bit}
neurons:
  score:
    weights: {rate: {90: 1, above 100: 1.5}, dose: 1, leg: 3}
    thresholds: {moderate: 2, likely: above 4, high: above 6}
outputs:
  points: {sum: score}
  tier: {level: [score.moderate, score.high], labels: [low, moderate, high]}
  likely: score.likely
"""


def changed(*edits: tuple[str, str]) -> str:
    text = SCORE
    for before, after in edits:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def helps(text: str) -> list[tuple[str, str | None]]:
    return [(one.rule, one.help) for one in check(text.encode(), "score.nn.yaml").errors]


# -------------------------------------------------------------------------------- spelling


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("> 6", "above 6"), (">6", "above 6"), (">= 6", "at_least 6"), (">=6", "at_least 6"),
        ("=> 6", "at_least 6"), ("≥ 6", "at_least 6"), ("≥6", "at_least 6"), ("< 6", "below 6"),
        ("<=6", "at_most 6"), ("≤ -1/3", "at_most -1/3"), ("over 6.5", "above 6.5"),
        ("more than 6", "above 6"), ("Above 6", "above 6"), ("above6", "above 6"),
        ("at least 6", "at_least 6"), ("at-least 6", "at_least 6"), ("atleast 6", "at_least 6"),
        ("at_most6", "at_most 6"), ("up to 6", "at_most 6"), ("under .5", "below 0.5"),
        ("abov 6", "above 6"), ("6+", "at_least 6"), ("6 or more", "at_least 6"),
        ("6 or less", "at_most 6"), ("gt 6", "above 6"), (" > 6 ", "above 6"),
    ],
)  # fmt: skip
def test_a_rule_in_other_words(text: str, threshold: str) -> None:
    assert stated(text) is None
    assert str(meant(text)) == threshold
    found = helps(changed(("above 6", json.dumps(text, ensure_ascii=False))))
    assert found == [("rule-in-other-words", f"write `{threshold}`")]
    spelled = helps(changed(("above 6", threshold)))
    assert spelled == [] or spelled[0][0] == "other-side"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("above 6", (6, "above")), ("at_least   -1/3", (Fraction(-1, 3), "at_least")),
        ("below .5", (Fraction(1, 2), "below")), ("at_most 1e2", (100, "at_most")),
    ],
)  # fmt: skip
def test_a_rule_in_its_words(text: str, value: tuple[Any, Fires]) -> None:
    assert stated(text) == nnc.Threshold(*value)


@pytest.mark.parametrize("text", ["above", "above six", "6 above", "any 6", "> six", "any more 6"])
def test_what_is_no_threshold_at_all(text: str) -> None:
    ((rule, _),) = helps(changed(("above 6", text if ">" not in text else f"'{text}'")))
    assert rule == "not-a-number"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("{high: > 6}", "write `above 6`"),
        ("{high: >6}", "write `above 6`"),
        ("{high: >= 6, last: 9}", "write `at_least 6`"),
        ("\n      high: > 6", "write `above 6`"),
        ("\n      high: >6", "write `above 6`"),
        ("\n      high: >6   # so\n      last: 9", "write `above 6`"),
        ("\n      high: >=6.5", "write `at_least 6.5`"),
        ("\n      high:\n        > 6", "write `above 6`"),
    ],
)
def test_signs_that_yaml_takes_for_something_else(written: str, hint: str) -> None:
    """One error, with what stands behind the sign read, whatever YAML makes of it."""
    old = "{moderate: 2, likely: above 4, high: above 6}"
    text = changed((old, written), ("[score.moderate, score.high]", "score"), (
        ", labels: [low, moderate, high]", ""), ("  likely: score.likely\n", ""))  # fmt: skip
    assert helps(text) == [("rule-in-other-words", hint)]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("threshold: > 6", "write `threshold: 6` and `fires: above`"),
        ("threshold: >6", "write `threshold: 6` and `fires: above`"),
        ('threshold: ">= 6"', "write `threshold: 6` and `fires: at_least`"),
        ("threshold: above 6", "write `threshold: 6` and `fires: above`"),
        ("threshold: over 6", "write `threshold: 6` and `fires: above`"),
    ],
)
def test_one_threshold_has_the_rule_of_its_neuron(written: str, hint: str) -> None:
    one = "nnc: 1\nfires: above\ninputs: [a]\nneurons:\n  n:\n    weights: {a: 1}\n    X\n"
    ((_, found),) = helps(one.replace("X", written) + "outputs: [n]\n")
    assert found == hint


@pytest.mark.parametrize("text", ["> 5 of 6", ">5", ">= 6 points"])
def test_a_text_that_begins_with_a_sign_is_to_be_put_in_quotes(text: str) -> None:
    one = f"nnc: 1\ninputs: [a]\nneurons:\n  n: {{wiring: a, threshold: 0, description: {text}}}\n"
    ((rule, hint),) = helps(one + "outputs: [n]\n")
    assert (rule, hint) == ("syntax-error", "put the text in quotes")


def test_a_folded_text_stays_one() -> None:
    text = changed(("  score:\n", "  score:\n    description: >2\n"))
    assert helps(text) == []
    text = changed(("nnc: 1\n", "nnc: 1\ndescription: >\n  Above 6\n  is high.\n"))
    assert helps(text) == []


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ("{100: 1, above 100: 2}", None),
        ("{at_least 100: 1, 'above 100': 2}", None),
        ("{above 100: 1, 100: 2}", "cutoffs-not-ascending"),
        ("{100: 1, at_least 100.0: 2}", "cutoffs-not-ascending"),
        ("{above 100: 1, above 100.0: 2}", "cutoffs-not-ascending"),
        ("{below 100: 1}", "other-side"),
        ("{90: 1, '<= 100': 2}", "other-side"),
        ("{'>= 90': 1}", "rule-in-other-words"),
        ("{over 90: 1}", "rule-in-other-words"),
    ],
)
def test_steps(steps: str, rule: str | None) -> None:
    found = helps(changed(("{90: 1, above 100: 1.5}", steps)))
    assert [one for one, _ in found] == ([rule] if rule else [])


# --------------------------------------------------------------------------------- meaning


ROWS = [(rate, dose, leg) for rate in (89, 90, 100, 101) for leg in (0, 1)
        for dose in ("0", "1", "1.5", "2.5", "2.6", "4.99999999999999999", "5", "6")]  # fmt: skip


def test_a_published_score() -> None:
    given = {"rate": [row[0] for row in ROWS], "dose": [Fraction(row[1]) for row in ROWS],
             "leg": [row[2] for row in ROWS]}  # fmt: skip
    results = nnc.evaluate(nnc.loads(SCORE), given)
    for i, (rate, dose, leg) in enumerate(ROWS):
        points = Fraction(dose) + 3 * leg + (0 if rate < 90 else 1)
        points += Fraction(1, 2) if rate > 100 else 0
        tier = "low" if points < 2 else "moderate" if points <= 6 else "high"
        assert results["points"][i] == points
        assert (results["tier"][i], results["likely"][i]) == (tier, points > 4)
    oracle = Oracle(loads(SCORE))
    expected = [oracle.evaluate(dict(zip(given, row, strict=True)))["tier"] for row in ROWS]
    assert list(results["tier"]) == expected


def drawn(rng: Random) -> tuple[str, str]:
    """Draw a neuron with rules of its own, and the same as a neuron for each threshold."""
    side = rng.choice(SIDES)
    fires, kind = rng.choice(side), rng.choice(["integer", "real"])
    weights = "{x: 1/2, a: -1, b: {1: 1, above 1: 2}}"
    head = (
        f"nnc: 1\ninputs: {{x: {{type: {kind}, min: -6, max: 6}}, a: bit, b: integer}}\nneurons:\n"
    )
    limits = [(rng.randint(-3, 3), rng.choice((*side, None))) for _ in range(rng.randint(1, 4))]
    written = [f"t{i}: {rule or ''} {limit}" for i, (limit, rule) in enumerate(limits)]
    one = (
        f"{head}  n: {{weights: {weights}, thresholds: {{{', '.join(written)}}}, fires: {fires}}}\n"
    )
    split = head
    for i, (limit, rule) in enumerate(limits):
        split += f"  n{i}: {{weights: {weights}, threshold: {limit}, fires: {rule or fires}}}\n"
    names = range(len(limits))
    one += f"outputs: {{{', '.join(f't{i}: n.t{i}' for i in names)}, s: {{sum: n}}, all: n}}\n"
    split += f"outputs: {{{', '.join(f't{i}: n{i}' for i in names)}, s: {{sum: n0}}, "
    return one, f"{split}all: [{', '.join(f'n{i}' for i in names)}]}}\n"


def test_a_neuron_is_what_one_for_each_threshold_is(chunk: int) -> None:
    rng = Random(f"cut-offs {chunk}")
    for _ in range(30):
        one, split = drawn(rng)
        networks = [nnc.loads(text) for text in (one, split)]
        verdicts = nnc.compare(*networks, budget=5).behaviour.verdicts
        assert {verdict.kind for verdict in verdicts} == {"equal"}, one
        row = {"x": [-1, 0, 1, 2, 3], "a": [0, 1, 1, 0, 0], "b": [0, 1, 2, 1, 1]}
        both = [nnc.evaluate(network, row) for network in networks]
        assert all(both[0][name].tolist() == both[1][name].tolist() for name in both[0])


@pytest.mark.parametrize(
    ("kind", "before", "after", "verdict"),
    [
        ("integer", "above 6", "7", "equal"),
        ("real", "above 6", "7", "differs"),
        ("real", "above 6", "at_least 6", "differs"),
        ("real", "at_least 6", "6", "equal"),
        ("integer", "above 6", "above 6.5", "equal"),
        ("real", "above 6", "above 6.5", "differs"),
    ],
)
def test_what_a_change_of_a_rule_means(kind: str, before: str, after: str, verdict: str) -> None:
    text = (f"nnc: 1\nfires: at_least\ninputs: {{x: {kind}}}\nneurons:\n"
            "  n: {weights: {x: 1}, thresholds: {low: 2, high: X}}\noutputs: [n]\n")  # fmt: skip
    both = [nnc.loads(text.replace("X", one)) for one in (before, after)]
    (found,) = nnc.compare(*both).behaviour.verdicts
    assert found.kind == verdict
    is_one_text = {before, after} == {"at_least 6", "6"}
    assert (nnc.digest(both[0]) == nnc.digest(both[1])) == is_one_text


def test_a_rule_that_is_the_neurons_own_says_nothing() -> None:
    plain = changed(("above 4", "4"), ("above 6", "6"))
    same = changed(("moderate: 2", "moderate: at_least 2"), ("above 4", "at_least 4"),
                   ("above 6", "6"))  # fmt: skip
    other = changed(("fires: at_least", "fires: above"), ("moderate: 2", "moderate: at_least 2"),
                    ("above 4", "at_least 4"), ("above 6", "at_least 6.0"))  # fmt: skip
    networks = [nnc.loads(text) for text in (plain, same, other)]
    assert len({nnc.digest(network) for network in networks}) == 1
    assert nnc.compare(networks[0], networks[2]).structure.changes == ()
    assert nnc.digest(nnc.loads(SCORE)) != nnc.digest(networks[0])


def test_a_compiled_file_has_the_rules(tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(SCORE))
    stream = io.BytesIO()
    write_compiled(plan, Provenance(), stream)
    file = tmp_path / "score.nnc"
    file.write_bytes(stream.getvalue())
    loaded = load_plan(str(file), root=tmp_path, max_bytes=1 << 20, verify=True).plan
    assert loaded == plan
    assert str(loaded) == str(plan)
    assert "score = 2*(rate>=90) + (rate>100) + 2*dose + 6*leg: moderate" in str(plan)
    assert ": moderate >= 4, likely > 8, high > 12 [1/2]" in str(plan)
    assert "(rate>100) = rate > 100" in str(plan)
    assert "output tier = level [score.moderate, score.high] [low, moderate, high]" in str(plan)
    assert str(plan).startswith("plan network: 3 inputs, 3 neurons in 2 levels, 3 outputs\n")


# ------------------------------------------------------------------------------- what shows it


def test_the_trace() -> None:
    plan = nnc.compile(nnc.loads(SCORE))
    batch, _ = batch_from_arrays({"rate": [101], "dose": [Fraction(3, 2)], "leg": [1]}, plan.inputs)
    (values,) = input_values(plan, batch)
    neurons = trace(plan, values)
    text = follow(plan, values).text(full=True)
    assert [one.name for one in neurons] == ["rate>=90", "rate>100", "score"]
    assert "score.moderate = 1  fires: sum 6, needs ≥ 2, margin 4\n" in text
    assert "score.high = 0  silent: sum 6, needs > 6, margin 0\n" in text
    assert "rate>100 = 1  fires: sum 101, needs > 100, margin 1\n" in text
    record = trace_record(follow(plan, values))
    score = record.neurons[-1]
    assert score.fires == "at_least"
    assert [one.fires for one in score.thresholds] == [None, "above", "above"]


@pytest.mark.parametrize(
    ("edit", "detail"),
    [
        (("high: above 6", "high: 6"), ("threshold", "high", "above 6", "6")),
        (("moderate: 2", "moderate: above 2"), ("threshold", "moderate", "2", "above 2")),
        (("above 100: 1.5", "101: 1.5"), ("cut-off", "rate", "above 100", "101")),
        (("above 100: 1.5", "above 110: 1.5"), ("cut-off", "rate", "above 100", "above 110")),
        (("above 100: 1.5", "above 100: 2"), ("step", "rate>100", "1.5", "2")),
    ],
)
def test_what_a_diff_says(edit: tuple[str, str], detail: tuple[str, ...]) -> None:
    found = nnc.compare(nnc.loads(SCORE), nnc.loads(changed(edit)))
    (change,) = found.structure.changes
    details = [(each.what, each.subject, each.before, each.after) for each in change.details]
    assert details == [detail]


def test_a_level_of_all_is_the_level_of_its_neuron() -> None:
    whole = changed(("[score.moderate, score.high], labels: [low, moderate, high]", "score"))
    each = changed(("[score.moderate, score.high], labels: [low, moderate, high]",
                    "[score.moderate, score.likely, score.high]"))  # fmt: skip
    before, after = nnc.loads(whole), nnc.loads(each)
    assert nnc.compare(before, after).structure.changes == ()
    assert nnc.digest(before) == nnc.digest(after)
    assert nnc.loads(nnc.to_yaml(after)) == after
    assert after.outputs["tier"].level == ("score.moderate", "score.likely", "score.high")


def test_notes_about_ties_leave_it_out() -> None:
    text = SCORE.replace("fires: at_least\n", "")
    rules = [one.rule for one in check(text.encode(), "x.nn.yaml").diagnostics]
    assert rules == ["sum-can-equal-threshold"]  # of `moderate`, which states none
    never = changed(("high: above 6", "high: above 99"), ("dose: 1, ", ""), (", dose: real", ""))
    (found,) = check(never.encode(), "x.nn.yaml").diagnostics
    assert found.message.startswith("`score.high` can never fire")
    at_end = changed(("high: above 6", "high: above 4.5"), ("dose: 1, ", ""), (", dose: real", ""))
    (found,) = check(at_end.encode(), "x.nn.yaml").diagnostics
    assert found.help == "write `at_least 4.5` if it should fire when they are equal"


# ---------------------------------------------------------------------------- texts and files


def test_texts() -> None:
    network = nnc.loads(SCORE)
    assert nnc.loads(nnc.to_yaml(network)) == network
    quoted = changed(("above 6", '"above   6.0"'), ("above 100", "'above 100'"))
    lines = [declared_lines(read_document(text.encode(), "x")) for text in (SCORE, quoted)]
    assert lines[0] == lines[1]
    assert lines[0] is not None
    weights = "weights: {dose: 1, leg: 3, rate: {90: 1, above 100: 1.5}}"
    thresholds = "thresholds: {moderate: 2, likely: above 4, high: above 6}"
    assert f"neurons.score: {{fires: at_least, {weights}, {thresholds}}}" in lines[0]
    once = formatted(read_document(changed(("above 6", '"above 6"'), ("above 100", "'above 100'")
                                           ).encode(), "x"))  # fmt: skip
    assert once == formatted(read_document(SCORE.encode(), "x"))
    assert '"' not in once


def test_an_overlay_replaces_number_and_rule(tmp_path: Path) -> None:
    (tmp_path / "base.nn.yaml").write_text(SCORE, "utf-8")
    over = tmp_path / "over.nn.yaml"
    over.write_text("nnc: 1\nextends: base.nn.yaml\nneurons:\n  score: {thresholds: "
                    "{moderate: above 2, high: 6}}\n", "utf-8")  # fmt: skip
    found = nnc.load(over, root=tmp_path).neurons["score"].thresholds
    assert found == {"moderate": nnc.Threshold(2, "above"), "likely": nnc.Threshold(4, "above"),
                     "high": 6}  # fmt: skip
    over.write_text("nnc: 1\nextends: base.nn.yaml\nneurons:\n  score: {fires: below}\n", "utf-8")
    with pytest.raises(nnc.InvalidNetworkError, match="`above 4`, but its neuron fires `below`"):
        nnc.load(over, root=tmp_path)


def test_a_merge_goes_threshold_by_threshold() -> None:
    ours = changed(("moderate: 2", "moderate: above 2"))
    theirs = changed(("high: above 6", "high: 6"), ("above 100: 1.5", "above 110: 1.5"))
    merged = merge(SCORE, ours, theirs)
    assert merged is not None
    assert merged.conflicts == ()
    assert nnc.loads(merged.text) == nnc.loads(changed(
        ("moderate: 2", "moderate: above 2"), ("high: above 6", "high: 6"),
        ("above 100: 1.5", "above 110: 1.5"),
    ))  # fmt: skip
    merged = merge(SCORE, ours, changed(("moderate: 2", "moderate: 3")))
    assert merged is not None
    assert len(merged.conflicts) == 1


# ---------------------------------------------------------------------------------- Python


def test_thresholds_in_python() -> None:
    one = nnc.Neuron(
        weights={"x": {90: 1, nnc.Threshold("100", "above"): 2, nnc.Threshold(110, "at_least"): 3}},
        thresholds={"low": 1, "high": nnc.Threshold(Fraction(5, 2), "above"), "top": "above 2.75"},
        fires="at_least",
    )
    assert one.thresholds == {"low": 1, "high": nnc.Threshold(Fraction(5, 2), "above"),
                              "top": nnc.Threshold(Fraction(11, 4), "above")}  # fmt: skip
    assert one.weights == {"x": {90: 1, nnc.Threshold(100, "above"): 2, 110: 3}}
    network = nnc.Network(inputs={"x": "integer"}, neurons={"n": one}, outputs={
        "all": nnc.Output(level="n"), "some": nnc.Output(level=["n.low", "n.top"])})  # fmt: skip
    assert nnc.loads(nnc.to_yaml(network)) == network
    found = nnc.evaluate(network, {"x": [89, 90, 100, 101, 110]})
    assert found["all"].tolist() == [0, 1, 1, 1, 3]
    assert found["some"].tolist() == [0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("neuron", "message"),
    [
        ({"threshold": nnc.Threshold(6, "above")}, "and `fires: above`"),
        ({"thresholds": {"x": nnc.Threshold(6, "abov")}}, "did you mean `above`"),  # type: ignore[arg-type]
        ({"thresholds": {"x": nnc.Threshold(6, "any")}}, "expected `above`, `at_least`"),
        ({"thresholds": {"x": nnc.Threshold(0.1, "above")}}, "the float 0.1 is not exactly"),
        ({"thresholds": {"x": nnc.Threshold("six", "above")}}, "found `six`"),
    ],
)  # fmt: skip
def test_thresholds_in_python_that_are_none(neuron: dict[str, Any], message: str) -> None:
    with pytest.raises(nnc.InvalidNetworkError, match=message):
        nnc.Neuron(weights={"x": 1}, **neuron)


def test_every_rule_states_itself() -> None:
    for rule in FIRING:
        assert stated(str(nnc.Threshold(6, rule))) == nnc.Threshold(6, rule)
