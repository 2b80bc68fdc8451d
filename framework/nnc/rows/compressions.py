"""Compressed files: gzip, bzip2, xz and zstd, recognised by the suffix of the name.

They are decompressed while they are read, and compressed while they are written. A stream without
a name is recognised by its first bytes.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import io
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, BinaryIO, NamedTuple, cast

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.extras import install_line

_GZIP_LEVEL = 6
_BLOCK_BYTES = 1 << 18
_MAX_XZ_MEMORY = 1 << 28  # bytes; xz -9 takes a quarter of it
_OVER_LIMIT = "Memory usage limit exceeded"  # as lzma says it


class Compression(NamedTuple):
    """One way to compress files: how their names end, how they start, and what reads them."""

    name: str
    suffix: str
    starts: tuple[bytes, ...]
    tool: str
    """The program that decompresses it."""
    pieces: Callable[[BinaryIO], Iterator[bytes]]
    """Decompress a stream piece by piece. Raises EOFError where it ends early, else OSError."""
    writer: Callable[[BinaryIO], Any]
    """Return the file to write to, which leaves the stream open."""


def _gzip_pieces(stream: BinaryIO) -> Iterator[bytes]:
    try:
        yield from iter(partial(gzip.GzipFile(fileobj=stream).read1, _BLOCK_BYTES), b"")
    except zlib.error as error:
        raise OSError(str(error)) from None


def _bzip2_pieces(stream: BinaryIO) -> Iterator[bytes]:
    return _members(stream, _library("bzip2").BZ2Decompressor)


def _xz_pieces(stream: BinaryIO) -> Iterator[bytes]:
    lzma = _library("xz")
    try:
        make = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, _MAX_XZ_MEMORY)
        yield from _members(stream, make)
    except lzma.LZMAError as error:
        raise OSError(str(error)) from None


def _members(stream: BinaryIO, make: Callable[[], Any]) -> Iterator[bytes]:
    """Decompress members that follow each other, with zeros between them at most."""
    data = stream.read(_BLOCK_BYTES)
    while data:
        member = make()
        while not member.eof:
            if not data and member.needs_input:
                raise EOFError
            yield member.decompress(data, _BLOCK_BYTES)
            data = stream.read(_BLOCK_BYTES) if member.needs_input else b""
        data = member.unused_data.lstrip(b"\0")
        while not data and (more := stream.read(_BLOCK_BYTES)):
            data = more.lstrip(b"\0")


def _zstd_pieces(stream: BinaryIO) -> Iterator[bytes]:
    try:
        pyarrow = _library("zstd")
        left_open = SimpleNamespace(read=stream.read, close=lambda: None, closed=False)
        stored = pyarrow.CompressedInputStream(pyarrow.PythonFile(left_open, "r"), "zstd")
        yield from iter(partial(stored.read, _BLOCK_BYTES), b"")
    except OSError as error:
        raise EOFError if "Truncated" in str(error) else error from None


def _zstd_writer(stream: BinaryIO) -> Any:
    left_open = SimpleNamespace(
        write=stream.write, flush=stream.flush, close=lambda: None, closed=False
    )
    pyarrow = _library("zstd")
    return pyarrow.CompressedOutputStream(pyarrow.PythonFile(left_open, "w"), "zstd")


COMPRESSIONS = (
    Compression(
        "gzip",
        ".gz",
        (b"\x1f\x8b",),
        "gunzip",
        _gzip_pieces,
        lambda stream: gzip.GzipFile("", "wb", _GZIP_LEVEL, stream, mtime=0),
    ),
    Compression(
        "bzip2",
        ".bz2",
        tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)),
        "bunzip2",
        _bzip2_pieces,
        lambda stream: _library("bzip2").BZ2File(stream, "wb"),
    ),
    Compression(
        "xz",
        ".xz",
        (b"\xfd7zXZ\0",),
        "unxz",
        _xz_pieces,
        lambda stream: _library("xz").LZMAFile(stream, "wb"),
    ),
    Compression("zstd", ".zst", (b"\x28\xb5\x2f\xfd",), "unzstd", _zstd_pieces, _zstd_writer),
)
_SUFFIXES = tuple(each.suffix for each in COMPRESSIONS)
_LIBRARIES = {"bzip2": "bz2", "xz": "lzma", "zstd": "pyarrow"}
_ZIP = b"PK\3\4"


def _library(name: str) -> Any:
    """Import the library of a compression. Raises InvalidRowsError, missing-library."""
    library = _LIBRARIES[name]
    try:
        return importlib.import_module(library)
    except ImportError:
        tool = next(each.tool for each in COMPRESSIONS if each.name == name)
        what = install_line("data") if name == "zstd" else "use a Python that has it"
        message = f"{name} needs {library}, which is not installed"
        hint = f"{what}; or decompress the file first, with `{tool}`"
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None


def compression_of(path: str) -> Compression | None:
    """Return the compression that the name of a file says, if any."""
    return next((each for each in COMPRESSIONS if path.lower().endswith(each.suffix)), None)


def without_suffix(path: str) -> str:
    """Return a path in lower case without the suffix of its compression."""
    lowered = path.lower()
    return lowered[: lowered.rfind(".")] if lowered.endswith(_SUFFIXES) else lowered


def zip_refused(file: str) -> Diagnostic:
    """Return the error that a file is a ZIP archive, which may hold several files."""
    names = f"{', '.join(each.name for each in COMPRESSIONS[:-1])} or {COMPRESSIONS[-1].name}"
    message = f"the file is a ZIP archive; rows may be compressed by {names}"
    hint = "decompress it first, with `unzip`"
    return Diagnostic("unknown-format", message, help=hint, file=file or None)


def decompressed_start(start: bytes) -> bytes:
    """Return what the first bytes of a file hold, as far as that can be seen."""
    for each in COMPRESSIONS:
        if start.startswith(each.starts):
            with contextlib.suppress(EOFError, OSError):
                return next(filter(None, each.pieces(io.BytesIO(start))), b"")
            return b""
    return start


def decompressed(stream: BinaryIO, file: str) -> BinaryIO:
    """Return what is in a file, decompressed if its name says so; a stream has no name.

    Raises InvalidRowsError, bad-compression, also while it is read, and unknown-format for ZIP.
    """
    peek = getattr(stream, "peek", None)
    start: bytes = b"" if peek is None else peek(10)
    named = compression_of(file)
    if named is None and start.startswith(_ZIP):
        raise InvalidRowsError([zip_refused(file)])
    matches = [each for each in COMPRESSIONS if start.startswith(each.starts)]
    compression = named or (matches[0] if matches else None)
    if compression is None:
        return stream
    if named is None and file not in ("", "<stdin>"):
        suffix = compression.suffix
        message = f"the file is {compression.name}, and its name does not end in {suffix}"
        hint = f"rename it to {file}{suffix}"
        raise InvalidRowsError([Diagnostic("bad-compression", message, help=hint, file=file)])
    return cast("BinaryIO", _Decompressed(stream, file, compression, start))


class _Decompressed:
    """A compressed stream, read as what is in it."""

    def __init__(self, stream: BinaryIO, file: str, compression: Compression, start: bytes) -> None:
        self._pieces, self._file, self._rest = compression.pieces(stream), file, b""
        self._compression = compression
        self._is_other = bool(start) and not start.startswith(compression.starts[0][:2])

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        pieces, count = [self._rest], len(self._rest)
        try:
            while (size < 0 or count < size) and (piece := next(self._pieces, None)) is not None:
                pieces.append(piece)
                count += len(piece)
        except (EOFError, OSError) as error:
            raise self._error(error) from None
        data = b"".join(pieces)
        end = len(data) if size < 0 else size
        self._rest = data[end:]
        return data[:end]

    def _error(self, error: Exception) -> InvalidRowsError:
        name, hint = self._compression.name, "copy or write it again"
        message = f"the {name} file {'ends early' if isinstance(error, EOFError) else 'is damaged'}"
        if str(error) == _OVER_LIMIT:
            message = "the xz file needs more than 256 MiB of memory to decompress"
            hint = f"decompress it first, with `{self._compression.tool}`"
        elif self._is_other:
            message = f"the file is not {name}"
            hint = f"rename it to end without {self._compression.suffix}"
        return InvalidRowsError(
            [Diagnostic("bad-compression", message, help=hint, file=self._file)]
        )


@contextlib.contextmanager
def compressing(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """Yield a stream to write a file to, compressed if its name says so; always the same."""
    compression = compression_of(path)
    if compression is None:
        yield stream
        return
    with compression.writer(stream) as compressed:
        yield cast("BinaryIO", compressed)
