"""Weight files, opened late: NPY and safetensors, small ones read, large ones mapped; no pickles.

Headers are read within limits, so that a hostile one costs little and runs nothing.

Order: files, stored, npy, safetensors, opening, saving.
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
