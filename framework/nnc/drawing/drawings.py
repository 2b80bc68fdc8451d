"""The settings of a picture, and the picture as SVG, DOT and Mermaid."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from typing_extensions import TypedDict

from nnc.compiler.graph import Graph, written_out
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import did_you_mean
from nnc.drawing.elements.changes import changed_picture
from nnc.drawing.elements.declared import picture
from nnc.drawing.elements.run import Run, Scene, Unfolding
from nnc.drawing.graphics.model import Element, Picture
from nnc.drawing.graphics.svg import Theme, render
from nnc.extras import install_line
from nnc.files.writing import open_atomically
from nnc.language.references import parse_source
from nnc.numbers.exact import Refused, counted, names_and_more
from nnc.printable import printable
from nnc.rows.columns import Batch
from nnc.selecting import Reach, selected, selecting_help

MERMAID_EDGES = 500  # Mermaid draws no graph with more edges


def as_dot(picture: Picture) -> str:
    """Return the boxes and wires of a picture for Graphviz."""
    lines = [
        f"digraph {_quoted(printable(picture.name))} {{",
        "  rankdir=LR;",
        "  node [shape=box];",
    ]
    for i, element in enumerate(picture.elements):
        shape = ' shape="ellipse"' if element.kind in ("input", "inputs", "output") else ""
        lines.append(f"  n{i} [label={_quoted(_label(element))}{shape}];")
    for wire in picture.wires:
        label = picture.elements[wire.source].outlets[wire.outlet]
        style = ' style="dashed"' if wire.sign < 0 else ""
        text = f" label={_quoted(label)}" if label else ""
        attributes = f" [{(text + style).strip()}]" if text or style else ""
        lines.append(f"  n{wire.source} -> n{wire.target}{attributes};")
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(picture: Picture) -> str:
    """Return the boxes and wires of a picture for Mermaid."""
    return "\n".join(_mermaid_lines(picture)) + "\n"


def _mermaid_lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for i, element in enumerate(picture.elements):
        left, right = ("([", "])") if element.kind in ("input", "inputs", "output") else ("[", "]")
        yield f'  n{i}{left}"{_mermaid_text(_label(element))}"{right}'
    for wire in picture.wires:
        arrow = "-.->" if wire.sign < 0 else "-->"
        label = picture.elements[wire.source].outlets[wire.outlet]
        text = f'|"{_mermaid_text(label)}"|' if label else ""
        yield f"  n{wire.source} {arrow}{text} n{wire.target}"


def _label(element: Element) -> str:
    lines = [printable(element.name), printable(element.note)]
    if element.value is not None:
        lines[0] += f" = {printable(element.value)}"
    if element.label is not None:
        lines[0] += f" = {printable(element.labels[element.label])}"
    return "\n".join(filter(None, lines))


def _quoted(text: str) -> str:
    """Quote a text for DOT."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _mermaid_text(text: str) -> str:
    """Escape a text with the entities of Mermaid."""
    for character, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, code)
    return text.replace("\n", "<br/>")


Form = Literal["svg", "png", "dot", "mermaid"]
SUFFIXES: Mapping[str, Form] = {
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}
MAX_BOXES = 150
MAX_BOXES_OF_CHANGE = 40  # in a change with more boxes, those far from it are left out
MAX_DECLARED = 4000  # beyond that not even the boxes are made


@dataclass(frozen=True, slots=True)
class DrawingSettings:
    """The settings of a picture: which part of a network to draw, and how.

    `unfold` names parts, `row` or `row(3).adder`; a number unfolds all parts to that depth.
    `around` names a neuron, input, layer, part or output and keeps what is `depth` wires away,
    by default one. `+name` keeps all that it reads, and `name+` all that reads it.
    `output` is an output. `hide` leaves out `inputs`, `outputs`, number `lines` or the `legend`.
    With `wires` as `all`, signals with very many readers keep their wires. `shape` gives for
    buses of bits the number of columns of their grids. More boxes than `max_count` are refused.
    """

    unfold: Collection[str | int] = ()
    around: str | None = None
    depth: int | None = None
    output: str | None = None
    hide: Collection[str] = ()
    wires: Literal["few", "all"] = "few"
    shape: Mapping[str, int] = field(default_factory=dict)
    theme: Theme = "auto"
    max_count: int = MAX_BOXES


