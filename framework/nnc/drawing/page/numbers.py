"""Plan -> PlanNumbers: the integers that a page calculates with, each kind of neuron once.

A neuron is an index in `shapes`, which has its weights and thresholds, and its sources; so a part
costs what its file costs, and each instance only its wiring.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from nnc.compiler.graph import SharedWeights, SparseWeights, Tap
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, numbers, row_of, whole_neurons
from nnc.language.network import COMPARISONS, Fires, Input
from nnc.numbers.exact import Number, show_number

PageNumber = int | str
"""An integer, as a text where a binary float does not hold it."""
_SAFE = 1 << 53


_Shape = tuple[int, int, tuple[int, ...], tuple[tuple[int, int, str], ...]]
"""The scale, offset, weights and thresholds of a neuron, each with its rule and port."""
PageData = dict[str, object]
"""An object of the data of a page, as JSON has it."""


def plan_numbers(plan: Plan) -> PageData:
    """Return the numbers of a plan for a page, in the order of evaluation.

    `first` is the first signal of a neuron. `states` are ranges of signals whose values are not
    0 and 1: first, stop, off, on. A shape is scale, offset, weights and thresholds, each with its
    rule as an index in COMPARISONS and its port: the sum of a neuron is (total + offset) / scale.
    `blocks` are ranges of neurons and layers; a convolution has its kernel once, and the bounds
    and offsets of each class of its positions.
    """
    shapes: dict[_Shape, int] = {}
    return {
        "name": plan.name,
        "first": plan.first_made,
        "inputs": [input_data(name, input_) for name, input_ in plan.inputs.items()],
        "states": [[a, b, *map(show_number, states)] for a, b, states in plan.states],
        "blocks": list(_blocks(plan, shapes)),
        "shapes": [_shape_data(shape) for shape in shapes],
        "outputs": [output_data(tap) for tap in plan.outputs],
    }


def input_data(name: str, input_: Input) -> PageData:
    """Return an input with everything its control shows; numbers are texts."""
    ends = [None if end is None else show_number(end) for end in (input_.min, input_.max)]
    states = list(map(show_number, input_.state_values)) if input_.type == "bit" else None
    return {
        "name": name,
        "type": input_.type,
        "size": input_.size,
        "shape": None if input_.shape is None else list(input_.shape),
        "of": None if input_.of is None else list(input_.of),
        "min": ends[0],
        "max": ends[1],
        "states": states,
        "description": input_.description,
    }


def output_data(tap: Tap, signals: Sequence[int] | None = None) -> PageData:
    """Return an output with `signals` instead of its own; those of a sum begin neurons."""
    return {
        "name": tap.alias,
        "kind": tap.kind,
        "signals": [int(signal) for signal in (tap.signals if signals is None else signals)],
        "labels": list(tap.labels),
        "is_bus": tap.is_bus,
        "is_integer": tap.is_integer,
    }


def _blocks(plan: Plan, shapes: dict[_Shape, int]) -> Iterator[PageData]:
    for stretch in plan.schedule:
        if isinstance(stretch, LayerStep):
            is_shared = isinstance(stretch.weights, SharedWeights)
            yield _convolution(stretch) if is_shared else _layer(stretch)
            continue
        names, places = [], []
        sources: list[int] = []
        for steps in whole_neurons(plan.steps[stretch.start : stretch.stop]):
            names.append(steps[0].name)
            places.append(shapes.setdefault(_shape(steps), len(shapes)))
            sources += steps[0].sources
        yield {"names": names, "shapes": places, "sources": sources}


def _shape(steps: Sequence[PlanNeuron]) -> _Shape:
    first = steps[0]
    limits = tuple(
        (bound, COMPARISONS.index(step.fires), step.ports[i] if step.ports else "")
        for step in steps
        for i, bound in enumerate(step.thresholds)
    )
    return first.scale, first.offset, first.weights, limits


def _shape_data(shape: _Shape) -> list[object]:
    scale, offset, weights, limits = shape
    bounds = [[_page_number(bound), rule, port] for bound, rule, port in limits]
    return [_page_number(scale), _page_number(offset), list(map(_page_number, weights)), bounds]


def _page_number(number: int) -> PageNumber:
    return number if -_SAFE < number < _SAFE else str(number)


# --------------------------------------------------------------------------------- layers


def _layer(layer: LayerStep) -> PageData:
    """Return a layer, with its weights row by row, one row for all, or the indices of sparse rows.

    A neuron has `width` bounds. If weights are for counts, every counted source has one.
    """
    weights: list[PageNumber] = []
    scales, offsets, bounds = [], [], []
    shared: PageNumber | None = None
    is_one = not isinstance(layer.weights, SparseWeights) and (
        layer.weights.size > 1 and not any(layer.weights.strides)
    )
    indptr, indices = [0], list[int]()
    for i in range(layer.size):
        places, row, scale, offset, own = _row(layer, i, is_one=is_one)
        if is_one:
            shared = row[0]
        else:
            weights += row
        indices += places
        indptr.append(len(indices))
        scales.append(scale)
        offsets.append(offset)
        bounds += own
    data: PageData = {
        "layer": layer.name,
        "size": layer.size,
        "width": layer.width,
        "sources": [int(source) for source in layer.sources],
        "weights": shared if is_one else weights,
        "scales": _joined(scales),
        "offsets": _joined(offsets),
        "bounds": _joined(bounds),
        "rule": _rule(layer.written_fires),
    }
    if isinstance(layer.weights, SparseWeights):
        data["indptr"], data["indices"] = indptr, indices
    return data


def _convolution(layer: LayerStep) -> PageData:
    """Return a convolution: its window, its kernel, and the numbers of each class of positions.

    Positions are of one class if every feature has the same offset and bounds there. `count`
    sources are one element of the picture, and count together.
    """
    assert isinstance(layer.weights, SharedWeights)
    window = layer.weights.window
    per_place = window.features * layer.width
    gain = Fraction(layer.factor) / layer.scale(0)
    stored = numbers(layer.weights.kernel.reshape(-1))
    is_one = len(set(stored)) == 1
    stored = stored[:1] if is_one else stored
    offsets = numbers(layer.offsets)
    thresholds = [Fraction(layer.threshold(i)) for i in range(per_place)]
    classes: dict[tuple[Number, ...], int] = {}
    places = [0]
    if len(offsets) > 1:
        starts = range(0, layer.size, window.features)
        rows = (tuple(offsets[start : start + window.features]) for start in starts)
        places = [classes.setdefault(features, len(classes)) for features in rows]
    else:
        classes[tuple(offsets) * window.features] = 0
    exact = [Fraction(offset) for features in classes for offset in features]
    scale = lcm(
        gain.denominator * lcm(*{Fraction(weight).denominator for weight in stored}),
        *{number.denominator for number in (*exact, *thresholds)},
    )
    weights = [_page_number(int(weight * gain * scale)) for weight in stored]
    bounds = [
        _page_number(int((limit - exact[first + i // layer.width]) * scale))
        for first in range(0, len(exact), window.features)
        for i, limit in enumerate(thresholds)
    ]
    return {
        "layer": layer.name,
        "size": layer.size,
        "width": layer.width,
        "sources": [int(source) for source in layer.sources],
        "window": [*window.shape, *window.kernel, *window.stride, *window.padding, window.groups,
                   window.features],
        "count": int(layer.counts[0]),
        "places": places if len(classes) > 1 else [0],
        "weights": weights[0] if is_one else weights,
        "scales": [_page_number(scale)],
        "offsets": [_page_number(int(offset * scale)) for offset in exact],
        "bounds": bounds,
        "rule": _rule(layer.written_fires),
    }  # fmt: skip


def _rule(fires: Fires) -> int:
    return COMPARISONS.index(fires)


def _joined(values: list[PageNumber]) -> list[PageNumber]:
    """Return a single value if all are the same."""
    return values[:1] if len(set(values)) == 1 else values


def _row(
    layer: LayerStep, i: int, *, is_one: bool
) -> tuple[Sequence[int], list[PageNumber], PageNumber, PageNumber, list[PageNumber]]:
    """Return the indices and weights of one neuron as integers, their scale, offset and bounds."""
    places: Sequence[int] = ()
    if is_one:
        assert not isinstance(layer.weights, SparseWeights)
        stored = numbers(layer.weights[i, :1])
    else:
        places, stored = row_of(layer.weights, i)
    if layer.reads_counts and not is_one:
        places, stored = layer.spread(places, stored)
    first = i * layer.width
    gain = Fraction(layer.factor) / layer.scale(first)
    offset = Fraction(layer.offset(first))
    limits = [Fraction(layer.threshold(first + k)) for k in range(layer.width)]
    whole = all(isinstance(weight, int) for weight in stored)
    shared = 1 if whole else lcm(*{Fraction(weight).denominator for weight in stored})
    below = (limit.denominator for limit in limits)
    scale = lcm(shared * gain.denominator, offset.denominator, *below)
    times = int(gain * scale) if whole else gain * scale
    return (
        places,
        [_page_number(int(weight * times)) for weight in stored],
        _page_number(scale),
        _page_number(int(offset * scale)),
        [_page_number(int((limit - offset) * scale)) for limit in limits],
    )
