"""Drivers: what stands in settings and attributes, written once and taken back to the byte."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import FileError
from nnc.differences.git import SETTINGS, Drivers
from nnc.opening.repository import Repository
from tests.support.repositories import Repo

MARKED = """\
# nnc git install: networks are shown and merged by neuron
*.nn.yaml diff=nnc merge=nnc
*.nn.yml diff=nnc merge=nnc
# nnc git install: end
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    return Repo(tmp_path / "repo", monkeypatch)


@pytest.fixture
def drivers(repo: Repo) -> Iterator[Drivers]:
    with Repository.of(repo.folder) as repository:
        yield Drivers(repository)


def test_settings_and_attributes(repo: Repo, drivers: Drivers) -> None:
    assert len(list(drivers.install())) == len(SETTINGS) + 1
    for name, value in SETTINGS.items():
        assert repo.git("config", "--local", "--get-all", name) == f"{value}\n"
    assert (repo.folder / ".gitattributes").read_text() == MARKED
    assert repo.git("check-attr", "diff", "merge", "text", "--", "nets/a.nn.yaml") == (
        "nets/a.nn.yaml: diff: nnc\nnets/a.nn.yaml: merge: nnc\nnets/a.nn.yaml: text: unspecified\n"
    )
    assert repo.git("check-attr", "diff", "--", "a.yaml") == "a.yaml: diff: unspecified\n"
    assert list(drivers.install()) == []


@pytest.mark.parametrize(
    "before",
    [
        b"*.png binary\n",
        b"*.png binary",
        b"*.png binary\r\n*.txt text\r\n",
        b"\n\n",
        b"# \xff\n*.png binary\n",
        b"*.png binary\n# nnc git is installed by hand\n",
    ],
)
def test_what_stood_there_is_there_again(repo: Repo, drivers: Drivers, before: bytes) -> None:
    config = repo.folder / ".git/config"
    config.write_bytes(config.read_bytes() + b'[diff "other"]\n\ttextconv = cat ; mine\n')
    settings = config.read_bytes()
    file = repo.write(".gitattributes", before)
    list(drivers.install())
    assert file.read_bytes().startswith(before)
    assert repo.git("check-attr", "merge", "--", "a.nn.yml") == "a.nn.yml: merge: nnc\n"
    list(drivers.install())
    assert list(drivers.uninstall())
    assert file.read_bytes() == before.removesuffix(b"\n") + b"\n"
    assert config.read_bytes() == settings
    assert list(drivers.uninstall()) == []


def test_lines_written_after_stay_where_they_are(repo: Repo, drivers: Drivers) -> None:
    file = repo.write(".gitattributes", "*.png binary")
    list(drivers.install())
    with file.open("a") as stream:
        stream.write("old.nn.yaml -diff\n")
    after = file.read_bytes()
    assert list(drivers.install()) == []
    assert file.read_bytes() == after
    list(drivers.uninstall())
    assert file.read_text() == "*.png binary\nold.nn.yaml -diff\n"


def test_lines_of_an_older_version_are_renewed_in_place(repo: Repo, drivers: Drivers) -> None:
    old = MARKED.replace("*.nn.yml diff=nnc merge=nnc\n", "")
    file = repo.write(".gitattributes", f"a -text\n{old}b -text\n")
    repo.git("config", "diff.nnc.textconv", "old")
    told = list(drivers.install())
    assert told[0] == "set diff.nnc.textconv, which was old"
    assert file.read_text() == f"a -text\n{MARKED}b -text\n"


def test_settings_that_stand_twice_are_one_again(repo: Repo, drivers: Drivers) -> None:
    repo.git("config", "--add", "merge.nnc.driver", "one")
    repo.git("config", "--add", "merge.nnc.driver", "two")
    list(drivers.install())
    assert repo.git("config", "--get-all", "merge.nnc.driver").count("\n") == 1


@pytest.mark.parametrize(
    "damaged",
    [MARKED.partition("\n")[2], MARKED.rpartition("# nnc")[0], MARKED + MARKED],
    ids=["no first mark", "no last mark", "twice"],
)
def test_marks_that_are_damaged_are_told_and_nothing_is_written(
    repo: Repo, drivers: Drivers, damaged: str
) -> None:
    file = repo.write(".gitattributes", f"a -text\n{damaged}")
    config = (repo.folder / ".git/config").read_bytes()
    for act in (drivers.install, drivers.uninstall):
        with pytest.raises(FileError, match="between the marks of `nnc git install`") as told:
            list(act())
        assert told.value.diagnostics[0].rule == "attributes-damaged"
        assert "remove them by hand, from `# nnc git install: networks" in str(
            told.value.diagnostics[0].help
        )
    assert file.read_text() == f"a -text\n{damaged}"
    assert (repo.folder / ".git/config").read_bytes() == config


def test_a_bare_repository(tmp_path: Path, repo: Repo) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    with (
        Repository.of(tmp_path / "bare") as bare,
        pytest.raises(FileError, match=r"a bare repository has no \.gitattributes"),
    ):
        list(Drivers(bare).install())


def test_attributes_that_cannot_be_read(repo: Repo, drivers: Drivers) -> None:
    (repo.folder / ".gitattributes").mkdir()
    with pytest.raises(FileError, match="cannot open the file"):
        list(drivers.install())


def test_settings_that_cannot_be_written(repo: Repo, drivers: Drivers) -> None:
    repo.write(".git/config.lock", "")
    with pytest.raises(FileError, match="git could not write its settings"):
        list(drivers.install())
    assert not (repo.folder / ".gitattributes").exists()


@pytest.mark.parametrize("own", [None, "~/mine"])
def test_attributes_of_a_user(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    home = tmp_path / "home"
    file = home / ("mine" if own else ".config/git/attributes")
    if own:
        repo.git("config", "--global", "core.attributesFile", own)
        file.write_text("*.png binary\n")
    else:
        monkeypatch.delenv("XDG_CONFIG_HOME")
    list(Drivers(None).install())
    assert file.read_text() == ("*.png binary\n" if own else "") + MARKED
    assert repo.git("check-attr", "diff", "--", "a.nn.yaml") == "a.nn.yaml: diff: nnc\n"
    list(Drivers(None).uninstall())
    assert file.exists() == bool(own)
    assert own is None or file.read_text() == "*.png binary\n"


@pytest.mark.parametrize("is_removed", [False, True])
def test_attributes_that_are_changed_meanwhile_stay(
    repo: Repo, drivers: Drivers, is_removed: bool
) -> None:
    file = repo.write(".gitattributes", "" if is_removed else "*.png binary\n")
    if is_removed:
        list(drivers.install())
    steps = drivers.uninstall() if is_removed else drivers.install()
    next(steps)
    file.write_text("mine\n")
    with pytest.raises(FileError, match="another program changed it, so it was not overwritten"):
        list(steps)
    assert file.read_text() == "mine\n"
