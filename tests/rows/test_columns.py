"""Columns: numbers over a denominator, each with its exact value."""

import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc.rows
import nnc.run
from nnc.diagnostics.diagnostic import Span
from nnc.numbers.exact import Number
from nnc.rows.columns import (
    Batch,
    Column,
    Labels,
    LazyBus,
    LazyColumn,
    LazyLabels,
    bus_bits,
    bus_column,
    integers_of,
    labelled,
    lazy_integers,
    of_states,
)


@pytest.mark.parametrize(
    ("numerators", "denominator", "values"),
    [
        (np.array([0, 1], np.uint8), 1, [0, 1]),
        (np.array([-3, 2**62], np.int64), 1, [-3, 2**62]),
        (np.array([1, 5, -10], np.int64), 10, [Fraction(1, 10), Fraction(1, 2), -1]),
        (np.array([0.1, -0.5, 2.0]), 1, [Fraction(0.1), Fraction(-1, 2), 2]),
        (np.array([0.5, 3.0]), 3, [Fraction(1, 6), 1]),
        (np.array([10**30, Fraction(1, 3)], object), 1, [10**30, Fraction(1, 3)]),
        (np.array([10**30, Fraction(1, 3)], object), 10, [10**29, Fraction(1, 30)]),
        (np.array([], np.int64), 7, []),
        (np.array([5e-324, 1.7e308]), 1, [Fraction(5e-324), int(1.7e308)]),
    ],
)  # fmt: skip
def test_values_are_exact(numerators: Any, denominator: int, values: list[Any]) -> None:
    column = Column(numerators, denominator)
    assert column.values() == values
    assert [type(value) for value in column.values()] == [type(value) for value in values]
    assert [column.value(row) for row in range(len(column))] == values
    assert len(column) == len(values)


def test_labels() -> None:
    labels = Labels(np.array([2, 0, 2]), ("low", "middle", "high"))
    assert labels.values() == ["high", "low", "high"]
    assert len(labels) == 3


def test_a_batch_may_have_no_columns() -> None:
    batch = Batch((), 3)
    assert (batch.columns, batch.count, batch.extras) == ((), 3, {})


def test_the_elements_of_a_bus() -> None:
    bus = Column(np.array([[1, 5], [2, -10]]), 10)
    assert len(bus) == 2
    assert [one.values() for one in bus.elements()] == [
        [Fraction(1, 10), Fraction(1, 5)], [Fraction(1, 2), -1],
    ]  # fmt: skip
    scalar = Column(np.array([1, 2]))
    assert list(scalar.elements()) == [scalar]


def test_a_part_of_a_batch() -> None:
    batch = Batch(
        (Column(np.arange(6), 2), Labels(np.array([0, 1, 0, 1, 0, 1]), ("a", "b"))),
        6,
        {"note": list("uvwxyz")},
        lambda row, name: (Span(row, 1, row, len(name)), None),
    )
    assert batch.cut(0, 6) is batch
    assert batch.cut(0, 9) is batch
    part = batch.cut(4, 9)
    assert part.count == 2
    assert [column.values() for column in part.columns] == [[2, Fraction(5, 2)], ["a", "b"]]
    assert part.extras == {"note": ["y", "z"]}
    assert part.places is not None
    assert part.places(1, "note")[0] == Span(5, 1, 5, 4)
    assert Batch((), 6).cut(4, 6).places is None


@pytest.mark.parametrize(
    ("states", "values"),
    [
        ((0, 1), [0, 1, 1]),
        ((-1, 1), [-1, 1, 1]),
        ((Fraction(1, 2), Fraction(1, 3)), [Fraction(1, 2), Fraction(1, 3), Fraction(1, 3)]),
        ((10**30, 0), [10**30, 0, 0]),
        ((Fraction(1, 10**30), -5), [Fraction(1, 10**30), -5, -5]),
    ],
)
def test_bits_by_their_states(states: Any, values: list[Any]) -> None:
    column = of_states(np.array([0, 1, 1], np.uint8), states)
    assert column.values() == values


