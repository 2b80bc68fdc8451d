"""Run the cases of a network file, for `nnc test`, `nnc.run_cases` and pytest."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Container, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from nnc.compiler.blanks import passed_over as warning_of
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
    InvalidRowsError,
)
from nnc.files.opening import MAX_BYTES, STDIN_NAME, is_compiled, project_root
from nnc.language.network import Network
from nnc.numbers.exact import shorten
from nnc.opening.cases.checking import check_cases
from nnc.opening.cases.results import Failures, result_of
from nnc.opening.cases.running import name_of
from nnc.opening.cases.running import run_cases as run_all
from nnc.opening.checking import Checked, check_file, check_input, check_valid, located
from nnc.opening.loading import Loaded, load_plan
from nnc.selecting import selecting_help, unmatched

if TYPE_CHECKING:
    from nnc.language.document.text import Located
    from nnc.language.network import Case
    from nnc.opening.cases.coverage import Coverage
    from nnc.opening.cases.results import CaseResult
    from nnc.opening.cases.running import Row

Kept = TypeVar("Kept")


@dataclass
class CaseRun(Generic[Kept]):
    """The outcome of running cases: counts, kept results and mistakes.

    `entries` are in the order of the cases: the kept result, if any, and the diagnostic of a failed
    case. `mistakes` are those in case files and in the cases of a network built in Python.
    """

    cases: int = 0
    failed: int = 0
    entries: list[tuple[Kept | None, Diagnostic | None]] = field(default_factory=list)
    mistakes: list[Diagnostic] = field(default_factory=list)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All mistakes and failures."""
        return [*self.mistakes, *(failure for _, failure in self.entries if failure is not None)]


