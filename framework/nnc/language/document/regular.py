"""Regular YAML -> values, by regular expressions: many small files, and nearly all of a large one.

A million weights are a million lines, or pairs in braces, of one form. libyaml makes an event with
two marks of each key and each value; here a run of such lines is one match, and all that stands in
braces and brackets becomes one text of JSON. What is written in any other way is left to libyaml:
a section is read whole here or not at all, and no mistake is ever told. A small file is read whole
here before yaml is imported, or not at all.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from nnc.numbers.exact import Quoted

MOST_SECTIONS = 64

Values = dict[str, Any]
Items = list[Any]
_FIRST = r"(?:[A-Za-z0-9_.(]|-(?=[A-Za-z0-9_.(]))"
_REST = r"[A-Za-z0-9_.()+/*<=>-]"
WORD = rf"{_FIRST}{_REST}{{0,200}}+"
"""A name, a source or a number: the pattern of what is never taken for anything else."""
_WORDS = rf"{WORD}(?: {_REST}{{1,200}}+){{0,50}}+"
_FLAT = r"[^][{}#\n]*+"
_FLOW = rf"[{{\[]{_FLAT}(?:[{{\[]{_FLAT}[}}\]]{_FLAT})*+[}}\]]"
_HEAD = r"[A-Za-z_][A-Za-z0-9_]{0,60}:(?= |\n|\Z)"
_SECTION = re.compile(_HEAD)
_AT_THE_MARGIN = re.compile(r"\n(?=[^ #\n])")
_LINE = re.compile(
    rf"( *+)(?:({WORD}):(?: ++(?:([{{\[])[^#\n]*+()(?:(?<= )#[^\n]*+)?"
    rf"|(\"[^\"\\\n]*+\"|'[^'\n]*+')(?: ++(?:#[^\n]*+)?)?"
    rf"|({_FIRST}[^:#\n]*+)(?:(?<= )#[^\n]*+)?)"
    r"|(?: ++(?:#[^\n]*+)?)?)|(?:#[^\n]*+)?)(?:\n|\Z)"
)
"""Its indentation, the key, and the value: from a brace or bracket to an end, quoted, or plain."""
_BELOW = re.compile(r"(?: *+(?:#[^\n]*+)?\n)*+( *+)(- |#)?")
"""The indentation of the next line that is no comment, and whether it is an item of a list."""
_SIMPLE = re.compile(f"({_WORDS})")
_SIGNS = "_.()+/*<=>-{}[],: \n"
_IN_FLOWS = dict.fromkeys(i for i in range(128) if chr(i).isalnum() or chr(i) in _SIGNS)
_MISPLACED = (" :", "\n:", " ,", "\n,")
_BETWEEN = {code: None for code in _IN_FLOWS if chr(code) not in "{}[]"}
_DEEPEST = 20  # braces and brackets, and
_MOST_BLOCKS = 40  # mappings in block style: with a list between them, fewer than `Builder` takes
_LONGEST = 16 * 1024
_AT_ONCE = 128 * 1024  # characters: the pieces of more are not in the cache
_MOST_SHARED = 1 << 16  # different words of a list that are looked for among those before
_LONG = 2 * _AT_ONCE
_CLOSING = str.maketrans("{[", "}]")
_FEW = 4096  # characters: the lines of a shorter text are read before patterns of runs are compiled


class Section(NamedTuple):
    """A key at the margin, and the stretch of characters up to the next one."""

    key: str
    start: int
    end: int


def sections(text: str) -> list[Section]:
    """Return the sections of a text; none where its margin has anything but their keys."""
    if "\r" in text or "\t" in text:
        return []
    margin = [0, *(line.end() for line in _AT_THE_MARGIN.finditer(text))]
    heads: dict[str, int] = {}
    for start in margin:
        head = _SECTION.match(text, start)
        if head is not None:
            key = head[0].removesuffix(":")
            if key in heads or len(heads) == MOST_SECTIONS:
                return []
            heads[key] = start
        elif not (text.startswith("- ", start) if heads else text.startswith(("#", "\n"), start)):
            return []
    first = next(iter(heads.values()), 0)
    if "\n " in text[:first]:
        return []
    starts = [0, *list(heads.values())[1:], len(text)]
    return list(map(Section, heads, starts, starts[1:]))


def read_regular(text: str, start: int = 0, end: int | None = None) -> Values | None:
    """Return the mapping that a stretch of a text writes in block style; None if irregular."""
    try:
        return _Reading(text, start, len(text) if end is None else end).mapping()
    except _Irregular:
        return None


class _Irregular(Exception):
    """A text is written in another way than is read here."""


class _Runs(NamedTuple):
    """Lines of one form and indentation, one behind the other."""

    words: re.Pattern[str]
    flows: re.Pattern[str]
    items: re.Pattern[str]


@lru_cache(maxsize=64)
def _runs(indent: int) -> _Runs:
    start = f"(?: {{{indent}}}"
    return _Runs(
        re.compile(rf"{start}{WORD}: {WORD}\n)++"),
        re.compile(rf"{start}(?!.{{{_LONG}}}){WORD}: {_FLOW}\n)++"),
        re.compile(rf"{start}- (?:{_WORDS}|{_FLOW})\n)++"),
    )


class _Reading:
    """Reads mappings in block style; what stands in braces and brackets is read at the end."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._stack: list[tuple[int, Values]] = [(0, {})]
        self._flows: list[str] = []
        self._holders: list[tuple[Any, Any]] = []

    def mapping(self) -> Values:
        """Return the whole. Raises _Irregular."""
        text, stack, position, end = self._text, self._stack, self._start, self._end
        top, match = stack[0][1], _LINE.match
        while position < end:
            line = match(text, position, end)
            if line is None:
                raise _Irregular
            position = line.end()
            indent, key, sign, _, quoted, plain = line.groups()
            if key is None:
                continue
            width = len(indent)
            while width < stack[-1][0]:
                stack.pop()
            mapping = stack[-1][1]
            if width != stack[-1][0] or key in mapping:
                raise _Irregular
            if sign is not None:
                position = self._flow_end(line, width)
                start, stop = line.start(3), line.start(4) if position == line.end() else position
                mapping[key] = None
                if stop - start > _LONG:
                    mapping[key] = _read_long(text, start, stop)
                else:
                    self._flows.append(text[start:stop])
                    self._holders.append((mapping, key))
            elif plain is not None or quoted is not None:
                value = Quoted(quoted[1:-1]) if plain is None else plain.rstrip(" ")
                if len(value) > _LONGEST:
                    raise _Irregular
                mapping[key] = value
            else:
                position = self._below(mapping, key, width, position)
        self._fill()
        return top

    def _flow_end(self, line: re.Match[str], width: int) -> int:
        """Return where the lines end of what stands in braces or brackets from a line on."""
        text, position = self._text, line.end()
        depth, margin = _depth(text, *(line.start(3), line.start(4))), " " * (width + 1)
        while depth > 0:
            end = text.find("\n", position, self._end)
            if end < 0 or not text.startswith(margin, position):
                raise _Irregular
            depth += _depth(text, position, end)
            position = end + 1
        if depth < 0:
            raise _Irregular
        return position

    def _below(self, mapping: Values, key: str, width: int, position: int) -> int:
        """Start what stands below a key, and read the run of lines that it starts with."""
        below = _BELOW.match(self._text, position, self._end)
        assert below is not None
        indent, sign, start = len(below[1]), below[2], below.start(1)
        if start + indent == self._end or sign == "#" or indent < width + (sign is None):
            raise _Irregular
        if sign is not None:
            items: Items = []
            mapping[key] = items
            return self._items(items, indent, start)
        if len(self._stack) > _MOST_BLOCKS:
            raise _Irregular
        inner: Values = {}
        mapping[key] = inner
        self._stack.append((indent, inner))
        if self._end - self._start < _FEW:
            return start
        margin = "\n" + " " * indent
        runs = _runs(indent)
        if (run := runs.words.match(self._text, start, self._end)) is not None:
            lines = self._text[start + indent : run.end() - 1]
            parts = lines.replace(margin, ": ").split(": ")
            inner.update(zip(parts[::2], parts[1::2], strict=True))
            count = len(parts) // 2
        elif (run := runs.flows.match(self._text, start, self._end)) is not None:
            lines = self._text[start + indent : run.end() - 1]
            pairs = [line.split(": ", 1) for line in lines.split(margin)]
            inner.update(dict.fromkeys([name for name, _ in pairs]))
            self._flows += [flow for _, flow in pairs]
            self._holders += [(inner, name) for name, _ in pairs]
            count = len(pairs)
        else:
            return start
        if len(inner) != count:  # a key twice
            raise _Irregular
        return run.end()

    def _items(self, items: Items, indent: int, start: int) -> int:
        """Read the items of a list, each on its own line."""
        run = _runs(indent).items.match(self._text, start, self._end)
        if run is None:
            raise _Irregular
        before, known = "\n" + " " * indent + "- ", dict[str, str]()
        first, end = start + indent + 2, run.end() - 1
        while first < end:
            stop = self._text.find(before, first + _AT_ONCE, end)
            stop = end if stop < 0 else stop
            if stop - first > _LONG and self._text.find(before, first, stop) < 0:
                items.append(_read_long(self._text, first, stop))
            else:
                piece = _shared(self._text[first:stop].split(before), known)
                flows = [i for i, item in enumerate(piece, len(items)) if item[0] in "{["]
                items += piece
                self._flows += [items[i] for i in flows]
                self._holders += [(items, i) for i in flows]
            if stop < end:
                self._fill()
            first = stop + len(before)
        after = _BELOW.match(self._text, run.end(), self._end)
        assert after is not None
        is_last = after.end() == self._end
        if not is_last and (after[2] is not None or len(after[1]) > indent):
            raise _Irregular
        return run.end()

    def _fill(self) -> None:
        """Read what stands in braces and brackets, many at once, and put each into its place."""
        start = size = 0
        for stop, flow in enumerate(self._flows, 1):
            size += len(flow)
            if size > _AT_ONCE or stop == len(self._flows):
                values = _read_flows(self._flows[start:stop])
                for (holder, key), value in zip(self._holders[start:stop], values, strict=True):
                    holder[key] = value
                start, size = stop, 0
        self._flows, self._holders = [], []


