"""Determine the window of each convolution: its picture, kernel positions and features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nnc.compiler.linking import Linked
from nnc.compiler.shared import Window
from nnc.diagnostics.diagnostic import KeyPath
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Convolution, TensorFile, is_array, nested_shape
from nnc.language.references import show_shape
from nnc.numbers.exact import counted


class Misfit(NamedTuple):
    """A mistake in a convolution: its rule, path, message and help."""

    rule: RuleName
    path: KeyPath
    message: str
    help: str


class Convolutions:
    """Find the windows of a network's convolutions, in the order in which they are read."""

    def __init__(self, linked: Linked, numbers: Mapping[str, tuple[Any, Any]]) -> None:
        self._linked, self._numbers = linked, numbers
        self._layers = linked.network.layers
        self.windows: dict[str, Window] = {}
        self.misfits: dict[str, Misfit] = {}
        self.shapes: dict[str, tuple[int, ...]] = {
            name: input_.shape
            for name, input_ in linked.network.inputs.items()
            if input_.shape is not None
        }
        for name in numbers:
            self._look_from(name)

    def _look_from(self, name: str) -> None:
        """Find the window of a convolution, after those of its sources."""
        chain: list[str] = []
        while name not in self.shapes and name in self._numbers and name not in chain:
            layer = self._layers[name]
            if not isinstance(layer, Convolution):
                break
            chain.append(name)
            name = layer.convolve
        if name in chain and self.misfits.keys().isdisjoint(chain):
            circle = " -> ".join([*chain[chain.index(name) :], name])
            message, hint = f"reads itself: {circle}", "a picture comes from an input"
            self._refuse(name, ("convolve",), message, hint, "cycle")
        for own in reversed(chain):
            if own not in self.windows and own not in self.misfits:
                self._look_at(own)

    def _look_at(self, name: str) -> None:
        layer = self._layers[name]
        assert isinstance(layer, Convolution)
        shape = self.shapes.get(layer.convolve)
        if shape is None:
            if self._is_plain(layer.convolve):
                self._refuse(
                    name,
                    ("convolve",),
                    f"reads `{layer.convolve}`, which has no shape",
                    "a convolution reads an input with a `shape`, or another convolution",
                )
            return
        window = self._window(name, layer, shape)
        if window is not None:
            self.windows[name] = window
            self.shapes[name] = (*window.places, window.features)

    def _is_plain(self, source: str) -> bool:
        """Return True if a source is known and has no other reported mistakes."""
        network, name = self._linked.network, source.partition("(")[0].partition(".")[0]
        if name in self._linked.broken or name in self.misfits:
            return False
        other = network.layers.get(source)
        if isinstance(other, Convolution):
            return False  # the reason that it has no shape is reported there
        return name in network.declared() or source in ("0", "1")

    def _refuse(
        self, name: str, path: KeyPath, message: str, hint: str, rule: RuleName = "bad-convolution"
    ) -> None:
        whole = f"convolution `{name}` {message}"
        self.misfits[name] = Misfit(rule, ("layers", name, *path), whole, hint)

    def _window(self, name: str, layer: Convolution, shape: tuple[int, ...]) -> Window | None:
        if not 2 <= len(shape) <= 3:
            message = f"reads `{layer.convolve}` of the shape {show_shape(shape)}"
            hint = "a picture has rows and columns, and may have channels: [28, 28, 3]"
            self._refuse(name, ("convolve",), message, hint)
            return None
        rows, columns, channels = (*shape, 1)[:3]
        features = self._features(name, layer)
        if features is None:
            return None
        window = Window(
            (rows, columns, channels),
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.groups,
            features,
            layer.outside,
        )
        if min(window.places) < 1:
            padded = show_shape([s + 2 * p for s, p in zip(shape, layer.padding, strict=False)])
            with_padding = f", {padded} with its padding" if max(layer.padding) else ""
            message = (
                f"has a kernel of {show_shape(layer.kernel)}, which does not fit into "
                f"`{layer.convolve}` of {show_shape(shape)}{with_padding}"
            )
            self._refuse(name, ("kernel",), message, "write a smaller kernel, or more padding")
            return None
        for what, count in (("channels", channels), ("features", features)):
            if count % layer.groups:
                message = (
                    f"has {counted(count, what[:-1])}, which {counted(layer.groups, 'group')} do "
                    "not divide"
                )
                hint = f"write groups that divide both {channels:,} channels and {features:,} "
                self._refuse(name, ("groups",), message, f"{hint}features")
                return None
        return window if self._fits(name, layer, window) else None

    def _features(self, name: str, layer: Convolution) -> int | None:
        """Return the number of features by weights, thresholds or `features`; report conflicts."""
        weights, thresholds = self._numbers[name]
        counts = [
            (key, len(value) if isinstance(value, tuple) else value.shape[0])
            for key, value in (("weights", weights), ("thresholds", thresholds))
            if isinstance(value, tuple) or (is_array(value) and value.ndim)
        ]
        if layer.features is not None:
            counts.append(("features", layer.features))
        for key, count in counts[1:]:
            if count != counts[0][1]:
                first, other = (_of(key, count) for key, count in (counts[0], (key, count)))
                hint = "write as many thresholds as there are features, or one for all"
                self._refuse(name, (key,), f"has {first} but {other}", hint)
                return None
        if counts and not counts[0][1]:
            self._refuse(
                name, (counts[0][0],), f"has no {counts[0][0]}", "a layer has one at least"
            )
            return None
        return counts[0][1] if counts else layer.groups

    def _fits(self, name: str, layer: Convolution, window: Window) -> bool:
        """Check the shapes of weights and thresholds; return True if they fit."""
        weights, thresholds = self._numbers[name]
        needed = (window.features, *window.kernel, window.depth)
        shape = weights.shape if is_array(weights) else nested_shape(weights)
        if shape and shape != needed:
            self._refuse(
                name,
                ("weights", *named_at(layer.weights)),
                f"has weights of the shape {show_shape(shape)}, not {show_shape(needed)}: "
                "features, rows and columns of the kernel, and channels of a group",
                _turned(shape, needed),
                rule="tensor-shape" if is_array(weights) else "weight-count",
            )
            return False
        if is_array(thresholds) and thresholds.ndim:
            shape = thresholds.shape
            if len(shape) > 2 or 0 in shape:
                self._refuse(
                    name,
                    ("thresholds", *named_at(layer.thresholds)),
                    f"has thresholds of the shape {show_shape(shape)}, not "
                    f"{window.features}: one for each feature, or {window.features}xm: m for each",
                    "save one threshold, or a row of them, for each feature",
                    rule="tensor-shape",
                )
                return False
        return True


def _of(key: str, count: int) -> str:
    if key == "weights":
        return f"weights for {counted(count, 'feature')}"
    return counted(count, key.removesuffix("s"))


def named_at(reference: object) -> KeyPath:
    """Return the most specific key of a file reference: `tensor`, or else `file`."""
    if not isinstance(reference, TensorFile):
        return ()
    return ("file",) if reference.tensor is None else ("tensor",)


def _turned(shape: tuple[int, ...], needed: tuple[int, ...]) -> str:
    features, rows, columns, channels = needed
    if shape == (features, channels, rows, columns):
        return "the channels come last here: weights.transpose(0, 2, 3, 1)"
    if shape == (features, columns, rows, channels):
        return f"a kernel has its rows first: kernel: [{columns}, {rows}]"
    if shape == (rows, columns, channels, features):
        return "the features come first here: weights.transpose(3, 0, 1, 2)"
    return "save or write them with these four axes"
