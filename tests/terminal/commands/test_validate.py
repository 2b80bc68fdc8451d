"""`nnc validate`: which files, which exit code, and that everything is told."""

import json
from pathlib import Path

import pytest

from nnc.terminal.options import FORMATS
from tests.support.repositories import Repo
from tests.support.running import BAD, XOR, Nnc, on_terminal, rules, started

WARNED = XOR.replace("[a, b]", "[a, b, c]")
NOTED = XOR.replace("fires: above\n", "")


def write(name: str, text: str | bytes = XOR) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ---------------------------------------------------------------------------- exit codes


def test_a_sound_file(nnc: Nnc) -> None:
    write("xor.nn.yaml")
    assert nnc("validate", "xor.nn.yaml") == (0, "no problems in 1 file\n", "")


def test_mistakes_are_told_on_standard_output(nnc: Nnc) -> None:
    write("bad.nn.yaml", BAD)
    code, out, err = nnc("validate", "bad.nn.yaml")
    assert (code, err) == (1, "")
    assert rules(out) == ["missing-key", "missing-key"]
    assert out.endswith("\n2 errors in 1 file\n")


def test_warnings_are_findings_only_when_strict(nnc: Nnc) -> None:
    write("warned.nn.yaml", WARNED)
    code, out, _ = nnc("validate", "warned.nn.yaml")
    assert (code, rules(out)) == (0, ["unused-input"])
    assert out.endswith("1 warning in 1 file\n")
    code, strict, _ = nnc("validate", "--strict", "warned.nn.yaml")
    assert (code, strict) == (1, out)


def test_notes_are_no_findings_even_when_strict(nnc: Nnc) -> None:
    write("noted.nn.yaml", NOTED)
    code, out, _ = nnc("validate", "--strict", "noted.nn.yaml")
    assert code == 0
    assert set(rules(out)) == {"sum-can-equal-threshold"}


def test_warnings_wait_until_a_file_has_no_errors(nnc: Nnc) -> None:
    write("both.nn.yaml", WARNED.replace("xor]", "xr]"))
    code, out, _ = nnc("validate", "both.nn.yaml")
    assert (code, rules(out)) == (1, ["unknown-source"])
    assert "did you mean `xor`?" in out


