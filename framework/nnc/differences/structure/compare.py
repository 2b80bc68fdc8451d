"""Compare two linked networks, declaration by declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from nnc.compiler.linking import Linked
from nnc.differences.structure.declarations import Change, Declarations, Detail, Structure
from nnc.differences.structure.forms import (
    form_of,
    format_number,
    format_states,
    formula,
    neuron_details,
)
from nnc.differences.structure.layers import layer_details
from nnc.differences.structure.names import NameMap
from nnc.language.network import Claim, Convolution, Input, Neuron, Output, Part, claim_words
from nnc.language.references import name_in, parse_source
from nnc.numbers.exact import counted, shorten


def compare_structure(
    before: Linked, after: Linked, *, is_same: bool, context: int = 0
) -> Structure:
    """Compare the declarations of two networks.

    `is_same` states that their digests of structure are equal, so that no change has a meaning.
    Up to `context` changed rows of each layer are described; the others are only counted.
    """
    return _Comparing(context).compare(Declarations(before), Declarations(after), is_same=is_same)


def lone_structure(linked: Linked, kind: Literal["added", "removed"]) -> Structure:
    """Return every declaration of a network without counterpart, as `added` or `removed`."""
    declared = Declarations(linked)
    changes = [_lone_change(declared, name, kind) for name in declared.sections]
    changes += [
        Change("output", alias, kind, text=output_words(output))
        for alias, output in linked.network.outputs.items()
    ]
    changes += [
        _lone_claim(place, claim, kind) for place, claims in _claims_of(linked) for claim in claims
    ]
    return Structure(is_same=False, changes=tuple(changes))


class _Comparing:
    def __init__(self, context: int) -> None:
        self.context = context
        self._done: dict[tuple[int, int], Structure] = {}

    def compare(self, before: Declarations, after: Declarations, *, is_same: bool) -> Structure:
        """Compare two networks, and what they use."""
        names = NameMap(before, after)
        used: dict[str, Structure] = {}
        changes = [
            *_inputs(names),
            *_neurons(names),
            *self._layers(names),
            *self._parts(names, used),
            *_outputs(names),
            *_claims(names),
        ]
        return Structure(is_same, tuple(changes), names.renames(), tuple(_notes(names)), used)

    def _layers(self, names: NameMap) -> Iterator[Change]:
        yield from _lone_changes(names, "layers")
        for name in names.before.network.layers:
            new = names.of(name)
            if new is not None:
                details = tuple(layer_details(names, name, new, self.context))
                if details:
                    yield Change("layer", new, "changed", details=details)

    # ------------------------------------------------------------------------------- parts

    def _parts(self, names: NameMap, used: dict[str, Structure]) -> Iterator[Change]:
        before, after = names.before, names.after
        yield from _lone_changes(names, "parts")
        for name, part in before.network.parts.items():
            new = names.of(name)
            if new is None:
                continue
            other = after.network.parts[new]
            details = list(_part_details(names, part, other))
            inside = self._inside(before.used[name], after.used[new])
            if inside.count:
                used[_used(part, other, new)] = inside
            if details:
                yield Change("part", new, "changed", details=tuple(details))

    def _inside(self, before: Declarations, after: Declarations) -> Structure:
        """Compare the networks behind a part; each pair of files is compared once."""
        key = (id(before.linked), id(after.linked))
        if key not in self._done:
            self._done[key] = self.compare(before, after, is_same=False)
        return self._done[key]


def _used(before: Part, after: Part, name: str) -> str:
    """Return the file that a part uses, or both files if it changed."""
    if not (isinstance(before.use, str) and isinstance(after.use, str)):
        return f"part {name}"
    return after.use if before.use == after.use else f"{before.use} -> {after.use}"


def _use(part: Part) -> str:
    return part.use if isinstance(part.use, str) else "a network"


def _part_details(names: NameMap, before: Part, after: Part) -> Iterator[Detail]:
    if before.repeat != after.repeat:
        old, new = (None if part.repeat is None else f"{part.repeat:,}" for part in (before, after))
        yield Detail("repeat", "", old, new)
    for key in ("wiring", "first", "last"):
        olds, news = (getattr(part, key) or {} for part in (before, after))
        for port in {**olds, **news}:
            old, new = olds.get(port), news.get(port)
            if old is None or new is None or not _is_same_wiring(names, old, new):
                subject = port if key == "wiring" else f"{port} ({key})"
                yield Detail("wiring", subject, _texts(old), _texts(new))


def _is_same_wiring(names: NameMap, before: Sequence[str], after: Sequence[str]) -> bool:
    if [names.text(text) for text in before] == list(after):
        return True
    if any(parse_source(text).uses_i for text in (*before, *after)):
        return False
    olds = map(names.element, names.before.elements_of(before))
    return list(olds) == names.after.elements_of(after)


def _texts(texts: Sequence[str] | None) -> str | None:
    return None if texts is None else shorten(", ".join(texts))


# ---------------------------------------------------------------------------------- inputs


def _inputs(names: NameMap) -> Iterator[Change]:
    before, after = names.before.inputs, names.after.inputs
    for name, input_ in before.items():
        new = names.of(name)
        if new is None:
            yield _lone_change(names.before, name, "removed")
            continue
        details = list(_input_details(input_, after[new]))
        if new != name:
            details.insert(0, Detail("name", "", name, new))
        if details:
            yield Change("input", new, "changed", details=tuple(details))
    kept = {names.of(name) for name in before}
    for name in after:
        if name not in kept:
            yield _lone_change(names.after, name, "added")


def _input_details(before: Input, after: Input) -> Iterator[Detail]:
    if type_words(before) != type_words(after):
        yield Detail("type", "", type_words(before), type_words(after))
    if before.of != after.of:
        yield Detail("of", "", _texts(before.of), _texts(after.of))
    for key in ("min", "max"):
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            yield Detail(key, "", format_number(old), format_number(new))
    if before.state_values != after.state_values:
        states = format_states(before.state_values), format_states(after.state_values)
        yield Detail("states", "", *states)
    if before.default_values() != after.default_values():
        yield Detail("default", "", _default(before), _default(after))


def _default(input_: Input) -> str | None:
    if input_.default is None or isinstance(input_.default, str):
        return input_.default
    if isinstance(input_.default, tuple):
        return shorten(f"[{', '.join(str(format_number(value)) for value in input_.default)}]")
    return format_number(input_.default)


def type_words(input_: Input) -> str:
    """Write the type of an input, and its size."""
    return input_.type if input_.size is None else f"{input_.type}({input_.size})"


# --------------------------------------------------------------------------------- neurons


def _neurons(names: NameMap) -> Iterator[Change]:
    yield from _lone_changes(names, "neurons")
    before, after = names.before.network, names.after.network
    touched = names.touched()
    for name, neuron in before.neurons.items():
        new = names.of(name)
        if new is None:
            continue
        other = after.neurons[new]
        is_plain = not touched or (
            new == name and touched.isdisjoint((name, *map(name_in, neuron.reads())))
        )
        if is_plain and _is_written_alike(neuron, other):
            rules = before.fires_of(neuron), before.states_of(neuron)
            if rules == (after.fires_of(other), after.states_of(other)):
                continue
        details = neuron_details(
            form_of(names.before, name, names.element), form_of(names.after, new)
        )
        if details:
            yield Change("neuron", new, "changed", details=details)


def _is_written_alike(before: Neuron, after: Neuron) -> bool:
    keys = ("weights", "wiring", "threshold", "thresholds")
    return all(getattr(before, key) == getattr(after, key) for key in keys)


def _lone_changes(names: NameMap, section: str) -> Iterator[Change]:
    """Yield the declarations that only one network has."""
    if names.are_same:
        return
    kept = set()
    for name in getattr(names.before.network, section):
        new = names.of(name)
        kept.add(new)
        if new is None:
            yield _lone_change(names.before, name, "removed")
    for name in getattr(names.after.network, section):
        if name not in kept:
            yield _lone_change(names.after, name, "added")


def _lone_change(declared: Declarations, name: str, kind: Literal["added", "removed"]) -> Change:
    return Change(declared.kind_of(name), name, kind, text=summary_of(declared, name))


def summary_of(declared: Declarations, name: str) -> str:
    """Write a declaration in one line."""
    section = declared.sections[name]
    if section == "inputs":
        return type_words(declared.inputs[name])
    if section == "neurons":
        return formula(form_of(declared, name))
    if section == "layers":
        fan_in = len(declared.elements_of(declared.network.layers[name].wiring))
        if isinstance(declared.network.layers[name], Convolution):
            size = counted(declared.size_of(name), "neuron")
            return f"{size}, {declared.window_of(name).words()}"
        return f"{counted(declared.size_of(name), 'neuron')} of {counted(fan_in, 'wire')}"
    part = declared.network.parts[name]
    times = "" if part.repeat is None else f", {part.repeat:,} times"
    return f"uses {_use(part)}{times}"


# --------------------------------------------------------------------------------- outputs


def _outputs(names: NameMap) -> Iterator[Change]:
    before, after = names.before, names.after
    olds: Mapping[str, Output] = before.network.outputs
    news: Mapping[str, Output] = after.network.outputs
    for alias, old in olds.items():
        if alias not in news:
            yield Change("output", alias, "removed", text=output_words(old))
            continue
        new = news[alias]
        details = []
        if _meaning(names, old, is_old=True) != _meaning(names, new, is_old=False):
            details.append(Detail("gives", "", output_words(old), output_words(new)))
        if (old.labels or ()) != (new.labels or ()):
            details.append(Detail("labels", "", _texts(old.labels), _texts(new.labels)))
        if details:
            yield Change("output", alias, "changed", details=tuple(details))
    for alias, new in news.items():
        if alias not in olds:
            yield Change("output", alias, "added", text=output_words(new))


def _meaning(names: NameMap, output: Output, *, is_old: bool) -> object:
    """Return the elements of an output, by their names in the network after."""
    declared = names.before if is_old else names.after
    kind = "sources" if output.sources else "largest" if output.largest else ""
    kind = kind or ("sum" if output.sum is not None else "level")
    elements = declared.elements_of(output.reads())
    is_bus = kind != "level" and (output.is_bus or declared.is_bus(output.reads()[0]))
    return kind, is_bus, list(map(names.element, elements)) if is_old else elements


def output_words(output: Output) -> str:
    """Write the value of an output as declared."""
    if output.sources is not None:
        texts = shorten(", ".join(output.sources))
        return f"[{texts}]" if output.is_bus else texts
    if output.largest is not None:
        return f"largest of {_texts(output.largest)}"
    if output.sum is not None:
        return f"sum of {output.sum}"
    level = output.level
    return f"level of {level if isinstance(level, str) else _texts(level)}"


# ---------------------------------------------------------------------------------- claims


def _claims_of(linked: Linked) -> list[tuple[Literal["assumption", "property"], Sequence[Claim]]]:
    network = linked.network
    return [("assumption", network.assume), ("property", network.properties)]


def _lone_claim(
    place: Literal["assumption", "property"], claim: Claim, kind: Literal["added", "removed"]
) -> Change:
    text = claim_words(claim) if claim.name is not None else ""
    return Change(place, shorten(claim.name or claim_words(claim)), kind, text=text)


def _claims(names: NameMap) -> Iterator[Change]:
    """Compare assumptions and properties, by name or, without a name, by content."""
    aliases = names.before.network.outputs

    def renamed(text: str) -> str:
        return text if name_in(text) in aliases else names.text(text)

    sides = zip(_claims_of(names.before.linked), _claims_of(names.after.linked), strict=True)
    for (place, olds), (_, news) in sides:
        before = {claim.name or claim_words(claim, renamed): claim for claim in olds}
        after = {claim.name or claim_words(claim): claim for claim in news}
        for key, claim in before.items():
            if key not in after:
                yield _lone_claim(place, claim, "removed")
            elif (old := claim_words(claim, renamed)) != (new := claim_words(after[key])):
                yield Change(
                    place, shorten(key), "changed", details=(Detail("claim", "", old, new),)
                )
        for key, claim in after.items():
            if key not in before:
                yield _lone_claim(place, claim, "added")


# ----------------------------------------------------------------------------------- notes


def _notes(names: NameMap) -> Iterator[str]:
    """Return notes on changes without a meaning that a reader wants to know."""
    olds, news = list(names.before.network.cases), list(names.after.network.cases)
    added = sum(1 for case in news if case not in olds)
    removed = sum(1 for case in olds if case not in news)
    if added or removed:
        counts = [f"{n} {what}" for n, what in ((added, "added"), (removed, "removed")) if n]
        yield f"cases: {', '.join(counts)}"
    moved = {
        (_use(part), _use(names.after.network.parts[new]))
        for name, part in names.before.network.parts.items()
        if (new := names.of(name)) is not None
        and isinstance(part.use, str)
        and part.use != names.after.network.parts[new].use
    }
    yield from (f"{old} is now {new}" for old, new in sorted(moved))
