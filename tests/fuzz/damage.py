"""Bytes changed anywhere: what a damaged or a hostile file may be."""

from __future__ import annotations

import random

_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)


def mutant(random: random.Random, data: bytes) -> bytes:
    """Change some bytes, cut a piece out, put one in twice, or leave all as it is."""
    changed = bytearray(data)
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        at = random.randrange(len(changed))
        what = random.random()
        if what < 0.4:
            changed[at] = random.choice(_EDGES)
        elif what < 0.7:
            changed[at] ^= 1 << random.randrange(8)
        elif what < 0.85:
            width = random.choice((2, 4, 8))
            number = random.choice((-1, 0, 1, 2**15, 2**31 - 1, -(2**31), len(data)))
            piece = number.to_bytes(8, "little", signed=True)[:width]
            changed[at : at + width] = piece[: len(changed) - at]
        elif what < 0.93:
            del changed[at : at + random.randint(1, 16)]
            changed = changed or bytearray(b"\0")
        else:
            changed[at:at] = changed[at : at + random.randint(1, 16)]
    return bytes(changed)
