"""Numbers and texts as arrays of Arrow, and back, by their buffers.

The ways that pyarrow has for it import pandas, where it is installed: that takes longer than
reading many a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types


def numbers_in(array: Any) -> NDArray[Any]:
    """Give what is stored in an array of numbers or booleans, at least one; nulls are anything."""
    data = array.buffers()[1]
    begin, end = array.offset, array.offset + len(array)
    if types.is_boolean(array.type):
        octets = np.frombuffer(data, np.uint8)
        return np.unpackbits(octets, count=end, bitorder="little")[begin:].view(np.bool_)
    return np.frombuffer(data, array.type.to_pandas_dtype(), end)[begin:]


def validity_of(array: Any) -> NDArray[np.bool_]:
    """Tell which values of an array, of at least one, are not null."""
    return numbers_in(array.is_valid())


def values_in(array: Any) -> list[Any]:
    """Give the values of an array as Python's own. Raises ArrowException."""
    try:
        values: list[Any] = array.to_pylist()
    except pa.ArrowException:
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow's own: InvalidOperation, SystemError, …
        message = f"a value of {array.type} cannot be read: {type(error).__name__}"
        raise pa.ArrowInvalid(message) from None
    return values


def array_of_numbers(numbers: NDArray[Any], kind: Any) -> Any:
    """Make an array of numbers that are stored as `kind` stores them."""
    buffer = pa.py_buffer(np.ascontiguousarray(numbers))
    return pa.Array.from_buffers(kind, len(numbers), [None, buffer])


def array_of_texts(texts: Sequence[str]) -> Any:
    """Make an array of texts."""
    octets = [text.encode("utf-8", "backslashreplace") for text in texts]
    ends = np.zeros(len(octets) + 1, np.int32)
    np.cumsum([len(one) for one in octets], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(octets))]
    return pa.Array.from_buffers(pa.string(), len(octets), buffers)
