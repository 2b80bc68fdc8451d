"""The engine beside its peers: `python -m benchmarks.engine CASE FOLDER`, a process for each case.

Each case is nnc and its peers in turn, and gives a table as a line of JSON.
"""

from __future__ import annotations

import graphlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnc
from benchmarks import networks, peers
from benchmarks.cases import (
    FLOAT32,
    GATHERS,
    INT8,
    INTERPRETED,
    INTO_ONE,
    NNC,
    NUMPY,
    TWO,
    Bars,
    Case,
    bits,
    evaluate,
    how,
    into_one,
    kernels,
    ours,
    part,
    show,
    some_rows,
)
from benchmarks.large_networks import DENSE, dense_arrays, write_dense
from benchmarks.measuring import ROOT, Way
from benchmarks.packed import Bank, pack_turned
from nnc.files.opening import MAX_BYTES
from nnc.opening.loading import load_plan
from nnc.run.truth_tables import TruthTable

Array = NDArray[Any]

# ------------------------------------------------------------------------------------ W1

W1 = "W1, 10,000 neurons in 100 levels, uint8 in and out"


@dataclass(frozen=True)
class _Sparse:
    """W1: its gates and outputs, and its plan."""

    gates: list[networks.Gate]
    outputs: list[str]
    plan: nnc.Plan

    @classmethod
    def of(cls, folder: Path) -> _Sparse:
        gates = list(networks.scattered(10_000))
        outputs = [gate.name for gate in gates[-100:]]
        file = folder / "w1.nn.yaml"
        networks.write_bus_network(file, gates, outputs)
        return cls(gates, outputs, nnc.compile(nnc.load(file)))

    def built(self, build: Callable[..., peers.Run]) -> peers.Run:
        """Build it in a library."""
        return build(self.gates, networks.BUS, self.outputs)


def w1_million(folder: Path) -> Iterator[Case]:
    """W1 with a million rows."""
    one = _Sparse.of(folder)
    rows = bits(1_000_000, 64)
    turned = np.ascontiguousarray(rows.T)
    as_int8 = turned.view(np.int8)
    ways = ours(one.plan, {"x": rows}, NNC, TWO, NUMPY)
    ways.insert(1, into_one(one.plan, {"x": rows}))
    ways.append(part(GATHERS, one.built(peers.numpy_gathers), as_int8, 65_536))
    bars: Bars = {(NNC, GATHERS): 50, (NUMPY, GATHERS): 10}
    if peers.has("scipy"):
        ways.append(part("scipy CSR int8", one.built(peers.scipy_levels), as_int8, 32_768))
        as_floats = one.built(partial(peers.scipy_levels, dtype=np.float64))
        ways.append(part("scipy CSR float64", as_floats, as_int8, 16_384))
        bars[NNC, "scipy CSR float64"] = 100
    if peers.has("onnx", "onnxruntime"):
        ways.append(part(FLOAT32, one.built(peers.onnx_levels), turned, 2_000))
        bars[NNC, FLOAT32] = 1000
    if peers.has("torch"):
        ways.append(part("torch int8 gathers", one.built(peers.torch_gathers), as_int8, 16_384))
    yield Case(f"{W1}, rows: 1,000,000", ways, bars, 3, most=0.070)


def w1_few(folder: Path) -> Iterator[Case]:
    """W1 with a row, and with a thousand."""
    one = _Sparse.of(folder)
    for count in (1, 1000):
        rows = bits(count, 64)
        turned = np.ascontiguousarray(rows.T)
        as_int8 = turned.view(np.int8)
        ways = ours(one.plan, {"x": rows}, NNC, NUMPY)
        ways.append(part(GATHERS, one.built(peers.numpy_gathers), as_int8))
        bars: Bars = {}
        if peers.has("scipy"):
            ways.append(part("scipy CSR", one.built(peers.scipy_levels), as_int8))
            bars[NNC, "scipy CSR"] = 6
        if peers.has("neat-python"):
            ways.append(some_rows("neat-python", one.built(peers.neat_network), rows, 20))
            bars[NNC, "neat-python"] = 50
        if peers.has("onnx", "onnxruntime"):
            ways.append(part(FLOAT32, one.built(peers.onnx_levels), turned))
        if peers.has("torch"):
            ways.append(part("torch int8 gathers", one.built(peers.torch_gathers), as_int8))
        yield Case(f"{W1}, rows: {count:,}", ways, bars if count == 1 else {})


