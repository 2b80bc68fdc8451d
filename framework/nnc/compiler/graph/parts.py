"""Resolve the wiring of parts: the source of each input of a used network, per instance.

A source may move with the instance: `bus(4*i+1)` is a different element for each. As an index is
linear in `i`, the slots of all instances are a slice of the bus with a constant stride. So a part
may be repeated ten million times without examining single instances.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nnc.compiler.graph.graph import (
    Bundle,
    NeuronNode,
    Origin,
    PartBody,
    SignalType,
    Template,
    input_type,
)
from nnc.compiler.graph.resolver import Mention, Resolver, out_of_range, spread
from nnc.diagnostics.diagnostic import KeyPath, Label
from nnc.language.network import BITS, Input, Part
from nnc.language.references import CONSTANTS, Index, Source, parse_source
from nnc.numbers.exact import Number, counted, first_names, names_and_more, shorten, show_number

_ORDER = ("bit", "integer", "real")


class _Stretch(NamedTuple):
    """Instances from `start` to `stop` (exclusive), and the sources wired to one port of each."""

    start: int
    stop: int
    texts: tuple[str, ...]
    path: KeyPath

    def at(self, place: int) -> KeyPath:
        """Return the path of one source, or of the port if it is the only one."""
        return self.path if len(self.texts) == 1 else (*self.path, place)


class _Line(NamedTuple):
    """One element of a source in instance i: slots[factor*i + offset]."""

    slots: Sequence[int]
    factor: int
    offset: int

    def at(self, i: int) -> int:
        """Return the index into the slots for one instance."""
        return self.factor * i + self.offset

    def slots_in(self, stretch: _Stretch) -> Sequence[int]:
        """Return the slot in each instance of a stretch."""
        first, count = self.at(stretch.start), stretch.stop - stretch.start
        if self.factor == 0:
            return [self.slots[first]] * count
        return self.slots[first : self.at(stretch.stop - 1) + 1 : self.factor]


class Parts:
    """Resolve the wiring of the parts of one network."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.nodes: list[NeuronNode] = []
        """Constants for the defaults of inputs that are not wired."""
        self._constants: dict[Number, int] = {}

    def resolve(self) -> list[PartBody]:
        """Resolve the wiring of every part; of an unknown part, only check the sources."""
        bodies = []
        for name, part in self.resolver.network.parts.items():
            child = self.resolver.children.get(name)
            if child is None or self.resolver.sections[name] != "parts":
                self._look_at_sources(name, part)
            else:
                bodies.append(_Wiring(self, name, part, child).body())
        return bodies

    def _look_at_sources(self, name: str, part: Part) -> None:
        for key in ("wiring", "first", "last"):
            for port, texts in (getattr(part, key) or {}).items():
                for i, text in enumerate(texts):
                    path: KeyPath = ("parts", name, key, port)
                    if not parse_source(text).uses_i:
                        self.resolver.lookup(text, path if len(texts) == 1 else (*path, i))

    def constant(self, value: Number, name: str) -> int:
        """Return the slot of a constant with the value of a default."""
        if value in (0, 1):
            return int(value)
        slot = self._constants.get(value)
        if slot is None:
            slot = self._constants[value] = len(self.resolver.types)
            states = (value - 1, value)
            self.resolver.types.append(SignalType("bit", value, value, states))
            origin = Origin(("parts", name), self.resolver.file)
            text = f"{name}:{show_number(value)}"
            self.nodes.append(
                NeuronNode(
                    text, origin, "at_least", (), (), (0,), (), slot, (), states, is_step=True
                )
            )
        return slot


