"""The page with one network in every language is current, complete, and what is on it runs."""

import importlib.util
import re
from typing import Any

import pytest

import nnc
from nnc.interchange.checks import Checking
from nnc.interchange.exports import check_of_export, export_plan
from nnc.interchange.languages import LANGUAGES
from nnc.opening.testing import suite_of
from tests.support.documents import ROOT


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("languages", ROOT / "docs/make_languages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


def test_the_page_is_generated() -> None:
    assert SCRIPT.FILE.read_text("utf-8") == SCRIPT.languages(), (
        "run: python docs/make_languages.py"
    )


def test_the_page_has_every_language() -> None:
    assert LANGUAGES.keys() <= SCRIPT.PAGE.keys()


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_stands_on_the_page_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row agrees with nnc; a program that is missing is told."""
    for variable in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(variable, raising=False)
    network = SCRIPT.network()
    plan = nnc.compile(network)
    page = SCRIPT.FILE.read_text("utf-8")
    for shown in SCRIPT.PAGE[name]:
        export = export_plan(plan, name, dialect=shown.dialect)
        if shown.mark is not None:
            chapter = page.partition(f"\n## {shown.name}\n")[2].partition("\n## ")[0]
            block = re.search(rf"```{shown.mark}\n(.*?)```", chapter, re.DOTALL)
            assert block is not None
            export = export._replace(data=block[1].encode())
        check = check_of_export(
            export, plan, Checking(name, shown.dialect), suite_of(network, None)
        )
        assert check.agrees or check.missing, check
        assert check.missing or (check.rows, check.is_whole) == (1000, False)
