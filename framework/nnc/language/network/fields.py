"""The fields that several models share: numbers, texts, names, sources, firing rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from nnc.exact import Number
from nnc.language.firing import COMPARISONS, FIRES_MEANT, GATES, Fires
from nnc.language.network.schemas import (
    NAME_SCHEMA,
    NUMBER_SCHEMA,
    SOURCE_SCHEMA,
    STATES_SCHEMA,
    TEXT_SCHEMA,
)
from nnc.language.readers import (
    Mistakes,
    one_of,
    read_declared,
    read_states,
    read_text,
    validator,
)
from nnc.language.references import check_name, read_source

AnyNumber = int | Fraction | Decimal | str | float
"""A number as Python has it; a float only where its decimal is its exact value."""
AnyWeights = (
    Mapping[str, AnyNumber | Sequence[AnyNumber] | Mapping[AnyNumber, AnyNumber]]
    | Sequence[AnyNumber]
    | AnyNumber
)
States = tuple[Number, Number]
"""The values of silence and of firing."""
BITS: States = (0, 1)


def read_by(reader: Callable[[Any], Any], schema: dict[str, Any]) -> PlainValidator:
    """Let `reader` read a field, of which the JSON Schema says `schema`."""
    return PlainValidator(
        validator(reader), json_schema_input_type=Annotated[Any, WithJsonSchema(schema)]
    )


NumberField = Annotated[Number, read_by(read_declared, NUMBER_SCHEMA)]
TextField = Annotated[str, read_by(read_text, TEXT_SCHEMA)]
SourceField = Annotated[str, read_by(read_source, SOURCE_SCHEMA)]
NameField = Annotated[str, read_by(check_name, NAME_SCHEMA)]
FiresField = Annotated[
    Fires,
    read_by(one_of((*COMPARISONS, *GATES), FIRES_MEANT), {"enum": [*COMPARISONS, *GATES]}),
]
ComparisonField = Annotated[
    Fires, read_by(one_of(COMPARISONS, FIRES_MEANT), {"enum": [*COMPARISONS]})
]
StatesField = Annotated[States, read_by(read_states, STATES_SCHEMA)]


def without_none(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is None: in Python it stands for what is not given; a file has none."""
    if any(value is None for value in data.values()):
        return {key: value for key, value in data.items() if value is not None}
    return data


class Model(BaseModel):
    """Frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Declaration(Model):
    """A mapping whose keys are judged together: none of its mistakes hides another."""

    @classmethod
    def _needs_no_look(cls, data: dict[str, Any]) -> bool:  # noqa: ARG003
        """Tell a common form in which all keys stand together."""
        return False

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:  # noqa: ARG003
        """Write short forms out, and note keys that are missing or exclude each other."""
        return data

    def _check_values(self, mistakes: Mistakes) -> None:
        """Note values that do not go together, once each is read."""

    @model_validator(mode="wrap")
    @classmethod
    def _collect(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict) or cls._needs_no_look(data):
            return handler(data)
        mistakes = Mistakes()
        data = cls._in_full(without_none(data), mistakes)
        try:
            declaration = handler(data)
        except ValidationError as error:
            mistakes.add_all(error)
        else:
            declaration._check_values(mistakes)
        mistakes.stop()
        return declaration
