"""Packed rows: every kind of kernel, any number of rows and threads, the same bits and sums."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nnc
from nnc.compiler.plan import Plan
from nnc.language.network import Layer, Network
from nnc.rows.columns import Batch, Column
from nnc.run.engines import ENGINES, Signals, Wanted, native, packed, parts, words
from nnc.run.engines.program import Neurons, needed
from tests.support.both import everything, plan, signal_of
from tests.support.drawn_layers import FIRES
from tests.support.everywhere import reloaded
from tests.support.oracle import COMPARE
from tests.support.strategies import EVERY, example

KINDS = [None, *range(0 if native.KIND is None else native.KIND + 1)]
"""NumPy, and every kind of native kernel that this processor can run."""
COUNTS = [0, 1, 4, 5, 63, 64, 65, 127, 128, 129, 1000]


WAYS = [*((kind, False) for kind in KINDS), *((kind, True) for kind in (None, *KINDS[2:4][-1:]))]
"""Each kind as it is; NumPy without matrices; and the best kernels that make machine code."""


def name_of(way: tuple[int | None, bool]) -> str:
    kind, is_machine = way
    if kind is None:
        return "NumPy" + ", no matrices" * is_machine
    return native.KINDS[kind] + " as code" * is_machine


@pytest.fixture(params=WAYS, ids=name_of)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, is_machine = request.param
    monkeypatch.setattr(native, "KIND", kind)
    monkeypatch.setattr(native, "USES_MACHINE_CODE", is_machine)
    if kind is None and is_machine:
        monkeypatch.setattr(words, "_FILLED", 0)
    monkeypatch.setattr(native, "MANY_WORDS", 0)
    monkeypatch.setattr(native, "is_missed", False)


@pytest.fixture(params=KINDS, ids=lambda kind: name_of((kind, False)))
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "KIND", request.param)
    monkeypatch.setattr(native, "is_missed", False)


def run(one: Plan, columns: list[Any], count: int, wanted: Wanted, threads: int = 1) -> Signals:
    asked = wanted._replace(threads=threads, native=native.KIND is not None)
    return ENGINES["packed"](one, Batch(tuple(columns), count), asked)


def compare(one: Plan, columns: list[Any], count: int, threads: int = 1) -> None:
    """Compare with whole columns, for all bits and sums, and for bits alone.

    The plan as it comes back from a file gives the same.
    """
    plain = ENGINES["scalar"](one, Batch(tuple(columns), count), everything(one))
    for each in (one, reloaded(one)):
        compare_packed(each, plain, columns, count, threads)


def compare_packed(one: Plan, plain: Signals, columns: list[Any], count: int, threads: int) -> None:
    wanted = everything(one)
    found = run(one, columns, count, wanted, threads)
    alone = run(one, columns, count, wanted._replace(sums=frozenset()), threads)
    for signal in wanted.signals:
        expected = plain.bit(signal).tolist()
        assert found.bit(signal).tolist() == expected, one.name_of(signal)
        assert alone.bit(signal).tolist() == expected, one.name_of(signal)
    for signal in wanted.sums:
        assert found.sums[signal].values() == plain.sums[signal].values(), one.name_of(signal)
    order = sorted(wanted.signals)
    if order:
        bus = found.bus(order[::-1])
        assert (bus.shape, bus.dtype) == ((count, len(order)), np.uint8)
        assert bus.T.tolist() == [plain.bit(signal).tolist() for signal in order[::-1]]


def random_bits(count: int, width: int, seed: int) -> Column:
    rng = np.random.default_rng(seed)
    return Column(rng.integers(0, 2, (count, width)).astype(np.uint8))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("count", COUNTS)
def test_any_number_of_rows(count: int) -> None:
    one = plan("n: {weights: {a: [1, 2, -3, 4]}, thresholds: {x: 0, y: 2}}, m: {wiring: [n, "
               "a(0)], fires: all}, "
               "k: {weights: {m: -1, r: 0.5}, threshold: 0.3}", "[k]",
               "{a: bit(4), r: real}")  # fmt: skip
    reals = Column(np.random.default_rng(count).integers(-9, 9, count), 10)
    compare(one, [random_bits(count, 4, count), reals], count)


@pytest.mark.usefixtures("way")
def test_a_sum_of_many_sources() -> None:
    """More than are added at a time, with decimal weights, beside Python's integers."""
    rng = np.random.default_rng(7)
    weights = rng.integers(-900, 4000, 1100).tolist()
    written = ", ".join(f"{weight / 1000:.3f}" for weight in weights)
    neuron = f"n: {{weights: {{a: [{written}]}}, thresholds: {{x: 840, y: 870.5}}}}"
    one = plan(neuron, "{x: n.x, y: n.y}", "{a: bit(1100)}")
    column = random_bits(300, 1100, 7)
    columns: list[Any] = [column]
    found = run(one, columns, 300, everything(one)._replace(sums=frozenset()))
    totals = [
        sum(weight for weight, bit in zip(weights, row, strict=True) if bit)
        for row in column.numerators.tolist()
    ]
    for place, limit in ((0, 840_000), (1, 870_500)):
        expected = [int(total > limit) for total in totals]
        assert 0 < sum(expected) < 300
        assert found.bit(one.outputs[place].signals[0]).tolist() == expected


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads(threads: int) -> None:
    neurons = ", ".join(f"n{k}: {{weights: {{a: {[(k * j) % 7 - 3 for j in range(9)]}}}, "
                        f"threshold: {k % 3}}}"
                        for k in range(20))  # fmt: skip
    one = plan(f"{neurons}, last: {{wiring: [{', '.join(f'n{k}' for k in range(20))}], "
               f"threshold: 9}}",
               "[last]", "{a: bit(9)}")  # fmt: skip
    compare(one, [random_bits(3000, 9, threads)], 3000, threads)


