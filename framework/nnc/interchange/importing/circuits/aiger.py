"""AIGER, as text (`aag`) or binary (`aig`): and-inverter graphs -> a `Circuit`.

The format: Biere, "The AIGER And-Inverter Graph (AIG) Format", 2007; the header may be that of
version 1.9. A literal is twice the number of a variable, one more where it is inverted; 0 and 1 are
constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from nnc.interchange.importing.circuits.gates import CUT, Circuit, latches, network_of, next_state
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.places import Text, damaged, refused
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import counted

MOST_INPUTS = 1_000_000
"""A binary file has no bytes for an input, so their count has a limit of its own."""

_HEADER = re.compile(rb"(aag|aig)((?: [0-9]{1,10}){5,9})[ \t]*\r?\n")
_NUMBERS = re.compile(r"(?:0|[1-9][0-9]{0,10})(?: (?:0|[1-9][0-9]{0,10}))*")
_SYMBOL = re.compile(r"([ilobcjf])([0-9]{1,10}) (.+)")
_LATCH_WORDS = 3


class _Header(NamedTuple):
    variables: int
    inputs: int
    latches: int
    outputs: int
    ands: int
    is_text: bool
    size: int


def read(data: bytes, settings: Settings) -> Imported:
    """Read an AIGER file. Raises InvalidNetworkError for a damaged one, and for latches."""
    circuit = circuit_of(data, is_cut=bool(settings.cut_latches))
    if settings.wires is not None:
        inputs, outputs = settings.wires
        circuit = replace(circuit, input_names=inputs, output_names=outputs)
    return network_of(circuit)


def circuit_of(data: bytes, *, is_cut: bool = False) -> Circuit:
    """Return the circuit in an AIGER file, with latches cut if required.

    Raises InvalidNetworkError as `read`.
    """
    header = _header(data)
    read_circuit = _of_text if header.is_text else _of_binary
    return read_circuit(data, header, is_cut=is_cut)


def _header(data: bytes) -> _Header:
    match = _HEADER.match(data)
    if match is None:
        hint = "it begins with `aag M I L O A` or `aig M I L O A`"
        raise damaged("the file has no header of AIGER", at=0, hint=hint)
    variables, inputs, latches, outputs, ands, *more = map(int, match[2].split())
    if any(more):
        message = "the file has properties or constraints (B, C, J, F of AIGER 1.9)"
        raise refused(message, "give what they say as outputs: `fold` and `aigtoaig` do")
    is_text = match[1] == b"aag"
    wanted = inputs + latches + ands
    if variables < wanted or (not is_text and variables > wanted):
        message = f"the header says {variables:,} variables, and {wanted:,} that are defined"
        raise damaged(message, at=0)
    if inputs > MOST_INPUTS:
        message = f"the file says that it has {inputs:,} inputs"
        raise refused(message, f"at most {MOST_INPUTS:,} can be read")
    return _Header(variables, inputs, latches, outputs, ands, is_text, match.end())


# ---------------------------------------------------------------------------------- as text


def _of_text(data: bytes, header: _Header, *, is_cut: bool) -> Circuit:
    text = Text(data)
    reader = _Lines(text, header)
    inputs = [reader.defined(reader.numbers(1, "an input")[0]) for _ in range(header.inputs)]
    states = dict(reader.latch() for _ in range(header.latches))
    outputs = [reader.used(reader.numbers(1, "an output")[0]) for _ in range(header.outputs)]
    ands: dict[int, tuple[int, int]] = {}
    lines: dict[int, int] = {}
    for _ in range(header.ands):
        left, first, second = reader.numbers(3, "an AND: three literals")
        variable = reader.defined(left)
        ands[variable] = (reader.used(first), reader.used(second))
        lines[variable] = reader.line
    symbols = _symbols(text, reader.line)
    for name, kind in (("input", "i"), ("output", "o"), ("latch", "l")):
        _check_symbols(
            text, symbols, name, kind, len({"i": inputs, "o": outputs}.get(kind, states))
        )
    if states and not is_cut:
        raise refused(f"the circuit has {latches(_state_names(states, symbols))}", CUT)
    known = {*inputs, *states, *ands, 0}
    for variable, pair in ands.items():
        for literal in pair:
            if literal >> 1 not in known:
                raise text.damaged(f"literal {literal} is not defined", lines[variable])
    for place, literal in enumerate(outputs):
        if literal >> 1 not in known:
            line = 2 + header.inputs + header.latches + place
            raise text.damaged(f"output {place} is literal {literal}, which is not defined", line)

    for variable, literal in states.items():
        if literal >> 1 not in known:
            message = f"the next state of latch {2 * variable} is literal {literal}, not defined"
            raise text.damaged(message, 2 + header.inputs)

    def damaged_at(variable: int) -> Exception:
        return text.damaged(f"the AND of variable {variable} reads itself", lines[variable])

    return _circuit(inputs, outputs, states, ands, symbols, damaged_at)


class _Lines:
    """Reads a line of numbers after another."""

    def __init__(self, text: Text, header: _Header) -> None:
        self.text, self.line = text, 1
        self._largest = 2 * header.variables + 1
        self._seen: dict[int, int] = {}

    def numbers(self, count: int, what: str) -> list[int]:
        """Read the numbers of the next line."""
        numbers = self.some(what)
        if len(numbers) != count:
            message = f"expected {what}, found {counted(len(numbers), 'number')}"
            raise self.text.damaged(message, self.line, width=len(self.text.lines[self.line - 1]))
        return numbers

    def some(self, what: str) -> list[int]:
        """Read the numbers of the next line, however many they are."""
        self.line += 1
        if self.line > len(self.text.lines):
            raise self.text.damaged(f"expected {what}, found the end of the file", self.line)
        line = self.text.lines[self.line - 1].rstrip(" \t")
        if not _NUMBERS.fullmatch(line):
            message = f"expected {what}, found something else"
            raise self.text.damaged(message, self.line, width=len(line))
        return [int(word) for word in line.split(" ")]

    def latch(self) -> tuple[int, int]:
        """Read a latch, and return its variable and the literal of its next state."""
        numbers = self.some("a latch: two literals")
        if not 2 <= len(numbers) <= _LATCH_WORDS:
            raise self.text.damaged("expected a latch: two literals", self.line)
        following = self.used(numbers[1])
        return self.defined(numbers[0]), following

    def defined(self, literal: int) -> int:
        """Return the variable that a literal defines, for the first time."""
        self.used(literal)
        if literal < 2 or literal % 2:
            message = f"literal {literal} cannot be defined: a variable is an even literal from 2"
            raise self.text.damaged(message, self.line)
        variable = literal >> 1
        if variable in self._seen:
            message = f"literal {literal} is defined for the second time, after line "
            raise self.text.damaged(f"{message}{self._seen[variable]}", self.line)
        self._seen[variable] = self.line
        return variable

    def used(self, literal: int) -> int:
        """Return a literal that is within the header's count of variables."""
        if literal > self._largest:
            message = f"literal {literal} is above {self._largest}, the last of the header"
            raise self.text.damaged(message, self.line)
        return literal


