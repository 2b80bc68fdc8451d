"""Choose one row with --case or --row, even if other rows have mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.files.opening import STDIN, open_to_read
from nnc.numbers.exact import counted, first_names
from nnc.rows.session import NumberedRejects, Rejects
from nnc.rows.streams import seekable
from nnc.run.streaming import Rows, open_rows
from nnc.selecting import selected, selecting_help
from nnc.terminal.options import Decorator

if TYPE_CHECKING:
    from nnc.language.network import Input
    from nnc.opening.cases.running import Row
    from nnc.rows.columns import Batch
    from nnc.run.streaming import Source


@contextmanager
def open_chosen(source: Source, inputs: Mapping[str, Input]) -> Iterator[Rows]:
    """Open the rows of a source, or the one chosen with --row, even if others have mistakes.

    Raises the same errors as `nnc.run.streaming.open_rows`, and UsageError if there is no such row.
    """
    if source.only is not None and source.file is not None:
        with _seekable(source) as again:
            chosen = _chosen(again, inputs, source.only)
        yield Rows(iter([chosen]), lambda _: None)
        return
    with open_rows(source, inputs) as rows:
        if source.only is not None and rows.total is not None and source.only >= rows.total:
            raise _no_row(source.only, rows.total, "the truth table")
        yield rows


@contextmanager
def _seekable(source: Source) -> Iterator[Source]:
    """Yield a source that can be read twice; standard input is copied."""
    if source.file != STDIN:
        yield source
        return
    with open_to_read(STDIN) as stream, seekable(stream) as copy:

        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            copy.seek(0)
            yield copy

        yield source._replace(opened=opened)


def _chosen(source: Source, inputs: Mapping[str, Input], wanted: int) -> Batch:
    """Return row `wanted`, from 0, of a file, reading no further than necessary."""
    count = 0
    try:
        with open_rows(source, inputs) as rows:
            for batch in rows.batches:
                if wanted < count + batch.count:
                    return batch.cut(wanted - count, wanted - count + 1)
                count += batch.count
    except InvalidRowsError:
        return _among_wrong_rows(source, inputs, wanted)
    raise _no_row(wanted, count, _name_of(source))


def _name_of(source: Source) -> str:
    return "standard input" if source.file == STDIN else str(source.file)


def _among_wrong_rows(source: Source, inputs: Mapping[str, Input], wanted: int) -> Batch:
    """Return row `wanted`, from 0, of a file in which other rows have mistakes.

    Raises InvalidRowsError with only the mistakes of that row.
    """
    rejects, count = NumberedRejects(), 0
    skipping = source._replace(rejects=rejects, report=lambda _: None)
    with open_rows(skipping, inputs) as rows:
        for _ in rows.batches:  # read to the end: some formats report bad rows after good ones
            pass
    if wanted in rejects.wrong:
        raise InvalidRowsError(list(rejects.wrong[wanted]))
    place = rejects.place(wanted)
    with open_rows(skipping._replace(rejects=Rejects()), inputs) as rows:
        for batch in rows.batches:
            if place < count + batch.count:
                return batch.cut(place - count, place - count + 1)
            count += batch.count
    raise _no_row(wanted, count + len(rejects.wrong), _name_of(source))


def _no_row(place: int, count: int, name: str) -> click.UsageError:
    return click.UsageError(f"--row {place + 1}: {name} has {counted(count, 'row')}")


def case_option(what: str) -> Decorator:
    """Return the option `--case`; see `case_of`."""
    help_ = (
        f"{what} of the case of this name, or of the only one that matches a pattern (`*`, `?`)."
    )
    return click.option("--case", metavar="NAME", help=help_)


def case_of(cases: Sequence[Row], name: str) -> Row:
    """Return the only case that a name or pattern selects. Raises UsageError."""
    names = [case.name for case in cases]
    chosen = set(selected([name], names))
    alike = [case for case in cases if case.name in chosen]
    if not alike:
        hint = selecting_help(name, names, "cases")
        raise click.UsageError(f"--case {name}: no case has this name; {hint}")
    if len(alike) > 1:
        listed = first_names([case.name for case in alike], "`")
        message = f"--case {name} selects {len(alike):,} cases: {listed}; name one of them"
        raise click.UsageError(message)
    return alike[0]
