"""Leave out the bits that a contradiction does not need.

A bit that is free may add to the sum of the inequalities, and to the factors of numbers in it. As
long as the sum stays below its bound, and no number that may change gains a helpful direction, the
clause need not name the bit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from nnc.repairs.several.cores import Core, Direction
from nnc.repairs.several.inequalities import SUM, Table
from nnc.repairs.several.pattern import Bit


@dataclass(eq=False)
class _Part:
    """The amount that flipping a bit adds to the sum, and to the total of each number."""

    sum: int = 0
    totals: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def loosened(
    table: Table, core: Core, moving: Collection[int], limit: Fraction | None
) -> tuple[list[Bit], frozenset[Direction]]:
    """Return the bits that a core has to speak of, and the directions that would still help.

    Bits of signals that are not `moving` are always as they are.
    """
    parts, own = _parts(table, core, moving)
    margin = table.least_of(core.factors) + core.price * (limit or 0) * table.grid.common
    totals = {k: (total, total) for k, total in table.totals(core.factors).items()}

    def helpful(k: int, total: tuple[int, int]) -> set[Direction]:
        price = core.price * (table.grid.common // table.grid.units[k])
        return {(k, 1) for _ in range(total[1] > price)} | {
            (k, -1) for _ in range(total[0] < -price)
        }

    kept = list(own)
    for bit, part in sorted(parts.items(), key=lambda item: (max(item[1].sum, 0), item[0])):
        before = {k: totals.get(k, (0, 0)) for k in part.totals}
        after = {
            k: (low + min(part.totals[k], 0), high + max(part.totals[k], 0))
            for k, (low, high) in before.items()
        }
        if bit in own:
            continue
        if margin + max(part.sum, 0) < 0 and all(
            helpful(k, after[k]) <= helpful(k, before[k]) for k in after
        ):
            margin += max(part.sum, 0)
            totals |= after
        else:
            kept.append(bit)
    return kept, frozenset(each for k, total in totals.items() for each in helpful(k, total))


def _parts(table: Table, core: Core, moving: Collection[int]) -> tuple[dict[Bit, _Part], set[Bit]]:
    """Return what each bit of a source adds where it is flipped, and the bits of the rows."""
    state, grid = table.state, table.grid
    parts: dict[Bit, _Part] = defaultdict(_Part)
    own: set[Bit] = set()
    for block, rows, places in table.parts(core.factors):
        if block.fixed:
            continue
        for row, place in zip(rows, places, strict=True):
            at = int(block.rows[place])
            factor = core.factors[row] * block.sign
            if block.threshold != SUM:
                own.add((state.circuit.units[block.unit].first + block.threshold, at))
            for unit, sign in ((block.unit, 1), (block.other, -1)):
                if unit >= 0:
                    times = factor * sign * grid.factor(unit)
                    for signal, part in _flipped(table, unit, at, times, moving):
                        whole = parts[signal, at]
                        whole.sum += part.sum
                        for k, more in part.totals.items():
                            whole.totals[k] += more
    return parts, own


def _flipped(
    table: Table, place: int, row: int, times: int, moving: Collection[int]
) -> Iterator[tuple[int, _Part]]:
    """Yield what each source of a unit adds where it is flipped in a row."""
    state, unit, grid = table.state, table.state.circuit.units[place], table.grid
    effects: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for k, effect in grid.effects.get(place, ()):
        for j, factor in effect.synapses:
            effects[j].append((k, factor))
    for j, signal in enumerate(unit.sources):
        if signal not in moving:
            continue
        value, other = state.values_at(signal, row)
        more = (other - value) * times
        part = _Part(table.state.table[place].factors[j] * more)
        scale = state.table[place].scale // state.exact(signal).denominator
        for k, factor in effects[j]:
            part.totals[k] += factor * more * scale // grid.units[k]
        yield signal, part
