"""An independent check of what `nnc solve --certificate` claims, with nothing of `nnc`.

It reads the network plainly: inputs, neurons with weights by name, list or steps, and layers; no
parts and no slices. What inputs and neurons without blanks are worth comes from the oracle.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import ceil, floor, gcd, lcm
from pathlib import Path
from typing import Any

from tests.support import oracle
from tests.support.lemmas import refutes

Form = tuple[dict[str, Fraction], Fraction, bool]  # sum of factors by blanks + constant > or >= 0
Source = str | tuple[str, str]  # a signal, or an input and its cut-off
Record = dict[str, Any]


class WrongError(Exception):
    """The certificate does not prove what it claims."""


def need(holds: object, what: str) -> None:
    if not holds:
        raise WrongError(what)


def check(certificate: str, folder: Path) -> None:
    """Raise WrongError unless the certificate proves what it claims."""
    record = json.loads(certificate)
    try:
        file = oracle.load(folder / record["network"])
        for each in record["impossible"]:
            plain = Plain(file, folder, each["sizes"], record)
            need(all(0 <= r < len(plain.cases) for r in rows_in(each["proof"])), "no such case")
            CHECKS[each["proof"]["kind"]](plain, each["proof"])
        if record["claim"] == "solved":
            replay(file, folder, record)
        need(record["claim"] == "solved" or record["impossible"], "nothing is claimed")
        all_sizes_are_tried(file, record)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise WrongError(repr(error)) from error


def rows_in(at: Any) -> Iterable[int]:
    """Give the cases that are spoken of."""
    if isinstance(at, list):
        for each in at:
            yield from rows_in(each)
    elif isinstance(at, dict):
        for key, value in at.items():
            if key == "row":
                yield value
            elif key == "rows":
                yield from (each if isinstance(each, int) else each[0] for each in value)
            elif key == "variables":
                yield from (row for _, row in value.values())
            else:
                yield from rows_in(value)


# ------------------------------------------------------------------------- the network


@dataclass
class Cell:
    """A neuron: its wires, and for each output its signal, its rule and its threshold."""

    wires: list[tuple[Source, Any]]
    limits: list[tuple[str, str, Any]]
    states: tuple[Fraction, Fraction]

    @property
    def entries(self) -> list[Any]:
        """All its numbers and blanks, weights first."""
        return [entry for _, entry in self.wires] + [entry for _, _, entry in self.limits]

    @property
    def sources(self) -> list[Source]:
        """What it reads."""
        return [source for source, _ in self.wires]

    @property
    def signals(self) -> list[str]:
        """What it gives."""
        return [signal for signal, _, _ in self.limits]


def is_blank(text: Any) -> bool:
    return isinstance(text, str) and (text == "_" or ".." in text)


class Plain:
    """Cells, the bounds of blanks, and of each row what is known and what is expected."""

    def __init__(self, file: Any, folder: Path, sizes: Record, record: Record) -> None:
        raw = deepcopy(file)
        for name, size in sizes.items():
            raw["layers"][name]["size"] = str(size)
        self.file = oracle.whole(raw, folder)
        self.span = record["range"]
        self.unit = Fraction(1, 10 ** record["decimals"])
        self.bounds: dict[str, tuple[Fraction | None, Fraction | None]] = {}
        self.elements: dict[str, list[str]] = {"0": ["0"], "1": ["1"]}
        self.inputs: dict[str, str] = {}
        for name, one in self.file["inputs"].items():
            self._name_input(name, one)
        for name, one in self.file["layers"].items():
            self.elements[name] = [f"{name}({i})" for i in range(int(one["size"]))]
        for name, one in self.file["neurons"].items():
            ports = one.get("thresholds", {})
            self.elements[name] = [f"{name}.{port}" for port in ports] or [name]
        self.cells: dict[str, Cell] = {}
        for name, one in self.file["neurons"].items():
            self.cells[name] = self._neuron(name, one)
        for name, one in self.file["layers"].items():
            self._layer(name, one)
        self.maker = {s: name for name, cell in self.cells.items() for s in cell.signals}
        self.cases = list(rows(file, folder))
        self._evaluate(folder)
        self.asks = [self._expected(expect) for _, expect in self.cases]
        self._merge()

    def _name_input(self, name: str, one: Record) -> None:
        if "of" in one:
            self.elements[name] = [f"{name}.{choice}" for choice in one["of"]]
        elif "size" in one:
            self.elements[name] = [f"{name}({i})" for i in range(int(one["size"]))]
        else:
            self.elements[name] = [name]
        self.inputs |= dict.fromkeys(self.elements[name], name)

    def _expand(self, sources: str | list[str]) -> list[str]:
        listed = sources if isinstance(sources, list) else [sources]
        return [each for text in listed for each in self.elements.get(text, [text])]

    def _entry(self, text: Any, *path: Any, is_weight: bool = True) -> Any:
        """Give a number, or the name of a blank."""
        if not is_blank(text):
            return Fraction(text)
        name = ".".join(map(str, path))
        if text == "_":
            text = self.span if self.span and is_weight else ".."
        low, high = text.split("..")
        self.bounds[name] = (Fraction(low) if low else None, Fraction(high) if high else None)
        return name

    def _neuron(self, name: str, one: Record) -> Cell:
        base = ("neurons", name, "weights")
        wires: list[tuple[Source, Any]] = []
        if "wiring" in one:
            sources = self._expand(one["wiring"])
            weights = one.get("weights", "1")
            listed = weights if isinstance(weights, list) else [weights] * len(sources)
            wires = [(s, self._entry(w, *base, i))
                     for i, (s, w) in enumerate(zip(sources, listed, strict=True))]  # fmt: skip
        for text, weight in one["weights"].items() if "wiring" not in one else ():
            if isinstance(weight, dict):
                wires += [((text, cut), self._entry(w, *base, text, cut))
                          for cut, w in weight.items()]  # fmt: skip
                continue
            names = self._expand(text)
            listed = weight if isinstance(weight, list) else [weight] * len(names)
            for i, (source, w) in enumerate(zip(names, listed, strict=True)):
                end = (i,) if len(names) > 1 else ()
                wires.append((source, self._entry(w, *base, text, *end)))
        limits = []
        ports = one.get("thresholds", {None: one.get("threshold")})
        for port, text in ports.items():
            rule, number = one["fires"], text
            if not is_blank(text) and " " in text:
                rule, number = text.split()
            path = ("threshold",) if port is None else ("thresholds", port)
            entry = self._entry(number, "neurons", name, *path, is_weight=False)
            limits.append((name if port is None else f"{name}.{port}", rule, entry))
        low, high = map(Fraction, one["states"])
        return Cell(wires, limits, (low, high))

    def _layer(self, name: str, one: Record) -> None:
        sources = self._expand(one["wiring"])
        size = int(one["size"])
        low, high = map(Fraction, one["states"])
        weights, thresholds = one.get("weights", "1"), one["thresholds"]
        for i in range(size):
            row = weights[i] if isinstance(weights, list) else weights
            listed = row if isinstance(row, list) else [row] * len(sources)
            base = ("layers", name, "weights")
            wires: list[tuple[Source, Any]] = [
                (s, self._entry(w, *base, *((i, j) if size * len(sources) > 1 else ())))
                for j, (s, w) in enumerate(zip(sources, listed, strict=True))
            ]
            limit = thresholds[i] if isinstance(thresholds, list) else thresholds
            entry = self._entry(limit, "layers", name, "thresholds", i, is_weight=False)
            signal = f"{name}({i})"
            self.cells[signal] = Cell(wires, [(signal, one["fires"], entry)], (low, high))

    def _evaluate(self, folder: Path) -> None:
        """Work out inputs, and the neurons that know all they need, by the oracle."""
        closed = set(self.inputs) | {"0", "1"}
        before = -1
        while before < len(closed):
            before = len(closed)
            for cell in self.cells.values():
                if not any(isinstance(entry, str) for entry in cell.entries) and all(
                    isinstance(source, tuple) or source in closed for source in cell.sources
                ):
                    closed |= set(cell.signals)
        file = deepcopy(self.file)
        for kind in ("neurons", "layers"):
            file[kind] = {
                name: one for name, one in file[kind].items() if set(self.elements[name]) <= closed
            }
        file["outputs"] = {signal: signal for signal in sorted(closed)}
        evaluator = oracle.Oracle(file, folder)
        self.known: list[dict[Any, Fraction]] = []
        for given, _ in self.cases:
            known: dict[Any, Fraction] = dict(evaluator.evaluate(given))
            for cell in self.cells.values():
                for source in cell.sources:
                    if isinstance(source, tuple):
                        name, cut = source
                        cuts = sorted(map(Fraction, self.file_steps(cell, name)))
                        after = next((c for c in cuts if c > Fraction(cut)), None)
                        value = known[name]
                        is_in = value >= Fraction(cut) and (after is None or value < after)
                        known[source] = Fraction(is_in)
            self.known.append(known)

    @staticmethod
    def file_steps(cell: Cell, name: str) -> list[str]:
        """Give the cut-offs of an input in a neuron."""
        return [s[1] for s in cell.sources if isinstance(s, tuple) and s[0] == name]

    def _expected(self, expect: Record) -> dict[Any, Any]:
        """Give what a case expects of signals, of the sums of neurons, and of the largest."""
        asks: dict[Any, Any] = {}
        for alias, value in expect.items():
            spec = self.file["outputs"][alias]
            if not isinstance(spec, dict):
                signals = self._expand(spec)
                values = value if isinstance(value, list) else [value]
                if len(values) < len(signals):
                    values = [int(value) >> i & 1 for i in range(len(signals))]
                for signal, each in zip(signals, values, strict=True):
                    asks["bit", signal] = Fraction(each)
            elif "sum" in spec:
                asks["sum", spec["sum"]] = Fraction(value)
            elif "level" in spec:
                limits = self.cells[spec["level"]].limits
                level = spec["labels"].index(value) if "labels" in spec else int(value)
                is_up = limits[0][1] in ("above", "at_least")
                for i, (signal, _, _) in enumerate(limits):
                    fires = i < level if is_up else i >= len(limits) - level
                    asks["bit", signal] = self.cells[spec["level"]].states[fires]
            else:
                names = tuple(self.maker[s] for s in self._expand(spec["largest"]))
                place = spec["labels"].index(value) if "labels" in spec else int(value)
                asks["largest", names] = place
        return asks

    def _merge(self) -> None:
        """Let rows that give the same expect what any of them does."""
        read = [s for cell in self.cells.values() for s in cell.sources]
        like: dict[Any, list[int]] = {}
        for r, known in enumerate(self.known):
            like.setdefault(tuple(known.get(source) for source in read), []).append(r)
        own = list(self.asks)
        self.alike = {r: same for same in like.values() for r in same}
        for same in like.values():
            asked: dict[Any, Any] = {}
            for r in same:
                asked = {**own[r], **asked}
            for r in same:
                self.asks[r] = asked
        self.own = own

    # -------------------------------------------------------------- sums

    def worth(self, row: int) -> dict[Any, Fraction]:
        """Give what is known in a row, with what is expected, and what follows."""
        worth = dict(self.known[row])
        for (kind, signal), value in self.asks[row].items():
            if kind == "bit":
                worth.setdefault(signal, value)
        for _ in self.cells:
            for cell in self.cells.values():
                if not any(isinstance(e, str) for e in cell.entries) and all(
                    source in worth for source in cell.sources
                ):
                    _, total = self.form(cell, worth)
                    for signal, rule, limit in cell.limits:
                        fires = oracle.COMPARE[rule](total, limit)
                        worth.setdefault(signal, cell.states[bool(fires)])
        return worth

    @staticmethod
    def form(cell: Cell, worth: Mapping[Any, Fraction]) -> tuple[dict[str, Fraction], Fraction]:
        """Give the sum of a cell: the factor of each blank, and the rest."""
        factors: dict[str, Fraction] = {}
        total = Fraction()
        for source, entry in cell.wires:
            if isinstance(entry, str):
                factors[entry] = factors.get(entry, Fraction()) + worth[source]
            elif entry:
                total += entry * worth[source]
        return factors, total

    def fires(self, cell: Cell, output: str, worth: Mapping[Any, Fraction], fires: bool) -> Form:
        """Give what it takes that an output fires, or not."""
        [(rule, limit)] = [(rule, entry) for s, rule, entry in cell.limits if s == output]
        factors, total = self.form(cell, worth)
        if isinstance(limit, str):
            factors[limit] = factors.get(limit, Fraction()) - 1
        else:
            total -= limit
        sign = 1 if (rule in ("above", "at_least")) == fires else -1
        is_strict = (rule in ("above", "below")) == fires
        return {b: sign * f for b, f in factors.items()}, sign * total, is_strict

    def _others(self, one: Record, worth: Mapping[Any, Fraction]) -> Iterable[Form]:
        """Give all that a row may ask of the sums of a neuron."""
        name = one["neuron"]
        for (kind, of), value in self.asks[one["row"]].items():
            if kind == "sum" and of == name:
                factors, total = self.form(self.cells[name], worth)
                yield factors, total - value, False
                yield {b: -f for b, f in factors.items()}, value - total, False
            elif kind == "largest" and of[value] == name:
                own, total = self.form(self.cells[name], worth)
                for i, other in enumerate(of):
                    less, rest = self.form(self.cells[other], worth)
                    both = {b: own.get(b, 0) - less.get(b, 0) for b in own | less}
                    yield {b: Fraction(f) for b, f in both.items()}, total - rest, i < value

    def condition(self, one: Record, worth: Mapping[Any, Fraction]) -> Form:
        """Give the condition that a record states, if it is one that the case asks."""
        stated = ({b: Fraction(f) for b, f in one["factors"].items()},
                  Fraction(one["constant"]), one["sign"] == ">")  # fmt: skip
        need(one["sign"] in (">", ">="), "no sign")
        allowed: list[Form] = []
        if "fires" in one:
            cell = self.cells[one["neuron"]]
            need(worth[one["output"]] == cell.states[one["fires"]], "it need not fire so")
            allowed = [self.fires(cell, one["output"], worth, one["fires"])]
        elif "row" in one:
            allowed = list(self._others(one, worth))
        elif "neuron" in one:  # thresholds that ascend
            limits = [entry for _, _, entry in self.cells[one["neuron"]].limits]
            for low, high in pairwise(limits):
                factors: dict[str, Fraction] = {}
                constant = Fraction()
                for entry, sign in ((high, 1), (low, -1)):
                    if isinstance(entry, str):
                        factors[entry] = Fraction(sign)
                    else:
                        constant += sign * entry
                allowed.append((factors, constant, True))
        else:
            [(blank, _)] = stated[0].items()
            low, high = self.bounds[blank]
            if low is not None:
                allowed.append(({blank: Fraction(1)}, -low, False))
            if high is not None:
                allowed.append(({blank: Fraction(-1)}, high, False))
        need(any(bare(form) == bare(stated) for form in allowed), "no case asks that")
        return stated

    def adds_up(self, forms: Sequence[Form], times: Sequence[int], margin: int = 0) -> None:
        """Refuse conditions that do not add up to what is false; `margin` for whole units only."""
        need(forms and all(n > 0 for n in times), "factors are above 0")
        total: dict[str, Fraction] = {}
        constant, is_strict = Fraction(), False
        for form, n in zip(forms, times, strict=True):
            factors, rest, strict = self._rounded(form, margin) if margin else form
            is_strict |= strict
            constant += n * rest
            for b, f in factors.items():
                total[b] = total.get(b, Fraction()) + n * f
        for b, f in total.items():
            low, high = self.bounds[b]
            at_least_0, at_most_0 = low is not None and low >= 0, high is not None and high <= 0
            need(f == 0 or (f < 0 and at_least_0) or (f > 0 and at_most_0), f"{b} stays")
        need(constant < 0 or (constant == 0 and is_strict), "the sum is not false")

    def _rounded(self, form: Form, margin: int) -> Form:
        """Give what a condition asks of blanks that are multiples of the unit."""
        factors, constant, is_strict = form
        if margin > 1:
            constant, is_strict = constant - margin * self.unit, False
        scaled = {b: f * self.unit for b, f in factors.items()}
        times = lcm(*(f.denominator for f in (*scaled.values(), constant)))
        common = gcd(*(int(f * times) for f in scaled.values())) or 1
        bound = -((int(constant * times) - is_strict) // common)
        return factors, -Fraction(bound * common, times), False

    # -------------------------------------------------------------- symmetry

    def is_free(self, cell: Cell) -> bool:
        """Whether all numbers are open, each by itself, and without bounds."""
        entries = cell.entries
        return (
            all(isinstance(e, str) and self.bounds[e] == (None, None) for e in entries)
            and len(set(entries)) == len(entries)
        )  # fmt: skip

    def readers(self, cell: Cell) -> list[str]:
        """Give the neurons that read a cell."""
        return [n for n, c in self.cells.items() if set(cell.signals) & set(c.sources)]

    def may_turn(self, name: str) -> bool:
        """Whether a neuron is hidden and free, as are those that read it."""
        cell = self.cells[name]
        asked = {of for asks in self.asks for kind, of in asks if kind == "bit"}
        summed = {each for asks in self.asks for kind, of in asks if kind != "bit"
                  for each in ([of] if isinstance(of, str) else of)}  # fmt: skip
        return (
            self.is_free(cell) and len(cell.limits) == 1 and not asked & set(cell.signals)
            and name not in summed
            and all(self.is_free(self.cells[r]) and r not in summed for r in self.readers(cell))
        )  # fmt: skip


def bare(form: Form) -> Form:
    factors, constant, is_strict = form
    return {b: f for b, f in factors.items() if f}, constant, is_strict


def rows(file: Any, folder: Path) -> Iterable[tuple[Record, Record]]:
    """Give what each case gives and expects, those in CSV files too."""
    outputs = file.get("outputs", {})
    for case in file.get("cases", ()):
        if "file" not in case:
            yield case.get("given", {}), case.get("expect", {})
            continue
        for line in csv.DictReader((folder / case["file"]).read_text("utf-8").splitlines()):
            yield ({k: v for k, v in line.items() if k not in outputs},
                   {k: v for k, v in line.items() if k in outputs})  # fmt: skip


# ------------------------------------------------------------------------------ proofs


def check_clash(plain: Plain, proof: Record) -> None:
    one, other = proof["rows"]
    need(other in plain.alike[one] and one != other, "they do not give the same")
    first, second = plain.own[one], plain.own[other]
    need(any(key in second and second[key] != value for key, value in first.items()),
         "they expect the same")  # fmt: skip


def check_fixed(plain: Plain, proof: Record) -> None:
    row = proof["row"]
    asked = {signal: v for (kind, signal), v in plain.own[row].items() if kind == "bit"}
    worth = dict(plain.known[row])
    for _ in plain.cells:
        for cell in plain.cells.values():
            is_closed = not any(isinstance(e, str) for e in cell.entries)
            if is_closed and all(s in worth or s in asked for s in cell.sources):
                _, total = plain.form(cell, asked | worth)
                for signal, rule, limit in cell.limits:
                    fires = bool(oracle.COMPARE[rule](total, limit))
                    worth.setdefault(signal, cell.states[fires])
    need(any(s in worth and worth[s] != v for s, v in asked.items()), "nothing contradicts it")


def check_coarse(plain: Plain, proof: Record) -> None:
    low, high = plain.bounds[proof["blank"]]
    need(low is not None and high is not None, "it has no bounds")
    assert low is not None
    assert high is not None
    need(ceil(low / plain.unit) > floor(high / plain.unit), "there is a number within the bounds")


def check_sums(plain: Plain, proof: Record) -> None:
    forms = [
        plain.condition(one, plain.worth(one["row"]) if "row" in one else {})
        for one in proof["conditions"]
    ]
    times = [one["times"] for one in proof["conditions"]]
    plain.adds_up(forms, times, 0 if proof["for_all"] else proof["margin"] or 1)


def check_states(plain: Plain, proof: Record) -> None:
    cut, past, chosen = set(proof["neurons"]), proof["past"], proof["rows"]
    states = 1
    for name in cut:
        states *= len(plain.cells[name].limits) + 1
    need(proof["states"] == states < len(set(chosen)) == len(chosen), "there are states enough")
    need(len({tuple(plain.known[r][s] for s in past) for r in chosen}) == 1, "the past differs")

    def is_behind(name: str) -> bool:
        return name in cut or all(
            source in past or source in ("0", "1") or is_behind(plain.maker[source])
            for source in plain.cells[name].sources
        )

    def pictures(row: int) -> Record:
        shown = {}
        for key, value in plain.asks[row].items():
            kind, of = key
            makers = [plain.maker[of]] if kind == "bit" else [of] if kind == "sum" else list(of)
            try:
                if all(m not in cut and is_behind(m) for m in makers):
                    shown[key] = value
            except KeyError:  # an input that goes past
                continue
        return shown

    shown = [pictures(row) for row in chosen]
    for one, other in combinations(shown, 2):
        need(any(k in other and other[k] != v for k, v in one.items()), "two look the same")


def check_clauses(plain: Plain, proof: Record) -> None:
    Clauses(plain, proof).check()


def check_tried(plain: Plain, proof: Record) -> None:
    del plain, proof  # the word of a solver: there is nothing to check


CHECKS = {
    "clash": check_clash,
    "fixed": check_fixed,
    "coarse": check_coarse,
    "sums": check_sums,
    "states": check_states,
    "clauses": check_clauses,
    "tried": check_tried,
}


class Clauses:
    """The clauses over what neurons say in each row, each for its reason, and the lemmas."""

    def __init__(self, plain: Plain, proof: Record) -> None:
        self.plain = plain
        self.of = {int(v): (s, r) for v, (s, r) in proof["variables"].items()}
        self.variable = {at: v for v, at in self.of.items()}
        need(len(self.variable) == len(self.of), "a signal has two variables")
        self.rows = sorted({row for _, row in self.variable})
        self.clauses = proof["clauses"]
        self.lemmas = proof["lemmas"]
        self.same: dict[int, tuple[str, tuple[tuple[int, int], ...]]] = {}
        self.others: dict[int, object] = {}
        self.points = self._meanings("point", proof["points"])
        self.directions = self._meanings("direction", proof["directions"])

    def _meanings(self, kind: str, of: Record) -> dict[int, tuple[str, tuple[Fraction, ...]]]:
        """Give what variables say of a neuron: that it fires at a point, or grows along a vector.

        Any numbers of it make them true or false, so there is nothing to prove of them.
        """
        meanings = {}
        for text, (name, values) in of.items():
            meanings[int(text)] = (name, tuple(Fraction(v) for v in values))
            self._auxiliary(int(text), (kind, name, tuple(values)))
        return meanings

    def check(self) -> None:
        """Raise WrongError unless all clauses hold and end in the empty one."""
        for signal, row in self.variable:
            need(signal not in plain_known(self.plain, row), "it is known")
        groups: dict[Any, list[list[int]]] = {}
        for one in self.clauses:
            if one["why"] == "same":
                self._define(one)
        for one in self.clauses:
            literals, why = one["literals"], one["why"]
            if why in ("order", "neuron"):
                key = (why, one["neuron"], one.get("row"), one.get("output"))
                groups.setdefault(key, []).append(literals)
            else:
                getattr(self, f"_{why}")(one, literals)
        for (why, *key), literals in groups.items():
            getattr(self, f"_{why}")(*key, literals)
        need(refutes([one["literals"] for one in self.clauses], self.lemmas), "no empty clause")

    def _auxiliary(self, variable: int, owner: object) -> None:
        """Refuse a variable of two owners, or one that stands for a signal."""
        need(variable not in self.of, "it stands for a signal")
        need(self.others.setdefault(variable, owner) == owner, "it is defined twice")

    def _literal(self, signal: Any, row: int, fires: bool) -> int | bool:
        """Give the literal that a signal fires or not in a row, or whether it does."""
        known = plain_known(self.plain, row)
        if signal in known:
            return bool(known[signal] == self._state(signal, fires=fires))
        variable = self.variable[signal, row]
        return variable if fires else -variable

    def _state(self, signal: Any, *, fires: bool) -> Fraction:
        if signal in self.plain.maker:
            return self.plain.cells[self.plain.maker[signal]].states[fires]
        states = self.plain.file["inputs"][self.plain.inputs[signal]].get("states", ["0", "1"])
        return Fraction(states[fires])

    def _case(self, one: Record, literals: list[int]) -> None:
        del one
        [literal] = literals
        signal, row = self.of[abs(literal)]
        wanted = self.plain.asks[row]["bit", signal]
        need(wanted == self._state(signal, fires=literal > 0), "no case expects it")

    def _silent(self, one: Record, literals: list[int]) -> None:
        [literal] = literals
        signal, row = self.of[-literal]
        need(row == self.rows[0] and self.plain.maker[signal] == one["neuron"], "another row")
        need(self.plain.may_turn(one["neuron"]), "it may not say the contrary")

    def _order(self, name: str, _row: None, _output: None, clauses: list[list[int]]) -> None:
        """Refuse all but the order of two columns, row by row, of neurons that are alike."""
        plain = self.plain
        need(plain.may_turn(name), "it is not hidden")
        before = plain.cells[name]
        names = list(plain.cells)
        equal: list[int] = []
        expected = iter(clauses)
        after = self.of[next(abs(v) for v in clauses[0] if v > 0)][0]
        other = plain.cells[plain.maker[after]]
        need(plain.may_turn(plain.maker[after]), "it is not hidden")
        need(names.index(name) < names.index(plain.maker[after]), "the order of the file")
        alike = set(before.sources) == set(other.sources) and before.states == other.states
        need(alike and plain.readers(before) == plain.readers(other), "they are not alike")
        for row in self.rows:
            a, b = self.variable[before.signals[0], row], self.variable[after, row]
            need(next(expected) == [*equal, -a, b], "not an order")
            first, second = next(expected), next(expected)
            following = first[-1]
            self._auxiliary(following, ("order", name, row))
            need(first == [*equal, a, b, following], "not an order")
            need(second == [*equal, -a, -b, following], "not an order")
            equal = [-following]
        need(next(expected, None) is None, "there is more")

    def _neuron(self, name: str, row: int, output: str, clauses: list[list[int]]) -> None:
        """Refuse clauses that forbid what a neuron without blanks does."""
        cell = self.plain.cells[name]
        need(not any(isinstance(e, str) for e in cell.entries), "it has blanks")
        used = {abs(v) for clause in clauses for v in clause}
        known = plain_known(self.plain, row)
        waiting = list(dict.fromkeys(s for s in cell.sources if s not in known))
        about = {self.of[v] for v in used & set(self.of)}
        need(about <= {(s, row) for s in (*waiting, output)}, "it is about another neuron")
        inner = used - set(self.of)
        for variable in inner:
            self._auxiliary(variable, ("neuron", name, row, output))
        need(len(waiting) <= 12, "too many to try")
        [(rule, limit)] = [(rule, entry) for s, rule, entry in cell.limits if s == output]
        for fires in product((False, True), repeat=len(waiting)):
            worth = dict(known)
            true = set()
            for source, does in zip(waiting, fires, strict=True):
                worth[source] = self._state(source, fires=does)
                true.add(self._literal(source, row, does))
            _, total = self.plain.form(cell, worth)
            true.add(self._literal(output, row, bool(oracle.COMPARE[rule](total, limit))))
            need(satisfied(clauses, true), "it forbids what the neuron does")

    def _define(self, one: Record) -> None:
        """Take in what a variable means: the rows of a source do not cancel out."""
        factors = tuple((r, f) for r, f in one["rows"])
        [variable] = [-v for v in one["literals"] if -v > 0 and -v not in self.of][:1]
        self._auxiliary(variable, ("same", one["source"], factors))
        self.same[variable] = (one["source"], factors)

    def _same(self, one: Record, literals: list[int]) -> None:
        """Refuse a clause that does not follow from what its variable means."""
        source, factors = one["source"], tuple((r, f) for r, f in one["rows"])
        [variable] = [v for v, meant in self.same.items() if meant == (source, factors)]
        rest = [literal for literal in literals if literal != -variable]
        need(len(rest) == len(literals) - 1, "it is not about its variable")
        known = [plain_known(self.plain, row).get(source) for row, _ in factors]
        choices = [[k] if k is not None else [self._state(source, fires=f) for f in (False, True)]
                   for k in known]  # fmt: skip
        for values in product(*choices):
            if sum(f * v for (_, f), v in zip(factors, values, strict=True)) == 0:
                continue
            held = {self._literal(source, row, value == self._state(source, fires=True))
                    for (row, _), value in zip(factors, values, strict=True)}  # fmt: skip
            need(held & set(rest), "it forbids a difference")

    def _sums(self, one: Record, literals: list[int]) -> None:
        """Refuse unless rows that fire and do not, with the same sources, contradict each other."""
        cell = self.plain.cells[one["neuron"]]
        factors = tuple((r, f) for r, f in one["rows"])
        need(len(cell.limits) == 1 and len({r for r, _ in factors}) == len(factors), "two outputs")
        need(sum(f for _, f in factors) == 0 and factors, "the thresholds stay")
        left = set(literals)
        for row, factor in factors:
            literal = self._literal(cell.signals[0], row, factor < 0)
            need(literal is False or literal in left, "it says nothing of a row")
        for source in cell.sources:
            known = [plain_known(self.plain, row).get(source) for row, _ in factors]
            if None not in known:
                total = sum(f * v for (_, f), v in zip(factors, known, strict=True) if v)
                need(total == 0, f"{source} stays")
            else:
                turned = tuple((r, -f) for r, f in factors)
                meant = {self.same.get(v) for v in left}
                need(meant & {(source, factors), (source, turned)}, f"{source} stays")

    def _worth(self, source: Any, row: int, literals: list[int]) -> Fraction:
        """Give what a source is worth in a row where no literal of a clause holds."""
        worth = plain_known(self.plain, row).get(source)
        for fires in (True, False):
            if worth is None and self._literal(source, row, not fires) in literals:
                worth = self._state(source, fires=fires)
        if worth is None:
            raise WrongError("a source is open")
        return worth

    def _point(self, one: Record, literals: list[int]) -> None:
        """Refuse unless a neuron does in a row what it does at the point that the row is at."""
        cell = self.plain.cells[one["neuron"]]
        [[row, _]] = one["rows"]
        need(len(cell.limits) == 1, "two outputs")
        [point] = [v for v in literals if abs(v) in self.points]
        name, values = self.points[abs(point)]
        need(name == one["neuron"], "another neuron")
        worths = tuple(self._worth(source, row, literals) for source in cell.sources)
        need(worths == values, "the row is at another point")
        fires = self._literal(cell.signals[0], row, point < 0)
        need(fires in literals, "it says the contrary")

    def _direction(self, one: Record, literals: list[int]) -> None:
        """Refuse unless one fires, one is silent, and the sum grows from there to here."""
        cell = self.plain.cells[one["neuron"]]
        need(len(cell.limits) == 1, "two outputs")
        if "rows" in one:
            [[here, _], [there, _]] = one["rows"]
            need(self._literal(cell.signals[0], here, fires=False) in literals, "it must fire")
            need(self._literal(cell.signals[0], there, fires=True) in literals, "it must not fire")
            same = {at for v in literals if (at := self.same.get(v))}
            pair = ((min(here, there), 1), (max(here, there), -1))
            vector = tuple(
                Fraction(0) if (source, pair) in same
                else self._worth(source, here, literals) - self._worth(source, there, literals)
                for source in cell.sources
            )  # fmt: skip
        else:
            [point] = [self.points[-v] for v in literals if -v in self.points]
            [other] = [self.points[v] for v in literals if v in self.points]
            need(point[0] == other[0] == one["neuron"], "another neuron")
            vector = tuple(a - b for a, b in zip(point[1], other[1], strict=True))
        if not any(vector):
            return
        [literal] = [v for v in literals if abs(v) in self.directions]
        name, values = self.directions[abs(literal)]
        signed = values if literal > 0 else tuple(-v for v in values)
        need(name == one["neuron"] and signed == vector, "another direction")

    def _rows(self, one: Record, literals: list[int]) -> None:
        """Refuse unless the contrary of the clause has a contradiction."""
        plain = self.plain
        worth: dict[int, dict[Any, Fraction]] = {}
        for literal in literals:
            signal, row = self.of[abs(literal)]
            values = worth.setdefault(row, {})
            values[signal] = self._state(signal, fires=literal < 0)
        forms = []
        for each in one["conditions"]:
            values = {}
            if "row" in each:
                row = each["row"]
                values = {**plain_known(plain, row), **worth.get(row, {})}
            forms.append(plain.condition(each, values))
        plain.adds_up(forms, [each["times"] for each in one["conditions"]])


def plain_known(plain: Plain, row: int) -> dict[Any, Fraction]:
    return plain.known[row]


def satisfied(clauses: list[list[int]], true: set[Any]) -> bool:
    """Whether unit propagation from literals makes every clause true."""
    true = {literal for literal in true if literal is not True}
    if False in true:
        return False
    waiting = clauses
    while waiting:
        left = [[v for v in c if -v not in true] for c in waiting if not true & set(c)]
        units = {c[0] for c in left if len(c) == 1}
        if any(not c for c in left):
            return False
        if not units:
            return not left
        true |= units
        waiting = left
    return True


# ------------------------------------------------------------------------------ numbers


def replay(file: Any, folder: Path, record: Record) -> None:
    """Put the numbers in, and evaluate every case."""
    filled = deepcopy(file)
    for each in record["numbers"]:
        at = filled
        path = each["path"]
        for step in path[:-1]:
            at = at[step]
        old = at[path[-1]]
        need(is_blank(old), "there is no blank")
        for number in scalars(each["value"]):
            low, high = old.split("..") if ".." in old else ("", "")
            need(not low or Fraction(number) >= Fraction(low), "below the bounds")
            need(not high or Fraction(number) <= Fraction(high), "above the bounds")
        at[path[-1]] = each["value"]
    evaluator = oracle.Oracle(filled, folder)
    for given, expect in rows(file, folder):
        got = evaluator.evaluate(given)
        for alias, value in expect.items():
            have = got[alias]
            if isinstance(value, list):
                bits = have if isinstance(have, list) else [
                    int(have) >> i & 1 for i in range(len(value))]  # fmt: skip
                need(bits == list(map(Fraction, value)), f"{alias} is {have}")
            else:
                wanted = Fraction(value) if isinstance(have, (int, Fraction)) else value
                need(have == wanted, f"{alias} is {have}")


def scalars(value: Any) -> list[str]:
    if isinstance(value, list):
        return [one for each in value for one in scalars(each)]
    return [value]


def all_sizes_are_tried(file: Any, record: Record) -> None:
    """Refuse unless every choice of sizes is refuted, or every one with fewer neurons."""
    spans = {
        name: range(*(int(end) + i for i, end in enumerate(one["size"].split(".."))))
        for name, one in file.get("layers", {}).items()
        if is_blank(one.get("size"))
    }
    refuted = [each["sizes"] for each in record["impossible"]]
    for sizes in product(*spans.values()):
        if record["claim"] == "solved":
            found = [int(each["value"]) for each in record["numbers"] if each["path"][-1] == "size"]
            if sum(sizes) >= sum(found):
                continue
        need(dict(zip(spans, sizes, strict=True)) in refuted, f"{sizes} is not refuted")
