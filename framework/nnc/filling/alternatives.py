"""Find out whether the cases of `nnc solve` allow another answer with other outputs.

All rows of the inputs are added to the cases, without demands, and a clause requires that some
output differs from the answer. Columns that satisfy it get numbers of their own, and are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.compiler.graph import Graph
from nnc.compiler.linking import Linked
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.filling.questions import Question, question_of
from nnc.filling.search.columns import ColumnSearch
from nnc.filling.search.conduct import least, merged
from nnc.filling.search.outcomes import Clash, Request
from nnc.filling.search.skeleton import Bit, Skeleton
from nnc.language.network import Network
from nnc.numbers.exact import Number, counted, shorten
from nnc.opening.checking import check_built
from nnc.rows.inputs.row import row_from_values
from nnc.rows.inputs.truth_table import row_count
from nnc.run.evaluation import evaluate_batch
from nnc.run.truth_tables import whole_table

MAX_ROWS = 64  # of the inputs
MAX_CONFLICTS = 3_000  # of the SAT solver
MAX_DIFFERENCES = 16  # asked for one by one where columns differ but no numbers are found

Value = Number | str | list[int] | list[Number] | tuple[Number, ...]


@dataclass(frozen=True)
class Alternatives:
    """Another answer's output in a row that no case decides, or that all answers do the same.

    In the row `given`, of all `rows` that the network allows, this answer gives its `own` value of
    `output` and another answer gives `value`. Without `given`, all answers are proved to give the
    same outputs in all rows, and only their weights and thresholds may differ.
    """

    rows: int
    given: Mapping[str, Value] = field(default_factory=dict)
    output: str = ""
    own: Value | None = None
    value: Value | None = None

    @property
    def is_same(self) -> bool:
        """Return whether every answer gives the same outputs."""
        return not self.given

    def __str__(self) -> str:
        if self.is_same:
            rows = counted(self.rows, "row")
            return f"other answers: the same outputs in all {rows} of inputs, proved"
        given = shorten(", ".join(f"{name}={text_of(v)}" for name, v in self.given.items()), 160)
        return (
            f"other answers: no case decides {given}, where another answer gives "
            f"{self.output}={text_of(self.value)} instead of {text_of(self.own)}"
        )


def text_of(value: Value | None) -> str:
    """Write a value of an input or output; a bus as a list."""
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def alternatives_of(
    linked: Linked,
    wiring: Graph,
    question: Question,
    network: Network,
    values: Mapping[int, Number],
    request: Request,
    is_over: Callable[[], bool] = lambda: False,
) -> Alternatives | None:
    """Look for an answer that differs from `values` in an output, in all rows of the inputs.

    Return None where the cases decide all rows, an input is a number, there are more than 64 rows,
    or an output is a sum or the largest of some; or where it is not found out in time.
    """
    if any(tap.kind in ("sum", "largest") for tap in wiring.outputs):
        return None
    rows = _all_rows(wiring)
    if not rows:
        return None
    more = [question.examples[0]._replace(name="", given=row, expected={}) for row in rows]
    wider = question_of(linked, wiring, [*question.examples, *more])
    outputs = {signal for tap in wiring.outputs for signal in tap.signals}
    other = find_alternative(wider.skeleton, outputs, values, request, is_over)
    if other is None:
        return None
    if other.values is None:
        return Alternatives(len(rows))
    given = wider.examples[other.example].given
    results = []
    for numbers in (values, other.values):
        filled = network.filled({n.path: numbers[i] for i, n in enumerate(wider.numbers)})
        results.append(_outputs(filled, given))
    for name, own in results[0].items():
        if results[1][name] != own:
            return Alternatives(len(rows), given, name, own, results[1][name])
    raise AssertionError("the other answer gives the same outputs")


def _all_rows(wiring: Graph) -> list[dict[str, Value]]:
    """Return every row of bits and choices that is allowed; none where there are too many."""
    plan = build_plan(wiring)
    try:
        if row_count(plan.inputs, ()) > MAX_ROWS:
            return []
        table = whole_table(plan, {})
    except InvalidRowsError:  # some input is a number
        return []
    return [table.row(i) for i in range(table.rows)]


def _outputs(network: Network, given: Mapping[str, Value]) -> dict[str, Value]:
    graph = check_built(network.model_copy(update={"cases": ()})).graph
    assert graph is not None
    plan = build_plan(graph)
    results = evaluate_batch(plan, row_from_values(given, plan.inputs, where=()), bits=True)
    return {name: column.values()[0] for name, column in results.items()}


class Alternative(NamedTuple):
    """Another answer, and the example in which it gives another output.

    Without values, every answer gives the same outputs in all rows.
    """

    example: int = -1
    values: Mapping[int, Number] | None = None


def find_alternative(
    skeleton: Skeleton,
    outputs: Collection[int],
    values: Mapping[int, Number],
    request: Request,
    is_over: Callable[[], bool],
) -> Alternative | None:
    """Look for an answer that differs from `values` in one of some output signals.

    Return None where the demands decide all outputs, or where it is not found out in time.
    """
    joined = merged(skeleton)
    if isinstance(joined, Clash):
        return None
    rows = joined.settled()
    differs = [
        (signal, r, known[signal] != rows.worth(signal, fires=True))
        for r, known in enumerate(rows.evaluated(values))
        for signal in outputs
        if signal not in rows.rows[r].known and signal not in rows.rows[r].expected
    ]
    if not differs:
        return None
    for asked in (differs, *([each] for each in differs[:MAX_DIFFERENCES])):
        columns = ColumnSearch(rows, is_over=is_over, differs=asked).run(MAX_CONFLICTS)
        if columns.is_impossible and asked is differs:
            return Alternative()
        if columns.worth is not None:
            outcome = least(rows, columns.worth, request, is_only=False)
            if outcome is not None and outcome.values is not None:
                return _checked(rows, differs, outcome.values)
        if is_over():
            break
    return None


def _checked(
    rows: Skeleton, differs: Sequence[tuple[int, int, bool]], values: Mapping[int, Number]
) -> Alternative:
    """Evaluate another answer. Raises AssertionError where it is none."""
    worth = rows.evaluated(values)
    for known, row in zip(worth, rows.rows, strict=True):
        for demand in row.demands:
            assert not isinstance(demand, Bit) or (
                known[demand.signal] == rows.worth(demand.signal, fires=demand.fires)
            )
    for signal, r, fires in differs:
        if worth[r][signal] == rows.worth(signal, fires=fires):
            return Alternative(rows.rows[r].example, values)
    raise AssertionError("the other answer does the same")
