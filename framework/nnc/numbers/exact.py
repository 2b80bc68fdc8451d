"""Parse and print exact numbers, never through a binary float.

A number is an `int` if it is integral and a `Fraction` otherwise; the two mix freely.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeGuard

from nnc.diagnostics.rules import RuleName
from nnc.printable import printable

Number = int | Fraction

FLOAT_BITS = 53
LARGEST_WHOLE = 1 << FLOAT_BITS
"""float64 represents every integer up to this absolute value."""
UNIT_ROUNDOFF = 2.0**-FLOAT_BITS
"""The largest relative error of one float64 operation, rounding to nearest."""

MAX_NAMES = 8
"""The maximum number of names listed in a message."""

MAX_DIGITS = 400
MAX_EXPONENT = 400
MAX_DENOMINATOR_DIGITS = 18

_DECIMAL = re.compile(r"(-?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?")
_FRACTION = re.compile(r"(-?[0-9]+)/([0-9]+)")
_LEADING_ZERO = re.compile(r"-?0[0-9]")


class Quoted(str):
    """A quoted string or block scalar in YAML, which is never a decimal or an integer."""

    __slots__ = ()


class Refused(ValueError):
    """A value that nnc does not accept, with the violated `rule` and how to write it instead."""

    def __init__(self, rule: RuleName, message: str, help: str = "") -> None:
        super().__init__(message)
        self.rule, self.message, self.help = rule, message, help


@lru_cache(maxsize=65536)
def read_number(text: str, *, quoted: bool = False, lenient: bool = False) -> Number:
    """Parse an exact number: `3`, `-0.1`, `.5`, `1e-3`, `-1/3`.

    A `quoted` text may only be a fraction. `lenient` allows leading zeros, as in rows. Raises
    Refused with the rule that the text violates.
    """
    if match := _DECIMAL.fullmatch(text):
        if quoted:
            raise Refused(
                "quoted-number",
                f'"{shorten(text)}" is text, not a number',
                f"remove the quotes: {text}",
            )
        return _decimal(text, match, lenient=lenient)
    if match := _FRACTION.fullmatch(text):
        return _fraction(text, match)
    raise _why_not(text)


def _decimal(text: str, match: re.Match[str], *, lenient: bool) -> Number:
    sign, whole, places, only_places, exponent = match.groups()
    whole, places = whole or "", places or only_places or ""
    digits = whole + places
    if len(digits) > MAX_DIGITS:
        raise _too_long(len(digits))
    if len(whole) > 1 and whole[0] == "0" and not lenient:
        plain = text.replace(whole, whole.lstrip("0") or "0", 1)
        raise Refused("leading-zero", f"`{shorten(text)}` has a leading zero", f"write {plain}")
    value: int = int(digits)
    scale = -len(places)
    if exponent:
        power = exponent.lstrip("+-0") or "0"
        if len(power) > 4 or int(power) > MAX_EXPONENT:
            raise Refused(
                "exponent-too-large",
                f"`{shorten(text)}` has an exponent beyond ±{MAX_EXPONENT}",
                "write a smaller exponent",
            )
        scale += -int(power) if exponent[0] == "-" else int(power)
    if sign:
        value = -value
    if scale >= 0:
        return value * int(10**scale)
    return simplest(Fraction(value, 10**-scale))


def _fraction(text: str, match: re.Match[str]) -> Number:
    above, below = match.groups()
    if len(above.lstrip("-")) > MAX_DIGITS:
        raise _too_long(len(above.lstrip("-")))
    for part in (above, below):
        if _LEADING_ZERO.match(part):
            raise Refused(
                "leading-zero",
                f"`{shorten(text)}` has a leading zero",
                "write both parts of the fraction without leading zeros",
            )
    if len(below) > MAX_DENOMINATOR_DIGITS:
        raise Refused(
            "denominator-too-large",
            f"the denominator of `{shorten(text)}` has {len(below)} digits; "
            f"at most {MAX_DENOMINATOR_DIGITS} are allowed",
            "write a fraction with a smaller denominator",
        )
    if int(below) == 0:
        raise Refused(
            "not-a-number", f"`{shorten(text)}` divides by zero", "write a denominator above 0"
        )
    return simplest(Fraction(int(above), int(below)))


def _too_long(count: int) -> Refused:
    return Refused(
        "too-many-digits",
        f"the number has {count} digits; at most {MAX_DIGITS} are allowed",
        "write it with fewer digits",
    )


class _Spelling(NamedTuple):
    """A rejected way of writing a number, with its rule, message and hint."""

    pattern: str
    rule: RuleName
    wrong: str
    hint: str


_PLAIN = r"(([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?|-?[0-9]+/[0-9]+)"
_FRACTION_FORM = "write a fraction as integer/integer, without spaces: 1/3"
_NO_COMMAS = "write the number without commas, and a decimal point as `.`"
_SPELLINGS = (
    _Spelling(rf"\+{_PLAIN}", "plus-sign", "has a plus sign", "write {plain}"),
    _Spelling(rf"[−–]{_PLAIN}", "not-a-number", "has no minus sign of ASCII", "write {plain}"),
    _Spelling(
        r"[-+]?(\.?inf|\.?nan|infinity)",
        "not-finite",
        "is not a finite number",
        "write a finite number",
    ),
    _Spelling(
        r".+\.(npy|safetensors)",
        "not-a-number",
        "is the name of a file, not a number",
        "write {{file: {text}}}, which layers take",
    ),
    _Spelling("true|yes|on|y", "boolean-as-number", "is not a number", "write 1"),
    _Spelling("false|no|off|n", "boolean-as-number", "is not a number", "write 0"),
    _Spelling("[-+]?0x[0-9a-f_]+", "number-in-other-base", "is hexadecimal", "write {decimal}"),
    _Spelling("[-+]?0o[0-9a-f_]+", "number-in-other-base", "is octal", "write {decimal}"),
    _Spelling("[-+]?0b[0-9a-f_]+", "number-in-other-base", "is binary", "write {decimal}"),
    _Spelling(
        r"-?(?=.*_)[0-9_]*[0-9][0-9_]*(\.[0-9_]*)?(/[0-9_]+)?",
        "underscore-in-number",
        "has underscores",
        "write {plain}",
    ),
    _Spelling(
        r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?",
        "base-60-number",
        "is not a number (YAML 1.1 read it in base 60)",
        "write a decimal number",
    ),
    _Spelling(
        r"[-+]?[0-9.]+\s*/\s*[-+]?[0-9.]+",
        "not-a-number",
        "is not a fraction of two integers",
        _FRACTION_FORM,
    ),
    _Spelling(
        r"-?[0-9]+,([0-9]{1,2}|[0-9]{4,})",
        "not-a-number",
        "is not a number",
        "write {point}, with a decimal point",
    ),
    _Spelling(
        r"-?[0-9]+(,[0-9]+)+(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)+(,[0-9]+)?",
        "not-a-number",
        "is not a number",
        _NO_COMMAS,
    ),
)


def _why_not(text: str) -> Refused:
    """Return why a text is neither a decimal nor a fraction."""
    name = f"`{shorten(text)}`"
    if any(not character.isascii() and character.isnumeric() for character in text):
        is_short = text.isdecimal() and len(text) < 60
        hint = f"write {int(text)}" if is_short else "write the digits 0 to 9"
        return Refused("non-ascii-digit", f"{name} has digits other than 0 to 9", hint)
    for pattern, rule, wrong, hint in _SPELLINGS:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            plain = re.sub("[−–]", "-", text.lstrip("+").replace("_", ""))
            point = shorten(text.replace(",", "."))
            hint = hint.format(
                plain=plain, decimal=_decimal_form(text), point=point, text=shorten(text)
            )
            return Refused(rule, f"{name} {wrong}", hint)
    return Refused(
        "not-a-number",
        f"expected a number, found {name}",
        "write an integer, a decimal such as 0.1, or a fraction such as 1/3",
    )


def _decimal_form(text: str) -> str:
    try:
        return show_number(int(text, 0)) if len(text) < 60 else "a decimal number"
    except ValueError:  # a digit that is invalid in its base
        return "a decimal number"


def shorten(text: str, most: int = 60) -> str:
    """Return a user's text for a message: printable, with at most `most` characters."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 16]}…{text[-8:]}"


