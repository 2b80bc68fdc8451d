"""Document -> Network, or every problem in it at once."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest
from nnc.exact import kind_of
from nnc.language.document import FORMAT_VERSION, Document, Unreadable
from nnc.language.keys import NAMED
from nnc.language.network import ONLY_IN_PYTHON, Network
from nnc.language.overlays import Extended
from nnc.language.validation.salvage import Validated, what_is_left
from nnc.language.validation.wording import told, unknown_key


def validate(document: Document | Extended) -> Validated:
    """Read the network that a document declares, or say all that is wrong with it.

    The diagnostics have their places in the text.
    """
    if not document.complete or document.value is None:
        return Validated(None, document.diagnostics)
    found = read_network(document.value, is_clean=not document.diagnostics)
    return found._replace(diagnostics=document.diagnostics + document.located(found.diagnostics))


def _no_mapping(value: Any) -> Diagnostic:
    """Tell a file whose top is no mapping."""
    fix = "start with `nnc: 1`"
    if isinstance(value, str) and (match := re.match(r"(\w+):(\S+)", value)):
        fix = f"write a space after the colon: {match[1]}: {match[2]}"
    return Diagnostic("wrong-type", f"a network is a mapping, not {kind_of(value)}", help=fix)


def read_network(value: Any, *, is_clean: bool = False) -> Validated:
    """Read a network from plain values: dicts, lists and texts, as they stand in a file.

    `is_clean` promises that no value was refused while reading.
    """
    if not isinstance(value, dict):
        return Validated(None, [_no_mapping(value)])
    known: set[KeyPath] = set()
    if not is_clean:
        value = _without_unreadable(value, known)
    mistakes = []
    misspelt = closest("nnc", [key for key in value if key not in Network.model_fields])
    if "nnc" not in value and ("nnc",) not in known and misspelt is None:
        mistakes.append(
            Diagnostic(
                "missing-key",
                "the file has no `nnc`",
                key=True,
                help="add `nnc: 1`, the version of the format",
            )
        )
    mistakes += [unknown_key((key,)) for key in value if key in ONLY_IN_PYTHON]
    value = {key: item for key, item in value.items() if key not in ONLY_IN_PYTHON}
    value["nnc"] = FORMAT_VERSION
    mended = {str(path[1]) for path in known if len(path) > 1 and path[0] in NAMED}
    try:
        broken = frozenset(str(path[1]) for path in known if len(path) == 2)
        return Validated(Network.model_validate(value), mistakes, broken, frozenset(mended))
    except ValidationError as error:
        mistakes += told(error, value, known)
        return what_is_left(value, error, mistakes, mended)


def _without_unreadable(value: Any, known: set[KeyPath], path: KeyPath = ()) -> Any:
    """Take out the values refused while reading, and note in `known` where they stood."""
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            if isinstance(item, Unreadable):
                known.add((*path, key))
            elif isinstance(item, str):
                kept[key] = item
            else:
                kept[key] = _without_unreadable(item, known, (*path, key))
        return kept
    if isinstance(value, list):
        items = []
        for i, item in enumerate(value):
            if isinstance(item, Unreadable):
                known.add((*path, i))
            elif isinstance(item, str):
                items.append(item)
            else:
                items.append(_without_unreadable(item, known, (*path, i)))
        return items
    return value
