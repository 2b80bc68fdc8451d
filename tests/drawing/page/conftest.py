"""Pages in a real browser, and what must not happen in them."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

PAGES = (
    "medicine/news2", "arithmetic/multiplier_8x8", "digits/digits", "mail/spam_score",
    "medicine/glasgow_coma_scale", "arithmetic/adder_64bit", "safety/cooling_fault_tree",
    "grids/outline", "fraud/card_payment", "digits/labelled",
)  # fmt: skip
"""Those that are looked at for everyone; every day only the first."""
EVERY_DAY = 2

VIEWPORT = {"width": 1500, "height": 950}
Open = Callable[..., Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        full = metafunc.config.getoption("--all-examples")
        metafunc.parametrize("page_name", PAGES if full else PAGES[:EVERY_DAY])


@pytest.fixture(scope="session")
def engine(browser: Any) -> Iterator[Any]:
    """Give a page with nothing but the code that evaluates networks, and writes numbers."""
    context = browser.new_context()
    page = context.new_page()
    page.goto("about:blank")
    for name in ("engine", "dom"):
        text = (files("nnc.drawing.page") / f"{name}.js").read_text("utf-8")
        page.add_script_tag(content=text)
    yield page
    context.close()


@pytest.fixture(scope="session")
def shared(browser: Any) -> Iterator[tuple[Any, list[str]]]:
    """Give a page that most tests use, one after the other, and what went wrong in it."""
    context = browser.new_context(viewport=VIEWPORT)
    yield _watched(context)
    context.close()


def _watched(context: Any) -> tuple[Any, list[str]]:
    """Open a page that notes what it should not do: ask for anything, or report anything."""
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: wrong.append(f"request: {request.url}"))
    return page, wrong


@pytest.fixture
def open_page(browser: Any, shared: tuple[Any, list[str]]) -> Iterator[Open]:
    """Open a page from a file; it must ask for nothing, and report nothing."""
    contexts = []
    watched: list[tuple[str, list[str]]] = []

    def open_page(file: Path, **options: Any) -> Any:
        if options or watched:
            context = browser.new_context(**{"viewport": VIEWPORT, **options})
            contexts.append(context)
            page, wrong = _watched(context)
        else:
            page, wrong = shared
            page.emulate_media(media="screen", color_scheme="light")
            page.goto("about:blank")
            page.mouse.move(0, 0)
            wrong.clear()
        address = file.resolve().as_uri()
        watched.append((address, wrong))
        page.goto(address)
        page.wait_for_selector("html[data-ready]", timeout=10_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for address, wrong in watched:
        allowed = (f"request: {address}", "request: data:", "request: about:srcdoc")
        assert not [each for each in wrong if not each.startswith(allowed)]