@given(st.integers(1, 200).flatmap(
    lambda width: st.tuples(st.just(width),
                            st.lists(st.integers(0, (1 << width) - 1), min_size=1))))  # fmt: skip
def test_buses_as_unsigned_integers(drawn: tuple[int, list[int]]) -> None:
    width, integers = drawn
    bits = bus_bits(integers, width)
    assert (bits.dtype, bits.shape) == (np.uint8, (len(integers), width))
    assert bits.tolist() == [[one >> i & 1 for i in range(width)] for one in integers]
    assert bus_column(bits).values() == integers
    assert bus_column(bits).numerators.dtype == (np.int64 if width < 64 else object)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64, object])
@pytest.mark.parametrize("width", [3, 8, 64, 70])
def test_arrays_of_unsigned_integers(dtype: Any, width: int) -> None:
    assert bus_bits(np.array([0, 5, 7], dtype), width)[:, :3].tolist() == [
        [0, 0, 0], [1, 0, 1], [1, 1, 1],
    ]  # fmt: skip
    assert bus_bits(np.array([0, 5, 7], dtype), width).shape == (3, width)
    assert not bus_bits(np.array([0, 5, 7], dtype), width)[:, 3:].any()


def test_no_rows_of_a_bus() -> None:
    assert bus_column(np.empty((0, 3), np.uint8)).values() == []
    assert bus_column(np.empty((0, 99), np.uint8)).values() == []
    assert bus_bits([], 3).shape == (0, 3)
    assert bus_bits(np.empty(0, np.int64), 99).shape == (0, 99)


# --------------------------------------------------------------------- arrays made lazy


def test_few_values_are_a_column_like_any_other() -> None:
    plain = Column(np.array([5, -10, 15]), 10)
    lazy = LazyColumn(plain.values(), lambda: plain)
    assert len(lazy) == 3
    assert lazy.values() == plain.values() == [Fraction(1, 2), -1, Fraction(3, 2)]
    assert lazy.value(2) == Fraction(3, 2)
    assert lazy.cut(1, 3).values() == plain.cut(1, 3).values()
    assert (lazy.cut(1, 3).numerators == plain.numerators[1:3]).all()
    assert [each.values() for each in lazy.elements()] == [plain.values()]
    copy = pickle.loads(pickle.dumps(lazy))
    assert (copy.numerators == plain.numerators).all()
    assert copy.denominator == 10


def test_a_bus_of_few_rows_is_a_column_like_any_other() -> None:
    plain = Column(np.array([[5, -10], [15, 2]]), 10)
    lazy = LazyBus([(Fraction(1, 2), -1), (Fraction(3, 2), Fraction(1, 5))], lambda: plain)
    assert len(lazy) == 2
    for one, other in ((lazy, plain), (lazy.cut(1, 3), plain.cut(1, 3))):
        assert (one.numerators == other.numerators).all()
        assert one.denominator == other.denominator
        pairs = [*zip(one.elements(), other.elements(), strict=True)]
        assert len(pairs) == 2
        for element, its in pairs:
            assert element.values() == its.values()
            assert (element.numerators == its.numerators).all()
            assert element.denominator == its.denominator
    copy = pickle.loads(pickle.dumps(lazy))
    assert (copy.numerators == plain.numerators).all()


@pytest.mark.parametrize("width", [1, 8, 63, 64, 65])
def test_bits_of_few_rows_are_the_same_integers(width: int) -> None:
    integers = [0, 1, (1 << width) - 1, 1 << width - 1]
    plain = Column(bus_bits(integers, width))
    lazy = LazyBus([tuple(row) for row in plain.numerators.tolist()], lambda: plain)
    for column in (integers_of(lazy), integers_of(plain)):
        assert column.values() == integers
        assert column.numerators.dtype == bus_column(plain.numerators).numerators.dtype
        assert column.numerators.tolist() == integers


