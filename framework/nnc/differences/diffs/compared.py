"""A comparison with the names of both networks, and the wording that all report formats share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from nnc.differences.row_changes import Comparison, Move, OutputRows, RowChanges
from nnc.differences.structure import Change, Detail
from nnc.language.network import FIRING, Fires
from nnc.numbers.exact import counted, names_and_more, show_number, text_of
from nnc.proofs.comparison import (
    Behaviour,
    Condition,
    Counterexample,
    Parted,
    Region,
    Verdict,
    VerdictKind,
)
from nnc.run.trace import NeuronTrace, show_value

_MAX_CONDITIONS = 8
"""The most conditions to show; of several groups with more in all, only the first is shown."""
_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}


def shortened(region: Region) -> Region | None:
    """Return a region, or a part of it that needs fewer conditions; None if there is none."""
    if _size(region) > _MAX_CONDITIONS and region.either:
        first = {each.subject: each for each in region.either[0]}
        common = tuple(_both(each, first.pop(each.subject, None)) for each in region.all)
        region = Region((*common, *first.values()))
    return region if _size(region) <= _MAX_CONDITIONS else None


def _size(region: Region) -> int:
    return sum(map(len, (region.all, region.some, *region.either)))


def _both(first: Condition, second: Condition | None) -> Condition:
    """Join two conditions on one input; the second does not repeat the ends of the first."""
    if second is None or second.values:
        return second or first
    return Condition.between(*second.subject, second.low or first.low, second.high or first.high)


def region_words(region: Region) -> str:
    """Describe a region in words; the empty text means everywhere."""
    pieces = [condition_words(condition) for condition in region.all]
    if region.some:
        some = ", ".join(map(condition_words, region.some))
        pieces.append(f"{_how_many(region)} of {some}")
    if region.either:
        pieces.append(f"either {', or '.join(_all_of(group) for group in region.either)}")
    return _joined(pieces)


def condition_words(condition: Condition) -> str:
    """Write a condition: `gcs <= 14`, `20 <= age < 40`, `pupils = wide`."""
    element, low, high = condition.element, condition.low, condition.high
    name = condition.input if element is None else f"{condition.input}({element})"
    if condition.values:
        texts = list(map(text_of, condition.values))
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


MAX_CHANGES = 50
"""The number of changes of a network that people are shown by default."""


_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = 10  # digits of a commit that people are shown


class Named(NamedTuple):
    """A network by its file and, in git, its revision; the work tree has none.

    `place` is the path from the top of the repository, if the name is another one.
    """

    file: str
    revision: str | None = None
    place: str | None = None

    def __str__(self) -> str:
        """Name it as git does: `HEAD:nets/xor.nn.yaml`."""
        return self.file if self.revision is None else f"{self.revision}:{self.file}"

    @property
    def short(self) -> Named:
        """The same name, with the hash of a commit abbreviated."""
        if self.revision is None or _COMMIT.fullmatch(self.revision) is None:
            return self
        return self._replace(revision=self.revision[:_SHORT])


class Compared(NamedTuple):
    """The comparison of two networks, with their names in messages.

    An `added` or `removed` network has the same name on the side where it is missing. Formats for
    people list up to `most` changes.
    """

    before: Named
    after: Named
    comparison: Comparison
    kind: Literal["changed", "added", "removed"] = "changed"
    most: int = MAX_CHANGES

    @property
    def title(self) -> str:
        """Name both networks, with abbreviated commits; a file of two revisions is named once."""
        old, new = self.before.short, self.after.short
        is_lone = self.kind != "changed"
        is_same = old.file in (new.file, new.place)
        if old.revision is not None and (is_same or is_lone):
            return f"{new.file} ({old.revision} -> {new.revision or 'work tree'})"
        return f"{old} -> {new}"

    @property
    def headline(self) -> str:
        """Return the number of changes in words."""
        structure = self.comparison.structure
        if self.kind != "changed":
            places = Counter(change.place for change in structure.changes)
            if not places:  # of a network that was not valid
                return self.kind
            return f"{self.kind}: {', '.join(counted(n, place) for place, n in places.items())}"
        if structure.is_same:
            return "no change in meaning"
        behaviour = self.comparison.behaviour
        where = "declarations" if behaviour.verdicts and behaviour.is_equal else "meaning"
        return f"{counted(structure.count, 'change')} in {where}"


def detail_words(detail: Detail) -> tuple[str, str, str]:
    """Return the words of a change: the kind of number, its name, and its old and new value."""
    what, subject, before, after = detail.what, detail.subject, detail.before, detail.after
    changed, total = detail.changed, detail.total
    if changed is not None and total is not None:
        where = f"most in {subject}: " if changed > 1 else f"{subject}: "
        return what, f"{changed:,} of {total:,}", where + arrow(before, after)
    if what == "source":
        weight = f"weight {subject}"
        if before is not None and after is not None:
            return what, weight, arrow(before, after)
        return what, weight, f"{before} removed" if after is None else f"{after} added"
    return what, subject, arrow(before, after)


def arrow(before: str | None, after: str | None) -> str:
    """Join an old and a new value by an arrow."""
    return f"{'none' if before is None else before} -> {'none' if after is None else after}"


def outcome_words(pair: Counterexample | Move) -> str:
    """Write the value of an output in both networks."""
    return f"{show_value(pair.before)} -> {show_value(pair.after)}"


def change_words(change: Change) -> str:
    """Name the changed declaration, and say whether it was added or removed."""
    words = f"{change.place} {change.name}"
    if change.kind == "changed":
        return words
    return f"{words} {change.kind}: {change.text}" if change.text else f"{words} {change.kind}"


def verdict_words(verdict: Verdict) -> str:
    """Describe the verdict on an output, and how it was reached."""
    if verdict.kind == "differs":
        return f"differs{_where_words(verdict)}"
    words = {"changed-type": "another type"}.get(verdict.kind, verdict.kind)
    if verdict.kind in ("added", "removed"):
        return words
    return f"{words}: {verdict.how}"


def _where_words(verdict: Verdict) -> str:
    """Describe for which inputs an output differs, and whether it does elsewhere."""
    region = None if verdict.region is None else shortened(verdict.region)
    where = None if region is None else region_words(region)
    if verdict.differing is None or verdict.total is None:
        if not where:
            return f"{' for all inputs' if where == '' else ''}, found by {verdict.how}"
        example = verdict.counterexample
        if region is not None and region.is_whole:
            return f" where {where}, and nowhere else; found by {verdict.how}"
        others = ", whatever the others are" if example is not None and example.others else ""
        return f" where {where}{others}, and maybe elsewhere; found by {verdict.how}"
    if where == "":
        return f" for all inputs ({verdict.how})"
    is_of_ranges = verdict.unit == "range"
    noun = "combinations of range" if is_of_ranges else "row"
    count = f" for {verdict.differing:,} of {counted(verdict.total, noun)}"
    if where is None:
        return count
    elsewhere = "and nowhere else" if region is not None and region.is_whole else "and elsewhere"
    return f"{'' if is_of_ranges else f'{count}:'} where {where}, {elsewhere}"


_KIND_WORDS: dict[VerdictKind, tuple[str, str]] = {
    "differs": ("differs", "differ"),
    "unknown": ("unknown", "unknown"),
    "changed-type": ("of another type", "of another type"),
    "added": ("added", "added"),
    "removed": ("removed", "removed"),
    "equal": ("equal", "equal"),
}


def outputs_words(behaviour: Behaviour) -> str:
    """Count the outputs by verdict, in the order of importance: those that differ come first."""
    kinds = Counter(verdict.kind for verdict in behaviour.verdicts)
    counts = [(kinds[kind], words) for kind, words in _KIND_WORDS.items() if kinds[kind]]
    if not counts:
        return "no outputs"
    noun = "output" if counts[0][0] == 1 else "outputs"
    pieces = [f"{n:,} {words[n > 1]}" for n, words in counts]
    return ", ".join([pieces[0].replace(" ", f" {noun} ", 1), *pieces[1:]])


_MAX_MOVES = 10
"""The most moves of an output that people are shown."""


def rows_headline(changes: RowChanges) -> str:
    """Return the headline with the number of rows that change."""
    return f"rows of {changes.file}: {changes.changed:,} of {changes.rows:,} change"


def move_words(output: OutputRows) -> Iterator[tuple[str, str, str]]:
    """Describe each move: the two values, the number of rows, and the first of them."""
    for move in output.moves[:_MAX_MOVES]:
        rows = ", ".join(f"{row:,}" for row in move.rows)
        numbers = f"row {rows}" if move.times == 1 else f"rows {rows}"
        more = ", …" if move.times > len(move.rows) else ""
        yield f"{move.times:,}", outcome_words(move), numbers + more
    left = output.changed - sum(move.times for move in output.moves[:_MAX_MOVES])
    if left:
        yield f"{left:,}", "otherwise", ""


def example_words(example: Counterexample) -> str:
    """Write the inputs of a counterexample, and the outputs of both networks for them."""
    return f"{inputs_words(example)}: {outcome_words(example)}"


def inputs_words(example: Counterexample) -> str:
    """Write the inputs that decide as the command line takes them, zeros in one word.

    Zeros are named if there are other inputs, which do not matter.
    """
    inputs = example.inputs
    zeros = [name for name, value in inputs.items() if value == 0]
    others = [f"{name}={show_value(value)}" for name, value in inputs.items() if value != 0]
    if len(zeros) <= 2 or not others:
        words = ", ".join(f"{name}={show_value(value)}" for name, value in inputs.items())
        return words or "all inputs"
    rest = f"the other {len(zeros):,}" if not example.others else names_and_more(zeros, quote="")
    return f"{', '.join(others)}, and 0 for {rest}"


def parted_words(parted: Parted) -> Iterator[tuple[str, str]]:
    """Name the thresholds that are reached in one network only, or the neuron whose sum differs.

    Elements of buses are paired by position, so their names may differ.
    """
    before, after, thresholds = parted
    if not thresholds:
        yield after.name, f"sum {show_value(before.sum)} -> sum {show_value(after.sum)}"
    for old, new in thresholds:
        name = new if old == new else f"{old} -> {new}"
        yield name, f"{_decided(before, old)} -> {_decided(after, new)}"


_REACHES: dict[Fires, tuple[str, str]] = {
    "at_least": ("does not reach", "reaches"),
    "above": ("is not above", "is above"),
    "at_most": ("is not at most", "is at most"),
    "below": ("is not below", "is below"),
}


def _decided(neuron: NeuronTrace, name: str) -> str:
    limit = next(limit for limit in neuron.limits if limit.name == name)
    verb = _REACHES[limit.fires][limit.fired]
    value = show_value(limit.value)
    return f"sum {show_value(neuron.sum)} {verb} {show_value(limit.threshold)}: {value}"
