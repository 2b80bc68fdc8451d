"""Layers compared: how many weights and thresholds changed, the largest change, and the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.comparison.structure.changes import Detail, of_both
from nnc.comparison.structure.declarations import Declarations, Element, shown_element
from nnc.comparison.structure.forms import number, shown_states, states_of_layer
from nnc.comparison.structure.names import NameMap
from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import numbers
from nnc.exact import counted, simplest
from nnc.integers import objects
from nnc.language.network import is_array

Array = NDArray[Any]
_TILE = 1 << 21
_WHOLE = 1 << 53
_LONGEST = 5
"""How many sources of a wiring are named."""


class LayerWeights(NamedTuple):
    """The weights of a layer: rows x wires, or, of a sparse one, the entries by place."""

    shape: tuple[int, int]
    dense: Array | None
    places: Array | None = None
    entries: Array | None = None

    @property
    def synapses(self) -> int:
        """How many weights there are."""
        return self.shape[0] * self.shape[1] if self.entries is None else len(self.entries)

    def sparse(self) -> tuple[Array, Array]:
        """Return every entry and its place, counted row by row."""
        if self.places is not None and self.entries is not None:
            return self.places, self.entries
        assert self.dense is not None
        return np.arange(self.synapses), np.ascontiguousarray(self.dense).reshape(-1)


class NumberChanges(NamedTuple):
    """How many numbers changed, and the largest change: its place, what was there and what is."""

    numbers: int
    place: int
    before: Any
    after: Any


def layer_details(
    before: Declarations, old: str, after: Declarations, new: str, names: NameMap, context: int
) -> tuple[Detail, ...]:
    """Say what changed in a layer; with `context` up to so many rows are told too."""
    return tuple(_details(before, old, after, new, names, context))


def _details(
    before: Declarations, old: str, after: Declarations, new: str, names: NameMap, context: int
) -> Iterator[Detail]:
    sides = ((before, old), (after, new))
    layers = [one.network.layers[name] for one, name in sides]
    fires = [one.network.fires_of(layer) for (one, _), layer in zip(sides, layers, strict=True)]
    states = [states_of_layer(one, name) for one, name in sides]
    sizes = [one.size_of(name) for one, name in sides]
    wiring = [
        [one for text in layer.wiring for one in side.elements(text)]
        for (side, _), layer in zip(sides, layers, strict=True)
    ]
    wiring[0] = [names.element(one) for one in wiring[0]]
    if fires[0] != fires[1]:
        yield of_both("fires", fires)
    if states[0] != states[1]:
        yield of_both("states", map(shown_states, states))
    if sizes[0] != sizes[1]:
        yield Detail("size", "", f"{sizes[0]:,}", f"{sizes[1]:,}")
    order = _order(*wiring)
    if order is None:
        yield of_both("wiring", map(_wired, wiring))
    numbers = [one.numbers_of(name) for one, name in sides]
    weights = [
        _numbers(given, size, len(wires))
        for (given, _), size, wires in zip(numbers, sizes, wiring, strict=True)
    ]
    if order is not None and sizes[0] == sizes[1]:
        yield from _weights(_reordered(weights[0], order), weights[1], new, wiring[1], context)
    limits = [_list(given, size) for (_, given), size in zip(numbers, sizes, strict=True)]
    if sizes[0] == sizes[1]:
        changed = _changed(*limits)
        if changed.numbers:
            subject = f"{new}({changed.place})"
            yield _told("thresholds", subject, changed, sizes[0])


def _told(what: str, subject: str, changed: NumberChanges, total: int) -> Detail:
    before, after = (None if one is None else _text(one) for one in changed[2:])
    return Detail(what, subject, before, after, changed.numbers, total)


def _text(value: Any) -> str:
    return number(simplest(Fraction(value))) or ""


# ---------------------------------------------------------------------------------- wiring


def _order(before: list[Element], after: list[Element]) -> Sequence[int] | None:
    """Return for each wire after its place before; None where they read other sources."""
    if before == after:
        return range(len(after))
    places = {one: i for i, one in enumerate(before)}
    if len(before) != len(after) or len(places) < len(before) or places.keys() != set(after):
        return None
    return [places[one] for one in after]


def _wired(elements: list[Element]) -> str:
    shown = ", ".join(map(shown_element, elements[:_LONGEST]))
    return f"{counted(len(elements), 'wire')}: {shown}{', …' if elements[_LONGEST:] else ''}"


def _reordered(weights: LayerWeights, order: Sequence[int]) -> LayerWeights:
    if isinstance(order, range):
        return weights
    if weights.dense is not None:
        return weights._replace(dense=weights.dense[:, order])
    assert weights.places is not None
    assert weights.entries is not None
    inverse = np.argsort(np.array(order))
    rows, columns = np.divmod(weights.places, weights.shape[1])
    places = rows * weights.shape[1] + inverse[columns]
    sort = np.argsort(places)
    return weights._replace(places=places[sort], entries=weights.entries[sort])


# --------------------------------------------------------------------------------- numbers


def _numbers(given: Any, size: int, fan_in: int) -> LayerWeights:
    shape = (size, fan_in)
    if isinstance(given, SparseWeights):
        rows = np.repeat(np.arange(size), np.diff(given.indptr).astype(np.int64))
        places = rows * fan_in + given.indices.astype(np.int64)
        sort = np.argsort(places, kind="stable")
        return LayerWeights(shape, None, places[sort], given.values[sort])
    if is_array(given):
        return LayerWeights(shape, given)
    if isinstance(given, tuple):
        return LayerWeights(shape, _array([one for row in given for one in row]).reshape(shape))
    return LayerWeights(shape, np.broadcast_to(_array([given]), shape))


def _list(given: Any, size: int) -> Array:
    if is_array(given):
        array: Array = given
        return array
    return np.broadcast_to(_array(list(given) if isinstance(given, tuple) else [given]), (size,))


def _array(values: list[Any]) -> Array:
    """Return exact numbers as integers where each is a small one, else as they are."""
    if all(type(one) is int and -_WHOLE < one < _WHOLE for one in values):
        return np.array(values, np.int64)
    return objects(values)


def _comparable(one: Array, other: Array) -> tuple[Array, Array]:
    """Return two arrays in types that NumPy compares exactly."""

    def plain(array: Array) -> Array:
        kind, width = array.dtype.kind, array.dtype.itemsize
        if kind == "b":
            return array.view(np.uint8)
        if kind in "iu" and width == 8 and array.size:
            is_small = int(array.min()) > -_WHOLE and int(array.max()) < _WHOLE
            return array.astype(np.int64) if is_small else array.astype(object)
        return array

    one, other = plain(one), plain(other)
    if "O" in (one.dtype.kind, other.dtype.kind):
        return _exact(one), _exact(other)
    return one, other


def _exact(array: Array) -> Array:
    return objects(numbers(array.reshape(-1))).reshape(array.shape)


def _changed(before: Array, after: Array) -> NumberChanges:
    """Compare two arrays of one shape."""
    one, other = _comparable(before, after)
    places = np.flatnonzero((one != other).reshape(-1))
    if not len(places):
        return NumberChanges(0, 0, None, None)
    old, new = one.reshape(-1)[places], other.reshape(-1)[places]
    at = _largest(old, new)
    return NumberChanges(len(places), int(places[at]), _item(old, at), _item(new, at))


def _largest(old: Array, new: Array) -> int:
    """Return the place of the largest change; those that float64 cannot tell apart are the same."""
    if old.dtype.kind == "O":
        sizes = [abs(a - b) for a, b in zip(old, new, strict=True)]
        return sizes.index(max(sizes))
    with np.errstate(over="ignore"):
        return int(np.abs(new.astype(np.float64) - old.astype(np.float64)).argmax())


def _item(array: Array, at: int) -> Any:
    return array[at : at + 1].tolist()[0]


# --------------------------------------------------------------------------------- weights


def _weights(
    before: LayerWeights, after: LayerWeights, name: str, wires: list[Element], context: int
) -> Iterator[Detail]:
    if before.dense is not None and after.dense is not None:
        rows = list(_dense_rows(before.dense, after.dense))
    else:
        if before.synapses != after.synapses:
            counts = (f"{one.synapses:,}" for one in (before, after))
            yield of_both("synapses", counts)
        rows = list(_sparse_rows(before, after))
    if not rows:
        return
    count = sum(one.numbers for _, one in rows)

    def size(numbered: tuple[int, NumberChanges]) -> Fraction:
        return abs(Fraction(numbered[1].after or 0) - Fraction(numbered[1].before or 0))

    row, largest = max(rows, key=size)
    subject = f"{name}({row}) from {shown_element(wires[largest.place])}"
    yield _told("weights", subject, largest._replace(numbers=count), after.synapses)
    for row, changed in rows[:context]:
        subject = f"{name}({row}) from {shown_element(wires[changed.place])}"
        yield _told("row", subject, changed, len(wires))


def _dense_rows(before: Array, after: Array) -> Iterator[tuple[int, NumberChanges]]:
    """Return each row that changed, without a copy of all weights."""
    step = max(1, _TILE // max(1, before.shape[1]))
    for start in range(0, len(before), step):
        one, other = _comparable(before[start : start + step], after[start : start + step])
        for row in np.flatnonzero((one != other).any(axis=1)).tolist():
            yield start + row, _changed(one[row], other[row])


def _sparse_rows(before: LayerWeights, after: LayerWeights) -> Iterator[tuple[int, NumberChanges]]:
    """Return each row of which an entry changed, came or went."""
    fan_in = after.shape[1]
    (places, entries), (others, values) = before.sparse(), after.sparse()
    entries, values = _comparable(entries, values)
    whole = np.union1d(places, others)
    old, new = _laid(entries, places, whole), _laid(values, others, whole)
    there = np.isin(whole, places) & np.isin(whole, others)
    differs = np.flatnonzero((old != new) | ~there)
    if not len(differs):
        return
    rows = whole[differs] // max(1, fan_in)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        own = differs[start:stop]
        at = int(own[_largest(old[own], new[own])])
        place = int(whole[at])
        found = (
            _item(values, int(np.searchsorted(places, place))) if place in places else None
            for places, values in ((places, entries), (others, values))
        )
        yield int(rows[start]), NumberChanges(stop - start, place % fan_in, *found)


def _laid(values: Array, places: Array, whole: Array) -> Array:
    """Lay entries at their places among all, with 0 where there is none."""
    array = np.zeros(len(whole), values.dtype)
    array[np.searchsorted(whole, places)] = values
    return array
