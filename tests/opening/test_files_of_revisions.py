"""The tree of a commit gives what the disk gives, where the same files lie."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nnc.files.opening import DISK, Files, resolved_inside
from nnc.opening.repository import Repository
from nnc.opening.revisions import Revision, Revisions
from tests.support.repositories import Repo

LINKS = {
    "link.txt": "a.txt", "way": "sub/deep", "sub/up": "..", "sub/deep/far": "../../sub/b.txt",
    "loop": "loop", "sub/ping": "pong", "sub/pong": "ping", "lost": "nowhere", "out": "../beside",
    "absolute": "/nowhere", "chain": "link.txt",
}  # fmt: skip
NAMES = (
    "", ".", "..", "a.txt", "./a.txt", "sub", "sub/", "sub/b.txt", "sub/../a.txt", "sub/deep/c.txt",
    "nowhere", "nowhere/a.txt", "nowhere/../a.txt", "a.txt/more", "a.txt/../sub/b.txt", "../a.txt",
    "/a.txt", "/etc/hosts", "sub//b.txt", "way/../b.txt", "way/far", "sub/up/a.txt", "up/sub/b.txt",
    "../../a.txt", "ü.txt", "way/./c.txt", "out/a.txt", "loop/a.txt", "lost/a.txt", *LINKS,
)  # fmt: skip


@pytest.fixture
def tree(repo: Repo) -> Iterator[Revision]:
    for name in ("a.txt", "sub/b.txt", "sub/deep/c.txt", "ü.txt"):
        repo.write(name, f"this is {name}")
    for name, target in LINKS.items():
        (repo.folder / name).symlink_to(target)
    commit = repo.commit()
    with (
        Repository.of(repo.folder) as repository,
        closing(Revision(Revisions(repository), "HEAD", commit)) as it,
    ):
        yield it


def outcome(action: Callable[[], Any]) -> Any:
    """Give what comes of it: the type and number of an error, too."""
    try:
        return action()
    except OSError as error:
        return type(error), error.errno if not isinstance(error, FileNotFoundError) else None


def seen(files: Files, root: Path, folder: str, name: str) -> list[Any]:
    """Give all that can be asked of one name, without where the root is."""
    home = root / folder
    target = resolved_inside(name, home, root, files)
    looked = outcome(lambda: files.look(home / name))
    if target is None:  # what lies outside is there or not, and looked at no further
        return [None, looked if looked is not None and looked[1] is not None else None]
    kind = files.kind_of(target)
    names = sorted(files.names(target)) if kind == "folder" else None
    data = files.read(target, root, 9) if kind == "file" else None
    way = target.relative_to(files.resolve(root))
    return [way, kind, names, data]


@pytest.mark.parametrize("folder", ["", "sub", "way"])
def test_a_name_means_what_it_means_on_the_disk(folder: str, tree: Revision, repo: Repo) -> None:
    for name in NAMES:
        there = seen(DISK, repo.folder, folder, name)
        assert seen(tree, tree.at(""), folder, name) == there, name


def test_what_is_no_file_is_not_read(tree: Revision) -> None:
    for name, error in {"sub": IsADirectoryError, "nowhere": FileNotFoundError}.items():
        for ask in (lambda at: tree.read(at, at, 9), lambda at: tree.open(at, at)):
            with pytest.raises(error):
                ask(tree.at(name))
    with pytest.raises(OSError, match=r"^$"):
        tree.names(tree.at("a.txt"))


def test_a_file_is_called_as_git_calls_it(tree: Revision) -> None:
    assert tree.called(tree.at("sub/../a.txt")) == "HEAD:sub/../a.txt"
    assert tree.lfs_fetch == "git lfs fetch origin HEAD"


def test_a_file_to_be_mapped_is_copied_once(tree: Revision) -> None:
    assert not os.path.exists(str(tree.at("")))  # noqa: PTH110
    first, stream = tree.open(tree.at("a.txt"), tree.at(""))
    assert stream.read() == b"this is a.txt"
    stream.close()
    before = first.stat()
    again, stream = tree.open(tree.at("a.txt"), tree.at(""))
    stream.close()
    assert (again, again.stat().st_mtime_ns) == (first, before.st_mtime_ns)
    tree.close()
    assert not first.exists()
