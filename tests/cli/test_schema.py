"""`nnc schema`: schemas that are schemas, and that what nnc writes keeps to."""

import json
from pathlib import Path

import jsonschema
import pytest

from nnc.cli.schema import SCHEMAS
from tests.support.running import BAD, MAIL, XOR, Nnc


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(nnc: Nnc, name: str) -> None:
    code, out, err = nnc("schema", name)
    assert (code, err) == (0, "")
    jsonschema.Draft7Validator.check_schema(json.loads(out))


def test_the_network_is_meant_without_a_name(nnc: Nnc) -> None:
    assert nnc("schema") == nnc("schema", "network")
    assert json.loads(nnc("schema").out)["required"] == ["nnc"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("netwrk", "did you mean `network`?"), ("reports", "did you mean `report`?"),
     ("sarif", "the schemas are network, ")],
)  # fmt: skip
def test_unknown_schemas(nnc: Nnc, name: str, told: str) -> None:
    code, out, err = nnc("schema", name)
    assert (code, out) == (2, "")
    assert f"there is no schema `{name}`: {told}" in err


def test_reports_keep_to_their_schemas(nnc: Nnc) -> None:
    cases = "cases: [{given: {a: 1, b: 1}, expect: {xor: 1}}]\n"
    Path("xor.nn.yaml").write_text(XOR + cases)
    Path("bad.nn.yaml").write_text(BAD)
    schemas = {name: json.loads(nnc("schema", name).out) for name in SCHEMAS}
    for paths in (["xor.nn.yaml"], ["bad.nn.yaml"], ["none"], ["."]):
        told = json.loads(nnc("validate", *paths, "--report", "json").out)
        jsonschema.validate(told, schemas["report"])
        told = json.loads(nnc("test", *paths, "--report", "json").out)
        jsonschema.validate(told, schemas["test"])


def test_traces_keep_to_their_schema(nnc: Nnc) -> None:
    Path("mail.nn.yaml").write_text(MAIL)
    given = ["--all", "--set", "links=20", "--trace", "--to", "json"]
    told = json.loads(nnc("eval", "mail.nn.yaml", *given).out)
    schema = json.loads(nnc("schema", "trace").out)
    jsonschema.validate(told, schema)
    del told[0]["neurons"][0]["sum"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema)