# ----------------------------------------------------------------------------------- binary


def _of_binary(data: bytes, header: _Header, *, is_cut: bool) -> Circuit:
    least = 2 * (header.outputs + header.latches + header.ands)
    if least > len(data) - header.size:
        message = f"the header asks for at least {least:,} more bytes"
        raise damaged(message, at=len(data))
    at, largest = header.size, 2 * header.variables + 1
    states: dict[int, int] = {}
    outputs: list[int] = []
    for place in range(header.latches + header.outputs):
        literal, at = _literal(data, at, largest, is_latch=place < header.latches)
        if place < header.latches:
            states[header.inputs + 1 + place] = literal
        else:
            outputs.append(literal)
    ands: dict[int, tuple[int, int]] = {}
    first = header.inputs + header.latches + 1
    for variable in range(first, first + header.ands):
        start = at
        below, at = _delta(data, at)
        apart, at = _delta(data, at)
        left = 2 * variable - below
        right = left - apart
        if below < 1 or right < 0:
            message = f"the AND of variable {variable} reads what comes later"
            raise damaged(message, at=start)
        ands[variable] = (left, right)
    text = Text(data[at:])
    symbols = _symbols(text, 0)
    if states and not is_cut:
        raise refused(f"the circuit has {latches(_state_names(states, symbols))}", CUT)
    inputs = list(range(1, header.inputs + 1))
    for name, kind, count in (("input", "i", len(inputs)), ("output", "o", len(outputs))):
        if wrong := [place for place in symbols.get(kind, ()) if place >= count]:
            raise damaged(f"there is a symbol for {name} {wrong[0]}, of {count:,}", at=at)
    return _circuit(inputs, outputs, states, ands, symbols, lambda _: damaged("a cycle"))


