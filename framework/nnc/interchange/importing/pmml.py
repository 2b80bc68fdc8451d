"""PMML 4.x Scorecard models -> one neuron of steps and choices.

The standard: Data Mining Group, "PMML 4.4 - Scorecard". Of each characteristic the first attribute
counts whose predicate is true; a predicate over a missing value is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.exact import Number, Refused, first_names, read_number, shorten, simplest
from nnc.interchange.importing.cards import Bin, Card
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.pmml_outputs import Cell, cells_of, read_outputs, with_outputs
from nnc.interchange.importing.settings import Settings
from nnc.interchange.importing.xml import Element, Tree

MOST_COMPARED = 2_000_000
"""So many comparisons are made to find the points of the numbers of a field."""

_ORDERS = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_PREDICATES = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
_NUMBERS = ("integer", "float", "double")
_BINARY = 2
_PASSED_OVER = ("Targets", "LocalTransformations")

Value = Number | str | None
"""A value of a field; None is a missing one."""


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
        outputs = read_outputs(tree, self._model, self._number)
        network, renamed = with_outputs(card.network(outputs.unit), outputs)
        if renamed:
            message = f"outputs are called otherwise in the network: {first_names(renamed)}"
            notes.append(Diagnostic("renamed", message))
        return Imported(network, notes=tuple(notes))

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
            missing = None
        if field.attributes.get("optype") == "continuous":
            cells = cells_of(self._cuts(characteristics))
            if len(cells) * len(self._simple(characteristics)) > MOST_COMPARED:
                message = f"`{shorten(name)}` has too many attributes: {len(cells) // 2:,} cut-offs"
                raise Refused("not-importable", message)
            bins = [self._bin(cell, characteristics) for cell in cells]
            about = self._about(field, replaced)
            card.add_numbers(name, [each for each in bins if each is not None], missing, about)
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
        if not points:
            raise Refused("bad-import-file", f"no value of `{shorten(name)}` has points")
        text = None if replaced is None else str(replaced)
        if text is not None and text not in points:
            missing, text = self._points(characteristics, replaced), None
        if missing is None and (numbers := _two_numbers(field, points)) is not None:
            card.add_bit(name, numbers, None if text is None else read_number(text))
        else:
            card.add_choice(name, points, missing, text)

    def _replacement(self, name: str) -> Value:
        """Return what stands for a missing value of a field."""
        mining = self._mining.get(name)
        text = None if mining is None else mining.attributes.get("missingValueReplacement")
        if text is None or mining is None:
            return None
        if self._fields[name].attributes.get("optype") == "continuous":
            return self._number(text, mining)
        return text

    def _about(self, field: Element, replaced: Value) -> dict[str, Any]:
        """Return what a field says of its numbers: their type, their bounds, and a default."""
        is_whole = field.attributes.get("dataType") == "integer"
        about: dict[str, Any] = {"type": "integer" if is_whole else "real"}
        intervals = [*field.all("Interval")]
        if len(intervals) == 1:
            closure = intervals[0].attributes.get("closure", "")
            for key, margin, has_end in (
                ("min", "leftMargin", closure.startswith("closed")),
                ("max", "rightMargin", closure.endswith("Closed")),
            ):
                if has_end and margin in intervals[0].attributes:
                    text = intervals[0].attributes[margin]
                    about[key] = self._number(text, intervals[0])
        if replaced is not None:
            about["default"] = replaced
        return about

    def _bin(self, cell: Cell, characteristics: list[Element]) -> Bin | None:
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


def _two_numbers(field: Element, points: Mapping[str, Number]) -> dict[Number, Number] | None:
    """Return the points of a field of two numbers; None of others."""
    if points.keys() == {"0", "1"}:
        return {0: points["0"], 1: points["1"]}
    if len(points) != _BINARY or field.attributes.get("dataType") not in _NUMBERS:
        return None
    try:
        numbers = {read_number(text): number for text, number in points.items()}
    except Refused:
        return None
    return numbers if len(numbers) == _BINARY else None
