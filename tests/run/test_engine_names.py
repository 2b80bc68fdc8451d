"""The engines that can be asked for are the same in Python and at the command line."""

from pathlib import Path

import pytest

import nnc
from nnc.cli.main import run
from nnc.run.engine_names import ENGINE_NAMES, EngineName

XOR = str(Path(__file__).parents[2] / "configs/gates/xor.nn.yaml")


def test_the_command_takes_the_same_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", XOR, "--all", "--engine", "other"]) == 2
    assert ", ".join(map(repr, ENGINE_NAMES)) in capsys.readouterr().err


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_every_engine_gives_the_same(engine: EngineName) -> None:
    table = nnc.truth_table(nnc.load(XOR), engine=engine)
    assert table.bits("out").tolist() == [[0, 1, 1, 0]]
