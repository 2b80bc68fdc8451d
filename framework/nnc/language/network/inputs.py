"""Input: a value that comes from outside, in every form a file allows."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict

from nnc.diagnostics.diagnostic import closest, did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.language.keys import REFUSED_BY_TYPE
from nnc.language.mistakes import Mistaken, Mistakes
from nnc.language.network.fields import (
    BITS,
    CHOICE,
    COLUMN,
    COLUMNS,
    NAME_SCHEMA,
    NUMBER,
    NUMBER_SCHEMA,
    NUMBERS_SCHEMA,
    SHAPE,
    SIZE,
    STATES,
    TEXT,
    AnyNumber,
    Describe,
    Form,
    Schema,
    States,
    array_of,
    by_name,
    equals,
    matches,
    not_both,
    without,
    words_of,
)
from nnc.language.network.model import Data, Model
from nnc.language.readers import (
    as_is,
    expect,
    one_of,
    read_by_name,
    read_declared,
    read_name_list,
    read_numbers,
    read_shape,
    read_size,
)
from nnc.language.references import show_shape
from nnc.numbers.exact import Number, Refused, counted, read_unsigned, shorten, show_number

INPUT_TYPES = tuple(REFUSED_BY_TYPE)
InputType = Literal["bit", "integer", "real", "choice"]
_SIZED_TYPES = ("bit", "integer", "real")
Default = Number | tuple[Number, ...] | str

_TYPES_MEANT = {
    "int": "integer",
    "number": "real",
    "float": "real",
    "double": "real",
    "decimal": "real",
    "bool": "bit",
    "boolean": "bit",
    "binary": "bit",
    "enum": "choice",
    "category": "choice",
}
_MEANINGS = {
    "bit": "0 or 1, or one of the two `states`; `bit(8)` is a bus of eight.",
    "integer": "An integer of any size.",
    "real": "A number: exactly what is written.",
    "choice": "One of the names in `of`, each of which is a source: `ward.icu`.",
}
_BRACKETS = re.compile(r"(bit|integer|real)\[([^\[\]]*)\]")
_SIZED = re.compile(r"(\w+)\((.*)\)")


def _read_type(value: object) -> str:
    """Read the type of an input, without a size."""
    if isinstance(value, str) and "[" in value and (square := _BRACKETS.fullmatch(value)):
        message = f"`{value}`: a size goes in round brackets"
        raise Refused("square-bracket-index", message, f"write `{square[1]}({square[2]})`")
    return one_of(INPUT_TYPES, _TYPES_MEANT)(value)


_TYPE = Form(
    _read_type,
    {
        "anyOf": [
            words_of(_MEANINGS),
            {"type": "string", "pattern": r"^(bit|integer|real)\(([1-9][0-9]{0,6}|10000000)\)$"},
        ]
    },
)
_DEFAULT = Form(
    as_is,
    {
        "anyOf": [
            {**NUMBER_SCHEMA, "description": "A number; of a bus of bits, its unsigned integer."},
            {**NUMBERS_SCHEMA, "description": "A number for each element of a bus."},
            {**NAME_SCHEMA, "description": "One of the values of a choice."},
        ]
    },
)
"""Read by `_read_default`, which has to know the type."""


_A_DEFAULT: Schema = {"properties": {"default": {"anyOf": [NUMBER_SCHEMA, NUMBERS_SCHEMA]}}}


class Input(Model):
    """A value that comes from outside: a bit, an integer, a real number or a choice; or a bus.

    Where a network expects an input, its type alone may stand: `"bit(8)"` for
    `Input(type="bit", size=8)`.
    """

    type: Annotated[InputType, _TYPE]
    """`bit`, `integer`, `real` or `choice`; with a size, `bit(8)`, a bus."""
    size: Annotated[int | None, SIZE] = None
    """The number of elements of the bus; without it, a scalar."""
    shape: Annotated[tuple[int, ...] | None, SHAPE] = None
    """The sizes of its axes in place of its size, the last fastest."""
    of: Annotated[tuple[str, ...] | None, CHOICE] = None
    """The values of a choice: names, each its own source."""
    min: Annotated[Number | None, NUMBER] = None
    """The least value allowed, of each element; checked on every row."""
    max: Annotated[Number | None, NUMBER] = None
    """The greatest value allowed, of each element."""
    default: Annotated[Default | None, _DEFAULT] = None
    """Used for an absent column or key and an empty cell."""
    states: Annotated[States | None, STATES] = None
    """The values of a bit that is off and on; without it, the file's."""
    column: Annotated[str | None, COLUMN] = None
    """The column of rows that it is read from, in place of one of its own name."""
    columns: Annotated[tuple[str, ...] | None, COLUMNS] = None
    """The columns that the elements of a bus are read from."""
    description: Annotated[str | None, TEXT] = None
    """The meaning of the input."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            type: str,
            size: int | None = None,
            shape: Sequence[int] | None = None,
            of: Sequence[str] | None = None,
            min: AnyNumber | None = None,
            max: AnyNumber | None = None,
            default: AnyNumber | Sequence[AnyNumber] | None = None,
            states: Sequence[AnyNumber] | None = None,
            column: str | None = None,
            columns: Sequence[str] | None = None,
            description: str | None = None,
        ) -> None: ...

    help_if_missing: ClassVar[Mapping[str, str]] = {"type": "add `type: bit`, `integer` or `real`"}
    noun = "an input"
    expected = "a type, or a mapping with `type`"
    complete: ClassVar[Schema] = {
        "not": {"const": "choice"},
        "if": equals("type", "choice"),
        "then": {"required": ["of"]},
    }
    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "if": matches("type", "^bit"),
                    "then": without(*REFUSED_BY_TYPE["bit"]) | _A_DEFAULT,
                },
                {
                    "if": matches("type", "^(integer|real)"),
                    "then": without(*REFUSED_BY_TYPE["integer"]) | _A_DEFAULT,
                },
                {
                    "if": equals("type", "choice"),
                    "then": without(*REFUSED_BY_TYPE["choice"], "columns")
                    | {"properties": {"default": NAME_SCHEMA}},
                },
                {"if": matches("type", r"\("), "then": without("size")},
                not_both("column", "columns"),
            ],
        }
    )

    @property
    def is_bus(self) -> bool:
        """True for a bus or a choice, which have elements."""
        return self.size is not None or self.of is not None

    @property
    def width(self) -> int:
        """The number of elements; 1 for a scalar."""
        return len(self.of) if self.of is not None else self.size or 1

    @property
    def state_values(self) -> States:
        """The values of a bit that is off and on."""
        return self.states or BITS

    @property
    def is_integer_bus(self) -> bool:
        """True for a bus of bits that are 0 or 1: a row may give it as one unsigned integer."""
        return self.type == "bit" and self.size is not None and self.state_values == BITS

    def element_names(self, name: str) -> list[str]:
        """Name its elements: `a(0)`, …; of a choice `c.value`, …; of a scalar `a`."""
        if self.of is not None:
            return [f"{name}.{value}" for value in self.of]
        return [f"{name}({i})" for i in range(self.width)] if self.is_bus else [name]

    def declared_columns(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the input of a name, or its elements, each with the column it declares."""
        if self.column is not None:
            yield name, self.column
        for i, column in enumerate(self.columns or ()):
            yield f"{name}({i})", column

    def default_values(self) -> list[Number] | None:
        """Return the default of each element; None where there is no default."""
        default = self.default
        if default is None:
            return None
        if self.of is not None:
            return [int(value == default) for value in self.of]
        if isinstance(default, tuple):
            return list(default)
        assert not isinstance(default, str)
        if self.is_integer_bus:
            return unpacked(int(default), self.width)
        return [default] * self.width

    def refuses(self, value: Number) -> str | None:
        """Say why `value` is not a value of an element; None where it is one."""
        if self.type == "bit":
            off, on = self.state_values
            wrong = "" if value in (off, on) else f"not {show_number(off)} or {show_number(on)}"
        elif self.type == "integer" and not isinstance(value, int):
            wrong = "not an integer"
        elif self.min is not None and value < self.min:
            wrong = f"below min {show_number(self.min)}"
        elif self.max is not None and value > self.max:
            wrong = f"above max {show_number(self.max)}"
        else:
            return None
        return f"{show_number(value)} is {wrong}" if wrong else None

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        data = _with_shape(_with_size(data, mistakes), mistakes)
        _check_keys(data, mistakes)
        _check_columns(data, mistakes)
        if "default" in data:
            reader = partial(_read_default, data=data)
            data = {**data, "default": mistakes.read(reader, data["default"], "default")}
        return data

    def _check_values(self, mistakes: Mistakes) -> None:
        """Check that bounds are in order, the default is a value, and each element has a column."""
        if self.columns is not None and self.size is not None and len(self.columns) != self.size:
            mistakes.add(
                "bad-size",
                f"the input has {counted(len(self.columns), 'column')} and "
                f"{counted(self.size, 'element')}",
                "columns",
                help="write one column for each element",
            )
        if self.min is not None and self.max is not None and self._holds_no_value():
            limits = f"min {show_number(self.min)} and max {show_number(self.max)}"
            mistakes.add(
                "bounds-out-of-order",
                f"no {self.type} lies between {limits}",
                "min",
                help="write a min that is not above max",
            )
        elif self.type != "bit":  # what its states are, only the network knows
            for message, hint, *element in self.wrong_default():
                mistakes.add("default-out-of-bounds", message, "default", *element, help=hint)

    def wrong_default(self) -> Iterator[tuple[str, str, *tuple[int, ...]]]:
        """Describe a wrong default: message, help, and the element if it is a list."""
        default = self.default
        if isinstance(default, tuple):
            if not self.is_bus:
                yield "the default is a list, but the input is one value", "write the value alone"
                return
            if len(default) != self.width:
                yield (
                    f"the default has {counted(len(default), 'value')}, the input has {self.width}",
                    "write one value for each element",
                )
                return
            for i, value in enumerate(default):
                if wrong := self.refuses(value):
                    yield f"the default {wrong}", "write a default that a row could hold", i
        elif isinstance(default, (int, Fraction)):
            wrong = self._refuses_whole(default) if self.is_bus else self.refuses(default)
            if wrong and self.type == "bit" and not self.is_bus:
                states = " or ".join(map(show_number, self.state_values))
                yield (
                    f"the default of a bit is {states}, not {show_number(default)}",
                    f"write {states}",
                )
            elif wrong:
                yield f"the default {wrong}", self._hint_of_default()

    def _hint_of_default(self) -> str:
        """Say how one number, or a list, stands for the default."""
        if self.type != "bit":
            return "write a default that a row could hold"
        if not self.is_integer_bus:
            return "write a list with one state for each element"
        most = (1 << self.width) - 1 if self.width <= 64 else f"2^{self.width} - 1"
        return f"write an integer from 0 to {most}, or a list of bits"

    def _refuses_whole(self, value: Number) -> str | None:
        """Return why one number cannot be the value of a bus; None if it can."""
        if self.type != "bit":
            return self.refuses(value)
        number = shorten(show_number(value), 30)
        if not self.is_integer_bus:
            return f"{number} is one number; a bus with states takes a list"
        if not isinstance(value, int) or value < 0 or value.bit_length() > self.width:
            return f"{number} is not an unsigned integer of {counted(self.width, 'bit')}"
        return None

    def _holds_no_value(self) -> bool:
        assert self.min is not None
        assert self.max is not None
        if self.type == "integer":
            return math.ceil(self.min) > math.floor(self.max)
        return self.min > self.max


