"""The page of a change: before, after, what differs, and for which inputs."""

from pathlib import Path

from nnc.drawing.page import PageSettings, comparison_page, starting_batch
from nnc.opening.checking import Checked, check_file
from tests.drawing.elements.test_declared import ROOT
from tests.drawing.page.conftest import Open
from tests.support.networks import checked
from tests.support.pages import data_of

MAIL = ROOT / "configs/mail"
USER = """\
inputs: [a, b]
parts: {gate: {use: gate.nn.yaml, wiring: {a: a, b: b}}}
outputs: {out: gate.out}
"""
AND = (
    "inputs: [a, b]\nfires: at_least\n"
    "neurons: {out: {weights: {a: 1, b: 1}, threshold: 2}}\noutputs: [out]\n"
)


def compared(folder: Path, before: Checked, after: Checked) -> Path:
    assert after.graph is not None
    settings = PageSettings(starting_batch(after.graph.inputs, {}))
    file = folder / "page.html"
    file.write_text(comparison_page(before, after, settings, is_free=True), "utf-8")
    return file


def of_gates(folder: Path, *texts: str) -> tuple[Checked, Checked]:
    sides = []
    for i, text in enumerate(texts):
        place = folder / str(i)
        place.mkdir()
        sides.append(checked(place, USER, {"gate": text}))
    return sides[0], sides[1]


def test_a_changed_score(open_page: Open, tmp_path: Path) -> None:
    sides = [
        check_file(str(MAIL / f"{name}.nn.yaml"), root=ROOT)
        for name in ("spam_score", "spam_score_shop")
    ]
    page = open_page(compared(tmp_path, *sides))
    assert page.inner_text("#verdict") == "Different for some inputs: points, verdict, spam."
    assert page.locator("#views button").all_inner_texts() == ["Change", "Before", "After"]
    options = page.locator("#example option").all_inner_texts()
    assert options == ["points differs", "verdict differs", "spam differs", "inputs of your own"]
    for i, alias in enumerate(("points", "verdict", "spam")):
        page.select_option("#example", str(i))
        value = page.locator(f"#outputs dt:text-is('{alias}') + dd")
        assert "→" in value.inner_text()
        assert value.get_attribute("class") == "otherwise"
    box = page.locator('.sheet:not([hidden]) [data-kind="output"][data-names="spam"]')
    assert "otherwise" in box.locator(".pill").get_attribute("class")
    assert box.get_attribute("aria-label").startswith("gives something else: ")
    page.click("#reset")
    page.uncheck("#input-BODY_8BITS")
    assert page.input_value("#example") == ""
    assert "→" not in page.inner_text("#outputs")
    assert "otherwise" not in box.locator(".pill").get_attribute("class")
    page.click("text=Before")
    page.check("#input-BODY_8BITS")
    shown = page.locator('.sheet:not([hidden]) [data-names="score"]')
    assert "sum 1.5" in shown.locator("text.sum").text_content()
    page.click("text=After")
    shown = page.locator('.sheet:not([hidden]) [data-names="score"]')
    assert "sum 0.1" in shown.locator("text.sum").text_content()


def test_what_changed_in_a_part(open_page: Open, tmp_path: Path) -> None:
    before, after = of_gates(tmp_path, AND, AND.replace("threshold: 2", "threshold: 1"))
    page = open_page(compared(tmp_path, before, after))
    part = page.locator('.sheet:not([hidden]) [data-kind="part"]')
    assert "changed" in part.locator(".card").first.get_attribute("class")
    assert "changed inside: out" in part.get_attribute("aria-label")
    part.click()
    neuron = page.locator('.sheet:not([hidden]) [data-kind="neuron"]')
    assert "changed" in neuron.locator(".card").get_attribute("class")
    page.click("text=Before")
    assert page.locator("#way li").all_inner_texts()[-1] == "gate"
    assert "Σ ≥ 2" in page.locator('.sheet:not([hidden]) [data-kind="neuron"]').inner_html()


def test_equal_networks_get_a_sentence(open_page: Open, tmp_path: Path) -> None:
    before, after = of_gates(
        tmp_path, AND, AND.replace("weights: {a: 1, b: 1}", "weights: {b: 1, a: 1}")
    )
    page = open_page(compared(tmp_path, before, after))
    expected = "Both networks give the same for all inputs: this is proved."
    assert page.inner_text("#verdict") == expected
    assert page.is_hidden("#examples")


def test_inputs_of_one_network_alone(open_page: Open, tmp_path: Path) -> None:
    text = (
        "fires: at_least\ninputs: {{x: {{type: integer, min: 0, max: {most}}}{more}}}\n"
        "neurons: {{n: {{weights: {{x: 1{weight}}}, threshold: 3}}}}\noutputs: [n]\n"
    )
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    before = checked(folders[0], text.format(most=5, more=", old: bit", weight=", old: 1"))
    after = checked(folders[1], text.format(most=9, more="", weight=""))
    page = open_page(compared(tmp_path, before, after))
    page.fill("#input-x", "2")
    page.check("#input-old")
    assert page.inner_text("#outputs dd").split() == ["1", "→", "0"]
    page.fill("#input-x", "7")
    assert "not for x: above 5" in page.inner_text("#outputs dd")
    page.click("text=Before")
    assert "not valid here" in page.inner_text("#why")
    data = data_of((tmp_path / "page.html").read_text("utf-8"))
    assert len(data["networks"]) == 2
