"""The bytes of a model of ONNX -> its nodes and constants, checked by the library itself.

Nothing is run here, and no other file is opened: weights that lie in one are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.extras import install_line
from nnc.interchange.importing.places import damaged, refused
from nnc.numbers.exact import counted, shorten
from nnc.printable import printable

if TYPE_CHECKING:
    from onnx import (
        AttributeProto,
        GraphProto,
        ModelProto,
        NodeProto,
        TensorProto,
        ValueInfoProto,
    )

Array = NDArray[Any]
MOST_NODES = 100_000
MOST_NUMBERS = 1 << 27  # of all constants together
ML = "ai.onnx.ml"
_OPSETS = {"": (7, 26), ML: (1, 5)}
QONNX = ("qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas")
"""The names that the operators of QONNX had."""
_INPUT_TYPES = (
    "bool",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "object",
)


_TYPES_OF_BITS = {"BIPOLAR": "-1|1", "BINARY": "0|1", "TERNARY": "-1..1"}
_CONSTANTS_AS_INPUTS = 3  # the last version of the format where each constant is an input, too
_WIDEST_TYPE = 16  # bits
SMALLER = "take a smaller input, or fewer channels"
_CONVERT = "convert it with onnx.version_converter, or export it with another opset"


class Node(NamedTuple):
    """A node: its operator, the values that it reads and gives, and its attributes.

    `origin` is the operator in the file, where the node is one of several that stand for it.
    """

    op: str
    domain: str
    label: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    origin: str = ""

    def refused(self, reason: str, hint: str | None = None) -> InvalidNetworkError:
        """Return the error that a network cannot hold the node."""
        name = printable(shorten(self.label))
        return refused(
            f"node `{name}`, {printable(shorten(self.origin or self.op))}: {reason}", hint
        )


class Value(NamedTuple):
    """An input or output: its name, its type, and its shape, where rows are 0."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Model:
    """A model: nodes in the order of evaluation, constants by name, inputs and outputs.

    `ranges` are the integers that values may be, as QONNX notes them.
    """

    nodes: Sequence[Node]
    constants: Mapping[str, Array]
    inputs: Sequence[Value]
    outputs: Sequence[Value]
    opsets: Mapping[str, int]
    name: str
    ranges: Mapping[str, str]


