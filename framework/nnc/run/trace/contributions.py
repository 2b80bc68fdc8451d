"""Compute the exact contributions of sources to the sum of a neuron, largest first.

The weights of a layer stay an array; objects are created only for requested numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import NamedTuple, overload

from nnc.compiler.plan import Plan
from nnc.language.network import BITS, FIRING
from nnc.lazy import np
from nnc.numbers.exact import Number, show_number, simplest, stored_number
from nnc.numbers.integers import Array
from nnc.run.trace.values import size

_EXACT_IN_FLOAT64 = ("b1", "i1", "i2", "i4", "u1", "u2", "u4", "f2", "f4", "f8")
"""The dtypes of weights whose values float64 represents exactly."""


_MAX_NAMES = 32  # names of sources that add nothing


class Contribution(NamedTuple):
    """The contribution of one source to a sum."""

    source: str
    value: Number
    weight: Number

    @property
    def amount(self) -> Number:
        """The weight times the value."""
        return simplest(Fraction(self.weight * self.value))


class Term(NamedTuple):
    """A term of a sum; `words` shows how it is calculated.

    The cut-offs of one input are one term, and so are the thresholds of one neuron.
    """

    source: str
    amount: Number
    words: str


class Terms(NamedTuple):
    """The largest terms of a sum by absolute value, and a summary of the others.

    `more` is the number of other terms and `rest` their total; `zeros` is the number of sources
    that add nothing, and `names` has the first of them.
    """

    largest: list[Term]
    more: int
    rest: Number
    zeros: int
    names: list[str]


class Sources:
    """The signals that neurons read, and their values in one row, with bits as states."""

    def __init__(
        self, plan: Plan, signals: Sequence[int] | Array, values: Sequence[Number]
    ) -> None:
        self.plan, self.bits = plan, values
        self.signals: Sequence[int] = (
            signals.tolist() if isinstance(signals, np.ndarray) else signals
        )

    @cached_property
    def values(self) -> list[Number]:
        """The value of each source."""
        bits, states_of = self.bits, self.plan.states_of
        if not self.plan.states:
            return [bits[signal] for signal in self.signals]
        values = []
        for signal in self.signals:
            states = states_of(signal)
            values.append(bits[signal] if states == BITS else states[int(bits[signal])])
        return values

    def change(self, i: int) -> Number:
        """Return the difference of a bit's states; 1 for a number."""
        off, on = self.plan.states_of(self.signals[i])
        return on - off

    @cached_property
    def is_nonzero(self) -> Array:
        """A boolean mask of the nonzero values."""
        return np.array([value != 0 for value in self.values], bool)

    @cached_property
    def are_bits(self) -> bool:
        """True if all values are 0 or 1 and no neuron has states."""
        return not self.plan.states and all(value in (0, 1) for value in self.values)


