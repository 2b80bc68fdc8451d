"""Run the cases of a network, and report mistakes in case files."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, NncError, Span
from nnc.files.opening import STDIN_NAME, open_to_read
from nnc.language.network import Case, Input, Network
from nnc.numbers.exact import Number, Refused, shorten
from nnc.opening.cases.checking import (
    Expected,
    NameSuggestions,
    did_you_mean,
    expected_of,
    expected_of_text,
    find_case_file,
    help_for_sum,
    list_names,
    no_element,
)
from nnc.rows.columns import bus_bits
from nnc.rows.elements import element_of
from nnc.rows.inputs.row import row_from_values
from nnc.rows.output import shown_inputs
from nnc.rows.session import MAX_FINDINGS, RowOptions, Session
from nnc.run.assumptions import Assumptions
from nnc.run.evaluation import evaluate_batch

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.opening.cases.coverage import Coverage
    from nnc.rows.columns import Batch

_ALLOW = "correct the case, or the `assume` of the network"
_MAX_SIGNALS = 1 << 26  # signals in memory while a case file is run


@dataclass(frozen=True, slots=True)
class Row:
    """One example: its inputs, its expected outputs and the actual ones.

    `path` is its location in the network file. For a row of a case file, `file` is the name of that
    file and `row` the number of the row in it, from 1. The inputs are row `number` of `batch`.
    `lists` are the buses that are expected as a list.
    """

    label: str
    path: KeyPath
    expected: Expected
    got: Expected
    batch: Batch
    number: int
    inputs: Mapping[str, Input] = field(repr=False)
    file: str | None = None
    row: int | None = None
    lists: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name of the case, with the number of the row in a case file."""
        if self.row is None:
            return self.label
        return f"{self.label}, row {self.row}" if self.label else f"row {self.row}"

    @property
    def given(self) -> dict[str, Number | str]:
        """The value of each input as users write it: a bus as an integer or by element."""
        columns = zip(self.inputs.items(), self.one_row().columns, strict=True)
        return {
            name_or_element: column.values()[0]
            for (name, input_), values in columns
            for name_or_element, column in shown_inputs(name, input_, values).items()
        }

    @property
    def wrong(self) -> list[str]:
        """The outputs and bus elements that differ from the expected values."""
        return [alias for alias, value in self.expected.items() if self.got[alias] != value]

    def one_row(self) -> Batch:
        """Return the values of the inputs as a batch of one row."""
        return self.batch.cut(self.number, self.number + 1)

    def where(self, alias: str) -> KeyPath:
        """Return the path of an expected value in the network file."""
        bus, element = element_of(alias) or (alias, 0)
        tail: KeyPath = (bus, element) if bus != alias and bus in self.lists else (alias,)
        return (*self.path, "expect", *tail)

    def place(self, alias: str) -> tuple[Span, str | None] | None:
        """Return the span of an expected value in the case file and its line, if known."""
        places = self.batch.places
        return places(self.number, alias) if places else None


def run_cases(
    network: Network,
    plan: Plan,
    file: Path | None = None,
    root: Path | None = None,
    coverage: Coverage | None = None,
    only: Container[int] | None = None,
) -> Iterator[Row | Diagnostic]:
    """Run every case of a network; yield its rows and the mistakes in its case files.

    `file` is the network's own file; case files are searched for next to it and must be inside
    `root`. Without it, both default to the current folder. Rows with mistakes are not run.
    `coverage` records every row that can be read. `only` selects cases by their index.
    """
    running = _Running(network, plan, file or Path(STDIN_NAME), root, coverage)
    for i, case in enumerate(network.cases):
        if only is not None and i not in only:
            continue
        path: KeyPath = ("cases", i)
        yield from running.inline(case, path) if case.file is None else running.file(case, path)


def name_of(case: Case, place: int) -> str:
    """Return the name of a case, or else of its file, or else its number, from 1."""
    return shorten(case.name or case.file or f"case {place + 1}")