def unpacked(value: int, width: int) -> list[Number]:
    """Return the bits of an unsigned integer, the lowest first."""
    return [int(bit) for bit in reversed(f"{value:0{width}b}")]


def _with_size(data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
    """Write `bit(8)` out as a type and a size."""
    kind = data.get("type")
    match = _SIZED.fullmatch(kind) if isinstance(kind, str) else None
    if match is None:
        return data
    size = None
    if match[1] not in _SIZED_TYPES:
        near = _TYPES_MEANT.get(match[1]) or closest(match[1], _SIZED_TYPES)
        hint = f"did you mean `{near}({match[2]})`?" if near else "write bit(8), integer or real"
        if "choice" in (match[1], near):
            hint = "list the values: {type: choice, of: [a, b]}"
        message = f"`{shorten(str(kind))}` is not a type"
        mistakes.add("unknown-value", message, "type", help=hint)
    elif not match[2].isascii() or not match[2].isdigit():
        message = f"`{shorten(str(kind))}`: a size is an integer from 1 to 10,000,000"
        mistakes.add("bad-size", message, "type", help=f"write for example {match[1]}(8)")
    else:
        size = mistakes.read(read_size, match[2], "type")
    if "size" in data:
        mistakes.exclude("size", f"`{shorten(str(kind))}` has its size already", "remove `size`")
    base_type = match[1] if match[1] in _SIZED_TYPES else "bit"
    return {**data, "type": base_type} | ({"size": size} if size is not None else {})


def _with_shape(data: Data, mistakes: Mistakes) -> Data:
    """Write the size of a shape out: it is the product of the axes."""
    shape = mistakes.read(read_shape, data["shape"], "shape") if "shape" in data else None
    if shape is None or data.get("type") not in _SIZED_TYPES:
        return data
    if str(data.get("size", size := prod(shape))) != str(size):
        message = f"the shape {show_shape(shape)} has {size:,} elements, not {data['size']}"
        mistakes.add("size-mismatch", message, "shape", help="keep `shape` alone")
    return {**data, "shape": shape, "size": size}


def _check_keys(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check which keys go with the type."""
    kind = data.get("type")
    if kind not in INPUT_TYPES:
        return
    if kind == "choice" and "of" not in data:
        mistakes.miss(
            ("of",), "the choice has no `of`", "list its values: {type: choice, of: [a, b]}"
        )
    for key in REFUSED_BY_TYPE[str(kind)]:
        if key in data:
            rule: RuleName = "exclusive-keys"
            hint = f"remove `{key}`"
            if kind == "bit" and key in ("min", "max"):
                rule = "bounds-on-bit"
                hint += ", or write `type: integer`"
            elif key == "of":
                hint += ", or write `type: choice`"
            article = "an" if kind == "integer" else "a"
            mistakes.add(rule, f"{article} {kind} takes no `{key}`", key, key=True, help=hint)


def _check_columns(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check that only a bus has `columns`, one for each element."""
    columns = data.get("columns")
    if columns is None:
        return
    if "column" in data:
        message = "`column` and `columns` exclude each other"
        mistakes.exclude("column", message, "keep `columns`, or write `column` for the whole bus")
    elif data.get("size") is None:
        message = "`columns` are those of a bus, and the input is one value"
        mistakes.exclude("columns", message, "write `column`")


def _read_default(value: object, data: dict[str, object]) -> Default:
    """Read a default as the type and size of its input say."""
    kind = data.get("type")
    if kind == "choice":
        expect(value, str, "one of the values of the choice")
        known = data.get("of")
        if isinstance(known, (list, tuple)) and known and value not in known:
            raise Refused(
                "default-out-of-bounds",
                f"the default `{shorten(str(value))}` is not one of the choice's values",
                did_you_mean(str(value), [name for name in known if isinstance(name, str)])
                or "write one of the values in `of`",
            )
        return str(value)
    if isinstance(value, (list, tuple)):
        return read_numbers(value)
    if kind == "bit" and data.get("size") is not None:  # an unsigned integer of any length
        if type(value) is str:
            return read_unsigned(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return int(value)
    return read_declared(value)


def _read_input(value: object) -> Input:
    """Read an input, or the type that stands for one: `bit` for `{type: bit}`."""
    if not isinstance(value, str):
        return Input.read(value)
    try:
        return Input.read({"type": str(value)})
    except Mistaken as error:
        raise Mistaken(mistake._replace(path=()) for mistake in error.mistakes) from None


def _read_inputs(value: object) -> dict[str, Input]:
    """Read the inputs by name; `[a, b]` stands for `{a: bit, b: bit}`."""
    names = read_name_list("inputs", value, "a list of names, or a mapping of names to types")
    if names is not None:
        return dict.fromkeys(names, Input.model_construct(type="bit"))
    return read_by_name("inputs", _read_input, value)


def _inputs_schema(ref: Describe) -> Schema:
    mapping = {
        "description": "The type of an input; or a mapping with its type and more.",
        "anyOf": [_TYPE.schema, ref(Input)],
    }
    names = array_of({**NAME_SCHEMA, "description": "The name of a bit."})
    return {"anyOf": [names, by_name(mapping)]}


INPUTS = Form(_read_inputs, _inputs_schema)
