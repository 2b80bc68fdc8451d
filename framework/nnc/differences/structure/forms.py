"""A normal form of neurons, independent of how the file writes them: weights and thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice, repeat
from typing import NamedTuple

from nnc.differences.structure.declarations import Declarations, Detail, Element, format_element
from nnc.language.network import (
    FIRING,
    GATES,
    Entry,
    Fires,
    Limit,
    Neuron,
    Open,
    States,
    Threshold,
    ruled,
    rules_of,
    show_limit,
)
from nnc.language.ranges import added, show_entry
from nnc.numbers.exact import shorten, show_number

Synapse = tuple[Element, Limit | None]
"""An element, and the cut-off where the weight is steps."""
Synapses = dict[Synapse, Entry]
Translate = Callable[[Element], Element]
_MAX_TERMS = 12
_MAX_DIGITS = 60


class NeuronForm(NamedTuple):
    """A neuron or gate: `rule` is as written, `fires` and `limits` are expanded for gates too.

    A limit states its rule if that differs from `fires`.
    """

    rule: str
    fires: Fires
    states: States
    limits: dict[str | None, Limit | Open]
    synapses: Synapses


def form_of(declared: Declarations, name: str, translate: Translate | None = None) -> NeuronForm:
    """Return the normal form of a neuron; `translate` renames its elements."""
    neuron = declared.network.neurons[name]
    rule = declared.network.fires_of(neuron)
    synapses: Synapses = {}
    for element, cutoff, weight in _synapses(declared, neuron):
        key = (translate(element) if translate is not None else element, cutoff)
        synapses[key] = added(synapses.get(key, 0), weight)
    states = declared.network.states_of(neuron)
    if rule in GATES:
        fires, limit = GATES[rule](len(synapses))
        return NeuronForm(rule, fires, states, {None: limit}, synapses)
    limits: dict[str | None, Limit | Open] = {None: neuron.threshold or 0}
    fires = rule
    if neuron.thresholds is not None:
        fires, each, numbers = rules_of(neuron.thresholds.values(), rule)
        cuts = map(Threshold, numbers, each or repeat(fires))
        limits = {
            port: cut.number if cut.rule == fires else cut
            for port, cut in zip(neuron.thresholds, cuts, strict=True)
        }
    if translate is not None:
        limits = {translate((name, port))[1]: limit for port, limit in limits.items()}
    return NeuronForm(rule, fires, states, limits, synapses)


def _synapses(
    declared: Declarations, neuron: Neuron
) -> Iterator[tuple[Element, Limit | None, Entry]]:
    """Yield every element that a neuron reads, with its cut-off, if any, and weight."""
    if isinstance(neuron.weights, dict):
        for text, weight in neuron.weights.items():
            elements = declared.elements(text)
            if isinstance(weight, dict):
                for cutoff, points in weight.items():
                    yield elements[0], cutoff, points
            elif isinstance(weight, tuple):
                for element, own in zip(elements, weight, strict=True):
                    yield element, None, own
            else:
                for element in elements:
                    yield element, None, weight
        return
    elements = declared.elements_of(neuron.wiring or ())
    weights = 1 if neuron.weights is None else neuron.weights
    if not isinstance(weights, tuple):
        weights = (weights,) * len(elements)
    for element, weight in zip(elements, weights, strict=True):
        yield element, None, weight


# ------------------------------------------------------------------------------- comparing


def neuron_details(before: NeuronForm, after: NeuronForm) -> tuple[Detail, ...]:
    """Yield the changed details of a neuron."""
    if before[1:] == after[1:]:
        return ()
    details: list[Detail] = []
    if before.rule != after.rule:
        details.append(Detail("fires", "", before.rule, after.rule))
    if before.states != after.states:
        details.append(
            Detail("states", "", format_states(before.states), format_states(after.states))
        )
    details += _weight_details(before.synapses, after.synapses)
    details += _limit_details(before, after)
    return tuple(details)


def _limit_details(before: NeuronForm, after: NeuronForm) -> Iterator[Detail]:
    """Compare thresholds by name; those of gates are not written."""
    olds = {} if before.rule in GATES else before.limits
    news = {} if after.rule in GATES else after.limits
    both = ((before, olds), (after, news))
    for port in {**olds, **news}:
        old, new = (_limit(form, limits.get(port)) for form, limits in both)
        if old != new:
            yield Detail("threshold", port or "", old, new)


def _weight_details(before: Synapses, after: Synapses) -> Iterator[Detail]:
    """Compare weights: first changed numbers, then changed wiring."""
    both = [key for key in before if key in after and before[key] != after[key]]
    for subject, key in _runs(both, lambda synapse: (before[synapse], after[synapse])):
        what = "weight" if key[1] is None else "step"
        yield Detail(what, subject, format_number(before[key]), format_number(after[key]))
    removed = [key for key in before if key not in after]
    added = [key for key in after if key not in before]
    for old, new in _rewired(before, after, removed, added):
        weight = format_number(before[old])
        if old[0] == new[0] and old[1] is not None and new[1] is not None:
            cutoff, moved = _format_limit(old[1]), _format_limit(new[1])
            yield Detail("cut-off", format_element(old[0]), cutoff, moved)
        else:
            yield Detail("source", weight or "", _format_synapse(old), _format_synapse(new))
        removed.remove(old)
        added.remove(new)
    for subject, key in _runs(removed, before.__getitem__):
        yield Detail("source", format_number(before[key]) or "", subject, None)
    for subject, key in _runs(added, after.__getitem__):
        yield Detail("source", format_number(after[key]) or "", None, subject)


_MAX_REWIRED = 100


def _rewired(
    before: Synapses, after: Synapses, removed: list[Synapse], added: list[Synapse]
) -> list[tuple[Synapse, Synapse]]:
    """Pair removed sources or cut-offs with added ones of the same weight."""
    if len(removed) > _MAX_REWIRED or len(added) > _MAX_REWIRED:
        return []
    pairs = []
    left = list(added)
    for old in removed:
        alike = (synapse for synapse in left if after[synapse] == before[old])
        new = next(
            (synapse for synapse in alike if synapse[0] == old[0] or synapse[1] == old[1]), None
        )
        if new is not None:
            left.remove(new)
            pairs.append((old, new))
    return pairs


def _runs(
    keys: Iterable[Synapse], value: Callable[[Synapse], object]
) -> Iterator[tuple[str, Synapse]]:
    """Join neighbouring elements of a bus with equal values: `votes(0:5)`."""
    place = 0

    def group(numbered: tuple[int, Synapse]) -> object:
        nonlocal place
        place += 1
        (name, index), cutoff = numbered[1]
        if type(index) is not int or cutoff is not None:
            return place
        return name, index - numbered[0], value(numbered[1])

    for _, run in groupby(enumerate(keys), group):
        own = [key for _, key in run]
        if len(own) == 1:
            yield _format_synapse(own[0]), own[0]
        else:
            (name, first), _ = own[0]
            yield f"{name}({first}:{first + len(own)})", own[0]


def _format_synapse(synapse: Synapse) -> str:
    element, cutoff = synapse
    if cutoff is None:
        return format_element(element)
    cut = ruled(cutoff, "at_least")
    return f"{format_element(element)}{FIRING[cut.rule].ascii}{show_number(cut.number)}"


def _format_limit(limit: Limit | Open) -> str:
    return shorten(show_limit(limit), _MAX_DIGITS)


def _limit(form: NeuronForm, limit: Limit | Open | None) -> str | None:
    """Write a threshold, with its rule if it differs from the neuron's."""
    if limit is None:
        return None
    cut = ruled(limit, form.fires)
    return _format_limit(cut.number if cut.rule == form.rule else cut)


