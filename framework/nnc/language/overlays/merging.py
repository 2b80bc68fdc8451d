"""Values of an overlay over those of its base: mappings key by key, all else replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest
from nnc.exact import Refused, exact_number, shorten
from nnc.language.document import UNREADABLE, Unreadable
from nnc.language.firing import COMPARISONS, DEFAULT_RULE, GATES
from nnc.language.keys import KINDS, LISTS, NAMED, REFUSED_BY_GATES

NOT_INHERITED = ("nnc", "cases")
_GOVERNED = {"fires": ("neurons", "layers"), "states": ("inputs", "neurons", "layers")}
_DEFAULTS = {"fires": DEFAULT_RULE, "states": ["0", "1"]}
_SIZED = re.compile(r"(bit|integer|real)\(([0-9]+)\)")
_MOST_SEARCHES = 50  # for a name that was meant; each looks through all names


class Written(NamedTuple):
    """The top mapping of one file; `is_clean` where nothing in it or below it was refused."""

    value: dict[str, Any]
    file: str
    is_clean: bool


class Origin:
    """Which file wrote a part of the merged value, by its place in the chain: 0 is the topmost.

    `top` is the topmost that writes this very part, `rest` the one that wrote the `children` not
    listed. `moved` is where it stands in its file, if elsewhere.
    """

    __slots__ = ("children", "moved", "rest", "top")

    def __init__(self, file: int, moved: KeyPath | None = None) -> None:
        self.top = self.rest = file
        self.moved = moved
        self.children: dict[str | int, Origin] = {}

    def merged(self, key: str, file: int) -> Origin:
        """Give the origin of a child that `file` writes a part of."""
        child = self.children.setdefault(key, Origin(self.rest))
        child.top = file
        return child

    def find(self, path: KeyPath, value: Any) -> tuple[int, KeyPath]:
        """Give the file that wrote the part of `value` at `path`, and the path to it there.

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


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


class Merging:
    """Merges the values of a chain of files, the topmost first, from its end on.

    `mistakes` are those of merging, each with the place in the chain of the file it stands in.
    """

    def __init__(self, chain: Sequence[Written]) -> None:
        last = len(chain) - 1
        self.value = _without(chain[last].value, NOT_INHERITED)
        self.origin = Origin(last)
        self.mistakes: list[tuple[int, Diagnostic]] = []
        self._searches_left = _MOST_SEARCHES
        self._names: dict[str, dict[str, Any]] = {}  # what the file below declares
        for place in range(last - 1, -1, -1):
            self._lay(chain[place].value, place, chain[place + 1])

    def _lay(self, overlay: Mapping[str, Any], file: int, base: Written) -> None:
        """Lay one file over what is merged already; `base` is the file that it extends."""
        self.origin.top = file
        self._names = {kind: _by_name(kind, self.value.get(kind)) or {} for kind in NAMED}
        for key in _GOVERNED:
            if _is_sound(key, overlay.get(key)):
                self._keep(key, overlay[key])
        for key, item in overlay.items():
            if key == "extends" or (file and key in NOT_INHERITED):
                continue
            if key in _GOVERNED and isinstance(item, Unreadable):
                continue
            if key in NAMED:
                self._lay_declarations(key, item, file, base)
            else:
                _put(self.value, key, item, self.origin, file)

    def _keep(self, key: str, own: Any) -> None:
        """Write `fires` or `states` of the base into its declarations: the overlay has its own."""
        theirs = self.value.get(key, _DEFAULTS[key])
        if theirs == own or not _is_sound(key, theirs):
            return
        where = self.origin.find((key,), self.value) if key in self.value else None
        for kind in _GOVERNED[key]:
            names = _by_name(kind, self.value.get(kind, {}))
            if not names:
                continue
            self.value[kind] = merged = dict(names)
            for name, one in names.items():
                full = _input_in_full(one) if kind == "inputs" else one
                if not isinstance(full, dict) or key in full:
                    continue
                if kind == "inputs" and full.get("type") != "bit":
                    continue
                merged[name] = {**full, key: theirs}
                if where is not None:
                    origin = self.origin.children.setdefault(kind, Origin(self.origin.rest))
                    child = origin.children.setdefault(name, Origin(origin.rest))
                    child.children[key] = Origin(where[0], moved=where[1])

    def _lay_declarations(self, kind: str, item: Any, file: int, base: Written) -> None:
        mine, theirs = _by_name(kind, item), _by_name(kind, self.value.get(kind, {}))
        if mine is None:
            _put(self.value, kind, item, self.origin, file)
        if mine is None or theirs is None:  # a mistake, which is told for what it is
            return
        if kind not in self.value:
            _put(self.value, kind, {}, self.origin, file)
        origin = self.origin.merged(kind, file)
        self.value[kind] = merged = dict(theirs)
        for name, one in mine.items():
            if name in theirs:
                _lay_declaration(kind, name, one, merged, origin, file)
            elif lacking := _lacking(kind, one):
                if base.is_clean:
                    self._report(kind, name, lacking, file, base.file)
                _put(merged, name, UNREADABLE, origin, file)
            else:
                _put(merged, name, one, origin, file)

    def _report(self, kind: str, name: str, lacking: Sequence[str], file: int, base: str) -> None:
        """Tell a declaration that changes nothing and is none by itself."""
        word, needs = kind[:-1], " and ".join(f"no {one}" for one in lacking)
        message = (
            f"{word} `{shorten(name)}` overrides nothing in {shorten(base, 200)}, "
            f"and as a new one it has {needs}"
        )
        fix = f"to declare a new {word}, add {' and '.join(lacking)}"
        elsewhere = next((other for other, names in self._names.items() if name in names), None)
        if elsewhere is not None and kind != "outputs":  # aliases have a name space of their own
            fix = f"it is {KINDS[elsewhere].name} there: write it below `{elsewhere}`"
        elif self._searches_left > 0:
            self._searches_left -= 1
            near = closest(name, self._names[kind])
            fix = f"did you mean `{shorten(near)}`?" if near is not None else fix
        one = Diagnostic(
            "overrides-nothing",
            message,
            (kind, name),
            key=True,
            caret="not in the base",
            help=fix,
        )
        self.mistakes.append((file, one))


