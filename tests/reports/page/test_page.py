"""Pages: exact in a browser, by mouse and by keyboard alone, for screen readers, offline."""

import re
from html import unescape
from pathlib import Path

import pytest

from nnc.checking import check_file
from nnc.compiler.plan import build_plan
from tests.drawing.test_declared import CONFIGS, ROOT, batches
from tests.reports.page.conftest import Open
from tests.support.networks import checked
from tests.support.pages import data_of, expected, written

NEWS2 = ROOT / "configs/medicine/news2.nn.yaml"


def test_inputs_change_the_picture(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    for name, value in (("respiration", 22), ("saturation", 96), ("systolic", 105), ("pulse", 95),
                        ("temperature", "38.4")):  # fmt: skip
        page.fill(f"#input-{name}", str(value))
    assert page.inner_text("#outputs").split() == ["points", "5", "red", "0", "risk", "medium"]
    page.check("#input-oxygen")
    assert page.inner_text("#outputs").split() == ["points", "7", "red", "0", "risk", "high"]
    box = page.locator('[data-kind="neuron"][data-names="news2"]')
    assert box.locator("text.sum").text_content() == "sum 7, on 7"
    assert "on" in box.locator(".lamp").get_attribute("class").split()
    assert box.locator(".amount").all_text_contents() == [
        "+2", "+0", "+0", "+0", "+2", "+1", "+1", "+0", "+1"
    ]  # fmt: skip
    box.click()
    assert "high fires: sum 7, needs ≥ 7, margin 0" in page.inner_text("#why")
    page.wait_for_selector("#flips[data-done=true]")
    assert "oxygen 1 → 0" in page.inner_text("#flips")
    breath = page.locator('[data-names="breath"]')
    frame, cells = breath.locator(".here"), breath.locator('rect[class^="step"]')
    assert frame.get_attribute("x") == cells.nth(3).get_attribute("x")


@pytest.mark.parametrize("weight", ["1e-12", "1e300", "1"])
def test_the_sum_is_on_its_line_however_small_or_large(
    weight: str, open_page: Open, tmp_path: Path
) -> None:
    path = tmp_path / "n.nn.yaml"
    path.write_text(
        "nnc: 1\nfires: at_least\ninputs: {x: {type: integer, min: 0, max: 2}}\n"
        f"neurons: {{n: {{weights: {{x: {weight}}}, threshold: {weight}}}}}\noutputs: [n]\n"
    )
    page = open_page(written(tmp_path, check_file(str(path), root=tmp_path)))
    places = []
    for value in "012":
        page.fill("#input-x", value)
        points = page.locator("polygon.sum").get_attribute("points")
        places.append(int(points.split(",")[0]))
    assert places[0] < places[1] < places[2]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=1)


