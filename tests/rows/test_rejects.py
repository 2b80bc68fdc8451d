"""Rows with mistakes are skipped, and written as they were: fixed, they are read again."""

# ruff: noqa: E501

import io
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import Input
from nnc.rows.columns import Batch
from nnc.rows.csv.text import Record, stretches
from nnc.rows.formats import read_rows
from nnc.rows.session import Rejects, Session
from nnc.rows.texts import Text
from tests.support.reading import seen

INPUTS = {"a": Input(type="bit"), "n": Input(type="integer", min=0, max=9)}
FORMS = ("csv", "json", "jsonl", "npy", "parquet", "arrow")


def skipping(
    data: bytes, form: str, size: int = 65536, inputs: Any = INPUTS
) -> tuple[list[Batch], bytes, Rejects]:
    """Read rows; gives the sound ones, the file of the others, and what was counted."""
    out, ignored = io.BytesIO(), list[Diagnostic]()
    rejects = Rejects(out)
    session = Session(inputs, file="r", batch_size=size, report=ignored.append, rejects=rejects)
    read = read_rows(io.BytesIO(data), form, session)
    return list(read), out.getvalue(), rejects


def stored(rows: list[tuple[int, int]], form: str) -> bytes:
    """Write rows of the two inputs."""
    out = io.BytesIO()
    table = pa.table(
        {
            "a": pa.array([a for a, _ in rows], pa.int64()),
            "n": pa.array([n for _, n in rows], pa.int64()),
        }
    )
    if form == "csv":
        out.write(b"a,n\n" + b"".join(b"%d,%d\n" % row for row in rows))
    elif form == "json":
        out.write(json.dumps([{"a": a, "n": n} for a, n in rows]).encode())
    elif form == "jsonl":
        out.write("".join(json.dumps({"a": a, "n": n}) + "\n" for a, n in rows).encode())
    elif form == "npy":
        np.save(out, np.array(rows, np.int64).reshape(-1, 2))
    elif form == "parquet":
        parquet.write_table(table, out)
    else:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()


def fixed(data: bytes, form: str) -> bytes:
    """Take what is wrong out of a file of rejected rows: a bit becomes 1, an integer 5."""

    def right(a: int, n: int) -> tuple[int, int]:
        return a if a in (0, 1) else 1, n if 0 <= n <= 9 else 5

    if form == "csv":
        lines = data.decode().splitlines()
        rows = [right(*map(int, line.rpartition('",')[2].split(","))) for line in lines[1:]]
        return stored(rows, form)
    if form in ("json", "jsonl"):
        text = data.decode()
        objects = json.loads(text) if form == "json" else list(map(json.loads, text.splitlines()))
        return stored([right(one["a"], one["n"]) for one in objects], form)
    if form == "npy":
        return stored([right(*row) for row in np.load(io.BytesIO(data)).tolist()], form)
    table = (
        parquet.read_table(io.BytesIO(data))
        if form == "parquet"
        else pa.ipc.open_file(data).read_all()
    )
    assert table.column_names == ["_row", "_error", "a", "n"]
    return stored([right(one["a"], one["n"]) for one in table.to_pylist()], form)


@pytest.mark.parametrize("form", FORMS)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 12)), max_size=30),
    size=st.sampled_from([1, 7, 65536]),
)
def test_no_row_is_lost(form: str, rows: list[tuple[int, int]], size: int) -> None:
    sound = [row for row in rows if row[0] < 2 and 0 <= row[1] <= 9]
    read, rejected, rejects = skipping(stored(rows, form), form, size)
    assert seen(read, INPUTS) == sound
    assert rejects.count == len(rows) - len(sound)
    again, nothing, none = skipping(fixed(rejected, form), form)
    assert none.count == 0
    wrong = [
        (min(a, 1) if a < 2 else 1, n if 0 <= n <= 9 else 5) for a, n in rows if (a, n) not in sound
    ]
    assert seen(again, INPUTS) == wrong
    assert skipping(nothing, form)[0] == []  # a whole file, without rows


@pytest.mark.parametrize("form", FORMS)
def test_a_rejected_file_can_be_rejected_again(form: str) -> None:
    _, once, _ = skipping(stored([(0, 1), (2, 1), (1, 99)], form), form)
    _, twice, rejects = skipping(once, form)
    assert rejects.count == 2
    _, thrice, _ = skipping(twice, form)
    if form in ("csv", "jsonl", "json"):
        assert thrice.count(b"_error") == twice.count(b"_error")
    if form in ("parquet", "arrow"):
        read = (
            parquet.read_table(io.BytesIO(thrice))
            if form == "parquet"
            else pa.ipc.open_file(thrice).read_all()
        )
        assert read.column_names == ["_row", "_error", "a", "n"]