def require_onnx() -> None:
    """Raise InvalidNetworkError, missing-library, without the libraries that read a model."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ModuleNotFoundError:
        message = "reading a model of ONNX needs onnx and onnxruntime, which are not installed"
        hint = install_line("onnx")
        raise InvalidNetworkError([Diagnostic("missing-library", message, help=hint)]) from None


def read_model(data: bytes) -> Model:
    """Read a model. Raises InvalidNetworkError where it is damaged, or names other files."""
    require_onnx()
    import onnx
    from google.protobuf.message import DecodeError

    try:
        proto = onnx.load_model_from_string(data)
    except DecodeError:
        raise damaged("the file is no model of ONNX") from None
    if not proto.HasField("graph"):
        raise damaged("the file is no model of ONNX: it has no graph")
    graph = proto.graph
    if len(graph.node) > MOST_NODES:
        raise refused(f"the model has {counted(len(graph.node), 'node')}, at most {MOST_NODES:,}")
    _refuse_others(proto)
    stated = {each.domain for each in proto.opset_import}
    for domain in {node.domain for node in graph.node if node.domain in QONNX} - stated:
        proto.opset_import.add(domain=domain, version=1)  # which Brevitas does not always write
    if (
        proto.ir_version == _CONSTANTS_AS_INPUTS
    ):  # which some writers leave out, and runtimes do not need
        proto.ir_version += 1
    try:
        onnx.checker.check_model(proto)
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        message = printable(shorten(str(error).strip().partition("\n")[0]))
        hint = "export it again, and try `onnx.checker.check_model` on the new file"
        raise damaged(f"the model is not valid: {message}", hint=hint) from None
    constants = _constants(graph)
    return Model(
        [_node(each) for each in graph.node],
        constants,
        [_value(each) for each in graph.input if each.name not in constants],
        [_value(each) for each in graph.output],
        _opsets(proto),
        _text(graph.name),
        dict(_ranges(graph)),
    )


def _ranges(graph: GraphProto) -> Iterator[tuple[str, str]]:
    """Yield values with a data type of QONNX, and their integers as --within states them."""
    for each in graph.quantization_annotation:
        for pair in each.quant_parameter_tensor_names:
            match = re.fullmatch("(U?)INT([0-9]{1,2})", pair.value)
            words = _TYPES_OF_BITS.get(pair.value)
            if match is not None and 1 < int(match[2]) <= _WIDEST_TYPE:
                count = 1 << int(match[2])
                least = 0 if match[1] else -count // 2
                words = f"{least}..{least + count - 1}"
            if pair.key == "finn_datatype" and words is not None:
                yield _text(each.tensor_name), words


def _text(text: str | bytes) -> str:
    """Return a text, for which the library gives bytes where it is not UTF-8."""
    if isinstance(text, bytes):
        raise damaged("a text in the model is not UTF-8")
    return text


def _opsets(proto: ModelProto) -> dict[str, int]:
    result = {
        each.domain.removeprefix("ai.onnx")
        if each.domain == "ai.onnx"
        else each.domain: each.version
        for each in proto.opset_import
    }
    for domain, (least, most) in _OPSETS.items():
        version = result.get(domain)
        if version is not None and not least <= version <= most:
            name = domain or "ONNX"
            raise refused(
                f"the model has opset {version} of {name}, expected {least} to {most}", _CONVERT
            )
    return {domain: version for domain, version in result.items() if domain in _OPSETS}


def _refuse_others(proto: ModelProto) -> None:
    """Refuse other files, functions and sparse constants."""
    graph = proto.graph
    if proto.functions:
        raise refused("the model has functions of its own", "write them out: `onnx.inliner` does")
    if graph.sparse_initializer:
        raise refused("the model has sparse constants", "write them as others")
    for each in graph.initializer:
        if each.data_location == each.EXTERNAL or each.external_data:
            name = printable(shorten(each.name))
            hint = "save the model as one file: `onnx.save` does, after `onnx.load`"
            raise refused(f"the constant `{name}` lies in another file", hint)


def _constants(graph: GraphProto) -> dict[str, Array]:
    total = 0
    result = {}
    for each in graph.initializer:
        total += _size(each.dims)
        if total > MOST_NUMBERS:
            raise refused(f"the constants of the model are over {MOST_NUMBERS:,} numbers", SMALLER)
        result[_text(each.name)] = _array(each, _text(each.name))
    return result


def _size(dims: Sequence[int]) -> int:
    if any(size < 0 for size in dims):
        raise damaged("a constant has a negative size")
    return prod(dims)


def _array(tensor: TensorProto, name: str) -> Array:
    from onnx import numpy_helper

    if tensor.data_location == tensor.EXTERNAL or _size(tensor.dims) > MOST_NUMBERS:
        raise refused(f"the constant `{printable(shorten(name))}` is in another file, or too large")
    try:
        array: Array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, UnicodeDecodeError):
        name = printable(shorten(name))
        raise damaged(f"the constant `{name}` does not have the numbers of its shape") from None
    if array.dtype.kind == "S" or array.dtype == object:
        return np.array(
            [
                x.decode("utf-8", "replace") if isinstance(x, bytes) else x
                for x in array.reshape(-1)
            ],
            object,
        ).reshape(array.shape)
    return array


def _node(proto: NodeProto) -> Node:
    domain = "" if proto.domain == "ai.onnx" else _text(proto.domain)
    inputs, outputs = tuple(map(_text, proto.input)), tuple(map(_text, proto.output))
    label = _text(proto.name) or next(iter(outputs), "")
    attributes = {_text(each.name): _attribute(each, label) for each in proto.attribute}
    node = Node(_text(proto.op_type), domain, label, inputs, outputs, attributes)
    if domain not in (*_OPSETS, *QONNX):
        hint = "export the model with operators of ONNX alone"
        raise node.refused(f"it is an operator of {printable(shorten(domain))}", hint)
    return node


def _attribute(proto: AttributeProto, label: str) -> Any:
    import onnx

    kind = proto.type
    if kind in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
        return None  # of If, Loop and Scan, which are refused by their names
    if kind == onnx.AttributeProto.TENSOR:
        return _array(proto.t, f"{label}.{proto.name}")
    value = onnx.helper.get_attribute_value(proto)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (int, float)):
        return value
    result = list(value) if hasattr(value, "__iter__") else None
    if result and isinstance(result[0], bytes):
        return [each.decode("utf-8", "replace") for each in result]
    return result


def _value(proto: ValueInfoProto) -> Value:
    import onnx

    name = _text(proto.name)
    if proto.type.WhichOneof("value") != "tensor_type":
        return Value(name, "", ())  # a sequence or a map, which only outputs may be
    tensor = proto.type.tensor_type
    try:
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
    except (KeyError, TypeError):
        dtype = ""
    shape = tuple(
        dimension.dim_value if dimension.WhichOneof("value") == "dim_value" else 0
        for dimension in tensor.shape.dim
    )
    return Value(name, dtype if dtype in _INPUT_TYPES else "", shape)
