"""Rows, read and written as batches: one file per format, and the table of them.

Nothing heavy is imported before rows are read: `FORMATS` can be named in a `--help`.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, closest
from nnc.extras import install_line
from nnc.files.opening import as_file_error, other_encoding
from nnc.rows.compressions import (
    compression_of,
    decompressed,
    decompressed_start,
    without_suffix,
    zip_refused,
)
from nnc.rows.options import PICTURES

if TYPE_CHECKING:
    from nnc.rows.column_types import ColumnType
    from nnc.rows.columns import Batch
    from nnc.rows.output import Table
    from nnc.rows.session import Session

__all__ = [
    "FORMATS",
    "READABLE",
    "WRITABLE",
    "Format",
    "format_of",
    "frames_for",
    "is_picture_folder",
    "read_rows",
    "write_rows",
    "written_form",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to store rows, and everything that other modules ask of it."""

    name: str
    suffixes: tuple[str, ...] = ()
    module: str
    """The module with `read(stream, session)` and `write(results, stream, heading)`."""
    magic: tuple[bytes, ...] = ()
    """The first bytes of such a file, one of these."""
    can_read: bool = True
    can_write: bool = True
    can_pack: bool = True
    """A file may be compressed as a whole."""
    is_text: bool = True
    is_csv: bool = False
    """Cells are separated by a delimiter, and numbers may have a decimal comma."""
    is_json: bool = False
    """A number that is no JSON number is a text."""
    has_lines: bool = False
    """A row is a line, and can be read before the next one arrives."""
    has_names: bool = True
    """Columns have names."""
    has_floats: bool = False
    """Numbers may be binary floats."""
    has_types: bool = False
    """The heading needs the types of the outputs."""
    has_groups: bool = False
    """The file is cut into groups of rows, which can be read alone."""
    is_archive: bool = False
    """The module opens what is within: the members of a ZIP archive, the files of a folder."""
    library: str = ""
    """The library that it needs beside NumPy, and the extra that installs it."""
    extra: str = ""


FORMATS = {
    format_.name: format_
    for format_ in (
        Format(
            name="csv", suffixes=(".csv",), module="nnc.rows.csv.csv", is_csv=True, has_lines=True
        ),
        Format(
            name="tsv",
            suffixes=(".tsv", ".tab"),
            module="nnc.rows.csv.tsv",
            is_csv=True,
            has_lines=True,
        ),
        Format(name="json", suffixes=(".json",), module="nnc.rows.json.json", is_json=True),
        Format(
            name="jsonl",
            suffixes=(".jsonl", ".ndjson"),
            module="nnc.rows.json.jsonl",
            is_json=True,
            has_lines=True,
        ),
        Format(
            name="npy",
            suffixes=(".npy",),
            module="nnc.rows.arrays.npy",
            magic=(b"\x93NUMPY",),
            is_text=False,
            has_names=False,
            has_floats=True,
        ),
        Format(
            name="npz",
            suffixes=(".npz",),
            module="nnc.rows.arrays.npz",
            can_write=False,
            can_pack=False,
            is_text=False,
            has_floats=True,
            is_archive=True,
        ),
        Format(
            name="idx",
            suffixes=("-ubyte", ".idx"),
            module="nnc.rows.arrays.idx",
            magic=(b"\0\0\x08",),
            can_write=False,
            is_text=False,
            has_names=False,
        ),
        Format(
            name="pictures",
            module="nnc.rows.arrays.pictures",
            can_write=False,
            can_pack=False,
            is_text=False,
            has_names=False,
            is_archive=True,
            library="PIL",
            extra="pictures",
        ),
        Format(
            name="parquet",
            suffixes=(".parquet", ".pq"),
            module="nnc.rows.arrow.parquet",
            magic=(b"PAR1",),
            can_pack=False,
            is_text=False,
            has_floats=True,
            has_types=True,
            has_groups=True,
            library="pyarrow",
            extra="data",
        ),
        Format(
            name="arrow",
            suffixes=(".arrow", ".feather"),
            module="nnc.rows.arrow.arrow",
            magic=(b"ARROW1", b"\xff\xff\xff\xff"),
            can_pack=False,
            is_text=False,
            has_floats=True,
            has_types=True,
            library="pyarrow",
            extra="data",
        ),
        Format(name="table", module="nnc.rows.table", can_read=False),
    )
}
READABLE = [name for name, format_ in FORMATS.items() if format_.can_read]
WRITABLE = [name for name, format_ in FORMATS.items() if format_.can_write]

