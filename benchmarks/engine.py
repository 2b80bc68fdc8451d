"""The engine beside its peers: `python -m benchmarks.engine CASE FOLDER`, a process for each case.

Each case is one run of nnc and its peers in turn, and gives lines of the table as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnc
from benchmarks import networks, peers
from benchmarks.large_networks import DENSE, dense_arrays, write_dense
from benchmarks.measuring import Took, Way, interleaved

Array = NDArray[Any]
NNC, TWO, PLAIN = "nnc", "nnc, two threads", "nnc without its native kernels"


@dataclass(frozen=True)
class Case:
    """Ways to do the same; nnc comes first. `bars`: this way, beside that one, so many times."""

    title: str
    ways: Sequence[Way]
    bars: Mapping[tuple[str, str], float] = field(default_factory=dict)
    rounds: int = 5


def ours(plan: nnc.Plan, rows: Mapping[str, Array], name: str = NNC, share: float = 1) -> Way:
    """Evaluate a plan that has one output, `y`."""
    options: dict[str, Any] = {"threads": 2 if name == TWO else 1}
    if name == PLAIN:
        options["engine"] = "numpy"
    return Way(name, lambda: nnc.evaluate(plan, rows, **options)["y"], share=share)


def part(name: str, run: peers.Run, rows: Array, most: int | None = None) -> Way:
    """Measure a peer on n x rows, or on as many of them as `most`; its times are scaled."""
    count = rows.shape[1]
    some = rows if most is None or most >= count else np.ascontiguousarray(rows[:, :most])
    share = some.shape[1] / count
    told = name if share == 1 else f"{name} ({most:,} rows, scaled)"
    return Way(told, partial(run, some), np.transpose, share)


def bits(count: int, width: int) -> Array:
    """Random bits, rows x width, the same every time."""
    return np.random.default_rng(count).integers(0, 2, (count, width), np.uint8)


# ------------------------------------------------------------------------------------ W1


def sparse_gates(folder: Path) -> tuple[list[networks.Gate], list[str], nnc.Plan]:
    """Give W1: its gates, the names of its outputs, and the plan."""
    gates = list(networks.scattered(10_000))
    file = folder / "w1.nn.yaml"
    networks.write_bus_network(file, gates, [gate.name for gate in gates[-100:]])
    return gates, [gate.name for gate in gates[-100:]], nnc.compile(nnc.load(file))


W1 = "W1, 10,000 neurons in 100 levels, uint8 in and out"


def w1_many(folder: Path) -> Iterator[Case]:
    """W1 with a million rows."""
    gates, outputs, plan = sparse_gates(folder)
    rows = bits(1_000_000, 64)
    turned = np.ascontiguousarray(rows.T)
    as_int8 = turned.view(np.int8)
    known = gates, networks.BUS, outputs
    gathers = part("NumPy int8 gathers", peers.numpy_gathers(*known), as_int8, 65_536)
    ways = [ours(plan, {"x": rows}), ours(plan, {"x": rows}, PLAIN), gathers]
    bars = {(NNC, gathers.name): 50.0, (PLAIN, gathers.name): 10.0}
    if peers.has("scipy"):
        ways.append(part("scipy CSR", peers.scipy_levels(*known), as_int8, 32_768))
        bars[NNC, ways[-1].name] = 100
    if peers.has("onnx", "onnxruntime"):
        ways.append(part("onnxruntime float32", peers.onnx_levels(*known), turned, 2_000))
        bars[NNC, ways[-1].name] = 1000
    if peers.has("torch"):
        ways.append(part("torch int8 gathers", peers.torch_gathers(*known), as_int8, 16_384))
    yield Case(f"{W1}, rows: 1,000,000", ways, bars, 3)


def w1_few(folder: Path) -> Iterator[Case]:
    """W1 with a row, and with a thousand."""
    gates, outputs, plan = sparse_gates(folder)
    known = gates, networks.BUS, outputs
    for count in (1, 1000):
        rows = bits(count, 64)
        turned = np.ascontiguousarray(rows.T)
        as_int8 = turned.view(np.int8)
        ways = [ours(plan, {"x": rows}), ours(plan, {"x": rows}, PLAIN)]
        bars = {}
        ways.append(part("NumPy int8 gathers", peers.numpy_gathers(*known), as_int8))
        if peers.has("scipy"):
            ways.append(part("scipy CSR", peers.scipy_levels(*known), as_int8))
            bars[NNC, ways[-1].name] = 5.0
        if peers.has("neat-python"):
            most = rows[: min(count, 20)]
            neat = peers.neat_network(*known)
            told = "neat-python" if len(most) == count else "neat-python (20 rows, scaled)"
            ways.append(Way(told, partial(neat, most), share=len(most) / count))
            bars[NNC, told] = 50
        if peers.has("onnx", "onnxruntime"):
            ways.append(part("onnxruntime float32", peers.onnx_levels(*known), turned))
        if peers.has("torch"):
            ways.append(part("torch int8 gathers", peers.torch_gathers(*known), as_int8))
        yield Case(f"{W1}, rows: {count:,}", ways, bars if count == 1 else {})


# -------------------------------------------------------------------------------- W2, W3


def dense(
    folder: Path, sizes: tuple[int, ...], title: str, bars: Mapping[int, Mapping[str, float]]
) -> Iterator[Case]:
    """Dense layers, for each number of rows; `bars` are those of nnc and of nnc in NumPy."""
    arrays = dense_arrays(sizes)
    layers = [(arrays[f"l{i}.weight"], arrays[f"l{i}.threshold"]) for i in range(1, len(sizes))]
    plan = nnc.compile(nnc.load(write_dense(folder, sizes)))
    named = {"NumPy float32": peers.numpy_dense(layers)}
    if peers.has("onnx", "onnxruntime"):
        named["onnxruntime float32"] = peers.onnx_dense(layers, "float32")
        named["onnxruntime int8"] = peers.onnx_dense(layers, "int8")
    if peers.has("torch"):
        named["torch float32"] = peers.torch_dense(layers)
    for count, times in bars.items():
        rows = bits(count, sizes[0])
        ways = [ours(plan, {"x": rows}), ours(plan, {"x": rows}, PLAIN)]
        ways += [Way(name, partial(run, rows)) for name, run in named.items()]
        told = {(NNC, name): ratio for name, ratio in times.items() if name in named}
        if "onnxruntime float32" in named and count > 1:
            told[PLAIN, "onnxruntime float32"] = 0.85
        yield Case(f"{title}, rows: {count:,}", ways, told, 3 if count == 10_000 else 7)


def w2(folder: Path) -> Iterator[Case]:
    """Dense layers that fit the cache."""
    bars = {10_000: {"onnxruntime float32": 6.0, "onnxruntime int8": 1.5},
            256: {"onnxruntime int8": 1.0}, 1: {"onnxruntime int8": 1.0}}  # fmt: skip
    yield from dense(folder, (784, 1024, 1024, 1000), "W2, 784-1024-1024-1000", bars)


def w3(folder: Path) -> Iterator[Case]:
    """61.8 M weights."""
    bars = {1: {"onnxruntime int8": 2.0}, 256: {"onnxruntime int8": 1.0}}
    yield from dense(folder, DENSE, "W3, 4096-8192-3072-1000", bars)


# ---------------------------------------------------------------------------- packed rows


class Bank:
    """Rows that are packed already, n x words, and what the engine makes of them, packed too.

    This is the inside of the engine: from Python one gives rows x n, and they are packed.
    """

    def __init__(self, plan: nnc.Plan, words: Array, rows: int, *, is_native: bool = True) -> None:
        from nnc.engines.packed import Packed, _Programs
        from nnc.engines.signals import Wanted

        (tap,) = plan.outputs
        self.rows = rows
        packed = Packed(plan, Wanted(frozenset(tap.signals), frozenset()), is_native)
        (part,) = packed.parts
        assert isinstance(part, _Programs)
        assert part.program is not None
        self.program = part.program
        self.words = np.empty((packed.height, words.shape[1]), np.uint64)
        self.words[:2] = [[0], [~np.uint64(0)]]
        given = packed.row_of[plan.first_of["x"] :][: len(words)]
        self.words[given] = words
        self.load, self.store = (
            packed.row_of[some] for some in (self.program.loaded, self.program.stored)
        )
        self.outputs = packed.row_of[np.asarray(tap.signals)]

    def way(self, name: str, threads: int = 1, *, is_native: bool = True) -> Way:
        """Evaluate it."""
        from nnc.engines import native, words

        def run() -> None:
            if is_native:
                native.run(self.program, self.words, self.load, self.store, threads)
            else:
                words.run(self.program, self.words, self.load, self.store)

        return Way(name, run, lambda _: self.unpacked())

    def unpacked(self) -> Array:
        """Give the outputs as rows x n."""
        found = self.words[self.outputs].view(np.uint8)
        return np.unpackbits(found, axis=1, bitorder="little", count=self.rows).T


def packed(bits: Array) -> Array:
    """Pack bits, n x rows, a multiple of 64: n x words."""
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)


# ------------------------------------------------------------------------------------ W4


def w4(folder: Path) -> Iterator[Case]:
    """An adder of 12 and 12 bits, for all rows, every output stored."""
    gates = list(networks.adder(12))
    outputs = [*(f"s{i}" for i in range(12)), "c11"]
    file = folder / "w4.nn.yaml"
    networks.write_bus_network(file, gates, outputs, 24)
    plan = nnc.compile(nnc.load(file))
    count = 1 << 24
    every = np.arange(count, dtype=np.int32)
    turned = np.stack([(every >> i & 1).astype(np.uint8) for i in range(24)])
    words = packed(turned)
    loop = peers.numpy_loop(gates, networks.BUS[:24], outputs)
    ways = [
        Bank(plan, words, count).way(NNC),
        Bank(plan, words, count, is_native=False).way(PLAIN, is_native=False),
        part("NumPy, neuron by neuron", loop, turned.view(np.int8)),
    ]
    bars = {(NNC, ways[-1].name): 40.0}
    title = "W4, adder of 12 and 12 bits, all 16,777,216 rows"
    yield Case(f"{title}, packed in and out", ways, bars)
    rows = np.ascontiguousarray(turned.T)
    del words
    yield Case(f"{title}, uint8 in and out", [ours(plan, {"x": rows}), ways[-1]])


# ------------------------------------------------------------------------------------ W6


def w6(folder: Path) -> Iterator[Case]:
    """One neuron of 1,500 decimal weights, for rows with few ones."""
    rng = np.random.default_rng(0)
    size, count = 1_500, 1_000_000
    weights = np.clip(rng.lognormal(6.5, 1.0, size), 1, 4_500).astype(np.int32)
    weights[rng.random(size) < 0.2] *= -1
    file = folder / "w6.nn.yaml"
    networks.write_score(file, weights.tolist(), 5_000)
    plan = nnc.compile(nnc.load(file))
    count -= count % 64
    ones = rng.integers(0, size, (count, 40))
    dense = np.zeros((count, size), np.uint8)
    dense[np.arange(count)[:, None], ones] = 1
    blocks = [dense[start : start + 64_000] for start in range(0, count, 64_000)]
    words = np.concatenate([packed(np.ascontiguousarray(block.T)) for block in blocks], axis=1)
    bank = Bank(plan, words, count)
    ways = [bank.way(NNC), Bank(plan, words, count, is_native=False).way(PLAIN, is_native=False)]
    bars = {}
    some = dense[:100_000]
    whole = ours(plan, {"x": some}, "nnc from uint8, rows x 1,500 (100,000 rows, scaled)", 0.1)
    ways.append(whole._replace(share=len(some) / count))
    if peers.has("scipy"):
        sparse = peers.csr_rows(dense)
        ways.append(Way("scipy CSR int32", lambda: sparse @ weights >= 5_000, _column))
        bars[NNC, ways[-1].name] = 1.5
    if peers.has("onnx", "onnxruntime"):
        run = peers.onnx_neuron(weights, 5_000)
        few = dense[:20_000]
        name = "onnxruntime float32 from uint8 (20,000 rows, scaled)"
        ways.append(Way(name, partial(run, few), share=len(few) / count))
    title = "W6, 1,500 decimal weights, 40 ones a row, packed in and out"
    yield Case(f"{title}, rows: {count:,}", ways, bars)


def _column(bits: Array) -> Array:
    return bits[:, None].view(np.uint8)


# ------------------------------------------------------------------------- real numbers


def real(folder: Path) -> Iterator[Case]:
    """A layer of 1,024 neurons that read 1,024 real numbers; float64 rounds, nnc does not."""
    rng = np.random.default_rng(0)
    size, count = 1024, 4096
    weights = rng.standard_normal((size, size))
    thresholds = rng.standard_normal(size)
    np.save(folder / "real.weights.npy", weights)
    np.save(folder / "real.thresholds.npy", thresholds)
    file = folder / "real.nn.yaml"
    file.write_text(f"""nnc: 1
