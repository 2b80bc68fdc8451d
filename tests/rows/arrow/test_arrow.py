"""Parquet and Arrow: every type that holds an input, exactly; and every way to be wrong."""

# ruff: noqa: E501

import builtins
import io
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.extras import install_line
from nnc.language.network import Input
from nnc.rows.arrow import columns, reading
from nnc.rows.arrow.columns import numbers_in, scalars_of
from nnc.rows.columns import Column
from nnc.rows.formats import read_rows
from nnc.rows.session import Session
from tests.support.reading import batches, messages, seen, unexpected

FORMS = ("parquet", "arrow", "stream")
INTEGER = {"x": Input(type="integer")}
REAL = {"x": Input(type="real")}
BIT = {"x": Input(type="bit")}
CHOICE = {"x": Input(type="choice", of=("low", "höher"))}
BUS = {"x": Input(type="bit", size=3)}
REALS = {"x": Input(type="real", size=2)}


def stored(table: pa.Table | Mapping[str, Any], form: str, rows: int = 3) -> bytes:
    """Write a table, so many rows in each row group or record batch."""
    table = table if isinstance(table, pa.Table) else pa.table(table)
    out = io.BytesIO()
    if form == "parquet":
        parquet.write_table(table, out, row_group_size=rows)
    else:
        new = pa.ipc.new_file if form == "arrow" else pa.ipc.new_stream
        with new(out, table.schema) as writer:
            writer.write_table(table, rows)
    return out.getvalue()


def named(form: str) -> str:
    return "arrow" if form == "stream" else form


def values(array: Any, inputs: Any, form: str = "arrow", **options: Any) -> list[Any]:
    """Give the values of the column `x` as people see them."""
    read = batches(stored({"x": array}, form), named(form), inputs, **options)
    return [row if len(row) > 1 else row[0] for row in seen(read, inputs)]


def told(array: Any, inputs: Any, form: str = "arrow") -> list[str]:
    return messages(stored({"x": array}, form), named(form), inputs)


def of_kind(numbers: list[int], kind: Any) -> Any:
    """Store integers as a type that holds them."""
    if pa.types.is_dictionary(kind):
        return of_kind(numbers, kind.value_type).dictionary_encode()
    if pa.types.is_decimal(kind):
        return pa.array(list(map(Decimal, numbers)), kind)
    return pa.array(numbers, pa.int64()).cast(kind)


# ---------------------------------------------------------------------------------- values


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.integers(1, 5))
def test_integers_are_what_is_stored(form: str, numbers: list[int], size: int) -> None:
    assert values(pa.array(numbers, pa.int64()), INTEGER, form, batch_size=size) == numbers


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_are_their_binary_value(form: str, numbers: list[float]) -> None:
    assert values(pa.array(numbers, pa.float64()), REAL, form) == list(map(Fraction, numbers))


@pytest.mark.parametrize("form", FORMS)
@given(st.data(), st.integers(1, 60), st.integers(0, 40))
def test_decimals_are_their_digits(form: str, data: Any, digits: int, places: int) -> None:
    scale = min(places, digits)
    whole = st.integers(1 - 10**digits, 10**digits - 1)
    numbers = data.draw(st.lists(whole, min_size=1, max_size=9))
    kind = pa.decimal128 if digits <= 38 else pa.decimal256
    array = pa.array([Decimal(f"{one}e-{scale}") for one in numbers], kind(digits, scale))
    assert values(array, REAL, form) == [Fraction(one, 10**scale) for one in numbers]


def test_a_tenth_is_a_tenth_only_where_it_is_a_decimal() -> None:
    assert values(pa.array([Decimal("0.1")]), REAL) == [Fraction(1, 10)]
    assert values(pa.array([0.1]), REAL) == [Fraction(0.1)]
    assert values(pa.array(["0.1"]), REAL) == [Fraction(1, 10)]


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(),
        pa.uint8(),
        pa.int16(),
        pa.uint16(),
        pa.int32(),
        pa.uint32(),
        pa.uint64(),
        pa.float16(),
        pa.float32(),
        pa.float64(),
        pa.bool_(),
        pa.decimal128(5),
        pa.decimal128(30, 2),
        pa.decimal256(50, 3),
        pa.string(),
        pa.large_string(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.int64()),
        pa.dictionary(pa.int8(), pa.decimal128(3, 1)),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", FORMS)
