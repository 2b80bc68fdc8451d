"""The column to predict: the value that counts as 1, in any spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.lazy import np
from nnc.numbers.exact import (
    Number,
    Refused,
    counted,
    names_and_more,
    read_number,
    shorten,
    show_number,
)
from nnc.scores.columns.table import Table, TextColumn
from nnc.scores.columns.terms import number_of

_POSITIVE = {"1", "true", "yes", "y", "t"}
_NEGATIVE = {"0", "false", "no", "n", "f"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The spelling of the values of a label: `1.0` and `1` are equal, written as the first one."""

    label: str
    texts: tuple[str, ...]
    numbers: Mapping[Number, str]

    @classmethod
    def of(cls, table: Table, label: str) -> Spelling:
        """Return the spelling of a label in the rows."""
        numbers: dict[Number, str] = {}
        present = _present(table, label)
        for text in present:
            if (number := _number(text)) is not None:
                numbers.setdefault(number, text)
        return cls(label, tuple(present), numbers)

    def text(self, text: str) -> str:
        """Return a value in this spelling."""
        number = _number(text)
        return text if number is None else self.numbers.get(number, text)

    def applied(self, table: Table) -> Table:
        """Return rows with their labels in this spelling."""
        column = table.columns.get(self.label)
        if column is None:
            return table
        texts = [self.text(text) for text in column.texts]
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        codes = np.array([places[text] for text in texts], np.int32)[column.codes]
        plain = TextColumn(self.label, tuple(places), codes)
        return replace(table, columns={**table.columns, self.label: plain})

    def check(self, test: Table) -> None:
        """Raise InvalidRowsError if a test row has a label that no training row has."""
        known = sorted({self.text(text) for text in self.texts})
        for text, count in _present(test, self.label).items():
            if text not in known and not (len(known) == 1 and number_of(text) in (0, 1)):
                message = f"the label, column `{shorten(self.label)}`, is `{shorten(text)}` in"
                message += f" {counted(count, 'row')} for the test; "
                message += f"expected {names_and_more(known)}"
                hint = did_you_mean(text, known, "correct these rows, or leave them out")
                raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])


def _present(table: Table, label: str) -> dict[str, int]:
    """Count the rows with each value of a label."""
    column = table.columns.get(label)
    if column is None:
        return {}
    counts = column.counts.tolist()
    return {text: n for text, n in zip(column.texts, counts, strict=True) if n}


def _number(text: str) -> Number | None:
    try:
        return read_number(text, lenient=True)
    except Refused:
        return None


def _same(text: str, texts: Sequence[str]) -> str:
    """Return the text among others that denotes the same number."""
    number = _number(text)
    return next((t for t in texts if number is not None and _number(t) == number), text)


def positive_of(table: Table, label: str, asked: str | None) -> str:
    """Return the value of the label that counts as 1.

    With more than two values it has to be `asked`, and all others count as 0. Raises
    InvalidRowsError if there is no such column, a cell is empty, all rows have the same value,
    or the value is ambiguous.
    """
    with table.blamed():
        return _positive_of(table, label, asked)


def _positive_of(table: Table, label: str, asked: str | None) -> str:
    column = table.columns.get(label)
    if column is None:
        names = list(table.columns)
        hint = did_you_mean(label, names, f"the columns are {names_and_more(names)}")
        mark = next((each for each in ";\t|" if len(names) == 1 and each in names[0]), None)
        if mark is not None:
            spelled = "tab" if mark == "\t" else mark
            hint = f"the cells seem to be separated by `{spelled}`: add --delimiter '{spelled}'"
        message = f"there is no column `{shorten(label)}` to predict"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    texts = sorted(text for text, count in zip(column.texts, column.counts, strict=True) if count)
    head = f"the label, column `{shorten(label)}`,"
    if "" in texts:
        empty = int(column.counts[column.texts.index("")])
        message = f"{head} is empty in {counted(empty, 'row')}"
        raise InvalidRowsError([Diagnostic("bad-label", message, help="leave these rows out")])
    listed = names_and_more(texts)
    if len(texts) < 2 or (len(texts) > 2 and asked is None):
        message = f"{head} has {counted(len(texts), 'value')}; expected two: {listed}"
        hint = _way_on(label, texts) if len(texts) > 2 else "give rows of both labels"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    if asked is not None:
        asked = asked if asked in texts else _same(asked, texts)
        if asked not in texts:
            message = f"{head} has no value `{shorten(asked)}`; it has {listed}"
            hint = did_you_mean(asked, texts, "give one of these to --positive")
            raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    if asked is not None:
        return asked
    ones = [text for text in texts if text.lower() in _POSITIVE or number_of(text) == 1]
    zeros = [text for text in texts if text.lower() in _NEGATIVE or number_of(text) == 0]
    if len(ones) == 1 and len(zeros) == 1:
        return ones[0]
    message = f"nothing says which value of the label, column `{shorten(label)}`, counts as 1: "
    hint = f"give --positive {shorten(texts[1])}, or the other"
    raise InvalidRowsError([Diagnostic("bad-label", message + listed, help=hint)])


def _way_on(label: str, texts: Sequence[str]) -> str:
    """Return a hint for a label of more than two values."""
    rest = f"--positive {shorten(texts[0])} tells one value from all others"
    numbers = sorted(number for text in texts if (number := _number(text)) is not None)
    if len(numbers) < len(texts):
        return rest
    middle = show_number(numbers[len(numbers) // 2])
    column = f"`{shorten(label)}`"
    ways = f"predict a column of 0 and 1 that says where {column} is at least {middle}"
    return f"{ways}, and leave {column} out; {rest}"


def words_of(table: Table, label: str, positive: str) -> tuple[str, str] | None:
    """Return the two words of a label, the positive one last; None for bits, numbers and more."""
    others = [text for text in _present(table, label) if text != positive]
    words = (*others, positive)
    if len(words) != 2 or {word.lower() for word in words} == {"true", "false"}:
        return None
    return None if any(_number(word) is not None for word in words) else (others[0], positive)


def rest_note(table: Table, label: str, positive: str) -> Diagnostic | None:
    """Return a note of the values that count as 0, if there are several."""
    rest = sorted(set(_present(table, label)) - {positive})
    if len(rest) < 2:
        return None
    message = f"of the label, column `{shorten(label)}`, `{shorten(positive)}` counts as 1, and "
    message += f"{len(rest):,} other values as 0: {names_and_more(rest)}"
    return Diagnostic("one-against-rest", message, help="leave out rows whose label is neither")


def same_label(name: str) -> Diagnostic:
    """Return the error that all training rows have the same label."""
    message = f"all rows to learn from have the same label, column `{shorten(name)}`"
    return Diagnostic("bad-label", message, help="give rows of both labels")


def no_rows(file: str | None = None, what: str = "") -> Diagnostic:
    """Return the error that there are no rows."""
    hint = "give a file with rows of both labels"
    return Diagnostic("bad-label", f"there are no rows{what}", file=file, help=hint)
