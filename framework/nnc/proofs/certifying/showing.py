"""Find the steps that show a statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import lcm

from nnc.proofs.certificates.circuit import TRUE, Linear
from nnc.proofs.certificates.claims import never_falls
from nnc.proofs.certificates.ledger import Gate, Ledger
from nnc.proofs.certificates.nearby import try_near
from nnc.proofs.certificates.records import Step
from nnc.proofs.certificates.refusal import MAX_WORK, RefusedError, Work
from nnc.proofs.certificates.rows import tried
from nnc.proofs.certificates.statement import Goal, Same, Statement
from nnc.proofs.certificates.steps import Checking
from nnc.proofs.certifying.recording import Recording
from nnc.proofs.certifying.tracing import LeafNodes, RecordedSweep
from nnc.proofs.circuit.adders import Adders, Cut, Rule
from nnc.proofs.circuit.sweeping import Patience
from nnc.proofs.plans.budget import Budget
from nnc.solvers.weighted import positive


class RecordedAdders(Adders):
    """Adders whose nodes are variables of a recording; an identity is stated where it is used."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self._gate = 0
        self._made_by: dict[tuple[int, Cut], int] = {}
        """The variable whose gate gave the table of a node over a cut."""
        self._by_cuts: dict[tuple[int, Cut, int], int] = {}
        """The identities of nodes, their cuts and carries."""
        self._stated: dict[int, tuple[int, int]] = {}
        """For each node that was replaced its identity, and the sign that it has there."""

    def add_variable(self, variable: int, node: int = 0) -> None:
        """Add the gate of a variable; `node` is an equal literal."""
        if not isinstance(self._recording.ledger.definitions[variable], Gate):
            return
        gate = self._recording.ledger.gate_at(variable)
        terms, threshold = positive(dict(gate.terms), gate.threshold)
        literal = node or variable
        self._gate = variable
        self.add(2 * abs(literal) + (literal < 0), terms, threshold)

    def _noted(self, node: int, cut: Cut) -> None:
        self._made_by[node, cut] = self._gate

    # --------------------------------------------------------------------------- identities

    def factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        """Return identities with the factors that eliminate nodes from a sum."""
        for node, _ in used:
            self._state(node)
        return self._factors(used)

    def _factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        factors: dict[int, int] = {}
        for node, weight in used:
            number, sign = self._stated[node]
            factors[number] = factors.get(number, 0) - sign * weight
        return [[number, factor] for number, factor in sorted(factors.items()) if factor]

    def _state(self, node: int) -> None:
        """State the identities from which the rule of a node follows, prerequisites first."""
        todo = [node]
        while todo:
            node = todo[-1]
            if node in self._stated:
                todo.pop()
                continue
            rule = self._rules[node]
            relation = rule.relation
            if relation is None:
                self._stated[node] = self._by_cut(node, rule), 1
                continue
            waiting = [each for each, _ in relation.used if each not in self._stated]
            if waiting:
                todo += waiting
                continue
            base = self._by_cut(relation.node, relation.rule)
            factors = [[base, 1], *self._factors(relation.used)]
            self._recording.add(["sum", factors, abs(relation.own)])
            self._stated[node] = self._next(), 1 if relation.own > 0 else -1

    def _next(self) -> int:
        self._recording.identities += 1
        return self._recording.identities - 1

    def _by_cut(self, node: int, rule: Rule) -> int:
        """State that a node minus its cut and carry is 0, for all values of the cut."""
        key = node, rule.cut, rule.carry
        if key not in self._by_cuts:
            inside: dict[int, None] = {}
            for each in (rule.carry, node):
                self._chain(each, rule.cut, inside)
            constant = -sum(weight for leaf, weight in rule.terms if not leaf)
            terms = [[node, 1], *([leaf, -weight] for leaf, weight in rule.terms if leaf)]
            self._recording.add(["identity", terms, constant, list(rule.cut), list(inside)])
            self._by_cuts[key] = self._next()
        return self._by_cuts[key]

    def _chain(self, node: int, cut: Cut, inside: dict[int, None]) -> None:
        """Add the gates that give a node from a cut, sources first."""
        ledger = self._recording.ledger
        todo = [(node, cut)]
        while todo:
            node, cut = todo[-1]
            inner = cut if node in cut else self._cut_within(node, cut)
            variable = 0 if node in cut else self._made_by[node, inner]
            if not variable or variable in inside:
                todo.pop()
                continue
            gate = ledger.definitions[variable]
            assert isinstance(gate, Gate)
            sources = [abs(ledger.find(source)) for source, _ in gate.terms]
            waiting = [
                source
                for source in sources
                if source not in inner
                and self._made_by[source, self._cut_within(source, inner)] not in inside
            ]
            if waiting:
                todo += [(source, inner) for source in waiting]
            else:
                inside[variable] = None

    def _cut_within(self, node: int, cut: Cut) -> Cut:
        return next(known for known in self._cuts[node] if set(known) <= set(cut))


