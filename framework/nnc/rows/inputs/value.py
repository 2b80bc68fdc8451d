"""Value: what one row gives one input, read exactly from a text or from Python; without NumPy."""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.language.network import Input, States
from nnc.numbers.exact import (
    MAX_NAMES,
    Number,
    Quoted,
    Refused,
    counted,
    exact_number,
    kind_of,
    read_number,
    read_unsigned,
    shorten,
    show_number,
    simplest,
)

Value = Number | str | tuple[Number, ...]
"""A number; of a choice its value; of a bus its unsigned integer, or each element's number."""

Note = Callable[[int | None, Refused], None]
"""Takes a mistake in a value: the element (None for all of it), and the reason."""

# Booleans as other programs write them: off and on of a bit.
BOOLEANS = {"False": 0, "false": 0, "FALSE": 0, "True": 1, "true": 1, "TRUE": 1}
_MAX_COMPARED = 1000  # values of a choice that may have been meant; each cell looks through them

# ---------------------------------------------------------------------------------- texts


def read_cell(text: str, input_: Input) -> Value:
    """Read the value of an input from its text; leading zeros are fine. Raises Refused.

    A bus is its unsigned integer; an empty text is the default.
    """
    if not text:
        default = default_of(input_)
        if default is None:
            raise missing()
        return default
    if input_.of is not None:
        return read_choice(text, input_)
    return read_integer(text, input_, lenient=True) if input_.is_bus else read_element(text, input_)


def read_element(text: str, input_: Input) -> Number:
    """Read the number of a scalar, or of one element of a bus, from its text. Raises Refused."""
    if not text:
        raise missing()
    try:
        value = read_number(text, lenient=True)
    except Refused as error:
        bare = text.strip()
        if bare != text and is_number(bare):
            raise Refused(error.rule, error.message, f"remove the spaces: {bare}") from None
        if input_.type == "bit" and text in BOOLEANS:
            return input_.state_values[BOOLEANS[text]]
        if input_.type == "bit" and error.rule == "not-a-number":
            raise Refused(error.rule, error.message, hint_of(input_)) from None
        if input_.type == "bit" and error.rule == "boolean-as-number":
            hint = with_state(error, input_.state_values).help
            hint += "; `{type: choice, of: [no, yes]}` declares an input of texts"
            raise Refused(error.rule, error.message, hint) from None
        raise
    check_value(value, input_)
    return value


def _with_state(error: Refused, input_: Input) -> Refused:
    return with_state(error, input_.state_values if input_.type == "bit" else None)


def with_state(error: Refused, states: States | None) -> Refused:
    """Return an error whose help, for a word such as `true`, is the state that it stands for."""
    if states is None or error.rule != "boolean-as-number":
        return error
    state = states[error.help.endswith("1")]
    return Refused(error.rule, error.message, f"write {show_number(state)}")


def missing(what: str = "the cell is empty") -> Refused:
    """Return the error that a cell holds no value."""
    hint = "write a value, or give the input a `default`"
    return Refused("missing-value", f"{what}, and there is no default", hint)


def null_value() -> Refused:
    """Return the error that a value is null."""
    return missing("the value is null")


def is_number(text: str) -> bool:
    """Return whether a text is a number that rows may hold."""
    try:
        read_number(text, lenient=True)
    except Refused:
        return False
    return True


REAL_INSTEAD = ", or change the `integer` of this input in the network to `real`"


def check_value(value: Number, input_: Input) -> None:
    """Raise Refused if `value` is not one of an element's values."""
    if wrong := input_.refuses(value):
        hint = hint_of(input_)
        if input_.type == "integer" and not isinstance(value, int):
            hint += REAL_INSTEAD
        raise Refused("bad-value", wrong, hint)


def hint_of(input_: Input) -> str:
    """Return a hint that shows a value of an element."""
    if input_.of is not None:
        values = [f"`{shorten(value)}`" for value in islice(input_.of, MAX_NAMES)]
        return f"write {either(values, len(input_.of))}"
    if input_.type == "bit":
        return f"write {' or '.join(map(show_number, input_.state_values))}"
    kind = "an integer" if input_.type == "integer" else "a number"
    if input_.min is not None and input_.max is not None:
        return f"write {kind} from {show_number(input_.min)} to {show_number(input_.max)}"
    if input_.min is not None:
        return f"write {kind} of at least {show_number(input_.min)}"
    if input_.max is not None:
        return f"write {kind} of at most {show_number(input_.max)}"
    return f"write {kind}"


