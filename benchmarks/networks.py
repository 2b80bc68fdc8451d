"""Networks and rows to measure with: the same on every machine, made one neuron at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
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
SCORE_COLUMNS = (
    "age", "female", "heart_failure", "hypertension", "diabetes", "stroke", "vascular_disease",
)  # fmt: skip


def layered(count: int, width: int, fan_in: tuple[int, int], near: float = 0) -> Iterator[Gate]:
    """Levels of `width` neurons with weights -2 to 2; none is unused, constant or a twin.

    Each reads a neuron of the level before that is its alone, and beside it others of that level,
    with the probability `near`, or inputs.
    """
    rng = Random(count)
    before: list[str] = []
    for start in range(0, count, width):
        names = [f"n{i}" for i in range(start, min(start + width, count))]
        firsts = rng.sample(before, len(before)) or rng.sample(INPUTS * width, len(names))
        for name, first in zip(names, firsts, strict=False):
            weights: dict[str, int] = {first: rng.choice((-2, -1, 1, 2))}
            size = rng.randint(*fan_in)
            while len(weights) < size:
                pool = before if before and rng.random() < near else INPUTS
                weights.setdefault(rng.choice(pool), rng.choice((-2, -1, 1, 2)))
            least = sum(weight for weight in weights.values() if weight < 0)
            greatest = sum(weight for weight in weights.values() if weight > 0)
            yield Gate(name, weights, rng.randint(least, greatest - 1))
        before = names


def chain(count: int) -> Iterator[Gate]:
    """A chain of NANDs: each reads the one before and one of the inputs, in turn."""
    before = INPUTS[-1]
    for i in range(count):
        yield Gate(f"n{i}", {before: -1, INPUTS[i % 63]: -1}, -2)
        before = f"n{i}"


def write_network(path: Path, gates: Iterable[Gate], outputs: int) -> None:
    """Write a network file whose outputs are its last neurons, without holding it in memory."""
    last: list[str] = []
    with path.open("w", encoding="utf-8") as out:
        out.write(f"nnc: 1\nfires: above\ninputs: [{', '.join(INPUTS)}]\nneurons:\n")
        for name, weights, threshold in gates:
            terms = ", ".join(f"{source}: {weight}" for source, weight in weights.items())
            out.write(f"  {name}: {{weights: {{{terms}}}, threshold: {threshold}}}\n")
            last = [*last[1 - outputs :], name] if outputs > 1 else [name]
        out.write(f"outputs: [{', '.join(last)}]\n")


def bit_rows(count: int, seed: int = 0) -> dict[str, list[int]]:
    """Random bits for every input."""
    rng = Random(seed)
    return {name: list(map(int, f"{rng.getrandbits(count):0{count}b}")) for name in INPUTS}


def write_bit_rows(path: Path, count: int) -> None:
    """Write the rows of `bit_rows` as CSV."""
    rows = zip(*bit_rows(count).values(), strict=True)
    lines = [",".join(INPUTS), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_patients(path: Path, count: int) -> None:
    """Write random rows for the CHA2DS2-VASc score as CSV."""
    rng = Random(count)
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(SCORE_COLUMNS) + "\n")
        for _ in range(count):
            bits = f"{rng.getrandbits(6):06b}"
            out.write(f"{rng.randint(18, 99)},{','.join(bits)}\n")


def decimal_ties() -> Iterator[tuple[str, str, str]]:
    """All 4,950 pairs of weights 0.01 to 0.99 with their exact sum, as texts."""
    decimals = [f"0.{i:02}" for i in range(1, 100)]
    for first, second in combinations_with_replacement(decimals, 2):
        yield first, second, str(Decimal(first) + Decimal(second))
