"""Every engine that can be asked for gives the same."""

from pathlib import Path

import pytest

import nnc
from nnc.run.engine_names import ENGINE_NAMES, EngineName

XOR = str(Path(__file__).parents[2] / "configs/gates/xor.nn.yaml")


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_every_engine_gives_the_same(engine: EngineName) -> None:
    table = nnc.truth_table(nnc.load(XOR), engine=engine)
    assert table.bits("out").tolist() == [[0, 1, 1, 0]]
