"""Forests as data -> networks, against an oracle that walks the trees."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.trees import Feature, Forest, Tree, plant
from nnc.interchange.importing.models.votes import Verdict
from tests.support.forests import Rows, laid_rows, sums_of

STUMP = Tree([0, -2, -2], [0.5, 0.0, 0.0], [1, -1, -1], [2, -1, -1], [(), (1, 0), (0, 1)])
ONE = Forest([STUMP], [Feature("x")], Split(), [0, 0], Verdict("largest", ("low", "high")))


def grown(random: Random, features: int, outputs: int, first: int = 0) -> Tree:
    """Grow a tree of few thresholds, so that trees share them, and no row reaches some leaves."""
    feature: list[int] = []
    threshold: list[float] = []
    left: list[int] = []
    right: list[int] = []
    value: list[Sequence[int | Fraction]] = []

    def node(depth: int) -> int:
        here = len(feature)
        is_leaf = depth == 0 or random.random() < 0.2
        feature.append(-2 if is_leaf else random.randrange(features))
        threshold.append(0.0 if is_leaf else random.choice([0.1, 0.25, 0.3, -1.5, 1e-30, 7.0, 2.4]))
        value.append(
            [Fraction(random.randint(-8, 8), 4) for _ in range(outputs)] if is_leaf else ()
        )
        left.append(-1)
        right.append(-1)
        if not is_leaf:
            left[here], right[here] = node(depth - 1), node(depth - 1)
        return here

    node(random.randint(0, 4))
    return Tree(feature, threshold, left, right, value, first)


def made(random: Random) -> Forest:
    kind = random.choice(["largest", "above", "at_least", "sum"])
    outputs = random.randint(2, 4) if kind == "largest" else 1
    labels = tuple(f"c{k}" for k in range(max(outputs, 2))) if kind != "sum" else ()
    features = random.randint(1, 3)
    wide = random.random() < 0.5
    trees = [
        grown(random, features, outputs if wide else 1, 0 if wide else k % outputs)
        for k in range(random.randint(1, 5))
    ]
    split = Split(random.choice(["float32", "float64"]), random.random() < 0.5)
    base = [Fraction(random.randint(-4, 4), 8) for _ in range(outputs)]
    return Forest(
        trees, [Feature(f"x{k}") for k in range(features)], split, base, Verdict(kind, labels)
    )


def answers(network: nnc.Network, rows: Rows) -> list[object]:
    columns = {name: rows[:, k] for k, name in enumerate(network.inputs)}
    [found] = nnc.evaluate(network, columns, floats="binary").values()
    return list(found.tolist())


def wanted(forest: Forest, rows: Rows) -> list[object]:
    found: list[object] = []
    for row in rows:
        sums = sums_of(forest, row)
        labels = forest.verdict.labels
        if forest.verdict.outcome == "sum":
            found.append(sums[0])
        elif forest.verdict.outcome == "largest":
            found.append(labels[sums.index(max(sums))])
        else:
            is_over = sums[0] > 0 or (sums[0] == 0 and forest.verdict.outcome == "at_least")
            found.append(labels[is_over])
    return found


def test_any_forest_gives_what_its_trees_give(full: bool) -> None:
    random = Random("forests")
    for _ in range(800 if full else 40):
        forest = made(random)
        network = plant(forest).network
        rows = laid_rows(forest, np.zeros((1, len(forest.features))), 30, random)
        assert answers(network, rows) == wanted(forest, rows)


def test_any_forest_is_the_same_as_a_file(full: bool) -> None:
    random = Random("forests as files")
    for _ in range(200 if full else 10):
        network = plant(made(random)).network
        assert nnc.digest(nnc.loads(nnc.to_yaml(network))) == nnc.digest(network)


def test_a_cut_off_that_is_one_float_off_is_found() -> None:
    random = Random("one float off")
    rows = laid_rows(ONE, np.zeros((1, 1)), 200, random)
    above = float(np.nextafter(np.float32(0.5), np.float32(1)))
    moved = replace(ONE, trees=[replace(STUMP, threshold=[above, 0.0, 0.0])])
    assert answers(plant(ONE).network, rows) == wanted(ONE, rows)
    assert answers(plant(moved).network, rows) != wanted(ONE, rows)


def test_what_is_written() -> None:
    lines = nnc.to_yaml(plant(ONE).network).splitlines()[2:]
    assert [" ".join(each.split()) for each in lines] == [
        "inputs: {x: real}",
        "neurons:",
        "x_is: {weights: {x: 1}, thresholds: {over_0_5: above 0.5000000298023223876953125}}",
        "leaf1: {weights: {x_is.over_0_5: -1}, threshold: 0}",
        "leaf2: {weights: {x_is.over_0_5: 1}, threshold: 1}",
        "votes_low: {weights: {leaf1: 1}, threshold: 0.4}",
        "votes_high: {weights: {leaf2: 1}, threshold: 0.4}",
        "outputs:",
        "class: {largest: [votes_low, votes_high], labels: [low, high]}",
    ]
    short = plant(ONE, cutoffs="short").network
    assert "over_0_5: above 0.5}" in nnc.to_yaml(short)


def test_categories_are_values_of_a_choice() -> None:
    features = [Feature("colour", ("red", "green", "blue", "grey")), Feature("x")]
    tree = Tree(
        [0, -2, 0, -2, 1, -2, -2],
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [1, -1, 3, -1, 5, -1, -1],
        [2, -1, 4, -1, 6, -1, -1],
        [(), (1,), (), (2,), (), (4,), (8,)],
        categories={0: frozenset({1, 2, 3}), 2: frozenset({2, 3})},
    )
    network = plant(Forest([tree], features, Split(), [0], Verdict("sum"))).network
    rows = {"colour": ["red", "green", "blue", "grey", "grey"], "x": [9, 9, 1, 1, 2]}
    assert nnc.evaluate(network, rows)["value"].tolist() == [1, 2, 4, 4, 8]
    assert network.neurons["leaf1"].weights == {"colour.red": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": [0, -1, -1]}, "has node 0 twice"),
        ({"right": [1, -1, -1]}, "has node 1 twice"),
        ({"right": [9, -1, -1]}, "has node 9 twice, or not at all"),
        ({"feature": [1, -2, -2]}, "reads feature 1, of 1"),
        ({"threshold": [float("nan"), 0.0, 0.0]}, "has the threshold nan"),
        ({"left": [1, -1]}, "lists of different lengths"),
        ({"categories": {0: frozenset({0})}}, "has categories that feature 0 has not"),
    ],
)
def test_damaged_trees(change: dict[str, object], message: str) -> None:
    tree = replace(STUMP, **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidNetworkError, match=message):
        plant(replace(ONE, trees=[tree]))


def test_a_split_by_missing_values_is_no_damage() -> None:
    with pytest.raises(InvalidNetworkError, match=r"node 0 asks whether `.*` is missing") as error:
        plant(replace(ONE, trees=[replace(STUMP, threshold=[float("inf"), 0.0, 0.0])]))
    assert error.value.diagnostics[0].rule == "not-importable"


def test_numbers_that_have_no_common_unit_are_written_as_decimals() -> None:
    random = Random("decimals")
    shares = [Fraction(random.randint(1, 900), random.randint(901, 1800)) for _ in range(300)]
    trees = [replace(STUMP, value=[(), (share, 0), (0, 1 - share)]) for share in shares]
    planted = plant(replace(ONE, trees=trees))
    weights = planted.network.neurons["votes_low"].weights
    assert isinstance(weights, dict)
    assert all(10**18 % Fraction(weight).denominator == 0 for weight in weights.values())
    assert all(
        abs(Fraction(weight) - share) < Fraction(1, 10**14)
        for weight, share in zip(weights.values(), shares, strict=True)
    )
    assert 0 < planted.ties.bound < Fraction(1, 10**9)
