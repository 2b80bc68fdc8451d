"""What notebooks take of a value: a bundle of forms, of which each shows the best that it can.

Values lie below what draws them, so `nnc` itself says at its import who makes their bundles.
"""

from __future__ import annotations

from collections.abc import Callable

Bundle = dict[str, str]
"""Texts by their media type; of PNG in base64."""

_makers: list[Callable[[object], Bundle]] = []


def make_with(maker: Callable[[object], Bundle]) -> None:
    """Say who makes the bundles of all values."""
    _makers[:] = [maker]


def bundle_of(value: object, include: object = None, exclude: object = None) -> Bundle:  # noqa: ARG001
    """Return how a notebook shows a value; the method `_repr_mimebundle_` of its class."""
    return _makers[0](value)
