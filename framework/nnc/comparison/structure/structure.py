"""Linked + Linked -> Structure: declaration by declaration, as a reader of the files would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nnc.comparison.structure.changes import Change, Detail, Structure, of_both
from nnc.comparison.structure.declared import Declared
from nnc.comparison.structure.forms import form_of, formula, neuron_details, number, shown_states
from nnc.comparison.structure.names import Names
from nnc.compiler.linking import Linked
from nnc.exact import counted, shorten
from nnc.language.network import Input, Neuron, Output, Part
from nnc.language.references import name_in, parse_source


def compare_structure(
    before: Linked, after: Linked, *, is_same: bool, context: int = 0
) -> Structure:
    """Say what changed between two networks, as they are declared.

    `is_same` tells that their digests of structure are equal, so that no change has a meaning;
    with `context` up to so many rows of each layer are told, and not just how many changed.
    """
    return _Comparing(context).compare(Declared(before), Declared(after), is_same=is_same)


class _Comparing:
    def __init__(self, context: int) -> None:
        self.context = context
        self._done: dict[tuple[int, int], Structure] = {}

    def compare(self, before: Declared, after: Declared, *, is_same: bool) -> Structure:
        """Compare two networks, and what they use."""
        names = Names(before, after)
        used: dict[str, Structure] = {}
        changes = [
            *_inputs(names),
            *_neurons(names),
            *self._layers(names),
            *self._parts(names, used),
            *_outputs(names),
        ]
        return Structure(is_same, tuple(changes), names.told(), tuple(_notes(names)), used)

    def _layers(self, names: Names) -> Iterator[Change]:
        from nnc.comparison.structure.layers import layer_details

        before, after = names.before, names.after
        yield from _come_and_gone(names, "layers")
        for name in before.network.layers:
            new = names.of(name)
            if new is not None:
                details = layer_details(before, name, after, new, names, self.context)
                if details:
                    yield Change("layer", new, "changed", details)

    # ------------------------------------------------------------------------------- parts

    def _parts(self, names: Names, used: dict[str, Structure]) -> Iterator[Change]:
        before, after = names.before, names.after
        yield from _come_and_gone(names, "parts")
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
                yield Change("part", new, "changed", tuple(details))

    def _inside(self, before: Declared, after: Declared) -> Structure:
        """Compare the networks behind a part, those of one file once."""
        key = (id(before.linked), id(after.linked))
        if key not in self._done:
            self._done[key] = self.compare(before, after, is_same=False)
        return self._done[key]


def _used(before: Part, after: Part, name: str) -> str:
    """Name what a part uses, both files where it uses another one."""
    if not (isinstance(before.use, str) and isinstance(after.use, str)):
        return f"part {name}"
    return after.use if before.use == after.use else f"{before.use} -> {after.use}"


def _use(part: Part) -> str:
    return part.use if isinstance(part.use, str) else "a network"


def _part_details(names: Names, before: Part, after: Part) -> Iterator[Detail]:
    if before.repeat != after.repeat:
        counts = (None if one.repeat is None else f"{one.repeat:,}" for one in (before, after))
        yield of_both("repeat", counts)
    for key in ("wiring", "first", "last"):
        olds, news = (getattr(one, key) or {} for one in (before, after))
        for port in {**olds, **news}:
            old, new = olds.get(port), news.get(port)
            if old is None or new is None or not _is_same_wiring(names, old, new):
                subject = port if key == "wiring" else f"{port} ({key})"
                yield Detail("wiring", subject, _texts(old), _texts(new))


def _is_same_wiring(names: Names, before: Sequence[str], after: Sequence[str]) -> bool:
    if [names.text(text) for text in before] == list(after):
        return True
    if any(parse_source(text).uses_i for text in (*before, *after)):
        return False
    olds = [names.element(one) for text in before for one in names.before.elements(text)]
    return olds == [one for text in after for one in names.after.elements(text)]


def _texts(texts: Sequence[str] | None) -> str | None:
    return None if texts is None else shorten(", ".join(texts))


# ---------------------------------------------------------------------------------- inputs


def _inputs(names: Names) -> Iterator[Change]:
    before, after = names.before.inputs, names.after.inputs
    for name, one in before.items():
        new = names.of(name)
        if new is None:
            yield Change("input", name, "removed", text=type_words(one))
            continue
        details = list(_input_details(one, after[new]))
        if new != name:
            details.insert(0, Detail("name", "", name, new))
        if details:
            yield Change("input", new, "changed", tuple(details))
    kept = {names.of(name) for name in before}
    for name, one in after.items():
        if name not in kept:
            yield Change("input", name, "added", text=type_words(one))


def _input_details(before: Input, after: Input) -> Iterator[Detail]:
    kinds = [one.type if one.size is None else f"{one.type}({one.size})" for one in (before, after)]
    if kinds[0] != kinds[1]:
        yield of_both("type", kinds)
    if before.of != after.of:
        yield of_both("of", (_texts(one.of) for one in (before, after)))
    for key in ("min", "max"):
        limits = [getattr(one, key) for one in (before, after)]
        if limits[0] != limits[1]:
            yield of_both(key, map(number, limits))
    if before.state_values != after.state_values:
        yield of_both("states", (shown_states(one.state_values) for one in (before, after)))
    if before.default_values() != after.default_values():
        yield Detail("default", "", _default(before), _default(after))


def _default(one: Input) -> str | None:
    if one.default is None or isinstance(one.default, str):
        return one.default
    if isinstance(one.default, tuple):
        return shorten(f"[{', '.join(str(number(value)) for value in one.default)}]")
    return number(one.default)


def type_words(one: Input) -> str:
    """Write the type of an input, and its size."""
    return one.type if one.size is None else f"{one.type}({one.size})"


# --------------------------------------------------------------------------------- neurons


def _neurons(names: Names) -> Iterator[Change]:
    yield from _come_and_gone(names, "neurons")
    before, after = names.before.network, names.after.network
    touched = names.touched()
    for name, neuron in before.neurons.items():
        new = names.of(name)
        if new is None:
            continue
        other = after.neurons[new]
        is_plain = not touched or (new == name and touched.isdisjoint((name, *_reads(neuron))))
        if is_plain and _is_written_alike(neuron, other):
            rules = before.fires_of(neuron), before.states_of(neuron)
            if rules == (after.fires_of(other), after.states_of(other)):
                continue
        details = neuron_details(
            form_of(names.before, name, names.element), form_of(names.after, new)
        )
        if details:
            yield Change("neuron", new, "changed", details)


def _is_written_alike(one: Neuron, other: Neuron) -> bool:
    keys = ("weights", "wiring", "threshold", "thresholds")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def _reads(neuron: Neuron) -> Iterator[str]:
    texts = neuron.weights if isinstance(neuron.weights, dict) else neuron.wiring or ()
    return map(name_in, texts)


def _come_and_gone(names: Names, place: str) -> Iterator[Change]:
    """Give what is only in one of the networks."""
    kind = place.removesuffix("s")
    kept = set()
    for name in getattr(names.before.network, place):
        new = names.of(name)
        kept.add(new)
        if new is None:
            yield Change(kind, name, "removed", text=in_short(names.before, name))  # type: ignore[arg-type]
    for name in getattr(names.after.network, place):
        if name not in kept:
            yield Change(kind, name, "added", text=in_short(names.after, name))  # type: ignore[arg-type]


def in_short(declared: Declared, name: str) -> str:
    """Write a declaration in one line."""
    place = declared.places[name]
    if place == "neurons":
        return formula(form_of(declared, name))
    if place == "layers":
        fan_in = sum(len(declared.elements(one)) for one in declared.network.layers[name].wiring)
        return f"{counted(declared.size_of(name), 'neuron')} of {counted(fan_in, 'wire')}"
    part = declared.network.parts[name]
    times = "" if part.repeat is None else f", {part.repeat:,} times"
    return f"uses {_use(part)}{times}"


# --------------------------------------------------------------------------------- outputs


def _outputs(names: Names) -> Iterator[Change]:
    before, after = names.before, names.after
    olds: Mapping[str, Output] = before.network.outputs
    news: Mapping[str, Output] = after.network.outputs
    for alias, one in olds.items():
        if alias not in news:
            yield Change("output", alias, "removed", text=output_words(one))
            continue
        other = news[alias]
        details = []
        if _meaning(names, one, is_old=True) != _meaning(names, other, is_old=False):
            details.append(Detail("gives", "", output_words(one), output_words(other)))
        if (one.labels or ()) != (other.labels or ()):
            details.append(Detail("labels", "", _texts(one.labels), _texts(other.labels)))
        if details:
            yield Change("output", alias, "changed", tuple(details))
    for alias, one in news.items():
        if alias not in olds:
            yield Change("output", alias, "added", text=output_words(one))


def _meaning(names: Names, output: Output, *, is_old: bool) -> object:
    """Give what an output gives, in elements as the network after names them."""
    declared = names.before if is_old else names.after
    texts = output.sources or output.largest or (output.sum or output.level or "",)
    kind = "sources" if output.sources else "largest" if output.largest else ""
    kind = kind or ("sum" if output.sum is not None else "level")
    elements = [one for text in texts for one in declared.elements(text)]
    is_bus = output.is_bus or declared.is_bus(texts[0])
    return kind, is_bus, [names.element(one) if is_old else one for one in elements]


def output_words(output: Output) -> str:
    """Write what an output gives."""
    if output.sources is not None:
        texts = shorten(", ".join(output.sources))
        return f"[{texts}]" if output.is_bus else texts
    if output.largest is not None:
        return f"largest of {_texts(output.largest)}"
    if output.sum is not None:
        return f"sum of {output.sum}"
    return f"level of {output.level}"


# ----------------------------------------------------------------------------------- notes


def _notes(names: Names) -> Iterator[str]:
    """Tell what has no meaning, but that a reader wants to know."""
    olds, news = (list(one.network.cases) for one in (names.before, names.after))
    added = sum(1 for case in news if case not in olds)
    removed = sum(1 for case in olds if case not in news)
    if added or removed:
        told = [f"{n} {what}" for n, what in ((added, "added"), (removed, "removed")) if n]
        yield f"cases: {', '.join(told)}"
    moved = {
        (_use(part), _use(names.after.network.parts[new]))
        for name, part in names.before.network.parts.items()
        if (new := names.of(name)) is not None
        and isinstance(part.use, str)
        and part.use != names.after.network.parts[new].use
    }
    yield from (f"{old} is now {new}" for old, new in sorted(moved))
