"""The errors of pydantic, as diagnostics: one for each mistake, in our words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest, did_you_mean, format_path
from nnc.diagnostics.rules import RULES, RuleName
from nnc.language.keys import BY_NAME, DECLARED, KINDS
from nnc.language.network import (
    GATES,
    MODELS,
    ONLY_IN_PYTHON,
    Network,
    Sparse,
    TensorFile,
    Unknown,
)
from nnc.language.references import name_in
from nnc.numbers.exact import Refused, exact_number, kind_of, shorten, show_number, without_commas

_MEANT = {
    "inputs": "wiring", "sources": "wiring", "wire": "wiring", "wires": "wiring",
    "bias": "threshold", "biases": "threshold", "limit": "threshold",
    "argmax": "largest", "activation": "fires",
    "input": "given", "output": "expect", "outputs": "expect", "expected": "expect",
}  # fmt: skip
"""Words of other tools, and the keys that they are called here."""
_NOT_IN_FILES = (*ONLY_IN_PYTHON, "is_bus", "sources")
"""Fields that only a network built in Python has."""
_MAX_NEGATED = 8
_MAX_COMPARED = 100
"""Thresholds of a neuron that may be meant by each output."""


class Mistake(NamedTuple):
    """One error of pydantic.

    `kind` is its type; one that a reader of ours raised has the name of a `rule`. `path` leads to
    what is wrong, the key itself if `is_key`; to a missing key, if it is pydantic that misses it.
    `missing` are the keys of which one should stand at `where`.
    """

    kind: str
    rule: RuleName | None
    path: KeyPath
    is_key: bool = False
    message: str = ""
    help: str = ""
    missing: tuple[str, ...] = ()

    @property
    def where(self) -> KeyPath:
        """The path of the mapping in which keys are missing."""
        return self.path[:-1] if self.kind == "missing" else self.path

    @property
    def is_unknown_key(self) -> bool:
        """Whether there is a key that means nothing."""
        return self.kind in ("extra_forbidden", "unknown-key")


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """Return the errors that pydantic raised, in their order."""
    mistakes = []
    for line in error.errors(include_url=False):
        kind, path, context = line["type"], line["loc"], line.get("ctx") or {}
        missing = (str(path[-1]),) if kind == "missing" else context.get("names", ())
        is_key = context.get("key", False)
        if path[-1:] == ("[key]",):  # pydantic's sign for the key of a mapping
            path, is_key = path[:-1], True
        rule = cast("RuleName", kind) if kind in RULES else None
        message, hint = context.get("message", ""), context.get("help", "")
        mistakes.append(Mistake(kind, rule, path, is_key, message, hint, missing))
    return mistakes


def diagnostics_of(
    mistakes: Sequence[Mistake], value: Any, unreadable: set[KeyPath]
) -> list[Diagnostic]:
    """Return one diagnostic for each mistake, without those that only follow from another.

    `value` is the whole file without what was refused while reading, which stood at the paths
    `unreadable`.
    """
    wording = _Wording(mistakes, value, unreadable)
    diagnostics: dict[tuple[str, KeyPath], Diagnostic] = {}
    for mistake in mistakes:
        diagnostic = None if wording.only_follows(mistake) else wording.diagnostic(mistake)
        if diagnostic is not None:
            diagnostics.setdefault((diagnostic.message, diagnostic.path), diagnostic)
    return list(diagnostics.values())


class _Wording:
    """What each mistake of a file is called, which depends on the others.

    `unknown` are the keys of each mapping that mean nothing, and `meant` has the missing key that
    one of them stands for. `not_missing` are keys that stand there, misspelt or unreadable.
    `loose` are neurons whose weights stand directly in them; `foreign` are outputs and cases that
    have none of the keys they need, but others. `bad_names` are declared, and are not names.
    """

    def __init__(self, mistakes: Sequence[Mistake], value: Any, unreadable: set[KeyPath]) -> None:
        self.value = value
        self.above_unreadable = {path[:i] for path in unreadable for i in range(len(path))}
        self.not_missing = set(unreadable)
        self.unknown: dict[KeyPath, list[str]] = {}
        for mistake in mistakes:
            if mistake.is_unknown_key:
                self.unknown.setdefault(mistake.path[:-1], []).append(str(mistake.path[-1]))
        self.meant: dict[KeyPath, str] = {}
        if self.unknown:
            self._find_what_was_meant(mistakes)
        names = _declared(value) if self.unknown else set()
        self.loose = {where for where in self.unknown if self._are_weights(where, names)}
        self.foreign = {where for where in self.unknown if _is_foreign(where, value)}
        self.bad_names = {
            str(self._name_at(mistake.path))
            for mistake in mistakes
            if mistake.kind == "bad-name" and mistake.path[0] in DECLARED and len(mistake.path) == 2
        }

    def _find_what_was_meant(self, mistakes: Sequence[Mistake]) -> None:
        """Find for each missing key the unknown ones that stand for it."""
        for mistake in mistakes:
            for key in self.unknown.get(mistake.where, ()) if mistake.missing else ():
                for name in sorted(mistake.missing, key=lambda name: -_ratio(key, name)):
                    path = (*mistake.where, key)
                    word = _MEANT.get(key, "")
                    is_mapping = isinstance(at(self.value, path), dict)
                    if word == "wiring" and path[0] == "neurons" and is_mapping:
                        word = "weights"
                    if name in (word, f"{word}s") or _ratio(key, name) > 0.6:
                        self.meant.setdefault(path, name)
                        self.not_missing.add((*mistake.where, name))

    def _are_weights(self, where: KeyPath, names: set[str]) -> bool:
        """Return whether a neuron's weights stand directly in it: declared names, with numbers."""
        neuron = at(self.value, where)
        if len(where) != 2 or where[0] != "neurons" or not isinstance(neuron, dict):
            return False
        return not {"weights", "wiring"} & neuron.keys() and all(
            name_in(key) in names and isinstance(neuron[key], str) and _negated(neuron[key])
            for key in self.unknown[where]
        )

    def _name_at(self, path: KeyPath) -> Any:
        """Return the name that a mistake is about: a key, or the text in a list."""
        value = at(self.value, path)
        return value if isinstance(value, str) and isinstance(path[-1], int) else path[-1]

    def only_follows(self, mistake: Mistake) -> bool:
        """Return whether a mistake is there only because of another, and is gone with it."""
        path = mistake.path
        if mistake.kind == "wrong-type":
            return path in self.above_unreadable
        if path[:2] in self.foreign and path[0] == "cases":
            return False
        if mistake.kind == "missing-key":
            return path in self.foreign
        if mistake.kind == "bad-source" or (mistake.kind == "bad-name" and path[0] == "outputs"):
            texts = (path[-1], at(self.value, path))
            names = {
                re.split(r"[.(]", text, maxsplit=1)[0] for text in texts if isinstance(text, str)
            }
            return not names.isdisjoint(self.bad_names)
        return mistake.is_unknown_key and path[:-1] in self.loose

    def diagnostic(self, mistake: Mistake) -> Diagnostic | None:
        """Return the diagnostic of a mistake; None for a key that is not missing after all."""
        path = mistake.path
        if path[:2] in self.foreign and path[0] == "cases" and len(path) < 4:
            message = "a case has `given` and `expect`"
            hint = "write {given: {a: 1}, expect: {x: 0}}"
            return Diagnostic("wrong-type", message, path[:2], help=hint)
        if path in self.loose and "weights" in mistake.missing:
            return self._loose_weights(path)
        is_type = path[:1] == ("inputs",) and path[2:] == ("type",)
        if is_type and isinstance(at(self.value, path[:2]), str):
            path = path[:2]  # the short form is the type
        if mistake.is_unknown_key:
            return unknown_key(path, self.meant.get(path), self.value)
        if mistake.missing:
            return self._missing_key(mistake)
        if mistake.rule is not None:
            hint = mistake.help
            if mistake.rule == "bad-name" and path[0] == "outputs":
                hint = _with_real_threshold(hint, str(at(self.value, path)), self.value)
            elif mistake.rule == "labels-not-distinct":
                hint = _with_fewer_thresholds(hint, at(self.value, path[:-2]), self.value)
            message = _standing_alone(mistake.message, path)
            return Diagnostic(mistake.rule, message, path, key=mistake.is_key, help=hint or None)
        if mistake.is_key:
            message = f"expected a name, found {kind_of(path[-1])}"
            return Diagnostic("bad-name", message, path, key=True)
        return self._wrong_type(mistake.kind, path)

    def _loose_weights(self, where: KeyPath) -> Diagnostic:
        keys = self.unknown[where]
        pairs = [f"{key}: {at(self.value, (*where, key))}" for key in keys[:_MAX_NEGATED]]
        weights = ", ".join([*pairs, "…"] if keys[_MAX_NEGATED:] else pairs)
        names = " and ".join(f"`{shorten(key)}`" for key in keys[:2])
        names = names if len(keys) < 3 else f"`{shorten(keys[0])}` and {len(keys) - 1:,} more"
        stands = "stands" if len(keys) == 1 else "stand"
        return Diagnostic(
            "missing-key",
            f"neuron `{where[1]}` has no `weights`: {names} {stands} directly in it",
            where,
            key=True,
            help=f"write weights: {{{shorten(weights)}}}",
        )

    def _missing_key(self, mistake: Mistake) -> Diagnostic | None:
        where = mistake.where
        if any((*where, name) in self.not_missing for name in mistake.missing):
            return None
        if mistake.rule is None:
            message = f"{_named(where)} has no `{mistake.missing[0]}`"
            hint = _how_to_add(mistake.path)
        else:
            message, hint = _standing_alone(mistake.message, where), mistake.help
        hint = _with_real_names(hint, self.value)
        return Diagnostic("missing-key", message, where, key=True, help=hint)

    def _wrong_type(self, kind: str, path: KeyPath) -> Diagnostic:
        """Return the diagnostic of a value of another type than pydantic expects."""
        value = at(self.value, path)
        message = f"{_subject(path)}: expected {_expected(kind, path)}, found {kind_of(value)}"
        hint = None
        if len(path) == 1 and path[0] in BY_NAME and isinstance(value, list):
            first = value[0].get("name") if value and isinstance(value[0], dict) else None
            name = shorten(first) if isinstance(first, str) and first.isidentifier() else "name"
            hint = f"{path[0]} go by name: write `{path[0]}: {{{name}: {{…}}}}`"
        return Diagnostic("wrong-type", message, path, help=hint)


