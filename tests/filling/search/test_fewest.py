"""The fewest wrong labels: as many as the best of all choices of small networks has."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations_with_replacement, product
from random import Random
from typing import Any

import pytest

from nnc.filling.search import descent, whole
from nnc.filling.search.fewest import Fewest, Label, Labelled, fewest_wrong, labelled
from nnc.filling.search.outcomes import Request
from nnc.filling.search.skeleton import Bit, Blank, Skeleton
from tests.support.skeletons import holds, layered, parity, within

Bits = tuple[int, ...]


@pytest.fixture(autouse=True)
def _short_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "WORK", 500_000)


@cache
def columns(read: tuple[Bits, ...], reach: int) -> set[Bits]:
    """Return every column that a neuron with weights up to some size gives; rows x sources."""
    found: set[Bits] = set()
    for weights in product(range(-reach, reach + 1), repeat=len(read[0])):
        sums = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in read]
        for limit in {*sums, max(sums) + 1}:
            found.add(tuple(int(total >= limit) for total in sums))
    return found


class Drawn:
    """A drawn network of two or three bits and some hidden neurons, and labels for its rows."""

    def __init__(self, random: Random) -> None:
        self.inputs, self.hidden = random.choice([(2, 1), (2, 2), (3, 1), (3, 2)])
        self.skips = self.inputs + self.hidden < 5 and random.random() < 0.4
        self.reach = 1 if self.inputs == 3 else 2
        self.rows = list(product((0, 1), repeat=self.inputs))
        self.outputs = 1 if self.inputs == 3 else random.choice([1, 2])
        self.costs = [
            {(r, o): (random.choice([0, 0, 1, 3]), random.choice([0, 0, 1, 2]))
             for r in range(len(self.rows))}
            for o in range(self.outputs)
        ]  # fmt: skip
        self.case = random.choice([None, (random.randrange(len(self.rows)), random.randint(0, 1))])

    @property
    def skeleton(self) -> Skeleton:
        """The network, with the case that has to hold for the first output."""
        skeleton = layered(
            self.inputs, self.hidden, [parity] * self.outputs, skips=self.skips, rows=self.rows
        )
        first = 2 + self.inputs + self.hidden
        rows = [
            row._replace(
                demands=(Bit(first, bool(self.case[1])),) if self.case and self.case[0] == r else ()
            )
            for r, row in enumerate(skeleton.rows)
        ]
        return replace(within(skeleton, -self.reach, self.reach), rows=tuple(rows))

    @property
    def asked(self) -> Labelled:
        """What the labels want."""
        first = 2 + self.inputs + self.hidden
        labels = [
            Label(r, first + o, *costs)
            for o, of in enumerate(self.costs)
            for (r, _), costs in of.items()
        ]
        return labelled(self.skeleton, labels)

    def choices(self) -> Iterator[int]:
        """Yield for every choice of hidden columns the least cost; nothing where a case fails."""
        inner = sorted(columns(tuple(self.rows), self.reach))
        for choice in combinations_with_replacement(inner, self.hidden):
            read = tuple(
                (*(column[r] for column in choice), *(row if self.skips else ()))
                for r, row in enumerate(self.rows)
            )
            cost: int | None = 0
            for o in range(self.outputs):
                possible = [
                    sum(self.costs[o][r, o][fires] for r, fires in enumerate(column))
                    for column in columns(read, self.reach)
                    if o or self.case is None or column[self.case[0]] == self.case[1]
                ]
                cost = None if cost is None or not possible else cost + min(possible)
            if cost is not None:
                yield cost


def wrong(found: Fewest, asked: Labelled) -> int:
    assert found.values is not None
    assert holds(asked.skeleton, found.values)
    for b, blank in enumerate(asked.skeleton.blanks):
        assert blank.low is None or blank.low <= found.values[b]
        assert blank.high is None or found.values[b] <= blank.high
    return asked.cost(asked.skeleton.evaluated(found.values))


def test_as_few_as_the_best_of_all_choices(chunk: int) -> None:
    random = Random(f"fewest {chunk}")
    for _ in range(2):
        drawn = Drawn(random)
        asked = drawn.asked
        found = fewest_wrong(asked, Request())
        best = min(drawn.choices(), default=None)
        assert found.is_impossible == (best is None)
        if best is not None:
            assert found.is_proved
            assert wrong(found, asked) == found.cost == best


def test_cases_that_no_numbers_give() -> None:
    skeleton = within(layered(2, 1, [parity]), -2, 2)
    asked = labelled(skeleton, [Label(0, 5, 1, 0)])
    assert fewest_wrong(asked, Request()).is_impossible


def test_rows_that_look_the_same_are_one() -> None:
    rows = [(0, 0, 0), (0, 1, 0), (0, 1, 1), (1, 1, 0)]
    skeleton = within(layered(3, 0, [parity], rows=rows), -2, 2)
    [cell] = skeleton.cells
    short = cell._replace(sources=cell.sources[:2], weights=cell.weights[:2])
    skeleton = replace(
        skeleton, cells=(short,), rows=tuple(row._replace(demands=()) for row in skeleton.rows)
    )
    asked = labelled(skeleton, [Label(r, 5, r != 1, r == 1) for r in range(4)])
    assert len(asked.skeleton.rows) == 3
    assert asked.floor == 1
    assert asked.numbers == {0, 1, 3}  # nothing reads the third input
    found = fewest_wrong(asked, Request())
    assert (found.cost, found.bound, found.floor) == (1, 1, 1)
    assert found.values is not None
    assert found.values[2] == 0


def test_what_nothing_decides_stays_near_zero() -> None:
    skeleton = within(layered(2, 1, [parity], rows=[(0, 1), (0, 0)]), -2, 2)
    loose = [replace(b, low=1) if b.name == "h0.2" else b for b in skeleton.blanks]
    free = replace(
        skeleton, blanks=(*loose, Blank("spare", 3, 4)),
        rows=tuple(row._replace(demands=()) for row in skeleton.rows),
    )  # fmt: skip
    asked = labelled(free, [Label(0, 5, 1, 0), Label(1, 5, 0, 1)])
    found = fewest_wrong(asked, Request())
    assert found.values is not None
    assert (found.values[0], found.values[len(loose)], found.cost) == (1, 3, 0)
    assert 0 not in asked.numbers


def parity_of_six() -> Labelled:
    random = Random("early")
    rows = [row for row in product((0, 1), repeat=6) if random.random() < 0.8]
    skeleton = within(layered(6, 4, [parity], rows=rows), -3, 3)
    empty = replace(skeleton, rows=tuple(row._replace(demands=()) for row in skeleton.rows))
    labels = [Label(r, 2 + 6 + 4, *random.choice([(0, 1), (1, 0)])) for r in range(len(rows))]
    return labelled(empty, labels)


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_search_that_ends_early_tells_its_gap(
    is_stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "WORK", 100_000)
    asked = parity_of_six()
    found = fewest_wrong(asked, Request(seconds=0.1), lambda: is_stopped)
    assert not found.is_proved
    assert found.bound < found.cost == wrong(found, asked)
    assert found.cost <= len(asked.labels) // 2


@pytest.mark.parametrize("after", [0, 1, 20])
def test_ctrl_c_while_it_begins_leaves_what_is_known(
    after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, costs = [0], descent.Descent.costs

    def interrupted(self: descent.Descent, lines: Any) -> Any:
        calls[0] += 1
        if calls[0] > after:
            raise KeyboardInterrupt
        return costs(self, lines)

    monkeypatch.setattr(descent.Descent, "costs", interrupted)
    asked = parity_of_six()
    found = fewest_wrong(asked, Request())
    assert found.is_interrupted
    assert (found.values is None) == (after == 0)
    if after:
        assert found.bound == 0 < found.cost == wrong(found, asked)


def test_what_the_solver_claims_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent.Descent, "takes", lambda _: False)
    search = whole.Model.search

    def other(self: whole.Model, *words: Any) -> whole.Searched:
        result = search(self, *words)
        return result._replace(values=[1 - v if v in (0, 1) else v for v in result.values])

    monkeypatch.setattr(whole.Model, "search", other)
    with pytest.raises(AssertionError, match="the numbers cost other than the solver says"):
        fewest_wrong(Drawn(Random("fewest 1")).asked, Request())
