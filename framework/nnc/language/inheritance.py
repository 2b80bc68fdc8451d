"""Merge an overlay into the files below it, and note which file wrote each part.

Mappings are merged key by key, and all else is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest
from nnc.language.document.text import UNREADABLE, Unreadable
from nnc.language.firing import COMPARISONS, DEFAULT_RULE, is_gate
from nnc.language.keys import CLAIMS, GOVERNED, KINDS, LISTS, NAMED, REFUSED_BY_GATES
from nnc.numbers.exact import Refused, exact_number, shorten

_OWN = ("nnc", "extends")  # keys that each file writes for itself
_CHANGE_NO_VALUE = (*_OWN, "name", "description", "meta", "unknown", "properties")
_NUMBERS = ("weights", "threshold", "thresholds")
_EXCLUSIVE = {"column": "columns", "columns": "column", "size": "shape", "shape": "size"}
# of which an input has one
_DEFAULTS = {"fires": DEFAULT_RULE, "states": ["0", "1"]}
_SIZED = re.compile(r"(bit|integer|real)\(([0-9]+)\)")
_MAX_SEARCHES = 50  # for a name that was meant; each looks through all names


class Origin:
    """The file that wrote a part of the merged value, by its place in the chain: 0 is the topmost.

    `top` is the topmost that writes this very part, `rest` the one that wrote the `children` not
    listed. `moved` is where it stands in its file, if elsewhere.
    """

    __slots__ = ("children", "moved", "rest", "top")

    def __init__(self, file: int, moved: KeyPath | None = None) -> None:
        self.top = self.rest = file
        self.moved = moved
        self.children: dict[str | int, Origin] = {}

    def find(self, path: KeyPath, value: Any) -> tuple[int, KeyPath]:
        """Return the file that wrote the part of `value` at `path`, and the path to it there.

        Of a path that leads to nothing, the part that is nearest counts.
        """
        node = self
        for depth, step in enumerate(path):
            if not _has(value, step):
                break
            value = value[step]
            child = node.children.get(step)
            if child is None:
                return node.rest, path
            if child.moved is not None:
                return child.top, child.moved + path[depth + 1 :]
            node = child
        return node.top, path


def _has(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


class FileValue(NamedTuple):
    """The top mapping of one file; `is_clean` where nothing in it or below it was refused."""

    value: dict[str, object]
    file: str
    is_clean: bool


class _Merged(NamedTuple):
    """A mapping of the merged value, where its parts come from, and the file that is laid over."""

    value: dict[str, object]
    origin: Origin
    file: int

    def put(self, key: str, item: object) -> None:
        """Take a part as the file writes it."""
        self.value[key] = item
        self.origin.children[key] = Origin(self.file)

    def below(self, key: str, theirs: Mapping[str, object], dropped: Collection[str]) -> _Merged:
        """Take the mapping `theirs` for the part at `key`, without some keys, to be laid over."""
        child = self.origin.children.setdefault(key, Origin(self.origin.rest))
        child.top = self.file
        self.value[key] = kept = _without(theirs, dropped)
        for gone in child.children.keys() - kept.keys():
            del child.children[gone]
        return _Merged(kept, child, self.file)


class Inheritance:
    """The values of a chain of files, the topmost first, merged from its end on.

    `mistakes` are those of merging, each with the place in the chain of the file it stands in.
    """

    def __init__(self, chain: Sequence[FileValue]) -> None:
        last = len(chain) - 1
        self.value = _without(chain[last].value, _OWN)
        self.origin = Origin(last)
        self.mistakes: list[tuple[int, Diagnostic]] = []
        self._searches_left = _MAX_SEARCHES
        self._names: dict[str, dict[str, object]] = {}  # what the file below declares
        for i in range(last - 1, -1, -1):
            self._lay(chain[i].value, i, chain[i + 1])

    def _lay(self, overlay: Mapping[str, object], file: int, base: FileValue) -> None:
        """Merge one file over the files before it; `base` is the file that it extends."""
        self.origin.top = file
        top = _Merged(self.value, self.origin, file)
        self._names = {kind: _by_name(kind, self.value.get(kind)) or {} for kind in NAMED}
        mistaken = {  # in the base, and left there, so that it is reported
            key for key in GOVERNED if key in self.value and not _is_sound(key, self.value[key])
        }
        for key in GOVERNED:
            if key in overlay.keys() - mistaken and not isinstance(overlay[key], Unreadable):
                self._keep(key, overlay[key])
        if not _changes_only_numbers(overlay, self.value):
            self.value.pop("cases", None)
            self.origin.children.pop("cases", None)
        for key, item in overlay.items():
            if key == "extends" or (file and key in _OWN):
                continue
            if key in mistaken or (key in GOVERNED and isinstance(item, Unreadable)):
                continue
            if key in NAMED:
                self._lay_declarations(key, item, top, base)
            elif key in CLAIMS:
                self._append(key, item, file)
            elif key == "unknown":  # key by key
                _lay_value(key, item, top, 1)
            else:
                top.put(key, item)

    def _append(self, key: str, claims: object, file: int) -> None:
        """Let the claims of a file come after those of its base: none of these is lost."""
        theirs = self.value.get(key)
        if not isinstance(theirs, list) or not isinstance(claims, list):
            if theirs is None or not isinstance(claims, (list, Unreadable)):
                self.value[key] = claims
                self.origin.children[key] = Origin(file)
            return  # a mistake in the base is reported for what it is
        origin = self.origin.children.setdefault(key, Origin(self.origin.rest))
        origin.top = file
        self.value[key] = [*theirs, *claims]
        for i in range(len(claims)):
            origin.children[len(theirs) + i] = Origin(file, moved=(key, i))

    def _keep(self, key: str, governing: object) -> None:
        """Write `fires` or `states` of the base into its declarations: the overlay has its own."""
        theirs = self.value.get(key, _DEFAULTS[key])
        if theirs == governing:
            return
        where = self.origin.find((key,), self.value) if key in self.value else None
        for kind in GOVERNED[key]:
            names = _by_name(kind, self.value.get(kind, {}))
            if not names:
                continue
            self.value[kind] = merged = dict(names)
            for name, declaration in names.items():
                full = _input_in_full(declaration) if kind == "inputs" else declaration
                if not isinstance(full, dict) or key in full:
                    continue
                if kind == "inputs" and full.get("type") != "bit":
                    continue
                if kind == "layers" and key == "states" and _has_several(full.get("thresholds")):
                    continue
                merged[name] = {**full, key: theirs}
                if where is not None:
                    origin = self.origin.children.setdefault(kind, Origin(self.origin.rest))
                    child = origin.children.setdefault(name, Origin(origin.rest))
                    child.children[key] = Origin(where[0], moved=where[1])

    def _lay_declarations(self, kind: str, item: object, top: _Merged, base: FileValue) -> None:
        mine, theirs = _by_name(kind, item), _by_name(kind, self.value.get(kind, {}))
        if mine is None:
            top.put(kind, item)
        if mine is None or theirs is None:  # a mistake, which is reported elsewhere
            return
        if kind not in self.value:
            top.put(kind, {})
        merged = top.below(kind, theirs, ())
        for name, declaration in mine.items():
            if name in theirs:
                _lay_declaration(kind, name, declaration, merged)
            elif lacking := _lacking(kind, declaration):
                if base.is_clean:
                    self._report(kind, name, lacking, top.file, base.file)
                merged.put(name, UNREADABLE)
            else:
                merged.put(name, declaration)

    def _report(self, kind: str, name: str, lacking: Sequence[str], file: int, base: str) -> None:
        """Report a declaration that neither changes a base nor is complete by itself."""
        word, needs = kind[:-1], " and ".join(f"no {words}" for words in lacking)
        message = (
            f"{word} `{shorten(name)}` overrides nothing in {shorten(base, 200)}, "
            f"and as a new one it has {needs}"
        )
        hint = f"to declare a new {word}, add {' and '.join(lacking)}"
        elsewhere = next((other for other, names in self._names.items() if name in names), None)
        if elsewhere is not None and kind != "outputs":  # aliases have a name space of their own
            hint = f"it is {KINDS[elsewhere].name} there: write it below `{elsewhere}`"
        elif self._searches_left > 0:
            self._searches_left -= 1
            near = closest(name, self._names[kind])
            hint = f"did you mean `{shorten(near)}`?" if near is not None else hint
        mistake = Diagnostic(
            "overrides-nothing", message, (kind, name), key=True, caret="not in the base", help=hint
        )
        self.mistakes.append((file, mistake))


def _changes_only_numbers(overlay: Mapping[str, object], theirs: Mapping[str, object]) -> bool:
    """Return whether an overlay changes nothing but numbers of neurons and layers of its base.

    Then the cases of the base are about it too.
    """
    for kind, declarations in overlay.items():
        if kind in _CHANGE_NO_VALUE:
            continue
        if kind not in ("neurons", "layers") or not isinstance(declarations, dict):
            return False
        names = theirs.get(kind)
        for name, declaration in declarations.items():
            base = names.get(name) if isinstance(names, dict) else None
            if not isinstance(declaration, dict) or not isinstance(base, dict):
                return False
            keys = declaration.keys() - {"description"}
            if not all(_is_number_of(base, key, declaration[key], kind) for key in keys):
                return False
    return True


def _is_number_of(base: Mapping[str, object], key: str, value: object, kind: str) -> bool:
    """Return whether what an overlay writes at a key replaces numbers that its base has there."""
    before = base.get(key)
    if key == "size":
        return isinstance(before, str) and ".." in before
    if key not in _NUMBERS or (before is None and key != "weights"):
        return False
    if kind == "layers" or not isinstance(value, dict):
        return kind == "layers" or not isinstance(before, dict)
    return isinstance(before, dict) and value.keys() <= before.keys()


# --------------------------------------------------------------------------- declarations


def _lay_declaration(kind: str, name: str, mine: object, merged: _Merged) -> None:
    """Lay a declaration over that of the same name."""
    theirs = merged.value[name]
    if kind == "inputs":
        mine, theirs = _input_in_full(mine), _input_in_full(theirs)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        below = merged.below(name, theirs, _dropped(kind, mine, theirs))
        depth = 1 if kind == "neurons" else 64  # the steps of a weight are replaced whole
        for key, item in mine.items():
            _lay_value(key, item, below, depth)
    elif not isinstance(mine, dict) or (kind == "outputs" and not isinstance(theirs, Unreadable)):
        merged.put(name, mine)


def _lay_value(key: str, mine: object, merged: _Merged, depth: int) -> None:
    """Lay one value over another: mappings key by key, down to a number of levels."""
    theirs = merged.value.get(key)
    if not isinstance(mine, dict) or depth == 0:
        merged.put(key, mine)
    elif isinstance(theirs, dict):
        below = merged.below(key, theirs, _of_another_file(mine))
        for inner, item in mine.items():
            _lay_value(inner, item, below, depth - 1)
    elif not isinstance(theirs, Unreadable):
        merged.put(key, mine)


def _of_another_file(mine: Mapping[str, object]) -> set[str]:
    """Return the keys of a weight file that do not go with another file."""
    name = mine.get("file")
    if not isinstance(name, str):
        return set()
    return {"sha256", "tensor"} if name.lower().endswith(".npy") else {"sha256"}


def _dropped(kind: str, mine: Mapping[str, object], theirs: Mapping[str, object]) -> set[str]:
    """Return the keys of the base that do not go with what the overlay writes."""
    groups = KINDS[kind].needs.values()
    chosen = [(key, keys) for keys in groups for key in mine if key in keys]
    dropped = {other for key, keys in chosen for other in keys if other != key}
    if kind == "neurons" and is_gate(mine.get("fires")):
        dropped |= {*REFUSED_BY_GATES}
    if kind == "inputs":
        dropped |= {other for key, other in _EXCLUSIVE.items() if key in mine}
    if kind == "outputs" and "sum" in mine:
        dropped.add("labels")
    if kind == "layers" and {_is_sparse(mine), _is_sparse(theirs)} == {True, False}:
        dropped.add("weights")
    if kind == "layers" and _has_several(mine.get("thresholds")):
        dropped.add("states")
    return dropped


def _is_sparse(layer: Mapping[str, object]) -> bool | None:
    """Return whether weights are sparse, and not in one file; None where they are neither."""
    weights = layer.get("weights")
    if not isinstance(weights, dict) or not {"sparse", "file"} & weights.keys():
        return None
    return "sparse" in weights


def _has_several(thresholds: object) -> bool:
    """Return whether each neuron of a layer has a list of thresholds: it has no states then."""
    return isinstance(thresholds, list) and any(isinstance(item, list) for item in thresholds)


def _is_sound(key: str, rule: object) -> bool:
    """Return whether a file's own `fires` or `states` is without mistake."""
    if key == "fires":
        return isinstance(rule, str) and rule in COMPARISONS
    if not isinstance(rule, list) or len(rule) != 2:
        return False
    try:
        silent, firing = map(exact_number, rule)
    except Refused:
        return False
    return silent != firing


