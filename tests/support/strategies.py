"""Random valid networks, as YAML texts with the files beside them, and rows for them.

`example` draws from a `random.Random`: a seeded one is fast, for volume; hypothesis gives one
that shrinks, for `examples`. What a network may have is said by `features`: some of the names in
`ALL`, or the share of networks for each.
"""

import hashlib
import io
import json
import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

NAMES = (
    "a", "b", "c", "x1", "x2", "sum_", "_", "__dunder", "T", "fires", "type", "weights", "nnc",
    "on", "off", "no", "yes", "y", "n", "null", "true", "False", "inf", "nan", "i", "e1", "x0b1",
    "비", "é", "Ω", "名前", "ñandú", "straße", "ω_2", "ªb", "𝒳", "a·b", "description", "default",
)  # fmt: skip
LABELS = ("low", "1", '"two words"', "null", "'…'", "비", "0.50", "'a, b'", "high")
COMPARISONS = ("above", "at_least", "below", "at_most")
SIDES = (("at_least", "above"), ("below", "at_most"))  # each in the order of its thresholds
SPECIAL = (127, 128, 255, 32767, 32768, 2**31 - 1, 2**31, 2**53 + 1, 2**62, 2**63, 10**30)
SHORT = 10**16  # a denominator that leaves room for the factors it is written with
DTYPES = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
FOLDERS = ("", "", "sub", "sub/deep", "비")

ALL = {"buses": 0.5, "choice": 0.3, "states": 0.5, "layers": 0.4, "files": 0.6, "parts": 0.4,
       "extends": 0.3, "largest": 0.5, "rules": 0.4}  # fmt: skip
"""The features, and the share of networks that may have each.

`rules` are those that thresholds and steps state themselves, `files` are those of layers; the ports
of `parts` may be buses whether or not there are `buses`.
"""
EVERY = ALL | {"counts": 0.5}
"""All of them, and layers in which each neuron counts several thresholds."""
MAIN = PurePosixPath("main.nn.yaml")
READY: tuple[str, ...] = ()
"""The features that the package has so far: what is drawn by default."""

Features = Mapping[str, float] | Iterable[str]
States = tuple[Fraction, Fraction]
PLAIN = (Fraction(0), Fraction(1))
OTHER_STATES = tuple((Fraction(a), Fraction(b)) for a, b in ((1, 0), (1, -1), (-1, 1), (2, 5)))
"""Of a bit: inverted, around 0 in both orders, and neither 0 nor 1."""


@dataclass(frozen=True)
class Kind:
    """What values an input has; with a size, each of its elements."""

    type: str
    least: Fraction | None = None
    greatest: Fraction | None = None
    size: int | None = None
    states: States = PLAIN  # of a bit
    of: tuple[str, ...] = ()  # of a choice

    @property
    def ends(self) -> tuple[Fraction | None, Fraction | None]:
        """The least and the greatest value."""
        return (min(self.states), max(self.states)) if self.type == "bit" else \
            (self.least, self.greatest)  # fmt: skip

    @property
    def is_integral(self) -> bool:
        """Whether every value is an integer."""
        return self.type == "integer" or (
            self.type == "bit" and all(state.denominator == 1 for state in self.states)
        )

    def takes(self, other: "Kind") -> bool:
        """Whether an element of a port may be wired to an element of the other kind."""
        if self.type == "bit":
            return other.type == "bit" and other.states == self.states
        least, greatest = other.ends
        return (
            (self.type == "real" or other.is_integral)
            and (self.least is None or (least is not None and least >= self.least))
            and (self.greatest is None or (greatest is not None and greatest <= self.greatest))
        )


@dataclass(frozen=True)
class Example:
    """A network, the files it needs by path, and for each row the inputs given, as written."""

    text: str
    kinds: dict[str, Kind]
    rows: list[dict[str, str | list[str]]]
    files: dict[str, str | bytes] = field(default_factory=dict)

    def put(self, folder: Path, name: str = "main.nn.yaml") -> Path:
        """Write the network and its files into a folder; give the path of the network."""
        for path, content in {**self.files, name: self.text}.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / name


def examples(features: Features = READY) -> st.SearchStrategy[Example]:
    return st.randoms(use_true_random=False).map(lambda rng: example(rng, features=features))


def example(rng: Random, rows: int = 5, features: Features = READY) -> Example:
    shares = features if isinstance(features, Mapping) else {name: EVERY[name] for name in features}
    on = frozenset(name for name, share in shares.items() if rng.random() < share)
    return _Drawing(rng, rows, on).example()


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
    places = next((p for p in range(20 if below < SHORT else 80) if 10**p % below == 0), None)
    factor = rng.choice((1, 1, 2, 30))
    fraction = f"{above * factor}/{below * factor}"
    ways = [fraction, f'"{fraction}"', f"'{fraction}'"] if quotes else [fraction]
    if below >= SHORT:
        ways = []
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


def ruled(rng: Random, rule: str, value: Fraction) -> str:
    """Write a threshold or cut-off, after its own rule if it states one."""
    if not rule:
        return spelled(rng, value)
    text = f"{rule} {spelled(rng, value, quotes=False)}"
    return rng.choice((text, text, f'"{text}"', f"'{text}'"))


def _near(rng: Random, sums: Sequence[Fraction]) -> Fraction:
    """Draw a threshold: mostly one of the sums, if it can be written."""
    value = rng.choice(sums) if rng.random() < 0.7 else number(rng)
    return value if value.denominator < SHORT or 10**79 % value.denominator == 0 else number(rng)


def _decimal(scaled: int, places: int) -> str:
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' * (scaled < 0)}{digits[: len(digits) - places]}.{digits[len(digits) - places :]}"


# -------------------------------------------------------------------------- weight files

Array = np.ndarray[Any, Any]


def _array(rng: Random, values: Iterable[Any]) -> Array:
    """Store numbers, or rows of them, in a type at random, as near as it comes to them."""
    dtype = np.dtype(rng.choice(DTYPES))

    def near(value: Any) -> Any:
        if not isinstance(value, Fraction):
            return list(map(near, value))
        if dtype.kind == "b":
            return value > 0
        if dtype.kind == "f":
            most = float(np.finfo(dtype).max)
            return min(max(float(value), -most), most)
        return min(max(round(value), int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max))

    return np.array(list(map(near, values)), dtype)


def _exact(array: Array) -> list[Any]:
    """Give the numbers of an array, as lists of the same shape."""
    return [_exact(one) if one.ndim else Fraction(one.item()) for one in array]


def _npy(rng: Random, array: Array) -> bytes:
    if rng.random() < 0.1:
        array = array.astype(array.dtype.newbyteorder(">"))
    if rng.random() < 0.3:
        array = np.asfortranarray(array)
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _safetensors(rng: Random, arrays: dict[str, Array]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "np"}} if rng.random() < 0.3 else {}
    data = b""
    for name, array in arrays.items():
        kind, ends = array.dtype.kind.upper(), [len(data), len(data) + array.nbytes]
        dtype = "BOOL" if kind == "B" else f"{kind}{8 * array.dtype.itemsize}"
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": ends}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


# ------------------------------------------------------------------------------ networks


