"""The values of a model by name, and the nodes that move them: none of their numbers is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from nnc.interchange.importing.onnx.graph import SMALLER, Array, Model, Node
from nnc.interchange.importing.onnx.layers import Draft
from nnc.interchange.importing.onnx.linear import as_floats
from nnc.interchange.importing.onnx.steps import Steps
from nnc.interchange.importing.onnx.tables import run_nodes
from nnc.interchange.importing.onnx.values import (
    EXACT_BITS,
    Sums,
    Tensor,
    Value,
    in_integers,
    joined,
)

MOST = 1 << 26
_MAX_DIMENSIONS = 128  # numbers of an operand that says sizes
_AFFINE = ("Add", "Sub", "Mul", "Div")


class Moving:
    """The values of a model by name, and the draft of the network that they lead to."""

    def __init__(self, model: Model, draft: Draft) -> None:
        self.model, self.draft = model, draft
        self.values: dict[str, Value] = dict(model.constants)
        self.steps = Steps(model, draft, self.values)
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
            reason = f"its operand {place + 1} depends on the row"
            raise node.refused(reason, "make it a constant of the model")
        return value

    def checked(self, node: Node, tensor: Tensor) -> Tensor:
        """Return a tensor of sums; where the runtime rounds them, as sums of real numbers."""
        sums = tensor.sums
        if sums.weights.size > MOST:
            raise node.refused(f"its sums have over {MOST:,} weights", SMALLER)
        bits = EXACT_BITS.get(tensor.dtype, 0)
        if not sums.is_exact or (sums.sizes(self.draft.atoms) < 1 << bits).all():
            return tensor
        return replace(tensor, sums=as_floats(sums))

    def followed(
        self, node: Node, tensor: Tensor, factors: Sequence[tuple[str, float | Array]]
    ) -> Tensor:
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

    def moved(self, node: Node) -> dict[str, Value]:
        """Apply a node that only moves elements: run it on their places, and take these."""
        moving = {"Concat": range(len(node.inputs)), "Pad": (0, 2)}.get(node.op, (0,))
        first = self.values.get(node.inputs[0])
        if len(moving) == 1 and not isinstance(first, Tensor):
            raise node.refused("where it reads depends on the row")
        chain: tuple[Node, ...] = ()
        scale, dtype = 1.0, ""
        parts: list[Sums] = []
        operands: list[Array | None] = []
        for i, name in enumerate(node.inputs):
            value = self.values.get(name)
            if i not in moving or not name:
                operands.append(self.constant(node, i))
                continue
            if isinstance(value, Tensor):
                if len(moving) > 1:
                    value = self.steps.plain(value)
                elif self._is_affine(value.chain) and self.steps.linear(value) is None:
                    chain, value = value.chain, replace(value, chain=())
                else:
                    value, scale = self.steps.in_units(value)
                sums, dtype = value.sums, value.dtype
            elif isinstance(value, np.ndarray):
                sums = self._of_constants(node, value)
            else:
                raise node.refused("it reads what is not known")
            count = sum(map(len, parts))
            operands.append(np.arange(count, count + len(sums)).reshape(value.shape))
            parts.append(sums)
        if node.op == "Pad" and len(parts) == 1:  # by default with zeros
            operands[2:3] = [np.array(len(parts[0]))]
            parts.append(self._of_constants(node, np.zeros(1)))
        places = operands[0]
        if places is None:
            raise node.refused("it reads what is not known")
        # the second number of Pad is a place: what is around
        self._check_size(node, places.shape, operands[1 : 2 if node.op == "Pad" else None])
        results = run_nodes(node, operands, self.model)
        source = Tensor(node.inputs[0], places.shape, dtype, joined(parts), node.inputs[0])
        result: dict[str, Value] = {}
        for name, order in zip(node.outputs, results, strict=True):
            moved = source.moved(name, order)
            if chain:
                result[name] = self._carried(node, source, moved, order, chain)
            else:
                factors = [("Mul", scale)] if scale != 1 else []
                result[name] = self.followed(node._replace(outputs=(name,)), moved, factors)
        return result

    def _check_size(self, node: Node, shape: tuple[int, ...], more: Sequence[Array | None]) -> None:
        """Refuse nodes that may give very many numbers."""
        sizes = [
            int(min(abs(x), MOST))
            for each in more
            if each is not None and each.dtype.kind in "iu" and each.size <= _MAX_DIMENSIONS
            for x in each.reshape(-1)
        ]
        total = prod(shape)
        if node.op in ("Expand", "Tile"):
            total *= prod(max(x, 1) for x in sizes)
        elif node.op == "Pad":
            total = prod(n + 2 * max(sizes, default=0) for n in shape)
        if total > MOST:
            raise node.refused(f"it gives over {MOST:,} numbers", SMALLER)

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

    def _of_constants(self, node: Node, values: Array) -> Sums:
        result = in_integers(values.reshape(-1)) if values.dtype.kind in "fiub" else None
        if result is None:
            raise node.refused("it has constants that are no integers times a power of two")
        whole, exponent = result
        nothing = np.full((len(whole), 1), -1), np.zeros((len(whole), 1), np.int64)
        return Sums(*nothing, whole, 2.0**exponent)

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
