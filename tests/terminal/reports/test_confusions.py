"""How many rows are as expected, for people."""

import pytest

from nnc.opening.cases.confusion import Comparison
from nnc.terminal.reports.confusions import as_text


@pytest.mark.parametrize(
    ("right", "rows", "percent"),
    [(1, 3, "33.3"), (2, 3, "66.7"), (0, 9, "0.0"), (9, 9, "100.0"), (99999, 100000, "99.9"),
     (1, 100000, "0.1")],
)  # fmt: skip
def test_the_share_is_all_or_none_only_where_it_is(right: int, rows: int, percent: str) -> None:
    comparison = Comparison("x", "x", rows=rows, right=right)
    assert as_text([comparison]).endswith(f"right ({percent} %)\n")
