"""Convert arrays to the bytes of a safetensors file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tensor_file(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a safetensors file; equal arrays give equal bytes."""
    import numpy as np
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})


def tensors_of(data: bytes, file: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file. Raises FileError if it is not valid."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: dict[str, NDArray[Any]] = load(data)
    except (SafetensorError, ValueError, KeyError):
        message = "the file is not a safetensors file, or damaged"
        raise FileError([Diagnostic("bad-tensor-file", message, file=file)]) from None
    return arrays
