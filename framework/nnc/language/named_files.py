"""The files that a network names, told from its text alone: what it extends, uses and reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from nnc.language.document import Document


class Uses(NamedTuple):
    """The names of files that one network file writes, relative to its folder.

    `networks` are files that it uses or extends, which may name others; `data` are weight files,
    `cases` are files of cases.
    """

    networks: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


def uses_of(document: Document) -> Uses:
    """Tell which files a network names; it need not be valid."""
    value = document.value
    if not isinstance(value, dict):
        return Uses()
    networks = [value.get("extends"), *(one.get("use") for one in _mappings(value.get("parts")))]
    data = [
        one.get("file")
        for layer in _mappings(value.get("layers"))
        for numbers in _mappings([layer.get("weights"), layer.get("thresholds")])
        for one in (numbers, *_mappings(numbers.get("sparse")))
    ]
    cases = [one.get("file") for one in _mappings(value.get("cases"))]
    return Uses(_texts(networks), _texts(data), _texts(cases))


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Give the mappings in a mapping or a list."""
    if isinstance(value, (dict, list)):
        within = value.values() if isinstance(value, dict) else value
        yield from (one for one in within if isinstance(one, dict))


def _texts(values: list[Any]) -> tuple[str, ...]:
    """Give the texts among some values, each once."""
    return tuple(dict.fromkeys(str(one) for one in values if isinstance(one, str)))
