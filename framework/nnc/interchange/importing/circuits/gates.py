"""And-inverter graphs -> networks: a tree of ANDs is one neuron, an inversion a weight of -1."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from nnc.interchange.importing.buses import Ports
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.language.network import Neuron
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
    return _Writer(circuit, trees).network(order)


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


class _Writer:
    """Writes the trees as neurons. One that is read inverted, most of the time, is an OR."""

    def __init__(self, circuit: Circuit, trees: _Trees) -> None:
        self._circuit, self._trees = circuit, trees
        self._outputs = [trees.of(literal) for literal in circuit.outputs]
        self._inverted = self._which_inverted(trees.literals.values())
        self._sources: dict[int, str] = {}
        self._neurons: dict[str, Neuron] = {}

    def _which_inverted(self, trees: Iterable[list[int]]) -> set[int]:
        votes: dict[int, int] = {}
        for literals in trees:
            for literal in literals:
                votes[literal >> 1] = votes.get(literal >> 1, 0) + (1 if literal & 1 else -1)
        for literal in reversed(self._outputs):
            votes[literal >> 1] = 1 if literal & 1 else -1
        return {variable for variable, vote in votes.items() if vote > 0}

    def network(self, order: list[int]) -> Imported:
        """Return the whole network."""
        circuit = self._circuit
        ports = Ports(circuit.input_names, circuit.output_names)
        self._sources = dict(zip(circuit.inputs, ports.sources, strict=True))
        direct = {
            place: self._sources[literal >> 1]
            for place, literal in enumerate(self._outputs)
            if literal >> 1 in self._sources and not literal & 1
        }
        called: dict[int, tuple[str, bool]] = {}
        for literal, wanted in zip(self._outputs, ports.name_outputs(direct), strict=True):
            called.setdefault(literal, wanted)
        for variable in order:
            literals = self._trees.literals.get(variable)
            if literals is not None:
                is_inverted = variable in self._inverted
                name, is_own = called.get(2 * variable + is_inverted, (f"n{variable}", False))
                name = name if is_own else ports.names.new(name)
                self._neurons[name] = self._neuron(literals, is_inverted=is_inverted)
                self._sources[variable] = name
        wires = [self._wire(literal, *called[literal], ports.names) for literal in self._outputs]
        return ports.network(self._neurons, wires)

    def _neuron(self, literals: list[int], *, is_inverted: bool) -> Neuron:
        """Return the neuron of an AND, or of an OR if it is inverted."""
        sign = -1 if is_inverted else 1
        weights = {}
        for literal in literals:
            variable = literal >> 1
            is_off = (literal & 1) ^ (variable in self._sources and self._is_turned(variable))
            weights[self._sources[variable]] = -sign if is_off else sign
        most = sum(weight for weight in weights.values() if weight > 0)
        threshold = most if not is_inverted else most - len(weights) + 1
        return Neuron.model_construct(weights=weights, threshold=threshold)

    def _is_turned(self, variable: int) -> bool:
        return variable in self._inverted and variable in self._trees.literals

    def _wire(self, literal: int, wanted: str, is_own: bool, names: Names) -> str:
        """Return the source of a literal; add a neuron that inverts it if there is none yet."""
        if literal in (FALSE, TRUE):
            return str(literal)
        variable = literal >> 1
        if bool(literal & 1) == self._is_turned(variable):
            return self._sources[variable]
        if -literal not in self._sources:
            name = wanted if is_own else names.new(wanted)
            weights = {self._sources[variable]: -1}
            self._neurons[name] = Neuron.model_construct(weights=weights, threshold=0)
            self._sources[-literal] = name
        return self._sources[-literal]


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
