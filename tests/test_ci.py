"""The hooks for pre-commit and the workflow in docs/ci.md do what they say."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nnc.cli.group import COMMANDS
from tests.support.documents import ROOT, blocks
from tests.support.repositories import Repo, review
from tests.support.running import BAD, MAIL, XOR

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
CONFIG, WORKFLOW, STEP = (
    yaml.load(block.text, yaml.BaseLoader)  # in which `on` is a text, as for GitHub
    for block in blocks(ROOT / "docs/ci.md")
    if block.language == "yaml"
)
STEPS: dict[str, dict[str, Any]] = {
    one["name"]: one for one in WORKFLOW["jobs"]["networks"]["steps"] if "run" in one
}
FAILING = f"""{XOR}cases:
  - {{given: {{a: 1, b: 0}}, expect: {{xor: 0}}}}
"""
REFUTED = f"""{XOR}properties:
  - {{never: {{xor: 1}}}}
"""
FOUND = {
    "mistake": (BAD, "error[NNC103] missing-key"),
    "layout": (MAIL.replace("bayes: bit", "bayes:   bit"), "error[NNC910] not-formatted"),
    "case": (FAILING, "error[NNC601] case-failed"),
    "property": (REFUTED, "error[NNC608] property-refuted"),
}
"""Files that the hook stops a commit for, and what it says."""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Give a repository, with `nnc` among the programs, and a `gh` that keeps what it is given."""
    programs = tmp_path / "bin"
    programs.mkdir()
    nnc = f'exec {shlex.quote(sys.executable)} -m nnc "$@"'
    gh = f'printf "%s\\n" "$@" > {tmp_path}/gh; cp comment.md {tmp_path}/comment'
    for name, line in (("nnc", nnc), ("gh", gh)):
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return Repo(tmp_path / "repo", monkeypatch)


def run(repo: Repo, command: str, **env: str) -> tuple[int, str]:
    """Run a command as a step of a workflow is run, and give its code and what it writes."""
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=repo.folder, env=os.environ | env, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return ran.returncode, ran.stdout


# ------------------------------------------------------------------------------------- hooks


def test_the_manifest_has_what_pre_commit_asks_for() -> None:
    [hook] = HOOKS
    assert hook["language"] == "python"
    assert hook["id"] == "nnc-check"
    assert hook["entry"] == hook["name"] == "nnc check"
    assert hook["description"] == COMMANDS["check"].summary
    assert not hook["pass_filenames"]
    for name in ("xor.nn.yaml", "nets/xor.nn.yml", "cases.csv", "nets/w.npy", "w.safetensors"):
        assert re.search(hook["files"], name)
    for name in ("xor.yaml", "xor.nn.yaml.orig", "xornnyaml", "weights.bin"):
        assert not re.search(hook["files"], name)


@pytest.mark.parametrize(("content", "words"), FOUND.values(), ids=FOUND)
def test_the_hook_passes_good_files_and_stops_at_a_bad_one(
    content: str, words: str, repo: Repo
) -> None:
    repo.write("xor.nn.yaml", XOR)
    repo.write("nets/a mail.nn.yml", MAIL)
    run(repo, "nnc fmt")
    repo.commit()
    [hook] = HOOKS
    code, said = run(repo, hook["entry"])
    assert (code, repo.git("diff")) == (0, ""), said
    repo.write("bad.nn.yaml", content)
    code, said = run(repo, hook["entry"])
    assert code == 1
    assert words in said
    assert (repo.folder / "bad.nn.yaml").read_text("utf-8") == content


def test_the_hook_with_fix_formats_files(repo: Repo) -> None:
    repo.write("mail.nn.yaml", FOUND["layout"][0])
    code, said = run(repo, f"{HOOKS[0]['entry']} --fix")
    assert (code, "formatted mail.nn.yaml\n" in said) == (0, True)  # pre-commit sees the change
    assert (repo.folder / "mail.nn.yaml").read_text("utf-8") != FOUND["layout"][0]


def test_the_page_names_the_hook() -> None:
    [source] = CONFIG["repos"]
    assert [hook["id"] for hook in source["hooks"]] == [hook["id"] for hook in HOOKS]


