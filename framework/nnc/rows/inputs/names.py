"""Names of columns, keys or values -> inputs, and the mistakes in the others."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from nnc.diagnostics.diagnostic import closest
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.numbers.exact import MAX_NAMES, first_names, names_and_more, shorten, show_number
from nnc.rows.elements import (
    InputColumns,
    element_of,
    elements_hint,
    has_element,
    taken_apart,
)
from nnc.rows.inputs.value import either
from nnc.rows.options import Extra
from nnc.rows.session import ERROR, LINE, ROW

_MAX_SEARCHES = 100  # each looks through all names
MIN_RATIO = 0.75  # of the letters that near names share; one edit of 4 letters leaves as many

# -------------------------------------------------------------------------------- matching


class Problem(NamedTuple):
    """A name without a meaning, the one at index `at` of those given, or one that is missing.

    `first` is the place of another name, which it excludes. `option` says which option of the
    command line reads the rows as they are.
    """

    rule: RuleName
    message: str
    help: str
    at: int | None
    first: int | None = None
    option: str = ""

    def help_with(self, *, options: bool) -> str:
        """Return the help, with the option where the user has `options`."""
        if not options or not self.option:
            return self.help
        before, mark, after = self.help.partition("?")
        if not mark:
            return f"{self.help}; {self.option}"
        return f"{before}? {self.option}" + (f".{after}" if after else "")


class LeftOut(NamedTuple):
    """A name that is not an input and may be left out, and the number of `more` like it."""

    name: str
    at: int
    more: int
    hint: str


class Layout:
    """The meaning of each of some names, by their indices.

    `whole` has the inputs given under their own name, `elements` the buses given by element, in
    the order of the elements; neither has an input that has a problem. `others` are the places of
    names that are no inputs.
    """

    def __init__(self) -> None:
        self.whole: dict[str, int] = {}
        self.elements: dict[str, list[int]] = {}
        self.others: list[int] = []
        self.problems: list[Problem] = []
        self.left_out: list[LeftOut] = []


class _Unknown(NamedTuple):
    """A name of no input, or the first of several of one `base`: of a bus, or without a name."""

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
    extra: Extra | None = "error",
    also: Container[str] = (),
    hint: Callable[[str], str] | None = None,
    complete: bool = True,
    lists: bool = False,
    rename: Mapping[str, str] | None = None,
) -> Layout:
    """Find the inputs among the `names` of columns, keys or values, and the mistakes.

    `noun` says which they are: a column holds a bus as an unsigned integer, a key or a value may
    hold a list too. A misspelled name and the input that it stands for are one problem, and so is
    one that would silently leave an input to its default. Names in `also` are outputs, and fine;
    `hint` says what to write for a name that is neither. Without `complete`, absent inputs are
    fine; with `lists`, a column may hold lists. Columns and keys hold the inputs that declare them,
    or what `rename` says; values go by the names of the inputs.
    """
    is_flat = noun == "column" and not lists
    columns = InputColumns(inputs, rename, declared=noun != "value")
    matching = _Matching(inputs, columns, noun, extra, hint, complete=complete, is_flat=is_flat)
    return matching.layout_of(names, also)


class _Matching:
    """The names of one header, object or mapping."""

    def __init__(
        self,
        inputs: Mapping[str, Input],
        columns: InputColumns,
        noun: str,
        extra: Extra | None,
        hint: Callable[[str], str] | None,
        *,
        complete: bool,
        is_flat: bool,
    ) -> None:
        self._layout = Layout()
        self._names: Sequence[str] = ()
        self._inputs, self._columns = inputs, columns
        self._noun, self._extra, self._hint = noun, extra, hint
        self._complete, self._is_flat = complete, is_flat
        self._missing: RuleName = "missing-value" if noun == "value" else "missing-column"
        self._elements: dict[str, dict[int, int]] = {}
        self._reported: set[str] = set()
        self._absent: dict[str, Input] = {}

    def layout_of(self, names: Sequence[str], also: Container[str]) -> Layout:
        """Find the inputs among the names."""
        self._names = names
        unknown = self._sort(names, also)
        self._absent = {
            name: input_
            for name, input_ in self._inputs.items()
            if name not in self._layout.whole and name not in self._elements
        }
        self._tell_unknown(unknown)
        self._finish_elements()
        if self._complete:
            self._tell_absent()
        for name in self._reported:
            self._layout.whole.pop(name, None)
        return self._layout

    def _add(
        self,
        rule: RuleName,
        message: str,
        hint: str,
        at: int | None,
        first: int | None = None,
        option: str = "",
    ) -> None:
        self._layout.problems.append(Problem(rule, message, hint, at, first, option))

    # ------------------------------------------------------------------ known and unknown

    def _sort(self, names: Sequence[str], also: Container[str]) -> list[_Unknown]:
        """Note where each input stands; return the names that are not inputs."""
        unknown: dict[object, _Unknown] = {}
        other: dict[str, tuple[bool, int]] = {}
        for at, name in enumerate(names):
            input_name = self._columns.input_of(name)
            if input_name is not None:
                element = None if input_name in self._inputs else element_of(input_name)
                if element is None:
                    self._note_whole(input_name, at)
                else:
                    self._note_element(*element, at)
                continue
            self._layout.others.append(at)
            if name in also:
                element = element_of(name) if "(" in name else None
                base = element[0] if element else name
                is_element, first = other.setdefault(base, (element is not None, at))
                if is_element != (element is not None):
                    self._tell_twice(base, at, first)
            else:
                stray = _Unknown(name, at, *taken_apart(name, self._inputs))
                key = at if stray.place is None and name else stray.base
                before = unknown.get(key)
                unknown[key] = stray if before is None else before._replace(more=before.more + 1)
        return list(unknown.values())

    def _note_whole(self, name: str, at: int) -> None:
        input_ = self._inputs[name]
        if self._is_flat and input_.size is not None and not input_.is_integer_bus:
            kind = f"{input_.type}s"
            if input_.type == "bit":
                kind = f"bits that are {' or '.join(map(show_number, input_.state_values))}"
            column = shorten(self._columns.column_of(name))
            message = f"column `{column}` cannot hold a bus of {kind}"
            self._add("column-not-input", message, f"write {self._columns_of(name)}", at)
            self._reported.add(name)
        elif name in self._elements:
            self._tell_twice(name, at, next(iter(self._elements[name].values())))
        elif name in self._layout.whole:
            self._report_repeated(name, name, at, self._layout.whole[name])
        self._layout.whole.setdefault(name, at)

    def _note_element(self, name: str, place: int, at: int) -> None:
        if name in self._layout.whole:
            self._tell_twice(name, at, self._layout.whole[name])
        places = self._elements.setdefault(name, {})
        if place in places:
            self._report_repeated(name, f"{name}({place})", at, places[place])
        places.setdefault(place, at)

    def _report_repeated(self, name: str, element: str, at: int, first: int) -> None:
        """Report two columns of one input, or element; a repeated name is reported elsewhere."""
        if name not in self._reported and self._names[at] != self._names[first]:
            self._reported.add(name)
            message = f"two {self._noun}s hold `{shorten(element)}`"
            self._add("duplicate-column", message, "keep one of them", at, first)

    def _tell_twice(self, name: str, at: int, first: int) -> None:
        if name not in self._reported:
            self._reported.add(name)
            self._add(
                "duplicate-column",
                f"`{shorten(name)}` is given whole and by element",
                f"keep the {self._noun} `{shorten(name)}`, or those of its elements",
                at,
                first,
            )

    # ---------------------------------------------------------------------- unknown names

    def _tell_unknown(self, unknown: Sequence[_Unknown]) -> None:
        absent = {self._columns.column_of(name): name for name in self._absent}
        alike: dict[str, str] = {}
        for column in absent:
            alike.setdefault(skeleton(column), column)
        searches = 0
        for stray in unknown:
            if self._is_misspelled_element(stray):
                continue
            column, is_replaced = stray.base.strip(), self._columns.is_replaced(stray.base)
            if is_replaced and stray.base in self._absent:
                column = self._columns.column_of(stray.base)
            elif column not in absent and (is_replaced or stray.base not in self._inputs):
                close = closest(stray.base, absent) if searches < _MAX_SEARCHES else None
                searches += 1
                column = close or alike.get(skeleton(stray.base), "")
            name = absent.get(column)
            name = name if name in self._absent else None  # one element may have been told of it
            # A column beside one that is absent on purpose is an error only where it is near it.
            if name is not None and (
                self._noun == "value"
                or self._absent[name].default is None
                or is_replaced
                or is_near(stray.base, column)
            ):
                self._tell_meant(stray, column, name, self._absent.pop(name))
                del absent[column]
            else:
                self._tell_left_over(stray)

    def _is_misspelled_element(self, stray: _Unknown) -> bool:
        """Take `a(03)` or `a[3]` for the element of a bus that is not there."""
        name, place = stray.base, stray.place
        if (
            place is None
            or not has_element(self._inputs, name, place)
            or name in self._layout.whole
            or self._columns.is_replaced(name)
        ):
            return False
        if place in self._elements.setdefault(name, {}):
            return False
        self._elements[name][place] = stray.at
        if stray.more:
            self._reported.add(name)  # the others of its kind would be told each
        self._absent.pop(name, None)
        subject = self._subject(stray)
        message = f"{subject}, and `{name}({place})` has no {self._noun}"
        meant = f"`{name}({place})`"
        bare = "".join(stray.name.split())
        hint = f"remove the spaces: {meant}" if f"`{bare}`" == meant else f"did you mean {meant}?"
        self._add(self._missing, message, hint, stray.at)
        return True

    def _subject(self, stray: _Unknown) -> str:
        if self._columns.is_replaced(stray.base):
            is_not = "are not read" if stray.more else "is not read"
        elif self._hint is None:
            is_not = "are not inputs" if stray.more else "is not an input"
        else:
            is_not = (
                "are neither inputs nor outputs"
                if stray.more
                else "is neither an input nor an output"
            )
        if stray.more and not stray.name:
            return f"{1 + stray.more:,} {self._noun}s without a name {is_not}"
        more = f" and {stray.more:,} more" if stray.more else ""
        return f"{_named(stray.name, self._noun)}{more} {is_not}"

    def _without(self, name: str) -> str:
        """Report that the rows lack the column of an input."""
        column = self._columns.column_of(name)
        column = "" if column == name else f" `{shorten(column)}`"
        return f"input `{name}` has no {self._noun}{column}"

    def _tell_meant(self, stray: _Unknown, meant: str, name: str, input_: Input) -> None:
        hint = f"did you mean `{meant}`?"
        if stray.place is not None and stray.base == meant == name:
            hint = elements_hint(meant, input_)
            value = stray.name.strip().partition(".")[2]
            if self._noun == "value" and input_.of is not None:
                values = (value,) if value in input_.of else input_.of
                hint = f"`{meant}` is a choice: {_give(meant, values)}"
        elif stray.place is not None and input_.size is not None and stray.place < input_.size:
            hint = f"did you mean `{meant}({stray.place})`?"
        elif stray.name == meant:  # an input whose elements have columns of other names
            hint = f"write {self._columns_of(name)}"
        elif stray.name.strip() == meant:
            hint = f"remove the spaces: `{meant}`"
        subject, option = self._subject(stray), ""
        if self._noun != "value" and stray.place is None and stray.name != meant:
            renaming = shlex.quote(f"{stray.name}={name}")
            option = f"`--rename {renaming}` reads it as that"
        if not self._complete:
            self._add("column-not-input", subject, hint, stray.at)
        elif input_.default is None:
            message = f"{subject}, and {self._without(name)}"
            self._add(self._missing, message, hint, stray.at, option=option)
        else:
            if hint.endswith("?"):
                hint += f" If not, remove the {self._noun}{'s' if stray.more else ''}"
            message = f"{subject}, and input `{name}` would take its default"
            self._add("column-not-input", message, hint, stray.at, option=option)

    def _tell_left_over(self, stray: _Unknown) -> None:
        hint = ""
        if self._columns.is_replaced(stray.base):
            column = shorten(self._columns.column_of(stray.base))
            hint = f"`{stray.base}` is read from the {self._noun} `{column}`"
        elif stray.place is not None and stray.base in self._inputs:
            hint = elements_hint(stray.base, self._inputs[stray.base])
        elif stray.base in (LINE, ROW, ERROR):
            hint = "such columns say what was wrong with rejected rows, and can be dropped"
        if self._extra is None or (self._extra == "keep" and not stray.name and stray.more):
            self._layout.left_out.append(LeftOut(stray.name, stray.at, stray.more, hint))
        elif self._extra == "error":
            removal = f"remove the {self._noun}{'s' if stray.more else ''}"
            if self._hint is not None:
                hint = hint or self._hint(stray.name)
            if self._noun == "value":
                removal = f"the inputs are {first_names(self._inputs)}"
            self._add("column-not-input", self._subject(stray), hint or removal, stray.at)

    # ---------------------------------------------------------------------- missing names

    def _finish_elements(self) -> None:
        """Put the elements of each bus in order, and add those that are missing."""
        for name, places in self._elements.items():
            input_ = self._inputs[name]
            if name in self._reported:
                continue
            if len(places) == input_.width:
                self._layout.elements[name] = [places[i] for i in range(input_.width)]
                continue
            lost = next(i for i in count() if i not in places)
            more = input_.width - len(places) - 1
            element = shorten(self._columns.column_of(f"{name}({lost})"))
            elements = f"`{element}`" + (f" and {more:,} more" if more else "")
            hint = f"add {'them' if more else 'it'}"
            if input_.default is not None:
                hint += f"; the default of `{name}` counts only where all are left out"
            elif not self._is_flat or input_.is_integer_bus:
                hint += f", or one {self._noun} `{self._columns.column_of(name)}` for all"
            message = f"input `{name}` has no {self._noun} for {elements}"
            self._add(self._missing, message, hint, min(places.values()))

    def _tell_absent(self) -> None:
        """Add the inputs that have no value and no default: one problem for all of them."""
        lost = [name for name, input_ in self._absent.items() if input_.default is None]
        if len(lost) > 1:
            names = names_and_more([self._columns.column_of(name) for name in lost])
            message = f"{len(lost):,} inputs have no {self._noun} and no default: {names}"
            hint = f"add a {self._noun} for each"
            is_fine = all(_may_be_absent(self._inputs[name]) for name in lost)
            option = "`--rest 0` makes each of them 0" if is_fine else _BY_DEFAULT
            if self._layout.left_out:
                option = f"`--rename {self._noun.upper()}=NAME` reads one of another name"
            self._add(self._missing, message, hint, None, option=option)
            return
        for name in lost:
            input_ = self._inputs[name]
            column = self._columns.column_of(name)
            hint = f"add a {self._noun} for `{name}`"
            if self._noun == "value" and input_.of is not None:
                hint = _give(name, input_.of)
            if column != name:
                hint = f"add it, or say which {self._noun} holds it"
            if self._noun == "column" and input_.size is not None:
                hint = f"add {self._columns_of(name)}"
                if input_.is_integer_bus and input_.columns is None:
                    hint += f", or a column `{column}` of unsigned integers"
            message = f"{self._without(name)} and no default"
            option = "`--rest 0` makes it 0" if _may_be_absent(input_) else _BY_DEFAULT
            self._add(self._missing, message, hint, None, option=option)

    def _columns_of(self, name: str) -> str:
        """Name the columns of the elements of a bus."""
        last = self._inputs[name].width - 1
        first = self._columns.column_of(f"{name}(0)")
        if not last:
            return f"the column {first}"
        return f"the columns {first} to {self._columns.column_of(f'{name}({last})')}"


def _give(name: str, values: Sequence[str]) -> str:
    texts = [f"`{shorten(each)}`" for each in values[:MAX_NAMES]]
    return f"give `{name}` the value {either(texts, len(values))}"


_BY_DEFAULT = "without one, a `default` in the network counts"


def _may_be_absent(input_: Input) -> bool:
    """Return whether nothing said may mean 0: of a bit, and not of an age."""
    return input_.type == "bit" and input_.refuses(0) is None


def about_left_out(left_out: Sequence[LeftOut], noun: str, ways: str) -> tuple[str, str]:
    """Return the warning, and its help, about columns that are not inputs.

    `ways` are what can be done about `{it}`.
    """
    total = sum(1 + left.more for left in left_out)
    it = "it" if total == 1 else "them"
    hint = next((f"{left.hint}; " for left in left_out if left.hint), "")
    unnamed = next((1 + left.more for left in left_out if not left.name and left.more), 0)
    if unnamed == total:
        return f"{unnamed:,} {noun}s without a name are left out", "remove them, or name each"
    hint += ways.format(it=it)
    if total == 1:
        return f"{_named(left_out[0].name, noun)} is not an input and is left out", hint
    named = [left for left in left_out if left.name or not left.more]
    names = ", ".join(f"`{shorten(left.name)}`" for left in named[:20])
    rest = total - min(len(named), 20) - unnamed
    more = f" and {rest:,} more" if rest else ""
    more += f" and {unnamed:,} without a name" if unnamed else ""
    return f"{noun}s {names}{more} are not inputs and are left out", hint


def _named(name: str, noun: str) -> str:
    if not name:
        return f"the {noun} without a name"
    label = shorten(name)
    return f"`{label}`" if noun == "value" else f"{noun} `{label}`"


# --------------------------------------------------------------------------------- likeness


def is_near(name: str, other: str) -> bool:
    """Return whether one name is most likely a misspelling of another.

    They are equal but for case, blanks, `_`, `-` and doubled letters; or of at least 4 letters, and
    share three fourths of them in order. So `id` is not near `d`, nor `name` near `income`.
    """
    first, two = _bare(name), _bare(other)
    is_alike = difflib.SequenceMatcher(None, first, two).ratio() >= MIN_RATIO
    return skeleton(name) == skeleton(other) or (max(len(first), len(two)) >= 4 and is_alike)


def skeleton(name: str) -> str:
    """Leave out case, blanks, `_` and `-`, and write each doubled letter once.

    Digits stay, for `x11` is not `x1`.
    """
    return re.sub(r"([^\W\d])\1+", r"\1", _bare(name))


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())
