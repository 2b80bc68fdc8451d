"""The fields that several models share: numbers, texts, names, sources, firing rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from nnc.exact import Number
from nnc.language.firing import COMPARISONS, FIRES_MEANT, GATES, Fires
from nnc.language.network.schemas import (
    NAME_SCHEMA,
    NUMBER_SCHEMA,
    SOURCE_SCHEMA,
    STATES_SCHEMA,
    TEXT_SCHEMA,
)
from nnc.language.readers import one_of, read_declared, read_states, read_text, validator
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

NumberField = Annotated[
    Number, PlainValidator(validator(read_declared)), WithJsonSchema(NUMBER_SCHEMA)
]
TextField = Annotated[str, PlainValidator(validator(read_text)), WithJsonSchema(TEXT_SCHEMA)]
SourceField = Annotated[str, PlainValidator(validator(read_source)), WithJsonSchema(SOURCE_SCHEMA)]
NameField = Annotated[str, PlainValidator(validator(check_name)), WithJsonSchema(NAME_SCHEMA)]
FiresField = Annotated[
    Fires,
    PlainValidator(validator(one_of((*COMPARISONS, *GATES), FIRES_MEANT))),
    WithJsonSchema({"enum": [*COMPARISONS, *GATES]}),
]
ComparisonField = Annotated[
    Fires,
    PlainValidator(validator(one_of(COMPARISONS, FIRES_MEANT))),
    WithJsonSchema({"enum": [*COMPARISONS]}),
]
StatesField = Annotated[
    States, PlainValidator(validator(read_states)), WithJsonSchema(STATES_SCHEMA)
]


def without_none(data: Any) -> Any:
    """Leave out what is None: in Python it stands for what is not given; a file has none."""
    if isinstance(data, dict) and any(value is None for value in data.values()):
        return {key: value for key, value in data.items() if value is not None}
    return data


class Model(BaseModel):
    """Frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
