"""The values of a model by name, and the nodes that move them: none of their numbers is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.interchange.importing.onnx.graph import Model, Node
from nnc.interchange.importing.onnx.layers import Draft
from nnc.interchange.importing.onnx.linear import as_floats
from nnc.interchange.importing.onnx.steps import Steps
from nnc.interchange.importing.onnx.tables import run_node
from nnc.interchange.importing.onnx.values import (
    EXACT_BITS,
    Sums,
    Tensor,
    Value,
    in_integers,
    joined,
)

Array = NDArray[Any]
MOST = 1 << 26
_AFFINE = ("Add", "Sub", "Mul", "Div")


class Moving:
    """The values of a model by name, and the draft of the network that they lead to."""

    def __init__(self, model: Model, draft: Draft) -> None:
        self.model, self.draft = model, draft
        self.values: dict[str, Value] = dict(model.constants)
        self.steps = Steps(model, draft, self.values)
        self.is_open = False
        self.order: dict[str, int] = {}
        """The nodes that were applied, by what they give, in their order."""
        self._taken = {
            *model.constants,
            *(value.name for value in model.inputs),
            *(name for node in model.nodes for name in node.outputs),
        }

    def unused(self, name: str, word: str = "") -> str:
        """Return an unused name similar to one of the model."""
        count = len(self._taken)
        unused = f"{name}/{word or count}"
        while unused in self._taken:
            count += 1
            unused = f"{name}/{word}{count}"
        self._taken.add(unused)
        return unused

    def constant(self, node: Node, place: int) -> Array | None:
        """Return an operand that has to be a constant; None where it is left out."""
        if place >= len(node.inputs) or not node.inputs[place]:
            return None
        value = self.values.get(node.inputs[place])
        if not isinstance(value, np.ndarray):
            raise node.refused(f"its operand {place + 1} depends on the row")
        return value

    def checked(self, node: Node, tensor: Tensor) -> Tensor:
        """Return a tensor of sums; where the runtime rounds them, as sums of real numbers."""
        sums = tensor.sums
        if sums.weights.size > MOST:
            raise node.refused(f"its sums have over {MOST:,} weights")
        bits = EXACT_BITS.get(tensor.dtype, 0)
        if not sums.is_exact or (sums.sizes(self.draft.atoms) < 1 << bits).all():
            return tensor
        return replace(tensor, sums=as_floats(sums))

    def followed(self, node: Node, tensor: Tensor, factors: Sequence[tuple[str, Any]]) -> Tensor:
        """Let products or quotients follow sums, as the runtime rounds them."""
        if not factors:
            return tensor
        name = node.outputs[0]
        root = last = self.unused(name, "sums")
        chain = []
        for i, (op, number) in enumerate(factors):
            factor = self.unused(name)
            self.values[factor] = np.asarray(number, tensor.dtype)
            after = name if i == len(factors) - 1 else self.unused(name)
            chain.append(Node(op, "", node.label, (last, factor), (after,), {}, node.op))
            last = after
        return replace(tensor, root=root, chain=tuple(chain))

    # --------------------------------------------------------------------------- moving

    def moved(self, node: Node) -> Value:
        """Apply Reshape, Slice and similar nodes, which only move elements."""
        tensor = self.values[node.inputs[0]]
        if not isinstance(tensor, Tensor):
            raise node.refused("where it reads depends on the row")
        is_carried = self._is_affine(tensor.chain) and self.steps.linear(tensor) is None
        chain = tensor.chain if is_carried else ()
        scale = 1.0
        if is_carried:
            tensor = replace(tensor, chain=())
        else:
            tensor, scale = self.steps.in_units(tensor)
        more = [self.constant(node, i) for i in range(1, len(node.inputs))]
        if node.op in ("Expand", "Tile"):
            sizes = [int(x) for each in more if each is not None for x in each.reshape(-1)[:64]]
            if prod(max(abs(x), 1) for x in sizes) * len(tensor.sums) > MOST:
                raise node.refused(f"it gives over {MOST:,} numbers")
        places = run_node(node, [tensor.places, *more], self.model)
        moved = tensor.moved(node.outputs[0], places)
        if chain:
            return self._carried(node, tensor, moved, places, chain)
        return self.followed(node, moved, [("Mul", scale)] if scale != 1 else [])

    def _carried(
        self, node: Node, tensor: Tensor, moved: Tensor, places: Array, chain: tuple[Node, ...]
    ) -> Tensor:
        """Put the chain of sums behind those that were moved: its constants move as they do."""
        name = node.outputs[0]
        root = last = self.unused(name, "sums")
        nodes = []
        for i, each in enumerate(chain):
            reads = []
            for operand in each.inputs:
                value = self.values.get(operand)
                if not isinstance(value, np.ndarray):
                    reads.append(last)
                    continue
                reads.append(self.unused(name))
                spread = np.broadcast_to(value, tensor.shape).reshape(-1)
                self.values[reads[-1]] = spread[places.reshape(-1)].reshape(places.shape)
            last = name if i == len(chain) - 1 else self.unused(name)
            nodes.append(each._replace(inputs=tuple(reads), outputs=(last,)))
        return replace(moved, root=root, chain=tuple(nodes))

    def split(self, node: Node) -> dict[str, Value]:
        """Return the parts of a tensor, by their names."""
        value = self.values.get(node.inputs[0])
        sizes, axis = self.constant(node, 1), node.attributes.get("axis", 0)
        if sizes is not None and sizes.dtype.kind not in "iu":
            raise node.refused("its sizes are not integers")
        if not isinstance(value, (np.ndarray, Tensor)) or not (
            -len(value.shape) <= axis < len(value.shape)
        ):
            raise node.refused("there is nothing that it can split")
        whole, count = value.shape[axis], len(node.outputs)
        lengths = node.attributes.get("split") if sizes is None else sizes.reshape(-1).tolist()
        if lengths is None:
            part = -(-whole // max(count, 1))
            lengths = [max(min(part, whole - i * part), 0) for i in range(count)]
        if len(lengths) != count or sum(lengths) != whole or min(lengths) < 1:
            raise node.refused("its parts are not those of what it splits")
        ends = np.cumsum(lengths)[:-1]
        if isinstance(value, np.ndarray):
            return dict(zip(node.outputs, np.split(value, ends, axis), strict=True))
        plain = self.steps.plain(value)
        parts = np.split(plain.places, ends, axis)
        return {
            name: plain.moved(name, part) for name, part in zip(node.outputs, parts, strict=True)
        }

    def concat(self, node: Node) -> Value:
        """Return tensors one after the other."""
        parts, places, count = [], [], 0
        dtype = ""
        for name in node.inputs:
            value = self.values.get(name)
            if isinstance(value, Tensor):
                plain = self.steps.plain(value)
                sums, shape, dtype = plain.sums, plain.shape, plain.dtype
            elif isinstance(value, np.ndarray):
                sums, shape = self._of_constants(node, value), value.shape
            else:
                raise node.refused("it reads what is not known")
            parts.append(sums)
            places.append(np.arange(count, count + len(sums)).reshape(shape))
            count += len(sums)
        order = run_node(node, places, self.model)
        whole = joined(parts).take(order.reshape(-1))
        return Tensor(node.outputs[0], order.shape, dtype, whole, node.outputs[0])

    def _of_constants(self, node: Node, values: Array) -> Sums:
        result = in_integers(values.reshape(-1)) if values.dtype.kind in "fiub" else None
        if result is None:
            raise node.refused("it has constants that are no integers times a power of two")
        whole, exponent = result
        nothing = np.full((len(whole), 1), -1), np.zeros((len(whole), 1), np.int64)
        return Sums(*nothing, whole, 2.0**exponent)

    def pad(self, node: Node) -> Value:
        """Return a tensor with constants around it."""
        tensor = self.values[node.inputs[0]]
        if not isinstance(tensor, Tensor) or node.attributes.get("mode", "constant") != "constant":
            raise node.refused("only constants can be put around what depends on the row")
        tensor = self.steps.plain(tensor)
        pads = self.constant(node, 1)
        axes = self.constant(node, 3)
        filling = self.constant(node, 2)
        if pads is None or pads.size > 64 or np.abs(pads).max(initial=0) > MOST:
            raise node.refused("it has no sizes that can be read")
        if prod(n + int(abs(pads).sum()) for n in tensor.shape) > MOST:
            raise node.refused(f"it gives over {MOST:,} numbers")
        other = np.array(-1, np.int64)
        places = run_node(
            node, [tensor.places, pads, other, axes][: 4 if axes is not None else 3], self.model
        )
        value = np.zeros(1) if filling is None else filling.reshape(-1)[:1]
        sums = joined([tensor.sums, self._of_constants(node, value)])
        order = np.where(places < 0, len(tensor.sums), places)
        return Tensor(
            node.outputs[0],
            order.shape,
            tensor.dtype,
            sums.take(order.reshape(-1)),
            node.outputs[0],
        )

    def _is_affine(self, chain: Sequence[Node]) -> bool:
        """Check if a chain multiplies and adds constants, elementwise."""
        return bool(chain) and all(
            each.op in _AFFINE
            and sum(isinstance(self.values.get(name), np.ndarray) for name in each.inputs) == 1
            for each in chain
        )

    def shape(self, node: Node) -> Value:
        """Return the shape of a tensor, which is a constant."""
        value = self.values.get(node.inputs[0])
        shape = value.shape if isinstance(value, (Tensor, np.ndarray)) else ()
        start, end = node.attributes.get("start", 0), node.attributes.get("end", len(shape))
        return np.array(shape[start:end], np.int64)

    def same(self, node: Node) -> Value:
        """Return the operand of a node."""
        return self.values[node.inputs[0]]
