"""Results as Parquet and Arrow: the types that outputs have, and every value exactly."""

# ruff: noqa: E501

import io
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import nnc
from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.numbers.exact import decimal_places
from nnc.rows.column_types import ColumnType, column_types_of, of_multiples
from nnc.rows.columns import Column, Labels
from nnc.rows.formats import read_rows, write_rows
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.cells import exact_column
from nnc.rows.session import Session
from nnc.run.evaluation import evaluate_batch
from tests.support.reading import seen, unexpected

FORMS = ("parquet", "arrow")
NUMBER = {"x": ColumnType("number")}


def written(tables: Any, form: str, names: Any = ("x",), kinds: Any = None) -> pa.Table:
    out = io.BytesIO()
    write_rows(iter(tables), out, form, names=list(names), kinds=kinds or {})
    out.seek(0)
    return parquet.read_table(out) if form == "parquet" else pa.ipc.open_file(out).read_all()


def ints(*values: int, below: int = 1) -> Column:
    return Column(np.array(values, np.int64), below)


def objects(*values: Any) -> Column:
    array: Any = np.empty(len(values), object)
    array[:] = values
    return Column(array)


# ----------------------------------------------------------------------------------- types


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "column", "stored", "values"),
    [
        (ColumnType("bit"), Column(np.array([1, 0], np.uint8)), "uint8", [1, 0]),
        (ColumnType("bit"), Column(np.array([1, 0])), "uint8", [1, 0]),
        (ColumnType("integer"), ints(-3, 4), "int64", [-3, 4]),
        (ColumnType("integer"), objects(2**63 - 1, -(2**63)), "int64", [2**63 - 1, -(2**63)]),
        (ColumnType("unsigned", 8), ints(255, 0), "int64", [255, 0]),
        (ColumnType("unsigned", 64), objects(2**64 - 1, 0), "uint64", [2**64 - 1, 0]),
        (ColumnType("unsigned", 65), objects(2**65 - 1, 0), "string", [str(2**65 - 1), "0"]),
        (ColumnType("decimal", 2), ints(5, -125, below=100), "decimal128(38, 2)", [Decimal("0.05"), Decimal("-1.25")]),
        (ColumnType("decimal", 1), objects(Fraction(1, 10), 2**70), "decimal128(38, 1)", [Decimal("0.1"), Decimal(2**70)]),
        (ColumnType("float"), ints(1, 3, below=4), "double", [0.25, 0.75]),
        (ColumnType("labels", labels=("a", "b")), Labels(np.array([1, 0]), ("a", "b")), "dictionary<values=string, indices=int8, ordered=0>", ["b", "a"]),
        (ColumnType("labels", labels=tuple(map(str, range(200)))), Labels(np.array([199]), tuple(map(str, range(200)))), "dictionary<values=string, indices=int32, ordered=0>", ["199"]),
        (ColumnType("number"), ints(1, 3), "double", [1.0, 3.0]),
        (ColumnType("number"), ints(1, 3, below=10), "decimal128(38, 1)", [Decimal("0.1"), Decimal("0.3")]),
        (None, ["ü", "", "\ud800"], "string", ["ü", "", "\\ud800"]),
    ],
)  # fmt: skip
def test_the_type_is_that_of_the_output(
    form: str, kind: Any, column: Any, stored: str, values: list[Any]
) -> None:
    table = written([{"x": column}], form, kinds=None if kind is None else {"x": kind})
    assert (str(table.schema.field("x").type), table["x"].to_pylist()) == (stored, values)


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_still_make_a_whole_file(form: str) -> None:
    kinds = {
        "b": ColumnType("bit"),
        "s": ColumnType("number"),
        "l": ColumnType("labels", labels=("x",)),
    }
    table = written([], form, ["t", *kinds], kinds)
    assert table.num_rows == 0
    assert table.column_names == ["t", "b", "s", "l"]
    assert list(map(str, table.schema.types[:3])) == ["string", "uint8", "double"]


