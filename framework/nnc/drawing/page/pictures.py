"""Subject -> PagePictures: a picture of each used file, and the values of every instance.

A page grows with files and not with instances: the picture of a full adder is drawn once, and an
instance has only the signals of its inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType

from nnc.compiler.graph import Flat, Graph, Instance, Template, written_out
from nnc.compiler.plan import plan_signals
from nnc.drawing.drawings import MAX_BOXES, MAX_DECLARED, Subject
from nnc.drawing.elements.changes import changed_picture
from nnc.drawing.elements.declared import picture_of_instance
from nnc.drawing.elements.run import Run, Scene, Unfolding
from nnc.drawing.graphics.model import Element, Picture
from nnc.drawing.graphics.svg import render
from nnc.drawing.page.numbers import PageData, input_data, output_data


@dataclass(frozen=True, slots=True)
class Sheet:
    """The picture of one file as SVG, or `None` if it has too many boxes."""

    name: str
    picture: Picture | None
    svg: str
    template: Template


@dataclass(frozen=True, slots=True)
class PagePictures:
    """The sheets of a network, beginning with its own file, and its instances as data."""

    sheets: tuple[Sheet, ...]
    instances: list[list[object]]

    def files(self) -> list[PageData]:
        """Return what a page knows of each sheet."""
        places = {id(sheet.template): place for place, sheet in enumerate(self.sheets)}
        return [_file(sheet, places) for sheet in self.sheets]


def page_pictures(
    subject: Subject, shapes: Mapping[str, int] = MappingProxyType({})
) -> PagePictures:
    """Draw every file of a network; a row shows the values of its first instance.

    `shapes` gives for buses of bits of the network the number of columns of their grids.
    """
    flat = written_out(subject.linked)
    run = None if subject.batch is None else Run(subject.graph, subject.batch)
    scene = Scene(flat, run)
    sheets: dict[int, Sheet] = {}
    for instance in flat.instances:
        template = instance.template
        if id(template) not in sheets:
            sheets[id(template)] = _sheet(subject, scene, instance, Unfolding(shapes=shapes))
    places = {key: place for place, key in enumerate(sheets)}
    return PagePictures(tuple(sheets.values()), list(_instances(flat, subject.graph, places)))


def _sheet(subject: Subject, scene: Scene, instance: Instance, unfolding: Unfolding) -> Sheet:
    template, is_whole = instance.template, instance.body is None
    name = subject.title if is_whole else _file_name(template)
    network = template.linked.network
    declared = len(network.neurons) + len(network.layers) + len(network.parts)
    if declared <= MAX_DECLARED:
        picture = picture_of_instance(scene, instance, name, unfolding)
        if len(picture.elements) <= MAX_BOXES:
            picture = picture if scene.run is None else roomy(picture)
            return Sheet(name, picture, render(picture, live=True), template)
    return Sheet(name, None, "", template)


def changed_sheets(before: PagePictures, after: PagePictures) -> tuple[Sheet, ...]:
    """Draw the changes in the files of `after` that `before` uses in the same position."""
    pairs = _pairs(before, after)
    sheets = []
    for place, sheet in enumerate(after.sheets):
        old = pairs.get(place)
        if sheet.picture is not None and old is not None and old.picture is not None:
            linked = old.template.linked, sheet.template.linked
            picture = changed_picture(old.picture, sheet.picture, linked)
            elements = tuple(map(_with_room_for_two, picture.elements))
            names = dict.fromkeys((old.name, sheet.name))
            picture = replace(picture, name=" → ".join(names), elements=elements)
            sheet = replace(sheet, picture=picture, svg=render(picture, live=True))
        sheets.append(sheet)
    return tuple(sheets)


def _pairs(before: PagePictures, after: PagePictures) -> dict[int, Sheet]:
    """Pair the sheets of `after` with those of `before` in the same position."""
    pairs = {0: before.sheets[0]}
    old_places = {id(sheet.template): sheet for sheet in before.sheets}
    new_places = {id(sheet.template): place for place, sheet in enumerate(after.sheets)}
    todo = [(before.sheets[0].template, after.sheets[0].template)]
    while todo:
        old, new = todo.pop()
        bodies = {body.name: body for body in old.parts}
        for body in new.parts:
            place = new_places[id(body.child)]
            if body.name in bodies and place not in pairs:
                child = bodies[body.name].child
                pairs[place] = old_places[id(child)]
                todo.append((child, body.child))
    return pairs


# --------------------------------------------------------------------------------- pictures


def roomy(drawn: Picture) -> Picture:
    """Leave room for values that are longer than the initial ones."""
    return replace(drawn, elements=tuple(map(_roomy, drawn.elements)))


def _roomy(element: Element) -> Element:
    if element.kind == "input" and element.matrix is not None:
        element = replace(element, matrix=None, count=1, columns=0)  # the page writes its numbers
    if element.kind == "output" and element.value is None and not element.labels:
        element = replace(element, value="0")  # a sum in a part, which the page fills
    if element.kind in ("input", "output") and element.value is not None and element.fires is None:
        element = replace(element, room=_ROOM)
    if element.kind in ("input", "output") and element.labels and element.label is None:
        element = replace(element, label=0)
    return element


def _with_room_for_two(element: Element) -> Element:
    """Leave room for an output's earlier value, which the page writes first."""
    if element.kind != "output":
        return element
    return replace(element, old_value=None, room=0 if element.value is None else _ROOM_FOR_TWO)


_ROOM, _ROOM_FOR_TWO = 8, 18


def _file_name(template: Template) -> str:
    file = PurePath(template.linked.file or "a network").name
    return template.linked.network.name or file.removesuffix(".nn.yaml")


def _file(sheet: Sheet, places: dict[int, int]) -> PageData:
    template = sheet.template
    wires = sheet.picture.wires if sheet.picture is not None else ()
    return {
        "name": sheet.name,
        "wires": [[wire.source, wire.target, wire.row] for wire in wires],
        "parts": [
            [body.name, body.repeat if body.is_repeated else 0, places[id(body.child)]]
            for body in template.parts
        ],
        "inputs": [input_data(name, input_) for name, input_ in template.inputs.items()],
        "outputs": [output_data(port.tap, ()) for port in template.outputs.values()],
    }


# -------------------------------------------------------------------------------- instances


def _instances(flat: Flat, graph: Graph, places: dict[int, int]) -> Iterator[list[object]]:
    """Yield for each instance its file, its user, its name, and the signals of its ports.

    Every input and output has a list of signals.
    """
    numbers = plan_signals(graph)
    for instance in flat.instances:
        template = instance.template
        signal = _signal_of(flat, numbers, instance.offset)
        inputs: list[int] = []
        if instance.body is not None:
            width = sum(input_.width for input_ in template.inputs.values())
            inputs = signal(range(2, 2 + width))
        outputs = [signal(port.tap.signals) for port in template.outputs.values()]
        place = places[id(template)]
        yield [place, instance.user, instance.prefix.removesuffix("."), inputs, outputs]


def _signal_of(
    flat: Flat, numbers: Sequence[int], offset: int
) -> Callable[[Sequence[int]], list[int]]:
    """Return the function that maps slots of an instance to signals of the plan."""
    source = flat.source

    def signals(slots: Sequence[int]) -> list[int]:
        return [numbers[source[slot + offset]] if slot > 1 else int(slot) for slot in slots]

    return signals
