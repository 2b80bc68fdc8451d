"""`nnc.view`: a page in Python, saved, and in a notebook."""

import os
from pathlib import Path
from typing import Any

import pytest

import nnc
from tests.drawing.elements.test_declared import ROOT
from tests.drawing.page.conftest import Open
from tests.support.pages import data_of

XOR = ROOT / "configs/gates/xor.nn.yaml"
NOTEBOOK = f"""
import nnc
nnc.view(nnc.load({str(XOR)!r}), {{"a": 1}})
"""


def test_a_page_in_python(tmp_path: Path) -> None:
    view = nnc.view(nnc.load(XOR), {"a": 1})
    assert repr(view) == "View(name='xor')"
    assert data_of(view.html)["start"] == {"a": "1", "b": "0"}
    view.save(tmp_path / "xor.html")
    assert (tmp_path / "xor.html").read_text("utf-8") == view.html
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == "View(name='xor')"
    assert bundle["text/html"].startswith('<iframe sandbox="allow-scripts" title="xor" srcdoc="')
    assert bundle["image/svg+xml"].startswith("<svg")


def test_rows_and_changes_in_python() -> None:
    xor, xnor = nnc.load(XOR), nnc.load(XOR.with_name("xnor.nn.yaml"))
    rows = data_of(nnc.view(xor, rows=[{"a": 1, "b": 1}, {"a": 0, "b": 1}]).html)["rows"]
    assert rows == [{"inputs": ["1", "1"]}, {"inputs": ["0", "1"]}]
    data = data_of(nnc.view(xor, against=xnor).html)
    assert [each["output"] for each in data["against"]["examples"]] == ["out"]


def test_what_cannot_be_seen() -> None:
    network = nnc.load(XOR)
    with pytest.raises(nnc.InvalidRowsError):
        nnc.view(network, {"a": 2})
    with pytest.raises(ValueError, match="`a` is not an input of 4 bits"):
        nnc.view(network, shapes={"a": (2, 2)})


def test_a_notebook_that_is_run(open_page: Open, tmp_path: Path) -> None:
    """In a frame in a sandbox the page has no address to keep its state in, and works."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    cell = nbformat.v4.new_code_cell(NOTEBOOK)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    path = f"{ROOT / 'framework'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3")
    client.execute(env={**os.environ, "PYTHONPATH": path})
    (output,) = notebook.cells[0].outputs
    file = tmp_path / "notebook.html"
    text = f"<!DOCTYPE html><html data-ready><title>n</title>{output.data['text/html']}"
    file.write_text(text, "utf-8")
    frame: Any = open_page(file).frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for()
    assert frame.locator("#outputs").inner_text().split() == ["out", "1"]
    frame.locator("#input-b").check()
    assert frame.locator("#outputs").inner_text().split() == ["out", "0"]
    frame.locator('[data-kind="neuron"]').first.click()
    assert frame.locator("#chosen").inner_text() == "either"
