"""Scores of few terms by `nnc fit`, beside those of FasterRisk and imodels: losses, and CPU time.

The sets are made, in the shapes of public ones. `python -m benchmarks.scorecards FOLDER` takes sets
of one's own, NAME_train.csv.gz of 0 and 1 with the label last. A peer runs in an environment of its
own, NNC_PEERS/NAME, or in this one where it is installed.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import installed, show, start

Array = NDArray[Any]
PEERS = ("fasterrisk", "imodels")
SCRIPT = Path(__file__).with_name("risk_scores.py")
TERMS = (3, 4, 5, 10)


class Shape(NamedTuple):
    """A made set: rows, numbers with so many cut-offs each, words, and how much is noise."""

    rows: int
    numbers: int
    cuts: int
    words: tuple[int, ...]
    noise: float


SHAPES = {
    "like mammo": Shape(768, 3, 3, (4,), 1.2),
    "like compas": Shape(5768, 2, 5, (2, 2), 2.5),
    "like adult": Shape(26048, 4, 5, (8, 8), 1.4),
    "like spambase": Shape(3680, 21, 3, (), 0.8),
    "like breastcancer": Shape(546, 10, 8, (), 0.2),
    "like bcw": Shape(455, 30, 3, (), 0.3),
    "like mushroom": Shape(
        6499, 0, 0, (9, 9, 6, 4, 10, 2, 2, 2, 2, 12, 2, 4, 4, 9, 9, 4, 3, 5, 7, 3), 0.03
    ),
}


def made(shape: Shape, seed: int = 0) -> Array:
    """Draw the rows of a set, the label last: what is measured depends on a hidden number."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=shape.rows)
    columns: list[Array] = []
    for place in range(shape.numbers):
        share = 0.9 / (1 + place / 3)
        number = share * hidden + (1 - share) * random.normal(size=shape.rows)
        columns += [number >= cut for cut in np.quantile(number, _shares(shape.cuts))]
    for place, count in enumerate(shape.words):
        share = 0.97 / (1 + place / 3)
        number = share * hidden + (1 - share) * random.normal(size=shape.rows)
        word = np.digitize(number, np.quantile(number, _shares(count - 1)))
        columns += [word == each for each in random.permutation(count)]
    label = hidden + shape.noise * random.normal(size=shape.rows) > 0
    return np.column_stack([*columns, label]).astype(np.uint8)


def _shares(count: int) -> Array:
    return np.arange(1, count + 1) / (count + 1)


def loss_of(rows: Array, points: Iterable[int]) -> float:
    """Return the mean logarithmic loss of points, at the odds that suit them best."""
    from nnc.scores.odds import odds_of, steepest_of

    ones = rows[:, -1].astype(np.int64)
    totals = rows[:, :-1].astype(np.int64) @ np.array(list(points), np.int64)
    odds = odds_of(totals, ones, np.ones(len(totals)), steepest_of(5))
    return odds.loss(totals, ones)


def pythons() -> dict[str, str]:
    """Return the interpreter of nnc, and of each peer that is there."""
    runs = {"nnc": sys.executable}
    for name in PEERS:
        own = Path(os.environ.get("NNC_PEERS", ".")) / name / "bin" / "python"
        if "NNC_PEERS" in os.environ and own.exists():
            runs[name] = str(own)
        elif installed(name):
            runs[name] = sys.executable
    return runs


def measured(rows: Array, terms: int, folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the loss and the median CPU seconds of each library, run in turn."""
    file = folder / "rows.npy"
    np.save(file, rows)
    seconds: dict[str, list[float]] = {}
    losses: dict[str, float] = {}
    for _ in range(rounds):
        for name, python in pythons().items():
            answer = json.loads(start([python, SCRIPT, name, file, str(terms)])[1].splitlines()[-1])
            seconds.setdefault(name, []).append(answer["cpu"])
            losses[name] = loss_of(rows, answer["points"])
    return {name: (losses[name], median(each)) for name, each in seconds.items()}


def scores(
    folder: Path,
    sets: Mapping[str, Array] | None = None,
    terms: Iterable[int] = TERMS,
    rounds: int = 1,
) -> Iterator[str]:
    """Yield the table of losses and CPU times, nnc's first; ratios are to nnc's time."""
    names = list(pythons())
    yield f"| set | terms | {' | '.join(f'{name}: loss | CPU time' for name in names)} |"
    yield f"|---|---|{'---|---|' * len(names)}"
    for title, rows in (sets or {name: made(shape) for name, shape in SHAPES.items()}).items():
        for count in terms:
            each = measured(rows, count, folder, rounds)
            ours = each["nnc"][1]
            cells = [f"{each['nnc'][0]:.5f} | {show(ours)}"]
            cells += [
                f"{loss:.5f} | {show(cpu)}, {cpu / ours:.2g}x"
                for loss, cpu in (each[name] for name in names[1:])
            ]
            shape = f"{len(rows):,} x {rows.shape[1] - 1}"
            yield f"| {title}, {shape} | {count} | {' | '.join(cells)} |"
    missing = [name for name in PEERS if name not in names]
    if missing:
        yield ""
        yield f"Not installed: {', '.join(missing)}."


def read(folder: Path) -> dict[str, Array]:
    """Read the sets of a folder."""
    sets = {}
    for file in sorted(folder.glob("*_train.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            lines = list(csv.reader(stream))[1:]
        sets[file.name.removesuffix("_train.csv.gz")] = np.array(lines, np.uint8)
    return sets


def main() -> None:
    """Measure the sets of a folder, or the made ones; more words are numbers of terms."""
    folders = [Path(word) for word in sys.argv[1:] if not word.isdigit()]
    terms = [int(word) for word in sys.argv[1:] if word.isdigit()] or TERMS
    with tempfile.TemporaryDirectory() as folder:
        for line in scores(Path(folder), read(folders[0]) if folders else None, terms):
            print(line, flush=True)


if __name__ == "__main__":
    main()
