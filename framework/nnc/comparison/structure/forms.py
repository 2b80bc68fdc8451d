"""A neuron in one form, whatever form the file has: what each element adds, and the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple

from nnc.comparison.structure.changes import Detail
from nnc.comparison.structure.declared import Declared, Element, shown_element
from nnc.exact import Number, shorten, show_number
from nnc.language.network import FIRING, GATES, Fires, Neuron, States

Synapse = tuple[Element, Number | None]
"""An element, and the cut-off where the weight is steps."""
Synapses = dict[Synapse, Number]
Translate = Callable[[Element], Element]
_MOST_TERMS = 12
_LONGEST_NUMBER = 60


class Form(NamedTuple):
    """A neuron: `rule` is as written, `fires` and `limits` are those of the gates too."""

    rule: str
    fires: Fires
    states: States
    limits: dict[str | None, Number]
    synapses: Synapses


def form_of(declared: Declared, name: str, translate: Translate | None = None) -> Form:
    """Give a neuron of a network in this form; `translate` renames its elements."""
    neuron = declared.network.neurons[name]
    rule = declared.network.fires_of(neuron)
    synapses: Synapses = {}
    for element, cutoff, weight in _synapses(declared, neuron):
        key = (translate(element) if translate is not None else element, cutoff)
        synapses[key] = synapses.get(key, 0) + weight
    states = declared.network.states_of(neuron)
    if rule in GATES:
        limit = len(synapses) if rule == "all" else 1
        return Form(rule, "at_least", states, {None: limit}, synapses)
    limits: dict[str | None, Number] = {None: neuron.threshold or 0}
    if neuron.thresholds is not None:
        limits = {port: limit for port, limit in neuron.thresholds.items()}  # noqa: C416
    if translate is not None:
        limits = {translate((name, port))[1]: limit for port, limit in limits.items()}
    return Form(rule, rule, states, limits, synapses)


def states_of_layer(declared: Declared, name: str) -> States:
    """Give the states of a layer."""
    return declared.network.states_of(declared.network.layers[name])


def _synapses(
    declared: Declared, neuron: Neuron
) -> Iterator[tuple[Element, Number | None, Number]]:
    if isinstance(neuron.weights, dict):
        for text, weight in neuron.weights.items():
            elements = declared.elements(text)
            if isinstance(weight, dict):
                for cutoff, points in weight.items():
                    yield elements[0], cutoff, points
            elif isinstance(weight, tuple):
                for element, one in zip(elements, weight, strict=True):
                    yield element, None, one
            else:
                for element in elements:
                    yield element, None, weight
        return
    elements = [one for text in neuron.wiring or () for one in declared.elements(text)]
    given: Any = 1 if neuron.weights is None else neuron.weights
    weights = given if isinstance(given, tuple) else (given,) * len(elements)
    for element, one in zip(elements, weights, strict=True):
        yield element, None, one


# ------------------------------------------------------------------------------- comparing


def neuron_details(before: Form, after: Form) -> tuple[Detail, ...]:
    """Say what changed in a neuron."""
    if before[1:] == after[1:]:
        return ()
    details: list[Detail] = []
    if before.rule != after.rule:
        details.append(Detail("fires", "", before.rule, after.rule))
    if before.states != after.states:
        details.append(
            Detail("states", "", shown_states(before.states), shown_states(after.states))
        )
    details += _weight_details(before.synapses, after.synapses)
    details += _limit_details(before, after)
    return tuple(details)


def _limit_details(before: Form, after: Form) -> Iterator[Detail]:
    """Compare thresholds by name; those of gates are not written."""
    olds = {} if before.rule in GATES else before.limits
    news = {} if after.rule in GATES else after.limits
    for port in {**olds, **news}:
        old, new = (number(one.get(port)) for one in (olds, news))
        if old != new:
            yield Detail("threshold", port or "", old, new)


def _weight_details(before: Synapses, after: Synapses) -> Iterator[Detail]:
    """Compare weights: first those that changed, then what is wired to another source."""
    both = [key for key in before if key in after and before[key] != after[key]]
    for subject, key in _runs(both, lambda one: (before[one], after[one])):
        what = "weight" if key[1] is None else "step"
        yield Detail(what, subject, number(before[key]), number(after[key]))
    removed = [key for key in before if key not in after]
    added = [key for key in after if key not in before]
    for old, new in _rewired(before, after, removed, added):
        weight = number(before[old])
        yield Detail("source", weight or "", _named(old), _named(new))
        removed.remove(old)
        added.remove(new)
    for subject, key in _runs(removed, before.__getitem__):
        yield Detail("source", number(before[key]) or "", subject, None)
    for subject, key in _runs(added, after.__getitem__):
        yield Detail("source", number(after[key]) or "", None, subject)


_MOST_REWIRED = 100


def _rewired(
    before: Synapses, after: Synapses, removed: list[Synapse], added: list[Synapse]
) -> list[tuple[Synapse, Synapse]]:
    """Pair sources, or cut-offs of one, that have taken the place of others of the same weight."""
    if len(removed) > _MOST_REWIRED or len(added) > _MOST_REWIRED:
        return []
    pairs = []
    left = list(added)
    for old in removed:
        alike = (one for one in left if after[one] == before[old])
        new = next((one for one in alike if one[0] == old[0] or one[1] == old[1]), None)
        if new is not None:
            left.remove(new)
            pairs.append((old, new))
    return pairs


def _runs(
    keys: Iterable[Synapse], value: Callable[[Synapse], object]
) -> Iterator[tuple[str, Synapse]]:
    """Put neighbours on a bus together that have the same value: `votes(0:5)`."""
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
            yield _named(own[0]), own[0]
        else:
            (name, first), _ = own[0]
            yield f"{name}({first}:{first + len(own)})", own[0]


def _named(synapse: Synapse) -> str:
    element, cutoff = synapse
    return shown_element(element) + ("" if cutoff is None else f">={show_number(cutoff)}")


def number(value: Number | None) -> str | None:
    """Write a number, in the middle cut short if it is long."""
    return None if value is None else shorten(show_number(value), _LONGEST_NUMBER)


def shown_states(states: States) -> str:
    """Write states as a file does."""
    return f"[{number(states[0])}, {number(states[1])}]"


def formula(form: Form) -> str:
    """Write a neuron in one line: `a + b - 2*both > 0`."""
    terms = [_named(key) for key in form.synapses]
    if form.rule in GATES:
        more = ", …" if terms[_MOST_TERMS:] else ""
        return f"{form.rule} of {', '.join(terms[:_MOST_TERMS])}{more}"
    text = ""
    for term, ((_, cutoff), weight) in islice(
        zip(terms, form.synapses.items(), strict=True), _MOST_TERMS
    ):
        named = f"({term})" if cutoff is not None else term
        amount = -weight if weight < 0 else weight
        size = named if amount == 1 else f"{number(amount)}*{named}"
        sign = "-" if weight < 0 else "+"
        text += f" {sign} {size}" if text else ("-" if weight < 0 else "") + size
    text += " + …" if terms[_MOST_TERMS:] else ""
    sign = FIRING[form.fires].sign
    if set(form.limits) == {None}:
        return f"{text or '0'} {sign} {number(next(iter(form.limits.values())))}"
    limits = (f"{port} {sign} {number(limit)}" for port, limit in form.limits.items())
    return f"{text or '0'}: {', '.join(limits)}"
