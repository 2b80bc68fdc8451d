"""Drawn networks of few bits, half of which have other values than 0 and 1, with properties."""

from fractions import Fraction
from random import Random

STATES = ("[1, 0]", "[1, -1]", "[-1, 1]", "[2, 5]")
WITH_ONE = STATES[:3]
"""States of which one is 1."""
TURNED = STATES[:1]
"""States of which one is 0 and the other 1."""
COUNTED = ("at_most_one", "exactly_one", "at_least_one")


class DrawnStates:
    """A network as text, half of its bits with one of some states.

    `values` has the two values of each bit, silent and firing.
    """

    def __init__(self, rng: Random, states: tuple[str, ...] = STATES) -> None:
        self.rng = rng
        self._choices = (*states, *[None] * len(states))
        self.values: dict[str, tuple[str, str]] = {}
        lines = ["nnc: 1", "fires: at_least", "inputs:"]
        for name in "abcd"[: rng.randint(2, 4)]:
            states = self._states(name)
            lines.append(f"  {name}: {{type: bit{states}}}")
        self.inputs = list(self.values)
        self.inner: list[str] = []
        neurons, layers = [], []
        for place in range(rng.randint(1, 4)):
            read = rng.sample(list(self.values), rng.randint(1, min(3, len(self.values))))
            if rng.random() < 0.2:
                layers.append(self._layer(f"m{place}", read))
            else:
                neurons.append(self._neuron(f"n{place}", read))
        lines += ["neurons:", *neurons] if neurons else []
        lines += ["layers:", *layers] if layers else []
        known = self.inner + self.inputs
        lines.append("outputs:")
        lines += [f"  {alias}: {rng.choice(self.inner[-3:])}" for alias in ("out", "more")]
        self.file = "\n".join(lines) + "\n"
        self.known = known

    def _states(self, *names: str) -> str:
        states = self.rng.choice(self._choices)
        off, on = (states or "[0, 1]")[1:-1].split(", ")
        self.values |= dict.fromkeys(names, (off, on))
        return f", states: {states}" if states else ""

    def _weight(self) -> str:
        return self.rng.choice(["1", "1", "-1", "2", "-2", "1/2", "3"])

    def _limit(self, weights: list[str], read: list[str]) -> Fraction:
        """Return the sum of one row, or a little more, so that neurons are seldom constant."""
        rng = self.rng
        total = sum(
            (Fraction(w) * Fraction(rng.choice(self.values[s]))
             for w, s in zip(weights, read, strict=True)), Fraction())  # fmt: skip
        return total + rng.choice([0, 0, Fraction(1, 2), Fraction(-1, 3)])

    def _neuron(self, name: str, read: list[str]) -> str:
        weights = [self._weight() for _ in read]
        pairs = ", ".join(f"{s}: {w}" for s, w in zip(read, weights, strict=True))
        fires = self.rng.choice(["above", "at_least", "at_least", "below", "at_most"])
        limit = self._limit(weights, read)
        named = f"threshold: {limit}"
        names = [name]
        if self.rng.random() < 0.2:
            named = f"thresholds: {{low: {limit}, high: {limit + 1}}}"
            names = [f"{name}.low", f"{name}.high"]
        states = self._states(*names)
        self.inner += names
        return f"  {name}: {{weights: {{{pairs}}}, {named}, fires: {fires}{states}}}"

    def _layer(self, name: str, read: list[str]) -> str:
        rows = [[self._weight() for _ in read] for _ in range(2)]
        limits = [self._limit(row, read) for row in rows]
        weights = ", ".join(f"[{', '.join(row)}]" for row in rows)
        names = [f"{name}(0)", f"{name}(1)"]
        states = self._states(*names)
        self.inner += names
        return (
            f"  {name}: {{wiring: [{', '.join(read)}], weights: [{weights}], "
            f"thresholds: [{', '.join(map(str, limits))}]{states}}}"
        )

    # -------------------------------------------------------------------------- claims

    def condition(self, names: list[str], count: int) -> str:
        """Draw what some bits are; sometimes a value that both of a bit's may be."""
        chosen = self.rng.sample(names, min(count, len(names)))
        return f"{{{', '.join(f'{name}: {self._is(name)}' for name in chosen)}}}"

    def _is(self, name: str) -> str:
        value = self.rng.choice(self.values[name])
        other = next(each for each in self.values[name] if each != value)
        is_open = self.rng.random() < 0.3
        if not is_open:
            return value
        return f"{value}.." if Fraction(other) < Fraction(value) else f"..{value}"

    def claim(self, *, assumed: bool = False) -> str:
        """Draw a claim, of any form, or one that can be assumed."""
        rng = self.rng
        known = self.inputs if assumed else self.known
        forms = ["never", "always", *COUNTED]
        if not assumed:
            forms += ["increasing", "decreasing", "independent", "symmetric", "equal"] * 2
        form = rng.choice(forms)
        if form in ("never", "always"):
            stated = self.condition(known, rng.randint(1, 2))
        elif form in COUNTED:
            stated = f"[{', '.join(rng.sample(known, rng.randint(1, min(3, len(known)))))}]"
        elif form == "equal":
            stated = f"{{{rng.choice(known)}: {rng.choice(self.inner)}}}"
        else:
            stated = rng.choice(self.inner)
        parts = [f"{form}: {stated}"]
        if form in ("increasing", "decreasing"):
            parts.append(f"in: {rng.choice(self.inputs)}")
        if form == "independent":
            parts.append(f"of: {rng.choice(self.inputs)}")
        if form == "symmetric":
            pairs = [
                (one, other)
                for one in self.inputs
                for other in self.inputs
                if one < other and self.values[one] == self.values[other]
            ]
            if not pairs:
                return self.claim()
            parts.append(f"in: [{', '.join(rng.choice(pairs))}]")
        if rng.random() < 0.3:
            parts.append(f"when: {self.condition(known, 1)}")
        return f"{{{', '.join(parts)}}}"

    def claims(self, count: int) -> str:
        """Draw properties, and sometimes what is assumed, for the end of the file."""
        text = ""
        if self.rng.random() < 0.3:
            text += f"assume:\n  - {self.claim(assumed=True)}\n"
        listed = "".join(f"  - {self.claim()}\n" for _ in range(count))
        return f"{text}properties:\n{listed}"
