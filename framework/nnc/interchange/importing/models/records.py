"""A decoded file, such as JSON, read strictly: each value by its key, of the type that is expected.

What is wrong is told with its path: `learner.objective.name`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.places import damaged
from nnc.numbers.exact import kind_of, shorten

MAX_DEPTH = 64


class Record:
    """One value of a decoded file, and its path from the top."""

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: str = "") -> None:
        self.value, self.path = value, path

    def wrong(self, expected: str) -> InvalidNetworkError:
        """Return the error that the value is not what is expected."""
        where = f"`{shorten(self.path)}`" if self.path else "the file"
        return damaged(f"{where} is {kind_of(self.value)}, not {expected}")

    def __getitem__(self, key: str) -> Record:
        """Return the value of a key. Raises InvalidNetworkError where there is none."""
        value = self.get(key)
        if value is None:
            raise damaged(f"there is no `{shorten(self._below(key))}`")
        return value

    def get(self, key: str) -> Record | None:
        """Return the value of a key that may be left out."""
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        return Record(self.value[key], self._below(key)) if key in self.value else None

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def items(self) -> list[Record]:
        """Return the elements of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Record(each, f"{self.path}[{k}]") for k, each in enumerate(self.value)]

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def texts(self) -> list[str]:
        """Return a list of texts."""
        return self._all(str, "a list of texts")

    def integer(self) -> int:
        """Return a whole number, which may be written as a text."""
        value = self.value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if type(value) is not int:
            raise self.wrong("a whole number")
        return value

    def integers(self) -> list[int]:
        """Return a list of whole numbers."""
        return self._all(int, "a list of whole numbers")

    def reals(self) -> list[float]:
        """Return a list of finite numbers."""
        value = [float(each) for each in self._all((int, float), "a list of numbers")]
        if not all(map(math.isfinite, value)):
            raise damaged(f"`{shorten(self.path)}` has a number that is not finite")
        return value

    def _all(self, kinds: type | tuple[type, ...], expected: str) -> list[Any]:
        value = self.value
        if not isinstance(value, list):
            raise self.wrong(expected)
        for k, each in enumerate(value):
            if not isinstance(each, kinds) or isinstance(each, bool):
                raise Record(each, f"{self.path}[{k}]").wrong(expected.removeprefix("a list of "))
        return value


def read_json(data: bytes) -> Record:
    """Decode JSON. Raises InvalidNetworkError where it is none, or has a key twice."""
    try:
        text = data.decode("utf-8-sig")
        return Record(json.loads(text, object_pairs_hook=_pairs, parse_int=_integer))
    except UnicodeDecodeError as error:
        raise damaged("the file is not UTF-8", at=error.start) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise damaged(f"the file is not JSON: {error.msg}, at {place}") from None
    except RecursionError:
        raise damaged("the file is nested too deeply") from None


def _integer(text: str) -> int | float:
    return int(text) if len(text) < 20 else float(text)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key, count in Counter(keys).items() if count > 1)
        raise damaged(f"the key `{shorten(twice)}` stands twice in a mapping")
    return value
