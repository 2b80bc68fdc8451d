"""Arrays of the caller: outputs that are written into them, and arrays that are refused."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nnc
from nnc.run import destinations
from nnc.run.engines import packed
from tests.support.networks import plan_of

TEXT = """
nnc: 1
inputs: {a: bit(3), r: {type: real, default: 0}}
neurons:
  n: {weights: {a: [1, 1, -1]}, threshold: 1, fires: at_least}
  sum: {weights: {a: [1, 2, 4], r: 1}, threshold: 3}
outputs: {n: n, all: [n, a, 1], s: {sum: sum}}
"""
BITS = "nnc: 1\ninputs: {a: bit(3)}\nneurons: {n: {wiring: a, threshold: 1}}\noutputs: {n: n, a: a}"


def plan(text: str) -> nnc.Plan:
    return nnc.compile(nnc.loads(text))


def rows(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(count).integers(0, 2, (count, 3), np.uint8)


def room(count: int) -> dict[str, NDArray[Any]]:
    return {"n": np.full(count, 7, np.uint8), "a": np.full((count, 3), 7, np.uint8)}


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("count", [0, 1, 5, 65, 4096, 5000])
def test_outputs_are_written_into_arrays(
    count: int, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    a = rows(count)
    out = {**room(count), "all": np.empty((count, 5), np.uint8), "s": np.empty(count, np.int64)}
    del out["a"]
    found = nnc.evaluate(plan(TEXT), {"a": a}, out=out, engine=engine)
    assert all(found[name] is array for name, array in out.items())
    n = a @ np.array([1, 1, -1]) >= 1
    assert np.array_equal(out["n"], n)
    assert np.array_equal(out["all"], np.column_stack([n, a, np.ones(count)]))
    assert np.array_equal(out["s"], a @ np.array([1, 2, 4]))
    bits = nnc.evaluate(plan(BITS), {"a": a}, out=room(count), engine=engine)
    assert np.array_equal(bits["n"], a.sum(1) > 1)
    assert np.array_equal(bits["a"], a)


@pytest.mark.parametrize("count", [3, 5000])
def test_rows_may_lie_in_the_arrays_of_the_outputs(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a row is read after the output of another was written over it."""
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    a = rows(count)
    memory = np.zeros(4 * count, np.uint8)
    out = {"n": np.empty(count, np.uint8), "a": memory[: 3 * count].reshape(count, 3)}
    given = memory[count:].reshape(count, 3)
    given[:] = a
    nnc.evaluate(plan(BITS), {"a": given}, out=out)
    assert np.array_equal(out["a"], a)
    assert np.array_equal(out["n"], a.sum(1) > 1)


def test_one_row_by_itself_many_times() -> None:
    """The way of single rows writes into them too."""
    one, out = plan(BITS), room(1)
    for turn in range(12):
        a = np.array([[turn & 1, turn >> 1 & 1, turn >> 2 & 1]], np.uint8)
        found = nnc.evaluate(one, {"a": a}, out=out)
        assert found["n"] is out["n"]
        assert (out["n"][0], out["a"].tolist()) == (a.sum() > 1, a.tolist())


def test_numbers_that_are_not_int64() -> None:
    one = plan(TEXT)
    out = {"n": np.empty(1, np.uint8), "all": np.empty((1, 5), np.uint8)}
    given = {"a": [[1, 0, 1]], "r": [Fraction(1, 3)]}
    found = nnc.evaluate(one, given, out={**out, "s": np.empty(1, object)})
    assert found["s"].tolist() == [Fraction(16, 3)]
    with pytest.raises(ValueError, match=r"out\['s'\] has the dtype int64, which not every number"):
        nnc.evaluate(one, given, out={**out, "s": np.empty(1, np.int64)})


def test_frames_are_copied_into_arrays() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    names = ["a(0)", "a(1)", "a(2)"]
    frame = pyarrow.table({name: rows(9)[:, i] for i, name in enumerate(names)})
    out = room(9)
    assert nnc.evaluate(plan(BITS), frame, out=out)["a"] is out["a"]
    assert np.array_equal(out["a"], rows(9))
    with pytest.raises(ValueError, match=r"has the shape \(8,\); give one of \(9,\)"):
        nnc.evaluate(plan(BITS), frame, out=room(8))


