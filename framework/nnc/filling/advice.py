"""One neuron that cannot -> one more that is enough, where a simple one is.

Whatever reads the same and weighs each source by -1, 0 or 1 is tried, so the answer is proved by
numbers; that nothing is found proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from nnc.filling.conduct import pinned
from nnc.filling.outcomes import Fixed, Outcome
from nnc.filling.questions import Question
from nnc.filling.separable import Contradiction, decide
from nnc.filling.skeleton import Blank, Cell, Place, Skeleton, conditions_of
from nnc.language.firing import FIRING, Fires
from nnc.language.network import Network
from nnc.numbers.exact import Number

MAX_SOURCES = 4
MAX_ROWS = 16


def advice_of(question: Question, outcome: Outcome, network: Network) -> str:
    """Return how to write one more neuron with which there are numbers; empty if none is known."""
    skeleton = outcome.skeleton
    open_cells = [c for c, cell in enumerate(skeleton.cells) if cell.blanks]
    if not isinstance(outcome.proof, Contradiction) or len(open_cells) != 1:
        return ""
    cell = skeleton.cells[open_cells[0]]
    neuron = network.neurons.get(cell.name)
    weights = neuron.weights if neuron is not None else None
    names = [question.names.get(source, "") for source in cell.sources]
    if not isinstance(weights, Mapping) or list(map(str, weights)) != names:
        return ""
    rule: Fires = network.fires or "above"
    if not is_one_more_enough(skeleton, open_cells[0], rule):
        return ""
    taken = {*network.inputs, *network.neurons, *network.layers, *network.parts}
    new = next(name for i in range(len(taken) + 1) if (name := f"h{i or ''}") not in taken)
    blanks = ", ".join(f"{name}: _" for name in names)
    return (
        f"one more neuron is enough: `{new}: {{weights: {{{blanks}}}, threshold: _}}`, "
        f"and `{new}: _` in the weights of `{cell.name}`"
    )


def is_one_more_enough(skeleton: Skeleton, place: int, rule: Fires) -> bool:
    """Whether a neuron is found that reads what a cell reads, and with which its rows hold."""
    cell = skeleton.cells[place]
    entries = [
        entry.blank for entry in (*cell.weights, *cell.thresholds) if isinstance(entry, Place)
    ]
    is_free = len(set(entries)) == len(cell.weights) + len(cell.thresholds) and all(
        (skeleton.blanks[b].low, skeleton.blanks[b].high) == (None, None) for b in entries
    )
    known = pinned(skeleton)
    if (
        not is_free
        or isinstance(known, Fixed)
        or len(cell.sources) > MAX_SOURCES
        or len(known) > MAX_ROWS
        or not all(source in row for row in known for source in cell.sources)
    ):
        return False
    signal = max((*skeleton.maker, *(s for row in known for s in row))) + 1
    wider = _with_source(skeleton, place, signal)
    for column in _columns(cell, known, rule):
        worth = [{**row, signal: fires} for row, fires in zip(known, column, strict=True)]
        if decide(wider.blanks, conditions_of(wider, [place], worth)) is None:
            return True
    return False


def _with_source(skeleton: Skeleton, place: int, signal: int) -> Skeleton:
    """Return the skeleton with one more source of a cell, and a blank for its weight."""
    blanks = (*skeleton.blanks, Blank("more"))
    cells = list(skeleton.cells)
    cell = cells[place]
    cells[place] = cell._replace(
        sources=(*cell.sources, signal), weights=(*cell.weights, Place(len(blanks) - 1))
    )
    return replace(skeleton, blanks=blanks, cells=tuple(cells))


def _columns(
    cell: Cell, known: Sequence[Mapping[int, Number]], rule: Fires
) -> Iterator[tuple[int, ...]]:
    """Yield what neurons with weights of -1, 0 and 1 say in each row, each once."""
    seen: set[tuple[int, ...]] = set()
    for weights in product((1, 0, -1), repeat=len(cell.sources)):
        sums = [
            sum(w * row[source] for w, source in zip(weights, cell.sources, strict=True))
            for row in known
        ]
        for threshold in sorted(set(sums)):
            column = tuple(int(FIRING[rule].compare(total, threshold)) for total in sums)
            if column not in seen:
                seen |= {column, tuple(1 - fires for fires in column)}
                yield column
