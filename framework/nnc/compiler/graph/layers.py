"""Turn layers into nodes: determine sizes, and check weights and thresholds against them."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Any

from nnc.compiler.graph.convolutions import Convolutions, named_at
from nnc.compiler.graph.graph import LayerNode, Origin
from nnc.compiler.graph.neurons import MAX_DENOMINATOR_BITS
from nnc.compiler.graph.resolver import Resolver, check_twice
from nnc.compiler.linking import Linked
from nnc.compiler.shared import (
    SPARSE_ARRAYS,
    SparseWeights,
    StoredRows,
    Window,
    shared_weights,
    spread,
    wrong_sparse,
)
from nnc.diagnostics.diagnostic import KeyPath
from nnc.diagnostics.rules import RuleName
from nnc.language.network import (
    BITS,
    NO_STATES,
    AnyLayer,
    Convolution,
    Open,
    Sparse,
    TensorFile,
    is_array,
    whole_rows,
)
from nnc.language.overlays import Extended
from nnc.language.references import LARGEST_SIZE
from nnc.numbers.exact import counted, show_number, stored_number
from nnc.numbers.integers import Array


class Layers:
    """Build the nodes of the layers of one network."""

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        self._numbers: dict[str, tuple[object, object]] = {}
        self.sizes: dict[str, int] = {}
        """The size of each layer, if known."""
        self.counted: dict[str, int] = {}
        """The number of thresholds of each neuron, for layers that count them."""
        for name in linked.network.layers:
            if name not in linked.broken:
                self._numbers[name] = layer_numbers(linked, name)
        self.convolutions = Convolutions(linked, self._numbers)
        self.shapes = self.convolutions.shapes
        """The shape of each input and convolution."""
        for name, layer in linked.network.layers.items():
            if name in self._numbers:
                if isinstance(layer, Convolution):
                    if name not in self.convolutions.windows:
                        continue
                    size: int | None = self.convolutions.windows[name].size
                else:
                    size = layer_size(linked, name)
                if size is not None:
                    self.sizes[name] = size
                counted_ = thresholds_each(self._numbers[name][1])
                if counted_:
                    self.counted[name] = counted_

    def resolve(self, resolver: Resolver) -> list[LayerNode]:
        """Resolve every layer whose size is known, and report those that are inconsistent."""
        nodes = []
        for name, layer in self.linked.network.layers.items():
            if name in self._numbers and resolver.sections[name] == "layers":
                resolving = _Resolving(resolver, name, layer)
                if isinstance(layer, Convolution):
                    node = self._convolution(resolving, layer, name)
                else:
                    node = resolving.node(*self._numbers[name], self.sizes.get(name))
                if node is not None:
                    nodes.append(node)
        return nodes

    def _convolution(
        self, resolving: _Resolving, layer: Convolution, name: str
    ) -> LayerNode | None:
        """Resolve a convolution; report it and return None if it does not fit its source."""
        misfit = self.convolutions.misfits.get(name)
        if misfit is not None:
            resolving.resolver.report(misfit.rule, misfit.message, misfit.path, misfit.help)
            return None
        window = self.convolutions.windows.get(name)
        return resolving.convolution(layer, window, *self._numbers[name])


def layer_numbers(linked: Linked, name: str) -> tuple[object, object]:
    """Return the weights and thresholds of a layer; those in files as arrays."""
    layer = linked.network.layers[name]
    weights, thresholds = layer.weights, layer.thresholds
    if isinstance(weights, Sparse):
        path: KeyPath = ("layers", name, "weights", "sparse")
        weights = StoredRows(*(linked.arrays[*path, key] for key in SPARSE_ARRAYS))
    elif isinstance(weights, TensorFile):
        weights = linked.arrays["layers", name, "weights"]
    if isinstance(thresholds, TensorFile):
        thresholds = linked.arrays["layers", name, "thresholds"]
    return weights, thresholds


def thresholds_each(thresholds: Any) -> int:
    """Return the number of thresholds that each neuron counts; 0 for bits."""
    if is_array(thresholds):
        return int(thresholds.shape[1]) if thresholds.ndim == 2 else 0
    is_several = isinstance(thresholds, tuple) and isinstance(thresholds[0], tuple)
    return len(thresholds[0]) if is_several else 0


def layer_size(linked: Linked, name: str) -> int | None:
    """Return the number of neurons of a layer: declared, maximum if open, or from its numbers."""
    if isinstance(linked.network.layers[name], Convolution):
        return Layers(linked).sizes.get(name)
    weights, thresholds = layer_numbers(linked, name)
    size = linked.network.layers[name].size
    return (
        (size.high if isinstance(size, Open) else size) or _length(weights) or _length(thresholds)
    )


def _length(value: Any) -> int | None:
    """Return the number of neurons that weights or thresholds are for, or None."""
    if isinstance(value, SparseWeights):
        return value.indptr.shape[0] - 1 if value.indptr.ndim == 1 else None
    if is_array(value):
        return int(value.shape[0]) if value.ndim else None
    return len(value) if isinstance(value, tuple) else None


class _Resolving:
    def __init__(self, resolver: Resolver, name: str, layer: AnyLayer) -> None:
        self.resolver, self.name, self.layer = resolver, name, layer
        self.path: KeyPath = ("layers", name)

    def node(self, weights: Any, thresholds: Any, size: int | None) -> LayerNode | None:
        """Return the node; report mistakes and return None if something does not fit."""
        before = len(self.resolver.diagnostics)
        slots = self._wiring()
        if size is None or not 1 <= size <= LARGEST_SIZE:
            what = f"are for {counted(size or 0, 'neuron')}, not 1 to {LARGEST_SIZE:,}"
            self._report_shape("weights", what, self.layer.weights)
            return None
        self._check_thresholds(thresholds, size)
        if thresholds_each(thresholds):
            self._check_states()
        if slots is None:
            return None
        if isinstance(weights, SparseWeights):
            wrong = wrong_sparse(weights.indptr, weights.indices, weights.values, size, len(slots))
            if wrong is not None:
                key, message, hint = wrong
                named = named_at(getattr(self.layer.weights, key))
                at = (*self.path, "weights", "sparse", key, *named)
                self.resolver.report("bad-sparse", f"layer `{self.name}`: {message}", at, hint)
        elif is_array(weights):
            self._check_array(weights, size, len(slots))
        elif isinstance(weights, tuple):
            weights = whole_rows(weights, len(slots))
            self._check_rows(weights, size, len(slots))
        if len(self.resolver.diagnostics) > before:
            return None
        return self._made(slots, weights, thresholds, size)

    def convolution(
        self, layer: Convolution, window: Window | None, weights: object, thresholds: object
    ) -> LayerNode | None:
        """Return the node of a convolution; report mistakes and return None if it does not fit."""
        before = len(self.resolver.diagnostics)
        whole = self.resolver.lookup(layer.convolve, (*self.path, "convolve"))
        if whole is None or window is None:
            return None
        if thresholds_each(thresholds):
            self._check_states()
            if is_array(thresholds):
                self._check_ascending(thresholds)
        if len(self.resolver.diagnostics) > before:
            return None
        slots = whole.slots if not window.outside else [*whole.slots, 1]
        weights, thresholds = shared_weights(weights, window), spread(thresholds, window.positions)
        return self._made(slots, weights, thresholds, window.size)

    def _made(
        self, slots: Sequence[int], weights: object, thresholds: object, size: int
    ) -> LayerNode:
        """Return the node of parts that have been checked."""
        network, counted_ = self.resolver.network, thresholds_each(thresholds)
        return LayerNode(
            self.name,
            Origin(self.path, self.resolver.file),
            network.fires_of(self.layer),
            slots,
            weights,
            thresholds,
            size,
            self.resolver.first_slots[self.name],
            BITS if counted_ else network.states_of(self.layer),
            counted_,
        )

    def _wiring(self) -> Sequence[int] | None:
        """Return the concatenated slots of the wiring, as a range if they are consecutive."""
        looked_up = [
            self.resolver.lookup(text, (*self.path, "wiring", i))
            for i, text in enumerate(self.layer.wiring)
        ]
        bundles = [bundle for bundle in looked_up if bundle is not None]
        if len(bundles) < len(looked_up):
            return None
        slots: Sequence[int] = bundles[0].slots if bundles else ()
        if len(bundles) > 1:
            slots = [slot for bundle in bundles for slot in bundle.slots]
        if not isinstance(slots, range) and len(set(slots)) < len(slots):
            check_twice(self.resolver, self.path, self.layer.wiring, "wire it once", by_name=False)
        return slots

    def _report_count(self, key: str, what: str, hint: str) -> None:
        """Report a list of weights or thresholds with the wrong length."""
        self.resolver.report("weight-count", f"layer `{self.name}` {what}", (*self.path, key), hint)

    def _report_shape(self, key: str, what: str, value: object, hint: str = "") -> None:
        """Report weights or thresholds with the wrong shape."""
        path: KeyPath = (*self.path, key)
        message = f"the {key} of layer `{self.name}` {what}"
        rule: RuleName = "tensor-shape"
        if isinstance(value, TensorFile):
            path = (*path, *named_at(value))
        elif isinstance(value, Sparse):
            path = (*path, "sparse", "indptr", *named_at(value.indptr))
        elif not is_array(value):
            rule = "weight-count"
        shapes = (
            "a layer has weights of size x fan-in, and one threshold for all, one per neuron, "
            "or rows of them"
        )
        self.resolver.report(rule, message, path, hint or shapes)

    def _check_thresholds(self, thresholds: Any, size: int) -> None:
        if not is_array(thresholds):
            if isinstance(thresholds, tuple) and len(thresholds) != size:
                what, number = counted(len(thresholds), "threshold"), counted(size, "number")
                hint = f"write {number}, or one number for all"
                if isinstance(thresholds[0], tuple):
                    what = counted(len(thresholds), "row") + " of thresholds"
                    hint = "write a row for each neuron"
                self._report_count("thresholds", f"has {counted(size, 'neuron')} but {what}", hint)
            return
        shape = thresholds.shape
        if shape != (size,) and (len(shape) != 2 or shape[0] != size or not shape[1]):
            words = "x".join(map(str, shape)) or "no dimension"
            self._report_shape(
                "thresholds",
                f"have the shape {words}, not {size}: one per neuron, or {size}xm: m for each",
                self.layer.thresholds,
            )
        elif len(shape) == 2:
            self._check_ascending(thresholds)

    def _check_states(self) -> None:
        """Report states on a layer of counts; those of its network do not apply to it."""
        path: KeyPath = (*self.path, "states")
        document, states = self.resolver.linked.document, self.layer.states
        is_own = document is not None or is_array(self.layer.thresholds)
        if isinstance(document, Extended):
            # the base's states were copied into its declarations
            is_own = states != BITS and document.writes(path)
        if states is not None and is_own:
            message, hint = NO_STATES
            self.resolver.report("exclusive-keys", message, path, hint, key=True)

    def _check_ascending(self, thresholds: Any) -> None:
        """Report thresholds of a neuron that descend; equal ones are allowed."""
        falls = (thresholds[:, 1:] < thresholds[:, :-1]).nonzero()
        if not len(falls[0]):
            return
        i, at = int(falls[0][0]), int(falls[1][0])
        before, after = (stored_number(thresholds[i, at + k].item()) for k in (0, 1))
        path: KeyPath = (*self.path, "thresholds")
        path = (*path, *named_at(self.layer.thresholds))
        self.resolver.report(
            "descending-thresholds",
            f"the thresholds of `{self.name}({i})` do not ascend: {show_number(after)} comes after "
            f"{show_number(before)}, at [{i}, {at + 1}]",
            path,
            "sort the thresholds of each neuron from low to high",
        )

    def _check_array(self, weights: Array, size: int, fan_in: int) -> None:
        if weights.shape != (size, fan_in):
            shape = "x".join(map(str, weights.shape)) or "no dimension"
            hint = ""
            if weights.ndim == 2 and weights.shape[0] == fan_in:
                hint = "they may be the other way round: save them transposed"
            self._report_shape(
                "weights",
                f"have the shape {shape}, not {size}x{fan_in}: {counted(size, 'neuron')} "
                f"with {counted(fan_in, 'wire')} each",
                self.layer.weights,
                hint,
            )

    def _check_rows(self, rows: tuple[tuple[Any, ...], ...], size: int, fan_in: int) -> None:
        if len(rows) != size:
            self._report_count(
                "weights",
                f"has {counted(size, 'neuron')} but {counted(len(rows), 'row')} of weights",
                "write a row for each neuron",
            )
            return
        lengths = {len(row) for row in rows}
        if len(rows) > 1 and len(lengths) == 1 and fan_in not in lengths:
            self._report_count(
                "weights",
                f"has {counted(fan_in, 'wire')} but {counted(len(rows[0]), 'weight')} in each row",
                f"write rows of {counted(fan_in, 'number')}, or wire {len(rows[0]):,}",
            )
            return
        for i, row in enumerate(rows):
            if len(row) != fan_in:
                self.resolver.report(
                    "weight-count",
                    f"`{self.name}({i})` has {counted(fan_in, 'wire')} "
                    f"but {counted(len(row), 'weight')}",
                    (*self.path, "weights", i),
                    f"write {counted(fan_in, 'number')}, one for each wire",
                )
            elif not all(type(weight) is int for weight in row):
                common = lcm(*(weight.denominator for weight in row))
                if common.bit_length() > MAX_DENOMINATOR_BITS:
                    self.resolver.report(
                        "common-denominator-too-large",
                        f"the weights of `{self.name}({i})` have a common denominator of over "
                        f"{MAX_DENOMINATOR_BITS:,} bits",
                        (*self.path, "weights", i),
                        "write the fractions over fewer different denominators",
                    )
