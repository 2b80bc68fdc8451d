"""Format a trace as text that fits on one screen, unless more is requested."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from nnc.numbers.exact import counted, show_number
from nnc.printable import display_width, line, printable
from nnc.run.trace.contributions import Contributions
from nnc.run.trace.neurons import FollowedRow, NeuronTrace
from nnc.run.trace.outputs import OutputTrace, limit_words, passes
from nnc.run.trace.values import PlainValue, show_value, signed
from nnc.run.trace.way import IDLE, Stop

SCREEN = 24  # lines
WIDTH = 80  # columns, for any terminal
FEW = 6  # sources shown per neuron on one screen
MANY = 32  # sources shown per neuron if there is room
_FEWEST = 2
_MAX_OUTPUTS = 7
_MAX_NAME = 24  # characters
MORE = "  … and more neurons below: --depth N shows N levels, --depth all shows all"


def head_lines(
    number: int, inputs: Mapping[str, PlainValue], extra: Mapping[str, str], note: str = ""
) -> list[str]:
    """Return the lines with the number of a row, its extra columns, and its inputs."""
    kept = note or ", ".join(f"{name}={value}" for name, value in extra.items())
    zeros = [name for name, value in inputs.items() if value == 0]
    are_many = len(zeros) > 2 and len(zeros) < len(inputs) and len(inputs) > 8
    words = [
        f"{name}={show_value(value)}"
        for name, value in inputs.items()
        if not (are_many and value == 0)
    ]
    if are_many:
        words.append(f"and 0 for the other {len(zeros):,}")
    text = f"row {number}{f' ({kept})' if kept else ''}: {', '.join(words)}"
    return textwrap.wrap(
        printable(text),
        WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def output_lines(outputs: Sequence[OutputTrace], *, all_of_them: bool = False) -> list[str]:
    """Return a line for each output with its value and reason; of many, zeros are omitted."""
    left: set[int] = set()
    if len(outputs) > _MAX_OUTPUTS and not all_of_them:
        order = sorted(range(len(outputs)), key=lambda i: outputs[i].value == 0)
        left = set(order[_MAX_OUTPUTS:])
    some = [output for i, output in enumerate(outputs) if i not in left]
    names = [printable(f"{output.name} = {show_value(output.value)}") for output in some]
    width = min(_MAX_NAME, max(map(display_width, names), default=0))
    lines = []
    for name, output in zip(names, some, strict=True):
        lines += _wrapped(f"  {name}{' ' * (width - display_width(name))}  ", output.reason)
    if left:
        are_zeros = all(outputs[i].value == 0 for i in left)
        words = f"{counted(len(left), 'output')} {'at 0' if are_zeros else 'more'}"
        lines.append(f"  … and {words}")
    return lines


def _wrapped(start: str, text: str) -> list[str]:
    """Return a text wrapped with indented continuation lines; numbers stay with their word."""
    joined = re.sub(r"(margin|sum|[<>≥≤]) ", r"\1\0", printable(text))
    lines = textwrap.wrap(
        start + joined,
        WIDTH,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [each.replace("\0", " ") for each in lines]


def way_lines(
    row: FollowedRow, stops: Iterable[Stop], outputs: Sequence[OutputTrace], room: int | None
) -> list[str]:
    """Return the lines of the deciding neurons, at most `room` lines; None means no limit."""
    is_lone = len(outputs) == 1 and outputs[0].kind != "bus"
    lines: list[str] = [] if is_lone else [""]
    known = {name for output in outputs if output.kind != "bus" for name in output.sources}
    is_first = True
    for stop in stops:
        if stop.rank == IDLE and room is not None:
            break
        neuron = row.neuron(stop.signal)
        head = [_short_head(neuron)] if stop.depth == 1 and neuron.name in known else _head(neuron)
        if is_first and is_lone and outputs[0].kind != "largest":
            head = []
        most = MANY
        if room is not None:
            left = room - len(lines) - len(head)
            most = max(_FEWEST, min(FEW, left - 3))  # leaves 3 lines for what is omitted
        block = head + contribution_lines(neuron, most)
        if room is not None and not is_first and len(lines) + len(block) >= room:
            lines.append(MORE)
            break
        lines += block
        is_first = False
    return [] if is_first else lines


def _short_head(neuron: NeuronTrace) -> str:
    return f"  {neuron.name}: sum {show_number(neuron.sum)}"


def _head(neuron: NeuronTrace) -> list[str]:
    """Return the lines on the decision of a neuron."""
    if len(neuron.limits) == 1:
        (limit,) = neuron.limits
        return [f"  {limit.name} = {show_number(limit.value)}  {limit_words(limit, neuron.sum)}"]
    return _wrapped(f"{_short_head(neuron)} ", passes(neuron.name, neuron.limits))


def neuron_lines(neuron: NeuronTrace, most: int = MANY) -> list[str]:
    """Return the lines of one neuron: its decisions, then its contributions."""
    lines = [
        f"  {limit.name} = {show_number(limit.value)}  {limit_words(limit, neuron.sum)}"
        for limit in neuron.limits
    ]
    return lines + contribution_lines(neuron, most)


def contribution_lines(neuron: NeuronTrace, most: int) -> list[str]:
    """Return a line for each of the largest contributions, then for the omitted ones."""
    contributions = neuron.contributions
    assert isinstance(contributions, Contributions)
    terms = contributions.terms(most, neuron.sum)
    amounts = [signed(term.amount) for term in terms.largest]
    sources = [printable(term.source) for term in terms.largest]
    source_width = max(map(display_width, sources), default=0)
    amount_width = max(map(len, amounts), default=0)
    lines = []
    for term, source, amount in zip(terms.largest, sources, amounts, strict=True):
        gap = " " * (source_width - display_width(source))
        lines.append(f"      {source}{gap}  {amount:>{amount_width}}  = {term.words}")
    if terms.more:
        lines.append(f"      … and {terms.more:,} more: {signed(terms.rest)}")
    if terms.zeros:
        lines.append(_zeros_line(terms.zeros, terms.names))
    return lines


def _zeros_line(zeros: int, names: Sequence[str]) -> str:
    """Return a line that counts the sources at 0 and names as many as fit."""
    text = f"      and {zeros:,} at 0"
    for i, name in enumerate(map(printable, names)):
        longer = f"{text}{', ' if i else ': '}{name}"
        end = ", …" if i + 1 < zeros else ""
        if display_width(longer + end) > WIDTH:
            return text + (", …" if i else "")
        text = longer
    return text + (", …" if len(names) < zeros else "")


def as_text(lines: Iterable[str]) -> str:
    """Return lines as text, with unprintable characters in names escaped."""
    return "".join(f"{line(text)}\n" for text in lines)
