"""Picture -> DOT and Mermaid, for other tools that draw graphs."""

from __future__ import annotations

from collections.abc import Iterator

from nnc.drawing.graphics.model import Element, Picture
from nnc.printable import printable

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
    """Write a text as DOT reads it."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _mermaid_text(text: str) -> str:
    """Write a text with the entities that Mermaid reads."""
    for character, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, code)
    return text.replace("\n", "<br/>")
