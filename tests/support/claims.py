"""A judge of claims that tries every row on the oracle, and drawn networks with claims.

It reads assumptions and properties from the text by itself and shares no code with `nnc`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from random import Random
from typing import Any

from tests.support.oracle import Oracle, loads

Claim = dict[str, Any]
Row = tuple[Any, ...]
CONDITIONS = ("never", "always", "when")
COUNTED = ("at_most_one", "exactly_one", "at_least_one")
COUNTS = {"at_most": int.__le__, "at_least": int.__ge__, "exactly": int.__eq__}
REALS = [Fraction(step, 2) for step in range(-3, 12)]
"""The values tried of a real without bounds, whose cut-offs are integers from 0 to 4."""


def listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


class Judge:
    """Every row of a network, and what its claims say of them."""

    def __init__(self, text: str) -> None:
        self.file = loads(text)
        self.assume: list[Claim] = self.file.pop("assume", [])
        self.properties: list[Claim] = self.file.pop("properties", [])
        if isinstance(self.file["inputs"], list):
            self.file["inputs"] = dict.fromkeys(self.file["inputs"], "bit")
        if isinstance(self.file["outputs"], list):
            self.file["outputs"] = {name: name for name in self.file["outputs"]}
        self.inputs = {n: self._input(one) for n, one in self.file["inputs"].items()}
        self._aliases = set(self.file["outputs"])
        self._labels: dict[str, list[str]] = {}
        for claim in (*self.assume, *self.properties):
            for name in self._mentioned(claim):
                if name not in self._aliases:
                    self.file["outputs"].setdefault(f"probe {name}", name)
        for alias, output in self.file["outputs"].items():
            if isinstance(output, dict) and "level" in output and "labels" in output:
                self._labels[alias] = output["labels"]
        oracle = Oracle(self.file)
        self.rows = list(product(*(self._values(one) for one in self.inputs.values())))
        self._results = {
            row: oracle.evaluate(dict(zip(self.inputs, row, strict=True))) for row in self.rows
        }
        self.allowed = [row for row in self.rows if all(self._holds(c, row) for c in self.assume)]

    def _input(self, one: Any) -> dict[str, Any]:
        full = {"type": one} if isinstance(one, str) else dict(one)
        kind, _, size = full["type"].partition("(")
        return {**full, "type": kind, **({"size": size[:-1]} if size else {})}

    def _values(self, one: dict[str, Any]) -> list[Any]:
        if one["type"] == "choice":
            return list(one["of"])
        if one["type"] == "bit" and "size" in one:
            return list(range(2 ** int(one["size"])))
        if one["type"] == "bit":
            return [Fraction(text) for text in one.get("states", ["0", "1"])]
        if one["type"] == "real":
            return REALS
        return list(range(int(one["min"]), int(one["max"]) + 1))

    @staticmethod
    def _mentioned(claim: Claim) -> Iterator[str]:
        for key in CONDITIONS:
            for name, value in claim.get(key, {}).items():
                if name in COUNTS and isinstance(value, dict):
                    yield from (bit for bits in value.values() for bit in listed(bits))
                else:
                    yield name
        for key in (*COUNTED, "increasing", "decreasing", "independent", "symmetric", "unchanged"):
            yield from listed(claim.get(key, []))
        for pair in claim["equal"].items() if "equal" in claim else ():
            yield from pair

    # ----------------------------------------------------------------------------- one row

    def value(self, name: str, row: Row) -> Any:
        """Return what an output, or anything that is declared, is worth in a row."""
        results = self._results[row]
        return results[name] if name in self._aliases else results[f"probe {name}"]

    def _is(self, name: str, wanted: Any, row: Row) -> bool:
        if name in COUNTS and isinstance(wanted, dict):
            return all(
                COUNTS[name](sum(self._firing(bit, row) for bit in listed(bits)), int(count))
                for count, bits in wanted.items()
            )
        value = self.value(name, row)
        if name in self.inputs and self.inputs[name]["type"] == "choice":
            return row[list(self.inputs).index(name)] in listed(wanted)
        if isinstance(value, str):
            return value in listed(wanted)
        return any(self._in(value, piece) for text in listed(wanted) for piece in text.split("|"))

    @staticmethod
    def _in(value: Fraction, piece: str) -> bool:
        low, dots, high = piece.partition("..")
        if not dots:
            return bool(value == Fraction(piece))
        return (not low or value >= Fraction(low)) and (not high or value <= Fraction(high))

    def _all(self, condition: Mapping[str, Any], row: Row) -> bool:
        return all(self._is(name, wanted, row) for name, wanted in condition.items())

    def _holds(self, claim: Claim, row: Row) -> bool:
        if not self._all(claim.get("when", {}), row):
            return True
        if "never" in claim:
            return not self._all(claim["never"], row)
        if "always" in claim:
            return self._all(claim["always"], row)
        if "equal" in claim:
            return all(self.value(a, row) == self.value(b, row) for a, b in claim["equal"].items())
        form = next(form for form in COUNTED if form in claim)
        firing = sum(self._firing(name, row) for name in listed(claim[form]))
        return {"at_most_one": firing <= 1, "exactly_one": firing == 1}.get(form, firing >= 1)

    def _firing(self, name: str, row: Row) -> int:
        declared = {**self.file.get("layers", {}), **self.file.get("neurons", {}), **self.inputs}
        one = declared.get(re.split(r"[(.]", name)[0], {})
        value = self.value(name, row)
        if one.get("type") == "choice" and "." not in name:
            return 1
        if "states" in one:
            return int(value == Fraction(one["states"][1]))
        return int(value).bit_count()

    # ---------------------------------------------------------------------------- two rows

    def holds(self, claim: Claim) -> bool:
        """Whether a claim holds for all rows that are allowed."""
        rows = [row for row in self.allowed if self._all(claim.get("when", {}), row)]
        if "independent" in claim:
            return self._is_independent(claim["independent"], listed(claim["of"]), rows)
        if "unchanged" in claim:
            return self._is_unchanged(claim, rows)
        if "symmetric" in claim:
            return self._is_symmetric(claim["symmetric"], listed(claim["in"]), rows)
        for form in ("increasing", "decreasing"):
            if form in claim:
                sign = 1 if form == "increasing" else -1
                return self._rises(claim[form], listed(claim["in"]), rows, sign)
        return all(self._holds(claim, row) for row in rows)

    def _cells(self, names: list[str]) -> list[tuple[int, int | None]]:
        """Give the places of elements: the input, and the bit of a bus."""
        cells: list[tuple[int, int | None]] = []
        for name in names:
            bus, _, index = name.partition("(")
            place = list(self.inputs).index(bus)
            size = int(self.inputs[bus].get("size", 0))
            which = [int(index[:-1])] if index else range(size)
            cells += [(place, bit) for bit in which] if size else [(place, None)]
        return cells

    @staticmethod
    def _get(row: Row, cell: tuple[int, int | None]) -> Any:
        value = row[cell[0]]
        return value if cell[1] is None else int(value) >> cell[1] & 1

    @staticmethod
    def _set(row: Row, cell: tuple[int, int | None], value: Any) -> Row:
        place, bit = cell
        if bit is not None:
            value = row[place] & ~(1 << bit) | value << bit
        return (*row[:place], value, *row[place + 1 :])

    def _is_independent(self, name: str, of: list[str], rows: list[Row]) -> bool:
        seen: dict[Row, Any] = {}
        for row in rows:
            rest = row
            for cell in self._cells(of):
                rest = self._set(rest, cell, 0)
            if seen.setdefault(rest, self.value(name, row)) != self.value(name, row):
                return False
        return True

    def _is_unchanged(self, claim: Claim, rows: list[Row]) -> bool:
        within, name = claim["within"], claim["unchanged"]
        given = tuple(self._given(one, claim["given"][key]) for key, one in self.inputs.items())
        free = self._cells(listed(within.get("of", list(self.inputs))))
        every = self._cells(list(self.inputs))
        for row in rows:
            apart = [cell for cell in every if self._get(row, cell) != self._get(given, cell)]
            is_near = set(apart) <= set(free) and len(apart) <= int(within.get("changes", 99))
            if is_near and "each" in within:
                limit = Fraction(within["each"])
                pairs = [(self._get(row, cell), self._get(given, cell)) for cell in apart]
                is_near = all(
                    not isinstance(one, str) and abs(one - other) <= limit for one, other in pairs
                )
            if is_near and self.value(name, row) != self.value(name, given):
                return False
        return True

    @staticmethod
    def _given(one: dict[str, Any], value: str) -> Any:
        return value if one["type"] == "choice" else Fraction(value)

    def _is_symmetric(self, name: str, among: list[str], rows: list[Row]) -> bool:
        cells, counted = self._cells(among), set(rows)
        for row in rows:
            values = [self._get(row, cell) for cell in cells]
            for order in permutations(values):
                other = row
                for cell, value in zip(cells, order, strict=True):
                    other = self._set(other, cell, value)
                if other in counted and self.value(name, other) != self.value(name, row):
                    return False
        return True

    def _rises(self, name: str, among: list[str], rows: list[Row], sign: int) -> bool:
        for cell in self._cells(among):
            lines: dict[Row, list[Row]] = {}
            for row in rows:
                lines.setdefault(self._set(row, cell, 0), []).append(row)
            for line in lines.values():
                line.sort(key=lambda row: self._get(row, cell))
                values = [sign * self._place(name, row) for row in line]
                if values != sorted(values):
                    return False
        return True

    def _place(self, name: str, row: Row) -> Any:
        value = self.value(name, row)
        return self._labels[name].index(value) if isinstance(value, str) else value


# ------------------------------------------------------------------------------- drawing


@dataclass
class Drawing:
    """A network of few rows, with claims of all forms; `text` is its file."""

    rng: Random
    near: bool = False
    """Draw properties that count and that are about near rows, in place of all forms."""

    def __post_init__(self) -> None:
        rng = self.rng
        self.inputs: dict[str, str] = {"a": "bit", "b": "bit"}
        self.states: dict[str, tuple[str, str]] = {}
        if rng.random() < 0.5:
            self.inputs["c"] = f"{{type: bit{self._states('c')}}}"
        if rng.random() < 0.6:
            self.inputs["v"] = f"bit({rng.randint(2, 3)})"
        if rng.random() < 0.5:
            self.inputs["n"] = (
                f"{{type: integer, min: {rng.randint(-2, 0)}, max: {rng.randint(1, 4)}}}"
            )
        if rng.random() < 0.3:
            self.inputs["r"] = "real"
        if rng.random() < 0.4:
            self.inputs["k"] = "{type: choice, of: [x, y, z]}"
        self.bits = [name for name in "abc" if name in self.inputs]
        if "v" in self.inputs:
            self.bits += [f"v({i})" for i in range(int(self.inputs["v"][4]))]
        if "k" in self.inputs:
            self.bits += ["k.x", "k.z"]
        self.neurons: dict[str, str] = {}
        self.named: dict[str, int] = {}
        for i in range(rng.randint(2, 5)):
            self._neuron(f"n{i}")
        self._outputs()
        self.assume = [self._claim(assumed=True) for _ in range(rng.choice([0, 0, 1, 2]))]
        draws = [self._near, self._near, self._counting] if self.near else [self._claim]
        self.properties = [rng.choice(draws)() for _ in range(6)]

    def _states(self, *names: str) -> str:
        """Draw states other than 0 and 1 for some bits, and write them."""
        off, on = self.rng.choice((("1", "0"), ("1", "-1"), ("-1", "1"), ("2", "5")))
        self.states |= dict.fromkeys(names, (off, on))
        return f", states: [{off}, {on}]"

    def _neuron(self, name: str) -> None:
        rng = self.rng
        read = rng.sample(self.bits, rng.randint(1, min(4, len(self.bits))))
        weights = [f"{source}: {self._weight()}" for source in read]
        for number in ("n", "r"):
            if number in self.inputs and rng.random() < 0.4:
                cuts = sorted(rng.sample(range(5), rng.randint(1, 2)))
                rules = [f"{rng.choice(['', 'above '])}{cut}: {self._weight()}" for cut in cuts]
                weights.append(f"{number}: {{{', '.join(rules)}}}")
        if (
            "n" in self.inputs
            and not any(w.startswith("n:") for w in weights)
            and rng.random() < 0.2
        ):
            weights.append(f"n: {self._weight()}")
        fires = rng.choice(["above", "at_least", "below", "at_most"])
        first = rng.randint(-2, 3)
        limit = f"threshold: {first}"
        if rng.random() < 0.4:
            self.named[name] = 2
            limit = f"thresholds: {{low: {first}, high: {first + rng.randint(1, 2)}}}"
        own = [f"{name}.low", f"{name}.high"] if name in self.named else [name]
        states = self._states(*own) if rng.random() < 0.4 else ""
        weighed = f"weights: {{{', '.join(weights)}}}, {limit}{states}"
        self.neurons[name] = f"{{{weighed}, fires: {fires}}}"
        self.bits += own

    def _weight(self) -> str:
        return self.rng.choice(["1", "1", "2", "1/2", "-1", "-1", "-2", "3"])

    def _outputs(self) -> None:
        rng, names = self.rng, list(self.neurons)
        last = names[-1]
        self.outputs = {"out": rng.choice(self.bits), "total": f"{{sum: {last}}}"}
        plain = [bit for bit in self.bits if bit not in self.states]
        self.outputs["bus"] = f"[{', '.join(rng.sample(plain, 2))}]"
        if last in self.named:
            labels = ", labels: [low, mid, high]" if rng.random() < 0.6 else ""
            self.outputs["tier"] = f"{{level: {last}{labels}}}"
        self.labelled = "labels" in self.outputs.get("tier", "")

    # -------------------------------------------------------------------------- claims

    def _claim(self, *, assumed: bool = False) -> str:
        forms = ["never", "always", *COUNTED]
        if not assumed:
            forms += ["increasing", "decreasing", "independent", "symmetric", "equal"] * 2
        form = self.rng.choice(forms)
        parts = [f"{form}: {self._stated(form, assumed=assumed)}"]
        if form in ("increasing", "decreasing"):
            among = [name for name in self.inputs if name != "k"]
            parts.append(f"in: [{', '.join(self.rng.sample(among, min(2, len(among))))}]")
        if form == "independent":
            names = list(self.inputs)
            parts.append(f"of: [{', '.join(self.rng.sample(names, self.rng.randint(1, 2)))}]")
        if form == "symmetric":
            parts.append(
                f"in: {self.rng.choice(['v', '[a, b]']) if 'v' in self.inputs else '[a, b]'}"
            )
        if self.rng.random() < 0.3:
            parts.append(f"when: {self._condition(1, assumed=assumed)}")
        return f"{{{', '.join(parts)}}}"

    def _near(self) -> str:
        rng = self.rng
        names = list(self.inputs)
        given = {name: self._one_value(name) for name in names}
        of = rng.sample(names, rng.randint(1, len(names)))
        limits = []
        is_each = rng.random() < 0.5
        if is_each:
            of = [name for name in of if name != "k"] or ["a"]
            limits.append(f"each: {rng.choice(['3', '3', '4', '7/2'])}")
        elements = sum(int(self.inputs[n][4]) if n == "v" else 1 for n in of)
        if not is_each or rng.random() < 0.4:
            limits.append(f"changes: {rng.randint(0, min(3, elements))}")
        if rng.random() < 0.8 or set(of) != set(names):
            limits.append(f"of: [{', '.join(of)}]")
        output = self._stated("unchanged", assumed=False)
        row = ", ".join(f"{name}: {value}" for name, value in given.items())
        when = f", when: {self._counts()}" if rng.random() < 0.2 else ""
        return f"{{unchanged: {output}, given: {{{row}}}, within: {{{', '.join(limits)}}}{when}}}"

    def _one_value(self, name: str) -> str:
        rng = self.rng
        if name == "k":
            return rng.choice("xyz")
        if name == "v":
            return str(rng.randrange(2 ** int(self.inputs["v"][4])))
        if name == "n":
            return rng.choice(["0", "1"])
        if name == "r":
            return rng.choice(["0.5", "1", "2", "2.5"])
        return rng.choice(self.states.get(name, ("0", "1")))

    def _counts(self) -> str:
        rng = self.rng
        bits = rng.sample(self.bits, rng.randint(1, min(4, len(self.bits))))
        key = rng.choice(list(COUNTS))
        return f"{{{key}: {{{rng.randint(0, len(bits))}: [{', '.join(bits)}]}}}}"

    def _counting(self) -> str:
        form, when = self.rng.choice([("always", "never"), ("never", "when"), ("always", "when")])
        if when == "when":
            return f"{{{form}: {self._counts()}, when: {self._counts()}}}"
        return f"{{{form}: {self._counts()}}}"

    def _stated(self, form: str, *, assumed: bool) -> str:
        rng = self.rng
        if form in ("never", "always"):
            return self._condition(rng.randint(1, 2), assumed=assumed)
        inputs = [bit for bit in self.bits if not bit.startswith("n")]
        if form in COUNTED:
            known = inputs if assumed else self.bits
            return f"[{', '.join(rng.sample(known, rng.randint(1, min(3, len(known)))))}]"
        names = ["out", "total", "bus", *self.bits]
        if "tier" in self.outputs:
            names += ["tier", "tier"]
        if form == "equal":
            one, other = rng.choice(
                [("out", rng.choice(self.bits)), tuple(rng.sample(self.bits, 2))]
            )
            return f"{{{one}: {other}}}"
        return rng.choice(names)

    def _condition(self, count: int, *, assumed: bool) -> str:
        known = [name for name in self.inputs if name != "v"] + ["v"] * ("v" in self.inputs)
        if not assumed:
            known += ["out", "total", "bus", *self.neurons, *(["tier"] * ("tier" in self.outputs))]
            known = [name for name in known if name not in self.named]
        chosen = self.rng.sample(known, min(count, len(known)))
        return f"{{{', '.join(f'{name}: {self._values(name)}' for name in chosen)}}}"

    def _values(self, name: str) -> str:
        rng = self.rng
        if name == "k":
            return rng.choice(["x", "[x, z]", "y"])
        if name == "tier":
            return rng.choice(
                ["low", "[low, high]", "mid"] if self.labelled else ["0", "1..", "0|2"]
            )
        if name in ("total", "r"):
            return rng.choice(["..1", "2..", "0..2|3..", "..0|3", "1"])
        if name == "n":
            return rng.choice(["..0", "1..", "0..1", "0|1"])
        if name in ("v", "bus"):
            return rng.choice(["0", "1..2", "..1|3", "2.."])
        source = self.outputs["out"] if name == "out" else name
        return rng.choice(self.states.get(source, ("0", "1")))

    @property
    def text(self) -> str:
        """The file."""
        sections = {"inputs": self.inputs, "neurons": self.neurons, "outputs": self.outputs}
        lines = ["nnc: 1"]
        for key, section in sections.items():
            lines += [f"{key}:", *(f"  {name}: {value}" for name, value in section.items())]
        for key, claims in (("assume", self.assume), ("properties", self.properties)):
            lines += [f"{key}:", *(f"  - {claim}" for claim in claims)] if claims else []
        return "\n".join(lines) + "\n"
