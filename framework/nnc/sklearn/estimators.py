"""The base class of the estimators: maps features to inputs and exports the network."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nnc.compiler.plan import Plan
from nnc.files.writing import write_whole
from nnc.language.formatting.networks import to_yaml
from nnc.language.network import Input, Network
from nnc.numbers.exact import counted, shorten
from nnc.numbers.integers import Array
from nnc.opening.api import compile as compile_network
from nnc.opening.api import evaluate
from nnc.scores.columns.terms import identifier

FEATURE_TYPES = (np.float64, np.int64)
"""The supported dtypes of features; other integers and floats are converted."""


class NetworkEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose predictions are exactly those of a network, `network_`.

    `inputs_` maps the features that the network reads to its inputs.
    """

    _reads_texts = False

    network_: Network
    inputs_: Mapping[str, str]
    classes_: Array
    n_features_in_: int

    def to_yaml(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the network as YAML, and write it to `path` if given.

        `nnc eval` with this file gives the same results as `predict` for every row. Floats in NPY
        or Parquet files must be read as here, with `--floats decimal`. Raises NotFittedError, and
        FileError if the file cannot be written.
        """
        check_is_fitted(self)
        text = to_yaml(self.network_, meta=True)
        if path is not None:
            write_whole(Path(path), text)
        return text

    def _learnable(self, x: Any, y: Any) -> tuple[Array, Array]:
        """Return the features, and the index in `classes_` of each label. Raises ValueError.

        Text features are 0 in the result; `_texts` has their values by index.
        """
        self._bools = _bools_of(x)
        self._texts = texts_of(x) if self._reads_texts else {}
        self._words = frozenset(self._texts)
        x = without_texts(x, self._texts)
        x, y = validate_data(self, x, y, dtype=FEATURE_TYPES, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has 1 class, {self.classes_.tolist()[0]!r}; expected two or more")
        self._is_real = x.dtype.kind == "f"
        return x, places

    def _named(self) -> list[str]:
        """Return the names of the features, or `x0`, `x1`, … for an array."""
        names = getattr(self, "feature_names_in_", None)
        return [f"x{n}" for n in range(self.n_features_in_)] if names is None else list(names)

    def _keep(self, network: Network, inputs: Sequence[str], plan: Plan | None = None) -> None:
        """Store a network whose inputs are a subset of the features.

        Features that have another name in the network are listed in a warning and in the file.
        """
        network = self._widened(network, inputs)
        read = {
            name: (index, feature)
            for index, (feature, name) in enumerate(zip(self._named(), inputs, strict=True))
            if name in network.inputs
        }
        renamed = {f: name for name, (_, f) in read.items() if name != f}
        if renamed:
            described = {
                name: each.model_copy(update={"description": read[name][1]})
                if read[name][1] in renamed
                else each
                for name, each in network.inputs.items()
            }
            network = network.model_copy(update={"inputs": described})
            _tell(renamed)
        self.network_ = network
        self.inputs_ = {feature: name for name, (_, feature) in read.items()}
        self._places = {name: index for name, (index, _) in read.items()}
        self._plan = compile_network(network) if plan is None else plan

    def _widened(self, network: Network, inputs: Sequence[str]) -> Network:
        """Widen the types of inputs from the values seen in training to those of the features.

        A 0/1 feature becomes a number with the cut-off 1; only a boolean feature stays a bit.
        """
        number = "real" if self._is_real else "integer"
        places = {name: index for index, name in enumerate(inputs)}
        others = [
            name
            for name in network.inputs
            if places[name] not in self._bools and places[name] not in self._words
        ]
        counts = {name for name in others if network.inputs[name].type == "bit"}
        wide = {
            name: each.model_copy(update={"type": number}) if name in others else each
            for name, each in network.inputs.items()
        }
        neurons = {}
        for name, neuron in network.neurons.items():
            weights: dict[str, Any] = dict(neuron.weights)  # type: ignore[arg-type]
            weights.update({source: {1: weights[source]} for source in counts & weights.keys()})
            neurons[name] = neuron.model_copy(update={"weights": weights})
        return network.model_copy(update={"inputs": wide, "neurons": neurons})

    def _outputs(self, x: Any) -> dict[str, Array]:
        """Return the outputs of the network for rows of features. Raises ValueError."""
        check_is_fitted(self)
        texts = texts_of(x, self._words)
        x = without_texts(x, texts)
        x = validate_data(self, x, reset=False, dtype=FEATURE_TYPES, ensure_all_finite="allow-nan")
        rows = {
            name: self._cells(
                np.array(texts[index], object) if index in texts else x[:, index],
                self._plan.inputs[name],
                name,
            )
            for name, index in self._places.items()
        }
        outputs = evaluate(self._plan, rows, floats="decimal")
        if rows:
            return outputs
        return {alias: np.full(len(x), value) for alias, value in outputs.items()}

    def _cells(self, column: Array, input_: Input, name: str) -> Any:
        """Return a column for `evaluate`, with None for missing values. Raises ValueError."""
        is_float = column.dtype.kind == "f"
        empty = np.isnan(column) if is_float else np.array([cell is None for cell in column], bool)
        if not empty.any():
            return column.tolist() if column.dtype == object else column
        if input_.default is None:
            where = f"`{shorten(self._named()[self._places[name]])}` is NaN"
            raise ValueError(f"{where}, and was not in any row that the network was learnt from")
        return [None if is_empty else value for value, is_empty in zip(column, empty, strict=True)]


def _bools_of(x: Any) -> set[int]:
    """Return the indices of the boolean features."""
    types = [getattr(x, "dtype", None)] * x.shape[1] if getattr(x, "ndim", 0) == 2 else []
    types = list(getattr(x, "dtypes", types))
    return {index for index, each in enumerate(types) if str(each).lower() in ("bool", "boolean")}


def texts_of(x: Any, wanted: Collection[int] | None = None) -> dict[int, list[str | None]]:
    """Return the text columns of a data frame by feature index, with None for missing values.

    Text columns are those that contain something other than numbers, or those `wanted`.
    """
    texts: dict[int, list[str | None]] = {}
    if not hasattr(x, "columns") or not hasattr(x, "dtypes"):
        return texts
    for index, (name, kind) in enumerate(zip(x.columns, x.dtypes, strict=True)):
        plain = str(kind).lower()
        is_plain = plain.startswith(("float", "int", "uint", "bool"))
        if is_plain or (wanted is not None and index not in wanted):
            continue
        cells = [_text(cell) for cell in x[name]]
        if wanted is not None or not all(each is None or _is_number(each) for each in cells):
            texts[index] = cells
    return texts


def without_texts(x: Any, texts: Mapping[int, object]) -> Any:
    """Return a data frame with 0 in the text columns, so that scikit-learn can check the others."""
    if not texts:
        return x
    names = [name for index, name in enumerate(x.columns) if index in texts]
    if hasattr(x, "with_columns"):  # polars
        whole = dict(zip(x.columns, x.iter_columns(), strict=True))
        return type(x)({name: [0.0] * len(x) if name in names else whole[name] for name in whole})
    return x.assign(**dict.fromkeys(names, 0.0))


def _text(cell: object) -> str | None:
    """Return a cell as text, or None for a missing value."""
    if isinstance(cell, str):
        return cell or None
    try:
        is_empty = cell is None or bool(cell != cell)
    except TypeError:  # pandas.NA != pandas.NA has no truth value
        is_empty = True
    return None if is_empty else str(cell)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def inputs_of(features: Sequence[str]) -> list[str]:
    """Return a distinct identifier for each feature."""
    names: list[str] = []
    taken: set[str] = set()
    for feature in features:
        names.append(identifier(str(feature), taken))
        taken.add(names[-1])
    return names


def label_texts(classes: Array) -> list[str]:
    """Return a distinct text for each class: its printed form, or its index."""
    texts = [str(each) for each in classes.tolist()]
    if len(set(texts)) < len(texts) or not all(text.strip() for text in texts):
        return [str(index) for index in range(len(texts))]
    return texts


def _tell(renamed: Mapping[str, str]) -> None:
    listed = ", ".join(f"`{shorten(old)}` is `{new}`" for old, new in list(renamed.items())[:5])
    more = f" and {len(renamed) - 5:,} more" if len(renamed) > 5 else ""
    message = f"{counted(len(renamed), 'feature')} got another name in the network, which needs "
    message += f"identifiers: {listed}{more}; `inputs_` has them all"
    warnings.warn(message, stacklevel=4)
