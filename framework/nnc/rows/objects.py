"""JSON objects as rows: what `json` and `jsonl` share.

Objects are parsed by Python's own decoder with every number kept as its text; an object is
scanned again, for places, only where something in it is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from nnc.columns import Batch, Column, Labels, fits_json
from nnc.diagnostics import Diagnostic, Label
from nnc.exact import Number, Refused, read_number, show_number
from nnc.network import Input
from nnc.rows.cells import (
    checked,
    column_of_integers,
    column_of_values,
    default_column,
    elements_of_texts,
    input_of_texts,
    labels_of_texts,
    shaped,
)
from nnc.rows.names import Layout, about_left_out, is_column, lay_out
from nnc.rows.reading import Findings, Place, Reading, Text
from nnc.rows.shown import Table, texts_of
from nnc.rows.value import (
    Note,
    Value,
    check_value,
    default_of,
    fix_of,
    fix_of_bus,
    read_choice,
    read_element,
    read_integer,
    wrong_count,
)


class Written(str):
    """A JSON number as its text: with a point or an exponent, or a very long integer."""

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
_DECODER_OF_LONG = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Written, parse_constant=Written, parse_int=Written
)
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
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._named: set[str] = set()
        self._kept: dict[str, None] = {}
        self._is_first = True
        self._scanned: tuple[object, dict[str, Member]] = (None, {})

    def batch(self, items: Sequence[Item], text: Text) -> Batch | None:
        """Read some objects of `text`; None where there are mistakes, or no objects."""
        layouts: list[Layout] = []
        for item in items:
            layout = self._layouts.get(tuple(item.value))
            if layout is None or isinstance(item.value, Repeated):
                layout = self._check_keys(item, text)
            layouts.append(layout)
        columns = [
            self._column(name, one, items, layouts, text)
            for name, one in self._reading.inputs.items()
        ]
        if self._findings or not items:
            return None
        self._is_first = False
        extras = {name: [self._extra(item, name, text) for item in items] for name in self._kept}
        read = tuple(column for column in columns if column is not None)
        assert len(read) == len(columns)
        return Batch(read, len(items), extras)

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

    def _check_keys(self, item: Item, text: Text) -> Layout:
        """Find the inputs among the keys of an object, and note what is wrong with them."""
        names = list(item.value)
        sound = not isinstance(item.value, Repeated)
        if not sound:
            self._check_twice(item, text)
        places = {
            key: text.place(one.key_start, one.key_end)
            for key, one in self._members(item, text).items()
        }
        layout = lay_out(
            names,
            self._reading.inputs,
            noun="key",
            extra=self._reading.extra,
            also=self._reading.also,
        )
        for one in layout.problems:
            start = text.place(item.start, item.start + 1)
            place = start if one.at is None else places[names[one.at]]
            labels = () if one.first is None else (self._first(places[names[one.first]]),)
            self._findings.add(one.rule, one.message, place, help=one.help, labels=labels)
        left_out = [one for one in layout.left_out if one.name not in self._named]
        if left_out:
            self._named.update(one.name for one in left_out)
            message, help_ = about_left_out(left_out, "key")
            self._warn(message, help_, places[left_out[0].name])
        self._keep(names, places)
        if sound and not layout.problems:
            self._layouts[tuple(names)] = layout
        return layout

    def _keep(self, names: Sequence[str], places: dict[str, Place]) -> None:
        """Note the keys that are no inputs and are kept, as far as the first objects have them."""
        for name in names:
            if is_column(name, self._reading.inputs) or name in self._kept:
                continue
            if name not in self._reading.also and self._reading.extra != "keep":
                continue
            if self._is_first:
                self._kept[name] = None
            elif name not in self._named:
                self._named.add(name)
                message = f"key `{name}` is no input, comes up late and is left out"
                self._warn(message, "give it in the first row too", places[name])

    def _first(self, place: Place) -> Label:
        return Label("first here", file=self._reading.file, span=place.span, excerpt=place.excerpt)

    def _members(self, item: Item, text: Text) -> dict[str, Member]:
        """Give the places in an object by key, the last of each; scanned once for each object."""
        about = (text, item.start)
        if self._scanned[0] != about:
            self._scanned = about, {one.key: one for one in members(text.text, item.start)}
        return self._scanned[1]

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

    def _column(
        self,
        name: str,
        one: Input,
        items: Sequence[Item],
        layouts: Sequence[Layout],
        text: Text,
    ) -> Column | Labels | None:
        """Read one input of all objects; None, and findings, where a value is refused."""
        if not items:
            return None
        values = _values_of(name, items, layouts)
        column = _fast_column(values, one)
        if column is not None:
            return column
        read = [
            _read_value(value, one, partial(self._note, name, item, text))
            for value, item in zip(values, items, strict=True)
        ]
        sound = [value for value in read if value is not None]
        return column_of_values(sound, one) if len(sound) == len(items) else None

    def _note(self, name: str, item: Item, text: Text, element: int | None, error: Refused) -> None:
        told = name if element is None else f"{name}({element})"
        place = self._place(name, element, item, text)
        self._findings.add(error.rule, f"input `{told}`: {error.message}", place, help=error.help)

    def _place(self, name: str, element: int | None, item: Item, text: Text) -> Place:
        """Give the place of a value, or of one element of a bus."""
        found = self._members(item, text)
        if name not in found:
            name, element = f"{name}({element})", None
        start, end = found[name].start, found[name].end
        if element is not None:
            key = f"{name}({element})"  # which the object does not have, beside `name`
            if key not in found:
                found.update(_elements(text.text, found[name]))
            start, end = found[key].start, found[key].end
        return text.place(start, end)

    def _extra(self, item: Item, name: str, text: Text) -> str:
        """Give an extra as a text: a string's own, nothing for null, else what is written."""
        value = item.value.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        one = self._members(item, text)[name]
        return text.text[one.start : one.end]


