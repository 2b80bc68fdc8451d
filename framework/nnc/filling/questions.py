"""Translate a network with open numbers, and its cases, to a skeleton for the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.blanks import OpenNumber, open_numbers
from nnc.compiler.graph import Graph, LayerNode, NeuronNode, Tap, widths_of
from nnc.compiler.linking import Linked
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, KeyPath, Span
from nnc.filling.search.skeleton import (
    Bit,
    Blank,
    Cell,
    Demand,
    Entry,
    Largest,
    Place,
    Row,
    Skeleton,
    Sum,
)
from nnc.language.document.text import Document
from nnc.language.firing import FIRING, Limit, show_limit
from nnc.language.network import Case, Input, Network
from nnc.numbers.exact import Number, show_number
from nnc.opening.cases.checking import Expected, check_cases
from nnc.opening.cases.running import run_cases
from nnc.opening.checking import Checked, check_built, check_file
from nnc.rows.elements import element_of
from nnc.run.engines import element_columns


class Example(NamedTuple):
    """A case, or a row of a case file: values of input elements, and expected values.

    `path` leads to the case; that of a row in a case file also has the row.
    """

    name: str
    values: tuple[Number, ...]
    expected: Expected
    path: KeyPath
    file: str | None = None
    span: Span | None = None
    excerpt: str | None = None


@dataclass(frozen=True)
class Question:
    """A skeleton, and the numbers, neurons and cases of the file that it represents.

    `names` has the name of each signal.
    """

    skeleton: Skeleton
    numbers: tuple[OpenNumber, ...]
    examples: tuple[Example, ...]
    names: Mapping[int, str]


def examples_of(
    linked: Linked, wiring: Graph, file: Path | None, root: Path | None
) -> tuple[list[Example], list[Diagnostic]]:
    """Return every case of a network, with those in its case files, and errors in these files."""
    plan = build_plan(wiring)
    examples: list[Example] = []
    mistakes: list[Diagnostic] = []
    batch, elements = None, list[Sequence[Number]]()
    for row in run_cases(linked.network, plan, file, root):
        if isinstance(row, Diagnostic):
            mistakes.append(row if row.file is not None else replace(row, file=linked.file))
            continue
        if row.batch is not batch:
            batch = row.batch
            columns = element_columns(dict(plan.inputs), batch.columns, lazy=True)
            elements = [
                [kind.states[bit == 1] for bit in column.values()]
                if kind.kind == "bit"
                else column.values()
                for column, kind in zip(columns, wiring.types[2:], strict=False)
            ]
        values = tuple(column[row.number] for column in elements)
        at = next((row.place(alias) for alias in row.expected), None)
        span, excerpt = at if at is not None else (None, None)
        examples.append(Example(row.name, values, row.expected, row.path, row.file, span, excerpt))
    return examples, mistakes


def question_of(linked: Linked, wiring: Graph, examples: Sequence[Example]) -> Question:
    """Build the skeleton of a network and its examples."""
    return _Asking(linked, wiring).question(examples)


class _Asking:
    def __init__(self, linked: Linked, wiring: Graph) -> None:
        self._network, self._wiring = linked.network, wiring
        self._widths = widths_of(linked)
        self._numbers = [n for n in open_numbers(linked) if n.kind != "size"]
        self._at = {number.path: i for i, number in enumerate(self._numbers)}
        self._open = {path[:2] for path in self._at}
        self._virtual = len(wiring.types)
        self._stretches: list[tuple[int, tuple[int, ...]]] = []
        self._names: dict[int, str] = {}

    def question(self, examples: Sequence[Example]) -> Question:
        """Build the skeleton, with the known steps of input numbers in each row."""
        cells: list[Cell] = []
        for node in self._wiring.nodes:
            cells += [self._neuron(node)] if isinstance(node, NeuronNode) else self._layer(node)
        place = {cell.first: c for c, cell in enumerate(cells)}
        inputs = self._network.typed_inputs()
        rows = []
        for i, example in enumerate(examples):
            known: dict[int, Number] = {0: 0, 1: 1}
            known |= dict(enumerate(example.values, start=2))
            rows.append(Row(known, tuple(self._demands(example.expected, place, known)), i))
        signed = {s: t.states for s, t in enumerate(self._wiring.types) if t.states != (0, 1)}
        ordered = {
            c
            for tap in self._wiring.outputs
            if tap.kind == "level"
            for c, cell in enumerate(cells)
            if any(signal in cell.signals for signal in tap.signals)
        }
        blanks = tuple(
            Blank(".".join(map(str, n.path)), n.low, n.high, is_weight=n.kind != "threshold")
            for n in self._numbers
        )
        skeleton = Skeleton(blanks, tuple(cells), signed, tuple(rows), tuple(sorted(ordered)))
        skeleton = self._with_stretches(skeleton.settled())
        self._name_inputs(inputs)
        return Question(skeleton, tuple(self._numbers), tuple(examples), self._names)

    def _name_inputs(self, inputs: Mapping[str, Input]) -> None:
        signal = 2
        for name, input_ in inputs.items():
            for i in range(input_.width):
                text = name
                if input_.of is not None:
                    text = f"{name}.{input_.of[i]}"
                elif input_.is_bus:
                    text = f"{name}({i})"
                self._names[signal] = text
                signal += 1

    def _with_stretches(self, skeleton: Skeleton) -> Skeleton:
        """Add what it is worth that a number is in one of its steps, and not in the next."""
        rows = []
        for row in skeleton.rows:
            known = dict(row.known)
            for first, steps in self._stretches:
                for i, step in enumerate(steps):
                    after = known[steps[i + 1]] if i + 1 < len(steps) else 0
                    known[first + i] = known[step] - after
            rows.append(row._replace(known=known))
        return replace(skeleton, rows=tuple(rows))

    # ------------------------------------------------------------------ cells

    def _neuron(self, node: NeuronNode) -> Cell:
        for signal, name in enumerate(node.signal_names(), start=node.first):
            self._names[signal] = name
        rules = tuple(node.rule(i) for i in range(len(node.thresholds)))
        path = node.origin.path
        if node.origin.instance or node.is_step or path[:2] not in self._open:
            return Cell(
                node.name,
                tuple(node.sources),
                tuple(node.weights),
                node.thresholds,
                rules,
                node.first,
            )
        neuron = self._network.neurons[str(path[1])]
        sources, weights = self._weights(path, node, neuron.weights)
        thresholds: list[Entry] = []
        for i, number in enumerate(node.thresholds):
            port = node.ports[i] if node.ports else None
            at = (*path, "threshold") if port is None else (*path, "thresholds", port)
            thresholds.append(self._entry(at, number))
        return Cell(node.name, sources, weights, tuple(thresholds), rules, node.first)

    def _weights(
        self, path: KeyPath, node: NeuronNode, declared: object
    ) -> tuple[tuple[int, ...], tuple[Entry, ...]]:
        """Match the entries of the file with the sources of a node."""
        sources = list(node.sources)
        entries: list[Entry] = list(node.weights)
        if not isinstance(declared, dict):
            for i, weight in enumerate(node.weights):
                entries[i] = self._entry((*path, "weights", i), weight)
            return tuple(sources), tuple(entries)
        starts = dict(node.steps)
        at = 0
        for text, weight in declared.items():
            base = (*path, "weights", text)
            if isinstance(weight, dict):
                end = starts[at]
                steps = tuple(sources[at:end])
                self._stretches.append((self._virtual, steps))
                sources[at:end] = range(self._virtual, self._virtual + len(steps))
                for i, (cutoff, points) in enumerate(weight.items()):
                    entries[at + i] = self._entry((*base, show_limit(cutoff)), points)
                    self._names[self._virtual + i] = self._names[steps[i]]
                self._virtual += len(steps)
                at = end
                continue
            width = self._widths(text)
            for i in range(width):
                entries[at + i] = self._entry((*base, i), node.weights[at + i])
            at += width
        return tuple(sources), tuple(entries)

    def _entry(self, path: KeyPath, number: Number) -> Entry:
        """Return the blank at a path, or at the parent if that stands for its only element."""
        i = self._at.get(path, self._at.get(path[:-1]))
        return number if i is None else Place(i)

    def _layer(self, node: LayerNode) -> list[Cell]:
        """Expand a layer to neurons."""
        path = node.origin.path
        is_open = not node.origin.instance and path[:2] in self._open
        cells = []
        for i, name in enumerate(node.signal_names()):
            self._names[node.first + i] = name
            neuron = node.neuron(i)
            threshold: Entry = neuron.thresholds[0]
            entries: list[Entry] = list(neuron.weights)
            if is_open:
                at = (*path, "weights")
                lone = at in self._at and len(entries) == node.size == 1
                for j, weight in enumerate(neuron.weights):
                    entries[j] = self._entry(at if lone else (*at, i, j), weight)
                threshold = self._entry((*path, "thresholds", i), neuron.thresholds[0])
            sources = tuple(neuron.sources)
            cells.append(
                Cell(name, sources, tuple(entries), (threshold,), (node.fires,), neuron.first)
            )
        return cells

    # ------------------------------------------------------------------ what is expected

    def _demands(
        self, expected: Expected, place: Mapping[int, int], known: Mapping[int, Number]
    ) -> Iterator[Demand]:
        taps = {tap.alias: tap for tap in self._wiring.outputs}
        for alias, value in expected.items():
            tap, element = taps.get(alias), None
            if tap is None:
                bus, element = element_of(alias) or (alias, 0)
                tap = taps[bus]
            yield from self._demand(tap, element, value, place, known)

    def _demand(
        self,
        tap: Tap,
        element: int | None,
        value: Number | str,
        place: Mapping[int, int],
        known: Mapping[int, Number],
    ) -> Iterator[Demand]:
        if tap.kind == "largest":
            at = tap.labels.index(str(value)) if tap.labels else int(value)
            yield Largest(tuple(place[signal] for signal in tap.signals), at)
        elif tap.kind == "level":
            yield from self._level(tap, tap.labels.index(str(value)) if tap.labels else int(value))
        elif tap.kind == "sum":
            assert not isinstance(value, str)
            yield Sum(place[tap.signals[element or 0]], value)
        else:
            signals = tap.signals if element is None else [tap.signals[element]]
            numbers: list[object] = [value]
            if tap.is_integer and element is None:
                numbers = [int(value) >> i & 1 for i in range(len(signals))]
            for signal, number in zip(signals, numbers, strict=True):
                firing = self._wiring.types[signal].states[1]
                if signal not in known:
                    yield Bit(signal, number == firing)
                elif known[signal] != number:  # an input that cannot be what is expected
                    yield Bit(signal, known[signal] != firing)

    def _level(self, tap: Tap, level: int) -> Iterator[Demand]:
        """Yield the thresholds that fire: the first ones, or for rules of small sums the last."""
        node = next(
            node
            for node in self._wiring.nodes
            if node.first <= tap.signals[0] < node.first + node.outputs
        )
        count = tap.width
        for i, signal in enumerate(tap.signals):
            yield Bit(signal, i < level if FIRING[node.fires].up else i >= count - level)


# ------------------------------------------------------------------------ numbers put in


def checked_of(network: Network | str | Path) -> Checked:
    """Check a network, or a file, with its cases. Raises FileError and InvalidNetworkError."""
    checked = check_built(network) if isinstance(network, Network) else check_file(str(network))
    wrong = checked.errors or checked.case_errors
    if wrong or checked.network is None:
        raise InvalidNetworkError(wrong)
    return with_cases(checked, network.cases) if isinstance(network, Network) else checked


def with_cases(checked: Checked, cases: tuple[Case, ...]) -> Checked:
    """Return a checked network with other cases. Raises InvalidNetworkError for invalid cases."""
    assert checked.network is not None
    assert checked.linked is not None
    network = checked.network.model_copy(update={"cases": cases})
    graph = checked.wiring
    mistakes = check_cases(network, graph.outputs if graph else (), checked.path, checked.root)
    if mistakes:
        raise InvalidNetworkError(mistakes)
    linked = replace(checked.linked, network=network, document=None, file=None)
    return replace(checked, network=network, linked=linked, document=Document(checked.file, ""))


def replay_cases(checked: Checked, filled: Network, examples: int) -> None:
    """Evaluate every case exactly. Raises AssertionError if one fails, or their count differs."""
    built = check_built(filled)
    assert built.graph is not None, [str(diagnostic) for diagnostic in built.diagnostics]
    plan = build_plan(built.graph, filled.name or "")
    path = checked.path or (filled.folder / "network" if filled.folder else None)
    count = 0
    for row in run_cases(filled, plan, path, checked.root or filled.root):
        assert not isinstance(row, Diagnostic)
        assert not row.wrong, f"{row.name}: {row.wrong}"
        count += 1
    assert count == examples


def with_numbers_in_place(checked: Checked, network: Network) -> str:
    """Return the text of the file with its blanks replaced by numbers.

    Raises InvalidNetworkError if a blank is in a file that it extends.
    """
    linked = checked.linked
    assert linked is not None
    assert linked.document is not None
    blanks = checked.network.open if checked.network is not None else ()
    edits: list[tuple[int, int, str]] = []
    for blank, place in zip(
        blanks, linked.document.locate([(blank.path, False) for blank in blanks]), strict=True
    ):
        if place.document is not checked.document:
            message = f"the blank `{'.'.join(map(str, blank.path))}` stands in another file"
            hint = f"write an overlay with -o, or solve {place.document.file} by itself"
            raise InvalidNetworkError(
                [Diagnostic("wrong-usage", message, file=checked.file, help=hint)]
            )
        edits.append((place.start, place.end, _spelled(value_at(network, blank.path))))
    text = checked.document.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def base_of(checked: Checked) -> Network | None:
    """Return the network that a file extends, or None."""
    document = checked.linked.document if checked.linked is not None else None
    documents: Sequence[Document] = getattr(document, "documents", ())
    if len(documents) < 2:
        return None
    return check_file(documents[1].file, root=checked.root).network


def value_at(network: Network, path: KeyPath) -> object:
    """Return the value at the path of a blank, or None."""
    section, name, key, *rest = path
    value: object = getattr(getattr(network, str(section)).get(str(name)), str(key), None)
    for step in rest:
        if isinstance(value, dict):
            named = {show_limit(k) if isinstance(k, Limit) else k: v for k, v in value.items()}
            value = named.get(step)
        elif isinstance(value, tuple):
            value = dict(enumerate(value)).get(int(step))
    return value


def _spelled(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spelled, value))}]"
    return show_number(value)
