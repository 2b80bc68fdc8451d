"""The list forms of inputs and outputs: names without more."""

from __future__ import annotations

from typing import Any

from nnc.exact import Refused, kind_of, shorten
from nnc.language.readers import read_names
from nnc.language.references import CONSTANTS, check_name


def as_list(key: str, value: str) -> str:
    """Give the fix for one name that stands where a list does."""
    return "" if value in ("null", "~") else f"write {key}: [{shorten(value)}]"


def listed(
    value: list[Any] | tuple[Any, ...], words: str, *, aliases: bool = False
) -> tuple[str, ...]:
    """Read a list of distinct names; of `aliases`, sources of another form have a fix."""

    def read(item: Any) -> str:
        if aliases and isinstance(item, str) and ("." in item or "(" in item or item in CONSTANTS):
            raise Refused(
                "bad-name",
                f"`{shorten(item)}` is no plain name, as a list takes",
                f"give it an alias, in a mapping: {{alias: {shorten(item)}}}",
            )
        if isinstance(item, (dict, list, tuple)):
            raise Refused(
                "wrong-type",
                f"expected {words}, found {kind_of(item)} in the list",
                "write a mapping instead of the list",
            )
        return check_name(item)

    return read_names(value, read)
