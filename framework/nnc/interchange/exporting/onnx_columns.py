"""Columns of the tensors of a model of ONNX: each value of a row is a place in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from nnc.interchange.exporting.logic import Logic
from nnc.interchange.exporting.onnx_model import TYPES, Attribute, OnnxGraph
from nnc.lazy import np


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
