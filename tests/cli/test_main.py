"""Exit codes, and how little is imported to start."""

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from nnc.cli.group import COMMANDS
from nnc.cli.main import run
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError
from nnc.version import VERSION
from tests.support.running import XOR, Nnc, environment, said_by, started

# ---------------------------------------------------------------------------------- version


def test_version(nnc: Nnc) -> None:
    for words in ("--version", "-V", "version"):
        assert nnc(words) == (0, f"nnc {VERSION}\n", "")
    assert nnc("version", "--verbose") == nnc("--version", "--verbose")
    assert started("--version").stdout == f"nnc {VERSION}\n".encode()


# --------------------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["validat"], "there is no command `validat`: did you mean `validate`?"),
        (["Test"], "there is no command `Test`: did you mean `test`?"),
        (["fix"], "there is no command `fix`: did you mean `check --fix`?"),
        (["show", "x"], "there is no command `show`: did you mean `draw`?"),
        (["compare", "a", "b"], "there is no command `compare`: did you mean `diff`?"),
        (["simulate", "x"], "there is no command `simulate`: did you mean `eval`?"),
        (["serve", "x"], "there is no command `serve`: docs/serving.md shows how"),
        (["frobnicate"], "there is no command `frobnicate`: `nnc --help` lists the commands"),
        ([""], "there is no command ``"),
        (["--verison"], "--version"),
        (["-x"], "-x"),
        (["xor.nn.yaml"], "there is no command `xor.nn.yaml`"),
        (["--report", "full", "test"], "no option `--report` before `test`: write it after that"),
        (["--stric", "test"], "there is no option `--stric`: did you mean `--strict`?"),
    ],
)
def test_wrong_use(nnc: Nnc, arguments: list[str], told: str) -> None:
    code, out, err = nnc(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "nnc --help" in err


# -------------------------------------------------------------------------------- exit codes


def fails_with(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


ONE = Diagnostic("tab", "a tab", file="f.yaml")


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (InvalidNetworkError([ONE]), 1, "error[NNC005] tab: a tab"),
        (FileError([ONE]), 2, "error[NNC005] tab: a tab"),
        (RuntimeError("the roof"), 3, "RuntimeError: the roof"),
        (RecursionError(), 3, "RecursionError"),
        (MemoryError(), 2, "Error: there is not enough memory for this\n"),
        (AssertionError(), 3, "AssertionError"),
        (BrokenPipeError(), 0, ""),
        (OSError(5, "Input/output error"), 2, "cannot read or write: Input/output error"),
        (OSError(24, "Too many files", "f"), 2, "cannot use `f`: Too many files"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_code_of_every_error(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    monkeypatch.setattr("nnc.cli.schema.schema_text", fails_with(error))
    if isinstance(error, OSError):
        monkeypatch.setattr("nnc.terminal.options.forget", lambda _: None)
    ran = nnc("schema")
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert ("this is a bug in nnc" in ran.err) == (code == 3)
    assert ("Traceback" in ran.err) == (code == 3)


def test_codes_leave_the_process(tmp_path: Path) -> None:
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    (tmp_path / "bad.nn.yaml").write_text("nnc: 1\n")
    for code, *arguments in (
        (0, "validate", "xor.nn.yaml"),
        (1, "validate", "bad.nn.yaml"),
        (2, "validate", "none.yaml"),
        (2, "vali"),
        (0, "--help"),
    ):
        assert started(*map(str, arguments), cwd=tmp_path).returncode == code


def test_a_bug_leaves_the_process_with_its_code() -> None:
    code = ("import nnc.cli.schema, nnc.cli.main, sys; "
            "nnc.cli.schema.schema_text = None; "
            "sys.argv = ['nnc', 'schema']; nnc.cli.main.main()")  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=300
    )
    assert (ran.returncode, ran.stdout) == (3, b"")
    assert b"TypeError" in ran.stderr


def test_ctrl_c_before_anything_is_written() -> None:
    process = subprocess.Popen([sys.executable, "-m", "nnc", "validate", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment())  # fmt: skip
    assert process.stdin is not None
    big = b"#" * (1 << 20)
    process.stdin.write(big)  # returns once nnc has begun to read: a pipe holds 64 KiB
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (130, b"")
    assert err.strip() == b"interrupted"


@pytest.mark.parametrize("arguments", [["explain"], ["schema"], ["--help"], ["--version"]])
def test_a_pipe_whose_reader_is_gone(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as target:
        command = [sys.executable, "-m", "nnc", *arguments]
        ran = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, check=False,
                             timeout=300, env=environment())  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["explain"], ["schema"], ["--help"], ["--version"]])
def test_standard_output_on_a_full_disk(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as target:
        ran = subprocess.run([sys.executable, "-m", "nnc", *arguments], stdout=target, check=False,
                             stderr=subprocess.PIPE, timeout=300, env=environment())  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"Error: no space left to write standard output")
    assert ran.stderr.count(b"\n") == 1


def test_run_gives_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "NNC301"]) == 0
    assert run(["explain", "nothing"]) == 2
    assert "NNC301" in capsys.readouterr().out


