"""Rows near one of a drawn binary network: looked for and proved, against all rows."""

from collections.abc import Mapping
from itertools import combinations, pairwise
from random import Random

import pytest

import nnc
from nnc.language.network import Within
from nnc.numbers.exact import Number
from nnc.proofs.properties import near_rows
from nnc.run.trace import PlainValue
from tests.support.near import bound_near_rows

IN_A_CHUNK = 3
_BITS = 9


def drawn(random: Random, states: tuple[int, int]) -> nnc.Network:
    """Return a binary network of three layers, with weights 1 and -1."""
    sizes = [_BITS, 7, 5, random.randint(2, 4)]
    layers: dict[str, Mapping[str, object]] = {}
    for index, (width, size) in enumerate(pairwise(sizes)):
        layers[f"l{index}"] = {
            "wiring": [f"l{index - 1}" if index else "p"],
            "weights": [[random.choice((-1, 1)) for _ in range(width)] for _ in range(size)],
            "thresholds": [random.randint(-3, 3) for _ in range(size)],
            "fires": "at_least",
            "states": list(states),
        }
    return nnc.Network(
        inputs={"p": {"type": "bit", "size": _BITS, "states": list(states)}},
        layers=layers,
        outputs={"place": {"largest": "l2"}, "bit": "l2(0)"},
    )


def bits_of(value: PlainValue, states: tuple[int, int]) -> list[Number]:
    """Return the elements of a bus, also of one that is given as an unsigned integer."""
    if isinstance(value, list):
        return value
    assert isinstance(value, int)
    return [states[value >> place & 1] for place in range(_BITS)]


@pytest.mark.parametrize("states", [(-1, 1), (0, 1)])
@pytest.mark.parametrize("few", [0, 1 << 19], ids=["searched", "tried"])
def test_fewest_flips_of_binary_networks(
    states: tuple[int, int], few: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some inputs are fixed; where a row is near enough it is found or looked for in vain."""
    monkeypatch.setattr(near_rows, "_FEW_ROWS", few)
    bound_near_rows(monkeypatch, chunk)
    random = Random(f"binary {states} {few} {chunk}")
    for _ in range(IN_A_CHUNK):
        network = drawn(random, states)
        output = random.choice(("place", "bit"))
        free = sorted(random.sample(range(_BITS), random.randint(4, _BITS)))
        row = [random.choice(states) for _ in range(_BITS)]
        every = [
            [sum(states) - v if i in chosen else v for i, v in enumerate(row)]
            for count in range(5)
            for chosen in map(set, combinations(free, count))
        ]
        values = nnc.evaluate(network, {"p": every})[output].tolist()
        distances = [
            sum(a != b for a, b in zip(row, other, strict=True))
            for other, value in zip(every, values, strict=True)
            if value != values[0]
        ]
        for changes in (1, 2, 4):
            within = Within(changes=changes, of=tuple(f"p({i})" for i in free))
            claim = nnc.Property(unchanged=output, given={"p": row}, within=within)
            (result,) = nnc.prove(network.model_copy(update={"properties": (claim,)}))
            is_broken = min(distances, default=9) <= changes
            assert result.kind == ("refuted" if is_broken else "proved")
            if is_broken:
                first, second = (bits_of(each["p"], states) for each in result.rows)
                assert first == row
                apart = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
                assert set(apart) <= set(free)
                assert 0 < len(apart) <= changes


def drawn_convolutions(random: Random) -> nnc.Network:
    """Return a padded convolution of two channels, read by one with several thresholds."""
    numbers = [random.randint(-2, 2) for _ in range(3 * 2 * 2 * 2)]
    weights = [
        [[numbers[i + j : i + j + 2] for j in (0, 2)] for i in (k, k + 4)] for k in (0, 8, 16)
    ]
    layers: dict[str, Mapping[str, object]] = {
        "first": {
            "convolve": "p",
            "kernel": 2,
            "padding": 1,
            "outside": random.choice((-1, 1)),
            "fires": "at_least",
            "stride": 2,
            "weights": weights,
            "thresholds": [random.randint(-2, 2) for _ in range(3)],
            "states": [-1, 1],
        },
        "second": {
            "convolve": "first",
            "kernel": 2,
            "weights": [
                [[[random.randint(-2, 2) for _ in range(3)] for _ in range(2)] for _ in range(2)]
                for _ in range(2)
            ],
            "thresholds": [sorted(random.sample(range(-6, 7), 3)) for _ in range(2)],
            "fires": "at_least",
        },
    }
    return nnc.Network(
        inputs={"p": {"type": "bit", "shape": [3, 2, 2], "states": [-1, 1]}},
        layers=layers,
        outputs={"level": "second(0, 0, 0)", "best": {"largest": "second"}},
    )


def test_flips_of_convolutions(chunk: int) -> None:
    """A picture of two channels, padded, with states -1 and 1 and several thresholds."""
    random = Random(f"convolutions {chunk}")
    for _ in range(IN_A_CHUNK):
        network = drawn_convolutions(random)
        row = [random.choice((-1, 1)) for _ in range(12)]
        flips = [set(c) for count in range(4) for c in combinations(range(12), count)]
        rows = [[-v if i in flip else v for i, v in enumerate(row)] for flip in flips]
        values = nnc.evaluate(network, {"p": rows})
        for output in ("level", "best"):
            column = values[output].tolist()
            broken = [len(flip) for flip, v in zip(flips, column, strict=True) if v != column[0]]
            for changes in (1, 2, 3):
                within = Within(changes=changes)
                claim = nnc.Property(unchanged=output, given={"p": row}, within=within)
                (result,) = nnc.prove(network.model_copy(update={"properties": (claim,)}))
                is_broken = min(broken, default=12) <= changes
                assert result.kind == ("refuted" if is_broken else "proved")
