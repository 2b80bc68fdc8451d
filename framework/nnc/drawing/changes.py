"""Two pictures -> one: what is new, gone, changed, and what decides otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnc.drawing.cards import weights_text
from nnc.drawing.model import Change, Element, Picture, Row, Scale, Wire

_Key = tuple[str, str]


def changed_picture(before: Picture, after: Picture) -> Picture:
    """Return the picture of `after` with what has changed since `before` marked in it.

    What is gone is kept where its wires put it. Of a run in both, outputs and neurons that decide
    otherwise are marked too.
    """
    old = {_key(element): element for element in before.elements}
    new = {_key(element): element for element in after.elements}
    keys = [*(key for key in new if key[0] != "output"), *(key for key in old if key not in new)]
    keys += [key for key in new if key[0] == "output"]
    elements = [_merged(old.get(key), new.get(key)) for key in keys]
    places = {key: place for place, key in enumerate(keys)}
    wires: dict[tuple[int, int, int, int], Wire] = {}
    sides: tuple[tuple[Picture, Change], ...] = ((after, ""), (before, "removed"))
    for picture, change in sides:
        for wire in picture.wires:
            moved = _moved(wire, picture, places, elements)
            wires.setdefault(moved[:4], moved._replace(change=change))
    marked = {place for place, element in enumerate(elements) if element.change}
    return replace(
        after,
        elements=tuple(elements),
        wires=tuple(wires.values()),
        changed=frozenset(marked),
    )


def _key(element: Element) -> _Key:
    kind = element.kind if element.kind in ("input", "output") else "inner"
    return kind, element.names[0]


def _moved(wire: Wire, picture: Picture, places: dict[_Key, int], elements: list[Element]) -> Wire:
    """Return a wire between the merged elements; its outlet and row are found by name."""
    source, target = picture.elements[wire.source], picture.elements[wire.target]
    start, end = places[_key(source)], places[_key(target)]
    outlet = elements[start].outlets.index(source.outlets[wire.outlet])
    row = wire.row
    if target.rows:
        names = [each.source for each in elements[end].rows]
        row = names.index(target.rows[wire.row].source)
    return wire._replace(source=start, outlet=outlet, target=end, row=row)


def _merged(old: Element | None, new: Element | None) -> Element:
    """Return an element of either picture, marked where they are not the same."""
    if old is None:
        assert new is not None
        return replace(new, change="added")
    if new is None:
        return replace(old, change="removed", fires=None, value=None, cells=None)
    if old.kind != new.kind:
        return replace(new, change="changed")
    rows = _merged_rows(old.rows, new.rows)
    outlets = (*new.outlets, *(name for name in old.outlets if name not in new.outlets))
    values = (*new.values, *[""] * (len(outlets) - len(new.outlets))) if new.values else ()
    change: Change = "changed" if _content(old) != _content(new) else ""
    if (old.value, old.label, old.fires) != (new.value, new.label, new.fires):
        change = "otherwise" if not change or new.kind == "output" else change
    old_value = old.value if old.value != new.value else None
    if new.labels and old.label is not None and old.label != new.label:
        old_value = old.labels[old.label]
    title = f"{new.title}; before: {old.title}" if change == "changed" else new.title
    return replace(
        new, title=title, rows=rows, outlets=outlets, values=values, change=change,
        old_value=old_value, scale=_merged_scale(old.scale, new.scale),
    )  # fmt: skip


def _content(element: Element) -> tuple[object, ...]:
    """Return what a picture says of an element without a run."""
    rows = [(row.source, row.weights, row.cutoffs, row.note) for row in element.rows]
    limits = element.scale and [
        (limit.name, limit.number, limit.sign) for limit in element.scale.limits
    ]
    weights = None if element.matrix is None else element.matrix.weights.tobytes()
    return element.note, rows, limits, weights, element.labels, element.count


def _merged_rows(old: Sequence[Row], new: Sequence[Row]) -> tuple[Row, ...]:
    by_source = {row.source: row for row in old}
    rows = []
    for row in new:
        was = by_source.pop(row.source, None)
        if was is None:
            rows.append(row._replace(change="added"))
        elif (was.weights, was.cutoffs, was.note) != (row.weights, row.cutoffs, row.note):
            text = "" if row.cutoffs else weights_text(was)
            rows.append(row._replace(change="changed", old=text))
        else:
            rows.append(row)
    gone = (row._replace(change="removed", amount=None) for row in by_source.values())
    return (*rows, *gone)


def _merged_scale(old: Scale | None, new: Scale | None) -> Scale | None:
    if old is None or new is None:
        return new
    kept = {(limit.name, limit.number, limit.sign) for limit in new.limits}
    gone = tuple(
        limit for limit in old.limits if (limit.name, limit.number, limit.sign) not in kept
    )
    return new._replace(gone=gone, old_sum=None if old.sum == new.sum else old.sum)
