"""Expressions of the Open-PSA format -> numbers: exact ones, and some rounded to 20 digits.

Numbers and parameters, and what is rational in them, are exact. Functions such as `<exponential>`
are computed with 60 digits, and a table gets 20 of them. Others are reported by name, so that no
probability is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, did_you_mean
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.interchange.importing.rates import DEVIATES, Undefined, computed
from nnc.interchange.importing.scopes import Defined, Scope
from nnc.interchange.importing.xml import Element, Tree
from nnc.numbers.exact import (
    Number,
    Refused,
    first_names,
    read_number,
    shorten,
    show_number,
    simplest,
)

ABOUT = ("label", "attributes")
MAX_BITS = 4_096
"""The most binary digits of a numerator or denominator that are computed with."""
TABLE_DIGITS = 20  # of a probability that is no rational number
MISSION_TIME = 8_760
"""The mission time in hours where none is given: a year, as in SCRAM."""
_FOLDED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": truediv,
    "min": min,
    "max": max,
}
_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "eq": eq, "df": ne, "lt": lt, "gt": gt, "leq": le, "geq": ge,
}  # fmt: skip


class Unread(NamedTuple):
    """An expression that cannot be evaluated; `part` describes the first obstacle."""

    part: str


Value = Number | Unread


_TOO_LONG = Unread("a number of too many digits")


class Expressions:
    """Evaluates the expressions of a model; each parameter once."""

    def __init__(self, tree: Tree, parameters: Scope, mission_time: Number | None = None) -> None:
        self._tree, self._parameters = tree, parameters
        self._mission_time: Number = MISSION_TIME if mission_time is None else mission_time
        self._is_time_given = mission_time is not None
        self.uses_mission_time = False
        self.deviates: dict[str, None] = {}
        self._rounded: set[tuple[str, ...]] = set()
        self._is_rounded = False
        self._values: dict[tuple[str, ...], Value] = {}
        try:
            order = ordered(parameters.by_path, self._reads)
        except CircleError as error:
            reader = parameters.by_path[error.reader]
            message = f"parameter `{shorten(reader.name)}` reads `{shorten(error.read[-1])}`, "
            raise tree.damaged(f"{message}which reads it", reader.element) from None
        for path in order:
            parameter = parameters.by_path[path]
            body = self.body(parameter)
            self._values[path] = Unread("a parameter without a value")
            if body is not None:
                self._is_rounded = False
                self._values[path] = self.value(body, parameter.path)
                if self._is_rounded:
                    self._rounded.add(path)

    def notes(self) -> Iterator[Diagnostic]:
        """Yield notes on choices that were made for all expressions."""
        if self.deviates:
            names = first_names([f"<{name}>" for name in self.deviates])
            message = f"random numbers count with their mean: {names}"
            yield Diagnostic("left-out", message)
        if self.uses_mission_time and not self._is_time_given:
            message = f"the mission time is {show_number(self._mission_time)} hours"
            hint = "another one is given with --mission-time"
            yield Diagnostic("left-out", message, help=hint)

    def body(self, defined: Defined) -> Element | None:
        """Return the expression of a parameter or an event; None where it has none."""
        bodies = [each for each in defined.element.children if each.name not in ABOUT]
        if len(bodies) > 1:
            message = f"`{shorten(defined.name)}` has {len(bodies):,} expressions, not one"
            raise self._tree.damaged(message, bodies[1])
        return bodies[0] if bodies else None

    def for_table(self, element: Element, path: tuple[str, ...]) -> Value:
        """Evaluate an expression to a number that a table can hold."""
        self._is_rounded = False
        value = self.value(element, path)
        if isinstance(value, Unread):
            return value
        if self._is_rounded:
            context = Context(prec=TABLE_DIGITS)
            number = Fraction(value)
            value = simplest(
                Fraction(context.divide(Decimal(number.numerator), number.denominator))
            )
        try:
            return read_number(show_number(value))
        except Refused:
            return _TOO_LONG

    def value(self, element: Element, path: tuple[str, ...]) -> Value:
        """Evaluate an expression in a container.

        It recurses, no deeper than elements may lie in each other.
        """
        if element.name in ("float", "int", "bool"):
            return self._number(element)
        if element.name == "parameter":
            return self._parameter(element, path)
        if element.name == "system-mission-time":
            self.uses_mission_time = True
            return self._mission_time
        parts = [each for each in element.children if each.name not in ABOUT]
        if element.name in ("histogram", "switch"):
            parts = [
                each
                for part in parts
                for each in (part.children if part.name in ("bin", "case") else [part])
            ]
        values = [self.value(part, path) for part in parts]
        unread = next((value for value in values if isinstance(value, Unread)), None)
        numbers = [Fraction(value) for value in values if not isinstance(value, Unread)]
        if element.name in (*_FOLDED, "neg"):
            return self._folded(element, numbers) if unread is None else unread
        try:
            return self._computed(element, numbers) if unread is None else unread
        except Undefined as error:
            return Unread(str(error))

    def _computed(self, element: Element, numbers: Sequence[Fraction]) -> Value:
        """Return the value of a function. Raises Undefined."""
        name = element.name
        if name == "mean" and numbers:
            return simplest(sum(numbers, Fraction(0)) / len(numbers))
        if name in _COMPARED and len(numbers) == 2:
            return int(_COMPARED[name](*numbers))
        if name == "ite" and len(numbers) == 3:
            return simplest(numbers[1] if numbers[0] else numbers[2])
        if name == "switch" and len(numbers) % 2:
            cases = zip(numbers[:-1:2], numbers[1::2], strict=True)
            return simplest(next((value for holds, value in cases if holds), numbers[-1]))
        if name == "mod" and len(numbers) == 2 and int(numbers[1]):
            first, second = map(int, numbers)  # which SCRAM cuts to integers, as C does
            return abs(first) % abs(second) * (1 if first > 0 else -1)
        value = computed(name, numbers)
        if value is None:
            return Unread(f"<{shorten(name)}>")
        self._is_rounded = True
        if name in DEVIATES:
            self.deviates[name] = None
        return simplest(value)

    def _folded(self, element: Element, numbers: Sequence[Fraction]) -> Value:
        is_negation = element.name == "neg"
        if not numbers or (is_negation and len(numbers) > 1):
            expected = "one" if is_negation else "at least one"
            message = f"<{element.name}> has {len(numbers):,} arguments, not {expected}"
            raise self._tree.damaged(message, element)
        if element.name == "div" and 0 in numbers[1:]:
            raise self._tree.damaged("<div> divides by 0", element)
        total = -numbers[0] if is_negation else numbers[0]
        if not is_negation:
            for number in numbers[1:]:
                total = _FOLDED[element.name](total, number)
                if max(total.numerator.bit_length(), total.denominator.bit_length()) > MAX_BITS:
                    return _TOO_LONG
        return simplest(total)

    def _number(self, element: Element) -> Number:
        text = self._tree.attribute(element, "value").strip()
        if element.name == "bool":
            if text.lower() not in ("true", "false"):
                message = f"<bool> is `{shorten(text)}`, not true or false"
                raise self._tree.damaged(message, element)
            return int(text.lower() == "true")
        return self._tree.number(text, element)

    def _parameter(self, element: Element, path: tuple[str, ...]) -> Value:
        name = self._tree.attribute(element, "name")
        parameter = self._parameters.find(name, path)
        if parameter is not None:
            self._is_rounded |= parameter.whole in self._rounded
            return self._values[parameter.whole]
        hint = did_you_mean(name, self._parameters.public)
        near = f"; {hint}" if hint else ""
        return Unread(f"parameter `{shorten(name)}`, which is not defined{near}")

    def _reads(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield the parameters that a parameter reads, in order."""
        parameter = self._parameters.by_path[path]
        stack = list(reversed(parameter.element.children))
        while stack:
            element = stack.pop()
            if element.name == "parameter":
                name = self._tree.attribute(element, "name")
                read = self._parameters.find(name, parameter.path)
                if read is not None:
                    yield read.whole
            stack += reversed(element.children)
