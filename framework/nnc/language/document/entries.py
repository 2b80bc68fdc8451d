"""Find parts of a large text by the lines of the entries of its regular sections.

It is imported where a text has such sections, as `regular` is: most files are small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.places import find_stretches
from nnc.language.document.regular import WORD, Section

_MOST_ENTRIES = 2000  # which are read one by one; where there are more the whole text is
_FIRST_ENTRY = re.compile(rf"^( +){WORD}:", re.MULTILINE)
_IN_FLOW = re.compile(rf"{WORD}(?=, |}})")
_ON_LINE = re.compile(rf"{WORD}(?=\n|\Z)")
_UNSURE = re.compile("[#\"']")
"""In a comment or in quotes anything may look like a key."""
_IN_BRACES = re.compile(r": \{(?:[^{}\n]*(?:\{[^{}\n]*+\}[^{}\n]*)*, )?")
"""The text between the key of an entry and a key in its own braces."""
_ON_LINES = re.compile(r":\n( ++)(?:(?=[^ \n])(?s:.*)\n( ++))?")
"""The text between the key of an entry and a key that starts a line: first and last margin."""


def find_in_sections(
    text: str, sections: Sequence[tuple[Section, bool]], parts: Sequence[tuple[KeyPath, bool]]
) -> list[tuple[int, int]]:
    """Find the stretches of parts as `find_stretches` does, in a text whose sections are known.

    In regular sections the entries are found by their lines, and only those are read that a part
    is in: of 80,000 notes about neurons, none of the others.
    """
    names: dict[str, set[str]] = {}
    for path, _ in parts:
        if len(path) > 1:
            names.setdefault(str(path[0]), set()).add(str(path[1]))
    entries = {
        section.key: _Entries(text, section, names[section.key])
        for section, is_regular in sections
        if is_regular and section.key in names
    }
    stretches: list[tuple[int, int] | None] = [None] * len(parts)
    inside: dict[tuple[str, str], list[int]] = {}
    for i, (path, key) in enumerate(parts):
        regular = entries.get(str(path[0])) if len(path) > 1 else None
        name = path[1] if regular is not None else None
        if regular is None or name not in regular.starts:
            continue
        stretches[i] = regular.stretch(path, key=key)
        if stretches[i] is None:
            inside.setdefault((regular.key, str(name)), []).append(i)
    if len(inside) <= _MOST_ENTRIES:
        for (section_key, name), places in inside.items():
            start, piece = entries[section_key].piece(name)
            within = [((*parts[i][0][1:],), parts[i][1]) for i in places]
            for i, (first, end) in zip(places, find_stretches(piece, within), strict=True):
                stretches[i] = first + start, end + start
    left = [i for i, stretch in enumerate(stretches) if stretch is None]
    for i, stretch in zip(left, find_stretches(text, [parts[i] for i in left]), strict=True):
        stretches[i] = stretch
    return [stretch for stretch in stretches if stretch is not None]


class _Entries:
    """The entries of one regular section: where the lines of each start, by its name.

    Those behind the last of the names that are looked for are left out, but for the next one.
    """

    def __init__(self, text: str, section: Section, names: set[str]) -> None:
        self.key, self._text, self._end = section.key, text, section.end
        first = _FIRST_ENTRY.search(text, section.start, section.end)
        self._keys: list[tuple[int, int]] = []
        self.starts: dict[str, int] = {}
        if first is None:
            return
        pattern = re.compile(rf"^ {{{len(first[1])}}}({WORD}):", re.MULTILINE)
        for entry in pattern.finditer(text, section.start, section.end):
            self._keys.append(entry.span(1))
            if not names:
                break
            self.starts[entry[1]] = len(self._keys) - 1
            names.discard(entry[1])

    def stretch(self, path: KeyPath, *, key: bool) -> tuple[int, int] | None:
        """Return where a part stands that is easy to find: an entry's key, or a plain value."""
        place = self.starts[str(path[1])]
        if len(path) == 2:
            return self._keys[place] if key else None
        if len(path) > 3 or not isinstance(path[2], str):
            return None
        start = self._keys[place][1]
        is_last = place + 1 == len(self._keys)
        end = self._end if is_last else self._keys[place + 1][0]
        text, mark = self._text, f"{path[2]}: "
        position = text.find(mark, start, end)
        if (
            position < 0
            or text.find(mark, position + 1, end) >= 0
            or _UNSURE.search(text, start, end)
        ):
            return None
        before = text[start:position]
        if _IN_BRACES.fullmatch(before) is not None:
            value = _IN_FLOW.match(text, position + len(mark), end)
        elif (lines := _ON_LINES.fullmatch(before)) is not None and (lines[2] in (None, lines[1])):
            value = _ON_LINE.match(text, position + len(mark), end)
        else:
            return None
        if value is None:
            return None
        return (position, position + len(path[2])) if key else value.span()

    def piece(self, name: str) -> tuple[int, str]:
        """Return where the lines of an entry start, and its text up to the key of the next one."""
        place = self.starts[name]
        start = self._text.rindex("\n", 0, self._keys[place][0]) + 1
        if place + 1 < len(self._keys):
            return start, self._text[start : self._keys[place + 1][1] + 1]
        end = self._text.find(":", self._end)
        return start, self._text[start : end + 1 if end >= 0 else len(self._text)]
