"""Clauses and lemmas: each lemma follows by unit propagation, and the last one is empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnc.proofs.certificates.refusal import Work, need


class Clauses:
    """Clauses that hold; two literals of each are watched, and what follows from units is kept."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._watching: dict[int, list[list[int]]] = {}
        self._true: set[int] = set()
        """The literals that hold; during propagation also those that follow from assumptions."""
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
        """Return whether unit propagation ends in a conflict where all literals are false."""
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
    """Raise RefusedError unless lemmas show that clauses cannot all hold."""
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
