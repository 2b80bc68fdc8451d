"""What a claim says of rows, as neurons that watch the circuit: a reading of docs/format.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnc.compiler.graph import GraphClaim, Tap, ValueSet
from nnc.language.ranges import Range
from nnc.numbers.exact import Number
from nnc.proofs.certificates.circuit import TRUE, Circuit, Copy, Linear


def broken(circuit: Circuit, copy: Copy, claim: GraphClaim) -> int:
    """Return the literal that is 1 where a claim about one row does not hold for a copy."""
    when = applies(circuit, copy, claim)
    if claim.form in ("never", "always"):
        together = circuit.all_of(
            is_among(circuit, copy, tap, values)
            for tap, values in zip(claim.about, claim.values, strict=True)
        )
        return circuit.all_of([*when, together if claim.form == "never" else -together])
    if claim.form == "equal":
        couples = zip(claim.about[::2], claim.about[1::2], strict=True)
        apart = [differ(circuit, (copy, tap), (copy, other)) for tap, other in couples]
        return circuit.all_of([*when, circuit.any_of(apart)])
    on = circuit.bits((copy.literals[s], 1) for tap in claim.about for s in tap.signals)
    wrong = []
    if claim.form != "at_least_one":
        wrong.append(circuit.compared(on, "at_least", 2))
    if claim.form != "at_most_one":
        wrong.append(circuit.compared(on, "at_most", 0))
    return circuit.all_of([*when, circuit.any_of(wrong)])


def applies(circuit: Circuit, copy: Copy, claim: GraphClaim) -> list[int]:
    """Return the literals that are all 1 where the `when` of a claim is so."""
    return [
        is_among(circuit, copy, tap, values)
        for tap, values in zip(claim.when, claim.when_values, strict=True)
    ]


def is_among(circuit: Circuit, copy: Copy, tap: Tap, values: ValueSet) -> int:
    """Return the literal that says whether an output has one of some values."""
    if tap.labels:
        places = [place for place, label in enumerate(tap.labels) if label in values]
        return circuit.any_of(is_place(circuit, copy, tap, place) for place in places)
    ranges = [each for each in values if isinstance(each, Range)]
    if tap.kind == "largest":
        places = [place for place in range(tap.width) if any(place in each for each in ranges)]
        return circuit.any_of(is_place(circuit, copy, tap, place) for place in places)
    value = numbers(circuit, copy, tap)[0]
    if tap.kind == "bit":
        literal = copy.literals[tap.signals[0]]
        off, on = (any(state in each for each in ranges) for state in _states(tap, 0))
        if off == on:
            return TRUE if on else -TRUE
        return literal if on else -literal
    return circuit.any_of(_lies(circuit, value, each) for each in ranges)


def _lies(circuit: Circuit, value: Linear, range_: Range) -> int:
    ends = []
    if range_.least is not None:
        ends.append(circuit.compared(value, "at_least", range_.least))
    if range_.greatest is not None:
        ends.append(circuit.compared(value, "at_most", range_.greatest))
    return circuit.all_of(ends)


def is_place(circuit: Circuit, copy: Copy, tap: Tap, place: int) -> int:
    """Return the literal that says whether an output has this label, or this place."""
    literals = [copy.literals[signal] for signal in tap.signals]
    if tap.kind == "bus":
        return literals[place]
    if tap.kind == "level":
        level = circuit.bits((literal, 1) for literal in literals)
        ends = [
            circuit.compared(level, "at_least", place),
            circuit.compared(level, "at_most", place),
        ]
        return circuit.all_of(ends)
    sums = [circuit.total(copy, signal) for signal in tap.signals]
    return circuit.all_of(
        circuit.compared(sums[place].minus(each), "above" if i < place else "at_least", 0)
        for i, each in enumerate(sums)
        if i != place
    )


def _states(tap: Tap, element: int) -> tuple[Number, Number]:
    return tap.states_of(element) or (0, 1)


def numbers(circuit: Circuit, copy: Copy, tap: Tap) -> list[Linear]:
    """Return what an output is as numbers: of a bus of other things than an integer several."""
    if tap.kind == "sum":
        return [circuit.total(copy, signal) for signal in tap.signals]
    literals = [copy.literals[signal] for signal in tap.signals]
    if tap.kind == "level":
        return [circuit.bits((literal, 1) for literal in literals)]
    if tap.is_integer:
        return [circuit.bits((literal, 1 << place) for place, literal in enumerate(literals))]
    return [_value(circuit, tap, element, literal) for element, literal in enumerate(literals)]


def _value(circuit: Circuit, tap: Tap, element: int, literal: int) -> Linear:
    if circuit.is_number(literal):
        return circuit.bits([(literal, 1)])
    off, on = _states(tap, element)
    return circuit.bits([(literal, on - off)], off)


def elements(circuit: Circuit, copy: Copy, tap: Tap) -> list[Linear]:
    """Return every single value of an output, of an integer its bits."""
    if tap.is_integer:
        return [circuit.bits([(copy.literals[signal], 1)]) for signal in tap.signals]
    return numbers(circuit, copy, tap)


def differ(circuit: Circuit, first: tuple[Copy, Tap], second: tuple[Copy, Tap]) -> int:
    """Return the literal that says whether two outputs are not the same."""
    (copy, tap), (other_copy, other) = first, second
    if tap.labels or "largest" in (tap.kind, other.kind):
        return circuit.any_of(_apart(circuit, first, second))
    values = zip(numbers(circuit, copy, tap), numbers(circuit, other_copy, other), strict=True)
    literals = []
    for value, another in values:
        difference = value.minus(another)
        literals += [circuit.compared(difference, rule, 0) for rule in ("above", "below")]
    return circuit.any_of(literals)


def _apart(circuit: Circuit, first: tuple[Copy, Tap], second: tuple[Copy, Tap]) -> Iterable[int]:
    """Yield for each label, or place, a literal: the first has it, and the second has not."""
    (copy, tap), (other_copy, other) = first, second
    for place, value in enumerate(_named(tap)):
        values: ValueSet = (value,) if isinstance(value, str) else (Range(value, value),)
        theirs = is_among(circuit, other_copy, other, values)
        if tap.labels or tap.kind == "largest":
            mine = is_place(circuit, copy, tap, place)
        else:
            mine = is_among(circuit, copy, tap, values)
        yield circuit.all_of([mine, -theirs])


def _named(tap: Tap) -> Sequence[str | int]:
    return tap.labels or range(tap.width + (tap.kind == "level"))
