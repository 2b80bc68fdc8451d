"""Linear models of scikit-learn: what they predict, and rows near a tie."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Perceptron,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)
from sklearn.svm import LinearSVC

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*quantile:FutureWarning"),
]
MODELS = {
    "perceptron": Perceptron(random_state=0),
    "logistic": LogisticRegression(max_iter=50),
    "svc": LinearSVC(random_state=0),
    "sgd": SGDClassifier(random_state=0),
    "ridge": RidgeClassifier(),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_the_library_itself(kind: str, load: Any) -> None:
    rows, labels = load(return_X_y=True)
    rows, labels = rows[::3, :6], labels[::3]
    model = MODELS[kind].fit(rows, labels)
    imported = nnc.import_model(model)
    found = nnc.evaluate(imported.network, rows, floats="binary")["class"].tolist()
    assert found == [str(each) for each in model.predict(rows).tolist()]
    assert not imported.notes


def test_a_sum_itself() -> None:
    rows, labels = load_iris(return_X_y=True)
    model = LinearRegression().fit(rows, labels)
    network = nnc.import_model(model).network
    found = nnc.evaluate(network, rows, floats="binary")["value"]
    assert max(abs(found.astype(float) - model.predict(rows))) < 1e-12


def test_only_rows_on_the_boundary_may_differ() -> None:
    rows, labels = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=50).fit(rows[:, :4], labels)
    laid = rows[:, :4].copy()
    weights = model.coef_[0]
    laid[:100, 0] -= (laid[:100] @ weights + model.intercept_[0]) / weights[0]
    imported = nnc.import_model(model)
    found = nnc.evaluate(imported.network, laid, floats="binary")["class"]
    differ = found != model.predict(laid).astype(str)
    assert differ[:100].any()  # these are the rows that are meant
    assert not differ[100:].any()


def test_votes_that_tie_are_announced() -> None:
    from sklearn.ensemble import RandomForestClassifier

    rows = np.arange(40.0)[:, None]
    labels = np.arange(40) % 3
    model = RandomForestClassifier(12, max_depth=3, random_state=0).fit(rows, labels)
    imported = nnc.import_model(model)
    assert imported.exactness.startswith("exact but for rows where two sums are within")


def test_a_pipeline_goes_by_onnx() -> None:
    rows, labels = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    with pytest.raises(InvalidNetworkError, match="a Pipeline cannot be imported") as error:
        nnc.import_model(model)
    assert "skl2onnx.to_onnx(model" in str(error.value.diagnostics[0].help)
