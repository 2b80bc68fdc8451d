"""One row from texts and Python numbers: `--set a=1`, and `given` of a case."""

from __future__ import annotations

from collections.abc import Mapping

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, KeyPath
from nnc.exact import Refused
from nnc.language.network import Input
from nnc.rows.columns import Batch
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.names import lay_out
from nnc.rows.inputs.value import Value, default_of, read_value


def values_from(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
) -> dict[str, Value]:
    """Read the values given for inputs, in the order of `inputs`, exactly.

    A text is read as in a network file: plain, or `exact.Quoted`, which is no decimal. A bus is
    an unsigned integer, a list, or a value for each element. Where `complete`, defaults are filled
    in and an input without a value is a mistake; else only what is given comes back. Raises
    InvalidRowsError with every mistake, each at `(*where, name)`.
    """
    names = list(values)
    layout = lay_out(names, inputs, noun="value", complete=complete)
    found = [
        Diagnostic(
            one.rule,
            one.message,
            path=where if one.at is None else (*where, names[one.at]),
            key=True,
            help=one.help,
        )
        for one in layout.problems
    ]
    given: dict[str, Value | None] = {}
    for name, one in inputs.items():
        if name in layout.whole:
            given[name] = _read(name, values[name], one, where, found)
        elif name in layout.elements:
            value = [values[names[at]] for at in layout.elements[name]]
            given[name] = _read(name, value, one, where, found, by_element=True)
        elif complete:
            given[name] = default_of(one)
    if found:
        raise InvalidRowsError(found)
    return {name: value for name, value in given.items() if value is not None}


def _read(
    name: str,
    value: object,
    one: Input,
    where: KeyPath,
    found: list[Diagnostic],
    *,
    by_element: bool = False,
) -> Value | None:
    def note(place: int | None, error: Refused) -> None:
        told = name if place is None else f"{name}({place})"
        path: KeyPath = (name,) if place is None else (told,) if by_element else (name, place)
        message = f"input `{told}`: {error.message}"
        found.append(Diagnostic(error.rule, message, (*where, *path), help=error.help or None))

    return read_value(value, one, note)


def row_from_values(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
) -> Batch:
    """Make a batch of one row; without `complete`, of the columns given only."""
    given = values_from(values, inputs, where=where, complete=complete)
    return Batch(tuple(constant(one, inputs[name], 1) for name, one in given.items()), 1)
