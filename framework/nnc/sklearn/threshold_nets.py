"""ThresholdNetClassifier: a neuron for each class, of small whole weights; the largest sum wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nnc.language.network import Network, Neuron, Output
from nnc.numbers.exact import exact_number
from nnc.opening.api import compile as compile_network
from nnc.scores.documents import weights_of
from nnc.scores.table import table_of
from nnc.scores.terms import Candidates, Term, TermOptions, candidates_of, identifier
from nnc.sklearn.estimators import NetworkEstimator, inputs_of, label_texts

Array = NDArray[Any]
_SCALES = np.exp2(np.arange(17) / 4)
"""What the greatest weight is multiplied with beyond the bound: there it is cut off."""
_SWEEPS = 100
_FEW = 200  # weights, up to which whole matrices of second derivatives are quick


class ThresholdNetClassifier(NetworkEstimator):
    """A neuron for each class, whose weights are whole numbers; the largest sum is the answer.

    `weights` is the most that a weight may be, 5 for -5 to 5, `cutoffs` how many cut-offs of a
    number become terms, each with a weight of its own, or `{"age": [65, 80]}`; a bit is one term.
    Each neuron has one number more that counts always, of any size. The weights are those of a
    logistic regression of strength `C`, rounded at the scale of the least loss, then changed by 1
    as long as that makes the loss less. They are good, and not proved to be the best. `output`
    names the output.

    After `fit`, `terms_` has the terms, `weights_` the weights, classes x terms, and `scale_` what
    one of them is in the logarithm of the odds. `network_` is the network.

    `fit` raises ValueError for labels of one class and settings that mean nothing, and
    InvalidRowsError where no feature can be a term.
    """

    def __init__(
        self,
        weights: int = 5,
        cutoffs: int | Mapping[str, Sequence[Any]] = 4,
        C: float = 1.0,
        output: str = "y",
    ) -> None:
        self.weights = weights
        self.cutoffs = cutoffs
        self.C = C
        self.output = output

    terms_: list[Term]
    weights_: Array
    scale_: float

    def fit(self, X: Any, y: Any) -> Self:
        """Find weights for rows, X, and their labels, y. Raises as the class says."""
        x, places = self._learnable(X, y)
        if self.weights < 1:
            raise ValueError(f"weights is {self.weights!r}; expected 1 or more")
        inputs = inputs_of(self._named())
        table = table_of({name: x[:, place] for place, name in enumerate(inputs)})
        candidates = candidates_of(table, "", self._options(inputs))
        bits = candidates.matrix(table).astype(np.float64)
        whole = _whole_weights(bits, places, int(self.weights), self.C)
        self.terms_, self.scale_ = candidates.terms, whole.scale
        self.weights_, constants = whole.weights[:, :-1], whole.weights[:, -1]
        network, neurons = self._network(candidates, constants)
        self._keep(network, inputs)
        taken = {*network.inputs, *neurons, *network.outputs}
        sums = {identifier(f"sum {name}", taken): Output(sum=name) for name in neurons}
        summed = self.network_.model_copy(update={"outputs": {**network.outputs, **sums}})
        self._plan = compile_network(summed)
        return self

    def _options(self, inputs: Sequence[str]) -> TermOptions:
        cutoffs = self.cutoffs
        if not isinstance(cutoffs, Mapping):
            return TermOptions(int(cutoffs))
        names = dict(zip(self._named(), inputs, strict=True))
        return TermOptions(
            cutoffs_of={
                names.get(name, name): tuple(sorted(map(exact_number, cuts)))
                for name, cuts in cutoffs.items()
            }
        )

    def _network(self, candidates: Candidates, constants: Array) -> tuple[Network, list[str]]:
        """Return the network, and the names of its neurons, one for each class."""
        read = {
            term.input
            for term, weights in zip(self.terms_, self.weights_.T, strict=True)
            if weights.any()
        }
        texts, taken = label_texts(self.classes_), set(read)
        neurons: dict[str, Neuron] = {}
        for text, weights, constant in zip(texts, self.weights_, constants, strict=True):
            name = identifier(f"is_{text}", taken)
            taken.add(name)
            kept = [place for place, weight in enumerate(weights) if weight]
            terms = weights_of([self.terms_[p] for p in kept], [int(weights[p]) for p in kept])
            always = {"1": int(constant)} if constant else {}
            neurons[name] = Neuron(weights={**terms, **always}, threshold=0)
        is_place = self.classes_.dtype.kind in "iu" and texts == list(map(str, range(len(texts))))
        labels = None if is_place else texts
        network = Network(
            description=f"The largest of {len(neurons)} sums of whole weights",
            fires="at_least",
            inputs={name: each for name, each in candidates.inputs.items() if name in read},
            neurons=neurons,
            outputs={identifier(self.output, taken): Output(largest=list(neurons), labels=labels)},
        )
        return network, list(neurons)

    def predict(self, X: Any) -> Array:
        """Return the class of each row. Raises ValueError for rows that do not fit."""
        places: Array = self._sums(X).argmax(axis=1)
        return self.classes_[places]

    def decision_function(self, X: Any) -> Array:
        """Return the sums of each row, rows x classes; of two classes how much more the second has.

        Raises ValueError as `predict`.
        """
        sums = self._sums(X)
        more: Array = sums[:, -1] - sums[:, 0]
        return sums if len(self.classes_) > 2 else more

    def predict_proba(self, X: Any) -> Array:
        """Return the risk of each class, rows x classes. Raises ValueError as `predict`."""
        sums = self._sums(X)
        return _shares(self.scale_ * sums)

    def _sums(self, x: Any) -> Array:
        _, *sums = self._outputs(x).values()
        return np.column_stack(sums).astype(np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


# ------------------------------------------------------------------------------------ weights


class _Weights(NamedTuple):
    """Whole weights, classes x (terms and 1), and what one of them is in the log of the odds."""

    weights: Array
    scale: float
    loss: float


class _Rows(NamedTuple):
    """Terms of rows, the last of them always 1; which class each row is; the strength of loss."""

    bits: Array
    classes: Array
    strength: float

    def weighed(self, weights: Array, scale: float) -> _Weights:
        """Return weights at their best scale: Newton's steps from one that is near."""
        sums = self.bits @ weights.T
        size = float((weights[:, :-1] ** 2).sum()) / self.strength
        for _ in range(30):
            shares = _shares(scale * sums)
            means = (shares * sums).sum(axis=1)
            slope = float((means - (self.classes * sums).sum(axis=1)).sum()) + scale * size
            bend = float(((shares * sums**2).sum(axis=1) - means**2).sum()) + size
            step = slope / bend if bend > 1e-12 else 0.0
            scale = min(max(scale - step, scale / 4), scale * 4, 100.0)
            if abs(step) <= 1e-9 * scale:
                break
        chosen = (_shares(scale * sums) * self.classes).sum(axis=1)
        loss = -float(np.log(np.maximum(chosen, 1e-300)).sum()) + scale * scale * size / 2
        return _Weights(weights, scale, loss)


