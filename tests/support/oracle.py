"""The plain evaluator the tests believe: `Fraction`s and recursion, sharing no code with `nnc`.

It takes a valid network for granted and checks nothing, bounds included. A file is first made
`whole`. Each use of it is a `Circuit`, which knows the `Signal`s that a source stands for, and a
signal has a value in every row.
"""

import json
import operator
import re
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Number = Fraction | int | str
File = dict[str, Any]  # as written
Row = dict[Any, Any]  # the elements of each input by its name; once found, the sum of each neuron
Exact = Fraction | int  # an `int` where the number is integral: Python adds those far faster
Influence = Callable[[Exact], Exact]  # what a signal's value adds to a sum
COMPARE = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
START: dict[str, Any] = {"fires": "above", "states": ["0", "1"]} | {
    key: {} for key in ("inputs", "neurons", "layers", "parts", "outputs")
}
DROPS = {"threshold": "thresholds", "weights": "wiring"}
DROPS |= {other: one for one, other in DROPS.items()}
SOURCE = re.compile(r"([^(.]+)(?:\(([^)]+)\))?(?:\.([^(.]+)(?:\(([^)]+)\))?)?")
AFFINE = re.compile(r"(?:(\d+)\*)?i([+-]\d+)?")
DTYPES = {"BOOL": "?", "F16": "<f2", "F32": "<f4", "F64": "<f8"} | {
    f"{sign.upper()}{8 * width}": f"<{sign}{width}" for sign in "iu" for width in (1, 2, 4, 8)
}


def load(path: Path) -> File:
    """Give the file as written: every scalar is its text, so that no number is ever a float."""
    return loads(path.read_text("utf-8-sig"))


def loads(text: str) -> File:
    """Give the text as written."""
    network: File = yaml.load(text, Loader=yaml.BaseLoader)
    return network


def evaluate(
    network: File, row: Mapping[str, Number | list[Any]], folder: Path = Path()
) -> dict[str, Any]:
    """Give the value of every output for one row; the network's file lies in `folder`."""
    return Oracle(network, folder).evaluate(row)


class Oracle:
    """A network with its names resolved, to be evaluated for many rows."""

    def __init__(self, network: File, folder: Path = Path()) -> None:
        self.file = whole(network, folder)
        read = cache(lambda path: whole(load(path), path.parent))
        self.circuit = Circuit(self.file, read, self._port)

    def evaluate(self, row: Mapping[str, Number | list[Any]]) -> dict[str, Any]:
        """Give each output: a number or label; of several bits their integer, else a list."""
        inputs = self.file["inputs"]
        values = {
            n: numbers(elements(one, row.get(n, one.get("default")))) for n, one in inputs.items()
        }
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(10**6)
        try:
            found = {alias: self._told(alias, values) for alias in self.file["outputs"]}
        finally:
            sys.setrecursionlimit(before)
        return {alias: as_fractions(value) for alias, value in found.items()}

    def _port(self, name: str) -> "list[Signal]":
        one = self.file["inputs"][name]
        size = len(one["of"]) if "of" in one else int(Fraction(one.get("size", 1)))
        return [Signal(partial(lambda k, row: row[name][k], k)) for k in range(size)]

    def _told(self, alias: str, row: Row) -> Any:
        signals = self.circuit.output(alias)
        values = [signal.value(row) for signal in signals]
        if len(values) > 1 and all(signal.is_bit for signal in signals):
            return sum(value * 2**place for place, value in enumerate(values))
        return values if len(values) > 1 else values[0]


def as_fractions(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(as_fractions, value))
    return value if isinstance(value, str) else Fraction(value)


def elements(declared: dict[str, Any], value: Any) -> list[Fraction]:
    """Give the elements of an input's value: a list, an integer for a bus of bits, a choice."""
    if declared["type"] == "choice":
        return [Fraction(value == one) for one in declared["of"]]
    if isinstance(value, list):
        return list(map(Fraction, value))
    size = int(Fraction(declared.get("size", 1)))
    if declared["type"] == "bit" and "size" in declared:
        return [Fraction(int(Fraction(value)) >> place & 1) for place in range(size)]
    return [Fraction(value)] * size


