"""Store a plan in one safetensors file: the same bytes on every machine, loaded by mapping it.

The header's `__metadata__` has one key, `nnc`, a JSON text with the format and the SHA-256 of the
header itself (computed with 64 zeros in its place), of every tensor, and of every source file. The
tensor `plan` is JSON with everything that is not an array; arrays are given by the names of
tensors, and `numbers` lists the tensors that hold exact numbers as text. Every tensor starts at a
multiple of 64 bytes; the bytes between are tensors called `pad.0`, `pad.1`, ….

Order: provenance, texts, checking, writing, decoding, load.
"""

from nnc.compiler.artifact.load import Compiled, load_compiled
from nnc.compiler.artifact.provenance import Provenance
from nnc.compiler.artifact.writing import write_compiled

__all__ = ["Compiled", "Provenance", "load_compiled", "write_compiled"]