@dataclass(frozen=True, eq=False)
class _Signal:
    """One element of a source: the inputs it hangs on, and, if known, its value in each row."""

    kind: Kind
    needs: frozenset[str] = frozenset()
    values: tuple[Fraction, ...] = ()


Signals = Sequence[_Signal]
Wire = tuple[str, Signals]


@dataclass
class _Made:
    """A neuron, layer or part as written, and what an overlay has to know to change it."""

    section: str
    written: dict[str, Any]
    older: list[str]  # the sources that were there before it
    sums: list[Fraction] = field(default_factory=list)  # in each row, as far as they are known
    wired: set[_Signal] = field(default_factory=set)
    keys: dict[str, Signals] = field(default_factory=dict)  # of weights by name
    ports: list[str] = field(default_factory=list)  # the names of several thresholds
    side: tuple[str, ...] = COMPARISONS  # the rules that the neuron may have
    stated: list[str] = field(default_factory=list)  # of each threshold its own rule, or none
    fan_in: int = 0
    used: "_Drawing | None" = None


@dataclass(frozen=True)
class _Feed:
    """What a port may be wired to: as written, and its signals in each element of the part."""

    written: Any
    signals: Sequence[Signals]

    def fits(self, kind: Kind) -> bool:
        width = kind.size or 1
        return all(len(one) == width and all(kind.takes(s.kind) for s in one)
                   for one in self.signals)  # fmt: skip


Plug = dict[str, _Feed]
"""How one port is wired: in `wiring`, `first`, `last`."""


