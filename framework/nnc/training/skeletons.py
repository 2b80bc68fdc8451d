"""Rows -> a network whose layers are open: `nnc new --rows` writes it, `nnc train` fills it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from pathlib import Path

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.files.opening import open_to_read
from nnc.files.weights import Mistake
from nnc.language.formatting.networks import to_yaml
from nnc.language.network import Input, Layer, Network, Open, Output, Unknown
from nnc.numbers.exact import counted, names_and_more, shorten
from nnc.numbers.integers import Array
from nnc.rows.arrays import idx
from nnc.rows.arrays.folders import files_of
from nnc.rows.arrays.tables import LABEL
from nnc.rows.compressions import decompressed
from nnc.rows.dialect import COMMAS, CsvDialect
from nnc.rows.formats import format_of
from nnc.scores.columns.terms import (
    Table,
    TermOptions,
    TextColumn,
    candidates_of,
    identifier,
    number_of,
    read_table,
)

MAX_CLASSES = 1000
PIXEL_MAX = 255
HIDDEN = 256  # neurons, to begin with
_ELEMENT = re.compile(r"(.+)\((0|[1-9][0-9]{0,5})\)")
Report = Callable[[Diagnostic], None]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The text of a network with open layers, and notes about the columns."""

    text: str
    notes: tuple[Diagnostic, ...]


def skeleton_of(file: str, label: str, report: Report, csv: CsvDialect = COMMAS) -> Skeleton:
    """Build a network that reads the columns of rows and predicts their label.

    It has a layer of `HIDDEN` neurons, and for each class a neuron, of which the largest sum is the
    answer. Raises FileError, and InvalidRowsError for rows that say no inputs or classes.
    """
    form = format_of(file)
    if form == "npy":
        message = "an array of npy has no names, and none of its columns is the label"
        hint = "save inputs and label as arrays of one file with numpy.savez"
        raise InvalidRowsError([Diagnostic("unknown-format", message, help=hint, file=file)])
    notes: tuple[Diagnostic, ...] = ()
    if form in ("idx", "pictures", "npz"):
        if label != LABEL and form != "npz":
            message = f"the label of pictures is the column `{LABEL}`"
            raise _wrong(message, f"write --label {LABEL}", file)
        try:
            if form == "npz":
                inputs, classes = _arrays(file, label)
            else:
                inputs, classes = _idx(file) if form == "idx" else _pictures(file)
        except Mistake as mistake:
            raise _wrong(mistake.message, mistake.help, file) from None
    else:
        table = read_table(file, form, report, csv)
        with table.blamed():
            inputs, notes = _inputs_of(table, label, csv)
            classes = _classes_of(table, label)
    if not inputs:
        message = (
            f"there is nothing to predict `{shorten(label)}` from: no other column can be read"
        )
        raise _wrong(message, "add columns of numbers, bits or names", file)
    if not 2 <= len(classes) <= MAX_CLASSES:
        message = f"the label, column `{shorten(label)}`, has {len(classes):,} values"
        raise _wrong(f"{message}; expected 2 to {MAX_CLASSES:,}", "name another column", file)
    return Skeleton(to_yaml(_network(inputs, classes, label), meta=True), notes)


def _wrong(message: str, hint: str | None, file: str | None = None) -> InvalidRowsError:
    return InvalidRowsError([Diagnostic("bad-label", message, help=hint, file=file)])


def _network(inputs: Mapping[str, Input], classes: list[str], label: str) -> Network:
    taken = set(inputs)
    names = []
    for name in ("hidden", "sums", label):
        names.append(identifier(name, taken))
        taken.add(names[-1])
    first, last, output = names
    is_place = classes == [str(place) for place in range(len(classes))]
    open_ = Open()
    layers = {
        first: Layer(
            wiring=list(inputs), size=HIDDEN, weights=open_, thresholds=open_, states=(-1, 1)
        ),
        last: Layer(wiring=[first], size=len(classes), weights=open_, thresholds=0),
    }
    return Network(
        fires="at_least",
        unknown=Unknown(range=Open(-3, 3)),
        inputs=inputs,
        layers=layers,
        outputs={output: Output(largest=[last], labels=None if is_place else classes)},
    )


def _idx(file: str) -> tuple[dict[str, Input], list[str]]:
    """Return the input of pictures in IDX, and their classes. Raises Mistake."""
    with ExitStack() as stack:
        stream = decompressed(stack.enter_context(open_to_read(file)), file)
        header = idx.read_header(stream, "the file")
        labels = idx.all_labels(file, header.shape[0])
    low, high = (0, PIXEL_MAX) if header.dtype == np.uint8 else (None, None)
    kind = "real" if header.dtype.kind == "f" else "integer"
    axes = header.shape[1:]
    is_picture = len(axes) in (2, 3)
    pixels = Input(
        type=kind,
        shape=axes if is_picture else None,
        size=None if is_picture else prod(axes),
        min=low,
        max=high,
    )
    return {"pixels": pixels}, [str(label) for label in np.unique(labels).tolist()]


