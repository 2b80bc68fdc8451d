"""Where the numbers of a tensor lie in a file, and those numbers as an array."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.files.weights.files import File
from nnc.files.weights.mapping import held
from nnc.files.weights.mistakes import COPY_AGAIN, Mistake, Subject

_MOST_DIMENSIONS = 32  # NumPy 1.26 takes no more
_MOST_NUMBERS = 1 << 59  # an array has less than 2**63 bytes, even if one dimension is 0
_TAKEN = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64"


class Tensor(NamedTuple):
    """Where numbers lie: `dtype` is None for what nnc does not take, `holds` names it.

    `start` and `stop` count bytes: of an NPY file from its start, of a safetensors file from the
    end of the header.
    """

    dtype: str | None
    holds: str
    shape: tuple[int, ...]
    start: int
    stop: int
    is_fortran: bool = False


def wrong_shape(shape: tuple[int, ...]) -> str | None:
    """Say what is wrong with a shape that NumPy would not take."""
    if len(shape) > _MOST_DIMENSIONS:
        return f"has {len(shape):,} dimensions; at most {_MOST_DIMENSIONS} are allowed"
    if 0 in shape and math.prod(filter(None, shape)) >= _MOST_NUMBERS:
        return "has a shape too large for an array"
    return None


def size_of(tensor: Tensor) -> int:
    """Count the bytes that its shape needs."""
    return math.prod(tensor.shape) * np.dtype(tensor.dtype).itemsize


def mapped(tensor: Tensor, file: File, subject: Subject) -> NDArray[Any]:
    """Give the numbers as a read-only array: of a small file read, of a large one mapped."""
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
    except ValueError:  # longer than the file is by now
        raise Mistake(f"{file} became shorter while it was read", COPY_AGAIN) from None
    order: Literal["F", "C"] = "F" if tensor.is_fortran else "C"
    array: NDArray[Any] = np.ndarray(tensor.shape, tensor.dtype, data, start, order=order)
    array.flags.writeable = False
    return array
