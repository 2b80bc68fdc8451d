"""Rows -> Samples: exact values of inputs with the label of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.files.opening import open_to_read
from nnc.lazy import np
from nnc.numbers.exact import counted
from nnc.opening.cases.confusion import (
    ColumnNames,
    ComparedColumn,
    Value,
    expected_batches,
)
from nnc.rows.arrays.folders import digest_of as digest_of_pictures
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.formats import frames_for
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.cells import rows_joined
from nnc.rows.inputs.shapes import is_frame, mapping_of, type_name
from nnc.rows.session import FRAME, RowOptions, Session
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.streaming import Source, open_rows, watched
from nnc.run.tables import Rows
from nnc.training.blocks import narrow

BLOCK = 1024  # rows that are evaluated at a time


@dataclass(frozen=True, eq=False)
class Samples:
    """Labelled rows; `expected` has the values of each label, one for each row.

    Integers of `stored` are in as few bytes as hold them. `digest` is that of the file, or of
    the values; `empty` counts rows without a label.
    """

    stored: Batch
    expected: tuple[tuple[Value, ...], ...]
    digest: str
    file: str | None = None
    empty: int = 0

    @property
    def count(self) -> int:
        """The number of rows."""
        return self.stored.count

    def batches(self, size: int = BLOCK) -> Iterator[Batch]:
        """Yield the rows in batches that engines accept."""
        for first in range(0, self.count, size):
            block = self.stored.cut(first, first + size)
            yield Batch(tuple(map(_widened, block.columns)), block.count)

    def every(self, step: int) -> Samples:
        """Return the first of each `step` rows."""
        return self if step == 1 else self._taken(np.arange(0, self.count, step))

    def split(self, share: float, seed: int) -> tuple[Samples, Samples]:
        """Return rows to learn from, and a share of them for the test, drawn by a seed.

        Raises InvalidRowsError where either would be empty.
        """
        count = round(self.count * share)
        if not 0 < count < self.count:
            use = "to learn from" if count else "for the test"
            message = f"a share of {share} of {counted(self.count, 'row')} leaves none {use}"
            hint = "give another share, or a file of rows"
            raise InvalidRowsError([Diagnostic("bad-label", message, help=hint, file=self.file)])
        order = np.random.RandomState(seed).permutation(self.count)
        return self._taken(np.sort(order[count:])), self._taken(np.sort(order[:count]))

    def _taken(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Samples:
        expected = tuple(tuple(values[row] for row in rows) for values in self.expected)
        return Samples(self.stored.taken(rows), expected, self.digest, self.file)


def read_samples(source: Source, plan: Plan, columns: Sequence[ComparedColumn]) -> Samples:
    """Read the rows of a file. Raises FileError and InvalidRowsError."""
    assert source.file is not None
    digest = digest_of(source.file, source.format)
    names = ColumnNames([each.column for each in columns], source.options.csv)
    source = source._replace(
        also=names, options=replace(source.options, extra=source.options.extra or "drop")
    )
    with open_rows(source, plan.inputs) as rows:
        batches = watched(plan, rows.batches, source, How())
        return _samples(plan, batches, columns, names, f"sha256:{digest}", source.file)


def digest_of(file: str, form: str) -> str:
    """Return the SHA-256 of a file of rows, or of a folder of pictures. Raises FileError."""
    if form == "pictures":
        return digest_of_pictures(file)
    with open_to_read(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def samples_of(rows: Rows, plan: Plan, columns: Sequence[ComparedColumn]) -> Samples:
    """Read rows from Python objects whose columns have names. Raises InvalidRowsError."""
    names = ColumnNames([each.column for each in columns])
    batches = Assumptions(plan).checked(iter(_batches_of(rows, plan, names)))
    return _samples(plan, batches, columns, names, "", None)


def _batches_of(rows: Rows, plan: Plan, names: ColumnNames) -> Iterable[Batch]:
    if is_frame(rows):
        session = Session(
            plan.inputs, FRAME, lambda _: None, RowOptions("drop", floats="decimal"), also=names
        )
        yield from frames_for(f"a frame ({type_name(rows)})").read_frame(rows, session)
        return
    values = mapping_of(rows, plan.inputs)
    batch, _ = batch_from_arrays(values, plan.inputs, extra="drop", also=names, floats="decimal")
    labels = {name: _texts(values[name]) for name in values if name in names}
    yield Batch(batch.columns, batch.count, labels)


def _texts(cells: Iterable[object]) -> list[str]:
    return ["" if cell is None or cell != cell else str(cell) for cell in cells]


def _narrowed(column: Column | Labels) -> Column | Labels:
    """Store integers in the narrowest type; leave other columns unchanged."""
    if isinstance(column, Labels) or column.numerators.dtype != np.int64:
        return column
    return Column(narrow(column.numerators), column.denominator)


def _widened(column: Column | Labels) -> Column | Labels:
    if isinstance(column, Labels) or column.numerators.dtype.kind != "i":
        return column  # bits are unsigned
    return Column(column.numerators.astype(np.int64), column.denominator)


def _samples(
    plan: Plan, batches: Iterable[Batch], columns: Sequence[ComparedColumn], names: ColumnNames,
    digest: str, file: str | None,
) -> Samples:  # fmt: skip
    read: list[Batch] = []
    expected: list[list[Value | None]] = [[] for _ in columns]
    for batch, wanted in expected_batches(plan, batches, columns, names, file or FRAME):
        read.append(Batch(tuple(map(_narrowed, batch.columns)), batch.count))
        for values, more in zip(expected, wanted, strict=True):
            values += more
    whole = [[batch.columns[i] for batch in read] for i in range(len(plan.inputs))]
    joined = Batch(tuple(map(rows_joined, whole)) if read else (), len(expected[0]))
    has_label = np.array([all(v is not None for v in row) for row in zip(*expected, strict=True)])
    kept = np.flatnonzero(has_label)
    if not len(kept):
        message = "there are no rows with a label"
        raise InvalidRowsError([Diagnostic("bad-label", message, file=file)])
    labels = tuple(
        tuple(value for row in kept.tolist() if (value := values[row]) is not None)
        for values in expected
    )
    if not digest:
        cells = [c.codes if isinstance(c, Labels) else c.numerators for c in joined.columns]
        text = repr([array.tolist() for array in cells] + [labels])
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    empty = joined.count - len(kept)
    return Samples(joined.taken(kept) if empty else joined, labels, digest, file, empty)
