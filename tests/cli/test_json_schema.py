"""The JSON Schemas: committed as generated, and of one mind with the validator."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from nnc.cli.schema import SCHEMAS, schema_text
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.diagnostics.rules import RULES
from nnc.opening.checking import check, check_file
from tests.support.explanations import EXPLANATIONS, bad_example
from tests.support.running import BAD, MAIL, XOR, Nnc
from tests.support.strategies import EVERY, example
from tests.support.yaml_core import core_value

ROOT = Path(__file__).parents[2]
NETWORK = Draft7Validator(SCHEMAS["network"]())
CORPUS = [
    path.relative_to(ROOT)
    for folder in ("tests/schema_corpus", "configs")
    for path in sorted(ROOT.glob(f"{folder}/**/*.nn.yaml"))
]
BAD_FORMS = [
    pytest.param(path.stem, text, id=f"{path.stem}: {text.splitlines()[0][2:]}")
    for path in sorted(ROOT.glob("tests/schema_corpus/bad/*.txt"))
    for text in path.read_text("utf-8").split("---\n")
]
INVALID = [path.relative_to(ROOT) for path in sorted(ROOT.glob("tests/invalid/*.nn.yaml"))]


def left_to_the_validator() -> set[str]:
    """Read the codes from the table in docs/format.md; `NNC001 to NNC019` is a range."""
    page = (ROOT / "docs/format.md").read_text("utf-8")
    _, _, table = page.partition("## What the JSON Schema leaves to the validator")
    cells = [line.rsplit("|", 2)[1] for line in table.splitlines() if line.startswith("|")]
    ranges = [re.findall(r"NNC\d{3}", one) for cell in cells for one in cell.split(",")]
    return {
        rule.code
        for codes in ranges
        if codes
        for rule in RULES.values()
        if codes[0] <= rule.code <= codes[-1]
    }


def errors(path: Path) -> list[Diagnostic]:
    return check_file(str(ROOT / path), root=ROOT).errors


# ----------------------------------------------------------------------------- the files


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_the_generated_one(name: str) -> None:
    file = ROOT / f"schemas/{name}.schema.json"
    assert file.read_text("utf-8") == schema_text(name), "run: python schemas/generate.py"


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_schema_of_draft_7(name: str) -> None:
    Draft7Validator.check_schema(SCHEMAS[name]())


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every property that a schema describes, not those in its conditions."""
    if isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items():
            yield f"{path}.{name}", one
        for key, one in schema.items():
            if key == "properties":  # a field may have that name
                for name, field in one.items():
                    yield from properties(field, f"{path}.{key}.{name}")
            elif key not in ("if", "then", "else", "not", "oneOf"):
                yield from properties(one, f"{path}.{key}")
    elif isinstance(schema, list):
        for one in schema:
            yield from properties(one, path)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_a_description(name: str) -> None:
    schema = SCHEMAS[name]()
    found = dict(properties(schema))
    assert found
    for path, one in found.items():
        target = schema["definitions"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        assert target.get("description", "").endswith((".", "1.", "a")), path
        assert "title" not in one, path


# ------------------------------------------------------------- the schema and the validator


@pytest.mark.parametrize("path", CORPUS, ids=str)
def test_what_the_validator_accepts_the_schema_accepts(path: Path) -> None:
    assert list(map(str, errors(path))) == []
    NETWORK.validate(core_value((ROOT / path).read_text("utf-8")))


@pytest.mark.parametrize(("file", "text"), BAD_FORMS)
def test_what_the_schema_decides_both_reject(file: str, text: str) -> None:
    path = ROOT / f"tests/schema_corpus/bad/{file}.nn.yaml"
    assert check(text.encode(), str(path), path=path).errors
    assert not NETWORK.is_valid(core_value(text))


def test_what_breaks_the_structure_the_schema_rejects() -> None:
    codes = {rule.code for rule in RULES.values() if rule.severity == "error"}
    for path in INVALID:
        if path.name[:6] not in codes - left_to_the_validator():
            continue
        if all(one.file != str(ROOT / path) for one in errors(path)):
            continue  # what is wrong stands in a file that it uses or extends
        assert not NETWORK.is_valid(core_value((ROOT / path).read_text("utf-8"))), path


@pytest.mark.parametrize("name", [n for n, e in EXPLANATIONS.items() if e.language == "yaml"])
def test_the_examples_of_the_explanations(name: str) -> None:
    rule, about = RULES[name], EXPLANATIONS[name]
    assert NETWORK.is_valid(core_value(about.good))
    if rule.severity == "error" and rule.code not in left_to_the_validator():
        assert not NETWORK.is_valid(core_value(bad_example(name)))


def test_the_table_of_what_is_left_leaves_the_structure_to_the_schema() -> None:
    structural = {"NNC102", "NNC103", "NNC104", "NNC105", "NNC108", "NNC111", "NNC114"}
    files = {
        rule.code
        for rule in RULES.values()
        if rule.severity == "error" and rule.code[:4] in ("NNC0", "NNC1", "NNC2", "NNC3", "NNC4")
    }
    assert left_to_the_validator() & files == files - structural - {"NNC214", "NNC219", "NNC411"}


def test_random_networks_are_accepted(chunk: int) -> None:
    rng = Random(f"schema {chunk}")
    for _ in range(40):
        one = example(rng, features=EVERY)
        for text in (one.text, *(text for text in one.files.values() if isinstance(text, str))):
            assert NETWORK.is_valid(core_value(text)), text


# -------------------------------------------------------------------------- what nnc writes


def closed(schema: Any) -> Any:
    """Let a schema take no other keys, so that none is written that it does not describe."""
    if isinstance(schema, dict):
        changed = {key: closed(one) for key, one in schema.items()}
        if "properties" in changed:
            changed["additionalProperties"] = False
        return changed
    return [closed(one) for one in schema] if isinstance(schema, list) else schema


def assert_written_as(name: str, text: str) -> None:
    Draft7Validator(closed(SCHEMAS[name]())).validate(json.loads(text))


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    (tmp_path / "mail.nn.yaml").write_text(MAIL)
    (tmp_path / "bad.nn.yaml").write_text(BAD)
    case = "cases:\n  - {given: {a: 1, b: 1}, expect: {xor: 1}}\n"
    (tmp_path / "failing.nn.yaml").write_text(XOR + case)
    circle = XOR.replace("b: 1}, threshold: 1", "b: 1, xor: 1}, threshold: 1")
    (tmp_path / "circle.nn.yaml").write_text(circle)
    return Nnc(capsysbinary, monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("validate xor.nn.yaml", 0),
        ("validate .", 1),
        ("validate circle.nn.yaml", 1),
        ("validate nowhere.nn.yaml", 2),
        ("validate nowhere/*.nn.yaml", 2),
        ("eval bad.nn.yaml --all", 1),
        ("eval xor.nn.yaml --set a=2", 1),
        ("compile bad.nn.yaml", 1),
    ],
)
def test_reports(nnc: Nnc, arguments: str, code: int) -> None:
    ran = nnc(*arguments.split(), "--report", "json")
    assert ran.code == code
    assert_written_as("report", ran.out)


