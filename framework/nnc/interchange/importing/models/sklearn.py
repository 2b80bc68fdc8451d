"""An estimator of scikit-learn -> Imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.estimators import FORESTS, forest_of, kind_of_model
from nnc.interchange.importing.models.linear import Linear
from nnc.interchange.importing.models.pipelines import LINEAR, linear_of
from nnc.interchange.importing.models.trees import Forest
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import Settings


def imported_estimator(model: Any, settings: Settings) -> Imported:
    """Return the network of an estimator. Raises InvalidNetworkError, ValueError."""
    return imported_model(description_of(model, settings.names), "scikit-learn", settings)


def description_of(model: Any, names: Sequence[str] | None = None) -> Forest | Linear:
    """Describe an estimator. Raises InvalidNetworkError for one that a network cannot hold."""
    kind = kind_of_model(model)
    if kind == "Pipeline":
        steps = [each[1] for each in model.steps]
        last = kind_of_model(steps[-1])
        if last in FORESTS and all(step in (None, "passthrough") for step in steps[:-1]):
            return forest_of(steps[-1], names)
        if last in LINEAR:
            return linear_of(model, names)
        before = ", ".join(kind_of_model(each) for each in steps[:-1])
        if last in FORESTS:
            message = f"trees behind {before} compare numbers that are rounded before"
            raise refused(message, "fit the trees on the columns themselves: they need no scaling")
        kind = last
    if kind in FORESTS:
        return forest_of(model, names)
    if kind in LINEAR:
        return linear_of(model, names)
    known = ", ".join(sorted((*FORESTS, *LINEAR, "Pipeline")))
    raise refused(
        f"{kind or type(model).__name__} is not an estimator that can be imported",
        f"these can be: {known}; others perhaps as ONNX",
    )
