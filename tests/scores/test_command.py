"""`nnc fit`: a score from rows, what is told of it, and what is refused."""

import json
from pathlib import Path
from random import Random

import jsonschema
import numpy as np
import pytest

import nnc as library
from nnc.cli.schema import schema_text
from tests.support.running import Nnc, rules, wrote

SMALL = """\
smoker,age,ward,sick
1,70,A,1
1,66,B,1
0,71,A,1
0,30,B,0
1,31,A,0
0,45,B,0
0,50,A,0
"""


def patients(count: int = 400) -> str:
    """Draw patients, whose risk is made of age, confusion and urea."""
    random = Random("patients")
    lines = ["id,age,sex,confused,urea (mmol/l),died"]
    for number in range(count):
        age, confused = random.randint(18, 97), int(random.random() < 0.15)
        sex, urea = random.choice(["male", "female"]), round(random.uniform(2, 20), 1)
        odds = 2 * (age >= 65) + 3 * confused + 2 * (urea > 7) - 4 + random.gauss(0, 1.3)
        shown = "" if random.random() < 0.03 else str(urea)
        lines.append(f"p{number},{age},{sex},{confused},{shown},{int(odds > 0)}")
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def _rows(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("small.csv").write_text(SMALL)
    Path("patients.csv").write_text(patients())


def report_of(nnc: Nnc, *words: str, command: str = "fit") -> dict[str, object]:
    code, out, _ = nnc(command, *words, "--report", "json")
    assert code == 0
    report: dict[str, object] = json.loads(out)
    return report


def test_a_score_of_few_rows(nnc: Nnc) -> None:
    code, out, err = nnc("fit", "small.csv", "--label", "sick", "--terms", "1", "-o", "s.nn.yaml")
    assert (code, err) == (0, wrote("s.nn.yaml"))
    assert "age >= 60   +1" in out
    assert "sick is 1 from 1 point on" in out
    assert "proved: the least loss of all scores over the cut-offs tried; 6 choices of terms" in out
    text = Path("s.nn.yaml").read_text()
    assert "weights: {age: {60: 1}}" in text
    assert 'positive: "1"' in text
    assert nnc("validate", "s.nn.yaml").code == 0
    assert nnc("fmt", "--check", "s.nn.yaml").code == 0


def test_the_network_gives_the_points_that_are_told(nnc: Nnc) -> None:
    report = report_of(nnc, "patients.csv", "--label", "died", "-o", "s.nn.yaml", "--terms", "3")
    assert report["network"] == Path("s.nn.yaml").read_text()
    [card] = report["cards"]  # type: ignore[misc]
    code, out, _ = nnc("eval", "s.nn.yaml", "patients.csv", "--expected", "died")
    assert code == 0
    right = card["train"]["rows"] - card["train"]["misses"] - card["train"]["false_alarms"]
    assert f"died: {right} of 400 rows right" in out


def test_notes_say_what_became_of_the_columns(nnc: Nnc) -> None:
    code, out, err = nnc("fit", "patients.csv", "--label", "died", "--terms", "3")
    assert code == 0
    assert out.startswith("nnc: 1\n")  # the network, where no file is named; the page stands aside
    assert "points for died = 1, from 400 rows" in err
    for note in (
        "column `id` is left out: its texts are all different, so it names the rows",
        "of 400 cells are empty, and count as",
        "1 column got another name in the network, which needs identifiers",
        "`urea (mmol/l)` is `urea_mmol_l`",
        "no `--rename` is needed: `column` in the network names them",
    ):
        assert note in err
    loaded = library.loads(out)
    assert loaded.inputs["urea_mmol_l"].default is not None
    assert loaded.inputs["urea_mmol_l"].column == "urea (mmol/l)"


def test_the_same_bytes_again_and_with_other_rows_other_ones(nnc: Nnc) -> None:
    words = ("fit", "patients.csv", "--label", "died", "--test", "0.3", "--terms", "3")
    assert nnc(*words) == nnc(*words)
    assert nnc(*words).out != nnc(*words, "--seed", "1").out


def test_rows_for_the_test(nnc: Nnc) -> None:
    Path("later.csv").write_text(patients(520))
    share = report_of(nnc, "patients.csv", "--label", "died", "--test", "0.25", "--terms", "2")
    [card] = share["cards"]  # type: ignore[misc]
    assert (card["train"]["rows"], card["test"]["rows"]) == (300, 100)
    other = report_of(nnc, "patients.csv", "--label", "died", "--test", "later.csv")
    [card] = other["cards"]  # type: ignore[misc]
    assert (card["train"]["rows"], card["test"]["rows"]) == (400, 520)


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "tsv", "npy", "parquet"])
def test_rows_of_every_format_give_the_same_score(nnc: Nnc, form: str) -> None:
    import pandas as pd

    frame = pd.read_csv("small.csv").drop(columns="ward")
    write = {
        "csv": lambda file: frame.to_csv(file, index=False),
        "tsv": lambda file: frame.to_csv(file, index=False, sep="\t"),
        "json": lambda file: frame.to_json(file, orient="records"),
        "jsonl": lambda file: frame.to_json(file, orient="records", lines=True),
        "npy": lambda file: np.save(file, frame.to_numpy()),
        "parquet": frame.to_parquet,
    }
    write[form](f"rows.{form}")
    label, names = ("x2", ("x1",)) if form == "npy" else ("sick", ("age",))
    report = report_of(nnc, f"rows.{form}", "--label", label, "--terms", "1")
    [card] = report["cards"]  # type: ignore[misc]
    [term] = card["terms"]
    assert (term["column"], term["cut"], term["points"]) == (*names, 60, 1)


