"""Stream rows from files of any size through a plan, batch by batch."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.files.opening import STDIN, open_to_read
from nnc.files.writing import open_at_once, open_atomically
from nnc.language.network import Input
from nnc.numbers.exact import counted
from nnc.rows.column_types import (
    ColumnType,
    column_types_of,
    input_types,
)
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.compressions import compressing
from nnc.rows.elements import InputColumns, column_names
from nnc.rows.formats import FORMATS, read_rows, write_rows
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.row import row_from_values, values_from
from nnc.rows.inputs.truth_table import row_count, truth_table
from nnc.rows.inputs.value import Value
from nnc.rows.output import Table, json_column, shown_inputs
from nnc.rows.session import RowOptions, Session
from nnc.rows.streams import Arriving, Flushing, FractionRead
from nnc.rows.table import Groups, Screen, write_table
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_batch, output_names
from nnc.run.readings import FloatReadings
from nnc.run.truth_tables import count_ones, counts_as_table

if TYPE_CHECKING:
    from nnc.rows.parts import Part
    from nnc.rows.session import Rejects

_MAX_HELD = 1 << 24  # bytes of standard output buffered in memory; more go to disk
_PIECE = 1 << 16
_COUNTS = {"ones": ColumnType("integer"), "rows": ColumnType("integer")}

# --------------------------------------------------------------------------------- rows in


class Source(NamedTuple):
    """The source of rows: a `file` in a `format` (`-` for standard input), or generated rows.

    `values` are those of inputs without a column, as for `nnc.rows.inputs.arrays`. Without a file,
    they are the only row, or the constant inputs if `every` row is generated; `only` selects one of
    these, from 0. `rejects` takes rows with mistakes; without it a mistake stops everything.
    `report` is called with warnings. With `is_live`, lines are read as they arrive. `rest` is the
    value of inputs without a value or default. Columns in `also` are always kept. `refuse` returns
    the rows of a batch that are not allowed, with reasons; `rejects` takes these too. `opened`
    opens a file that is not on disk. `part` limits reading to a part of the file.
    """

    file: str | None
    format: str
    values: Mapping[str, object]
    report: Callable[[Diagnostic], None]
    options: RowOptions = RowOptions()
    every: bool = False
    rejects: Rejects | None = None
    only: int | None = None
    is_live: bool = False
    rest: str | None = None
    also: Container[str] = ()
    refuse: Callable[[Batch], Mapping[int, str]] | None = None
    opened: Callable[[], AbstractContextManager[BinaryIO]] | None = None
    part: Part | None = None

    @property
    def first(self) -> int:
        """The number of rows before the first one read."""
        return self.only or (0 if self.part is None else self.part.before)


class Rows(NamedTuple):
    """Rows in batches, with the `share` of the work that a number of rows represents, if known.

    `total` is the number of rows of a truth table, or None.
    """

    batches: Iterator[Batch]
    share: Callable[[int], float | None]
    total: int | None = None


@contextmanager
def open_rows(source: Source, inputs: Mapping[str, Input]) -> Iterator[Rows]:
    """Open the rows of a source; nothing is read before the first batch is used.

    Raises FileError, and InvalidRowsError for invalid `values` or an impossible truth table.
    """
    values, file = source.values, source.file
    required: frozenset[str] = frozenset()
    if source.rest is not None:
        required = frozenset(name for name, input_ in inputs.items() if input_.default is None)
        inputs = _with_rest(source, inputs, source.rest)
    if file is None and not source.every:
        row = row_from_values(values, inputs, where=("--set",), options=source.options.has_options)
        yield Rows(iter([row]), lambda _: None)
        return
    fixed = values_from(values, inputs, where=("--set",), complete=False)
    if file is None:
        count = row_count(inputs, fixed)
        rows = truth_table(inputs, fixed=fixed, only=source.only)
        yield Rows(rows, lambda done: done / count, count)
        return
    opened = source.opened
    if source.format == "pictures":
        opened = io.BytesIO  # the reader opens the files of the folder itself
    with opened() if opened is not None else open_to_read(file) as stream:
        if source.is_live and FORMATS[source.format].has_lines:
            stream = cast("BinaryIO", Arriving(stream))
        share = FractionRead(stream)
        name = "<stdin>" if file == STDIN else file
        refuse = source.refuse

        def whole(batch: Batch) -> Batch:
            return next(_with_fixed(iter([batch]), inputs, fixed, name)) if fixed else batch

        batches = read_rows(
            stream,
            source.format,
            Session(
                {name: input_ for name, input_ in inputs.items() if name not in fixed},
                file=name,
                report=source.report,
                options=source.options,
                also=_KeptColumns({name: inputs[name] for name in fixed}, source.also),
                rejects=source.rejects,
                expect=share.expect,
                refuse=refuse and (lambda batch: refuse(whole(batch))),
                part=source.part,
                required=required,
            ),
        )
        with closing(batches):  # closing may write rejected rows
            yield Rows(_with_fixed(batches, inputs, fixed, name) if fixed else batches, share)


def _with_rest(source: Source, inputs: Mapping[str, Input], rest: str) -> dict[str, Input]:
    """Return inputs with `rest` as the default of those without a value or default.

    Raises InvalidRowsError if an input cannot have it; with a file, which may have columns for the
    inputs, only if none can.
    """
    known = {name.partition("(")[0] for name in source.values}
    values: dict[str, Value] = {}
    refused: list[Diagnostic] = []
    for name, input_ in inputs.items():
        if input_.default is None and name not in known:
            is_list = input_.size is not None and not input_.is_integer_bus
            value = [rest] * input_.width if is_list else rest
            try:
                values |= values_from({name: value}, {name: input_}, where=("--rest",))
            except InvalidRowsError as error:
                refused.append(error.diagnostics[0])
    if refused and (source.file is None or not values):
        first, *others = refused
        more = f", and {counted(len(others), 'more input')} cannot have it" if others else ""
        raise InvalidRowsError([replace(first, message=first.message + more)])
    return {
        name: input_.model_copy(update={"default": values[name]}) if name in values else input_
        for name, input_ in inputs.items()
    }


class _KeptColumns:
    """The names of columns to keep: inputs given by `--set`, their elements, and `also`."""

    def __init__(self, inputs: Mapping[str, Input], also: Container[str]) -> None:
        self._columns, self._also = InputColumns(inputs), also

    def __contains__(self, name: object) -> bool:
        return self._columns.input_of(str(name)) is not None or name in self._also


def _with_fixed(
    batches: Iterator[Batch], inputs: Mapping[str, Input], fixed: Mapping[str, Value], file: str
) -> Iterator[Batch]:
    """Add inputs with fixed values to batches."""
    columns_of_fixed = InputColumns({name: inputs[name] for name in fixed})
    for batch in batches:
        for name in batch.extras:
            if (input_name := columns_of_fixed.input_of(name)) is not None:
                whole = input_name.partition("(")[0]
                message = f"the input `{whole}` has a column, and a value from --set"
                hint = "remove one of them"
                raise InvalidRowsError(
                    [Diagnostic("duplicate-column", message, help=hint, file=file)]
                )
        read = iter(batch.columns)
        columns = tuple(
            constant(fixed[name], input_, batch.count) if name in fixed else next(read)
            for name, input_ in inputs.items()
        )
        yield Batch(columns, batch.count, batch.extras, floats=batch.floats)


def watched(plan: Plan, batches: Iterator[Batch], source: Source, how: How) -> Iterator[Batch]:
    """Yield batches of allowed rows, and report warnings after the last one.

    The warnings count rows of a truth table that violate assumptions and are omitted, and rows that
    depend on how floats are read. Raises InvalidRowsError if other rows violate an assumption.
    """
    assumed = Assumptions(plan, how)
    if assumed and source.file is None and source.every:
        yield from assumed.kept(batches)
        if (note := assumed.note()) is not None:
            source.report(note)
        return
    if assumed:
        named = "<stdin>" if source.file == STDIN else source.file
        batches = assumed.checked(batches, named, source.first)
    if source.options.floats is not None or source.file is None:
        yield from batches
        return
    readings = FloatReadings(plan, how, source.first)
    yield from readings.watched(batches)
    name = "<stdin>" if source.file == STDIN else source.file
    hint = "`--floats decimal` reads what was typed; `--floats binary` says that the numbers "
    hint += "stored are meant"
    warning = readings.warning(hint, name)
    if warning is not None:
        source.report(warning)


# ------------------------------------------------------------------------------ results out


@contextmanager
def open_output(
    path: str | None, *, is_held: bool = True, is_flushed: bool = False, is_small: bool = False
) -> Iterator[BinaryIO]:
    """Open a file for writing, compressed according to its name; None and `-` are standard output.

    A file is written completely or not at all, and so is standard output if it `is_held`, in memory
    only if it `is_small`. With `is_flushed`, each piece is written immediately.
    """
    if path is not None and path != STDIN:
        with _open_file(path, is_flushed=is_flushed) as stream:
            yield stream
        return
    sys.stdout.flush()
    if is_flushed or not is_held:
        yield _flushing(sys.stdout.buffer) if is_flushed else sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    held: Any = io.BytesIO() if is_small else tempfile.SpooledTemporaryFile(_MAX_HELD)  # noqa: SIM115
    with held:
        yield held
        held.seek(0)
        sys.stdout.buffer.writelines(iter(partial(held.read, _PIECE), b""))
        sys.stdout.buffer.flush()


@contextmanager
def _open_file(path: str, *, is_flushed: bool) -> Iterator[BinaryIO]:
    open_ = open_at_once if is_flushed else open_atomically
    with open_(path) as stream, compressing(stream, path) as compressed:
        yield _flushing(compressed) if is_flushed else compressed


def _flushing(stream: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", Flushing(stream))


class Style(NamedTuple):
    """The form of results: a format, with or without the `inputs` before the outputs.

    With `bits`, a bus has a column per element. With `floats`, numbers other than integers are
    float64 in JSON. A table fits the `screen`, if any. `sums` is the type of outputs that otherwise
    depends on all rows.
    """

    format: str
    bits: bool = False
    floats: bool = False
    inputs: bool = False
    screen: Screen | None = None
    sums: ColumnType | None = None


class Results(NamedTuple):
    """Results in batches, with their columns and the columns' types."""

    groups: Groups
    types: Mapping[str, ColumnType]
    tables: Iterator[Table]

    @property
    def heading(self) -> dict[str, ColumnType | None]:
        """The columns in order, with their types if the format has types."""
        return {name: self.types.get(name) for group in self.groups for name in group}


