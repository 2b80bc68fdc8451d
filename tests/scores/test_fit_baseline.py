"""`nnc fit` beside always 0 and always 1; labels of many values; a loss of 0."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

import nnc as framework
from nnc.cli.json_schema import schema_text
from nnc.scores.baseline import Baseline
from nnc.scores.refits import Refit
from nnc.scores.skeletons import SkeletonFit
from tests.support.running import Nnc, rules

ONE = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  y: {weights: {a: -1..1, b: -1..1}, threshold: _}
outputs: [y]
"""
HIDDEN = """\
nnc: 1
fires: at_least
inputs: {p: bit(4)}
neurons:
  h: {weights: {p: -1..1}, threshold: 0..4}
  y: {weights: {h: -1..1}, threshold: 0..1}
outputs: [y]
"""


def rare(ones: Sequence[int] = (7,), count: int = 10) -> str:
    """Write rows of two bits that say little about a rare label."""
    lines = [f"{row % 2},{row // 2 % 2},{int(row in ones)}" for row in range(count)]
    return "a,b,y\n" + "".join(f"{line}\n" for line in lines)


def most(rows: int, ones: int) -> tuple[int, Fraction]:
    return max(((0, Fraction(rows - ones, rows)), (1, Fraction(ones, rows))), key=lambda x: x[1])


@pytest.mark.parametrize(("rows", "ones"), [(10, 1), (10, 9), (4, 2), (7, 0), (7, 7), (3, 2)])
def test_the_better_constant(rows: int, ones: int) -> None:
    baseline = Baseline.of(rows, ones)
    value, share = most(rows, ones)
    assert (baseline.value, Fraction(baseline.right, rows)) == (value, share)
    assert baseline.misses + baseline.false_alarms == rows - baseline.right
    assert baseline.accuracy == pytest.approx(float(share))
    assert Baseline.of(0, 0).accuracy == 1


