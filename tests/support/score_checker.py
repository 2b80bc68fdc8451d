"""An independent check of what `nnc fit --certificate` claims, with nothing of `nnc`.

The rows are read anew, from CSV with commas, and the cells of every choice of terms are counted
again, in integers. Where that does not exclude a choice, the weights of the certificate have to:
for any numbers m from 0 to 1, one for each cell, and all weights w,
    loss(w) >= sum of n H(m) + sum over w of w (sum over cells of (n m - p) x),
and each w is within bounds. Logarithms are decimals of 40 digits, and a margin covers the last.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations, product
from math import comb
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]
MARGIN = Decimal(10) ** -25
MEASURES = ("false_alarms", "misses", "alarms", "errors")


class WrongError(Exception):
    """The certificate does not prove what it claims."""


class Cell(NamedTuple):
    """Rows with the same fixed points and the same terms: as bits of an integer."""

    base: int
    terms: tuple[int, ...]
    rows: int


def need(holds: object, what: str) -> None:
    if not holds:
        raise WrongError(what)


def check(certificate: str, rows: Path) -> None:
    """Raise WrongError unless the certificate proves what it claims of the rows."""
    record = json.loads(certificate)
    try:
        with localcontext() as context:
            context.prec = 40
            Checker(record, rows.read_bytes()).check()
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise WrongError(repr(error)) from error


class Checker:
    """The rows, the terms as columns of bits, and what is claimed of them."""

    def __init__(self, record: Record, data: bytes) -> None:
        self.record = record
        told = record["rows"]
        need(told["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}", "other rows")
        lines = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
        left_out = set(told["left_out"])
        self.lines = [line for place, line in enumerate(lines) if place not in left_out]
        self.count = len(self.lines)
        labels = [line[record["label"]] == record["positive"] for line in self.lines]
        self.ones = bits_of(labels)
        need((self.count, sum(labels)) == (told["count"], told["ones"]), "another number of rows")
        self.terms = record["terms"]
        self.columns = [self._column(term) for term in self.terms]
        self.searched = [place for place, term in enumerate(self.terms) if term["searched"]]
        self.kept = [place for place, term in enumerate(self.terms) if term["kept"] is not None]
        self.goal = record["goal"]
        self.least = Decimal(record["least"])
        self.steepest = Decimal(record["steepest"])
        self.furthest = Decimal(record["furthest"])
        self.limits = [self._limit(text) for text in self.goal["limits"]]
        self.groups = self._groups()
        self.logs = [Decimal(0), *(n * Decimal(n).ln() for n in range(1, self.count + 1))]

    def _column(self, term: Record) -> int:
        """Return in which rows a term holds."""

        def holds(line: dict[str, str]) -> bool:
            text = line[term["column"]] or term["empty"]
            if term["cut"] is not None:
                return Fraction(text) >= Fraction(term["cut"])
            if term["value"] is not None:
                return bool(text == term["value"])
            return text.lower() in ("1", "true")

        return bits_of([holds(line) for line in self.lines])

    def _limit(self, text: str) -> tuple[str, Fraction, list[int]]:
        """Return the measure of a limit, its bound, and the parts of the rows that it compares."""
        rate, _, bound = text.partition("<=")
        match = re.fullmatch(r"gap\((.+), (\w+)\)", rate)
        if match is None:
            return rate, Fraction(bound), [(1 << self.count) - 1]
        values = [line[match[1]] for line in self.lines]
        parts = [bits_of([value == one for value in values]) for one in sorted(set(values))]
        return match[2], Fraction(bound), parts

    def _groups(self) -> list[Cell]:
        """Return the rows by the points that are fixed."""
        cells = [Cell(0, (), (1 << self.count) - 1)]
        for place in self.kept:
            column, points = self.columns[place], self.terms[place]["kept"]
            cells = [
                Cell(base + points * is_on, (), both)
                for base, _, rows in cells
                for is_on, both in ((0, rows & ~column), (1, rows & column))
                if both
            ]
        merged: dict[int, int] = {}
        for base, _, rows in cells:
            merged[base] = merged.get(base, 0) | rows
        return [Cell(base, (), rows) for base, rows in merged.items()]

    # ------------------------------------------------------------------------------ what is claimed

    def check(self) -> None:
        """Raise WrongError unless all of it holds."""
        largest = max((abs(p) for place in self.searched for p in self.points(place)), default=1)
        need(abs(self.steepest * max(largest, 5) - 300) < 1e-6, "another limit of the odds")
        need(self.furthest == 1820, "another limit of the constant")
        self._check_terms()
        self._check_card()
        if self.goal["name"] == "loss" and self.least <= 0:
            return  # nothing is below 0
        self._check_choices()

    def points(self, place: int) -> list[int]:
        """Return which points a term may have."""
        points: list[int] = self.terms[place]["points"]
        need(0 not in points and len(set(points)) == len(points), "points are listed once")
        return points

    def _check_terms(self) -> None:
        """Check that each term is searched, kept, without points, or the same as another."""
        all_ = (1 << self.count) - 1
        for place, column in enumerate(self.columns):
            if place in self.searched or place in self.kept or not self.points(place):
                continue
            points = set(self.points(place))
            turned = {-point for point in points}
            stands = column in (0, all_) or any(
                (self.columns[other] == column and points <= set(self.points(other)))
                or (self.columns[other] == column ^ all_ and turned <= set(self.points(other)))
                for other in self.searched
            )
            need(stands, f"term {place} is not looked at")

    def _check_card(self) -> None:
        """Check that the card has terms as they may be, and is as good as is claimed."""
        card = self.record["card"]
        chosen = {int(place): point for place, point in card["points"].items()}
        need(len(chosen) <= self.record["most_terms"], "the card has too many terms")
        for place in self.kept:
            need(chosen.get(place) == self.terms[place]["kept"], "a term does not keep its points")
        for place, point in chosen.items():
            is_open = place in self.searched and point in self.points(place)
            need(is_open or place in self.kept, f"term {place} cannot have {point} points")
        totals: dict[int, int] = {}
        for row in range(self.count):
            total = sum(p for place, p in chosen.items() if self.columns[place] >> row & 1)
            totals[total] = totals.get(total, 0) | 1 << row
        cells = [(total, rows) for total, rows in sorted(totals.items())]
        fires = sum(rows for total, rows in cells if total >= card["threshold"])
        need(0 < fires < (1 << self.count) - 1, "the threshold divides nothing")
        need(self.keeps(fires), "the card breaks a limit")
        if self.goal["name"] == "accuracy":
            need(self.cost(fires) == self.least, "the card has another cost")
        elif self.goal["name"] == "auc":
            need(self.wrong_pairs(cells) == self.least, "the card orders other pairs")
        else:
            constant, slope = Decimal(card["constant"]), Decimal(card["slope"])
            most = self.steepest + Decimal("1e-8")  # of which 9 decimals are given
            need(0 <= slope <= most and abs(constant) <= self.furthest, "not its odds")
            loss = sum((self._loss(constant + slope * t, rows) for t, rows in cells), Decimal(0))
            need(loss - self.least < Decimal("1e-8") * self.count, "the card loses more")

    def _loss(self, odds: Decimal, rows: int) -> Decimal:
        """Return the loss of rows at some odds."""
        hits, all_ = self.counts(rows)
        return all_ * (max(odds, Decimal(0)) + (1 + (-abs(odds)).exp()).ln()) - hits * odds

    def counts(self, rows: int) -> tuple[int, int]:
        """Return how many of some rows are 1, and how many there are."""
        return (rows & self.ones).bit_count(), rows.bit_count()

    def cost(self, fires: int) -> int:
        """Return what the mistakes cost where these rows fire."""
        misses = (self.ones & ~fires).bit_count()
        alarms = (fires & ~self.ones).bit_count()
        return int(misses * self.goal["miss"] + alarms * self.goal["false_alarm"])

    def wrong_pairs(self, cells: Sequence[tuple[int, int]]) -> int:
        """Return twice the pairs in the wrong order, a tie being half of one."""
        wrong = below = 0
        for _, rows in cells:
            hits, all_ = self.counts(rows)
            wrong += (all_ - hits) * (2 * below + hits)
            below += hits
        return wrong

    def keeps(self, fires: int) -> bool:
        """Whether the limits hold where these rows fire."""
        for measure, bound, parts in self.limits:
            rates = []
            for part in parts:
                here, ones = fires & part, self.ones & part
                wrong, all_ = {
                    "false_alarms": (here & ~ones, part & ~ones),
                    "misses": (ones & ~here, ones),
                    "alarms": (here, part),
                    "errors": (here ^ ones, part),
                }[measure]
                if all_:
                    rates.append(Fraction(wrong.bit_count(), all_.bit_count()))
            spread = max(rates, default=Fraction()) - (min(rates, default=0) if parts[1:] else 0)
            if spread > bound:
                return False
        return True

    # ------------------------------------------------------------------------------ every choice

    def _check_choices(self) -> None:
        """Check that every choice of terms is excluded, by its cells or by what is listed."""
        weights = {frozenset(one["terms"]): one for one in self.record["weights"]}
        trees = {frozenset(one["terms"]): one for one in self.record["points"]}
        most = min(self.record["most_terms"] - len(self.kept), len(self.searched))
        sizes = range(0 if self.kept else 1, most + 1)
        told = {one["columns"]: one for one in self.record["sizes"]}
        need(
            sorted(told) == list(sizes) == [one["columns"] for one in self.record["sizes"]], "sizes"
        )
        for size in sizes:
            listed = [sum(len(one) == size for one in each) for each in (weights, trees)]
            choices = comb(len(self.searched), size)
            expected = (choices, choices - sum(listed), *listed)
            keys = ("choices", "by_cells", "by_weights", "by_points")
            need(tuple(told[size][key] for key in keys) == expected, "other numbers of choices")
            for support in combinations(self.searched, size):
                if frozenset(support) in weights:
                    self._by_weights(weights[frozenset(support)])
                elif frozenset(support) in trees:
                    self._by_points(trees[frozenset(support)])
                else:
                    need(self._by_cells(support) >= self.least, f"{support} is not excluded")

    def cells(self, support: Sequence[int]) -> list[Cell]:
        """Return the cells of some terms that have rows."""
        cells = self.groups
        for place in support:
            column = self.columns[place]
            cells = [
                Cell(base, (*terms, is_on), both)
                for base, terms, rows in cells
                for is_on, both in ((0, rows & ~column), (1, rows & column))
                if both
            ]
        return cells

    def _by_cells(self, support: Sequence[int]) -> Decimal:
        """Return what no points of some terms are better than, for each cell on its own."""
        cells = self.cells(support)
        counts = [self.counts(rows) for _, _, rows in cells]
        if self.goal["name"] == "accuracy":
            miss, alarm = self.goal["miss"], self.goal["false_alarm"]
            return Decimal(sum(min(p * miss, (n - p) * alarm) for p, n in counts))
        if self.goal["name"] == "auc":
            return Decimal(self._pairs(cells, counts))
        each = (self.logs[n] - self.logs[p] - self.logs[n - p] for p, n in counts)
        return sum(each, Decimal(0)) - MARGIN

    def _pairs(self, cells: Sequence[Cell], counts: Sequence[tuple[int, int]]) -> int:
        """Return twice the pairs that any points order wrongly.

        Cells of the same fixed points that differ in the same terms in the same way are ordered
        alike.
        """
        least = sum(p * (n - p) for p, n in counts)
        turns: dict[tuple[int, ...], list[int]] = {}
        for i, j in combinations(range(len(cells)), 2):
            (p, n), (q, m) = counts[i], counts[j]
            wrong = 2 * q * (n - p), 2 * p * (m - q)
            if cells[i].base != cells[j].base:
                least += min(wrong)
                continue
            step = tuple(a - b for a, b in zip(cells[i].terms, cells[j].terms, strict=True))
            if step < tuple(-each for each in step):
                step, wrong = tuple(-each for each in step), wrong[::-1]
            both = turns.setdefault(step, [0, 0])
            both[0] += wrong[0]
            both[1] += wrong[1]
        return least + sum(map(min, turns.values()))

    def _by_weights(self, entry: Record) -> None:
        support = entry["terms"]
        need(self.goal["name"] == "loss", "weights are for losses")
        self._bounded(support, (), [Decimal(text) for text in entry["weights"]])

    def _by_points(self, entry: Record) -> None:
        support = entry["terms"]
        if self.goal["name"] == "loss":
            self._walk(support, (), entry["tree"])
            return
        for points in product(*(self.points(place) for place in support)):
            for value in self._values(support, points):
                need(value >= self.least, f"{points} points of {support} are better")

    def _thresholds(self, support: Sequence[int], points: Sequence[int]) -> Iterator[int]:
        """Yield which rows fire, for every threshold that keeps the limits."""
        totals = self._totals(support, points)
        fires = 0
        for _, rows in reversed(totals[1:]):
            fires |= rows
            if self.keeps(fires):
                yield fires

    def _totals(self, support: Sequence[int], points: Sequence[int]) -> list[tuple[int, int]]:
        """Return the rows by their points, ascending."""
        totals: dict[int, int] = {}
        for base, terms, rows in self.cells(support):
            total = base + sum(p for p, is_on in zip(points, terms, strict=True) if is_on)
            totals[total] = totals.get(total, 0) | rows
        return sorted(totals.items())

    def _values(self, support: Sequence[int], points: Sequence[int]) -> Iterator[int]:
        for fires in self._thresholds(support, points):
            if self.goal["name"] == "auc":
                yield self.wrong_pairs(self._totals(support, points))
                return
            yield self.cost(fires)

    def _walk(self, support: Sequence[int], points: tuple[int, ...], node: Any) -> None:
        """Check the points of some first terms, and all of the others."""
        if isinstance(node, list):
            self._bounded(support, points, [Decimal(text) for text in node])
        elif node == "limits":
            need(len(points) == len(support), "points are open")
            need(not any(self._thresholds(support, points)), f"{points} keep the limits")
        else:
            allowed = self.points(support[len(points)])
            need(sorted(map(int, node)) == sorted(allowed), "some points are not looked at")
            for point in allowed:
                self._walk(support, (*points, point), node[str(point)])

    def _bounded(
        self, support: Sequence[int], points: tuple[int, ...], weights: list[Decimal]
    ) -> None:
        """Raise WrongError unless weights show that the rest has no less than is claimed."""
        has_total = bool(self.kept or points)
        rest = support[len(points) :]
        ranges = [(-self.furthest, self.furthest)]
        ranges += [(Decimal(0), self.steepest)] * has_total
        for place in rest:
            span = (0, *self.points(place))
            ranges.append((min(span) * self.steepest, max(span) * self.steepest))
        need(len(weights) == len(ranges), "another number of weights")
        least, slopes = -MARGIN, [Decimal(0)] * len(ranges)
        for base, terms, rows in self.cells(support):
            total = base + sum(p for p, is_on in zip(points, terms, strict=False) if is_on)
            x = [1, *([total] if has_total else []), *terms[len(points) :]]
            hits, all_ = self.counts(rows)
            m = 1 / (1 + (-sum(w * each for w, each in zip(weights, x, strict=True))).exp())
            if 0 < m < 1:
                least -= all_ * (m * m.ln() + (1 - m) * (1 - m).ln())
            slopes = [g + (all_ * m - hits) * each for g, each in zip(slopes, x, strict=True)]
        least += sum(min(g * low, g * high) for g, (low, high) in zip(slopes, ranges, strict=True))
        need(least >= self.least, f"{points} points of {support} are not excluded")


def bits_of(holds: Sequence[bool]) -> int:
    """Return the rows that something holds of, as the bits of an integer."""
    return sum(1 << place for place, each in enumerate(holds) if each)
