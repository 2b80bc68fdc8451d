"""JSON objects as rows: what `json` and `jsonl` share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.numbers.exact import Refused, fits_json
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import column_of_values
from nnc.rows.inputs.names import Layout, about_left_out, lay_out
from nnc.rows.json.text import BadJsonError, Item, Member, RepeatedKeys, elements, kind, members
from nnc.rows.json.values import ABSENT, fast_column, read_json
from nnc.rows.output import Numerals, Table, texts_of
from nnc.rows.session import (
    ERROR,
    LINE,
    TEXT,
    CellRef,
    FindingsByRow,
    Rejects,
    RowFindings,
    Session,
    error_text,
    not_allowed,
)
from nnc.rows.texts import Text, not_utf8

_MAX_LAYOUTS = 1 << 10


class Objects:
    """Turns objects into batches; mistakes in them are noted, or the objects skipped."""

    def __init__(self, session: Session, findings: RowFindings, form: Form) -> None:
        self._session, self._stopping = session, findings
        self._columns = session.columns
        self._rows = None if session.rejects is None else FindingsByRow(session.file)
        self._findings = findings if self._rows is None else self._rows
        self._rejected = JsonRejects(session.rejects, form)
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._named: set[str] = set()
        self._kept: dict[str, None] = {}
        self._is_first = True
        self._done = 0  # rows before those that come
        self._starts: list[int] = []  # of the rows of a text
        self._scanned: dict[int, dict[str, Member]] = {}
        self._unused, self._keys = set(session.options.rename), set[str]()

    def batch(self, items: Sequence[Item], text: Text) -> Batch | None:
        """Read some objects of `text`; None where there are mistakes, or no objects."""
        self._scanned.clear()
        if self._unused:
            keys = set().union(*(item.value for item in items))
            self._keys |= keys
            self._unused -= keys
        batch = self._batch(items, text)
        if self._rows is None:
            return batch
        wrong = self._rows.pop_by([item.start for item in items])
        sound = [at for at in range(len(items)) if at not in wrong]
        if wrong:
            batch = self._batch([items[at] for at in sound], text)
        if refused := self._session.refused(batch):
            for row, message in refused.items():
                item = items[sound[row]]
                place = text.place(item.start, item.end)
                wrong[sound[row]] = [not_allowed(message, self._session.file, place)]
            batch = self._batch([items[at] for at in sound if at not in wrong], text)
        for at, diagnostics in wrong.items():
            self._rejected.add(diagnostics, items[at].start, items[at].end)
        self._starts += [item.start for item in items]
        return batch

    def _batch(self, items: Sequence[Item], text: Text) -> Batch | None:
        layouts: list[Layout] = []
        for item in items:
            layout = self._layouts.get(tuple(item.value))
            if layout is None or isinstance(item.value, RepeatedKeys):
                layout = self._check_keys(item, text)
            layouts.append(layout)
        columns = [
            self._column(name, input_, items, layouts, text)
            for name, input_ in self._session.inputs.items()
        ]
        if self._findings or not items:
            return None
        self._is_first = False
        extras = {name: [self._extra(item, name, text) for item in items] for name in self._kept}
        read = tuple(column for column in columns if column is not None)
        assert len(read) == len(columns)
        return Batch(read, len(items), extras)

    def stop_at(self, error: BadJsonError, text: Text) -> None:
        """Note that a text is not JSON, so that nothing after it can be read."""
        place = text.place(error.start, error.end)
        self._stopping.add("bad-json", error.message, place, help=error.help)

    def add(self, error: BadJsonError, text: Text, start: int, end: int) -> None:
        """Note that the row from `start` to `end` is not JSON."""
        place = text.place(error.start, error.end)
        self._refuse("bad-json", error.message, place, error.help, start, end)

    def blank(self, place: CellRef) -> None:
        """Note a blank line between rows."""
        message = "there is a blank line between rows"
        self._refuse("blank-line", message, place, "remove it", 0, 0)

    def is_utf8(self, start: int, end: int, text: Text) -> bool:
        """Return whether a line is UTF-8, and note where it is not."""
        bad = not_utf8(text, start, end) if self._rows is not None else None
        if bad is not None:
            self._refuse("bad-encoding", *bad, "save the file as UTF-8", start, end)
        return bad is None

    def _refuse(
        self, rule: RuleName, message: str, place: CellRef, hint: str, start: int, end: int
    ) -> None:
        if self._rows is None:
            self._findings.add(rule, message, place, help=hint)
        else:
            diagnostic = self._findings.diagnostic(rule, message, place, hint)
            self._rejected.add([diagnostic], start, end, is_object=False)
            if end > start:  # a blank line is no row
                self._starts.append(start)

    def flush(self, text: Text) -> None:
        """Write the rows of `text` that were rejected, in their order."""
        numbers = {start: self._done + at for at, start in enumerate(sorted(self._starts))}
        self._done += len(numbers)
        self._starts.clear()
        self._rejected.flush(text, numbers)

    def end(self) -> None:
        """End the file of rejected rows, and note which keys to rename no object has."""
        self._rejected.end()
        for old in sorted(self._unused):
            self._stopping.add_unused(old, self._keys, "key")

    def row_of(self, value: object, start: int, end: int, text: Text) -> Item | None:
        """Return the object that a row has to be; None, and a finding, where it is not one."""
        if isinstance(value, dict):
            return Item(value, start, end)
        message = f"expected an object, found {kind(value)}"
        hint = 'write each row as an object: {"a": 1}'
        self._refuse("bad-json", message, text.place(start, end), hint, start, end)
        return None

    def _check_keys(self, item: Item, text: Text) -> Layout:
        """Find the inputs among the keys of an object, and note what is wrong with them."""
        names = list(item.value)
        is_sound = not isinstance(item.value, RepeatedKeys)
        if not is_sound:
            self._check_twice(item, text)
        layout = lay_out(
            names,
            self._session.inputs,
            noun="key",
            extra=self._session.options.extra,
            also=self._session.also,
            rename=self._session.options.rename,
        )
        for problem in layout.problems:
            place, first = text.place(item.start, item.start + 1), None
            if problem.at is not None:
                place = self._key_place(names[problem.at], item, text)
            if problem.first is not None:
                first = self._key_place(names[problem.first], item, text)
            self._findings.add(
                problem.rule,
                problem.message,
                place,
                help=problem.help_with(options=self._session.options.has_options),
                first=first,
                row=item.start,
            )
        left_out = [left for left in layout.left_out if left.name not in self._named]
        if left_out:
            self._named.update(left.name for left in left_out)
            place = self._key_place(left_out[0].name, item, text)
            self._session.warn(
                *about_left_out(left_out, "key", self._session.options.extra_help), place
            )
        self._keep([names[at] for at in layout.others], item, text)
        if is_sound and not layout.problems:
            if len(self._layouts) >= _MAX_LAYOUTS:
                self._layouts.clear()  # each row may have an order of its own
            self._layouts[tuple(names)] = layout
        return layout

    def _keep(self, names: Sequence[str], item: Item, text: Text) -> None:
        """Note the keys, no inputs, that are kept, as far as the first objects have them."""
        for name in names:
            if name in self._kept or not self._session.keeps(name):
                continue
            if self._is_first:
                self._kept[name] = None
            elif name not in self._named:
                self._named.add(name)
                message = f"key `{name}` is not an input, appears late and is left out"
                place = self._key_place(name, item, text)
                self._session.warn(message, "give it in the first row too", place)

    def _members(self, item: Item, text: Text) -> dict[str, Member]:
        """Return the places in an object by key, the last of each; an object is scanned once."""
        scanned = self._scanned.get(item.start)
        if scanned is None:
            scanned = {member.key: member for member in members(text.text, item.start)}
            self._scanned[item.start] = scanned
        return scanned

    def _key_place(self, key: str, item: Item, text: Text) -> CellRef:
        """Return the place of a key, the last of its name."""
        member = self._members(item, text)[key]
        return text.place(member.key_start, member.key_end)

    def _check_twice(self, item: Item, text: Text) -> None:
        seen: set[str] = set()
        for member in members(text.text, item.start):
            if member.key in seen:
                self._findings.add(
                    "duplicate-column",
                    f"key `{member.key}` appears twice",
                    text.place(member.key_start, member.key_end),
                    help="remove one of them",
                    row=item.start,
                )
            seen.add(member.key)

    def _column(
        self,
        name: str,
        input_: Input,
        items: Sequence[Item],
        layouts: Sequence[Layout],
        text: Text,
    ) -> Column | Labels | None:
        """Read one input of all objects; None, and findings, where a value is refused."""
        if not items:
            return None
        values = _values_of(name, items, layouts)
        column = fast_column(values, input_)
        if column is not None:
            return column
        read = [
            read_json(value, input_, partial(self._note, name, item, layout, text))
            for value, item, layout in zip(values, items, layouts, strict=True)
        ]
        sound = [value for value in read if value is not None]
        return column_of_values(sound, input_) if len(sound) == len(items) else None

    def _note(
        self, name: str, item: Item, layout: Layout, text: Text, element: int | None, error: Refused
    ) -> None:
        key = self._key_of(name, element, item, layout)
        if key is None:
            return  # its key is misspelt, which is told: the value may be another's
        by_key = self._members(item, text)
        member = by_key[key]
        if element is not None and name in layout.whole:
            inner = f"{key}({element})"  # which no other key is
            if inner not in by_key:
                by_key.update(elements(text.text, member))
            member = by_key[inner]
        element_name = name if element is None else f"{name}({element})"
        place = text.place(member.start, member.end)
        self._findings.refuse(element_name, error, place, row=item.start)

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

    def _extra(self, item: Item, name: str, text: Text) -> str:
        """Return an extra as a text: a string's own, nothing for null, else what is written."""
        value = item.value.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        member = self._members(item, text)[name]
        return text.text[member.start : member.end]


