"""What searches for numbers cannot read: layers whose neurons count their thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError

if TYPE_CHECKING:
    from nnc.opening.checking import Checked


def refuse_counts(checked: Checked) -> None:
    """Refuse a network in which a neuron of a layer has several thresholds.

    Raises InvalidNetworkError, counting-layer.
    """
    from nnc.compiler.graph import LayerNode

    graph = checked.graph or checked.wiring
    for node in graph.nodes if graph is not None else ():
        if isinstance(node, LayerNode) and node.counted:
            message = (
                f"layer `{node.name}` has {node.counted:,} thresholds a neuron, which are counted; "
                "a search for numbers reads neurons that are 0 or 1"
            )
            hint = "search in a network that has the counts as integer inputs"
            file = node.origin.file
            refusal = Diagnostic("counting-layer", message, (), file=file, help=hint)
            raise InvalidNetworkError([refusal])
