"""A query, run by the database it is for, over a table of its own in memory, or a temporary one."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import (
    Answer,
    Row,
    answer_of_members,
    has_doubles,
    members_of,
)
from nnc.interchange.exporting.sql import sql_literal, sql_name
from nnc.language.network import Input

_WIDEST = 62  # bits of a bus that is one integer column
_ROWS_PER_INSERT = 500
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
_POSTGRES = """\
SET standard_conforming_strings = on; SET max_parallel_workers_per_gather = 0;
BEGIN;
{before};
SELECT row_to_json(answers) FROM (
{query}
) AS answers;
ROLLBACK;
"""
_SERVER_VARIABLES = tuple(
    """
PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGPASSFILE PGDATABASE PGSERVICE PGSERVICEFILE
PGSSLMODE PGSSLROOTCERT
""".split()
)


def run_sql(
    data: bytes, plan: Plan, rows: Sequence[Row], folder: Path, *, dialect: str
) -> list[Answer]:
    """Run a query on rows. Raises ToolMissing and ToolFailed."""
    text = data.decode()
    table = re.search(r'^\s+FROM ("(?:[^"]|"")*")(?: AS t)?$', text, re.MULTILINE)
    if table is None:
        raise programs.ToolFailed("it reads no table")
    kept = re.findall(r'^    (?:t\.)?("(?:[^"]|"")*") AS k\d+,?$', text, re.MULTILINE)
    types = {
        sql_name(column): type_
        for name, input_ in plan.inputs.items()
        for column, type_ in _columns(name, input_)
    }
    known = {column.lower() for column in types}
    extra = [column for column in kept if column.lower() not in known] or ['"row of the check"']
    types |= dict.fromkeys(extra, "BIGINT")
    cells = [
        [cell for name, input_ in plan.inputs.items() for cell in _cells(name, input_, row)]
        + [number] * len(extra)
        for number, row in enumerate(rows)
    ]
    columns = ", ".join(f"{column} {type_}" for column, type_ in types.items())
    create = f"{table[1]} ({columns})"
    values = [f"({', '.join(map(sql_literal, row))})" for row in cells]
    inserts = [
        f"INSERT INTO {table[1]} VALUES " + ",\n".join(values[start : start + _ROWS_PER_INSERT])
        for start in range(0, len(values), _ROWS_PER_INSERT)
    ]
    if dialect == "postgres":
        answers = _postgres([f"CREATE TEMPORARY TABLE {create}", *inserts], text, folder)
    else:
        # SQLite reads decimals as doubles that are not always the nearest: there they are bound
        is_bound = dialect == "sqlite"
        work = {
            "before": [f"CREATE TABLE {create}", *([] if is_bound else inserts)],
            "insert": f"INSERT INTO {table[1]} VALUES ({', '.join('?' * len(types))})",
            "rows": cells if is_bound else [],
            "query": text,
        }
        output = programs.run_python(_RUN, folder, [json.dumps(work)], dialect)
        answers = [json.loads(line) for line in output]
    return [answer_of_members(plan, values[len(kept) :], _WIDEST) for values in answers]


def title(dialect: str) -> str:
    """Name a database with its version. Raises ToolMissing."""
    if dialect == "sqlite":
        return programs.titled("SQLite", sqlite3.sqlite_version)
    if dialect == "duckdb":
        if find_spec("duckdb") is None:
            message = "the package duckdb is not installed"
            raise programs.ToolMissing(message, "pip install duckdb, or check --dialect sqlite")
        return programs.titled("DuckDB", version("duckdb"))
    path = programs.find(["psql"], "install psql, or check --dialect sqlite")
    if not any(os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        message = "neither PGHOST nor PGSERVICE names a server for psql"
        hint = "name one whose user may make temporary tables, as PGHOST=localhost"
        raise programs.ToolMissing(message, hint)
    return programs.titled("psql", programs.version_of(path))


def _columns(name: str, input_: Input) -> list[tuple[str, str]]:
    if input_.of is not None:
        return [(name, "TEXT")]
    if input_.is_integer_bus and input_.width <= _WIDEST:
        return [(name, "BIGINT")]
    type_ = "DOUBLE PRECISION" if has_doubles(input_) else "BIGINT"
    if input_.size is None:
        return [(name, type_)]
    return [(f"{name}_{place}", type_) for place in range(input_.width)]


def _cells(name: str, input_: Input, row: Row) -> list[Any]:
    value = row.get(name)
    if value is None:
        return [None] * len(_columns(name, input_))
    return members_of(input_, value, _WIDEST)


def _postgres(before: Sequence[str], query: str, folder: Path) -> list[list[Any]]:
    """Return the rows of the result, from a temporary table of a transaction that is undone."""
    title("postgres")
    script = _POSTGRES.format(before=";\n".join(before), query=query.rstrip().removesuffix(";"))
    words = [programs.find(["psql"], ""), "-XqwAt", "-v", "ON_ERROR_STOP=1"]
    server = {name: os.environ[name] for name in _SERVER_VARIABLES if name in os.environ}
    output = programs.run(words, folder, script.encode(), more=server)
    return [[*json.loads(line).values()] for line in output.splitlines()]
