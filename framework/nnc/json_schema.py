"""The JSON Schemas: of network files, and of everything nnc writes as JSON.

The schema of a network file decides its structure: keys, kinds, which keys are required and which
exclude each other. It never rejects a file that nnc accepts; what it leaves to the validator is
listed in docs/format.md. It reads a file as YAML 1.2 does, where `on` is a text, and `null` and
`true` may be names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nnc.network import KINDS, NAME_PATTERN, Case, Input, Network, Neuron, Output

Schema = dict[str, Any]

_DIALECT = "http://json-schema.org/draft-07/schema#"

# ----------------------------------------------------------------------------- network files


def network_schema() -> Schema:
    """Give the schema of a network file."""
    file = _object(Network, required=["nnc", "inputs", "outputs"])
    fields = file["properties"]
    fields["inputs"] = {
        "description": fields["inputs"]["description"],
        "anyOf": [_names("The name of a bit."), _by_name(_ref("InputForm"))],
    }
    fields["neurons"] = {
        "description": fields["neurons"]["description"],
        **_by_name(_ref("Neuron")),
    }
    fields["outputs"] = {
        "description": fields["outputs"]["description"],
        "anyOf": [
            {**_names("The name of an input or neuron."), "minItems": 1},
            {**_by_name(_ref("OutputForm")), "minProperties": 1},
        ],
    }
    fields["cases"] = {
        "description": fields["cases"]["description"],
        "type": "array",
        "items": _ref("Case"),
    }
    return {
        "$schema": _DIALECT,
        "title": "A network of threshold neurons",
        **file,
        "description": "A network file of nnc, format version 1.",
        "definitions": {
            "Input": _object(Input, required=["type"], **_INPUT_FORMS),
            "InputForm": {
                "description": "The type of an input; or a mapping with its type and bounds.",
                "anyOf": [{"enum": [*KINDS]}, _ref("Input")],
            },
            "Neuron": _object(Neuron, **_NEURON_FORMS),
            "Output": _output(),
            "OutputForm": _output_form(),
            "Case": _case(),
        },
    }


_INPUT_FORMS: Schema = {
    "if": {"properties": {"type": {"const": "bit"}}},
    "then": {"not": {"anyOf": [{"required": ["min"]}, {"required": ["max"]}]}},
}
_NEURON_FORMS: Schema = {
    "if": {"properties": {"fires": {"enum": ["all", "any"]}}, "required": ["fires"]},
    "then": {
        "required": ["wiring"],
        "properties": {"wiring": {"minItems": 1}},
        "not": {"anyOf": [{"required": [k]} for k in ("weights", "threshold", "thresholds")]},
    },
    "else": {
        "oneOf": [{"required": ["threshold"]}, {"required": ["thresholds"]}],
        "if": {"properties": {"weights": {"type": "object"}}, "required": ["weights"]},
        "then": {"not": {"required": ["wiring"]}},
        "else": {"required": ["wiring"]},
    },
}
_OUTPUT_FORMS: Schema = {
    "oneOf": [
        {"required": ["sum"], "not": {"required": ["labels"]}},
        {"required": ["level"]},
    ]
}
_CASE_FORMS: Schema = {
    "if": {"required": ["file"]},
    "then": {"not": {"anyOf": [{"required": ["given"]}, {"required": ["expect"]}]}},
    "else": {"required": ["given", "expect"]},
}


def _output() -> Schema:
    """Give the mapping form of an output, without the fields that its short forms fill in."""
    schema = _object(Output, leave_out=("sources", "is_bus"), **_OUTPUT_FORMS)
    labels = schema["properties"]["labels"]
    labels.pop("uniqueItems", None)  # `1` and `1.0` are two labels, and one JSON number
    labels["minItems"] = 2
    return schema


def _output_form() -> Schema:
    source, sources = _fields(Output)["sources"]["anyOf"]
    return {
        "description": "A source, a list of sources (a bus), a sum or a level.",
        "anyOf": [source, {**sources, "minItems": 1}, _ref("Output")],
    }


def _case() -> Schema:
    schema = _object(Case, **_CASE_FORMS)
    number = _fields(Input)["min"]
    schema["properties"]["given"]["additionalProperties"] = {
        "anyOf": number["anyOf"],
        "description": "The value of an input.",
    }
    return schema


def _object(model: type[Any], *, leave_out: tuple[str, ...] = (), **more: Any) -> Schema:
    """Give the schema of the mapping that a model is written as."""
    return {
        "description": (model.__doc__ or "").partition("\n\n")[0],
        "type": "object",
        "additionalProperties": False,
        "properties": {k: one for k, one in _fields(model).items() if k not in leave_out},
        **more,
    }


def _fields(model: type[Any]) -> dict[str, Schema]:
    """Give the schema of each field, as it is written in a file: it is there, or it is not."""
    fields: dict[str, Schema] = model.model_json_schema()["properties"]
    return {name: _without_none(one) for name, one in fields.items()}


def _without_none(field: Schema) -> Schema:
    """Take out what stands for Python's None, and what pydantic adds of its own."""
    field = {key: value for key, value in field.items() if key not in ("title", "default")}
    options = field.get("anyOf", [])
    if {"type": "null"} in options:
        (only,) = (one for one in options if one != {"type": "null"})
        del field["anyOf"]
        field = {**only, **field}
    return field


