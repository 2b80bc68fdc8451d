"""A model in memory, of scikit-learn, XGBoost or LightGBM -> Imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models import lightgbm, xgboost
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.estimators import description_of, labels_of
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import shorten


def read_model(model: Any, settings: Settings) -> Imported:
    """Return the network of a model. Raises InvalidNetworkError, ValueError."""
    library = type(model).__module__.partition(".")[0]
    if library == "xgboost":
        imported = xgboost.read(_xgboost_file(model), _with_labels(model, settings))
    elif library == "lightgbm":
        booster = getattr(model, "booster_", model)
        text = booster.model_to_string().encode()
        imported = lightgbm.read(text, _with_labels(model, settings))
    else:
        description = description_of(model, settings.names)
        imported = imported_model(description, "scikit-learn", settings)
    return replace(imported, source=type(model).__name__, kind=f"a model of {library} in memory")


def _xgboost_file(model: Any) -> bytes:
    """Return a model as XGBoost saves it."""
    if hasattr(model, "get_booster"):
        booster = model.get_booster()
    else:  # Booster.predict also reads the trees after the best iteration
        booster = model.copy()
        booster.set_attr(best_iteration=None)
    return bytes(booster.save_raw("json"))


def _with_labels(model: Any, settings: Settings) -> Settings:
    """Name the classes as the classifier does. Raises InvalidNetworkError for one class alone."""
    stored = getattr(model, "classes_", None)
    if stored is None or settings.classes is not None:
        return settings
    classes = labels_of(stored)
    if len(classes) == 1:
        message = f"the model was fitted to one class alone, `{shorten(classes[0])}`"
        raise refused(message, "fit it to rows of two classes or more")
    return replace(settings, classes=classes)
