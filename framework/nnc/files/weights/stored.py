"""Locate the numbers of a tensor in a file, map them as an array, and check them."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.weights.files import COPY_AGAIN, File, Mistake, Subject
from nnc.lazy import np
from nnc.numbers.exact import shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL = 1 << 20
"""A file of at most this many bytes is read, in about a millisecond; others are mapped."""
_MAX_DIMENSIONS = 32  # the limit of NumPy 1.26
_MAX_NUMBERS = 1 << 59  # an array has less than 2**63 bytes, even if one dimension is 0
_TAKEN = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64"
_BLOCK = 1 << 16  # numbers per block; few enough for the processor's cache


class MappedFile(mmap.mmap):
    """A memory-mapped file, whose numbers change if another program writes to or truncates it.

    Replacing it by another file of the same name is harmless: the old file stays mapped.
    """

    path: Path
    stamp: tuple[int, int, int]

    @classmethod
    def of(cls, stream: BinaryIO, size: int, path: Path) -> MappedFile:
        """Map an open file. Raises ValueError if it is now shorter than `size`."""
        data = cls(stream.fileno(), size, access=mmap.ACCESS_READ)
        data.path = path.absolute()
        data.stamp = _stamp(os.fstat(stream.fileno()))
        return data

    def check_unchanged(self) -> None:
        """Raise FileError if the file was modified or truncated since it was mapped."""
        try:
            stamp = _stamp(self.path.stat())
        except OSError:  # removed or renamed, which is harmless
            stamp = self.stamp
        is_other_file = stamp[:2] != self.stamp[:2]
        if self.size() != len(self) or (stamp != self.stamp and not is_other_file):
            raise FileError(
                [
                    Diagnostic(
                        "cannot-open",
                        f"`{shorten(str(self.path), 200)}` was changed while it was in use",
                        help="load the network again; write a new file and rename it over the old "
                        "one, instead of writing into it",
                    )
                ]
            )


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns


def held(stream: BinaryIO, path: Path, start: int, stop: int, size: int) -> tuple[mmap.mmap, int]:
    """Return a buffer with bytes `start` to `stop` (exclusive) of a file, and their offset in it.

    `size` is the size of the file. Raises ValueError if the file is now shorter.
    """
    if size > SMALL:
        return MappedFile.of(stream, size, path), start
    data = mmap.mmap(-1, max(1, stop - start))
    stream.seek(start)
    read = stream.read(stop - start)
    if len(read) < stop - start:
        raise ValueError("shorter than it was")
    data[: len(read)] = read
    return data, 0


# ----------------------------------------------------------------------------------- arrays


class Tensor(NamedTuple):
    """The location and type of a tensor in a file.

    `dtype` is None for an unsupported type, described by `holds`. `start` and `stop` are byte
    offsets: in an NPY file from its start, in a safetensors file from the end of the header.
    """

    dtype: str | None
    holds: str
    shape: tuple[int, ...]
    start: int
    stop: int
    is_fortran: bool = False

    def __str__(self) -> str:
        holds = self.holds if self.dtype is None else np.dtype(self.dtype).name
        return f"{holds} {list(self.shape)}"


def wrong_shape(shape: tuple[int, ...]) -> str | None:
    """Return why NumPy would reject a shape, or None."""
    if len(shape) > _MAX_DIMENSIONS:
        return f"has {len(shape):,} dimensions; at most {_MAX_DIMENSIONS} are allowed"
    if 0 in shape and math.prod(filter(None, shape)) >= _MAX_NUMBERS:
        return "has a shape too large for an array"
    return None


def size_of(tensor: Tensor) -> int:
    """Return the number of bytes that a tensor's shape needs."""
    return math.prod(tensor.shape) * np.dtype(tensor.dtype).itemsize


def mapped(tensor: Tensor, file: File, subject: Subject) -> NDArray[Any]:
    """Return the numbers as a read-only array, read from a small file or mapped from a large one.

    Raises Mistake if nnc does not accept them, or if the file is now too short.
    """
    if tensor.dtype is None:
        raise Mistake(
            f"{subject} holds {tensor.holds}; expected {_TAKEN}",
            "convert it: a float32 holds every bfloat16 and float8 exactly"
            if tensor.holds in ("bfloat16", "float8")
            else "convert it, for example with numpy.ndarray.astype",
            rule="tensor-type",
            at=subject.at,
        )
    stop = tensor.start + size_of(tensor)
    try:
        data, start = held(file.stream, file.target, tensor.start, stop, file.size)
    except ValueError:  # the file is now shorter
        raise Mistake(f"{file} became shorter while it was read", COPY_AGAIN) from None
    order: Literal["F", "C"] = "F" if tensor.is_fortran else "C"
    array: NDArray[Any] = np.ndarray(tensor.shape, tensor.dtype, data, start, order=order)
    array.flags.writeable = False
    return array


# ----------------------------------------------------------------------------------- checks


def not_finite(array: NDArray[Any]) -> tuple[int, ...] | None:
    """Return the index of the first NaN or infinity, row by row; None if there is none."""
    return _first_bad(array, np.isfinite) if array.dtype.kind in "fc" else None


def check_numbers(array: NDArray[Any], subject: Subject) -> None:
    """Raise Mistake for numbers that are not finite or bools that are neither 0 nor 1."""
    bad = not_finite(array)
    if bad is not None:
        value = float(array[bad])
        what = "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
        raise Mistake(
            f"{subject} is {what}{_place(bad)}; expected finite numbers",
            "check how the weights were made: training may have diverged",
            rule="tensor-not-finite",
            at=subject.at,
        )
    if array.dtype.kind == "b" and (bad := _first_bad(array, _is_bit)) is not None:
        stored = array.view(np.uint8)[bad]
        raise Mistake(
            f"{subject} has a bool stored as {stored}{_place(bad)}; expected 0 or 1",
            "save it as uint8 if it holds numbers",
            at=subject.at,
        )


def _place(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""


def _is_bit(block: NDArray[Any]) -> NDArray[Any]:
    return block.view(np.uint8) <= 1


def _first_bad(
    array: NDArray[Any], is_good: Callable[[NDArray[Any]], NDArray[Any]]
) -> tuple[int, ...] | None:
    """Return the index of the first bad number in row order, or None.

    Numbers are first checked in storage order, which is fast, and in row order only if one is bad.
    """
    if _bad_at(array, is_good, "K") is None:
        return None
    at = _bad_at(array, is_good, "C")
    return None if at is None else tuple(map(int, np.unravel_index(at, array.shape)))


def _bad_at(
    array: NDArray[Any],
    is_good: Callable[[NDArray[Any]], NDArray[Any]],
    order: Literal["K", "C"],
) -> int | None:
    """Return the position of the first bad number in an order, or None."""
    at = 0
    flags: Any = ("external_loop", "buffered", "zerosize_ok")
    blocks: Any = np.nditer(array, flags, order=order, buffersize=_BLOCK)
    for block in blocks:
        good = is_good(block)
        if not good.all():
            return at + int(good.argmin())
        at += block.size
    return None
