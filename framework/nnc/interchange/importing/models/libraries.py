"""A model in memory, of any library that is known -> Imported; no library is imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models import lightgbm, xgboost
from nnc.interchange.importing.models.estimators import listed
from nnc.interchange.importing.models.sklearn import imported_estimator
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import shorten


def read_model(model: Any, settings: Settings) -> Imported:
    """Return the network of a model. Raises InvalidNetworkError, ValueError."""
    library = type(model).__module__.partition(".")[0]
    if library not in ("xgboost", "lightgbm"):
        return _in_memory(imported_estimator(model, settings), model)
    classes = getattr(model, "classes_", None)
    if classes is not None and settings.classes is None:
        settings = replace(settings, classes=_classes(classes))
    if library == "xgboost":
        if hasattr(model, "get_booster"):
            booster = model.get_booster()
        else:  # its own `predict` also reads the trees after the best iteration
            booster = model.copy()
            booster.set_attr(best_iteration=None)
        return _in_memory(xgboost.read(bytes(booster.save_raw("json")), settings), model)
    booster = getattr(model, "booster_", model)
    return _in_memory(lightgbm.read(booster.model_to_string().encode(), settings), model)


def _classes(stored: Any) -> tuple[str, ...]:
    """Return the classes of a classifier, as labels. Raises InvalidNetworkError for one alone."""
    classes = tuple(map(str, listed(stored)))
    if len(classes) == 1:
        message = f"the model was fitted to one class alone, `{shorten(classes[0])}`"
        raise refused(message, "fit it to rows of two classes or more")
    return classes


def _in_memory(imported: Imported, model: object) -> Imported:
    """Say where the network comes from."""
    library = type(model).__module__.partition(".")[0]
    return replace(imported, source=type(model).__name__, kind=f"a model of {library} in memory")
