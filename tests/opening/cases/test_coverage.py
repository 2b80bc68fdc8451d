"""Coverage: what it has seen after some rows is what the rows show."""

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.opening.cases.coverage import Coverage
from nnc.opening.testing import open_suite
from nnc.rows.columns import Batch
from tests.support.everywhere import batch_of
from tests.support.strategies import EVERY, Example, examples


def coverage_of(file: Path, batches: list[Batch]) -> tuple[Coverage, list[str]]:
    suite = open_suite(str(file))
    coverage = suite.coverage()
    for batch in batches:
        coverage.add(batch)
    return coverage, list(map(str, suite.unseen(coverage)))


@given(one=examples(EVERY), rng=st.randoms(use_true_random=False))
def test_it_does_not_matter_how_rows_come(one: Example, rng: Random, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    file = one.put(tmp_path_factory.mktemp("coverage"))
    plan = nnc.compile(nnc.load(file))
    batch = batch_of(one.rows, plan.inputs)
    at = rng.randrange(batch.count + 1)
    whole, told = coverage_of(file, [batch])
    parts, told_of_parts = coverage_of(file, [batch.cut(at, batch.count), batch.cut(0, at)])
    assert (whole.seen, told) == (parts.seen, told_of_parts)
    assert whole.seen <= whole.sides
    assert len(told) == len(set(told))
    unseen = [each for each in told if "unseen-side" in each]
    assert bool(unseen) == (whole.seen < whole.sides)


@given(one=examples(EVERY))
def test_what_was_seen_is_not_told(one: Example, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    file = one.put(tmp_path_factory.mktemp("coverage"))
    plan = nnc.compile(nnc.load(file))
    nothing, _ = coverage_of(file, [])
    batch = batch_of(one.rows, plan.inputs)
    something, _ = coverage_of(file, [batch])
    assert nothing.seen == 0
    assert set(something.unseen()) <= set(nothing.unseen())
    assert len(nothing.unseen()) == nothing.sides
