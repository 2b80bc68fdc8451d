"""The JSON Schemas of the values in a network file, for the models' fields."""

from __future__ import annotations

from typing import Any

NUMBER_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)/[1-9][0-9]{0,17}$"},
    ],
    "description": "An exact number: an integer, a decimal such as 0.1, or a fraction such as 1/3.",
}
TEXT_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
NAME_PATTERN = r"^[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*$"
SOURCE_PATTERN = (
    r"^(0|1|[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*(\.[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*)?)$"
)
SOURCE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": SOURCE_PATTERN},
        {"enum": [0, 1]},
        {"type": ["boolean", "null"]},
    ],
    "description": "A source: an input, a neuron, `neuron.threshold`, or a constant 0 or 1.",
}
STEPS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": NUMBER_SCHEMA,
    "description": "Steps: from each cut-off on, so many points; below the first, 0.",
}
LIST_OF_NUMBERS_SCHEMA: dict[str, Any] = {"type": "array", "items": NUMBER_SCHEMA}
WEIGHTS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "propertyNames": {"pattern": SOURCE_PATTERN},
            "additionalProperties": {
                "anyOf": [NUMBER_SCHEMA, LIST_OF_NUMBERS_SCHEMA, STEPS_SCHEMA]
            },
            "description": "By name: the weight of each source.",
        },
        {**LIST_OF_NUMBERS_SCHEMA, "description": "By place: one weight an element of `wiring`."},
        {**NUMBER_SCHEMA, "description": "One weight for every element of `wiring`."},
    ]
}
WIRING_SCHEMA: dict[str, Any] = {
    "anyOf": [SOURCE_SCHEMA, {"type": "array", "items": SOURCE_SCHEMA}]
}
THRESHOLDS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": NUMBER_SCHEMA,
}
VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [TEXT_SCHEMA, {"type": "array", "items": NUMBER_SCHEMA}],
    "description": "A number, a list of numbers for a bus, or a label.",
}
VALUES_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": VALUE_SCHEMA}
NAME_SCHEMA: dict[str, Any] = {"type": "string", "pattern": NAME_PATTERN}
