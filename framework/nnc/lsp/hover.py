"""Describe the word under the pointer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice, product
from pathlib import Path

from lsprotocol import types

from nnc.compiler.bounds import Bounds
from nnc.compiler.graph import Graph, NeuronNode, first_signals
from nnc.diagnostics.diagnostic import KeyPath
from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import RULES
from nnc.files.weights.stored import Tensor
from nnc.language.document.parser import Scalar, scalars
from nnc.language.firing import FIRING
from nnc.language.mentions import Entry
from nnc.lsp.excerpt import check_entries
from nnc.lsp.facts import Fact, fact, show_bounds
from nnc.lsp.keys import description_of
from nnc.lsp.project import Place, Project
from nnc.lsp.texts import Text
from nnc.numbers.exact import Number, Refused, exact_number, show_number

MAX_FAN_IN = 4


def truth_table(text: Text, entry: Entry, texts: Mapping[Path, bytes]) -> str:
    """Return the truth table of a neuron in Markdown.

    It is empty for neurons that read numbers or many bits, or have errors.
    """
    checked = check_entries(text, [entry], texts)
    graph = checked.graph if checked is not None else None
    nodes = graph.nodes if graph is not None else ()
    node = next((node for node in nodes if node.name == entry.name), None)
    if graph is None or not isinstance(node, NeuronNode) or node.steps:
        return ""
    names = _names_of(graph)
    types = [graph.types[source] for source in node.sources if source in names]
    is_small = len(node.sources) == len(types) <= MAX_FAN_IN
    if not is_small or any(known.kind != "bit" for known in types):
        return ""
    lines = [_line([*(names[source] for source in node.sources), *node.signal_names()])]
    lines.append(f"|{'---|' * (len(types) + node.outputs)}")
    for row in product(*(known.states for known in types)):
        total = sum(weight * value for weight, value in zip(node.weights, row, strict=True))
        fired = [
            FIRING[node.rule(i)].compare(total, limit) for i, limit in enumerate(node.thresholds)
        ]
        values = [*row, *(node.states[fires] for fires in fired)]
        lines.append(_line(map(show_number, values)))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _names_of(graph: Graph) -> dict[int, str]:
    """Return the names of the signals of inputs, neurons and layers."""
    names = {
        signal: name
        for node in graph.nodes
        for signal, name in enumerate(node.signal_names(), node.first)
    }
    for name, first in first_signals(graph.inputs).items():
        width = graph.inputs[name].width
        names |= {first + i: f"{name}({i})" if width > 1 else name for i in range(width)}
    return names


_MAX_TENSORS = 20  # tensors listed of a weight file
_CODE = re.compile(r"NNC\d{3}")
_IN_COMMENT = re.compile(r"#[ \t]*nnc[ \t]*:[ \t]*ignore[ \t]*\[[^\]]*\]?")
_CODES = {rule.code: rule for rule in RULES.values()}


def hover(
    project: Project, text: Text, facts: str, line: int, character: int
) -> types.Hover | None:
    """Return the hover at a position of a text."""
    code = _code_at(text.lines[line], character)
    if code is not None:
        return _hover_of(code)
    piece = text.piece_at(line)
    index = piece.index(line, character)
    words = list(scalars(piece.text))
    scalar = next((word for word in words if word.start <= index <= word.end), None)
    if scalar is None:
        return None
    where = text.range_at(piece, scalar.start, scalar.end)
    place = project.place_at(text, line, character)
    if place is not None:
        declared = project.declaration(
            text, place.mention.space, place.mention.name, place.mention.owner
        )
        lines = _about(project, place, declared, facts)
        if scalar.path[2:3] == ("weights",) and not place.mention.declares:
            lines += _addition(words, scalar.path, facts)
        return _hover_of("\n\n".join(lines), where) if lines else None
    if not scalar.is_key and scalar.path[2:3] == ("weights",) and scalar.path[0] == "neurons":
        return _hover_of("\n\n".join(_addition(words, scalar.path[:4], facts)), where)
    siblings = [word.text for word in words if word.is_key and word.path[:-1] == scalar.path[:-1]]
    if scalar.path[:1] == ("layers",) and scalar.path[-1] == "tensor" and not scalar.is_key:
        beside = (*scalar.path[:-1], "file")
        file = next((word.text for word in words if word.path == beside and not word.is_key), "")
        tensor = project.tensors(text, file).get(scalar.text)
        return _hover_of(_tensor_line(scalar.text, tensor), where) if tensor is not None else None
    if scalar.is_key:
        description = description_of(scalar.path, siblings)
        return _hover_of(f"`{scalar.text}`: {description}", where) if description else None
    return None


def _about(project: Project, place: Place, declared: Place | None, facts: str) -> list[str]:
    """Return lines on a name: its declaration, and the facts about it."""
    mention = place.mention
    if mention.space == "file":
        if project.beside(place.text, mention.name) is None:
            return [f"there is no `{mention.name}`"]
        tensors = project.tensors(place.text, mention.name)
        lines = [_tensor_line(*item) for item in islice(tensors.items(), _MAX_TENSORS)]
        more = len(tensors) - len(lines)
        lines += [f"- and {more:,} more"] if more else []
        return ["\n".join([f"`{mention.name}`", *lines])]
    if declared is None:
        return []
    section = str(declared.mention.path[0])
    noun = {"assume": "assumption", "properties": "property"}.get(section, section[:-1])
    if mention.space == "port" and section == "neurons":
        noun = f"threshold of `{mention.owner}`"
    summary = f" `{declared.summary}`" if declared.summary else ""
    lines = [f"**{mention.name}**: {noun}{summary}"]
    description = next(
        (
            word.text
            for word in scalars(declared.piece.text)
            if word.path == (*declared.mention.path, "description") and not word.is_key
        ),
        None,
    )
    if description:
        lines.append(description.strip())
    known = fact(facts, mention.name) if mention.space in ("name", "signal") else None
    if known is not None:
        lines.append(_known(known, section))
        if section == "neurons" and 0 < known.fan_in <= MAX_FAN_IN:
            lines += _table_of(declared, project)
    return lines


def _table_of(declared: Place, project: Project) -> list[str]:
    """Return the truth table of a neuron that is declared on separate lines, if any."""
    text = declared.text
    section = text.outline.section("neurons")
    entry = text.outline.find(section, declared.mention.name) if section is not None else None
    table = truth_table(text, entry, project.unsaved(text)) if entry is not None else ""
    return [table] if table else []


def _tensor_line(name: str, tensor: Tensor) -> str:
    return f"- `{name}`: {tensor}" if name else f"- {tensor}"


def _known(known: Fact, section: str) -> str:
    readers = f"read by {known.readers}"
    if section == "inputs":
        return f"{show_bounds(known.values)}, {readers}"
    words = [f"sum {show_bounds(known.sums)} {known.rule}", f"level {known.level}"]
    words += [f"fan-in {known.fan_in}", readers]
    if known.verdicts and all(verdict is False for verdict in known.verdicts):
        words.append("never fires")
    elif known.verdicts and all(known.verdicts):
        words.append("always fires")
    return ", ".join(words)


def _addition(words: list[Scalar], path: KeyPath, facts: str) -> list[str]:
    """Return a line with the bounds of what a named source adds to the sum, if known."""
    below = [word for word in words if word.path[: len(path)] == path and not word.is_key]
    try:
        numbers = [exact_number(word.text) for word in below]
    except Refused:
        return []
    if not numbers or len(path) < 4:
        return []
    source = str(path[3])
    if len(below[0].path) > len(path):  # steps, or a weight for each element
        bounds = Bounds(min(0, *numbers), max(0, *numbers))
        if isinstance(below[0].path[-1], int):
            return []
    else:
        known = fact(facts, source)
        if known is None and "." not in source:
            return []
        bounds = _times(numbers[0], known.values if known is not None else Bounds(0, 1))
    low, high = bounds
    least = "any amount" if low is None else show_number(low)
    most = "any amount" if high is None else show_number(high)
    return [f"`{source}` adds from {least} to {most}"]


def _times(weight: Number, values: Bounds) -> Bounds:
    ends = [None if value is None else value * weight for value in values]
    return Bounds(*(ends if weight >= 0 else reversed(ends)))


def _code_at(line: str, character: int) -> str | None:
    """Return the explanation of the code at a position in a comment."""
    for comment in _IN_COMMENT.finditer(line):
        for code in _CODE.finditer(line, *comment.span()):
            if code.start() <= character <= code.end() and code[0] in _CODES:
                return explained(code[0])
    return None


def explained(code: str) -> str:
    """Return the explanation of a code, in Markdown."""
    rule = _CODES[code]
    about = explanation_of(rule)
    example = f"```{about.language}\n{about.good}```"
    return (
        f"**{rule.code} {rule.name}**: {rule.summary}\n\n{about.why}\n\n{example}\n\n{about.hint}"
    )


def _hover_of(text: str, where: types.Range | None = None) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), where)
