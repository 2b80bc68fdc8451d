"""Sparse rows: the same outputs as of all their bits, however they are stored."""

from typing import Any

import numpy as np
import pytest

import nnc
from nnc.rows.inputs.sparse import SparseColumn
from nnc.run.engines import native, packed

sparse = pytest.importorskip("scipy.sparse")

TEXT = """
nnc: 1
inputs: {x: bit(5)}
neurons: {n: {weights: {x: [3, -1, 2, 1, -2]}, threshold: 1}}
outputs: {n: n, x: x, total: {sum: n}}
"""
BITS = TEXT.replace(", total: {sum: n}", "")
MIXED = """
nnc: 1
inputs: {a: bit, x: bit(3), b: bit}
neurons: {n: {wiring: [a, x, b], threshold: 2}}
outputs: [n]
"""


def rows(count: int, width: int) -> Any:
    return (np.random.default_rng(count).random((count, width)) < 0.3).astype(np.int8)


def assert_same(text: str, given: Any, bits: Any, **how: Any) -> None:
    plan = nnc.compile(nnc.loads(text))
    found, right = nnc.evaluate(plan, given, **how), nnc.evaluate(plan, bits, **how)
    for alias, values in right.items():
        assert found[alias].dtype == values.dtype
        assert np.array_equal(found[alias], values)


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("count", [0, 1, 63, 700, 5000])
def test_any_number_of_rows(count: int, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of bits alone, which are made some rows at a time."""
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    bits = rows(count, 5)
    for text in (TEXT, BITS):
        assert_same(text, sparse.csr_array(bits), bits, engine=engine)
        assert_same(text, {"x": sparse.csr_array(bits)}, {"x": bits}, engine=engine)


@pytest.mark.parametrize("form", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_every_form_and_type(form: str, dtype: Any) -> None:
    bits = rows(70, 5).astype(dtype)
    assert_same(TEXT, sparse.csr_array(bits).asformat(form), bits)
    assert_same(TEXT, sparse.csr_matrix(bits).asformat(form), bits)
    assert_same(MIXED, sparse.csr_array(bits).asformat(form), bits)


def test_what_is_stored_twice_or_as_zero() -> None:
    """It is added up, as SciPy does; and nothing of the caller is changed."""
    data, indices, indptr = [1, -1, 1, 0, 1], [2, 2, 2, 0, 4], [0, 3, 5]
    given = sparse.csr_array((data, indices, indptr), (2, 5))
    assert_same(TEXT, given, np.array([[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]))
    assert (given.data.tolist(), given.indices.tolist()) == (data, indices)
    twice = sparse.csr_array(([True, True], [1, 1], [0, 2]), (1, 5))
    assert_same(TEXT, twice, np.array([[0, 1, 0, 0, 0]]))


def test_places_of_64_bits_and_rows_without_ones() -> None:
    bits = np.zeros((300, 5), np.uint8)
    bits[130:140] = rows(10, 5)
    given = sparse.csr_array(bits)
    given.indices, given.indptr = given.indices.astype(np.int64), given.indptr.astype(np.int64)
    assert_same(BITS, given, bits)
    assert_same(BITS, given[100:], bits[100:])


def test_places_outside_of_the_columns() -> None:
    given = sparse.csr_array(np.eye(5, dtype=np.int8))
    given.indices = np.array([0, 1, 2, 3, 2**32])
    with pytest.raises(nnc.InvalidRowsError, match="the sparse array is damaged: indices must be"):
        nnc.evaluate(nnc.loads(BITS), {"x": given})


def test_outputs_that_lie_where_the_places_of_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    bits = rows(9000, 5)
    given = sparse.csr_array(bits)
    own = given.indices.view(np.uint8)[-9000:]
    plan = nnc.compile(nnc.loads(BITS))
    right = nnc.evaluate(plan, bits)["n"]
    nnc.evaluate(plan, given, out={"n": own, "x": np.empty((9000, 5), np.uint8)})
    assert np.array_equal(own, right)


def test_rows_that_are_cut() -> None:
    bits = rows(50, 5)
    given = sparse.csr_array(bits)
    column = SparseColumn(given.indptr, given.indices, 5)
    assert np.array_equal(column.cut(7, 31).cut(2, 90).numerators, bits[9:31])
    assert len(column.cut(48, 90)) == 2


@pytest.mark.skipif(native.KIND is None, reason="built without kernels")
@pytest.mark.parametrize("read", [[0], [4], [1, 2], [0, 2, 4], [4, 3, 1, 0]])
def test_elements_that_nothing_reads(read: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """They become no bytes: of many, a network may read few."""
    wires = ", ".join(f"x({place})" for place in read)
    text = f"""
nnc: 1
inputs: {{a: bit, x: bit(5), b: bit}}
neurons: {{n: {{wiring: [{wires}, b], threshold: {len(read) // 2 + 1}}}}}
outputs: {{n: n, first: {wires.partition(",")[0]}}}
"""
    bits = rows(5000, 7)
    right = nnc.evaluate(nnc.loads(text), bits)
    monkeypatch.setattr(SparseColumn, "numerators", None)
    monkeypatch.setattr(packed, "_NEAR_BYTES", 1)
    monkeypatch.setattr(packed, "_LEAST_ROWS", 640)
    found = nnc.evaluate(nnc.loads(text), sparse.csr_array(bits))
    assert all(np.array_equal(found[alias], right[alias]) for alias in right)


REAL = "nnc: 1\ninputs: {x: real(2)}\nneurons: {n: {wiring: x, threshold: 1}}\noutputs: [n]"
WRONG: list[tuple[str, Any, str]] = [
    (
        TEXT,
        np.array([[0, 0, 0, 0, 0], [0, 0, 0, 2, 0]]),
        "row 1, element 3: expected 0 or 1, found 2",
    ),
    (TEXT, np.eye(5), "expected bits, found a sparse array of float64"),
    (TEXT, np.eye(4, dtype=int), "the array has 4 columns, the inputs have 5"),
    (REAL, np.eye(2, dtype=int), "input `x` is of type real, and sparse rows hold bits"),
]


@pytest.mark.parametrize(("text", "bits", "message"), WRONG)
def test_what_is_refused(text: str, bits: Any, message: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as raised:
        nnc.evaluate(nnc.loads(text), sparse.csr_array(bits))
    assert message in str(raised.value)


SEVERAL = "nnc: 1\ninputs: [a, b]\nneurons: {n: {wiring: [a, b], threshold: 2}}\noutputs: [n]"


@pytest.mark.parametrize(
    "text", [SEVERAL, SEVERAL.replace("inputs: [a, b]", "inputs: {a: bit, b: bit(1)}")]
)
def test_floats_of_several_inputs_are_refused(text: str) -> None:
    given = sparse.csr_array(np.eye(2))
    with pytest.raises(nnc.InvalidRowsError, match="expected bits, found a sparse array of float"):
        nnc.evaluate(nnc.loads(text), given)


@pytest.mark.parametrize(("found", "place"), [(2, 0), (-1, 4), (3, 2)])
def test_a_value_of_several_inputs_that_is_refused_has_its_row(found: int, place: int) -> None:
    bits = np.zeros((9, 5), np.int8)
    bits[7, place] = found
    with pytest.raises(nnc.InvalidRowsError) as raised:
        nnc.evaluate(nnc.loads(MIXED), sparse.csr_array(bits))
    [error] = raised.value.diagnostics
    if place in (0, 4):
        name = "ab"[place == 4]
        assert error.path == (name, 7)
        assert f"input `{name}`" in str(error)
        assert str(found) in str(error)
    else:
        assert "input `x`: row 7, element 1: expected 0 or 1, found 3" in str(error)


@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("text", [MIXED, BITS])
def test_places_outside_of_the_columns_of_several_inputs(text: str, form: str) -> None:
    """Refused before any place is followed."""
    given = sparse.csr_array(np.eye(5, dtype=np.int8)).asformat(form)
    given.indices = np.array([0, 1, 2, 3, 2**30], np.int32)
    with pytest.raises(nnc.InvalidRowsError, match="the sparse array is damaged: indices must be"):
        nnc.evaluate(nnc.loads(text), given)


FALLS = "indptr must be a non-decreasing sequence"
NO_INTEGERS = "indptr and indices must be integers"
FAR = np.array([0, 2**30, 0, 0, 0, 0])
DAMAGES: list[tuple[str, str, Any, str]] = [
    ("csr", "indptr", FAR, FALLS),
    ("csc", "indptr", FAR, FALLS),
    ("bsr", "indptr", FAR, FALLS),
    ("csr", "indptr", np.array([0, -(2**30), 0, 0, 0, -1]), FALLS),
    ("csr", "indptr", np.array([0, 3, 2, 3, 4, 5], np.uint8), FALLS),
    ("csc", "indptr", np.array([0, 1, 1, 0, 1, 1], bool), NO_INTEGERS),
    ("csr", "indices", np.array([0, 1, 2, 3, np.nan]), NO_INTEGERS),
    ("coo", "row", np.array([0, 1, 2, 3, 2**30], np.int32), "axis 0 index 1073741824 exceeds"),
    ("coo", "col", np.array([0, 1, 2, 3, -1], np.int32), "negative axis 1 index: -1"),
    ("coo", "data", np.ones(1, np.int8), "arrays must have the same length"),
    ("coo", "coords", (np.arange(5), np.arange(5) / 2), "row and col must be integers"),
    ("csr", "indptr", [0, 1, 2, 3, 4, 5], "no attribute 'dtype'"),
    ("csr", "data", None, "NoneType"),
    ("lil", "rows", np.array([[0], None, [2], [3], [4]], object), "NoneType"),
    ("dia", "offsets", np.zeros(0, np.int32), "does not match the number of offsets"),
    ("lil", "data", np.array([[1], [1] * 99, [1], [1], [1]], object), "lists of the same lengths"),
]


@pytest.mark.filterwarnings("ignore:indptr array has non-integer dtype")  # SciPy's name for uint8
@pytest.mark.parametrize(("form", "name", "damage", "message"), DAMAGES)
@pytest.mark.parametrize("text", [MIXED, BITS])
def test_damage_is_refused_before_it_is_followed(
    text: str, form: str, name: str, damage: Any, message: str
) -> None:
    """SciPy reads and writes beyond its arrays, and may end the process now or later."""
    given = sparse.csr_array(np.eye(5, dtype=np.int8)).asformat(form)
    setattr(given, name, damage)
    with pytest.raises(nnc.InvalidRowsError, match=f"the sparse array is damaged: .*{message}"):
        nnc.evaluate(nnc.loads(text), given)


def test_arrays_of_a_class_of_the_user() -> None:
    class Own(sparse.coo_array):  # type: ignore[misc,name-defined,unused-ignore]
        def __init__(self, own: Any, note: str) -> None:
            super().__init__(own)
            self.note = note

    bits = rows(9, 5)
    assert_same(BITS, Own(bits, "mine"), bits)


@pytest.mark.parametrize("times", [2, 1000])
def test_lists_of_more_rows_than_there_are(times: int) -> None:
    given = sparse.csr_array(np.eye(5, dtype=np.int8)).tolil()
    given.rows, given.data = np.tile(given.rows, times), np.tile(given.data, times)
    with pytest.raises(nnc.InvalidRowsError, match="rows and data must have 5 lists"):
        nnc.evaluate(nnc.loads(BITS), given)


def test_a_place_in_a_list_that_is_too_large() -> None:
    given = sparse.csr_array(np.eye(5, dtype=np.int8)).tolil()
    given.rows[3] = [2**40]
    with pytest.raises(nnc.InvalidRowsError, match="value too large to convert"):
        nnc.evaluate(nnc.loads(BITS), given)


def test_entries_of_several_inputs_that_are_stored_twice() -> None:
    data, indices, indptr = [1, -1, 1, 1, -1, 0, 1, 1], [0, 0, 0, 2, 2, 2, 2, 4], [0, 3, 8]
    given = sparse.csr_array((data, indices, indptr), (2, 5))
    assert_same(MIXED, given, np.array([[1, 0, 0, 0, 0], [0, 0, 1, 0, 1]]))
    assert (given.data.tolist(), given.indices.tolist()) == (data, indices)
    twice = sparse.csr_array(([True, True], [4, 4], [0, 2]), (1, 5))
    assert_same(MIXED, twice, np.array([[0, 0, 0, 0, 1]]))


def test_rows_of_many_inputs_are_sliced_by_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows as a whole are cut for none of them."""
    names = [f"i{i}" for i in range(60)]
    text = f"""
nnc: 1
inputs: [{", ".join(names)}]
neurons: {{n: {{wiring: [{", ".join(names)}], threshold: 9}}}}
outputs: [n]
"""
    bits = rows(200, 60)
    given = sparse.csr_array(bits)

    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(type(given), "__getitem__", refused)
    assert_same(text, given, bits)


def test_values_of_one_input_that_are_refused() -> None:
    for text, message in ((REAL, "found a sparse array"), (TEXT, "2 columns, the bus 5 elements")):
        with pytest.raises(nnc.InvalidRowsError) as raised:
            nnc.evaluate(nnc.loads(text), {"x": sparse.csr_array((3, 2), dtype=int)})
        assert message in str(raised.value)
