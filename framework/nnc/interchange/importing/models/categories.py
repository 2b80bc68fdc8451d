"""Columns of categories, and what of them a network cannot hold."""

from __future__ import annotations

from collections.abc import Sequence

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.interchange.importing.models.trees import Feature
from nnc.interchange.importing.naming import Names
from nnc.numbers.exact import shorten


def choice_of(name: str, values: Sequence[str]) -> Feature:
    """Return the feature whose values are texts, each as the name most like it."""
    names = Names()
    return Feature(name, tuple(names.new(value, "value") for value in values))


def not_a_split(name: str, reason: str) -> InvalidNetworkError:
    """Return the error that a split cannot be a cut-off or a choice."""
    message = f"a tree splits the feature `{shorten(name)}`, {reason}"
    help_text = "encode it as numbers, or as texts of a pandas category, before training"
    return InvalidNetworkError([Diagnostic("split-not-importable", message, help=help_text)])
