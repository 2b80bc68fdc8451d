"""`nnc test`: run the cases of network files."""

from __future__ import annotations

import linecache
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc import console
from nnc.console import Reporter
from nnc.diagnostics import Diagnostic, FileError, Label, NncError, Span, in_file
from nnc.exact import Number, show_number
from nnc.paths import find_networks

if TYPE_CHECKING:
    from nnc.cases import Row
    from nnc.pipeline import Checked
    from nnc.plan import Plan


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option(
    "--coverage", is_flag=True, help="Name the neurons that no case has seen at 0, or at 1."
)
@console.reading
@console.reports
def command(
    reporter: Reporter, paths: tuple[str, ...], root: Path | None, max_bytes: int, *, coverage: bool
) -> int:
    """Run the cases in network files: each row given must give what is expected.

    A failing case shows what was given, expected and got, and the neurons on the way with their
    sums and margins. PATHS are files, directories or patterns; without them, this directory.
    """
    from nnc.pipeline import check_file

    files, found = find_networks(paths or (".",))
    code = console.USAGE if found else console.FINE
    cases = failed = 0
    unseen: list[str] = []
    for file in files:
        try:
            checked = check_file(file, root=root, max_bytes=max_bytes)
            found += checked.errors
            if checked.network is not None:
                run = _Run(checked)
                found += run.failures
                cases, failed = cases + run.cases, failed + run.failed
                unseen += run.unseen()
        except NncError as error:
            found += in_file(file, error.diagnostics)
            if isinstance(error, FileError):
                code = console.USAGE
    reporter.tell(found, len(files), to=sys.stdout, cases=cases, failed=failed)
    if coverage and not cases:
        console.write("no cases were run\n", sys.stderr)
    elif coverage:
        _tell_coverage(unseen, sys.stderr if reporter.is_machine else sys.stdout)
    return code or (console.FINDINGS if found else console.FINE)


def _tell_coverage(unseen: list[str], stream: object) -> None:
    text = (
        "\n".join([*unseen, f"{len(unseen)} never seen"])
        if unseen
        else "every neuron was seen at 0 and at 1"
    )
    console.write(text + "\n", stream)  # type: ignore[arg-type]


class _Run:
    """The cases of one file, run: how many there are and which failed."""

    def __init__(self, checked: Checked) -> None:
        from nnc.cases import run_cases
        from nnc.plan import build_plan

        assert checked.network is not None
        assert checked.graph is not None
        self.file = checked.file
        self.plan: Plan = build_plan(checked.graph, checked.network.name or "")
        self.cases = self.failed = 0
        self.rows: set[tuple[Number, ...]] = set()
        failures: list[Diagnostic] = []
        for row in run_cases(checked.network, self.plan, Path(checked.file)):
            self.cases += 1
            self.rows.add(tuple(row.given.values()))
            if row.wrong:
                self.failed += 1
                failures.append(self._failure(row))
        self.failures = checked.document.located(failures)

    def _failure(self, row: Row) -> Diagnostic:
        """Tell a failing case, with the neurons that its wrong outputs depend on."""
        from nnc.trace import neuron_lines, on_the_way, trace

        wrong = ", ".join(
            f"`{alias}` is {_show(row.got[alias])}, expected {_show(row.expected[alias])}"
            for alias in row.wrong
        )
        neurons = on_the_way(self.plan, set(row.wrong))
        details = ["given " + ", ".join(f"{n}={show_number(v)}" for n, v in row.given.items())]
        for neuron in trace(self.plan, tuple(row.given.values())):
            if neuron.name in neurons:
                details += neuron_lines(neuron)
        first, *others = row.wrong
        got = {alias: f"got {_show(row.got[alias])}" for alias in row.wrong}
        one = Diagnostic(
            "case-failed",
            f"{row.name}: {wrong}",
            (*row.path, "expect", first),
            caret=got[first],
            labels=tuple(Label(got[a], (*row.path, "expect", a)) for a in others),
            help="mend the network, or what the case expects",
            details=tuple(details),
        )
        return one if row.file is None else _in_case_file(one, row)

    def unseen(self) -> list[str]:
        """Name the outputs of neurons that were the same in every case, though they can differ."""
        from nnc.bounds import Bounds
        from nnc.engines.rows import evaluate_row
        from nnc.lint import always_or_never

        seen: list[set[Number]] = [set() for _ in self.plan.signals]
        for inputs in self.rows:
            values, _ = evaluate_row(self.plan, inputs)
            for values_seen, value in zip(seen, values, strict=True):
                values_seen.add(value)
        made = [
            step.first + i
            for step in self.plan.steps
            for i, threshold in enumerate(step.thresholds)
            if always_or_never(step.fires, threshold, Bounds(step.least, step.greatest)) is None
        ]
        return [
            f"{self.file}: `{self.plan.signals[s]}` was never {bit}"
            for s in made
            for bit in (0, 1)
            if bit not in seen[s]
        ]


def _in_case_file(one: Diagnostic, row: Row) -> Diagnostic:
    """Place a failure at its row in the case file, with the file's name as the second place."""
    assert row.file is not None
    excerpt = linecache.getline(row.file, row.line).rstrip("\r\n")
    span = Span(row.line, 1, row.line, max(len(excerpt), 1) + 1)
    label = Label("the case file", (*row.path, "file"))
    return replace(one, file=row.file, span=span, excerpt=excerpt, labels=(label,))


def _show(value: Number | str) -> str:
    return f"`{value}`" if isinstance(value, str) else show_number(value)
