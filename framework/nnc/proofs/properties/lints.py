"""Warnings that need a proof: neurons and inputs that never matter, though weights allow it.

All questions are bits of one plan that are always 0 where the answer is yes. The plan is added to a
graph in which equal neurons are merged, so that most answers are there once it is made. What is not
proved is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from nnc.compiler.graph import Graph, GraphClaim, LayerNode, NeuronNode, Tap, first_signals
from nnc.compiler.joint import Joint, negated
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.diagnostics.rules import RuleName
from nnc.language.network import FIRING
from nnc.lazy import np
from nnc.numbers.exact import Number, first_names
from nnc.numbers.integers import Array
from nnc.proofs.circuit.sweeping import Patience
from nnc.proofs.comparison.behaviour import AUTO, compare_behaviour
from nnc.proofs.plans.budget import Budget, form_work
from nnc.proofs.plans.domain import build_domain, length_of
from nnc.proofs.plans.pair import Pair
from nnc.proofs.properties.claims import Context, Obligation, obligations
from nnc.proofs.strategies.simulation import block_of, values_of
from nnc.proofs.strategies.sweep import Merging, compare_forms
from nnc.rows.columns import Column, Labels, Results, unequal
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_batch
from nnc.solvers.and_graph import FALSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

Reported = Collection[tuple[str, KeyPath]]
_MAX_SIGNALS = 1 << 14
_MAX_PAIRS = 1 << 12  # of neurons that one neuron reads
_MAX_INPUTS = 256
_MAX_SYNAPSES = 1 << 14  # of a layer
_ROWS = 512
_SEED = 7
_CONFLICTS = 500  # of one search
_MAX_FAILURES = 50  # searches without a result before there are no more


class _Bit(NamedTuple):
    """One threshold of a neuron of the network itself, or one neuron of a layer."""

    node: NeuronNode | LayerNode
    place: int

    @property
    def name(self) -> str:
        if isinstance(self.node, LayerNode):
            return f"{self.node.name}({self.place})"
        return self.node.signal_names()[self.place]

    @property
    def _port(self) -> str | None:
        ports = self.node.ports if isinstance(self.node, NeuronNode) else ()
        return ports[self.place] if ports else None

    @property
    def slot(self) -> int:
        return self.node.first + self.place

    @property
    def path(self) -> KeyPath:
        """The path of its threshold; of a neuron of a layer, the path of the layer."""
        if self._port is not None:
            return (*self.node.origin.path, "thresholds", self._port)
        own = () if isinstance(self.node, LayerNode) else ("threshold",)
        return (*self.node.origin.path, *own)

    def label(self, words: str) -> Label:
        """Point at the neuron."""
        return Label(words, self.node.origin.path, key=True)

    def finding(
        self, rule: RuleName, message: str, hint: str, labels: Iterable[Label] = ()
    ) -> Diagnostic:
        """Return a warning about the neuron."""
        path = self.node.origin.path if self._port is None else self.path
        return Diagnostic(rule, message, path, key=True, help=hint, labels=tuple(labels))


class _Cover(NamedTuple):
    """A neuron that fires wherever one of some bits does, and two of these."""

    reader: NeuronNode
    inner: _Bit
    outer: _Bit


def lints(
    graph: Graph, reported: Reported = (), *, budget: float = 10.0, how: How = AUTO
) -> list[Diagnostic]:
    """Return warnings about neurons and inputs that are proved never to matter.

    `reported` are the rules and paths of what these have shown. `budget` is the work for all of it,
    in seconds of one fixed machine.
    """
    bits = [
        _Bit(node, index)
        for node in graph.nodes
        if _is_looked_at(node)
        for index in range(node.outputs)
    ]
    if not bits or len(graph.types) > _MAX_SIGNALS:
        return []
    proving = _Proving(graph, bits, Budget(budget), how)
    if not proving.is_possible:
        return []
    return [
        *proving.constant(reported),
        *proving.equal(reported),
        *proving.covered(),
        *proving.irrelevant(),
    ]


def _is_looked_at(node: NeuronNode | LayerNode) -> bool:
    if node.origin.instance or not node.sources:
        return False
    if isinstance(node, LayerNode):  # a count is no bit
        return not node.counted and node.size * len(node.sources) <= _MAX_SYNAPSES
    return node.origin.path[:1] == ("neurons",) and not node.is_step


class _Proving:
    """The bits of one network, and proofs about them."""

    def __init__(self, graph: Graph, bits: list[_Bit], budget: Budget, how: How) -> None:
        self._graph, self._own, self._budget, self._how = graph, bits, budget, how
        self._by_slot = {bit.slot: bit for bit in bits}
        self._covers = list(_covers(graph, self._by_slot))[:_MAX_PAIRS]
        self._context = Context(graph)
        joint = Joint(self._context.inputs())
        copy = joint.whole(graph)
        assumed = self._context.allowed(joint, copy)
        asked: list[int] = [joint.all_of(assumed)]
        for bit in bits:
            literal = 2 * copy.slots[bit.slot]
            asked += [joint.all_of([*assumed, literal]), joint.all_of([*assumed, literal ^ 1])]
        for cover in self._covers:
            inner, outer = (2 * copy.slots[bit.slot] for bit in (cover.inner, cover.outer))
            asked.append(joint.all_of([*assumed, inner, negated(outer)]))
        taps = [Tap(str(i), "bit", [joint.bit_of(each)]) for i, each in enumerate(asked)]
        plan = joint.plan(taps)
        never = Joint(joint.inputs).plan([replace(tap, signals=[0]) for tap in taps])
        domain = build_domain(plan.inputs, never.inputs, {})
        self._pair = Pair(plan, never, domain, budget, how)
        self.is_possible = False
        answers = self._answers() if budget.takes(form_work(plan)) else []
        if answers and answers[0] != FALSE:
            self.is_possible = True
            self._on, self._off = answers[1 : 2 * len(bits) : 2], answers[2 : 2 * len(bits) + 1 : 2]
            self._implied = [each == FALSE for each in answers[2 * len(bits) + 1 :]]

    def _answers(self) -> list[int]:
        """Return the literal of each question: the same one is the same function."""
        pair = self._pair
        compare_forms(pair)
        if not pair.open:
            return []
        reading = Merging(pair, Patience(_CONFLICTS, _MAX_FAILURES)).add(pair.before, "before")
        return [reading.literals[tap.signals[0]] for tap in pair.before.outputs]

    @property
    def _live(self) -> list[int]:
        """The places of bits that are not proved constant."""
        places = range(len(self._own))
        return [i for i in places if FALSE not in (self._on[i], self._off[i])]

    def _where(self) -> str:
        return "in every row that is allowed" if self._context.assumed else "in every row"

    def constant(self, reported: Reported) -> Iterator[Diagnostic]:
        """Find neurons that are always or never 1 because of what they read."""
        for bit, on, off in zip(self._own, self._on, self._off, strict=True):
            rule = "never-fires" if on == FALSE else "always-fires"
            if FALSE not in (on, off) or (rule, bit.path) in reported:
                continue
            what = "never fires" if on == FALSE else "always fires"
            hint = "see which of its sources exclude or imply each other; correct or remove it"
            if isinstance(bit.node, LayerNode):
                message = f"`{bit.name}` {what}, {self._where()}"
                hint = f"see its weights and its threshold; {hint.partition('; ')[0]}"
            else:
                names = first_names(_sources(self._graph, bit.node), "`")
                message = f"`{bit.name}` {what}: its weights allow both, the values that {names} "
                message += f"have together do not, {self._where()}"
            yield bit.finding("constant-neuron", message, hint)

    def equal(self, reported: Reported) -> Iterator[Diagnostic]:
        """Find neurons whose value is always that of an earlier one, or the other of its two."""
        first: dict[tuple[int, Number, Number], tuple[_Bit, bool]] = {}
        for i in self._live:
            bit, off, on = self._own[i], *self._own[i].node.states
            is_high, is_low = self._on[i], self._off[i]
            if off > on:
                off, on, is_high, is_low = on, off, is_low, is_high
            earlier, is_same = first.setdefault((is_high, off, on), (bit, True))
            if earlier is bit:
                first.setdefault((is_low, off, on), (bit, False))
                continue
            is_wire = set(bit.node.sources) == {earlier.slot}
            if is_wire or ("same-neuron", bit.node.origin.path) in reported:
                continue
            what = "the same as" if is_same else "the opposite of"
            message = f"`{bit.name}` is {what} `{earlier.name}` {self._where()}"
            hint = f"read `{earlier.name}` instead, or correct one of the two"
            yield bit.finding("equal-neurons", message, hint, [earlier.label("the first")])

    def covered(self) -> Iterator[Diagnostic]:
        """Find neurons that add nothing to one that fires where any of some do."""
        live = {self._own[i].slot: self._on[i] for i in self._live}
        seen: set[tuple[int, int]] = set()
        for (reader, inner, outer), is_implied in zip(self._covers, self._implied, strict=True):
            if not is_implied or not {inner.slot, outer.slot} <= live.keys():
                continue
            if live[inner.slot] == live[outer.slot] or (reader.first, inner.slot) in seen:
                continue
            seen.add((reader.first, inner.slot))
            message = f"`{inner.name}` adds nothing to `{reader.name}`: where it fires, so does "
            message += f"`{outer.name}`, {self._where()}"
            hint = f"leave it out of `{reader.name}`, or correct one of the two"
            yield inner.finding("covered-neuron", message, hint, [outer.label("covers it")])

    # ------------------------------------------------------------------------------ inputs

    def irrelevant(self) -> Iterator[Diagnostic]:
        """Find inputs that no output depends on, though wires lead to some."""
        for name, taps in self._undecided().items():
            if not all(self._is_independent(tap, name) for tap in taps):
                continue
            names = first_names([tap.alias for tap in taps], "`")
            message = (
                f"no output depends on the input `{name}`, though wires lead from it to {names}"
            )
            hint = "correct the neurons between, or leave it out"
            yield Diagnostic(
                "irrelevant-input", f"{message}, {self._where()}", ("inputs", name), key=True,
                help=hint,
            )  # fmt: skip

    def _reach(self, tap: Tap) -> set[str]:
        """Return the inputs that wires lead from to an output."""
        mask = 0
        for signal in tap.signals:
            mask |= self._masks[signal]
        return {name for index, name in enumerate(self._graph.inputs) if mask >> index & 1}

    @cached_property
    def _masks(self) -> list[int]:
        """For each signal, as bits, the inputs that wires lead from to it."""
        masks = [0, 0]
        for index, input_ in enumerate(self._graph.inputs.values()):
            masks += [1 << index] * input_.width
        masks += [0] * (len(self._graph.types) - len(masks))
        for node in self._graph.nodes:
            mask = 0
            for source in node.sources:
                mask |= masks[source]
            masks[node.first : node.first + node.outputs] = [mask] * node.outputs
        return masks

    def _undecided(self) -> Mapping[str, list[Tap]]:
        """Return the inputs that no row showed an output to depend on, and the outputs reached.

        Outputs of neurons that are constant do not count: that is told of these.
        """
        plan, values = build_plan(self._graph), values_of(self._pair)
        assumed = Assumptions(plan, self._how)
        rng = np.random.default_rng(_SEED)
        sizes = np.array([length_of(tried) for tried in values.values()], np.int64)
        codes = rng.integers(0, sizes, (_ROWS, len(sizes)))
        axes = [self._pair.domain.axes[axis].input for axis in values]

        def rows(chosen: Array) -> tuple[Array, Results]:
            batch = block_of(self._pair, values, chosen).batch(plan)
            return assumed.broken(batch) < 0, evaluate_batch(plan, batch, how=self._how)

        fine, results = rows(codes)
        left: dict[str, list[Tap]] = {}
        live = {self._own[i].slot for i in self._live}
        dead = self._by_slot.keys() - live
        outputs = [
            tap
            for tap in self._graph.outputs
            if tap.kind in ("sum", "largest") or not dead.issuperset(tap.signals)
        ]
        reached = {tap.alias: self._reach(tap) for tap in outputs}
        for name in list(self._graph.inputs)[:_MAX_INPUTS]:
            other = codes.copy()
            own = [index for index, axis in enumerate(axes) if axis == name]
            other[:, own] = rng.integers(0, sizes[own], (_ROWS, len(own)))
            is_fine, changed = rows(other)
            both = fine & is_fine
            if any((_unlike(results[key], changed[key]) & both).any() for key in results):
                continue
            if taps := [tap for tap in outputs if name in reached[tap.alias]]:
                left[name] = taps
        return left

    def _is_independent(self, tap: Tap, name: str) -> bool:
        """Return whether it is proved that an output never depends on an input."""
        if not self._budget.rest:
            return False
        input_ = self._graph.inputs[name]
        first = first_signals(self._graph.inputs)[name]
        varied = Tap(name, "bus", range(first, first + input_.width), labels=input_.of or ())
        claim = GraphClaim("properties", 0, "independent", about=(tap,), varied=(varied,))
        for each in obligations(claim, self._context):
            if not isinstance(each, Obligation):
                return False
            behaviour = compare_behaviour(
                each.before, each.after, budget=self._budget, how=self._how
            )
            if not behaviour.is_equal:
                return False
        return True


def _unlike(column: Column | Labels, other: Column | Labels) -> NDArray[np.bool_]:
    """Return in which rows two columns of one output differ."""
    if isinstance(column, Labels) or isinstance(other, Labels):
        return np.array([a != b for a, b in zip(column.values(), other.values(), strict=True)])
    return unequal(column, other)


def _sources(graph: Graph, node: NeuronNode) -> list[str]:
    """Name what a neuron reads, each once."""
    names = {2 + index: name for index, name in enumerate(_elements(graph))}
    for each in graph.nodes:
        for index in range(each.outputs):
            names[each.first + index] = each.name
    return list(dict.fromkeys(names[source] for source in node.sources if source in names))


def _elements(graph: Graph) -> Iterator[str]:
    for name, input_ in graph.inputs.items():
        for _ in range(input_.width):
            yield name


def _covers(graph: Graph, by_slot: Mapping[int, _Bit]) -> Iterator[_Cover]:
    """Yield the pairs of neurons that one which fires where any of its sources does reads."""
    for node in graph.nodes:
        if not isinstance(node, NeuronNode) or not _is_looked_at(node) or node.outputs > 1:
            continue
        bits = [by_slot[slot] for slot in dict.fromkeys(node.sources) if slot in by_slot]
        if len(bits) > 1 and _is_any(graph, node):
            yield from (_Cover(node, *pair) for pair in permutations(bits, 2))


def _is_any(graph: Graph, node: NeuronNode) -> bool:
    """Return whether a neuron fires exactly where one of its sources, all bits, is on."""
    if any(graph.types[source].kind != "bit" for source in node.sources):
        return False
    rule, threshold = FIRING[node.rule(0)], node.thresholds[0]
    silent: Number = 0
    gains = []
    for source, weight in zip(node.sources, node.weights, strict=True):
        off, on = graph.types[source].states
        silent += weight * off
        gains.append(weight * (on - off))
    return (
        all(gain > 0 for gain in gains)
        and not rule.compare(silent, threshold)
        and all(rule.compare(silent + gain, threshold) for gain in gains)
    )
