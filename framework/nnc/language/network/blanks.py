"""The numbers that a network leaves open: their positions, their limits, and how to fill them.

A blank that stands for many numbers, `weights: _`, is one place here; how many numbers it is, only
the wiring says: see `compiler.blanks`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath, closest, format_path
from nnc.language.firing import show_limit
from nnc.language.network.convolutions import AnyLayer
from nnc.language.network.fields import BLANK_SCHEMA, Form, words_of
from nnc.language.network.model import Model
from nnc.language.network.neurons import Neuron
from nnc.language.ranges import Open, open_number
from nnc.language.readers import one_of, read_declared, read_size
from nnc.numbers.exact import Refused, show_number

BlankKind = Literal["weight", "points", "threshold", "size"]
Replace = Callable[[KeyPath, Open], object]
"""Returns what replaces a blank, by its path: the number, or a list of several."""


class Blank(NamedTuple):
    """A place that leaves a number open, or all those that it stands for.

    `path` leads to it in the file, `low` and `high` are its bounds, None where there is none.
    """

    path: KeyPath
    kind: BlankKind
    low: Any
    high: Any

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {Open(self.low, self.high)}"


_SECTIONS = {
    "neurons": ("weights", "threshold", "thresholds"),
    "layers": ("weights", "thresholds", "size"),
}
"""The keys of declarations whose numbers may be left open."""
_NUMBERS = {int, Fraction}


def blanks_of(neurons: Mapping[str, Neuron], layers: Mapping[str, AnyLayer]) -> Iterator[Blank]:
    """Yield every blank of some neurons and layers, in their order."""
    declared: tuple[tuple[str, Mapping[str, Neuron | AnyLayer]], ...] = (
        ("neurons", neurons),
        ("layers", layers),
    )
    for section, declarations in declared:
        for name, declaration in declarations.items():
            for key in _SECTIONS[section]:
                value = getattr(declaration, key)
                kinds = map(type, value.values()) if type(value) is dict else (type(value),)
                if value is None or _NUMBERS.issuperset(kinds):
                    continue  # as nearly always
                for path, number in _blanks_in((section, name, key), value):
                    yield Blank(path, _kind_of(path), number.low, number.high)


def _blanks_in(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, Open]]:
    """Yield the blanks among numbers: a number, a list, rows of lists, or a mapping."""
    if isinstance(value, Open):
        yield path, value
    elif isinstance(value, dict) and not _NUMBERS.issuperset(map(type, value.values())):
        for key, item in value.items():
            yield from _blanks_in((*path, key if isinstance(key, str) else show_limit(key)), item)
    elif isinstance(value, tuple) and not _NUMBERS.issuperset(map(type, value)):
        for i, item in enumerate(value):
            yield from _blanks_in((*path, i), item)


def _kind_of(path: KeyPath) -> BlankKind:
    if path[2] == "size":
        return "size"
    if path[2] != "weights":
        return "threshold"
    return "points" if len(path) > 4 and isinstance(path[4], str) else "weight"


# --------------------------------------------------------------------------- other numbers


def with_numbers(
    neurons: Mapping[str, Neuron], layers: Mapping[str, AnyLayer], replace: Replace
) -> dict[str, Any]:
    """Return neurons and layers with something else in the place of each blank, by their key."""
    changed: dict[str, dict[str, Any]] = {"neurons": dict(neurons), "layers": dict(layers)}
    for section, name in dict.fromkeys(blank.path[:2] for blank in blanks_of(neurons, layers)):
        declaration = changed[str(section)][str(name)]
        values = {
            key: _replaced((section, name, key), getattr(declaration, key), replace)
            for key in _SECTIONS[str(section)]
            if isinstance(getattr(declaration, key), (Open, dict, tuple))
        }
        changed[str(section)][str(name)] = declaration.model_copy(update=values)
    return changed


def _replaced(path: KeyPath, value: object, replace: Replace) -> object:
    """Replace the blanks among numbers: a number, a list, rows of lists, or a mapping."""
    if isinstance(value, Open):
        return replace(path, value)
    if isinstance(value, dict):
        return {
            key: _replaced((*path, key if isinstance(key, str) else show_limit(key)), item, replace)
            for key, item in value.items()
        }
    if isinstance(value, tuple):
        return tuple(_replaced((*path, i), item, replace) for i, item in enumerate(value))
    return value


def filling(blanks: Iterable[Blank], values: Mapping[KeyPath, object]) -> Replace:
    """Return the replacement of each blank; one without a value stays open.

    A path leads to a blank, or to one of the numbers that a blank stands for, of which then all
    are given. Raises ValueError for a path that leads to neither, and for a number out of bounds.
    """
    places = {blank.path: blank for blank in blanks}
    chosen: dict[KeyPath, object] = {}
    parts: dict[KeyPath, dict[KeyPath, object]] = {}
    for path, value in values.items():
        place = next((path[:n] for n in range(len(path), 1, -1) if path[:n] in places), None)
        if place is None:
            near = closest(format_path(path), map(format_path, places))
            more = f"; did you mean `{near}`?" if near is not None else ""
            raise ValueError(f"no number is left open at `{format_path(path)}`{more}")
        if place == path:
            chosen[place] = value
        else:
            parts.setdefault(place, {})[path[len(place) :]] = value
    for place, items in parts.items():
        chosen[place] = _joined(place, items)
    numbers = {place: _number(places[place], value) for place, value in chosen.items()}
    return lambda path, open_: numbers.get(path, open_)


def _joined(place: KeyPath, items: Mapping[KeyPath, object]) -> object:
    """Join the numbers that a blank stands for: one where all are the same, else a list."""
    order = [path for path in items if all(isinstance(step, int) for step in path)]
    order.sort(key=lambda path: tuple(map(int, path)))
    columns = 1 + max((int(path[-1]) for path in order), default=0)
    expected: list[KeyPath] = [(i,) for i in range(columns)]
    if order and len(order[0]) > 1:
        rows = 1 + max(int(path[0]) for path in order)
        expected = [(i, j) for i in range(rows) for j in range(columns)]
    if order != expected or len(order) != len(items):
        message = f"some of the numbers that `{format_path(place)}` stands for are missing"
        raise ValueError(f"{message}: give all of them")
    values = [read_declared(items[path]) for path in order]
    if len(set(values)) == 1 and not _is_row(place):
        return values[0]
    if len(order[0]) == 1:
        return tuple(values)
    return tuple(tuple(values[i : i + columns]) for i in range(0, len(values), columns))


def _number(blank: Blank, value: Any, *, is_all: bool = True) -> Any:
    """Read what takes the place of a blank. Raises Refused for a number out of its bounds."""
    if isinstance(value, (list, tuple)) and _may_be_list(blank.path):
        return tuple(_number(blank, item, is_all=False) for item in value)
    number = read_size(value) if blank.kind == "size" else read_declared(value)
    if number not in Open(blank.low, blank.high):
        message = f"{show_number(number)} is out of the bounds of `{blank}`"
        raise Refused("bad-value", message)
    return (number,) if is_all and _is_row(blank.path) else number


def _may_be_list(path: KeyPath) -> bool:
    """Return whether a blank may stand for several numbers."""
    if path[0] == "layers":
        return (len(path) == 3 and path[2] != "size") or _is_row(path)
    return path[2] == "weights" and isinstance(path[-1], str) and len(path) < 5


def _is_row(path: KeyPath) -> bool:
    """Return whether a blank stands for a whole row of the weights of a layer."""
    return path[0] == "layers" and path[2] == "weights" and len(path) == 4


# ----------------------------------------------------------------- what is asked of them

MAX_DECIMALS = 18
MARGIN_MAX = "max"
_GOALS = {
    "weights": "The sum of the weights, without their signs, is as small as possible.",
    "terms": "As few weights as possible are not 0.",
}


def _read_range(value: object) -> Open:
    """Read the range of all plain blanks. Raises Refused."""
    blank = open_number(value, read_declared)
    if blank is None:
        number = show_number(read_declared(value))
        hint = f"write {number}..{number}, or a range such as -5..5"
        raise Refused("bad-range", f"`{number}` is a number, not a range", hint)
    return blank


def _whole(least: int, most: int | None, example: str) -> Form:
    """Return the reader of an integer within bounds, and its schema."""

    def read(value: object) -> int:
        number = read_declared(value)
        if not isinstance(number, int) or number < least or (most is not None and number > most):
            limits = f"from {least} to {most}" if most is not None else f"of at least {least}"
            message = f"expected an integer {limits}, found `{show_number(number)}`"
            raise Refused("unknown-value", message, f"write for example {example}")
        return number

    schema = {"type": "integer", "minimum": least}
    return Form(read, schema if most is None else {**schema, "maximum": most})


def _read_margin(value: object) -> int | str:
    """Read a margin: an integer, or `max`. Raises Refused."""
    if value == MARGIN_MAX:
        return MARGIN_MAX
    try:
        number = read_declared(value)
    except Refused as error:
        if error.rule != "not-a-number":
            raise
        raise Refused(error.rule, error.message, "write an integer such as 1, or max") from None
    if not isinstance(number, int) or number < 1:
        message = f"expected an integer of at least 1 or `max`, found `{show_number(number)}`"
        raise Refused("unknown-value", message, "write `margin: 1`, the least, or `margin: max`")
    return number


def _read_zero(value: object) -> bool:
    """Read whether weights may be 0. Raises Refused."""
    flag = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
    if flag is None:
        message = f"expected true or false, found `{value}`"
        raise Refused("unknown-value", message, "write `zero: false`")
    return flag


_ZERO = Form(_read_zero, {"type": "boolean"})
_RANGE = Form(_read_range, BLANK_SCHEMA)
_DECIMALS = _whole(0, MAX_DECIMALS, "1")
_TERMS = _whole(1, None, "4")
_GOAL = Form(one_of(tuple(_GOALS)), words_of(_GOALS))
_MARGIN = Form(_read_margin, {"anyOf": [{"type": "integer", "minimum": 1}, {"const": MARGIN_MAX}]})


class Unknown(Model):
    """Constraints on the numbers left open, beside their own bounds; no part of the meaning."""

    range: Annotated[Open | None, _RANGE] = None
    """The range of every weight that is a plain `_`: -5..5."""
    decimals: Annotated[int | None, _DECIMALS] = None
    """The number of decimals of the numbers; 0 by default."""
    terms: Annotated[int | None, _TERMS] = None
    """The most weights other than 0 of each neuron with blanks."""
    minimize: Annotated[str | None, _GOAL] = None
    """The goal, which is as small as possible; `weights` by default."""
    zero: Annotated[bool | None, _ZERO] = None
    """True if a weight that `nnc train` finds may be 0; true by default."""
    margin: Annotated[int | str | None, _MARGIN] = None
    """The distance of sums from thresholds, in units of the last decimal; 1, or `max`."""

    noun = "`unknown`"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            range: str | Open | None = None,
            decimals: int | None = None,
            terms: int | None = None,
            minimize: str | None = None,
            zero: bool | None = None,
            margin: int | str | None = None,
        ) -> None: ...
