"""Limited buses and choices: what is tried, and verdicts against the oracle within the limits."""

from itertools import product
from random import Random
from typing import Any

import pytest

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support.comparing import verdict
from tests.support.oracle import Oracle, loads
from tests.support.pairs import Network, mutant, network, rewritten, text_of, values_of
from tests.support.regions import check_claims

COUNT = "inputs: {a: bit(8)}\nneurons: {n: {wiring: a, threshold: T}}\noutputs: {out: n}\n"
PUPILS = (
    "inputs: {p: {type: choice, of: [equal, wide, none]}, b: bit}\n"
    "neurons: {n: {weights: {p.wide: W, p.none: 2, b: 1}, threshold: 2}}\noutputs: {out: n}\n"
)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("a=0..6", ("equal", "all 7 rows tried", 7, 0)),
        ("a=0..7", ("differs", "all 8 rows tried", 8, 1)),
        ("a=7", ("differs", "the only row tried", 1, 1)),
        ("a=6|7|11", ("differs", "all 3 rows tried", 3, 2)),
        ("a=3|5|9", ("equal", "all 3 rows tried", 3, 0)),
        ("a=254..", ("equal", "same normal form", None, 0)),
    ],
)
def test_only_the_integers_of_a_limited_bus_are_tried(limit: str, expected: Any) -> None:
    found = verdict(COUNT.replace("T", "3"), COUNT.replace("T", "4"), [limit])
    assert (found.kind, found.how, found.total, found.differing or 0) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([], ("differs", 1, {"p": "wide", "b": 0})),
        (["p=equal|none"], ("equal", 0, None)),
        (["p=wide"], ("differs", 1, {"p": "wide", "b": 0})),
        (["p=wide", "b=1"], ("equal", 0, None)),
        (["p=wide|none", "b=0"], ("differs", 1, {"p": "wide", "b": 0})),
    ],
)
def test_only_the_values_of_a_limited_choice_are_tried(limits: list[str], expected: Any) -> None:
    found = verdict(PUPILS.replace("W", "1"), PUPILS.replace("W", "2"), limits)
    inputs = None if found.counterexample is None else found.counterexample.row
    assert (found.kind, found.differing or 0, inputs) == expected


def test_pairs_within_limits(chunk: int) -> None:
    """Random networks of bits and buses, rewritten, mutated and others, each within limits."""
    rng = Random(f"limited {chunk}")
    for _ in range(5):
        one = network(rng)
        check(rng, one, rewritten(rng, one))
        check(rng, one, mutant(rng, one))
        check(rng, one, network(rng, one["inputs"]))


def check(rng: Random, before: Network, after: Network) -> None:
    """Check every verdict, the first row that differs and their number."""
    limits, values = [], []
    for name, size in before["inputs"].items():
        written, allowed = drawn_limit(rng, values_of(before, name), is_bus=bool(size))
        limits += [f"{name}={written}"] if written else []
        values.append(allowed)
    texts = [text_of(before), text_of(after)]
    told = "---\n".join([*texts, str(limits)])
    rows = [dict(zip(before["inputs"], row, strict=True)) for row in product(*values)]
    oracles = [Oracle(loads(text)) for text in texts]
    tables = [[oracle.evaluate(row) for row in rows] for oracle in oracles]
    plans = [nnc.compile(nnc.loads(text)) for text in texts]
    for one in compare_behaviour(*plans, within=limits, budget=0).verdicts:
        if one.kind in ("added", "removed"):
            continue
        differing = [
            row
            for row, *found in zip(rows, *tables, strict=True)
            if found[0][one.output] != found[1][one.output]
        ]
        assert one.kind == ("differs" if differing else "equal"), told
        if differing:
            assert one.counterexample is not None
            assert one.counterexample.row in differing, told
            columns = [[row[one.output] for row in table] for table in tables]
            check_claims(one, rows, *columns)
            assert one.differing is not None
            assert one.total is not None
            assert one.differing * len(rows) == len(differing) * one.total, told


def drawn_limit(rng: Random, values: list[int], *, is_bus: bool) -> tuple[str, list[int]]:
    """Draw a limit as it is written, and the values that it leaves."""
    kind = rng.choice(["none", "one", "some", *["range", "range", "open"] * is_bus])
    chosen = rng.sample(values, min(len(values), rng.randint(2, 4)))
    chosen.sort(key=values.index)
    if kind == "one":
        return str(chosen[0]), chosen[:1]
    if kind == "some":
        return "|".join(map(str, rng.sample(chosen, len(chosen)))), chosen
    if kind == "range":
        return f"{chosen[0]}..{chosen[-1]}", list(range(chosen[0], chosen[-1] + 1))
    if kind == "open":
        return f"{chosen[0]}..", list(range(chosen[0], len(values)))
    return "", values
