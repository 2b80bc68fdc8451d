"""Latches that are cut: the state is an input, and the next state an output."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from nnc.numbers.exact import MAX_NAMES, shorten

CUT = "a network has no memory: --cut-latches makes inputs and outputs of them"


def latches(names: Sequence[str]) -> str:
    """Describe the latches of a circuit."""
    listed = [f"`{shorten(name)}`" for name in names[:MAX_NAMES]]
    more = len(names) - len(listed)
    ending = f" and {more:,} more" if more else ""
    count = "a latch" if len(names) == 1 else f"{len(names):,} latches"
    return f"{count}: {', '.join(listed)}{ending}"


def next_state(name: str, taken: Container[str]) -> str:
    """Return the name of the next state of a latch: `q_next` of `q`, `q_next[3]` of `q[3]`."""
    place = "".join(re.findall(r"(?:\[[0-9]+\])+$", name))
    stem = name.removesuffix(place)
    wanted = f"{stem}_next{place}"
    number = 2
    while wanted in taken:
        wanted = f"{stem}_next_{number}{place}"
        number += 1
    return wanted
