"""The tutorial as a notebook: it is that of the page, and prints what the page says."""

import re
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT, loaded

NOTEBOOKS = [ROOT / "docs/tutorial.ipynb", ROOT / "docs/ko/tutorial.ipynb"]
EVERY_DAY = 12  # cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=["english", "korean"])
def test_the_notebook_is_made_of_the_page(path: Path) -> None:
    pytest.importorskip("nbformat")
    made = loaded("make_notebook").notebook(path.with_suffix(".md"))
    assert path.read_text("utf-8") == made, "run: python docs/make_notebook.py"


def test_the_cells_print_what_the_page_says(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    """Every day the first ones do: tests/test_docs.py runs all that the page says."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}:{ROOT}", prepend=":")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    notebook = nbformat.read(NOTEBOOKS[0], 4)
    del notebook.cells[None if full else EVERY_DAY :]
    assert any(_printed(cell) for cell in notebook.cells)
    expected = [_printed(cell) for cell in notebook.cells]
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": ROOT / "docs"}},
    )
    client.execute()
    assert [_printed(cell) for cell in notebook.cells] == expected


def _printed(cell: object) -> list[str]:
    """Return the lines that a cell prints, in any order: errors may come between the others."""
    texts = [output.get("text", "") for output in getattr(cell, "outputs", ())]
    return sorted(line.rstrip() for line in re.split("\r?\n", "".join(texts)) if line.strip())
