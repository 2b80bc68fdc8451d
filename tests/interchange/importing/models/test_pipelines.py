"""Linear models and pipelines of scikit-learn: what they predict, and rows near a tie."""

from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
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
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*quantile:FutureWarning"),
]
MIXED = ColumnTransformer(
    [("scaled", StandardScaler(), [0]), ("bins", KBinsDiscretizer(3), slice(1, 3))],
    remainder="passthrough",
)
MODELS = {
    "perceptron": Perceptron(random_state=0),
    "logistic": LogisticRegression(max_iter=50),
    "svc": LinearSVC(random_state=0),
    "sgd": SGDClassifier(random_state=0),
    "ridge": RidgeClassifier(),
    "standard": make_pipeline(StandardScaler(), LogisticRegression()),
    "range": make_pipeline(MinMaxScaler(), LogisticRegression()),
    "robust": make_pipeline(RobustScaler(), MaxAbsScaler(), LogisticRegression()),
    "binary": make_pipeline(Binarizer(threshold=2.5), LogisticRegression()),
    "bins": make_pipeline(KBinsDiscretizer(4), LogisticRegression()),
    "ranks": make_pipeline(KBinsDiscretizer(4, encode="ordinal"), LogisticRegression()),
    "mixed": make_pipeline(MIXED, LogisticRegression()),
}


def on_edges(model: Any, rows: Any) -> Any:
    """Return rows whose numbers lie on the edges of bins, and beside them."""
    steps = [step for _, step in getattr(model, "steps", []) if hasattr(step, "bin_edges_")]
    laid = rows.copy()
    for column, edges in enumerate(steps[0].bin_edges_ if steps else []):
        beside = [*edges, *np.nextafter(edges, -np.inf), *np.nextafter(edges, np.inf)]
        laid[:, column] = [beside[k % len(beside)] for k in range(len(laid))]
    return laid


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_the_library_itself(kind: str, load: Any) -> None:
    rows, labels = load(return_X_y=True)
    rows, labels = rows[::3, :6], labels[::3]
    model = MODELS[kind].fit(rows, labels)
    every = np.concatenate([rows, on_edges(model, rows)])
    imported = nnc.import_model(model, rows=every)
    found = nnc.evaluate(imported.network, every, floats="binary")["class"].tolist()
    assert found == [str(each) for each in model.predict(every).tolist()]
    assert not imported.notes  # no row is near a tie


def test_a_sum_itself() -> None:
    rows, labels = load_iris(return_X_y=True)
    model = LinearRegression().fit(rows, labels)
    network = nnc.import_model(model).network
    found = nnc.evaluate(network, rows, floats="binary")["value"]
    assert max(abs(found.astype(float) - model.predict(rows))) < 1e-12


def test_categories_are_values_of_a_choice() -> None:
    rows = np.array([["red", "s"], ["green", "m"], ["blue", "l"], ["red", "l"]] * 5, object)
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(rows, [0, 1, 1, 0] * 5)
    network = nnc.import_model(model, names=["colour", "size"]).network
    assert network.inputs["colour"].of == ("blue", "green", "red")
    given = {"colour": rows[:, 0].tolist(), "size": rows[:, 1].tolist()}
    found = nnc.evaluate(network, given)["class"].tolist()
    assert found == [str(each) for each in model.predict(rows).tolist()]


def test_rows_that_lie_on_the_boundary_are_counted() -> None:
    rows, labels = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=50).fit(rows[:, :4], labels)
    laid = rows[:, :4].copy()
    weights = model.coef_[0]
    laid[:100, 0] -= (laid[:100] @ weights + model.intercept_[0]) / weights[0]
    imported = nnc.import_model(model, rows=laid)
    [note] = imported.notes
    assert note.about.code == "NNC942"
    assert note.message == "100 of 569 rows lie so near a tie that rounding may decide"
    found = nnc.evaluate(imported.network, laid, floats="binary")["class"]
    differ = found != model.predict(laid).astype(str)
    assert differ[:100].any()  # these are the rows that are meant
    assert not differ[100:].any()


def test_votes_that_tie_are_counted() -> None:
    from sklearn.ensemble import RandomForestClassifier

    rows = np.arange(40.0)[:, None]
    labels = np.arange(40) % 3
    model = RandomForestClassifier(12, max_depth=3, random_state=0).fit(rows, labels)
    imported = nnc.import_model(model, rows=rows)
    assert imported.exactness.startswith("exact but for rows where two sums are within")
    sums = np.sort(model.predict_proba(rows), 1)
    near = int((sums[:, -1] - sums[:, -2] < 1e-12).sum())
    if near:
        assert imported.notes[0].message.startswith(f"{near} of 40 rows")
    else:
        assert not imported.notes


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (make_pipeline(PolynomialFeatures(), LogisticRegression()), "the step PolynomialFeatures"),
        (make_pipeline(MinMaxScaler(clip=True), LogisticRegression()), "bends the line"),
        (make_pipeline(StandardScaler(), Binarizer(), LogisticRegression()), "follows a scaler"),
        (make_pipeline(KBinsDiscretizer(3), StandardScaler(with_mean=False), LogisticRegression()),
         "StandardScaler follows a step that makes bins"),
        (make_pipeline(KBinsDiscretizer(3), PolynomialFeatures()), "PolynomialFeatures is not"),
    ],
)  # fmt: skip
def test_steps_that_a_network_cannot_hold(model: Any, message: str) -> None:
    rows, labels = load_iris(return_X_y=True)
    with pytest.raises(InvalidNetworkError, match=message):
        nnc.import_model(model.fit(rows, labels))