def _declared(value: Any) -> set[str]:
    """Name what a file declares, as far as it can be read."""
    kinds = [value.get(kind) for kind in DECLARED] if isinstance(value, dict) else []
    return {str(name) for names in kinds if isinstance(names, (dict, list)) for name in names}


def _is_foreign(where: KeyPath, value: Any) -> bool:
    """Return whether an output or a case has none of the keys it needs, but others."""
    if len(where) != 2 or where[0] not in ("outputs", "cases"):
        return False
    needed = {key for keys in KINDS[where[0]].needs.values() for key in keys}
    declaration = at(value, where)
    keys = set(declaration) if isinstance(declaration, dict) else set(needed)
    if where[0] == "cases":
        keys |= {_MEANT.get(key, key) for key in keys}
    return not keys & needed


def _ratio(a: str, b: str) -> float:
    import difflib

    return difflib.SequenceMatcher(None, a, b).ratio()


def _with_real_names(hint: str | None, value: Any) -> str | None:
    """Name inputs of the file in an example that wires `a` and `b`."""
    inputs = value.get("inputs") if isinstance(value, dict) else None
    names = [str(name) for name in inputs or () if isinstance(name, str) and name.isidentifier()]
    if hint is not None and "bits" in hint and isinstance(inputs, dict):
        names = [name for name in names if _is_bit(inputs[name])]
    if hint is None or "wiring: [a, b]" not in hint or not names:
        return hint
    hint = hint.replace("wiring: [a, b]", f"wiring: [{', '.join(names[:2])}]")
    weights = ", ".join(f"{name}: {i + 1}" for i, name in enumerate(names[:2]))
    return hint.replace("weights: {a: 1, b: 2}", f"weights: {{{weights}}}")


