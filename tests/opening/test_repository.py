"""The door to git: real repositories, real names, and what is told where git cannot help."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.opening.repository import LINK, SUBMODULE, Repository
from tests.support.repositories import Repo

ODD = 'sp ace/ü "q"\t비.nn.yaml'


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    return Repo(tmp_path / "re po", monkeypatch)


def refused(repository: Repository, revision: str) -> Diagnostic:
    with pytest.raises(FileError) as caught:
        repository.resolve(revision)
    (one,) = caught.value.diagnostics
    assert one.rule == "unknown-revision"
    return one


# ------------------------------------------------------------------------------ finding it


def test_the_repository_of_a_file_and_its_place_in_it(repo: Repo) -> None:
    file = repo.write("nets/deep/a.nn.yaml", "")
    with Repository.of(file) as repository:
        assert repository.top == repo.folder
        assert repository.folder == repo.folder / ".git"
        assert repository.place_of(file) == "nets/deep/a.nn.yaml"
        assert repository.place_of(file.parent) == "nets/deep"
        assert repository.place_of(repo.folder) == "."


def test_names_count_from_the_current_folder(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("nets/a.nn.yaml", "")
    monkeypatch.chdir(repo.folder / "nets")
    with Repository.of("a.nn.yaml") as repository:
        assert repository.place_of("a.nn.yaml") == "nets/a.nn.yaml"
        assert repository.place_of("../b.nn.yaml") == "b.nn.yaml"
        assert repository.place_of("..") == "."


def test_a_file_that_is_gone_with_its_folder_has_its_place(repo: Repo) -> None:
    with Repository.of(repo.folder / "gone/more/a.nn.yaml") as repository:
        assert repository.place_of(repo.folder / "gone/more/a.nn.yaml") == "gone/more/a.nn.yaml"


def test_a_folder_that_is_a_link_is_followed_and_the_file_is_not(
    repo: Repo, tmp_path: Path
) -> None:
    repo.write("nets/real.nn.yaml", "")
    (repo.folder / "nets/link.nn.yaml").symlink_to("real.nn.yaml")
    (tmp_path / "way").symlink_to(repo.folder / "nets")
    with Repository.of(tmp_path / "way/link.nn.yaml") as repository:
        assert repository.place_of(tmp_path / "way/link.nn.yaml") == "nets/link.nn.yaml"


def test_a_hook_names_its_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("nets/a.nn.yaml", "")
    commit = repo.commit()
    monkeypatch.chdir(repo.folder)
    monkeypatch.setenv("GIT_DIR", ".git")
    with Repository.of("nets/a.nn.yaml") as repository:
        assert repository.resolve("HEAD") == commit
        with pytest.raises(FileError, match="is outside the repository"):
            repository.place_of(tmp_path / "other/a.nn.yaml")


def test_a_bare_repository_is_read_by_paths_from_its_top(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("nets/a.nn.yaml", "")
    commit = repo.commit()
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    with Repository.of("nets/a.nn.yaml") as repository:
        assert repository.top is None
        assert repository.place_of("./nets/a.nn.yaml") == "nets/a.nn.yaml"
        assert repository.resolve("HEAD") == commit


def test_another_work_tree_of_the_repository(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.nn.yaml", "")
    commit = repo.commit()
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    with Repository.of(tmp_path / "side/a.nn.yaml") as repository:
        assert repository.top == tmp_path / "side"
        assert repository.resolve("side") == commit
        assert repository.names("ls-files", "-z") == ["a.nn.yaml"]


def test_no_repository(tmp_path: Path, repo: Repo) -> None:
    del repo
    with pytest.raises(FileError) as caught:
        Repository.of(tmp_path / "a.nn.yaml")
    (one,) = caught.value.diagnostics
    assert str(one) == (
        f"{tmp_path}/a.nn.yaml: error[NNC921] no-repository: the file lies in no git repository"
    )
    assert one.help == "`git init` makes one"


def test_no_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo.folder))
    with pytest.raises(FileError) as caught:
        Repository.of(repo.folder)
    assert str(caught.value).startswith("error[NNC920] git-failed: there is no program `git`\n")


def test_the_words_of_git_where_it_fails(repo: Repo) -> None:
    with Repository.of(repo.folder) as repository, pytest.raises(FileError) as caught:
        repository.ask("ls-tree", "nothing")
    assert "`git ls-tree` failed: Not a valid object name nothing" in str(caught.value)


def test_a_damaged_repository_is_told_in_the_words_of_git(repo: Repo) -> None:
    (repo.folder / ".git/config").write_text("[core")
    with pytest.raises(FileError, match="git cannot read the repository: bad config line"):
        Repository.of(repo.folder)


# ------------------------------------------------------------------------------- revisions


def test_a_revision_is_whatever_git_takes(repo: Repo) -> None:
    first = repo.commit()
    second = repo.commit()
    repo.git("tag", "-a", "-m", "x", "v1")
    with Repository.of(repo.folder) as repository:
        assert repository.resolve("HEAD~1") == first
        for name in ("HEAD", "main", "v1", second[:8], "@", ":/change"):
            assert repository.resolve(name) == second


def test_a_revision_that_is_none(repo: Repo) -> None:
    repo.commit()
    repo.git("branch", "feature/adders")
    with Repository.of(repo.folder) as repository:
        near = refused(repository, "feature/aders")
        assert near.message == "there is no revision `feature/aders`"
        assert near.help == "did you mean `feature/adders`?"
        assert refused(repository, "zzz").help == "`git log --oneline --all` lists the commits"
        assert refused(repository, "--all").message == "there is no revision `--all`"
        assert refused(repository, "").message == "the revision is empty"
        assert refused(repository, "HEAD^7").rule == "unknown-revision"


def test_a_repository_without_a_commit(repo: Repo) -> None:
    with Repository.of(repo.folder) as repository:
        one = refused(repository, "HEAD")
    assert (one.message, one.help) == (
        "the repository has no commit yet", "commit something first",
    )  # fmt: skip


def test_branches_without_a_common_commit(repo: Repo) -> None:
    repo.commit()
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.commit()
    with Repository.of(repo.folder) as repository, pytest.raises(FileError) as caught:
        repository.common_base("main")
    assert "`main` and HEAD have no commit in common" in str(caught.value)


def test_a_shallow_clone_says_how_to_get_the_rest(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    first = repo.git("rev-parse", "HEAD").strip()
    repo.commit()
    url = f"file://{repo.folder}"
    repo.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    with Repository.of(tmp_path / "shallow") as repository:
        assert repository.is_shallow()
        assert "git fetch --unshallow" in str(refused(repository, first).help)
        assert not repository.objects.has(first)
        with pytest.raises(FileError) as caught:
            repository.objects.blob(first)
        (one,) = caught.value.diagnostics
        assert (one.rule, "git fetch --unshallow" in str(one.help)) == ("missing-object", True)
        assert repository.objects.has(repository.resolve("HEAD"))


# --------------------------------------------------------------------------------- objects


def test_a_commit_and_what_it_holds(repo: Repo) -> None:
    repo.write(ODD, "odd")
    repo.write("empty", b"")
    repo.write("run.sh", "x").chmod(0o755)
    (repo.folder / "link").symlink_to("run.sh")
    os.link(repo.write("large.bin", bytes(3_000_000)), repo.folder / "same.bin")
    (repo.folder / os.fsdecode(b"not-utf8-\xff")).write_bytes(b"raw")
    first = repo.commit("Erste Zeile: ü\n\nand more")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    repo.git("commit", "--quiet", "-m", "submodule")
    with Repository.of(repo.folder) as repository:
        objects = repository.objects
        told = objects.commit(first)
        assert (told.subject, told.author, told.day) == ("Erste Zeile: ü", "Ada", "2026-01-01")
        assert told.parents == ()
        last = objects.commit(repository.resolve("HEAD"))
        assert last.parents == (first,)
        tree = objects.tree(last.tree)
        assert tree["link"].mode == LINK
        assert tree["sub"].mode == SUBMODULE
        assert {name for name, one in tree.items() if one.is_file} == {
            "empty", "run.sh", "large.bin", "same.bin", os.fsdecode(b"not-utf8-\xff"),
        }  # fmt: skip
        inside = objects.tree(tree["sp ace"].oid)
        assert objects.blob(inside[ODD.partition("/")[2]].oid) == b"odd"
        assert objects.blob(tree["empty"].oid) == b""
        assert objects.blob(tree["large.bin"].oid) == bytes(3_000_000)
        assert ODD in repository.names("ls-files", "-z")


def test_a_repository_of_sha_256(tmp_path: Path, repo: Repo) -> None:
    repo.git("init", "--quiet", "--object-format=sha256", str(tmp_path / "new"))
    repo.folder = tmp_path / "new"
    repo.write("a", "text")
    commit = repo.commit()
    assert len(commit) == 64
    with Repository.of(repo.folder) as repository:
        tree = repository.objects.tree(repository.objects.commit(commit).tree)
        assert repository.objects.blob(tree["a"].oid) == b"text"


def test_an_object_that_is_damaged(repo: Repo) -> None:
    repo.write("a", "text")
    repo.commit()
    oid = repo.git("rev-parse", "HEAD:a").strip()
    stored = repo.folder / f".git/objects/{oid[:2]}/{oid[2:]}"
    stored.chmod(0o644)
    stored.write_bytes(b"no object")
    with Repository.of(repo.folder) as repository, pytest.raises(FileError) as caught:
        repository.objects.blob(oid)
    (one,) = caught.value.diagnostics
    assert one.message == f"the repository lacks the object {oid[:12]}"
    assert one.help == "`git fsck` says what else is damaged"


def test_git_is_asked_to_end_where_nnc_is_stopped(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def stopped(process: subprocess.Popen[bytes]) -> None:
        ran.append(process)
        raise KeyboardInterrupt

    with Repository.of(repo.folder) as repository, monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "communicate", stopped)
        with pytest.raises(KeyboardInterrupt):
            repository.try_to("-c", "alias.wait=!sleep 5", "wait")
    assert [process.returncode for process in ran] == [-signal.SIGTERM]


def test_a_git_that_cannot_be_run(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    with Repository.of(repo.folder) as repository:
        monkeypatch.setattr(subprocess, "Popen", failing)
        for ask in (lambda: repository.ask("status"), lambda: repository.objects.blob("0" * 40)):
            with pytest.raises(FileError) as caught:
                ask()
            (one,) = caught.value.diagnostics
            assert (one.rule, one.message) == (
                "git-failed",
                "the program `git` cannot be run: Too many open files",
            )
