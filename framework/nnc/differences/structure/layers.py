"""Layers compared: how many weights and thresholds changed, the largest change, and the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from nnc.compiler.graph import SparseWeights, Window, shared_weights
from nnc.compiler.plan import numbers
from nnc.differences.structure.declarations import Declarations, Detail, Element, format_element
from nnc.differences.structure.forms import format_number, format_states
from nnc.differences.structure.names import NameMap
from nnc.language.network import Convolution, Entry, Fires, Open, States, is_array, whole_rows
from nnc.lazy import np
from nnc.numbers.exact import counted, fits_json, simplest
from nnc.numbers.integers import Array, fits_floats, objects

_TILE = 1 << 21
"""The number of weights compared at a time."""
_MAX_NAMED = 5
"""The number of sources of a wiring that are named."""


class LayerWeights(NamedTuple):
    """The weights of a layer: rows x wires, or, of a sparse one, the entries by place."""

    shape: tuple[int, int]
    dense: Array | None
    places: Array | None = None
    entries: Array | None = None

    @property
    def synapses(self) -> int:
        """The number of weights."""
        return self.shape[0] * self.shape[1] if self.entries is None else len(self.entries)

    def sparse(self) -> tuple[Array, Array]:
        """Return every entry and its position, counted row by row."""
        if self.places is not None and self.entries is not None:
            return self.places, self.entries
        assert self.dense is not None
        return np.arange(self.synapses), np.ascontiguousarray(self.dense).reshape(-1)


class NumberChanges(NamedTuple):
    """The number of changes, and the largest one: its position, and its number before and after.

    A number missing on one side is None.
    """

    changed: int
    place: int
    before: Any
    after: Any


class LayerForm(NamedTuple):
    """The normal form of a layer."""

    fires: Fires
    states: States
    size: int | Open
    wiring: list[Element]
    weights: LayerWeights
    thresholds: Array
    window: Window | None = None
    """The window of a convolution, whose size is the number of its features."""

    def words_of(self, place: int) -> str:
        """Name the wire of a weight, or its position in the kernel of a convolution."""
        if self.window is None:
            return f"from {format_element(self.wiring[place])}"
        tap, channel = divmod(place, self.window.depth)
        row, column = divmod(tap, self.window.kernel[1])
        return f"at [{row}, {column}, {channel}]"


def form_of_layer(declared: Declarations, name: str) -> LayerForm:
    """Return the normal form of a layer."""
    layer = declared.network.layers[name]
    stored, thresholds = declared.numbers_of(name)
    wiring, window = declared.elements_of(layer.wiring), None
    size: int | Open
    if isinstance(layer, Convolution):
        window = declared.window_of(name)
        kernel = shared_weights(stored, window).kernel
        size = count = window.features
        weights = LayerWeights(kernel.shape, kernel)
    else:
        count = declared.size_of(name)
        size = layer.size if isinstance(layer.size, Open) else count
        weights = _weights_of(stored, count, len(wiring))
    return LayerForm(
        declared.network.fires_of(layer),
        declared.network.states_of(layer),
        size,
        wiring,
        weights,
        _thresholds_of(thresholds, count),
        window,
    )


def layer_details(names: NameMap, old_name: str, new_name: str, context: int) -> Iterator[Detail]:
    """Describe the changes in a layer; with `context`, also up to that many of its rows."""
    old = form_of_layer(names.before, old_name)
    old = old._replace(wiring=list(map(names.element, old.wiring)))
    new = form_of_layer(names.after, new_name)
    if old.fires != new.fires:
        yield Detail("fires", "", old.fires, new.fires)
    if old.states != new.states:
        yield Detail("states", "", format_states(old.states), format_states(new.states))
    if old.size != new.size:
        yield Detail("size", "", _size_words(old.size), _size_words(new.size))
    order = _order(old.wiring, new.wiring)
    if order is None:
        yield Detail("wiring", "", _wiring_words(old.wiring), _wiring_words(new.wiring))
    if old.window != new.window:
        yield Detail("window", "", _window_words(old.window), _window_words(new.window))
    if old.size != new.size:
        return  # which number stands for which is not known
    if old.window is not None and new.window is not None:
        if old.weights.shape != new.weights.shape:
            return
        yield from _weight_details(old.weights, new.weights, new_name, new.words_of, context)
    elif old.window is not None or new.window is not None:
        return
    elif order is not None:
        weights = _reordered(old.weights, order)
        yield from _weight_details(weights, new.weights, new_name, new.words_of, context)
    if old.thresholds.shape != new.thresholds.shape:
        before, after = map(_thresholds_words, (old.thresholds, new.thresholds))
        yield Detail("thresholds", "", before, after)
        return
    changes = _changes(old.thresholds, new.thresholds)
    if changes.changed:
        each = new.thresholds.shape[1] if new.thresholds.ndim == 2 else 1
        subject = f"{new_name}({changes.place // each})"
        yield _number_detail("thresholds", subject, changes, new.thresholds.size)


def _window_words(window: Window | None) -> str:
    return "no convolution" if window is None else window.words()


def _thresholds_words(thresholds: Array) -> str:
    """Return the number of thresholds of a neuron in words."""
    return "one each" if thresholds.ndim == 1 else f"{thresholds.shape[1]:,} each, counted"


def _size_words(size: int | Open) -> str:
    return str(size) if isinstance(size, Open) else f"{size:,}"


def _number_detail(what: str, subject: str, changes: NumberChanges, total: int) -> Detail:
    before, after = (
        None if value is None else format_number(_entry(value))
        for value in (changes.before, changes.after)
    )
    return Detail(what, subject, before, after, changes.changed, total)


def _entry(value: Any) -> Entry:
    return value if isinstance(value, Open) else simplest(Fraction(value))


# ---------------------------------------------------------------------------------- wiring


def _order(before: list[Element], after: list[Element]) -> Sequence[int] | None:
    """Map each wire to its earlier position; None if the sources differ."""
    if before == after:
        return range(len(after))
    places = {element: i for i, element in enumerate(before)}
    if len(before) != len(after) or len(places) < len(before) or places.keys() != set(after):
        return None
    return [places[element] for element in after]


def _wiring_words(elements: list[Element]) -> str:
    names = ", ".join(map(format_element, elements[:_MAX_NAMED]))
    return f"{counted(len(elements), 'wire')}: {names}{', …' if elements[_MAX_NAMED:] else ''}"


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


def _weights_of(stored: Any, size: int, fan_in: int) -> LayerWeights:
    shape = (size, fan_in)
    if isinstance(stored, SparseWeights):
        rows = np.repeat(np.arange(size), np.diff(stored.indptr).astype(np.int64))
        places = rows * fan_in + stored.indices.astype(np.int64)
        sort = np.argsort(places, kind="stable")
        return LayerWeights(shape, None, places[sort], stored.values[sort])
    if is_array(stored):
        return LayerWeights(shape, stored)
    if isinstance(stored, tuple):
        return LayerWeights(
            shape,
            _array([weight for row in whole_rows(stored, fan_in) for weight in row]).reshape(shape),
        )
    return LayerWeights(shape, np.broadcast_to(_array([stored]), shape))


def _thresholds_of(stored: Any, size: int) -> Array:
    if is_array(stored):
        array: Array = stored
        return array
    if isinstance(stored, tuple) and isinstance(stored[0], tuple):
        return _array([limit for row in stored for limit in row]).reshape(size, -1)
    return np.broadcast_to(_array(list(stored) if isinstance(stored, tuple) else [stored]), (size,))


def _array(values: list[object]) -> Array:
    """Return exact numbers as an array of int64 if all fit, else unchanged."""
    if all(type(value) is int and fits_json(value) for value in values):
        return np.array(values, np.int64)
    return objects(values)


def _comparable(first: Array, second: Array) -> tuple[Array, Array]:
    """Return two arrays in types that NumPy compares exactly."""

    def plain(array: Array) -> Array:
        kind, width = array.dtype.kind, array.dtype.itemsize
        if kind == "b":
            return array.view(np.uint8)
        if kind in "iu" and width == 8:
            # beside floats, NumPy compares only such integers exactly
            return array.astype(np.int64 if fits_floats(array) else object)
        return array

    first, second = plain(first), plain(second)
    if "O" in (first.dtype.kind, second.dtype.kind):
        return _exact(first), _exact(second)
    return first, second


def _exact(array: Array) -> Array:
    values = array.reshape(-1).tolist()
    if not any(isinstance(value, Open) for value in values):
        values = numbers(array.reshape(-1))
    return objects(values).reshape(array.shape)


def _changes(before: Array, after: Array) -> NumberChanges:
    """Compare two arrays of one shape."""
    first, second = _comparable(before, after)
    places = np.flatnonzero((first != second).reshape(-1))
    if not len(places):
        return NumberChanges(0, 0, None, None)
    old, new = first.reshape(-1)[places], second.reshape(-1)[places]
    at = _largest(old, new)
    return NumberChanges(len(places), int(places[at]), _item(old, at), _item(new, at))


def _largest(old: Array, new: Array) -> int:
    """Return the position of the largest change, computed in float64 for NumPy's types."""
    if old.dtype.kind == "O":
        sizes = [_distance(a, b) for a, b in zip(old, new, strict=True)]
        return sizes.index(max(sizes))
    with np.errstate(over="ignore"):
        return int(np.abs(new.astype(np.float64) - old.astype(np.float64)).argmax())