def either(names: list[str], count: int) -> str:
    """Join the first of `count` names, one of which is meant."""
    if count > len(names):
        return f"one of {', '.join(names)}, …"
    return ", ".join(names[:-1]) + (" or " if names[1:] else "") + names[-1]


def read_choice(text: str, input_: Input) -> str:
    """Read the value of a choice. Raises Refused."""
    assert input_.of is not None
    plain = unicodedata.normalize("NFC", text)
    if plain in input_.of:
        return plain
    hint = did_you_mean(plain, islice(input_.of, _MAX_COMPARED)) or hint_of(input_)
    if plain.strip() in input_.of:
        hint = f"remove the spaces: {plain.strip()}"
    if plain in ("0", "1") and len(input_.of) == 2:
        hint += "; an input of type `bit` is 0 or 1"
    raise Refused("bad-value", f"`{shorten(text)}` is not a value of the choice", hint)


# ----------------------------------------------------------- unsigned integers, for a bus


def read_integer(text: str, input_: Input, *, quoted: bool = False, lenient: bool = False) -> int:
    """Read the unsigned integer that a bus of bits is given as. Raises Refused."""
    digits = text.lstrip("0")
    if len(digits) > input_.width // 3 + 401 and digits.isascii() and digits.isdigit():
        raise _too_large(shorten(digits, 30), input_)  # too long even to be calculated
    try:
        return check_integer(read_unsigned(text, quoted=quoted, lenient=lenient), input_)
    except Refused as error:
        bare = text.strip()
        if bare != text and is_number(bare):
            raise Refused(error.rule, error.message, f"remove the spaces: {bare}") from None
        if error.rule in ("not-a-number", "boolean-as-number"):
            raise Refused(error.rule, error.message, hint_of_integer(input_)) from None
        raise


def check_integer(value: Number, input_: Input) -> int:
    """Return a number as the unsigned integer of a bus. Raises Refused."""
    if not isinstance(value, int):
        message = f"{show_number(value)} is not an unsigned integer"
    elif value < 0:
        message = f"{shorten(show_number(value), 30)} is below 0"
    elif value.bit_length() > input_.width:
        raise _too_large(shorten(show_number(value), 30), input_)
    else:
        return value
    raise Refused("bad-value", message, hint_of_integer(input_))


def _too_large(number: str, input_: Input) -> Refused:
    message = (
        f"{number} is above {_largest(input_)}, the largest value of {counted(input_.width, 'bit')}"
    )
    return Refused("bad-value", message, hint_of_integer(input_))


def _largest(input_: Input) -> str:
    return str((1 << input_.width) - 1) if input_.width <= 64 else f"2^{input_.width} - 1"


def hint_of_integer(input_: Input) -> str:
    """Return a hint that shows the unsigned integer of a bus."""
    return f"write an integer from 0 to {_largest(input_)}"


# ------------------------------------------------------------------------ values in Python


def number_of(value: object, input_: Input) -> Number:
    """Read a Python value of a scalar or of one element, exactly. Raises Refused.

    Texts are read as in a network file; a float means its binary value; True and False are bits
    only, on and off.
    """
    if is_boolean(value):
        if input_.type == "bit":
            return input_.state_values[bool(value)]
        raise _boolean(value)
    try:
        number = _plain_number(value)
    except Refused as error:
        raise _with_state(error, input_) from None
    check_value(number, input_)
    return number


