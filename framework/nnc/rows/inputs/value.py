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
from nnc.exact import (
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
from nnc.language.network import Input

Value = Number | str | tuple[Number, ...]
"""A number; of a choice its value; of a bus its unsigned integer, or each element's number."""

Note = Callable[[int | None, Refused], None]
"""Takes what is wrong with a value: the element, None for the whole, and why."""

_MOST_SHOWN = 8
_MOST_COMPARED = 1000  # values of a choice that may have been meant; each cell looks through them

# ---------------------------------------------------------------------------------- texts


def read_cell(text: str, one: Input) -> Value:
    """Read the value of an input from its text; leading zeros are fine.  Raises Refused.

    A bus is its unsigned integer; an empty text is the default.
    """
    if not text:
        default = default_of(one)
        if default is None:
            raise missing()
        return default
    if one.of is not None:
        return read_choice(text, one)
    return read_integer(text, one, lenient=True) if one.is_bus else read_element(text, one)


def read_element(text: str, one: Input) -> Number:
    """Read the number of a scalar, or of one element of a bus, from its text.  Raises Refused."""
    if not text:
        raise missing()
    try:
        value = read_number(text, lenient=True)
    except Refused as error:
        bare = text.strip()
        if bare != text and is_number(bare):
            raise Refused(error.rule, error.message, f"remove the blanks: {bare}") from None
        if one.type == "bit" and error.rule == "not-a-number":
            raise Refused(error.rule, error.message, fix_of(one)) from None
        if one.type == "bit" and error.rule == "boolean-as-number":
            state = one.state_values[error.help.endswith("1")]
            raise Refused(error.rule, error.message, f"write {show_number(state)}") from None
        raise
    check_value(value, one)
    return value


def missing() -> Refused:
    """Tell that a cell is empty."""
    return Refused("missing-value", "the cell is empty, and there is no default", "write a value")


def is_number(text: str) -> bool:
    """Tell whether a text is a number that rows may hold."""
    try:
        read_number(text, lenient=True)
    except Refused:
        return False
    return True


def check_value(value: Number, one: Input) -> None:
    """Raise Refused where `value` is none of the values of an element."""
    if wrong := one.refuses(value):
        raise Refused("bad-value", wrong, fix_of(one))


def fix_of(one: Input) -> str:
    """Say what the value of an element looks like."""
    if one.of is not None:
        told = [f"`{shorten(value)}`" for value in islice(one.of, _MOST_SHOWN)]
        return f"write {either(told, len(one.of))}"
    if one.type == "bit":
        return f"write {' or '.join(map(show_number, one.state_values))}"
    kind = "an integer" if one.type == "integer" else "a number"
    if one.min is not None and one.max is not None:
        return f"write {kind} from {show_number(one.min)} to {show_number(one.max)}"
    if one.min is not None:
        return f"write {kind} of at least {show_number(one.min)}"
    if one.max is not None:
        return f"write {kind} of at most {show_number(one.max)}"
    return f"write {kind}"


def either(told: list[str], count: int) -> str:
    """Name the first of `count` things, one of which is meant."""
    if count > len(told):
        return f"one of {', '.join(told)}, …"
    return ", ".join(told[:-1]) + (" or " if told[1:] else "") + told[-1]


def read_choice(text: str, one: Input) -> str:
    """Read the value of a choice.  Raises Refused."""
    assert one.of is not None
    plain = unicodedata.normalize("NFC", text)
    if plain in one.of:
        return plain
    fix = did_you_mean(plain, islice(one.of, _MOST_COMPARED)) or fix_of(one)
    if plain.strip() in one.of:
        fix = f"remove the blanks: {plain.strip()}"
    raise Refused("bad-value", f"`{shorten(text)}` is no value of the choice", fix)


# ----------------------------------------------------------- unsigned integers, for a bus


def read_integer(text: str, one: Input, *, quoted: bool = False, lenient: bool = False) -> int:
    """Read the unsigned integer that a bus of bits is given as.  Raises Refused."""
    digits = text.lstrip("0")
    if len(digits) > one.width // 3 + 401 and digits.isascii() and digits.isdigit():
        raise _too_large(shorten(digits, 30), one)  # too long even to be calculated
    try:
        return check_integer(read_unsigned(text, quoted=quoted, lenient=lenient), one)
    except Refused as error:
        bare = text.strip()
        if bare != text and is_number(bare):
            raise Refused(error.rule, error.message, f"remove the blanks: {bare}") from None
        if error.rule in ("not-a-number", "boolean-as-number"):
            raise Refused(error.rule, error.message, fix_of_integer(one)) from None
        raise


def check_integer(value: Number, one: Input) -> int:
    """Give a number as the unsigned integer of a bus that it is.  Raises Refused."""
    if not isinstance(value, int):
        message = f"{show_number(value)} is not an unsigned integer"
    elif value < 0:
        message = f"{shorten(show_number(value), 30)} is below 0"
    elif value.bit_length() > one.width:
        raise _too_large(shorten(show_number(value), 30), one)
    else:
        return value
    raise Refused("bad-value", message, fix_of_integer(one))


def _too_large(told: str, one: Input) -> Refused:
    message = f"{told} is above {_largest(one)}, the largest value of {counted(one.width, 'bit')}"
    return Refused("bad-value", message, fix_of_integer(one))


def _largest(one: Input) -> str:
    return str((1 << one.width) - 1) if one.width <= 64 else f"2^{one.width} - 1"


def fix_of_integer(one: Input) -> str:
    """Say what the unsigned integer of a bus looks like."""
    return f"write an integer from 0 to {_largest(one)}"


# ------------------------------------------------------------------------ values in Python


def number_of(value: object, one: Input) -> Number:
    """Read a Python value of a scalar or of one element, exactly.  Raises Refused.

    Texts are read as in a network file; a float means its binary value; True and False are bits
    only, on and off.
    """
    if is_boolean(value):
        if one.type == "bit":
            return one.state_values[bool(value)]
        raise _boolean(value)
    number = _plain_number(value)
    check_value(number, one)
    return number


def integer_of(value: object, one: Input) -> int:
    """Read a Python value as the unsigned integer of a bus.  Raises Refused."""
    if not one.is_integer_bus:
        message = f"expected a list of {counted(one.width, 'value')}, found {kind_of(value)}"
        raise Refused("wrong-type", message, fix_of_bus(one))
    if is_boolean(value):
        message = f"`{bool(value)}` is no number; a bus is an unsigned integer"
        raise Refused("boolean-as-number", message, fix_of_bus(one))
    if isinstance(value, str):
        return read_integer(str(value), one, quoted=isinstance(value, Quoted))
    try:
        return check_integer(_plain_number(value), one)
    except Refused as error:
        if error.rule != "wrong-type":
            raise
        raise Refused(error.rule, error.message, fix_of_bus(one)) from None


def choice_of(value: object, one: Input) -> str:
    """Read a Python value of a choice.  Raises Refused."""
    if isinstance(value, str):
        return read_choice(str(value), one)
    raise Refused("wrong-type", f"expected a text, found {kind_of(value)}", fix_of(one))


class Readers(NamedTuple):
    """How values of Python or of JSON are read where they are no list, and what a list is called.

    Each function raises Refused.
    """

    choice: Callable[[object, Input], str] = choice_of
    number: Callable[[object, Input], Number] = number_of
    bus: Callable[[object, Input], int] = integer_of
    noun: str = "list"


PYTHON = Readers()


def read_value(value: object, one: Input, note: Note, readers: Readers = PYTHON) -> Value | None:
    """Read the value of an input; notes everything that is wrong, and gives None then."""
    try:
        if one.of is not None:
            return readers.choice(value, one)
        if not one.is_bus:
            return readers.number(value, one)
        if not isinstance(value, (list, tuple)):
            return readers.bus(value, one)
        if len(value) != one.width:
            raise wrong_count(len(value), one, readers.noun)
    except Refused as error:
        note(None, error)
        return None
    elements: list[Number] = []
    for place, element in enumerate(value):
        try:
            elements.append(readers.number(element, one))
        except Refused as error:
            note(place, error)
    return tuple(elements) if len(elements) == one.width else None


def wrong_count(count: int, one: Input, what: str = "list") -> Refused:
    """Tell that a list has not one value for each element."""
    message = f"the {what} has {counted(count, 'value')}, the bus {counted(one.width, 'element')}"
    return Refused("bad-value", message, "give one value for each element, element 0 first")


def fix_of_bus(one: Input, what: str = "a list") -> str:
    """Say what the value of a whole bus looks like."""
    many = f"{what} of {counted(one.width, 'value')}, element 0 first"
    return f"{fix_of_integer(one)}, or {many}" if one.is_integer_bus else f"write {many}"


def is_boolean(value: object) -> bool:
    """Tell whether a value is True or False, of Python or of NumPy."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, bool) or (kind == "b" and getattr(value, "ndim", 1) == 0)


def _boolean(value: object) -> Refused:
    told = bool(value)
    return Refused("boolean-as-number", f"`{told}` is no number", f"write {int(told)}")


def _plain_number(value: object) -> Number:
    is_float = isinstance(value, numbers.Real) and not isinstance(
        value, (numbers.Rational, Decimal)
    )
    return _float(value) if is_float else exact_number(value)


def _float(value: Any) -> Number:
    binary = float(value)
    if not math.isfinite(binary):
        raise Refused("not-finite", f"`{binary}` is no finite number", "give a finite number")
    if binary != value:
        raise Refused(
            "bad-value",
            f"`{value}` has more digits than a 64-bit float",
            "give it as text or as a Fraction",
        )
    return simplest(Fraction(binary))


# -------------------------------------------------------------------------------- defaults


def default_of(one: Input) -> Value | None:
    """Give the default of an input as a row could give it; None where there is none."""
    if one.default is None or not one.is_bus or one.of is not None or one.is_integer_bus:
        return one.default
    values = one.default_values()
    return None if values is None else tuple(values)


def element_of_default(value: Value, place: int) -> Number:
    """Give the number of one element of a bus."""
    if isinstance(value, tuple):
        return value[place]
    assert isinstance(value, int)
    return value >> place & 1