def test_a_bug_of_ours(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the roof")

    monkeypatch.setattr("nnc.terminal.commands.validate.check_input", fail)
    write("xor.nn.yaml")
    code, out, err = nnc("validate", "xor.nn.yaml")
    assert (code, out) == (3, "")
    assert "this is a bug in nnc, not in your file" in err
    assert "RuntimeError: the roof" in err


# ---------------------------------------------------------------------------- which files


def test_every_missing_file_and_every_mistake_of_the_others(nnc: Nnc) -> None:
    write("a.nn.yaml", BAD)
    write("c.nn.yaml", WARNED)
    code, out, _ = nnc("validate", "c.nn.yaml", "none.yaml", "a.nn.yaml", "b*.yaml")
    assert code == 2
    assert rules(out) == ["missing-key", "missing-key", "no-network-files", "unused-input",
                          "cannot-open"]  # fmt: skip
    assert "no file matches `b*.yaml`" in out
    assert "4 errors, 1 warning in 3 files" in out


def test_findings_come_in_file_order_whatever_the_arguments(nnc: Nnc) -> None:
    for name in "cab":
        write(f"{name}.nn.yaml", BAD)
    first = nnc("validate", "c.nn.yaml", "a.nn.yaml", "b.nn.yaml", "--report", "concise")
    assert [line[0] for line in first.out.splitlines()[:-1]] == list("aabbcc")
    assert first == nnc("validate", "b.nn.yaml", ".", "--report", "concise")


def test_a_directory_stands_for_the_networks_below(nnc: Nnc) -> None:
    for name in (
        "nets/b.nn.yml",
        "nets/deep/er/c.nn.yaml",
        "nets/notes.yaml",
        "nets/d.nn.yaml.txt",
    ):
        write(name, BAD)
    out = nnc("validate", "nets", "--report", "concise").out
    assert {line.partition(":")[0] for line in out.splitlines()[:-1]} == {
        "nets/b.nn.yml", "nets/deep/er/c.nn.yaml"}  # fmt: skip
    assert out.endswith("4 errors in 2 files\n")


def test_without_paths_this_directory_is_meant(nnc: Nnc) -> None:
    write("deep/xor.nn.yaml")
    write("x.nn.yaml")
    assert nnc("validate").out == "no problems in 2 files\n"


def test_a_file_given_by_name_may_be_called_anything(nnc: Nnc) -> None:
    write("whatever.txt")
    assert nnc("validate", "whatever.txt") == (0, "no problems in 1 file\n", "")


def test_patterns(nnc: Nnc) -> None:
    for name in ("a1.nn.yaml", "a2.nn.yaml", "b.nn.yaml", "deep/er/a3.nn.yaml"):
        write(name)
    assert nnc("validate", "a?.nn.yaml").out == "no problems in 2 files\n"
    assert nnc("validate", "[ab]*.nn.yaml").out == "no problems in 3 files\n"
    assert nnc("validate", "**/a*.nn.yaml").out == "no problems in 3 files\n"
    assert nnc("validate", str(Path.cwd() / "a*.yaml")).out == "no problems in 2 files\n"


def test_a_pattern_may_be_the_name_of_a_file(nnc: Nnc) -> None:
    write("a[1].nn.yaml")
    assert nnc("validate", "a[1].nn.yaml").code == 0


@pytest.mark.parametrize("pattern", ["**foo*.yaml", "[", "a/**b/*", "***"])
def test_no_pattern_makes_nnc_fail(nnc: Nnc, pattern: str) -> None:
    code, out, _ = nnc("validate", pattern)
    assert (code, rules(out)[0].split("-")[0] in {"no", "cannot"}) == (2, True)


def test_a_file_is_checked_once(nnc: Nnc) -> None:
    write("d/xor.nn.yaml")
    assert nnc("validate", "d", "d/xor.nn.yaml", "d/*.yaml").out == "no problems in 1 file\n"
    assert nnc("validate", "d/xor.nn.yaml", "./d/xor.nn.yaml").out == "no problems in 1 file\n"


@pytest.mark.parametrize("command", ["validate", "check"])
def test_a_mistake_in_a_file_that_others_use_is_reported_once(nnc: Nnc, command: str) -> None:
    write("a.nn.yaml", "nnc: 1\nfires: above\ninputs: [x\n")
    for name in ("b.nn.yaml", "c.nn.yaml"):
        Path(name).write_text("nnc: 1\nextends: a.nn.yaml\n")
    code, out, _ = nnc(command, "--report", "concise")
    assert (code, out.count("a.nn.yaml:3:")) == (1, 1)
    assert "1 error in 3 files" in out


def test_an_empty_directory_is_told(nnc: Nnc) -> None:
    Path("empty").mkdir()
    code, out, _ = nnc("validate", "empty")
    assert (code, rules(out)) == (2, ["no-network-files"])
    assert "no network files (*.nn.yaml, *.nn.yml) below `empty`" in out


def test_a_missing_file_names_the_nearest(nnc: Nnc) -> None:
    write("adder.nn.yaml")
    out = nnc("validate", "ader.nn.yaml").out
    assert "there is no such file" in out
    assert "did you mean `adder.nn.yaml`?" in out


def test_another_name_with_the_same_suffix_is_no_near_name(nnc: Nnc) -> None:
    write("xor.nn.yaml")
    assert "did you mean" not in nnc("validate", "mux.nn.yaml").out


@pytest.mark.parametrize("name", ["a" * 300, "xor.nn.yaml/x"])
def test_names_no_file_can_have(nnc: Nnc, name: str) -> None:
    write("xor.nn.yaml")
    code, out, _ = nnc("validate", name)
    assert (code, rules(out)) == (2, ["cannot-open"])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["two words.nn.yaml", "größe-비.nn.yaml", "two\nlines.nn.yaml",
                                  "%41,:;.nn.yaml", "bad\udcff.nn.yaml"])  # fmt: skip
def test_names_of_all_kinds(nnc: Nnc, name: str, form: str) -> None:
    write(name, BAD)
    code, out, err = nnc("validate", name, "--report", form)
    assert (code, err) == (1, "")
    if form in ("full", "concise"):
        place = [line for line in out.splitlines() if line.endswith("1:1") or ".yaml:1:1:" in line]
        assert len(place) == 2  # the name takes no second line
    elif form == "json":
        assert json.loads(out)["diagnostics"][0]["file"] == name


# -------------------------------------------------------------------------- standard input


