"""Options on engines: which one, on how many cores, and whether to explain the choice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.run.engine_names import ENGINE_NAMES, EngineName
from nnc.run.engines import How, choose
from nnc.terminal.options import with_options
from nnc.terminal.streams import say

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.rows.columns import Batch

engine_options = with_options(
    click.option(
        "--engine",
        type=click.Choice(ENGINE_NAMES),
        default="auto",
        help="Engine: native kernels or only NumPy; every engine gives the same results.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Number of cores to use; by default all.",
    ),
    click.option(
        "-v", "--verbose", is_flag=True, help="Print on stderr which engine runs, and why."
    ),
)


class EngineSettings(NamedTuple):
    """Settings of the engine; each field has the name of its option."""

    engine: EngineName
    threads: int | None
    verbose: bool

    @property
    def is_default(self) -> bool:
        """Return whether no option is given."""
        return self.engine == "auto" and self.threads is None and not self.verbose

    def how(self) -> How:
        """Return how rows are evaluated."""
        return How(self.engine, self.threads or 0)

    def told(self, batches: Iterator[Batch], plan: Plan) -> Iterator[Batch]:
        """Return batches; where it is asked for, say what calculates them as they come."""
        return _explained(batches, plan, self.how()) if self.verbose else batches


def _explained(batches: Iterator[Batch], plan: Plan, how: How) -> Iterator[Batch]:
    """Say what calculates the first of the batches, and the others too while they are as large."""
    before = None
    for batch in batches:
        chosen = choose(plan, batch.count, how)
        cores = "1 thread" if chosen.threads == 1 else f"{chosen.threads} threads"
        text = f"{chosen.why}; {cores}"
        if text != before:
            say(f"engine: {text}", sys.stderr)
        before = text
        yield batch
