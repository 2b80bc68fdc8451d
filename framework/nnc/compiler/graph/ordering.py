"""Order flat nodes level by level, or report the cycles that prevent it."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nnc.compiler.graph.flattening import Flat, walk_of
from nnc.compiler.graph.graph import LayerNode, NeuronNode, Template, producers_of
from nnc.compiler.shared import SparseWeights
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.language.references import CONSTANTS

MAX_SEARCHED = 3_000_000  # total edges searched for the shortest cycles
_MAX_HOPS = 1000

GraphNode = NeuronNode | LayerNode
Hop = tuple[int, int, str | None, KeyPath, bool]
"""The reader and the producer of a signal, and the file, path and key where it is read."""
Ordered = tuple[list[GraphNode], list[int]]


def in_order(flat: Flat, diagnostics: list[Diagnostic]) -> Ordered | None:
    """Return the nodes in topological order with their levels, or report cycles and return None.

    A layer is ordered as a single node if possible. If it is in a cycle and its weights are sparse,
    its neurons are ordered one by one, because these may still have an order.
    """
    in_file_order = list(flat.nodes())
    levels = _levels_as_they_stand(flat, in_file_order)
    if levels is not None:
        return _by_level(in_file_order, levels)
    ordering = _Ordering(flat, in_file_order)
    stuck = ordering.run()
    if stuck:
        sparse_layers = {i for i in stuck if _is_sparse(ordering.nodes[i])}
        if sparse_layers:
            nodes: list[GraphNode] = []
            for i, node in enumerate(ordering.nodes):
                if i in sparse_layers and isinstance(node, LayerNode):
                    nodes += map(node.neuron, range(node.size))
                else:
                    nodes.append(node)
            ordering = _Ordering(flat, nodes)
            stuck = ordering.run()
    if stuck:
        ordering.report_cycles(stuck, diagnostics)
        return None
    return _by_level(ordering.nodes, ordering.levels)


def _levels_as_they_stand(flat: Flat, nodes: Sequence[GraphNode]) -> list[int] | None:
    """Return the levels of nodes if they already come after their sources, as usual, else None."""
    inputs = len(CONSTANTS) + sum(input_.width for input_ in flat.template.inputs.values())
    unknown = len(nodes) + 1  # more than any level
    of_signals = [0] * inputs + [unknown] * (len(flat.types) - inputs)
    levels: list[int] = []
    for node in nodes:
        level = 1 + max(map(of_signals.__getitem__, node.sources), default=0)
        if level > unknown:
            return None
        levels.append(level)
        count = node.outputs
        if count == 1:
            of_signals[node.first] = level
        else:
            of_signals[node.first : node.first + count] = [level] * count
    return levels


def _by_level(nodes: list[GraphNode], levels: list[int]) -> Ordered:
    """Return nodes and levels sorted by level; the order within a level is kept."""
    ascending = sorted(levels)
    if ascending != levels:
        nodes = [nodes[i] for i in sorted(range(len(levels)), key=levels.__getitem__)]
    return nodes, ascending


def _is_sparse(node: GraphNode) -> bool:
    if not isinstance(node, LayerNode) or node.counted:
        return False  # a single neuron is a bit, not a count as in a layer
    return isinstance(node.weights, SparseWeights)


class _Ordering:
    def __init__(self, flat: Flat, nodes: list[GraphNode]) -> None:
        self.flat, self.nodes = flat, nodes
        self.levels = [1] * len(nodes)
        self.maker = producers_of(nodes, len(flat.types))
        self.readers: list[list[int]] = [[] for _ in nodes]
        self._nodes_of: dict[int, list[GraphNode]] = {}

    def run(self) -> list[int]:
        """Compute the levels, and return the nodes that wait for each other."""
        maker, readers, levels = self.maker, self.readers, self.levels
        waiting = [0] * len(self.nodes)
        for i, node in enumerate(self.nodes):
            makers = {maker[slot] for slot in node.sources}
            makers.discard(-1)
            waiting[i] = len(makers)
            for source_node in makers:
                readers[source_node].append(i)
        ready = deque(i for i, count in enumerate(waiting) if not count)
        done = 0
        while ready:
            i = ready.popleft()
            done += 1
            next_level = levels[i] + 1
            for reader in readers[i]:
                if levels[reader] < next_level:
                    levels[reader] = next_level
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
        return [i for i, count in enumerate(waiting) if count] if done < len(waiting) else []

    # -------------------------------------------------------------------------- cycles

    def report_cycles(self, stuck: list[int], diagnostics: list[Diagnostic]) -> None:
        """Report the shortest cycle of each strongly connected component, without duplicates."""
        inside = set(stuck)
        edges = {i: sorted(r for r in self.readers[i] if r in inside) for i in stuck}
        budget = MAX_SEARCHED
        alike: dict[frozenset[tuple[str | None, KeyPath, bool]], list[list[Hop]]] = {}
        for component in components(edges):
            members = set(component)
            edges_within = {i: [r for r in edges[i] if r in members] for i in sorted(component)}
            if len(component) == 1 and component[0] not in edges_within[component[0]]:
                continue
            cycle, budget = shortest_cycle(edges_within, budget)
            hops = self._hops(cycle)
            alike.setdefault(frozenset(hop[2:] for hop in hops), []).append(hops)
        for same in alike.values():
            diagnostic = self._cycle(same[0])
            if same[1:]:
                more = f"and {len(same) - 1:,} more like it, of the same wires"
                diagnostic = replace(diagnostic, details=(more,))
            diagnostics.append(diagnostic)

    def _hops(self, cycle: list[int]) -> list[Hop]:
        """Return the hops of a cycle with their locations."""
        readers = [*cycle[1:], cycle[0]]
        return [
            (reader, source_node, *self._hop(reader, source_node))
            for source_node, reader in zip(cycle, readers, strict=True)
        ]

    def _cycle(self, hops: list[Hop]) -> Diagnostic:
        """Return the diagnostic of one cycle, located at its first hop in the file."""
        start = self._first_in_file(hops)
        hops = hops[start:] + hops[:start]
        names = [self.nodes[hop[1]].name for hop in hops]
        walk = walk_of(names)
        labels = tuple(
            Label(
                f"`{self.nodes[reader].name}` reads `{self.nodes[source_node].name}`",
                path,
                key=key,
                file=file,
            )
            for reader, source_node, file, path, key in hops[1:_MAX_HOPS]
        )
        _, _, file, path, key = hops[0]
        node = self.nodes[hops[0][1]]
        if len(hops) > 1:
            message = f"neurons form a cycle: {walk}"
            hint = "a network has no memory: remove one of these wires"
        else:
            what = "layer" if isinstance(node, LayerNode) else "neuron"
            message = f"{what} `{names[0]}` reads itself"
            hint = "a network has no memory: remove the wire"
        return Diagnostic(
            "cycle",
            message,
            path,
            key=key,
            help=hint,
            labels=labels,
            caret="the cycle closes here",
            file=file,
        )

    def _first_in_file(self, hops: list[Hop]) -> int:
        """Return the index of the hop that comes first in the network's own file, if known.

        Hops in used files come later; without a file, the order of neurons counts.
        """
        linked = self.flat.template.linked
        own_hops = [i for i, hop in enumerate(hops) if hop[2] == linked.file]
        if linked.document is None or not own_hops:
            return min(range(len(hops)), key=lambda i: hops[i][0])
        places = linked.document.locate(
            (path, key) for *_, path, key in (hops[i] for i in own_hops)
        )
        spans = [
            (place.span, i)
            for place, i in zip(places, own_hops, strict=True)
            if not place.is_refused
        ]
        return min(spans)[1] if spans else own_hops[0]

    def _hop(self, reader: int, source_node: int) -> tuple[str | None, KeyPath, bool]:
        """Return the file, path and key where one node reads another: the start of the wire.

        This is in the network that contains both, or the wiring of a part if it leads into one.
        """
        node = self.nodes[reader]
        instance = self.flat.instance_of(node.first)
        template = instance.template
        local = self._local(template, node.first - instance.offset)
        for slot in local.sources:
            flat = slot if slot < 2 else slot + instance.offset
            if self.maker[self.flat.source[flat]] == source_node:
                if self.flat.source[flat] != flat:
                    return (*self._wire_from(flat), False)
                return (local.origin.file, *_place_of(template, local.origin.path, slot))
        return node.origin.file, node.origin.path, True

    def _local(self, template: Template, slot: int) -> GraphNode:
        """Return the node of a template that produces a slot."""
        nodes = self._nodes_of.get(id(template))
        if nodes is None:
            nodes = sorted((*template.nodes, *template.layers), key=lambda node: node.first)
            self._nodes_of[id(template)] = nodes
        return nodes[bisect_right(nodes, slot, key=lambda node: node.first) - 1]

    def _wire_from(self, slot: int) -> tuple[str | None, KeyPath]:
        """Follow a wire out of its instances; return the location of its outermost wiring."""
        while True:
            file, path = self.flat.wire_at(slot)
            instance = self.flat.instance_of(slot)
            assert instance.body is not None
            user = self.flat.instances[instance.user]
            above = instance.body.wires[slot - instance.offset - 2][instance.element]
            above = above if above < 2 else above + user.offset
            if above < 2 or self.flat.source[above] == above:
                return file, path
            slot = above


def _place_of(template: Template, path: KeyPath, slot: int) -> tuple[KeyPath, bool]:
    """Return the path of the source of a neuron or layer that includes a slot."""
    network = template.linked.network
    declared = getattr(network, str(path[0]))[path[1]]
    by_name = path[0] == "neurons" and isinstance(declared.weights, dict)
    for i, text in enumerate(declared.reads()):
        if slot in template.slots_of(text):
            return (*path[:2], *(("weights", text) if by_name else ("wiring", i))), by_name
    return path, True


def components(edges: Mapping[int, list[int]]) -> Iterator[list[int]]:
    """Yield the strongly connected components (Tarjan 1972, with a stack instead of recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    is_open: set[int] = set()
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_.append(root)
        is_open.add(root)
        work = [(root, iter(edges[root]))]
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    open_.append(target)
                    is_open.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in is_open:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = open_.pop()
                        is_open.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    yield component


def shortest_cycle(edges: Mapping[int, list[int]], budget: int) -> tuple[list[int], int]:
    """Return the shortest cycle of a strongly connected component, searching from each node.

    After `budget` edges, the shortest cycle so far is returned. The remaining budget is returned
    too.
    """
    best: list[int] = []
    simple = all(len(targets) == 1 for targets in edges.values())
    for root in edges:
        cycle, looked_at = _cycle_through(root, edges, len(best) or len(edges) + 1)
        budget -= looked_at
        if cycle and (not best or len(cycle) < len(best)):
            best = cycle
        if best and (budget < 0 or len(best) == 1 or simple):
            break
    return best, budget


def _cycle_through(root: int, edges: Mapping[int, list[int]], limit: int) -> tuple[list[int], int]:
    """Return a cycle through `root` shorter than `limit`, found breadth first, or an empty list."""
    before: dict[int, int] = {}
    distance = {root: 0}
    queue = deque([root])
    looked_at = 0
    while queue:
        node = queue.popleft()
        if distance[node] + 1 >= limit:
            break
        for target in edges[node]:
            looked_at += 1
            if target == root:
                cycle = [node]
                while cycle[-1] != root:
                    cycle.append(before[cycle[-1]])
                return cycle[::-1], looked_at
            if target not in distance:
                distance[target] = distance[node] + 1
                before[target] = node
                queue.append(target)
    return [], looked_at
