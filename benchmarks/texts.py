"""Columns of texts in Parquet files beside the same values as integers."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from benchmarks.cases import Case, show
from benchmarks.measuring import Way
from nnc.language.network import Input
from nnc.rows.columns import Batch, Labels
from nnc.rows.formats import read_rows
from nnc.rows.session import Session

Array = NDArray[Any]
INTEGER, CHOICE = Input(type="integer"), "values of a choice"


def texts(folder: Path, count: int = 2_000_000) -> Iterator[Case]:
    """Files of one column, read as the rows of one input; the first way reads integers."""
    rng = np.random.default_rng(0)
    few, many = rng.integers(0, 10, count), rng.integers(0, 10**9, count)
    labels = [f"label_{number}" for number in range(10)]
    every: Mapping[str, Sequence[tuple[str, Any, Input]]] = {
        "of 10 kinds": (
            ("integers", few, INTEGER),
            (CHOICE, [labels[n] for n in few], Input(type="choice", of=labels)),
            ("texts of integers", list(map(str, few)), INTEGER),
        ),
        "nearly all different": (
            ("integers", many, INTEGER),
            ("texts of integers", list(map(str, many)), INTEGER),
        ),
    }
    for title, columns in every.items():
        ways = [_way(folder, name, values, input_) for name, values, input_ in columns]
        bars = {(way.name, ways[0].name): 1 / 2 for way in ways if way.name == f"nnc, {CHOICE}"}
        yield Case(f"a column of Parquet, {title}, rows: {count:,}", ways, bars)


def _way(folder: Path, name: str, values: Any, input_: Input) -> Way:
    file = folder / f"{name}.parquet"
    parquet.write_table(pa.table({"x": values}), file)
    return Way(f"nnc, {name}", partial(_read, file.read_bytes(), input_), _numbers)


def _read(data: bytes, input_: Input) -> list[Batch]:
    return list(read_rows(io.BytesIO(data), "parquet", Session({"x": input_}, "x", print)))


def _numbers(batches: Sequence[Batch]) -> Array:
    columns = [batch.columns[0] for batch in batches]
    return np.concatenate(
        [each.codes if isinstance(each, Labels) else each.numerators for each in columns]
    )


if __name__ == "__main__":
    show(texts(Path(sys.argv[1])))
