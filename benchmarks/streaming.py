"""Files of ten million rows through a score: `nnc eval` beside what else can do it.

That is a script of pandas and onnxruntime, and DuckDB with the SQL that `nnc export` writes.

What needs a process of its own runs as `python -m benchmarks.streaming NAME ARGUMENTS`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import ROOT, installed, line, mib, processes, start
from benchmarks.networks import PATIENT

if TYPE_CHECKING:
    import pandas

NNC = str(Path(sys.executable).with_name("nnc"))
SCORE = ROOT / "configs" / "medicine" / "cha2ds2_vasc.nn.yaml"
TASK = (sys.executable, "-m", "benchmarks.streaming")
ROWS = 10_000_000
ROUNDS = 7
FORMS = {"csv": ("CSV", 3), "parquet": ("Parquet", 2.2)}
"""The name of each form, and how many times less nnc is to take."""
NAMES = PATIENT.split(",")
RISKS = ["low", "intermediate", "high"]
ADVICE = ["none", "considered", "recommended"]
WAY, DUCKDB, TWO = "pandas + onnxruntime", "DuckDB", "nnc, two threads"
_MOST_MIB = 400
_BATCH = 1 << 16


def streaming(folder: Path, count: int = ROWS, rounds: int = ROUNDS) -> Iterator[str]:
    """Measure whole processes, from file to file, whose results are compared first."""
    start([*TASK, "make", folder, str(count)])
    sql = folder / "score.sql"
    start([NNC, "export", SCORE, "-o", sql])
    yield "| | nnc | beside it | nnc takes less | bar |"
    yield "|---|---|---|---|---|"
    for suffix, (form, bar) in FORMS.items():
        rows, *made = (
            folder / f"{name}.{suffix}" for name in ("rows", "ours", "two", "theirs", "duck")
        )
        ours, two, theirs, ducks = made
        ways: dict[str, tuple[str | Path, ...]] = {
            "nnc": (NNC, "eval", SCORE, rows, "-o", ours, "--threads", "1"),
            TWO: (NNC, "eval", SCORE, rows, "-o", two, "--threads", "2"),
            WAY: (*TASK, "script", folder / "score.onnx", rows, theirs),
        }
        if installed("duckdb"):
            ways[DUCKDB] = (*TASK, "duckdb", sql, rows, ducks)
        ran = processes(ways, rounds)
        start([*TASK, "compare", *made[: len(ways)]])
        nnc, peers = ran["nnc"], {name: ran[name] for name in ways if name in (WAY, DUCKDB)}
        for told, field in (
            (f"{form} to {form}, {count:,} rows: CPU time", "seconds"),
            ("… on the clock", "wall"),
        ):
            mine = getattr(nnc, field)
            beside = {name: getattr(cost, field) for name, cost in peers.items()}
            yield line(told, mine, beside, {f"{bar}x of pandas": beside[WAY] >= bar * mine})
        yield line("… on the clock, two threads", ran[TWO].wall, {"one thread": nnc.wall})
        small = {f"under {_MOST_MIB} MiB": nnc.mib < _MOST_MIB}
        memory = {name: cost.mib for name, cost in peers.items()}
        yield line("… peak memory", nnc.mib, memory, small, mib)


def make(folder: str, count: str) -> None:
    """Write the same random patients as CSV and as Parquet, and the score as an ONNX file."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv, parquet

    from benchmarks.peers import onnx_score

    schema = pa.schema([(name, pa.int64()) for name in NAMES])
    rng = np.random.default_rng(0)
    with (
        parquet.ParquetWriter(Path(folder, "rows.parquet"), schema) as as_parquet,
        csv.CSVWriter(Path(folder, "rows.csv"), schema,
                      write_options=csv.WriteOptions(quoting_style="none")) as as_csv,
    ):  # fmt: skip
        for begin in range(0, int(count), 1 << 20):
            size = min(1 << 20, int(count) - begin)
            columns = [rng.integers(18, 100, size), *rng.integers(0, 2, (len(NAMES) - 1, size))]
            table = pa.table([pa.array(column) for column in columns], schema=schema)
            as_parquet.write_table(table)
            as_csv.write_table(table)
    onnx_score(Path(folder, "score.onnx"))


def script(model: str, source: str, target: str) -> None:
    """Do what `nnc eval` does, as scripts do it: the file whole, the rows in batches; unchecked."""
    import numpy as np
    import pandas as pd

    from benchmarks.peers import onnx_session

    if source.endswith(".csv"):
        given = pd.read_csv(source, dtype=dict.fromkeys(NAMES, np.uint8))
    else:
        given = pd.read_parquet(source, columns=NAMES)
    rows = given[NAMES].to_numpy(np.uint8)
    run = onnx_session(model)
    found = np.concatenate([run(rows[at : at + _BATCH]) for at in range(0, len(rows), _BATCH)])
    results = pd.DataFrame(
        {
            "points": found[:, 0],
            "risk": pd.Categorical.from_codes(found[:, 1], RISKS),
            "anticoagulation": pd.Categorical.from_codes(found[:, 2], ADVICE),
        }
    )
    if target.endswith(".csv"):
        results.to_csv(target, index=False)
    else:
        results.to_parquet(target, index=False)


def duckdb(sql: str, source: str, target: str) -> None:
    """Run the score that was exported as SQL, on one thread; it checks each row."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"CREATE VIEW rows AS SELECT * FROM '{source}'")
    query = Path(sql).read_text(encoding="utf-8").strip().rstrip(";")
    form = "CSV, HEADER" if target.endswith(".csv") else "PARQUET"
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT {form})")


def compare(ours: str, *others: str) -> None:
    """Fail where the values in files differ."""
    import pandas as pd

    def values(file: str) -> pandas.DataFrame:
        read: Any = pd.read_csv if file.endswith(".csv") else pd.read_parquet
        return read(file).astype({"points": "int64", "risk": "str", "anticoagulation": "str"})

    right = values(ours)
    for other in others:
        pd.testing.assert_frame_equal(right, values(other))


if __name__ == "__main__":
    {one.__name__: one for one in (make, script, duckdb, compare)}[sys.argv[1]](*sys.argv[2:])