def test_cutoffs_points_and_columns_that_are_asked_for(nnc: Nnc) -> None:
    words = ("patients.csv", "--label", "died=risk", "--cutoffs", "age=65,80", "--points", "0..3")
    report = report_of(nnc, *words, "--not", "urea (mmol/l)", "--not", "id")
    [card] = report["cards"]  # type: ignore[misc]
    terms = {term["term"]: term["points"] for term in card["terms"]}
    assert terms.keys() <= {"age >= 65", "age >= 80", "confused", "sex = male", "sex = female"}
    assert all(0 < points <= 3 for points in terms.values())
    assert "outputs:\n  risk:" in str(report["network"])


def test_searched_only(nnc: Nnc) -> None:
    code, out, _ = nnc("fit", "patients.csv", "--label", "died", "--budget", "0", "-o", "s.nn.yaml")
    assert code == 0
    assert "searched, not proved" in out
    assert "proof: searched" in Path("s.nn.yaml").read_text()


def terms_of(report: dict[str, object]) -> dict[str, int]:
    cards: list[dict[str, list[dict[str, int]]]] = report["cards"]  # type: ignore[assignment]
    return {str(term["term"]): term["points"] for term in cards[0]["terms"]}


def test_goals_costs_and_limits(nnc: Nnc) -> None:
    words = ("patients.csv", "--label", "died", "--terms", "3")
    cards = {
        goal: report_of(nnc, *words, "--goal", goal)["cards"]
        for goal in ("loss", "accuracy", "auc")
    }
    train = {goal: card["train"] for goal, [card] in cards.items()}  # type: ignore[misc]
    assert min(train, key=lambda goal: train[goal]["loss"]) == "loss"
    assert max(train.values(), key=lambda each: each["accuracy"]) == train["accuracy"]
    assert max(train.values(), key=lambda each: each["auc"]) == train["auc"]
    [card] = report_of(nnc, *words, "--limit", "false_alarms<=0.02")["cards"]  # type: ignore[misc]
    zeros = card["train"]["rows"] - card["train"]["ones"]
    assert card["train"]["false_alarms"] * 50 <= zeros
    [card] = report_of(nnc, *words, "--cost", "miss=20")["cards"]  # type: ignore[misc]
    assert card["train"]["misses"] < train["loss"]["misses"]


