"""Cases checked as text, without running them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, format_path
from nnc.files.opening import DISK, STDIN_NAME, Files, resolved_inside, similar_name
from nnc.language.network import Input, Network
from nnc.language.ranges import leaves_open
from nnc.numbers.exact import Refused, names_and_more, shorten
from nnc.opening.cases.expected import (
    NameSuggestions,
    RefusedElement,
    did_you_mean,
    expected_of,
    list_names,
    no_element,
)
from nnc.rows.elements import element_of, elements_hint, has_element, taken_apart
from nnc.rows.inputs.value import number_of, read_value

_MAX_NAMES = 20


def check_cases(
    network: Network,
    outputs: Iterable[Tap],
    file: Path | None,
    root: Path | None,
    unsure: Collection[str] = (),
    files: Files = DISK,
) -> list[Diagnostic]:
    """Return what is wrong with the cases and given rows of a network, without running them.

    `outputs` are those of which it is known what they give.
    `file` is the network's own file, beside which case files are looked for; within `root`.
    `unsure` are inputs, outputs and cases with mistakes of their own; they are left alone here.
    """
    taps = {tap.alias: tap for tap in outputs}
    inputs = network.typed_inputs()
    suggestions = NameSuggestions()
    diagnostics: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: KeyPath = ("cases", i)
        if format_path(path) in unsure:
            continue
        if case.file is not None:
            if file is not None:
                at = (*path, "file")
                folder = root or file.parent
                target = find_case_file(case.file, at, file, folder, suggestions, files)
                diagnostics += [target] if isinstance(target, Diagnostic) else []
            continue
        given = _Given(inputs, case.given or {}, (*path, "given"), unsure, suggestions)
        diagnostics += given.check()
        expected = _Expected(network, taps, (*path, "expect"), unsure, suggestions)
        diagnostics += expected.check(case.expect or {})
    for i, claim in enumerate(network.properties):
        path = ("properties", i)
        if claim.given is not None and format_path(path) not in unsure:
            near = _Given(inputs, claim.given, (*path, "given"), unsure, suggestions, "property")
            diagnostics += near.check()
    return diagnostics


def check_compared(
    network: Network, file: Path | None, root: Path | None, files: Files = DISK
) -> list[Diagnostic]:
    """Return what is wrong with the names of files that properties compare the network with."""
    suggestions = NameSuggestions()
    diagnostics: list[Diagnostic] = []
    for i, claim in enumerate(network.properties if file is not None else ()):
        if isinstance(claim.equal, str) and file is not None:
            at: KeyPath = ("properties", i, "equal")
            home = root or file.parent
            what = "compared file"
            target = find_case_file(claim.equal, at, file, home, suggestions, files, what)
            diagnostics += [target] if isinstance(target, Diagnostic) else []
    return diagnostics


def find_case_file(
    name: str,
    path: KeyPath,
    file: Path,
    root: Path,
    suggestions: NameSuggestions,
    files: Files = DISK,
    what: str = "case file",
) -> Path | Diagnostic:
    """Return the path of the case file `name` of the network `file`: the very one to open.

    `what` is what messages call it.

    Return the mistake where it lies outside the root or is not a file.
    """
    target = resolved_inside(name, file.parent, root, files)
    if target is None:
        return Diagnostic(
            "outside-project",
            f"the {what} `{shorten(name)}` is outside the project root",
            path,
            help="write a relative path to a file inside it, or set --root",
        )
    kind = files.kind_of(target)
    if kind == "file":
        return target
    near = None if kind == "folder" else _near(name, target, suggestions, files)
    folder = "the current folder" if file.name == STDIN_NAME else f"the folder of {file.name}"
    return Diagnostic(
        "cannot-open",
        f"there is no {what} `{shorten(name)}`",
        path,
        help=near or f"paths are relative to {shorten(folder)}",
    )


def _near(name: str, target: Path, suggestions: NameSuggestions, files: Files) -> str | None:
    """Return the help that names a file beside the one that is not there, if one is similar."""
    try:
        names = files.names(target.parent)
    except OSError:
        return None
    near = suggestions.meant(target.name, names, similar_name)
    return None if near is None else did_you_mean(str(PurePosixPath(name).with_name(near)))


class _Given:
    """The values of one case, or of the row of a property, and the mistakes in them."""

    def __init__(
        self,
        inputs: Mapping[str, Input],
        given: Mapping[str, Any],
        path: KeyPath,
        unsure: Collection[str],
        suggestions: NameSuggestions,
        noun: str = "case",
    ) -> None:
        self._inputs, self._given, self._path, self._noun = inputs, given, path, noun
        self._unsure, self._suggestions = unsure, suggestions
        self._elements: dict[str, set[int]] = {}
        self._strangers: Counter[str] = Counter()  # names of nothing; by bus, "" for the others
        self._missing = {
            name: None
            for name, input_ in inputs.items()
            if input_.default is None and name not in given and name not in unsure
        }

    def check(self) -> Iterator[Diagnostic]:
        """Yield every mistake."""
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
                f"the {self._noun} gives no value for {names_and_more(self._missing, _MAX_NAMES)}",
                self._path,
                key=True,
                help="add it; only inputs with a default may be left out",
            )

    def _check_whole(self, name: str, value: object) -> Iterator[Diagnostic]:
        refused: list[Diagnostic] = []

        def note(place: int | None, error: Refused) -> None:
            subject = name if place is None else f"{name}({place})"
            path: KeyPath = (name,) if place is None else (name, place)
            refused.append(self._refused(subject, path, _of_blank(value, place, error, _GIVEN)))

        if name in self._elements:
            yield _given_twice("input", name, (*self._path, name))
        read_value(value, self._inputs[name], note)
        yield from refused

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
            yield self._refused(name, (name,), _of_blank(value, None, error, _GIVEN))

    def _refused(self, name: str, path: KeyPath, error: Refused) -> Diagnostic:
        message = f"input `{name}`: {error.message}"
        return Diagnostic(error.rule, message, (*self._path, *path), help=error.help or None)

    def _unknown(self, name: str) -> Diagnostic:
        meant, place = taken_apart(name, self._inputs)
        bus = meant if meant in self._inputs else ""
        if place is not None and has_element(self._inputs, meant, place):
            hint = f"did you mean `{meant}({place})`?"
        elif meant in self._inputs:
            hint = elements_hint(meant, self._inputs[meant])
        else:
            known = chain(self._missing, self._inputs)  # of equals the first
            meant = self._suggestions.meant(name, known) or ""
            hint = did_you_mean(meant or None) or list_names("inputs", self._inputs)
        if bus or meant not in self._missing:
            self._strangers[bus] += 1
        self._missing.pop(meant, None)
        message = f"the network has no input `{shorten(name)}`"
        return Diagnostic("bad-case", message, (*self._path, name), key=True, help=hint)

    def _check_complete(self, name: str, elements: set[int]) -> Iterator[Diagnostic]:
        more = self._inputs[name].width - len(elements) - 1
        if more < self._strangers[name] or name in self._given:
            return
        first = next(i for i in count() if i not in elements)
        missing = f"`{name}({first})`" + (f" and {more:,} more of its elements" if more else "")
        yield Diagnostic(
            "bad-case",
            f"the {self._noun} gives no value for {missing}",
            (*self._path, f"{name}({min(elements)})"),
            key=True,
            help=f"give every element of `{name}`, or the whole bus",
        )


_GIVEN = "write the number; a case for each, if it should hold for several"
_EXPECTED = "leave it out: of what a case does not expect, nothing is checked"
_ELEMENT = "expect only the elements that are known, each by its name: `{}({}): 1`"


def _of_blank(value: object, place: int | None, error: Refused, hint: str) -> Refused:
    """Return why a blank is refused where a case has a value; any other mistake stays."""
    if place is not None and isinstance(value, (list, tuple)):
        value = value[place]
    if not leaves_open(value):
        return error
    message = f"expected a value, found the blank `{shorten(str(value))}`"
    return Refused("misplaced-blank", message, hint)


def _given_twice(what: str, name: str, path: KeyPath) -> Diagnostic:
    verb = "given" if what == "input" else "expected"
    message = f"the {what} `{name}` is {verb} whole and by element"
    return Diagnostic("bad-case", message, path, key=True, help="write one or the other")


def _has_element(tap: Tap, alias: str) -> bool:
    element = element_of(alias)
    return tap.is_bus and element is not None and element[1] < tap.width


class _Expected(NamedTuple):
    """The mistakes in the expected values of one case."""

    network: Network
    taps: Mapping[str, Tap]
    path: KeyPath
    unsure: Collection[str]
    suggestions: NameSuggestions

    def check(self, expect: Mapping[str, object]) -> Iterator[Diagnostic]:
        """Yield every mistake."""
        is_by_element: dict[str, bool] = {}  # how each output was first expected
        for alias, value in expect.items():
            whole, by_element, _ = alias.partition("(")
            if whole in self.unsure:
                continue
            path = (*self.path, alias)
            if whole not in self.network.outputs:
                hint = self.suggestions.help(alias, self.network.outputs, "outputs")
                yield self._unknown(alias, hint)
            elif is_by_element.setdefault(whole, bool(by_element)) != bool(by_element):
                yield _given_twice("output", whole, path)
                is_by_element[whole] = bool(by_element)
            elif whole in self.taps and by_element and not _has_element(self.taps[whole], alias):
                yield self._unknown(alias, no_element(self.taps[whole]))
            elif whole in self.taps:
                yield from self._check_value(alias, value)

    def _unknown(self, alias: str, hint: str) -> Diagnostic:
        message = f"the network has no output `{shorten(alias)}`"
        return Diagnostic("bad-case", message, (*self.path, alias), key=True, help=hint)

    def _check_value(self, alias: str, value: object) -> Iterator[Diagnostic]:
        path: KeyPath = (*self.path, alias)
        subject, place = f"output `{shorten(alias)}`", None
        try:
            expected_of(self.taps, alias, value, self.suggestions)
        except RefusedElement as error:
            path, subject = (*path, error.place), f"output `{shorten(alias)}({error.place})`"
            refused: Refused = error
            place = error.place
        except Refused as error:
            refused = error
        else:
            return
        hint = _EXPECTED if place is None else _ELEMENT.format(shorten(alias), int(place == 0))
        refused = _of_blank(value, place, refused, hint)
        message = f"{subject}: {refused.message}"
        yield Diagnostic(refused.rule, message, path, help=refused.help or None)
