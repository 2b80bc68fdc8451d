"""Rows in, results out, batch by batch: files of any size through a plan."""

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

_MAX_HELD = 1 << 24  # bytes of standard output that are held in memory; more are held on the disk
_PIECE = 1 << 16
_COUNTS = {"ones": ColumnType("integer"), "rows": ColumnType("integer")}

# --------------------------------------------------------------------------------- rows in


class Source(NamedTuple):
    """The source of rows: a `file` of a `format`, `-` for standard input; or they are made.

    `values` are those of inputs without a column, as `nnc.rows.inputs.arrays` takes them. Without a
    file they are the one row there is, or hold inputs of `every` row constant; `only` makes but one
    of these, counted from 0. `rejects` takes rows with mistakes; where there is none, a mistake
    stops everything. `report` takes warnings. Lines are read as they arrive where it `is_live`.
    `rest` is the value of inputs that have neither a value nor a default. Columns in `also` are
    kept, whatever becomes of others. `refuse` says which rows of a batch are not allowed, and why:
    `rejects` takes these, too. `opened` opens a file that is not on the disk. Only a `part` of the
    file is read, if there is one.
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
        """The number of rows before the first that is read."""
        return self.only or (0 if self.part is None else self.part.before)


class Rows(NamedTuple):
    """Rows that come in batches, and the `share` of all that a number of them is, if known.

    `total` is how many rows a truth table has; None for others.
    """

    batches: Iterator[Batch]
    share: Callable[[int], float | None]
    total: int | None = None


@contextmanager
def open_rows(source: Source, inputs: Mapping[str, Input]) -> Iterator[Rows]:
    """Open the rows of a source; nothing is read before the first batch is used.

    Raises FileError, and InvalidRowsError for `values` and a truth table that cannot be.
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
        opened = io.BytesIO  # the reader opens the files in the folder
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
        with closing(batches):  # which may write rejected rows
            yield Rows(_with_fixed(batches, inputs, fixed, name) if fixed else batches, share)


def _with_rest(source: Source, inputs: Mapping[str, Input], rest: str) -> dict[str, Input]:
    """Give inputs without a value and a default the value `rest` as one.

    Raises InvalidRowsError if one cannot have it; of a file, which may have columns for them, if
    none can.
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
    """The columns of inputs that `--set` gives, and of their elements, and others to be kept."""

    def __init__(self, inputs: Mapping[str, Input], also: Container[str]) -> None:
        self._columns, self._also = InputColumns(inputs), also

    def __contains__(self, name: object) -> bool:
        return self._columns.input_of(str(name)) is not None or name in self._also


def _with_fixed(
    batches: Iterator[Batch], inputs: Mapping[str, Input], fixed: Mapping[str, Value], file: str
) -> Iterator[Batch]:
    """Add the inputs that have a value to batches that do not have them."""
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
    """Pass on batches of allowed rows, and give the warnings after the last.

    That is how many rows of a truth table break assumptions, and are left out; and that rows depend
    on how floats are read. Raises InvalidRowsError where other rows break an assumption.
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
    """Open a file to write, compressed if its name says so; None is standard output, and so is `-`.

    A file is written whole or not at all, and so is standard output where it `is_held`, in memory
    alone where it `is_small`. What `is_flushed` is there at once, piece by piece.
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

    A bus has with `bits` a column for each element. With `floats` other numbers than integers are
    in JSON the nearest floats of 64 bits. A table fits the `screen`, if there is one. `sums` is the
    type of the outputs that only all rows would decide.
    """

    format: str
    bits: bool = False
    floats: bool = False
    inputs: bool = False
    screen: Screen | None = None
    sums: ColumnType | None = None


class Results(NamedTuple):
    """Results, batch by batch: their columns, what each can hold, and the batches themselves."""

    groups: Groups
    types: Mapping[str, ColumnType]
    tables: Iterator[Table]

    @property
    def heading(self) -> dict[str, ColumnType | None]:
        """The columns, in their order, with what each can hold, where the format has types."""
        return {name: self.types.get(name) for group in self.groups for name in group}


def write_results(
    plan: Plan, batches: Iterator[Batch], stream: BinaryIO, style: Style, how: How
) -> None:
    """Write every row, as `results_of`, which also raises."""
    _write(results_of(plan, batches, style, how), stream, style)


def results_of(plan: Plan, batches: Iterator[Batch], style: Style, how: How) -> Results:
    """Return every row: the columns that are kept, the inputs if they are wanted, and the outputs.

    An input that is an output too is written once. In JSON a column has one type: numbers where it
    can only hold integers below 2^53, else exact texts, or floats. Raises InvalidRowsError if a
    column that is kept has the name of an output, and if a number is beyond 64 bits.
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
    """Refuse a column that is kept beside an output of its name."""
    clash = next((name for name in extras if name in outputs), None)
    if clash is not None:
        message = f"the column `{clash}` that is kept has the name of an output"
        hint = f"`--expected {clash}` compares the two; to keep both, rename the column in the file"
        raise InvalidRowsError([Diagnostic("duplicate-column", message, help=hint)])


def _input_columns(
    inputs: Mapping[str, Input], batch: Batch, *, bits: bool
) -> dict[str, Column | Labels]:
    """Return the inputs of a batch as rows would give them."""
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
    """Write how often each output is 1; see `nnc.run.truth_tables.count_ones`."""
    write_totals(*count_ones(plan, batches, how), stream, style)


def write_totals(rows: int, counts: Mapping[str, int], stream: BinaryIO, style: Style) -> None:
    """Write the numbers of rows in which each output is 1."""
    table = counts_as_table(rows, counts)
    _write(Results(Groups(outputs=list(table)), _COUNTS, iter([table])), stream, style)