def test_signs_and_terms_that_are_kept(nnc: Nnc) -> None:
    words = ("patients.csv", "--label", "died", "--terms", "3")
    terms = terms_of(report_of(nnc, *words, "--points", "age >= 70=4", "--points", "confused=-"))
    assert terms["age >= 70"] == 4
    assert "confused" not in terms
    assert terms_of(report_of(nnc, *words, "--points", "confused=+"))["confused"] > 0


def test_the_file_says_what_the_score_had_to_keep_to(nnc: Nnc) -> None:
    words = ("fit", "small.csv", "--label", "sick", "-o", "s.nn.yaml")
    assert nnc(*words).code == 0
    made = library.load("s.nn.yaml").meta["fit"]
    assert (
        not {"cost", "limits", "signs", "keep", "leave_out", "cutoffs", "cutoffs_of"} & made.keys()
    )
    more = ("--points", "age=-", "--points", "age >= 40=-2", "--cost", "miss=5/2", "--not", "ward",
            "--limit", "misses<=0.9", "--cutoffs", "age=40,45.5",
            "--cutoffs", "3")  # fmt: skip
    code, out, _ = nnc(*words, *more)
    assert (code, "tried that keep the limits and the signs and the points given" in out) == (
        0,
        True,
    )
    made = library.load("s.nn.yaml").meta["fit"]
    assert made["signs"] == {"age": "-"}
    assert made["keep"] == {"age >= 40": "-2"}
    assert made["cost"] == {"miss": "2.5", "false_alarm": "1"}
    assert made["leave_out"] == ["ward"]
    assert made["limits"] == ["misses<=0.9"]
    assert made["cutoffs"] == "3"
    assert made["cutoffs_of"] == {"age": ["40", "45.5"]}
    assert nnc("fmt", "--check", "s.nn.yaml").code == 0


@pytest.mark.parametrize(
    ("share", "message"),
    [
        ("0.01", "a share of 0.01 of 7 rows leaves none for the test"),
        ("0.99", "a share of 0.99 of 7 rows leaves none to learn from"),
        ("none.csv", "there are no rows for the test"),
    ],
)
def test_a_test_needs_rows_and_leaves_some(nnc: Nnc, share: str, message: str) -> None:
    Path("none.csv").write_text(SMALL.partition("\n")[0] + "\n")
    code, out, err = nnc("fit", "small.csv", "--label", "sick", "--test", share)
    assert (code, out, rules(err)) == (1, "", ["bad-label"])
    assert message in err


@pytest.mark.parametrize("form", ["sarif", "junit", "gitlab"])
def test_the_report_of_a_score_that_a_program_reads(nnc: Nnc, form: str) -> None:
    words = ("fit", "patients.csv", "--label", "died", "--terms", "1", "-o", "s.nn.yaml",
             "--report", form)  # fmt: skip
    code, out, err = nnc(*words)
    assert (code, "points for died = 1" in err) == (0, True)
    assert "column-left-out" in out or "NNC961" in out
    assert nnc(*words, "--report-file", "report").code == 0
    assert Path("report").read_text() == out


def test_the_notes_of_a_score_are_limited(nnc: Nnc) -> None:
    head, *lines = patients(60).splitlines()
    rows = [f"{head},code", *(f"{line},c{place}" for place, line in enumerate(lines))]
    Path("codes.csv").write_text("\n".join(rows) + "\n")
    words = ("fit", "codes.csv", "--label", "died", "--terms", "1", "-o", "s.nn.yaml")
    assert nnc(*words).err.count("column-left-out") == 2
    assert "column `code`" in nnc(*words).err
    assert "column `code`" not in nnc(*words, "--max-errors", "1").err


def test_the_next_best_scores(nnc: Nnc) -> None:
    words = ("patients.csv", "--label", "died", "--terms", "2")
    report = report_of(nnc, *words, "--max-count", "4")
    cards: list[dict[str, dict[str, float]]] = report["cards"]  # type: ignore[assignment]
    losses = [card["train"]["loss"] for card in cards]
    assert len(losses) == 4
    assert losses == sorted(losses)
    without = report_of(nnc, *words, "--not", "confused", "--max-count", "1")
    assert losses[0] < without["cards"][0]["train"]["loss"]  # type: ignore[index]
    code, _, err = nnc("fit", *words, "--max-count", "3")
    assert code == 0
    assert "the best of different terms" in err


