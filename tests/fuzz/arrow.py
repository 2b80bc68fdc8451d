"""Arrow IPC and Parquet, changed anywhere: refused, or read as what pyarrow itself reads of them.

pyarrow's own values count once it has validated every one. A file that it cannot read, or does not
find sound, must be refused with a diagnostic; nothing may crash.
"""

from __future__ import annotations

import io
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.rows.columns import Column
from nnc.rows.formats import read_rows
from nnc.rows.session import Session
from tests.fuzz.damage import mutant

WORDS = ("x", "y", "höher")
INPUTS = {
    "i": Input(type="integer"),
    "r": Input(type="real"),
    "b": Input(type="bit"),
    "c": Input(type="choice", of=WORDS),
    "w": Input(type="integer", size=2),
}
FORMS = ("arrow", "stream", "parquet")
MOST_ROWS = 12


def trial(random: random.Random) -> None:
    """Write rows as one of the forms, change the file, and read it with nnc and with pyarrow."""
    form = random.choice(FORMS)
    names = [name for name in INPUTS if random.random() < 0.6] or ["c"]
    data = mutant(random, written(random, form, names))
    check(data, form, names)


def check(data: bytes, form: str, names: list[str]) -> None:
    """Read a file whose columns are inputs with both; raises AssertionError where they differ."""
    inputs = {name: INPUTS[name] for name in names}
    kind = "parquet" if form == "parquet" else "arrow"
    try:
        batches = list(
            read_rows(
                io.BytesIO(data), kind, Session(inputs, file="r", report=lambda _warning: None)
            )
        )
    except InvalidRowsError as error:
        for one in error.diagnostics:
            assert one.about.code.startswith(("NNC2", "NNC5")), one  # of numbers, and of rows
            assert one.file == "r", one
        return
    given = {
        name: [value for batch in batches for value in values_of(batch.columns[place])]
        for place, name in enumerate(names)
    }
    expected = by_pyarrow(data, form, names)
    assert given == expected, f"{given} is not {expected}"


# ------------------------------------------------------------------------------- writing


def written(random: random.Random, form: str, names: list[str]) -> bytes:
    """Write some rows with columns of types drawn for their inputs."""
    count = random.randint(1, MOST_ROWS)
    table = pa.table({name: _column(random, name, count) for name in names})
    rows = random.choice((3, count))
    out = io.BytesIO()
    if form == "parquet":
        parquet.write_table(
            table,
            out,
            row_group_size=rows,
            compression=random.choice(("none", "snappy", "gzip", "zstd", "lz4")),
            use_dictionary=random.random() < 0.5,
            data_page_version=random.choice(("1.0", "2.0")),
            store_schema=random.random() < 0.7,
        )
        return out.getvalue()
    options = pa.ipc.IpcWriteOptions(compression=random.choice((None, None, "lz4", "zstd")))
    new = pa.ipc.new_file if form == "arrow" else pa.ipc.new_stream
    with new(out, table.schema, options=options) as writer:
        writer.write_table(table, rows)
    return out.getvalue()


def _column(random: random.Random, name: str, count: int) -> Any:
    """Draw a column of a type that the input may have."""
    if name == "c":
        kinds = [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
        kinds += [pa.dictionary(pa.int32(), pa.string()), pa.string_view()]
        words = pa.array([random.choice(WORDS) for _ in range(count)])
        return (
            words.cast(random.choice(kinds[:2] + kinds[4:]))
            if random.random() < 0.5
            else (words.dictionary_encode().cast(random.choice(kinds[2:4])))
        )
    if name == "w":
        element = random.choice((pa.int8(), pa.int64(), pa.uint16()))
        kind = random.choice((pa.list_, pa.large_list))(element)
        kind = pa.list_(element, 2) if random.random() < 0.3 else kind
        return pa.array([[random.randint(0, 9), random.randint(0, 9)] for _ in range(count)], kind)
    numbers = [random.randint(0, 1 if name == "b" else 100) for _ in range(count)]
    kinds = [pa.int8(), pa.uint8(), pa.int64(), pa.uint64(), pa.float32(), pa.float64()]
    kinds += [pa.string(), pa.decimal128(8, 2), pa.decimal256(50, 1), pa.dictionary(
        pa.int8(), pa.int32())]  # fmt: skip
    kinds += [pa.bool_()] if name == "b" else [pa.float16()] if name == "r" else []
    kind = random.choice(kinds)
    if pa.types.is_decimal(kind):
        return pa.array(list(map(Decimal, numbers)), kind)
    if pa.types.is_dictionary(kind):
        return pa.array(numbers, pa.int32()).dictionary_encode().cast(kind)
    return pa.array(numbers, pa.int64()).cast(kind)


# ------------------------------------------------------------------------------- reading


def values_of(column: Any) -> list[Any]:
    """Give the values of a column that nnc has read: labels, fractions, or lists of these."""
    if not isinstance(column, Column):
        return list(column.values())
    return [_over(value, column.denominator) for value in column.numerators.tolist()]


def _over(value: Any, denominator: int) -> Any:
    if isinstance(value, list):
        return [_over(one, denominator) for one in value]
    return Fraction(value) / denominator


def by_pyarrow(data: bytes, form: str, names: list[str]) -> dict[str, list[Any]]:
    """Give the values of some columns as pyarrow reads them once it has validated all."""
    source = io.BytesIO(data)
    if form == "parquet":
        table = parquet.ParquetFile(source).read(columns=names, use_threads=False)
    else:
        is_file = data.startswith(b"ARROW1")
        reader = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source)
        fields = [reader.schema.get_field_index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=fields)
        source.seek(0)
        reader = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source, options=options)
        table = reader.read_all()
    table.validate(full=True)
    return {name: list(map(_exact, table.column(name).to_pylist())) for name in names}


def _exact(value: Any) -> Any:
    if isinstance(value, list):
        return [_exact(one) for one in value]
    if isinstance(value, str):
        return value if value in WORDS else Fraction(value)
    return Fraction(value)
