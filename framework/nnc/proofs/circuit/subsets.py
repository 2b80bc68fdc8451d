"""Two neurons of many sources whose weights are alike: which sums of weights there are decides.

Most weights of the two are the same but for a common factor. For each way to set the other sources
both ask whether the sum of the common ones reaches a threshold, so they differ only if there is a
sum between their two thresholds. All sums of some weights are one integer: bit s is 1 where some of
them add up to s (the dynamic programme of Bellman, 1957, all sums at once).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import gcd
from typing import NamedTuple

_MAX_OTHERS = 10  # sources whose weights are not alike
_MAX_BITS = 1 << 27  # of the integer of all sums
_MAX_KEPT = 1 << 31  # bits of the sums of all prefixes of the weights
_WORD = 8  # bits that are shifted and joined in about a nanosecond

Neuron = tuple[Mapping[int, int], int]
"""The weight of each node, and the threshold."""


class Contrast(NamedTuple):
    """The comparison of two neurons: `is_equal` is None where it is not known."""

    is_equal: bool | None
    states: Mapping[int, bool] | None = None


class _Common(NamedTuple):
    """Common weights of two neurons, and weights that each has besides, and thresholds."""

    weights: dict[int, int]
    others: tuple[dict[int, int], dict[int, int]]
    thresholds: tuple[int, int]


def work(first: Neuron, second: Neuron) -> int:
    """Return how many bits are shifted to compare two neurons."""
    common = _common(first, second)
    return len(common.weights) * _total(common) // _WORD


def compare(first: Neuron, second: Neuron) -> Contrast:
    """Compare two neurons by all sums of the weights that they have in common."""
    common = _common(first, second)
    others = sorted(common.others[0].keys() | common.others[1].keys())
    total = _total(common)
    if len(others) > _MAX_OTHERS or total > min(_MAX_BITS, _MAX_KEPT // (len(common.weights) + 1)):
        return Contrast(is_equal=None)
    nodes = sorted(common.weights, key=lambda node: abs(common.weights[node]))
    unit = gcd(*common.weights.values()) or 1
    sizes = [abs(common.weights[node]) // unit for node in nodes]
    sums = list(_sums(sizes))
    least = sum(weight for weight in common.weights.values() if weight < 0)
    for states in product((False, True), repeat=len(others)):
        chosen = dict(zip(others, states, strict=True))
        # both ask whether the common weights, the negative ones turned, reach a number of units
        low, high = sorted(
            -(-(limit - least - sum(own.get(node, 0) for node in others if chosen[node])) // unit)
            for own, limit in zip(common.others, common.thresholds, strict=True)
        )
        between = (sums[-1] >> max(low, 0)) & ((1 << max(0, high - max(low, 0))) - 1)
        if between:
            target = max(low, 0) + (between & -between).bit_length() - 1
            subset = _subset(sizes, sums, target)
            for node, is_in in zip(nodes, subset, strict=True):
                chosen[node] = is_in ^ (common.weights[node] < 0)
            return Contrast(is_equal=False, states=chosen)
    return Contrast(is_equal=True)


def _common(first: Neuron, second: Neuron) -> _Common:
    """Scale two neurons so that as many weights as can be are the same."""
    (olds, low), (news, high) = first, second
    ratios = Counter(Fraction(news[node], weight) for node, weight in olds.items() if node in news)
    ratio = ratios.most_common(1)[0][0] if ratios else Fraction(1)
    if ratio < 0:
        ratio = Fraction(1)
    olds = {node: weight * ratio.numerator for node, weight in olds.items()}
    news = {node: weight * ratio.denominator for node, weight in news.items()}
    weights = {node: weight for node, weight in olds.items() if news.get(node) == weight}
    others = tuple(
        {node: weight for node, weight in own.items() if node not in weights}
        for own in (olds, news)
    )
    return _Common(
        weights, (others[0], others[1]), (low * ratio.numerator, high * ratio.denominator)
    )


def _total(common: _Common) -> int:
    """Return the greatest sum of the common weights, in units of their common divisor."""
    unit = gcd(*common.weights.values()) or 1
    return sum(abs(weight) for weight in common.weights.values()) // unit


def _sums(sizes: Sequence[int]) -> Iterator[int]:
    """Yield all sums of the first 0, 1, 2… sizes, bit s for a sum of s."""
    sums = 1
    yield sums
    for size in sizes:
        sums |= sums << size
        yield sums


def _subset(sizes: Sequence[int], sums: Sequence[int], target: int) -> list[bool]:
    """Return which sizes add up to a target; there are such."""
    chosen = []
    for size, before in zip(reversed(sizes), reversed(sums[:-1]), strict=True):
        is_in = not before >> target & 1
        target -= size * is_in
        chosen.append(is_in)
    return chosen[::-1]