def test_limits_that_no_score_keeps(nnc: Nnc) -> None:
    words = ("fit", "patients.csv", "--label", "died", "--terms", "2")
    code, out, err = nnc(*words, "--limit", "misses<=0.01", "--limit", "false_alarms<=0.01")
    assert (code, out) == (1, "")
    assert "limits-impossible" in rules(err)
    assert "keeps misses<=0.01, false_alarms<=0.01: all" in err
    code, _, err = nnc(
        *words, "--limit", "misses<=0", "--limit", "false_alarms<=0", "--budget", "0"
    )
    assert code == 1
    assert "none was found; that there is none is not proved" in err


@pytest.mark.parametrize(
    ("words", "rule", "message"),
    [
        (
            ("--label", "sick", "--limit", "gap(height, misses)<=0.1"),
            "unknown-fit-column",
            "height",
        ),
        (("--label", "sick", "--points", "height=+"), "unknown-fit-column", "no column `height`"),
        (("--label", "sick", "--points", "height=1"), "unknown-fit-column", "no term `height`"),
        (("--label", "ill"), "bad-label", "there is no column `ill` to predict"),
        (("--label", "sick", "--not", "sick"), "unknown-fit-column", "`sick` is the label"),
        (("--label", "age"), "bad-label", "has 7 values; expected two"),
        (("--label", "ward"), "bad-label", "nothing says which value of the label"),
        (("--label", "ward", "--positive", "C"), "bad-label", "has no value `C`"),
        (("--label", "sick", "--not", "agee"), "unknown-fit-column", "no column `agee`"),
        (("--label", "sick", "--cutoffs", "height=1"), "unknown-fit-column", "no column `height`"),
        (
            ("--label", "sick", "--not", "age", "--not", "ward", "--not", "smoker"),
            "no-terms",
            "no column can be a term of a score",
        ),
    ],
)
def test_what_is_refused(nnc: Nnc, words: tuple[str, ...], rule: str, message: str) -> None:
    code, out, err = nnc("fit", "small.csv", *words)
    assert (code, out, rules(err)) == (1, "", [rule])
    assert message in err
    assert "--> small.csv" in err


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("smoker,ward,sick\n1,A,1\n", "there is no column `age`"),
        ("smoker,age,ward,sick\n1,old,A,1\n", "`old`"),
        ("smoker,age,ward\n1,70,A\n", "there is no column `sick`"),
        ("smoker,age,ward,sick\n1,70,A,2\n", "is `2` in 1 row for the test"),
        ("smoker,age,ward,sick\n", "there are no rows for the test"),
    ],
)
def test_mistakes_in_rows_for_the_test_name_their_file(nnc: Nnc, rows: str, message: str) -> None:
    Path("other.csv").write_text(rows)
    code, out, err = nnc("fit", "small.csv", "--label", "sick", "--test", "other.csv")
    assert (code, out) == (1, "")
    assert message in err
    assert "--> other.csv" in err
    assert "small.csv" not in err


@pytest.mark.parametrize(
    "words",
    [
        ("--label", "=x"), ("--label", "sick=a b"), ("--points", "5..-5"), ("--points", "a"),
        ("--limit", "misses<1"), ("--cost", "hit=1"), ("--points", "age=up"), ("--points", "age=0"),
        ("--cutoffs", "0"), ("--cutoffs", "age=x"), ("--test", "1.5"), ("-o", "small.csv"),
        ("--points", "age=+", "--points", "age=-"), ("--points", "a=1", "--points", "a=2"),
        ("--cutoffs", "age=1", "--cutoffs", "age=2"), ("--cost", "miss=1e-400"),
        ("--cost", "miss=1e5,false_alarm=1e-5"), ("--cost", "miss=1e10"),
    ],
)  # fmt: skip
def test_wrong_usage(nnc: Nnc, words: tuple[str, ...]) -> None:
    label = () if "--label" in words else ("--label", "sick")
    code, out, err = nnc("fit", "small.csv", *label, *words)
    assert (code, out) == (2, "")
    assert "Error" in err


