"""The networks people can use: valid, without warnings, and all their cases hold."""

import importlib.util
from pathlib import Path

import pytest

from nnc.cli.main import run
from nnc.opening.checking import check_file

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
FILES = sorted(CONFIGS.rglob("*.nn.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_it_has_no_mistakes_no_warnings_and_has_cases(path: Path) -> None:
    checked = check_file(str(path), root=ROOT)
    assert checked.diagnostics == []
    assert checked.network is not None
    assert checked.network.cases
    assert checked.network.description


def test_all_cases_hold(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(CONFIGS), "--root", str(ROOT)]) == 0
    assert f"cases hold in {len(FILES)} files" in capfd.readouterr().out


def test_every_file_of_cases_and_weights_is_used() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (*FILES, *CONFIGS.rglob("*.md")))
    for path in CONFIGS.rglob("*"):
        if path.suffix in (".csv", ".safetensors", ".npy"):
            assert path.name in written, path


def test_every_network_has_its_picture() -> None:
    """After `python configs/make_pictures.py` and a look at them."""
    spec = importlib.util.spec_from_file_location("make_pictures", CONFIGS / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wanted = module.pictures()
    assert sorted(wanted) == sorted((CONFIGS / "pictures").iterdir())
    page = (CONFIGS / "README.md").read_text("utf-8")
    for path, text in wanted.items():
        assert path.read_text("utf-8") == text, path.name
        assert str(CONFIGS) not in text
        assert f'<img src="pictures/{path.name}"' in page
