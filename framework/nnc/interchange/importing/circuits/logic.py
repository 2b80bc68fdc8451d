"""Tables of single bits (BLIF's covers, gates of a netlist) -> networks of neurons.

A table that one neuron can say is one neuron, which is decided on every row of a small one: then
its weights are the Chow parameters (Chow, "On the characterization of threshold functions", 1961).
Others are a neuron for each cube, and one that any of them sets off.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from nnc.interchange.importing.buses import Ports
from nnc.interchange.importing.imported import Imported, Wires
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.interchange.importing.places import Text
from nnc.language.network import Neuron
from nnc.numbers.exact import shorten

MAX_DECIDED = 6  # inputs of a table that is tried as one neuron

_MAX_FOLLOWED = 100

Row = dict[str, str]
"""A cube: the sources that it looks at, each with `0` or `1`."""


class Table(NamedTuple):
    """A bit that is `is_on` where one of the cubes holds; a cube has 0, 1 or - for each input."""

    inputs: Sequence[str]
    cubes: Sequence[str]
    is_on: bool = True
    line: int = 0


class Logic(NamedTuple):
    """A circuit of tables: its inputs, its outputs, and the table of every other signal."""

    inputs: Sequence[str]
    outputs: Sequence[str]
    tables: Mapping[str, Table]


def network_of(logic: Logic, order: Iterable[str], wires: Wires | None) -> Imported:
    """Return the network of the tables in `order`, each after those that it reads.

    `wires` are names for its inputs and outputs, by default those of their signals.
    """
    ports = Ports(*(wires or (logic.inputs, logic.outputs)))
    values = dict(zip(logic.inputs, ports.sources, strict=True))
    direct = {
        place: values[signal]
        for place, signal in enumerate(_same(logic, output) for output in logic.outputs)
        if signal in values
    }
    called: dict[str, tuple[str, bool]] = {}
    for signal, wanted in zip(logic.outputs, ports.name_outputs(direct), strict=True):
        called.setdefault(signal, wanted)
    writer = _Writer(ports.names, values)
    for signal in order:
        name, is_own = called.get(signal, (signal, False))
        values[signal] = writer.value(logic.tables[signal], name, is_own=is_own)
    return ports.network(writer.neurons, [values[signal] for signal in logic.outputs])


def _same(logic: Logic, signal: str) -> str:
    """Follow a signal through tables that only hand it on: a few of them, as only names need it."""
    for _ in range(_MAX_FOLLOWED):
        table = logic.tables.get(signal)
        if table is None or len(table.inputs) != 1 or tuple(table.cubes) != ("1",):
            break
        if not table.is_on:
            break
        signal = table.inputs[0]
    return signal


def order_of(logic: Logic, text: Text, line: int) -> list[str]:
    """Sort the signals that outputs need topologically; `line` is that of the model.

    Raises InvalidNetworkError where nothing drives a signal, or one reads itself.
    """
    tables, outside = logic.tables, set(logic.inputs)

    def reads(signal: str) -> list[str]:
        table = tables[signal]
        inner = [each for each in table.inputs if each not in outside]
        for each in inner:
            if each not in tables:
                message = f"nothing drives `{shorten(each)}`, which `{shorten(signal)}` reads"
                raise text.damaged(message, table.line)
        return inner

    for output in logic.outputs:
        if output not in tables and output not in outside:
            message = f"nothing drives the output `{shorten(output)}`"
            raise text.damaged(message, line)
    try:
        return ordered((each for each in logic.outputs if each in tables), reads)
    except CircleError as error:
        message = f"`{shorten(error.read)}` reads itself"
        raise text.damaged(message, tables[error.reader].line) from None


class _Writer:
    """Writes tables as neurons."""

    def __init__(self, names: Names, values: Mapping[str, str]) -> None:
        self._names, self._values = names, values
        self.neurons: dict[str, Neuron] = {}

    def value(self, table: Table, wanted: str, *, is_own: bool) -> str:
        """Return the source of a table: a new neuron, another source, or a constant."""
        rows = self._rows(table)
        if not rows or {} in rows:
            return str(int(table.is_on == bool(rows)))
        if len(rows) == 1 and len(rows[0]) == 1 and table.is_on:
            [(source, bit)] = rows[0].items()
            if bit == "1":
                return source
        name = wanted if is_own else self._names.new(wanted)
        if len(rows) == 1:
            self._all(name, rows[0], is_on=table.is_on)
        elif not self._as_one(name, rows, is_on=table.is_on):
            self._any(name, rows, is_on=table.is_on)
        return name

    def _rows(self, table: Table) -> list[Row]:
        """Return the cubes over sources, without those that no row meets."""
        sources = [self._values[signal] for signal in table.inputs]
        rows: list[Row] = []
        for cube in dict.fromkeys(table.cubes):
            row: Row = {}
            for source, bit in zip(sources, cube, strict=True):
                if bit == "-" or source == bit:
                    continue
                if source in ("0", "1") or row.setdefault(source, bit) != bit:
                    break
            else:
                rows.append(row)
        return rows

    def _add(self, name: str, weights: dict[str, int], threshold: int, *, is_on: bool) -> None:
        if not is_on:  # the sum is an integer: below T it is at most T - 1
            weights = {source: -weight for source, weight in weights.items()}
            threshold = 1 - threshold
        self.neurons[name] = Neuron.model_construct(weights=weights, threshold=threshold)

    def _all(self, name: str, row: Row, *, is_on: bool) -> None:
        weights = {source: 1 if bit == "1" else -1 for source, bit in row.items()}
        self._add(name, weights, sum(weight > 0 for weight in weights.values()), is_on=is_on)

    def _as_one(self, name: str, rows: list[Row], *, is_on: bool) -> bool:
        """Try to write a table as one neuron, or as two for a parity of two inputs."""
        sources = [*dict.fromkeys(source for row in rows for source in row)]
        if all(len(row) == 1 for row in rows):
            literals = {(source, bit) for row in rows for source, bit in row.items()}
            if len(literals) == len(sources):
                weights = {source: 1 if bit == "1" else -1 for source, bit in literals}
                weights = {source: weights[source] for source in sources}
                negative = sum(weight < 0 for weight in weights.values())
                self._add(name, weights, 1 - negative, is_on=is_on)
                return True
        if len(sources) > MAX_DECIDED:
            return False
        cubes = tuple("".join(row.get(source, "-") for source in sources) for row in rows)
        if len(sources) == 2 and set(cubes) in ({"10", "01"}, {"11", "00"}):
            both = self._names.new(f"{name}_both")
            self._add(both, dict.fromkeys(sources, 1), 2, is_on=True)
            weights = {**dict.fromkeys(sources, 1), both: -2}
            self._add(name, weights, 1, is_on=is_on == ("10" in cubes))
            return True
        decided = _decided(cubes)
        if decided is not None:
            numbers, threshold = decided
            weights = {s: n for s, n in zip(sources, numbers, strict=True) if n}
            self._add(name, weights, threshold, is_on=is_on)
        return decided is not None

    def _any(self, name: str, rows: list[Row], *, is_on: bool) -> None:
        weights: dict[str, int] = {}
        for row in rows:
            [(source, bit), *more] = row.items()
            if more or bit == "0" or source in weights:
                source = self._names.new(f"{name}_{len(weights)}")
                self._all(source, row, is_on=True)
            weights[source] = 1
        self._add(name, weights, 1, is_on=is_on)


@lru_cache(maxsize=10_000)
def _decided(cubes: tuple[str, ...]) -> tuple[tuple[int, ...], int] | None:
    """Return weights and a threshold that equal the table on every row, or None."""
    size = len(cubes[0])
    on: list[list[int]] = []
    off: list[list[int]] = []
    for row in itertools.product("01", repeat=size):
        holds = any(all(c in ("-", r) for c, r in zip(cube, row, strict=True)) for cube in cubes)
        (on if holds else off).append([int(bit) for bit in row])
    weights = [sum(1 if row[at] else -1 for row in on) for at in range(size)]
    shared = math.gcd(*weights)
    if not off or not shared:
        return None
    numbers = tuple(weight // shared for weight in weights)

    def total(row: Sequence[int]) -> int:
        return sum(number for number, bit in zip(numbers, row, strict=True) if bit)

    threshold = min(map(total, on))
    return (numbers, threshold) if max(map(total, off)) < threshold else None