fires: above
inputs: {{x: real({size})}}
layers:
  y:
    wiring: x
    weights: {{file: real.weights.npy}}
    thresholds: {{file: real.thresholds.npy}}
outputs: {{y: y}}
""")
    plan = nnc.compile(nnc.load(file))
    rows = rng.standard_normal((count, size))
    turned = np.ascontiguousarray(weights.T)
    plain = Way("plain float64 product in NumPy", lambda: rows @ turned > thresholds)
    ways = [ours(plan, {"x": rows}), ours(plan, {"x": rows}, PLAIN), plain]
    bars = {(NNC, plain.name): 1 / 0.7}
    yield Case(f"4,096 rows of {size:,} real numbers, {size:,} neurons", ways, bars)


CASES: dict[str, Callable[[Path], Iterator[Case]]] = {
    "w1-many": w1_many,
    "w1-few": w1_few,
    "w2": w2,
    "w3": w3,
    "w4": w4,
    "w6": w6,
    "real": real,
}


def main() -> None:
    """Run a case and print what it took, a line of JSON for each table of it."""
    _, name, folder = sys.argv
    for case in CASES[name](Path(folder)):
        took: dict[str, Took] = interleaved(case.ways, case.rounds)
        bars = [(*pair, times) for pair, times in case.bars.items()]
        print(json.dumps({"title": case.title, "took": took, "bars": bars}), flush=True)


if __name__ == "__main__":
    main()