def _lacking(kind: str, declaration: object) -> list[str]:
    """Name the required keys that a declaration lacks."""
    if not isinstance(declaration, dict):
        return []
    has_gate = kind == "neurons" and is_gate(declaration.get("fires"))
    present = [key for key in declaration if key != "labels"]
    return [
        words
        for words, keys in KINDS[kind].needs.items()
        if not (has_gate and "threshold" in keys)
        and not any(closest(key, present) is not None for key in keys)
    ]  # a key that is only misspelt is reported as such


# ---------------------------------------------------------------------------- short forms


def _by_name(kind: str, value: object) -> dict[str, object] | None:
    """Write out a list of inputs or outputs; None where it cannot be merged."""
    if isinstance(value, dict):
        return value
    if kind not in LISTS or not isinstance(value, list):
        return None
    names = [str(name) for name in value if isinstance(name, str) and name.isidentifier()]
    if len(set(names)) < len(value):
        return None
    return {name: "bit" if kind == "inputs" else name for name in names}


def _input_in_full(value: Any) -> Any:
    """Write out the short form of an input, and of its size."""
    if isinstance(value, str):
        value = {"type": str(value)}
    kind = value.get("type") if isinstance(value, dict) else None
    match = _SIZED.fullmatch(kind) if isinstance(kind, str) and "size" not in value else None
    return {**value, "type": match[1], "size": match[2]} if match else value


def _without(value: Mapping[str, object], keys: Collection[str]) -> dict[str, object]:
    return {key: item for key, item in value.items() if key not in keys}
