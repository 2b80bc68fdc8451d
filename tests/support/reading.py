"""What the tests of all row formats share: one set of inputs, and reading as plain values."""

import io
from fractions import Fraction
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import Input
from nnc.rows.columns import Batch
from nnc.rows.formats import read_rows
from nnc.rows.options import KEEPING_OPTIONS
from nnc.rows.output import shown_inputs
from nnc.rows.session import RowOptions, Session

INPUTS = {
    "a": Input(type="bit"),
    "b": Input(type="bit"),
    "n": Input(type="integer", min=0, max=100),
    "level": Input(type="real", default="0.5"),
}


def batches(text: str | bytes, form: str, inputs: Any = INPUTS, **options: Any) -> list[Batch]:
    """Read all rows; a warning not asked for is an error."""
    data = text.encode() if isinstance(text, str) else text
    names = {"extra", "floats", "csv", "rename", "has_options"} & options.keys()
    chosen = RowOptions(extra_help=KEEPING_OPTIONS, **{name: options.pop(name) for name in names})
    options = {"report": unexpected, "file": "r", "options": chosen, **options}
    return list(read_rows(io.BytesIO(data), form, Session(inputs, **options)))


def unexpected(warning: Diagnostic) -> None:
    raise AssertionError(str(warning))


def table(read: list[Batch]) -> list[tuple[Fraction, ...]]:
    """Give every row as fractions."""
    return [
        row
        for batch in read
        for row in zip(*(map(Fraction, one.values()) for one in batch.columns), strict=True)
    ]


def seen(read: list[Batch], inputs: Any, *, bits: bool = False) -> list[tuple[Any, ...]]:
    """Give every row as people see it, the columns in order."""
    found: list[tuple[Any, ...]] = []
    for batch in read:
        columns = [
            shown.values()
            for (name, one), column in zip(inputs.items(), batch.columns, strict=True)
            for shown in shown_inputs(name, one, column, bits=bits).values()
        ]
        found += zip(*columns, strict=True) if columns else [()] * batch.count
    return found


def rows(text: str | bytes, form: str, inputs: Any = INPUTS, **options: Any) -> list[Any]:
    return table(batches(text, form, inputs, **options))


def messages(text: str | bytes, form: str, inputs: Any = INPUTS, **options: Any) -> list[str]:
    """Give every warning, then every mistake, each with its help."""
    warnings: list[Diagnostic] = []
    mistakes: tuple[Diagnostic, ...] = ()
    try:
        batches(text, form, inputs, report=warnings.append, **options)
    except InvalidRowsError as error:
        mistakes = error.diagnostics
    return [f"{one} | {one.help}" for one in (*warnings, *mistakes)]


def mistakes(text: str | bytes, form: str, inputs: Any = INPUTS) -> tuple[Diagnostic, ...]:
    try:
        batches(text, form, inputs)
    except InvalidRowsError as error:
        return error.diagnostics
    return ()
