"""Pages: exact in a browser, by mouse and by keyboard alone, for screen readers, offline."""

import json
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from nnc.checking import Checked, check_file
from nnc.compiler.plan import Plan, build_plan
from nnc.exact import show_number
from nnc.reports.page import network_page, starting_batch
from nnc.reports.page.page import input_texts
from nnc.rows.columns import Batch
from nnc.rows.inputs.arrays import row_from_values
from nnc.run.evaluation import evaluate_arrays
from tests.drawing.test_declared import CONFIGS, ROOT, batches
from tests.reports.page.conftest import Open
from tests.support.networks import checked
from tests.support.strategies import Example, examples

RUN = """async (rows) => {
  const { plan } = await nnc.data();
  const network = nnc.compile(plan);
  return rows.map((row) => {
    const read = (input) => [input.name, nnc.readInput(input, row[input.name])];
    const signals = nnc.run(network, new Map(plan.inputs.map(read)));
    const output = (each) => [each.name, nnc.outputOf(network, each, signals)];
    return Object.fromEntries(plan.outputs.map(output));
  });
}"""
NEWS2 = ROOT / "configs/medicine/news2.nn.yaml"


def written(folder: Path, checked_: Checked, rows: list[Batch] | None = None) -> Path:
    assert checked_.graph is not None
    file = folder / "page.html"
    start = rows[0] if rows else starting_batch(checked_.graph.inputs, {})
    file.write_text(network_page(checked_, start, rows or []), "utf-8")
    return file


def expected(plan: Plan, row: Batch) -> dict[str, Any]:
    """Give the outputs of a row as the page writes them."""
    outputs: dict[str, Any] = {}
    arrays = evaluate_arrays(plan, row)
    for tap in plan.outputs:
        value = arrays[tap.alias][0]
        if isinstance(value, np.ndarray):
            texts = [show_number(number) for number in value.tolist()]
            is_integer = tap.kind == "bus" and tap.is_integer
            bits = sum(int(text) << i for i, text in enumerate(texts)) if is_integer else 0
            outputs[tap.alias] = str(bits) if is_integer else texts
        else:
            plain = value.item() if isinstance(value, np.generic) else value
            outputs[tap.alias] = plain if isinstance(plain, str) else show_number(plain)
    return outputs


def check_rows(page: Any, checked_: Checked, rows: list[Batch]) -> None:
    assert checked_.graph is not None
    plan = build_plan(checked_.graph)
    results = page.evaluate(RUN, [input_texts(plan, row) for row in rows])
    assert results == [expected(plan, row) for row in rows]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_page_gives_what_nnc_gives(path: Path, open_page: Open, tmp_path: Path) -> None:
    checked_ = check_file(str(path), root=ROOT)
    page = open_page(written(tmp_path, checked_))
    check_rows(page, checked_, batches(checked_, 200))


@given(example=examples())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_drawn_networks(
    open_page: Open, tmp_path_factory: pytest.TempPathFactory, example: Example
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    checked_ = check_file(str(example.put(folder)), root=folder)
    assert checked_.graph is not None
    inputs = checked_.graph.inputs
    rows = [row_from_values(row, inputs) for row in example.rows]
    page = open_page(written(folder, checked_, rows))
    check_rows(page, checked_, rows)
    page.context.close()


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
    assert "news2.high: fires" in page.inner_text("#why")
    assert "oxygen = 0" in page.inner_text("#why")
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
    assert "ink sum 8" in page.inner_text("#why")
    page.focus("#search")
    page.keyboard.type("beats_3")
    assert page.locator("#rows tr").count() == 6
    page.focus("#rows tr:first-child button")
    page.keyboard.press("Enter")
    assert page.inner_text("#why strong") == "beats_3_4"


def test_a_large_network_has_an_overview_and_its_table(open_page: Open, tmp_path: Path) -> None:
    names = [f"n{i}" for i in range(600)]
    neurons = "".join(f"  {name}: {{weights: {{a: {i}}}, threshold: 9}}\n" for i, name in
                      enumerate(names, 1))  # fmt: skip
    text = f"nnc: 1\nfires: at_least\ninputs: [a]\nneurons:\n{neurons}outputs: [n0, n9]\n"
    page = open_page(written(tmp_path, checked(tmp_path, text)))
    assert page.locator("#rows tr").count() == 500
    assert page.inner_text("#count") == "500 of 600 neurons; search for others"
    page.check("#input-a")
    page.fill("#search", "n8")
    assert page.locator("#rows tr").all_inner_texts()[0].split() == ["n8", "fires", "9", "9", "0"]
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
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.input_value("#input-pulse") == "131"
    assert page.inner_text("#why strong") == "heart"


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
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)["plan"]["format_version"] == 1
    assert len(text) <= 60_000 + 2 * len(text.partition("<svg")[2].partition("</svg>")[0])
