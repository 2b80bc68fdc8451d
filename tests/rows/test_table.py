"""The table for people: whole, aligned, exact."""

import io

import numpy as np
import pytest

from nnc.rows.columns import Column, Labels
from nnc.rows.formats import write_rows
from nnc.rows.table import Groups, Screen, write_table


def written(results, names) -> str:
    out = io.BytesIO()
    write_rows(results, out, "table", names=names)
    assert not out.closed
    return out.getvalue().decode()


def test_numbers_stand_right_and_labels_left():
    result = {
        "points": Column(np.array([5, -125], np.int64), 10),
        "risk": Labels(np.array([0, 1]), ("low", "[bold]high")),
    }
    lines = [line.rstrip() for line in written([result], ["points", "risk"]).splitlines()]
    assert lines[0].split() == ["points", "risk"]
    assert lines[2:4] == ["   0.5   low", " -12.5   [bold]high"]


def test_nothing_is_cut():
    names = [f"output_number_{i}" for i in range(40)]
    result = {name: Column(np.array([10**17], np.int64)) for name in names}
    text = written([result] * 3, names)
    assert all(name in text for name in names)
    assert text.count("1" + "0" * 17) == 120
    assert "…" not in text


def test_no_results_are_a_header():
    assert written([], ["a", "b"]).split()[:2] == ["a", "b"]


def test_wide_letters_take_two_places():
    result = {"뉴런": Column(np.array([1], np.uint8)), "x": Labels(np.array([0]), ("é비",))}
    table = "뉴런   x\n──────────\n   1   é비\n   1   é비\n"
    assert written([result] * 2, ["뉴런", "x"]) == table
    assert written([result], ["뉴런", "x"]) == "뉴런   1\nx      é비\n"


def test_a_text_cannot_break_the_table():
    result = {"bed": ["1\n2", "\x1b[2J"], "n": Column(np.array([1, 0], np.uint8))}
    lines = written([result], ["bed", "n"]).splitlines()
    assert lines[2:] == [r"1\n2      1", r"\x1b[2J   0"]


@pytest.mark.seconds(10)
def test_a_million_rows():
    numbers = Column(np.arange(1_000_000) % 1000)
    text = written([{"a": numbers, "b": numbers}], ["a", "b"])
    assert text.count("\n") == 1_000_002
    assert text.endswith("999   999\n")


# ---------------------------------------------------------------------------------- a screen

NAMES = Groups(["bed"], ["in1", "in2", "in3"], ["out1", "out2"])


def on_screen(width: int, rows: int = 2, height: int = 24, groups: Groups = NAMES) -> list[str]:
    results = [
        {name: Column(np.array([i])) for group in groups for name in group} for i in range(rows)
    ]
    out = io.BytesIO()
    write_table(results, out, groups, Screen(width, height))
    return out.getvalue().decode().splitlines()


def test_what_fits_is_whole():
    assert on_screen(35) == [
        "bed   in1   in2   in3   out1   out2",
        "───────────────────────────────────",
        "  0     0     0     0      0      0",
        "  1     1     1     1      1      1",
    ]


@pytest.mark.parametrize(
    ("width", "header", "footer"),
    [
        (34, "bed   in1   in2   …   out1   out2", "… 1 more input"),
        (30, "bed   in1   …   out1   out2", "… 2 more inputs"),
        (22, "bed   …   out1   out2", "… 3 more inputs"),
        (19, "…   …   out1   out2", "… 3 more inputs, 1 more column"),
        (10, "…   …   out1   …", "… 3 more inputs, 1 more column, 1 more output"),
        (1, "…   …   out1   …", "… 3 more inputs, 1 more column, 1 more output"),
    ],
)
def test_inputs_are_left_out_first_then_kept_columns_then_outputs(width, header, footer):
    lines = on_screen(width)
    assert lines[0] == header
    assert lines[-1] == f"{footer}; --to table | less -S for all"


def test_rows_beyond_the_screen_are_counted():
    assert len(on_screen(80, rows=50)) == 52
    lines = on_screen(80, rows=60)
    assert lines[51:] == [
        " 49    49    49    49     49     49",
        "… 10 more rows; -o FILE or | less for all",
    ]
    assert len(on_screen(80, rows=60, height=64)) == 62
    assert on_screen(80, rows=2051)[-1] == "… 2,001 more rows; -o FILE or | less for all"


def test_a_row_alone_is_upright():
    assert on_screen(80, rows=1) == [
        "bed    0", "in1    0", "in2    0", "in3    0", "────────", "out1   0", "out2   0"
    ]  # fmt: skip
    many = Groups([], [f"in{i}" for i in range(70)], ["out"])
    lines = on_screen(80, rows=1, groups=many)
    assert lines[48:] == [
        "in48   0",
        "… 21 more inputs; --to table | less for all",
        "────────",
        "out    0",
    ]
    outputs = Groups(outputs=[f"out{i}" for i in range(70)])
    assert on_screen(80, rows=1, groups=outputs)[50:] == [
        "… 20 more outputs; --to table | less for all"
    ]


def test_nothing_has_blanks_at_its_end():
    result = {"name": ["a", "bcd", ""]}
    assert written([result], ["name"]) == "name\n────\na\nbcd\n\n"