def write_results(
    plan: Plan, batches: Iterator[Batch], stream: BinaryIO, style: Style, how: How
) -> None:
    """Write the results of every row. Raises the same errors as `results_of`."""
    _write(results_of(plan, batches, style, how), stream, style)


def results_of(plan: Plan, batches: Iterator[Batch], style: Style, how: How) -> Results:
    """Return the results of every row: kept columns, inputs if wanted, and outputs.

    An input that is also an output is written once. In JSON a column has one type: numbers if it
    only holds integers below 2^53, else exact texts or floats. Raises InvalidRowsError if a kept
    column has the name of an output, or a number does not fit 64 bits.
    """
    bits = style.bits
    first = next(batches, None)
    extras = list(first.extras) if first is not None else []
    outputs = output_names(plan, bits=bits)
    _check_kept(extras, outputs)
    inputs = column_names(plan.inputs, bits=bits) if style.inputs else ()
    groups = Groups(extras, [name for name in inputs if name not in outputs], outputs)
    calculated = [*groups.inputs, *outputs]
    texts: Collection[str] = ()
    types: dict[str, ColumnType] = {}
    is_json = FORMATS[style.format].is_json
    if is_json or FORMATS[style.format].has_types:
        types = input_types(plan.inputs, bits=bits) | column_types_of(plan, bits=bits)
    if is_json:
        texts = [name for name in calculated if style.floats or not types[name].fits_json]

    def tables() -> Iterator[Table]:
        for batch in chain(() if first is None else (first,), batches):
            columns: dict[str, Any] = dict(batch.extras)
            if style.inputs:
                columns |= _input_columns(plan.inputs, batch, bits=bits)
            columns |= evaluate_batch(plan, batch, bits=bits, how=how)
            for name in texts:
                columns[name] = _in_json(name, columns[name], floats=style.floats)
            yield {name: columns[name] for name in [*extras, *calculated]}

    if (sums := style.sums) is not None:
        types |= {name: sums for name, kind in types.items() if kind.name == "number"}
    return Results(groups, types, tables())