def test_a_choice_with_a_label_that_is_asked_for(nnc: Nnc) -> None:
    report = report_of(nnc, "small.csv", "--label", "ward", "--positive", "A", "--terms", "1")
    assert report["positive"] == "A"


def test_the_report_follows_its_schema(nnc: Nnc) -> None:
    from jsonschema import Draft7Validator

    schema = json.loads((Path(__file__).parents[2] / "schemas/fit.schema.json").read_text())
    report = report_of(nnc, "patients.csv", "--label", "died", "--test", "0.3", "--terms", "2")
    assert not list(Draft7Validator(schema).iter_errors(report))


def test_files_that_are_not_there(nnc: Nnc) -> None:
    code, _, err = nnc("fit", "no.csv", "--label", "sick")
    assert (code, rules(err)) == (2, ["cannot-open"])


RISK = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, smoker: bit, ward: {type: choice, of: [A, B]}}
neurons:
  risk:
    weights:
      age: {60: 1.., 70: 1..}   # from these ages on
      smoker: _
      ward.A: 0
    threshold: _
outputs: {sick: risk, points: {sum: risk}}
unknown: {range: -2..2}
cases:
  - {given: {age: 71, smoker: 0, ward: B}, expect: {sick: 1}}
"""


def test_open_numbers_of_a_neuron_become_an_overlay(nnc: Nnc) -> None:
    Path("risk.nn.yaml").write_text(RISK)
    words = ("train", "risk.nn.yaml", "small.csv", "--label", "sick", "-o", "sub.nn.yaml")
    code, out, err = nnc(*words)
    assert (code, err) == (0, wrote("sub.nn.yaml"))
    assert out.startswith("decided 3 weights")
    assert "proved: no numbers within the bounds have less loss\n" in out
    text = Path("sub.nn.yaml").read_text()
    assert "extends: risk.nn.yaml\n" in text
    assert "age: {60: 1, 70: 1}" in text
    assert nnc("fmt", "--check", "sub.nn.yaml").code == 0
    assert "7 of 7 rows right" in nnc("eval", "sub.nn.yaml", "small.csv", "--expected", "sick").out
    assert nnc("test", "sub.nn.yaml").code == 0
    assert nnc(*words).code == 0
    assert Path("sub.nn.yaml").read_text() == text
    report = report_of(nnc, *words[1:], "--goal", "accuracy", command="train")
    jsonschema.validate(report, json.loads(schema_text("train")))
    assert report["method"] == "exact"


def test_cases_that_contradict_the_bounds_are_named(nnc: Nnc) -> None:
    Path("risk.nn.yaml").write_text(
        RISK + "  - {given: {age: 72, smoker: 0, ward: A}, expect: {sick: 0}}\n"
    )
    code, _, err = nnc("train", "risk.nn.yaml", "small.csv", "--label", "sick", "-o", "no.nn.yaml")
    assert code == 1
    assert rules(err) == ["impossible"]
    assert "risk.nn.yaml:14" in err
    assert not Path("no.nn.yaml").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("small.csv --seed 1", "--seed says which rows are the share"),
        ("small.csv --seed 1 --test small.csv", "--seed says which rows are the share"),
        ("risk.nn.yaml", "for a network file run `nnc train`"),
        ("small.csv --not body mass", "`mass` is one word too many"),
        ("risk.nn.yaml small.csv", "for a network file run `nnc train`"),
    ],
)
def test_options_and_files_that_do_not_go_together(nnc: Nnc, words: str, message: str) -> None:
    Path("risk.nn.yaml").write_text(RISK)
    code, _, err = nnc("fit", *words.split(), "--label", "sick")
    assert code == 2
    assert message in err