_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
_NETWORKS = (".yaml", ".yml")
_MAX_LOOKED_AT = 1000  # files of a folder


def format_of(path: str, chosen: str | None = None, *, option: str = "--from") -> str:
    """Return the format of the file `path`: the one `chosen`, else the one its suffix says.

    The suffix of a compression may follow; a folder may hold pictures. `option` is the option that
    chooses it, for the hint. Raises InvalidRowsError, unknown-format, and FileError for another
    directory.
    """
    if chosen is None and option == "--from" and is_picture_folder(path):
        return "pictures"
    if chosen is not None:
        if chosen in FORMATS:
            _check_packed(path, chosen, option)
            return chosen
        meant = closest(chosen, FORMATS)
        help_ = f"did you mean `{meant}`?" if meant else f"the formats are {', '.join(FORMATS)}"
        raise InvalidRowsError(
            [Diagnostic("unknown-format", f"`{chosen}` is not a format of rows", help=help_)]
        )
    lowered = without_suffix(path)
    for name, format_ in FORMATS.items():
        if lowered.endswith(format_.suffixes):
            _check_packed(path, name, option)
            return name
    if path and option == "--from" and Path(path).is_dir():
        with as_file_error(path):
            raise IsADirectoryError
    raise InvalidRowsError([_unknown_format(path, option)])


def written_form(form: str, chosen: str | None) -> str:
    """Return the format of the results of rows: the one `chosen`, else theirs where it can be."""
    return chosen or (form if FORMATS[form].can_write else "csv")


def is_picture_folder(path: str) -> bool:
    """Return whether the first files of a folder, or of the first folder in it, are pictures."""
    folder = Path(path)
    try:
        if not path or not folder.is_dir():
            return False
        within = sorted(islice(folder.iterdir(), _MAX_LOOKED_AT))
        inner = next((each for each in within if each.is_dir()), None)
        files = within if inner is None else islice(inner.iterdir(), _MAX_LOOKED_AT)
        return any(file.suffix.lower() in PICTURES for file in files)
    except (OSError, ValueError):
        return False


def has_format(path: str) -> bool:
    """Return whether a name shows a format, or a folder, spreadsheet or network."""
    known = chain.from_iterable(each.suffixes for each in FORMATS.values())
    suffixes = (*known, *_SHEETS, *_NETWORKS)
    return without_suffix(path).endswith(suffixes) or (path != "" and Path(path).is_dir())


def shown_format(start: bytes) -> str | None:
    """Return the format that the first bytes of a file show; None where there is a doubt.

    An object that does not end with its line may be JSON or the start of a long line of JSON Lines.
    """
    start = decompressed_start(start)
    for name, format_ in FORMATS.items():
        if start.startswith(format_.magic):
            return name
    if b"\0" in start and other_encoding(start) is None:
        return None
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith((b"[", b"{")):
        return "csv" if text else None
    line, end, _ = text.partition(b"\n")
    if text.startswith(b"{") and line.rstrip().endswith(b"}"):
        return "jsonl"
    return "json" if end or text.startswith(b"[") else None


def _check_packed(path: str, name: str, option: str) -> None:
    compression = compression_of(path)
    if compression is not None and not FORMATS[name].can_pack:
        message = f"a file of format {name} is compressed inside, and never as a whole"
        hint = f"decompress it first, with {compression.tool}"
        hint = f"remove {compression.suffix}" if option == "--to" else hint
        raise InvalidRowsError([Diagnostic("unknown-format", message, help=hint, file=path)])


