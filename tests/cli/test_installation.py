"""`nnc --version --verbose`, and the line that says what is missing."""

import re
from pathlib import Path

import pytest

import nnc as library
from nnc.cli import installation
from nnc.extras import install_line
from nnc.language.document import parser
from nnc.run.engines import native
from nnc.scores import cells
from tests.support.running import XOR, Nnc, rules

LIGHT = """\
nnc: 1
inputs: [a, b]
neurons:
  y: {weights: {a: -1..1, b: -1..1}, threshold: 0}
outputs: [y]
"""


@pytest.mark.parametrize("options", [("--version", "--verbose"), ("--verbose", "--version")])
def test_what_this_installation_can_do(nnc: Nnc, options: tuple[str, str]) -> None:
    code, out, err = nnc(*options)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == nnc("--version").out.rstrip()
    assert re.fullmatch(r"Python 3\.\d+\.\S+, \S+ \S+", lines[1])
    assert [line.partition(":")[0] for line in lines[2:]] == [
        "native kernels", "YAML", lines[4], lines[5].partition(":")[0], "Parquet and Arrow", "git"
    ]  # fmt: skip
    assert re.fullmatch(r"python-sat [\w.]+, with programs of its own: .*\bfm\.py, .*", lines[5])
    assert all(f"{name} " in lines[4] for name in installation.LIBRARIES)


def test_what_it_cannot_do(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        if name == "pyarrow":
            raise installation.metadata.PackageNotFoundError
        return "1.2"

    monkeypatch.setattr(native, "KIND", None)
    monkeypatch.setattr(cells, "kernels", None)
    monkeypatch.setattr(parser, "Parser", parser.PythonParser)
    monkeypatch.setattr(installation.metadata, "version", missing)
    monkeypatch.setattr(installation.metadata, "files", lambda _: None)
    monkeypatch.setattr(installation.shutil, "which", lambda _: None)
    slower = "not installed; NumPy is used, 2 to 50 times slower for many rows"
    assert nnc("--version", "--verbose").out.splitlines()[2:] == [
        f"native kernels: {slower}; nnc fit cannot build scores",
        "YAML: PyYAML in Python, slower than libyaml",
        "click 1.2, numpy 1.2, pydantic 1.2, PyYAML 1.2, rich 1.2, safetensors 1.2",
        "python-sat 1.2",
        f"Parquet and Arrow: not installed; {install_line('data')}",
        "git: not found; nnc diff and nnc log of revisions need it",
    ]


@pytest.mark.skipif(not native.KIND, reason="no kernels for this processor")
def test_whether_machine_code_is_made(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def kernels() -> str:
        return nnc("--version", "--verbose").out.splitlines()[2]

    assert kernels().endswith(f", {'with' * native.makes_machine_code() or 'without'} machine code")
    monkeypatch.setattr(native.kernels, "emit", lambda *_: 0)
    assert kernels().endswith(", without machine code")
    monkeypatch.setattr(native.kernels, "emit", lambda *_: 1)
    assert kernels().endswith(", with machine code")
    monkeypatch.setattr(native, "USES_MACHINE_CODE", False)
    assert kernels().endswith(", without machine code")


def test_verbose_alone_is_refused(nnc: Nnc) -> None:
    code, out, err = nnc("--verbose", "explain")
    assert (code, out) == (2, "")
    assert err.endswith("Error: --verbose goes with --version\n")


def test_missing_kernels_are_told_once_where_they_would_help(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "KIND", None)
    monkeypatch.setattr(native, "is_missed", False)
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text("a,b\n" + "1,0\n" * 30)
    note = (
        "note: without native kernels, many rows take 2 to 50 times as long; install nnc from a "
        "wheel, or with a C compiler, to get them\n"
    )
    assert nnc("eval", "xor.nn.yaml", "--all").err == ""
    assert nnc("eval", "xor.nn.yaml", "rows.csv").err == note


def test_a_score_is_built_by_kernels_alone_and_open_numbers_without(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "kernels", None)
    Path("rows.csv").write_text("a,b,y\n1,0,1\n0,1,0\n1,1,1\n0,0,0\n")
    code, out, err = nnc("fit", "rows.csv", "--label", "y", "-o", "score.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["missing-library"])
    assert "building a score needs the native kernels of nnc, which are not installed" in err
    assert "install nnc again where there is a C compiler, on Windows in WSL" in err
    assert "`nnc --version --verbose` shows which kernels are installed" in err
    assert not Path("score.nn.yaml").exists()
    rows = {"a": [1, 0, 1, 0], "b": [0, 1, 1, 0], "y": [1, 0, 1, 0]}
    with pytest.raises(library.InvalidRowsError, match="needs the native kernels of nnc"):
        library.fit(None, rows, "y")
    Path("open.nn.yaml").write_text(LIGHT)
    assert nnc("train", "open.nn.yaml", "rows.csv", "--label", "y", "-o", "o.nn.yaml").code == 0
