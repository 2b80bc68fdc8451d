"""The lines that install the libraries of extras are such that pip takes them."""

import re
import shlex
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from nnc.extras import DISTRIBUTION, install_line

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
EXTRAS = ("data", "lsp", "onnx", "pictures", "png", "sklearn", "solve", "trees")
REQUIRED = [*PROJECT["dependencies"]] + [
    line for lines in PROJECT["optional-dependencies"].values() for line in lines
]


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_line_names_what_the_extra_needs(extra: str) -> None:
    pip, install, *wanted = shlex.split(install_line(extra))
    assert (pip, install) == ("pip", "install")
    names = [re.split("[<>=]", each)[0] for each in wanted]
    assert names == [re.split("[<>=]", each)[0] for each in PROJECT["optional-dependencies"][extra]]
    assert all(re.search("[<>]", each) for each in wanted)


def test_an_extra_that_is_not_known_and_no_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert install_line("none") == "install the extra `none` of nnc"

    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert install_line("data") == "install the extra `data` of nnc"


def test_the_name_is_that_of_the_project() -> None:
    assert PROJECT["name"] == DISTRIBUTION


@pytest.mark.parametrize("line", REQUIRED)
def test_every_dependency_has_an_upper_bound(line: str) -> None:
    assert line.startswith(f"{DISTRIBUTION}[") or re.search(r">=[\w.]+,<\d+(\.\d+)?(;|$)", line)


def test_no_text_names_the_distribution_as_if_it_were_registered() -> None:
    """It is not: until then, texts name libraries, or the extra of a checkout."""
    root = Path(__file__).parents[1]
    pages = [root / "README.md", *(root / "docs").glob("*.md")]
    pages += [*(root / "framework/nnc").rglob("*.py"), *(root / "framework/nnc").rglob("*.md")]
    pages += [file for file in (root / "editors").rglob("*") if file.suffix in (".md", ".ts")]
    asked = re.compile(r"pip install[^`\n]*nnc-networks")
    assert not [str(page) for page in pages if asked.search(page.read_text("utf-8"))]
