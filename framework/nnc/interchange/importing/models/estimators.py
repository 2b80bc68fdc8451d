"""Estimators of scikit-learn: trees, read by treelite, and linear models, by their attributes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.forests import forest_of, load_in_memory, require_treelite
from nnc.interchange.importing.models.linear import Line, Linear
from nnc.interchange.importing.models.trees import (
    Feature,
    Forest,
    Tree,
    named_features,
    numbered_names,
)
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TREES = tuple(
    """
DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor
""".split()
)
FORESTS = (
    *TREES,
    *"""
RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor
AdaBoostClassifier GradientBoostingClassifier GradientBoostingRegressor
HistGradientBoostingClassifier HistGradientBoostingRegressor
""".split(),
)
CLASSIFIERS = tuple(
    """
LogisticRegression LogisticRegressionCV Perceptron LinearSVC SGDClassifier RidgeClassifier
RidgeClassifierCV PassiveAggressiveClassifier LinearDiscriminantAnalysis
""".split()
)
LINEAR = (
    *CLASSIFIERS,
    *"""
LinearRegression Ridge Lasso ElasticNet LinearSVR SGDRegressor RidgeCV LassoCV HuberRegressor
""".split(),
)
_FLOAT32 = Split("float32")
_IDENTITY_LOSSES = ("squared_error", "absolute_error", "quantile")
_AS_ONNX = (
    'write it as ONNX, skl2onnx.to_onnx(model, rows[:1].astype("float32")), and read that file'
)


def description_of(model: Any, names: Sequence[str] | None = None) -> Forest | Linear:
    """Describe an estimator. Raises InvalidNetworkError for one that a network cannot hold."""
    name = class_name(model)
    if name in FORESTS:
        return _forest(model, name, _features(model, names))
    if name in LINEAR:
        return _linear(model, name, _features(model, names))
    if name == "Pipeline":
        raise refused("a Pipeline cannot be imported from memory", _AS_ONNX)
    known = ", ".join(sorted((*FORESTS, *LINEAR)))
    raise refused(
        f"{name or type(model).__name__} is not an estimator that can be imported",
        f"these can be: {known}; others perhaps as ONNX",
    )


def class_name(model: object) -> str:
    """Return the name of the class of an estimator of scikit-learn, and "" for other objects."""
    class_ = type(model)
    return class_.__name__ if class_.__module__.partition(".")[0] == "sklearn" else ""


def labels_of(classes: Any) -> tuple[str, ...]:
    """Return the classes of a classifier, in their order, as texts."""
    return tuple(str(each) for each in np.asarray(classes).tolist())


def _learned(model: object, name: str) -> Any:
    """Return an attribute of a fitted estimator. Raises InvalidNetworkError if it is not fitted."""
    try:
        return getattr(model, name)
    except AttributeError:
        message = f"{class_name(model)} has no `{name}`: it is not fitted"
        raise refused(message, "fit it first") from None


def _features(model: object, names: Sequence[str] | None) -> list[Feature]:
    count = int(_learned(model, "n_features_in_"))
    outputs = getattr(model, "n_outputs_", 1)
    if outputs != 1:
        raise refused(f"the model has {outputs} outputs", "import a model of each of them")
    stored = getattr(model, "feature_names_in_", None)
    return named_features(
        numbered_names(count) if stored is None else list(map(str, stored)), names
    )


# ---------------------------------------------------------------------------------- trees


def _forest(model: Any, name: str, features: list[Feature]) -> Forest:
    if name.startswith("HistGradientBoosting"):
        return _histogram_boosting(model, features)
    labels = labels_of(model.classes_) if hasattr(model, "classes_") else ()
    verdict = Verdict("sum", labels)
    if name in TREES:
        _learned(model, "tree_")
        return _read(_as_forest(model, [model]), features, verdict)
    trees = _learned(model, "estimators_")
    if name == "AdaBoostClassifier":
        return _ada_boost(model, features, verdict)
    model = copy(model)
    model.n_estimators = len(trees)  # fewer than requested, where training stopped early
    forest = _read(model, features, verdict)
    if name == "GradientBoostingClassifier" and forest.verdict.outcome == "above":
        return replace(forest, verdict=replace(forest.verdict, outcome="at_least"))
    return forest


def _read(model: Any, features: list[Feature], verdict: Verdict, split: Split = _FLOAT32) -> Forest:
    require_treelite()
    from treelite.sklearn import import_model

    return forest_of(load_in_memory(import_model, model), features, split, verdict)


def _as_forest(model: Any, trees: list[Any]) -> Any:
    """Return trees as a random forest, which treelite reads; it does not read a tree alone."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    is_classifier = hasattr(model, "classes_")
    forest = (RandomForestClassifier if is_classifier else RandomForestRegressor)(len(trees))
    forest.estimators_, forest.n_features_in_, forest.n_outputs_ = trees, model.n_features_in_, 1
    if is_classifier:
        forest.n_classes_ = len(model.classes_)
    return forest


