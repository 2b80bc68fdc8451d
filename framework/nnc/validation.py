"""Document -> Network, or every problem in it at once.

pydantic checks keys, kinds and values; here its findings become diagnostics: one for each
mistake, in our words. What concerns several declarations (names, wiring) is the graph's business.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from nnc.diagnostics import Diagnostic, Path, closest, did_you_mean, written
from nnc.document import FORMAT_VERSION, Document, Unreadable
from nnc.exact import kind_of
from nnc.network import LATER, RESERVED, Case, Input, Network, Neuron, Output
from nnc.rules import RULES


class Validated(NamedTuple):
    """What could be read of a network.

    Where `diagnostics` has errors, `network` is what is left without the declarations that are
    wrong (None where too little is), so that the next stage can look for mistakes in the rest:
    `broken` are names declared of which nothing is known, `mended` those of which not all is.
    Without `names_known`, there may be names declared that could not be read at all.
    """

    network: Network | None
    diagnostics: list[Diagnostic]
    broken: frozenset[str] = frozenset()
    mended: frozenset[str] = frozenset()
    names_known: bool = True


def validate(document: Document) -> Validated:
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
    known: set[Path] = set()
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
    value = {**value, "nnc": FORMAT_VERSION}
    mended = {str(path[1]) for path in known if len(path) > 1 and path[0] in _DECLARED}
    try:
        broken = frozenset(str(path[1]) for path in known if len(path) == 2)
        return Validated(Network.model_validate(value), mistakes, broken, frozenset(mended))
    except ValidationError as error:
        mistakes += _diagnostics(error, value, known)
        return _what_is_left(value, error, mistakes, mended)


_DECLARED = ("inputs", "neurons", "outputs")


def _what_is_left(
    value: dict[str, Any], error: ValidationError, mistakes: list[Diagnostic], mended: set[str]
) -> Validated:
    """Read the network without what is wrong in it.

    First a wrong value alone is taken out or replaced, then the declaration it stands in.
    """
    names_known = True
    for take_out in (_take_out_value, _take_out_declaration):
        value = _copy(value)
        for one in reversed(error.errors(include_url=False)):  # later items of a list first
            path = _without_marks(one["loc"])
            if len(path) > 1:
                mended.add(str(path[1]) if path[0] in _DECLARED else written(path[:2]))
            names_known &= not _hides_names(path)
            if not take_out(value, path, one):
                _take_out_declaration(value, path, one)
        declared = {
            str(name)
            for place in ("inputs", "neurons")
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
            )
        except ValidationError as still:
            error = still
    return Validated(None, mistakes)


def _hides_names(path: Path) -> bool:
    """Tell whether a mistake there keeps names from being read: a misspelt `neurons`, a list."""
    if len(path) == 1:
        return path[0] in _DECLARED or closest(str(path[0]), _DECLARED) is not None
    return path[0] in ("inputs", "outputs") and isinstance(path[1], int)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _take_out_value(value: dict[str, Any], path: Path, error: Mapping[str, Any]) -> bool:
    """Remove a key that should not be there, or put a harmless number in place of a bad one."""
    context = error.get("ctx") or {}
    names = context.get("names", ())
    parent = _at(value, path[:-1])
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
    elif path[:1] == ("neurons",) and len(path) > 2 and _is_about_a_number(error["type"], path):
        parent[path[-1]] = "1"
    else:
        return False
    return True


def _is_about_a_number(rule: str, path: Path) -> bool:
    if rule == "wrong-type":
        return (len(path) > 3 and path[2] != "wiring") or path[2] == "threshold"
    return rule in RULES and RULES[rule].code.startswith("NNC2")


def _take_out_declaration(value: dict[str, Any], path: Path, _: Mapping[str, Any]) -> bool:
    """Remove the input, neuron, output or case that the mistake is in."""
    where = str(path[0]) if path else ""
    place = value.get(where)
    if where == "cases" and len(path) > 1 and isinstance(place, list):
        place[int(path[1])] = {"given": {}, "expect": {}}
    elif where not in _DECLARED:
        value.pop(where, None)
    elif len(path) > 1 and isinstance(place, dict):
        place.pop(path[1], None)
    elif len(path) > 1 and isinstance(place, list):
        value[where] = [item for i, item in enumerate(place) if path[1] not in (i, item)]
    else:
        value[where] = {}
    if where == "outputs" and not value[where]:
        value[where] = {"_": "0"}  # a network has at least one
    return True


def _without_unreadable(value: Any, known: set[Path], path: Path = ()) -> Any:
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


# ------------------------------------------------------------- pydantic's errors, in our words

_MODELS: dict[str, type[Any]] = {
    "inputs": Input,
    "neurons": Neuron,
    "outputs": Output,
    "cases": Case,
}
_OBJECTS = {
    "inputs": "an input",
    "neurons": "a neuron",
    "outputs": "an output",
    "cases": "a case",
}


def _diagnostics(error: ValidationError, value: Any, known: set[Path]) -> list[Diagnostic]:
    """Give one diagnostic for each mistake that pydantic found."""
    errors = error.errors(include_url=False)
    unknown: dict[Path, list[str]] = {}
    for one in errors:
        if one["type"] in ("extra_forbidden", "unknown-key"):
            unknown.setdefault(one["loc"][:-1], []).append(str(one["loc"][-1]))
    meant: dict[Path, str] = {}  # an unknown key, and the missing one it stands for
    for one in errors:
        for name in _missing_names(one):
            where = one["loc"][:-1] if one["type"] == "missing" else one["loc"]
            for key in unknown.get(where, ()):
                if _MEANT.get(key) == name or _ratio(key, name) > 0.6:
                    meant.setdefault((*where, key), name)
    foreign = {where for where in unknown if _is_foreign(where, value)}
    bad_names = {
        str(_name_at(one["loc"], value))
        for one in errors
        if one["type"] == "bad-name"
        and one["loc"][0] in ("inputs", "neurons")
        and len(_without_marks(one["loc"])) == 2
    }
    found: list[Diagnostic] = []
    said: set[tuple[str, Path]] = set()
    diagnostic: Diagnostic | None
    for one in errors:
        where = _without_marks(one["loc"])
        if one["type"] == "wrong-type" and any(path[: len(where)] == where for path in known):
            continue  # only follows from a value below that could not be read
        if foreign & {where, where[:-1]} and where[0] == "cases":
            where = where[:2]
            diagnostic = Diagnostic(
                "wrong-type",
                "a case has `given` and `expect`",
                where,
                help="write {given: {a: 1}, expect: {x: 0}}",
            )
        elif (
            one["type"] == "bad-source" or (one["type"] == "bad-name" and where[0] == "outputs")
        ) and str(_name_at(one["loc"], value)) in bad_names:
            continue  # only follows from the bad name where it is declared
        elif where in foreign and one["type"] == "missing-key":
            continue  # what is missing is told with the unknown key
        else:
            diagnostic = _diagnostic(one, value, known, meant)
        if diagnostic is not None and (diagnostic.message, diagnostic.path) not in said:
            said.add((diagnostic.message, diagnostic.path))
            found.append(diagnostic)
    return found


def _is_foreign(where: Path, value: Any) -> bool:
    """Tell an output or a case that has none of the keys it needs, but others."""
    if len(where) != 2 or where[0] not in ("outputs", "cases"):
        return False
    needed = ("sum", "level") if where[0] == "outputs" else ("given", "expect", "file")
    given = _at(value, where)
    keys = set(given) if isinstance(given, dict) else set(needed)
    if where[0] == "cases":
        keys |= {_MEANT.get(key, key) for key in keys}
    return not keys & set(needed)


def _name_at(loc: Path, value: Any) -> Any:
    """Give the name or source that a mistake is about: a key, or the text at a place."""
    path = _without_marks(loc)
    found = _at(value, path)
    return found if isinstance(found, str) and isinstance(path[-1], int) else path[-1]


_MEANT = {
    "inputs": "wiring", "sources": "wiring", "bias": "threshold", "limit": "threshold",
    "input": "given", "output": "expect", "outputs": "expect", "expected": "expect",
}  # fmt: skip
"""Words of other tools, and the keys that they are called here."""


def _ratio(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one, two).ratio()


def _missing_names(error: Mapping[str, Any]) -> tuple[str, ...]:
    if error["type"] == "missing":
        return (str(error["loc"][-1]),)
    names: tuple[str, ...] = (error.get("ctx") or {}).get("names", ())
    return names


def _diagnostic(
    error: Mapping[str, Any], value: Any, known: set[Path], meant: Mapping[Path, str]
) -> Diagnostic | None:
    path: Path = _without_marks(error["loc"])
    kind, context = error["type"], error.get("ctx") or {}
    if kind in ("extra_forbidden", "unknown-key"):
        parent = _at(value, path[:-1])
        if path[-1] == "of" and isinstance(parent, dict) and parent.get("type") == "choice":
            return None  # that the type is not supported is said already
        return _unknown_key(path, meant)
    names = _missing_names(error)
    if names:
        where = path[:-1] if kind == "missing" else path
        explained = {name for key, name in meant.items() if key[:-1] == where}
        if explained & set(names) or any((*where, name) in known for name in names):
            return None
        if kind == "missing":
            message = f"{_object(where)} has no `{names[0]}`"
            return Diagnostic("missing-key", message, where, key=True, help=_how_to_add(path))
        message = _told(context["message"], where)
        return Diagnostic(kind, message, where, key=True, help=context.get("help"))
    if kind in RULES:
        return Diagnostic(
            kind,
            _told(context["message"], path),
            path,
            key=context["key"] or error["loc"][-1] == "[key]",
            help=context["help"] or None,
        )
    if error["loc"] and error["loc"][-1] == "[key]":
        return Diagnostic("bad-name", f"expected a name, found {kind_of(path[-1])}", path, key=True)
    return Diagnostic(
        "wrong-type",
        f"{_subject(path)}: expected {_expected(kind, path)}, found {kind_of(_at(value, path))}",
        path,
    )


def _told(message: str, path: Path) -> str:
    """Give a message that stands alone: one that speaks of a place names it."""
    if message.startswith("expected "):
        return f"{_subject(path)}: {message}"
    name = str(path[1]) if len(path) > 1 else ""
    for kind in ("neuron", "output"):
        message = message.replace(f"the {kind} has", f"{kind} `{name}` has")
    return message


def _without_marks(loc: Path) -> Path:
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _unknown_key(path: Path, meant: Mapping[Path, str]) -> Diagnostic:
    key, where = str(path[-1]), path[:-1]
    if key in LATER:
        return Diagnostic(
            "not-yet-supported",
            f"`{key}` comes in a later version of nnc: {LATER[key]}",
            path,
            key=True,
            help="leave the key out",
        )
    if key in RESERVED:
        return Diagnostic(
            "reserved-key",
            f"the key `{key}` is reserved for a later version",
            path,
            key=True,
            help="leave the key out; free data can stand in `meta`",
        )
    model = _MODELS.get(str(where[0]), Network) if where else Network
    fields = [name for name in model.model_fields if name not in ("is_bus", "sources")]
    nearest = meant.get(path)
    fix = (
        f"did you mean `{nearest}`?"
        if nearest
        else did_you_mean(key, fields, otherwise=f"{_object(where)} takes " + ", ".join(fields))
    )
    return Diagnostic(
        "unknown-key",
        f"{_object(where)} has no key `{key}`",
        path,
        key=True,
        caret="unknown",
        help=fix,
    )


def _object(where: Path) -> str:
    if not where:
        return "the file"
    return _OBJECTS.get(str(where[0]), "the mapping")


def _subject(path: Path) -> str:
    return f"`{written(path)}`" if path else "the file"


_ADD = {
    "inputs": "add `inputs: [a, b]`",
    "outputs": "add `outputs: [name]`",
    "type": "add `type: bit`, `integer` or `real`",
}


def _how_to_add(path: Path) -> str | None:
    return _ADD.get(str(path[-1]))


_KINDS = {"list": "a list", "tuple": "a list", "dict": "a mapping", "model": "a mapping"}


def _expected(kind: str, path: Path) -> str:
    if path and path[0] == "neurons" and len(path) == 2:
        return "a mapping with `weights` and `threshold`"
    return _KINDS.get(kind.split("_", maxsplit=1)[0], "another value")


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