def test_wrong_texts_keep_the_last_right_value(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    page.fill("#input-pulse", "95")
    before = page.inner_text("#outputs")
    for text, message in (("95.5", "not an integer"), ("-1", "below 0"), ("x", "not a number"),
                          ("", "nothing: not a number")):  # fmt: skip
        page.fill("#input-pulse", text)
        assert page.get_attribute("#input-pulse", "aria-invalid") == "true"
        assert message in page.inner_text("#input-pulse-wrong")
        assert page.inner_text("#outputs") == before
    page.fill("#input-pulse", "96")
    assert page.get_attribute("#input-pulse", "aria-invalid") == "false"


def test_everything_by_keyboard(open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(ROOT / "configs/digits/digits.nn.yaml"), root=ROOT)
    page = open_page(written(tmp_path, checked_))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(5):  # to the grid
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.pixels') !== null"):
            break
    for key in ("ArrowRight",) * 3:
        page.keyboard.press(key)
    for _ in range(8):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    assert page.locator('.pixels [aria-pressed="true"]').count() == 8
    assert page.locator('[data-kind="inputs"] .ink').count() == 8
    page.focus('[data-kind="neurons"]')
    page.keyboard.press("Enter")
    assert "sum 8, needs" in page.inner_text("#why")
    page.focus("#tab-table")
    page.keyboard.press("Enter")
    page.focus("#search")
    page.keyboard.type("beats_3")
    assert page.locator("#rows tr").count() == 6
    page.focus("#rows tr:first-child button")
    page.keyboard.press("Enter")
    assert page.inner_text("#chosen") == "beats_3_4"


def test_a_large_network_has_an_overview_and_its_table(open_page: Open, tmp_path: Path) -> None:
    names = [f"n{i}" for i in range(600)]
    neurons = "".join(f"  {name}: {{weights: {{a: {i}}}, threshold: 9}}\n" for i, name in
                      enumerate(names, 1))  # fmt: skip
    text = f"nnc: 1\nfires: at_least\ninputs: [a]\nneurons:\n{neurons}outputs: [n0, n9]\n"
    page = open_page(written(tmp_path, checked(tmp_path, text)))
    assert 20 < page.locator("#rows tr").count() < 80
    assert page.inner_text("#count") == "600 neurons"
    page.locator("#table").evaluate("(box) => box.scrollTo(0, 1e6)")
    page.wait_for_selector("#rows [data-name=n599]")
    page.check("#input-a")
    page.fill("#search", "n8")
    assert page.inner_text("#count") == "11 of 600 neurons"
    assert page.locator("#rows tr").all_inner_texts()[0].split() == [
        "n8",
        "●",
        "fires",
        "9",
        "9",
        "0",
    ]
    page.click("#tab-picture")
    assert "1 input, 600 neurons in 1 level" in page.inner_text("#canvas")


def test_rows(open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(NEWS2), root=ROOT)
    rows = batches(checked_, 3)
    page = open_page(written(tmp_path, checked_, rows))
    assert checked_.graph is not None
    plan = build_plan(checked_.graph)
    for i, row in enumerate(rows):
        assert page.inner_text("#row") == f"row {i + 1} of {len(rows)}"
        texts = page.locator("#outputs dd").all_text_contents()
        assert texts == list(expected(plan, row).values())
        page.click("#after")
    assert page.inner_text("#row") == f"row {len(rows)} of {len(rows)}"


def test_the_address_keeps_the_state(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    page.fill("#input-pulse", "131")
    page.click('[data-names="heart"]')
    page.wait_for_function("decodeURIComponent(location.hash).includes('heart')")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.input_value("#input-pulse") == "131"
    assert page.inner_text("#chosen") == "heart"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["medicine/news2", "digits/digits", "arithmetic/adder_64bit", "mail/spam_score",
             "medicine/glasgow_coma_scale"],
)  # fmt: skip
def test_axe_finds_nothing(name: str, scheme: str, open_page: Open, tmp_path: Path) -> None:
    """WCAG 2.2, levels A and AA, as far as axe can see."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    file = written(tmp_path, check_file(str(ROOT / f"configs/{name}.nn.yaml"), root=ROOT))
    page = open_page(file, bypass_csp=True, color_scheme=scheme)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    page.locator("[data-kind]").last.focus()
    results = axe.run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert not [(each["id"], [node["html"][:120] for node in each["nodes"][:3]])
                for each in results.response["violations"]]  # fmt: skip


def test_hostile_texts_run_nothing(open_page: Open, tmp_path: Path) -> None:
    evil = "</script><script>document.title = 1</script><!--<script> \\u2028 ${1} {{data}} \\0"
    text = (
        f'nnc: 1\nname: "{evil}"\ndescription: "{evil}"\nfires: at_least\ninputs: [a]\n'
        f'neurons: {{n: {{weights: {{a: 1}}, threshold: 1, description: "{evil}"}}}}\n'
        f'outputs: {{l: {{level: n, labels: [no, "{evil}"]}}}}\n'
    )
    page = open_page(written(tmp_path, checked(tmp_path, text)))
    page.check("#input-a")
    assert "{{data}}" in page.inner_text("#outputs")
    assert page.title().startswith("</script>")


def test_it_needs_nothing(tmp_path: Path) -> None:
    text = written(tmp_path, check_file(str(NEWS2), root=ROOT)).read_text("utf-8")
    policy = unescape(text.partition('Content-Security-Policy" content="')[2].partition('"')[0])
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; ")
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "").partition("<script")[0]
    assert data_of(text)["networks"][0]["name"] == "news2"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_pages_are_small(path: Path, tmp_path: Path) -> None:
    checked_ = check_file(str(path), root=ROOT)
    assert checked_.graph is not None
    if build_plan(checked_.graph).count >= 200:
        pytest.skip("pages of large networks have no limit")
    text = written(tmp_path, checked_).read_text("utf-8")
    pictures = sum(map(len, re.findall(r"<svg.*?</svg>", text, re.DOTALL)))
    assert len(text) <= 60_000 + 2 * pictures
