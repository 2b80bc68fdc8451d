"""ScorecardClassifier: the checks of scikit-learn, and its file against plain additions."""

import csv
import io
import pickle
import subprocess
import sys
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import nnc
from nnc.extras import install_line
from nnc.scores import cells
from nnc.sklearn import ScorecardClassifier
from tests.support.running import Nnc

AGES = pd.DataFrame({"age": [70, 66, 71, 30, 31, 45, 58], "temp": [38.1, 39, 36.5, 37, 36, 38, 37]})
SICK = [1, 1, 1, 0, 0, 0, 0]


def test_it_passes_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(ScorecardClassifier(terms=3, cutoffs=3), on_fail=None)
    failed = [
        (each["check_name"], each["exception"]) for each in checks if each["status"] == "failed"
    ]
    assert failed == []
    assert sum(each["status"] == "passed" for each in checks) >= 50


def data_set(name: str) -> tuple[Any, Any]:
    """Return a data set that scikit-learn ships, with two classes."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
    wanted = {"iris": 1, "wine": 0, "digits": 8}
    if name in wanted:
        y = np.where(y == wanted[name], "this", "other")
    return x, y > 140 if name == "diabetes" else y


def points(card: Any, row: dict[str, str]) -> int:
    """Add up the points of a row of a file, without nnc."""
    total = 0
    for name, weight in card["weights"].items():
        if isinstance(weight, dict):
            reached = [cut for cut in weight if Fraction(row[name]) >= Fraction(str(cut))]
            total += weight[max(reached)] if reached else 0
        else:
            total += weight * int(row[name])
    return total


def test_the_file_gives_what_predict_does(nnc_: Nnc, tmp_path: Path, *, full: bool) -> None:
    """By text, read as decimals; by Parquet, read as the numbers stored; and by plain additions."""
    for name in ["iris", "diabetes", "wine", "digits", "breast_cancer"][: 5 if full else 2]:
        compare(name, nnc_, tmp_path)


def compare(name: str, nnc_: Nnc, tmp_path: Path) -> None:
    x, y = data_set(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = ScorecardClassifier(terms=3).fit(x, y)
    text = card.to_yaml(tmp_path / "card.nn.yaml")
    assert (tmp_path / "card.nn.yaml").read_text("utf-8") == text
    expected = (card.predict(x) == card.classes_[1]).astype(int).tolist()
    ones = {"1", str(card.classes_[1])}
    named = x.rename(columns=card.inputs_)[list(card.inputs_.values())]
    (tmp_path / "rows.csv").write_text(named.to_csv(index=False))
    ran = nnc_("eval", "card.nn.yaml", "rows.csv")
    assert ran.code == 0
    assert [int(row["y"] in ones) for row in csv.DictReader(io.StringIO(ran.out))] == expected
    got = nnc.evaluate(nnc.loads(text), named, floats="binary")["y"]
    assert [int(str(value) in ones) for value in got] == expected
    (neuron,) = yaml.safe_load(text)["neurons"].values()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    totals = [points(neuron, row) for row in rows]
    (threshold,) = neuron.get("thresholds", {"": neuron.get("threshold")}).values()
    assert [int(total >= threshold) for total in totals] == expected
    assert (card.decision_function(x) + threshold - 0.5).tolist() == totals
    assert nnc_("validate", "--strict", "card.nn.yaml").code == 0


def test_what_is_learnt() -> None:
    card = ScorecardClassifier(cutoffs={"age": [60], "temp": [38]}).fit(AGES, SICK)
    assert [
        (term.label, n) for term, n in zip(card.card_.terms, card.card_.points, strict=True)
    ] == [("age >= 60", 1)]
    assert (card.proof_.status, card.gap_, card.score(AGES, SICK)) == ("proved", 0.0, 1.0)
    assert card.inputs_ == {"age": "age"}
    assert card.decision_function(AGES).tolist() == [0.5] * 3 + [-0.5] * 4
    risks = card.predict_proba(AGES)
    assert risks.sum(axis=1) == pytest.approx(1)
    assert (risks[:, 1] > 0.5).tolist() == [bool(label) for label in SICK]
    assert nnc.digest(card.network_) == nnc.digest(nnc.loads(card.to_yaml()))
    again = pickle.loads(pickle.dumps(card))
    assert again.predict(AGES).tolist() == SICK


def test_settings_name_features_as_the_rows_do() -> None:
    rows = AGES.rename(columns={"age": "age in years"})
    with pytest.warns(UserWarning, match="`age in years` is `age_in_years`"):
        card = ScorecardClassifier(
            signs={"age in years": "+"}, keep={"age in years >= 44": 2},
            cutoffs={"age in years": [60], "temp": [38]}, costs={"miss": 5}, points=np.int64(3),
        ).fit(rows, SICK)  # fmt: skip
    labels = {term.label: n for term, n in zip(card.card_.terms, card.card_.points, strict=True)}
    assert labels["age_in_years >= 44"] == 2
    assert labels["age_in_years >= 60"] > 0
    assert card.inputs_["age in years"] == "age_in_years"
    assert card.network_.inputs["age_in_years"].description == "age in years"
    assert card.predict(rows).tolist() == SICK


@pytest.mark.parametrize("kind", ["object", "string", "category", "polars"])
def test_words_of_a_frame_become_choices(kind: str, tmp_path: Path, nnc_: Nnc) -> None:
    wards = ["A", "A", "B", "C", "B", None, "C", "C"]
    rows = pd.DataFrame({"bed": [1, 2, 1, 2, 1, 2, 1, 2], "ward": pd.Series(wards, dtype="object")})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    sick = [1, 1, 0, 0, 0, 0, 0, 0]
    given: Any = pl.from_pandas(rows) if kind == "polars" else rows.astype({"ward": kind})
    card = ScorecardClassifier(terms=2).fit(given, sick)
    assert [term.label for term in card.card_.terms] == ["ward = A"]
    assert card.network_.inputs["ward"].of == ("A", "B", "C")
    assert card.predict(given).tolist() == sick
    assert card.inputs_ == {"ward": "ward"}
    text = card.to_yaml(tmp_path / "card.nn.yaml")
    ran = nnc_("eval", "card.nn.yaml", "rows.csv")
    assert [int(row["y"]) for row in csv.DictReader(io.StringIO(ran.out))] == sick
    by_hand = nnc.fit(None, {"bed": rows.bed, "ward": wards, "y": sick}, "y", terms=2)
    assert nnc.digest(by_hand.network) == nnc.digest(nnc.loads(text))
    with pytest.raises(nnc.InvalidRowsError, match="`D`"):
        card.predict(pd.DataFrame({"bed": [1], "ward": ["D"]}))
    assert pickle.loads(pickle.dumps(card)).predict(given).tolist() == sick


def test_names_that_clash_become_different_identifiers() -> None:
    rows = pd.DataFrame({"y": [1, 0, 1, 0], "a b": [1, 1, 0, 0], "a_b": [0, 1, 1, 0]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = ScorecardClassifier(terms=3).fit(rows, [1, 0, 1, 1])
    assert len(set(card.inputs_.values())) == len(card.inputs_)
    assert card.predict(rows).tolist() == [1, 0, 1, 1]


def test_features_may_be_what_they_were_not_while_learning() -> None:
    rows = pd.DataFrame(
        {"falls": [0.0, 1, 1, 0], "age": [60.0, 50, 70, 40], "bed": [True, False] * 2}
    )
    keep = {"falls": 2, "bed": 1, "age >= 55": 1}
    card = ScorecardClassifier(terms=4, keep=keep, cutoffs={"age": [45, 55]})
    card.fit(rows, [1, 1, 1, 0])
    types = {name: each.type for name, each in card.network_.inputs.items()}
    assert types == {"falls": "real", "age": "real", "bed": "bit"}
    base = card.decision_function(rows[:1])
    for falls, points in ((0.5, 0), (1.5, 2), (7, 2)):
        row = rows[:1].assign(falls=falls, age=60.25)
        assert card.decision_function(row) - base == points
    whole = ScorecardClassifier(terms=1).fit(np.array([[0], [1], [1], [0]]), [0, 1, 1, 0])
    assert whole.network_.inputs["x0"].type == "integer"
    assert whole.predict([[5], [-1]]).tolist() == [1, 0]


def test_a_search_without_proof_says_so() -> None:
    x, y = data_set("breast_cancer")
    card = ScorecardClassifier(terms=2, proof=False).fit(x.to_numpy()[:, :9], y)
    assert card.proof_.status == "searched"
    assert 0 < card.gap_ <= 1
    grown = ScorecardClassifier(terms=6, cutoffs=1).fit(x.to_numpy()[:90, :8], y[:90])
    assert grown.proof_.status == "searched"
    assert 0 < grown.gap_ < 1


def test_no_value_is_the_middle_one() -> None:
    x = np.array([[70.0], [66], [np.nan], [30], [31], [45], [58]])
    card = ScorecardClassifier(cutoffs=9).fit(x, SICK)
    assert any(note.rule == "cells-empty" for note in card.notes_)
    middle = card.network_.inputs["x0"].default
    assert card.predict([[np.nan]]) == card.predict([[float(middle)]])
    full = ScorecardClassifier().fit(x[[0, 1, 3, 4]], [1, 1, 0, 0])
    with pytest.raises(ValueError, match="`x0` is NaN, and was not in any row"):
        full.predict([[np.nan]])


def test_in_pipelines_and_searches() -> None:
    x, y = data_set("breast_cancer")
    card = ScorecardClassifier(terms=2, cutoffs=2)
    piped = make_pipeline(FunctionTransformer(np.log1p), clone(card))
    assert cross_val_score(piped, x.to_numpy()[:, :8], y, cv=2).mean() > 0.85
    search = GridSearchCV(card, {"terms": np.arange(1, 3)}, cv=2, scoring="roc_auc")
    assert search.fit(x.to_numpy()[:, :8], y).best_params_ == {"terms": 2}


@pytest.mark.parametrize(
    ("settings", "labels", "message"),
    [
        ({}, [0, 1, 2, 0, 1, 2, 0], "Only binary classification is supported: y has 3 classes"),
        ({}, [1] * 7, "y has 1 class, 1; expected two or more"),
        ({"goal": "los"}, SICK, "goal is 'los'; write one of loss, accuracy, auc"),
        ({"points": (3, -3)}, SICK, "points is"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], labels: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScorecardClassifier(**settings).fit(AGES, labels)


def test_columns_that_settings_name_have_to_be_there() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="there is no column `agee`"):
        ScorecardClassifier(signs={"agee": "+"}).fit(AGES, SICK)


def test_without_kernels_no_score_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "kernels", None)
    with pytest.raises(nnc.InvalidRowsError, match="needs the native kernels of nnc") as refused:
        ScorecardClassifier().fit(AGES, SICK)
    assert [diagnostic.rule for diagnostic in refused.value.diagnostics] == ["missing-library"]


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = "import sys; sys.modules['sklearn'] = None\nimport nnc.sklearn"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "ImportError: error[NNC517] missing-library: nnc.sklearn needs scikit-learn, "
        f"which is not installed; {install_line('sklearn')}"
    )