def test_every_option_has_help(nnc: Nnc) -> None:
    import click

    from nnc.cli.group import group

    group = group()
    context = click.Context(group, info_name="nnc")
    for name in COMMANDS:
        assert isinstance(group, click.Group)
        command = group.get_command(context, name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.opts}"
                assert option.help.endswith((".", "?", ")"))
    assert nnc("--help").code == 0


# ---------------------------------------------------------------------------------- start-up


def imported(*arguments: str | Path, cwd: Path | None = None) -> set[str]:
    """Run `nnc` in a fresh interpreter; gives the modules that it imported."""
    code = (
        "import sys, atexit, json\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from nnc.cli.main import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True,
                         check=False, cwd=cwd, env=environment(), timeout=300)  # fmt: skip
    return set(json.loads(ran.stderr.decode().splitlines()[-1]))


def existing(*names: str) -> set[str]:
    """Give names of modules that there are: one that has a new name would never be imported."""
    assert [name for name in names if find_spec(name) is None] == []
    return set(names)


HEAVY = existing("numpy", "pydantic", "pydantic_core", "yaml", "rich")


def test_a_module_that_is_not_there_cannot_be_said_to_be_left_out() -> None:
    with pytest.raises(AssertionError, match=r"nnc\.rows\.of_old"):
        existing("numpy", "nnc.rows.of_old", "nnc.rows.csv.csv")


def test_the_version_imports_nothing() -> None:
    assert not imported("--version") & (
        HEAVY | existing("click", "nnc.cli.schema", "importlib.metadata")
    )


@pytest.mark.parametrize("arguments", [["--help"], ["explain"], ["explain", "NNC301"], ["vali"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported(*arguments) & HEAVY


def test_the_help_of_commands_imports_no_numpy_or_extras() -> None:
    """All commands are asked in one process, which then has what any of them imports."""
    extras = {"rich", "torch", "pyarrow", "onnx", "onnxruntime", "ortools", "pysat", "sklearn"}
    code = (
        "import sys\nfrom nnc.cli.main import run\n"
        f"for name in {list(COMMANDS)}:\n"
        "    assert run([name, '--help']) == 0, name\n"
        f"    found = set({['numpy', *extras]}) & sys.modules.keys()\n"
        "    if found: print('imported by', name, *found)\n"
    )
    assert "imported by" not in said_by(code)


def test_a_file_that_cannot_be_read_needs_little(tmp_path: Path) -> None:
    (tmp_path / "bad.nn.yaml").write_text("nnc: 1\ninputs: [a\n")
    assert not imported("validate", cwd=tmp_path) & {"numpy", "rich"}


def test_a_row_of_a_small_network_needs_little(tmp_path: Path) -> None:
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    unused = existing("numpy", "rich", "nnc.compiler.lint")
    assert not imported("eval", "xor.nn.yaml", "a=1", "b=1", cwd=tmp_path) & unused


def test_validating_needs_no_arrays(tmp_path: Path) -> None:
    (tmp_path / "xor.nn.yaml").write_text(
        XOR + "cases: [{given: {a: 1, b: 1}, expect: {xor: 0}}]\n"
    )
    assert not imported("validate", cwd=tmp_path) & {"numpy", "rich"}


def test_the_first_names_of_options(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    code, out, err = nnc("validate", "xor.nn.yaml", "--output-format", "json")
    assert (code, json.loads(out)["diagnostics"]) == (0, [])
    assert err == "note: --output-format is called --report now\n"
    code, out, err = nnc("validate", "xor.nn.yaml", "--report=json", "--output-file=new.json")
    assert (code, out) == (0, "no problems in 1 file\n")
    assert err == "note: --output-file is called --report-file now\n"
    assert json.loads(Path("new.json").read_text())["diagnostics"] == []
    assert json.loads(nnc("validate", "--output-format=json", "--nope").out)["diagnostics"]
    assert nnc("validate", "--", "--output-format").code == 2
