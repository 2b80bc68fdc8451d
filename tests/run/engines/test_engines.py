"""The table of engines: all of one signature."""

import numpy as np

import nnc
from nnc.rows.columns import Batch, Column
from nnc.run.engines import ENGINES, Wanted
from tests.support.both import both, plan, signal_of


def test_all_give_the_same_for_what_is_asked() -> None:
    """Only the bits and sums that are asked for come back."""
    one = plan(
        "n: {wiring: [a, b], threshold: 1}, m: {weights: {n: 2}, thresholds: {x: 0, y: 1}}", "[n]"
    )
    assert set(ENGINES) == {"scalar", "packed"}
    n, y = signal_of(one, "n"), signal_of(one, "m.y")

    columns = (Column(np.array([1, 1], np.uint8)), Column(np.array([0, 1], np.uint8)))
    for run in ENGINES.values():
        found = run(one, Batch(columns, 2), Wanted(frozenset({y}), frozenset({n})))
        assert list(found.sums) == [n]
        assert found.bit(y).tolist() == [0, 1]
        assert found.bus([y, y]).tolist() == [[0, 0], [1, 1]]
        assert found.sums[n].values() == [1, 2]
        assert not run(one, Batch(columns, 2), Wanted(frozenset(), frozenset())).sums
    assert nnc.evaluate(one, {"a": 1, "b": 1})["n"] == 1
    assert both(one, *columns).bits[n] == [0, 1]
