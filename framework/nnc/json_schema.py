"""The JSON Schemas: of network files, and of everything nnc writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nnc.network import RESERVED, Network

_DIALECT = "http://json-schema.org/draft-07/schema#"


def network_schema() -> dict[str, Any]:
    """Give the schema of a network file: keys, kinds, and which keys go together.

    It never rejects a file that nnc accepts. What it leaves to the validator (the spelling of
    numbers, duplicates, names that must be declared) is listed in docs/format.md.
    """
    schema = Network.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    definitions["Output"] = _output(definitions["Output"])
    definitions["Input"]["additionalProperties"] = False
    _simplify(schema)
    _simplify(definitions)
    properties = schema["properties"]
    properties["inputs"] |= {
        "anyOf": [
            {"type": "array", "items": _scalar("The name of a bit."), "uniqueItems": True},
            _mapping(
                {"anyOf": [{"enum": ["bit", "integer", "real"]}, {"$ref": "#/definitions/Input"}]}
            ),
        ]
    }
    properties["outputs"] |= {
        "anyOf": [
            {
                "type": "array",
                "items": _scalar("The name of a neuron or input."),
                "minItems": 1,
                "uniqueItems": True,
            },
            {**_mapping({"$ref": "#/definitions/OutputForm"}), "minProperties": 1},
        ]
    }
    wiring = definitions["Neuron"]["properties"]["wiring"]["anyOf"]
    definitions["OutputForm"] = {
        "anyOf": [wiring[0], {**wiring[1], "minItems": 1}, {"$ref": "#/definitions/Output"}],
        "description": "A source, a list of sources (a bus), a sum or a level.",
    }
    for key in ("inputs", "outputs"):
        for other in ("type", "additionalProperties", "propertyNames"):
            properties[key].pop(other, None)
    properties["neurons"] |= _mapping({"$ref": "#/definitions/Neuron"})
    definitions["Neuron"]["allOf"] = _NEURON_FORMS
    definitions["Case"]["oneOf"] = [
        {"required": ["given", "expect"], "not": {"required": ["file"]}},
        {
            "required": ["file"],
            "not": {"anyOf": [{"required": ["given"]}, {"required": ["expect"]}]},
        },
    ]
    for key in RESERVED:
        properties.pop(key, None)
    return {
        "$schema": _DIALECT,
        "title": "A network of threshold neurons",
        "description": "A network file of nnc, format version 1.",
        **{k: v for k, v in schema.items() if k not in ("title", "description")},
        "required": ["nnc", "inputs", "outputs"],
        "definitions": definitions,
    }


_GATE = {"properties": {"fires": {"enum": ["all", "any"]}}, "required": ["fires"]}
_NEURON_FORMS: list[dict[str, Any]] = [
    {
        "if": _GATE,
        "then": {
            "required": ["wiring"],
            "not": {"anyOf": [{"required": [k]} for k in ("weights", "threshold", "thresholds")]},
        },
        "else": {
            "oneOf": [{"required": ["threshold"]}, {"required": ["thresholds"]}],
            "anyOf": [{"required": ["weights"]}, {"required": ["wiring"]}],
            "allOf": [
                {
                    "if": {"properties": {"weights": {"type": "object"}}, "required": ["weights"]},
                    "then": {"not": {"required": ["wiring"]}},
                    "else": {"required": ["wiring"]},
                }
            ],
        },
    }
]


def _output(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the object form of an output, without the fields that its short forms fill in."""
    kept = {k: v for k, v in schema["properties"].items() if k not in ("sources", "is_bus")}
    forms: list[dict[str, Any]] = [
        {
            "required": ["sum"],
            "not": {"anyOf": [{"required": ["level"]}, {"required": ["labels"]}]},
        },
        {"required": ["level"], "not": {"required": ["sum"]}},
    ]
    return {**schema, "properties": kept, "oneOf": forms}


def _scalar(description: str) -> dict[str, Any]:
    return {"type": ["string", "boolean", "null"], "description": description}


def _mapping(values: dict[str, Any]) -> dict[str, Any]:
    from nnc.network import NAME_PATTERN

    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": values,
    }


def _simplify(schema: Any) -> None:
    """Take out what stands for Python's None: in a file a key is there or it is not."""
    if isinstance(schema, list):
        for one in schema:
            _simplify(one)
        return
    if not isinstance(schema, dict):
        return
    schema.pop("title", None) if isinstance(schema.get("title"), str) else None
    if schema.get("default", "") is None:
        schema.pop("default")
    options = schema.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        left = [one for one in options if one != {"type": "null"}]
        schema.pop("anyOf")
        if len(left) == 1:
            for key, value in left[0].items():
                schema.setdefault(key, value)
        else:
            schema["anyOf"] = left
    for value in schema.values():
        _simplify(value)


def report_schema() -> dict[str, Any]:
    """Give the schema of `--output-format json`."""
    from nnc.reports.json import Report

    return _typed(Report, "The report of nnc")


def case_report_schema() -> dict[str, Any]:
    """Give the schema of `nnc test --output-format json`."""
    from nnc.reports.json import CaseReport

    return _typed(CaseReport, "The report of nnc test")


def trace_schema() -> dict[str, Any]:
    """Give the schema of `nnc eval --trace --to json`."""
    from nnc.trace import TraceRecord

    return _typed(list[TraceRecord], "A trace of nnc")


def _typed(kind: Any, title: str) -> dict[str, Any]:
    from pydantic import TypeAdapter

    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs", {})
    schema.pop("title", None)
    return {"$schema": _DIALECT, "title": title, **schema, "definitions": definitions}


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "network": network_schema,
    "report": report_schema,
    "trace": trace_schema,
    "test": case_report_schema,
}


def schema_text(name: str) -> str:
    """Give a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
