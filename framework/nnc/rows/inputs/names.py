"""Which column is which input: names matched, and every name that does not match."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import NamedTuple

from nnc.diagnostics.diagnostic import closest
from nnc.diagnostics.rules import RuleName
from nnc.exact import shorten, show_number
from nnc.language.network import Input
from nnc.rows.inputs.elements import element_of, elements_told, has_element, taken_apart
from nnc.rows.inputs.likeness import is_near, skeleton
from nnc.rows.inputs.value import either


class Problem(NamedTuple):
    """A name that means nothing, at the place `at` of the names given, or one that is missing.

    `first` is the place of another name, which it excludes.
    """

    rule: RuleName
    message: str
    help: str
    at: int | None
    first: int | None = None


class LeftOut(NamedTuple):
    """A name that is no input and may be left out, with so many `more` elements of its kind."""

    name: str
    at: int
    more: int
    hint: str


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which of the names given holds what, by their places.

    `whole` has the inputs given under their own name, `elements` the buses given by element, in
    the order of the elements; neither has an input of which a problem tells.
    """

    whole: dict[str, int] = field(default_factory=dict)
    elements: dict[str, list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


_MOST_NAMED = 20  # inputs without a value that are named in a message
_MOST_VALUES = 8  # of a choice, in a help
_MOST_SEARCHES = 100  # each looks through all names

# -------------------------------------------------------------------------------- matching


class _Unknown(NamedTuple):
    """A name that is no input, or the first of several that look like elements of one `base`."""

    name: str
    at: int
    base: str
    place: int | None = None
    more: int = 0


def lay_out(
    names: Sequence[str],
    inputs: Mapping[str, Input],
    *,
    noun: str,
    extra: str = "error",
    also: Container[str] = (),
    hint: Callable[[str], str] | None = None,
    complete: bool = True,
    lists: bool = False,
) -> Layout:
    """Find the inputs among the `names` of columns, keys or values, and tell what is wrong.

    `noun` says which they are: a column holds a bus as an unsigned integer, a key or a value may
    hold a list too. A misspelled name and the input that it stands for are one problem, and so is
    one that would silently leave an input to its default. Names in `also` are outputs, and fine;
    `hint` says what to write for a name that is neither. Without `complete`, absent inputs are
    fine; with `lists`, a column may hold lists.
    """
    return _Matching(names, inputs, noun, extra, also, hint, complete=complete, lists=lists).layout


class _Matching:
    """The names of one header, object or mapping."""

    def __init__(
        self,
        names: Sequence[str],
        inputs: Mapping[str, Input],
        noun: str,
        extra: str,
        also: Container[str],
        hint: Callable[[str], str] | None,
        *,
        complete: bool,
        lists: bool,
    ) -> None:
        self.layout = Layout()
        self._is_flat = noun == "column" and not lists
        self._hint = hint
        self._inputs, self._noun, self._extra, self._complete = inputs, noun, extra, complete
        self._missing: RuleName = "missing-value" if noun == "value" else "missing-column"
        self._elements: dict[str, dict[int, int]] = {}
        self._is_told: set[str] = set()
        unknown = self._sort(names, also)
        self._absent = {
            name: one
            for name, one in inputs.items()
            if name not in self.layout.whole and name not in self._elements
        }
        self._tell_unknown(unknown)
        self._finish_elements()
        if complete:
            self._tell_absent()
        for name in self._is_told:
            self.layout.whole.pop(name, None)

    def _add(
        self, rule: RuleName, message: str, fix: str, at: int | None, first: int | None = None
    ) -> None:
        self.layout.problems.append(Problem(rule, message, fix, at, first))

    # ------------------------------------------------------------------ known and unknown

    def _sort(self, names: Sequence[str], also: Container[str]) -> list[_Unknown]:
        """Note where each input stands; gives the names that are none."""
        unknown: dict[object, _Unknown] = {}
        other: dict[str, tuple[bool, int]] = {}
        for at, name in enumerate(names):
            element = element_of(name) if "(" in name else None
            if name in self._inputs:
                self._note_whole(name, at)
            elif element is not None and has_element(self._inputs, *element):
                self._note_element(*element, at)
            elif name in also:
                base = element[0] if element else name
                is_element, first = other.setdefault(base, (element is not None, at))
                if is_element != (element is not None):
                    self._tell_twice(base, at, first)
            else:
                one = _Unknown(name, at, *taken_apart(name, self._inputs))
                key = at if one.place is None else one.base
                before = unknown.get(key)
                unknown[key] = one if before is None else before._replace(more=before.more + 1)
        return list(unknown.values())

    def _note_whole(self, name: str, at: int) -> None:
        one = self._inputs[name]
        if self._is_flat and one.size is not None and not one.is_integer_bus:
            kind = f"{one.type}s"
            if one.type == "bit":
                kind = f"bits that are {' or '.join(map(show_number, one.state_values))}"
            message = f"column `{name}` cannot hold a bus of {kind}"
            self._add("column-not-input", message, f"write {_columns(name, one)}", at)
            self._is_told.add(name)
        elif name in self._elements:
            self._tell_twice(name, at, next(iter(self._elements[name].values())))
        self.layout.whole.setdefault(name, at)

    def _note_element(self, name: str, place: int, at: int) -> None:
        if name in self.layout.whole:
            self._tell_twice(name, at, self.layout.whole[name])
        self._elements.setdefault(name, {}).setdefault(place, at)

    def _tell_twice(self, name: str, at: int, first: int) -> None:
        if name not in self._is_told:
            self._is_told.add(name)
            self._add(
                "duplicate-column",
                f"`{shorten(name)}` is given whole and by element",
                f"keep the {self._noun} `{shorten(name)}`, or those of its elements",
                at,
                first,
            )

    # ---------------------------------------------------------------------- unknown names

    def _tell_unknown(self, unknown: Sequence[_Unknown]) -> None:
        alike: dict[str, str] = {}
        for name in self._absent:
            alike.setdefault(skeleton(name), name)
        searches = 0
        for one in unknown:
            if self._is_misspelled_element(one):
                continue
            meant = one.base.strip()
            if meant not in self._absent and one.base not in self._inputs:
                found = closest(one.base, self._absent) if searches < _MOST_SEARCHES else None
                searches += 1
                meant = found or alike.get(skeleton(one.base), "")
            # A column beside one that is absent on purpose is an error only where it is near it.
            if meant in self._absent and (
                self._noun == "value"
                or self._absent[meant].default is None
                or is_near(one.base, meant)
            ):
                self._tell_meant(one, meant, self._absent.pop(meant))
            else:
                self._tell_left_over(one)

    def _is_misspelled_element(self, one: _Unknown) -> bool:
        """Take `a(03)` or `a[3]` for the element of a bus that is not there."""
        name, place = one.base, one.place
        if place is None or not has_element(self._inputs, name, place) or name in self.layout.whole:
            return False
        if place in self._elements.setdefault(name, {}):
            return False
        self._elements[name][place] = one.at
        if one.more:
            self._is_told.add(name)  # the others of its kind would be told each
        self._absent.pop(name, None)
        told = self._told(one)
        message = f"{told}, and `{name}({place})` has no {self._noun}"
        meant = f"`{name}({place})`"
        bare = "".join(one.name.split())
        fix = f"remove the blanks: {meant}" if f"`{bare}`" == meant else f"did you mean {meant}?"
        self._add(self._missing, message, fix, one.at)
        return True

    def _told(self, one: _Unknown) -> str:
        named = _named(one.name, self._noun)
        told = f"and {one.more:,} more are no inputs" if one.more else "is no input"
        if self._hint is not None:
            told += " and no outputs" if one.more else " and no output"
        return f"{named} {told}"

    def _tell_meant(self, one: _Unknown, meant: str, given: Input) -> None:
        fix = f"did you mean `{meant}`?"
        if one.place is not None and one.base == meant:
            fix = elements_told(meant, given)
            value = one.name.strip().partition(".")[2]
            if self._noun == "value" and given.of is not None:
                values = (value,) if value in given.of else given.of
                settings = [f"{meant}={shorten(each)}" for each in values[:_MOST_VALUES]]
                fix = f"`{meant}` is a choice: give {either(settings, len(values))}"
        elif one.place is not None and given.size is not None and one.place < given.size:
            fix = f"did you mean `{meant}({one.place})`?"
        elif one.name.strip() == meant:
            fix = f"remove the blanks: `{meant}`"
        told = self._told(one)
        if not self._complete:
            self._add("column-not-input", told, fix, one.at)
        elif given.default is None:
            message = f"{told}, and input `{meant}` has no {self._noun}"
            self._add(self._missing, message, fix, one.at)
        else:
            if fix.endswith("?"):
                fix += f" If not, remove the {self._noun}{'s' if one.more else ''}"
            message = f"{told}, and input `{meant}` would take its default"
            self._add("column-not-input", message, fix, one.at)

    def _tell_left_over(self, one: _Unknown) -> None:
        hint = ""
        if one.place is not None and one.base in self._inputs:
            hint = elements_told(one.base, self._inputs[one.base])
        if self._extra == "drop":
            self.layout.left_out.append(LeftOut(one.name, one.at, one.more, hint))
        elif self._extra == "error":
            fix = f"remove the {self._noun}{'s' if one.more else ''}"
            if self._hint is not None:
                hint = hint or self._hint(one.name)
            if self._noun == "value":
                names = list(islice(self._inputs, 9))
                fix = f"the inputs are {', '.join(names[:8])}{', …' if names[8:] else ''}"
            self._add("column-not-input", self._told(one), hint or fix, one.at)

    # ---------------------------------------------------------------------- missing names

    def _finish_elements(self) -> None:
        """Put the elements of each bus in order; tells those that are missing."""
        for name, places in self._elements.items():
            one = self._inputs[name]
            if name in self._is_told:
                continue
            if len(places) == one.width:
                self.layout.elements[name] = [places[i] for i in range(one.width)]
                continue
            lost = next(i for i in count() if i not in places)
            more = one.width - len(places) - 1
            told = f"`{name}({lost})`" + (f" and {more:,} more" if more else "")
            fix = f"add {'them' if more else 'it'}"
            if one.default is not None:
                fix += f"; the default of `{name}` stands only where all are left out"
            elif not self._is_flat or one.is_integer_bus:
                fix += f", or one {self._noun} `{name}` for all"
            message = f"input `{name}` has no {self._noun} for {told}"
            self._add(self._missing, message, fix, min(places.values()))

    def _tell_absent(self) -> None:
        """Tell the inputs that nothing is given for: one, or all of them at once."""
        lost = [name for name, one in self._absent.items() if one.default is None]
        if len(lost) > 1:
            told = ", ".join(f"`{name}`" for name in lost[:_MOST_NAMED])
            more = f" and {len(lost) - _MOST_NAMED:,} more" if lost[_MOST_NAMED:] else ""
            message = f"{len(lost):,} inputs have no {self._noun} and no default: {told}{more}"
            self._add(self._missing, message, f"add a {self._noun} for each", None)
            return
        for name in lost:
            one = self._inputs[name]
            fix = f"add a {self._noun} for `{name}`"
            if self._noun == "column" and one.size is not None:
                fix = f"add {_columns(name, one)}"
                if one.is_integer_bus:
                    fix += f", or a column `{name}` of unsigned integers"
            message = f"input `{name}` has no {self._noun} and no default"
            self._add(self._missing, message, fix, None)


def _columns(name: str, one: Input) -> str:
    if one.width == 1:
        return f"the column {name}(0)"
    return f"the columns {name}(0) to {name}({one.width - 1})"


def about_left_out(left_out: Sequence[LeftOut], noun: str) -> tuple[str, str]:
    """Give the warning, and its help, about columns that are no inputs."""
    total = sum(1 + one.more for one in left_out)
    it = "it" if total == 1 else "them"
    fix = next((f"{one.hint}; " for one in left_out if one.hint), "")
    fix += f"`--extra keep` writes {it} beside the outputs, `--extra error` refuses {it}"
    if total == 1:
        return f"{_named(left_out[0].name, noun)} is no input and is left out", fix
    told = ", ".join(f"`{shorten(one.name)}`" for one in left_out[:20])
    rest = total - min(len(left_out), 20)
    more = f" and {rest:,} more" if rest else ""
    return f"{noun}s {told}{more} are no inputs and are left out", fix


def _named(name: str, noun: str) -> str:
    if not name:
        return f"the {noun} without a name"
    told = shorten(name)
    return f"`{told}`" if noun == "value" else f"{noun} `{told}`"
