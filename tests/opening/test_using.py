"""Which network files use which, and the files that words with `+` select."""

from pathlib import Path

import pytest

from nnc.opening.using import select_networks, used_by, users_of
from tests.support.repositories import Repo
from tests.support.running import XOR, Nnc

FILES = {
    "gate": XOR,
    "part": "nnc: 1\ninputs: [x, y]\n"
    "parts: {one: {use: gate.nn.yaml, wiring: {a: x, b: y}}}\noutputs: {out: one.xor}\n",
    "over": "nnc: 1\nextends: part.nn.yaml\n",
    "other": XOR,
}


@pytest.fixture
def files(nnc: Nnc) -> Nnc:
    """Write four networks, of which two use or extend another."""
    for name, text in FILES.items():
        Path(f"{name}.nn.yaml").write_text(text)
    return nnc


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["part.nn.yaml"], ["part"]),
        (["+part.nn.yaml"], ["part", "gate"]),
        (["part.nn.yaml+"], ["part", "over"]),
        (["+part.nn.yaml+"], ["part", "gate", "over"]),
        (["gate.nn.yaml+", "other.nn.yaml"], ["gate", "over", "part", "other"]),
        (["+o*.nn.yaml"], ["other", "over", "gate", "part"]),
        (["+."], ["gate", "other", "over", "part"]),
    ],
)
def test_files_that_words_select(files: Nnc, words: list[str], names: list[str]) -> None:
    del files
    found = select_networks(words)
    assert found == ([f"{name}.nn.yaml" for name in names], [], [])


def test_a_file_whose_name_has_the_sign(files: Nnc) -> None:
    del files
    Path("part.nn.yaml").rename("+part.nn.yaml")
    assert select_networks(["+part.nn.yaml"]).files == ["+part.nn.yaml"]


def test_a_file_that_is_not_there(files: Nnc) -> None:
    code, out, _ = files("validate", "+none.nn.yaml", "--report", "concise")
    assert (code, out.splitlines()[0][:37]) == (2, "none.nn.yaml: error[NNC901] cannot-op")
    code, out, _ = files("validate", "none*+", "--report", "concise")
    assert (code, "no file matches `none*`" in out) == (2, True)
    code, out, _ = files("validate", "+", "--report", "concise")
    assert (code, out.splitlines()[0][:30]) == (2, "+: error[NNC901] cannot-open: ")


def test_all_commands_take_the_words(files: Nnc) -> None:
    Path("gate.nn.yaml").write_text(XOR + "extra: 1\n")
    for command in ("check", "validate", "test", "prove"):
        out = files(command, "gate.nn.yaml+", "--report", "concise").out
        assert out.splitlines()[-1].endswith("in 3 files"), command


def test_files_that_have_changed(nnc: Nnc, repo: Repo) -> None:
    for name, text in FILES.items():
        repo.write(f"{name}.nn.yaml", text)
    repo.commit()
    code, out, err = nnc("validate", "changed-since:HEAD")
    assert (code, out) == (0, "no problems in 0 files\n")
    assert err == "note: no network file has changed since HEAD\n"
    repo.write("part.nn.yaml", FILES["part"].replace("out:", "sum:"))
    assert select_networks(["changed-since:HEAD"]).files == ["over.nn.yaml", "part.nn.yaml"]
    found = select_networks(["+changed-since:HEAD", "other.nn.yaml"]).files
    assert found == ["over.nn.yaml", "part.nn.yaml", "gate.nn.yaml", "other.nn.yaml"]
    assert nnc("validate", "changed-since:HAED").code == 2
    repo.write("part.nn.yaml", FILES["part"])
    repo.write("over.nn.yaml", FILES["over"] + "description: new\n")
    assert select_networks(["gate.nn.yaml+"], "HEAD").files == ["over.nn.yaml"]
    assert select_networks(["+over.nn.yaml"], "HEAD").files == ["over.nn.yaml"]


def test_circles_and_files_that_cannot_be_read(files: Nnc) -> None:
    del files
    Path("gate.nn.yaml").write_text("nnc: 1\nextends: over.nn.yaml\n")
    Path("other.nn.yaml").write_bytes(b"extends: \xff")
    circle = {Path(f"{name}.nn.yaml").resolve() for name in ("gate", "part", "over")}
    start = Path("gate.nn.yaml").resolve()
    assert used_by([start]) == circle - {start}
    assert users_of([start]) == circle - {start}