# ----------------------------------------------------------------------------- whole files


def whole(network: File, folder: Path) -> File:
    """Give a file laid on its base, with short forms, `fires`, `states` and paths written out."""
    over, base = written_out(deepcopy(network), folder), START
    if "extends" in over:
        path = folder / over["extends"]
        base = whole(load(path), path.parent)
    own = {key: over.get(key, base[key]) for key in ("fires", "states")}
    for kind in ("inputs", "neurons", "layers"):
        for name, one in over.get(kind, {}).items():
            over[kind][name] = one if name in base[kind] else own | one
    result: File = merged(base, over)
    return result


def written_out(network: File, folder: Path) -> File:
    if isinstance(network.get("outputs"), list):
        network["outputs"] = {alias: alias for alias in network["outputs"]}
    inputs = network.get("inputs", {})
    named = inputs if isinstance(inputs, dict) else dict.fromkeys(inputs, "bit")
    network["inputs"] = {name: written_out_input(one) for name, one in named.items()}
    for part in network.get("parts", {}).values():
        if "use" in part:
            part["use"] = folder / part["use"]
    for layer in network.get("layers", {}).values():
        for key in layer.keys() & {"weights", "thresholds"}:
            layer[key] = located(layer[key], folder)
    return network


def written_out_input(one: Any) -> dict[str, Any]:
    declared = dict(one) if isinstance(one, dict) else {"type": one}
    if declared.get("type", "").endswith(")"):
        declared["type"], declared["size"] = declared["type"][:-1].split("(")
    if "shape" in declared and "size" not in declared:
        declared["size"] = prod(numbered(declared["shape"]))
    return declared


def located(value: Any, folder: Path) -> Any:
    """Put the folder before the path of every file in weights or thresholds."""
    if not isinstance(value, dict):
        return value
    return {k: folder / v if k == "file" else located(v, folder) for k, v in value.items()}


def merged(base: Any, over: Any, *path: str) -> Any:
    """Lay `over` on `base`: key by key where both are mappings, but not the steps of a weight."""
    steps = len(path) == 4 and (path[0], path[2]) == ("neurons", "weights")
    if steps or not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    neuron = len(path) == 2 and path[0] == "neurons"
    dropped = {key for key in base if neuron and key not in over and DROPS.get(key) in over}
    result = {key: value for key, value in base.items() if key not in dropped}
    for key, value in over.items():
        result[key] = merged(result[key], value, *path, key) if key in result else value
    return result


# -------------------------------------------------------------------- signals and neurons


@dataclass(frozen=True, eq=False)
class Signal:
    """One element of a source, or one number or label of an output."""

    value: Callable[[Row], Any]
    is_bit: bool = False  # declared as a bit of 0 and 1
    neuron: "Neuron | None" = None
    counts: bool = False  # how many thresholds of its neuron fire


@dataclass(frozen=True, eq=False)
class Neuron:
    """A sum and the thresholds on it; its wires are looked up when all names are known."""

    rule: str
    states: list[Exact]
    thresholds: list[Exact]
    stated: list[str | None]  # the rule that a threshold has of its own
    wires: Callable[[], list[tuple[Signal, Influence]]]

    def signal(self, place: int = 0) -> Signal:
        """Give what leaves the neuron at the threshold of this place."""
        return Signal(lambda row: self.states[self.fires(place, row)], self.states == [0, 1], self)

    def count(self) -> Signal:
        """Give how many of the thresholds fire, as a neuron of a layer with several does."""
        places = range(len(self.thresholds))
        return Signal(
            lambda row: sum(self.fires(place, row) for place in places),
            neuron=self,
            counts=True,
        )

    def fires(self, place: int, row: Row) -> bool:
        """Whether the sum passes the threshold; of `all` and `any` it counts the wires at 1."""
        if self.rule in ("all", "any"):
            return self.sum(row) >= (len(self.wires()) if self.rule == "all" else 1)
        rule = self.stated[place] or self.rule
        return bool(COMPARE[rule](self.sum(row), self.thresholds[place]))

    def sum(self, row: Row) -> Exact:
        """Add up S, weight times signal (in a loop: `sum` over a generator cannot go deep)."""
        if self not in row:
            total: Exact = 0
            for signal, influence in self.wires():
                total += influence(signal.value(row))
            row[self] = total
        found: Exact = row[self]
        return found


