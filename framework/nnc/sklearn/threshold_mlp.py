"""ThresholdMLPClassifier trains layers of threshold neurons with small integer weights."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Self

import numpy as np
from sklearn.utils import check_random_state

from nnc.language.network import Input, Layer, Network, Neuron, Open, Output, Unknown
from nnc.numbers.integers import Array
from nnc.opening.api import compile as compile_network
from nnc.scores.columns.terms import identifier
from nnc.sklearn.estimators import NetworkEstimator, inputs_of, label_texts
from nnc.training.answer import Training, train

_SEEDS = 2**31 - 1


class ThresholdMLPClassifier(NetworkEstimator):
    """Layers of threshold neurons trained by `nnc.train`; the largest of the final sums wins.

    `hidden` has the sizes of the hidden layers; `weights` is the largest absolute weight, 3 for -3
    to 3. Each number feature is compared with up to `cutoffs` of its values, and the layers read
    the results. `epochs` is how often each row is visited, by default 30 to 1,000 times. `output`
    names the output. Training needs PyTorch, the network does not.

    There is no `predict_proba`, because the sums, returned by `decision_function`, are integers
    without a probability scale. scikit-learn's `CalibratedClassifierCV` can estimate probabilities
    from held-out rows.

    After `fit`, `training_` is the result of `nnc.train`, and `network_` the network.

    `fit` raises ValueError if there is only one class or a setting is invalid, and
    InvalidNetworkError if PyTorch is missing.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        weights: int = 3,
        cutoffs: int = 8,
        epochs: int | None = None,
        random_state: object = 0,
        output: str = "y",
    ) -> None:
        self.hidden = hidden
        self.weights = weights
        self.cutoffs = cutoffs
        self.epochs = epochs
        self.random_state = random_state
        self.output = output

    training_: Training

    def fit(self, X: object, y: object) -> Self:
        """Train the network on rows X and labels y. The class lists the errors."""
        x, places = self._learnable(X, y)
        if np.isnan(x).any():
            raise ValueError("X contains NaN, and no feature may be without a value")
        for name, value in (("weights", self.weights), ("cutoffs", self.cutoffs)):
            if value < 1:
                raise ValueError(f"{name} is {value!r}; expected 1 or more")
        inputs = inputs_of(self._named())
        network, sums = self._network(x, inputs)
        [output] = network.outputs
        label = identifier("label", set(network.inputs))
        texts = np.array(label_texts(self.classes_), object)
        rows = {name: x[:, inputs.index(name)] for name in network.inputs}
        codes = places if network.outputs[output].labels is None else texts[places]
        self.training_ = train(
            network,
            {**rows, label: codes.tolist()},
            {label: output},
            epochs=self.epochs,
            seed=int(check_random_state(self.random_state).randint(_SEEDS)),
        )
        self._keep(self.training_.network, inputs)
        outputs = {f"{sums}_{i}": Output(sum=f"{sums}({i})") for i in range(len(self.classes_))}
        outputs_and_sums = {**self.network_.outputs, **outputs}
        self._plan = compile_network(self.network_.model_copy(update={"outputs": outputs_and_sums}))
        return self

    def _network(self, x: Array, inputs: Sequence[str]) -> tuple[Network, str]:
        """Return a network with open layers, and the name of its layer of sums."""
        declared: dict[str, Input] = {}
        neurons: dict[str, Neuron] = {}
        taken = set(inputs)
        for index, name in enumerate(inputs):
            is_bit = index in self._bools
            type_ = "bit" if is_bit else "real" if self._is_real else "integer"
            declared[name] = Input(type=type_)
            for cut in [1] if is_bit else self._cuts(x[:, index]):
                neuron = identifier(f"{name}_{len(neurons)}", taken)
                taken.add(neuron)
                neurons[neuron] = Neuron(weights={name: 1}, threshold=Fraction(repr(cut)))
        layers: dict[str, Layer] = {}
        read = list(neurons)
        for i, size in enumerate(self.hidden):
            name = identifier(f"hidden_{i}", taken)
            taken.add(name)
            layers[name] = Layer(
                wiring=read, size=int(size), weights=Open(), thresholds=Open(), states=(-1, 1)
            )
            read = [name]
        sums = identifier("sums", taken)
        layers[sums] = Layer(wiring=read, size=len(self.classes_), weights=Open(), thresholds=0)
        texts = label_texts(self.classes_)
        labels = None if texts == list(map(str, range(len(texts)))) else texts
        network = Network(
            description="Layers of threshold neurons; the largest sum is the answer",
            fires="at_least",
            unknown=Unknown(range=Open(-int(self.weights), int(self.weights))),
            inputs=declared,
            neurons=neurons,
            layers=layers,
            outputs={
                identifier(self.output, {*taken, sums}): Output(largest=[sums], labels=labels)
            },
        )
        return network, sums

    def _cuts(self, column: Array) -> list[float]:
        """Return cut-offs that split the values of a feature into parts of about equal size."""
        shares = np.arange(1, self.cutoffs + 1) / (self.cutoffs + 1)
        cuts = np.unique(np.quantile(column, shares, method="inverted_cdf"))
        above: list[float] = cuts[cuts > column.min()].tolist()
        return above or [column.max().item()]

    def predict(self, X: object) -> Array:
        """Return the class of each row. Raises ValueError for rows that do not fit."""
        places: Array = self._sums(X).argmax(axis=1)
        return self.classes_[places]

    def decision_function(self, X: object) -> Array:
        """Return the sums, rows x classes; for two classes, the second sum minus the first.

        Raises ValueError as `predict` does.
        """
        sums = self._sums(X)
        more: Array = sums[:, -1] - sums[:, 0]
        return sums if len(self.classes_) > 2 else more

    def _sums(self, x: object) -> Array:
        _, *sums = self._outputs(x).values()
        return np.column_stack(sums).astype(np.float64)
