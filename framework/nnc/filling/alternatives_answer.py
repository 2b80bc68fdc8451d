"""An answer of `nnc solve` -> whether the cases allow another that does something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnc.diagnostics.diagnostic import InvalidRowsError, KeyPath
from nnc.numbers.exact import Number, counted, shorten
from nnc.opening.checking import check_built

if TYPE_CHECKING:
    from nnc.compiler.graph import Graph
    from nnc.compiler.linking import Linked
    from nnc.filling.outcomes import Request
    from nnc.filling.questions import Example, Question
    from nnc.language.network import Network


@dataclass(frozen=True)
class Alternatives:
    """What other answers do, in all `rows` of the inputs that the network allows.

    `given` is a row where another one gives another value of `output`, and `value` that value,
    while this answer gives `own`. Without it, every answer gives the same outputs in all rows:
    that is proved, and only weights and thresholds may differ.
    """

    rows: int
    given: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""
    own: Any = None
    value: Any = None

    @property
    def is_same(self) -> bool:
        """Whether every answer gives the same outputs."""
        return not self.given

    def __str__(self) -> str:
        if self.is_same:
            rows = counted(self.rows, "row")
            return f"other answers: the same outputs in all {rows} of inputs, proved"
        given = shorten(", ".join(f"{name}={text_of(v)}" for name, v in self.given.items()), 160)
        return (
            f"other answers: for {given} no case decides, and another gives "
            f"{self.output}={text_of(self.value)} instead of {text_of(self.own)}"
        )


def text_of(value: Any) -> str:
    """Write a value of an input or output, of a bus as a list."""
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def alternatives_of(
    linked: Linked,
    wiring: Graph,
    question: Question,
    answer: tuple[Network, Mapping[int, Number]],
    request: Request,
    is_over: Callable[[], bool] = lambda: False,
) -> Alternatives | None:
    """Look for another answer of a question, in all rows of its inputs.

    None where that is not looked for: the cases decide all rows, there are more than 64 rows or
    numbers among the inputs, sums or largest sums among the outputs; or where it is not found out.
    """
    from nnc.filling.alternatives import MAX_ROWS, alternative_answer
    from nnc.filling.questions import question_of

    if any(tap.kind in ("sum", "largest") for tap in wiring.outputs):
        return None
    rows = _all_rows(wiring, MAX_ROWS)
    if not rows:
        return None
    more = [question.examples[0]._replace(name="", given=row, expected={}) for row in rows]
    examples: list[Example] = [*question.examples, *more]
    wider = question_of(linked, wiring, examples)
    outputs = {signal for tap in wiring.outputs for signal in tap.signals}
    network, values = answer
    other = alternative_answer(wider.skeleton, outputs, values, request, is_over)
    if other is None:
        return None
    if other.values is None:
        return Alternatives(len(rows))
    given = examples[other.example].given
    filled = network.filled({n.path: other.values[i] for i, n in enumerate(wider.numbers)})
    return _difference(len(rows), given, network.filled(_paths(wider, values)), filled)


def _paths(question: Question, values: Mapping[int, Number]) -> dict[KeyPath, Number]:
    return {number.path: values[i] for i, number in enumerate(question.numbers)}


def _all_rows(wiring: Graph, most: int) -> list[dict[str, Any]]:
    """Return every row of bits and choices that is allowed; none where there are too many."""
    from nnc.compiler.plan import build_plan
    from nnc.rows.inputs.truth_table import row_count
    from nnc.run.truth_tables import whole_table

    plan = build_plan(wiring)
    try:
        if row_count(plan.inputs, ()) > most:
            return []
        table = whole_table(plan, {})
    except InvalidRowsError:  # some input is a number
        return []
    return [table.row(i) for i in range(table.rows)]


def _difference(rows: int, given: Mapping[str, Any], own: Network, other: Network) -> Alternatives:
    """Evaluate two answers in a row. Raises AssertionError where they give the same."""
    from nnc.compiler.plan import build_plan
    from nnc.rows.inputs.row import row_from_values
    from nnc.run.evaluation import evaluate_batch

    outputs = []
    for network in (own, other):
        graph = check_built(network.model_copy(update={"cases": ()})).graph
        assert graph is not None
        plan = build_plan(graph)
        row = row_from_values(given, plan.inputs, where=())
        results = evaluate_batch(plan, row, bits=True)
        outputs.append({alias: column.values()[0] for alias, column in results.items()})
    for alias, value in outputs[0].items():
        if outputs[1][alias] != value:
            return Alternatives(rows, given, alias, value, outputs[1][alias])
    raise AssertionError("the other answer gives the same")
