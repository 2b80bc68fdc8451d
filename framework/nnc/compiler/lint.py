"""Warn of probable mistakes in valid networks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import gcd
from operator import attrgetter

from nnc.compiler.bounds import Bounds, always_or_never, sum_bounds
from nnc.compiler.graph import (
    Graph,
    LayerNode,
    NeuronNode,
    SignalType,
    first_signals,
)
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.language.keys import BY_NAME
from nnc.language.network import (
    BITS,
    FIRING,
    Blank,
    Network,
    Steps,
    Threshold,
    rule_with,
    show_limit,
)
from nnc.language.references import name_in, parse_source
from nnc.numbers.exact import Number, over_one_denominator, show_number

_MAX_SUMS = 512
_Bounded = list[tuple[NeuronNode, Bounds]]


def lint(
    network: Network,
    graph: Graph,
    blanks: Sequence[Blank] = (),
) -> list[Diagnostic]:
    """Return all warnings and notes about a valid network; `blanks` are its open numbers."""
    bounds = sum_bounds(graph.nodes, graph.types)
    if open_ := {blank.path[:2] for blank in blanks}:
        bounds = [
            None if node.origin.path in open_ else limits  # which have open numbers
            for node, limits in zip(graph.nodes, bounds, strict=True)
        ]
    neurons = [
        (node, limits)  # of the network itself; used networks are linted separately
        for node, limits in zip(graph.nodes, bounds, strict=True)
        if isinstance(node, NeuronNode)
        and limits is not None
        and not node.origin.instance
        and node.origin.path[0] == "neurons"
    ]
    return [
        *_constant(neurons),
        *_unused_inputs(network, graph),
        *_unused_neurons(network, graph),
        *_zero_weights(network),
        *_same_neurons(neurons),
        *_ties(network, graph, neurons),
        *_unread_thresholds(network),
    ]


def _constant(neurons: _Bounded) -> Iterator[Diagnostic]:
    """Yield warnings for neurons that never or always fire, except those without sources."""
    for node, limits in neurons:
        if not node.sources:
            continue
        for i, threshold in enumerate(node.thresholds):
            if _is_between(limits, threshold):
                continue
            verdict = always_or_never(node.rule(i), threshold, limits)
            if verdict is None:
                continue
            name = node.signal_names()[i]
            if node.is_step:  # the first cut-off may equal the minimum
                if verdict and limits.least == threshold:
                    continue
                what = "every value" if verdict else "no value"
                message = f"{what} of the input reaches the cut-off `{name}`"
                path, key = node.origin.path, True
            else:
                up = FIRING[node.fires].up
                word = "least" if verdict == up else "greatest"
                extreme = limits.least if verdict == up else limits.greatest
                what = "always fires" if verdict else "can never fire"
                message = (
                    f"`{name}` {what}: its {word} sum is {show_number(extreme or 0)}, "
                    f"its threshold {show_number(threshold)}"
                )
                path, key = _threshold_path(node, i), False
            hint = "check the weights and the threshold"
            if not verdict and not node.is_step and threshold in limits:
                rule = rule_with(up=FIRING[node.fires].up, strict=False)
                hint = f"write `fires: {rule}` if it should fire when they are equal"
                if node.rules:
                    what = f"{rule} {show_number(threshold)}"
                    hint = f"write `{what}` if it should fire when they are equal"
            yield Diagnostic(
                "always-fires" if verdict else "never-fires", message, path, key=key, help=hint
            )


def _is_between(limits: Bounds, threshold: Number) -> bool:
    """Return True if a threshold is strictly between the bounds, as almost always.

    Then no rule fires for all sums or for none.
    """
    least, greatest = limits
    return least is not None and greatest is not None and least < threshold < greatest


def _threshold_path(node: NeuronNode, i: int) -> KeyPath:
    if node.ports:
        return (*node.origin.path, "thresholds", node.ports[i])
    return (*node.origin.path, "threshold")


def _unused_inputs(network: Network, graph: Graph) -> Iterator[Diagnostic]:
    """Yield warnings for inputs that nothing reads."""
    used = {*chain.from_iterable(node.sources for node in graph.nodes)}
    used.update(signal for tap in graph.outputs for signal in tap.signals)
    for name, first in first_signals(graph.inputs).items():
        signals = range(first, first + graph.inputs[name].width)
        if used.isdisjoint(signals):
            what = "the input" if network.inputs[name].width == 1 else "any element of the input"
            yield Diagnostic(
                "unused-input",
                f"nothing reads {what} `{name}`",
                ("inputs", name),
                key=True,
                help="wire it, or remove it",
            )


def _unused_neurons(network: Network, graph: Graph) -> Iterator[Diagnostic]:
    """Yield warnings for neurons, layers and parts that no output depends on."""
    used = bytearray(len(graph.types))
    for tap in graph.outputs:
        for signal in tap.signals:
            used[signal] = 1
    names: set[str] = set()
    for node in reversed(graph.nodes):  # readers before their sources
        if 1 in used[node.first : node.first + node.outputs]:
            names.add(_declared(node))
            for signal in node.sources:
                used[signal] = 1
    if not names.issuperset(network.parts):
        names |= _passed_through(network)
    for section in BY_NAME:
        for name in getattr(network, section):
            if name not in names:
                yield Diagnostic(
                    "unused-neuron",
                    f"no output depends on the {section[:-1]} `{name}`",
                    (section, name),
                    key=True,
                    help="name it under `outputs`, wire it, or remove it",
                )


def _passed_through(network: Network) -> set[str]:
    """Return the names of parts that outputs depend on.

    A part that only passes on its inputs, or a constant, has no used neurons.
    """
    todo = [text for output in network.outputs.values() for text in output.reads()]
    read: set[str] = set()
    while todo:
        name = name_in(todo.pop())
        if name not in read:
            read.add(name)
            for declared in (network.neurons, network.layers, network.parts):
                todo += declared[name].reads() if name in declared else ()
    return read.intersection(network.parts)


def _declared(node: NeuronNode | LayerNode) -> str:
    """Return the name of the declaration that a node belongs to; empty for a cut-off."""
    if node.origin.instance:
        return name_in(node.origin.instance)
    if isinstance(node, NeuronNode) and node.is_step:
        return ""
    return str(node.origin.path[1])


def _unread_thresholds(network: Network) -> Iterator[Diagnostic]:
    """Yield warnings for unread named thresholds of neurons that are otherwise read."""
    named = {
        name: neuron.thresholds for name, neuron in network.neurons.items() if neuron.thresholds
    }
    read = _thresholds_read(network) if named else {}
    for name, thresholds in named.items():
        for place, port in enumerate(thresholds):
            if name not in read or place in read[name]:
                continue
            path: KeyPath = ("neurons", name, "thresholds", port)
            yield Diagnostic(
                "unused-threshold",
                f"nothing reads the threshold `{name}.{port}`",
                path,
                key=True,
                help=f"read it as `{name}.{port}`, or remove it",
            )


def _thresholds_read(network: Network) -> dict[str, set[int]]:
    """Return the indices of the thresholds that are read, for each neuron that is read.

    Sums and `largest` outputs do not depend on thresholds.
    """
    read: dict[str, set[int]] = {}
    for output in network.outputs.values():
        of_sums = (*(output.largest or ()), *((output.sum,) if output.sum is not None else ()))
        for text in of_sums:
            read.setdefault(name_in(text), set())
    texts = [text for output in network.outputs.values() for text in output.sources or ()]
    texts += [text for output in network.outputs.values() for text in output.levels()]
    for declared in (network.neurons, network.layers, network.parts):
        texts += [text for reader in declared.values() for text in reader.reads()]
    for text in texts:
        source = parse_source(text)
        neuron = network.neurons.get(source.name)
        if neuron is None or neuron.thresholds is None:
            continue
        places: Iterable[int] = range(len(neuron.thresholds))
        if source.port is not None:
            places = (list(neuron.thresholds).index(source.port),)
        elif source.index is not None and not source.index.uses_i:
            places = source.index.places
        read.setdefault(source.name, set()).update(places)
    return read


def _zero_weights(network: Network) -> Iterator[Diagnostic]:
    """Yield warnings for weights of 0, and for steps that change nothing."""
    for name, neuron in network.neurons.items():
        weights = neuron.weights
        path: KeyPath = ("neurons", name, "weights")
        if isinstance(weights, dict):
            for source, weight in weights.items():
                if isinstance(weight, dict):
                    yield from _idle_steps(source, weight, (*path, source))
            if all(weights.values()):
                continue
        if isinstance(weights, dict):
            for source, weight in weights.items():
                if not isinstance(weight, (dict, tuple)) and weight == 0:
                    yield _zero(name, f"`{source}`", (*path, source))
        elif isinstance(weights, tuple):
            yield from (
                _zero(name, f"wire {i}", (*path, i)) for i, w in enumerate(weights) if w == 0
            )
        elif weights == 0 and weights is not None:
            yield _zero(name, "every wire", path)


def _idle_steps(source: str, steps: Steps, path: KeyPath) -> Iterator[Diagnostic]:
    """Yield warnings for steps with the points of the step before."""
    for (before, same), (cutoff, points) in pairwise(steps.items()):
        if points == same and isinstance(points, Number):
            yield Diagnostic(
                "zero-weight",
                f"the step of `{source}` at {show_limit(cutoff)} changes nothing: "
                f"its points are those at {show_limit(before)}",
                (*path, show_limit(cutoff)),
                key=True,
                help="points of steps do not add up: write those from there on, or remove the step",
            )


def _zero(neuron: str, what: str, path: KeyPath) -> Diagnostic:
    return Diagnostic(
        "zero-weight",
        f"{what} has no influence on `{neuron}`: its weight is 0",
        path,
        help="remove the wire, or write the weight you meant",
    )


def _same_neurons(neurons: _Bounded) -> Iterator[Diagnostic]:
    """Yield warnings for neurons that are equal up to a positive factor."""
    nodes = [node for node, _ in neurons if node.sources and not node.is_step]
    nodes.sort(key=attrgetter("first"))  # in file order
    readers: defaultdict[tuple[int, ...], list[NeuronNode]] = defaultdict(list)
    for node in nodes:
        readers[tuple(sorted(node.sources))].append(node)
    same: list[tuple[NeuronNode, NeuronNode]] = []
    for alike in readers.values():
        if len(alike) > 1:
            firsts: dict[object, NeuronNode] = {}
            for node in alike:
                earlier = firsts.setdefault(_normal_form(node), node)
                if earlier is not node:
                    same.append((node, earlier))
    for node, earlier in sorted(same, key=lambda pair: pair[0].first):
        yield Diagnostic(
            "same-neuron",
            f"`{node.name}` always gives the same as `{earlier.name}`",
            node.origin.path,
            key=True,
            help=f"use `{earlier.name}` instead",
            labels=(Label("the first", earlier.origin.path, key=True),),
        )


def _normal_form(node: NeuronNode) -> object:
    """Return the normal form of a neuron: sorted sources, and numbers as coprime integers."""
    weights, limits = node.weights, node.thresholds
    try:
        factor = gcd(*weights, *limits)  # type: ignore[arg-type]
    except TypeError:  # there are fractions
        numbers, _ = over_one_denominator([*weights, *limits])
        weights, limits = numbers[: len(weights)], tuple(numbers[len(weights) :])
        factor = gcd(*numbers)
    if factor > 1:
        weights = [weight // factor for weight in weights]
        limits = tuple(limit // factor for limit in limits)
    pairs = sorted(zip(node.sources, weights, strict=True))
    return node.fires, node.rules, node.states, limits, *pairs


def _ties(network: Network, graph: Graph, neurons: _Bounded) -> Iterator[Diagnostic]:
    """Yield warnings for sums that can equal a threshold without an explicit `fires`."""
    if network.fires is not None:
        return
    for node, limits in neurons:
        neuron = network.neurons.get(node.name)
        if neuron is None or neuron.fires is not None or not node.sources or node.is_step:
            continue
        stated = [isinstance(limit, Threshold) for limit in (neuron.thresholds or {}).values()]
        for i, threshold in enumerate(node.thresholds):
            if stated and stated[i]:
                continue
            if always_or_never(node.rule(i), threshold, limits) is not None:
                continue  # reported elsewhere, with the rule that may be meant
            if _can_equal(node, threshold, limits, graph.types):
                name = node.signal_names()[i]
                yield Diagnostic(
                    "sum-can-equal-threshold",
                    f"the sum of `{name}` can equal its "
                    f"threshold {show_number(threshold)}; it does not fire then",
                    _threshold_path(node, i),
                    help="write `fires: above` if you mean that, else `fires: at_least`",
                )


def _can_equal(
    node: NeuronNode, threshold: Number, bounds: Bounds, signals: Sequence[SignalType]
) -> bool:
    least, greatest = bounds
    if (least is not None and threshold < least) or (greatest is not None and threshold > greatest):
        return False
    types = {signals[s].kind for s in node.sources}
    if "real" in types:
        return True
    states = [signals[s].states for s in node.sources]
    changes: list[Number] = [
        weight if state == BITS else weight * (state[1] - state[0])
        for weight, state in zip(node.weights, states, strict=True)
    ]
    offsets = [w * off for w, (off, _) in zip(node.weights, states, strict=True) if off]
    offsets += [w for s, w in zip(node.sources, node.weights, strict=True) if s == 1]
    (goal, *integral), _ = over_one_denominator([threshold - sum(offsets), *changes])
    divisor = gcd(*integral)
    if goal % divisor if divisor else goal:
        return False
    if "integer" in types:
        return True
    moving = [change for s, change in zip(node.sources, integral, strict=True) if s > 1]
    return _is_sum(goal, moving)


def _is_sum(goal: int, weights: Sequence[int]) -> bool:
    """Return True if some of the weights add up to a goal, or if there are too many sums to tell.

    k weights of different absolute values have at least k (k + 1) / 2 + 1 sums: the minimum, plus
    any one of them, plus the largest and any other, and so on.
    """
    different = len({abs(weight) for weight in weights if weight})
    if different * (different + 1) // 2 + 1 > _MAX_SUMS:
        return True
    sums = {0}
    for weight in weights:
        sums |= {total + weight for total in sums}
        if len(sums) > _MAX_SUMS:
            return True  # not ruled out by the bounds and the gcd
    return goal in sums
