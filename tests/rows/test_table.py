"""The table for people: whole, aligned, exact."""

import io

import numpy as np
import pytest

from nnc.rows.columns import Column, Labels
from nnc.rows.formats import write_rows


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
    assert written([result], ["뉴런", "x"]) == "뉴런   x  \n──────────\n   1   é비\n"


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
