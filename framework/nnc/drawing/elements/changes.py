"""Two pictures -> one: additions, removals, changes, and different decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nnc.compiler.linking import Linked
from nnc.differences.structure import Structure, compare_structure
from nnc.drawing.graphics.model import Change, Element, Picture, Row, Scale, Wire
from nnc.drawing.graphics.tables import weights_text
from nnc.language.references import name_in
from nnc.numbers.exact import names_and_more

_Key = tuple[str, str]


SAME = "Nothing has changed: both networks declare the same."
RENAMED = "Only names have changed, and the layout: both networks mean the same."


def changed_picture(before: Picture, after: Picture, linked: tuple[Linked, Linked]) -> Picture:
    """Return the picture of `after`, with the changes since `before` marked.

    `linked` are the two networks. Removed elements stay where their wires put them, and a renamed
    element is drawn once. If both pictures show a run, outputs and neurons that decide differently
    are marked too. Changes inside an unfolded part are marked there.
    """
    structure = compare_structure(*linked, is_same=False)
    before = _renamed(before, {each.before: each.after for each in structure.renamed})
    old = {_key(element): element for element in before.elements}
    new = {_key(element): element for element in after.elements}
    keys = [*(key for key in new if key[0] != "output"), *(key for key in old if key not in new)]
    keys += [key for key in new if key[0] == "output"]
    changed = {
        (_PLACES.get(each.place, each.place), each.name)
        for each in structure.changes
        if each.kind == "changed"
    }
    own_names = {each.after: each.before for each in structure.renamed}
    elements = []
    for key in keys:
        element = _merged(old.get(key), new.get(key))
        if not element.change and any((key[0], name) in changed for name in element.names):
            element = replace(element, change="changed")
        if element.kind == "part" and key in old and key in new:
            name = element.names[0]
            parts = tuple(
                each.parts.get(place)
                for each, place in zip(linked, (own_names.get(name, name), name), strict=True)
            )
            element = _changed_part(element, old[key], parts)
        elements.append(_told(element))
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
        remark="" if structure.count else RENAMED if structure.renamed else SAME,
    )


_PLACES: Mapping[str, str] = {"neuron": "inner", "layer": "inner", "part": "inner"}
_WORDS: Mapping[Change, str] = {
    "added": "new",
    "removed": "gone",
    "changed": "changed",
    "otherwise": "gives something else",
}
"""The names of changes, also in pictures: not everyone can tell the colours of frames apart."""


def _told(element: Element) -> Element:
    """Describe in words how an element has changed."""
    word = _WORDS.get(element.change)
    if word is None:
        return element
    note = element.note
    if element.change != "otherwise":  # which a dashed frame and the old value tell
        note = " · ".join(filter(None, (word, note)))
    return replace(element, note=note, title=f"{word}: {element.title}")


def _renamed(picture: Picture, names: Mapping[str, str]) -> Picture:
    """Return a picture with declarations renamed, also where they are read."""
    if not names:
        return picture
    elements = tuple(
        replace(
            element,
            names=element.names
            if element.kind == "output"  # which has a name space of its own
            else tuple(names.get(name, name) for name in element.names),
            rows=tuple(
                row._replace(source=_renamed_source(row.source, names)) for row in element.rows
            ),
        )
        for element in picture.elements
    )
    return replace(picture, elements=elements)


def _renamed_source(text: str, names: Mapping[str, str]) -> str:
    name = name_in(text)
    return names.get(name, name) + text.removeprefix(name)


def _changed_part(element: Element, old: Element, parts: tuple[Linked | None, ...]) -> Element:
    """Mark a part whose network has changed, and the changes inside if it is unfolded."""
    before, after = parts
    if before is None or after is None:
        return element
    inside = compare_structure(before, after, is_same=False)
    if inside.count:
        names = list(dict.fromkeys(_inner_names(inside)))
        note = f"{element.note}: {names_and_more(names, 3, quote='')}"
        title = f"{element.title}; changed inside: {', '.join(names)}"
        change: Change = "changed" if element.change != "otherwise" else element.change
        element = replace(element, change=change, note=note, title=title)
    if element.inner is not None and old.inner is not None:
        inner = changed_picture(old.inner, element.inner, (before, after))
        element = replace(element, inner=inner)
    return element


def _inner_names(structure: Structure) -> Iterator[str]:
    """Yield the names of the changes in a network, and in those that it uses."""
    yield from (change.name for change in structure.changes)
    for used in structure.used.values():
        yield from _inner_names(used)


def _key(element: Element) -> _Key:
    kind = element.kind if element.kind in ("input", "output") else "inner"
    return kind, element.names[0]


def _moved(wire: Wire, picture: Picture, places: dict[_Key, int], elements: list[Element]) -> Wire:
    """Return a wire between the merged elements, with its outlet and row looked up by name."""
    source, target = picture.elements[wire.source], picture.elements[wire.target]
    start, end = places[_key(source)], places[_key(target)]
    outlet = elements[start].outlets.index(source.outlets[wire.outlet])
    row = wire.row
    if target.rows:
        names = [each.source for each in elements[end].rows]
        row = names.index(target.rows[wire.row].source)
    return wire._replace(source=start, outlet=outlet, target=end, row=row)


def _merged(old: Element | None, new: Element | None) -> Element:
    """Return an element of either picture, marked if they differ."""
    if old is None:
        assert new is not None
        return replace(new, change="added")
    if new is None:
        return replace(old, change="removed", fires=None, value=None, cells=None)
    if old.kind != new.kind:
        return replace(new, change="changed")
    was = f" (was {old.note})" if old.note != new.note and new.scale is None else ""
    if old.names != new.names or old.name != new.name:
        was += f" (was {old.name})" if old.kind != "part" else ""
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
        new, note=new.note + was, title=title, rows=rows, outlets=outlets, values=values,
        change=change, old_value=old_value, scale=_merged_scale(old.scale, new.scale),
    )  # fmt: skip


def _content(element: Element) -> tuple[object, ...]:
    """Return the content of an element without its run."""
    rows = [(row.source, row.texts(), row.cutoffs, row.note) for row in element.rows]
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
        elif (was.texts(), was.cutoffs, was.note) != (row.texts(), row.cutoffs, row.note):
            are_steps = bool(row.cutoffs and was.cutoffs)
            text = "" if row.cutoffs else weights_text(was)
            old_steps = was if are_steps else None
            rows.append(row._replace(change="changed", old=text, was=old_steps))
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
