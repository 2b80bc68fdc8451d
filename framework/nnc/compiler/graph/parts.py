"""The wiring of parts: for each input of a used network, and each instance, its source."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nnc.compiler.graph.graph import Node, Origin, SignalType, input_type
from nnc.compiler.graph.sources import Sources, listed, out_of_range, spread
from nnc.compiler.graph.template import Bundle, PartBody, Template
from nnc.diagnostics.diagnostic import KeyPath, Label
from nnc.exact import Number, counted, shorten, show_number
from nnc.language.network import BITS, Input, Part
from nnc.language.references import CONSTANTS, Index, IndexTerm, Source, parse_source

_ORDER = ("bit", "integer", "real")


class _Stretch(NamedTuple):
    """Instances from `start` to before `stop`, and what is wired to one port of each."""

    start: int
    stop: int
    texts: tuple[str, ...]
    path: KeyPath

    def at(self, place: int) -> KeyPath:
        """Give the path of one source; of a single one it is that of the port."""
        return self.path if len(self.texts) == 1 else (*self.path, place)


class _Line(NamedTuple):
    """One element of a source as the instances go: slots[factor*i + offset]."""

    slots: Sequence[int]
    factor: int
    offset: int

    def at(self, i: int) -> int:
        """Give the place for one instance."""
        return self.factor * i + self.offset

    def slot(self, i: int) -> int:
        """Give the slot for one instance."""
        return self.slots[self.at(i)]

    def of(self, start: int, stop: int) -> Sequence[int]:
        """Give the slot for each instance from `start` to before `stop`."""
        first = self.factor * start + self.offset
        if self.factor == 0:
            return [self.slots[first]] * (stop - start)
        return self.slots[first : first + self.factor * (stop - start - 1) + 1 : self.factor]


class _Listed(NamedTuple):
    """One element of a source: its slot for each instance of a stretch."""

    slots: Sequence[int]

    def of(self, _start: int, _stop: int) -> Sequence[int]:
        """Give the slots."""
        return self.slots


class Parts:
    """Resolves the wiring of the parts of one network."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.nodes: list[Node] = []
        """Constants that stand for defaults of inputs that are not wired."""
        self._constants: dict[Number, int] = {}

    def resolve(self) -> list[PartBody]:
        """Resolve the wiring of every part; where nothing is known of one, only its sources."""
        bodies = []
        for name, part in self.sources.network.parts.items():
            child = self.sources.children.get(name)
            if child is None or self.sources.places[name] != "parts":
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
                        self.sources.lookup(text, path if len(texts) == 1 else (*path, i))

    def constant(self, value: Number, name: str) -> int:
        """Give the slot of a source that always has the value of a default."""
        if value in (0, 1):
            return int(value)
        slot = self._constants.get(value)
        if slot is None:
            slot = self._constants[value] = len(self.sources.types)
            states = (value - 1, value)
            self.sources.types.append(SignalType("bit", value, value, states))
            origin = Origin(("parts", name), self.sources.file)
            text = f"{name}:{show_number(value)}"
            self.nodes.append(
                Node(text, origin, "at_least", (), (), (0,), (), slot, (), states, is_step=True)
            )
        return slot


