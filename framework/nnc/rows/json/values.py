"""JSON values made a Column: many of one kind at once, any others one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import Number, Refused, read_number, show_number
from nnc.rows.columns import Column, Labels
from nnc.rows.inputs.cells import (
    checked,
    column_of_integers,
    default_column,
    elements_of_texts,
    input_of_texts,
    labels_of_texts,
    shaped,
)
from nnc.rows.inputs.value import (
    Note,
    Readers,
    Value,
    check_value,
    default_of,
    hint_of,
    hint_of_bus,
    null_value,
    read_choice,
    read_element,
    read_integer,
    read_value,
)
from nnc.rows.json.text import NumberText, kind

ABSENT = object()  # the value of a key that an object does not have


def fast_column(values: Sequence[Any], input_: Input) -> Column | Labels | None:
    """Read values that are all of one kind; None for others, and for mistakes."""
    kinds = set(map(type, values))
    if kinds == {object}:
        return default_column(input_, len(values))
    if input_.of is not None:
        return labels_of_texts(values, input_.of) if kinds == {str} else None
    if input_.is_bus and kinds <= {list, tuple}:
        if set(map(len, values)) != {input_.width}:
            return None
        return _fast_elements(list(chain.from_iterable(values)), input_)
    if not input_.is_bus:
        return _fast_numbers(values, input_)
    if kinds == {int} and input_.is_integer_bus:
        return column_of_integers(Column(np.array(values, _int_type(values))), input_)
    is_text = kinds <= {int, NumberText} and input_.is_integer_bus
    return input_of_texts(list(map(str, values)), input_) if is_text else None


def _int_type(values: Sequence[int]) -> type:
    return np.int64 if max(map(abs, values)) < 1 << 63 else object


def _fast_elements(values: Sequence[Any], input_: Input) -> Column | None:
    kinds = set(map(type, values))
    if kinds == {int} or kinds == {bool}:
        column = _fast_numbers(values, input_)
        return None if column is None else shaped(column, input_)
    return elements_of_texts(list(map(str, values)), input_) if kinds <= {int, NumberText} else None


def _fast_numbers(values: Sequence[Any], input_: Input) -> Column | None:
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return checked(Column(np.array(values, np.int64)), input_)
    except OverflowError:
        return None
    if kinds == {bool}:
        return Column(np.array(values, np.uint8)) if input_.type == "bit" else None
    if kinds <= {int, NumberText}:
        column = input_of_texts(list(map(str, values)), input_)
        return column if isinstance(column, Column) else None
    return None


def read_json(value: object, input_: Input, note: Note) -> Value | None:
    """Read the JSON value of an input; None where anything is wrong, and all of that is noted."""
    if value is ABSENT:
        return default_of(input_)  # without one, the missing key is reported
    if value is None:
        if input_.default is None:
            note(None, null_value())
        return default_of(input_)
    return read_value(value, input_, note, _JSON)


def _choice_of(value: object, input_: Input) -> str:
    """Read a JSON value of a choice. Raises Refused."""
    if type(value) is not str:
        raise Refused("bad-value", f"expected a text, found {kind(value)}", hint_of(input_))
    return read_choice(value, input_)


def _number_of(value: object, input_: Input) -> Number:
    """Read a JSON value that is a number, or a bit. Raises Refused."""
    if isinstance(value, NumberText):
        return read_element(value, input_)
    if isinstance(value, bool):
        if input_.type == "bit":
            return input_.state_values[value]
        word = "true" if value else "false"
        raise Refused("boolean-as-number", f"`{word}` is not a number", f"write {int(value)}")
    if isinstance(value, int):
        if abs(value) < 1 << 63:
            check_value(value, input_)
            return value
        return read_element(show_number(value), input_)
    if isinstance(value, str):
        try:
            read_number(str(value), quoted=True)
        except Refused as error:
            if input_.type != "bit" or error.rule != "not-a-number":
                raise
            raise Refused(error.rule, error.message, hint_of(input_)) from None
        return read_element(str(value), input_)
    if value is None:
        raise null_value()
    raise Refused("bad-value", f"expected a number, found {kind(value)}", hint_of(input_))


def _integer_of(value: object, input_: Input) -> int:
    """Read a JSON value that is the unsigned integer of a bus. Raises Refused."""
    wanted = "an unsigned integer or an array" if input_.is_integer_bus else "an array"
    is_number = isinstance(value, (int, str)) and not isinstance(value, bool)
    if not is_number or not input_.is_integer_bus:
        hint = hint_of_bus(input_, "an array")
        raise Refused("bad-value", f"expected {wanted}, found {kind(value)}", hint)
    is_quoted = not isinstance(value, (int, NumberText))
    text = show_number(value) if isinstance(value, int) else str(value)
    return read_integer(text, input_, quoted=is_quoted)


_JSON = Readers(_choice_of, _number_of, _integer_of, "array")
