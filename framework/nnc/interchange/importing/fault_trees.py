"""Fault trees of the Open-PSA Model Exchange Format (XML) -> networks, and a table for `nnc cuts`.

The format: Epstein, Rauzy, "Open-PSA Model Exchange Format", 2.0d. Components are put into one
network; house events are constants, and are folded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, did_you_mean
from nnc.exact import Refused, counted, first_names, read_number, shorten, show_number
from nnc.interchange.importing.formulas import Formula, Formulas
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.interchange.importing.settings import Settings
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Input, Network

_FORMULAS = ("and", "or", "not", "nand", "nor", "xor", "iff", "imply", "atleast", "cardinality")
_EVENTS = {"event": "", "gate": "gate", "basic-event": "basic", "house-event": "house"}
_ABOUT = ("label", "attributes")
_CONTAINERS = ("define-fault-tree", "define-component")
_LONGEST_WAY = 50
"""So many parameters may stand for each other."""


class _Defined(NamedTuple):
    """An event: what it is, where it is defined, and the path of what it is defined in."""

    kind: str
    name: str
    element: Element
    path: tuple[str, ...]
    is_private: bool


@dataclass(slots=True)
class _Model:
    """All that is defined: by its whole path, and, what is public, by its name."""

    by_path: dict[tuple[str, ...], _Defined] = field(default_factory=dict)
    public: dict[str, _Defined] = field(default_factory=dict)
    parameters: dict[str, Element] = field(default_factory=dict)
    passed_over: dict[str, int] = field(default_factory=dict)
    trees: list[Element] = field(default_factory=list)


def read(data: bytes, settings: Settings) -> Imported:
    """Read fault trees: those gates go out that no other reads, or that which `top` names.

    Raises InvalidNetworkError for a damaged file, and one that has no fault tree.
    """
    tree = Tree(data)
    if tree.root.name != "opsa-mef":
        message = f"expected <opsa-mef>, found <{shorten(tree.root.name)}>"
        raise tree.damaged(message, tree.root)
    model = _Model()
    _collect(tree, model, tree.root, (), is_private=False)
    if not model.trees:
        raise tree.refused("the file has no fault tree", tree.root)
    return _Reader(tree, model).imported(settings.top)


def _collect(
    tree: Tree, model: _Model, container: Element, path: tuple[str, ...], *, is_private: bool
) -> None:
    """Collect what is defined in a container and in those below."""
    for element in container.children:
        role = element.attributes.get("role")
        hidden = is_private if role is None else role == "private"
        if element.name in _CONTAINERS:
            if element.name == "define-fault-tree":
                model.trees.append(element)
            inner = (*path, tree.attribute(element, "name"))
            _collect(tree, model, element, inner, is_private=hidden)
        elif element.name == "model-data":
            _collect(tree, model, element, path, is_private=False)
        elif element.name == "define-parameter":
            model.parameters.setdefault(tree.attribute(element, "name"), element)
        elif element.name in ("define-gate", "define-basic-event", "define-house-event"):
            kind = element.name.removeprefix("define-").removesuffix("-event")
            name = tree.attribute(element, "name")
            _define(tree, model, _Defined(kind, name, element, path, hidden))
        elif element.name == "include":
            raise tree.refused("the file includes another", element, hint="put both into one")
        elif element.name not in _ABOUT:
            model.passed_over[element.name] = model.passed_over.get(element.name, 0) + 1


def _define(tree: Tree, model: _Model, defined: _Defined) -> None:
    path = (*defined.path, defined.name)
    before = model.by_path.get(path)
    if before is None and not defined.is_private:
        before = model.public.get(defined.name)
    if before is not None:
        message = f"`{shorten(defined.name)}` is defined for the second time, after line "
        raise tree.damaged(f"{message}{before.element.line}", defined.element)
    model.by_path[path] = defined
    if not defined.is_private:
        model.public[defined.name] = defined


class _Reader:
    """Writes the gates of a model as neurons."""

    def __init__(self, tree: Tree, model: _Model) -> None:
        self._tree, self._model = tree, model
        self._names = Names()
        self._undefined: dict[str, _Defined] = {}
        self._notes: list[Diagnostic] = []

    def imported(self, top: str | None) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        gates = [each for each in self._model.by_path.values() if each.kind == "gate"]
        by_key = {_key(gate): gate for gate in gates}
        reads = {key: [*dict.fromkeys(self._reads(gate))] for key, gate in by_key.items()}
        read = {_key(event) for events in reads.values() for event in events}
        tops = [key for key in by_key if key not in read]
        if top is not None:
            tops = [_key(self._named(top))]
        try:
            order = ordered(
                tops if top else by_key,
                lambda key: (_key(event) for event in reads[key] if event.kind == "gate"),
            )
        except CircleError as error:
            gate = by_key[error.reader]
            message = f"`{shorten(gate.name)}` reads `{shorten(error.read[-1])}`, which reads it"
            raise self._tree.damaged(message, gate.element) from None
        if not order:
            raise self._tree.refused("the fault trees have no gates", self._model.trees[0])
        events = [event for key in order for event in reads[key] if event.kind == "basic"]
        events = [*{_key(event): event for event in events}.values()]
        called = {_key(event): self._names.new(_flat(event)) for event in events}
        called |= {key: self._names.new(_flat(by_key[key])) for key in order}
        self._note_renamed([*events, *(by_key[key] for key in order)], called)
        formulas = Formulas(self._names)
        values: dict[_Key, Formula] = {key: (name, False) for key, name in called.items()}
        for key in order:
            gate = by_key[key]
            formula = self._body(gate)
            literal = self._literal(formula, gate, values, formulas, called[key])
            source = formulas.named(literal, called[key], _label(gate.element))
            values[key] = (source, False)
        outputs = {called[key]: values[key][0] for key in tops}
        neurons = formulas.needed_by(outputs.values())
        needed = {source for neuron in neurons.values() for source in neuron.reads()}
        needed.update(outputs.values())
        by_name = {called[_key(event)]: event for event in events}
        folded = {name: event for name, event in by_name.items() if name not in needed}
        if len(folded) == len(by_name):
            message = (
                "no basic event counts: each gate that goes out is always true, or always false"
            )
            raise self._tree.refused(message, self._model.trees[0])
        if folded:
            message = f"left out, as no gate depends on them: {first_names(folded)}"
            self._notes.append(Diagnostic("left-out", message))
        inputs = {name: event for name, event in by_name.items() if name in needed}
        network = Network(
            name=_name(self._model.trees),
            fires="at_least",
            inputs={name: _input(event.element) for name, event in inputs.items()},
            neurons=neurons,
            outputs=outputs,
        )
        return self._with_table(network, inputs)

    def _note_renamed(self, events: list[_Defined], called: Mapping[_Key, str]) -> None:
        renamed = [
            f"`{shorten(event.name)}` is `{called[_key(event)]}`"
            for event in events
            if called[_key(event)] != event.name
        ]
        if renamed:
            message = f"names are others in the network: {first_names(renamed)}"
            self._notes.append(Diagnostic("renamed", message))

    def _named(self, top: str) -> _Defined:
        event = self._find(top, ())
        if event is None or event.kind != "gate":
            gates = [each.name for each in self._model.by_path.values() if each.kind == "gate"]
            hint = did_you_mean(top, gates, f"there are {first_names(gates)}")
            raise self._tree.refused(f"there is no gate `{shorten(top)}`", self._tree.root, hint)
        return event

    # ----------------------------------------------------------------------------- references

    def _find(self, name: str, path: tuple[str, ...]) -> _Defined | None:
        """Return what a name means in a container: the nearest, else what is public."""
        steps = tuple(name.split("."))
        for end in range(len(path), -1, -1):
            if event := self._model.by_path.get((*path[:end], *steps)):
                return event
        return self._model.public.get(name)

    def _event(self, element: Element, gate: _Defined) -> _Defined:
        name, kind = self._tree.attribute(element, "name"), _EVENTS[element.name]
        kind = {"gate": "gate", "basic-event": "basic", "house-event": "house"}.get(
            element.attributes.get("type", ""), kind
        )
        event = self._find(name, gate.path)
        if event is not None and kind in ("", event.kind):
            return event
        if event is not None:
            message = f"`{shorten(name)}` is a {event.kind} event, not a {kind} event"
            raise self._tree.damaged(message.replace("gate event", "gate"), element)
        if kind == "basic":
            return self._undefined.setdefault(name, _Defined("basic", name, element, (), False))  # noqa: FBT003
        hint = did_you_mean(name, self._model.public) or None
        raise self._tree.damaged(f"`{shorten(name)}` is not defined", element, hint)

    def _body(self, gate: _Defined) -> Element:
        bodies = [each for each in gate.element.children if each.name not in _ABOUT]
        if len(bodies) != 1:
            message = f"gate `{shorten(gate.name)}` has {counted(len(bodies), 'formula')}, not one"
            raise self._tree.damaged(message, gate.element)
        return bodies[0]

    def _reads(self, gate: _Defined) -> Iterator[_Defined]:
        """Yield the events that a gate reads, in order."""
        stack = [self._body(gate)]
        while stack:
            element = stack.pop()
            if element.name in _EVENTS:
                yield self._event(element, gate)
            else:
                stack += reversed(element.children)

    # ------------------------------------------------------------------------------- formulas

    def _literal(
        self,
        element: Element,
        gate: _Defined,
        values: Mapping[_Key, Formula],
        formulas: Formulas,
        wanted: str,
    ) -> Formula:
        """Return what a formula is: a source or a bit, and whether it is turned.

        It recurses, no deeper than elements may lie in each other.
        """
        if element.name in _EVENTS:
            event = self._event(element, gate)
            return (self._constant(event), False) if event.kind == "house" else values[_key(event)]
        if element.name == "constant":
            return (self._bit(element), False)
        if element.name not in _FORMULAS:
            hint = did_you_mean(element.name, (*_FORMULAS, *_EVENTS, "constant")) or None
            message = f"<{shorten(element.name)}> is no formula that a network can hold"
            raise self._tree.refused(message, element, hint)
        parts = [self._literal(each, gate, values, formulas, wanted) for each in element.children]
        fewest, most = {"not": (1, 1), "iff": (2, 2), "imply": (2, 2)}.get(element.name, (1, None))
        if len(parts) < fewest or (most is not None and len(parts) > most):
            message = f"<{element.name}> has {counted(len(parts), 'argument')}"
            raise self._tree.damaged(message, element)
        limits = [self._count(element, key) for key in ("min", "max") if key in element.attributes]
        if len(limits) != {"atleast": 1, "cardinality": 2}.get(element.name, len(limits)):
            needed = "`min`" if element.name == "atleast" else "`min` and `max`"
            raise self._tree.damaged(f"<{element.name}> needs {needed}", element)
        return formulas.of(element.name, parts, limits, wanted)

    def _count(self, element: Element, key: str) -> int:
        text = element.attributes[key]
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            message = f"`{key}` is `{shorten(text)}`, not a whole number"
            raise self._tree.damaged(message, element)
        return int(text)

    def _constant(self, event: _Defined) -> str:
        constant = event.element.child("constant")
        return "0" if constant is None else self._bit(constant)

    def _bit(self, element: Element) -> str:
        value = self._tree.attribute(element, "value").lower()
        if value not in ("true", "false"):
            message = f"<constant> is `{shorten(value)}`, not true or false"
            raise self._tree.damaged(message, element)
        return "1" if value == "true" else "0"

    # -------------------------------------------------------------------------- probabilities

    def _with_table(self, network: Network, events: Mapping[str, _Defined]) -> Imported:
        rows, without = [], []
        for name, event in events.items():
            number = self._probability(event)
            if number is None:
                without.append(event.name)
            else:
                rows.append((name, show_number(number)))
        if self._model.passed_over:
            names = [f"<{name}>" for name in self._model.passed_over]
            self._notes.append(Diagnostic("left-out", f"left out: {first_names(names)}"))
        if rows and without:
            message = f"{counted(len(without), 'event')} without a plain probability: "
            hint = "give them to `nnc cuts` with --probability NAME=P"
            self._notes.append(Diagnostic("left-out", message + first_names(without), help=hint))
        files = {}
        if rows:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows([("name", "probability"), *rows])
            files["probabilities.csv"] = text.getvalue()
        return Imported(network, notes=tuple(self._notes), files=files)

    def _probability(self, event: _Defined) -> Fraction | int | None:
        """Return the number that an event has; None where it has none, or an expression."""
        element: Element | None = event.element
        for _ in range(_LONGEST_WAY):
            if element is None:
                return None
            values = [each for each in element.children if each.name not in _ABOUT]
            if len(values) != 1:
                return None
            [value] = values
            if value.name != "parameter":
                break
            element = self._model.parameters.get(self._tree.attribute(value, "name"))
        if value.name not in ("float", "int"):
            return None
        text = self._tree.attribute(value, "value").removeprefix("+")
        try:
            number = read_number(text, lenient=True)
        except Refused as refused:
            raise self._tree.damaged(refused.message, value, refused.help) from None
        if not 0 <= number <= 1:
            message = f"the probability of `{shorten(event.name)}` is {show_number(number)}"
            raise self._tree.damaged(f"{message}, not from 0 to 1", value)
        return number


_Key = tuple[str, ...]


def _key(event: _Defined) -> _Key:
    return (event.kind, *event.path, event.name)


def _flat(event: _Defined) -> str:
    """Name an event in one network: one that is private with what it is in."""
    return "_".join((*event.path[1:], event.name)) if event.is_private else event.name


def _label(element: Element) -> str | None:
    label = element.child("label")
    return (label.text or None) if label is not None else None


def _input(element: Element) -> Input:
    label = _label(element) if element.name.startswith("define") else None
    return Input(type="bit", description=label) if label else Input(type="bit")


def _name(trees: list[Element]) -> str | None:
    return trees[0].attributes["name"] if len(trees) == 1 else None
