"""List and count the open numbers of a network, and report them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from nnc.compiler.graph import Graph, LayerNode, Layers, shared_weights, widths_of
from nnc.compiler.linking import Linked
from nnc.compiler.shared import SharedWeights
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, KeyPath, format_path
from nnc.language.network import Blank, BlankKind, Convolution, Neuron, Open
from nnc.limits import SYNAPSES, lift
from nnc.numbers.exact import Number, counted, shorten


class OpenNumber(NamedTuple):
    """One open number.

    `path` is its own path, and `place` that of its blank, which is the same if the blank is for a
    single number; `Network.filled` accepts both. `low` and `high` are its bounds, or None, and
    `decimals` is the number of decimals it may have: 0 for an integer.
    """

    path: KeyPath
    place: KeyPath
    kind: BlankKind
    low: Number | None
    high: Number | None
    decimals: int

    @property
    def is_integer(self) -> bool:
        """True if the number must be an integer."""
        return self.decimals == 0


def open_numbers(linked: Linked) -> Iterator[OpenNumber]:
    """Yield every open number of a network, those of neurons first, then those of layers.

    A plain `_` for a weight has the range of `unknown`. A layer of open size has as many open
    numbers as with its maximum size.
    """
    unknown = linked.network.unknown
    default = (None, None)
    if unknown is not None and unknown.range is not None:
        default = (unknown.range.low, unknown.range.high)
    decimals = (unknown.decimals if unknown is not None else None) or 0
    shape_of = _shapes(linked)
    for blank in linked.blanks:
        low, high = blank.low, blank.high
        if low is None and high is None and blank.kind in ("weight", "points"):
            low, high = default
        places = 0 if blank.kind == "size" else decimals
        for element in _elements(shape_of(blank)):
            yield OpenNumber((*blank.path, *element), blank.path, blank.kind, low, high, places)


def count_open(linked: Linked) -> int:
    """Return the number of open numbers of a network."""
    shape_of = _shapes(linked)
    return sum(prod(shape_of(blank)) for blank in linked.blanks)


def _elements(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if prod(shape) == 1:
        yield ()
    elif len(shape) == 1:
        yield from ((i,) for i in range(shape[0]))
    else:
        yield from ((i, j) for i in range(shape[0]) for j in range(shape[1]))


def _shapes(linked: Linked) -> Callable[[Blank], tuple[int, ...]]:
    """Return a function that gives the shape of the numbers of a blank."""
    width, network = widths_of(linked), linked.network

    def shape_of(blank: Blank) -> tuple[int, ...]:
        section, name, key, *rest = blank.path
        is_row = section == "layers" and key == "weights" and len(rest) == 1
        if key == "size" or (rest and isinstance(rest[-1], int) and not is_row):
            return (1,)
        if section == "layers":
            layer = network.layers[str(name)]
            if isinstance(layer, Convolution):
                window = Layers(linked).convolutions.windows[str(name)]
                taps = window.taps * window.depth
                return (window.features, taps) if key == "weights" else (window.features,)
            size = width(str(name))
            if key != "weights":
                return (size,)
            fan_in = sum(map(width, layer.wiring))
            return (fan_in,) if is_row else (size, fan_in)
        if key != "weights" or len(rest) > 1:
            return (1,)
        sources = rest or network.neurons[str(name)].wiring or ()
        return (sum(width(str(text)) for text in sources),)

    return shape_of


# -------------------------------------------------------------------------------- neurons


class OpenNeuron(NamedTuple):
    """The open numbers of one neuron.

    `weights` pairs signals with the blanks of their weights (for a cut-off, of its points), and
    `thresholds` pairs indices of thresholds with blanks; `size` is the blank of its layer's size.
    """

    weights: tuple[tuple[int, Open], ...] = ()
    thresholds: tuple[tuple[int, Open], ...] = ()
    size: Open | None = None


def open_neurons(linked: Linked, graph: Graph) -> dict[int, OpenNeuron]:
    """Return the open numbers of neurons, by first signal.

    `graph` has 0 for every open number. Raises InvalidNetworkError if there are too many to list.
    """
    names = {blank.path[:2] for blank in linked.blanks}
    width, network = widths_of(linked), linked.network
    neurons: dict[int, OpenNeuron] = {}
    listed = 0
    for node in graph.nodes:
        path = node.origin.path
        if node.origin.instance or path[:2] not in names:
            continue
        if isinstance(node, LayerNode):
            layer = network.layers[str(path[1])]
            if _is_open(layer.weights):
                listed += _synapses(node)
                _check_listed(listed, linked.file, path)
            if isinstance(layer, Convolution):
                neurons |= dict(_open_in_convolution(layer, node))
                continue
            size = layer.size if isinstance(layer.size, Open) else None
            for i in range(node.size):
                weights = _row(layer.weights, i)
                neurons[node.first + i] = OpenNeuron(
                    _paired(node.sources, weights), _limits(_row(layer.thresholds, i)), size
                )
        elif not node.is_step:
            neuron = network.neurons[str(path[1])]
            limits: tuple[object, ...] = (neuron.threshold,)
            if neuron.thresholds is not None:
                limits = tuple(neuron.thresholds.values())
            weights = _entries(neuron, width)
            neurons[node.first] = OpenNeuron(
                _paired(node.sources, weights), _paired(range(len(limits)), limits)
            )
    return neurons


def _check_listed(synapses: int, file: str | None, path: KeyPath) -> None:
    """Raise InvalidNetworkError if layers have too many open synapses to list."""
    allowed = SYNAPSES.allowed()
    if synapses > allowed:
        message = (
            f"layers have {synapses:,} open synapses; at most {allowed:,} are listed one by one"
        )
        hint = f"fill them with `nnc train`; {lift(SYNAPSES.needed(synapses))}"
        raise InvalidNetworkError(
            [Diagnostic("too-many-synapses", message, path, key=True, help=hint, file=file)]
        )


def _synapses(node: LayerNode) -> int:
    shared = node.weights if isinstance(node.weights, SharedWeights) else None
    return node.size * len(node.sources) if shared is None else shared.window.synapses


def _open_in_convolution(layer: Convolution, node: LayerNode) -> Iterator[tuple[int, OpenNeuron]]:
    """Yield the open numbers of each neuron of a convolution, which are those of its feature."""
    window = node.weights.window
    entries = shared_weights(layer.weights, window) if isinstance(layer.weights, tuple) else None
    for i in range(node.size):
        places, row = (entries or node.weights).row(i)
        yield (
            node.first + i,
            OpenNeuron(
                _paired(
                    [node.sources[place] for place in places.tolist()],
                    layer.weights if entries is None else tuple(row.tolist()),
                ),
                _limits(_row(layer.thresholds, i % window.features)),
            ),
        )


def _row(numbers: object, i: int) -> object:
    """Return the entry of one neuron in a list of rows, or the blank for all, or None."""
    return numbers[i] if isinstance(numbers, tuple) else numbers if _is_open(numbers) else None


def _limits(entry: object) -> tuple[tuple[int, Open], ...]:
    """Return the indices and blanks of a layer neuron's thresholds."""
    entries = entry if isinstance(entry, tuple) else (entry,)
    return _paired(range(len(entries)), entries)


