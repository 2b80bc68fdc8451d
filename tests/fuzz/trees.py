"""Network files as trees of texts: changed by what they say, and written again."""

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import yaml

from tests.support.strategies import NAMES, number, spelled

Tree = dict[str, Any] | list[Any] | str
Path = tuple[str | int, ...]

_PLAIN = re.compile(r"(?!null\Z|~\Z)[\w.()/-][\w.()/+*-]*(?::[\w*+-]+)*(?: [\w.-]+)*")
_NUMBER = re.compile(r"[-.\d][-+.\de/]*")
_SPECIALS = (
    "", "null", "~", "true", "i", "i+1", "a(0)", "a(0:2)", "bit(3)", "integer(2)", "real", "choice",
    "all", "any", "above", "below", "01", "1_000", "0x10", ".inf", "1e400", "1/0", "-0", "5.",
    "2.50", "9" * 30, "12345678901234567890/7", "…", "a b", "\u2028", "x" * 201,
)  # fmt: skip
_KEYS = (
    "fires", "states", "threshold", "thresholds", "weights", "wiring", "size", "type", "min", "max",
    "default", "of", "use", "repeat", "first", "last", "labels", "sum", "level", "largest", "name",
    "description", "meta", "extends", "given", "expect", "file", "sparse", "tensor",
)  # fmt: skip


def read(text: str) -> Tree | None:
    """Give the tree of a text that is YAML, every scalar as its text."""
    try:
        tree: Tree = yaml.load(text, Loader=yaml.CBaseLoader)
    except yaml.YAMLError:
        return None
    return tree


def changed(tree: Any, rng: Random) -> Any:
    """Change a tree at one to three places; itself it stays as it is."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(tree))
        tree = _with(tree, rng.choice(places), places, rng)
    return tree


def renumbered(tree: Any, rng: Random) -> Any:
    """Change one to four numbers of a tree, but not the version of the format."""
    places = [
        path for path in _places(tree) if path[:1] != ("nnc",) and _is_number(_at(tree, path))
    ]
    for path in rng.sample(places, min(len(places), rng.randint(1, 4))):
        tree = _replaced(tree, path, spelled(rng, number(rng), quotes=False))
    return tree


def _is_number(one: Any) -> bool:
    return isinstance(one, str) and bool(_NUMBER.fullmatch(one))


def _replaced(tree: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    copy = _copy(tree)
    copy[path[0]] = _replaced(tree[path[0]], path[1:], new)
    return copy


def _places(tree: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(tree, dict):
        for key, one in tree.items():
            yield from _places(one, (*path, key))
    elif isinstance(tree, list):
        for place, one in enumerate(tree):
            yield from _places(one, (*path, place))


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _with(tree: Any, path: Path, places: list[Path], rng: Random) -> Any:
    """Change what stands at a path; what is above it is copied."""
    if not path:
        return _new(tree, tree, places, rng)
    *above, last = path
    copies = [_copy(tree)]
    for step in above:
        one = _copy(copies[-1][step])
        copies[-1][step] = one
        copies.append(one)
    holder = copies[-1]
    if rng.random() < 0.4 or isinstance(holder[last], str):
        holder[last] = _new(holder[last], tree, places, rng)
    elif isinstance(holder, list):
        _change_list(holder, int(last), rng)
    else:
        _change_keys(holder, str(last), rng)
    return copies[0]


def _copy(tree: Any) -> Any:
    return tree.copy() if isinstance(tree, (dict, list)) else tree


def _change_list(holder: list[Any], place: int, rng: Random) -> None:
    kind = rng.randrange(3)
    if kind == 0:
        del holder[place]
    elif kind == 1:
        holder.insert(rng.randint(0, len(holder)), holder[place])
    else:
        rng.shuffle(holder)


def _change_keys(holder: dict[str, Any], key: str, rng: Random) -> None:
    kind = rng.randrange(5)
    if kind == 0:
        del holder[key]
        return
    if kind == 1:
        holder[rng.choice(_KEYS)] = holder[key]
    elif kind == 2:
        holder[rng.choice(NAMES)] = holder[key]
    elif kind == 3:
        items = list(holder.items())
        rng.shuffle(items)
        holder.clear()
        holder.update(items)
    else:
        value = holder.pop(key)
        holder[rng.choice((*NAMES, *_KEYS))] = value


def _new(old: Any, tree: Any, places: list[Path], rng: Random) -> Any:
    """Draw what stands in the place of something: mostly of its own sort."""
    if isinstance(old, str) and _NUMBER.fullmatch(old) and rng.random() < 0.7:
        return spelled(rng, number(rng), quotes=False)
    kind = rng.randrange(8)
    if kind < 3:
        return _at(tree, rng.choice(places))
    if kind == 3:
        return rng.choice(_SPECIALS)
    if kind == 4:
        return rng.choice(NAMES)
    if kind == 5:
        return [old]
    if kind == 6:
        return {rng.choice((*NAMES, *_KEYS)): old}
    return rng.choice(({}, [], "0", "1"))


# ------------------------------------------------------------------------------- writing


def written(tree: Any, rng: Random) -> str:
    """Write a tree as YAML, some of it in lines and some in brackets."""
    if not isinstance(tree, dict) or not tree:
        return _flow(tree) + "\n"
    return "".join(_block(tree, 0, rng))


def _block(tree: Any, indent: int, rng: Random) -> Iterator[str]:
    pad = " " * indent
    items = tree.items() if isinstance(tree, dict) else ((None, one) for one in tree)
    for key, one in items:
        head = f"{pad}-" if key is None else f"{pad}{_scalar(key)}:"
        if not one or isinstance(one, str) or key is None or rng.random() < 0.4:
            yield f"{head} {_flow(one)}\n"
        else:
            yield f"{head}\n"
            yield from _block(one, indent + 2, rng)


def _flow(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{_scalar(key)}: {_flow(one)}' for key, one in tree.items())}}}"
    if isinstance(tree, list):
        return f"[{', '.join(map(_flow, tree))}]"
    return _scalar(tree)


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
