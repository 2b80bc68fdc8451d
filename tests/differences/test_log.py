"""`nnc log`: the history of a network in every form, and what is in the way."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from nnc.cli.schema import SCHEMAS
from tests.support.repositories import Repo
from tests.support.running import BAD, XOR, Nnc, rules

OR = XOR.replace("both: -2", "both: -1")
BROKEN = XOR.replace("both: -2", "boht: -2")
VALID = Draft7Validator(SCHEMAS["log"]())


@pytest.fixture
def repo(nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    """Make a history: made, another weight, moved, broken, fixed."""
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    for content, subject in ((XOR, "Make it"), (OR, "Weigh *both* less")):
        repo.write("old.nn.yaml", content)
        repo.commit(subject)
    repo.git("mv", "old.nn.yaml", "xor.nn.yaml")
    repo.commit("Move it")
    for content, subject in ((BROKEN, "Break it"), (OR + "# fixed\n", "Fix it")):
        repo.write("xor.nn.yaml", content)
        repo.commit(subject)
    return repo


def names(repo: Repo) -> list[str]:
    return [one[:10] for one in repo.git("log", "--format=%H").splitlines()]


def subjects(out: str) -> list[str]:
    return [line.partition("Ada: ")[2] for line in out.splitlines() if line[:1].strip()]


def parsed(out: str) -> Any:
    report = json.loads(out)
    VALID.validate(report)
    return report


# ------------------------------------------------------------------------------- the forms


def test_the_text_for_people(nnc: Nnc, repo: Repo) -> None:
    fixed, broken, moved, weighed, made = names(repo)
    code, out, err = nnc("log", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert out == (
        f"{fixed} 2026-01-01 Ada: Fix it\n"
        f"  compared with {moved}: 1 invalid version between\n"
        "  no change in meaning\n"
        "  behaviour: equal (same normal form)\n"
        "\n"
        f"{broken} 2026-01-01 Ada: Break it\n"
        f"  not valid: {broken}:xor.nn.yaml:6:31: error[NNC301] unknown-source: neuron `xor` "
        "reads `boht`, which is neither an input nor a neuron\n"
        "\n"
        f"{moved} 2026-01-01 Ada: Move it\n"
        "  renamed old.nn.yaml -> xor.nn.yaml\n"
        "  no change in meaning\n"
        "  behaviour: equal (same normal form)\n"
        "\n"
        f"{weighed} 2026-01-01 Ada: Weigh *both* less\n"
        "  1 change in meaning\n"
        "    neuron xor\n"
        "      weight  both  -2 -> -1\n"
        "  behaviour\n"
        "    xor  differs for 1 of 4 rows: where a = 1 and b = 1, and nowhere else\n"
        "         a=1, b=1: 0 -> 1\n"
        "           xor: sum 0 is not above 0: 0 -> sum 1 is above 0: 1\n"
        "\n"
        f"{made} 2026-01-01 Ada: Make it\n"
        "  added\n"
    )


def test_one_line_a_commit(nnc: Nnc, repo: Repo) -> None:
    fixed, broken, moved, weighed, made = names(repo)
    same = "no change in meaning; 1 output equal"
    assert nnc("log", "--report", "oneline", "xor.nn.yaml") == (
        0,
        (
            f"{fixed} 2026-01-01 Ada: Fix it ({same})\n"
            f"{broken} 2026-01-01 Ada: Break it (invalid)\n"
            f"{moved} 2026-01-01 Ada: Move it (renamed; {same})\n"
            f"{weighed} 2026-01-01 Ada: Weigh *both* less (1 change in meaning; 1 output differs)\n"
            f"{made} 2026-01-01 Ada: Make it (added)\n"
        ),
        "",
    )


def test_a_line_for_each_change_and_verdict(nnc: Nnc, repo: Repo) -> None:
    weighed = names(repo)[3]
    code, out, err = nnc("log", "--report", "concise", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if line.startswith(weighed)] == [
        f"{weighed} 2026-01-01 Ada: Weigh *both* less",
        f"{weighed}: 1 change in meaning",
        f"{weighed}: neuron xor: weight both -2 -> -1",
        (
            f"{weighed}: output xor differs for 1 of 4 rows: where a = 1 and b = 1, "
            "and nowhere else; e.g. a=1, b=1: 0 -> 1"
        ),
    ]
    assert all(line[:10] in names(repo) for line in out.splitlines())


def test_json_is_as_its_schema_says(nnc: Nnc, repo: Repo) -> None:
    hashes = repo.git("log", "--format=%H").splitlines()
    code, out, err = nnc("log", "xor.nn.yaml", "--report", "json")
    assert (code, err) == (0, "")
    report = parsed(out)
    found = report["commits"]
    assert [one["commit"] for one in found] == hashes
    assert [one["kind"] for one in found] == ["changed", "invalid", "changed", "changed", "added"]
    fixed, broken, moved, weighed, _ = found
    assert fixed["passed_over"] == 1
    assert fixed["comparison"]["before"] == f"{hashes[2]}:xor.nn.yaml"
    assert [one["code"] for one in broken["diagnostics"]] == ["NNC301"]
    assert (moved["file"], moved["renamed_from"]) == ("xor.nn.yaml", "old.nn.yaml")
    assert moved["comparison"]["before"] == f"{hashes[3]}:old.nn.yaml"
    assert (weighed["title"], weighed["author"]) == ("Weigh *both* less", "Ada")
    assert weighed["date"] == "2026-01-01"
    [verdict] = weighed["comparison"]["behaviour"]["verdicts"]
    assert (verdict["kind"], verdict["differing"], verdict["total"]) == ("differs", 1, 4)


def test_markdown_shows_texts_as_they_are(nnc: Nnc, repo: Repo) -> None:
    code, out, err = nnc("log", "HEAD~3", "--", "old.nn.yaml", "--report", "markdown")
    assert code == 2  # options stand before `--`
    code, out, err = nnc("log", "--report", "markdown", "HEAD~3", "--", "old.nn.yaml")
    assert (code, err) == (0, "")
    _, _, _, weighed, made = names(repo)
    assert out.startswith(
        f"### {weighed} 2026\\-01\\-01 Ada: Weigh \\*both\\* less\n\n```\n1 change in meaning\n"
    )
    assert out.endswith(f"\n\n### {made} 2026\\-01\\-01 Ada: Make it\n\n```\nadded\n```\n")
    assert "\n  xor  differs for 1 of 4 rows: where a = 1 and b = 1, and nowhere else" in out


def test_a_file_gets_the_form_and_the_terminal_the_text(nnc: Nnc, repo: Repo) -> None:
    words = ("--report", "json", "--report-file", "log.json")
    code, out, err = nnc("log", "xor.nn.yaml", *words)
    assert (code, out, err) == nnc("log", "xor.nn.yaml")
    report = (repo.folder / "log.json").read_text("utf-8")
    assert report == nnc("log", "xor.nn.yaml", "--report", "json").out


# ----------------------------------------------------------------------------- which commits


def test_only_those_that_change_the_behaviour(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    out = nnc("log", "--behaviour", "xor.nn.yaml").out
    assert subjects(out) == ["Weigh *both* less", "Make it"]
    out = nnc("log", "--behaviour", "-n1", "xor.nn.yaml").out
    assert subjects(out) == ["Weigh *both* less"]


def test_at_most_so_many(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    assert subjects(nnc("log", "-n", "2", "xor.nn.yaml").out) == ["Fix it", "Break it"]
    assert subjects(nnc("log", "--max-count", "1", "xor.nn.yaml").out) == ["Fix it"]


@pytest.mark.parametrize(
    ("revision", "file", "told"),
    [
        ("HEAD~1", "xor.nn.yaml", ["Break it", "Move it", "Weigh *both* less", "Make it"]),
        ("HEAD~2..", "xor.nn.yaml", ["Fix it", "Break it"]),
        ("HEAD~2..HEAD~1", "xor.nn.yaml", ["Break it"]),
        ("main~4..main~3", "old.nn.yaml", ["Weigh *both* less"]),
    ],
)
def test_revisions_and_ranges(
    nnc: Nnc,
    repo: Repo,  # noqa: ARG001
    revision: str,
    file: str,
    told: list[str],
) -> None:
    assert subjects(nnc("log", revision, "--", file).out) == told


def test_nothing_to_tell(nnc: Nnc, repo: Repo) -> None:
    repo.write("readme", "1")
    repo.commit("other")
    assert nnc("log", "HEAD~1..", "--", "xor.nn.yaml") == (0, "", "no commit has changed it\n")
    code, out, _ = nnc("log", "--report", "json", "HEAD~1..", "--", "xor.nn.yaml")
    assert (code, parsed(out)["commits"]) == (0, [])


def test_what_is_not_known_says_so_and_a_budget_finds_it_out(nnc: Nnc, repo: Repo) -> None:
    """A sum of two numbers, written in two ways: all of their values are tried."""
    number = "{type: integer, min: 0, max: 1500}"
    wide = (
        f"nnc: 1\nfires: at_least\ninputs: {{x: {number}, y: {number}, a: bit}}\nneurons:\n"
        "  s: {weights: {x: 1, y: 1}, threshold: 5}\n"
        "  t: {weights: {x: 1, y: 1, a: 1}, threshold: 6}\n"
        "  u: {wiring: [s, t], threshold: 1}\noutputs: [u]\n"
    )
    repo.write("wide.nn.yaml", wide)
    repo.commit("wide")
    again = wide.replace(
        "  u: {wiring: [s, t]",
        "  v: {weights: {x: 1, y: 1}, threshold: 4}\n  w: {wiring: [s, v], threshold: 2}\n"
        "  u: {wiring: [w, t]",
    )
    repo.write("wide.nn.yaml", again)
    repo.commit("more")
    words = ("--behaviour", "-n1", "wide.nn.yaml")
    out = nnc("log", "--budget", "0", *words).out
    assert subjects(out) == ["more"]
    assert "\n    u  unknown: " in out
    assert subjects(nnc("log", "--budget", "60", *words).out) == ["wide"]


# ------------------------------------------------------------------------- what is in the way


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name one network file, found 0: nnc log FILE"),
        (("main", "xor.nn.yaml"), "a revision goes before `--`: nnc log main -- xor.nn.yaml"),
        (("main", "a b.nn.yaml"), "nnc log main -- 'a b.nn.yaml'"),
        (("a", "b", "--", "c"), "at most one revision goes before `--`, found 2"),
        (("HEAD", "--"), "name one network file, found 0: nnc log FILE"),
        (("HEAD...main", "--", "xor.nn.yaml"), "`...` has no meaning here: write REV..REV"),
        (("nets",), "`nets` is a folder: name one network file"),
        (("--behavior", "xor.nn.yaml"), "did you mean `--behaviour`?"),
        (("-n", "0", "xor.nn.yaml"), "0 is not in the range x>=1"),
    ],
)
def test_wrong_words(nnc: Nnc, repo: Repo, words: tuple[str, ...], message: str) -> None:
    (repo.folder / "nets").mkdir()
    code, out, err = nnc("log", *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_a_file_that_never_was(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    code, out, err = nnc("log", "xro.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["not-in-revision"])
    assert "did you mean `xor.nn.yaml`?" in err
    code, out, err = nnc("log", "xro.nn.yaml", "--report", "json")
    assert (code, err) == (2, "")
    [one] = json.loads(out)["diagnostics"]
    assert one["name"] == "not-in-revision"


def test_a_revision_that_is_not(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    for revision in ("mian", "HEAD..mian", "mian.."):
        code, out, err = nnc("log", revision, "--", "xor.nn.yaml")
        assert (code, out, rules(err)) == (2, "", ["unknown-revision"])
        assert "did you mean `main`?" in err


def test_no_repository(nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    Path("xor.nn.yaml").write_text(BAD)
    code, out, err = nnc("log", "xor.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["no-repository"])
