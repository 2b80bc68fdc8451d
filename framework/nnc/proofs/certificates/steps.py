"""The steps of a certificate, each checked by itself and added to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from nnc.proofs.certificates import records
from nnc.proofs.certificates.circuit import TRUE, Circuit, Linear, NumberInput
from nnc.proofs.certificates.claims import never_falls
from nnc.proofs.certificates.ledger import And, Form, Ledger
from nnc.proofs.certificates.nearby import try_near
from nnc.proofs.certificates.records import Step
from nnc.proofs.certificates.refusal import RefusedError, Work, need
from nnc.proofs.certificates.rows import tried
from nnc.proofs.certificates.statement import Goal, Same, Statement


class Clauses:
    """Clauses that hold; each watches two literals, and consequences of units are kept."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._watching: dict[int, list[list[int]]] = {}
        self._true: set[int] = set()
        """The true literals; during propagation also those that follow from assumptions."""
        self.is_broken = False

    def add(self, clause: Iterable[int]) -> None:
        """Add a clause."""
        literals = list(dict.fromkeys(clause))
        if any(-literal in literals for literal in literals):
            return
        # watched are literals that are not false yet, if there are any
        literals.sort(key=lambda literal: -literal in self._true)
        if not literals or -literals[0] in self._true:
            self.is_broken = True
            return
        if len(literals) > 1:
            self._watching.setdefault(literals[0], []).append(literals)
            self._watching.setdefault(literals[1], []).append(literals)
        if len(literals) == 1 or -literals[1] in self._true:
            self.is_broken |= self._conflicts([literals[0]], [])

    def follows(self, lemma: Sequence[int]) -> bool:
        """Return whether unit propagation from the negation of all literals ends in a conflict."""
        trail: list[int] = []
        conflicts = self.is_broken or self._conflicts([-each for each in lemma], trail)
        self._true.difference_update(trail)
        return conflicts

    def _conflicts(self, waiting: list[int], trail: list[int]) -> bool:
        """Propagate units, which the trail lists; return whether that ends in a conflict."""
        watching, true, spent = self._watching, self._true, 0
        while waiting:
            literal = waiting.pop()
            if -literal in true:
                self._work.spend(spent)
                return True
            if literal in true:
                continue
            true.add(literal)
            trail.append(literal)
            false = -literal
            clauses = watching.get(false)
            if not clauses:
                continue
            spent += 2 * len(clauses)
            kept: list[list[int]] = []
            watching[false] = kept
            for at, clause in enumerate(clauses):
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                first = clause[0]
                if first in true:
                    kept.append(clause)
                    continue
                for j in range(2, len(clause)):
                    if -clause[j] not in true:
                        clause[1], clause[j] = clause[j], false
                        watching.setdefault(clause[1], []).append(clause)
                        break
                else:
                    kept.append(clause)
                    if -first in true:
                        kept += clauses[at + 1 :]
                        self._work.spend(spent)
                        return True
                    waiting.append(first)
        self._work.spend(spent)
        return False


def refute(clauses: Iterable[Sequence[int]], lemmas: Iterable[Sequence[int]], work: Work) -> None:
    """Raise RefusedError unless lemmas show that the clauses are unsatisfiable."""
    known = Clauses(work)
    for clause in clauses:
        known.add(clause)
    for lemma in lemmas:
        if known.is_broken:
            return
        work.spend(4 + len(lemma))
        need(known.follows(lemma), "a lemma does not follow by unit propagation")
        known.add(lemma)
    need(known.follows([]), "the lemmas do not end in a contradiction")


