"""Names, labels, paths, commits and cells that would steer a terminal, CI or a page: all are shown.

Every command and every form runs here; a new command needs its line in `RUNS`.
"""

import io
import json
import os
import re
import sys
from collections.abc import Iterator

import pytest

import nnc
from nnc.cli.group import COMMANDS
from nnc.cli.main import run
from nnc.differences.diffs import DIFFS
from nnc.differences.log import LOGS
from nnc.terminal.options import FORMATS
from tests.support.repositories import Repo

EVIL = "\x1b[31m\x07\x9b31m\u202e\u2066\u200f\u061c\u2028\x85\x7f\ufeff`|*<b>&%0A\\##[error]x"
"""What steers terminals, C0 and C1, turns the writing, and means something to Markdown and CI."""
LINES = f"::error file=q::pwned{EVIL}\n::error::x\r\n::set-output name=a::b"
PATH = f"::warning::p%0A{EVIL}\n::error file=q::pwned%0A.nn.yaml".replace("/", "")


def quoted(text: str) -> str:
    return json.dumps(text)


def network(limit: int = 1, label: str = LINES, more: str = "") -> str:
    """Give a valid network in which every text that may be anything is evil."""
    return f"""\
nnc: 1
name: {quoted(LINES)}
description: {quoted(LINES)}
fires: at_least
inputs:
  i: bit
  c: {{type: choice, of: [one, two, plain]}}
neurons:
  h: {{description: {quoted(LINES)}, weights: {{i: 1}}, threshold: {limit}}}
  t: {{weights: {{i: 2, h: 1}}, thresholds: {{o: 1, s: 2}}}}
outputs:
  m: h
  l: {{level: t, labels: [{quoted(label)}, {quoted(EVIL)}, c]}}
cases:
  - {{name: {quoted(LINES)}, given: {{i: 1, c: plain}}, expect: {{m: 0}}}}
  - {{given: {{i: 1, c: one}}, expect: {{l: c}}}}
{more}"""


WRONG = f"""\
nnc: 1
{quoted(EVIL)}: 1
fires: {quoted(LINES)}
inputs: {{a: bit, {quoted(LINES)}: bit, c: {{type: {quoted(LINES)}}}}}
neurons:
  n: {{weights: {{{quoted(EVIL)}: {quoted(LINES)}, a: 1}}, {quoted(LINES)}: 1, threshold: 1}}
outputs: {{n: n, {quoted("z" + EVIL)}: {quoted(LINES)}}}
parts: {{p: {{use: {quoted(LINES)}}}}}
layers: {{l: {{wiring: a, weights: {{file: {quoted(LINES + ".npy")}}}, thresholds: 1}}}}
cases: [{{name: {quoted(LINES)}, given: {{{quoted(LINES)}: {quoted(LINES)}}}, expect: {{a: 1}}}},
        {{file: {quoted(LINES + ".csv")}}}]
"""

GOOD, OTHER, BAD = f"good{PATH}", f"other{PATH}", f"{PATH}"
CIRCUIT = f"{PATH}.aag"
CLAIMS = f"claims{PATH}"
PROPERTIES = f"""\
assume:
  - {{name: {quoted(LINES)}, always: {{c: [one, two]}}, description: {quoted(EVIL)}}}
properties:
  - {{name: {quoted(LINES)}, never: {{l: {quoted(EVIL)}}}}}
  - {{never: {{l: [{quoted(EVIL)}, {quoted(LINES)}]}}, when: {{i: 0}}}}
  - {{name: {quoted(EVIL)}, increasing: l, in: i}}
"""
OPEN = f"""\
nnc: 1
name: {quoted(LINES)}
inputs: [a]
neurons: {{y: {{weights: {{a: _}}, threshold: _}}}}
outputs: [y]
"""
ROWS_FILE = f"rows{EVIL}\n::error::.csv".replace("/", "")


