"""Numbers, thresholds, wiring, names: one reader for each kind of value, in every form allowed.

A reader takes the texts of a file as well as Python's own numbers, gives the value, and raises
`Refused`, or, where several parts of one value are wrong, `Mistaken` with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from math import prod
from typing import Any, TypeVar

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.language.firing import (
    FIRING,
    Limit,
    Threshold,
    blank_with_rule,
    meant,
    not_in_words,
    stated,
)
from nnc.language.keys import BY_NAME
from nnc.language.mistakes import Mistaken, Mistakes
from nnc.language.ranges import Entry, Open, leaves_open, open_number
from nnc.language.references import (
    CONSTANTS,
    LARGEST_SIZE,
    check_name,
    read_port_source,
    read_source,
    show_shape,
)
from nnc.numbers.exact import (
    Number,
    Refused,
    exact_number,
    kind_of,
    read_number,
    shorten,
    show_number,
)

MAX_AXES = 8

T = TypeVar("T")

# --------------------------------------------------------------------- values of any form


def expect(value: Any, kinds: type | tuple[type, ...], words: str) -> Any:
    """Return the value. Raises Refused where it is of another kind than `words` say."""
    if not isinstance(value, kinds):
        raise Refused("wrong-type", f"expected {words}, found {kind_of(value)}")
    return value


def read_each(reader: Callable[[Any], T], values: Collection[object]) -> tuple[T, ...]:
    """Read every item of a list. Raises Mistaken with all that is wrong in it."""
    try:
        return tuple(map(reader, values))
    except (Refused, Mistaken):
        pass  # then every mistake is looked for
    mistakes = Mistakes()
    items = tuple(mistakes.read(reader, item, i) for i, item in enumerate(values))
    mistakes.stop()
    return items


def read_mapping(
    read_key: Callable[[object], str],
    read_item: Callable[[Any], T],
    values: Mapping[Any, object],
) -> dict[str, T]:
    """Read every key and item of a mapping."""
    try:
        return {read_key(key): read_item(item) for key, item in values.items()}
    except (Refused, Mistaken):
        pass  # then every mistake is looked for
    mistakes = Mistakes()
    for key, item in values.items():
        mistakes.read(read_key, key, str(key), key=True)
        mistakes.read(read_item, item, str(key))
    mistakes.stop()
    raise AssertionError("what was refused is refused again")


def read_by_name(key: str, read: Callable[[object], T], value: object) -> dict[str, T]:
    """Read all declarations of one kind, a mapping by name."""
    if isinstance(value, Mapping):
        return read_mapping(check_name, read, value)
    hint = ""
    if isinstance(value, list) and key in BY_NAME:
        first = value[0].get("name") if value and isinstance(value[0], dict) else None
        name = shorten(first) if isinstance(first, str) and first.isidentifier() else "name"
        hint = f"{key} go by name: write `{key}: {{{name}: {{…}}}}`"
    raise Refused("wrong-type", f"expected a mapping, found {kind_of(value)}", hint)


def read_list(read: Callable[[Any], T], value: object) -> tuple[T, ...]:
    """Read every item of a list."""
    return read_each(read, expect(value, (list, tuple), "a list"))


def as_is(value: T) -> T:
    """Return a value that needs no reading."""
    return value


def read_names(
    values: Iterable[object], reader: Callable[[Any], str] = check_name
) -> tuple[str, ...]:
    """Read a list of distinct names. Raises Mistaken with all that is wrong in it."""
    words = "`{}` appears twice in the list", "remove one of them"
    return _read_distinct(values, reader, "duplicate-name", *words)


def _read_distinct(
    values: Iterable[object], reader: Callable[[Any], str], rule: RuleName, message: str, hint: str
) -> tuple[str, ...]:
    mistakes = Mistakes()
    texts: dict[str, None] = {}
    for i, item in enumerate(values):
        text = mistakes.read(reader, item, i)
        if text is not None and text in texts:
            mistakes.add(rule, message.format(text), i, help=hint)
        elif text is not None:
            texts[text] = None
    mistakes.stop()
    return tuple(texts)


def read_name_list(
    key: str, value: object, words: str, *, aliases: bool = False
) -> tuple[str, ...] | None:
    """Read the list form of `inputs` or `outputs`; None where the value has another form.

    Of `aliases`, a source that is not a plain name gets its own help. Raises Refused for a single
    name, and as `read_names` does.
    """
    if isinstance(value, str):
        hint = "" if value in ("null", "~") else f"write {key}: [{shorten(value)}]"
        raise Refused("wrong-type", f"expected a list or a mapping, found {kind_of(value)}", hint)
    if not isinstance(value, (list, tuple)):
        return None

    def read(item: Any) -> str:
        if aliases and isinstance(item, str) and ("." in item or "(" in item or item in CONSTANTS):
            raise Refused(
                "bad-name",
                f"`{shorten(item)}` is not a plain name, as a list takes",
                f"give it an alias, in a mapping: {{alias: {shorten(item)}}}",
            )
        if isinstance(item, (dict, list, tuple)):
            raise Refused(
                "wrong-type",
                f"expected {words}, found {kind_of(item)} in the list",
                "write a mapping instead of the list",
            )
        return check_name(item)

    return read_names(value, read)


def read_text(value: object) -> str:
    """Read free text. Raises Refused."""
    return str(expect(value, str, "a text"))


def read_column(value: object) -> str:
    """Read the name of a column: any text but an empty one. Raises Refused."""
    if not (text := read_text(value)):
        raise Refused("wrong-type", "the name of a column is empty", "write the name of a column")
    return text


def read_columns(value: object) -> tuple[str, ...]:
    """Read the columns of a bus. Raises Refused, or Mistaken with all mistakes in them."""
    return read_each(read_column, expect(value, (list, tuple), "a list of columns"))


def read_declared(value: object) -> Number:
    """Read a bound, cut-off or state: an exact number that a file could hold. Raises Refused."""
    if type(value) is str:
        try:
            return read_number(value)
        except Refused:
            if leaves_open(value):
                raise misplaced(value) from None
            raise
    if isinstance(value, Open) or (isinstance(value, str) and leaves_open(value)):
        raise misplaced(value)
    number = exact_number(value)
    if isinstance(value, str) or max(number.numerator.bit_length(), number.denominator) < 1300:
        return number
    return read_number(show_number(number))


def misplaced(value: object) -> Refused:
    """Refuse a blank where a number has to stand."""
    message = f"expected a number, found the blank `{shorten(str(value))}`"
    hint = "write the number; only weights, points and thresholds, and a layer's size, may be open"
    return Refused("misplaced-blank", message, hint)


def read_entry(value: object) -> Entry:
    """Read a weight, threshold or points: a number, or one that is left open. Raises Refused."""
    if isinstance(value, str):
        try:
            return read_number(value) if type(value) is str else exact_number(value)
        except Refused:
            if (blank := open_number(value)) is None:
                raise
            return blank
    blank = open_number(value, read_declared)
    return read_declared(value) if blank is None else blank


def read_numbers(value: Collection[object]) -> tuple[Number, ...]:
    """Read a list of numbers."""
    return read_each(read_declared, value)


def read_entries(value: Collection[object]) -> tuple[Entry, ...]:
    """Read a list of weights or thresholds, of which each may be left open."""
    return read_each(read_entry, value)


def read_limit(value: object) -> Limit:
    """Read a cut-off: a number, or one that states its rule, `above 6`.

    Raises Refused.
    """
    if isinstance(value, Threshold):
        if value.rule not in FIRING:
            one_of(tuple(FIRING))(value.rule)
        return Threshold(read_declared(value.number), value.rule)
    try:
        return read_declared(value)
    except Refused as error:
        if isinstance(value, str) and (blank := blank_with_rule(value)) is not None:
            rule, open_ = blank
            message = f"`{shorten(value)}` states a rule for a number that is left open"
            hint = f"write `{open_}`, and `fires: {rule}` for the neuron"
            raise Refused("misplaced-blank", message, hint) from None
        limit = stated(value) if isinstance(value, str) else None
        if limit is not None:
            return limit
        if isinstance(value, str) and (limit := meant(value)) is not None:
            raise in_other_words(value, f"write `{limit}`") from None
        raise error from None


def _read_named_threshold(value: object) -> Limit | Open:
    """Read one of several thresholds: it may state its rule, or be left open. Raises Refused."""
    if not isinstance(value, Threshold):
        blank = open_number(value, read_declared)
        if blank is not None:
            return blank
    return read_limit(value)


def in_other_words(text: str, hint: str) -> Refused:
    """Say that a rule stands in other words than those of the format."""
    return Refused("rule-in-other-words", not_in_words(text), hint)


_read_source_text = lru_cache(maxsize=65536)(read_source)


def sources_of(texts: Iterable[str]) -> Iterable[str]:
    """Return texts as sources, their form checked: nearly all are plain names. Raises Refused."""
    if all(map(str.isidentifier, texts)) and "".join(texts).isascii():
        return texts
    return map(_read_source_text, texts)


def read_wiring(value: object, reader: Callable[[object], str] = read_source) -> tuple[str, ...]:
    """Read one source or a list of them."""
    if isinstance(value, str) and value != "~":
        return (reader(value),)
    return read_each(reader, expect(value, (list, tuple), "a source or a list of sources"))


def read_level(value: object) -> str | tuple[str, ...]:
    """Read one source, or a list of them: it stays a list, also of one."""
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused(
                "wrong-type",
                "`level` needs at least one threshold",
                "list some of one neuron: [score.moderate, score.high]",
            )
        return read_each(read_source, value)
    return read_source(value)


def read_ports(value: object) -> dict[str, tuple[str, ...]]:
    """Read the wiring of a part: for each port a source or a list of them."""
    ports = expect(value, Mapping, "a mapping of ports to sources")
    return read_mapping(check_name, _read_port, ports)


def _read_port(value: object) -> tuple[str, ...]:
    if isinstance(value, int):
        return (read_port_source(value),)
    return read_wiring(value, read_port_source)


def read_size(value: object) -> int:
    """Read a size or a repeat: an integer from 1 to 10,000,000. Raises Refused."""
    number = read_declared(value)
    is_fraction = isinstance(value, str) and "/" in value
    if is_fraction or not isinstance(number, int) or not 1 <= number <= LARGEST_SIZE:
        size = value if is_fraction else show_number(number)
        raise Refused(
            "bad-size",
            f"{size} is not a size: an integer from 1 to {LARGEST_SIZE:,}",
            "write the number of elements",
        )
    return number


def read_shape(value: object) -> tuple[int, ...]:
    """Read the sizes of the axes of a bus, which has at most 10,000,000 elements."""
    sizes = expect(value, (list, tuple), "a list of sizes, `[28, 28]`")
    if not 1 <= len(sizes) <= MAX_AXES:
        message = f"a shape has 1 to {MAX_AXES} axes, not {len(sizes)}"
        raise Refused("bad-size", message, "write a size for each axis: [28, 28]")
    shape: tuple[int, ...] = read_each(read_size, sizes)
    if prod(shape) > LARGEST_SIZE:
        message = f"the shape {show_shape(shape)} has {prod(shape):,} elements"
        raise Refused("bad-size", message, f"a bus has at most {LARGEST_SIZE:,} elements")
    return shape


def read_size_of_layer(value: object) -> int | Open:
    """Read the size of a layer: an integer, or a range of sizes with both ends. Raises Refused."""
    blank = open_number(value, read_declared)
    if blank is None:
        return read_size(value)
    if blank.low is None or blank.high is None:
        hint = "write the least and the greatest size: 1..6"
        raise Refused("bad-range", f"the size `{blank}` has no limit", hint)
    return Open(read_size(blank.low), read_size(blank.high))


def read_states(value: object) -> tuple[Number, Number]:
    """Read the values of silence and of firing: two different numbers. Raises Refused."""
    numbers = read_numbers(
        expect(value, (list, tuple), "a list of two numbers, `[silent, firing]`")
    )
    if len(numbers) != 2:
        raise Refused(
            "wrong-type",
            f"expected two numbers, found {len(numbers)}",
            "write the values when silent and when firing: [-1, 1]",
        )
    if numbers[0] == numbers[1]:
        raise Refused(
            "states-equal",
            f"both states are {show_number(numbers[0])}",
            "write two different numbers: [-1, 1]",
        )
    return numbers[0], numbers[1]


def read_thresholds(value: object) -> dict[str, Limit | Open]:
    """Read named thresholds. Raises Refused, or Mistaken with all mistakes in them."""
    if not isinstance(value, Mapping):
        message = f"expected a mapping of names to numbers, found {kind_of(value)}"
        hint = "write `threshold: number`, or by name: `thresholds: {name: number, …}`"
        raise Refused("wrong-type", message, hint)
    numbers = value
    if not numbers:
        raise Refused(
            "wrong-type",
            "`thresholds` needs at least one name",
            "write {name: number, …}, or `threshold: number`",
        )
    return read_mapping(check_name, _read_named_threshold, numbers)


def read_threshold(value: object) -> Entry:
    """Read the one threshold of a neuron: a number, or one left open. Raises Refused."""
    try:
        return read_entry(value)
    except Refused as error:
        hint = for_all(value, "threshold")
        if isinstance(value, Mapping):
            hint = "named thresholds: write `thresholds: {name: number, …}`"
        raise Refused(error.rule, error.message, hint or error.help) from None


def for_all(value: object, key: str) -> str:
    """Say how a rule that stands with a number is written where one rule holds for all of it."""
    limit: Threshold | None = value if isinstance(value, Threshold) else None
    if isinstance(value, str):
        if (blank := blank_with_rule(value)) is not None:
            return f"write `{f'{key}: ' if key else ''}{blank[1]}` and `fires: {blank[0]}`"
        limit = stated(value) or meant(value)
    if limit is None:
        return ""
    number = shorten(show_number(limit.number))
    return f"write `{f'{key}: ' if key else ''}{number}` and `fires: {limit.rule}`"


def read_values(value: object) -> tuple[str, ...]:
    """Read the values of a choice: distinct names. Raises as `read_names` does, and Refused."""
    names = expect(value, (list, tuple), "a list of names")
    if not names:
        raise Refused("wrong-type", "a choice needs at least one value", "list its values")
    return read_names(names)


def read_labels(value: object) -> tuple[str, ...]:
    """Read distinct labels. Raises Refused, or Mistaken with all mistakes in them."""
    items = expect(value, (list, tuple), "a list of labels")
    words = "the label `{}` appears twice", "give each a different label"
    return _read_distinct(items, read_text, "labels-not-distinct", *words)


def one_of(
    known: tuple[str, ...], meant: Mapping[str, str] | None = None
) -> Callable[[object], str]:
    """Make the reader of a word that has to be one of those `known`; it raises Refused.

    `meant` has words of other languages, and what they are called here.
    """
    words = ", ".join(f"`{word}`" for word in known[:-1]) + f" or `{known[-1]}`"

    def read(value: object) -> str:
        if isinstance(value, str) and value in known:
            return str(value)
        hint = ""
        if isinstance(value, str):
            word = (meant or {}).get(value)
            hint = f"did you mean `{word}`?" if word in known else did_you_mean(value, known)
        raise Refused("unknown-value", f"expected {words}, found {kind_of(value)}", hint)

    return read
