"""Two inputs that are read from one column of rows are a mistake: no row could tell them apart."""

from __future__ import annotations

import re
import unicodedata

from nnc.compiler.graph.resolver import Resolver
from nnc.diagnostics.diagnostic import KeyPath, Label
from nnc.language.network import Input
from nnc.numbers.exact import shorten

_ELEMENT = re.compile(r"(.+)\((0|[1-9][0-9]{0,8})\)")


def check_columns(resolver: Resolver) -> None:
    """Report each column that an input declares and another input is read from, too."""
    inputs = resolver.network.inputs
    owners: dict[str, tuple[str, KeyPath]] = {}
    buses: dict[str, Input] = {}
    for name, input_ in inputs.items():
        if input_.column is None and input_.columns is None:
            owners[name] = name, ("inputs", name)
        if input_.size is not None and input_.columns is None:
            buses[_composed(input_.column or name)] = input_
    for name, input_ in inputs.items():
        for place, (element, text) in enumerate(input_.declared_columns(name)):
            path: KeyPath = ("inputs", name, "column")
            if input_.columns is not None:
                path = ("inputs", name, "columns", place)
            column = _composed(text)
            owner = owners.setdefault(column, (element, path))
            match = _ELEMENT.fullmatch(column)
            bus = buses.get(match[1]) if match else None
            if match and bus is not None and int(match[2]) < bus.width and bus is not input_:
                other = next(
                    name_of_other for name_of_other, declared in inputs.items() if declared is bus
                )
                owner = f"{other}({match[2]})", ("inputs", other)
            if owner != (element, path):
                _report(resolver, (element, path), owner, text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _report(
    resolver: Resolver, mine: tuple[str, KeyPath], owner: tuple[str, KeyPath], column: str
) -> None:
    (element, path), (other, where) = mine, owner
    is_name = len(where) == 2
    label = Label(f"`{shorten(other)}` is read from it", where, key=is_name, file=resolver.file)
    resolver.report(
        "duplicate-name",
        f"`{shorten(element)}` and `{shorten(other)}` are both read from column "
        f"`{shorten(column)}`",
        path,
        f"give `{shorten(element)}` a column of its own",
        labels=(label,),
    )
