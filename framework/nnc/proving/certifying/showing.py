"""A statement -> the steps that show it, or why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from nnc.certificates.circuit import TRUE, Linear
from nnc.certificates.refusal import RefusedError, Work
from nnc.certificates.rows import tried
from nnc.certificates.signs import never_falls
from nnc.certificates.statement import Goal, Same, Statement
from nnc.certificates.steps import Checking
from nnc.proving.budget import Budget
from nnc.proving.certifying.adding import RecordedAdders
from nnc.proving.certifying.recording import Recording

_FEW, _MANY = 1 << 16, 1 << 24
"""Rows that are tried before anything else, and those that are at last."""
_WORK = 1 << 27


class Showing:
    """Looks for the steps of one statement: the plainest ways first."""

    def __init__(self, statement: Statement, budget: Budget) -> None:
        self.statement, self.budget = statement, budget
        self.circuit = statement.circuit
        self.recording = Recording(statement.circuit, budget)
        self.open = dict(enumerate(statement.goals))

    def steps(self) -> list[list[Any]]:
        """Return the steps. Raises RefusedError, with the goal, where none are found."""
        for way in (self._by_signs, self._by_few_rows, self._by_forms, self._by_adders):
            if self.open:
                way()
        if self.open:
            self._by_sweeping()
        if self.open:
            self._by_rows(_MANY, _WORK)
        if self.open:
            names = [goal.name or "it" for goal in self.open.values()]
            raise RefusedError(f"no way was found to show `{names[0]}`")
        return self.recording.steps

    def _close(self, places: list[int], *more: object) -> None:
        self.recording.add(["shown", places, *more])
        for place in places:
            del self.open[place]

    # ---------------------------------------------------------------------- signs and rows

    def _by_signs(self) -> None:
        for place, goal in list(self.open.items()):
            if goal.signs is not None:
                signal, number, rising = goal.signs
                if never_falls(self.circuit, signal, number, rising=rising):
                    self._close([place], "signs")

    def _by_few_rows(self) -> None:
        self._by_rows(_FEW, _WORK >> 6)

    def _by_rows(self, most: int, work: int) -> None:
        for place, goal in list(self.open.items()):
            try:
                tried(self.circuit, goal, Work(work), most)
            except RefusedError:
                continue
            self._close([place], "rows")

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
        """Close the goals that follow from what is recorded."""
        checking = Checking(self.statement, Work(1 << 62))
        checking.ledger = self.recording.ledger
        for place in list(self.open):
            for way in ("forms", "literal"):
                if place in self.open and _holds(checking, place, way):
                    self._close([place], way)

    # ------------------------------------------------------------------------------ adders

    def _by_adders(self) -> None:
        adders = RecordedAdders(self.recording)
        for variable in self.recording.fresh:
            adders.add_variable(variable)
        adders.settle()
        for places, weights in self._weighings():
            if not self.open.keys() >= set(places):
                continue
            modulus = 0 if weights == [1] else 1 << len(weights)
            sums = self._difference(places, weights)
            if sums is None or adders.reduced(sums, modulus):
                continue
            used = list(adders.used)
            self._close(places, "sums", weights, adders.factors(used))

    def _weighings(self) -> list[tuple[list[int], list[int]]]:
        """Return goals that may add up together, and the weights of their parts."""
        bits = [
            p for p, goal in self.open.items() if goal.same and all(map(self._is_bits, goal.same))
        ]
        weighings = []
        single = [place for place in bits if len(self.open[place].same) == 1]
        for places in [*([place] for place in bits), *([single] if len(single) > 1 else [])]:
            count = sum(len(self.open[place].same) for place in places)
            if count > 1:
                powers = [1 << i for i in range(count)]
                weighings += [(places, powers), (places, powers[::-1])]
        weighings += [([place], [1]) for place, goal in self.open.items() if len(goal.same) == 1]
        return weighings

    def _is_bits(self, same: Same) -> bool:
        return all(
            len(side) == 1
            and len(side[0].terms) <= 1
            and {side[0].constant, side[0].constant + sum(w for _, w in side[0].terms)} <= {0, 1}
            for side in (same.before, same.after)
        )

    def _difference(self, places: Sequence[int], weights: Sequence[int]) -> dict[int, int] | None:
        """Return the weighed difference of both sides by variables; 0 has the constant."""
        ledger = self.recording.ledger
        sums: dict[int, Fraction] = {0: Fraction(0)}
        parts = [same for place in places for same in self.open[place].same]
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

    def _by_sweeping(self) -> None:
        """Not yet."""


def _holds(checking: Checking, place: int, way: str) -> bool:
    try:
        checking.step(["shown", [place], way])
    except RefusedError:
        return False
    return True
