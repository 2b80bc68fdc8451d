"""And-inverter graphs -> tables: a tree of ANDs is one table, and so one neuron."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nnc.interchange.importing.circuits.logic import Logic, Table
from nnc.interchange.importing.circuits.logic import network_of as network_of_tables
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.numbers.exact import MAX_NAMES, shorten

FALSE = 0
TRUE = 1


@dataclass(frozen=True, slots=True)
class Circuit:
    """A graph of ANDs: a literal is twice the number of a variable, one more where inverted.

    Variable 0 is the constant 0. `damaged_at` is the error that a variable reads itself.
    """

    inputs: Sequence[int]
    input_names: Sequence[str]
    outputs: Sequence[int]
    output_names: Sequence[str]
    ands: dict[int, tuple[int, int]]
    damaged_at: Callable[[int], Exception]


def network_of(circuit: Circuit) -> Imported:
    """Return the network of a circuit, without gates that no output needs.

    Raises InvalidNetworkError where a variable reads itself.
    """
    order = _order(circuit)
    trees = _Trees(circuit, order)
    outputs = [trees.of(literal) for literal in circuit.outputs]
    turned = _turned(trees.literals, outputs)
    tables: dict[str, Table] = {}

    def cube(literals: Iterable[int]) -> str:
        return "".join("01"[(literal ^ (literal >> 1 in turned) ^ 1) & 1] for literal in literals)

    for variable in order:
        if literals := trees.literals.get(variable):
            reads = [f"n{literal >> 1}" for literal in literals]
            tables[f"n{variable}"] = Table(reads, (cube(literals),), variable not in turned)
    signals = []
    for literal in outputs:
        signal = f"n{literal >> 1}"
        if literal in (FALSE, TRUE):
            signal = str(literal)
            tables[signal] = Table((), ("",) * literal)
        elif cube([literal]) == "0":
            tables[f"{signal}_not"] = Table((signal,), ("0",))
            signal = f"{signal}_not"
        signals.append(signal)
    inputs = [f"n{variable}" for variable in circuit.inputs]
    wires = tuple(circuit.input_names), tuple(circuit.output_names)
    return network_of_tables(Logic(inputs, signals, tables), tables, wires)


def _order(circuit: Circuit) -> list[int]:
    """Sort the ANDs that outputs need topologically."""
    ands = circuit.ands

    def reads(variable: int) -> list[int]:
        return [each >> 1 for each in ands[variable] if each >> 1 in ands]

    try:
        return ordered((output >> 1 for output in circuit.outputs if output >> 1 in ands), reads)
    except CircleError as error:
        raise circuit.damaged_at(error.reader) from None


class _Trees:
    """The conjunctions of a circuit: an AND that only one other AND reads becomes part of it."""

    def __init__(self, circuit: Circuit, order: list[int]) -> None:
        self._ands = circuit.ands
        self.same: dict[int, int] = {}
        """Maps a variable that is a constant, or another variable, to that literal."""
        self.literals: dict[int, list[int]] = {}
        self._alone = self._read_once(circuit, order)
        for variable in order:
            self._add(variable)

    def _read_once(self, circuit: Circuit, order: list[int]) -> set[int]:
        """Return the variables that one AND reads directly."""
        reads: dict[int, int] = {}
        for variable in order:
            for literal in self._ands[variable]:
                reads[literal >> 1] = reads.get(literal >> 1, 0) + (2 if literal & 1 else 1)
        for literal in circuit.outputs:
            reads[literal >> 1] = 2
        return {variable for variable, count in reads.items() if count == 1}

    def of(self, literal: int) -> int:
        """Return the literal that stands for one."""
        same = self.same.get(literal >> 1)
        return literal if same is None else same ^ (literal & 1)

    def _add(self, variable: int) -> None:
        parts: dict[int, None] = {}
        for literal in map(self.of, self._ands[variable]):
            inner = literal >> 1
            if inner in self._alone and inner in self.literals and not literal & 1:
                parts.update(dict.fromkeys(self.literals.pop(inner)))
            elif literal != TRUE:
                parts[literal] = None
        if FALSE in parts or any(literal ^ 1 in parts for literal in parts):
            self.same[variable] = FALSE
        elif len(parts) < 2:
            self.same[variable] = next(iter(parts), TRUE)
        else:
            self.literals[variable] = list(parts)


def _turned(trees: Mapping[int, Sequence[int]], outputs: Sequence[int]) -> set[int]:
    """Return the variables whose tree is read inverted, most of the time: those are ORs."""
    votes: dict[int, int] = {}
    for literals in trees.values():
        for literal in literals:
            votes[literal >> 1] = votes.get(literal >> 1, 0) + (1 if literal & 1 else -1)
    for literal in reversed(outputs):
        votes[literal >> 1] = 1 if literal & 1 else -1
    return {variable for variable in trees if votes.get(variable, 0) > 0}


CUT = "a network has no memory: `nnc import --cut-latches` makes inputs and outputs of them"


def latches(names: Sequence[str]) -> str:
    """Describe the latches of a circuit."""
    listed = [f"`{shorten(name)}`" for name in names[:MAX_NAMES]]
    more = len(names) - len(listed)
    ending = f" and {more:,} more" if more else ""
    count = "a latch" if len(names) == 1 else f"{len(names):,} latches"
    return f"{count}: {', '.join(listed)}{ending}"


def next_state(name: str, taken: Container[str]) -> str:
    """Return the name of the next state of a latch: `q_next` of `q`, `q_next[3]` of `q[3]`."""
    place = "".join(re.findall(r"(?:\[[0-9]+\])+$", name))
    stem = name.removesuffix(place)
    wanted = f"{stem}_next{place}"
    number = 2
    while wanted in taken:
        wanted = f"{stem}_next_{number}{place}"
        number += 1
    return wanted
