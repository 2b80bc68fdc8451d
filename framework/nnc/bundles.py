"""Bundles of forms of a value, of which a notebook shows the best that it can.

Values lie below what draws and writes them, so `nnc` itself says at its import who makes their
bundles, and the texts of networks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Bundle = dict[str, str]
"""Texts by their media type; of PNG in base64."""

_MAX_LINE = 100

_makers: list[Callable[[object], Bundle]] = []
_writers: list[Callable[[Any, Path | None, bool], str]] = []


def make_with(
    maker: Callable[[object], Bundle], writer: Callable[[Any, Path | None, bool], str]
) -> None:
    """Set who makes the bundles of all values, and who writes networks."""
    _makers[:], _writers[:] = [maker], [writer]


def bundle_of(value: object, include: object = None, exclude: object = None) -> Bundle:  # noqa: ARG001
    """Return how a notebook shows a value; the method `_repr_mimebundle_` of its class."""
    return _makers[0](value)


def text_of(value: object) -> str:
    """Return the text of a value that has a page of text; the method `__str__` of its class."""
    return bundle_of(value)["text/plain"]


def line_of(value: object) -> str:
    """Return the first lines of a page of text as one; the method `__repr__` of its class."""
    lines = text_of(value).partition("\n\n")[0].splitlines()
    text = "; ".join(" ".join(line.split()) for line in lines)
    text = text if len(text) <= _MAX_LINE else f"{text[: _MAX_LINE - 1]}…"
    return f"<{type(value).__name__}: {text}>"


def yaml_of(network: object, file: Path | None = None, *, meta: bool = False) -> str:
    """Return the text of a network, as it is to stand in a file."""
    return _writers[0](network, file, meta)
