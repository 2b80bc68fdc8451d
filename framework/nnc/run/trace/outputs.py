"""Explain the value of each output for one row in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nnc.compiler.graph import OutputKind, Tap
from nnc.language.network import FIRING
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, counted, show_number
from nnc.run.trace.neurons import FollowedRow, Limit
from nnc.run.trace.values import PlainValue, unsigned

_MAX_LIMITS = 4  # thresholds shown per neuron: the nearest ones
_MAX_RANKS = 5
_MAX_NAMES = 4


class Ranked(NamedTuple):
    """A neuron whose sum is compared with others; `label` is empty if there are no labels."""

    name: str
    label: str
    sum: Number


class OutputTrace(NamedTuple):
    """The value of an output, and a `reason` in one line.

    `sources` names the neurons or inputs that determine it; for a bus, its elements. `limits` are
    the thresholds that decide a bit or level, and `ranking` the neurons compared for the largest
    sum, the winner first; both are empty for other outputs.
    """

    name: str
    kind: OutputKind
    value: PlainValue
    reason: str
    sources: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    ranking: tuple[Ranked, ...] = ()


def output_trace(row: FollowedRow, tap: Tap) -> OutputTrace:
    """Return the value of an output in a row and the reason."""
    signals = [int(signal) for signal in tap.signals]
    made = [signal for first in signals for signal in _behind(row, first)]
    sources = tuple(dict.fromkeys(map(row.plan.neuron_of, made)))
    return _output(row, tap, signals)._replace(sources=sources)


def _output(row: FollowedRow, tap: Tap, signals: list[int]) -> OutputTrace:
    name_of = row.plan.neuron_of if tap.kind in ("sum", "largest") else row.plan.name_of
    if tap.kind == "sum":
        sums = [row.sum(signal) for signal in signals]
        behind = [_behind(row, signal) for signal in signals]
        names = _names([name_of(own[0]) for own in behind])
        reason = f"the {'sums' if tap.is_bus else 'sum'} of {names}"
        if behind != [[signal] for signal in signals]:
            reason = f"the values of {names}"
        return OutputTrace(tap.alias, tap.kind, sums if tap.is_bus else sums[0], reason)
    if tap.kind == "largest":
        return _largest(row, tap, signals)
    if tap.kind == "level":
        return _level(row, tap, signals)
    values = [_state(row, tap, i) for i in range(len(signals))]
    if tap.is_bus:
        value: PlainValue = unsigned(values) if tap.is_integer else values
        return OutputTrace(tap.alias, tap.kind, value, _bits(row, tap, signals))
    (signal,) = signals
    if signal < row.plan.first_made:
        what = "the constant" if signal < len(CONSTANTS) else "the input"
        return OutputTrace(tap.alias, tap.kind, values[0], f"{what} {name_of(signal)}")
    limit = row.limit(signal)
    words = limit_words(limit, row.sum(signal))
    reason = words if limit.name == tap.alias else f"{limit.name} {words}"
    return OutputTrace(tap.alias, tap.kind, values[0], reason, limits=(limit,))


def _behind(row: FollowedRow, signal: int) -> Sequence[int]:
    """Return the signals whose value a neuron passes on, or else its own signal."""
    step = row.plan.maker.get(signal)
    return step.sources if step is not None and step.is_value else [signal]


def limit_words(limit: Limit, total: Number) -> str:
    """Return the decision of a threshold as text: `fires: sum 3, needs ≥ 2, margin 1`."""
    verdict = "fires" if limit.fired else "silent"
    margin = show_number(limit.margin)
    return f"{verdict}: sum {show_number(total)}, needs {needs(limit)}, margin {margin}"


def needs(limit: Limit) -> str:
    """Return the condition of a threshold, such as `≥ 2`."""
    return f"{FIRING[limit.fires].sign} {show_number(limit.threshold)}"


def _state(row: FollowedRow, tap: Tap, i: int) -> Number:
    value, states = row.values[tap.signals[i]], tap.states_of(i)
    return value if states is None else states[int(value)]


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:_MAX_NAMES]) + (", …" if names[_MAX_NAMES:] else "")


def _bits(row: FollowedRow, tap: Tap, signals: list[int]) -> str:
    """Return a text that lists the bits of a bus that are on, or its numbers."""
    if any(tap.states_of(i) is None for i in range(len(signals))):
        return f"the inputs {_names([row.plan.name_of(signal) for signal in signals])}"
    on = [row.plan.name_of(signal) for signal in signals if row.values[signal]]
    names = f": {_names(on)}" if on else ""
    return (
        f"{len(on):,} of {counted(len(signals), 'bit')} {'is' if len(on) == 1 else 'are'} on{names}"
    )


def _level(row: FollowedRow, tap: Tap, signals: list[int]) -> OutputTrace:
    limits = tuple(map(row.limit, signals))
    place = sum(limit.fired for limit in limits)
    value = tap.labels[place] if tap.labels else place
    name = row.plan.neuron_of(signals[0])
    total = show_number(row.sum(signals[0]))
    reason = f"{name}: sum {total} {passes(name, limits)}"
    return OutputTrace(tap.alias, tap.kind, value, reason, limits=limits)


def passes(neuron: str, limits: Sequence[Limit]) -> str:
    """Return a text on which thresholds of a neuron fire; of many, only the nearest."""
    pieces = []
    for word, fired in (("passes", True), ("not", False)):
        alike = [limit for limit in limits if limit.fired == fired]
        near = alike
        if len(limits) > _MAX_LIMITS:
            near = sorted(alike, key=lambda limit: limit.margin)[: _MAX_LIMITS // 2]
        names = [f"{_port(limit, neuron)}{needs(limit)}" for limit in alike if limit in near]
        names += ["…"] if len(near) < len(alike) else []
        pieces += [f"{word} {', '.join(names)}"] if names else []
    margin = min(limit.margin for limit in limits)
    return f"{', '.join(pieces)}; margin {show_number(margin)}"


def _port(limit: Limit, neuron: str) -> str:
    port = limit.name.removeprefix(neuron).removeprefix(".")
    return f"{port} " if port and not port.isdigit() else ""  # a mere number is not shown


def _largest(row: FollowedRow, tap: Tap, signals: list[int]) -> OutputTrace:
    sums = [row.sum(signal) for signal in signals]
    places = sorted(range(len(signals)), key=lambda place: -sums[place])
    ranking = tuple(
        Ranked(
            row.plan.neuron_of(signals[place]),
            tap.labels[place] if tap.labels else "",
            sums[place],
        )
        for place in places
    )
    value = tap.labels[places[0]] if tap.labels else places[0]
    return OutputTrace(tap.alias, tap.kind, value, _because(ranking), ranking=ranking)


def _because(ranking: Sequence[Ranked]) -> str:
    """Return the ranking of the sums as text: `because T 5 > L 3 > I 1`."""
    words = ""
    for i, (name, label, total) in enumerate(ranking[:_MAX_RANKS]):
        sign = "because " if i == 0 else " = " if total == ranking[i - 1].sum else " > "
        words += f"{sign}{label or name} {show_number(total)}"
    if ranking[_MAX_RANKS:]:
        words += f", and {len(ranking) - _MAX_RANKS:,} less or equal"
    return words
