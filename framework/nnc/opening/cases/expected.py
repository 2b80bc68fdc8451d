"""Read the names and values of cases, and suggest names for misspelled ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import closest
from nnc.numbers.exact import (
    Number,
    Quoted,
    Refused,
    counted,
    exact_number,
    first_names,
    kind_of,
    read_number,
    read_unsigned,
    shorten,
    show_number,
)
from nnc.rows.elements import element_of, elements_from
from nnc.rows.inputs.value import with_state

_MAX_SEARCHES = 50  # each search compares all names


class NameSuggestions:
    """Suggest names for misspelled ones, at most `_MAX_SEARCHES` times per network."""

    def __init__(self) -> None:
        self._left = _MAX_SEARCHES

    def meant(
        self,
        name: str,
        known: Iterable[str],
        search: Callable[[str, Iterable[str]], str | None] = closest,
    ) -> str | None:
        """Return the closest known name, or None if none is close or no searches are left."""
        if self._left <= 0:
            return None
        self._left -= 1
        return search(name, known)

    def help(self, name: str, known: Collection[str], what: str) -> str:
        """Return a hint: the closest name, or else the list of known names."""
        return did_you_mean(self.meant(name, known)) or list_names(what, known)


def did_you_mean(name: str | None) -> str | None:
    """Return the hint "did you mean …?" for a name, or None for None."""
    return None if name is None else f"did you mean `{shorten(name)}`?"


def list_names(what: str, names: Collection[str]) -> str:
    """Return a hint that lists the first eight names: `the inputs are a, b, …`."""
    return f"the {what} are {first_names(names)}"


Expected = dict[str, Number | str]
"""Values by output; a bus that is not an unsigned integer has one entry per element."""


class RefusedElement(Refused):
    """Refuse the expected value at index `place` of a list."""

    def __init__(self, place: int, error: Refused) -> None:
        super().__init__(error.rule, error.message, error.help)
        self.place = place


def expected_of(
    taps: Mapping[str, Tap], alias: str, value: object, suggestions: NameSuggestions | None = None
) -> Expected:
    """Read the expected value of an output or bus element, such as `sum` or `sum(3)`.

    Raises Refused.
    """
    tap = taps.get(alias)
    if tap is None:
        bus, place = _element(taps, alias)
        return {alias: _number(bus, place, value)}
    if tap.is_bus and not tap.is_integer:
        return _elements(tap, value)
    return {alias: expected_value(tap, value, suggestions)}


def expected_of_text(
    taps: Mapping[str, Tap], alias: str, text: str, suggestions: NameSuggestions | None = None
) -> Number | str:
    """Read a cell of a case file; leading zeros are allowed. Raises Refused."""
    tap = taps.get(alias)
    if tap is None:
        bus, place = _element(taps, alias)
        return _number(bus, place, read_number(text, lenient=True))
    if tap.labels:
        return expected_value(tap, text, suggestions)
    read = read_unsigned if tap.is_integer else read_number
    return expected_value(tap, read(text, lenient=True), suggestions)


def expected_value(
    tap: Tap, value: object, suggestions: NameSuggestions | None = None
) -> Number | str:
    """Read the expected value of an output that is not a list.

    Raises Refused if the output can never have that value.
    """
    if tap.labels:
        if value in tap.labels:
            return str(value)
        raise Refused(
            "bad-case",
            f"expected a label, found {kind_of(value)}",
            (suggestions or NameSuggestions()).help(str(value), tap.labels, "labels"),
        )
    if tap.is_integer:
        return _integer(tap, value)
    if tap.kind not in ("level", "largest"):
        return _number(tap, 0, value)
    number = _place(tap, value)
    if tap.kind == "level" and (not isinstance(number, int) or not 0 <= number <= tap.width):
        raise Refused("bad-case", f"a level is 0 to {tap.width}, not {show_number(number)}")
    if tap.kind == "largest" and (not isinstance(number, int) or not 0 <= number < tap.width):
        raise Refused(
            "bad-case",
            f"the place of the largest is 0 to {tap.width - 1}, not {show_number(number)}",
            "places count from 0",
        )
    return number


def _place(tap: Tap, value: object) -> Number:
    """Read a level, or the index of the largest score, of an unlabelled output. Raises Refused."""
    try:
        return exact_number(value)
    except Refused as error:
        if error.rule != "not-a-number":
            raise
        what = "a level" if tap.kind == "level" else "the place of the largest, which is"
        largest = tap.width if tap.kind == "level" else tap.width - 1
        raise Refused(
            error.rule,
            f"expected {what} 0 to {largest}, found {kind_of(value)}",
            f"write a number, or give `{tap.alias}` the `labels` you mean",
        ) from None


def no_element(tap: Tap | None) -> str:
    """Return a hint that says which elements an output has."""
    if tap is None or not tap.is_bus:
        return "only a bus has elements, from 0 on"
    return f"`{tap.alias}` has {elements_from(tap.alias, tap.width)}"


def _element(taps: Mapping[str, Tap], alias: str) -> tuple[Tap, int]:
    bus, place = element_of(alias) or (alias.partition("(")[0], -1)
    tap = taps.get(bus)
    if tap is None or not tap.is_bus or not 0 <= place < tap.width:
        raise Refused("bad-case", "there is no such element", no_element(tap))
    return tap, place


def _number(tap: Tap, place: int, value: object) -> Number:
    """Read the expected value of a number, a bit, or an element of a bus. Raises Refused."""
    states = tap.states_of(place) if tap.kind in ("bit", "bus") else None
    try:
        number = exact_number(value)
    except Refused as error:
        raise with_state(error, states) from None
    if states is not None and number not in states:
        either = " or ".join(map(show_number, states))
        message = f"expected {either}, found {show_number(number)}"
        raise Refused("bad-case", message, f"write {either}")
    return number


def _elements(tap: Tap, value: object) -> Expected:
    width = counted(tap.width, "element")
    if not isinstance(value, (list, tuple)):
        raise Refused(
            "bad-case",
            f"expected a list for {width}, found {kind_of(value)}",
            f"write a list, or a key for each element: `{tap.alias}(0)`",
        )
    values = _element_values(tap, value)
    return {f"{tap.alias}({i})": number for i, number in enumerate(values)}


def _element_values(tap: Tap, value: list[object] | tuple[object, ...]) -> list[Number]:
    """Read the expected value of each element of a bus. Raises Refused or RefusedElement."""
    if len(value) != tap.width:
        what = "number" if tap.kind == "sum" else "value" if tap.states else "bit"
        message = f"the bus has {counted(tap.width, 'element')}, found {counted(len(value), what)}"
        raise Refused("bad-case", message, f"write {counted(tap.width, what)}, element 0 first")
    numbers = []
    for place, element in enumerate(value):
        try:
            numbers.append(_number(tap, place, element))
        except Refused as error:
            raise RefusedElement(place, error) from None
    return numbers


def _integer(tap: Tap, value: object) -> int:
    """Read the expected value of a bus given as an unsigned integer. Raises Refused."""
    if isinstance(value, (list, tuple)):
        bits = _element_values(tap, value)
        return int("".join("1" if bit else "0" for bit in reversed(bits)), 2)
    if isinstance(value, str):
        number: Number = read_unsigned(value, quoted=isinstance(value, Quoted))
    else:
        number = exact_number(value)
    if not isinstance(number, int) or number < 0 or number.bit_length() > tap.width:
        largest = str((1 << tap.width) - 1) if tap.width <= 64 else f"2^{tap.width} - 1"
        value_shown = shorten(show_number(number), 30)
        raise Refused(
            "bad-case",
            f"a bus of {counted(tap.width, 'bit')} is 0 to {largest}, not {value_shown}",
            f"write an integer from 0 to {largest}",
        )
    return number
