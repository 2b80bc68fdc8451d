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
_INDEX = r"(\([^()\s]+\))?"
NAME_PATTERN = rf"^{_NAME}$"
SOURCE_PATTERN = rf"^(0|1|{_NAME}{_INDEX}(\.{_NAME}{_INDEX})?)$"
SOURCE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": SOURCE_PATTERN},
        {"enum": [0, 1]},
        {"type": ["boolean", "null"]},
    ],
    "description": "A source: an input, a neuron, a layer, an element `a(3)`, a slice `a(0:4)`, "
    "`neuron.threshold`, `part.output`, or a constant 0 or 1.",
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
_SIZED = r"^(bit|integer|real)(\([1-9][0-9]{0,7}\))?$"
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
DEFAULT_SCHEMA: dict[str, Any] = {"anyOf": [TEXT_SCHEMA, LIST_OF_NUMBERS_SCHEMA]}
_TENSOR_SCHEMA: dict[str, Any] = {"$ref": "#/definitions/TensorFile"}
LAYER_WEIGHTS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "array",
            "items": LIST_OF_NUMBERS_SCHEMA,
            "minItems": 1,
            "description": "A row of weights for each neuron.",
        },
        {**NUMBER_SCHEMA, "description": "One weight for all."},
        _TENSOR_SCHEMA,
        {
            "type": "object",
            "properties": {"sparse": {"$ref": "#/definitions/Sparse"}},
            "required": ["sparse"],
            "additionalProperties": False,
            "description": "Compressed rows; the stored entries are the synapses.",
        },
    ]
}
LAYER_THRESHOLDS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {**LIST_OF_NUMBERS_SCHEMA, "minItems": 1, "description": "A threshold for each neuron."},
        {**NUMBER_SCHEMA, "description": "One threshold for all."},
        _TENSOR_SCHEMA,
    ]
}
PORTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": WIRING_SCHEMA,
}
VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [TEXT_SCHEMA, LIST_OF_NUMBERS_SCHEMA],
    "description": "A number, a list of numbers for a bus, or a label.",
}
VALUES_SCHEMA: dict[str, Any] = {"type": "object", "additionalProperties": VALUE_SCHEMA}
NAME_SCHEMA: dict[str, Any] = {"type": "string", "pattern": NAME_PATTERN}
