"""Names, sources, weights and steps: one reader for each kind of value, in every form allowed.

A reader takes the texts of a file as well as Python's own numbers, gives the value, and raises
`Refused`, or, where several parts of one value are wrong, pydantic's error with all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from nnc.diagnostics import did_you_mean
from nnc.exact import Number, Refused, exact_number, kind_of, read_number, show_number, shown

LONGEST_NAME = 200

CONSTANTS = ("0", "1")


class Mistakes:
    """The mistakes found in one value, raised together so that none hides another."""

    def __init__(self) -> None:
        self._found: list[InitErrorDetails] = []

    def add(
        self,
        rule: str,
        message: str,
        *path: str | int,
        help: str = "",  # noqa: A002
        key: bool = False,
        names: tuple[str, ...] = (),
    ) -> None:
        """Note one at `path` below the value; `names` are the keys that it misses."""
        context: dict[str, Any] = {"message": message, "help": help, "key": key, "names": names}
        error = PydanticCustomError(rule, "{message}: {help}" if help else "{message}", context)
        self._found.append(InitErrorDetails(type=error, loc=path, input=None))

    def add_all(self, error: ValidationError, *path: str | int) -> None:
        """Take over those that were raised for a part of the value."""
        for one in error.errors(include_url=False):
            context: dict[str, Any] = one.get("ctx") or {}
            kind: Any = one["type"]
            if "message" in context:
                template = "{message}: {help}" if context["help"] else "{message}"
                kind = PydanticCustomError(kind, template, context)
            details = InitErrorDetails(type=kind, loc=(*path, *one["loc"]), input=one["input"])
            if isinstance(kind, str):
                details["ctx"] = context
            self._found.append(details)

    def read(
        self, reader: Callable[[Any], Any], value: object, *path: str | int, key: bool = False
    ) -> Any:
        """Give `reader(value)`, or note what it refuses, at `path`, and give None."""
        try:
            return reader(value)
        except Refused as error:
            self.add(error.rule, error.message, *path, help=error.help, key=key)
        except ValidationError as error:
            self.add_all(error, *path)
        return None

    def stop(self) -> None:
        """Raise what was found, if anything was."""
        if self._found:
            raise ValidationError.from_exception_data("network", self._found)


# ------------------------------------------------------------------------- names, sources


def check_name(value: object) -> str:
    """Give `value` if it is a name: an NFC identifier of at most 200 characters."""
    if not isinstance(value, str):
        raise Refused("wrong-type", f"expected a name, found {kind_of(value)}")
    text = str(value)
    told = shown(text)
    if len(text) > LONGEST_NAME:
        raise Refused(
            "bad-name",
            f"the name `{told}` has {len(text)} characters; at most {LONGEST_NAME} are allowed",
            "choose a shorter name",
        )
    if text.isascii() and text.isidentifier():
        return text
    normal = unicodedata.normalize("NFC", text)
    if not normal.isidentifier():
        plain = re.sub(r"\W+", "_", normal).strip("_")
        plain = f"_{plain}" if plain[:1].isdigit() else plain
        fix = f"write `{plain}`" if plain.isidentifier() else "choose a name such as `a1`"
        message = f"`{told}` is no name: a name has letters, digits and `_`, and no digit first"
        raise Refused("bad-name", message, fix)
    if normal != text:
        raise Refused(
            "name-not-nfc",
            f"the name `{told}` is not in Unicode normal form C",
            "write it with composed letters (NFC)",
        )
    return text


class Source(NamedTuple):
    """A source taken apart: `name(index).port(port_index)`."""

    name: str
    index: str | None = None  # type: ignore[assignment]
    port: str | None = None
    port_index: str | None = None


_NAME = r"[^\s()\[\].,:{}]+"
_SOURCE = re.compile(
    rf"(?P<name>{_NAME})(?:\((?P<index>[^()]*)\))?"
    rf"(?:\.(?P<port>{_NAME})(?:\((?P<port_index>[^()]*)\))?)?"
)


def parse_source(text: str) -> Source:
    """Take a source apart; refuses a text of another form."""
    if text in CONSTANTS or (text.isascii() and text.isidentifier()):
        return Source(text)
    told = shown(text)
    match = _SOURCE.fullmatch(text)
    if match is None:
        square = re.fullmatch(r"([^\s\[\]]+)\[([0-9:]+)\]", text)
        if square:
            raise Refused(
                "square-bracket-index",
                f"`{told}`: an index stands in round brackets",
                f"write `{square[1]}({square[2]})`",
            )
        raise Refused(
            "bad-source",
            f"`{told}` is no source",
            "write the name of an input or neuron, or `neuron.threshold`",
        )
    if re.fullmatch(r"-?[0-9]+", text):
        raise Refused("bad-source", f"`{told}` is no source", "the only constants are 0 and 1")
    source = Source(**match.groupdict())
    for name in filter(None, (source.name, source.port)):
        try:
            check_name(name)
        except Refused as error:
            raise Refused(
                error.rule if error.rule == "name-not-nfc" else "bad-source",
                f"`{told}` is no source: {error.message}",
                error.help,
            ) from None
    if source.index is not None or source.port_index is not None:
        raise Refused(
            "not-yet-supported",
            f"`{told}`: an index comes in a later version of nnc",
            "give each element an input or neuron of its own",
        )
    return source


def read_source(value: object) -> str:
    """Read a source, its form checked; whether it is declared is not known here."""
    if type(value) is str and value.isidentifier() and value.isascii():
        return value
    if isinstance(value, int) and value in (0, 1) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Refused(
            "wrong-type",
            f"expected a source, found {kind_of(value)}",
            "write the name of an input or neuron",
        )
    parse_source(value)
    return str(value)


# --------------------------------------------------------------------- values of any form


def expect(value: object, kinds: type | tuple[type, ...], words: str) -> None:
    """Refuse a value of another kind than `words` say."""
    if not isinstance(value, kinds):
        raise Refused("wrong-type", f"expected {words}, found {kind_of(value)}")


def read_text(value: object) -> str:
    """Read free text."""
    expect(value, str, "a text")
    return str(value)


def read_declared(value: object) -> Number:
    """Read a weight, threshold or bound: an exact number that a file could hold too."""
    if type(value) is str:
        return read_number(value)
    number = exact_number(value)
    if isinstance(value, str) or max(number.numerator.bit_length(), number.denominator) < 1300:
        return number
    return read_number(show_number(number))


def _read_numbers(value: Iterable[object]) -> tuple[Number, ...]:
    mistakes = Mistakes()
    numbers = tuple(mistakes.read(read_declared, one, i) for i, one in enumerate(value))
    mistakes.stop()
    return numbers


def _read_steps(value: Mapping[str, object]) -> dict[Number, Number]:
    if not value:
        raise Refused(
            "wrong-type",
            "steps need at least one cut-off",
            "write {cut-off: points, …}, for example {65: 1, 75: 2}",
        )
    mistakes = Mistakes()
    steps: dict[Number, Number] = {}
    before: Number | None = None
    for written, points in value.items():
        path = str(written)
        cutoff = mistakes.read(read_declared, written, path, key=True)
        number = mistakes.read(read_declared, points, path)
        if cutoff is None:
            continue
        if before is not None and cutoff <= before:
            mistakes.add(
                "cutoffs-not-ascending",
                f"the cut-off {show_number(cutoff)} comes after {show_number(before)}; "
                "cut-offs ascend",
                path,
                key=True,
                help="sort the cut-offs from low to high, each once",
            )
        before = cutoff
        steps[cutoff] = number
    mistakes.stop()
    return steps


Steps = dict[Number, Number]
Weight = Number | tuple[Number, ...] | Steps
Weights = dict[str, Weight] | tuple[Number, ...] | Number


def _read_weight(value: object) -> Weight:
    if type(value) is str:
        return read_number(value)
    if isinstance(value, Mapping):
        return _read_steps(value)
    if isinstance(value, (list, tuple)):
        return _read_numbers(value)
    return read_declared(value)


def read_weights(value: object) -> Weights:
    """Read weights: by name, by place, or one number for all."""
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(one, Mapping) for one in value):
            message = "expected a mapping, found a list of mappings"
            raise Refused("wrong-type", message, "remove the dashes: {a: 1, b: 2}")
        return _read_numbers(value)
    if not isinstance(value, Mapping):
        if isinstance(value, str) and value in ("null", "~"):
            expect(value, (), "a mapping, a list or a number")
        return read_declared(value)
    try:
        return {read_source(written): _read_weight(weight) for written, weight in value.items()}
    except (Refused, ValidationError):
        pass  # then every mistake is looked for
    weights: dict[str, Weight] = {}
    mistakes = Mistakes()
    for written, weight in value.items():
        path = str(written)
        source = mistakes.read(read_source, written, path, key=True)
        number = mistakes.read(_read_weight, weight, path)
        if source is not None:
            weights[source] = number
    mistakes.stop()
    return weights


def read_wiring(value: object) -> tuple[str, ...]:
    """Read one source or a list of them."""
    if isinstance(value, str) and value != "~":
        return (read_source(value),)
    expect(value, (list, tuple), "a source or a list of sources")
    mistakes = Mistakes()
    sources: list[object] = list(value)  # type: ignore[call-overload]
    wiring = tuple(mistakes.read(read_source, one, i) for i, one in enumerate(sources))
    mistakes.stop()
    return wiring


def read_thresholds(value: object) -> dict[str, Number]:
    """Read named thresholds."""
    expect(value, Mapping, "a mapping of names to numbers")
    assert isinstance(value, Mapping)
    if not value:
        raise Refused(
            "wrong-type",
            "`thresholds` needs at least one name",
            "write {name: number, …}, or `threshold: number`",
        )
    mistakes = Mistakes()
    thresholds = {}
    for name, number in value.items():
        mistakes.read(check_name, name, str(name), key=True)
        thresholds[str(name)] = mistakes.read(read_declared, number, str(name))
    mistakes.stop()
    return thresholds


def read_labels(value: object) -> tuple[str, ...]:
    """Read distinct labels."""
    expect(value, (list, tuple), "a list of labels")
    mistakes = Mistakes()
    items: list[object] = list(value)  # type: ignore[call-overload]
    labels = tuple(mistakes.read(read_text, one, i) for i, one in enumerate(items))
    first: dict[str, int] = {}
    for i, label in enumerate(labels):
        if label is not None and first.setdefault(label, i) != i:
            mistakes.add(
                "labels-not-distinct",
                f"the label `{label}` stands twice",
                i,
                help="give each level a label of its own",
            )
    mistakes.stop()
    return labels


def one_of(
    known: tuple[str, ...], meant: Mapping[str, str] | None = None
) -> Callable[[object], str]:
    """Make the reader of a word that has to be one of those `known`.

    `meant` has words of other languages, and what they are called here.
    """
    words = ", ".join(f"`{word}`" for word in known[:-1]) + f" or `{known[-1]}`"

    def read(value: object) -> str:
        if isinstance(value, str) and value in known:
            return str(value)
        found = ""
        if isinstance(value, str):
            word = (meant or {}).get(value)
            found = f"did you mean `{word}`?" if word in known else did_you_mean(value, known)
        raise Refused("unknown-value", f"expected {words}, found {kind_of(value)}", found)

    return read


def validator(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make a pydantic validator of a reader: what it refuses becomes pydantic's error."""

    def validate(value: object) -> Any:
        try:
            return reader(value)
        except Refused as error:
            mistakes = Mistakes()
            mistakes.add(error.rule, error.message, help=error.help)
            mistakes.stop()

    return validate
