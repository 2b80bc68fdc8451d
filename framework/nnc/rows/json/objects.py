"""JSON objects as rows: what `json` and `jsonl` share."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.numbers.exact import Refused, fits_json
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import column_of_values
from nnc.rows.inputs.names import Layout, about_left_out, lay_out
from nnc.rows.json.text import Member, RepeatedKeys, elements, kind, members
from nnc.rows.json.values import ABSENT, fast_column, read_json
from nnc.rows.output import Numerals, Table, texts_of
from nnc.rows.session import ERROR, LINE, TEXT, CellRef, RowFindings, Session, error_text
from nnc.rows.texts import Text

_MAX_LAYOUTS = 1 << 10


class Wrong(NamedTuple):
    """Why a row is no object: the rule, the message, the place and the help."""

    rule: RuleName
    message: str
    place: CellRef
    help: str


class Item(NamedTuple):
    """A row: its object and position, or the reason why it is not a row."""

    value: dict[str, Any]
    start: int
    end: int
    text: Text
    wrong: Wrong | None = None


def item_of(value: object, start: int, end: int, text: Text) -> Item:
    """Return a value as a row, which has to be an object."""
    if isinstance(value, dict):
        return Item(value, start, end, text)
    message = f"expected an object, found {kind(value)}"
    hint = 'write each row as an object: {"a": 1}'
    return Item({}, start, end, text, Wrong("bad-json", message, text.place(start, end), hint))


class _Row(NamedTuple):
    """An object, and the number of its row."""

    item: Item
    number: int


class Objects:
    """Turns objects into batches; mistakes in them are noted."""

    def __init__(self, session: Session) -> None:
        self._session, self._columns = session, session.columns
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._named: set[str] = set()
        self._kept: dict[str, None] = {}
        self._is_first = True
        self._members_of: dict[int, dict[str, Member]] = {}  # by where an object starts
        self._unused, self._keys = set(session.options.rename), set[str]()

    def batch(self, items: Sequence[Item], start: int, findings: RowFindings) -> Batch | None:
        """Read some objects, the first of which has a number; None where there are mistakes."""
        self._members_of.clear()
        if self._unused:
            keys = set().union(*(item.value for item in items))
            self._keys |= keys
            self._unused -= keys
        rows, layouts = list[_Row](), list[Layout]()
        known = self._layouts.get
        for number, item in enumerate(items, start):
            if item.wrong is not None:
                rule, message, place, hint = item.wrong
                findings.add(rule, message, place, help=hint, row=number)
                continue
            row, layout = _Row(item, number), known(tuple(item.value))
            if layout is None or isinstance(item.value, RepeatedKeys):
                layout = self._check_keys(row, findings)
            rows.append(row)
            layouts.append(layout)
        sound = [row.item for row in rows]
        columns = [
            self._column(name, input_, rows, sound, layouts, findings)
            for name, input_ in self._session.inputs.items()
        ]
        if findings or not rows:
            return None
        self._is_first = False
        extras = {name: [self._extra(item, name) for item in items] for name in self._kept}
        read = tuple(column for column in columns if column is not None)
        assert len(read) == len(columns)
        return Batch(read, len(items), extras)

    def keep_as(self, items: Sequence[Item]) -> None:
        """Keep the keys that the first objects of the file have, of which others are a part."""
        for number, item in enumerate(items):
            if item.wrong is None:
                self._check_keys(_Row(item, number), RowFindings(self._session.file))
        self._is_first = False

    def note_unused(self, findings: RowFindings) -> None:
        """Note which keys to rename no object has."""
        for old in sorted(self._unused):
            findings.add_unused(old, self._keys, "key")

    def _check_keys(self, row: _Row, findings: RowFindings) -> Layout:
        """Find the inputs among the keys of an object, and note the mistakes in them."""
        item, number = row
        names = list(item.value)
        is_sound = not isinstance(item.value, RepeatedKeys)
        if not is_sound:
            self._check_twice(row, findings)
        layout = lay_out(
            names,
            self._session.inputs,
            noun="key",
            extra=self._session.options.extra,
            also=self._session.also,
            rename=self._session.options.rename,
        )
        for problem in layout.problems:
            place, first = item.text.place(item.start, item.start + 1), None
            if problem.at is not None:
                place = self._key_place(names[problem.at], item)
            if problem.first is not None:
                first = self._key_place(names[problem.first], item)
            hint = problem.help_with(options=self._session.options.has_options)
            findings.add(problem.rule, problem.message, place, help=hint, first=first, row=number)
        left_out = [left for left in layout.left_out if left.name not in self._named]
        if left_out:
            self._named.update(left.name for left in left_out)
            place = self._key_place(left_out[0].name, item)
            self._session.warn(
                *about_left_out(left_out, "key", self._session.options.extra_help), place
            )
        self._keep([names[at] for at in layout.others], item)
        if is_sound and not layout.problems:
            if len(self._layouts) >= _MAX_LAYOUTS:
                self._layouts.clear()  # each row may have an order of its own
            self._layouts[tuple(names)] = layout
        return layout

    def _keep(self, names: Sequence[str], item: Item) -> None:
        """Note the keys, no inputs, that are kept, as far as the first objects have them."""
        for name in names:
            if name in self._kept or not self._session.keeps(name):
                continue
            if self._is_first:
                self._kept[name] = None
            elif name not in self._named:
                self._named.add(name)
                message = f"key `{name}` is not an input, appears late and is left out"
                place = self._key_place(name, item)
                self._session.warn(message, "give it in the first row too", place)

    def _members(self, item: Item) -> dict[str, Member]:
        """Return the places in an object by key, the last of each; an object is scanned once."""
        by_key = self._members_of.get(item.start)
        if by_key is None:
            by_key = {member.key: member for member in members(item.text.text, item.start)}
            self._members_of[item.start] = by_key
        return by_key

    def _key_place(self, key: str, item: Item) -> CellRef:
        """Return the place of a key, the last of its name."""
        member = self._members(item)[key]
        return item.text.place(member.key_start, member.key_end)

    def _check_twice(self, row: _Row, findings: RowFindings) -> None:
        seen: set[str] = set()
        text = row.item.text
        for member in members(text.text, row.item.start):
            if member.key in seen:
                message = f"key `{member.key}` appears twice"
                place = text.place(member.key_start, member.key_end)
                hint = "remove one of them"
                findings.add("duplicate-column", message, place, help=hint, row=row.number)
            seen.add(member.key)

    def _column(
        self,
        name: str,
        input_: Input,
        rows: Sequence[_Row],
        items: Sequence[Item],
        layouts: Sequence[Layout],
        findings: RowFindings,
    ) -> Column | Labels | None:
        """Read one input of all objects; None, and findings, where a value is refused."""
        if not rows:
            return None
        values = _values_of(name, items, layouts)
        column = fast_column(values, input_)
        if column is not None:
            return column
        read = [
            read_json(value, input_, partial(self._note, name, row, layout, findings))
            for value, row, layout in zip(values, rows, layouts, strict=True)
        ]
        sound = [value for value in read if value is not None]
        return column_of_values(sound, input_) if len(sound) == len(rows) else None

    def _note(
        self,
        name: str,
        row: _Row,
        layout: Layout,
        findings: RowFindings,
        element: int | None,
        error: Refused,
    ) -> None:
        key = self._key_of(name, element, row.item, layout)
        if key is None:
            return  # its key is misspelt, which is reported: the value may belong to another
        by_key = self._members(row.item)
        member = by_key[key]
        if element is not None and name in layout.whole:
            inner = f"{key}({element})"  # which no other key is
            if inner not in by_key:
                by_key.update(elements(row.item.text.text, member))
            member = by_key[inner]
        element_name = name if element is None else f"{name}({element})"
        place = row.item.text.place(member.start, member.end)
        findings.refuse(element_name, error, place, row=row.number)

    def _key_of(self, name: str, element: int | None, item: Item, layout: Layout) -> str | None:
        """Return the key of an input, or of one of its elements; None where it is misspelt."""
        keys = list(item.value)
        if name in layout.whole:
            return keys[layout.whole[name]]
        places = layout.elements.get(name)
        if places is None or element is None:
            return None
        key = keys[places[element]]
        return key if self._columns.input_of(key) == f"{name}({element})" else None

    def _extra(self, item: Item, name: str) -> str:
        """Return an extra as a text: that of a string, nothing for null, else as written."""
        value = item.value.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        member = self._members(item)[name]
        return item.text.text[member.start : member.end]


def _values_of(name: str, items: Sequence[Item], layouts: Sequence[Layout]) -> list[object]:
    """Return the value of an input in each object: a tuple for a bus that is given by element."""
    first = _picker(name, list(items[0].value), layouts[0])
    if layouts.count(layouts[0]) == len(layouts):
        return [first(item.value) for item in items]
    picks = {id(layouts[0]): first}
    values: list[object] = []
    for item, layout in zip(items, layouts, strict=True):
        pick = picks.get(id(layout))
        if pick is None:
            pick = picks[id(layout)] = _picker(name, list(item.value), layout)
        values.append(pick(item.value))
    return values


def _picker(name: str, keys: list[str], layout: Layout) -> Callable[[dict[str, object]], object]:
    if name in layout.whole:
        return itemgetter(keys[layout.whole[name]])
    if name not in layout.elements:
        return lambda _: ABSENT
    names = [keys[at] for at in layout.elements[name]]
    return itemgetter(*names) if len(names) > 1 else lambda value: (value[names[0]],)


# ---------------------------------------------------------------------------------- rejects


class Form(NamedTuple):
    """The texts before, between and after objects; and the text for no objects."""

    begin: str
    between: str
    end: str
    nothing: str


JSON = Form("[\n  ", ",\n  ", "\n]\n", "[]\n")
JSON_LINES = Form("", "\n", "\n", "")


class JsonRejects:
    """Writes rejected rows as objects, with their line number and mistake."""

    def __init__(self, session: Session, form: Form) -> None:
        self._rejects, self._form, self._before = session.rejects, form, form.begin

    def part(self, items: Sequence[Item], is_kept: Array) -> list[Item]:
        """Return some rows."""
        return list(compress(items, is_kept))

    def place(self, items: Sequence[Item], row: int) -> CellRef:
        """Return the place of a row."""
        return items[row].text.place(items[row].start, items[row].end)

    def write(self, items: Sequence[Item], _: Array, wrong: Collection[list[Diagnostic]]) -> None:
        """Write rows as they were."""
        assert self._rejects is not None
        for item, diagnostics in zip(items, wrong, strict=True):
            self._rejects.write((self._before + _rejected_text(item, diagnostics)).encode())
            self._before = self._form.between

    def end(self) -> None:
        """Write what stands after the last object."""
        if self._rejects is not None:
            is_none = self._before == self._form.begin
            self._rejects.write((self._form.nothing if is_none else self._form.end).encode())


def _rejected_text(item: Item, diagnostics: Sequence[Diagnostic]) -> str:
    place = item.text.place(item.start, item.start) if item.wrong is None else item.wrong.place
    error = json.dumps(error_text(diagnostics), ensure_ascii=False)
    parts = [f'"{LINE}": {place.span.line}', f'"{ERROR}": {error}']
    row_text = item.text.text[item.start : item.end]
    if item.wrong is None:
        parts += [
            row_text[member.key_start : member.end]
            for member in members(row_text, 0)
            if member.key not in (LINE, ERROR)
        ]
    elif row_text:
        text = row_text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        parts.append(f'"{TEXT}": {json.dumps(text, ensure_ascii=False)}')
    return "{" + ", ".join(parts) + "}"


# ------------------------------------------------------------------------------- writing


def lines_of(result: Table, names: Sequence[str]) -> list[str]:
    """Return each row as one JSON object."""
    keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
    columns = [_values(result[name]) for name in names]
    if not columns:
        return []
    columns = [[key + text for text in column] for key, column in zip(keys, columns, strict=True)]
    return ["{" + ", ".join(row) + "}" for row in zip(*columns, strict=True)]


def _values(column: Column | Labels | Sequence[str]) -> list[str]:
    """Print values as JSON: an integer below 2^53 as a number, else a text.

    What a column can hold is judged before, by the network: see `nnc.rows.column_types`.
    """
    if isinstance(column, Numerals):
        return column
    if isinstance(column, Labels):
        labels = [json.dumps(label, ensure_ascii=False) for label in column.labels]
        return [labels[code] for code in column.listed()]
    if not isinstance(column, Column):
        return [json.dumps(text, ensure_ascii=False) for text in column]
    texts = texts_of(column)
    quoted = {text: text if _is_safe(text) else f'"{text}"' for text in set(texts)}
    return [quoted[text] for text in texts]


def _is_safe(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isdigit() and (len(digits) < 16 or (len(digits) < 20 and fits_json(int(digits))))
