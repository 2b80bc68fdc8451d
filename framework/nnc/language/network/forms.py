"""Form: the one reader of a field and its JSON Schema; and the parts of conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from nnc.language.firing import Threshold, show_limit
from nnc.language.ranges import Open
from nnc.numbers.exact import fits_json, show_number

Schema = dict[str, Any]
Describe = Callable[[type[BaseModel]], Schema]
"""Returns the reference to the schema of a model."""


def plain(value: Any) -> Any:
    """Return a value with its numbers as a file has them: a fraction and a blank are texts."""
    if isinstance(value, (Threshold, Open)):
        return str(value)
    if isinstance(value, Fraction) or (type(value) is int and not fits_json(value)):
        return show_number(value)
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else show_limit(key): plain(item)
            for key, item in value.items()
        }
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, slots=True)
class Form:
    """The values that a field takes: their reader, which raises Refused or Mistaken, and schema.

    A model reads its fields itself, so that it finds all mistakes; pydantic only stores, describes
    and writes what was read.
    """

    read: Callable[[Any], Any]
    schema: Schema | Callable[[Describe], Schema] = field(default_factory=dict)
    write: Callable[[Any], Any] = plain

    def __repr__(self) -> str:
        """Return a short text, which signatures of models show."""
        return "Form"

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take the value as it is: the model has read it."""
        write = core_schema.wrap_serializer_function_ser_schema(
            lambda value, write_models: write_models(self.write(value))
        )
        return core_schema.any_schema(serialization=write)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Return the JSON Schema of the field."""
        if not callable(self.schema):
            return dict(self.schema)

        def describe(model: type[BaseModel]) -> Schema:
            model.model_rebuild()
            items = core_schema.list_schema(model.__pydantic_core_schema__)
            described: Schema = handler(items)["items"]  # inside another schema it is a reference
            return described

        return self.schema(describe)


def array_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def words_of(meanings: Mapping[str, str]) -> Schema:
    """Return the schema of one of several words, with what each means for editors."""
    return {"enum": [*meanings], "enumDescriptions": [*meanings.values()]}


# Conditions say which keys of a mapping go together. They are of draft 7, which editors know, and
# refuse no file that nnc accepts. `defaultSnippets` is for editors; all else passes over it.


def equals(key: str, *values: str) -> Schema:
    """Match a mapping that has the key, with one of the values."""
    return {"properties": {key: {"enum": [*values]}}, "required": [key]}


def matches(key: str, pattern: str) -> Schema:
    """Match a mapping that has the key, with a text that matches."""
    return {"properties": {key: {"type": "string", "pattern": pattern}}, "required": [key]}


def without(*keys: str) -> Schema:
    """Refuse some keys, in a form of which editors say which key it is."""
    return {"patternProperties": {f"^({'|'.join(keys)})$": False}}


def not_both(key: str, other: str) -> Schema:
    """Refuse a second key beside the first."""
    return {"if": {"required": [key]}, "then": without(other)}


def has_only(keys: Iterable[str]) -> Schema:
    """Match a mapping without other keys: one typo is then not a missing key as well."""
    return {"propertyNames": {"enum": [*keys]}}


def below(**keys: Schema) -> Schema:
    """Say more of some keys; editors would offer those of `properties` a second time."""
    return {"patternProperties": {f"^{key}$": schema for key, schema in keys.items()}}


def snippet(label: str, description: str, body: object) -> Schema:
    """Return the snippet that editors insert into an empty place."""
    return {"label": label, "description": description, "body": body}
