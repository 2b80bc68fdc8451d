"""`nnc test`: cases that hold, cases that fail and why, and what no case has seen."""

# ruff: noqa: E501

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.run.trace import on_the_way as the_way
from nnc.terminal.options import FORMATS
from tests.support.repositories import Repo
from tests.support.running import BAD, MAIL, XOR, Nnc, on_terminal, rules, started

CASES = """\
cases:
  - {given: {a: 0, b: 1}, expect: {xor: 1}}
  - {name: both on, given: {a: 1, b: 1}, expect: {xor: 0}}
"""
FAILING = CASES.replace("{xor: 0}", "{xor: 1}")


def test_cases_that_hold(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + CASES)
    assert nnc("test", "xor.nn.yaml") == (0, "2 of 2 cases hold in 1 file\n", "")
    assert nnc("test") == (0, "2 of 2 cases hold in 1 file\n", "")


def test_a_case_that_fails_shows_why(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + FAILING)
    code, out, err = nnc("test", "xor.nn.yaml")
    assert (code, err, rules(out)) == (1, "", ["case-failed"])
    lines = out.splitlines()
    assert "both on" in lines[0]
    assert "`xor` is 0, expected 1" in lines[0]
    assert "  --> xor.nn.yaml:10:56" in lines  # the value that was expected
    words = [" ".join(line.split()) for line in lines]
    at = words.index("given a=1, b=1")
    # by hand: 1 + 1 = 2, 2 - 1 = 1; then 1 + 1 - 2 = 0, 0 - 0 = 0, which is not above 0
    assert words[at + 1 : at + 8] == [
        "both = 1 fires: sum 2, needs > 1, margin 1",
        "a +1 = 1 × 1",
        "b +1 = 1 × 1",
        "xor = 0 silent: sum 0, needs > 0, margin 0",
        "both -2 = -2 × 1",
        "a +1 = 1 × 1",
        "b +1 = 1 × 1",
    ]
    assert lines[-1] == "1 of 2 cases hold, 1 error in 1 file"


def test_a_case_without_a_name_is_counted_from_one(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + FAILING.replace("name: both on, ", ""))
    assert "case 2" in nnc("test").out


def test_only_neurons_on_the_way_are_shown(nnc: Nnc) -> None:
    text = XOR.replace("outputs: [xor]", "  aside: {weights: {a: 1}, threshold: 0}\n"
                       "outputs: [xor, aside, both]")  # fmt: skip
    Path("x.nn.yaml").write_text(text + "cases: [{given: {a: 1, b: 1}, expect: {both: 0}}]\n")
    out = nnc("test").out
    assert "both = 1" in out
    assert "xor = 0" not in out
    assert "aside = " not in out


def test_every_kind_of_output_can_fail(nnc: Nnc) -> None:
    Path("mail.nn.yaml").write_text(
        MAIL + "cases:\n  - {given: {blacklisted: 1, bayes: 0}, "
        "expect: {points: 1.6, verdict: spam, flags: 2}}\n"
    )
    code, out, _ = nnc("test")
    assert code == 1
    assert rules(out) == ["case-failed"]
    for told in ("`points` is 1.7, expected 1.6", "`verdict` is `ham`, expected `spam`",
                 "`flags` is 0, expected 2"):  # fmt: skip
        assert told in out


def test_expected_values_are_exact(nnc: Nnc) -> None:
    Path("mail.nn.yaml").write_text(
        MAIL + "cases:\n"
        "  - {given: {blacklisted: 1, bayes: 1}, expect: {points: 5.20, verdict: spam, flags: 3}}\n"
        "  - {given: {blacklisted: 0, bayes: 1, links: 50}, expect: {points: 9/2, flags: [1, 0]}}\n"
    )
    assert nnc("test") == (0, "2 of 2 cases hold in 1 file\n", "")


# ------------------------------------------------------------------------------- case files


