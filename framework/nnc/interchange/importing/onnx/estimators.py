"""Operators of ai.onnx.ml -> trees and linear models, as other libraries write them.

A model is one TreeEnsembleClassifier, TreeEnsembleRegressor, LinearClassifier or LinearRegressor,
which reads the input, scaled for a linear one. onnxruntime adds up in float32.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.linear import Line, Linear
from nnc.interchange.importing.models.trees import Feature, Forest, Tree
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.onnx.graph import ML, Array, Model, Node, Value
from nnc.interchange.importing.places import refused
from nnc.numbers.exact import Number, simplest

_TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
_LINES = ("LinearClassifier", "LinearRegressor")
_PASSED = ("Identity", "Cast")
_MODES = {"BRANCH_LEQ": (True, False), "BRANCH_LT": (False, False), "BRANCH_GTE": (False, True),
          "BRANCH_GT": (True, True)}  # fmt: skip
"""By mode: the threshold itself goes left, and the true branch is the right one."""
_UNIT = Fraction(1, 1 << 24)
_MAX_FEATURES = 1 << 16
_BINARY = 2
_HALF = Fraction(1, 2)
"""The share above which the second of two labels wins."""


def estimator_of(model: Model) -> Node | None:
    """Return the node that is the model, where there is one of ai.onnx.ml."""
    result = [node for node in model.nodes if node.domain == ML and node.op in _TREES + _LINES]
    if len(result) > 1:
        raise result[1].refused("the model has two of them", "read a model of one")
    return result[0] if result else None


def description_of(
    model: Model, node: Node, names: Sequence[str] | None
) -> tuple[Forest | Linear, list[str]]:
    """Describe the model of a node, and name the outputs of the graph that are left out.

    Raises InvalidNetworkError where a network cannot hold it.
    """
    source, columns, limit = _columns(model, node)
    features = _features(source, names)
    if columns is None:
        columns = [Line(k) for k in range(len(features))]
    elif len(columns) != len(features):
        raise node.refused("what it reads has not the size of the input")
    described: Forest | Linear | None
    if node.op in _TREES:
        described = _forest(node, features, source.dtype)
        if any(column != Line(k) for k, column in enumerate(columns)):
            described = _descaled(described, columns)
            if described is None or source.dtype != "float32":
                raise node.refused("it reads numbers that are scaled otherwise than from float32")
    else:
        described = _linear(node, features, columns)
        if limit is not None:
            described = _binarized(described, limit, source.dtype)
    return described, _others(model, node)


def _columns(model: Model, node: Node) -> tuple[Value, list[Line] | None, float | None]:
    """Return the input of the graph that a node reads, and its columns after scaling.

    The last is the threshold of a Binarizer, where the node reads one.
    """
    makers = {name: each for each in model.nodes for name in each.outputs}
    inputs = {value.name: value for value in model.inputs}
    name, columns, limit = node.inputs[0], None, None
    for _ in range(len(model.nodes)):
        if name in inputs:
            return inputs[name], columns, limit
        maker = makers.get(name)
        if maker is None:
            break
        if maker.op == "Scaler" and columns is None and limit is None:
            columns = _scaled(maker)
        elif maker.op == "Binarizer" and columns is None and limit is None and node.op in _LINES:
            limit = float(maker.attributes.get("threshold", 0.0))
        elif maker.op not in _PASSED:
            raise maker.refused(f"{node.op} reads what it gives")
        name = maker.inputs[0]
    raise node.refused("it does not read the input")


def _scaled(node: Node) -> list[Line]:
    offsets, scales = (
        [_exact(node, each) for each in node.attributes.get(key) or []]
        for key in ("offset", "scale")
    )
    count = max(len(offsets), len(scales))
    if not count or count > _MAX_FEATURES:
        raise node.refused("it has no scales")
    offsets = offsets * count if len(offsets) == 1 else offsets or [Fraction(0)] * count
    scales = scales * count if len(scales) == 1 else scales or [Fraction(1)] * count
    if len(offsets) != len(scales):
        raise node.refused("it has not as many offsets as scales")
    return [Line(k, s, -o * s) for k, (o, s) in enumerate(zip(offsets, scales, strict=True))]


def _exact(node: Node, value: object) -> Fraction:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise node.refused("it has numbers that are not finite")
    return Fraction(value)


def _features(source: Value, names: Sequence[str] | None) -> list[Feature]:
    size = source.shape[-1] if len(source.shape) == 2 else 0
    if not 0 < size <= _MAX_FEATURES or source.dtype in ("", "object", "bool"):
        raise refused(
            "the input of the model is no table of numbers with a size",
            "make the model with the number of columns: [None, 30]",
        )
    if names is None:
        names = [f"x{k}" for k in range(size)]
    if len(names) != size:
        raise refused(f"{len(names)} names are feeds, and the model reads {size} columns")
    return [Feature(name) for name in names]


def _others(model: Model, node: Node) -> list[str]:
    """Return the outputs of the graph that are not the first output of a node."""
    same = {node.outputs[0]}
    for each in model.nodes:
        if each.op in (*_PASSED, "Reshape", "Squeeze") and each.inputs[0] in same:
            same.add(each.outputs[0])
    names = [value.name for value in model.outputs]
    if not same.intersection(names):
        raise node.refused("no output gives its label or its number")
    return [name for name in names if name not in same]


# ----------------------------------------------------------------------------- linear models


def _linear(node: Node, features: Sequence[Feature], columns: Sequence[Line]) -> Linear:
    numbers = [_exact(node, each) for each in node.attributes.get("coefficients") or []]
    constants = [_exact(node, each) for each in node.attributes.get("intercepts") or []]
    width = len(columns)
    count = len(numbers) // width
    if not count or count * width != len(numbers) or len(constants) not in (0, count):
        hint = "export it with an input of all columns, and any number of rows"
        raise node.refused("it has not one weight for each column", hint)
    rows = [numbers[k * width : (k + 1) * width] for k in range(count)]
    return Linear(
        features, columns, rows, constants or [Fraction(0)] * count, _verdict(node, count)
    )


def _binarized(linear: Linear, limit: float, dtype: str) -> Forest:
    """Return sums of columns that are 1 above a limit, else 0: a tree of one split for each."""
    nothing = [0] * len(linear.weights)
    leaves = [list(map(simplest, row)) for row in zip(*linear.weights, strict=True)]
    trees = [
        Tree((k, 0, 0), (limit, 0.0, 0.0), (1, -1, -1), (2, -1, -1), ((), nothing, leaf))
        for k, leaf in enumerate(leaves)
    ]
    split = Split("float64" if dtype == "float64" else "float32")
    base = list(map(simplest, linear.intercepts))
    return Forest(trees, linear.features, split, base, linear.verdict)


def _verdict(node: Node, count: int) -> Verdict:
    if node.op.endswith("Regressor"):
        if count != 1 or node.attributes.get("post_transform", "NONE") != "NONE":
            raise node.refused("it gives several numbers, or what is made of one")
        return Verdict("sum", unit=_UNIT)
    labels = node.attributes.get("classlabels_strings") or [
        str(each)
        for key in ("classlabels_int64s", "classlabels_ints")
        for each in node.attributes.get(key) or []
    ]
    if len(set(labels)) != len(labels) or len(labels) < _BINARY:
        raise node.refused("it has not two or more labels")
    if count == 1 and len(labels) == _BINARY:
        return Verdict("above", tuple(labels), _UNIT)
    if count != len(labels):
        raise node.refused("it has not a sum for each label")
    return Verdict("largest", tuple(labels), _UNIT)


# ------------------------------------------------------------------------------------- trees


@dataclass(frozen=True)
class _Lists:
    """The attributes of the nodes of trees, each a list."""

    node: Node
    attributes: Mapping[str, Any]

    def of(self, key: str, count: int | None = None) -> list[Any]:
        """Return a list, or the numbers of a tensor."""
        value = self.attributes.get(key)
        if value is None:
            value = self.attributes.get(f"{key}_as_tensor")
        listed = value.reshape(-1).tolist() if isinstance(value, np.ndarray) else value or []
        if not isinstance(listed, list) or (count is not None and len(listed) != count):
            raise self.node.refused(f"its lists have different lengths: {key}")
        return listed


def _forest(node: Node, features: Sequence[Feature], dtype: str) -> Forest:
    lists = _Lists(node, node.attributes)
    trees, splits = _trees(node, lists, len(features))
    kind = "class" if node.op == "TreeEnsembleClassifier" else "target"
    if node.attributes.get("aggregate_function", "SUM") not in ("SUM", "AVERAGE"):
        raise node.refused("it takes the least or greatest of its trees")
    places = {
        key: (tree, place) for tree, known in enumerate(trees) for key, place in known.items()
    }
    described: list[dict[int, list[Fraction]]] = [{} for _ in trees]
    ids = lists.of(f"{kind}_ids")
    weights = [_exact(node, each) for each in lists.of(f"{kind}_weights", len(ids))]
    if node.attributes.get("aggregate_function") == "AVERAGE":
        weights = [weight / len(trees) for weight in weights]
    used = sorted(set(ids))
    count = _count(node, kind, used)
    owners = (lists.of(f"{kind}_{key}", len(ids)) for key in ("treeids", "nodeids"))
    for key, index, weight in zip(zip(*owners, strict=True), ids, weights, strict=True):
        if key not in places or not 0 <= index < max(count, 1) + (count == 1):
            raise node.refused("a leaf is of no tree, or of no class")
        tree, place = places[key]
        row = described[tree].setdefault(place, [Fraction(0)] * count)
        row[0 if count == 1 else index] += weight
    base = [_exact(node, each) for each in lists.of("base_values")] or [Fraction(0)] * count
    if len(base) != count:
        raise node.refused("it has not one number to begin with for each sum")
    if count == 1 and kind == "class" and all(weight >= 0 for weight in weights):
        base = [base[0] - _HALF]
    return Forest(
        [_tree(splits[k], described[k], count) for k in range(len(trees))],
        features,
        Split("float64" if dtype == "float64" else "float32", _side(node, lists)),
        [simplest(each) for each in base],
        _verdict(node, count),
    )


def _count(node: Node, kind: str, used: Sequence[int]) -> int:
    """Return how many sums there are: of two labels, one where one class alone has weights."""
    if kind == "target":
        return int(node.attributes.get("n_targets", 1))
    labels = max(
        len(node.attributes.get(key) or []) for key in ("classlabels_strings", "classlabels_int64s")
    )
    return 1 if labels == _BINARY and len(used) == 1 else labels


def _side(node: Node, lists: _Lists) -> bool:
    """Return True if thresholds themselves go left, which must be so in all trees or none."""
    modes = {mode for mode in lists.of("nodes_modes") if mode != "LEAF"}
    if not modes <= _MODES.keys():
        raise node.refused("it compares with `==` or with sets")
    sides = {_MODES[mode][0] for mode in modes}
    if len(sides) > 1:
        raise node.refused("its trees compare in two ways")
    return sides.pop() if sides else True


def _trees(
    node: Node, lists: _Lists, width: int
) -> tuple[list[dict[tuple[int, int], int]], list[list[tuple[int, float, int, int]]]]:
    """Return by tree the places of its nodes, and feature, threshold, left and right of each."""
    ids = lists.of("nodes_treeids")
    count = len(ids)
    keys = list(zip(ids, lists.of("nodes_nodeids", count), strict=True))
    trees: dict[int, dict[tuple[int, int], int]] = {}
    for key in keys:
        known = trees.setdefault(key[0], {})
        if key in known:
            raise node.refused("a tree has a node twice")
        known[key] = len(known)
    modes, features = lists.of("nodes_modes", count), lists.of("nodes_featureids", count)
    limits = lists.of("nodes_values", count)
    yes, no = lists.of("nodes_truenodeids", count), lists.of("nodes_falsenodeids", count)
    splits: dict[int, list[tuple[int, float, int, int]]] = {tree: [] for tree in trees}
    for i, (tree, _) in enumerate(keys):
        if modes[i] == "LEAF":
            splits[tree].append((0, 0.0, -1, -1))
            continue
        ways = [trees[tree].get((tree, way)) for way in (yes[i], no[i])]
        if None in ways or modes[i] not in _MODES or not 0 <= features[i] < width:
            raise node.refused("a tree leads to no node, or reads no column")
        left, right = ways[::-1] if _MODES[modes[i]][1] else ways
        assert left is not None
        assert right is not None
        splits[tree].append((features[i], float(_exact(node, limits[i])), left, right))
    if not trees or any(
        next(iter(known))[1] != min(k for _, k in known) for known in trees.values()
    ):
        raise node.refused("its trees have no roots")
    # where a missing value goes is not read: a network refuses rows that have one
    order = list(trees)
    return [trees[tree] for tree in order], [splits[tree] for tree in order]


def _tree(
    splits: Sequence[tuple[int, float, int, int]],
    leaves: Mapping[int, Sequence[Fraction]],
    count: int,
) -> Tree:
    feature, threshold, left, right = zip(*splits, strict=True)
    nothing = [Fraction(0)] * count
    value: list[Sequence[Number]] = [
        [simplest(each) for each in leaves.get(place, nothing)] if way < 0 else ()
        for place, way in enumerate(left)
    ]
    return Tree(feature, threshold, left, right, value)


# ------------------------------------------------------------------ trees behind a scaler

_LARGEST_BITS = 0x7F7FFFFF
"""The greatest float32, as an integer; below 0, the sign stands before the size."""


def _descaled(forest: Forest, columns: Sequence[Line]) -> Forest | None:
    """Return the trees over columns that are not scaled, with cut-offs between the same float32.

    A scaled number is (x - offset) * scale in float32, which rises with x: where it passes a
    threshold is found by halving. None where a column does not rise, or never passes one.
    """
    trees = []
    for tree in forest.trees:
        inner = np.array(tree.left) >= 0
        feature = np.array(tree.feature)[inner]
        if feature.size and not 0 <= feature.min() <= feature.max() < len(columns):
            return None
        lines = [columns[k] for k in feature.tolist()]
        scales, offsets = np.ones(len(lines), np.float32), np.zeros(len(lines), np.float32)
        for i, line in enumerate(lines):
            if line.scale <= 0:
                return None
            scales[i], offsets[i] = float(line.scale), float(-line.offset / line.scale)
        limits = np.array(tree.threshold)[inner].astype(np.float32)
        first = _first_beyond(limits, scales, offsets, is_left=forest.split.is_left)
        if forest.split.is_left:
            first = first - 1
        if (np.abs(first) > _LARGEST_BITS).any():
            return None
        thresholds = np.array(tree.threshold, np.float64)
        thresholds[inner] = _floats(first)
        trees.append(replace(tree, threshold=thresholds.tolist()))
    return replace(forest, trees=trees)


def _first_beyond(limits: Array, scales: Array, offsets: Array, *, is_left: bool) -> Array:
    """Return the least float32, as integers, whose scaled number passes each limit."""
    low = np.full(len(limits), -_LARGEST_BITS - 1, np.int64)
    high = np.full(len(limits), _LARGEST_BITS + 1, np.int64)
    while (high - low > 1).any():
        middle = np.clip((low + high) // 2, -_LARGEST_BITS, _LARGEST_BITS)
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = (_floats(middle) - offsets) * scales
        passes = numbers > limits if is_left else numbers >= limits
        is_open = high - low > 1
        high = np.where(is_open & passes, middle, high)
        low = np.where(is_open & ~passes, middle, low)
    return high


def _floats(bits: Array) -> Array:
    """Return float32 by their integers, which rise as they do."""
    sizes = np.abs(bits).astype(np.uint32).view(np.float32)
    return np.where(bits < 0, -sizes, sizes).astype(np.float32)
