"""The docs tell what is: commands, Python, networks, diagnostics and links."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from nnc.cli.group import COMMANDS
from nnc.cli.help import topic, topics
from nnc.language.network import (
    ONLY_IN_PYTHON,
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Sparse,
    TensorFile,
    Unknown,
)
from nnc.opening.checking import check
from tests.support.documents import ROOT, Block, Page, blocks, loaded
from tests.support.running import Nnc

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("configs/**/*.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
FORMAT = (ROOT / "docs/format.md").read_text("utf-8")
NETWORKS = [
    pytest.param(page, block, id=f"{page.name}:{block.first}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml" and page.name != "diagnostics.md"  # test_explanation has those
]


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    monkeypatch.setenv("COLUMNS", "80")
    return Nnc(capsysbinary, monkeypatch, tmp_path)


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_commands_and_python_print_what_the_page_says(
    path: Path, nnc: Nnc, tmp_path: Path, update: bool
) -> None:
    page = Page(path, tmp_path, nnc)
    page.run()
    pictures = [kept.name for kept, _ in page.pictures()]
    if update:
        page.update()
    wrong = [(shown.source, shown.printed, printed) for shown, printed in page.changes]
    assert (wrong, pictures) == ([], []) or update, (
        "after a look at it: pytest tests/test_docs.py --update-expected"
    )


@pytest.mark.parametrize(("page", "block"), NETWORKS)
def test_networks_are_valid_and_other_yaml_is_marked(
    page: Path, block: Block, nnc: Nnc, tmp_path: Path
) -> None:
    if not re.search("^nnc: 1$", block.text, re.MULTILINE):
        assert block.mark in ("Fragment:", "<!-- no network -->")
    elif "wrong on purpose" not in block.mark:
        Page(page, tmp_path, nnc).make_files(block)
        found = check(block.text.encode(), "example").diagnostics
        is_open = any(one.rule == "open-numbers" for one in found)
        severities = {one.about.severity for one in found if one.rule != "open-numbers"}
        assert severities == ({"warning"} if "with a warning" in block.mark else set()), found
        assert nnc("test", "-", stdin=block.text.encode()).code == is_open


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_files_have_their_names_where_a_reader_sees_them(path: Path) -> None:
    paragraphs = path.read_text("utf-8").split("\n\n")
    for before, paragraph in pairwise(paragraphs):
        named = re.match(r"<!-- file: ([^ ,]+).* -->\n```", paragraph)
        assert not named or f"`{named[1]}`" in " ".join(before.split())


def test_the_korean_tutorial_has_the_files_and_commands_of_the_english_one() -> None:
    english, korean = (
        [(block.language, block.mark if block.file else "", block.lines) for block in blocks(page)]
        for page in (ROOT / "docs/tutorial.md", ROOT / "docs/ko/tutorial.md")
    )
    assert english == korean


def test_the_page_of_commands_has_every_command_and_topic() -> None:
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"[nnc {name}](#nnc-{name})" in text
        assert f"\n## nnc {name}\n\n```console\n$ nnc {name} --help\n" in text
    for name in topics():
        assert f"\n#{topic(name)}" in text, "run: python docs/make_commands.py"
    assert loaded("make_commands").shared() in text, "run: python docs/make_commands.py"


def test_the_format_page_has_every_key() -> None:
    models = (Network, Input, Neuron, Layer, TensorFile, Sparse, Part, Output, Case, Unknown)
    keys = {key for model in models for key in model.readers}
    for key in {*keys, "extends", "sparse"} - {*ONLY_IN_PYTHON, "sources", "is_bus"}:
        assert f"`{key}`" in FORMAT or f"`{{{key}: " in FORMAT or f"{key}:" in FORMAT, key


def test_the_page_of_diagnostics_is_generated() -> None:
    page = (ROOT / "docs/diagnostics.md").read_text("utf-8")
    expected = loaded("make_diagnostics").diagnostics()
    assert page == expected, "run: python docs/make_diagnostics.py"


def anchors(page: Path) -> set[str]:
    """Give the anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
