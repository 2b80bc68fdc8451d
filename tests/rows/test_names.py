"""Which column is which input."""

import pytest

from nnc.network import Input
from nnc.rows.names import lay_out

DEFAULTS = {name: Input(type="bit", default=1) for name in ("b", "d", "income", "x1", "line", "oo")}


def rules(*names: str) -> list[str]:
    found = lay_out(names, DEFAULTS, noun="column", extra="drop")
    return [*("unknown-column" for _ in found.left_out), *(one.rule for one in found.problems)]


@pytest.mark.parametrize(
    "name", ["bb", "B", " b", "in_come", "incom", "imcome", "X-1", "lnie", "lime", "liine", "o"]
)
def test_names_close_to_an_input_left_to_its_default(name: str) -> None:
    assert rules(name) == ["column-not-input"]


@pytest.mark.parametrize("name", ["name", "id", "x2", "x11", "be", "outcome_x", "o2", ""])
def test_names_that_are_only_unknown(name: str) -> None:
    assert rules(name) == ["unknown-column"]


def test_a_near_miss_after_many_others_is_still_found() -> None:
    assert rules(*(f"zzzz{i}" for i in range(200)), "bb")[-1] == "column-not-input"
