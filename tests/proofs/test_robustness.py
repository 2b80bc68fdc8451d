"""Rows of a file: robust, broken or unknown."""

import json
from pathlib import Path

import pytest

from tests.support.running import Nnc

NETWORK = """\
nnc: 1
fires: at_least
inputs: {votes: bit(5), age: {type: integer, min: 0, max: 120}}
neurons:
  call: {weights: {votes: 1, age: {65: 1}}, threshold: 3}
outputs: [call]
"""
ROWS = "votes,age,call\n0,30,0\n3,30,0\n3,64,0\n31,30,1\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "call.nn.yaml").write_text(NETWORK, "utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    return [str(tmp_path / "call.nn.yaml"), str(tmp_path / "rows.csv")]


def test_each_row_is_robust_or_broken(files: list[str], nnc: Nnc) -> None:
    code, out, _ = nnc("prove", *files, "--output", "call", "--within", "changes=1")
    assert code == 1
    kinds = [line.split()[0] for line in out.splitlines()[:4]]
    assert kinds == ["proved", "refuted", "refuted", "proved"]
    assert "2 of 4 rows robust (50 %), 2 broken, 0 unknown" in out
    assert "`row 2` does not hold: `call` is 0, and 1 after 1 change: votes=" in out


def test_a_distance_keeps_values_near(files: list[str], nnc: Nnc) -> None:
    options = ["--output", "call", "--within", "each=0.5", "--within", "changes=2"]
    code, out, err = nnc("prove", *files, *options, "--report", "json")
    assert code == 2
    assert "--output call: no value changes with `each: 0.5`" in err
    assert json.loads(out)["diagnostics"][0]["code"] == "NNC930"


def test_outputs_that_are_none_and_files_without_rows(files: list[str], nnc: Nnc) -> None:
    near = ("--within", "changes=1")
    code, _, err = nnc("prove", *files, "--output", "cal", *near)
    assert code == 2
    assert "--output cal is neither an output nor declared; did you mean `call`?" in err
    Path(files[1]).write_text("votes,age\n", "utf-8")
    code, _, err = nnc("prove", *files, "--output", "call", *near)
    assert code == 2
    assert "rows.csv has no rows" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "rows.csv has rows: to prove that an output is the same near them, write nnc prove"),
        (["--output", "c*", "--within", "changes=1"], "--output c* is not a name: name one output"),
        (["--output", "call"], "--output needs a distance"),
        (["--output", "call", "--within", "each=x"], "--within each=x: "),
        (["--output", "call", "--within", "each=-1"], "write changes=K or each=D"),
        (["--output", "call", "--within", "changes=1/2"], "write changes=K or each=D"),
        (["--output", "call", "--within", "age=1"], "write changes=K or each=D"),
        (["--output", "call", *("--within", "each=1") * 2], "--within each is given twice"),
        (["--output", "call", "--within", "each=1", "--verify"], "name it with --certificate"),
        (["--output", "call", "--property", "a", "--within", "each=1"], "--output takes a network"),
    ],
)
def test_options_that_do_not_go_together(
    files: list[str], options: list[str], message: str, nnc: Nnc
) -> None:
    code, _, err = nnc("prove", *files, *options)
    assert code == 2
    assert message in " ".join(err.split())


def test_robust_rows_are_certified(files: list[str], tmp_path: Path, nnc: Nnc) -> None:
    """A certificate is about these rows and this distance: it shows nothing of others."""
    certificate = ["--certificate", str(tmp_path / "rows.jsonl")]
    near = ["--output", "call", "--within", "changes=1"]
    assert nnc("prove", *files, *near, *certificate)[0] == 1
    code, out, _ = nnc("prove", *files, *near, *certificate, "--verify")
    assert code == 1
    assert out.count("(its certificate was checked)") == 2
    assert out.count("is not in the certificate") == 2
    assert "only what was proved has a certificate" in out
    assert nnc("prove", *files, *near, *certificate, "--verify", "--allow-unknown")[0] == 0
    farther = ["--output", "call", "--within", "changes=3"]
    code, out, _ = nnc("prove", *files, *farther, *certificate, "--verify")
    assert code == 1
    assert "it was written for another network, rows other than `" in out


def test_a_certificate_without_proofs_is_not_written(
    files: list[str], tmp_path: Path, nnc: Nnc
) -> None:
    certificate = tmp_path / "rows.jsonl"
    certificate.write_text("an older one\n", "utf-8")
    near = ["--output", "call", "--within", "changes=3", "--certificate", str(certificate)]
    code, out, _ = nnc("prove", *files, *near)
    assert code == 1
    assert f"no certificate is written to `{certificate}`: there is no proof for it" in out
    assert "= help: train or correct the network, or name a shorter distance with --within" in out
    assert certificate.read_text("utf-8") == "an older one\n"


def test_rows_are_asked_for_where_only_a_network_is_named(files: list[str], nnc: Nnc) -> None:
    code, _, err = nnc("prove", files[0], "--output", "call", "--within", "changes=1")
    assert code == 2
    assert "as in nnc prove NETWORK ROWS --output call --within changes=1" in " ".join(err.split())
