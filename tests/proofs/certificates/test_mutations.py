"""Certificates that were changed by chance: none shows what is not so."""

import json
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from nnc.proofs.certifying import NamedNetwork, showing
from tests.support.certificates import certificate_of, certified, is_refused, shown_by
from tests.support.circuits import (
    array_multiplier,
    carry_save_multiplier,
    carry_select_adder,
    ripple_adder,
)

PAIRS = {
    "clauses": (array_multiplier(4), carry_save_multiplier(4)),
    "windows": (ripple_adder(6), carry_select_adder(6, 3)),
    "identities": (array_multiplier(9), carry_save_multiplier(9)),
}


@cache
def certificate(name: str) -> tuple[str, NamedNetwork, NamedNetwork]:
    """Give a certificate of a pair that was not made by trying rows, and its networks."""
    before, after = map(certified, PAIRS[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showing, "_FEW_ROWS", 0)
        if name != "identities":
            patch.setattr(showing.Showing, "_by_adders", lambda _: None)
        text = certificate_of(before, after).text
    assert text is not None
    return text, before, after


@pytest.fixture(params=PAIRS)
def case(request: pytest.FixtureRequest) -> tuple[str, NamedNetwork, NamedNetwork]:
    """Give each certificate."""
    return certificate(request.param)


def changed(text: str, rng: Random) -> str:
    """Change a byte, a line, or a number of a line."""
    way = rng.randrange(8)
    if way == 0:
        place = rng.randrange(len(text))
        return text[:place] + chr(ord(text[place]) ^ 1 << rng.randrange(7)) + text[place + 1 :]
    if way == 1:
        place = rng.randrange(len(text))
        return text[:place] + text[place + rng.randint(1, 3) :]
    lines = text.splitlines()
    place = rng.randrange(2, len(lines))
    if way == 2:
        del lines[place]
    elif way == 3:
        other = rng.randrange(2, len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    elif way == 4:
        lines[place] = lines[rng.randrange(2, len(lines))]
    else:
        step = json.loads(lines[place])
        numbers = list(_numbers(step))
        if numbers:
            inside, at = rng.choice(numbers)
            inside[at] = rng.choice([-inside[at], inside[at] + 1, inside[at] - 1, 1, -1, 0])
        lines[place] = json.dumps(step)
    return "\n".join(lines)


def _numbers(step: list[object]) -> Iterator[tuple[list[int], int]]:
    """Give the places of all integers of a step."""
    for at, value in enumerate(step):
        if isinstance(value, list):
            yield from _numbers(value)
        elif isinstance(value, int):
            yield step, at  # type: ignore[misc]


def wrong(text: str, rng: Random) -> NamedNetwork:
    """Give a network of which one threshold is another: of an adder, so that it differs."""
    lines = text.splitlines()
    places = [i for i, line in enumerate(lines) if "threshold: 2}" in line]
    place = rng.choice(places)
    lines[place] = lines[place].replace("threshold: 2}", f"threshold: {rng.choice([1, 3])}}}")
    return certified("\n".join(lines))


def about(text: str, after: NamedNetwork) -> str:
    """Have a certificate be about another second network."""
    header, _, rest = text.partition("\n")
    record = json.loads(header)
    record["networks"][1]["structure"] = after.network.structure
    return f"{json.dumps(record)}\n{rest}"


def test_what_is_accepted_is_what_was_claimed(
    case: tuple[str, NamedNetwork, NamedNetwork], chunk: int
) -> None:
    text, before, after = case
    rng = Random(f"mutations {chunk}")
    refused = 0
    for _ in range(15):
        mutated = changed(text, rng)
        if is_refused(mutated, before, after):
            refused += 1
        else:
            assert [each.outputs for each in shown_by(mutated, before, after)] == [("out",)]
    assert refused > 7


def test_what_differs_is_never_accepted(
    case: tuple[str, NamedNetwork, NamedNetwork], chunk: int, request: pytest.FixtureRequest
) -> None:
    """A certificate is given out for a network with another threshold, as it is and changed."""
    text, before, _ = case
    rng = Random(f"forgeries {chunk}")
    source = PAIRS[request.node.callspec.params["case"]][1]
    for _ in range(2):
        after = wrong(source, rng)
        forged = about(text, after)
        assert is_refused(forged, before, after)
        for _ in range(5):
            assert is_refused(changed(forged, rng), before, after)