def test_what_stands_in_each_file() -> None:
    rows = [(0, 1), (2, 99), (1, 3), (1, -1)]
    a, n, m = (
        "NNC504 bad-value: input `a`: 2 is not 0 or 1",
        "NNC504 bad-value: input `n`: 99 is above max 9",
        "NNC504 bad-value: input `n`: -1 is below min 0",
    )
    assert (
        skipping(stored(rows, "csv"), "csv")[1].decode()
        == f'_line,_error,a,n\n3,"{a}; {n}",2,99\n5,"{m}",1,-1\n'
    )
    assert skipping(stored(rows, "jsonl"), "jsonl")[1].decode() == (
        f'{{"_line": 2, "_error": "{a}; {n}", "a": 2, "n": 99}}\n{{"_line": 4, "_error": "{m}", "a": 1, "n": -1}}\n')  # fmt: skip
    assert json.loads(skipping(stored(rows, "json"), "json")[1])[1] == {
        "_line": 1,
        "_error": m,
        "a": 1,
        "n": -1,
    }
    table = parquet.read_table(io.BytesIO(skipping(stored(rows, "parquet"), "parquet")[1]))
    assert table.to_pylist() == [
        {"_row": 2, "_error": f"{a}, in row 2; {n}, in row 2", "a": 2, "n": 99},
        {"_row": 4, "_error": f"{m}, in row 4", "a": 1, "n": -1},
    ]
    array = np.load(io.BytesIO(skipping(stored(rows, "npy"), "npy")[1]))
    assert (array.dtype, array.tolist()) == (np.int64, [[2, 99], [1, -1]])


@pytest.mark.parametrize(
    ("text", "kept", "rejected"),
    [
        ('a,n\n1,2\n1\n\n"0",3,4\n"0""",1\n0,5\n', [(1, 2), (0, 5)], ["3,", "4,", "5,", "6,"]),
        ("a,n\n1,2\n\xff,1\n0,5\n", [(1, 2), (0, 5)], ["3,"]),
        ('a,n\n"1",2\n"x\ny",3\n0,5\n', [(1, 2), (0, 5)], ["3,", 'y",3']),
    ],
)
def test_other_mistakes_of_text(text: str, kept: Any, rejected: list[str]) -> None:
    read, out, _ = skipping(text.encode("latin-1"), "csv")
    assert seen(read, INPUTS) == kept
    lines = out.decode("latin-1").splitlines()[1:]
    assert [line.startswith(start) for line, start in zip(lines, rejected, strict=True)] == [
        True
    ] * len(rejected)


@pytest.mark.parametrize(
    ("form", "text", "kept"),
    [
        ("jsonl", '{"a": 1, "n": 2}\n{"a": 1\n\n[3]\n{"a": 1, "a": 0, "n": 1}\n{"n": 3}\n{"a": 0, "n": 5}\n', [(1, 2), (0, 5)]),
        ("json", '[{"a": 1, "n": 2}, 7, {"a": null, "n": 1}, {"a": 0, "n": "5"}, {"a": 0, "n": 5}]', [(1, 2), (0, 5)]),
    ],
)  # fmt: skip
def test_other_mistakes_of_json(form: str, text: str, kept: Any) -> None:
    read, out, rejects = skipping(text.encode(), form)
    assert seen(read, INPUTS) == kept
    objects = (
        json.loads(out) if form == "json" else list(map(json.loads, out.decode().splitlines()))
    )
    assert len(objects) == rejects.count
    assert all(one["_error"].startswith("NNC") for one in objects)


@pytest.mark.parametrize(
    ("form", "data", "rule"),
    [
        ("csv", b'a,n\n1,2\n"0,1\n', "bad-quoting"), ("csv", b"a\n1\n", "missing-column"),
        ("csv", b"_line,_error,a,n\n", ""), ("csv", b"a,_line,n\n1,1,1\n", "duplicate-column"),
        ("json", b'[{"a": 1, "n": 2}, ', "bad-json"), ("npy", stored([(1, 1)], "npy")[:-1], "bad-npy"),
        ("parquet", b"PAR1", "bad-parquet"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_whole_file_stops(form: str, data: bytes, rule: str) -> None:
    if not rule:
        assert skipping(data, form)[0] == []
        return
    with pytest.raises(InvalidRowsError) as caught:
        skipping(data, form)
    assert [one.rule for one in caught.value.diagnostics] == [rule]


def test_the_warning_counts_and_shows_the_first() -> None:
    _, _, rejects = skipping(stored([(1, 1), *[(2, n) for n in range(7)]], "csv"), "csv")
    one = rejects.warning("r.csv", None)
    assert one is not None
    assert str(one) == "r.csv: warning[NNC519] rows-skipped: 7 of 8 rows are refused and left out"
    assert one.help == "`--rejects FILE` keeps them, with what is wrong"
    assert one.details[0] == "input `a`: 2 is not 0 or 1, in line 3"
    assert one.details[5:] == ("… and 2 more rows",)
    assert Rejects().warning("r.csv", None) is None


@pytest.mark.parametrize("order", ["C", "F"])
@given(st.integers(1, 40), st.integers(1, 9))
def test_arrays_of_columns_are_read_in_batches(order: Any, count: int, size: int) -> None:
    rows = np.arange(count * 2).reshape(-1, 2) % 2
    out = io.BytesIO()
    np.save(out, np.array(rows, order=order))
    read, _, _ = skipping(out.getvalue(), "npy", size)
    assert seen(read, INPUTS) == [tuple(row) for row in rows.tolist()]
    assert max(batch.count for batch in read) <= size


def test_a_row_is_taken_apart_once_however_many_of_its_cells_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart: list[int] = []

    def counted(written: Text, record: Record) -> list[tuple[int, int]]:
        apart.append(record.start)
        return stretches(written, record)

    monkeypatch.setattr("nnc.rows.csv.text.stretches", counted)
    inputs = {f"x{i}": Input(type="real") for i in range(200)}
    data = "\n".join([",".join(inputs), *[",".join("?" * 200)] * 3]).encode()
    _, _, rejects = skipping(data, "csv", inputs=inputs)
    assert rejects.count == 3
    assert len(apart) == 3
