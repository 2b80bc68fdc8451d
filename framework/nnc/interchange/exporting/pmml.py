"""Gates -> a PMML 4.4 Scorecard: one sum of steps of numbers, of choices and of bits.

Points are integers in the unit of the sum, and an engine adds them up without rounding; what the
outputs give follows from that one number. The standard: Data Mining Group, "PMML 4.4 - Scorecard".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from nnc.compiler.graph import Tap
from nnc.exact import LARGEST_WHOLE, Number, Refused, first_names, shorten, show_number
from nnc.interchange.exporting.exactness import DECIMALS, DOUBLES, EXACT, Exactness, size_of
from nnc.interchange.exporting.gates import UP, Element, Gate, Gates, Test
from nnc.interchange.exporting.wording import bound_text, constant_of, double_of
from nnc.printable import printable
from nnc.rows.options import Floats

_INTEGERS = 1 << 31
"""Engines hold an integer of PMML in so many bits."""
_DIGITS = 20
"""A decimal of so many digits is nearer to a double than any other double is."""
_DEEPEST = 64
"""So many thresholds one expression compares, one inside the other."""
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Cut(NamedTuple):
    """Where the points of a number change: from a value on, or only after it."""

    at: Number
    is_after: bool


_Attributes = list[tuple[str, int]]
"""The predicates of a field with their points; the first one counts that holds."""


def pmml_text(gates: Gates, top: str, header: str) -> str:
    """Write a scorecard whose first output is its points, an integer.

    Raises Refused, with the neuron or the output, where the network is no scorecard.
    """
    return "\n".join(_Writer(gates, _card_of(gates)).lines(top, header))


def pmml_exactness(gates: Gates) -> Exactness:
    """Say how exact a scorecard is. Raises Refused as `pmml_text`."""
    _Writer(gates, _card_of(gates))
    if all(input_.type != "real" for input_ in gates.plan.inputs.values()):
        return EXACT
    return DOUBLES if gates.floats == "binary" else DECIMALS


def _card_of(gates: Gates) -> Gate:
    """Return the one neuron that all outputs are about."""
    cards: dict[int, Gate] = {}
    for tap in gates.plan.outputs:
        gate = gates.maker.get(tap.signals[0]) if tap.kind in ("sum", "level", "bit") else None
        if gate is None or (tap.kind == "bit" and tap.width != 1):
            kind = {"bus": "a bus", "largest": "the largest of several sums"}.get(
                tap.kind, "no answer of a neuron"
            )
            hint = "give the sum of the neuron, its level, or one of its thresholds"
            raise _refused(f"the output `{tap.alias}` is {kind}", hint)
        cards[gate.first] = gate
    if len(cards) > 1:
        names = first_names(sorted(f"`{gate.name}`" for gate in cards.values()))
        hint = "leave out the outputs of all neurons but one"
        raise _refused(f"the outputs are of {len(cards)} neurons, {names}", hint)
    [gate] = cards.values()
    if not gate.sources:
        raise _refused(f"no input changes the sum of `{gate.name}`", "")
    return gate


def _refused(message: str, hint: str) -> Refused:
    return Refused("not-exportable", f"{message}, and a scorecard is one sum", hint)


class _Writer:
    """Writes the fields, the characteristics and the outputs of one neuron."""

    def __init__(self, gates: Gates, card: Gate) -> None:
        self._gates, self._card = gates, card
        self._factor, self._offset, self._unit = factor, offset, _ = card.value
        self._start = offset
        self._fields = {_name_of(each): each for each in gates.elements.values()}
        self._cuts: dict[str, dict[_Cut, int]] = {}
        self._texts: dict[_Cut, str] = {}
        self._values: dict[str, dict[int, int]] = {}
        for source, weight in zip(card.sources, card.weights, strict=True):
            self._add(source, weight * factor)
        size = size_of(card, gates) * abs(factor) + abs(offset)
        if size > LARGEST_WHOLE:
            message = f"the sum of `{card.name}` may be {size:,}, which is too large for PMML"
            hint = "export to Python, which has integers of any size"
            raise Refused("not-exportable", message, hint)
        made = {name: self._attributes(name) for name in self._fields}
        self._attributes_of = {name: attributes for name, attributes in made.items() if attributes}
        if not self._attributes_of:
            raise _refused(f"no input changes the sum of `{card.name}`", "")

    # --------------------------------------------------------------------------- points

    def _add(self, source: int, weight: int) -> None:
        """Add the points of a source: an element of an input, or a step of a number."""
        elements, card = self._gates.elements, self._card.name
        if source in elements:
            element = elements[source]
            if element.input.type not in ("bit", "choice"):
                hint = "count its steps, such as `{30: 1, 60: 2}`"
                raise _refused(f"`{card}` reads the number `{element.name}` itself", hint)
            self._values.setdefault(_name_of(element), {})[element.place] = weight
            return
        gate = self._gates.maker[source]
        if not gate.is_cutoff:
            hint = "export to SQL, JavaScript or C, which hold every network"
            raise _refused(f"`{card}` reads the neuron `{gate.name}`, no step of a number", hint)
        element = elements[gate.sources[0]]
        self._add_step(element, gate.tests[source - gate.first], weight, is_real=gate.is_real)

    def _add_step(self, element: Element, test: Test, weight: int, *, is_real: bool) -> None:
        """Add points from a number on; where they count up to it, they are taken away there."""
        op, limit = test
        cut = _Cut(int(limit) + (op == "<="), False)  # noqa: FBT003
        text = str(cut.at)
        if is_real:
            _check_default(element, test, self._gates.floats)
            double = double_of(op, limit, self._gates.floats)
            known = constant_of(op, double)
            if known is not None:
                self._start += weight * known
                return
            cut = _Cut(Fraction(double), op in (">", "<="))
            text = _double_text(limit, double, self._gates.floats, is_upper=cut.is_after)
        if op in ("<=", "<"):
            self._start += weight
            weight = -weight
        least, greatest = _bounds(element, self._gates.floats)
        if least is not None and (cut.at, cut.is_after) <= (least, False):
            self._start += weight
        elif greatest is None or (cut.at, cut.is_after) <= (greatest, False):
            cuts = self._cuts.setdefault(_name_of(element), {})
            cuts[cut] = cuts.get(cut, 0) + weight
            self._texts.setdefault(cut, text)

    def _attributes(self, name: str) -> _Attributes:
        """Return what a field counts; nothing where it changes no points."""
        element = self._fields[name]
        if name in self._values:
            values = self._values[name]
            if element.input.of is not None:
                return [
                    (_predicate(name, "equal", value), values.get(place, 0))
                    for place, value in enumerate(element.input.of)
                ]
            off, on = map(_number_text, element.input.state_values)
            points = values[element.place]
            return [(_predicate(name, "equal", off), 0), (_predicate(name, "equal", on), points)]
        cuts = sorted((cut, points) for cut, points in self._cuts.get(name, {}).items() if points)
        made, points = [], 0
        for cut, change in cuts:
            operator = "lessOrEqual" if cut.is_after else "lessThan"
            made.append((_predicate(name, operator, self._texts[cut]), points))
            points += change
        if cuts:
            cut, _ = cuts[-1]
            operator = "greaterThan" if cut.is_after else "greaterOrEqual"
            made.append((_predicate(name, operator, self._texts[cut]), points))
        return made

    # ----------------------------------------------------------------------------- text

    def lines(self, top: str, header: str) -> Iterator[str]:
        outputs = [*self._outputs()]  # may be refused
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield "<!--\n" + re.sub(r"-(?=-)", "- ", header).rstrip() + "\n-->"
        yield '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">'
        yield '  <Header><Application name="nnc"/></Header>'
        yield f'  <DataDictionary numberOfFields="{len(self._fields)}">'
        for element in self._fields.values():
            sizes = [abs(Fraction(cut.at)) for cut in self._cuts.get(_name_of(element), ())]
            lines = _data_field(element, max(sizes, default=Fraction(0)), self._gates.floats)
            yield from (f"    {line}" for line in lines)
        yield "  </DataDictionary>"
        yield (
            f'  <Scorecard modelName={_quoted(printable(top))} functionName="regression" '
            f'initialScore="{self._start}" useReasonCodes="false">'
        )
        yield "    <MiningSchema>"
        for element in self._fields.values():
            yield f"      {_mining_field(element)}"
        yield "    </MiningSchema>\n    <Output>"
        yield from (f"      {line}" for line in outputs)
        yield "    </Output>\n    <Characteristics>"
        for name, attributes in self._attributes_of.items():
            yield f"      <Characteristic name={_quoted(name)}>"
            for predicate, points in attributes:
                yield f'        <Attribute partialScore="{points}">{predicate}</Attribute>'
            yield "      </Characteristic>"
        yield "    </Characteristics>\n  </Scorecard>\n</PMML>\n"

    def _outputs(self) -> Iterator[str]:
        """Write the points, then what the network gives of them."""
        taps = self._gates.plan.outputs
        sums = [tap.alias for tap in taps if tap.kind == "sum"]
        taken = {tap.alias for tap in taps} | self._fields.keys()
        units = sums[0] if sums and self._unit == 1 else "units"
        while units in taken and not (sums and units == sums[0]):
            units += "_"
        yield _output(units, "predictedValue", "continuous", "double", "")
        for tap in taps:
            if tap.alias == units:
                continue
            if tap.kind == "sum":
                unit = _constant("double", str(self._unit))
                text = f'<Apply function="/">{_field(units)}{unit}</Apply>'
                yield _output(tap.alias, "transformedValue", "continuous", "double", text)
                continue
            starts, values, kind = self._answers(tap)
            constants = [_constant(kind, value) for value in values]
            text = _chosen(units, starts, constants)
            optype = "continuous" if kind == "double" else "categorical"
            yield _output(tap.alias, "transformedValue", optype, kind, text)

    def _answers(self, tap: Tap) -> tuple[list[int], list[str], str]:
        """Return from which points on an output has another value, its values, and their type."""
        tests = [self._card.tests[signal - self._card.first] for signal in tap.signals]
        rules = [self._rule(test) for test in tests]
        starts = sorted({start for start, _ in rules})
        if len(starts) > _DEEPEST:
            message = f"the output `{tap.alias}` compares {len(starts)} thresholds"
            raise Refused(
                "not-exportable",
                f"{message}, and an expression of PMML at most {_DEEPEST}",
                "export to SQL, JavaScript or C, which hold every network",
            )
        counts = [
            sum((points >= start) == rises for start, rises in rules)
            for points in [starts[0] - 1, *starts]
        ]
        if tap.kind == "level":
            if not tap.labels:
                return starts, [str(count) for count in counts], "integer"
            return starts, [tap.labels[count] for count in counts], "string"
        states = tap.states_of(0) or (0, 1)
        is_whole = all(Fraction(state).denominator == 1 for state in states)
        values = [_number_text(states[count]) for count in counts]
        return starts, values, "integer" if is_whole else "double"

    def _rule(self, test: Test) -> tuple[int, bool]:
        """Return the points at which a test changes, and whether it holds from there on."""
        op, limit = test
        rises = (op == UP) == (self._factor > 0)
        return int(limit) * self._factor + self._offset + (not rises), rises


# ------------------------------------------------------------------------------- fields


def _name_of(element: Element) -> str:
    """Name the field of an element: `a(3)` for one of a bus, as in rows."""
    is_one = element.input.size is None
    return element.name if is_one else f"{element.name}({element.place})"


def _default(element: Element) -> Number | str | None:
    default, place = element.input.default, element.place
    if isinstance(default, tuple):
        return default[place]
    if isinstance(default, int) and element.input.is_integer_bus:
        return default >> place & 1
    return default


def _check_default(element: Element, test: Test, floats: Floats) -> None:
    """Refuse a default that lies between a limit and the double that stands for it."""
    default = _default(element)
    if default is None or isinstance(default, str):
        return
    double = float(default)
    meant = Fraction(double if floats == "binary" else repr(double))
    op, limit = test
    if op in (">", "<="):
        differs = (default > limit) != (meant > limit)
    else:
        differs = (default >= limit) != (meant >= limit)
    if differs:
        message = f"the default {show_number(default)} of `{_name_of(element)}` is no double"
        hint = "write it with --floats decimal, or give another default"
        raise Refused("not-exportable", f"{message}, and lies at the cut-off", hint)


def _bounds(element: Element, floats: Floats) -> tuple[Number | None, Number | None]:
    """Return the bounds of a number; of real ones, those of the doubles within."""
    least, greatest = element.input.min, element.input.max
    if element.input.type == "integer":
        return (
            None if least is None else ceil(least),
            None if greatest is None else floor(greatest),
        )
    return (
        None if least is None else Fraction(_bound(">=", least, floats)),
        None if greatest is None else Fraction(_bound("<=", greatest, floats)),
    )


def _bound(op: str, bound: Number, floats: Floats) -> float:
    """Return the double that is a bound. Raises Refused where there is none."""
    bound_text(op, bound, floats, is_real=True)
    return double_of(op, bound, floats)


def _data_field(element: Element, largest: Number, floats: Floats) -> Iterator[str]:
    """Write the declaration of a field, with what it may be."""
    input_, name = element.input, _quoted(_name_of(element))
    inside: list[str] = []
    if input_.type in ("bit", "choice"):
        values = input_.of or [*map(_number_text, input_.state_values)]
        is_whole = all(Fraction(state).denominator == 1 for state in input_.state_values)
        kind = "string" if input_.of is not None else "integer" if is_whole else "double"
        optype = "categorical"
        inside = [f"<Value value={_quoted(value)}/>" for value in values]
    else:
        optype, ends = "continuous", _bounds(element, floats)
        is_small = (
            max(largest, *(abs(Fraction(end)) for end in ends if end is not None), 0) < _INTEGERS
        )
        kind = "integer" if input_.type == "integer" and is_small else "double"
        closures = ["closed" if end is not None else "open" for end in ends]
        margins = [
            f' {side}="{_bound_text(element, end, bound, floats, is_upper=side == "rightMargin")}"'
            for side, end, bound in zip(
                ("leftMargin", "rightMargin"), ends, (input_.min, input_.max), strict=True
            )
            if end is not None and bound is not None
        ]
        if margins:
            closure = closures[0] + closures[1].capitalize()
            inside = [f'<Interval closure="{closure}"{"".join(margins)}/>']
    start = f'<DataField name={name} optype="{optype}" dataType="{kind}"'
    if not inside:
        yield f"{start}/>"
        return
    yield f"{start}>"
    yield from (f"  {line}" for line in inside)
    yield "</DataField>"


def _bound_text(
    element: Element, end: Number, bound: Number, floats: Floats, *, is_upper: bool
) -> str:
    if element.input.type == "integer":
        return str(end)
    _check_default(element, Test("<=" if is_upper else ">=", bound), floats)
    return _double_text(bound, float(end), floats, is_upper=is_upper)


def _mining_field(element: Element) -> str:
    """Write what becomes of values that are missing, or not allowed."""
    default = _default(element)
    about = 'missingValueTreatment="returnInvalid"'
    if default is not None:
        text = default if isinstance(default, str) else _number_text(default)
        about = f'missingValueReplacement={_quoted(text)} missingValueTreatment="asValue"'
    name = _quoted(_name_of(element))
    return f'<MiningField name={name} invalidValueTreatment="returnInvalid" {about}/>'


# ------------------------------------------------------------------------------ numbers


def _number_text(number: Number) -> str:
    """Write a number that is no cut-off: as it is where that is a decimal, else as a double."""
    text = show_number(number)
    return repr(float(number)) if "/" in text or len(text) > _DIGITS else text


def _double_text(limit: Number, double: float, floats: Floats, *, is_upper: bool) -> str:
    """Write a double so that it also separates all doubles as exact numbers as the limit does.

    `is_upper` where the double itself belongs below. It is the limit as it was written, if that
    is read as this double.
    """
    own, text = Fraction(double), show_number(limit)
    if "/" not in text and len(text) <= _DIGITS and float(Fraction(limit)) == double:
        return text
    short = repr(double).removesuffix(".0")
    meant = Fraction(short)
    if floats == "decimal" or (meant >= own if is_upper else meant <= own):
        return short
    rounding = ROUND_CEILING if is_upper else ROUND_FLOOR
    return str(Context(prec=_DIGITS, rounding=rounding).create_decimal(Decimal(double)))


# --------------------------------------------------------------------------------- text


def _quoted(text: str) -> str:
    """Write an attribute. Raises Refused for what XML cannot hold."""
    if _FORBIDDEN.search(text):
        message = f"XML cannot hold a character of `{shorten(text)}`"
        raise Refused("not-exportable", message, "leave the character out")
    return _visible(quoteattr(text))


def _visible(text: str) -> str:
    """Write characters that cannot be seen, such as ends of lines, by their numbers."""
    return "".join(each if each.isprintable() else f"&#{ord(each)};" for each in text)


def _predicate(name: str, operator: str, value: str) -> str:
    about = f'operator="{operator}" value={_quoted(value)}'
    return f"<SimplePredicate field={_quoted(name)} {about}/>"


def _field(name: str) -> str:
    return f"<FieldRef field={_quoted(name)}/>"


def _constant(kind: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        message = f"XML cannot hold a character of the label `{shorten(value)}`"
        raise Refused("not-exportable", message, "leave the character out")
    return f'<Constant dataType="{kind}">{_visible(escape(value))}</Constant>'


def _output(name: str, feature: str, optype: str, kind: str, expression: str) -> str:
    """Write an output with the expression that gives it."""
    start = f'<OutputField name={_quoted(name)} optype="{optype}" dataType="{kind}"'
    start = f'{start} feature="{feature}"'
    return f"{start}>{expression}</OutputField>" if expression else f"{start}/>"


def _chosen(name: str, starts: Sequence[int], constants: Sequence[str]) -> str:
    """Write an expression of the last constant whose points are reached."""
    text = constants[0]
    for start, constant in zip(starts, constants[1:], strict=True):
        limit = _constant("double", str(start))
        reached = f'<Apply function="greaterOrEqual">{_field(name)}{limit}</Apply>'
        text = f'<Apply function="if">{reached}{constant}{text}</Apply>'
    return text
