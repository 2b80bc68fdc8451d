"""A threshold function of bits in canonical form, so that the same function looks the same.

The form is that of Chow (On the characterization of threshold functions, 1961): a threshold
function is determined by how often it is 1, and how often each of its inputs decides. Weights of
any scale that give the same function give the same numbers. They are counted with polynomials: the
coefficient of X^s in the product of (1 + X^w) is in how many ways weights add up to s.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

_MAX_BITS = 1 << 17  # of polynomials; larger functions are identified by their weights


_WORK_PER_FUNCTION = 10_000_000
_WORK_PER_BIT = 50  # of a polynomial that is added
_MAX_WORK = 1 << 62


class ThresholdForm(NamedTuple):
    """A threshold function: which of its inputs it depends on, and what identifies it.

    `places` are the inputs that count, `shares` how much each of them does. `level` and `dual`
    are what distinguishes functions of equal shares, for this one and for its dual: not f of all
    inputs turned. Both are None and `places` empty for a constant, `always` says which.
    """

    places: tuple[int, ...]
    shares: tuple[int, ...]
    level: tuple[int, int] | None = None
    dual: tuple[int, int] | None = None
    always: bool = False


@lru_cache(1 << 16)
def threshold_form(
    weights: tuple[int, ...], threshold: int, is_counted: bool = True
) -> ThresholdForm:
    """Bring `sum of weights[i] * bit[i] >= threshold` into canonical form; weights are positive.

    Where it is not counted, the form is that of the weights.
    """
    if threshold <= 0:
        return ThresholdForm((), (), always=True)
    if threshold > sum(weights):
        return ThresholdForm((), ())
    weights, threshold = tightened(weights, threshold)
    # an input decides where the others add up to at least threshold - w, and to less than the
    # threshold; one that never does is not a part of the function, and each count is then twice
    # as large for it as without it
    count, total = len(weights), sum(weights)
    everyone = tuple(range(count))
    if not is_counted or counting_work(weights, threshold) > _MAX_WORK:
        return ThresholdForm(everyone, weights, (-1, threshold), (-1, total - threshold + 1))
    polynomial = _Polynomial(weights)
    swings = {w: polynomial.without(w, threshold - w, threshold) for w in set(weights)}
    places = tuple(i for i in everyone if swings[weights[i]])
    unneeded = count - len(places)
    ones = polynomial.tail(threshold) >> unneeded
    shares = tuple(swings[weights[i]] >> unneeded for i in places)
    return ThresholdForm(places, shares, (0, ones), (0, (1 << len(places)) - ones))


def key_of(form: ThresholdForm, literals: Sequence[int]) -> tuple[Hashable, int]:
    """Return a key that a function shares with its opposite, and 1 for the opposite.

    `literals` has the literal of each input of the form. Not f(x) is the dual of f at the opposite
    of x, so that one key stands for both: that of the one that reads its first node as it is.
    """
    read = (literals[place] for place in form.places)
    shares = sorted(zip(read, form.shares, strict=True))
    turned = shares[0][0] & 1
    return (
        form.dual if turned else form.level,
        tuple((literal ^ turned, share) for literal, share in shares),
    ), turned


def counting_work(weights: tuple[int, ...], threshold: int) -> int:
    """Return the units of work to count what identifies a function; too many where none does."""
    count, total, kinds = len(weights), sum(weights), len(set(weights))
    bits = (count + 1) * (total + 1)
    if bits > _MAX_BITS or kinds * total > _MAX_BITS:
        return _MAX_WORK + 1
    return _WORK_PER_FUNCTION + bits * (count + kinds * threshold.bit_length()) * _WORK_PER_BIT


@lru_cache(1 << 16)
def tightened(weights: tuple[int, ...], threshold: int) -> tuple[tuple[int, ...], int]:
    """Divide weights by their common divisor, and reduce those that decide like smaller ones."""
    while True:
        before = weights, threshold
        common = gcd(*weights)
        if common > 1:
            weights = tuple(w // common for w in weights)
            threshold = -(-threshold // common)
        weights = tuple(min(w, threshold) for w in weights)
        total = sum(weights)
        silent = total - threshold + 1  # so much missing, and it cannot fire
        weights = tuple(min(w, silent) for w in weights)
        threshold -= total - sum(weights)
        if (weights, threshold) == before:
            return before


class _Polynomial:
    """The product of (1 + X^w), its coefficients in fields of one integer."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._field = len(weights) + 1
        self._size = sum(weights) + 1
        product = 1
        for w in weights:
            product += product << (w * self._field)
        self._product = product

    def tail(self, start: int) -> int:
        """Add up the coefficients from X^start on."""
        return self._sum(self._product >> (start * self._field))

    def without(self, weight: int, start: int, stop: int) -> int:
        """Add up coefficients, from X^start to before X^stop, of the product but for one factor.

        1 / (1 + X^w) is (1 - X^w)(1 + X^2w)(1 + X^4w)…, up to the highest power there is.
        """
        quotient = self._product - (self._product << (weight * self._field))
        power = 2 * weight
        mask = (1 << (self._size * self._field)) - 1
        while power < self._size:
            quotient = (quotient + (quotient << (power * self._field))) & mask
            power *= 2
        fields = (quotient & mask) >> (start * self._field)
        return self._sum(fields & ((1 << ((stop - start) * self._field)) - 1))

    def _sum(self, fields: int) -> int:
        """Add up the fields, as digits are by casting out nines: there are under 2^field in all."""
        return fields % ((1 << self._field) - 1)
