"""Pages: exact in a browser, by mouse and by keyboard alone, for screen readers, offline."""

import re
from html import unescape
from pathlib import Path

import pytest

from nnc.compiler.plan import build_plan
from nnc.drawing.page import PageRow
from nnc.opening.checking import check_file
from nnc.rows.inputs.row import row_from_values
from tests.drawing.elements.test_declared import CONFIGS, ROOT, batches
from tests.drawing.page.conftest import Open
from tests.support.networks import checked
from tests.support.pages import data_of, expected, written

NEWS2 = ROOT / "configs/medicine/news2.nn.yaml"
MULTIPLIER = ROOT / "configs/arithmetic/multiplier_8x8.nn.yaml"


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


def test_a_large_network_has_its_table(open_page: Open, tmp_path: Path) -> None:
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
    assert "too many boxes to draw" in page.inner_text("#canvas")


def test_the_table_is_sorted_and_searched(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    page.click("#tab-table")
    page.fill("#input-pulse", "60")
    page.click("[data-column=sum]")
    sums = list(map(int, page.locator("#rows td:nth-child(3)").all_inner_texts()))
    assert sums == sorted(sums)
    assert page.locator("#neurons th[aria-sort=ascending]").inner_text() == "sum"
    page.click("[data-column=sum]")
    assert list(map(int, page.locator("#rows td:nth-child(3)").all_inner_texts())) == sums[::-1]
    page.click("[data-column=neuron]")
    names = page.locator("#rows th").all_inner_texts()
    assert names.index("breath") < names.index("news2") < names.index("warmth")
    page.click("[data-column=distance]")
    page.fill("#search", "scale_2")
    assert page.locator("#rows th").count() == 2
    assert page.inner_text("#count") == f"2 of {len(names)} neurons"


def test_search_goes_to_what_it_finds(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(MULTIPLIER), root=ROOT)))
    page.fill("#search", "row(3).adder(5)")
    assert page.inner_text("#found-count") == "3 found"
    first = page.locator("#found button").first
    assert first.inner_text() == "row(3).adder(5) part"
    page.press("#search", "Enter")
    assert page.locator("#way li").all_inner_texts() == ["multiplier_8x8", "row(3)", "adder(5)"]
    page.fill("#search", "row(6).adder(7).s")
    page.press("#search", "Enter")
    assert page.inner_text("#chosen") == "row(6).adder(7).sum"
    assert page.locator("#way li").all_inner_texts()[1:] == ["row(6)", "adder(7)"]
    assert page.locator(".sheet:not([hidden]) .selected").get_attribute("data-names") == "sum"
    page.fill("#search", "no such name")
    assert page.inner_text("#found-count") == "nothing found"
    page.fill("#search", "b")
    page.press("#search", "Enter")
    assert page.evaluate("document.activeElement.id") == "input-b"


def test_zoom_and_drag(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    svg = page.locator(".sheet:not([hidden]) svg")
    width = int(svg.get_attribute("width"))
    page.click("#zoom-in")
    page.click("#zoom-in")
    assert int(svg.get_attribute("width")) > 1.5 * width
    canvas = page.locator("#canvas")
    before = canvas.evaluate("(box) => box.scrollLeft")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 300, steps=3)
    page.mouse.up()
    assert canvas.evaluate("(box) => box.scrollLeft") == before + 200
    assert page.locator("#chosen").count() == 0  # a drag chooses nothing
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    zoomed = svg.get_attribute("width")
    page.keyboard.down("Control")
    page.mouse.wheel(0, 100)
    page.keyboard.up("Control")
    page.wait_for_selector(f'.sheet svg:not([width="{zoomed}"])')
    page.click("#fit")
    assert int(svg.get_attribute("width")) == width


def test_the_way_of_a_signal_lights_up(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(NEWS2), root=ROOT)))
    page.hover('[data-names="heart"]')
    lit = page.locator("[data-kind].lit").evaluate_all(
        "(all) => all.map((box) => box.dataset.names)"
    )
    assert set(lit) == {"pulse", "heart", "news2", "red", "response", "points", "risk"}
    page.hover("h1")
    assert page.locator(".lit").count() == 0


