"""Cut a plan into the parts that packed rows are evaluated in.

Neurons and small layers that read bits become programs; other layers become products; neurons that
read numbers are summed individually.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from nnc.compiler.graph import SharedWeights, SparseWeights
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron
from nnc.language.network import COMPARISONS
from nnc.numbers.integers import Array, clipped
from nnc.run.engines.layers import whole_limits
from nnc.run.engines.native import CheckedProgram
from nnc.run.engines.program import MAX_PLANES, Neurons, Program, planes_of
from nnc.run.engines.windows import Pictures, pictures_of
from nnc.run.engines.words import Matrices

_MAX_WEIGHTS = 1 << 12  # of a layer as a program; above this, a product is faster


@dataclass
class Programs:
    """Neurons in the order of evaluation, and the program they become.

    It has a `kernel`, or without native kernels `matrices` for few rows of wide neurons.
    """

    blocks: list[Neurons] = field(default_factory=list)
    program: Program | None = None
    kernel: CheckedProgram | None = None
    matrices: Matrices | None = None


Part = Programs | Pictures | LayerStep | PlanNeuron


def cut(plan: Plan, *, use_native: bool) -> Iterator[Part]:
    """Cut a plan into parts, in the order of evaluation.

    Only native kernels support layers over pictures. A program grows as long as possible, because
    fewer programs load and store fewer signals.
    """
    program: Programs | None = None
    pictures = pictures_of(plan, _MAX_WEIGHTS) if use_native else {}
    for entry in plan.schedule:
        if isinstance(entry, LayerStep) and entry.first in pictures:
            part = pictures[entry.first]
            if part.stages[0].layer is not entry:
                continue
            if part.name is None and program is not None:  # it may read signals of the program
                yield program
                program = None
            yield part
            continue
        if isinstance(entry, LayerStep):
            neurons = _neurons_of_layer(entry)
            if neurons is not None:
                program = program or Programs()
                program.blocks.append(neurons)
                continue
            # a product may read signals of the program, and later neurons those of the product
            if program is not None:
                yield program
                program = None
            yield entry
            continue
        for is_program, members in _stretches(plan, entry):
            if is_program:
                program = program or Programs()
                program.blocks.append(_neurons_of_table(plan).chosen(np.array(members, np.int64)))
                continue
            # neurons that only read inputs do not need the program, so they go before it
            steps = [plan.steps[i] for i in members]
            first_made = plan.first_made
            early = [all(s < first_made for s in step.sources) for step in steps]
            yield from (step for step, is_early in zip(steps, early, strict=True) if is_early)
            late = [step for step, is_early in zip(steps, early, strict=True) if not is_early]
            if late and program is not None:
                yield program
                program = None
            yield from late
    if program is not None:
        yield program


def _stretches(plan: Plan, entry: range) -> Iterator[tuple[bool, list[int]]]:
    """Yield stretches of neurons and whether they fit a program, in the order of evaluation.

    Within a level, those that do not fit come first.
    """
    steps = plan.steps
    kinds = {i: _fits_program(steps[i]) for i in entry}
    if all(kinds.values()):
        yield True, list(entry)
        return
    order = sorted(entry, key=lambda i: (steps[i].level, kinds[i]))
    for is_program, members in groupby(order, key=kinds.__getitem__):
        yield is_program, list(members)


def _fits_program(step: PlanNeuron) -> bool:
    return step.dtype != "exact" and planes_of(sum(map(abs, step.weights))) <= MAX_PLANES


def _neurons_of_table(plan: Plan) -> Neurons:
    """Return all neurons that are not part of a layer."""
    table = plan.neurons
    return Neurons(
        table.levels,
        table.fires,
        table.indptr.astype(np.int64),
        table.sources,
        table.weights,
        table.limit_ptr.astype(np.int64),
        clipped(table.limits, 1 << MAX_PLANES),
        table.first.astype(np.int64),
    )


def _neurons_of_layer(layer: LayerStep) -> Neurons | None:
    """Return a sparse or small integer layer as neurons, or None for others."""
    weights = layer.weights
    if layer.arithmetic == "numbers" or layer.dtype.startswith("float"):
        return None
    is_large = isinstance(weights, SharedWeights) or not isinstance(weights, SparseWeights)
    if is_large and layer.synapses > _MAX_WEIGHTS:
        return None
    if planes_of(int(layer.proved.largest)) > MAX_PLANES:
        return None
    width = layer.width
    if isinstance(weights, SparseWeights):
        indptr = weights.indptr.astype(np.int64)
        places, values = weights.indices.astype(np.int64), weights.values.astype(np.int64)
    else:
        rows, places = np.nonzero(weights)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=layer.size))])
        values = weights[rows, places].astype(np.int64)
    read, values, indptr = _spread(layer, places, values, indptr)
    return Neurons(
        levels=np.full(layer.size, layer.level),
        fires=np.full(layer.size, COMPARISONS.index(layer.fires)),
        indptr=indptr,
        sources=read,
        weights=values,
        limit_ptr=np.arange(0, layer.outputs + 1, width),
        limits=clipped(whole_limits(layer, layer.limits), 1 << MAX_PLANES),
        first=np.array(layer.firsts),
    )


def _spread(
    layer: LayerStep, places: Array, values: Array, indptr: Array
) -> tuple[Array, Array, Array]:
    """Return the sources of synapses, their weights, and the starts of each neuron's synapses.

    A count becomes its counted signals, each with the weight of the count.
    """
    sources = np.asarray(layer.sources, np.int64)
    if not layer.reads_counts:
        return sources[places], values, indptr
    starts = np.array(layer.starts)
    each = np.diff(starts)[places]
    ends = np.concatenate([[0], np.cumsum(each)])
    within = np.arange(ends[-1]) - np.repeat(ends[:-1], each)  # the index within its count
    read = sources[np.repeat(starts[places], each) + within]
    return read, np.repeat(values, each), ends[indptr]
