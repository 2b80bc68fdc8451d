"""Weights, of sources by name or by place, and the steps of an input: their readers."""

from __future__ import annotations

from collections.abc import Mapping

from nnc.language.firing import (
    FIRING,
    Limit,
    Threshold,
    blank_with_rule,
    meant,
    ruled,
    show_limit,
    stated,
)
from nnc.language.mistakes import Mistakes
from nnc.language.ranges import Entry
from nnc.language.readers import (
    expect,
    in_other_words,
    misplaced,
    read_entries,
    read_entry,
    read_limit,
    read_mapping,
    sources_of,
)
from nnc.language.references import read_source
from nnc.numbers.exact import Number, Refused, read_number, shorten, show_number

Steps = dict[Limit, Entry]
Weight = Entry | tuple[Entry, ...] | Steps
Weights = dict[str, Weight] | tuple[Entry, ...] | Entry


def _read_cutoff(value: object) -> Limit:
    """Read the cut-off of a step, from which on its points count: from itself, or from above it."""
    if isinstance(value, str) and (blank := blank_with_rule(value)) is not None:
        raise misplaced(blank[1])
    limit = meant(value) if isinstance(value, str) and stated(value) is None else None
    if limit is not None and limit.rule == "at_least":
        raise in_other_words(
            str(value), f"write `{show_number(limit.number)}`: a step begins with its cut-off"
        )
    limit = ruled(limit or read_limit(value), "at_least")
    if not FIRING[limit.rule].up:
        after = show_limit(
            limit.number if limit.rule == "below" else Threshold(limit.number, "above")
        )
        raise Refused(
            "other-side",
            f"steps rise: one begins at its cut-off or above it, not `{limit}`",
            f"write the points from low to high, and `{after}: 0` where they end",
        )
    return limit.number if limit.rule == "at_least" else read_limit(value)


def _read_steps(value: Mapping[str, object]) -> Steps:
    if not value:
        raise Refused(
            "wrong-type",
            "steps need at least one cut-off",
            "write {cut-off: points, …}, for example {65: 1, 75: 2}",
        )
    if all(str(key).isidentifier() for key in value) and set(value) != {"_"}:
        word = shorten(str(next(iter(value))))
        hint = f"a value of a choice is a source itself: write `name.{word}: …` among the weights"
        raise Refused(
            "not-a-number", f"expected numbers, at which steps begin, found `{word}`", hint
        )
    mistakes = Mistakes()
    steps: Steps = {}
    before: Limit | None = None
    for key, points in value.items():
        path = str(key)
        cutoff = mistakes.read(_read_cutoff, key, path, key=True)
        number = mistakes.read(read_entry, points, path)
        if cutoff is None:
            continue
        if before is not None and _position(cutoff) <= _position(before):
            mistakes.add(
                "cutoffs-not-ascending",
                f"the cut-off {show_limit(cutoff)} comes after {show_limit(before)}; "
                "cut-offs ascend",
                path,
                key=True,
                help="sort the cut-offs from low to high, each once",
            )
        before = cutoff
        steps[cutoff] = number
    mistakes.stop()
    return steps


def _position(cutoff: Limit) -> tuple[Number, bool]:
    return ruled(cutoff, "at_least").position


def _read_weight(value: object) -> Weight:
    if type(value) is str:
        return read_entry(value)
    if isinstance(value, Mapping):
        return _read_steps(value)
    if isinstance(value, (list, tuple)):
        return read_entries(value)
    return read_entry(value)


def read_weights(value: object) -> Weights:
    """Read weights: by name, by place, or one number for all.

    Raises Refused, or Mistaken with all mistakes in them.
    """
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, Mapping) for item in value):
            message = "expected a mapping, found a list of mappings"
            raise Refused("wrong-type", message, "remove the dashes: {a: 1, b: 2}")
        return read_entries(value)
    if not isinstance(value, Mapping):
        if isinstance(value, str) and value in ("null", "~"):
            expect(value, (), "a mapping, a list or a number")
        return read_entry(value)
    kinds = {*map(type, value), *map(type, value.values())}
    if kinds == {str}:  # as in a file, where no weight is steps or a list
        try:
            sources = sources_of(value)
            return dict(zip(sources, map(read_number, value.values()), strict=True))
        except Refused:
            pass
    return read_mapping(read_source, _read_weight, value)
