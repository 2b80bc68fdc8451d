"""Read the headers of NPY files with NumPy, within limits and without running code."""

from __future__ import annotations

import io
import warnings
from typing import Any, BinaryIO, NamedTuple

from nnc.files.opening import DISK
from nnc.files.weights.files import COPY_AGAIN, File, Mistake, begins
from nnc.files.weights.stored import Tensor, size_of, wrong_shape
from nnc.lazy import np
from nnc.numbers.exact import counted

_MAX_HEADER = 10_000
_HOLDS = {
    "O": "Python objects",
    "U": "texts",
    "S": "texts",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "V": "raw bytes, as bfloat16 and records are stored",
    "f": "long doubles",
}
_AGAIN = "save it again with numpy.save"


class NpyHeader(NamedTuple):
    """The header of an NPY file; its array begins at byte `start`."""

    dtype: np.dtype[Any]
    is_fortran: bool
    shape: tuple[int, ...]
    start: int

    @property
    def refused_type(self) -> str | None:
        """A description of the entries if they are not supported numbers, else None."""
        if self.dtype.kind in "buif" and self.dtype.itemsize <= 8:
            return None
        if self.dtype.names is not None or self.dtype.subdtype is not None:
            return "records with named fields"
        return _HOLDS.get(self.dtype.kind, f"`{self.dtype}`")


def read_header(stream: BinaryIO, subject: object, lfs_fetch: str = DISK.lfs_fetch) -> NpyHeader:
    """Read the header of a stream. Raises Mistake, naming the file as `subject`."""
    start = stream.read(10)
    if start[:6] != b"\x93NUMPY":
        raise Mistake(
            f"{subject} is not an NPY file", begins(start + stream.read(22), _AGAIN, lfs_fetch)
        )
    if len(start) >= 8 and (start[6] not in (1, 2, 3) or start[7]):
        version = f"{start[6]}.{start[7]}"
        raise Mistake(f"{subject} has NPY version {version}; expected 1.0, 2.0 or 3.0", _AGAIN)
    begin = 10 if start[6:7] == b"\1" else 12
    start += stream.read(begin - 10)
    length = int.from_bytes(start[8:], "little")
    if length > _MAX_HEADER:  # NumPy would read all of it before checking
        raise Mistake(
            f"{subject} has a header of {length:,} bytes; at most {_MAX_HEADER:,} are allowed",
            _AGAIN,
        )
    header_bytes = start + stream.read(length)
    if len(start) < begin or len(header_bytes) < begin + length:
        raise Mistake(f"{subject} ends inside its header", COPY_AGAIN)
    header = _parsed(header_bytes)
    if header is None or not all(type(n) is int and 0 <= n < 1 << 63 for n in header.shape):
        raise Mistake(f"{subject} has a damaged header", _AGAIN)
    return header


def _parsed(header_bytes: bytes) -> NpyHeader | None:
    """Parse a complete header with NumPy; return None if that fails."""
    stream = io.BytesIO(header_bytes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            if version == (3, 0):  # like 2.0, but in UTF-8 and without Python 2 syntax
                header_bytes[12:].decode()
                warnings.simplefilter("error", UserWarning)
            shape, is_fortran, dtype = read(stream, _MAX_HEADER)
    except Exception:  # noqa: BLE001 - a hostile header makes NumPy raise what it likes
        return None
    return NpyHeader(dtype, is_fortran, shape, len(header_bytes))


def read(file: File) -> Tensor:
    """Return the location of the array in an NPY file. Raises Mistake."""
    header = read_header(file.stream, file, file.lfs_fetch)
    if wrong := header.refused_type:
        return Tensor(None, wrong, header.shape, header.start, file.size)
    tensor = Tensor(
        header.dtype.str, "", header.shape, header.start, file.size, is_fortran=header.is_fortran
    )
    _check_size(tensor, file)
    return tensor


def _check_size(tensor: Tensor, file: File) -> None:
    if wrong := wrong_shape(tensor.shape):
        raise Mistake(f"{file} {wrong}", _AGAIN)
    extra = tensor.stop - tensor.start - size_of(tensor)
    if extra < 0:
        raise Mistake(f"{file} ends {counted(-extra, 'byte')} early", COPY_AGAIN)
    if extra:
        raise Mistake(
            f"{file} has {counted(extra, 'byte')} after its array", "store one array per file"
        )
