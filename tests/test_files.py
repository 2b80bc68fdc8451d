"""Files are written whole or not at all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nnc.diagnostics import FileError
from nnc.files import open_atomically

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_new_file_gets_its_name_at_the_end(tmp_path):
    path = tmp_path / "out.csv"
    before = os.umask(0o027)
    try:
        with open_atomically(path) as stream:
            stream.write(b"a\n")
            assert not path.exists()
    finally:
        os.umask(before)
    assert path.read_bytes() == b"a\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BrokenPipeError, OSError])
def test_a_failure_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_atomically(path) as stream:
            stream.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.csv"]


def test_mode_and_link_stay(tmp_path):
    folder = tmp_path / "real"
    folder.mkdir()
    target, link = folder / "out.csv", tmp_path / "link.csv"
    target.write_bytes(b"old")
    target.chmod(0o604)
    link.symlink_to(target)
    with open_atomically(str(link)) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    assert names(folder) == ["out.csv"]


def test_a_link_to_nothing_makes_its_target(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "later.csv")
    with open_atomically(link) as stream:
        stream.write(b"new")
    assert (tmp_path / "later.csv").read_bytes() == b"new"
    assert link.is_symlink()


def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_atomically("out.csv") as stream:
        stream.write(b"new")
    assert names(tmp_path) == ["out.csv"]


def test_devices_and_pipes_are_written_directly(tmp_path):
    with open_atomically("/dev/null") as stream:
        stream.write(b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_atomically(pipe) as stream:
        stream.write(b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_is_not_cut(tmp_path, name):
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    code = (
        f"from nnc.files import open_atomically\nwith open_atomically({name!r}) as s: s.write(b'x')"
    )
    with log.open("ab") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert log.read_bytes() == b"before\nx"


@pytest.mark.parametrize(
    ("path", "message", "help_"),
    [
        ("no/such/out.csv", "No such file or directory", "make the folder `no/such` first"),
        (".", "Is a directory", None),
        ("file/out.csv", "Not a directory", None),
        ("a\0b", "embedded null byte", None),
        ("x" * 300, "File name too long", None),
    ],
)
def test_what_cannot_be_written(tmp_path, monkeypatch, path, message, help_):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError) as caught, open_atomically(path):
        pytest.fail("it opened")
    assert (
        str(caught.value) == f"{path}: error[NNC901] cannot-open: cannot write the file: {message}"
    )
    assert caught.value.diagnostics[0].help == help_
    assert names(tmp_path) == ["file"]


@as_root
def test_a_protected_file_stays(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(FileError, match="Permission denied"), open_atomically(path):
        pytest.fail("it opened")


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nnc.files.os.replace", full)
    with pytest.raises(FileError, match="No space left"), open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_write_to_a_full_disk_is_told():
    with open_atomically("/dev/full") as stream, pytest.raises(FileError) as caught:
        stream.write(b"x" * 100_000)
    assert str(caught.value) == (
        "/dev/full: error[NNC901] cannot-open: cannot write the file: No space left on device"
    )
