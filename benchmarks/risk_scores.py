"""One fit of a scorecard, by the library that is named: `python risk_scores.py NAME FILE TERMS`.

FILE is an array of bits as .npy, the label last. It prints, as JSON, the points of each column and
the CPU seconds of the fit, after one that is not counted. Peers pin other libraries than nnc does,
so this runs in their environments too, and imports nothing but NumPy and the library.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Fit = Callable[[Array, Array, int], list[int]]


def nnc(bits: Array, labels: Array, terms: int) -> list[int]:
    """Fit by nnc, with the proof where there is one; rows go in as a mapping of columns."""
    import nnc as library

    rows = {f"x{place}": column for place, column in enumerate(bits.T)} | {"label": labels}
    fit = library.fit(None, rows, "label", terms=terms, threads=1, seconds=600)
    points = [0] * bits.shape[1]
    for term, point in zip(fit.card.terms, fit.card.points, strict=True):
        points[int(term.column[1:])] = point
    return points


def fasterrisk(bits: Array, labels: Array, terms: int) -> list[int]:
    """Fit by FasterRisk: the first of its pool."""
    from fasterrisk.fasterrisk import RiskScoreOptimizer

    optimizer = RiskScoreOptimizer(bits.astype(float), 2.0 * labels - 1, terms)
    optimizer.optimize()
    return [round(point) for point in optimizer.get_models(model_index=0)[2]]


def imodels(bits: Array, labels: Array, terms: int) -> list[int]:
    """Fit by imodels, whose search is compiled at its first fit."""
    from imodels import FastRiskScoreClassifier

    model = FastRiskScoreClassifier(k=terms, max_points=5, binarize=False)
    model.fit(bits.astype(float), labels)
    return [round(point) for point in model.coef_]


FITS: dict[str, Fit] = {"nnc": nnc, "fasterrisk": fasterrisk, "imodels": imodels}


def main() -> None:
    """Fit once, then once more and count that."""
    name, file, terms = sys.argv[1:]
    rows = np.load(file)
    bits, labels = rows[:, :-1], rows[:, -1].astype(int)
    FITS[name](bits, labels, int(terms))
    start = time.process_time()
    points = FITS[name](bits, labels, int(terms))
    print(json.dumps({"cpu": time.process_time() - start, "points": points}))


if __name__ == "__main__":
    main()
