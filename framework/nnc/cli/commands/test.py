"""`nnc test`: run the cases of network files."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, FileError, Label, NncError, in_file
from nnc.exact import Number, shorten, show_number
from nnc.files.opening import find_networks
from nnc.printable import line

if TYPE_CHECKING:
    from nnc.cases.running import Row
    from nnc.checking import Checked, Loaded
    from nnc.compiler.plan import Plan


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option(
    "--coverage", is_flag=True, help="List the neurons that were never 0, or never 1, in the cases."
)
@options.file_options
@options.report_options
def command(
    reporter: Reporter, paths: tuple[str, ...], root: Path | None, max_bytes: int, *, coverage: bool
) -> int:
    """Run the cases in network files: each given row must produce the expected outputs.

    A failing case shows what was given, expected and got, and the neurons on the way with their
    sums and margins. PATHS are files, directories or patterns; without them, this directory. A
    compiled network runs the cases of the file it was compiled from.
    """
    from nnc.reports.findings import Report

    files, diagnostics = find_networks(paths or (".",))
    reporter.protect(files)
    code = options.USAGE if diagnostics else options.FINE
    cases = failed = 0
    unseen: list[str] = []
    for file in files:
        try:
            checked, loaded = _read(file, root, max_bytes)
            reporter.protect([], checked.files)
            diagnostics += [*(loaded.warnings if loaded else ()), *checked.errors]
            if checked.network is not None:
                run = _run(checked, loaded, coverage=coverage)
                diagnostics += run.diagnostics
                if any(diagnostic.rule == "cannot-open" for diagnostic in run.diagnostics):
                    code = options.USAGE
                cases, failed = cases + run.cases, failed + run.failed
                unseen += run.unseen()
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            if isinstance(error, FileError):
                code = options.USAGE
    findings = Report(tuple(diagnostics), len(files), cases=cases, failed=failed)
    reporter.report_findings(findings)
    if coverage and not cases:
        options.write("no cases were run\n", sys.stderr)
    elif coverage:
        _write_coverage(unseen, sys.stderr if reporter.is_machine else sys.stdout)
    is_failing = any(diagnostic.is_error for diagnostic in diagnostics)
    return code or (options.FINDINGS if is_failing else options.FINE)


def _read(file: str, root: Path | None, max_bytes: int) -> tuple[Checked, Loaded | None]:
    """Return the network with the cases and, where the file is a compiled one, what is to run.

    Raises FileError, also where the source of a compiled network is not here, and
    InvalidNetworkError.
    """
    from nnc.checking import check_file, is_compiled, load_plan

    if not is_compiled(file):
        return check_file(file, root=root, max_bytes=max_bytes), None
    loaded = load_plan(file, root=root, max_bytes=max_bytes, verify=True)
    assert loaded.compiled is not None
    sources = loaded.compiled.provenance
    source = sources.find_from(Path(file), root)
    if source is None:
        name = shorten(sources.main or "", 200)
        message = f"the cases of a compiled network are in its source `{name}`, which is not here"
        hint = "put both below one project root, or name the source itself"
        raise FileError([Diagnostic("cannot-open", message, file=file, help=hint)])
    return check_file(source.as_typed(), root=root, max_bytes=max_bytes), loaded


def _run(checked: Checked, loaded: Loaded | None, *, coverage: bool) -> _Run:
    from nnc.compiler.plan import build_plan

    if loaded is not None:
        with loaded.blaming_damage():
            return _Run(checked, loaded.plan, coverage=coverage)
    assert checked.graph is not None
    assert checked.network is not None
    return _Run(checked, build_plan(checked.graph, checked.network.name or ""), coverage=coverage)


def _write_coverage(unseen: list[str], stream: TextIO) -> None:
    lines = [*unseen, f"{len(unseen)} never seen"]
    options.write("\n".join(lines) + "\n" if unseen else _ALL_SEEN, stream)


_ALL_SEEN = "every neuron was 0 in some case and 1 in another\n"
_MAX_NEURONS = 30
"""So many neurons, those nearest to the outputs, are shown with a failure."""


class _Run:
    """The cases of one file, run: how many there are, which failed, and the mistakes in them."""

    def __init__(self, checked: Checked, plan: Plan, *, coverage: bool) -> None:
        from nnc.cases.running import Coverage, run_cases

        assert checked.network is not None
        self.file, self.plan = checked.file, plan
        self.cases = self.failed = 0
        self.coverage = Coverage(self.plan) if coverage else None
        self._detailed: Counter[str | None] = Counter()
        self._on_the_way: dict[frozenset[str], set[str]] = {}
        diagnostics: list[Diagnostic] = []
        for row in run_cases(checked.network, self.plan, checked.path, checked.root, self.coverage):
            if isinstance(row, Diagnostic):
                diagnostics.append(row)
                continue
            self.cases += 1
            if row.wrong:
                self.failed += 1
                diagnostics.append(self._failure(row))
        others = [d for d in diagnostics if d.file is None or d.span is not None]
        # what is wrong with a whole case file has no place in the network file
        placed = [d for d in diagnostics if d.file is not None and d.span is None]
        self.diagnostics = placed + checked.document.located(others)

    def _failure(self, row: Row) -> Diagnostic:
        """Describe a failing case, with the neurons that its wrong outputs depend on."""
        wrong = ", ".join(
            f"`{alias}` is {_show(row.got[alias])}, expected {_show(row.expected[alias])}"
            for alias in row.wrong
        )
        first, *others = row.wrong
        got = {alias: f"got {_show(row.got[alias])}" for alias in row.wrong}
        diagnostic = Diagnostic(
            "case-failed",
            f"{row.name}: {wrong}",
            row.where(first),
            caret=got[first],
            labels=tuple(Label(got[alias], row.where(alias)) for alias in others),
            help="fix the network, or what the case expects",
            details=self._details(row),
        )
        return diagnostic if row.file is None else _in_case_file(diagnostic, row, got)

    def _details(self, row: Row) -> tuple[str, ...]:
        """Return what led to a failure, for as many of a file as a report shows."""
        from nnc.reports.findings.findings import MAX_OF_A_RULE
        from nnc.run.engines import input_values
        from nnc.run.trace import neuron_lines, trace

        self._detailed[row.file] += 1
        if self._detailed[row.file] > MAX_OF_A_RULE:
            return ()
        lines = [
            "given " + ", ".join(f"{name}={_plain(value)}" for name, value in row.given.items())
        ]
        values = next(input_values(self.plan, row.one_row()))
        neurons = trace(self.plan, values, self._names(frozenset(row.wrong)))
        if len(neurons) > _MAX_NEURONS:
            before = len(neurons) - _MAX_NEURONS
            lines.append(f"  … {before:,} neurons before; see nnc eval --trace")
        for neuron in neurons[-_MAX_NEURONS:]:
            lines += neuron_lines(neuron)
        return tuple(lines)

    def _names(self, aliases: frozenset[str]) -> set[str]:
        """Name the neurons that some outputs depend on."""
        from nnc.run.trace import on_the_way

        if aliases not in self._on_the_way:
            outputs = {tap.alias for tap in self.plan.outputs}
            whole = {alias if alias in outputs else alias.partition("(")[0] for alias in aliases}
            self._on_the_way[aliases] = on_the_way(self.plan, whole)
        return self._on_the_way[aliases]

    def unseen(self) -> list[str]:
        """Name the outputs of neurons that were the same in every case, though they can differ."""
        unseen = self.coverage.unseen() if self.coverage else []
        return [line(f"{self.file}: `{name}` was never {bit}") for name, bit in unseen]


def _in_case_file(diagnostic: Diagnostic, row: Row, got: dict[str, str]) -> Diagnostic:
    """Place a failure at its cells in the case file, with the file's name as the last place."""
    (span, excerpt), *others = (row.place(alias) or (None, None) for alias in got)
    labels = [
        Label(text, file=row.file, span=place[0], excerpt=place[1])
        for text, place in zip([*got.values()][1:], others, strict=True)
    ]
    labels.append(Label("the case file", (*row.path, "file")))
    return replace(diagnostic, file=row.file, span=span, excerpt=excerpt, labels=tuple(labels))


def _show(value: Number | str) -> str:
    return f"`{shorten(value)}`" if isinstance(value, str) else show_number(value)


def _plain(value: Number | str) -> str:
    return value if isinstance(value, str) else show_number(value)
