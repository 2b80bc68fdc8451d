"""A chain of nodes over sums -> neurons at its levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.onnx.chains import (
    Levels,
    TooManyLevelsError,
    levels_of,
    levels_of_reals,
    linear_sums,
)
from nnc.interchange.importing.onnx.convolutions import counted
from nnc.interchange.importing.onnx.graph import Array, Model, Node
from nnc.interchange.importing.onnx.layers import Draft, Rule
from nnc.interchange.importing.onnx.linear import in_floats, is_affine
from nnc.interchange.importing.onnx.values import (
    Sums,
    Tensor,
    Value,
    in_integers,
    in_units,
    is_small,
)
from nnc.printable import printable

ROWWISE = ("Softmax", "LogSoftmax")
"""Operators that keep the order of sums, but mix them."""
_MAX_LEVELS = 255  # of a number of 8 bits
_BLOCK_PRODUCTS = 64  # that the runtime adds up, at least, before it adds a constant


class Steps:
    """The neurons that chains lead to; `values` are those of the model, by name."""

    def __init__(self, model: Model, draft: Draft, values: dict[str, Value]) -> None:
        self._model, self._draft, self._values = model, draft, values
        self.is_near = False
        """True if the runtime rounds a sum, so that rows near a tie may differ."""
        self.open_input = ""
        """The first input that may be any number."""
        self.biases: dict[str, str] = {}
        """The constant that is added to sums while they are added up, by the name of the sums."""
        self._plain: dict[str, Tensor] = {}
        self._levels: dict[str, Levels] = {}
        self._scaled: dict[str, tuple[Tensor, float]] = {}

    def rounded(self, node: Node) -> InvalidNetworkError:
        """Return the error that a node reads sums of real numbers, with what makes them integers.

        These are the numbers of an input that is said to be integers, or of other weights.
        """
        hint = "train with weights that are integers times a scale, and a power of two is exact"
        if self.open_input:
            name = printable(self.open_input)
            hint = f"say with --within which integers an input may be: --within {name}=0..255"
        reason = "its sums are not of integers, so that the runtime rounds them"
        return node.refused(reason, hint)

    def plain(self, tensor: Tensor) -> Tensor:
        """Return a tensor without a chain: its sums, or neurons at the levels of the chain."""
        if not tensor.chain:
            return tensor
        known = self._plain.get(tensor.name)
        if known is None:
            self._check_read_on(tensor)
            known = self._affine(tensor) or self._stepped(tensor, self.levels(tensor))
            self._plain[tensor.name] = known
            if any(each.op == "BatchNormalization" for each in tensor.chain):
                # a runtime may round differently if it fuses several factors
                values = np.concatenate([known.sums.weights, known.sums.base[:, None]], 1)
                values = values * known.sums.unit
                self.is_near |= bool((values != np.rint(values)).any())
        return known

    def _affine(self, tensor: Tensor) -> Tensor | None:
        """Return the sums of an affine chain, of real numbers where it rounds; None for others."""
        if not tensor.sums.is_exact or not is_affine(tensor):
            return None
        sums = self.linear(tensor)
        if sums is None:
            self.is_near, sums = True, tensor.sums
            for node in tensor.chain:
                sums = in_floats(sums, tensor.shape, node, self._values)
        return Tensor(tensor.name, tensor.shape, tensor.dtype, sums, tensor.name)

    def in_units(self, tensor: Tensor) -> tuple[Tensor, float]:
        """Return a tensor without a chain, and its scale.

        That is not 1 where the levels of a chain are integers times a scale that is no power of 2.
        """
        if not tensor.chain:
            return tensor, 1.0
        known = self._scaled.get(tensor.name)
        if known is None:
            known = self._scaled[tensor.name] = self._in_units(tensor)
        return known

    def _in_units(self, tensor: Tensor) -> tuple[Tensor, float]:
        self._check_read_on(tensor)
        scale = self._scale(tensor.chain)
        if scale is not None:
            return replace(tensor, chain=()), scale
        try:
            levels, scale = _in_units(self.levels(tensor))
        except TooManyLevelsError:
            return self.plain(tensor), 1.0
        return (self._stepped(tensor, levels) if scale != 1 else self.plain(tensor)), scale

    def _scale(self, chain: Sequence[Node]) -> float | None:
        """Return the factor of a chain that only multiplies by one number for all elements."""
        scale = 1.0
        for node in chain:
            value = self._values.get(node.inputs[-1])
            if node.op != "Mul" or not isinstance(value, np.ndarray) or value.size != 1:
                return None
            scale *= float(value.reshape(-1)[0])
        return scale if np.isfinite(scale) and scale else None

    def _check_read_on(self, tensor: Tensor) -> None:
        if any(each.op in ROWWISE for each in tensor.chain):
            raise tensor.chain[-1].refused("its numbers are read on", "read its largest alone")

    def _stepped(self, tensor: Tensor, levels: Levels) -> Tensor:
        sums = linear_sums(tensor.sums, levels, self._draft.atoms)
        if sums is None:
            counts = np.bincount(levels.elements, minlength=len(tensor.sums))
            most = int(counts.max(initial=0))
            if most > _MAX_LEVELS:
                reason = f"it gives {most + 1:,} different numbers, which are read on"
                hint = f"a neuron can have {_MAX_LEVELS} thresholds here"
                raise tensor.chain[-1].refused(reason, hint)
            sums = self._convolved(tensor, levels) or self._shared(tensor, levels, counts)
            if sums is None:
                sums = self._counted(tensor, levels) or self._several(tensor, levels, most)
        return Tensor(tensor.name, tensor.shape, levels.dtype, sums, tensor.name)

    def _convolved(self, tensor: Tensor, levels: Levels) -> Sums | None:
        """Make a convolution where all places of a feature have the same limits."""
        features = counted(tensor.sums, levels, self._draft.atoms)
        window = tensor.sums.window
        if features is None or window is None:
            return None
        kernel, limits, units, starts = features
        result = in_integers(np.concatenate([units, starts]))
        if result is None:
            return None
        off, on = float(starts[0]), float(starts[0] + units[0])
        is_one = limits.shape[1] == 1 and not np.ptp(units) and not np.ptp(starts)
        is_bits = is_one and off.is_integer() and on.is_integer()
        states = (int(off), int(on)) if is_bits else (0, 1)
        atoms = self._draft.add_convolution(tensor.root, window.atoms, kernel, limits, states)
        if atoms is None:
            return None
        if is_bits:
            return self.of_atoms(tensor.name, tensor.shape, levels.dtype, atoms).sums
        whole, exponent = result
        slopes, first = (np.repeat(part, window.positions) for part in np.split(whole, 2))
        return Sums(atoms[:, None], slopes[:, None], first, 2.0**exponent)

    def bits_in_units(self, tensor: Tensor) -> tuple[Tensor, float] | None:
        """Return a tensor with a bit for each level of a convolution, and its scale.

        None for one that has no levels, or only one.
        """
        window = tensor.sums.window
        levels, scale = _in_units(self.levels(tensor))
        features = counted(tensor.sums, levels, self._draft.atoms)
        if features is None or window is None or (np.diff(features.limits) < 0).any():
            return None
        kernel, limits, units, starts = features
        most = limits.shape[1]
        result = in_integers(np.concatenate([units, starts]))
        if result is None or most == 1:
            return None
        kernel = kernel._replace(weights=np.repeat(kernel.weights, most, 0))
        limits = limits.reshape(-1, 1)
        atoms = self._draft.add_convolution(tensor.root, window.atoms, kernel, limits, (0, 1))
        if atoms is None:
            return None
        whole, exponent = result
        slopes, first = (np.repeat(part, window.positions) for part in np.split(whole, 2))
        ids = atoms.reshape(window.filters, most, -1).transpose(0, 2, 1).reshape(-1, most)
        sums = Sums(ids, np.repeat(slopes[:, None], most, 1), first, 2.0**exponent)
        return Tensor(tensor.name, tensor.shape, levels.dtype, sums, tensor.name), scale

    def _shared(self, tensor: Tensor, levels: Levels, counts: Array) -> Sums | None:
        """Make one layer where every element has the same two values, which are integers."""
        if not (counts == 1).all():
            return None
        low, high = np.minimum(levels.first, levels.values), np.maximum(levels.first, levels.values)
        off, on = low[0], high[0]
        if (
            (low != off).any()
            or (high != on).any()
            or not (float(off).is_integer() and float(on).is_integer())
        ):
            return None
        turned = levels.values < levels.first
        reach = tensor.sums.reach(self._draft.atoms)
        step = 0 if reach.is_real else reach.step
        rule = Rule(
            np.where(turned, levels.switches - step, levels.switches), turned, (int(off), int(on))
        )
        atoms = self._draft.add_layer(tensor.root, tensor.sums, rule)
        return self.of_atoms(tensor.name, tensor.shape, levels.dtype, atoms).sums

    def _counted(self, tensor: Tensor, levels: Levels) -> Sums | None:
        """Make one layer that counts the switches, where each changes an element by as much.

        One that changes it by twice as much counts as two at the same sum.
        """
        size = len(tensor.sums)
        _, changes = _changes(levels, size)
        units = np.full(size, np.inf)
        np.minimum.at(units, levels.elements, np.abs(changes))
        if len(changes):
            firsts = changes[np.searchsorted(levels.elements, levels.elements)]
            units[levels.elements] *= np.sign(firsts)
        counts = np.rint(changes / units[levels.elements])
        units[np.isinf(units)] = 0
        most = int(np.bincount(levels.elements, counts, size).max(initial=0))
        result = in_integers(np.concatenate([units, levels.first]))
        if (
            not 2 <= most <= _MAX_LEVELS
            or result is None
            or (counts < 1).any()
            or (counts * units[levels.elements] != changes).any()
        ):
            return None
        repeated = np.repeat(np.arange(len(changes)), counts.astype(np.int64))
        elements = levels.elements[repeated]
        place = np.arange(len(elements)) - np.searchsorted(elements, elements)
        reach = tensor.sums.reach(self._draft.atoms)
        beyond = reach.least + reach.counts * reach.step
        limits = beyond[:, None] + np.arange(most)
        limits[elements, place] = levels.switches[repeated]
        atoms = self._draft.add_layer(tensor.root, tensor.sums, Rule(limits))
        whole, exponent = result
        return Sums(atoms[:, None], whole[:size, None], whole[size:], 2.0**exponent)

    def _several(self, tensor: Tensor, levels: Levels, most: int) -> Sums:
        """Make a layer for each change of the elements, and add the changes up."""
        place, change = _changes(levels, len(tensor.sums))
        ids = np.full((len(tensor.sums), max(most, 1)), -1)
        changes = np.zeros(ids.shape)
        for i in range(most):
            chosen = np.flatnonzero(place == i)
            elements = levels.elements[chosen]
            rule = Rule(levels.switches[chosen])
            ids[elements, i] = self._draft.add_layer(tensor.root, tensor.sums.take(elements), rule)
            changes[elements, i] = change[chosen]
        result = in_integers(np.concatenate([changes.reshape(-1), levels.first]))
        if result is None:
            return Sums(ids, changes, levels.first, 1.0, is_exact=False)
        whole, exponent = result
        weights = whole[: changes.size].reshape(changes.shape)
        return Sums(ids, weights, whole[changes.size :], 2.0**exponent)

    def of_atoms(self, name: str, shape: tuple[int, ...], dtype: str, atoms: Array) -> Tensor:
        """Return a tensor of atoms themselves."""
        ones = np.ones((len(atoms), 1), np.int64)
        sums = Sums(atoms[:, None], ones, np.zeros(len(atoms), np.int64))
        return Tensor(name, shape, dtype, sums, name)

    def linear(self, tensor: Tensor) -> Sums | None:
        """Return the sums that a chain makes of sums; None where it is not linear, or rounds."""
        try:
            return linear_sums(tensor.sums, self.levels(tensor), self._draft.atoms)
        except TooManyLevelsError:
            return None

    def levels(self, tensor: Tensor) -> Levels:
        """Find the levels of a chain; where a constant was added while summing, try its rounding.

        The runtime adds it to some products at a time, and rounds each time.
        """
        known = self._levels.get(tensor.name)
        if known is None:
            known = self._levels[tensor.name] = self._tried(tensor)
        return known

    def _tried(self, tensor: Tensor) -> Levels:
        constants = {k: v for k, v in self._values.items() if isinstance(v, np.ndarray)}
        sums = tensor.sums
        if not sums.is_exact:
            levels = levels_of_reals(tensor, self._model, constants)
            if levels is None:
                raise self.rounded(tensor.chain[-1])
            # elements of the input themselves are not rounded
            self.is_near |= sums.weights.shape[1] > 1 or bool((sums.weights != 1).any())
            self.is_near |= bool(sums.base.any())
            return levels
        levels = levels_of(tensor, self._model, constants, self._draft.atoms)
        name = self.biases.get(tensor.root)
        if name is not None:
            bias = constants[name]
            steps = sums.weights.shape[1] // _BLOCK_PRODUCTS + 2
            sizes = sums.sizes(self._draft.atoms).reshape(tensor.shape) * sums.unit + np.abs(bias)
            rounding = sizes * steps * float(np.finfo(bias.dtype).eps)
            for side in (-1, 1):
                moved = constants | {name: (bias + side * rounding).astype(bias.dtype)}
                others = levels_of(tensor, self._model, moved, self._draft.atoms)
                self.is_near |= not levels.is_same(others)
        return levels


def _in_units(levels: Levels) -> tuple[Levels, float]:
    """Return levels as small integers, and their scale; 1 where they need none."""
    numbers = np.concatenate([levels.first, levels.values])
    result = in_integers(numbers)
    if levels.slopes is not None or (result is not None and is_small(result[0])):
        return levels, 1.0
    scaled = in_units(numbers)
    if scaled is None:
        return levels, 1.0
    size = len(levels.first)
    whole = scaled[0].astype(np.float64)
    return replace(levels, first=whole[:size], values=whole[size:]), float(scaled[1][0])


def _changes(levels: Levels, size: int) -> tuple[Array, Array]:
    """Return for each change the which of its element it is, and by how much it changes that."""
    starts = np.searchsorted(levels.elements, np.arange(size))
    place = np.arange(len(levels.elements)) - starts[levels.elements]
    before = np.concatenate([[0.0], levels.values[:-1]])[: len(place)]
    before = np.where(place == 0, levels.first[levels.elements], before)
    return place, levels.values - before
