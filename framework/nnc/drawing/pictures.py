"""A network, or its run for a row, as a picture: `nnc draw` and `nnc.draw`."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Literal, Unpack

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.differences.answer import differing_row
from nnc.drawing import drawings
from nnc.drawing.drawings import Subject
from nnc.opening.checking import Checked, check_valid
from nnc.rows.inputs.row import row_from_values
from nnc.rows.options import DROPPING_ARGUMENTS
from nnc.run.tables import Reading, one_row

if TYPE_CHECKING:
    from nnc.drawing.drawings import Drawing, DrawingOptions
    from nnc.language.network import Network
    from nnc.rows.columns import Batch
    from nnc.rows.options import Floats
    from nnc.run.tables import Rows


def draw(
    network: Network,
    row: Rows | None = None,
    *,
    against: Network | None = None,
    extra: Literal["drop", "error"] | None = None,
    floats: Floats | None = None,
    **settings: Unpack[DrawingOptions],
) -> Drawing:
    """Draw a network, or what it does for a row, as `nnc draw` does; a notebook shows the result.

    `row`, `extra` and `floats` are as for `nnc.trace`. `against` is a network that the picture
    shows the changes since; without `row`, for inputs whose outputs differ, if any are known.
    `settings` are `unfold`, names of parts, or how many levels of all; `around` a name, with
    `depth`, how many wires away; `output`; `hide`, of `inputs`, `outputs`, `lines` and `legend`;
    `wires`, `few` or `all`; `shape`, how many columns the grid of a bus has, by its name; `theme`,
    `auto`, `light` or `dark`; and `max_count`, how many boxes there may be.

    The result has `svg`, the text of the picture, and `save(file)`, whose suffix says the form. A
    number that is left open is drawn as it is written, `_`, without a row.

    Raises InvalidNetworkError as `compile` does, InvalidRowsError for a row that cannot be, and
    ValueError where a setting names something that is not there. More in docs/drawing.md.

    >>> import nnc
    >>> nnc.draw(nnc.load("configs/gates/xor.nn.yaml"), {"a": 1, "b": 0}).svg[:4]
    '<svg'
    """
    checked = check_valid(network, may_be_open=True)
    drawn = drawings.DrawingSettings(**settings)
    reading = Reading(extra, floats, DROPPING_ARGUMENTS)
    if against is None:
        return drawings.draw(_subject(checked, row, reading), drawn)
    before = check_valid(against, may_be_open=True)
    if row is not None:
        subject = _subject(checked, row, reading._replace(also=_inputs_of(before)))
        old = _subject(before, row, Reading("drop", floats or "binary"))
        return drawings.draw(subject, drawn, old)
    example, remark = differing_row(before, checked)
    subjects = subject_of(checked, example, before), subject_of(before, example, checked)
    return drawings.draw(subjects[0], drawn, subjects[1], remark)


def _subject(checked: Checked, row: Rows | None, reading: Reading) -> Subject:
    """Return the subject of a drawing, with the user's row. Raises as `draw`."""
    if row is None or checked.graph is None:
        return subject_of(checked, None if row is None else {})
    return subject_of(checked, one_row(build_plan(checked.graph), row, "a drawing", reading))


def _inputs_of(checked: Checked) -> Set[str]:
    """Return the names of the inputs of a network that leaves nothing open."""
    return set() if checked.graph is None else checked.graph.inputs.keys()


def subject_of(
    checked: Checked, row: Mapping[str, object] | Batch | None = None, other: Checked | None = None
) -> Subject:
    """Return a valid network to draw, with a row, or a batch of one, if a run is drawn.

    A row may have inputs that only the `other` network has. Raises InvalidRowsError, and
    InvalidNetworkError for a run of a network that leaves numbers open.
    """
    graph = checked.wiring
    assert checked.linked is not None
    assert graph is not None
    assert checked.network is not None
    if row is not None and checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    if isinstance(row, Mapping):
        inputs = graph.inputs
        foreign = set() if other is None else _inputs_of(other) - inputs.keys()
        values = {name: value for name, value in row.items() if name not in foreign}
        row = row_from_values(values, inputs)
    return Subject(checked.linked, graph, row, checked.network.name)