class DrawingOptions(TypedDict, total=False):
    """The settings of a drawing, as `nnc.draw` takes them."""

    unfold: Collection[str | int]
    around: str
    depth: int
    output: str
    hide: Collection[Literal["inputs", "outputs", "lines", "legend"]]
    wires: Literal["few", "all"]
    shape: Mapping[str, int]
    theme: Theme
    max_count: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network as a picture, which a notebook displays."""

    picture: Picture
    svg: str

    def text(self, form: Form) -> str:
        """Return the picture as `svg`, `dot` or `mermaid`."""
        if form == "svg":
            return self.svg
        return as_mermaid(self.picture) if form == "mermaid" else as_dot(self.picture)

    def save(self, file: str | Path) -> None:
        """Write the picture to a file in the form of its suffix, SVG by default.

        Raises ValueError for an unknown suffix.
        """
        suffix = Path(file).suffix.lower()
        if suffix and suffix not in SUFFIXES:
            raise ValueError(f"`{suffix}` is no format of a picture; use {', '.join(SUFFIXES)}")
        form = SUFFIXES.get(suffix, "svg")
        with open_atomically(str(file)) as stream:
            stream.write(self.data(form))

    def data(self, form: Form) -> bytes:
        """Return the bytes of the picture in a form."""
        return png(self.svg) if form == "png" else self.text(form).encode()

    def __repr__(self) -> str:
        """Describe the drawing in one line."""
        boxes, wires = len(self.picture.elements), len(self.picture.wires)
        return f"<Drawing: {boxes:,} boxes, {counted(wires, 'wire')}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """Return the picture for notebooks: as SVG, and as PNG for those without SVG."""
        return bundle(repr(self), self.svg)


class Subject(NamedTuple):
    """A valid network to draw, and a batch of one row if a run is drawn."""

    linked: Linked
    graph: Graph
    batch: Batch | None = None
    name: str | None = None

    @property
    def title(self) -> str:
        """The name of the picture."""
        return self.name or self.linked.network.name or "network"

    @property
    def declared(self) -> int:
        """The number of neurons, layers and parts that its file declares."""
        network = self.linked.network
        return len(network.neurons) + len(network.layers) + len(network.parts)

    def picture(self, settings: DrawingSettings) -> Picture:
        """Return its full picture. Raises Refused for a part that does not exist."""
        run = None if self.batch is None else Run(self.graph, self.batch)
        unfolding = _unfolding(self.linked, settings)
        _check_shapes(self.graph, settings)
        return picture(Scene(written_out(self.linked), run), self.title, unfolding)


def draw(
    subject: Subject,
    settings: DrawingSettings,
    before: Subject | None = None,
    remark: str = "",
) -> Drawing:
    """Draw a network, or with `before` the changes since, and a remark on them.

    Raises Refused if the settings name something that does not exist, and for too many boxes.
    """
    is_excerpt = settings.around is not None or settings.output is not None
    limit = max(MAX_DECLARED, settings.max_count)
    if subject.declared > limit and not is_excerpt and before is None:
        raise _too_many(subject.declared)
    whole = subject.picture(settings)
    if before is not None:
        linked = before.linked, subject.linked
        whole = changed_picture(before.picture(settings), whole, linked)
        whole = replace(whole, name=f"{before.title} → {subject.title}")
        if whole.changed or not whole.remark:
            whole = replace(whole, remark=remark)
    whole = _excerpt(whole, settings)
    if whole.changed is not None and len(whole.elements) > MAX_BOXES_OF_CHANGE:
        whole = _near(whole, whole.changed, 2)
    count = _boxes(whole)
    if count > settings.max_count:
        raise _too_many(count)
    whole = replace(whole, has_all_wires=settings.wires == "all")
    if "lines" in settings.hide:
        whole = _without_lines(whole)
    svg = render(whole, theme=settings.theme, legend="legend" not in settings.hide)
    return Drawing(whole, svg)


def _without_lines(picture_: Picture) -> Picture:
    elements = (
        replace(element, scale=None, inner=element.inner and _without_lines(element.inner))
        for element in picture_.elements
    )
    return replace(picture_, elements=tuple(elements))


def _check_shapes(graph: Graph, settings: DrawingSettings) -> None:
    """Raise Refused for a grid without a bus of bits of its size."""
    buses = {
        name: input_.width
        for name, input_ in graph.inputs.items()
        if input_.type == "bit" and input_.is_bus
    }
    buses |= {tap.alias: tap.width for tap in graph.outputs if tap.kind == "bus" and tap.is_integer}
    for name, columns in settings.shape.items():
        if name not in buses:
            hint = did_you_mean(name, buses, f"the buses are {', '.join(buses)}" if buses else "")
            raise Refused("unknown-source", f"there is no bus of bits `{name}`", hint)
        if columns < 1 or buses[name] % columns:
            message = f"`{name}` has {counted(buses[name], 'bit')}, which are no grid of "
            raise Refused("size-mismatch", f"{message}{counted(columns, 'column')}", "")


def _boxes(picture_: Picture) -> int:
    inner = (element.inner for element in picture_.elements if element.inner is not None)
    return len(picture_.elements) + sum(map(_boxes, inner))


def _too_many(boxes: int) -> Refused:
    return Refused(
        "not-representable",
        f"{boxes:,} boxes are too many to read",
        "draw a part of the network with --around NEURON or --output OUTPUT, fewer parts with "
        "--unfold, or all of it with --max-count; `nnc stats` counts what it consists of",
    )


def _excerpt(whole: Picture, settings: DrawingSettings) -> Picture:
    if settings.output is not None:
        places = _selected(settings.output, _places(whole, ("output",)), "output")
        whole = _only(whole, _reached(whole, places, None))
    if settings.around is not None:
        whole = _around(whole, settings.around, settings.depth)
    kinds = [kind for hidden in settings.hide for kind in _HIDDEN.get(hidden, ())]
    return _without(whole, kinds) if kinds else whole


_HIDDEN = {"inputs": ("input", "inputs"), "outputs": ("output",)}


def _places(whole: Picture, kinds: Collection[str] = ()) -> dict[str, int]:
    """Map the declarations of a picture, or those of some kinds, to their positions."""
    names: dict[str, int] = {}
    for i, element in enumerate(whole.elements):
        if not kinds or element.kind in kinds:
            for each in element.names:
                names.setdefault(each, i)
    return names


def _selected(word: str, places: Mapping[str, int], what: str) -> set[int]:
    """Return the positions of the names that a word selects. Raises Refused if there are none."""
    names = selected([word], places)
    if not names:
        hint = selecting_help(word, places, f"{what}s")
        raise Refused("unknown-source", f"there is no {what} `{word}`", hint)
    return {places[name] for name in names}


def _around(picture: Picture, word: str, depth: int | None) -> Picture:
    """Keep what a word selects, and what is at most `depth` wires away from it.

    Without a depth it is one wire, or with a `+` all that it reads or that reads it.
    """
    places = _places(picture)
    word, sources, readers = Reach.of(word, places.__contains__)
    kept = _selected(word, places, "declaration")
    if not (sources or readers):
        return _near(picture, kept, depth or 1)
    before = _reached(picture, kept, depth) if sources else set()
    after = _reached(picture, kept, depth, to_readers=True) if readers else set()
    return _only(picture, kept | before | after)


def _near(picture: Picture, places: Collection[int], radius: int) -> Picture:
    """Keep what is at most `depth` wires away from some elements, in either direction."""
    kept = set(places)
    for _ in range(radius):
        kept |= _reached(picture, kept, 1) | _reached(picture, kept, 1, to_readers=True)
    return _only(picture, kept)


def _reached(
    picture: Picture, places: Collection[int], depth: int | None, *, to_readers: bool = False
) -> set[int]:
    """Return elements with what they read, or what reads them, up to `depth` wires away."""
    ends: dict[int, list[int]] = {}
    for wire in picture.wires:
        start, end = (wire.source, wire.target) if to_readers else (wire.target, wire.source)
        ends.setdefault(start, []).append(end)
    reached, edge = set(places), set(places)
    while edge and depth != 0:
        edge = {end for place in edge for end in ends.get(place, ())} - reached
        reached |= edge
        depth = None if depth is None else depth - 1
    return reached


def _without(picture: Picture, kinds: Collection[str]) -> Picture:
    """Leave out elements of some kinds."""
    kept = {i for i, element in enumerate(picture.elements) if element.kind not in kinds}
    return _only(picture, kept)


def _only(picture: Picture, kept: Collection[int]) -> Picture:
    new_place = {old: new for new, old in enumerate(sorted(kept))}
    elements = tuple(element for i, element in enumerate(picture.elements) if i in new_place)
    wires = tuple(
        wire._replace(source=new_place[wire.source], target=new_place[wire.target])
        for wire in picture.wires
        if wire.source in new_place and wire.target in new_place
    )
    changed = picture.changed
    if changed is not None:
        changed = frozenset(new_place[place] for place in changed if place in new_place)
    return replace(picture, elements=elements, wires=wires, changed=changed)


def _unfolding(linked: Linked, settings: DrawingSettings) -> Unfolding:
    """Return which parts are unfolded. Raises Refused if one does not exist."""
    instances: dict[tuple[str, ...], int] = {}
    chosen: dict[tuple[str, ...], int] = {}
    texts = list(map(str, settings.unfold))
    levels = max((int(text) for text in texts if text.isdecimal()), default=0)
    for text in texts:
        if text.isdecimal():
            continue
        used: Linked = linked
        way: list[str] = []
        for piece in text.split("."):
            source = parse_source(piece)
            part = used.network.parts.get(source.name)
            if part is None:
                known = used.network.parts
                where = f" in `{'.'.join(way)}`" if way else ""
                message = f"there is no part `{source.name}`{where}"
                names = f"the parts are {names_and_more(known)}" if known else "there are none"
                raise Refused("unknown-source", message, did_you_mean(source.name, known, names))
            place = source.index.places.start if source.index is not None else 0
            if place >= (part.repeat or 1):
                message = f"`{piece}`: there are {part.repeat or 1} of `{source.name}`, from 0"
                raise Refused("index-out-of-range", message, "")
            way.append(source.name)
            if source.index is not None:
                other = chosen.setdefault(tuple(way), place)
                if other != place:
                    name = ".".join(way)
                    message = (
                        f"`{name}({other})` and `{name}({place})`: a picture shows one of them"
                    )
                    raise Refused("exclusive-keys", message, "draw the other one alone")
            instances[tuple(way)] = chosen.get(tuple(way), place)
            used = used.parts[source.name]
    return Unfolding(levels, instances, settings.shape)


# ----------------------------------------------------------------------------------- displays


def require_png() -> None:
    """Raise Refused if the library for PNG is missing."""
    try:
        import resvg_py  # noqa: F401
    except ModuleNotFoundError:
        message = "a picture as PNG needs resvg-py, which is not installed"
        raise Refused("missing-library", message, install_line("png")) from None


def png(svg: str) -> bytes:
    """Return a picture as PNG. Raises Refused if the library for it is missing."""
    require_png()
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, monospace_family="DejaVu Sans Mono"))


def bundle(text: str, svg: str | None) -> dict[str, str]:
    """Return a picture for notebooks: as SVG, and as PNG for those without SVG."""
    if svg is None:
        return {"text/plain": text}
    forms = {"text/plain": text, "image/svg+xml": svg}
    with suppress(Refused):
        forms["image/png"] = b64encode(png(svg)).decode()
    return forms
