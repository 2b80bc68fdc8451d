"""Files are written whole or not at all, and what processes leave behind is removed."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import FileError
from nnc.files import writing
from nnc.files.writing import drop_unfinished, open_atomically, remove_file, temporary_copy
from nnc.printable import printable

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture(autouse=True)
def _as_a_new_process() -> None:
    writing._remove_stale_once.cache_clear()


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
        f"from nnc.files.writing import open_atomically\n"
        f"with open_atomically({name!r}) as s: s.write(b'x')"
    )
    with log.open("ab") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert log.read_bytes() == b"before\nx"


@pytest.mark.parametrize(
    ("path", "message", "help_"),
    [
        ("no/such/out.csv", "No such file or directory", "create the folder `no/such` first"),
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
    found = caught.value.diagnostics[0]
    assert (found.rule, found.file) == ("cannot-open", path)
    assert found.message == f"cannot write the file: {message}"
    assert f"--> {printable(path)}" in str(caught.value)
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

    monkeypatch.setattr("nnc.files.writing.os.replace", full)
    with pytest.raises(FileError, match="No space left"), open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_write_to_a_full_disk_is_told():
    with open_atomically("/dev/full") as stream, pytest.raises(FileError) as caught:
        stream.write(b"x" * 100_000)
    assert caught.value.diagnostics[0].message == "cannot write the file: No space left on device"
    assert caught.value.diagnostics[0].file == "/dev/full"


# ------------------------------------------------------------------------------- on the disk


def test_bytes_are_on_the_disk_before_the_name_and_the_name_at_the_end(tmp_path, monkeypatch):
    path, steps = tmp_path / "out.csv", []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(("folder" if is_folder else "file", os.fstat(descriptor).st_size))
        sync(descriptor)

    def noted_replace(source: str, target: str) -> None:
        steps.append(("name", len(Path(source).read_bytes())))
        replace(source, target)

    monkeypatch.setattr("nnc.files.writing.os.fsync", noted_sync)
    monkeypatch.setattr("nnc.files.writing.os.replace", noted_replace)
    with open_atomically(path) as stream:
        stream.write(b"new")
    assert steps[:2] == [("file", 3), ("name", 3)]
    assert [kind for kind, _ in steps[2:]] == ["folder"]
    steps.clear()
    remove_file(path, before=b"new")
    assert [kind for kind, _ in steps] == ["folder"]
    assert names(tmp_path) == []


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync(tmp_path, monkeypatch, code):
    def unsupported(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("nnc.files.writing.os.fsync", unsupported)
    with open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def test_a_disk_that_fails_to_sync(tmp_path, monkeypatch):
    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "x").write_bytes(b"old")
    monkeypatch.setattr("nnc.files.writing.os.fsync", failing)
    with pytest.raises(FileError) as caught, open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert caught.value.diagnostics[0].message == "cannot write the file: Input/output error"
    assert caught.value.diagnostics[0].file == f"{tmp_path}/x"
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


# --------------------------------------------------------------------- changed since it was read


@pytest.mark.parametrize(
    ("before", "now"),
    [(b"old", b"mine"), (b"old", b"old, and more"), (b"old", None), (b"", b"mine")],
)
def test_a_file_that_was_changed_meanwhile_is_left(tmp_path, before, now):
    path = tmp_path / "out.csv"

    def write() -> None:
        with open_atomically(path, before=before) as stream:
            stream.write(b"new")
            if now is not None:
                path.write_bytes(now)

    with pytest.raises(FileError) as caught:
        write()
    (one,) = caught.value.diagnostics
    assert str(one) == (
        f"{path}: error[NNC901] cannot-open: cannot write the file: another program changed it, "
        "so it was not overwritten"
    )
    assert one.help == "run it again"
    assert names(tmp_path) == ["out.csv"] * (now is not None)
    assert now is None or path.read_bytes() == now


@pytest.mark.parametrize("before", [None, b"old", b""])
def test_a_file_that_is_as_it_was_is_replaced(tmp_path, before):
    path = tmp_path / "out.csv"
    if before:
        path.write_bytes(before)
    with open_atomically(path, before=before) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_file_that_was_changed_meanwhile_is_not_removed(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"mine")
    with pytest.raises(FileError, match="another program changed it, so it was not overwritten"):
        remove_file(path, before=b"old")
    assert path.read_bytes() == b"mine"
    with pytest.raises(FileError, match="cannot write the file: No such file"):
        remove_file(tmp_path / "none", before=b"")


# ------------------------------------------------------------------------------ left behind

LEFT = ".nnc-0123456789abcdef.tmp"


def test_what_a_killed_process_left_is_removed(tmp_path):
    others = [".nnc-0123.tmp", "nnc-0123456789abcdef.tmp", f"{LEFT}.gz"]
    for name in (LEFT, *others):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / ".nnc-aaaaaaaaaaaaaaaa.tmp").symlink_to(others[0])  # is none of ours
    os.mkfifo(tmp_path / ".nnc-bbbbbbbbbbbbbbbb.tmp")
    with open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    links = [".nnc-aaaaaaaaaaaaaaaa.tmp", ".nnc-bbbbbbbbbbbbbbbb.tmp"]
    assert names(tmp_path) == sorted(["x", *others, *links])


def test_what_another_process_writes_is_not_removed(tmp_path):
    code = (
        "import sys\nfrom nnc.files.writing import open_atomically\n"
        "with open_atomically('other') as stream:\n"
        "    stream.write(b'theirs')\n    print(flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert len(names(tmp_path)) == 1
        with open_atomically(tmp_path / "x") as stream:
            stream.write(b"mine")
        other.communicate()
    assert names(tmp_path) == ["other", "x"]
    assert (tmp_path / "other").read_bytes() == b"theirs"


def test_two_files_in_one_folder_at_a_time(tmp_path):
    with open_atomically(tmp_path / "a") as a:
        writing._remove_stale_once.cache_clear()
        with open_atomically(tmp_path / "b") as b:
            a.write(b"a")
            b.write(b"b")
    assert names(tmp_path) == ["a", "b"]


def test_a_new_file_that_is_taken_for_a_stale_one_is_made_anew(tmp_path, monkeypatch):
    really, taken = fcntl.flock, []

    def too_late(descriptor: int, operation: int) -> None:
        """Let another process come between making the file and locking it."""
        if len(taken) < 3:
            (left,) = tmp_path.glob(".nnc-*.tmp")
            taken.append(left)
            left.unlink()
            if len(taken) == 1:
                raise BlockingIOError(11, "Resource temporarily unavailable")
        really(descriptor, operation)

    monkeypatch.setattr("nnc.files.writing.fcntl.flock", too_late)
    with open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    assert len(set(taken)) == 3
    assert names(tmp_path) == ["x"]


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    (tmp_path / LEFT).write_bytes(b"perhaps another's")
    monkeypatch.setattr("nnc.files.writing.fcntl.flock", unsupported)
    with open_atomically(tmp_path / "x") as stream:
        stream.write(b"new")
    assert names(tmp_path) == [LEFT, "x"]


def test_what_no_block_has_removed(tmp_path):
    draft = writing._Draft(tmp_path / "x")
    assert len(names(tmp_path)) == 1
    drop_unfinished()
    draft.drop()
    draft.stream.close()
    assert names(tmp_path) == []


def test_a_temporary_copy_is_private_and_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_copy(b"abc") as name:
        assert Path(name).read_bytes() == b"abc"
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o600  # noqa: PTH116
        assert names(tmp_path) == [Path(name).name]
        writing.remove_stale(str(tmp_path))  # it is locked
        assert names(tmp_path) == [Path(name).name]
    assert names(tmp_path) == []


def test_the_temporary_copy_of_a_killed_process_is_removed_by_the_next(tmp_path, monkeypatch):
    code = (
        "import os, signal; from nnc.files.writing import temporary_copy\n"
        "with temporary_copy(b'abc'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=env, check=False)
    assert ran.returncode == -9
    assert len(names(tmp_path)) == 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_copy(b"new"):
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []
