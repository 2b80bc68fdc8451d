"""Netlists of the ISCAS benchmarks (`.bench`): `G10 = NAND(G1, G3)` -> `Logic`.

The format: Brglez, Fujiwara, "A neutral netlist of 10 combinational benchmark circuits", 1985.
"""

from __future__ import annotations

import re

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.interchange.importing.circuits.latches import CUT, next_state
from nnc.interchange.importing.circuits.logic import Logic, Table, network_of
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.places import Text
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import counted, shorten

_PORT = re.compile(r"(INPUT|OUTPUT)\s*\(\s*([^\s(),=]+)\s*\)", re.IGNORECASE)
_GATE = re.compile(r"([^\s(),=]+)\s*=\s*([A-Za-z]+)\s*(?:\(([^()]*)\))?")
_SINGLE = {"NOT": "0", "INV": "0", "BUF": "1", "BUFF": "1"}
_WIDE = {"AND": ("1", True), "NAND": ("1", False), "OR": ("0", False), "NOR": ("0", True)}
_PARITY = {"XOR": ("10", "01"), "XNOR": ("11", "00")}
_CONSTANTS = {"VDD": True, "GND": False}
_NAMES = (*_SINGLE, *_WIDE, *_PARITY, *_CONSTANTS, "DFF")


def read(data: bytes, settings: Settings) -> Imported:
    """Read a netlist. Raises InvalidNetworkError for a damaged one, and for flip-flops."""
    text = Text(data, latin=True)
    inputs: dict[str, int] = {}
    outputs: dict[str, int] = {}
    tables: dict[str, Table] = {}
    states: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.lines, 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        if port := _PORT.fullmatch(bare):
            ports = inputs if port[1].upper() == "INPUT" else outputs
            if port[2] in ports:
                message = f"`{shorten(port[2])}` is named for the second time, after line "
                raise text.damaged(f"{message}{ports[port[2]]}", number)
            ports[port[2]] = number
        elif gate := _GATE.fullmatch(bare):
            first = tables[gate[1]].line if gate[1] in tables else states.get(gate[1], ("", 0))[1]
            if first:
                message = f"`{shorten(gate[1])}` is driven for the second time, after line "
                raise text.damaged(f"{message}{first}", number)
            arguments = [word.strip() for word in (gate[3] or "").split(",")]
            if gate[2].upper() == "DFF" and settings.cut_latches:
                _check_single(text, gate[2], arguments, number)
                states[gate[1]] = arguments[0], number
                continue
            _add(text, tables, gate[1], gate[2], [] if arguments == [""] else arguments, number)
        else:
            message = "expected INPUT(a), OUTPUT(a) or a = GATE(b, c), found something else"
            raise text.damaged(message, number, width=len(line))
    if twice := [name for name in inputs if name in tables or name in states]:
        message = f"`{shorten(twice[0])}` is an input, and driven by a gate"
        line = tables[twice[0]].line if twice[0] in tables else states[twice[0]][1]
        raise text.damaged(message, line)
    for state, (stored, line) in states.items():
        following = next_state(state, {*tables, *inputs, *states, *outputs})
        tables[following] = Table((stored,), ("1",), is_on=True, line=line)
        outputs[following] = line
    if not outputs:
        raise text.damaged("the file has no OUTPUT", 1)
    last = next(iter(outputs.values()))
    return network_of(Logic([*inputs, *states], [*outputs], tables, text, last))


def _check_single(text: Text, kind: str, arguments: list[str], line: int) -> None:
    if len(arguments) != 1 or not arguments[0]:
        raise text.damaged(f"{kind} of {counted(len(arguments), 'signal')}", line)


def _add(
    text: Text,
    tables: dict[str, Table],
    name: str,
    gate: str,
    arguments: list[str],
    line: int,
) -> None:
    """Add the table of a gate; a parity of several inputs is a chain of those of two."""
    kind = gate.upper()
    width = len(text.lines[line - 1])
    if kind == "DFF":
        raise text.refused(f"`{shorten(name)}` is a flip-flop", line, width=width, hint=CUT)
    if kind not in _NAMES:
        hint = did_you_mean(kind, _NAMES, f"there are {', '.join(_NAMES[:-1])}")
        raise text.damaged(f"there is no gate `{shorten(gate)}`", line, width=width, hint=hint)
    fits = len(arguments) == 1 if kind in _SINGLE else bool(arguments) != (kind in _CONSTANTS)
    if not fits or "" in arguments:
        message = f"{kind} of {counted(len(arguments), 'signal')}"
        raise text.damaged(message, line, width=width)
    if kind in _SINGLE:
        tables[name] = Table(arguments, (_SINGLE[kind],), is_on=True, line=line)
    elif kind in _CONSTANTS:
        tables[name] = Table((), ("",), _CONSTANTS[kind], line)
    elif kind in _WIDE:
        bit, is_on = _WIDE[kind]
        tables[name] = Table(arguments, (bit * len(arguments),), is_on, line)
    elif len(arguments) == 1:
        tables[name] = Table(arguments, ("1" if kind == "XOR" else "0",), is_on=True, line=line)
    else:
        before = arguments[0]
        for place, argument in enumerate(arguments[1:-1], 1):
            link = f"{name} {place}"  # no signal of the file has a space
            tables[link] = Table((before, argument), _PARITY["XOR"], is_on=True, line=line)
            before = link
        tables[name] = Table((before, arguments[-1]), _PARITY[kind], is_on=True, line=line)
