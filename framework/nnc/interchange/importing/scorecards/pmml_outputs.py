"""The outputs of a PMML scorecard -> a factor of its points, thresholds and levels.

Beside a quotient of the points, an output may be a constant for each stretch of them, by `if` and
comparisons with numbers: levels and thresholds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.scorecards.cards import Interval
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Network, Neuron, Output, Threshold
from nnc.numbers.exact import Number, shorten, simplest

_SCORE = "score"
_COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "greaterOrEqual": lambda a, b: a >= b,
    "greaterThan": lambda a, b: a > b,
    "lessOrEqual": lambda a, b: a <= b,
    "lessThan": lambda a, b: a < b,
}
_TWO = 2
_UNITS = "units"
"""The name of points of which a quotient is another output, but for `_` behind it."""
_LAYOUT = re.compile(r"^[ \t]*[\r\n]\s*|\s*[\r\n][ \t]*$")

Read = Callable[[str, Element], Number]
Value = Number | str


class Cell(NamedTuple):
    """An interval over which no predicate changes, and a number in it."""

    interval: Interval
    inside: Number


class _Change(NamedTuple):
    """From which points on an output has another value, or after which."""

    at: Number
    is_after: bool


class Answer(NamedTuple):
    """An output: where it changes, and its values, one more."""

    name: str
    changes: list[_Change]
    values: list[Value]


class Outputs(NamedTuple):
    """The name of the points, their factor, and the outputs that depend on them.

    `same` are further outputs of the same points; what else there is of them is `left_out`.
    """

    points: str
    unit: Number
    answers: list[Answer]
    same: Sequence[str] = ()
    left_out: Sequence[str] = ()


def read_outputs(tree: Tree, model: Element, read: Read, inputs: Container[str] = ()) -> Outputs:
    """Read the outputs of a scorecard, whose fields are `inputs`. Raises InvalidNetworkError."""
    output = model.child("Output")
    fields = () if output is None else [*output.all("OutputField")]
    points, unit, answers = None, Fraction(1), []
    scales: dict[str, Fraction] = {}
    left_out: list[str] = []
    has_quotient = False
    for field in fields:
        name = tree.attribute(field, "name")
        feature = field.attributes.get("feature", "predictedValue")
        apply = field.child("Apply")
        if feature == "predictedValue":
            points = points or name
            scales[name] = Fraction(1)
        elif feature != "transformedValue":
            left_out += [] if feature == "reasonCode" else [name]
        elif apply is None:
            scale = _copied(tree, field, scales, inputs)
            if scale is None:
                left_out.append(name)
            else:
                scales[name] = scale
        elif tree.attribute(apply, "function") in ("/", "*"):
            scale = _factor(tree, apply, read, scales, inputs)
            if not has_quotient:  # the first one is what counts
                points, unit, has_quotient = name, scale, True
            scales[name] = scale
        elif tree.attribute(apply, "function") == "if" and unit > 0:
            answers.append(_Expression(tree, read, scales).answer(name, apply))
            if any(map(_falls, answers)) and any(map(_rises, answers)):
                raise tree.refused("a level that counts up beside one that counts down", apply)
        else:
            raise tree.refused("an expression over the points", apply)
    points = points or "points"
    same = [name for name, scale in scales.items() if scale == unit and name != points]
    left_out += [
        name for name, scale in scales.items() if scale != unit and name.rstrip("_") != _UNITS
    ]
    return Outputs(points, simplest(unit), answers, same, left_out)


def _scale_of(
    tree: Tree, field: Element, scales: dict[str, Fraction], inputs: Container[str]
) -> Fraction:
    """Return the factor of the points in a field that an output reads."""
    name = tree.attribute(field, "field")
    if name in inputs and name not in scales:
        raise tree.refused("an output that reads an input", field)
    return scales.get(name, Fraction(1))


def _copied(
    tree: Tree, field: Element, scales: dict[str, Fraction], inputs: Container[str]
) -> Fraction | None:
    """Return the factor of points that are copied; None if other values are."""
    for each in field.children:
        if each.name not in ("Extension", "FieldRef", "Value"):
            raise tree.refused(f"<{each.name}> changes the points", each)
    source = field.child("FieldRef")
    name = None if source is None else tree.attribute(source, "field")
    if source is None or (name in inputs and name not in scales):
        return None
    return _scale_of(tree, source, scales, inputs)


def _factor(
    tree: Tree, apply: Element, read: Read, scales: dict[str, Fraction], inputs: Container[str]
) -> Fraction:
    """Return the factor in a product or a quotient of the points."""
    if [each.name for each in apply.children] != ["FieldRef", "Constant"]:
        raise tree.refused("an expression over the points", apply)
    source, constant = apply.children
    number = Fraction(read(constant.text, apply))
    if number == 0:
        raise tree.damaged("a factor of the points is 0", apply)
    factor = number if tree.attribute(apply, "function") == "*" else 1 / number
    return factor * _scale_of(tree, source, scales, inputs)


class _Expression:
    """Evaluates constants chosen by comparisons of the points with numbers."""

    def __init__(self, tree: Tree, read: Read, scales: dict[str, Fraction]) -> None:
        self._tree, self._read, self._scales = tree, read, scales

    def answer(self, name: str, apply: Element) -> Answer:
        """Evaluate an expression over all points. Raises InvalidNetworkError."""
        changes: list[_Change] = []
        values: list[Value] = []
        for cell in cells_of(sorted(set(self._cuts(apply)))):
            value = self._value(apply, cell.inside)
            if values and value != values[-1]:
                low, has_low = cell.interval[:2]
                assert low is not None
                changes.append(_Change(low, not has_low))
            if not values or value != values[-1]:
                values.append(value)
        if not changes or not _is_level(values):
            raise self._refused(apply)
        return Answer(name, changes, values)

    def _refused(self, at: Element) -> Exception:
        return self._tree.refused("an expression over the points", at)

    def _cuts(self, apply: Element) -> Iterator[Number]:
        """Yield the points at which comparisons change."""
        stack = [apply]
        while stack:
            element = stack.pop()
            if element.attributes.get("function") in _COMPARISONS:
                yield self._limit(element)
            stack += element.children

    def _limit(self, comparison: Element) -> Number:
        """Return the points that a comparison is about, before they are multiplied."""
        if [each.name for each in comparison.children] != ["FieldRef", "Constant"]:
            raise self._refused(comparison)
        field, constant = comparison.children
        scale = self._scales.get(self._tree.attribute(field, "field"))
        if scale is None:
            raise self._refused(field)
        return simplest(self._read(constant.text, constant) / scale)

    def _value(self, element: Element, points: Number) -> Value:
        """Evaluate a constant or an `if`; it recurses no deeper than elements lie in each other."""
        if element.name == "Constant":
            if element.attributes.get("dataType", "string") == "string":
                return _label(element)
            return self._read(element.text, element)
        parts = element.children
        if element.attributes.get("function") != "if" or len(parts) != 1 + _TWO:
            raise self._refused(element)
        compare = _COMPARISONS.get(parts[0].attributes.get("function", ""))
        if compare is None:
            raise self._refused(parts[0])
        return self._value(parts[1 if compare(points, self._limit(parts[0])) else 2], points)


def _label(constant: Element) -> str:
    """Return the text of a constant, without line breaks around it."""
    text = "".join(constant.texts)
    return _LAYOUT.sub("", text)


def cells_of(cuts: Sequence[Number]) -> list[Cell]:
    """Return the intervals between numbers, and the numbers themselves."""
    cells: list[Cell] = []
    before: Number | None = None
    for cut in cuts:
        inside = cut - 1 if before is None else simplest(Fraction(before + cut) / 2)
        cells.append(Cell(Interval(before, high=cut), inside))
        cells.append(Cell(Interval(cut, has_low=True, high=cut, has_high=True), cut))
        before = cut
    cells.append(Cell(Interval(before), 0 if before is None else before + 1))
    return cells


def with_outputs(network: Network, outputs: Outputs) -> tuple[Network, list[str]]:
    """Add the outputs of a scorecard to its network, and return the new names."""
    names = Names([*network.inputs, _SCORE])
    score = network.neurons[_SCORE]
    weights: Any = score.weights
    sums = [outputs.points, *outputs.same]
    made = {names.new(name, "output"): Output(sum=_SCORE) for name in sums}
    neurons = {_SCORE: score}
    if outputs.answers:
        changes = sorted({change for each in outputs.answers for change in each.changes})
        falls = any(map(_falls, outputs.answers))
        limits = [_limit(change, outputs.unit, falls=falls) for change in changes]
        ports = [f"t{place}" for place in range(1, len(changes) + 1)]
        neurons[_SCORE] = Neuron(
            weights=weights,
            thresholds=dict(zip(ports, limits, strict=True)),
            fires="below" if falls else "at_least",
        )
        every = [f"{_SCORE}.{port}" for port in ports]
        port_of = dict(zip(changes, ports, strict=True))
        for each in outputs.answers:
            name = names.new(each.name, "output")
            fired = [f"{_SCORE}.{port_of[change]}" for change in each.changes]
            values = each.values[::-1] if falls else each.values
            if isinstance(values[0], str):
                labels = tuple(map(str, values))
                made[name] = Output(level=_SCORE if fired == every else fired, labels=labels)
            elif values == [0, 1]:
                made[name] = Output(sources=fired)
            elif len(values) > _TWO:
                made[name] = Output(level=_SCORE if fired == every else fired)
            else:
                states = (Fraction(values[0]), Fraction(values[1]))
                neurons[name] = Neuron(
                    weights={fired[0]: 1}, threshold=1, fires="at_least", states=states
                )
                made[name] = Output(sources=[name])
    wanted = [*sums, *(each.name for each in outputs.answers)]
    renamed = [
        f"`{shorten(old)}` is `{new}`" for old, new in zip(wanted, made, strict=True) if old != new
    ]
    network = Network(inputs=network.inputs, fires=network.fires, neurons=neurons, outputs=made)
    return network, renamed


def _is_level(values: Sequence[Value]) -> bool:
    """Check if an output can have these values: texts, two numbers, or a count."""
    if len(set(values)) < len(values) or len({isinstance(each, str) for each in values}) > 1:
        return False
    counted = [*range(len(values))]
    return isinstance(values[0], str) or len(values) == _TWO or values in (counted, counted[::-1])


def _rises(answer: Answer) -> bool:
    """Check if it is a level without labels that counts up."""
    return len(answer.values) > _TWO and answer.values[0] == 0


def _falls(answer: Answer) -> bool:
    """Check if it is a level without labels that counts down."""
    return len(answer.values) > _TWO and answer.values[-1] == 0


def _limit(change: _Change, unit: Number, *, falls: bool) -> Number | Threshold:
    """Return the threshold at a change of the points."""
    at = simplest(Fraction(change.at) * unit)
    if falls:
        return Threshold(at, "at_most") if change.is_after else at
    return Threshold(at, "above") if change.is_after else at
