"""What is wrong with a network, or a piece of one, that is built in Python.

Importing this gives the models of `language.network` their words: until then, they raise the error
of pydantic. `import nnc` gives the models that are listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, KeyPath
from nnc.language.network import (
    MODELS,
    Assumption,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Property,
    Sparse,
    TensorFile,
    Unknown,
)
from nnc.language.network.fields import Model
from nnc.language.validation.wording import diagnostics_of, mistakes_of

__all__ = [
    "Assumption",
    "Case",
    "Input",
    "Layer",
    "Network",
    "Neuron",
    "Output",
    "Part",
    "Property",
    "Sparse",
    "TensorFile",
    "Unknown",
]

_PLACES: Mapping[type[Any], KeyPath] = {
    Network: (),
    **{model: (kind, "") for kind, model in MODELS.items()},
    TensorFile: ("layers", "", ""),
    Sparse: ("layers", "", "sparse"),
    Unknown: ("unknown",),
}
"""Where in a network each model could stand; a piece alone has no name."""


def _explained(
    model: type[Any], data: Mapping[str, Any], error: ValidationError
) -> InvalidNetworkError:
    """Return pydantic's error about data in our words, the same as for a file."""
    place = _PLACES[model]
    value: Any = dict(data)
    for key in reversed(place):
        value = {key: value}
    mistakes = [mistake._replace(path=(*place, *mistake.path)) for mistake in mistakes_of(error)]
    diagnostics = diagnostics_of(mistakes, value, set())
    return InvalidNetworkError(_without_file(each, len(place)) for each in diagnostics)


def _without_file(diagnostic: Diagnostic, depth: int) -> Diagnostic:
    """Leave out what is known only of a file."""
    message = diagnostic.message.replace("the file has no", "the network has no")
    hint = (diagnostic.help or "").replace("the file takes", "it takes").removesuffix(", extends")
    if "`extends`" in hint + message:
        hint = "only a file extends another: load it with nnc.load"
    return replace(diagnostic, message=message, help=hint or None, path=diagnostic.path[depth:])


Model.explained = staticmethod(_explained)
