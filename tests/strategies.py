"""Random valid networks, as YAML texts, and rows for them: everything the format has so far.

`example` draws from a `random.Random`: a seeded one is fast, for volume; hypothesis gives one
that shrinks, for `examples`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import strategies as st

NAMES = (
    "a", "b", "c", "x1", "x2", "sum_", "_", "__dunder", "T", "fires", "type", "weights", "nnc",
    "on", "off", "no", "yes", "y", "n", "null", "true", "False", "inf", "nan", "i", "e1", "x0b1",
    "비", "é", "Ω", "名前", "ñandú", "straße", "ω_2", "ªb", "𝒳", "a·b", "description", "default",
)  # fmt: skip
COMPARISONS = ("above", "at_least", "below", "at_most")
SPECIAL = (127, 128, 255, 32767, 32768, 2**31 - 1, 2**31, 2**53 + 1, 2**62, 2**63, 10**30)


@dataclass(frozen=True)
class Kind:
    """What values an input has."""

    type: str
    least: Fraction | None = None
    greatest: Fraction | None = None


@dataclass(frozen=True)
class Example:
    """A network, and for each row the values of the inputs that are given, as written."""

    text: str
    kinds: dict[str, Kind]
    rows: list[dict[str, str]]


def examples() -> st.SearchStrategy[Example]:
    return st.randoms(use_true_random=False).map(example)


def example(rng: Random, rows: int = 5) -> Example:
    return _Drawing(rng, rows).example()


# ------------------------------------------------------------------------------- numbers


def number(rng: Random) -> Fraction:
    """Draw a number: mostly small, so that sums meet thresholds."""
    kind = rng.randrange(16)
    if kind < 7:
        return Fraction(rng.randint(-3, 4))
    if kind < 12:
        return Fraction(rng.randint(-30, 30), rng.choice((10, 10, 20, 100)))
    if kind < 14:
        return Fraction(rng.randint(-9, 9), rng.choice((3, 6, 7, 12, 10**6)))
    return rng.choice((1, -1)) * (Fraction(rng.choice(SPECIAL)) + rng.randint(-1, 1))


def spelled(rng: Random, value: Fraction, *, quotes: bool = True) -> str:
    """Write a number in one of the many ways that there are."""
    above, below = value.numerator, value.denominator
    places = next((p for p in range(20) if 10**p % below == 0), None)
    factor = rng.choice((1, 1, 2, 30))
    fraction = f"{above * factor}/{below * factor}"
    ways = [fraction, f'"{fraction}"', f"'{fraction}'"] if quotes else [fraction]
    if places is not None:
        scaled = above * 10**places // below
        more = rng.randrange(1, 4)
        decimal = _decimal(scaled * 10**more, places + more)
        ways += [decimal, decimal, f"{scaled}e-{places}", f"{scaled}E-0{places}"]
        ways += [f"{_decimal(scaled, places + more)}e+{more}"]
        if abs(value) < 1:
            ways.append(decimal.replace("0.", ".", 1))
        if places:
            ways += [_decimal(scaled, places)] * 4
        else:
            ways += [str(above)] * 8 + [f"{above}."]
    if not value:
        ways += ["-0", "0e400", "-.0"]
    return rng.choice(ways)


def _decimal(scaled: int, places: int) -> str:
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' * (scaled < 0)}{digits[: len(digits) - places]}.{digits[len(digits) - places :]}"


# ------------------------------------------------------------------------------ networks


@dataclass
class _Drawing:
    rng: Random
    count: int
    kinds: dict[str, Kind] = field(default_factory=dict)
    rows: list[dict[str, Fraction]] = field(default_factory=list)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # every source's signals
    limits: dict[str, list[Fraction]] = field(default_factory=dict)  # every neuron's thresholds

    def example(self) -> Example:
        rng = self.rng
        names = rng.sample(NAMES, rng.randint(0, 4) + rng.randint(0, 5))
        inputs = names[: rng.randint(0, min(4, len(names)))]
        network: dict[str, Any] = {"nnc": "1", "inputs": self._inputs(inputs)}
        if rng.random() < 0.3:
            network["fires"] = rng.choice(COMPARISONS)
        drawn = {name: self._neuron(name) for name in names[len(inputs) :]}
        if drawn or rng.random() < 0.2:
            network["neurons"] = drawn if rng.random() < 0.7 else self._shuffled(drawn)
        network["outputs"] = self._outputs(names)
        if rng.random() < 0.1:
            network["description"] = "'free: text, # and all'"
        if rng.random() < 0.1:
            network["meta"] = {"anything": ["at", {"all": "~"}]}
        if rng.random() < 0.3:
            network = self._shuffled(network)
        text = "".join(self._block(network, 0))
        defaults = {n for n, one in network["inputs"].items() if "default" in one} \
            if isinstance(network["inputs"], dict) else set()  # fmt: skip
        left_out = {name for name in defaults if rng.random() < 0.4}
        rows = [{n: spelled(rng, v, quotes=False) for n, v in row.items() if n not in left_out}
                for row in self.rows]  # fmt: skip
        return Example(text, self.kinds, rows)

    def _shuffled(self, mapping: dict[str, Any]) -> dict[str, Any]:
        keys = list(mapping)
        self.rng.shuffle(keys)
        return {key: mapping[key] for key in keys}

    def _inputs(self, names: list[str]) -> Any:
        rng = self.rng
        self.rows = [{} for _ in range(self.count)]
        if rng.random() < 0.3:
            for name in names:
                self._declare(name, Kind("bit"))
            return names
        return {name: self._input(name) for name in names}

    def _input(self, name: str) -> Any:
        rng = self.rng
        kind = Kind(rng.choice(("bit", "bit", "integer", "real")))
        declared: dict[str, Any] = {"type": kind.type}
        if kind.type != "bit":
            bounds = sorted((self._value(kind), self._value(kind)))
            least = bounds[0] if rng.random() < 0.3 else None
            greatest = bounds[1] if rng.random() < 0.3 else None
            kind = Kind(kind.type, least, greatest)
            declared |= {k: spelled(rng, v) for k, v in zip(("min", "max"), (least, greatest),
                         strict=True) if v is not None}  # fmt: skip
        self._declare(name, kind)
        if rng.random() < 0.2:
            declared["default"] = spelled(rng, self._within(kind))
        if rng.random() < 0.1:
            declared["description"] = "some words"
        return kind.type if len(declared) == 1 and rng.random() < 0.8 else declared

    def _declare(self, name: str, kind: Kind) -> None:
        self.kinds[name] = kind
        self.sources[name] = (name,)
        for row in self.rows:
            row[name] = self._within(kind)

    def _value(self, kind: Kind) -> Fraction:
        if kind.type == "bit":
            return Fraction(self.rng.randint(0, 1))
        value = number(self.rng)
        return Fraction(round(value)) if kind.type == "integer" else value

    def _within(self, kind: Kind) -> Fraction:
        """Draw a value of an input; often one of its bounds."""
        value = self._value(kind)
        if kind.least is not None and value < kind.least:
            return kind.least
        if kind.greatest is not None and value > kind.greatest:
            return kind.greatest
        return value

    # ------------------------------------------------------------------------ neurons

    def _neuron(self, name: str) -> dict[str, Any]:
        rng = self.rng
        draw: Callable[[], dict[str, Any]] = rng.choice((self._by_name, self._by_name,
                                                         self._by_place, self._gate))  # fmt: skip
        self.sums = [Fraction()] * self.count
        neuron = draw()
        if "fires" not in neuron:
            self._thresholds(name, neuron)
            if rng.random() < 0.5:
                neuron["fires"] = rng.choice(COMPARISONS)
        else:
            self.sources[name] = (name,)
            self.limits[name] = [Fraction(1)]
        if rng.random() < 0.1:
            neuron["description"] = '"1 if: so"'
        return self._shuffled(neuron) if rng.random() < 0.2 else neuron

    def _thresholds(self, name: str, neuron: dict[str, Any]) -> None:
        rng = self.rng
        count = rng.choice((0, 0, 1, 2, 3))
        limits = [self._limit() for _ in range(count or 1)]
        if rng.random() < 0.7:
            limits.sort()
        self.limits[name] = limits
        if not count:
            self.sources[name] = (name,)
            neuron["threshold"] = spelled(rng, limits[0])
            return
        ports = rng.sample(NAMES, count)
        self.sources[name] = tuple(f"{name}.{port}" for port in ports)
        self.sources |= {signal: (signal,) for signal in self.sources[name]}
        neuron["thresholds"] = {p: spelled(rng, t) for p, t in zip(ports, limits, strict=True)}

    def _limit(self) -> Fraction:
        """Draw a threshold: mostly one that the sum of a row equals."""
        return self.rng.choice(self.sums) if self.rng.random() < 0.7 else number(self.rng)

    def _drawn(self, count: int, *, bits: bool = False, twice: bool = False) -> Iterable[str]:
        """Draw sources without a common element; constants may come `twice`."""
        taken: set[str] = set()
        known = [s for s, signals in self.sources.items() if not bits or self._is_bits(signals)]
        for _ in range(count):
            source = self.rng.choice([*known, *known, "0", "1"])
            signals = set(self.sources.get(source, () if twice else (source,)))
            if not signals & taken:
                taken |= signals
                yield source

    def _is_bits(self, signals: Iterable[str]) -> bool:
        return all(s not in self.kinds or self.kinds[s].type == "bit" for s in signals)

    def _add(self, signal: str, weight: Callable[[Fraction], Fraction]) -> None:
        for place, row in enumerate(self.rows):
            guess = Fraction(signal == "1" or (signal != "0" and self.rng.randint(0, 1)))
            self.sums[place] += weight(row.get(signal, guess))

    def _by_name(self) -> dict[str, Any]:
        return {"weights": {s: self._weight(s) for s in self._drawn(self.rng.randint(0, 4))}}

    def _weight(self, source: str) -> Any:
        rng = self.rng
        signals = self.sources.get(source, (source,))
        if not self._is_bits(signals) and rng.random() < 0.5:
            return self._steps(source)
        if rng.random() < (0.5 if len(signals) > 1 else 0.05):
            return [self._number(signal) for signal in signals]
        weight = number(rng)
        for signal in signals:
            self._add(signal, weight.__mul__)
        return spelled(rng, weight)

    def _number(self, signal: str) -> str:
        weight = number(self.rng)
        self._add(signal, weight.__mul__)
        return spelled(self.rng, weight)

    def _steps(self, source: str) -> dict[str, str]:
        rng = self.rng
        values = [row[source] for row in self.rows] or [Fraction()]
        cutoffs = sorted({rng.choice(values) if rng.random() < 0.6 else number(rng)
                          for _ in range(rng.randint(1, 4))})  # fmt: skip
        points = [number(rng) for _ in cutoffs]

        def reached(value: Fraction) -> Fraction:
            passed = [p for c, p in zip(cutoffs, points, strict=True) if value >= c]
            return passed[-1] if passed else Fraction()

        self._add(source, reached)
        return {spelled(rng, c): spelled(rng, p) for c, p in zip(cutoffs, points, strict=True)}

    def _by_place(self) -> dict[str, Any]:
        rng = self.rng
        wiring = list(self._drawn(rng.randint(1, 4), twice=True))
        signals = [signal for source in wiring for signal in self.sources.get(source, (source,))]
        neuron: dict[str, Any] = {"wiring": self._one_or_list(wiring)}
        form = rng.randrange(3)
        if form == 0:
            return neuron | {"weights": [self._number(signal) for signal in signals]}
        weight = Fraction(1) if form == 1 else number(rng)
        for signal in signals:
            self._add(signal, weight.__mul__)
        return neuron if form == 1 else neuron | {"weights": spelled(rng, weight)}

    def _gate(self) -> dict[str, Any]:
        wiring = list(self._drawn(self.rng.randint(1, 4), bits=True, twice=True))
        return {"wiring": self._one_or_list(wiring), "fires": self.rng.choice(("all", "any"))}

    def _one_or_list(self, wiring: list[str]) -> Any:
        single = len(wiring) == 1 and wiring[0] != "null"
        return wiring[0] if single and self.rng.random() < 0.5 else wiring

    # ------------------------------------------------------------------------ outputs

    def _outputs(self, names: list[str]) -> Any:
        rng = self.rng
        if names and rng.random() < 0.3:
            return rng.sample(names, rng.randint(1, len(names)))
        outputs: dict[str, Any] = {}
        for alias in rng.sample(NAMES, rng.randint(1, 4)):
            outputs[alias] = alias if alias in names else self._output()
        return outputs

    def _output(self) -> Any:
        rng = self.rng
        bits = [source for source, signals in self.sources.items() if self._is_bits(signals)]
        kind = rng.choice(("source", "bus", "sum", "level") if self.limits else ("source", "bus"))
        if kind == "source":
            return rng.choice([*self.sources, "0", "1"])
        if kind == "bus":
            return [rng.choice([*bits, "0", "1"]) for _ in range(rng.randint(1, 4))]
        name = rng.choice(list(self.limits))
        source = rng.choice([name, *self.sources[name]])
        if kind == "sum":
            return {"sum": source}
        limits = self.limits[name] if source == name else [Fraction()]
        if any(b <= a for a, b in pairwise(limits)):
            source, limits = self.sources[name][0], [Fraction()]
        output: dict[str, Any] = {"level": source}
        if rng.random() < 0.6:
            labels = ("low", "1", '"two words"', "null", "'…'", "비")
            output["labels"] = rng.sample(labels, len(limits) + 1)
        return output

    # --------------------------------------------------------------------------- YAML

    def _flow(self, value: Any) -> str:
        if isinstance(value, dict):
            inner = ", ".join(f"{self._name(k)}: {self._flow(v)}" for k, v in value.items())
            return f"{{{inner}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self._flow, value))}]"
        return self._name(value)

    def _name(self, text: str) -> str:
        """Put quotes around a name here and there: they mean nothing."""
        if text in NAMES and self.rng.random() < 0.1:
            return self.rng.choice((f'"{text}"', f"'{text}'"))
        return text

    def _block(self, value: Any, indent: int) -> Iterable[str]:
        pad = " " * indent
        entries = value.items() if isinstance(value, dict) else ((None, one) for one in value)
        for key, one in entries:
            head = f"{pad}- " if key is None else f"{pad}{self._name(key)}: "
            if not one or isinstance(one, str) or key is None or self.rng.random() < 0.4:
                yield f"{head}{self._flow(one)}{' # so' if self.rng.random() < 0.05 else ''}\n"
            else:
                yield f"{head.rstrip()}\n"
                yield from self._block(one, indent + self.rng.randint(1, 3))
