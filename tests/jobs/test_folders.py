"""What a folder of rows stands for: all files below it, and no silence about what is none."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnc import FileError, Job, loads
from nnc import job as job_of
from nnc.jobs.folders import LocalFolder
from tests.support.running import XOR, Nnc

pytestmark = pytest.mark.usefixtures("rows_folder")

NETWORK = loads(XOR)


def _files(path: str = "in/") -> list[str]:
    return [task.file for task in _job(path).tasks]


def _job(path: str) -> Job:
    return job_of(NETWORK, path, count=True)


def _mistakes(path: str = "in/") -> list[str]:
    with pytest.raises(FileError) as raised:
        _job(path)
    return [f"{each.rule} {each.file}: {each.message}" for each in raised.value.diagnostics]


def test_linked_folders_are_followed_each_once() -> None:
    Path("real/deep").mkdir(parents=True)
    Path("real/deep/r.csv").write_text("a,b\n1,1\n")
    Path("in/a").symlink_to("../real")
    Path("in/again").symlink_to("../real")
    Path("in/alias").symlink_to("below")  # which has its own name
    Path("real/circle").symlink_to("../in")
    Path("in/up").symlink_to("..")
    assert _files() == ["a/deep/r.csv", "below/y.jsonl", "x.csv", "z.parquet"]
    assert _files("in/**/*.csv") == ["a/deep/r.csv", "x.csv"]
    assert _files("in/*/*.jsonl") == ["below/y.jsonl"]


def test_a_link_to_nothing_is_a_mistake() -> None:
    Path("in/broken.csv").symlink_to("nothere.csv")
    Path("in/self.csv").symlink_to("self.csv")
    Path("in/.#lock").symlink_to("user@host")  # as of an editor
    path = str(Path("in/broken.csv"))
    wrong = _mistakes()
    reason = "it is a link to `nothere.csv`, which does not exist"
    assert wrong[0] == f"cannot-open {path}: cannot open the file: {reason}"
    assert wrong == _mistakes("in/*.csv")
    assert _files("in/*.parquet") == ["z.parquet"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_a_mistake_and_is_not_waited_for() -> None:
    os.mkfifo("in/pipe.csv")
    message = "it is not a file, but a pipe, a socket or a device"
    assert _mistakes() == [f"cannot-open {Path('in/pipe.csv')}: {message}"]


def test_a_folder_that_cannot_be_looked_into_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(look: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def looked(path: Any) -> Any:
            if Path(path).name == "below":
                raise PermissionError(13, "Permission denied", str(path))
            return look(path)

        return looked

    monkeypatch.setattr("os.scandir", closed(os.scandir))
    monkeypatch.setattr("os.listdir", closed(os.listdir))
    for path in ("in/", "in/**/*.csv", "in/b*/*.csv", "in/c*/*.csv"):
        assert _mistakes(path)[0].startswith(f"cannot-open {Path('in/below')}: ")
    assert _files("in/*.csv") == ["x.csv"]


def test_what_is_there_wins_over_the_pattern(nnc: Nnc) -> None:
    Path("in").rename("d[1]")
    assert _files("d[1]") == ["below/y.jsonl", "x.csv", "z.parquet"]
    assert _files("d[1]/x.csv") == ["x.csv"]
    Path("d1").mkdir()
    Path("d1/other.csv").write_text("a,b\n1,1\n")
    assert _files("d[1]/*.csv") == ["x.csv"]
    Path("d[1]").rename("in")
    assert _files("d[1]/*.csv") == ["d1/other.csv"]
    Path("x[1].csv").write_text("a,b\n1,1\n")
    assert nnc("eval", "xor.nn.yaml", "x[1].csv", "-o", "out/")[0] == 0
    assert Path("out/x[1].csv").read_text() == "xor\n0\n"


def test_a_folder_inside_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    folder = LocalFolder("in")
    with pytest.raises(FileError, match="cannot create the folder: Read-only file system"):
        folder.write("new/x.csv")
