"""What is the same as what: literals that are merged, and ANDs that are looked up after it."""

from random import Random

import pytest

from nnc.language.network import Input
from nnc.proofs.certificates.circuit import TRUE, Circuit
from nnc.proofs.certificates.domain import Field
from nnc.proofs.certificates.ledger import Gate, Ledger
from nnc.proofs.certificates.refusal import RefusedError, Work


def ledger_of(count: int) -> tuple[Ledger, list[int]]:
    circuit = Circuit()
    circuit.add_field("x", Field(Input(type="bit", size=count), fixed=(None,) * count))
    ledger = Ledger(circuit, Work())
    signals = [circuit.elements["x", place, 0] for place in range(count)]
    return ledger, [ledger.add_leaf(signal) for signal in signals]


def test_merged_literals_stand_for_each_other(chunk: int) -> None:
    """Against a plain table of which class each variable is in, and whether it is turned."""
    rng = Random(f"ledger {chunk}")
    ledger, leaves = ledger_of(12)
    classes = {variable: (variable, 1) for variable in (TRUE, *leaves)}
    for _ in range(30):
        first, second = rng.choice(leaves), rng.choice([TRUE, *leaves])
        sign = rng.choice([1, -1])
        (own, turn), (other, back) = classes[first], classes[second]
        if own == other:
            if turn != sign * back:
                with pytest.raises(RefusedError, match="opposites"):
                    ledger.merge(first, sign * second)
            continue
        ledger.merge(first, sign * second)
        for variable, (root, way) in classes.items():
            if root == own:
                classes[variable] = (other, way * turn * sign * back)
        for a in classes:
            for b in classes:
                same = classes[a][0] == classes[b][0]
                literals = ledger.find(a), ledger.find(b)
                assert (abs(literals[0]) == abs(literals[1])) == same
                assert not same or (literals[0] == literals[1]) == (classes[a][1] == classes[b][1])


def test_an_and_is_known_by_what_stands_for_its_sources() -> None:
    ledger, (a, b, c, d) = ledger_of(4)
    both = ledger.add_and(c, -d)
    with pytest.raises(RefusedError, match="not defined"):
        ledger.both(a, b)
    ledger.merge(c, a)
    assert ledger.both(a, -d) == both
    ledger.merge(d, -b)
    assert ledger.both(a, b) == ledger.both(b, c) == both
    assert (ledger.both(a, -a), ledger.both(a, TRUE), ledger.both(-TRUE, b)) == (-TRUE, a, -TRUE)


def test_a_window_holds_for_all_values_of_its_cut() -> None:
    ledger, (a, b, *_) = ledger_of(4)
    either = -ledger.add_and(-a, -b)
    gate = ledger.define(Gate(((a, 2), (b, 3)), 2))
    columns, whole = ledger.window([a, b], [-either, gate])
    assert ledger.column(either, columns, whole) == ledger.column(gate, columns, whole) == 0b1110
    with pytest.raises(RefusedError, match="neither in the cut"):
        ledger.window([a], [-either])
    with pytest.raises(RefusedError, match="over 16"):
        ledger.window([a] * 17, [])
    with pytest.raises(RefusedError, match="twice"):
        ledger.window([a, a], [])
    with pytest.raises(RefusedError, match="a leaf"):
        ledger.window([a], [b])


def test_a_diagram_is_made_of_ands_that_are_there() -> None:
    ledger, (a, b, c, _) = ledger_of(4)
    gate = ledger.define(Gate(((a, 1), (b, -1), (c, 1)), 1))  # at least two of a, not b, c
    with pytest.raises(RefusedError, match="not defined"):
        ledger.drawn(gate)
    inner = ledger.add_and(-b, c)
    outer = ledger.add_and(b, -c)
    for source, low, high in ((a, inner, -outer),):
        top = ledger.add_and(source, high)
        ledger.add_and(-low, -top)
    with pytest.raises(RefusedError, match="leaves out"):
        ledger.drawn(gate, [a, b])
    literal = ledger.drawn(gate)
    columns, whole = ledger.window([a, b, c], range(gate, len(ledger.definitions)))
    assert ledger.column(literal, columns, whole) == ledger.column(gate, columns, whole)