def test_what_would_change_a_decision(open_page: Open, tmp_path: Path) -> None:
    text = (
        "fires: at_least\ninputs: {a: bit, b: bit, c: {type: choice, of: [x, y, z]},"
        " r: {type: real, min: 0, max: 9}}\n"
        "neurons:\n  n: {weights: {a: 2, b: 2, c.z: 1, r: 0.5}, threshold: 4}\n"
        "  far: {weights: {a: 1, b: 1, c.y: 1}, threshold: 3}\n"
        "outputs: {n: n, far: far, s: {sum: n}}\n"
    )
    page = open_page(written(tmp_path, checked(tmp_path, text)))

    def flips(name: str) -> list[str]:
        page.click(f'.sheet [data-names="{name}"][data-kind="neuron"]')
        page.wait_for_selector("#flips[data-done=true]")
        return [str(each) for each in page.locator("#flips p, #flips li").all_inner_texts()]

    assert flips("n") == ["One change is enough:", "r 0 → 8"]
    assert flips("far") == ["Not within 2 changes."]
    page.check("#input-a")
    assert flips("n") == ["One change is enough:", "b 0 → 1", "r 0 → 4"]
    assert flips("far") == ["No single change is enough, but two together:", "b 0 → 1 and c x → y"]
    page.click("#flips button")
    assert page.is_checked("#input-b")
    assert page.input_value("#input-c") == "y"
    assert page.inner_text("#outputs").split() == ["n", "1", "far", "1", "s", "4"]
    page.click('[data-kind="output"][data-names="s"]')
    assert page.inner_text("#why p").startswith("gives 4: the sum of")


def test_rows_that_fail(open_page: Open, tmp_path: Path) -> None:
    checked_ = checked(tmp_path, "inputs: [a]\noutputs: {o: a, b: [a, a]}\n")
    assert checked_.graph is not None
    batches_ = [row_from_values({"a": i % 2}, checked_.graph.inputs) for i in range(6)]
    rows = [
        PageRow.of(batch, [("o", i % 3 % 2, i % 2), ("b(1)", i % 2, i % 2)])
        for i, batch in enumerate(batches_)
    ]
    page = open_page(written(tmp_path, checked_, start=batches_[0], rows=rows))
    assert page.inner_text("#row") == "row 1 of 6 · ✓ as expected"
    page.check("#only-failing")
    assert page.inner_text("#row") == "failing row 1 of 3 · ✗ not as expected"
    assert page.input_value("#row-number") == "4"
    texts = page.locator("#outputs dd").all_inner_texts()
    assert texts == ["1 ✗ expected 0", "3 ✓ b(1) = 1 as expected"]
    page.click("#after")
    page.click("#after")
    assert page.input_value("#row-number") == "6"
    page.uncheck("#input-a")
    assert "expected" not in page.inner_text("#outputs")


def test_pixels_of_a_shape(open_page: Open, tmp_path: Path) -> None:
    checked_ = checked(tmp_path, "inputs: {p: bit(6)}\noutputs: {p: p}\n")
    page = open_page(written(tmp_path, checked_, shapes={"p": (3, 2)}))
    columns = "(box) => getComputedStyle(box).gridTemplateColumns.split(' ').length"
    assert page.locator(".pixels").evaluate(columns) == 3
    cells = page.locator(".pixels button")
    first, last = cells.nth(0).bounding_box(), cells.nth(2).bounding_box()
    page.mouse.move(first["x"] + 4, first["y"] + 4)
    page.mouse.down()
    page.mouse.move(last["x"] + 4, last["y"] + 4, steps=8)
    page.mouse.up()
    assert page.input_value("#input-p") == str(0b000111)
    page.fill("#input-p", "33")
    assert page.locator('.pixels [aria-pressed="true"]').count() == 2
    for kind in ("input", "output"):
        cells = page.locator(f'.sheet [data-kind="{kind}"] rect:not(.pill)')
        styles = cells.evaluate_all("(cells) => cells.map((cell) => cell.getAttribute('class'))")
        assert [style == "ink" for style in styles] == [True, False, False, False, False, True]


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
    page.wait_for_url(re.compile("heart"))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.input_value("#input-pulse") == "131"
    assert page.inner_text("#chosen") == "heart"


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


def test_broken_assumptions_are_told(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "n.nn.yaml"
    path.write_text(
        "nnc: 1\nfires: at_least\n"
        "inputs: {a: bit, b: bit, age: {type: real, min: 0, max: 120}}\n"
        "neurons: {n: {wiring: [a, b], threshold: 1}}\noutputs: [n]\n"
        "assume:\n  - {at_most_one: [a, b]}\n"
        "  - {name: '<b>grown</b>', always: {age: 17.5..}, when: {a: 1}}\n"
    )
    page = open_page(written(tmp_path, check_file(str(path), root=tmp_path)))
    said = page.locator("#assumptions")
    assert said.text_content() == ""
    page.check("#input-a")
    first = "These inputs break the assumption <b>grown</b>: always {age: 17.5..} when {a: 1}"
    assert said.locator("p").all_text_contents() == [first]
    page.fill("#input-age", "17.5")
    assert said.text_content() == ""
    page.check("#input-b")
    assert "at_most_one" in said.text_content()
    assert page.inner_text("#outputs").split() == ["n", "1"]
    page.fill("#input-age", "x")
    assert "at_most_one" in said.text_content()  # as the inputs that are shown are