def _whole_weights(bits: Array, places: Array, most: int, strength: float) -> _Weights:
    """Round a logistic regression at the best scale, and mend it by steps of 1."""
    count = len(np.unique(places))
    solver = "newton-cholesky" if count * bits.shape[1] <= _FEW else "lbfgs"
    model = LogisticRegression(C=strength, max_iter=2000, solver=solver).fit(bits, places)
    real = np.column_stack([model.coef_, model.intercept_])
    if len(real) == 1:
        real = np.concatenate([-real / 2, real / 2])
    always = np.column_stack([bits, np.ones(len(bits))])
    rows = _Rows(always, np.eye(count)[places], strength)
    top = float(np.abs(real[:, :-1]).max()) or 1.0
    rounded = []
    for factor in most / top * _SCALES:
        weights = np.rint(real * factor)
        weights[:, :-1] = np.clip(weights[:, :-1], -most, most)
        rounded.append(rows.weighed(weights, 1 / factor))
    best = min(rounded, key=lambda each: each.loss)
    best = _mended(rows, best, most)
    return best._replace(weights=best.weights.astype(np.int64))


def _mended(rows: _Rows, start: _Weights, most: int) -> _Weights:
    """Change weights by 1, for each class in turn the one that helps most, while that helps."""
    best = start
    for _ in range(_SWEEPS):
        weights, scale = best.weights.copy(), best.scale
        sums = rows.bits @ weights.T
        for place in range(len(weights)):
            change, term, step = _best_step(rows, weights[place], scale, sums, place, most)
            if change < 0:
                weights[place, term] += step
                sums[:, place] += step * rows.bits[:, term]
        better = rows.weighed(weights, scale)
        if better.loss >= best.loss - 1e-6:
            break
        best = better
    return best


def _best_step(
    rows: _Rows, weights: Array, scale: float, sums: Array, place: int, most: int
) -> tuple[float, int, int]:
    """Return by how much the best step changes the loss, its term, and 1 or -1."""
    shares = _shares(scale * sums)[:, place]
    hits = rows.classes[:, place] @ rows.bits
    steps = []
    for step in (1, -1):
        change = np.log1p(shares * np.expm1(step * scale)) @ rows.bits - step * scale * hits
        change[:-1] += scale**2 * (2 * step * weights[:-1] + 1) / (2 * rows.strength)
        change[:-1][np.abs(weights[:-1] + step) > most] = np.inf
        term = int(change.argmin())
        steps.append((float(change[term]), term, step))
    return min(steps)


def _shares(odds: Array) -> Array:
    """Return the share of each class from the logarithms of their odds."""
    risks = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Array = risks / risks.sum(axis=1, keepdims=True)
    return shares