def test_a_case_file(nnc: Nnc) -> None:
    Path("nets").mkdir()
    Path("nets/cases.csv").write_text("b,a,xor\n1,0,1\n1,1,\n0,0,0\n")
    Path("nets/xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    assert nnc("test") == (0, "3 of 3 cases hold in 1 file\n", "")


def test_a_row_of_a_case_file_that_fails(nnc: Nnc) -> None:
    Path("nets").mkdir()
    Path("nets/cases.csv").write_text("a,b,xor\n0,0,0\n1,1,1\n0,1,0\n")
    Path("nets/xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    code, out, _ = nnc("test", "nets")
    assert (code, rules(out)) == (1, ["case-failed"] * 2)
    assert "nets/cases.csv:3" in out
    assert "nets/cases.csv:4" in out
    assert "given a=1, b=1" in out
    assert out.splitlines()[-1] == "1 of 3 cases hold, 2 errors in 1 file"


def test_bits_of_thresholds_expected_as_a_sum_say_how_to_write_it(nnc: Nnc) -> None:
    Path("score.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: {age: integer}\nneurons:\n"
        "  score: {weights: {age: {60: 1, 70: 2}}, thresholds: {low: 1, high: 2}}\n"
        "outputs: {points: score}\ncases: [{file: c.csv}]\n"
    )
    Path("c.csv").write_text("age,points\n80,2\n80,7\n")
    ran = nnc("test", "score.nn.yaml")
    assert (ran.code, rules(ran.out)) == (1, ["case-failed", "bad-case"])
    hint = "`score` gives the bits of its thresholds; its sum is `{sum: score}`   ("
    assert f"= help: fix the network, or what the case expects; {hint}" in ran.out
    assert f"= help: {hint}" in ran.out


def test_a_case_file_with_mistakes(nnc: Nnc) -> None:
    Path("cases.csv").write_text("a,b,xor\n0,2,0\n1,1,7\n")
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    code, out, _ = nnc("test")
    assert code == 1
    assert "bad-value" in rules(out)
    assert "cases.csv" in out
    Path("cases.csv").write_text("a,b,xor,nor\n0,1,1,0\n")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (1, ["column-not-input"])
    Path("cases.csv").write_text("a,b,xor\n0,1,7\n")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (1, ["bad-case"])
    assert "expected 0 or 1, found 7" in out


def test_a_missing_case_file(nnc: Nnc) -> None:
    Path("case.csv").write_text("a,b,xor\n0,1,1\n")
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (1, ["cannot-open"])
    assert "did you mean `case.csv`?" in out


def test_a_case_file_outside_the_root(nnc: Nnc) -> None:
    Path("nets").mkdir()
    Path("cases.csv").write_text("a,b,xor\n0,1,1\n")
    Path("nets/xor.nn.yaml").write_text(XOR + "cases: [{file: ../cases.csv}]\n")
    code, out, _ = nnc("test", "nets")
    assert (code, rules(out)) == (1, ["outside-project"])
    assert nnc("test", "nets", "--root", ".").out == "1 of 1 cases hold in 1 file\n"


# ------------------------------------------------------------------------------ many files


def test_every_file_is_tested(nnc: Nnc) -> None:
    Path("c.nn.yaml").write_text(XOR + CASES)
    Path("b.nn.yaml").write_text(XOR + FAILING)
    Path("a.nn.yaml").write_text(BAD)
    code, out, _ = nnc("test", "c.nn.yaml", "none.yaml", "b.nn.yaml", "a.nn.yaml", "d*")
    assert code == 2
    assert rules(out) == ["missing-key", "missing-key", "case-failed", "no-network-files",
                          "cannot-open"]  # fmt: skip
    assert out.splitlines()[-1] == "3 of 4 cases hold, 5 errors in 4 files"


def test_no_cases_are_a_warning(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    code, out, err = nnc("test")
    assert (code, rules(out), err) == (0, ["no-cases"], "")
    assert "warning[NNC603] no-cases: the network has no cases\n  --> xor.nn.yaml\n" in out
    assert out.splitlines()[-1] == "0 of 0 cases hold, 1 warning in 1 file"
    assert nnc("test", "--strict").code == 1
    Path("open.nn.yaml").write_text(XOR.replace("threshold: 1", "threshold: _", 1) + CASES)
    assert nnc("test", "open.nn.yaml").out.splitlines()[-1] == "1 error in 1 file"
    Path("open.nn.yaml").unlink()
    Path("other.nn.yaml").write_text(XOR)
    assert "no-cases: none of 2 network files has cases" in nnc("test").out
    Path("other.nn.yaml").write_text(XOR + CASES)
    assert nnc("test", "--strict") == (0, "2 of 2 cases hold in 2 files\n", "")
    Path("bad.nn.yaml").write_text(BAD)
    assert rules(nnc("test", "xor.nn.yaml", "bad.nn.yaml").out) == ["missing-key"] * 2


# --------------------------------------------------------------------- selected and listed


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["both on"], ["both on"]), (["b*n"], ["both on"]),
        (["case 1"], ["case 1"]), (["case ?", "*on"], ["case 1", "both on"]),
        (["rows"], ["row 1", "row 2"]), (["table"], ["table, row 1", "table, row 2"]),
        (["[x]"], ["[x]"]), (["t*"], ["table, row 1", "table, row 2"]),
    ],
)  # fmt: skip
def test_cases_are_selected_by_name(nnc: Nnc, words: list[str], names: list[str]) -> None:
    Path("rows.csv").write_text("a,b,xor\n0,1,1\n1,1,0\n")
    more = "  - {file: rows.csv}\n  - {name: table, file: rows.csv}\n"
    more += "  - {name: '[x]', given: {a: 0, b: 0}, expect: {xor: 0}}\n"
    Path("xor.nn.yaml").write_text(XOR + CASES + more)
    out = nnc("test", "-v", *(word for each in words for word in ("-k", each))).out
    listed = [line.partition(": ")[2] for line in out.splitlines() if line.startswith("holds")]
    assert listed == names
    assert out.splitlines()[-1] == f"{len(names)} of {len(names)} cases hold in 1 file"


