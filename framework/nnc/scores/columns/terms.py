"""Columns of a table as candidate terms of a score: bits, numbers from a cut-off on, and choices.

A note says why a column is not a term: a constant, an identifier, free text.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import (
    Number,
    Refused,
    counted,
    names_and_more,
    read_number,
    shorten,
    show_number,
    text_of,
)
from nnc.numbers.integers import Array
from nnc.rows.dialect import COMMAS, CsvDialect
from nnc.scores.columns.table import MAX_CUTS, Table, TextColumn, cut_points, read_table

__all__ = [
    "Candidates",
    "Table",
    "Term",
    "TermOptions",
    "TextColumn",
    "candidates_of",
    "identifier",
    "number_of",
    "read_table",
    "renamed_notes",
    "unknown_column",
    "without_duplicates",
]

MAX_CHOICES = 20
MAX_FIXED = 4  # terms that keep their points
_BITS = {"0": 0, "1": 1, "true": 1, "false": 0}
_IDENTIFIER = re.compile(r"(^|[\W_])(id|uuid|guid|key|nr|no|number|index)s?$", re.IGNORECASE)
_ENOUGH = 20  # rows, to take a column of different values for identifiers


@dataclass(frozen=True, slots=True)
class Term:
    """One candidate: an input from a cut-off on, one value of a choice, or a bit."""

    column: str
    input: str
    cut: Number | None = None
    value: str | None = None

    @property
    def label(self) -> str:
        """The term as text, by the name of its column."""
        return self.named(self.column or self.input)

    def named(self, name: str) -> str:
        """Return the term as text, by a name of its column or input."""
        if self.cut is not None:
            return f"{name} >= {show_number(self.cut)}"
        return name if self.value is None else f"{name} = {self.value}"

    @property
    def source(self) -> str:
        """The source in a network: the input, or one value of a choice."""
        return self.input if self.value is None else f"{self.input}.{self.value}"


@dataclass(frozen=True, slots=True)
class TermOptions:
    """The settings that turn columns into terms.

    `cutoffs` is the maximum number of cut-offs of a column, `cutoffs_of` overrides it for single
    columns, by a number or the cut-offs themselves. Columns in `left_out` are ignored. `csv` has
    the format of cells.
    """

    cutoffs: int = 4
    cutoffs_of: Mapping[str, int | tuple[Number, ...]] = field(default_factory=dict)
    left_out: Collection[str] = ()
    csv: CsvDialect = COMMAS


@dataclass(slots=True)
class Candidates:
    """The candidate terms, the inputs that they need, and notes about columns."""

    terms: list[Term] = field(default_factory=list)
    inputs: dict[str, Input] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """The inputs by the names of their columns."""
    left_out: dict[str, str] = field(default_factory=dict)
    """The reasons why columns are no terms, by their names."""
    notes: list[Diagnostic] = field(default_factory=list)
    csv: CsvDialect = COMMAS

    def matrix(self, table: Table) -> Array:
        """Return which terms hold in which rows, rows x terms.

        Raises InvalidRowsError for a missing column, and an invalid cell.
        """
        matrix = np.empty((table.count, len(self.terms)), np.uint8)
        values: dict[str, list[Number | str]] = {}
        for place, term in enumerate(self.terms):
            column = self.column(table, term.column)
            if term.column not in values:
                values[term.column] = self._values(column, self.inputs[term.input])
            holds = [_holds(term, value) for value in values[term.column]]
            matrix[:, place] = np.array([*holds, 0], np.uint8)[column.codes]
        return matrix

    def term(self, label: str) -> Term | None:
        """Return the term of a label, by its column or its input; a number may have any cut-off.

        Spaces are ignored. A column named like a term of another one is referred to by its input.
        """
        plain = label.replace(" ", "")
        by_input = {term.named(term.input).replace(" ", ""): term for term in self.terms}
        by_column = {term.label.replace(" ", ""): term for term in self.terms}
        exact = {term.label: term for term in self.terms}
        known = by_input.get(plain) or exact.get(label) or by_column.get(plain)
        if known is not None:
            return known
        start, _, number = plain.rpartition(">=")
        cut = number_of(number)
        for column, name in self.names.items():
            is_number = self.inputs[name].type in ("integer", "real")
            if start in (column.replace(" ", ""), name) and is_number and cut is not None:
                self.terms.append(Term(column, name, cut=cut))
                return self.terms[-1]
        return None

    def fixed_terms(
        self, kept: Mapping[str, int], signs: Iterable[str], terms: int
    ) -> dict[Term, int]:
        """Return the terms that keep their points; a number at another cut-off becomes a candidate.

        Raises InvalidRowsError if a label matches no term, if they are more than `terms`, or if one
        of the columns with `signs` is missing or left out.
        """
        fixed: dict[Term, int] = {}
        for label, points in kept.items():
            term = self.term(label)
            if term is None:
                starts = {c: (f"{c} ", f"{c}>") for c in self.left_out}
                left_out = [c for c in starts if label == c or label.startswith(starts[c])]
                labels = [term.label for term in self.terms]
                listed = f"the terms are {names_and_more(labels)}"
                hint = (
                    self.left_out[left_out[0]] if left_out else did_you_mean(label, labels, listed)
                )
                message = f"there is no term `{shorten(label)}`"
                raise InvalidRowsError([Diagnostic("unknown-fit-column", message, help=hint)])
            fixed[term] = points
        if len(fixed) > min(terms, MAX_FIXED):
            message = f"{counted(len(fixed), 'term')} have points already, and at most {MAX_FIXED}"
            raise InvalidRowsError([Diagnostic("unknown-fit-column", f"{message} can")])
        for column in signs:
            if column in self.left_out:
                message = f"--points of column `{shorten(column)}`, which is no term of the score"
                hint = self.left_out[column]
                raise InvalidRowsError([Diagnostic("unknown-fit-column", message, help=hint)])
            if column not in self.names:
                raise InvalidRowsError([unknown_column(column, list(self.names))])
        return fixed

    def column(self, table: Table, name: str) -> TextColumn:
        """Return the column of an input. Raises InvalidRowsError if there is none."""
        column = table.columns.get(name)
        if column is None:
            hint = did_you_mean(name, table.columns) or "the rows need the columns of the fit"
            message = f"there is no column `{shorten(name)}`"
            raise InvalidRowsError([Diagnostic("missing-column", message, help=hint)])
        return column

    def _values(self, column: TextColumn, input_: Input) -> list[Number | str]:
        """Return the values of a column's texts. Raises InvalidRowsError, bad-value."""
        values: list[Number | str] = []
        for text, often in zip(column.texts, column.counts.tolist(), strict=True):
            value: Number | str | None
            if not text:
                value = _scalar(input_.default)
                refused = "is empty, and no cell was where the score was found"
            elif input_.of is not None:
                value, refused = (text if text in input_.of else None), "is not one of its values"
            else:
                value, refused = number_of(text, self.csv), "is not a number"
                if input_.type == "bit" and value not in (0, 1):
                    value, refused = None, "is neither 0 nor 1"
            if value is None and often:
                message = f"column `{column.name}`: `{shorten(text)}` {refused}"
                raise InvalidRowsError([Diagnostic("bad-value", message)])
            values.append(0 if value is None else value)
        return values