def cells(*rows: tuple[str, ...]) -> str:
    return "".join(
        ",".join('"' + one.replace('"', '""') + '"' for one in row) + "\n" for row in rows
    )


@pytest.fixture
def evil(repo: Repo) -> Repo:
    """Make a repository of evil files, with evil commits by an evil author."""
    for role in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{role}_NAME"] = f"Eve{EVIL}"
    repo.write(GOOD, network())
    repo.write("moved" + GOOD, network())
    repo.commit(LINES)
    repo.git("mv", "moved" + GOOD, "gone" + GOOD)
    repo.commit(f"{EVIL}::error::x")
    repo.write(GOOD, network(2, "other" + LINES))
    repo.write("gone" + GOOD, network(2))
    repo.git("branch", "side")
    repo.commit(LINES)
    repo.write(GOOD, WRONG)
    repo.commit(LINES)
    repo.write(GOOD, network(0))
    repo.write(OTHER, network(2, "another" + LINES))
    repo.write(CLAIMS, network(more=PROPERTIES))
    repo.write(BAD, WRONG)
    names = EVIL.replace("\n", "").replace("\r", "")
    repo.write(CIRCUIT, f"aag 1 1 0 1 0\n2\n3\ni0 {names}\no0 x{names}\n")
    (repo.folder / "gone").mkdir()
    repo.write(f"caf\udce9{PATH}", "nnc: 1\ninputs: [")
    choice = ("one", "two", "plain")
    names = ("i", "c", f"extra{LINES}")
    repo.write("rows.csv", cells(names, *(("1", one, "9") for one in choice)))
    repo.write(ROWS_FILE, cells(names, ("1", choice[0], LINES), (EVIL, LINES, ""), ("1", EVIL, "")))
    heads = (LINES, EVIL, f"n{LINES}")
    scored = ((LINES, "1", EVIL), (EVIL, "0", LINES), (LINES, "1", LINES), (LINES, "", "3"))
    repo.write("score.csv", cells(heads, *scored))
    repo.write("open.nn.yaml", OPEN)
    repo.write("learn.csv", cells(("a", "y", LINES), ("1", "1", EVIL), ("0", "0", LINES)))
    repo.write("rows.json", json.dumps([{names[0]: LINES, names[1]: EVIL, EVIL: 1}]))
    return repo


