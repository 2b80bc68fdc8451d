"""Read weight files, NPY and safetensors; small ones are read, large ones mapped, pickles refused.

Headers are parsed within limits, so that a malicious one costs little and runs no code.

Order: files, stored, npy, safetensors, opening.
"""

from nnc.files.weights.files import Mistake, sha256_of
from nnc.files.weights.npy import NpyHeader, read_header
from nnc.files.weights.opening import TensorReference, open_tensor, wrong_array
from nnc.files.weights.safetensors import Index, read_index
from nnc.files.weights.stored import SMALL, MappedFile, held, not_finite

__all__ = [
    "SMALL", "Index", "MappedFile", "Mistake", "NpyHeader", "TensorReference", "held", "not_finite",
    "open_tensor", "read_header", "read_index", "sha256_of", "wrong_array",
]  # fmt: skip
