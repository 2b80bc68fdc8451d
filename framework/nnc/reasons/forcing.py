"""The smallest set of axes that forces an output, by rows that decide otherwise.

Each such row differs from the present one in some axes, one of which has to be fixed. The smallest
set with one axis of every row is tried; if it does not force the output, another row shows why. So
no smaller set suffices (Ignatiev and others, Smallest MUS extraction with minimal hitting set
dualization, 2015). Irreducible sets come from cores of the solver and from rows
that are rotated into each other (Belov and Marques-Silva, Accelerating MUS extraction with
recursive model rotation, 2011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nnc.reasons.finder import Finder, UndecidedError
from nnc.reasons.question import Change
from nnc.reasons.scales import Scale

_SHRINKING = 1 << 22  # work of the finder for a set
_PROVING = 1 << 20  # work of the finder for a proof that no set is smaller
_WIDENING = 1 << 21  # work of the finder for the ranges of a set
_MAX_QUERIES = 100  # rows that such a proof asks for
_HITTING = 4_000  # work of the search for hitting sets
_MAX_SETS = 2_000  # of axes, from the rows around
_FIRST = 100  # sets in the first search
_WEIGHING_ROUNDS = 24  # in which sets are weighed again
_WEIGHING_SHARE = 12  # a set changes by this part of its weight

Sets = Sequence[frozenset[int]]


class Held(NamedTuple):
    """Axes that force an output; it is proved that no set of fewer than `least` axes does."""

    axes: frozenset[int]
    least: int


def _at(scale: Scale | None) -> range:
    """Return the position of an axis; one without a scale can only be fixed."""
    return range(1) if scale is None else range(scale.place, scale.place + 1)


class Forcing:
    """The search for a set of axes that forces the present value of an output."""

    def __init__(self, finder: Finder, axes: Iterable[int]) -> None:
        self._finder = finder
        self._axes = tuple(axes)
        self._queries = _MAX_QUERIES
        around = finder.around
        self._sets = around.minimal(_MAX_SETS) if around is not None else []
        """Sets of axes whose change is enough to decide otherwise."""

    def _box(self, held: Iterable[int]) -> dict[int, range]:
        return {axis: _at(self._finder.scales.get(axis)) for axis in held}

    def _other(self, held: Iterable[int]) -> Change | None:
        """Return the changes of a row that decides otherwise without changing the fixed axes."""
        return self._finder.find(self._box(held))

    def smallest(self) -> Held:
        """Return a set that forces the output, and a lower bound on the size of others."""
        best = self._irreducible()
        self._finder.left = _PROVING
        least = least_size(self._sets)
        sets = self._sets[:_FIRST]
        hitting = Hitting(_HITTING)
        try:
            while self._queries > len(best) - least > 0:  # each row proves one more at most
                held = hitting.least(sets)
                if held is None:
                    break
                least = max(least, len(held))
                if least >= len(best):
                    break
                missed = next((own for own in self._sets if not own & held), None)
                if missed is None:
                    self._queries -= 1
                    other = self._other(held)
                    if other is None:
                        return Held(held, len(held))
                    missed = self._least(other)
                    self._sets.append(missed)
                sets.append(missed)
        except UndecidedError:
            pass
        return Held(best, min(least, len(best)))

    def _irreducible(self) -> frozenset[int]:
        """Return a set from which no axis can be released, as far as is known.

        Axes in the fewest of the sets are released first.
        """
        counts = Counter(each for own in self._sets for each in own)
        held, needed = set(self._axes), set[int]()
        self._finder.left = _SHRINKING
        for axis in sorted(self._axes, key=lambda axis: (counts[axis], axis)):
            if axis not in held or axis in needed:
                continue
            needed.update(*(own & held for own in self._sets if len(own & held) == 1))
            if axis in needed:
                continue
            try:
                other = self._other(held - {axis})
            except UndecidedError:
                continue
            if other is None:
                held &= self._finder.core
            else:
                needed.add(axis)
                self._turn(other, held, needed)
        return frozenset(held)

    def _turn(self, other: Change, held: set[int], needed: set[int]) -> None:
        """Find more necessary axes: rows like another one in which these change instead."""
        around = self._finder.around
        if around is None or not other.keys() <= around.scales.keys():
            return
        needed |= around.turned(around.places_of(other), held)

    def _least(self, other: Change) -> frozenset[int]:
        """Return fewer axes that suffice to decide otherwise."""
        if self._finder.is_exhaustive:
            return frozenset(other)  # rows with the fewest changes come first
        around = self._finder.around
        if around is not None and other.keys() <= around.scales.keys():
            return frozenset(around.fewer(around.places_of(other)))
        free = set(other)
        for axis in sorted(other):
            if axis not in free:
                continue
            try:
                less = self._other(set(self._axes) - free | {axis})
            except UndecidedError:
                continue
            if less is not None:
                free = set(less)
        return frozenset(free)

    def widened(self, held: Iterable[int]) -> dict[int, range]:
        """Let the fixed numbers vary, all at once, as long as nothing changes."""
        box = self._box(sorted(held))
        self._finder.left = _WIDENING
        for axis in box:
            scale = self._finder.scales.get(axis)
            if scale is None or not scale.is_ordered:
                continue
            for step in (-1, 1):
                box[axis] = self._stretched(box, axis, scale, step)
        return box

    def _stretched(self, box: dict[int, range], axis: int, scale: Scale, step: int) -> range:
        """Return the positions of an axis if it goes on in one direction."""
        own = box[axis]
        room = own.start if step < 0 else len(scale) - own.stop
        low, high = 0, room  # so many places more are proved, and not refuted
        while low < high:
            more = (low + high + 1) // 2
            wider = (
                range(own.start - more, own.stop) if step < 0 else range(own.start, own.stop + more)
            )
            if self._stays({**box, axis: wider}):
                low = more
            else:
                high = more - 1
        return range(own.start - low, own.stop) if step < 0 else range(own.start, own.stop + low)

    def _stays(self, box: dict[int, range]) -> bool:
        try:
            return self._finder.find(box) is None
        except UndecidedError:
            return False


# ----------------------------------------------------------------------------- hitting sets


class Hitting:
    """The search for a minimum hitting set, by branches and bounds; `left` is its work."""

    def __init__(self, work: int) -> None:
        self.left = work

    def least(self, sets: Sets) -> frozenset[int] | None:
        """Return a smallest hitting set, or None if the work ended before that was proved."""
        best = greedy(sets)
        todo: list[tuple[frozenset[int], frozenset[int]]] = [(frozenset(), frozenset())]
        while todo:
            if self.left <= 0:
                return None
            self.left -= 1 + len(sets) // 16
            taken, barred = todo.pop()
            open_ = [each - barred for each in sets if not each & taken]
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
    """Return a hitting set, chosen greedily by how many sets an element is in."""
    taken: frozenset[int] = frozenset()
    while open_ := [own for own in sets if not own & taken]:
        counts = Counter(each for own in open_ for each in own)
        taken |= {min(counts, key=lambda each: (-counts[each], each))}
    return taken


def least_size(sets: Sets) -> int:
    """Return a lower bound on the size of every hitting set.

    Sets have weights, and an element has the total weight of its sets. The elements of a
    hitting set together weigh at least as much as all sets, so it has at least as many as the
    heaviest ones that reach this. Sets of heavy elements are made lighter, the rest weighed again.
    """
    weights = [1 << 20] * len(sets)
    most = _disjoint(sets) if sets else 0
    for _ in range(_WEIGHING_ROUNDS):
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
            weights[i] -= weights[i] * load // (_WEIGHING_SHARE * heaviest * len(own)) * 2
    return most


def _disjoint(sets: Sets) -> int:
    """Count disjoint sets: none can share an element."""
    seen: set[int] = set()
    count = 0
    for own in sorted(sets, key=len):
        if not own:
            return 1 << 30  # which nothing hits any more
        if not own & seen:
            seen |= own
            count += 1
    return count
