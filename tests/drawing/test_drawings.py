"""`nnc.draw`: pictures in Python, and as notebooks show them."""

import sys
from base64 import b64decode
from pathlib import Path

import pytest

import nnc
from nnc.cli.main import run

ROOT = Path(__file__).parents[2]
XOR = nnc.load(ROOT / "configs/gates/xor.nn.yaml")
OR = nnc.load(ROOT / "configs/gates/or.nn.yaml")


def test_the_same_as_the_command(tmp_path: Path) -> None:
    network = str(ROOT / "configs/medicine/news2.nn.yaml")
    output = str(tmp_path / "news2.svg")
    assert run(["draw", network, "-o", output, "--around", "red", "--theme", "dark"]) == 0
    drawing = nnc.draw(nnc.load(network), around="red", theme="dark")
    assert drawing.svg == Path(output).read_text()
    drawing.save(tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text() == drawing.svg
    assert drawing.text("dot").startswith("digraph")
    drawing.save(tmp_path / "plain")
    assert (tmp_path / "plain").read_text() == drawing.svg
    with pytest.raises(ValueError, match=r"`\.jpg` is no format of a picture; use \.svg, \.png"):
        drawing.save(tmp_path / "again.jpg")
    assert not (tmp_path / "again.jpg").exists()
    assert repr(drawing) == "<Drawing: 11 boxes, 10 wires>"


def test_a_run_and_a_change() -> None:
    assert "sum 1, on 1" in nnc.draw(XOR, {"a": 1, "b": 0}).svg
    change = nnc.draw(XOR, against=OR).svg
    assert "or → xor" in change
    assert "gives something else" in change
    assert "gives something else" not in nnc.draw(XOR, {"a": 0, "b": 0}, against=OR).svg


def test_what_a_notebook_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = nnc.draw(XOR)
    bundle = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing.svg
    assert bundle["text/plain"] == repr(drawing)
    assert b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert "image/png" not in drawing._repr_mimebundle_()


def test_too_many_boxes() -> None:
    with pytest.raises(ValueError, match="6 boxes are too many to read"):
        nnc.draw(XOR, max_count=2)


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="there is no declaration `bth`"):
        nnc.draw(XOR, around="bth")
    with pytest.raises(nnc.InvalidRowsError):
        nnc.draw(XOR, {"a": 2, "b": 0})
    with pytest.raises(TypeError, match="unfolt"):
        nnc.draw(XOR, unfolt="x")  # type: ignore[call-arg]
