"""`nnc help`: commands and topics."""

from pathlib import Path

import pytest

from nnc.cli.help import topic, topics
from tests.support.running import Nnc


def test_help_is_a_command_too(nnc: Nnc) -> None:
    assert nnc("help") == nnc("--help")
    assert nnc("help", "eval") == nnc("eval", "--help")
    assert nnc("help", "git", "install") == nnc("git", "install", "--help")
    assert "there is no command or topic `evil`: did you mean `eval`?" in nnc("help", "evil").err
    assert "there is no command or topic `setings`: did you" in nnc("help", "setings").err
    assert "there is no command or topic `x`" in nnc("help", "eval", "x").err
    assert "there is no command or topic `p`: `nnc help` lists both" in nnc("help", "p").err


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("xor", "new"), ("excel", "eval"), ("CSV", "eval"), ("missing", "eval"), ("sql", "export"),
        ("score", "fit"), ("proof", "prove"), ("picture", "draw"), ("tree", "cuts"),
        ("exit", "exit-codes"), ("colour", "environment"), ("report", "reports"),
        ("properties", "prove"), ("threshold", "network"),
        ("print", "draw"), ("fault-tree", "cuts"), ("truth-table", "eval"), ("enumerate", "eval"),
    ],
)  # fmt: skip
def test_an_everyday_word_leads_to_commands_and_topics(nnc: Nnc, word: str, page: str) -> None:
    code, out, err = nnc("help", word)
    assert (code, err) == (0, "")
    head, first, *_ = out.splitlines()
    assert head == f"about {word}:"
    assert first.split()[:3] == ["nnc", "help", page]
    assert 2 <= len(out.splitlines()) <= 6
    assert max(map(len, out.splitlines())) <= 88


def test_the_network_of_the_topic_has_no_finding(nnc: Nnc, tmp_path: Path) -> None:
    file = tmp_path / "topic.nn.yaml"
    file.write_text(topic("network").split("```yaml\n")[1].split("```")[0], "utf-8")
    assert nnc("check", str(file), "--strict").out == (
        "1 of 1 cases hold, 1 of 1 proved, no problems in 1 file\n"
    )


@pytest.mark.parametrize("name", topics())
def test_help_on_a_topic(nnc: Nnc, name: str) -> None:
    code, out, err = nnc("help", name)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 88
    title, *_ = topic(name).splitlines()
    assert title.removeprefix("# ") in out
    assert "](" not in out
    assert name in nnc("--help").out
