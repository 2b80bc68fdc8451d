"""Several versions of one text -> the entries that all of them have, so that each is read once.

Only what is sure to mean the same in every version is shared: neurons that stand in one line, in
brackets, without quotes and comments. What YAML says of such a line depends on nothing but where
the lines around it stand, and that is looked up in what is left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.places import find_stretches
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document

_PLAIN = r"[\w :,.()/+-]*"
_ENTRY = re.compile(
    rf"  [A-Za-z_]\w*: \{{{_PLAIN}(?:(?:\{{{_PLAIN}\}}|\[{_PLAIN}\]){_PLAIN})*\}}", re.ASCII
)
_LEAST = 8  # lines: of fewer there is nothing to gain
_HEAD = "nnc: 1\nneurons:\n"


class _Run(NamedTuple):
    """Lines that follow each other in every text, and where the first starts in what is left."""

    lines: list[str]
    starts: tuple[int, ...]


class SharedEntries(NamedTuple):
    """What is left of some texts: of each run of entries that all have, the first and the last."""

    texts: list[str]
    runs: list[_Run]

    def names(self) -> list[str]:
        """Name the neurons that were left out."""
        return [name_of(line) for run in self.runs for line in run.lines[1:-1]]

    def stand_in(self, place: int, document: Document) -> bool:
        """Return whether the runs are neurons in one of the texts, of what is left of it.

        A line may also be part of a text in quotes or of several lines, and a neuron that was left
        out may be declared once more.
        """
        value = document.value
        if document.diagnostics or not document.complete or document.parsed != document.text:
            return False
        if not isinstance(value, dict) or not isinstance(neurons := value.get("neurons"), dict):
            return False
        if any(name in neurons for name in self.names()):
            return False
        wanted: list[tuple[KeyPath, bool]] = []
        starts = []
        for run in self.runs:
            first = run.starts[place] + 2
            starts += [first, first + len(run.lines[0]) + 1]
            wanted += [(("neurons", name_of(run.lines[i])), True) for i in (0, -1)]
        if any(path[1] not in neurons for path, _ in wanted):
            return False
        stretches = find_stretches(document.text, wanted)
        return [start for start, _ in stretches] == starts

    def whole(self, text: str) -> str | None:
        """Put the lines back between those that stayed; None where these are not side by side."""
        lines = text.split("\n")
        places = _places(lines)
        pieces: list[str] = []
        at = 0
        for start, i in sorted(
            (places.get(run.lines[0], -1), i) for i, run in enumerate(self.runs)
        ):
            own = self.runs[i].lines
            if start < at or places.get(own[-1]) != start + 1:
                return None
            pieces += [*lines[at:start], *own]
            at = start + 2
        return "\n".join([*pieces, *lines[at:]])

    def are_valid(self) -> bool:
        """Return whether YAML finds nothing wrong with what was left out."""
        lines = [f"{line}\n" for run in self.runs for line in run.lines]
        document = read_document("".join([_HEAD, *lines]).encode(), "")
        return document.complete and not document.diagnostics


class Reread(NamedTuple):
    """A document read beside an earlier version: `kept` names the neurons that are as in that."""

    document: Document
    kept: frozenset[str]


def reread_document(data: bytes, file: str, before: Document) -> Reread | None:
    """Read the bytes of a file, but for what an earlier version has too, in which nothing is wrong.

    The values of both are the same objects then. None where it has to be read whole.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    shared = share_entries((before.text, text))
    if shared is None or before.diagnostics or not isinstance(before.value, dict):
        return None
    left = read_document(shared.texts[1].encode(), file)
    if not shared.stand_in(1, left):
        return None
    if not _are_laid_out_alike(*shared.texts):
        earlier = read_document(shared.texts[0].encode(), file)
        if not shared.stand_in(0, earlier):
            return None
    own, old = left.value, before.value["neurons"]
    assert isinstance(own, dict)
    runs = {name_of(run.lines[0]): run.lines for run in shared.runs}
    neurons: dict[str, Any] = {}
    for name, value in own["neurons"].items():
        if name in runs:
            names = map(name_of, runs[name])
            neurons |= {each: old[each] for each in names}
        elif name not in neurons:
            neurons[name] = value
    document = Document(file, text)
    document.value = {**own, "neurons": neurons}
    kept = frozenset(name_of(line) for run in shared.runs for line in run.lines)
    return Reread(document, kept)


def _are_laid_out_alike(text: str, other: str) -> bool:
    """Return whether two texts are the same but for entries in the same lines.

    Then a line of one is a neuron where the same line of the other is: whatever holds an entry, be
    it a section, a block of text or quotes, holds another one as well and goes on behind it.
    """
    lines, others = text.split("\n"), other.split("\n")
    return len(lines) == len(others) and all(
        line == own or (_ENTRY.fullmatch(line) and _ENTRY.fullmatch(own))
        for line, own in zip(lines, others, strict=True)
    )


def name_of(line: str) -> str:
    """Return the name of the neuron that stands in a line."""
    return line[2 : line.index(":")]


def share_entries(texts: Sequence[str]) -> SharedEntries | None:
    """Cut out of some texts what all of them have; None where that is too little."""
    if any("\r" in text or not text.endswith("\n") for text in texts):
        return None
    lines = [text.split("\n") for text in texts]
    places = [_places(each) for each in lines[1:]]
    stretches = _stretches(lines[0], places)
    if not stretches:
        return None
    left = [_left(each, stretches, k) for k, each in enumerate(lines)]
    runs = [
        _Run(lines[0][first : first + count], tuple(starts[i] for _, starts in left))
        for i, ((first, *_), count) in enumerate(stretches)
    ]
    return SharedEntries([text for text, _ in left], runs)


def _places(lines: Sequence[str]) -> dict[str, int]:
    """Return where each line stands; not of those that are there twice."""
    places = {line: place for place, line in enumerate(lines)}
    if len(places) < len(lines):
        for line, count in Counter(lines).items():
            if count > 1:
                del places[line]
    return places


def _stretches(
    lines: Sequence[str], others: Sequence[Mapping[str, int]]
) -> list[tuple[tuple[int, ...], int]]:
    """Find where entries follow each other in all texts: where they start in each, and how many."""
    placed = [map(places.get, lines) for places in (_places(lines), *others)]
    stretches = []
    start: tuple[int, ...] = ()
    following: tuple[int | None, ...] = ()
    count = 0
    for line, at in zip(lines, zip(*placed, strict=True), strict=True):
        if at == following and count and _ENTRY.fullmatch(line):
            count += 1
            following = tuple([place + 1 for place in at])
            continue
        if count >= _LEAST:
            stretches.append((start, count))
        count = 0
        if None not in at and _ENTRY.fullmatch(line):
            start, count = at, 1
            following = tuple([place + 1 for place in start])
    if count >= _LEAST:
        stretches.append((start, count))
    return stretches


def _left(
    lines: Sequence[str], stretches: Sequence[tuple[tuple[int, ...], int]], text: int
) -> tuple[str, list[int]]:
    """Return a text without the lines between the ends of stretches, and where each starts in it.

    The starts are in the order of the stretches.
    """
    pieces: list[str] = []
    starts = [0] * len(stretches)
    at = length = 0
    for first, count, i in sorted((s[text], count, i) for i, (s, count) in enumerate(stretches)):
        before = "".join([f"{line}\n" for line in lines[at:first]])
        length += len(before)
        starts[i] = length
        ends = f"{lines[first]}\n{lines[first + count - 1]}\n"
        pieces += [before, ends]
        length += len(ends)
        at = first + count
    return "".join(pieces) + "\n".join(lines[at:]), starts
