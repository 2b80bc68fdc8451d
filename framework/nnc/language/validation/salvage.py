"""What is left of a network without its mistakes, so that the next stage can look for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest, format_path
from nnc.diagnostics.rules import RULES
from nnc.language.keys import DECLARED, LISTS, NAMED
from nnc.language.network import Network
from nnc.language.validation.wording import at, without_marks


class Validated(NamedTuple):
    """What could be read of a network.

    Where `diagnostics` has errors, `network` is what is left without the declarations that are
    wrong (None where too little is), so that the next stage can look for mistakes in the rest:
    `broken` are names declared of which nothing is known, `mended` those of which not all is, and
    `revalued` those of which all but some number is.
    Without `names_known`, there may be names declared that could not be read at all; without
    `states_known`, it is not known what the values of bits are.
    """

    network: Network | None
    diagnostics: list[Diagnostic]
    broken: frozenset[str] = frozenset()
    mended: frozenset[str] = frozenset()
    names_known: bool = True
    revalued: frozenset[str] = frozenset()
    states_known: bool = True


def what_is_left(
    value: dict[str, Any], error: ValidationError, mistakes: list[Diagnostic], mended: set[str]
) -> Validated:
    """Read the network without what is wrong in it.

    First a wrong value alone is taken out or replaced, then the declaration it stands in.
    """
    names_known = True
    errors = error.errors(include_url=False)
    revalued: set[str] = set()
    for whole in (False, True):
        value = _copy(value)
        for one in error.errors(include_url=False):
            path = without_marks(one["loc"])
            if not whole and _is_a_value(one["type"], path):
                revalued.add(str(path[1]))
            elif len(path) > 1:
                mended.add(str(path[1]) if path[0] in NAMED else format_path(path[:2]))
            names_known &= not _hides_names(path)
            if whole or not _take_out_value(value, path, one):
                _take_out_declaration(value, path)
        for where in LISTS:
            if isinstance(value.get(where), list):
                value[where] = [item for item in value[where] if item is not None]
        if not value.get("outputs"):
            value["outputs"] = {"_": "0"}  # a network has at least one
        declared = {
            str(name)
            for place in DECLARED
            for name in value.get(place, ())
            if isinstance(name, str)
        }
        try:
            return Validated(
                Network.model_validate(value),
                mistakes,
                frozenset(mended - declared),
                frozenset(mended),
                names_known,
                frozenset(revalued),
                not any(_hides_states(one) for one in errors),
            )
        except ValidationError as still:
            error = still
    return Validated(None, mistakes)


def _hides_states(error: Mapping[str, Any]) -> bool:
    """Tell whether a mistake keeps the states of the file from being read, or misspells them."""
    where = error["loc"][:1]
    is_unknown = error["type"] == "extra_forbidden" and len(error["loc"]) == 1
    return where == ("states",) or (is_unknown and closest("states", where) is not None)


def _hides_names(path: KeyPath) -> bool:
    """Tell whether a mistake there keeps names from being read: a misspelt `neurons`, a list."""
    if len(path) == 1:
        return path[0] in NAMED or closest(str(path[0]), NAMED) is not None
    return path[0] in LISTS and isinstance(path[1], int)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _take_out_value(value: dict[str, Any], path: KeyPath, error: Mapping[str, Any]) -> bool:
    """Remove a key that should not be there, or put a harmless number in place of a bad one."""
    context = error.get("ctx") or {}
    names = context.get("names", ())
    parent = at(value, path[:-1])
    if parent is None:
        return True  # taken out with its declaration already
    if path[:1] == ("neurons",) and len(path) == 2 and names:
        neuron = parent.get(path[1])
        if isinstance(neuron, dict) and "threshold" in names:
            neuron["threshold"] = "0"
        elif isinstance(neuron, dict):
            neuron.update({"weights": {}} if "weights" in names else {"wiring": []})
    elif (
        len(path) > 1
        and isinstance(parent, dict)
        and path[-1] in parent
        and (
            error["type"] in ("extra_forbidden", "unknown-key", "exclusive-keys")
            or context.get("key")
        )
    ):
        del parent[path[-1]]
    elif path[:1] == ("neurons",) and _is_a_value(error["type"], path):
        parent[path[-1]] = "1"
    elif path[:1] == ("inputs",) and _is_a_value(error["type"], path) and path[2] in parent:
        del parent[path[2]]
    else:
        return False
    return True


def _is_a_value(rule: str, path: KeyPath) -> bool:
    """Tell a mistake in one number, without which the rest of its declaration still stands."""
    if len(path) < 3 or path[0] not in ("inputs", "neurons"):
        return False
    if path[0] == "inputs":
        return path[2] in ("min", "max", "default")
    if rule == "wrong-type":
        return (len(path) > 3 and path[2] != "wiring") or path[2] == "threshold"
    return rule in RULES and RULES[rule].code.startswith("NNC2")


def _take_out_declaration(value: dict[str, Any], path: KeyPath) -> None:
    """Remove the input, neuron, output or case that the mistake is in."""
    where = str(path[0]) if path else ""
    place = value.get(where)
    if where == "cases" and len(path) > 1 and isinstance(place, list):
        place[int(path[1])] = {"given": {}, "expect": {}}
    elif where not in NAMED:
        value.pop(where, None)
    elif len(path) > 1 and isinstance(place, dict):
        place.pop(path[1], None)
    elif len(path) > 1 and isinstance(place, list):
        index = path[1] if isinstance(path[1], int) else place.index(path[1])
        place[index] = None  # taken out when all mistakes have been: until then indices count
    else:
        value[where] = {}