def _shared(items: Items, known: dict[str, str]) -> Items:
    """Return words, equal ones as one object: 35 million words of 100 MB take 8 bytes each."""
    if set(map(type, items)) != {str}:
        return items
    if len(known) > _MOST_SHARED:
        known.clear()
    return list(map(known.setdefault, items, items))


def _read_long(text: str, start: int, end: int) -> Values | Items:
    """Return the value of a long stretch in braces or brackets, in pieces. Raises _Irregular.

    A piece begins with the signs that are open there, and ends with those that close the rest:
    `[[1, 2], [3, 4]]` may be read as `[[1, 2], [3]]` and `[[4]]`.
    """
    top: list[Values | Items] = []
    is_open, known = "[", dict[str, str]()
    while start < end:
        stop = text.find(",", start + _AT_ONCE, end)
        stop = end if stop < 0 else stop
        if not is_open or (stop < end and text[stop - 1] in "[{ \n"):
            raise _Irregular
        piece = is_open[:-1].replace("{", "{_: ") + is_open[-1] + text[start:stop]
        remains = _unpaired(piece)
        (more,) = _parse_flows([piece + remains[::-1].translate(_CLOSING)])
        _extend(top, more, len(is_open) - 1, known)
        is_open, start = remains, stop + 1
    if is_open != "[" or len(top) != 1:
        raise _Irregular
    return top[0]


