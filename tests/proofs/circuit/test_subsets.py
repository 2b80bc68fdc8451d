"""Neurons of many sources whose weights are alike, compared by all sums of their weights."""

from itertools import product
from random import Random

import pytest

from nnc.proofs.circuit.subsets import Neuron, compare
from tests.support.comparing import verdict


def fires(neuron: Neuron, states: dict[int, bool]) -> bool:
    weights, threshold = neuron
    return sum(weight for node, weight in weights.items() if states[node]) >= threshold


def test_two_neurons_against_all_their_inputs(chunk: int) -> None:
    rng = Random(f"subsets {chunk}")
    for _ in range(100):
        nodes = range(1, rng.randint(2, 8))
        unit = rng.choice([1, 2, 3])
        weights = {node: unit * rng.choice([-1, 1]) * rng.randint(1, 9) for node in nodes}
        factor = rng.choice([1, 1, 2, 5])
        others = {node: factor * weight for node, weight in weights.items()}
        for node in rng.sample(list(nodes), rng.randint(0, min(2, len(nodes)))):
            others[node] += rng.choice([-1, 1])
        threshold = rng.randint(-10, 15)
        first = (weights, threshold)
        second = (others, factor * threshold + rng.randint(-1, 1))
        rows = [dict(zip(nodes, row, strict=True))
                for row in product((False, True), repeat=len(nodes))]  # fmt: skip
        contrast = compare(first, second)
        is_equal = all(fires(first, row) == fires(second, row) for row in rows)
        assert contrast.is_equal is is_equal, (first, second)
        if contrast.states is not None:
            states = dict(contrast.states)
            assert fires(first, states) != fires(second, states)


def wide(count: int, *, factor: int, changed: int = 0, threshold: int = 0) -> str:
    """Write a neuron with weights of 4 decimals, one of them changed by units of the last place."""
    rng = Random(count)
    weights = [factor * rng.choice([-1, 1]) * rng.randint(1, 10**5) for _ in range(count)]
    limit = sum(weights) // (2 * factor) * factor + threshold
    weights[7] += changed
    listed = ", ".join(f"x({i}): {weight}e-4" for i, weight in enumerate(weights))
    return (
        f"inputs: {{x: bit({count})}}\nneurons: {{n: {{weights: {{{listed}}}, "
        f"threshold: {limit}e-4}}}}\noutputs: [n]\n"
    )


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (wide(60, factor=2, threshold=1), "differs"),
        (wide(60, factor=2, threshold=-1), "equal"),
        (wide(60, factor=2, changed=1), "equal"),
        (wide(60, factor=2, changed=-1), "differs"),
    ],
)
def test_sixty_inputs_and_one_unit_of_the_last_decimal(after: str, kind: str) -> None:
    """All sums are even: one more is needed for an odd threshold, and one more changes nothing."""
    assert verdict(wide(60, factor=2), after, budget=10).kind == kind
