"""`nnc compile`: print what a network is compiled to."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nnc import console
from nnc.console import Reporter


@click.command("compile")
@click.argument("network", type=click.Path())
@console.reading
@console.reports
def command(reporter: Reporter, network: str, root: Path | None, max_bytes: int) -> int:
    """Compile NETWORK and print its plan: inputs, neurons by level, outputs.

    Weights and thresholds are integers over the neuron's least common denominator, `[1/10]`; the
    exact bounds of each sum, and the type it is added in, stand behind it.
    """
    from nnc.diagnostics import NncError
    from nnc.pipeline import load_checked
    from nnc.plan import PlanRecord, build_plan

    try:
        graph, name = load_checked(network, root=root, max_bytes=max_bytes)
    except NncError as error:
        reporter.fail(error)
        return console.code_of(error)
    plan = str(build_plan(graph, name))
    if reporter.form == "sarif":
        reporter.tell((), 1)
        return console.FINE
    if reporter.is_machine:
        indent = None if reporter.form == "json-lines" else 2
        record: PlanRecord = {"format_version": 1, "plan": plan.splitlines()}
        plan = json.dumps(record, indent=indent) + "\n"
    console.write(plan)
    reporter.tell_nothing()
    return console.FINE
