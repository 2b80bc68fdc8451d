"""Find the sets of literals that decide an output, replay each, and measure them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice

from nnc.compiler.netlist import Affine, Comparison, Net, Netlist
from nnc.cut_sets.families import (
    BOTH,
    FALLS,
    NONE,
    RISES,
    Families,
    Literals,
    minimal_rows,
    primes_within,
)
from nnc.cut_sets.measures import Measures
from nnc.cut_sets.replay import Replay
from nnc.cut_sets.sets import CutSet, CutSets, CutSettings, Importance, Kind
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, Refused, magnitude
from nnc.solvers.diagrams import (
    FALSE,
    TRUE,
    Diagrams,
    Room,
    TooLargeError,
    TooLargeFunctionError,
)
from nnc.solvers.weighted import WeightedSum

FIRST_ENTRIES = 70_000  # for each order of the inputs, when they are tried first
GROWTH = Fraction(7, 2)  # times as many entries for the next trial
MOST_WEIGHED = 500_000  # inputs times what is read, up to which inputs are ordered by weight


class Cone:
    """The cells that the given nets depend on, and the order of their inputs.

    `roots` has the signs of each net: it matters where it is 1, where it is 0, or both.
    """

    def __init__(self, netlist: Netlist, roots: Mapping[Net, int]) -> None:
        self._netlist, self._roots = netlist, roots
        self._made: dict[Net, tuple[tuple[tuple[Net, int], ...], Comparison]] = {}
        readers: dict[Net, int] = {}
        todo = list(roots)
        while todo:
            net = todo.pop()
            if net >= netlist.first_made and net not in self._made:
                cell = netlist.cell(net)
                self._made[net] = cell.terms, cell.tests[net - cell.first]
                for source, _ in cell.terms:
                    readers[source] = readers.get(source, 0) + 1
                    todo.append(source)
        self._readers = readers
        self.inputs = self._walked(has_cells_first=True)
        """The nets of inputs, by level."""

    def orders(self) -> Iterator[list[Net]]:
        """Yield orders of the inputs, whose diagrams may differ greatly in size."""
        if len(self.inputs) * sum(self._readers.values()) <= MOST_WEIGHED:
            yield self._weighed()
        yield self._walked(has_cells_first=True)
        yield self._walked(has_cells_first=False)

    def _walked(self, has_cells_first: bool) -> list[Net]:
        """Return the inputs in depth-first order from the roots, shared cells first."""
        inputs: list[Net] = []
        seen = set(range(len(CONSTANTS)))
        todo = list(reversed(self._roots))
        while todo:
            net = todo.pop()
            if net in seen:
                continue
            seen.add(net)
            if net not in self._made:
                inputs.append(net)
                continue
            sources = [source for source, _ in self._made[net][0]]
            sources.sort(
                key=lambda source: (
                    (source in self._made) != has_cells_first,
                    -self._readers[source],
                )
            )
            todo += reversed(sources)
        return inputs

    def _weighed(self) -> list[Net]:
        """Return the inputs by weight, repeatedly taking the heaviest one left.

        The weight of a root is divided among its sources, and so on down (Minato, Ishiura and
        Yajima, Shared binary decision diagram with attributed edges, 1990).
        """
        cells = sorted(self._made, reverse=True)
        reads = {net: [source for source, _ in self._made[net][0]] for net in cells}
        left = list(self.inputs)
        order: list[Net] = []
        while left:
            weights = dict.fromkeys(self._roots, 1 << 60)
            for net in cells:
                share = weights.get(net, 0) // max(1, len(reads[net]))
                for source in reads[net]:
                    weights[source] = weights.get(source, 0) + share
            order.append(max(left, key=lambda net: weights.get(net, 0)))
            left.remove(order[-1])
            decided = {order[-1]}
            for net in reversed(cells):
                if not decided.isdisjoint(reads[net]):
                    reads[net] = [source for source in reads[net] if source not in decided]
                    if not reads[net]:
                        decided.add(net)
        return order

    def signs(self) -> list[int]:
        """Return for each level in which directions its value 1 may change the result."""
        signs = dict(self._roots)
        for net in sorted(self._made, reverse=True):  # cells read smaller nets only
            terms, test = self._made[net]
            for source, factor in terms:
                is_same = (factor > 0) == test.is_rising
                signs[source] = signs.get(source, 0) | _turned(signs[net], is_same)
        return [_turned(signs[net], self._netlist.value(net).at(1) == 1) for net in self.inputs]

    def functions(self, diagrams: Diagrams) -> dict[Net, int]:
        """Return the function of each net, over variables that are 1 if an input has the value 1.

        Raises TooLargeError.
        """
        functions = {0: FALSE, 1: TRUE}
        for level, net in enumerate(self.inputs):
            is_one = diagrams.variable(level)
            turns = self._netlist.value(net).at(1) != 1
            functions[net] = diagrams.opposite(is_one) if turns else is_one
        for net in sorted(self._made):  # cells read smaller nets only
            terms, test = self._made[net]
            read = [(functions[source], factor) for source, factor in terms]
            if test.is_rising:
                functions[net] = _at_least(diagrams, read, int(test.limit))
            else:
                functions[net] = diagrams.opposite(_at_least(diagrams, read, int(test.limit) + 1))
        return functions


def _turned(signs: int, is_same: bool) -> int:
    """Return signs, swapped if they differ."""
    return signs if is_same or signs == BOTH else RISES + FALLS - signs


def _is_one(diagrams: Diagrams, functions: Mapping[Net, int], value: Affine) -> int:
    """Return the function that is 1 if the value of a bit is 1."""
    function = FALSE if value.net is None else functions[value.net]
    off, on = (TRUE if state == 1 else FALSE for state in value.states)
    return diagrams.choose(function, on, off)


def _at_least(diagrams: Diagrams, terms: Iterable[tuple[int, int]], threshold: int) -> int:
    """Return the function that is 1 if the weights of the true functions reach a threshold."""
    merged: dict[int, int] = {}
    for function, weight in terms:
        if weight < 0:  # -w * x is w * (1 - x) - w
            function, weight = diagrams.opposite(function), -weight
            threshold += weight
        if function == TRUE:
            threshold -= weight
        elif function != FALSE:
            merged[function] = merged.get(function, 0) + weight
    levels = diagrams.levels
    ordered = sorted(merged.items(), key=lambda term: (levels[term[0]], -term[1], term[0]))

    def choose(function: int, on: int, off: int) -> int:
        diagrams.room.take()
        return diagrams.choose(function, on, off)

    return WeightedSum(ordered, choose, FALSE, TRUE).reaches(threshold)


@dataclass(slots=True)
class Progress:
    """The stage of a search, and its remaining entries."""

    name: str = ""
    stage: str = "reading the network"
    room: Room = field(default_factory=lambda: Room(0))

    def words(self) -> str:
        """Return a line of progress."""
        if not self.room.entries:
            return f"{self.name}: {self.stage}"
        used = 1 - self.room.left / self.room.entries
        return f"{self.name}: {self.stage}, {used:.0%} of the budget"


class Search:
    """The search for the sets of one bit, an output of a netlist."""

    def __init__(
        self, netlist: Netlist, output: Affine, settings: CutSettings, progress: Progress
    ) -> None:
        self.netlist, self.output, self.settings = netlist, output, settings
        self._progress = progress
        sign = _turned(RISES, (output.states[1] == 1) != settings.paths)
        roots = {} if output.net is None else {output.net: sign}
        self.own_inputs = set(Cone(netlist, roots).inputs)
        """The nets of the inputs that the output itself reads."""
        for _, net in netlist.violated:
            roots[net] = roots.get(net, 0) | RISES
        self.cone = Cone(netlist, roots)

    @property
    def inputs(self) -> list[int]:
        """The nets of all inputs in the output's cone, by level."""
        return self.cone.inputs

    @property
    def is_exact(self) -> bool:
        """True if each set decides the output for any value of the other inputs."""
        return not (self.settings.coherent and self.has_not)

    @property
    def has_not(self) -> bool:
        """True if the sets may also contain negated inputs, by the signs."""
        return not set(self.cone.signs()) <= {FALLS if self.settings.paths else RISES}

    def arrange(self) -> None:
        """Choose an order of the inputs, and build the diagrams. Raises TooLargeFunctionError."""
        entries, orders = self.settings.entries, list(self.cone.orders())
        self._progress.stage = "building the diagram"
        tried = 0
        while tried < entries:
            tried = min(entries, int(tried * GROWTH) or FIRST_ENTRIES)
            for order in orders:
                self.cone.inputs = order
                self._progress.room = Room(tried)
                self.diagrams = Diagrams(self._progress.room)
                with suppress(TooLargeError):
                    self.functions = self.cone.functions(self.diagrams)
                    self.left = self.diagrams.room.left + entries - tried
                    self.diagrams.room.entries = entries
                    return
        raise TooLargeFunctionError

    def run(self, output: str, on: Sequence[Fraction] | None) -> CutSets:
        """Return all sets or, if they are too many, those of a bounded order.

        `on` is the probability of each level's bit; with it, sets may be left out if they are too
        many. Raises TooLargeError, and Refused if no row is allowed or possible.
        """
        self._progress.stage = "finding the sets"
        state = _State(self)
        if state.allowed == FALSE:
            message = "no row satisfies the assumptions, so none turns the output on or off"
            raise Refused("nothing-allowed", message, "correct `assume`")
        self._find(state, is_needed=on is None)
        chosen: list[Literals] = []
        if state.family is not None:
            chosen = state.chosen(on)
            Replay(self.netlist, state.diagrams, self.inputs, self.output, state.value).check(
                chosen, state.allowed, state.others(), is_exact=self.is_exact
            )
        result = CutSets(
            output,
            self._value(),
            state.kind(),
            (),
            state.counts(),
            state.is_complete,
            len(state.diagrams.support(state.function)),
            is_exact=self.is_exact,
        )
        if on is None:
            sets = [CutSet(self._named(literals)) for literals in sorted(chosen, key=self._order)]
            return replace(result, sets=tuple(sets))
        self._progress.stage = "calculating probabilities"
        return self._measured(state, result, chosen, on)

    def _find(self, state: _State, *, is_needed: bool) -> None:
        """Find all sets, or those up to the requested order. Raises TooLargeError."""
        bounds = [None] if self.settings.order is None else [None, self.settings.order]
        for most in bounds:
            self.diagrams.room.left = self.left
            try:
                state.find(most)
            except TooLargeError:
                if is_needed and most == bounds[-1]:
                    raise
            else:
                return
        self.diagrams.room.left = self.left

    def _value(self) -> Number:
        """Return the value that the sets give the output: 1, or its other value."""
        if not self.settings.paths:
            return 1
        return next((state for state in self.output.states if state != 1), 0)

    def _measured(
        self,
        state: _State,
        result: CutSets,
        chosen: Sequence[Literals],
        on: Sequence[Fraction],
    ) -> CutSets:
        """Return a result with its probabilities and importance."""
        measures = Measures(state.diagrams, state.function, state.allowed, on)
        if not measures.is_possible:
            message = "the probabilities leave no row that `assume` allows"
            raise Refused("bad-value", message, "correct the probabilities")
        pairs = [(measures.of_set(literals), literals) for literals in chosen]
        pairs.sort(key=lambda pair: (-pair[0], self._order(pair[1])))
        levels = sorted(state.diagrams.support(state.function))
        result = replace(
            result,
            sets=tuple(CutSet(self._named(literals), chance) for chance, literals in pairs),
            probability=measures.probability(),
        )
        if not self.settings.importance:
            return result
        self._progress.stage = "calculating the importance of the inputs"
        gains = measures.gains(levels)
        shares: dict[int, Number | None] = dict.fromkeys(levels)
        if result.kind == "cut sets" and result.is_complete and state.family is not None:
            with suppress(TooLargeError):  # the rest is known, and is exact
                shares |= measures.shares(
                    levels,
                    state.families,
                    state.family,
                    decides=self.is_exact,
                )
        importance = [
            Importance(self.netlist.name_of(self.inputs[level]), gains[level], shares[level])
            for level in sorted(levels, key=self.inputs.__getitem__)
        ]
        # the most important first, as far as there is such a number
        importance.sort(key=_weight, reverse=True)
        return replace(result, importance=tuple(importance))

    def _order(self, literals: Literals) -> tuple[int, list[int]]:
        """Return the sort key of a set: its size, then the order in the file."""
        return len(literals), sorted(self.inputs[literal // 2] for literal in literals)

    def _named(self, literals: Literals) -> tuple[tuple[str, bool], ...]:
        pairs = sorted((self.inputs[literal // 2], not literal % 2) for literal in literals)
        return tuple((self.netlist.name_of(net), is_on) for net, is_on in pairs)


def _weight(importance: Importance) -> tuple[Number, Number]:
    return importance.fussell_vesely or 0, magnitude(importance.birnbaum or 0)


class _State:
    """The functions and families of one search. Raises TooLargeError."""

    def __init__(self, search: Search) -> None:
        settings = self._settings = search.settings
        self._search = search
        self.diagrams, functions = search.diagrams, search.functions
        self.diagrams.room.left = search.left
        diagrams = self.diagrams
        self.function = _is_one(diagrams, functions, search.output)
        """The rows in which the output has the value 1."""
        self.allowed = TRUE
        for _, violated in search.netlist.violated:
            self.allowed = diagrams.choose(functions[violated], FALSE, self.allowed)
        self.value = 0 if settings.paths else 1
        self._event = diagrams.opposite(self.function) if settings.paths else self.function
        self.family: int | None = None
        """The sets; None where they are not found, or are too many."""
        self.is_complete = False

    def find(self, most: int | None) -> None:
        """Find the sets of at most `most` literals; None for all."""
        diagrams = self.diagrams
        self.families = families = Families(diagrams.room)
        if not self._search.is_exact:
            rows = diagrams.both(self._event, self.allowed)
            self.family = minimal_rows(diagrams, families, rows, self.value == 1, most)
        else:
            self.family = primes_within(
                diagrams, families, self._event, self.allowed, self._search.cone.signs(), most
            )
        self.is_complete = most is None

    def kind(self) -> Kind:
        """Return the kind of the sets: cut sets, path sets or prime implicants."""
        families, diagrams = self.families, self.diagrams
        if self._settings.coherent or not self._search.has_not:
            is_single = True
        elif self.family is None:
            is_single = False
        elif self.is_complete:
            kinds = {families.literals[node] % 2 for node in families.reached(self.family)}
            is_single = kinds <= {1 - self.value}
        else:  # larger sets, which are not known, could have others
            others = diagrams.both(self.allowed, diagrams.opposite(self._event))
            rising = others if self._settings.paths else diagrams.opposite(others)
            is_single = diagrams.is_increasing(rising)
        if not is_single:
            return "prime implicants"
        return "path sets" if self._settings.paths else "cut sets"

    def others(self) -> tuple[int, int]:
        """Return a function and its value in the allowed rows without the event."""
        if self.allowed == TRUE:
            return self._event, FALSE
        return self.diagrams.both(self.allowed, self.diagrams.opposite(self._event)), TRUE

    def counts(self) -> dict[int, int] | None:
        """Return the number of sets of each order; None if they are too many."""
        if self.family is None:
            return None
        counts = self.families.counts(self.family)[self.family]
        return {order: many for order, many in enumerate(counts) if many}

    def chosen(self, on: Sequence[Fraction] | None) -> list[Literals]:
        """Return the sets to list: the likeliest or, without probabilities, the smallest."""
        families, order, limit = self.families, self._settings.order, self._settings.limit
        family = NONE if self.family is None else self.family
        listed = family if order is None else families.limited(family, order)
        sets: Iterable[Literals] = families.smallest(listed)
        if on is not None and limit is not None:
            sets = families.likeliest(
                listed, [chance for high in on for chance in (high, 1 - high)]
            )
        return list(islice(sets, limit))
