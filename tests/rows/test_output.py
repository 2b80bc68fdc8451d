"""Rows written as text, each distinct one made but once: the same bytes as one by one."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.rows.columns import Column, Labels
from nnc.rows.formats import write_rows
from nnc.rows.output import text_of


def written(results: Any, form: str, names: list[str]) -> bytes:
    out = io.BytesIO()
    write_rows(results, out, form, names=names)
    return out.getvalue()


def tables(seed: int, count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [
        {
            "bit": Column(rng.integers(0, 2, n).astype(np.uint8)),
            "tenths": Column(rng.integers(-5, 5, n), 10),
            "label": Labels(rng.integers(0, 3, n), ("low, or", 'a "b"', "größe\n")),
            "high": Column(rng.integers(2**62, 2**62 + 3, n)),
        }
        for n in (count, 1, 0, count)
    ]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("count", [0, 1, 5, 3000])
def test_the_same_bytes_as_one_by_one(form: str, count: int) -> None:
    results = tables(1, count)
    names = list(results[0])
    fast = written(results, form, names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnc.rows.output._distinct", lambda *_: None)
        assert written(results, form, names) == fast
    assert len(fast.splitlines()) > count


@given(st.lists(st.integers(0, 3) | st.integers(0, 2**63 - 1), max_size=60), st.booleans())
def test_columns_of_any_range(values: list[int], with_text: bool) -> None:
    table: dict[str, Any] = {"x": Column(np.array(values, np.int64))}
    if with_text:
        table["note"] = [str(value) for value in values]
    lines = written([table] * 3, "csv", list(table)).decode().splitlines()[1:]
    assert lines == [f"{v},{v}" if with_text else f"{v}" for v in values] * 3


def test_each_distinct_row_is_made_but_once() -> None:
    asked: list[int] = []

    def lines(table: Any, names: Any) -> list[str]:
        asked.append(len(table[names[0]]))
        return [f"{value}\n" for value in table[names[0]].values()]

    text = text_of({"x": Column(np.arange(1000) % 7)}, ["x"], lines)
    assert (asked, text) == ([7], "".join(f"{i % 7}\n" for i in range(1000)).encode())
