"""Picture -> SVG: its cards in their positions, wires between them, and a legend."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from nnc.drawing.graphics.cards import Card, card
from nnc.drawing.graphics.layout import MAX_READERS, Extent, Layout, Link, Point, place
from nnc.drawing.graphics.model import Element, Kind, Picture, Row, Wire
from nnc.drawing.graphics.shapes import (
    LARGE,
    SMALL,
    Dot,
    Line,
    Marker,
    Rectangle,
    Shape,
    Text,
    moved,
    text_width,
)
from nnc.printable import printable

Theme = Literal["auto", "light", "dark"]
MARGIN, TITLE, REMARK = 16, 28, 16
_LEGEND = 30

_LIGHT = {
    "page": "#ffffff", "ink": "#1c2330", "soft": "#5a6473", "faint": "#6b7482", "line": "#8a93a0",
    "box": "#f4f6fa", "card": "#ffffff", "head": "#eef1f6", "part": "#e6dff2", "layer": "#dfeee8",
    "on": "#ffe9a8", "zone": "#e0a100", "above": "#005ab5", "below": "#d55e00", "cell": "#d8dde5",
    "step1": "#dce9f6", "step2": "#a9c9e8", "step3": "#6ba3d8",
    "minus1": "#fce5d4", "minus2": "#f6c6a0", "minus3": "#eb9a5d", "changed": "#7b2d8e",
    "added": "#1a7f37", "otherwise": "#bf2a7a",
}  # fmt: skip
_DARK = {
    "page": "#12161d", "ink": "#e8ecf2", "soft": "#a7b0bd", "faint": "#98a2b0", "line": "#6b7482",
    "box": "#1c222c", "card": "#191f28", "head": "#262d39", "part": "#372c4d", "layer": "#213a31",
    "on": "#6b5200", "zone": "#f0b000", "above": "#58a6f5", "below": "#ff8a3d", "cell": "#39414e",
    "step1": "#22344a", "step2": "#2b5480", "step3": "#2a68a6",
    "minus1": "#40291a", "minus2": "#673a17", "minus3": "#8a4a14", "changed": "#c792dd",
    "added": "#4ec46b", "otherwise": "#f2719f",
}  # fmt: skip
"""Texts have a contrast of at least 4.5 : 1 with what is behind them, and lines 3 : 1."""

_STYLES = """\
svg{{background:{page}}}
.page{{fill:{page}}}
text{{font-family:DejaVu Sans Mono,Menlo,Consolas,monospace;fill:{ink};white-space:pre}}
.name,.amount,.sum,.limit,.on{{font-weight:bold}}
.note,.end,.label{{fill:{soft}}}
.none{{fill:{faint};font-weight:normal}}
.label.on{{fill:{ink}}}
.pill{{fill:{box};stroke:{line}}}
.card{{fill:{card};stroke:{line}}}
.pill.on,.chosen{{fill:{on};stroke:{ink};stroke-width:1.5}}
.card.on{{stroke:{ink};stroke-width:1.5}}
.chosen{{stroke-width:1}}
.head{{fill:{head}}}
.part{{fill:{part}}}
.layer{{fill:{layer}}}
.head.on{{fill:{on}}}
.lamp,.hollow{{fill:{card};stroke:{ink};stroke-width:1.5}}
.lamp.on{{fill:{zone}}}
.port{{fill:{soft}}}
.full,.ink,marker,.sum{{fill:{ink}}}
.cell,.tile{{fill:{card};stroke:{cell}}}
.tile.on{{stroke:{zone};stroke-width:3}}
.row{{fill-opacity:0}}
.mark{{fill:{cell}}}
.mark.on,.zone,.margin.on{{fill:{zone}}}
.margin{{fill:{line}}}
.axis{{stroke:{line};fill:none}}
.tick{{stroke:{ink}}}
.here{{fill:none;stroke:{ink};stroke-width:2}}
.step0{{fill:{card};stroke:{line}}}
.step1{{fill:{step1};stroke:{line}}}
.step2{{fill:{step2};stroke:{line}}}
.step3{{fill:{step3};stroke:{line}}}
.step1.minus{{fill:{minus1}}}
.step2.minus{{fill:{minus2}}}
.step3.minus{{fill:{minus3}}}
rect.above{{fill:{above}}}
rect.below{{fill:{below}}}
.idle{{opacity:.3}}
.old,text.removed{{text-decoration:line-through;fill:{faint};font-weight:normal}}
.gone{{stroke:{changed};stroke-dasharray:3 2}}
.was{{fill:none;stroke:{changed}}}
text.changed,text.added{{font-weight:bold}}
.pill.changed,.card.changed,.legend.changed{{stroke:{changed};stroke-width:2.5}}
.pill.added,.card.added,.legend.added{{stroke:{added};stroke-width:2.5}}
.pill.removed,.card.removed,.legend.removed{{stroke:{line};stroke-width:1.5;stroke-dasharray:4 3}}
.pill.otherwise,.card.otherwise,.legend.otherwise{{stroke:{otherwise};stroke-width:2.5}}
.pill.otherwise,.card.otherwise,.legend.otherwise{{stroke-dasharray:7 3}}
path,.legend{{fill:none;stroke:{soft}}}
.bus{{stroke-width:3}}
path.above,.legend.above{{stroke:{above}}}
path.removed{{stroke:{line};stroke-dasharray:2 4}}
path.below,.legend.below{{stroke:{below};stroke-dasharray:6 3}}
.legend.above,.legend.below{{stroke-width:2}}
image{{image-rendering:pixelated}}
"""


_COLUMNS: Mapping[Kind, Literal["first", "last"]] = {
    "input": "first",
    "inputs": "first",
    "output": "last",
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A picture with its boxes in their positions; `inner` has the pictures inside boxes."""

    picture: Picture
    cards: tuple[Card, ...]
    layout: Layout
    inner: Mapping[int, Arrangement]

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height."""
        return self.layout.width, self.layout.height


def arranged(picture: Picture) -> Arrangement:
    """Lay out all elements; parts nest at most 64 deep."""
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


def render(
    picture: Picture, *, theme: Theme = "auto", legend: bool = True, live: bool = False
) -> str:
    """Return a picture as SVG, without scripts, fonts or anything external.

    If it is `live`, attributes hold what a page needs to change it: for each box its name, the
    signals of its rows and its number line; for each segment of a wire, the wires it is part of.
    """
    arrangement = arranged(picture)
    remark = Text(MARGIN, MARGIN + TITLE, picture.remark, "note", SMALL)
    top = MARGIN + TITLE + (REMARK if picture.remark else 0)
    widths = arrangement.size[0], text_width(picture.name, LARGE), text_width(remark.text, SMALL)
    width = max(widths) + 2 * MARGIN
    height = arrangement.size[1] + top + MARGIN
    texts = [f"{shape_text(remark)}\n"] if picture.remark else []
    texts += _drawn(arrangement, MARGIN, top, live=live)
    if legend:
        marks = list(_legend(picture))
        texts += [f"{shape_text(moved(shape, MARGIN, height))}\n" for shape in marks]
        width = max(width, 2 * MARGIN + max(map(_right, marks), default=0))
        height += _LEGEND
    return page(picture.name, (width, height), texts, None if live else theme)


def page(name: str, size: tuple[int, int], texts: Iterable[str], theme: Theme | None) -> str:
    """Return an SVG file with a title; inside a page it has no theme, as the page sets it."""
    name = escape(printable(name))
    width, height = size
    style = ""
    if theme is not None:  # a rectangle, since programs that draw images leave out the background
        style = f"<title>{name}</title>\n<style>\n{_style(theme)}</style>\n"
        style += f'<rect width="{width}" height="{height}" class="page"/>\n'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="{"img" if theme else "group"}" '
        f'aria-label="{name}">\n{style}'
    )
    title = f'<text x="{MARGIN}" y="{MARGIN + 12}" font-size="{LARGE}" class="name">{name}</text>\n'
    return "".join([head, title, *texts, "</svg>\n"])


def _style(theme: Theme) -> str:
    text = _STYLES.format(**(_DARK if theme == "dark" else _LIGHT))
    if theme == "auto":
        dark = _STYLES.format(**_DARK)
        text += f"@media screen and (prefers-color-scheme:dark){{\n{dark}}}\n"
    return text


def page_style(scope: str) -> str:
    """Return the CSS of all pictures below a selector, with the colours of `palette`."""
    variables = {colour: f"var(--{colour})" for colour in _LIGHT}
    lines = []
    for line in _STYLES.format(**variables).splitlines():
        selectors, _, rule = line.partition("{")
        scoped = ",".join(f"{scope} {selector}" for selector in selectors.split(","))
        lines.append(f"{scoped}{{{rule}")
    return "\n".join(lines)


def palette(theme: Literal["light", "dark"]) -> str:
    """Return the colours of a theme as CSS variables."""
    colours = _DARK if theme == "dark" else _LIGHT
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _drawn(arrangement: Arrangement, dx: int, dy: int, *, live: bool) -> Iterator[str]:
    """Yield the elements of a picture and of the pictures inside its boxes."""
    yield f'<g transform="translate({dx} {dy})">\n'
    yield from _wires(arrangement.picture.wires, arrangement.layout, live=live)
    for i, element in enumerate(arrangement.picture.elements):
        each, (x, y) = arrangement.cards[i], arrangement.layout.places[i]
        title = escape(printable(element.title))
        hooks = _hooks(element, each) if live else ""
        yield f'<g role="group" aria-label="{title}" transform="translate({x} {y})"{hooks}>'
        yield f"<title>{title}</title>"
        yield from map(shape_text, each.shapes)
        if each.inner is not None:
            yield from _drawn(arrangement.inner[i], *each.inner, live=False)
        yield "</g>\n"
    yield "</g>\n"


def _hooks(element: Element, card: Card) -> str:
    """Return the attributes by which a page looks up a box."""
    hooks = {"kind": element.kind, "names": " ".join(element.names)}
    if element.kind == "neuron":
        hooks["rows"] = " ".join(map(_synapses, element.rows))
    if card.axis is not None:
        hooks["axis"] = " ".join(map(str, card.axis))
    return "".join(f' data-{key}="{escape(text)}"' for key, text in hooks.items())


def _synapses(row: Row) -> str:
    """Return the positions of a row's weights in its neuron; `-` if removed, `*` for a rest.

    For steps, the number of cut-offs below all values follows.
    """
    if row.change == "removed":
        return "-"
    start, stop = row.synapses
    if start == stop:
        return "*"
    return f"{start}:{stop}" + (f":{int(bool(row.note))}" if row.cutoffs else "")


# -------------------------------------------------------------------------------------- wires


def _wires(wires: Iterable[Wire], layout: Layout, *, live: bool) -> Iterator[str]:
    """Yield the segments of all wires; a shared segment is drawn once."""
    pieces: dict[tuple[Point, Point, bool], list[tuple[int, Wire]]] = {}
    for i, (wire, route) in enumerate(zip(wires, layout.routes, strict=True)):
        if route is not None:
            for piece in route.segments():
                pieces.setdefault(piece, []).append((i, wire))
    yield from _stubs(layout)
    grouped: dict[str, list[str]] = {}
    for (start, end, curved), shared in pieces.items():
        style = _wire_style([wire for _, wire in shared])
        if live:
            style += f' data-wires="{" ".join(str(i) for i, _ in shared)}"'
        grouped.setdefault(style, []).append(_way(start, end, curved=curved))
    for style, ways in sorted(grouped.items()):
        yield f'<path {style} d="{"".join(ways)}"/>\n'


def _stubs(layout: Layout) -> Iterator[str]:
    """Yield both ends of the wires that are not drawn; a row names its source anyway."""
    counts: dict[Point, int] = {}
    for route, ends in zip(layout.routes, layout.ends, strict=True):
        if route is None:
            (x1, y1), (x2, y2) = ends
            counts[x1, y1] = counts.get((x1, y1), 0) + 1
            yield f'<path stroke-width="1.5" d="M{x2 - 12} {y2}L{x2} {y2}"/>'
            yield f'<circle cx="{x2 - 12}" cy="{y2}" r="2" class="port"/>\n'
    for (x, y), count in counts.items():
        yield f'<path stroke-width="1.5" d="M{x} {y}L{x + 10} {y}"/>'
        yield shape_text(Text(x + 13, y + 4, f"→ {count}", "note", SMALL)) + "\n"


def _wire_style(wires: list[Wire]) -> str:
    """Return the style of a segment, by the sign and size of its weights; buses are grey."""
    signs = {wire.sign for wire in wires}
    kind = ""
    if all(wire.is_bus and not wire.sign for wire in wires):
        width = 3.0
    else:
        shares = [wire.share for wire in wires if wire.share is not None]
        kind = {1: "above", -1: "below"}.get(next(iter(signs)), "") if len(signs) == 1 else ""
        width = 1.2 + 2.3 * (max(shares, default=0.1) if kind else 0)
    idle = all(wire.carries is False for wire in wires)
    if all(wire.change == "removed" for wire in wires):
        kind, width, idle = "removed", 1.0, False
    styles = " ".join(filter(None, (kind, "idle" if idle else "")))
    return (f'class="{styles}" ' if styles else "") + f'stroke-width="{width:.1f}"'


def _way(start: Point, end: Point, *, curved: bool) -> str:
    (x1, y1), (x2, y2) = start, end
    if not curved or y1 == y2:
        return f"M{x1} {y1}L{x2} {y2}"
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"


# ------------------------------------------------------------------------------------- shapes


def shape_text(shape: Shape) -> str:
    """Return one shape as SVG."""
    if isinstance(shape, Text):
        size = f' font-size="{shape.size}"'
        anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        style = f' class="{shape.style}"' if shape.style else ""
        text = escape(printable(shape.text))
        return f'<text x="{shape.x}" y="{shape.y}"{size}{anchor}{style}>{text}</text>'
    if isinstance(shape, Rectangle):
        radius = f' rx="{shape.radius}"' if shape.radius else ""
        place_ = f'x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
        return _titled("rect", f'{place_}{radius} class="{shape.style}"', shape.title)
    if isinstance(shape, Line):
        ends = f'x1="{shape.x1}" y1="{shape.y1}" x2="{shape.x2}" y2="{shape.y2}"'
        return f'<line {ends} class="{shape.style}"/>'
    if isinstance(shape, Dot):
        return f'<circle cx="{shape.x}" cy="{shape.y}" r="{shape.radius}" class="{shape.style}"/>'
    if isinstance(shape, Marker):
        x, y = shape.x, shape.y
        return f'<polygon points="{x},{y} {x - 4},{y - 7} {x + 4},{y - 7}" class="{shape.style}"/>'
    place_ = f'x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
    data = b64encode(shape.data).decode()
    attributes = f'{place_} preserveAspectRatio="none" href="data:image/png;base64,{data}"'
    return _titled("image", attributes, shape.title)


def _titled(tag: str, attributes: str, title: str) -> str:
    if not title:
        return f"<{tag} {attributes}/>"
    return f"<{tag} {attributes}><title>{escape(printable(title))}</title></{tag}>"


def _right(shape: Shape) -> int:
    if isinstance(shape, Text):
        return shape.x + text_width(shape.text, shape.size)
    return shape.x2 if isinstance(shape, Line) else shape.x


_CHANGES = {
    "new": "added",
    "changed": "changed",
    "gone": "removed",
    "gives something else": "otherwise",
}


def _all_pictures(picture: Picture) -> Iterator[Picture]:
    """Yield a picture and those inside its boxes."""
    yield picture
    for element in picture.elements:
        if element.inner is not None:
            yield from _all_pictures(element.inner)


def _legend(picture: Picture) -> Iterator[Shape]:
    """Yield the meanings of the signs in the picture and in those inside its boxes."""
    x = 0
    pictures = list(_all_pictures(picture))
    elements = [element for each in pictures for element in each.elements]
    wires = [wire for each in pictures for wire in each.wires]
    signs = {wire.sign for wire in wires}
    for element in elements:
        if element.matrix is not None:
            signs.update(element.matrix.signs())
    has_bus = any(wire.is_bus and not wire.sign for wire in wires)
    lines = [
        ("weight above 0", "legend above", 1 in signs),
        ("below 0", "legend below", -1 in signs),
        ("several signals", "legend bus", has_bus),
    ]
    for text, style, is_there in lines:
        if is_there:
            yield Line(x, 0, x + 26, 0, style)
            yield Text(x + 32, 4, text, "note", SMALL)
            x += 32 + text_width(text, SMALL) + 18
    changes = {element.change for element in elements}
    for text, change in _CHANGES.items():
        if change in changes:
            yield Rectangle(x, -6, 20, 12, f"legend {change}", 4)
            yield Text(x + 26, 4, text, "note", SMALL)
            x += 26 + text_width(text, SMALL) + 18
    if any(element.scale and element.scale.old_sum is not None for element in elements):
        yield Marker(x + 5, 4, "sum was")
        yield Text(x + 16, 4, "sum before", "note", SMALL)
        x += 16 + text_width("sum before", SMALL) + 18
    for text, style in (("fires", "lamp on"), ("silent", "lamp")) if picture.is_run else ():
        yield Dot(x + 5, 0, 5, style)
        yield Text(x + 16, 4, text, "note", SMALL)
        x += 16 + text_width(text, SMALL) + 18
