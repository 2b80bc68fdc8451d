"""The table of commands."""

from importlib import import_module

import pytest

from nnc.cli.group import COMMANDS, GROUPS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_entry_names_the_module_of_its_command(name: str) -> None:
    assert import_module(f"nnc.{COMMANDS[name].module}").command.name == name


def test_a_command_stands_in_one_group() -> None:
    assert len(COMMANDS) == sum(map(len, GROUPS.values()))
