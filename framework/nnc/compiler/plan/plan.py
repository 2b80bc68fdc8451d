"""Build the plan of a graph, and print it line by line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial, wraps
from itertools import chain, starmap
from typing import Any, NamedTuple, TypeVar, cast

from nnc.compiler.bounds import sum_bounds
from nnc.compiler.graph import (
    Graph,
    GraphClaim,
    LayerNode,
    SharedWeights,
    SparseWeights,
    Tap,
    first_signals,
)
from nnc.compiler.plan.layers import LayerStep, build_layer
from nnc.compiler.plan.neurons import (
    COLUMNS,
    DTYPES,
    Builder,
    NeuronTable,
    PlanNeuron,
    moved,
    neuron_kind,
    whole_neurons,
    wired,
    with_values,
)
from nnc.compiler.plan.totals import numbers, prepared
from nnc.language.network import BITS, FIRING, Input, States
from nnc.language.references import CONSTANTS
from nnc.lazy import np
from nnc.numbers.exact import counted, show_number, text_of
from nnc.numbers.integers import Array
from nnc.printable import line

_MAX_NAMES = 64


T = TypeVar("T")


def once_for_plan(make: Callable[[Plan], T]) -> Callable[[Plan], T]:
    """Decorate a function so that its result is computed once per plan and stored with it."""
    key = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def kept(plan: Plan) -> T:
        results = cast("dict[str, T]", plan._kept)
        if key not in results:
            results[key] = make(plan)
        return results[key]

    return kept


class Stretch(NamedTuple):
    """The consecutive signals of one declaration, and how to name them."""

    first: int
    name: str
    size: int
    ports: tuple[str, ...] = ()
    is_bus: bool = False
    counted: int = 1
    rises: bool = True

    def name_of(self, signal: int) -> str:
        """Return the name of a signal; `hidden(7).2` is 1 if `hidden(7)` counts 2 or more."""
        place = signal - self.first
        if self.counted > 1:
            place, k = divmod(place, self.counted)
            return f"{self.name}({place}).{k + 1 if self.rises else self.counted - k}"
        if self.ports:
            return f"{self.name}.{self.ports[place]}"
        return f"{self.name}({place})" if self.is_bus else self.name


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A network ready to be evaluated: inert data without code.

    Signals 0 and 1 are constants, followed by the elements of the inputs, then the outputs of
    neurons and layers in the order of evaluation. `states` has the stretches of signals whose
    values are not 0 and 1, as (first, stop, states); `claims` are the assumptions and properties.
    Two plans are equal if they compute the same function in the same way, and `str(plan)` prints
    them.
    """

    name: str
    inputs: dict[str, Input]
    neurons: NeuronTable
    layers: tuple[LayerStep, ...]
    outputs: tuple[Tap, ...]
    signals: int
    states: tuple[tuple[int, int, States], ...] = ()
    claims: tuple[GraphClaim, ...] = ()

    def __repr__(self) -> str:
        return f"<P{line(_head(self))[1:]}>"

    @property
    def steps(self) -> tuple[PlanNeuron, ...]:
        """The neurons that are not part of a layer, in the order of evaluation."""
        return self.neurons.steps

    @property
    def levels(self) -> int:
        """The number of levels."""
        levels = self.neurons.listed("levels")
        if self.counting:
            pairs = zip(self.neurons.names, levels, strict=True)
            levels = [0, *(level for name, level in pairs if neuron_kind(name) != "value")]
        return max([*levels[-1:], *(layer.level for layer in self.layers)], default=0)

    @cached_property
    def schedule(self) -> tuple[range | LayerStep, ...]:
        """Stretches of neurons and single layers, in the order of evaluation."""
        stretches: list[range | LayerStep] = []
        done, count = 0, len(self.neurons)
        for layer in self.layers:
            stop = int(bisect_right(self.neurons.levels, layer.level))
            if stop > done:
                stretches.append(range(done, stop))
            stretches.append(layer)
            done = max(done, stop)
        if count > done:
            stretches.append(range(done, count))
        return tuple(stretches)

    @cached_property
    def _kept(self) -> dict[str, object]:
        """The cached results of functions of the plan; see `once_for_plan`."""
        return {}

    @cached_property
    def first_of(self) -> dict[str, int]:
        """The first signal of each input."""
        return first_signals(self.inputs)

    @cached_property
    def first_made(self) -> int:
        """The first signal of a neuron."""
        return len(CONSTANTS) + sum(input_.width for input_ in self.inputs.values())

    @cached_property
    def _stretches(self) -> list[Stretch]:
        stretches = [Stretch(i, name, 1) for i, name in enumerate(CONSTANTS)]
        for name, input_ in self.inputs.items():
            stretches.append(
                Stretch(self.first_of[name], name, input_.width, input_.of or (), input_.is_bus)
            )
        neurons = self.neurons
        made = [
            Stretch(first, name, 1, neurons.ports.get(i, ()))
            for i, (first, name) in enumerate(
                zip(neurons.listed("first"), neurons.names, strict=True)
            )
        ]
        made += [
            Stretch(
                layer.first,
                layer.name,
                layer.outputs,
                is_bus=True,
                counted=layer.width,
                rises=FIRING[layer.written_fires].up,
            )
            for layer in self.layers
        ]
        return stretches + sorted(made, key=lambda stretch: stretch.first)

    @cached_property
    def _firsts(self) -> list[int]:
        return [stretch.first for stretch in self._stretches]

    def name_of(self, signal: int) -> str:
        """Return the name of a signal as in the file: `a(3)`, `score.spam`, `hidden(7)`."""
        return self._stretches[bisect_right(self._firsts, signal) - 1].name_of(signal)

    def neuron_of(self, signal: int) -> str:
        """Return the name of the neuron that makes a signal: `score` for `score.spam`."""
        stretch = self._stretches[bisect_right(self._firsts, signal) - 1]
        if stretch.counted > 1:
            return f"{stretch.name}({(signal - stretch.first) // stretch.counted})"
        return stretch.name if stretch.ports else stretch.name_of(signal)

    def is_whole(self, signals: Sequence[int]) -> bool:
        """Return True if ordered signals are exactly those of one neuron."""
        first, last = signals[0], signals[-1]
        beside = [signal for signal in (first - 1, last + 1) if signal < self.signals]
        name = self.neuron_of(first)
        return len(signals) == last - first + 1 and all(
            self.neuron_of(signal) != name for signal in beside
        )

    def states_of(self, signal: int) -> States:
        """Return the values of a bit when off and on."""
        place = bisect_right(self.states, signal, key=lambda run: run[0]) - 1
        if place >= 0 and signal < self.states[place][1]:
            return self.states[place][2]
        return BITS

    @property
    def count(self) -> int:
        """The number of neurons, including those of layers and cut-offs."""
        names, ports = self.neurons.names, self.neurons.ports
        more = sum(1 for i in ports if i - 1 in ports and names[i] == names[i - 1])  # `continues`
        more += sum(neuron_kind(name) == "value" for name in names) if self.counting else 0
        return len(names) - more + sum(layer.size for layer in self.layers)

    @property
    def counting(self) -> bool:
        """True if a layer's neurons count several thresholds."""
        return any(layer.width > 1 for layer in self.layers)

    @cached_property
    def maker(self) -> dict[int, PlanNeuron]:
        """The neuron that makes each signal, except signals of layers."""
        return {
            neuron.first + i: neuron for neuron in self.steps for i in range(len(neuron.thresholds))
        }

    def layer_of(self, signal: int) -> LayerStep | None:
        """Return the layer that makes a signal, or None."""
        place = bisect_right(self.layers, signal, key=lambda layer: layer.first) - 1
        if place >= 0 and signal < self.layers[place].first + self.layers[place].outputs:
            return self.layers[place]
        return None

    def __str__(self) -> str:
        return "\n".join(map(line, _lines(self))) + "\n"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and _is_same(self, other)

    __hash__ = None  # type: ignore[assignment]


