"""Which commits touched a network, in real repositories, and with what each is compared."""

import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import FileError
from nnc.differences import history
from nnc.differences.answer import compare_checked
from nnc.differences.history import CommitChange, History
from nnc.differences.row_changes import Comparison
from nnc.opening.repository import Objects
from nnc.opening.revisions import Revisions, open_revisions
from tests.support.repositories import LAYER, Repo
from tests.support.running import BAD, XOR

OR = XOR.replace("both: -2", "both: -1")
WHOLE = """\
nnc: 1
inputs: [p, q]
parts: {x: {use: parts/xor.nn.yaml, wiring: {a: p, b: q}}}
outputs: {y: x.xor}
"""
OVERLAY = "nnc: 1\nextends: xor.nn.yaml\nneurons: {xor: {weights: {both: -3}}}\n"


@pytest.fixture
def revisions(repo: Repo) -> Iterator[Revisions]:
    with open_revisions(repo.folder) as revisions:
        yield revisions


def told(repo: Repo, path: str = "xor.nn.yaml", **options: str) -> list[CommitChange]:
    with open_revisions(repo.folder) as revisions:
        return list(History(revisions, path, **options).changes())  # type: ignore[arg-type]


def kinds(changes: list[CommitChange]) -> list[tuple[str, str]]:
    return [(one.commit.subject, one.kind) for one in changes]


def subjects(repo: Repo, path: str = "xor.nn.yaml", **options: str) -> list[str]:
    return [one.commit.subject for one in told(repo, path, **options)]


def by_git(repo: Repo, *words: str) -> list[str]:
    return repo.git("log", "--format=%s", *words).splitlines()


def wrote(repo: Repo, name: str, content: str | bytes, subject: str) -> str:
    repo.write(name, content)
    return repo.commit(subject)


# ------------------------------------------------------------------------------ the walk


def test_only_commits_that_touched_the_file_newest_first(repo: Repo) -> None:
    wrote(repo, "readme", "1", "before")
    wrote(repo, "xor.nn.yaml", XOR, "made")
    wrote(repo, "readme", "2", "between")
    wrote(repo, "xor.nn.yaml", OR, "changed")
    wrote(repo, "readme", "3", "after")
    assert kinds(told(repo)) == [("changed", "changed"), ("made", "added")]
    assert subjects(repo) == by_git(repo, "--", "xor.nn.yaml")


@pytest.mark.parametrize("main", ["whole.nn.yaml", "nets/whole.nn.yaml"])
def test_commits_that_touched_a_part(repo: Repo, main: str) -> None:
    part = f"{os.path.dirname(main)}/parts/xor.nn.yaml".lstrip("/")  # noqa: PTH120
    repo.write(part, XOR)
    wrote(repo, main, WHOLE, "made")
    wrote(repo, "parts/other.nn.yaml", XOR, "other")
    wrote(repo, part, OR, "part")
    found = told(repo, main)
    assert kinds(found) == [("part", "changed"), ("made", "added")]
    assert found[0].comparison is not None
    [verdict] = found[0].comparison.behaviour.verdicts
    assert (verdict.kind, verdict.differing, verdict.total) == ("differs", 1, 4)


def test_commits_that_touched_a_base_or_weights_but_not_cases(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "base made")
    wrote(repo, "over.nn.yaml", OVERLAY, "overlay made")
    wrote(repo, "xor.nn.yaml", XOR.replace("a: 1, b: 1, both", "a: 2, b: 1, both"), "base")
    assert subjects(repo, "over.nn.yaml") == ["base", "overlay made"]
    repo.write("cases.csv", "x,out\n3,1\n")
    np.save("w.npy", np.array([[1, 1]], "i1"))
    wrote(repo, "layer.nn.yaml", LAYER, "layer made")
    wrote(repo, "cases.csv", "x,out\n3,1\n0,0\n", "cases")
    np.save("w.npy", np.array([[1, 3]], "i1"))
    repo.commit("weights")
    found = told(repo, "layer.nn.yaml")
    assert kinds(found) == [("weights", "changed"), ("layer made", "added")]
    assert found[0].is_of_behaviour


