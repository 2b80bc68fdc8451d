"""docs/schema.md: what editors are told to read is what nnc prints."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nnc.cli.schema import schema_text
from tests.support.running import Nnc

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/schema.md").read_text("utf-8")
MANIFEST = json.loads((ROOT / "editors/vscode/package.json").read_text("utf-8"))
WRONG = (
    "nnc: 1\ninputs: [heat, b]\n"
    "neurons: {n: {weights: {haet: 1, b: 1}, threshold: 0}, m: {weights: {b: 1}, threshold: 4}}\n"
    "outputs: [n, m]\n"
)


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    [text] = [text for text in blocks if containing in text]
    return str(text)


@pytest.fixture
def lines(nnc: Nnc) -> list[str]:
    Path("wrong one.nn.yaml").write_text(WRONG)
    Path("warned.nn.yaml").write_text(WRONG.replace("haet", "heat"))
    files = ("wrong one.nn.yaml", "warned.nn.yaml", "none.nn.yaml")
    return nnc("validate", "--report", "concise", *files).out.splitlines()


def test_the_problem_matcher_of_vs_code(lines: list[str]) -> None:
    [task] = json.loads(block("json", "tasks"))["tasks"]
    pattern = task["problemMatcher"]["pattern"]
    groups = ("file", "line", "column", "severity", "code")
    matches = [re.search(pattern["regexp"], line) for line in lines]
    assert [match and match.group(*(pattern[group] for group in groups)) for match in matches] == [
        ("none.nn.yaml", None, None, "error", "NNC901"),
        ("warned.nn.yaml", "3", "52", "note", "NNC707"),
        ("warned.nn.yaml", "3", "88", "warning", "NNC701"),
        ("wrong one.nn.yaml", "3", "25", "error", "NNC301"),
        None,
    ]
    assert all(match[pattern["message"]].count(": ") for match in matches if match)


def test_the_extension_reads_findings_as_the_task_does() -> None:
    [task] = json.loads(block("json", "tasks"))["tasks"]
    [matcher] = MANIFEST["contributes"]["problemMatchers"]
    assert matcher["pattern"] == task["problemMatcher"]["pattern"]
    assert not any(ROOT.glob("editors/vscode/package-lock.json"))


def test_the_extension_colours_the_sections_of_a_network() -> None:
    grammar = json.loads((ROOT / "editors/vscode/syntaxes/nnc.tmLanguage.json").read_text("utf-8"))
    sections = re.search(r"\((.*?)\)", grammar["patterns"][0]["match"])
    assert sections is not None
    schema = json.loads(schema_text("network"))
    assert set(sections[1].split("|")) == set(schema["properties"])


def test_the_task_of_vs_code_runs(nnc: Nnc) -> None:
    Path("wrong.nn.yaml").write_text(WRONG)
    [task] = json.loads(block("json", "tasks"))["tasks"]
    assert task["command"] == "nnc"
    code, out, err = nnc(*task["args"])
    assert (code, err) == (1, "")
    assert out.startswith("wrong.nn.yaml:3:25: error[NNC301] unknown-source: ")


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_the_errorformat_of_vim(lines: list[str], tmp_path: Path) -> None:
    settings = block("vim", "errorformat").splitlines()[1]
    (tmp_path / "found.txt").write_text("\n".join(lines))
    script = tmp_path / "read.vim"
    entry = "[bufname(v:val.bufnr), v:val.lnum, v:val.col, v:val.type, v:val.nr]"
    script.write_text(
        f"{settings}\ncgetfile {tmp_path}/found.txt\n"
        f"call writefile([json_encode(map(getqflist(), '{entry}'))], '{tmp_path}/read.json')\nqa!\n"
    )
    vim = ["vim", "-N", "-u", "NONE", "-i", "NONE", "-es", "-S", str(script)]
    subprocess.run(vim, cwd=tmp_path, check=False, timeout=300, stdin=subprocess.DEVNULL)
    assert json.loads((tmp_path / "read.json").read_text()) == [
        ["none.nn.yaml", 0, 0, "e", 901],
        ["warned.nn.yaml", 3, 52, "n", 707],
        ["warned.nn.yaml", 3, 88, "w", 701],
        ["wrong one.nn.yaml", 3, 25, "e", 301],
    ]
