"""Find rows whose outputs depend on whether floats are read as stored or as decimals.

The two readings differ by less than a unit in the last place, so only a comparison whose sum is
that close to its threshold can change an output, and few rows are evaluated twice. Layers and
`largest` outputs are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nnc.compiler.plan import Plan, PlanNeuron, once_for_plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.lazy import np
from nnc.numbers.exact import UNIT_ROUNDOFF, counted, show_number
from nnc.numbers.integers import Array
from nnc.rows.column_types import column_types_of
from nnc.rows.columns import Batch, Column, Labels, unequal
from nnc.rows.inputs.cells import exact_column
from nnc.rows.inputs.floats import decimal_of, decimals_of
from nnc.run.engines import How, element_columns
from nnc.run.evaluation import calculate, evaluate_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST = 2.0**-1070
_FEW = 64
_MAX_TEXT = 24  # characters of a stored number


class FloatReadings:
    """Count the rows whose outputs depend on how floats are read; `first` rows come before."""

    def __init__(self, plan: Plan, how: How, first: int = 0) -> None:
        self._plan, self._how, self._first = plan, how, first
        self._count = self._total = 0
        self._example = ""

    def watched(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches unchanged, and check each of them."""
        for batch in batches:
            self.look(batch)
            yield batch

    def look(self, batch: Batch) -> None:
        """Check and count the rows of a batch."""
        if batch.floats:
            self._look_at_floats(batch)
        self._total += batch.count

    def _look_at_floats(self, batch: Batch) -> None:
        inputs = self._plan.inputs
        columns = dict(zip(inputs, batch.columns, strict=True))
        types = {
            name: kind
            for name, kind in batch.floats.items()
            if inputs[name].type == "real" and not _are_whole(columns[name], kind)
        }
        if types and batch.count:
            rows = self._near(batch, types)
            if len(rows):
                self._compare(batch.taken(rows), types, rows)

    def warning(self, hint: str, file: str | None = None) -> Diagnostic | None:
        """Return a warning if any row depends on how floats are read, else None."""
        if not self._count:
            return None
        total = counted(self._total, "row")
        depend = "depends" if self._count == 1 else "depend"
        message = f"{self._count:,} of {total} {depend} on how floats are read: {self._example}"
        return Diagnostic("float-reading", message, help=hint, file=file)

    # ------------------------------------------------------------------------ candidates

    def _near(self, batch: Batch, types: dict[str, np.dtype[Any]]) -> Array:
        """Return the rows in which a sum of reals is so close to a threshold that it may matter."""
        plan = self._plan
        units: dict[int, float] = {}
        for name, kind in types.items():
            first = plan.first_of[name]
            signals = range(first, first + plan.inputs[name].width)
            units |= dict.fromkeys(signals, float(np.finfo(kind).eps))
        neurons = [step for step in _neurons_of_reals(plan) if units.keys() & set(step.sources)]
        if not neurons:
            return np.zeros(0, np.intp)
        made = {s for step in neurons for s in step.sources if s >= plan.first_made}
        bits = calculate(plan, batch, frozenset(made), frozenset(), self._how) if made else None
        elements = element_columns(plan.inputs, batch.columns)
        floats: dict[int, Array] = {}

        def values(signal: int) -> Array:
            if signal not in floats:
                if signal < 2:
                    floats[signal] = np.full(batch.count, float(signal))
                elif signal < plan.first_made:
                    floats[signal] = _floats(elements[signal - 2])
                else:
                    assert bits is not None
                    floats[signal] = bits.bit(signal).astype(np.float64)
            return floats[signal]

        near = np.zeros(batch.count, bool)
        with np.errstate(over="ignore", invalid="ignore"):
            for step in neurons:
                near |= _are_near(step, [values(s) for s in step.sources], units)
        return np.flatnonzero(near)

    # ----------------------------------------------------------------------- comparison

    def _compare(self, batch: Batch, types: dict[str, np.dtype[Any]], rows: Array) -> None:
        """Evaluate rows in both readings, and count those with different outputs."""
        plan, how = self._plan, self._how
        columns = tuple(
            _as_decimals(column, types[name])
            if name in types and isinstance(column, Column)
            else column
            for name, column in zip(plan.inputs, batch.columns, strict=True)
        )
        typed = replace(batch, columns=columns)
        stored_results, results = (evaluate_batch(plan, b, how=how) for b in (batch, typed))
        differ = np.zeros(batch.count, bool)
        for name, kind in column_types_of(plan).items():
            if kind.name != "number":  # a sum of reals, which always differs
                differ |= _unequal(stored_results[name], results[name])
        places = np.flatnonzero(differ)
        if len(places) and not self._count:
            row = self._first + self._total + int(rows[places[0]]) + 1
            example = _example_of(plan, batch, typed, int(places[0]), types)
            self._example = f"in row {row:,} {example}"
        self._count += len(places)


