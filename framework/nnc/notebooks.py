"""Networks and answers as notebooks show them: as text, as a picture or as a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from nnc.bundles import Bundle
from nnc.diagnostics.diagnostic import NncError
from nnc.numbers.exact import Refused

if TYPE_CHECKING:
    from nnc.drawing.drawings import Drawing
    from nnc.language.network import Network
    from nnc.proofs.behaviour import Behaviour

_MAX_DECLARED = 20_000
"""Of more declarations there is no picture, for which a notebook would have to wait."""


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


def _page(value: object) -> str | None:
    """Return the text that a command prints of an answer; None for what has none."""
    from nnc.reasons import report as reasons
    from nnc.reasons.answer import Reasons
    from nnc.scores import report as fits
    from nnc.scores import report_refits as refits
    from nnc.scores.fitting import Fit, FittedCard
    from nnc.scores.refits import Refit
    from nnc.scores.skeletons import SkeletonFit

    if isinstance(value, Reasons):
        return reasons.as_text(value)
    if isinstance(value, Fit):
        return fits.as_text(value)
    if isinstance(value, FittedCard):
        return fits.card_as_text(value)
    return refits.as_text(value) if isinstance(value, (Refit, SkeletonFit)) else None


def _drawing(value: object) -> Drawing | None:
    from nnc.differences.row_changes import Comparison
    from nnc.drawing.pictures import draw
    from nnc.language.network import Network
    from nnc.run.trace import Trace

    if isinstance(value, Comparison):
        if value.networks is None or _is_large(*value.networks):
            return None
        return _drawn_change(*value.networks, value.behaviour)
    row = value.inputs if isinstance(value, Trace) else None
    network = value.network if isinstance(value, Trace) else value
    if not isinstance(network, Network) or _is_large(network):
        return None
    return draw(network, row)


def _is_large(*networks: Network) -> bool:
    count = sum(len(network.neurons) + len(network.parts) for network in networks)
    return count > _MAX_DECLARED


def _drawn_change(before: Network, after: Network, behaviour: Behaviour) -> Drawing:
    """Draw a change whose verdicts are known."""
    from nnc.differences.answer import example_of
    from nnc.drawing.drawings import DrawingSettings, draw
    from nnc.drawing.pictures import subject_of
    from nnc.opening.checking import check_built

    row, remark = example_of(behaviour)
    old, new = map(check_built, (before, after))
    subjects = subject_of(new, row, old), subject_of(old, row, new)
    return draw(subjects[0], DrawingSettings(), subjects[1], remark)
