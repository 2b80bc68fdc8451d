"""The network as it is drafted: its inputs, layers of thresholds, and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from nnc.interchange.importing.buses import Change
from nnc.interchange.importing.imported import TENSORS
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.onnx.convolutions import MAX_LIMITS, Kernel, over_planes
from nnc.interchange.importing.onnx.graph import Array
from nnc.interchange.importing.onnx.values import Atoms, Choice, Sums, merged
from nnc.language.network import (
    BITS,
    AnyLayer,
    Convolution,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Sparse,
    TensorFile,
)
from nnc.limits import SIGNALS
from nnc.numbers.exact import simplest

_DENSE_SIZE = 1 << 12  # weights up to which a layer is dense
_SPARSE_RATIO = 2  # a layer is sparse if it has more weights than this times those that are not 0
States = tuple[int, int]


class Rule(NamedTuple):
    """The limits from which sums fire, in units; those in `turned` fire below them.

    Where it is strict, they fire above the limits. Where limits have two dimensions, an element
    counts how many of its limits the sum reaches.
    """

    limits: Array
    turned: Array | None = None
    states: States = BITS  # type: ignore[assignment]
    is_strict: bool = False


class Draft:
    """A network as it grows.

    `kept` are the names of inputs and outputs in the file; `changes` has those, each with what the
    network calls it. `declared` is the number of constants in the file.
    """

    def __init__(self, kept: Sequence[str] = (), declared: int = 0) -> None:
        self.changes: list[Change] = []
        self._kept, self._declared = frozenset(kept), declared
        self.atoms = Atoms()
        self.tensors: dict[str, Array] = {}
        self._names = Names(kept=kept)
        self._inputs: dict[str, Input] = {}
        self._layers: dict[str, AnyLayer] = {}
        self._neurons: dict[str, Neuron] = {}
        self._outputs: dict[str, Output | list[str]] = {}
        self._aliases = Names(kept=kept)
        self._wanted: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._shapes: dict[str, tuple[int, int, int]] = {}
        self._copies: dict[str, str] = {}

    def add_input(self, name: str, input_: Input, ends: tuple[int, int]) -> Array:
        """Add an input; return its atoms."""
        taken = self._names.new(name, "x")
        self.changes.append(("input", name, taken))
        self._inputs[taken] = input_
        is_bit = input_.type == "bit"
        return self.atoms.add(taken, input_.size, ends, ends[1] - ends[0] if is_bit else 1)

    def add_layer(self, name: str, sums: Sums, rule: Rule) -> Array:
        """Add neurons that compare sums; return their atoms."""
        base = sums.base if rule.limits.ndim == 1 else sums.base[:, None]
        limits = rule.limits - base
        weights = sums.weights
        if rule.turned is not None:
            sign = np.where(rule.turned, -1, 1)
            weights, limits = weights * sign[:, None], limits * sign
        off, on = rule.states
        more: dict[str, Any] = {} if rule.states == BITS else {"states": rule.states}
        if rule.is_strict:
            more["fires"] = "above"
        taken = self._write(name, Sums(sums.ids, weights, sums.base), limits, more)
        if limits.ndim > 1:
            return self.atoms.add(taken, len(sums), (0, limits.shape[1]), 1)
        size = None if len(sums) == 1 else len(sums)
        return self.atoms.add(taken, size, (off, on), on - off)

    def add_convolution(
        self, name: str, picture: Array, kernel: Kernel, limits: Array, states: States
    ) -> Array | None:
        """Add a convolution of a picture of atoms, channels x rows x columns; return its atoms.

        These are features x places. None where the atoms are not those of a picture.
        """
        placed = self._picture(picture, kernel)
        if placed is None:
            return None
        source, kernel, start = placed
        limits = limits - start * kernel.weights.sum((1, 2, 3))[:, None]
        more: dict[str, Any] = {}
        if kernel.outside and any(kernel.padding):
            more["outside"] = kernel.outside
        if states != BITS:
            more["states"] = states
        weights = smallest(kernel.weights)
        is_one = (weights == weights.flat[0]).all()
        if limits.shape[1] == 1:
            limits = limits[:, 0]
        taken = self._names.new(name, "layer")
        self._layers[taken] = Convolution(
            convolve=source,
            kernel=weights.shape[1:3],
            stride=kernel.stride,
            padding=kernel.padding,
            groups=kernel.groups,
            features=len(weights) if is_one else None,
            weights=number(weights.flat[0]) if is_one else weights,
            thresholds=_limits(limits),
            **more,
        )
        rows, columns = kernel.places
        features = len(weights)
        size = self._sizes[taken] = rows * columns * features
        self._shapes[taken] = rows, columns, features
        off, on = states
        ends, step = ((0, limits.shape[1]), 1) if limits.ndim > 1 else ((off, on), on - off)
        atoms = self.atoms.add(taken, size, ends, step)
        return atoms.reshape(-1, features).T.reshape(-1)

    def _picture(self, atoms: Array, kernel: Kernel) -> tuple[str, Kernel, int] | None:
        """Return the name of the bus that a picture is, the kernel for it, and where it starts.

        An element of the picture is that of the bus, and the start. An input without a shape gets
        one. If its channels come one after the other, they are one picture, one below the other,
        and the kernel reaches over them all; where rows are padded, a copy has them side by side.
        """
        channels, rows, columns = atoms.shape
        names = [self.atoms.names[int(atom)] for atom in atoms.transpose(1, 2, 0).reshape(-1)]
        name, shape = names[0][0], (rows, columns, channels)
        places = np.array([-1 if place is None else place for _, place in names])
        order = np.arange(len(names))
        is_known = name in self._inputs or name in self._shapes
        if {bus for bus, _ in names} != {name} or not is_known:
            return None
        if self._size(name) != len(names):
            return None
        if (places == order).all():
            shapes: set[tuple[int, ...]] = {shape, shape[: 2 if channels == 1 else 3]}
            return (name, kernel, 0) if self._has_shape(name, shapes) else None
        stacked = order.reshape(channels, rows, columns).transpose(1, 2, 0).reshape(-1)
        if (places != stacked).any() or not self._has_shape(name, {(channels * rows, columns)}):
            return None
        if not kernel.padding[0]:
            return name, over_planes(kernel, channels, rows), 0
        copy = self._copied(name, atoms)
        if copy is None:
            return None
        return copy[0], kernel._replace(outside=kernel.outside - copy[1]), copy[1]

    def _copied(self, name: str, atoms: Array) -> tuple[str, int] | None:
        """Return the neurons that have the channels of an input side by side, and where they start.

        They have its two values, or count from the start. None for inputs of too many values.
        """
        channels, rows, columns = atoms.shape
        first, known = int(atoms[0, 0, 0]), self.atoms
        least, greatest = known.least[first], known.greatest[first]
        count = (greatest - least) // known.steps[first]
        signals = (count + 1) * atoms.size
        if not 1 <= count <= MAX_LIMITS or signals > SIGNALS.allowed(self._declared) // 2:
            return None
        if name not in self._copies:
            weights = np.zeros((channels, (channels - 1) * rows + 1, 1, 1), np.int64)
            weights[np.arange(channels), np.arange(channels) * rows] = 1
            kernel = Kernel(weights, (1, 1), (0, 0), 1, (rows, columns))
            limits = np.tile(np.arange(greatest - count + 1, greatest + 1), (channels, 1))
            states = (least, greatest) if count == 1 else (0, 1)
            picture = atoms.reshape(1, -1, columns)
            copy = self.add_convolution(f"{name}_channels", picture, kernel, limits, states)
            assert copy is not None
            self._copies[name] = known.names[int(copy[0])][0]
        return self._copies[name], 0 if count == 1 else least

    def _has_shape(self, name: str, shapes: set[tuple[int, ...]]) -> bool:
        """Check if a bus has one of some shapes; an input without any gets the shortest."""
        input_ = self._inputs.get(name)
        if input_ is None:
            return self._shapes.get(name) in shapes
        if input_.shape is None:
            declared = {"shape": min(shapes, key=len)}
            self._inputs[name] = input_.model_copy(update=declared)
        return self._inputs[name].shape in shapes

    def add_sums(self, name: str, sums: Sums) -> str:
        """Add neurons for their sums alone; return their name."""
        ids, weights = sums.ids, sums.weights * sums.unit
        base = sums.base * sums.unit
        thresholds = np.zeros(len(sums), np.int64)
        if name in self._kept:  # an output of this name may be what becomes of the sums
            name += "_sums"
        return self._write(name, Sums(ids, weights, base), thresholds, {}, base)

    def _write(
        self, name: str, sums: Sums, limits: Array, more: dict[str, Any], base: Array | None = None
    ) -> str:
        taken = self._names.new(name, "layer")
        constants = base if base is not None and base.any() else None
        indptr, indices, values, atoms = merged(sums)
        wiring = self.wiring(atoms)
        if len(sums) == 1 and limits.ndim == 1:
            self._neurons[taken] = self._neuron(atoms, values, limits[0], constants, more)
            return taken
        size, width = len(sums), len(atoms)
        if size * width <= max(_DENSE_SIZE, _SPARSE_RATIO * len(values)):
            matrix = np.zeros((size, width), values.dtype)
            matrix[np.repeat(np.arange(size), np.diff(indptr)), indices] = values
            if constants is not None:
                matrix = np.concatenate([matrix, constants[:, None]], 1)
                wiring.append("1")
            weights: Any = smallest(matrix)
        else:
            if constants is not None:
                places = np.flatnonzero(constants)
                indices = np.insert(indices, indptr[places + 1], width)
                values = np.insert(values.astype(float), indptr[places + 1], constants[places])
                indptr = indptr + np.concatenate([[0], np.cumsum(constants != 0)])
                wiring.append("1")
            parts = {"indptr": indptr, "indices": indices, "values": smallest(values)}
            for key, array in parts.items():
                self.tensors[f"{taken}.{key}"] = array
            files = {key: TensorFile(file=TENSORS, tensor=f"{taken}.{key}") for key in parts}
            weights = Sparse.read(files)
        self._sizes[taken] = size
        self._layers[taken] = Layer(
            wiring=wiring, weights=weights, thresholds=_limits(limits), **more
        )
        return taken

    def _neuron(
        self, atoms: Array, values: Array, limit: Any, base: Array | None, more: dict[str, Any]
    ) -> Neuron:
        weights = {self.source(atom): number(v) for atom, v in zip(atoms, values, strict=True)}
        if base is not None:
            weights["1"] = number(base[0])
        return Neuron(weights=weights, threshold=number(limit), **more)

    def add_output(self, name: str, value: Choice | Sums, layer: str = "") -> None:
        """Add an output: which sum is largest, sums, or atoms as they are."""
        alias = self._aliases.new(name, "out")
        self._wanted[alias] = name
        if isinstance(value, Choice):
            labels = {"labels": value.labels} if value.labels else {}
            self._outputs[alias] = Output(largest=layer, **labels)  # type: ignore[arg-type]
        elif layer:
            self._outputs[alias] = Output(sum=layer)
        else:
            self._outputs[alias] = self.wiring(value.ids[:, 0])

    def network(self, name: str) -> Network:
        """Return the network."""
        outputs: dict[str, Any] = {}
        for alias, output in self._outputs.items():
            free = alias
            while free in self._names.taken and output != [free]:
                free += "_out"
            self.changes.append(("output", self._wanted[alias], free))
            outputs[free] = output[0] if isinstance(output, list) and len(output) == 1 else output
        return Network(
            name=name or None,
            fires="at_least",
            inputs=self._inputs,
            neurons=self._neurons,
            layers=self._layers,
            outputs=outputs,
        )

    def source(self, atom: int) -> str:
        """Return how an atom is written."""
        name, place = self.atoms.names[int(atom)]
        return name if place is None else f"{name}({place})"

    def wiring(self, atoms: Sequence[int] | Array) -> list[str]:
        """Return how atoms are written one after the other: those that follow each other as one."""
        parts: list[str] = []
        runs: list[tuple[str, int, int]] = []
        for atom in atoms:
            name, place = self.atoms.names[int(atom)]
            if place is None:
                runs.append((name, -1, -1))
            elif runs and runs[-1][0] == name and runs[-1][2] == place:
                runs[-1] = (name, runs[-1][1], place + 1)
            else:
                runs.append((name, place, place + 1))
        for name, start, stop in runs:
            if start < 0 or (start, stop) == (0, self._size(name)):
                parts.append(name)
            else:
                parts.append(f"{name}({start})" if stop == start + 1 else f"{name}({start}:{stop})")
        return parts

    def _size(self, name: str) -> int:
        if name in self._inputs:
            return self._inputs[name].width
        return self._sizes[name]


def _limits(limits: Array) -> Any:
    """Return thresholds as one number where they are all the same."""
    if limits.ndim == 1 and (limits == limits[0]).all():
        return number(limits[0])
    return smallest(limits)


def smallest(values: Array) -> Array:
    """Return integers in the smallest type that holds them, other numbers as float64."""
    if values.dtype.kind == "f":
        if not (values == np.rint(values)).all() or np.abs(values).max(initial=0) >= 1 << 53:
            return values
        values = values.astype(np.int64)
    least, greatest = values.min(initial=0), values.max(initial=0)
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= least and greatest <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def number(value: Any) -> Any:
    """Return a number of an array as a number that is exact."""
    return simplest(Fraction(value.item()))
