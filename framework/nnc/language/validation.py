"""Document -> Network, or every problem in it at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest, format_path
from nnc.diagnostics.rules import RULES
from nnc.language.document.reader import FORMAT_VERSION
from nnc.language.document.text import Document, Unreadable
from nnc.language.keys import CLAIMS, DECLARED, LISTS, NAMED
from nnc.language.mistakes import Mistake, Mistaken, Mistakes, at, diagnostics_of
from nnc.language.network import ONLY_IN_PYTHON, Network
from nnc.language.overlays import Extended
from nnc.numbers.exact import kind_of

_STAND_INS: dict[str, object] = {"threshold": "0", "weights": {}, "wiring": []}
"""Substitutes for missing keys of a neuron, so that the rest of it can be read."""


class Validated(NamedTuple):
    """The network as far as it could be read.

    Where `diagnostics` has errors, `network` is what is left without the declarations that are
    wrong (None where too little is), so that the next stage can look for mistakes in the rest:
    `broken` are names declared of which nothing is known, `fixed` those of which not all is, and
    `revalued` those of which all but some number is.
    Without `names_known`, there may be names declared that could not be read at all; without
    `states_known`, it is not known what the values of bits are.
    """

    network: Network | None
    diagnostics: list[Diagnostic]
    broken: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    names_known: bool = True
    revalued: frozenset[str] = frozenset()
    states_known: bool = True


def validate(document: Document | Extended) -> Validated:
    """Read the network that a document declares, or say all that is wrong with it.

    The diagnostics have their places in the text.
    """
    if not document.complete or document.value is None:
        return Validated(None, document.diagnostics)
    valid = read_network(document.value, is_clean=not document.diagnostics)
    return valid._replace(diagnostics=document.diagnostics + document.located(valid.diagnostics))


def read_network(value: Any, *, is_clean: bool = False) -> Validated:
    """Read a network from plain values: dicts, lists and texts, as they stand in a file.

    `is_clean` promises that no value was refused while reading.
    """
    if not isinstance(value, dict):
        return Validated(None, [_no_mapping(value)])
    unreadable: set[KeyPath] = set()
    if not is_clean:
        value = _without_unreadable(value, unreadable)
    diagnostics = []
    unknown = [key for key in value if key not in Network.readers]
    has_version = "nnc" in value or ("nnc",) in unreadable
    if not has_version and closest("nnc", unknown) is None:
        diagnostics.append(
            Diagnostic(
                "missing-key",
                "the file has no `nnc`",
                key=True,
                help="add `nnc: 1`, the version of the format",
            )
        )
    surplus = Mistakes()
    Network.refuse([key for key in value if key in ONLY_IN_PYTHON], value, surplus)
    diagnostics += diagnostics_of(surplus.collected, value)
    value = {key: item for key, item in value.items() if key not in ONLY_IN_PYTHON}
    value["nnc"] = FORMAT_VERSION
    fixed = {str(path[1]) for path in unreadable if len(path) > 1 and path[0] in NAMED}
    try:
        network = Network.read(value)
    except Mistaken as error:
        diagnostics += diagnostics_of(error.mistakes, value, unreadable)
        return _what_is_left(value, error.mistakes, diagnostics, fixed)
    broken = frozenset(str(path[1]) for path in unreadable if len(path) == 2)
    return Validated(network, diagnostics, broken, frozenset(fixed))


def _no_mapping(value: object) -> Diagnostic:
    """Return the diagnostic of a file whose top is not a mapping."""
    hint = "start with `nnc: 1`"
    if isinstance(value, str) and (match := re.match(r"(\w+):(\S+)", value)):
        hint = f"write a space after the colon: {match[1]}: {match[2]}"
    return Diagnostic("wrong-type", f"a network is a mapping, not {kind_of(value)}", help=hint)


def _without_unreadable(value: object, unreadable: set[KeyPath], path: KeyPath = ()) -> Any:
    """Take out the values refused while reading; `unreadable` takes the paths where they stood."""
    if not isinstance(value, (dict, list)):
        return value
    kept: list[tuple[Any, Any]] = []
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, Unreadable):
            unreadable.add((*path, step))
        else:
            kept.append((step, _without_unreadable(item, unreadable, (*path, step))))
    return dict(kept) if isinstance(value, dict) else [item for _, item in kept]


# --------------------------------------------------------- what is left without the mistakes


def _what_is_left(
    value: dict[str, Any],
    mistakes: Sequence[Mistake],
    diagnostics: list[Diagnostic],
    fixed: set[str],
) -> Validated:
    """Read the network without what is wrong in it, so that the next stage finds more.

    First a wrong value alone is taken out or replaced, then the declaration it stands in: a neuron
    with a wrong weight still names its sources, and others may still read it.
    """
    names_known = True
    states_known = not any(_hides_states(mistake) for mistake in mistakes)
    revalued: set[str] = set()
    for is_last_try in (False, True):
        value = _copy(value)
        for mistake in mistakes:
            path = mistake.path or mistake.missing
            if not is_last_try and _is_a_value(value, mistake):
                revalued.add(str(path[1]))
            elif len(path) > 1:
                fixed.add(str(path[1]) if path[0] in NAMED else format_path(path[:2]))
            names_known &= not _hides_names(path)
            if is_last_try or not _take_out_value(value, mistake):
                _take_out_declaration(value, path)
        for kind in LISTS:
            if isinstance(value.get(kind), list):
                value[kind] = [item for item in value[kind] if item is not None]
        if not value.get("outputs"):
            value["outputs"] = {"_": "0"}  # a network has at least one
        try:
            network = Network.read(value)
        except Mistaken as error:
            mistakes = error.mistakes
            continue
        declared = {
            str(name) for kind in DECLARED for name in value.get(kind, ()) if isinstance(name, str)
        }
        return Validated(
            network,
            diagnostics,
            frozenset(fixed - declared),
            frozenset(fixed),
            names_known,
            frozenset(revalued),
            states_known,
        )
    return Validated(None, diagnostics)


def _hides_states(mistake: Mistake) -> bool:
    """Return whether a mistake keeps the states of the file from being read, or misspells them."""
    top = str(mistake.path[0]) if mistake.path else ""
    is_unknown = mistake.rule == "unknown-key" and len(mistake.path) == 1
    return top == "states" or (is_unknown and closest("states", [top]) is not None)


def _hides_names(path: KeyPath) -> bool:
    """Return whether a mistake there keeps names from being read: a misspelt `neurons`, a list."""
    if len(path) == 1:
        return path[0] in NAMED or closest(str(path[0]), NAMED) is not None
    return path[0] in LISTS and isinstance(path[1], int)


def _copy(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _take_out_value(value: dict[str, Any], mistake: Mistake) -> bool:
    """Take out a key that should not be there, or put a harmless value for one that is wrong.

    Returns False where that does not help, and the declaration has to go.
    """
    path = mistake.path
    parent = at(value, path[:-1])
    if parent is None:
        return True  # taken out with its declaration already
    if path[:1] == ("neurons",) and len(path) == 2 and mistake.missing:
        neuron, key = parent.get(path[1]), mistake.missing[0]
        if isinstance(neuron, dict):
            neuron[key] = _copy(_STAND_INS[key])
        return True
    is_surplus = mistake.is_key and not mistake.missing
    if is_surplus and len(path) > 1 and isinstance(parent, dict) and path[-1] in parent:
        del parent[path[-1]]
    elif path[:1] == ("neurons",) and _is_a_value(value, mistake):
        parent[path[-1]] = "1"
    elif path[:1] == ("inputs",) and _is_a_value(value, mistake) and path[2] in parent:
        del parent[path[2]]
    else:
        return False
    return True


def _is_a_value(value: dict[str, Any], mistake: Mistake) -> bool:
    """Return whether one number is wrong, without which the rest of its declaration stands."""
    rule, path = mistake.rule, mistake.path
    if len(path) < 3 or path[0] not in ("inputs", "neurons"):
        return False
    if path[0] == "inputs":
        return path[2] in ("min", "max", "default")
    if path[2] == "threshold" and isinstance(at(value, path), dict):
        return False  # names of thresholds, which others may read
    if rule == "wrong-type":
        return (len(path) > 3 and path[2] != "wiring") or path[2] == "threshold"
    return RULES[rule].code.startswith("NNC2")


def _take_out_declaration(value: dict[str, object], path: KeyPath) -> None:
    """Remove the input, neuron, output or case that the mistake is in."""
    where = str(path[0]) if path else ""
    place = value.get(where)
    if where == "cases" and len(path) > 1 and isinstance(place, list):
        place[int(path[1])] = {"given": {}, "expect": {}}
    elif where in CLAIMS and len(path) > 1 and isinstance(place, list):
        place[int(path[1])] = {"never": {"0": "1"}}  # which always holds
    elif where not in NAMED:
        value.pop(where, None)
    elif len(path) > 1 and isinstance(place, dict):
        place.pop(path[1], None)
    elif len(path) > 1 and isinstance(place, list):
        index = path[1] if isinstance(path[1], int) else place.index(path[1])
        place[index] = None  # taken out when all mistakes have been: until then indices count
    else:
        value[where] = {}
