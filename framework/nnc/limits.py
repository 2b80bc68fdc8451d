"""Limits of what a small input may stand for, in one table that every command asks.

Sizes, repeats and slices multiply, so a few bytes can stand for more than a machine holds. Each
limit has a floor, which keeps every command below 10 s of CPU and 1 GiB, and grows with what the
input itself declares: a large file may take its time. `NNC_LIMITS` multiplies all of them.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.numbers.exact import shorten

VARIABLE = "NNC_LIMITS"
PER_DECLARED = 8  # an input may stand for so many times what it declares
_LARGEST_FACTOR = 1_000_000


class Limit(NamedTuple):
    """A thing that is counted, and how much of it a small input may stand for."""

    what: str
    floor: int
    protects: str

    def allowed(self, declared: int = 0) -> int:
        """Return the most that an input which declares so much may stand for."""
        return max(self.floor, PER_DECLARED * declared) * factor()

    def needed(self, count: int, declared: int = 0) -> int:
        """Return the factor that allows a count."""
        return -(-count * factor() // self.allowed(declared))


INPUTS = Limit("elements of inputs", 1 << 14, "networks: inputs that are wide buses")
SIGNALS = Limit("signals", 1 << 17, "networks: layers, and parts that are repeated")
OUTPUTS = Limit("elements of outputs", 1 << 14, "networks: outputs that are wide buses")
WIRES = Limit("wires into parts", 1 << 17, "networks: buses wired to repeated parts")
SYNAPSES = Limit("synapses", 1 << 20, "networks: layers with one weight for all synapses")
OPEN = Limit("open synapses", 3 << 24, "networks: layers whose weights are one blank")
WRITTEN = Limit("synapses outside of layers", 1 << 20, "networks: neurons that read wide buses")
REASONS = Limit("pairs of an input and an output", 1 << 22, "`nnc why`: wide inputs and outputs")
COLUMNS = Limit("columns of CSV", 1 << 19, "files of rows: a header that gzip packs small")

LIMITS = (INPUTS, SIGNALS, OUTPUTS, WIRES, SYNAPSES, OPEN, WRITTEN, REASONS, COLUMNS)
"""Every limit, in the order of the table in docs/promises.md."""


def lift(times: int) -> str:
    """Return how to allow more, as the help of a diagnostic says it."""
    return f"set {VARIABLE}={times} in the environment to allow {times:,} times as much"


def factor() -> int:
    """Return how many times the limits are allowed. Raises FileError for what is no such number."""
    text = os.environ.get(VARIABLE) or "1"
    if text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= _LARGEST_FACTOR:
        return int(text)
    message = f"{VARIABLE}: `{shorten(text)}` is not a whole number from 1 to {_LARGEST_FACTOR:,}"
    help_ = f"write {VARIABLE}=4 to allow four times as much, or unset it"
    raise FileError([Diagnostic("wrong-usage", message, help=help_)])
