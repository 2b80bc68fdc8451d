"""Bits of states such as [1, 0] and [2, 5] mean the same on every surface: the oracle says what."""

from random import Random

import pytest

from tests.support.drawn_convolutions import drawn_stated
from tests.support.stated import drawn, hidden, mutant, twin
from tests.support.strategies import OTHER_STATES, PLAIN
from tests.support.surfaces import SURFACES, tried

IN_A_CHUNK = 2


@pytest.mark.seconds(120)
@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_gives_what_the_oracle_gives(surface: str, chunk: int) -> None:
    cells = 0
    for number in range(IN_A_CHUNK):
        rng = Random(f"surfaces {chunk} {number}")
        cells += tried(drawn(rng), surface, rng)
    assert cells


@pytest.mark.seconds(120)
@pytest.mark.parametrize(
    "surface", sorted(SURFACES.keys() - {"digests", "changes of rows", "comparisons"})
)  # those change one neuron
def test_every_surface_gives_what_the_oracle_gives_of_convolutions(
    surface: str, chunk: int
) -> None:
    rng = Random(f"convolutions {chunk}")
    assert tried(drawn_stated(rng), surface, rng)


def test_half_of_all_bits_have_other_states() -> None:
    networks = [drawn(Random(f"states {number}")) for number in range(200)]
    states = [states for one in networks for states in one.states.values()]
    other = sum(each != PLAIN for each in states)
    assert 0.4 < other / len(states) < 0.6
    assert {*states} == {PLAIN, *OTHER_STATES}


def test_a_twin_has_other_states_and_gives_the_same() -> None:
    restated = changed = 0
    for number in range(60):
        rng = Random(f"twins {number}")
        one = hidden(drawn(rng))
        other = twin(rng, one)
        restated += one.states != other.states
        changed += one.wanted != mutant(rng, one).wanted
        assert other.wanted == one.wanted
    assert restated > 20
    assert changed > 10