# -------------------------------------------------------------------------------- W2, W3


def _dense(
    folder: Path, sizes: tuple[int, ...], title: str, every: Mapping[int, Mapping[str, float]]
) -> Iterator[Case]:
    """Dense layers, for each number of rows, with the bars of nnc."""
    arrays = dense_arrays(sizes)
    layers = [(arrays[f"l{i}.weight"], arrays[f"l{i}.threshold"]) for i in range(1, len(sizes))]
    plan = nnc.compile(nnc.load(write_dense(folder, sizes)))
    built = {"NumPy float32": peers.numpy_dense(layers)}
    if peers.has("onnx", "onnxruntime"):
        built[FLOAT32] = peers.onnx_dense(layers, "float32")
        built[INT8] = peers.onnx_dense(layers, "int8")
    if peers.has("torch"):
        built["torch float32"] = peers.torch_dense(layers)
    for count, times in every.items():
        rows = bits(count, sizes[0])
        ways = ours(plan, {"x": rows}, NNC, *([TWO] if count > 1 else []), NUMPY)
        ways += [some_rows(name, run, rows) for name, run in built.items()]
        bars: Bars = {(NNC, name): ratio for name, ratio in times.items() if name in built}
        if FLOAT32 in built and count > 1:
            bars[NUMPY, FLOAT32] = 0.85
        yield Case(f"{title}, uint8 in and out, rows: {count:,}", ways, bars, 5)


def w2(folder: Path) -> Iterator[Case]:
    """Dense layers that fit the cache."""
    every = {10_000: {FLOAT32: 6.0, INT8: 1.6}, 256: {INT8: 1.0}, 1: {INT8: 1.0}}
    yield from _dense(folder, (784, 1024, 1024, 1000), "W2, 784-1024-1024-1000", every)


def w3(folder: Path) -> Iterator[Case]:
    """61.8 M weights."""
    yield from _dense(folder, DENSE, "W3, 4096-8192-3072-1000", {1: {INT8: 2.0}, 256: {INT8: 1.0}})


# ------------------------------------------------------------------------------------ W4


def _adder(folder: Path, width: int) -> tuple[list[networks.Gate], list[str], nnc.Plan]:
    """Give the gates of an adder, its outputs and its plan."""
    gates = list(networks.adder(width))
    outputs = [*(f"s{i}" for i in range(width)), f"c{width - 1}"]
    file = folder / f"adder_{width}.nn.yaml"
    networks.write_bus_network(file, gates, outputs, 2 * width)
    return gates, outputs, nnc.compile(nnc.load(file))


def _every_row() -> Array:
    """All rows of 24 bits, n x rows."""
    every = np.arange(1 << 24, dtype=np.int32)
    return np.stack([(every >> i & 1).astype(np.uint8) for i in range(24)])


def _table(plan: nnc.Plan, name: str) -> Way:
    """Evaluate all rows of a plan that has one output, `y`, which stays packed."""

    def run() -> TruthTable:
        with kernels(name):
            return nnc.truth_table(plan, **how(name))

    return Way(name, run, lambda table: table.bits("y").T)


def _table_into_one(plan: nnc.Plan) -> Way:
    """As `_table`, into the same words each time."""
    out = {"y": np.empty_like(nnc.truth_table(plan).packed["y"])}

    def run() -> TruthTable:
        return nnc.truth_table(plan, threads=1, out=out)

    return Way(INTO_ONE, run, lambda table: table.bits("y").T)


def _ones(plan: nnc.Plan) -> Way:
    """Count how often each bit of `y` is 1, for all rows of a plan."""
    return Way(
        NNC,
        lambda: nnc.truth_table(plan, keep=False, threads=1).ones()["y"],
        np.asarray,
    )


INTEGERS = "nnc, rows of int32"

W4 = "W4, adder of 12 and 12 bits, all 16,777,216 rows"


