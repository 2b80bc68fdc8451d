"""PMML 4.x Scorecard models -> one neuron of steps and choices.

The standard: Data Mining Group, "PMML 4.4 - Scorecard". Of each characteristic the first attribute
counts whose predicate is true; a predicate over a missing value is unknown.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from nnc.interchange.importing.pmml.fields import Field, Invalid, Value, array_of, check_scorable
from nnc.interchange.importing.pmml.terms import PREDICATES, Terms
from nnc.interchange.importing.scorecards.cards import Bin, Card, Interval
from nnc.interchange.importing.xml import Element
from nnc.numbers.exact import (
    Number,
    Refused,
    read_number,
    shorten,
    show_number,
    simplest,
)

MOST_COMPARED = 2_000_000  # comparisons to find the points of the numbers of a field

_ORDERS = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_NUMBERS = ("integer", "float", "double")
_SIMPLE = ("SimplePredicate", "SimpleSetPredicate")
_BINARY = 2
_UNLISTED = "\0"
"""Stands for a value that the file does not name; no XML has it."""


def is_simple(model: Element, fields: Container[str]) -> bool:
    """Check if a model is a scorecard whose characteristics look at one field of the rows each."""
    local = model.child("LocalTransformations")
    has_more = (local is not None and local.children) or model.child("Targets") is not None
    parts = model.child("Characteristics")
    if model.name != "Scorecard" or has_more or parts is None:
        return False
    for characteristic in parts.all("Characteristic"):
        elements = [*characteristic.walk()]
        names = {each.attributes.get("field", "") for each in elements if each.name in _SIMPLE}
        is_complex = any(each.name == "ComplexPartialScore" for each in elements)
        if is_complex or len(names) > 1 or any(name not in fields for name in names):
            return False
    return True


class _Cell(NamedTuple):
    """An interval over which no predicate changes, and a number in it."""

    interval: Interval
    inside: Number


def _cells(cuts: Sequence[Number]) -> list[_Cell]:
    """Return the intervals between numbers, and the numbers themselves."""
    cells: list[_Cell] = []
    before: Number | None = None
    for cut in cuts:
        inside = cut - 1 if before is None else simplest(Fraction(before + cut) / 2)
        cells.append(_Cell(Interval(before, high=cut), inside))
        cells.append(_Cell(Interval(cut, has_low=True, high=cut, has_high=True), cut))
        before = cut
    cells.append(_Cell(Interval(before), 0 if before is None else before + 1))
    return cells


class Cards:
    """Reads a simple scorecard as one neuron, field by field."""

    def __init__(self, terms: Terms, model: Element) -> None:
        self._terms, self._tree, self._model = terms, terms.tree, model

    def card(self) -> Card:
        """Return the points. Raises InvalidNetworkError."""
        tree, card = self._tree, Card()
        function = self._model.attributes.get("functionName", "regression")
        if function != "regression":
            raise tree.refused(f'`functionName="{shorten(function)}"`', self._model)
        check_scorable(tree, self._model)
        parts = self._model.child("Characteristics")
        assert parts is not None
        by_field: dict[str, list[Element]] = {}
        for characteristic in parts.all("Characteristic"):
            simple = self._simple([characteristic])
            if simple:
                name = tree.attribute(simple[0], "field")
                by_field.setdefault(name, []).append(characteristic)
            else:
                card.add_constant(self._constant(characteristic))
        card.add_constant(simplest(self._terms.attribute(self._model, "initialScore", "0")))
        for name, characteristics in by_field.items():
            try:
                self._add(card, name, characteristics)
            except Refused as refused:
                make = tree.refused if refused.rule == "not-importable" else tree.damaged
                raise make(refused.message, characteristics[0], refused.help or None) from None
        if card.is_empty:
            raise tree.refused("no field changes the points", parts)
        return card

    def _constant(self, characteristic: Element) -> Number:
        """Return the points of a characteristic that looks at no field."""
        points = self._points([characteristic], None)
        if points is None:
            raise self._tree.refused("no attribute of it ever holds", characteristic)
        return points

    def _add(self, card: Card, name: str, characteristics: list[Element]) -> None:
        """Add a field with the points of its characteristics. Raises Refused."""
        field = self._terms.fields[name]
        absent = field.taken(None)
        # a value that stands for a missing one is the default, unless it is changed itself
        is_default = isinstance(absent, Number | str) and field.taken(absent) == absent
        missing = None if is_default else self._taken(characteristics, absent)
        if field.is_continuous:
            cells = _cells(sorted({*self._cuts(characteristics), *field.cuts()}))
            if len(cells) * len(self._simple(characteristics)) > MOST_COMPARED:
                message = f"`{shorten(name)}` has too many attributes: {len(cells) // 2:,} cut-offs"
                raise Refused("not-importable", message)
            default = absent if is_default and not isinstance(absent, str | Invalid) else None
            bins = self._bins(field, cells, characteristics, has_missing=missing is not None)
            card.add_numbers(name, bins, missing, is_whole=field.is_whole, default=default)
            return
        values = [*dict.fromkeys([*field.texts(), *self._texts(characteristics)])]
        if len(values) * len(self._simple(characteristics)) > MOST_COMPARED:
            message = f"`{shorten(name)}` has too many values: {len(values):,}"
            raise Refused("not-importable", message)
        taken = {each: self._taken(characteristics, field.taken(each)) for each in values}
        points = {value: number for value, number in taken.items() if number is not None}
        if not points:
            raise Refused("bad-import-file", f"no value of `{shorten(name)}` has points")
        if self._taken(characteristics, field.taken(_UNLISTED)) is not None:
            self._terms.unlisted.append(f"`{shorten(name)}`")
        text = str(absent) if is_default and absent in points else None
        if is_default and text is None:
            missing = self._taken(characteristics, absent)
        numbers = _two_numbers(field, points)
        if missing is None and numbers is not None:
            card.add_bit(name, numbers, None if text is None else read_number(text))
        else:
            card.add_choice(name, points, missing, text)

    def _bins(
        self,
        field: Field,
        cells: Sequence[_Cell],
        characteristics: Sequence[Element],
        *,
        has_missing: bool,
    ) -> list[Bin]:
        """Return the points of the numbers of a field.

        Numbers the scorecard has no score for end the bins where a network can say so; else the
        network counts them as they are, with a note. Raises Refused.
        """
        taken = [field.taken(cell.inside) for cell in cells]
        points = [self._taken(characteristics, each) for each in taken]
        without = [
            each is Invalid.INVALID or (each is None and number is None)
            for each, number in zip(taken, points, strict=True)
        ]
        if all(without):
            raise Refused("bad-import-file", f"no number of `{field.shown}` has points")
        first, end = without.index(False), len(cells) - without[::-1].index(False)
        if has_missing or not cells[first].interval.has_low:  # a network cannot begin there
            first = 0
        if not cells[end - 1].interval.has_high:
            end = len(cells)
        counted = [at for at in range(first, end) if without[at]]
        for at in counted:
            if field.is_code(number := cells[at].inside):
                message = f"`{field.shown}` has no score for its value {show_number(number)}"
                hint = 'take its <Value property="missing"> or "invalid" out, and such rows'
                raise Refused("not-importable", message, hint)
            points[at] = self._points(characteristics, number)
        if counted:
            self._terms.unscored.append(f"`{field.shown}` {field.limits()}")
        pairs = zip(cells[first:end], points[first:end], strict=True)
        return [Bin(cell.interval, number) for cell, number in pairs if number is not None]

    def _taken(self, characteristics: Sequence[Element], value: Value | Invalid) -> Number | None:
        """Return the points of a value that was prepared; None where it has none."""
        return None if isinstance(value, Invalid) else self._points(characteristics, value)

    # -------------------------------------------------------------------------- predicates

    def _points(self, characteristics: Sequence[Element], value: Value) -> Number | None:
        """Return the points of a value; None where a characteristic has none for it."""
        total = Fraction(0)
        for characteristic in characteristics:
            for attribute in characteristic.all("Attribute"):
                if self._holds(self._terms.only_predicate(attribute), value):
                    total += self._terms.attribute(attribute, "partialScore")
                    break
            else:
                return None
        return simplest(total)

    def _holds(self, predicate: Element, value: Value) -> bool | None:
        """Evaluate a predicate for a value; None if it is unknown.

        It recurses, no deeper than elements may lie in each other.
        """
        if predicate.name in ("True", "False"):
            return predicate.name == "True"
        if predicate.name == "SimplePredicate":
            return self._compare(predicate, value)
        if predicate.name == "SimpleSetPredicate":
            if value is None:
                return None
            is_in = str(value) in array_of(self._tree, predicate)
            operator = self._tree.attribute(predicate, "booleanOperator")
            if operator not in ("isIn", "isNotIn"):
                message = f"there is no operator `{shorten(operator)}`"
                raise self._tree.damaged(message, predicate)
            return is_in == (operator == "isIn")
        inner = [self._holds(each, value) for each in predicate.all(*PREDICATES)]
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
        limit = self._terms.read(text, predicate)
        return {
            "equal": value == limit, "notEqual": value != limit, "lessThan": value < limit,
            "lessOrEqual": value <= limit, "greaterThan": value > limit,
            "greaterOrEqual": value >= limit,
        }[operator]  # fmt: skip

    def _simple(self, characteristics: Sequence[Element]) -> list[Element]:
        """Return the predicates that name a value."""
        elements = (each for part in characteristics for each in part.walk())
        return [each for each in elements if each.name in _SIMPLE]

    def _cuts(self, characteristics: Sequence[Element]) -> list[Number]:
        """Return the numbers at which predicates change."""
        cuts = set()
        for predicate in self._simple(characteristics):
            if predicate.name == "SimpleSetPredicate":
                raise self._tree.refused("a set of numbers", predicate, "write it as comparisons")
            if "value" in predicate.attributes:
                cuts.add(simplest(self._terms.attribute(predicate, "value")))
        return sorted(cuts)

    def _texts(self, characteristics: Sequence[Element]) -> list[str]:
        """Return the values that predicates name."""
        texts: list[str] = []
        for predicate in self._simple(characteristics):
            if predicate.name == "SimpleSetPredicate":
                texts += array_of(self._tree, predicate)
            elif "value" in predicate.attributes:
                texts.append(predicate.attributes["value"])
        return texts


def _two_numbers(field: Field, points: Mapping[str, Number]) -> dict[Number, Number] | None:
    """Return the points of a field of two numbers; None for others."""
    if points.keys() == {"0", "1"}:
        return {0: points["0"], 1: points["1"]}
    if len(points) != _BINARY or field.type not in _NUMBERS:
        return None
    try:
        numbers = {read_number(text): number for text, number in points.items()}
    except Refused:
        return None
    return numbers if len(numbers) == _BINARY else None
