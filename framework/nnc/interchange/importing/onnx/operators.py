"""The nodes of a model, one by one: constants are folded, and values of rows become sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from nnc.interchange.importing.onnx.chains import MONOTONE
from nnc.interchange.importing.onnx.graph import QONNX, SMALLER, Array, Model, Node
from nnc.interchange.importing.onnx.layers import Draft, Rule
from nnc.interchange.importing.onnx.linear import (
    as_floats,
    conv,
    in_floats,
    is_affine,
    product,
    scaled,
    shifted,
)
from nnc.interchange.importing.onnx.moving import MOST
from nnc.interchange.importing.onnx.pooling import CHANNELLED, Pooling
from nnc.interchange.importing.onnx.quantizers import Writer, write_nodes
from nnc.interchange.importing.onnx.steps import ROWWISE
from nnc.interchange.importing.onnx.tables import run_nodes
from nnc.interchange.importing.onnx.values import (
    EXACT_BITS,
    Choice,
    Tensor,
    Value,
    added,
    in_units,
)

_ELEMENTWISE = frozenset(
    """
Abs Add And BatchNormalization BitShift Cast Ceil Celu Clip DequantizeLinear Div Elu Equal Erf Exp
Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf LeakyRelu Less LessOrEqual
Log Max Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear Reciprocal Relu Round Scaler Selu
Shrink Sigmoid Sign Softplus Softsign Sqrt Sub Tanh ThresholdedRelu Where Xor
""".split()
)
_MOVING = frozenset(
    """
Concat DepthToSpace Expand Flatten Gather GatherElements Pad Reshape Slice SpaceToDepth Split
Squeeze Tile Transpose Unsqueeze
""".split()
)
_CONSTANT = _ELEMENTWISE | (_MOVING - {"Pad"}) | frozenset("""
Constant ConstantOfShape Gemm MatMul ReduceMax ReduceMin ReduceProd ReduceSum Shape Size
Range
""".split())  # fmt: skip
_LOGIC = {"And": ("Greater", 1), "Or": ("Greater", 0), "Xor": ("Equal", 1)}
"""The comparison with the number of ones among two bits."""
_BITS = 2
_CAST_TO = {1: "float32", 6: "int32", 7: "int64", 10: "float16", 11: "float64"}
_POOLING = tuple(
    """
