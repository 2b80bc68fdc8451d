"""`nnc completion`: scripts for shells, and what they ask nnc for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.running import Nnc, started


@pytest.mark.parametrize(
    ("shell", "start", "registers"),
    [
        ("bash", "_nnc_completion() {", "complete "),
        ("zsh", "#compdef nnc", "compdef _nnc_completion nnc"),
        ("fish", "function _nnc_completion", "complete "),
    ],
)
def test_the_script_of_each_shell(nnc: Nnc, shell: str, start: str, registers: str) -> None:
    code, out, err = nnc("completion", shell)
    assert (code, err) == (0, "")
    assert out.startswith(start)
    assert f"_NNC_COMPLETE={shell}_complete" in out
    assert any(line.strip().startswith(registers) for line in out.splitlines())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_read_by_its_shell(nnc: Nnc, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    Path("script").write_text(nnc("completion", shell).out)
    subprocess.run([program, "-n", "script"], check=True, timeout=300)


@pytest.mark.parametrize("arguments", [[], ["bsh"], ["bash", "zsh"]])
def test_wrong_use(nnc: Nnc, arguments: list[str]) -> None:
    code, out, err = nnc("completion", *arguments)
    assert (code, out) == (2, "")
    assert "zsh" in err


def asked(line: str) -> dict[str, str]:
    """Give the environment in which bash asks how a line goes on."""
    words = line.split(" ")
    return {"_NNC_COMPLETE": "bash_complete", "COMP_WORDS": line.strip(),
            "COMP_CWORD": str(len(words) - 1)}  # fmt: skip


def completed(line: str, nnc: Nnc, patch: pytest.MonkeyPatch) -> list[str]:
    """Ask as bash does; gives the answers, and the kind of those that the shell completes."""
    for name, value in asked(line).items():
        patch.setenv(name, value)
    code, out, err = nnc()
    assert (code, err) == (0, "")
    answers = [answer.partition(",") for answer in out.splitlines()]
    return [value if kind == "plain" else kind for kind, _, value in answers]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("nnc val", ["validate"]),
        ("nnc comp", ["compile", "completion"]),
        ("nnc validate --rep", ["--report"]),
        ("nnc --rep", ["--report-file"]),
        ("nnc validate --report j", ["json", "json-lines", "junit"]),
        ("nnc eval --extra ", ["drop", "keep", "error"]),
        ("nnc completion ", ["bash", "zsh", "fish"]),
        ("nnc validate x", ["file"]),
        ("nnc test x", ["file"]),
        ("nnc compile x", ["file"]),
        ("nnc eval x", ["file"]),
        ("nnc eval x.nn.yaml r", ["file"]),
        ("nnc eval x.nn.yaml -o r", ["file"]),
        ("nnc new x", ["file"]),
        ("nnc explain NNC30", [f"NNC30{i}" for i in range(1, 10)]),
        ("nnc explain unknown-s", ["unknown-source"]),
        ("nnc schema n", ["network"]),
    ],
)
def test_what_is_completed(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, line: str, answers: list[str]
) -> None:
    assert completed(line, nnc, monkeypatch) == answers


def test_all_commands_are_completed(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnc.cli.group import COMMANDS

    assert completed("nnc ", nnc, monkeypatch) == list(COMMANDS)
    ran = started(env=asked("nnc "))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode().splitlines() == [f"plain,{name}" for name in COMMANDS]
