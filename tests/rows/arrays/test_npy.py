"""NPY: entries mean exactly the number stored; a hostile header costs nothing."""

# ruff: noqa: E501

import io
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.rows.columns import Column, Labels
from nnc.rows.formats import write_rows
from nnc.rows.inputs.value import REAL_INSTEAD
from tests.support.reading import messages, rows

BITS = {"a": Input(type="bit"), "b": Input(type="bit")}
MIXED = {"a": Input(type="bit"), "n": Input(type="integer", min=-5), "x": Input(type="real")}
REAL = {"x": Input(type="real")}


def stored(array: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array), allow_pickle=True)
    return out.getvalue()


def with_header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    written = text.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(written))
    return b"\x93NUMPY" + bytes([version, 0]) + size + written + data


@pytest.mark.parametrize("dtype", ["?", "u1", "<i8", ">i4", "<u8", "f2", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_number_type_and_order(dtype, order, size):
    array = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], dtype, order=order)
    assert rows(stored(array), "npy", BITS, batch_size=size) == [(0, 1), (1, 1), (1, 0), (0, 0)]


def test_a_float_means_its_binary_value():
    array = np.array([[1, 2.0**60, 0.1], [0, -5, np.float64(1e-300)]])
    assert rows(stored(array), "npy", MIXED) == [
        (1, 2**60, Fraction(0.1)),
        (0, -5, Fraction(1e-300)),
    ]
    assert rows(stored(np.array([0.1], np.float32)), "npy", REAL) == [
        (Fraction(float(np.float32(0.1))),)
    ]


def test_integers_beyond_int64_stay_exact():
    array = np.array([[2**64 - 1], [2**63]], np.uint64)
    assert rows(stored(array), "npy", {"n": Input(type="integer")}) == [(2**64 - 1,), (2**63,)]
    assert rows(stored([1e300]), "npy", {"n": Input(type="integer")}) == [(int(1e300),)]


def test_no_rows():
    assert rows(stored(np.empty((0, 2), np.uint8)), "npy", BITS) == []


SAVE = "save it again with numpy.save"
VERSION = f"expected 1.0, 2.0 or 3.0 | {SAVE}"
CUT = "the file ends inside its header | copy or download it again"
DAMAGED = f"the file has a damaged header | {SAVE}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", f"the file is not an NPY file | {SAVE}"),
        (b"a,b\n1,0\n", f"the file is not an NPY file | {SAVE}"),
        (b"\x93NUMPY", CUT),
        (b"\x93NUMPY\x09\x00", f"the file has NPY version 9.0; {VERSION}"),
        (b"\x93NUMPY\x01\x02", f"the file has NPY version 1.2; {VERSION}"),
        (b"\x93NUMPY\x01\x00\x10", CUT),
        (b"\x93NUMPY\x01\x00\x10\x00{", CUT),
        (
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
            f"the file has a header of 4,294,967,295 bytes; at most 10,000 are allowed | {SAVE}",
        ),
        (with_header("{"), DAMAGED),
        (
            with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}\xa0", version=3),
            DAMAGED,
        ),
        (with_header("(" * 9000), DAMAGED),
        (with_header("{'descr': '<f8'}", version=3), DAMAGED),
        (with_header("{'descr': '\\d', 'fortran_order': False, 'shape': (1, 2)}"), DAMAGED),
        (with_header("{'descr': None, 'fortran_order': False, 'shape': (1, 2)}"), DAMAGED),
        (with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}"), DAMAGED),
        (with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (True, 2)}"), DAMAGED),
        (
            with_header(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1" + "0" * 4200 + ",2)}"
            ),
            DAMAGED,
        ),
        (
            with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**60}, 2)}}", b"1"),
            f"the file ends {2**64 - 1} bytes early | write it again",
        ),
        (
            with_header(f"{{'descr': '<f8', 'fortran_order': True, 'shape': ({2**60}, 2)}}", b"1"),
            f"the file ends {2**64 - 1} bytes early | write it again",
        ),
        (
            stored(np.zeros((2, 2), np.uint8)) + b"x",
            "more bytes follow than the header says | store one array per file",
        ),
        (
            stored(np.zeros((4, 3), np.uint8)),
            "the array is 4 x 3; the network has 2 inputs | give one row per line: n x 2",
        ),
        (
            stored(np.zeros(4, np.uint8)),
            "the array is 4; the network has 2 inputs | give one row per line: n x 2",
        ),
        (
            stored(np.zeros((1, 1, 2))),
            "the array is 1 x 1 x 2; the network has 2 inputs | give one row per line: n x 2",
        ),
        (
            stored(np.zeros(())),
            "the array is 0-dimensional; the network has 2 inputs | give one row per line: n x 2",
        ),
        (
            stored(np.zeros((1, 2), "S1")),
            (
                "the array holds texts; expected bool, int or float "
                "| convert it with numpy.ndarray.astype"
            ),
        ),
        (
            stored(np.zeros((1, 2), complex)),
            (
                "the array holds complex numbers; expected bool, int or float "
                "| convert it with numpy.ndarray.astype"
            ),
        ),
        (
            stored(np.zeros((1, 2), object)),
            (
                "the array holds Python objects; expected bool, int or float "
                "| convert it with numpy.ndarray.astype"
            ),
        ),
        (
            stored(np.zeros((1, 2), "M8[s]")),
            (
                "the array holds dates; expected bool, int or float "
                "| convert it with numpy.ndarray.astype"
            ),
        ),
        (
            stored(np.zeros(1, [("a", "u1"), ("b", "u1")])),
            (
                "the array holds records with named fields; expected bool, int or float "
                "| write a plain array, rows x inputs"
            ),
        ),
    ],
)
def test_what_is_no_array_of_rows(data, expected):
    assert messages(data, "npy", BITS) == [f"r: error[NNC510] bad-npy: {expected}"]


