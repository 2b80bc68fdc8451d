"""Write plans: every array piece by piece without copies, and equal arrays once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence, Sized
from fractions import Fraction
from typing import BinaryIO, NamedTuple

import numpy as np

from nnc.compiler.artifact.provenance import Provenance
from nnc.compiler.artifact.texts import described_claims, json_number, numbers_to_bytes, to_bytes
from nnc.compiler.graph import SharedWeights, SparseWeights, Tap
from nnc.compiler.plan import COLUMNS, LayerStep, NeuronTable, Plan, values_of
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.language.network import Input
from nnc.numbers.integers import Array

FORMAT = 1
ALIGNED = 64
"""Every tensor starts at a multiple of this many bytes."""
ZEROS = "0" * 64
"""The placeholder for the header's digest while it is computed."""
MAX_HEADER = 16 << 20
MAX_PLAN = 32 << 20
MAX_PARTS = MAX_NAMES = 1_000_000
"""Limits of the two JSON texts: their size in bytes, their number of lists, mappings and keys, and
the number of inputs, outputs, values of a choice, and stretches of states.
"""
_PIECE = 1 << 20

Json = dict[str, object]


def write_compiled(plan: Plan, provenance: Provenance, stream: BinaryIO) -> int:
    """Write a plan and its provenance; return the number of bytes.

    Raises InvalidNetworkError if it has more parts than a compiled network may have.
    """
    stored = _stored(plan)
    header = _header(stored, provenance)
    stream.write(len(header).to_bytes(8, "little") + header)
    size = 8 + len(header)
    for tensor in stored:
        stream.writelines(_pieces(tensor.array))
        padding = bytes(_padding(tensor.size)) if tensor is not stored[-1] else b""
        stream.write(padding)
        size += tensor.size + len(padding)
    return size


def header_of(plan: Plan, provenance: Provenance) -> bytes:
    """Return the header of a plan's file, which contains the digest of every tensor."""
    return _header(_stored(plan), provenance)


def _stored(plan: Plan) -> list[Stored]:
    """Return the tensors of a plan."""
    _check_lists(plan)
    tensors = _Tensors()
    text = _json(_described(plan, tensors))
    _check_size(text, MAX_PLAN)
    return [stored_as("plan", to_bytes(text)), *tensors.all]


def _check_lists(plan: Plan) -> None:
    lists: list[Sized] = [plan.inputs, plan.outputs, plan.states]
    for input_ in plan.inputs.values():
        lists += [x for x in (input_.of, input_.default) if isinstance(x, tuple)]
    if any(len(values) > MAX_NAMES for values in lists):
        raise _too_large()


def _check_size(text: str, most: int) -> None:
    if len(text) > most or sum(map(text.count, "[{:")) > MAX_PARTS:
        raise _too_large()


def _too_large() -> InvalidNetworkError:
    message = "the network has more inputs, layers or outputs than can be compiled into a file"
    hint = "make buses of inputs and outputs, and larger layers"
    return InvalidNetworkError([Diagnostic("network-too-large", message, help=hint)])


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


# --------------------------------------------------------------------------------- tensors


class Stored(NamedTuple):
    """A tensor to store, with the SHA-256 of its bytes."""

    name: str
    array: Array
    digest: str

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.array.nbytes

    @property
    def dtype(self) -> str:
        """The name of the dtype in safetensors."""
        return f"{self.array.dtype.kind.upper()}{8 * self.array.dtype.itemsize}"

    def entry(self, start: int) -> Json:
        """Return the tensor's entry in the header."""
        places = [start, start + self.size]
        return {"dtype": self.dtype, "shape": list(self.array.shape), "data_offsets": places}