class _Wiring:
    """Resolves the wiring of one part."""

    def __init__(self, parts: Parts, name: str, part: Part, child: Template) -> None:
        self.parts, self.sources = parts, parts.sources
        self.name, self.part, self.child = name, part, child
        self.repeat = part.repeat or 1
        file = child.linked.file
        self.of_file = f" of `{shorten(file)}`" if file else " of its network"

    def body(self) -> PartBody:
        """Give the part with a source for every input slot of every instance."""
        meant, others = self._check_ports()
        wires: list[Sequence[int]] = []
        paths: list[list[tuple[int, KeyPath]]] = []
        missing = []
        for port, one in self.child.inputs.items():
            stretches = [] if port in meant else list(self._stretches(port))
            done = sum(one.stop - one.start for one in stretches)
            if done < self.repeat and one.default is None and port not in meant:
                missing.append((port, done))
            for wire, places in self._columns(port, one, stretches):
                wires.append(wire)
                paths.append(places)
        if missing and len(missing) > others:
            self._tell_missing(missing)
        base = self.sources.first[self.name]
        is_repeated = self.part.repeat is not None
        return PartBody(self.name, self.child, base, self.repeat, is_repeated, wires, paths)

    def _tell_missing(self, missing: list[tuple[str, int]]) -> None:
        names = ", ".join(f"`{port}`" for port, _ in missing[:8])
        names += f" and {len(missing) - 8:,} more" if missing[8:] else ""
        what = "input" if len(missing) == 1 else "inputs"
        port, done = missing[0]
        if done:
            fix = f"add `{port}` to `wiring`; now only some of the instances have it"
        else:
            fix = f"add it to `wiring`: {{{port}: source}}"
            if missing[1:]:
                fix = "add them to `wiring`"
        message = f"the part `{self.name}` has no wire for the {what} {names}{self.of_file}"
        at: KeyPath = ("parts", self.name)
        self.sources.say("missing-wire", message, at, fix, key=True)

    def _check_ports(self) -> tuple[set[str], int]:
        """Say which ports the used network does not have.

        Gives the ports that were meant, and how many unknown ones are near to none.
        """
        known = self.child.inputs
        meant: set[str] = set()
        others = 0
        for key in ("wiring", "first", "last"):
            for port in getattr(self.part, key) or {}:
                if port in known:
                    continue
                near = self.sources.nearest(port, (), (p for p in known if not self._is_wired(p)))
                near = near or self.sources.nearest(port, (), known)
                meant |= {near} if near else set()
                others += near is None
                fix = f"did you mean `{near}`?" if near else f"its inputs are {listed(known)}"
                self.sources.say(
                    "unknown-port",
                    f"the part `{self.name}` wires `{port}`, which is no input{self.of_file}",
                    ("parts", self.name, key, port),
                    fix if known else "it has no inputs",
                    key=True,
                )
        return meant, others

    def _is_wired(self, port: str) -> bool:
        return port in self.part.wiring

    def _stretches(self, port: str) -> Iterator[_Stretch]:
        """Give what is wired to a port; `first` wins over `last`, both over `wiring`."""
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
        self, port: str, one: Input, stretches: Sequence[_Stretch]
    ) -> list[tuple[Sequence[int], list[tuple[int, KeyPath]]]]:
        """Give for each element of a port its slot in every instance, and where that is written.

        Where nothing is known it is 0.
        """
        width = one.width
        nowhere: list[tuple[int, KeyPath]] = [(0, ("parts", self.name))]
        paths = [list(nowhere) for _ in range(width)]
        if len(stretches) == 1 and stretches[0].stop - stretches[0].start == self.repeat:
            lines = self._lines(port, one, stretches[0])
            return [(line, [(0, path)]) for line, path in lines or ()] or [
                ([0] * self.repeat, nowhere)
            ] * width
        columns = [[0] * self.repeat for _ in range(width)]
        values = one.default_values()
        if values is not None and not self.part.wiring.get(port):
            slots = [self.parts.constant(value, self.name) for value in values]
            columns = [[slot] * self.repeat for slot in slots]
        for stretch in stretches:
            for j, (line, path) in enumerate(self._lines(port, one, stretch) or ()):
                columns[j][stretch.start : stretch.stop] = line
                paths[j].append((stretch.start, path))
        return list(zip(columns, paths, strict=True))

    def _lines(
        self, port: str, one: Input, stretch: _Stretch
    ) -> list[tuple[Sequence[int], KeyPath]] | None:
        """Give for each element of a port its slots in a stretch of instances, and its place."""
        if len(stretch.texts) == 1 and stretch.texts[0] in CONSTANTS and one.of is None:
            slot = int(stretch.texts[0])
            if self._fits(port, one, stretch.texts[0], (slot,), stretch.path):
                return [([slot] * (stretch.stop - stretch.start), stretch.path)] * one.width
            return None
        lines: list[tuple[Sequence[int], KeyPath]] = []
        of: tuple[str, ...] | None = None
        for place, text in enumerate(stretch.texts):
            found = self._source(text, stretch, stretch.at(place))
            if found is None:
                return None
            more, of = found
            for line in more:
                if not self._fits(port, one, text, line, stretch.at(place)):
                    return None
            lines += [(line, stretch.at(place)) for line in more]
        if one.of is not None and of != one.of:
            told = f"`{stretch.texts[0]}`" if len(stretch.texts) == 1 else "the list"
            self.sources.say(
                "port-type",
                f"the input `{port}`{self.of_file} is a choice of {listed(one.of)}; "
                f"{told} is not the same choice",
                stretch.path,
                "wire a choice with the same `of`, in the same order",
                labels=self._declared(port),
            )
            return None
        if len(lines) != one.width:
            told = f"`{stretch.texts[0]}`" if len(stretch.texts) == 1 else "the list"
            self.sources.say(
                "size-mismatch",
                f"{told} has {counted(len(lines), 'element')}, but the input `{port}`"
                f"{self.of_file} has {one.width:,}",
                stretch.path,
                f"wire {counted(one.width, 'element')}",
                labels=self._declared(port),
            )
            return None
        return lines

    def _declared(self, port: str) -> tuple[Label, ...]:
        """Point to the input in the used file."""
        linked = self.child.linked
        if linked.file is None or linked.document is None:
            return ()
        return (Label("the input", ("inputs", port), key=True, file=linked.file),)

    # ------------------------------------------------------------------------- sources

    def _source(
        self, text: str, stretch: _Stretch, path: KeyPath
    ) -> tuple[list[Sequence[int]], tuple[str, ...] | None] | None:
        """Give each element of a source, for the instances of a stretch."""
        source = parse_source(text)
        count = stretch.stop - stretch.start
        if not source.uses_i:
            bundle = self.sources.lookup(text, path)
            return None if bundle is None else ([[s] * count for s in bundle.slots], bundle.of)
        found = self._moving(source, text, stretch, path)
        if found is None:
            return None
        return [line.of(stretch.start, stretch.stop) for line in found], None

    def _moving(
        self, source: Source, text: str, stretch: _Stretch, path: KeyPath
    ) -> Sequence[_Line | _Listed] | None:
        """Give the elements of a source whose index depends on the instance."""
        if not self.sources.is_known(text):
            return None
        place = self.sources.places.get(source.name)
        if place != "parts" or source.name not in self.sources.children:
            whole, index, name = self._whole(source, text, path)
            if whole is None or index is None:
                return None
            return self._indexed(whole, index, name, text, stretch, path)
        part = self.sources.network.parts[source.name]
        if source.index is not None and part.repeat is None:
            self.sources.resolve(source, text, path, key=False)  # says that it takes no index
            return None
        port = self.sources.port_of(source, text, path, key=False)
        if port is None:
            return None
        child, base = self.sources.children[source.name], self.sources.first[source.name]
        everything = spread(port.slots, range(part.repeat or 1), base, child.size)
        width = len(port.slots)
        lines = [_Line(everything, 0, at) for at in range(len(everything))]
        if source.index is not None:
            elements = Bundle(range(part.repeat or 1))
            chosen = self._indexed(elements, source.index, source.name, text, stretch, path)
            if chosen is None:
                return None
            lines = [
                _Line(everything, one.factor * width, one.offset * width + at)
                for one in chosen
                for at in range(width)
            ]
        if source.port_index is None:
            return lines
        name = text.rpartition("(")[0]
        inner = self._indexed(
            Bundle(range(len(lines))), source.port_index, name, text, stretch, path
        )
        if inner is None:
            return None
        if all(one.factor == 0 for one in inner):
            return [lines[one.offset] for one in inner]
        if all(one.factor == 0 for one in lines):
            fixed = [everything[one.offset] for one in lines]
            return [_Line(fixed, one.factor, one.offset) for one in inner]
        instances = range(stretch.start, stretch.stop)
        return [
            _Listed([lines[one.at(i)].slot(i) for i in instances]) for one in inner
        ]  # both indices move

    def _whole(
        self, source: Source, text: str, path: KeyPath
    ) -> tuple[Bundle | None, Index | None, str]:
        """Give the bus that the moving index of a source counts in."""
        if source.port is None:
            return self.sources.lookup(source.name, path), source.index, source.name
        if source.index is not None:
            self.sources.resolve(source, text, path, key=False)  # says that none stands there
            return None, None, source.name
        name = f"{source.name}.{source.port}"
        return self.sources.lookup(name, path), source.port_index, name

    def _indexed(
        self,
        whole: Bundle,
        index: Index,
        name: str,
        text: str,
        stretch: _Stretch,
        path: KeyPath,
    ) -> list[_Line] | None:
        """Give the elements that an index names in a bus, for the instances of a stretch."""
        size = len(whole.slots)
        end = index.stop or IndexTerm(index.start.factor, index.start.offset + 1)

        def is_wrong(i: int) -> bool:
            return not 0 <= index.start.at(i) < end.at(i) <= size

        wrong = None
        if is_wrong(stretch.start):
            wrong = stretch.start
        elif is_wrong(stretch.stop - 1):  # it moves one way, so it is fine until it is not
            instances = range(stretch.start, stretch.stop)
            wrong = stretch.start + bisect_left(instances, 1, key=is_wrong)
        if wrong is not None and not whole.is_bus:
            message = f"`{text}`: `{name}` is one value, not a bus"
            self.sources.say("no-index", message, path, f"write `{name}`")
            return None
        if wrong is not None:
            self._tell_outside(name, index, text, wrong, size, path)
            return None
        factor = index.start.factor
        if end.factor != factor and stretch.stop - stretch.start > 1:
            self.sources.say(
                "size-mismatch",
                f"`{text}` has another size for each instance",
                path,
                "write the same factor of `i` on both sides of the colon",
            )
            return None
        count = range(index.start.at(stretch.start), end.at(stretch.start), index.step)
        return [
            _Line(whole.slots, factor, index.start.offset + index.step * at)
            for at in range(len(count))
        ]

    def _tell_outside(
        self, name: str, index: Index, text: str, i: int, size: int, path: KeyPath
    ) -> None:
        start = index.start.at(i)
        stop = index.stop.at(i) if index.stop is not None else start + 1
        message, help_ = out_of_range(text, name, index, start, stop, size)
        here = f"{start}" if index.stop is None else f"{start}:{stop}"
        message = f"for i = {i} {message}; this is `({here})`"
        port = path[3] if len(path) > 3 else "port"
        if path[2] == "wiring" and i == 0 and start < 0:
            help_ = f"say what the first of them reads: first: {{{port}: source}}"
        elif path[2] == "wiring" and i == self.repeat - 1 and stop > size:
            help_ = f"say what the last of them reads: last: {{{port}: source}}"
        self.sources.say("index-out-of-range", message, path, help_)

    # --------------------------------------------------------------------------- types

    def _fits(self, port: str, one: Input, text: str, slots: Sequence[int], path: KeyPath) -> bool:
        """Tell whether a port takes the values of its sources; says where it does not."""
        types = self.sources.types
        for given in {id(kind): kind for kind in map(types.__getitem__, slots)}.values():
            wrong = _refuses(one, given)
            if wrong is not None:
                self.sources.say(
                    "port-type",
                    f"the input `{port}`{self.of_file} takes {wrong[0]}, but `{text}` {wrong[1]}",
                    path,
                    "wire a source whose values it takes",
                    labels=self._declared(port),
                )
                return False
        return True


