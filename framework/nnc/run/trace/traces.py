"""Trace: everything about one row, as plain data that is computed when it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from nnc.bundles import bundle_of
from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.language.network import Network
from nnc.numbers.exact import Number
from nnc.run.trace.neurons import FollowedRow, NeuronTrace
from nnc.run.trace.outputs import OutputTrace, output_trace
from nnc.run.trace.text import SCREEN, as_text, head_lines, neuron_lines, output_lines, way_lines
from nnc.run.trace.values import PlainValue, given_inputs
from nnc.run.trace.way import Way, on_the_way


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Why a network gives what it gives for one row.

    `outputs` say what each output gives and why, `neurons` what every neuron did that they may
    depend on, in the order of calculation. `way` names the neurons that decided, from the outputs
    down, and `decisive` the inputs: with these as they are, the outputs are what they are, whatever
    the other inputs are. `row` is the number of the row, from 1, `extra` has the columns that are
    no inputs. `network` is the one that was traced, where it was no plan; a notebook draws it.
    `str(trace)` is the text that `nnc eval --trace` prints.
    """

    row: int
    inputs: Mapping[str, PlainValue]
    outputs: tuple[OutputTrace, ...]
    extra: Mapping[str, str] = field(default_factory=dict)
    network: Network | None = None
    _row: FollowedRow = field(kw_only=True)
    _taps: tuple[Tap, ...] = field(kw_only=True)
    _depth: int | None = field(kw_only=True, default=None)

    @cached_property
    def neurons(self) -> tuple[NeuronTrace, ...]:
        """The traces of all neurons that the outputs may depend on, in the order of calculation."""
        if self._depth is not None:
            return tuple(self._row.neurons(set(self.way)))
        names = None
        if len(self._taps) < len(self._row.plan.outputs):
            names = on_the_way(self._row.plan, {tap.alias for tap in self._taps})
        return tuple(self._row.neurons(names))

    @cached_property
    def _walked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        plan, way = self._row.plan, Way(self._row, self._taps, self._depth)
        neurons = tuple(plan.neuron_of(stop.signal) for stop in way)
        return neurons, tuple(map(plan.name_of, sorted(way.inputs)))

    @property
    def way(self) -> tuple[str, ...]:
        """The names of the neurons that decided, from the outputs down."""
        return self._walked[0]

    @property
    def decisive(self) -> tuple[str, ...]:
        """The names of the inputs, or of their elements, that decided."""
        return self._walked[1]

    def text(self, *, full: bool = False, note: str = "") -> str:
        """Return the trace as people read it, on one screen; with `full`, every neuron.

        A `note` stands behind the number of the row, in place of `extra`.
        """
        lines = head_lines(self.row, self.inputs, self.extra, note)
        if full:
            lines += output_lines(self.outputs, all_of_them=True)
            for neuron in self.neurons:
                lines += neuron_lines(neuron)
            return as_text(lines)
        lines += output_lines(self.outputs)
        room = SCREEN - len(lines) if self._depth is None else None
        lines += way_lines(self._row, Way(self._row, self._taps, self._depth), self.outputs, room)
        return as_text(lines)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__
    _repr_mimebundle_ = bundle_of


def follow(
    plan: Plan,
    inputs: Sequence[Number],
    *,
    row: int = 1,
    extra: Mapping[str, str] | None = None,
    only: Collection[str] = (),
    depth: int | None = None,
) -> Trace:
    """Follow one row through a plan, for all outputs or `only` those of some names.

    `inputs` are the constants and the elements of the inputs, bits as 0 or 1; see
    `nnc.run.engines.input_values`. With `depth` the way ends that many neurons below the outputs.
    """
    followed = FollowedRow(plan, inputs)
    taps = tuple(tap for tap in plan.outputs if not only or tap.alias in only)
    outputs = tuple(output_trace(followed, tap) for tap in taps)
    values = given_inputs(plan, inputs)
    return Trace(row, values, outputs, extra or {}, _row=followed, _taps=taps, _depth=depth)
