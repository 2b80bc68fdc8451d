"""JSON objects as rows: what `json` and `jsonl` share.

Objects are parsed by Python's own decoder with every number kept as its text; an object is
scanned again, for places, only where something in it is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nnc.columns import Batch, Column, Labels
from nnc.diagnostics import Diagnostic
from nnc.exact import Refused, read_number, show_number
from nnc.network import Input
from nnc.rows.cells import checked, column_of_texts, fix_of, read_cell
from nnc.rows.names import about_left_out, match_names
from nnc.rows.reading import Findings, Place, Reading, Text
from nnc.rows.shown import Table, texts_of


class Written(str):
    """A JSON number that is written with a point or an exponent, as its text."""

    __slots__ = ()


class Repeated(dict[str, Any]):
    """A JSON object that has a key twice."""


class BadJsonError(Exception):
    """The text is not JSON, from `start` to `end`."""

    def __init__(self, message: str, start: int, end: int, help: str = "") -> None:  # noqa: A002
        super().__init__(message)
        self.message, self.start, self.end, self.help = message, start, end, help


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    return whole if len(whole) == len(pairs) else Repeated(whole)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Written, parse_constant=Written)
_BLANKS = re.compile(r"[ \t\n\r]*")
_EXPECTED = {
    "Expecting value": "expected a value",
    "Expecting property name": "expected a key in double quotes",
    "Illegal trailing comma": "expected a key or value after the comma",
    "Expecting ':'": "expected `:`",
    "Expecting ','": "expected `,` or the end",
    "Unterminated string": "a quote is not closed",
    "Invalid control character": "a control character stands in a text",
    "Invalid": "a text has an unknown escape",
}


def skip_blanks(text: str, at: int) -> int:
    """Give the place of the next character that is no JSON white space."""
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def decode(text: str, at: int) -> tuple[Any, int]:
    """Parse the JSON value at `at`; gives it, and where it ends.  Raises BadJsonError."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        expected = next(words for start, words in _EXPECTED.items() if error.msg.startswith(start))
        raise bad_json(text, error.pos, expected) from None
    except ValueError:
        raise BadJsonError(
            "a number has over 4,300 digits", at, at + 1, "write it with fewer digits"
        ) from None
    except RecursionError:
        raise BadJsonError(
            "the text is nested too deeply", at, at + 1, "write one flat object a row"
        ) from None
    return value, end


def bad_json(text: str, at: int, expected: str) -> BadJsonError:
    """Tell that something else stands at `at` than was expected."""
    if not expected.startswith("expected"):
        return BadJsonError(f"the text is not JSON: {expected}", at, at + 1)
    if at >= len(text):
        return BadJsonError(f"the text is not JSON: {expected}, found the end", at, at)
    shown = text[at] if text[at].isprintable() else repr(text[at])[1:-1]
    help_ = ""
    if shown in "]}" and text[:at].rstrip().endswith(","):
        help_ = "remove the comma before it"
    elif shown == "'":
        help_ = "write keys and texts in double quotes"
    return BadJsonError(f"the text is not JSON: {expected}, found `{shown}`", at, at + 1, help_)


class Item(NamedTuple):
    """A JSON object, and where it stands."""

    value: dict[str, Any]
    start: int