class _Wiring:
    """Resolve the wiring of one part."""

    def __init__(self, parts: Parts, name: str, part: Part, child: Template) -> None:
        self.parts, self.resolver = parts, parts.resolver
        self.name, self.part, self.child = name, part, child
        self.repeat = part.repeat or 1
        file = child.linked.file
        self.of_file = f" of `{shorten(file)}`" if file else " of its network"

    def body(self) -> PartBody:
        """Return the part with the source of every input slot of every instance."""
        meant, others = self._check_ports()
        wires: list[Sequence[int]] = []
        paths: list[list[tuple[int, KeyPath]]] = []
        missing = []
        for port, input_ in self.child.inputs.items():
            stretches = [] if port in meant else list(self._stretches(port))
            done = sum(stretch.stop - stretch.start for stretch in stretches)
            if done < self.repeat and input_.default is None and port not in meant:
                missing.append((port, done))
            for wire, places in self._columns(port, input_, stretches):
                wires.append(wire)
                paths.append(places)
        if missing and len(missing) > others:
            self._report_missing(missing)
        base = self.resolver.first_slots[self.name]
        is_repeated = self.part.repeat is not None
        return PartBody(self.name, self.child, base, self.repeat, is_repeated, wires, paths)

    def _report_missing(self, missing: list[tuple[str, int]]) -> None:
        names = names_and_more([port for port, _ in missing])
        what = "input" if len(missing) == 1 else "inputs"
        port, done = missing[0]
        if done:
            hint = f"add `{port}` to `wiring`; only some instances have it now"
        elif missing[1:]:
            hint = "add them to `wiring`"
        else:
            hint = f"add it to `wiring`: {{{port}: source}}"
        message = f"the part `{self.name}` has no wire for the {what} {names}{self.of_file}"
        location: KeyPath = ("parts", self.name)
        self.resolver.report("missing-wire", message, location, hint, key=True)

    def _check_ports(self) -> tuple[set[str], int]:
        """Report ports that the used network does not have.

        Return the ports that were probably meant, and the number of other unknown ones.
        """
        known = self.child.inputs
        meant: set[str] = set()
        others = 0
        for key in ("wiring", "first", "last"):
            for port in getattr(self.part, key) or {}:
                if port in known:
                    continue
                near = self.resolver.nearest(port, (), (p for p in known if not self._is_wired(p)))
                near = near or self.resolver.nearest(port, (), known)
                meant |= {near} if near else set()
                others += near is None
                hint = (
                    f"did you mean `{near}`?"
                    if near
                    else f"its inputs are {first_names(known, '`')}"
                )
                self.resolver.report(
                    "unknown-port",
                    f"the part `{self.name}` wires `{port}`, which is not an input{self.of_file}",
                    ("parts", self.name, key, port),
                    hint if known else "it has no inputs",
                    key=True,
                )
        return meant, others

    def _is_wired(self, port: str) -> bool:
        return port in self.part.wiring

    def _stretches(self, port: str) -> Iterator[_Stretch]:
        """Yield what is wired to a port; `first` overrides `last`, and both override `wiring`."""
        start, stop = 0, self.repeat
        first, last = self.part.first or {}, self.part.last or {}
        path: KeyPath = ("parts", self.name)
        if port in first:
            yield _Stretch(0, 1, first[port], (*path, "first", port))
            start = 1
        has_last = port in last and stop > start
        if has_last:
            stop -= 1
        if port in self.part.wiring and stop > start:
            yield _Stretch(start, stop, self.part.wiring[port], (*path, "wiring", port))
        if has_last:
            yield _Stretch(stop, stop + 1, last[port], (*path, "last", port))

    def _columns(
        self, port: str, input_: Input, stretches: Sequence[_Stretch]
    ) -> list[tuple[Sequence[int], list[tuple[int, KeyPath]]]]:
        """Return each port element's slot in every instance, and the path of its wiring.

        If nothing is known, the slot is 0.
        """
        width = input_.width
        nowhere: list[tuple[int, KeyPath]] = [(0, ("parts", self.name))]
        paths = [list(nowhere) for _ in range(width)]
        if len(stretches) == 1 and stretches[0].stop - stretches[0].start == self.repeat:
            lines = self._lines(port, input_, stretches[0])
            return [(line, [(0, path)]) for line, path in lines or ()] or [
                ([0] * self.repeat, nowhere)
            ] * width
        columns = [[0] * self.repeat for _ in range(width)]
        values = input_.default_values()
        if values is not None and not self.part.wiring.get(port):
            slots = [self.parts.constant(value, self.name) for value in values]
            columns = [[slot] * self.repeat for slot in slots]
        for stretch in stretches:
            for j, (line, path) in enumerate(self._lines(port, input_, stretch) or ()):
                columns[j][stretch.start : stretch.stop] = line
                paths[j].append((stretch.start, path))
        return list(zip(columns, paths, strict=True))

    def _lines(
        self, port: str, input_: Input, stretch: _Stretch
    ) -> list[tuple[Sequence[int], KeyPath]] | None:
        """Return the slots of each port element in a stretch of instances, and its path."""
        if len(stretch.texts) == 1 and stretch.texts[0] in CONSTANTS and input_.of is None:
            slot = int(stretch.texts[0])
            if self._fits(port, input_, stretch.texts[0], (slot,), stretch.path):
                return [([slot] * (stretch.stop - stretch.start), stretch.path)] * input_.width
            return None
        lines: list[tuple[Sequence[int], KeyPath]] = []
        of: tuple[str, ...] | None = None
        for place, text in enumerate(stretch.texts):
            elements = self._source(text, stretch, stretch.at(place))
            if elements is None:
                return None
            more, of = elements
            for line in more:
                if not self._fits(port, input_, text, line, stretch.at(place)):
                    return None
            lines += [(line, stretch.at(place)) for line in more]
        subject = f"`{stretch.texts[0]}`" if len(stretch.texts) == 1 else "the list"
        if input_.of is not None and of != input_.of:
            self.resolver.report(
                "port-type",
                f"the input `{port}`{self.of_file} is a choice of {first_names(input_.of, '`')}; "
                f"{subject} is not the same choice",
                stretch.path,
                "wire a choice with the same `of`, in the same order",
                labels=self._declared(port),
            )
            return None
        if len(lines) != input_.width:
            self.resolver.report(
                "size-mismatch",
                f"{subject} has {counted(len(lines), 'element')}, but the input `{port}`"
                f"{self.of_file} has {input_.width:,}",
                stretch.path,
                f"wire {counted(input_.width, 'element')}",
                labels=self._declared(port),
            )
            return None
        return lines

    def _declared(self, port: str) -> tuple[Label, ...]:
        """Return a label on the input in the used file."""
        linked = self.child.linked
        if linked.file is None or linked.document is None:
            return ()
        return (Label("the input", ("inputs", port), key=True, file=linked.file),)

    # ------------------------------------------------------------------------- sources

    def _source(
        self, text: str, stretch: _Stretch, path: KeyPath
    ) -> tuple[list[Sequence[int]], tuple[str, ...] | None] | None:
        """Return each element of a source in the instances of a stretch, and its choice values."""
        source = parse_source(text)
        if not source.uses_i:
            bundle = self.resolver.lookup(text, path)
            if bundle is None:
                return None
            return [[slot] * (stretch.stop - stretch.start) for slot in bundle.slots], bundle.of
        if not self.resolver.is_known(text):
            return None
        mention = Mention(text, path)
        section = self.resolver.sections.get(source.name)
        if section == "parts" and source.name in self.resolver.children:
            slots = self._moving_in_part(source, mention, stretch)
        else:
            slots = self._moving_in_bus(source, mention, stretch)
        return None if slots is None else (slots, None)

    def _moving_in_bus(
        self, source: Source, mention: Mention, stretch: _Stretch
    ) -> list[Sequence[int]] | None:
        """Return the elements of an input, neuron or layer whose index depends on the instance."""
        name, index = source.name, source.index
        if source.port is not None:
            if index is not None:
                self.resolver.resolve(source, mention)  # reports that no index may precede a name
                return None
            name, index = f"{source.name}.{source.port}", source.port_index
        bundle = self.resolver.lookup(name, mention.path)
        if bundle is None or index is None:
            return None
        lines = self._indexed(bundle, index, name, mention, stretch)
        return None if lines is None else [line.slots_in(stretch) for line in lines]

    def _moving_in_part(
        self, source: Source, mention: Mention, stretch: _Stretch
    ) -> list[Sequence[int]] | None:
        """Return the elements of a part's output if one or both of its indices move."""
        repeat = self.resolver.network.parts[source.name].repeat
        if source.index is not None and repeat is None:
            self.resolver.resolve(source, mention)  # reports that it takes no index
            return None
        port = self.resolver.port_of(source, mention)
        if port is None:
            return None
        child, base = self.resolver.children[source.name], self.resolver.first_slots[source.name]
        slots = spread(port.slots, range(repeat or 1), base, child.size)
        width = len(port.slots)
        lines = [_Line(slots, 0, place) for place in range(len(slots))]
        if source.index is not None:
            # each selected element of the part contributes the whole output, `width` lines
            elements = Bundle(range(repeat or 1))
            chosen = self._indexed(elements, source.index, source.name, mention, stretch)
            if chosen is None:
                return None
            lines = [
                _Line(slots, element.factor * width, element.offset * width + place)
                for element in chosen
                for place in range(width)
            ]
        if source.port_index is None:
            return [line.slots_in(stretch) for line in lines]
        name = mention.text.rpartition("(")[0]
        among = Bundle(range(len(lines)))
        places = self._indexed(among, source.port_index, name, mention, stretch)
        return None if places is None else _picked(lines, places, stretch)

    def _indexed(
        self, source: Bundle, index: Index, name: str, mention: Mention, stretch: _Stretch
    ) -> list[_Line] | None:
        """Return the elements that an index selects in a bus for the instances of a stretch."""
        size = len(source.slots)
        stop = index.stop or index.start._replace(offset=index.start.offset + 1)

        def is_wrong(i: int) -> bool:
            return not 0 <= index.start.at(i) < stop.at(i) <= size

        wrong = None
        if is_wrong(stretch.start):
            wrong = stretch.start
        elif is_wrong(stretch.stop - 1):  # it is monotonic, so bisection finds the first error
            instances = range(stretch.start, stretch.stop)
            wrong = stretch.start + bisect_left(instances, 1, key=is_wrong)
        if wrong is not None and not source.is_bus:
            message = f"`{mention.text}`: `{name}` is one value, not a bus"
            self.resolver.report("no-index", message, mention.path, f"write `{name}`")
            return None
        if wrong is not None:
            self._report_outside(name, index, mention, wrong, size)
            return None
        factor = index.start.factor
        if stop.factor != factor and stretch.stop - stretch.start > 1:
            self.resolver.report(
                "size-mismatch",
                f"`{mention.text}` has another size for each instance",
                mention.path,
                "write the same factor of `i` on both sides of the colon",
            )
            return None
        count = len(range(index.start.at(stretch.start), stop.at(stretch.start), index.step))
        return [
            _Line(source.slots, factor, index.start.offset + index.step * place)
            for place in range(count)
        ]

    def _report_outside(self, name: str, index: Index, mention: Mention, i: int, size: int) -> None:
        """Report the first instance for which an index is out of range."""
        path, start = mention.path, index.start.at(i)
        stop = index.stop.at(i) if index.stop is not None else start + 1
        message, hint = out_of_range(mention.text, name, index, size, i)
        here = f"{start}" if index.stop is None else f"{start}:{stop}"
        message = f"for i = {i} {message}; this is `({here})`"
        port = path[3] if len(path) > 3 else "port"
        if path[2] == "wiring" and i == 0 and start < 0:
            hint = f"set what the first one reads: first: {{{port}: source}}"
        elif path[2] == "wiring" and i == self.repeat - 1 and stop > size:
            hint = f"set what the last one reads: last: {{{port}: source}}"
        self.resolver.report("index-out-of-range", message, path, hint)

    # --------------------------------------------------------------------------- types

    def _fits(
        self, port: str, input_: Input, text: str, slots: Sequence[int], path: KeyPath
    ) -> bool:
        """Return True if a port accepts the values of its sources, else report it."""
        types = self.resolver.types
        for type_ in {id(kind): kind for kind in map(types.__getitem__, slots)}.values():
            wrong = _refuses(input_, type_)
            if wrong is not None:
                self.resolver.report(
                    "port-type",
                    f"the input `{port}`{self.of_file} takes {wrong[0]}, but `{text}` {wrong[1]}",
                    path,
                    "wire a source whose values it takes",
                    labels=self._declared(port),
                )
                return False
        return True