GIVEN = ("--set", "i=1", "--set", "c=plain")
FORMED = [("--report", form) for form in FORMATS]
RUNS: dict[str, list[tuple[str, ...]]] = {
    "new": [
        (GOOD,), (f"n{LINES}",), (f"n{PATH}",),
        ("r.nn.yaml", "--rows", "score.csv", "--label", LINES),
        ("r.nn.yaml", "--rows", "score.csv", "--label", EVIL),
        ("r.nn.yaml", "--rows", f"no{PATH}", "--label", "y"),
        ("l.nn.yaml", "--rows", "learn.csv", "--label", "y"),
    ],
    "check": [(*form, GOOD, OTHER, BAD, f"no{PATH}") for form in FORMED],
    "validate": [
        *(
            (*form, GOOD, OTHER, BAD, f"caf\udce9{PATH}", f"no{PATH}", f"*{PATH}")
            for form in FORMED
        ),
        (".", "--changed-since", EVIL), (".", "--changed-since", "HEAD"), (f"--{LINES}",),
        ("--report", LINES), ("-", "--stdin-filename", PATH),
    ],
    "fmt": [
        *((*form, "--check", GOOD, OTHER, BAD) for form in FORMED),
        ("--diff", GOOD, OTHER, BAD), (GOOD, OTHER), ("--digest", BAD), ("-", "--check"),
    ],
    "eval": [
        (GOOD, *GIVEN, "--to", "table"), (GOOD, *GIVEN, "--trace"),
        (GOOD, *GIVEN, "--trace", "--to", "json"),
        (GOOD, *GIVEN, "--verbose", "--to", "table"),
        (GOOD, "--all", "--to", "table"), (GOOD, "--all", "--count", "--to", "table"),
        (GOOD, "rows.csv", "--to", "table", "--extra", "keep"),
        (GOOD, "rows.csv", "--extra", "error"),
        (GOOD, "rows.csv", "-o", f"out{LINES}"), (GOOD, "rows.csv", "-o", f"out{PATH}"),
        *((*form, GOOD, ROWS_FILE) for form in FORMED), (GOOD, "rows.json"),
        (GOOD, ROWS_FILE, "--to", "table", "--rejects", "bad.csv"),
        (GOOD, ROWS_FILE, "--rejects", f"bad{LINES}.json"),
        (GOOD, ROWS_FILE, "--rejects", ROWS_FILE),
        (GOOD, "--set", LINES), (GOOD, "--set", f"{LINES}=1"), (GOOD, "--set", f"c={LINES}"),
        (GOOD, "--set", "i=1=1"), (GOOD, "--set", "i=1", "--set", "i=1"),
        (GOOD,), (GOOD, f"no{PATH}"), (GOOD, f"no{LINES}=.csv"), (BAD, "rows.csv"),
        (GOOD, "rows.csv", "-o", f"no{LINES}/out.csv"),
        (GOOD, "rows.csv", "-o", f"out{PATH}/"), (GOOD, "rows.csv", "-o", f"new{LINES}/"),
        (GOOD, f"no{LINES}*.csv", "-o", "new/"),
        (GOOD, "rows.csv", "-o", "new/", "--numbers", LINES),
        (GOOD, "rows.csv", "-o", "new/", "--workers", LINES),
    ],
    "test": [
        *((*form, GOOD, OTHER, BAD) for form in FORMED), (GOOD, "--coverage"), ("m.nnc",),
        (GOOD, "-v"), (GOOD, "-v", "--coverage", "--report", "json"), (GOOD, "-k", LINES),
    ],
    "prove": [
        *((*form, GOOD, OTHER, BAD) for form in FORMED), (GOOD, "--property", LINES), ("m.nnc",),
        (CLAIMS,), *((*form, CLAIMS) for form in FORMED),
        (CLAIMS, "--certificate", f"no{LINES}/x"),
        *((*form, "--check", BAD, GOOD) for form in FORMED),
        ("--verify", "--certificate", f"no{LINES}", GOOD), ("--verify", LINES),
        ("--verify", "--certificate", CLAIMS, LINES),
    ],
    "compile": [
        *((*form, GOOD) for form in FORMED), *((*form, BAD) for form in FORMED),
        (GOOD, "-o", f"out{LINES}.nnc".replace("/", "")), (GOOD, "-o", GOOD), (f"no{PATH}",),
        *((*form, GOOD, "--to", "json") for form in FORMED), (GOOD, "--to", LINES),
        (GOOD, "--to", "yaml", "-o", f"out{LINES}".replace("/", "")),
        ("m.nnc", "--to", "yaml"), (BAD, "--to", "yaml"), ("m.nnc", "--to", "json"),
        (GOOD, "--root", LINES), (GOOD, "--max-bytes", LINES), (LINES, LINES),
    ],
    "view": [
        (GOOD, *GIVEN), (GOOD, "rows.csv"), (GOOD, ROWS_FILE), (BAD,), (f"no{PATH}",),
        (GOOD, "-o", f"no{LINES}/x.html"), (GOOD, "--set", LINES), (GOOD, "-o", f"out{LINES}"),
        (GOOD, "--case", LINES), (GOOD, "rows.csv", "--expected", LINES), (GOOD, "--shape", LINES),
        (GOOD, "--against", GOOD), (GOOD, "--against", LINES), (GOOD, "--against", EVIL),
    ],
    "cuts": [
        *((*form, GOOD) for form in FORMED), *((*form, BAD) for form in FORMED),
        (GOOD, LINES), (GOOD, EVIL), (GOOD, "--probability", f"{LINES}=1"),
        (GOOD, "--probability", LINES), (GOOD, "--probability", ROWS_FILE),
        (GOOD, "--probability", f"no{LINES}"), (f"no{PATH}",), (GOOD, "--paths"),
    ],
    "repair": [
        *((*form, GOOD) for form in FORMED), *((*form, BAD) for form in FORMED),
        (GOOD, "rows.csv"), (GOOD, "rows.csv", "--label", LINES), (GOOD, ROWS_FILE),
        (GOOD, "--keep", EVIL), (GOOD, "--guard", LINES),
        (GOOD, "--guard", "all"), (GOOD, "-o", f"no{LINES}/x.yaml"), (GOOD, "--change", LINES),
        (GOOD, "--all"), (f"no{PATH}",), (GOOD, f"no{LINES}"),
    ],
    "draw": [
        *((GOOD, *GIVEN, "--to", form) for form in ("svg", "dot", "mermaid")),
        *((*form, BAD) for form in FORMED), (GOOD, "--case", LINES), (GOOD, "--around", LINES),
        (GOOD, "--output", LINES), (GOOD, "--unfold", LINES), (GOOD, "-o", f"out{LINES}"),
        (GOOD, "rows.csv", "--row", "1"), (GOOD, ROWS_FILE), (f"no{PATH}",),
        (GOOD, "-o", f"no{LINES}/x.svg"), (GOOD, "--max-count", "1"),
    ],
    "diff": [
        *(
            ("--report", form, *words)
            for form in DIFFS
            for words in (
                (GOOD, OTHER), (OTHER,), ("HEAD~2", "--", GOOD), ("HEAD~2", "--", f"gone{GOOD}"),
                (),
                ("HEAD~3", "side", "--", GOOD), (GOOD, BAD), (GOOD, OTHER, "--rows", "rows.csv"),
                (GOOD, OTHER, "--within", f"c={LINES}"), (GOOD, OTHER, "--within", LINES),
                (GOOD, OTHER, "--rows", f"r{LINES}"), (LINES, "--", GOOD), (EVIL,), (EVIL, GOOD),
            )
        ),
    ],
    "why": [
        *((*form, GOOD, *GIVEN) for form in FORMED), *((*form, BAD) for form in FORMED),
        (GOOD, "--case", LINES), (GOOD, *GIVEN, "--output", LINES), (GOOD, *GIVEN, "--keep", EVIL),
        (GOOD, *GIVEN, "--would", LINES), (GOOD, *GIVEN, "--would", f"{LINES}={EVIL}"),
        (GOOD, ROWS_FILE), (GOOD, "rows.csv", "--row", "1"), (f"no{PATH}",),
    ],
    "solve": [
        *((*form, file) for form in FORMED for file in (GOOD, BAD, f"no{PATH}")),
        (GOOD, "-o", f"out{LINES}".replace("/", "")), (GOOD, "--range", LINES),
        (GOOD, "--range", EVIL), (GOOD, "--margin", LINES),
    ],
    "fit": [
        *((*form, "rows.csv", "--label", "i") for form in FORMED),
        *((*form, "score.csv", "--label", LINES) for form in FORMED),
        ("score.csv", "--label", LINES, "--positive", EVIL), (f"no{PATH}", "--label", "i"),
        (GOOD, "score.csv", "--label", LINES), (f"no{PATH}", "score.csv", "--label", LINES),
        ("score.csv", "--label", LINES, "--not", EVIL, "-o", f"out{LINES}".replace("/", "")),
        (ROWS_FILE, "--label", LINES), ("score.csv", "--label", LINES, "--cutoffs", LINES),
        ("score.csv", "--label", LINES, "--test", LINES), ("score.csv", "--label", EVIL),
        ("score.csv", "--label", LINES, "--positive", LINES, "--report", "json"),
        ("score.csv", "--label", LINES, "--limit", LINES, "--points", f"{LINES}=+"),
        ("score.csv", "--label", LINES, "--positive", EVIL, "--points", f"{LINES}=2"),
        ("score.csv", "--label", LINES, "--max-count", "3"),
        ("score.csv", "--label", LINES, "--positive", EVIL, "--limit", f"gap({EVIL}, misses)<=0"),
    ],
    "train": [
        *((*form, GOOD, "score.csv", "--label", LINES, "-o", "t.nn.yaml") for form in FORMED),
        *((*form, "open.nn.yaml", "learn.csv", "--label", "y", "-o", "t.nn.yaml", "--epochs", "1")
          for form in FORMED),
        ("open.nn.yaml", "learn.csv", "--label", EVIL, "-o", "t.nn.yaml"),
        ("open.nn.yaml", "learn.csv", "--label", "y", "-o", f"t{PATH}", "--resume"),
        ("open.nn.yaml", "learn.csv", "--label", f"y={LINES}", "-o", "t.nn.yaml"),
        ("open.nn.yaml", "learn.csv", "--label", "y", "-o", f"out{LINES}".replace("/", "")),
        ("open.nn.yaml", "learn.csv", "--label", "y", "-o", "t.nn.yaml", "--test", LINES),
        ("open.nn.yaml", "learn.csv", "--label", "y", "-o", "t.nn.yaml", "--limit", LINES),
        ("open.nn.yaml", ROWS_FILE, "--label", LINES, "-o", "t.nn.yaml"),
        (BAD, "score.csv", "--label", LINES, "-o", "t.nn.yaml"),
        (f"no{PATH}", "score.csv", "--label", LINES, "-o", "t.nn.yaml"),
    ],
    "log": [
        *(("--report", form, *words) for form in LOGS
          for words in ((GOOD,), (f"gone{GOOD}",), (LINES, "--", GOOD), (f"no{PATH}",),
                        ("HEAD", LINES), (EVIL, EVIL, "--", GOOD))),
    ],
    "stats": [(*form, GOOD, OTHER, BAD, f"no{PATH}") for form in FORMED],
    "digest": [(*form, GOOD, OTHER, BAD, f"no{PATH}") for form in FORMED],
    "git": [
        ("install",), ("install",), ("uninstall",), (LINES,), ("textconv", GOOD),
        ("textconv", OTHER),
        ("merge-driver", GOOD, OTHER, BAD, "7", PATH), ("merge-driver", "a", "b", "a", "7", PATH),
        ("merge-driver", "a", "b", "c", "7", PATH, f"A{EVIL}", f"B{EVIL}", f"C{EVIL}"),
    ],
    "explain": [(LINES,), (EVIL,), ()],
    "help": [(LINES,), (EVIL,), ("eval", EVIL), ("reports",)],
    "export": [
        *((*form, GOOD, "--to", "c", "-o", f"out{LINES}".replace("/", "")) for form in FORMED),
        (GOOD, "--to", "sql", "--top", EVIL, "--keep", LINES),
        (OTHER, "--to", "js", "--top", LINES), (GOOD, "--to", "verilog", "--top", LINES),
        (GOOD, "--to", "python", "--top", EVIL), (BAD, "--to", "python"), (GOOD, "-o", LINES),
        (GOOD, "--to", "c", "-o", GOOD, "--check"), (f"no{PATH}", "--to", "c"),
        (GOOD, "--to", "python", "--verify", "--rows", f"no{LINES}"),
        (GOOD, "--to", "sqlite", "--top", EVIL, "--extra", LINES, "--verify"),
    ],
    "import": [
        *((*form, BAD, "--from", "aiger") for form in FORMED),
        (CIRCUIT, "-o", f"out{LINES}".replace("/", "")), (CIRCUIT,), (BAD,), (f"no{PATH}",),
    ],
    "schema": [(LINES,), ()],
    "lsp": [(LINES,)],
    "completion": [(LINES,), (), ("bash",)],
}  # fmt: skip
"""What each command runs; where it is to say nothing raw."""

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def outputs(
    words: list[str], capture: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch
) -> tuple[str, str]:
    patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode()), "utf-8"))
    capture.readouterr()
    code = run(words)
    out, err = (data.decode("utf-8", "surrogateescape") for data in capture.readouterr())
    assert code in (0, 1, 2), err
    return out, err