_ABSENT = object()


def _elements(text: str, array: Member) -> dict[str, Member]:
    """Scan an array for the places of its elements, by `key(0)`, …."""
    found: dict[str, Member] = {}
    at = skip_blanks(text, array.start + 1)
    while text[at] != "]":
        _, end = decode(text, at)
        key = f"{array.key}({len(found)})"
        found[key] = Member(key, at, end, at, end)
        at = skip_blanks(text, end)
        if text[at] == ",":
            at = skip_blanks(text, at + 1)
    return found


def _values_of(name: str, items: Sequence[Item], layouts: Sequence[Layout]) -> list[Any]:
    """Give the value of an input in each object: a tuple for a bus that is given by element."""
    picks: dict[int, Callable[[dict[str, Any]], object]] = {}
    values: list[Any] = []
    for item, layout in zip(items, layouts, strict=True):
        pick = picks.get(id(layout))
        if pick is None:
            pick = picks[id(layout)] = _picker(name, list(item.value), layout)
        values.append(pick(item.value))
    return values


def _picker(name: str, keys: list[str], layout: Layout) -> Callable[[dict[str, Any]], object]:
    if name in layout.whole:
        return itemgetter(name)
    if name not in layout.elements:
        return lambda _: _ABSENT
    names = [keys[at] for at in layout.elements[name]]
    return itemgetter(*names) if len(names) > 1 else lambda value: (value[names[0]],)


# ------------------------------------------------------------------------------- reading


