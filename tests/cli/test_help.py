"""`nnc help`: commands and topics."""

import pytest

from nnc.cli.help import topic, topics
from tests.support.running import Nnc


def test_help_is_a_command_too(nnc: Nnc) -> None:
    assert nnc("help") == nnc("--help")
    assert nnc("help", "eval") == nnc("eval", "--help")
    assert nnc("help", "git", "install") == nnc("git", "install", "--help")
    assert "there is no command or topic `evil`: did you mean `eval`?" in nnc("help", "evil").err
    assert (
        "there is no command or topic `report`: did you mean `reports`?"
        in nnc("help", "report").err
    )
    assert "there is no command or topic `x`" in nnc("help", "eval", "x").err


@pytest.mark.parametrize("name", topics())
def test_help_on_a_topic(nnc: Nnc, name: str) -> None:
    code, out, err = nnc("help", name)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 88
    title, *_ = topic(name).splitlines()
    assert title.removeprefix("# ") in out
    assert "](" not in out
    assert name in nnc("--help").out