def w4(folder: Path) -> Iterator[Case]:
    """An adder of 12 and 12 bits, for all rows, every output stored."""
    gates, outputs, plan = _adder(folder, 12)
    every = np.arange(1 << 24, dtype=np.int32)
    turned = np.stack([(every >> i & 1).astype(np.uint8) for i in range(24)])
    loop = peers.numpy_loop(gates, [f"x({i})" for i in range(24)], outputs)
    numpy = part("NumPy, neuron by neuron", loop, turned.view(np.int8))
    tables = [_table(plan, name) for name in (NNC, TWO, NUMPY)]
    bars: Bars = {(INTO_ONE, numpy.name): 30}
    yield Case(f"{W4}, as a truth table", [*tables, _table_into_one(plan), numpy], bars)

    def count() -> list[int]:
        return [np.count_nonzero(line) for line in loop(turned.view(np.int8)).view(bool)]

    counted = Way(numpy.name, count, np.asarray)
    yield Case(f"{W4}, ones counted", [_ones(plan), counted], {(NNC, numpy.name): 30})
    rows = np.ascontiguousarray(turned.T)
    ways = [*ours(plan, {"x": rows}, NNC, TWO), into_one(plan, {"x": rows}), numpy]
    yield Case(f"{W4}, uint8 in and out", ways, {(NNC, numpy.name): 1}, rounds=3)


def few(folder: Path) -> Iterator[Case]:
    """Calls with few rows, as integers of Python, which take longer to be read than added."""
    gates, outputs, plan = _adder(folder, 8)
    loop = peers.numpy_loop(gates, [f"x({i})" for i in range(16)], outputs)
    for count in (1, 64):
        integers = bits(count, 16) @ (1 << np.arange(16))
        turned = np.ascontiguousarray(bits(count, 16).T).view(np.int8)
        given = int(integers[0]) if count == 1 else integers.tolist()
        call = partial(nnc.evaluate, plan, {"x": given}, threads=1)
        ways = [Way(NNC, call, lambda found: np.atleast_2d(found["y"]))]
        ways.append(part("NumPy, neuron by neuron", loop, turned))
        yield Case(f"adder of 8 and 8 bits, Python's integers in, rows: {count}", ways)


# ------------------------------------------------------------------------------------ W5


def w5(folder: Path) -> Iterator[Case]:
    """100,000 neurons brought into order."""
    file = folder / "w5.nn.yaml"
    gates = list(networks.layered(100_000, 1_000, (3, 3)))
    networks.write_network(file, gates, 1_000)
    network = nnc.load(file)
    sources = {gate.name: list(gate.weights) for gate in gates}

    def sort() -> int:
        sorter = graphlib.TopologicalSorter(sources)
        sorter.prepare()
        levels = 0
        while sorter.is_active():
            sorter.done(*sorter.get_ready())
            levels += 1
        return levels - 1  # the first are the inputs

    ways = [Way(NNC, lambda: nnc.compile(network).levels, np.asarray),
            Way("graphlib, the order alone", sort, np.asarray)]  # fmt: skip
    if peers.has("networkx"):
        import networkx

        def generations() -> int:
            edges = ((source, name) for name, read in sources.items() for source in read)
            graph = networkx.DiGraph(edges)
            return len(list(networkx.topological_generations(graph))) - 1

        ways.append(Way("networkx, the order alone", generations, np.asarray))
    yield Case("W5, compile 100,000 neurons", ways, rounds=3)


# ------------------------------------------------------------------------------------ W6


@dataclass(frozen=True)
class _Score:
    """W6: its weights in thousandths, its plan, and a million rows of few ones."""

    weights: Array
    plan: nnc.Plan
    rows: Array

    @classmethod
    def of(cls, folder: Path) -> _Score:
        rng = np.random.default_rng(0)
        size, count = 1_500, 1_000_000
        weights = np.clip(rng.lognormal(6.5, 1.0, size), 1, 4_500).astype(np.int32)
        weights[rng.random(size) < 0.2] *= -1
        file = folder / "w6.nn.yaml"
        networks.write_score(file, weights.tolist(), cls.limit)
        rows = np.zeros((count, size), np.uint8)
        rows[np.arange(count)[:, None], rng.integers(0, size, (count, 40))] = 1
        return cls(weights, nnc.compile(nnc.load(file)), rows)

    limit = 5_000


