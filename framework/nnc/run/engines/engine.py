"""The interface of engines, and the choice of an engine.

The choice follows from the plan, the number of rows and the requested results.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nnc.compiler.plan import Plan, once_for_plan
from nnc.language.network import Input, States
from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.rows.columns import (
    Batch,
    Column,
    Labels,
    LazyBus,
    LazyColumn,
    LazyLabels,
    lazy_integers,
)
from nnc.run.engine_names import ENGINE_NAMES, EngineName

FEW_ROWS = 24  # up to this many rows, one by one is faster than the overhead of NumPy
MANY_ROWS = 4096  # from this many rows on, outputs of bits are computed without storing all signals
LITTLE_WORK = 50_000  # synapses added up in Python in the time that a program takes to write


# ----------------------------------------------------------------------------- an engine


class Wanted(NamedTuple):
    """The wanted signals, and neurons with wanted sums by first signal; and how to compute them."""

    signals: frozenset[int]
    sums: frozenset[int]
    threads: int = 1
    native: bool = True


class Signals(Protocol):
    """The wanted bits and sums, by signal.

    The bit of a neuron with states is also 0 or 1; sums are exact and use the states.
    """

    @property
    def sums(self) -> Mapping[int, Column]:
        """The sums by the first signal of each neuron."""

    def bit(self, signal: int) -> Array:
        """Return one bit as a uint8 array over the rows."""

    def column(self, signal: int, states: States) -> Column:
        """Return one bit as a column of its states' values."""

    def bus(self, signals: Sequence[int]) -> Array:
        """Return bits as uint8, rows x width."""

    def integers(self, signals: Sequence[int]) -> Column:
        """Return bits as unsigned integers, lowest bit first."""

    def write(self, signals: Sequence[int], bits: Array) -> None:
        """Write bits into a contiguous uint8 array, rows x width."""

    def words_of(self, signals: Sequence[int]) -> Array:
        """Return packed bits, width x words; bits beyond the last row are 0."""


Engine = Callable[[Plan, Batch, Wanted], Signals]
"""Evaluates every step of a plan for every row of a batch."""


def pack_bits(bits: Array) -> Array:
    """Pack bits, signals x rows, into words: signals x words."""
    rows = bits.shape[1]
    words = np.zeros((bits.shape[0], -(-rows // 64) * 8), np.uint8)
    words[:, : -(-rows // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return words.view(np.uint64)


def element_columns(
    inputs: dict[str, Input], columns: Sequence[Column | Labels], *, lazy: bool = False
) -> list[Column]:
    """Return a one-dimensional column for each element of each input; a choice becomes bits.

    With `lazy`, columns of few rows create their array on first use.
    """
    elements: list[Column] = []
    for input_, column in zip(inputs.values(), columns, strict=True):
        if isinstance(column, LazyLabels):
            codes = column.exact
            elements += [
                lazy_integers([int(code == i) for code in codes], "uint8")
                for i in range(input_.width)
            ]
        elif isinstance(column, Labels):
            hot = column.codes[None, :] == np.arange(input_.width)[:, None]
            elements += [Column(row) for row in hot.astype(np.uint8)]
        elif lazy and isinstance(column, LazyBus):
            elements += column.elements()
        elif not input_.is_bus and (isinstance(column, LazyColumn) or column.numerators.ndim == 1):
            elements.append(column)
        else:
            turned = np.ascontiguousarray(column.numerators.T)
            elements += [Column(row, column.denominator) for row in turned]
    return elements


# ---------------------------------------------------------------------------- the choice


@dataclass(frozen=True, slots=True)
class How:
    """The requested engine and number of threads; 0 means one per core.

    Raises ValueError for an unknown engine or an invalid number of threads.
    """

    engine: EngineName = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.engine not in ENGINE_NAMES:
            raise ValueError(f'engine is {self.engine!r}; write "auto", "native" or "numpy"')
        if type(self.threads) is not int or self.threads < 0:
            raise ValueError(f"threads is {self.threads!r}; write an integer, 0 for every core")


class Choice(NamedTuple):
    """The chosen engine, the reason, the number of threads, and whether to use native kernels."""

    engine: str
    why: str
    threads: int = 1
    native: bool = False


def choose(plan: Plan, rows: int, how: How) -> Choice:
    """Choose the engine for a number of rows of a plan.

    Few rows of few neurons are evaluated one by one in Python. Such work is counted per plan, so
    that a thousand requests for single rows also lead to a program.
    """
    is_few = rows <= FEW_ROWS
    work = done_work(plan).synapses + rows * _synapses(plan) if is_few else 0
    if is_few and work <= LITTLE_WORK:
        return _one_by_one(plan, rows, work)
    from nnc.run.engines import native

    kind = native.KIND
    if is_few and (kind is None or how.engine == "numpy"):
        return _one_by_one(plan, rows, work)
    threads = how.threads or cores()
    if how.engine == "native" and kind is None:
        why = "the native kernels are missing"
    elif how.engine == "numpy":
        why = "NumPy was asked for"
    elif kind is not None:
        why = f"packed rows, native kernels ({native.KINDS[kind]})"
        return Choice("packed", why, threads, native=True)
    else:
        native.is_missed = True
        why = "the native kernels were not built"
    return Choice("packed", f"packed rows in NumPy: {why}", threads)


@dataclass
class Work:
    """The number of synapses evaluated in Python so far."""

    synapses: int = 0


@once_for_plan
def done_work(_: Plan) -> Work:
    """Return the mutable count of work done for a plan."""
    return Work()


def _one_by_one(plan: Plan, rows: int, work: int) -> Choice:
    """Choose Python for few rows and record their work."""
    done_work(plan).synapses = work
    why = f"{rows} {'row' if rows == 1 else 'rows'}, one by one in Python"
    return Choice("scalar", why)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@once_for_plan
def _synapses(plan: Plan) -> int:
    """Return the number of synapses of a plan; those of layers count less, as NumPy adds them."""
    return plan.neurons.synapses + sum(layer.synapses for layer in plan.layers) // 64
