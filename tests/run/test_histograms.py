"""Histograms of sums, against counts of fractions one by one."""

import math
from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.language.network import Fires
from nnc.numbers.exact import Number
from nnc.rows.columns import Column
from nnc.rows.inputs.truth_table import truth_table
from nnc.run.histograms import (
    MAX_BINS,
    Boundary,
    Histogram,
    collect,
    margins_of,
    sums_of,
    width,
    width_place,
)
from nnc.run.truth_tables import count_ones
from tests.support.networks import plan_of as plan_from

CONFIGS = Path(__file__).parents[2] / "configs"

COMPARE = {"above": Fraction.__gt__, "at_least": Fraction.__ge__,
           "below": Fraction.__lt__, "at_most": Fraction.__le__}  # fmt: skip


def column(rng: Random, kind: str, count: int) -> tuple[Column, list[Fraction]]:
    """Make sums as an engine gives them, and each as a fraction."""
    denominator = rng.choice([1, 1, 3, 10, 1000])
    reach = rng.choice([3, 50, 10**4, 2**62])
    whole = [rng.randint(-reach, reach) for _ in range(count)]
    if kind == "int64":
        return Column(np.array(whole), denominator), [Fraction(n, denominator) for n in whole]
    if kind == "uint8":
        array = np.array([n % 256 for n in whole], np.uint8)
        return Column(array), [Fraction(int(n)) for n in array]
    if kind == "float64":
        floats = np.array([n * rng.choice([1.0, 0.1, 1e-9]) for n in whole])
        values = [Fraction(float(n)) / denominator for n in floats]
        return Column(floats, denominator), values
    exact: list[Number] = [rng.choice([n, n * 2**70, Fraction(n, 7)]) for n in whole]
    array = np.empty(count, object)
    array[:] = exact
    return Column(array, denominator), [Fraction(n) / denominator for n in exact]


@pytest.mark.parametrize("kind", ["int64", "uint8", "float64", "object"])
def test_against_fractions(kind: str, chunk: int) -> None:
    rng = Random(f"{kind} {chunk}")
    for _ in range(12):
        batches = [column(rng, kind, rng.choice([1, 2, 40])) for _ in range(rng.randint(1, 5))]
        values = [value for _, some in batches for value in some]
        side: tuple[Fires, ...] = rng.choice([("above", "at_least"), ("below", "at_most")])
        numbers = {rng.choice([rng.choice(values), Fraction(rng.randint(-9, 9), 4)])
                   for _ in range(rng.randint(0, 3))}  # fmt: skip
        limits = tuple(Boundary(str(n), n, rng.choice(side)) for n in numbers)
        histogram = Histogram("n", limits)
        for each, _ in batches:
            histogram.add(each)
        check(histogram, values)
        again = Histogram("n", limits)
        for each, _ in reversed(batches):
            again.add(each)
        assert again.bins() == histogram.bins()  # the order of rows does not matter


def check(histogram: Histogram, values: list[Fraction]) -> None:
    step, counts = histogram.bins()
    assert histogram.rows == len(values)
    assert (histogram.least, histogram.greatest) == (min(values), max(values))
    bins = {bin_ for bin_, _ in counts}
    assert max(bins) - min(bins) < MAX_BINS
    assert step.numerator in {5 * 10**n for n in range(99)} | {10**n for n in range(99)} or step < 1
    wanted = Counter(math.floor(value / step) for value in values)
    got: Counter[int] = Counter()
    firing: Counter[int] = Counter()
    for (bin_, zone), count in counts.items():
        got[bin_] += count
        firing[histogram.firing(zone)] += count
    assert got == wanted
    fired = Counter(
        sum(COMPARE[each.fires](value, Fraction(each.number)) for each in histogram.boundaries)
        for value in values
    )
    assert +firing == fired
    for i, each in enumerate(histogram.boundaries):
        number = Fraction(each.number)
        assert histogram.fired(i) == sum(COMPARE[each.fires](v, number) for v in values)
        assert histogram.margin(i) == min(abs(value - number) for value in values)


