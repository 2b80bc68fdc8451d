"""A graph of ONNX as the bytes of a model, so that no library has to be there to write one.

The fields are those of onnx.proto, in the order of their numbers: what the library itself writes
when it reads a model and saves it. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnc.interchange.exporting.wording import Names
from nnc.lazy import np
from nnc.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET, IR_VERSION = 19, 9
"""The first opset whose Equal compares texts, and the version of the form that goes with it."""
TYPES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "str": 8,
    "bool": 9, "float64": 11,
}  # fmt: skip
"""The types of tensors by their number in onnx.proto."""
BATCH = "N"
Attribute = int | str | Sequence[int]
_INT, _STRING, _INTS = 2, 3, 7


@dataclass
class OnnxGraph:
    """A graph that is written node by node; equal nodes and equal constants are there once."""

    name: str
    _nodes: list[bytes] = field(default_factory=list)
    _constants: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)
    _known: dict[Any, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)

    def add_input(self, name: str, type_: str, size: int | None, about: str) -> None:
        """Declare an input: one number, or several, a row."""
        self._inputs.append(_value(name, type_, size, about))

    def add_output(self, name: str, type_: str, size: int | None, about: str) -> None:
        """Declare an output, which a node or an input gives."""
        self._outputs.append(_value(name, type_, size, about))

    def constant(self, values: NDArray[Any] | Sequence[str], stem: str) -> str:
        """Return the name of a constant."""
        tensor = _tensor(values)
        if tensor not in self._known:
            name = self._known[tensor] = self.names.made(stem)
            # the name has the number 8, and stands before the numbers, which have the number 9
            self._constants.append(tensor[0] + _text(8, name) + tensor[1])
        return self._known[tensor]

    def node(self, op: str, inputs: Sequence[str], stem: str, **attributes: Attribute) -> str:
        """Return the name of what a node gives, which is made if there is none like it."""
        key = (op, *inputs, *sorted((name, _held(value)) for name, value in attributes.items()))
        if key not in self._known:
            self._known[key] = self.named(op, inputs, self.names.made(stem), **attributes)
        return self._known[key]

    def named(self, op: str, inputs: Sequence[str], name: str, **attributes: Attribute) -> str:
        """Make a node that gives a value of this name, and return the name."""
        words = [_text(1, each) for each in inputs]
        words += [_text(2, name), _text(3, name), _text(4, op)]
        words += [_field(5, _attribute(key, attributes[key])) for key in sorted(attributes)]
        self._nodes.append(b"".join(words))
        return name

    def encoded(self) -> bytes:
        """Return the graph as it stands in a model."""
        parts = [_field(1, node) for node in self._nodes]
        parts.append(_text(2, self.name))
        parts += [_field(5, constant) for constant in self._constants]
        parts += [_field(11, value) for value in self._inputs]
        parts += [_field(12, value) for value in self._outputs]
        return b"".join(parts)

    def model(self, about: str, metadata: Iterable[tuple[str, str]]) -> bytes:
        """Return the model: the graph, and its description."""
        parts = [
            _number(1, IR_VERSION),
            _text(2, "nnc"),
            _text(3, VERSION),
            _text(6, about),
            _field(7, self.encoded()),
            _field(8, _text(1, "") + _number(2, OPSET)),
        ]
        parts += [_field(14, _text(1, key) + _text(2, value)) for key, value in metadata]
        return b"".join(parts)


# ------------------------------------------------------------------------------- messages


def _held(value: Attribute) -> Attribute:
    return value if isinstance(value, (int, str)) else tuple(value)


def _value(name: str, type_: str, size: int | None, about: str) -> bytes:
    dimensions = [_text(2, BATCH)] + ([] if size is None else [_number(1, size)])
    shape = b"".join(_field(1, dimension) for dimension in dimensions)
    tensor = _number(1, TYPES[type_]) + _field(2, shape)
    return _text(1, name) + _field(2, _field(1, tensor)) + _text(3, about)


def _tensor(values: NDArray[Any] | Sequence[str]) -> tuple[bytes, bytes]:
    """Return what stands before the name of a constant, and what stands behind it."""
    if isinstance(values, np.ndarray):
        data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False)
        before = b"".join(_number(1, size) for size in values.shape)
        return before + _number(2, TYPES[values.dtype.name]), _field(9, data.tobytes())
    texts = b"".join(_text(6, text) for text in values)
    return _number(1, len(values)) + _number(2, TYPES["str"]) + texts, b""


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        held, kind = _number(3, value), _INT
    elif isinstance(value, str):
        held, kind = _text(4, value), _STRING
    else:
        held, kind = b"".join(_number(8, each) for each in value), _INTS
    return _text(1, name) + held + _number(20, kind)


def _text(place: int, text: str) -> bytes:
    return _field(place, text.encode())


def _field(place: int, data: bytes) -> bytes:
    return _varint(place << 3 | 2) + _varint(len(data)) + data


def _number(place: int, value: int) -> bytes:
    return _varint(place << 3) + _varint(value & (1 << 64) - 1)


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)
