"""A query, run by the database it is for, over a table of its own in memory, or a temporary one."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, in_form
from nnc.interchange.exporting.sql import sql_literal, sql_name
from nnc.language.network import Input

_WIDEST = 62  # bits of a bus that is one integer column
_TOGETHER = 500  # rows of one statement
_RUN = """\
import json, sys

work = json.loads(sys.stdin.readline())
if sys.argv[1] == "sqlite":
    import sqlite3
    connection = sqlite3.connect(":memory:")
else:
    import duckdb
    connection = duckdb.connect(config={"enable_external_access": False, "threads": 1})
for statement in work["before"]:
    connection.execute(statement)
if work["rows"]:
    connection.executemany(work["insert"], work["rows"])
for row in connection.execute(work["query"]).fetchall():
    print(json.dumps(row))
"""
_OF_SERVER = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGDATABASE",
              "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE", "PGSSLROOTCERT")  # fmt: skip


def run_sql(
    text: str, plan: Plan, rows: Sequence[Row], folder: Path, *, dialect: str
) -> list[Answer]:
    """Return what a query gives for rows. Raises ToolMissing and ToolFailed."""
    table = _Table(text, plan, rows)
    if dialect == "postgres":
        return [table.answer(line) for line in _postgres(table, text, folder)]
    title(dialect)
    (folder / "run.py").write_text(_RUN, encoding="utf-8")
    # SQLite reads decimals as doubles that are not always the nearest: there they are bound
    is_bound = dialect == "sqlite"
    work = {
        "before": [table.create(), *(() if is_bound else table.inserts())],
        "insert": f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.kinds))})",
        "rows": table.rows if is_bound else [],
        "query": text,
    }
    words: list[str | Path] = [programs.python(), "-I", folder / "run.py", dialect]
    output = programs.run(words, folder, f"{json.dumps(work)}\n".encode())
    return [table.answer(json.loads(line)) for line in output.splitlines()]


def title(dialect: str) -> str:
    """Name a database with its version. Raises ToolMissing."""
    if dialect == "sqlite":
        return programs.titled("SQLite", sqlite3.sqlite_version)
    if dialect == "duckdb":
        if find_spec("duckdb") is None:
            message = "the package duckdb is not installed"
            raise programs.ToolMissing(message, "pip install duckdb, or check --dialect sqlite")
        from importlib.metadata import version

        return programs.titled("DuckDB", version("duckdb"))
    path = programs.find(["psql"], "install psql, or check --dialect sqlite")
    if not any(os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        message = "neither PGHOST nor PGSERVICE names a server for psql"
        hint = "name one whose user may make temporary tables, as PGHOST=localhost"
        raise programs.ToolMissing(message, hint)
    return programs.titled("psql", programs.version_of(path))


class _Table:
    """A table of rows with all that a query reads, and what becomes of its columns."""

    def __init__(self, text: str, plan: Plan, rows: Sequence[Row]) -> None:
        match = re.search(r'^\s+FROM ("(?:[^"]|"")*")(?: AS t)?$', text, re.MULTILINE)
        if match is None:
            raise programs.ToolFailed("it reads no table")
        self.name, self._plan = match[1], plan
        kept = re.findall(r'^    (?:t\.)?("(?:[^"]|"")*") AS k\d+,?$', text, re.MULTILINE)
        self.kinds = {
            sql_name(column): kind
            for name, input_ in plan.inputs.items()
            for column, kind in _columns(name, input_)
        }
        own = {column.lower() for column in self.kinds}
        extra = [column for column in kept if column.lower() not in own] or ['"row of the check"']
        self.kinds |= dict.fromkeys(extra, "BIGINT")
        self.rows = [
            [
                *(v for name, input_ in plan.inputs.items() for v in _cells(name, input_, row)),
                *[place] * len(extra),
            ]
            for place, row in enumerate(rows)
        ]
        self._kept = len(kept)

    def create(self, what: str = "TABLE") -> str:
        """Write the statement that makes it."""
        columns = ", ".join(f"{column} {kind}" for column, kind in self.kinds.items())
        return f"CREATE {what} {self.name} ({columns})"

    def inserts(self) -> Iterator[str]:
        """Write the statements that fill it."""
        for start in range(0, len(self.rows), _TOGETHER):
            some = self.rows[start : start + _TOGETHER]
            values = ",\n".join("(" + ", ".join(map(sql_literal, row)) + ")" for row in some)
            yield f"INSERT INTO {self.name} VALUES {values}"

    def answer(self, values: Sequence[Any]) -> Answer:
        """Return a row of the result as outputs."""
        left = iter(values[self._kept :])
        answer: Answer = {}
        for tap in self._plan.outputs:
            if not tap.is_bus or tap.kind not in ("bus", "sum") or _is_whole(tap):
                answer[tap.alias] = in_form(tap, next(left))
                continue
            own = [next(left) for _ in range(tap.width)]
            answer[tap.alias] = None if None in own else in_form(tap, own)
        return answer


def _is_whole(tap: Tap) -> bool:
    return tap.is_integer and tap.width <= _WIDEST


def _columns(name: str, input_: Input) -> list[tuple[str, str]]:
    if input_.of is not None:
        return [(name, "TEXT")]
    if input_.is_integer_bus and input_.width <= _WIDEST:
        return [(name, "BIGINT")]
    kind = "DOUBLE PRECISION" if _has_doubles(input_) else "BIGINT"
    return [(f"{name}_{k}" if input_.size is not None else name, kind) for k in range(input_.width)]


def _has_doubles(input_: Input) -> bool:
    states = input_.state_values if input_.type == "bit" else ()
    return input_.type == "real" or not all(isinstance(state, int) for state in states)


def _cells(name: str, input_: Input, row: Row) -> Iterator[Any]:
    value = row.get(name)
    if value is None:
        yield from [None] * len(_columns(name, input_))
    elif input_.of is not None:
        yield value
    elif input_.is_integer_bus and input_.width <= _WIDEST:
        yield sum(bit << place for place, bit in enumerate(value))
    else:
        for each in value if isinstance(value, list) else [value]:
            yield float(each) if _has_doubles(input_) else int(each)


def _postgres(table: _Table, text: str, folder: Path) -> Iterator[list[Any]]:
    """Yield the rows of the result, from a temporary table of a transaction that is undone."""
    title("postgres")
    filled = ";\n".join([table.create("TEMPORARY TABLE"), *table.inserts()])
    query = text.rstrip().removesuffix(";")
    script = (
        "SET standard_conforming_strings = on; SET max_parallel_workers_per_gather = 0;\n"
        f"BEGIN;\n{filled};\n"
        f"SELECT row_to_json(answers) FROM (\n{query}\n) AS answers;\nROLLBACK;\n"
    )
    words = [programs.find(["psql"], ""), "-XqwAt", "-v", "ON_ERROR_STOP=1"]
    server = {name: os.environ[name] for name in _OF_SERVER if name in os.environ}
    output = programs.run(words, folder, script.encode(), more=server)
    for line in output.decode().splitlines():
        yield json.loads(line, object_pairs_hook=lambda pairs: [value for _, value in pairs])