def _names(description: str) -> Schema:
    item = {"type": ["string", "boolean", "null"], "pattern": NAME_PATTERN}
    return {"type": "array", "items": {**item, "description": description}}


def _by_name(values: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": values,
    }


def _ref(definition: str) -> Schema:
    return {"$ref": f"#/definitions/{definition}"}


# --------------------------------------------------------------------------- what nnc writes


def report_schema() -> Schema:
    """Give the schema of `--output-format json`."""
    from nnc.reports.json import Report

    return _typed(Report, "The report of nnc")


def case_report_schema() -> Schema:
    """Give the schema of `nnc test --output-format json`."""
    from nnc.reports.json import CaseReport

    return _typed(CaseReport, "The report of nnc test")


def plan_schema() -> Schema:
    """Give the schema of `nnc compile --output-format json`."""
    from nnc.plan import PlanRecord

    return _typed(PlanRecord, "A plan of nnc")


def trace_schema() -> Schema:
    """Give the schema of `nnc eval --trace --to json`."""
    from nnc.trace import TraceRecord

    return _typed(list[TraceRecord], "A trace of nnc, one object a row")


_WRITTEN = {
    "format_version": "The version of this form of output: 1.",
    "nnc_version": "The version of nnc that wrote it.",
    "plan": "The lines of the plan.",
    "diagnostics": "Every finding, by file and place.",
    "summary": "How much was found.",
    "cases": "How many cases were run.",
    "failed": "How many of them failed.",
    "file": "The file, as it was named; null where there is none.",
    "line": "The line, from 1; null where the place is not known.",
    "column": "The column in characters, from 1.",
    "end_line": "The line on which it ends.",
    "end_column": "The column after its last character.",
    "code": "The stable code, such as NNC301.",
    "severity": "`error`, `warning` or `note`.",
    "message": "What is wrong, in one line.",
    "help": "How to mend it.",
    "details": "Lines that say more.",
    "path": "The keys that lead to the place: neurons.sum.weights.a",
    "related": "Other places that explain this one.",
    "files": "How many files were looked at.",
    "errors": "How many errors there are.",
    "warnings": "How many warnings there are.",
    "notes": "How many notes there are.",
    "row": "The number of the row, from 1.",
    "inputs": "The value of each input.",
    "neurons": "What each neuron did, in the order of calculation.",
    "name": "The name.",
    "fires": "The rule: `above`, `at_least`, `below` or `at_most`.",
    "sum": "The weighted sum, exactly.",
    "thresholds": "Each threshold of the neuron.",
    "contributions": "What each source added to the sum.",
    "threshold": "The number that the sum is compared with.",
    "margin": "The sum minus the threshold.",
    "fired": "1 where the neuron fired, else 0.",
    "source": "The source: an input, a neuron, a step or a constant.",
    "value": "The value of the source.",
    "weight": "The weight of the source.",
    "amount": "The weight times the value.",
}
"""What the keys mean that nnc writes; one name means the same everywhere."""


def _typed(kind: Any, title: str) -> Schema:
    from pydantic import TypeAdapter

    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs", {})
    for one in (schema, *definitions.values()):
        one.pop("title", None)
        for name, field in one.get("properties", {}).items():
            field.pop("title", None)
            if "$ref" not in field:  # beside which draft 7 reads nothing
                field["description"] = _WRITTEN[name]
    return {"$schema": _DIALECT, "title": title, **schema, "definitions": definitions}


# ----------------------------------------------------------------------------------- the table

SCHEMAS: dict[str, Callable[[], Schema]] = {
    "network": network_schema,
    "plan": plan_schema,
    "report": report_schema,
    "trace": trace_schema,
    "test": case_report_schema,
}


def schema_text(name: str) -> str:
    """Give a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
