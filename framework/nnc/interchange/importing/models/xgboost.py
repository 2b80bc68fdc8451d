"""A model of XGBoost, as `save_model` writes JSON or UBJSON -> Forest. XGBoost is not needed."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.categories import choice_of, not_a_split
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.cutoffs import FORMATS, Split
from nnc.interchange.importing.models.records import Record, read_json
from nnc.interchange.importing.models.trees import Feature, Forest, Tree, numbered_names
from nnc.interchange.importing.models.ubjson import is_ubjson, read_ubjson
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.importing.settings import Settings, UnfitSettingError
from nnc.numbers.exact import counted, shorten, simplest

_SUMS = (
    "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror",
    "reg:linear", "rank:pairwise", "rank:ndcg", "rank:map",
)  # fmt: skip
_SLACK = Fraction(1, 2**20)
"""Probabilities are float32: classes whose sums are nearer than this may have the same."""


def read(data: bytes, settings: Settings) -> Imported:
    """Read a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    record = _decoded(data)
    imported = imported_model(forest_of(record, settings.names), "XGBoost", settings)
    learner = record["learner"]
    trees = _model(learner)["trees"].items()
    left = len(trees) - _used(learner, len(trees))
    if not left:
        return imported
    what = "which is after" if left == 1 else "which are after"
    message = f"{counted(left, 'tree')} left out, {what} the best iteration, "
    message += str(_best(learner))
    note = Diagnostic("left-out", message, help="XGBClassifier.predict leaves them out too; "
                      "Booster.predict does not")  # fmt: skip
    return replace(imported, notes=(*imported.notes, note))


