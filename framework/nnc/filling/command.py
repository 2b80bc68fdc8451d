"""`nnc solve`: find open numbers of a network so that all its cases hold."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import Diagnostic, NncError, format_path
from nnc.filling.answer import Proof, Solution, SolveSettings, find_solution
from nnc.filling.blanks import check_open, check_target, write_numbers
from nnc.language.ranges import open_number
from nnc.language.readers import read_declared
from nnc.numbers.exact import Number, Refused, simplest
from nnc.opening.checking import Checked
from nnc.records import json_text
from nnc.terminal import options
from nnc.terminal.findings.json import Finding, finding
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.language.network import Open


@dataclass(frozen=True, slots=True)
class SolvedNumber:
    """A number that was left open."""

    path: str
    """The path of the number in the file."""
    value: Number
    """The number; a text where JSON does not hold it exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveReport:
    """The report of `nnc solve`."""

    format_version: int = 1
    """The version of this form of output: 1."""
    file: str
    """The file, as it was named."""
    verdict: str
    """`solved`, `impossible` or `not-decided`."""
    least: str
    """The scope in which the sum of weights is proved to be the least: each `neuron` for what it
    does, the whole `network`, or nothing."""
    by: str
    """The solver that was needed, with its version; empty where there was none."""
    size: Number
    """The sum of the weights that were open, without their signs."""
    bound: Number
    """A lower bound of that sum."""
    margin: int
    """The least distance of sums from thresholds, in units of the last decimal."""
    cases: int
    """The number of cases that have to hold."""
    numbers: tuple[SolvedNumber, ...]
    """Every number that was open, in the order of the file."""
    sizes: Mapping[str, int]
    """The size of each layer that was open; where it is not decided, the one that is not."""
    excluded: tuple[Mapping[str, int], ...]
    """The smaller sizes that are proved to be too small, where it is not decided."""
    proof: Proof | None
    """Why there are no numbers; or why no smaller layer has any. Else null."""
    overlay: str | None
    """The overlay with the numbers; null if there is none, or the file was changed in place."""
    diagnostics: tuple[Finding, ...]
    """The mistakes."""


def as_json(
    solution: Solution, file: str, overlay: str | None, diagnostics: Iterable[Diagnostic]
) -> str:
    """Return the report as JSON."""
    verdict = "impossible" if solution.proof is not None else "not-decided"
    return json_text(
        SolveReport(
            file=file,
            verdict=verdict if solution.network is None else "solved",
            least=solution.least,
            by=solution.by,
            size=simplest(Fraction(solution.size)),
            bound=simplest(Fraction(solution.bound)),
            margin=solution.margin,
            cases=solution.cases,
            numbers=tuple(
                SolvedNumber(format_path(path), simplest(Fraction(value)))
                for path, value in solution.values.items()
            ),
            sizes=solution.sizes,
            excluded=solution.excluded,
            proof=solution.proof,
            overlay=overlay,
            diagnostics=tuple(map(finding, diagnostics)),
        )
    )


def _range(text: str) -> Open:
    """Read bounds such as `-5..5`. Raises UsageError."""
    try:
        bounds = open_number(text, read_declared)
    except Refused as error:
        more = f"; {error.help}" if error.help else ""
        raise click.UsageError(f"--range: {error.message}{more}") from None
    if bounds is None:
        raise click.UsageError(f"--range {text}: write LOW..HIGH, such as -5..5")
    return bounds


def _margin(text: str) -> int | Literal["max"]:
    """Read a margin. Raises UsageError."""
    if text == "max":
        return "max"
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise click.UsageError(f"--margin {text}: write a whole number from 1 on, or max")
    return int(text)


@click.command("solve")
@click.argument("file", metavar="FILE", type=click.Path())
@options.output_option("an overlay that extends FILE", ", instead of printing it", file="OUT")
@options.in_place_option
@click.option(
    "--range",
    metavar="LOW..HIGH",
    callback=lambda _context, _option, value: None if value is None else _range(value),
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
    type=click.Choice(["weights", "total", "terms"]),
    help="Keep this as small as can be: the sum of the weights without their signs, of a neuron "
    "(the default) or of the network (total); or how many are not 0.",
)
@click.option(
    "--margin",
    metavar="N|max",
    callback=lambda _context, _option, value: None if value is None else _margin(value),
    help="How far sums stay from thresholds at least, in units of the last decimal (1: as the "
    "rule has it), or as far as the bounds allow.",
)
@options.budget_option()
@options.file_options
@options.report_options
@options.gathered(settings=SolveSettings)
def command(
    reporter: Reporter,
    file: str,
    root: Path | None,
    max_bytes: int,
    output: str | None,
    settings: SolveSettings,
    *,
    in_place: bool,
) -> int:
    """Find the numbers that FILE leaves open, so that all its cases hold.

    \b
      nnc solve xor.nn.yaml -o solved.nn.yaml
      nnc solve score.nn.yaml --in-place --range -5..5
      nnc solve seven_segment.nn.yaml --minimize total

    `_` in FILE stands for a number to be found, `0..5` for one within bounds, and `size: 1..6` for
    a layer that is as small as can be. Where there are no numbers, the proof names the cases that
    contradict each other. Every answer is evaluated exactly before it is written.
    """
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
    """Return the error that no numbers exist, or that the search was undecided."""
    if solution.network is not None:
        return []
    if solution.proof is not None:
        return [solution.proof.diagnostic]
    hint = "give it longer with --budget, or fewer cases, or bounds with --range"
    if solution.within is not None:
        hint = "give bounds with --range, or allow more --terms or --decimals"
    return [Diagnostic("not-decided", solution.undecided, file=checked.file, help=hint)]
