"""Options on traces: of which outputs, how deep, and whether in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import click

from nnc.diagnostics.diagnostic import closest
from nnc.run.engines import input_values
from nnc.terminal.options import CountOrAll, refuse, with_options

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.rows.columns import Batch
    from nnc.run.trace import Trace

trace_options = with_options(
    click.option(
        "--trace",
        is_flag=True,
        help="Show why: the reason of each output, then the neurons that decided it, top down.",
    ),
    click.option(
        "--output",
        "only",
        multiple=True,
        metavar="OUTPUT",
        help="Trace only this output; may be repeated.",
    ),
    click.option(
        "--depth",
        type=CountOrAll(min=1),
        metavar="N|all",
        help="Trace N levels of neurons below each output, however many there are; or all neurons, "
        "in the order of evaluation.",
    ),
)


class TraceSettings(NamedTuple):
    """Settings of traces; each field has the name of its option."""

    trace: bool
    only: tuple[str, ...]
    depth: int | None

    @property
    def is_full(self) -> bool:
        """True if every neuron is traced."""
        return self.depth == CountOrAll.ALL

    @property
    def levels(self) -> int | None:
        """The number of levels to trace below each output; None for as many as decide it."""
        return None if self.is_full else self.depth


def check_trace(settings: TraceSettings, form: str) -> None:
    """Refuse options that say nothing without a trace, or in its form."""
    is_traced = settings.trace
    refuse(
        (settings.only and not is_traced, "--output is about traces; add --trace"),
        (settings.depth and not is_traced, "--depth is about traces; add --trace"),
        (
            settings.is_full and form != "table",
            f"a trace in {form} has every neuron; remove --depth all",
        ),
    )


def check_outputs(settings: TraceSettings, plan: Plan) -> None:
    """Refuse names that no output has."""
    names = [tap.alias for tap in plan.outputs]
    for name in settings.only:
        if name not in names:
            near = closest(name, names)
            hint = f"did you mean `{near}`?" if near else f"the outputs are {', '.join(names[:10])}"
            raise click.UsageError(f"--output {name}: there is no output `{name}`: {hint}")


def write_traces(
    traces: Iterator[Trace], stream: BinaryIO, form: str, settings: TraceSettings
) -> None:
    """Write traces: as texts for a table, else as JSON or JSON Lines."""
    from nnc.terminal.reports.traces import traces_as_json

    texts: Iterator[str]
    if form == "table":
        texts = (trace.text(full=settings.is_full) for trace in traces)
    else:
        texts = traces_as_json(traces, lines=form == "jsonl")
    for text in texts:
        stream.write(text.encode())


def traces_of(
    plan: Plan, rows: Iterator[Batch], settings: TraceSettings, number: int
) -> Iterator[Trace]:
    """Yield the trace of each row, numbered from `number`, with the columns that are kept."""
    from nnc.run.trace import follow

    for batch in rows:
        for i, values in enumerate(input_values(plan, batch)):
            extra = {name: texts[i] for name, texts in batch.extras.items()}
            only, depth = settings.only, settings.levels
            yield follow(plan, values, row=number, extra=extra, only=only, depth=depth)
            number += 1
