"""Which network files paths stand for: with a git repository, and without one."""

import os
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from nnc.files.selection import find_networks

NOT_MINE = (
    ".hidden/h.nn.yaml",
    ".venv/lib/v.nn.yaml",
    "__pycache__/c.nn.yaml",
    "envs/mine/lib/e.nn.yaml",
    "node_modules/pkg/n.nn.yaml",
)
FILES = ("b.nn.yaml", "a.nn.yml", "sub/c.nn.yaml", "other.yaml", "sub/rows.csv", *NOT_MINE)

needs_git = pytest.mark.skipif(not which("git"), reason="git")


def write(folder: Path, *names: str) -> None:
    for name in names:
        target = folder / name
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_text("nnc: 1\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, *FILES)
    (tmp_path / "envs/mine/pyvenv.cfg").write_text("")
    (tmp_path / "dir.nn.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(folder: Path) -> Path:
    git("init", "-q", ".")
    return folder


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("paths", "files"),
    [
        (["."], ["a.nn.yml", "b.nn.yaml", "sub/c.nn.yaml"]),
        (["sub", "b.nn.yaml", "."], ["sub/c.nn.yaml", "b.nn.yaml", "a.nn.yml"]),
        (["other.yaml"], ["other.yaml"]),
        (["missing.nn.yaml"], ["missing.nn.yaml"]),
        (["-", "b.nn.yaml", "-"], ["-", "b.nn.yaml"]),
        ([".venv"], [".venv/lib/v.nn.yaml"]),
        (["envs/mine"], ["envs/mine/lib/e.nn.yaml"]),
        (["node_modules/pkg/n.nn.yaml"], ["node_modules/pkg/n.nn.yaml"]),
        (["*.yaml"], ["b.nn.yaml", "other.yaml"]),
        (["./*.yml"], ["a.nn.yml"]),
        (["s?b/[a-c].nn.*"], ["sub/c.nn.yaml"]),
        (["sub/**"], ["sub/c.nn.yaml", "sub/rows.csv"]),
        (["*/../b.nn.*"], ["__pycache__/../b.nn.yaml"]),
        ([".h*/*"], [".hidden/h.nn.yaml"]),
        (
            ["**/[bce].nn.yaml"],
            ["__pycache__/c.nn.yaml", "b.nn.yaml", "envs/mine/lib/e.nn.yaml", "sub/c.nn.yaml"],
        ),
    ],
)
def test_find(paths: list[str], files: list[str]) -> None:
    found = find_networks(paths)
    assert sorted(found.files) == sorted(files) if "**" in paths[0] else found.files == files
    assert found[1:] == ([], [])


@pytest.mark.parametrize("path", ["dir.nn.yaml", "sub/*.yml", "none/*.nn.yaml", "b.nn.yaml/*"])
def test_nothing_found(path: str, folder: Path) -> None:
    (folder / "sub/c.nn.yaml").unlink()
    files, (found,), _ = find_networks([path])
    assert files == []
    assert found.rule == "no-network-files"
    assert path in found.message


def test_a_file_with_a_star_in_its_name(folder: Path) -> None:
    (folder / "a*.nn.yaml").write_text("")
    assert find_networks(["a*.nn.yaml"]).files == ["a*.nn.yaml"]


# -------------------------------------------------------------------------------------- git


@needs_git
@pytest.mark.usefixtures("repository")
def test_without_an_ignore_file_the_folders_of_others_are_left_out_too() -> None:
    assert find_networks(["."]) == (["a.nn.yml", "b.nn.yaml", "sub/c.nn.yaml"], [], [])


@needs_git
def test_what_git_tracks_is_taken_and_what_it_ignores_is_not(repository: Path) -> None:
    write(repository, "build/o.nn.yaml", "build/tracked.nn.yaml", "new.nn.yaml")
    (repository / ".gitignore").write_text("build\nb.nn.yaml\n")
    git("add", "--force", ".hidden", "build/tracked.nn.yaml", "sub")
    (repository / "sub/c.nn.yaml").unlink()  # git still tracks it
    taken = [".hidden/h.nn.yaml", "a.nn.yml", "build/tracked.nn.yaml", "new.nn.yaml"]
    assert find_networks(["."]) == (taken, [], [])
    assert find_networks(["b.nn.yaml", "build/o.nn.yaml"]).files == ["b.nn.yaml", "build/o.nn.yaml"]


@needs_git
def test_an_ignored_folder_that_is_named_is_taken(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, "build/o.nn.yaml")
    (repository / ".gitignore").write_text("build\n")
    assert find_networks(["build"]).files == ["build/o.nn.yaml"]
    monkeypatch.chdir(repository / "build")
    assert find_networks(["."]).files == ["o.nn.yaml"]


@needs_git
def test_nested_repositories_are_asked_for_their_own_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "nested/x.nn.yaml", "nested/ignored.nn.yaml")
    (folder / "nested/.gitignore").write_text("ignored*\n")
    git("init", "-q", "nested")
    wanted = ["a.nn.yml", "b.nn.yaml", "nested/x.nn.yaml", "sub/c.nn.yaml"]
    assert find_networks(["."]).files == wanted
    git("init", "-q", ".")
    assert find_networks(["."]).files == wanted
    git("-C", "nested", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x",
        "--allow-empty")  # fmt: skip
    git("add", "nested")  # as a submodule is kept
    monkeypatch.setenv("GIT_DIR", str(folder / ".git"))  # as hooks have it
    assert find_networks(["."]).files == wanted
    assert find_networks(["nested"]).files == ["nested/x.nn.yaml"]


