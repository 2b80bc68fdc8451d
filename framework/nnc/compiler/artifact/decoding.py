"""Decode the JSON text and arrays of a compiled network into a plan, checking their types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from nnc.compiler.artifact.checking import Runs, numbers_among
from nnc.compiler.artifact.texts import (
    OUTPUT_KINDS,
    Damaged,
    claims_in,
    names_in,
    number_of,
    numbers_from,
    text_in,
)
from nnc.compiler.artifact.writing import MAX_NAMES
from nnc.compiler.graph import (
    MAX_SLOTS,
    MAX_SYNAPSES,
    SharedWeights,
    SparseWeights,
    StoredRows,
    Tap,
    Window,
)
from nnc.compiler.plan import COLUMNS, NO_NEURONS, LayerStep, NeuronTable, Plan, one_each
from nnc.language.network import BITS, COMPARISONS, LARGEST_STEP, Input, States
from nnc.language.references import CONSTANTS, check_name
from nnc.numbers.exact import shorten
from nnc.numbers.integers import Array

Json = Mapping[str, Any]
Run = tuple[int, int, States]
Form = TypeVar("Form")


class Decoding:
    """Decode a plan; raises Damaged, LookupError, TypeError or ValueError for malformed data."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._numbers: frozenset[str] = frozenset()
        self._read: dict[object, tuple[Array, bool]] = {}
        self._unused = set(arrays)

    def plan(self, described: Json) -> Plan:
        """Return the described plan. The class lists the errors."""
        self._numbers = frozenset(described["numbers"])
        inputs = self._inputs(described["inputs"])
        signals = _integer(described["signals"], 2, MAX_SLOTS)
        neurons = self._neurons(described["neurons"])
        layers = self._layers(described["layers"])
        made_signals = len(neurons.limits) + sum(layer.outputs for layer in layers)
        if (
            signals
            != len(CONSTANTS) + sum(input_.width for input_ in inputs.values()) + made_signals
        ):
            raise Damaged("the compiled network has not as many signals as its parts give")
        states = tuple(_runs(described["states"]))
        values = _Values(states, numbers_among(inputs))
        outputs = self._outputs(described["outputs"], values, signals)
        if self._unused:
            raise Damaged(f"nothing uses the tensor `{shorten(min(self._unused))}`")
        name = text_in(described["name"])
        claims = claims_in(described.get("claims", []), values.of, signals)
        return Plan(name, inputs, neurons, layers, outputs, signals, states, claims)

    # -------------------------------------------------------------------------- arrays

    def _raw(self, name: object) -> Array:
        if not isinstance(name, str) or name not in self._arrays:
            raise Damaged(f"the compiled network has no tensor `{shorten(str(name))}`")
        self._unused.discard(name)
        return self._arrays[name]

    def _array(self, name: object, shape: tuple[int, ...], kinds: str) -> Array:
        """Return an array with one of some dtype kinds; a size of -1 means any.

        `O` means exact numbers, and `N` those that are integers.
        """
        array, are_integers = self._raw(name), False
        if name in self._numbers:
            if name not in self._read:  # decoded once for all layers that use it
                exact = numbers_from(array)
                self._read[name] = exact, all(type(number) is int for number in exact.tolist())
            array, are_integers = self._read[name]
            if -1 not in shape:
                array = array.reshape(shape)
        fits = len(array.shape) == len(shape) and all(
            size in (-1, length) for size, length in zip(shape, array.shape, strict=True)
        )
        if not fits or not (array.dtype.kind in kinds or (are_integers and "N" in kinds)):
            raise Damaged(f"the tensor `{name}` has another type or shape than its place needs")
        return array

    def _one_or_all(self, name: object, size: int, kinds: str) -> Array:
        """Return an array of either one number or `size` numbers."""
        array = self._array(name, (-1,), kinds)
        if len(array) not in (1, size):
            raise Damaged(f"the tensor `{name}` has neither 1 nor {size:,} numbers")
        return array

    # -------------------------------------------------------------------------- parts

    def _inputs(self, described: Json) -> dict[str, Input]:
        names = _names(described["names"])
        kinds = _each(described, _input)
        inputs = {check_name(name): kind for name, kind in zip(names, kinds, strict=True)}
        if len(inputs) < len(names):
            raise Damaged("two inputs have the same name")
        return inputs

    def _neurons(self, described: Json | None) -> NeuronTable:
        if described is None:
            return NO_NEURONS
        count = len(self._raw(described["levels"]))
        lengths = {"indptr": count + 1, "limit_ptr": count + 1}
        lengths |= dict.fromkeys(("limits", "sources", "weights"), -1)  # given by the pointers
        arrays = {}
        for name in COLUMNS:
            kinds = "iN" if name in _EXACT else "i"
            arrays[name] = self._array(described[name], (lengths.get(name, count),), kinds)
        names = names_in(self._raw(described["names"]), count)
        ports: dict[int, tuple[str, ...]] = {}
        if "ports" in described:
            places = self._array(described["ported"], (-1,), "i")
            if not _ascends(places) or not 0 <= places[0] <= places[-1] < count:
                raise Damaged("thresholds have names whose neuron does not exist")
            counts = np.diff(arrays["limit_ptr"])[places]
            ends = np.cumsum(counts, dtype=np.int64).tolist()
            all_ports = names_in(self._raw(described["ports"]), ends[-1])
            ports = {
                neuron: all_ports[start:stop]
                for neuron, start, stop in zip(places.tolist(), [0, *ends], ends, strict=False)
            }
        return NeuronTable(names, ports, arrays)

    def _layers(self, described: Json) -> tuple[LayerStep, ...]:
        wired = np.zeros(0, np.int32)
        if "listed" in described:
            wired = self._array(described["listed"], (-1,), "i")
        layers = []
        start = 0
        for layer in described["each"]:
            stop = start
            if "listed" in layer:
                first, stop = _stretch(layer["listed"], len(wired))
                if first != start:
                    raise Damaged("the layers do not list their sources one after the other")
            layers.append(self._layer(layer, wired[start:stop]))
            start = stop
        return tuple(layers)

    def _layer(self, layer: Json, wired: Array) -> LayerStep:
        sources: range | Array = wired
        if "listed" not in layer:
            sources = range(*_stretch(layer["sources"], MAX_SLOTS))
        size = _integer(layer["size"], 1, MAX_SLOTS)
        width = _integer(layer.get("width", 1), 1, MAX_SLOTS // size)
        counts, fan_in = one_each(), len(sources)
        if "counts" in layer:
            counts = self._array(layer["counts"], (-1,), "i")
            fan_in = len(counts)
            if fan_in == 1 and counts[0] > 0:
                fan_in = len(sources) // int(counts[0])
        window = _window(layer["window"], fan_in, size) if "window" in layer else None
        period = window.features if window is not None else size
        places = window.positions if window is not None else 1
        return LayerStep(
            name=text_in(layer["name"]),
            level=_integer(layer["level"], 1),
            fires=_one_of(layer["fires"], COMPARISONS),
            sources=sources,
            weights=self._weights(layer["weights"], size, fan_in)
            if window is None
            else self._shared(layer["weights"], window),
            limits=self._of_places(layer["limits"], period * width, places, "iOf", one=False),
            size=size,
            first=_integer(layer["first"], 2, MAX_SLOTS),
            factor=number_of(layer["factor"]),
            scales=self._one_or_all(layer["scales"], size, "iN"),
            offsets=self._of_places(layer["offsets"], period, places, "iO"),
            least=number_of(layer["least"]),
            greatest=number_of(layer["greatest"]),
            arithmetic=_one_of(layer["arithmetic"], ARITHMETICS),
            states=_pair(layer["states"]),
            thresholds=self._of_places(layer["thresholds"], period * width, places, "iuOf"),
            width=width,
            counts=counts,
        )

    def _of_places(
        self, name: object, period: int, places: int, kinds: str, *, one: bool = True
    ) -> Array:
        """Return the numbers of all neurons; a file may store those of one position for all.

        With `one`, a single number may be stored for all.
        """
        array = self._array(name, (-1,), kinds)
        if len(array) == period != period * places and not (one and period == 1):
            return np.tile(array, places)
        if len(array) != period * places and not (one and len(array) == 1):
            raise Damaged(f"the tensor `{name}` has neither 1 nor {period * places:,} numbers")
        return array

    def _shared(self, stored: object, window: Window) -> SharedWeights:
        """Return the weights of a convolution."""
        kernel = self._weights(stored, window.features, window.taps * window.depth)
        if isinstance(kernel, SparseWeights):
            raise Damaged("the compiled network has a convolution with sparse weights")
        return SharedWeights(kernel, window)

    def _weights(self, stored: object, size: int, fan_in: int) -> Array | SparseWeights:
        if not isinstance(stored, list):
            stored_array = self._raw(stored)
            if stored not in self._numbers and stored_array.shape == (1, 1) != (size, fan_in):
                return np.broadcast_to(self._array(stored, (1, 1), "iu"), (size, fan_in))
            if stored in self._numbers and size * fan_in != 1:
                number = self._array(stored, (-1,), "N")
                if len(number) == 1:
                    return np.broadcast_to(number.reshape(1, 1), (size, fan_in))
            return self._array(stored, (size, fan_in), "iuNf")
        indptr, indices, values = stored
        count = len(self._raw(indices))
        return StoredRows(
            self._array(indptr, (size + 1,), "iu"),
            self._array(indices, (count,), "iu"),
            self._array(values, (count,), "iuNf"),
        )

    def _outputs(self, described: Json, values: _Values, most: int) -> tuple[Tap, ...]:
        loose = iter(())
        if "listed" in described:
            loose = iter(self._array(described["listed"], (-1,), "i").tolist())
        taps = []
        names, kinds = _names(described["names"]), _each(described, lambda kind: kind)
        columns = names, kinds, described["firsts"], described["widths"]
        for alias, kind, first, width in zip(*columns, strict=True):
            count = _integer(width, 0, MAX_SLOTS)
            if first == -1:
                signals: range | tuple[int, ...] = tuple(islice(loose, count))
            else:
                start = _integer(first, 0, MAX_SLOTS)
                signals = range(start, start + count) if count else ()
            if len(signals) != count or (count and max(signals[0], signals[-1]) >= most):
                raise Damaged(f"there are not {count:,} signals for the output `{shorten(alias)}`")
            taps.append(_tap(alias, kind, signals, values))
        if next(loose, None) is not None:
            raise Damaged("the compiled network lists more signals than its outputs have")
        return tuple(taps)


_EXACT = {"weights", "limits", "scales", "offsets", "least", "greatest"}
ARITHMETICS = ("float32", "float64", "int64", "object", "bounded", "numbers")


# ------------------------------------------------------------------------------- values


class _Values:
    """The values of signals: numbers, or bits with states."""

    def __init__(self, states: Iterable[Run], numbers: Iterable[tuple[int, int]]) -> None:
        runs: list[tuple[int, int, States | None]] = [*states, *((*ends, None) for ends in numbers)]
        runs.sort(key=lambda run: run[:2])
        self._runs = Runs((first, stop) for first, stop, _ in runs)
        self._values = [*(states for _, _, states in runs), BITS]  # last: for all other signals
        self._left = MAX_SLOTS

    def of(self, signals: Sequence[int]) -> tuple[States | None, ...] | None:
        """Return the states of each signal (None for a number), or None if all are 0 and 1."""
        if not self._runs.touch(signals):
            return None
        self._left -= len(signals)
        if self._left < 0:
            raise Damaged("the outputs of the compiled network have too many elements")
        return tuple(map(self._values.__getitem__, self._runs.places(signals).tolist()))


def _runs(described: Json) -> Iterator[Run]:
    _few(described["firsts"])
    run_states = _each(described, lambda kind: _pair(kind["states"]))
    for first, stop, states in zip(
        described["firsts"], described["stops"], run_states, strict=True
    ):
        start = _integer(first, 2, MAX_SLOTS)
        yield start, _integer(stop, start + 1, MAX_SLOTS), states


# ------------------------------------------------------------------------------- pieces


def _input(described: Json) -> Input:
    """Decode an input, validated like one in a network file."""
    keys: dict[str, object] = dict(described)
    for key, value in described.items():
        _few(value)
        if key == "states":
            keys[key] = _pair(value)
        elif key == "default" and isinstance(value, list):
            keys[key] = tuple(map(number_of, value))
        elif key in ("min", "max") or (key == "default" and described["type"] != "choice"):
            keys[key] = number_of(value)
    input_ = Input.read(keys)
    if next(input_.wrong_default(), None) is not None:
        raise Damaged("the default of an input is not one of its values")
    return input_


def _tap(alias: str, kind: Json, signals: Sequence[int], values: _Values) -> Tap:
    what = _one_of(kind["kind"], OUTPUT_KINDS)
    labels = tuple(map(text_in, kind["labels"]))
    states = values.of(signals) if what in ("bit", "bus", "number") else None
    is_integer, is_bus = kind["is_integer"], kind["is_bus"]
    if not isinstance(is_integer, bool) or not isinstance(is_bus, bool):
        raise Damaged(f"the output `{shorten(alias)}` is not described")
    return Tap(check_name(alias), what, signals, labels, states, is_integer, is_bus)


def _window(described: Json, width: int, size: int) -> Window:
    """Decode the window of a convolution, and check that it fits the layer."""
    pairs = {
        key: (_integer(described[key][0], least, most), _integer(described[key][1], least, most))
        for key, least, most in (
            ("kernel", 1, LARGEST_STEP),
            ("stride", 1, LARGEST_STEP),
            ("padding", 0, LARGEST_STEP),
        )
    }
    rows, columns, channels = (_integer(x, 1, MAX_SLOTS) for x in described["shape"])
    window = Window(
        (rows, columns, channels),
        **pairs,
        groups=_integer(described["groups"], 1, channels),
        features=_integer(described["features"], 1, MAX_SLOTS),
        outside=number_of(described["outside"]),
    )
    divides = channels % window.groups == 0 == window.features % window.groups
    fits = min(window.places) >= 1 and window.width == width and window.size == size
    if not divides or not fits or size * window.taps * window.depth > MAX_SYNAPSES:
        raise Damaged("the compiled network has a convolution that does not fit its layer")
    return window


def _each(described: Json, read: Callable[[Json], Form]) -> list[Form]:
    """Return the value of each entry, decoding equal entries only once."""
    kinds = [read(kind) for kind in described["kinds"]]
    return [kinds[_integer(place, 0)] for place in described["each"]]


def _integer(value: object, least: int, most: int | None = None) -> int:
    if type(value) is not int or value < least or (most is not None and value > most):
        raise Damaged("the compiled network has an integer that does not fit its place")
    return value


def _names(value: object) -> list[str]:
    text = text_in(value)
    if text.count("\n") >= MAX_NAMES:
        raise Damaged("the compiled network has too many names")
    return text.split("\n") if text else []


def _few(value: object) -> None:
    if isinstance(value, list) and len(value) > MAX_NAMES:
        raise Damaged("the compiled network has too long a list")


def _one_of(value: object, known: Sequence[str]) -> Any:
    if value not in known:
        raise Damaged("the compiled network has a word that this nnc does not know")
    return value


def _pair(value: object) -> States:
    if not isinstance(value, list) or len(value) != 2:
        raise Damaged("the compiled network has states that are not a pair")
    off, on = map(number_of, value)
    if off == on:
        raise Damaged("the compiled network has states that are equal")
    return off, on


def _stretch(value: object, most: int) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise Damaged("the compiled network has a stretch without two ends")
    start = _integer(value[0], 0, most)
    return start, _integer(value[1], start, most)


def _ascends(places: Array) -> bool:
    return len(places) > 0 and bool((places[1:] > places[:-1]).all())