@pytest.mark.parametrize(
    "bad", [BAD, FAILING, FAILING.replace("given: {a", "given: {c")], ids=["file", "result", "case"]
)
def test_the_hook_reports_a_mistake_once(bad: str, repo: Repo) -> None:
    repo.write("bad.nn.yaml", bad)
    repo.commit()
    code, said = run(repo, HOOKS[0]["entry"])
    assert code == 1
    errors = [line for line in said.splitlines() if line.startswith("error[")]
    assert errors
    assert len(set(errors)) == len(errors)


# ---------------------------------------------------------------------------------- workflow


def pull_request(repo: Repo, changes: dict[str, str]) -> None:
    """Stand where GitHub checks a pull request out: at its merge into the base."""
    repo.write("nets/xor.nn.yaml", XOR)
    repo.write("mail.nn.yaml", MAIL)
    run(repo, "nnc fmt")
    repo.commit("base")
    repo.git("checkout", "--quiet", "-b", "topic")
    for name, content in changes.items():
        repo.write(name, content)
    run(repo, "nnc fmt")
    repo.commit("change")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD^1")


def step(repo: Repo, name: str) -> tuple[int, str]:
    env = {"GITHUB_STEP_SUMMARY": str(repo.folder.parent / "summary"), "PR": "12", "GH_TOKEN": "t"}
    return run(repo, STEPS[name]["run"], **env)


def test_a_good_pull_request_passes_and_is_told_what_it_means(repo: Repo) -> None:
    heavier = XOR.replace("both: -2", "both: -1")
    pull_request(repo, {"nets/xor.nn.yaml": heavier, "new.nn.yaml": XOR, "note.md": "other"})
    for name in [one for one in STEPS if one != "Install nnc"]:
        code, said = step(repo, name)
        assert code == 0, (name, said)
    sarif = json.loads((repo.folder / "nnc.sarif").read_text("utf-8"))
    assert sarif["version"] == "2.1.0"
    words = (repo.folder.parent / "gh").read_text().splitlines()
    assert words[:3] == ["pr", "comment", "12"]
    comment = (repo.folder.parent / "comment").read_text("utf-8")
    assert comment == (repo.folder.parent / "summary").read_text("utf-8")
    titles = [line for line in comment.replace("\\", "").splitlines() if line.startswith("### ")]
    assert titles == [
        "### nets/xor.nn.yaml (HEAD^1 → HEAD)",
        "### new.nn.yaml (HEAD^1 → HEAD)",
    ]
    assert "-2 -> -1" in comment.replace("\\", "")


def test_the_comment_has_every_kind_of_change(repo: Repo) -> None:
    """The commit that `HEAD^1` stands for is the base, as GitHub checks a pull request out."""
    review(repo)
    repo.git("checkout", "--quiet", "-b", "merged", "v1")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "v2")
    for name in ("Compare with the base", "Summarise", "Comment"):
        assert step(repo, name) == (0, "")
    comment = (repo.folder.parent / "comment").read_text("utf-8").replace("\\", "")
    sections = dict(section.split("\n", 1) for section in comment.split("### ")[1:])
    told = {title: text.split("```\n")[1].split("\n")[0] for title, text in sections.items()}
    changed = "1 change in meaning"
    assert told == {
        "fresh.nn.yaml (HEAD^1 → HEAD)": "added: 1 input, 1 layer, 1 output",
        "local.nn.yaml (HEAD^1 → HEAD)": changed,  # which extends vendor
        "nets/layer.nn.yaml (HEAD^1 → HEAD)": changed,  # whose weight file is another
        "nets/user.nn.yaml (HEAD^1 → HEAD)": changed,  # which uses parts/gate
        "parts/gate.nn.yaml (HEAD^1 → HEAD)": changed,
        "HEAD^1:sepsis.nn.yaml → HEAD:site.nn.yaml": changed,
        "vendor.nn.yaml (HEAD^1 → HEAD)": changed,
        "wells.nn.yaml (HEAD^1 → HEAD)": "removed: 2 inputs, 1 neuron, 1 output",
    }
    renamed = sections["HEAD^1:sepsis.nn.yaml → HEAD:site.nn.yaml"]
    assert "alert  differs for 6 of 16 rows: where exactly two of fever = 1, " in renamed