class _Tensors:
    """Collect arrays; of equal arrays only the first is stored."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self._all: dict[tuple[object, ...], Stored] = {}
        self._seen: dict[tuple[object, ...], tuple[str, Array]] = {}

    @property
    def all(self) -> list[Stored]:
        """The tensors in the order in which they were added."""
        return list(self._all.values())

    def add(self, name: str, array: Array) -> str:
        """Add an array; return the name of its tensor, or of an equal one."""
        if array.dtype.kind != "O":
            return self._add(name, array, is_number=False)
        stored = self._add(name, numbers_to_bytes(array), is_number=True)
        if stored not in self.numbers:
            self.numbers.append(stored)
        return stored

    def _add(self, name: str, array: Array, *, is_number: bool) -> str:
        place = array.__array_interface__["data"][0], array.dtype, array.shape, array.strides
        if (is_number, *place) not in self._seen:
            tensor = stored_as(name, array)
            key = is_number, tensor.dtype, array.shape, tensor.digest
            known = self._all.setdefault(key, tensor)
            self._seen[is_number, *place] = known.name, array  # kept alive: addresses are reused
        return self._seen[is_number, *place][0]


def stored_as(name: str, array: Array) -> Stored:
    """Return an array as a tensor to store."""
    digest = hashlib.sha256()
    for piece in _pieces(array):
        digest.update(piece)
    return Stored(name, array, digest.hexdigest())


def _pieces(array: Array) -> Iterator[memoryview]:
    """Yield the bytes of an array in pieces, row by row and little-endian."""
    if not array.size:
        return
    dtype = array.dtype.newbyteorder("<")
    if array.ndim == 1 or (array.flags.c_contiguous and array.dtype == dtype):
        array, step = array.reshape(-1), max(1, _PIECE // array.itemsize)
    else:
        step = max(1, _PIECE // (array.nbytes // len(array) or 1))
    for start in range(0, len(array), step):
        piece = np.ascontiguousarray(array[start : start + step], dtype)
        yield piece.reshape(-1).view(np.uint8).data


def _padding(size: int) -> int:
    return -size % ALIGNED


def _header(stored: Sequence[Stored], provenance: Provenance) -> bytes:
    """Return the header, padded so that the data begins at a multiple of 64 bytes."""
    about = {
        "digest": ZEROS,
        "format": FORMAT,
        "sources": provenance.files,
        "tensors": {tensor.name: tensor.digest for tensor in stored},
    }
    entries: Json = {"__metadata__": {"nnc": _json(about)}}
    end = 0
    for tensor in stored:
        entries[tensor.name] = tensor.entry(end)
        end += tensor.size
        if tensor is not stored[-1] and (padding := _padding(tensor.size)):
            places = [end, end + padding]
            entries[f"pad.{len(entries)}"] = {
                "dtype": "U8",
                "shape": [padding],
                "data_offsets": places,
            }
            end += padding
    text = _json(entries)
    text += " " * _padding(8 + len(text))
    _check_size(text, MAX_HEADER)
    return text.replace(ZEROS, hashlib.sha256(text.encode()).hexdigest(), 1).encode()


# ------------------------------------------------------------------------------------ plan


def _described(plan: Plan, tensors: _Tensors) -> Json:
    """Return the JSON form of a plan, adding its arrays to `tensors`."""
    return {
        "name": plan.name,
        "signals": plan.signals,
        "inputs": {"names": "\n".join(plan.inputs), **_kinds(map(_input, plan.inputs.values()))},
        "neurons": _neurons(plan.neurons, tensors) if len(plan.neurons) else None,
        "states": _states(plan),
        "layers": _layers(plan.layers, tensors),
        "outputs": _outputs(plan.outputs, tensors),
        "numbers": tensors.numbers,
        **({"claims": described_claims(plan.claims)} if plan.claims else {}),
    }


def _kinds(described: Iterable[Json]) -> Json:
    """Return the distinct entries, and the index of each entry among them."""
    places: dict[str, int] = {}
    kinds: list[Json] = []
    indices = []
    for thing in described:
        text = _json(thing)
        if text not in places:
            places[text] = len(kinds)
            kinds.append(thing)
        indices.append(places[text])
    return {"kinds": kinds, "each": indices}


def _input(input_: Input) -> Json:
    keys = {"size"} if input_.shape is not None else set()  # follows from the shape
    return {key: _value(value) for key, value in input_ if value is not None and key not in keys}


def _value(value: object) -> object:
    """Return a text, a number or a tuple of these in JSON form."""
    if isinstance(value, tuple):
        return list(map(_value, value))
    return json_number(value) if isinstance(value, (int, Fraction)) else value


def _neurons(table: NeuronTable, tensors: _Tensors) -> Json:
    described: Json = {}
    for name in COLUMNS:
        described[name] = tensors.add(f"neurons.{name}", table.array(name))
    described["names"] = tensors.add("neurons.names", to_bytes("\n".join(table.names)))
    if table.ports:
        places = sorted(table.ports)
        names = [name for place in places for name in table.ports[place]]
        described["ports"] = tensors.add("neurons.ports", to_bytes("\n".join(names)))
        described["ported"] = tensors.add("neurons.ported", np.array(places, np.int32))
    return described


def _states(plan: Plan) -> Json:
    """Return the stretches of signals whose states are not 0 and 1 in JSON form."""
    return {
        "firsts": [first for first, _, _ in plan.states],
        "stops": [stop for _, stop, _ in plan.states],
        **_kinds({"states": _value(states)} for _, _, states in plan.states),
    }


def _layers(layers: Sequence[LayerStep], tensors: _Tensors) -> Json:
    """Return the layers in JSON form; sources that are not a range are slices of one tensor."""
    loose: list[Array] = []
    count = 0
    described_layers = []
    for i, layer in enumerate(layers):
        sources = layer.sources
        if _is_range(sources):
            wired: Json = {"sources": _ends(sources)}
        else:
            loose.append(np.asarray(sources, np.int32))
            wired = {"listed": [count, count + len(sources)]}
            count += len(sources)
        described_layers.append(wired | _layer(layer, f"layers.{i}", tensors))
    described: Json = {"each": described_layers}
    if loose:
        described["listed"] = tensors.add("layers.sources", np.concatenate(loose))
    return described


def _layer(layer: LayerStep, prefix: str, tensors: _Tensors) -> Json:
    weights = layer.weights
    arrays = {key: getattr(layer, key) for key in ("limits", "scales", "offsets", "thresholds")}
    if isinstance(weights, SharedWeights):
        features = weights.window.features
        arrays["limits"] = _once(arrays["limits"], features * layer.width)
        arrays["offsets"] = _once(arrays["offsets"], features)
        arrays["thresholds"] = _once(arrays["thresholds"], features * layer.width)
    if isinstance(weights, SparseWeights) and not isinstance(weights, SharedWeights):
        stored: str | list[str] = [
            tensors.add(f"{prefix}.{key}", array) for key, array in weights.arrays().items()
        ]
    else:
        weights = values_of(weights)
        is_one = weights.size > 1 and not any(weights.strides)
        stored = tensors.add(f"{prefix}.weights", weights[:1, :1] if is_one else weights)
    return {
        "name": layer.name,
        "level": layer.level,
        "fires": layer.fires,
        "size": layer.size,
        "first": layer.first,
        "factor": json_number(layer.factor),
        "least": json_number(layer.least),
        "greatest": json_number(layer.greatest),
        "arithmetic": layer.arithmetic,
        "states": _value(layer.states),
        "weights": stored,
        **{key: tensors.add(f"{prefix}.{key}", array) for key, array in arrays.items()},
        **_window(layer.weights),
        **({"width": layer.width} if layer.width > 1 else {}),
        **({"counts": tensors.add(f"{prefix}.counts", layer.counts)} if layer.reads_counts else {}),
    }


def _once(array: Array, period: int) -> Array:
    """Return the numbers of the first position if all positions have the same, else all."""
    if len(array) > period and (array.reshape(-1, period) == array[:period]).all():
        return array[:period]
    return array


def _window(weights: Array | SparseWeights) -> Json:
    """Return the window of a convolution in JSON form; nothing for other layers."""
    if not isinstance(weights, SharedWeights):
        return {}
    window = weights.window
    return {"window": {**window._asdict(), "outside": json_number(window.outside)}}


def _outputs(taps: Sequence[Tap], tensors: _Tensors) -> Json:
    """Return the outputs in JSON form; `first` is -1 if the signals are not a range."""
    loose = [np.asarray(tap.signals, np.int32) for tap in taps if not _is_range(tap.signals)]
    described: Json = {
        "names": "\n".join(tap.alias for tap in taps),
        **_kinds(
            {
                "kind": tap.kind,
                "labels": tap.labels,
                "is_integer": tap.is_integer,
                "is_bus": tap.is_bus,
            }
            for tap in taps
        ),
        "firsts": [_ends(tap.signals)[0] if _is_range(tap.signals) else -1 for tap in taps],
        "widths": [tap.width for tap in taps],
    }
    if loose:
        described["listed"] = tensors.add("outputs.signals", np.concatenate(loose))
    return described


def _is_range(signals: Sequence[int] | Array) -> bool:
    return isinstance(signals, range) or not len(signals)


def _ends(signals: Sequence[int] | Array) -> list[int]:
    return [int(signals[0]), int(signals[-1]) + 1] if len(signals) else [0, 0]
