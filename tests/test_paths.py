"""Which files are meant, and where they may lie."""

import io
from pathlib import Path

import pytest

from nnc.diagnostics import FileError
from nnc.paths import find_networks, open_to_read, project_root, read_bytes, resolved_inside


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.nn.yaml", "a.nn.yml", "sub/c.nn.yaml", "other.yaml", "sub/rows.csv"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text("nnc: 1\n")
    (tmp_path / "dir.nn.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("paths", "files"),
    [
        (["."], ["a.nn.yml", "b.nn.yaml", "sub/c.nn.yaml"]),
        (["sub", "b.nn.yaml", "."], ["sub/c.nn.yaml", "b.nn.yaml", "a.nn.yml"]),
        (["other.yaml"], ["other.yaml"]),
        (["missing.nn.yaml"], ["missing.nn.yaml"]),
        (["*.yaml"], ["b.nn.yaml", "other.yaml"]),
        (["**/*.nn.yaml"], ["b.nn.yaml", "sub/c.nn.yaml"]),
        (["-", "b.nn.yaml", "-"], ["-", "b.nn.yaml"]),
    ],
)
def test_find(paths: list[str], files: list[str]) -> None:
    assert find_networks(paths) == (files, [])


@pytest.mark.parametrize("path", ["dir.nn.yaml", "sub/*.yml"])
def test_nothing_found_is_told(path: str, folder: Path) -> None:
    (folder / "sub/c.nn.yaml").unlink()
    files, (found,) = find_networks([path])
    assert files == []
    assert found.rule == "no-network-files"
    assert path in found.message


def test_a_file_with_a_star_in_its_name(folder: Path) -> None:
    (folder / "a*.nn.yaml").write_text("")
    assert find_networks(["a*.nn.yaml"]) == (["a*.nn.yaml"], [])


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
