"""A real browser for pages: Chromium, one for all tests of a process."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")

PAGES = (
    "medicine/news2", "arithmetic/multiplier_8x8", "digits/digits", "mail/spam_score",
    "medicine/glasgow_coma_scale", "arithmetic/adder_64bit", "safety/cooling_fault_tree",
    "grids/outline", "fraud/card_payment", "digits/labelled",
)  # fmt: skip
"""Those that are looked at for everyone; every day only the first."""
EVERY_DAY = 3

Open = Callable[..., Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        full = metafunc.config.getoption("--all-examples")
        metafunc.parametrize("page_name", PAGES if full else PAGES[:EVERY_DAY])


def _program() -> str | None:
    return os.environ.get("NNC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = _program()
    if program is None:
        if os.environ.get("NNC_BROWSER") == "required":
            pytest.fail("there is no Chromium, and NNC_BROWSER is `required`")
        pytest.skip("there is no Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def engine(browser: Any) -> Iterator[Any]:
    """Give a page with nothing but the code that evaluates networks."""
    context = browser.new_context()
    page = context.new_page()
    page.goto("about:blank")
    text = (files("nnc.reports.page") / "engine.js").read_text("utf-8")
    page.add_script_tag(content=text)
    yield page
    context.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a page from a file; it must ask for nothing, and report nothing."""
    contexts = []
    wrong: list[str] = []

    def open_page(file: Path, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1500, "height": 950}, **options})
        contexts.append(context)
        page = context.new_page()
        address = file.resolve().as_uri()
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("request", lambda request: wrong.extend(
            [] if request.url.startswith((address, "data:")) else [f"request: {request.url}"]
        ))  # fmt: skip
        page.goto(address)
        page.wait_for_selector("html[data-ready]", timeout=10_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
