"""What pydantic found, as diagnostics: one for each mistake, in our words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest, did_you_mean, format_path
from nnc.diagnostics.rules import RULES
from nnc.exact import Refused, exact_number, kind_of, shorten, show_number, without_commas
from nnc.language.keys import BY_NAME, DECLARED, KINDS
from nnc.language.network import (
    GATES,
    ONLY_IN_PYTHON,
    RESERVED,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Sparse,
    TensorFile,
)
from nnc.language.references import name_in

_MODELS: dict[str, type[Any]] = {
    "inputs": Input,
    "neurons": Neuron,
    "layers": Layer,
    "parts": Part,
    "outputs": Output,
    "cases": Case,
}


def told(error: ValidationError, value: Any, known: set[KeyPath]) -> list[Diagnostic]:
    """Give one diagnostic for each mistake that pydantic found."""
    errors = error.errors(include_url=False)
    unknown: dict[KeyPath, list[str]] = {}
    for one in errors:
        if one["type"] in ("extra_forbidden", "unknown-key"):
            unknown.setdefault(one["loc"][:-1], []).append(str(one["loc"][-1]))
    meant, explained = _misspelt(errors, unknown, value)
    names = _declared(value) if unknown else set()
    loose = {
        where: keys for where, keys in unknown.items() if _are_weights(where, keys, value, names)
    }
    foreign = {where for where in unknown if _is_foreign(where, value)}
    bad_names = {
        str(_name_at(one["loc"], value))
        for one in errors
        if one["type"] == "bad-name"
        and one["loc"][0] in DECLARED
        and len(without_marks(one["loc"])) == 2
    }
    above_unreadable = {path[:i] for path in known for i in range(len(path))}
    found: list[Diagnostic] = []
    said: set[tuple[str, KeyPath]] = set()
    diagnostic: Diagnostic | None
    for one in errors:
        where = without_marks(one["loc"])
        if one["type"] == "wrong-type" and where in above_unreadable:
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
        ) and _names_at(one["loc"], value) & bad_names:
            continue  # only follows from the bad name where it is declared
        elif where in foreign and one["type"] == "missing-key":
            continue  # what is missing is told with the unknown key
        elif where in loose and "weights" in _missing_names(one):
            diagnostic = _loose_weights(where, loose[where], value)
        elif where[:-1] in loose and one["type"] in ("extra_forbidden", "unknown-key"):
            continue  # one of them
        else:
            diagnostic = _diagnostic(one, value, known, meant, explained)
        if diagnostic is not None and (diagnostic.message, diagnostic.path) not in said:
            said.add((diagnostic.message, diagnostic.path))
            found.append(diagnostic)
    return found


def _misspelt(
    errors: Sequence[Mapping[str, Any]], unknown: Mapping[KeyPath, Sequence[str]], value: Any
) -> tuple[dict[KeyPath, str], dict[KeyPath, set[str]]]:
    """Give the missing key that each unknown one stands for, and those of each mapping."""
    meant: dict[KeyPath, str] = {}
    explained: dict[KeyPath, set[str]] = {}
    for one in errors:
        for name in _missing_names(one):
            where = one["loc"][:-1] if one["type"] == "missing" else one["loc"]
            for key in unknown.get(where, ()):
                word = _MEANT.get(key, "")
                given = at(value, (*where, key))
                if word == "wiring" and where[0] == "neurons" and isinstance(given, dict):
                    word = "weights"
                if name in (word, f"{word}s") or _ratio(key, name) > 0.6:
                    meant.setdefault((*where, key), name)
                    explained.setdefault(where, set()).add(name)
    return meant, explained


def _declared(value: Any) -> set[str]:
    """Name what a file declares, as far as it can be read."""
    places = [value.get(place) for place in DECLARED] if isinstance(value, dict) else []
    return {str(name) for one in places if isinstance(one, (dict, list)) for name in one}


def _are_weights(where: KeyPath, keys: Sequence[str], value: Any, names: set[str]) -> bool:
    """Tell a neuron in which its weights stand directly: names that are declared, with numbers."""
    neuron = at(value, where)
    if len(where) != 2 or where[0] != "neurons" or not isinstance(neuron, dict):
        return False
    return not {"weights", "wiring"} & neuron.keys() and all(
        name_in(key) in names and isinstance(neuron[key], str) and _negated(neuron[key])
        for key in keys
    )


def _loose_weights(where: KeyPath, keys: Sequence[str], value: Any) -> Diagnostic:
    weights = ", ".join(f"{key}: {at(value, (*where, key))}" for key in keys[:_MOST_NEGATED])
    weights += ", …" if keys[_MOST_NEGATED:] else ""
    stands = "stands" if len(keys) == 1 else "stand"
    told = " and ".join(f"`{shorten(key)}`" for key in keys[:2])
    told = told if len(keys) < 3 else f"`{shorten(keys[0])}` and {len(keys) - 1:,} more"
    return Diagnostic(
        "missing-key",
        f"neuron `{where[1]}` has no `weights`: {told} {stands} directly in it",
        where,
        key=True,
        help=f"write weights: {{{shorten(weights)}}}",
    )


def _is_foreign(where: KeyPath, value: Any) -> bool:
    """Tell an output or a case that has none of the keys it needs, but others."""
    if len(where) != 2 or where[0] not in ("outputs", "cases"):
        return False
    needed = {key for keys in KINDS[where[0]].needs.values() for key in keys}
    given = at(value, where)
    keys = set(given) if isinstance(given, dict) else set(needed)
    if where[0] == "cases":
        keys |= {_MEANT.get(key, key) for key in keys}
    return not keys & needed


def _name_at(loc: KeyPath, value: Any) -> Any:
    """Give the name or source that a mistake is about: a key, or the text at a place."""
    path = without_marks(loc)
    found = at(value, path)
    return found if isinstance(found, str) and isinstance(path[-1], int) else path[-1]


def _names_at(loc: KeyPath, value: Any) -> set[str]:
    """Give the names that a source at a place starts with: of a key, and of its text."""
    path = without_marks(loc)
    texts = (path[-1], at(value, path))
    return {re.split(r"[.(]", one, maxsplit=1)[0] for one in texts if isinstance(one, str)}


_MEANT = {
    "inputs": "wiring", "sources": "wiring", "wire": "wiring", "wires": "wiring",
    "bias": "threshold", "biases": "threshold", "limit": "threshold",
    "argmax": "largest", "activation": "fires",
    "input": "given", "output": "expect", "outputs": "expect", "expected": "expect",
}  # fmt: skip
"""Words of other tools, and the keys that they are called here."""
_MOST_NEGATED = 8
_MOST_COMPARED = 100
"""Thresholds of a neuron that may be meant by each output."""


def _ratio(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one, two).ratio()


def _missing_names(error: Mapping[str, Any]) -> tuple[str, ...]:
    if error["type"] == "missing":
        return (str(error["loc"][-1]),)
    names: tuple[str, ...] = (error.get("ctx") or {}).get("names", ())
    return names


def _diagnostic(
    error: Mapping[str, Any],
    value: Any,
    known: set[KeyPath],
    meant: Mapping[KeyPath, str],
    explained: Mapping[KeyPath, set[str]],
) -> Diagnostic | None:
    path: KeyPath = without_marks(error["loc"])
    if path[:1] == ("inputs",) and path[2:] == ("type",) and isinstance(at(value, path[:2]), str):
        path = path[:2]  # the short form is the type
    kind, context = error["type"], error.get("ctx") or {}
    if kind in ("extra_forbidden", "unknown-key"):
        return unknown_key(path, meant, value)
    names = _missing_names(error)
    if names:
        where = path[:-1] if kind == "missing" else path
        if explained.get(where, set()) & set(names) or any(
            (*where, name) in known for name in names
        ):
            return None
        if kind == "missing":
            message = f"{_named(where)} has no `{names[0]}`"
            fix = _with_real_names(_how_to_add(path), value)
            return Diagnostic("missing-key", message, where, key=True, help=fix)
        message = _standing_alone(context["message"], where)
        fix = _with_real_names(context.get("help"), value)
        return Diagnostic(kind, message, where, key=True, help=fix)
    if kind in RULES:
        fix = context["help"]
        if kind == "bad-name" and path[0] == "outputs":
            fix = _with_real_threshold(fix, str(at(value, path)), value)
        return Diagnostic(
            kind,
            _standing_alone(context["message"], path),
            path,
            key=context["key"] or error["loc"][-1] == "[key]",
            help=fix or None,
        )
    if error["loc"] and error["loc"][-1] == "[key]":
        return Diagnostic("bad-name", f"expected a name, found {kind_of(path[-1])}", path, key=True)
    given = at(value, path)
    message = f"{_subject(path)}: expected {_expected(kind, path)}, found {kind_of(given)}"
    fix = None
    if len(path) == 1 and path[0] in BY_NAME and isinstance(given, list):
        first = given[0].get("name") if given and isinstance(given[0], dict) else None
        name = shorten(first) if isinstance(first, str) and first.isidentifier() else "name"
        fix = f"{path[0]} go by name: write `{path[0]}: {{{name}: {{…}}}}`"
    return Diagnostic("wrong-type", message, path, help=fix)


def _with_real_names(fix: str | None, value: Any) -> str | None:
    """Name inputs of the file in an example that wires `a` and `b`."""
    inputs = value.get("inputs") if isinstance(value, dict) else None
    names = [str(one) for one in inputs or () if isinstance(one, str) and one.isidentifier()]
    if fix is not None and "bits" in fix and isinstance(inputs, dict):
        names = [name for name in names if _is_bit(inputs[name])]
    if fix is None or "wiring: [a, b]" not in fix or not names:
        return fix
    fix = fix.replace("wiring: [a, b]", f"wiring: [{', '.join(names[:2])}]")
    weights = ", ".join(f"{name}: {i + 1}" for i, name in enumerate(names[:2]))
    return fix.replace("weights: {a: 1, b: 2}", f"weights: {{{weights}}}")


def _with_real_threshold(fix: str, source: str, value: Any) -> str:
    """Name the threshold that a source meant by a misspelt one, in advice that repeats it."""
    name, _, port = source.partition(".")
    known = at(value, ("neurons", name, "thresholds"))
    if not isinstance(known, dict) or port in known or len(known) > _MOST_COMPARED:
        return fix
    meant = closest(port, map(str, known))
    return fix if meant is None else fix.replace(source, f"{name}.{meant}")


def _is_bit(given: Any) -> bool:
    kind = given.get("type") if isinstance(given, dict) else given
    return isinstance(kind, str) and kind.startswith("bit")


def _standing_alone(message: str, path: KeyPath) -> str:
    """Give a message that stands alone: one that speaks of a place names it."""
    if message.startswith("expected "):
        return f"{_subject(path)}: {message}"
    name = str(path[1]) if len(path) > 1 else ""
    for kind in ("neuron", "layer", "output", "choice"):
        message = message.replace(f"the {kind} has", f"{kind} `{name}` has")
    return message


def without_marks(loc: KeyPath) -> KeyPath:
    """Give the path of a mistake without pydantic's sign for a key."""
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _without_bias(place: str, given: Any, key: str) -> str:
    """Say how the threshold is written that does what a bias would."""
    name = "threshold" if place == "neurons" else "thresholds"
    given = given if isinstance(given, dict) else {}
    if given.get("fires") in GATES:
        return "`all` and `any` look at bits alone: leave it out"
    if name not in given and "thresholds" not in given:
        is_list = isinstance(given.get(key), (list, tuple))
        negated = None if is_list and name == "threshold" else _negated(given.get(key))
        if negated is not None:
            return f"a bias is the negative threshold: write `{name}: {negated}`"
        text = str(given.get(key))
        meant = without_commas(text[1:] if text.startswith("-") else f"-{text}")
        if meant is not None:
            return f"a bias is the negative threshold: for `{name}`, {meant}"
        return f"a bias is the negative threshold: write `{name}` with the opposite sign"
    try:
        threshold = exact_number(given[name]) - exact_number(given[key])
    except (KeyError, Refused):
        return "a bias is subtracted from each threshold: do so, and leave it out"
    return (
        "a bias is subtracted from the threshold: "
        f"write `{name}: {shorten(show_number(threshold))}` without it"
    )