def test_every_type_holds_bits(kind: Any, form: str) -> None:
    bits = [1, 0, 0, 1, 1]
    array = of_kind(bits, kind)
    assert values(array, BIT, form) == bits
    assert values(array.slice(1, 3), BIT, form, batch_size=2) == bits[1:4]


@pytest.mark.parametrize("name", ["decimal32", "decimal64", "string_view"])
def test_types_of_newer_libraries(name: str) -> None:
    if not hasattr(pa, name):
        pytest.skip("not in this pyarrow")
    if name == "string_view":
        assert values(pa.array(["7", "1/3"], pa.string_view()), REAL) == [7, Fraction(1, 3)]
        return
    array = pa.array([Decimal("1.5"), Decimal("-0.1")], getattr(pa, name)(5, 1))
    assert values(array, REAL) == [Fraction(3, 2), Fraction(-1, 10)]


class Degrees(pa.ExtensionType):
    """A type that is a number with a meaning."""

    def __init__(self) -> None:
        super().__init__(pa.int64(), "nnc.tests.degrees")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, _: Any, __: bytes) -> "Degrees":
        return cls()


def test_an_extension_type_is_what_it_is_stored_as() -> None:
    pa.register_extension_type(Degrees())  # type: ignore[no-untyped-call]
    try:
        array = pa.ExtensionArray.from_storage(Degrees(), pa.array([12, -3], pa.int64()))
        assert values(array, INTEGER) == [12, -3]
    finally:
        pa.unregister_extension_type("nnc.tests.degrees")


@pytest.mark.parametrize("form", FORMS)
def test_choices_are_texts(form: str) -> None:
    texts = ["low", "höher", "low"]
    for array in (
        pa.array(texts),
        pa.array(texts).dictionary_encode(),
        pa.array(texts, pa.large_string()),
    ):
        assert values(array, CHOICE, form, batch_size=2) == texts
    assert values(pa.array(["ho\u0308her"]), CHOICE, form) == ["höher"]


