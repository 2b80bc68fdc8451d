"""Binary floats read as decimals: each as the shortest that reads back as the same float.

That is what was typed, where it had at most 15 digits, for float32 at most 6 (Steele & White 1990).
Python's `repr` prints it, and NumPy's `str` for narrower floats.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import simplest
from nnc.numbers.integers import Array, objects, scaled
from nnc.rows.columns import Column
from nnc.rows.options import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SURE = {2: 10**3, 4: 10**6, 8: 10**15}
"""By bytes, the number of units below which decimals of equal places read back differently."""
_PLACES = {2: 6, 4: 8, 8: 17}
"""The number of places up to which unit / 10**places in float64 rounds as the decimal does."""


def decimals_of(array: Array) -> Column:
    """Read finite floats, of 16, 32 or 64 bits and any number of dimensions, as decimals."""
    flat = np.ascontiguousarray(array).reshape(-1)
    wide, size = flat.astype(np.float64), flat.itemsize
    guess = _places_of(flat, wide)
    if guess is not None:
        return Column(guess[0].reshape(array.shape), 10 ** guess[1])
    units, places = np.zeros(len(flat), np.int64), np.zeros(len(flat), np.int8)
    rest = np.arange(len(flat))
    for count in range(_PLACES[size] + 1):
        whole, is_same = _units(flat[rest], wide[rest], count)
        settled = rest[is_same]
        units[settled], places[settled] = whole[is_same], count
        rest = rest[~is_same]
        if not len(rest):
            break
    most = int(places.max(initial=0))
    if len(rest):
        return _with_long(flat, units, places, rest, array.shape)
    return Column(_over(units, places, most).reshape(array.shape), 10**most)


def _units(flat: Array, wide: Array, count: int) -> tuple[Array, NDArray[np.bool_]]:
    """Round to units of 10**-count, and return for which floats that is the decimal."""
    scale = 10.0**count
    with np.errstate(over="ignore"):
        whole = np.rint(wide * scale)
        is_same = (whole / scale).astype(flat.dtype) == flat
    is_same &= np.abs(whole) < _SURE[flat.itemsize]
    return whole, is_same


def _places_of(flat: Array, wide: Array) -> tuple[NDArray[np.int64], int] | None:
    """Return units of 10**-places, and the places that the first floats have, if all have them."""
    few = slice(0, 64)
    for count in range(_PLACES[flat.itemsize] + 1):
        if _units(flat[few], wide[few], count)[1].all():
            whole, is_same = _units(flat, wide, count)
            return (whole.astype(np.int64), count) if is_same.all() else None
    return None


def _over(units: Array, places: Array, most: int) -> Array:
    """Return units of 10**-places as units of 10**-most, in int64 where they fit."""
    counts = np.unique(places).tolist()
    if counts == [most]:
        return units
    parts = [(places == count, count) for count in counts]
    arrays = [(is_part, scaled(units[is_part], 10 ** (most - count))) for is_part, count in parts]
    is_short = all(part.dtype == np.int64 for _, part in arrays)
    whole: Array = np.empty(len(units), np.int64 if is_short else object)
    for is_part, part in arrays:
        whole[is_part] = part
    return whole


def _with_long(
    flat: Array,
    units: Array,
    places: Array,
    rest: Array,
    shape: tuple[int, ...],
) -> Column:
    """Read those floats that need more digits, each once, beside the others."""
    distinct, which = np.unique(flat[rest], return_inverse=True)
    decimals = [Decimal(str(each)) for each in distinct]
    numbers = list(map(Fraction, decimals))
    longest = max(-int(decimal.as_tuple().exponent) for decimal in decimals)
    most = max(longest, int(places.max(initial=0)))
    per = 10**most
    long = [int(number * per) for number in numbers]
    if max(map(abs, long)) < 1 << 63:
        whole = _over(units, places, most)
        if whole.dtype == np.int64:
            whole = whole.copy()
            whole[rest] = np.array(long, np.int64)[which]
            return Column(whole.reshape(shape), per)
    pairs = zip(units.tolist(), places.tolist(), strict=True)
    exact = objects([simplest(Fraction(n, 10**p)) for n, p in pairs])
    exact[rest] = objects(list(map(simplest, numbers)))[which]
    return Column(exact.reshape(shape))


def read_as(value: Any, input_: Input, floats: Floats) -> Any:
    """Return a value to read; a float as its decimal, if floats mean decimals."""
    if floats == "binary" or input_.type == "integer":
        return value
    return decimal_of(value)


def decimal_of(value: Any) -> Any:
    """Return a finite float of Python or NumPy as a decimal; anything else unchanged."""
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return Decimal(str(value))
    return value
