"""Region -> the words for where an output differs: `sbp = 100 and resp_rate >= 22`."""

from __future__ import annotations

from collections.abc import Iterable

from nnc.language.network import FIRING
from nnc.numbers.exact import show_number
from nnc.proofs.comparison import Condition, Region

_MAX_CONDITIONS = 8
"""The most conditions to show; of several groups with more in all, only the first is shown."""
_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}


def shortened(region: Region) -> Region | None:
    """Return a part of a region that few conditions describe, or all; None if there is none."""
    if _size(region) > _MAX_CONDITIONS and region.either:
        first = {condition[:2]: condition for condition in region.either[0]}
        common = tuple(_both(each, first.pop(each[:2], None)) for each in region.all)
        region = Region((*common, *first.values()))
    return region if _size(region) <= _MAX_CONDITIONS else None


def _size(region: Region) -> int:
    return sum(map(len, (region.all, region.some, *region.either)))


def _both(first: Condition, second: Condition | None) -> Condition:
    """Return what two conditions on one input say together; the second one does not repeat ends."""
    if second is None or second.values:
        return second or first
    return second._replace(low=second.low or first.low, high=second.high or first.high)


def region_words(region: Region) -> str:
    """Say where an output differs: an empty text for everywhere."""
    pieces = [condition_words(condition) for condition in region.all]
    if region.some:
        some = ", ".join(map(condition_words, region.some))
        pieces.append(f"{_how_many(region)} of {some}")
    if region.either:
        pieces.append(f"either {', or '.join(_all_of(group) for group in region.either)}")
    return _joined(pieces)


def condition_words(condition: Condition) -> str:
    """Write a condition: `gcs <= 14`, `20 <= age < 40`, `pupils = wide`."""
    name, element, values, low, high = condition
    name = name if element is None else f"{name}({element})"
    if values:
        texts = [value if isinstance(value, str) else show_number(value) for value in values]
        return f"{name} = {' or '.join(texts)}"
    if low is not None and high is not None:
        above = "<" if FIRING[low[0]].strict else "<="
        below = FIRING[high[0]].ascii
        return f"{show_number(low[1])} {above} {name} {below} {show_number(high[1])}"
    end = low or high
    assert end is not None
    return f"{name} {FIRING[end[0]].ascii} {show_number(end[1])}"


def _how_many(region: Region) -> str:
    least, most = (_COUNTS.get(number, str(number)) for number in (region.least, region.most))
    if region.least == region.most:
        return f"exactly {least}"
    if region.most == len(region.some):
        return f"at least {least}"
    if region.least == 0:
        return f"at most {most}"
    return f"{least} {'or' if region.most == region.least + 1 else 'to'} {most}"


def _all_of(conditions: Iterable[Condition]) -> str:
    return _joined([condition_words(condition) for condition in conditions])


def _joined(pieces: list[str]) -> str:
    return " and ".join([", ".join(pieces[:-1]), *pieces[-1:]]) if pieces[1:] else "".join(pieces)
