"""Rows that are packed already, 64 a word, n x words: the inside of the engine, measured alone."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import nnc
from benchmarks.measuring import Way
from nnc.run.engines import Wanted, native, words
from nnc.run.engines.packed import Packed

Array = NDArray[Any]


def pack(bits: Array) -> Array:
    """Pack bits, n x rows, a multiple of 64: n x words."""
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)


def pack_turned(bits: Array, rows: int = 64_000) -> Array:
    """Pack bits, rows x n: n x words."""
    starts = range(0, len(bits), rows)
    turned = (np.ascontiguousarray(bits[start : start + rows].T) for start in starts)
    return np.concatenate([pack(some) for some in turned], axis=1)


class Bank:
    """What the engine makes of packed rows of all inputs, a line each, packed too."""

    def __init__(
        self, plan: nnc.Plan, given: Array, *, is_native: bool = True, is_machine: bool = True
    ) -> None:
        signals = [signal for tap in plan.outputs for signal in tap.signals]
        packed = Packed(plan, Wanted(frozenset(signals), frozenset()), is_native)
        (part,) = packed.parts
        program = getattr(part, "program", None)
        assert program is not None
        self._program = program
        self._kernel = native.CheckedProgram(program) if is_native else None
        self._is_machine = is_machine
        self._words = native.new_bank(packed.height, given.shape[1])
        self._count = count = given.shape[1]
        self._words[:2] = [[0], [~np.uint64(0)]]
        first = min(plan.first_of[name] for name in plan.inputs)
        self._words[packed.line_of[first : first + len(given)], :count] = given
        self._load, self._store = (packed.line_of[of] for of in (program.loaded, program.stored))
        self._outputs = packed.line_of[np.asarray(signals)]

    def way(self, name: str, threads: int = 1) -> Way:
        """Evaluate it; gives rows x n, unpacked untimed."""

        def run() -> None:
            if self._kernel is None:
                words.run(self._program, self._words, self._load, self._store)
                return
            with patch.object(native, "USES_MACHINE_CODE", self._is_machine):
                self._kernel.run(self._words, self._load, self._store, threads)

        return Way(name, run, lambda _: self._unpacked())

    def _unpacked(self) -> Array:
        found = self._words[self._outputs, : self._count].view(np.uint8)
        return np.unpackbits(found, axis=1, bitorder="little").T
