"""A query, run by the database it is for, over a table of its own in memory, or a temporary one."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import (
    Task,
    Tool,
    Values,
    flat_row,
    grouped,
    has_doubles,
    is_word,
)
from nnc.interchange.exporting.sql import sql_literal, sql_name

_PSQL = programs.Program(("psql",), "install psql, or check --to sqlite")
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


def _run(task: Task) -> Iterator[Values]:
    """Run a query on rows. Raises ToolMissing and ToolFailed."""
    text, plan = task.data.decode(), task.plan
    table = programs.found(r'^\s+FROM ("(?:[^"]|"")*")(?: AS t)?$', text, "it reads no table")
    kept = re.findall(r'^    (?:t\.)?("(?:[^"]|"")*") AS k\d+,?$', text, re.MULTILINE)
    types = {sql_name(column): type_ for column, type_ in _columns(plan)}
    known = {column.lower() for column in types}
    extra = [column for column in kept if column.lower() not in known] or ['"row of the check"']
    types |= dict.fromkeys(extra, "BIGINT")
    cells = [flat_row(plan, row, _WIDEST) + [k] * len(extra) for k, row in enumerate(task.rows)]
    create = f"{table} ({', '.join(f'{column} {type_}' for column, type_ in types.items())})"
    values = [f"({', '.join(map(sql_literal, row))})" for row in cells]
    inserts = [
        f"INSERT INTO {table} VALUES " + ",\n".join(values[start : start + _ROWS_PER_INSERT])
        for start in range(0, len(values), _ROWS_PER_INSERT)
    ]
    if task.form == "postgres":
        lines = _postgres([f"CREATE TEMPORARY TABLE {create}", *inserts], text, task.folder)
    else:
        # SQLite reads decimals as doubles that are not always the nearest: there they are bound
        is_bound = task.form == "sqlite"
        work = {
            "before": [f"CREATE TABLE {create}", *([] if is_bound else inserts)],
            "insert": f"INSERT INTO {table} VALUES ({', '.join('?' * len(types))})",
            "rows": cells if is_bound else [],
            "query": text,
        }
        lines = programs.run_python(_RUN, task.folder, [json.dumps(work)], task.form)
    for line in lines:
        row = json.loads(line)
        answer = list(row.values()) if isinstance(row, dict) else row
        yield grouped(plan, answer[len(kept) :], _WIDEST)


def _columns(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the names and the types of the columns of a table of rows."""
    for name, input_ in plan.inputs.items():
        number = "DOUBLE PRECISION" if has_doubles(input_) else "BIGINT"
        if is_word(input_, _WIDEST) or input_.size is None:
            yield name, "TEXT" if input_.of is not None else number
        else:
            yield from ((f"{name}_{place}", number) for place in range(input_.width))


def _postgres(before: Sequence[str], query: str, folder: Path) -> list[str]:
    """Return the rows of the result, from a temporary table of a transaction that is undone."""
    _title("postgres")
    script = _POSTGRES.format(before=";\n".join(before), query=query.rstrip().removesuffix(";"))
    words = [_PSQL.path(), "-XqwAt", "-v", "ON_ERROR_STOP=1"]
    server = {name: os.environ[name] for name in _SERVER_VARIABLES if name in os.environ}
    return programs.run(words, folder, script.encode(), more=server).decode().splitlines()


def _title(dialect: str) -> str:
    """Name a database with its version. Raises ToolMissing."""
    if dialect == "sqlite":
        return programs.titled("SQLite", sqlite3.sqlite_version)
    if dialect == "duckdb":
        if find_spec("duckdb") is None:
            message = "the package duckdb is not installed"
            hint = 'install it with `pip install "duckdb>=1.1,<3"`, or verify --to sqlite'
            raise programs.ToolMissing(message, hint)
        return programs.titled("DuckDB", version("duckdb"))
    name = _PSQL.title()
    if not any(os.environ.get(variable) for variable in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        message = "neither PGHOST nor PGSERVICE names a server for psql"
        hint = "name one whose user may make temporary tables, as PGHOST=localhost"
        raise programs.ToolMissing(message, hint)
    return name


DATABASE = Tool(_title, _run)
