"""JSON text taken apart: values with every number as its text, and the places of them.

Objects are parsed by Python's own decoder; an object is scanned again, for places, only where
something in it is wrong.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from nnc.printable import printable


class NumberText(str):
    """A JSON number as its text: with a point or an exponent, or a very long integer."""

    __slots__ = ()


class RepeatedKeys(dict[str, Any]):
    """A JSON object that has a key twice."""


class BadJsonError(Exception):
    """The text is not JSON, from `start` to `end`."""

    def __init__(self, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.help = message, start, end, help


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    return whole if len(whole) == len(pairs) else RepeatedKeys(whole)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=NumberText, parse_constant=NumberText
)
_DECODER_OF_LONG = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=NumberText,
    parse_constant=NumberText,
    parse_int=NumberText,
)
_BLANKS = re.compile(r"[ \t\n\r]*")
_EXPECTED = {
    "Expecting value": "expected a value",
    "Expecting property name": "expected a key in double quotes",
    "Illegal trailing comma": "expected a key or value after the comma",
    "Expecting ':'": "expected `:`",
    "Expecting ','": "expected `,` or the end",
    "Unterminated string": "a quote is not closed",
    "Invalid control character": "there is a control character in a text",
    "Invalid": "a text has an unknown escape",
}


def skip_blanks(text: str, at: int) -> int:
    """Return the place of the next character that is not JSON white space."""
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def decode(text: str, at: int) -> tuple[Any, int]:
    """Parse the JSON value at `at`; return it, and where it ends. Raises BadJsonError."""
    try:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer with more digits than Python reads
            value, end = _DECODER_OF_LONG.raw_decode(text, at)
    except json.JSONDecodeError as error:
        expected = next(words for start, words in _EXPECTED.items() if error.msg.startswith(start))
        raise bad_json(text, error.pos, expected) from None
    except RecursionError:
        raise BadJsonError(
            "the text is nested too deeply", at, at + 1, "write one flat object a row"
        ) from None
    return value, end


def bad_json(text: str, at: int, expected: str) -> BadJsonError:
    """Return the error that something else stands at `at` than was expected."""
    if not expected.startswith("expected"):
        return BadJsonError(f"the text is not JSON: {expected}", at, at + 1)
    if at >= len(text):
        return BadJsonError(f"the text is not JSON: {expected}, found the end", at, at)
    character = printable(text[at])
    help_ = ""
    if character in "]}" and text[:at].rstrip().endswith(","):
        help_ = "remove the comma before it"
    elif character == "'":
        help_ = "write keys and texts in double quotes"
    return BadJsonError(f"the text is not JSON: {expected}, found `{character}`", at, at + 1, help_)


class Member(NamedTuple):
    """A key of an object and its value, by their places."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int


def members(text: str, at: int) -> list[Member]:
    """Scan a sound object that starts at `at` for the places of its keys and values."""
    result: list[Member] = []
    at = skip_blanks(text, at + 1)
    while text[at] != "}":
        key, key_end = decode(text, at)
        start = skip_blanks(text, skip_blanks(text, key_end) + 1)
        _, end = decode(text, start)
        result.append(Member(key, at, key_end, start, end))
        at = skip_blanks(text, end)
        if text[at] == ",":
            at = skip_blanks(text, at + 1)
    return result


def elements(text: str, array: Member) -> dict[str, Member]:
    """Scan an array for the places of its elements, by `key(0)`, …."""
    by_key: dict[str, Member] = {}
    at = skip_blanks(text, array.start + 1)
    while text[at] != "]":
        _, end = decode(text, at)
        key = f"{array.key}({len(by_key)})"
        by_key[key] = Member(key, at, end, at, end)
        at = skip_blanks(text, end)
        if text[at] == ",":
            at = skip_blanks(text, at + 1)
    return by_key


def kind(value: object) -> str:
    """Return the name of the kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return "a number" if isinstance(value, (int, NumberText)) else "a text"
