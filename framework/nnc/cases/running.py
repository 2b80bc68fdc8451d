"""Cases run: each row of them, with what it gave; and the mistakes in files of cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from nnc.cases.case_file import find_case_file
from nnc.cases.coverage import Coverage
from nnc.cases.expected import element_of, expected_of, expected_of_text
from nnc.cases.typos import Typos
from nnc.diagnostics import Diagnostic, NncError, Path, Span
from nnc.exact import Number, Refused, shown
from nnc.graph import Tap
from nnc.network import Case, Network
from nnc.paths import STDIN_NAME, open_to_read

if TYPE_CHECKING:
    from nnc.columns import Batch, Places
    from nnc.plan import Plan

Expected = dict[str, Number | str]
_MOST_SIGNALS = 1 << 26  # bits held at a time while the rows of a case file are run


@dataclass(frozen=True, slots=True)
class Row:
    """One example: what is given, what is expected, and what the network gives.

    `path` is where it stands in the network file. A row of a case file has the name of that
    `file`, and is the one of this `number` for which `places` tells where its cells are.
    """

    name: str
    path: Path
    given: dict[str, Number]
    expected: Expected
    got: Expected
    file: str | None = None
    number: int = 0
    places: Places | None = None

    @property
    def wrong(self) -> list[str]:
        """The outputs that are not as expected."""
        return [alias for alias, value in self.expected.items() if self.got[alias] != value]

    def place(self, alias: str) -> tuple[Span, str | None] | None:
        """Give the place, in the case file, of what is expected of an output, and its line."""
        return self.places(self.number, alias) if self.places else None


def run_cases(
    network: Network,
    plan: Plan,
    file: FilePath | None = None,
    root: FilePath | None = None,
    coverage: Coverage | None = None,
) -> Iterator[Row | Diagnostic]:
    """Run every case of a network, and tell every mistake in its case files.

    `file` is the network's own file, beside which case files lie, within `root`; without it both
    are the current folder. A row with a mistake is not run; all others are. `coverage` is shown
    every row that can be read.
    """
    running = _Running(plan, file or FilePath(STDIN_NAME), root, coverage)
    for i, case in enumerate(network.cases):
        path: Path = ("cases", i)
        yield from running.inline(case, path) if case.file is None else running.file(case, path)


class _Running:
    """The cases of one network."""

    def __init__(
        self, plan: Plan, file: FilePath, root: FilePath | None, coverage: Coverage | None
    ) -> None:
        self._plan, self._file, self._coverage = plan, file, coverage
        self._root = root or file.parent
        self._taps: Mapping[str, Tap] = {tap.alias: tap for tap in plan.outputs}
        self._typos = Typos()

    def inline(self, case: Case, path: Path) -> Iterator[Row | Diagnostic]:
        """Run a case that stands in the network file."""
        from nnc.rows import row_from_values

        expect = (case.expect or {}).items()
        try:
            batch = row_from_values(case.given or {}, self._plan.inputs, where=(*path, "given"))
            expected = {a: expected_of(self._taps, a, value, self._typos) for a, value in expect}
        except NncError as error:
            yield from error.diagnostics
            return
        except Refused as error:
            yield Diagnostic(error.rule, error.message, (*path, "expect"), help=error.help or None)
            return
        name = shown(case.name) if case.name else f"case {int(path[1]) + 1}"
        yield from self._rows(batch, [expected], name, path)

    def file(self, case: Case, path: Path) -> Iterator[Row | Diagnostic]:
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
        self, case: Case, path: Path, target: FilePath, written: str
    ) -> Iterator[Row | Diagnostic]:
        from nnc.rows.csv import read
        from nnc.rows.reading import MOST_FINDINGS, Reading

        names = [*self._taps]
        for tap in self._plan.outputs:
            if tap.kind == "bus":
                names += [f"{tap.alias}({i})" for i in range(len(tap.signals))]
        reading = Reading(
            inputs=self._plan.inputs,
            file=written,
            extra="error",
            batch_size=max(64, min(65536, _MOST_SIGNALS // len(self._plan.signals))),
            report=lambda _: None,
            also=frozenset(names),
            check=self._check,
        )
        name = shown(case.name) if case.name else "row"
        count = mistakes = 0
        with open_to_read(str(target)) as stream:
            for batch in read(stream, reading):
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
                f"the case file `{shown(case.file or '')}` has no rows",
                (*path, "file"),
                help="write rows below its header, or remove the case",
            )

    def _check(self, alias: str, text: str) -> None:
        """Read a cell that is expected; an empty one is not checked.  Raises Refused."""
        if text:
            expected_of_text(self._taps, alias, text, self._typos)

    def _expected(self, batch: Batch, file: str) -> tuple[list[Expected | None], list[Diagnostic]]:
        """Read what each row of a case file expects; None for one with a cell that is refused."""
        expected: list[Expected | None] = []
        found: list[Diagnostic] = []
        for row in range(batch.count):
            one: Expected = {}
            before = len(found)
            for alias, cells in batch.extras.items():
                try:
                    if cells[row]:
                        one[alias] = expected_of_text(self._taps, alias, cells[row], self._typos)
                except Refused as error:
                    found.append(_refused(error, batch, row, alias, file))
            expected.append(one if len(found) == before else None)
        return expected, found

    def _rows(
        self,
        batch: Batch,
        expected: Sequence[Expected | None],
        name: str,
        path: Path,
        file: str | None = None,
    ) -> Iterator[Row]:
        """Run rows, but for those of which nothing sound is expected."""
        from nnc.evaluation import evaluate_batch

        if self._coverage is not None:
            self._coverage.add(batch)
        results: dict[str, Sequence[Any]] = {
            alias: column.values() for alias, column in evaluate_batch(self._plan, batch).items()
        }
        aliases = dict.fromkeys(alias for one in expected if one for alias in one)
        for alias in aliases:
            bit = element_of(alias)
            if alias not in results and bit is not None:
                bus = results[alias.partition("(")[0]]
                results[alias] = [int(value) >> bit & 1 for value in bus]
        given = [column.values() for column in batch.columns]
        for number, one in enumerate(expected):
            if one is None:
                continue
            yield Row(
                name,
                path,
                {name: given[i][number] for i, name in enumerate(self._plan.inputs)},
                one,
                {alias: values[number] for alias, values in results.items()},
                file,
                number,
                batch.places,
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
