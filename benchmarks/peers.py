"""Networks of bits in the usual libraries: each built as who knows the library would, one thread.

Functions take and give uint8, those of NumPy, SciPy and torch take int8; `rows x n` is one row
after the other, `n x rows` one signal after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.large_networks import INPUTS, LEVELS
from benchmarks.measuring import installed
from benchmarks.networks import Gate

if TYPE_CHECKING:
    from pathlib import Path

Array = NDArray[Any]
Run = Callable[[Array], Array]
TILE = 1024  # rows that the ways of NumPy, SciPy and torch take at once, to stay in the cache


def has(*names: str) -> bool:
    """Tell whether distributions are installed."""
    return all(map(installed, names))


def in_tiles(run: Run, tile: int = TILE) -> Run:
    """Run a function of n x rows on some rows at a time."""

    def tiled(rows: Array) -> Array:
        count = rows.shape[1]
        first = run(rows[:, :tile])
        if count <= tile:
            return first
        whole = np.empty((len(first), count), first.dtype)
        whole[:, :tile] = first
        for start in range(tile, count, tile):
            whole[:, start : start + tile] = run(rows[:, start : start + tile])
        return whole

    return tiled


# ------------------------------------------------------------------------- sparse networks


class Levels:
    """The gates of a network by level, and a place for every signal: inputs, then gates."""

    def __init__(self, gates: Sequence[Gate], inputs: Sequence[str]) -> None:
        self.inputs = len(inputs)
        level = dict.fromkeys(inputs, 0)
        by_level: dict[int, list[Gate]] = defaultdict(list)
        for gate in gates:
            level[gate.name] = 1 + max(level[source] for source in gate.weights)
            by_level[level[gate.name]].append(gate)
        self.gates = [by_level[number] for number in sorted(by_level)]
        names = [*inputs, *(gate.name for some in self.gates for gate in some)]
        self.place = {name: i for i, name in enumerate(names)}
        self.starts = [0]  # the first place of each level, that of the inputs 0
        for size in (len(inputs), *map(len, self.gates)):
            self.starts.append(self.starts[-1] + size)
        self.level = level

    def outputs(self, names: Sequence[str]) -> Array:
        """Give the places of signals."""
        return np.array([self.place[name] for name in names])

    def matrix(self, gates: Sequence[Gate], sources: Sequence[int]) -> Array:
        """Give the weights of gates as int8, gates x sources."""
        column = {source: i for i, source in enumerate(sources)}
        weights = np.zeros((len(gates), len(sources)), np.int8)
        for row, gate in zip(weights, gates, strict=True):
            for name, weight in gate.weights.items():
                row[column[self.place[name]]] = weight
        return weights


def _by_fan_in(levels: Levels) -> list[tuple[Array, Array, Array, Array]]:
    """Give for the gates of one level and fan-in: places, sources, weights and thresholds.

    Sources and weights are fan-in x gates.
    """
    steps = []
    for gates in levels.gates:
        for size in sorted({len(gate.weights) for gate in gates}):
            some = [gate for gate in gates if len(gate.weights) == size]
            sources = [[levels.place[source] for source in gate.weights] for gate in some]
            steps.append((
                levels.outputs([gate.name for gate in some]),
                np.array(sources).T,
                np.array([[*gate.weights.values()] for gate in some], np.int8).T,
                np.array([gate.threshold for gate in some], np.int8),
            ))  # fmt: skip
    return steps


def numpy_gathers(gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str]) -> Run:
    """NumPy, n x rows: per level and fan-in a gather, product and sum for each source, in int8."""
    levels = Levels(gates, inputs)
    wanted = levels.outputs(outputs)
    steps = [
        (made, sources, weights[:, :, None], thresholds[:, None])
        for made, sources, weights, thresholds in _by_fan_in(levels)
    ]

    def run(tile: Array) -> Array:
        signals = np.empty((len(levels.place), tile.shape[1]), np.int8)
        signals[: len(tile)] = tile
        for made, sources, weights, thresholds in steps:
            total = signals[sources[0]] * weights[0]
            for source, weight in zip(sources[1:], weights[1:], strict=True):
                total += signals[source] * weight
            signals[made] = total > thresholds
        return signals[wanted].view(np.uint8)

    return in_tiles(run)


def numpy_loop(gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str]) -> Run:
    """NumPy, n x rows: neuron by neuron, in int8."""
    place = {name: i for i, name in enumerate([*inputs, *(gate.name for gate in gates)])}
    wanted = np.array([place[name] for name in outputs])
    steps = [
        (place[name], [(place[source], weight) for source, weight in weights.items()], threshold)
        for name, weights, threshold in gates
    ]

    def run(tile: Array) -> Array:
        signals = np.empty((len(place), tile.shape[1]), np.int8)
        signals[: len(tile)] = tile
        total = np.empty(tile.shape[1], np.int8)
        for made, terms, threshold in steps:
            total[:] = 0
            for source, weight in terms:
                if weight == 1:
                    total += signals[source]
                else:
                    total += signals[source] * np.int8(weight)
            np.greater(total, threshold, out=signals[made].view(bool))
        return signals[wanted].view(np.uint8)

    return in_tiles(run, 1 << 15)


def torch_gathers(gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str]) -> Run:
    """torch, n x rows: the same as `numpy_gathers`."""
    import torch

    torch.set_num_threads(1)
    levels = Levels(gates, inputs)
    wanted = torch.from_numpy(levels.outputs(outputs))
    steps = [
        (
            *map(torch.from_numpy, (made, np.ascontiguousarray(sources))),
            torch.from_numpy(np.ascontiguousarray(weights[:, :, None])),
            torch.from_numpy(thresholds[:, None]),
        )
        for made, sources, weights, thresholds in _by_fan_in(levels)
    ]

    def run(tile: Array) -> Array:
        with torch.inference_mode():
            signals = torch.empty((len(levels.place), tile.shape[1]), dtype=torch.int8)
            signals[: len(tile)] = torch.from_numpy(tile)
            for made, sources, weights, thresholds in steps:
                total = signals[sources[0]] * weights[0]
                for source, weight in zip(sources[1:], weights[1:], strict=True):
                    total += signals[source] * weight
                signals[made] = (total > thresholds).to(torch.int8)
            result: Array = signals[wanted].numpy().view(np.uint8)
            return result

    return in_tiles(run)


def csr_rows(rows: Array) -> Any:
    """SciPy: rows x n as a CSR matrix of int32."""
    from scipy.sparse import csr_matrix

    return csr_matrix(rows, dtype=np.int32)


def scipy_levels(
    gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str], dtype: type = np.int8
) -> Run:
    """SciPy, n x rows: per level a product with a CSR matrix, in int8 or another type."""
    from scipy.sparse import csr_matrix

    levels = Levels(gates, inputs)
    wanted = levels.outputs(outputs)
    steps = []
    for some, start in zip(levels.gates, levels.starts[1:], strict=False):
        weights = csr_matrix(levels.matrix(some, range(start)), dtype=dtype)
        thresholds = np.array([[gate.threshold] for gate in some], dtype)
        steps.append((slice(start, start + len(some)), weights, thresholds))

    def run(tile: Array) -> Array:
        signals = np.empty((len(levels.place), tile.shape[1]), dtype)
        signals[: len(tile)] = tile
        for made, weights, thresholds in steps:
            signals[made] = weights @ signals[: made.start] > thresholds
        return signals[wanted].astype(np.uint8)

    return in_tiles(run)


def scipy_layers(arrays: Mapping[str, Array]) -> Run:
    """SciPy, n x rows: the layers of `large_networks.sparse_arrays`, in int8."""
    from scipy.sparse import csr_matrix

    steps = []
    for i in range(1, LEVELS + 1):
        names = (f"l{i}.{key}" for key in ("values", "indices", "indptr", "threshold"))
        values, indices, indptr, thresholds = (arrays[name] for name in names)
        shape = (len(thresholds), INPUTS + (len(thresholds) if i > 1 else 0))
        weights = csr_matrix((values, indices.astype(np.int32), indptr.astype(np.int32)), shape)
        steps.append((weights, thresholds[:, None]))

    def run(rows: Array) -> Array:
        signals = rows
        for weights, thresholds in steps:
            made = (weights @ signals > thresholds).view(np.int8)
            signals = np.concatenate([made, rows])
        return made.view(np.uint8)

    return run


def onnx_levels(gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str]) -> Run:
    """onnxruntime, n x rows: per level the sources gathered, and one product in float32.

    Of those tried (rows x n, MatMulInteger, one gather from the last levels laid end to end) it is
    the fastest.
    """
    levels = Levels(gates, inputs)
    graph = _Graph("n x rows")
    for number, some in enumerate(levels.gates, 1):
        read = sorted({levels.place[source] for gate in some for source in gate.weights})
        parts = []
        for level in range(number):
            start, stop = levels.starts[level : level + 2]
            own = [place - start for place in read if start <= place < stop]
            if own:
                parts.append(graph.add("Gather", f"y{level}", graph.const(own, np.int64), axis=0))
        bits = graph.add("Cast", graph.add("Concat", *parts, axis=0), to="float32")
        weights = graph.const(levels.matrix(some, read), np.float32)
        thresholds = graph.const([[gate.threshold] for gate in some], np.float32)
        fired = graph.add("Greater", graph.add("MatMul", weights, bits), thresholds)
        graph.add("Cast", fired, to="uint8", name=f"y{number}")
    assert list(outputs) == [gate.name for gate in levels.gates[-1]]
    return graph.session(len(inputs), f"y{len(levels.gates)}")


def neat_network(gates: Sequence[Gate], inputs: Sequence[str], outputs: Sequence[str]) -> Run:
    """neat-python, rows x n: `activate` row by row."""
    from neat.nn import FeedForwardNetwork

    def step(total: float) -> float:
        return 1.0 if total > 0 else 0.0

    levels = Levels(gates, inputs)
    nodes = [
        (
            levels.place[gate.name],
            step,
            sum,
            -gate.threshold,
            1.0,
            [(levels.place[source], weight) for source, weight in gate.weights.items()],
        )
        for gate in gates
    ]
    network = FeedForwardNetwork(list(range(len(inputs))), levels.outputs(outputs).tolist(), nodes)
    return lambda rows: np.array([network.activate(row) for row in rows.tolist()], np.uint8)


# -------------------------------------------------------------------------- dense networks

Dense = Sequence[tuple[Array, Array]]
"""For each layer int8 weights, size x fan-in, and int32 thresholds; they fire at the threshold."""


def numpy_dense(layers: Dense) -> Run:
    """NumPy, rows x n: products in float32, which are exact here."""
    prepared = [
        (np.ascontiguousarray(weights.T, np.float32), thresholds.astype(np.float32))
        for weights, thresholds in layers
    ]

    def run(rows: Array) -> Array:
        for weights, thresholds in prepared:
            rows = rows.astype(np.float32) @ weights >= thresholds
        return rows.view(np.uint8)

    return run


def torch_dense(layers: Dense) -> Run:
    """torch, rows x n: linear layers in float32."""
    import torch

    torch.set_num_threads(1)
    prepared = [
        (torch.from_numpy(weights.astype(np.float32)), torch.from_numpy(thresholds))
        for weights, thresholds in layers
    ]

    def run(rows: Array) -> Array:
        with torch.inference_mode():
            bits = torch.from_numpy(rows)
            for weights, thresholds in prepared:
                bits = torch.nn.functional.linear(bits.to(torch.float32), weights) >= thresholds
            result: Array = bits.to(torch.uint8).numpy()
            return result

    return run


def onnx_dense(layers: Dense, kind: str, save: Path | None = None) -> Run:
    """onnxruntime, rows x n: MatMul in float32, or, of kind int8, MatMulInteger."""
    graph = dense_graph(layers, kind)
    return graph.session(layers[0][0].shape[1], f"y{len(layers)}", save)


def dense_graph(layers: Dense, kind: str) -> _Graph:
    """Write dense layers as an ONNX graph."""
    graph = _Graph("rows x n")
    for number, (weights, thresholds) in enumerate(layers, 1):
        before = f"y{number - 1}"
        if kind == "int8":
            total = graph.add("MatMulInteger", before, graph.const(weights.T, np.int8))
            limits = graph.const(thresholds, np.int32)
        else:
            bits = graph.add("Cast", before, to="float32")
            total = graph.add("MatMul", bits, graph.const(weights.T, np.float32))
            limits = graph.const(thresholds, np.float32)
        fired = graph.add("GreaterOrEqual", total, limits)
        graph.add("Cast", fired, to="uint8", name=f"y{number}")
    return graph


def onnx_pictures(
    shape: tuple[int, int, int], layers: Sequence[tuple[Array, Array]], *, pools: bool
) -> Run:
    """onnxruntime, rows x n, channels first: QLinearConv, MaxPool and MatMulInteger.

    `shape` is that of a picture: rows, columns and channels. A convolution has weights of features
    x rows x columns x channels; its outputs saturate at 0 and 255. Behind dense layers comes the
    place of the largest sum.
    """
    graph = _Graph("rows x n")
    one, fine = graph.const(1, np.float32), graph.const(1 / 256, np.float32)
    zero, zero_weight = graph.const(0, np.uint8), graph.const(0, np.int8)
    (rows, columns, channels), on, is_flat = shape, 1, False
    last = graph.add("Reshape", "y0", graph.const([-1, channels, rows, columns], np.int64))
    for place, (weights, thresholds) in enumerate(layers):
        if weights.ndim == 4:
            kernel = graph.const(weights.transpose(0, 3, 1, 2), np.int8)
            bias = graph.const((1 - thresholds) * on, np.int32)
            given = (last, one, zero, kernel, one, zero_weight, fine, zero, bias)
            last, on = graph.add("QLinearConv", *given, pads=[1, 1, 1, 1]), 255
            if pools:
                last = graph.add("MaxPool", last, kernel_shape=[2, 2], strides=[2, 2])
                rows, columns = rows // 2, columns // 2
            channels = len(weights)
            continue
        if not is_flat:
            last, is_flat = graph.add("Flatten", last), True
            by_pixel = weights.reshape(len(weights), rows * columns, channels)
            weights = by_pixel.transpose(0, 2, 1).reshape(len(weights), -1)
        last = graph.add("MatMulInteger", last, graph.const(weights.T, np.int8))
        if place < len(layers) - 1:
            last = graph.add("GreaterOrEqual", last, graph.const(thresholds * on, np.int32))
            last, on = graph.add("Cast", last, to="uint8"), 1
        else:
            last = graph.add("ArgMax", graph.add("Cast", last, to="float32"), axis=1, keepdims=1)
    last = last if is_flat else graph.add("Flatten", last)
    graph.add("Cast", last, to="uint8", name="y1")
    return graph.session(shape[0] * shape[1] * shape[2], "y1")


def onnx_neuron(weights: Array, threshold: int) -> Run:
    """onnxruntime, rows x n: one neuron in float32, which gives one bit a row."""
    graph = _Graph("rows x n")
    bits = graph.add("Cast", "y0", to="float32")
    total = graph.add("MatMul", bits, graph.const(weights[:, None], np.float32))
    fired = graph.add("GreaterOrEqual", total, graph.const([threshold], np.float32))
    graph.add("Cast", fired, to="uint8", name="y1")
    return graph.session(len(weights), "y1")


def onnx_score(save: Path) -> Run:
    """onnxruntime, rows x n: the CHA2DS2-VASc score; gives the points and both levels.

    A level of the graph for the steps of the age, then one for the two scores.
    """
    graph = _Graph("rows x n")
    given = graph.add("Cast", "y0", to="float32")
    age = graph.const([[1], *[[0]] * 6] * np.array([[1, 1]]), np.float32)
    old = graph.add("GreaterOrEqual", graph.add("MatMul", given, age),
                    graph.const([65, 75], np.float32))  # fmt: skip
    both = graph.add("Concat", given, graph.add("Cast", old, to="float32"), axis=1)
    with_sex, without = [0, 1, 1, 1, 1, 2, 1, 1, 1], [0, 0, 1, 1, 1, 2, 1, 1, 1]
    points = graph.add("MatMul", both, graph.const(np.array([with_sex]).T, np.float32))
    sums = graph.add(
        "MatMul", both, graph.const(np.repeat([with_sex, without], 2, 0).T, np.float32)
    )
    fired = graph.add("GreaterOrEqual", sums, graph.const([1, 2, 1, 2], np.float32))
    counted = graph.const([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    levels = graph.add("MatMul", graph.add("Cast", fired, to="float32"), counted)
    graph.add("Cast", graph.add("Concat", points, levels, axis=1), to="uint8", name="y1")
    return graph.session(7, "y1", save)


class _Graph:
    """An ONNX graph that is being written; `y0` is its input."""

    def __init__(self, layout: str) -> None:
        self.layout = layout
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def const(self, values: object, dtype: type) -> str:
        """Add a constant; give its name."""
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(np.asarray(values).astype(dtype))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, *sources: str, name: str = "", to: str = "", **given: Any) -> str:
        """Add a node; give the name of its output."""
        from onnx import TensorProto, helper

        name = name or f"n{len(self.nodes)}"
        options: Mapping[str, Any] = given
        if to:
            options = {"to": {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8}[to]}
        self.nodes.append(helper.make_node(kind, list(sources), [name], **options))
        return name

    def session(self, inputs: int, output: str, save: Path | None = None) -> Run:
        """Make a session of one thread; `save` keeps the model in a file."""
        from onnx import TensorProto, helper, save_model

        sides = [inputs, None] if self.layout == "n x rows" else [None, inputs]
        model = helper.make_model(
            helper.make_graph(
                self.nodes,
                "network",
                [helper.make_tensor_value_info("y0", TensorProto.UINT8, sides)],
                [helper.make_tensor_value_info(output, TensorProto.UINT8, [None, None])],
                self.constants,
            ),
            opset_imports=[helper.make_opsetid("", 18)],
        )
        model.ir_version = 10
        if save is not None:
            save_model(model, save)
        return onnx_session(model.SerializeToString() if save is None else str(save))


def onnx_session(model: bytes | str) -> Run:
    """Make a session of one thread from a model or its file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(rows: Array) -> Array:
        result: Array = session.run(None, {"y0": rows})[0]
        return result

    return run
