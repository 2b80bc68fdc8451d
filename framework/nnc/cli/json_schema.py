"""The JSON Schemas: of network files, and of everything nnc writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from nnc.cli.descriptions import DESCRIPTIONS, IN_REPORTS
from nnc.cli.network_schema import DIALECT, network_schema
from nnc.language.network.fields import Schema


def _report_schema(name: str) -> Schema:
    """Return the schema of what nnc writes as JSON; what writes it imports NumPy, and this does."""
    from pydantic import TypeAdapter

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
        FormatReport,
        ProofReport,
        ReportRecord,
    )
    from nnc.terminal.reports.confusions import ExpectedReport
    from nnc.terminal.reports.plan import PlanData
    from nnc.terminal.reports.traces import TraceRecord
    from nnc.terminal.rules import ExplainReport

    kinds: dict[str, tuple[Any, str]] = {
        "plan": (PlanData | PlanRecord, "A plan of nnc: as data, or as its lines"),
        "report": (ReportRecord, "The report of nnc"),
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
        "solve": (SolveReport, "What nnc solve found"),
        "picture": (PictureRecord, "A picture of a network by nnc draw"),
        "expected": (ExpectedReport, "Columns of rows compared with outputs by nnc"),
        "repair": (RepairReport, "What nnc repair found"),
        "cuts": (CutReport, "What nnc cuts found"),
        "why": (WhyReport, "What nnc why found"),
    }
    kind, title = kinds[name]
    meanings = DESCRIPTIONS | IN_REPORTS.get(name, {})
    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs", {})
    for each in (schema, *definitions.values()):
        each.pop("title", None)
        for key, field in each.get("properties", {}).items():
            field.pop("title", None)
            if "$ref" not in field:  # beside which draft 7 reads nothing
                field["description"] = meanings[key]
    return {"$schema": DIALECT, "title": title, **schema, "definitions": definitions}


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