@dataclass(frozen=True)
class CaseSuite:
    """The cases of a network, ready to be run unless it has `errors`.

    `checked` has the network and its cases; `loaded` is the compiled network to run, if any.
    """

    checked: Checked
    loaded: Loaded | None = None

    @property
    def errors(self) -> list[Diagnostic]:
        """The mistakes that prevent running the cases."""
        return self.checked.case_errors or self.checked.obstacles

    @property
    def network(self) -> Network:
        """The network as declared in its file."""
        assert self.checked.network is not None
        return self.checked.network

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases and case files, in order."""
        return self.network.cases

    @cached_property
    def plan(self) -> Plan:
        """The plan that the cases are run on."""
        if self.loaded is not None:
            return self.loaded.plan
        assert self.checked.graph is not None
        return build_plan(self.checked.graph, self.network.name or "")

    def names(self) -> list[str]:
        """Return the name of each case, or of its case file, or else its number."""
        return [name_of(case, place) for place, case in enumerate(self.cases)]

    @property
    def _document(self) -> Located | None:
        """Return the document with the positions of the cases, or None if built in Python."""
        if self.checked.document.value is None or self.checked.linked is None:
            return None
        return self.checked.linked.document

    @cached_property
    def places(self) -> list[tuple[str | None, int | None]]:
        """The file and line on which each case begins; (None, None) if built in Python."""
        if self._document is None:
            return [(None, None)] * len(self.cases)
        parts = ((("cases", i), False) for i in range(len(self.cases)))
        places = self._document.locate(parts)
        return [(place.document.file, place.span.line) for place in places]

    def place_of(self, row: Row) -> tuple[str | None, int | None]:
        """Return the file of a case and the line on which it begins."""
        if row.file is None:
            return self.places[int(row.path[1])]
        place = next(iter(map(row.place, row.expected)), None)
        return row.file, None if place is None else place[0].line

    def coverage(self) -> Coverage:
        """Return an empty coverage to record the rows of a run."""
        from nnc.opening.cases.coverage import Coverage

        return Coverage(self.plan)

    def unseen(self, coverage: Coverage) -> list[Diagnostic]:
        """Return a located diagnostic for each side of a threshold that no row covers."""
        assert self.checked.graph is not None
        assert self.checked.linked is not None
        return located(self.checked.linked, coverage.findings(self.checked.graph))

    def run(
        self,
        keep: Callable[[Row], Kept | None],
        only: Container[int] | None = None,
        coverage: Coverage | None = None,
    ) -> CaseRun[Kept]:
        """Run the cases, or only those with the indices `only`.

        `keep` returns what to keep of a row, and `coverage` records every row.
        """
        done: CaseRun[Kept] = CaseRun()
        checked, plan = self.checked, self.plan
        failures = Failures(plan, self.network)
        with ExitStack() as stack:
            if self.loaded is not None:
                stack.enter_context(self.loaded.blaming_damage())
            for row in run_all(self.network, plan, checked.path, checked.root, coverage, only):
                if isinstance(row, Diagnostic):
                    done.mistakes.append(row)
                    continue
                done.cases += 1
                failure = failures.describe(row) if row.wrong else None
                done.failed += failure is not None
                kept = keep(row)
                if kept is not None or failure is not None:
                    done.entries.append((kept, failure))
        self._locate(done)
        return done

    def _attributed(self, failure: Diagnostic) -> Diagnostic:
        """Name the network in the message of a failed case that a base network declares."""
        own = self.checked.file
        bases = {base.file for base in getattr(self._document, "documents", ())} - {own}
        if failure.file not in bases:
            return failure
        return replace(failure, message=f"{failure.message}, run for {shorten(own, 200)}")

    def _locate(self, done: CaseRun[Kept]) -> None:
        """Add positions in the network file to all mistakes and failures."""
        if self._document is None:
            return
        # mistakes of a case file without a span have no position in the network file
        whole = [
            mistake
            for mistake in done.mistakes
            if mistake.file is not None and mistake.span is None
        ]
        mistakes = [
            mistake for mistake in done.mistakes if mistake.file is None or mistake.span is not None
        ]
        failures = [failure for _, failure in done.entries if failure is not None]
        located = self._document.located([*mistakes, *failures])
        done.mistakes = whole + located[: len(mistakes)]
        placed = iter(map(self._attributed, located[len(mistakes) :]))
        done.entries = [(kept, failure and next(placed)) for kept, failure in done.entries]


def open_suite(
    file: str,
    *,
    root: Path | None = None,
    max_bytes: int = MAX_BYTES,
    stdin_filename: str | None = None,
) -> CaseSuite:
    """Return the cases of a network file, or of the source of a compiled network.

    Raises FileError if a file, or the source of a compiled network, cannot be opened, and
    InvalidNetworkError if a compiled network is damaged.
    """
    if not is_compiled(file):
        return CaseSuite(check_input(file, stdin_filename, root=root, max_bytes=max_bytes))
    loaded = load_plan(file, root=root, max_bytes=max_bytes, verify=True)
    assert loaded.compiled is not None
    sources = loaded.compiled.provenance
    source = sources.find_from(Path(file), root)
    if source is None:
        name = shorten(sources.main or "", 200)
        message = f"the cases of a compiled network are in its source `{name}`, which is not here"
        hint = "put both below one project root, or name the source itself"
        raise FileError([Diagnostic("cannot-open", message, file=file, help=hint)])
    return CaseSuite(check_file(source.as_typed(), root=root, max_bytes=max_bytes), loaded)


def _built_suite(network: Network) -> CaseSuite:
    """Return the cases of a network built in Python. Raises InvalidNetworkError."""
    checked = check_valid(network)
    assert checked.graph is not None
    outputs = checked.graph.outputs
    folder = network.folder or Path()
    root = network.root or project_root(folder / "network")
    checked = replace(checked, path=folder / STDIN_NAME, root=root)
    mistakes = check_cases(network, outputs, checked.path, root)
    if mistakes:
        raise InvalidNetworkError(mistakes)
    return CaseSuite(checked)


def run_cases(network: Network | str | Path, *, root: str | Path | None = None) -> list[CaseResult]:
    """Run the cases of a network or network file, including those in case files.

    Each result has `holds`, and `expected` and `actual`, whose values have the same types and can
    be compared; `str(result)` is what `nnc test` reports. A compiled network runs the cases of its
    source file, and `root` is as for `nnc.load`. Results of a file know their lines.

    A network without cases causes a Python warning. Raises FileError if a file cannot be opened,
    InvalidNetworkError if it has mistakes, and InvalidRowsError, listing every mistake, if a case
    file has any. See docs/python.md, "Run the cases".

    >>> import nnc
    >>> results = nnc.run_cases("configs/gates/xor.nn.yaml")
    >>> [result.holds for result in results]
    [True, True, True, True]
    >>> results[1].inputs, results[1].expected, results[1].actual
    ({'a': 0, 'b': 1}, {'out': 1}, {'out': 1})
    """
    suite = suite_of(network, Path(root) if root is not None else None)
    done = suite.run(lambda row: result_of(row, *suite.place_of(row)))
    if done.mistakes:
        raise InvalidRowsError(done.mistakes)
    if not done.cases:
        warnings.warn(f"{no_cases([suite.checked.file])}", stacklevel=2)
    return [replace(result, failure=failure) for result, failure in done.entries if result]


def suite_of(network: Network | str | Path, root: Path | None) -> CaseSuite:
    """Return the cases of a network or file. Raises the same errors as `run_cases`."""
    if isinstance(network, Network):
        return _built_suite(network)
    if isinstance(network, Plan):
        message = "a plan has no cases"
        hint = "run those of its network, or of the file that it was loaded from"
        raise InvalidNetworkError([Diagnostic("wrong-type", message, help=hint)])
    suite = open_suite(str(network), root=root)
    if suite.errors:
        raise InvalidNetworkError(suite.errors)
    for warning in suite.loaded.warnings if suite.loaded else ():
        warnings.warn(f"{warning}; {warning.help}", stacklevel=3)
    return suite


def cases_that_ran(checked: Checked) -> list[Row]:
    """Run all cases of a network and return their rows. Raises NncError if they have mistakes."""
    if checked.case_errors:
        raise InvalidNetworkError(checked.case_errors)
    assert checked.network is not None
    assert checked.graph is not None
    plan = build_plan(checked.graph)
    cases = list(run_all(checked.network, plan, checked.path, checked.root))
    mistakes = [case for case in cases if isinstance(case, Diagnostic)]
    if mistakes:
        raise InvalidRowsError(mistakes)
    return [case for case in cases if not isinstance(case, Diagnostic)]


def passed_over(suite: CaseSuite) -> Diagnostic | None:
    """Return the warning that open numbers prevent running the cases, or None."""
    checked = suite.checked
    if checked.linked is None or not checked.is_open or checked.case_errors:
        return None
    (warning,) = located(checked.linked, [replace(warning_of(checked.linked), file=checked.file)])
    return warning


def unknown_cases(words: Sequence[str], names: Collection[str]) -> list[Diagnostic]:
    """Return an error for each word that matches no case."""
    return [
        Diagnostic(
            "unknown-case",
            f"no case is called `{shorten(word)}`",
            help=selecting_help(word, names, "cases"),
        )
        for word in unmatched(words, names)
    ]


def no_cases(files: Sequence[str]) -> Diagnostic:
    """Return the warning that files have no cases."""
    hint = "write an example with `given` and `expect` under `cases`"
    if len(files) == 1:
        return Diagnostic("no-cases", "the network has no cases", file=files[0], help=hint)
    return Diagnostic("no-cases", f"none of {len(files):,} network files has cases", help=hint)