def _is_same(value: Any, other: Any) -> bool:
    """Compare two values field by field, and arrays entry by entry."""
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return dict(value) == dict(other)
    if isinstance(value, NeuronTable) and isinstance(other, NeuronTable):
        columns = [(value.array(name), other.array(name)) for name in COLUMNS]
        rest = [(value.names, other.names), (value.ports, other.ports)]
        return all(starmap(_is_same, chain(rest, columns)))
    if type(value) is not type(other):
        lists = [x.tolist() if isinstance(x, np.ndarray) else x for x in (value, other)]
        if not all(isinstance(x, Sequence) and not isinstance(x, SparseWeights) for x in lists):
            return False
        return list(lists[0]) == list(lists[1])
    if isinstance(value, SharedWeights) and isinstance(other, SharedWeights):
        return value.window == other.window and _is_same(value.kernel, other.kernel)
    if isinstance(value, np.ndarray):
        return value.dtype.name == other.dtype.name and np.array_equal(value, other)
    if isinstance(value, tuple) and not isinstance(value, (Tap, PlanNeuron)):
        return len(value) == len(other) and all(map(_is_same, value, other))
    if is_dataclass(value) and not isinstance(value, Tap):
        return all(
            _is_same(getattr(value, f.name), getattr(other, f.name))
            for f in fields(value)
            if f.compare
        )
    if isinstance(value, Sequence) and not isinstance(value, (str, tuple)):
        return list(value) == list(other)
    return bool(value == other)


