"""The declarations of a network: Network, Input, Neuron, Layer, Part, Output, Case.

The narrow waist of nnc. A file is read into a `Network`; in Python one is built directly, in the
same short forms that a file allows, and with the same messages. Nothing here knows YAML or lines.

Order: fields, model, inputs, layers, convolutions, neurons, blanks, conditions, claims,
network.
"""

from nnc.language.firing import (
    COMPARISONS,
    FIRING,
    GATES,
    SIDES,
    Fires,
    Limit,
    Threshold,
    rule_with,
    ruled,
    rules_of,
    show_limit,
)
from nnc.language.network.blanks import Blank, BlankKind, Unknown, with_numbers
from nnc.language.network.claims import (
    Assumption,
    Claim,
    Property,
    claim_words,
)
from nnc.language.network.conditions import Condition, Counts, Values, Within
from nnc.language.network.convolutions import LARGEST_STEP, AnyLayer, Convolution, nested_shape
from nnc.language.network.fields import BITS, INVERTED, States
from nnc.language.network.inputs import Input, unpacked
from nnc.language.network.layers import NO_STATES, Layer, Sparse, TensorFile, is_array, whole_rows
from nnc.language.network.network import MODELS, ONLY_IN_PYTHON, Case, Network, Output
from nnc.language.network.neurons import Neuron, Part, Steps
from nnc.language.ranges import Entry, Open

__all__ = [
    "BITS",
    "COMPARISONS",
    "FIRING",
    "GATES",
    "INVERTED",
    "LARGEST_STEP",
    "MODELS",
    "NO_STATES",
    "ONLY_IN_PYTHON",
    "SIDES",
    "AnyLayer",
    "Assumption",
    "Blank",
    "BlankKind",
    "Case",
    "Claim",
    "Condition",
    "Convolution",
    "Counts",
    "Entry",
    "Fires",
    "Input",
    "Layer",
    "Limit",
    "Network",
    "Neuron",
    "Open",
    "Output",
    "Part",
    "Property",
    "Sparse",
    "States",
    "Steps",
    "TensorFile",
    "Threshold",
    "Unknown",
    "Values",
    "Within",
    "claim_words",
    "is_array",
    "nested_shape",
    "rule_with",
    "ruled",
    "rules_of",
    "show_limit",
    "unpacked",
    "whole_rows",
    "with_numbers",
]