def test_to_compare_with_the_base_takes_no_git() -> None:
    assert STEPS["Compare with the base"]["run"] == (
        "nnc diff HEAD^1 HEAD --report markdown > nnc-diff.md"
    )


def test_mistakes_are_annotations_and_do_not_hide_the_comparison(repo: Repo) -> None:
    broken = XOR.replace("both: -2", "boht: -2")
    heavier = MAIL.replace("bayes: 3.5", "bayes: 4.5")
    pull_request(repo, {"nets/xor.nn.yaml": broken, "mail.nn.yaml": heavier})
    code, said = step(repo, "Check")
    assert code == 1
    assert said.startswith("::error file=nets/xor.nn.yaml,line=")
    assert step(repo, "Write SARIF")[0] == 0
    sarif = json.loads((repo.folder / "nnc.sarif").read_text("utf-8"))
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["NNC301"]
    code, said = step(repo, "Compare with the base")
    assert code == 1
    assert "error[NNC301]" in said
    compared = (repo.folder / "nnc-diff.md").read_text("utf-8")
    assert "mail.nn.yaml" in compared.replace("\\", "")
    assert "3.5 -> 4.5" in compared.replace("\\", "")


def test_another_form_is_an_annotation(repo: Repo) -> None:
    pull_request(repo, {})
    assert step(repo, "Check")[0] == 0
    repo.write("mail.nn.yaml", MAIL.replace("bayes: bit", "bayes:   bit"))
    code, said = step(repo, "Check")
    assert code == 1
    assert "file=mail.nn.yaml,line=" in said


def test_without_networks_among_the_changes_there_is_no_comment(repo: Repo) -> None:
    pull_request(repo, {"note.md": "other"})
    said = "no network differs between HEAD^1 and HEAD\n"
    assert step(repo, "Compare with the base") == (0, said)
    assert step(repo, "Comment")[0] == 0
    assert not (repo.folder.parent / "gh").exists()


def test_only_what_has_changed_is_checked(repo: Repo) -> None:
    pull_request(repo, {"nets/xor.nn.yaml": BAD})
    [one] = STEP
    code, said = run(repo, one["run"])
    assert code == 1
    assert "nets/xor.nn.yaml" in said
    assert "mail.nn.yaml" not in said


def test_what_the_workflow_may_do_and_when() -> None:
    assert set(WORKFLOW["on"]) == {"pull_request", "push"}
    assert WORKFLOW["permissions"] == {
        "contents": "read", "pull-requests": "write", "security-events": "write"
    }  # fmt: skip
    for name in ("Write SARIF", "Compare with the base", "Summarise", "Comment"):
        assert STEPS[name]["if"].startswith("always()")
    uses = [one for one in WORKFLOW["jobs"]["networks"]["steps"] if "uses" in one]
    assert uses[0]["with"]["fetch-depth"] == "2"
    assert uses[-1]["with"]["sarif_file"] == "nnc.sarif"


def test_the_sanitizers_are_skipped_with_a_word_where_they_cannot_run() -> None:
    env = os.environ | {"CC": "no-such-compiler"}
    ran = subprocess.run(
        [ROOT / "check", "--sanitize"], capture_output=True, text=True, env=env, check=False
    )
    said = "skipped the sanitizers: no C compiler with AddressSanitizer is here\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, said, "")


def test_check_says_what_it_takes() -> None:
    ran = subprocess.run([ROOT / "check", "--al"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "usage: ./check [--quick | --all | --sanitize]\n")


def test_the_files_that_ci_names_are_there() -> None:
    """Paths of scripts are texts: nothing else notices when what they name is moved."""
    for script in (".ci/run", ".ci/sanitize", "check"):
        text = (ROOT / script).read_text("utf-8")
        paths = re.findall(r"(?<![\w/$.{-])(?:framework/nnc|tests)/[\w/]+(?:\.\w+)?", text)
        built = {
            "framework/nnc/run/engines/_kernels.abi3.so",
            "framework/nnc/scores/_cells.abi3.so",
        }
        assert paths or script == ".ci/run"
        assert [path for path in paths if path not in built and not (ROOT / path).exists()] == []
        for module in re.findall(r"from (nnc[\w.]*) import", text):
            assert importlib.util.find_spec(module) is not None