def _scalar(default: object) -> Number | str | None:
    """Return the default of a scalar input."""
    return default if isinstance(default, int | Fraction | str) else None


def _holds(term: Term, value: Number | str) -> bool:
    if term.cut is not None:
        assert not isinstance(value, str)
        return value >= term.cut
    return value == (1 if term.value is None else term.value)


def number_of(text: str, csv: CsvDialect = COMMAS) -> Number | None:
    """Return the number in a cell; true and false are 1 and 0; None for any other text."""
    if (bit := _BITS.get(text.lower())) is not None:
        return bit
    try:
        return read_number(csv.number(text), lenient=True)
    except Refused:
        return None


# ------------------------------------------------------------------------------------ columns


def candidates_of(
    table: Table, label: str, options: TermOptions, learn: Table | None = None
) -> Candidates:
    """Return the candidate terms of all columns but the label's.

    The rows of `learn`, a subset of the table's, set cut-offs and defaults. Raises
    InvalidRowsError if options name an unknown column, or if there is no candidate.
    """
    candidates = Candidates(csv=options.csv)
    names = [name for name in table.columns if name != label]
    for name in (*options.cutoffs_of, *options.left_out):
        if name not in table.columns:
            raise InvalidRowsError([unknown_column(name, names)])
        if name == label:
            message = f"column `{shorten(name)}` is the label, and no term of the score"
            raise InvalidRowsError([Diagnostic("unknown-fit-column", message)])
    taken = {label}
    for name in names:
        if name in options.left_out:
            continue
        if not name:  # as pandas writes the index of a frame
            message = "a column without a name is left out"
            candidates.notes.append(_note("column-left-out", message))
            continue
        column = table.columns[name]
        kind = _kind_of(column, table.count, options.csv)
        if isinstance(kind, str):
            candidates.left_out[name] = f"column `{shorten(name)}` {kind}"
            candidates.notes.append(_note("column-left-out", candidates.left_out[name]))
            continue
        learned = column if learn is None else learn.columns[name]
        input_name = identifier(name, taken)
        taken.add(input_name)
        candidates.names[name] = input_name
        if "" in column.texts:
            kind = _with_default(column, learned, kind, candidates)
        if input_name != name:
            kind = kind.model_copy(update={"column": name})
        candidates.inputs[input_name] = kind
        candidates.terms += _terms_of(learned, input_name, kind, options)
    if not candidates.terms:
        message = "no column can be a term of a score"
        hint = "give columns of bits, numbers or a few words, each of more than one value"
        raise InvalidRowsError([*candidates.notes, Diagnostic("no-terms", message, help=hint)])
    return candidates