def test_arrays_are_refused_before_a_frame_is_read() -> None:
    """All but their number of rows; the stream of this one stays unread."""
    pyarrow = pytest.importorskip("pyarrow")
    read = []

    def batches() -> Any:
        read.append(1)
        yield pyarrow.record_batch({f"a({i})": [1] for i in range(3)})

    schema = pyarrow.schema([(f"a({i})", pyarrow.int64()) for i in range(3)])
    for out, message in (
        ({**room(1), "a": np.zeros((1, 2), np.uint8)}, r"\(1, 2\); give one of \(rows, 3\)"),
        ({**room(1), "n": np.zeros((1, 1), np.uint8)}, r"\(1, 1\); give one of \(rows,\), rows"),
        ({**room(1), "n": np.zeros(1, bool)}, "has the dtype bool"),
    ):
        stream = pyarrow.RecordBatchReader.from_batches(schema, batches())
        with pytest.raises(ValueError, match=message):
            nnc.evaluate(plan(BITS), stream, out=out)
    assert not read
    stream = pyarrow.RecordBatchReader.from_batches(schema, batches())
    assert nnc.evaluate(plan(BITS), stream, out=room(1))["a"].tolist() == [[1, 1, 1]]
    assert read


FLAT = np.zeros(8, np.uint8)
FIXED = np.zeros(4, np.uint8)
FIXED.flags.writeable = False
REFUSED: list[tuple[Any, type[Exception], str]] = [
    ([FLAT], TypeError, "out is of type list; give a dict of an array per output"),
    ({"a": room(4)["a"]}, ValueError, "out has no array for output `n`"),
    ({**room(4), "nn": FLAT}, ValueError, "`nn`, which is not an output; did you mean `n`?"),
    ({**room(4), "n": [0] * 4}, TypeError, "out['n'] is of type list; give a NumPy array"),
    ({**room(4), "n": np.ma.zeros(4, np.uint8)}, TypeError, "is of type MaskedArray; give a"),
    ({**room(4), "n": FLAT}, ValueError, "the shape (8,); give one of (4,), rows"),
    ({**room(4), "a": FLAT}, ValueError, "the shape (8,); give one of (rows, 3), rows x size"),
    ({**room(4), "n": np.zeros(4, bool)}, ValueError, "dtype bool; give an array of uint8"),
    ({**room(4), "n": FLAT[::2]}, ValueError, "out['n'] has gaps or another order"),
    ({**room(4), "a": np.zeros((3, 4), np.uint8).T}, ValueError, "out['a'] has gaps or another"),
    ({**room(4), "n": FIXED}, ValueError, "out['n'] is read-only"),
]


