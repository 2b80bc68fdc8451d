"""SQL of other databases: sqlglot writes it from the SQL for DuckDB."""

from pathlib import Path

import pytest

import nnc

sqlglot = pytest.importorskip("sqlglot")
pytest.importorskip("duckdb")

CONFIGS = Path(__file__).parents[3] / "configs"
NETWORKS = ("fraud/card_payment", "medicine/news2", "mail/spam_score", "arithmetic/adder_4")


@pytest.mark.parametrize("database", ["bigquery", "snowflake"])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_sqlglot_writes_gives_the_same(name: str, database: str) -> None:
    """The text of the other database is brought back to DuckDB, which runs it."""
    network = nnc.load(CONFIGS / f"{name}.nn.yaml")
    query = sqlglot.parse_one(nnc.export(network, "sql"), read="duckdb")
    for table in query.find_all(sqlglot.exp.CTE):
        table.set("materialized", None)
    text = query.sql(database, unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert "MATERIALIZED" not in text
    [back] = sqlglot.transpile(text, read=database, write="duckdb", pretty=True)
    check = nnc.check_export(network, f"{back};", "sql")
    assert check.agrees, str(check)
    assert check.rows >= 16