@once_for_plan
def _neurons_of_reals(plan: Plan) -> tuple[PlanNeuron, ...]:
    """Return the neurons that read real inputs and whose bits are used."""
    reals = {
        plan.first_of[name] + place
        for name, input_ in plan.inputs.items()
        if input_.type == "real"
        for place in range(input_.width)
    }
    read = {signal for tap in plan.outputs if tap.kind != "largest" for signal in tap.signals}
    read.update(
        *(step.sources for step in plan.steps),
        *(map(int, layer.sources) for layer in plan.layers),
    )
    return tuple(
        step
        for step in plan.steps
        if not reals.isdisjoint(step.sources)
        and not read.isdisjoint(range(step.first, step.first + len(step.thresholds)))
    )


def _are_whole(column: Column | Labels, kind: np.dtype[Any]) -> bool:
    """Return True if all values are whole and small enough that their readings agree.

    Such a float is the shortest decimal that converts back to it.
    """
    if not isinstance(column, Column) or column.numerators.dtype.kind != "f":
        return False
    most = 1 / float(np.finfo(kind).eps)
    few, whole = column.numerators[:_FEW], column.numerators
    return all(
        (np.rint(part) == part).all() and np.abs(part).max(initial=0.0) <= most
        for part in (few, whole)
    )


def _are_near(step: PlanNeuron, values: list[Array], units: dict[int, float]) -> NDArray[np.bool_]:
    """Return the rows in which the other reading may move a sum across a threshold."""
    count = len(values[0])
    near = np.zeros(count, bool)
    if len(values) == 1:
        is_above, is_below = np.empty((2, count), bool)
        for cutoff in _cutoffs(step.weights[0], step.thresholds):
            slack = 4 * abs(cutoff) * units[step.sources[0]] + _LEAST
            np.greater_equal(values[0], cutoff - slack, out=is_above)
            np.less_equal(values[0], cutoff + slack, out=is_below)
            is_above &= is_below
            near |= is_above
        return near
    total, slack_of = np.zeros(count), np.zeros(count)
    rounding = (len(values) + 8) * 2 * UNIT_ROUNDOFF
    for signal, weight_, value in zip(step.sources, step.weights, values, strict=True):
        product = value * _near_float(Fraction(weight_))
        total += product
        slack_of += np.abs(product) * (units.get(signal, 0.0) + rounding)
    for threshold in step.thresholds:
        limit = _near_float(Fraction(threshold))
        near |= ~(np.abs(total - limit) > slack_of + abs(limit) * 4 * UNIT_ROUNDOFF + _LEAST)
    return near


@lru_cache(maxsize=1 << 12)
def _cutoffs(weight: int, thresholds: tuple[int, ...]) -> list[float]:
    """Return the floats nearest to the cut-offs of one source; cached."""
    if not weight:
        return [np.inf] * len(thresholds)
    return [_near_float(Fraction(threshold, weight)) for threshold in thresholds]


def _near_float(number: Fraction) -> float:
    """Return the nearest float, or infinity beyond its range."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _floats(column: Column) -> Array:
    """Return a one-dimensional column as the nearest floats."""
    if column.numerators.dtype.kind == "O":
        return np.array([_near_float(Fraction(value)) for value in column.values()])
    floats: Array = column.numerators.astype(np.float64)
    return floats if column.denominator == 1 else floats / column.denominator


def _as_decimals(column: Column, kind: np.dtype[Any]) -> Column:
    """Return a column with values that are floats of a type read as decimals."""
    if column.numerators.dtype.kind == "f":
        return decimals_of(column.numerators.astype(kind))
    flat = Column(column.numerators.reshape(-1), column.denominator)
    numbers = [_typed(value, kind) for value in flat.values()]
    exact = exact_column(numbers)
    return Column(exact.numerators.reshape(column.numerators.shape), exact.denominator)


def _typed(value: Any, kind: np.dtype[Any]) -> Any:
    with np.errstate(over="ignore"):
        binary = kind.type(_near_float(Fraction(value)))
    if not np.isfinite(binary) or Fraction(float(binary)) != value:
        return value
    return Fraction(decimal_of(binary))


def _unequal(first: Column | Labels, other: Column | Labels) -> NDArray[np.bool_]:
    if isinstance(first, Labels) and isinstance(other, Labels):
        differ: NDArray[np.bool_] = first.codes != other.codes
        return differ
    assert isinstance(first, Column)
    assert isinstance(other, Column)
    return unequal(first, other)


def _example_of(
    plan: Plan, stored: Batch, typed: Batch, row: int, types: dict[str, np.dtype[Any]]
) -> str:
    """Return a text on the first input of a row that differs between the readings."""
    for name, before, after in zip(plan.inputs, stored.columns, typed.columns, strict=True):
        if name not in types or not isinstance(before, Column) or not isinstance(after, Column):
            continue
        pairs = zip(before.elements(), after.elements(), strict=True)
        for place, (binary, decimal) in enumerate(pairs):
            exact, short = binary.value(row), decimal.value(row)
            if exact != short:
                element = f"{name}({place})" if plan.inputs[name].is_bus else name
                stored_text = show_number(exact)
                stored_text = stored_text[:_MAX_TEXT] + ("…" if stored_text[_MAX_TEXT:] else "")
                return f"`{element}` is {show_number(short)}, stored as {stored_text}"
    raise AssertionError