@needs_git
def test_where_git_cannot_be_asked_all_is_taken_with_a_note(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nothing")
    files, problems, (note,) = find_networks(["."])
    assert files == ["a.nn.yml", "b.nn.yaml", "sub/c.nn.yaml"]
    assert not problems
    assert note == (
        "git cannot say which files it ignores in `.`, so they are taken too: "
        "there is no program `git`"
    )
    (repository / ".git/config").write_text("[broken")
    monkeypatch.undo()
    monkeypatch.chdir(repository)
    assert "bad config line" in find_networks(["."]).notes[0]


def test_an_empty_git_folder_is_no_repository(folder: Path) -> None:
    (folder / ".git").mkdir()
    assert find_networks(["."]) == (["a.nn.yml", "b.nn.yaml", "sub/c.nn.yaml"], [], [])


# ---------------------------------------------------------------------- what cannot be read


def test_links(folder: Path) -> None:
    (folder / "sub/none.nn.yaml").symlink_to("nowhere")
    (folder / "sub/loop.nn.yaml").symlink_to("loop.nn.yaml")
    (folder / "sub/same.nn.yaml").symlink_to("c.nn.yaml")
    (folder / "sub/up").symlink_to("..")
    (folder / "linked.nn.yaml").symlink_to("sub")
    names = ["c", "loop", "none", "same"]
    assert find_networks(["sub"]).files == [f"sub/{name}.nn.yaml" for name in names]
    assert find_networks(["sub/**/*.nn.yaml"]).files == [f"sub/{name}.nn.yaml" for name in names]
    assert find_networks(["linked.nn.yaml"]).files == [
        f"linked.nn.yaml/{name}.nn.yaml" for name in names
    ]


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "sub/p.nn.yaml")
    for path in ("sub", "sub/*.nn.yaml"):
        files, (problem,), _ = find_networks([path])
        assert files == ["sub/c.nn.yaml"]
        assert problem.file == "sub/p.nn.yaml"
        assert problem.message == "cannot open the file: it is a pipe, a socket or a device"


def test_git_lists_no_pipes(repository: Path) -> None:
    os.mkfifo(repository / "sub/p.nn.yaml")
    assert find_networks(["sub"]) == (["sub/c.nn.yaml"], [], [])


@pytest.fixture
def _unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make folders called `locked` unreadable, also for root, and those called `gone` vanish."""
    really = os.scandir

    def scan(path: Any = ".") -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", path)
        if Path(path).name == "gone":
            raise FileNotFoundError(2, "No such file or directory", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scan)


@pytest.mark.usefixtures("_unreadable")
@pytest.mark.parametrize("path", [".", "*/*/*.nn.yaml", "**/*.nn.yaml"])
def test_folders_that_cannot_be_read(path: str, folder: Path) -> None:
    write(folder, "nets/locked/x.nn.yaml", "nets/gone/x.nn.yaml", "nets/y/z.nn.yaml")
    found = find_networks([path])
    assert "nets/y/z.nn.yaml" in found.files
    assert {(problem.file, problem.message) for problem in found.problems} == {
        ("nets/gone", "cannot read the folder: No such file or directory"),
        ("nets/locked", "cannot read the folder: Permission denied"),
    }


@pytest.mark.usefixtures("_unreadable")
def test_a_folder_that_cannot_be_read_is_not_called_empty(folder: Path) -> None:
    (folder / "locked").mkdir()
    files, (problem,), _ = find_networks(["locked"])
    assert not files
    assert problem.rule == "cannot-open"


@needs_git
def test_a_folder_that_git_cannot_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning is what git prints for a folder without permissions, in every version so far."""
    from nnc.files import selection as door

    write(repository, "nets/locked/x.nn.yaml")
    really = door.list_files

    def list_files(folder: str) -> Any:
        answer = really(folder)
        answer.stderr = b"warning: could not open directory 'nets/locked/': Permission denied\n"
        answer.stderr += b"warning: could not open directory '.hidden/locked/': Permission denied\n"
        return answer

    monkeypatch.setattr(door, "list_files", list_files)
    really_scan = os.scandir

    def scan(path: Any = ".") -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.chdir(repository / "nets")
    _, problems, _ = find_networks([".."])
    assert [(each.file, each.message) for each in problems] == [
        ("../nets/locked", "cannot read the folder: Permission denied")
    ]