@pytest.mark.parametrize(("out", "error", "message"), REFUSED)
def test_arrays_that_are_refused(out: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        nnc.evaluate(plan(BITS), {"a": rows(4)}, out=out)
    assert message in str(raised.value)


def test_arrays_that_share_memory_are_refused() -> None:
    memory = np.zeros(16, np.uint8)
    out = {"n": memory[:4], "a": memory[3:15].reshape(4, 3)}
    with pytest.raises(ValueError, match=r"out\['n'\] and out\['a'\] share memory"):
        nnc.evaluate(plan(BITS), {"a": rows(4)}, out=out)


def test_arrays_that_lie_next_to_each_other() -> None:
    """In any order, and empty ones anywhere; of overlapping ones not each follows the other."""
    text = BITS.replace("outputs: {", "outputs: {first: n, last: n, ")
    memory = np.zeros(24, np.uint8)
    places = {"last": (0, 4), "a": (4, 16), "first": (16, 20), "n": (20, 24)}
    out: dict[str, NDArray[Any]] = {n: memory[i:end] for n, (i, end) in places.items()}
    out["a"] = out["a"].reshape(4, 3)
    nnc.evaluate(plan(text), {"a": rows(4)}, out=out)
    assert np.array_equal(out["a"], rows(4))
    assert np.array_equal(out["first"], out["last"])
    out["last"] = memory[6:10]  # inside of `a`, as is the next
    with pytest.raises(ValueError, match=r"out\['last'\] and out\['a'\] share memory"):
        nnc.evaluate(plan(text), {"a": rows(4)}, out=out)
    empty = {name: array[:0] for name, array in out.items()}
    nnc.evaluate(plan(text), {"a": rows(0)}, out=empty)


def test_memory_is_compared_once_for_each_output(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    extent = destinations._extent
    monkeypatch.setattr(destinations, "_extent", lambda array: asked.append(1) or extent(array))
    names = [f"o{i}" for i in range(100)]
    outputs = ", ".join(f"{name}: n" for name in names)
    out = {name: np.empty(4, np.uint8) for name in names}
    nnc.evaluate(plan(BITS.replace("n: n, a: a", outputs)), {"a": rows(4)}, out=out)
    assert len(asked) <= 2 * 100 + 1


@pytest.mark.parametrize("count", [3, 5000])
def test_rows_with_gaps_that_lie_among_the_outputs(count: int) -> None:
    """Also backward: their first row is the last in memory."""
    a, memory = rows(count), np.zeros((count, 8), np.uint8)
    given = memory[::-1, 5:]
    given[:] = a
    out = {"n": memory.reshape(-1)[:count], "a": np.empty((count, 3), np.uint8)}
    nnc.evaluate(plan(BITS), {"a": given}, out=out)
    assert np.array_equal(out["a"], a)
    assert np.array_equal(out["n"], a.sum(1) > 1)


def test_scalars_are_refused() -> None:
    message = "all values are scalars; give inputs as arrays of one row, or leave out `out`"
    with pytest.raises(ValueError, match=message):
        nnc.evaluate(plan(BITS), {"a": 5}, out=room(1))


# -------------------------------------------------------------------------- truth tables


def test_a_bit_that_is_given_as_a_number_fits_int64(tmp_path: Path) -> None:
    used = "inputs: {x: real}\noutputs: {x: x}\n"
    text = "inputs: [a]\nparts: {p: {use: used.nn.yaml, wiring: {x: a}}}\noutputs: {x: p.x}\n"
    out = {"x": np.full(3, 7, np.int64)}
    one = plan_of(tmp_path, text, {"used": used})
    assert nnc.evaluate(one, {"a": [0, 1, 0]}, out=out)["x"] is out["x"]
    assert out["x"].tolist() == [0, 1, 0]


TABLE = """
nnc: 1
inputs: {c: {type: choice, of: [x, y, z]}, a: bit(WIDTH)}
neurons: {n: {wiring: [a, c.y], threshold: 2}}
outputs: {n: n, both: [n, a, c.x]}
"""


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("width", [2, 6, 12])
def test_a_truth_table_is_written_into_arrays(
    width: int, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    monkeypatch.setattr("nnc.run.truth_tables._BATCH", 5120)
    one, words = plan(TABLE.replace("WIDTH", str(width))), -(-(3 << width) // 64)
    out = {
        "n": np.full((1, words), 7, np.uint64),
        "both": np.full((width + 2, words), 7, np.uint64),
    }
    table = nnc.truth_table(one, out=out, engine=engine)
    assert table.packed["n"] is out["n"]
    numbers = np.arange(3 << width)
    a = np.array([numbers >> i & 1 for i in range(width)])
    n = a.sum(0) + (numbers >> width == 1) > 2
    assert np.array_equal(np.sort(table.bits("n")[0]), np.sort(n))
    returned = nnc.truth_table(one)
    for alias, own in out.items():
        assert np.array_equal(table.bits(alias), returned.bits(alias))
        assert np.array_equal(own, returned.packed[alias])  # and 0 beyond the last row


def test_arrays_of_a_truth_table_that_are_refused() -> None:
    out = {"n": np.zeros((1, 1), np.uint64), "a": np.zeros((3, 1), np.uint64)}
    one = plan(BITS)
    with pytest.raises(ValueError, match="out cannot be used with keep=False"):
        nnc.truth_table(one, keep=False, out=out)
    with pytest.raises(ValueError, match="with a network with assumptions, which leave rows out"):
        nnc.truth_table(plan(f"{BITS}\nassume: [{{at_most_one: a}}]"), out=out)
    with pytest.raises(ValueError, match=r"give one of \(3, 1\), elements x words"):
        nnc.truth_table(one, out={**out, "a": np.zeros((1, 3), np.uint64)})
    numbers = plan("nnc: 1\nfires: above\nstates: [-1, 1]\ninputs: [a]\noutputs: [a]")
    with pytest.raises(ValueError, match="the outputs of the values 0 and 1 are none"):
        nnc.truth_table(numbers, out={"a": out["n"]})
