"""What notebooks show: text and SVG always, PNG where the library for it is there."""

import sys
from base64 import b64decode

import pytest

from nnc.drawing.drawings import bundle, png
from nnc.extras import install_line
from nnc.numbers.exact import Refused

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="7"/>'


def test_png(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(SVG)
    assert data.startswith(b"\x89PNG")
    assert data[16:24] == bytes([0, 0, 0, 9, 0, 0, 0, 7])
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(Refused, match="needs resvg-py") as refused:
        png(SVG)
    assert (refused.value.rule, refused.value.help) == (
        "missing-library",
        install_line("png"),
    )


def test_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bundle("a network", SVG)
    assert b64decode(shown.pop("image/png")) == png(SVG)
    assert shown == {"text/plain": "a network", "image/svg+xml": SVG}
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert bundle("a network", SVG) == shown
