"""What the cases of a network have seen: which neurons no case has at 0, or at 1."""

from __future__ import annotations

from nnc.compiler.bounds import Bounds, always_or_never
from nnc.compiler.plan import Plan
from nnc.rows.columns import Batch


class Coverage:
    """The bits that the neurons of a plan have not yet been, though they can be."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._unseen = {
            step.first + i: {0, 1}
            for step in plan.steps
            for i, threshold in enumerate(step.thresholds)
            if always_or_never(step.fires, threshold, Bounds(step.least, step.greatest)) is None
        }
        for layer in plan.layers:
            self._unseen |= {layer.first + i: {0, 1} for i in range(layer.size)}

    def add(self, batch: Batch) -> None:
        """See some rows."""
        from nnc.run.evaluation import calculate

        wanted = frozenset(signal for signal, unseen in self._unseen.items() if unseen)
        if not wanted or not batch.count:
            return
        signals = calculate(self._plan, batch, wanted, frozenset())
        for signal in wanted:
            bits = signals.bit(signal)
            if bits.any():
                self._unseen[signal].discard(1)
            if not bits.all():
                self._unseen[signal].discard(0)

    def unseen(self) -> list[tuple[str, int]]:
        """Return each neuron output, and the bit that it never was, in the order of the plan."""
        name_of = self._plan.name_of
        return [
            (name_of(signal), bit)
            for signal, unseen in self._unseen.items()
            for bit in sorted(unseen)
        ]
