"""The site: it builds without a link that leads nowhere, asks nobody else, and is for everyone."""

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nnc

ROOT = Path(__file__).parents[1]
PAGES = ("index", "gallery", "docs/tutorial", "docs/ko/tutorial", "docs/commands")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no line for a request."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("material")
    site = tmp_path_factory.mktemp("site") / "site"
    subprocess.run([sys.executable, ROOT / "docs/make_site.py", site], check=True)
    handler = functools.partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_ask_nobody_else_and_axe_finds_nothing(
    address: str, browser: Any, scheme: str, full: bool
) -> None:
    """Every day the dark scheme is looked at on two pages: it differs by its colours alone."""
    pages = PAGES if full or scheme == "light" else PAGES[1:3]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = {}
    for name in pages:
        page.goto(f"{address}/{name}.html")
        results = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        found[name] = [
            (each["id"], each["nodes"][0]["html"]) for each in results.response["violations"]
        ]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.get_attribute("html", "lang") == ("ko" if "/ko/" in name else "en"), name
    page.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert found == {name: [] for name in pages}


def test_search_knows_words_of_both_languages(address: str) -> None:
    with urllib.request.urlopen(f"{address}/search/search_index.json") as answer:
        index = json.load(answer)
    assert index["config"]["lang"] == ["en", "ko"]
    for words, page in (("cut sets", "docs/fault-trees"), ("임계값", "docs/ko/tutorial")):
        found = [entry["location"] for entry in index["docs"] if words in entry["text"]]
        assert any(place.startswith(page) for place in found), words


def test_the_gallery_has_every_group_and_its_links_lead_somewhere(address: str) -> None:
    with urllib.request.urlopen(f"{address}/gallery.html") as answer:
        page = answer.read().decode()
    table = (ROOT / "configs/README.md").read_text("utf-8")
    groups = re.findall(r"(?m)^\| \*\*(\w+)", table)
    assert re.findall(r'<h2 id="(\w+)"', page) == groups
    assert page.count("(not for the care of patients)") == 2
    for link in set(re.findall(r'href="((?:configs|view)/[^"#]+)', page)):
        urllib.request.urlopen(f"{address}/{link}").close()


def test_every_public_name_has_its_signature(address: str) -> None:
    with urllib.request.urlopen(f"{address}/api.html") as answer:
        page = answer.read().decode()
    for name in set(nnc.__all__) - {"__version__"}:
        assert f'id="{name.lower()}"' in page, name
