"""The JSON Schemas: of network files, and of everything nnc writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from nnc.cli.descriptions import DESCRIPTIONS, IN_REPORTS
from nnc.cli.network_schema import DIALECT, network_schema
from nnc.language.network.model import Schema
from nnc.records import descriptions_of


def _report_schema(name: str) -> Schema:
    """Return the schema of what nnc writes as JSON; what writes it imports NumPy, and this does."""
    from nnc.compiler.plan import PlanRecord
    from nnc.cut_sets.report import CutReport
    from nnc.differences.diffs.json import DiffReport
    from nnc.differences.logs import LogReport
    from nnc.drawing.forms import PictureRecord
    from nnc.filling.report import SolveReport
    from nnc.reasons.report import WhyReport
    from nnc.repairs.report import RepairReport
    from nnc.scores.report import FitReport
    from nnc.scores.report_refits import RefitReport, SkeletonReport
    from nnc.terminal.findings.json import (
        CaseReport,
        DigestReport,
        FindingsReport,
        FormatReport,
        ProofReport,
    )
    from nnc.terminal.reports.confusions import ExpectedReport
    from nnc.terminal.reports.plan import PlanReport
    from nnc.terminal.reports.traces import TraceRecord
    from nnc.terminal.rules import ExplainReport
    from nnc.training.report import TrainReport

    kinds: dict[str, tuple[Any, str]] = {
        "plan": (PlanReport | PlanRecord, "A plan of nnc: as data, or as its lines"),
        "report": (FindingsReport, "The report of nnc"),
        "trace": (list[TraceRecord], "A trace of nnc, one object per row"),
        "test": (CaseReport, "The report of nnc test"),
        "prove": (ProofReport, "The report of nnc prove"),
        "fmt": (FormatReport, "The report of nnc fmt"),
        "digest": (DigestReport, "Digests by nnc"),
        "diff": (DiffReport, "What nnc diff found"),
        "log": (LogReport, "What nnc log found"),
        "explain": (ExplainReport, "What nnc explain says"),
        "fit": (FitReport, "What nnc fit found"),
        "refit": (
            RefitReport | SkeletonReport,
            "What nnc fit found for the open numbers of a file",
        ),
        "train": (TrainReport, "What nnc train found"),
        "solve": (SolveReport, "What nnc solve found"),
        "picture": (PictureRecord, "A picture of a network by nnc draw"),
        "expected": (ExpectedReport, "Columns of rows compared with outputs by nnc"),
        "repair": (RepairReport, "What nnc repair found"),
        "cuts": (CutReport, "What nnc cuts found"),
        "why": (WhyReport, "What nnc why found"),
    }
    kind, title = kinds[name]
    return record_schema(kind, title, DESCRIPTIONS | IN_REPORTS.get(name, {}))


class _RecordSchema(GenerateJsonSchema):
    """Describes the fields of records, all of which are written, by the docstrings below them."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        written = super().dataclass_schema(schema)
        meanings = descriptions_of(schema["cls"])
        fields = {
            key: {**field, "description": meanings.get(key)}
            for key, field in written["properties"].items()
        }
        required = [key for key, field in fields.items() if "optional" not in field]
        for key in fields.keys() - required:
            del fields[key]["optional"]
            fields[key] = _without_none(fields[key])
        return {**written, "properties": fields, "required": required}


def _without_none(field: Schema) -> Schema:
    """Return the schema of an optional field without its null."""
    field = {key: value for key, value in field.items() if key not in ("title", "default")}
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del field["anyOf"]
        return {**options[0], **field}
    return {**field, "anyOf": options} if options else field


def record_schema(record: Any, title: str, meanings: Mapping[str, str]) -> Schema:
    """Return the schema of a type of records; `meanings` describes keys of typed dicts in it."""
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
        for key, field in each.get("properties", {}).items():
            field.pop("title", None)
            field.pop("default", None)
            described = field.pop("description", None) or meanings.get(key)
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
    """Describe a fraction as what is written of it: a text; name each alternative once."""
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

_REPORTS = (
    "plan", "report", "trace", "test", "prove", "fmt", "digest", "diff", "log", "explain",
    "picture",
)  # fmt: skip

SCHEMAS: dict[str, Callable[[], Schema]] = {
    "network": network_schema,
    **{
        name: partial(_report_schema, name)
        for name in (
            "plan",
            "report",
            "trace",
            "test",
            "prove",
            "fmt",
            "digest",
            "diff",
            "log",
            "explain",
            "fit",
            "refit",
            "train",
            "solve",
            "picture",
            "expected",
            "repair",
            "cuts",
            "why",
        )
    },
}


def schema_text(name: str) -> str:
    """Return a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