def read_forest(data: bytes, names: Sequence[str] | None = None) -> Forest:
    """Describe a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    return forest_of(_decoded(data), names)


def _decoded(data: bytes) -> Record:
    return read_ubjson(data) if is_ubjson(data) else read_json(data)


def forest_of(record: Record, names: Sequence[str] | None = None) -> Forest:
    """Describe a decoded model. Raises InvalidNetworkError as `read_forest`."""
    learner = record["learner"]
    model = _model(learner)
    parameters = learner["learner_model_param"]
    features = _features(learner, model, parameters["num_feature"].integer(), names)
    objective = learner["objective"]["name"].text()
    targets = parameters.get("num_target")
    if targets is not None and targets.integer() > 1:
        raise refused(f"the model has {targets.integer()} targets", "import a model of each")
    classes = parameters["num_class"].integer()
    count = max(classes, 1)
    records = model["trees"].items()
    trees = [
        _tree(each, first, features, count)
        for each, first in zip(records, _groups(model), strict=True)
    ][: _used(learner, len(records))]
    weights = _weights(learner, len(records))
    if weights is not None:
        trees = [_weighted(each, weight) for each, weight in zip(trees, weights, strict=False)]
    base = _base(parameters["base_score"], objective, count)
    verdict = _verdict(objective, count)
    if weights is not None:
        # each tree is added to the base and taken off again, and multiplied: so it is rounded
        verdict = replace(verdict, unit=4 * verdict.unit)
    return Forest(trees, features, Split("float32", is_left=False), base, verdict)


def _model(learner: Record) -> Record:
    """Return the trees of the booster. Raises InvalidNetworkError for one without trees."""
    booster = learner["gradient_booster"]
    kind = booster["name"].text()
    if kind == "dart":
        return booster["gbtree"]["model"]
    if kind != "gbtree":
        raise refused(
            f"the booster is `{shorten(kind)}`, not `gbtree` or `dart`", "train a model of trees"
        )
    return booster["model"]


def _weights(learner: Record, count: int) -> list[Fraction] | None:
    """Return what each tree of DART counts; None for trees that all count 1."""
    booster = learner["gradient_booster"]
    if booster["name"].text() != "dart":
        return None
    layout, stored = FORMATS["float32"], booster["weight_drop"].reals()
    if len(stored) != count:
        raise damaged(f"`weight_drop` has {len(stored)} numbers, of {count} trees")
    numbers = [layout.number(layout.bits(each)) for each in stored]
    if not all(map(math.isfinite, numbers)):
        raise damaged("`weight_drop` has a number that is no float32")
    return [Fraction(number) for number in numbers]


def _weighted(tree: Tree, weight: Fraction) -> Tree:
    values = [[simplest(weight * number) for number in leaf] for leaf in tree.value]
    return replace(tree, value=values)


def _best(learner: Record) -> int | None:
    """Return the best iteration, where the training stopped early."""
    attributes = learner.get("attributes")
    best = None if attributes is None else attributes.get("best_iteration")
    return None if best is None else best.integer()


def _used(learner: Record, count: int) -> int:
    """Return how many of the trees count: those up to the best iteration, else all."""
    best = _best(learner)
    if best is None:
        return count
    model = _model(learner)
    starts = model.get("iteration_indptr")
    if starts is not None:  # XGBoost 2 and later
        ends = starts.integers()[1:]
    else:
        parallel = model["gbtree_model_param"]["num_parallel_tree"].integer()
        each = max(parallel, 1) * max(learner["learner_model_param"]["num_class"].integer(), 1)
        ends = list(range(each, count + 1, each)) if each <= count else []
    if not 0 <= best < len(ends) or not 0 <= ends[best] <= count:
        raise damaged(f"the best iteration is {best:,}, of {len(ends):,}")
    return ends[best]


def _groups(model: Record) -> list[int]:
    groups, count = model["tree_info"], len(model["trees"].items())
    entries = groups.integers()
    if len(entries) != count:
        raise damaged(f"`{groups.path}` has {len(entries)} numbers, of {count} trees")
    return entries


def _features(
    learner: Record, model: Record, count: int, names: Sequence[str] | None
) -> list[Feature]:
    own = learner.get("feature_names")
    known = own.texts() if own is not None else []
    chosen = list(names) if names is not None else known or numbered_names(count)
    if len(chosen) != count:
        message = f"there are {len(chosen)} names of {count} features"
        raise UnfitSettingError(message) if names is not None else damaged(message)
    types = learner.get("feature_types")
    kinds = types.texts() if types is not None else []
    if len(kinds) not in (0, count):
        raise damaged(f"there are {len(kinds)} types of {count} features")
    values = [_values(model, i, chosen[i]) if kind == "c" else () for i, kind in enumerate(kinds)]
    return [
        choice_of(name, entries) if entries else Feature(name)
        for name, entries in zip(chosen, values or [()] * count, strict=True)
    ]


def _values(model: Record, place: int, name: str) -> tuple[str, ...]:
    """Return the texts of a category, which XGBoost 3.1 and later write."""
    entries = model.get("cats")
    encodings = entries["enc"].items() if entries is not None else []
    if place >= len(encodings) or encodings[place].get("offsets") is None:
        raise not_a_split(name, "whose values the file does not name")
    offsets = encodings[place]["offsets"].integers()
    stored = encodings[place]["values"].integers()
    if not offsets or sorted(offsets) != offsets or offsets[0] < 0 or offsets[-1] > len(stored):
        raise not_a_split(name, "whose values are not texts")
    data = bytes(value & 255 for value in stored)
    try:
        return tuple(data[low:high].decode() for low, high in pairwise(offsets))
    except UnicodeDecodeError:
        raise damaged(f"a value of the feature `{shorten(name)}` is not UTF-8") from None


def _tree(record: Record, first: int, features: Sequence[Feature], count: int) -> Tree:
    if not 0 <= first < count:
        raise damaged(f"`{record.path}` adds to sum {first}, of {count}")
    vector = record["tree_param"].get("size_leaf_vector")
    if vector is not None and vector.integer() > 1:
        raise refused("the leaves are vectors", "train with multi_strategy=one_output_per_tree")
    left, right = record["left_children"].integers(), record["right_children"].integers()
    conditions = record["split_conditions"].reals()
    feature = record["split_indices"].integers()
    if not len(left) == len(right) == len(conditions) == len(feature):
        raise damaged(f"`{record.path}` has lists of different lengths")
    layout = FORMATS["float32"]
    stored = [layout.number(layout.bits(each)) for each in conditions]
    if not all(map(math.isfinite, stored)):
        raise damaged(f"`{record.path}` has a number that is no float32")
    values = [
        [simplest(Fraction(each))] if child < 0 else ()
        for each, child in zip(stored, left, strict=True)
    ]
    return Tree(
        feature,
        stored,
        left,
        right,
        values,
        first,
        _categories(record, len(left), feature, features),
    )


def _categories(
    record: Record, count: int, feature: Sequence[int], features: Sequence[Feature]
) -> dict[int, frozenset[int]]:
    """Return the values that go right, by node."""
    if record.get("split_type") is None or not any(record["split_type"].integers()):
        return {}
    stored = record["categories"].integers()
    lists = [record[f"categories_{name}"].integers() for name in ("nodes", "segments", "sizes")]
    if len({len(each) for each in lists}) != 1:
        raise damaged(f"`{record.path}` has lists of categories of different lengths")
    entries = {}
    for node, start, size in zip(*lists, strict=True):
        if not 0 <= node < count or start < 0 or size < 0 or start + size > len(stored):
            raise damaged(f"`{record.path}` has categories outside of its lists")
        place = feature[node]
        known = len(features[place].values) if 0 <= place < len(features) else 0
        entries[node] = frozenset(stored[start : start + size])
        if not entries[node] <= set(range(known)):
            raise damaged(f"`{record.path}`, node {node} has categories that its feature has not")
    if len(entries) < sum(1 for kind in record["split_type"].integers() if kind):
        raise damaged(f"`{record.path}` has a split by category without categories")
    return entries


def _base(record: Record, objective: str, count: int) -> list[int | Fraction]:
    """Return what the sums begin with, from a text such as `5E-1` or `[6.2E-1]`."""
    try:
        value = json.loads(record.text())
        numbers = [float(each) for each in (value if isinstance(value, list) else [value])]
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise record.wrong("a number, or a list of numbers, as a text") from None
    if len(numbers) == 1:
        numbers *= count
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise damaged(f"`{record.path}` has {len(numbers)} numbers for {count} sums")
    if objective == "binary:logistic":
        if not all(0 < number < 1 for number in numbers):
            raise damaged(f"`{record.path}` is not between 0 and 1, as a probability is")
        numbers = [-math.log(1 / number - 1) for number in numbers]
    layout = FORMATS["float32"]
    return [simplest(Fraction(layout.number(layout.bits(each)))) for each in numbers]


def _verdict(objective: str, count: int) -> Verdict:
    unit = Fraction(1, 2**24)
    labels = tuple(map(str, range(max(count, 2))))
    if objective in ("multi:softmax", "multi:softprob"):
        return Verdict("largest", labels[:count], unit, _SLACK)
    if count == 1 and objective in ("binary:logistic", "binary:hinge"):
        return Verdict("above", labels, unit, _SLACK)
    if count == 1 and objective in _SUMS:
        return Verdict("sum", (), unit)
    known = "binary:logistic, multi:softprob or reg:squarederror"
    raise refused(
        f"what `{shorten(objective)}` makes of the sum is not a threshold",
        f"train with {known}, or read the sum itself",
    )
