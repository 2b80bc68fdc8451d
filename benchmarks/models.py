"""Models of scikit-learn beside their networks: sums of real numbers, and votes of many leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import nnc
from benchmarks.cases import NNC, TWO, Case, evaluate, show
from benchmarks.measuring import Way
from benchmarks.peers import has

SKLEARN = "scikit-learn"
TITLES = {
    "logistic": "logistic regression of 10 classes",
    "forest": "forest of 100 trees",
    "shallow": "forest of 100 trees of depth 4, whose votes are fractions",
}


def models(count: int | None = None, trees: int = 100) -> Iterator[Case]:
    """The classes of rows of digits, from float64 columns; nnc tells them without rounding."""
    if not has("scikit-learn"):
        return
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    values, classes = (array[:count] for array in load_digits(return_X_y=True))
    made: dict[str, Any] = {
        "logistic": LogisticRegression(max_iter=200),
        "forest": RandomForestClassifier(trees, random_state=0),
        "shallow": RandomForestClassifier(trees, max_depth=4, random_state=0),
    }
    for name, model in made.items():
        yield _case(TITLES[name], model.fit(values, classes), values, name)


def _case(title: str, model: Any, values: Any, name: str) -> Case:
    plan = nnc.compile(nnc.import_model(model).network)
    rows = dict(zip(plan.inputs, np.ascontiguousarray(values.T), strict=True))
    ways = [Way(way, partial(evaluate, plan, rows, way), _classes) for way in (NNC, TWO)]
    ways.append(Way(SKLEARN, lambda: model.predict(values)))
    is_forest = name != "logistic"
    bars = {(NNC, SKLEARN): 1 / 3} if is_forest else {}
    title = f"{title}, rows: {len(values):,}"
    return Case(title, ways, bars, most=0.050 if is_forest else 0.020)


def _classes(found: dict[str, Any]) -> Any:
    return found["class"].astype(int)


if __name__ == "__main__":
    show(models())