def format_number(value: Entry | None) -> str | None:
    """Write a number, shortened in the middle if it is long; `_` if it is left open."""
    return None if value is None else shorten(show_entry(value), _MAX_DIGITS)


def format_states(states: States) -> str:
    """Write states as a file does."""
    return f"[{format_number(states[0])}, {format_number(states[1])}]"


def formula(form: NeuronForm) -> str:
    """Write a neuron in one line: `a + b - 2*both > 0`."""
    terms = [_format_synapse(key) for key in form.synapses]
    if form.rule in GATES:
        more = ", …" if terms[_MAX_TERMS:] else ""
        return f"{form.rule} of {', '.join(terms[:_MAX_TERMS])}{more}"
    text = ""
    for term, ((_, cutoff), weight) in islice(
        zip(terms, form.synapses.items(), strict=True), _MAX_TERMS
    ):
        named = f"({term})" if cutoff is not None else term
        is_negative = not isinstance(weight, Open) and weight < 0
        amount = -weight if is_negative and not isinstance(weight, Open) else weight
        size = named if amount == 1 else f"{format_number(amount)}*{named}"
        text += f" {'-' if is_negative else '+'} {size}" if text else "-" * is_negative + size
    text += " + …" if terms[_MAX_TERMS:] else ""
    cuts = [(port, ruled(limit, form.fires)) for port, limit in form.limits.items()]
    limits = [
        f"{port or ''} {FIRING[cut.rule].sign} {format_number(cut.number)}".lstrip()
        for port, cut in cuts
    ]
    between = " " if set(form.limits) == {None} else ": "
    return f"{text or '0'}{between}{', '.join(limits)}"