# rows that are tried before anything else, and at the end
_FEW_ROWS = 1 << 16
_MANY_ROWS = 1 << 24
_WORK = 1 << 27
_DRAWN_ROWS = 1 << 11
_SEED = 5
_CONFLICTS = 2_000  # of one search among inner neurons
_MAX_FAILURES = 64  # searches without a result before there are no more
_LONG = 20_000  # conflicts of a search about an output


class Showing:
    """The search for the steps of one statement, the simplest ways first."""

    def __init__(self, statement: Statement, budget: Budget) -> None:
        self.statement, self.budget = statement, budget
        self.circuit = statement.circuit
        self.recording = Recording(statement.circuit, budget)
        self.open = dict(enumerate(statement.goals))

    def steps(self) -> list[Step]:
        """Return the steps. Raises RefusedError, with the goal, where none are found."""
        self._by_near_rows()
        for way in (self._by_signs, self._by_few_rows, self._by_forms, self._by_adders):
            if self.open:
                way()
        if self.open:
            self._by_sweeping()
        if self.open:
            self._by_adders()
        if self.open:
            self._by_rows(_MANY_ROWS, _WORK)
        if self.open:
            names = [goal.name or "it" for goal in self.open.values()]
            raise RefusedError(f"no way was found to show `{names[0]}`")
        return self.recording.steps

    def _close(self, places: list[int], *more: object) -> None:
        self.recording.add(["shown", places, *more])
        for index in places:
            del self.open[index]

    # ---------------------------------------------------------------------- signs and rows

    def _by_signs(self) -> None:
        for index, goal in list(self.open.items()):
            if goal.signs is not None:
                signal, number, rising = goal.signs
                if never_falls(self.circuit, signal, number, rising=rising):
                    self._close([index], "signs")

    def _by_near_rows(self) -> None:
        for index, goal in list(self.open.items()):
            if goal.near is None or goal.wrong is None:
                continue
            with suppress(RefusedError):
                try_near(self.circuit, goal.wrong, goal.near, Work(MAX_WORK >> 2))
                self._close([index], "near")

    def _by_few_rows(self) -> None:
        self._by_rows(_FEW_ROWS, _WORK >> 6)

    def _by_rows(self, most: int, work: int) -> None:
        for index, goal in list(self.open.items()):
            try:
                tried(self.circuit, goal, Work(work), most)
            except RefusedError:
                continue
            self._close([index], "rows")

    # -------------------------------------------------------------------- what is one form

    def _roots(self, goal: Goal) -> set[int]:
        roots = {signal for same in goal.same for n in (*same.before, *same.after)
                 for signal, _ in n.terms}  # fmt: skip
        return roots if goal.wrong is None else roots | {abs(goal.wrong)}

    def _by_forms(self) -> None:
        roots = {root for goal in self.open.values() for root in self._roots(goal)}
        for signal in self.circuit.cone(roots):
            variable = None if signal == TRUE else self.recording.read(signal)
            if variable is not None:
                self.recording.fresh.append(variable)
        self.close_forms()

    def close_forms(self) -> None:
        """Close the goals that follow from the recorded steps."""
        checking = Checking(self.statement, Work(1 << 62))
        checking.ledger = self.recording.ledger
        for index in list(self.open):
            for way in ("forms", "literal"):
                if index in self.open and _holds(checking, index, way):
                    self._close([index], way)

    # ------------------------------------------------------------------------------ adders

    def _by_adders(self) -> None:
        adders = RecordedAdders(self.recording)
        for variable in self.recording.fresh:
            adders.add_variable(variable, self.recording.ledger.find(variable))
        adders.settle()
        for places, weights in self._weighings():
            if not self.open.keys() >= set(places):
                continue
            modulus = 0 if weights == [1] else 1 << len(weights)
            sums = self._difference(places, weights)
            used: list[tuple[int, int]] = []
            if sums is None or adders.reduced(sums, modulus, used):
                continue
            self._close(places, "sums", weights, adders.factors(used))

    def _weighings(self) -> list[tuple[list[int], list[int]]]:
        """Return goals that may add up together, and the weights of their parts."""
        bits = [
            p for p, goal in self.open.items() if goal.same and all(map(self._is_bits, goal.same))
        ]
        weighings = []
        single = [index for index in bits if len(self.open[index].same) == 1]
        for places in [*([index] for index in bits), *([single] if len(single) > 1 else [])]:
            count = sum(len(self.open[index].same) for index in places)
            if count > 1:
                powers = [1 << i for i in range(count)]
                weighings += [(places, powers), (places, powers[::-1])]
        weighings += [([index], [1]) for index, goal in self.open.items() if len(goal.same) == 1]
        return weighings

    def _is_bits(self, same: Same) -> bool:
        return all(
            len(side) == 1
            and len(side[0].terms) <= 1
            and {side[0].constant, side[0].constant + sum(w for _, w in side[0].terms)} <= {0, 1}
            for side in (same.before, same.after)
        )

    def _difference(self, places: Sequence[int], weights: Sequence[int]) -> dict[int, int] | None:
        """Return the weighted difference of both sides by variable; key 0 is the constant."""
        ledger = self.recording.ledger
        sums: dict[int, Fraction] = {0: Fraction(0)}
        parts = [same for index in places for same in self.open[index].same]
        for same, weight in zip(parts, weights, strict=True):
            if len(same.before) != 1 or len(same.after) != 1:
                return None
            difference: Linear = same.before[0].minus(same.after[0])
            form = ledger.form(difference)
            if form.numbers:
                return None
            sums[0] += Fraction(form.constant) * weight
            for variable, own in form.bits:
                sums[variable] = sums.get(variable, Fraction(0)) + Fraction(own) * weight
        if lcm(*(value.denominator for value in sums.values())) > 1:
            return None
        return {variable: int(value) for variable, value in sums.items() if value}

    # ------------------------------------------------------------------------------ sweeps

    def _by_sweeping(self) -> None:
        """Add the neurons one by one to a graph of ANDs in which equal nodes are merged."""
        recording = self.recording
        nodes = LeafNodes(self.circuit)
        leaves = nodes.leaves(_DRAWN_ROWS, _SEED)
        sweep = RecordedSweep(nodes, leaves, recording, Patience(_CONFLICTS, _MAX_FAILURES))
        literals = {TRUE: 1}
        gates = {v: recording.ledger.definitions[v] for v in recording.fresh}
        for variable, gate in gates.items():
            if not isinstance(gate, Gate):  # a leaf, or sums of numbers
                literals[variable] = sweep.leaf(variable)
                continue
            if recording.budget.left <= 0:
                break
            terms = [(literals[source], weight) for source, weight in gate.terms]
            size = len(sweep.graph)
            literals[variable] = literal = sweep.neuron(terms, gate.threshold)
            if literal >> 1 >= size and sweep.graph.is_leaf(literal >> 1):
                sweep.recorded.variables[literal >> 1] = variable
            else:
                order = [sweep.recorded.literal(each) for each in _order(terms)]
                recording.same_by_diagram(variable, sweep.recorded.literal(literal), order)
        self.close_forms()
        self._search(sweep, literals)

    def _search(self, sweep: RecordedSweep, literals: dict[int, int]) -> None:
        """Search for proofs about the bits of goals that are still open."""
        for index, goal in list(self.open.items()):
            for first, second in self._pairs(goal):
                own, other = (_of(each, literals) for each in (first, second))
                if own is None or other is None or not self.recording.budget.left:
                    break
                if own != other and not sweep.search_all(own, other, _LONG):
                    break
                if not sweep.explain(own, other, 10 * _LONG):
                    break
            else:
                self.close_forms()
            if index in self.open:
                continue

    def _pairs(self, goal: Goal) -> Iterator[tuple[int, int]]:
        """Yield the literals that must be equal, for a goal about bits alone."""
        ledger = self.recording.ledger
        if goal.wrong is not None:
            yield ledger.literal(goal.wrong), -TRUE
            return
        for same in goal.same:
            pair = [_bit(ledger, side) for side in (same.before, same.after)]
            yield pair[0], pair[1]


