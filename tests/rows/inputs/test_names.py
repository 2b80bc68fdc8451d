"""Which column is which input."""

import pytest

from nnc.language.network import Input
from nnc.rows.elements import column_names, element_of
from nnc.rows.inputs.names import lay_out

DEFAULTS = {name: Input(type="bit", default=1) for name in ("b", "d", "income", "x1", "line", "oo")}


def rules(*names: str) -> list[str]:
    found = lay_out(names, DEFAULTS, noun="column", extra=None)
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


# ---------------------------------------------------------------------------------- buses

BUSES = {"a": Input(type="bit", size=3), "v": Input(type="real", size=1), "x": Input(type="bit")}


def test_where_each_input_stands() -> None:
    layout = lay_out(["x", "a(2)", "id", "a(0)", "v(0)", "a(1)"], BUSES, noun="column", extra=None)
    assert layout.whole == {"x": 0}
    assert layout.elements == {"a": [3, 5, 1], "v": [4]}
    assert [(one.name, one.at) for one in layout.left_out] == [("id", 2)]
    assert layout.problems == []
    layout = lay_out(["a", "v", "x"], BUSES, noun="key")
    assert (layout.whole, layout.elements) == ({"a": 0, "v": 1, "x": 2}, {})


def test_an_input_with_a_problem_is_not_read() -> None:
    layout = lay_out(["a", "a(0)", "v", "x"], BUSES, noun="column")
    assert (layout.whole, layout.elements) == ({"x": 3}, {})
    assert [one.rule for one in layout.problems] == ["duplicate-column", "column-not-input"]
    assert [(one.at, one.first) for one in layout.problems] == [(1, 0), (2, None)]


def test_outputs_may_stand_in_one_form_only() -> None:
    also = {"x", "sum", "sum(0)", "sum(1)"}
    names = ["sum(0)", "sum(1)", "sum", "a"]
    layout = lay_out(names, {"a": BUSES["a"]}, noun="column", also=also)
    [one] = layout.problems
    assert (one.rule, one.at, one.first) == ("duplicate-column", 2, 0)
    assert one.message == "`sum` is given whole and by element"


def test_a_hint_names_what_was_meant() -> None:
    layout = lay_out(["a", "smu"], {"a": BUSES["a"]}, noun="column", hint=lambda _: "try `sum`")
    [one] = layout.problems
    assert one.message == "column `smu` is neither an input nor an output"
    assert one.help == "try `sum`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a(0)", ("a", 0)), ("long(123456789)", ("long", 123456789)), ("비(7)", ("비", 7)),
        ("a(00)", None), ("a(01)", None), ("a(-1)", None), ("a( 1)", None), ("a(1) ", None),
        ("a[1]", None), ("a(1:2)", None), ("a()", None), ("(1)", None), ("a(1)(2)", None),
        ("a(٣)", None), ("a(1234567890)", None), ("a", None), ("", None),
    ],
)  # fmt: skip
def test_which_texts_are_elements(text: str, expected: tuple[str, int] | None) -> None:
    assert element_of(text) == expected


def test_the_names_of_columns() -> None:
    inputs = {**BUSES, "c": Input(type="choice", of=["p", "q"])}
    assert list(column_names(inputs)) == ["a", "v(0)", "x", "c"]
    assert list(column_names(inputs, bits=True)) == ["a(0)", "a(1)", "a(2)", "v(0)", "x", "c"]


@pytest.mark.seconds(10)
def test_a_very_wide_bus_costs_only_what_is_named() -> None:
    wide = {"a": Input(type="bit", size=10_000_000)}
    for _ in range(200):
        [one] = lay_out(["a(0)", "a(1)"], wide, noun="column").problems
    assert one.message == "input `a` has no column for `a(2)` and 9,999,997 more"
