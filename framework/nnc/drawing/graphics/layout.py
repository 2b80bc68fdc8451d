"""Boxes and wires -> positions: columns from left to right, and lanes for wires between the boxes.

The layers of Sugiyama, Tagawa and Toda (1981): a column for each box, lanes where a wire passes a
column, an order of each column with few crossings (barycentres), and heights by isotonic
regression. Between two columns there are only wires, and inside a column they run along lanes, so
none crosses a box. The order of the declarations decides everything, so the same network gives
the same picture everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

MAX_READERS = 12
"""The readers of an outlet up to which its wires are drawn."""
ROW_GAP, LANE_GAP = 18, 9
_SWEEPS = 12
_LEAST_GAP, _GREATEST_GAP = 60, 170


class Extent(NamedTuple):
    """The size of a box, and the heights of its ports, where wires come in and go out."""

    width: int
    height: int
    inlets: Sequence[int] = ()
    outlets: Sequence[int] = ()
    column: Literal["first", "last"] | None = None
    """Inputs come as late as their readers allow, outputs last of all."""


class Link(NamedTuple):
    """A wire from an outlet of a box to an inlet of another."""

    source: int
    outlet: int
    target: int
    inlet: int


Point = tuple[int, int]


class Route(NamedTuple):
    """The points of a wire: straight to the second, then in turn curved and straight."""

    points: tuple[Point, ...]

    def segments(self) -> Iterator[tuple[Point, Point, bool]]:
        """Yield its segments, and whether each is curved."""
        for i, (a, b) in enumerate(pairwise(self.points)):
            if a != b:
                yield a, b, i % 2 == 1


class Layout(NamedTuple):
    """The positions of boxes and wires: the ends of each link, and its route.

    A link has no route if it would lead backwards, or if its outlet has too many readers.
    """

    width: int
    height: int
    places: list[Point]
    ends: list[tuple[Point, Point]]
    routes: list[Route | None]


@dataclass(eq=False)
class _Node:
    """A box, or a lane of a wire, in a column; a link is a port, the other node and its port."""

    column: int
    height: int
    box: int | None = None
    y: float = 0.0
    after: list[tuple[int, _Node, int]] = field(default_factory=list)
    before: list[tuple[int, _Node, int]] = field(default_factory=list)


def place(
    boxes: Sequence[Extent], links: Sequence[Link], *, most: int | None = MAX_READERS
) -> Layout:
    """Position boxes and route the wires between them.

    Wires of an outlet with more than `most` readers have no route; with None all have one.
    """
    columns = _columns(boxes, links)
    nodes = [
        _Node(column, box.height, i)
        for i, (box, column) in enumerate(zip(boxes, columns, strict=True))
    ]
    grid: list[list[_Node]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for node in nodes:
        grid[node.column].append(node)
    chains = _chains(boxes, links, nodes, grid, most)
    _order(grid)
    _set_heights(grid)
    top = min((node.y for column in grid for node in column), default=0)
    for column in grid:
        for node in column:
            node.y = int(node.y - top)
    return _laid_out(boxes, links, nodes, grid, chains)


# ------------------------------------------------------------------------------------ columns


def _columns(boxes: Sequence[Extent], links: Sequence[Link]) -> list[int]:
    """Return the column of each box: the longest path to it, ignoring wires that lead back."""
    readers: list[list[int]] = [[] for _ in boxes]
    open_links = [0] * len(boxes)
    for link in links:
        if link.source != link.target:
            readers[link.source].append(link.target)
            open_links[link.target] += 1
    columns = [0] * len(boxes)
    ready = [i for i, count in enumerate(open_links) if not count]
    rest = set(range(len(boxes)))
    while rest:
        if not ready:  # a circle of parts: it is cut at the first of them
            ready = [min(rest)]
            open_links[ready[0]] = 0
        box = ready.pop(0)
        if box not in rest:
            continue
        rest.remove(box)
        for reader in readers[box]:
            if reader in rest:
                columns[reader] = max(columns[reader], columns[box] + 1)
                open_links[reader] -= 1
                if not open_links[reader]:
                    insort(ready, reader)
    return _moved_to_ends(boxes, columns, readers)


def _moved_to_ends(
    boxes: Sequence[Extent], columns: list[int], readers: Sequence[Sequence[int]]
) -> list[int]:
    """Move inputs next to their first readers, and outputs behind everything else."""
    inner = [column for box, column in zip(boxes, columns, strict=True) if box.column != "last"]
    last = max(inner, default=-1) + 1
    for i, box in enumerate(boxes):
        if box.column == "last":
            columns[i] = last
    for i, box in enumerate(boxes):
        if box.column == "first" and readers[i]:
            columns[i] = max(0, min(columns[reader] for reader in readers[i]) - 1)
    return columns


def _chains(
    boxes: Sequence[Extent],
    links: Sequence[Link],
    nodes: Sequence[_Node],
    grid: list[list[_Node]],
    most: int | None,
) -> list[list[_Node] | None]:
    """Route each wire through the columns between its ends; wires of one outlet share lanes."""
    lanes: dict[tuple[int, int, int], _Node] = {}
    joined: set[tuple[int, int, int, int]] = set()
    chains: list[list[_Node] | None] = []
    readers = Counter((link.source, link.outlet) for link in links)
    for link in links:
        start, end = nodes[link.source], nodes[link.target]
        is_many = most is not None and readers[link.source, link.outlet] > most
        if end.column <= start.column or is_many:
            chains.append(None)
            continue
        chain, port = [start], boxes[link.source].outlets[link.outlet]
        for column in range(start.column + 1, end.column + 1):
            node = end
            if column < end.column:
                key = (link.source, link.outlet, column)
                if key not in lanes:
                    lanes[key] = _Node(column, 0)
                    grid[column].append(lanes[key])
                node = lanes[key]
            inlet = boxes[link.target].inlets[link.inlet] if node is end else 0
            edge = (id(chain[-1]), port, id(node), inlet)
            if edge not in joined:
                joined.add(edge)
                chain[-1].after.append((port, node, inlet))
                node.before.append((inlet, chain[-1], port))
            chain.append(node)
            port = 0
        chains.append(chain)
    return chains


# -------------------------------------------------------------------------------------- order


def _order(grid: list[list[_Node]]) -> None:
    """Order each column so that few wires cross, by the mean position of each node's neighbours."""
    best, least = [list(column) for column in grid], _crossings(grid)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in range(1, len(grid)) if forward else range(len(grid) - 2, -1, -1):
            fixed = grid[column - 1 if forward else column + 1]
            rank = {id(node): place for place, node in enumerate(fixed)}
            grid[column] = _by_middle(grid[column], rank, forward=forward)
        crossings = _crossings(grid)
        if crossings < least:
            best, least = [list(column) for column in grid], crossings
    grid[:] = best