def w6(folder: Path) -> Iterator[Case]:
    """One neuron of 1,500 decimal weights, for rows with few ones."""
    one = _Score.of(folder)
    words = pack_turned(one.rows)
    bank = Bank(one.plan, words)
    ways = [bank.way(NNC), bank.way(TWO, 2), Bank(one.plan, words, is_native=False).way(NUMPY)]
    bars: Bars = {}
    if peers.has("scipy"):
        sparse = peers.csr_rows(one.rows)
        ways.append(Way("scipy CSR int32", lambda: sparse @ one.weights >= one.limit, _column))
        bars[NNC, "scipy CSR int32"] = 1.5
    title = "W6, score of 1,500 decimal weights, 40 ones a row, rows: 1,000,000"
    yield Case(f"{title}, packed", ways, bars)
    if peers.has("scipy"):
        given = {"x": sparse.astype(bool)}, {"x": sparse}
        ways = [*ours(one.plan, given[0], NNC, TWO), *ours(one.plan, given[1], INTEGERS), ways[-1]]
        yield Case(f"{title}, sparse", ways, bars)
    some = one.rows[:100_000]
    ways = ours(one.plan, {"x": some}, NNC, TWO)
    if peers.has("onnx", "onnxruntime"):
        run = peers.onnx_neuron(one.weights, one.limit)
        ways.append(some_rows(FLOAT32, run, some, 20_000))
    yield Case("W6, uint8 in and out, rows: 100,000", ways)


def _column(bits: Array) -> Array:
    return bits[:, None].view(np.uint8)


# ------------------------------------------------------------------------- real numbers


def _real(folder: Path) -> tuple[nnc.Plan, Array, Array, Array]:
    """Give a plan of 1,024 neurons that read 1,024 real numbers; weights, thresholds and rows."""
    rng = np.random.default_rng(0)
    size, count = 1024, 4096
    weights, thresholds = rng.standard_normal((size, size)), rng.standard_normal(size)
    np.save(folder / "real.weights.npy", weights)
    np.save(folder / "real.thresholds.npy", thresholds)
    file = folder / "real.nn.yaml"
    networks.write_real_layer(file, size)
    return nnc.compile(nnc.load(file)), weights, thresholds, rng.standard_normal((count, size))


def real(folder: Path) -> Iterator[Case]:
    """A layer that reads real numbers; float64 rounds, nnc does not."""
    plan, weights, thresholds, rows = _real(folder)
    turned = np.ascontiguousarray(weights.T)
    plain = Way("NumPy float64 product, inexact", lambda: rows @ turned > thresholds)
    ways = [*ours(plan, {"x": rows}, NNC, TWO, NUMPY), plain]
    bars: Bars = {(NNC, plain.name): 1 / 0.7}
    yield Case("1,024 neurons that read 1,024 real numbers, rows: 4,096", ways, bars)


# ------------------------------------------------------------------------ larger networks


def load(folder: Path) -> Iterator[Case]:
    """61.8 M weights, loaded; `folder` has them compiled, as `dense.nnc`, beside their sources."""
    alone = folder / "alone"
    alone.mkdir()
    (alone / "dense.nnc").write_bytes((folder / "dense.nnc").read_bytes())
    width = np.asarray(DENSE[0])

    def by_nnc(file: Path) -> nnc.Plan:
        return load_plan(str(file), root=file.parent, max_bytes=MAX_BYTES).plan

    def check(plan: nnc.Plan) -> Array:
        return np.asarray(plan.inputs["x"].width)

    ways = [Way(NNC, partial(by_nnc, alone / "dense.nnc"), check),
            Way("nnc, its sources are there and checked", partial(by_nnc, folder / "dense.nnc"),
                check)]  # fmt: skip
    bars: Bars = {}
    if peers.has("onnx", "onnxruntime"):
        arrays = dense_arrays()
        layers = [(arrays[f"l{i}.weight"], arrays[f"l{i}.threshold"]) for i in range(1, len(DENSE))]
        for name, kind in ((FLOAT32, "float32"), (INT8, "int8")):
            file = folder / f"dense.{kind}.onnx"
            peers.onnx_dense(layers, kind, file)
            ways.append(Way(name, partial(peers.onnx_session, str(file)), lambda _: width))
        bars[NNC, FLOAT32] = 100
    yield Case("load 61.8 M weights: compiled, as a session", ways, bars)


