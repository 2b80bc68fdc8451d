"""Pooling: the largest of bits is 1 where any is, and a mean is a sum that is divided."""

from __future__ import annotations

from dataclasses import replace
from math import lcm
from typing import NamedTuple

import numpy as np

from nnc.interchange.importing.onnx.chains import directions_of, is_monotone
from nnc.interchange.importing.onnx.convolutions import moving
from nnc.interchange.importing.onnx.graph import Array, Node
from nnc.interchange.importing.onnx.layers import Draft, Rule
from nnc.interchange.importing.onnx.linear import scaled
from nnc.interchange.importing.onnx.moving import Moving
from nnc.interchange.importing.onnx.values import Pool, Sums, Tensor, Value, joined
from nnc.interchange.importing.onnx.windows import (
    Windows,
    whole_windows,
    window_over,
    windows_of,
)

_MAX_LEVELS = 16
CHANNELLED = ("BatchNormalization", "QuantizeLinear", "DequantizeLinear")
"""Their numbers are those of channels."""


def summed(sums: Sums, places: Array) -> Sums:
    """Return the sum of the elements of each window."""
    inside = places >= 0
    held = np.where(inside, places, 0)
    ids = np.where(inside[..., None], sums.rows()[held], -1)
    weights = sums.weights[held] * inside[..., None]
    base = (sums.base[held] * inside).sum(1)
    size = len(places)
    return Sums(ids.reshape(size, -1), weights.reshape(size, -1), base, sums.unit, sums.is_exact)


def extreme(node: Node, tensor: Tensor, windows: Windows, draft: Draft, sign: int) -> Sums:
    """Return the largest (or with sign -1 the least) element of each window.

    Of bits it is one neuron, which fires where any of them does, or where all do; of integers one
    for each value above the least. Raises InvalidNetworkError for sums of several neurons.
    """
    sums = _of_one(tensor.sums)
    if not sums.is_exact or sums.weights.shape[1] != 1:
        raise node.refused(
            "it takes the largest of sums, which only neurons have",
            "put the activation before the pooling: for a rising one that gives the same",
        )
    atoms, weights = sums.rows()[:, 0], sums.weights[:, 0]
    bits = _bits(node, atoms[weights != 0], draft)
    scale, base = weights[0], sums.base[0]
    if all(len(each) == 1 for each in bits.values()) and (
        scale and (weights == scale).all() and (sums.base == base).all() and _is_one_kind(bits)
    ):
        is_any = (scale > 0) == (sign > 0)
        places = np.array([bits[int(atom)][0].atom for atom in atoms])
        ids = _combined(node, places, windows, draft, is_any=is_any)[:, None]
        return Sums(ids, np.full(ids.shape, scale), np.full(len(ids), base), sums.unit)
    elements = [
        _Element.of(sign * int(w), sign * int(c), bits.get(int(atom), ()) if w else ())
        for w, c, atom in zip(weights, sums.base, atoms, strict=True)
    ]
    return _mixed(node, elements, windows, draft, sign, sums.unit)


def _of_one(sums: Sums) -> Sums:
    """Return sums of one atom each in one column, where no more than one counts."""
    counts = sums.weights != 0
    if sums.weights.shape[1] == 1 or (counts.sum(1) > 1).any():
        return sums
    chosen = counts.argmax(1)[:, None]
    ids, weights = (np.take_along_axis(x, chosen, 1) for x in (sums.rows(), sums.weights))
    return replace(sums, ids=ids, weights=weights)


class _Bit(NamedTuple):
    """A neuron of two values: its atom, and its values when it is silent and when it fires."""

    atom: int
    off: int
    on: int


class _Element(NamedTuple):
    """The lowest value of an element, and the bits that raise it (or lower it)."""

    least: int
    steps: tuple[tuple[int, _Bit, bool], ...]

    @classmethod
    def of(cls, weight: int, base: int, bits: tuple[_Bit, ...]) -> _Element:
        """Return the element that is `weight` times an integer, of which these are the bits."""
        if not bits:
            return cls(base, ())
        values = [weight * bits[0].off + base, *(weight * bit.on + base for bit in bits)]
        if weight > 0:
            return cls(values[0], tuple(zip(values[1:], bits, [True] * len(bits), strict=True)))
        pairs = zip(values[:-1], bits, strict=True)
        return cls(values[-1], tuple((value, bit, False) for value, bit in reversed(list(pairs))))


