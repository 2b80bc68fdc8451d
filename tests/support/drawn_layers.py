"""Weights of every form, and inputs of every kind, for the tests of layers."""

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

FIRES = ("above", "at_least", "below", "at_most")
KINDS: list[Any] = [
    "bit",
    {"type": "bit", "states": [-1, 1]},
    {"type": "bit", "states": [1, -1]},
    {"type": "bit", "states": [1, 0]},
    {"type": "bit", "states": [2, 5]},
    {"type": "bit", "states": ["1/3", "-2.5"]},
    {"type": "bit", "states": [0, 7]},
    {"type": "integer"},
    {"type": "real"},
]


def sized(kind: str | dict[str, Any], size: int) -> dict[str, Any]:
    return {"size": size, **({"type": kind} if isinstance(kind, str) else kind)}


def random_weights(rng: Random, size: int, fan_in: int) -> Any:
    draw = np.random.default_rng(rng.randrange(1 << 30))
    kind = rng.randrange(8)
    if kind == 0:
        return [
            [rng.choice((1, -2, "0.1", "-1/3", 0, 10**20)) for _ in range(fan_in)]
            for _ in range(size)
        ]
    if kind == 1:
        return rng.choice((1, -1, "0.25", "2/7"))
    if kind == 2:
        return draw.integers(0, 2, (size, fan_in)).astype(bool)
    if kind == 3:
        return (draw.random((size, fan_in)) * 4 - 2).astype(rng.choice(("f2", "f4", "f8", ">f8")))
    if kind == 4:
        return draw.integers(-(2**62), 2**62, (size, fan_in))
    if kind == 5:
        return draw.integers(-100, 100, (size, fan_in)).astype(
            rng.choice(("i1", "i2", ">i4", "i8"))
        )
    if kind == 6:
        return np.ldexp(1.0, draw.integers(-1000, 1000, (size, fan_in)))
    return np.asfortranarray(draw.integers(-9, 10, (size, fan_in)) / 4)


def rows_of(weights: Any, size: int, fan_in: int) -> list[list[Fraction]]:
    if isinstance(weights, np.ndarray):
        return [[Fraction(x) for x in row] for row in weights.tolist()]
    if isinstance(weights, list):
        return [[Fraction(x) for x in row] for row in weights]
    return [[Fraction(weights)] * fan_in for _ in range(size)]