def _holds(checking: Checking, index: int, way: str) -> bool:
    try:
        checking.step(["shown", [index], way])
    except RefusedError:
        return False
    return True


def _bit(ledger: Ledger, side: Sequence[Linear]) -> int:
    """Return the literal that a number is; 0 where it is not one bit."""
    form = ledger.form(side[0])
    if len(side) != 1 or form.numbers or len(form.bits) > 1:
        return 0
    if not form.bits:
        return {0: -TRUE, 1: TRUE}.get(int(form.constant), 0)
    ((variable, weight),) = form.bits
    return {(0, 1): variable, (1, -1): -variable}.get((int(form.constant), int(weight)), 0)


def _order(terms: Sequence[tuple[int, int]]) -> list[int]:
    """Return the sources of a neuron in the order of its diagram: the largest weights first."""
    weights: dict[int, int] = {}
    for literal, weight in terms:
        own = -weight if literal & 1 else weight
        weights[literal >> 1] = weights.get(literal >> 1, 0) + own
    positive = [(-abs(weight), 2 * node + (weight < 0)) for node, weight in weights.items()]
    return [literal & ~1 for weight, literal in sorted(positive) if weight]


def _of(literal: int, literals: Mapping[int, int]) -> int | None:
    """Return a literal of the graph of ANDs, if it is there."""
    known = literals.get(abs(literal))
    return None if known is None else known ^ (literal < 0)
