"""The fewest elements of which each of some sets has one: a minimum hitting set, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Sets = Sequence[frozenset[int]]
_ROUNDS, _SHARE = 24, 12
"""Rounds in which sets are weighed anew, and by which part of its weight a set changes."""


class Hitting:
    """The search for a minimum hitting set, by branches and bounds; `left` is its work."""

    def __init__(self, work: int) -> None:
        self.left = work

    def least(self, sets: Sets) -> frozenset[int] | None:
        """Return a smallest hitting set; None where the work ended before that was proved."""
        best = greedy(sets)
        todo: list[tuple[frozenset[int], frozenset[int]]] = [(frozenset(), frozenset())]
        while todo:
            if self.left <= 0:
                return None
            self.left -= 1 + len(sets) // 16
            taken, barred = todo.pop()
            open_ = [own - barred for own in sets if not own & taken]
            if not open_:
                best = min(best, taken, key=len)
                continue
            if len(taken) + _disjoint(open_) >= len(best):
                continue
            smallest = min(open_, key=lambda own: (len(own), sorted(own)))
            out = barred
            branches = []
            counts = Counter(each for own in open_ for each in own)
            for each in sorted(smallest, key=lambda each: (-counts[each], each)):
                branches.append((taken | {each}, out))
                out |= {each}
            todo += reversed(branches)
        return best


def greedy(sets: Sets) -> frozenset[int]:
    """Return a hitting set, of what is in most sets first."""
    taken: frozenset[int] = frozenset()
    while open_ := [own for own in sets if not own & taken]:
        counts = Counter(each for own in open_ for each in own)
        taken |= {min(counts, key=lambda each: (-counts[each], each))}
    return taken


def least_size(sets: Sets) -> int:
    """Return a size that every hitting set has at least.

    Sets are weighed, and elements carry the weight of the sets that they are in. The elements of a
    hitting set carry together what all sets weigh, or more: so there are as many as the heaviest
    need for that. Sets of heavy elements are made lighter, and what is left is weighed again.
    """
    weights = [1 << 20] * len(sets)
    most = _disjoint(sets) if sets else 0
    for _ in range(_ROUNDS):
        carried: Counter[int] = Counter()
        for own, weight in zip(sets, weights, strict=True):
            for each in own:
                carried[each] += weight
        left, count = sum(weights), 0
        for _, weight in carried.most_common():
            if left <= 0:
                break
            left, count = left - weight, count + 1
        most = max(most, count)
        heaviest = max(carried.values(), default=0)
        for i, own in enumerate(sets):
            load = sum(carried[each] for each in own)
            weights[i] -= weights[i] * load // (_SHARE * heaviest * len(own)) * 2
    return most


def _disjoint(sets: Sets) -> int:
    """Count sets without a common element: each needs one of its own."""
    seen: set[int] = set()
    count = 0
    for own in sorted(sets, key=len):
        if not own:
            return 1 << 30  # which nothing hits any more
        if not own & seen:
            seen |= own
            count += 1
    return count
