"""Networks, traces and comparisons as notebooks show them: as text and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnc.bundles import Bundle
from nnc.diagnostics.diagnostic import NncError
from nnc.exact import Refused

if TYPE_CHECKING:
    from nnc.drawing.drawings import Drawing

_MAX_DECLARED = 20_000
"""Of more declarations there is no picture, for which a notebook would have to wait."""


def displayed(value: object) -> Bundle:
    """Return the text of a value, and where it can be drawn the picture, as SVG and PNG.

    A network is drawn as it is, a trace as a run, and a comparison as a change, for inputs whose
    outputs differ if there are any.
    """
    text = str(value) if type(value).__name__ == "Trace" else repr(value)
    try:
        drawing = _drawing(value)
    except (NncError, Refused, ValueError):  # what is wrong is said where it is used
        drawing = None
    if drawing is None:
        return {"text/plain": text}
    return drawing._repr_mimebundle_() | {"text/plain": text}


def _drawing(value: object) -> Drawing | None:
    from nnc.api import draw
    from nnc.comparison.row_changes import Comparison
    from nnc.language.network import Network
    from nnc.run.trace import Trace

    row = None
    networks: tuple[object, ...] = (value,)
    if isinstance(value, Trace):
        networks, row = (value.network,), value.inputs
    elif isinstance(value, Comparison):
        networks = value.networks or ()
        known = (each.counterexample for each in value.behaviour.verdicts)
        row = next((each.inputs for each in known if each is not None), None)
    drawn = [each for each in networks if isinstance(each, Network)]
    if len(drawn) < len(networks) or not drawn:
        return None
    if sum(len(each.neurons) + len(each.parts) for each in drawn) > _MAX_DECLARED:
        return None
    if len(drawn) == 1:
        return draw(drawn[0], row)
    before, after = drawn
    return draw(after, row, against=before)
