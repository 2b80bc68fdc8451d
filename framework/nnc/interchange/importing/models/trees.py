"""Trees of any library -> a network: cut-offs that all trees share, leaves, and their votes.

A reader of a library describes its model as a `Forest`. Each feature becomes an input, and one
neuron with all cut-offs of that feature. Each leaf is a neuron that fires where its cut-offs say
so: one leaf of each tree. What a leaf gives are the weights of the votes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.interchange.importing.models.cutoffs import (
    Split,
    cut_off,
    full_label,
    label,
    least_right,
)
from nnc.interchange.importing.models.votes import Sums, Verdict, verdict_parts
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.importing.settings import CutOffs, UnfitSettingError
from nnc.interchange.importing.ties import Ties
from nnc.language.firing import Threshold
from nnc.language.network import Input, Network, Neuron
from nnc.numbers.exact import Number, counted, magnitude, shorten, simplest

MAX_SYNAPSES = 1 << 26  # of all leaves together

MAX_UNNAMED = 1 << 16
"""The most columns that a file may count without naming them: its count is not to be trusted."""

MAX_INTEGERS = 1 << 16  # the greatest integer that may be a category


@dataclass(frozen=True, slots=True)
class Feature:
    """A column that trees read: a number, or one of `values`, in the order of their places.

    With `integers` it is an integer, and splits ask which of these it is; any other integer has the
    place after them.
    """

    name: str
    values: tuple[str, ...] = ()
    integers: Sequence[int] = ()

    @property
    def places(self) -> int:
        """The number of values that a split by category distinguishes."""
        return len(self.integers) + 1 if self.integers else len(self.values)


def numbered_names(count: int) -> list[str]:
    """Return the names of columns that a file only counts: `x0`, `x1`, ...

    Raises InvalidNetworkError for none, and for more than a file may count.
    """
    if count < 1:
        raise damaged(f"the model reads {count:,} columns")
    if count > MAX_UNNAMED:
        message = f"the model reads {count:,} columns, and the file does not name them"
        raise refused(message, f"at most {MAX_UNNAMED:,} are read without names")
    return [f"x{place}" for place in range(count)]


def named_features(names: Sequence[str], chosen: Sequence[str] | None) -> list[Feature]:
    """Return the columns of a model, by the given names, or by its own.

    Raises UnfitSettingError where there are more or fewer names than columns.
    """
    if chosen is not None and len(chosen) != len(names):
        names_given, columns = counted(len(chosen), "name"), counted(len(names), "column")
        raise UnfitSettingError(f"{names_given} given, and the model reads {columns}")
    return [Feature(name) for name in (names if chosen is None else chosen)]


def choice_feature(name: str, texts: Sequence[str]) -> Feature:
    """Return a column whose values are texts, as similar names."""
    names = Names()
    return Feature(name, tuple(names.new(text, "value") for text in texts))


def not_a_split(name: str, reason: str) -> InvalidNetworkError:
    """Return the error that a split is neither by a cut-off nor by a known category."""
    message = f"a tree splits the feature `{shorten(name)}`, {reason}"
    help_text = "encode it as numbers, or as texts of a pandas category, before training"
    return InvalidNetworkError([Diagnostic("split-not-importable", message, help=help_text)])


def integer_feature(feature: Feature, greatest: int) -> Feature:
    """Return a column of integers that are categories, at least up to the greatest of a split.

    A column that has values of its own stays as it is.
    """
    if feature.values or (feature.integers and not isinstance(feature.integers, range)):
        return feature
    if greatest > MAX_INTEGERS:
        raise not_a_split(feature.name, f"with categories up to {greatest:,}")
    return replace(feature, integers=range(max(greatest + 1, len(feature.integers))))


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree by its nodes; node 0 is the root, and a node whose `left` is negative is a leaf.

    Any other node sends a row to `right` where the feature passes the threshold, as the `Split` of
    the forest says, or where it is one of the `categories` of the node. `value` has what a leaf
    gives to the sums from `first` on.
    """

    feature: Sequence[int]
    threshold: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    value: Sequence[Sequence[Number]]
    first: int = 0
    categories: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees whose leaves are added to `base`, and the `verdict` on these sums."""

    trees: Sequence[Tree]
    features: Sequence[Feature]
    split: Split
    base: Sequence[Number]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Planted:
    """The network of a forest, and the distance within which its library may decide otherwise."""

    network: Network
    ties: Ties


Box = dict[int, tuple[int, int] | frozenset[int]]
"""The path to a leaf: for each feature the ranks of two cut-offs, or the values."""


def plant(forest: Forest, *, cutoffs: CutOffs = "exact") -> Planted:
    """Return a network equivalent to a forest.

    Raises InvalidNetworkError where a tree is damaged or too large.
    """
    ranks, highs = _ranks(forest)
    names = Names()
    inputs = input_names(forest.features, names)
    neurons: dict[str, Neuron] = {}
    sources = _cut_offs(forest, highs, cutoffs, inputs, names, neurons)
    _add_integers(forest, sources, inputs, names, neurons)
    votes: list[dict[str, Number]] = [{} for _ in forest.base]
    base = list(forest.base)
    spread: list[Number] = [magnitude(number) for number in base]
    synapses = 0
    for place, tree in enumerate(forest.trees):
        most: dict[int, Number] = {}
        for node, box in _leaves(tree, place, ranks, forest.features):
            gives = [(k, number) for k, number in enumerate(tree.value[node], tree.first) if number]
            for k, number in gives:
                most[k] = max(most.get(k, 0), magnitude(number))
            if not box:  # the tree is this leaf
                for k, number in gives:
                    base[k] = simplest(Fraction(base[k] + number))
                continue
            leaf = names.new(f"tree{place}_leaf{node}" if len(forest.trees) > 1 else f"leaf{node}")
            weights, wanted = _synapses(box, sources, inputs, forest.features)
            # not validated: forests have many thousands of neurons
            neurons[leaf] = Neuron.model_construct(weights=weights, threshold=wanted)
            synapses += len(weights)
            if synapses > MAX_SYNAPSES:
                raise refused(f"the leaves have more than {MAX_SYNAPSES:,} synapses in all")
            for k, number in gives:
                votes[k][leaf] = number
        for k, number in most.items():
            spread[k] += number
    sums = Sums(votes, base, spread, len(forest.trees))
    parts = verdict_parts(forest.verdict, sums, names)
    network = Network(
        inputs={
            name: input_of(feature, name)
            for name, feature in zip(inputs, forest.features, strict=True)
        },
        fires="at_least",
        neurons={**neurons, **parts.neurons},
        outputs=parts.outputs,
    )
    return Planted(network, parts.ties)


def input_names(features: Sequence[Feature], names: Names) -> list[str]:
    """Return the inputs of columns: `petal width (cm)` becomes `petal_width_cm`."""
    return [
        names.new(re.sub(r"\W+", "_", feature.name).rstrip("_") or feature.name, f"x{i}")
        if not feature.name.isidentifier()
        else names.new(feature.name)
        for i, feature in enumerate(features)
    ]


def input_of(feature: Feature, name: str) -> Input:
    """Return the input of a feature, with its own name where that is another."""
    description = feature.name if feature.name != name else None
    if feature.values:
        return Input(type="choice", of=feature.values, description=description)
    if feature.integers:
        return Input(type="integer", description=description)
    return Input(type="real", description=description)


# ------------------------------------------------------------------------------- cut-offs


def _ranks(
    forest: Forest,
) -> tuple[dict[tuple[int, float], int], dict[int, list[tuple[float, float]]]]:
    """Return the cut-offs of each feature, numbered upward.

    They are the number of each threshold, and by feature the floats from which rows go right, each
    with a threshold. A threshold that no number passes has a number above all.
    """
    thresholds: dict[int, dict[float, float | None]] = {}
    for place, tree in enumerate(forest.trees):
        _check_lengths(tree, place)
        for node, (left, feature) in enumerate(zip(tree.left, tree.feature, strict=True)):
            if left < 0 or node in tree.categories:
                continue
            threshold = tree.threshold[node]
            if not 0 <= feature < len(forest.features):
                raise damaged(
                    f"tree {place}, node {node} reads feature {feature}, of {len(forest.features)}"
                )
            if abs(threshold) == math.inf:
                name = shorten(forest.features[feature].name)
                message = f"tree {place}, node {node} asks whether `{name}` is missing"
                raise refused(message, "train on rows without missing values")
            if math.isnan(threshold):
                raise damaged(f"tree {place}, node {node} has the threshold {threshold}")
            known = thresholds.setdefault(feature, {})
            if threshold not in known:
                known[threshold] = least_right(threshold, forest.split)
    ranks: dict[tuple[int, float], int] = {}
    highs: dict[int, list[tuple[float, float]]] = {}
    for feature, known in thresholds.items():
        by_high: dict[float, list[float]] = {}
        for threshold, high in known.items():
            by_high.setdefault(math.inf if high is None else high, []).append(threshold)
        ordered = sorted(by_high)
        for rank, high in enumerate(ordered):
            ranks.update({(feature, threshold): rank for threshold in by_high[high]})
        highs[feature] = [(high, min(by_high[high])) for high in ordered]
    return ranks, highs


def _check_lengths(tree: Tree, place: int) -> None:
    count = len(tree.left)
    lengths = {len(tree.feature), len(tree.threshold), len(tree.right), len(tree.value)}
    if not count or lengths != {count}:
        raise damaged(f"tree {place} has lists of different lengths, or no nodes")


Sources = dict[tuple[int, int], str]


def _cut_offs(
    forest: Forest,
    highs: Mapping[int, list[tuple[float, float]]],
    cutoffs: CutOffs,
    inputs: Sequence[str],
    names: Names,
    neurons: dict[str, Neuron],
) -> Sources:
    """Add a neuron with the cut-offs of each feature; return the source of each by its number."""
    sources: Sources = {}
    word = "over" if forest.split.is_left else "from"
    for feature in sorted(highs):
        cuts = highs[feature]
        labels = [label(threshold) for _, threshold in cuts]
        if len(set(labels)) < len(labels):
            labels = [full_label(threshold) for _, threshold in cuts]
        neuron = names.new(f"{inputs[feature]}_is")
        limits: dict[str, Threshold] = {}
        for rank, ((high, _), text) in enumerate(zip(cuts, labels, strict=True)):
            if high == math.inf and forest.split.is_left:
                continue
            limit = cut_off(high, forest.split.type, cutoffs)
            limits[f"{word}_{text}"] = limit.number if limit.rule == "at_least" else limit
            sources[feature, rank] = f"{neuron}.{word}_{text}"
        if limits:
            neurons[neuron] = Neuron(weights={inputs[feature]: 1}, thresholds=limits)
    return sources


def _add_integers(
    forest: Forest,
    sources: Sources,
    inputs: Sequence[str],
    names: Names,
    neurons: dict[str, Neuron],
) -> None:
    """Add a neuron for each column of integers that are categories, with the ends of their runs."""
    ends: dict[int, set[int]] = {}
    for tree in forest.trees:
        for node, chosen in tree.categories.items():
            place = tree.feature[node]
            if 0 <= place < len(forest.features) and forest.features[place].integers:
                _, _, runs = _runs(chosen, forest.features[place])
                ends.setdefault(place, set()).update(end for run in runs for end in run)
    for place, limits in sorted(ends.items()):
        neuron = names.new(f"{inputs[place]}_is")
        labels = {limit: f"from_{label(limit)}" for limit in sorted(limits)}
        neurons[neuron] = Neuron(
            weights={inputs[place]: 1},
            thresholds={text: Threshold(limit, "at_least") for limit, text in labels.items()},
        )
        sources.update({(place, limit): f"{neuron}.{text}" for limit, text in labels.items()})


def _runs(chosen: frozenset[int], feature: Feature) -> tuple[int, int, list[tuple[int, int]]]:
    """Return runs of integers, each from one up to before another, as a sum of their neurons.

    That is first + sign * (how many of the runs a row is in).
    """
    other = len(feature.integers)
    is_turned = other in chosen
    kept = (k for k in range(other) if (k in chosen) != is_turned)
    runs: list[tuple[int, int]] = []
    for number in sorted(feature.integers[k] for k in kept):
        if runs and runs[-1][1] == number:
            runs[-1] = runs[-1][0], number + 1
        else:
            runs.append((number, number + 1))
    return (1, -1, runs) if is_turned else (0, 1, runs)


# --------------------------------------------------------------------------------- leaves


def _leaves(
    tree: Tree,
    place: int,
    ranks: Mapping[tuple[int, float], int],
    features: Sequence[Feature],
) -> Iterator[tuple[int, Box]]:
    """Yield the leaves that rows can reach, each with the path to it."""
    count = len(tree.left)
    seen = bytearray(count)
    stack: list[tuple[int, Box]] = [(0, {})]
    while stack:
        node, box = stack.pop()
        if not 0 <= node < count or seen[node]:
            raise damaged(f"tree {place} has node {node} twice, or not at all")
        seen[node] = 1
        if tree.left[node] < 0:
            yield node, box
            continue
        feature = tree.feature[node]
        if node in tree.categories:
            left, right = _by_category(tree, place, node, box, features)
        else:
            left, right = _by_rank(box, feature, ranks[feature, tree.threshold[node]], place, node)
        if right is not None:
            stack.append((tree.right[node], right))
        if left is not None:
            stack.append((tree.left[node], left))


def _by_rank(
    box: Box, feature: int, rank: int, place: int, node: int
) -> tuple[Box | None, Box | None]:
    """Return the paths to the left and to the right of a cut-off; None for an impossible one."""
    bounds = box.get(feature, (-1, 1 << 62))
    if isinstance(bounds, frozenset):
        raise damaged(f"tree {place}, node {node} compares feature {feature}, a category")
    low, high = bounds
    left = {**box, feature: (low, min(rank, high))} if rank > low else None
    right = {**box, feature: (max(rank, low), high)} if rank < high else None
    return left, right


def _by_category(
    tree: Tree, place: int, node: int, box: Box, features: Sequence[Feature]
) -> tuple[Box | None, Box | None]:
    feature, chosen = tree.feature[node], tree.categories[node]
    count = features[feature].places if 0 <= feature < len(features) else 0
    if not count or not chosen <= set(range(count)):
        raise damaged(f"tree {place}, node {node} has categories that feature {feature} has not")
    before = box.get(feature, frozenset(range(count)))
    if not isinstance(before, frozenset):
        raise damaged(f"tree {place}, node {node} compares feature {feature}, a number")
    left, right = before - chosen, before & chosen
    return ({**box, feature: left} if left else None), ({**box, feature: right} if right else None)


def _synapses(
    box: Box, sources: Sources, inputs: Sequence[str], features: Sequence[Feature]
) -> tuple[dict[str, Number], int]:
    """Return the weights of the cut-offs of a box, and their sum where all are as they must be."""
    weights: dict[str, Number] = {}
    wanted = 0
    for feature in sorted(box):
        bounds = box[feature]
        if isinstance(bounds, frozenset) and features[feature].integers:
            first, sign, runs = _runs(bounds, features[feature])
            for low, high in runs:
                weights[sources[feature, low]] = sign
                weights[sources[feature, high]] = -sign
            wanted += 1 - first
            continue
        if isinstance(bounds, frozenset):
            values = features[feature].values
            is_short = 2 * len(bounds) <= len(values)
            for k, value in enumerate(values):
                if (k in bounds) == is_short:
                    weights[f"{inputs[feature]}.{value}"] = 1 if is_short else -1
            wanted += is_short
            continue
        low, high = bounds
        if low >= 0:
            weights[sources[feature, low]] = 1
            wanted += 1
        if (feature, high) in sources:
            weights[sources[feature, high]] = -1
    return weights, wanted