def _distance(before: Any, after: Any) -> tuple[bool, Fraction]:
    """Return the distance of two numbers; a missing number counts as one left open."""
    if isinstance(before, Open) or isinstance(after, Open):
        return True, Fraction(0)
    return False, abs(Fraction(after) - Fraction(before))


def _item(array: Array, at: int) -> object:
    return array[at : at + 1].tolist()[0]


# --------------------------------------------------------------------------------- weights


def _weight_details(
    before: LayerWeights,
    after: LayerWeights,
    name: str,
    words_of: Callable[[int], str],
    context: int,
) -> Iterator[Detail]:
    """Compare weights: all at once by the largest change, then some rows one by one."""
    if before.dense is not None and after.dense is not None:
        rows = list(_dense_rows(before.dense, after.dense))
    else:
        if before.synapses != after.synapses:
            yield Detail("synapses", "", f"{before.synapses:,}", f"{after.synapses:,}")
        rows = list(_sparse_rows(before, after))
    if not rows:
        return

    def size(numbered: tuple[int, NumberChanges]) -> tuple[bool, Fraction]:
        return _distance(numbered[1].before or 0, numbered[1].after or 0)

    row, largest = max(rows, key=size)
    subject = f"{name}({row}) {words_of(largest.place)}"
    count = sum(changes.changed for _, changes in rows)
    yield _number_detail("weights", subject, largest._replace(changed=count), after.synapses)
    for row, changes in rows[:context]:
        subject = f"{name}({row}) {words_of(changes.place)}"
        yield _number_detail("row", subject, changes, after.shape[1])


