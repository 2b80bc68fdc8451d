"""Files of any size through a plan: in order, in bounded memory, whole or not at all."""

import io
import sys
import tracemalloc
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import nnc
from nnc.language.network import Input
from nnc.rows.column_types import ColumnType
from nnc.rows.formats import write_rows
from nnc.rows.inputs.cells import exact_column
from nnc.rows.session import RowOptions
from nnc.rows.streams import FractionRead
from nnc.run.engines import How
from nnc.run.streaming import Source, Style, open_output, open_rows, write_counts, write_results
from tests.support.running import MAIL

INPUTS = {"a": Input(type="bit"), "v": Input(type="integer", size=2), "c": Input(type="bit")}
COUNTER = "nnc: 1\nfires: above\ninputs: {n: integer}\nneurons: {o: {weights: {n: 1}, threshold: 4}}\noutputs: {s: {sum: o}, o: o}\n"  # noqa: E501


def source(file: Path | None, **options: Any) -> Source:
    names = {"extra", "floats", "csv", "rename", "has_options"} & options.keys()
    chosen = RowOptions(**{name: options.pop(name) for name in names})
    given: dict[str, Any] = {
        "format": "csv", "values": {}, "report": print, "options": chosen, **options,
    }  # fmt: skip
    return Source(None if file is None else str(file), **given)


# --------------------------------------------------------------------------------- rows in


def test_the_share_of_a_truth_table_is_known() -> None:
    every = source(None, every=True, values={"v": ["1", "2"], "c": "0"})
    with open_rows(every, INPUTS) as rows:
        assert [batch.count for batch in rows.batches] == [2]
        assert (rows.share(1), rows.share(2)) == (0.5, 1)


def test_the_share_of_one_row_is_not() -> None:
    with open_rows(source(None, values={"a": 1, "v": [1, 2], "c": 0}), INPUTS) as rows:
        assert rows.share(1) is None


def test_the_share_of_a_file_is_that_of_its_bytes_or_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(bytes(100))
    with file.open("rb") as stream:
        share = FractionRead(stream)
        stream.read(25)
        assert share(7) == 0.25
        share.expect(10)
        assert share(7) == 0.7
    assert FractionRead(io.BytesIO(b"1"))(1) is None
    with Path("/dev/null").open("rb") as stream:
        assert FractionRead(stream)(1) is None


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("no header of this network\n")
    with open_rows(source(file), INPUTS) as rows, pytest.raises(nnc.InvalidRowsError):
        next(iter(rows.batches))


# ------------------------------------------------------------------------------ results out


@given(
    st.lists(st.integers(-9, 9), max_size=40),
    st.sampled_from(["csv", "jsonl", "npy", "parquet", "arrow", "csv.gz"]),
)
def test_results_are_in_the_order_of_the_rows(numbers: list[int], form: str) -> None:
    import tempfile

    plan = nnc.compile(nnc.loads(COUNTER))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file, out = Path(folder, "in.csv"), Path(folder, f"out.{form}")
        file.write_text("n\n" + "".join(f"{n}\n" for n in numbers))
        patch.setattr("nnc.rows.session.CHUNK", 8)
        patch.setattr("nnc.rows.csv.reading.CHUNK", 8)
        with open_output(str(out)) as stream, open_rows(source(file), plan.inputs) as rows:
            write_results(plan, rows.batches, stream, Style(form.removesuffix(".gz")), How())
        real = {"s": Input(type="integer"), "o": Input(type="bit")}
        again = source(out, format=form.removesuffix(".gz"))
        with open_rows(again, real) as rows:
            found = [batch.columns[0].values() for batch in rows.batches]
    assert [n for some in found for n in some] == numbers


class Nowhere(io.RawIOBase):
    """A stream that forgets what is written."""

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Count the bytes."""
        return len(data)


@pytest.mark.seconds(120)
@pytest.mark.parametrize("is_file", [True, False], ids=["file", "standard output"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow", "npy"])
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, form: str, is_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.run.streaming._MAX_HELD", 1 << 12)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Nowhere())))
    plan = nnc.compile(nnc.loads(COUNTER))
    sizes = {
        "csv.reading.CHUNK": 1 << 14,
        "json.jsonl.CHUNK": 1 << 14,
        "arrays.tables.CHUNK": 1 << 12,
    }
    for name, size in (sizes | {"arrow.parquet._GROUP_ROWS": 10_000}).items():
        monkeypatch.setattr(f"nnc.rows.{name}", size)
    column, kinds, peaks = exact_column(range(1000)), {"n": ColumnType("integer")}, []
    for count in (20, 90) if form == "jsonl" else (150, 450):  # tracing is slow there
        file, out = tmp_path / f"in.{form}", tmp_path / f"out.{form}"
        with file.open("wb") as stream:
            tables = ({"n": column} for _ in range(count))
            write_rows(tables, stream, form, names=["n"], kinds=kinds)
        given = source(file, format=form)
        tracemalloc.start()
        with (
            open_output(str(out) if is_file else None) as stream,
            open_rows(given, plan.inputs) as rows,
        ):
            write_results(plan, rows.batches, stream, Style(form), How())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 200_000


def test_counts_have_types(tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(MAIL))
    file, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    file.write_text("blacklisted,bayes\n1,1\n0,0\n")
    with open_output(str(out)) as stream, open_rows(source(file), plan.inputs) as rows:
        write_counts(plan, rows.batches, stream, Style("parquet"), How())
    table = parquet.read_table(out)
    assert table.schema.types == [pa.string(), pa.int64(), pa.int64()]
    assert table.to_pylist()[0] == {"output": "verdict=ham", "ones": 1, "rows": 2}


class Stdout(io.TextIOWrapper):
    """Standard output that keeps what is written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "utf-8")

    @property
    def written(self) -> bytes:
        """What has arrived."""
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


def test_standard_output_is_held_until_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.run.streaming._MAX_HELD", 4)
    out = Stdout()
    monkeypatch.setattr(sys, "stdout", out)

    def failing() -> None:
        with open_output(None) as stream:
            stream.write(b"more than is held in memory")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert out.written == b""
    with open_output(None) as stream:
        stream.write(b"all of it")
        assert out.written == b""
    assert out.written == b"all of it"
    with ExitStack() as stack:
        stack.enter_context(open_output(None, is_held=False)).write(b", at once")
        assert out.written == b"all of it, at once"


def test_a_truth_table_streams_to_a_reader_that_leaves(tmp_path: Path) -> None:
    (tmp_path / "wide.nn.yaml").write_text("nnc: 1\ninputs: {a: bit(30)}\noutputs: {x: a(0)}\n")
    import subprocess

    with subprocess.Popen(
        [sys.executable, "-m", "nnc", "eval", "wide.nn.yaml", "--all", "--to", "csv", "--bits"],
        cwd=tmp_path, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        header = ",".join([*(f"a({i})" for i in range(30)), "x"])
        assert process.stdout.readline().decode() == f"{header}\n"
        process.stdout.close()
        assert process.wait(60) == 0