def test_every_report_has_the_baseline(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(ONE)
    Path("rows.csv").write_text(rare())
    Path("test.csv").write_text(rare((1, 2, 3, 5, 6, 7)))
    for words in (["rows.csv"], ["one.nn.yaml", "rows.csv"]):
        ran = nnc("fit", *words, "--label", "y", "--test", "test.csv", "-o", "out.nn.yaml")
        assert ran.code == 0
        lines = [line.split() for line in ran.out.splitlines()]
        assert "always 0 90.0 % 1 of 1 0 of 9".split() in lines
        assert "always 1 60.0 % 0 of 6 4 of 4".split() in lines
        text = nnc("fit", *words, "--label", "y", "--test", "test.csv", "--report", "json").out
        report = json.loads(text)
        jsonschema.validate(report, json.loads(schema_text("fit" if len(words) == 1 else "refit")))
        judged = report["cards"][0] if len(words) == 1 else report
        assert judged["train"]["baseline"] == {"always": 0, "accuracy": 0.9}
        assert judged["test"]["baseline"] == {"always": 1, "accuracy": 0.6}


def test_an_output_that_is_no_better_than_a_constant(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(ONE)
    Path("rows.csv").write_text(rare())
    ran = nnc("fit", "one.nn.yaml", "rows.csv", "--label", "y", "-o", "out.nn.yaml")
    assert ran.code == 0
    assert "no-better-than-constant" in rules(ran.err)
    assert (
        "output `y` is no better than always 0: it is right in 90.0 % of the rows, and " in ran.err
    )
    assert "weigh the rarer label with --cost miss=9" in ran.err
    ran = nnc(
        "fit", "one.nn.yaml", "rows.csv", "--label", "y", "-o", "out.nn.yaml",
        "--goal", "accuracy", "--cost", "miss=9",
    )  # fmt: skip
    assert "no-better-than-constant" not in rules(ran.err)
    with Path("rows.csv").open("w") as file:
        file.write(rare((3, 7)))
    ran = nnc("fit", "one.nn.yaml", "rows.csv", "--label", "y", "-o", "out.nn.yaml")
    assert "no-better-than-constant" not in rules(ran.err)


def test_a_constant_of_hidden_layers_is_one(nnc: Nnc) -> None:
    """Of rows that look the same nothing is better than the more frequent label."""
    Path("net.nn.yaml").write_text(HIDDEN)
    lines = ["p(0),p(1),p(2),p(3),y", *("1,0,1,0,0" for _ in range(9)), "1,0,1,0,1"]
    Path("rows.csv").write_text("\n".join(lines))
    ran = nnc("fit", "net.nn.yaml", "rows.csv", "--label", "y", "-o", "out.nn.yaml")
    assert "learnt from   10       1     90.0 %   1 of 1         0 of 9\n" in ran.out
    assert "  always 0             1     90.0 %   1 of 1         0 of 9\n" in ran.out
    assert {"rows-contradict", "no-better-than-constant"} <= {*rules(ran.err)}
    ran = nnc("fit", "net.nn.yaml", "rows.csv", "--label", "y", "--report", "json")
    report = json.loads(ran.out)
    jsonschema.validate(report, json.loads(schema_text("refit")))
    assert report["labels"][0]["train"]["baseline"] == {"always": 0, "accuracy": 0.9}
    assert report["diagnostics"][-1]["code"] == "NNC967"


def test_costs_and_rows_for_the_test(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(ONE)
    Path("rows.csv").write_text("a,b,y\n" + "0,0,0\n1,1,1\n" * 5)
    Path("test.csv").write_text("a,b,y\n" + "0,0,1\n1,1,1\n1,0,0\n")
    words = ("fit", "rows.csv", "--label", "y", "-o", "out.nn.yaml", "--test", "test.csv")
    err = nnc(*words).err
    assert "it is right in 33.3 % of the rows for the test, and always 1 in 66.7 %" in err
    assert "give more rows to learn from" in err
    err = nnc(*words, "--cost", "false_alarm=5").err
    assert "its mistakes cost 6 in the rows for the test, and those of always 0 2" in err
    err = nnc(*words, "--limit", "misses<=0.5").err  # which always 0 does not keep
    assert "no-better-than-constant" not in rules(err)


def test_python_has_the_baseline() -> None:
    rows = {"a": [0, 0, 0, 1], "b": [0, 1, 0, 0], "y": [0, 0, 0, 1]}
    card = framework.fit(None, rows, "y").card
    assert card.train.baseline == Baseline(0, 4, 1)
    found = framework.fit(framework.loads(ONE), rows, "y")
    assert isinstance(found, Refit)
    assert found.train.baseline.accuracy == 0.75
    bits = {f"p({bit})": [0, 1, int(bit == 0)] for bit in range(4)}
    deep = framework.fit(framework.loads(HIDDEN), {**bits, "y": [0, 1, 1]}, "y", seconds=5)
    assert isinstance(deep, SkeletonFit)
    assert deep.labels[0].train.baseline.value == 1


# ------------------------------------------------------------------------------- a loss of 0


def test_a_loss_of_0_is_proved_by_that_alone(nnc: Nnc) -> None:
    rows = "".join(f"{a},{b},{a}\n" for a in (0, 1) for b in (0, 1)) * 3
    Path("rows.csv").write_text(f"a,b,y\n{rows}")
    Path("one.nn.yaml").write_text(ONE)
    for words in (["--no-proof"], ["--terms", "8"], ["--budget", "0.000001", "--terms", "8"]):
        out = nnc("fit", "rows.csv", "--label", "y", "-o", "out.nn.yaml", *words).out
        assert "proved: the least loss of all, as no loss is below 0\n" in out
        assert "proof: proved" in Path("out.nn.yaml").read_text()
    words = ("fit", "one.nn.yaml", "rows.csv", "--label", "y", "--no-proof", "-o", "out.nn.yaml")
    assert "within the bounds, as no loss is below 0\n" in nnc(*words).out
    for goal, why in (("accuracy", "no row is judged wrongly"), ("auc", "no AUC is above 1")):
        assert f"as {why}\n" in nnc(*words, "--goal", goal).out
        out = nnc("fit", "rows.csv", "--label", "y", "--no-proof", "--goal", goal).err
        assert f"as {why}\n" in out
    Path("rows.csv").write_text(f"a,b,y\n{rows}1,0,0\n")
    assert "searched, not proved" in nnc(*words).out
    out = nnc("fit", "rows.csv", "--label", "y", "-o", "out.nn.yaml", "--terms", "8").out
    assert "searched, not proved" in out


def test_a_pool_is_proved_where_all_of_it_is() -> None:
    rows = {"a": [0, 1] * 4, "b": [0, 1] * 3 + [1, 1], "y": [0, 1] * 4}
    assert framework.fit(None, rows, "y", proof=False).proof.status == "proved"
    assert framework.fit(None, rows, "y", proof=False, pool=3).proof.status == "searched"


# -------------------------------------------------------------------------- labels of many values

PETALS = "length,kind\n1,setosa\n2,setosa\n4,versicolor\n5,versicolor\n7,virginica\n8,virginica\n"


def test_one_value_against_the_rest(nnc: Nnc) -> None:
    Path("rows.csv").write_text(PETALS)
    words = ("rows.csv", "--label", "kind", "--positive", "setosa", "-o", "out.nn.yaml")
    ran = nnc("fit", *words)
    assert ran.code == 0
    assert "points for kind = setosa, from 6 rows" in ran.out
    assert "learnt from   6   0.00000    100.0 %   1.000   0 of 2         0 of 4\n" in ran.out
    assert rules(ran.err) == ["one-against-rest"]
    assert "`setosa` counts as 1, and 2 other values as 0: `versicolor`, `virginica`" in ran.err
    Path("one.nn.yaml").write_text(
        "nnc: 1\ninputs: {length: integer}\nneurons:\n  kind: {weights: {length: -1..1}, "
        "threshold: _}\noutputs: [kind]\n"
    )
    ran = nnc("fit", "one.nn.yaml", *words)
    assert ran.code == 0
    assert "one-against-rest" in rules(ran.err)
    found = framework.evaluate(framework.load("out.nn.yaml"), {"length": [1, 2, 4, 8]})
    assert found["kind"].tolist() == [1, 1, 0, 0]


def test_labels_of_many_values_say_what_to_do(nnc: Nnc) -> None:
    Path("rows.csv").write_text(PETALS)
    err = nnc("fit", "rows.csv", "--label", "kind").err
    assert "has 3 values; expected two: `setosa`, `versicolor`, `virginica`" in err
    assert "= help: --positive setosa tells one value from all others" in err
    err = nnc("fit", "rows.csv", "--label", "length").err
    assert "= help: predict a column of 0 and 1 that says where `length` is at least 5" in err
    assert "and leave `length` out; --positive 1 tells one value from all others" in err
    err = nnc("fit", "rows.csv", "--label", "kind", "--positive", "setos").err
    assert "= help: did you mean `setosa`?" in err


@pytest.mark.parametrize(
    ("rows", "words", "hint"),
    [
        ("a,y\n", "", "give a file with rows of both labels"),
        ("a,y\n1,1\n2,1\n", "", "give rows of both labels"),
        ("a,y\n1,1\n2,0\n3,\n", "", "leave these rows out"),
        ("a,y\n1,1\n2,0\n", "--positive 3", "give one of these to --positive"),
        ("a,y\n1,1\n2,0\n", "--test test.csv", "correct these rows, or leave them out"),
        ("a,y\n1,1\n2,0\n", "--test none.csv", "give a file with rows of both labels"),
    ],
)
def test_every_bad_label_has_help(nnc: Nnc, rows: str, words: str, hint: str) -> None:
    Path("rows.csv").write_text(rows)
    Path("test.csv").write_text("a,y\n1,7\n")
    Path("none.csv").write_text("a,y\n")
    code, _, err = nnc("fit", "rows.csv", "--label", "y", *words.split())
    assert (code, rules(err)) == (1, ["bad-label"])
    assert f"= help: {hint}" in err


def test_the_largest_of_several_sums_says_how_to_go_on(nnc: Nnc) -> None:
    Path("net.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: {p: bit(2)}\nneurons:\n"
        "  y: {weights: {p: _}, threshold: 0}\n  z: {weights: {p: _}, threshold: 0}\n"
        "outputs: {digit: {largest: [y, z]}}\n"
    )
    Path("rows.csv").write_text("p(0),p(1),digit\n1,0,0\n0,1,1\n")
    code, _, err = nnc("fit", "net.nn.yaml", "rows.csv", "--label", "digit")
    assert code == 1
    assert "output `digit` is the place of the largest sum, and fit finds numbers for bits" in err
    assert "name each neuron that is compared as an output, with a column of 0 and 1" in err