def _dense_rows(before: Array, after: Array) -> Iterator[tuple[int, NumberChanges]]:
    """Yield each changed row, without copying all weights."""
    step = max(1, _TILE // max(1, before.shape[1]))
    for start in range(0, len(before), step):
        old, new = _comparable(before[start : start + step], after[start : start + step])
        for row in np.flatnonzero((old != new).any(axis=1)).tolist():
            yield start + row, _changes(old[row], new[row])


def _sparse_rows(before: LayerWeights, after: LayerWeights) -> Iterator[tuple[int, NumberChanges]]:
    """Yield each row with an entry that was changed, added or removed."""
    fan_in = after.shape[1]
    (old_places, old_entries), (new_places, new_entries) = before.sparse(), after.sparse()
    old_entries, new_entries = _comparable(old_entries, new_entries)
    whole = np.union1d(old_places, new_places)
    old, new = _laid(old_entries, old_places, whole), _laid(new_entries, new_places, whole)
    # an entry of 0 and no entry are not the same: one of them is a synapse
    there = np.isin(whole, old_places) & np.isin(whole, new_places)
    differs = np.flatnonzero((old != new) | ~there)
    if not len(differs):
        return
    rows = whole[differs] // max(1, fan_in)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        own = differs[start:stop]
        at = int(own[_largest(old[own], new[own])])
        place = int(whole[at])
        values = (
            _item(entries, int(np.searchsorted(places, place))) if place in places else None
            for places, entries in ((old_places, old_entries), (new_places, new_entries))
        )
        yield int(rows[start]), NumberChanges(stop - start, place % fan_in, *values)


def _laid(values: Array, places: Array, whole: Array) -> Array:
    """Return entries as a dense array, with 0 elsewhere."""
    array = np.zeros(len(whole), values.dtype)
    array[np.searchsorted(whole, places)] = values
    return array
