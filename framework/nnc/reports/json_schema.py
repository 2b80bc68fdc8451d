"""The JSON Schemas: of network files, and of everything nnc writes as JSON.

The schema of a network file decides its structure: keys, kinds, which keys are required and which
exclude each other. It never rejects a file that nnc accepts; what it leaves to the validator is
listed in docs/format.md. It reads a file as YAML 1.2 does, where `on` is a text, and `null` and
`true` may be names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from nnc.language.keys import KINDS, REFUSED_BY_GATES, REFUSED_BY_TYPE
from nnc.language.network import (
    GATES,
    NAME_PATTERN,
    ONLY_IN_PYTHON,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Sparse,
    TensorFile,
)
from nnc.language.network.fields import NAME_SCHEMA, NUMBER_SCHEMA, NUMBERS_SCHEMA, Schema, array_of

_DIALECT = "http://json-schema.org/draft-07/schema#"

# ----------------------------------------------------------------------------- network files


def network_schema() -> Schema:
    """Return the schema of a network file.

    The definitions say which keys there are, of which kind, and which exclude each other. What is
    required is so only without `extends`: with it, a declaration may be no more than a change.
    """
    file = _object(Network, leave_out=ONLY_IN_PYTHON, required=["nnc"])
    fields = file["properties"]
    fields["extends"] = {
        **_fields(Part)["use"],
        "description": "The file that this one starts from, relative to this one.",
    }
    forms: dict[str, Schema] = {
        "inputs": {"anyOf": [_names("The name of a bit."), _by_name(_ref("InputForm"))]},
        "neurons": _by_name(_ref("Neuron")),
        "layers": _by_name(_ref("Layer")),
        "parts": _by_name(_ref("Part")),
        "outputs": {
            "anyOf": [
                _names("The name of an input, a neuron or a layer."),
                _by_name(_ref("OutputForm")),
            ]
        },
        "cases": array_of(_ref("Case")),
    }
    for key, form in forms.items():
        fields[key] = {"description": fields[key]["description"], **form}
    return {
        "$schema": _DIALECT,
        "title": "A network of threshold neurons",
        **file,
        "description": "A network file of nnc, format version 1.",
        "if": {"anyOf": [{"required": ["extends"]}, {"not": _has_only(fields)}]},
        "else": _whole_file(),
        "defaultSnippets": [_FIRST_NETWORK],
        "definitions": {
            "Input": _object(Input, **_INPUT_FORMS),
            "InputForm": {
                "description": "The type of an input; or a mapping with its type and more.",
                "anyOf": [_fields(Input)["type"], _ref("Input")],
            },
            "Neuron": _neuron(),
            "Layer": _layer(),
            "TensorFile": _object(TensorFile, **_TENSOR_FORMS),
            "Sparse": _sparse(),
            "Part": _object(Part),
            "Output": _object(Output, leave_out=("sources", "is_bus"), **_OUTPUT_FORMS),
            "OutputForm": _output_form(),
            "Case": _object(Case, **_CASE_FORMS),
        },
    }


def _is(key: str, *values: str) -> Schema:
    """Match a mapping that has the key, with one of the values."""
    return {"properties": {key: {"enum": [*values]}}, "required": [key]}


def _has(key: str, pattern: str) -> Schema:
    """Match a mapping that has the key, with a text that matches."""
    return {"properties": {key: {"type": "string", "pattern": pattern}}, "required": [key]}


def _without(*keys: str) -> Schema:
    """Refuse some keys, in a form of which editors say which key it is."""
    return {"patternProperties": {f"^({'|'.join(keys)})$": False}}


def _not_both(key: str, other: str) -> Schema:
    return {"if": {"required": [key]}, "then": _without(other)}


def _has_only(keys: Iterable[str]) -> Schema:
    """Match a mapping without other keys: one typo is then not a missing key as well."""
    return {"propertyNames": {"enum": [*keys]}}


def _whole(model: type[Any], needed: Schema) -> Schema:
    """Say what a declaration needs, where all of its keys are known."""
    return {"if": _has_only(_fields(model)), "then": needed}


def _below(**keys: Schema) -> Schema:
    """Say more of some keys; editors would offer those of `properties` a second time."""
    return {"patternProperties": {f"^{key}$": schema for key, schema in keys.items()}}


def _required(model: type[Any]) -> list[str]:
    return [key for key, field in model.model_fields.items() if field.is_required()]


# What always holds: keys that exclude each other.

_A_DEFAULT: Schema = {"properties": {"default": {"anyOf": [NUMBER_SCHEMA, NUMBERS_SCHEMA]}}}
_INPUT_FORMS: Schema = {
    "allOf": [
        {"if": _has("type", "^bit"), "then": _without(*REFUSED_BY_TYPE["bit"]) | _A_DEFAULT},
        {
            "if": _has("type", "^(integer|real)"),
            "then": _without(*REFUSED_BY_TYPE["integer"]) | _A_DEFAULT,
        },
        {
            "if": _is("type", "choice"),
            "then": _without(*REFUSED_BY_TYPE["choice"]) | {"properties": {"default": NAME_SCHEMA}},
        },
        {"if": _has("type", r"\("), "then": _without("size")},
    ]
}
_NEURON_FORMS: Schema = {
    "if": _is("fires", *GATES),
    "then": _without(*REFUSED_BY_GATES) | {"properties": {"wiring": {"minItems": 1}}},
    "else": {
        "allOf": [
            _not_both("threshold", "thresholds"),
            {
                "if": {"properties": {"weights": {"type": "object"}}, "required": ["weights"]},
                "then": _without("wiring"),
            },
        ]
    },
}
_TENSOR_FORMS: Schema = {"if": _has("file", r"\.[nN][pP][yY]$"), "then": _without("tensor")}
(_OUTPUTS,) = KINDS["outputs"].needs.values()
_OUTPUT_FORMS: Schema = {
    "allOf": [
        *(_not_both("sum", key) for key in (*_OUTPUTS[1:], "labels")),
        _not_both("level", "largest"),
        {"if": {"required": ["level"]}, "then": {"properties": {"labels": {"minItems": 2}}}},
    ]
}
_CASE_FORMS: Schema = {
    "if": {"required": ["file"]},
    "then": _without("given", "expect"),
    "else": {"required": ["given", "expect"]},
}

# What is required without `extends`. All of it speaks of mappings alone, not of short forms.

_WHOLE_TENSOR: Schema = {
    "required": _required(TensorFile),
    "if": _has("file", r"\.[sS][aA][fF][eE][tT][eE][nN][sS][oO][rR][sS]$"),
    "then": {"required": ["tensor"]},
}
_WHOLE_SPARSE: Schema = {
    "required": _required(Sparse),
    **_below(**dict.fromkeys(_required(Sparse), _WHOLE_TENSOR)),
}
_A_NUMBER: Schema = {"type": ["number", "string"]}
_WHOLE_LAYER: Schema = {
    "required": _required(Layer),
    **_below(
        weights={
            "if": {"required": ["sparse"]},
            "then": _below(sparse=_WHOLE_SPARSE),
            "else": _WHOLE_TENSOR,
        },
        thresholds=_WHOLE_TENSOR,
    ),
    "if": {"properties": {"weights": _A_NUMBER, "thresholds": _A_NUMBER}},
    "then": {"required": ["size"]},
}
_WHOLE_NEURON: Schema = {
    "if": _is("fires", *GATES),
    "then": {"required": ["wiring"]},
    "else": {
        **_below(thresholds={"minProperties": 1}),
        "anyOf": [{"required": ["threshold"]}, {"required": ["thresholds"]}],
        "if": {"properties": {"weights": {"type": "object"}}, "required": ["weights"]},
        "else": {"required": ["wiring"]},
    },
}
_WHOLE_INPUT: Schema = {
    "not": {"const": "choice"},
    "required": _required(Input),
    "if": _is("type", "choice"),
    "then": {"required": ["of"]},
}
_WHOLE_PART: Schema = {
    "required": _required(Part),
    "dependencies": {"first": ["repeat"], "last": ["repeat"]},
}
_WHOLE_OUTPUT: Schema = {
    "if": {"type": "object"},
    "then": {"anyOf": [{"required": [key]} for key in _OUTPUTS]},
}


def _whole_file() -> Schema:
    kinds: dict[str, tuple[type[Any], Schema]] = {
        "inputs": (Input, _WHOLE_INPUT),
        "neurons": (Neuron, _WHOLE_NEURON),
        "layers": (Layer, _WHOLE_LAYER),
        "parts": (Part, _WHOLE_PART),
        "outputs": (Output, _WHOLE_OUTPUT),
    }
    below = {key: {"additionalProperties": _whole(*kind)} for key, kind in kinds.items()}
    below["outputs"] |= {"minItems": 1, "minProperties": 1}
    return {"required": _required(Network), **_below(**below)}


# What editors insert where nothing is written yet.


def _snippet(label: str, description: str, body: Any) -> Schema:
    return {"label": label, "description": description, "body": body}


_FIRST_NETWORK = _snippet(
    "a network",
    "A network of one neuron, with an example that must hold.",
    {
        "nnc": 1,
        "fires": "at_least",
        "inputs": ["${1:a}", "${2:b}"],
        "neurons": {"${3:both}": {"weights": {"${1:a}": 1, "${2:b}": 1}, "threshold": 2}},
        "outputs": ["${3:both}"],
        "cases": [{"given": {"${1:a}": 1, "${2:b}": 1}, "expect": {"${3:both}": 1}}],
    },
)
_SNIPPETS: dict[str, list[Schema]] = {
    "Neuron": [
        _snippet(
            "weights and a threshold",
            "A weighted sum that is compared with one threshold.",
            {"weights": {"${1:a}": 1, "${2:b}": 1}, "threshold": 2},
        ),
        _snippet(
            "all or any",
            "1 when all bits are 1, or at least one.",
            {"fires": "${1|all,any|}", "wiring": ["${2:a}", "${3:b}"]},
        ),
    ],
    "Input": [
        _snippet("an integer", "An integer in a range.", {"type": "integer", "min": 0, "max": 120}),
        _snippet(
            "a choice", "One of several names.", {"type": "choice", "of": ["${1:x}", "${2:y}"]}
        ),
    ],
    "Layer": [
        _snippet(
            "a layer",
            "Neurons that read the same sources, with a row of weights each.",
            {"wiring": "${1:a}", "weights": {"file": "${2:weights}.npy"}, "thresholds": 0},
        )
    ],
    "Part": [
        _snippet(
            "a part",
            "A network of another file.",
            {"use": "${1:other}.nn.yaml", "wiring": {"${2:input}": "${3:source}"}},
        )
    ],
    "Output": [
        _snippet("a sum", "The exact sum of a neuron.", {"sum": "${1:neuron}"}),
        _snippet(
            "a level",
            "How many thresholds of a neuron fire, by name.",
            {"level": "${1:neuron}", "labels": ["${2:low}", "${3:high}"]},
        ),
        _snippet(
            "the largest",
            "The neuron with the largest sum (argmax).",
            {"largest": ["${1:n}", "${2:m}"], "labels": ["${3:first}", "${4:second}"]},
        ),
    ],
    "Case": [
        _snippet(
            "an example",
            "Values of inputs, and what the outputs must be.",
            {"given": {"${1:a}": 1}, "expect": {"${2:x}": 1}},
        ),
        _snippet("a file of examples", "Rows of a CSV file.", {"file": "${1:cases}.csv"}),
    ],
}


def _neuron() -> Schema:
    schema = _object(Neuron, **_NEURON_FORMS)
    del schema["properties"]["thresholds"]["minProperties"]  # a change may add none
    return schema


def _layer() -> Schema:
    schema = _object(Layer)
    file = _ref("TensorFile")
    sparse = {
        "type": "object",
        "properties": {"sparse": _ref("Sparse")},
        "required": ["sparse"],
        "additionalProperties": False,
        "description": "Compressed rows; the stored entries are the synapses.",
    }
    fields = schema["properties"]
    fields["weights"]["anyOf"] = [*fields["weights"]["anyOf"], file, sparse]
    fields["thresholds"]["anyOf"] = [*fields["thresholds"]["anyOf"], file]
    return schema


def _sparse() -> Schema:
    schema = _object(Sparse)
    for key in _required(Sparse):
        field = schema["properties"][key]
        del field["$ref"]
        field["allOf"] = [_ref("TensorFile")]  # draft 7 reads nothing beside `$ref`
    return schema


def _output_form() -> Schema:
    return {
        "description": "A source, a list of sources (a bus), a sum, a level or the largest.",
        "if": {"type": "object"},
        "then": _ref("Output"),
        "else": {"anyOf": _fields(Output)["sources"]["anyOf"]},
    }


def _object(model: type[Any], *, leave_out: tuple[str, ...] = (), **more: Any) -> Schema:
    """Return the schema of the mapping that a model is written as."""
    snippets = _SNIPPETS.get(model.__name__)
    if snippets is not None:
        more = {**more, "defaultSnippets": snippets}
    return {
        "description": (model.__doc__ or "").partition("\n\n")[0],
        "type": "object",
        "additionalProperties": False,
        "properties": {key: field for key, field in _fields(model).items() if key not in leave_out},
        **more,
    }


def _fields(model: type[Any]) -> dict[str, Schema]:
    """Return the schema of each field, as it is written in a file: it is there, or it is not."""
    fields: dict[str, Schema] = model.model_json_schema()["properties"]
    return {name: _without_none(field) for name, field in fields.items()}


def _without_none(field: Schema) -> Schema:
    """Take out what stands for Python's None, and what pydantic adds of its own."""
    field = {key: value for key, value in field.items() if key not in ("title", "default")}
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del field["anyOf"]
        return {**options[0], **field}
    return {**field, "anyOf": options} if options else field


