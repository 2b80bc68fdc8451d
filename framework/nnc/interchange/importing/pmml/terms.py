"""Fields, derived fields and predicates of PMML -> sums, texts and conditions.

The standard: Data Mining Group, "PMML 4.4 - Transformations" and "- Trees". No value is missing: a
network refuses a row with a missing value, unless the file says what replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.buses import Change
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.pmml.conditions import (
    ALWAYS,
    Condition,
    Conditions,
    Options,
    Sum,
    both,
)
from nnc.interchange.importing.pmml.fields import Field, array_of, named_texts
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Input
from nnc.numbers.exact import shorten

PREDICATES = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
OPERATORS = ("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_NUMBERS = ("integer", "float", "double")
_ABOUT = ("Extension", "Value")
_TRUTHS = ("true", "false")
_PRECOMPUTE = "compute it before, and give it to the model as a field of its own"
_MAX_TEXTS = 2_000_000  # combinations of values that are compared


@dataclass(frozen=True, slots=True)
class Truth:
    """A value that is true or false."""

    condition: Condition | None


Value = Sum | Options | Truth


@dataclass(slots=True)
class Scope:
    """The names that mean something in a model: values, and derived fields not yet computed."""

    parent: Scope | None = None
    values: dict[str, Value] = field(default_factory=dict)
    derived: dict[str, Element] = field(default_factory=dict)


class Terms:
    """Reads fields, expressions and predicates, and keeps the inputs that they need."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.names = Names()
        self.conditions = Conditions(self.names)
        self.inputs: dict[str, Input] = {}
        self.fields: dict[str, Field] = {}
        self.target: Element | None = None
        self.unlisted: list[str] = []
        self.unscored: list[str] = []
        self.renamed: list[Change] = []
        self.named = named_texts(tree)
        dictionary = tree.root.child("TransformationDictionary")
        functions = () if dictionary is None else dictionary.all("DefineFunction")
        self._functions = {tree.attribute(each, "name"): each for each in functions}

    # ------------------------------------------------------------------------------- fields

    def find(self, name: str, scope: Scope, at: Element) -> Value:
        """Return the value of a name in a scope."""
        inner: Scope | None = scope
        while inner is not None:
            if name in inner.values:
                return inner.values[name]
            if name in inner.derived:
                element = inner.derived.pop(name)  # so that a field that reads itself is not found
                inner.values[name] = self._cast(self._derived(element, inner), element)
                return inner.values[name]
            inner = inner.parent
        if name not in self.fields:
            message = f"`{shorten(name)}` is no field, or one that reads itself"
            raise self.tree.damaged(message, at)
        value = self._input(name, self.fields[name])
        outermost = scope
        while outermost.parent is not None:
            outermost = outermost.parent
        outermost.values[name] = value
        return value

    def _input(self, name: str, field_: Field) -> Value:
        called = self._called_otherwise(self.names, name, "field")
        description = None if called == name else name
        default = field_.default()
        if field_.is_number:
            bounds = field_.bounds()
            self.inputs[called] = Input(
                type="integer" if field_.is_whole else "real",
                description=description,
                default=default,
                min=bounds.get("min"),
                max=bounds.get("max"),
            )
            if field_.has_gaps:
                self.unscored.append(f"`{field_.shown}` {field_.limits()}")
            return Sum(weights={called: Fraction(1)}, is_single=field_.is_single)
        named = self.named.get(name, ()) if field_.is_open else ()
        texts = [*dict.fromkeys([*field_.valid_texts(), *named])]
        if not texts:
            raise self.tree.refused(f"no value of `{shorten(name)}` is named", self.tree.root)
        if field_.is_open:
            self.unlisted.append(f"`{shorten(name)}`")
        names = Names()
        values = {text: self._called_otherwise(names, text, "value") for text in texts}
        self.inputs[called] = Input(
            type="choice",
            of=tuple(values.values()),
            description=description,
            default=values.get(str(default)) if isinstance(default, str) else None,
        )
        return Options({text: (f"{called}.{value}", False) for text, value in values.items()})

    def _called_otherwise(self, names: Names, text: str, otherwise: str) -> str:
        name = names.new(text, otherwise)
        self.renamed.append(("", text, name))
        return name

    # -------------------------------------------------------------------------- expressions

    def _derived(self, element: Element, scope: Scope) -> Value:
        bodies = [each for each in element.children if each.name not in _ABOUT]
        if len(bodies) != 1:
            raise self.tree.damaged(f"<{element.name}> needs one expression", element)
        return self.value(bodies[0], scope)

    def _cast(self, value: Value, element: Element) -> Value:
        """Return a value as the type that is declared for it."""
        kind = element.attributes.get("dataType", "")
        if isinstance(value, Options) and kind in _NUMBERS:
            return self.number(value, element)
        if isinstance(value, Sum) and kind == "float":
            return replace(value, is_single=True)
        if isinstance(value, Sum) and kind == "integer" and not self._is_whole(value):
            raise self._refused("a number that is rounded to an integer", element)
        return value

    def _is_whole(self, total: Sum) -> bool:
        """Check if a sum is an integer in every row."""
        numbers = (total.constant, *total.weights.values())
        read = [self.inputs[source] for source in total.weights if source in self.inputs]
        return all(number.denominator == 1 for number in numbers) and all(
            each.type == "integer" for each in read
        )

    def value(self, element: Element, scope: Scope) -> Value:
        """Evaluate an expression. It recurses, no deeper than elements may lie in each other."""
        readers: Mapping[str, Callable[[Element, Scope], Value]] = {
            "FieldRef": lambda at, inner: self.find(self.tree.attribute(at, "field"), inner, at),
            "Constant": self._constant,
            "NormContinuous": self._norm_continuous,
            "NormDiscrete": self._norm_discrete,
            "Discretize": self._discretize,
            "MapValues": self._map_values,
            "Apply": self._apply,
        }
        if element.name not in readers:
            raise self._refused(f"<{shorten(element.name)}>", element)
        return readers[element.name](element, scope)

    def _refused(self, what: str, at: Element) -> InvalidNetworkError:
        return self.tree.refused(f"{what} is nothing that a network can compute", at, _PRECOMPUTE)

    def number_in(self, element: Element, scope: Scope) -> Sum:
        """Evaluate an expression to a sum."""
        return self.number(self.value(element, scope), element)

    def number(self, value: Value, at: Element) -> Sum:
        """Return a value as a number; a truth is 1 or 0."""
        if isinstance(value, Sum):
            return value
        if isinstance(value, Truth):
            return self.conditions.times_bit(Fraction(1), self.conditions.bit(value.condition))
        total = Sum()
        for text, formula in value.formulas.items():
            total = total.plus(self.conditions.times_bit(self.read(text, at), formula))
        return total

    def read(self, text: str, at: Element) -> Fraction:
        """Read a number."""
        return Fraction(self.tree.number(text, at))

    def attribute(self, element: Element, name: str, otherwise: str | None = None) -> Fraction:
        """Read an attribute that is a number."""
        text = element.attributes.get(name, otherwise)
        return self.read(self.tree.attribute(element, name) if text is None else text, element)

    def _constant(self, element: Element, _: Scope) -> Value:
        kind = element.attributes.get("dataType")
        if kind in _NUMBERS:
            return Sum(self.read(element.text, element))
        if kind is None:
            with suppress(InvalidNetworkError):
                return Sum(self.read(element.text, element))
        if kind == "boolean":
            return Truth(ALWAYS if element.text.lower() == "true" else None)
        return Options({element.text: ("1", False)})

    def _norm_continuous(self, element: Element, scope: Scope) -> Value:
        points = [*element.all("LinearNorm")]
        if len(points) != 2 or element.attributes.get("outliers", "asIs") != "asIs":
            raise self._refused("<NormContinuous> of other than one line", element)
        (x0, y0), (x1, y1) = (
            (self.attribute(each, "orig"), self.attribute(each, "norm")) for each in points
        )
        if x0 == x1:
            raise self.tree.damaged("two points of <NormContinuous> are one", element)
        slope = (y1 - y0) / (x1 - x0)
        name = self.tree.attribute(element, "field")
        read = self.number(self.find(name, scope, element), element)
        return read.times(slope).plus(Sum(y0 - slope * x0))

    def _norm_discrete(self, element: Element, scope: Scope) -> Value:
        name, text = (self.tree.attribute(element, key) for key in ("field", "value"))
        return self.number(Truth(self.equals(name, text, scope, element)), element)

    def _discretize(self, element: Element, scope: Scope) -> Value:
        name = self.tree.attribute(element, "field")
        total = self.number(self.find(name, scope, element), element)
        bins, texts = [], []
        for each in element.all("DiscretizeBin"):
            interval = each.child("Interval")
            if interval is None:
                raise self.tree.damaged("<DiscretizeBin> has no <Interval>", each)
            bins.append(self._within(total, interval))
            texts.append(self.tree.attribute(each, "binValue"))
        return self._chosen(element, bins, texts)

    def _within(self, total: Sum, interval: Element) -> Condition | None:
        closure = self.tree.attribute(interval, "closure")
        condition: Condition | None = ALWAYS
        for margin, operator, is_closed in (
            ("leftMargin", "greater", closure.startswith("closed")),
            ("rightMargin", "less", closure.endswith("Closed")),
        ):
            if margin in interval.attributes:
                operator += "OrEqual" if is_closed else "Than"
                limit = self.attribute(interval, margin)
                condition = both(condition, self.conditions.compared(total, operator, limit))
        return condition

    def _map_values(self, element: Element, scope: Scope) -> Value:
        pairs = [
            (self.tree.attribute(each, "field"), self.tree.attribute(each, "column"))
            for each in element.all("FieldColumnPair")
        ]
        table = element.child("InlineTable")
        if table is None or not pairs:
            raise self._refused("<MapValues> without an <InlineTable>", element)
        rows, texts = [], []
        output = self.tree.attribute(element, "outputColumn")
        for row in table.all("row"):
            cells = {each.name: each.text for each in row.children}
            condition: Condition | None = ALWAYS
            for name, column in pairs:
                if column not in cells:
                    raise self.tree.damaged(f"a row has no `{shorten(column)}`", row)
                condition = both(condition, self.equals(name, cells[column], scope, row))
            rows.append(condition)
            texts.append(cells.get(output, ""))
        return self._chosen(element, rows, texts)

    def _chosen(
        self, element: Element, conditions: Sequence[Condition | None], texts: Sequence[str]
    ) -> Options:
        """Return the text of the first condition that holds, else the `defaultValue`."""
        firsts, rest = self.conditions.exclusive(ALWAYS, conditions)
        by_text: dict[str, list[Condition | None]] = {}
        for text, first in zip(texts, firsts, strict=True):
            by_text.setdefault(text, []).append(first)
        if "defaultValue" in element.attributes:
            by_text.setdefault(element.attributes["defaultValue"], []).append(rest)
        chosen = {text: self.conditions.any_of(each, "is") for text, each in by_text.items()}
        return Options(
            {
                text: self.conditions.bit(each, "is")
                for text, each in chosen.items()
                if each is not None
            }
        )

    def _apply(self, element: Element, scope: Scope) -> Value:
        function = self.tree.attribute(element, "function")
        if function in self._functions:
            return self._called(self._functions[function], element, scope)
        arguments = [each for each in element.children if each.name != "Extension"]
        if function == "if":
            return self._if(element, arguments, scope)
        values = [self.value(each, scope) for each in arguments]
        if function in ("+", "-", "*", "/"):
            return self._arithmetic(function, values, element)
        if function in ("and", "or", "not"):
            parts = [self._truth(each, element) for each in values]
            return Truth(self._joined(function, parts))
        if function in OPERATORS and len(values) == 2:
            return Truth(self._comparison(function, values, element))
        if function in ("isMissing", "isNotMissing"):
            return Truth(None if function == "isMissing" else ALWAYS)
        if function in ("sum", "avg") and values:
            total = Sum()
            for each in values:
                total = total.plus(self.number(each, element))
            return total.times(Fraction(1, len(values) if function == "avg" else 1))
        if function in ("isIn", "isNotIn") and values:
            equal = [self._comparison("equal", [values[0], each], element) for each in values[1:]]
            return Truth(self._among(function, equal))
        raise self._refused(f"the function `{shorten(function)}`", element)

    def _among(self, operator: str, equal: Sequence[Condition | None]) -> Condition | None:
        among = self.conditions.any_of(equal, "is_in")
        return among if operator == "isIn" else self.conditions.negated(among)

    def _called(self, function: Element, call: Element, scope: Scope) -> Value:
        """Evaluate a function that the file defines."""
        names = [self.tree.attribute(each, "name") for each in function.all("ParameterField")]
        values = [self.value(each, scope) for each in call.children if each.name != "Extension"]
        if len(names) != len(values):
            raise self.tree.damaged(f"the function has {len(names)} parameters", call)
        about = ("ParameterField", *_ABOUT)
        bodies = [each for each in function.children if each.name not in about]
        name = self.tree.attribute(function, "name")
        if len(bodies) != 1 or name not in self._functions:
            message = f"`{shorten(name)}` has no expression, or calls itself"
            raise self.tree.damaged(message, function)
        del self._functions[name]
        value = self.value(bodies[0], Scope(None, dict(zip(names, values, strict=True))))
        self._functions[name] = function
        return self._cast(value, function)

    def _if(self, element: Element, arguments: Sequence[Element], scope: Scope) -> Value:
        if len(arguments) not in (2, 3):
            raise self.tree.damaged("`if` has two or three arguments", element)
        condition = self._truth(self.value(arguments[0], scope), element)
        if len(arguments) == 2:
            raise self._refused("`if` without a value for the other rows", element)
        first, other = (self.value(each, scope) for each in arguments[1:])
        formula = self.conditions.bit(condition, "if")
        if isinstance(first, Sum) and isinstance(other, Sum):
            rise = first.plus(other, Fraction(-1))
            if rise.weights:
                raise self._refused("`if` between numbers that depend on the row", element)
            return other.plus(self.conditions.times_bit(rise.constant, formula))
        if isinstance(first, Truth) and isinstance(other, Truth):
            negated = self.conditions.negated(condition)
            ways = [both(condition, first.condition), both(negated, other.condition)]
            return Truth(self.conditions.any_of(ways, "if"))
        if not (isinstance(first, Options) and isinstance(other, Options)):
            raise self._refused("`if` between a text and a number", element)
        holds = self.conditions.holding(formula)
        ways_by_text = {
            text: self.conditions.any_of(
                [
                    both(way, self.conditions.holding(options.formulas.get(text, ("0", False))))
                    for way, options in ((holds, first), (self.conditions.opposite(formula), other))
                ],
                "if",
            )
            for text in {**first.formulas, **other.formulas}
        }
        return Options({text: self.conditions.bit(way, "if") for text, way in ways_by_text.items()})

    def _arithmetic(self, function: str, values: Sequence[Value], element: Element) -> Sum:
        numbers = [self.number(each, element) for each in values]
        if len(numbers) == 1 and function == "-":
            return numbers[0].times(Fraction(-1))
        if len(numbers) != 2:
            raise self.tree.damaged(f"`{function}` has two arguments", element)
        first, second = numbers
        if function in ("+", "-"):
            return first.plus(second, Fraction(1 if function == "+" else -1))
        if function == "*" and not first.weights:
            first, second = second, first
        if second.weights:
            raise self._refused(f"`{function}` of two numbers that depend on the row", element)
        if function == "/" and not second.constant:
            raise self.tree.damaged("a division by 0", element)
        return first.times(second.constant if function == "*" else 1 / second.constant)

    def _truth(self, value: Value, at: Element) -> Condition | None:
        if isinstance(value, Truth):
            return value.condition
        if isinstance(value, Options) and all(text.lower() in _TRUTHS for text in value.formulas):
            return self._is_text(value, "true")
        raise self.tree.damaged("a value is neither true nor false", at)

    def _is_text(self, options: Options, text: str) -> Condition | None:
        return {options: frozenset([text])} if text in options.formulas else None

    def _comparison(self, operator: str, values: Sequence[Value], at: Element) -> Condition | None:
        first, second = values
        if isinstance(first, Options) and isinstance(second, Options):
            if operator not in ("equal", "notEqual"):
                raise self.tree.refused(f"`{operator}` of texts", at, _PRECOMPUTE)
            if len(first.formulas) * len(second.formulas) > _MAX_TEXTS:
                raise self.tree.refused("two texts of so many values", at, _PRECOMPUTE)
            same = [
                both(self.conditions.holding(formula), self._is_text(second, text))
                for text, formula in first.formulas.items()
            ]
            equal = self.conditions.any_of(same, "equal")
            return equal if operator == "equal" else self.conditions.negated(equal)
        total = self.number(first, at).plus(self.number(second, at), Fraction(-1))
        single = isinstance(first, Sum) and first.is_single and not total.constant
        difference = Sum(total.constant, total.weights, single)
        return self.conditions.compared(difference, operator, Fraction(0))

    def _joined(self, operator: str, parts: Sequence[Condition | None]) -> Condition | None:
        if operator == "or":
            return self.conditions.any_of(parts, "any")
        if operator == "not":
            return self.conditions.negated(parts[0])
        if operator == "xor":
            formulas = [self.conditions.bit(part) for part in parts]
            parity = self.conditions.formulas.of("xor", formulas, [], "odd")
            return self.conditions.holding(parity)
        whole: Condition | None = ALWAYS
        for part in parts:
            whole = both(whole, part)
        return whole

    # --------------------------------------------------------------------------- predicates

    def equals(self, name: str, text: str, scope: Scope, at: Element) -> Condition | None:
        """Return the condition that a field has a value."""
        return self._compare(name, "equal", text, scope, at)

    def _compare(
        self, name: str, operator: str, text: str, scope: Scope, at: Element
    ) -> Condition | None:
        value = self.find(name, scope, at)
        if isinstance(value, Truth):
            value = Options({"true": self.conditions.bit(value.condition)})
            value.formulas["false"] = self.conditions.bit(
                self.conditions.opposite(value.formulas["true"])
            )
            text = text.lower()
        if isinstance(value, Options) and operator not in ("equal", "notEqual"):
            value = self.number(value, at)
        if isinstance(value, Sum):
            return self.conditions.compared(value, operator, self.read(text, at))
        equal = self._is_text(value, text)
        return equal if operator == "equal" else self.conditions.negated(equal)

    def predicate_of(self, element: Element, scope: Scope) -> Condition | None:
        """Read the predicate of a node, a rule, a segment or an attribute."""
        return self._predicate(self.only_predicate(element), scope)

    def only_predicate(self, element: Element) -> Element:
        """Return the one predicate in an element."""
        predicates = [*element.all(*PREDICATES)]
        if len(predicates) != 1:
            raise self.tree.damaged(f"<{element.name}> needs one predicate", element)
        return predicates[0]

    def _predicate(self, element: Element, scope: Scope) -> Condition | None:
        if element.name in ("True", "False"):
            return ALWAYS if element.name == "True" else None
        if element.name == "CompoundPredicate":
            operator = self.tree.attribute(element, "booleanOperator")
            inner = [*element.all(*PREDICATES)]
            if operator == "surrogate":  # the others are for a missing value
                inner = inner[:1]
            parts = [self._predicate(each, scope) for each in inner]
            if operator not in ("and", "or", "xor", "surrogate") or not parts:
                message = f"there is no operator `{shorten(operator)}`, or nothing that it joins"
                raise self.tree.damaged(message, element)
            return self._joined(operator, parts)
        name = self.tree.attribute(element, "field")
        if element.name == "SimpleSetPredicate":
            operator = self.tree.attribute(element, "booleanOperator")
            if operator not in ("isIn", "isNotIn"):
                raise self.tree.damaged(f"there is no operator `{shorten(operator)}`", element)
            texts = array_of(self.tree, element)
            equal = [self.equals(name, text, scope, element) for text in texts]
            return self._among(operator, equal)
        operator = self.tree.attribute(element, "operator")
        if operator in ("isMissing", "isNotMissing"):
            self.find(name, scope, element)
            return None if operator == "isMissing" else ALWAYS
        if operator not in OPERATORS:
            raise self.tree.damaged(f"there is no operator `{shorten(operator)}`", element)
        return self._compare(name, operator, self.tree.attribute(element, "value"), scope, element)
