"""Count the neurons, weights and other components of a network, with its parts expanded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from nnc.compiler.graph import LayerNode, NeuronNode, SparseWeights
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.language.network import Network
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.opening.checking import Checked, check_valid


@dataclass(frozen=True, slots=True)
class Stats:
    """The size and shape of one network, with its parts expanded."""

    name: str
    """The name of the network."""
    inputs: Mapping[str, int]
    """The number of inputs of each type: `bit`, `integer`, `real` or `choice`."""
    values: int
    """The number of values in a row; each element of a bus counts."""
    outputs: int
    """The number of outputs."""
    neurons: int
    """The number of neurons, including those of layers."""
    layers: Mapping[str, int]
    """The number of neurons of each layer."""
    levels: int
    """The depth: the number of neurons on the longest path from the inputs."""
    fires: Mapping[str, int]
    """The number of neurons of each firing rule."""
    thresholds: int
    """The number of thresholds."""
    weights: int
    """The number of weights; for sparse weights, the stored ones."""
    distinct_weights: int
    """The number of distinct weights."""
    least_weight: Number | None
    """The smallest weight; null if there is none."""
    greatest_weight: Number | None
    """The largest weight; null if there is none."""
    smallest_fan_in: int
    """The smallest number of weights of a neuron."""
    mean_fan_in: Number
    """The mean number of weights of a neuron."""
    largest_fan_in: int
    """The largest number of weights of a neuron."""


def stats(network: Network) -> Stats:
    """Return the size and shape of a network, with its parts expanded.

    Raises InvalidNetworkError as `compile` does. See docs/commands.md, "nnc stats".

    >>> import nnc
    >>> counts = nnc.stats(nnc.load("configs/gates/xor.nn.yaml"))
    >>> counts.neurons, counts.levels, counts.weights, counts.distinct_weights
    (3, 2, 6, 2)
    """
    return stats_of(check_valid(network))


def stats_of(checked: Checked) -> Stats:
    """Return the counts of a checked network. Raises InvalidNetworkError."""
    if checked.graph is None or checked.network is None:
        raise InvalidNetworkError(checked.obstacles)
    graph = checked.graph
    blocks = [_block_of(node) for node in graph.nodes]
    fires: Counter[str] = Counter()
    for block in blocks:
        fires[block.fires] += block.neurons
    neurons = fires.total()
    weights = sum(block.weights for block in blocks)
    distinct = set[Number | float]().union(*(block.distinct for block in blocks))
    fan_ins = [fan_in for block in blocks for fan_in in block.fan_ins]
    return Stats(
        name=checked.network.name or "",
        inputs=Counter(declared.type for declared in graph.inputs.values()),
        values=sum(declared.size or 1 for declared in graph.inputs.values()),
        outputs=len(graph.outputs),
        neurons=neurons,
        layers={node.name: node.size for node in graph.nodes if isinstance(node, LayerNode)},
        levels=max(graph.levels, default=0),
        fires=fires,
        thresholds=sum(block.thresholds for block in blocks),
        weights=weights,
        distinct_weights=len(distinct),
        least_weight=_exact(distinct and min(distinct)),
        greatest_weight=_exact(distinct and max(distinct)),
        smallest_fan_in=min(fan_ins, default=0),
        mean_fan_in=simplest(Fraction(weights, neurons or 1)),
        largest_fan_in=max(fan_ins, default=0),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """The counts of a single neuron or of all neurons of a layer."""

    fires: str
    neurons: int
    thresholds: int
    weights: int
    distinct: Collection[Number | float]
    fan_ins: Iterable[int]


def _block_of(node: NeuronNode | LayerNode) -> _Block:
    if isinstance(node, NeuronNode):
        fan_in = len(node.weights)
        return _Block(node.fires, 1, node.outputs, fan_in, set(node.weights), [fan_in])
    size, weights = node.size, node.weights
    thresholds = size * (node.counted or 1)
    if isinstance(weights, SparseWeights):
        stored = np.diff(weights.indptr)
        fan_ins, distinct = {int(stored.min()), int(stored.max())}, set(_unique(weights.values))
        return _Block(node.fires, size, thresholds, len(weights.values), distinct, fan_ins)
    fan_in = len(node.sources)
    distinct = set(_unique(weights))
    return _Block(node.fires, size, thresholds, size * fan_in, distinct, [fan_in])


def _unique(weights: object) -> Iterator[Number | float]:
    """Yield the distinct numbers of an array, of rows of numbers, or of a single number."""
    if isinstance(weights, np.ndarray):
        yield from np.unique(weights).tolist()
    elif isinstance(weights, tuple):
        for row in weights:
            yield from _unique(row)
    else:
        assert isinstance(weights, (int, Fraction))
        yield weights


def _exact(weight: Number | float | set[Number | float]) -> Number | None:
    return None if isinstance(weight, set) else simplest(Fraction(weight))
