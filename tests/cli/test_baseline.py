"""`nnc check --baseline`: what an earlier report lists is left out."""

import json
import re
from pathlib import Path

import pytest

from tests.support.running import BAD, XOR, Nnc

FAILING = f"{XOR}cases:\n  - {{given: {{a: 1, b: 0}}, expect: {{xor: 0}}}}\n"
WRITE = ("check", "--report", "json", "--report-file", "known.json")
KNOWN = ("check", "--baseline", "known.json")


@pytest.fixture
def known(nnc: Nnc) -> Nnc:
    Path("failing.nn.yaml").write_text(FAILING)
    Path("bad.nn.yaml").write_text(BAD)
    nnc("fmt")
    assert nnc(*WRITE).code == 1
    return nnc


def test_known_findings_are_left_out(known: Nnc) -> None:
    summary = "0 of 1 cases hold, no new problems in 2 files; 3 errors hidden by known.json\n"
    assert known(*KNOWN) == (0, summary, "")
    assert known(*KNOWN, "--strict") == (0, summary, "")
    assert 'failures="0"' in known(*KNOWN, "--report", "junit").out
    Path("failing.nn.yaml").write_text("# moved\n" + Path("failing.nn.yaml").read_text())
    assert known(*KNOWN).code == 0


def test_findings_that_name_their_line_are_known_wherever_they_are(nnc: Nnc) -> None:
    loose = XOR.replace("inputs: [a, b]", "inputs: [a,  b]")
    assert loose != XOR
    Path("loose.nn.yaml").write_text(loose)
    assert nnc(*WRITE).code == 1
    Path("loose.nn.yaml").write_text(f"# a comment\n{loose}")
    assert nnc(*KNOWN).code == 0


def test_new_findings_are_reported(known: Nnc) -> None:
    text = Path("failing.nn.yaml").read_text()
    Path("failing.nn.yaml").write_text(f"{text}  - {{given: {{a: 1, b: 1}}, expect: {{xor: 1}}}}\n")
    code, out, _ = known(*KNOWN, "--report", "concise")
    assert code == 1
    assert out.splitlines()[0].startswith("failing.nn.yaml:10:")
    assert out.endswith(", 1 error in 2 files; 3 errors hidden by known.json\n")


def test_entries_without_a_finding_are_reported(known: Nnc) -> None:
    Path("failing.nn.yaml").write_text(
        Path("failing.nn.yaml").read_text().replace("xor: 0}}", "xor: 1}}")
    )
    code, out, _ = known(*KNOWN, "--report", "concise")
    assert code == 0
    assert out.startswith(
        "known.json: warning[NNC934] stale-baseline: NNC601 is no longer found in failing.nn.yaml: "
        "case …: `xor` is 1, expected 0 "
        "(write it again: nnc check --report json --report-file known.json)"
    )
    assert known(*KNOWN, "--strict").code == 1
    assert known(*KNOWN, "bad.nn.yaml", "--strict").code == 0  # the other file was not looked at
    Path("failing.nn.yaml").unlink()
    assert "no longer found in failing.nn.yaml" in known(*KNOWN, "bad.nn.yaml").out


def test_all_findings_of_a_rule_are_compared(nnc: Nnc) -> None:
    neurons = "".join(f"  n{i}: {{weights: {{a: 1}}, threshold: 0}}\n" for i in range(60))
    text = f"nnc: 1\nfires: above\ninputs: [a]\nneurons:\n{neurons}outputs: [n0]\n"
    Path("many.nn.yaml").write_text(text)
    nnc("fmt")
    nnc(*WRITE)
    assert len(json.loads(Path("known.json").read_text())["diagnostics"]) > 100
    out = nnc(*KNOWN, "--strict").out
    assert re.search(r"no new problems in 1 file; \d+ \w+(, \d+ \w+)* hidden by known.json\n$", out)


def test_files_that_are_no_baseline(known: Nnc) -> None:
    for text in ("{", "[]", '{"diagnostics": [3]}', '{"diagnostics": [{"file": 3}]}'):
        Path("known.json").write_text(text)
        code, out, _ = known(*KNOWN, "--report", "json")
        assert code == 2
        assert [each["name"] for each in json.loads(out)["diagnostics"]] == ["bad-baseline"]
    assert known("check", "--baseline", "none.json").code == 2
    code, _, err = known(*KNOWN, "--report", "json", "--report-file", "known.json")
    assert code == 2
    assert err.endswith("--report-file and an input name the same file, known.json\n")


def test_a_baseline_is_read_from_another_folder(
    known: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("inner").mkdir()
    Path("bad.nn.yaml").rename("inner/bad.nn.yaml")
    known(*WRITE)
    monkeypatch.chdir("inner")
    assert known("check", "--baseline", "../known.json").code == 0
    assert known("check", "..", "--baseline", "../known.json").code == 0


def test_files_that_cannot_be_read_are_reported_nevertheless(nnc: Nnc) -> None:
    words = ("gone.nn.yaml", "--report", "json", "--report-file", "known.json")
    assert nnc("check", *words).code == 2
    code, out, _ = nnc(*KNOWN, "gone.nn.yaml", "--report", "concise")
    assert (code, out.count("NNC901"), out.count("NNC934")) == (2, 1, 0)
