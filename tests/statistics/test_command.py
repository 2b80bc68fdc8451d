"""`nnc stats`: counts of networks, as text and as JSON."""

import json
from pathlib import Path

from jsonschema import Draft7Validator

from nnc.cli.schema import SCHEMAS
from tests.support.running import BAD, XOR, Nnc


def test_the_text(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("layer.nn.yaml").write_text(
        "nnc: 1\nfires: above\ninputs: {a: bit(2)}\n"
        "layers: {l: {wiring: a, weights: 0.5, thresholds: 0, size: 3}}\noutputs: [l]\n"
    )
    ran = nnc("stats", "layer.nn.yaml", "xor.nn.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "layer\n"
        "  inputs   1: 1 bit; 2 values a row\n"
        "  outputs  1\n"
        "  neurons  3 in 1 level\n"
        "  rules    3 above; 3 thresholds\n"
        "  layers   l 3\n"
        "  weights  6, 1 distinct, from 0.5 to 0.5\n"
        "  fan-in   2 to 2, 2 on average\n"
        "\nxor\n"
    )


def test_reports(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("bad.nn.yaml").write_text(BAD)
    for files, code, count in ((["xor.nn.yaml"], 0, 1), (["."], 1, 1), (["nowhere"], 2, 0)):
        ran = nnc("stats", *files, "--report", "json")
        report = json.loads(ran.out)
        assert (ran.code, len(report["networks"])) == (code, count)
        Draft7Validator(SCHEMAS["stats"]()).validate(report)
    ran = nnc("stats", ".", "--report", "json-lines")
    records = list(map(json.loads, ran.out.splitlines()))
    assert [each.get("neurons") for each in records] == [2, *[None] * (len(records) - 1)]
    assert all("code" in each for each in records[1:])
    ran = nnc("stats", "bad.nn.yaml")
    assert (ran.code, ran.out) == (1, "")
    assert "error[" in ran.err
