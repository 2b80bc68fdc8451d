"""The digests of lists, arrays and columns, as the page defines them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.numbers.exact import Number, simplest
from nnc.rows.columns import Column
from nnc.run.digests.hashing import array_digest, column_digest, list_digest
from tests.support import digest_by_the_page as page

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.fractions(max_denominator=64).map(simplest),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: simplest(page.Fraction(x))),
    st.sampled_from([0, 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 10**400, page.Fraction(1, 10)]),
)


@given(st.lists(NUMBERS, max_size=6))
def test_lists_of_numbers(values: list[Number]) -> None:
    assert list_digest(values).hex() == page.list_of(list(map(page.Fraction, values)))


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i4", "i8", "u8", "f2", ">f4", "<f8"])
@given(seed=st.integers(0, 99))
def test_arrays_are_lists_of_what_they_hold(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    array = rng.normal(0, 8, 5).astype(kind) if kind.kind == "f" else rng.integers(0, 2, 5)
    if kind.kind in "iu":
        ends = np.iinfo(kind)
        array = rng.integers(ends.min, ends.max, 5, dtype=kind, endpoint=True)
    array = array.astype(kind)
    if kind.kind == "f":
        array[0] = -0.0
    exact = [simplest(page.Fraction(value)) for value in array.tolist()]
    assert array_digest(array) == list_digest(exact)


def test_golden_lists() -> None:
    halves, tenths = [1, -2, page.Fraction(1, 2)], [1, page.Fraction(1, 10)]
    assert list_digest(halves).hex() == (
        "ae6ee2bb0c7209a2429cf4caac930b9ea4a61fce94924d5a2e6af6aee7b35d79")  # fmt: skip
    assert list_digest(tenths).hex() == (
        "61af995d9a66159124d5b1a69b553f19e7449c0a2b6507a86c7652189a89b434")  # fmt: skip


def test_columns_of_integers_and_floats_are_not_rounded_to_each_other() -> None:
    whole, half = Column(np.array([2**53 + 1])), Column(np.array([0.5]))
    right = list_digest([2**53 + 1, page.Fraction(1, 2)])
    assert column_digest([whole, half]) == right
    assert column_digest([Column(np.array([2**53])), half]) != right