def _extend(values: Any, more: Any, depth: int, known: dict[str, str]) -> None:
    """Add what follows in a list or mapping; the first of it goes `depth` levels further inside."""
    if depth:
        last, key = (-1, 0) if type(values) is list else (next(reversed(values)), "_")
        _extend(values[last], more.pop(key), depth - 1, known)
    if type(values) is list:
        values += _shared(more, known)
    elif values.keys() & more.keys():
        raise _Irregular
    else:
        values |= more


def _read_flows(flows: list[str]) -> Items:
    """Return the values of texts in braces or brackets, of each its own. Raises _Irregular."""
    if max(map(len, flows)) > _LONG:
        return [_read_long(flow, 0, len(flow)) for flow in flows]
    return _parse_flows(flows)


def _parse_flows(flows: list[str]) -> Items:
    """Return the values of texts in braces or brackets, read as JSON. Raises _Irregular."""
    text = ",\n".join(flows)
    if not _is_like_json(text) or _unpaired(text):
        raise _Irregular
    quoted = '"'.join(_SIMPLE.split(text))  # every other piece is a word
    try:
        values: Items = json.loads(f"[{quoted}]")
    except ValueError:
        raise _Irregular from None
    if len(values) != len(flows) or _count_keys(values) != text.count(":"):  # a key twice
        raise _Irregular
    return values


def _count_keys(values: Items) -> int:
    """Count the keys of all mappings in values, at any depth."""
    count = 0
    while values:
        mappings = [value for value in values if type(value) is dict]
        count += sum(map(len, mappings))
        values = [item for value in values if type(value) is list for item in value]
        values += [
            item for mapping in mappings for item in mapping.values() if type(item) is not str
        ]
    return count


def _is_like_json(text: str) -> bool:
    """Return whether a text has only signs that JSON has, and words, each where it would be."""
    return (
        text.isascii()
        and not text.translate(_IN_FLOWS)
        and text.count(":") == text.count(": ")
        and not any(sign in text for sign in _MISPLACED)
    )


def _depth(text: str, start: int, end: int) -> int:
    """Count the braces and brackets that a stretch opens and does not close."""
    opened, closed = (sum(text.count(sign, start, end) for sign in signs) for signs in ("{[", "}]"))
    return opened - closed


def _unpaired(text: str) -> str:
    """Return the braces and brackets of a text without the pairs of them."""
    signs = text.translate(_BETWEEN)
    for _ in range(_DEEPEST):
        signs = signs.replace("{}", "").replace("[]", "")
    return signs