def _negated(value: Any) -> str | None:
    """Write a number, or a few of them, with the opposite sign; None for anything else."""
    if isinstance(value, (list, tuple)) and 0 < len(value) <= _MOST_NEGATED:
        all_of_them = [None if isinstance(one, (list, tuple)) else _negated(one) for one in value]
        numbers = [one for one in all_of_them if one is not None]
        return f"[{', '.join(numbers)}]" if len(numbers) == len(value) else None
    try:
        number = exact_number(value)
    except Refused:
        return None
    text = str(value) if isinstance(value, str) else show_number(number)
    return shorten(text.removeprefix("-") if number <= 0 else f"-{text}")


def unknown_key(
    path: KeyPath, meant: Mapping[KeyPath, str] = MappingProxyType({}), value: Any = None
) -> Diagnostic:
    """Tell a key that means nothing; `meant` has the key that it stands for, if that is known.

    `value` is the whole file.
    """
    key, where = str(path[-1]), path[:-1]
    if key in RESERVED:
        return Diagnostic(
            "reserved-key",
            f"the key `{key}` is reserved for a later version",
            path,
            key=True,
            help="leave the key out; free data can stand in `meta`",
        )
    fields = [name for name in _model(where).model_fields if name not in _NOT_IN_FILES]
    fields += ["extends"] if not where else []
    nearest = meant.get(path)
    if nearest is None and _MEANT.get(key) in ("largest", "fires") and _MEANT[key] in fields:
        nearest = _MEANT[key]
    fix = (
        f"did you mean `{nearest}`?"
        if nearest
        else did_you_mean(key, fields, otherwise=f"{_object(where)} takes " + ", ".join(fields))
    )
    if key in ("bias", "biases") and where[:1] in (("neurons",), ("layers",)) and len(where) == 2:
        fix = _without_bias(str(where[0]), at(value, where), key)
    return Diagnostic(
        "unknown-key",
        f"{_object(where)} has no key `{key}`",
        path,
        key=True,
        caret="unknown",
        help=fix,
    )