def _write(results: Results, stream: BinaryIO, style: Style) -> None:
    if style.format == "table":
        write_table(results.tables, stream, results.groups, style.screen)
        return
    names = list(results.heading)
    write_rows(results.tables, stream, style.format, names=names, kinds=results.types)


def _check_kept(extras: Sequence[str], outputs: Sequence[str]) -> None:
    """Raise InvalidRowsError if a kept column has the name of an output."""
    clash = next((name for name in extras if name in outputs), None)
    if clash is not None:
        message = f"the column `{clash}` that is kept has the name of an output"
        hint = f"`--expected {clash}` compares the two; to keep both, rename the column in the file"
        raise InvalidRowsError([Diagnostic("duplicate-column", message, help=hint)])


def _input_columns(
    inputs: Mapping[str, Input], batch: Batch, *, bits: bool
) -> dict[str, Column | Labels]:
    """Return the inputs of a batch as columns of a file would have them."""
    columns: dict[str, Column | Labels] = {}
    for (name, input_), column in zip(inputs.items(), batch.columns, strict=True):
        columns |= shown_inputs(name, input_, column, bits=bits)
    return columns


def _in_json(name: str, column: Any, *, floats: bool) -> Any:
    try:
        return json_column(column, floats=floats)
    except OverflowError:
        message = f"column `{name}` has a value beyond what a float of 64 bits holds"
        hint = "remove `--numbers float`: then it is a text, exact"
        raise InvalidRowsError([Diagnostic("not-representable", message, help=hint)]) from None


def write_counts(
    plan: Plan, batches: Iterator[Batch], stream: BinaryIO, style: Style, how: How
) -> None:
    """Write the number of rows in which each output is 1; see `count_ones`."""
    write_totals(*count_ones(plan, batches, how), stream, style)


def write_totals(rows: int, counts: Mapping[str, int], stream: BinaryIO, style: Style) -> None:
    """Write counts of rows in which each output is 1."""
    table = counts_as_table(rows, counts)
    _write(Results(Groups(outputs=list(table)), _COUNTS, iter([table])), stream, style)
