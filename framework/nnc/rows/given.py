"""One row from texts and Python numbers: `--set a=1`, and `given` of a case."""

from __future__ import annotations

from collections.abc import Mapping

from nnc.columns import Batch
from nnc.diagnostics import Diagnostic, InvalidRowsError, Path
from nnc.exact import Number, Refused
from nnc.network import Input
from nnc.rows.arrays import number_of
from nnc.rows.cells import constant
from nnc.rows.names import match_names


def numbers_from_values(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: Path = (),
    complete: bool = True,
) -> dict[str, Number]:
    """Read the values given for inputs, in the order of `inputs`, exactly.

    A text is read as in a network file: plain, or `exact.Quoted`, which is no decimal. Where
    `complete`, defaults are filled in and an input without a value is a mistake; else only what
    is given comes back. Raises InvalidRowsError with every mistake, each at `(*where, name)`.
    """
    names = list(values)
    found = [
        Diagnostic(
            rule, message, path=where if at is None else (*where, names[at]), key=True, help=help_
        )
        for rule, message, help_, at in match_names(names, inputs, noun="value", complete=complete)
    ]
    numbers: dict[str, Number] = {}
    for name, one in inputs.items():
        if name in values:
            try:
                numbers[name] = number_of(values[name], one)
            except Refused as error:
                found.append(
                    Diagnostic(
                        error.rule,
                        f"input `{name}`: {error.message}",
                        path=(*where, name),
                        help=error.help or None,
                    )
                )
        elif complete and one.default is not None:
            numbers[name] = one.default
    if found:
        raise InvalidRowsError(found)
    return numbers


def row_from_values(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: Path = (),
    complete: bool = True,
) -> Batch:
    """Make a batch of one row; without `complete`, of the columns given only."""
    numbers = numbers_from_values(values, inputs, where=where, complete=complete)
    return Batch(tuple(constant(one, inputs[name], 1) for name, one in numbers.items()), 1)