def _values_of(name: str, items: Sequence[Item], layouts: Sequence[Layout]) -> list[Any]:
    """Return the value of an input in each object: a tuple for a bus that is given by element."""
    first = _picker(name, list(items[0].value), layouts[0])
    if layouts.count(layouts[0]) == len(layouts):
        return [first(item.value) for item in items]
    picks = {id(layouts[0]): first}
    values: list[Any] = []
    for item, layout in zip(items, layouts, strict=True):
        pick = picks.get(id(layout))
        if pick is None:
            pick = picks[id(layout)] = _picker(name, list(item.value), layout)
        values.append(pick(item.value))
    return values


def _picker(name: str, keys: list[str], layout: Layout) -> Callable[[dict[str, Any]], object]:
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


class _RejectedRow(NamedTuple):
    """A row that is rejected, from `start` to `end` of a text."""

    line: int
    start: int
    end: int
    diagnostics: list[Diagnostic]
    is_object: bool


class JsonRejects:
    """Takes rejected rows, and writes them in the order of the file."""

    def __init__(self, rejects: Rejects | None, form: Form) -> None:
        self._rejects, self._form = rejects, form
        self._before = form.begin
        self._waiting: list[_RejectedRow] = []

    def add(
        self,
        diagnostics: list[Diagnostic],
        start: int,
        end: int,
        *,
        is_object: bool = True,
    ) -> None:
        """Take an object, or another text, from `start` to `end`."""
        line = min(each.span.line for each in diagnostics if each.span is not None)
        self._waiting.append(_RejectedRow(line, start, end, diagnostics, is_object))

    def flush(self, text: Text, numbers: Mapping[int, int]) -> None:
        """Write what was rejected of a text; rows have `numbers` by where they start."""
        if self._rejects is None:
            return
        for row in sorted(self._waiting, key=lambda row: (row.line, row.start)):
            self._rejects.add(row.diagnostics, numbers[row.start] if row.end else None)
            line = text.place(row.start, row.start).span.line if row.is_object else row.line
            row_text = _rejected_text(text.text[row.start : row.end], line, row)
            self._rejects.write((self._before + row_text).encode())
            self._before = self._form.between
        self._waiting.clear()

    def end(self) -> None:
        """Write what stands after the last object."""
        if self._rejects is not None:
            is_none = self._before == self._form.begin
            self._rejects.write((self._form.nothing if is_none else self._form.end).encode())


def _rejected_text(row_text: str, line: int, row: _RejectedRow) -> str:
    error = json.dumps(error_text(row.diagnostics), ensure_ascii=False)
    parts = [f'"{LINE}": {line}', f'"{ERROR}": {error}']
    if row.is_object:
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
