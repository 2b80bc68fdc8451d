"""Bytes -> Section: the header and the steps of each certificate in a file of JSON Lines.

A header is an object, and a step a list that begins with its kind. Numbers are integers, or texts
as in a network file; nothing is read as a float.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from nnc.numbers.exact import Number, Refused, read_number, show_number, simplest
from nnc.proofs.certificates.refusal import RefusedError, need

FORMAT = 1
_MAX_LINE = 1 << 24

Step = list[object]
"""A step: its kind, and values of JSON."""
Header = Mapping[str, object]
"""The header of a certificate, with values of JSON."""
Line = tuple[int, bytes]
"""The number of a line, and its text."""


class Section(NamedTuple):
    """One certificate: its header with its line, and the lines of its steps, not yet read."""

    line: int
    header: Header
    steps: list[Line]


def read_sections(data: bytes) -> list[Section]:
    """Read the certificates of a file. Raises RefusedError with the line that is wrong."""
    sections: list[Section] = []
    for number, text in enumerate(data.split(b"\n"), 1):
        text = text.strip()
        if text.startswith(b"{"):
            header = _value(text, number)
            assert isinstance(header, dict)
            _check_format(header, number)
            sections.append(Section(number, header, []))
        elif text and sections:
            sections[-1].steps.append((number, text))
        elif text:
            raise RefusedError("it does not begin with a header, as an object", number, "file")
    need(sections, "there is no certificate in it", "file")
    return sections


def step_of(line: Line) -> Step:
    """Read a step. Raises RefusedError with its line where it is none."""
    number, text = line
    step = _value(text, number)
    if not isinstance(step, list) or not step or not isinstance(step[0], str):
        raise RefusedError("the line is neither a header nor a step", number, "file")
    return step


def _value(text: bytes, number: int) -> object:
    if len(text) > _MAX_LINE:
        raise RefusedError(f"the line has over {_MAX_LINE:,} bytes", number, "file")
    try:
        return json.loads(text.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float,
                          object_pairs_hook=_object)  # fmt: skip
    except (ValueError, RecursionError):
        raise RefusedError(
            "the line is not JSON of objects, lists, texts and integers", number, "file"
        ) from None


def _no_float(text: str) -> object:
    raise ValueError(text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key stands there twice")
    return record


def _check_format(header: Header, number: int) -> None:
    version = header.get("format_version")
    if version != FORMAT or isinstance(version, bool):
        what = "no `format_version`" if version is None else "another `format_version`"
        raise RefusedError(f"it has {what}; this nnc reads {FORMAT}", number, "format")


# ------------------------------------------------------------------------- parts of a step


def integer(value: object) -> int:
    """Return an integer of a step."""
    if type(value) is not int:
        raise RefusedError("an integer was expected")
    return value


def integers(value: object) -> list[int]:
    """Return a list of integers of a step."""
    if type(value) is not list or not all(type(each) is int for each in value):
        raise RefusedError("a list of integers was expected")
    return value


def text(value: object) -> str:
    """Return a text of a step."""
    if not isinstance(value, str):
        raise RefusedError("a text was expected")
    return value


def number(value: object) -> Number:
    """Return a number of a step: an integer, or a text as in a network file."""
    if type(value) is int:
        return value
    try:
        return simplest(Fraction(read_number(text(value))))
    except Refused:
        raise RefusedError("a number was expected") from None


def pairs(value: object) -> list[tuple[object, object]]:
    """Return a list of lists of two of a step."""
    if type(value) is not list:
        raise RefusedError("a list was expected")
    for each in value:
        if type(each) is not list or len(each) != 2:
            raise RefusedError("lists of two were expected")
    return [(first, second) for first, second in value]


def terms(value: object) -> list[tuple[int, int]]:
    """Return literals with integer factors."""
    weighed = []
    for literal, factor in pairs(value):
        if type(literal) is not int or type(factor) is not int:
            raise RefusedError("a literal with an integer was expected")
        weighed.append((literal, factor))
    return weighed


def count(step: Step, least: int, most: int | None = None) -> None:
    """Refuse a step with a wrong number of parts."""
    if not least <= len(step) <= (least if most is None else most):
        raise RefusedError(f"a step `{text(step[0])[:20]}` has another number of parts")


def as_written(value: Number) -> int | str:
    """Return a number as a certificate writes it."""
    return value if isinstance(value, int) else show_number(value)


def lines(header: Header, steps: list[Step]) -> Iterator[str]:
    """Yield the lines of one certificate."""
    yield json.dumps({"format_version": FORMAT, **header}, ensure_ascii=False)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for step in steps:
        yield encode(step)
