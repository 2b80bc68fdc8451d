"""Verdicts on networks of numbers, against all that may matter, tried by the oracle."""

from fractions import Fraction
from random import Random
from typing import Any

import pytest

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support import pairs_of_numbers
from tests.support.comparing import verdict
from tests.support.oracle import Oracle, loads
from tests.support.pairs_of_numbers import Network, adds_reals, decimal, grid, text_of
from tests.support.regions import check_claims

Limits = dict[str, tuple[Fraction, Fraction]]


def check(rng: Random, before: Network, after: Network) -> list[str]:
    """Check every verdict, half of the time within limits; give what kinds they are."""
    limits = drawn_limits(rng, before) if rng.random() < 0.5 else {}
    within = [f"{name}={decimal(low)}..{decimal(high)}" for name, (low, high) in limits.items()]
    texts = [text_of(before), text_of(after)]
    told = "---\n".join([*texts, str(within)])
    oracles = [Oracle(loads(text)) for text in texts]
    rows = grid(before, after, limits)
    tables = [[oracle.evaluate(row) for row in rows] for oracle in oracles]
    plans = [nnc.compile(nnc.loads(text)) for text in texts]
    kinds = []
    for one in compare_behaviour(*plans, within=within, budget=0).verdicts:
        pairs = zip(*tables, strict=True)
        is_different = any(x[one.output] != y[one.output] for x, y in pairs)
        kinds.append(one.kind)
        if one.kind == "differs":
            example = one.counterexample
            assert example is not None
            assert suits(example.row, [before, after], limits), told
            found = [oracle.evaluate(example.row)[one.output] for oracle in oracles]
            assert found == [example.before, example.after], told
            assert found[0] != found[1], told
            check_claims(one, rows, *([row[one.output] for row in table] for table in tables))
        elif one.kind == "unknown":
            assert adds_reals(before) or adds_reals(after), told
        if adds_reals(before) or adds_reals(after):
            assert not (is_different and one.kind == "equal"), told
        else:
            assert one.kind == ("differs" if is_different else "equal"), told
    return kinds


def drawn_limits(rng: Random, one: Network) -> Limits:
    found: Limits = {}
    for name, own in one["inputs"].items():
        if own["type"] in ("integer", "real"):
            scale = 1 if own["type"] == "integer" else rng.choice([1, 2, 10])
            ends = sorted(Fraction(rng.randint(-5, 9), scale) for _ in range(2))
            least, most = own.get("min", ends[0]), own.get("max", ends[1])
            if least <= ends[0] and ends[1] <= most:
                found[name] = ends[0], ends[1]
    return found


def suits(row: dict[str, Any], networks: list[Network], limits: Limits) -> bool:
    """Tell whether both networks and the limits allow a row."""
    for name in (name for name in row if pairs_of_numbers.is_number(networks[0]["inputs"], name)):
        own = [network["inputs"][name] for network in networks]
        least = [one["min"] for one in own if "min" in one]
        most = [one["max"] for one in own if "max" in one]
        if name in limits:
            least.append(limits[name][0])
            most.append(limits[name][1])
        value = Fraction(row[name])
        if own[0]["type"] == "integer" and value.denominator != 1:
            return False
        if any(value < end for end in least) or any(value > end for end in most):
            return False
    return True


@pytest.mark.parametrize(
    ("declared", "before", "after", "kind"),
    [
        ("integer", "threshold: 3, fires: above", "threshold: 4", "equal"),
        ("integer", "threshold: 3, fires: above", "threshold: 3.5", "equal"),
        ("integer", "threshold: 3, fires: above", "threshold: 3", "differs"),
        ("real", "threshold: 3, fires: above", "threshold: 4", "differs"),
        ("real", "threshold: 3, fires: above", "threshold: 3", "differs"),
        ("{type: real, min: 5}", "threshold: 5, fires: above", "threshold: 5", "differs"),
        ("{type: real, min: 5}", "threshold: 5", "threshold: 4", "equal"),
        ("{type: real, max: 5}", "threshold: 5, fires: above", "threshold: 6", "equal"),
        ("{type: real, max: 5}", "threshold: 5", "threshold: 6", "differs"),
    ],
)
def test_open_and_closed_ends(declared: str, before: str, after: str, kind: str) -> None:
    texts = [
        f"inputs: {{x: {declared}}}\nneurons: {{n: {{weights: {{x: 1}}, {rule}}}}}\noutputs: [n]\n"
        for rule in (before, after)
    ]
    assert verdict(*texts).kind == kind


def test_numbers_that_are_compared(chunk: int) -> None:
    """Of 15 pairs in each chunk a third are the same in other words, a third have one edit."""
    rng = Random(f"numbers {chunk}")
    for _ in range(5):
        one = pairs_of_numbers.network(rng)
        assert set(check(rng, one, pairs_of_numbers.rewritten(rng, one))) == {"equal"}
        check(rng, one, pairs_of_numbers.mutant(rng, one))
        check(
            rng,
            one,
            pairs_of_numbers.mutant(
                rng, pairs_of_numbers.rewritten(rng, pairs_of_numbers.mutant(rng, one))
            ),
        )


def test_numbers_that_are_added_up(chunk: int) -> None:
    """Bounded integers are tried one by one; of sums of reals a verdict may be `unknown`."""
    rng = Random(f"sums {chunk}")
    for _ in range(5):
        one = pairs_of_numbers.network(rng, adds=True)
        assert set(check(rng, one, pairs_of_numbers.rewritten(rng, one))) <= {"equal", "unknown"}
        check(rng, one, pairs_of_numbers.mutant(rng, one))
