"""Universal Binary JSON, as XGBoost writes it -> the values that JSON would give.

Source: the specification of UBJSON, draft 12 (ubjson.org): big-endian numbers, each after a letter
that says its type; a list or a mapping may state how many values it has, and of what type.
"""

from __future__ import annotations

import struct
from typing import Any

from nnc.interchange.importing.models.records import MAX_DEPTH, Record
from nnc.interchange.importing.places import damaged
from nnc.numbers.exact import shorten

_NUMBERS = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}
_WORDS = {"Z": None, "T": True, "F": False}
_INTEGERS = "iUIlL"


def is_ubjson(data: bytes) -> bool:
    """Return whether a file begins as a mapping does that is no JSON."""
    return data[:1] == b"{" and data[1:2] in b"iUIlL#$N" and len(data) > 1


def read_ubjson(data: bytes) -> Record:
    """Decode a file. Raises InvalidNetworkError, with the byte, where it is damaged."""
    reader = _Reader(data)
    value = reader.value(reader.letter(), 0)
    if reader.at < len(data):
        raise damaged("something follows the model", at=reader.at)
    return Record(value)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def _take(self, count: int) -> bytes:
        start, end = self.at, self.at + count
        if count < 0 or end > len(self._data):
            raise damaged("the file ends too soon", at=start)
        self.at = end
        return self._data[start:end]

    def letter(self) -> str:
        """Return the next type, after those that stand for nothing."""
        while True:
            letter = self._take(1).decode("latin-1")
            if letter != "N":
                return letter

    def value(self, kind: str, depth: int) -> Any:
        """Return a value of a type."""
        if kind in _NUMBERS:
            return self._numbers(kind, 1)[0]
        if kind in _WORDS:
            return _WORDS[kind]
        if kind == "S":
            return self._text()
        if kind == "C":
            return self._take(1).decode("latin-1")
        if kind not in "[{":
            raise damaged(f"`{shorten(kind)}` is no type of UBJSON", at=self.at - 1)
        if depth == MAX_DEPTH:
            raise damaged("the file is nested too deeply", at=self.at)
        return self._list(depth + 1) if kind == "[" else self._mapping(depth + 1)

    def _numbers(self, kind: str, count: int) -> list[Any]:
        letter = _NUMBERS[kind]
        size = struct.calcsize(f">{letter}")
        return list(struct.unpack(f">{count}{letter}", self._take(count * size)))

    def _length(self) -> int:
        kind = self.letter()
        if kind not in _INTEGERS:
            raise damaged("a length is no whole number", at=self.at - 1)
        (length,) = self._numbers(kind, 1)
        if not 0 <= length <= len(self._data) - self.at:
            raise damaged(f"a length is {length:,}, beyond the end of the file", at=self.at)
        return int(length)

    def _text(self) -> str:
        start = self.at
        try:
            return self._take(self._length()).decode()
        except UnicodeDecodeError:
            raise damaged("a text is not UTF-8", at=start) from None

    def _stated(self, end: str) -> tuple[str | None, int | None, str]:
        """Return the type and the count that are stated, and the letter after them, if any."""
        kind: str | None = None
        letter = self.letter()
        if letter == "$":
            kind = self.letter()
            if kind not in _NUMBERS:
                raise damaged("a list of one type is not of numbers", at=self.at - 1)
            letter = self.letter()
        if letter == "#":
            return kind, self._length(), ""
        if kind is not None:
            raise damaged(f"a type is stated without a count, before `{end}`", at=self.at)
        return None, None, letter

    def _list(self, depth: int) -> list[Any]:
        kind, count, letter = self._stated("]")
        if kind is not None and count is not None:
            return self._numbers(kind, count)
        values: list[Any] = []
        while count is None and letter != "]":
            values.append(self.value(letter, depth))
            letter = self.letter()
        values.extend(self.value(self.letter(), depth) for _ in range(count or 0))
        return values

    def _mapping(self, depth: int) -> dict[str, Any]:
        kind, count, letter = self._stated("}")
        values: dict[str, Any] = {}
        while len(values) < count if count is not None else letter != "}":
            if count is None:
                self.at -= 1  # the letter is the type of the length of a key
            start = self.at
            key = self._text()
            if key in values:
                raise damaged(f"the key `{shorten(key)}` stands twice in a mapping", at=start)
            values[key] = self.value(kind or self.letter(), depth)
            if count is None:
                letter = self.letter()
        return values