def additions(folder: Path) -> Iterator[Case]:
    """A million additions of two 64-bit numbers."""
    gates, outputs, _ = _adder(folder, 64)
    plan = nnc.compile(nnc.load(ROOT / "configs/arithmetic/adder_64bit.nn.yaml"))
    rows = bits(1_000_000, 128)
    a, b = (np.ascontiguousarray(half) for half in (rows[:, :64], rows[:, 64:]))
    numbers = [np.packbits(one, axis=1, bitorder="little").view(np.uint64)[:, 0] for one in (a, b)]
    total = numbers[0] + numbers[1]
    sums = np.unpackbits(total.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    right = np.column_stack([sums, total < numbers[0]])

    def joined(found: Mapping[str, Array]) -> Array:
        result = np.column_stack([found["sum"], found["carry"]])
        assert np.array_equal(result, right)
        return result

    loop = peers.numpy_loop(gates, [f"x({i})" for i in range(128)], outputs)
    turned = np.ascontiguousarray(rows.T).view(np.int8)
    given = {"a": a, "b": b}
    ways = [
        *(Way(name, partial(evaluate, plan, given, name), joined) for name in (NNC, TWO, NUMPY)),
        part("NumPy, neuron by neuron", loop, turned, 131_072),
    ]
    yield Case("1,000,000 additions of 64 bits, uint8 in and out", ways, rounds=3)


# --------------------------------------------------------------------------------- packed


def packed(folder: Path) -> Iterator[Case]:
    """Programs on packed rows: as machine code, interpreted by the kernels, and in NumPy."""
    plans = {
        "handwritten digits, 96 sums of up to 64 bits": ("digits/digits", 0.006),
        "additions of 64 bits": ("arithmetic/adder_64bit", 0.0012),
        "products of 8 bits": ("arithmetic/multiplier_8x8", 0.0002),
    }
    compiled: dict[str, tuple[nnc.Plan, float | None]] = {
        title: (nnc.compile(nnc.load(ROOT / f"configs/{name}.nn.yaml")), most)
        for title, (name, most) in plans.items()
    }
    compiled["W1, 10,000 neurons in 100 levels"] = _Sparse.of(folder).plan, None
    for title, (plan, most) in compiled.items():
        width = sum(one.width for one in plan.inputs.values())
        given = pack_turned(bits(1_000_000, width))
        bank = Bank(plan, given)
        ways = [
            bank.way(NNC),
            bank.way(TWO, 2),
            Bank(plan, given, is_machine=False).way(INTERPRETED),
            Bank(plan, given, is_native=False).way(NUMPY),
        ]
        bars: Bars = {(NNC, INTERPRETED): 2}
        yield Case(f"{title}, rows: 1,000,000, packed", ways, bars, most=most)


# -------------------------------------------------------------------------------- threads


def threads(folder: Path) -> Iterator[Case]:
    """Two threads beside one, on the clock."""
    one = _Sparse.of(folder)
    yield _pair(f"{W1}, rows: 1,000,000", one.plan, bits(1_000_000, 64))
    for title, sizes, count in (("W2", (784, 1024, 1024, 1000), 10_000), ("W3", DENSE, 256)):
        plan = nnc.compile(nnc.load(write_dense(folder, sizes)))
        yield _pair(f"{title}, rows: {count:,}", plan, bits(count, sizes[0]))
    plan, *_, rows = _real(folder)
    yield _pair("1,024 neurons that read 1,024 real numbers, rows: 4,096", plan, rows)
    _, _, plan = _adder(folder, 12)
    yield _paired(f"{W4}, as a truth table", [_table(plan, NNC), _table(plan, TWO)])
    score = _Score.of(folder)
    bank = Bank(score.plan, pack_turned(score.rows))
    yield _paired("W6, rows: 1,000,000, packed", [bank.way(NNC), bank.way(TWO, 2)])


def _pair(title: str, plan: nnc.Plan, rows: Array) -> Case:
    return _paired(title, ours(plan, {"x": rows}, NNC, TWO))


def _paired(title: str, ways: Sequence[Way]) -> Case:
    return Case(title, ways, {(TWO, NNC): 1.5}, 11, on_wall=True)


CASES: dict[str, Callable[[Path], Iterator[Case]]] = {
    "w1-million": w1_million,
    "w1-few": w1_few,
    "w2": w2,
    "w3": w3,
    "w4": w4,
    "few": few,
    "w5": w5,
    "w6": w6,
    "real": real,
    "load": load,
    "additions": additions,
    "packed": packed,
    "threads": threads,
}


if __name__ == "__main__":
    show(CASES[sys.argv[1]](Path(sys.argv[2])))
