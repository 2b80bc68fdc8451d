"""Scorecards of PMML by the book: what a row gives, in exact numbers."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from fractions import Fraction

SPACE = ' xmlns="http://www.dmg.org/PMML-4_4"'
Value = Fraction | str
Read = Callable[[str], Fraction]


class Refused(Exception):
    """A value that is missing, or not allowed."""


def as_double(text: str) -> Fraction:
    """Read a number as an engine does."""
    return Fraction(float(text))


def holds(predicate: ET.Element, row: Mapping[str, str], read: Read = Fraction) -> bool | None:
    """Evaluate a predicate by the standard."""
    kind = predicate.tag
    if kind in ("True", "False"):
        return kind == "True"
    if kind == "CompoundPredicate":
        inner = [holds(each, row, read) for each in predicate]
        if predicate.get("booleanOperator") == "and":
            return False if False in inner else None if None in inner else True
        return True if True in inner else None if None in inner else False
    value = row.get(predicate.get("field", ""))
    operator = predicate.get("operator")
    if operator == "isMissing":
        return value is None
    if value is None:
        return None
    if kind == "SimpleSetPredicate":
        return value in (predicate[0].text or "").split()
    limit = predicate.get("value", "")
    if operator == "equal" and not limit[-1].isdigit():
        return value == limit
    a, b = read(value), read(limit)
    return {"equal": a == b, "lessThan": a < b, "lessOrEqual": a <= b, "greaterThan": a > b,
            "greaterOrEqual": a >= b}[str(operator)]  # fmt: skip


def points(card: ET.Element, row: Mapping[str, str], read: Read = Fraction) -> Fraction:
    """Return the points of a row: of each characteristic, those of the first attribute."""
    total = Fraction(card.get("initialScore", "0"))
    for characteristic in card.iter("Characteristic"):
        total += next(
            Fraction(attribute.get("partialScore", ""))
            for attribute in characteristic
            if holds(attribute[0], row, read)
        )
    return total


class Scorecard:
    """A scorecard as an engine runs it: rows are checked, and all outputs are given."""

    def __init__(self, text: str, read: Read = as_double) -> None:
        self.root = ET.fromstring(text.replace(SPACE, ""))
        found = self.root.find("Scorecard")
        assert found is not None
        self.card, self._read = found, read

    def evaluate(self, given: Mapping[str, str]) -> dict[str, Value]:
        """Return the outputs of a row. Raises Refused."""
        row = {}
        fields = {each.get("name", ""): each for each in self.root.iter("DataField")}
        mining = {each.get("name", ""): each for each in self.card.iter("MiningField")}
        assert fields.keys() == mining.keys() >= given.keys()
        for name, field in fields.items():
            value = given.get(name, mining[name].get("missingValueReplacement"))
            if value is None:
                assert mining[name].get("missingValueTreatment") == "returnInvalid"
                raise Refused(name)
            if not self._is_valid(field, value):
                raise Refused(name)
            row[name] = value
        outputs: dict[str, Value] = {}
        for field in self.card.iter("OutputField"):
            if field.get("feature") == "predictedValue":
                outputs[field.get("name", "")] = points(self.card, row, self._read)
            else:
                outputs[field.get("name", "")] = self._value(field[0], outputs)
        return outputs

    def _is_valid(self, field: ET.Element, value: str) -> bool:
        if field.get("optype") == "categorical":
            texts = [each.get("value", "") for each in field.iter("Value")]
            is_text = field.get("dataType") == "string"
            return value in texts if is_text else Fraction(value) in map(Fraction, texts)
        number = self._read(value)
        for interval in field.iter("Interval"):
            left, right = interval.get("leftMargin"), interval.get("rightMargin")
            assert (left is None) == str(interval.get("closure")).startswith("open")
            assert (right is None) == str(interval.get("closure")).endswith("Open")
            if left is not None and number < self._read(left):
                return False
            if right is not None and number > self._read(right):
                return False
        return field.get("dataType") != "integer" or number.denominator == 1

    def _value(self, element: ET.Element, known: Mapping[str, Value]) -> Value:
        if element.tag == "FieldRef":
            return known[element.get("field", "")]
        if element.tag == "Constant":
            text = element.text or ""
            return text if element.get("dataType") == "string" else self._read(text)
        if element.get("function") == "if":
            return self._value(element[1 if self._is_reached(element[0], known) else 2], known)
        assert element.get("function") == "/"
        a, b = (self._value(each, known) for each in element)
        assert isinstance(a, Fraction)
        assert isinstance(b, Fraction)
        return a / b

    def _is_reached(self, element: ET.Element, known: Mapping[str, Value]) -> bool:
        assert element.get("function") == "greaterOrEqual"
        a, b = (self._value(each, known) for each in element)
        assert isinstance(a, Fraction)
        assert isinstance(b, Fraction)
        return a >= b
