"""Adders and multipliers of different structure, as YAML made by a program."""

from random import Random


class Circuit:
    """Neurons as they are added: full and half adders, and gates, each as threshold neurons."""

    def __init__(self, rng: Random | None = None) -> None:
        self.lines: list[str] = []
        self._rng = rng

    def neuron(self, weights: dict[str, int], threshold: int) -> str:
        """Add a neuron that fires at the threshold; its name is a source."""
        name = f"n{len(self.lines)}"
        wires, factor = list(weights.items()), 1
        if self._rng:
            self._rng.shuffle(wires)
            factor = self._rng.randint(1, 9)
        told = ", ".join(f"{source}: {weight * factor}" for source, weight in wires)
        self.lines.append(f"  {name}: {{weights: {{{told}}}, threshold: {threshold * factor}}}")
        return name

    def add(self, *bits: str) -> tuple[str, str]:
        """Add two or three bits: their sum, and what is carried."""
        carry = self.neuron(dict.fromkeys(bits, 1), 2)
        return self.neuron({**dict.fromkeys(bits, 1), carry: -2}, 1), carry

    def both(self, one: str, other: str) -> str:
        """Add a neuron that fires where both bits are 1."""
        return self.neuron({one: 1, other: 1}, 2)

    def text(self, inputs: str, outputs: list[str]) -> str:
        """Write the network; its one output is a bus."""
        lines = list(self.lines)
        if self._rng:
            self._rng.shuffle(lines)
        head = ["nnc: 1", "fires: at_least", f"inputs: {inputs}", "neurons:"]
        return "\n".join([*head, *lines, f"outputs: {{out: [{', '.join(outputs)}]}}", ""])


def ripple_adder(size: int, rng: Random | None = None) -> str:
    """Add two numbers bit by bit; with `rng` weights are rescaled and neurons shuffled."""
    circuit = Circuit(rng)
    carry, sums = "cin", []
    for i in range(size):
        one, carry = circuit.add(f"a({i})", f"b({i})", carry)
        sums.append(one)
    return circuit.text(f"{{a: bit({size}), b: bit({size}), cin: bit}}", [*sums, carry])


def carry_select_adder(size: int, block: int = 8) -> str:
    """Add two numbers in blocks, each for both carries that may come in; the right one is taken."""
    circuit = Circuit()
    carry, sums = "cin", []
    for start in range(0, size, block):
        ways = []
        for given in ("0", "1"):
            each, found = given, []
            for i in range(start, min(size, start + block)):
                one, each = circuit.add(f"a({i})", f"b({i})", each)
                found.append(one)
            ways.append([*found, each])
        picked = [_picked(circuit, *pair, carry) for pair in zip(*ways, strict=True)]
        sums += picked[:-1]
        carry = picked[-1]
    return circuit.text(f"{{a: bit({size}), b: bit({size}), cin: bit}}", [*sums, carry])


def _picked(circuit: Circuit, off: str, on: str, chooser: str) -> str:
    """Take one of two bits by a third."""
    first = circuit.neuron({off: 1, chooser: -1}, 1)
    return circuit.neuron({first: 1, circuit.both(on, chooser): 1}, 1)


def array_multiplier(size: int) -> str:
    """Add the partial products row by row, each row with a ripple of carries."""
    circuit = Circuit()
    rows = _products(circuit, size)
    total, result = rows[0], []
    for row in rows[1:]:
        result.append(total[0])
        above, carry, total = total[1:], "", []
        for i, bit in enumerate(row):
            bits = [bit, *above[i : i + 1], *([carry] if carry else [])]
            one, carry = circuit.add(*bits) if len(bits) > 1 else (bits[0], "")
            total.append(one)
        if carry:
            total.append(carry)
    return circuit.text(f"{{a: bit({size}), b: bit({size})}}", [*result, *total])


def carry_save_multiplier(size: int) -> str:
    """Add the partial products column by column, three bits at a time (Wallace 1964)."""
    circuit = Circuit()
    columns: list[list[str]] = [[] for _ in range(2 * size)]
    for j, row in enumerate(_products(circuit, size)):
        for i, bit in enumerate(row):
            columns[i + j].append(bit)
    while max(map(len, columns)) > 2:
        after: list[list[str]] = [[] for _ in columns]
        for place, bits in enumerate(columns):
            for start in range(0, len(bits), 3):
                group = bits[start : start + 3]
                if len(group) < 3:
                    after[place] += group
                    continue
                one, carry = circuit.add(*group)
                after[place].append(one)
                after[place + 1].append(carry)
        columns = after
    carry, result = "", []
    for bits in columns:
        each = [*bits, *([carry] if carry else [])]
        one, carry = circuit.add(*each) if len(each) > 1 else ((each or ["0"])[0], "")
        result.append(one)
    return circuit.text(f"{{a: bit({size}), b: bit({size})}}", result)


def _products(circuit: Circuit, size: int) -> list[list[str]]:
    return [[circuit.both(f"a({i})", f"b({j})") for i in range(size)] for j in range(size)]


def arithmetic_unit(size: int, *, is_rewritten: bool = False) -> dict[str, str]:
    """Give the files of a unit of slices that adds, subtracts and combines bits, by name.

    Where it is rewritten, one gate of the slice has weights instead of two gates.
    """
    gates = (
        "  or: {weights: {a: 1, b: 1, op.or: 2}, threshold: 3}\n"
        if is_rewritten
        else "  any: {wiring: [a, b], fires: any}\n  or: {wiring: [any, op.or], fires: all}\n"
    )
    op = "op: {type: choice, of: [add, sub, and, or, xor]}"
    part = (
        f"nnc: 1\nfires: at_least\ninputs: {{a: bit, b: bit, cin: bit, {op}}}\nneurons:\n"
        "  turn: {weights: {b: 1, op.sub: -2}, threshold: 1}\n"
        "  keep: {weights: {b: -1, op.sub: 1}, threshold: 1}\n"
        "  other: {wiring: [turn, keep], fires: any}\n"
        "  carry: {weights: {a: 1, other: 1, cin: 1}, threshold: 2}\n"
        "  sum: {weights: {a: 1, other: 1, cin: 1, carry: -2}, threshold: 1}\n"
        "  adds: {wiring: [op.add, op.sub], fires: any}\n"
        "  total: {wiring: [sum, adds], fires: all}\n"
        "  and: {weights: {a: 1, b: 1, op.and: 1}, threshold: 3}\n"
        f"{gates}"
        "  both: {wiring: [a, b], fires: all}\n"
        "  xor: {weights: {a: 1, b: 1, both: -2, op.xor: 1}, threshold: 2}\n"
        "  y: {wiring: [total, and, or, xor], fires: any}\n"
        "outputs: {y: y, carry: carry}\n"
    )
    whole = (
        f"nnc: 1\nfires: at_least\ninputs: {{a: bit({size}), b: bit({size}), {op}}}\nparts:\n"
        f"  s: {{use: slice.nn.yaml, repeat: {size}, first: {{cin: op.sub}},\n"
        "      wiring: {a: a(i), b: b(i), cin: s(i-1).carry, op: op}}\n"
        "neurons:\n  some: {wiring: s.y, fires: any}\n"
        "  zero: {weights: {some: -1}, threshold: 0}\n"
        f"outputs: {{y: s.y, carry: s({size - 1}).carry, zero: zero}}\n"
    )
    return {"slice.nn.yaml": part, "unit.nn.yaml": whole}
