"""Nets of a netlist -> decision diagrams over the inputs, cell by cell.

A cell is decided term by term, from the one on that is highest in the order. The inputs stand
in the order in which a walk from the output meets them: at a cell its own inputs first, and large
factors before others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nnc.compiler.netlist import Affine, Comparison, Net, Netlist
from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.language.references import CONSTANTS
from nnc.solvers.weighted import WeightedSum

Terms = tuple[tuple[Net, int], ...]


class Cone:
    """The cells that some nets depend on, and the order of their inputs."""

    def __init__(self, netlist: Netlist, roots: Iterable[Net]) -> None:
        self._netlist = netlist
        self._made: dict[Net, tuple[Terms, Comparison]] = {}
        self.inputs: list[Net] = []
        """The nets of inputs, by level."""
        seen = set(range(len(CONSTANTS)))
        for root in roots:
            todo = [root]
            while todo:
                net = todo.pop()
                if net in seen:
                    continue
                seen.add(net)
                if net < netlist.first_made:
                    self.inputs.append(net)
                    continue
                cell = netlist.cell(net)
                self._made[net] = cell.terms, cell.tests[net - cell.first]
                terms = sorted(
                    cell.terms, key=lambda term: (term[0] >= netlist.first_made, -abs(term[1]))
                )
                todo += [source for source, _ in reversed(terms)]

    def functions(self, diagrams: Diagrams) -> dict[Net, int]:
        """Return the function of each net, of variables that are 1 where an input has the value 1.

        Raises TooLargeError.
        """
        functions = {0: FALSE, 1: TRUE}
        for level, net in enumerate(self.inputs):
            is_one = diagrams.variable(level)
            turns = self._netlist.value(net).at(1) != 1
            functions[net] = diagrams.opposite(is_one) if turns else is_one
        for net in sorted(self._made):  # cells read smaller nets only
            terms, test = self._made[net]
            read = [(functions[source], factor) for source, factor in terms]
            if test.is_rising:
                functions[net] = at_least(diagrams, read, int(test.limit))
            else:
                functions[net] = diagrams.opposite(at_least(diagrams, read, int(test.limit) + 1))
        return functions


def is_one(diagrams: Diagrams, functions: Mapping[Net, int], value: Affine) -> int:
    """Return the function that is 1 where the value of a bit is 1."""
    function = FALSE if value.net is None else functions[value.net]
    off, on = (TRUE if state == 1 else FALSE for state in value.states)
    return diagrams.choose(function, on, off)


def at_least(diagrams: Diagrams, terms: Iterable[tuple[int, int]], threshold: int) -> int:
    """Return where the weights of the functions that are 1 add up to a threshold."""
    merged: dict[int, int] = {}
    for function, weight in terms:
        if weight < 0:  # -w * x is w * (1 - x) - w
            function, weight = diagrams.opposite(function), -weight
            threshold += weight
        if function == TRUE:
            threshold -= weight
        elif function != FALSE:
            merged[function] = merged.get(function, 0) + weight
    levels = diagrams.levels
    ordered = sorted(merged.items(), key=lambda term: (levels[term[0]], -term[1], term[0]))

    def choose(function: int, on: int, off: int) -> int:
        diagrams.room.take()
        return diagrams.choose(function, on, off)

    return WeightedSum(ordered, choose, FALSE, TRUE).reaches(threshold)
