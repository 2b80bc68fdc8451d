"""The commands, in a folder of their own."""

from pathlib import Path

import pytest

from tests.support.running import Nnc


@pytest.fixture
def nnc_(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)