def test_bins_are_no_finer_than_the_sums() -> None:
    histogram = Histogram("n")
    histogram.add(Column(np.array([0, 1, 2, 8])))
    assert histogram.bins() == (1, {(0, 0): 1, (1, 0): 1, (2, 0): 1, (8, 0): 1})
    histogram.add(Column(np.array([5]), 2))
    assert histogram.bins()[0] == Fraction(1, 2)


def test_a_wider_span_never_has_narrower_bins() -> None:
    rng = Random(7)
    for _ in range(300):
        a, b, c = sorted(Fraction(rng.randint(-(10**9), 10**9), 10 ** rng.randint(0, 9))
                         for _ in range(3))  # fmt: skip
        if a < b < c:
            assert width_place(a, c) >= max(width_place(a, b), width_place(b, c))
            step = width(width_place(a, c))
            assert math.floor(c / step) - math.floor(a / step) < MAX_BINS
            step = width(width_place(a, c) - 1)
            assert math.floor(c / step) - math.floor(a / step) >= MAX_BINS
    assert [width(place) for place in range(-2, 3)] == [Fraction(1, 10), Fraction(1, 2), 1, 5, 10]


def test_memory_does_not_grow_with_rows() -> None:
    histogram = Histogram("n", (Boundary("", 5, "at_least"),))
    for batch in range(200):
        histogram.add(Column(np.arange(1000) * (batch + 1) * 997, 10))
        assert len(histogram.counts) <= MAX_BINS + 1
    assert histogram.rows == 200_000


PLANS = ["mail/spam_score", "gates/xor", "voting/council_1958", "gates/nor",
         "arithmetic/lookahead_4", "circuits/seven_segment"]  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_rows_that_fire_are_those_of_count(name: str) -> None:
    plan = plan_of(name)
    histograms = margins_of(plan)
    rows = collect(plan, truth_table(plan.inputs, 100), histograms)
    total, counts = count_ones(plan, truth_table(plan.inputs))
    assert rows == total
    checked_ = 0
    for tap in plan.outputs:
        if tap.kind == "bit" and tap.signals[0] >= plan.first_made:
            first, place = place_of(plan, tap.signals[0], histograms)
            assert histograms[first].fired(place) == counts[tap.alias]
            checked_ += 1
        if tap.kind == "level":
            first, _ = place_of(plan, tap.signals[0], histograms)
            levels = Counter[int]()
            names = [place_of(plan, signal, histograms)[1] for signal in tap.signals]
            for place in names:
                levels[place] = histograms[first].fired(place)
            values = [counts[f"{tap.alias}={label}"] for label in tap.labels]
            assert [levels[place] for place in names] == [
                sum(values[i + 1 :]) for i in range(len(names))
            ]
            checked_ += 1
    assert checked_


def plan_of(name: str) -> Plan:
    return nnc.compile(nnc.load(CONFIGS / f"{name}.nn.yaml"))


def place_of(plan: Plan, signal: int, histograms: dict[int, Histogram]) -> tuple[int, int]:
    """Find the histogram of a signal, and the place of its threshold there."""
    for first, histogram in histograms.items():
        if histogram.name == plan.neuron_of(signal):
            name = plan.name_of(signal).rpartition(".")[2]
            names = [each.name for each in histogram.boundaries]
            return first, names.index(name) if name in names else 0
    raise AssertionError(plan.name_of(signal))


def test_which_neurons(tmp_path: Path) -> None:
    text = """\
nnc: 1
inputs: {a: bit, x: {type: integer, min: 0, max: 9}}
neurons:
  n: {weights: {a: 1, x: 2}, thresholds: {low: 1, high: above 6}, fires: at_least}
  inner: {weights: {a: 1}, threshold: 0}
  m: {weights: {inner: 1}, threshold: 0}
outputs: {plain: a, size: x, points: {sum: n}, high: n.high, m: m,
          first: {largest: [m, n], labels: [em, en]}}
"""
    plan = plan_from(tmp_path, text)
    histograms = margins_of(plan)
    assert [each.name for each in histograms.values()] == ["n", "m"]
    assert [each.name for each in next(iter(histograms.values())).boundaries] == ["low", "high"]
    assert [each.name for each in sums_of(plan).values()] == ["points", "em: m"]
