"""Write the result of `nnc solve` as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from nnc.diagnostics.diagnostic import Diagnostic, format_path
from nnc.filling.answer import Proof, Solution
from nnc.numbers.exact import Number, simplest
from nnc.records import json_text
from nnc.terminal.findings.json import Finding, finding


@dataclass(frozen=True, slots=True)
class SolvedNumber:
    """A number that was open."""

    path: str
    """The path of the number in the file."""
    value: Number
    """The number; a text where JSON does not hold it exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveReport:
    """The result for the numbers that a network leaves open."""

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
