"""Document -> Network, or every problem in it at once.

pydantic checks keys, kinds and values; here its errors become diagnostics: one for each mistake,
in our words. What concerns several declarations (names, wiring) is the graph's business.

A network built in Python gets the same: the models that this package hands on say so.

Order: wording, built, validation.
"""

from nnc.language.validation.built import (
    Assumption,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Property,
    Sparse,
    TensorFile,
    Unknown,
)
from nnc.language.validation.validation import Kept, Validated, read_network, validate

__all__ = [
    "Assumption",
    "Case",
    "Input",
    "Kept",
    "Layer",
    "Network",
    "Neuron",
    "Output",
    "Part",
    "Property",
    "Sparse",
    "TensorFile",
    "Unknown",
    "Validated",
    "read_network",
    "validate",
]