@pytest.mark.usefixtures("way")
def test_rows_in_several_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide networks are calculated some rows at a time."""
    monkeypatch.setattr(packed, "_MAX_BYTES", 1)
    monkeypatch.setattr(native, "_MANY", 1)
    one = plan(
        "n: {weights: {a: [1, 2, -3, 4], r: 0.5}, threshold: 1}, m: {wiring: [n, a], fires: all}",
        "[m]",
        "{a: bit(4), r: real}",
    )
    for count in (64, 65, 200):
        reals = Column(np.random.default_rng(count).integers(-9, 9, count), 10)
        compare(one, [random_bits(count, 4, count), reals], count)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("count", [4096, 4600, 4672])
def test_bits_of_many_rows(count: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Made some rows at a time, of arrays in any order, and beside what NumPy adds up."""
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 576)
    monkeypatch.setattr(native, "_MANY", 1)
    weights = [3, -2, 1, 1, -1, 2, 4]
    one = plan(f"n: {{weights: {{a: {weights}, b: -1}}, threshold: 1}}, "
               "m: {wiring: [a(0), n], fires: all}",
               "{n: n, m: m, all: [m, n, a, m, 1]}", "{a: bit(7), b: bit}")  # fmt: skip
    bits = np.random.default_rng(count).integers(0, 2, (count, 7), np.uint8)
    np.save(tmp_path / "a.npy", bits)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    b = bits[:, 3] ^ bits[:, 5]
    n = bits @ np.array(weights) - b >= 2
    m = n & (bits[:, 0] == 1)
    for a in (bits, np.asfortranarray(bits), mapped, bits[::-1].copy()[::-1], bits == 1):
        found = nnc.evaluate(one, {"a": a, "b": b})
        assert np.array_equal(found["n"], n)
        assert np.array_equal(found["m"], m)
        right = np.column_stack([m, n, bits, m, np.ones(count)])
        assert np.array_equal(found["all"], right)
        assert {array.dtype for array in found.values()} == {np.dtype(np.uint8)}


@pytest.mark.usefixtures("way")
def test_ones_are_counted_within_the_memory_of_a_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """As rows are evaluated: a few at a time of wide networks, however many are counted."""
    one = plan("n: {weights: {a: [1, 2, -3, 4]}, threshold: 1}", "[n]", "{a: bit(4)}")
    batch, n = Batch((random_bits(200, 4, 5),), 200), signal_of(one, "n")
    wanted = Wanted(frozenset([n]), frozenset(), native=native.KIND is not None)
    right = packed.count_ones(one, batch, wanted)
    monkeypatch.setattr(packed, "_MAX_BYTES", 1)
    sizes, bank = [], packed._Bank

    def made(*given: Any) -> Any:
        sizes.append(given[1].count)
        return bank(*given)

    monkeypatch.setattr(packed, "_Bank", made)
    assert packed.count_ones(one, batch, wanted) == right
    assert sizes == [64, 64, 64, 8]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("count", [1, 63, 64, 130])
