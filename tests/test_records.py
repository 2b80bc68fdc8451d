"""Records: as JSON, and described by the docstrings of their fields."""

from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from nnc.cli.schema import record_schema
from nnc.records import (
    NOT_WRITTEN,
    OPTIONAL,
    Versioned,
    descriptions_of,
    json_lines,
    json_text,
    plain,
)
from nnc.version import VERSION


@dataclass(frozen=True, slots=True)
class Inner:
    """A record in another."""

    value: int | Fraction
    """A number."""
    memo: object = field(default=None, metadata=NOT_WRITTEN)
    note: str | None = field(default=None, metadata=OPTIONAL)
    """A text
    of two lines."""


@dataclass(frozen=True, slots=True)
class Outer(Versioned):
    """A report."""

    inner: tuple[Inner, ...] = ()
    """The records."""
    first: Inner | None = None
    """The first of them."""


OUTER = Outer(inner=(Inner(Fraction(1, 3), memo=[1], note="n"), Inner(1 << 53)))


def test_fields_are_written_in_order_and_numbers_exactly() -> None:
    assert plain(OUTER) == {
        "format_version": 1,
        "nnc_version": VERSION,
        "inner": [{"value": "1/3", "note": "n"}, {"value": "9007199254740992"}],
        "first": None,
    }
    assert json_text(OUTER.inner[1]) == '{\n  "value": "9007199254740992"\n}\n'
    assert json_lines([OUTER.inner[1], {"a": (True, 1.5)}]) == (
        '{"value": "9007199254740992"}\n{"a": [true, 1.5]}\n'
    )


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        plain({"a": object()})


def test_the_schema_is_that_of_the_type() -> None:
    schema = record_schema(Outer, "Outer")
    assert (schema["title"], schema["description"]) == ("Outer", "A report.")
    assert schema["required"] == ["format_version", "nnc_version", "inner", "first"]
    assert schema["definitions"]["Inner"] == {
        "description": "A record in another.",
        "properties": {
            "value": {
                "anyOf": [{"type": "integer"}, {"type": "string"}],
                "description": "A number.",
            },
            "note": {"type": "string", "description": "A text of two lines."},
        },
        "required": ["value"],
        "type": "object",
    }


def test_inherited_fields_are_described() -> None:
    assert list(descriptions_of(Outer)) == ["format_version", "nnc_version", "inner", "first"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53 - 1, 2**53 - 1),
        (2**53, str(2**53)),
        (-(2**53), str(-(2**53))),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 3), "-1/3"),
    ],
)
def test_numbers_that_json_cannot_hold_are_texts(value: int | Fraction, expected: object) -> None:
    assert plain(value) == expected