@pytest.mark.parametrize("form", FORMS)
def test_batches_stay_in_order(form: str) -> None:
    tables = [{"x": ints(*range(at, at + 3)), "t": [f"{at}"] * 3} for at in range(0, 300, 3)]
    table = written(tables, form, ["t", "x"], {"x": ColumnType("integer")})
    assert table["x"].to_pylist() == list(range(300))
    assert table["t"].to_pylist() == [str(at // 3 * 3) for at in range(300)]


def test_rows_are_gathered_into_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.rows.arrow.parquet._GROUP_ROWS", 100)
    out = io.BytesIO()
    tables = [{"x": ints(*range(at, at + 30))} for at in range(0, 300, 30)]
    write_rows(iter(tables), out, "parquet", names=["x"], kinds={"x": ColumnType("integer")})
    file = parquet.ParquetFile(out)
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [
        120,
        120,
        60,
    ]
    assert file.read()["x"].to_pylist() == list(range(300))


# ---------------------------------------------------------------------------------- values

DECIMALS = st.builds(
    Fraction, st.integers(-(10**20), 10**20), st.sampled_from([1, 2, 5, 8, 10, 1000, 2**10, 10**9])
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(Fraction)


@pytest.mark.parametrize("form", FORMS)
@given(
    st.lists(st.lists(DECIMALS | st.integers(-(2**70), 2**70), min_size=1), min_size=1, max_size=3)
    | st.lists(st.lists(FLOATS, min_size=1), min_size=1, max_size=3)
)
def test_any_numbers_come_back_exactly(form: str, batches: list[list[Any]]) -> None:
    out = io.BytesIO()
    tables = [{"x": exact_column(values)} for values in batches]
    write_rows(iter(tables), out, form, names=["x"], kinds=NUMBER)
    out.seek(0)
    real = {"x": Input(type="real")}
    read = seen(list(read_rows(out, form, Session(real, file="r", report=unexpected))), real)
    assert [row[0] for row in read] == [value for values in batches for value in values]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        (ColumnType("number"), [ints(1), ints(2, 1, below=3)], "column `x` is 2/3 in row 2, which neither float64 nor a decimal of 38 digits can hold exactly"),
        (ColumnType("number"), [objects(Fraction(1, 10), Fraction(1, 2**60))], "column `x` is 0.1 in row 1, which float64 cannot hold exactly, and no decimal of 38 digits holds every row"),
        (ColumnType("number"), [objects(Fraction(1, 10), Fraction(1, 5 * 2**50))], "column `x` is 0.00000000000000017763568394002504646778106689453125 in row 2, which neither float64 nor a decimal of 38 digits can hold exactly"),
        (ColumnType("number"), [objects(10**38, Fraction(1, 10))], f"column `x` is {10**38} in row 1, which neither float64 nor a decimal of 38 digits can hold exactly"),
        (ColumnType("decimal", 1), [ints(1, below=10), objects(1, 10**37)], f"column `x` is {10**37} in row 3, which neither float64 nor a decimal of 38 digits can hold exactly"),
        (ColumnType("float"), [objects(Fraction(2**53 + 1, 2))], f"column `x` is {Fraction(2**53 + 1, 2).numerator // 2}.5 in row 1, which float64 cannot hold exactly"),
        (ColumnType("integer"), [objects(1, 2**63)], f"column `x` is {2**63} in row 2, which no int64 holds"),
    ],
)  # fmt: skip
def test_what_has_no_place(
    form: str, kind: ColumnType, columns: list[Column], expected: str
) -> None:
    with pytest.raises(InvalidRowsError) as caught:
        written([{"x": column} for column in columns], form, kinds={"x": kind})
    [one] = caught.value.diagnostics
    assert str(one) == f"error[NNC514] not-representable: {expected}"
    assert (one.help or "").partition("use --to csv")[1]
    has_binary = any(v.denominator >= 1 << 38 for column in columns for v in column.values())
    assert ('floats="decimal"' in str(caught.value)) == has_binary


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", FORMS)
def test_a_failure_leaves_no_writer_open(form: str) -> None:
    def results() -> Any:
        yield {"x": ints(1)}
        raise ZeroDivisionError

    with io.BytesIO() as out, pytest.raises(ZeroDivisionError):
        write_rows(results(), out, form, names=["x"], kinds={"x": ColumnType("integer")})


# ----------------------------------------------------------------------------------- kinds

NETWORK = """\
nnc: 1
fires: at_least
inputs: {a: bit, v: bit(3), w: bit(70), n: integer, r: real, s: {type: bit, states: [-1, 0.5]}}
neurons:
  whole: {weights: {a: 2, n: 3}, threshold: 1}
  tenths: {weights: {a: 0.1, n: 0.25}, thresholds: {low: 1, high: 2}}
  halves: {weights: {a: 0.5, s: 3}, threshold: 1}
  thirds: {weights: {a: 1/3}, threshold: 1}
  real: {weights: {r: 1}, threshold: 0}
layers:
  dense: {wiring: v, weights: [[1, 0.5, 2], [0.1, 1, 1]], thresholds: 1}
outputs:
  bit: whole
  bus: [whole, tenths.low]
  wide: w
  state: s
  given: n
  reals: r
  level: {level: tenths}
  label: {level: tenths, labels: [none, some, all]}
  place: {largest: dense}
  whole_sum: {sum: whole}
  tenths_sum: {sum: tenths}
  halves_sum: {sum: halves}
  thirds_sum: {sum: thirds}
  real_sum: {sum: real}
  sums: {sum: dense}
"""
KINDS = {
    "bit": ColumnType("bit"), "bus": ColumnType("unsigned", 2), "wide": ColumnType("unsigned", 70),
    "state": ColumnType("float"), "given": ColumnType("integer"), "reals": ColumnType("number"),
    "level": ColumnType("integer"), "label": ColumnType("labels", labels=("none", "some", "all")),
    "place": ColumnType("integer"), "whole_sum": ColumnType("integer"), "tenths_sum": ColumnType("decimal", 2),
    "halves_sum": ColumnType("float"), "thirds_sum": ColumnType("number"), "real_sum": ColumnType("number"),
    "sums(0)": ColumnType("float"), "sums(1)": ColumnType("decimal", 1),
}  # fmt: skip


def test_the_kinds_of_outputs() -> None:
    plan = nnc.compile(nnc.loads(NETWORK))
    types = column_types_of(plan)
    assert {name: kind._replace(fits_json=False) for name, kind in types.items()} == KINDS
    as_bits = column_types_of(plan, bits=True)
    assert [as_bits[f"bus({i})"] for i in range(2)] == [ColumnType("bit", fits_json=True)] * 2
    assert "bus" not in as_bits


@given(
    st.lists(st.fractions(max_denominator=2000), min_size=1, max_size=4),
    st.lists(st.integers(-9, 9), min_size=4, max_size=4),
)
def test_sums_of_multiples_have_the_kind(units: list[Fraction], factors: list[int]) -> None:
    total = sum((f * u for f, u in zip(factors, units, strict=False)), Fraction())
    kind = of_multiples(*units)
    if kind.name == "integer":
        assert total.denominator == 1
    elif kind.name == "float":
        assert Fraction(float(total)) == total
    elif kind.name == "decimal":
        assert (total * 10**kind.size).denominator == 1
    else:
        assert any(decimal_places(one.denominator) is None for one in units)


@pytest.mark.parametrize("form", FORMS)
def test_decimals_that_are_all_zero_in_some_rows(form: str) -> None:
    """Zeros fit with any number of places, also with more than int64 has digits for."""
    one = nnc.compile(
        nnc.loads("""\
nnc: 1
fires: above
inputs: [a, b]
neurons: {p: {weights: {a: 0.00000000000000000001, b: 1}, threshold: 0}}
outputs: {s: {sum: p}}
""")
    )
    for a, b, right in ((0, 0, Decimal(0)), (1, 0, Decimal("1E-20")), (0, 1, Decimal(1))):
        given, _ = batch_from_arrays({"a": [a, a], "b": [b, b]}, one.inputs)
        found = written([evaluate_batch(one, given)], form, ["s"], column_types_of(one))
        assert found["s"].to_pylist() == [right, right]
    zeros = Column(np.zeros(3, np.int64), 10**30)
    assert (
        written([{"x": zeros}], form, ["x"], {"x": ColumnType("decimal", 30)})["x"].to_pylist()
        == [Decimal(0)] * 3
    )