def _names(description: str) -> Schema:
    return array_of({**NAME_SCHEMA, "description": description})


def _by_name(values: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": values,
    }


def _ref(definition: str) -> Schema:
    return {"$ref": f"#/definitions/{definition}"}


# --------------------------------------------------------------------------- what nnc writes


_DESCRIPTIONS = {
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
    "help": "How to fix it.",
    "details": "Lines that say more.",
    "path": "The keys that lead to the place: neurons.sum.weights.a",
    "related": "Other places that explain this one.",
    "files": "The number of files checked.",
    "errors": "How many errors there are.",
    "warnings": "How many warnings there are.",
    "notes": "Notes: how many there are, or their texts.",
    "row": "The number of the row, from 1.",
    "inputs": "The value of each input.",
    "neurons": "What each neuron did, in order of evaluation.",
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
    "comparisons": "Each two networks that were compared.",
    "before": "What was there before; null where there was nothing.",
    "after": "What is there after; null where there is nothing.",
    "structure": "Differences in structure.",
    "behaviour": "Differences in behaviour.",
    "is_same": "Whether they mean the same; then changes are only in spelling.",
    "changes": "Every declaration that was added, removed or changed.",
    "renamed": "Declarations with another name, which never changes the meaning.",
    "used": "What changed inside files that parts use, each once.",
    "place": "What it is: `input`, `neuron`, `layer`, `part` or `output`.",
    "kind": "How it changed, in one word.",
    "text": "The declaration in short, where it was added or removed.",
    "what": "What changed, such as `weight` or `threshold`.",
    "subject": "Of what: the source of a weight, the name of a threshold.",
    "changed": "Of many numbers, how many changed.",
    "total": "How many there are in all.",
    "is_equal": "Whether every output was proved to be the same.",
    "verdicts": "The verdict on each output.",
    "output": "The alias of the output.",
    "how": "How that is known, or what was tried.",
    "tried": "How many inputs were tried; null where they were not counted.",
    "differing": "For how many of those tried it differs; null where that was not counted.",
    "counterexample": "Inputs for which it differs; null where none are known.",
    "moved": "How the rows of a file change; null where none was given.",
    "moves": "From what to what an output goes, the most frequent first.",
    "rows": "Rows: how many there are, or the numbers of the first, from 1.",
    "times": "In how many rows.",
    "outputs": "Each output that both networks have.",
    "parted": "The neurons in which the networks diverge.",
    "commits": "Every commit that touched the network, the newest first.",
    "commit": "The commit, in full.",
    "date": "The day on which it was written.",
    "author": "Who wrote it.",
    "title": "The first line of its message.",
    "renamed_from": "The name of the file in the first parent, if it was another.",
    "passed_over": "How many invalid versions lie between those that are compared.",
    "comparison": "What changed; null where there is nothing to compare with.",
    "formatted": "The files that were rewritten, or would be.",
    "written": "Whether they were written; not with `--check` or `--diff`.",
    "digests": "The digest of each network, in the order of the files.",
    "of": "What the digest is of: `structure` or `behaviour`.",
    "digest": "`sha256:` and 64 hexadecimal digits.",
}
"""What the keys mean that nnc writes; one name means the same everywhere but in a plan."""

