"""The group of all commands: its help, and words that are no command."""

from pathlib import Path

import pytest

from nnc.cli.group import COMMANDS
from tests.support.running import Nnc


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command(nnc: Nnc, option: str) -> None:
    code, out, err = nnc(option)
    assert (code, err) == (0, "")
    for name, entry in COMMANDS.items():
        assert f"  {name}" in out
        assert entry.summary in out
    assert "Exit codes: 0 success, 1 mistakes found" in out


def test_without_a_command_help_is_shown(nnc: Nnc) -> None:
    code, out, err = nnc()
    assert code == 2
    assert "Write:" in out + err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(nnc: Nnc, name: str) -> None:
    code, out, err = nnc(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: nnc {name} ")
    assert "\\b" not in out
    assert nnc(name, "-h").out == out
    assert max(map(len, out.splitlines())) <= 80


def test_a_file_is_not_a_command(nnc: Nnc) -> None:
    Path("an xor.yaml").write_text("")
    assert nnc("an xor.yaml").err.endswith(
        "Error: there is no command `an xor.yaml`: did you mean `nnc validate 'an xor.yaml'`, or "
        "`nnc eval 'an xor.yaml' --all`?\n"
    )