@pytest.mark.parametrize("inputs", [CHOICE, INTEGER])
def test_each_text_of_a_small_dictionary_is_read_once_a_batch(
    inputs: Mapping[str, Input], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 4,000 rows in two row groups of two batches each; a file of many texts is read by rows."""
    sizes: list[int] = []
    for name in ("labels_of_texts", "input_of_texts"):
        read = getattr(columns, name)

        def counting(texts: Any, given: Any, read: Any = read) -> Any:
            sizes.append(len(texts))
            return read(texts, given)

        monkeypatch.setattr(columns, name, counting)
    texts = ["low", "höher"] if inputs is CHOICE else ["7", "-12"]
    of_rows = [texts[row // 3 % 2] for row in range(4000)]
    data = stored({"x": pa.array(of_rows)}, "parquet", 2000)
    expected = of_rows if inputs is CHOICE else list(map(int, of_rows))
    rows = seen(batches(data, "parquet", inputs, batch_size=1000), inputs)
    assert [row[0] for row in rows] == expected
    assert sizes == [2] * 4


def test_a_column_of_many_texts_is_no_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch would get the texts of the whole row group."""
    kinds: list[Any] = []
    column_of = columns.column_of

    def noting(array: Any, *others: Any) -> Any:
        kinds.append(array.type)
        return column_of(array, *others)

    monkeypatch.setattr(reading, "column_of", noting)
    for count, kind in ((20_000, pa.string()), (20, pa.dictionary(pa.int32(), pa.string()))):
        numbers = [row * 7919 % 1_000_003 % count for row in range(20_000)]
        data = stored({"x": pa.array(map(str, numbers), pa.string())}, "parquet", 20_000)
        rows = seen(batches(data, "parquet", INTEGER), INTEGER)
        assert [row[0] for row in rows] == numbers
        assert set(kinds) == {kind}
        kinds.clear()


NUMBERS = [
    "0",
    "1",
    "-0",
    "007",
    "12.50",
    "-.5",
    "5.",
    "1e-3",
    "1/3",
    "123456789012345678",
    "",
    "x",
    "½",
]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
)
@given(
    st.lists(st.none() | st.sampled_from(NUMBERS[:7]), min_size=1)
    | st.lists(st.none() | st.sampled_from(NUMBERS), min_size=1),
    st.sampled_from([{"x": Input(type="real", default="0.25")}, REAL, INTEGER, BIT, BUS]),
    st.integers(1, 4),
)
def test_texts_are_the_same_read_together_and_each_alone(
    kind: Any, texts: list[str | None], inputs: Any, piece: int
) -> None:
    array = pa.array([None, "1", *texts], pa.string()).cast(kind)[1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_FEW", 1)
        patch.setattr(columns, "_PIECE", piece)
        fast = columns.column_of(array, inputs["x"])
        patch.setattr(columns, "numbers_at", lambda *_: None)
        alone = columns.column_of(array, inputs["x"])
    assert isinstance(fast, Column) == isinstance(alone, Column)
    if isinstance(fast, Column) and isinstance(alone, Column):
        assert fast.denominator == alone.denominator
        assert fast.numerators.dtype == alone.numerators.dtype
        assert np.array_equal(fast.numerators, alone.numerators)


def test_a_wrong_text_of_a_dictionary_is_told_at_its_rows() -> None:
    """The batch before it has it in its dictionary, that of the row group, and in no row."""
    array = pa.array(["low", "high", "low"])
    assert told(array, CHOICE, "parquet") == told(array, CHOICE, "arrow")
    later = stored({"x": pa.array(["low", "low", "high", "low"])}, "parquet", 4)
    [message] = messages(later, "parquet", CHOICE, batch_size=2)
    assert "in row 3" in message


@pytest.mark.parametrize("form", FORMS)
def test_buses_are_integers_or_lists_or_a_column_an_element(form: str) -> None:
    whole = [5, 0, 7]
    bits = [[1, 0, 1], [0, 0, 0], [1, 1, 1]]
    for kind in (pa.int8(), pa.uint64(), pa.float64(), pa.decimal128(4, 1), pa.string()):
        assert values(of_kind(whole, kind), BUS, form) == whole
    for kind in (pa.list_(pa.int8()), pa.large_list(pa.bool_()), pa.list_(pa.float32(), 3)):
        array = (
            pa.array(bits, kind)
            if not pa.types.is_boolean(kind.value_type)
            else pa.array([[bool(b) for b in row] for row in bits], kind)
        )
        assert values(array, BUS, form, batch_size=2) == whole
        assert values(array.slice(1, 2), BUS, form) == whole[1:]
    table = {f"x({i})": pa.array([row[i] for row in bits]) for i in (2, 0, 1)}
    assert [row[0] for row in seen(batches(stored(table, form), named(form), BUS), BUS)] == whole
    pairs = [[0.5, -1.0], [3.0, 0.25]]
    assert values(pa.array(pairs), REALS, form) == [tuple(map(Fraction, one)) for one in pairs]
    exact = pa.array([[Decimal("0.1"), Decimal("0.2")]])
    assert values(exact, REALS, form) == [(Fraction(1, 10), Fraction(1, 5))]


@pytest.mark.parametrize("form", FORMS)
def test_null_is_an_absent_cell(form: str) -> None:
    for kind, present, default in (
        (pa.int64(), 4, 9), (pa.string(), "4", 9), (pa.decimal128(3, 1), Decimal(4), 9),
        (pa.dictionary(pa.int8(), pa.string()), "4", 9), (pa.null(), None, 9),
    ):  # fmt: skip
        inputs = {"x": Input(type="integer", default=str(default))}
        array = pa.array([None, present, None], kind)
        assert values(array, inputs, form) == [9, 9 if present is None else 4, 9]
    bus = {"x": Input(type="bit", size=3, default="6")}
    assert values(pa.array([None, [1, 0, 0]]), bus, form) == [6, 1]
    table = {"x(0)": pa.array([1, None]), "x(1)": pa.array([None, 0]), "x(2)": pa.array([0, 0])}
    assert seen(batches(stored(table, form), named(form), bus), bus) == [(3,), (0,)]


@pytest.mark.parametrize("form", FORMS)
def test_columns_go_by_name_in_any_order(form: str) -> None:
    inputs = {"a": Input(type="bit"), "b": Input(type="bit", default="1"), "c": Input(type="real")}
    table = {"c": [0.5, 2.0, 4.0, 8.0], "a": [1, 0, 1, 1]}
    read = batches(stored(table, form), named(form), inputs, batch_size=2)
    assert seen(read, inputs) == [(1, 1, Fraction(1, 2)), (0, 1, 2), (1, 1, 4), (1, 1, 8)]


@pytest.mark.parametrize("form", FORMS)
def test_no_rows(form: str) -> None:
    assert batches(stored({"x": pa.array([], pa.int64())}, form), named(form), INTEGER) == []


@pytest.mark.parametrize("form", FORMS)
def test_other_columns(form: str) -> None:
    table = pa.table({"id": [7, 8], "x": [1, 0], "day": pa.array(["mo", None]).dictionary_encode()})
    data = stored(table, form)
    [warning] = messages(data, named(form), BIT)
    assert (
        warning
        == "r: warning[NNC502] unknown-column: columns `id`, `day` are not inputs and are left out | `--extra keep` writes them beside the outputs, `--extra error` refuses them"
    )
    [one] = batches(data, named(form), BIT, extra="keep")
    assert {name: list(texts) for name, texts in one.extras.items()} == {
        "id": ["7", "8"],
        "day": ["mo", ""],
    }
    assert one.extras["id"][1] == "8"
    assert list(one.extras["id"][1:]) == ["8"]
    assert messages(data, named(form), BIT, extra="error")[0].startswith(
        "r: error[NNC515] column-not-input: "
    )


def test_rows_come_from_a_pipe_too() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, into: Any) -> int:
            data = self._data.read(min(len(into), 7))
            into[: len(data)] = data
            return len(data)

    for form in FORMS:
        stream: Any = io.BufferedReader(Pipe(stored({"x": [3, 4]}, form)))
        read = list(read_rows(stream, named(form), Session(INTEGER, file="r", report=unexpected)))
        assert seen(read, INTEGER) == [(3,), (4,)]