def test_bits_as_words(count: int) -> None:
    """Of every engine the same: row r is bit r % 64 of word r // 64, and none beyond the last."""
    one = plan("n: {weights: {a: [1, -1, 1]}, threshold: 0, fires: at_least}", "[n]", "{a: bit(3)}")
    wanted = everything(one)._replace(
        signals=frozenset(range(one.signals)), native=native.KIND is not None
    )
    column = random_bits(count, 3, count)
    for signals in (range(2, 6), [5, 2, 5], [1, 0]):
        found = {
            name: run_one(
                one, Batch((column,), count), wanted._replace(native=native.KIND is not None)
            )
            for name, run_one in ENGINES.items()
        }
        right = np.stack([found["scalar"].bit(signal) for signal in signals])
        whole = np.zeros((len(right), -(-count // 64) * 64), np.uint8)
        whole[:, :count] = right
        expected = np.packbits(whole, axis=1, bitorder="little").view(np.uint64)
        for name, one_found in found.items():
            assert one_found.words_of(signals).tolist() == expected.tolist(), name


@pytest.mark.usefixtures("way")
def test_random_networks(tmp_path: Path) -> None:
    rng = Random(92)
    from nnc.rows.inputs.arrays import batch_from_arrays

    for k in range(25):
        drawn = example(rng, 3, EVERY)
        folder = tmp_path / str(k)
        one = nnc.compile(nnc.load(drawn.put(folder), root=folder))
        given = {name: [row[name] for row in drawn.rows] * 23 for name in drawn.rows[0]}
        batch, _ = batch_from_arrays(given, one.inputs)
        compare(one, list(batch.columns), batch.count)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("fan_in", [1, 5, 64, 65, 513])
def test_dense_layers_of_bytes(fan_in: int, full: bool) -> None:
    """Weights of the whole range, limits within and beyond, each rule; few rows, often."""
    fan_in += 719 * full
    rng = np.random.default_rng(fan_in)
    weights = rng.integers(-128, 128, (37, fan_in)).astype(np.int8)
    weights[0], weights[1], weights[2] = -128, 127, 0
    for k, fires in enumerate(FIRES):
        bits = random_bits(130, fan_in, k)
        totals = bits.numerators.astype(int) @ weights.T.astype(int)
        limits = totals[5].tolist()
        limits[3:9] = [10**9, -(10**9), 0, int(totals.max()), int(totals.min()), "1/2"]
        one = nnc.compile(Network(
            inputs={"a": {"type": "bit", "size": fan_in}}, fires=fires,  # type: ignore[arg-type]
            layers={"h": Layer(wiring="a", weights=weights, thresholds=limits)}, outputs=["h"],
        ))  # fmt: skip
        wanted = everything(one)._replace(sums=frozenset())
        order = sorted(wanted.signals)
        right = np.stack(
            [COMPARE[fires](totals[:, i], Fraction(limit)) for i, limit in enumerate(limits)]
        )
        for _ in range(3):
            for count in (1, 3, 4, 5, 130):
                found = run(one, [Column(bits.numerators[:count])], count, wanted)
                assert (found.bus(order) == right.T[:count]).all()


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", KINDS[1:], indirect=True)
@pytest.mark.parametrize("largest", [0, 1, 8, 31, 32, 63, 64, 128])
@pytest.mark.parametrize(
    ("size", "fan_in", "rows"), [(1, 1, 5), (2, 47, 64), (35, 272, 200), (3, 8192, 5)]
)
def test_dense_layers_of_small_weights(largest: int, size: int, fan_in: int, rows: int) -> None:
    """As many sums as fit a byte are added as bytes: also where all are as large as can be."""
    rng = np.random.default_rng(largest)
    weights = rng.integers(-largest, min(largest, 127) + 1, (size, fan_in)).astype(np.int8)
    weights[0] = -largest
    weights[1:2] = min(largest, 127)
    check_product(weights, rows)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", KINDS[1:], indirect=True)
def test_dense_layers_beyond_the_cache() -> None:
    """More weights than tables are made of at a time, and more rows than are laid out at a time."""
    rng = np.random.default_rng(3)
    weights = rng.integers(-8, 9, (19, 8191)).astype(np.int8)  # 8,191 times 8 fit 16 bits
    weights[0], weights[1] = 8, -8
    check_product(weights, 500)


def check_product(weights: NDArray[np.int8], rows: int) -> None:
    """Compare a product of random bits with NumPy, for limits within and beyond the totals."""
    size, fan_in = weights.shape
    bits = random_bits(rows, fan_in, rows).numerators
    bits[0] = 1
    totals = weights.astype(int) @ bits.T.astype(int)
    limits = totals[:, rows // 2].astype(np.int32)
    limits[2:5] = [2**24, -(2**24), 0][: len(limits[2:5])]
    packed = np.empty((fan_in, -(-rows // 64)), np.uint64)
    native.pack_rows(bits, packed, 1)
    out = np.empty((size, packed.shape[1]), np.uint64)
    for turned in (False, True):
        native.Product(weights, limits, turned=turned).run(packed, out, rows, 1)
        found = np.empty((rows, size), np.uint8)
        native.unpack_rows(out, found, 1)
        assert np.array_equal(found.T, (totals >= limits[:, None]) ^ turned)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "i8", "f4", "?"])
def test_layers_after_layers(dtype: str, full: bool) -> None:
    """Products, programs and neurons between them; states, and weights in Fortran's order."""
    rng = np.random.default_rng(7)
    low, wide = 0 if dtype in ("u1", "?") else -8, 30 if dtype == "f4" else 120
    first = rng.integers(low, 2 if dtype == "?" else 9, (wide, 100)).astype(dtype)
    second = np.asfortranarray(
        rng.integers(low, 2 if dtype == "?" else 9, (50, wide)).astype(dtype)
    )
    one = nnc.compile(Network(
        inputs={"a": {"type": "bit", "size": 100, "states": [-1, 1]}}, fires="at_least",
        layers={
            "h": Layer(wiring="a", weights=first, thresholds=3),
            "g": Layer(wiring="h", weights=second, thresholds=rng.integers(-20, 90, 50),
                       states=[1, -1]),
            "top": Layer(wiring=["g(3:30)", "n", "a(0:5)"], weights=1, thresholds=[2, 5, 9]),
        },
        neurons={"n": {"wiring": ["h(7)", "g(0:20)"], "threshold": 4}},
        outputs={"g": "g", "n": "n", "top": "top", "most": {"largest": "g"}},
    ))  # fmt: skip
    for count in (1, 70, 200) if full else (70,):
        compare(one, [random_bits(count, 100, count)], count)


@pytest.mark.usefixtures("way")
def test_weights_beyond_what_fits_in_planes() -> None:
    """Neurons whose totals take many bits are not program; both kinds lie in one level."""
    values = [1, 127, 128, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**47, 2**62, 2**63, 10**25]
    neurons = ", ".join(f"n{k}: {{weights: {{a: {value}, b: {-value + 1}, c: 1}}, thresholds: "
                        f"{{x: 0, y: {value}, z: {-value}}}}}" for k,
                        value in enumerate(values))  # fmt: skip
    more = ", ".join(f"m{k}: {{wiring: [n{k}, c], threshold: 1}}" for k in range(len(values)))
    one = plan(f"{neurons}, {more}", "[m0]", "[a, b, c]")
    bits = [[row >> k & 1 for row in range(8)] * 17 for k in range(3)]
    compare(one, [Column(np.array(column, np.uint8)) for column in bits], 8 * 17)


@pytest.mark.usefixtures("way")
def test_only_what_is_asked_for_is_calculated() -> None:
    one = plan("n: {wiring: [a, b], threshold: 0}, m: {wiring: [n, b], threshold: 1}, k: "
               "{wiring: m, threshold: 0}",
               "[k]")  # fmt: skip
    columns = [
        Column(np.array([0, 1, 1] * 30, np.uint8)),
        Column(np.array([0, 0, 1] * 30, np.uint8)),
    ]
    n, m, a = (signal_of(one, name) for name in ("n", "m", "a"))
    found = run(one, columns, 90, Wanted(frozenset({n, a, 0, 1}), frozenset()))
    assert found.bit(n).tolist() == [0, 1, 1] * 30
    assert found.bit(a).tolist() == [0, 1, 1] * 30
    assert found.bit(1).tolist() == [1] * 90
    sums = run(one, columns, 90, Wanted(frozenset(), frozenset({m}))).sums
    assert sums[m].values() == [0, 1, 2] * 30


@pytest.mark.usefixtures("way")
def test_the_same_plan_for_other_rows_and_wishes() -> None:
    """What a plan keeps for the next time depends on nothing that changes."""
    one = plan("n: {weights: {a: [1, 1, 1]}, threshold: 1}, m: {weights: {n: 1, a: [2, 0, 0]}, "
               "threshold: 1}",
               "[m]", "{a: bit(3)}")  # fmt: skip
    for count in (70, 3, 128, 70):
        compare(one, [random_bits(count, 3, count)], count)
        n = signal_of(one, "n")
        column = random_bits(count, 3, count + 1)
        found = run(one, [column], count, Wanted(frozenset({n}), frozenset({n})))
        totals = column.numerators.sum(1).tolist()
        assert found.sums[n].values() == totals
        assert found.bit(n).tolist() == [int(total > 1) for total in totals]


@pytest.mark.skipif(not native.KIND, reason="no kernel for layers of bytes")
def test_rows_that_come_while_weights_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may ask for the same plan at any time: it must not see half of anything."""
    rng = np.random.default_rng(8)
    weights = rng.integers(-128, 128, (40, 600)).astype(np.int8)
    one = nnc.compile(
        Network(
            inputs={"a": {"type": "bit", "size": 600}},
            fires="above",
            layers={"h": Layer(wiring="a", weights=weights, thresholds=0)},
            outputs=["h"],
        )
    )
    wanted = everything(one)._replace(sums=frozenset(), native=True)
    bits = rng.integers(0, 2, (1, 600)).astype(np.uint8)
    right = (weights.astype(int) @ bits[0] > 0).tolist()
    split, seen = native.kernels.split, []

    def once(*arguments: Any) -> None:
        if not seen:
            seen.append(True)
            found = ENGINES["packed"](one, Batch((Column(bits),), 1), wanted)
            assert found.bus(sorted(wanted.signals))[0].tolist() == right
        split(*arguments)

    monkeypatch.setattr(native.kernels, "split", once)
    for _ in range(12):
        found = ENGINES["packed"](one, Batch((Column(bits),), 1), wanted)
        assert found.bus(sorted(wanted.signals))[0].tolist() == right
    assert seen


@pytest.mark.skipif(not native.KIND, reason="there is no kernel for products")
@pytest.mark.parametrize("dtype", ["int8", "int16", "int64", ">i4", "uint8", "fortran"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_weights_are_narrowed_where_all_fit(
    dtype: str, beyond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One beyond int8 leaves its layer to NumPy; both say the same."""
    rng, dense, calls = np.random.default_rng(10), native.kernels.dense, []
    weights = rng.integers(0, 128, (50, 200)).astype(dtype if dtype != "fortran" else "int8")
    if dtype == "fortran":
        weights = np.asfortranarray(weights)
    if weights.dtype.name not in ("int8", "uint8"):
        weights[:25] *= -1
        weights[3, 4] = -128
    if beyond and weights.dtype != np.int8:
        weights[49, 199] = 128

    def counted(*arguments: Any) -> None:
        calls.append(arguments[1].dtype)
        dense(*arguments)

    monkeypatch.setattr(native.kernels, "dense", counted)
    layer = Layer(wiring="a", weights=weights, thresholds=3)
    inputs = {"a": {"type": "bit", "size": 200}}
    one = Network(inputs=inputs, fires="above", layers={"h": layer}, outputs=["h"])
    rows = rng.integers(0, 2, (500, 200)).astype(np.uint8)
    found = nnc.evaluate(one, {"a": rows}, threads=1)["h"]
    assert found.tolist() == (rows.astype(int) @ weights.T.astype(int) > 3).tolist()
    assert calls == ([] if beyond and weights.dtype != np.int8 else [np.dtype(np.int8)])


def test_one_plan_in_several_threads() -> None:
    rng = np.random.default_rng(9)
    weights = rng.integers(-8, 9, (50, 200)).astype(np.int8)
    one = nnc.compile(
        Network(
            inputs={"a": {"type": "bit", "size": 200}},
            fires="above",
            layers={"h": Layer(wiring="a", weights=weights, thresholds=3)},
            neurons={"n": {"wiring": "h", "threshold": 20}},
            outputs=["h", "n"],
        )
    )
    rows = rng.integers(0, 2, (500, 200)).astype(np.uint8)
    right = (rows.astype(int) @ weights.T.astype(int) > 3).astype(int)

    def check(place: int) -> bool:
        count = (1, 2, 5, 30, 70)[place % 5]
        found = nnc.evaluate(one, {"a": rows[place : place + count]})
        return bool((found["h"] == right[place : place + count]).all()) and bool(
            (found["n"] == (right[place : place + count].sum(1) > 20)).all()
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(check, range(400)))


@pytest.mark.parametrize("kind", KINDS[1:])
def test_rows_are_packed_and_unpacked_alike_by_all_kernels(kind: int) -> None:
    rng = np.random.default_rng(10)
    for rows, width in [(1, 1), (64, 64), (65, 63), (511, 130), (1200, 24)]:
        bits = rng.integers(0, 2, (rows, width)).astype(np.uint8)
        words = -(-rows // 64)
        packed, again = np.full((width, words), 7, np.uint64), np.full((rows, width), 7, np.uint8)
        native.kernels.pack(kind, bits, packed, 0, words)
        padded = np.pad(bits, ((0, words * 64 - rows), (0, 0)))
        expected = np.packbits(padded.T, axis=1, bitorder="little")
        assert packed.view(np.uint8).tolist() == expected.tolist()
        native.kernels.unpack(kind, again, packed, 0, words)
        assert again.tolist() == bits.tolist()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("fires", FIRES)
@pytest.mark.parametrize("edge", [2**40, 2**44, 2**53, 2**62, 2**63, 2**64])
def test_thresholds_at_the_edges_of_the_integer_types(edge: int, fires: str) -> None:
    """A neuron of a few bits and a threshold far beyond its sums: it fires always or never."""
    lists = [(1, 1), (1, -1), (-1, -1), (2**39, -(2**39)), (3, 2, 1), (1, 1, 1, -7), (1,) * 5]
    thresholds = [sign * edge + k for sign in (1, -1) for k in (-1, 0, 1)]
    neurons = [
        f"n{i}_{k}: {{weights: {{a: {[*weights, *[0] * (5 - len(weights))]}}}, "
        f"threshold: {limit}, fires: {fires}}}"
        for i, weights in enumerate(lists)
        for k, limit in enumerate(thresholds)
    ]
    few = [
        f"m{i}_{k}: {{weights: {{{', '.join(f'a({j}): {w}' for j, w in enumerate(weights))}}}, "
        f"threshold: {limit}, fires: {fires}}}"
        for i, weights in enumerate(lists)
        for k, limit in enumerate(thresholds)
    ]
    one = plan(", ".join([*neurons, *few]), "[n0_0]", "{a: bit(5)}")
    rows = np.array([[row >> k & 1 for k in range(5)] for row in range(32)], np.uint8)
    compare(one, [Column(rows)], 32)
    wanted = everything(one)._replace(sums=frozenset())
    found = run(one, [Column(rows)], 32, wanted)
    for i, weights in enumerate(lists):
        totals = [sum(w * b for w, b in zip(weights, row, strict=False)) for row in rows.tolist()]
        for k, limit in enumerate(thresholds):
            right = [COMPARE[fires](total, limit) for total in totals]
            for name in (f"n{i}_{k}", f"m{i}_{k}"):
                assert found.bit(signal_of(one, name)).tolist() == right, (weights, limit)


@pytest.mark.parametrize("rows", [24, 25, 4096])
def test_a_threshold_at_the_end_of_int64_is_never_passed(rows: int) -> None:
    one = plan("n: {weights: {a: 1, b: 1}, threshold: 9223372036854775807}")
    for engine in ("auto", "numpy"):
        given = {"a": [1] * rows, "b": [1] * rows}
        found = nnc.evaluate(one, given, engine=engine)  # type: ignore[arg-type]
        assert found["n"].tolist() == [0] * rows


@pytest.mark.usefixtures("way")
def test_a_layer_whose_bounds_a_file_tells_wrong_is_no_program() -> None:
    """Its sums have more bits than kernels have planes for, whatever the file says."""
    layer = Layer(wiring="x", weights=np.full((4, 40), 2**61), thresholds=1)
    told = nnc.compile(Network(inputs={"x": "bit(40)"}, fires="at_least", layers={"h": layer},
                               outputs=["h"]))  # fmt: skip
    lied = replace(told.layers[0], arithmetic="int64", least=0, greatest=1)
    assert list(parts.cut(replace(told, layers=(lied,)), use_native=True)) == [lied]
    bits = np.ones((100, 40), np.uint8)
    bits[7] = 0
    wanted = everything(told)
    found = run(replace(told, layers=(lied,)), [Column(bits)], 100, wanted)
    for i in range(4):
        assert found.bit(told.first_made + i).tolist() == [1] * 7 + [0] + [1] * 92
        assert (
            found.sums[told.first_made + i].values() == [40 * 2**61] * 7 + [0] + [40 * 2**61] * 92
        )


@pytest.mark.usefixtures("way")
def test_a_layer_from_a_file_that_reads_numbers_not_in_a_row() -> None:
    """Its sources are an array then, and no tuple."""
    one = nnc.compile(Network(
        inputs={"x": "real", "y": "real", "b": "bit"}, fires="at_least", outputs=["h"],
        layers={"h": Layer(wiring=["y", "x", "b"], weights=[[1, 1, 2], [2, -3, 1]],
                           thresholds=[0, 1])},
    ))  # fmt: skip
    columns = [Column(np.arange(30)), Column(np.arange(30)[::-1].copy(), 3), random_bits(30, 1, 1)]
    columns[2] = Column(columns[2].numerators[:, 0])
    assert isinstance(reloaded(one).layers[0].sources, np.ndarray)
    compare(one, columns, 30)


def _drawn_neurons(rng: Random, count: int) -> tuple[Neurons, int]:
    """Draw neurons of one or two thresholds, of which many are read by nothing."""
    indptr, sources, limit_ptr, first, signal = [0], list[int](), [0], list[int](), 5
    for _ in range(count):
        own = rng.sample(range(signal), rng.randint(0, 3))
        own += [signal - 1] if rng.random() < 0.5 and signal - 1 not in own else []
        sources += own
        indptr.append(len(sources))
        first.append(signal)
        signal += rng.choice((1, 1, 2))
        limit_ptr.append(limit_ptr[-1] + signal - first[-1])
    columns = ([1] * count, [0] * count, indptr, sources, [1] * len(sources), limit_ptr,
               [0] * limit_ptr[-1], first)  # fmt: skip
    return Neurons(*(np.array(column, np.int64) for column in columns)), signal


def test_what_is_needed_is_what_something_wanted_depends_on() -> None:
    rng = Random(21)
    left_out = set()
    for _ in range(150):
        neurons, signals = _drawn_neurons(rng, rng.randint(0, 40))
        wanted = rng.sample(range(2, signals), rng.randint(0, 3))
        makes = np.split(neurons.made(), neurons.limit_ptr[1:-1]) if len(neurons.first) else []
        reads = np.split(neurons.sources, neurons.indptr[1:-1]) if len(neurons.first) else []
        right: set[int] = set()
        todo = list(wanted)
        while todo:
            signal = todo.pop()
            if signal not in right:
                right.add(signal)
                todo += [s for made, read in zip(makes, reads, strict=True) if signal in made
                         for s in read.tolist()]  # fmt: skip
        which, is_needed = needed(neurons, signals, wanted)
        assert set(np.flatnonzero(is_needed).tolist()) == right
        assert which.tolist() == [i for i, made in enumerate(makes) if right & set(made.tolist())]
        left_out.add(len(makes) - len(which))
    assert {0, 1} < left_out
    assert max(left_out) > 20  # more than rounds, one after the other
