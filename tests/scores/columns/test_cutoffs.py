"""Cut-offs lie between neighbours, however a number is read."""

from fractions import Fraction
from random import Random

import numpy as np

from nnc.numbers.exact import read_number, show_number
from nnc.scores.columns.table import between, cut_points


def test_the_shortest_decimal_between() -> None:
    assert between(64, 65, is_integer=True) == 65
    assert between(31, 66, is_integer=True) == 50
    assert between(1, 2, is_integer=False) == Fraction(3, 2)
    assert show_number(between(Fraction("18.81"), Fraction("18.85"), is_integer=False)) == "18.83"
    assert show_number(between(Fraction("0.1"), Fraction("0.2"), is_integer=False)) == "0.15"
    assert between(-3, 4, is_integer=False) == 0


def test_both_readings_of_neighbours_stay_on_their_side() -> None:
    random = Random("cuts")
    for _ in range(500):
        places = random.randint(1, 17)
        low = read_number(f"{random.uniform(-9, 9):.{places}f}".replace("-0.", "-0."))
        high = low + Fraction(random.randint(1, 3), 10**places)
        cut = between(low, high, is_integer=False)
        stored = Fraction(float(low)), Fraction(float(high))
        if stored[0] < stored[1]:
            assert max(low, stored[0]) < cut < min(high, stored[1])
        else:
            assert low < cut < high


def test_quantiles() -> None:
    values = list(range(100))
    cuts = cut_points(values, np.ones(100, np.int64), 4, is_integer=True)
    assert cuts == [20, 40, 60, 80]
    rows = np.array([97, 1, 1, 1])
    assert cut_points([0, 1, 2, 3], rows, 4, is_integer=True) == [1, 2, 3]
    assert cut_points([0, 1, 2, 3], rows, 1, is_integer=True) == [1]