def _literal(data: bytes, at: int, largest: int, *, is_latch: bool) -> tuple[int, int]:
    """Read a literal that stands as text on a line of its own."""
    end = data.find(b"\n", at, at + 40)
    words = data[at:end].split() if end >= 0 else []
    fits = 1 <= len(words) <= (2 if is_latch else 1)
    if not fits or not all(word.isdigit() and len(word) < 12 for word in words):
        raise damaged(f"expected a literal, for {'a latch' if is_latch else 'an output'}", at=at)
    literal = int(words[0])
    if literal > largest:
        message = f"literal {literal} is above {largest}, the last of the header"
        raise damaged(message, at=at)
    return literal, end + 1


def _delta(data: bytes, at: int) -> tuple[int, int]:
    """Read a number in groups of seven bits, the lowest first."""
    value = shift = 0
    start = at
    while True:
        if at >= len(data):
            raise damaged("the file ends within an AND", at=at)
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift >= 35:
            raise damaged("a difference has more than five bytes", at=start)


# ---------------------------------------------------------------------------------- symbols


def _symbols(text: Text, after: int) -> dict[str, dict[int, str]]:
    """Read the names below the gates, up to the comment: by kind and place."""
    symbols: dict[str, dict[int, str]] = {}
    for number, line in enumerate(text.lines[after:], after + 1):
        if line.rstrip() == "c":
            break
        match = _SYMBOL.fullmatch(line)
        if match is None:
            if not line.strip():
                continue
            message = "expected a symbol such as `i0 name`, or `c`, found something else"
            if after:
                raise text.damaged(message, number, width=len(line))
            raise damaged(f"{message}, in line {number} after the gates")
        symbols.setdefault(match[1], {}).setdefault(int(match[2]), match[3])
    return symbols


def _check_symbols(
    text: Text, symbols: dict[str, dict[int, str]], name: str, kind: str, count: int
) -> None:
    wrong = [place for place in symbols.get(kind, ()) if place >= count]
    if wrong:
        start = re.compile(f"{kind}0*{wrong[0]} ")
        line = next(n for n, each in enumerate(text.lines, 1) if start.match(each))
        raise text.damaged(f"there is a symbol for {name} {wrong[0]}, of {count:,}", line)


def _state_names(states: Mapping[int, int], symbols: dict[str, dict[int, str]]) -> list[str]:
    named = symbols.get("l", {})
    return [named.get(place, f"l{place}") for place in range(len(states))]


def _circuit(
    inputs: list[int],
    outputs: list[int],
    states: Mapping[int, int],
    ands: dict[int, tuple[int, int]],
    symbols: dict[str, dict[int, str]],
    damaged_at: Callable[[int], Exception],
) -> Circuit:
    """Return the circuit; each of its latches is an input, and its next state an output."""
    named, out = symbols.get("i", {}), symbols.get("o", {})
    before = _state_names(states, symbols)
    names = [*(named.get(place, f"i{place}") for place in range(len(inputs))), *before]
    names_of_outputs = [out.get(place, f"o{place}") for place in range(len(outputs))]
    taken = {*names, *names_of_outputs}
    return Circuit(
        [*inputs, *states],
        names,
        [*outputs, *states.values()],
        [*names_of_outputs, *(next_state(name, taken) for name in before)],
        ands,
        damaged_at,
    )