def unknown_column(name: str, names: Sequence[str]) -> Diagnostic:
    """Return the error that an option names an unknown column."""
    hint = did_you_mean(name, names, f"the columns are {names_and_more(names)}")
    return Diagnostic("unknown-fit-column", f"there is no column `{shorten(name)}`", help=hint)


def _note(rule: RuleName, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(rule, message, help=hint)


def _kind_of(column: TextColumn, rows: int, csv: CsvDialect) -> Input | str:
    """Return the input of a column, or the reason for having none."""
    texts = [text for text in column.texts if text]
    if len(texts) < 2:
        return "is left out: it has one value" if texts else "is left out: it is empty"
    numbers = [number_of(text, csv) for text in texts]
    if all(number is not None for number in numbers):
        different = {number for number in numbers if number is not None}
        if different <= {0, 1}:
            return Input(type="bit") if len(different) == 2 else "is left out: it has one value"
        is_whole = all(number.denominator == 1 for number in different)
        if is_whole and _are_identifiers(column, different, rows):
            return "is left out: its values are all different, so it names the rows"
        return Input(type="integer" if is_whole else "real")
    if len(texts) == rows >= _ENOUGH:
        return "is left out: its texts are all different, so it names the rows"
    words = [text for text, number in zip(texts, numbers, strict=True) if number is None]
    if 2 * len(words) <= len(texts) and not all(map(_is_name, texts)):
        return _odd_words(column, words)
    if len(texts) > MAX_CHOICES:
        count = f"it has {len(texts):,} different texts"
        return f"is left out: {count}, and at most {MAX_CHOICES} can be a choice"
    odd = next((text for text in texts if not _is_name(text)), None)
    if odd is not None:
        wrong = f"`{shorten(odd)}` cannot be a value of a choice, which are names"
        return f"is left out: {wrong}: write `{shorten(identifier(odd, ()))}` in the rows"
    return Input(type="choice", of=sorted(texts))


def _odd_words(column: TextColumn, words: Sequence[str]) -> str:
    """Return the error that a column of numbers has words: how many, where, and what to do."""
    odd = np.isin(column.codes, [column.texts.index(word) for word in words])
    row, count = int(odd.argmax()), int(odd.sum())
    first = column.texts[column.codes[row]]
    more = f", the first of {count:,} such cells" if count > 1 else ""
    where = f"it has numbers, and in row {row + 1:,} `{shorten(first)}`{more}"
    listed = shorten(",".join(words))
    return f"is left out: {where}; correct them, or --na '{listed}' reads them as empty"


def _are_identifiers(column: TextColumn, values: set[Number], rows: int) -> bool:
    """Return whether integers identify the rows: all different, and consecutive or named so."""
    if len(values) < rows or rows < _ENOUGH:
        return False
    return max(values) - min(values) == rows - 1 or bool(_IDENTIFIER.search(column.name))


def _is_name(text: str) -> bool:
    return text.isidentifier() and unicodedata.is_normalized("NFC", text) and len(text) <= 200


def identifier(name: str, taken: Collection[str]) -> str:
    """Derive an unused identifier from the name of a column."""
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name)).strip("_") or "column"
    plain = plain[:190] if plain[0].isidentifier() or plain[0] == "_" else f"c_{plain[:190]}"
    plain = plain if plain.isidentifier() else "column"
    whole = name if _is_name(name) else plain
    number = 2
    unique = whole
    while unique in taken:
        unique, number = f"{whole}_{number}", number + 1
    return unique


