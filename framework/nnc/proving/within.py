"""Limits of inputs as people write them, `age=0..64`, `a=1`, `pupils=equal|wide` -> Values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.exact import Number, Refused, shorten
from nnc.language.network import Input
from nnc.proving.domain import Interval, Values
from nnc.rows.inputs.names import lay_out
from nnc.rows.inputs.value import read_choice, read_element, read_integer

_FORMS = "write a value, several as 1|2|3, or a range as 0..64, 65.. or ..64"
_ELEMENT = re.compile(r"[(\[]")


def read_within(
    limits: Iterable[str] | Mapping[str, object], inputs: Mapping[str, Input]
) -> dict[str, Values]:
    """Read limits of inputs: texts `name=values`, or values by name.

    Values are one value, several with `|` between them, or `least..greatest`, both included, one
    of which may be left out; of a bus of bits they are its unsigned integer, of another bus those
    of each element. A later limit of an input takes the place of an earlier one. Raises
    InvalidRowsError with every mistake.
    """
    given: dict[str, str] = {}
    found: list[Diagnostic] = []
    if isinstance(limits, Mapping):
        given = {name: _as_text(value) for name, value in limits.items()}
    else:
        for text in limits:
            name, equals, values = text.partition("=")
            given[name] = values
            if not equals:
                message = f"the limit `{shorten(text)}` has no `=`"
                found.append(Diagnostic("bad-value", message, help="write --within age=0..64"))
                del given[name]
    for name in list(given):
        bus = _ELEMENT.split(name)[0].strip()
        if name not in inputs and bus in inputs and _ELEMENT.search(name):
            message = f"`{shorten(name)}` is an element; limits are those of a whole input"
            found.append(Diagnostic("bad-value", message, help=f"write --within {bus}=…"))
            del given[name]
    layout = lay_out(list(given), inputs, noun="value", complete=False)
    found += [Diagnostic(one.rule, one.message, help=one.help) for one in layout.problems]
    read: dict[str, Values] = {}
    for name, text in given.items():
        if name in layout.whole:
            try:
                read[name] = _values(text, inputs[name])
            except Refused as error:
                message = f"the limit of `{name}`: {error.message}"
                found.append(Diagnostic(error.rule, message, help=error.help or None))
    if found:
        raise InvalidRowsError(found)
    return read


def _as_text(value: object) -> str:
    """Write a limit given in Python as one on the command line."""
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "|".join(map(str, value))
    return str(value)


def _values(text: str, one: Input) -> Values:
    if not text:
        raise Refused("missing-value", "there is no value", _FORMS)
    if ".." in text and one.of is None:
        return _range(text, one)
    if one.of is not None:
        chosen = [read_choice(piece, one) for piece in text.split("|")]
        return tuple(value for value in one.of if value in chosen)
    return tuple(sorted({_number(piece, one) for piece in text.split("|")}))


def _number(text: str, one: Input) -> Number:
    if not text:
        raise Refused("missing-value", "a value is missing beside `|` or `..`", _FORMS)
    return read_integer(text, one, lenient=True) if one.is_integer_bus else read_element(text, one)


def _range(text: str, one: Input) -> Values:
    if one.type == "bit" and not one.is_integer_bus:
        raise Refused(
            "bad-value", f"a bit has no range, found `{shorten(text)}`", "write one value"
        )
    low, _, high = text.partition("..")
    if not (low or high) or "|" in text:
        raise Refused("bad-value", f"`{shorten(text)}` is no range", _FORMS)
    least = _number(low, one) if low else None
    greatest = _number(high, one) if high else None
    if least is not None and greatest is not None and least > greatest:
        message = f"the range `{shorten(text)}` is empty: it ends before it starts"
        raise Refused("bad-value", message, f"write {high}..{low}")
    return Interval(one.type != "real", least, greatest)
