"""Forest or Linear -> Imported: the network, and the rows on which it equals the library."""

from __future__ import annotations

from dataclasses import replace

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.buses import renamed
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.linear import Linear, draw_line
from nnc.interchange.importing.models.trees import Forest, plant
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import Settings, UnfitSettingError

_OF_NUMBERS = {"too-many-digits", "exponent-too-large", "denominator-too-large"}


def imported_model(description: Forest | Linear, library: str, settings: Settings) -> Imported:
    """Return the network of a model of a library, with the given settings.

    Raises InvalidNetworkError where a network cannot hold it, ValueError for names or classes that
    do not fit.
    """
    classes = settings.classes
    if classes is not None:
        verdict = description.verdict
        if len(classes) != len(verdict.labels):
            raise UnfitSettingError(
                f"classes has {len(classes)} names, the model has {len(verdict.labels)}"
            )
        description = replace(description, verdict=replace(verdict, labels=classes))
    cutoffs = settings.cutoffs or "exact"
    try:
        if isinstance(description, Linear):
            planted = draw_line(description)
        else:
            planted = plant(description, cutoffs=cutoffs)
    except InvalidNetworkError as error:
        raise _beyond_numbers(error) from None
    exactness = planted.ties.words(library)
    if cutoffs == "short" and isinstance(description, Forest):
        exactness += f"; the cut-offs are exact on {description.split.type} rows"
    names = zip(description.features, planted.network.inputs, strict=True)
    notes = renamed(("input", feature.name, name) for feature, name in names)
    return Imported(planted.network, exactness, notes, ties=planted.ties)


def _beyond_numbers(error: InvalidNetworkError) -> InvalidNetworkError:
    """Explain that a number which a network cannot hold comes from the model."""
    (first, *_) = error.diagnostics
    if first.rule not in _OF_NUMBERS:
        return error
    message = f"the model gives a number that a network cannot hold: {first.message}"
    return refused(message, "scale what the model learns, so that its values are nearer to 1")
