"""Rows of pixels, drawn in text."""

import json
from pathlib import Path

from nnc.language.network import Input
from nnc.terminal.pictures import picture_lines, picture_width
from tests.support.running import Nnc

PICTURE = """\
nnc: 1
fires: at_least
inputs: {pixels: {type: integer, min: 0, max: 7, shape: [2, 3]}}
neurons: {bright: {weights: {pixels: 1}, threshold: 20}}
outputs: [bright]
"""


def test_rows_of_pixels_are_pictures(tmp_path: Path, nnc: Nnc) -> None:
    network, rows = tmp_path / "bright.nn.yaml", tmp_path / "rows.csv"
    network.write_text(PICTURE, "utf-8")
    rows.write_text("".join(f"pixels({i})," for i in range(6))[:-1] + "\n0,3,6,7,3,0\n", "utf-8")
    options = ["--output", "bright", "--within", "each=1", "--report", "json"]
    code, out, _ = nnc("prove", str(network), str(rows), *options)
    assert code == 1
    (found,) = json.loads(out)["diagnostics"]
    title, *lines = found["details"]
    assert title == "  pix   + a"
    assert [text[2:5] for text in lines] == [" o#", "@o "]
    assert "".join(text[8:] for text in lines).count("+") == 1


def test_bits_are_drawn_from_their_integer_without_blank_lines_around() -> None:
    inputs = {"p": Input(type="bit", shape=(4, 2, 1)), "q": Input(type="bit", size=4)}
    assert [picture_width(each) for each in inputs.values()] == [2, None]
    rows = {"p": 0b00001100, "q": 0}, {"p": 0b00000110, "q": 0}
    assert list(picture_lines(inputs, *rows)) == ["  p    +", "        +", "  @@   @-"]