def _with_real_threshold(hint: str, source: str, value: Any) -> str:
    """Name the threshold that a source meant by a misspelt one, in advice that repeats it."""
    name, _, port = source.partition(".")
    known = at(value, ("neurons", name, "thresholds"))
    if not isinstance(known, dict) or port in known or len(known) > _MAX_COMPARED:
        return hint
    meant = closest(port, map(str, known))
    return hint if meant is None else hint.replace(source, f"{name}.{meant}")


def _with_fewer_thresholds(hint: str, output: Any, value: Any) -> str:
    """Say how neighbouring levels get one label: by leaving out the threshold between them."""
    level, labels = at(output, ("level",)), at(output, ("labels",))
    thresholds = at(value, ("neurons", level, "thresholds")) if isinstance(level, str) else level
    if not isinstance(thresholds, (dict, list)) or not isinstance(labels, list):
        return hint
    names = [f"{level}.{name}" if isinstance(level, str) else str(name) for name in thresholds]
    kept = [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]
    fewer = [labels[0], *(labels[i] for i in kept)]
    if len(names) != len(labels) - 1 or not kept or len(set(map(str, fewer))) != len(fewer):
        return hint
    words = (", ".join(names[i - 1] for i in kept), ", ".join(map(str, fewer)))
    level, labels = (shorten(each, 80) for each in words)
    return f"leave out the threshold between them: {{level: [{level}], labels: [{labels}]}}"


def _is_bit(declaration: Any) -> bool:
    kind = declaration.get("type") if isinstance(declaration, dict) else declaration
    return isinstance(kind, str) and kind.startswith("bit")


def _standing_alone(message: str, path: KeyPath) -> str:
    """Return a message that stands alone: one that speaks of a place names it."""
    if message.startswith("expected "):
        return f"{_subject(path)}: {message}"
    name = str(path[1]) if len(path) > 1 else ""
    for kind in () if not name else ("neuron", "layer", "output", "choice"):
        message = message.replace(f"the {kind} has", f"{kind} `{name}` has")
    return message


