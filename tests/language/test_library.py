"""Files that others use or extend: found inside the root, read once, and what is told where not."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.opening import Files, resolved_inside
from nnc.language.library import Library, LibraryFile

TEXT = b"nnc: 1\n"
AT = ("parts", "adder", "use")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    for name in (
        "nets/adders/adder.nn.yaml",
        "nets/adders/full_adder.nn.yaml",
        "nets/adders/full_adder.cases.csv",
        "nets/gates/xor.nn.yaml",
        "outside.nn.yaml",
    ):
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(TEXT)
    monkeypatch.chdir(root)
    return root


NETS = Path("nets")
ADDERS = NETS / "adders"


def found(library: Library, name: str, home: Path = ADDERS) -> LibraryFile:
    one = library.find(name, home, AT, "part")
    assert isinstance(one, LibraryFile), one
    return one


def refused(name: str, home: Path = ADDERS, *, library: Library | None = None) -> Diagnostic:
    one = (library or Library(NETS)).find(name, home, AT, "part")
    assert isinstance(one, Diagnostic), one
    assert (one.path, one.file, one.span) == (AT, None, None)
    return one


# ------------------------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("name", "home", "file"),
    [
        ("full_adder.nn.yaml", "nets/adders", "nets/adders/full_adder.nn.yaml"),
        ("../gates/xor.nn.yaml", "nets/adders", "nets/gates/xor.nn.yaml"),
        ("./../adders/./adder.nn.yaml", "./nets/adders/", "nets/adders/adder.nn.yaml"),
        ("nets/gates/xor.nn.yaml", "", "nets/gates/xor.nn.yaml"),
    ],
)
def test_a_file_is_called_as_a_user_would_type_it(
    name: str, home: str, file: str, folder: Path
) -> None:
    library = Library(NETS)
    one = found(library, name, Path(home))
    assert one.file == one.document.file == file
    assert one.path == folder.resolve() / file
    assert one.folder == Path(file).parent
    assert one.document.value == {"nnc": "1"}
    assert library.digests == {one.path: hashlib.sha256(TEXT).hexdigest()}


def test_an_absolute_folder_gives_absolute_names(folder: Path) -> None:
    one = found(Library(folder), "../gates/xor.nn.yaml", folder / "nets/adders")
    assert one.file == str(folder / "nets/gates/xor.nn.yaml")


def test_a_file_is_read_once(folder: Path) -> None:
    library = Library(NETS)
    first = found(library, "full_adder.nn.yaml")
    (folder / first.file).unlink()
    assert found(library, "full_adder.nn.yaml") is first
    assert found(library, "adders/full_adder.nn.yaml", NETS).document is first.document


def test_links_are_followed_and_then_count_for_the_root(folder: Path) -> None:
    (folder / "nets/near").symlink_to(folder / "nets/gates")
    (folder / "nets/far").symlink_to(folder)
    one = found(Library(NETS), "near/xor.nn.yaml", NETS)
    assert one.file == "nets/near/xor.nn.yaml"
    assert one.path == folder.resolve() / "nets/gates/xor.nn.yaml"
    assert refused("far/outside.nn.yaml", NETS).rule == "outside-project"


def test_dots_after_a_link_stay_in_the_name(folder: Path) -> None:
    (folder / "nets/deep/er").mkdir(parents=True)
    (folder / "nets/adders/link").symlink_to(folder / "nets/deep/er")
    (folder / "nets/deep/x.nn.yaml").write_bytes(TEXT)
    one = found(Library(NETS), "link/../x.nn.yaml")
    assert one.file == "nets/adders/link/../x.nn.yaml"
    assert Path(one.file).resolve() == one.path == folder.resolve() / "nets/deep/x.nn.yaml"


def test_other_stages_add_the_digests_of_their_files(folder: Path) -> None:
    library = Library(NETS)
    library.add_digest(Path("nets/../nets/w.npy"), "12ab")
    assert library.digests == {folder.resolve() / "nets/w.npy": "12ab"}


def test_mistakes_in_the_text_are_those_of_the_document(folder: Path) -> None:
    (folder / "nets/gates/xor.nn.yaml").write_bytes(b"a: 1\na: 2\n")
    (one,) = found(Library(NETS), "../gates/xor.nn.yaml").document.diagnostics
    assert str(one).startswith("nets/gates/xor.nn.yaml:2:1: error[NNC006] duplicate-key:")


# ------------------------------------------------------------------------------ mistakes


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        (
            "full_ader.nn.yaml",
            "there is no part file `full_ader.nn.yaml`",
            "did you mean `full_adder.nn.yaml`?",
        ),
        (
            "../gates/xr.nn.yaml",
            "there is no part file `../gates/xr.nn.yaml`",
            "did you mean `../gates/xor.nn.yaml`?",
        ),
        ("full_adder", "there is no part file `full_adder`", "did you mean `full_adder.nn.yaml`?"),
        (
            "gates/xor.nn.yaml",
            "there is no part file `gates/xor.nn.yaml`",
            "paths are relative to the file that they are written in: write `../gates/xor.nn.yaml`",
        ),
        (
            "quite_another.nn.yaml",
            "there is no part file `quite_another.nn.yaml`",
            "paths are relative to the file that they are written in",
        ),
        (
            "adder.nn.yaml/x",
            "there is no part file `adder.nn.yaml/x`",
            "paths are relative to the file that they are written in",
        ),
        ("../gates", "the part file `../gates` is a directory", "name a file in it"),
        ("", "the part file `` is a directory", "name a file in it"),
        (
            r"sub\full_adder.nn.yaml",
            r"the part file `sub\full_adder.nn.yaml` is written with `\`",
            "write `sub/full_adder.nn.yaml`",
        ),
        ("a\0b", r"the part file `a\x00b` cannot be opened: embedded null byte", None),
        (
            "x" * 300,
            f"the part file `{'x' * 184}…xxxxxxxx` cannot be opened: File name too long",
            None,
        ),
    ],
)
def test_a_file_that_cannot_be_opened(name: str, message: str, fix: str | None) -> None:
    one = refused(name)
    assert (one.rule, one.message, one.help) == ("cannot-open", message, fix)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["../../outside.nn.yaml", "../../nothing.nn.yaml"])
def test_a_file_outside_the_root(name: str) -> None:
    one = refused(name)
    assert one.rule == "outside-project"
    assert one.message == f"the part file `{name}` is outside the project root"
    assert one.help == "write a path to a file inside it, or give --root a folder with both"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("{root}/nets/gates/xor.nn.yaml", "write `../gates/xor.nn.yaml`"),
        ("{root}/outside.nn.yaml", "write a path relative to this file, with `/`"),
        (r"C:\nets\xor.nn.yaml", "write a path relative to this file, with `/`"),
        ("C:/nets/xor.nn.yaml", "write a path relative to this file, with `/`"),
        (r"\\server\xor.nn.yaml", "write a path relative to this file, with `/`"),
    ],
)
def test_an_absolute_path(name: str, fix: str, folder: Path) -> None:
    name = name.replace("{root}", str(folder))
    one = refused(name)
    assert one.rule == "outside-project"
    assert one.message.endswith("` has an absolute path")
    assert one.help == fix


def test_a_file_that_is_too_large(folder: Path) -> None:
    assert found(Library(NETS, len(TEXT)), "adder.nn.yaml")
    one = refused("adder.nn.yaml", library=Library(folder, len(TEXT) - 1))
    assert one.rule == "file-too-large"
    assert one.message == "the part file `adder.nn.yaml` has more than 6 bytes"
    assert one.help == "to read it anyway, raise --max-bytes"


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "nets/adders/pipe")
    one = refused("pipe")
    assert (one.rule, one.message) == ("cannot-open", "the part file `pipe` is not a regular file")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("nets/adders/socket")
        assert refused("socket").rule == "cannot-open"


def test_a_device_is_not_read() -> None:
    one = refused("null", Path("/dev"), library=Library(Path("/dev")))
    assert one.message == "the part file `null` is not a regular file"


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "nets/adders/loop").symlink_to("loop")
    assert refused("loop").rule == "cannot-open"


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    one = refused("adder.nn.yaml", library=Library(folder))
    assert one.message == "the part file `adder.nn.yaml` cannot be opened: Permission denied"


def test_the_mistake_stands_where_the_name_is_written(folder: Path) -> None:
    library = Library(folder)
    for path in (AT, ("extends",)):
        one = library.find("x", ADDERS, path, "part")
        assert isinstance(one, Diagnostic)
        assert one.path == path


def test_advice_is_given_a_bounded_number_of_times(folder: Path) -> None:
    library = Library(folder)
    helps = [refused(f"full_ader{i}.nn.yaml", library=library).help or "" for i in range(60)]
    assert [text.startswith("did you mean") for text in helps] == [True] * 50 + [False] * 10


# ------------------------------------------------------- names counted from another folder


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "home", "to", "counted"),
    [
        ("full_adder.nn.yaml", "nets/adders", "nets/gates", "../adders/full_adder.nn.yaml"),
        ("full_adder.nn.yaml", "nets/adders", "nets", "adders/full_adder.nn.yaml"),
        ("../gates/xor.nn.yaml", "nets/adders", "nets/gates", "xor.nn.yaml"),
        ("nowhere/x.npy", "nets/adders", "", "nets/adders/nowhere/x.npy"),
        ("/x.npy", "nets/adders", "nets", "/x.npy"),
        (r"sub\x.npy", "nets/adders", "nets", r"sub\x.npy"),
        ("a\0b", "nets/adders", "nets", "a\0b"),
    ],
)
def test_a_name_counted_from_another_folder(name: str, home: str, to: str, counted: str) -> None:
    assert Library(NETS).recount(name, Path(home), Path(to)) == counted


def test_a_name_counted_from_a_folder_behind_a_link(folder: Path) -> None:
    (folder / "nets/deep/er").mkdir(parents=True)
    (folder / "nets/link").symlink_to(folder / "nets/deep/er")
    library = Library(NETS)
    there = library.recount("full_adder.nn.yaml", ADDERS, NETS / "link")
    assert there == "../../adders/full_adder.nn.yaml"
    back = library.recount("../x.nn.yaml", NETS / "link", ADDERS)
    assert back == "../deep/x.nn.yaml"
    (folder / "nets/adders/link").symlink_to(folder / "nets/deep/er")
    assert library.recount("link/../x.nn.yaml", ADDERS, NETS) == "deep/x.nn.yaml"


@pytest.mark.usefixtures("folder")
def test_messages_speak_of_a_name_as_it_was_written() -> None:
    library = Library(NETS)
    counted = library.recount("full_ader.nn.yaml", ADDERS, NETS / "gates")
    one = refused(counted, NETS / "gates", library=library)
    assert one.message == "there is no part file `full_ader.nn.yaml`"
    assert one.help == "did you mean `full_adder.nn.yaml`?"
    counted = library.recount("adder.nn.yaml", ADDERS, NETS / "gates")
    assert found(library, counted, NETS / "gates").file == "nets/adders/adder.nn.yaml"


# -------------------------------------------------------------------------------- races

SWAP = """
import os
place, outside, inside = "nets/adders/adder.nn.yaml", os.path.abspath("../secret"), "inside"
while True:
    os.symlink(outside, "link")
    os.replace("link", place)
    with open(inside, "wb") as stream:
        stream.write(b"nnc: 1\\n")
    os.replace(inside, place)
