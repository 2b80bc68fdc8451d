"""The report for programs: its shape, with everything and with nothing."""

import json

import jsonschema
import pytest

from nnc.cli.schema import SCHEMAS
from nnc.terminal.findings import Report
from nnc.terminal.findings.json import render
from nnc.version import VERSION
from tests.support.findings import ALL, ERROR, FILELESS, NOWHERE, found


def test_everything_about_a_finding() -> None:
    told = json.loads(render(found(ERROR)))
    assert told == {
        "format_version": 1,
        "nnc_version": VERSION,
        "diagnostics": [
            {
                "file": "nets/xor.nn.yaml", "line": 7, "column": 19, "end_line": 7,
                "end_column": 21,
                "code": "NNC301", "name": "unknown-source", "severity": "error",
                "message": "neuron `out` reads `h3`, which is neither an input nor a neuron",
                "help": "did you mean `h1`?",
                "details": [],
                "path": "neurons.out.weights.h3",
                "related": [
                    {"file": "nets/xor.nn.yaml", "line": 4, "column": 3, "end_line": 4,
                     "end_column": 5, "message": "a neuron with a similar name"},
                ],
                "fix": None,
            }
        ],
        "summary": {"files": 1, "errors": 1, "warnings": 0, "notes": 0},
    }  # fmt: skip


def test_what_is_not_known_is_null() -> None:
    first, second = json.loads(render(found(FILELESS, NOWHERE)))["diagnostics"]
    assert (first["file"], first["line"], first["end_column"]) == (None, None, None)
    assert (second["file"], second["line"], second["help"]) == ("none.yaml", None, None)


def test_nothing_is_cut() -> None:
    assert len(json.loads(render(found(*[ERROR] * 300)))["diagnostics"]) == 300


@pytest.mark.parametrize(
    "findings", [found(), found(*ALL), found(*ALL)._replace(cases=7, failed=1)]
)
def test_it_keeps_to_its_schema(findings: Report) -> None:
    name = "report" if findings.cases is None else "test"
    told = json.loads(render(findings))
    jsonschema.validate(told, SCHEMAS[name]())
    assert set(told) >= {"format_version", "diagnostics", "summary"}


def test_it_is_ascii_whatever_the_texts_hold() -> None:
    one = ERROR.__class__("tab", "größe 비 \udcff \0", file="bad\udcff")
    text = render(found(one))
    assert text.isascii()
    assert json.loads(text)["diagnostics"][0]["file"] == "bad\udcff"
