"""Find rows that need more states than the neurons of a cut through the network have.

Neurons above a cut know a row only by the bits of the cut, and the inputs that bypass it. Rows with
equal such inputs and different outputs need different states of the cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnc.filling.search.skeleton import Bit, Demand, Largest, Skeleton, Sum
from nnc.numbers.exact import Number


@dataclass(frozen=True, slots=True)
class Crowd:
    """Rows with more different outputs than `cells` have `states`.

    `past` are the signals that bypass the cells; they are equal in all rows.
    """

    cells: tuple[int, ...]
    rows: tuple[int, ...]
    states: int
    past: tuple[int, ...]


def find_crowd(skeleton: Skeleton) -> Crowd | None:
    """Examine the cut above each level of cells with unknown outputs."""
    levels = _levels(skeleton)
    for level in range(1, max(levels.values(), default=0)):
        crowd = _crowd_at(skeleton, levels, level)
        if crowd is not None:
            return crowd
    return None


def _levels(skeleton: Skeleton) -> dict[int, int]:
    """Return the level of each cell that is not known in every row."""
    levels: dict[int, int] = {}
    for c, cell in enumerate(skeleton.cells):
        if any(cell.first not in row.known for row in skeleton.rows):
            below = [levels.get(skeleton.maker.get(source, -1), 0) for source in cell.sources]
            levels[c] = max(below, default=0) + 1
    return levels


def _crowd_at(skeleton: Skeleton, levels: Mapping[int, int], level: int) -> Crowd | None:
    above = {c for c, at in levels.items() if at > level}
    cut: dict[int, None] = {}
    past: dict[int, None] = {}
    for c in above:
        for source in skeleton.cells[c].sources:
            maker = skeleton.maker.get(source)
            if maker in above:
                continue
            if maker is not None and maker in levels:
                cut[maker] = None
            else:
                past[source] = None
    states = 1
    for c in cut:
        states *= len(skeleton.cells[c].thresholds) + 1
    if states > len(skeleton.rows):
        return None
    alike: dict[tuple[Number, ...], list[int]] = {}
    for r, row in enumerate(skeleton.rows):
        alike.setdefault(tuple(row.known[signal] for signal in past), []).append(r)
    for rows in alike.values():
        chosen = _different(skeleton, rows, above)
        if len(chosen) > states:
            return Crowd(tuple(sorted(cut)), tuple(chosen), states, tuple(past))
    return None


def _different(skeleton: Skeleton, rows: Sequence[int], above: set[int]) -> list[int]:
    """Choose rows that pairwise expect different values of a common output."""
    chosen: list[int] = []
    pictures: list[dict[object, object]] = []
    for r in rows:
        picture = {}
        for demand in skeleton.rows[r].demands:
            key, value, cells = _picture(skeleton, demand)
            if cells <= above:
                picture[key] = value
        if all(
            any(key in other and other[key] != value for key, value in picture.items())
            for other in pictures
        ):
            chosen.append(r)
            pictures.append(picture)
    return chosen


def _picture(skeleton: Skeleton, demand: Demand) -> tuple[object, object, set[int]]:
    """Return the demands of a row in a comparable form, with the cells they concern."""
    if isinstance(demand, Bit):
        return ("bit", demand.signal), demand.fires, {skeleton.maker.get(demand.signal, -1)}
    if isinstance(demand, Sum):
        return ("sum", demand.cell), demand.value, {demand.cell}
    assert isinstance(demand, Largest)
    return ("largest", demand.cells), demand.place, set(demand.cells)
