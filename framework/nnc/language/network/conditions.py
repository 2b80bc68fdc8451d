"""Forms of what a claim states: conditions, counts of bits, pairs of signals, and distances."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from nnc.language.keys import COUNTS
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    NUMBER_SCHEMA,
    SOURCE_PATTERN,
    TEXT_SCHEMA,
    Form,
    Schema,
    array_of,
    plain,
)
from nnc.language.readers import expect, read_declared, read_each, read_text, read_wiring
from nnc.language.references import read_source
from nnc.numbers.exact import Number, Refused, kind_of, shorten, show_number

Values = str | tuple[str, ...]
"""The values that a condition allows, as written: `0..64|70`, or a list of texts."""
Counts = dict[int, tuple[str, ...]]
"""The bits of which a condition counts how many fire, by the number that it compares with."""
Condition = dict[str, Values | Counts]
Read = TypeVar("Read")

_SOURCE_SCHEMA: Schema = {"type": ["string", "number", "boolean", "null"]}
_VALUES_SCHEMAS: list[Schema] = [TEXT_SCHEMA, array_of(TEXT_SCHEMA, minItems=1)]
_COUNTS_SCHEMA: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^(0|[1-9][0-9]*)$"},
    "additionalProperties": {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)]},
}
_COUNTED_SCHEMA: Schema = {
    "anyOf": [*_VALUES_SCHEMAS, _COUNTS_SCHEMA],
    "description": "How many of some bits fire: {2: [a, b, c]}.",
}
_CONDITION_SCHEMA: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": SOURCE_PATTERN},
    "properties": dict.fromkeys(COUNTS, _COUNTED_SCHEMA),
    "additionalProperties": {
        "anyOf": _VALUES_SCHEMAS,
        "description": "A number, a range as 0..64, 65.. or ..3, several joined by `|`; "
        "of labels and choices the text, or a list of texts.",
    },
}


def _read_value(value: object) -> str:
    """Read one value: the text of a file, or what Python has for it. Raises Refused."""
    if isinstance(value, range) and value.step == 1 and value:
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, bool) or not isinstance(value, str):
        return show_number(read_declared(value))
    return read_text(value)


def read_condition(value: object) -> Condition:
    """Read which signals have which values. Raises Refused, or Mistaken.

    What a value means is known once its signal is.
    """
    words = "a mapping of signals to values"
    if isinstance(value, (str, list, tuple)):
        names = [value] if isinstance(value, str) else value
        first = next((name for name in names if isinstance(name, str)), None)
        hint = f"write {{{shorten(first)}: 1}}" if first not in (None, "null", "~") else ""
        raise Refused("wrong-type", f"expected {words}, found {kind_of(value)}", hint)
    condition = expect(value, Mapping, words)
    if not condition:
        raise Refused("wrong-type", f"expected {words}, found none", "write {signal: value}")
    return _read_entries(condition, _read_values)


def _read_entries(entries: Mapping[Any, object], read: Callable[[object], Read]) -> dict[str, Read]:
    """Read signals, and what stands for each. Raises Refused, with all that is wrong."""
    mistakes = Mistakes()
    result: dict[str, Read] = {}
    for key, item in entries.items():
        source = mistakes.read(read_source, key, str(key), key=True)
        is_count = key in COUNTS and isinstance(item, Mapping)
        value = mistakes.read(_read_counts if is_count else read, item, str(key))
        if source is not None and value is not None:
            result[source] = value
    mistakes.stop()
    return result


def _read_counts(value: Mapping[Any, object]) -> Counts:
    """Read the bits of which each number is compared. Raises Refused, or Mistaken."""
    mistakes = Mistakes()
    counts: Counts = {}
    for key, names in value.items():
        bits = mistakes.read(read_wiring, names, str(key))
        number = mistakes.read(_read_count, key, str(key), key=True)
        if bits == ():
            mistakes.add("wrong-type", "no bits to count", str(key), help="name at least one")
        if bits and number is not None:
            counts[number] = bits
    if not value:
        mistakes.add("wrong-type", "no bits to count", help="write {1: [a, b]}")
    mistakes.stop()
    return counts


def _read_count(value: object) -> int:
    number = read_declared(value)
    if not isinstance(number, int) or number < 0:
        message = f"expected a count, found `{show_number(number)}`"
        raise Refused("wrong-type", message, "write an integer from 0")
    return number


class Within(NamedTuple):
    """The distance within which a row is near: `of` are the inputs that may differ, or all."""

    changes: int | None = None
    each: Number | None = None
    of: tuple[str, ...] = ()


def _read_within(value: object) -> Within:
    """Read how far a row may be from another. Raises Refused, or Mistaken."""
    if isinstance(value, Within):
        return value
    hint = "write {changes: 3}, {each: 1}, or both"
    if not isinstance(value, Mapping):
        message = f"expected a mapping with `changes` or `each`, found {kind_of(value)}"
        raise Refused("wrong-type", message, hint)
    mistakes = Mistakes()
    readers: dict[str, Callable[[Any], Any]] = {
        "changes": _read_count,
        "each": _read_distance,
        "of": read_wiring,
    }
    fields = {}
    for key, item in value.items():
        if key in readers:
            fields[key] = mistakes.read(readers[key], item, key)
        else:
            mistakes.add("unknown-key", f"`within` has no `{shorten(str(key))}`", str(key),
                         key=True, help="it takes: changes, each, of")  # fmt: skip
    if not {"changes", "each"} & value.keys():
        mistakes.add("missing-key", "`within` has no `changes` or `each`", help=hint)
    if fields.get("of") == ():
        mistakes.add("wrong-type", "`of` needs at least one input", "of", help="name one")
    mistakes.stop()
    return Within(**fields)


def _written_within(within: Within | None) -> dict[str, Any] | None:
    """Write a distance as a file has it."""
    if within is None:
        return None
    fields: dict[str, Any] = plain(within._asdict())
    return {key: value for key, value in fields.items() if value not in (None, [])}


def _read_distance(value: object) -> Number:
    number = read_declared(value)
    if number < 0:
        message = f"expected a distance, found `{show_number(number)}`"
        raise Refused("wrong-type", message, "write a number from 0")
    return number


def _read_values(value: object) -> Values:
    if not isinstance(value, (list, tuple, set, frozenset)):
        return _read_value(value)
    items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
    if not items:
        raise Refused("wrong-type", "the list of values is empty", "name at least one value")
    values: tuple[str, ...] = read_each(_read_value, items)
    return values


def _read_equal(value: object) -> str | dict[str, str]:
    """Read the file that gives the same, or pairs of signals that do. Raises Refused."""
    if not isinstance(value, Mapping):
        return str(expect(value, str, "a file, or a mapping of signals to signals"))
    if not value:
        raise Refused(
            "wrong-type", "`equal` needs at least one pair", "write {signal: other signal}"
        )
    return _read_entries(value, read_source)


CONDITION = Form(read_condition, _CONDITION_SCHEMA)
WITHIN = Form(
    _read_within,
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "changes": {
                "anyOf": [{"type": "integer", "minimum": 0}],
                "description": "So many elements of the inputs differ at most.",
            },
            "each": {**NUMBER_SCHEMA, "description": "Each number differs by at most so much."},
            "of": {
                "anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)],
                "description": "The inputs that may differ; all where it is left out.",
            },
        },
        "anyOf": [{"required": ["changes"]}, {"required": ["each"]}],
    },
    _written_within,
)
EQUAL = Form(
    _read_equal,
    {
        "anyOf": [
            TEXT_SCHEMA,
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": SOURCE_PATTERN},
                "additionalProperties": _SOURCE_SCHEMA,
            },
        ]
    },
)