def test_standard_input(nnc: Nnc) -> None:
    assert nnc("validate", "-", stdin=XOR.encode()).code == 0
    code, out, _ = nnc("validate", "-", stdin=BAD.encode())
    assert code == 1
    assert "--> <stdin>:1:1\n" in out


def test_standard_input_takes_the_place_of_a_file(nnc: Nnc) -> None:
    write("nets/rows.csv", "a,b,xor\n1,0,1\n")
    text = XOR + "cases: [{file: rows.csv}]\n"
    assert nnc("validate", "-", "--stdin-filename", "nets/x.nn.yaml", stdin=text.encode()).code == 0
    code, out, _ = nnc("validate", "-", "--stdin-filename", "x.nn.yaml", stdin=text.encode())
    assert (code, rules(out)) == (1, ["cannot-open"])
    assert "--> x.nn.yaml:" in out


def test_standard_input_beside_files(nnc: Nnc) -> None:
    write("a.nn.yaml", BAD)
    assert nnc("validate", "-", "a.nn.yaml", "-", stdin=XOR.encode()).out.endswith("in 2 files\n")


def test_a_name_for_standard_input_goes_with_it(nnc: Nnc) -> None:
    code, out, err = nnc("validate", "--stdin-filename", "x.nn.yaml")
    assert (code, out) == (2, "")
    assert "--stdin-filename goes with `-`" in err


# --------------------------------------------------------------------------------- limits


def test_files_over_the_limit_are_not_read(nnc: Nnc) -> None:
    write("xor.nn.yaml")
    write("bad.nn.yaml", BAD)
    code, out, _ = nnc("validate", "--max-bytes", "20", ".")
    assert (code, rules(out)) == (2, ["missing-key", "missing-key", "file-too-large"])
    assert "the file has more than 20 bytes" in out
    assert nnc("validate", "--max-bytes", str(len(XOR)), "xor.nn.yaml").code == 0
    assert nnc("validate", "--max-bytes", str(len(XOR) - 1), "xor.nn.yaml").code == 2
    assert nnc("validate", "--max-bytes", "9", "-", stdin=b"0123456789").code == 2


@pytest.mark.parametrize("value", ["0", "-1", "many", ""])
def test_the_limit_is_a_number(nnc: Nnc, value: str) -> None:
    code, out, err = nnc("validate", "--max-bytes", value)
    assert (code, out) == (2, "")
    assert "--max-bytes" in err


def test_case_files_lie_inside_the_project(nnc: Nnc) -> None:
    write("rows.csv", "a,b,xor\n1,0,1\n")
    write("nets/x.nn.yaml", XOR + "cases: [{file: ../rows.csv}]\n")
    code, out, _ = nnc("validate", "nets/x.nn.yaml")
    assert (code, rules(out)) == (1, ["outside-project"])
    assert "`../rows.csv`" in out
    assert nnc("validate", "nets/x.nn.yaml", "--root", ".").code == 0
    assert nnc("validate", "nets/x.nn.yaml", "--root", "nets").code == 1


def test_the_folder_with_git_is_the_project(nnc: Nnc) -> None:
    Path(".git").mkdir()
    write("rows.csv", "a,b,xor\n1,0,1\n")
    write("nets/x.nn.yaml", XOR + "cases: [{file: ../rows.csv}]\n")
    assert nnc("validate", "nets/x.nn.yaml").code == 0


def test_a_link_does_not_lead_out_of_the_project(nnc: Nnc) -> None:
    write("rows.csv", "a,b,xor\n1,0,1\n")
    write("nets/x.nn.yaml", XOR + "cases: [{file: here.csv}]\n")
    Path("nets/here.csv").symlink_to("../rows.csv")
    assert rules(nnc("validate", "nets/x.nn.yaml").out) == ["outside-project"]


def test_an_absolute_case_file_is_outside(nnc: Nnc) -> None:
    rows = write("rows.csv", "a,b,xor\n1,0,1\n").resolve()
    write("x.nn.yaml", XOR + f"cases: [{{file: {rows}}}]\n")
    assert rules(nnc("validate", "x.nn.yaml").out) == ["outside-project"]


def test_the_root_has_to_be_there(nnc: Nnc) -> None:
    code, out, err = nnc("validate", "--root", "none")
    assert (code, out) == (2, "")
    assert "--root" in err
    assert "none" in err


