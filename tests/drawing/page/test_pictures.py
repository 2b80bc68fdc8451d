"""Pictures of parts: one of each file, filled with the values of any instance."""

import re
from pathlib import Path

from nnc.drawing.drawings import DrawingSettings, draw
from nnc.drawing.pictures import subject_of
from nnc.opening.checking import check_file
from nnc.rows.inputs.row import row_from_values
from tests.drawing.elements.test_declared import ROOT
from tests.drawing.page.conftest import Open
from tests.support.networks import checked
from tests.support.pages import data_of, written

MULTIPLIER = ROOT / "configs/arithmetic/multiplier_8x8.nn.yaml"
CELL = """\
inputs: {x: {type: integer, min: 0, max: 9}, b: bit(2)}
fires: at_least
neurons: {n: {weights: {x: 2, b: [1, 1]}, thresholds: {low: 3, high: 7}}}
outputs: {s: {sum: n}, l: {level: n, labels: [none, some, much]}, high: n.high}
"""


def test_pages_grow_with_files_and_not_with_instances(tmp_path: Path) -> None:
    files = {"cell": "inputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: 0}}\noutputs: [n]\n"}
    sizes = []
    for count in (2, 200):
        folder = tmp_path / str(count)
        folder.mkdir()
        text = (
            f"inputs: {{a: bit({count})}}\n"
            f"parts: {{c: {{use: cell.nn.yaml, repeat: {count}, wiring: {{a: a(i)}}}}}}\n"
            "outputs: {n: c.n}\n"
        )
        page = written(folder, checked(folder, text, files)).read_text("utf-8")
        assert page.count("<svg") == 2
        sizes.append(len(page))
    assert sizes[1] - sizes[0] < 20 * 198


def test_instances_say_where_their_ports_lead(tmp_path: Path) -> None:
    page = written(tmp_path, check_file(str(MULTIPLIER), root=ROOT))
    text = data_of(page.read_text("utf-8"))
    (network,) = text["networks"]
    names = [name for _, _, name, _, _ in network["instances"]]
    assert names[0] == ""
    assert {"top(7)", "row(6)", "row(6).adder(7)", "row(0).product(0)"} <= set(names)
    files = text["views"][0]["files"]
    assert [file["name"] for file in files] == [
        "multiplier_8x8", "and", "multiplier_row", "full_adder"
    ]  # fmt: skip
    by_name = {instance[2]: instance for instance in network["instances"]}
    file, user, _, inputs, _ = by_name["row(2).product(5)"]
    assert (files[file]["name"], names[user]) == ("and", "row(2)")
    assert inputs == [2 + 5, 10 + 3]  # a(5) and b(3)


def test_the_picture_of_an_instance(open_page: Open, tmp_path: Path) -> None:
    page = open_page(written(tmp_path, check_file(str(MULTIPLIER), root=ROOT)))
    page.fill("#input-a", "201")
    page.fill("#input-b", "77")
    assert page.inner_text("#outputs").split() == ["product", str(201 * 77)]
    row = page.locator('.sheet:not([hidden]) [data-names="row"]')
    row.click()
    assert page.locator("#way li").all_inner_texts() == ["multiplier_8x8", "row(0)"]
    page.fill("#instance", "2")
    page.keyboard.press("Enter")
    shown = page.locator(".sheet:not([hidden])")
    values = shown.locator('[data-kind="input"] .value').all_text_contents()
    assert values[:2] == ["201", "1"]  # the third bit of 77, from 0, is the fourth: 8
    assert shown.locator('[data-names="product"] .source').all_text_contents()[-1] == "out 201"
    shown.locator('[data-names="adder"]').click()
    assert page.locator("#way li").all_inner_texts() == ["multiplier_8x8", "row(2)", "adder(0)"]
    page.locator('.sheet:not([hidden]) [data-kind="neuron"]').first.click()
    assert page.inner_text("#chosen").startswith("row(2).adder(0).")
    page.focus("#canvas")
    page.keyboard.press("]")
    assert page.locator("#way li").all_inner_texts()[-1] == "adder(1)"
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    assert page.locator("#way li").all_inner_texts() == ["multiplier_8x8"]


