"""Network -> View: its page for Python and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Literal

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.drawing.drawings import DrawingSettings, bundle, draw
from nnc.drawing.page.page import (
    PageRow,
    PageSettings,
    comparison_page,
    first_batch,
    network_page,
    with_least,
)
from nnc.drawing.pictures import subject_of
from nnc.files.writing import write_whole
from nnc.language.network import Network
from nnc.numbers.exact import Refused
from nnc.opening.checking import Checked, check_built
from nnc.rows.options import DROPPING_ARGUMENTS, Floats
from nnc.run.tables import Reading, Rows, one_row, watched_batches

_HEIGHT = 640


@dataclass(frozen=True, slots=True)
class View:
    """A network as a page that evaluates it, which a notebook displays.

    `html` is the complete page: one file that needs nothing else.
    """

    html: str = field(repr=False)
    name: str
    picture: str | None = field(repr=False)
    """The page as a picture, for programs that show no pages; None for too many boxes."""

    def save(self, file: str | Path) -> None:
        """Write the page to a file atomically."""
        write_whole(str(file), self.html)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """Return the page in a frame, and the picture for notebooks that display no pages.

        The frame may run scripts, but has no access to the notebook.
        """
        frame = (
            f'<iframe sandbox="allow-scripts" title="{escape(self.name)}" '
            f'srcdoc="{escape(self.html)}" '
            f'style="width:100%;height:{_HEIGHT}px;border:1px solid #8a93a0"></iframe>'
        )
        return {**bundle(repr(self), self.picture), "text/html": frame}


def view(
    network: Network,
    row: Rows | None = None,
    *,
    rows: Rows | None = None,
    against: Network | None = None,
    shapes: Mapping[str, tuple[int, int]] | None = None,
    extra: Literal["drop", "error"] | None = None,
    floats: Floats | None = None,
) -> View:
    """Return a network as a page that evaluates it, as `nnc view` writes it; a notebook shows it.

    `row` has values that inputs begin with, by default those of the first case; `rows` are stepped
    through. Both are as for `evaluate`, with `extra` and `floats`; other inputs of `row` begin with
    their least values. `against` is a network that the page shows the changes since, with inputs
    for which outputs differ. `shapes` has the width and height of inputs whose bits are pixels:
    `{"pixels": (28, 28)}`.

    The result has `html`, the text of the page, and `save(file)`. The page of a network that leaves
    numbers open has its pictures alone.

    Raises InvalidNetworkError as `compile` does, InvalidRowsError for values that cannot be, and
    ValueError for a shape that does not fit.

    >>> import nnc
    >>> nnc.view(nnc.load("configs/gates/xor.nn.yaml"), {"a": 1})
    View(name='xor')
    """
    checked = check_built(network)
    has_values = row is not None or rows is not None or against is not None
    if checked.graph is None and (checked.wiring is None or has_values):
        raise InvalidNetworkError(checked.diagnostics or checked.obstacles)
    graph = checked.wiring
    assert graph is not None
    inputs = graph.inputs
    for name, (width, height) in (shapes or {}).items():
        if name not in inputs or inputs[name].type != "bit" or inputs[name].size != width * height:
            raise ValueError(f"`{name}` is not an input of {width * height:,} bits")
    reading, steps = Reading(extra, floats, DROPPING_ARGUMENTS), list[PageRow]()
    if checked.graph is not None and rows is not None:
        batches = watched_batches(build_plan(checked.graph), rows, reading)
        steps = [PageRow(batch.cut(i, i + 1)) for batch in batches for i in range(batch.count)]
    if checked.graph is not None and row is not None:
        plan, what = build_plan(checked.graph), "the beginning of a page"
        start = one_row(plan, row, what, reading, with_least(inputs))
    else:
        start = steps[0].batch if steps else first_batch(checked)
    settings = PageSettings(start, steps, shapes or {})
    subject = subject_of(checked, None if checked.graph is None else start)
    picture = None
    with suppress(Refused):
        picture = draw(subject, DrawingSettings()).svg
    if against is None:
        return View(network_page(checked, settings), subject.title, picture)
    is_free = row is None and not steps
    html = comparison_page(_valid(against), checked, settings, is_free=is_free)
    return View(html, subject.title, picture)


def _valid(network: Network) -> Checked:
    checked = check_built(network)
    if checked.graph is None:
        raise InvalidNetworkError(checked.diagnostics or checked.obstacles)
    return checked