def _refuses(one: Input, given: SignalType) -> tuple[str, str] | None:
    """Say what an input takes, and what a source gives that it does not; None where it fits."""
    wanted = input_type(one)
    if wanted.kind == "bit":
        if given.kind != "bit":
            return "bits", f"is {_article(given.kind)}"
        if given.states == wanted.states or _is_state(given, wanted):
            return None
        return f"bits that are {_states(wanted)}", f"is {_states(given)}"
    if given.kind != "bit" and _ORDER.index(given.kind) > _ORDER.index(wanted.kind):
        return f"{wanted.kind}s", f"is {_article(given.kind)}"
    whole = given.kind != "bit" or all(isinstance(state, int) for state in given.states)
    if wanted.kind == "integer" and not whole:
        return "integers", f"is {_states(given)}"
    for least, bound, sign in (
        (wanted.least, given.least, "at least"),
        (wanted.greatest, given.greatest, "at most"),
    ):
        if least is None:
            continue
        beyond = bound is None or (bound < least if sign == "at least" else bound > least)
        if beyond:
            told = "has no min" if sign == "at least" else "has no max"
            told = told if bound is None else f"can be {show_number(bound)}"
            return f"{sign} {show_number(least)}", told
    return None


def _is_state(given: SignalType, wanted: SignalType) -> bool:
    """Tell a constant that is one of the states."""
    return given.least == given.greatest and given.least in wanted.states


def _article(kind: str) -> str:
    return "an integer" if kind == "integer" else f"a {kind}"


def _states(one: SignalType) -> str:
    if one.least == one.greatest and one.states == BITS:
        return f"always {show_number(one.least or 0)}"
    return " or ".join(map(show_number, one.states))
