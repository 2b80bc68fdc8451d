"""Search for inputs for which outputs differ, once most inner neurons are merged.

Where searches among inner neurons were in vain they are made anew first, longer ones, for half of
what may be done.
"""

from __future__ import annotations

from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair
from nnc.proofs.strategies.simulation import search
from nnc.proofs.strategies.sweep import Merging, merge, told_apart

_OUTPUT_CONFLICTS = 4_000  # of one search about an output
_INNER_CONFLICTS = 2_000  # of one search among inner neurons


def run(pair: Pair) -> None:
    """Search for inputs for which bits of outputs differ; where there are none they are equal."""
    if not isinstance(pair.merging, Merging):
        return
    if pair.merging.sweep.failed and any(output.witness is None for output in pair.open):
        merge(pair, conflicts=_INNER_CONFLICTS, reserve=pair.budget.left // 2)
    merging = pair.merging
    reserve = pair.budget.left // 2
    bits = [
        (output, part)
        for output in pair.open
        if output.witness is None
        for part in output.open
        if _literals(merging, part) is not None
    ]
    for output, part in sorted(bits, key=lambda bit: _size(merging, bit[1])):
        if output.witness is None and pair.budget.left > reserve:
            _decide(pair, merging, output, part, reserve)


def _literals(merging: Merging, part: OutputPart) -> tuple[int, int] | None:
    """Return what a bit is in both networks, as literals; None where it is no bit of both."""
    literals = []
    for form in part.forms:
        (linear, *others), _ = form
        if others or len(linear.terms) > 1 or part.apart:
            return None
        values = (linear.constant, linear.constant + sum(own for _, own in linear.terms))
        if set(values) - {0, 1}:
            return None
        node = linear.terms[0][0] if linear.terms else 0
        literals.append(merging.literal(2 * node) ^ int(values[0]))
    return literals[0], literals[1]


def _size(merging: Merging, part: OutputPart) -> int:
    literals = _literals(merging, part)
    assert literals is not None
    return len(merging.sweep.graph.cone(literal >> 1 for literal in literals))


def _decide(
    pair: Pair, merging: Merging, output: ComparedOutput, part: OutputPart, reserve: int
) -> None:
    """Search about one bit, as long as there is more than the reserve."""
    literals = _literals(merging, part)
    assert literals is not None
    rows = len(merging.leaves.rows)
    while pair.budget.left > reserve:
        is_equal = merging.sweep.search_all(*literals, _OUTPUT_CONFLICTS)
        if is_equal:
            part.is_equal = True
            output.how = "no inputs tell both apart: all were searched"
            return
        if is_equal is False:
            search(pair, told_apart(pair, merging.leaves.rows[rows:]), "a search")
            return
