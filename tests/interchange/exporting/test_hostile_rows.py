"""Rows and names that exported files have to refuse as a network does."""

import os
import sqlite3
import subprocess
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused
from tests.support.exports import MISSING, server

CONFIGS = Path(__file__).parents[3] / "configs"
TEXT = """\
nnc: 1
fires: at_least
inputs: {smoke: bit, u: bit(3), k: {type: integer, min: 0, max: 5}}
neurons: {n: {weights: {smoke: 1, k: 1}, threshold: 1}}
outputs: [n]
"""
WRONG = [(0.4, 0, 0), (0, 0.4, 0), (0, 0, 0.4), (1e300, 0, 0), (0, 1e300, 0), (0, 0, 1e300)]


def planned(text: str) -> nnc.Plan:
    return nnc.compile(nnc.loads(text))


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_what_is_no_bit_is_null_and_ends_no_query(dialect: str) -> None:
    connection: Any = sqlite3.connect(":memory:")
    if dialect == "duckdb":
        if find_spec("duckdb") is None:
            pytest.skip("duckdb is missing")
        import duckdb

        connection = duckdb.connect()
    text = export_plan(planned(TEXT), "sql", dialect=dialect).text
    connection.execute("CREATE TABLE rows (smoke DOUBLE, u DOUBLE, k DOUBLE)")
    for row in [(0, 0, 0), (1, 7, 5), *WRONG]:
        connection.execute("INSERT INTO rows VALUES (?, ?, ?)", row)
    assert connection.execute(text).fetchall() == [(0,), (1,), *[(None,)] * len(WRONG)]


@pytest.mark.parametrize(
    "input_", ["bit", "{type: bit, states: [-1, 1]}", "{type: bit, default: 1}", "integer"]
)
def test_duckdb_refuses_a_column_of_text_and_never_rounds_it(input_: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    text = (
        f"nnc: 1\nfires: at_least\ninputs: {{x: {input_}}}\n"
        "neurons: {n: {weights: {x: 1}, threshold: 1}}\noutputs: [n]\n"
    )
    connection = duckdb.connect()
    connection.execute("CREATE TABLE rows AS SELECT '0.6' AS x")
    with pytest.raises(duckdb.BinderException, match="VARCHAR"):
        connection.execute(export_plan(planned(text), "sql").text)


def test_sql_asks_nothing_that_every_row_passes() -> None:
    """The step at the `min` of a number is the ELSE, and any of some bits is an OR of them."""
    text = nnc.export(nnc.load(CONFIGS / "medicine" / "news2.nn.yaml"), "sql")
    assert "WHEN i2 >= 9 THEN 1 ELSE 3 END AS s36" in " ".join(text.split())
    assert "CASE WHEN s36 >= 3 OR s40 >= 3 OR" in text


BIT = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: {type: bit, default: 1}}
neurons: {n: {weights: {a: 2, b: 1}, threshold: 2}}
outputs: {n: n, total: {sum: n}}
"""
COLUMNS = {
    "real": ["0", "1", "0.4", "0.6", "1.0000001", "-0.0", "1e30", "'NaN'", "'Infinity'", "NULL"],
    "double precision": ["0", "1", "0.9999999999999999", "1e300", "'-Infinity'", "'NaN'", "NULL"],
    "numeric": ["0", "1.00", "0.4", "1.0000000000000000000000001", "1e400", "'NaN'", "NULL"],
    "numeric(6, 2)": ["0", "1", "0.49", "2", "-1", "NULL"],
    "bigint": ["0", "1", "2", "9223372036854775807", "NULL"],
    "smallint": ["0", "1", "-1", "NULL"],
    "boolean": ["false", "true", "NULL"],
    "text": ["'abc'", "NULL"],
}
"""Columns of PostgreSQL for a bit: of each but a text the first value is 0, the second is 1."""


def test_columns_of_bits_in_postgres(tmp_path: Path) -> None:
    if "postgres" in MISSING or which("psql") is None:
        pytest.skip("PostgreSQL is missing")
    query = export_plan(planned(BIT), "sql", dialect="postgres", keep=["k"]).text
    script, expected = [], []
    for place, (kind, values) in enumerate(COLUMNS.items()):
        script.append(
            f"DROP TABLE IF EXISTS rows; "
            f"CREATE TEMPORARY TABLE rows (a {kind}, b {kind}, k integer);"
        )
        given = [(value, values[0]) for value in values] + [(values[0], value) for value in values]
        for k, (a, b) in enumerate(given):
            script.append(f"INSERT INTO rows VALUES ({a}, {b}, {100 * place + k});")
            bit = {values[0]: 0, values[1]: 1, "-0.0": 0} if kind != "text" else {}
            total = [bit.get(a), 1 if b == "NULL" else bit.get(b)]
            answer = None if None in total else 2 * total[0] + total[1]
            expected.append([100 * place + k, None if answer is None else int(answer > 1), answer])
        script.append(query)
    ran = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input="\n".join(script), text=True,
        env={**os.environ, **server()}, capture_output=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    found = [
        [int(cell) if cell else None for cell in line.split("|")] for line in ran.stdout.split()
    ]
    assert sorted(found) == expected


def test_texts_and_missing_columns_in_sqlite() -> None:
    text = export_plan(planned(TEXT), "sql", dialect="sqlite").text
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE rows (smoke, u, k)")
    connection.execute("INSERT INTO rows VALUES ('abc', 0, 0), (0, 'abc', 0), (0, 0, 'abc')")
    assert connection.execute(text).fetchall() == [(None,)] * 3
    connection.execute("ALTER TABLE rows RENAME COLUMN smoke TO smok")
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        connection.execute(text)


@pytest.mark.parametrize(
    "inputs", ["{a: {type: real, size: 2, min: 0, max: 1}, a_0: bit}", "{a: bit, A: bit}"]
)
def test_columns_of_one_name(inputs: str) -> None:
    text = (
        f"nnc: 1\nfires: above\ninputs: {inputs}\n"
        "neurons: {n: {weights: {SOURCE: 1}, threshold: 0}}\noutputs: [n]\n"
    ).replace("SOURCE", "a_0" if "a_0" in inputs else "A")
    with pytest.raises(Refused, match="would both be the column"):
        export_plan(planned(text), "sql")


def test_bounds_beyond_64_bits_are_left_out_in_c() -> None:
    text = TEXT.replace("max: 5", "max: 100000000000000000000").replace("k: 1}", "smoke: 1}")
    text = text.replace("smoke: 1, smoke: 1", "smoke: 1")
    assert "100000000000000000000" not in export_plan(planned(text), "c").text


def test_what_python_refuses_is_a_value_error() -> None:
    module: dict[str, Any] = {}
    exec(export_plan(planned(TEXT), "python", top="network").text, module)  # noqa: S102
    row = {"smoke": 1, "u": 3, "k": 0}
    for name, value in (("k", float("inf")), ("k", None), ("u", None), ("u", 2.5), ("u", 8),
                        ("k", True), ("k", np.True_), ("u", True),
                        ("k", " 2 "), ("k", "+2"), ("k", "2"), ("u", "2"), ("smoke", "1"),
                        ("k", Decimal("1e999999999")), ("u", Decimal("-1e999999999")),
                        ("k", Decimal("1e-999999999"))):  # fmt: skip
        with pytest.raises(ValueError, match=name):
            module["network"](row | {name: value})
    for more in ({"u": 3.0}, {"u": np.int64(3)}, {"k": np.int32(0)}, {"u": Fraction(3)},
                 {"k": Decimal("1e-5000") * 0}, {"u": Decimal("3.00")}):  # fmt: skip
        assert module["network"](row | more) == {"n": 1}


def test_names_that_a_file_uses_itself() -> None:
    for language, name in (("python", "len"), ("js", "Math"), ("c", "linux"), ("c", "unix")):
        text = export_plan(planned(TEXT), language, top=name).text
        assert f"{name}_2" in text


PROTOTYPES = """\
nnc: 1
fires: at_least
inputs:
  constructor: {type: bit, default: 1}
  toString: {type: integer, default: 3, min: 0, max: 9}
  __proto__: {type: bit, default: 1}
  bus: {type: bit, size: 3, default: 0}
