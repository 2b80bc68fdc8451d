"""Networks and rows to measure with: the same on every machine, made one neuron at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from random import Random
from typing import NamedTuple


class Gate(NamedTuple):
    """A neuron of bits: 1 when the weighted sum of its sources is above its threshold."""

    name: str
    weights: dict[str, int]
    threshold: int


INPUTS = [f"x{i}" for i in range(64)]
BUS = [f"x({i})" for i in range(64)]
PATIENT = "age,female,heart_failure,hypertension,diabetes,stroke,vascular_disease"


def layered(count: int, width: int, fan_in: tuple[int, int], near: float = 0) -> Iterator[Gate]:
    """Levels of `width` neurons with weights -2 to 2; none is unused, constant or a twin.

    Each reads a neuron of the level before that no other starts with, and beside it others of
    that level, with the probability `near`, or inputs.
    """
    rng = Random(count)
    before = rng.choices(INPUTS, k=width)
    for start in range(0, count, width):
        firsts = rng.sample(before, width)
        names = [f"n{i}" for i in range(start, min(start + width, count))]
        for name, first in zip(names, firsts, strict=False):
            weights = {first: rng.choice((-2, -1, 1, 2))}
            size = rng.randint(*fan_in)
            while len(weights) < size:
                pool = before if rng.random() < near else INPUTS
                weights.setdefault(rng.choice(pool), rng.choice((-2, -1, 1, 2)))
            least = sum(weight for weight in weights.values() if weight < 0)
            yield Gate(name, weights, rng.randint(least, sum(weights.values()) - least - 1))
        before = names


def scattered(count: int, levels: int = 100, window: int = 52) -> Iterator[Gate]:
    """Levels of equal size with fan-in 2 to 4 and weights -2 to 2, none unused or constant.

    Each neuron reads one of the level before that no other starts with, and beside it, as often
    inputs of the bus `x` as neurons of the `window` levels before: many signals are kept for long.
    """
    rng = Random(count)
    width = count // levels
    near: list[list[str]] = []
    before = rng.choices(BUS, k=width)
    for level in range(levels):
        firsts = rng.sample(before, width)
        pool = [name for names in near for name in names] or BUS
        before = [f"n{i}" for i in range(level * width, (level + 1) * width)]
        for name, first in zip(before, firsts, strict=True):
            weights = {first: rng.choice((-2, -1, 1, 2))}
            size = rng.randint(2, 4)
            while len(weights) < size:
                source = rng.choice(pool if rng.random() < 0.5 else BUS)
                weights.setdefault(source, rng.choice((-2, -1, 1, 2)))
            least = sum(weight for weight in weights.values() if weight < 0)
            yield Gate(name, weights, rng.randint(least, sum(weights.values()) - least - 1))
        near = [*near, before][-window:]


def adder(bits: int) -> Iterator[Gate]:
    """An adder of the lower and the upper half of the bus `x`: sums s0, s1, … and carries."""
    for i in range(bits):
        weights = {f"x({i})": 1, f"x({i + bits})": 1, **({f"c{i - 1}": 1} if i else {})}
        yield Gate(f"c{i}", weights, 1)
        yield Gate(f"s{i}", {**weights, f"c{i}": -2}, 0)


def chain(count: int) -> Iterator[Gate]:
    """A chain of NANDs: each reads the one before and one of the inputs, in turn."""
    before = INPUTS[63]
    for i in range(count):
        yield Gate(f"n{i}", {before: -1, INPUTS[i % 63]: -1}, -2)
        before = f"n{i}"


def write_network(path: Path, gates: Iterable[Gate], outputs: int) -> None:
    """Write a network file whose outputs are its last neurons, one neuron at a time."""
    last: deque[str] = deque(maxlen=outputs)
    with path.open("w", encoding="utf-8") as out:
        out.write(f"nnc: 1\nfires: above\ninputs: [{', '.join(INPUTS)}]\nneurons:\n")
        for name, weights, threshold in gates:
            terms = ", ".join(f"{source}: {weight}" for source, weight in weights.items())
            out.write(f"  {name}: {{weights: {{{terms}}}, threshold: {threshold}}}\n")
            last.append(name)
        out.write(f"outputs: [{', '.join(last)}]\n")


def write_decimals(path: Path, neurons: int, fan_in: int) -> None:
    """Write a network file of weights with 17 digits, in which no rule says what ties do."""
    rng = Random(neurons)
    with path.open("w", encoding="utf-8") as out:
        out.write("nnc: 1\ninputs: {x: bit(1000)}\nneurons:\n")
        for i in range(neurons):
            out.write(f"  n{i}:\n    weights:\n")
            for place in rng.sample(range(1000), fan_in):
                sign = rng.choice(("", "-"))
                out.write(f"      x({place}): {sign}0.{rng.randrange(10**16, 10**17)}\n")
            out.write(f"    threshold: 0.{rng.randrange(10**16, 10**17)}\n")
        out.write(f"outputs: [{', '.join(f'n{i}' for i in range(neurons))}]\n")


def write_bus_network(
    path: Path, gates: Iterable[Gate], outputs: Sequence[str], width: int = 64
) -> None:
    """Write a network file of the bus `x` whose output `y` is a bus too."""
    with path.open("w", encoding="utf-8") as out:
        out.write(f"nnc: 1\nfires: above\ninputs: {{x: bit({width})}}\nneurons:\n")
        for name, weights, threshold in gates:
            terms = ", ".join(f"{source}: {weight}" for source, weight in weights.items())
            out.write(f"  {name}: {{weights: {{{terms}}}, threshold: {threshold}}}\n")
        out.write(f"outputs: {{y: [{', '.join(outputs)}]}}\n")


def write_score(path: Path, thousandths: Sequence[int], threshold: int) -> None:
    """Write a network file of one neuron that reads the bus `x`; its output is the bus `y`."""
    weights = ", ".join(f"{one / 1000:.3f}" for one in thousandths)
    path.write_text(
        f"nnc: 1\nfires: at_least\ninputs: {{x: bit({len(thousandths)})}}\nneurons:\n"
        f"  score: {{wiring: x, weights: [{weights}], threshold: {threshold / 1000:.3f}}}\n"
        "outputs: {y: [score]}\n",
        encoding="utf-8",
    )


def write_real_layer(path: Path, size: int) -> None:
    """Write a network file of one layer `y` that reads the bus `x` of as many real numbers.

    Its weights and thresholds stand beside it, in `real.weights.npy` and `real.thresholds.npy`.
    """
    path.write_text(
        f"nnc: 1\nfires: above\ninputs: {{x: real({size})}}\nlayers:\n  y:\n    wiring: x\n"
        "    weights: {file: real.weights.npy}\n    thresholds: {file: real.thresholds.npy}\n"
        "outputs: {y: y}\n",
        encoding="utf-8",
    )


def bit_rows(count: int) -> dict[str, list[int]]:
    """Random bits, one a row, for every input."""
    rng = Random(count)
    return {name: [int(bit) for bit in f"{rng.getrandbits(count):0{count}b}"] for name in INPUTS}


def write_patients(path: Path, count: int) -> None:
    """Write random rows for the CHA2DS2-VASc score as CSV."""
    rng = Random(count)
    with path.open("w", encoding="utf-8") as out:
        out.write(PATIENT + "\n")
        for _ in range(count):
            out.write(f"{rng.randint(18, 99)},{','.join(f'{rng.getrandbits(6):06b}')}\n")


def decimal_ties() -> list[tuple[str, str, str]]:
    """All 4,950 pairs of weights 0.01 to 0.99 with their exact sum, as texts."""
    pairs = combinations_with_replacement(range(1, 100), 2)
    return [(f"0.{a:02}", f"0.{b:02}", f"{(a + b) // 100}.{(a + b) % 100:02}") for a, b in pairs]
