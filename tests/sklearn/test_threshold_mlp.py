"""ThresholdMLPClassifier: the checks of scikit-learn, and its file against predict."""

import csv
import io
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.utils.estimator_checks import check_estimator

from tests.support.running import Nnc

pytest.importorskip("torch")

from nnc.sklearn import ThresholdMLPClassifier


def test_it_passes_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = ThresholdMLPClassifier(hidden=(8,), cutoffs=4, epochs=10)
        checks = check_estimator(net, on_fail=None)
    failed = [
        (each["check_name"], each["exception"]) for each in checks if each["status"] == "failed"
    ]
    assert failed == []


def test_the_file_gives_what_predict_does(nnc_: Nnc, tmp_path: Path) -> None:
    x, y = datasets.load_iris(return_X_y=True, as_frame=True)
    labels = np.array(["red", "amber", "green"])[y]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of features that got other names
        net = ThresholdMLPClassifier(hidden=(8, 8), epochs=60).fit(x, labels)
    assert net.score(x, labels) > 0.95
    assert (net.classes_[net.decision_function(x).argmax(axis=1)] == net.predict(x)).all()
    assert pickle.loads(pickle.dumps(net)).predict(x).tolist() == net.predict(x).tolist()
    net.to_yaml(tmp_path / "net.nn.yaml")
    named = x.rename(columns=net.inputs_)[list(net.inputs_.values())]
    (tmp_path / "rows.csv").write_text(named.to_csv(index=False))
    ran = nnc_("eval", "net.nn.yaml", "rows.csv")
    expected = net.predict(x).tolist()
    assert [row["y"] for row in csv.DictReader(io.StringIO(ran.out))] == expected
    assert nnc_("validate", "--strict", "net.nn.yaml").code == 0


def test_names_that_clash_booleans_and_two_classes() -> None:
    rows = pd.DataFrame({"y": [1, 1, 0, 0] * 9, "sums": [True, False, True, False] * 9})
    net = ThresholdMLPClassifier(hidden=(4,), epochs=200).fit(rows, rows["sums"].astype(int))
    assert net.predict(rows).tolist() == [1, 0, 1, 0] * 9
    assert net.network_.inputs["sums"].type == "bit"
    assert net.decision_function(rows).shape == (36,)


@pytest.mark.parametrize("name", ["weights", "cutoffs"])
def test_settings_are_at_least_1(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; expected 1 or more"):
        ThresholdMLPClassifier(**{name: 0}).fit([[0], [1]], [0, 1])
