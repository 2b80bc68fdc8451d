"""Models of trees that treelite has read -> Forest.

treelite reads what XGBoost, LightGBM and scikit-learn make of trees. A missing value is an error
in a network, so the direction that a library has learned for it is not read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.extras import install_line
from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.trees import Feature, Forest, Tree, integer_feature
from nnc.interchange.importing.models.votes import Outcome, Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.programs import ToolFailed, python, run, workshop
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest

if TYPE_CHECKING:
    from treelite import Model

Loader = Literal["load_xgboost_model", "load_lightgbm_model"]


_CATEGORICAL = 2  # the node type of treelite for a split by category
_TASKS: dict[tuple[int, str], Outcome] = {
    (0, "sigmoid"): "above",
    (0, "hinge"): "above",
    (1, "identity"): "sum",
    (2, "softmax"): "largest",
    (2, "max_index"): "largest",
    (2, "identity_multiclass"): "largest",
    (3, "identity"): "sum",
}
"""The outcome of the sums, by the task of treelite and its function of the sums."""
_LOAD = """\
import sys, treelite
try:
    model = getattr(treelite.frontend, sys.argv[1])(sys.argv[2])
except treelite.TreeliteError as error:
    sys.exit(str(error).splitlines()[0])
model.serialize("model.treelite")
"""


def require_treelite() -> None:
    """Raise InvalidNetworkError, missing-library, if treelite is not installed."""
    if find_spec("treelite") is None:
        message = "reading a model of trees needs treelite, which is not installed"
        hint = install_line("trees")
        raise InvalidNetworkError([Diagnostic("missing-library", message, help=hint)])


def load_file(data: bytes, loader: Loader, suffix: str) -> Model:
    """Return the model in a file.

    treelite runs in a process of its own, because a damaged file may crash it.
    """
    require_treelite()
    from treelite import Model

    with workshop() as folder:
        file = folder / f"model{suffix}"
        file.write_bytes(data)
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            run([python(), "-c", _LOAD, loader, file], folder, more=environment)
        except ToolFailed as error:
            raise damaged(f"treelite cannot read the model: {plain_message(error)}") from None
        return Model.deserialize(folder / "model.treelite")


def load_in_memory(load: Callable[[Any], Model], model: object) -> Model:
    """Return the model that treelite makes of an object of another library."""
    require_treelite()
    from treelite import TreeliteError

    try:
        return load(model)
    except (TreeliteError, NotImplementedError) as error:
        raise refused(f"treelite cannot read the model: {plain_message(error)}") from None


def plain_message(error: Exception) -> str:
    """Return the message of treelite without its time and its line of C++."""
    text = str(error).partition("\n")[0]
    head, _, message = text.partition(": ")
    return message if ".cc:" in head else text


def forest_of(model: Model, features: Sequence[Feature], split: Split, verdict: Verdict) -> Forest:
    """Describe a model; `verdict` has the rounding of its library, and labels if these are known.

    Raises InvalidNetworkError for a model whose answer is neither a class nor a sum.
    """
    header = model.get_header_accessor()
    targets = int(_listed(header, "num_target")[0])
    if targets != 1:
        raise refused(f"the model has {targets} outputs", "import a model of each of them")
    count = int(_listed(header, "num_class")[0])
    if _listed(header, "leaf_vector_shape") not in ([1, 1], [1, count]):
        raise refused("the leaves are vectors", "train with multi_strategy=one_output_per_tree")
    link = str(header.get_field("postprocessor"))
    outcome = _TASKS.get((int(_listed(header, "task_type")[0]), link))
    if outcome is None:
        message = f"the model makes another number of the sum of its trees, by `{link}`"
        raise refused(message, "train a classifier, or a regressor whose prediction is the sum")
    columns = list(features)
    readers = [_TreeReader(model, number, columns) for number in range(model.num_tree)]
    is_shared = link == "identity_multiclass"  # each leaf has a share for every class
    divisor = 1
    if _listed(header, "average_tree_output")[0] and not is_shared:
        divisor = max(len(readers) // count, 1)
    owners = _listed(header, "class_id")
    trees = [
        reader.tree(max(owner, 0), divisor, is_single=is_shared and len(readers) == 1)
        for reader, owner in zip(readers, owners, strict=True)
    ]
    base = [simplest(Fraction(score)) for score in _listed(header, "base_scores")]
    if outcome == "sum":
        verdict = replace(verdict, slack=Fraction(0))
    else:
        labels = verdict.labels or tuple(map(str, range(max(count, 2))))
        verdict = replace(verdict, outcome=outcome, labels=labels)
    return Forest(trees, columns, split, base, verdict)


def _listed(accessor: Any, name: str) -> list[Any]:
    """Return a field of a model, or of a tree, that is an array."""
    values: list[Any] = accessor.get_field(name).tolist()
    return values


class _TreeReader:
    """One tree of a model. Columns that it splits by category, and that have none, get integers."""

    def __init__(self, model: Model, number: int, columns: list[Feature]) -> None:
        accessor = model.get_tree_accessor(number)
        self._columns = columns
        self._left = _listed(accessor, "cleft")
        self._right = _listed(accessor, "cright")
        self._feature = _listed(accessor, "split_index")
        self._threshold = _listed(accessor, "threshold")
        self._scalars = _listed(accessor, "leaf_value")
        self._vectors = _listed(accessor, "leaf_vector")
        self._weights = _listed(accessor, "sum_hess")
        self._bounds = [_listed(accessor, f"leaf_vector_{end}") for end in ("begin", "end")]
        self._sets = self._category_sets(accessor)
        for node, (chosen, _) in self._sets.items():
            place = self._feature[node]
            if 0 <= place < len(columns):
                columns[place] = integer_feature(columns[place], max(chosen, default=0))

    def _category_sets(self, accessor: Any) -> dict[int, tuple[frozenset[int], bool]]:
        """Return the categories of each split by category, and whether these go right."""
        types = accessor.get_field("node_type")
        listed, sides = (
            _listed(accessor, name) for name in ("category_list", "category_list_right_child")
        )
        bounds = [_listed(accessor, f"category_list_{end}") for end in ("begin", "end")]
        return {
            node: (frozenset(listed[bounds[0][node] : bounds[1][node]]), bool(sides[node]))
            for node in np.flatnonzero(types == _CATEGORICAL).tolist()
        }

    def tree(self, first: int, divisor: int, *, is_single: bool) -> Tree:
        """Describe the tree. A single tree decides for the class with the largest share alone."""
        values = [
            self._leaf(node, divisor, is_single=is_single) if child < 0 else ()
            for node, child in enumerate(self._left)
        ]
        categories = {}
        for node, (chosen, is_right) in self._sets.items():
            place = self._feature[node]
            count = self._columns[place].places if 0 <= place < len(self._columns) else 0
            # a category that the model does not know, the last place, is in no set
            categories[node] = chosen if is_right else frozenset(range(count)) - chosen
        return Tree(
            self._feature, self._threshold, self._left, self._right, values, first, categories
        )

    def _leaf(self, node: int, divisor: int, *, is_single: bool) -> list[Number]:
        begin, end = (bounds[node] for bounds in self._bounds)
        if begin == end:
            return [simplest(Fraction(self._finite(self._scalars[node])) / divisor)]
        shares = [self._finite(share) for share in self._vectors[begin:end]]
        if is_single:
            best = shares.index(max(shares))
            return [int(place == best) for place in range(len(shares))]
        return _fractions(shares, self._weights[node])

    @staticmethod
    def _finite(number: float) -> float:
        if not np.isfinite(number):
            raise damaged(f"a leaf has the value {number}")
        return number


def _fractions(shares: Sequence[float], samples: float) -> list[Number]:
    """Return the shares of a leaf: fractions of its samples where these are whole numbers."""
    if samples == int(samples) and samples > 0:
        counts = [round(share * samples) for share in shares]
        pairs = zip(counts, shares, strict=True)
        if all(abs(count / samples - share) <= 2**-52 * share for count, share in pairs):
            return [simplest(Fraction(count, int(samples))) for count in counts]
    return [simplest(Fraction(share)) for share in shares]
