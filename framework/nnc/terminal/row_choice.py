"""One row, chosen by --case, or by --row whatever is wrong with others."""

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
    """Open the rows of a source, or the one that --row chooses, whatever is wrong with others.

    Raises as `nnc.run.streaming.open_rows`, and UsageError where there is no row of that number.
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
    """Yield a source that can be read again: of standard input, a copy."""
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
    """Return one row of a file, which is read no further than it has to be."""
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
    """Return a row of a file in which others have mistakes.

    Raises InvalidRowsError with the mistakes of that row alone.
    """
    rejects, count = NumberedRejects(), 0
    skipping = source._replace(rejects=rejects, report=lambda _: None)
    with open_rows(skipping, inputs) as rows:
        for _ in rows.batches:  # all of them: some formats report wrong rows after sound ones
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
    """Make the option that names a case: see `case_of`."""
    help_ = (
        f"{what} of the case of this name, or of the only one that matches a pattern (`*`, `?`)."
    )
    return click.option("--case", metavar="NAME", help=help_)


def case_of(cases: Sequence[Row], name: str) -> Row:
    """Return the case of a name, or the only one that it selects. Raises UsageError."""
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
