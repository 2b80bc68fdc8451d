"""NetworkClassifier wraps an existing network as an estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import did_you_mean
from nnc.language.network import Network
from nnc.numbers.exact import names_and_more, shorten
from nnc.numbers.integers import Array
from nnc.opening.api import compile as compile_network
from nnc.opening.api import evaluate, load
from nnc.rows.elements import InputColumns
from nnc.sklearn.estimators import FEATURE_TYPES, NetworkEstimator


class NetworkClassifier(NetworkEstimator):
    """A classifier that wraps a network file or an `nnc.Network`, for metrics and pipelines.

    `output` is the alias of the output that predicts, by default the first with classes: a bit, a
    level, or the index of the largest sum. `classes` lists what its values mean, in the network's
    order: `["ham", "spam"]` for 0 and 1. `points` is the alias of a sum that is greater the
    likelier the second class is; it becomes `decision_function`, whose values matter only by their
    order.

    Columns of an array are the inputs in the network's order; columns of a data frame are matched
    by name, others are ignored, and text is for choices. `fit` learns nothing: it checks that the
    first row fits, and warns of labels that the network never predicts.

    `fit` raises ValueError if there is no such output, InvalidNetworkError and FileError as
    `nnc.load` does, and InvalidRowsError for rows that the network cannot read.
    """

    def __init__(
        self,
        network: Network | str | os.PathLike[str],
        output: str | None = None,
        classes: Sequence[object] | None = None,
        points: str | None = None,
    ) -> None:
        self.network = network
        self.output = output
        self.classes = classes
        self.points = points

    def fit(self, X: object, y: object = None) -> Self:
        """Load the network and check that rows and labels fit. The class lists the errors."""
        rows = self._rows(X, reset=True)
        if y is not None:
            labels = column_or_1d(y, warn=True)
            check_consistent_length(rows, labels)
            check_classification_targets(labels)
        self.network_ = self._network()
        self._plan = compile_network(self.network_)
        tap = self._tap()
        self._alias, self._values = tap.alias, values_of(tap)
        names = list(self._values) if self.classes is None else list(self.classes)
        if len(names) != len(self._values):
            message = (
                f"classes has {len(names)} names, and `{tap.alias}` {len(self._values)} values"
            )
            raise ValueError(f"{message}: {names_and_more(list(map(str, self._values)))}")
        self.classes_, places = np.unique(np.array(names), return_inverse=True)
        self._place_of = dict(zip(self._values, places.tolist(), strict=True))
        inputs = list(self.network_.inputs)
        self.inputs_ = dict(zip(inputs, inputs, strict=True))
        self._answers(rows[:1])
        if y is not None:
            self._compare(labels)
        return self

    def _network(self) -> Network:
        return self.network if isinstance(self.network, Network) else load(os.fspath(self.network))

    def predict(self, X: object) -> Array:
        """Return the class of each row. Raises InvalidRowsError for invalid rows."""
        check_is_fitted(self)
        answers = self._answers(X)[self._alias].tolist()
        return self.classes_[[self._place_of[answer] for answer in answers]]

    @available_if(lambda self: self.points is not None)  # type: ignore[untyped-decorator]
    def decision_function(self, X: object) -> Array:
        """Return the `points` of each row. Raises InvalidRowsError as `predict` does."""
        check_is_fitted(self)
        return np.array([float(each) for each in self._answers(X)[self.points or ""]])

    def _answers(self, x: object) -> dict[str, Array]:
        rows = self._rows(x, reset=False)
        answers = evaluate(self._plan, rows, floats="decimal")
        return {alias: np.atleast_1d(answer) for alias, answer in answers.items()}

    def _rows(self, x: Any, *, reset: bool) -> Any:
        """Return an array, or the columns of a data frame that the network reads."""
        if not all(isinstance(name, str) for name in getattr(x, "columns", [None])):
            return validate_data(self, x, reset=reset, dtype=FEATURE_TYPES)
        validate_data(self, x, reset=reset, skip_check_array=True)
        if reset:
            return x
        columns = InputColumns(self._plan.inputs)
        held = {name: columns.input_of(str(name)) for name in x.columns}
        return {name: x[column] for column, name in held.items() if name is not None}

    def _tap(self) -> Tap:
        """Return the output used for prediction. Raises ValueError."""
        taps = {tap.alias: tap for tap in self._plan.outputs}
        for alias in (self.output, self.points):
            if alias is not None and alias not in taps:
                hint = did_you_mean(alias, taps) or f"the outputs are {names_and_more(list(taps))}"
                raise ValueError(f"the network has no output `{shorten(alias)}`; {hint}")
        if self.points is not None and taps[self.points].kind not in ("sum", "level", "number"):
            raise ValueError(f"points is `{shorten(self.points)}`, which is not a sum")
        if self.output is not None and not values_of(taps[self.output]):
            message = f"the output `{shorten(self.output)}` has no classes"
            raise ValueError(f"{message}; name a bit, a level or the place of the largest sum")
        named = [tap for tap in taps.values() if self.output in (None, tap.alias)]
        tap = next(filter(values_of, named), None)
        if tap is None:
            raise ValueError("no output of the network is a bit, a level or a largest sum")
        return tap

    def _compare(self, y: Iterable[object]) -> None:
        """Warn of labels that the network never predicts."""
        never = sorted(set(map(str, y)) - set(map(str, self.classes_.tolist())))
        if never:
            message = f"y has {names_and_more(never)}, which `{self._alias}` never gives"
            message += f": it gives {names_and_more(list(map(str, self.classes_.tolist())))}"
            warnings.warn(f"{message}; `classes` says what these stand for", stacklevel=3)


def values_of(tap: Tap) -> tuple[object, ...]:
    """Return the possible values of an output, or nothing if it has no classes."""
    if tap.labels:
        return tap.labels
    if tap.kind == "bit":
        states = tap.states_of(0)
        return tuple(states or (0, 1))
    count = {"level": tap.width + 1, "largest": tap.width}.get(tap.kind, 0)
    return tuple(range(count))
