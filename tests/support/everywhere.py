"""Every way to calculate: each engine with and without kernels, the plan as it was built and as it
comes back from a compiled file, and the numbers of rows at which something else calculates.

The everyday run tries a few of these for each network, `--all-examples` as good as all.
"""  # noqa: D205

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from nnc.compiler.artifact import Provenance, load_compiled, write_compiled
from nnc.compiler.netlist import Netlist
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.numbers.exact import Number
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.cells import default_column
from nnc.run.destinations import check_rows, fill, for_outputs
from nnc.run.engines import ENGINES, native
from nnc.run.engines.engine import FEW_ROWS, MANY_ROWS
from nnc.run.evaluation import evaluate_arrays, evaluate_batch
from tests.support.evaluated_netlists import given_by, nets_of
from tests.support.oracle import Oracle, elements

COUNTS = (0, 1, FEW_ROWS, FEW_ROWS + 1, MANY_ROWS - 1, MANY_ROWS)
WAYS = [("scalar", False), ("packed", False), ("packed", True)]
"""The engines, in native kernels or not."""
CHOSEN = ("auto", "without kernels")
"""What is chosen by the number of rows, where the kernels are there and where they are not."""
Rows = list[dict[str, Any]]
Way = tuple[str, bool] | str

is_full = False
"""Whether every surface is tried; `--all-examples` says so."""
_turn = 0
_SHARE = 13
"""One plan in so many is tried on another surface every day; no divisor of what takes turns."""


class Surface(NamedTuple):
    """A plan, a number of rows and a way to calculate them."""

    plan: Plan
    count: int
    way: Way


def some_of(choices: Sequence[Any]) -> Sequence[Any]:
    """Give all choices in full, and every day the next of them."""
    global _turn
    _turn += 1
    return choices if is_full else [Random(_turn).choice(choices)]


def surface(built: Plan, again: Plan) -> Surface:
    """Give the next surface of a plan, as it was built or as it came back from a file."""
    global _turn
    _turn += 1
    rng = Random(_turn)
    count = rng.choice(COUNTS)
    return Surface(rng.choice((built, again)), count, rng.choice(_ways(count)))


def surfaces(built: Plan, again: Plan) -> Iterator[Surface]:
    """Give surfaces of a plan, as it was built and as it came back from a file.

    In full these are all of few rows, and one of each large number of rows, which take long; every
    day it is one of all, for one plan in thirteen.
    """
    one = surface(built, again)
    if not is_full:
        if _turn % _SHARE == 0:
            yield one
        return
    for count in COUNTS:
        if count > FEW_ROWS + 1:
            yield one._replace(count=count, way=Random(_turn).choice(_ways(count)))
            continue
        for way in _ways(count):
            yield Surface(built, count, way)
            yield Surface(again, count, way)


def _ways(count: int) -> list[Way]:
    """Give the ways to calculate so many rows: many never one by one, which takes long."""
    return [*CHOSEN, *(way for way in WAYS if way[0] != "scalar" or count <= FEW_ROWS + 1)]


@contextmanager
def only(engine: str, is_native: bool) -> Iterator[None]:
    """Let one engine calculate, whatever the number of rows."""
    saved = dict(ENGINES)

    def run_it(plan: Any, batch: Any, wanted: Any) -> Any:
        return saved[engine](plan, batch, wanted._replace(native=is_native))

    ENGINES.update(dict.fromkeys(ENGINES, run_it))
    try:
        yield
    finally:
        ENGINES.update(saved)


@contextmanager
def calculating(way: Way) -> Iterator[None]:
    """Calculate in one of the ways."""
    if isinstance(way, tuple):
        with only(*way):
            yield
    elif way == "auto":
        yield
    else:
        with (
            patch.object(native, "KIND", None),
            patch.object(native, "kernels", None),
            patch.object(native, "is_missed", new=False),
        ):
            yield


def reloaded(plan: Plan) -> Plan:
    """Give a plan as it comes back from a compiled file."""
    with tempfile.NamedTemporaryFile(suffix=".nnc") as file:
        write_compiled(plan, Provenance(), file)  # type: ignore[arg-type]
        file.flush()
        again = load_compiled(file.name).plan
    assert again == plan
    return again


def repeated(batch: Batch, count: int) -> Batch:
    """Give so many rows, the same ones again and again."""
    places = np.arange(count) % max(batch.count, 1)
    columns: list[Column | Labels] = [
        Labels(one.codes[places], one.labels)
        if isinstance(one, Labels)
        else Column(one.numerators[places], one.denominator)
        for one in batch.columns
    ]
    return Batch(tuple(columns), count)


