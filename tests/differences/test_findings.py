"""`nnc diff` and `nnc log` in the forms of findings: each change is a note of its file."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.running import BAD, XOR, Nnc

WORDS = ["1 change in meaning", "neuron both: threshold 1 -> 2"]


@pytest.fixture
def changed(nnc: Nnc) -> Nnc:
    Path("xor.nn.yaml").write_text(XOR)
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m first"):
        subprocess.run(["git", *words.split()], check=True)
    Path("xor.nn.yaml").write_text(XOR.replace("threshold: 1}", "threshold: 2}"))
    return nnc


def messages(form: str, text: str) -> list[str]:
    match form:
        case "json-lines":
            found = list(map(json.loads, text.splitlines()))
            assert {each["name"] for each in found} == {"network-changed"}
            return [each["message"] for each in found]
        case "gitlab":
            return [each["description"] for each in json.loads(text)]
        case "sarif":
            [run] = json.loads(text)["runs"]
            assert {each["level"] for each in run["results"]} == {"note"}
            return [each["message"]["text"] for each in run["results"]]
        case "junit":
            whole = ElementTree.fromstring(text)
            assert whole.get("failures") == "0"
            return [str(each.text).partition("network-changed: ")[2].partition("\n")[0]
                    for each in whole.iter("system-out")]  # fmt: skip
    lines = [each for each in text.splitlines() if each.startswith("::notice file=xor.nn.yaml,")]
    return [each.rpartition("::")[2] for each in lines]


@pytest.mark.parametrize("form", ["json-lines", "github", "gitlab", "sarif", "junit"])
def test_changes_are_notes(changed: Nnc, form: str) -> None:
    code, out, err = changed("diff", "--report", form)
    assert (code, err) == (0, "")
    assert messages(form, out)[:2] == WORDS
    assert messages(form, out)[2].startswith("output xor differs for ")
    assert changed("diff", "--report", form, "--exit-code").code == 1
    code, out, err = changed("log", "xor.nn.yaml", "--report", form)
    assert (code, err) == (0, "")
    [first, added] = messages(form, out)
    assert first.endswith(" a: first")
    assert added.endswith(": added")


@pytest.mark.parametrize("form", ["json-lines", "gitlab", "sarif", "junit"])
def test_mistakes_are_findings_too(changed: Nnc, form: str) -> None:
    Path("xor.nn.yaml").write_text(BAD)
    code, out, _ = changed("diff", "--report", form)
    assert code == 1
    assert "missing-key" in out


def test_the_terminal_has_the_text_beside_a_file(changed: Nnc) -> None:
    full = changed("diff").out
    assert changed("diff", "--report", "sarif", "--report-file", "diff.sarif").out == full
    assert messages("sarif", Path("diff.sarif").read_text())[:2] == WORDS
