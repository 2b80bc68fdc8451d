"""Fits that end early, and what a whole fit promises."""

import hashlib
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.scores import fitting
from nnc.scores.columns.table import Table, table_of
from nnc.scores.documents import replayed
from nnc.scores.fitting import Fit, FitOptions
from nnc.scores.selection import fit_table


def drawn(seed: str, rows: int = 60, columns: int = 14) -> Table:
    random = Random(seed)
    cells = {f"c{place}": [random.randint(0, 1) for _ in range(rows)] for place in range(columns)}
    cells["y"] = [
        int(a + b - c + random.gauss(0, 0.7) > 0.6)
        for a, b, c in zip(cells["c0"], cells["c3"], cells["c5"], strict=True)
    ]
    return table_of(cells)


def stopping(after: int) -> tuple[Fit, int]:
    """Fit, with Ctrl-C after so many blocks; which fit, and how many blocks there were."""
    blocks = 0

    def tick(_done: int, _of: int) -> None:
        nonlocal blocks
        blocks += 1
        if blocks == after:
            raise KeyboardInterrupt

    return fit_table(drawn("stop"), FitOptions(label="y", terms=4), tick), blocks


def test_ctrl_c_at_any_block_gives_the_best_so_far() -> None:
    whole, blocks = stopping(-1)
    assert whole.proof.status == "proved"
    for after in (1, 2, blocks // 2, blocks):
        fit, _ = stopping(after)
        assert fit.proof.is_interrupted
        assert fit.proof.status == "stopped"
        assert fit.card.train.loss >= whole.card.train.loss - 1e-12
        assert fit.network.outputs


def test_ctrl_c_before_anything_is_known_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "search", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit_table(drawn("stop"), FitOptions(label="y"))


def test_the_network_gives_what_the_card_says() -> None:
    for seed in range(6):
        table = drawn(f"replay {seed}")
        fit = fit_table(table, FitOptions(label="y", terms=3))
        points, fires = replayed(fit.network, table, {name: name for name in table.columns})
        expected = np.zeros(table.count, int)
        for term, point in zip(fit.card.terms, fit.card.points, strict=True):
            column = table.columns[term.column]
            ones = np.array([text == "1" for text in column.texts])
            expected += point * ones[column.codes]
        assert points == expected.tolist()
        assert fires == [point >= fit.card.threshold for point in points]


def test_the_share_for_the_test_is_the_one_of_the_seed() -> None:
    table = drawn("share", rows=50)
    fit = fit_table(table, FitOptions(label="y", terms=1, test=0.2, seed=7))
    keys = [hashlib.sha256(f"7:{row}".encode()).hexdigest() for row in range(50)]
    test = sorted(range(50), key=keys.__getitem__)[:10]
    column = table.columns["y"]
    ones = sum(column.texts[column.codes[row]] == "1" for row in test)
    assert fit.card.test is not None
    assert (fit.card.test.rows, fit.card.test.ones) == (10, ones)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"keep": {"a": 0}}, "keep: 'a' has 0; points are from -100 to 100, and not 0"),
        ({"keep": {"a": 1.5}}, r"keep: 'a' has 1\.5; points are"),
        ({"cost": {"miss": 10**10}}, "the costs are too far apart, or have too many digits"),
        ({"cutoffs": 0}, "cutoffs is 0; write 1 or more"),
        ({"cutoffs": {"a": [1, "q"]}}, "cutoffs: expected a number, found `q`"),
    ],
)
def test_settings_that_mean_nothing(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nnc.fit(None, {"a": [0, 1, 1, 0], "y": [0, 1, 1, 0]}, "y", **settings)
