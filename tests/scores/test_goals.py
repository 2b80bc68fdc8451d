"""Limits and costs, read and kept."""

from fractions import Fraction

import numpy as np
import pytest

from nnc.numbers.exact import Refused
from nnc.scores.goals import Goal, Judge, Limit, read_costs, read_limit


def test_limits_are_read() -> None:
    assert read_limit("false_alarms<=0.05") == Limit("false_alarms", Fraction(1, 20))
    assert read_limit(" gap(sex: male, misses) <= 1/3 ") == Limit(
        "misses", Fraction(1, 3), "sex: male"
    )
    assert str(read_limit("gap(sex,misses)<=0.1")) == "gap(sex, misses)<=0.1"


@pytest.mark.parametrize(
    "text", ["", "misses", "misses<0.1", "miss<=0.1", "misses<=2", "misses<=x", "gap(a)<=0.1"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(Refused):
        read_limit(text)


def test_costs_are_whole_numbers_in_their_proportion() -> None:
    assert Goal("loss", **read_costs(["miss=2.5"])).costs == (5, 2)
    assert Goal("loss", **read_costs(["miss=4,false_alarm=6"])).costs == (2, 3)
    for text in ("miss", "hit=1", "miss=0", "miss=1,miss=2", "miss=x"):
        with pytest.raises(Refused):
            read_costs([text])


def test_the_threshold_of_the_least_cost() -> None:
    ones = np.array([0, 0, 1, 0, 1, 1])
    totals = np.array([0, 1, 1, 2, 3, 3])
    assert Judge(Goal(), ones, [], None).threshold(totals) == 3
    assert Judge(Goal("loss", 5), ones, [], None).threshold(totals) == 1
    everyone = (np.zeros(6, np.int64), 1)
    no_alarm = Goal("loss", 5, 1, (Limit("false_alarms", 0),))
    assert Judge(no_alarm, ones, [everyone], None).threshold(totals) == 3
    nothing = Goal("loss", 1, 1, (Limit("alarms", 0),))
    assert Judge(nothing, ones, [everyone], None).threshold(totals) is None
