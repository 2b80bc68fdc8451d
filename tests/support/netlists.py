"""Circuits written in several ways: adders, multipliers, comparators, voters, random neurons."""

from collections.abc import Callable
from random import Random

from tests.support.circuits import Circuit

# ---------------------------------------------------------------------------------- adders


def _operands(size: int) -> str:
    return f"{{a: bit({size}), b: bit({size}), cin: bit}}"


def _gates(circuit: Circuit, size: int) -> tuple[list[str], list[str]]:
    """Add for each place what makes a carry, and what hands one on."""
    bits = [(f"a({i})", f"b({i})") for i in range(size)]
    makes = [circuit.both(a, b) for a, b in bits]
    hands = [
        circuit.neuron({a: 1, b: 1, both: -2}, 1)
        for (a, b), both in zip(bits, makes, strict=True)
    ]  # fmt: skip
    return makes, hands


def unlike(circuit: Circuit, one: str, other: str) -> str:
    """Add a neuron that fires where exactly one of two bits is 1."""
    return circuit.neuron({one: 1, other: 1, circuit.both(one, other): -2}, 1)


def ripple(size: int) -> str:
    """Carry from bit to bit."""
    circuit = Circuit()
    carry, sums = "cin", []
    for i in range(size):
        one, carry = circuit.add(f"a({i})", f"b({i})", carry)
        sums.append(one)
    return circuit.text(_operands(size), [*sums, carry])


def kogge_stone(size: int) -> str:
    """Find all carries in a tree of log2(size) levels (Kogge and Stone, 1973)."""
    circuit = Circuit()
    makes, hands = _gates(circuit, size)
    carries = prefix_carries(circuit, makes, hands, "cin")
    sums = [unlike(circuit, hand, c) for hand, c in zip(hands, carries, strict=False)]
    return circuit.text(_operands(size), [*sums, carries[-1]])


def prefix_carries(circuit: Circuit, makes: list[str], hands: list[str], cin: str) -> list[str]:
    """Return the carry into each place, and that out of the last; no carry comes in for an empty
    name.
    """  # noqa: D205
    makes, hands = list(makes), list(hands)
    if cin:
        makes[0] = circuit.neuron({makes[0]: 2, hands[0]: 1, cin: 1}, 2)
    distance = 1
    while distance < len(makes):
        before = list(makes), list(hands)
        for i in range(distance, len(makes)):
            low = i - distance
            makes[i] = circuit.neuron({before[0][i]: 2, before[1][i]: 1, before[0][low]: 1}, 2)
            hands[i] = circuit.both(before[1][i], before[1][low])
        distance *= 2
    return [cin or "0", *makes]


def lookahead(size: int, block: int = 4) -> str:
    """Find the carries of each block at once, from block to block."""
    circuit = Circuit()
    makes, hands = _gates(circuit, size)
    carries = ["cin"]
    for start in range(0, size, block):
        into = carries[-1]
        for stop in range(start + 1, min(size, start + block) + 1):
            ways = [
                circuit.neuron(dict.fromkeys([makes[i], *hands[i + 1 : stop]], 1), stop - i)
                for i in range(start, stop)
            ]
            through = [into, *hands[start:stop]]
            ways.append(circuit.neuron(dict.fromkeys(through, 1), len(through)))
            carries.append(circuit.neuron(dict.fromkeys(ways, 1), 1))
    sums = [unlike(circuit, hand, c) for hand, c in zip(hands, carries, strict=False)]
    return circuit.text(_operands(size), [*sums, carries[-1]])


def carry_neurons(size: int) -> str:
    """Make each carry by one neuron, with weights up to 2^size."""
    circuit = Circuit()
    carries = ["cin"]
    for i in range(size):
        weights = {"cin": 1}
        for j in range(i + 1):
            weights |= {f"a({j})": 1 << j, f"b({j})": 1 << j}
        carries.append(circuit.neuron(weights, 2 << i))
    sums = [
        circuit.neuron({f"a({i})": 1, f"b({i})": 1, carries[i]: 1, carries[i + 1]: -2}, 1)
        for i in range(size)
    ]
    return circuit.text(_operands(size), [*sums, carries[-1]])


ADDERS: dict[str, Callable[[int], str]] = {
    "ripple": ripple,
    "Kogge-Stone": kogge_stone,
    "lookahead": lookahead,
    "carry neurons": carry_neurons,
}

# ----------------------------------------------------------------------------- multipliers


