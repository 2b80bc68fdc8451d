"""The JSON Schema of network files.

It decides the structure of a file: keys, kinds, which keys are required and which exclude each
other. It never rejects a file that nnc accepts; what it leaves to the validator is listed in
docs/format.md. It reads a file as YAML 1.2 does, where `on` is a text, and `null` and `true` may be
names. `enumDescriptions` and `defaultSnippets` are for editors; everything else passes over them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nnc.language.keys import (
    ASSUMED_FORMS,
    CLAIM_FORMS,
    KINDS,
    REFUSED_BY_GATES,
    REFUSED_BY_TYPE,
    VARIED,
)
from nnc.language.network import (
    GATES,
    NAME_PATTERN,
    ONLY_IN_PYTHON,
    Assumption,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Property,
    Sparse,
    TensorFile,
    Unknown,
)
from nnc.language.network.fields import NAME_SCHEMA, NUMBER_SCHEMA, NUMBERS_SCHEMA, array_of
from nnc.language.network.model import Model, Schema, schemas_of

DIALECT = "http://json-schema.org/draft-07/schema#"


def network_schema() -> Schema:
    """Return the schema of a network file.

    The definitions say which keys there are, of which kind, and which exclude each other. What is
    required is so only without `extends`: with it, a declaration may be no more than a change.
    """
    file = _object(Network, leave_out=ONLY_IN_PYTHON, required=["nnc"])
    fields = file["properties"]
    fields["extends"] = {
        **schemas_of(Part)["use"],
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
        "assume": array_of(_ref("Assumption")),
        "properties": array_of(_ref("Property")),
        "cases": array_of(_ref("Case")),
        "unknown": _ref("Unknown"),
    }
    for key, form in forms.items():
        fields[key] = {"description": fields[key]["description"], **form}
    return {
        "$schema": DIALECT,
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
                "anyOf": [schemas_of(Input)["type"], _ref("Input")],
            },
            "Neuron": _neuron(),
            "Layer": _layer(),
            "TensorFile": _object(TensorFile, **_TENSOR_FORMS),
            "Sparse": _sparse(),
            "Part": _object(Part),
            "Output": _object(Output, leave_out=("sources", "is_bus"), **_OUTPUT_FORMS),
            "OutputForm": _output_form(),
            "Assumption": _object(Assumption, **_claim_forms(ASSUMED_FORMS)),
            "Property": _object(Property, **_claim_forms(CLAIM_FORMS)),
            "Case": _object(Case, **_CASE_FORMS),
            "Unknown": _object(Unknown),
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


def _whole(model: type[Model], needed: Schema) -> Schema:
    """Say what a declaration needs, where all of its keys are known."""
    return {"if": _has_only(schemas_of(model)), "then": needed}


def _below(**keys: Schema) -> Schema:
    """Say more of some keys; editors would offer those of `properties` a second time."""
    return {"patternProperties": {f"^{key}$": schema for key, schema in keys.items()}}


def _required(model: type[Model]) -> list[str]:
    return list(model.required)


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
            "then": _without(*REFUSED_BY_TYPE["choice"], "columns")
            | {"properties": {"default": NAME_SCHEMA}},
        },
        {"if": _has("type", r"\("), "then": _without("size")},
        _not_both("column", "columns"),
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
_LAYER_FORMS: Schema = {
    "if": {
        "properties": {"thresholds": {"type": "array", "minItems": 1, "items": {"type": "array"}}},
        "required": ["thresholds"],
    },
    "then": _without("states"),
}
(_OUTPUTS,) = KINDS["outputs"].needs.values()
_OUTPUT_FORMS: Schema = {
    "allOf": [
        *(_not_both("sum", key) for key in (*_OUTPUTS[1:], "labels")),
        _not_both("level", "largest"),
        {"if": {"required": ["level"]}, "then": {"properties": {"labels": {"minItems": 2}}}},
    ]
}


def _claim_forms(forms: tuple[str, ...]) -> Schema:
    """Say that a claim has one form, and which inputs it names."""
    return {
        "oneOf": [
            {
                "required": [form, VARIED[form]] if form in VARIED else [form],
                **_without(*(key for key in ("in", "of") if key != VARIED.get(form))),
            }
            for form in forms
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
    kinds: dict[str, tuple[type[Model], Schema]] = {
        "inputs": (Input, _WHOLE_INPUT),
        "neurons": (Neuron, _WHOLE_NEURON),
        "layers": (Layer, _WHOLE_LAYER),
        "parts": (Part, _WHOLE_PART),
        "outputs": (Output, _WHOLE_OUTPUT),
    }
    below: dict[str, Schema] = {
        key: {"additionalProperties": _whole(*kind)} for key, kind in kinds.items()
    }
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
    schema = _object(Layer, **_LAYER_FORMS)
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
        field["allOf"] = [_ref("TensorFile")]  # draft 7 reads nothing beside `$ref`
    return schema


def _output_form() -> Schema:
    return {
        "description": "A source, a list of sources (a bus), a sum, a level or the largest.",
        "if": {"type": "object"},
        "then": _ref("Output"),
        "else": {"anyOf": schemas_of(Output)["sources"]["anyOf"]},
    }


def _object(model: type[Model], *, leave_out: tuple[str, ...] = (), **more: Any) -> Schema:
    """Return the schema of the mapping that a model is written as."""
    snippets = _SNIPPETS.get(model.__name__)
    if snippets is not None:
        more = {**more, "defaultSnippets": snippets}
    return {
        "description": (model.__doc__ or "").partition("\n\n")[0],
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: field for key, field in schemas_of(model).items() if key not in leave_out
        },
        **more,
    }


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
