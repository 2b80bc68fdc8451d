"""Gzip, told by the suffix: read, written always the same, and every way in which it is none."""

# ruff: noqa: E501

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.rows.formats import format_of, read_rows
from nnc.rows.session import RowOptions, Session
from nnc.rows.streams import is_packed, packing, unpacked
from tests.support.reading import INPUTS, table, unexpected

TEXT = b"a,b,n\n1,0,7\n0,1,8\n"
PACKED = gzip.compress(TEXT, mtime=0)


def told(data: bytes, file: str) -> str:
    stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]
    with pytest.raises(InvalidRowsError) as caught:
        list(read_rows(stream, "csv", Session(INPUTS, file=file, report=unexpected)))
    [one] = caught.value.diagnostics
    return f"{one} | {one.help}"


@pytest.mark.parametrize(
    "data",
    [
        PACKED,
        gzip.compress(TEXT[:9], mtime=0) + gzip.compress(TEXT[9:], mtime=0),
        PACKED + b"\0" * 9,
    ],
    ids=["one", "two members", "padded"],
)
def test_what_is_in_it_is_read(data: bytes) -> None:
    read = read_rows(io.BytesIO(data), "csv", Session(INPUTS, file="r.CSV.GZ", report=unexpected))
    assert [row[:3] for row in table(list(read))] == [(1, 0, 7), (0, 1, 8)]


@pytest.mark.parametrize(
    ("data", "file", "expected"),
    [
        (TEXT, "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the file is not gzip | rename it to end without .gz"),
        (b"", "r.csv.gz", "r.csv.gz: error[NNC511] no-header: the file is empty; expected a header with the names of the inputs | write a,b,n,level"),
        (PACKED[:-9], "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the gzip file ends early | copy or write it again"),
        (PACKED[:5], "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the gzip file ends early | copy or write it again"),
        (PACKED[:-8] + b"\0" * 8, "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the gzip file is damaged | copy or write it again"),
        (PACKED[:10] + b"\xff" * 20, "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the gzip file is damaged | copy or write it again"),
        (PACKED + b"more", "r.csv.gz", "r.csv.gz: error[NNC516] bad-gzip: the gzip file is damaged | copy or write it again"),
        (PACKED, "r.csv", "r.csv: error[NNC516] bad-gzip: the file is gzip, and its name does not end in .gz | rename it to r.csv.gz"),
    ],
)  # fmt: skip
def test_where_name_and_bytes_disagree(data: bytes, file: str, expected: str) -> None:
    assert told(data, file) == expected


def test_it_is_written_the_same_every_time() -> None:
    written = []
    for _ in range(2):
        out = io.BytesIO()
        with packing(out, "some/where.csv.gz") as stream:
            stream.write(TEXT)
        written.append(out.getvalue())
    assert written[0] == written[1]
    assert written[0][4:8] == bytes(4)  # no time
    assert written[0][3] == 0  # no name
    assert gzip.decompress(written[0]) == TEXT


def test_other_names_are_left_as_they_are(tmp_path: Path) -> None:
    out = io.BytesIO()
    with packing(out, "r.csv") as stream:
        stream.write(TEXT)
    assert out.getvalue() == TEXT
    assert not is_packed("gz")
    (tmp_path / "r.csv").write_bytes(TEXT)
    with (tmp_path / "r.csv").open("rb") as file:
        assert unpacked(file, "r.csv").read() == TEXT


# ------------------------------------------------------------------------ other packers


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("r.csv", data)
    return out.getvalue()


OTHERS = {
    "bz2": (bz2.compress(TEXT), "bzip2", "bzip2 -d"),
    "xz": (lzma.compress(TEXT), "xz", "xz -d"),
    "zip": (zipped(TEXT), "ZIP", "unzip"),
    "zst": (b"\x28\xb5\x2f\xfd" + bytes(20), "zstd", "zstd -d"),
}


@pytest.mark.parametrize("suffix", OTHERS)
def test_what_others_have_packed_is_named(suffix: str) -> None:
    data, name, unpack = OTHERS[suffix]
    message = f"the file is packed by {name}; rows may be packed by gzip only"
    for file in ("r.csv", f"r.csv.{suffix}", "<stdin>"):
        found = told(data, file)
        assert (
            found
            == f"{file}: error[NNC513] unknown-format: {message} | unpack it first, with `{unpack}`"
        )
    for option, hint in (
        ("--from", f"unpack it first, with `{unpack}`"),
        ("--to", "end the name in .gz"),
    ):
        with pytest.raises(InvalidRowsError) as caught:
            format_of(f"r.csv.{suffix}", option=option)
        [one] = caught.value.diagnostics
        assert (one.message, one.help) == (message, hint)


def test_a_column_may_have_such_a_name() -> None:
    stream = io.BufferedReader(io.BytesIO(b"BZh9,a,b,n\n1,1,0,7\n"))  # type: ignore[arg-type]
    session = Session(INPUTS, file="r.csv", report=unexpected, options=RowOptions("drop"))
    assert sum(batch.count for batch in read_rows(stream, "csv", session)) == 1