def test_a_network_without_inputs_takes_no_array():
    assert messages(stored(np.zeros((3, 0))), "npy", {}) == [
        (
            "r: error[NNC510] bad-npy: the network has no inputs, so an array has nothing to give it "
            "| None"
        )
    ]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (
            [[0, 0, 0], [2, -6, np.nan]],
            [
                (
                    "r: error[NNC504] bad-value: input `a`: 2 is not 0 or 1, at [1, 0] of the array "
                    "| write 0 or 1"
                ),
                (
                    "r: error[NNC504] bad-value: input `n`: -6 is below min -5, at [1, 1] of the array "
                    "| write an integer of at least -5"
                ),
                (
                    "r: error[NNC202] not-finite: input `x`: `nan` is not a finite number, at [1, 2] of "
                    "the array | give a finite number"
                ),
            ],
        ),
        (
            [[0, 0.5, -np.inf]],
            [
                (
                    "r: error[NNC504] bad-value: input `n`: 0.5 is not an integer, at [0, 1] of the "
                    f"array | write an integer of at least -5{REAL_INSTEAD}"
                ),
                (
                    "r: error[NNC202] not-finite: input `x`: `-inf` is not a finite number, at [0, 2] of "
                    "the array | give a finite number"
                ),
            ],
        ),
        (
            [[True, False, True]],
            [
                (
                    "r: error[NNC207] boolean-as-number: input `n`: `False` is not a number, at [0, 1] of "
                    "the array | write 0"
                ),
                (
                    "r: error[NNC207] boolean-as-number: input `x`: `True` is not a number, at [0, 2] of "
                    "the array | write 1"
                ),
            ],
        ),
    ],
)
def test_every_refused_entry_has_its_index(array, expected):
    assert messages(stored(array), "npy", MIXED, batch_size=1) == expected


@given(st.binary(max_size=80))
def test_no_bytes_are_a_traceback(data):
    messages(data, "npy", BITS)
    messages(b"\x93NUMPY\x01\x00" + data, "npy", BITS)


# ------------------------------------------------------------------------------- writing


def column(values: object, dtype: object, denominator: int = 1) -> Column:
    return Column(np.array(values, dtype), denominator)


def written(*columns: Column, times: int = 1) -> np.ndarray:
    names = [f"o{i}" for i in range(len(columns))]
    out = io.BytesIO()
    write_rows([dict(zip(names, columns, strict=True))] * times, out, "npy", names=names)
    out.seek(0)
    array: np.ndarray = np.load(out, allow_pickle=False)
    return array


@pytest.mark.parametrize(
    ("one", "dtype"),
    [
        (column([0, 1], np.uint8), np.uint8),
        (column([0, 2], np.uint8), np.int64),
        (column([0, -(2**63)], np.int64), np.int64),
        (column([0, 7], object), np.int64),
        (column([0, 2**70], object), np.float64),
        (column([0, 2**63], np.uint64), np.float64),
        (column([1, 3], np.int64, 4), np.float64),
        (column([Fraction(1, 4), 2], object), np.float64),
        (column([0.1, 3.0], np.float64), np.float64),
    ],
)
def test_the_least_type_that_is_exact(one, dtype):
    array = written(column([0, 1], np.uint8), one, times=2)
    assert array.dtype == dtype
    assert array.shape == (4, 2)
    assert [Fraction(x) for x in array[:, 1].tolist()] == one.values() * 2


def test_no_results_are_an_empty_array():
    out = io.BytesIO()
    write_rows([], out, "npy", names=["a", "b"])
    assert np.load(io.BytesIO(out.getvalue())).shape == (0, 2)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (
            column([1, 1, 2], np.int64, 10),
            "column `o` is 0.1 in row 1, which float64 cannot hold exactly",
        ),
        (
            column([3, 2], np.int64, 3),
            "column `o` is 2/3 in row 2, which float64 cannot hold exactly",
        ),
        (
            column([2**53 + 1, Fraction(1, 2)], object),
            "column `o` is 9007199254740993 in row 1, which float64 cannot hold exactly",
        ),
        (
            column([2**64 + 1], object),
            "column `o` is 18446744073709551617 in row 1, which float64 cannot hold exactly",
        ),
        (
            Labels(np.array([0]), ("low",)),
            "column `o` holds texts; an NPY array holds numbers only",
        ),
        (["x"], "column `o` holds texts; an NPY array holds numbers only"),
    ],
)
def test_what_an_array_cannot_hold(one, message):
    out = io.BytesIO()
    with pytest.raises(InvalidRowsError) as caught:
        write_rows([{"o": one}], out, "npy", names=["o"])
    assert str(caught.value.diagnostics[0]) == f"error[NNC514] not-representable: {message}"
    assert caught.value.diagnostics[0].help == "use --to csv"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_come_back_as_they_were(values):
    array = written(column(values, np.float64))
    assert array[:, 0].tolist() == values