def values_of(column: Column | Labels, count: int, rows: int) -> list[Number] | list[str]:
    """Give the values of the first rows, of which all others are repetitions."""
    stored = column.codes if isinstance(column, Labels) else column.numerators
    assert len(stored) == rows
    places = np.arange(rows) % max(count, 1)
    assert (stored == stored[places]).all()
    return column.cut(0, min(count, rows)).values()


# ------------------------------------------------------------------------------- the oracle


def expected(exact: Oracle, rows: Rows) -> dict[str, list[Any]]:
    """Give the values of every output as the oracle has them."""
    found = [exact.evaluate(row) for row in rows]
    return {alias: [row[alias] for row in found] for alias in exact.file["outputs"]}


def judged(exact: Oracle, plan: Plan, batch: Batch, rows: Rows) -> int:
    """Compare what a plan gives with the oracle; give the number of values compared.

    Every way is tried with these rows, for the plan as built and as it comes back from a file.
    One row by itself, in which a whole column may be 0, and repetitions on another surface are
    compared too and not counted.
    """
    again = reloaded(plan)
    wanted = expected(exact, rows)
    place = len(rows) // 2
    single = batch.cut(place, place + 1)
    right = {alias: values[place : place + 1] for alias, values in wanted.items()}
    cells = 0
    for one in (plan, again):
        for way in _ways(0):
            with calculating(way):
                cells += _same(one, batch, wanted, len(rows), (way, "all"))
                _same(one, single, right, 1, (way, "alone"))
        cells += _same_as_netlist(exact, one, rows, wanted)
    one, count, way = surface(plan, again)
    with calculating(way):
        many = repeated(batch, count)
        _same(one, many, wanted, len(rows), (way, count))
        _written(one, many, (way, count))
    return cells


def _same_as_netlist(exact: Oracle, plan: Plan, rows: Rows, wanted: dict[str, list[Any]]) -> int:
    """Compare what the netlist of a plan gives with the oracle."""
    netlist, inputs = Netlist(plan), exact.file["inputs"]
    for place, row in enumerate(rows):
        nets = nets_of(
            netlist,
            {
                name: elements(one, row.get(name, one.get("default")))
                for name, one in inputs.items()
            },
        )
        for port in netlist.outputs:
            found, right = given_by(port, nets), wanted[port.name][place]
            found = found[0] if isinstance(found, list) and len(found) == 1 else found
            assert found == right, (str(netlist), port, found, right)
    return len(rows) * len(netlist.outputs)


def _written(plan: Plan, batch: Batch, where: object) -> None:
    """Compare outputs that are written into arrays with those that are returned."""
    right = evaluate_arrays(plan, batch)
    bits = {tap.alias for tap in plan.outputs if tap.is_bits}
    arrays = {
        alias: np.full(one.shape, 7, one.dtype if alias in bits or one.dtype == object else "int64")
        for alias, one in right.items()
    }
    given = for_outputs(plan, arrays)
    check_rows(given, batch.count)
    found = fill(given, evaluate_arrays(plan, batch, into=given))
    for alias, one in found.items():
        assert one is arrays[alias]
        assert np.array_equal(one, right[alias]), (where, alias)


def _same(plan: Plan, batch: Batch, wanted: dict[str, list[Any]], count: int, where: object) -> int:
    results = evaluate_batch(plan, batch)
    cells = 0
    for tap in plan.outputs:
        right = wanted[tap.alias][: batch.count]
        names = [tap.alias]
        if tap.is_bus and not tap.is_integer:
            names = [f"{tap.alias}({i})" for i in range(tap.width)]
        lists = [values_of(results[name], count, batch.count) for name in names]
        cells += sum(map(len, lists))
        if len(names) > 1:
            found: list[Any] = list(map(list, zip(*lists, strict=True)))
        else:
            found = list(lists[0])
        assert found == right, (where, tap.alias)
    return cells


def batch_of(rows: Rows, inputs: dict[str, Input]) -> Batch:
    """Give rows as a batch; a row gives inputs as they are written, or leaves them out."""
    given = {name: [_read(row[name], inputs[name]) for row in rows] for name in rows[0]}
    if given:
        return batch_from_arrays(given, inputs)[0]
    columns = [default_column(one, len(rows)) for one in inputs.values()]
    return Batch(tuple(one for one in columns if one is not None), len(rows))


def _read(value: Any, one: Input) -> Any:
    if isinstance(value, list):
        return [_read(each, one) for each in value]
    return value if one.of is not None else Fraction(value)
