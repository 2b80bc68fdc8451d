"""The two digests, computed as docs/digest.md says: plain Python, sharing no code with `nnc`.

What a file declares is resolved by the oracle of the tests.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from hashlib import sha256
from inspect import getclosurevars
from itertools import product
from pathlib import Path
from typing import Any

from tests.support.oracle import (
    SOURCE,
    Circuit,
    File,
    Neuron,
    Oracle,
    Row,
    Signal,
    elements,
    groups,
    picked,
)

Value = Callable[[Row], Any]


def structure(network: File, folder: Path = Path(), claims: Iterable[str] = ()) -> str:
    """Give the digest of the structure; `claims` are its claim lines."""
    page = Page(network, folder)
    neurons = sorted(page.neuron(one) for one in page.neurons)
    lines = ["nnc structure 1"]
    lines += [input_line(name, one) for name, one in sorted(page.file["inputs"].items())]
    lines += [f"neurons {len(neurons)} {hexed(b''.join(neurons))}"]
    lines += [page.output_line(alias, page.made_of) for alias in sorted(page.file["outputs"])]
    return of_lines([*lines, *sorted(claims)]).hex()


def behaviour(network: File, folder: Path = Path()) -> str:
    """Give the digest of the behaviour."""
    page = Page(network, folder)
    inputs = page.file["inputs"]
    undefaulted = {n: {k: v for k, v in inputs[n].items() if k != "default"} for n in inputs}
    lines = ["nnc behaviour 1"]
    lines += [input_line(name, one) for name, one in sorted(undefaulted.items())]
    lines += [f"rows {len(page.rows)}"]
    lines += [page.output_line(alias, page.values) for alias in sorted(page.file["outputs"])]
    return of_lines(lines).hex()


# ----------------------------------------------------------------------- what both are made of


def of_lines(lines: Iterable[str]) -> bytes:
    return sha256("".join(f"{line}\n" for line in lines).encode()).digest()


def hexed(data: bytes) -> str:
    return sha256(data).hexdigest()


def list_of(values: list[Fraction]) -> str:
    try:
        floats = [float(value) for value in values]
    except OverflowError:
        floats = []
    if floats == values:
        return hexed(b"float64\n" + b"".join(struct.pack("<d", one) for one in floats))
    return hexed(b"exact\n" + " ".join(map(str, values)).encode())


def input_line(name: str, one: File) -> str:
    words = ["input", name, one["type"]]
    if one["type"] == "choice":
        words += ["of", ",".join(one["of"])]
    elif "size" in one:
        words += ["size", str(one["size"])]
    for key in ("min", "max"):
        if key in one:
            words += [key, str(Fraction(one[key]))]
    if one["type"] == "bit" and list(map(Fraction, one["states"])) != [0, 1]:
        words += ["states", *(str(Fraction(state)) for state in one["states"])]
    if "default" in one:
        words += ["default", ",".join(map(str, defaults(one)))]
    return " ".join(words)


def defaults(one: File) -> list[Fraction]:
    """Give the default of each element: a bus of other than plain bits takes one number for all."""
    plain = one["type"] == "bit" and list(map(Fraction, one["states"])) == [0, 1]
    found = elements(one if plain or one["type"] == "choice" else {"type": ""}, one["default"])
    return found * int(one.get("size", 1)) if len(found) == 1 else found


ORDER = ("below", "at_least", "above", "at_most")
"""Rules in the order of thresholds of one value, those of each side by themselves."""


def rules(neuron: Neuron) -> tuple[str, list[str]]:
    """Give the rule of a neuron, and that of each threshold."""
    if neuron.rule in ("all", "any"):
        return "at_least", ["at_least"]
    own = [stated or neuron.rule for stated in neuron.stated]
    if len(set(own)) == 1:
        return own[0], own
    return next(rule for rule in own if rule in ("at_least", "at_most")), own


def limit_text(limit: Fraction, own: str, rule: str) -> str:
    """Write a threshold, and its rule where that is not the one of its neuron."""
    return str(limit) if own == rule else f"{own} {limit}"


class Page(Oracle):
    """A network, its neurons, and what is known of each signal, by the function of its value."""

    def __init__(self, network: File, folder: Path) -> None:
        super().__init__(network, folder)
        self.neurons: list[Neuron] = []
        self.known: dict[Value, str | tuple[Neuron, int]] = {}
        self.hashes: dict[Neuron, bytes] = {}
        self.counted: dict[Value, list[Signal]] = {}
        for name in self.file["inputs"]:
            for place, signal in enumerate(self.circuit.named(name)):
                self.known[signal.value] = f"input {name} {place}"
        for circuit in circuits(self.circuit):
            for name in (*circuit.file["neurons"], *circuit.file["layers"]):
                count: dict[Neuron, int] = {}
                for signal in circuit.named(name):
                    assert signal.neuron is not None
                    place = count.setdefault(signal.neuron, 0)
                    count[signal.neuron] += 1
                    self.known[signal.value] = (signal.neuron, place)
                    if signal.counts:
                        places = range(len(signal.neuron.thresholds))
                        own = [signal.neuron.signal(k) for k in places]
                        self.counted[signal.value] = own
                        for k, one in enumerate(own):
                            self.known[one.value] = (signal.neuron, k)
                self.neurons += count

    # ------------------------------------------------------------------------- structure

    def identity(self, signal: Signal) -> Any:
        """Give what tells a signal from others: two constants of one value are the same."""
        return signal.value if signal.value in self.known else signal.value({})

    def signal(self, signal: Signal) -> bytes:
        """Hash a signal."""
        known = self.known.get(signal.value)
        if known is None:
            return of_lines([f"constant {signal.value({})}"])
        if isinstance(known, str):
            return of_lines([known])
        neuron, place = known
        limit = neuron.thresholds[place] if neuron.thresholds else gate_limit(neuron)
        rule, own = rules(neuron)
        text = limit_text(limit, own[place], rule)
        return of_lines([f"signal {self.neuron(neuron).hex()} {text}"])

    def all_of(self, signal: Signal) -> list[Signal]:
        """Give the signals that a source stands for: of a count, those that are counted."""
        return self.counted.get(signal.value, [signal])

    def element(self, signal: Signal) -> bytes:
        """Hash an element of an output."""
        own = list(map(self.signal, self.all_of(signal)))
        return own[0] if len(own) == 1 else of_lines([f"count {hexed(b''.join(own))}"])

    def neuron(self, neuron: Neuron) -> bytes:
        """Hash a neuron."""
        if neuron not in self.hashes:
            rule, own = rules(neuron)
            both = zip(neuron.thresholds or [gate_limit(neuron)], own, strict=True)
            ordered = sorted(both, key=lambda one: (one[0], ORDER.index(one[1])))
            limits = [limit_text(limit, stated, rule) for limit, stated in ordered]
            self.hashes[neuron] = self.written(rule, neuron.states, limits, self.synapses(neuron))
        return self.hashes[neuron]

    def written(
        self,
        rule: str,
        states: list[Fraction],
        limits: list[str],
        synapses: Iterable[tuple[bytes, Fraction]],
    ) -> bytes:
        """Hash the six lines of a neuron."""
        pairs = sorted(synapses)
        return of_lines([
            "neuron",
            f"fires {rule}",
            f"states {states[0]} {states[1]}",
            f"thresholds {' '.join(limits)}",
            f"sources {hexed(b''.join(source for source, _ in pairs))}",
            f"weights {list_of([weight for _, weight in pairs])}",
        ])  # fmt: skip

    def synapses(self, neuron: Neuron) -> list[tuple[bytes, Fraction]]:
        """Give the hash of each source, and its weight; steps are sources of their own."""
        joined: dict[Any, list[Any]] = {}
        for signal, influence in neuron.wires():
            if isinstance(influence, partial):
                for one in self.all_of(signal):
                    source = self.signal(one)
                    self.join(joined, self.identity(one), source, influence.args[0])
                continue
            before = Fraction()
            for cutoff, stated, points in getclosurevars(influence).nonlocals["steps"]:
                plain = [Fraction(0), Fraction(1)]
                looks_at = [(self.signal(one), Fraction(1)) for one in self.all_of(signal)]
                rule = stated or "at_least"
                step = self.written(rule, plain, [str(cutoff)], looks_at)
                source = of_lines([f"signal {step.hex()} {cutoff}"])
                self.join(joined, (self.identity(signal), cutoff, rule), source, points - before)
                before = points
        return [(source, weight) for source, weight in joined.values()]

    def join(self, joined: dict[Any, list[Any]], key: Any, source: bytes, weight: Fraction) -> None:
        """Add a synapse to those of the same signal."""
        joined.setdefault(key, [source, Fraction()])[1] += weight

    def made_of(self, form: str, signals: list[Signal]) -> str:
        """Hash what an output is made of."""
        if form in ("sum", "sums", "largest"):
            return hexed(b"".join(self.neuron(one.neuron) for one in signals if one.neuron))
        return hexed(b"".join(map(self.element, signals)))

    # ------------------------------------------------------------------------- behaviour

    @property
    def rows(self) -> list[Row]:
        """Give every row, the inputs sorted by name."""
        names = sorted(self.file["inputs"])
        values = product(*(all_values(self.file["inputs"][name]) for name in names))
        return [dict(zip(names, row, strict=True)) for row in values]

    def values(self, form: str, signals: list[Signal]) -> str:
        """Hash what an output gives."""
        rows = self.rows
        if form in ("level", "largest"):
            return list_of([place(form, signals, row) for row in rows])
        if form in ("sum", "sums"):
            return list_of([one.neuron.sum(row) for one in signals if one.neuron for row in rows])
        table = [[signal.value(row) for row in rows] for signal in signals]
        if form == "integer" or (form == "value" and signals[0].is_bit):
            return hexed(b"".join(map(packed, table)))
        return list_of([value for one in table for value in one])

    # --------------------------------------------------------------------------- outputs

    def output_line(self, alias: str, digest: Callable[[str, list[Signal]], str]) -> str:
        """Describe an output; `digest` hashes its signals, or what they give."""
        circuit, spec = self.circuit, self.file["outputs"][alias]
        form, signals, labels = described(circuit, spec)
        if form == "level" or (form == "value" and signals[0].counts):
            form, signals = "level", [one for signal in signals for one in self.all_of(signal)]
        words = ["output", alias, form, str(len(signals)), digest(form, signals)]
        if labels:
            words += ["labels", *(hexed(label.encode()) for label in labels)]
        return " ".join(words)


def gate_limit(neuron: Neuron) -> Fraction:
    return Fraction(len(neuron.wires()) if neuron.rule == "all" else 1)


def circuits(circuit: Circuit) -> Iterator[Circuit]:
    yield circuit
    for used in circuit.parts.values():
        for one in used:
            yield from circuits(one)


def all_values(one: File) -> list[list[Fraction]]:
    if one["type"] == "choice":
        return [elements(one, value) for value in one["of"]]
    off, on = map(Fraction, one["states"])
    size = int(one.get("size", 1))
    return [[on if row >> k & 1 else off for k in range(size)] for row in range(2**size)]


def place(form: str, signals: list[Signal], row: Row) -> Fraction:
    neurons = [one.neuron for one in signals if one.neuron]
    if form == "largest":
        sums = [neuron.sum(row) for neuron in neurons]
        return Fraction(sums.index(max(sums)))
    return Fraction([one.value(row) for one in signals].count(neurons[0].states[1]))


def packed(bits: list[Fraction]) -> bytes:
    return bytes(
        sum(int(bit) << place for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    )


# --------------------------------------------------------------------- the forms of outputs


def described(circuit: Circuit, spec: Any) -> tuple[str, list[Signal], list[str]]:
    """Give the form of an output, what it is made of and its labels."""
    if isinstance(spec, dict):
        form = next(key for key in ("sum", "level", "largest") if key in spec)
        signals = circuit._sources(spec[form])
        if form != "level":
            first = {id(one.neuron): one for one in reversed(signals)}
            signals = [one for one in signals if first[id(one.neuron)] is one]
        if form == "sum" and is_bus(circuit, spec[form]) and names_a_layer(circuit, spec[form]):
            form = "sums"
        return form, signals, spec.get("labels", [])
    if isinstance(spec, str):
        name, _, port, _ = groups(SOURCE, spec)
        if name in circuit.parts:
            chosen = circuit.parts[name]
            used = chosen[0].file["outputs"][port]
            inner = described(chosen[0], used)
            if inner[0] in ("sum", "sums", "level", "largest"):
                return passed_on(circuit, spec, inner)
    signals = circuit._sources(spec)
    if not isinstance(spec, list) and not is_bus(circuit, spec):
        return "value", signals, []
    return "integer" if all(one.is_bit for one in signals) else "bus", signals, []


def passed_on(
    circuit: Circuit, text: str, inner: tuple[str, list[Signal], list[str]]
) -> tuple[str, list[Signal], list[str]]:
    name, index, port, within = groups(SOURCE, text)
    form, _, labels = inner
    used = picked(circuit.parts[name], index, 0)
    each = [described(one, one.file["outputs"][port])[1] for one in used]
    signals = [signal for one in each for signal in one]
    many = "repeat" in circuit.file["parts"][name] and (index is None or ":" in index)
    if form in ("sum", "sums"):
        form = "sums" if form == "sums" or many else "sum"
        if within is not None:
            signals = picked(signals, within, 0)
            form = "sums" if ":" in within else "sum"
    return form, signals, labels


def names_a_layer(circuit: Circuit, text: str) -> bool:
    return groups(SOURCE, text)[0] in circuit.file["layers"]


def is_bus(circuit: Circuit, text: str) -> bool:
    """Tell whether a source is a bus."""
    name, index, port, within = groups(SOURCE, text)
    if within is not None:
        return ":" in within
    if name in circuit.parts:
        many = "repeat" in circuit.file["parts"][name] and (index is None or ":" in index)
        spec = circuit.parts[name][0].file["outputs"][port]
        return many or described(circuit.parts[name][0], spec)[0] in ("integer", "bus", "sums")
    if port is not None:
        return False
    if index is not None:
        return ":" in index
    declared = circuit.file["inputs"].get(name, {})
    in_neuron = "thresholds" in circuit.file["neurons"].get(name, {})
    return bool(declared.keys() & {"size", "of"}) or in_neuron or name in circuit.file["layers"]
