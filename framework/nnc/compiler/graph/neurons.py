"""Turn neurons into nodes: resolve sources, align weights, and make cut-offs neurons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple, cast

from nnc.compiler.graph.graph import BIT, Bundle, NeuronNode, Origin
from nnc.compiler.graph.resolver import Resolver, check_twice
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.firing import DEFAULT_RULE
from nnc.language.network import (
    BITS,
    COMPARISONS,
    FIRING,
    GATES,
    SIDES,
    Fires,
    Limit,
    Neuron,
    Threshold,
    ruled,
    rules_of,
    show_limit,
)
from nnc.numbers.exact import Number, counted, show_number

MAX_DENOMINATOR_BITS = 4096
_NUMBERS = frozenset((int, Fraction))


def _first_of(text: str) -> str:
    """Return the first element of a bus: `a(4)` for `a(4:8)`."""
    if not text.endswith(")"):
        return f"{text}(0)"
    before, _, index = text[:-1].rpartition("(")
    return f"{before}({index.partition(':')[0]})"


def _is_over_denominator(numbers: Iterable[Number]) -> bool:
    return lcm(*{n.denominator for n in numbers}).bit_length() > MAX_DENOMINATOR_BITS


class _Synapses(NamedTuple):
    """The sources of a neuron, their weights, and the stretches that are cut-offs of one input."""

    sources: list[int]
    weights: list[Number]
    steps: list[tuple[int, int]]


class Neurons:
    """Build the nodes of the neurons of one network, whose blanks have been replaced."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.network = resolver.network
        self.nodes: list[NeuronNode] = []
        self._steps: dict[tuple[int, Limit], int] = {}
        self._fires = self.network.fires or DEFAULT_RULE
        self._states = self.network.states or BITS
        self._slots: dict[str, int] = {}
        """The known slots of sources that are single slots."""

    def resolve(self) -> list[NeuronNode]:
        """Resolve every neuron, and return the nodes, including those of cut-offs."""
        table = self.resolver.table.items()
        self._slots = {text: slot for text, slot in table if type(slot) is int}
        first_slots, sections = self.resolver.first_slots, self.resolver.sections
        for name, neuron in self.network.neurons.items():
            first = first_slots.get(name)
            if first is not None and sections[name] == "neurons":
                node = self._plain(name, neuron, first)
                if node is None:
                    self._resolve(name, neuron, first)
                else:
                    self.nodes.append(node)
        return self.nodes

    def _plain(self, name: str, neuron: Neuron, first: int) -> NeuronNode | None:
        """Return the node of a neuron with simple named sources, as almost all are, else None."""
        fires = neuron.fires or self._fires
        if type(neuron.weights) is not dict or fires not in COMPARISONS:
            return None
        sources = cast("tuple[int, ...]", tuple(map(self._slots.get, neuron.weights)))
        numbers = cast("tuple[Number, ...]", (*neuron.weights.values(), neuron.threshold))
        kinds = {*map(type, numbers)}
        if None in sources or not kinds <= _NUMBERS or len({*sources}) < len(sources):
            return None
        if Fraction in kinds and _is_over_denominator(numbers):
            return None
        origin = Origin(("neurons", name), self.resolver.file)
        states = neuron.states or self._states
        return NeuronNode(
            name, origin, fires, sources, numbers[:-1], numbers[-1:], (), first, (), states
        )

    def _resolve(self, name: str, neuron: Neuron, first: int) -> None:
        fires = self.network.fires_of(neuron)
        path: KeyPath = ("neurons", name)
        origin = Origin(path, self.resolver.file)
        synapses = _Synapses([], [], [])
        sources, weights, steps = synapses
        if isinstance(neuron.weights, dict):
            for text, weight in neuron.weights.items():
                self._wire((*path, "weights", text), text, weight, synapses)
        else:
            self._wire_by_place(path, neuron, sources, weights)
        if len(set(sources)) < len(sources):
            by_name = isinstance(neuron.weights, dict)
            hint = "wire it once" if fires in GATES else "wire it once, with the sum of the weights"
            check_twice(self.resolver, path, neuron.reads(), hint, by_name=by_name)
        states = self.network.states_of(neuron)
        if fires in GATES:
            self._check_gate(path, neuron, fires)
            compared, limit = GATES[fires](len(sources))
            node = NeuronNode(
                name, origin, compared, sources, weights, (limit,), (), first, (), states
            )
        else:
            named = cast("dict[str, Limit] | None", neuron.thresholds)
            limits: tuple[Number, ...] = (cast("Number", neuron.threshold or 0),)
            ports = tuple(named or ())
            rules: tuple[Fires, ...] = ()
            if named:
                self._check_sides(path, named, fires)
                fires, rules, limits = rules_of(named.values(), fires)
            node = NeuronNode(
                name, origin, fires, sources, weights, limits, ports, first, tuple(steps), states,
                rules=rules,
            )  # fmt: skip
            self._check_denominators(node)
        self.nodes.append(node)

    def _wire(self, path: KeyPath, text: str, weight: Any, synapses: _Synapses) -> None:
        """Add a named source that has cut-offs, or is a bus or unknown."""
        bundle = self.resolver.lookup(text, path, key=True)
        if bundle is None:
            return
        slots = bundle.slots
        if len(slots) == 1:
            self._slots[text] = slots[0]
        if isinstance(weight, dict):
            self._wire_steps(path, text, bundle, weight, synapses)
            return
        each = weight if isinstance(weight, tuple) else (weight,) * len(slots)
        if len(each) != len(slots):
            self.resolver.report(
                "weight-count",
                f"`{text}` has {counted(len(slots), 'element')}, but "
                f"{counted(len(each), 'weight')} in its list",
                path,
                f"write {counted(len(slots), 'number')}",
            )
            return
        synapses.sources.extend(slots)
        synapses.weights.extend(each)

    def _wire_steps(
        self,
        path: KeyPath,
        text: str,
        bundle: Bundle,
        steps: Mapping[Number, Number],
        synapses: _Synapses,
    ) -> None:
        """Add the neurons for the cut-offs of a number, weighted with their points."""
        slots = bundle.slots
        is_bits = any(self.resolver.types[slot].kind == "bit" for slot in slots[:1])
        if len(slots) != 1 or is_bits:
            what, hint = "a bit", "write one weight"
            if bundle.of is not None:
                what, hint = "a choice", "write a list with a weight for each value"
            elif len(slots) > 1:
                what, hint = "a bus", f"write steps for each element: `{_first_of(text)}`"
                if is_bits:
                    hint = "write one weight, or a list with one for each element"
            message = f"`{text}` is {what}; steps need an integer or a real"
            self.resolver.report("steps-need-number", message, path, hint, key=True)
            return
        sources, weights, stretches = synapses
        stretches.append((len(sources), len(sources) + len(steps)))
        before: Number = 0
        for cutoff, points in steps.items():
            sources.append(self._step(slots[0], text, cutoff, (*path, show_limit(cutoff))))
            weights.append(points - before)
            before = points

    def _wire_by_place(
        self, path: KeyPath, neuron: Neuron, sources: list[int], weights: list[Number]
    ) -> None:
        resolved = True
        for i, text in enumerate(neuron.wiring or ()):
            bundle = self.resolver.lookup(text, (*path, "wiring", i))
            if bundle is None:
                resolved = False
            else:
                sources += bundle.slots
        weight = neuron.weights
        if isinstance(weight, tuple):
            if resolved and len(weight) != len(sources):
                self.resolver.report(
                    "weight-count",
                    f"neuron `{path[1]}` has {counted(len(sources), 'wire')} "
                    f"but {counted(len(weight), 'weight')}",
                    (*path, "weights"),
                    f"write {counted(len(sources), 'number')}, one for each wire",
                )
            weights += (*cast("tuple[Number, ...]", weight), *[1] * len(sources))[: len(sources)]
        else:
            weights += [1 if weight is None else weight] * len(sources)  # type: ignore[list-item]

    def _step(self, slot: int, text: str, cutoff: Limit, path: KeyPath) -> int:
        """Return the slot of the neuron that fires if a number has reached a cut-off."""
        made = self._steps.get((slot, cutoff))
        if made is None:
            made = self._steps[slot, cutoff] = len(self.resolver.types)
            self.resolver.types.append(BIT)
            origin = Origin(path, self.resolver.file)
            number, rule = (cut := ruled(cutoff, "at_least")).number, cut.rule
            name = f"{text}{FIRING[rule].ascii}{show_number(number)}"
            self.nodes.append(
                NeuronNode(name, origin, rule, (slot,), (1,), (number,), (), made, is_step=True)
            )
        return made

    def _check_sides(self, path: KeyPath, named: Mapping[str, Limit], fires: Fires) -> None:
        """Report thresholds whose own rule fires on the other side than their neuron's."""
        (side,) = (side for side in SIDES if fires in side)
        wrong = {
            port: limit
            for port, limit in named.items()
            if isinstance(limit, Threshold) and limit.rule not in side
        }
        hint = "give the threshold a neuron of its own, with the same weights"
        if len(wrong) == len(named):  # then it is a single mistake
            port, limit = next(iter(wrong.items()))
            wrong, hint = {port: limit}, f"write `fires: {limit.rule}` for the neuron"
        for port, limit in wrong.items():
            self.resolver.report(
                "other-side",
                f"`{path[1]}.{port}` fires `{limit}`, but its neuron fires `{fires}`; "
                f"a threshold of it may say `{side[0]}` or `{side[1]}`",
                (*path, "thresholds", port),
                hint,
            )

    def _check_gate(self, path: KeyPath, neuron: Neuron, fires: Fires) -> None:
        for i, text in enumerate(neuron.wiring or ()):
            bundle = self.resolver.peek(text)
            types = [self.resolver.types[slot] for slot in bundle.slots] if bundle else []
            if all(type_.kind == "bit" and type_.states == BITS for type_ in types):
                continue
            why = "has states other than 0 and 1" if types[0].kind == "bit" else "is not a bit"
            self.resolver.report(
                "gate-needs-bits",
                f"`{text}` {why}; `fires: {fires}` looks at bits only",
                (*path, "wiring", i),
                "compare it in a neuron with a threshold first",
            )

    def _check_denominators(self, node: NeuronNode) -> None:
        numbers = (*node.weights, *node.thresholds)
        if Fraction in map(type, numbers) and _is_over_denominator(numbers):
            self.resolver.report(
                "common-denominator-too-large",
                "the numbers of neuron "
                f"`{node.name}` have a common denominator of over "
                f"{MAX_DENOMINATOR_BITS:,} bits",
                node.origin.path,
                "write the fractions over fewer different denominators",
                key=True,
            )
