"""Read cases from their text, and check them without running them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, KeyPath, closest, format_path
from nnc.files.opening import DISK, STDIN_NAME, Files, resolved_inside, similar_name
from nnc.language.mistakes import at
from nnc.language.network import Input, Network
from nnc.language.ranges import leaves_open
from nnc.numbers.exact import (
    Number,
    Quoted,
    Refused,
    counted,
    exact_number,
    first_names,
    kind_of,
    read_number,
    read_unsigned,
    shorten,
    show_number,
)
from nnc.rows.elements import element_of, elements_from
from nnc.rows.inputs.row import values_from
from nnc.rows.inputs.value import with_state

_MAX_SEARCHES = 50  # each search compares all names


class NameSuggestions:
    """Suggest names for misspelled ones, at most `_MAX_SEARCHES` times per network."""

    def __init__(self) -> None:
        self._left = _MAX_SEARCHES

    def meant(
        self,
        name: str,
        known: Iterable[str],
        search: Callable[[str, Iterable[str]], str | None] = closest,
    ) -> str | None:
        """Return the closest known name, or None if none is close or no searches are left."""
        if self._left <= 0:
            return None
        self._left -= 1
        return search(name, known)

    def help(self, name: str, known: Collection[str], what: str) -> str:
        """Return a hint: the closest name, or else the list of known names."""
        return did_you_mean(self.meant(name, known)) or list_names(what, known)


def did_you_mean(name: str | None) -> str | None:
    """Return the hint "did you mean …?" for a name, or None for None."""
    return None if name is None else f"did you mean `{shorten(name)}`?"


def list_names(what: str, names: Collection[str]) -> str:
    """Return a hint that lists the first eight names: `the inputs are a, b, …`."""
    return f"the {what} are {first_names(names)}"


Expected = dict[str, Number | str]
"""Values by output; a bus that is not an unsigned integer has one entry per element."""


class RefusedElement(Refused):
    """Refuse the expected value at index `place` of a list."""

    def __init__(self, place: int, error: Refused) -> None:
        super().__init__(error.rule, error.message, error.help)
        self.place = place


def expected_of(
    taps: Mapping[str, Tap], alias: str, value: object, suggestions: NameSuggestions | None = None
) -> Expected:
    """Read the expected value of an output or bus element, such as `sum` or `sum(3)`.

    Raises Refused.
    """
    tap = taps.get(alias)
    if tap is None:
        bus, place = _element(taps, alias)
        return {alias: _number(bus, place, value)}
    if tap.is_bus and not tap.is_integer:
        return _elements(tap, value)
    return {alias: expected_value(tap, value, suggestions)}


def expected_of_text(
    taps: Mapping[str, Tap], alias: str, text: str, suggestions: NameSuggestions | None = None
) -> Number | str:
    """Read a cell of a case file; leading zeros are allowed. Raises Refused."""
    tap = taps.get(alias)
    if tap is None:
        bus, place = _element(taps, alias)
        return _number(bus, place, read_number(text, lenient=True))
    if tap.labels:
        return expected_value(tap, text, suggestions)
    read = read_unsigned if tap.is_integer else read_number
    return expected_value(tap, read(text, lenient=True), suggestions)


def expected_value(
    tap: Tap, value: object, suggestions: NameSuggestions | None = None
) -> Number | str:
    """Read the expected value of an output that is not a list.

    Raises Refused if the output can never have that value.
    """
    if tap.labels:
        if value in tap.labels:
            return str(value)
        raise Refused(
            "bad-case",
            f"expected a label, found {kind_of(value)}",
            (suggestions or NameSuggestions()).help(str(value), tap.labels, "labels"),
        )
    if tap.is_integer:
        return _integer(tap, value)
    if tap.kind not in ("level", "largest"):
        return _number(tap, 0, value)
    number = _place(tap, value)
    if tap.kind == "level" and (not isinstance(number, int) or not 0 <= number <= tap.width):
        raise Refused("bad-case", f"a level is 0 to {tap.width}, not {show_number(number)}")
    if tap.kind == "largest" and (not isinstance(number, int) or not 0 <= number < tap.width):
        raise Refused(
            "bad-case",
            f"the place of the largest is 0 to {tap.width - 1}, not {show_number(number)}",
            "places count from 0",
        )
    return number


def _place(tap: Tap, value: object) -> Number:
    """Read a level, or the index of the largest score, of an unlabelled output. Raises Refused."""
    try:
        return exact_number(value)
    except Refused as error:
        if error.rule != "not-a-number":
            raise
        what = "a level" if tap.kind == "level" else "the place of the largest, which is"
        largest = tap.width if tap.kind == "level" else tap.width - 1
        raise Refused(
            error.rule,
            f"expected {what} 0 to {largest}, found {kind_of(value)}",
            f"write a number, or give `{tap.alias}` the `labels` you mean",
        ) from None


def no_element(tap: Tap | None) -> str:
    """Return a hint that says which elements an output has."""
    if tap is None or not tap.is_bus:
        return "only a bus has elements, from 0 on"
    return f"`{tap.alias}` has {elements_from(tap.alias, tap.width)}"


def _element(taps: Mapping[str, Tap], alias: str) -> tuple[Tap, int]:
    bus, place = element_of(alias) or (alias.partition("(")[0], -1)
    tap = taps.get(bus)
    if tap is None or not tap.is_bus or not 0 <= place < tap.width:
        raise Refused("bad-case", "there is no such element", no_element(tap))
    return tap, place


def _number(tap: Tap, place: int, value: object) -> Number:
    """Read the expected value of a number, a bit, or an element of a bus. Raises Refused."""
    states = tap.states_of(place) if tap.kind in ("bit", "bus") else None
    try:
        number = exact_number(value)
    except Refused as error:
        raise with_state(error, states) from None
    if states is not None and number not in states:
        either = " or ".join(map(show_number, states))
        message = f"expected {either}, found {show_number(number)}"
        raise Refused("bad-case", message, f"write {either}")
    return number


def _elements(tap: Tap, value: object) -> Expected:
    width = counted(tap.width, "element")
    if not isinstance(value, (list, tuple)):
        raise Refused(
            "bad-case",
            f"expected a list for {width}, found {kind_of(value)}",
            f"write a list, or a key for each element: `{tap.alias}(0)`",
        )
    values = _element_values(tap, value)
    return {f"{tap.alias}({i})": number for i, number in enumerate(values)}


def _element_values(tap: Tap, value: list[object] | tuple[object, ...]) -> list[Number]:
    """Read the expected value of each element of a bus. Raises Refused or RefusedElement."""
    if len(value) != tap.width:
        what = "number" if tap.kind == "sum" else "value" if tap.states else "bit"
        message = f"the bus has {counted(tap.width, 'element')}, found {counted(len(value), what)}"
        raise Refused("bad-case", message, f"write {counted(tap.width, what)}, element 0 first")
    numbers = []
    for place, element in enumerate(value):
        try:
            numbers.append(_number(tap, place, element))
        except Refused as error:
            raise RefusedElement(place, error) from None
    return numbers


def _integer(tap: Tap, value: object) -> int:
    """Read the expected value of a bus given as an unsigned integer. Raises Refused."""
    if isinstance(value, (list, tuple)):
        bits = _element_values(tap, value)
        return int("".join("1" if bit else "0" for bit in reversed(bits)), 2)
    if isinstance(value, str):
        number: Number = read_unsigned(value, quoted=isinstance(value, Quoted))
    else:
        number = exact_number(value)
    if not isinstance(number, int) or number < 0 or number.bit_length() > tap.width:
        largest = str((1 << tap.width) - 1) if tap.width <= 64 else f"2^{tap.width} - 1"
        value_shown = shorten(show_number(number), 30)
        raise Refused(
            "bad-case",
            f"a bus of {counted(tap.width, 'bit')} is 0 to {largest}, not {value_shown}",
            f"write an integer from 0 to {largest}",
        )
    return number


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


def help_for_sum(network: Network, alias: str) -> str:
    """Return that an output is the bits of a neuron's thresholds; an empty text if it is not."""
    output = network.outputs.get(alias)  # None for an element
    sources = (output and output.sources) or ()
    neuron = network.neurons.get(sources[0]) if len(sources) == 1 else None
    if neuron is None or len(neuron.thresholds or ()) < 2:
        return ""
    name = sources[0]
    return f"`{name}` gives the bits of its thresholds; its sum is `{{sum: {name}}}`"


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
        hint = (refused.rule == "bad-case" and help_for_sum(self.network, alias)) or refused.help
        message = f"{subject}: {refused.message}"
        yield Diagnostic(refused.rule, message, path, help=hint or None)