def test_every_instance_shows_what_its_neurons_do(open_page: Open, tmp_path: Path) -> None:
    text = (
        "inputs: {x: {type: integer, min: 0, max: 9}, b: bit(4)}\n"
        "parts: {c: {use: cell.nn.yaml, repeat: 2, wiring: {x: x, b: b(2:4)},"
        " first: {b: b(0:2)}}}\n"
        "outputs: {high: c.high, s: c.s}\n"
    )
    page = open_page(written(tmp_path, checked(tmp_path, text, {"cell": CELL})))
    page.fill("#input-x", "2")
    page.fill("#input-b", str(0b1110))
    page.locator('.sheet:not([hidden]) [data-names="c"]').click()
    for number, (bits, total, label) in enumerate((("2", "5", "some"), ("3", "6", "some"))):
        page.fill("#instance", str(number))
        page.keyboard.press("Enter")
        shown = page.locator(".sheet:not([hidden])")
        assert shown.locator('[data-names="b"] .value').text_content() == bits
        assert shown.locator('[data-names="s"] .value').text_content() == total
        assert shown.locator('[data-names="l"] .label.on').text_content() == label
        assert f"sum {total}" in shown.locator('[data-names="n"] text.sum').text_content()


def test_numbers_left_open_are_in_the_picture(open_page: Open, tmp_path: Path) -> None:
    text = (
        "fires: at_least\ninputs: [a, b]\n"
        "neurons: {n: {weights: {a: _, b: 1}, threshold: 1..3}}\noutputs: [n]\n"
    )
    page = open_page(written(tmp_path, checked(tmp_path, text)))
    sentence = "2 numbers are left open, first `n.a`: the network cannot be evaluated."
    assert page.inner_text("#verdict") == sentence
    assert page.inner_text("#outputs").split() == ["n", "—"]
    assert page.is_hidden("#fields")
    box = page.locator('[data-kind="neuron"]')
    assert "Σ ≥ 1..3" in box.inner_html()
    box.click()
    assert page.inner_text("#why") == "neuron n: Σ ≥ 1..3; _ a + 1 b"


def test_margins_of_a_layer_follow_the_inputs(open_page: Open, tmp_path: Path) -> None:
    """The bars that a drawing has for a row are those that its page comes to for it."""
    rows = ", ".join(f"[{', '.join(str((i * j) % 5 - 2) for j in range(7))}]" for i in range(6))
    text = (
        "fires: at_least\ninputs: {a: bit(7)}\n"
        f"layers: {{h: {{wiring: [a], weights: [{rows}], thresholds: [0, 1, -1, 2, 0, 1]}}}}\n"
        "outputs: {h: h}\n"
    )
    checked_ = checked(tmp_path, text)
    assert checked_.graph is not None
    bars = """(boxes) => boxes.map((box) => [...box.querySelectorAll('.margin,.mark')].map((bar) =>
      [bar.getAttribute('class'), bar.getAttribute('x'), bar.getAttribute('width')]))"""
    page = open_page(written(tmp_path, checked_))
    for value in (0, 45, 127):
        page.fill("#input-a", str(value))
        live = page.locator('[data-kind="layer"]').evaluate_all(bars)
        row = row_from_values({"a": value}, checked_.graph.inputs)
        assert len(live[0]) == 12
        svg = draw(subject_of(checked_, row), DrawingSettings()).svg
        drawn = re.findall(r'<rect x="(\d+)" [^>]*width="(\d+)"[^>]* class="(ma[^"]*)"', svg)
        assert sorted(live[0]) == sorted([style, x, width] for x, width, style in drawn)
