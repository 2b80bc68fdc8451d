"""Weighted sums of bits: for many rows at once, and as decision diagrams."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

from nnc.proofs.certificates.refusal import RefusedError, Work

_MOST_VERTICES = 1 << 15
_MOST_KEPT = 64


def reached(terms: Iterable[tuple[int, int]], threshold: int, all_rows: int) -> int:
    """Return in which rows weights of columns add up to a threshold; bit r of a column is row r."""
    planes: list[int] = []
    for column, weight in terms:
        if weight < 0:  # -w * x is w * (1 - x) - w
            column, weight = column ^ all_rows, -weight
            threshold += weight
        index = carry = 0
        while weight >> index or carry:
            if index == len(planes):
                planes.append(0)
            plane, addend = planes[index], column if weight >> index & 1 else 0
            planes[index] = plane ^ addend ^ carry
            carry = plane & addend | carry & (plane | addend)
            index += 1
    if threshold <= 0:
        return all_rows
    passed = all_rows  # compared from the lowest plane on
    for index in range(max(len(planes), threshold.bit_length())):
        plane = planes[index] if index < len(planes) else 0
        passed = plane & passed if threshold >> index & 1 else plane | passed
    return passed


def reduced(weights: Sequence[int], threshold: int) -> tuple[tuple[int, ...], int]:
    """Divide weights by their common divisor; the threshold is rounded up."""
    common = gcd(*weights)
    if common > 1:
        return tuple(weight // common for weight in weights), -(-threshold // common)
    return tuple(weights), threshold


class Diagram(NamedTuple):
    """The vertices of a decision diagram but the constants, which are vertices 0 and 1.

    Each has the index of its source, and the vertices it leads to if that is 0, and if it is 1.

    Two diagrams of the same function over the same ordered sources differ only in the order of
    their vertices, whatever the weights.
    """

    vertices: tuple[tuple[int, int, int], ...]
    root: int


def diagram(weights: tuple[int, ...], threshold: int, work: Work) -> Diagram:
    """Return the diagram of a sum of weights that reaches a threshold.

    Thresholds with no sum between them share a vertex. Raises RefusedError where it is large.
    """
    built = _small(weights, threshold) if len(weights) <= 8 else None
    if built is None:
        built = _built(weights, threshold, _MOST_VERTICES)
        if built is None:
            raise RefusedError(f"a neuron has over {_MOST_VERTICES:,} vertices")
    work.spend(10 + 10 * len(weights) + 20 * len(built.vertices))
    return built


@lru_cache(1 << 12)
def _small(weights: tuple[int, ...], threshold: int) -> Diagram | None:
    return _built(weights, threshold, _MOST_KEPT)


def _built(weights: tuple[int, ...], threshold: int, most: int) -> Diagram | None:
    count = len(weights)
    lows, highs = [0] * (count + 1), [0] * (count + 1)
    for index in range(count - 1, -1, -1):
        lows[index] = lows[index + 1] + min(weights[index], 0)
        highs[index] = highs[index + 1] + max(weights[index], 0)
    far = 2 * (highs[0] - lows[0] + abs(threshold)) + 1
    known: list[list[tuple[int, int, int]]] = [[] for _ in range(count + 1)]
    vertices: list[tuple[int, int, int]] = []
    numbers: dict[tuple[int, int, int], int] = {}

    def find(index: int, limit: int) -> tuple[int, int, int] | None:
        """Return the interval (above, up to, vertex) of thresholds that contains this one."""
        if limit <= lows[index]:
            return lows[index], -far, 1
        if limit > highs[index]:
            return far, highs[index], 0
        own = known[index]
        at = bisect_left(own, (limit,))
        if at < len(own) and own[at][1] < limit:
            return own[at]
        return None

    todo = [(0, threshold)]
    while todo:
        index, limit = todo[-1]
        if find(index, limit) is not None:
            todo.pop()
            continue
        weight = weights[index]
        off, on = find(index + 1, limit), find(index + 1, limit - weight)
        if off is None:
            todo.append((index + 1, limit))
        elif on is None:
            todo.append((index + 1, limit - weight))
        else:
            top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
            vertex = off[2]
            if off[2] != on[2]:
                key = (index, off[2], on[2])
                vertex = numbers.get(key, 0)
                if not vertex:
                    if len(vertices) >= most:
                        return None
                    vertices.append(key)
                    vertex = numbers[key] = len(vertices) + 1
            insort(known[index], (top, bottom, vertex))
            todo.pop()
    root = find(0, threshold)
    assert root is not None
    return Diagram(tuple(vertices), root[2])


def is_same(first: Diagram, second: Diagram) -> bool:
    """Return whether two diagrams over the same ordered sources represent the same function."""
    numbers: dict[tuple[int, int, int], int] = {}
    roots = []
    for diagram_ in (first, second):
        names = [0, 1]
        for index, off, on in diagram_.vertices:
            key = (index, names[off], names[on])
            names.append(numbers.setdefault(key, len(numbers) + 2))
        roots.append(names[diagram_.root])
    return roots[0] == roots[1]
