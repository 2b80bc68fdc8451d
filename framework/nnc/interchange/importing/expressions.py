"""Expressions of the Open-PSA format -> exact numbers, as far as they are rational and constant.

Numbers and parameters are read, and their sums, differences, products, quotients and negations.
Others, such as `<exponential>`, are reported by name, so that no probability is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import NamedTuple

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.interchange.importing.scopes import Defined, Scope
from nnc.interchange.importing.xml import Element, Tree
from nnc.numbers.exact import Number, Refused, read_number, shorten, show_number, simplest

ABOUT = ("label", "attributes")
MAX_BITS = 4_096
"""The most binary digits of a numerator or denominator that are computed with."""
_FOLDED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": truediv,
}


class Unread(NamedTuple):
    """An expression that cannot be evaluated; `part` describes the first obstacle."""

    part: str


Value = Number | Unread


_TOO_LONG = Unread("a number of too many digits")


class Expressions:
    """Evaluates the expressions of a model; each parameter once."""

    def __init__(self, tree: Tree, parameters: Scope) -> None:
        self._tree, self._parameters = tree, parameters
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
                self._values[path] = self.value(body, parameter.path)

    def body(self, defined: Defined) -> Element | None:
        """Return the expression of a parameter or an event; None where it has none."""
        bodies = [each for each in defined.element.children if each.name not in ABOUT]
        if len(bodies) > 1:
            message = f"`{shorten(defined.name)}` has {len(bodies):,} expressions, not one"
            raise self._tree.damaged(message, bodies[1])
        return bodies[0] if bodies else None

    def for_table(self, element: Element, path: tuple[str, ...]) -> Value:
        """Evaluate an expression to a number that a table can hold."""
        value = self.value(element, path)
        if isinstance(value, Unread):
            return value
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
        if element.name not in (*_FOLDED, "neg"):
            return Unread(f"<{shorten(element.name)}>")
        values = [self.value(each, path) for each in element.children if each.name not in ABOUT]
        unread = next((value for value in values if isinstance(value, Unread)), None)
        if unread is not None:
            return unread
        numbers = [Fraction(value) for value in values if not isinstance(value, Unread)]
        return self._folded(element, numbers)

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
        try:
            return read_number(text.removeprefix("+"), lenient=True)
        except Refused as refused:
            raise self._tree.damaged(refused.message, element, refused.help) from None

    def _parameter(self, element: Element, path: tuple[str, ...]) -> Value:
        name = self._tree.attribute(element, "name")
        parameter = self._parameters.find(name, path)
        if parameter is not None:
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
