"""Sums of rows that are given sparse, where they lie: by brute force on fractions."""

import os
import pickle
from fractions import Fraction
from operator import ge, gt, le, lt
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.run import evaluation, tables
from nnc.run.engines import How, native

sparse = pytest.importorskip("scipy.sparse")
pytestmark = pytest.mark.skipif(native.KIND is None, reason="no kernels were built")
KINDS = range(0 if native.KIND is None else min(native.KIND, 1) + 1)
RULES = {"above": gt, "at_least": ge, "below": lt, "at_most": le}
SEED = int(os.environ.get("NNC_FUZZ_SEED", "0"))
WEIGHTS = ("1/3", "-0.07", "2", "-5/7", "1e-3", "0", "12.5", str(2**36), str(-(2**36)))


def text_of(weights: list[str], limits: list[tuple[str, str]], last: tuple[str, str]) -> str:
    """Two neurons that read one bus: one has some limits, each of a rule, and one has one."""
    listed = ", ".join(weights)
    ports = ", ".join(f"t{i}: {rule} {limit}" for i, (rule, limit) in enumerate(limits))
    rule, limit = last
    return f"""
nnc: 1
inputs: {{x: bit({len(weights)})}}
neurons:
  n: {{weights: {{x: [{listed}]}}, thresholds: {{{ports}}}}}
  one: {{weights: {{x: [{", ".join(reversed(weights))}]}}, fires: {rule}, threshold: {limit}}}
outputs: {{both: [{", ".join(f"n.t{i}" for i in range(len(limits)))}], one: one}}
"""


