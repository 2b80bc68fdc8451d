"""The command `nnc schema`: the JSON Schemas of network files and of all JSON that nnc writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, Union

import click
from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.language.network import Network
from nnc.language.network.fields import Schema
from nnc.records import descriptions_of
from nnc.terminal import options

DIALECT = "http://json-schema.org/draft-07/schema#"


class _InOrder(GenerateJsonSchema):
    """Leave all keys in the order of declaration."""

    def sort(self, value: Schema, parent_key: str | None = None) -> Schema:  # noqa: ARG002
        return value


def network_schema() -> Schema:
    """Return the schema of a network file.

    It never rejects a file that nnc accepts; what only the validator checks is listed in
    docs/format.md. It reads a file as YAML 1.2 does, where `on` is a text, and `null` and `true`
    may be names.
    """
    schema = Network.model_json_schema(
        ref_template="#/definitions/{model}", schema_generator=_InOrder
    )
    definitions = schema.pop("$defs")
    return {
        "$schema": DIALECT,
        "title": "A network of threshold neurons",
        **schema,
        "definitions": definitions,
    }


class _RecordSchema(GenerateJsonSchema):
    """Describe the fields of records, all of which are written, by the docstrings below them."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, object]:
        described = super().dataclass_schema(schema)
        meanings = descriptions_of(schema["cls"])
        fields = {
            key: {**field, "description": meanings.get(key)}
            for key, field in described["properties"].items()
        }
        required = [key for key, field in fields.items() if "optional" not in field]
        for key in fields.keys() - required:
            del fields[key]["optional"]
            fields[key] = _without_none(fields[key])
        return {**described, "properties": fields, "required": required}


def _without_none(field: Schema) -> Schema:
    """Return the schema of an optional field without its null."""
    field = {key: value for key, value in field.items() if key not in ("title", "default")}
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del field["anyOf"]
        return {**options[0], **field}
    return {**field, "anyOf": options} if options else field


def record_schema(record: Any, title: str) -> Schema:
    """Return the schema of a type of records."""
    config = ConfigDict(arbitrary_types_allowed=True)
    whole = TypeAdapter(list[record], config=config).json_schema(
        mode="serialization",
        ref_template="#/definitions/{model}",
        schema_generator=_RecordSchema,
    )
    definitions = whole.pop("$defs", {})
    schema = whole["items"]
    if "$ref" in schema:
        schema = definitions.pop(schema["$ref"].rpartition("/")[2])
    for each in (schema, *definitions.values()):
        each.pop("title", None)
        for field in each.get("properties", {}).values():
            field.pop("title", None)
            field.pop("default", None)
            described = field.pop("description", None)
            if "$ref" not in field:  # beside which draft 7 reads nothing
                field["description"] = described
    definitions = _with_exact_numbers(definitions)
    return {
        "$schema": DIALECT,
        "title": title,
        **_with_exact_numbers(schema),
        "definitions": definitions,
    }


def _with_exact_numbers(schema: Any) -> Any:
    """Describe a fraction as its text form, and name every alternative once."""
    if isinstance(schema, list):
        return [_with_exact_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "fraction":
        return {"type": "string"}
    changed = {key: _with_exact_numbers(inner) for key, inner in schema.items()}
    if "anyOf" in changed:
        alternatives = changed["anyOf"]
        changed["anyOf"] = [
            each for i, each in enumerate(alternatives) if each not in alternatives[:i]
        ]
    return changed


# ----------------------------------------------------------------------------------- the table


class _Report(NamedTuple):
    """The types of what a command writes as JSON, as `module.Type`, and the title of their schema.

    Modules that write reports import NumPy, so they are imported only when needed.
    """

    title: str
    types: tuple[str, ...]
    is_list: bool = False

    def schema(self) -> Schema:
        """Return the schema of the report."""
        records = [
            getattr(import_module(f"nnc.{module}"), record)
            for module, _, record in (each.rpartition(".") for each in self.types)
        ]
        record: Any = Union[tuple(records)]  # noqa: UP007 - of types that are known only now
        if self.is_list:
            record = list[record]
        return record_schema(record, self.title)


_FINDINGS = "terminal.findings.json"
_REPORTS = {
    "plan": _Report(
        "A plan of nnc: as data, or as its lines",
        ("terminal.reports.plan.PlanReport", "terminal.reports.plan.PlanRecord"),
    ),
    "report": _Report("The report of nnc", (f"{_FINDINGS}.FindingsReport",)),
    "trace": _Report(
        "A trace of nnc, one object per row", ("terminal.reports.traces.TraceRecord",), is_list=True
    ),
    "check": _Report("The report of nnc check", (f"{_FINDINGS}.CheckReport",)),
    "test": _Report("The report of nnc test", (f"{_FINDINGS}.CaseReport",)),
    "prove": _Report("The report of nnc prove", (f"{_FINDINGS}.ProofReport",)),
    "fmt": _Report("The report of nnc fmt", (f"{_FINDINGS}.FormatReport",)),
    "digest": _Report("Digests by nnc", (f"{_FINDINGS}.DigestReport",)),
    "diff": _Report("What nnc diff found", ("differences.diffs.json.DiffReport",)),
    "log": _Report("What nnc log found", ("differences.log.LogReport",)),
    "explain": _Report("What nnc explain says", ("terminal.rules.ExplainReport",)),
    "fit": _Report("What nnc fit found", ("scores.report.FitReport",)),
    "solve": _Report("What nnc solve found", ("filling.command.SolveReport",)),
    "expected": _Report(
        "Columns of rows compared with outputs by nnc",
        ("terminal.reports.confusions.ExpectedReport",),
    ),
    "repair": _Report("What nnc repair found", ("repairs.command.RepairReport",)),
    "cuts": _Report("What nnc cuts found", ("cut_sets.command.CutReport",)),
    "why": _Report("What nnc why found", ("reasons.report.WhyReport",)),
    "train": _Report("What nnc train found", ("training.report.TrainReport",)),
    "stats": _Report("The counts of nnc stats", ("statistics.command.StatsReport",)),
}
"""Everything that nnc writes as JSON, by the name that `nnc schema` takes."""

SCHEMAS: dict[str, Callable[[], Schema]] = {
    "network": network_schema,
    **{name: report.schema for name, report in _REPORTS.items()},
}


def schema_text(name: str) -> str:
    """Return a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in SCHEMAS if name.startswith(incomplete)]


@click.command("schema")
@click.argument("name", default="network", metavar="[NAME]", shell_complete=_complete)
def command(name: str) -> int:
    """Print the JSON Schema NAME: network (the default), or that of a report.

    `network` describes the files that nnc reads: name it in the first line of a file, and an
    editor completes keys and shows what they mean. The others describe what nnc writes as JSON.
    """
    if name not in SCHEMAS:
        near = did_you_mean(name, SCHEMAS, "the schemas are " + ", ".join(SCHEMAS))
        raise click.UsageError(f"there is no schema `{name}`: {near}")
    options.write(schema_text(name))
    return options.FINE
