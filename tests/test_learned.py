"""The network in configs/learned is what its command makes, whenever it runs."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "configs/learned"
VERSIONS = re.compile(r"^ +(nnc|numpy): .*\n", re.MULTILINE)


@pytest.fixture
def learn() -> ModuleType:
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("learn", FOLDER / "learn.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_made_again_byte_by_byte(learn: ModuleType, tmp_path: Path) -> None:
    file = FOLDER / f"{learn.NAME}.nn.yaml"
    again = learn.learnt(tmp_path)
    assert VERSIONS.sub("", again) == VERSIONS.sub("", file.read_text("utf-8"))
    assert learn.cases(again) == (FOLDER / f"{learn.NAME}.cases.csv").read_text("utf-8")