def test_how_many_rows_there_are_is_told() -> None:
    found: list[int] = []
    batches(stored({"x": [1, 0, 1]}, "parquet"), "parquet", BIT, expect=found.append)
    assert found == [3]


# -------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("array", "inputs", "expected"),
    [
        (pa.array([1, 2, 1]), BIT, "bad-value: input `x`: 2 is not 0 or 1, in row 2 | write 0 or 1"),
        (pa.array([1.5]), INTEGER, "bad-value: input `x`: 1.5 is not an integer, in row 1 | "),
        (pa.array([1.0, float("nan")]), REAL, "not-finite: input `x`: `nan` is not a finite number, in row 2 | "),
        (pa.array([Decimal("0.5")]), INTEGER, "bad-value: input `x`: 0.5 is not an integer, in row 1 | "),
        (pa.array(["1", "x"]), REAL, "not-a-number: input `x`: expected a number, found `x`, in row 2 | "),
        (pa.array([True]), REAL, "boolean-as-number: input `x`: "),
        (pa.array([1, None]), BIT, "missing-value: input `x`: the value is null, and there is no default, in row 2 | write a value, or give the input a `default`"),
        (pa.array(["low", "hgh"]), CHOICE, "bad-value: input `x`: `hgh` is not a value of the choice, in row 2 | write `low` or `höher`"),
        (pa.array(["low", "hgh"]).dictionary_encode(), CHOICE, "bad-value: input `x`: `hgh` is not a value of the choice, in row 2 | "),
        (pa.array([8]), BUS, "bad-value: input `x`: 8 is above 7, the largest value of 3 bits, in row 1 | "),
        (pa.array([-1]), BUS, "bad-value: input `x`: "),
        (pa.array([[1, 0]]), BUS, "bad-value: input `x`: the list has 2 values, the bus 3 elements, in row 1 | "),
        (pa.array([[1, 0]], pa.list_(pa.int8(), 2)), BUS, "bad-value: input `x`: the list has 2 values, the bus 3 elements, in row 1 | "),
        (pa.array([[1, 0, 2]]), BUS, "bad-value: input `x(2)`: 2 is not 0 or 1, in row 1 | write 0 or 1"),
        (pa.array([[1, 0, None]]), BUS, "missing-value: input `x(2)`: the value is null, and there is no default, in row 1 | "),
        (pa.array([Decimal(9)]), BUS, "bad-value: input `x`: 9 is above 7, the largest value of 3 bits, in row 1 | "),
        (pa.array([[0.5, float("inf")]]), REALS, "not-finite: input `x(1)`: `inf` is not a finite number, in row 1 | "),
        (pa.array(["a"]), BUS, "not-a-number: input `x`: expected a number, found `a`, in row 1 | "),
        (pa.array([0.5]), REALS, "bad-value: input `x`: the column holds double; expected lists of 2 | convert the column, and write the file again"),
        (pa.array([[["1"]]]), REALS, "bad-value: input `x`: the column holds list<"),
        (pa.array([b"1"]), BIT, "bad-value: input `x`: the column holds binary; expected numbers | convert the column, and write the file again"),
        (pa.array([1]), CHOICE, "bad-value: input `x`: the column holds int64; expected texts | convert the column, and write the file again"),
        (pa.array([{"a": 1}]), BUS, "bad-value: input `x`: the column holds struct<a: int64>; expected unsigned integers, or lists of 3 | "),
        (pa.array([b"1"]), {"x": Input(type="integer", size=2)}, "bad-value: input `x`: the column holds binary; expected lists of 2 | "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_value(form: str, array: Any, inputs: Any, expected: str) -> None:
    [found] = told(array, inputs, form)
    assert "] " in found
    assert found.partition("] ")[2].startswith(expected)
    assert found.startswith("r: error[NNC")


def test_every_mistake_is_told_in_the_order_of_the_rows() -> None:
    table = {
        "a": pa.array([1, 2, 1, 3, 1]),
        "x(0)": [1, 1, 1, 1, 5],
        "x(1)": pa.array([0, None, 0, 0, 0]),
        "x(2)": [1] * 5,
    }
    inputs = {"a": Input(type="bit"), **BUS}
    for form in FORMS:
        found = messages(stored(table, form), named(form), inputs)
        assert [one.partition("] ")[2].partition(": ")[2].partition(" |")[0] for one in found] == [
            "input `a`: 2 is not 0 or 1, in row 2",
            "input `x(1)`: the value is null, and there is no default, in row 2",
            "input `a`: 3 is not 0 or 1, in row 4",
            "input `x(0)`: 5 is not 0 or 1, in row 5",
        ]


def test_a_column_that_stands_twice() -> None:
    array = pa.array([1])
    table = pa.Table.from_arrays([array, array], names=["x", "x"])
    [found] = messages(stored(table, "arrow"), "arrow", BIT)
    assert (
        found == "r: error[NNC503] duplicate-column: column `x` appears twice | rename one of them"
    )


def test_a_column_that_is_missing() -> None:
    [found] = messages(stored({"xx": [1]}, "parquet"), "parquet", BIT)
    assert "missing-column" in found
    assert "did you mean `x`?" in found


WHOLE = {form: stored({"x": list(range(1000))}, form) for form in FORMS}


@pytest.mark.parametrize(
    ("form", "data", "expected"),
    [
        ("parquet", b"x\n1\n", "the file is not a valid Parquet file: "),
        ("parquet", b"", "the file is not a valid Parquet file: Parquet file size is 0 bytes | write it again"),
        ("parquet", WHOLE["parquet"][:-7], "the file is not a valid Parquet file: "),
        ("parquet", WHOLE["arrow"], "the file is not a valid Parquet file: "),
        ("arrow", b"x\n1\n", "the file is not a valid Arrow file: "),
        ("arrow", b"", "the file is not a valid Arrow file: "),
        ("arrow", WHOLE["arrow"][:-7], "the file is not a valid Arrow file: "),
        ("arrow", WHOLE["stream"][:-200], "the file is not a valid Arrow file: "),
        ("arrow", WHOLE["parquet"], "the file is not a valid Arrow file: "),
        ("arrow", b"FEA1" + b"\0" * 40, "the file is Feather of version 1; expected Arrow IPC, which is version 2 | write it again with pyarrow.feather.write_feather"),
    ],
)  # fmt: skip
def test_files_that_are_none(form: str, data: bytes, expected: str) -> None:
    [found] = messages(data, form, INTEGER)
    assert found.startswith(f"r: error[NNC518] bad-parquet: {expected}")
    assert "\n" not in found


def test_pages_with_checksums_are_verified() -> None:
    random = np.random.default_rng(1)
    table = pa.table({"x": random.integers(0, 1000, 500), "b": random.integers(0, 2, 500)})
    out = io.BytesIO()
    parquet.write_table(table, out, write_page_checksum=True, compression="none")
    data = out.getvalue()
    inputs = {"x": Input(type="integer"), "b": Input(type="bit")}
    whole = seen(batches(data, "parquet", inputs), inputs)
    metadata = parquet.read_metadata(io.BytesIO(data))
    for column in range(2):
        chunk = metadata.row_group(0).column(column)
        for at in random.integers(0, chunk.total_compressed_size, 40):
            damaged = bytearray(data)
            damaged[chunk.dictionary_page_offset + int(at)] ^= 1 << int(random.integers(8))
            try:
                found = seen(batches(bytes(damaged), "parquet", inputs), inputs)
            except InvalidRowsError as error:
                assert [each.rule for each in error.diagnostics] == ["bad-parquet"]  # noqa: PT017
            else:
                assert found == whole  # what was changed is not read


def test_what_the_disk_refuses_is_not_blamed_on_the_file() -> None:
    with pytest.raises(OSError, match="no space"), reading.opened(io.BytesIO(), "Arrow", "r"):
        raise OSError(28, "no space left")


# ------------------------------------------------------------------- what a file may hold


def pointing(places: list[int]) -> Any:
    """Make a dictionary of two words with places in it, also such that are not there."""
    indices = pa.array(places, pa.int8())
    return pa.DictionaryArray.from_arrays(indices, pa.array(["low", "höher"]), safe=False)


@pytest.mark.parametrize("form", ["arrow", "stream"])
@pytest.mark.parametrize("places", [[-1, 0], [-3, 0], [7, 0], [0, 1, 2]])
def test_an_index_that_is_not_in_the_dictionary(form: str, places: list[int]) -> None:
    [found] = told(pointing(places), CHOICE, form)
    wrong = next(one for one in places if not 0 <= one < 2)
    rows = f"rows 1 to {len(places)}"
    start = (
        f"r: error[NNC518] bad-parquet: the file is not a valid Arrow file: column `x`, in {rows}: "
    )
    assert found.startswith(start)
    assert f"out of bounds: {wrong} " in found


def test_rows_that_are_not_sound_are_counted_from_the_first() -> None:
    batches = [pointing([0, 1, 0]), pointing([1, 5])]
    table = pa.Table.from_batches([pa.record_batch([one], names=["x"]) for one in batches])
    [found] = messages(stored(table, "arrow"), "arrow", CHOICE)
    assert "column `x`, in rows 4 to 5: " in found


def test_a_text_that_is_not_utf_8_in_a_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of a group share it: the first that are read need not have the text."""
    monkeypatch.setattr(reading, "_MAX_VALUES", 2)
    texts = [b"low"] * 6 + [b"\xff"]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"".join(texts))]
    array = pa.Array.from_buffers(pa.string(), len(texts), buffers)
    [found] = messages(stored({"x": array}, "parquet", 7), "parquet", CHOICE)
    assert "column `x`, from row 1 on: Invalid UTF8 sequence at string index 1" in found


def test_a_text_that_is_not_utf_8() -> None:
    data = stored({"x": pa.array(["h\u00f6her", "low"])}, "arrow")
    [found] = messages(data.replace("ö".encode(), b"\xff\xfe"), "arrow", CHOICE)
    assert "not a valid Arrow file: column `x`, in rows 1 to 2: " in found
    [found] = messages(
        stored({"x\u00e9": [1]}, "arrow").replace("é".encode(), b"\xff\xfe"), "arrow", BIT
    )
    assert "not a valid Arrow file: 'utf-8' codec can't decode" in found


def test_offsets_that_lead_out_of_the_file() -> None:
    data = stored({"x": pa.array(["low", "low"])}, "arrow")
    offsets = b"".join(one.to_bytes(4, "little") for one in (0, 3, 6))
    assert data.count(offsets) == 1
    [found] = messages(data.replace(offsets, offsets[:8] + b"\0\0\0\x40"), "arrow", CHOICE)
    assert "not a valid Arrow file: column `x`, in rows 1 to 2: " in found


def test_a_decimal_that_no_number_is() -> None:
    kind = pa.decimal128(5, -(2**31))
    array = pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(bytes([1] + [0] * 15))])
    [found] = told(array, REAL)
    assert (
        "input `x`: the column holds decimal128(5, -2147483648), with an exponent beyond ±400"
        in found
    )


def test_a_nan_that_signals_is_refused_quietly() -> None:
    signals = pa.Array.from_buffers(pa.float32(), 1, [None, pa.py_buffer(b"\1\0\x80\x7f")])
    [found] = told(signals, REAL)
    assert "not-finite" in found


def test_a_buffer_longer_than_its_numbers() -> None:
    array = pa.Array.from_buffers(pa.int16(), 2, [None, pa.py_buffer(b"\1\0\2\0\3")])
    assert numbers_in(array).tolist() == [1, 2]


def test_a_parquet_file_with_fewer_rows_than_it_says() -> None:
    found = list(reading.sound([pa.record_batch({"x": [1, 2]})], "Parquet", "r", 2))
    assert [one.num_rows for one in found] == [2]
    with pytest.raises(InvalidRowsError, match="it claims 3 rows, and has 2"):
        list(reading.sound([pa.record_batch({"x": [1, 2]})], "Parquet", "r", 3))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (IndexError(), "IndexError"),
        (SystemError("returned NULL"), "returned NULL"),
        (MemoryError(), "it asks for more memory than there is"),
        (pa.ArrowMemoryError("malloc of size 1 failed"), "it asks for more memory than there is"),
    ],
)
def test_whatever_pyarrow_raises_is_told(error: Exception, expected: str) -> None:
    with pytest.raises(InvalidRowsError) as caught, reading.blamed("Arrow", "r"):
        raise error
    [one] = caught.value.diagnostics
    assert (one.message, one.file) == (f"the file is not a valid Arrow file: {expected}", "r")


# --------------------------------------------------------------------------- the library


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_without_pyarrow(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fail(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    for name in [name for name in sys.modules if name.startswith("nnc.rows.arrow.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(InvalidRowsError) as caught:
        read_rows(io.BytesIO(), form, Session(INTEGER, file="r", report=unexpected))
    [one] = caught.value.diagnostics
    assert (
        f"{one} | {one.help}"
        == f"r: error[NNC517] missing-library: rows as {form} need pyarrow, which is not installed | {install_line('data')}"
    )


def test_another_module_that_is_missing_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> Any:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    monkeypatch.setattr("nnc.rows.formats.importlib", SimpleNamespace(import_module=fail))
    with pytest.raises(ModuleNotFoundError):
        read_rows(io.BytesIO(), "parquet", Session(INTEGER, file="r", report=unexpected))


@pytest.mark.parametrize("version", ["13.0.0", "14.0.0", "9.9"])
def test_a_pyarrow_that_is_too_old(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pa, "__version__", version)
    [found] = told(pa.array([1]), BIT)
    assert (
        found
        == f"r: error[NNC517] missing-library: pyarrow {version} is too old; at least 15.0.0 is needed | {install_line('data')}"
    )


def test_pandas_is_never_imported(tmp_path: Path) -> None:
    """Pyarrow imports it on the way from and to NumPy, which takes longer than many a file."""
    (tmp_path / "pandas.py").write_text(
        "import pathlib; pathlib.Path('imported').touch(); raise ImportError\n"
    )
    (tmp_path / "net.nn.yaml").write_text(
        "nnc: 1\nfires: above\ninputs: {x: real, b: bit}\nneurons: {n: {weights: {x: 1}, threshold: 0}}\noutputs: {n: n, b: b, s: {sum: n}, l: {level: n, labels: [no, yes]}}\n"
    )
    table = {
        "x": pa.array([Decimal("0.1"), None, Decimal("2.5")]).fill_null(Decimal("0.3")),
        "b": [True, False, True],
        "t": ["a", "b", "c"],
    }
    (tmp_path / "rows.parquet").write_bytes(stored(table, "parquet"))
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "nnc",
            "eval",
            "net.nn.yaml",
            "rows.parquet",
            "-o",
            "out.parquet",
            "--extra",
            "keep",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"wrote out.parquet\n")
    assert not (tmp_path / "imported").exists()
    assert parquet.read_table(tmp_path / "out.parquet").to_pydict() == {
        "t": ["a", "b", "c"],
        "n": [1, 1, 1],
        "b": [1, 0, 1],
        "s": [Decimal("0.1"), Decimal("0.3"), Decimal("2.5")],
        "l": ["yes"] * 3,
    }


@pytest.mark.parametrize("tail", [b"", b"\0\0\0"], ids=["whole", "beyond"])
def test_decimals_of_more_digits_than_their_type_has_are_read_as_pyarrow_does(tail: bytes) -> None:
    """A damaged file may hold them, and a buffer that does not end with a number."""
    words = np.array([100, 0, 5, 1 << 60], np.int64).tobytes() + tail
    array = pa.Array.from_buffers(pa.decimal128(5, 2), 2, [None, pa.py_buffer(words)])
    column = scalars_of(array, Input(type="real"))
    assert column is not None
    assert [Fraction(value) for value in column.values()] == [1, Fraction((1 << 124) + 5, 100)]
