"""Run `nnc solve`: find the numbers, write them, and report."""

from __future__ import annotations

import sys
from pathlib import Path

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.filling.answer import Solution, find_solution
from nnc.filling.blanks import check_open, check_target, write_numbers
from nnc.filling.report import as_json
from nnc.filling.settings import SolveSettings
from nnc.opening.checking import Checked
from nnc.terminal import options
from nnc.terminal.options import Reporter


def run(
    reporter: Reporter,
    file: str,
    root: Path | None,
    max_bytes: int,
    output: str | None,
    settings: SolveSettings,
    *,
    in_place: bool,
) -> int:
    """Solve a file as the options say, and return the exit code."""
    check_target(file, output, in_place=in_place)
    outputs = {"-o": output, "--report-file": reporter.file}
    options.check_outputs(outputs, {"FILE": [file]})
    try:
        checked = check_open(file, root=root, max_bytes=max_bytes)
        options.check_made_of(outputs, checked.files)
        with Activity(lambda: f"looking for the numbers of {checked.file}"):
            solution = find_solution(checked, settings)
        return _report(reporter, checked, solution, output, in_place=in_place)
    except NncError as error:
        reporter.fail(error)
        return options.code_of(error)


def _report(
    reporter: Reporter,
    checked: Checked,
    solution: Solution,
    output: str | None,
    *,
    in_place: bool,
) -> int:
    """Write the answer and the report, and return the exit code."""
    diagnostics = _diagnostics(checked, solution)
    overlay = None
    if solution.network is not None:
        overlay = write_numbers(checked, solution.network, output, in_place=in_place)
        reporter.wrote(checked.file if in_place else output)
    if reporter.is_data:
        report = as_json(solution, checked.file, overlay, diagnostics)
        reporter.write(f"{solution}\n", report)
    elif diagnostics:
        reporter.report(diagnostics, 1)
    else:
        is_aside = overlay is not None and output is None
        if overlay is not None and is_aside:
            options.write(overlay)
        if reporter.is_machine and reporter.file is None and not is_aside:
            reporter.report((), 1)  # a program reads stdout
            is_aside = True
        else:
            reporter.report_nothing()
        for line in solution.lines():
            options.say(line, sys.stderr if is_aside else sys.stdout)
    if solution.is_interrupted:
        return options.INTERRUPTED
    return reporter.code_of(diagnostics)


def _diagnostics(checked: Checked, solution: Solution) -> list[Diagnostic]:
    """Return the error that there are no numbers, or that it is not known."""
    if solution.network is not None:
        return []
    if solution.proof is not None:
        return [solution.proof.diagnostic]
    hint = "give it longer with --budget, or fewer cases, or bounds with --range"
    if solution.within is not None:
        hint = "give bounds with --range, or allow more --terms or --decimals"
    return [Diagnostic("not-decided", solution.undecided, file=checked.file, help=hint)]