def integer_of(value: object, input_: Input) -> int:
    """Read a Python value as the unsigned integer of a bus. Raises Refused."""
    if not input_.is_integer_bus:
        message = f"expected a list of {counted(input_.width, 'value')}, found {kind_of(value)}"
        raise Refused("wrong-type", message, hint_of_bus(input_))
    if is_boolean(value):
        message = f"`{bool(value)}` is not a number; a bus is an unsigned integer"
        raise Refused("boolean-as-number", message, hint_of_bus(input_))
    if isinstance(value, str):
        return read_integer(str(value), input_, quoted=isinstance(value, Quoted))
    try:
        return check_integer(_plain_number(value), input_)
    except Refused as error:
        if error.rule != "wrong-type":
            raise
        raise Refused(error.rule, error.message, hint_of_bus(input_)) from None


def choice_of(value: object, input_: Input) -> str:
    """Read a Python value of a choice. Raises Refused."""
    if isinstance(value, str):
        return read_choice(str(value), input_)
    raise Refused("wrong-type", f"expected a text, found {kind_of(value)}", hint_of(input_))


class Readers(NamedTuple):
    """Readers of values of Python or of JSON that are not lists, and the name of a list.

    Each function raises Refused.
    """

    choice: Callable[[object, Input], Value] = choice_of
    number: Callable[[object, Input], Number] = number_of
    bus: Callable[[object, Input], Value] = integer_of
    noun: str = "list"


PYTHON = Readers()


def read_value(value: object, input_: Input, note: Note, readers: Readers = PYTHON) -> Value | None:
    """Read the value of an input; None where anything is wrong, and all of that is noted.

    An element of a list that is None takes its default, where the input has one.
    """
    try:
        if input_.of is not None:
            return readers.choice(value, input_)
        if not input_.is_bus:
            return readers.number(value, input_)
        if not isinstance(value, (list, tuple)):
            return readers.bus(value, input_)
        if len(value) != input_.width:
            raise wrong_count(len(value), input_, readers.noun)
    except Refused as error:
        note(None, error)
        return None
    elements: list[Number] = []
    default = default_of(input_)
    for place, element in enumerate(value):
        try:
            if element is None and default is not None:
                elements.append(element_of_default(default, place))
            else:
                elements.append(readers.number(element, input_))
        except Refused as error:
            note(place, error)
    return tuple(elements) if len(elements) == input_.width else None


def wrong_count(count: int, input_: Input, what: str = "list") -> Refused:
    """Return the error that a list does not have one value for each element."""
    message = (
        f"the {what} has {counted(count, 'value')}, the bus {counted(input_.width, 'element')}"
    )
    return Refused("bad-value", message, "give one value for each element, element 0 first")


def hint_of_bus(input_: Input, what: str = "a list") -> str:
    """Return a hint that shows a value of a bus."""
    many = f"{what} of {counted(input_.width, 'value')}, element 0 first"
    return f"{hint_of_integer(input_)}, or {many}" if input_.is_integer_bus else f"write {many}"


def is_boolean(value: object) -> bool:
    """Return whether a value is True or False, of Python or of NumPy."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, bool) or (kind == "b" and getattr(value, "ndim", 1) == 0)


def _boolean(value: object) -> Refused:
    boolean = bool(value)
    return Refused("boolean-as-number", f"`{boolean}` is not a number", f"write {int(boolean)}")


def _plain_number(value: object) -> Number:
    is_float = isinstance(value, numbers.Real) and not isinstance(
        value, (numbers.Rational, Decimal)
    )
    return _float(value) if is_float else exact_number(value)


def _float(value: Any) -> Number:
    binary = float(value)
    if not math.isfinite(binary):
        raise Refused("not-finite", f"`{binary}` is not a finite number", "give a finite number")
    if binary != value:
        raise Refused(
            "bad-value",
            f"`{value}` has more digits than a 64-bit float",
            "give it as text or as a Fraction",
        )
    return simplest(Fraction(binary))


# -------------------------------------------------------------------------------- defaults


def default_of(input_: Input) -> Value | None:
    """Return the default of an input as a row could give it; None where there is none."""
    if (
        input_.default is None
        or not input_.is_bus
        or input_.of is not None
        or input_.is_integer_bus
    ):
        return input_.default
    values = input_.default_values()
    return None if values is None else tuple(values)


def element_of_default(value: Value, place: int) -> Number:
    """Return the number of one element of a bus."""
    if isinstance(value, tuple):
        return value[place]
    assert isinstance(value, int)
    return value >> place & 1
