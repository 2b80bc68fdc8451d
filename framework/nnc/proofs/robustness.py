"""A file of rows -> whether an output is unchanged near each: robust, broken or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nnc.compiler.plan import build_plan
from nnc.language.network import Property, Within
from nnc.numbers.exact import counted
from nnc.opening.checking import check_built
from nnc.proofs.answer import ProofResult, ProofSuite
from nnc.run.engines import input_values
from nnc.run.trace import given_inputs
from nnc.terminal.row_choice import open_chosen
from nnc.terminal.row_settings import RowSettings, source_of


def suite_of_rows(
    suite: ProofSuite, rows: str, output: str, within: Within, budget: float
) -> ProofSuite:
    """Return a property for each row of a file: that an output is unchanged within a distance.

    Raises FileError and InvalidRowsError where the rows cannot be read.
    """
    plan = build_plan(suite.graph)
    source = source_of(RowSettings(file=rows, extra="drop"), plan.inputs, lambda _: None)
    properties: list[Property] = []
    with open_chosen(source, plan.inputs) as opened:
        for batch in opened.batches:
            for values in input_values(plan, batch):
                name = f"row {len(properties) + 1}"
                row = given_inputs(plan, values)
                properties.append(Property(name=name, unchanged=output, given=row, within=within))
    network = suite.network.model_copy(update={"properties": tuple(properties)})
    return ProofSuite(check_built(network), budget=budget)


def results_of_rows(suite: ProofSuite, rows: str) -> Iterator[ProofResult]:
    """Prove the property of each row, and name the file of rows in the result."""
    for result in suite.run(["*"]):
        failure = result.failure
        if failure is not None:
            failure = replace(failure, path=(), file=rows, details=())
        yield replace(result, file=rows, failure=failure)


def rate_of(results: list[ProofResult]) -> str:
    """Write how many rows are robust: `17 of 20 rows robust (85 %), 2 broken, 1 unknown`."""
    robust, broken, unknown = (
        sum(result.kind == kind for result in results) for kind in ("proved", "refuted", "unknown")
    )
    rows, percent = counted(len(results), "row"), round(100 * robust / max(1, len(results)))
    return f"{robust:,} of {rows} robust ({percent} %), {broken:,} broken, {unknown:,} unknown"
