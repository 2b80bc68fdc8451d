"""Pictures as pixels: as they were looked at, and the same by resvg and by a browser.

`golden/` has what was looked at; after a change, `pytest tests/drawing/test_pixels.py
--update-expected` writes it anew: look at it. Needs Chromium, resvg and DejaVu Sans Mono.
"""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nnc
from nnc.drawing.drawings import png

pytest.importorskip("resvg_py")

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


def config(name: str) -> nnc.Network:
    return nnc.load(ROOT / f"configs/{name}.nn.yaml")


def drawn_case(name: str, place: int, **settings: Any) -> str:
    """Draw a case of a network, by its place."""
    network = config(name)
    case = list(nnc.run_cases(network))[place]
    return nnc.draw(network, case.inputs, **settings).svg


PICTURES: dict[str, Callable[[], str]] = {
    "gate": lambda: nnc.draw(config("gates/xor")).svg,
    "full_adder_run": lambda: (
        nnc.draw(config("arithmetic/full_adder"), {"a": 1, "b": 0, "cin": 1}).svg
    ),
    "fault_tree_run": lambda: drawn_case("safety/cooling_fault_tree", 77),
    "score": lambda: nnc.draw(config("medicine/wells_pe")).svg,
    "score_run": lambda: (
        nnc.draw(
            config("medicine/curb65"), list(nnc.run_cases(config("medicine/curb65")))[40].inputs
        ).svg
    ),
    "dark": lambda: nnc.draw(config("medicine/news2"), around="response", theme="dark").svg,
    "part": lambda: nnc.draw(config("arithmetic/adder_64bit"), unfold=["adder"]).svg,
    "grid_run": lambda: drawn_case("grids/outline", 20),
    "layers_run": lambda: drawn_case("digits/digits", 5),
    "change": lambda: (
        nnc.draw(config("mail/spam_score_shop"), against=config("mail/spam_score")).svg
    ),
}

COMPARE = """async ([svg, ...pngs]) => {
  const pixels = async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
  const all = await Promise.all([svg, ...pngs].map(pixels));
  const differing = (a, b) => {
    if (a.width !== b.width || a.height !== b.height) return 1;
    let count = 0;
    for (let i = 0; i < a.data.length; i += 4) {
      // the page behind a picture is part of it: what is clear is compared by how clear it is
      if ([0, 1, 2, 3].some((k) => Math.abs(a.data[i + k] - b.data[i + k]) > 64)) count += 1;
    }
    return count / (a.data.length / 4);
  };
  return [differing(all[0], all[1]), differing(all[1], all[2])];
}"""

HAS_FONT = """() => {
  const context = new OffscreenCanvas(9, 9).getContext("2d");
  context.font = "20px 'DejaVu Sans Mono', serif";  // of serif, widths differ
  return context.measureText("iiii").width === context.measureText("mmmm").width;
}"""


@pytest.fixture(scope="module")
def blank(browser: Any) -> Any:
    """Give an empty page of a browser that has the font."""
    context = browser.new_context()
    page = context.new_page()
    page.goto("about:blank")
    if not page.evaluate(HAS_FONT):
        pytest.skip("there is no DejaVu Sans Mono")
    yield page
    context.close()


def address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


@pytest.mark.parametrize("name", PICTURES)
def test_pixels(name: str, blank: Any, request: pytest.FixtureRequest) -> None:
    svg = PICTURES[name]()
    pixels = png(svg)
    golden = GOLDEN / f"{name}.png"
    if request.config.getoption("--update-expected"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(pixels)
    images = [address(svg.encode(), "svg+xml"), address(pixels, "png"),
              address(golden.read_bytes(), "png")]  # fmt: skip
    in_browser, as_it_was = blank.evaluate(COMPARE, images)
    assert in_browser < 0.01
    assert as_it_was < 0.005


def test_every_golden_picture_is_compared() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(PICTURES)