class Member(NamedTuple):
    """A key of an object and its value, by their places."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int


def members(text: str, at: int) -> list[Member]:
    """Scan a sound object that starts at `at` for the places of its keys and values."""
    found: list[Member] = []
    at = skip_blanks(text, at + 1)
    while text[at] != "}":
        key, key_end = decode(text, at)
        start = skip_blanks(text, skip_blanks(text, key_end) + 1)
        _, end = decode(text, start)
        found.append(Member(key, at, key_end, start, end))
        at = skip_blanks(text, end)
        if text[at] == ",":
            at = skip_blanks(text, at + 1)
    return found


class Objects:
    """Turns objects into batches, and notes every mistake in them."""

    def __init__(self, reading: Reading, findings: Findings) -> None:
        self._reading, self._findings = reading, findings
        self._shapes: set[tuple[str, ...]] = set()
        self._named: set[str] = set()
        self._kept: dict[str, None] = {}
        self._is_first = True

    def batch(self, items: Sequence[Item], text: Text) -> Batch | None:
        """Read some objects of `text`; None where there are mistakes, or no objects."""
        for item in items:
            if isinstance(item.value, Repeated) or tuple(item.value) not in self._shapes:
                self._check_keys(item, text)
        columns = [
            self._column(name, one, items, text) for name, one in self._reading.inputs.items()
        ]
        if self._findings or not items:
            return None
        self._is_first = False
        extras = {name: [self._extra(item, name, text) for item in items] for name in self._kept}
        return Batch(tuple(one for one in columns if one is not None), len(items), extras)

    def add(self, error: BadJsonError, text: Text) -> None:
        """Note that a text is not JSON."""
        place = text.place(error.start, error.end)
        self._findings.add("bad-json", error.message, place, help=error.help)

    def row_of(self, value: object, start: int, end: int, text: Text) -> Item | None:
        """Give the object that a row has to be."""
        if isinstance(value, dict):
            return Item(value, start)
        self.add(
            BadJsonError(
                f"expected an object, found {kind(value)}",
                start,
                end,
                'write each row as an object: {"a": 1}',
            ),
            text,
        )
        return None

    def _check_keys(self, item: Item, text: Text) -> None:
        names = list(item.value)
        if isinstance(item.value, Repeated):
            self._check_twice(item, text)
        sound = not isinstance(item.value, Repeated)
        places = {
            one.key: text.place(one.key_start, one.key_end)
            for one in members(text.text, item.start)
        }
        left_out: list[str] = []
        for rule, message, help_, at in match_names(
            names,
            self._reading.inputs,
            noun="key",
            extra=self._reading.extra,
            also=self._reading.also,
        ):
            place = text.place(item.start, item.start + 1) if at is None else places[names[at]]
            if rule != "unknown-column":
                sound = False
                self._findings.add(rule, message, place, help=help_)
            elif at is not None and names[at] not in self._named:
                left_out.append(names[at])
        if left_out:
            self._named.update(left_out)
            message, help_ = about_left_out(left_out, "key")
            self._warn(message, help_, places[left_out[0]])
        for name in names:
            also = name in self._reading.also or self._reading.extra == "keep"
            if name in self._reading.inputs or not also or name in self._kept:
                continue
            if self._is_first:
                self._kept[name] = None
            elif name not in self._named:
                self._named.add(name)
                message = f"key `{name}` is no input, comes up late and is left out"
                self._warn(message, "give it in the first row too", places[name])
        if sound:
            self._shapes.add(tuple(names))

    def _warn(self, message: str, help: str, place: Place) -> None:  # noqa: A002
        """Name keys that are left out."""
        file, (span, excerpt) = self._reading.file, place
        self._reading.report(
            Diagnostic("unknown-column", message, help=help, file=file, span=span, excerpt=excerpt)
        )

    def _check_twice(self, item: Item, text: Text) -> None:
        seen: set[str] = set()
        for one in members(text.text, item.start):
            if one.key in seen:
                self._findings.add(
                    "duplicate-column",
                    f"key `{one.key}` stands twice",
                    text.place(one.key_start, one.key_end),
                    help="remove one of them",
                )
            seen.add(one.key)

    def _column(self, name: str, one: Input, items: Sequence[Item], text: Text) -> Column | None:
        """Read one input of all objects; None, and findings, where a value is refused."""
        values = [item.value.get(name, _ABSENT) for item in items]
        column = _fast_column(values, one)
        if column is not None:
            return column
        texts: list[str] = []
        for value, item in zip(values, items, strict=True):
            if value is _ABSENT:
                texts.append("")
                continue
            try:
                texts.append(_text_of(value, one))
                continue
            except Refused as error:
                place = self._place(name, item, text)
                self._findings.add(
                    error.rule, f"input `{name}`: {error.message}", place, help=error.help
                )
        if self._findings or not texts:
            return None
        if one.default is None and "" in texts:
            return None
        return column_of_texts(texts, one)

    def _place(self, name: str, item: Item, text: Text) -> Place:
        last = [one for one in members(text.text, item.start) if one.key == name][-1]
        return text.place(last.start, last.end)

    def _extra(self, item: Item, name: str, text: Text) -> str:
        """Give an extra as a text: a string's own, nothing for null, else what is written."""
        value = item.value.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        one = next(one for one in members(text.text, item.start) if one.key == name)
        return text.text[one.start : one.end]


_ABSENT = object()


def _fast_column(values: Sequence[Any], one: Input) -> Column | None:
    """Read values that are all integers, or all decimals; None for others, and for mistakes."""
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return checked(Column(np.array(values, np.int64)), one)
    except OverflowError:
        return None
    return column_of_texts(values, one) if kinds == {Written} else None


def _text_of(value: object, one: Input) -> str:
    """Give the text of a JSON value that is one of the input's.  Raises Refused."""
    if isinstance(value, Written):
        read_cell(value, one)
        return value
    if isinstance(value, bool):
        if one.type == "bit":
            return str(int(value))
        word = "true" if value else "false"
        raise Refused("boolean-as-number", f"`{word}` is no number", f"write {int(value)}")
    if isinstance(value, int):
        text = show_number(value)
        read_cell(text, one)
        return text
    if isinstance(value, str):
        try:
            read_number(str(value), quoted=True)
        except Refused as error:
            if one.type != "bit" or error.rule != "not-a-number":
                raise
            raise Refused(error.rule, error.message, fix_of(one)) from None
        read_cell(str(value), one)
        return str(value)
    raise Refused("bad-value", f"expected a number, found {kind(value)}", fix_of(one))


def kind(value: object) -> str:
    """Name a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return "a number" if isinstance(value, (int, Written)) else "a text"


# ------------------------------------------------------------------------------- writing


def lines_of(result: Table, names: Sequence[str]) -> list[str]:
    """Give each row as one JSON object."""
    keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
    columns = [_values(result[name]) for name in names]
    if not columns:
        return []
    columns = [[key + one for one in column] for key, column in zip(keys, columns, strict=True)]
    return ["{" + ", ".join(row) + "}" for row in zip(*columns, strict=True)]


def _values(column: Column | Labels | list[str]) -> list[str]:
    """Print values as JSON: a number for an integer below 2^53, else a text."""
    if isinstance(column, Labels):
        labels = [json.dumps(label, ensure_ascii=False) for label in column.labels]
        return [labels[code] for code in column.codes.tolist()]
    if isinstance(column, list):
        return [json.dumps(text, ensure_ascii=False) for text in column]
    texts = texts_of(column)
    quoted = {one: one if _is_safe(one) else f'"{one}"' for one in set(texts)}
    return [quoted[one] for one in texts]


def _is_safe(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isdigit() and (len(digits) < 16 or (len(digits) < 17 and int(digits) < 1 << 53))