class Checking:
    """The check of one statement, with the goals shown so far."""

    def __init__(self, statement: Statement, work: Work) -> None:
        self._statement, self._work = statement, work
        self._circuit: Circuit = statement.circuit
        self.ledger = Ledger(statement.circuit, work)
        self.settled: set[int] = set()
        self._inputs = {
            getattr(signal, "name", ""): index
            for index, signal in enumerate(self._circuit.signals)
            if signal is not None and index not in self._circuit.names
        }
        self._identities: list[Form] = []

    def step(self, step: Step) -> None:
        """Check one step. Raises RefusedError if it is wrong."""
        name = records.text(step[0])
        check = STEPS.get(name)
        if check is None:
            raise RefusedError(f"there is no step `{name[:20]}`")
        check(self, step)

    @property
    def is_done(self) -> bool:
        """True if every goal was shown."""
        return len(self.settled) == len(self._statement.goals)

    # --------------------------------------------------------------------------- variables

    def _input(self, step: Step) -> None:
        records.count(step, 2)
        self.ledger.add_leaf(self._element(step[1]))

    def _element(self, name: object) -> int:
        signal = self._inputs.get(records.text(name))
        if signal is None:
            raise RefusedError(f"there is no input `{str(name)[:80]}`")
        return signal

    def _reaches(self, step: Step) -> None:
        records.count(step, 3)
        signal = self._element(step[1])
        kind = self._circuit.signals[signal]
        need(isinstance(kind, NumberInput), "what is compared is not a number")
        limit = records.number(step[2])
        self.ledger.define(self.ledger.function_of(signal, limit, strict=step[0] == "above"))

    def _neuron(self, step: Step) -> None:
        records.count(step, 3)
        self.ledger.add_cell(self._cell(step))

    def _cell(self, step: Step) -> int:
        copy, name = records.integer(step[1]), records.text(step[2])
        return self._circuit.signal_of(copy, name)

    def _is(self, step: Step) -> None:
        records.count(step, 4)
        self.ledger.set_cell(self._cell(step), records.integer(step[3]))

    def _and(self, step: Step) -> None:
        records.count(step, 3)
        self.ledger.add_and(records.integer(step[1]), records.integer(step[2]))

    # -------------------------------------------------------------------------------- same

    def _same(self, step: Step) -> None:
        need(len(step) > 3, "a step `same` has another number of parts")
        first, second = records.integer(step[1]), records.integer(step[2])
        self.ledger.find(first), self.ledger.find(second)
        reason = records.text(step[3])
        why = SAME.get(reason)
        if why is None:
            raise RefusedError(f"there is no reason `{reason[:20]}`")
        why(self, first, second, step)
        self.ledger.merge(first, second)

    def _by_diagram(self, first: int, second: int, step: Step) -> None:
        records.count(step, 4, 5)
        order = records.integers(step[4]) if step[4:] else []
        drawn = self.ledger.drawn(first, order)
        need(drawn == self.ledger.find(second), "the diagram of the neuron is another literal")

    def _by_window(self, first: int, second: int, step: Step) -> None:
        records.count(step, 6)
        cut, inside = records.integers(step[4]), records.integers(step[5])
        columns, all_rows = self.ledger.window(cut, inside)
        rows = self.ledger.possible(columns, cut, all_rows)
        apart = self.ledger.column(first, columns, all_rows)
        apart ^= self.ledger.column(second, columns, all_rows)
        need(not apart & rows, "the two differ for values of the cut")

    def _by_clauses(self, first: int, second: int, step: Step) -> None:
        records.count(step, 7)
        inside = records.integers(step[4])
        clauses = self._clauses(inside)
        for side, lemmas in (((first, -second), step[5]), ((-first, second), step[6])):
            if type(lemmas) is not list:
                raise RefusedError("a list of lemmas was expected")
            lits = [self.ledger.find(literal) for literal in side]
            if -TRUE in lits or lits[0] == -lits[1]:
                continue
            units = [(literal,) for literal in lits]
            refute([*clauses, *units], map(self._lemma, lemmas), self._work)

    def _lemma(self, lemma: object) -> list[int]:
        return [self.ledger.find(literal) for literal in records.integers(lemma)]

    def _clauses(self, inside: Sequence[int]) -> list[tuple[int, ...]]:
        """Return the clauses of the ANDs among variables, and those between their leaves."""
        find = self.ledger.find
        clauses: list[tuple[int, ...]] = [(TRUE,)]
        leaves = []
        for variable in inside:
            root = find(variable)
            need(variable > 0, "a variable was expected")
            definition = self.ledger.definitions[variable]
            if isinstance(definition, And):
                first, second = find(definition.first), find(definition.second)
                clauses += [(-root, first), (-root, second), (root, -first, -second)]
            else:
                leaves.append(variable)
        self._work.spend(5 * len(clauses))
        conditions = self.ledger.conditions(leaves)
        return clauses + [tuple(map(find, clause)) for clause in conditions]

    # ------------------------------------------------------------------------- identities

    def _identity(self, step: Step) -> None:
        """Weights of literals and a constant that add up to 0 for all values of a cut."""
        records.count(step, 5)
        terms, constant = records.terms(step[1]), records.integer(step[2])
        cut, inside = records.integers(step[3]), records.integers(step[4])
        columns, all_rows = self.ledger.window(cut, inside)
        rows = self.ledger.possible(columns, cut, all_rows)
        own = [(self.ledger.column(literal, columns, all_rows), w) for literal, w in terms]
        self.ledger.need_zero(own, constant, rows, all_rows)
        self._identities.append(self._weighed(terms, constant))

    def _weighed(self, terms: Sequence[tuple[int, int]], constant: int) -> Form:
        """Return weights of literals as weights of their representatives."""
        bits, whole = self.ledger.weighed(terms, constant)
        return Form(whole, tuple(bits.items()), ())

    def _sum(self, step: Step) -> None:
        """Add an identity: a sum of others, divided by a common divisor."""
        records.count(step, 3)
        divisor = records.integer(step[2])
        need(divisor > 0, "an identity is divided by what is not above 0")
        factors = self._factors(step[1])
        bits: dict[int, int] = {}
        constant = 0
        for form, factor in factors:
            constant += int(form.constant) * factor
            for variable, weight in form.bits:
                bits[variable] = bits.get(variable, 0) + int(weight) * factor
        values = [constant, *bits.values()]
        self._work.spend(sum(value.bit_length() for value in values) >> 6)
        need(not any(value % divisor for value in values), "the identity cannot be divided so")
        own = [(variable, weight // divisor) for variable, weight in bits.items()]
        self._identities.append(self._weighed(own, constant // divisor))

    def _factors(self, value: object) -> list[tuple[Form, int]]:
        factors = []
        for index, factor in records.terms(value):
            need(0 <= index < len(self._identities), "there is no such identity")
            factors.append((self._identities[index], factor))
            self._work.spend(2 + len(self._identities[index].bits))
        return factors

    # ------------------------------------------------------------------------------- goals

    def _goal(self, step: Step) -> None:
        need(len(step) >= 3, "a step `shown` has another number of parts")
        places = records.integers(step[1])
        goals = self._statement.goals
        need(places and all(0 <= index < len(goals) for index in places), "there is no such goal")
        way = records.text(step[2])
        why = SHOWN.get(way)
        if why is None:
            raise RefusedError(f"there is no way `{way[:20]}` to show a goal")
        why(self, [goals[index] for index in places], step)
        self.settled.update(places)

    def _by_rows(self, goals: Sequence[Goal], step: Step) -> None:
        records.count(step, 3)
        for goal in goals:
            tried(self._circuit, goal, self._work)

    def _by_near_rows(self, goals: Sequence[Goal], step: Step) -> None:
        records.count(step, 3)
        for goal in goals:
            if goal.near is None or goal.wrong is None:
                raise RefusedError("it is not about near rows")
            try_near(self._circuit, goal.wrong, goal.near, self._work)

    def _by_forms(self, goals: Sequence[Goal], step: Step) -> None:
        records.count(step, 3)
        for goal in goals:
            need(goal.same, "nothing is said to be the same")
            for same in goal.same:
                self._equal(same)

    def _equal(self, same: Same) -> None:
        if len(same.before) == 1 == len(same.after):
            form = self.ledger.form(same.before[0].minus(same.after[0]))
            need(form == Form(0, (), ()), "the two numbers are not the same sum")
            return
        need(len(same.before) == len(same.after), "there are not as many sums")
        sides = [self._relative(own) for own in (same.before, same.after)]
        need(sides[0] == sides[1], "the sums are not the same")

    def _relative(self, sums: Sequence[Linear]) -> list[object]:
        """Return sums minus the first, in a common scale: which one is largest stays the same."""
        forms = [self.ledger.form(each.minus(sums[0])) for each in sums]
        numbers = [Fraction(w) for f in forms for _, w in (*f.bits, *f.numbers)]
        numbers += [Fraction(form.constant) for form in forms]
        scale = max((abs(number) for number in numbers), default=Fraction(0)) or Fraction(1)
        return [
            (
                form.constant / scale,
                sorted((v, w / scale) for v, w in form.bits),
                sorted((s, w / scale) for s, w in form.numbers),
            )
            for form in forms
        ]

    def _by_literal(self, goals: Sequence[Goal], step: Step) -> None:
        records.count(step, 3)
        for goal in goals:
            if goal.wrong is None:
                raise RefusedError("there is no literal that is to be 0")
            need(self.ledger.literal(goal.wrong) == -TRUE, "it is not shown to be 0")

    def _by_signs(self, goals: Sequence[Goal], step: Step) -> None:
        records.count(step, 3)
        for goal in goals:
            if goal.signs is None:
                raise RefusedError("nothing is raised")
            signal, number, rising = goal.signs
            holds = never_falls(self._circuit, signal, number, rising=rising)
            need(holds, "the signs do not show it")

    def _by_sums(self, goals: Sequence[Goal], step: Step) -> None:
        """Show that weighted parts differ by a multiple of a bound that none of them reaches."""
        records.count(step, 5)
        weights, factors = records.integers(step[3]), self._factors(step[4])
        parts = [same for goal in goals for same in goal.same]
        need(
            all(goal.same for goal in goals) and len(weights) == len(parts),
            "there are not as many weights as elements",
        )
        modulus = self._modulus(parts, weights)
        bits: dict[int, Fraction] = {}
        constant = Fraction(0)
        for same, weight in zip(parts, weights, strict=True):
            need(len(same.before) == 1 == len(same.after), "sums are compared with each other")
            form = self.ledger.form(same.before[0].minus(same.after[0]))
            need(not form.numbers, "numbers are added up")
            constant += form.constant * weight
            for variable, factor_ in form.bits:
                bits[variable] = bits.get(variable, Fraction(0)) + factor_ * weight
        for form, factor in factors:
            constant += form.constant * factor
            for variable, factor_ in form.bits:
                bits[variable] = bits.get(variable, Fraction(0)) + factor_ * factor
        left = [constant, *bits.values()]
        is_zero = all(not value % modulus if modulus else not value for value in left)
        need(is_zero, "it does not add up to 0")

    def _modulus(self, parts: Sequence[Same], weights: Sequence[int]) -> int:
        """Return the modulus for the weighted sum; 0 if the sum must be 0.

        Bits with weights 1, 2, 4… in some order add up to less than 2^n, so that they are equal,
        bit by bit, if their sums are equal modulo 2^n. A single number must be equal itself.
        """
        if len(weights) == 1 and weights[0] == 1:
            return 0
        powers = sorted(weights)
        need(powers == [1 << i for i in range(len(weights))], "the weights are not powers of 2")
        for same in parts:
            for (number,) in (same.before, same.after):
                need(self._is_bit(number), "an element is not a bit of 0 and 1")
        return 1 << len(weights)

    def _is_bit(self, number: Linear) -> bool:
        if not number.terms:
            return number.constant in (0, 1)
        ends = (number.constant, number.constant + sum(w for _, w in number.terms))
        is_number = any(self._circuit.is_number(signal) for signal, _ in number.terms)
        return len(number.terms) == 1 and not is_number and set(ends) == {0, 1}


Own = Callable[[Checking, Step], None]
STEPS: dict[str, Own] = {
    "input": Checking._input,
    "reaches": Checking._reaches,
    "above": Checking._reaches,
    "neuron": Checking._neuron,
    "is": Checking._is,
    "and": Checking._and,
    "same": Checking._same,
    "identity": Checking._identity,
    "sum": Checking._sum,
    "shown": Checking._goal,
}
SAME: dict[str, Callable[[Checking, int, int, Step], None]] = {
    "diagram": Checking._by_diagram,
    "window": Checking._by_window,
    "clauses": Checking._by_clauses,
}
SHOWN: dict[str, Callable[[Checking, Sequence[Goal], Step], None]] = {
    "rows": Checking._by_rows,
    "near": Checking._by_near_rows,
    "forms": Checking._by_forms,
    "literal": Checking._by_literal,
    "signs": Checking._by_signs,
    "sums": Checking._by_sums,
}