def build_plan(graph: Graph, name: str = "") -> Plan:
    """Build the plan of a graph: number signals in the order of evaluation, and use integers.

    The numbers of a neuron are scaled by their least common denominator.
    """
    graph = with_values(graph)
    order = _order(graph)
    signals, count = _signals(graph, order)
    states: list[tuple[int, int, States]] = []
    for input_name, first in first_signals(graph.inputs).items():
        input_ = graph.inputs[input_name]
        if input_.type == "bit":
            _note(states, first, first + input_.width, input_.state_values)
    for place in order:
        node = graph.nodes[place]
        if node.states != BITS:
            first = signals[node.first]
            _note(states, first, first + node.outputs, node.states)  # counts have no states
    bounds = sum_bounds(graph.nodes, graph.types)
    builder = Builder(graph.types, signals)
    layers = []
    for place in order:
        node, level, limits = graph.nodes[place], graph.levels[place], bounds[place]
        first = signals[node.first]
        if isinstance(node, LayerNode):
            if isinstance(node.weights, SharedWeights):
                node = prepared(node, graph.types)
            sources, counts = wired(signals, node.sources, graph.types)
            layers.append(build_layer(node, graph.types, sources, counts, level, first))
        else:
            assert limits is not None
            builder.add(node, level, limits, first)
    move = partial(moved, signals=signals, types=graph.types)
    outputs = tuple(map(move, graph.outputs))
    claims = tuple(claim.moved(move, origin=None) for claim in graph.claims)
    inputs = dict(graph.inputs)
    return Plan(name, inputs, builder.table(), tuple(layers), outputs, count, tuple(states), claims)


def plan_signals(graph: Graph) -> list[int]:
    """Return the number in the plan of each signal of a graph; 0 for wires into parts.

    For a count, it is the first of the counted signals. A plan of the same graph with additional
    outputs numbers their signals last.
    """
    graph = with_values(graph)
    return _signals(graph, _order(graph))[0]


def _signals(graph: Graph, order: Sequence[int]) -> tuple[list[int], int]:
    """Return the number of each signal in the order of evaluation, and the total."""
    signals = [0] * len(graph.types)
    count = len(CONSTANTS) + sum(input_.width for input_ in graph.inputs.values())
    signals[:count] = range(count)
    for place in order:
        node = graph.nodes[place]
        width = (node.counted if isinstance(node, LayerNode) else 0) or 1
        stop = count + node.outputs * width
        signals[node.first : node.first + node.outputs] = range(count, stop, width)
        count = stop
    return signals, count


def _note(runs: list[tuple[int, int, States]], first: int, stop: int, states: States) -> None:
    """Record the states of some signals unless they are 0 and 1, merging equal neighbours."""
    if states == BITS:
        return
    if runs and runs[-1][1:] == (first, states):
        first = runs.pop()[0]
    runs.append((first, stop, states))


def _order(graph: Graph) -> list[int]:
    """Return the indices of the nodes in the order of evaluation: by level, layers last."""
    levels, nodes = graph.levels, graph.nodes
    if not any(isinstance(node, LayerNode) for node in nodes):
        return list(range(len(nodes)))
    return sorted(range(len(nodes)), key=lambda i: (levels[i], isinstance(nodes[i], LayerNode)))


def all_neurons(plan: Plan) -> Iterator[tuple[PlanNeuron, ...] | LayerStep]:
    """Yield neurons, as tuples of their steps, and layers in the order of evaluation."""
    for stretch in plan.schedule:
        if isinstance(stretch, range):
            yield from whole_neurons(plan.steps[stretch.start : stretch.stop])
        else:
            yield stretch


# -------------------------------------------------------------------------------- as text


def _head(plan: Plan) -> str:
    return (
        f"plan{' ' * bool(plan.name)}{plan.name}: {counted(len(plan.inputs), 'input')}, "
        f"{counted(plan.count, 'neuron')} in {counted(plan.levels, 'level')}, "
        f"{counted(len(plan.outputs), 'output')}"
    )


