"""Cases run: each row of them, with what it gave; and the mistakes in files of cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnc.cases.case_file import find_case_file
from nnc.cases.coverage import Coverage
from nnc.cases.expected import Expected, expected_of, expected_of_text, no_element
from nnc.cases.typos import Typos, all_of, meaning
from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, NncError, Span
from nnc.exact import Number, Refused, shorten
from nnc.files.opening import STDIN_NAME, open_to_read
from nnc.language.network import Case, Input, Network
from nnc.rows.inputs.elements import element_of

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.rows.columns import Batch

_MOST_SIGNALS = 1 << 26  # bits held at a time while the rows of a case file are run


@dataclass(frozen=True, slots=True)
class Row:
    """One example: what is given, what is expected, and what the network gives.

    `path` is where it stands in the network file. A row of a case file has the name of that
    `file`. It is the row `number` of `batch`. `lists` are the buses of which a list is expected.
    """

    name: str
    path: KeyPath
    expected: Expected
    got: Expected
    batch: Batch
    number: int
    inputs: Mapping[str, Input] = field(repr=False)
    file: str | None = None
    lists: frozenset[str] = frozenset()

    @property
    def given(self) -> dict[str, Number | str]:
        """What each input is given, as people write it: a bus as its integer or by element."""
        from nnc.rows.written.shown import shown_inputs

        one = self.one_row()
        return {
            shown_name: column.values()[0]
            for (name, an_input), values in zip(self.inputs.items(), one.columns, strict=True)
            for shown_name, column in shown_inputs(name, an_input, values).items()
        }

    @property
    def wrong(self) -> list[str]:
        """The outputs, and the elements of buses, that are not as expected."""
        return [alias for alias, value in self.expected.items() if self.got[alias] != value]

    def one_row(self) -> Batch:
        """Give what the inputs are given, as a batch of one row."""
        return self.batch.cut(self.number, self.number + 1)

    def where(self, alias: str) -> KeyPath:
        """Give the path, in the network file, of what is expected of an output or an element."""
        bus, element = element_of(alias) or (alias, 0)
        tail: KeyPath = (bus, element) if bus != alias and bus in self.lists else (alias,)
        return (*self.path, "expect", *tail)

    def place(self, alias: str) -> tuple[Span, str | None] | None:
        """Give the place, in the case file, of what is expected of an output, and its line."""
        places = self.batch.places
        return places(self.number, alias) if places else None


def run_cases(
    network: Network,
    plan: Plan,
    file: Path | None = None,
    root: Path | None = None,
    coverage: Coverage | None = None,
) -> Iterator[Row | Diagnostic]:
    """Run every case of a network, and tell every mistake in its case files.

    `file` is the network's own file, beside which case files lie, within `root`; without it both
    are the current folder. A row with a mistake is not run; all others are. `coverage` is shown
    every row that can be read.
    """
    running = _Running(plan, file or Path(STDIN_NAME), root, coverage)
    for i, case in enumerate(network.cases):
        path: KeyPath = ("cases", i)
        yield from running.inline(case, path) if case.file is None else running.file(case, path)


class _Running:
    """The cases of one network."""

    def __init__(
        self, plan: Plan, file: Path, root: Path | None, coverage: Coverage | None
    ) -> None:
        self._plan, self._file, self._coverage = plan, file, coverage
        self._root = root or file.parent
        self._taps: Mapping[str, Tap] = {tap.alias: tap for tap in plan.outputs}
        self._typos = Typos()

    def inline(self, case: Case, path: KeyPath) -> Iterator[Row | Diagnostic]:
        """Run a case that stands in the network file."""
        from nnc.rows.formats import row_from_values

        expected: Expected = {}
        try:
            batch = row_from_values(case.given or {}, self._plan.inputs, where=(*path, "given"))
            for alias, value in (case.expect or {}).items():
                at = (*path, "expect", alias)
                expected |= expected_of(self._taps, alias, value, self._typos)
        except NncError as error:
            yield from error.diagnostics
            return
        except Refused as error:
            yield Diagnostic(error.rule, error.message, at, help=error.help or None)
            return
        name = shorten(case.name) if case.name else f"case {int(path[1]) + 1}"
        lists = frozenset(a for a, v in (case.expect or {}).items() if isinstance(v, (list, tuple)))
        for row in self._rows(batch, [expected], name, path):
            yield replace(row, lists=lists)

    def file(self, case: Case, path: KeyPath) -> Iterator[Row | Diagnostic]:
        """Run the rows of a case file; one that cannot be read to its end tells why."""
        assert case.file is not None
        at = (*path, "file")
        target = find_case_file(case.file, at, self._file, self._root, self._typos)
        if isinstance(target, Diagnostic):
            yield target
            return
        written = str(self._file.parent / case.file)
        try:
            yield from self._read(case, path, target, written)
        except NncError as error:
            yield from (replace(one, file=written) for one in error.diagnostics)

    def _read(
        self, case: Case, path: KeyPath, target: Path, written: str
    ) -> Iterator[Row | Diagnostic]:
        from nnc.rows.csv.csv import read
        from nnc.rows.reading import MOST_FINDINGS, Reading

        reading = Reading(
            inputs=self._plan.inputs,
            file=written,
            extra="error",
            batch_size=max(64, min(65536, _MOST_SIGNALS // self._plan.signals)),
            report=lambda _: None,
            also=_Columns(self._taps),
            check=self._check,
            hint=self._hint,
        )
        name = shorten(case.name) if case.name else "row"
        count = mistakes = 0
        with open_to_read(str(target), root=self._root) as stream:
            for batch in read(stream, reading):
                if not batch.extras:
                    yield self._checks_nothing(case, path)
                    return
                count += batch.count
                expected, found = self._expected(batch, written)
                yield from found
                yield from self._rows(batch, expected, name, path, written)
                mistakes += len(found)
                if mistakes >= MOST_FINDINGS:
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
            help=f"add columns of what is expected: {all_of('outputs', self._taps)}",
        )

    def _check(self, alias: str, text: str) -> None:
        """Read a cell that is expected; an empty one is not checked.  Raises Refused."""
        if text:
            expected_of_text(self._taps, alias, text, self._typos)

    def _hint(self, name: str) -> str:
        """Say what to write for a column that is neither an input nor an output."""
        bus, _ = element_of(name) or (name, 0)
        if bus in self._taps:
            return no_element(self._taps[bus])
        known = [*self._plan.inputs, *self._taps]
        return meaning(self._typos.meant(name, known)) or all_of("outputs", self._taps)

    def _expected(self, batch: Batch, file: str) -> tuple[list[Expected | None], list[Diagnostic]]:
        """Read what each row of a case file expects; None for one with a cell that is refused."""
        read = {
            alias: {text: self._read_text(alias, text) for text in set(cells) if text}
            for alias, cells in batch.extras.items()
        }
        expected: list[Expected | None] = []
        found: list[Diagnostic] = []
        for row in range(batch.count):
            one: Expected = {}
            before = len(found)
            for alias, cells in batch.extras.items():
                if not cells[row]:
                    continue
                value = read[alias][cells[row]]
                if isinstance(value, Refused):
                    found.append(_refused(value, batch, row, alias, file))
                else:
                    one[alias] = value
            expected.append(one if len(found) == before else None)
        return expected, found

    def _read_text(self, alias: str, text: str) -> Number | str | Refused:
        try:
            return expected_of_text(self._taps, alias, text, self._typos)
        except Refused as error:
            return error

    def _rows(
        self,
        batch: Batch,
        expected: Sequence[Expected | None],
        name: str,
        path: KeyPath,
        file: str | None = None,
    ) -> Iterator[Row]:
        """Run rows, but for those of which nothing sound is expected."""
        from nnc.run.evaluation import evaluate_batch

        if self._coverage is not None:
            self._coverage.add(batch)
        results: dict[str, Sequence[Any]] = {
            alias: column.values() for alias, column in evaluate_batch(self._plan, batch).items()
        }
        aliases = dict.fromkeys(alias for one in expected if one for alias in one)
        self._add_elements(results, [alias for alias in aliases if alias not in results])
        for number, one in enumerate(expected):
            if one is not None:
                got: Expected = {alias: values[number] for alias, values in results.items()}
                yield Row(name, path, one, got, batch, number, self._plan.inputs, file)

    def _add_elements(self, results: dict[str, Sequence[Any]], aliases: Sequence[str]) -> None:
        """Add elements of buses that are given as unsigned integers."""
        from nnc.rows.columns import bus_bits

        bits: dict[str, Any] = {}
        for alias in aliases:
            bus, place = element_of(alias) or (alias, 0)
            if bus not in bits:
                bits[bus] = bus_bits(results[bus], self._taps[bus].width)
            results[alias] = bits[bus][:, place].tolist()


class _Columns:
    """The columns of a case file that hold outputs."""

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