def renamed_notes(inputs: Mapping[str, Input]) -> list[Diagnostic]:
    """Return a note of the inputs whose names differ from their columns, if any."""
    columns = {name: input_.column for name, input_ in inputs.items() if input_.column is not None}
    if not columns:
        return []
    count = counted(len(columns), "column")
    message = f"{count} got another name in the network, which needs identifiers"
    listed = [f"`{shorten(column)}` is `{name}`" for name, column in columns.items()]
    hint = "no `--rename` is needed: `column` in the network names them"
    return [Diagnostic("names-changed", message, help=hint, details=tuple(listed))]


def _with_default(
    column: TextColumn, learned: TextColumn, input_: Input, candidates: Candidates
) -> Input:
    """Give an input a default for its empty cells: the median of its values, or the most frequent.

    `learned` has the cells from which the default is computed.
    """
    empty = int(column.counts[column.texts.index("")])
    if not empty:
        return input_
    often = [
        (text, count)
        for text, count in zip(learned.texts, learned.counts.tolist(), strict=True)
        if text
    ]
    default: Number | str
    if input_.of is not None:
        default = min(often, key=lambda each: (-each[1], each[0]))[0]
        what = "its usual value"
    else:
        values = [(number_of(text, candidates.csv) or 0, count) for text, count in often]
        default, what = _middle(sorted(values)), "the middle one of its values"
    text = text_of(default)
    message = (
        f"column `{shorten(column.name)}`: {empty:,} of {counted(len(column.codes), 'cell')} are"
    )
    message += f" empty, and count as {text}, {what}"
    option = f"--not {shlex.quote(shorten(column.name))}"
    hint = f"the network has it as a default; {option} leaves the column out"
    candidates.notes.append(_note("cells-empty", message, hint))
    return input_.model_copy(update={"default": default})


def _middle(values: Sequence[tuple[Number, int]]) -> Number:
    half = (sum(count for _, count in values) + 1) // 2
    for value, count in values:
        half -= count
        if half <= 0:
            return value
    raise AssertionError


def _terms_of(column: TextColumn, name: str, input_: Input, options: TermOptions) -> Iterator[Term]:
    if input_.of is not None:
        for value in input_.of:
            yield Term(column.name, name, value=value)
        return
    if input_.type == "bit":
        yield Term(column.name, name)
        return
    wanted = options.cutoffs_of.get(column.name, options.cutoffs)
    if isinstance(wanted, tuple):
        for cut in wanted:
            yield Term(column.name, name, cut=cut)
        return
    rows: dict[Number, int] = {}
    for text, count in zip(column.texts, column.counts.tolist(), strict=True):
        number = number_of(text, options.csv) if text else _scalar(input_.default)
        assert isinstance(number, int | Fraction)
        rows[number] = rows.get(number, 0) + count
    values = sorted(value for value, count in rows.items() if count)
    counts = np.array([rows[value] for value in values], np.int64)
    is_integer = input_.type == "integer"
    for cut in cut_points(values, counts, min(wanted, MAX_CUTS), is_integer=is_integer):
        yield Term(column.name, name, cut=cut)


def without_duplicates(matrix: Array, same: Callable[[int, int], bool]) -> list[int]:
    """Return the distinct columns: no constants, and of equal ones the first.

    `same` tells whether one can replace another; a complement counts as equal.
    """
    packed = np.packbits(matrix, axis=0)
    turned = np.packbits(1 - matrix, axis=0)
    kept: dict[bytes, list[int]] = {}
    places = []
    sums = matrix.sum(0, dtype=np.int64).tolist()
    for place in range(matrix.shape[1]):
        if sums[place] in (0, matrix.shape[0]):
            continue
        key = min(packed[:, place].tobytes(), turned[:, place].tobytes())
        if not any(same(other, place) for other in kept.get(key, ())):
            kept.setdefault(key, []).append(place)
            places.append(place)
    return places
