"""The fewest elements of which each of some sets has one: a minimum hitting set, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Sets = Sequence[frozenset[int]]


class Hitting:
    """The search for a minimum hitting set, by branches and bounds; `left` is its work."""

    def __init__(self, work: int) -> None:
        self.left = work

    def least(self, sets: Sets) -> frozenset[int] | None:
        """Return a smallest hitting set; None where the work ended before that was proved."""
        best = _greedy(sets)
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


def _greedy(sets: Sets) -> frozenset[int]:
    taken: frozenset[int] = frozenset()
    while open_ := [own for own in sets if not own & taken]:
        counts = Counter(each for own in open_ for each in own)
        taken |= {min(counts, key=lambda each: (-counts[each], each))}
    return taken


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