def _lines(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan: a heading, then one per input, neuron, layer and output."""
    yield _head(plan)
    for name, input_ in plan.inputs.items():
        yield f"input {name}: {_input(input_)}"
    name_of = plan.name_of
    level = 0
    for item in all_neurons(plan):
        first = item if isinstance(item, LayerStep) else item[0]
        if first.level != level:
            level = first.level
            yield f"level {level}"
        if isinstance(item, LayerStep):
            yield f"  {layer_line(item, name_of)}"
            continue
        neuron, *more = item
        states = plan.states_of(neuron.first)
        suffix = "" if states == BITS else f" states {_states(states)}"
        dtype = max((step.dtype for step in item), key=DTYPES.index)
        yield f"  {formula(neuron, name_of, more)}  {_range(neuron)} {dtype}{suffix}"
    for tap in plan.outputs:
        yield f"output {tap.alias} = {_tap(tap, plan)}"


def _input(input_: Input) -> str:
    limits = [input_.type if input_.size is None else f"{input_.type}({input_.size})"]
    if input_.of is not None:
        limits.append(f"of {', '.join(input_.of)}")
    for key in ("min", "max", "default"):
        value = getattr(input_, key)
        if isinstance(value, tuple):
            limits.append(f"{key} [{', '.join(map(show_number, value))}]")
        elif value is not None:
            limits.append(f"{key} {text_of(value)}")
    if input_.type == "bit" and input_.state_values != BITS:
        limits.append(f"states {_states(input_.state_values)}")
    return " ".join(limits)


def _states(states: States) -> str:
    return f"[{show_number(states[0])}, {show_number(states[1])}]"


def formula(
    neuron: PlanNeuron, name_of: Callable[[int], str], more: Sequence[PlanNeuron] = ()
) -> str:
    """Return a neuron as text: `sum = a + b - 2*carry > 0`.

    `more` are its other steps, whose thresholds have other rules.
    """
    terms, steps = [], (neuron, *more)
    for source, weight in zip(neuron.sources, neuron.weights, strict=True):
        size = "" if abs(weight) == 1 else f"{abs(weight)}*"
        sign = "-" if weight < 0 else "+"
        terms.append(f"{sign} {size}{_quoted(name_of(source))}")
    total = " ".join(terms).removeprefix("+ ") or "0"
    limits = [f"{FIRING[step.fires].ascii} {limit}" for step in steps for limit in step.thresholds]
    if neuron.ports:
        ports = (port for step in steps for port in step.ports)
        limits = [f"{port} {limit}" for port, limit in zip(ports, limits, strict=True)]
        total += ":"
    per = f" [1/{neuron.scale}]" if neuron.scale != 1 else ""
    return f"{_quoted(neuron.name)} = {total} {', '.join(limits)}{per}"


def _quoted(name: str) -> str:
    return f"({name})" if neuron_kind(name) == "step" else name


def _range(neuron: PlanNeuron) -> str:
    least = "-inf" if neuron.least is None else neuron.least
    greatest = "inf" if neuron.greatest is None else neuron.greatest
    return f"[{least}, {greatest}]"


def layer_line(layer: LayerStep, name_of: Callable[[int], str]) -> str:
    """Return a layer as text: its shape, sources, limits, and the bounds of its totals."""
    limits = numbers(layer.limits)
    least, greatest = min(limits), max(limits)
    limit = show_number(least)
    if least != greatest:
        limit += f" to {show_number(greatest)}"
    kind = "dense" if hasattr(layer.weights, "shape") else f"{layer.synapses:,} sparse"
    if isinstance(layer.weights, SharedWeights):
        kind = f"convolution ({layer.weights.window.words()})"
    states = "" if layer.states == BITS else f" states {_states(layer.states)}"
    limit += f", {layer.width} each" if layer.width > 1 else ""
    factor = "" if layer.factor == 1 else f" x {show_number(layer.factor)}"
    return (
        f"{layer.name}: {layer.size} x {layer.fan_in} {kind} {layer.dtype}{factor} of "
        f"{_names(layer.sources, name_of)} {FIRING[layer.fires].ascii} {limit}  "
        f"[{show_number(layer.least)}, {show_number(layer.greatest)}] {layer.arithmetic}{states}"
    )


def _names(signals: Sequence[int] | Array, name_of: Callable[[int], str]) -> str:
    """Return a list of signal names as text; the middle of a long list is omitted."""
    if len(signals) <= _MAX_NAMES:
        return "[" + ", ".join(name_of(int(signal)) for signal in signals) + "]"
    ends = [name_of(int(signal)) for signal in (signals[0], signals[1], signals[-1])]
    return f"[{ends[0]}, {ends[1]}, …, {ends[2]}]"


def _tap(tap: Tap, plan: Plan) -> str:
    if tap.kind in ("bit", "number"):
        return plan.name_of(tap.signals[0])
    if tap.kind == "bus":
        return _names(tap.signals, plan.name_of)
    several = tap.kind == "largest" or tap.is_bus
    named = _names(tap.signals, plan.name_of) if several else plan.neuron_of(tap.signals[0])
    if tap.kind == "level" and tap.width == 1:
        named = plan.name_of(tap.signals[0])
    elif tap.kind == "level" and not plan.is_whole(tap.signals):
        named = _names(tap.signals, plan.name_of)
    text = f"{tap.kind} {named}"
    return f"{text} [{', '.join(tap.labels)}]" if tap.labels else text
