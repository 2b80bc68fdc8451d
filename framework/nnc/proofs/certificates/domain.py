"""Inputs of networks -> Domain: the values of each input in the rows of a claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import NamedTuple

from nnc.language.network import Input
from nnc.language.ranges import is_range, read_range
from nnc.numbers.exact import Number, Refused, read_number
from nnc.proofs.certificates import records
from nnc.proofs.certificates.refusal import RefusedError, need


class Interval(NamedTuple):
    """All integers, or all numbers, from `least` to `greatest`; None if unbounded."""

    is_integer: bool
    least: Number | None = None
    greatest: Number | None = None

    def within(self, least: Number | None, greatest: Number | None) -> Interval:
        """Return its values between two bounds, both included."""
        leasts = [end for end in (self.least, least) if end is not None]
        greatests = [end for end in (self.greatest, greatest) if end is not None]
        low, high = max(leasts, default=None), min(greatests, default=None)
        if self.is_integer:
            low = None if low is None else ceil(low)
            high = None if high is None else floor(high)
        return self._replace(least=low, greatest=high)

    @property
    def is_empty(self) -> bool:
        """True where it has no value."""
        return self.least is not None and self.greatest is not None and self.least > self.greatest

    @property
    def single(self) -> Number | None:
        """Its only value, or None if it has several."""
        return self.least if self.least == self.greatest else None

    @property
    def size(self) -> int | None:
        """The number of its values; None if infinite."""
        if self.least is None or self.greatest is None:
            return None
        if not self.is_integer:
            return 1 if self.least == self.greatest else None
        return int(self.greatest) - int(self.least) + 1


@dataclass(frozen=True)
class Field:
    """One input: bits, numbers or a choice, and what each of its elements may be.

    `fixed` has the bits that are always off (0) or on (1), and the numbers that have one value;
    `labels` are all values of a choice, and `allowed` those that it may have here.
    """

    input: Input
    interval: Interval | None = None
    fixed: tuple[Number | None, ...] = ()
    allowed: tuple[str, ...] = ()


Limits = Mapping[str, Sequence[str]]
"""The values that inputs are limited to: a range, or labels."""


def limits_of(header: records.Header) -> Limits:
    """Return the limits of a header. Raises RefusedError where they are not lists of texts."""
    limits = header.get("within", {})
    if type(limits) is not dict:
        raise RefusedError("the limits in the header are not by input")
    for name, limit in limits.items():
        if type(limit) is not list or not all(isinstance(each, str) for each in limit):
            raise RefusedError(f"the limit of `{name}` is not a list of texts")
    return limits


def fields(
    networks: Sequence[Mapping[str, Input]], within: Limits | None = None
) -> dict[str, Field]:
    """Pair inputs by name: each has the values that all networks take, within the limits.

    An input that only one network has takes its default; without one, or with a limit, all values.
    Raises RefusedError if inputs of the same name differ in type or have no common value.
    """
    limits = dict(within or {})
    names = dict.fromkeys(name for inputs in networks for name in inputs)
    result = {}
    for name in names:
        all_ = [inputs[name] for inputs in networks if name in inputs]
        field = _paired(name, all_)
        is_lone = len(all_) < len(networks)
        if name in limits:
            field = _limited(name, field, limits.pop(name))
        elif is_lone and all_[0].default is not None:
            field = _at_default(field)
        result[name] = field
    need(not limits, "a limit is about an input that there is not")
    return result


def _paired(name: str, inputs: Sequence[Input]) -> Field:
    first = inputs[0]
    if any(_kind(each) != _kind(first) for each in inputs):
        raise RefusedError(f"input `{name}` is of another kind in the other network")
    fixed: tuple[Number | None, ...] = (None,) * first.width
    if first.of is not None:
        return Field(first, fixed=fixed, allowed=first.of)
    if first.type == "bit":
        return Field(first, fixed=fixed)
    interval = Interval(first.type == "integer")
    for each in inputs:
        interval = interval.within(each.min, each.max)
    need(not interval.is_empty, f"input `{name}` has no value")
    return Field(first, interval, (interval.single,) * first.width)


def _kind(input_: Input) -> tuple[object, ...]:
    return input_.type, input_.size, input_.of, input_.type == "bit" and input_.state_values


def _at_default(field: Field) -> Field:
    input_ = field.input
    if input_.of is not None:
        return replace(field, allowed=(str(input_.default),))
    values = input_.default_values()
    assert values is not None
    if input_.type == "bit":
        values = [input_.state_values.index(value) for value in values]
    return replace(field, fixed=tuple(values))


def _limited(name: str, field: Field, limit: Sequence[str]) -> Field:
    """Return a field with the values of a limit: texts, each a value or a range."""
    input_ = field.input
    if input_.of is not None:
        allowed = tuple(label for label in field.allowed if label in limit)
        need(allowed, f"input `{name}` has no value")
        return replace(field, allowed=allowed)
    need(len(limit) == 1, f"the limit of `{name}` is not one range")
    try:
        if is_range(limit[0]):
            least, greatest = read_range(limit[0])
        else:
            least = greatest = read_number(limit[0])
    except Refused:
        raise RefusedError(f"the limit of `{name}` is not a range") from None
    if input_.is_integer_bus:
        return replace(field, fixed=_bits(name, input_, least, greatest))
    if field.interval is None:
        states = input_.state_values
        on = [i for i, state in enumerate(states) if _lies(state, least, greatest)]
        need(on, f"input `{name}` has no value")
        return replace(field, fixed=(on[0] if len(on) == 1 else None,) * input_.width)
    interval = field.interval.within(least, greatest)
    need(not interval.is_empty, f"input `{name}` has no value")
    return replace(field, interval=interval, fixed=(interval.single,) * input_.width)


def _bits(
    name: str, input_: Input, least: Number | None, greatest: Number | None
) -> tuple[int, ...]:
    """Return the bits of the only unsigned integer of a limit."""
    if least != greatest or not isinstance(least, int) or not 0 <= least < 1 << input_.width:
        raise RefusedError(f"the limit of the bus `{name}` is not one of its values")
    return tuple(least >> index & 1 for index in range(input_.width))


def _lies(value: Number, least: Number | None, greatest: Number | None) -> bool:
    return (least is None or value >= least) and (greatest is None or value <= greatest)


def written_within(limits: Mapping[str, str] | Iterable[str]) -> dict[str, list[str]]:
    """Return limits, `age=0..64` or by name, as a header has them."""
    texts = (
        {name: str(value) for name, value in limits.items()}
        if isinstance(limits, Mapping)
        else dict(text.partition("=")[::2] for text in limits)
    )
    return {
        name: [records.text(each.strip()) for each in text.split("|")]
        for name, text in texts.items()
    }