def _unknown_format(path: str, option: str) -> Diagnostic:
    names = READABLE if option == "--from" else WRITABLE
    message = "the name does not say the format of the rows"
    if path in ("", "-"):
        message = "a stream does not say the format of its rows"
    help_ = f"add `{option} csv`; the formats are {', '.join(names)}"
    if without_suffix(path).endswith(_SHEETS):
        message = "a spreadsheet is not a format of rows"
        help_ = "save the sheet as CSV, with commas between the cells"
        help_ = "name it .csv, which spreadsheets open" if option == "--to" else help_
    if option == "--from" and path.lower().endswith(".zip"):
        return zip_refused(path)
    if option == "--from" and path.lower().endswith(_NETWORKS):
        message = "the file is named like a network, and rows were expected"
        help_ = "name the network first, then its rows; or add `--from csv`"
    if option == "--from" and path.lower().endswith(PICTURES):
        message = "a picture is read with the others of its folder"
        help_ = "name the folder that holds a folder of pictures for each class"
    return Diagnostic("unknown-format", message, help=help_, file=path or None)


def read_rows(
    stream: BinaryIO,
    format: str,
    session: Session,
) -> Generator[Batch]:
    """Read rows as batches with a column for each input of the session, in order.

    Nothing is read before the first batch is taken. A compressed file is decompressed.
    After the first mistake no more batches come; at the end, or after 1,000 mistakes,
    InvalidRowsError is raised with all of them. Raises it at once, unknown-format or
    missing-library, where the format cannot be read.
    """
    if format not in READABLE:
        hint = f"use {', '.join(READABLE[:-1])} or {READABLE[-1]}"
        message = f"rows cannot be read as `{format}`"
        raise InvalidRowsError(
            [Diagnostic("unknown-format", message, help=hint, file=session.file)]
        )
    if session.rejects is not None and session.rejects.stream and not FORMATS[format].can_write:
        message = f"rows that are left out cannot be written as {format}"
        hint = "leave out where they are to be kept"
        raise InvalidRowsError(
            [Diagnostic("unknown-format", message, help=hint, file=session.file)]
        )
    batches = _read(_module(format, session.file), stream, format, session)
    return batches if session.rejects is None else session.rejects.counting(batches)


def _read(module: Any, stream: BinaryIO, form: str, session: Session) -> Generator[Batch]:
    if not FORMATS[form].is_archive:
        stream = decompressed(stream, session.file)
    yield from module.read(stream, session)


def groups_of(stream: BinaryIO, file: str) -> list[int]:
    """Return how many rows each row group of a Parquet file has.

    Raises InvalidRowsError, bad-parquet, and missing-library.
    """
    counts: list[int] = _module("parquet", file).group_rows(stream, file)
    return counts


def write_rows(
    results: Iterable[Table],
    stream: BinaryIO,
    format: str,
    *,
    names: Sequence[str],
    file: str | None = None,
    kinds: Mapping[str, ColumnType] | None = None,
) -> None:
    """Write the columns `names` of each batch of results, as they come.

    `names` is the header, so that no batches at all still give a whole file; `kinds` has
    what the outputs can hold, see `nnc.rows.column_types`, for formats that have types. Raises
    InvalidRowsError, not-representable, where a format cannot hold a value exactly.
    """
    kinds = kinds or {}
    heading = {name: kinds.get(name) for name in names}
    _module(format, file).write(results, stream, heading)


def _module(name: str, file: str | None) -> Any:
    """Import the module of a format. Raises InvalidRowsError, missing-library."""
    format_ = FORMATS[name]
    try:
        return importlib.import_module(format_.module)
    except ModuleNotFoundError as error:
        _refuse_missing(error, format_, f"rows as {name} need", file)
        raise


def frames_for(what: str) -> Any:
    """Import what reads and makes frames. Raises InvalidRowsError, missing-library."""
    try:
        return importlib.import_module("nnc.rows.arrow.frames")
    except ModuleNotFoundError as error:
        _refuse_missing(error, FORMATS["arrow"], f"{what} needs")
        raise


def _refuse_missing(
    error: ModuleNotFoundError, format_: Format, words: str, file: str | None = None
) -> None:
    """Raise InvalidRowsError, missing-library, where that is what could not be imported."""
    if format_.library and (error.name or "").partition(".")[0] == format_.library:
        message = f"{words} {format_.library}, which is not installed"
        hint = install_line(format_.extra)
        diagnostic = Diagnostic("missing-library", message, help=hint, file=file)
        raise InvalidRowsError([diagnostic]) from None