def _ada_boost(model: Any, features: list[Feature], verdict: Verdict) -> Forest:
    """Describe trees of which each votes for one class, with a weight."""
    for tree in model.estimators_:
        if class_name(tree) not in TREES:
            raise refused(f"AdaBoostClassifier of {class_name(tree)} is not made of trees")
    forest = _read(_as_forest(model, model.estimators_), features, verdict)
    weights = [_finite(weight) for weight in model.estimator_weights_.tolist()]
    trees = [_vote(tree, weight) for tree, weight in zip(forest.trees, weights, strict=False)]
    return replace(forest, trees=trees)


def _vote(tree: Tree, weight: Fraction) -> Tree:
    """Give the whole weight of a tree to the class that has the largest share in a leaf."""
    values = []
    for shares in tree.value:
        best = list(shares).index(max(shares)) if shares else 0
        values.append([weight if place == best else 0 for place in range(len(shares))])
    return replace(tree, value=values)


def _histogram_boosting(model: Any, features: list[Feature]) -> Forest:
    if getattr(model, "is_categorical_", None) is not None:
        raise refused("the model has categorical features", "encode them before it is fitted")
    is_classifier = hasattr(model, "classes_")
    if not is_classifier and model.loss not in _IDENTITY_LOSSES:
        raise refused(f"with loss={model.loss!r} the model gives no sum, but a function of it")
    verdict = Verdict("sum", labels_of(model.classes_) if is_classifier else ())
    _learned(model, "_predictors")
    return _read(model, features, verdict, Split("float64"))


# --------------------------------------------------------------------------- linear models


def _linear(model: Any, name: str, features: list[Feature]) -> Linear:
    weights = np.atleast_2d(_numbers(model, "coef_"))
    intercepts = np.atleast_1d(_numbers(model, "intercept_")).tolist()
    count = len(weights)
    if weights.ndim != 2 or weights.shape[1] != len(features) or len(intercepts) not in (1, count):
        raise damaged("the weights of the model do not fit its columns")
    return Linear(
        features,
        [Line(column) for column in range(len(features))],
        [[_finite(weight) for weight in row] for row in weights.tolist()],
        [_finite(number) for number in intercepts * (count if len(intercepts) == 1 else 1)],
        _linear_verdict(model, name, count),
    )


def _numbers(model: Any, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(_learned(model, name), float)
    except (TypeError, ValueError):  # such as a sparse matrix
        raise refused(f"`{name}` is no array of numbers", "call `densify()` of the model") from None


def _linear_verdict(model: Any, name: str, count: int) -> Verdict:
    if name not in CLASSIFIERS:
        if count != 1:
            raise refused(f"the model has {count} outputs", "import a model of each of them")
        return Verdict("sum")
    labels = labels_of(_learned(model, "classes_"))
    if count == 1 and len(labels) == 2:
        return Verdict("above", labels)
    if count == len(labels):
        return Verdict("largest", labels)
    raise refused(f"the model has {count} sums of {len(labels)} classes", "fit one class each")


def _finite(number: float) -> Fraction:
    if not np.isfinite(number):
        raise damaged(f"the model has the weight {number}")
    return Fraction(number)
