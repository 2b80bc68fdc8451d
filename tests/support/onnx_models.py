"""Models of ONNX for tests, and what onnxruntime gives for rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]


class Maker:
    """A model that grows node by node; a constant is an operand that is an array."""

    def __init__(self, *inputs: tuple[str, int, Sequence[int | str]]) -> None:
        self.inputs = [helper.make_tensor_value_info(*each) for each in inputs]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, *operands: Any, domain: str = "", outputs: int = 1, **more: Any) -> str:
        """Add a node, and give the name of its first output."""
        names = []
        for each in operands:
            if isinstance(each, str):
                names.append(each)
                continue
            name = f"c{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(np.asarray(each), name))
            names.append(name)
        given = [f"v{len(self.nodes)}{'abc'[i] if i else ''}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, names, given, given[0], domain=domain, **more))
        return given[0]

    def model(self, *outputs: str, opset: int = 19) -> bytes:
        """Give the bytes of the model."""
        graph = helper.make_graph(
            self.nodes,
            "made",
            self.inputs,
            [onnx.ValueInfoProto(name=name) for name in outputs],
            self.constants,
        )
        versions = {"": opset, "ai.onnx.ml": 3}
        more = {each.domain: 1 for each in self.nodes if each.domain not in versions}
        opsets = [helper.make_opsetid(*each) for each in (versions | more).items()]
        inferred = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        model = onnx.shape_inference.infer_shapes(inferred)
        known = {each.name: each for each in model.graph.value_info}
        for output in model.graph.output:
            other = helper.make_tensor_value_info(output.name, TensorProto.FLOAT, [])
            output.CopyFrom(known.get(output.name, other))
        data: bytes = model.SerializeToString(deterministic=True)
        return data


def run(data: bytes, rows: Mapping[str, Array]) -> dict[str, Array]:
    """Give the outputs of a model for rows."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(data, options)
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, dict(rows)), strict=True))


def binarised(sizes: Sequence[int], seed: int = 0, kind: int = TensorProto.FLOAT) -> bytes:
    """Make a binarised network: products, BatchNormalization, Where, and ArgMax."""
    rng = np.random.default_rng(seed)
    made = Maker(("x", kind, ["N", sizes[0]]))
    x = "x" if kind == TensorProto.FLOAT else made.add("Cast", "x", to=TensorProto.FLOAT)
    for fan_in, size in pairwise(sizes[:-1]):
        x = made.add("MatMul", x, rng.choice([-1, 1], (fan_in, size)).astype(np.float32))
        numbers = (
            rng.uniform(0.5, 2, size) * rng.choice([-1, 1], size), rng.normal(0, 1, size),
            rng.normal(0, 5, size), rng.uniform(10, 200, size),
        )  # fmt: skip
        x = made.add("BatchNormalization", x, *(each.astype(np.float32) for each in numbers))
        x = made.add("GreaterOrEqual", x, np.float32(0))
        x = made.add("Where", x, np.float32(1), np.float32(-1))
    x = made.add("MatMul", x, rng.choice([-1, 1], sizes[-2:]).astype(np.float32))
    return made.model(made.add("ArgMax", x, axis=1, keepdims=0))


def drawn(rng: np.random.Generator) -> tuple[bytes, str, Array]:
    """Draw a model of products and chains, which integers its input may be, and rows of these."""
    width = int(rng.integers(2, 8))
    made, x = Maker(("x", TensorProto.FLOAT, ["N", width])), "x"
    words, values = [("0..1", [0, 1]), ("-1|1", [-1, 1]), ("0..3", [0, 1, 2, 3])][rng.integers(3)]
    fan_in = width
    for _ in range(rng.integers(1, 4)):
        size = int(rng.integers(1, 6))
        weights = rng.integers(-3, 4, (fan_in, size)) * rng.choice([0.5, 1, 2])
        bias = rng.integers(-3, 4, size) if rng.random() < 0.5 else rng.normal(size=size)
        if rng.random() < 0.4:
            x = made.add("Gemm", x, weights.astype(np.float32), bias.astype(np.float32))
        else:
            x = made.add("MatMul", x, weights.astype(np.float32))
        for _ in range(rng.integers(0, 4)):
            x = _elementwise(made, x, size, rng)
        fan_in = size
    outputs = [x]
    if fan_in > 1 and rng.random() < 0.6:
        outputs = [made.add("ArgMax", x, axis=1, keepdims=0)]
    if rng.random() < 0.3:
        outputs.append(made.add("Greater", x, np.float32(0)))
    grid = np.array(np.meshgrid(*[values] * width)).reshape(width, -1).T
    rows = grid if len(grid) <= 300 else rng.permutation(grid)[:300]
    return made.model(*outputs), words, rows


def _elementwise(made: Maker, x: str, size: int, rng: np.random.Generator) -> str:
    def numbers() -> Array:
        kinds = (rng.integers(-4, 5), rng.integers(-4, 5, size), rng.normal(size=size) * 3)
        return np.asarray(kinds[rng.integers(3)], np.float32)

    op = rng.choice(["one", "two", "compare", "clip", "normalise", "round"])
    if op == "one":
        return made.add(
            str(rng.choice(["Sign", "Relu", "Abs", "Neg", "HardSigmoid", "Identity"])), x
        )
    if op == "two":
        operands = (x, numbers()) if rng.random() < 0.7 else (numbers(), x)
        return made.add(str(rng.choice(["Add", "Sub", "Mul", "Max", "Min"])), *operands)
    if op == "compare":
        rule = rng.choice(["Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"])
        return made.add("Where", made.add(str(rule), x, numbers()), numbers(), numbers())
    if op == "clip":
        return made.add("Clip", x, np.float32(-2), np.float32(2))
    if op == "round":
        scaled = made.add("Div", x, rng.choice([2, 4, 3, -1.5], size).astype(np.float32))
        return made.add(str(rng.choice(["Round", "Floor", "Ceil"])), scaled)
    moments = [rng.normal(size=size).astype(np.float32) for _ in range(3)]
    return made.add("BatchNormalization", x, *moments, rng.uniform(0.1, 4, size).astype(np.float32))