def test_a_name_that_no_case_has(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + CASES)
    code, out, err = nnc("test", "-k", "boht on")
    assert (code, rules(out), err) == (2, ["unknown-case"], "")
    assert "no case is called `boht on`" in out
    assert "help: did you mean `both on`?" in out
    code, out, _ = nnc("test", "-k", "both*", "-k", "zzz", "--report", "json")
    told = json.loads(out)
    assert (code, told["cases"], told["diagnostics"][0]["code"]) == (2, 1, "NNC604")
    assert told["diagnostics"][0]["help"] == "the cases are case 1, both on"
    out = nnc("test", "-k", "BOTH").out  # which chose it up to version 0.1
    assert "help: write `*both*` for all whose names contain it" in out
    Path("xor.nn.yaml").write_text(XOR)
    code, out, _ = nnc("test", "-k", "both")
    assert (code, "help: there are no cases" in out) == (2, True)
    Path("xor.nn.yaml").write_text(BAD)  # whose cases nobody knows
    assert rules(nnc("test", "-k", "both").out) == ["missing-key"] * 2


def test_every_case_is_listed(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,xor\n0,1,1\n1,1,1\n")
    Path("xor.nn.yaml").write_text(XOR + FAILING + "  - {file: rows.csv}\n")
    listed = [
        "holds  xor.nn.yaml:9: case 1", "fails  xor.nn.yaml:10: both on",
        "holds  rows.csv:2: row 1", "fails  rows.csv:3: row 2",
    ]  # fmt: skip
    code, out, err = nnc("test", "-v")
    assert (code, out.splitlines()[:5], err) == (1, [*listed, ""], "")
    assert out.endswith(nnc("test").out)
    code, out, err = nnc("test", "--verbose", "--report", "json")
    assert (code, err.splitlines()) == (1, [*listed, ""])
    assert json.loads(out)["cases"] == 4


# ----------------------------------------------------------------------------------- JUnit

TESTS = {"name", "tests", "failures", "errors"}
XSD = {
    "testsuites": (TESTS, TESTS | {"time", "disabled"}, {"testsuite"}),
    "testsuite": (TESTS, TESTS | {"time", "file"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"name", "classname", "file", "line", "time"},
                 {"failure", "system-out"}),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}  # fmt: skip
"""What CI servers read of JUnit XML: attributes that must be there, that may, and children."""


def checked(element: ElementTree.Element) -> ElementTree.Element:
    for each in element.iter():
        needed, allowed, children = XSD[each.tag]
        assert needed <= set(each.keys()) <= allowed
        assert {child.tag for child in each} <= children
        if "tests" in allowed:
            assert each.get("tests") == str(len(list(each.iter("testcase"))))
            assert each.get("failures") == str(len(list(each.iter("failure"))))
    return element


def test_a_junit_file_beside_the_report(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,xor\n0,1,1\n1,1,1\n0,7,0\n")
    Path("xor.nn.yaml").write_text(XOR + FAILING + "  - {file: rows.csv}\n")
    Path("bad.nn.yaml").write_text(BAD)
    plain = nnc("test")
    assert nnc("test", "--report", "junit", "--report-file", "out.xml") == plain
    whole = checked(ElementTree.parse("out.xml").getroot())
    assert [
        [(case.get("file"), case.get("line"), case.get("name"), len(case)) for case in suite]
        for suite in whole
    ] == [
        [("xor.nn.yaml", "9", "case 1", 0), ("xor.nn.yaml", "10", "both on", 1)],
        [("bad.nn.yaml", "1", "NNC103 missing-key at 1:1", 1)] * 2,
        [("rows.csv", "4", "NNC504 bad-value at 4:3", 1)],
    ]
    failure = whole[0][1][0]
    assert failure.get("message") == "both on: `xor` is 0, expected 1"
    assert failure.text is not None
    assert failure.text.strip() in plain.out
    assert nnc("test", "--report", "junit").out == Path("out.xml").read_text("utf-8")
    code, out, _ = nnc("test", "--report", "json", "--case", "case 1")
    assert (code, json.loads(out)["cases"]) == (1, 1)
    Path("rows.csv").write_text("a,b,xor\n0,1,1\n1,1,1\n")
    nnc("test", "xor.nn.yaml", "--report", "junit", "--report-file", "out.xml")
    whole = checked(ElementTree.parse("out.xml").getroot())
    assert [(case.get("line"), case.get("name"), len(case)) for case in whole[1]] == [
        ("2", "row 1", 0), ("3", "row 2", 1),
    ]  # fmt: skip


def test_a_junit_file_names_files_from_the_top_of_the_repository(
    nnc: Nnc, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("data/rows.csv", "a,b,xor\n0,1,1\n")
    repo.write("nets/xor.nn.yaml", XOR + "cases: [{file: ../data/rows.csv}]\n")
    monkeypatch.chdir(repo.folder / "nets")
    (suite,) = ElementTree.fromstring(nnc("test", "--report", "junit").out)
    names = [suite.get("name"), suite[0].get("classname"), suite[0].get("file")]
    assert names == ["data/rows.csv"] * 3


def test_a_junit_file_replaces_nothing_that_is_read(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,xor\n0,1,1\n")
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: rows.csv}]\n")
    for file, words in (
        ("xor.nn.yaml", "--report-file and an input name the same file, xor.nn.yaml"),
        ("rows.csv", "--report-file rows.csv would replace a file that the network is made of"),
    ):
        code, out, err = nnc("test", "xor.nn.yaml", "--report-file", file)
        assert (code, out) == (2, "")
        assert words in err
    assert Path("rows.csv").read_text() == "a,b,xor\n0,1,1\n"


# ------------------------------------------------------------------- files that have changed


def test_only_files_that_changed_or_use_one_that_did(nnc: Nnc, repo: Repo) -> None:
    repo.write("rows.csv", "a,b,xor\n0,1,1\n")
    repo.write("a.nn.yaml", XOR + "cases: [{file: rows.csv}]\n")
    repo.write("b.nn.yaml", XOR + CASES)
    repo.commit()
    code, out, err = nnc("test", "--changed-since", "HEAD", "--strict")
    assert (code, out) == (0, "no problems in 0 files\n")
    assert err == "note: no network file has changed since HEAD\n"
    repo.write("rows.csv", "a,b,xor\n0,1,1\n1,1,0\n0,0,0\n")
    assert nnc("test", "--changed-since", "HEAD").out == "3 of 3 cases hold in 1 file\n"
    assert nnc("test", "--changed-since", "HEAD", "-").code == 2


def test_standard_input_has_a_name(nnc: Nnc) -> None:
    Path("nets").mkdir()
    Path("nets/rows.csv").write_text("a,b,xor\n0,1,0\n")
    text = f"{XOR}cases: [{{file: rows.csv}}]\n".encode()
    code, out, _ = nnc("test", "-", "--stdin-filename", "nets/xor.nn.yaml", stdin=text)
    assert (code, rules(out)) == (1, ["case-failed"])
    assert "--> nets/rows.csv:2:5" in out
    assert "::: nets/xor.nn.yaml:8:16" in out
    code, _, err = nnc("test", "--stdin-filename", "nets/xor.nn.yaml")
    assert (code, "--stdin-filename goes with `-`" in err) == (2, True)


def test_warnings_are_for_validate(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(
        XOR.replace("[a, b]", "[a, b, c]") + CASES.replace("b:", "c: 0, b:")
    )
    assert nnc("test") == (0, "2 of 2 cases hold in 1 file\n", "")


def test_a_bug_of_ours(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("nnc.opening.testing.run_all", fail)
    Path("xor.nn.yaml").write_text(XOR + CASES)
    code, out, err = nnc("test")
    assert (code, out) == (3, "")
    assert "LookupError" in err


def test_wrong_use(nnc: Nnc) -> None:
    code, out, err = nnc("test", "--coverge")
    assert (code, out) == (2, "")
    assert "--coverage" in err


# --------------------------------------------------------------------------------- coverage


def test_coverage_names_what_no_case_has_seen(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + "cases: [{given: {a: 0, b: 1}, expect: {xor: 1}}]\n")
    code, out, err = nnc("test", "--coverage", "--report", "concise")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "xor.nn.yaml:5:3: warning[NNC605] unseen-side: `both` fires in no case (add a case where it fires)",
        "xor.nn.yaml:6:3: warning[NNC605] unseen-side: `xor` fires in every case (add a case where it does not fire)",
        "1 of 1 cases hold, 2 of 4 sides of thresholds seen, 2 warnings in 1 file",
    ]
    assert nnc("test", "--coverage", "--strict").code == 1
    assert nnc("test", "--strict").code == 0
    Path("xor.nn.yaml").write_text(XOR + CASES)
    assert nnc("test", "--coverage", "--strict") == (
        0, "2 of 2 cases hold, 4 of 4 sides of thresholds seen in 1 file\n", "",
    )  # fmt: skip


def test_coverage_of_thresholds_and_steps(nnc: Nnc) -> None:
    given = "{given: {blacklisted: 1, bayes: %s, links: %s}, expect: {}}"
    cases = ", ".join([given % (0, 0), given % (1, 20)])
    Path("mail.nn.yaml").write_text(MAIL + f"cases: [{cases}]\n")
    out = nnc("test", "--coverage", "--report", "concise").out
    assert [line.partition(": warning")[2].partition(" (")[0] for line in out.splitlines()][:-1] == [
        "[NNC606] far-from-threshold: no case has `links` at 9, next to the cut-off 10: the closest is 0",
        "[NNC606] far-from-threshold: no case has `links` at the cut-off 10: the closest is 20",
        "[NNC605] unseen-side: no case has `links` at 50 or above: the cut-off is never seen from above",
        "[NNC606] far-from-threshold: no case has `links` at 49, next to the cut-off 50: the closest is 20",
        "[NNC606] far-from-threshold: no case has a sum of `score` at 2.7, next to the threshold 3: the closest is 1.7",
        "[NNC606] far-from-threshold: no case has a sum of `score` at 3.5, next to the threshold 3: the closest is 5.7",
        "[NNC606] far-from-threshold: no case has a sum of `score` at 4.5, next to the threshold 5: the closest is 1.7",
        "[NNC606] far-from-threshold: no case has a sum of `score` at 5.2, next to the threshold 5: the closest is 5.7",
    ]  # fmt: skip
    assert [line.partition(": warning")[0] for line in out.splitlines()][:3] == [
        "mail.nn.yaml:9:53", "mail.nn.yaml:9:53", "mail.nn.yaml:9:62",
    ]  # fmt: skip


def test_coverage_without_cases(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    assert rules(nnc("test", "--coverage").out) == ["no-cases"]
    Path("other.nn.yaml").write_text(XOR + CASES)
    out = nnc("test", "--coverage").out
    assert out == "2 of 2 cases hold, 4 of 4 sides of thresholds seen in 2 files\n"


def test_coverage_asks_only_for_what_can_be(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(
        "nnc: 1\nfires: above\ninputs: [a]\nneurons:\n"
        "  always: {weights: {a: 1}, threshold: -1}\n  x: {weights: {a: 1}, threshold: 0}\n"
        "outputs: [always, x]\ncases:\n"
        "  - {given: {a: 0}, expect: {x: 0}}\n  - {given: {a: 1}, expect: {x: 1}}\n"
    )
    out = nnc("test", "--coverage").out
    assert out == "2 of 2 cases hold, 2 of 2 sides of thresholds seen in 1 file\n"


def test_coverage_of_parts_and_layers_is_told_once_a_declaration(nnc: Nnc) -> None:
    Path("part.nn.yaml").write_text(XOR)
    Path("main.nn.yaml").write_text(
        "nnc: 1\nfires: above\ninputs: {a: bit(5)}\n"
        "parts: {x: {use: part.nn.yaml, repeat: 5, wiring: {a: a(i), b: a(i)}}}\n"
        "layers: {h: {wiring: a, weights: [[1,0,0,0,0], [0,1,0,0,0]], thresholds: 0}}\n"
        "outputs: {y: x.xor, h: h}\ncases: [{given: {a: 0}, expect: {}}]\n"
    )
    out = nnc("test", "main.nn.yaml", "--coverage", "--report", "concise").out
    assert [line.partition(" (add")[0] for line in out.splitlines()] == [
        "main.nn.yaml:5:10: warning[NNC605] unseen-side: `h(0)`, `h(1)` fire in no case",
        "part.nn.yaml:5:3: warning[NNC605] unseen-side: `x(0).both`, `x(1).both`, `x(2).both` and 2 more fire in no case",
        "part.nn.yaml:6:3: warning[NNC605] unseen-side: `x(0).xor`, `x(1).xor`, `x(2).xor` and 2 more fire in no case",
        "1 of 1 cases hold, 12 of 24 sides of thresholds seen, 3 warnings in 1 file",
    ]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "full"])
def test_coverage_is_in_every_form(nnc: Nnc, form: str) -> None:
    Path("xor.nn.yaml").write_text(XOR + "cases: [{given: {a: 0, b: 1}, expect: {xor: 1}}]\n")
    code, out, err = nnc("test", "--coverage", "--report", form)
    assert (code, err) == (0, "")
    assert "`both` fires in no case" in out
    if form == "json":
        told = json.loads(out)
        assert told["coverage"] == {"sides": 4, "seen": 2}
        assert [(each["code"], each["line"]) for each in told["diagnostics"]] == [
            ("NNC605", 5), ("NNC605", 6),
        ]  # fmt: skip
    assert "coverage" not in nnc("test", "--report", "json").out


# ----------------------------------------------------------------------------- for machines


def test_the_json_report(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + FAILING)
    told = json.loads(nnc("test", "--report", "json").out)
    assert (told["format_version"], told["cases"], told["failed"]) == (1, 2, 1)
    (one,) = told["diagnostics"]
    assert (one["file"], one["line"], one["code"]) == ("xor.nn.yaml", 10, "NNC601")
    assert one["details"][0] == "given a=1, b=1"
    Path("xor.nn.yaml").write_text(XOR)
    told = json.loads(nnc("test", "--report", "json").out)
    assert ([each["name"] for each in told["diagnostics"]], told["cases"]) == (["no-cases"], 0)
    Path("xor.nn.yaml").write_text(XOR + CASES)
    told = json.loads(nnc("test", "--report", "json").out)
    assert (told["diagnostics"], told["cases"], told["failed"]) == ([], 2, 0)


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
@pytest.mark.parametrize("path", ["none", "bad.nn.yaml", "xor.nn.yaml", "*.z"])
def test_machines_read_json_only(nnc: Nnc, form: str, path: str) -> None:
    Path("xor.nn.yaml").write_text(XOR + FAILING)
    Path("bad.nn.yaml").write_text(BAD)
    _, out, err = nnc("test", path, "--report", form)
    assert err == ""
    for line in out.splitlines() if form == "json-lines" else [out]:
        json.loads(line)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_in_a_file_beside_the_text(nnc: Nnc, form: str) -> None:
    Path("xor.nn.yaml").write_text(XOR + FAILING)
    alone = nnc("test", "--report", form)
    text = nnc("test")
    assert nnc("test", "--report", form, "--report-file", "report") == text
    assert Path("report").read_text("utf-8") == alone.out


def test_at_most_fifty_cases_are_shown(nnc: Nnc) -> None:
    Path("cases.csv").write_text("a,b,xor\n" + "1,1,1\n" * 60)
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    out = nnc("test").out
    assert (rules(out), out.count("] case-failed: ")) == (["case-failed"] * 5, 50)
    assert out.splitlines()[-3:] == [
        "and 10 more of case-failed; --max-errors 0 lists all",
        "traces of the first 5 failed cases; --max-errors 0 shows more",
        "0 of 60 cases hold, 60 errors in 1 file"]  # fmt: skip
    assert rules(nnc("test", "--max-errors", "0").out) == ["case-failed"] * 60


def test_colours_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "xor.nn.yaml").write_text(XOR + FAILING)
    assert b"\033" not in started("test", cwd=tmp_path).stdout
    shown = on_terminal("test", cwd=tmp_path)
    assert (shown.code, "\033[31;1merror[NNC601]" in shown.out) == (1, True)


# ------------------------------------------------------------------------- mistakes in cases


def test_case_files_of_standard_input(nnc: Nnc) -> None:
    Path("cases.csv").write_text("a,b,xor\n0,1,1\n")
    inside = f"{XOR}cases: [{{file: cases.csv}}]\n".encode()
    assert nnc("test", "-", stdin=inside).out == "1 of 1 cases hold in 1 file\n"
    code, out, _ = nnc("test", "-", stdin=inside.replace(b"cases.csv", b"../cases.csv"))
    assert (code, rules(out)) == (1, ["outside-project"])
    code, out, _ = nnc("test", "-", stdin=inside.replace(b"cases.csv", b"nothing.csv"))
    assert "paths are relative to the current folder" in out


def test_bad_cells_have_places_and_the_other_cases_run(nnc: Nnc) -> None:
    Path("cases.csv").write_text('a,b,xor\n0,1,"\n7"\n0,1,8\n0,1,1\n0,0,1\n')
    Path("xor.nn.yaml").write_text(XOR + FAILING + "  - {file: cases.csv}\n")
    code, out, _ = nnc("test")
    assert code == 1
    for place in ("cases.csv:2:5", "cases.csv:4:5", "cases.csv:6:5", "xor.nn.yaml:10:56"):
        assert f"--> {place}\n" in out
    assert " 4 | 0,1,8\n   |     ^" in out
    assert out.splitlines()[-1] == "2 of 4 cases hold, 4 errors in 1 file"


def test_a_row_that_fails_shows_its_cells(nnc: Nnc) -> None:
    Path("cases.csv").write_text("a,b,xor,both\n1,1,1,0\n")
    text = XOR.replace("outputs: [xor]", "outputs: [xor, both]")
    Path("xor.nn.yaml").write_text(text + "cases: [{file: cases.csv}]\n")
    out = nnc("test").out
    assert "--> cases.csv:2:5\n" in out
    assert "^ got 0" in out
    assert "- got 1" in out
    assert "the case file" in out


def test_a_case_file_without_rows(nnc: Nnc) -> None:
    Path("cases.csv").write_text("a,b,xor\n")
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (1, ["bad-case"])
    assert "xor.nn.yaml:8:16" in out
    assert "the case file `cases.csv` has no rows" in out
    Path("cases.csv").write_text("")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (1, ["no-header"])
    assert "--> cases.csv\n" in out


def test_a_case_file_that_may_not_be_opened(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileError([Diagnostic("cannot-open", "cannot open the file: no", file="/x/y")])

    monkeypatch.setattr("nnc.opening.cases.running.open_to_read", refuse)
    Path("cases.csv").write_text("a,b,xor\n")
    Path("xor.nn.yaml").write_text(XOR + CASES + "  - {file: cases.csv}\n")
    code, out, _ = nnc("test")
    assert (code, rules(out)) == (2, ["cannot-open"])
    assert "--> cases.csv\n" in out
    assert out.splitlines()[-1] == "2 of 2 cases hold, 1 error in 1 file"


def test_names_are_told_on_one_line(nnc: Nnc) -> None:
    text = XOR + FAILING.replace("both on", '"both\\non"')
    Path("xor.nn.yaml").write_text(text + '  - {file: "none\\n.csv"}\n')
    assert "the case file" not in (out := nnc("test").out).replace("there is no case file", "")
    assert "there is no case file `none\\n.csv`" in out
    Path("xor.nn.yaml").write_text(text)
    assert "case-failed: both\\non: `xor` is 0" in nnc("test").out


def test_only_the_failures_that_are_shown_have_details(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []

    def on_the_way(plan: Plan, aliases: set[str]) -> set[str]:
        asked.append(aliases)
        return the_way(plan, aliases)

    monkeypatch.setattr("nnc.run.trace.on_the_way", on_the_way)
    Path("cases.csv").write_text("a,b,xor\n" + "1,1,1\n" * 60)
    Path("xor.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    told = json.loads(nnc("test", "--report", "json").out)["diagnostics"]
    assert [bool(one["details"]) for one in told] == [True] * 50 + [False] * 10
    assert asked == [{"xor"}]


def test_coverage_is_worked_out_only_when_asked_for(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("nnc.opening.cases.coverage.Coverage", fail)
    Path("xor.nn.yaml").write_text(XOR + CASES)
    assert nnc("test").code == 0
    assert nnc("test", "--coverage").code == 3


def test_an_overlay_of_numbers_runs_the_cases_of_its_base(nnc: Nnc) -> None:
    base = "nnc: 1\nfires: at_least\ninputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: 1}}\n"
    base += "outputs: [n]\ncases:\n  - {given: {a: 1}, expect: {n: 1}}\n  - {file: rows.csv}\n"
    Path("base.nn.yaml").write_text(base)
    Path("rows.csv").write_text("a,n\n0,0\n")
    Path("over").mkdir()
    over = "nnc: 1\nextends: ../base.nn.yaml\nneurons: {n: {threshold: 1/2}}\n"
    Path("over/over.nn.yaml").write_text(over)
    words = ("test", "over/over.nn.yaml", "--root", ".")
    assert nnc(*words) == (0, "2 of 2 cases hold in 1 file\n", "")
    Path("over/over.nn.yaml").write_text(over.replace("1/2", "2"))
    code, out, _ = nnc(*words)
    assert code == 1
    message = "error[NNC601] case-failed: case 1: `n` is 0, expected 1, run for over/over.nn.yaml"
    assert f"{message}\n  --> base.nn.yaml:7:" in out
    Path("over/over.nn.yaml").write_text(f"{over}cases: []\n")
    assert "no-cases: the network has no cases" in nnc(*words).out
