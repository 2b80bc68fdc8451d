"""Columns of rows compared with outputs."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nnc.opening.cases.confusion import MAX_VALUES, Comparison, Difference

values = st.sampled_from(["a", "b", "c", None])


@given(st.lists(st.tuples(values, values.filter(bool)), max_size=40), st.integers(1, 40))
def test_counting_in_batches_is_counting(rows: list[tuple[str | None, str]], size: int) -> None:
    comparison = Comparison("x", "y", values=("c", "b"))
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        comparison.add(start, [each for each, _ in some], [got for _, got in some])
    asked = [(number, *row) for number, row in enumerate(rows, 1) if row[0] is not None]
    assert comparison.rows == len(asked)
    assert comparison.empty == len(rows) - len(asked)
    assert comparison.right == sum(expected == got for _, expected, got in asked)
    differences = [Difference(*row) for row in asked if row[1] != row[2]]  # type: ignore[arg-type]
    assert comparison.differences == differences[:10]
    matrix = comparison.matrix()
    assert (matrix is None) == (not asked)
    if matrix is not None:
        names, counts = matrix
        assert names == [name for name in "cba" if any(name in row for row in asked)]
        pairs = Counter((expected, got) for _, expected, got in asked)
        assert counts == [[pairs[row, column] for column in names] for row in names]


def test_many_values_have_no_matrix() -> None:
    comparison = Comparison("x", "y")
    comparison.add(0, range(MAX_VALUES), range(MAX_VALUES))
    assert comparison.matrix() is not None
    comparison.add(MAX_VALUES, [99], [98])
    assert comparison.matrix() is None
    assert (comparison.rows, comparison.right) == (21, 20)