def _bits(node: Node, atoms: Array, draft: Draft) -> dict[int, tuple[_Bit, ...]]:
    """Return the bits of each atom, one for each value above its least. They may be new neurons."""
    result: dict[int, tuple[_Bit, ...]] = {}
    kinds: dict[tuple[int, int, int], list[int]] = {}
    known = draft.atoms
    for atom in np.unique(atoms).tolist():
        kind = known.least[atom], known.greatest[atom], known.steps[atom]
        kinds.setdefault(kind, []).append(atom)
    for (least, greatest, step), members in kinds.items():
        count = (greatest - least) // step
        if count > _MAX_LEVELS:
            raise node.refused(
                f"it takes the largest of elements with {count + 1:,} values each",
                f"quantize them to at most {_MAX_LEVELS + 1} values before it",
            )
        if count == 1:
            result |= {atom: (_Bit(atom, least, greatest),) for atom in members}
            continue
        ids = np.array(members)[:, None]
        unit = Sums(ids, np.ones(ids.shape, np.int64), np.zeros(len(ids), np.int64))
        layers = [
            draft.add_layer(
                f"{node.outputs[0]}/{level}", unit, Rule(np.full(len(ids), least + level * step))
            )
            for level in range(1, count + 1)
        ]
        for i, atom in enumerate(members):
            result[atom] = tuple(
                _Bit(int(layer[i]), least + level * step, least + (level + 1) * step)
                for level, layer in enumerate(layers)
            )
    return result


def _is_one_kind(bits: dict[int, tuple[_Bit, ...]]) -> bool:
    return len({(bit.off, bit.on) for each in bits.values() for bit in each}) == 1


def _mixed(
    node: Node, elements: list[_Element], windows: Windows, draft: Draft, sign: int, unit: float
) -> Sums:
    """Return the largest elements of windows, a neuron for each value that it may rise to."""
    size = len(windows.places)
    base = np.zeros(size, np.int64)
    levels: list[list[tuple[int, int, list[tuple[_Bit, bool]]]]] = []
    for window, places in enumerate(windows.places.tolist()):
        members = [elements[place] for place in places if place >= 0]
        if not members:
            raise node.refused("one of its windows has nothing but padding")
        floor = last = max(member.least for member in members)
        base[window] = sign * floor
        values = sorted({step[0] for member in members for step in member.steps if step[0] > floor})
        for level, value in enumerate(values):
            if level == len(levels):
                levels.append([])
            reached = (next((s for s in member.steps if s[0] >= value), None) for member in members)
            signs = [(step[1], step[2]) for step in reached if step is not None]
            levels[level].append((window, sign * (value - last), signs))
            last = value
    if len(levels) > _MAX_LEVELS:
        raise node.refused(f"it takes the largest of {len(levels) + 1:,} different values")
    ids, weights = np.full((size, max(len(levels), 1)), -1), np.zeros((size, max(len(levels), 1)))
    for level, rows in enumerate(levels):
        chosen = np.array([row[0] for row in rows])
        ids[chosen, level] = _any(node, [row[2] for row in rows], draft, level)
        weights[chosen, level] = [row[1] for row in rows]
    return Sums(ids, weights.astype(np.int64), base, unit)


def _any(node: Node, rows: list[list[tuple[_Bit, bool]]], draft: Draft, level: int) -> Array:
    """Add a neuron for each row, which fires where one of its bits does, or one is silent."""
    width = max(len(row) for row in rows)
    ids, weights = np.full((len(rows), width), -1), np.zeros((len(rows), width), np.int64)
    limits = np.zeros(len(rows), np.int64)
    for i, row in enumerate(rows):
        ends = [(draft.atoms.least[bit.atom], draft.atoms.greatest[bit.atom]) for bit, _ in row]
        spans = [on - off for off, on in ends]
        # each counts as much, whatever the numbers of its states are
        whole = lcm(*spans)
        for k, ((bit, fires), (off, on), span) in enumerate(zip(row, ends, spans, strict=True)):
            ids[i, k], weights[i, k] = bit.atom, whole // span * (1 if fires else -1)
            limits[i] += whole // span * (off if fires else -on)
        limits[i] += whole
    name = f"{node.outputs[0]}/any{level + 1}" if level else node.outputs[0]
    return draft.add_layer(name, Sums(ids, weights, np.zeros(len(rows), np.int64)), Rule(limits))


