"""Rows as newcomers have them: what `nnc fit` takes, and what it says of the others."""

from pathlib import Path

import pytest

from tests.support.running import Nnc, rules

XOR = "up,down,light\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"


def fit(nnc: Nnc, rows: str, text: str, *words: str) -> tuple[int, str, str]:
    Path(rows).write_text(text)
    ran = nnc("fit", rows, "--label", "light", *words, "-o", "out.nn.yaml")
    return ran.code, ran.out, ran.err


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("", "no-header", "write the names of the columns, then the rows"),
        (XOR.replace(",", ";"), "bad-label", "add --delimiter ';'"),
        (XOR.replace(",", "\t"), "bad-label", "add --delimiter 'tab'"),
        (XOR.replace("1,0,1", "1,0,"), "bad-label", "is empty in 1 row"),
        (XOR.replace("1,0,1", "1,0,7"), "bad-label", "has 3 values; expected two"),
        (XOR.replace("1,0,1", "1,0"), "row-length", "add the cells that are missing"),
        (XOR.replace("up,", "down,"), "duplicate-column", "column `down` appears twice"),
        (XOR.replace(",1\n", ",0\n"), "bad-label", "has 1 value; expected two"),
    ],
)
def test_rows_that_are_refused(nnc: Nnc, text: str, rule: str, words: str) -> None:
    code, out, err = fit(nnc, "rows.csv", text, *(() if text else ("--from", "csv")))
    assert (code, out) == (1, "")
    assert rule in rules(err)
    assert words in err
    assert not Path("out.nn.yaml").exists()


def test_one_spelling_of_labels_for_scores_too(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,y\n1,0,1.0\n0,1,0\n1,1,1\n0,0,0.0\n")
    Path("test.csv").write_text("a,b,y\n1,0,1.00\n0,1,0\n")
    ran = nnc("fit", "rows.csv", "--label", "y", "--positive", "1.0", "--test", "test.csv",
              "-o", "out.nn.yaml")  # fmt: skip
    assert ran.code == 0
    assert "points for y = 1.0, from 4 rows" in ran.out
    assert "test          2   0.00000    100.0 %   1.000   0 of 1         0 of 1" in ran.out


def test_labels_that_only_rows_for_the_test_have(nnc: Nnc) -> None:
    Path("rows.csv").write_text(XOR)
    Path("test.csv").write_text("up,down,light\n0,0,2\n1,1,2\n0,1,1\n")
    ran = nnc("fit", "rows.csv", "--label", "light", "--test", "test.csv")
    assert (ran.code, ran.out, rules(ran.err)) == (1, "", ["bad-label"])
    assert "is `2` in 2 rows for the test; expected `0`, `1`" in ran.err


def test_more_terms_than_can_be_proved(nnc: Nnc) -> None:
    names = [f"c{i}" for i in range(7)]
    lines = [",".join([*names, "y"])]
    for row in range(64):
        bits = [row >> i & 1 for i in range(6)]
        lines.append(",".join(map(str, [*bits, row % 3 % 2, int(sum(bits) + row % 3 > 3)])))
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    ran = nnc("fit", "rows.csv", "--label", "y", "--terms", "6", "-o", "out.nn.yaml")
    assert ran.code == 0
    assert "searched, not proved: there are 126 choices of terms; no score is below a" in ran.out
    assert "proof: searched" in Path("out.nn.yaml").read_text()
    less = nnc("fit", "rows.csv", "--label", "y", "--terms", "5", "-o", "five.nn.yaml").out
    assert "proved: the least loss of all" in less


BITS = """\
worst area>=686,mean radius,age >= 65,age,y
1,10,0,50,1
1,12.5,1,70,1
0,12,0,40,0
0,9,1,80,0
1,7,0,30,1
0,8,1,66,0
1,8,1,67,0
"""


def test_a_card_shows_the_names_of_columns(nnc: Nnc) -> None:
    Path("bits.csv").write_text(BITS)
    out = nnc("fit", "bits.csv", "--label", "y", "-o", "card.nn.yaml").out
    assert "  worst area>=686      +1\n  mean radius >= 7.5   -1\n" in out
    assert "worst_area_686: 1" in Path("card.nn.yaml").read_text()
    words = ("fit", "bits.csv", "--label", "y", "-o", "card.nn.yaml", "--max-count", "2")
    assert "  worst area>=686 +" in nnc(*words).out.partition("the best of different terms")[2]


@pytest.mark.parametrize(
    ("term", "weight"),
    [
        ("worst area>=686", "worst_area_686: 2"),
        ("worst_area_686", "worst_area_686: 2"),
        ("mean radius >= 11", "mean_radius: {11: 2"),
        ("mean_radius>=11", "mean_radius: {11: 2"),
        ("age >= 65", "age: {65: 2}"),  # of the input, not the column of this name
        ("age_65", "age_65: 2"),
        ("age >= 66", "age: {66: 2}"),
    ],
)
def test_a_term_is_kept_by_its_column_or_its_input(nnc: Nnc, term: str, weight: str) -> None:
    Path("bits.csv").write_text(BITS)
    words = ("fit", "bits.csv", "--label", "y", "-o", "card.nn.yaml", "--cutoffs", "age=65")
    assert nnc(*words, "--points", f"{term}=2").code == 0
    assert weight in Path("card.nn.yaml").read_text()
    err = nnc(*words, "--points", "worst area=2").err
    assert "there is no term `worst area`" in err


@pytest.mark.parametrize("points", ["ward=+", "ward=2", "ward >= 3=2"])
def test_points_of_a_column_that_is_left_out(nnc: Nnc, points: str) -> None:
    Path("rows.csv").write_text("a,ward,y\n1,7,1\n0,7,0\n1,7,1\n0,7,0\n")
    err = nnc("fit", "rows.csv", "--label", "y", "--points", points).err
    assert "help: column `ward` is left out: it has one value" in err


def test_empty_rows_of_a_spreadsheet_at_the_end_are_no_rows(nnc: Nnc) -> None:
    Path("sheet.csv").write_text("a,b,y\n1,1,1\n0,1,0\n1,0,0\n0,0,0\n,,\n,,\n")
    code, out, _ = nnc("fit", "sheet.csv", "--label", "y", "-o", "out.nn.yaml")
    assert code == 0
    assert "points for y = 1, from 4 rows" in out
