"""Inputs of two networks -> Domain: which inputs are compared, one axis for each free value.

Inputs are paired by name, and compared where both networks take them. An input that only one
network has is held at its default; without one it takes every value, since the other network does
not read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import Input
from nnc.language.ranges import is_range, read_range
from nnc.numbers.exact import Number, Refused, counted, shorten, show_number, simplest, text_of
from nnc.rows.inputs.names import lay_out
from nnc.rows.inputs.value import default_of, read_choice, read_element, read_integer

Listed = tuple[Number | str, ...] | range
Tried = Sequence[Number | str]
"""The values of an axis that are tried, in order."""
_FORMS = "write a value, several as 1|2|3, or a range as 0..64, 65.. or ..64"
_ELEMENT = re.compile(r"[(\[]")


# ----------------------------------------------------------------------- values of an axis


@dataclass(frozen=True, slots=True)
class Interval:
    """All integers, or all real numbers, from `least` to `greatest`; None where unbounded."""

    is_integer: bool
    least: Number | None
    greatest: Number | None

    def __contains__(self, value: object) -> bool:
        assert isinstance(value, Number)
        return (
            (isinstance(value, int) or not self.is_integer)
            and (self.least is None or value >= self.least)
            and (self.greatest is None or value <= self.greatest)
        )

    @property
    def nearest(self) -> Number:
        """The value nearest to 0."""
        if self.least is not None and self.least > 0:
            return self.least
        if self.greatest is not None and self.greatest < 0:
            return self.greatest
        return 0

    @property
    def middle(self) -> Number:
        """The value in the middle, or the one nearest to 0 where an end is open."""
        if self.least is None or self.greatest is None:
            return self.nearest
        whole = self.least + self.greatest
        return floor(whole / Fraction(2)) if self.is_integer else simplest(whole / Fraction(2))


Values = Listed | Interval
"""The values that an axis takes: some numbers or labels in order, or an interval."""


def interval_of(input_: Input) -> Interval:
    """Return the values of an input that is a number."""
    return _interval(input_.type != "real", input_.min, input_.max)


def _intersection(first: Interval, second: Interval) -> Interval:
    leasts = [end.least for end in (first, second) if end.least is not None]
    greatests = [end.greatest for end in (first, second) if end.greatest is not None]
    is_integer = first.is_integer or second.is_integer
    return _interval(is_integer, max(leasts, default=None), min(greatests, default=None))


def _interval(is_integer: bool, least: Number | None, greatest: Number | None) -> Interval:
    """Return an interval; one of integers ends at integers."""
    if is_integer:
        least = None if least is None else ceil(least)
        greatest = None if greatest is None else floor(greatest)
    return Interval(is_integer, least, greatest)


def exact_values(values: Iterable[Number | str]) -> list[Number]:
    """Return the numbers among values; labels are left out."""
    return [value for value in values if not isinstance(value, str)]


def size_of(values: Values) -> int | None:
    """Count the values of an axis; None where there is no end to them."""
    if isinstance(values, Interval):
        if values.least is None or values.greatest is None:
            return None
        if values.least >= values.greatest:
            return int(values.least == values.greatest)
        return int(values.greatest) - int(values.least) + 1 if values.is_integer else None
    return length_of(values)


def length_of(values: Sequence[Number | str]) -> int:
    """Count listed values; a range of step 1 may be longer than what `len` gives."""
    return max(0, values.stop - values.start) if isinstance(values, range) else len(values)


def format_values(values: Values) -> str:
    """Return the values of an axis for people: `0..64`, `alert|voice`."""
    if isinstance(values, Interval):
        ends = ["" if end is None else show_number(end) for end in (values.least, values.greatest)]
        return "..".join(ends) if any(ends) else "every number"
    if isinstance(values, range):
        return f"{values.start}..{values.stop - 1}"
    return "|".join(map(text_of, values))


# ----------------------------------------------------------------------------------- cells


class CutOff(NamedTuple):
    """A cut of a range: before a value or, if `after`, behind it."""

    value: Number
    after: bool


def cells(
    interval: Interval, cut_offs: Iterable[CutOff], rest: Number | None = None
) -> list[Number]:
    """Return one value for each cell of an interval, ascending; the cut-offs lie inside it.

    Of a cell that begins with a cut-off it is the cut-off itself, else the simplest decimal; of the
    first cell the value nearest to `rest`, by default the middle.
    """
    ordered = sorted(set(cut_offs))
    ends: list[CutOff | None] = [None, *ordered, None]
    rest = interval.middle if rest is None else rest
    return [_value_between(interval, low, high, rest) for low, high in pairwise(ends)]


def _value_between(
    interval: Interval, low: CutOff | None, high: CutOff | None, rest: Number
) -> Number:
    """Return a value behind `low` and before `high`."""
    if low is not None and not low.after:
        return low.value
    if low is not None:
        top = interval.greatest if high is None else high.value
        if top is None:
            return floor(low.value) + 1
        return simplest(between(Fraction(low.value), Fraction(top)))
    if high is None:
        return rest
    if rest < high.value or (rest == high.value and high.after):
        return rest
    if interval.least is not None:
        return max(interval.least, high.value if high.after else ceil(high.value) - 1)
    if high.value > 0 or (high.value == 0 and high.after):
        return 0
    return high.value if high.after else ceil(high.value) - 1


def between(low: Fraction, high: Fraction) -> Fraction:
    """Return a number between two others, with as few decimals as can be."""
    unit = Fraction(1)
    while True:
        candidate = (floor(low / unit) + 1) * unit
        if candidate < high:
            return candidate
        unit /= 10


# ---------------------------------------------------------------------------------- domain


class Axis(NamedTuple):
    """An independent value: one element of an input, or, where `element` is None, all of it.

    The latter is a choice, or a bus of bits whose unsigned integer is limited. No values mean that
    no value of the input suits both networks.
    """

    input: str
    element: int | None
    values: Values
    default: Number | str | None = None

    @property
    def resting(self) -> Number | str:
        """The value that it has where it does not matter: the default, where it has one."""
        if self.default is not None and self.default in self.values:
            return self.default
        return self.values.middle if isinstance(self.values, Interval) else self.values[0]

    @property
    def ends(self) -> tuple[Number | None, Number | None]:
        """The least and the greatest number; None where there is no bound."""
        if isinstance(self.values, Interval):
            return self.values.least, self.values.greatest
        exact = exact_values(self.values)
        return min(exact), max(exact)

    @property
    def is_integral(self) -> bool:
        """True where all values are integers."""
        if isinstance(self.values, Interval):
            return self.values.is_integer
        return all(isinstance(value, int) for value in self.values)


@dataclass(frozen=True)
class Domain:
    """The axes in the order of `nnc eval --all`, the slowest first, and which each input has.

    `apart` has the inputs without an axis, and why no row is valid in both networks. `notes` are
    for people.
    """

    axes: tuple[Axis, ...]
    axes_of: Mapping[str, range]
    apart: Mapping[str, str]
    notes: tuple[str, ...]

    def axis_of(self, name: str, element: int) -> int | None:
        """Return the axis of one element; None where it is always 0, or the input is apart.

        The elements of a bus stand from the last to the first, as its integer counts.
        """
        axes = self.axes_of.get(name, range(0))
        if len(axes) == 1 and self.axes[axes[0]].element is None:
            return axes[0]
        return axes[-1 - element] if element < len(axes) else None


def build_domain(
    before: Mapping[str, Input], after: Mapping[str, Input], within: Mapping[str, Values]
) -> Domain:
    """Pair the inputs of two networks by name; `within` limits the values of some."""
    axes: list[Axis] = []
    axes_of: dict[str, range] = {}
    apart: dict[str, str] = {}
    notes: list[str] = []
    for name in (*before, *(name for name in after if name not in before)):
        both = [inputs[name] for inputs in (before, after) if name in inputs]
        if len(both) == 2 and (why := _why_apart(name, *both)):
            apart[name] = why
            notes.append(why)
            continue
        own_axes = _axes(name, both)
        if len(both) == 1:
            own_axes, note = _lone_axes(own_axes, both[0], name, name in before, name in within)
            notes.append(note)
        elif both[0] != both[1] and (note := _meeting_note(name, both, own_axes)):
            notes.append(note)
        if name in within:
            own_axes = _limit_axes(own_axes, within[name], both[0])
        if any(size_of(axis.values) == 0 for axis in own_axes):
            apart[name] = f"no value of input `{name}` is allowed in both networks"
            notes.append(apart[name])
            continue
        axes_of[name] = range(len(axes), len(axes) + len(own_axes))
        axes += own_axes
    return Domain(tuple(axes), axes_of, apart, tuple(notes))


def _why_apart(name: str, before: Input, after: Input) -> str:
    """Return why no row is valid in both networks; an empty text where one may be."""
    if (before.of is None) != (after.of is None):
        kinds = ["a choice" if input_.of is not None else "none" for input_ in (before, after)]
        return f"input `{name}` is {kinds[0]} before and {kinds[1]} after: no row is valid in both"
    if before.of is not None or before.width == after.width:
        return ""
    if before.is_integer_bus and after.is_integer_bus:
        return ""
    widths = f"{counted(before.width, 'element')} before and {after.width:,} after"
    return f"input `{name}` has {widths}: no row is valid in both"


def _axes(name: str, both: Sequence[Input]) -> list[Axis]:
    """Return the axes of an input with the values that all of `both` take."""
    first, last = both[0], both[-1]
    if first.of is not None:
        assert last.of is not None
        chosen = tuple(value for value in first.of if value in last.of)
        return [Axis(name, None, chosen, _defaults(both, 1)[0])]
    if all(input_.type != "bit" for input_ in both):
        values: Values = reduce(_intersection, map(interval_of, both))
    else:
        states = next(input_.state_values for input_ in both if input_.type == "bit")
        values = tuple(v for v in states if all(input_.refuses(v) is None for input_ in both))
    width = min(first.width, last.width)
    defaults = _defaults(both, width)
    return [Axis(name, element, values, defaults[element]) for element in reversed(range(width))]


def _defaults(both: Sequence[Input], width: int) -> Sequence[Number | str | None]:
    """Return the default of each element: that of the network before, where it has one."""
    for input_ in both:
        if isinstance(input_.default, str):
            return [input_.default]
        values = input_.default_values()
        if values is not None:
            return values
    return [None] * width


def _lone_axes(
    axes: list[Axis], input_: Input, name: str, is_before: bool, is_limited: bool
) -> tuple[list[Axis], str]:
    """Hold an input that only one network has at its default, if it has one."""
    where = "only before" if is_before else "only after"
    default = default_of(input_)
    if is_limited or default is None:
        values = "the values of its limit" if is_limited else "every value"
        return axes, f"input `{name}` exists {where}: it takes {values} there"
    value = f"[{','.join(map(show_number, default))}]" if isinstance(default, tuple) else default
    value = text_of(value)
    return _at_default(axes, input_), f"input `{name}` exists {where}: it has its default, {value}"


def _at_default(axes: list[Axis], input_: Input) -> list[Axis]:
    """Hold an input at its default."""
    if input_.of is not None:
        assert isinstance(input_.default, str)
        return [axis._replace(values=(input_.default,)) for axis in axes]
    values = input_.default_values()
    assert values is not None
    return [axis._replace(values=(values[axis.element or 0],)) for axis in axes]


def _meeting_note(name: str, both: Sequence[Input], axes: Sequence[Axis]) -> str:
    """Describe the common values of an input that two networks declare differently."""
    if any(len(axes) != input_.width for input_ in both if input_.of is None):
        highest = f"{(1 << len(axes)) - 1:,}" if len(axes) <= 64 else f"2^{len(axes)} - 1"
        return f"input `{name}` is compared up to {highest}, as its narrower bus goes"
    if size_of(axes[0].values) == 0:
        return ""  # this is reported by itself
    alone = [_axes(name, [input_])[0].values for input_ in both]
    if all(_unordered(values) == _unordered(axes[0].values) for values in alone):
        return ""
    return (
        f"input `{name}` is compared where both networks take it: {format_values(axes[0].values)}"
    )


def _unordered(values: Values) -> object:
    """Return listed values as a set."""
    return values if isinstance(values, Interval) else frozenset(values)


# ---------------------------------------------------------------------------------- limits


def is_part(values: Values, whole: Values) -> bool:
    """Return whether some values of an input are all among others."""
    if not isinstance(values, Interval):
        return all(value in whole for value in values)
    return isinstance(whole, Interval) and _intersection(values, whole) == values


def read_within(
    limits: Iterable[str] | Mapping[str, object], inputs: Mapping[str, Input]
) -> dict[str, Values]:
    """Read limits of inputs: texts `name=values`, or values by name.

    Values are one value, several with `|` between them, or `least..greatest`, both included, one
    of which may be left out; of a bus of bits they are its unsigned integer, of another bus those
    of each element. A later limit of an input takes the place of an earlier one. Raises
    InvalidRowsError with every mistake.
    """
    texts: dict[str, str] = {}
    diagnostics: list[Diagnostic] = []
    if isinstance(limits, Mapping):
        texts = {name: _as_text(value) for name, value in limits.items()}
    else:
        for text in limits:
            name, equals, values = text.partition("=")
            texts[name] = values
            if not equals:
                message = f"the limit `{shorten(text)}` has no `=`"
                diagnostics.append(
                    Diagnostic("bad-value", message, help="write --within age=0..64")
                )
                del texts[name]
    for name in list(texts):
        bus = _ELEMENT.split(name)[0].strip()
        if name not in inputs and bus in inputs and _ELEMENT.search(name):
            message = f"`{shorten(name)}` is an element; limits are those of a whole input"
            diagnostics.append(Diagnostic("bad-value", message, help=f"write --within {bus}=…"))
            del texts[name]
    layout = lay_out(list(texts), inputs, noun="value", complete=False)
    diagnostics += [
        Diagnostic(problem.rule, problem.message, help=problem.help) for problem in layout.problems
    ]
    read: dict[str, Values] = {}
    for name, text in texts.items():
        if name in layout.whole:
            try:
                read[name] = _read_values(text, inputs[name])
            except Refused as error:
                message = f"the limit of `{name}`: {error.message}"
                diagnostics.append(Diagnostic(error.rule, message, help=error.help or None))
    if diagnostics:
        raise InvalidRowsError(diagnostics)
    return read


def _as_text(value: object) -> str:
    """Write a limit given in Python as one on the command line."""
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "|".join(map(str, value))
    return str(value)


def _read_values(text: str, input_: Input) -> Values:
    if not text:
        raise Refused("missing-value", "there is no value", _FORMS)
    if is_range(text) and input_.of is None:
        return _read_range(text, input_)
    if input_.of is not None:
        chosen = [read_choice(piece, input_) for piece in text.split("|")]
        return tuple(value for value in input_.of if value in chosen)
    return tuple(sorted({_read_number(piece, input_) for piece in text.split("|")}))


def _read_number(text: str, input_: Input) -> Number:
    if not text:
        raise Refused("missing-value", "a value is missing beside `|` or `..`", _FORMS)
    if input_.is_integer_bus:
        return read_integer(text, input_, lenient=True)
    return read_element(text, input_)


def _read_range(text: str, input_: Input) -> Values:
    if input_.type == "bit" and not input_.is_integer_bus:
        raise Refused(
            "bad-value", f"a bit has no range, found `{shorten(text)}`", "write one value"
        )
    if "|" in text:
        raise Refused("bad-value", f"`{shorten(text)}` is not a range", _FORMS)
    ends = read_range(text, lambda end: _read_number(end, input_))
    return Interval(input_.type != "real", *ends)


def _limit_axes(axes: list[Axis], limit: Values, input_: Input) -> list[Axis]:
    """Limit the axes of an input: of a bus of bits its integer, of others each element."""
    if not input_.is_integer_bus or len(axes) == 1:
        return [axis._replace(values=_limit_values(axis.values, limit)) for axis in axes]
    stop = 1 << len(axes)
    values = axes[0].values
    assert isinstance(values, tuple)
    if len(values) < 2:  # the other network takes one value of each element, or none
        suits = any(int(value) * (stop - 1) in limit for value in exact_values(values))
        return axes if suits else [axis._replace(values=()) for axis in axes]
    if isinstance(limit, Interval):
        least, greatest = int(limit.least or 0), limit.greatest
        limit = range(least, stop if greatest is None else min(stop, int(greatest) + 1))
    elif isinstance(limit, tuple):
        limit = tuple(sorted(value for value in exact_values(limit) if 0 <= value < stop))
    if size_of(limit) == stop:
        return axes
    if size_of(limit) != 1:
        return [Axis(axes[0].input, None, limit)]
    value = int(limit[0])
    return [axis._replace(values=(value >> (axis.element or 0) & 1,)) for axis in axes]


def _limit_values(values: Values, limit: Values) -> Values:
    if not isinstance(values, Interval):
        return tuple(value for value in values if value in limit)
    if isinstance(limit, Interval):
        return _intersection(values, limit)
    return tuple(sorted(value for value in exact_values(limit) if value in values))