def _by_middle(column: list[_Node], rank: dict[int, int], *, forward: bool) -> list[_Node]:
    """Sort nodes by the mean position of their neighbours; those without any stay put."""
    keys: list[tuple[float, int]] = []
    for place, node in enumerate(column):
        links = node.before if forward else node.after
        places = [rank[id(other)] + port / (other.height + 1) for _, other, port in links]
        keys.append((sum(places) / len(places) if places else float(place), place))
    return [column[place] for _, place in sorted(keys)]


def _crossings(grid: Sequence[Sequence[_Node]]) -> int:
    """Count the pairs of wires that cross between neighbouring columns."""
    total = 0
    for column, following in pairwise(grid):
        rank = {id(node): place for place, node in enumerate(following)}
        ends = [
            end
            for node in column
            for _, end in sorted(
                (port, (rank[id(other)], inlet)) for port, other, inlet in node.after
            )
        ]
        seen: list[tuple[int, int]] = []
        for end in ends:
            total += len(seen) - bisect_left(seen, (end[0], end[1] + 1))
            insort(seen, end)
    return total


# ------------------------------------------------------------------------------------ heights


def _set_heights(grid: Sequence[Sequence[_Node]]) -> None:
    """Move every node as close to its neighbours as the order of its column allows."""
    for column in grid:
        _stack(column, [0.0] * len(column))
    for sweep in range(_SWEEPS + 1):
        forward = sweep % 2 == 0
        is_last = sweep >= _SWEEPS - 1
        for column in grid if forward else reversed(grid):
            wanted = []
            for node in column:
                is_led = forward and (not is_last or node.box is None or not node.after)
                links = node.before if is_led else node.after if not forward else ()
                links = links or [*node.before, *node.after]
                ends = [other.y + there - here for here, other, there in links]
                wanted.append(sum(ends) / len(ends) if ends else node.y)
            _stack(column, wanted)