def exact_number(value: object) -> Number:
    """Return the exact number that a Python value means.

    int, Fraction, Decimal and str mean what is written. A float is accepted if its shortest decimal
    is its exact value (0.5), and rejected with a hint if not (0.1). Raises Refused.
    """
    if type(value) is str:
        return read_number(value)
    if isinstance(value, str):
        return read_number(str(value), quoted=isinstance(value, Quoted))
    if isinstance(value, bool):
        raise _why_not(str(value).lower())
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Rational):
        return simplest(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _why_not(str(value).lower())
        return read_number(str(value).replace("+", ""))
    if isinstance(value, numbers.Real):
        binary = float(value)
        if not math.isfinite(binary):
            raise _why_not(str(binary))
        shortest = read_number(repr(binary))
        if shortest != Fraction(binary):
            raise Refused(
                "inexact-float",
                f"the float {binary!r} is not exactly {binary!r}",
                f'write it as text, "{binary!r}", as Decimal("{binary!r}") or as a Fraction',
            )
        return shortest
    raise Refused(
        "wrong-type",
        f"expected a number, found {kind_of(value)}",
        "write an integer, a decimal such as 0.1, or a fraction such as 1/3",
    )


def read_unsigned(text: str, *, quoted: bool = False, lenient: bool = False) -> Number:
    """Parse a number as `read_number` does, but allow unsigned integers of any length.

    Raises Refused.
    """
    if re.fullmatch("0[bB][01]{1,64}", text):
        number, mirrored = int(text, 2), int(text[:1:-1], 2)
        hint = f"write {number}"
        if mirrored != number:
            hint += f", of which element 0 is the last digit; if it is the first, write {mirrored}"
        raise Refused("number-in-other-base", f"`{shorten(text)}` is binary", hint)
    if quoted or len(text) <= MAX_DIGITS or not (text.isascii() and text.isdigit()):
        return read_number(text, quoted=quoted, lenient=lenient)
    if text[0] == "0" and not lenient:
        raise Refused("leading-zero", f"`{shorten(text)}` has a leading zero", "remove it")
    value = 0
    for start in range(0, len(text), 4000):  # Python's limit is 4,300 digits
        piece = text[start : start + 4000]
        value = value * 10 ** len(piece) + int(piece)
    return value


def first_names(names: Iterable[str], quote: str = "") -> str:
    """Return the first eight names as a list in text, such as `a, b, …`."""
    texts = [f"{quote}{shorten(name)}{quote}" for name in islice(names, MAX_NAMES + 1)]
    return ", ".join([*texts[:MAX_NAMES], *(["…"] if texts[MAX_NAMES:] else [])])


def names_and_more(names: Collection[str], most: int = MAX_NAMES, quote: str = "`") -> str:
    """Return the first names and the number of others: "`a`, `b` and 3 more"."""
    listed = ", ".join(f"{quote}{shorten(name)}{quote}" for name in islice(names, most))
    more = len(names) - most
    return f"{listed} and {more:,} more" if more > 0 else listed


_UNREADABLE = 10**24  # numbers from here on are shown as a power of ten


def counted(number: int, what: str) -> str:
    """Return a count with its noun: `1 bit`, `2 bits`, `2 properties`."""
    many = re.sub("(?<=[^aeiou])y$", "ie", what) + "s"
    if number >= _UNREADABLE:
        return f"over 10^{int((number.bit_length() - 1) * math.log10(2))} {many}"
    return f"{number:,} {what if number == 1 else many}"


def rounded_percent(part: int, whole: int) -> str:
    """Return a percentage rounded to a tenth; 0.0 and 100.0 only if they are exact."""
    tenths = (2000 * part + whole) // (2 * whole)
    if 0 < part < whole:
        tenths = min(max(tenths, 1), 999)
    return f"{tenths // 10}.{tenths % 10}"


def kind_of(value: object) -> str:
    """Return a description of a value for messages."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"`{shorten(value, 40)}`"
    if isinstance(value, (int, float, Fraction, Decimal)):
        return f"`{value}`" if not isinstance(value, int) else f"`{show_number(value)}`"
    name = type(value).__name__
    return f"{'an' if name[:1] in set('aeiouAEIOU') else 'a'} {name}"


def simplest(value: Fraction) -> Number:
    """Return a number, converted to int if it is integral."""
    return value.numerator if value.denominator == 1 else value


def over_one_denominator(values: Iterable[Number]) -> tuple[list[int], int]:
    """Return the numerators of numbers over their least common denominator, and the denominator."""
    values = list(values)
    if Fraction not in map(type, values):
        return values, 1  # type: ignore[return-value]
    parts = [(value.numerator, value.denominator) for value in values]
    common = math.lcm(*{below for _, below in parts})
    return [above * (common // below) for above, below in parts], common


def magnitude(value: Number) -> Number:
    """Return the absolute value of a number."""
    return max(value, -value)


def fits_json(value: object) -> TypeGuard[int]:
    """Return True if every JSON parser reads a value exactly: an integer below 2^53."""
    return isinstance(value, int) and abs(value) < LARGEST_WHOLE


def exact_float(value: Number) -> float | None:
    """Return the float64 that equals a number exactly, or None."""
    try:
        nearest = float(value)
    except OverflowError:
        return None
    return nearest if Fraction(nearest) == value else None


def stored_number(value: Any) -> Number:
    """Return the exact value of a Python number or NumPy scalar."""
    if hasattr(value, "item"):  # of NumPy
        value = value.item()
    if isinstance(value, int):
        return int(value)  # converts a bool to 0 or 1
    return simplest(value if type(value) is Fraction else Fraction(value))


def decimal_places(denominator: int) -> int | None:
    """Return the decimal places needed for multiples of 1/denominator; None if infinitely many."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def show_number(value: Number) -> str:
    """Return a number exactly: as an integer, a finite decimal, or else `p/q` in lowest terms."""
    if isinstance(value, int):
        return _digits(value)
    below = value.denominator
    if below == 1:
        return _digits(value.numerator)
    places = decimal_places(below)
    if places is None:
        return f"{_digits(value.numerator)}/{_digits(below)}"
    scaled = abs(value.numerator) * 10**places // below
    digits = _digits(scaled).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def text_of(value: Number | str) -> str:
    """Return a number as `show_number` does, and a text as it is."""
    return value if isinstance(value, str) else show_number(value)


def _digits(value: int) -> str:
    """Return the digits of an integer of any length; Python's limit is 4,300 digits."""
    if value.bit_length() < 13_000:
        return str(value)
    sign, value = ("-", -value) if value < 0 else ("", value)
    pieces = []
    while value:
        value, piece = divmod(value, 10**4000)
        pieces.append(str(piece).rjust(4000, "0"))
    return sign + "".join(reversed(pieces)).lstrip("0")
