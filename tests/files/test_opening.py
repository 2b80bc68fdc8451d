"""Files opened to read, and where they may lie."""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import pytest

from nnc.diagnostics.diagnostic import FileError
from nnc.files.opening import (
    NotRegularError,
    Unsaved,
    open_inside,
    open_to_read,
    project_root,
    read_bytes,
    resolved_inside,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.nn.yaml", "a.nn.yml", "sub/c.nn.yaml", "other.yaml", "sub/rows.csv"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text("nnc: 1\n")
    (tmp_path / "dir.nn.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_reading_at_most_so_many_bytes(folder: Path) -> None:
    file = str(folder / "b.nn.yaml")
    assert read_bytes(file, 7) == b"nnc: 1\n"
    with pytest.raises(FileError) as error:
        read_bytes(file, 6)
    assert error.value.diagnostics[0].rule == "file-too-large"
    assert "--max-bytes" in (error.value.diagnostics[0].help or "")


@pytest.mark.parametrize(
    ("name", "why", "fix"),
    [
        ("c.nn.yaml", "there is no such file", None),
        ("bb.nn.yaml", "there is no such file", "b.nn.yaml`?"),
        ("sub", "it is a directory", None),
        ("b.nn.yaml/x", "Not a directory", None),
        ("a\0b", "null", None),
        ("x" * 300, "name too long", None),
    ],
)
def test_a_file_that_cannot_be_opened(name: str, why: str, fix: str | None, folder: Path) -> None:
    with pytest.raises(FileError) as error, open_to_read(str(folder / name)):
        pass
    (one,) = error.value.diagnostics
    assert one.rule == "cannot-open"
    assert why in one.message
    assert fix is None or fix in (one.help or "")


def test_a_link_to_nothing(folder: Path) -> None:
    (folder / "link").symlink_to("nowhere")
    with pytest.raises(FileError, match="it is a link to `nowhere`, which does not exist"):
        read_bytes(str(folder / "link"), 10)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"nnc: 1")))
    assert read_bytes("-", 100) == b"nnc: 1"


def test_the_project_root(folder: Path) -> None:
    (folder / "deep/er").mkdir(parents=True)
    assert project_root(folder / "sub/c.nn.yaml") == folder / "sub"
    (folder / ".git").mkdir()
    assert project_root(folder / "deep/er/c.nn.yaml") == folder
    (folder / "deep/.git").write_text("gitdir: elsewhere")
    assert project_root(folder / "deep/er/c.nn.yaml") == folder / "deep"


def test_inside_after_resolving_links(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (folder / "link").symlink_to(outside)
    (folder / "near").symlink_to(folder / "sub")
    (folder / "loop").symlink_to(folder / "loop")
    real = folder.resolve()
    assert resolved_inside("sub/../b.nn.yaml", folder, folder) == real / "b.nn.yaml"
    assert resolved_inside("near/c.nn.yaml", folder, folder) == real / "sub/c.nn.yaml"
    for name in ("link/x", "../x", "a\0b", "link/../b.nn.yaml", str(real / "b.nn.yaml")):
        assert resolved_inside(name, folder, folder) is None
    resolved_inside("loop", folder, folder)  # whatever Python makes of it, it does not raise


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder outside of the root, with a file called as one inside."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "c.nn.yaml").write_text("secret")
    return outside


def replaced_by_link(path: Path, target: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(target)


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(folder: Path, outside: Path) -> None:
    target = resolved_inside("c.nn.yaml", folder / "sub", folder)
    assert target is not None
    replaced_by_link(folder / "sub/c.nn.yaml", outside / "c.nn.yaml")
    with pytest.raises(OSError, match=r"^another program moved it while it was opened$"):
        open_inside(target, folder)
    with pytest.raises(FileError) as error, open_to_read(str(target), root=folder):
        pytest.fail("it opened")
    (one,) = error.value.diagnostics
    assert one.message == "cannot open the file: another program moved it while it was opened"


def test_a_link_in_the_last_moment_is_not_followed(
    folder: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = resolved_inside("c.nn.yaml", folder / "sub", folder)
    assert target is not None
    really = os.open

    def swapped(path: object, flags: int, **more: Any) -> int:
        if path == "c.nn.yaml":
            replaced_by_link(folder / "sub/c.nn.yaml", outside / "c.nn.yaml")
        return really(str(path), flags, **more)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(OSError, match="symbolic links"):
        open_inside(target, folder)


def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(
    folder: Path, outside: Path
) -> None:
    target = resolved_inside("c.nn.yaml", folder / "sub", folder)
    assert target is not None
    replaced_by_link(folder / "sub", outside)
    with pytest.raises(NotADirectoryError):
        open_inside(target, folder)


def test_a_root_that_is_moved_meanwhile(folder: Path, outside: Path) -> None:
    target = resolved_inside("c.nn.yaml", folder / "sub", folder / "sub")
    assert target is not None
    replaced_by_link(folder / "sub", outside)
    with pytest.raises(OSError, match=r"^another program moved it while it was opened$"):
        open_inside(target, folder / "sub")


def test_opening_inside(folder: Path) -> None:
    real = folder.resolve()
    for name in ("b.nn.yaml", "sub/c.nn.yaml"):
        with os.fdopen(open_inside(real / name, folder), "rb") as stream:
            assert stream.read() == b"nnc: 1\n"
    for place in (folder, real / "sub"):
        with pytest.raises(IsADirectoryError):
            open_inside(place.resolve(), folder)
    os.mkfifo(folder / "pipe")
    with pytest.raises(NotRegularError, match=r"^it is a pipe, a socket or a device$"):
        open_inside(real / "pipe", folder)
    (folder / "sub").chmod(0o111)  # to pass through, and not to list
    with os.fdopen(open_inside(real / "sub/c.nn.yaml", folder), "rb") as stream:
        assert stream.read() == b"nnc: 1\n"


FDS, MEMORY = Path("/proc/self/fd"), Path("/proc/self/mem")


@pytest.mark.skipif(not FDS.exists(), reason="needs /proc")
def test_no_descriptor_is_left_open(folder: Path) -> None:
    before = len(list(FDS.iterdir()))
    for name in ("sub/c.nn.yaml", "sub", "sub/none", "none/c.nn.yaml"):
        with contextlib.suppress(OSError):
            os.close(open_inside(folder.resolve() / name, folder))
    assert len(list(FDS.iterdir())) == before


@pytest.mark.skipif(not MEMORY.exists(), reason="needs /proc")
def test_a_file_that_cannot_be_read_on() -> None:
    with pytest.raises(FileError) as error:
        read_bytes(str(MEMORY), 10)
    (one,) = error.value.diagnostics
    assert (one.rule, one.message) == (
        "cannot-open",
        "cannot open the file: Input/output error",
    )
    with open_to_read(str(MEMORY)) as stream, pytest.raises(FileError, match="Input/output error"):
        stream.read()


def test_a_text_that_is_not_saved_takes_the_place_of_its_file(folder: Path) -> None:
    new, known = folder.resolve() / "new.nn.yaml", folder.resolve() / "b.nn.yaml"
    files = Unsaved({new: b"new", known: b"other"})
    assert files.read(known, folder, 3) == b"oth"
    assert files.read(folder.resolve() / "a.nn.yml", folder, 3) == b"nnc"
    assert files.kind_of(new) == "file"
    assert files.kind_of(folder.resolve() / "sub") == "folder"
    assert sorted(files.names(folder.resolve())) == [
        "a.nn.yml", "b.nn.yaml", "new.nn.yaml", "other.yaml",
    ]  # fmt: skip