def _stack(column: Sequence[_Node], wanted: Sequence[float]) -> None:
    """Position nodes in their order, each as near as possible to its desired height."""
    offsets, offset = [], 0
    for node, following in zip(column, [*column[1:], None], strict=True):
        offsets.append(offset)
        gap = LANE_GAP if following and node.box is None and following.box is None else ROW_GAP
        offset += node.height + gap
    blocks: list[tuple[float, int]] = []  # the mean of each block, and how many nodes it has
    for node_offset, place in zip(offsets, wanted, strict=True):
        mean, count = place - node_offset, 1
        while blocks and blocks[-1][0] >= mean:
            above, more = blocks.pop()
            mean, count = (above * more + mean * count) / (more + count), more + count
        blocks.append((mean, count))
    starts = [round(mean) for mean, count in blocks for _ in range(count)]
    for node, node_offset, start in zip(column, offsets, starts, strict=True):
        node.y = start + node_offset


# ------------------------------------------------------------------------------------- places


def _laid_out(
    boxes: Sequence[Extent],
    links: Sequence[Link],
    nodes: Sequence[_Node],
    grid: Sequence[Sequence[_Node]],
    chains: Sequence[Sequence[_Node] | None],
) -> Layout:
    """Set the columns side by side, with more room where wires are steep."""
    starts, x = [], 0
    widths = [
        max((boxes[node.box].width for node in column if node.box is not None), default=0)
        for column in grid
    ]
    for width, column in zip(widths, grid, strict=True):
        starts.append(x)
        rises = [
            abs(node.y + here - other.y - there)
            for node in column
            for here, other, there in node.after
        ]
        gap = int(max(_LEAST_GAP, min(_GREATEST_GAP, max(rises, default=0) // 4)))
        x += width + gap
    places: list[Point] = []
    for node, box in zip(nodes, boxes, strict=True):
        at_right = box.column == "first"
        shift = widths[node.column] - box.width if at_right else 0
        places.append((starts[node.column] + shift, int(node.y)))
    ends: list[tuple[Point, Point]] = []
    routes: list[Route | None] = []
    for link, chain in zip(links, chains, strict=True):
        source, target = boxes[link.source], boxes[link.target]
        (x1, y1), (x2, y2) = places[link.source], places[link.target]
        start = x1 + source.width, y1 + source.outlets[link.outlet]
        stop = x2, y2 + target.inlets[link.inlet]
        ends.append((start, stop))
        if chain is None:
            routes.append(None)
            continue
        points = [start, (starts[chain[0].column] + widths[chain[0].column], start[1])]
        for lane in chain[1:-1]:
            left = starts[lane.column]
            points += [(left, int(lane.y)), (left + widths[lane.column], int(lane.y))]
        points += [(starts[chain[-1].column], stop[1]), stop]
        routes.append(Route(tuple(points)))
    bottoms = [node.y + node.height for column in grid for node in column]
    width = starts[-1] + widths[-1] if starts else 0
    return Layout(width, int(max(bottoms, default=0)), places, ends, routes)
