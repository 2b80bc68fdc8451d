"""Numbers to begin with: their costs are those of plain sums, and they only become better."""

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

from nnc.filling.search import descent
from nnc.filling.search.descent import Descent, Wanted
from nnc.filling.search.skeleton import Bit, Blank, Cell, Place, Row, Skeleton, Sum
from nnc.numbers.exact import Number

HALF = Fraction(1, 2)
ROWS = [(a, b) for a in (0, 1) for b in (Fraction(1, 3), 2, -1)]
UNIT = Fraction(1, 10)


def skeleton(demands: tuple[Bit | Sum, ...] = ()) -> Skeleton:
    """Make a network of all firing rules, with written numbers, states and fractions."""
    blanks = tuple(Blank(f"b{i}", is_weight=i != 3) for i in range(6))
    cells = (
        Cell("h", (2, 3), (Place(0), HALF), (Place(3),), ("above",), 4),
        Cell("g", (2, 3), (Place(1), 1), (Fraction(1, 7),), ("at_most",), 5),
        Cell("out", (4, 5, 3), (Place(2), Place(4), Place(5)), (0,), ("below",), 6),
    )
    rows = tuple(Row({2: a, 3: b}, demands if (a, b) == (1, 2) else ()) for a, b in ROWS)
    return Skeleton(blanks, cells, {4: (-1, 1)}, rows)


def wanted(random: Random) -> list[Wanted]:
    return [
        Wanted(signal, *(np.array([random.randint(0, 3) for _ in ROWS]) for _ in range(2)))
        for signal in (6, 4)
    ]


def made(model: Skeleton, labels: list[Wanted], terms: int | None = None) -> Descent:
    return Descent(model, [0, 1, 2], labels, [(-9, 9)] * 6, UNIT, terms)


def test_costs_are_those_of_plain_sums() -> None:
    random = Random("descent costs")
    labels = wanted(random)
    model = skeleton((Bit(6, fires=True),))
    search = made(model, labels)
    lines = np.array([[random.randint(-9, 9) for _ in range(6)] for _ in range(40)])
    most = 1 + sum(int(np.maximum(w.silent, w.fires).sum()) for w in labels)
    for line, cost in zip(lines.tolist(), search.costs(lines).tolist(), strict=True):
        numbers: dict[int, Number] = {b: UNIT * k for b, k in enumerate(line)}
        worth = model.evaluated(numbers)
        plain = sum(
            int((w.fires if row[w.signal] == model.worth(w.signal, fires=True) else w.silent)[r])
            for w in labels
            for r, row in enumerate(worth)
        )
        plain += 0 if worth[ROWS.index((1, 2))][6] == 1 else most
        assert cost == plain


def test_the_best_is_kept_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "WORK", 30_000)
    labels = wanted(Random("descent"))
    searches = [made(skeleton(), labels) for _ in range(2)]
    for search in searches:
        search.run(lambda: False)
    first, again = searches
    assert first.best == again.best
    assert first.best is not None
    assert int(first.costs(np.array([first.best]))[0]) == first.cost
    some = np.array(list(product((-9, -3, 0, 3, 9), repeat=6)))
    assert first.cost <= int(first.costs(some).min())


def test_few_terms_and_demands_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "WORK", 1_000_000)
    search = made(skeleton((Bit(6, fires=True),)), wanted(Random("terms")), terms=1)
    search.run(lambda: False)
    assert search.best is not None
    assert sum(search.best[b] != 0 for b in (2, 4, 5)) <= 1


def test_what_it_does_not_take() -> None:
    assert Descent.takes(skeleton((Bit(6, fires=True),)))
    assert not Descent.takes(skeleton((Sum(2, 1),)))
    wide = Descent(skeleton(), [0, 1, 2], [], [(-(1 << 50), 1 << 50)] * 6, UNIT, None)
    assert not wide.is_small
