"""Arrays -> the bytes of a safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tensor_file(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a safetensors file with these tensors: the same bytes for the same arrays."""
    import numpy as np
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
