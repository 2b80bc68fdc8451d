"""A file of rows -> whether an output is unchanged near each: robust, broken or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.network import Property, Within
from nnc.numbers.exact import counted
from nnc.opening.checking import check_built
from nnc.printable import line
from nnc.proofs.answer import ProofResult, ProofSuite
from nnc.run.engines import input_values
from nnc.run.trace import given_inputs
from nnc.terminal.pictures import picture_lines
from nnc.terminal.row_choice import open_chosen
from nnc.terminal.row_settings import RowSettings, source_of

_HELP_BROKEN = "train or correct the network, or name a shorter distance with --within"


@dataclass(frozen=True)
class NearRows:
    """The question whether an output is the same in all rows near those of a file."""

    file: str
    output: str
    within: Within

    def suite(self, suite: ProofSuite) -> ProofSuite:
        """Return the properties of a network that say so, one for each row.

        Raises FileError and InvalidRowsError where the rows cannot be read, and InvalidNetworkError
        where the output is not a name.
        """
        plan = build_plan(suite.graph)
        source = source_of(RowSettings(file=self.file, extra="drop"), plan.inputs, lambda _: None)
        properties: list[Property] = []
        with open_chosen(source, plan.inputs) as opened:
            for batch in opened.batches:
                for values in input_values(plan, batch):
                    name, row = f"row {len(properties) + 1}", given_inputs(plan, values)
                    properties.append(
                        Property(name=name, unchanged=self.output, given=row, within=self.within)
                    )
        checked = check_built(suite.network.model_copy(update={"properties": tuple(properties)}))
        return ProofSuite(replace(checked, file=suite.checked.file), budget=suite.budget)

    def refusal(self, error: Diagnostic) -> str:
        """Describe a mistake in the output or the distance, which are options here."""
        if error.rule == "bad-source":
            return f"--output {line(self.output)} is not a name: name one output, or an input"
        if error.rule != "unknown-source":
            return f"--output {line(self.output)}: {error.message}"
        hint = f"; {error.help}" if error.help else ""
        return f"--output {line(self.output)} is neither an output nor declared{hint}"

    def results(self, suite: ProofSuite) -> Iterator[ProofResult]:
        """Prove the property of each row; a result names the file of rows, and draws pictures."""
        for result in suite.run(["*"]):
            failure = result.failure
            if failure is not None:
                pictures = picture_lines(suite.graph.inputs, *result.rows) if result.rows else ()
                hint = failure.help if result.kind == "unknown" else _HELP_BROKEN
                failure = replace(
                    failure, path=(), file=self.file, details=tuple(pictures), help=hint
                )
            yield replace(result, file=self.file, failure=failure)


def rate_of(results: list[ProofResult]) -> str:
    """Write how many rows are robust: `17 of 20 rows robust (85 %), 2 broken, 1 unknown`."""
    robust, broken, unknown = (
        sum(result.kind == kind for result in results) for kind in ("proved", "refuted", "unknown")
    )
    rows, percent = counted(len(results), "row"), round(100 * robust / max(1, len(results)))
    return f"{robust:,} of {rows} robust ({percent} %), {broken:,} broken, {unknown:,} unknown"
