"""Networks of numbers at the edges of machine types: every engine gives what the oracle gives.

Weights, thresholds, states, values and denominators lie within 2 of powers of two up to 2^64, the
rows are as many as make one engine or another the one that is chosen.
"""

import io
import tempfile
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import nnc
from nnc.compiler.artifact import Provenance, load_compiled, write_compiled
from nnc.compiler.plan import Plan
from tests.support import oracle
from tests.support.oracle import Oracle
from tests.support.strategies import COMPARISONS, OTHER_STATES
from tests.test_oracle import WAYS, in_terms_of_the_oracle, only

POWERS = (0, 7, 8, 15, 16, 24, 31, 32, 40, 53, 62, 63, 64)
FEW, MANY = (0, 1, 24, 25), (100, 4095, 4096)
DISTINCT = 6
"""Rows that differ; the oracle evaluates these, the engines as many as there are of them."""


def trial(rng: Random) -> None:
    compared(rng)


def compared(rng: Random) -> int:
    """Compare one network; give how many cells were."""
    drawn = _Drawn(rng)
    text = drawn.text()
    try:
        return _compared(text, drawn.rows, rng)
    except BaseException as error:
        error.add_note(f"the rows: {drawn.rows!r}\nthe network:\n{text}")
        raise


def _compared(text: str, rows: list[dict[str, Any]], rng: Random) -> int:
    exact = Oracle(oracle.loads(text))
    wanted = [exact.evaluate(row) for row in rows]
    plan = nnc.compile(nnc.loads(text))
    if rng.random() < 0.3:
        plan = reloaded(plan)
    cells = 0
    for count in (rng.choice(FEW), rng.choice(MANY)):
        places = np.array(rng.choices(range(DISTINCT), k=count), np.intp)
        given = {name: _column([row[name] for row in rows], rng)[places] for name in rows[0]}
        ways = WAYS if count in FEW else rng.sample(WAYS[1:], 1)
        for way in (None, *ways):
            if way is None:
                found = nnc.evaluate(plan, given, threads=rng.choice((0, 1, 2)))
            else:
                with only(*way):
                    found = nnc.evaluate(plan, given)
            check(plan, found, wanted, places, way)
            cells += count * len(plan.outputs)
    return cells


def check(
    plan: Plan, found: dict[str, Any], wanted: list[dict[str, Any]], places: Any, way: Any
) -> None:
    """Check that all rows that are the same have the same result, and that it is the right one."""
    for tap in plan.outputs:
        array = found[tap.alias]
        assert len(array) == len(places), (way, tap.alias)
        for place in np.unique(places).tolist():
            at = np.flatnonzero(places == place)
            first = array[at[0]]
            assert (array[at] == first).all(), (way, len(places), tap.alias)
            listed = first.tolist() if isinstance(first, (np.ndarray, np.generic)) else first
            value = in_terms_of_the_oracle(listed, is_integer=tap.is_integer)
            right = wanted[place][tap.alias]
            assert value == right, (way, len(places), tap.alias, place, value, right)


def reloaded(plan: Plan) -> Plan:
    """Give a plan as it comes back from a compiled file."""
    stream = io.BytesIO()
    write_compiled(plan, Provenance(), stream)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "network.nnc")
        file.write_bytes(stream.getvalue())
        return load_compiled(str(file), verify=True).plan


def _column(values: list[Any], rng: Random) -> Any:
    """Store values as an array: of a small type where they fit, else of Python's numbers."""
    if isinstance(values[0], list):
        columns = [_column(list(one), rng) for one in zip(*values, strict=True)]
        return np.stack(columns, axis=1)
    numbers = [int(one) if one.denominator == 1 else one for one in values]
    if all(isinstance(one, int) and abs(one) < 1 << 62 for one in numbers) and rng.random() < 0.5:
        return np.array(numbers, np.int64)
    array = np.empty(len(numbers), object)
    array[:] = numbers
    return array


