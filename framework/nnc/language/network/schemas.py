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
_NAME = r"[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*"
_DIGITS = "(0|[1-9][0-9]{0,17})"
_POSITIVE = "[1-9][0-9]{0,17}"
_PLACE = rf"({_DIGITS}|({_POSITIVE}\*)?i([+-]{_DIGITS})?)"


def _source_pattern(place: str) -> str:
    index = rf"(\({place}(:{place}(:{_POSITIVE})?)?\))?"
    return rf"^(0|1|{_NAME}{index}(\.{_NAME}{index})?)$"


def _source_schema(pattern: str, more: str) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "string", "pattern": pattern},
            {"enum": [0, 1]},
            {"type": ["boolean", "null"]},
        ],
        "description": "A source: an input, a neuron, a layer, an element `a(3)`, a slice "
        f"`a(0:4)`, `neuron.threshold`, `part.output`, or a constant 0 or 1{more}.",
    }


NAME_PATTERN = rf"^{_NAME}$"
NAME_SCHEMA: dict[str, Any] = {"type": ["string", "boolean", "null"], "pattern": NAME_PATTERN}
SOURCE_PATTERN = _source_pattern(_DIGITS)
SOURCE_SCHEMA = _source_schema(SOURCE_PATTERN, "")
_PORT_SOURCE_SCHEMA = _source_schema(
    _source_pattern(_PLACE), "; where the part is repeated, `i` is the number of the element"
)
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
OUTPUT_SCHEMA: dict[str, Any] = {
    "anyOf": [SOURCE_SCHEMA, {"type": "array", "items": SOURCE_SCHEMA, "minItems": 1}]
}
THRESHOLDS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": NUMBER_SCHEMA,
}
_SIZED = r"^(bit|integer|real)\(([1-9][0-9]{0,6}|10000000)\)$"
KIND_SCHEMA: dict[str, Any] = {
    "anyOf": [{"enum": ["bit", "integer", "real", "choice"]}, {"type": "string", "pattern": _SIZED}]
}
SIZE_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 10_000_000}
STATES_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": NUMBER_SCHEMA,
    "minItems": 2,
    "maxItems": 2,
}
DEFAULT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {**NUMBER_SCHEMA, "description": "A number; of a bus of bits, its unsigned integer."},
        {**LIST_OF_NUMBERS_SCHEMA, "description": "A number for each element of a bus."},
        {**NAME_SCHEMA, "description": "One of the values of a choice."},
    ]
}
# Weights and thresholds of a layer may stand in files too: see json_schema.py.
LAYER_WEIGHTS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "array",
            "items": LIST_OF_NUMBERS_SCHEMA,
            "minItems": 1,
            "description": "A row of weights for each neuron.",
        },
        {**NUMBER_SCHEMA, "description": "One weight for all."},
    ]
}
LAYER_THRESHOLDS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {**LIST_OF_NUMBERS_SCHEMA, "minItems": 1, "description": "A threshold for each neuron."},
        {**NUMBER_SCHEMA, "description": "One threshold for all."},
    ]
}
DIGEST_SCHEMA: dict[str, Any] = {**TEXT_SCHEMA, "pattern": "^[0-9A-Fa-f]{64}$"}
PORTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": {
        "anyOf": [_PORT_SOURCE_SCHEMA, {"type": "array", "items": _PORT_SOURCE_SCHEMA}]
    },
}
VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [TEXT_SCHEMA, LIST_OF_NUMBERS_SCHEMA],
    "description": "A number, a list of numbers for a bus, or a label.",
}
VALUES_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": VALUE_SCHEMA}