class Contributions(Sequence[Contribution]):
    """The contributions to one sum, in the order of the synapses, created on access.

    `weights` are those used in computation, for bits of 0 and 1, and `gain` is a factor for all of
    them; `places` are the indices of their sources, None for all in order.
    """

    def __init__(
        self,
        sources: Sources,
        weights: Sequence[Number] | Array,
        gain: Fraction,
        places: Sequence[int] | Array | None = None,
    ) -> None:
        self._sources, self._weights, self._gain, self._places = sources, weights, gain, places

    def __len__(self) -> int:
        return len(self._weights)

    @overload
    def __getitem__(self, i: int) -> Contribution: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Contribution]: ...
    def __getitem__(self, i: int | slice) -> Contribution | Sequence[Contribution]:
        if isinstance(i, slice):
            return tuple(self[k] for k in range(*i.indices(len(self))))
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        place = self._place(i % len(self))
        name = self._sources.plan.name_of(self._sources.signals[place])
        weight = simplest(Fraction(self.effect(i)) / self._sources.change(place))
        return Contribution(name, self._sources.values[place], weight)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _place(self, i: int) -> int:
        return i if self._places is None else int(self._places[i])

    def signal(self, i: int) -> int:
        """Return the signal of source i."""
        return self._sources.signals[self._place(i)]

    def effect(self, i: int) -> Number:
        """Return the change of the sum if bit i turns on or number i rises by 1."""
        weight = self._weights[i]
        exact = weight if isinstance(weight, (int, Fraction)) else stored_number(weight.item())
        return exact if self._gain == 1 else simplest(exact * self._gain)

    def amount(self, i: int) -> Number:
        """Return the contribution of source i."""
        return self[i].amount

    @cached_property
    def weight_array(self) -> Array | None:
        """The weights as float64 if that is exact, else None."""
        weights = self._weights
        if isinstance(weights, np.ndarray) and weights.dtype.str[1:] in _EXACT_IN_FLOAT64:
            return weights.astype(np.float64)
        return None

    def nonzero(self) -> Array:
        """Return the indices of the sources that contribute."""
        if self.weight_array is not None:
            is_weight = self.weight_array != 0
        else:
            is_weight = np.array([weight != 0 for weight in self._weights], bool)
        is_value = self._sources.is_nonzero
        if self._places is not None:
            is_value = is_value[np.asarray(self._places, np.int64)]
        nonzero: Array = np.flatnonzero(is_weight & is_value)
        return nonzero

    def largest(self, count: int | None = None) -> list[int]:
        """Return the indices of the largest contributions by absolute value, in stable order."""
        nonzero = self.nonzero()
        sizes = self.weight_array
        if sizes is not None and self._sources.are_bits:
            order = np.argsort(-np.abs(sizes[nonzero]), kind="stable")[:count]
            places: list[int] = nonzero[order].tolist()
            return places
        return sorted(nonzero.tolist(), key=lambda i: -size(self.amount(i)))[:count]

    # ------------------------------------------------------------------------------- terms

    def terms(self, count: int, total: Number) -> Terms:
        """Return the `count` largest terms of a sum."""
        groups = self._groups()
        grouped = {i for group in groups for i in group}
        joined = list(map(self._joined, groups))
        adding = [i for i in self.largest() if i not in grouped]
        terms = [term for term in joined if term.amount]
        more = len(terms) + len(adding)
        terms = sorted(terms + list(map(self._product, adding[:count])), key=_size)[:count]
        zeros = [term.source for term in joined if not term.amount]
        left = len(self) - len(adding) - len(grouped)
        names = [*zeros, *islice(self._zeros({*adding, *grouped}), _MAX_NAMES)]
        rest = simplest(Fraction(total) - sum(term.amount for term in terms))
        return Terms(terms, more - len(terms), rest, len(zeros) + left, names)

    def _product(self, i: int) -> Term:
        part = self[i]
        words = f"{show_number(part.weight)} × {show_number(part.value)}"
        return Term(part.source, part.amount, words)

    def _zeros(self, others: set[int]) -> Iterator[str]:
        """Yield the names of the sources that are not in `others`."""
        name_of = self._sources.plan.name_of
        return (name_of(self.signal(i)) for i in range(len(self)) if i not in others)

    def _groups(self) -> list[list[int]]:
        """Return groups of sources that are cut-offs of one input or thresholds of one neuron.

        Those of a layer are shown individually, unless a neuron counts them.
        """
        if isinstance(self._weights, np.ndarray):
            return []
        plan = self._sources.plan
        groups: dict[tuple[int, str], list[int]] = {}
        for i in range(len(self)):
            signal = self.signal(i)
            if plan.counting and (layer := plan.layer_of(signal)) is not None and layer.width > 1:
                groups.setdefault((-1, plan.neuron_of(signal)), []).append(i)
                continue
            step = plan.maker.get(signal)
            if step is not None and (step.is_cutoff or step.ports):
                key = (step.sources[0], "") if step.is_cutoff else (-1, step.name)
                if plan.states_of(signal) == BITS:
                    groups.setdefault(key, []).append(i)
        return [group for (signal, _), group in groups.items() if signal >= 0 or len(group) > 1]

    def _joined(self, group: list[int]) -> Term:
        """Return a group as one term: the last cut-off passed, as `25 ≥ 25`, or the thresholds."""
        sources = self._sources
        plan = sources.plan
        amount = simplest(Fraction(sum(self.amount(i) for i in group)))
        passed = [i for i in group if sources.bits[self.signal(i)]]
        if plan.layer_of(self.signal(group[0])) is not None:
            words = f"{show_number(self[group[0]].weight)} × {len(passed)}"
            return Term(plan.neuron_of(self.signal(group[0])), amount, words)
        steps = [plan.maker[self.signal(i)] for i in group]
        if not steps[0].is_cutoff:
            ports = [plan.name_of(self.signal(i)).rpartition(".")[2] for i in passed]
            return Term(steps[0].name, amount, ", ".join(ports))
        source = steps[0].sources[0]
        words = ""
        if passed:
            last = plan.maker[self.signal(passed[-1])]
            value = sum(sources.bits[bit] for bit in last.sources)  # several for a count
            if source in plan.maker:  # the default of a part's input
                value = plan.states_of(source)[1]
            words = (
                f"{show_number(value)} {FIRING[last.fires].sign} {show_number(last.threshold(0))}"
            )
        return Term(plan.neuron_of(source), amount, words)


def _size(term: Term) -> Number:
    return -size(term.amount)
