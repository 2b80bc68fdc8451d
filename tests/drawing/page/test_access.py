"""Pages for everyone: by keyboard alone, for screen readers, in the dark, and on paper."""

from pathlib import Path
from typing import Any

import pytest

from nnc.drawing.page import PageSettings, comparison_page, starting_batch
from nnc.opening.checking import check_file
from tests.drawing.elements.test_declared import ROOT, batches
from tests.drawing.page.conftest import Open
from tests.support.pages import written

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.className"))


def tab_to(page: Any, selector: str, key: str = "Tab") -> None:
    """Press Tab until something is focused."""
    for _ in range(120):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab does not come to {selector}")


def test_a_score_by_keyboard_alone(open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(ROOT / "configs/medicine/news2.nn.yaml"), root=ROOT)
    page = open_page(written(tmp_path, checked_, batches(checked_, 3)))
    press, type_ = page.keyboard.press, page.keyboard.type
    press("Tab")
    assert focused(page) == "skip"
    press("Enter")
    tab_to(page, "#input-respiration")
    press("Control+A")
    type_("22")
    press("Tab")  # its slider
    press("ArrowRight")
    assert page.input_value("#input-respiration") == "23"
    tab_to(page, "#input-oxygen")
    press("Space")
    tab_to(page, '[data-names="news2"][data-kind="neuron"]')
    press("Enter")
    assert page.inner_text("#chosen") == "news2"
    press("+")
    wide = int(page.get_attribute(".sheet svg", "width"))
    press("0")
    assert int(page.get_attribute(".sheet svg", "width")) < wide
    tab_to(page, "#flips button, #why button")
    assert "news2: " in page.text_content("#live")
    tab_to(page, "#tab-table", "Shift+Tab")
    press("Enter")
    tab_to(page, "[data-column=sum]")
    press("Enter")
    tab_to(page, "#rows button")
    press("ArrowDown")
    press("Enter")
    chosen = page.inner_text("#rows tr:nth-child(2) th")
    assert page.inner_text("#chosen") == chosen
    tab_to(page, "#search", "Shift+Tab")
    type_("heart")
    press("Enter")
    assert page.inner_text("#chosen") == "heart"
    tab_to(page, "#after", "Shift+Tab")
    press("Space")
    assert page.input_value("#row-number") == "2"
    tab_to(page, "#reset")
    press("Space")
    tab_to(page, "#theme", "Shift+Tab")
    press("Enter")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_parts_by_keyboard_alone(open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(ROOT / "configs/arithmetic/adder_64bit.nn.yaml"), root=ROOT)
    page = open_page(written(tmp_path, checked_))
    press = page.keyboard.press
    tab_to(page, "#input-a")
    press("Control+A")
    page.keyboard.type("5")
    tab_to(page, '[data-kind="part"]')
    press("Enter")
    assert page.locator("#way li").all_inner_texts() == ["adder_64bit", "adder(0)"]
    tab_to(page, "#instance", "Shift+Tab")
    press("Control+A")
    page.keyboard.type("2")
    press("Enter")
    assert page.locator("#way li").all_inner_texts() == ["adder_64bit", "adder(2)"]
    values = page.locator('.sheet:not([hidden]) [data-names="a"] .value')
    assert values.all_text_contents() == ["1"]
    tab_to(page, "#canvas")
    press("]")
    assert values.all_text_contents() == ["0"]
    assert page.locator("#way li").all_inner_texts()[-1] == "adder(3)"
    press("[")
    tab_to(page, '.sheet [data-kind="neuron"]')
    press("Space")
    assert page.inner_text("#chosen").startswith("adder(2).")
    press("Backspace")
    assert page.locator("#way li").all_inner_texts() == ["adder_64bit"]


