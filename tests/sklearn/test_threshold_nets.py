"""ThresholdNetClassifier: the checks of scikit-learn, digits, and its file against predict."""

import csv
import io
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import check_estimator

import nnc
from nnc.sklearn import ThresholdNetClassifier
from tests.support.running import Nnc


def test_it_passes_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(ThresholdNetClassifier(cutoffs=2), on_fail=None)
    failed = [
        (each["check_name"], each["exception"]) for each in checks if each["status"] == "failed"
    ]
    assert failed == []


@pytest.mark.parametrize(("weights", "least"), [(2, 0.9)])
def test_digits(weights: int, least: float) -> None:
    x, y = datasets.load_digits(return_X_y=True)
    x, other, y, wanted = train_test_split(x >= 7, y, test_size=0.25, random_state=0, stratify=y)
    net = ThresholdNetClassifier(weights=weights).fit(x, y)
    assert np.abs(net.weights_).max() == weights
    assert net.score(other, wanted) > least


def test_the_file_gives_what_predict_does(nnc_: Nnc, tmp_path: Path, *, full: bool) -> None:
    for name in ["iris", "wine", "breast_cancer"][: 3 if full else 1]:
        compare(name, nnc_, tmp_path)


def compare(name: str, nnc_: Nnc, tmp_path: Path) -> None:
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)
    labels = np.array(["red", "amber", "green"])[y] if name == "iris" else y.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = ThresholdNetClassifier(cutoffs=2).fit(x, labels)
    assert net.score(x, labels) > 0.9
    text = net.to_yaml(tmp_path / "net.nn.yaml")
    named = x.rename(columns=net.inputs_)[list(net.inputs_.values())]
    (tmp_path / "rows.csv").write_text(named.to_csv(index=False))
    ran = nnc_("eval", "net.nn.yaml", "rows.csv")
    expected = net.predict(x).tolist()
    assert [row["y"] for row in csv.DictReader(io.StringIO(ran.out))] == list(map(str, expected))
    assert nnc.evaluate(nnc.loads(text), named, floats="binary")["y"].tolist() == expected
    assert nnc_("validate", "--strict", "net.nn.yaml").code == 0


def test_sums_and_risks_agree_with_the_classes() -> None:
    x, y = datasets.load_iris(return_X_y=True)
    net = ThresholdNetClassifier(cutoffs=3).fit(x, y)
    terms = np.array([[x[row, int(term.column[1:])] >= term.cut for term in net.terms_]
                      for row in range(len(x))])  # fmt: skip
    constants = [net.network_.neurons[f"is_{n}"].weights.get("1", 0) for n in range(3)]
    sums = terms @ net.weights_.T + np.array([int(each) for each in constants])
    assert (net.decision_function(x) == sums).all()
    assert (net.predict(x) == sums.argmax(axis=1)).all()
    assert net.predict_proba(x).sum(axis=1) == pytest.approx(1)
    assert (net.predict_proba(x).argmax(axis=1) == sums.argmax(axis=1)).all()
    assert pickle.loads(pickle.dumps(net)).predict(x).tolist() == net.predict(x).tolist()


def test_names_that_clash() -> None:
    rows = pd.DataFrame({"is_1": [1, 0, 1, 0], "y": [1, 1, 0, 0], "sum_is_0": [0, 0, 1, 1]})
    net = ThresholdNetClassifier(C=100.0).fit(rows, [1, 0, 1, 0])
    assert net.predict(rows).tolist() == [1, 0, 1, 0]


def test_weights_are_at_least_1() -> None:
    with pytest.raises(ValueError, match="weights is 0; expected 1 or more"):
        ThresholdNetClassifier(weights=0).fit([[0], [1]], [0, 1])