# -------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--strct"], "did you mean `--strict`?"),
        (["--reprt", "json"], "did you mean `--report`?"),
        (["--report", "jsn"], "json"),
        (["--colour", "never"], "--color"),
        (["--color", "blue"], "never"),
        (["--report-file"], "--report-file"),
    ],
)
def test_wrong_options(nnc: Nnc, arguments: list[str], told: str) -> None:
    code, _, err = nnc("validate", *arguments)
    assert code == 2
    assert told in err.splitlines()[-1]
    assert "Traceback" not in err


# -------------------------------------------------------------------- machines and files


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
@pytest.mark.parametrize("paths", [["xor.nn.yaml"], ["bad.nn.yaml"], ["none"], ["empty"], ["*.z"],
                                   ["latin.nn.yaml"], ["bad.nn.yaml", "none"]])  # fmt: skip
def test_machines_read_json_only(nnc: Nnc, form: str, paths: list[str]) -> None:
    write("xor.nn.yaml")
    write("bad.nn.yaml", BAD)
    write("latin.nn.yaml", b"nnc: 1 # \xe9\n")
    Path("empty").mkdir()
    _, out, err = nnc("validate", "--report", form, *paths)
    assert err == ""
    for line in out.splitlines() if form == "json-lines" else [out]:
        json.loads(line)


def test_the_json_report_keeps_its_shape_when_empty(nnc: Nnc) -> None:
    write("xor.nn.yaml")
    told = json.loads(nnc("validate", "--report", "json").out)
    assert told["format_version"] == 1
    assert told["diagnostics"] == []
    assert told["summary"] == {"files": 1, "errors": 0, "warnings": 0, "notes": 0}


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_in_a_file_beside_the_text(nnc: Nnc, form: str) -> None:
    write("bad.nn.yaml", BAD)
    Path("report").write_text("old")
    alone = nnc("validate", "bad.nn.yaml", "--report", form)
    text = nnc("validate", "bad.nn.yaml")
    beside = nnc("validate", "bad.nn.yaml", "--report", form, "--report-file", "report")
    assert beside == text
    assert Path("report").read_text() == alone.out
    assert not list(Path().glob(".nnc-*"))


def test_a_report_that_cannot_be_written(nnc: Nnc) -> None:
    write("bad.nn.yaml", BAD)
    code, out, err = nnc("validate", "bad.nn.yaml", "--report-file", "none/report")
    assert code == 2
    assert "cannot write the file" in err
    assert "create the folder `none` first" in err
    assert rules(out) == ["missing-key", "missing-key"]  # the findings are not lost


def test_at_most_fifty_of_a_rule(nnc: Nnc) -> None:
    neurons = "".join(f"  n{i}: {{weights: {{z{i}: 1}}, threshold: 0}}\n" for i in range(1060))
    text = f"nnc: 1\nfires: above\ninputs: [a]\nneurons:\n{neurons}outputs: [n0]\nextra: 1\n"
    write("many.nn.yaml", text)
    code, out, _ = nnc("validate", "many.nn.yaml")
    assert code == 1
    assert rules(out).count("unknown-source") == 50
    assert rules(out).count("unknown-key") == 1
    assert out.splitlines()[-2:] == [
        "and 1,010 more of unknown-source; --max-errors 0 lists all",
        "1,061 errors in 1 file",
    ]
    told = json.loads(nnc("validate", "many.nn.yaml", "--report", "json").out)
    assert len(told["diagnostics"]) == told["summary"]["errors"] == 1061


