"""A proof by lemmas, checked by unit propagation: shares nothing with what made it."""

from collections.abc import Iterable, Sequence


def refutes(clauses: Iterable[Sequence[int]], lemmas: Iterable[Sequence[int]]) -> bool:
    """Whether each lemma follows from the clauses and those before it, and one is empty."""
    known = Known(clauses)
    for lemma in lemmas:
        if not known.conflicts([-literal for literal in lemma]):
            return False
        if not lemma:
            return True
        known.add(lemma)
    return known.conflicts([])


class Known:
    """Clauses that are known to hold; two literals of each are watched."""

    def __init__(self, clauses: Iterable[Sequence[int]]) -> None:
        self._watching: dict[int, list[list[int]]] = {}
        self._units: list[int] = []
        self._is_broken = False
        for clause in clauses:
            self.add(clause)

    def add(self, clause: Sequence[int]) -> None:
        """Take in one more clause."""
        literals = list(dict.fromkeys(clause))
        if len(literals) >= 2:
            for literal in literals[:2]:
                self._watching.setdefault(literal, []).append(literals)
        else:
            self._units += literals
            self._is_broken |= not literals

    def conflicts(self, literals: Iterable[int]) -> bool:
        """Whether unit propagation from some literals ends in a conflict."""
        if self._is_broken:
            return True
        true: set[int] = set()
        waiting = [*self._units, *literals]
        while waiting:
            literal = waiting.pop()
            if -literal in true:
                return True
            if literal in true:
                continue
            true.add(literal)
            watching, self._watching[-literal] = self._watching.get(-literal, []), []
            for i, clause in enumerate(watching):
                if clause[0] == -literal:
                    clause[0], clause[1] = clause[1], clause[0]
                for j, other in enumerate(clause):
                    if j > 1 and -other not in true:
                        clause[1], clause[j] = other, clause[1]
                        self._watching.setdefault(other, []).append(clause)
                        break
                else:
                    self._watching[-literal].append(clause)
                    if -clause[0] in true:
                        self._watching[-literal] += watching[i + 1 :]
                        return True
                    waiting.append(clause[0])
        return False