# --------------------------------------------------------------------------- declarations


def _lay_declaration(
    kind: str, name: str, mine: Any, merged: dict[str, Any], origin: Origin, file: int
) -> None:
    """Lay a declaration over that of the same name."""
    theirs = merged[name]
    if kind == "inputs":
        mine, theirs = _input_in_full(mine), _input_in_full(theirs)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        child = origin.merged(name, file)
        merged[name] = theirs = _without(theirs, _dropped(kind, mine, theirs))
        for key in child.children.keys() - theirs.keys():
            del child.children[key]
        for key, item in mine.items():
            depth = 1 if kind == "neurons" else 64  # the steps of a weight are replaced whole
            _lay_value(theirs, key, item, child, file, depth)
    elif not isinstance(mine, dict) or (kind == "outputs" and not isinstance(theirs, Unreadable)):
        _put(merged, name, mine, origin, file)


def _lay_value(
    merged: dict[str, Any], key: str, mine: Any, origin: Origin, file: int, depth: int
) -> None:
    """Lay one value over another: mappings key by key, to so many levels of them."""
    theirs = merged.get(key)
    if not isinstance(mine, dict) or depth == 0:
        _put(merged, key, mine, origin, file)
    elif isinstance(theirs, dict):
        child = origin.merged(key, file)
        merged[key] = theirs = _without(theirs, _of_another_file(mine))
        for gone in child.children.keys() - theirs.keys():
            del child.children[gone]
        for inner, item in mine.items():
            _lay_value(theirs, inner, item, child, file, depth - 1)
    elif not isinstance(theirs, Unreadable):
        _put(merged, key, mine, origin, file)


def _of_another_file(mine: Mapping[str, Any]) -> set[str]:
    """Give the keys of a weight file that do not go with another file."""
    name = mine.get("file")
    if not isinstance(name, str):
        return set()
    return {"sha256", "tensor"} if name.lower().endswith(".npy") else {"sha256"}


def _put(merged: dict[str, Any], key: str, item: Any, origin: Origin, file: int) -> None:
    merged[key] = item
    origin.children[key] = Origin(file)


def _dropped(kind: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> set[str]:
    """Give the keys of the base that do not go with what the overlay writes."""
    groups = KINDS[kind].needs.values()
    dropped = {one for keys in groups for key in mine if key in keys for one in keys if one != key}
    if kind == "neurons" and mine.get("fires") in GATES:
        dropped |= {*REFUSED_BY_GATES}
    if kind == "outputs" and "sum" in mine:
        dropped.add("labels")
    if kind == "layers" and {_is_sparse(mine), _is_sparse(theirs)} == {True, False}:
        dropped.add("weights")
    return dropped


def _is_sparse(layer: Mapping[str, Any]) -> bool | None:
    """Tell sparse weights from those in one file; None where they are neither."""
    weights = layer.get("weights")
    if not isinstance(weights, dict) or not {"sparse", "file"} & weights.keys():
        return None
    return "sparse" in weights


def _is_sound(key: str, rule: Any) -> bool:
    """Tell whether a file's own `fires` or `states` is without mistake; one that is not stays."""
    if key == "fires":
        return isinstance(rule, str) and rule in COMPARISONS
    if not isinstance(rule, list) or len(rule) != 2:
        return False
    try:
        silent, firing = map(exact_number, rule)
    except Refused:
        return False
    return silent != firing


def _lacking(kind: str, one: Any) -> list[str]:
    """Name what a declaration needs to be whole, and has not."""
    if not isinstance(one, dict):
        return []
    is_gate = kind == "neurons" and one.get("fires") in GATES
    given = [key for key in one if key != "labels"]
    return [
        words
        for words, keys in KINDS[kind].needs.items()
        if not (is_gate and "threshold" in keys)
        and not any(closest(key, given) is not None for key in keys)
    ]  # a key that is only misspelt is told as such


# ---------------------------------------------------------------------------- short forms


def _by_name(kind: str, value: Any) -> dict[str, Any] | None:
    """Write out a list of inputs or outputs; None where it cannot be merged."""
    if isinstance(value, dict):
        return value
    if kind not in LISTS or not isinstance(value, list):
        return None
    names = [str(one) for one in value if isinstance(one, str) and one.isidentifier()]
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


def _without(value: Mapping[str, Any], keys: Sequence[str] | set[str]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}
