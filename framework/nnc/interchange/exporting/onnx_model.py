"""A graph of ONNX as the bytes of a model, so that no library has to be there to write one.

The fields are those of onnx.proto, in the order of their numbers: what the library itself writes
when it reads a model and saves it. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from nnc.interchange.exporting.logic import Logic
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


class Column(NamedTuple):
    """A value of each row: a column of a tensor."""

    tensor: str
    place: int


class Columns:
    """A graph, and the columns in which its values are."""

    def __init__(self, logic: Logic, top: str) -> None:
        self._logic = logic
        self.graph = OnnxGraph(top)
        self._columns: dict[int, Column] = {}
        self._types: dict[str, tuple[str, int]] = {}
        """The type of each tensor, and how many columns it has."""

    def _column(self, signal: int) -> Column:
        if signal in (0, 1):
            return self._constant(is_on=bool(signal))
        return self._columns[signal]

    def _constant(self, *, is_on: bool) -> Column:
        """Return a column of one bit for every row; without inputs there is one row."""
        both = self.graph.constant(np.array([[False, True]]), "constants")
        if not self._logic.plan.inputs:
            self._types[both] = "bool", 2
            return Column(both, is_on)
        rows = self._node("Shape", [next(iter(self._logic.plan.inputs))], "rows", start=0, end=1)
        two = self.graph.constant(np.array([2], np.int64), "two")
        shape = self._node("Concat", [rows, two], "rows_of_constants", axis=0)
        return Column(self._made("Expand", [both, shape], "constants", "bool", 2), is_on)

    def _gathered(self, columns: Sequence[Column], type_: str | None = None) -> str:
        """Return columns side by side as one tensor, of this type."""
        runs = sum(a.tensor != b.tensor for a, b in pairwise(columns)) + 1
        if runs > len({column.tensor for column in columns}):  # so that each is gathered once
            order = sorted(set(columns))
            places_of = {column: place for place, column in enumerate(order)}
            joined = self._gathered(order, type_)
            return self._gathered([Column(joined, places_of[column]) for column in columns])
        pieces, kinds = [], []
        for tensor, run in groupby(columns, key=lambda column: column.tensor):
            places = [column.place for column in run]
            kind, width = self._types[tensor]
            kinds.append(kind)
            if places != list(range(width)):
                held = self.graph.constant(np.array(places, np.int32), "places")
                tensor = self._made("Gather", [tensor, held], "gathered", kind, len(places), axis=1)
            pieces.append(tensor if type_ in (None, kind) else self._cast(tensor, type_))
        if len(pieces) == 1:
            return pieces[0]
        return self._made("Concat", pieces, "joined", type_ or kinds[0], len(columns), axis=1)

    def _cast(self, tensor: str, type_: str | None) -> str:
        assert type_ is not None
        cast = self._node("Cast", [tensor], f"{tensor}.{type_}", to=TYPES[type_])
        if tensor in self._types:
            self._types[cast] = type_, self._types[tensor][1]
        return cast

    def _axis(self, axis: int) -> str:
        return self.graph.constant(np.array([axis], np.int64), f"axis{axis}")

    def _made(
        self, op: str, inputs: Sequence[str], stem: str, type_: str, width: int, **more: int
    ) -> str:
        """Make a tensor with columns."""
        name = self._node(op, inputs, stem, **more)
        self._types[name] = type_, width
        return name

    def _node(self, op: str, inputs: Sequence[str], stem: str, **more: Attribute) -> str:
        return self.graph.node(op, inputs, stem, **more)

    def _reshaped(self, tensor: str, shape: Sequence[int], stem: str) -> str:
        """Return the values of each row in another shape."""
        sizes = self.graph.constant(np.array([0, *shape], np.int64), f"{stem}.shape")
        return self._node("Reshape", [tensor, sizes], stem)
