"""Boxes around a row in all of which an output is proved to differ, against all rows."""

from random import Random
from typing import Any

import pytest

import nnc
from nnc.proofs.comparison import behaviour
from nnc.proofs.comparison.behaviour import compare_behaviour
from nnc.proofs.comparison.boxes import is_decided
from nnc.proofs.strategies import STRATEGIES, all_inputs
from tests.support import pairs, pairs_of_numbers
from tests.support.comparing import compared, verdict
from tests.support.oracle import Oracle, loads
from tests.support.regions import check_claims


@pytest.fixture
def untabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out trying all inputs, so that regions are boxes around a row."""
    kept = tuple(each for each in STRATEGIES if each.run is not all_inputs.run)
    monkeypatch.setattr(behaviour, "STRATEGIES", kept)


@pytest.mark.usefixtures("untabled")
def test_boxes_in_networks_of_bits(chunk: int) -> None:
    """10 pairs in each chunk: wherever the box claims that it differs it does."""
    rng = Random(f"boxes {chunk}")
    smaller = 0
    for _ in range(10):
        one = pairs.network(rng)
        other = rng.choice([pairs.mutant(rng, one), pairs.network(rng, one["inputs"])])
        smaller += _checked([one, other], pairs.text_of, pairs.rows_of(one))
    assert smaller


@pytest.mark.usefixtures("untabled")
def test_boxes_in_networks_of_numbers(chunk: int) -> None:
    rng = Random(f"boxes of numbers {chunk}")
    smaller = 0
    for _ in range(25):
        one = pairs_of_numbers.network(rng, adds=rng.random() < 0.5)
        other = pairs_of_numbers.mutant(rng, one)
        rows = pairs_of_numbers.grid(one, other, {})
        smaller += _checked([one, other], pairs_of_numbers.text_of, rows)
    assert smaller


def _checked(networks: list[Any], text_of: Any, rows: list[dict[str, Any]]) -> int:
    """Check each region; return how many leave out an input."""
    texts = [text_of(each) for each in networks]
    oracles = [Oracle(loads(text)) for text in texts]
    tables = [[oracle.evaluate(row) for row in rows] for oracle in oracles]
    count = 0
    found = compare_behaviour(*(nnc.compile(nnc.loads(text)) for text in texts), budget=0)
    for each in found.verdicts:
        if each.kind == "differs":
            columns = ([row[each.output] for row in table] for table in tables)
            region = check_claims(each, rows, *columns)
            assert each.counterexample is not None
            assert not region.is_whole
            count += bool(each.counterexample.others)
    return count


@pytest.mark.usefixtures("untabled")
def test_of_200_inputs_those_that_matter() -> None:
    text = "inputs: {a: bit(200), b: bit}\nneurons:\n  n: {wiring: a, threshold: T}\n"
    text += "  m: {weights: {n: 1, b: 1}, threshold: 2}\noutputs: [m]\n"
    found = verdict(text.replace("T", "3"), text.replace("T", "300"))
    assert found.region is not None
    assert len(found.region.all) == 4  # three of the 200, and b
    assert found.counterexample is not None
    assert int(str(found.counterexample.inputs["a"])).bit_count() == 3


@pytest.mark.usefixtures("untabled")
def test_sums_of_reals_without_end() -> None:
    """What is added up has no cells: the box keeps its numbers, and leaves out the rest."""
    text = "inputs: {x: real, y: real, b: bit, c: bit}\nneurons:\n"
    text += (
        "  n: {weights: {x: 1, y: 1}, threshold: 5}\n  m: {weights: {n: 1, b: W}, threshold: 1}\n"
    )
    text += "  l: {weights: {m: 1, c: 1}, threshold: 1}\noutputs: {m: m, l: l, s: {sum: m}}\n"
    both, other, total = compared(text.replace("W", "1"), text.replace("W", "0")).verdicts
    for found, inputs in ((both, {"x", "y", "b"}), (other, {"x", "y", "b", "c"})):
        assert found.region is not None
        assert {condition.input for condition in found.region.all} == inputs
    assert total.region is not None
    assert [condition.input for condition in total.region.all] == ["b"]


def test_what_is_decided() -> None:
    assert is_decided((1, 1))
    assert not is_decided((0, 1))
    assert not is_decided((None, None))
