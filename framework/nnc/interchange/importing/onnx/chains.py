"""A chain of nodes over integer sums -> its levels, by running it over every value of the sums.

The runtime itself says where a chain switches, so that its rounding is part of the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.onnx.graph import SMALLER, Array, Model, Node
from nnc.interchange.importing.onnx.tables import attributes_of, session_of, values_of
from nnc.interchange.importing.onnx.values import (
    FARTHEST,
    FLOATS,
    Atoms,
    Reach,
    Sums,
    Tensor,
    in_integers,
)

MAX_VALUES = 1 << 27  # of a chain that are tried
_BLOCK = 1 << 20
_MAX_LEVELS = 256
_FEW = 64  # values of a sum that are tried one by one
MONOTONE = frozenset(
    """
Add Sub Mul Min Max Greater GreaterOrEqual Less LessOrEqual Div Neg Not Sign Relu Clip Round Floor
Ceil Identity HardSigmoid BatchNormalization QuantizeLinear DequantizeLinear Scaler Cast Where
""".split()
)
"""Operators that are monotone in the one operand that depends on the row, even rounded."""
_COMPARING = ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "QuantizeLinear")
_EITHER_SIDE = frozenset(("Add", "Sub", "Mul", "Min", "Max", *_COMPARING[:4]))
_ORDERED = frozenset(("Clip", "Min", "Max", "Identity", "Not", "Where", "Cast", "DequantizeLinear"))
"""The operators whose integers stay within the range of their type."""
_MAX_SWITCHES = 16
_MOST_SWITCHES = 1 << 25  # the signals that a network may have


class TooManyLevelsError(InvalidNetworkError):
    """A chain gives more different numbers than a neuron can have thresholds."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The values of a chain: `first` for the lowest sum, and every change above it.

    Change i is of the element `elements[i]`, where the sum reaches `switches[i]`, to `values[i]`;
    they are in the order of elements, and rise with the sum. `slopes` has the constant difference
    of each element where the chain is linear, else it is None.
    """

    first: Array
    elements: Array
    switches: Array
    values: Array
    slopes: Array | None
    dtype: str

    def is_same(self, other: Levels) -> bool:
        """Check if they change at the same sums, to the same values."""
        pairs = (
            (self.first, other.first),
            (self.elements, other.elements),
            (self.switches, other.switches),
            (self.values, other.values),
        )
        return all(np.array_equal(a, b) for a, b in pairs)

    def repeated(self, size: int) -> Levels:
        """Return the levels of one element for so many that change alike."""
        return replace(
            self,
            first=np.repeat(self.first, size),
            elements=np.repeat(np.arange(size), len(self.switches)),
            switches=np.tile(self.switches, size),
            values=np.tile(self.values, size),
        )


def levels_of(tensor: Tensor, model: Model, constants: Mapping[str, Array], atoms: Atoms) -> Levels:
    """Run a chain over every value that its sums may have.

    Raises InvalidNetworkError where these are too many, or it gives too many different numbers.
    """
    node, sums = tensor.chain[-1], tensor.sums
    reach = sums.reach(atoms)
    size, longest = len(sums), int(reach.counts.max(initial=1))
    run = _runner(tensor, model, constants)

    def at(steps: Array) -> Array:
        return run((reach.least + steps * reach.step) * sums.unit)

    if longest > _FEW and is_monotone(tensor, constants):
        switches = _Switches(at, np.zeros_like(reach.counts), reach.counts - 1, _MAX_SWITCHES)
        result = switches.find()
        if result is not None:
            elements, steps, values = result
            beyond = reach.least[elements] + steps * reach.step
            return Levels(switches.first, elements, beyond, values, None, switches.dtype)
    if longest * size > MAX_VALUES:
        raise node.refused(f"its {size:,} sums may have {longest:,} values each: too many to try")
    collected = _Collected(reach, node)
    rows = max(1, _BLOCK // max(size, 1))
    for start in range(0, longest, rows):
        steps = np.arange(start, min(start + rows, longest))
        collected.add(start, at(steps[:, None]))
    return collected.levels()


def levels_of_reals(tensor: Tensor, model: Model, constants: Mapping[str, Array]) -> Levels | None:
    """Find the floats at which a chain over sums of real numbers changes; None if there are many.

    A limit is halfway to the float below, since the runtime rounds what is above it upwards. No
    float lies halfway between two of 64 bits: of those none is found.
    """
    if tensor.dtype == "float64" or not is_monotone(tensor, constants):
        return None
    reads = [name for node in tensor.chain for name in node.inputs if name in constants]
    is_one = all(constants[name].size == 1 for name in reads)
    if is_one and len(tensor.sums) > 1 and all(node.op != "Scaler" for node in tensor.chain):
        one = replace(
            tensor, shape=(1,) * len(tensor.shape), sums=tensor.sums.take(np.zeros(1, int))
        )
        levels = levels_of_reals(one, model, constants)
        size = len(tensor.sums)
        if levels is not None and size * len(levels.switches) > _MOST_SWITCHES:
            reason = f"its {size:,} elements have {len(levels.switches):,} levels each: too many"
            raise tensor.chain[-1].refused(reason, SMALLER)
        return None if levels is None else levels.repeated(size)
    size, run = len(tensor.sums), _runner(tensor, model, constants)

    def floats(steps: Array) -> Array:
        """Return the float of each step from 0, upwards or downwards."""
        sizes = np.abs(steps).astype(np.int32).view(np.float32)
        return np.copysign(sizes.astype(np.float64), steps)

    farthest = int(np.array(FARTHEST, np.float32).view(np.int32))
    ends = np.full(size, farthest, np.int64)
    switches = _Switches(lambda steps: run(floats(steps)), -ends, ends, _MAX_LEVELS)
    result = switches.find()
    if result is None:
        return None
    elements, steps, values = result
    limits = (floats(steps) + floats(steps - 1)) / 2
    return Levels(switches.first, elements, limits, values, None, switches.dtype)


def directions_of(
    tensor: Tensor, model: Model, constants: Mapping[str, Array], atoms: Atoms
) -> Array:
    """Return 1 for each element whose monotone chain rises, -1 where it falls, 0 for no change."""
    if not tensor.chain:
        return np.ones(len(tensor.sums), np.int64)
    reach = tensor.sums.reach(atoms)
    ends = np.stack([reach.least, reach.least + (reach.counts - 1) * reach.step])
    first, last = _runner(tensor, model, constants)(ends * tensor.sums.unit).astype(np.float64)
    directions: Array = np.sign(last - first).astype(np.int64)
    return directions


def is_monotone(tensor: Tensor, constants: Mapping[str, Array]) -> bool:
    """Check if a chain is monotone in its sum for each element.

    Each node reads the one before it, and else constants. Integers that are added may wrap, so that
    a chain has to have floats there.
    """
    before, is_float = tensor.root, tensor.dtype.startswith("float")
    for node in tensor.chain:
        reads = [i for i, name in enumerate(node.inputs) if name and name not in constants]
        if len(reads) != 1 or node.inputs[reads[0]] != before:
            return False
        if node.op not in (_ORDERED if not is_float else MONOTONE):
            return False
        if reads[0] and (node.op == "Where" or node.op not in _EITHER_SIDE):
            return False
        before = node.outputs[0]
        if node.op == "Cast" and node.attributes.get("to") not in FLOATS:
            return False
        if node.op == "Where":
            is_float = constants[node.inputs[1]].dtype.kind == "f"
        elif node.op in ("Cast", "DequantizeLinear"):
            is_float = True
        elif node.op in _COMPARING:
            is_float = False
    return True


class _Switches:
    """The steps at which a monotone function changes, found by bisection for each element."""

    def __init__(
        self, run: Callable[[Array], Array], least: Array, greatest: Array, most: int
    ) -> None:
        """`run` gives the values for rows of steps, one of each element."""
        self._run, self._least, self._greatest, self._most = run, least, greatest, most
        self.dtype = ""
        self.first: Array = np.zeros(0)

    def find(self) -> tuple[Array, Array, Array] | None:
        """Return elements, the steps from which on they are another number, and that number.

        None where an element changes more often than `most`, or is no finite number.
        """
        ends = np.stack([self._least, self._greatest])
        values = self._values(ends)
        if values is None:
            return None
        self.first = values[0]
        elements = np.flatnonzero(values[0] != values[1])
        low, high = ends[0][elements], ends[1][elements]
        below, above = values[0][elements], values[1][elements]
        while True:
            wide = np.flatnonzero(low + 1 < high)
            if not wide.size:
                break
            first, last = low[wide], high[wide]  # whose sum may be beyond 64 bits
            middle = (first >> 1) + (last >> 1) + (first & last & 1)
            between = self._between(elements[wide], middle)
            if between is None:
                return None
            # the upper half of each becomes an interval of its own
            elements = np.concatenate([elements, elements[wide]])
            low, high = np.concatenate([low, middle]), np.concatenate([high, high[wide]])
            below, above = np.concatenate([below, between]), np.concatenate([above, above[wide]])
            high[wide], above[wide] = middle, between
            kept = below != above
            elements, low, high = elements[kept], low[kept], high[kept]
            below, above = below[kept], above[kept]
            if np.bincount(elements).max(initial=0) > self._most:
                return None
        order = np.lexsort((high, elements))
        return elements[order], high[order], above[order]

    def _between(self, elements: Array, steps: Array) -> Array | None:
        """Return the values of some elements, each at a step of its own."""
        order = np.argsort(elements, kind="stable")
        sorted_ = elements[order]
        row = np.arange(len(sorted_)) - np.searchsorted(sorted_, sorted_)
        result = np.zeros(len(elements))
        count = max(1, _BLOCK // len(self._least))
        for start in range(0, int(row.max()) + 1, count):
            chosen = np.flatnonzero((start <= row) & (row < start + count))
            at = row[chosen] - start, sorted_[chosen]
            rows = np.zeros((int(at[0].max()) + 1, len(self._least)), np.int64)
            rows[at] = steps[order[chosen]]
            values = self._values(rows)
            if values is None:
                return None
            result[order[chosen]] = values[at]
        return result

    def _values(self, steps: Array) -> Array | None:
        block = self._run(steps)
        self.dtype = block.dtype.name
        if block.dtype.kind not in "fiub":
            return None
        values = block.astype(np.float64)
        return values if np.isfinite(values).all() else None


class _Collected:
    """The changes of a chain, block by block."""

    def __init__(self, reach: Reach, node: Node) -> None:
        self._reach, self._node = reach, node
        self._last: Array | None = None
        self._first: Array = np.zeros(0)
        self._slopes: Array | None = None
        self._is_linear = True
        self._changes: list[tuple[Array, Array, Array]] = []
        self._count = 0
        self._dtype = ""

    def add(self, start: int, block: Array) -> None:
        """Add the values for the sums from `start` steps above the least."""
        self._dtype = block.dtype.name
        if block.dtype.kind not in "fiub":
            raise self._node.refused("it gives no numbers")
        values = block.astype(np.float64)
        if not np.isfinite(values).all():
            raise self._node.refused("it gives what is no finite number")
        if self._last is None:
            self._first, before, start = values[0], values, 1
        else:
            before = np.concatenate([self._last[None], values])
        self._last = values[-1]
        inside = (start + np.arange(len(before) - 1))[:, None] < self._reach.counts
        differences = np.where(inside, np.diff(before, axis=0), 0)
        if len(differences):
            self._note(differences, before, inside, start)

    def _note(self, differences: Array, before: Array, inside: Array, start: int) -> None:
        if self._slopes is None:
            self._slopes = differences[0]
        self._is_linear &= bool(((differences == self._slopes) | ~inside).all())
        if self._count <= _MAX_LEVELS * differences.shape[1]:
            steps, elements = np.nonzero(differences)
            self._count += len(steps)
            self._changes.append((elements, start + steps, before[steps + 1, elements]))

    def levels(self) -> Levels:
        """Return the levels."""
        slopes = np.zeros(len(self._first)) if self._slopes is None else self._slopes
        is_stepwise = self._count <= _MAX_LEVELS * len(self._first)
        if not is_stepwise and not self._is_linear:
            reason = f"it gives over {_MAX_LEVELS} different numbers, which are read on"
            hint = "only few levels can be a network's thresholds"
            raise TooManyLevelsError(self._node.refused(reason, hint).diagnostics)
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        parts = self._changes if is_stepwise else []
        elements, steps, values = (
            np.concatenate(each) for each in zip(*[empty, *parts], strict=True)
        )
        order = np.lexsort((steps, elements))
        elements, steps, values = elements[order], steps[order], values[order]
        switches = self._reach.least[elements] + steps * self._reach.step
        return Levels(
            self._first,
            elements,
            switches,
            values,
            slopes if self._is_linear else None,
            self._dtype,
        )


def _runner(
    tensor: Tensor, model: Model, constants: Mapping[str, Array]
) -> Callable[[Array], Array]:
    """Return a function that runs the chain on rows of sums."""
    import onnx
    from onnx import helper, numpy_helper

    reads = {name for node in tensor.chain for name in node.inputs if name}
    fixed = [
        numpy_helper.from_array(np.ascontiguousarray(constants[name]), name)
        for name in sorted(reads & constants.keys())
    ]
    shape = tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
    dtype = np.dtype(tensor.dtype)
    kind = helper.np_dtype_to_tensor_dtype(dtype)
    protos = [
        helper.make_node(n.op, n.inputs, n.outputs, domain=n.domain, **attributes_of(n.attributes))
        for n in tensor.chain
    ]
    graph = helper.make_graph(
        protos,
        "chain",
        [helper.make_tensor_value_info(tensor.root, kind, ["rows", *shape])],
        [onnx.ValueInfoProto(name=tensor.name)],
        fixed,
    )
    node = tensor.chain[-1]
    session = session_of(graph, model, node)

    def run(totals: Array) -> Array:
        feeds = totals.astype(dtype).reshape((len(totals), *shape))
        (value,) = values_of(session, {tensor.root: feeds}, node)
        if value.size != totals.size:
            raise node.refused(f"it gives the shape {list(value.shape[1:])}, not {list(shape)}")
        return value.reshape(len(totals), -1)

    return run


def linear_sums(sums: Sums, levels: Levels, atoms: Atoms) -> Sums | None:
    """Return the sums of a linear chain, or None if it is not linear, or rounds."""
    if levels.slopes is None or not sums.is_exact:
        return None
    reach = sums.reach(atoms)
    per_unit = levels.slopes / reach.step
    if not (per_unit * reach.step == levels.slopes).all():
        return None
    result = in_integers(np.concatenate([per_unit, levels.first]))
    if result is None:
        return None
    whole, exponent = result
    slopes, first = whole[: len(sums)], whole[len(sums) :]
    return Sums(
        sums.ids,
        sums.weights * slopes[:, None],
        first - slopes * (reach.least - sums.base),
        2.0**exponent,
        window=sums.window,
    )
