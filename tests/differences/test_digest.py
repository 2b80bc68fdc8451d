"""`nnc digest`: a line for each network, in every form, and what is in the way."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

import nnc as package
from nnc.cli.schema import SCHEMAS
from tests.support.running import BAD, MAIL, XOR, Nnc, rules

OTHER = XOR.replace("both", "beide").replace("\nneurons", "  # the same\nneurons")


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("other", OTHER), ("mail", MAIL)):
        Path(f"{name}.nn.yaml").write_text(text)


def structure(name: str) -> str:
    return package.digest(package.load(f"{name}.nn.yaml"))


def test_a_line_for_each_network(nnc: Nnc) -> None:
    code, out, err = nnc("digest", "xor.nn.yaml", "other.nn.yaml", "mail.nn.yaml")
    assert (code, err) == (0, "")
    lines = [line.split("  ") for line in out.splitlines()]
    assert [name for _, name in lines] == ["xor.nn.yaml", "other.nn.yaml", "mail.nn.yaml"]
    assert lines[0][0] == lines[1][0] == structure("xor")
    assert lines[2][0] == structure("mail") != lines[0][0]


def test_folders_and_standard_input(nnc: Nnc) -> None:
    assert nnc("digest", ".").out.splitlines() == [
        f"{structure(name)}  {name}.nn.yaml" for name in ("mail", "other", "xor")
    ]
    assert nnc("digest", "-", stdin=XOR.encode()).out == f"{structure('xor')}  -\n"


def test_behaviour(nnc: Nnc) -> None:
    Path("scaled.nn.yaml").write_text(XOR.replace("both: -2", "both: -3"))
    code, out, err = nnc("digest", "--behaviour", "xor.nn.yaml", "scaled.nn.yaml")
    assert (code, err) == (0, "")
    digest = package.digest(package.load("xor.nn.yaml"), "behaviour")
    assert out == f"{digest}  xor.nn.yaml\n{digest}  scaled.nn.yaml\n"
    assert structure("xor") != structure("scaled")


def test_no_digest_of_behaviour(nnc: Nnc) -> None:
    code, out, err = nnc("digest", "--behaviour", "mail.nn.yaml", "xor.nn.yaml")
    assert (code, rules(err)) == (1, ["no-truth-table"])
    assert [line.split("  ")[1] for line in out.splitlines()] == ["xor.nn.yaml"]
    assert (
        "input `links` is an integer; a digest of behaviour needs bits and choices of at most "
        "2^20 rows\n  --> mail.nn.yaml\n   = help: take the digest of the structure"
    ) in err


def test_a_compiled_network(nnc: Nnc) -> None:
    assert nnc("compile", "mail.nn.yaml", "-o", "mail.nnc").code == 0
    assert nnc("digest", "mail.nnc").out == f"{structure('mail')}  mail.nnc\n"


def test_mistakes(nnc: Nnc) -> None:
    Path("bad.nn.yaml").write_text(BAD)
    code, out, err = nnc("digest", "bad.nn.yaml", "xor.nn.yaml")
    assert (code, rules(err)) == (1, ["missing-key"] * 2)
    assert out == f"{structure('xor')}  xor.nn.yaml\n"
    code, out, err = nnc("digest", "xr.nn.yaml", "bad.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["missing-key"] * 2 + ["cannot-open"])
    assert "did you mean `xor.nn.yaml`?" in err
    code, out, err = nnc("digest", "*.nothing")
    assert (code, out, rules(err)) == (2, "", ["no-network-files"])
    code, out, err = nnc("digest")
    assert (code, out) == (2, "")
    assert "Missing argument 'NETWORKS...'" in err
    code, out, err = nnc("digest", "--behavior", "xor.nn.yaml")
    assert (code, out) == (2, "")
    assert "did you mean `--behaviour`?" in err


def test_json(nnc: Nnc) -> None:
    Path("bad.nn.yaml").write_text(BAD)
    code, out, err = nnc("digest", "xor.nn.yaml", "bad.nn.yaml", "--report", "json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    Draft7Validator(SCHEMAS["digest"]()).validate(told)
    assert told["digests"] == [
        {"file": "xor.nn.yaml", "of": "structure", "digest": structure("xor")}
    ]
    assert [one["name"] for one in told["diagnostics"]] == ["missing-key"] * 2
    lines = nnc("digest", "xor.nn.yaml", "bad.nn.yaml", "--report", "json-lines").out
    assert [json.loads(line) for line in lines.splitlines()] == [
        *told["digests"], *told["diagnostics"]
    ]  # fmt: skip


def test_other_forms_and_a_file_for_the_report(nnc: Nnc) -> None:
    Path("bad.nn.yaml").write_text(BAD)
    code, out, err = nnc("digest", "xor.nn.yaml", "bad.nn.yaml", "--report", "sarif")
    assert (code, err) == (1, "")
    assert json.loads(out)["version"] == "2.1.0"
    code, out, err = nnc(
        "digest", "xor.nn.yaml", "--report", "json", "--report-file", "report.json"
    )
    assert (code, out, err) == (0, f"{structure('xor')}  xor.nn.yaml\n", "")
    assert json.loads(Path("report.json").read_text())["digests"][0]["digest"] == structure("xor")
    code, out, err = nnc("digest", "bad.nn.yaml", "--report-file", "report.txt")
    assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)
    assert rules(Path("report.txt").read_text()) == ["missing-key"] * 2
