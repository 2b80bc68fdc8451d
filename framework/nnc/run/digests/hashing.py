"""Hash the signals of a plan, numbers and arrays, as docs/digest.md defines it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import repeat

from nnc.compiler.blanks import OpenNeuron
from nnc.compiler.graph import SharedWeights, SparseWeights, Tap
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron
from nnc.language.network import FIRING, Fires, Open, States, Threshold
from nnc.language.references import CONSTANTS
from nnc.lazy import np
from nnc.numbers.exact import LARGEST_WHOLE, Number, exact_float, show_number, simplest
from nnc.numbers.integers import Array, fits_floats
from nnc.rows.columns import Column

_TILE = 1 << 21  # weights of a layer to sort at a time
_SIZE = 32
_FLOATS = b"float64\n"
_EXACT = b"exact\n"


def is_bus_of_values(plan: Plan, tap: Tap) -> bool:
    """Return True if an output is a bus of integers that includes counts of layers."""
    maker = plan.maker.get(tap.signals[0]) if tap.kind == "sum" and tap.is_bus else None
    return maker is not None and maker.is_value


class SignalHashes:
    """The hashes of the signals of a plan, and of its neurons."""

    def __init__(self, plan: Plan, open_: Mapping[int, OpenNeuron]) -> None:
        self.plan = plan
        self._open = open_
        self._signals = bytearray(_SIZE * plan.signals)
        self._table = np.frombuffer(self._signals, np.uint8).reshape(-1, _SIZE)
        self._neurons: list[bytes] = []
        summed = (tap.signals for tap in plan.outputs if tap.kind in ("sum", "largest"))
        self._summed: dict[int, bytes] = {signal: b"" for signals in summed for signal in signals}
        """The hashes of neurons whose sum is an output, by first signal."""
        self._known: dict[tuple[tuple[int, str], Number], int] = {}
        self._same: dict[int, int] = {}
        """Maps cut-offs and constants that also exist in another part to the first such signal."""
        for i, value in enumerate(CONSTANTS):
            self._put(i, f"constant {value}")
        for name, input_ in plan.inputs.items():
            for i in range(input_.width):
                self._put(plan.first_of[name] + i, f"input {name} {i}")

    def _put(self, signal: int, text: str) -> None:
        digest = sha256(f"{text}\n".encode()).digest()
        self._signals[_SIZE * signal : _SIZE * (signal + 1)] = digest

    def _get(self, signal: int) -> bytes:
        return bytes(self._signals[_SIZE * signal : _SIZE * (signal + 1)])

    def neurons_line(self) -> str:
        """Return the line of all neurons, which does not depend on their order."""
        digest = sha256(b"".join(sorted(self._neurons))).hexdigest()
        return f"neurons {len(self._neurons)} {digest}\n"

    def of_tap(self, tap: Tap) -> str:
        """Return the hash of an output's signals, or of the neurons whose sums it gives."""
        if is_bus_of_values(self.plan, tap):
            return sha256(b"".join(self._value(signal) for signal in tap.signals)).hexdigest()
        if tap.kind in ("sum", "largest"):
            return sha256(b"".join(self._summed[signal] for signal in tap.signals)).hexdigest()
        return sha256(self._table[np.asarray(tap.signals, np.int64)].tobytes()).hexdigest()

    def _value(self, signal: int) -> bytes:
        """Return the hash of a neuron that only passes on a signal, or a count of several."""
        sources = self.plan.maker[signal].sources
        own = b"".join(map(self._get, sources))
        if len(sources) == 1:
            return own
        return sha256(f"count {sha256(own).hexdigest()}\n".encode()).digest()

    # ------------------------------------------------------------------------------ neurons

    def add_neuron(self, steps: Sequence[PlanNeuron]) -> None:
        """Add the hashes of one neuron and its signals."""
        step = steps[0]
        if step.is_value:
            return  # outputs use the signals that this neuron reads
        fires, limits = _rule_of(steps), _limits_of(steps)
        if step.is_default:
            value = self.plan.states_of(step.first)[1]
            self._put(step.first, f"constant {format_ratio(value)}")
            self._note(step.first, (-1, ""), value)
            return
        if step.is_cutoff:
            self._note(step.first, (step.sources[0], step.fires), limits[0].number)
        sources: Sequence[int] = step.sources
        weights: Sequence[Number] = step.weights
        if step.scale != 1 or self.plan.states:
            weights = self._exact(sources, weights, Fraction(1, step.scale))
        first, second = self._synapses(sources, weights)
        states = self.plan.states_of(step.first)
        texts = [_format_limit(limit, fires) for limit in limits]
        ascending = sorted(range(len(limits)), key=lambda i: limits[i].position)
        thresholds = [texts[i] for i in ascending]
        more = self._left_open(step.first, texts)
        digest = _neuron(fires, states, thresholds, first, second, more)
        if not step.is_cutoff:  # it is part of the weights by cut-off
            self._neurons.append(digest)
        if step.first in self._summed:
            self._summed[step.first] = digest
        for i, limit in enumerate(texts):
            self._put(step.first + i, f"signal {digest.hex()} {limit}")

    def _left_open(self, first: int, limits: list[str]) -> list[str]:
        """Return a line for each number that a neuron leaves open.

        Open thresholds are also replaced in `limits`, for the lines of their signals.
        """
        open_ = self._open.get(first)
        if open_ is None:
            return []
        lines = []
        for source, blank in open_.weights:
            own = self._get(self._same.get(source, source))
            lines.append(f"open weight {own.hex()} {format_blank(blank)}")
        for place, blank in open_.thresholds:
            limits[place] = f"{format_blank(blank)} {place}"
            lines.append(f"open threshold {place} {format_blank(blank)}")
        if open_.size is not None:
            lines.append(f"open size {format_blank(open_.size)}")
        return sorted(lines)

    def _note(self, signal: int, source: tuple[int, str], value: Number) -> None:
        """Record a cut-off or a constant, which may exist several times."""
        known = self._known.setdefault((source, value), signal)
        if known != signal:
            self._same[signal] = known

    def _exact(
        self, sources: Sequence[int], weights: Sequence[Number], gain: Fraction
    ) -> list[Number]:
        """Return weights as written, from weights for bits with the values 0 and 1."""
        exact = []
        for source, weight in zip(sources, weights, strict=True):
            off, on = self.plan.states_of(source)
            exact.append(simplest(Fraction(weight * gain) / (on - off)))
        return exact

    def _synapses(self, sources: Sequence[int], weights: Sequence[Number]) -> tuple[str, str]:
        """Return the digests of the sources of a neuron and of its weights, ordered by hash.

        Synapses that read the same signal, as through two ports of a part, are merged.
        """
        if self._same:
            sources = [self._same.get(source, source) for source in sources]
        if len(set(sources)) < len(sources):
            joined: dict[int, Number] = {}
            for source, weight in zip(sources, weights, strict=True):
                joined[source] = joined.get(source, 0) + weight
            sources = list(joined)
            weights = [simplest(Fraction(weight)) for weight in joined.values()]
        pairs = sorted(zip(map(self._get, sources), weights, strict=True))
        first = sha256(b"".join([source_hash for source_hash, _ in pairs])).hexdigest()
        return first, list_digest([weight for _, weight in pairs]).hex()

    # ------------------------------------------------------------------------------- layers

    def add_layer(self, layer: LayerStep) -> None:
        """Add the hashes of a layer's neurons, as if each were written separately."""
        states = self.plan.states_of(layer.first)
        fires, width = layer.written_fires, range(layer.width)
        for signal, (first, second) in zip(layer.firsts, self._rows(layer), strict=True):
            texts = [format_ratio(layer.threshold(signal - layer.first + k)) for k in width]
            more = self._left_open(signal, limits := [*texts])
            digest = _neuron(fires, states, texts, first, second, more)
            self._neurons.append(digest)
            if signal in self._summed:
                self._summed[signal] = digest
            for k in width:
                self._put(signal + k, f"signal {digest.hex()} {limits[k]}")

    def _rows(self, layer: LayerStep) -> Iterator[tuple[str, str]]:
        """Return the digests of each neuron's sources and weights."""
        weights = layer.weights
        if not isinstance(weights, SparseWeights) and not weights.strides[0] and layer.size > 1:
            first_row = replace(layer, weights=weights[:1], size=1)  # one number for all
            return repeat(next(self._rows(first_row)), layer.size)
        sources = np.asarray(layer.sources, np.int64)
        constants = constants_of(layer)
        if constants or not self._is_as_written(layer, sources):
            firsts = range(0, layer.outputs, layer.width)
            return (self._written_row(layer, i, constants) for i in firsts)
        if isinstance(weights, SharedWeights):
            return self._shared_rows(weights, layer, sources)
        if isinstance(weights, SparseWeights):
            return self._sparse_rows(weights, layer, sources)
        return _dense_rows(weights, *self._ordered(layer, sources, np.arange(layer.fan_in)))

    def _ordered(self, layer: LayerStep, sources: Array, places: Array) -> tuple[_Order, Array]:
        """Return the order of the sources of some values, and the value of each source.

        A value that counts several sources gives each of them its weight.
        """
        read, values = places, np.arange(len(places))
        if layer.reads_counts:
            spread = layer.spread(places.tolist(), range(len(places)))
            read, values = (np.array(column, np.int64) for column in spread)
        order = _Order(self._table[sources[read]])
        return order, values[order.places]

    def _is_as_written(self, layer: LayerStep, sources: Array) -> bool:
        """Return True if the weights are stored as written and each has its own signal."""
        kinds = {self.plan.states_of(signal) for signal in sources.tolist()}
        changes = {on - off for off, on in kinds} or {1}
        is_scaled = changes != {layer.factor} or (layer.scales != 1).any()
        is_one_each = self._same.keys().isdisjoint(sources.tolist())
        return not is_scaled and is_one_each and len(np.unique(sources)) == len(sources)

    def _written_row(
        self, layer: LayerStep, i: int, constants: Sequence[Number]
    ) -> tuple[str, str]:
        sources, weights = layer.row(i)
        exact = self._exact(sources, weights, Fraction(layer.factor) / layer.scale(i))
        if constants and constants[i // layer.width]:
            sources, exact = [*sources, 1], [*exact, constants[i // layer.width]]
        return self._synapses(sources, exact)

    def _shared_rows(
        self, weights: SharedWeights, layer: LayerStep, sources: Array
    ) -> Iterator[tuple[str, str]]:
        """Yield the digests of a convolution as a sparse layer, sorting sources once a position."""
        window = weights.window
        taps = weights.taps.reshape(window.groups, -1, window.taps, window.depth)
        for position in range(window.positions):
            pixels = window.pixels(np.array([position]))[0]
            for group in range(window.groups):
                channels = group * window.depth + np.arange(window.depth)
                places = pixels[pixels >= 0][:, None] * window.shape[2] + channels
                rows = taps[group][:, pixels >= 0].reshape(window.group_features, -1)
                ordered = self._ordered(layer, sources, places.reshape(-1))
                yield from _dense_rows(rows, *ordered)

    def _sparse_rows(
        self, weights: SparseWeights, layer: LayerStep, sources: Array
    ) -> Iterator[tuple[str, str]]:
        for i in range(layer.size):
            start, stop = (int(end) for end in weights.indptr[i : i + 2])
            ordered = self._ordered(layer, sources, weights.indices[start:stop])
            yield from _dense_rows(weights.values[start:stop].reshape(1, -1), *ordered)


class _Order:
    """The order of a neuron's sources: by hash, then by weight among equal hashes.

    `ties` are the stretches of sources with equal hashes in this order.
    """

    def __init__(self, hashes: Array) -> None:
        words = np.ascontiguousarray(hashes).view(">u8").reshape(-1, _SIZE // 8)
        self.places = np.lexsort(words.T[::-1])
        ordered = words[self.places]
        self.digest = sha256(ordered.tobytes()).hexdigest()
        alike = np.concatenate(([False], (ordered[1:] == ordered[:-1]).all(1), [False]))
        edges = np.flatnonzero(alike[1:] != alike[:-1]).reshape(-1, 2)
        self.ties = [(int(start), int(stop) + 1) for start, stop in edges]


def constants_of(layer: LayerStep) -> list[Number]:
    """Return what each neuron of a convolution adds for pixels outside; nothing if that is 0.

    The equivalent layer has it as the weight of the constant 1.
    """
    weights = layer.weights
    if not isinstance(weights, SharedWeights) or not weights.window.outside:
        return []
    _, beyond, own = weights.class_sums()
    gain = Fraction(weights.window.outside) / layer.scale(0)
    return [simplest(total * gain) for border in own.tolist() for total in beyond[border]]


def _dense_rows(weights: Array, order: _Order, columns: Array) -> Iterator[tuple[str, str]]:
    """Yield the digests of the sources and of the weights for each row of weights.

    `columns` has the column of each source in the weights, in the order of the sources.
    """
    rows = max(1, _TILE // max(len(columns), 1))
    for start in range(0, len(weights), rows):
        tile = weights[start : start + rows][:, columns]
        floats = as_floats(tile)
        tile = tile if floats is None else floats
        for a, b in order.ties:
            tile[:, a:b].sort(axis=1)
        for row in tile:
            yield order.digest, array_digest(row).hex()


def _rule_of(steps: Sequence[PlanNeuron]) -> Fires:
    """Return the rule of a neuron; of several, the one that includes the threshold itself."""
    return next((step.fires for step in steps if not FIRING[step.fires].strict), steps[0].fires)


def _limits_of(steps: Sequence[PlanNeuron]) -> list[Threshold]:
    """Return the thresholds of a neuron with their rules."""
    return [
        Threshold(step.threshold(i), step.fires)
        for step in steps
        for i in range(len(step.thresholds))
    ]


def _format_limit(limit: Threshold, fires: Fires) -> str:
    """Return a threshold as text, with its rule if that differs from its neuron's."""
    number = format_ratio(limit.number)
    return number if limit.rule == fires else f"{limit.rule} {number}"


def _neuron(
    fires: str,
    states: States,
    limits: Iterable[str],
    sources: str,
    weights: str,
    more: Sequence[str] = (),
) -> bytes:
    """Return the hash of a neuron from the digests of its sources and weights."""
    lines = "".join(f"{line}\n" for line in more)
    return sha256(
        f"neuron\nfires {fires}\nstates {' '.join(map(format_ratio, states))}\n"
        f"thresholds {' '.join(limits)}\n"
        f"sources {sources}\nweights {weights}\n{lines}".encode()
    ).digest()


# --------------------------------------------------------------------------------- numbers


def format_ratio(value: Number) -> str:
    """Return a number in lowest terms, such as `3` or `-1/10`."""
    above, below = show_number(value.numerator), value.denominator
    return above if below == 1 else f"{above}/{show_number(below)}"


def format_blank(blank: Open) -> str:
    """Return an open number: `_`, or its bounds in lowest terms, such as `-1/10..3`."""
    if blank == Open():
        return "_"
    return "..".join("" if end is None else format_ratio(end) for end in (blank.low, blank.high))


def list_digest(values: Sequence[Number]) -> bytes:
    """Return the hash of a list of exact numbers."""
    if all(type(value) is int and abs(value) <= LARGEST_WHOLE for value in values):
        return sha256(_FLOATS + struct.pack(f"<{len(values)}d", *values)).digest()
    floats = list(map(exact_float, values))
    if None in floats:
        return sha256(_EXACT + " ".join(map(format_ratio, values)).encode()).digest()
    return sha256(_FLOATS + struct.pack(f"<{len(values)}d", *floats)).digest()


def array_digest(values: Array) -> bytes:
    """Return the hash of the numbers in a one-dimensional array."""
    floats = as_floats(values)
    if floats is None:
        return list_digest([simplest(Fraction(value)) for value in values.tolist()])
    return sha256(_FLOATS + floats.tobytes()).digest()


def column_digest(columns: Sequence[Column]) -> bytes:
    """Return the hash of the values of some columns, one column after the other."""
    kinds = {column.numerators.dtype.kind if column.denominator == 1 else "O" for column in columns}
    if kinds <= {"u", "i"} or kinds == {"f"}:  # joining other types would round
        return array_digest(np.concatenate([column.numerators for column in columns]))
    return list_digest([value for column in columns for value in column.values()])


def as_floats(values: Array) -> Array | None:
    """Return numbers as little-endian float64, -0 as 0, or None if one is not exact."""
    if not fits_floats(values):
        return None
    floats = values.astype("<f8")
    if values.dtype.kind == "f":
        floats += 0.0  # turns -0 into 0
    return floats
