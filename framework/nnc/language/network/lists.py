"""The list forms of inputs and outputs: names without more."""

from __future__ import annotations

from typing import Any

from nnc.exact import kind_of, shown
from nnc.language.readers import Mistakes
from nnc.language.references import CONSTANTS, check_name


def as_list(key: str, value: str) -> str:
    """Give the fix for one name that stands where a list does."""
    return "" if value in ("null", "~") else f"write {key}: [{shown(value)}]"


def listed(value: list[Any] | tuple[Any, ...], words: str, *, aliases: bool = False) -> list[str]:
    """Read a list of distinct names; of `aliases`, sources of another form have a fix."""
    mistakes = Mistakes()
    names: dict[str, None] = {}
    for i, one in enumerate(value):
        if aliases and isinstance(one, str) and ("." in one or "(" in one or one in CONSTANTS):
            mistakes.add(
                "bad-name",
                f"`{shown(one)}` is no plain name, as a list takes",
                i,
                help=f"give it an alias, in a mapping: {{alias: {shown(one)}}}",
            )
            continue
        if isinstance(one, (dict, list, tuple)):
            mistakes.add(
                "wrong-type",
                f"expected {words}, found {kind_of(one)} in the list",
                i,
                help="write a mapping instead of the list",
            )
            continue
        name = mistakes.read(check_name, one, i)
        if name is not None and name in names:
            mistakes.add(
                "duplicate-name", f"`{name}` stands twice in the list", i, help="remove one of them"
            )
        elif name is not None:
            names[name] = None
    mistakes.stop()
    return list(names)
