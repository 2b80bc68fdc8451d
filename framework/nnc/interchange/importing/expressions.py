"""Expressions of the Open-PSA format -> numbers: exact ones, and some rounded to 20 digits.

Numbers and parameters, and what is rational in them, are exact. Functions such as `<exponential>`
are computed with 60 digits, and a table gets 20 of them. Others are reported by name, so that no
probability is lost silently.

The format: Epstein, Rauzy, "Open-PSA Model Exchange Format", 2.0d, section V. The laws of failure
are those of its reference, SCRAM 0.16. Random expressions are taken at their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, DecimalException, localcontext
from fractions import Fraction
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, did_you_mean
from nnc.interchange.importing.ordering import CircleError, ordered
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

DIGITS = 60  # of the computations, so that what cancels leaves far more than a table holds

Law = Callable[..., Decimal]


class Undefined(Exception):
    """An expression has no value for its arguments."""


def computed(name: str, arguments: Sequence[Fraction]) -> Fraction | None:
    """Return the value of a function; None for one that is not known.

    Raises Undefined where the arguments do not fit, or are outside of what it is defined for.
    """
    counts, law = LAWS.get(name, ((), None))
    if law is None:
        return None
    if len(arguments) not in counts:
        wanted = " or ".join(map(str, counts))
        raise Undefined(f"<{name}> has {len(arguments)} arguments, not {wanted}")
    with localcontext(Context(prec=DIGITS)):
        try:
            decimals = [
                Decimal(argument.numerator) / argument.denominator for argument in arguments
            ]
            return Fraction(law(*decimals))
        except (DecimalException, ArithmeticError, ValueError):
            raise Undefined(f"<{name}> has no value for its arguments") from None


def _failed(rate: Decimal, time: Decimal) -> Decimal:
    """Return the probability that a process of a rate has occurred by a time."""
    if rate < 0 or time < 0:
        raise ValueError("a negative rate or time")
    return 1 - (-rate * time).exp()


def _glm(gamma: Decimal, failure: Decimal, repair: Decimal, time: Decimal) -> Decimal:
    rate = failure + repair
    decay = (-rate * time).exp()
    return (failure - (failure - gamma * rate) * decay) / rate


def _weibull(scale: Decimal, shape: Decimal, shift: Decimal, time: Decimal) -> Decimal:
    if time <= shift:
        return Decimal(0)
    return 1 - (-(((time - shift) / scale) ** shape)).exp()


def _periodic_test(rate: Decimal, period: Decimal, first: Decimal, time: Decimal) -> Decimal:
    """Return the unavailability where each test restores a component at once."""
    if time <= first:
        return _failed(rate, time)
    since = (time - first) % period
    return _failed(rate, since or period)


def _lognormal(*arguments: Decimal) -> Decimal:
    """Return the mean: of a mean, an error factor and a level it is the first."""
    if len(arguments) == 3:
        return arguments[0]
    mean, deviation = arguments
    return (mean + deviation * deviation / 2).exp()


DEVIATES: Mapping[str, tuple[Sequence[int], Law]] = {
    "uniform-deviate": ((2,), lambda low, high: (low + high) / 2),
    "normal-deviate": ((2,), lambda mean, _: mean),
    "lognormal-deviate": ((2, 3), _lognormal),
    "gamma-deviate": ((2,), lambda shape, scale: shape * scale),
    "beta-deviate": ((2,), lambda alpha, beta: alpha / (alpha + beta)),
}
"""Random numbers, of which the mean counts."""

LAWS: Mapping[str, tuple[Sequence[int], Law]] = {
    "exponential": ((2,), _failed),
    "GLM": ((4,), _glm),
    "Weibull": ((4,), _weibull),
    "periodic-test": ((4,), _periodic_test),
    "exp": ((1,), Decimal.exp),
    "log": ((1,), Decimal.ln),
    "log10": ((1,), Decimal.log10),
    "sqrt": ((1,), Decimal.sqrt),
    "pow": ((2,), lambda base, power: base**power),
    **DEVIATES,
}
"""Functions by name, with the counts of arguments that each may have."""


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
        if element.name == "switch":
            parts = [
                each
                for part in parts
                for each in (part.children if part.name == "case" else [part])
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
