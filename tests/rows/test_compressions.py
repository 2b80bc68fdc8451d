"""Compressed rows: read, written always the same, and every way in which a file is not sound."""

# ruff: noqa: E501

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile

import pyarrow as pa
import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.rows.compressions import compressing, decompressed
from nnc.rows.formats import format_of, read_rows, shown_format
from nnc.rows.session import RowOptions, Session
from tests.support.reading import INPUTS, table, unexpected

TEXT = b"a,b,n\n1,0,7\n0,1,8\n"
PACK = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}
NAMES = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}
TOOLS = {"gz": "gunzip", "bz2": "bunzip2", "xz": "unxz", "zst": "unzstd"}
each = pytest.mark.parametrize("suffix", PACK)


def stream_of(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]


def told(data: bytes, file: str) -> str:
    with pytest.raises(InvalidRowsError) as caught:
        list(read_rows(stream_of(data), "csv", Session(INPUTS, file=file, report=unexpected)))
    [one] = caught.value.diagnostics
    return f"{one} | {one.help}"


@each
def test_what_is_in_it_is_read(suffix: str) -> None:
    pack = PACK[suffix]
    datas = [pack(TEXT), pack(TEXT[:9]) + pack(TEXT[9:])]
    datas += (
        []
        if suffix == "zst"
        else [pack(TEXT) + bytes(8), pack(TEXT[:9]) + bytes(8) + pack(TEXT[9:])]
    )
    for data in datas:
        for file in (f"r.csv.{suffix.upper()}", "<stdin>"):
            read = read_rows(stream_of(data), "csv", Session(INPUTS, file=file, report=unexpected))
            assert [row[:3] for row in table(list(read))] == [(1, 0, 7), (0, 1, 8)]
    assert shown_format(datas[0]) == "csv"


@each
def test_large_files_come_in_pieces(suffix: str) -> None:
    data = TEXT + b"1,1,9\n" * 500_000
    stream = decompressed(io.BytesIO(PACK[suffix](data)), f"r.csv.{suffix}")
    pieces = iter(lambda: stream.read(100_003), b"")
    assert b"".join(pieces) == data


@each
def test_where_name_and_bytes_disagree(suffix: str) -> None:
    name, file, sound = NAMES[suffix], f"r.csv.{suffix}", PACK[suffix](TEXT)
    error = f"{file}: error[NNC516] bad-compression: "
    early = f"{error}the {name} file ends early | copy or write it again"
    damaged = f"{error}the {name} file is damaged | copy or write it again"
    assert told(sound[:-9], file) == early
    assert told(sound[:5], file) == early
    assert told(sound[:10] + b"\xff" * 60, file) == damaged
    assert told(sound + b"more", file) in (damaged, early)  # four bytes may start a zstd frame
    assert told(TEXT, file) == f"{error}the file is not {name} | rename it to end without .{suffix}"
    assert "the file is empty; expected a header" in told(b"", file)
    assert told(sound, "r.csv") == (
        f"r.csv: error[NNC516] bad-compression: the file is {name}, and its name does not end in .{suffix}"
        f" | rename it to r.csv.{suffix}"
    )


def test_xz_that_needs_much_memory() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    assert told(lzma.compress(TEXT, filters=filters), "r.csv.xz") == (
        "r.csv.xz: error[NNC516] bad-compression: the xz file needs more than 256 MiB of memory to decompress"
        " | decompress it first, with `unxz`"
    )


def test_checksums_are_compared() -> None:
    for suffix, at in (("gz", -8), ("bz2", -6), ("xz", 30)):
        data = bytearray(PACK[suffix](TEXT))
        data[at] ^= 255
        assert f"the {NAMES[suffix]} file is damaged" in told(bytes(data), f"r.csv.{suffix}")


@each
def test_it_is_written_the_same_every_time(suffix: str) -> None:
    written = []
    for _ in range(2):
        out = io.BytesIO()
        with compressing(out, f"some/where.csv.{suffix}") as stream:
            stream.write(TEXT)
        written.append(out.getvalue())  # which is still open
    assert written[0] == written[1]
    assert decompressed(io.BytesIO(written[0]), f"r.{suffix}").read() == TEXT
    if suffix == "gz":
        assert written[0][4:8] == bytes(4)  # no time
        assert written[0][3] == 0  # no name


@pytest.mark.parametrize("suffix", ["bz2", "xz", "zst"])
def test_libraries_that_are_missing(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = {"bz2": "bz2", "xz": "lzma", "zst": "pyarrow"}[suffix]
    data = PACK[suffix](TEXT)
    monkeypatch.setitem(sys.modules, library, None)
    what = 'pip install "pyarrow' if suffix == "zst" else "use a Python that has it"
    message = told(data, f"r.csv.{suffix}")
    assert f"{NAMES[suffix]} needs {library}, which is not installed | {what}" in message
    assert message.endswith(f"; or decompress the file first, with `{TOOLS[suffix]}`")
    with pytest.raises(InvalidRowsError, match="which is not installed"):
        compressing(io.BytesIO(), f"r.csv.{suffix}").__enter__()


@each
def test_the_usual_programs_agree(suffix: str) -> None:
    out = io.BytesIO()
    with compressing(out, f"r.{suffix}") as stream:
        stream.write(TEXT)
    program = TOOLS[suffix].replace("un", "", 1) if suffix != "gz" else "gzip"
    try:
        ran = subprocess.run(
            [program, "-dc"], input=out.getvalue(), capture_output=True, check=True
        )
    except FileNotFoundError:
        pytest.skip(f"there is no {program}")
    assert ran.stdout == TEXT


def test_other_names_are_left_as_they_are() -> None:
    out = io.BytesIO()
    with compressing(out, "r.csv") as stream:
        stream.write(TEXT)
    assert out.getvalue() == TEXT
    assert decompressed(stream_of(TEXT), "r.csv").read() == TEXT


@each
def test_formats_compressed_inside(suffix: str) -> None:
    for option, hint in (
        ("--from", f"decompress it first, with {TOOLS[suffix]}"),
        ("--to", f"remove .{suffix}"),
    ):
        with pytest.raises(InvalidRowsError) as caught:
            format_of(f"r.parquet.{suffix}", option=option)
        [one] = caught.value.diagnostics
        assert (one.message, one.help) == (
            "a file of format parquet is compressed inside, and never as a whole", hint,
        )  # fmt: skip


def test_zip_archives_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("r.csv", TEXT)
    message = "error[NNC513] unknown-format: the file is a ZIP archive; rows may be compressed by gzip, bzip2, xz or zstd | decompress it first, with `unzip`"
    for file in ("r.csv", "r.csv.zip", "<stdin>"):
        assert told(out.getvalue(), file) == f"{file}: {message}"
    with pytest.raises(InvalidRowsError, match="the file is a ZIP archive"):
        format_of("r.csv.zip")


def test_a_column_may_have_such_a_name() -> None:
    session = Session(INPUTS, file="r.csv", report=unexpected, options=RowOptions("drop"))
    stream = stream_of(b"BZh9,a,b,n\n1,1,0,7\n")
    assert sum(batch.count for batch in read_rows(stream, "csv", session)) == 1