def _arrays(file: str, label: str) -> tuple[dict[str, Input], list[str]]:
    """Return the inputs that the arrays of NPZ are, and the classes. Raises Mistake."""
    try:
        with open_to_read(file) as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, MemoryError) as error:
        raise Mistake("this is not a file of numpy.savez with plain arrays", str(error)) from None
    if label not in arrays:
        listed = f"the arrays are {names_and_more(list(arrays))}"
        hint = did_you_mean(label, arrays, listed)
        raise Mistake(f"there is no array `{shorten(label)}`", hint)
    labels = arrays.pop(label)
    if labels.ndim == 0 or labels[:1].size != 1:
        shape = " x ".join(map(str, labels.shape)) or "0-dimensional"
        hint = "for one-hot labels save the place of the 1: labels.argmax(axis=1)"
        raise Mistake(f"array `{shorten(label)}` is {shape}; a label has one value in a row", hint)
    for name, array in arrays.items():
        if array.shape[:1] != labels.shape[:1]:
            rows = counted(len(array), "row") if array.ndim else "no rows"
            message = f"array `{shorten(name)}` has {rows}, `{shorten(label)}` {len(labels):,}"
            raise Mistake(message, "give each array the same number of rows")
    _check_finite(label, labels)
    inputs = {name: _input_of(name, array) for name, array in arrays.items()}
    return inputs, list(map(str, np.unique(labels).tolist()))


def _check_finite(name: str, array: Array) -> None:
    """Raise Mistake where a number is infinite, or none."""
    if array.dtype.kind == "f" and len(odd := np.argwhere(~np.isfinite(array))):
        where = ", ".join(map(str, odd[0]))
        message = f"array `{shorten(name)}` has `{array[tuple(odd[0])]}`, at [{where}]"
        raise Mistake(message, "leave out these rows, or write numbers there")


def _input_of(name: str, array: Array) -> Input:
    """Return the input of an array, rows x elements in any shape. Raises Mistake."""
    if not name.isidentifier():
        hint = "an input is called by letters, digits and `_`: rename the array"
        raise Mistake(f"array `{shorten(name)}` cannot be an input", hint)
    if array.dtype.kind not in "biuf" or not array.size:
        hint = "save numbers, a row for each label"
        raise Mistake(f"array `{shorten(name)}` has no numbers", hint)
    _check_finite(name, array)
    axes, is_real = array.shape[1:], array.dtype.kind == "f"
    low, high = (None, None) if is_real else (int(array.min()), int(array.max()))
    is_bit = {low, high} <= {0, 1}
    if array.dtype == np.uint8 and not is_bit:
        low, high = 0, PIXEL_MAX
    return Input(
        type="bit" if is_bit else "real" if is_real else "integer",
        shape=axes if len(axes) in (2, 3) else None,
        size=prod(axes) if axes and len(axes) not in (2, 3) else None,
        min=None if is_bit else low,
        max=None if is_bit else high,
    )


def _pictures(file: str) -> tuple[dict[str, Input], list[str]]:
    """Return the input of a folder of pictures, and their classes. Raises Mistake."""
    from nnc.rows.arrays.pictures import shape_of

    files = [each for each in files_of(file) if each.parent != Path(file)]
    if not files:
        raise Mistake("no folder in it holds pictures", "make a folder for each class")
    pixels = Input(type="integer", shape=shape_of(files[0]), min=0, max=PIXEL_MAX)
    return {"pixels": pixels}, sorted({each.parent.name for each in files})


def _classes_of(table: Table, label: str) -> list[str]:
    """Return the values of the label: numbers by size, then texts. Raises InvalidRowsError."""
    if label not in table.columns:
        listed = f"the columns are {names_and_more(list(table.columns))}"
        hint = did_you_mean(label, table.columns, listed)
        raise _wrong(f"there is no column `{shorten(label)}`", hint)
    texts = [text for text in table.columns[label].texts if text]
    numbers = {text: number_of(text) for text in texts}
    return sorted(texts, key=lambda text: (numbers[text] is None, numbers[text] or 0, text))


def _inputs_of(
    table: Table, label: str, csv: CsvDialect
) -> tuple[dict[str, Input], tuple[Diagnostic, ...]]:
    """Derive inputs from columns; `a(0)`, `a(1)` and so on become elements of one input."""
    buses: dict[str, list[TextColumn]] = {}
    others: dict[str, TextColumn] = {}
    for name, column in table.columns.items():
        match = _ELEMENT.fullmatch(name)
        if match and len(buses.get(match[1], ())) == int(match[2]) and match[1].isidentifier():
            buses.setdefault(match[1], []).append(column)
        else:
            others[name] = column
    inputs = {}
    for name, columns in buses.items():
        texts = {text for column in columns for text in column.texts}
        inputs[name] = _numeric(texts, name, csv).model_copy(update={"size": len(columns)})
    others.pop(label, None)
    if not others:
        return inputs, ()
    rest = Table(
        {**others, label: table.columns.get(label, next(iter(others.values())))},
        table.count,
        table.digest,
        table.file,
    )
    candidates = candidates_of(rest, label, TermOptions(csv=csv))
    for name, input_ in candidates.inputs.items():
        source = table.columns[input_.column or name]
        if input_.type in ("integer", "real"):
            ends = _numeric({text for text in source.texts if text}, name, csv)
            input_ = input_.model_copy(update={"min": ends.min, "max": ends.max})
        inputs[name] = input_
    return inputs, tuple(candidates.notes)


def _numeric(texts: set[str], name: str, csv: CsvDialect) -> Input:
    """Return an input of numbers, with the range of some. Raises InvalidRowsError."""
    numbers = {text: number_of(text, csv) for text in texts}
    odd = next((text for text, number in numbers.items() if number is None), None)
    if odd is not None:
        message = f"`{shorten(odd)}` in a column of `{shorten(name)}` is not a number"
        raise InvalidRowsError([Diagnostic("bad-value", message)])
    values = [number for number in numbers.values() if number is not None]
    if set(values) <= {0, 1}:
        return Input(type="bit")
    is_whole = all(Fraction(value).denominator == 1 for value in values)
    return Input(type="integer" if is_whole else "real", min=min(values), max=max(values))