@pytest.mark.parametrize("states", [(0, 1), (-1, 1), (Fraction(1, 3), 5), (0, 1 << 80)])
def test_few_bits_have_states_too(states: tuple[Number, Number]) -> None:
    bits = Column(np.array([1, 0, 1], np.uint8))
    lazy = LazyColumn([1, 0, 1], lambda: bits).of_states(states)
    plain = of_states(bits.numerators, states)
    assert lazy.values() == plain.values() == [states[1], states[0], states[1]]
    assert lazy.numerators.dtype == plain.numerators.dtype
    assert (lazy.numerators == plain.numerators).all()
    assert lazy.denominator == plain.denominator


def test_few_labels_are_labels_like_any_other() -> None:
    names = ("low", "mid", "high")
    plain, lazy = Labels(np.array([2, 0, 1]), names), LazyLabels([2, 0, 1], names)
    assert len(lazy) == 3
    assert lazy.values() == plain.values() == ["high", "low", "mid"]
    assert lazy.listed() == plain.listed() == [2, 0, 1]
    assert (lazy.codes == plain.codes).all()
    assert lazy.cut(0, 2).values() == plain.cut(0, 2).values()
    assert pickle.loads(pickle.dumps(lazy)).values() == lazy.values()


def test_integers_stand_for_labels_where_there_are_any() -> None:
    assert labelled(lazy_integers([1, 0]), ("no", "yes")).values() == ["yes", "no"]
    assert labelled(Column(np.array([1, 0])), ("no", "yes")).values() == ["yes", "no"]
    assert labelled(lazy_integers([1, 0]), ()).values() == [1, 0]


# -------------------------------------------------------------------------------- pickling

SAMPLES: dict[str, Callable[[type[Any]], Any]] = {
    "Column": lambda made: made(np.array([1, -5], np.int64), 10),
    "LazyColumn": lambda made: made([Fraction(1, 2), 3], lambda: Column(np.array([1, 6]), 2)),
    "LazyBus": lambda made: made([(0, 1), (1, 1)], lambda: Column(np.array([[0, 1], [1, 1]]))),
    "TruthTableColumn": lambda made: made(64, 3, (1, 0), is_bus=True),
    "SparseColumn": lambda made: made(np.array([0, 1, 3]), np.array([2, 0, 1]), 3),
    "BoundedColumn": lambda made: made(
        np.array([1e30]), np.array([1e14]), 1, lambda _: Column(np.array([10**30 + 1], object))
    ),
    "Labels": lambda made: made(np.array([1, 0]), ("low", "high")),
    "LazyLabels": lambda made: made([1, 0], ("low", "high")),
    "Numerals": lambda made: made(["1", "0.5"]),
    "Texts": lambda made: made(b"one,two", np.array([0, 4]), np.array([3, 7])),
    "Kept": lambda made: made(pa.array(["one", None])),
}
"""A column of each class that results may hold."""


def classes_of_columns() -> list[type[Any]]:
    """Find every class of column in the packages that make results."""
    found: set[type[Any]] = set()
    for package in (nnc.rows, nnc.run):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for _, each in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                are_texts = {Sequence[str], list[str]} & {*getattr(each, "__orig_bases__", ())}
                if issubclass(each, (Column, Labels)) or are_texts:
                    found.add(each)
    return sorted(
        (each for each in found if not each.__name__.startswith("_")),
        key=lambda each: each.__name__,
    )


@pytest.mark.parametrize("column_class", classes_of_columns(), ids=lambda each: each.__name__)
def test_every_column_survives_pickling(column_class: type[Any]) -> None:
    column = SAMPLES[column_class.__name__](column_class)
    back = pickle.loads(pickle.dumps(column))
    assert len(back) == len(column)
    if isinstance(column, Column):
        pairs = list(zip(column.elements(), back.elements(), strict=True))
        assert pairs
        assert all(one.values() == other.values() for one, other in pairs)
    elif isinstance(column, Labels):
        assert back.values() == column.values()
    else:
        assert list(back) == list(column)
