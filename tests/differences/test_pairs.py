"""The networks that `nnc diff` compares, by every spelling, from anywhere in a real repository."""

from pathlib import Path

import pytest

from tests.support.repositories import GATE, USER, Repo, review
from tests.support.running import BAD, Nnc, rules


@pytest.fixture
def repo(nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    repo = review(Repo(tmp_path / "repo", monkeypatch))
    monkeypatch.chdir(repo.folder)
    return repo


ALL = [
    "fresh.nn.yaml (v1 -> v2)",
    "local.nn.yaml (v1 -> v2)",
    "nets/layer.nn.yaml (v1 -> v2)",
    "nets/user.nn.yaml (v1 -> v2)",
    "parts/gate.nn.yaml (v1 -> v2)",
    "v1:sepsis.nn.yaml -> v2:site.nn.yaml",
    "vendor.nn.yaml (v1 -> v2)",
    "wells.nn.yaml (v1 -> v2)",
]


def titles(nnc: Nnc, *words: str) -> list[str]:
    """Run it, and return what it calls each network, without the sum of several."""
    code, out, err = nnc("diff", "--report", "stat", *words)
    assert (code, err) == (0, "")
    lines = [line.split("  ")[0] for line in out.splitlines()]
    return lines if len(lines) < 2 else lines[:-1]


@pytest.mark.parametrize("words", ["v1 v2", "v1..v2", "v1...v2", "v1 v2 --", "v1 v2 -- ."])
def test_all_networks_of_two_revisions(nnc: Nnc, repo: Repo, words: str) -> None:
    assert titles(nnc, *words.split()) == ALL
    (repo.folder / "calm.nn.yaml").write_text(BAD)  # the work tree does not count
    assert titles(nnc, *words.split()) == ALL


def test_all_networks_of_a_revision_and_the_work_tree(nnc: Nnc, repo: Repo) -> None:
    own = [title.replace("v1 -> v2", "v1 -> work tree").replace("v2:", "") for title in ALL]
    assert titles(nnc, "v1") == titles(nnc, "v1", "--") == titles(nnc, "v1", ".") == own
    assert nnc("diff", "v2") == (0, "", "no network has changed since v2\n")
    assert nnc("diff", "v2", "HEAD") == (0, "", "no network differs between v2 and HEAD\n")
    repo.git("mv", "calm.nn.yaml", "quiet.nn.yaml")
    assert titles(nnc) == ["HEAD:calm.nn.yaml -> quiet.nn.yaml"]


def test_from_a_folder_below(nnc: Nnc, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.folder / "nets")
    assert titles(nnc, "v1", "v2") == ALL
    assert titles(nnc, "v1", "v2", "--", ".") == ALL[2:4]
    assert titles(nnc, "v1", "v2", "--", "../parts", "user.nn.yaml") == [ALL[4], ALL[3]]
    assert titles(nnc, "v1", "--", ".") == [
        "layer.nn.yaml (v1 -> work tree)",
        "user.nn.yaml (v1 -> work tree)",
    ]
    code, _, err = nnc("diff", "v1:user.nn.yaml")
    assert (code, rules(err)) == (2, ["not-in-revision"])
    assert "paths are relative to the top: did you mean `v1:nets/user.nn.yaml`?" in err
    assert titles(nnc, "v1:./user.nn.yaml") == ["user.nn.yaml (v1 -> work tree)"]
    assert titles(nnc, "v1", "--", "../wells.nn.yaml") == ["../wells.nn.yaml (v1 -> work tree)"]


def test_files_folders_and_patterns(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    for name in ("sepsis.nn.yaml", "site.nn.yaml"):
        assert titles(nnc, "v1", "v2", "--", name) == [ALL[5]]
    assert titles(nnc, "v1", "v2", "--", "nets", "nets/user.nn.yaml", "wells.nn.yaml") == [
        ALL[2], ALL[3], ALL[7]
    ]  # fmt: skip
    assert titles(nnc, "v1", "v2", "--", "w*.nn.yaml", "**/user*") == [ALL[7], ALL[3]]
    # one that is named is compared in any case
    assert titles(nnc, "v1", "v2", "--", "calm.nn.yaml") == ["calm.nn.yaml (v1 -> v2)"]
    said = "no network there differs between v2~1 and v1\n"
    assert nnc("diff", "v2~1..v1", "--", "nets") == (0, "", said)


def test_files_of_revisions(nnc: Nnc, repo: Repo) -> None:  # noqa: ARG001
    assert titles(nnc, "v1:sepsis.nn.yaml", "v2:site.nn.yaml") == [ALL[5]]
    assert titles(nnc, "v1:sepsis.nn.yaml", "site.nn.yaml") == ["v1:sepsis.nn.yaml -> site.nn.yaml"]
    assert titles(nnc, "calm.nn.yaml", "v1:wells.nn.yaml") == ["calm.nn.yaml -> v1:wells.nn.yaml"]
    assert titles(nnc, "v1:vendor.nn.yaml") == ["vendor.nn.yaml (v1 -> work tree)"]


def test_a_range_from_where_a_branch_left(nnc: Nnc, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "side", "v1")
    repo.write("calm.nn.yaml", GATE.replace("threshold: 2", "threshold: 1"))
    repo.commit()
    assert titles(nnc, "main...side") == [
        f"calm.nn.yaml ({repo.git('rev-parse', 'v1')[:10]} -> side)"
    ]
    assert len(titles(nnc, "main..side")) == 9
    assert nnc("diff", "side...v1").err == "no network has changed in v1 since it left side\n"


def test_whole_commits_are_shown_in_short(nnc: Nnc, repo: Repo) -> None:
    old, new = (repo.git("rev-parse", name).strip() for name in ("v1", "v2"))
    assert titles(nnc, old, new, "--", "vendor.nn.yaml") == [
        f"vendor.nn.yaml ({old[:10]} -> {new[:10]})"
    ]


@pytest.mark.parametrize(
    ("words", "rule", "told"),
    [
        ("mian", "unknown-revision", "and no such file\n   = help: did you mean `main`"),
        ("clam.nn.yam", "unknown-revision", "help: did you mean `calm.nn.yaml`?"),
        ("main mian", "unknown-revision", "help: did you mean `main`?"),
        ("main...mian", "unknown-revision", "no revision `mian`\n   = help: did you mean `main`?"),
        ("v1 v2 -- sepsi.nn.yaml", "not-in-revision", ("neither the revision `v1` nor `v2` "
         "has such a file\n  --> sepsi.nn.yaml\n   = help: did you mean `sepsis.nn.yaml`?")),
        ("v1 gone.nn.yaml", "cannot-open", ("help: a file that only a revision has "
         "goes after `--`: nnc diff v1 -- gone.nn.yaml")),
        ("gone.nn.yaml", "cannot-open", "goes after `--`: nnc diff -- gone.nn.yaml"),
        ("v1 -- sit.nn.yaml", "not-in-revision", "has no such file, nor has the work tree"),
        ("v1 v2 -- none*.yaml", "no-network-files", "no file matches `none*.yaml`"),
        ("v1 v2 -- empty", "no-network-files", "*.nn.yml) below `empty`"),
    ],
)  # fmt: skip
def test_what_is_in_the_way(nnc: Nnc, repo: Repo, words: str, rule: str, told: str) -> None:
    repo.write("empty/note.txt", "")
    code, out, err = nnc("diff", *words.split())
    assert (code, out, rules(err)) == (2, "", [rule])
    assert told in err


def test_one_that_cannot_be_read_does_not_hide_the_others(nnc: Nnc, repo: Repo) -> None:
    commit = repo.git("rev-parse", "HEAD").strip()
    repo.write(
        "user.nn.yaml",
        USER.replace("../parts/gate", "lib/gate"),
    )
    repo.git("rm", "--quiet", "fresh.nn.yaml")
    repo.git("add", "--all")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},lib")
    repo.git("commit", "--quiet", "-m", "submodule")
    code, out, err = nnc("diff", "--report", "stat", "v2", "HEAD")
    assert (code, rules(err)) == (2, ["not-in-revision"])
    assert "lies in a submodule" in err
    assert out == "fresh.nn.yaml (v2 -> HEAD)  removed: 1 input, 1 layer, 1 output\n"


def test_one_that_was_not_valid_may_be_removed(nnc: Nnc, repo: Repo) -> None:
    repo.write("bad.nn.yaml", BAD)
    repo.commit()
    repo.git("rm", "--quiet", "bad.nn.yaml")
    repo.commit()
    assert nnc("diff", "HEAD~1", "HEAD") == (0, "bad.nn.yaml (HEAD~1 -> HEAD): removed\n", "")


def test_a_shallow_clone_says_what_to_fetch(
    nnc: Nnc, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("clone", "--quiet", "--depth", "1", repo.folder.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    code, _, err = nnc("diff", "HEAD^1", "HEAD")
    assert (code, rules(err)) == (2, ["unknown-revision"])
    assert "the clone is shallow: `git fetch --unshallow` gets the commits it lacks" in err