neurons:
  some: {weights: {constructor: 1, toString: 1, __proto__: 1, bus: -1}, threshold: 5}
outputs: {__proto__: __proto__, constructor: constructor, some: some, valueOf: toString}
"""


def test_names_that_objects_have_and_lists_with_holes_in_javascript(tmp_path: Path) -> None:
    node = which("node")
    if node is None:
        pytest.skip("node is missing")
    export = export_plan(planned(PROTOTYPES), "js", top="f")
    (tmp_path / "network.mjs").write_text(export.text, encoding="utf-8")
    run = tmp_path / "run.mjs"
    run.write_text("""
import {f} from "./network.mjs";
console.log(JSON.stringify(f({})), JSON.stringify(f({constructor: 0, toString: 4})));
for (const bus of [[1, , 1], new Array(3)]) {
  try { console.log(f({bus})); } catch (error) { console.log(error instanceof RangeError); }
}
""")
    output = subprocess.run([node, run], capture_output=True, check=True, text=True).stdout
    defaults, given, *refused = output.replace("} {", "}\n{").splitlines()
    assert defaults == '{"__proto__":1,"constructor":1,"some":1,"valueOf":3}'
    assert given == '{"__proto__":1,"constructor":0,"some":1,"valueOf":4}'
    assert refused == ["true", "true"]


AMOUNTS = """\
nnc: 1
fires: at_least
inputs:
  b: bit
  k: {type: integer, min: 0, max: 50}
  u: bit(3)
  r: {type: real, min: 0, max: 50}
