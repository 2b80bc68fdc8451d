"""`nnc lsp` without its libraries."""

import sys

import pytest

from nnc.cli.main import run


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "nnc.lsp.features", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    assert run(["lsp"]) == 2
    message = capsys.readouterr().err
    assert "the language server needs pygls, which is not installed" in message
    assert "pip install" in message