def test_colours_only_when_asked_or_on_a_terminal(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("bad.nn.yaml", BAD)
    plain = nnc("validate", "bad.nn.yaml").out
    assert "\033" not in plain
    assert "\033[31;1merror[NNC103]" in nnc("validate", "bad.nn.yaml", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = nnc("validate", "bad.nn.yaml").out
    assert "\033" in coloured
    assert nnc("validate", "bad.nn.yaml", "--color", "never").out == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert nnc("validate", "bad.nn.yaml").out == plain
    assert "\033" in nnc("validate", "bad.nn.yaml", "--color", "always").out


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif", "github"])
def test_what_machines_read_has_no_colours(nnc: Nnc, form: str) -> None:
    write("bad.nn.yaml", BAD)
    assert "\033" not in nnc("validate", ".", "--report", form, "--color", "always").out


# ------------------------------------------------------------------------------ processes


def test_on_a_terminal_and_in_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "bad.nn.yaml").write_text(BAD)
    piped = started("validate", cwd=tmp_path)
    assert piped.returncode == 1
    shown = on_terminal("validate", cwd=tmp_path)
    assert shown.code == 1
    assert "\033[31;1m" in shown.out
    plain = on_terminal("validate", cwd=tmp_path, env={"NO_COLOR": "1"})
    assert plain.out == piped.stdout.decode()
    forced = started("validate", cwd=tmp_path, env={"FORCE_COLOR": "1"})
    assert forced.stdout.decode() == shown.out


def test_a_screen_without_unicode(tmp_path: Path) -> None:
    (tmp_path / "größe.nn.yaml").write_text(XOR.replace("xor]", "größe]"), "utf-8")
    ran = started("validate", cwd=tmp_path, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert rb"gr\xf6\xdfe.nn.yaml:7:11" in ran.stdout


def test_case_files_of_standard_input(nnc: Nnc) -> None:
    Path("sub/.git").mkdir(parents=True)
    write("here.csv", "a,b,xor\n0,1,1\n")
    write("sub/deep/near.csv", "a,b,xor\n0,1,1\n")

    def told(name: str, *more: str) -> list[str]:
        text = f"{XOR}cases: [{{file: {name}}}]\n".encode()
        return rules(nnc("validate", "-", *more, stdin=text).out)

    assert told("here.csv") == []
    assert told("none.csv") == ["cannot-open"]
    assert told("../x.csv") == ["outside-project"]
    named = ("--stdin-filename", "sub/deep/x.nn.yaml")
    assert told("near.csv", *named) == []
    assert told("../near.csv", *named) == ["cannot-open"]  # inside: the root is `sub`
    assert told("../../here.csv", *named) == ["outside-project"]
    assert told("../../here.csv", *named, "--root", ".") == []


# ------------------------------------------------------------------- what has changed in git

USER = """\
nnc: 1
inputs: [x, y]
parts:
  one: {use: xor.nn.yaml, wiring: {a: x, b: y}}
outputs: {out: one.xor}
"""


@pytest.fixture
def repo(tmp_path: Path, nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> Repo:
    del nnc  # which goes to a folder of its own first
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    repo.write("nets/xor.nn.yaml", XOR)
    repo.write("nets/user.nn.yaml", USER)
    repo.write("nets/broken.nn.yaml", BAD)
    repo.commit()
    return repo


def test_only_what_has_changed_and_what_uses_it(repo: Repo, nnc: Nnc) -> None:
    assert nnc("validate").code == 1
    told = "note: no network file has changed since main\n"
    assert nnc("validate", "--changed-since", "main") == (0, "no problems in 0 files\n", told)
    repo.write("nets/xor.nn.yaml", XOR.replace("[xor]", "{odd: xor}"))
    code, out, err = nnc("validate", "--changed-since", "main")
    assert (code, rules(out), err) == (1, ["unknown-port"], "")
    assert "--> nets/user.nn.yaml:" in out
    assert out.endswith("\n1 error in 2 files\n")


def test_paths_and_changes_together(repo: Repo, nnc: Nnc) -> None:
    repo.write("other/new.nn.yaml", BAD)
    repo.write("nets/broken.nn.yaml", BAD + "inputs: []\n")
    assert nnc("validate", "--changed-since=HEAD", "nets").out.endswith("1 error in 1 file\n")
    assert nnc("validate", "--changed-since=HEAD").out.endswith("3 errors in 2 files\n")
    code, out, _ = nnc("validate", "--changed-since=HEAD", "nets/gone.nn.yaml")
    assert (code, rules(out)) == (2, ["cannot-open"])


def test_changes_in_the_forms_for_programs(repo: Repo, nnc: Nnc) -> None:
    repo.write("nets/new.nn.yaml", BAD)
    out = nnc("validate", "--changed-since", "main", "--report", "github").out
    assert [line.partition(",")[0] for line in out.splitlines()[:-1]] == [
        "::error file=nets/new.nn.yaml"
    ] * 2
    code, out, err = nnc("validate", "--changed-since=mian", "--report=json")
    assert (code, err) == (2, "")
    (one,) = json.loads(out)["diagnostics"]
    assert (one["name"], one["help"]) == ("unknown-revision", "did you mean `main`?")


def test_what_cannot_be_compared_is_told(repo: Repo, nnc: Nnc, tmp_path: Path) -> None:
    assert nnc("validate", "--changed-since", repo.git("rev-parse", "HEAD").strip()).code == 0
    code, out, err = nnc("validate", "--changed-since", "mian")
    assert (code, err) == (2, "")
    assert "error[NNC922] unknown-revision: there is no revision `mian`" in out
    assert "help: did you mean `main`?" in out
    code, _, err = nnc("validate", "--changed-since", "main", "-")
    assert (code, "--changed-since goes with files, not with `-`" in err) == (2, True)
    (tmp_path / "alone.nn.yaml").write_text(XOR)
    code, out, _ = nnc("validate", "--changed-since", "main", tmp_path / "alone.nn.yaml")
    assert (code, rules(out)) == (2, ["no-repository"])


# -------------------------------------------------------------------------------------- fixes

WRONG = """\
nnc: 1
fires: above
inputs: [a, b]
neurons: {n: {weights: {a: +1, bb: 1}, threshold: 1_0}}  # kept
outputs: [n]
"""
SAFE = WRONG.replace("+1", "1").replace("1_0", "10")


def test_fix_makes_what_is_safe_and_reports_the_rest(nnc: Nnc) -> None:
    Path("w.nn.yaml").write_text(WRONG)
    code, out, err = nnc("validate", "--fix", "w.nn.yaml", "--report", "concise")
    assert Path("w.nn.yaml").read_text() == SAFE
    assert code == 1
    assert "unknown-source" in out
    assert out.endswith("1 error in 1 file\n")
    assert err.splitlines() == [
        "fixed 2 findings in w.nn.yaml",
        "nnc validate --unsafe-fixes can fix 1 more finding in w.nn.yaml",
    ]
    code, out, err = nnc("validate", "--unsafe-fixes", "w.nn.yaml", "--report", "concise")
    assert err == "fixed 1 finding in w.nn.yaml\n"
    assert Path("w.nn.yaml").read_text() == SAFE.replace("bb", "b")
    assert code == 0
    before = Path("w.nn.yaml").stat().st_mtime_ns
    assert nnc("validate", "--unsafe-fixes", "w.nn.yaml").err == ""
    assert Path("w.nn.yaml").stat().st_mtime_ns == before


def test_diff_shows_fixes_and_writes_nothing(nnc: Nnc) -> None:
    Path("w.nn.yaml").write_text(WRONG)
    code, out, err = nnc("validate", "--diff", "w.nn.yaml")
    assert Path("w.nn.yaml").read_text() == WRONG
    assert code == 1
    assert out.splitlines()[:2] == ["--- w.nn.yaml", "+++ w.nn.yaml"]
    assert "+neurons: {n: {weights: {a: 1, bb: 1}, threshold: 10}}  # kept" in out.splitlines()
    assert "3 errors in 1 file" in err
    assert "weights: {a: 1, b: 1}" in nnc("validate", "--diff", "--unsafe-fixes", ".").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--fix -", "--fix changes files, not standard input: name a file"),
        ("--diff --report json", "--diff prints a diff: name a --report-file"),
    ],
)
def test_fixes_that_cannot_be(nnc: Nnc, words: str, told: str) -> None:
    code, _, err = nnc("validate", *words.split())
    assert code == 2
    assert err.endswith(f"\nError: {told}\n")


def test_edits_in_reports(nnc: Nnc) -> None:
    Path("w.nn.yaml").write_text(WRONG)
    report = json.loads(nnc("validate", "w.nn.yaml", "--report", "json").out)
    fixes = {each["name"]: each["fix"] for each in report["diagnostics"]}
    assert fixes["plus-sign"] == {
        "is_safe": True,
        "edits": [{"line": 4, "column": 28, "end_line": 4, "end_column": 30, "new_text": "1"}],
    }
    assert fixes["unknown-source"]["is_safe"] is False
    (run,) = json.loads(nnc("validate", "w.nn.yaml", "--report", "sarif").out)["runs"]
    result = next(each for each in run["results"] if each["ruleId"] == "NNC209")
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{
        "deletedRegion": {"startLine": 4, "startColumn": 28, "endLine": 4, "endColumn": 30},
        "insertedContent": {"text": "1"},
    }]  # fmt: skip
