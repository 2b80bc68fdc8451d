"""Check the text of cases without running them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, KeyPath, format_path
from nnc.files.opening import DISK, STDIN_NAME, Files, resolved_inside, similar_name
from nnc.language.mistakes import at
from nnc.language.network import Input, Network
from nnc.language.ranges import leaves_open
from nnc.numbers.exact import Refused, shorten
from nnc.opening.cases.expected import (
    NameSuggestions,
    RefusedElement,
    did_you_mean,
    expected_of,
    no_element,
)
from nnc.rows.elements import element_of
from nnc.rows.inputs.row import values_from


def check_cases(
    network: Network,
    outputs: Iterable[Tap],
    file: Path | None,
    root: Path | None,
    unsure: Collection[str] = (),
    files: Files = DISK,
) -> list[Diagnostic]:
    """Return the mistakes in the cases and property rows of a network, without running it.

    `outputs` are the outputs whose form is known. `file` is the network's own file; case files are
    searched for next to it, and must be inside `root`. `unsure` lists inputs, outputs and cases
    that have mistakes of their own, which are skipped here.
    """
    taps = {tap.alias: tap for tap in outputs}
    inputs = network.typed_inputs().items()
    known = {name: input_ for name, input_ in inputs if name not in unsure}
    suggestions = NameSuggestions()
    diagnostics: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: KeyPath = ("cases", i)
        if format_path(path) in unsure:
            continue
        if case.file is not None:
            if file is not None:
                place = (*path, "file")
                folder = root or file.parent
                target = find_case_file(case.file, place, file, folder, suggestions, files)
                diagnostics += [target] if isinstance(target, Diagnostic) else []
            continue
        diagnostics += _wrong_values(case.given or {}, known, (*path, "given"), unsure)
        expected = _Expected(network, taps, (*path, "expect"), unsure, suggestions)
        diagnostics += expected.check(case.expect or {})
    for i, claim in enumerate(network.properties):
        path = ("properties", i)
        if claim.given is not None and format_path(path) not in unsure:
            diagnostics += _wrong_values(claim.given, known, (*path, "given"), unsure)
    return diagnostics


def check_compared(
    network: Network, file: Path | None, root: Path | None, files: Files = DISK
) -> list[Diagnostic]:
    """Return the mistakes in the names of files that `equal` properties compare with."""
    suggestions = NameSuggestions()
    diagnostics: list[Diagnostic] = []
    for i, claim in enumerate(network.properties if file is not None else ()):
        if isinstance(claim.equal, str) and file is not None:
            place: KeyPath = ("properties", i, "equal")
            home = root or file.parent
            target = find_case_file(claim.equal, place, file, home, suggestions, files)
            diagnostics += [target] if isinstance(target, Diagnostic) else []
    return diagnostics


def find_case_file(
    name: str,
    path: KeyPath,
    file: Path,
    root: Path,
    suggestions: NameSuggestions,
    files: Files = DISK,
) -> Path | Diagnostic:
    """Return the path of the file that a case or property of `file` names.

    Return a diagnostic instead if it is outside the root or is not a file.
    """
    what = "case file" if path[0] == "cases" else "compared file"
    target = resolved_inside(name, file.parent, root, files)
    if target is None:
        return Diagnostic(
            "outside-project",
            f"the {what} `{shorten(name)}` is outside the project root",
            path,
            help="write a relative path to a file inside it, or give --root a folder with both",
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
    """Return a hint that names a similar file in the folder of a missing one, if any."""
    try:
        names = files.names(target.parent)
    except OSError:
        return None
    near = suggestions.meant(target.name, names, similar_name)
    return None if near is None else did_you_mean(str(PurePosixPath(name).with_name(near)))


_OF_NAMES = ("column-not-input", "missing-value", "duplicate-column")
"""Rules about the names of inputs, which are reported as `bad-case` in a case."""


def _wrong_values(
    given: Mapping[str, object], inputs: Mapping[str, Input], path: KeyPath, unsure: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield the mistakes in the values of a case, or of the row of a property."""
    values = given
    if unsure:
        values = {n: v for n, v in given.items() if n.partition("(")[0] not in unsure}
    try:
        values_from(values, inputs, where=path)
    except InvalidRowsError as error:
        has_strangers = any(mistake.rule == "column-not-input" for mistake in error.diagnostics)
        for mistake in error.diagnostics:
            if mistake.rule in _OF_NAMES:
                is_of_input = str(mistake.path[-1]).partition("(")[0] in (*inputs, path[-1])
                if not (has_strangers and is_of_input and mistake.rule == "missing-value"):
                    yield replace(mistake, rule="bad-case")
                continue  # the unknown name may be a misspelling of the missing one
            value = at(given, mistake.path[len(path) :])
            if leaves_open(value):
                message = f"{mistake.message.partition(': ')[0]}: {_blank(value)}"
                mistake = replace(mistake, rule="misplaced-blank", message=message, help=_GIVEN)
            yield mistake


def _blank(value: object) -> str:
    return f"expected a value, found the blank `{shorten(str(value))}`"


_GIVEN = "write the number; a case for each, if it should hold for several"
_EXPECTED = "leave it out: of what a case does not expect, nothing is checked"
_ELEMENT = "expect only the elements that are known, each by its name: `{}({}): 1`"


def _has_element(tap: Tap, alias: str) -> bool:
    element = element_of(alias)
    return tap.is_bus and element is not None and element[1] < tap.width


class _Expected(NamedTuple):
    """Check the expected values of one case."""

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
                message = f"the output `{whole}` is expected whole and by element"
                hint = "write one or the other"
                yield Diagnostic("bad-case", message, path, key=True, help=hint)
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
        if place is not None and isinstance(value, (list, tuple)):
            value = value[place]
        if leaves_open(value):
            hint = _EXPECTED if place is None else _ELEMENT.format(shorten(alias), int(place == 0))
            refused = Refused("misplaced-blank", _blank(value), hint)
        hint = refused.help
        sources = self.network.outputs[alias.partition("(")[0]].sources or ()
        neuron = self.network.neurons.get(sources[0]) if len(sources) == 1 else None
        if neuron is not None and len(neuron.thresholds or ()) > 1 and refused.rule == "bad-case":
            name = sources[0]
            hint = f"`{name}` gives the bits of its thresholds; its sum is `{{sum: {name}}}`"
        message = f"{subject}: {refused.message}"
        yield Diagnostic(refused.rule, message, path, help=hint or None)
