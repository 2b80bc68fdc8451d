"""The trace of one row, as plain data that is computed on access."""

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
from nnc.run.trace.text import (
    MORE,
    SCREEN,
    as_text,
    head_lines,
    neuron_lines,
    output_lines,
    way_lines,
)
from nnc.run.trace.values import PlainValue, given_inputs
from nnc.run.trace.way import Way, on_the_way


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The explanation of a network's outputs for one row.

    `outputs` has the value and reason of each output, and `neurons` the traces of all neurons that
    they may depend on, in order of evaluation. `way` names the neurons that decided, from the
    outputs down, and `decisive` the inputs that decided: with these unchanged, the outputs stay the
    same for any values of the other inputs. `row` is the number of the row, from 1, and `extra` has
    the columns that are not inputs. `network` is the traced network, unless a plan was traced; a
    notebook draws it. `str(trace)` is the text that `nnc eval --trace` prints.
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
        """The traces of all neurons that the outputs may depend on, in order of evaluation."""
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
        """Return the trace as text on one screen, or with `full`, with every neuron.

        `note` follows the number of the row, in place of `extra`.
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
        return self.text().replace(MORE, "  … and more neurons below: text(full=True) has all")

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
    """Return the trace of one row of a plan, for all outputs or `only` some.

    `inputs` are the constants and the elements of the inputs, with bits as 0 or 1, as from
    `nnc.run.engines.input_values`. With `depth`, the way ends that many neurons below the outputs.
    """
    followed = FollowedRow(plan, inputs)
    taps = tuple(tap for tap in plan.outputs if not only or tap.alias in only)
    outputs = tuple(output_trace(followed, tap) for tap in taps)
    values = given_inputs(plan, inputs)
    return Trace(row, values, outputs, extra or {}, _row=followed, _taps=taps, _depth=depth)
