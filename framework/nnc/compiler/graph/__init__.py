"""Build the graph of a network: resolve names, expand parts, order nodes, report cycles.

Every value in a row is a *signal* with a number: the constants 0 and 1 are signals 0 and 1,
followed by the inputs and then the neurons, with one signal per threshold. Nothing is recursive, so
a chain of 200,000 neurons is allowed.

Order: graph, resolver, neurons, convolutions, layers, budget, outputs, claim_values,
claims, flattening, ordering, parts, build.
"""

from nnc.compiler.graph.budget import MAX_SYNAPSES, widths_of
from nnc.compiler.graph.build import build_graph, written_out
from nnc.compiler.graph.convolutions import Convolutions
from nnc.compiler.graph.flattening import Flat, Instance
from nnc.compiler.graph.graph import (
    BIT,
    Graph,
    GraphClaim,
    LayerNode,
    Near,
    NeuronNode,
    OutputKind,
    PartBody,
    SignalType,
    Tap,
    Template,
    ValueSet,
    as_range,
    first_signals,
    input_type,
)
from nnc.compiler.graph.layers import Layers, layer_numbers, layer_size
from nnc.compiler.graph.resolver import MAX_SLOTS
from nnc.compiler.shared import SharedWeights, SparseWeights, StoredRows, Window, shared_weights

__all__ = [
    "BIT",
    "MAX_SLOTS",
    "MAX_SYNAPSES",
    "Convolutions",
    "Flat",
    "Graph",
    "GraphClaim",
    "Instance",
    "LayerNode",
    "Layers",
    "Near",
    "NeuronNode",
    "OutputKind",
    "PartBody",
    "SharedWeights",
    "SignalType",
    "SparseWeights",
    "StoredRows",
    "Tap",
    "Template",
    "ValueSet",
    "Window",
    "as_range",
    "build_graph",
    "first_signals",
    "input_type",
    "layer_numbers",
    "layer_size",
    "shared_weights",
    "widths_of",
    "written_out",
]