def _is_open(value: object) -> bool:
    return isinstance(value, Open)


def _paired(signals: Sequence[int], entries: Any) -> tuple[tuple[int, Open], ...]:
    """Pair signals with the blanks among their numbers; a single blank is for all."""
    if _is_open(entries):
        return tuple((signal, entries) for signal in signals)
    row = entries if isinstance(entries, tuple) else ()
    return tuple((s, entry) for s, entry in zip(signals, row, strict=False) if _is_open(entry))


def _entries(neuron: Neuron, width: Callable[[str], int]) -> object:
    """Return the weights of a neuron in the order of its elements; for cut-offs, the points."""
    if not isinstance(neuron.weights, dict):
        return neuron.weights
    entries: list[object] = []
    for text, weight in neuron.weights.items():
        if isinstance(weight, dict):
            entries += weight.values()
        else:
            entries += weight if isinstance(weight, tuple) else [weight] * width(text)
    return tuple(entries)


# ------------------------------------------------------------------------------- messages


def passed_over(linked: Linked) -> Diagnostic:
    """Return the warning that open numbers prevent running the cases."""
    message = f"the cases are not run: {_left_open(linked)}"
    return Diagnostic("no-cases", message, _first(linked).path, help=_how_to_find(linked))


def note_of(linked: Linked) -> Diagnostic:
    """Return the note that a valid network leaves numbers open."""
    command = "nnc train" if _is_to_be_trained(linked) else "nnc solve"
    message = f"{_left_open(linked)}; `{command}` fills them"
    return Diagnostic("open-numbers", message, _first(linked).path, help=_how_to_find(linked))


def refusal_of(linked: Linked) -> Diagnostic:
    """Return the error that open numbers prevent evaluating the network."""
    message = f"{_left_open(linked)}: the network cannot be evaluated"
    return Diagnostic("open-number", message, _first(linked).path, help=_how_to_find(linked))


def _how_to_find(linked: Linked) -> str:
    if linked.file is None or linked.file.startswith("<"):
        return "put numbers in their place: network.filled({path: number})"
    file = shlex.quote(shorten(linked.file, 200))
    if _is_to_be_trained(linked):
        return f"find them from rows: nnc train {file} ROWS --label COLUMN -o FILE"
    return f"find them: nnc solve {file}"


def _is_to_be_trained(linked: Linked) -> bool:
    """Return True if all blanks are in layers and there are no cases to solve them from."""
    return not linked.network.cases and all(blank.path[0] == "layers" for blank in linked.blanks)


def _first(linked: Linked) -> Blank:
    """Return the first blank in file order, preferably in the network's own file."""
    if linked.document is None:
        return linked.blanks[0]
    places = linked.document.locate((blank.path, False) for blank in linked.blanks)
    order = [(place.document.file != linked.file, place.start) for place in places]
    return linked.blanks[order.index(min(order))]


def _left_open(linked: Linked) -> str:
    count, first = count_open(linked), format_blank(_first(linked).path)
    if count == 1:
        return f"1 number is left open: `{first}`"
    at_most = "up to " if any(blank.kind == "size" for blank in linked.blanks) else ""
    return f"{at_most}{counted(count, 'number')} are left open, first `{first}`"


def format_blank(path: KeyPath) -> str:
    """Return a short name for a blank: `risk.age.65`, not `neurons.risk.weights.age.65`."""
    _, name, key, *rest = path
    if key in ("weights", "thresholds") and rest and isinstance(rest[0], str):
        return format_path((name, *rest))
    return format_path((name, key, *rest))
