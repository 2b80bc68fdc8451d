"""Circuits as BLIF, the format of ABC and Yosys: written, restructured by `yosys-abc`, and read."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ABC = shutil.which("yosys-abc") or shutil.which("abc")

SCRIPTS = {
    "resyn2": "strash; balance; rewrite; refactor; balance; rewrite; rewrite -z; balance; "
    "refactor -z; rewrite -z; balance",
    "dc2": "strash; dc2; dc2",
    "if -K 6": "strash; dch; if -K 6",
    "dch": "strash; dch",
}
"""What ABC does to a circuit."""


class Gates:
    """Gates as they are added; names are made for them."""

    def __init__(self, inputs: list[str]) -> None:
        self.inputs = inputs
        self.lines: list[str] = []
        self._count = 0

    def gate(self, cubes: list[str], *sources: str) -> str:
        """Add a gate that is 1 in these cubes."""
        name = f"g{self._count}"
        self._count += 1
        self.lines += [f".names {' '.join([*sources, name])}", *(f"{cube} 1" for cube in cubes)]
        return name

    def both(self, first: str, second: str) -> str:
        """Add a gate that is 1 where both are."""
        return self.gate(["11"], first, second)

    def either(self, first: str, second: str) -> str:
        """Add a gate that is 1 where one is."""
        return self.gate(["1-", "-1"], first, second)

    def without(self, first: str, second: str) -> str:
        """Add a gate that is 1 where the first is and the second is not."""
        return self.gate(["10"], first, second)

    def unlike(self, first: str, second: str) -> str:
        """Add a gate that is 1 where exactly one is."""
        return self.gate(["10", "01"], first, second)

    def chosen(self, chooser: str, on: str, off: str) -> str:
        """Add a gate that is one of two by a third."""
        return self.gate(["11-", "0-1"], chooser, on, off)

    def add(self, first: str, second: str, third: str) -> tuple[str, str]:
        """Add a full adder: the sum and the carry."""
        total = self.gate(["100", "010", "001", "111"], first, second, third)
        return total, self.gate(["11-", "1-1", "-11"], first, second, third)

    def text(self, outputs: list[str]) -> str:
        """Write the circuit."""
        head = [".model circuit", f".inputs {' '.join(self.inputs)}"]
        names = [f"y{i}" for i in range(len(outputs))]
        ends = [
            line
            for name, output in zip(names, outputs, strict=True)
            for line in (f".names {output} {name}", "1 1")
        ]
        return "\n".join([*head, f".outputs {' '.join(names)}", *self.lines, *ends, ".end", ""])


def _bus(name: str, size: int) -> list[str]:
    return [f"{name}{i}" for i in range(size)]


def adder(size: int) -> str:
    gates = Gates([*_bus("a", size), *_bus("b", size), "c"])
    carry, outputs = "c", []
    for i in range(size):
        total, carry = gates.add(f"a{i}", f"b{i}", carry)
        outputs.append(total)
    return gates.text([*outputs, carry])


def priority(size: int) -> str:
    """Encode the place of the first bit that is 1."""
    gates = Gates(_bus("x", size))
    free, chosen = "", []
    for bit in gates.inputs:
        chosen.append(gates.both(bit, free) if free else bit)
        free = gates.without(free, bit) if free else gates.gate(["0"], bit)
    outputs = []
    for place in range((size - 1).bit_length()):
        some = [bit for i, bit in enumerate(chosen) if i >> place & 1]
        while len(some) > 1:
            some.append(gates.either(some.pop(0), some.pop(0)))
        outputs.append(some[0])
    return gates.text([*outputs, free])


def arbiter(size: int) -> str:
    """Grant the first request from a pointer on, around."""
    gates = Gates([*_bus("r", size), *_bus("p", size)])
    grants = []
    for i in range(size):
        ways = []
        for j in range(size):
            way = f"p{j}"
            for k in range(size):
                if (k - j) % size < (i - j) % size:
                    way = gates.without(way, f"r{k}")
            ways.append(way)
        while len(ways) > 1:
            ways.append(gates.either(ways.pop(0), ways.pop(0)))
        grants.append(gates.both(f"r{i}", ways[0]))
    return gates.text(grants)


def shifter(size: int) -> str:
    """Turn a word by a number of places."""
    levels = (size - 1).bit_length()
    gates = Gates([*_bus("x", size), *_bus("s", levels)])
    word = _bus("x", size)
    for level in range(levels):
        word = [
            gates.chosen(f"s{level}", word[(i + (1 << level)) % size], word[i]) for i in range(size)
        ]
    return gates.text(word)


def comparator(size: int) -> str:
    """Say whether a > b, and whether both are the same."""
    gates = Gates([*_bus("a", size), *_bus("b", size)])
    more, same = "", ""
    for i in range(size):
        above, unlike = gates.without(f"a{i}", f"b{i}"), gates.unlike(f"a{i}", f"b{i}")
        more = gates.chosen(unlike, above, more) if more else above
        equal = gates.gate(["0"], unlike)
        same = gates.both(same, equal) if same else equal
    return gates.text([more, same])


def voter(size: int) -> str:
    """Say whether more than half of the bits are 1."""
    gates = Gates(_bus("x", size))
    columns = [list(gates.inputs)]
    place = 0
    while place < len(columns):
        column = columns[place]
        while len(column) > 1:
            third = column.pop(2) if len(column) > 2 else ""
            first, second = column.pop(0), column.pop(0)
            if third:
                total, carry = gates.add(first, second, third)
            else:
                total, carry = gates.unlike(first, second), gates.both(first, second)
            column.append(total)
            if place + 1 == len(columns):
                columns.append([])
            columns[place + 1].append(carry)
        place += 1
    result = ""
    for place, column in enumerate(columns):
        bit = column[0]
        needed = (size // 2 + 1) >> place & 1
        if not result:
            result = bit if needed else ""
            continue
        result = gates.both(bit, result) if needed else gates.either(bit, result)
    return gates.text([result])


def router(size: int) -> str:
    """Match an address with a table of prefixes: the longest that matches is taken."""
    gates = Gates([*_bus("x", size), *_bus("v", size)])
    outputs, best = [], ""
    for i in reversed(range(size)):
        match = f"v{i}"
        for j in range(i + 1):
            bit = f"x{j}"
            match = gates.both(match, bit) if (i * 7 + j * j) % 3 else gates.without(match, bit)
        taken = gates.without(match, best) if best else match
        best = gates.either(best, match) if best else match
        outputs.append(taken)
    return gates.text([*outputs, best])


CIRCUITS = {
    "adder": (adder, 128),
    "priority": (priority, 128),
    "arbiter": (arbiter, 12),
    "shifter": (shifter, 64),
    "comparator": (comparator, 128),
    "voter": (voter, 501),
    "router": (router, 30),
}
"""Circuits and the sizes that they are measured at."""


def restructured(text: str, script: str, folder: Path) -> str:
    """Let ABC restructure a circuit."""
    assert ABC is not None
    with tempfile.TemporaryDirectory(dir=folder) as own:
        (Path(own) / "in.blif").write_text(text, "utf-8")
        commands = f"read_blif in.blif; {SCRIPTS[script]}; write_blif out.blif"
        subprocess.run([ABC, "-q", commands], cwd=own, check=True, capture_output=True)
        made = (Path(own) / "out.blif").read_text("utf-8")
    return "\n".join(line for line in made.splitlines() if not line.startswith("#")) + "\n"


def network_of(text: str) -> str:
    """Write a circuit as a network: each gate as one neuron, or as one for each of its cubes."""
    text = re.sub(r"\\\n", " ", text)
    inputs = re.findall(r"^\.inputs (.*)$", text, re.MULTILINE)[0].split()
    outputs = re.findall(r"^\.outputs (.*)$", text, re.MULTILINE)[0].split()
    names = {name: name for name in inputs}
    lines = []
    gates = [
        (head.split(), [line.split() for line in body.splitlines()])
        for head, body in re.findall(r"^\.names (.*)\n((?:[01-]* ?[01]\n)*)", text, re.MULTILINE)
    ]
    for (*sources, name), rows in gates:  # which need not stand in order
        constant = rows[0][0] if rows and not sources else "0"
        is_constant = not sources or not rows
        names[name] = constant if is_constant else f"n_{re.sub('[^a-zA-Z0-9]', '_', name)}"
    for (*sources, name), rows in gates:
        if not sources or not rows:
            continue
        is_on = rows[0][-1] == "1"
        cubes = []
        for place, (cube, _) in enumerate(rows):
            wires = [(names[s], 1 if c == "1" else -1) for s, c in zip(sources, cube, strict=True)
                     if c != "-"]  # fmt: skip
            limit = sum(sign > 0 for _, sign in wires)
            own = f"{names[name]}_{place}" if len(rows) > 1 else names[name]
            weights = ", ".join(f"{source}: {sign}" for source, sign in wires)
            rule = "at_least" if is_on or len(rows) > 1 else "below"
            lines.append(f"  {own}: {{weights: {{{weights}}}, threshold: {limit}, fires: {rule}}}")
            cubes.append(own)
        if len(rows) > 1:
            weights = ", ".join(f"{cube}: 1" for cube in cubes)
            rule = "at_least" if is_on else "below"
            lines.append(
                f"  {names[name]}: {{weights: {{{weights}}}, threshold: 1, fires: {rule}}}"
            )
    listed = ", ".join(names[output] for output in outputs)
    return "\n".join(
        [
            "nnc: 1",
            f"inputs: [{', '.join(inputs)}]",
            "neurons:",
            *lines,
            f"outputs: {{y: [{listed}]}}",
            "",
        ]
    )