_IN_A_PLAN = {
    "name": "The name; of a neuron in a part behind that of the part: `adder(3).carry`.",
    "levels": "How many levels of neurons there are.",
    "level": "The level: neurons of one level read none of each other.",
    "inputs": "Every input, in the order of the file.",
    "neurons": "Every neuron that is not part of a layer, parts written out, by level.",
    "layers": "Every layer, parts written out, by level.",
    "outputs": "Every output, in the order of the file.",
    "type": "`bit`, `integer`, `real` or `choice`.",
    "size": "How many there are: of a bus its width, null for a scalar; of a layer its neurons.",
    "of": "The values of a choice.",
    "min": "The least value, null where there is none.",
    "max": "The greatest value, null where there is none.",
    "default": "The value where a row has none, null where a row must have one.",
    "states": "The values of silence and of firing, for an input those of 0 and 1.",
    "signals": "The names by which neurons read it: one, or one for each element or value.",
    "instance": "The part that it belongs to, such as `adder(3)`; empty in the network itself.",
    "kind": "Of a neuron: `neuron` where it is declared, `step` of a number (`age>=65`), or "
    "`default` of an input of a part; of an output: `bit`, `bus`, `number`, `sum`, `level` or "
    "`largest`.",
    "sources": "The signals that are read, by name, and the constants 0 and 1; for a sum and for "
    "the largest sum the neurons.",
    "weights": "The weight of each source, as written; of a layer a row for each neuron, or one "
    "number for all, or compressed rows.",
    "thresholds": "Each threshold, as written; of a layer one for each neuron.",
    "indptr": "Where the entries of each neuron start, and where they end.",
    "indices": "The place among the sources of each entry.",
    "values": "The weight of each entry.",
    "labels": "The name of each level, or of each place.",
    "is_bus": "Whether rows have a list of values.",
    "is_integer": "Whether rows have the bits as one unsigned integer.",
}
"""What the keys of a plan mean."""


