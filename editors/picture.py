"""Paint the session of `session.py` as a moving picture: `python editors/picture.py`.

The texts, underlines and messages are what the server answers; this script only paints them. It
needs Pillow, and writes editors/vscode/session.gif.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from session import NEWS2, Step, steps

TARGET = Path(__file__).with_name("vscode") / "session.gif"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
WIDTH, LINE, MARGIN, SIZE = 790, 20, 12, 14  # pixels; a character has 0.6 of SIZE
COLOURS = {"back": "#ffffff", "text": "#1f2328", "wrong": "#cf222e", "box": "#f1f3f5"}
SECONDS = 2.5  # that a step is shown


def painted(step: Step) -> Image.Image:
    """Paint the text with its mistakes underlined, and a box with what the server says."""
    lines = step.text.rstrip("\n").split("\n")
    said = [step.keys, *step.shown.split("\n")]
    image = Image.new("RGB", (WIDTH, (len(NEWS2.split("\n")) + 10) * LINE), COLOURS["back"])
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, SIZE)
    width = font.getlength("x")
    for number, line in enumerate(lines):
        draw.text((MARGIN, MARGIN + number * LINE), line, COLOURS["text"], font)
    for each in step.mistakes:
        start, end = each["range"]["start"], each["range"]["end"]
        y = MARGIN + (start["line"] + 1) * LINE - 3
        ends = [MARGIN + place["character"] * width for place in (start, end)]
        draw.line((ends[0], y, ends[1], y), COLOURS["wrong"], 2)
    top = MARGIN + (len(lines) + 1) * LINE
    draw.rectangle((MARGIN, top, WIDTH - MARGIN, top + len(said) * LINE + 8), COLOURS["box"])
    for number, line in enumerate(said):
        draw.text((MARGIN + 8, top + 4 + number * LINE), line, COLOURS["text"], font)
    return image


if __name__ == "__main__":
    first, *others = [painted(step).quantize(32) for step in steps()]
    first.save(TARGET, save_all=True, append_images=others, duration=int(SECONDS * 1000), loop=0)
