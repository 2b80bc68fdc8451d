"""Reject rows that violate an assumption of their network, or omit them from a truth table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from nnc.compiler.graph import Graph
from nnc.compiler.joint import assumed_by, assumption_plan
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.lazy import np
from nnc.numbers.exact import counted, shorten
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch
from nnc.rows.output import shown_inputs
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, evaluate_batch

HINT = "correct the row, or the `assume` of the network"
_MAX_TOLD = 1_000
_MAX_VALUES = 120


def check_rows(
    graph: Graph, batches: Iterable[Batch], file: str | None = None, first: int = 0
) -> Iterator[Batch]:
    """Yield the batches for a network unchanged; `first` is the number of rows before them.

    Raises InvalidRowsError if rows violate its assumptions.
    """
    if not assumed_by(graph):
        yield from batches
        return
    yield from Assumptions(build_plan(graph)).checked(batches, file, first)


class Assumptions:
    """Check rows against the assumptions of a network."""

    def __init__(self, plan: Plan, how: How = AUTO) -> None:
        self._plan, self._how = plan, how
        self._claims = [claim for claim in plan.claims if claim.kind == "assume"]
        self._bits = assumption_plan(plan) if self._claims else None
        self.left_out = 0

    def __bool__(self) -> bool:
        return self._bits is not None

    def broken(self, batch: Batch) -> Array:
        """Return, for each row, the index of the first assumption that it violates, or -1."""
        places = np.full(batch.count, -1)
        if self._bits is None or not batch.count:
            return places
        results = evaluate_batch(self._bits, batch, how=self._how)
        for place in reversed(range(len(self._claims))):
            column: Any = results[str(place)]
            places[column.numerators.astype(bool)] = place
        return places

    def checked(
        self, batches: Iterable[Batch], file: str | None = None, first: int = 0
    ) -> Iterator[Batch]:
        """Yield the batches unchanged; `first` is the number of rows before them.

        Raises InvalidRowsError with the rows that violate an assumption, at most 1,000 of them.
        """
        for batch in batches:
            findings = self.findings(batch, _MAX_TOLD)
            if findings:
                raise InvalidRowsError(
                    Diagnostic(
                        "row-not-allowed",
                        f"row {first + row + 1:,} {message}",
                        help=HINT,
                        file=file,
                    )
                    for row, message in findings.items()
                )
            yield batch
            first += batch.count

    def findings(self, batch: Batch, most: int | None = None) -> dict[int, str]:
        """Return a message for each violating row, or the first `most`, by index in the batch."""
        if self._bits is None:
            return {}
        broken = self.broken(batch)
        rows = np.flatnonzero(broken >= 0)[:most].tolist()
        return {row: self._message(batch, row, int(broken[row])) for row in rows}

    def refusals(self, batch: Batch) -> dict[int, str]:
        """Return a complete message for each row that violates an assumption."""
        return {row: f"the row {message}" for row, message in self.findings(batch).items()}

    def kept(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the allowed rows, and count the others in `left_out`."""
        for batch in batches:
            broken = self.broken(batch)
            rows = np.flatnonzero(broken < 0)
            self.left_out += batch.count - len(rows)
            if len(rows):
                yield batch if len(rows) == batch.count else batch.taken(rows)

    def note(self) -> Diagnostic | None:
        """Return a note with the number of omitted rows, or None."""
        if not self.left_out:
            return None
        verb = "breaks" if self.left_out == 1 else "break"
        message = f"{counted(self.left_out, 'row')} that {verb} assumptions left out"
        return Diagnostic("rows-left-out", message)

    def _message(self, batch: Batch, row: int, place: int) -> str:
        claim = self._claims[place]
        taps = (*claim.about, *claim.when)
        named = {tap.alias.partition("(")[0].partition(".")[0] for tap in taps}
        values = ", ".join(f"{name}={value}" for name, value in self._values(batch, row, named))
        words = f"`{shorten(claim.name)}`, {claim.words()}" if claim.name else claim.words()
        return f"breaks the assumption {shorten(words, 160)}: {shorten(values, _MAX_VALUES)}"

    def _values(self, batch: Batch, row: int, named: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield the names and values of some inputs in one row, as a user writes them."""
        alone = batch.cut(row, row + 1)
        for (name, input_), column in zip(self._plan.inputs.items(), alone.columns, strict=True):
            if name in named:
                for shown, values in shown_inputs(name, input_, column).items():
                    yield shown, str(values.values()[0])
