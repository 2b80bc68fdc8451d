"""A model of LightGBM, as `Booster.save_model` writes it -> Imported."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fractions import Fraction

from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.forests import forest_of, load_file
from nnc.interchange.importing.models.trees import (
    Feature,
    Forest,
    choice_feature,
    named_features,
    not_a_split,
)
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged
from nnc.interchange.importing.settings import Settings

_SLACK = Fraction(1, 2**44)
"""Probabilities are float64: classes whose sums are nearer than this may have the same."""
_ZERO_IS_MISSING = 1 << 2  # of the two bits of a decision that say what a missing value is
_MISSING = 3 << 2


def read(data: bytes, settings: Settings) -> Imported:
    """Read a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    return imported_model(read_forest(data, settings.names), "LightGBM", settings)


def read_forest(data: bytes, names: Sequence[str] | None = None) -> Forest:
    """Describe a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    model = load_file(data, "load_lightgbm_model", ".txt")
    text = data.decode("utf-8", "replace")
    own_names = _words(text, "feature_names")
    if len(own_names) != model.num_feature:
        raise damaged(f"there are {len(own_names)} names of {model.num_feature} features")
    features = named_features(own_names, names)
    _add_categories(text, features)
    _check_zeros(text, features)
    return forest_of(model, features, Split("float64"), Verdict("sum", slack=_SLACK))


def _words(text: str, key: str) -> list[str]:
    """Return the words of the first line of a key."""
    match = re.search(rf"^{key}=(.*?)\r?$", text, re.MULTILINE)
    return match[1].split(" ") if match else []


def _check_zeros(text: str, features: Sequence[Feature]) -> None:
    """Refuse splits for which 0 stands for a missing value: treelite reads them as numbers."""
    trees = re.findall(
        r"^split_feature=(.*?)\r?$.*?^decision_type=(.*?)\r?$", text, re.MULTILINE | re.DOTALL
    )
    for columns, decisions in trees:
        for column, decision in zip(columns.split(), decisions.split(), strict=False):
            if decision.isdecimal() and int(decision) & _MISSING == _ZERO_IS_MISSING:
                known = column.isdecimal() and int(column) < len(features)
                name = features[int(column)].name if known else column
                raise not_a_split(name, "with 0 as a missing value")


def _add_categories(text: str, features: list[Feature]) -> None:
    """Give the columns that were categories of pandas their values."""
    match = re.search(r"^pandas_categorical:(.*?)\r?$", text, re.MULTILINE)
    try:
        lists = json.loads(match[1]) if match else None
    except (ValueError, RecursionError):
        raise damaged("the categories of pandas are not JSON") from None
    infos = _words(text, "feature_infos")
    columns = [
        place for place, info in enumerate(infos) if not info.startswith("[") and info != "none"
    ]
    if not isinstance(lists, list) or len(columns) != len(lists) or len(infos) != len(features):
        return  # then the categories are integers
    if not all(isinstance(values, list) for values in lists):
        raise damaged("the categories of pandas are not lists")
    for column, values in zip(columns, lists, strict=True):
        features[column] = _of_values(features[column].name, values)


def _of_values(name: str, values: Sequence[object]) -> Feature:
    """Return the feature of a column of pandas, whose categories are texts or integers."""
    if all(isinstance(value, str) for value in values):
        return choice_feature(name, [str(value) for value in values])
    numbers = [
        int(value) for value in values if isinstance(value, (int, float)) and int(value) == value
    ]
    if len(numbers) != len(values) or len(set(numbers)) != len(numbers):
        raise not_a_split(name, "whose categories are neither texts nor integers")
    return Feature(name, integers=tuple(numbers))
