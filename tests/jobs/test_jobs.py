"""Many files through a network: the bytes of `nnc eval` of each, whoever does what when."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from nnc import FileError, InvalidRowsError, Job, __version__, digest, do, loads
from nnc import job as job_of
from nnc.rows.parts import RowGroups
from tests.support.running import XOR, Nnc

pytestmark = pytest.mark.usefixtures("rows_folder")

NETWORK = loads(XOR)
SUMS = """\
nnc: 1
fires: at_least
inputs: {x: real}
neurons: {n: {weights: {x: 1}, threshold: 0.5}}
outputs: {s: {sum: n}}
"""


def results(folder: str = "out") -> dict[str, bytes]:
    root = Path(folder)
    return {file.relative_to(root).as_posix(): file.read_bytes()
            for file in sorted(root.rglob("*")) if file.is_file()}  # fmt: skip


def _job(files: str, target: str | None = None, **options: Any) -> Job:
    return job_of(NETWORK, files, target, **options)


def test_each_result_is_what_eval_writes_of_its_file(nnc: Nnc) -> None:
    done = _job("in/", "out/", extra="keep").run()
    assert str(done) == "3 files, 8 rows"
    assert sorted(results()) == ["_nnc.json", "below/y.jsonl", "x.csv", "z.parquet"]
    for name in ("below/y.jsonl", "x.csv", "z.parquet"):
        alone = f"alone{Path(name).suffix}"
        assert nnc("eval", "xor.nn.yaml", f"in/{name}", "-o", alone, "--extra", "keep")[0] == 0
        assert results()[name] == Path(alone).read_bytes()


def test_the_manifest_lists_what_can_be_counted_again() -> None:
    _job("in/", "out/", rows=2).run()
    manifest = json.loads(results()["_nnc.json"])
    assert manifest["network"] == digest(NETWORK)
    assert (manifest["nnc"], manifest["rows"]) == (__version__, 8)
    files = manifest["files"]
    assert [file["file"] for file in files] == [
        "below/y.jsonl", "x.csv", "z-00000.parquet", "z-00001.parquet", "z-00002.parquet"
    ]  # fmt: skip
    assert [file.get("row_groups") for file in files] == [None, None, [0], [1], [2]]
    for file in files:
        assert len(results()[file["file"]]) == file["bytes"]
    assert sum(file["rows"] for file in files) == 8


def test_row_groups_are_put_together_up_to_the_rows_asked_for() -> None:
    tasks = _job("in/z.parquet", "out/", rows=4).tasks
    assert [(task.part, task.rows) for task in tasks] == [
        (RowGroups(0, (0, 1)), 4),
        (RowGroups(4, (2,)), 1),
    ]
    _job("in/z.parquet", "out/", rows=4).run()
    parts = [pq.read_table(f"out/z-0000{n}.parquet")["xor"].to_pylist() for n in (0, 1)]
    assert parts == [[0, 1, 1, 0], [1]]


def test_any_order_and_any_executor_gives_the_same_bytes() -> None:
    expected = None
    shuffle = random.Random(0).shuffle
    for n in range(3):
        job = _job("in/", f"out{n}/", rows=1)
        if n == 1:
            tasks = list(job.tasks) * 2
            shuffle(tasks)
            job.finish([do(task) for task in tasks])
        elif n == 2:
            with ThreadPoolExecutor(2) as pool:
                job.run(executor=pool)
        else:
            job.run()
        expected = expected or results("out0")
        assert results(f"out{n}") == expected


def test_the_text_of_the_format_that_is_asked_for() -> None:
    _job("in/", "out/", to="csv").run()
    assert {name: data for name, data in results().items() if name != "_nnc.json"} == {
        "below/y.csv": b"xor\n0\n",
        "x.csv": b"xor\n0\n1\n",
        "z.csv": b"xor\n0\n1\n1\n0\n1\n",
    }


def test_two_files_of_one_result_are_refused() -> None:
    Path("in/x.jsonl").write_text('{"a": 1, "b": 1}\n')
    with pytest.raises(InvalidRowsError, match=r"`x.csv` and `x.jsonl` would both give `x.csv`"):
        _job("in/", "out/", to="csv")


def test_outputs_are_counted_without_results() -> None:
    done = _job("in/", count=True).run()
    assert (done.counts, done.rows) == ({"xor": 4}, 8)
    assert results("in").keys() == {"_SUCCESS", "below/y.jsonl", "x.csv", "z.parquet"}
    with pytest.raises(ValueError, match="nothing is written"):
        _job("in/", "out/", count=True)


def test_all_mistakes_are_reported_and_the_other_files_evaluated() -> None:
    for n in range(4):
        Path(f"in/bad{n}.csv").write_text("a,b\n0,2\n3,0\n")
    job = _job("in/", "out/")
    for run in (job.run, lambda: job.finish([do(task) for task in reversed(job.tasks)])):
        with pytest.raises(InvalidRowsError) as raised:
            run()
        places = [(each.file, each.span and each.span.line) for each in raised.value.diagnostics]
        assert places == [(str(Path(f"in/bad{n}.csv")), line) for n in range(4) for line in (2, 3)]
    assert {"x.csv", "z.parquet", "below/y.jsonl"} < set(results())
    assert "_nnc.json" not in results()
    for n in range(4):
        Path(f"in/bad{n}.csv").write_text("a,b\n0,0\n")
    done = _job("in/", "out/", resume=True).run()
    assert str(done) == "7 files, 12 rows, 3 files kept from before"


def test_a_mistake_in_a_row_group_has_the_row_of_the_file() -> None:
    table = pa.table({"a": [0, 1, 0, 7], "b": [0, 0, 1, 1]})
    pq.write_table(table, "in/w.parquet", row_group_size=2)
    with pytest.raises(InvalidRowsError, match="in row 4"):
        _job("in/w.parquet", "out/", rows=2).run()
    done = _job("in/w.parquet", "out2/", rows=2, rejects="wrong/").run()
    assert (done.rows, done.rejected) == (3, 1)
    assert pq.read_table("wrong/w-00001.parquet")["_row"].to_pylist() == [4]


def test_rows_that_are_refused_are_kept_by_file() -> None:
    Path("in/x.csv").write_text("a,b\n0,0\n9,9\n1,0\n")
    done = _job("in/", "out/", rejects="wrong/", to="jsonl").run()
    assert str(done) == "3 files, 8 rows, 1 row rejected"
    assert [str(each.message) for each in done.warnings][-1:] == [
        "1 of 9 rows is refused and left out"
    ]
    assert list(results("wrong")) == ["x.csv"]
    assert b"9,9" in results("wrong")["x.csv"]
    files = {each["file"]: each for each in json.loads(results()["_nnc.json"])["files"]}
    assert (files["x.jsonl"]["rows"], files["x.jsonl"]["rejected"]) == (2, 1)


def test_types_that_all_rows_decide_have_to_be_said() -> None:
    network = loads(SUMS)
    pq.write_table(pa.table({"x": ["0.5", "0.25"]}), "in/s.parquet")
    with pytest.raises(InvalidRowsError, match="no file alone can decide what type the numbers in"):
        job_of(network, "in/s.parquet", "out/")
    job_of(network, "in/s.parquet", "out/", sums="decimal(38,2)").run()
    assert pq.read_schema("out/s.parquet").field("s").type == pa.decimal128(38, 2)
    job_of(network, "in/s.parquet", "out2/", sums="float64").run()
    assert pq.read_table("out2/s.parquet")["s"].to_pylist() == [0.5, 0.25]
    with pytest.raises(
        InvalidRowsError, match=r"0.25 in row 2, which decimal128\(38, 1\) cannot hold"
    ):
        job_of(network, "in/s.parquet", "out3/", sums="decimal(38,1)").run()
    with pytest.raises(InvalidRowsError, match="has one already"):
        _job("in/", "out4/", sums="float64")
    with pytest.raises(ValueError, match="not a type of sums"):
        job_of(network, "in/s.parquet", "out4/", sums="decimal(40,1)")


def test_a_worker_of_another_version_refuses_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    job = _job("in/", "out/")
    monkeypatch.setattr("nnc.jobs.evaluation.VERSION", "9.9")
    with pytest.raises(FileError, match=r"planned by nnc .*, and this worker is nnc 9.9"):
        job.run()


def test_a_file_that_changes_is_not_read() -> None:
    job = _job("in/", "out/")
    Path("in/x.csv").write_text("a,b\n0,0\n")
    with pytest.raises(FileError, match="the file has changed since the job was planned"):
        job.run()
    Path("in/x.csv").unlink()
    with pytest.raises(FileError, match="the file is gone since"):
        job.run()