def _report_schema(name: str) -> Schema:
    """Return the schema of what nnc writes as JSON; what writes it imports NumPy, and this does."""
    from pydantic import TypeAdapter

    from nnc.compiler.plan import PlanRecord
    from nnc.reports.diffs.json import DiffReport
    from nnc.reports.findings.json import CaseReport, DigestReport, FormatReport, ReportRecord
    from nnc.reports.logs import LogReport
    from nnc.reports.plan import PlanData
    from nnc.run.trace import TraceRecord

    kinds: dict[str, tuple[Any, str]] = {
        "plan": (PlanData | PlanRecord, "A plan of nnc: as data, or as its lines"),
        "report": (ReportRecord, "The report of nnc"),
        "trace": (list[TraceRecord], "A trace of nnc, one object per row"),
        "test": (CaseReport, "The report of nnc test"),
        "fmt": (FormatReport, "The report of nnc fmt"),
        "digest": (DigestReport, "Digests by nnc"),
        "diff": (DiffReport, "What nnc diff found"),
        "log": (LogReport, "What nnc log found"),
    }
    kind, title = kinds[name]
    meanings = _DESCRIPTIONS | _IN_A_PLAN if name == "plan" else _DESCRIPTIONS
    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs", {})
    for each in (schema, *definitions.values()):
        each.pop("title", None)
        for key, field in each.get("properties", {}).items():
            field.pop("title", None)
            if "$ref" not in field:  # beside which draft 7 reads nothing
                field["description"] = meanings[key]
    return {"$schema": _DIALECT, "title": title, **schema, "definitions": definitions}


# ----------------------------------------------------------------------------------- the table

SCHEMAS: dict[str, Callable[[], Schema]] = {
    "network": network_schema,
    **{
        name: partial(_report_schema, name)
        for name in ("plan", "report", "trace", "test", "fmt", "digest", "diff", "log")
    },
}


def schema_text(name: str) -> str:
    """Return a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
