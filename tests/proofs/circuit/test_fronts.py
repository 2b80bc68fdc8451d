"""Two sums of the same bits, one wanted high, the other low: found, or proved not to be."""

from collections.abc import Mapping
from itertools import product
from random import Random

import pytest

from nnc.proofs.circuit import fronts
from nnc.proofs.circuit.fronts import Meeting, meet
from nnc.proofs.plans.budget import SECOND

Weights = Mapping[int, int]


def endless(_units: int) -> bool:
    return True


def total(weights: Weights, states: Mapping[int, bool]) -> int:
    return sum(weight for bit, weight in weights.items() if states[bit])


def checked(high: Weights, least: int, low: Weights, most: int) -> Meeting:
    """Let both meet; the states that are found are as wanted."""
    meeting = meet(high, least, low, most, endless)
    assert (meeting.states is not None) == (meeting.is_possible is True)
    if meeting.states is not None:
        assert total(high, meeting.states) >= least
        assert total(low, meeting.states) <= most
    return meeting


def drawn(rng: Random) -> tuple[Weights, int, Weights, int]:
    count, size = rng.randint(1, 8), rng.choice([3, 20, 1_000])
    high = {bit: rng.randint(-size, size) for bit in range(count)}
    low = {
        bit: weight + rng.randint(-1, 1) if rng.random() < 0.7 else rng.randint(-size, size)
        for bit, weight in high.items()
        if rng.random() < 0.95
    }
    least = sum(high.values()) // 2 + rng.randint(-3, 3)
    return high, least, low, least + rng.randint(-4, 1)


DENSE = {"_SPARSE": 10**9, "_BLOCK": 3}
SPARSE = {"_MAX_DENSE": 0}


@pytest.mark.parametrize("limits", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_small_sums_against_all_their_bits(
    limits: dict[str, int], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit in limits.items():
        monkeypatch.setattr(fronts, name, limit)
    rng, kinds = Random(f"fronts {chunk}"), set()
    for _ in range(60):
        high, least, low, most = drawn(rng)
        bits = [*high, *(bit for bit in low if bit not in high)]
        rows = [
            dict(zip(bits, row, strict=True)) for row in product((False, True), repeat=len(bits))
        ]
        is_possible = any(
            total(high, row) >= least and total({0: 0} | dict(low), {0: False} | row) <= most
            for row in rows
        )
        answer = checked(high, least, low, most).is_possible
        assert answer is is_possible, (high, low)
        kinds.add(answer)
    assert kinds >= {True, False}


def test_no_sum_of_sixty_weights_where_counting_finds_none() -> None:
    """All sums up to the greatest, counted bit by bit, say which numbers are no sum."""
    rng = Random("no sum")
    weights = {bit: 3 * rng.randint(1, 2_000) for bit in range(52)}
    weights |= {bit: 3 * 10**5 + 3 * rng.randint(0, 3) for bit in range(52, 60)}
    sums = 1
    for weight in weights.values():
        sums |= sums << weight
    for target in [sum(weights.values()) // 2 + step for step in range(6)]:
        is_sum = bool(sums >> target & 1)
        assert checked(weights, target, weights, target).is_possible is is_sum
        noisy = {bit: 100 * weight + rng.randint(-1, 1) for bit, weight in weights.items()}
        gap = checked(weights, target, noisy, 100 * target - 61).is_possible
        assert gap is False  # 60 units of noise never make up for 100 of them


def test_work_is_paid_before_it_is_done() -> None:
    rng = Random("work")
    weights = {bit: rng.randint(1, 10**10) for bit in range(44)}
    asked = []

    def refused(units: int) -> bool:
        asked.append(units)
        return False

    half = sum(weights.values()) // 2
    assert meet(weights, half, weights, half, refused) == Meeting(None)
    assert 0 < max(asked) < SECOND


def test_weights_beyond_64_bits_are_not_known() -> None:
    weights = {bit: 3**bit * 10**9 for bit in range(45)}
    assert checked(weights, sum(weights.values()) // 2, weights, 7**20).is_possible is False
    half = sum(weights.values()) // 2
    assert checked(weights, half, weights, half + 1).is_possible is None