@pytest.mark.parametrize(
    ("path", "code"), [("failing.nn.yaml", 1), ("xor.nn.yaml", 0), (".", 1), ("nowhere", 2)]
)
def test_reports_of_cases(nnc: Nnc, path: str, code: int) -> None:
    ran = nnc("test", path, "--report", "json")
    assert ran.code == code
    assert_written_as("test", ran.out)


@pytest.mark.parametrize("rows", ["1,1,spam,5.2\n0,0,spam,1/3\n", ""])
def test_compared_columns(nnc: Nnc, rows: str) -> None:
    header = "blacklisted,bayes,verdict,points\n"
    run = ["eval", "mail.nn.yaml", "-", "--from", "csv", "--to", "json", "--expected", "verdict"]
    ran = nnc(*run, "--expected", "points", stdin=f"{header}{rows}".encode())
    assert ran.code == 0
    assert_written_as("expected", ran.out)


@pytest.mark.parametrize("rows", ["blacklisted,bayes\n1,1\n0,0\n", "blacklisted,bayes\n"])
def test_traces(nnc: Nnc, rows: str) -> None:
    arguments = ("eval", "mail.nn.yaml", "-", "--from", "csv", "--trace", "--to")
    ran = nnc(*arguments, "json", stdin=rows.encode())
    assert ran.code == 0
    assert_written_as("trace", ran.out)
    lines = nnc(*arguments, "jsonl", stdin=rows.encode()).out.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(ran.out)


def test_plans(nnc: Nnc) -> None:
    for arguments in (("--to", "json"), ("--report", "json")):
        for name in ("xor", "mail"):
            ran = nnc("compile", f"{name}.nn.yaml", *arguments)
            assert ran.code == 0
            assert_written_as("plan", ran.out)


def test_json_lines_are_findings(nnc: Nnc) -> None:
    schema = closed(SCHEMAS["report"]())
    finding = {"$ref": "#/definitions/Finding", "definitions": schema["definitions"]}
    lines = nnc("validate", ".", "--report", "json-lines").out.splitlines()
    assert len(lines) == 3
    for line in lines:
        Draft7Validator(finding).validate(json.loads(line))
