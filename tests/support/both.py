"""Every engine for the same rows: what they give, which must be the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import nnc
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.rows.columns import Batch, Column, Labels
from nnc.run.engines import ENGINES, Engine, Wanted
from nnc.run.evaluation import calculate
from tests.support.everywhere import (
    WAYS,
    calculating,
    reloaded,
    repeated,
    some_of,
    surfaces,
    values_of,
)
from tests.support.networks import whole


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
    """Give all bits and sums, which must be the same from every engine.

    So they must be for the plan that comes back from a compiled file, for any number of rows, and
    for what chooses the engine.
    """
    wanted = everything(one)
    rows = count if count is not None else len(columns[0]) if columns else 1
    batch = Batch(columns, rows)
    again = reloaded(one)
    told: Found | None = None
    for name, native in WAYS:
        found = _found(one, batch, wanted._replace(native=native), ENGINES[name])
        told = told or found
        assert found == told, (name, native)
    for name, native in some_of(WAYS):
        found = _found(again, batch, wanted._replace(native=native), ENGINES[name])
        assert found == told, (name, native, "from a file")
    assert told is not None
    for plan_, many, way in surfaces(one, again):
        some = repeated(batch, many) if rows or not columns else batch
        with calculating(way):
            _repeats(told, plan_, some, wanted, rows)
    return told


def _found(one: Plan, batch: Batch, wanted: Wanted, run: Engine) -> Found:
    """Give what an engine gives, for all that is wanted and for bits alone."""
    signals = run(one, batch, wanted)
    alone = run(one, batch, wanted._replace(sums=frozenset()))
    bits = {signal: signals.bit(signal) for signal in sorted(wanted.signals)}
    for signal, column in bits.items():
        assert column.dtype == np.uint8
        assert column.shape == (batch.count,)
        assert set(column.tolist()) <= {0, 1}
        assert alone.bit(signal).tolist() == column.tolist()
    return Found(
        {signal: column.tolist() for signal, column in bits.items()},
        {first: signals.sums[first].values() for first in sorted(wanted.sums)},
    )


def _repeats(told: Found, one: Plan, batch: Batch, wanted: Wanted, rows: int) -> None:
    """Compare what is chosen for rows that repeat a few of which all is known."""
    signals = calculate(one, batch, wanted.signals, wanted.sums)
    for signal in wanted.signals:
        found = values_of(Column(signals.bit(signal)), rows, batch.count)
        assert found == told.bits[signal][: batch.count]
    for first in wanted.sums:
        found = values_of(signals.sums[first], rows, batch.count)
        assert found == told.sums[first][: batch.count]


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