# ------------------------------------------------------------------------------ numbers


def edge(rng: Random) -> int:
    """Draw an integer within 2 of a power of two, or a small one."""
    if rng.random() < 0.4:
        return rng.randint(-3, 4)
    return rng.choice((1, -1)) * (1 << rng.choice(POWERS)) + rng.randint(-2, 2)


def number(rng: Random) -> Fraction:
    """Draw a number, here and there with a denominator at an edge."""
    kind = rng.random()
    if kind < 0.75:
        return Fraction(edge(rng))
    if kind < 0.9:
        return Fraction(edge(rng), rng.choice((2, 3, 4, 10, 128, 1000)))
    below = abs(edge(rng)) or 1
    return Fraction(edge(rng), below if below < 10**18 else 3)


def _two(rng: Random) -> tuple[Fraction, Fraction]:
    """Draw two states that are not the same."""
    if rng.random() < 0.5:
        return rng.choice(OTHER_STATES)
    silent, firing = number(rng), number(rng)
    return silent, firing + (silent == firing)


# ------------------------------------------------------------------------------ networks


class _Drawn:
    """A network, and rows for it; of one row it knows what each sum comes to, or may."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.rows: list[dict[str, Any]] = [{} for _ in range(DISTINCT)]
        self.signals: dict[str, tuple[Fraction, ...]] = {}  # a source of one: what it may be
        self.wide: dict[str, list[Fraction]] = {}  # a source of several: what each may be
        self.summed: list[str] = []  # what has one sum
        self.is_plain = rng.random() < 0.3  # bits and small weights: only thresholds are at edges
        self.lines: dict[str, list[str]] = {"inputs": [], "neurons": [], "layers": []}

    def text(self) -> str:
        """Draw the network."""
        rng = self.rng
        for k in range(rng.randint(1, 4)):
            self._input(f"x{k}")
        for k in range(rng.randint(0, 3)):
            self._neuron(f"n{k}")
        for k in range(rng.randint(0 if self.summed else 1, 2)):
            self._layer(f"h{k}")
        parts = [f"nnc: 1\nfires: {rng.choice(COMPARISONS)}\n"]
        for section, lines in self.lines.items():
            if lines:
                parts += [f"{section}:\n", *(f"  {line}\n" for line in lines)]
        return "".join([*parts, "outputs:\n", *self._outputs()])

    def _input(self, name: str) -> None:
        rng = self.rng
        kinds = ("bit", "bit", "states", "integer", "real", "wide")
        kind = rng.choice(kinds[:2] if self.is_plain else kinds)
        if kind == "wide":
            size = rng.randint(1, 5)
            self.lines["inputs"].append(f"{name}: {{type: bit, size: {size}}}")
            for row in self.rows:
                row[name] = [Fraction(rng.randint(0, 1)) for _ in range(size)]
            self.wide[name] = self.rows[0][name]
            return
        values = (Fraction(0), Fraction(1))
        if kind == "states":
            values = _two(rng)
            states = f"[{values[0]}, {values[1]}]"
            self.lines["inputs"].append(f"{name}: {{type: bit, states: {states}}}")
        else:
            self.lines["inputs"].append(f"{name}: {kind}")
        for row in self.rows:
            if kind in ("bit", "states"):
                row[name] = rng.choice(values)
            else:
                row[name] = Fraction(edge(rng)) if kind == "integer" else number(rng)
        self.signals[name] = (self.rows[0][name],)

    def _states(self, written: list[str]) -> tuple[Fraction, Fraction]:
        if self.is_plain or self.rng.random() < 0.5:
            return Fraction(0), Fraction(1)
        silent, firing = _two(self.rng)
        written.append(f"states: [{silent}, {firing}]")
        return silent, firing

    def _weight(self) -> Fraction:
        return Fraction(self.rng.randint(-3, 4)) if self.is_plain else number(self.rng)

    def _near(self, total: Fraction) -> Fraction:
        """Draw a threshold: mostly at a sum that there is, if it may be written."""
        is_short = total.denominator < 10**18
        near = total + self.rng.choice((-1, 0, 0, 1))
        if self.is_plain and self.rng.random() < 0.8:
            sign, power = self.rng.choice((1, -1)), self.rng.choice((31, 53, 62, 63, 63, 64))
            return Fraction(sign * (1 << power) + self.rng.randint(-2, 2))
        return near if is_short and self.rng.random() < 0.6 else number(self.rng)

    def _neuron(self, name: str) -> None:
        rng = self.rng
        sources = rng.sample(list(self.signals), rng.randint(0, len(self.signals)))
        weights, total = [], Fraction(0)
        for source in sources:
            weight = self._weight()
            weights.append(f"{source}: {weight}")
            total += weight * rng.choice(self.signals[source])
        for source in [one for one in self.wide if rng.random() < 0.4]:
            each = [self._weight() for _ in self.wide[source]]
            weights.append(f"{source}: [{', '.join(map(str, each))}]")
            total += sum(w * v for w, v in zip(each, self.wide[source], strict=True))
        written = [f"weights: {{{', '.join(weights)}}}"]
        if rng.random() < 0.5:
            written.append(f"fires: {rng.choice(COMPARISONS)}")
        states = self._states(written)
        if rng.random() < 0.3:
            limits = sorted({self._near(total), self._near(total), number(rng)})
            named = ", ".join(f"t{k}: {limit}" for k, limit in enumerate(limits))
            written.append(f"thresholds: {{{named}}}")
            self.wide[name] = [rng.choice(states) for _ in limits]
        else:
            written.append(f"threshold: {self._near(total)}")
            self.signals[name] = states
        self.summed.append(name)
        self.lines["neurons"].append(f"{name}: {{{', '.join(written)}}}")

    def _layer(self, name: str) -> None:
        rng = self.rng
        known = [*self.signals, *self.wide]
        wiring = rng.sample(known, rng.randint(1, len(known)))
        row: list[Fraction] = []
        for source in wiring:
            row += self.wide.get(source) or [rng.choice(self.signals[source])]
        size, pool = rng.randint(1, 4), [self._weight() for _ in range(rng.choice((1, 3, 20)))]
        weights = [[rng.choice(pool) for _ in row] for _ in range(size)]
        totals = [
            sum((w * v for w, v in zip(one, row, strict=True)), Fraction(0)) for one in weights
        ]
        written = [f"wiring: [{', '.join(wiring)}]"]
        written.append(f"weights: [{', '.join(map(_listed, weights))}]")
        written.append(f"thresholds: [{', '.join(str(self._near(one)) for one in totals)}]")
        states = self._states(written)
        self.wide[name] = [rng.choice(states) for _ in range(size)]
        self.lines["layers"].append(f"{name}: {{{', '.join(written)}}}")
        self.summed += [f"{name}({k})" for k in range(size)]

    def _outputs(self) -> list[str]:
        """Draw outputs: a neuron whose sum is asked for is calculated in another way."""
        rng = self.rng
        named, sums = [*self.signals, *self.wide], rng.choice((0, 0, 0.6))
        lines = [f"  {one}: {one}\n" for one in named if rng.random() < 0.7 or one == named[-1]]
        for place, one in enumerate(self.summed):
            if rng.random() < sums:
                lines.append(f"  s{place}: {{sum: {one}}}\n")
        if sums:
            some = rng.sample(self.summed, rng.randint(1, len(self.summed)))
            lines.append(f"  top: {{largest: [{', '.join(some)}]}}\n")
        lines += [f"  l{one}: {{level: {one}}}\n" for one in self.wide if one.startswith("n")]
        return lines


def _listed(numbers: list[Fraction]) -> str:
    return f"[{', '.join(map(str, numbers))}]"
