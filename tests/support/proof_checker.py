"""An independent check of what `nnc diff --certificate` writes, with nothing of `nnc`.

It reads the networks plainly and takes all their rows: so it is for small networks, and knows of
each variable what it is in every row. What a step says has to be so in all of them, and its reason
has to be one by itself: for all values of a cut, or by unit propagation.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from tests.support import oracle
from tests.support.lemmas import refutes

Column = tuple[bool, ...]
Step = list[Any]


class WrongError(Exception):
    """The certificate does not show what it claims."""


def need(holds: object, what: str) -> None:
    if not holds:
        raise WrongError(what)


def check(certificate: str, before: str, after: str) -> list[str]:
    """Return the outputs that are shown to be equal. Raises WrongError."""
    header, *steps = (json.loads(line) for line in certificate.splitlines() if line)
    try:
        need(header["format_version"] == 1 and header["claim"] == "equal", "the header")
        plain = Plain([oracle.loads(before), oracle.loads(after)], header.get("within", {}))
        need(steps.pop(0) == ["statement", 0], "the first step")
        for step in steps:
            plain.step(step)
        need(plain.shown == set(range(len(header["outputs"]))), "an output is not shown")
        for alias in header["outputs"]:
            need(plain.outputs(0, alias) == plain.outputs(1, alias), f"`{alias}` differs")
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise WrongError(repr(error)) from error
    return list(header["outputs"])


class Plain:
    """Two networks in all rows, and the variables that a certificate defines."""

    def __init__(self, files: list[Any], within: dict[str, list[str]]) -> None:
        self.files = [oracle.whole(file, oracle.Path()) for file in files]
        self.inputs = {n: one for file in self.files for n, one in file["inputs"].items()}
        self.rows = list(self._rows(within))
        self._known: dict[tuple[int, str], list[Any]] = {}
        every = tuple(True for _ in self.rows)
        self.columns: list[Column] = [every, every]
        self.definitions: list[Any] = [None, None]
        self.roots = [0, 1]
        self.identities: list[tuple[dict[int, int], int]] = []
        self.shown: set[int] = set()

    def _rows(self, within: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        values = []
        for name, one in self.inputs.items():
            own: list[Any]
            if one["type"] == "choice":
                own = list(one["of"])
            elif one["type"] == "bit" and "size" in one:
                own = list(range(1 << int(one["size"])))
            elif one["type"] == "bit":
                own = [Fraction(state) for state in one.get("states", ("0", "1"))]
            else:
                own = list(range(int(one["min"]), int(one["max"]) + 1))
            if name in within:
                own = [value for value in own if _lies(value, within[name])]
            values.append(own)
        for row in product(*values):
            yield dict(zip(self.inputs, row, strict=True))

    # ---------------------------------------------------------------------- the networks

    def outputs(self, copy: int, alias: str) -> list[Any]:
        """Give what an output is in each row."""
        return self._values(copy, alias, self.files[copy]["outputs"][alias])

    def neuron(self, copy: int, name: str) -> Column:
        """Whether a neuron, one of its thresholds or a step, `age>=6`, fires in each row."""
        if ">" in name:
            number, _, limit = name.partition(">")
            values = [Fraction(row[number]) for row in self.rows]
            if limit.startswith("="):
                return tuple(value >= Fraction(limit[1:]) for value in values)
            return tuple(value > Fraction(limit) for value in values)
        own = self.files[copy]["neurons"][name.split(".", maxsplit=1)[0]]
        on = Fraction(own["states"][1])
        return tuple(value == on for value in self._values(copy, f"neuron {name}", name))

    def _values(self, copy: int, alias: str, spec: Any) -> list[Any]:
        if (copy, alias) not in self._known:
            file = deepcopy(self.files[copy]) | {"outputs": {alias: spec}}
            circuit = oracle.Oracle(file)
            own = self.files[copy]["inputs"]
            self._known[copy, alias] = [
                circuit.evaluate({name: row[name] for name in own})[alias] for row in self.rows
            ]
        return self._known[copy, alias]

    def _input(self, name: str) -> Column:
        plain, _, label = name.partition(".")
        plain, _, index = plain.partition("(")
        one = self.inputs[plain]
        if label:
            return tuple(row[plain] == label for row in self.rows)
        if index:
            return tuple(bool(row[plain] >> int(index[:-1]) & 1) for row in self.rows)
        on = Fraction(one.get("states", ("0", "1"))[1])
        return tuple(row[plain] == on for row in self.rows)

    # ------------------------------------------------------------------------- literals

    def column(self, literal: int) -> Column:
        """Give what a literal is in each row."""
        column = self.columns[abs(literal)] if literal else None
        assert column is not None
        return column if literal > 0 else tuple(not value for value in column)

    def find(self, literal: int) -> int:
        """Give what stands for all that are the same."""
        root = literal
        while abs(self.roots[abs(root)]) != abs(root):
            root = self.roots[abs(root)] * (1 if root > 0 else -1)
        return root

    def define(self, column: Iterable[bool], definition: Any) -> None:
        """Add a variable."""
        self.columns.append(tuple(column))
        self.definitions.append(definition)
        self.roots.append(len(self.roots))

    def step(self, step: Step) -> None:
        """Check a step."""
        kind, *more = step
        if kind == "input":
            self.define(self._input(more[0]), ("input", more[0]))
        elif kind in ("reaches", "above"):
            limit = Fraction(more[1])
            values = [Fraction(row[more[0]]) for row in self.rows]
            on = [value >= limit if kind == "reaches" else value > limit for value in values]
            self.define(on, ("cut", more[0], limit, kind == "above"))
        elif kind == "neuron":
            self.define(self.neuron(*more), ("neuron", *more))
        elif kind == "is":
            copy, name, literal = more
            need(self.neuron(copy, name) == self.column(literal), f"{name} is something else")
        elif kind == "and":
            pair = zip(*map(self.column, more), strict=True)
            self.define((a and b for a, b in pair), ("and", *more))
        elif kind == "same":
            self._same(*more)
        elif kind in ("identity", "sum"):
            self._identity(kind, *more)
        elif kind == "shown":
            self.shown |= set(more[0])
        else:
            raise WrongError(f"there is no step {kind}")

    # --------------------------------------------------------------------------- reasons

    def _same(self, first: int, second: int, why: str, *more: Any) -> None:
        need(self.column(first) == self.column(second), "the two are not the same in all rows")
        if why == "window":
            for values in self._window(*more):
                need(self._on(first, values) == self._on(second, values), "a window differs")
        elif why == "clauses":
            self._clauses(first, second, *more)
        else:
            need(why == "diagram", "there is no such reason")
        first, second = sorted((self.find(first), self.find(second)), key=abs, reverse=True)
        if abs(first) != abs(second):
            self.roots[abs(first)] = second * (1 if first > 0 else -1)

    def _on(self, literal: int, values: dict[int, bool]) -> bool:
        root = self.find(literal)
        return values[abs(root)] ^ (root < 0)

    def _window(self, cut: Sequence[int], inside: Sequence[int]) -> Iterator[dict[int, bool]]:
        """Yield what variables are for all values of a cut that its leaves can have together."""
        conditions = self._conditions(cut)
        for states in product((False, True), repeat=len(cut)):
            values = {1: True}
            for variable, state in zip(cut, states, strict=True):
                root = self.find(variable)
                values[abs(root)] = state ^ (root < 0)
            if not all(any(self._on(x, values) for x in clause) for clause in conditions):
                continue
            for variable in inside:
                kind, *sources = self.definitions[variable]
                if kind == "and":
                    state = all(self._on(source, values) for source in sources)
                else:
                    need(kind == "neuron", "a leaf is calculated")
                    state = self._calculated(sources[0], sources[1], values)
                root = self.find(variable)
                values.setdefault(abs(root), state ^ (root < 0))
            yield values

    def _calculated(self, copy: int, name: str, values: dict[int, bool]) -> bool:
        """Calculate a neuron of plain weights, the values of its sources known."""
        own = self.files[copy]["neurons"][name]
        total = sum(
            Fraction(weight) * self._source(copy, source, values)
            for source, weight in own["weights"].items()
        )
        return oracle.COMPARE[own["fires"]](total, Fraction(own["threshold"]))

    def _source(self, copy: int, source: str, values: dict[int, bool]) -> int:
        """Find the value of a source among variables: that which is the same in all rows."""
        inside = source in self.files[copy]["neurons"]
        column = self.neuron(copy, source) if inside else self._input(source)
        for variable, state in values.items():
            if self.columns[variable] == column:
                return state
            if self.columns[variable] == tuple(not value for value in column):
                return not state
        raise WrongError(f"{source} is not calculated")

    def _conditions(self, variables: Sequence[int]) -> list[tuple[int, ...]]:
        """Return what is true of leaves together."""
        clauses: list[tuple[int, ...]] = []
        leaves = [v for v in variables if self.definitions[v] and
                  self.definitions[v][0] in ("cut", "input")]  # fmt: skip
        for a, b in combinations(leaves, 2):
            (kind, name, *own), (other, second, *rest) = self.definitions[a], self.definitions[b]
            if kind == other == "cut" and name == second:
                clauses.append((a, -b) if own < rest else (b, -a))
            same = name.split(".")[0] == second.split(".")[0]
            if kind == other == "input" and "." in name and same:
                clauses.append((-a, -b))
        labels = {self.definitions[leaf][1]: leaf for leaf in leaves}
        for name, one in self.inputs.items():
            every = [labels.get(f"{name}.{label}", 0) for label in one.get("of", ())]
            if every and all(every):
                clauses.append(tuple(every))
        return clauses

    def _clauses(
        self, first: int, second: int, inside: Sequence[int], *lemmas: Sequence[Sequence[int]]
    ) -> None:
        clauses: list[tuple[int, ...]] = [(1,)]
        for variable in inside:
            kind, *sources = self.definitions[variable]
            if kind == "and":
                own, left, right = (self.find(each) for each in (variable, *sources))
                clauses += [(-own, left), (-own, right), (own, -left, -right)]
        conditions = self._conditions(inside)
        clauses += [tuple(map(self.find, clause)) for clause in conditions]
        sides = ((first, -second), (-first, second))
        for side, proof in zip(sides, lemmas, strict=True):
            units = [(self.find(literal),) for literal in side]
            own_lemmas = [list(map(self.find, lemma)) for lemma in proof]
            need(refutes([*clauses, *units], own_lemmas), "the lemmas prove nothing")

    def _identity(self, kind: str, terms: Any, constant: int, *more: Any) -> None:
        if kind == "sum":
            whole: dict[int, int] = {}
            total = 0
            for place, factor in terms:
                weights, own = self.identities[place]
                total += own * factor
                for variable, weight in weights.items():
                    whole[variable] = whole.get(variable, 0) + weight * factor
            need(constant > 0 and total % constant == 0, "the sum cannot be divided")
            need(all(weight % constant == 0 for weight in whole.values()), "nor its weights")
            result = {variable: weight // constant for variable, weight in whole.items()}
            self.identities.append((result, total // constant))
        else:
            for values in self._window(*more):
                own = sum(weight * self._on(literal, values) for literal, weight in terms)
                need(own + constant == 0, "an identity does not hold")
            self.identities.append((dict(terms), constant))
        weights, own = self.identities[-1]
        for row in range(len(self.rows)):
            total = sum(weight * self.column(literal)[row] for literal, weight in weights.items())
            need(total + own == 0, "an identity does not hold in a row")


def _lies(value: Any, limits: list[str]) -> bool:
    if isinstance(value, str):
        return value in limits
    low, dots, high = limits[0].partition("..")
    if not dots:
        return bool(value == Fraction(low))
    return (not low or value >= Fraction(low)) and (not high or value <= Fraction(high))
