"""ScorecardClassifier fits a score of few terms, with a proof of optimality if feasible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.numbers.integers import Array
from nnc.scores.answer import Fit, FitSettings, FittedCard, GoalName, Proof
from nnc.scores.answer import fit as fit_score
from nnc.scores.columns.terms import identifier
from nnc.sklearn.estimators import NetworkEstimator, inputs_of, label_texts


class ScorecardClassifier(NetworkEstimator):
    """A binary classifier that is a score: a few terms with integer points, found by `nnc.fit`.

    `terms` is the maximum number of terms; `points` their range, 5 for -5 to 5 or a pair; `cutoffs`
    how many cut-offs of a number are tried, or `{"age": [65, 80]}`. `goal` is `loss`, `accuracy` or
    `auc`. `signs`, `{"age": "+"}`, `keep`, `{"age >= 65": 2}`, `costs`, `{"miss": 5}`, and
    `limits`, `["false_alarms<=0.05"]`, are those of `nnc.fit`; the features of an array are called
    `x0`, `x1`, …. `proof=False` only searches; `seconds` limits the proof; `threads` is the number
    of cores to use, 0 for all. `output` names the output.

    After `fit`, `card_` has the terms with their points, the threshold and the odds; `proof_` what
    is proved; and `gap_` the largest fraction that a better score could still save of the loss, the
    cost of mistakes, or the distance of the AUC to 1 (0 if none is better). `network_` is the
    network, and `notes_` are remarks on the features.

    `predict` uses the threshold with the lowest cost of mistakes, which may correspond to a risk
    other than 50 %. NaN is allowed in features that had NaN in training, and counts as their
    median. Text features of a data frame become choices, with a term for each word.

    `fit` raises ValueError if there are not exactly two classes or a setting is invalid, and
    InvalidRowsError if no score can be fitted to the rows or nnc has no native kernels.
    """

    def __init__(
        self,
        terms: int = 5,
        points: int | tuple[int, int] = 5,
        cutoffs: int | Mapping[str, Sequence[object]] = 4,
        goal: GoalName = "loss",
        signs: Mapping[str, Literal["+", "-"]] | None = None,
        keep: Mapping[str, int] | None = None,
        costs: Mapping[str, object] | None = None,
        proof: bool = True,
        limits: Collection[str] | None = None,
        seconds: float = 60.0,
        threads: int = 0,
        output: str = "y",
    ) -> None:
        self.terms = terms
        self.points = points
        self.cutoffs = cutoffs
        self.goal = goal
        self.signs = signs
        self.keep = keep
        self.costs = costs
        self.proof = proof
        self.limits = limits
        self.seconds = seconds
        self.threads = threads
        self.output = output

    _reads_texts = True

    card_: FittedCard
    proof_: Proof
    gap_: float
    notes_: tuple[Diagnostic, ...]

    def fit(self, X: object, y: object) -> Self:
        """Fit the best score to rows X and labels y. The class lists the errors."""
        x, places = self._learnable(X, y)
        count = len(self.classes_)
        if count != 2:
            message = f"Only binary classification is supported: y has {count} classes"
            raise ValueError(f"{message}; ThresholdMLPClassifier takes any number")
        inputs = inputs_of(self._named())
        label = identifier(self.output, set(inputs))
        texts = label_texts(self.classes_)
        rows: dict[str, object] = {
            name: self._texts.get(place, x[:, place]) for place, name in enumerate(inputs)
        }
        del self._texts
        rows[label] = [texts[place] for place in places.tolist()]
        result = fit_score(None, rows, label, **self._settings(inputs, texts[1]))
        self.card_, self.proof_, self.notes_ = result.card, result.proof, result.notes
        self.gap_ = gap_of(result)
        self._keep(result.network, inputs)
        return self

    def predict(self, X: object) -> Array:
        """Return the class of each row. Raises ValueError for rows that do not fit."""
        fires = self._points(X) >= self.card_.threshold
        return self.classes_[fires.astype(np.intp)]

    def decision_function(self, X: object) -> Array:
        """Return points - (threshold - 0.5) of each row, never 0. Raises ValueError."""
        return self._points(X) - (self.card_.threshold - 0.5)

    def predict_proba(self, X: object) -> Array:
        """Return the probability of both classes from the points of each row, rows x 2.

        Raises ValueError as `predict` does.
        """
        totals, places = np.unique(self._points(X), return_inverse=True)
        risks = np.array([self.card_.odds.risk(total) for total in totals.tolist()])[places]
        return np.column_stack([1 - risks, risks])

    def _points(self, x: object) -> Array:
        _, points = self._outputs(x).values()
        return points.astype(np.int64)

    def _settings(self, inputs: Sequence[str], positive: str) -> FitSettings:
        """Return the settings for `nnc.fit`, with features under their names in the network."""
        names = dict(zip(self._named(), inputs, strict=True))
        points = self.points
        low, high = points if isinstance(points, Sequence) else (-points, points)
        settings = FitSettings(
            positive=positive, goal=self.goal, terms=int(self.terms), points=(int(low), int(high)),
            cost=self.costs or {}, limits=self.limits or (), proof=self.proof,
            seconds=self.seconds, threads=self.threads,
        )  # fmt: skip
        settings["signs"] = {
            names.get(name, name): sign for name, sign in (self.signs or {}).items()
        }
        settings["keep"] = {_renamed(term, names): n for term, n in (self.keep or {}).items()}
        cutoffs = self.cutoffs
        settings["cutoffs"] = (
            {names.get(name, name): cuts for name, cuts in cutoffs.items()}
            if isinstance(cutoffs, Mapping)
            else int(cutoffs)
        )
        return settings

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags


def _renamed(term: str, names: Mapping[str, str]) -> str:
    """Return the label of a term such as `age >= 65` with its feature renamed to its input."""
    name, rule, number = term.partition(">=")
    return names.get(name.strip(), name.strip()) + (f" {rule} {number.strip()}" if rule else "")


def gap_of(result: Fit) -> float:
    """Return the largest share of the loss that a better score could save."""
    if result.proof.status == "proved":
        return 0.0
    loss = result.card.train.loss * result.card.train.rows
    if result.options.goal.name == "loss" and loss > 0:
        return min(1.0, max(0.0, 1 - result.proof.bound / loss))
    return 1.0
