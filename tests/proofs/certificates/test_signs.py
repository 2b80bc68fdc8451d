"""What the signs of weights show is so in all rows."""

from itertools import product
from random import Random

from nnc.language.network import Input
from nnc.proofs.certificates.circuit import Cell, Circuit, Linear
from nnc.proofs.certificates.claims import never_falls
from nnc.proofs.certificates.domain import Field

OPERATORS = (">", ">=", "<", "<=")


def value(circuit: Circuit, number: Linear, row: dict[int, int]) -> int:
    known = dict(row)
    for signal in circuit.cone(signal for signal, _ in number.terms):
        cell = circuit.signals[signal]
        if isinstance(cell, Cell):
            total = sum(int(w) * known[s] for s, w in cell.terms)
            on = total > cell.limit if cell.strict else total >= cell.limit
            known[signal] = int(on != cell.turned)
    return int(number.constant) + sum(int(w) * known[s] for s, w in number.terms)


def test_raising_an_input_never_lowers_what_it_shows(chunk: int) -> None:
    rng = Random(f"signs {chunk}")
    shown = 0
    for _ in range(60):
        circuit = Circuit()
        circuit.add_field("x", Field(Input(type="bit", size=4), fixed=(None,) * 4))
        bits = [circuit.elements["x", place, 0] for place in range(4)]
        sources = list(bits)
        for _ in range(rng.randint(1, 4)):
            read = rng.sample(sources, rng.randint(1, 3))
            own = circuit.bits((source, rng.choice([1, 1, 1, 2, -1])) for source in read)
            rule = rng.choice(OPERATORS[:2] if rng.random() < 0.7 else OPERATORS)
            literal = circuit.compared(own, rule, rng.randint(-1, 2))
            sources.append(abs(literal))
        number = circuit.bits((s, rng.choice([1, 2, -1])) for s in rng.sample(sources, 2))
        for rising in (True, False):
            if never_falls(circuit, bits[0], number, rising=rising):
                shown += 1
                for rest in product((0, 1), repeat=3):
                    low, high = (
                        value(circuit, number, dict(zip(bits, (own, *rest), strict=True)))
                        for own in (0, 1)
                    )
                    assert low <= high if rising else low >= high
    assert shown > 20
