"""Networks and answers as notebooks show them: as text, as a picture or as a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from nnc.bundles import Bundle
from nnc.diagnostics.diagnostic import NncError
from nnc.differences.answer import example_of
from nnc.drawing import drawings
from nnc.drawing.drawings import Drawing
from nnc.drawing.pictures import draw, subject_of
from nnc.language.network import Network
from nnc.numbers.exact import Refused
from nnc.opening.checking import check_built

if TYPE_CHECKING:
    from nnc.proofs.comparison import Behaviour

_MAX_DECLARED = 20_000
"""The most declarations of a network that a notebook draws without delay."""


def displayed(value: object) -> Bundle:
    """Return the text of a value, and where it can be drawn the picture, as SVG and PNG.

    A network is drawn as it is, a trace as a run, and a comparison as a change, for inputs whose
    outputs differ if there are any. Reasons and fits are the text that their commands print.
    """
    page = _page(value)
    if page is not None:
        return {"text/plain": page, "text/html": f"<pre>{escape(page)}</pre>"}
    text = str(value) if type(value).__name__ == "Trace" else repr(value)
    try:
        drawing = _drawing(value)
    except (NncError, Refused, ValueError):  # what is wrong is said where it is used
        drawing = None
    if drawing is None:
        return {"text/plain": text}
    return drawing._repr_mimebundle_() | {"text/plain": text}


def _page(value: Any) -> str | None:
    """Return the text that a command prints of an answer; None for what has none."""
    match type(value).__name__:  # their modules are not imported to ask for others
        case "Reasons":
            from nnc.reasons import report as reasons

            return reasons.as_text(value)
        case "Fit" | "FittedCard" as name:
            from nnc.scores import report as fits

            return fits.as_text(value) if name == "Fit" else fits.card_as_text(value)
        case "Training":
            from nnc.training import report as trainings

            return trainings.as_text(value)
    return None


def _drawing(value: Any) -> Drawing | None:
    kind = type(value).__name__
    if kind == "Comparison":
        if value.networks is None or _is_large(*value.networks):
            return None
        before, after = value.networks
        return _drawn_change(before, after, value.behaviour)
    row, network = (value.inputs, value.network) if kind == "Trace" else (None, value)
    if not isinstance(network, Network) or _is_large(network):
        return None
    return draw(network, row)


def _is_large(*networks: Network) -> bool:
    count = sum(len(network.neurons) + len(network.parts) for network in networks)
    return count > _MAX_DECLARED


def _drawn_change(before: Network, after: Network, behaviour: Behaviour) -> Drawing:
    """Draw a change whose verdicts are known."""
    row, remark = example_of(behaviour)
    old, new = map(check_built, (before, after))
    subjects = subject_of(new, row, old), subject_of(old, row, new)
    return drawings.draw(subjects[0], drawings.DrawingSettings(), subjects[1], remark)