def wrong_in(text: str, form: str) -> Iterator[str]:
    """Give the lines that hold what a terminal or CI would obey."""
    for one in text.split("\n"):
        meant = form == "github" and re.match(
            r"::(error|warning|notice) file=[^:,]*,(line|title)=", one
        )
        is_command = one.lstrip().startswith("::") and not meant
        is_old_command = (
            "json" not in form
            and form not in ("sarif", "gitlab", "code")
            and re.search(r"##\w*\[", one)
        )
        if FORBIDDEN.search(one) or is_command or is_old_command:
            yield one


@pytest.mark.seconds(120)
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_raw(
    command: str,
    evil: Repo,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command in ("test", "compile"):
        assert run(["compile", GOOD, "-o", "m.nnc"]) == 0
    if command == "git":
        for name, limit in (("a", 1), ("b", 2), ("c", 3)):
            evil.write(name, network(limit))
    for words in RUNS[command]:
        out, err = outputs([command, *words], capfdbinary, monkeypatch)
        form = words[words.index("--report") + 1] if "--report" in words else ""
        form = "json" if "json" in words else form
        code = "code" if command == "export" and not form else form  # of another language
        for stream, kind in ((out, code), (err, form)):
            wrong = list(wrong_in(stream, kind))
            assert not wrong, (words, wrong)
        if form in ("json", "sarif") and out.startswith("{"):
            assert json.loads(out)
        if form == "json-lines":
            assert all(json.loads(one) for one in out.splitlines())
        if form == "markdown":
            check_markdown(out)


def check_markdown(text: str) -> None:
    """Headings are escaped, and all else is in fences that no text closes."""
    pieces = re.split(r"(?ms)^(`{3,})\n.*?^\1$", text)
    for one in "\n".join(pieces[::2]).split("\n"):
        assert not one or one.startswith("### "), one
        assert not re.search(r"[`*<>]", re.sub(r"\\.", "", one)), one


def test_every_command_runs() -> None:
    assert {*RUNS} == {*COMMANDS}


@pytest.mark.usefixtures("evil")
def test_colours_are_those_of_nnc(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = outputs(["validate", "--color", "always", BAD], capfdbinary, monkeypatch)
    assert "\x1b[31;1merror" in out
    assert not list(wrong_in(re.sub(r"\x1b\[[0-9;]*m", "", out), ""))


@pytest.mark.usefixtures("evil")
def test_errors_in_python_are_printable() -> None:
    with pytest.raises(nnc.NncError) as caught:
        nnc.load(BAD)
    assert not list(wrong_in(str(caught.value), ""))
    assert not list(wrong_in(str(nnc.compile(nnc.load(GOOD))), ""))


@pytest.mark.usefixtures("evil")
def test_rows_are_data(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["eval", GOOD, "rows.csv", "--to", "csv", "--extra", "keep"]
    out, _ = outputs(words, capfdbinary, monkeypatch)
    assert f"extra{LINES}".replace("\r\n", "\n") in out  # as all line ends of cells


@pytest.mark.usefixtures("evil")
def test_a_network_as_one_file_is_data(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = outputs(["compile", GOOD, "--to", "yaml"], capfdbinary, monkeypatch)
    assert err == ""
    assert nnc.loads(out) == nnc.load(GOOD)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)  # written as escapes
    assert not re.search("^ *::", out, re.MULTILINE)