neurons: {n: {weights: {b: 1, k: 3}, threshold: 4}, m: {weights: {r: 1}, threshold: 9}}
outputs: [n, m, u]
"""


def test_sqlite_compares_texts_as_the_numbers_that_they_are() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE rows (b TEXT, k TEXT, u TEXT, r TEXT)")
    rows = [("1", "9", "5", "9"), ("0", "1", "0", "10.5"), ("0", "10.0", "7", "1e1")]
    wrong = [("0", "500", "0", "0"), ("0", "1", "10", "0"), ("0", "1", "0", "100")]
    wrong += [("0", "1", "0", "0abc"), ("0", "1abc", "0", "0"), ("0", "1", "", "")]
    for row in [*rows, *wrong]:
        connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", row)
    text = export_plan(planned(AMOUNTS), "sql", dialect="sqlite").text
    nothing = [(None, None, None)] * len(wrong)
    assert connection.execute(text).fetchall() == [(1, 1, 5), (0, 1, 0), (1, 1, 7), *nothing]


def refused_beside_one(make: str, insert: str, dialect: str) -> list[str]:
    text = export_plan(planned(AMOUNTS), "sql", dialect=dialect).text
    return [make, "INSERT INTO rows VALUES (1, 1, 5, 9)", f"INSERT INTO rows VALUES {insert}", text]


HUGE = "(0, 9000000000000000000, 0, 0), (0, -9000000000000000000, 0, 0)"
FRACTIONS = "(0.4, 1, 0, 0), (1.4, 1, 0, 0), (1e300, 1, 0, 0), (0, 1.2, 0, 0), (0, 1, 0.2, 0)"


def test_an_integer_that_is_refused_overflows_no_product_in_duckdb() -> None:
    if find_spec("duckdb") is None:
        pytest.skip("duckdb is missing")
    import duckdb

    connection = duckdb.connect()
    make = "CREATE TABLE rows (b INTEGER, k BIGINT, u INTEGER, r DOUBLE)"
    *statements, query = refused_beside_one(make, HUGE, "duckdb")
    for statement in statements:
        connection.execute(statement)
    assert connection.execute(query).fetchall() == [(1, 1, 5), *[(None, None, None)] * 2]


def test_a_bit_is_not_rounded_in_postgres() -> None:
    psql = which("psql")
    if psql is None or "postgres" in MISSING:
        pytest.skip("PostgreSQL is missing")
    real = "CREATE TEMP TABLE rows ({} DOUBLE PRECISION)"
    for make, insert in (
        ("CREATE TEMP TABLE rows (b INTEGER, k BIGINT, u INTEGER, r NUMERIC)", HUGE),
        (real.format(" DOUBLE PRECISION, ".join("bkur")), FRACTIONS),
    ):
        script = ";\n".join(refused_beside_one(make, insert, "postgres"))
        command = [psql, "-qAtX", "--set", "ON_ERROR_STOP=1"]
        run = subprocess.run(
            command, input=script, capture_output=True, text=True, check=True,
            env={**os.environ, **server()},
        )  # fmt: skip
        assert run.stdout.split() == ["1|1|5", *["||"] * insert.count("(")]


def test_fields_of_c_are_no_macros(tmp_path: Path) -> None:
    gcc = which("gcc")
    if gcc is None:
        pytest.skip("gcc is missing")
    names = "INT64_MAX, UINT_FAST8_MAX, EOF, stdout, NULL, errno, NAN, i"
    text = f"nnc: 1\ninputs: [{names}]\noutputs: [{names}]\n"
    (tmp_path / "f.h").write_text(export_plan(planned(text), "c", top="f").text)
    headers = "".join(f"#include <{name}.h>\n" for name in ("errno", "math", "stdio", "stdint"))
    (tmp_path / "f.c").write_text(headers + '#include "f.h"\nint i(f_in *in) { return in->i; }\n')
    command = [gcc, "-Wall", "-Werror", "-c", "f.c", "-o", "f.o"]
    subprocess.run(command, cwd=tmp_path, check=True)


def test_long_names_and_numbers_in_python() -> None:
    names = {"INPUT": "number_of_payments_in_the_last_hour_by_this_customer", "BIT": "l" * 150}
    names |= {"SCORE": "score_of_the_customer_over_all_of_the_last_months", "LAST": "x" * 199}
    text = """\
nnc: 1
fires: at_least
inputs:
  INPUT: {type: integer, min: 0, max: 9}
  BIT: {type: bit, default: 1}
  z: {type: real, default: 1e-200}
neurons:
  SCORE: {weights: {INPUT: 2, BIT: 1, z: {1e-200: 1, above 1e-200: 3}}, threshold: 3}
  LAST: {weights: {SCORE: 1}, threshold: 1}
outputs: {LAST: LAST, points: {level: SCORE, labels: ["it's ((", 'a "b]']}}
assume: [{never: {INPUT: 9, BIT: 1}}]
"""
    for short, name in names.items():
        text = text.replace(short, name)
    plan = planned(text)
    module: dict[str, Any] = {}
    exec(export_plan(plan, "python", top="network").text, module)  # noqa: S102
    for count in range(9):
        for bit in (0, 1):
            row = {names["INPUT"]: count, names["BIT"]: bit, "z": Fraction(1, 10**200)}
            found = module["network"](row)
            assert found == {k: v.tolist()[0] for k, v in nnc.evaluate(plan, [row]).items()}
    assert module["network"]({names["INPUT"]: 1})["points"] == 'a "b]'
    with pytest.raises(ValueError, match="assumption"):
        module["network"]({names["INPUT"]: 9})
