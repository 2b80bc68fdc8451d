"""Which words of `nnc diff` are files, and which are revisions."""

import os
from pathlib import Path

import pytest

from nnc.terminal.operands import FileAt, Operands, file_at, read_operands


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.nn.yaml", "b.nn.yaml", "both", "v1..v2"):
        Path(name).write_text("nnc: 1\n")
    Path("nets").mkdir()


@pytest.mark.parametrize(
    ("words", "operands"),
    [
        ("", Operands()),
        ("main", Operands(revisions=("main",), guess="main")),
        ("main --", Operands(revisions=("main",))),
        ("main HEAD", Operands(revisions=("main", "HEAD"), guess="main")),
        ("main..HEAD", Operands(revisions=("main", "HEAD"))),
        ("main..", Operands(revisions=("main", "HEAD"))),
        ("..main", Operands(revisions=("HEAD", "main"))),
        ("main...side", Operands(None, ("main", "side"), from_base=True)),
        ("main... --", Operands(None, ("main", "HEAD"), from_base=True)),
        ("v1.0..v2.0 -- nets", Operands(None, ("v1.0", "v2.0"), paths=("nets",))),
        # what is a file or a folder is that, unless it stands before `--`
        ("both", Operands(paths=("both",))),
        ("both --", Operands(revisions=("both",))),
        ("both HEAD --", Operands(revisions=("both", "HEAD"))),
        ("-- both", Operands(paths=("both",))),
        ("main both", Operands(revisions=("main",), paths=("both",), guess="main")),
        ("v1..v2", Operands(paths=("v1..v2",))),
        ("nets", Operands(paths=("nets",))),
        ("..", Operands(paths=("..",))),
        ("nets/../a.nn.yaml", Operands(paths=("nets/../a.nn.yaml",))),
        ("a.nn.yaml b.nn.yaml", Operands(("a.nn.yaml", "b.nn.yaml"))),
        ("a.nn.yaml -", Operands(("a.nn.yaml", "-"))),
        ("a.nn.yaml b.nn.yaml both", Operands(paths=("a.nn.yaml", "b.nn.yaml", "both"))),
        ("main:x.yaml HEAD:y.yaml", Operands((FileAt("main", "x.yaml"), FileAt("HEAD", "y.yaml")))),
        ("main:x.yaml a.nn.yaml", Operands((FileAt("main", "x.yaml"), "a.nn.yaml"))),
        ("main:x.yaml", Operands((FileAt("main", "x.yaml"), None))),
    ],
)
def test_words(words: str, operands: Operands) -> None:
    before, dashes, after = f"{words} ".partition("-- ")
    assert read_operands(tuple(before.split()), after.split() if dashes else None) == operands


def test_what_only_looks_like_a_file_of_a_revision() -> None:
    for word in ("HEAD@{12:00}", "HEAD^{/a:b}", ":/text", "main", "main:"):
        assert file_at(word) is None
    assert file_at("HEAD@{1}:nets/a.nn.yaml") == FileAt("HEAD@{1}", "nets/a.nn.yaml")


def test_a_pipe_is_a_file() -> None:
    os.mkfifo("pipe")
    assert read_operands(("pipe", "a.nn.yaml"), None) == Operands(("pipe", "a.nn.yaml"))
