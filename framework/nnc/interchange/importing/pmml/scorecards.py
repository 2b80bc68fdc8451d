"""PMML 4.x Scorecard models -> one neuron of steps and choices.

The standard: Data Mining Group, "PMML 4.4 - Scorecard". Of each characteristic the first attribute
counts whose predicate is true; a predicate over a missing value is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.pmml.fields import Field, Invalid, Value
from nnc.interchange.importing.pmml.outputs import read_outputs, with_outputs
from nnc.interchange.importing.scorecards.cards import Bin, Card, Interval
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

MOST_COMPARED = 2_000_000  # comparisons to find the points of the numbers of a field

_ORDERS = ("lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual")
_PREDICATES = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
_NUMBERS = ("integer", "float", "double")
_BINARY = 2
_REFUSED = ("Targets", "LocalTransformations")

_UNLISTED = "\0"
"""Stands for a value that the file does not name; no XML has it."""
_SCORED = f"{EXACT} that the scorecard scores"


def is_simple(tree: Tree, model: Element) -> bool:
    """Check if a model is a scorecard whose characteristics look at one field of the rows each."""
    if model.name != "Scorecard":
        return False
    dictionary = tree.root.child("DataDictionary")
    fields = (
        set()
        if dictionary is None
        else {each.attributes.get("name") for each in dictionary.all("DataField")}
    )
    local = model.child("LocalTransformations")
    if (local is not None and local.children) or model.child("Targets") is not None:
        return False
    parts = model.child("Characteristics")
    for characteristic in () if parts is None else parts.all("Characteristic"):
        names: set[str | None] = set()
        stack = list(characteristic.children)
        while stack:
            element = stack.pop()
            if element.name == "ComplexPartialScore":
                return False
            if element.name in ("SimplePredicate", "SimpleSetPredicate"):
                names.add(element.attributes.get("field"))
            stack += element.children
        if len(names) > 1 or not names <= fields:
            return False
    return True


def read_card(tree: Tree, model: Element) -> Imported:
    """Read a simple scorecard as one neuron. Raises InvalidNetworkError."""
    return _Reader(tree, model).imported()


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
        self._unscored: list[str] = []
        self._unlisted: list[str] = []

    def imported(self) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        tree, card = self._tree, Card()
        self._check_model()
        parts = self._model.child("Characteristics")
        if parts is None:
            raise tree.damaged("the scorecard has no <Characteristics>", self._model)
        for name in _REFUSED:
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
        outputs = read_outputs(tree, self._model, self._number, self._fields)
        network, renamed = with_outputs(card.network(outputs.unit), outputs)
        if renamed:
            message = f"outputs are called otherwise in the network: {first_names(renamed)}"
            notes.append(Diagnostic("renamed", message))
        if outputs.left_out:
            names = [f"`{shorten(name)}`" for name in outputs.left_out]
            message = f"left out, of the outputs: {first_names(names)}"
            hint = (
                f"the network gives `{outputs.names[0]}`; write thresholds or levels of it by hand"
            )
            notes.append(Diagnostic("output-left-out", message, help=hint))
        notes += self._notes()
        return Imported(network, _SCORED if self._unscored else EXACT, tuple(notes))

    def _notes(self) -> Iterator[Diagnostic]:
        """Yield notes on rows that the network and the scorecard treat differently."""
        if self._unscored:
            message = "counted, though the scorecard has no score for them: "
            hint = "take such rows out before"
            yield Diagnostic("left-out", message + first_names(self._unscored), help=hint)
        if self._unlisted:
            names = first_names(self._unlisted)
            message = f"left out: other values than the file names, of {names}"
            hint = "the network refuses a row with one, which the scorecard scores"
            yield Diagnostic("left-out", message, help=hint)

    def _check_model(self) -> None:
        """Refuse a model that makes something else of the points than their sum."""
        card = self._model
        function = card.attributes.get("functionName", "regression")
        if function != "regression":
            raise self._tree.refused(f'`functionName="{shorten(function)}"`', card)
        if card.attributes.get("isScorable", "true") not in ("true", "1"):
            message = '`isScorable="false"`: the model is not for scoring'
            raise self._tree.refused(message, card)

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
        field = Field(self._tree, self._fields[name], self._mining.get(name))
        absent = field.taken(None)
        # a value that stands for a missing one is the default, unless it is changed itself
        is_default = isinstance(absent, Number | str) and field.taken(absent) == absent
        missing = None if is_default else self._taken(characteristics, absent)
        if field.is_continuous:
            cells = _cells(sorted({*self._cuts(characteristics), *field.cuts()}))
            if len(cells) * len(self._simple(characteristics)) > MOST_COMPARED:
                message = f"`{shorten(name)}` has too many attributes: {len(cells) // 2:,} cut-offs"
                raise Refused("not-importable", message)
            about: dict[str, Any] = {"type": "integer" if field.is_whole else "real"}
            about |= {"default": absent} if is_default else {}
            bins = self._bins(field, cells, characteristics, has_missing=missing is not None)
            card.add_numbers(name, bins, missing, about)
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
            self._unlisted.append(f"`{shorten(name)}`")
        text = str(absent) if is_default and absent in points else None
        if is_default and text is None:
            missing = self._taken(characteristics, absent)
        numbers = _two_numbers(self._fields[name], points)
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
            self._unscored.append(f"`{field.shown}` {field.limits()}")
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
            is_in = str(value) in self._array(predicate)
            operator = self._tree.attribute(predicate, "booleanOperator")
            if operator not in ("isIn", "isNotIn"):
                message = f"there is no operator `{shorten(operator)}`"
                raise self._tree.damaged(message, predicate)
            return is_in == (operator == "isIn")
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
