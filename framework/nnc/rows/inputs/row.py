"""The values that are given for one row, in Python or as words, by the names of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, KeyPath
from nnc.language.network import Input, unpacked
from nnc.numbers.exact import Number, Refused
from nnc.rows.columns import Batch
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.names import Layout, lay_out
from nnc.rows.inputs.value import Value, default_of, read_value


def values_from(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
    options: bool = False,
) -> dict[str, Value]:
    """Read the values given for inputs, in the order of `inputs`, exactly.

    A text is read as in a network file: plain, or `exact.Quoted`, which is not a decimal. A bus is
    an unsigned integer, a list, or a value for each element. Where `complete`, defaults are filled
    in and an input without a value is a mistake; else only what is given comes back. With
    `options`, help names those of the command line. Raises InvalidRowsError with every mistake,
    each at `(*where, name)`.
    """
    names = list(values)
    layout = lay_out(names, inputs, noun="value", complete=complete)
    diagnostics = name_mistakes(layout, names, where, key=True, options=options)
    by_name: dict[str, Value | None] = {}
    for name, input_ in inputs.items():
        if name in layout.whole:
            by_name[name] = _read(name, values[name], input_, where, diagnostics)
        elif name in layout.elements:
            value = [values[names[at]] for at in layout.elements[name]]
            by_name[name] = _read(name, value, input_, where, diagnostics, by_element=True)
        elif complete:
            by_name[name] = default_of(input_)
    if diagnostics:
        raise InvalidRowsError(diagnostics)
    return {name: value for name, value in by_name.items() if value is not None}


def name_mistakes(
    layout: Layout,
    names: Sequence[str],
    where: KeyPath = (),
    *,
    key: bool = False,
    options: bool = False,
) -> list[Diagnostic]:
    """Return the mistakes in the names of values; with `key`, located at the keys."""
    return [
        Diagnostic(
            problem.rule,
            problem.message,
            path=where if problem.at is None else (*where, names[problem.at]),
            key=key,
            help=problem.help_with(options=options),
        )
        for problem in layout.problems
    ]


def _read(
    name: str,
    value: object,
    input_: Input,
    where: KeyPath,
    diagnostics: list[Diagnostic],
    *,
    by_element: bool = False,
) -> Value | None:
    def note(place: int | None, error: Refused) -> None:
        element_name = name if place is None else f"{name}({place})"
        path: KeyPath = (
            (name,) if place is None else (element_name,) if by_element else (name, place)
        )
        message = f"input `{element_name}`: {error.message}"
        diagnostics.append(
            Diagnostic(error.rule, message, (*where, *path), help=error.help or None)
        )

    return read_value(value, input_, note)


def elements_from(values: Mapping[str, object], inputs: Mapping[str, Input]) -> list[Number]:
    """Return every element of a row, in the order of inputs: of bits and choices 0 or 1.

    Raises InvalidRowsError with every mistake, as `values_from` does.
    """
    elements: list[Number] = []
    for name, value in values_from(values, inputs).items():
        input_ = inputs[name]
        if input_.of is not None:
            elements += [int(label == value) for label in input_.of]
            continue
        assert not isinstance(value, str)
        if input_.is_integer_bus and not isinstance(value, tuple):
            elements += unpacked(int(value), input_.width)
            continue
        numbers = value if isinstance(value, tuple) else (value,)
        is_bit = input_.type == "bit"
        elements += [input_.state_values.index(n) for n in numbers] if is_bit else numbers
    return elements


def row_from_values(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
    options: bool = False,
) -> Batch:
    """Make a batch of one row; without `complete`, of the columns given only."""
    exact = values_from(values, inputs, where=where, complete=complete, options=options)
    return Batch(tuple(constant(value, inputs[name], 1) for name, value in exact.items()), 1)
