"""`nnc solve`: the numbers that a network leaves open, so that all its cases hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.filling.blanks import check_open, check_target, write_numbers
from nnc.numbers.exact import Refused
from nnc.terminal import options
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.filling.answer import Solution, SolveSettings
    from nnc.opening.checking import Checked


@click.command("solve")
@click.argument("file", metavar="FILE", type=click.Path())
@options.output_option("an overlay that extends FILE", ", instead of printing it", file="OUT")
@options.in_place_option
@click.option(
    "--range",
    "span",
    metavar="LOW..HIGH",
    help="The bounds of every weight that is a plain `_`; by default there are none.",
)
@click.option(
    "--decimals",
    type=click.IntRange(0, 18),
    metavar="N",
    help="How many decimals the numbers may have (0).",
)
@click.option(
    "--terms",
    type=click.IntRange(min=1),
    metavar="N",
    help="The most weights other than 0 of a neuron with blanks.",
)
@click.option(
    "--minimize",
    type=click.Choice(["weights", "terms", "changes"]),
    help="What is as small as can be: the sum of the weights without their signs (the default), "
    "how many are not 0, or how many differ from the numbers of the base.",
)
@click.option(
    "--margin",
    metavar="N|max",
    help="How far sums stay from thresholds at least, in units of the last decimal (1: as the "
    "rule has it), or as far as the bounds allow.",
)
@click.option(
    "--total",
    is_flag=True,
    help="Make the sum of all weights of the network the least, not that of each neuron.",
)
@options.seconds_option
@options.file_options
@options.verdict_options
def command(
    reporter: Reporter,
    file: str,
    root: Path | None,
    max_bytes: int,
    output: str | None,
    *,
    in_place: bool,
    **values: Any,
) -> int:
    """Find the numbers that FILE leaves open, so that all its cases hold.

    \b
      nnc solve xor.nn.yaml -o solved.nn.yaml
      nnc solve score.nn.yaml --in-place --range -5..5
      nnc solve seven_segment.nn.yaml --total

    `_` in FILE stands for a number to be found, `0..5` for one within bounds, and `size: 1..6` for
    a layer that is as small as can be. Where there are no numbers, the proof names the cases that
    contradict each other. Every answer is evaluated exactly before it is written.
    """
    check_target(file, output, in_place=in_place)
    outputs = {"-o": output, "--report-file": reporter.file}
    options.check_outputs(outputs, {"FILE": [file]})
    settings = _settings(values)
    try:
        checked = check_open(file, root=root, max_bytes=max_bytes)
        options.check_made_of(outputs, checked.files)
        solution = _solved(checked, settings)
        return _report(reporter, checked, solution, output, in_place=in_place)
    except NncError as error:
        reporter.fail(error)
        return options.code_of(error)


def _solved(checked: Checked, settings: SolveSettings) -> Solution:
    from nnc.filling.answer import find_solution

    with Activity(lambda: f"looking for the numbers of {checked.file}"):
        return find_solution(checked, settings)


def _settings(values: dict[str, Any]) -> SolveSettings:
    """Return what the options ask for. Raises UsageError."""
    from nnc.filling.answer import SolveSettings

    span = None
    margin: Literal["max"] | int | None = None
    if values["span"] is not None:
        from nnc.language.ranges import open_number
        from nnc.language.readers import read_declared

        try:
            span = open_number(values["span"], read_declared)
        except Refused as error:
            more = f"; {error.help}" if error.help else ""
            raise click.UsageError(f"--range: {error.message}{more}") from None
        if span is None:
            raise click.UsageError(f"--range {values['span']}: write LOW..HIGH, such as -5..5")
    if values["margin"] is not None:
        text = values["margin"]
        if text != "max" and not (text.isascii() and text.isdigit() and int(text) > 0):
            raise click.UsageError(f"--margin {text}: write a whole number from 1 on, or max")
        margin = "max" if text == "max" else int(text)
    return SolveSettings(
        span, values["decimals"], values["terms"], values["minimize"], margin, values["total"],
        values["budget"],
    )  # fmt: skip


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
        from nnc.filling.report import as_json

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
