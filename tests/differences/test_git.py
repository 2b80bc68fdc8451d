"""`nnc git`: what git shows and merges in real repositories, with nnc and without it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nnc.differences.merging import merge
from tests.support.repositories import Repo
from tests.support.running import BAD, MAIL, XOR, Nnc, rules

NAME = "xor.nn.yaml"
COMMENTED = XOR.replace("threshold: 1}\n", "threshold: 1}   # AND\n")
WEIGHT = ("both: {weights: {a: 1", "both: {weights: {a: 2")
OTHER_WEIGHT = ("both: {weights: {a: 1", "both: {weights: {a: 3")
THRESHOLD = ("threshold: 1}", "threshold: 2}")


def edited(*edits: tuple[str, str], text: str = COMMENTED) -> str:
    for before, after in edits:
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


@pytest.fixture
def repo(nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    """Make a repository, and an `nnc` that git finds in the PATH: the one under test."""
    program(tmp_path / "with", f'exec "{sys.executable}" -m nnc "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'with'}{os.pathsep}{os.environ['PATH']}")
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    return repo


def program(folder: Path, script: str) -> None:
    folder.mkdir()
    (folder / "nnc").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "nnc").chmod(0o755)


def without_nnc(tmp_path: Path) -> dict[str, str]:
    """Give an environment whose PATH has git and what the drivers fall back to, and no nnc."""
    folder = tmp_path / "without"
    folder.mkdir()
    for name in ("git", "sh", "cat"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return {"PATH": str(folder)}


def both(repo: Repo, base: str | None, ours: str, theirs: str) -> None:
    """Commit `ours` on main and `theirs` on a branch `side`, both made of `base`."""
    if base is not None:
        repo.write(NAME, base)
    repo.commit("base")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write(NAME, theirs)
    repo.commit("theirs")
    repo.git("checkout", "--quiet", "main")
    repo.write(NAME, ours)
    repo.commit("ours")


def merged(repo: Repo, *options: str, **env: str) -> tuple[int, str, str]:
    """Merge the branch `side`; give the code, the file, and what was written to stderr."""
    ran = subprocess.run(
        ["git", *options, "merge", "--quiet", "-m", "merge", "side"],
        env=os.environ | env, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    return ran.returncode, (repo.folder / NAME).read_text(), ran.stderr.decode()


def changes(diff: str) -> list[str]:
    return [
        line
        for line in diff.splitlines()
        if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- "))
    ]


# ------------------------------------------------------------------------------ showing


def test_one_changed_weight_is_one_changed_line(nnc: Nnc, repo: Repo) -> None:
    repo.write(NAME, XOR)
    nnc("git", "install")
    repo.commit()
    repo.write(NAME, XOR.replace("both: -2", "both: -3"))
    assert changes(repo.git("diff")) == [
        "-neurons.xor: {fires: above, weights: {a: 1, b: 1, both: -2}, threshold: 0}",
        "+neurons.xor: {fires: above, weights: {a: 1, b: 1, both: -3}, threshold: 0}",
    ]


def test_another_layout_shows_no_change_and_git_alone_shows_it(nnc: Nnc, repo: Repo) -> None:
    repo.write(NAME, XOR)
    nnc("git", "install")
    repo.commit()
    repo.write(NAME, XOR.replace("{a: 1, b: 1, both: -2}", "{both: -2.0, b: 1,  a: 1}   "))
    assert changes(repo.git("diff")) == []
    assert len(changes(repo.git("diff", "--no-textconv"))) == 2


@pytest.mark.parametrize("text", [BAD, "nnc: 1\ninputs: [\n", "no network\n", "\xff\x00\n"])
def test_what_is_no_network_is_shown_as_it_is(nnc: Nnc, repo: Repo, text: str) -> None:
    repo.write(NAME, text.encode("latin-1"))
    nnc("git", "install")
    repo.commit()
    assert nnc.raw("git", "textconv", NAME)[:2] == (
        0, b"nnc: 1\n" if text == BAD else text.encode("latin-1")
    )  # fmt: skip
    repo.write(NAME, f"{text}more: 1\n".encode("latin-1"))
    assert "+more: 1" in changes(repo.git("diff", "--text"))


def test_a_missing_or_broken_nnc_never_breaks_git_diff(
    nnc: Nnc, repo: Repo, tmp_path: Path
) -> None:
    repo.write(NAME, XOR)
    nnc("git", "install")
    repo.commit()
    repo.write(NAME, XOR.replace("both: -2", "both: -3"))
    plain = changes(repo.git("diff", "--no-textconv"))
    program(tmp_path / "broken", "exit 3")
    broken = f"{tmp_path / 'broken'}{os.pathsep}{os.environ['PATH']}"
    for env in (without_nnc(tmp_path), {"PATH": broken}):
        ran = subprocess.run(
            ["git", "diff"], env=os.environ | env, capture_output=True, check=False, timeout=300
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert changes(ran.stdout.decode()) == plain


def test_who_did_not_install_is_not_bothered(nnc: Nnc, repo: Repo, tmp_path: Path) -> None:
    repo.write(NAME, XOR)
    nnc("git", "install")
    repo.commit()
    repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    (tmp_path / "clone" / NAME).write_text(XOR.replace("both: -2", "both: -3"))
    assert changes(repo.git("-C", str(tmp_path / "clone"), "diff")) == [
        "-  xor: {weights: {a: 1, b: 1, both: -2}, threshold: 0}",
        "+  xor: {weights: {a: 1, b: 1, both: -3}, threshold: 0}",
    ]


# ------------------------------------------------------------------------------ merging


def test_weight_and_threshold_of_one_line_merge_where_git_alone_conflicts(
    nnc: Nnc, repo: Repo
) -> None:
    both(repo, COMMENTED, edited(WEIGHT), edited(THRESHOLD))
    code, text, _ = merged(repo)
    assert code == 1
    assert "<<<<<<< HEAD" in text
    repo.git("merge", "--abort")

    assert nnc("git", "install").code == 0
    assert merged(repo) == (0, edited(WEIGHT, THRESHOLD), "")
    assert "# AND" in (repo.folder / NAME).read_text()
    assert repo.git("status", "--short", NAME) == ""


def test_a_conflict_has_markers_around_the_neuron(nnc: Nnc, repo: Repo) -> None:
    ours = edited(WEIGHT, ("both: -2", "both: -3"))
    nnc("git", "install")
    both(repo, COMMENTED, ours, edited(OTHER_WEIGHT, ("[xor]", "[xor, both]")))
    code, text, err = merged(repo)
    assert code == 1
    line = "  both: {weights: {a: 2, b: 1}, threshold: 1}   # AND\n"
    assert text == edited(("both: -2", "both: -3"), ("[xor]", "[xor, both]")).replace(
        line.replace("a: 2", "a: 1"),
        f"<<<<<<< HEAD\n{line}=======\n{line.replace('a: 2', 'a: 3')}>>>>>>> side\n",
    )
    assert (
        "error[NNC925] merge-conflict: both sides changed neurons.both\n"
        f"  --> {NAME}\n   = help: choose between the markers, then `git add` the file"
    ) in err
    assert repo.git("status", "--short", NAME) == f"UU {NAME}\n"


def test_the_base_stands_between_where_git_is_told_so(nnc: Nnc, repo: Repo) -> None:
    nnc("git", "install")
    both(repo, COMMENTED, edited(WEIGHT), edited(OTHER_WEIGHT))
    code, text, _ = merged(repo, "-c", "merge.conflictStyle=diff3")
    assert code == 1
    base = text.partition("\n||||||| ")[2].partition("=======")[0]
    assert base.endswith("\n  both: {weights: {a: 1, b: 1}, threshold: 1}   # AND\n")


def test_a_merge_of_valid_sides_that_is_invalid_is_told(nnc: Nnc, repo: Repo) -> None:
    new = "  third: {weights: {both: 1}, threshold: 0}\n"
    nnc("git", "install")
    ours = XOR.replace("both", "and_")
    both(repo, XOR, ours, XOR.replace("outputs", f"{new}outputs"))
    code, text, err = merged(repo)
    assert code == 1
    assert text == ours.replace("outputs", f"{new}outputs")
    assert rules(err) == ["merge-conflict", "unknown-source"]
    assert "each side is a valid network, but both together are not" in err
    assert repo.git("status", "--short", NAME) == f"UU {NAME}\n"


def test_sides_that_are_invalid_already_merge_as_they_are(nnc: Nnc, repo: Repo) -> None:
    broken = COMMENTED.replace("[xor]", "[xor, none]")
    nnc("git", "install")
    both(repo, broken, edited(WEIGHT, text=broken), edited(THRESHOLD, text=broken))
    assert merged(repo) == (0, edited(WEIGHT, THRESHOLD, text=broken), "")


def test_what_cannot_be_read_is_merged_by_git(nnc: Nnc, repo: Repo) -> None:
    base = "a: [\n" + "".join(f"line {n}\n" for n in range(9))
    nnc("git", "install")
    both(repo, base, base.replace("line 0", "ours"), base.replace("line 8", "theirs"))
    code, text, err = merged(repo)
    assert (code, text) == (0, base.replace("line 0", "ours").replace("line 8", "theirs"))
    assert err == f"note: {NAME} is not a network file on all sides: git merges it line by line\n"
    code, out, _ = nnc.raw("git", "merge-driver", NAME, NAME, "missing", "7", NAME)
    assert (code, out) == (2, b"")


def test_bytes_that_are_no_text_are_left_to_git(nnc: Nnc, repo: Repo) -> None:
    repo.write(NAME, b"nnc: \xff\n")
    code, out, err = nnc("git", "merge-driver", NAME, NAME, NAME, "7", NAME)
    assert (code, out) == (1, "")
    assert "git merges it line by line" in err
    assert (repo.folder / NAME).read_bytes() == b"nnc: \xff\n"


@pytest.mark.parametrize("script", [None, "exit 3", "echo nonsense"])
def test_a_missing_or_broken_nnc_never_breaks_git_merge(
    nnc: Nnc, repo: Repo, tmp_path: Path, script: str | None
) -> None:
    if script is None:
        env = without_nnc(tmp_path)
    else:
        program(tmp_path / "broken", script)
        env = {"PATH": f"{tmp_path / 'broken'}{os.pathsep}{os.environ['PATH']}"}
    nnc("git", "install")
    far = MAIL.replace("blacklisted: bit", "blacklisted: bit   # by DNS")
    both(repo, MAIL, far, MAIL.replace("[ham,", "[fine,"))
    assert merged(repo, **env) == (0, far.replace("[ham,", "[fine,"), "")

    repo.git("checkout", "--quiet", "-B", "main")
    both_changed = far.replace("bayes: bit", "bayes: integer")
    repo.git("checkout", "--quiet", "-B", "side")
    repo.write(NAME, far.replace("bayes: bit", "bayes: real"))
    repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.write(NAME, both_changed)
    repo.commit()
    code, text, err = merged(repo, **env)
    assert (code, err) == (1, "")
    assert "<<<<<<< ours\n  bayes: integer\n=======\n  bayes: real\n>>>>>>> theirs\n" in text


@pytest.mark.parametrize("name", ["folder/a 'b' $x.nn.yaml", "-x.nn.yml"])
def test_paths_of_any_spelling(nnc: Nnc, repo: Repo, name: str) -> None:
    nnc("git", "install")
    repo.write(name, COMMENTED)
    both(repo, None, COMMENTED, COMMENTED)
    repo.write(name, edited(WEIGHT))
    assert len(changes(repo.git("diff"))) == 2
    assert changes(repo.git("diff"))[0].startswith("-neurons.both: {")
    repo.commit()
    repo.git("checkout", "--quiet", "side")
    repo.write(name, edited(THRESHOLD))
    repo.commit()
    repo.git("checkout", "--quiet", "main")
    assert merged(repo)[0] == 0
    assert (repo.folder / name).read_text() == edited(WEIGHT, THRESHOLD)


# --------------------------------------------------------------------------- installing


def test_install_is_told_once_and_taken_back(nnc: Nnc, repo: Repo) -> None:
    config = (repo.folder / ".git/config").read_bytes()
    attributes = repo.folder / ".gitattributes"
    code, out, err = nnc("git", "install")
    assert (code, err) == (0, "")
    assert out == (
        "set diff.nnc.textconv\nset merge.nnc.name\nset merge.nnc.driver\n"
        "wrote 2 patterns to .gitattributes\n"
    )
    assert nnc("git", "install") == (0, "already set up\n", "")
    told = "removed diff.nnc.textconv\nremoved merge.nnc.name\nremoved merge.nnc.driver\n"
    told += "removed .gitattributes, which held nothing else\n"
    assert nnc("git", "uninstall") == (0, told, "")
    assert (repo.folder / ".git/config").read_bytes() == config
    assert not attributes.exists()
    assert nnc("git", "uninstall") == (0, "there is nothing to undo\n", "")


def test_from_a_folder_below(nnc: Nnc, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.folder / "below").mkdir()
    monkeypatch.chdir(repo.folder / "below")
    assert "to ../.gitattributes\n" in nnc("git", "install").out
    assert (repo.folder / ".gitattributes").exists()


def test_for_all_repositories_of_a_user(nnc: Nnc, repo: Repo, tmp_path: Path) -> None:
    config = (repo.folder / ".git/config").read_bytes()
    assert nnc("git", "install", "--global").code == 0
    both(repo, COMMENTED, edited(WEIGHT), edited(THRESHOLD))
    assert merged(repo) == (0, edited(WEIGHT, THRESHOLD), "")
    assert not (repo.folder / ".gitattributes").exists()
    assert (repo.folder / ".git/config").read_bytes() == config
    assert (tmp_path / "home/.config/git/attributes").exists()
    assert nnc("git", "uninstall", "--global").code == 0
    assert not (tmp_path / "home/.config/git/attributes").exists()


def test_git_that_does_not_find_nnc_is_noted(
    nnc: Nnc, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", without_nnc(tmp_path)["PATH"])
    code, _, err = nnc("git", "install")
    assert code == 0
    assert err == "note: nnc is not in the PATH, so git will not use it\n"
    assert (repo.folder / ".gitattributes").exists()


@pytest.mark.parametrize("action", ["install", "uninstall"])
def test_outside_of_a_repository(nnc: Nnc, tmp_path: Path, action: str) -> None:
    code, out, err = nnc("git", action)
    assert (code, out, rules(err)) == (2, "", ["no-repository"])
    assert f"the folder lies in no git repository\n  --> {tmp_path}\n" in err
    assert "`git init` makes one" in err


def test_unknown_commands(nnc: Nnc) -> None:
    code, _, err = nnc("git", "instal")
    assert code == 2
    assert "there is no command `git instal`: did you mean `install`?" in err
    assert "`nnc git --help` lists the commands" in nnc("git", "zzz").err


def test_a_merge_does_not_replace_what_was_changed_meanwhile(
    nnc: Nnc, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("base", "ours", "theirs"):
        repo.write(name, XOR)

    def slow(*sides: Any) -> Any:
        repo.write("ours", "mine")
        return merge(*sides)

    monkeypatch.setattr("nnc.differences.git.merge", slow)
    code, out, err = nnc("git", "merge-driver", "base", "ours", "theirs", "7", NAME)
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "another program changed it, so it was not overwritten" in err
    assert (repo.folder / "ours").read_text() == "mine"


def test_a_merge_keeps_the_line_ends_of_our_side(nnc: Nnc, repo: Repo) -> None:
    theirs = XOR.replace("outputs:", "name: gate\noutputs:")
    (repo.folder / "base").write_bytes(XOR.encode())
    (repo.folder / "ours").write_bytes(XOR.replace("\n", "\r\n").encode())
    (repo.folder / "theirs").write_bytes(theirs.encode())
    ran = nnc("git", "merge-driver", "base", "ours", "theirs", "7", NAME)
    assert ran == (0, "merged\n", "")
    assert (repo.folder / "ours").read_bytes() == theirs.replace("\n", "\r\n").encode()