def test_pixels_and_layers_by_keyboard_alone(open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(ROOT / "configs/digits/digits.nn.yaml"), root=ROOT)
    page = open_page(written(tmp_path, checked_))
    press = page.keyboard.press
    tab_to(page, ".pixels button")
    for _ in range(3):
        press("ArrowRight")
    for _ in range(8):
        press("Space")
        press("ArrowDown")
    assert page.locator('.pixels [aria-pressed="true"]').count() == 8
    assert page.locator('[data-kind="inputs"] .ink').count() == 8
    tab_to(page, '[data-kind="neurons"]')
    press("Enter")
    assert page.inner_text("#chosen") == "ink"
    assert "sum 8, needs" in page.inner_text("#why")
    press("ArrowRight")
    assert page.inner_text("#chosen") == "h00"
    tiles = page.locator('[data-kind="neurons"]').first.locator(".tile")
    assert "selected" in tiles.nth(1).get_attribute("class")


def violations(page: Any) -> list[tuple[str, list[str]]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    results = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"][:3]])
        for each in results.response["violations"]
    ]


def test_axe_finds_nothing(page_name: str, open_page: Open, tmp_path: Path) -> None:
    """WCAG 2.2, levels A and AA, as far as axe can see; in the picture and in the table."""
    file = written(tmp_path, check_file(str(ROOT / f"configs/{page_name}.nn.yaml"), root=ROOT))
    page = open_page(file, bypass_csp=True)
    page.locator('[data-kind^="neuron"],[data-kind="layer"],[data-kind="part"]').first.click()
    page.wait_for_selector("#flips[data-done=true], #way:not([hidden])")
    page.mouse.move(0, 0)
    assert not violations(page)
    page.emulate_media(color_scheme="dark")
    page.click("#tab-table")
    page.fill("#search", "a")
    assert not violations(page)


def test_axe_finds_nothing_in_a_change(open_page: Open, tmp_path: Path) -> None:
    before, after = (
        check_file(str(ROOT / f"configs/mail/{name}.nn.yaml"), root=ROOT)
        for name in ("spam_score", "spam_score_shop")
    )
    assert after.graph is not None
    settings = PageSettings(starting_batch(after.graph.inputs, {}))
    file = tmp_path / "page.html"
    file.write_text(comparison_page(before, after, settings, is_free=True), "utf-8")
    page = open_page(file, bypass_csp=True)
    page.click('[data-kind="output"]')
    page.mouse.move(0, 0)
    assert not violations(page)
    page.click("#theme")
    assert not violations(page)


def test_the_theme_is_that_of_the_system_or_of_the_button(open_page: Open, tmp_path: Path) -> None:
    file = written(tmp_path, check_file(str(ROOT / "configs/gates/xor.nn.yaml"), root=ROOT))
    page = open_page(file, color_scheme="dark")
    paper = "getComputedStyle(document.querySelector('.sheet .card')).fill"
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    assert (dark, light) == ("rgb(25, 31, 40)", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) == light
    page.click("#theme")
    assert page.evaluate(paper) == dark
    page.emulate_media(media="print")
    assert page.evaluate(paper) == light


def test_on_paper(open_page: Open, tmp_path: Path) -> None:
    file = written(tmp_path, check_file(str(ROOT / "configs/gates/xor.nn.yaml"), root=ROOT))
    page = open_page(file)
    page.check("#input-a")
    page.emulate_media(reduced_motion="reduce")  # or it would be measured on its way
    page.locator('[data-kind="input"]').first.focus()  # lights up the way of its signal
    assert page.locator(".sheet.lighting").count() == 1
    page.emulate_media(media="print")
    opacity = "(boxes) => boxes.map((box) => getComputedStyle(box).opacity)"
    assert set(page.locator(".sheet [data-kind]").evaluate_all(opacity)) == {"1"}
    assert page.locator("#listed li").all_inner_texts() == ["a = 1", "b = 0"]
    for selector in ("#fields", "#search", "#zooms", "#theme"):
        assert page.is_hidden(selector)
    assert page.is_visible(".sheet svg")