def _combined(node: Node, bits: Array, windows: Windows, draft: Draft, *, is_any: bool) -> Array:
    """Add a neuron for each window, which fires where any of its bits does, or where all do."""
    inside = windows.places >= 0
    ids = np.where(inside, bits[np.where(inside, windows.places, 0)], -1)
    off, on = draft.atoms.least[int(bits[0])], draft.atoms.greatest[int(bits[0])]
    counts = inside.sum(1)
    if not counts.all():
        raise node.refused("one of its windows has nothing but padding")
    limits = counts * off + (on - off) if is_any else counts * on
    zeros = np.zeros(len(ids), np.int64)
    sums = Sums(ids, inside.astype(np.int64), zeros)
    return draft.add_layer(node.outputs[0], sums, Rule(limits, states=(off, on)))


def _is_of_channels(value: Value | None, pool: Pool, node: Node) -> bool:
    """Check if a constant is the same for all elements of a channel."""
    if not isinstance(value, np.ndarray):
        return False
    if value.size == 1:
        return value.ndim <= len(pool.shape)
    if not pool.has_channels:
        return False
    if node.op in CHANNELLED:
        return value.ndim == 1 and node.attributes.get("axis", 1) == 1
    rank = len(pool.shape)
    shape = (1,) * (rank - value.ndim) + value.shape
    return len(shape) == rank and shape[0] == 1 and set(shape[2:]) <= {1}


