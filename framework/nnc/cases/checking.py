"""Cases checked as text, without running them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from nnc.cases.case_file import find_case_file
from nnc.cases.expected import RefusedElement, expected_of, no_element
from nnc.cases.typos import Typos, all_of, meaning
from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, format_path
from nnc.exact import Refused, shorten
from nnc.files.opening import DISK, Files
from nnc.language.network import Input, Network
from nnc.rows.inputs.elements import element_of, elements_told, has_element, taken_apart
from nnc.rows.inputs.value import number_of, read_value

_MOST_NAMES = 20


def check_cases(
    network: Network,
    outputs: Iterable[Tap],
    file: Path | None,
    root: Path | None,
    unsure: Collection[str] = (),
    files: Files = DISK,
) -> list[Diagnostic]:
    """Say what is wrong with the cases of a network, without running them.

    `outputs` are those of which it is known what they give.
    `file` is the network's own file, beside which case files are looked for; within `root`.
    `unsure` are inputs, outputs and cases with mistakes of their own; they are left alone here.
    """
    taps = {tap.alias: tap for tap in outputs}
    inputs = network.typed_inputs()
    typos = Typos()
    found: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: KeyPath = ("cases", i)
        if format_path(path) in unsure:
            continue
        if case.file is not None:
            if file is not None:
                at = (*path, "file")
                target = find_case_file(case.file, at, file, root or file.parent, typos, files)
                found += [target] if isinstance(target, Diagnostic) else []
            continue
        given = _Given(inputs, case.given or {}, (*path, "given"), unsure, typos)
        found += given.check()
        found += _check_expected(network, taps, case.expect or {}, (*path, "expect"), unsure, typos)
    return found


class _Given:
    """What one case gives, and what is wrong with it."""

    def __init__(
        self,
        inputs: Mapping[str, Input],
        given: Mapping[str, Any],
        path: KeyPath,
        unsure: Collection[str],
        typos: Typos,
    ) -> None:
        self._inputs, self._given, self._path = inputs, given, path
        self._unsure, self._typos = unsure, typos
        self._elements: dict[str, set[int]] = {}
        self._strangers: Counter[str] = Counter()  # names of nothing; by bus, "" for the others
        self._missing = {
            name: None
            for name, one in inputs.items()
            if one.default is None and name not in given and name not in unsure
        }

    def check(self) -> Iterator[Diagnostic]:
        """Give every mistake."""
        for name, value in self._given.items():
            bus, element = element_of(name) or (name, None)
            if bus in self._unsure:
                continue
            if name in self._inputs:
                yield from self._check_whole(name, value)
            elif element is not None and has_element(self._inputs, bus, element):
                yield from self._check_element(bus, element, value)
            else:
                yield self._unknown(name)
        for name, elements in self._elements.items():
            yield from self._check_complete(name, elements)
        if len(self._missing) > self._strangers[""]:  # else these were meant
            yield Diagnostic(
                "bad-case",
                f"the case gives no value for {_listed(self._missing)}",
                self._path,
                key=True,
                help="add it; only inputs with a default may be left out",
            )

    def _check_whole(self, name: str, value: object) -> Iterator[Diagnostic]:
        found: list[Diagnostic] = []

        def note(place: int | None, error: Refused) -> None:
            told = name if place is None else f"{name}({place})"
            path: KeyPath = (name,) if place is None else (name, place)
            found.append(self._refused(told, path, error))

        if name in self._elements:
            yield _given_twice("input", name, (*self._path, name))
        read_value(value, self._inputs[name], note)
        yield from found

    def _check_element(self, bus: str, element: int, value: object) -> Iterator[Diagnostic]:
        name = f"{bus}({element})"
        if bus in self._given and bus not in self._elements:
            before = list(self._given)
            if before.index(bus) < before.index(name):
                yield _given_twice("input", bus, (*self._path, name))
        self._elements.setdefault(bus, set()).add(element)
        self._missing.pop(bus, None)
        try:
            number_of(value, self._inputs[bus])
        except Refused as error:
            yield self._refused(name, (name,), error)

    def _refused(self, name: str, path: KeyPath, error: Refused) -> Diagnostic:
        message = f"input `{name}`: {error.message}"
        return Diagnostic(error.rule, message, (*self._path, *path), help=error.help or None)

    def _unknown(self, name: str) -> Diagnostic:
        meant, place = taken_apart(name, self._inputs)
        bus = meant if meant in self._inputs else ""
        if place is not None and has_element(self._inputs, meant, place):
            fix = f"did you mean `{meant}({place})`?"
        elif meant in self._inputs:
            fix = elements_told(meant, self._inputs[meant])
        else:
            known = chain(self._missing, self._inputs)  # of equals the first
            meant = self._typos.meant(name, known) or ""
            fix = meaning(meant or None) or all_of("inputs", self._inputs)
        if bus or meant not in self._missing:
            self._strangers[bus] += 1
        self._missing.pop(meant, None)
        message = f"the network has no input `{shorten(name)}`"
        return Diagnostic("bad-case", message, (*self._path, name), key=True, help=fix)

    def _check_complete(self, name: str, elements: set[int]) -> Iterator[Diagnostic]:
        more = self._inputs[name].width - len(elements) - 1
        if more < self._strangers[name] or name in self._given:
            return
        first = next(i for i in count() if i not in elements)
        told = f"`{name}({first})`" + (f" and {more:,} more of its elements" if more else "")
        yield Diagnostic(
            "bad-case",
            f"the case gives no value for {told}",
            (*self._path, f"{name}({min(elements)})"),
            key=True,
            help=f"give every element of `{name}`, or the whole bus",
        )


def _given_twice(what: str, name: str, path: KeyPath) -> Diagnostic:
    verb = "given" if what == "input" else "expected"
    message = f"the {what} `{name}` is {verb} whole and by element"
    return Diagnostic("bad-case", message, path, key=True, help="write one or the other")


def _listed(names: Collection[str]) -> str:
    told = ", ".join(f"`{name}`" for name in list(names)[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{told} and {more:,} more" if more > 0 else told


def _has_element(tap: Tap, alias: str) -> bool:
    element = element_of(alias)
    return tap.is_bus and element is not None and element[1] < tap.width


def _check_expected(
    network: Network,
    taps: Mapping[str, Tap],
    expect: Mapping[str, Any],
    path: KeyPath,
    unsure: Collection[str],
    typos: Typos,
) -> Iterator[Diagnostic]:
    forms: dict[str, bool] = {}
    for alias in expect:
        whole = alias.partition("(")[0]
        if whole in unsure:
            continue
        at = (*path, alias)
        if whole not in network.outputs:
            near = typos.help(alias, network.outputs, "outputs")
            message = f"the network has no output `{shorten(alias)}`"
            yield Diagnostic("bad-case", message, at, key=True, help=near)
        elif forms.setdefault(whole, "(" in alias) != ("(" in alias):
            yield _given_twice("output", whole, at)
            forms[whole] = "(" in alias
        elif whole in taps and "(" in alias and not _has_element(taps[whole], alias):
            message = f"the network has no output `{shorten(alias)}`"
            yield Diagnostic("bad-case", message, at, key=True, help=no_element(taps[whole]))
        elif whole in taps:
            try:
                expected_of(taps, alias, expect[alias], typos)
            except RefusedElement as error:
                message = f"output `{shorten(alias)}({error.place})`: {error.message}"
                yield Diagnostic(error.rule, message, (*at, error.place), help=error.help or None)
            except Refused as error:
                message = f"output `{shorten(alias)}`: {error.message}"
                yield Diagnostic(error.rule, message, at, help=error.help or None)
