"""Records: frozen dataclasses that are written as JSON, and the JSON Schema of their types.

A record is the only description of what is written. A docstring below each field describes it in
the schema; a field with `NOT_WRITTEN` stays out of the JSON, one with `OPTIONAL` where it is None.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from nnc.numbers.exact import fits_json, show_number
from nnc.version import VERSION

NOT_WRITTEN: Mapping[str, Any] = {"exclude": True}
"""The metadata of a field that JSON leaves out."""
OPTIONAL: Mapping[str, Any] = {"json_schema_extra": {"optional": True}}
"""The metadata of a field that JSON leaves out where it is None."""

JsonNumber = int | str
"""A number as JSON holds it: an integer below 2**53, else its exact text."""
JsonValue = JsonNumber | list[JsonNumber]


@dataclass(frozen=True, slots=True)
class Versioned:
    """The keys that every report begins with."""

    format_version: int = 1
    """The version of this form of output: 1."""
    nnc_version: str = VERSION
    """The version of nnc that wrote it."""


def plain(value: Any) -> Any:
    """Return a record, or what a record holds, as json.dumps takes it, all numbers exact.

    >>> plain({"weights": (1, Fraction(1, 3), 2**60)})
    {'weights': [1, '1/3', '1152921504606846976']}
    """
    if value is None or isinstance(value, (str, bool, float)):
        return value
    if isinstance(value, (int, Fraction)):
        return value if fits_json(value) else show_number(value)
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if is_dataclass(value):
        members = [(field, getattr(value, field.name)) for field in fields(value)]
        return {field.name: plain(inner) for field, inner in members if _is_written(field, inner)}
    if isinstance(value, Iterable):
        return [plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _is_written(field: Field[Any], value: object) -> bool:
    metadata = field.metadata
    return not metadata or (metadata != NOT_WRITTEN and (metadata != OPTIONAL or value is not None))


def json_text(record: object) -> str:
    """Return a record as indented JSON."""
    return json.dumps(plain(record), indent=2) + "\n"


def json_lines(records: Iterable[object]) -> str:
    """Return records as JSON, one a line."""
    return "".join(json.dumps(plain(record)) + "\n" for record in records)


def descriptions_of(record: type[Any]) -> dict[str, str]:
    """Return the docstrings of the fields of a dataclass or model, those it inherits among them.

    >>> descriptions_of(Versioned)["nnc_version"]
    'The version of nnc that wrote it.'
    """
    described: dict[str, str] = {}
    for base in reversed(record.__mro__):
        if "__annotations__" not in vars(base) or base.__module__.startswith("pydantic."):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(definition, ast.ClassDef)
        for field, text in pairwise(definition.body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                name, constant = field.target, text.value
                assert isinstance(name, ast.Name)
                assert isinstance(constant, ast.Constant)
                described[name.id] = inspect.cleandoc(str(constant.value)).replace("\n", " ")
    return described
