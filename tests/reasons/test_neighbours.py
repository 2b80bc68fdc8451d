"""Near rows that are found by trying, where the circuit is too large for a search."""

from itertools import combinations
from random import Random

import pytest

import nnc
from nnc.reasons import answers, neighbours
from nnc.reasons.finder import UndecidedError


def layered(rng: Random, pixels: int, hidden: int) -> nnc.Network:
    """Return a network of two layers that gives the place of the largest sum."""
    weights = [[rng.randint(-3, 3) for _ in range(pixels)] for _ in range(hidden)]
    last = [[rng.randint(-3, 3) for _ in range(hidden)] for _ in range(4)]
    limits = [rng.randint(-9, 9) for _ in range(hidden)]
    return nnc.Network(
        inputs={"p": {"type": "bit", "size": pixels}},
        layers={
            "h": {"wiring": ["p"], "weights": weights, "thresholds": limits, "fires": "at_least"},
            "o": {"wiring": ["h"], "weights": last, "thresholds": 0, "fires": "at_least"},
        },
        outputs={"digit": {"largest": "o"}},
    )


SEED = 3
"""Of which no row with one change gives another place."""


def test_a_picture_of_784_pixels() -> None:
    rng = Random(SEED)
    network = layered(rng, 784, 16)
    picture = sum((rng.random() < 0.2) << place for place in range(784))
    (output,) = nnc.why(network, {"p": picture}).outputs
    (row,) = output.near.rows
    assert 2 <= len(row.changes) <= 8
    other = picture
    for change in row.changes:
        assert change.element is not None
        other ^= 1 << change.element
    digits = nnc.evaluate(network, {"p": [picture, other]})["digit"]
    assert (digits[0], digits[1]) == (output.value, row.value)
    assert digits[0] != digits[1]
    assert output.near.is_proved is False


@pytest.mark.parametrize("reach", [1, 1 << 16])
def test_small_networks_against_all_rows(reach: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest where all rows that near were looked at, else none that is needless."""

    def undecided(*_: object, **__: object) -> None:
        raise UndecidedError

    monkeypatch.setattr(answers.Reasoning, "finder", undecided)
    monkeypatch.setattr(neighbours, "_MAX_ROWS", reach)
    rng = Random(f"around {reach}")
    for _ in range(12):
        network = layered(rng, 7, 4)
        picture, kept = rng.getrandbits(7), rng.sample(range(7), 2)
        keep = [f"p({place})" for place in kept]
        (output,) = nnc.why(network, {"p": picture}, keep=keep).outputs
        digits = nnc.evaluate(network, {"p": list(range(128))})["digit"]
        free = [place for place in range(7) if place not in kept]
        fewest = next(
            (
                count
                for count in range(1, 6)
                for axes in combinations(free, count)
                if digits[picture ^ sum(1 << axis for axis in axes)] != digits[picture]
            ),
            None,
        )
        near = output.near
        for row in near.rows:
            changed = {change.element for change in row.changes}
            assert not changed & set(kept)
            assert digits[picture ^ sum(1 << place for place in changed if place is not None)] == (
                row.value
            )
            assert fewest is not None
            assert len(changed) >= fewest
            if near.is_proved:
                assert len(changed) == fewest
        if fewest is None:
            assert not near.rows
        elif reach > 1:
            assert (near.is_proved, bool(near.rows)) == (True, True)
