"""Pages of convolutions: one kernel, features as pictures, and a picture drawn with the mouse."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import nnc
from nnc.opening.checking import check_file
from tests.drawing.page.conftest import Open
from tests.support.pages import data_of, written

FILE = """\
nnc: 1
fires: at_least
inputs: {{image: {{type: integer, shape: [{side}, {side}], min: 0, max: 255}}}}
layers:
  edges:
    {{convolve: image, kernel: 3, padding: 1, weights: {{file: w.safetensors, tensor: a}},
     thresholds: {{file: w.safetensors, tensor: t}}, states: [-1, 1], outside: 2}}
  pooled: {{convolve: edges, kernel: 2, stride: 2, groups: {features}, weights: 1, thresholds: -2}}
  parts: {{convolve: pooled, kernel: 3, weights: {{file: w.safetensors, tensor: b}}, thresholds: 3}}
  hidden:
    {{wiring: parts, weights: {{file: w.safetensors, tensor: c}}, thresholds: 0, states: [-1, 1]}}
  scores: {{wiring: hidden, weights: {{file: w.safetensors, tensor: d}}, thresholds: 0}}
outputs: {{kind: {{largest: scores}}, sums: {{sum: scores}}}}
"""


def network(folder: Path, side: int, features: int, hidden: int) -> Path:
    random = np.random.default_rng(0)
    inner = side // 2 - 2
    shapes = {
        "a": (features, 3, 3, 1),
        "b": (2 * features, 3, 3, features),
        "c": (hidden, inner * inner * 2 * features),
        "d": (10, hidden),
    }
    signs = np.array([-1, 1], np.int8)
    weights = {name: random.choice(signs, shape) for name, shape in shapes.items()}
    weights["t"] = random.integers(-200, 400, features)
    save_file(weights, folder / "w.safetensors")
    path = folder / "n.nn.yaml"
    path.write_text(FILE.format(side=side, features=features), "utf-8")
    return path


def test_a_picture_drawn_with_the_mouse_is_classified(open_page: Open, tmp_path: Path) -> None:
    path = network(tmp_path, side=28, features=8, hidden=64)
    file = written(tmp_path, check_file(str(path), root=tmp_path))
    page = open_page(file)
    cells = page.locator(".pixels button")
    assert cells.count() == 28 * 28
    maps = '[data-names="edges"] image'
    before = page.locator(maps).evaluate_all("(all) => all.map((one) => one.outerHTML)")
    for start, end in ((5, 5), (5, 22)), ((5, 22), (24, 9)):
        corners = [cells.nth(row * 28 + column).bounding_box() for row, column in (start, end)]
        page.mouse.move(corners[0]["x"] + 4, corners[0]["y"] + 4)
        page.mouse.down()
        page.mouse.move(corners[1]["x"] + 4, corners[1]["y"] + 4, steps=12)
        page.mouse.up()
        drawn = [int(text) for text in page.input_value("#input-image").split(",")]
        assert {0, 127, 255} == {*drawn}
        found = nnc.evaluate(nnc.load(path), {"image": [drawn]})
        sums = ",".join(map(str, found["sums"][0]))
        assert page.inner_text("#outputs").split("\n")[1::2] == [str(found["kind"][0]), sums]
    after = page.locator(maps).evaluate_all("(all) => all.map((one) => one.outerHTML)")
    assert len(after) == 8
    assert after != before
    page.click('text="Clear"')
    assert page.input_value("#input-image") == ",".join(["0"] * 28 * 28)


def test_a_stroke_and_clear_keep_a_light_background(open_page: Open, tmp_path: Path) -> None:
    path = network(tmp_path, side=28, features=2, hidden=4)
    page = open_page(written(tmp_path, check_file(str(path), root=tmp_path)))
    cells = page.locator(".pixels button")
    page.click('text="Invert"')
    assert page.input_value("#input-image") == ",".join(["255"] * 28 * 28)
    cells.nth(10 * 28 + 10).click()
    drawn = np.array(page.input_value("#input-image").split(","), int).reshape(28, 28)
    expected = np.full((28, 28), 255)
    expected[9:12, 10] = expected[10, 9:12] = 127
    expected[10, 10] = 0
    assert drawn.tolist() == expected.tolist()
    found = nnc.evaluate(nnc.load(path), {"image": [drawn.reshape(-1).tolist()]})
    assert page.inner_text("#outputs").split("\n")[1] == str(found["kind"][0])
    page.click('text="Clear"')
    assert page.input_value("#input-image") == ",".join(["255"] * 28 * 28)
    cells.nth(0).click()
    page.click('text="Invert"')
    inverted = [int(text) for text in page.input_value("#input-image").split(",")]
    assert (inverted[0], inverted[1], inverted[28], sum(inverted)) == (255, 128, 128, 511)
    page.click('text="Clear"')
    assert page.input_value("#input-image") == ",".join(["0"] * 28 * 28)


def test_a_pixel_of_a_feature_is_a_neuron(open_page: Open, tmp_path: Path) -> None:
    path = network(tmp_path, side=12, features=3, hidden=4)
    page = open_page(written(tmp_path, check_file(str(path), root=tmp_path)))
    for _ in range(5):
        page.click("#zoom-in")
    image = page.locator('[data-names="edges"] image').nth(1)
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    image.click(position={"x": box["width"] * 4.5 / 12, "y": box["height"] * 7.5 / 12})
    assert page.inner_text("#chosen").startswith(f"edges({(7 * 12 + 4) * 3 + 1})")


def test_the_page_of_a_large_network_is_as_large_as_its_weights(tmp_path: Path) -> None:
    path = network(tmp_path, side=28, features=32, hidden=64)
    text = written(tmp_path, check_file(str(path), root=tmp_path)).read_text("utf-8")
    assert len(text) < 700_000  # 610,000 weights of the dense layer, and 18,720 others
    blocks = data_of(text)["networks"][0]["blocks"]
    assert [
        len(block["weights"])
        for block in blocks
        if "window" in block and block["layer"] != "pooled"
    ] == [288, 18432]
