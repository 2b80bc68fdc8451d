"""Exported texts, run by the other tool, give what the oracle gives."""

import math
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.interchange.exports import Dialect, Export, export_plan
from nnc.interchange.languages import DIALECTS
from nnc.numbers.exact import Refused
from nnc.rows.options import Floats
from tests.support import oracle
from tests.support.exports import MISSING, RUNNERS, as_double, rows_near, server
from tests.support.oracle import Oracle
from tests.support.strategies import example

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "configs").rglob("*.nn.yaml"))
TOO_LARGE = {("c", "binarised.nn.yaml"), ("duckdb", "binarised.nn.yaml")}
"""Networks that a tool does not read in a minute: `nnc export --verify` says so."""
DRAWN = 5
"""Networks of a chunk."""
FEATURES = ("buses", "choice", "states", "layers", "largest", "rules", "files", "counts")
HARD = """\
nnc: 1
fires: at_least
inputs: {x: real, y: {type: real, min: -1, max: 0.7}, n: {type: integer, min: 0, max: 9}, é: bit}
neurons:
  a: {weights: {x: 1}, threshold: 0.3}
  b: {weights: {x: -10}, threshold: -7, fires: above}
  c: {weights: {y: 3}, thresholds: {low: -1/3, high: 2.1}}
  d: {weights: {n: {3: 0.1, 5: 0.7}, é: 0.3}, threshold: 0.8}
  e: {weights: {a: 1, b: -2, d: 0.5}, threshold: 0, fires: above}
outputs: {a: a, b: b, low: c.low, high: c.high, d: d, points: {sum: d}, e: e}
"""
"""Cut-offs that no double is, a name that is not ASCII, and sums of decimals."""


def exported(plan: nnc.Plan, language: str, floats: Floats = "binary") -> Export:
    if language in DIALECTS:
        return export_plan(
            plan, "sql", top="network", dialect=language, keep=["place"], floats=floats
        )
    return export_plan(plan, language, top="network", floats=floats)


def given_to(language: str, export: Export) -> str | bytes:
    return export.data if language == "onnx" else export.text


def rounded(value: Any) -> Any:
    """Give what a double holds of fractions, and of the integers among them in a bus."""
    if isinstance(value, list):
        return list(map(as_double, value))
    if isinstance(value, Fraction) and value.denominator != 1:
        return as_double(value)
    return value


def check(plan: nnc.Plan, exact: Oracle, rows: Sequence[Any], language: str, folder: Path) -> str:
    """Compare the rows; in a language with doubles only those whose numbers are doubles."""
    try:
        export = exported(plan, language)
    except Refused:
        return "refused"
    if export.exactness.kind == "near ties":
        return "near ties"
    found = RUNNERS[language](given_to(language, export), plan, rows, folder)
    for row, one in zip(rows, found, strict=True):
        wanted = exact.evaluate(row)
        for alias, value in one.items():
            other = wanted[alias]
            if language != "python":
                value, other = map(rounded, (value, other))
            assert value == other, (language, alias, row)
    return export.exactness.kind


LANGUAGES = [
    pytest.param(
        name, marks=pytest.mark.skipif(name in MISSING, reason=f"what runs {name} is missing")
    )
    for name in RUNNERS
]


