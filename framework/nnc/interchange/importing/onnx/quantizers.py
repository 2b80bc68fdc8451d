"""Operators of QONNX, as FINN and Brevitas write them -> nodes of ONNX that round as its own do.

Sources: the operators of Xilinx/qonnx, `qonnx.custom_op.general`: intquant, bipolar_quant,
multithreshold and trunc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnc.interchange.importing.onnx.graph import Array, Node

DType = np.dtype[Any]
_MAX_BITS = 20
_MAX_THRESHOLDS = 256
_LAYOUTS = {2: "NC", 3: "NWC", 4: "NCHW"}
"""The layout of a tensor whose node does not state it."""
_MAGIC = {"float32": 1.5 * 2.0**23, "float64": 1.5 * 2.0**52}
"""Added and taken away again, it rounds to the nearest integer, ties to the even one."""
_ROUND_OPSET = 11  # the first opset with Round


class Writer:
    """The nodes that stand for one; `constants` are those that they read, by name."""

    def __init__(self, node: Node, names: Callable[[str], str], opset: int) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.opset = opset
        self._node, self._names = node, names

    def add(self, op: str, *operands: str | Array) -> str:
        """Add a node, and return the name of its output."""
        reads = tuple(
            operand if isinstance(operand, str) else self._constant(operand) for operand in operands
        )
        name = self._names(self._node.outputs[0])
        self.nodes.append(Node(op, "", self._node.label, reads, (name,), {}, self._node.op))
        return name

    def _constant(self, value: Array) -> str:
        name = self._names(self._node.outputs[0])
        self.constants[name] = np.asarray(value)
        return name

    def finish(self, name: str) -> None:
        """Name a value as the output of the node."""
        origin = self._node
        self.nodes.append(
            Node("Identity", "", origin.label, (name,), origin.outputs, {}, origin.op)
        )


def write_nodes(node: Node, operands: Sequence[Array | None], rank: int, writer: Writer) -> None:
    """Write the nodes of ONNX that a node of QONNX stands for.

    `operands` are its constants, None where one depends on the row, as the first does; `rank` is
    how many dimensions that has. Raises InvalidNetworkError for an operator that is not known.
    """
    write = _WRITERS.get(node.op)
    if write is None:
        raise node.refused("a network of thresholds cannot hold it")
    more = operands[1:]
    counts = {"BipolarQuant": (1,), "MultiThreshold": (1,), "Trunc": (4, 5)}
    if len(more) not in counts.get(node.op, (3,)) or not all(_is_finite(each) for each in more):
        raise node.refused("its scale and its other numbers are no constants")
    numbers = [each for each in more if each is not None]
    if node.op == "MultiThreshold":
        result = _thresholds(node, numbers[0], rank, writer)
    else:
        result = write(node, numbers, writer)
    writer.finish(result)


def _is_finite(value: Array | None) -> bool:
    return value is not None and value.dtype.kind in "fiub" and bool(np.isfinite(value).all())


def _quantized(node: Node, numbers: Sequence[Array], writer: Writer) -> str:
    scale, zero, bits = numbers
    y = _scaled(node.inputs[0], scale, zero, writer)
    count = _bits(node, bits)
    is_signed = bool(node.attributes.get("signed", 1))
    if count == 1 and is_signed:
        y = _bipolar(y, scale.dtype, writer)
    else:
        y = _clamped(y, count, node, scale.dtype, writer)
        y = _rounded(y, node, node.attributes.get("rounding_mode", "ROUND"), scale.dtype, writer)
    return _rescaled(y, scale, zero, writer)


def _bipolar_quantized(node: Node, numbers: Sequence[Array], writer: Writer) -> str:
    (scale,) = numbers
    y = _bipolar(node.inputs[0], scale.dtype, writer)
    return _rescaled(y, scale, np.zeros((), scale.dtype), writer)


def _truncated(node: Node, numbers: Sequence[Array], writer: Writer) -> str:
    scale, zero, bits = numbers[:3]
    kind = scale.dtype
    y = _scaled(node.inputs[0], scale, zero, writer)
    y = _rounded(y, node, "ROUND", kind, writer)
    if len(numbers) == 4:
        factor = np.array(2.0 ** (_bits(node, bits) - _bits(node, numbers[3])), kind)
        scaled = scale
    else:
        scaled = numbers[3]
        if not (scale > 0).all() or not (scaled > 0).all():
            raise node.refused("its scales are not above 0")
        factor = np.asarray(2 ** np.round(np.log2(scaled / scale)), kind)
    y = _unless(factor == 1, y, lambda: writer.add("Div", y, factor))
    if len(numbers) > 4:
        y = _clamped(y, _bits(node, numbers[4]), node, kind, writer)
        zero = np.asarray(zero / factor, kind)
    y = _rounded(y, node, node.attributes.get("rounding_mode", "FLOOR"), kind, writer)
    return _rescaled(y, scaled, zero, writer)


def _thresholds(node: Node, thresholds: Array, rank: int, writer: Writer) -> str:
    """Write how many thresholds of its channel each element reaches, times a scale."""
    layout = node.attributes.get("data_layout") or _LAYOUTS.get(rank, "")
    axis = layout.index("C") if "C" in layout else 1
    if thresholds.ndim != 2 or axis >= max(rank, 1) or not thresholds.size:
        raise node.refused("the shapes of its operands do not fit")
    if thresholds.shape[1] > _MAX_THRESHOLDS:
        raise node.refused(f"it has over {_MAX_THRESHOLDS} thresholds")
    channels = [1] * rank
    channels[axis] = len(thresholds)
    one, zero = np.ones((), np.float32), np.zeros((), np.float32)
    total = ""
    for column in thresholds.T:
        less = writer.add("Less", node.inputs[0], column.reshape(channels))
        reached = writer.add("Where", less, zero, one)
        total = writer.add("Add", total, reached) if total else reached
    scale = np.array(node.attributes.get("out_scale", 1.0), np.float32)
    bias = np.array(node.attributes.get("out_bias", 0.0), np.float32)
    total = _unless(scale == 1, total, lambda: writer.add("Mul", total, scale))
    return _unless(bias == 0, total, lambda: writer.add("Add", total, bias))


_WRITERS: dict[str, Callable[[Node, Sequence[Array], Writer], str]] = {
    "Quant": _quantized,
    "IntQuant": _quantized,
    "BipolarQuant": _bipolar_quantized,
    "Trunc": _truncated,
    "MultiThreshold": lambda node, *_: node.op,
}


def _scaled(x: str, scale: Array, zero: Array, writer: Writer) -> str:
    y = _unless(scale == 1, x, lambda: writer.add("Div", x, scale))
    return _unless(zero == 0, y, lambda: writer.add("Add", y, zero))


def _rescaled(y: str, scale: Array, zero: Array, writer: Writer) -> str:
    x = _unless(zero == 0, y, lambda: writer.add("Sub", y, zero))
    return _unless(scale == 1, x, lambda: writer.add("Mul", x, scale))


def _unless(is_same: Array, name: str, write: Callable[[], str]) -> str:
    """Leave out nodes that change nothing."""
    return name if np.all(is_same) else write()


def _bipolar(x: str, kind: DType, writer: Writer) -> str:
    ones = np.ones((), kind)
    return writer.add("Where", writer.add("Less", x, np.zeros((), kind)), -ones, ones)


def _clamped(y: str, bits: int, node: Node, kind: DType, writer: Writer) -> str:
    is_signed = bool(node.attributes.get("signed", 1))
    is_narrow = bool(node.attributes.get("narrow", 0))
    if is_signed:
        least, greatest = -(2 ** (bits - 1)) + is_narrow, 2 ** (bits - 1) - 1
    else:
        least, greatest = 0, 2**bits - 1 - is_narrow
    y = writer.add("Min", y, np.array(greatest, kind))
    return writer.add("Max", y, np.array(least, kind))


def _rounded(y: str, node: Node, mode: str, kind: DType, writer: Writer) -> str:
    mode = mode.upper()
    if mode in ("ROUND", "HALF_EVEN"):
        if writer.opset >= _ROUND_OPSET:
            return writer.add("Round", y)
        if kind.name not in _MAGIC or node.op == "Trunc":  # what is not small is not rounded so
            raise node.refused(f"opset {writer.opset} of ONNX has no Round")
        magic = np.array(_MAGIC[kind.name], kind)
        return writer.add("Sub", writer.add("Add", y, magic), magic)
    if mode in ("CEIL", "FLOOR"):
        return writer.add(mode.capitalize(), y)
    size = writer.add("Abs", y)
    half = np.array(0.5, kind)
    if mode == "UP":
        size = writer.add("Ceil", size)
    elif mode == "DOWN":
        size = writer.add("Floor", size)
    elif mode == "HALF_UP":
        size = writer.add("Floor", writer.add("Add", size, half))
    elif mode == "HALF_DOWN":
        size = writer.add("Ceil", writer.add("Sub", size, half))
    else:
        raise node.refused("it has another mode of rounding than those of QONNX")
    return writer.add("Mul", writer.add("Sign", y), size)


def _bits(node: Node, value: Array) -> int:
    """Return a number of bits. Raises InvalidNetworkError where there is no such number."""
    if value.size != 1 or not 1 <= value.item() <= _MAX_BITS or value.item() % 1:
        raise node.refused(f"its number of bits is not an integer from 1 to {_MAX_BITS}")
    return int(value.item())