def _picked(
    lines: Sequence[_Line], places: Sequence[_Line], stretch: _Stretch
) -> list[Sequence[int]]:
    """Return the slot at each of some moving positions among lines, in every instance."""
    if all(place.factor == 0 for place in places):  # each position stays on one line
        return [lines[place.offset].slots_in(stretch) for place in places]
    if all(line.factor == 0 for line in lines):  # the lines are constant, and the positions move
        fixed = [line.slots[line.offset] for line in lines]
        return [place._replace(slots=fixed).slots_in(stretch) for place in places]
    instances = range(stretch.start, stretch.stop)
    picked: list[Sequence[int]] = []
    for place in places:  # both move, which is not linear: one by one
        pairs = [(lines[place.at(i)], i) for i in instances]
        picked.append([line.slots[line.at(i)] for line, i in pairs])
    return picked


def _refuses(input_: Input, type_: SignalType) -> tuple[str, str] | None:
    """Return descriptions of the values an input takes and its source has, or None if they fit."""
    wanted = input_type(input_)
    if wanted.kind == "bit":
        if type_.kind != "bit":
            return "bits", f"is {_article(type_.kind)}"
        if type_.states == wanted.states or _is_state(type_, wanted):
            return None
        return f"bits that are {_states(wanted)}", f"is {_states(type_)}"
    if type_.kind != "bit" and _ORDER.index(type_.kind) > _ORDER.index(wanted.kind):
        return f"{wanted.kind}s", f"is {_article(type_.kind)}"
    is_integral = type_.kind != "bit" or all(isinstance(state, int) for state in type_.states)
    if wanted.kind == "integer" and not is_integral:
        return "integers", f"is {_states(type_)}"
    for least, bound, sign in (
        (wanted.least, type_.least, "at least"),
        (wanted.greatest, type_.greatest, "at most"),
    ):
        if least is None:
            continue
        beyond = bound is None or (bound < least if sign == "at least" else bound > least)
        if beyond:
            why = "has no min" if sign == "at least" else "has no max"
            why = why if bound is None else f"can be {show_number(bound)}"
            return f"{sign} {show_number(least)}", why
    return None


def _is_state(type_: SignalType, wanted: SignalType) -> bool:
    """Return True if a source is a constant equal to one of the states."""
    return type_.least == type_.greatest and type_.least in wanted.states


def _article(kind: str) -> str:
    return "an integer" if kind == "integer" else f"a {kind}"


def _states(type_: SignalType) -> str:
    if type_.least == type_.greatest and type_.states == BITS:
        return f"always {show_number(type_.least or 0)}"
    return " or ".join(map(show_number, type_.states))