@pytest.mark.seconds(600)  # in full; the oracle reads the large ones slowly
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_network_of_the_configs(language: str, full: bool, tmp_path: Path) -> None:
    kinds = []
    for place, path in enumerate(CONFIGS):
        plan = nnc.compile(nnc.load(path, root=ROOT))
        is_large = plan.count > 200
        if (language, path.name) in TOO_LARGE or (not full and (is_large or place % 8)):
            continue
        rows = rows_near(plan, Random(path.name), 100 if full else 20 if not is_large else 3)
        exact = Oracle(oracle.load(path), path.parent)
        kinds.append(check(plan, exact, rows, language, tmp_path))
    assert kinds.count("exact") + kinds.count("doubles") == len(kinds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_no_double_is(language: str, tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(HARD))
    exact = Oracle(oracle.loads(HARD))
    kind = check(plan, exact, rows_near(plan, Random(1), 200), language, tmp_path)
    assert kind == ("exact" if language == "python" else "doubles")


@pytest.mark.parametrize("language", LANGUAGES)
def test_drawn_networks(language: str, chunk: int, tmp_path: Path) -> None:
    rng = Random(f"exports {chunk}")
    for k in range(DRAWN):
        one = example(rng, 1, FEATURES)
        folder = tmp_path / str(k)
        path = one.put(folder)
        plan = nnc.compile(nnc.load(path, root=folder))
        exact = Oracle(oracle.load(path), folder)
        check(plan, exact, rows_near(plan, rng, 12), language, folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_floats_are_what_was_typed(language: str, tmp_path: Path) -> None:
    """Read as its shortest decimal, 0.3 reaches 0.3, and 0.1 + 0.2 is more than it."""
    plan = nnc.compile(nnc.loads(HARD))
    exact, rng = Oracle(oracle.loads(HARD)), Random(2)
    near = [math.nextafter(cut, side) for cut in (0.3, 0.7, -1 / 9) for side in (-1, cut, 1)]
    rows = [
        {"x": Fraction(x), "y": Fraction(y), "n": Fraction(rng.randint(0, 9)), "é": Fraction(1)}
        for x in (*near, 0.1 + 0.2) for y in near if repr(y) <= "0.7"
    ]  # fmt: skip
    export = exported(plan, language, floats="decimal")
    found = RUNNERS[language](given_to(language, export), plan, rows, tmp_path)
    for row, one in zip(rows, found, strict=True):
        typed = {name: Fraction(repr(float(value))) for name, value in row.items()}
        for alias, value in exact.evaluate(typed).items():
            assert one[alias] == value or float(one[alias]) == float(value), (alias, row)


# ------------------------------------------------------------------------------ what is refused


def test_a_sum_without_a_bound(tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(
        "nnc: 1\nfires: above\ninputs: {income: integer, debt: integer}\n"
        "neurons: {lend: {weights: {income: 1, debt: -3}, threshold: 0}}\noutputs: [lend]\n"
    ))  # fmt: skip
    for form in ("sql", "js", "c"):
        with pytest.raises(Refused) as refused:
            export_plan(plan, form)
        assert refused.value.message.startswith("the sum of `lend` has no bound, so ")
        assert refused.value.help == "give `debt` and `income` a `min` and a `max`"
    text = export_plan(plan, "python", top="network").text
    large = 10**40
    found = RUNNERS["python"](text, plan, [{"income": 3 * large + 1, "debt": large}], tmp_path)
    assert found == [{"lend": 1}]


@pytest.mark.parametrize(("form", "name", "bits"), [("js", "JavaScript", 53), ("c", "C", 63)])
def test_a_sum_that_is_too_large(form: str, name: str, bits: int) -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        "neurons: {n: {weights: {a: WEIGHT, b: 1}, threshold: 2}}\noutputs: [n]\n"
    )
    fits, beyond = ((1 << bits) - (2 if form == "c" else 1), 1 << bits)
    assert export_plan(nnc.compile(nnc.loads(text.replace("WEIGHT", str(fits)))), form).text
    with pytest.raises(Refused, match=f"the sum of `n` may be .* too large for {name}$"):
        export_plan(nnc.compile(nnc.loads(text.replace("WEIGHT", str(beyond)))), form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_largest_of_sums_that_are_one_double(language: str, tmp_path: Path) -> None:
    """Two sums that differ by one part in 2^60, and two of different units, are told apart."""
    large = 1 << (51 if language in ("js", "onnx") else 60)
    text = f"""\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  m: {{weights: {{a: {large}}}, threshold: 1}}
  n: {{weights: {{a: {large}, b: 1}}, threshold: 1}}
  o: {{weights: {{a: 1/3}}, threshold: 1}}
  p: {{weights: {{a: 0.3333333, b: 0.0000001}}, threshold: 1}}
outputs: {{which: {{largest: [m, n]}}, least: {{largest: [p, o]}}}}
"""
    plan, rows = nnc.compile(nnc.loads(text)), [
        {"a": Fraction(a), "b": Fraction(b)} for a in (0, 1) for b in (0, 1)
    ]  # fmt: skip
    assert check(plan, Oracle(oracle.loads(text)), rows, language, tmp_path) == "exact"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_largest_of_a_sum_of_real_numbers_and_one_of_fractions(
    language: str, tmp_path: Path
) -> None:
    text = """\
nnc: 1
fires: at_least
inputs: {r: {type: real, min: 0, max: 10}, a: bit, b: bit}
neurons:
  real: {weights: {r: 1, a: 1}, threshold: 0}
  half: {weights: {a: 1/2, b: 3/4}, threshold: 0}
outputs: {place: {largest: [half, real]}}
"""
    rows = [
        {"r": Fraction(r), "a": Fraction(a), "b": Fraction(b)}
        for r in ("0", "1/4", "1", "2")
        for a in (0, 1)
        for b in (0, 1)
    ]
    plan = nnc.compile(nnc.loads(text))
    assert check(plan, Oracle(oracle.loads(text)), rows, language, tmp_path)


def test_a_quotient_that_is_not_the_nearest_double() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: [a]\n"
        "neurons: {n: {weights: {a: 900719925474099.3}, threshold: 2}}\noutputs: {s: {sum: n}}\n"
    )
    with pytest.raises(
        Refused,
        match=(
            "the output `s` is a sum of fractions, up to 9,007,199,254,740,993 in units of 1/10: "
            "C gives the nearest double only up to 2"
        ),
    ):
        export_plan(nnc.compile(nnc.loads(text)), "c")


@pytest.mark.parametrize(
    ("size", "dialect", "told"),
    [
        (2001, "sqlite", "2,001 columns of inputs are too many for SQL of sqlite: at most 2,000"),
        (1601, "postgres", "columns of inputs are too many for SQL of postgres: at most 1,600"),
    ],
)
def test_a_network_that_is_too_large_for_a_database(size: int, dialect: str, told: str) -> None:
    plan = nnc.compile(nnc.loads(
        f"nnc: 1\nfires: at_least\ninputs: {{a: bit({size})}}\n"
        "neurons: {n: {wiring: a, threshold: 2}}\noutputs: [n]\n"
    ))  # fmt: skip
    with pytest.raises(Refused, match=told):
        export_plan(plan, "sql", dialect=dialect)
    assert export_plan(plan, "sql", dialect="duckdb").text


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres"])
def test_more_bits_than_columns_share_integers(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three levels of neurons that read bits, thresholds of the level before, and a number."""
    if dialect in MISSING:
        pytest.skip("the database is missing")
    if dialect == "duckdb":
        pytest.importorskip("duckdb")
    if dialect == "postgres":
        for name, value in server().items():
            monkeypatch.setenv(name, value)
    per_level = 850
    lines = [
        "nnc: 1\nfires: at_least\ninputs: {u: bit(70), k: {type: integer, min: 0, max: 9}}",
        "neurons:",
    ]
    for level in range(3):
        for i in range(per_level):
            size, before = (70, "u({})") if level == 0 else (per_level, f"n{level - 1}_{{}}.b")
            one, two = before.format(i % size), before.format((7 * i + 1) % size)
            lines.append(
                f"  n{level}_{i}: {{weights: {{{one}: 2, {two}: -1, k: 1}},"
                f" thresholds: {{a: 3, b: {4 + i % 5}}}}}"
            )
    last = ", ".join(f"n2_{i}.b: 1" for i in range(per_level))
    lines.append(f"  last: {{weights: {{{last}}}, threshold: 400}}")
    lines.append("outputs: {last: last, count: {sum: last}, bit: n2_69.b}")
    network = nnc.loads("\n".join(lines))
    text = nnc.export(network, "sql", dialect=dialect)
    assert "((b1 >> 7) & 1)" in text
    check = nnc.check_export(network, text, "sql", dialect=dialect)
    assert check.agrees, str(check)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_sums_and_rows_wider_than_expressions_are_deep(dialect: Dialect) -> None:
    """Both refuse expressions that are over 1,000 deep."""
    network = nnc.loads(
        "nnc: 1\nfires: at_least\ninputs: {a: bit(1100)}\n"
        "neurons: {n: {wiring: a, threshold: 600}}\noutputs: {n: n, s: {sum: n}}\n"
    )
    connection: Any = (
        sqlite3.connect(":memory:")
        if dialect == "sqlite"
        else pytest.importorskip("duckdb").connect()
    )
    rows = [[int(place < count) for place in range(1100)] for count in (599, 600, 1100)]
    columns = (", ".join(f'{bit} AS "a_{place}"' for place, bit in enumerate(row)) for row in rows)
    selects = " UNION ALL SELECT ".join(columns)
    connection.execute(f"CREATE TABLE rows AS SELECT {selects}")
    answers = connection.execute(nnc.export(network, "sql", dialect=dialect)).fetchall()
    assert answers == [(0, 599), (1, 600), (1, 1100)]


def test_what_a_network_refuses_is_null() -> None:
    plan = nnc.compile(nnc.loads(HARD))
    text = export_plan(plan, "sql", dialect="sqlite").text
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE rows (x REAL, y REAL, n INTEGER, é INTEGER)")
    rows = [(0, 0, 5, 1), (None, 0, 5, 1), (0, 0.8, 5, 1), (0, 0, 10, 1), (0, 0, 5, 2)]
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
    taken, *refused = connection.execute(text).fetchall()
    assert None not in taken
    assert refused == [(None,) * len(taken)] * 4


def test_what_a_network_refuses_raises() -> None:
    module: dict[str, Any] = {}
    exec(export_plan(nnc.compile(nnc.loads(HARD)), "python", top="network").text, module)  # noqa: S102
    row = {"x": 0, "y": 0, "n": 5, "é": 1}
    for name, value, told in (
        ("y", 0.8, "y: 0.8 is above 7/10"),
        ("n", 5.5, "n: 5.5 is not an integer"),
        ("é", 2, "é: 2 is not 0 or 1"),
        ("x", float("nan"), "cannot convert NaN to integer ratio"),
    ):
        with pytest.raises(ValueError, match=told):
            module["network"](row | {name: value})


def test_names_and_texts_of_any_kind(tmp_path: Path) -> None:
    """Keywords, names that differ by case alone, and labels with quotes and signs."""
    text = """\
nnc: 1
fires: at_least
inputs: {class: bit, Class: bit, select: {type: choice, of: [new, delete, "in"]}}
neurons:
  int: {weights: {class: 1, Class: 1}, thresholds: {a: 1, b: 2, c: 3}}
  return: {weights: {select.new: 1}, threshold: 1}
outputs:
  level: {level: int, labels: ["it's \\"none\\" */ ??/", "ünï \\\\n", "\\U0001F642 -- x",
    "'a' --  and  much more, so that no line holds it all and it has to be broken here \\\\"]}
  order: return
"""
    plan, rows = nnc.compile(nnc.loads(text)), [
        {"class": Fraction(a), "Class": Fraction(b), "select": c}
        for a in (0, 1) for b in (0, 1) for c in ("new", "delete", "in")
    ]  # fmt: skip
    exact = Oracle(oracle.loads(text))
    for language in RUNNERS.keys() - MISSING - {*DIALECTS}:  # where columns differ by case alone
        check(plan, exact, rows, language, tmp_path)


@pytest.mark.parametrize("language", ["sql", "python", "js", "c"])
def test_the_name_of_a_network_cannot_end_the_comment_that_it_stands_in(language: str) -> None:
    plan = nnc.compile(nnc.load(ROOT / "configs/gates/and.nn.yaml"))
    plain, text = (
        export_plan(replace(plan, name=name), language, top="top").text
        for name in ("and", "and\u2028alert(1)\x85*/\nalert(2)\\")
    )
    assert len(text.splitlines()) == len(plain.splitlines())
    assert text.count("*/") == plain.count("*/")


def test_a_level_of_one_sum_is_read_from_that_in_sql() -> None:
    """Neither are its bits added up again, nor does a stage repeat the one before it."""
    text = nnc.export(nnc.load(ROOT / "configs/medicine/news2.nn.yaml"), "sql")
    words = " ".join(text.split())
    assert re.search(r"WHEN (s\d+) >= 4 THEN 'high' WHEN \1 >= 2 THEN 'medium'", words)
    assert "SELECT * FROM" not in words
