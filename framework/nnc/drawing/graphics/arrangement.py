"""Picture -> Arrangement: its cards, and where they and the wires between them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nnc.drawing.graphics.cards import Card, card
from nnc.drawing.graphics.layout import MAX_READERS, Extent, Layout, Link, place
from nnc.drawing.graphics.model import Kind, Picture

_COLUMNS: Mapping[Kind, Literal["first", "last"]] = {
    "input": "first",
    "inputs": "first",
    "output": "last",
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A picture with its boxes in their places; `inner` has the pictures that boxes hold."""

    picture: Picture
    cards: tuple[Card, ...]
    layout: Layout
    inner: Mapping[int, Arrangement]

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height."""
        return self.layout.width, self.layout.height


def arranged(picture: Picture) -> Arrangement:
    """Find the places of what is drawn; parts in parts are at most 64 deep."""
    inner: dict[int, Arrangement] = {}
    cards = []
    for i, element in enumerate(picture.elements):
        if element.inner is not None:
            inner[i] = arranged(element.inner)
        cards.append(card(element, inner[i].size if i in inner else None))
    extents = [
        Extent(each.width, each.height, each.inlets, each.outlets, _COLUMNS.get(element.kind))
        for element, each in zip(picture.elements, cards, strict=True)
    ]
    links = [Link(wire.source, wire.outlet, wire.target, wire.row) for wire in picture.wires]
    layout = place(extents, links, most=None if picture.has_all_wires else MAX_READERS)
    return Arrangement(picture, tuple(cards), layout, inner)
