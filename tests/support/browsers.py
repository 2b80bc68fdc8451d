"""A real browser: Chromium, one for all tests of a process."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


def launched() -> Iterator[Any]:
    """Yield a browser; skip where there is none, and fail where there must be one."""
    program = os.environ.get("NNC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("NNC_BROWSER") == "required":
            pytest.fail("there is no Chromium, and NNC_BROWSER is `required`")
        pytest.skip("there is no Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()
