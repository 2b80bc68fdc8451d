"""Join cases, labelled rows and guarded rows to the example that a repair satisfies."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nnc.compiler.graph import Graph, Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import Number, Refused, counted, first_names, shorten
from nnc.opening.cases.checking import expected_of, expected_of_text
from nnc.opening.cases.confusion import ComparedColumn
from nnc.opening.cases.running import OutputColumns, Row
from nnc.opening.testing import CaseSuite
from nnc.repairs.problem.demands import Example, joined
from nnc.rows.columns import Batch
from nnc.rows.elements import element_of, elements_from
from nnc.rows.inputs.truth_table import row_count, truth_table
from nnc.run.engines import element_columns
from nnc.run.evaluation import evaluate_batch
from nnc.run.streaming import Source, open_rows

MAX_GUARDED_BITS = 20  # `--guard all` makes at most 2**20 rows
MAX_BITS, MAX_ROWS = 1 << 30, 1 << 21  # rows times signals, and rows, in memory at a time

Key = bytes | tuple[Number, ...]


class Everything:
    """The columns to keep of guarded rows: all, as none is a label."""

    def __contains__(self, name: object) -> bool:
        return True


class _Kept:
    """The columns of rows to keep, which record all columns."""

    def __init__(self, names: Container[str]) -> None:
        self._names = names
        self.seen: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        self.seen[str(name)] = None
        return name in self._names


def of_cases(rows: Iterable[Row]) -> Example | None:
    """Join the cases that were run; None if there are none."""
    batches: dict[int, tuple[Batch, dict[str, dict[int, Number | str]], list[str]]] = {}
    for row in rows:
        _, wanted, names = batches.setdefault(
            id(row.batch), (row.batch, {}, [""] * row.batch.count)
        )
        names[row.number] = row.name
        for alias, value in row.expected.items():
            wanted.setdefault(alias, {})[row.number] = value
    examples = [Example(*parts) for parts in batches.values()]
    return joined(examples) if examples else None


def check_size(graph: Graph | None, rows: int) -> None:
    """Raise InvalidRowsError if there are too many rows for memory."""
    assert graph is not None
    most = min(MAX_BITS // len(graph.types), MAX_ROWS)
    if rows > most:
        message = f"there are more than {counted(most, 'row')}, too many to keep in memory"
        hint = f"give fewer rows: at most {most:,} for this network"
        raise InvalidRowsError([Diagnostic("not-decided", message, help=hint)])


def of_labelled(suite: CaseSuite, source: Source, labels: Sequence[ComparedColumn]) -> Example:
    """Read rows, and the outputs expected in their columns; an empty cell expects nothing.

    Without labels, all columns named as an output, or as an element of one, are expected. Raises
    FileError and InvalidRowsError.
    """
    plan = suite.plan
    taps = {tap.alias: tap for tap in plan.outputs}
    kept = _Kept({label.column for label in labels} or OutputColumns(taps))
    examples = []
    name = source.file or ""
    count = 0
    with open_rows(source._replace(also=kept), plan.inputs) as rows:
        for batch in rows.batches:
            columns = labels or [ComparedColumn(name, name) for name in batch.extras]
            present = [label for label in columns if label.column in batch.extras]
            if not labels:
                _refuse_buses(kept, taps, name)
            if missing := [label for label in labels if label not in present]:
                raise _no_column(missing[0].column, kept, plan.inputs, name)
            if not present:
                raise _nothing_said(name, taps)
            check_size(suite.checked.graph, count + batch.count)
            wanted = _wanted(batch, present, taps, name)
            names = [f"row {count + row + 1:,}" for row in range(batch.count)]
            examples.append(Example(batch, wanted, names))
            count += batch.count
    example = joined(examples) if examples else None
    if example is None or not any(example.wanted.values()):
        message = (
            "no cell says what an output has to be" if count else "there are no rows to hold to"
        )
        raise InvalidRowsError([Diagnostic("bad-case", message, file=name)])
    return example


def _refuse_buses(kept: _Kept, taps: Mapping[str, Tap], file: str) -> None:
    """Raise InvalidRowsError if a column has the name of a bus that is not a single value."""
    for name in kept.seen:
        tap = taps.get(name)
        if tap is not None and tap.is_bus and not tap.is_integer:
            message = f"column `{shorten(name)}`: `{tap.alias}` is a bus, not one value"
            example = f"--label '{shorten(name)}={tap.alias}(0)'"
            hint = f"it has {elements_from(tap.alias, tap.width)}: write {example} for the first"
            raise InvalidRowsError([Diagnostic("bad-case", message, help=hint, file=file)])


def _no_column(
    column: str, kept: _Kept, inputs: Mapping[str, Input], file: str
) -> InvalidRowsError:
    message = f"there is no column `{shorten(column)}` beside the inputs"
    if column in inputs:
        message = f"the column `{shorten(column)}` is an input, not a label"
    known = f"the others are {first_names(kept.seen)}" if kept.seen else ""
    hint = did_you_mean(column, list(kept.seen), known)
    return InvalidRowsError([Diagnostic("missing-column", message, help=hint or None, file=file)])


def _nothing_said(file: str, taps: Mapping[str, Tap]) -> InvalidRowsError:
    message = "no column says what an output has to be"
    hint = f"name one with --label COLUMN=OUTPUT; the outputs are {first_names(taps)}"
    return InvalidRowsError([Diagnostic("missing-column", message, help=hint, file=file)])


def _wanted(
    batch: Batch, labels: Sequence[ComparedColumn], taps: Mapping[str, Tap], file: str
) -> dict[str, dict[int, Number | str]]:
    """Read the values of some columns, each text once. Raises InvalidRowsError with all errors."""
    wanted: dict[str, dict[int, Number | str]] = {}
    refused: list[Diagnostic] = []
    for column, output in labels:
        cells = batch.extras[column]
        read: dict[str, Number | str | Refused] = {}
        for text in dict.fromkeys(cells):
            try:
                read[text] = expected_of_text(taps, output, text) if text else ""
            except Refused as error:
                read[text] = error
        own = wanted.setdefault(output, {})
        for row, text in enumerate(cells):
            value = read[text]
            if isinstance(value, Refused):
                span, excerpt = batch.places(row, column) if batch.places else (None, None)
                message = f"column `{shorten(column)}`: {value.message}"
                refused.append(
                    Diagnostic(
                        value.rule,
                        message,
                        help=value.help or None,
                        file=file,
                        span=span,
                        excerpt=excerpt,
                    )
                )
            elif text:
                own[row] = value
    if refused:
        raise InvalidRowsError(refused)
    return wanted


def of_values(plan: Plan, batch: Batch, labels: Mapping[str, Any]) -> Example:
    """Take expected outputs from Python: a value per row for each output, None for no expectation.

    Raises InvalidRowsError.
    """
    taps = {tap.alias: tap for tap in plan.outputs}
    wanted: dict[str, dict[int, Number | str]] = {}
    for output, values in labels.items():
        values = values.tolist() if hasattr(values, "tolist") else list(values)
        if len(values) != batch.count:
            message = f"`{output}` has {counted(len(values), 'label')} for {batch.count:,} rows"
            raise InvalidRowsError([Diagnostic("row-length", message)])
        for row, value in enumerate(values):
            if value is None:
                continue
            try:
                expected = expected_of(taps, output, value)
            except Refused as error:
                message = f"the label of `{output}` in row {row + 1:,}: {error.message}"
                raise InvalidRowsError(
                    [Diagnostic(error.rule, message, help=error.help or None)]
                ) from None
            for alias, each in expected.items():
                wanted.setdefault(alias, {})[row] = each
    return Example(batch, wanted, [f"row {row + 1:,}" for row in range(batch.count)])


# ------------------------------------------------------------------------------------- guards


def every_row(inputs: Mapping[str, Input]) -> Iterator[Batch]:
    """Yield the truth table to guard. Raises InvalidRowsError if it is too long."""
    rows = truth_table(inputs)
    if row_count(inputs, ()) > 1 << MAX_GUARDED_BITS:
        message = f"the truth table has more than 2^{MAX_GUARDED_BITS} rows to guard"
        hint = "name a file of rows whose outputs must stay"
        raise InvalidRowsError([Diagnostic("no-truth-table", message, help=hint)])
    return rows


def guarded(suite: CaseSuite, example: Example, batches: Iterable[Batch]) -> tuple[Example, int]:
    """Add rows whose outputs must stay the same, and return their number.

    They keep the outputs that the example has; a row of the example is not guarded.
    Raises InvalidRowsError if there are too many.
    """
    plan = suite.plan
    taps = {tap.alias: tap for tap in plan.outputs}
    spoken = dict.fromkeys(
        alias if alias in taps else (element_of(alias) or (alias, 0))[0] for alias in example.wanted
    )
    known = set(_keys(plan, example.batch))
    examples, count = [example], 0
    for batch in batches:
        results = evaluate_batch(plan, batch)
        free = [row for row, key in enumerate(_keys(plan, batch)) if key not in known]
        if not free:
            continue
        wanted: dict[str, dict[int, Number | str]] = {}
        for alias in spoken:
            for name, values in _values(results, taps[alias]):
                wanted[name] = {place: values[row] for place, row in enumerate(free)}
        examples.append(Example(batch.taken(np.array(free)), wanted))
        count += len(free)
        check_size(suite.checked.graph, example.batch.count + count)
    return joined(examples), count


def _values(results: Mapping[str, Any], tap: Tap) -> Iterator[tuple[str, Sequence[Any]]]:
    if tap.alias in results:
        yield tap.alias, results[tap.alias].values()
        return
    for place in range(tap.width):
        name = f"{tap.alias}({place})"
        yield name, results[name].values()


def _keys(plan: Plan, batch: Batch) -> list[Key]:
    """Return the identity of rows: the values of their inputs."""
    columns = element_columns(dict(plan.inputs), batch.columns)
    if all(column.numerators.dtype == np.uint8 and column.denominator == 1 for column in columns):
        if not columns:
            return [b""] * batch.count
        packed = np.packbits(np.stack([column.numerators for column in columns], axis=1), axis=1)
        return [row.tobytes() for row in packed]
    return list(zip(*(column.values() for column in columns), strict=True))


def contradiction(plan: Plan, example: Example) -> tuple[int, int, str] | None:
    """Return two rows with equal inputs and different expectations of an output."""
    keys = _keys(plan, example.batch)
    for alias, wanted in example.wanted.items():
        first: dict[Key, int] = {}
        for row, value in wanted.items():
            before = first.setdefault(keys[row], row)
            if wanted[before] != value:
                return before, row, alias
    return None
