"""Trees and forests of scikit-learn: what they predict, on their data and on their thresholds."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.models.estimators import FORESTS, description_of
from nnc.interchange.importing.models.trees import Forest
from tests.support.forests import laid_rows

MADE: dict[str, Callable[[int], Any]] = {
    "tree": lambda _: DecisionTreeClassifier(random_state=0),
    "forest": lambda n: RandomForestClassifier(n, random_state=0),
    "shallow forest": lambda n: RandomForestClassifier(n, max_depth=4, random_state=0),
    "weighted forest": lambda n: RandomForestClassifier(
        n, max_depth=3, class_weight="balanced", random_state=0
    ),
    "extra trees": lambda n: ExtraTreesClassifier(n, random_state=0),
    "boosting": lambda n: GradientBoostingClassifier(n_estimators=n, random_state=0),
    "exponential": lambda n: GradientBoostingClassifier(
        n_estimators=n, loss="exponential", random_state=0
    ),
    "boosting from 0": lambda n: GradientBoostingClassifier(
        n_estimators=n, init="zero", random_state=0
    ),
    "histograms": lambda n: HistGradientBoostingClassifier(max_iter=n),
    "ada boost": lambda n: AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=2), n_estimators=n, random_state=0
    ),
    "tree of numbers": lambda _: DecisionTreeRegressor(max_depth=5, random_state=0),
    "forest of numbers": lambda n: RandomForestRegressor(n, max_depth=4, random_state=0),
    "boosting of numbers": lambda n: GradientBoostingRegressor(n_estimators=n, random_state=0),
    "histograms of numbers": lambda n: HistGradientBoostingRegressor(max_iter=n),
}


def agree(model: Any, rows: Any, imported: nnc.Imported) -> None:
    """Check that each row has the class that the model predicts, or a number within the bound."""
    found = nnc.evaluate(imported.network, rows, floats="binary")
    given = model.predict(rows).tolist()
    if "class" in found:
        wrong = [k for k, each in enumerate(found["class"].tolist()) if each != str(given[k])]
        assert not wrong, rows[wrong[0]]
        return
    assert imported.ties is not None
    for one, other in zip(found["value"].tolist(), given, strict=True):
        assert abs(one - other) <= imported.ties.bound


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("data", ["iris", "wine", "breast_cancer", "digits"])
def test_the_library_itself(kind: str, data: str, full: bool) -> None:
    every_day = "breast_cancer" if kind == "exponential" else "iris"
    if data != every_day and not full:
        pytest.skip("one of the volume tests: --all-examples")
    rows, labels = getattr(datasets, f"load_{data}")(return_X_y=True)
    if kind == "exponential" and data != "breast_cancer":
        pytest.skip("of two classes only")
    few = 100 if full else 4
    model = MADE[kind](few).fit(rows, labels)
    forest = description_of(model)
    assert isinstance(forest, Forest)
    laid = laid_rows(forest, rows, 2000 if full else 100, Random(f"{kind} {data}"))
    every = np.concatenate([rows, laid]) if full else np.concatenate([rows[::5], laid])
    agree(model, every, nnc.import_model(model))


def test_a_tree_reads_as_it_was_trained() -> None:
    frame = datasets.load_iris(as_frame=True)
    labels = frame.target_names[frame.target]
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(frame.data, labels)
    imported = nnc.import_model(tree, cutoffs="short")
    assert list(imported.network.inputs)[:2] == ["sepal_length_cm", "sepal_width_cm"]
    assert "`petal length (cm)` is `petal_length_cm`" in imported.notes[0].message
    text = nnc.to_yaml(imported.network)
    assert "petal_width_cm_is.over_0_8: 1" in text
    assert "labels: [setosa, versicolor, virginica]" in text
    assert imported.exactness == "exact on every row; the cut-offs are exact on float32 rows"


def test_trees_share_their_cut_offs() -> None:
    rows, labels = datasets.load_digits(return_X_y=True)
    model = RandomForestClassifier(30, max_depth=4, random_state=0).fit(rows[:600], labels[:600])
    network = nnc.import_model(model).network
    leaves = sum(each.tree_.n_leaves for each in model.estimators_)
    cut = [name for name in network.neurons if name.endswith("_is")]
    assert len(network.neurons) == leaves + len(cut) + 10
    assert len(cut) <= rows.shape[1]  # one for each column, whatever the number of trees


def test_what_is_no_tree_is_told() -> None:
    rows, labels = datasets.load_iris(return_X_y=True)
    for model, message in [
        (SVC().fit(rows, labels), "SVC is not an estimator that can be imported"),
        (DecisionTreeClassifier(), "DecisionTreeClassifier has no `n_features_in_`"),
        (
            make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(rows, labels),
            "a Pipeline cannot be imported from memory",
        ),
        (
            DecisionTreeClassifier().fit(rows, np.stack([labels, labels], 1)),
            "the model has 2 outputs",
        ),
        (
            HistGradientBoostingRegressor(loss="poisson", max_iter=2).fit(rows, labels),
            "with loss='poisson' the model gives no sum",
        ),
        (
            HistGradientBoostingClassifier(categorical_features=[0], max_iter=2).fit(
                rows.round(), labels
            ),
            "the model has categorical features",
        ),
        (
            GradientBoostingClassifier(init=DecisionTreeClassifier(), n_estimators=2).fit(
                rows, labels
            ),
            "treelite cannot read the model: Custom init estimator not supported",
        ),
        ("a text", "str is not an estimator"),
    ]:
        with pytest.raises(InvalidNetworkError, match=message):
            nnc.import_model(model)
    with pytest.raises(ValueError, match="1 name given, and the model reads 4 columns"):
        nnc.import_model(DecisionTreeClassifier().fit(rows, labels), names=["a"])
    with pytest.raises(ValueError, match="cutoffs is 'long'; write"):
        nnc.import_model(DecisionTreeClassifier().fit(rows, labels), cutoffs="long")  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [1e-20, 1e-301])
def test_numbers_that_no_network_holds_are_those_of_the_model(scale: float) -> None:
    rows = np.arange(40.0).reshape(20, 2)
    model = RandomForestRegressor(3, max_depth=2, random_state=0).fit(rows, np.arange(20) * scale)
    with pytest.raises(InvalidNetworkError, match="the model gives a number that") as error:
        nnc.import_model(model)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.rule == "not-importable"
    assert "; at most 18 are allowed" in diagnostic.message


def test_every_kind_is_tried() -> None:
    tried = {type(make(1)).__name__ for make in MADE.values()}
    rest = {"ExtraTreeClassifier", "ExtraTreeRegressor", "ExtraTreesRegressor"}
    assert set(FORESTS) == tried | rest  # the rest differs from these in how it is trained only