def _without_bias(place: str, declaration: Any, key: str) -> str:
    """Say how the threshold is written that does what a bias would."""
    name = "threshold" if place == "neurons" else "thresholds"
    declaration = declaration if isinstance(declaration, dict) else {}
    if declaration.get("fires") in GATES:
        return "`all` and `any` look at bits alone: remove it"
    if name not in declaration and "thresholds" not in declaration:
        is_list = isinstance(declaration.get(key), (list, tuple))
        negated = None if is_list and name == "threshold" else _negated(declaration.get(key))
        if negated is not None:
            return f"a bias is the negative threshold: write `{name}: {negated}`"
        text = str(declaration.get(key))
        meant = without_commas(text[1:] if text.startswith("-") else f"-{text}")
        if meant is not None:
            return f"a bias is the negative threshold: for `{name}`, {meant}"
        return f"a bias is the negative threshold: write `{name}` with the opposite sign"
    try:
        threshold = exact_number(declaration[name]) - exact_number(declaration[key])
    except (KeyError, Refused):
        return "a bias is subtracted from each threshold: do so, and remove it"
    return (
        "a bias is subtracted from the threshold: "
        f"write `{name}: {shorten(show_number(threshold))}` without it"
    )


def _negated(value: Any) -> str | None:
    """Write a number, or a few of them, with the opposite sign; None for anything else."""
    if isinstance(value, (list, tuple)) and 0 < len(value) <= _MAX_NEGATED:
        negated = [None if isinstance(item, (list, tuple)) else _negated(item) for item in value]
        numbers = [number for number in negated if number is not None]
        return f"[{', '.join(numbers)}]" if len(numbers) == len(value) else None
    try:
        number = exact_number(value)
    except Refused:
        return None
    text = str(value) if isinstance(value, str) else show_number(number)
    return shorten(text.removeprefix("-") if number <= 0 else f"-{text}")


def unknown_key(path: KeyPath, meant: str | None = None, value: Any = None) -> Diagnostic:
    """Return the diagnostic of a key that means nothing.

    `meant` is the key that it stands for, if that is known; `value` is the whole file.
    """
    key, where = str(path[-1]), path[:-1]
    model = _model(where).model_fields
    fields = [field.alias or name for name, field in model.items() if name not in _NOT_IN_FILES]
    fields += ["extends"] if not where else []
    if meant is None and _MEANT.get(key) in ("largest", "fires") and _MEANT[key] in fields:
        meant = _MEANT[key]
    if key in ("bias", "biases") and where[:1] in (("neurons",), ("layers",)) and len(where) == 2:
        hint = _without_bias(str(where[0]), at(value, where), key)
    elif meant is not None:
        hint = f"did you mean `{meant}`?"
    else:
        hint = did_you_mean(key, fields, otherwise=f"{_object(where)} takes " + ", ".join(fields))
    return Diagnostic(
        "unknown-key",
        f"{_object(where)} has no key `{key}`",
        path,
        key=True,
        caret="unknown",
        help=hint,
    )


def _model(where: KeyPath) -> type[Any]:
    """Return the model of the object at a path."""
    if len(where) > 2 and where[0] == "layers":
        return Sparse if where[-1] == "sparse" else TensorFile
    if where == ("unknown",):
        return Unknown
    return MODELS.get(str(where[0]), Network) if where else Network


def _object(where: KeyPath) -> str:
    if not where:
        return "the file"
    if len(where) > 2 and where[0] == "layers":
        return "a sparse matrix" if where[-1] == "sparse" else "a weight file"
    if where == ("unknown",):
        return "`unknown`"
    return KINDS[str(where[0])].name if where[0] in KINDS else "the mapping"


def _named(where: KeyPath) -> str:
    """Name the object at a path: `neuron `sum``."""
    if len(where) == 2 and where[0] in DECLARED and where[1]:
        return f"{where[0][:-1]} `{where[1]}`"
    return _object(where)


def _subject(path: KeyPath) -> str:
    if "" in path:  # of a piece that is built in Python, and has no name
        path = path[len(path) - path[::-1].index("") :]
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


_TYPES = {"list": "a list", "tuple": "a list", "dict": "a mapping", "model": "a mapping",
          "path": "a path", "literal": "`1`"}  # fmt: skip


def _expected(kind: str, path: KeyPath) -> str:
    if len(path) == 2 and path[0] in BY_NAME:
        return f"a mapping with {' and '.join(KINDS[str(path[0])].needs)}"
    return _TYPES.get(kind.split("_", maxsplit=1)[0], "another value")


def at(value: Any, path: KeyPath) -> Any:
    """Return the value at a path; None where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
