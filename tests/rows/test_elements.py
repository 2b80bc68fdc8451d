"""Which input, or element of one, a column holds, by name, by declaration and by renaming."""

import pytest

from nnc.language.network import Input
from nnc.rows.elements import InputColumns, element_of, is_column, taken_apart

INPUTS = {
    "r": Input(type="real", column="mean radius"),
    "p": Input(type="integer", size=2, column="px (mm)"),
    "v": Input(type="bit", size=2, columns=["left", "a"]),
    "a": Input(type="bit", column="v"),
    "b": Input(type="bit", size=2),
    "e": Input(type="bit", column="e\u0301"),
}


@pytest.mark.parametrize(
    ("column", "held"),
    [
        ("mean radius", "r"), ("r", None), ("px (mm)", "p"), ("px (mm)(1)", "p(1)"),
        ("px (mm)(2)", None), ("px (mm)(01)", None), ("p", None), ("p(0)", None), ("left", "v(0)"),
        ("a", "v(1)"), ("left(0)", None), ("v", "a"), ("v(0)", None), ("b", "b"), ("b(1)", "b(1)"),
        ("b(2)", None), ("\u00e9", "e"), ("x", None), ("", None), ("(0)", None), ("x)", None),
    ],
)  # fmt: skip
def test_columns(column: str, held: str | None) -> None:
    assert InputColumns(INPUTS).input_of(column) == held


def test_renaming_replaces_what_is_declared() -> None:
    columns = InputColumns(INPUTS, {"x": "r", "left": "b(1)", "w": "v(0)"})
    held = {name: columns.input_of(name) for name in ("x", "mean radius", "r", "left", "a", "v(1)")}
    assert held == {"x": "r", "mean radius": None, "r": "r", "left": "b(1)", "a": None,
                    "v(1)": "v(1)"}  # fmt: skip


def test_names_to_write() -> None:
    columns = InputColumns(INPUTS)
    assert list(columns.names()) == [
        "mean radius", "px (mm)(0)", "px (mm)(1)", "left", "a", "v", "b", "e\u0301",
    ]  # fmt: skip
    assert columns.column_of("v(1)") == "a"
    assert columns.column_of("b(1)") == "b(1)"
    assert InputColumns(INPUTS, declared=False).input_of("r") == "r"


def test_elements_are_taken_apart() -> None:
    assert element_of("a(3)") == ("a", 3)
    assert element_of("a(03)") is None
    assert is_column("b(1)", INPUTS)
    assert not is_column("b(2)", INPUTS)
    assert taken_apart(" b[01] ", INPUTS) == ("b", 1)
