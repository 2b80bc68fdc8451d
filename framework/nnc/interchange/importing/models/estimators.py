"""Trees and forests of scikit-learn -> a Forest, from their attributes; it is not imported."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.trees import Feature, Forest, Tree, numbered_names
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.importing.settings import UnfitSettingError
from nnc.numbers.exact import Number, kind_of, simplest

_EPSILON = 2.0**-52
_LINK_SLACK = Fraction(1, 2**40)
"""The logarithm of a prior is not rounded alike in all libraries."""


def kind_of_model(model: object) -> str:
    """Return the name of the class of an estimator of scikit-learn; nothing for others."""
    kind = type(model)
    return kind.__name__ if kind.__module__.partition(".")[0] == "sklearn" else ""


def attribute(model: object, name: str) -> Any:
    """Return what an estimator has learned. Raises InvalidNetworkError where it has not."""
    try:
        return getattr(model, name)
    except AttributeError:
        kind = kind_of_model(model) or type(model).__name__
        raise refused(f"{kind} has no `{name}`: it is not fitted", "fit it first") from None


def features_of(model: object, names: Sequence[str] | None) -> list[Feature]:
    """Return the columns that an estimator reads, by the names that are given, or its own."""
    count = int(attribute(model, "n_features_in_"))
    own = getattr(model, "feature_names_in_", None)
    if count < 1 or (own is not None and len(listed(own)) != count):
        raise damaged(f"the model reads {count:,} columns")
    if names is None:
        names = numbered_names(count) if own is None else list(map(str, own))
    if len(names) != count:
        raise UnfitSettingError(
            f"names has {len(names)} names, and the model reads {count} columns"
        )
    return [Feature(str(name)) for name in names]


def classes_of(model: object) -> tuple[str, ...]:
    """Return the classes of a classifier as labels."""
    classes = attribute(model, "classes_")
    if isinstance(classes, list):
        raise refused("the model has several outputs", "import a model of each of them")
    return tuple(str(each) for each in listed(classes))


def listed(values: Any) -> list[Any]:
    """Return an array, or a list, as a list of what Python has; a number as a list of one.

    Raises InvalidNetworkError for what is none of it.
    """
    stored = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(stored, (int, float)):
        return [stored]
    if not isinstance(stored, (list, tuple)):
        raise damaged(f"{kind_of(stored)} stands where a list should be")
    return list(stored)


Values = Callable[[list[Any], float], Sequence[Number]]
"""What makes of the numbers that are stored in a leaf, and its samples, what the leaf gives."""


def forest_of(model: Any, names: Sequence[str] | None = None) -> Forest:
    """Describe a tree, or an ensemble of trees.

    Raises InvalidNetworkError for one that a network cannot hold, KeyError for other estimators.
    """
    read = FORESTS[kind_of_model(model)]
    outputs = getattr(model, "n_outputs_", 1)
    if outputs != 1:
        raise refused(f"the model has {outputs} outputs", "import a model of each of them")
    return read(model, features_of(model, names))


# ---------------------------------------------------------------------- trees and forests


def _tree(model: Any, values: Values, first: int = 0) -> Tree:
    """Describe one tree; `values` makes what a leaf gives from what is stored, and its samples."""
    tree = attribute(model, "tree_")
    left = listed(tree.children_left)
    stored, samples = listed(tree.value), listed(tree.weighted_n_node_samples)
    if len(stored) != len(left) or len(samples) != len(left):
        raise damaged("a tree has lists of different lengths")
    value = [
        values(row[0], weight) if child < 0 else ()
        for row, weight, child in zip(stored, samples, left, strict=True)
    ]
    return Tree(
        listed(tree.feature),
        listed(tree.threshold),
        left,
        listed(tree.children_right),
        value,
        first,
    )


def _shares(row: list[float], samples: float) -> list[Number]:
    """Return the share of each class in a leaf: of the samples where these are whole numbers."""
    total = math.fsum(row)
    if not 0.999 < total < 1.001:  # before scikit-learn 1.3 these were numbers of samples
        return [simplest(_finite(each) / _finite(total)) for each in row]
    if samples == int(samples):
        counts = [round(each * samples) for each in row]
        if all(count / samples == each for count, each in zip(counts, row, strict=True)):
            return [simplest(Fraction(count, int(samples))) for count in counts]
    return [simplest(_finite(each)) for each in row]


def _finite(value: float) -> Fraction:
    if not math.isfinite(value):
        raise damaged(f"a leaf has the value {value}")
    return Fraction(value)


def _largest_only(row: list[float], _: float) -> list[Number]:
    best = row.index(max(row))
    return [int(k == best) for k in range(len(row))]


def _one_tree(model: Any, features: list[Feature]) -> Forest:
    labels = classes_of(model)
    verdict = Verdict("largest", labels)
    return Forest([_tree(model, _largest_only)], features, Split(), [0] * len(labels), verdict)


def _one_regressor(model: Any, features: list[Feature]) -> Forest:
    tree = _tree(model, lambda row, _: [simplest(_finite(row[0]))])
    return Forest([tree], features, Split(), [0], Verdict("sum"))


def _forest(model: Any, features: list[Feature]) -> Forest:
    labels = classes_of(model)
    trees = [_tree(each, _shares) for each in attribute(model, "estimators_")]
    return Forest(trees, features, Split(), [0] * len(labels), Verdict("largest", labels))


def _forest_regressor(model: Any, features: list[Feature]) -> Forest:
    estimators = attribute(model, "estimators_")
    count = len(estimators)
    trees = [_tree(each, lambda row, _: [simplest(_finite(row[0]) / count)]) for each in estimators]
    return Forest(trees, features, Split(), [0], Verdict("sum"))


def _weighted(weight: Number, classes: int) -> Values:
    """Return what a leaf that says one class gives: of two classes, more or less of one sum."""

    def values(row: list[float], samples: float) -> list[Number]:
        if classes == 2:
            return [weight if row[1] > row[0] else -weight]
        return [weight * each for each in _largest_only(row, samples)]

    return values


def _ada_boost(model: Any, features: list[Feature]) -> Forest:
    """Describe trees that each say one class, with a weight."""
    labels = classes_of(model)
    trees = []
    for each, stored in zip(
        attribute(model, "estimators_"),
        listed(attribute(model, "estimator_weights_")),
        strict=False,
    ):
        if kind_of_model(each) not in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
            raise refused(f"AdaBoostClassifier of {kind_of_model(each)} is not made of trees")
        trees.append(_tree(each, _weighted(simplest(_finite(stored)), len(labels))))
    if len(labels) == 2:
        return Forest(trees, features, Split(), [0], Verdict("above", labels))
    return Forest(trees, features, Split(), [0] * len(labels), Verdict("largest", labels))


# ------------------------------------------------------------------------------- boosting


def _boosting(model: Any, features: list[Feature]) -> Forest:
    rate = float(attribute(model, "learning_rate"))
    rows = attribute(model, "estimators_")
    trees = [
        _tree(each, lambda row, _: [simplest(_finite(rate * row[0]))], first)
        for row in listed(rows)
        for first, each in enumerate(row)
    ]
    if kind_of_model(model) == "GradientBoostingRegressor":
        return Forest(trees, features, Split(), [_constant(model)], Verdict("sum"))
    labels = classes_of(model)
    base = _priors(model, len(labels))
    if len(labels) == 2:
        return Forest(
            trees, features, Split(), base, Verdict("at_least", labels, slack=_LINK_SLACK)
        )
    return Forest(trees, features, Split(), base, Verdict("largest", labels, slack=_LINK_SLACK))


def _constant(model: Any) -> Number:
    start = attribute(model, "init_")
    if isinstance(start, str) and start == "zero":
        return 0
    if kind_of_model(start) != "DummyRegressor":
        raise _no_start(start)
    return simplest(_finite(listed(attribute(start, "constant_"))[0][0]))


def _no_start(start: object) -> Exception:
    kind = kind_of_model(start) or type(start).__name__
    return refused(f"the boosting begins with what {kind} predicts", "fit it without `init`")


def _priors(model: Any, count: int) -> list[Number]:
    """Return what the sums of a classifier begin with: the logarithms of the priors."""
    start = attribute(model, "init_")
    if isinstance(start, str) and start == "zero":
        return [0] * (1 if count == 2 else count)
    if kind_of_model(start) != "DummyClassifier" or start.strategy != "prior":
        raise _no_start(start)
    priors = [min(max(p, _EPSILON), 1 - _EPSILON) for p in listed(attribute(start, "class_prior_"))]
    if len(priors) != count:
        raise damaged(f"there are {len(priors)} priors of {count} classes")
    if count == 2:
        link = math.log(priors[1] / (1 - priors[1]))
        return [simplest(Fraction(link / 2 if model.loss == "exponential" else link))]
    logs = [math.log(p) for p in priors]
    mean = math.fsum(logs) / count
    return [simplest(Fraction(log - mean)) for log in logs]


_IDENTITY_LOSSES = ("squared_error", "absolute_error", "quantile")


def _histogram_boosting(model: Any, features: list[Feature]) -> Forest:
    if getattr(model, "is_categorical_", None) is not None:
        raise refused("the model has categorical features", "encode them before it is fitted")
    base = [simplest(_finite(each)) for each in listed(attribute(model, "_baseline_prediction"))[0]]
    trees = [
        _predictor(each.nodes, first)
        for row in attribute(model, "_predictors")
        for first, each in enumerate(row)
    ]
    split = Split("float64")
    if kind_of_model(model) == "HistGradientBoostingRegressor":
        if model.loss not in _IDENTITY_LOSSES:
            raise refused(f"with loss={model.loss!r} the model gives no sum, but a function of it")
        return Forest(trees, features, split, base, Verdict("sum"))
    labels = classes_of(model)
    verdict = Verdict("above" if len(base) == 1 else "largest", labels)
    return Forest(trees, features, split, base, verdict)


def _predictor(nodes: Any, first: int) -> Tree:
    leaf = listed(nodes["is_leaf"])
    thresholds = [
        0.0 if end else t for end, t in zip(leaf, listed(nodes["num_threshold"]), strict=True)
    ]
    return Tree(
        listed(nodes["feature_idx"]),
        thresholds,
        [-1 if end else child for end, child in zip(leaf, listed(nodes["left"]), strict=True)],
        listed(nodes["right"]),
        [[simplest(_finite(each))] for each in listed(nodes["value"])],
        first,
    )


FORESTS: Mapping[str, Callable[[Any, list[Feature]], Forest]] = {
    "DecisionTreeClassifier": _one_tree,
    "ExtraTreeClassifier": _one_tree,
    "DecisionTreeRegressor": _one_regressor,
    "ExtraTreeRegressor": _one_regressor,
    "RandomForestClassifier": _forest,
    "ExtraTreesClassifier": _forest,
    "RandomForestRegressor": _forest_regressor,
    "ExtraTreesRegressor": _forest_regressor,
    "AdaBoostClassifier": _ada_boost,
    "GradientBoostingClassifier": _boosting,
    "GradientBoostingRegressor": _boosting,
    "HistGradientBoostingClassifier": _histogram_boosting,
    "HistGradientBoostingRegressor": _histogram_boosting,
}
"""The estimators of scikit-learn that are trees, and what describes each."""
