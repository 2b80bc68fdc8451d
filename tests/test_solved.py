"""The network in configs/solved is what its command makes, whenever it runs."""

import importlib.util
import re
from pathlib import Path

import pytest

from nnc.filling.answer import solve

FOLDER = Path(__file__).parents[1] / "configs/solved"


def test_it_is_made_again_byte_by_byte(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("solve_configs", FOLDER / "solve.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = FOLDER / f"{module.NAME}.nn.yaml"
    assert module.solved(tmp_path) == file.read_text("utf-8")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_fewer_hidden_neurons_cannot(size: int, tmp_path: Path) -> None:
    text = (FOLDER / "digit_segments.skeleton.yaml").read_text("utf-8")
    file = tmp_path / "fewer.nn.yaml"
    file.write_text(re.sub(r"size: 1\.\.6", f"size: {size}", text), "utf-8")
    solution = solve(file)
    assert solution.network is None
    assert solution.proof is not None
    assert solution.proof.for_all