def drawn(random: Random, count: int, width: int) -> Any:
    """Rows of few and of many ones, as compressed rows of one of the types."""
    share = np.array([random.choice((0, 0.01, 0.1, 0.5, 1)) for _ in range(count)])
    bits = np.random.default_rng(random.randrange(1 << 30)).random((count, width)) < share[:, None]
    kind = random.choice((np.bool_, np.uint8, np.int16, np.uint32, np.int64, np.dtype(">i4")))
    given = sparse.csr_array(bits).astype(np.int8)
    given.data = given.data.astype(kind)
    if random.randrange(2):
        given.indices, given.indptr = given.indices.astype(np.int64), given.indptr.astype(np.int64)
    return given, bits


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_sums_are_those_of_fractions(seed: int, kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing but the kernel reads the rows."""
    random = Random(f"{SEED} {seed}")
    width, count = random.choice((1, 3, 70, 300)), random.choice((0, 1, 7, 8, 63, 64, 65, 130, 700))
    weights = random.choices(WEIGHTS, k=width)
    given, bits = drawn(random, count, width)
    exact = [Fraction(weight) for weight in weights]
    sums = [sum((exact[i] for i in np.flatnonzero(row)), Fraction()) for row in bits]
    turned = [sum((exact[-1 - i] for i in np.flatnonzero(row)), Fraction()) for row in bits]
    seen = [str(total) for total in (*sums, *turned)[:: max(1, count // 3)]]  # equal to a limit
    limits = sorted({random.choice((*seen, "0", "1/3", "-2.5")) for _ in range(3)}, key=Fraction)
    ports = [(random.choice(("above", "at_least")), limit) for limit in limits]
    last = random.choice(list(RULES)), random.choice((*seen, "1"))
    plan = nnc.compile(nnc.loads(text_of(weights, ports, last)))
    monkeypatch.setattr(native, "KIND", kind)
    monkeypatch.setattr(tables, "evaluate_arrays", None)
    for rows in (given, {"x": given}):
        found = nnc.evaluate(plan, rows, threads=1 + seed % 2)
        right = [[RULES[rule](s, Fraction(limit)) for rule, limit in ports] for s in sums]
        assert found["both"].tolist() == np.array(right, int).reshape(count, len(ports)).tolist()
        assert found["one"].tolist() == [RULES[last[0]](s, Fraction(last[1])) for s in turned]
        assert {array.dtype for array in found.values()} == {np.dtype(np.uint8)}


def test_threads_and_outputs_of_the_caller() -> None:
    given, bits = drawn(Random(1), 20_000, 50)
    weights = np.random.default_rng(1).integers(-9, 10, 50)
    text = text_of([str(w) for w in weights], [("above", "1"), ("at_least", "3")], ("below", "2"))
    plan = nnc.compile(nnc.loads(text))
    out = {"both": np.empty((20_000, 2), np.uint8), "one": np.empty(20_000, np.uint8)}
    for threads in (1, 2):
        nnc.evaluate(plan, given, threads=threads, out=out)
        sums, turned = bits @ weights, bits @ weights[::-1]
        assert np.array_equal(out["both"], np.stack([sums > 1, sums >= 3], 1))
        assert np.array_equal(out["one"], turned < 2)
    with pytest.raises(ValueError, match="has the shape"):
        nnc.evaluate(plan, given[1:], out=out)


PLAIN = "nnc: 1\ninputs: {x: bit(70)}\nneurons: {n: {wiring: x, threshold: 3}}\noutputs: {n: n}\n"

LAYER = """
nnc: 1
inputs: {x: bit(70)}
layers: {n: {wiring: x, weights: 1, thresholds: 3, size: 2}}
outputs: {n: n}
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_rows_that_are_not_rising_ones_are_left(
    dtype: Any, kind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever that stands: to be read as others are, or refused."""
    monkeypatch.setattr(native, "KIND", kind)
    given, _ = drawn(Random(3), 300, 70)
    given.data = np.ones(given.nnz, np.int8)
    given.indices, given.indptr = given.indices.astype(dtype), given.indptr.astype(dtype)
    plan = nnc.compile(nnc.loads(PLAIN))
    assert evaluation.sparse_rows(plan, {"x": given}, evaluation.AUTO) is not None
    ends = np.flatnonzero(np.diff(given.indptr) > 1)
    lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
    for row in (*ends[:3], ends[len(ends) // 2], *ends[-3:]):
        start, stop = given.indptr[row : row + 2]
        for name, place, value in (
            ("data", start, 2), ("data", stop - 1, 0), ("data", stop - 1, -1),
            ("indices", stop - 1, 70), ("indices", stop - 1, highest), ("indices", start, -1),
            ("indices", start, lowest), ("indices", start + 1, given.indices[start]),
            ("indices", start, given.indices[start + 1]), ("indices", stop - 2, 70),
            ("indptr", row + 1, start - 1 if start else -1), ("indptr", row, lowest),
            ("indptr", row + 1, given.nnz + 1), ("indptr", row + 1, highest),
        ):  # fmt: skip
            damaged = given.copy()
            getattr(damaged, name)[place] = value
            found = evaluation.sparse_rows(plan, {"x": damaged}, evaluation.AUTO)
            assert found is None, (name, place, value)


def test_a_copy_and_no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    given, bits = drawn(Random(5), 90, 70)
    plan = nnc.compile(nnc.loads(PLAIN))
    right = (bits.sum(1) > 3).tolist()
    assert nnc.evaluate(plan, given)["n"].tolist() == right
    assert nnc.evaluate(pickle.loads(pickle.dumps(plan)), given)["n"].tolist() == right
    numpy = How(engine="numpy")
    assert evaluation.sparse_rows(plan, {"x": given}, numpy) is None
    monkeypatch.setattr(native, "KIND", None)
    monkeypatch.setattr(native, "is_missed", False)  # and back, for who tells it
    assert evaluation.sparse_rows(plan, {"x": given}, evaluation.AUTO) is None
    assert nnc.evaluate(plan, given)["n"].tolist() == right


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("indices", [0, 1]),
        ("indices", None),
        ("indices", np.zeros((2, 1), np.int32)),
        ("indices", np.array([0, 1], np.int64)),
        ("indices", np.array([0, 1], ">i4")),
        ("indices", np.array([0, 0, 1, 1], np.int32)[::2]),
        ("indptr", np.array([1, 1, 2], np.int32)),
        ("indptr", np.array([0, 1, 2, 2], np.int32)),
        ("indptr", np.zeros(0, np.int32)),
        ("data", np.ones(2)),
        ("data", np.ones(3, np.int8)),
        ("data", np.ones(2, object)),
    ],
)
def test_arrays_of_another_form_are_left(attribute: str, value: Any) -> None:
    given = sparse.csr_array(
        (np.ones(2, int), np.array([0, 1], np.int32), np.array([0, 1, 2], np.int32)), (2, 70)
    )
    plan = nnc.compile(nnc.loads(PLAIN))
    assert evaluation.sparse_rows(plan, {"x": given}, evaluation.AUTO) is not None
    setattr(given, attribute, value)
    assert evaluation.sparse_rows(plan, {"x": given}, evaluation.AUTO) is None
    other = sparse.csr_array((2, 69), dtype=bool)
    assert evaluation.sparse_rows(plan, {"x": other}, evaluation.AUTO) is None


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("{n: n}", "{n: n, s: {sum: n}}"),
        PLAIN.replace("{n: n}", "{n: n, x: x}"),
        PLAIN.replace("bit(70)", "bit(70), a: bit").replace("x: bit", "x: bit"),
        PLAIN.replace("wiring: x", "weights: {x: 9223372036854775807}"),
        PLAIN.replace("threshold: 3", "threshold: 4611686018427387904"),
        PLAIN + "assume: [{never: {x(69): 1}}]\n",
        PLAIN.replace("{n: n}", "[m]").replace("3}", "3}, m: {wiring: n, threshold: 0}"),
        LAYER,
    ],
)
def test_other_networks_are_left(text: str) -> None:
    given, bits = drawn(Random(4), 90, 70)
    plan = nnc.compile(nnc.loads(text))
    assert evaluation.sparse_rows(plan, {"x": given}, evaluation.AUTO) is None
    if "assume" not in text:
        beside = {"a": 1} if "a: bit" in text else {}
        found = nnc.evaluate(plan, {"x": given} | beside)
        for alias, right in nnc.evaluate(plan, {"x": bits} | beside).items():
            assert np.array_equal(found[alias], right)