"""


def test_no_race_leaves_the_root(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"secret: 1\n")
    secret = hashlib.sha256(b"secret: 1\n").hexdigest()
    opened = refused_links = 0
    with subprocess.Popen([sys.executable, "-c", SWAP], cwd=folder) as racer:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            library = Library(NETS)
            one = library.find("adder.nn.yaml", ADDERS, AT, "part")
            assert secret not in library.digests.values()
            opened += isinstance(one, LibraryFile)
            refused_links += isinstance(one, Diagnostic)
        assert racer.poll() is None
        racer.kill()
    assert opened
    assert refused_links


def test_a_link_between_finding_and_opening(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "secret").write_bytes(b"secret: 1\n")
    place = folder / "nets/adders/adder.nn.yaml"

    def found_then_swapped(name: str, home: Path, root: Path, files: Files) -> Path | None:
        target = resolved_inside(name, home, root, files)
        place.unlink()
        place.symlink_to(folder.parent / "secret")
        return target

    monkeypatch.setattr("nnc.language.library.resolved_inside", found_then_swapped)
    one = refused("adder.nn.yaml")
    assert one.rule == "cannot-open"
    assert one.message == (
        "the part file `adder.nn.yaml` cannot be opened: "
        "another program moved it while it was opened"
    )


def test_a_link_that_is_none_any_more_when_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **_options: object) -> str:
        raise OSError(22, "Invalid argument")

    library, target = Library(folder), folder / "outside.nn.yaml"
    monkeypatch.setattr(os.path, "realpath", failing)
    assert library._named("outside.nn.yaml", folder, target) == target
