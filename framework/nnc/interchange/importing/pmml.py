"""PMML 4.x Scorecard models -> one neuron of steps and choices.

The standard: Data Mining Group, "PMML 4.4 - Scorecard". Of each characteristic the first attribute
counts whose predicate is true; a predicate over a missing value is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.exact import Number, Refused, first_names, read_number, shorten, simplest
from nnc.interchange.importing.cards import Bin, Card
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.settings import Settings
from nnc.interchange.importing.xml import Element, Tree

MOST_COMPARED = 2_000_000
"""So many comparisons are made to find the points of the numbers of a field."""

_ORDERS = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_PREDICATES = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
_PASSED_OVER = ("Targets", "LocalTransformations")

Value = Number | str | None
"""A value of a field; None is a missing one."""


class _Cell(NamedTuple):
    """A stretch of numbers over which no predicate changes, and a number in it."""

    low: Number | None
    has_low: bool
    high: Number | None
    has_high: bool
    inside: Number


def read(data: bytes, settings: Settings) -> Imported:
    """Read the scorecard of a PMML file. Raises InvalidNetworkError."""
    del settings
    tree = Tree(data)
    if tree.root.name != "PMML":
        raise tree.damaged(f"expected <PMML>, found <{shorten(tree.root.name)}>", tree.root)
    models = [each for each in tree.root.children if each.name.endswith(("Model", "Scorecard"))]
    cards = [each for each in models if each.name == "Scorecard"]
    if len(cards) != 1:
        kinds = first_names([f"<{each.name}>" for each in models]) or "no model"
        raise tree.refused(f"the file has {kinds}, not one <Scorecard>", tree.root)
    return _Reader(tree, cards[0]).imported()


class _Reader:
    """Reads the characteristics, field by field."""

    def __init__(self, tree: Tree, card: Element) -> None:
        self._tree, self._model = tree, card
        dictionary = tree.root.child("DataDictionary")
        fields = () if dictionary is None else dictionary.all("DataField")
        self._fields = {tree.attribute(each, "name"): each for each in fields}
        schema = card.child("MiningSchema")
        mining = () if schema is None else schema.all("MiningField")
        self._mining = {tree.attribute(each, "name"): each for each in mining}

    def imported(self) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        tree, card = self._tree, Card()
        parts = self._model.child("Characteristics")
        if parts is None:
            raise tree.damaged("the scorecard has no <Characteristics>", self._model)
        for name in _PASSED_OVER:
            if (element := self._model.child(name)) is not None and element.children:
                raise tree.refused(f"<{name}> changes what the points say", element)
        by_field: dict[str, list[Element]] = {}
        for characteristic in parts.all("Characteristic"):
            field = self._field_of(characteristic)
            if field is None:
                card.add_constant(self._constant(characteristic))
            else:
                by_field.setdefault(field, []).append(characteristic)
        initial = self._model.attributes.get("initialScore", "0")
        card.add_constant(self._number(initial, self._model))
        for name, characteristics in by_field.items():
            try:
                self._add(card, name, characteristics)
            except Refused as refused:
                make = tree.refused if refused.rule == "not-importable" else tree.damaged
                raise make(refused.message, characteristics[0], refused.help or None) from None
        if card.is_empty:
            raise tree.refused("no field changes the points", parts)
        notes = [*card.notes()]
        if self._model.attributes.get("useReasonCodes", "true") == "true" and any(
            "reasonCode" in each.attributes for each in parts.children
        ):
            message = "left out: reason codes"
            hint = "`nnc why` says which inputs force a decision, and `nnc eval --trace` the points"
            notes.append(Diagnostic("left-out", message, help=hint))
        return Imported(card.network(self._unit()), notes=tuple(notes))

    def _field_of(self, characteristic: Element) -> str | None:
        """Return the one field that a characteristic looks at; None for none."""
        names: dict[str, Element] = {}
        stack = list(characteristic.children)
        while stack:
            element = stack.pop()
            if element.name in ("SimplePredicate", "SimpleSetPredicate"):
                names[self._tree.attribute(element, "field")] = element
            elif element.name == "ComplexPartialScore":
                raise self._tree.refused("<ComplexPartialScore> is an expression", element)
            if element.name in ("Attribute", "CompoundPredicate"):
                stack += element.children
        if len(names) > 1:
            message = f"a characteristic looks at several fields: {first_names(sorted(names))}"
            raise self._tree.refused(message, characteristic)
        for name, element in names.items():
            if name not in self._fields:
                message = f"`{shorten(name)}` is no <DataField>"
                raise self._tree.refused(message, element, "only fields of the rows can be read")
            return name
        return None

    def _constant(self, characteristic: Element) -> Number:
        """Return the points of a characteristic that looks at no field."""
        points = self._points([characteristic], None)
        if points is None:
            raise self._tree.refused("no attribute of it ever holds", characteristic)
        return points

    def _add(self, card: Card, name: str, characteristics: list[Element]) -> None:
        """Add a field with the points of its characteristics. Raises Refused."""
        field = self._fields[name]
        missing = self._points(characteristics, None)
        if (replaced := self._replacement(name)) is not None:
            missing = self._points(characteristics, replaced)
        if field.attributes.get("optype") == "continuous":
            cells = _cells(self._cuts(characteristics))
            if len(cells) * len(self._simple(characteristics)) > MOST_COMPARED:
                message = f"`{shorten(name)}` has too many attributes: {len(cells) // 2:,} cut-offs"
                raise Refused("not-importable", message)
            bins = [self._bin(cell, characteristics) for cell in cells]
            card.add_numbers(name, [each for each in bins if each is not None], missing)
            return
        values = [each.attributes.get("value", "") for each in field.all("Value")]
        values = [*dict.fromkeys([*values, *self._texts(characteristics)])]
        if len(values) * len(self._simple(characteristics)) > MOST_COMPARED:
            message = f"`{shorten(name)}` has too many values: {len(values):,}"
            raise Refused("not-importable", message)
        points: dict[str, Number] = {}
        for value in values:
            number = self._points(characteristics, value)
            if number is not None:
                points[value] = number
        if points.keys() == {"0", "1"} and missing is None:
            card.add_bit(name, points["0"], points["1"])
        elif not points:
            raise Refused("bad-import-file", f"no value of `{shorten(name)}` has points")
        else:
            card.add_choice(name, points, missing)

    def _replacement(self, name: str) -> Value:
        """Return what stands for a missing value of a field."""
        mining = self._mining.get(name)
        text = None if mining is None else mining.attributes.get("missingValueReplacement")
        if text is None or mining is None:
            return None
        if self._fields[name].attributes.get("optype") == "continuous":
            return self._number(text, mining)
        return text

    def _bin(self, cell: _Cell, characteristics: list[Element]) -> Bin | None:
        points = self._points(characteristics, cell.inside)
        return None if points is None else Bin(*cell[:4], points)

    # -------------------------------------------------------------------------- predicates

    def _points(self, characteristics: Sequence[Element], value: Value) -> Number | None:
        """Return the points of a value; None where a characteristic has none for it."""
        total = Fraction(0)
        for characteristic in characteristics:
            for attribute in characteristic.all("Attribute"):
                if self._holds(self._predicate(attribute), value):
                    text = self._tree.attribute(attribute, "partialScore")
                    total += self._number(text, attribute)
                    break
            else:
                return None
        return simplest(total)

    def _predicate(self, attribute: Element) -> Element:
        predicates = [*attribute.all(*_PREDICATES)]
        if len(predicates) != 1:
            raise self._tree.damaged("an attribute needs one predicate", attribute)
        return predicates[0]

    def _holds(self, predicate: Element, value: Value) -> bool | None:
        """Return whether a predicate is true of a value; None where that is unknown.

        It recurses, no deeper than elements may lie in each other.
        """
        if predicate.name in ("True", "False"):
            return predicate.name == "True"
        if predicate.name == "SimplePredicate":
            return self._compare(predicate, value)
        if predicate.name == "SimpleSetPredicate":
            if value is None:
                return None
            is_in = str(value) in self._array(predicate)
            return is_in == (predicate.attributes.get("booleanOperator") == "isIn")
        inner = [self._holds(each, value) for each in predicate.all(*_PREDICATES)]
        operator = self._tree.attribute(predicate, "booleanOperator")
        if operator == "and":
            return False if False in inner else None if None in inner else True
        if operator == "or":
            return True if True in inner else None if None in inner else False
        if operator == "xor":
            return None if None in inner else sum(map(bool, inner)) % 2 == 1
        if operator == "surrogate":
            return next((each for each in inner if each is not None), None)
        raise self._tree.damaged(f"there is no operator `{shorten(operator)}`", predicate)

    def _compare(self, predicate: Element, value: Value) -> bool | None:
        operator = self._tree.attribute(predicate, "operator")
        if operator in ("isMissing", "isNotMissing"):
            return (value is None) == (operator == "isMissing")
        text = self._tree.attribute(predicate, "value")
        if operator not in ("equal", "notEqual", *_ORDERS):
            raise self._tree.damaged(f"there is no operator `{shorten(operator)}`", predicate)
        if value is None:
            return None
        if isinstance(value, str):
            if operator in _ORDERS:
                raise self._tree.refused(f"`{operator}` of a text", predicate)
            return (value == text) == (operator == "equal")
        limit = self._number(text, predicate)
        return {
            "equal": value == limit, "notEqual": value != limit, "lessThan": value < limit,
            "lessOrEqual": value <= limit, "greaterThan": value > limit,
            "greaterOrEqual": value >= limit,
        }[operator]  # fmt: skip

    def _array(self, predicate: Element) -> list[str]:
        array = predicate.child("Array")
        if array is None:
            raise self._tree.damaged("<SimpleSetPredicate> has no <Array>", predicate)
        words = array.text.split()
        if any('"' in word for word in words):
            raise self._tree.refused("an <Array> with quotes", array, "give each value by itself")
        return words

    def _simple(self, characteristics: Sequence[Element]) -> list[Element]:
        """Return the predicates that name a value."""
        simple: list[Element] = []
        stack = list(characteristics)
        while stack:
            element = stack.pop()
            if element.name in ("SimplePredicate", "SimpleSetPredicate"):
                simple.append(element)
            stack += reversed(element.children)
        return simple

    def _cuts(self, characteristics: Sequence[Element]) -> list[Number]:
        """Return the numbers at which predicates change."""
        cuts = set()
        for predicate in self._simple(characteristics):
            if predicate.name == "SimpleSetPredicate":
                raise self._tree.refused("a set of numbers", predicate, "write it as comparisons")
            if "value" in predicate.attributes:
                cuts.add(self._number(predicate.attributes["value"], predicate))
        return sorted(cuts)

    def _texts(self, characteristics: Sequence[Element]) -> list[str]:
        """Return the values that predicates name."""
        texts: list[str] = []
        for predicate in self._simple(characteristics):
            if predicate.name == "SimpleSetPredicate":
                texts += self._array(predicate)
            elif "value" in predicate.attributes:
                texts.append(predicate.attributes["value"])
        return texts

    # ------------------------------------------------------------------------------ numbers

    def _number(self, text: str, at: Element) -> Number:
        try:
            return read_number(text.strip().removeprefix("+"), lenient=True)
        except Refused as refused:
            raise self._error(refused, at) from None

    def _error(self, refused: Refused, at: Element) -> InvalidNetworkError:
        return self._tree.damaged(refused.message, at, refused.help or None)

    def _unit(self) -> Number:
        """Return what the points are multiplied with in the output, as a quotient says it."""
        output = self._model.child("Output")
        for field in () if output is None else output.all("OutputField"):
            apply = field.child("Apply")
            if apply is None or field.attributes.get("feature") != "transformedValue":
                continue
            kinds = [each.name for each in apply.children]
            function = apply.attributes.get("function")
            if kinds != ["FieldRef", "Constant"] or function not in ("/", "*"):
                raise self._tree.refused("an expression over the points", apply)
            number = self._number(apply.children[1].text, apply)
            if number == 0:
                raise self._tree.damaged("a factor of the points is 0", apply)
            return number if function == "*" else simplest(1 / Fraction(number))
        return 1


def _cells(cuts: Sequence[Number]) -> list[_Cell]:
    """Return the stretches between numbers, and the numbers themselves."""
    cells: list[_Cell] = []
    before: Number | None = None
    for cut in cuts:
        inside = cut - 1 if before is None else simplest(Fraction(before + cut) / 2)
        cells += [_Cell(before, False, cut, False, inside), _Cell(cut, True, cut, True, cut)]  # noqa: FBT003
        before = cut
    cells.append(_Cell(before, False, None, False, 0 if before is None else before + 1))  # noqa: FBT003
    return cells
