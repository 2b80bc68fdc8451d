"""Every engine for the same rows: what they give, which must be the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import nnc
from networks import whole
from nnc.columns import Batch, Column, Labels
from nnc.engines import ENGINES
from nnc.engines.signals import Wanted
from nnc.exact import Number
from nnc.plan import Plan


class Found(NamedTuple):
    """The bits and the exact sums of every neuron, by signal, a value each row."""

    bits: dict[int, list[int]]
    sums: dict[int, list[Number]]


def plan(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]", more: str = "") -> Plan:
    text = f"{more}inputs: {inputs}\nneurons: {{{neurons}}}\noutputs: {outputs}\n"
    return nnc.compile(nnc.loads(whole(text)))


def everything(one: Plan) -> Wanted:
    """Ask for every bit that is made, and for every sum."""
    sums = [step.first for step in one.steps]
    sums += [layer.first + i for layer in one.layers for i in range(layer.size)]
    return Wanted(frozenset(range(one.first_made, one.signals)), frozenset(sums))


def both(one: Plan, *columns: Column | Labels, count: int | None = None) -> Found:
    """Give all bits and sums, which must be the same from every engine."""
    wanted = everything(one)
    rows = count if count is not None else len(columns[0]) if columns else 1
    batch = Batch(columns, rows)
    told: Found | None = None
    for name, run in ENGINES.items():
        for native in (True, False):
            asked = wanted._replace(native=native)
            signals = run(one, batch, asked)
            alone = run(one, batch, asked._replace(sums=frozenset()))
            bits = {signal: signals.bit(signal) for signal in sorted(wanted.signals)}
            for signal, column in bits.items():
                assert column.dtype == np.uint8
                assert column.shape == (rows,)
                assert set(column.tolist()) <= {0, 1}
                assert alone.bit(signal).tolist() == column.tolist()
            found = Found(
                {signal: column.tolist() for signal, column in bits.items()},
                {first: signals.sums[first].values() for first in sorted(wanted.sums)},
            )
            if told is None:
                told = found
            assert found == told, (name, native)
            if name != "packed":
                break
    assert told is not None
    return told


def fired(one: Plan, *columns: Column | Labels, name: str = "n") -> list[int]:
    """Give the bits of one signal."""
    return both(one, *columns).bits[signal_of(one, name)]


def sums(one: Plan, *columns: Column | Labels, name: str = "n") -> list[Number]:
    """Give the exact sums of one neuron."""
    return both(one, *columns).sums[signal_of(one, name)]


def signal_of(one: Plan, name: str) -> int:
    return next(s for s in range(one.signals) if one.name_of(s) == name)


def bits(*values: int) -> Column:
    return Column(np.array(values, np.uint8))


def objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    array = np.empty(len(values), object)
    array[:] = values
    return array
