"""What stands at the ports of a circuit, as a word of bits, for rows and for their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from nnc.compiler.graph import Tap
from nnc.interchange.checking.rows import Answer, Row, signals_of
from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.gates import Gates, wire_values
from nnc.numbers.exact import Number, simplest


def word_of(ports: Ports, row: Row, gates: Gates) -> str:
    """Write the bits of a row, the last port first, the highest bit of each first."""
    signals = signals_of(row, gates)
    values = [(_number(inlet, signals), inlet.port.width) for inlet in ports.inlets]
    return "".join(f"{value & (1 << width) - 1:0{width}b}" for value, width in reversed(values))


def _number(inlet: Inlet, signals: Sequence[Number]) -> int:
    """Return what a port holds: a place, bits, or a number."""
    values = [int(signals[signal]) for signal in inlet.signals]
    if inlet.input.of is not None:
        return values.index(1)
    if inlet.input.type == "bit":
        off, on = inlet.input.state_values
        return sum((bit ^ (off > on)) << place for place, bit in enumerate(values))
    return values[0]


def answer_of(gates: Gates, ports: Ports, word: str) -> Answer:
    """Read the bits of all outputs, in the order of `word_of`."""
    parts: dict[str, list[Any]] = {}
    end = len(word)
    for outlet in ports.outlets:
        start = end - outlet.port.width
        bits, end = word[start:end], start
        own = parts.setdefault(outlet.tap.alias, [])
        own += _values(gates, ports, outlet, bits)
    answer: Answer = {}
    for tap in gates.plan.outputs:
        values = parts[tap.alias]
        answer[tap.alias] = values if tap.is_bus and _has_elements(tap) else values[0]
    return answer


def _has_elements(tap: Tap) -> bool:
    return tap.kind not in ("level", "largest")


def _values(gates: Gates, ports: Ports, outlet: Outlet, bits: str) -> Iterator[Any]:
    """Yield what a port gives, the lowest bit first; None where a bit is undefined."""
    tap, port = outlet.tap, outlet.port
    if set(bits) - {"0", "1"}:
        yield from [None] * (1 if tap.kind in ("level", "largest", "sum") else port.width)
        return
    whole = int(bits, 2)
    if port.is_signed and bits[0] == "1":
        whole -= 1 << port.width
    if tap.kind in ("level", "largest"):
        yield tap.labels[whole] if tap.labels else whole
    elif tap.kind == "sum":
        yield simplest(Fraction(whole, gates.maker[outlet.signals[0]].value[2]))
    elif outlet.signals[0] in ports.bounds:
        yield whole
    else:
        for signal, bit in zip(outlet.signals, reversed(bits), strict=True):
            yield wire_values(gates.plan.states_of(signal))[int(bit)]
