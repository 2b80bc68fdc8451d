"""A card as a network: one neuron of steps and weights, its sum as points, and its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from nnc.compiler.graph import build_graph
from nnc.compiler.linking import Linker
from nnc.compiler.plan import build_plan
from nnc.language.library import Library
from nnc.language.network import Input, Network, Neuron, Output
from nnc.numbers.exact import Number, show_number
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import input_of_texts
from nnc.run.evaluation import evaluate_batch
from nnc.scores.columns.table import Table
from nnc.scores.columns.terms import Term, TermOptions, identifier
from nnc.scores.goals import Goal
from nnc.scores.odds import Odds


def weights_of(terms: Sequence[Term], points: Sequence[int]) -> dict[str, Any]:
    """Return the weights of a neuron; the steps of a number accumulate the points of its terms."""
    weights: dict[str, Any] = {}
    steps: dict[str, list[tuple[Number, int]]] = {}
    for term, point in zip(terms, points, strict=True):
        if term.cut is None:
            weights[term.source] = point
        else:
            weights.setdefault(term.source, {})
            steps.setdefault(term.source, []).append((term.cut, point))
    for source, pairs in steps.items():
        sums = accumulate(point for _, point in sorted(pairs))
        weights[source] = dict(zip((cut for cut, _ in sorted(pairs)), sums, strict=True))
    return weights


def network_of(
    terms: Sequence[Term],
    points: Sequence[int],
    threshold: int,
    inputs: Mapping[str, Input],
    output: str,
    labels: tuple[str, str] | None,
    description: str,
) -> Network:
    """Return the network of a card, with an output named `output` and its points.

    `labels` are the words for 0 and 1, if any.
    """
    used = {term.input for term in terms}
    read = {name: input_ for name, input_ in inputs.items() if name in used}
    name = identifier(output, set(read))
    total = identifier("points", {name, *read})
    weights = weights_of(terms, points)
    if labels:
        score = identifier("score", {name, total, *read})
        neuron = Neuron(weights=weights, thresholds={identifier(labels[1], ()): threshold})
        result: Output | str = Output(level=score, labels=labels)
    else:
        score, neuron, result = name, Neuron(weights=weights, threshold=threshold), name
    return Network(
        description=description,
        fires="at_least",
        inputs=read,
        neurons={score: neuron},
        outputs={name: result, total: Output(sum=score)},
    )


def conditions_of(
    goal: Goal, signs: Mapping[str, int], kept: Mapping[str, int], columns: TermOptions
) -> dict[str, object]:
    """Return the conditions on a card that may exclude better ones."""
    costs = {"miss": goal.miss, "false_alarm": goal.false_alarm}
    cuts = columns.cutoffs_of.items()
    conditions = {
        "cost": {}
        if goal.miss == goal.false_alarm == 1
        else {name: show_number(number) for name, number in costs.items()},
        "limits": [str(limit) for limit in goal.limits],
        "signs": {column: "+" if sign > 0 else "-" for column, sign in signs.items()},
        "keep": dict(kept),
        "leave_out": list(columns.left_out),
        "cutoffs": columns.cutoffs if columns.cutoffs != TermOptions().cutoffs else None,
        "cutoffs_of": {c: n if isinstance(n, int) else list(map(show_number, n)) for c, n in cuts},
    }
    return {name: value for name, value in conditions.items() if value}


def totals_possible(terms: Sequence[Term], points: Sequence[int]) -> list[int]:
    """Return every possible number of points, ascending.

    A number reaches its cut-offs in order, and a choice has one of its values.
    """
    by_input: dict[str, set[int]] = {}
    sources: dict[str, list[tuple[Term, int]]] = {}
    for term, point in zip(terms, points, strict=True):
        sources.setdefault(term.input, []).append((term, point))
    for name, each in sources.items():
        if each[0][0].cut is None:
            by_input[name] = {0, *(point for _, point in each)}
            continue
        total, sums = 0, {0}
        for _, point in sorted(each, key=lambda pair: pair[0].cut or 0):
            total += point
            sums.add(total)
        by_input[name] = sums
    totals = {0}
    for amounts in by_input.values():
        totals = {total + amount for total in totals for amount in amounts}
    return sorted(totals)


def risks_of(odds: Odds, totals: Sequence[int]) -> dict[int, str]:
    """Return the risk for each number of points, to a tenth of a percent."""
    return {total: percent(odds.risk(total)) for total in totals}


def percent(share: float) -> str:
    """Write an estimated risk in percent, which is never 0 and never 100."""
    rounded = round(100 * share, 1)
    if rounded < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if rounded > 99.9 else f"{rounded:.1f} %"


def replayed(
    network: Network, table: Table, names: Mapping[str, str]
) -> tuple[list[int], list[bool]]:
    """Evaluate a network for the rows of a table: its points, and where it fires."""
    linked = Linker(Library(Path())).link(network, Path())
    graph, _, diagnostics = build_graph(linked)
    assert graph is not None
    assert not [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    columns: list[Column | Labels] = []
    by_input = {other: name for name, other in names.items()}
    for name, input_ in graph.inputs.items():
        column = table.columns[by_input[name]]
        read = input_of_texts(list(column.texts), input_)
        assert read is not None
        if isinstance(read, Labels):
            columns.append(Labels(read.codes[column.codes], read.labels))
        else:
            columns.append(Column(read.numerators[column.codes], read.denominator))
    results = evaluate_batch(build_plan(graph), Batch(tuple(columns), table.count))
    fires, points = (results[alias].values() for alias in network.outputs)
    labels = network.outputs[next(iter(network.outputs))].labels
    one = labels[1] if labels else 1
    return [int(point) for point in points], [fire == one for fire in fires]
