"""Names resolved, order found, cycles told. Nothing here recurses."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import lcm
from typing import Literal

from nnc.diagnostics import Diagnostic, Label, Path, closest
from nnc.exact import Number, show_number
from nnc.graph.cycles import MOST_SEARCHED, components, shortest_cycle
from nnc.graph.graph import Graph, Node, Tap
from nnc.network import COMPARISONS, Fires, Network, Neuron, Output
from nnc.values import CONSTANTS, parse_source

MOST_DENOMINATOR_BITS = 4096
_MOST_HOPS = 1000
_MOST_SUGGESTIONS = 50  # each looks through all names


def build_graph(
    network: Network, broken: Collection[str] = ()
) -> tuple[Graph | None, list[Diagnostic]]:
    """Resolve the names of a network and order its neurons, or say all that is in the way.

    `broken` are names declared so badly that nothing is known about them; reading them is no
    further mistake.
    """
    builder = _Builder(network, frozenset(broken))
    return builder.build()


def plain_outputs(network: Network, broken: Collection[str] = ()) -> list[Tap]:
    """Give the bits and numbers among the outputs of a network that may have mistakes elsewhere."""
    taps = _Builder(network, frozenset(broken)).taps()
    return [tap for tap in taps if tap.kind in ("bit", "number", "sum")]


class _Builder:
    def __init__(self, network: Network, broken: frozenset[str]) -> None:
        self.network = network
        self.broken = broken
        self.found: list[Diagnostic] = []
        self.inputs = list(network.inputs.items())
        self.table: dict[str, int | tuple[int, ...]] = {"0": 0, "1": 1}
        self.kinds: list[str] = ["bit", "bit", *(one.type for _, one in self.inputs)]
        self.nodes: list[Node] = []
        self.step_nodes: dict[tuple[int, Number], int] = {}
        self.signals = 0
        self.meant: dict[tuple[str, ...], str | None] = {}

    def build(self) -> tuple[Graph | None, list[Diagnostic]]:
        outputs = self.taps()
        order, levels = self._order()
        if self.found:
            return None, self.found
        place = {old: new for new, old in enumerate(order)}
        taps = tuple(
            replace(tap, node=place[tap.node]) if tap.kind in ("sum", "level") else tap
            for tap in outputs
        )
        nodes = tuple(self.nodes[i] for i in order)
        graph = Graph(
            self.network.inputs, nodes, tuple(levels[i] for i in order), taps, self.signals
        )
        return graph, []

    def taps(self) -> list[Tap]:
        """Resolve all names; give the outputs that have no mistake."""
        self._declare()
        for name, neuron in self.network.neurons.items():
            first = self.first.get(name)
            if first is not None:
                self._resolve(name, neuron, first)
        node_of = {node.name: i for i, node in enumerate(self.nodes)}
        taps = [self._tap(alias, one, node_of) for alias, one in self.network.outputs.items()]
        return [tap for tap in taps if tap is not None]

    def _say(
        self,
        rule: str,
        message: str,
        path: Path,
        help: str | None = None,  # noqa: A002
        *,
        key: bool = False,
        labels: tuple[Label, ...] = (),
        caret: str = "",
        part: str | None = None,
    ) -> None:
        self.found.append(
            Diagnostic(
                rule, message, path, key=key, help=help, labels=labels, caret=caret, part=part
            )
        )

    # ------------------------------------------------------------------------ signals

    def _declare(self) -> None:
        """Give inputs and neurons the numbers of their signals."""
        table = self.table
        for name, _ in self.inputs:
            table[name] = len(table)
        signal = len(table)
        self.first: dict[str, int] = {}
        for name, neuron in self.network.neurons.items():
            if name in self.network.inputs:
                self._say(
                    "duplicate-name",
                    f"`{name}` is declared as an input and as a neuron",
                    ("neurons", name),
                    "give one of them another name",
                    key=True,
                    labels=(Label("the input", ("inputs", name), key=True),),
                )
                continue
            self.first[name] = signal
            if neuron.thresholds is None:
                table[name] = signal
                signal += 1
                continue
            for i, port in enumerate(neuron.thresholds):
                table[f"{name}.{port}"] = signal + i
            table[name] = tuple(range(signal, signal + len(neuron.thresholds)))
            signal += len(neuron.thresholds)
        self.kinds += ["bit"] * (signal - len(self.kinds))
        self.signals = signal

    def _lookup(self, text: str, path: Path, *, key: bool) -> tuple[int, ...] | None:
        """Give the signals of a source, or say why there are none."""
        found = self.table.get(text)
        if found is not None:
            return (found,) if isinstance(found, int) else found
        source = parse_source(text)
        name, port = source.name, source.port
        if name in self.broken:
            return None
        neuron = self.network.neurons.get(name)
        if neuron is not None and port is not None:
            ports = list(neuron.thresholds or ())
            if ports:
                near = self._nearest(port, (), ports)
                told = ", ".join(f"`{one}`" for one in ports[:8]) + (", …" if ports[8:] else "")
                help_ = f"did you mean `{near}`?" if near else f"it has {told}"
                message = f"neuron `{name}` has no threshold `{port}`"
            else:
                message, help_ = (
                    f"neuron `{name}` has one threshold, without a name",
                    f"write `{name}`",
                )
            self._say("unknown-port", message, path, help_, key=key, part=f".{port}")
        elif name in self.network.inputs:
            self._say(
                "unknown-port",
                f"input `{name}` has no part `{port}`",
                path,
                f"write `{name}`",
                key=key,
                part=f".{port}",
            )
        else:
            reader = f"neuron `{path[1]}`" if path[0] == "neurons" else f"output `{path[1]}`"
            near = self._nearest(name, _used(self.network, path))
            help_ = f"did you mean `{near}`?" if near else "declare it under `inputs` or `neurons`"
            labels: tuple[Label, ...] = ()
            if near is not None:
                place, kind = ("neurons", "a neuron") if near in self.network.neurons else (
                    "inputs", "an input")  # fmt: skip
                labels = (Label(f"{kind} with a similar name", (place, near), key=True),)
            message = f"{reader} reads `{text}`, which is neither an input nor a neuron"
            self._say(
                "unknown-source", message, path, help_, key=key, labels=labels, caret="not declared"
            )
        return None

    def _nearest(
        self, name: str, used: Collection[str], known: Collection[str] | None = None
    ) -> str | None:
        """Find the declared name that was meant: one that the reader does not read already."""
        if len(self.meant) < _MOST_SUGGESTIONS and (name, *used) not in self.meant:
            declared = known or (*self.network.inputs, *self.network.neurons)
            found = closest(name, (one for one in declared if one not in used))
            self.meant[name, *used] = found
        return self.meant.get((name, *used))

    # ------------------------------------------------------------------------ neurons

    def _resolve(self, name: str, neuron: Neuron, first: int) -> None:
        """Make the node of a neuron."""
        fires = self.network.fires_of(neuron)
        path: Path = ("neurons", name)
        sources: list[int] = []
        weights: list[Number] = []
        steps: list[tuple[int, int]] = []
        table = self.table
        if isinstance(neuron.weights, dict):
            for text, weight in neuron.weights.items():
                signal = table.get(text)
                if type(signal) is int and not isinstance(weight, (dict, tuple)):
                    sources.append(signal)
                    weights.append(weight)
                else:
                    self._wire((*path, "weights", text), text, weight, sources, weights, steps)
        else:
            self._wire_by_place(path, neuron, sources, weights)
        if len(set(sources)) < len(sources):
            self._check_twice(path, neuron, sources)
        if fires not in COMPARISONS:
            self._check_gate(path, neuron, fires)
            threshold = len(sources) if fires == "all" else 1
            node = Node(
                name, path, "at_least", tuple(sources), tuple(weights), (threshold,), (), first
            )
        else:
            limits = neuron.thresholds
            thresholds = tuple(limits.values()) if limits else (neuron.threshold or 0,)
            node = Node(
                name,
                path,
                fires,
                tuple(sources),
                tuple(weights),
                thresholds,
                tuple(limits or ()),
                first,
                tuple(steps),
            )
            self._check_denominators(node)
        self.nodes.append(node)

    def _wire(
        self,
        path: Path,
        text: str,
        weight: object,
        sources: list[int],
        weights: list[Number],
        steps: list[tuple[int, int]],
    ) -> None:
        """Add a source by name whose weight is steps, or that is a bus or unknown."""
        signals = self._lookup(text, path, key=True)
        if signals is None:
            return
        if isinstance(weight, dict):
            if len(signals) != 1 or self.kinds[signals[0]] == "bit":
                self._say(
                    "steps-need-number",
                    f"`{text}` is a bit; steps stand on an integer or real input",
                    path,
                    "write one weight",
                    key=True,
                )
                return
            steps.append((len(sources), len(sources) + len(weight)))
            before: Number = 0
            for cutoff, points in weight.items():
                sources.append(self._step(signals[0], text, cutoff, (*path, show_number(cutoff))))
                weights.append(points - before)
                before = points
        elif isinstance(weight, tuple):
            if len(weight) != len(signals):
                self._say(
                    "weight-count",
                    f"`{text}` has {_count(len(signals), 'element')}, but "
                    f"{_count(len(weight), 'weight')} in its list",
                    path,
                    f"write {_count(len(signals), 'number')}",
                )
                return
            sources += signals
            weights += weight
        else:
            sources += signals
            weights += [weight] * len(signals)  # type: ignore[list-item]

    def _wire_by_place(
        self, path: Path, neuron: Neuron, sources: list[int], weights: list[Number]
    ) -> None:
        resolved = True
        for i, text in enumerate(neuron.wiring or ()):
            signals = self._lookup(text, (*path, "wiring", i), key=False)
            if signals is None:
                resolved = False
            else:
                sources += signals
        given = neuron.weights
        if isinstance(given, tuple):
            if resolved and len(given) != len(sources):
                self._say(
                    "weight-count",
                    f"neuron `{path[1]}` has {_count(len(sources), 'wire')} "
                    f"but {_count(len(given), 'weight')}",
                    (*path, "weights"),
                    f"write {_count(len(sources), 'number')}, one for each wire",
                )
            weights += (*given, *[1] * len(sources))[: len(sources)]
        else:
            weights += [1 if given is None else given] * len(sources)  # type: ignore[list-item]

    def _step(self, signal: int, text: str, cutoff: Number, path: Path) -> int:
        """Give the signal of the neuron that says whether an input has reached a cut-off."""
        made = self.step_nodes.get((signal, cutoff))
        if made is None:
            made = self.step_nodes[signal, cutoff] = self.signals
            self.signals += 1
            self.kinds.append("bit")
            name = f"{text}>={show_number(cutoff)}"
            self.nodes.append(Node(name, path, "at_least", (signal,), (1,), (cutoff,), (), made))
        return made

    def _check_twice(self, path: Path, neuron: Neuron, sources: list[int]) -> None:
        """Say which source is wired twice; constants may be."""
        repeated = {
            signal for signal, count in Counter(sources).items() if count > 1 and signal > 1
        }
        if not repeated:
            return
        is_gate = self.network.fires_of(neuron) not in COMPARISONS
        seen: dict[int, Path] = {}
        by_name = isinstance(neuron.weights, dict)
        texts = list(neuron.weights) if isinstance(neuron.weights, dict) else neuron.wiring or ()
        for i, text in enumerate(texts):
            at: Path = (*path, "weights", text) if by_name else (*path, "wiring", i)
            found = self.table.get(text)
            for signal in (found,) if isinstance(found, int) else found or ():
                if signal in repeated and signal in seen:
                    self._say(
                        "duplicate-source",
                        f"neuron `{path[1]}` reads `{text}` twice",
                        at,
                        "wire it once" if is_gate else "wire it once, with the sum of the weights",
                        key=by_name,
                        labels=(Label("first here", seen[signal], key=by_name),),
                    )
                    break
                seen[signal] = at

    def _check_gate(self, path: Path, neuron: Neuron, fires: Fires) -> None:
        for i, text in enumerate(neuron.wiring or ()):
            found = self.table.get(text)
            if isinstance(found, int) and self.kinds[found] != "bit":
                self._say(
                    "gate-needs-bits",
                    f"`{text}` is no bit; `fires: {fires}` looks at bits only",
                    (*path, "wiring", i),
                    "compare it in a neuron with a threshold first",
                )

    def _check_denominators(self, node: Node) -> None:
        numbers = [n for n in (*node.weights, *node.thresholds) if not isinstance(n, int)]
        if numbers and lcm(*(n.denominator for n in numbers)).bit_length() > MOST_DENOMINATOR_BITS:
            self._say(
                "common-denominator-too-large",
                "the numbers of neuron "
                f"`{node.name}` have a common denominator of over "
                f"{MOST_DENOMINATOR_BITS:,} bits",
                node.path,
                "write the fractions over fewer different denominators",
                key=True,
            )

    # ------------------------------------------------------------------------ outputs

    def _tap(self, alias: str, output: Output, node_of: Mapping[str, int]) -> Tap | None:
        path: Path = ("outputs", alias)
        if output.sources is not None:
            signals: list[int] = []
            for i, text in enumerate(output.sources):
                at = (*path, i) if output.is_bus else path
                found = self._lookup(text, at, key=False)
                if found is None:
                    return None
                if (output.is_bus or len(found) > 1) and self.kinds[found[0]] != "bit":
                    self._say(
                        "bus-needs-bits",
                        f"`{text}` is no bit; a bus output is made of bits",
                        at,
                        "give it an alias of its own",
                    )
                    return None
                signals += found
            self._check_alias(alias, output)
            if output.is_bus or len(signals) != 1:
                return Tap(alias, "bus", tuple(signals))
            return Tap(
                alias, "bit" if self.kinds[signals[0]] == "bit" else "number", tuple(signals)
            )
        kind: Literal["sum", "level"] = "sum" if output.sum is not None else "level"
        text = output.sum if output.sum is not None else output.level or ""
        path = (*path, kind)
        source = parse_source(text)
        if self._lookup(text, path, key=False) is None:
            return None
        self._check_alias(alias, output)
        neuron = self.network.neurons.get(source.name)
        if neuron is None:
            what = "a constant" if text in CONSTANTS else "an input"
            self._say(
                "no-sum", f"`{text}` is {what}; only a neuron has a {kind}", path, "name a neuron"
            )
            return None
        limits = list((neuron.thresholds or {"": 0}).values())
        count = 1 if source.port else len(limits)
        if kind == "level" and not source.port and any(b <= a for a, b in pairwise(limits)):
            self._say(
                "thresholds-not-ascending",
                f"`level` needs the thresholds of `{text}` in strictly ascending order",
                path,
                "sort the thresholds from low to high",
                labels=(Label("the thresholds", ("neurons", text, "thresholds"), key=True),),
            )
            return None
        labels = output.labels or ()
        if output.labels is not None and len(labels) != count + 1:
            self._say(
                "label-count",
                f"`{text}` has {_count(count, 'threshold')}, so {count + 1} "
                f"levels, but there are {_count(len(labels), 'label')}",
                ("outputs", alias, "labels"),
                f"write {count + 1} labels, the lowest first",
            )
            return None
        place = node_of.get(source.name)
        if place is None:
            return None
        found = self._lookup(text, path, key=False)
        return Tap(alias, kind, found or (), place, labels)

    def _check_alias(self, alias: str, output: Output) -> None:
        """Check that an alias with a declared name is that very source."""
        if output.sources == (alias,):
            return
        for place, names in (("inputs", self.network.inputs), ("neurons", self.network.neurons)):
            if alias in names:
                self._say(
                    "alias-of-other-name",
                    f"the alias `{alias}` is the name of "
                    f"{'an input' if place == 'inputs' else 'a neuron'}, but gives something "
                    "else",
                    ("outputs", alias),
                    "choose another alias",
                    key=True,
                    labels=(Label("the name", (place, alias), key=True),),
                )

    # -------------------------------------------------------------------------- order

    def _order(self) -> tuple[list[int], list[int]]:
        """Give the nodes in topological order, with their levels; tell cycles."""
        nodes = self.nodes
        maker = [-1] * self.signals
        for i, node in enumerate(nodes):
            for signal in range(node.first, node.first + len(node.thresholds)):
                maker[signal] = i
        waiting = [0] * len(nodes)
        readers: list[list[int]] = [[] for _ in nodes]
        for i, node in enumerate(nodes):
            makers = {maker[s] for s in node.sources}
            makers.discard(-1)
            waiting[i] = len(makers)
            for made in makers:
                readers[made].append(i)
        levels = [1] * len(nodes)
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
        if done < len(nodes):
            stuck = [i for i, count in enumerate(waiting) if count]
            self._tell_cycles(stuck, readers, maker)
        return sorted(range(len(nodes)), key=levels.__getitem__), levels

    def _tell_cycles(
        self, stuck: list[int], readers: list[list[int]], maker: Sequence[int]
    ) -> None:
        inside = set(stuck)
        edges = {i: sorted(r for r in readers[i] if r in inside) for i in stuck}
        budget = MOST_SEARCHED
        for component in components(edges):
            members = set(component)
            own = {i: [r for r in edges[i] if r in members] for i in sorted(component)}
            if len(component) == 1 and component[0] not in own[component[0]]:
                continue
            cycle, budget = shortest_cycle(own, budget)
            self._tell_cycle(cycle, maker)

    def _tell_cycle(self, cycle: list[int], maker: Sequence[int]) -> None:
        """Report one cycle, at its hop that comes first in the file."""
        hops = []
        for i, place in enumerate(cycle):
            reader = cycle[(i + 1) % len(cycle)]
            hops.append((reader, place, *self._hop(reader, place, maker)))
        start = min(range(len(hops)), key=lambda i: hops[i][0])
        hops = hops[start:] + hops[:start]
        names = [self.nodes[hop[1]].name for hop in hops]
        shown = names if len(names) <= 50 else [*names[:25], "…", *names[-24:]]
        walk = " -> ".join([*shown, names[0]])
        labels = tuple(
            Label(f"`{self.nodes[reader].name}` reads `{self.nodes[made].name}`", path, key=key)
            for reader, made, path, key in hops[1:_MOST_HOPS]
        )
        _, _, path, key = hops[0]
        if len(cycle) == 1:
            message, help_ = (
                f"neuron `{names[0]}` reads itself",
                "a network has no memory: remove the wire",
            )
        else:
            message, help_ = (
                f"neurons wait for each other: {walk}",
                "a network has no memory: remove one of these wires",
            )
        self._say("cycle", message, path, help_, key=key, labels=labels, caret="the circle closes")

    def _hop(self, reader: int, made: int, maker: Sequence[int]) -> tuple[Path, bool]:
        """Give the place where one node reads another."""
        node = self.nodes[reader]
        neuron = self.network.neurons[node.name]
        by_name = isinstance(neuron.weights, dict)
        texts = list(neuron.weights) if isinstance(neuron.weights, dict) else neuron.wiring or ()
        for i, text in enumerate(texts):
            found = self.table.get(text, ())
            first = found if isinstance(found, int) else next(iter(found), -1)
            if first >= 0 and maker[first] == made:
                return (*node.path, *(("weights", text) if by_name else ("wiring", i))), by_name
        return node.path, True


def _used(network: Network, path: Path) -> list[str]:
    """Name the sources that a neuron reads, and the neuron itself."""
    neuron = network.neurons.get(str(path[1])) if path[0] == "neurons" else None
    if neuron is None:
        return []
    texts = neuron.weights if isinstance(neuron.weights, dict) else neuron.wiring or ()
    return sorted({str(path[1]), *texts}) if len(texts) < 100 else [str(path[1])]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