AveragePool GlobalAveragePool GlobalMaxPool MaxPool ReduceMax ReduceMean ReduceMin ReduceSum
""".split()
)
_SAME = ("Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Flatten")


class Operators(Pooling):
    """All operators, by their names."""

    def __init__(self, model: Model, draft: Draft) -> None:
        super().__init__(model, draft)
        self._ways: Mapping[str, Callable[[Node], Value]] = {
            "MatMul": self._product, "Gemm": self._product, "MatMulInteger": self._product,
            "Conv": self._conv, "ConvInteger": self._conv, "ArgMax": self._largest,
            "Shape": self.shape,
            "Dropout": self.same, "Softmax": self._rowwise, "LogSoftmax": self._rowwise,
            "ArrayFeatureExtractor": self._labels, **dict.fromkeys(_POOLING, self.pooled),
        }  # fmt: skip

    def apply(self, node: Node) -> None:
        """Compute the outputs of a node. Raises InvalidNetworkError if a network cannot hold it."""
        if node.domain in QONNX:
            self._quantize(node)
            return
        if self.follows_pool(node):
            return
        self.order[node.outputs[0]] = len(self.order)
        operands = [self.values.get(name) for name in node.inputs]
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        if any(isinstance(operand, Choice) for operand in operands):
            value = self._of_choice(node, operands)
        elif node.op in self._ways and (tensors or node.op == "Shape"):
            value = self._ways[node.op](node)
        elif not tensors:
            self.values.update(self._folded(node, operands))
            return
        elif node.op in _MOVING:
            self.values.update(self.moved(node))
            return
        elif node.op in _ELEMENTWISE:
            value = self._elementwise(node, tensors)
        else:
            raise node.refused("a network of thresholds cannot hold it")
        self.values[node.outputs[0]] = value

    def _quantize(self, node: Node) -> None:
        """Apply the nodes that a node of QONNX stands for."""
        value = self.values.get(node.inputs[0])
        if isinstance(value, Choice) or value is None:
            raise node.refused("it reads which sum is largest, which can only be given")
        operands = [
            None if name == node.inputs[0] else self.constant(node, i)
            for i, name in enumerate(node.inputs)
        ]
        writer = Writer(node, self.unused, self.model.opsets.get("", 1))
        write_nodes(node, operands, len(value.shape), writer)
        self.values.update(writer.constants)
        for each in writer.nodes:
            self.apply(each)

    # ------------------------------------------------------------------------- constants

    def _folded(self, node: Node, operands: list[Value | None]) -> dict[str, Value]:
        arrays = [operand for operand in operands if isinstance(operand, np.ndarray)]
        known = [name for name in node.inputs if name]
        if len(arrays) < len(known):
            raise node.refused("it reads what is not known")
        if node.op not in _CONSTANT or (len(node.outputs) != 1 and node.op != "Split"):
            raise node.refused("it cannot be calculated beforehand")
        sizes = [max(array.size, 1) for array in arrays]
        largest = prod(sizes) if node.op in _ELEMENTWISE else sum(sizes)
        if node.op in ("Expand", "ConstantOfShape", "Tile", "Range") and arrays:
            whole = [
                int(min(abs(x), MOST)) + 1
                for a in arrays[-2:]
                for x in a.reshape(-1)[:64]
                if a.dtype.kind in "iu"
            ]
            largest = max(sizes) * prod(min(x, MOST) for x in whole)
        if node.op in ("MatMul", "Gemm"):
            largest = sizes[0] * sizes[-1]
        if largest > MOST:
            raise node.refused(
                f"the constant that it gives may have over {MOST:,} numbers", SMALLER
            )
        feeds = [operand if isinstance(operand, np.ndarray) else None for operand in operands]
        return dict(zip(node.outputs, run_nodes(node, feeds, self.model), strict=True))

    # --------------------------------------------------------------------- elementwise

    def _elementwise(self, node: Node, tensors: list[Tensor]) -> Value:
        first = tensors[0]
        if any(tensor.root != first.root for tensor in tensors):
            tensors = [self.steps.plain(tensor) for tensor in tensors]
            if node.op in ("Add", "Sub") and len(tensors) == len(node.inputs) == 2:
                return self._added(node, tensors)
            if node.op in _LOGIC and len(tensors) == len(node.inputs):
                return self._combined(node, tensors)
            raise node.refused("it reads two sums that depend on the row")
        if any(tensor.shape != first.shape for tensor in tensors):
            raise node.refused("it repeats what depends on the row")
        same = self._unchanged(node, first) if len(tensors) == 1 else None
        if same is not None:
            return same
        is_channelled = node.op in CHANNELLED
        for name in node.inputs:
            value = self.values.get(name)
            if isinstance(value, np.ndarray) and not is_channelled:
                self._check_broadcast(node, first, value)
        if is_channelled and first.shape[:1] != (1,):
            raise node.refused("its first dimension is not that of the rows")
        if not first.sums.is_exact:
            return self._of_reals(node, first)
        nodes = {n.outputs[0]: n for tensor in tensors for n in tensor.chain}
        chain = sorted(nodes.values(), key=lambda n: self.order.get(n.outputs[0], -1))
        return Tensor(
            node.outputs[0], first.shape, first.dtype, first.sums, first.root, (*chain, node)
        )

    def _unchanged(self, node: Node, tensor: Tensor) -> Tensor | None:
        """Apply Identity, and Cast to a type that holds the sums; None for other nodes."""
        if tensor.chain or node.op not in ("Identity", "Cast"):
            return None
        dtype = tensor.dtype
        if node.op == "Cast":
            dtype = _CAST_TO.get(node.attributes.get("to", 0), "")
            sums, bits = tensor.sums, EXACT_BITS.get(dtype, 0)
            is_whole = sums.unit >= 1 or dtype.startswith("float")
            if not sums.is_exact or not is_whole:
                return None
            if (sums.sizes(self.draft.atoms) * max(sums.unit, 1) >= 1 << bits).any():
                return None
        name = node.outputs[0]
        return replace(tensor, name=name, root=name, dtype=dtype)

    def _check_broadcast(self, node: Node, tensor: Tensor, value: Array) -> None:
        try:
            shape = np.broadcast_shapes(tensor.shape, value.shape)
        except ValueError:
            raise node.refused("the shapes of its operands do not fit") from None
        if shape != tensor.shape:
            raise node.refused("it repeats what depends on the row")

    def _of_reals(self, node: Node, tensor: Tensor) -> Tensor:
        """Apply a node to sums that are rounded: affine, a comparison, or one of a chain."""
        if not tensor.chain and is_affine(replace(tensor, chain=(node,))):
            sums = in_floats(tensor.sums, tensor.shape, node, self.values)
            return Tensor(node.outputs[0], tensor.shape, tensor.dtype, sums, node.outputs[0])
        compared = {"Greater": 1, "GreaterOrEqual": 1, "Less": -1, "LessOrEqual": -1}
        limits = self.values.get(node.inputs[-1])
        is_chained = tensor.chain or tensor.sums.window  # which may become a convolution
        if is_chained or node.op not in compared or not isinstance(limits, np.ndarray):
            if node.op not in MONOTONE:
                raise self.steps.rounded(node)
            return replace(tensor, name=node.outputs[0], chain=(*tensor.chain, node))
        self.steps.is_near = True
        sums = tensor.sums
        level = np.broadcast_to(limits.astype(np.float64), tensor.shape).reshape(-1)
        turned = np.full(len(sums), compared[node.op] < 0)
        rule = Rule(level, turned, is_strict=node.op in ("Greater", "Less"))
        atoms = self.draft.add_layer(node.outputs[0], sums, rule)
        return self.steps.of_atoms(node.outputs[0], tensor.shape, "bool", atoms)

    def _combined(self, node: Node, tensors: list[Tensor]) -> Tensor:
        """Combine two bits by the number of ones."""
        total = self._added(node, tensors)
        for tensor in tensors:
            reach = tensor.sums.reach(self.draft.atoms)
            if tensor.sums.unit != 1 or reach.least.any() or (reach.counts > _BITS).any():
                raise node.refused("it reads two sums that depend on the row")
        name = node.outputs[0]
        root, limit = self.unused(name, "sum"), self.unused(name, "limit")
        op, count = _LOGIC[node.op]
        self.values[limit] = np.array(count)
        compared = Node(op, "", node.label, (root, limit), (name,), {})
        return Tensor(name, total.shape, "int64", total.sums, root, (compared,))

    def _added(self, node: Node, tensors: list[Tensor]) -> Tensor:
        first, second = tensors
        if first.shape != second.shape:
            raise node.refused("the shapes of its operands differ")
        sums = added(first.sums, second.sums, -1 if node.op == "Sub" else 1)
        name = node.outputs[0]
        dtype = "int64" if first.dtype == "bool" else first.dtype
        return self.checked(node, Tensor(name, first.shape, dtype, sums, name))

    # ------------------------------------------------------------------------- neurons

    def of_input(
        self, name: str, shape: tuple[int, ...], dtype: str, atoms: Array, *, is_exact: bool
    ) -> None:
        """Note the atoms of an input; they are not exact where they may be any number."""
        self.steps.open_input = self.steps.open_input or ("" if is_exact else name)
        tensor = self.steps.of_atoms(name, shape, dtype, atoms)
        sums = tensor.sums if is_exact else replace(as_floats(tensor.sums), is_exact=False)
        self.values[name] = replace(tensor, sums=sums)

    # ------------------------------------------------------------------------------ sums

    def _product(self, node: Node) -> Value:
        operands: list[Any] = []
        scale = 1.0
        for name in node.inputs:
            value = self.values.get(name) if name else None
            if isinstance(value, Tensor):
                value, factor = self.steps.in_units(value)
                scale *= factor
            operands.append(value)
        first, weights, *more = operands
        if not isinstance(weights, np.ndarray):
            tensor, bias = product(node, operands)
            return self._with_bias(node, self._multiplied(node, tensor, scale), bias)
        axis = 0 if node.op == "Gemm" and node.attributes.get("transB", 0) else weights.ndim - 1
        return self._weighted(
            node, weights, axis, scale, lambda matrix: product(node, [first, matrix, *more])
        )

    def _weighted(
        self,
        node: Node,
        weights: Array,
        axis: int,
        scale: float,
        weigh: Callable[[Array], tuple[Tensor, Array | None]],
    ) -> Tensor:
        """Return weighted sums; where weights were quantized, as integers times their scale.

        `scale` is that of what is added up, and places of the axis are those of the sums.
        """
        tensor, bias = weigh(weights)
        tensor = self._multiplied(node, self.checked(node, tensor), scale)
        if tensor.sums.is_exact or node.attributes.get("alpha", 1.0) != 1:
            return self._with_bias(node, tensor, bias)
        quantized = in_units(weights, axis)
        if quantized is None:
            return self._with_bias(node, tensor, bias)
        whole, scales = quantized
        units = self.checked(node, weigh(whole.astype(weights.dtype))[0])
        if not units.sums.is_exact:
            return self._with_bias(node, tensor, bias)
        self.steps.is_near = True
        name = node.outputs[0]
        root = self.unused(name, "sums")
        middle, factor, constant = (self.unused(name) for _ in range(3))
        channels = scales.reshape(-1, *[1] * (len(units.shape) - 2 if node.op == "Conv" else 0))
        self.values[factor] = (channels * scale).astype(units.dtype)
        last = name if bias is None else middle
        chain = [Node("Mul", "", node.label, (root, factor), (last,), {}, node.op)]
        if bias is not None:
            self.values[constant] = np.ascontiguousarray(bias)
            chain.append(Node("Add", "", node.label, (last, constant), (name,), {}, node.op))
        return replace(units, name=name, root=root, chain=tuple(chain))

    def _multiplied(self, node: Node, tensor: Tensor, scale: float) -> Tensor:
        if scale == 1:
            return tensor
        sums = scaled(tensor.sums, np.full(len(tensor.sums), scale))
        return self.checked(node, replace(tensor, sums=sums))

    def _with_bias(self, node: Node, tensor: Tensor, bias: Array | None) -> Tensor:
        """Add constants to sums: as integers where that is exact, else as the runtime rounds it."""
        if bias is None:
            return tensor
        sums = shifted(tensor.sums, bias.reshape(-1).astype(np.float64))
        exact = self.checked(node, replace(tensor, sums=sums))
        if exact.sums.is_exact or not tensor.sums.is_exact:
            return exact
        name = node.outputs[0]
        root, constant = self.unused(name, "sums"), self.unused(name, "bias")
        self.values[constant] = np.ascontiguousarray(bias)
        self.steps.biases[root] = constant
        add = Node("Add", "", node.label, (root, constant), (name,), {})
        return replace(tensor, root=root, chain=(add,))

    def _conv(self, node: Node) -> Value:
        tensor = self.values.get(node.inputs[0])
        if not isinstance(tensor, Tensor):
            raise node.refused("its weights depend on the row")
        kernel, *more = (self.constant(node, i) for i in range(1, len(node.inputs)))
        if kernel is None or not kernel.ndim:
            raise node.refused("the shapes of its operands do not fit")
        plain, scale = self.steps.in_units(tensor)
        return self._weighted(
            node, kernel, 0, scale, lambda weights: conv(node, plain, [weights, *more])
        )

    # --------------------------------------------------------------------------- largest

    def _rowwise(self, node: Node) -> Value:
        tensor = self.values[node.inputs[0]]
        assert isinstance(tensor, Tensor)
        return replace(tensor, name=node.outputs[0], chain=(*tensor.chain, node))

    def _largest(self, node: Node) -> Value:
        tensor = self.values[node.inputs[0]]
        assert isinstance(tensor, Tensor)
        axis = node.attributes.get("axis", 0)
        rank = len(tensor.shape)
        if (
            not -rank <= axis < rank
            or tensor.shape[axis] != len(tensor.sums)
            or len(tensor.sums) < 2
        ):
            raise node.refused("it is not over all sums of a row")
        if node.attributes.get("select_last_index", 0):
            raise node.refused("it takes the last of equals, and `largest` the first")
        ranked = self.ranked(tensor)
        self.steps.is_near |= not ranked.sums.is_exact
        return Choice(ranked)

    def ranked(self, tensor: Tensor) -> Tensor:
        """Return sums as numbers: those of the chain where it is linear, rounded or not."""
        name = tensor.name
        while tensor.chain and tensor.chain[-1].op in ROWWISE:
            # it keeps the order, but for sums that it rounds to one number
            self.steps.is_near = True
            tensor = replace(tensor, chain=tensor.chain[:-1])
        if not tensor.chain:
            return tensor
        plain = self.steps.plain(replace(tensor, name=tensor.chain[-1].outputs[0]))
        return replace(plain, name=name, root=name)

    def _of_choice(self, node: Node, operands: list[Value | None]) -> Value:
        first = operands[0]
        if node.op in _SAME and isinstance(first, Choice):
            return first
        if node.op in ("Gather", "ArrayFeatureExtractor"):
            return self._labels(node)
        raise node.refused("it reads which sum is largest, which can only be given")

    def _labels(self, node: Node) -> Value:
        labels, choice = (self.values.get(name) for name in node.inputs[:2])
        if not isinstance(labels, np.ndarray) or not isinstance(choice, Choice):
            raise node.refused("only labels can be chosen by a row")
        texts = tuple(str(each) for each in labels.reshape(-1).tolist())
        if len(texts) != len(choice.tensor.sums) or len(set(texts)) != len(texts) or choice.labels:
            raise node.refused("it has not one label for each sum")
        return replace(choice, labels=texts)