@dataclass
class _Drawing:
    """The drawing of a file, and of those that it extends.

    A used file gets its inputs from outside, as `ports`, and keeps outputs `promised` that fit a
    port: that of the next element in a chain.
    """

    rng: Random
    count: int
    on: frozenset[str]
    files: dict[str, str | bytes] = field(default_factory=dict)
    path: PurePosixPath = MAIN
    depth: int = 0
    budget: int = 24
    ports: dict[str, Kind] = field(default_factory=dict)
    promised: dict[str, str] = field(default_factory=dict)

    stages: int = 1
    neurons: int = 0
    kinds: dict[str, Kind] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)
    states: States = PLAIN
    stated: bool = False  # whether `fires` is written in this file, so that states may be
    own: frozenset[str] = frozenset()  # what the top of this file says of all its neurons
    made: dict[str, _Made] = field(default_factory=dict)
    sources: dict[str, Signals] = field(default_factory=dict)  # but those with an index
    banks: set[str] = field(default_factory=set)  # the sources of layers and parts
    repeated: dict[str, tuple[str, Sequence[Signals]]] = field(default_factory=dict)
    limits: dict[str, list[Fraction]] = field(default_factory=dict)  # every neuron's thresholds
    levelled: set[str] = field(default_factory=set)  # the neurons whose thresholds must ascend
    counted: dict[str, int] = field(default_factory=dict)  # of a layer: how many each neuron has
    read: set[_Signal] = field(default_factory=set)
    used: "list[_Drawing]" = field(default_factory=list)
    passed: list[str] = field(default_factory=list)  # what used files tell of sums
    outputs: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Signals | None] = field(
        default_factory=dict
    )  # none for what is not a source
    older: list[str] | None = None  # the sources there are for what is changed

    def __post_init__(self) -> None:
        self.rows: list[dict[str, Any]] = [{} for _ in range(self.count)]
        self.constants: dict[str, Signals] = {
            text: (_Signal(Kind("bit"), values=(Fraction(text),) * self.count),) for text in "01"
        }
        self.folder, self.current = self.path.parent, _Made("", {}, [])

    def example(self) -> Example:
        rng, text = self.rng, self.text()
        left_out = {name for name in self.kinds if name in self.defaults and rng.random() < 0.4}
        rows = [{name: self._spelled(value, quotes=False) for name, value in row.items()
                 if name not in left_out} for row in self.rows]  # fmt: skip
        return Example(text, self.kinds, rows, self.files)

    def text(self) -> str:
        """Draw the file, and one or two files that it extends."""
        rng = self.rng
        if "extends" in self.on and rng.random() < (0.2 if self.depth else 0.9):
            self.stages = rng.choice((2, 2, 3))
        places = [*(self._place(".nn.yaml") for _ in range(self.stages - 1)), self.path]
        base, text = None, ""
        for place in places:
            self.folder = place.parent
            network: dict[str, Any] = {"nnc": "1"}
            if base:
                self.files[str(base)] = text
                network["extends"] = self._relative(base)
                self._overlay(network)
            else:
                self._start(network)
            base, text = place, self._printed(network)
        return text

    def _place(self, suffix: str) -> PurePosixPath:
        """Choose where another file lies."""
        path = PurePosixPath(self.rng.choice(FOLDERS)) / f"f{len(self.files)}{suffix}"
        self.files[str(path)] = ""
        return path

    def _relative(self, path: PurePosixPath) -> str:
        return os.path.relpath(path, self.folder)

    def _start(self, network: dict[str, Any]) -> None:
        rng, deep = self.rng, self.depth > 0
        free = rng.choice((0, 0, 0, 1)) if deep else rng.randint(0, 4)
        names = self._fresh(free + rng.randint(0, 3 if deep else 5))
        count = rng.randint(0, min(free if deep else 4, len(names)))
        self._header(network, any(kind.states != PLAIN for kind in self.ports.values()))
        network["inputs"] = self._inputs([*self.ports, *names[:count]])
        self._items(network, names[count:])
        if "neurons" not in network and rng.random() < 0.2:
            network["neurons"] = {}
        network["outputs"] = self._outputs()

    def _overlay(self, network: dict[str, Any]) -> None:
        rng = self.rng
        self.stated, self.own = False, frozenset()
        if rng.random() < 0.5:
            self._header(network)
        names = self._fresh(rng.randint(0, 3))
        count = rng.choice((0, 0, 1)) if names else 0
        inputs = self._inputs(names[:count])
        if isinstance(inputs, dict) and self.kinds and rng.random() < 0.4:
            name = rng.choice(list(self.kinds))
            if name not in inputs:
                inputs[name] = {"default": self._default(name)}
        if inputs:
            network["inputs"] = inputs
        for name in rng.sample(list(self.made), rng.randint(0, min(3, len(self.made)))):
            self._change(network, name)
        self._items(network, names[count:])
        if outputs := self._more_outputs():
            network["outputs"] = outputs

    def _header(self, network: dict[str, Any], stated: bool = False) -> None:
        """Draw `fires` and `states`; the latter, anywhere in the file, ask for the former."""
        rng = self.rng
        self.stated = stated or ("states" in self.on and rng.random() < 0.8)
        if self.stated or rng.random() < 0.3:
            network["fires"] = rng.choice(COMPARISONS)
        if self.stated and rng.random() < 0.5:
            self.states = self._two()
            network["states"] = self._spelled(self.states)
        self.own = frozenset(network.keys() & {"fires", "states"})

    def _fresh(self, count: int) -> list[str]:
        taken = self.kinds.keys() | self.made.keys() | self.results.keys()
        taken |= self.ports.keys() | self.promised.keys()
        return self.rng.sample([name for name in NAMES if name not in taken], count)

    def _items(self, network: dict[str, Any], names: list[str]) -> None:
        draw = {"neurons": self._neuron, "layers": self._layer, "parts": self._part}
        for name in names:
            section, older = self._section(), list(self.sources) if self.stages > 1 else []
            self.current = self.made[name] = _Made(section, {}, older)
            written = draw[section](name)
            if section != "neurons" and self.rng.random() < 0.1:
                written["description"] = "some words"
            self.made[name].written = written
            network.setdefault(section, {})[name] = written
        for section in draw:
            if section in network and self.rng.random() < 0.3:
                network[section] = self._shuffled(network[section])

    def _section(self) -> str:
        drawn = self.rng.random()
        if "layers" in self.on and drawn < 0.3:
            return "layers"
        if "parts" in self.on and drawn > (0.5, 0.7, 1)[self.depth] and self.budget > 1:
            return "parts"
        return "neurons"

    def _shuffled(self, mapping: dict[str, Any]) -> dict[str, Any]:
        keys = list(mapping)
        self.rng.shuffle(keys)
        return {key: mapping[key] for key in keys}

    def _spelled(self, value: Any, *, quotes: bool = True) -> Any:
        """Write a number, or each of several; a text stays."""
        if isinstance(value, Fraction):
            return spelled(self.rng, value, quotes=quotes)
        return value if isinstance(value, str) else \
            [self._spelled(one, quotes=quotes) for one in value]  # fmt: skip

    # ------------------------------------------------------------------------- inputs

    def _two(self) -> States:
        """Draw the states of a file, an input, a neuron or a layer."""
        rng = self.rng
        pairs = (*OTHER_STATES, (Fraction(0), Fraction(2)), PLAIN)
        silent, firing = rng.choice(pairs) if rng.random() < 0.8 else (number(rng), number(rng))
        return (silent, firing) if silent != firing else (silent, silent + 1)

    def _own_states(self) -> States:
        own = self.stated and self.rng.random() < 0.5
        return self._two() if own else self.states

    def _write_states(self, written: dict[str, Any], states: States) -> None:
        if states != self.states or (self.stated and self.rng.random() < 0.1):
            written["states"] = self._spelled(states)

    def _inputs(self, names: list[str]) -> Any:
        simple = Kind("bit", states=self.states)
        in_short = all(self.ports.get(n, None if self.depth else simple) == simple for n in names)
        if in_short and self.rng.random() < 0.3:
            for name in names:
                self._declare(name, simple)
            return names
        return {name: self._input(name) for name in names}

    def _input(self, name: str) -> Any:
        rng = self.rng
        kind = self.ports.get(name) or self._kind()
        declared: dict[str, Any] = {"type": kind.type}
        if kind.size is not None and rng.random() < 0.5:
            declared["size"] = str(kind.size)
        elif kind.size is not None:
            declared["type"] = f"{kind.type}({kind.size})"
        if kind.of:
            declared["of"] = list(kind.of)
        for key, value in (("min", kind.least), ("max", kind.greatest)):
            if value is not None:
                declared[key] = spelled(rng, value)
        if kind.type == "bit":
            self._write_states(declared, kind.states)
        self._declare(name, kind)
        if rng.random() < 0.2 or (self.depth and name not in self.ports):
            declared["default"] = self._default(name)
        if rng.random() < 0.1:
            declared["description"] = "some words"
        return declared["type"] if len(declared) == 1 and rng.random() < 0.8 else declared

    def _kind(self) -> Kind:
        rng = self.rng
        types = ("bit", "bit", "integer", "real", *(("choice",) * 2 if "choice" in self.on else ()))
        kind = Kind(rng.choice(types))
        if kind.type == "choice":
            return replace(kind, of=tuple(rng.sample(NAMES, rng.randint(2, 4))))
        size = rng.randint(1, 5) if "buses" in self.on and rng.random() < 0.5 else None
        if kind.type == "bit":
            return Kind("bit", size=size, states=self._own_states())
        bounds = sorted((self._value(kind), self._value(kind)))
        least, greatest = (bound if rng.random() < 0.3 else None for bound in bounds)
        return Kind(kind.type, least, greatest, size)

    def _declare(self, name: str, kind: Kind) -> None:
        self.kinds[name] = kind
        for row in self.rows:
            row[name] = self._within(kind)
        needs = frozenset((name,))
        if not kind.of:
            one = kind if kind.size is None else replace(kind, size=None)
            rows = [row[name] if kind.size else [row[name]] for row in self.rows]
            self.sources[name] = [_Signal(one, needs, v) for v in zip(*rows, strict=True)]
            return
        self.sources[name] = [
            _Signal(Kind("bit"), needs, tuple(Fraction(row[name] == one) for row in self.rows))
            for one in kind.of
        ]
        for value, signal in zip(kind.of, self.sources[name], strict=True):
            self.sources[f"{name}.{value}"] = (signal,)

    def _default(self, name: str) -> Any:
        self.defaults.add(name)
        kind = self.kinds[name]
        value = self._within(kind)
        if kind.size and kind.type == "bit" and kind.states == PLAIN and self.rng.random() < 0.5:
            return str(sum(int(bit) << place for place, bit in enumerate(value)))
        return self._spelled(value)

    def _value(self, kind: Kind) -> Fraction:
        if kind.type == "bit":
            return self.rng.choice(kind.states)
        value = number(self.rng)
        return Fraction(round(value)) if kind.type == "integer" else value

    def _within(self, kind: Kind) -> Any:
        """Draw a value of an input; often one of its bounds."""
        if kind.of:
            return self.rng.choice(kind.of)
        if kind.size is not None:
            return [self._within(replace(kind, size=None)) for _ in range(kind.size)]
        value = self._value(kind)
        if kind.least is not None and value < kind.least:
            return kind.least
        if kind.greatest is not None and value > kind.greatest:
            return kind.greatest
        return value

    # ------------------------------------------------------------------------ sources

    def _known(self, *, bits: bool = False) -> list[str]:
        """Give the sources there are; if so wanted, those that `all` and `any` may look at."""
        texts = self.sources if self.older is None else \
            [text for text in self.older if text in self.sources]  # fmt: skip
        return [t for t in texts if not bits or _is_plain(self.sources[t])]

    def _indexed(self, text: str) -> Wire:
        """Give a source as it is or, here and there, elements of it."""
        rng = self.rng
        signals = self.constants.get(text) or self.sources[text]
        is_bank = text in self.banks or ("buses" in self.on and text in self.sources)
        if not is_bank or rng.random() < (0.5 if len(signals) > 1 else 0.95):
            return text, signals
        start = rng.randrange(len(signals))
        if rng.random() < 0.5:
            return f"{text}({start})", signals[start : start + 1]
        stop, step = rng.randint(start + 1, len(signals)), rng.choice((None, None, 1, 2, 3))
        return f"{text}({start}:{stop}{f':{step}' if step else ''})", signals[start:stop:step]

    def _drawn(self, count: int, *, bits: bool = False, twice: bool = False,
               taken: Iterable[_Signal] = ()) -> Iterator[Wire]:  # fmt: skip
        """Draw sources without a common element; constants may come `twice`."""
        known, taken = self._known(bits=bits), set(taken)
        for _ in range(count):
            text, signals = self._indexed(self.rng.choice([*known, *known, "0", "1"]))
            if taken.isdisjoint(signals):
                if not twice or text not in self.constants:
                    taken.update(signals)
                self.read.update(signals)
                yield text, signals

    def _guess(self, signal: _Signal, place: int) -> Fraction:
        """Give the value in a row: of what is not an input, a guess."""
        return signal.values[place] if signal.values else self._value(signal.kind)

    # ------------------------------------------------------------------------ neurons

    def _neuron(self, name: str) -> dict[str, Any]:
        rng = self.rng
        states = self._own_states()
        neuron = self._wired(self._by_name, self._by_name, self._by_place, self._gate)
        needs = _needs(self.current.wired)
        self._write_states(neuron, states)
        if "fires" not in neuron:
            neuron |= self._thresholds(name, _Signal(Kind("bit", states=states), needs))
            if "fires" not in neuron and rng.random() < 0.5:
                neuron["fires"] = rng.choice(COMPARISONS)
        else:
            self._emit(name, _Signal(Kind("bit", states=states), needs), [Fraction(1)])
        self._count(1)
        if rng.random() < 0.1:
            neuron["description"] = '"1 if: so"'
        return self._shuffled(neuron) if rng.random() < 0.2 else neuron

    def _count(self, neurons: int) -> None:
        self.neurons += neurons
        self.budget -= neurons

    def _wired(self, *ways: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Draw the wiring of the current neuron, and find its sums."""
        self.current.sums = [Fraction()] * self.count
        self.current.wired, self.current.keys = set(), {}
        return self.rng.choice(ways)()

    def _emit(
        self, name: str, like: _Signal, limits: list[Fraction], ports: Sequence[str] = ()
    ) -> None:
        """Declare what leaves a neuron, at one threshold or at several with names."""
        signals = [_Signal(like.kind, like.needs) for _ in limits]
        self.sources[name], self.limits[name] = signals, limits
        made = self.made[name]
        made.ports = list(ports)
        if len(made.stated) != len(limits):
            made.stated, made.side = [""] * len(limits), COMPARISONS
        for port, signal in zip(ports, signals, strict=False):
            self.sources[f"{name}.{port}"] = (signal,)

    def _thresholds(self, name: str, like: _Signal) -> dict[str, Any]:
        rng = self.rng
        count = rng.choice((0, 0, 1, 2, 3))
        limits = [self._limit() for _ in range(count or 1)]
        if rng.random() < 0.7:
            limits.sort()
        ports = rng.sample(NAMES, count)
        made, change = self.made[name], {}
        made.stated, made.side = [""] * len(limits), COMPARISONS
        if count and "rules" in self.on and rng.random() < 0.7:
            made.side = rng.choice(SIDES)
            made.stated = [rng.choice((*made.side, "")) for _ in ports]
            if count > 1 and rng.random() < 0.5:
                limits[1], made.stated[:2] = limits[0], list(made.side)
            change["fires"] = rng.choice(made.side)
        self._emit(name, like, limits, ports)
        if not count:
            return {"threshold": spelled(rng, limits[0])}
        written = zip(ports, made.stated, limits, strict=True)
        return change | {"thresholds": {port: ruled(rng, rule, t) for port, rule, t in written}}

    def _restated(self, made: _Made) -> str:
        """Draw the rule that a changed threshold states: it is replaced with the number."""
        if made.side == COMPARISONS or self.rng.random() < 0.5:
            return ""
        return self.rng.choice(made.side)

    def _limit(self) -> Fraction:
        """Draw a threshold: mostly one that the sum of a row equals."""
        return _near(self.rng, self.current.sums)

    def _add(self, signal: _Signal, weight: Callable[[Fraction], Fraction]) -> None:
        self.current.wired.add(signal)
        for place in range(self.count):
            self.current.sums[place] += weight(self._guess(signal, place))

    def _by_name(self) -> dict[str, Any]:
        self.current.keys = dict(self._drawn(self.rng.randint(0, 4)))
        return {"weights": {text: self._weight(one) for text, one in self.current.keys.items()}}

    def _weight(self, signals: Signals) -> Any:
        rng = self.rng
        if len(signals) == 1 and signals[0].kind.type != "bit" and rng.random() < 0.5:
            return self._steps(signals[0])
        if rng.random() < (0.5 if len(signals) > 1 else 0.05):
            return [self._number(signal) for signal in signals]
        weight = number(rng)
        for signal in signals:
            self._add(signal, weight.__mul__)
        return spelled(rng, weight)

    def _number(self, signal: _Signal) -> str:
        weight = number(self.rng)
        self._add(signal, weight.__mul__)
        return spelled(self.rng, weight)

    def _steps(self, signal: _Signal) -> dict[str, str]:
        rng = self.rng
        values = signal.values or [Fraction()]
        share = 0.4 if "rules" in self.on else 0
        cutoffs = sorted({(rng.choice(values) if rng.random() < 0.6 else number(rng),
                           rng.random() < share) for _ in range(rng.randint(1, 4))})  # fmt: skip
        points = [number(rng) for _ in cutoffs]

        def reached(value: Fraction) -> Fraction:
            passed = [p for (c, is_after), p in zip(cutoffs, points, strict=True)
                      if value > c or (value == c and not is_after)]  # fmt: skip
            return passed[-1] if passed else Fraction()

        self._add(signal, reached)
        rules = ["above" if is_after else "at_least" if rng.random() < share / 4 else ""
                 for _, is_after in cutoffs]  # fmt: skip
        written = zip(rules, cutoffs, points, strict=True)
        return {ruled(rng, rule, c): spelled(rng, p) for rule, (c, _), p in written}

    def _by_place(self) -> dict[str, Any]:
        rng = self.rng
        wiring = list(self._drawn(rng.randint(1, 4), twice=True))
        signals = [signal for _, one in wiring for signal in one]
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
        for _, signals in wiring:
            self.current.wired.update(signals)
        return {"wiring": self._one_or_list(wiring), "fires": self.rng.choice(("all", "any"))}

    def _one_or_list(self, wiring: list[Wire]) -> Any:
        texts = [text for text, _ in wiring]
        single = len(texts) == 1 and texts[0] != "null"
        return texts[0] if single and self.rng.random() < 0.5 else texts

    # ------------------------------------------------------------------------- layers

    def _layer(self, name: str) -> dict[str, Any]:
        rng = self.rng
        size = rng.randint(1, max(1, min(5, self.budget)))
        wiring = list(self._drawn(rng.randint(1, 3), twice=True))
        wired = {signal for _, one in wiring for signal in one}
        states = self._own_states()
        kind = Kind("bit", states=states)
        if "counts" in self.on and rng.random() < 0.6:
            self.counted[name] = rng.randint(1, 4)
            kind = Kind("integer", Fraction(0), Fraction(self.counted[name]))
        own = [_Signal(kind, _needs(wired)) for _ in range(size)]
        form = rng.choice(("one", "nested", *(("dense", "sparse") if "files" in self.on else ())))
        if form == "sparse" and kind.type == "bit" and rng.random() < 0.25:
            wiring.insert(rng.randint(0, len(wiring)), (name, own))
        signals = [signal for _, one in wiring for signal in one]
        layer: dict[str, Any] = {"wiring": self._one_or_list(wiring)}
        arrays: dict[str, Array] = {}
        weights = self._layer_weights(form, signals, own, layer, arrays)
        sums = self._layer_sums(weights, signals)
        self._layer_thresholds(name, sums, layer, arrays)
        for key, reference in self._stored(arrays).items():
            if key in ("weights", "thresholds"):
                layer[key] = reference
            else:
                layer.setdefault("weights", {"sparse": {}})["sparse"][key] = reference
        many = any(isinstance(layer.get(key), (list, dict)) for key in ("weights", "thresholds"))
        if not many or rng.random() < 0.2:
            layer["size"] = str(size)
        if rng.random() < 0.5:
            layer["fires"] = rng.choice(COMPARISONS)
        if kind.type == "bit":
            self._write_states(layer, states)
        self._count(size)
        self.sources[name] = own
        self.banks.add(name)
        self.current.wired, self.current.fan_in = {*signals}, len(signals)
        self.current.sums = [one for row in sums for one in row]
        return self._shuffled(layer) if rng.random() < 0.2 else layer

    def _layer_weights(
        self, form: str, signals: Signals, own: Signals, layer: dict[str, Any],
        arrays: dict[str, Array],
    ) -> list[dict[int, Fraction]]:  # fmt: skip
        """Draw weights into the layer, or into arrays for files; give those of each neuron."""
        rng, size, places = self.rng, len(own), range(len(signals))
        if form == "one":
            weight = rng.choice((Fraction(1), number(rng)))
            if weight != 1 or rng.random() < 0.3:
                layer["weights"] = spelled(rng, weight)
            return [dict.fromkeys(places, weight)] * size
        if form == "sparse":
            return self._sparse(signals, own, arrays)
        drawn = [[number(rng) for _ in places] for _ in range(size)]
        if form == "dense":
            arrays["weights"] = _array(rng, drawn)
            drawn = _exact(arrays["weights"])
        else:
            layer["weights"] = self._spelled(drawn)
        return [dict(enumerate(row)) for row in drawn]

    def _sparse(
        self, signals: Signals, own: Signals, arrays: dict[str, Array]
    ) -> list[dict[int, Fraction]]:
        """Draw synapses, in some layers from neurons to later ones of the same layer."""
        rng = self.rng
        rows, later = [], set(own)
        for neuron in own:
            free = [place for place, signal in enumerate(signals) if signal not in later]
            chosen = rng.sample(free, rng.randint(0, len(free)))
            rows.append(chosen if rng.random() < 0.2 else sorted(chosen))
            later.discard(neuron)
        entries = [place for row in rows for place in row]
        starts = [0, *(sum(map(len, rows[: k + 1])) for k in range(len(rows)))]
        arrays["indptr"] = np.array(starts, rng.choice(("i4", "i8", "u2")))
        arrays["indices"] = np.array(entries, rng.choice(("i4", "i8", "u1")))
        arrays["values"] = _array(rng, [number(rng) for _ in entries])
        values = _exact(arrays["values"])
        return [dict(zip(entries[a:b], values[a:b], strict=True)) for a, b in pairwise(starts)]

    def _layer_sums(
        self, weights: list[dict[int, Fraction]], signals: Signals
    ) -> list[list[Fraction]]:
        """Give each neuron's sum in each row, as far as the signals are known."""
        rows = [[self._guess(signal, row) for signal in signals] for row in range(self.count)]
        return [[sum((w * row[place] for place, w in one.items()), Fraction()) for row in rows]
                for one in weights]  # fmt: skip

    def _layer_thresholds(
        self,
        name: str,
        sums: list[list[Fraction]],
        layer: dict[str, Any],
        arrays: dict[str, Array],
    ) -> None:
        rng = self.rng
        if name in self.counted:
            each = range(self.counted[name])
            several = [sorted(_near(rng, row) for _ in each) for row in sums]
            if "files" in self.on and rng.random() < 0.4:
                arrays["thresholds"] = np.sort(_array(rng, several), axis=1)
            else:
                layer["thresholds"] = self._spelled(several)
            return
        near = [_near(rng, row) for row in sums]
        form = rng.choice(("one", "list", *(("file",) if "files" in self.on else ())))
        if form == "file":
            arrays["thresholds"] = _array(rng, near)
        else:
            layer["thresholds"] = self._spelled(rng.choice(near) if form == "one" else near)

    def _stored(self, arrays: dict[str, Array]) -> dict[str, dict[str, str]]:
        """Write arrays to files, each to its own or some to one; give the references to them."""
        rng = self.rng
        together = {key: one for key, one in arrays.items() if rng.random() < 0.5}
        stored = {key: self._reference(".npy", _npy(rng, one))
                  for key, one in arrays.items() if key not in together}  # fmt: skip
        if together:
            before = rng.choice(("", "hidden.", "비."))
            data = _safetensors(rng, {before + key: one for key, one in together.items()})
            file = self._reference(".safetensors", data)
            stored |= {key: file | {"tensor": before + key} for key in together}
        return stored

    def _reference(self, suffix: str, data: bytes) -> dict[str, str]:
        path = self._place(suffix)
        self.files[str(path)] = data
        digest = {"sha256": hashlib.sha256(data).hexdigest()} if self.rng.random() < 0.2 else {}
        return {"file": self._relative(path)} | digest

    # -------------------------------------------------------------------------- parts

    def _part(self, name: str) -> dict[str, Any]:
        rng = self.rng
        count = rng.randint(1, min(4, self.budget)) if rng.random() < 0.65 else None
        used, plugs = self._again(count) or self._anew(name, count)
        for port, plug in plugs.items():
            covered = {place for key, place in (("first", 0), ("last", (count or 1) - 1))
                       if key in plug}  # fmt: skip
            spare = port in used.defaults or len(covered) == count
            if spare and "wiring" in plug and rng.random() < 0.3:
                del plug["wiring"]
        feeds = [feed for plug in plugs.values() for feed in plug.values()]
        wired = {signal for feed in feeds for one in feed.signals for signal in one}
        self.read |= wired
        self.current.wired, self.current.used = wired, used
        self._count(used.neurons * (count or 1))
        self._results(name, used, count, _needs(wired))
        part: dict[str, Any] = {"use": self._relative(used.path)}
        if count:
            part["repeat"] = str(count)
        for key in ("wiring", "first", "last"):
            wiring = {p: _source(plug[key]) for p, plug in plugs.items() if key in plug}
            if wiring or key == "wiring":
                part[key] = wiring
        return self._shuffled(part) if rng.random() < 0.2 else part

    def _results(
        self, name: str, used: "_Drawing", count: int | None, needs: frozenset[str]
    ) -> None:
        """Declare the outputs of a part as sources."""
        for alias, signals in used.results.items():
            each = [name] if count is None else [f"{name}({i})" for i in range(count)]
            texts = [f"{one}.{alias}" for one in each]
            if signals is None:
                self.passed += texts
                continue
            groups = [[_Signal(s.kind, needs) for s in signals] for _ in texts]
            self.sources |= dict(zip(texts, groups, strict=True))
            if count:
                self.sources[f"{name}.{alias}"] = [signal for one in groups for signal in one]
                self.repeated[f"{name}.{alias}"] = name, groups
            self.banks |= {*texts, f"{name}.{alias}"}

    def _again(self, count: int | None) -> "tuple[_Drawing, dict[str, Plug]] | None":
        """Use a file that another part uses, if every port of it can be wired."""
        rng = self.rng
        if not self.used or rng.random() < 0.6:
            return None
        used, plugs = rng.choice(self.used), {}
        if used.neurons * (count or 1) > self.budget:
            return None
        for port, kind in used.kinds.items():
            plug = self._plug(kind, count)
            if plug:
                plugs[port] = plug
            elif port not in used.defaults:
                return None
        return used, plugs

    def _anew(self, name: str, count: int | None) -> "tuple[_Drawing, dict[str, Plug]]":
        """Draw a file whose ports suit the sources there are."""
        rng = self.rng
        names = rng.sample(NAMES, 2 * rng.randint(0, 4))
        chain = (rng.choice(("first", "first", "last")), rng.choice((0.2, 0.7)))
        plugs: dict[str, Plug] = {}
        ports: dict[str, Kind] = {}
        promised: dict[str, str] = {}
        for port, alias in zip(names[::2], names[1::2], strict=True):
            plugs[port] = self._new_plug(count)
            ports[port] = self._port(plugs[port])
            if chain[0] in plugs[port] and rng.random() < chain[1]:
                step = "i-1" if chain[0] == "first" else "i+1"
                plugs[port]["wiring"] = _Feed(f"{name}({step}).{alias}", [])
                promised[alias] = port
        used = _Drawing(rng, self.count, self.on, self.files, self._place(".nn.yaml"),
                        self.depth + 1, self.budget // (count or 1), ports, promised)  # fmt: skip
        self.files[str(used.path)] = used.text()
        self.used.append(used)
        self._wire_to_itself(name, count, used, plugs)
        for port, kind in used.kinds.items():
            if port not in ports and rng.random() < 0.5 and (plug := self._plug(kind, count)):
                plugs[port] = plug
        return used, plugs

    def _wire_to_itself(
        self, name: str, count: int | None, used: "_Drawing", plugs: dict[str, Plug]
    ) -> None:
        """Wire one port to an output of the same element that does not hang on this port."""
        fitting = [
            (port, alias)
            for port, kind in used.ports.items() if not kind.of
            for alias, signals in used.results.items() if signals is not None
            if _Feed(None, [signals]).fits(kind) and port not in _needs(signals)
        ]  # fmt: skip
        if fitting and used.stages == 1 and self.rng.random() < 0.5:
            port, alias = self.rng.choice(fitting)
            text = f"{name}(i).{alias}" if count else f"{name}.{alias}"
            plugs[port]["wiring"] = _Feed(text, [])

    def _new_plug(self, count: int | None) -> Plug:
        """Draw what a new port is wired to."""
        rng = self.rng
        ends = {"first": 0, "last": (count or 1) - 1}
        keys = [key for key, share in (("first", 0.35), ("last", 0.25))
                if count and rng.random() < share]  # fmt: skip
        inner = [i for i in range(count or 1) if i not in {ends[key] for key in keys}]
        plug = {"wiring": self._feed(inner, repeats=bool(count))}
        for key in keys:
            widths = {len(one) for feed in plug.values() for one in feed.signals}
            plug[key] = self._feed([ends[key]], repeats=True, width=min(widths, default=None))
        return plug

    def _port(self, plug: Plug) -> Kind:
        """Draw the kind of a new port that takes what it is wired to."""
        rng, written = self.rng, plug["wiring"].written
        if len(plug) == 1 and isinstance(written, str) and rng.random() < 0.7 \
                and written in self.kinds and self.kinds[written].of:  # fmt: skip
            return self.kinds[written]
        groups = [one for feed in plug.values() for one in feed.signals]
        size = len(groups[0]) if len(groups[0]) > 1 else rng.choice((None, None, 1))
        kinds = [signal.kind for one in groups for signal in one]
        if all(kind == Kind("bit", states=kinds[0].states) for kind in kinds) \
                and rng.random() < 0.8:  # fmt: skip
            return replace(kinds[0], size=size)
        integral = all(kind.is_integral for kind in kinds) and rng.random() < 0.7
        ends = [kind.ends for kind in kinds]
        lows, highs = ([end for end in one if end is not None] for one in zip(*ends, strict=True))
        least = min(lows) - rng.choice((0, 0, 1)) if len(lows) == len(ends) else None
        greatest = max(highs) + rng.choice((0, 0, 1)) if len(highs) == len(ends) else None
        return Kind("integer" if integral else "real", least if rng.random() < 0.6 else None,
                    greatest if rng.random() < 0.6 else None, size)  # fmt: skip

    def _plug(self, kind: Kind, count: int | None) -> Plug:
        """Draw what a port of this kind may be wired to; nothing if there is nothing."""
        places = {"wiring": range(count or 1), "first": [0], "last": [(count or 1) - 1]}
        plug: Plug = {}
        for key, share in (("wiring", 1), ("first", 0.2), ("last", 0.2)):
            if (key == "wiring" or (count and plug)) and self.rng.random() < share:
                feed = self._fitting(kind, places[key], repeats=bool(count))
                plug |= {key: feed} if feed else {}
        return plug

    def _fitting(self, kind: Kind, places: Sequence[int], *, repeats: bool) -> _Feed | None:
        rng = self.rng
        if kind.of:
            known = [text for text in self._known() if text in self.kinds]
            same = [text for text in known if self.kinds[text].of == kind.of]
            return _Feed(text := rng.choice(same), [self.sources[text]]) if same else None
        for _ in range(6):
            feed = self._feed(places, repeats=repeats, width=kind.size or 1)
            if feed.fits(kind):
                return feed
        return None

    def _feed(self, places: Sequence[int], *, repeats: bool, width: int | None = None) -> _Feed:
        """Draw sources for a port of the elements at these places, if possible of this width."""
        rng = self.rng
        for _ in range(6):
            count = 1 if rng.random() < 0.8 else rng.randint(1, 3)
            pieces = [self._piece(places, repeats=repeats) for _ in range(count)]
            signals = [[s for _, one in pieces for s in one[k]] for k in range(len(places))]
            if all(len(one) == width if width else len(one) < 7 for one in signals):
                texts = [text for text, _ in pieces]
                listed = len(texts) > 1 or rng.random() < 0.1
                return _Feed(texts if listed else texts[0], signals)
        constant = rng.choice("01")
        return _Feed(constant, [[*self.constants[constant]] * (width or rng.randint(1, 3))
                                for _ in places])  # fmt: skip

    def _piece(self, places: Sequence[int], *, repeats: bool) -> tuple[str, list[Signals]]:
        """Draw a source, in a repeated part often one whose index moves with the element."""
        rng, known = self.rng, self._known()
        text = rng.choice([*known, *known, *known, "0", "1"])
        if not repeats or text in self.constants or rng.random() < 0.2:
            text, signals = self._indexed(text)
            return text, [signals] * len(places)
        start, end = text, ""
        groups: Sequence[Signals] = [(signal,) for signal in self.sources[text]]
        if text in self.repeated and rng.random() < 0.6:
            start, groups = self.repeated[text]
            end = text.removeprefix(start)
        moving = _moving(rng, places, len(groups))
        if moving is None:
            return self._piece(places, repeats=False)
        index, chosen = moving
        return f"{start}({index}){end}", [[s for k in one for s in groups[k]] for one in chosen]

    # ----------------------------------------------------------------------- overlays

    def _change(self, network: dict[str, Any], name: str) -> None:
        """Change a neuron, layer or part of the base; what was there before it may be wired."""
        made = self.current = self.made[name]
        self.older = made.older
        change = {"neurons": self._changed_neuron, "layers": self._changed_layer,
                  "parts": self._changed_part}[made.section](name)  # fmt: skip
        self.older = None
        if change:
            network.setdefault(made.section, {})[name] = change

    def _changed_neuron(self, name: str) -> dict[str, Any]:
        rng, written = self.rng, self.current.written
        is_gate = written.get("fires") in ("all", "any")
        change: dict[str, Any] = {}
        if rng.random() < 0.4:
            change |= self._rewired(is_gate=is_gate)
        if rng.random() < 0.3:
            change["fires"] = rng.choice(("all", "any") if is_gate else self.current.side)
        if not is_gate and rng.random() < 0.6:
            change |= self._relimited(name)
        if change.keys() & {"weights", "wiring"}:
            written.pop("wiring", None)
            if is_gate or change.keys() & {"threshold", "thresholds"}:
                # as good as declared whole, and yet in the base: leave nothing to the overlay's own
                if "fires" in self.own:
                    change.setdefault("fires", written.get("fires", rng.choice(self.current.side)))
                if "states" in self.own:
                    change["states"] = self._spelled(self.sources[name][0].kind.states)
        written |= change
        return change

    def _rewired(self, *, is_gate: bool) -> dict[str, Any]:
        """Wire a neuron anew, or change some weights by name and add others."""
        rng, made = self.rng, self.current
        if is_gate:
            return {"wiring": self._wired(self._gate)["wiring"]}
        if "wiring" in made.written:
            return self._wired(self._by_name, self._by_place)
        if rng.random() < 0.4:
            return self._wired(self._by_place)
        texts = rng.sample(list(made.keys), rng.randint(0, len(made.keys)))
        more = dict(self._drawn(rng.randint(0, 2), taken=made.wired))
        made.keys |= more
        weights = {text: self._weight(made.keys[text]) for text in (*texts, *more)}
        return {"weights": weights} if weights else {}

    def _relimited(self, name: str) -> dict[str, Any]:
        """Change thresholds; if nothing reads the neuron, their number too."""
        rng, signals = self.rng, self.sources[name]
        ports, limits = list(self.made[name].ports), self.limits[name]
        if self.read.isdisjoint(signals) and rng.random() < 0.6:
            if ports and rng.random() < 0.5:
                new = next(port for port in rng.sample(NAMES, 4) if port not in ports)
                limit = self._limit()
                made = self.made[name]
                made.stated.append(self._restated(made))
                self._emit(name, signals[0], [*limits, limit], [*ports, new])
                return {"thresholds": {new: ruled(rng, made.stated[-1], limit)}}
            for port in ports:
                del self.sources[f"{name}.{port}"]
            if ports:
                self.made[name].stated, self.made[name].side = [""], COMPARISONS
                self._emit(name, signals[0], [self._limit()])
                return {"threshold": spelled(rng, self.limits[name][0])}
            return self._thresholds(name, signals[0])
        if name in self.levelled:
            return {}
        changed = rng.sample(range(len(limits)), rng.randint(1, len(limits)))
        for place in changed:
            limits[place] = self._limit()
        if not ports:
            return {"threshold": spelled(rng, limits[0])}
        made = self.made[name]
        for place in changed:
            made.stated[place] = self._restated(made)
        return {"thresholds": {
            ports[place]: ruled(rng, made.stated[place], limits[place]) for place in changed
        }}  # fmt: skip

    def _changed_layer(self, name: str) -> dict[str, Any]:
        rng, written, size = self.rng, self.current.written, len(self.sources[name])
        change: dict[str, Any] = {}
        if rng.random() < 0.3:
            change["fires"] = rng.choice(COMPARISONS)
        for key, other in (("thresholds", "weights"), ("weights", "thresholds")):
            itself = not self.current.wired.isdisjoint(self.sources[name])
            if rng.random() < 0.5 or (key == "weights" and itself):
                continue
            value: Any = [self._limit() for _ in range(size)]
            is_counted = key == "thresholds" and name in self.counted
            if is_counted:
                each = range(self.counted[name])
                value = [sorted(self._limit() for _ in each) for _ in range(size)]
            if key == "weights":
                value = [[number(rng) for _ in range(self.current.fan_in)] for _ in range(size)]
            sized = "size" in written or isinstance(written.get(other), (list, dict))
            if sized and not is_counted and rng.random() < 0.5:
                value = number(rng)
            written[key] = change[key] = self._spelled(value)
        return change

    def _changed_part(self, name: str) -> dict[str, Any]:
        del name
        used, written = self.current.used, self.current.written
        if used is None or not used.kinds:
            return {}
        port = self.rng.choice(list(used.kinds))
        plug = self._plug(used.kinds[port], int(written["repeat"]) if "repeat" in written else None)
        self.read.update(s for feed in plug.values() for one in feed.signals for s in one)
        return {key: {port: _source(feed)} for key, feed in plug.items()}

    def _more_outputs(self) -> Any:
        """Draw outputs that an overlay adds, and changes of those there are."""
        rng = self.rng
        names = [name for name in self._names() if name not in self.results]
        if names and rng.random() < 0.2:
            return [self._result(name, name, self.sources[name]) for name in rng.sample(names, 1)]
        outputs = self._aliased(rng.randint(0, 2))
        for alias, before in rng.sample(list(self.outputs.items()), min(1, len(self.outputs))):
            if alias in outputs or alias in self._names() or alias in self.promised:
                continue
            spec, signals = self._output()
            if isinstance(before, dict) and "labels" in before:
                labels = rng.sample(LABELS, len(before["labels"]))
                outputs[alias] = {"labels": labels}
            elif not (isinstance(before, dict) and isinstance(spec, dict)):
                self._result(alias, spec, signals)
                outputs[alias] = spec
        return outputs

    # ------------------------------------------------------------------------ outputs

    def _outputs(self) -> Any:
        rng, names = self.rng, self._names()
        if names and not self.promised and rng.random() < 0.3:
            listed = rng.sample(names, rng.randint(1, len(names)))
            return [self._result(name, name, self.sources[name]) for name in listed]
        outputs = self._aliased(rng.randint(1, 4))
        for alias, port in self.promised.items():
            self._result(alias, *self._promised(port))
            outputs[alias] = self.outputs[alias]
        return outputs

    def _names(self) -> list[str]:
        """Give the names that an alias may only have as that source itself."""
        made = [name for name, made in self.made.items() if made.section != "parts"]
        return [*self.kinds, *made]

    def _aliased(self, count: int) -> dict[str, Any]:
        names, parts = self._names(), self.made.keys() - set(self._names())
        taken = {*parts, *self.results, *self.promised}
        aliases = self.rng.sample([name for name in NAMES if name not in taken], count)
        for alias in aliases:
            itself = alias in names
            self._result(alias, *((alias, self.sources[alias]) if itself else self._output()))
        return {alias: self.outputs[alias] for alias in aliases}

    def _result(self, alias: str, spec: Any, signals: Signals | None) -> str:
        self.outputs[alias], self.results[alias] = spec, signals
        self.read.update(signals or ())
        return alias

    def _promised(self, port: str) -> Wire | tuple[list[str], Signals]:
        """Draw an output that fits a port, if only the port itself."""
        rng, kind, own = self.rng, self.kinds[port], self.sources[port]
        wires = [self._indexed(text) for text in self.sources]
        fitting = [wire for wire in wires if all(kind.takes(signal.kind) for signal in wire[1])]
        bits = [wire for wire in fitting if len(wire[1]) == 1 and kind.type == "bit"]
        if bits and rng.random() < 0.4:
            chosen = [rng.choice(bits) for _ in own]
            return [text for text, _ in chosen], [signals[0] for _, signals in chosen]
        whole = [wire for wire in fitting if len(wire[1]) == len(own) and wire[0] not in self.kinds]
        return rng.choice(whole or [(port, own)])

    def _output(self) -> tuple[Any, Signals | None]:
        """Draw an output, and its signals if it is a source."""
        rng = self.rng
        ways: list[Callable[[], tuple[Any, Signals | None]]] = [self._one, self._bus]
        if self.limits or self._layers():
            ways += [self._sum, self._level]
            if "largest" in self.on:
                ways += [self._largest] * 2
        if self.passed:
            ways += [lambda: (rng.choice(self.passed), None)] * 2
        output, signals = rng.choice(ways)()
        if isinstance(output, dict) and rng.random() < 0.1:
            output["description"] = "some words"
        return output, signals

    def _one(self) -> Wire:
        return self._indexed(self.rng.choice([*self.sources, "0", "1"]))

    def _bus(self) -> tuple[list[str], Signals]:
        """Draw a bus of bits with the same states."""
        rng = self.rng
        states = [
            s.kind.states for one in self.sources.values() for s in one if s.kind.type == "bit"
        ]
        kind = Kind("bit", states=rng.choice([*states, PLAIN]))
        known = [t for t, one in self.sources.items() if all(kind.takes(s.kind) for s in one)]
        if kind.states == PLAIN:
            known += self.constants
        wires = [self._indexed(rng.choice(known)) for _ in range(rng.randint(1, 4))]
        return [text for text, _ in wires], [signal for _, one in wires for signal in one]

    def _layers(self) -> list[str]:
        return [name for name, made in self.made.items() if made.section == "layers"]

    def _element(self, name: str) -> str:
        """Name one neuron: one at random of a layer; the neuron or one of its thresholds."""
        if name not in self.limits:
            return f"{name}({self.rng.randrange(len(self.sources[name]))})"
        return self.rng.choice([name, *(f"{name}.{port}" for port in self.made[name].ports)])

    def _sum(self) -> tuple[Any, None]:
        name = self.rng.choice([*self.limits, *self._layers()])
        self.read.update(self.sources[name])
        return {"sum": self._element(name) if name in self.limits else self._indexed(name)[0]}, None

    def _level(self) -> tuple[Any, None]:
        name = self.rng.choice([*self.limits, *self._layers()])
        self.read.update(self.sources[name])
        text, limits = self._element(name), self.limits.get(name, [])
        ports = self.made[name].ports
        listed = sorted(self.rng.sample(range(len(ports)), self.rng.randint(0, len(ports))))
        if listed and "rules" in self.on and self._ascend(name, listed):
            self.levelled.add(name)
            return self._labelled("level", [f"{name}.{ports[k]}" for k in listed], len(listed) + 1)
        if text == name and limits and not self._ascend(name, range(len(limits))):
            text = f"{name}.{ports[0]}"
        self.levelled |= {name} if text == name else set()
        count = len(limits) if text == name else self.counted.get(name, 1)
        return self._labelled("level", text, count + 1)

    def _ascend(self, name: str, places: Sequence[int]) -> bool:
        """Whether thresholds ascend strictly, whatever the rule of their neuron will be."""
        limits, made = self.limits[name], self.made[name]
        ranks = [made.side.index(rule) if rule else 2 for rule in made.stated]
        return all(
            limits[a] < limits[b]
            or (limits[a] == limits[b] and ranks[a] < ranks[b] and ranks[b] < 2)
            for a, b in pairwise(places)
        )

    def _largest(self) -> tuple[Any, None]:
        rng = self.rng
        if self._layers() and rng.random() < 0.5:
            text, signals = self._indexed(rng.choice(self._layers()))
            return self._labelled("largest", text, len(signals))
        neurons = [
            f"{name}({k})" for name in self._layers() for k in range(len(self.sources[name]))
        ]
        neurons += map(self._element, self.limits)
        for name in self.limits:
            self.read.update(self.sources[name])
        chosen = rng.sample(neurons, rng.randint(1, min(4, len(neurons))))
        return self._labelled("largest", chosen, len(chosen))

    def _labelled(self, key: str, read: Any, count: int) -> tuple[Any, None]:
        output = {key: read}
        if self.rng.random() < 0.6:
            output["labels"] = self.rng.sample(LABELS, count)
        return output, None

    # --------------------------------------------------------------------------- YAML

    def _printed(self, network: dict[str, Any]) -> str:
        rng = self.rng
        if rng.random() < 0.1:
            network["description"] = "'free: text, # and all'"
        if rng.random() < 0.1:
            network["meta"] = {"anything": ["at", {"all": "~"}]}
        if rng.random() < 0.3:
            network = self._shuffled(network)
        return "".join(self._block(network, 0))

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


def _is_plain(signals: Signals) -> bool:
    """Whether all signals are bits of 0 and 1."""
    return all(signal.kind.type == "bit" and signal.kind.states == PLAIN for signal in signals)


def _needs(signals: Iterable[_Signal]) -> frozenset[str]:
    return frozenset().union(*(signal.needs for signal in signals))


def _source(feed: _Feed) -> Any:
    return '"null"' if feed.written == "null" else feed.written


def _moving(
    rng: Random, places: Sequence[int], size: int
) -> tuple[str, list[Sequence[int]]] | None:
    """Draw an index that moves with the element, and what it names at each of these places.

    Where there are no places it may name anything, for nobody looks.
    """
    if not places:
        return _affine(rng, 1, size), []
    factor, width = rng.choice((1, 1, 1, 2, 3)), rng.choice((1, 1, 1, 2, 3))
    low, high = -factor * places[0], size - width - factor * places[-1]
    if low > high:
        return None
    shift = rng.randint(low, high)
    if width == 1 and rng.random() < 0.9:
        return _affine(rng, factor, shift), [[factor * i + shift] for i in places]
    step = rng.choice((1, 1, 2))
    index = f"{_affine(rng, factor, shift)}:{_affine(rng, factor, shift + width)}"
    starts = [factor * i + shift for i in places]
    return f"{index}:{step}" if step > 1 else index, [range(a, a + width, step) for a in starts]


def _affine(rng: Random, factor: int, shift: int) -> str:
    text = f"{factor}*i" if factor > 1 or rng.random() < 0.1 else "i"
    return f"{text}{shift:+d}" if shift else text
