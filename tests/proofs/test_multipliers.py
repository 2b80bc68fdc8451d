"""Multipliers and squares of every structure: proved equal, or a row in which they differ."""

import re
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.proofs.comparison.behaviour import Verdict, compare_behaviour
from tests.support.multipliers import LASTS, PRODUCTS, TREES, multiplier


def compiled(text: str) -> Plan:
    return nnc.compile(nnc.loads(text))


def compared(before: str, after: str) -> Verdict:
    [verdict] = compare_behaviour(compiled(before), compiled(after)).verdicts
    return verdict


def numbers(rows: list[list[int]] | list[int]) -> list[int]:
    """Return each row of an output as a number."""
    return [int(row) if isinstance(row, int) else int("".join(map(str, row[::-1])), 2)
            for row in rows]  # fmt: skip


def drawn(rng: Random, size: int, **settings: bool) -> str:
    structure = rng.choice(PRODUCTS), rng.choice(list(TREES)), rng.choice(LASTS)
    return multiplier(size, *structure, narrow=rng.random() < 0.5, **settings)


@pytest.mark.parametrize("products", PRODUCTS)
@pytest.mark.parametrize("tree", TREES)
def test_the_multipliers_multiply(products: str, tree: str, chunk: int) -> None:
    rng = Random(f"{products} {tree} {chunk}")
    size, signed, square = rng.randint(3, 9), rng.random() < 0.5, rng.random() < 0.5
    text = multiplier(size, products, tree, rng.choice(LASTS), signed=signed, square=square)
    a = [rng.randrange(1 << size) for _ in range(64)]
    b = a if square else [rng.randrange(1 << size) for _ in range(64)]
    got = nnc.evaluate(compiled(text), {"a": a} if square else {"a": a, "b": b})["out"]
    one, other = ([n - (n >> (size - 1) << size) if signed else n for n in row] for row in (a, b))
    whole = 1 << 2 * size
    assert numbers(np.asarray(got).tolist()) == [
        x * y % whole for x, y in zip(one, other, strict=True)
    ]


@pytest.mark.parametrize("last", LASTS)
def test_multipliers_are_equal_whatever_their_structure(last: str, chunk: int) -> None:
    rng = Random(f"{last} {chunk}")
    signed, narrow = rng.random() < 0.5, rng.random() < 0.5
    structure = rng.choice(PRODUCTS), rng.choice(list(TREES))
    before = multiplier(12, *structure, last, signed=signed, narrow=narrow)
    verdict = compared(before, drawn(rng, 12, signed=signed))
    assert (verdict.kind, verdict.how) == ("equal", "added up: both are the same sum")


def test_squares_are_equal_whatever_their_structure(chunk: int) -> None:
    rng = Random(f"square {chunk}")
    signed = rng.random() < 0.5
    before, after = (
        multiplier(20, "simple", rng.choice(list(TREES)), last, signed=signed, square=True)
        for last in ("ripple", rng.choice(LASTS))
    )
    assert compared(before, after).kind == "equal"


def with_wrong_threshold(rng: Random, text: str) -> str:
    lines = text.split("\n")
    place = rng.choice([i for i, line in enumerate(lines) if "threshold" in line])
    lines[place] = re.sub(
        r"threshold: (-?\d+)",
        lambda m: f"threshold: {int(m[1]) + rng.choice([-1, 1])}",
        lines[place],
    )
    return "\n".join(lines)


def test_a_fault_in_two_rows_of_a_hundred_is_found() -> None:
    """Evaluating 64 rows of 16,000 neurons costs nearly what 1,000 do, so these are tried."""
    wrong = with_wrong_threshold(Random("w64 36"), multiplier(64, "simple", "Dadda", "Kogge-Stone"))
    [verdict] = compare_behaviour(compiled(multiplier(64)), compiled(wrong)).verdicts
    assert verdict.kind == "differs"


@pytest.mark.parametrize("size", [5, 12, 20])
def test_a_wrong_neuron_is_found_unless_it_changes_nothing(size: int, chunk: int) -> None:
    """All rows of small ones say whether they are equal; large ones are never wrongly equal."""
    rng = Random(f"wrong {size} {chunk}")
    signed = rng.random() < 0.5
    right, other = (drawn(rng, size, signed=signed) for _ in range(2))
    plans = compiled(right), compiled(with_wrong_threshold(rng, other))
    [verdict] = compare_behaviour(*plans).verdicts
    every = (
        np.arange(1 << size) if size < 6 else np.array([rng.getrandbits(size) for _ in range(256)])
    )
    a, b = (side.ravel().tolist() for side in np.meshgrid(every, every))
    before, after = (np.asarray(nnc.evaluate(plan, {"a": a, "b": b})["out"]) for plan in plans)
    differs = bool((before != after).any())
    assert verdict.kind in ({"differs"} if differs else {"equal", "differs", "unknown"})
    if size < 6:
        assert verdict.kind == ("differs" if differs else "equal")
    if verdict.kind == "differs":
        example = verdict.counterexample
        assert example is not None
        assert example.before != example.after
