"""Compare two plans: one strategy after the other, on outputs that are still open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Literal

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.language.network import Network
from nnc.numbers.exact import counted
from nnc.proofs.comparison.boxes import BoxProver, may_prove
from nnc.proofs.comparison.counterexamples import (
    Counterexample,
    Replay,
    counterexample,
    known_row,
    minimised,
)
from nnc.proofs.comparison.regions import Region, deciding_axes, find_region
from nnc.proofs.plans.budget import SECOND, Budget, form_work
from nnc.proofs.plans.domain import Interval, build_domain, length_of, read_within
from nnc.proofs.plans.nodes import Gate, Mixed, Support, merged
from nnc.proofs.plans.pair import ComparedOutput, Pair, type_of
from nnc.proofs.strategies import STRATEGIES
from nnc.remaining import Remaining
from nnc.run.engines import How

_MAX_DETAILED = 20  # outputs whose remaining neurons are counted
# trying all inputs is not suggested beyond these
_MAX_AXES = 60
_MAX_SECONDS = 100_000


class Leftovers:
    """The remaining parts of outputs of a pair, after steps of these names."""

    def __init__(self, pair: Pair, steps: tuple[str, ...]) -> None:
        self._pair, self._steps = pair, steps
        self._detailed = 0

    def of(self, output: ComparedOutput) -> Remaining:
        """Return the remaining parts of an output."""
        pair = self._pair
        support = merged(part.support for part in output.open)
        own = (pair.domain.axes[axis].input for axis in sorted(support.axes))
        names = dict.fromkeys([*own, *sorted(support.apart)])
        elements = [index for index, part in enumerate(output.parts) if not part.is_equal]
        neurons: tuple[int | None, int | None] = None, None
        first: tuple[str | None, str | None] = None, None
        if self._detailed < _MAX_DETAILED and pair.readings is not None:
            self._detailed += 1
            neurons, first = self._neurons(output)
        return Remaining(
            tuple(elements),
            size=len(output.parts),
            open_inputs=tuple(names),
            unbounded=self._unbounded(support),
            neurons_before=neurons[0],
            neurons_after=neurons[1],
            first_before=first[0],
            first_after=first[1],
            steps=self._steps,
            budget=self._seconds(output),
        )

    def _unbounded(self, support: Support) -> tuple[str, ...]:
        pair = self._pair
        free = (a for a in sorted(support.axes) if isinstance(pair.values_of(a, support), Interval))
        return tuple(dict.fromkeys(pair.domain.axes[axis].input for axis in free))

    def _seconds(self, output: ComparedOutput) -> int | None:
        """Return the seconds of the budget that all inputs take, if these are not many.

        It is twice as much, since the steps before may take a half.
        """
        tried = self._pair.tried(output.open)
        if tried is None or len(tried) > _MAX_AXES:
            return None
        rows = prod(map(length_of, tried.values()))
        seconds = 2 * -(-self._pair.work(output.open, rows, len(tried)) // SECOND)
        return seconds if seconds < _MAX_SECONDS else None

    def _neurons(
        self, output: ComparedOutput
    ) -> tuple[tuple[int, int], tuple[str | None, str | None]]:
        """Count the neurons that only one network has below an output, and name the first."""
        shared = self._pair.shared
        cones = [shared.cone(n for part in output.open for n in part.sides[i]) for i in (0, 1)]
        signals = [
            sorted(makers[node] for node in cone - other if node in makers)
            for cone, other, makers in zip(cones, cones[::-1], self._makers, strict=True)
        ]
        counts = len(signals[0]), len(signals[1])
        if not all(counts):
            return counts, (None, None)
        plans = self._pair.before, self._pair.after
        names = [plan.name_of(own[0]) for plan, own in zip(plans, signals, strict=True)]
        return counts, (names[0], names[1])

    @cached_property
    def _makers(self) -> tuple[dict[int, int], dict[int, int]]:
        """The first signal of each network that is a node, of neurons alone."""
        assert self._pair.readings is not None
        sides: list[dict[int, int]] = []
        for plan, reading in zip(
            (self._pair.before, self._pair.after), self._pair.readings, strict=True
        ):
            makers: dict[int, int] = {}
            for signal in range(plan.first_made, len(reading.literals)):
                node = reading.literals[signal] >> 1
                if node > 0 and isinstance(self._pair.shared.nodes[node], (Gate, Mixed)):
                    makers.setdefault(node, signal)
            sides.append(makers)
        return sides[0], sides[1]


AUTO = How()
_MINIMISING_SECONDS = 0.2  # of work for a counterexample and its region
_MAX_MINIMISED = 5  # counterexamples that add to this time; all share it
_FORM_SECONDS = 2  # of work for normal forms, which reduces the allowances of later steps
_MIN_SHARE = Fraction(1, 8)  # of an allowance that a step keeps
VerdictKind = Literal["equal", "differs", "unknown", "added", "removed", "changed-type"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict about one output: the same function in both networks, or not.

    `equal` is proved and `differs` has a counterexample; of an `unknown` output nothing is known
    but what was tried. `how` says in words what decided. Of `total` inputs that the output depends
    on, `tried` were tried, and in `differing` of them it differs; each is None where it was not
    counted, or has no end. With the `unit` `range` these are combinations of ranges, within each of
    which nothing changes. Where all were tried the counterexample is the first in the order of
    `nnc eval --all`, but for inputs that do not matter. `region` says where it differs, and
    `left` what of an unknown output is left.
    """

    output: str
    kind: VerdictKind
    how: str
    tried: int | None = None
    total: int | None = None
    differing: int | None = None
    counterexample: Counterexample | None = None
    region: Region | None = None
    unit: Literal["input", "range"] = "input"
    left: Remaining | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The verdict for each output, in the order of `before`, then the new ones.

    `notes` say which inputs were compared where the networks do not take the same ones.
    """

    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """True where every output of either network was proved equal in both."""
        return all(verdict.kind == "equal" for verdict in self.verdicts)

    @property
    def differs(self) -> bool:
        """True where an output is known to differ: in value or type, or because one has none."""
        return any(verdict.kind not in ("equal", "unknown") for verdict in self.verdicts)


def unknown_behaviour(before: Network, after: Network) -> Behaviour:
    """Return unknown verdicts, because a network leaves numbers open."""
    verdicts = [
        Verdict(alias, "unknown", "numbers are left open")
        if alias in after.outputs
        else Verdict(alias, "removed", "only before")
        for alias in before.outputs
    ]
    added = [alias for alias in after.outputs if alias not in before.outputs]
    verdicts += [Verdict(alias, "added", "only after") for alias in added]
    return Behaviour(tuple(verdicts))


def compare_behaviour(
    before: Plan,
    after: Plan,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float | Budget = 10.0,
    how: How = AUTO,
    cells: Collection[str] = (),
) -> Behaviour:
    """Compare each output of two networks: equal, or different for some inputs.

    A plan is all that is compared, so compiled networks may be, too: it has the exact numbers and
    the names. `within` limits inputs, as `["age=0..64"]` or `{"age": "0..64"}`; see `read_within`.
    `budget` is how much work may be done beyond about a second, in seconds of one fixed machine: it
    is counted and not timed, so that the verdicts are the same on all. A `Budget` can be watched
    from another thread. Numbers of inputs in `cells` each stand for a range. Raises
    InvalidRowsError where a limit means nothing.
    """
    limits = read_within(within, {**after.inputs, **before.inputs})
    domain = build_domain(before.inputs, after.inputs, limits)
    whole = budget if isinstance(budget, Budget) else Budget(budget)
    pair = Pair(before, after, domain, whole, how, cells)
    share = _share_of_allowances(form_work(before) + form_work(after))
    steps: list[str] = []
    for index, strategy in enumerate(STRATEGIES):
        if not pair.open:
            break
        steps.append(strategy.name)
        allowance = strategy.allowance if index == 0 else share * strategy.allowance
        pair.budget.begin(allowance, strategy.name, draws=strategy.draws)
        strategy.run(pair)
    differing = sum(1 for output in pair.outputs if output.open and output.witness is not None)
    pair.budget.begin(share * _MINIMISING_SECONDS * min(differing, _MAX_MINIMISED))
    replays: list[tuple[Replay, Replay]] = []
    leftovers = Leftovers(pair, tuple(steps))
    compared = {output.alias: output for output in pair.outputs}
    taps = {tap.alias: tap for tap in after.outputs}
    verdicts = [
        _verdict(pair, compared[tap.alias], replays, leftovers)
        if tap.alias in compared
        else _without(tap, taps.get(tap.alias))
        for tap in before.outputs
    ]
    known = {tap.alias for tap in before.outputs}
    added = [Verdict(alias, "added", "only after") for alias in taps if alias not in known]
    return Behaviour((*verdicts, *added), domain.notes)


def _share_of_allowances(work: int) -> Fraction:
    """Return the share of its allowance that each step keeps after the work of normal forms."""
    return max(_MIN_SHARE, 1 - Fraction(work, int(_FORM_SECONDS * SECOND)))


def _without(before: Tap, after: Tap | None) -> Verdict:
    """Return the verdict about an output that cannot be compared."""
    if after is None:
        return Verdict(before.alias, "removed", "only before")
    types = f"{type_of(before)} before, {type_of(after)} after"
    return Verdict(before.alias, "changed-type", types)


def _verdict(
    pair: Pair,
    output: ComparedOutput,
    replays: list[tuple[Replay, Replay]],
    leftovers: Leftovers,
) -> Verdict:
    """Return what the strategies found about an output; adds to the replays that there are."""
    counts = (output.tried, output.total, output.differing)
    if not output.open:
        return Verdict(output.alias, "equal", output.how, *counts, unit=output.unit)
    if output.witness is None:
        left = leftovers.of(output)
        how = _unknown(output, left)
        return Verdict(output.alias, "unknown", how, *counts, unit=output.unit, left=left)
    region = None
    axes = {axis for part in output.parts for axis in part.axes}
    is_cheap = may_prove(pair, output)
    if output.differing is None and not is_cheap:
        output.witness = known_row(output, replays) or output.witness
    elif output.differing is None:
        output.witness = minimised(pair, output, output.witness)
    if is_cheap:
        prover = BoxProver(pair, output)
        region, axes = find_region(prover, output)
        axes = deciding_axes(prover, output, axes)
    example = counterexample(pair, output, axes, replays)
    return Verdict(output.alias, "differs", output.how, *counts, example, region, output.unit)


def _unknown(output: ComparedOutput, left: Remaining) -> str:
    """Describe the inputs that were tried, and what remains."""
    apart = sorted({name for part in output.open for name in part.apart})
    if apart:
        return f"it depends on `{apart[0]}`, of which no value is allowed in both networks"
    tried = counted(output.tried or 0, "input")
    if output.total is not None:
        noun = "combinations of range" if output.unit == "range" else "input"
        tried = f"{output.tried or 0:,} of {counted(output.total, noun)}"
    words = left.words()
    return f"{tried} tried in vain, random ones and corners" + (f"; {words}" if words else "")
