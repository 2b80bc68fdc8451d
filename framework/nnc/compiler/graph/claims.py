"""Resolve assumptions and properties to claims about slots, and report their mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple, cast

from nnc.compiler.graph.claim_values import reader_of, what_is
from nnc.compiler.graph.graph import (
    GraphClaim,
    Near,
    Port,
    SignalType,
    Tap,
    ValueSet,
    as_range,
)
from nnc.compiler.graph.outputs import tap_of
from nnc.compiler.graph.resolver import Mention, Resolver
from nnc.diagnostics.diagnostic import KeyPath, closest
from nnc.language.keys import KINDS
from nnc.language.network import Claim, Condition, Property, States, Values
from nnc.language.ranges import Range, joined
from nnc.language.references import parse_source
from nnc.numbers.exact import Number, Refused, counted, first_names, shorten, show_number

_COUNTED = ("at_most_one", "exactly_one", "at_least_one")
_SPANS: Mapping[str, Callable[[int], Range]] = {
    "at_most": lambda count: Range(None, count),
    "at_least": lambda count: Range(count, None),
    "exactly": lambda count: Range(count, count),
}


class _Subject(NamedTuple):
    """The claim that is being resolved, by its section and index."""

    kind: Literal["assume", "properties"]
    place: int

    @property
    def path(self) -> KeyPath:
        return (self.kind, self.place)

    @property
    def noun(self) -> str:
        return KINDS[self.kind].name.partition(" ")[2]


class Claims:
    """Resolve the assumptions and properties of one network."""

    def __init__(self, resolver: Resolver, outputs: Mapping[str, Port]) -> None:
        self.resolver = resolver
        self.outputs = outputs
        self._subject = _Subject("properties", 0)

    def resolve(self) -> list[GraphClaim]:
        """Return all valid claims, and report the mistakes of the others."""
        claims = []
        kinds: tuple[Literal["assume", "properties"], ...] = ("assume", "properties")
        for kind in kinds:
            for place, claim in enumerate(getattr(self.resolver.network, kind)):
                self._subject = _Subject(kind, place)
                count = len(self.resolver.diagnostics)
                resolved = self._claim(claim)
                if resolved is not None and len(self.resolver.diagnostics) == count:
                    claims.append(resolved)
        return claims

    def _claim(self, claim: Claim) -> GraphClaim | None:
        form = claim.form
        stated = getattr(claim, form)
        about: list[Tap | None] = []
        values: list[ValueSet | None] = []
        varied: list[Tap | None] = []
        file = near = None
        if form in ("never", "always"):
            about, values = self._condition(form, stated)
        elif form in _COUNTED:
            about = self._bits(form, stated)
        elif form == "equal":
            if isinstance(stated, str):
                file = stated
            else:
                about = self._pairs(stated)
        elif form == "unchanged":
            assert isinstance(claim, Property)
            about = [self._operand(stated, (form,))]
            varied = self._varied(form, claim)
            near = self._near(claim, varied)
        else:
            assert isinstance(claim, Property)
            about = [self._operand(stated, (form,))]
            self._check_order(form, about[0])
            varied = self._varied(form, claim)
        when, when_values = self._condition("when", claim.when or {})
        if None in (*about, *values, *varied, *when, *when_values):
            return None
        return GraphClaim(
            self._subject.kind,
            self._subject.place,
            form,
            claim.name or "",
            cast("tuple[Tap, ...]", tuple(about)),
            cast("tuple[ValueSet, ...]", tuple(values)),
            cast("tuple[Tap, ...]", tuple(varied)),
            cast("tuple[Tap, ...]", tuple(when)),
            cast("tuple[ValueSet, ...]", tuple(when_values)),
            file,
            origin=self.resolver.file,
            near=near,
        )

    # --------------------------------------------------------------------------- operands

    def _refuse(
        self, message: str, path: Sequence[str | int], hint: str, *, key: bool = False
    ) -> None:
        self.resolver.report("bad-claim", message, (*self._subject.path, *path), hint, key=key)

    def _operand(self, text: str, path: Sequence[str | int], *, key: bool = False) -> Tap | None:
        """Return the signals of an operand: the output with that alias, or else a source."""
        location: KeyPath = (*self._subject.path, *path)
        source = parse_source(text)
        network = self.resolver.network
        is_alias = self._subject.kind == "properties" and source.name in network.outputs
        if is_alias and source.port is None:
            port = self.outputs.get(source.name)
            if port is None:
                return None  # reported at its declaration
            if source.index is None:
                of = port.bundle.of if port.bundle is not None else None
                return _as_choice(text, port.tap, of)
            if port.bundle is not None:
                chosen = self.resolver.indexed(
                    port.bundle, source.index, source.name, Mention(text, location, key)
                )
                return None if chosen is None else tap_of(text, chosen, self.resolver.types)
        if source.name not in self.resolver.sections and source.name not in ("0", "1"):
            self._tell_unknown(source.name, text, location, key=key)
            return None
        is_input = self.resolver.sections.get(source.name, "inputs") == "inputs"
        if self._subject.kind == "assume" and not is_input:
            section = self.resolver.sections[source.name]
            self._refuse(
                f"`{text}` is a {section[:-1]}; an assumption is about inputs alone",
                path,
                "write it as a property, which is proved",
                key=key,
            )
            return None
        bundle = self.resolver.lookup(text, location, key=key)
        if bundle is None:
            return None
        return _as_choice(text, tap_of(text, bundle, self.resolver.types), bundle.of)

    def _tell_unknown(self, name: str, text: str, location: KeyPath, *, key: bool) -> None:
        names: Iterable[str] = self.resolver.sections
        known = "not an input"
        if self._subject.kind == "properties":
            names = chain(self.resolver.network.outputs, names)
            known = "neither an output nor anything that is declared"
        else:
            names = self.resolver.inputs
        near = closest(name, names)
        hint = f"did you mean `{near}`?" if near is not None else "name an output, or an input"
        if self._subject.kind == "assume" and near is None:
            hint = f"the inputs are {first_names(self.resolver.inputs)}"
        if name in ("at_most", "at_least", "exactly", *_COUNTED):
            form = name.removesuffix("_one")
            hint = f"to count, say how many may fire: {form}: {{1: [a, b]}}"
        message = f"the {self._subject.noun} names `{shorten(text)}`, which is {known}"
        self.resolver.report(
            "unknown-source", message, location, hint, key=key, caret="not declared"
        )

    # ------------------------------------------------------------------------- conditions

    def _condition(
        self, key: str, condition: Condition
    ) -> tuple[list[Tap | None], list[ValueSet | None]]:
        taps: list[Tap | None] = []
        values: list[ValueSet | None] = []
        for text, allowed in condition.items():
            if isinstance(allowed, dict):
                for count, bits in allowed.items():
                    taps.append(self._counted(bits, (key, text, str(count))))
                    values.append((_SPANS[text](count),))
                continue
            tap = self._operand(text, (key, text), key=True)
            taps.append(tap)
            values.append(None if tap is None else self._values(tap, allowed, (key, text)))
        return taps, values

    def _values(self, tap: Tap, allowed: Values, path: Sequence[str | int]) -> ValueSet | None:
        """Parse the allowed values of a signal."""
        is_list = not isinstance(allowed, str)
        texts = (allowed,) if isinstance(allowed, str) else allowed
        labels: list[str] = []
        ranges: list[Range] = []
        refused = False
        read = reader_of(tap, self.resolver.types)
        for i, text in enumerate(texts):
            try:
                value = read(text)
            except Refused as error:
                location: KeyPath = (*self._subject.path, *path, *((i,) if is_list else ()))
                is_own = error.message.startswith(("is ", "has no "))
                message = f"`{tap.alias}`{' ' if is_own else ': '}{error.message}"
                self.resolver.report(error.rule, message, location, error.help or None)
                refused = True
                continue
            if isinstance(value, str):
                labels.append(value)
            else:
                ranges += value
        if refused:
            return None
        return tuple(dict.fromkeys(labels)) if tap.labels else joined(ranges)

    # ------------------------------------------------------------------------------- bits

    def _counted(self, texts: Sequence[str], path: tuple[str, ...]) -> Tap | None:
        """Return bits as a level, the number of them that are 1."""
        taps = self._bits(path[1], texts, path)
        if None in taps:
            return None
        signals = [signal for tap in cast("list[Tap]", taps) for signal in tap.signals]
        if int(path[-1]) > len(signals):
            message = f"`{path[1]}` compares {path[-1]} with {counted(len(signals), 'bit')}"
            self._refuse(message, path, f"write a number up to {len(signals)}", key=True)
        return Tap(f"count of [{', '.join(texts)}]", "level", as_range(signals))

    def _bits(
        self, form: str, texts: Sequence[str], location: tuple[str, ...] = ()
    ) -> list[Tap | None]:
        """Resolve the bits or buses of bits of a count."""
        taps: list[Tap | None] = []
        seen: set[int] = set()
        for i, text in enumerate(texts):
            path = (*(location or (form,)), *((i,) if len(texts) > 1 else ()))
            tap = self._operand(text, path)
            taps.append(tap)
            if tap is None:
                continue
            states: list[States | None] = [None]
            if tap.kind in ("bit", "bus"):
                states = [tap.states_of(place) for place in range(tap.width)]
            if None in states:
                self._refuse(
                    f"`{form}` counts bits; `{text}` is {what_is(tap)}",
                    path,
                    "name neurons or bits",
                )
                continue
            bits = {signal for signal in tap.signals if signal > 1}
            if bits & seen or len(bits) < sum(signal > 1 for signal in tap.signals):
                self._refuse(f"`{form}` counts `{text}` twice", path, "name each bit once")
            seen |= bits
        return taps

    def _pairs(self, pairs: Mapping[str, str]) -> list[Tap | None]:
        """Resolve the pairs of signals of an `equal` property."""
        taps: list[Tap | None] = []
        for left, right in pairs.items():
            path = ("equal", left)
            both = self._operand(left, path, key=True), self._operand(right, path)
            taps += both
            if None in both:
                continue
            first, second = cast("tuple[Tap, Tap]", both)
            kinds = [what_is(tap) for tap in (first, second)]
            labelled = bool(first.labels), bool(second.labels)
            if labelled[0] != labelled[1] or _width(first) != _width(second):
                self._refuse(
                    f"`{left}` is {kinds[0]}, and `{right}` {kinds[1]}: they are never the same",
                    path,
                    "compare signals of one kind and size",
                )
        return taps

    # ----------------------------------------------------------------------- near rows

    def _near(self, claim: Property, varied: Sequence[Tap | None]) -> Near | None:
        """Resolve the given row and the limits of an `unchanged` property."""
        within = claim.within
        assert within is not None
        row = claim.given if claim.case is None else self._given_in_case(claim.case)
        if row is None or None in varied:
            return None
        taps = cast("Sequence[Tap]", varied)
        seen: set[int] = set()
        for i, tap in enumerate(taps):
            if seen & set(tap.signals):
                path = ("within", "of", i)
                self._refuse(f"`of` names `{tap.alias}` twice", path, "name each input once")
            seen |= set(tap.signals)
        inputs = self.resolver.inputs.values()
        size = sum(1 if tap.labels else tap.width for tap in taps)
        size = size or sum(1 if input_.of is not None else input_.width for input_ in inputs)
        if within.changes is not None and within.changes > size:
            noun = "element" if size == 1 else "elements"
            message = f"`changes` is {within.changes:,}, but the inputs have {size:,} {noun}"
            self._refuse(message, ("within", "changes"), f"write a number up to {size}")
        if within.each is not None:
            self._check_distance(within.each, taps)
        return Near(row, within.changes, within.each)

    def _given_in_case(self, name: str) -> Mapping[str, Any] | None:
        """Return the inputs of the only case with a name, or report why there is none."""
        cases = [case for case in self.resolver.network.cases if case.name == name]
        if len(cases) == 1 and cases[0].file is None:
            return cases[0].given
        names = [case.name for case in self.resolver.network.cases if case.name is not None]
        near = closest(name, names)
        message = f"no case is called `{shorten(name)}`"
        hint = f"did you mean `{near}`?" if near is not None else "name a case, or write `given`"
        if len(cases) > 1:
            message = f"{len(cases):,} cases are called `{shorten(name)}`"
            hint = "give the case that is meant a name of its own"
        elif cases:
            message = f"`{shorten(name)}` is a file of cases, not one row"
            hint = "prove its rows with `nnc prove NET ROWS --output NAME`, or write `given`"
        self._refuse(message, ("case",), hint)
        return None

    def _check_distance(self, each: Number, taps: Sequence[Tap]) -> None:
        """Report a distance so small that no value can differ by it."""
        for i, tap in enumerate(taps):
            if tap.labels:
                message = f"`each` is a distance between numbers; `{tap.alias}` is a choice"
                self._refuse(message, ("within", "of", i), "limit choices with `changes`")
                return
        slots = [slot for tap in taps for slot in tap.signals]
        if not slots:
            first = 2
            for input_ in self.resolver.inputs.values():
                slots += range(first, first + input_.width) if input_.of is None else ()
                first += input_.width
        gaps = [_gap(self.resolver.types[slot]) for slot in slots]
        if all(gap > each or not (gap or each) for gap in gaps):
            message = f"no value changes with `each: {show_number(each)}`"
            smallest: Number = min(gaps, default=0)
            if smallest:
                message += f": values of these inputs are {show_number(smallest)} apart"
            self._refuse(message, ("within", "each"), "write a larger number, or `changes`")

    # ------------------------------------------------------------------------ two rows

    def _check_order(self, form: str, tap: Tap | None) -> None:
        """Report an `increasing` or `decreasing` output without an order."""
        if tap is None or form not in ("increasing", "decreasing"):
            return
        what = None
        if tap.kind == "largest":
            what = "the place of the largest sum"
        elif tap.kind == "bus" and tap.labels:
            what = "a choice"
        elif tap.is_bus and not tap.is_integer:
            what = "a bus of several numbers"
        if what is not None:
            self._refuse(
                f"`{form}` needs an order; `{tap.alias}` is {what}, which has none",
                (form,),
                "name a bit, a sum, a level, or a bus of bits",
            )

    def _varied(self, form: str, claim: Property) -> list[Tap | None]:
        """Resolve the inputs that a property varies."""
        key = "of" if form in ("independent", "unchanged") else "in"
        names = claim.varied
        above: tuple[str, ...] = ()
        if claim.within is not None:
            names, above = claim.within.of, ("within",)
        taps: list[Tap | None] = []
        for i, text in enumerate(names):
            path = (*above, key, *((i,) if len(names) > 1 else ()))
            tap = self._input(form, text, path)
            taps.append(tap)
        if form == "symmetric" and None not in taps:
            self._check_alike(cast("list[Tap]", taps), key)
        return taps

    def _input(self, form: str, text: str, path: Sequence[str | int]) -> Tap | None:
        """Return an input, or elements of one, that a property varies."""
        key = next(part for part in path if part in ("in", "of"))
        source = parse_source(text)
        section = self.resolver.sections.get(source.name)
        if section is None:
            near = closest(source.name, self.resolver.inputs)
            hint = f"the inputs are {first_names(self.resolver.inputs)}"
            self.resolver.report(
                "unknown-source",
                f"the property names `{shorten(text)}`, which is not an input",
                (*self._subject.path, *path),
                f"did you mean `{near}`?" if near is not None else hint,
                caret="not declared",
            )
            return None
        if section != "inputs":
            self._refuse(
                f"`{key}` names inputs; `{text}` is a {section[:-1]}",
                path,
                f"the inputs are {first_names(self.resolver.inputs)}",
            )
            return None
        input_ = self.resolver.inputs[source.name]
        bundle = self.resolver.lookup(text, (*self._subject.path, *path))
        if bundle is None:
            return None
        if input_.of is not None and source.port is not None:
            self._refuse(
                f"`{text}` is one value of a choice, which no row changes alone",
                path,
                f"write `{source.name}`",
            )
            return None
        if input_.of is not None and form in ("increasing", "decreasing"):
            self._refuse(
                f"`{text}` is a choice: its values have no order", path, "name numbers or bits"
            )
            return None
        return _as_choice(text, tap_of(text, bundle, self.resolver.types), bundle.of)

    def _check_alike(self, taps: Sequence[Tap], key: str) -> None:
        """Report inputs that cannot be swapped because their values differ."""
        kinds = [self._kind(tap) for tap in taps]
        elements = sum(1 if tap.labels else tap.width for tap in taps)
        if elements < 2:
            self._refuse(
                f"`{taps[0].alias}` is one value: it has no order to change",
                (key,),
                "name a bus, or several inputs",
            )
        for i, kind in enumerate(kinds):
            if kind != kinds[0]:
                self._refuse(
                    f"`{taps[i].alias}` and `{taps[0].alias}` do not take the same values, so they "
                    "cannot change places",
                    (key, i),
                    "name inputs of one type, with the same bounds",
                )

    def _kind(self, tap: Tap) -> object:
        if tap.labels:
            return tap.labels
        return {self.resolver.types[slot] for slot in tap.signals}.pop()


def _gap(type_: SignalType) -> Number:
    """Return the smallest distance between two values of a signal; 0 if there is none."""
    if type_.kind == "bit":
        off, on = type_.states
        return on - off if on > off else off - on
    return 1 if type_.kind == "integer" else 0


def _as_choice(text: str, tap: Tap, of: tuple[str, ...] | None) -> Tap:
    """Return a choice as a bus labelled with its values; others unchanged."""
    return tap if of is None else Tap(text, "bus", tap.signals, labels=of, is_bus=True)


def _width(tap: Tap) -> int:
    """Return the number of values of an operand."""
    if tap.kind == "sum" or (tap.kind in ("bit", "number", "bus") and not tap.labels):
        return 1 if tap.is_integer else tap.width
    return 1
