"""Fault trees of the Open-PSA Model Exchange Format (XML) -> networks, and a table for `nnc cuts`.

The format: Epstein, Rauzy, "Open-PSA Model Exchange Format", 2.0d. Components are put into one
network; house events are constants, and are folded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nnc.diagnostics.diagnostic import Diagnostic, FileError, did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.interchange.importing.buses import renamed
from nnc.interchange.importing.common_causes import MEMBER, add_common_causes
from nnc.interchange.importing.expressions import ABOUT, Expressions, Unread, Value
from nnc.interchange.importing.formulas import Formula, Formulas, needed_by
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ordering import CircleError, ordered
from nnc.interchange.importing.scopes import Defined, Scope
from nnc.interchange.importing.settings import Settings
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Input, Network
from nnc.numbers.exact import counted, first_names, names_and_more, shorten, show_number

_FORMULAS = ("and", "or", "not", "nand", "nor", "xor", "iff", "imply", "atleast", "cardinality")
_EVENTS = {"event": "", "gate": "gate", "basic-event": "basic", "house-event": "house"}
MAX_INCLUDED = 20  # files that include each other
_CONTAINERS = ("define-fault-tree", "define-component")
MAX_EVENTS = 100
"""List at most this many events whose probabilities are not read, for each kind of expression."""


@dataclass(slots=True)
class _Model:
    """All that a file defines; `groups` are its CCF groups, each with its container."""

    events: Scope = field(default_factory=Scope)
    parameters: Scope = field(default_factory=Scope)
    groups: list[tuple[Element, tuple[str, ...]]] = field(default_factory=list)
    passed_over: dict[str, None] = field(default_factory=dict)
    trees: list[Element] = field(default_factory=list)


def read(data: bytes, settings: Settings) -> Imported:
    """Read fault trees. The outputs are the gates that no other reads, or the gate `top`.

    Raises InvalidNetworkError for a damaged file, and one that has no fault tree.
    """
    tree = _rooted(Tree(data))
    beside = settings.beside
    for file, more in ({} if beside is None else beside.files).items():
        tree.root.children += _rooted(Tree(more, file)).root.children
    model = _Model()
    _include(tree, tree.root, settings, ())
    _collect(tree, model, tree.root, (), is_private=False)
    if not model.trees:
        hint = "name the file of the fault tree first, and this one after it: plant.xml data.xml"
        raise tree.refused("the file has no fault tree", tree.root, hint)
    add_common_causes(tree, model.events, model.groups)
    return _Reader(tree, model, settings).imported(settings.top)


def _rooted(tree: Tree) -> Tree:
    if tree.root.name != "opsa-mef":
        message = f"expected <opsa-mef>, found <{shorten(tree.root.name)}>"
        raise tree.damaged(message, tree.root)
    return tree


def _include(tree: Tree, container: Element, settings: Settings, within: tuple[str, ...]) -> None:
    """Put the contents of included files in the place of their <include>."""
    children: list[Element] = []
    for element in container.children:
        if element.name != "include":
            if element.name in (*_CONTAINERS, "model-data"):
                _include(tree, element, settings, within)
            children.append(element)
            continue
        file = tree.attribute(element, "href")
        if file in within or len(within) > MAX_INCLUDED:
            raise tree.damaged(f"`{shorten(file)}` includes itself", element)
        if settings.beside is None:
            raise tree.refused("the file includes another", element, "import it from a file")
        try:
            data = settings.beside.read(file)
        except FileError as error:
            message = f"`{shorten(file)}` cannot be included: {error.diagnostics[0].message}"
            raise tree.damaged(message, element) from None
        except ValueError:
            message = f"`{shorten(file)}` is not in the folder of the file that includes it"
            raise tree.refused(message, element, "copy it there") from None
        root = Tree(data, file).root
        holder = root if root.name == "opsa-mef" else replace(root, name="", children=[root])
        _include(tree, holder, settings, (*within, file))
        children += holder.children
    container.children[:] = children


def _collect(
    tree: Tree, model: _Model, container: Element, path: tuple[str, ...], *, is_private: bool
) -> None:
    """Collect the definitions in a container and in nested ones."""
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
            name = tree.attribute(element, "name")
            model.parameters.define(tree, Defined("parameter", name, element, path, hidden))
        elif element.name == "define-CCF-group":
            model.groups.append((element, path))
        elif element.name in ("define-gate", "define-basic-event", "define-house-event"):
            kind = element.name.removeprefix("define-").removesuffix("-event")
            name = tree.attribute(element, "name")
            model.events.define(tree, Defined(kind, name, element, path, hidden))
        elif element.name not in ABOUT:
            model.passed_over[element.name] = None


class _Reader:
    """Writes the gates of a model as neurons."""

    def __init__(self, tree: Tree, model: _Model, settings: Settings) -> None:
        self._tree, self._model = tree, model
        self._names = Names()
        self._undefined: dict[str, Defined] = {}
        self._notes: list[Diagnostic] = []
        self._mission_time = settings.mission_time

    def imported(self, top: str | None) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        gates = {
            _key(event): event
            for event in self._model.events.by_path.values()
            if event.kind == "gate"
        }
        reads = {key: [*dict.fromkeys(self._reads(gate))] for key, gate in gates.items()}
        tops = self._tops(top, gates, reads)
        order = self._order(tops if top else [*gates], gates, reads)
        events = {
            _key(event): event for key in order for event in reads[key] if event.kind == "basic"
        }
        defined = events | {key: gates[key] for key in order}
        called = {key: self._names.new(_flat(event)) for key, event in defined.items()}
        self._note_renamed(defined, called)
        formulas = Formulas(self._names)
        values: dict[_Key, Formula] = {key: (name, False) for key, name in called.items()}
        for key in order:
            gate = gates[key]
            literal = self._literal(self._body(gate), gate, values, formulas, called[key])
            values[key] = (formulas.named(literal, called[key], _label(gate.element)), False)
        outputs = {called[key]: values[key][0] for key in tops}
        neurons = needed_by(outputs.values(), formulas.neurons)
        needed = {source for neuron in neurons.values() for source in neuron.reads()}
        needed.update(outputs.values())
        inputs = self._kept({called[key]: event for key, event in events.items()}, needed)
        network = Network(
            name=self._model.trees[0].attributes["name"] if len(self._model.trees) == 1 else None,
            fires="at_least",
            inputs={name: _input(event.element) for name, event in inputs.items()},
            neurons=neurons,
            outputs=outputs,
        )
        return self._with_table(network, inputs)

    def _tops(
        self, top: str | None, gates: Mapping[_Key, Defined], reads: Mapping[_Key, list[Defined]]
    ) -> list[_Key]:
        """Return the gates that are outputs: the requested one, or those that no other reads."""
        if top is not None:
            return [_key(self._named(top))]
        read = {_key(event) for events in reads.values() for event in events}
        return [key for key, gate in gates.items() if key not in read and not _is_member(gate)]

    def _order(
        self,
        starts: Sequence[_Key],
        gates: Mapping[_Key, Defined],
        reads: Mapping[_Key, list[Defined]],
    ) -> list[_Key]:
        """Sort the gates that are needed, each after those that it reads."""
        try:
            order = ordered(
                starts, lambda key: (_key(event) for event in reads[key] if event.kind == "gate")
            )
        except CircleError as error:
            gate = gates[error.reader]
            message = f"`{shorten(gate.name)}` reads `{shorten(error.read[-1])}`, which reads it"
            raise self._tree.damaged(message, gate.element) from None
        if not order:
            raise self._tree.refused("the fault trees have no gates", self._model.trees[0])
        return order

    def _kept(self, events: Mapping[str, Defined], needed: set[str]) -> dict[str, Defined]:
        """Return the basic events that a gate depends on, and note the others."""
        kept = {name: event for name, event in events.items() if name in needed}
        if not kept:
            message = "no output depends on a basic event: each is always true, or always false"
            hint = "look for house events and constants that decide them"
            raise self._tree.refused(message, self._model.trees[0], hint)
        if folded := [name for name in events if name not in kept]:
            message = f"left out, as no gate depends on them: {first_names(folded)}"
            self._notes.append(Diagnostic("left-out", message))
        return kept

    def _note_renamed(self, events: Mapping[_Key, Defined], called: Mapping[_Key, str]) -> None:
        changes = [
            ("", event.name, called[key]) for key, event in events.items() if " " not in event.name
        ]
        self._notes += renamed(changes)

    def _named(self, top: str) -> Defined:
        event = self._model.events.find(top, ())
        if event is None or event.kind != "gate":
            gates = [
                each.name for each in self._model.events.by_path.values() if each.kind == "gate"
            ]
            hint = did_you_mean(top, gates, f"there are {first_names(gates)}")
            raise self._tree.refused(f"there is no gate `{shorten(top)}`", self._tree.root, hint)
        return event

    # ----------------------------------------------------------------------------- references

    def _event(self, element: Element, gate: Defined) -> Defined:
        name, kind = self._tree.attribute(element, "name"), _EVENTS[element.name]
        kind = {"gate": "gate", "basic-event": "basic", "house-event": "house"}.get(
            element.attributes.get("type", ""), kind
        )
        event = self._model.events.find(name, gate.path)
        if event is not None and (kind in ("", event.kind) or _is_member(event)):
            return event
        if event is not None:
            message = f"`{shorten(name)}` is a {event.kind} event, not a {kind} event"
            raise self._tree.damaged(message.replace("gate event", "gate"), element)
        if kind == "basic":
            return self._undefined.setdefault(name, Defined("basic", name, element, ()))
        near = did_you_mean(name, self._model.events.public)
        hint = "name the file that defines it after this one: plant.xml data.xml"
        hint = f"{near} If not, {hint}" if near else hint
        raise self._tree.damaged(f"`{shorten(name)}` is not defined", element, hint)

    def _body(self, gate: Defined) -> Element:
        bodies = [each for each in gate.element.children if each.name not in ABOUT]
        if len(bodies) != 1:
            message = f"gate `{shorten(gate.name)}` has {counted(len(bodies), 'formula')}, not one"
            raise self._tree.damaged(message, gate.element)
        return bodies[0]

    def _reads(self, gate: Defined) -> Iterator[Defined]:
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
        gate: Defined,
        values: Mapping[_Key, Formula],
        formulas: Formulas,
        wanted: str,
    ) -> Formula:
        """Return the source of a formula, and True if it is negated.

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
        self._check_count(element, gate, len(parts), limits)
        return formulas.of(element.name, parts, limits, wanted)

    def _check_count(
        self, element: Element, gate: Defined, count: int, limits: Sequence[int]
    ) -> None:
        """Warn of a formula that is never true, or that counts an event repeatedly."""
        where = f"gate `{shorten(gate.name)}`: <{element.name}>"
        if limits and (limits[0] > count or limits[0] > limits[-1]):
            numbers = f"{' to '.join(map(str, limits))} of {counted(count, 'argument')}"
            message = f"{where} is never true: it needs {numbers}"
            self._warn("never-fires", message, element, "check its numbers and its arguments")
        names = [each.attributes.get("name") for each in element.children if each.name in _EVENTS]
        if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            message = f"{where} has an event repeatedly: {first_names(map(str, repeated))}"
            self._warn("duplicate-source", message, element, "it counts once for each mention")

    def _warn(self, rule: RuleName, message: str, element: Element, hint: str) -> None:
        (diagnostic,) = self._tree.damaged(message, element, hint).diagnostics
        self._notes.append(replace(diagnostic, rule=rule, set_severity="warning"))

    def _count(self, element: Element, key: str) -> int:
        text = element.attributes[key]
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            message = f"`{key}` is `{shorten(text)}`, not a whole number"
            raise self._tree.damaged(message, element)
        return int(text)

    def _constant(self, event: Defined) -> str:
        constant = event.element.child("constant")
        return "0" if constant is None else self._bit(constant)

    def _bit(self, element: Element) -> str:
        value = self._tree.attribute(element, "value").lower()
        if value not in ("true", "false"):
            message = f"<constant> is `{shorten(value)}`, not true or false"
            raise self._tree.damaged(message, element)
        return "1" if value == "true" else "0"

    # -------------------------------------------------------------------------- probabilities

    def _with_table(self, network: Network, events: Mapping[str, Defined]) -> Imported:
        rows: list[tuple[str, str]] = []
        without: list[str] = []
        unread: dict[str, Unread] = {}
        expressions = Expressions(self._tree, self._model.parameters, self._mission_time)
        for name, event in events.items():
            number = self._probability(event, expressions)
            if number is None:
                without.append(name)
            elif isinstance(number, Unread):
                unread[name] = number
            else:
                rows.append((name, show_number(number)))
        self._notes += expressions.notes()
        if self._model.passed_over:
            names = [f"<{name}>" for name in self._model.passed_over]
            self._notes.append(Diagnostic("left-out", f"left out: {first_names(names)}"))
        if unread:
            self._note_unread(unread)
        if without:
            message = f"{counted(len(without), 'event')} without a probability in this file: "
            hint = "give them to `nnc cuts` with --probability NAME=P"
            self._notes.append(Diagnostic("left-out", message + first_names(without), help=hint))
        files = {}
        if rows:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows([("name", "probability"), *rows])
            files["probabilities.csv"] = text.getvalue()
        return Imported(network, notes=tuple(self._notes), files=files)

    def _probability(self, event: Defined, expressions: Expressions) -> Value | None:
        """Return the probability of an event; None where the file has none."""
        body = None if event.element.name in _EVENTS else expressions.body(event)
        if body is None:
            return None
        value = expressions.for_table(body, event.path)
        if not isinstance(value, Unread) and not 0 <= value <= 1:
            message = f"the probability of `{shorten(event.name)}` is {show_number(value)}"
            raise self._tree.damaged(f"{message}, not from 0 to 1", body)
        return value

    def _note_unread(self, unread: Mapping[str, Unread]) -> None:
        """Warn of probabilities that are not read, with all their names."""
        by_part: dict[str, list[str]] = {}
        for name, value in unread.items():
            by_part.setdefault(value.part, []).append(name)
        count = "1 probability is" if len(unread) == 1 else f"{len(unread):,} probabilities are"
        message = f"{count} not read, given by {first_names(by_part)}"
        details = [
            f"{part}: {names_and_more(names, MAX_EVENTS, '')}" for part, names in by_part.items()
        ]
        hint = "give their values to `nnc cuts` with --probability NAME=P"
        self._notes.append(
            Diagnostic("probability-not-read", message, help=hint, details=tuple(details))
        )


_Key = tuple[str, ...]


def _key(event: Defined) -> _Key:
    return (event.kind, *event.path, event.name)


def _flat(event: Defined) -> str:
    """Return a flat name of an event, with its container if it is private."""
    return "_".join((*event.path[1:], event.name)) if event.is_private else event.name


def _is_member(event: Defined) -> bool:
    return event.element.name == MEMBER


def _label(element: Element) -> str | None:
    label = element.child("label")
    return (label.text or None) if label is not None else None


def _input(element: Element) -> Input:
    label = _label(element) if element.name.startswith("define") else None
    return Input(type="bit", description=label) if label else Input(type="bit")
