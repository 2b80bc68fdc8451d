"""Claims about rows as neurons that watch the circuit: a reading of docs/format.md."""

from __future__ import annotations

from collections.abc import Iterable

from nnc.compiler.graph import GraphClaim, Tap, ValueSet
from nnc.compiler.netlist import Affine, Argmax, OneHot, Value
from nnc.language.ranges import Range
from nnc.proofs.certificates.circuit import TRUE, Cell, Circuit, Copy, Linear


def broken(circuit: Circuit, copy: Copy, claim: GraphClaim) -> int:
    """Return the literal that is 1 if a claim about one row is false for a copy."""
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
        wrong.append(circuit.compared(on, ">=", 2))
    if claim.form != "at_most_one":
        wrong.append(circuit.compared(on, "<=", 0))
    return circuit.all_of([*when, circuit.any_of(wrong)])


def applies(circuit: Circuit, copy: Copy, claim: GraphClaim) -> list[int]:
    """Return the literals that are all 1 where the `when` of a claim is satisfied."""
    return [
        is_among(circuit, copy, tap, values)
        for tap, values in zip(claim.when, claim.when_values, strict=True)
    ]


def is_among(circuit: Circuit, copy: Copy, tap: Tap, values: ValueSet) -> int:
    """Return the literal that is 1 if an output has one of the given values."""
    port = copy.netlist.port(tap)
    value = port.values[0]
    if port.labels:
        places = [index for index, label in enumerate(port.labels) if label in values]
        return circuit.any_of(is_place(circuit, copy, value, index) for index in places)
    ranges = [each for each in values if isinstance(each, Range)]
    if isinstance(value, Argmax):
        places = [index for index in range(len(value.of)) if any(index in each for each in ranges)]
        return circuit.any_of(is_place(circuit, copy, value, index) for index in places)
    number = port.number
    net = number.net
    if net is not None and net > 0 and not copy.netlist.is_number(net):
        off, on = (any(number.at(bit) in each for each in ranges) for bit in (0, 1))
        if off == on:
            return TRUE if on else -TRUE
        return copy.literals[net] if on else -copy.literals[net]
    own = circuit.number(copy, number)
    return circuit.any_of(_lies(circuit, own, each) for each in ranges)


def _lies(circuit: Circuit, value: Linear, range_: Range) -> int:
    ends = []
    if range_.least is not None:
        ends.append(circuit.compared(value, ">=", range_.least))
    if range_.greatest is not None:
        ends.append(circuit.compared(value, "<=", range_.greatest))
    return circuit.all_of(ends)


def is_place(circuit: Circuit, copy: Copy, value: Value, index: int) -> int:
    """Return the literal that is 1 if a value has this index among its labels, or its sums."""
    if isinstance(value, OneHot):
        return copy.literals[value.of[index]]
    if isinstance(value, Affine):
        level = circuit.number(copy, value)
        return circuit.all_of(
            [circuit.compared(level, ">=", index), circuit.compared(level, "<=", index)]
        )
    sums = [circuit.number(copy, number) for number in value.of]
    return circuit.all_of(
        circuit.compared(sums[index].minus(each), ">" if i < index else ">=", 0)
        for i, each in enumerate(sums)
        if i != index
    )


def numbers(circuit: Circuit, copy: Copy, tap: Tap) -> list[Linear]:
    """Return an output as numbers: a bus that is no integer gives one for each element."""
    port = copy.netlist.port(tap)
    values = [port.number] if port.shape == "word" else port.numbers
    return [circuit.number(copy, value) for value in values]


def elements(circuit: Circuit, copy: Copy, tap: Tap) -> list[Linear]:
    """Return every element of an output as a number: an integer and a choice give their bits."""
    linears = []
    for value in copy.netlist.port(tap).values:
        if isinstance(value, OneHot):
            linears += [circuit.bits([(copy.literals[net], 1)]) for net in value.of]
        elif isinstance(value, Affine):
            linears.append(circuit.number(copy, value))
    return linears


def differ(circuit: Circuit, first: tuple[Copy, Tap], second: tuple[Copy, Tap]) -> int:
    """Return the literal that is 1 if two outputs differ."""
    (copy, tap), (other_copy, other) = first, second
    is_largest, is_other_largest = (
        isinstance(copy.netlist.port(tap).values[0], Argmax) for copy, tap in (first, second)
    )
    if tap.labels or is_largest:
        return circuit.any_of(_apart(circuit, first, second))
    if is_other_largest:  # whose values are its places: the others would have to be listed
        return circuit.any_of(_apart(circuit, second, first))
    values = zip(numbers(circuit, copy, tap), numbers(circuit, other_copy, other), strict=True)
    literals = []
    for value, another in values:
        difference = value.minus(another)
        literals += [circuit.compared(difference, op, 0) for op in (">", "<")]
    return circuit.any_of(literals)


def _apart(circuit: Circuit, first: tuple[Copy, Tap], second: tuple[Copy, Tap]) -> Iterable[int]:
    """Yield a literal for each label, or index: the first output has it and the second does not."""
    (copy, tap), (other_copy, other) = first, second
    value = copy.netlist.port(tap).values[0]
    places = range(len(value.of) if isinstance(value, Argmax) else 0)
    named: list[ValueSet] = [(label,) for label in tap.labels]
    for index, values in enumerate(named or [(Range(index, index),) for index in places]):
        theirs = is_among(circuit, other_copy, other, values)
        yield circuit.all_of([is_place(circuit, copy, value, index), -theirs])


def never_falls(circuit: Circuit, raised: int, number: Linear, *, rising: bool) -> bool:
    """Return whether no path from a signal to a number has signs that lower it.

    With `rising` off: that raise it.
    """
    ways: dict[int, set[int]] = {raised: {1}}
    for signal in circuit.cone(signal for signal, _ in number.terms):
        cell = circuit.signals[signal]
        if isinstance(cell, Cell):
            ways[signal] = {
                sign * (1 if weight > 0 else -1) * (-1 if cell.turned else 1)
                for source, weight in cell.terms
                for sign in ways.get(source, ())
            }
    signs = {
        sign * (1 if weight > 0 else -1)
        for signal, weight in number.terms
        for sign in ways.get(signal, ())
    }
    return signs <= {1 if rising else -1}