class _Running:
    """Run the cases of one network."""

    def __init__(
        self,
        network: Network,
        plan: Plan,
        file: Path,
        root: Path | None,
        coverage: Coverage | None,
    ) -> None:
        self._network, self._plan, self._file, self._coverage = network, plan, file, coverage
        self._root = root or file.parent
        self._taps: Mapping[str, Tap] = {tap.alias: tap for tap in plan.outputs}
        self._suggestions = NameSuggestions()
        self._assumed = Assumptions(plan)

    def inline(self, case: Case, path: KeyPath) -> Iterator[Row | Diagnostic]:
        """Run a case that is written in the network file."""
        expected: Expected = {}
        try:
            batch = row_from_values(case.given or {}, self._plan.inputs, where=(*path, "given"))
            for alias, value in (case.expect or {}).items():
                at = (*path, "expect", alias)
                expected |= expected_of(self._taps, alias, value, self._suggestions)
        except NncError as error:
            yield from error.diagnostics
            return
        except Refused as error:
            yield Diagnostic(error.rule, error.message, at, help=error.help or None)
            return
        for message in self._assumed.findings(batch).values():
            message = f"the case {message}"
            yield Diagnostic("row-not-allowed", message, (*path, "given"), key=True, help=_ALLOW)
            return
        name = name_of(case, int(path[1]))
        lists = frozenset(
            alias
            for alias, value in (case.expect or {}).items()
            if isinstance(value, (list, tuple))
        )
        for row in self._rows(batch, [expected], name, path):
            yield replace(row, lists=lists)

    def file(self, case: Case, path: KeyPath) -> Iterator[Row | Diagnostic]:
        """Run the rows of a case file; yield a diagnostic if it cannot be read to its end."""
        assert case.file is not None
        at = (*path, "file")
        target = find_case_file(case.file, at, self._file, self._root, self._suggestions)
        if isinstance(target, Diagnostic):
            yield target
            return
        name = str(self._file.parent / case.file)
        try:
            yield from self._read(case, path, target, name)
        except NncError as error:
            yield from (replace(diagnostic, file=name) for diagnostic in error.diagnostics)

    def _read(
        self, case: Case, path: KeyPath, target: Path, file: str
    ) -> Iterator[Row | Diagnostic]:
        from nnc.rows.csv.csv import read

        session = Session(
            inputs=self._plan.inputs,
            file=file,
            options=RowOptions("error"),
            batch_size=max(64, min(65536, _MAX_SIGNALS // self._plan.signals)),
            report=lambda _: None,
            also=OutputColumns(self._taps),
            check=self._check,
            hint=self._hint,
        )
        label = shorten(case.name) if case.name else ""
        count = mistakes = 0
        with open_to_read(str(target), root=self._root) as stream:
            for batch in read(stream, session):
                if not batch.extras:
                    yield self._checks_nothing(case, path)
                    return
                expected, refused = self._expected(batch, file)
                for row, message in self._assumed.findings(batch).items():
                    expected[row] = None
                    refused.append(_not_allowed(message, batch, row, file, count))
                yield from refused
                yield from self._rows(batch, expected, label, path, (file, count))
                count += batch.count
                mistakes += len(refused)
                if mistakes >= MAX_FINDINGS:
                    return
        if not count:
            yield Diagnostic(
                "bad-case",
                f"the case file `{shorten(case.file or '')}` has no rows",
                (*path, "file"),
                help="write rows below its header, or remove the case",
            )

    def _checks_nothing(self, case: Case, path: KeyPath) -> Diagnostic:
        return Diagnostic(
            "bad-case",
            f"the case file `{shorten(case.file or '')}` has no column of an output",
            (*path, "file"),
            help=f"add columns of what is expected: {list_names('outputs', self._taps)}",
        )

    def _check(self, alias: str, text: str) -> None:
        """Check an expected cell; an empty one is skipped. Raises Refused."""
        if text:
            expected_of_text(self._taps, alias, text, self._suggestions)

    def _hint(self, name: str) -> str:
        """Return a hint for a column that is neither an input nor an output."""
        bus, _ = element_of(name) or (name, 0)
        if bus in self._taps:
            return no_element(self._taps[bus])
        known = [*self._plan.inputs, *self._taps]
        return did_you_mean(self._suggestions.meant(name, known)) or list_names(
            "outputs", self._taps
        )

    def _expected(self, batch: Batch, file: str) -> tuple[list[Expected | None], list[Diagnostic]]:
        """Read the expected values of each row; None for a row with a refused cell."""
        read = {
            alias: {text: self._read_text(alias, text) for text in set(cells) if text}
            for alias, cells in batch.extras.items()
        }
        rows: list[Expected | None] = []
        refused: list[Diagnostic] = []
        for row in range(batch.count):
            expected: Expected = {}
            before = len(refused)
            for alias, cells in batch.extras.items():
                if not cells[row]:
                    continue
                value = read[alias][cells[row]]
                if isinstance(value, Refused):
                    refused.append(_refused(value, batch, row, alias, file))
                else:
                    expected[alias] = value
            rows.append(expected if len(refused) == before else None)
        return rows, refused

    def _read_text(self, alias: str, text: str) -> Number | str | Refused:
        try:
            return expected_of_text(self._taps, alias, text, self._suggestions)
        except Refused as error:
            hint = (error.rule == "bad-case" and help_for_sum(self._network, alias)) or error.help
            return Refused(error.rule, error.message, hint)

    def _rows(
        self,
        batch: Batch,
        expected: Sequence[Expected | None],
        label: str,
        path: KeyPath,
        after: tuple[str, int] | None = None,
    ) -> Iterator[Row]:
        """Run the rows of a batch whose expected values have no mistakes.

        In a case file, `after` is its name and the number of rows before the batch.
        """
        if self._coverage is not None:
            self._coverage.add(batch)
        results: dict[str, Sequence[Any]] = {
            alias: column.values() for alias, column in evaluate_batch(self._plan, batch).items()
        }
        aliases = dict.fromkeys(alias for values in expected if values for alias in values)
        self._add_elements(results, [alias for alias in aliases if alias not in results])
        file, before = after or (None, 0)
        for number, own in enumerate(expected):
            if own is not None:
                got: Expected = {alias: values[number] for alias, values in results.items()}
                row = None if after is None else before + number + 1
                yield Row(label, path, own, got, batch, number, self._plan.inputs, file, row)

    def _add_elements(self, results: dict[str, Sequence[Any]], aliases: Sequence[str]) -> None:
        """Add single elements of buses whose results are unsigned integers."""
        bits: dict[str, Any] = {}
        for alias in aliases:
            bus, place = element_of(alias) or (alias, 0)
            if bus not in bits:
                bits[bus] = bus_bits(results[bus], self._taps[bus].width)
            results[alias] = bits[bus][:, place].tolist()


class OutputColumns:
    """The names of columns that hold outputs, as a set."""

    def __init__(self, taps: Mapping[str, Tap]) -> None:
        self._taps = taps

    def __contains__(self, name: object) -> bool:
        bus, place = element_of(str(name)) or (str(name), -1)
        tap = self._taps.get(bus)
        if tap is None:
            return False
        if place < 0:
            return tap.is_integer or not tap.is_bus
        return tap.is_bus and place < tap.width


def _not_allowed(message: str, batch: Batch, row: int, file: str, before: int) -> Diagnostic:
    """Return a diagnostic of a row that breaks an assumption, located at its first output."""
    alias = next(iter(batch.extras))
    span, excerpt = batch.places(row, alias) if batch.places else (None, None)
    return Diagnostic(
        "row-not-allowed",
        f"row {before + row + 1:,} {message}",
        help=_ALLOW,
        file=file,
        span=span,
        excerpt=excerpt,
    )


def _refused(error: Refused, batch: Batch, row: int, alias: str, file: str) -> Diagnostic:
    span, excerpt = batch.places(row, alias) if batch.places else (None, None)
    return Diagnostic(
        error.rule,
        f"output `{alias}`: {error.message}",
        help=error.help or None,
        file=file,
        span=span,
        excerpt=excerpt,
    )