class Pooling(Moving):
    """Sums, means, and the largest or least elements, of windows."""

    def pooled(self, node: Node) -> Value:
        """Return the sums, the means, or the largest or least elements of windows."""
        tensor = self.values.get(node.inputs[0])
        if not isinstance(tensor, Tensor) or len([name for name in node.outputs if name]) > 1:
            raise node.refused("what it reads depends on the row, or it gives places")
        sign = {"Max": 1, "Min": -1}.get(node.op.replace("Pool", "")[-3:], 0)
        if sign and tensor.chain and not tensor.sums.is_exact:
            tensor = self.steps.plain(tensor)
        if sign and tensor.sums.is_exact:
            windows = self._windows(node, replace(tensor, chain=()))
            return Pool(node, tensor, windows.places, windows.shape, sign, node, tensor)
        if sign:
            raise self.steps.rounded(node)
        tensor, scale = self.steps.in_units(tensor)
        windows = self._windows(node, tensor)
        sums = summed(tensor.sums, windows.places)
        name = node.outputs[0]
        result = self.checked(node, Tensor(name, windows.shape, tensor.dtype, sums, name))
        factors: list[tuple[str, float | Array]] = [("Mul", scale)] if scale != 1 else []
        if node.op != "ReduceSum":
            is_padded = node.attributes.get("count_include_pad", 0) and not (
                node.attributes.get("ceil_mode", 0) and not any(node.attributes.get("pads") or [])
            )
            inside = (windows.places >= 0) | bool(is_padded)
            factors.append(("Div", inside.sum(1).reshape(windows.shape)))
        if not result.sums.is_exact:
            for op, number in factors:
                numbers = np.broadcast_to(number, windows.shape).reshape(-1).astype(np.float64)
                result = replace(
                    result, sums=scaled(result.sums, numbers if op == "Mul" else 1 / numbers)
                )
            return result
        return self.followed(node, result, factors)

    def follows_pool(self, node: Node) -> bool:
        """Let a node follow a pool if it is monotone; otherwise turn pools into neurons."""
        pools = [name for name in node.inputs if isinstance(self.values.get(name), Pool)]
        pool = self.values[pools[0]] if len(pools) == 1 else None
        others = [self.values.get(name) for name in node.inputs if name and name not in pools]
        if isinstance(pool, Pool) and all(_is_of_channels(other, pool, node) for other in others):
            before = pool.tensor
            name = self.unused(node.outputs[0], "each")
            reads = tuple(before.name if read == pools[0] else read for read in node.inputs)
            each = node._replace(inputs=reads, outputs=(name,))
            self.order[name] = len(self.order)
            root = before.root if before.chain else before.name
            tensor = replace(before, name=name, root=root, chain=(*before.chain, each))
            if is_monotone(tensor, self._constants()):
                self.values[node.outputs[0]] = replace(pool, node=node, tensor=tensor)
                return True
        for name in pools:
            self.unpooled(name)
        return False

    def _constants(self) -> dict[str, Array]:
        return {name: x for name, x in self.values.items() if isinstance(x, np.ndarray)}

    def unpooled(self, name: str) -> Value | None:
        """Return a value, after which it is no pool: neurons of the elements, then of windows."""
        pool = self.values.get(name)
        if not isinstance(pool, Pool):
            return pool
        node, tensor = pool.node, pool.tensor
        signs = np.zeros(len(tensor.sums), np.int64)
        if len(tensor.chain) > len(pool.before.chain):  # what follows the pool may fall
            signs = self._directions(tensor) * self._directions(pool.before)
        inside = np.where(pool.places >= 0, signs[pool.places], 0)
        least, most = inside.min(1), inside.max(1)
        if ((least < 0) & (most > 0)).any():
            raise node.refused("it rises for some elements of a window, and falls for others")
        is_chained = tensor.chain and pool.origin.op == "MaxPool"
        bits = self.steps.bits_in_units(tensor) if is_chained else None
        plain, scale = bits or self.steps.in_units(tensor)
        falls = (least < 0) != (scale < 0)
        sums = self._convolved(pool, plain, falls if pool.sign > 0 else ~falls)
        if sums is None:
            sums = self._extremes(pool, plain, falls)
        result = self.checked(node, Tensor(name, pool.shape, plain.dtype, sums, name))
        factors = [("Mul", scale)] if scale != 1 else []
        value = self.followed(node._replace(outputs=(name,)), result, factors)
        self.values[name] = value
        return value

    def _directions(self, tensor: Tensor) -> Array:
        return directions_of(tensor, self.model, self._constants(), self.draft.atoms)

    def _extremes(self, pool: Pool, tensor: Tensor, falls: Array) -> Sums:
        """Return the largest or least elements of windows, by neurons that are written out."""
        parts, order = [], []
        for way, chosen in ((1, np.flatnonzero(~falls)), (-1, np.flatnonzero(falls))):
            if chosen.size:
                windows = Windows(pool.places[chosen], (len(chosen),))
                parts.append(extreme(pool.node, tensor, windows, self.draft, way * pool.sign))
                order.append(chosen)
        return joined(parts).take(np.argsort(np.concatenate(order)))

    def _convolved(self, pool: Pool, tensor: Tensor, is_least: Array) -> Sums | None:
        """Return the pool of bits as a convolution: any of them, or all where it is the least.

        Elements may be sums of several bits, each of which implies the one before it.
        """
        sums, node, known = _of_one(tensor.sums), pool.origin, self.draft.atoms
        rows, channels = sums.rows(), tensor.shape[1]
        if node.op != "MaxPool" or not sums.is_exact or rows.min() < 0:
            return None
        ends = {(known.least[a], known.greatest[a], known.steps[a]) for a in rows.reshape(-1)}
        deep = rows.shape[1]
        parts = np.concatenate([sums.weights, sums.base[:, None]], 1)
        parts, ways = parts.reshape(channels, -1, deep + 1), is_least.reshape(channels, -1)
        weights, base, least = parts[:, 0, :deep], parts[:, 0, deep], ways[:, 0]
        if len(ends) > 1 or (parts != parts[:, :1]).any() or (ways != ways[:, :1]).any():
            return None
        ((off, on, step),) = ends
        if step != on - off or not weights.all() or (deep > 1 and (weights < 0).any()):
            return None
        is_all = np.repeat(least != (weights[:, 0] < 0), deep)
        outside = on if is_all.all() else off if not is_all.any() else None
        kernel_shape = node.attributes.get("kernel_shape") or []
        whole = replace(tensor, sums=sums)
        window = window_over(node, whole, kernel_shape, len(is_all), outside)
        if window is None or window.outside is None:
            return None
        window = replace(window, groups=len(is_all), deep=1)
        taps = window.kernel[0] * window.kernel[1]
        kernel = moving(np.ones((len(is_all), taps), np.int64), window)
        if kernel is None:
            return None
        limits = np.where(is_all, taps * on, taps * off + (on - off))[:, None]
        ids = self.draft.add_convolution(node.outputs[0], window.atoms, kernel, limits, (off, on))
        if ids is None:
            return None
        ids = ids.reshape(channels, deep, -1).transpose(0, 2, 1).reshape(-1, deep)
        weights, base = (np.repeat(part, window.positions, 0) for part in (weights, base))
        return Sums(ids, weights, base, sums.unit)

    def _windows(self, node: Node, tensor: Tensor) -> Windows:
        if node.op in ("MaxPool", "AveragePool"):
            return windows_of(node, tensor)
        rank = len(tensor.shape)
        if node.op.startswith("Global"):
            return whole_windows(node, tensor, list(range(2, rank)), keeps=True)
        axes = self.constant(node, 1)
        if axes is not None and axes.dtype.kind not in "iu":
            raise node.refused("its axes are not integers")
        chosen = node.attributes.get("axes") if axes is None else axes.reshape(-1).tolist()
        if chosen is None:
            chosen = list(range(rank))
        return whole_windows(node, tensor, chosen, keeps=bool(node.attributes.get("keepdims", 1)))
