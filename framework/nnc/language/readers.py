"""Weights, steps, thresholds, wiring: one reader for each kind of value, in every form allowed.

A reader takes the texts of a file as well as Python's own numbers, gives the value, and raises
`Refused`, or, where several parts of one value are wrong, pydantic's error with all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.exact import Number, Refused, exact_number, kind_of, read_number, shorten, show_number
from nnc.language.firing import FIRING
from nnc.language.references import LARGEST_SIZE, check_name, read_port_source, read_source

_MOST_SHOWN = 8
_WITH_SIGN = re.compile(r"\s*(>=?|<=?|≥|≤)\s*(\S+)\s*")
_RULES = {sign: rule for rule, one in FIRING.items() for sign in (one.sign, one.ascii)}


class Mistakes:
    """The mistakes found in one value, raised together so that none hides another."""

    def __init__(self) -> None:
        self._found: list[InitErrorDetails] = []

    def add(
        self,
        rule: RuleName,
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


# --------------------------------------------------------------------- values of any form


def expect(value: Any, kinds: type | tuple[type, ...], words: str) -> Any:
    """Give the value, and refuse one of another kind than `words` say."""
    if not isinstance(value, kinds):
        raise Refused("wrong-type", f"expected {words}, found {kind_of(value)}")
    return value


def read_each(reader: Callable[[Any], Any], values: Collection[object]) -> tuple[Any, ...]:
    """Read every item of a list."""
    try:
        return tuple(map(reader, values))
    except (Refused, ValidationError):
        pass  # then every mistake is looked for
    mistakes = Mistakes()
    items = tuple(mistakes.read(reader, item, i) for i, item in enumerate(values))
    mistakes.stop()
    return items


def read_names(
    values: Iterable[object], reader: Callable[[Any], str] = check_name
) -> tuple[str, ...]:
    """Read a list of distinct names."""
    mistakes = Mistakes()
    names: dict[str, None] = {}
    for i, item in enumerate(values):
        name = mistakes.read(reader, item, i)
        if name is not None and name in names:
            message = f"`{name}` stands twice in the list"
            mistakes.add("duplicate-name", message, i, help="remove one of them")
        elif name is not None:
            names[name] = None
    mistakes.stop()
    return tuple(names)


def read_text(value: object) -> str:
    """Read free text."""
    return str(expect(value, str, "a text"))


def read_declared(value: object) -> Number:
    """Read a weight, threshold or bound: an exact number that a file could hold too."""
    if type(value) is str:
        return read_number(value)
    number = exact_number(value)
    if isinstance(value, str) or max(number.numerator.bit_length(), number.denominator) < 1300:
        return number
    return read_number(show_number(number))


def read_numbers(value: Collection[object]) -> tuple[Number, ...]:
    """Read a list of numbers."""
    return read_each(read_declared, value)


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
        return read_numbers(value)
    return read_declared(value)


def read_weights(value: object) -> Weights:
    """Read weights: by name, by place, or one number for all."""
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(one, Mapping) for one in value):
            message = "expected a mapping, found a list of mappings"
            raise Refused("wrong-type", message, "remove the dashes: {a: 1, b: 2}")
        return read_numbers(value)
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


def read_wiring(value: object, reader: Callable[[object], str] = read_source) -> tuple[str, ...]:
    """Read one source or a list of them."""
    if isinstance(value, str) and value != "~":
        return (reader(value),)
    return read_each(reader, expect(value, (list, tuple), "a source or a list of sources"))


def read_ports(value: object) -> dict[str, tuple[str, ...]]:
    """Read the wiring of a part: for each port a source or a list of them."""
    mistakes = Mistakes()
    ports: dict[str, tuple[str, ...]] = {}
    for name, sources in expect(value, Mapping, "a mapping of ports to sources").items():
        port = mistakes.read(check_name, name, str(name), key=True)
        wiring = mistakes.read(_read_port, sources, str(name))
        if port is not None:
            ports[port] = wiring
    mistakes.stop()
    return ports


def _read_port(value: object) -> tuple[str, ...]:
    if isinstance(value, int):
        return (read_port_source(value),)
    return read_wiring(value, read_port_source)


def read_size(value: object) -> int:
    """Read a size or a repeat: an integer from 1 to 10,000,000."""
    number = read_declared(value)
    is_fraction = isinstance(value, str) and "/" in value
    if is_fraction or not isinstance(number, int) or not 1 <= number <= LARGEST_SIZE:
        told = value if is_fraction else show_number(number)
        raise Refused(
            "bad-size",
            f"{told} is no size: an integer from 1 to {LARGEST_SIZE:,}",
            "write how many elements there are",
        )
    return number


def read_states(value: object) -> tuple[Number, Number]:
    """Read the values of silence and of firing: two different numbers."""
    numbers = read_numbers(
        expect(value, (list, tuple), "a list of two numbers, `[silent, firing]`")
    )
    if len(numbers) != 2:
        raise Refused(
            "wrong-type",
            f"expected two numbers, found {len(numbers)}",
            "write the values of silence and of firing: [-1, 1]",
        )
    if numbers[0] == numbers[1]:
        raise Refused(
            "states-equal",
            f"both states are {show_number(numbers[0])}",
            "write two different numbers: [-1, 1]",
        )
    return numbers[0], numbers[1]


def read_thresholds(value: object) -> dict[str, Number]:
    """Read named thresholds."""
    words = "a mapping of names to numbers"
    if not isinstance(value, Mapping) and (fix := _by_name(value)):
        raise Refused("wrong-type", f"expected {words}, found {kind_of(value)}", fix)
    numbers = expect(value, Mapping, words)
    if not numbers:
        raise Refused(
            "wrong-type",
            "`thresholds` needs at least one name",
            "write {name: number, …}, or `threshold: number`",
        )
    mistakes = Mistakes()
    thresholds = {}
    for name, number in numbers.items():
        mistakes.read(check_name, name, str(name), key=True)
        thresholds[str(name)] = mistakes.read(read_declared, number, str(name))
    mistakes.stop()
    return thresholds


def _by_name(value: object) -> str:
    """Say how a number, or a list of them, that stands for thresholds is written."""
    is_list = isinstance(value, (list, tuple))
    first = next(iter(value), None) if isinstance(value, (list, tuple)) else value
    try:
        number = shorten(show_number(exact_number(first)))
    except Refused:
        return ""
    if is_list:
        return f"thresholds go by name: write `thresholds: {{name: {number}, …}}`"
    return f"write `threshold: {number}`, or by name: `thresholds: {{name: {number}}}`"


def read_threshold(value: object) -> Number:
    """Read the one threshold of a neuron."""
    try:
        return read_declared(value)
    except Refused as error:
        raise Refused(error.rule, error.message, _for_threshold(value) or error.help) from None


def _for_threshold(value: object) -> str:
    """Say how named thresholds, or one with the sign of a firing rule, are written."""
    try:
        if isinstance(value, Mapping) and 0 < len(value) <= _MOST_SHOWN:
            each = (f"{name}: {show_number(exact_number(one))}" for name, one in value.items())
            return f"named thresholds: write `thresholds: {{{shorten(', '.join(each))}}}`"
        if isinstance(value, str) and (match := _WITH_SIGN.fullmatch(value)):
            number = shorten(show_number(read_number(match[2])))
            return f"write `threshold: {number}` and `fires: {_RULES[match[1]]}`"
    except Refused:
        pass
    return ""


def read_values(value: object) -> tuple[str, ...]:
    """Read the values of a choice: distinct names."""
    names = expect(value, (list, tuple), "a list of names")
    if not names:
        raise Refused("wrong-type", "a choice needs at least one value", "list its values")
    return read_names(names)


def read_labels(value: object) -> tuple[str, ...]:
    """Read distinct labels."""
    items = expect(value, (list, tuple), "a list of labels")
    mistakes = Mistakes()
    labels = tuple(mistakes.read(read_text, item, i) for i, item in enumerate(items))
    first: dict[str, int] = {}
    for i, label in enumerate(labels):
        if label is not None and first.setdefault(label, i) != i:
            mistakes.add(
                "labels-not-distinct",
                f"the label `{label}` stands twice",
                i,
                help="give each a label of its own",
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
