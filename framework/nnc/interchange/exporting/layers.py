"""LayerStep -> LayerBlock: a layer that a file has as a kernel and loops, its weights stored once.

A convolution is a block, and so is a dense layer with many weights: a kernel of 1 x 1 over one
pixel, whose channels are the sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import lcm

from nnc.compiler.graph import SharedWeights, SparseWeights, Window
from nnc.compiler.netlist import Comparison, Net, integer_comparison
from nnc.compiler.plan import LayerStep, numbers
from nnc.language.network import FIRING

MIN_DENSE = 1 << 12  # weights from which on a dense layer is a block
IN_FLOAT32 = 1 << 24  # integers below this, and their sums, are exact in float32
_A_LINE = 24  # numbers on a line of a table


@dataclass(frozen=True, eq=False)
class LayerBlock:
    """A layer of integers: bit `first + i` is 1 where a sum passes a limit.

    Neuron `position * features + feature` gives `width` bits, one for each limit. The picture has
    the sum of `count` sources in succession for each element; `kernel` is features x taps x depth,
    one after the other. Position p has the limits `limits[places[p]]`, features x width; without
    `places` all positions have the first. A sum passes from the limit on, or up to it unless
    `is_rising`. `size` bounds every part of a sum.
    """

    name: str
    level: int
    first: Net
    width: int
    window: Window
    count: int
    sources: Sequence[Net]
    kernel: list[int]
    limits: list[list[int]]
    places: list[int]
    is_rising: bool
    size: int

    @property
    def nets(self) -> range:
        """The bits that it gives."""
        return range(self.first, self.first + self.window.size * self.width)

    @property
    def numbers(self) -> list[int]:
        """The integers that the loops read: the window, the count, the width, and the direction."""
        window = self.window
        pairs = (window.shape, window.kernel, window.stride, window.padding, window.places)
        return [
            *(number for pair in pairs for number in pair),
            window.depth,
            window.group_features,
            window.features,
            self.count,
            self.width,
            int(self.is_rising),
        ]


NUMBERS = (
    "rows", "columns", "channels", "height", "breadth", "down", "across", "top", "left",
    "lines", "line", "depth", "group", "features", "count", "width", "rising",
)  # fmt: skip
"""The names of the numbers of a block in the loops of a language."""


def layer_block(layer: LayerStep, sizes: Mapping[Net, int]) -> LayerBlock | None:
    """Return a layer of bits, and of integers with bounds, as a block; None for other layers.

    `sizes` has how large each integer of an input may be.
    """
    window = _window(layer)
    if window is None or len(layer.counts) > 1:
        return None
    count = int(layer.counts[0])
    sources = [int(source) for source in layer.sources]
    weights = layer.weights.kernel if isinstance(layer.weights, SharedWeights) else layer.weights
    stored = numbers(weights.reshape(-1))  # type: ignore[union-attr]  # not sparse
    unit = lcm(*{weight.denominator for weight in stored})
    kernel = [int(weight * unit) for weight in stored] if unit != 1 else list(map(int, stored))
    per_place = window.features * layer.width
    taps = len(kernel) // window.features
    largest = max((sizes.get(source, 1) for source in sources), default=0) * count
    firsts = range(0, len(kernel), taps or 1)
    size = largest * max((sum(map(abs, kernel[k : k + taps])) for k in firsts), default=0)
    tests = [
        integer_comparison(FIRING[layer.fires].ascii, limit * unit)
        for limit in numbers(layer.limits)
    ]
    classes: dict[tuple[int, ...], int] = {}
    places = [
        classes.setdefault(tuple(_within(test, size) for test in own), len(classes))
        for own in (tests[i : i + per_place] for i in range(0, len(tests), per_place))
    ]
    return LayerBlock(
        layer.name,
        layer.level,
        layer.first,
        layer.width,
        window,
        count,
        sources,
        kernel,
        list(map(list, classes)),
        places if len(classes) > 1 else [],
        tests[0].is_rising,
        size,
    )


def _window(layer: LayerStep) -> Window | None:
    if isinstance(layer.weights, SharedWeights):
        return layer.weights.window
    is_dense = not isinstance(layer.weights, SparseWeights)
    if not is_dense or layer.synapses < MIN_DENSE:
        return None
    return Window((1, 1, layer.fan_in), (1, 1), (1, 1), (0, 0), 1, layer.size)


def _within(test: Comparison, size: int) -> int:
    """Return a limit, brought near the sums where it is beyond all of them."""
    return max(-size - 1, min(size + 1, int(test.limit)))


def stretches(sources: Sequence[Net], arrays: Sequence[range]) -> Iterator[range]:
    """Split sources into runs: consecutive nets of one array, or one source alone.

    `arrays` are the nets of each array, in order.
    """
    array_of = {net: place for place, array in enumerate(arrays) for net in array}
    for _, run in groupby(
        enumerate(sources), lambda pair: (array_of.get(pair[1], -1 - pair[0]), pair[1] - pair[0])
    ):
        numbers = [net for _, net in run]
        yield range(numbers[0], numbers[-1] + 1)


def table_lines(values: Sequence[int], indent: str = "  ") -> Iterator[str]:
    """Write the numbers of a table, several on a line, with a comma after each."""
    for start in range(0, len(values), _A_LINE):
        yield f"{indent}{' '.join(f'{value},' for value in values[start : start + _A_LINE])}"
