"""Run nodes by onnxruntime, in small models of one node or of a chain.

Nothing is fused, so that each operator rounds as it does by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnc.interchange.importing.onnx.graph import Array, Model, Node
from nnc.numbers.exact import shorten
from nnc.printable import printable

_IR_VERSION = 8


def run_nodes(node: Node, operands: Sequence[Array | None], model: Model) -> list[Array]:
    """Return what a node gives for constants. Raises InvalidNetworkError as the runtime does."""
    import onnx
    from onnx import helper

    names = [f"x{i}" if each is not None else "" for i, each in enumerate(operands)]
    feeds = {
        name: np.ascontiguousarray(each).reshape(each.shape)
        for name, each in zip(names, operands, strict=True)
        if each is not None
    }
    results = [f"y{i}" for i in range(len(node.outputs))]
    proto = helper.make_node(
        node.op, names, results, domain=node.domain, **attributes_of(node.attributes)
    )
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
        for name, x in feeds.items()
    ]
    outputs = [onnx.ValueInfoProto(name=name) for name in results]
    graph = helper.make_graph([proto], "one", inputs, outputs)
    return values_of(session_of(graph, model, node), feeds, node)


def session_of(graph: Any, model: Model, node: Node) -> Any:
    """Create a session for a graph. Raises InvalidNetworkError if the runtime rejects it."""
    import onnxruntime
    from onnx import helper

    opsets = [helper.make_opsetid(domain, version) for domain, version in model.opsets.items()]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001 - of many kinds, and about the node alone
        raise node.refused(f"onnxruntime does not run it: {_reason(error)}") from None


def values_of(session: Any, feeds: Mapping[str, Array], node: Node) -> list[Array]:
    """Run a model, and return its outputs. Raises InvalidNetworkError where the runtime cannot."""
    try:
        values: list[Array] = session.run(None, dict(feeds))
    except Exception as error:  # noqa: BLE001 - as above
        raise node.refused(f"onnxruntime does not run it: {_reason(error)}") from None
    if not all(isinstance(value, np.ndarray) for value in values):
        raise node.refused("it gives no tensor")
    return values


def _reason(error: Exception) -> str:
    return printable(shorten(str(error).strip().partition("\n")[0].rpartition(" : ")[2]))


def attributes_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as a node of the library takes them."""
    from onnx import numpy_helper

    return {
        name: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for name, value in attributes.items()
        if isinstance(value, np.ndarray) or value not in (None, [])
    }
