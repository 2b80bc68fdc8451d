"""Runs nnc for the tests of reports."""

from pathlib import Path

import pytest

from tests.support.running import Nnc


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)