def test_a_file_is_followed_where_it_was_renamed(repo: Repo) -> None:
    wrote(repo, "a.nn.yaml", XOR, "made")
    wrote(repo, "a.nn.yaml", OR, "changed")
    (repo.folder / "nets").mkdir()
    repo.git("mv", "a.nn.yaml", "nets/é b.nn.yaml")
    repo.commit("moved")
    repo.git("mv", "nets/é b.nn.yaml", "c.nn.yaml")
    wrote(repo, "c.nn.yaml", OR + "# a comment\n", "moved again")
    found = told(repo, "c.nn.yaml")
    assert [one.commit.subject for one in found] == ["moved again", "moved", "changed", "made"]
    assert [one.renamed_from for one in found] == ["nets/é b.nn.yaml", "a.nn.yaml", None, None]
    assert [one.path for one in found] == [
        "c.nn.yaml", "nets/é b.nn.yaml", "a.nn.yaml", "a.nn.yaml"
    ]  # fmt: skip
    assert [one.is_of_behaviour for one in found] == [False, False, True, True]
    assert by_git(repo, "--follow", "--", "c.nn.yaml") == [one.commit.subject for one in found]


def test_a_file_that_went_and_came_back(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "made")
    (repo.folder / "xor.nn.yaml").unlink()
    repo.commit("gone")
    wrote(repo, "readme", "1", "between")
    assert kinds(told(repo)) == [("gone", "removed"), ("made", "added")]
    wrote(repo, "xor.nn.yaml", OR, "back")
    assert kinds(told(repo)) == [("back", "added"), ("gone", "removed"), ("made", "added")]
    assert subjects(repo) == by_git(repo, "--", "xor.nn.yaml")


