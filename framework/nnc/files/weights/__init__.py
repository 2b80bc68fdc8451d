"""Weight files, opened late: NPY and safetensors, small ones read, large ones mapped; no pickles.

Headers are read within limits, so that a hostile one costs little and runs nothing.

Order: mapping, mistakes, files, numbers, stored, npy, safetensors, opening.
"""

from nnc.files.weights.files import sha256_of
from nnc.files.weights.mapping import SMALL, MappedFile, held
from nnc.files.weights.mistakes import Mistake
from nnc.files.weights.npy import NpyHeader, read_header
from nnc.files.weights.numbers import not_finite
from nnc.files.weights.opening import TensorReference, open_tensor, wrong_array
from nnc.files.weights.safetensors import Index, read_index

__all__ = [
    "SMALL", "Index", "MappedFile", "Mistake", "NpyHeader", "TensorReference", "held", "not_finite",
    "open_tensor", "read_header", "read_index", "sha256_of", "wrong_array",
]  # fmt: skip