def influence(weight: Any) -> Influence:
    """Give what a weight makes of a value: the product, or the points of steps."""
    if not isinstance(weight, dict):
        return partial(operator.mul, number(weight))
    steps = [(*limit(cutoff), number(points)) for cutoff, points in weight.items()]

    def points_of(value: Exact) -> Exact:
        reached = (
            p for cutoff, rule, p in reversed(steps) if COMPARE[rule or "at_least"](value, cutoff)
        )
        return next(reached, 0)

    return points_of


def limit(text: str) -> tuple[Exact, str | None]:
    """Give a threshold or cut-off, and the rule that it states before it, if it does."""
    *rule, value = text.split()
    return number(value), rule[0] if rule else None


def weighed(weights: Any, signals: list[Signal]) -> list[tuple[Signal, Influence]]:
    """Put weights on signals: a list by place, one for all, or of a sparse row `place: weight`."""
    if isinstance(weights, dict) and all(isinstance(place, int) for place in weights):
        return [(signals[place], influence(weight)) for place, weight in weights.items()]
    one_each = weights if isinstance(weights, list) else [weights] * len(signals)
    return [(signal, influence(w)) for signal, w in zip(signals, one_each, strict=True)]


# ------------------------------------------------------------------------------ circuits


class Circuit:
    """One use of a file: `port` gives the signals that come in at an input from outside."""

    def __init__(
        self, file: File, read: Callable[[Path], File], port: Callable[[str], list[Signal]]
    ) -> None:
        self.file, self.port = file, port
        self.named, self.output = cache(self._named), cache(self._output)
        self.parts: dict[str, list[Circuit]] = {}
        for name, part in file["parts"].items():
            used, count = read(part["use"]), int(Fraction(part.get("repeat", 1)))
            wired = partial(self._wired, part, used["inputs"])
            self.parts[name] = [Circuit(used, read, partial(wired, i)) for i in range(count)]

    def _wired(self, part: dict[str, Any], inputs: File, i: int, port: str) -> list[Signal]:
        """Give what a part's element `i` gets: `first` wins over `last`, and that over `wiring`."""
        last = part["last"] if "last" in part and i == Fraction(part["repeat"]) - 1 else {}
        wiring = part["wiring"] | last | (part.get("first", {}) if i == 0 else {})
        if port not in wiring:
            values = elements(inputs[port], inputs[port]["default"])
            return [Signal(partial(lambda value, _: value, value)) for value in values]
        signals = self._sources(wiring[port], i)
        is_constant = aslist(wiring[port]) in (["0"], ["1"])
        return signals * int(Fraction(inputs[port].get("size", 1))) if is_constant else signals

    def _sources(self, wiring: str | list[str], i: int = 0) -> list[Signal]:
        """Give the signals of a source, or of a list of them end to end."""
        return [signal for source in aslist(wiring) for signal in self._source(source, i)]

    def _source(self, text: str, i: int) -> list[Signal]:
        name, index, port, within = groups(SOURCE, text)
        if name in self.parts:
            circuits = picked(self.parts[name], index, i)
            return picked([s for circuit in circuits for s in circuit.output(port)], within, i)
        if port is None and index is not None and "," in index:
            number = 0
            for place, size in zip(index.split(","), self._written_shape(name), strict=True):
                number = number * size + int(place)
            return [self.named(name)[number]]
        if port is None:
            return picked(self.named(name), index, i)
        choices = self.file["inputs"].get(name, {}).get("of")
        ports = choices or list(self.file["neurons"][name]["thresholds"])
        return picked([self.named(name)[ports.index(port)]], within, i)

    def _named(self, name: str) -> list[Signal]:
        """Give all signals of a constant, an input, a neuron or a layer."""
        if name in ("0", "1"):
            return [Signal(lambda _: int(name), is_bit=True)]
        if name in self.file["inputs"]:
            one = self.file["inputs"][name]
            plain = one["type"] == "bit" and list(map(Fraction, one["states"])) == [0, 1]
            return [Signal(s.value, plain or one["type"] == "choice") for s in self.port(name)]
        if name in self.file["neurons"]:
            neuron = self._neuron(self.file["neurons"][name])
            return [neuron.signal(place) for place in range(len(neuron.thresholds) or 1)]
        return self._layer(self.file["layers"][name])

    def _neuron(self, one: dict[str, Any]) -> Neuron:
        texts = [one["threshold"]] if "threshold" in one else one.get("thresholds", {}).values()
        limits = list(map(limit, texts))

        def wires() -> list[tuple[Signal, Influence]]:
            if "wiring" in one:
                return weighed(one.get("weights", "1"), self._sources(one["wiring"]))
            by_name = one["weights"].items()
            return [wire for text, w in by_name for wire in weighed(w, self._sources(text))]

        thresholds, stated = [value for value, _ in limits], [rule for _, rule in limits]
        return Neuron(one["fires"], numbers(one["states"]), thresholds, stated, cache(wires))

    def _written_shape(self, name: str) -> list[int]:
        """Give the shape of a bus with as many axes as it has."""
        inputs = self.file["inputs"]
        return numbered(inputs[name]["shape"]) if name in inputs else self._shape(name)

    def _shape(self, name: str) -> list[int]:
        """Give the rows, columns and channels of a picture: an input, or a convolution."""
        if name in self.file["inputs"]:
            return [*numbered(self.file["inputs"][name]["shape"]), 1][:3]
        one = self.file["layers"][name]
        rows, columns, _ = self._shape(one["convolve"])
        (high, wide), (down, right), (above, left) = (
            pair(one.get(key, default))
            for key, default in (("kernel", 1), ("stride", 1), ("padding", 0))
        )
        return [
            (rows + 2 * above - high) // down + 1,
            (columns + 2 * left - wide) // right + 1,
            self._features(one),
        ]

    @staticmethod
    def _features(one: dict[str, Any]) -> int:
        weights, limits = stored(one.get("weights", "1")), stored(one["thresholds"])
        lists = [value for value in (weights, limits) if isinstance(value, list)]
        return len(lists[0]) if lists else int(one.get("features", one.get("groups", "1")))

    def _convolution(self, one: dict[str, Any]) -> list[Signal]:
        """Write a convolution out: row by row, column by column, feature by feature."""
        rows, columns, channels = self._shape(one["convolve"])
        high, wide = pair(one["kernel"])
        down, right = pair(one.get("stride", 1))
        above, left = pair(one.get("padding", 0))
        outside = Signal(lambda _: number(one.get("outside", 0)))
        weights, limits = stored(one.get("weights", "1")), stored(one["thresholds"])
        features = self._features(one)
        depth, beside = channels // int(one.get("groups", 1)), features // int(one.get("groups", 1))
        picture = cache(lambda: self._sources(one["convolve"]))

        def wires(row: int, column: int, feature: int) -> list[tuple[Signal, Influence]]:
            found = []
            for i in range(high):
                for j in range(wide):
                    for c in range(depth):
                        y, x = row * down + i - above, column * right + j - left
                        channel = feature // beside * depth + c
                        is_inside = 0 <= y < rows and 0 <= x < columns
                        place = (y * columns + x) * channels + channel
                        weight = weights[feature][i][j][c] if isinstance(weights, list) else weights
                        signal = picture()[place] if is_inside else outside
                        found.append((signal, influence(weight)))
            return found

        signals = []
        for row in range((rows + 2 * above - high) // down + 1):
            for column in range((columns + 2 * left - wide) // right + 1):
                for feature in range(features):
                    limit = limits[feature] if isinstance(limits, list) else limits
                    several = isinstance(limit, list)
                    own = numbers(limit if several else [limit])
                    states = numbers(["0", "1"] if several else one["states"])
                    of = cache(partial(wires, row, column, feature))
                    neuron = Neuron(one["fires"], states, own, [None] * len(own), of)
                    signals.append(neuron.count() if several else neuron.signal())
        return signals

    def _layer(self, one: dict[str, Any]) -> list[Signal]:
        if "convolve" in one:
            return self._convolution(one)
        weights, limits = stored(one.get("weights", "1")), stored(one["thresholds"])
        lists = [value for value in (weights, limits) if isinstance(value, list)]
        size = len(lists[0]) if lists else int(Fraction(one["size"]))
        rows = weights if isinstance(weights, list) else [weights] * size
        each = limits if isinstance(limits, list) else [limits] * size
        signals = cache(lambda: self._sources(one["wiring"]))

        def signal(row: Any, threshold: Any) -> Signal:
            wires = cache(lambda: weighed(row, signals()))
            several = isinstance(threshold, list)
            own = numbers(threshold if several else [threshold])
            states = numbers(["0", "1"] if several else one["states"])
            neuron = Neuron(one["fires"], states, own, [None] * len(own), wires)
            return neuron.count() if several else neuron.signal()

        return list(map(signal, rows, each))

    def _output(self, alias: str) -> list[Signal]:
        """Give the signals of an output: of its sources, or what it reads from neurons."""
        spec = self.file["outputs"][alias]
        if not isinstance(spec, dict):
            return self._sources(spec)
        kind = next(key for key in ("sum", "level", "largest") if key in spec)
        signals, labels = self._sources(spec[kind]), spec.get("labels")
        neurons = list(dict.fromkeys(signal.neuron for signal in signals if signal.neuron))
        if kind == "sum":
            return [Signal(neuron.sum) for neuron in neurons]

        def place(row: Row) -> int:
            sums = [neuron.sum(row) for neuron in neurons]
            if kind == "largest":
                return sums.index(max(sums))
            on = neurons[0].states[1]
            passed = (
                int(signal.value(row)) if signal.counts else signal.value(row) == on
                for signal in signals
            )  # fmt: skip
            return sum(passed)

        return [Signal(lambda row: labels[place(row)] if labels else place(row))]


def numbered(texts: Any) -> list[int]:
    return [int(Fraction(text)) for text in texts]


def pair(value: Any) -> list[int]:
    """Give a number for the rows and one for the columns, where one may stand for both."""
    return numbered(value if isinstance(value, list) else [value] * 2)


def numbers(texts: Any) -> list[Exact]:
    return list(map(number, texts))


def number(text: Any) -> Exact:
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact


def aslist(source: str | list[str]) -> list[str]:
    """Give a single source as the list of it."""
    return [source] if isinstance(source, str) else source


def groups(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    found = pattern.fullmatch(text)
    assert found, text
    return found.groups()


def picked(items: list[Any], index: str | None, i: int) -> list[Any]:
    """Give the items that an index `x`, `x:y` or `x:y:step` names; all without one."""
    if index is None:
        return items
    ends = [affine(text, i) for text in index.split(":")]
    return items[slice(*ends)] if len(ends) > 1 else [items[ends[0]]]


def affine(text: str, i: int) -> int:
    """Give the number that `7`, `i`, `i-1` or `2*i+1` means in the element `i`."""
    factor, shift = (0, text) if text.isdigit() else groups(AFFINE, text)
    return int(1 if factor is None else factor) * i + int(shift or 0)


# ------------------------------------------------------------------------------ weight files


def stored(value: Any) -> Any:
    """Give weights or thresholds as a number or nested lists; sparse rows as `place: weight`."""
    if not isinstance(value, dict):
        return value
    if "file" in value:
        return tensor(value["file"], value.get("tensor"))
    starts, places, entries = map(stored, map(value["sparse"].get, ("indptr", "indices", "values")))
    return [dict(zip(places[a:b], entries[a:b], strict=True)) for a, b in pairwise(starts)]


def tensor(file: Path, name: str | None) -> Any:
    """Give the numbers of an NPY file, or of one tensor of a safetensors file, as nested lists."""
    if file.suffix == ".npy":
        return np.load(file).tolist()
    data = file.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    entry = json.loads(data[8:start])[name]
    first, last = (start + offset for offset in entry["data_offsets"])
    return np.frombuffer(data[first:last], DTYPES[entry["dtype"]]).reshape(entry["shape"]).tolist()