def _fast_column(values: Sequence[Any], one: Input) -> Column | Labels | None:
    """Read values that are all of one kind; None for others, and for mistakes."""
    kinds = set(map(type, values))
    if kinds == {object}:
        return default_column(one, len(values))
    if one.of is not None:
        return labels_of_texts(values, one.of) if kinds == {str} else None
    if one.is_bus and kinds <= {list, tuple}:
        if set(map(len, values)) != {one.width}:
            return None
        return _fast_elements(list(chain.from_iterable(values)), one)
    if not one.is_bus:
        return _fast_numbers(values, one)
    if kinds == {int} and one.is_integer_bus:
        return column_of_integers(Column(np.array(values, _int_type(values))), one)
    is_text = kinds <= {int, Written} and one.is_integer_bus
    return input_of_texts(list(map(str, values)), one) if is_text else None


def _int_type(values: Sequence[int]) -> type:
    return np.int64 if max(map(abs, values)) < 1 << 63 else object


def _fast_elements(values: Sequence[Any], one: Input) -> Column | None:
    kinds = set(map(type, values))
    if kinds == {int} or kinds == {bool}:
        column = _fast_numbers(values, one)
        return None if column is None else shaped(column, one)
    return elements_of_texts(list(map(str, values)), one) if kinds <= {int, Written} else None


def _fast_numbers(values: Sequence[Any], one: Input) -> Column | None:
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return checked(Column(np.array(values, np.int64)), one)
    except OverflowError:
        return None
    if kinds == {bool}:
        return Column(np.array(values, np.uint8)) if one.type == "bit" else None
    if kinds <= {int, Written}:
        column = input_of_texts(list(map(str, values)), one)
        return column if isinstance(column, Column) else None
    return None


def _read_value(value: object, one: Input, note: Note) -> Value | None:
    """Read the JSON value of an input; notes what is wrong, and gives None then."""
    if value is _ABSENT:
        return default_of(one)  # where there is none, the missing key is told
    try:
        if one.of is not None:
            if type(value) is not str:
                raise Refused("bad-value", f"expected a text, found {kind(value)}", fix_of(one))
            return read_choice(value, one)
        if not one.is_bus:
            return _number_of(value, one)
        if not isinstance(value, (list, tuple)):
            return _integer_of(value, one)
        if len(value) != one.width:
            raise wrong_count(len(value), one, "array")
    except Refused as error:
        note(None, error)
        return None
    elements: list[Number] = []
    for place, element in enumerate(value):
        try:
            elements.append(_number_of(element, one))
        except Refused as error:
            note(place, error)
    return tuple(elements) if len(elements) == one.width else None


def _number_of(value: object, one: Input) -> Number:
    """Read a JSON value that is a number, or a bit.  Raises Refused."""
    if isinstance(value, Written):
        return read_element(value, one)
    if isinstance(value, bool):
        if one.type == "bit":
            return one.state_values[value]
        word = "true" if value else "false"
        raise Refused("boolean-as-number", f"`{word}` is no number", f"write {int(value)}")
    if isinstance(value, int):
        if abs(value) < 1 << 63:
            check_value(value, one)
            return value
        return read_element(show_number(value), one)
    if isinstance(value, str):
        try:
            read_number(str(value), quoted=True)
        except Refused as error:
            if one.type != "bit" or error.rule != "not-a-number":
                raise
            raise Refused(error.rule, error.message, fix_of(one)) from None
        return read_element(str(value), one)
    raise Refused("bad-value", f"expected a number, found {kind(value)}", fix_of(one))


def _integer_of(value: object, one: Input) -> int:
    """Read a JSON value that is the unsigned integer of a bus.  Raises Refused."""
    wanted = "an unsigned integer or an array" if one.is_integer_bus else "an array"
    is_number = isinstance(value, (int, str)) and not isinstance(value, bool)
    if not is_number or not one.is_integer_bus:
        fix = fix_of_bus(one, "an array")
        raise Refused("bad-value", f"expected {wanted}, found {kind(value)}", fix)
    is_quoted = not isinstance(value, (int, Written))
    text = show_number(value) if isinstance(value, int) else str(value)
    return read_integer(text, one, quoted=is_quoted)


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
    return digits.isdigit() and (len(digits) < 16 or (len(digits) < 20 and fits_json(int(digits))))
