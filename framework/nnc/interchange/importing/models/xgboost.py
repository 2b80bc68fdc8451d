"""A model of XGBoost, as `save_model` writes JSON -> Imported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.cutoffs import Split, rounded
from nnc.interchange.importing.models.forests import forest_of, load_file
from nnc.interchange.importing.models.trees import (
    Forest,
    choice_feature,
    named_features,
    not_a_split,
    numbered_names,
)
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import counted, shorten, simplest

_UNIT = Fraction(1, 2**24)
_SLACK = Fraction(1, 2**20)
"""Probabilities are float32: classes whose sums are nearer than this may have the same."""
_NO_CATEGORIES: Mapping[str, list[int]] = {"enc": [], "feature_segments": [], "sorted_idx": []}


@dataclass(frozen=True, slots=True)
class _Described:
    """The parts of a file that treelite does not read.

    `best` is the best iteration, where training stopped early, and `parallel` the number of trees
    of an iteration and a class. `categories` has the texts of each column, where there are some.
    """

    names: Sequence[str] = ()
    best: int | None = None
    parallel: int = 1
    categories: Mapping[int, tuple[str, ...]] | None = None


def read(data: bytes, settings: Settings) -> Imported:
    """Read a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    forest, left_out, best = described_forest(data, settings.names)
    imported = imported_model(forest, "XGBoost", settings)
    if not left_out:
        return imported
    verb = "which is after" if left_out == 1 else "which are after"
    message = f"{counted(left_out, 'tree')} left out, {verb} the best iteration, {best}"
    hint = "XGBClassifier.predict leaves them out too; Booster.predict does not"
    note = Diagnostic("left-out", message, help=hint)
    return replace(imported, notes=(*imported.notes, note))


def described_forest(
    data: bytes, names: Sequence[str] | None = None
) -> tuple[Forest, int, int | None]:
    """Return the trees up to the best iteration, how many are after it, and that iteration."""
    if data.lstrip()[:2] == b"{L":
        hint = 'save it as JSON: model.save_model("model.json")'
        raise refused("the file is UBJSON", hint)
    described, data = _of_json(data)
    model = load_file(data, "load_xgboost_model", ".json")
    features = named_features(described.names or numbered_names(model.num_feature), names)
    if len(features) != model.num_feature:
        raise damaged(f"there are {len(features)} names of {model.num_feature} features")
    for place, texts in (described.categories or {}).items():
        if not texts:
            raise not_a_split(features[place].name, "whose values the file does not name")
        features[place] = choice_feature(features[place].name, texts)
    verdict = Verdict("sum", unit=_UNIT, slack=_SLACK)
    forest = forest_of(model, features, Split("float32", is_left=False), verdict)
    if b"weight_drop" in data:
        # DART adds each tree to the base, takes it off again and multiplies it
        forest = replace(forest, verdict=replace(forest.verdict, unit=4 * _UNIT))
    base = [simplest(Fraction(rounded(float(score), "float32"))) for score in forest.base]
    count = len(forest.trees)
    used = count
    if described.best is not None:
        used = (described.best + 1) * described.parallel * len(base)
        if not 0 < used <= count:
            raise damaged(f"the best iteration is {described.best:,}, beyond the trees of the file")
    return replace(forest, base=base, trees=forest.trees[:used]), count - used, described.best


def _of_json(data: bytes) -> tuple[_Described, bytes]:
    """Describe a file, and return it as treelite reads it: without the texts of categories."""
    try:
        whole = json.loads(data)
        learner = whole["learner"]
        booster = learner["gradient_booster"]
        _check_booster(str(booster["name"]))
        model = booster.get("gbtree", booster)["model"]
        best = (learner.get("attributes") or {}).get("best_iteration")
        types = learner.get("feature_types") or []
        described = _Described(
            [str(name) for name in learner.get("feature_names") or []],
            None if best is None else int(best),
            max(int(model["gbtree_model_param"].get("num_parallel_tree", 1)), 1),
            {
                place: _category_texts(model.get("cats"), place)
                for place, word in enumerate(types)
                if word == "c"
            },
        )
        if "cats" in model:
            model["cats"] = _NO_CATEGORIES
            data = json.dumps(whole).encode()
    except json.JSONDecodeError as error:
        raise damaged(f"the file is not JSON: {error}") from None
    except (AttributeError, LookupError, TypeError, ValueError):
        raise damaged("the file is not a model that XGBoost has saved") from None
    except RecursionError:
        raise damaged("the file is nested too deeply") from None
    return described, data


def _category_texts(stored: Any, column: int) -> tuple[str, ...]:
    """Return the texts of a column of categories, which XGBoost 3.1 and later write."""
    if not stored or column >= len(stored["enc"]):
        return ()
    entry = stored["enc"][column]
    data = bytes(value & 255 for value in entry["values"])
    offsets = entry.get("offsets") or []
    return tuple(data[low:high].decode() for low, high in pairwise(offsets))


def _check_booster(name: str) -> None:
    if name not in ("gbtree", "dart"):
        message = f"the booster is `{shorten(name)}`, not `gbtree` or `dart`"
        raise refused(message, "train a model of trees")