def test_a_folder_of_that_name_is_no_network(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml/readme", "1", "a folder")
    wrote(repo, "xor.nn.yaml/readme", "2", "the folder goes on")
    repo.git("rm", "--quiet", "-r", "xor.nn.yaml")
    wrote(repo, "xor.nn.yaml", XOR, "made")
    assert kinds(told(repo)) == [("made", "added")]
    with pytest.raises(FileError, match="has no such file"):
        told(repo, tip="HEAD~1")


def test_a_revision_and_a_range(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "one")
    wrote(repo, "xor.nn.yaml", OR, "two")
    wrote(repo, "xor.nn.yaml", XOR, "three")
    assert subjects(repo, tip="HEAD~1") == ["two", "one"]
    found = told(repo, hidden="HEAD~2")
    assert kinds(found) == [("three", "changed"), ("two", "changed")]
    assert found[1].comparison is not None  # with a commit that is not told of
    assert subjects(repo, hidden="HEAD~2", tip="HEAD~1") == ["two"]
    assert subjects(repo, hidden="HEAD", tip="HEAD~1") == []


# -------------------------------------------------------------------------------- merges


def branched(repo: Repo) -> None:
    """Make a branch `side`; both it and `main` go on."""
    wrote(repo, "readme", "0", "start")
    wrote(repo, "xor.nn.yaml", XOR, "made")
    repo.git("checkout", "--quiet", "-b", "side")
    wrote(repo, "readme", "1", "other on side")


def merge(repo: Repo, subject: str) -> None:
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--strategy-option=theirs", "-m", subject, "side")


def test_a_merge_that_takes_one_side_is_passed_and_only_that_side_followed(repo: Repo) -> None:
    branched(repo)
    wrote(repo, "xor.nn.yaml", OR, "on side")
    repo.git("checkout", "--quiet", "main")
    wrote(repo, "more", "1", "other on main")
    merge(repo, "merged")
    assert subjects(repo) == ["on side", "made"] == by_git(repo, "--", "xor.nn.yaml")
    wrote(repo, "xor.nn.yaml", XOR, "later")
    assert [one.comparison is not None for one in told(repo)] == [True, True, False]


def test_a_change_that_a_merge_undid_is_not_followed(repo: Repo) -> None:
    branched(repo)
    wrote(repo, "xor.nn.yaml", OR, "on side")
    repo.git("checkout", "--quiet", "main")
    wrote(repo, "more", "1", "other on main")
    repo.git("merge", "--quiet", "--no-ff", "--strategy=ours", "-m", "merged", "side")
    assert subjects(repo) == ["made"] == by_git(repo, "--", "xor.nn.yaml")


def test_a_merge_that_differs_from_both_is_compared_with_the_first_parent(repo: Repo) -> None:
    branched(repo)
    wrote(repo, "xor.nn.yaml", XOR.replace("threshold: 1}", "threshold: 3/2}"), "on side")
    repo.git("checkout", "--quiet", "main")
    wrote(repo, "xor.nn.yaml", XOR.replace("threshold: 0}", "threshold: 1/2}"), "on main")
    repo.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    both = XOR.replace("threshold: 1}", "threshold: 3/2}").replace(
        "threshold: 0}", "threshold: 1/2}"
    )
    wrote(repo, "xor.nn.yaml", both, "merged")
    found = told(repo)
    assert [one.commit.subject for one in found] == ["merged", "on main", "on side", "made"]
    comparison = found[0].comparison
    assert comparison is not None
    assert [one.name for one in comparison.structure.changes] == ["both"]
    assert found[0].before is not None
    assert found[0].before.commit == repo.git("rev-parse", "HEAD^1").strip()


def test_it_agrees_with_git_on_a_history_with_many_merges(repo: Repo) -> None:
    branched(repo)
    for place in range(6):
        repo.git("checkout", "--quiet", "side")
        name = ("xor.nn.yaml", "readme", "note")[place % 3]
        content = (OR if place % 2 else XOR) + f"# {place}\n"
        wrote(repo, name, content, f"side {place}")
        repo.git("checkout", "--quiet", "main")
        wrote(repo, "more", f"{place}", f"main {place}")
        merge(repo, f"merge {place}")
    assert subjects(repo) == by_git(repo, "--", "xor.nn.yaml")


def test_what_was_compared_before_is_not_compared_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that was taken back and made again: files that are equal are equal networks."""
    texts = [XOR, OR, XOR, OR, XOR + "# why\n", OR]
    for place, text in enumerate(texts):
        wrote(repo, "xor.nn.yaml", text, f"{place}")
    count = 0

    def counted(*arguments: Any, **options: Any) -> Comparison:
        nonlocal count
        count += 1
        return compare_checked(*arguments, **options)

    monkeypatch.setattr(history, "compare_checked", counted)
    *changes, first = told(repo)
    assert first.comparison is None
    assert count == 4  # forth and back, and both with the comment
    for change, (before, after) in zip(changes, list(pairwise(texts))[::-1], strict=True):
        networks = nnc.loads(before), nnc.loads(after)
        assert change.comparison == nnc.compare(*networks)._replace(networks=None)


def test_each_object_is_asked_for_once(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(12):
        wrote(repo, "xor.nn.yaml", XOR + f"# {place}\n", f"{place}")
    asked: list[str] = []
    pieces = Objects.pieces

    def watched(objects: Objects, oid: str) -> Iterator[bytes]:
        asked.append(oid)
        return pieces(objects, oid)

    monkeypatch.setattr(Objects, "pieces", watched)
    assert len(told(repo)) == 12
    assert len(asked) == len(set(asked)) == 36  # commits, folders and files


def test_a_damaged_commit_is_told_where_it_is_reached(repo: Repo) -> None:
    first = wrote(repo, "xor.nn.yaml", XOR, "first")
    wrote(repo, "xor.nn.yaml", OR, "second")
    wrote(repo, "xor.nn.yaml", XOR + "# third\n", "third")
    wrote(repo, "xor.nn.yaml", OR + "# fourth\n", "fourth")
    file = repo.folder / f".git/objects/{first[:2]}/{first[2:]}"
    with open_revisions(repo.folder) as revisions:
        walk = History(revisions, "xor.nn.yaml").changes()
        file.chmod(0o644)
        file.write_bytes(b"damaged")
        assert next(walk).commit.subject == "fourth"
        with pytest.raises(FileError, match="lacks the object"):
            list(walk)


@pytest.mark.parametrize("damage", [None, b"damaged"])
def test_what_is_newer_than_a_damaged_commit_is_told(repo: Repo, damage: bytes | None) -> None:
    first = wrote(repo, "xor.nn.yaml", XOR, "first")
    wrote(repo, "xor.nn.yaml", OR, "second")
    wrote(repo, "xor.nn.yaml", XOR + "# third\n", "third")
    wrote(repo, "xor.nn.yaml", OR + "# fourth\n", "fourth")
    file = repo.folder / f".git/objects/{first[:2]}/{first[2:]}"
    file.chmod(0o644)
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)
    with open_revisions(repo.folder) as revisions:
        walk = History(revisions, "xor.nn.yaml").changes()
        assert next(walk).commit.subject == "fourth"
        with pytest.raises(FileError, match="lacks the object"):
            list(walk)


# ---------------------------------------------------------------------- invalid and unknown


def test_invalid_versions_are_told_and_passed_over(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "made")
    wrote(repo, "xor.nn.yaml", XOR.replace("both: -2", "boht: -2"), "broken")
    wrote(repo, "readme", "1", "between")
    wrote(repo, "xor.nn.yaml", BAD, "worse")
    wrote(repo, "xor.nn.yaml", OR, "fixed")
    fixed, worse, broken, made = told(repo)
    assert (fixed.kind, fixed.passed) == ("changed", 2)
    assert fixed.before is not None
    assert fixed.before.commit == made.commit.oid
    assert (worse.kind, broken.kind) == ("invalid", "invalid")
    [wrong] = broken.diagnostics
    assert (wrong.rule, wrong.file) == ("unknown-source", f"{broken.name}:xor.nn.yaml")
    assert not worse.is_of_behaviour


def test_the_first_valid_version(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", BAD, "bad")
    wrote(repo, "xor.nn.yaml", XOR, "good")
    assert kinds(told(repo)) == [("good", "first"), ("bad", "invalid")]


def test_a_version_that_is_too_large_is_told_in_its_place(repo: Repo, revisions: Revisions) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "made")
    wrote(repo, "xor.nn.yaml", XOR + "#" * 1000, "large")
    wrote(repo, "xor.nn.yaml", OR, "small")
    found = list(History(revisions, "xor.nn.yaml", max_bytes=500).changes())
    assert [one.kind for one in found] == ["changed", "invalid", "added"]
    assert [one.rule for one in found[1].diagnostics] == ["file-too-large"]


def test_a_file_that_never_was(repo: Repo) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "made")
    with pytest.raises(FileError) as caught:
        told(repo, "xro.nn.yaml")
    [one] = caught.value.diagnostics
    assert (one.rule, one.help) == ("not-in-revision", "did you mean `xor.nn.yaml`?")


def test_a_shallow_clone_says_where_it_ends(repo: Repo, tmp_path: Path) -> None:
    wrote(repo, "xor.nn.yaml", XOR, "made")
    wrote(repo, "xor.nn.yaml", OR, "second")
    wrote(repo, "xor.nn.yaml", XOR, "third")
    clone = tmp_path / "clone"
    words = ["git", "clone", "--quiet", "--depth=2", repo.folder.as_uri(), str(clone)]
    subprocess.run(words, check=True, timeout=300)
    with open_revisions(clone) as revisions:
        found = list(History(revisions, "xor.nn.yaml").changes())
    assert kinds(found) == [("third", "changed"), ("second", "cut")]


def test_changes_come_as_they_are_found(repo: Repo, revisions: Revisions) -> None:
    made = wrote(repo, "xor.nn.yaml", XOR, "made")
    wrote(repo, "xor.nn.yaml", OR, "second")
    wrote(repo, "xor.nn.yaml", OR + "# third\n", "third")
    wrote(repo, "xor.nn.yaml", OR + "# fourth\n", "fourth")
    found = History(revisions, "xor.nn.yaml").changes()
    assert next(found).commit.subject == "fourth"
    blob = repo.git("rev-parse", f"{made}:xor.nn.yaml").strip()
    (repo.folder / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    with pytest.raises(FileError, match="lacks the object"):
        list(found)
