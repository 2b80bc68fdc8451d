"""`nnc fit` beside always 0 and always 1; labels of many values; a loss of 0."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

import nnc as framework
from nnc.cli.schema import schema_text
from nnc.scores.odds import Baseline
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
    assert baseline.always == value
    assert baseline.misses + baseline.false_alarms == rows - share * rows
    assert baseline.accuracy == pytest.approx(float(share))
    assert Baseline.of(0, 0).accuracy == 1
    chosen = Baseline.of(10, 7, 0)  # by other rows
    assert (chosen.always, chosen.accuracy, chosen.misses, chosen.false_alarms) == (0, 0.3, 7, 0)


def test_every_report_has_the_baseline(nnc: Nnc) -> None:
    Path("rows.csv").write_text(rare())
    Path("test.csv").write_text(rare((1, 2, 3, 5, 6, 7)))
    words = ("fit", "rows.csv", "--label", "y", "--test", "test.csv")
    ran = nnc(*words, "-o", "out.nn.yaml")
    assert ran.code == 0
    lines = [line.split() for line in ran.out.splitlines()]
    assert "always 0 90.0 % 1 of 1 0 of 9".split() in lines
    assert "always 0 40.0 % 6 of 6 0 of 4".split() in lines
    report = json.loads(nnc(*words, "--report", "json").out)
    jsonschema.validate(report, json.loads(schema_text("fit")))
    judged = report["cards"][0]
    assert judged["train"]["baseline"] == {"always": 0, "accuracy": 0.9}
    assert judged["test"]["baseline"] == {"always": 0, "accuracy": 0.4}


def test_a_neuron_that_is_no_better_than_a_constant(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(ONE)
    Path("rows.csv").write_text(rare())
    words = ("train", "one.nn.yaml", "rows.csv", "--label", "y", "-o", "out.nn.yaml")
    ran = nnc(*words)
    assert ran.code == 0
    assert "no-better-than-constant" in rules(ran.err)
    assert "output `y` is right in no more rows than always 0" in ran.err
    with Path("rows.csv").open("w") as file:
        file.write(rare((3, 7)))
    assert "no-better-than-constant" not in rules(nnc(*words).err)


def test_costs_and_rows_for_the_test(nnc: Nnc) -> None:
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
    assert card.train.baseline == Baseline.of(4, 1)


def test_a_loss_of_0_is_proved_by_that_alone(nnc: Nnc) -> None:
    rows = "".join(f"{a},{b},{a}\n" for a in (0, 1) for b in (0, 1)) * 3
    Path("rows.csv").write_text(f"a,b,y\n{rows}")
    for words in (["--budget", "0"], ["--terms", "8"], ["--budget", "0.000001", "--terms", "8"]):
        out = nnc("fit", "rows.csv", "--label", "y", "-o", "out.nn.yaml", *words).out
        assert "proved: the least loss of all, as no loss is below 0\n" in out
        assert "proof: proved" in Path("out.nn.yaml").read_text()
    for goal, why in (("accuracy", "no row is judged wrongly"), ("auc", "no AUC is above 1")):
        out = nnc("fit", "rows.csv", "--label", "y", "--budget", "0", "--goal", goal).err
        assert f"as {why}\n" in out
    Path("rows.csv").write_text(f"a,b,y\n{rows}1,0,0\n")
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


def test_two_words_are_the_labels_of_the_output(nnc: Nnc) -> None:
    Path("rows.csv").write_text("tenure,churn\n1,yes\n2,yes\n30,no\n40,no\n3,yes\n")
    ran = nnc("fit", "rows.csv", "--label", "churn", "-o", "out.nn.yaml")
    assert "churn is yes from 0 points on\n" in ran.out
    assert "churn:  {level: score, labels: [no, yes]}\n" in Path("out.nn.yaml").read_text()
    ran = nnc("eval", "out.nn.yaml", "rows.csv", "--expected", "churn")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("churn: 5 of 5 rows right (100.0 %)\n")
    Path("rows.csv").write_text("tenure,churn\n1,TRUE\n30,False\n")
    assert nnc("fit", "rows.csv", "--label", "churn", "-o", "out.nn.yaml").code == 0
    assert "  churn:  churn\n" in Path("out.nn.yaml").read_text()


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
