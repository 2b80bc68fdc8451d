"""What a network is: Network, Input, Neuron, Output, Case.

The narrow waist of nnc. A file is read into a `Network`; in Python one is built directly, in the
same short forms that a file allows, and with the same messages. Nothing here knows YAML or lines.
"""

from nnc.network.network import (
    COMPARISONS,
    GATES,
    KINDS,
    LATER,
    RESERVED,
    Case,
    Fires,
    Input,
    Kind,
    Network,
    Neuron,
    Output,
)
from nnc.network.schemas import NAME_PATTERN, SOURCE_PATTERN

__all__ = [
    "COMPARISONS",
    "GATES",
    "KINDS",
    "LATER",
    "NAME_PATTERN",
    "RESERVED",
    "SOURCE_PATTERN",
    "Case",
    "Fires",
    "Input",
    "Kind",
    "Network",
    "Neuron",
    "Output",
]
