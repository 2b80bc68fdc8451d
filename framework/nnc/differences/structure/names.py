"""Match the declarations of two networks by name, or as renamed.

A declaration in only one network counts as renamed if the other network has one with the same
wiring and numbers under a new name. A chain of renamed neurons is matched from its start.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, cast

from nnc.compiler.graph import SparseWeights
from nnc.differences.structure.declarations import Declarations, Element, Renamed
from nnc.differences.structure.forms import form_of
from nnc.language.network import Convolution, Limit, Neuron, Open, Part, is_array
from nnc.language.references import CONSTANTS, name_in, parse_source
from nnc.run.digests.hashing import array_digest, list_digest

_NO_TEXTS = {"description": None, "column": None, "columns": None}


class NameMap:
    """Maps the names of `before` to those of `after`."""

    def __init__(self, before: Declarations, after: Declarations) -> None:
        self.before, self.after = before, after
        self.renamed: dict[str, str] = {}
        """The declarations with another name, by the name before."""
        self._keys: dict[Element, Element] = {}
        """The thresholds that are called otherwise, as elements before and after."""
        self.are_same = before.sections == after.sections
        """True if both declare the same names, each in the same section."""
        if not self.are_same:
            self._pair_alone()
        self._pair_thresholds()

    def of(self, name: str) -> str | None:
        """Return the name in `after`; None if only `before` has it."""
        after = self.renamed.get(name, name)
        return after if self.after.sections.get(after) == self.before.sections[name] else None

    def element(self, element: Element) -> Element:
        """Return an element by its name in the network after."""
        renamed = self._keys.get(element)
        if renamed is not None:
            return renamed
        return (self.renamed.get(element[0], element[0]), element[1])

    def text(self, text: str) -> str:
        """Return a source as it would be written after."""
        name = name_in(text)
        return self.renamed.get(name, name) + text[len(name) :]

    def renames(self) -> tuple[Renamed, ...]:
        """Return the renamed declarations, except inputs, whose names have a meaning."""
        return tuple(
            Renamed(self.before.kind_of(name), name, after)
            for name, after in self.renamed.items()
            if self.before.sections[name] != "inputs"
        )

    def touched(self) -> set[str]:
        """Return the names that refer to different elements in the two networks."""
        touched = {*self.renamed, *self.renamed.values(), *(name for name, _ in self._keys)}
        before, after = self.before, self.after
        touched |= {
            name
            for name in before.sections.keys() - touched
            if self.of(name) is None or before.shape(name) != after.shape(name)
        }
        return touched | (after.sections.keys() - before.sections.keys())

    # -------------------------------------------------------------------------- pairing

    def _pair_alone(self) -> None:
        """Pair declarations that only one of the networks has."""
        removed = [
            name for name in self.before.sections if not _is_in(self.after, self.before, name)
        ]
        added = [name for name in self.after.sections if not _is_in(self.before, self.after, name)]
        if removed and added:
            self._pair_inputs(removed, added)
            self._pair(removed, added)

    def _pair_inputs(self, removed: list[str], added: list[str]) -> None:
        """Pair inputs with equal declarations, if unique on each side."""
        alike: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, (declared, names) in enumerate(((self.before, removed), (self.after, added))):
            for name in names:
                if declared.sections[name] == "inputs":
                    input_ = declared.inputs[name].model_copy(update=_NO_TEXTS)
                    alike[repr(input_)][side].append(name)
        for olds, news in alike.values():
            if len(olds) == len(news) == 1:
                self.renamed[olds[0]] = news[0]

    def _pair(self, removed: list[str], added: list[str]) -> None:
        """Pair declarations with equal wiring and numbers."""
        numbers: dict[Hashable, int] = {}
        known = {new: old for old, new in self.renamed.items()}
        olds = _Signatures(self.before, removed, {name: name for name in self.renamed}, numbers)
        news = _Signatures(self.after, added, known, numbers)
        waiting: dict[int, list[str]] = defaultdict(list)
        for name in removed:
            if self.before.sections[name] != "inputs":
                waiting[olds.of(name)].append(name)
        for names in waiting.values():  # of declarations that are alike, the first is paired first
            names.reverse()
        for name in added:
            if self.after.sections[name] != "inputs" and (old := waiting.get(news.of(name))):
                self.renamed[old.pop()] = name

    def _pair_thresholds(self) -> None:
        """Pair thresholds of one value whose names have changed."""
        for name, neuron in self.before.network.neurons.items():
            new = self.of(name)
            if new is None:
                continue
            other = self.after.network.neurons[new]
            if neuron.thresholds is None and other.thresholds is None:
                continue
            before, after = _limits(neuron), _limits(other)
            left = {port: limit for port, limit in after.items() if port not in before}
            for port, limit in before.items():
                if port in after:
                    continue
                alike = [new_port for new_port, value in left.items() if value == limit]
                if alike:
                    del left[alike[0]]
                    self._keys[name, port] = (new, alike[0])


def _limits(neuron: Neuron) -> dict[str | None, Limit | Open | None]:
    if neuron.thresholds is None:
        return {None: neuron.threshold}
    return dict(neuron.thresholds.items())


def _is_in(other: Declarations, own: Declarations, name: str) -> bool:
    return other.sections.get(name) == own.sections[name]


class _Signatures:
    """Numbers that are equal for declarations with the same wiring and numbers.

    Names in both networks match themselves; `known` matches further names.
    """

    def __init__(
        self,
        declared: Declarations,
        alone: Iterable[str],
        known: Mapping[str, str],
        numbers: dict[Hashable, int],
    ) -> None:
        self.declared, self.known, self.numbers = declared, known, numbers
        self._alone = {name for name in alone if name not in known}
        self._number_of: dict[str, int | None] = {}
        """The number of each declaration; None while what it reads is looked at."""

    def of(self, name: str) -> int:
        """Return the signature of a declaration, after those of its sources, without recursion."""
        work = [name]
        while work:
            current = work[-1]
            if current not in self._number_of:  # first what it reads, then itself
                self._number_of[current] = None
                work += [source for source in self._reads(current) if source not in self._number_of]
                continue
            work.pop()
            if self._number_of[current] is None:
                content = self._content(current)
                self._number_of[current] = self.numbers.setdefault(content, len(self.numbers) + 1)
        return cast("int", self._number_of[name])

    def _reads(self, name: str) -> list[str]:
        """Return the sources of a declaration that only this network has."""
        section = self.declared.sections[name]
        if section == "inputs":
            return []
        texts = getattr(self.declared.network, section)[name].reads()
        return [source for source in map(name_in, texts) if source in self._alone]

    def _key(self, name: str) -> Hashable:
        """Return the signature of a source, or its name if both networks have it."""
        if name in self._alone:
            return self._number_of.get(name)
        return self.known.get(name, name)

    def _content(self, name: str) -> Hashable:
        section = self.declared.sections[name]
        if section == "neurons":
            form = form_of(self.declared, name)
            items = Counter(
                ((self._key(source), key), cutoff, weight)
                for ((source, key), cutoff), weight in form.synapses.items()
            )
            limits = tuple(form.limits.values())
            return section, form.fires, form.states, limits, frozenset(items.items())
        if section == "layers":
            return self._layer(name)
        if section == "parts":
            return self._part(self.declared.network.parts[name], name)
        return section, name

    def _layer(self, name: str) -> Hashable:
        declared, layer = self.declared, self.declared.network.layers[name]
        elements = declared.elements_of(layer.wiring)
        wiring = tuple((self._key(source), key) for source, key in elements)
        weights, thresholds = map(_digest, declared.numbers_of(name))
        fires, states = declared.network.fires_of(layer), declared.network.states_of(layer)
        window = layer.window if isinstance(layer, Convolution) else ()
        return "layers", fires, states, declared.size_of(name), wiring, weights, thresholds, window

    def _part(self, part: Part, name: str) -> Hashable:
        def wired(ports: Mapping[str, tuple[str, ...]] | None) -> Hashable:
            return frozenset(
                (port, tuple(self._source(text, name) for text in texts))
                for port, texts in (ports or {}).items()
            )

        use = part.use if isinstance(part.use, str) else id(part.use)
        return "parts", use, part.repeat, wired(part.wiring), wired(part.first), wired(part.last)

    def _source(self, text: str, own: str) -> Hashable:
        source = parse_source(text)
        if source.name in CONSTANTS:
            return source.name
        return "" if source.name == own else self._key(source.name), *source[1:]


def _flat(numbers: tuple[Any, ...]) -> Iterator[Any]:
    for number in numbers:
        if isinstance(number, tuple):
            yield from _flat(number)
        else:
            yield number


def _digest(numbers: Any) -> Hashable:
    """Return the digest of the numbers of a layer."""
    if isinstance(numbers, SparseWeights):
        return tuple(map(array_digest, numbers.arrays().values()))
    if is_array(numbers):
        return array_digest(numbers.ravel())
    if isinstance(numbers, tuple):
        each = tuple(_flat(numbers))
        if any(isinstance(number, Open) for number in each):
            return each
        return list_digest(each)
    return cast("Hashable", numbers)
