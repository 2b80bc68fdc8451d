"""Linear models and pipelines of scikit-learn -> a Linear, from their attributes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from nnc.interchange.importing.models.categories import choice_of
from nnc.interchange.importing.models.cutoffs import Split, cut_off, least_right
from nnc.interchange.importing.models.estimators import (
    attribute,
    classes_of,
    features_of,
    kind_of_model,
    listed,
)
from nnc.interchange.importing.models.linear import Chosen, Column, Line, Linear, Stairs
from nnc.interchange.importing.models.trees import Feature
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.numbers.exact import Number


class _Columns:
    """The features of a model, and the columns that its steps make of them."""

    def __init__(self, features: list[Feature]) -> None:
        self.features = features
        self.columns: list[Column] = [Line(k) for k in range(len(features))]

    def line(self, column: Column, step: str) -> Line:
        """Return a column that is still a number. Raises InvalidNetworkError for others."""
        if not isinstance(column, Line):
            raise refused(f"{step} follows a step that makes bins or categories", "put it first")
        return column


def linear_of(model: Any, names: Sequence[str] | None = None) -> Linear:
    """Describe a linear model, or a pipeline that ends with one.

    Raises InvalidNetworkError for one that a network cannot hold, KeyError for other estimators.
    """
    steps = _steps(model)
    last = steps[-1]
    if kind_of_model(last) not in LINEAR:
        raise KeyError(kind_of_model(last))
    made = _Columns(features_of(steps[0], names))
    for step in steps[:-1]:
        _step(step, made)
    weights = [[_number(each) for each in row] for row in _rows(attribute(last, "coef_"))]
    intercepts = [_number(each) for each in _flat(attribute(last, "intercept_"), len(weights))]
    if any(len(row) != len(made.columns) for row in weights):
        raise damaged(f"the model has {len(weights[0])} weights of {len(made.columns)} columns")
    verdict = _verdict(last, len(weights))
    return Linear(made.features, made.columns, weights, intercepts, verdict)


def _steps(model: Any) -> list[Any]:
    if kind_of_model(model) != "Pipeline":
        return [model]
    steps = [each[1] for each in attribute(model, "steps")]
    return [step for step in steps if step is not None and step != "passthrough"]


def _number(value: float) -> Fraction:
    if not math.isfinite(value):
        raise damaged(f"the model has the weight {value}")
    return Fraction(value)


def _rows(coefficients: Any) -> list[list[float]]:
    rows = listed(coefficients)
    return rows if rows and isinstance(rows[0], list) else [rows]


def _flat(intercept: Any, count: int) -> list[float]:
    """Return the intercept of each sum; 0.0 stands for none at all."""
    numbers = listed(intercept)
    if len(numbers) == 1:
        numbers *= count
    if len(numbers) != count:
        raise damaged(f"the model has {len(numbers)} intercepts of {count} sums")
    return numbers


def _verdict(model: Any, count: int) -> Verdict:
    if kind_of_model(model) not in CLASSIFIERS:
        if count != 1:
            raise refused(f"the model has {count} outputs", "import a model of each of them")
        return Verdict("sum")
    labels = classes_of(model)
    if count == 1 and len(labels) == 2:
        return Verdict("above", labels)
    if count == len(labels):
        return Verdict("largest", labels)
    raise refused(f"the model has {count} sums of {len(labels)} classes", "fit one class each")


# ------------------------------------------------------------------------- steps before it


def _step(step: Any, made: _Columns) -> None:
    kind = kind_of_model(step)
    if kind not in STEPS:
        known = ", ".join(STEPS)
        raise refused(
            f"a network cannot hold the step {kind or type(step).__name__}",
            f"the steps that can be imported are {known}",
        )
    STEPS[kind](step, made)


def _numbers(step: Any, name: str, count: int, otherwise: float) -> list[float]:
    """Return a number for each column; where the step has none, `otherwise` for all."""
    stored = getattr(step, name, None)
    numbers = [otherwise] * count if stored is None else listed(stored)
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise damaged(f"`{name}` does not have {count} finite numbers")
    return numbers


def _standard_scaler(step: Any, made: _Columns) -> None:
    count = len(made.columns)
    means = _numbers(step, "mean_", count, 0.0)
    if not getattr(step, "with_mean", True):
        means = [0.0] * count
    _rescale(made, _centred(means, _numbers(step, "scale_", count, 1.0)), "StandardScaler")


def _robust_scaler(step: Any, made: _Columns) -> None:
    count = len(made.columns)
    centres = _numbers(step, "center_", count, 0.0)
    _rescale(made, _centred(centres, _numbers(step, "scale_", count, 1.0)), "RobustScaler")


def _centred(means: Sequence[float], scales: Sequence[float]) -> list[tuple[Fraction, Fraction]]:
    """Return the scale and the offset of each column of (x - mean) / scale."""
    return [
        (1 / Fraction(scale), -Fraction(mean) / Fraction(scale))
        for mean, scale in zip(means, _not_0(scales), strict=True)
    ]


def _max_abs_scaler(step: Any, made: _Columns) -> None:
    scales = _not_0(_numbers(step, "scale_", len(made.columns), 1.0))
    _rescale(made, [(1 / Fraction(s), Fraction(0)) for s in scales], "MaxAbsScaler")


def _min_max_scaler(step: Any, made: _Columns) -> None:
    if getattr(step, "clip", False):
        raise refused("MinMaxScaler with clip=True bends the line", "fit without it")
    count = len(made.columns)
    scales, least = _numbers(step, "scale_", count, 1.0), _numbers(step, "min_", count, 0.0)
    lines = [(Fraction(s), Fraction(m)) for s, m in zip(scales, least, strict=True)]
    _rescale(made, lines, "MinMaxScaler")


def _not_0(scales: Sequence[float]) -> Sequence[float]:
    if 0 in scales:
        raise damaged("`scale_` has a 0")
    return scales


def _rescale(made: _Columns, lines: Sequence[tuple[Fraction, Fraction]], step: str) -> None:
    columns = [made.line(each, step) for each in made.columns]
    made.columns = [
        Line(each.feature, each.scale * scale, each.offset * scale + offset)
        for each, (scale, offset) in zip(columns, lines, strict=True)
    ]


def _raw(made: _Columns, step: str) -> list[int]:
    """Return the features of columns that are as they came. Raises InvalidNetworkError."""
    columns = [made.line(each, step) for each in made.columns]
    if any(each.scale != 1 or each.offset for each in columns):
        raise refused(f"{step} follows a scaler, which rounds", "put it first")
    return [each.feature for each in columns]


def _binarizer(step: Any, made: _Columns) -> None:
    threshold = float(step.threshold)
    if not math.isfinite(threshold):
        raise damaged(f"the threshold of a Binarizer is {threshold}")
    high = least_right(threshold, Split("float64"))
    assert high is not None
    limit = cut_off(high, "float64")
    made.columns = [Stairs(k, 0, ((limit, 1),)) for k in _raw(made, "Binarizer")]


def _bins(step: Any, made: _Columns) -> None:
    """Write bins as stairs: of their places, or one column a bin."""
    columns: list[Column] = []
    edges = attribute(step, "bin_edges_")
    for feature, stored in zip(_raw(made, "KBinsDiscretizer"), edges, strict=True):
        inner = listed(stored)[1:-1]
        if not all(map(math.isfinite, inner)) or sorted(set(inner)) != inner:
            raise damaged("the edges of bins are not ascending")
        limits = [cut_off(edge, "float64") for edge in inner]
        if step.encode == "ordinal":
            columns.append(Stairs(feature, 0, tuple((c, k) for k, c in enumerate(limits, 1))))
            continue
        for place in range(len(limits) + 1):
            values: list[tuple[Any, Number]] = []
            if place:
                values.append((limits[place - 1], 1))
            if place < len(limits):
                values.append((limits[place], 0))
            columns.append(Stairs(feature, int(place == 0), tuple(values)))
    made.columns = columns


def _one_hot(step: Any, made: _Columns) -> None:
    """Write each category as the value of a choice: texts only."""
    if getattr(step, "drop_idx_", None) is not None or getattr(step, "min_frequency", None):
        raise refused(
            "OneHotEncoder with `drop` or `min_frequency` joins categories", "fit without"
        )
    columns: list[Column] = []
    for feature, stored in zip(
        _raw(made, "OneHotEncoder"), attribute(step, "categories_"), strict=True
    ):
        texts = listed(stored)
        if not all(isinstance(text, str) for text in texts):
            raise refused("OneHotEncoder of numbers: a choice has texts", "encode texts")
        made.features[feature] = choice_of(made.features[feature].name, texts)
        columns += [
            Chosen(feature, tuple(int(k == place) for k in range(len(texts))))
            for place in range(len(texts))
        ]
    made.columns = columns


def _column_transformer(step: Any, made: _Columns) -> None:
    """Put the columns of each transformer side by side."""
    raw = made.columns
    columns: list[Column] = []
    own = getattr(step, "feature_names_in_", None)
    known = [feature.name for feature in made.features] if own is None else listed(own)
    for _, transformer, chosen in attribute(step, "transformers_"):
        if isinstance(transformer, str) and transformer == "drop":
            continue
        made.columns = [raw[place] for place in _places(chosen, known)]
        if not isinstance(transformer, str):
            for each in _steps(transformer):
                if made.columns:
                    _step(each, made)
        columns += made.columns
    made.columns = columns


def _identity(step: Any, _: _Columns) -> None:
    """Leave the columns as they are: `passthrough` is a FunctionTransformer without a function."""
    if getattr(step, "func", None) is not None:
        raise refused("a network cannot hold the function of a FunctionTransformer", "leave it out")


def _places(chosen: Any, known: Sequence[str]) -> list[int]:
    """Return the places of columns that are chosen by number, by name, or by a mask."""
    if isinstance(chosen, slice):
        return list(range(len(known)))[chosen]
    wanted = listed(chosen) if not isinstance(chosen, (str, int)) else [chosen]
    if wanted and all(isinstance(each, bool) for each in wanted):
        return [place for place, is_in in enumerate(wanted) if is_in]
    places = []
    for each in wanted:
        place = known.index(each) if each in known else each
        if not isinstance(place, int) or not -len(known) <= place < len(known):
            raise damaged("a ColumnTransformer chooses columns that there are not")
        places.append(place)
    return places


STEPS: Mapping[str, Callable[[Any, _Columns], None]] = {
    "StandardScaler": _standard_scaler,
    "MinMaxScaler": _min_max_scaler,
    "MaxAbsScaler": _max_abs_scaler,
    "RobustScaler": _robust_scaler,
    "Binarizer": _binarizer,
    "KBinsDiscretizer": _bins,
    "OneHotEncoder": _one_hot,
    "ColumnTransformer": _column_transformer,
    "FunctionTransformer": _identity,
}
"""The steps of a pipeline that a network can hold."""

CLASSIFIERS = (
    "LogisticRegression", "LogisticRegressionCV", "Perceptron", "LinearSVC", "SGDClassifier",
    "RidgeClassifier", "RidgeClassifierCV", "PassiveAggressiveClassifier",
    "LinearDiscriminantAnalysis",
)  # fmt: skip
LINEAR = (
    *CLASSIFIERS, "LinearRegression", "Ridge", "Lasso", "ElasticNet", "LinearSVR", "SGDRegressor",
    "RidgeCV", "LassoCV", "HuberRegressor",
)  # fmt: skip
"""The linear models of scikit-learn."""