def dadda(size: int, *, last: str = "ripple") -> str:
    """Add the partial products by as few adders as can be (Dadda, 1965)."""
    circuit = Circuit()
    columns: list[list[str]] = [[] for _ in range(2 * size)]
    for i in range(size):
        for j in range(size):
            columns[i + j].append(circuit.both(f"a({i})", f"b({j})"))
    heights = [2]
    while heights[-1] < size:
        heights.append(heights[-1] * 3 // 2)
    for height in reversed(heights):
        for place, bits in enumerate(columns):
            while len(bits) > height:
                group = [bits.pop(0) for _ in range(min(3, len(bits) - height + 1))]
                one, carry = circuit.add(*group)
                bits.append(one)
                columns[place + 1].append(carry)
    return circuit.text(f"{{a: bit({size}), b: bit({size})}}", _added(circuit, columns, last))


def _added(circuit: Circuit, columns: list[list[str]], last: str) -> list[str]:
    """Add two rows, the bits of each place."""
    if last == "ripple":
        carry, result = "", []
        for bits in columns:
            each = [*bits, *([carry] if carry else [])]
            one, carry = circuit.add(*each) if len(each) > 1 else ((each or ["0"])[0], "")
            result.append(one)
        return result
    rows = [(*bits, "0", "0")[:2] for bits in columns]
    makes = [circuit.both(one, other) for one, other in rows]
    hands = [
        circuit.neuron({one: 1, other: 1, both: -2}, 1) if other != "0" else one
        for (one, other), both in zip(rows, makes, strict=True)
    ]
    carries = prefix_carries(circuit, makes, hands, "")
    return [unlike(circuit, hand, c) for hand, c in zip(hands, carries, strict=False)]


# ------------------------------------------------------------------- comparators and voters


def comparator(size: int, *, way: str = "neuron") -> str:
    """Fire where a > b: one neuron, bit by bit from either end, or as a tree."""
    circuit = Circuit()
    inputs = f"{{a: bit({size}), b: bit({size})}}"
    if way == "neuron":
        weights = {f"a({i})": 1 << i for i in range(size)}
        weights |= {f"b({i})": -(1 << i) for i in range(size)}
        return circuit.text(inputs, [circuit.neuron(weights, 1)])
    if way == "ripple":
        out = circuit.neuron({"a(0)": 1, "b(0)": -1}, 1)
        for i in range(1, size):
            out = circuit.neuron({f"a({i})": 2, f"b({i})": -2, out: 1}, 1)
        return circuit.text(inputs, [out])
    more = [circuit.neuron({f"a({i})": 1, f"b({i})": -1}, 1) for i in range(size)]
    same = [circuit.neuron({f"a({i})": 1, f"b({i})": -1}, 0) for i in range(size)]  # not less
    while len(more) > 1:
        pairs = range(0, len(more) - 1, 2)
        above = [circuit.neuron({more[i + 1]: 2, same[i + 1]: 1, more[i]: 1}, 2) for i in pairs]
        both = [circuit.neuron({more[i + 1]: 2, same[i + 1]: 1, same[i]: 1}, 2) for i in pairs]
        more, same = [*above, *more[2 * len(above) :]], [*both, *same[2 * len(both) :]]
    return circuit.text(inputs, [more[0]])


def voter(size: int, *, way: str = "neuron") -> str:
    """Fire where more than half of the bits are 1: one neuron, or counted by adders."""
    circuit = Circuit()
    bits = [f"x({i})" for i in range(size)]
    limit = size // 2 + 1
    if way == "neuron":
        return circuit.text(f"{{x: bit({size})}}", [circuit.neuron(dict.fromkeys(bits, 1), limit)])
    columns = [bits]
    result = []
    while columns[0] if columns else False:
        column = columns[0]
        following: list[str] = columns[1] if len(columns) > 1 else []
        while len(column) > 1:
            group = [column.pop(0) for _ in range(min(3, len(column)))]
            one, carry = circuit.add(*group)
            column.append(one)
            following.append(carry)
        result.append(column[0])
        columns = [following]
    weights = {bit: 1 << place for place, bit in enumerate(result)}
    return circuit.text(f"{{x: bit({size})}}", [circuit.neuron(weights, limit)])


# -------------------------------------------------------------------------- random neurons


def random_neurons(count: int, seed: int, *, width: int = 64, fan_in: int = 8) -> tuple[str, str]:
    """Write random neurons; and again rescaled, some of them copied, and a third restructured."""
    rng = Random(seed)
    names = [f"x({i})" for i in range(width)]
    one, other = Circuit(), Circuit()
    same = {name: [name] for name in names}
    for _ in range(count):
        read = rng.sample(names[-2 * width :], rng.randint(3, fan_in))
        weights = {name: rng.choice([-1, 1]) * rng.randint(1, 9) for name in read}
        threshold = sum(weights.values()) // 2 + rng.randint(0, 2)  # as often 1 as 0, or nearly
        name = one.neuron(weights, threshold)
        again = {rng.choice(same[source]): weight for source, weight in weights.items()}
        copies = [_again(other, again, threshold, rng)]
        if rng.random() < 0.2:
            copies.append(_again(other, again, threshold, rng))
        names.append(name)
        same[name] = copies
    outs = names[-16:]
    others = [rng.choice(same[name]) for name in outs]
    inputs = f"{{x: bit({width})}}"
    return one.text(inputs, outs), other.text(inputs, others)


def _again(circuit: Circuit, weights: dict[str, int], threshold: int, rng: Random) -> str:
    """Write a neuron in another way."""
    if rng.random() < 0.67:
        factor = rng.randint(2, 9)
        slack = rng.randint(0, factor - 1)  # integers: a little less is reached by the same sums
        scaled = {source: weight * factor for source, weight in weights.items()}
        return circuit.neuron(scaled, threshold * factor - slack)
    chooser = rng.choice(list(weights))
    rest = {source: weight for source, weight in weights.items() if source != chooser}
    off = circuit.neuron(rest, threshold)
    on = circuit.neuron(rest, threshold - weights[chooser])
    first = circuit.neuron({off: 1, chooser: -1}, 1)
    return circuit.neuron({first: 1, circuit.both(on, chooser): 1}, 1)