_NOT_IN_FILES = (*ONLY_IN_PYTHON, "is_bus", "sources")
"""Fields that only a network built in Python has."""


def _model(where: KeyPath) -> type[Any]:
    """Give the model of the object at a path."""
    if len(where) > 2 and where[0] == "layers":
        return Sparse if where[-1] == "sparse" else TensorFile
    return _MODELS.get(str(where[0]), Network) if where else Network


def _object(where: KeyPath) -> str:
    if not where:
        return "the file"
    if len(where) > 2 and where[0] == "layers":
        return "a sparse matrix" if where[-1] == "sparse" else "a weight file"
    return KINDS[str(where[0])].name if where[0] in KINDS else "the mapping"


def _named(where: KeyPath) -> str:
    """Name the object at a path: `neuron `sum``."""
    if len(where) == 2 and where[0] in DECLARED:
        return f"{where[0][:-1]} `{where[1]}`"
    return _object(where)


def _subject(path: KeyPath) -> str:
    return f"`{format_path(path)}`" if path else "the file"


_ADD = {
    "inputs": "add `inputs: [a, b]`",
    "outputs": "add `outputs: [name]`",
    "type": "add `type: bit`, `integer` or `real`",
    "wiring": "add `wiring: [a, b]`",
    "thresholds": "add `thresholds: number`, one for all, or a list",
    "use": "add `use: file.nn.yaml`",
    "file": "add `file: weights.npy`",
}


def _how_to_add(path: KeyPath) -> str | None:
    key = str(path[-1])
    if path[0] == "parts" and key == "wiring":
        return "add `wiring: {input: source}`"
    return f"add `{key}: {{file: weights.npy}}`" if path[-2:-1] == ("sparse",) else _ADD.get(key)


_KINDS = {"list": "a list", "tuple": "a list", "dict": "a mapping", "model": "a mapping"}


def _expected(kind: str, path: KeyPath) -> str:
    if len(path) == 2 and path[0] in BY_NAME:
        return f"a mapping with {' and '.join(KINDS[str(path[0])].needs)}"
    return _KINDS.get(kind.split("_", maxsplit=1)[0], "another value")


def at(value: Any, path: KeyPath) -> Any:
    """Give the value at a path; None where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
