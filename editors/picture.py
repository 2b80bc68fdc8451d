"""Record a session with `nnc lsp` as a moving picture: `python editors/picture.py`.

The texts, underlines and messages are what the server answers; this script only paints them. It
needs Pillow, and writes editors/vscode/session.gif.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

TARGET = Path(__file__).with_name("vscode") / "session.gif"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
TEXT = """\
nnc: 1
fires: at_least
inputs:
  temperature: {type: real, min: 0, max: 50}
  drowsy: bit
neurons:
  warm: {weights: {temprature: {38.1: 1, 39.1: 2}}, treshold: 1}
  alarm: {weights: {warm: 1, drowsy: 1}, threshold: 2}
outputs: [alarm]
cases:
  - {given: {temperature: 38.5, drowsy: 1}, expect: {alarm: 1}}
  - {given: {temperature: 37.0, drowsy: 1}, expect: {alarm: 0}}
"""
WIDTH, LINE, MARGIN, SIZE = 730, 20, 12, 14  # pixels; a character has 0.6 of SIZE
COLOURS = {"back": "#ffffff", "text": "#1f2328", "wrong": "#cf222e", "box": "#f1f3f5"}
SECONDS = 2.5  # that a step is shown


class Session:
    """An editor with one open file, that speaks with the server."""

    def __init__(self, folder: Path) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "nnc", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.text, self.version, self.sent = TEXT, 1, 0
        self.found: list[dict[str, Any]] = []
        self.uri = (folder / "ward.nn.yaml").as_uri()
        self.document = {"uri": self.uri}
        self.ask("initialize", processId=None, rootUri=None, capabilities={})
        self.send("initialized")
        item = {**self.document, "languageId": "yaml", "version": 1, "text": TEXT}
        self.send("textDocument/didOpen", textDocument=item)
        self.wait()

    def send(self, method: str, number: int | None = None, **params: object) -> None:
        """Send a notification, or a request with a number."""
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
        data = json.dumps(message if number is None else {**message, "id": number}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.server.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Return the next message, and keep diagnostics."""
        assert self.server.stdout is not None
        size = 0
        while line := self.server.stdout.readline().strip():
            size = int(line.split(b":")[1]) if line.startswith(b"Content-Length") else size
        message: dict[str, Any] = json.loads(self.server.stdout.read(size))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.found = message["params"]["diagnostics"]
        return message

    def ask(self, method: str, **params: object) -> Any:
        """Send a request, and return its result."""
        self.sent += 1
        self.send(method, self.sent, **params)
        while (message := self.receive()).get("id") != self.sent or "method" in message:
            pass
        return message["result"]

    def wait(self) -> None:
        """Wait until the whole file is checked, after the quick check."""
        for _ in range(2):
            while self.receive().get("method") != "textDocument/publishDiagnostics":
                pass

    def edit(self, edits: list[dict[str, Any]]) -> None:
        """Change the text, the last place first."""
        lines = self.text.split("\n")
        for edit in sorted(edits, key=lambda edit: str(edit["range"]["start"]), reverse=True):
            start, end = edit["range"]["start"], edit["range"]["end"]
            line = lines[start["line"]]
            before, after = line[: start["character"]], line[end["character"] :]
            lines[start["line"]] = before + edit["newText"] + after
        self.text, self.version = "\n".join(lines), self.version + 1
        document = {**self.document, "version": self.version}
        change = [{"text": self.text}]
        self.send("textDocument/didChange", textDocument=document, contentChanges=change)
        self.wait()

    def at(self, word: str) -> dict[str, object]:
        """Return the first place of a word, as a request has it."""
        before = self.text.partition(word)[0]
        character = len(before) - before.rfind("\n") - 1
        where = {"line": before.count("\n"), "character": character}
        return {"textDocument": self.document, "position": where}

    def painted(self, shown: str) -> Image.Image:
        """Paint the text with its mistakes underlined, and a box with what the server says."""
        lines, said = self.text.rstrip("\n").split("\n"), shown.split("\n")
        image = Image.new("RGB", (WIDTH, (len(TEXT.split("\n")) + 9) * LINE), COLOURS["back"])
        draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, SIZE)
        step = font.getlength("x")
        for number, line in enumerate(lines):
            draw.text((MARGIN, MARGIN + number * LINE), line, COLOURS["text"], font)
        for each in self.found:
            start, end = each["range"]["start"], each["range"]["end"]
            y = MARGIN + (start["line"] + 1) * LINE - 3
            ends = [MARGIN + place["character"] * step for place in (start, end)]
            draw.line((ends[0], y, ends[1], y), COLOURS["wrong"], 2)
        top = MARGIN + (len(lines) + 1) * LINE
        draw.rectangle((MARGIN, top, WIDTH - MARGIN, top + len(said) * LINE + 8), COLOURS["box"])
        for number, line in enumerate(said):
            draw.text((MARGIN + 8, top + 4 + number * LINE), line, COLOURS["text"], font)
        return image


def frames(session: Session) -> list[Image.Image]:
    """Mend two mistakes, look at a neuron, rename it, and run the cases."""
    result = []
    for _ in range(2):
        found = session.found[0]
        result.append(session.painted(f"{found['code']}  {found['message']}"))
        context = {"diagnostics": [found], "only": ["quickfix"]}
        action = session.ask(
            "textDocument/codeAction",
            textDocument=session.document, range=found["range"], context=context,
        )[0]  # fmt: skip
        result.append(session.painted(f"quick fix: {action['title']}"))
        session.edit(action["edit"]["changes"][session.uri])
    shown = session.ask("textDocument/hover", **session.at("alarm"))["contents"]["value"]
    lines = [line for line in shown.replace("**", "").split("\n") if line.strip("|-")]
    result.append(session.painted("\n".join(lines)))
    new = session.ask("textDocument/rename", **session.at("warm"), newName="fever")
    session.edit(new["changes"][session.uri])
    result.append(session.painted("renamed `warm` to `fever`"))
    answer = session.ask("workspace/executeCommand", command="nnc.test", arguments=[session.uri])
    result.append(session.painted(f"run these cases: {answer['text']}"))
    return result


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        first, *others = [image.quantize(32) for image in frames(session)]
        session.ask("shutdown")
        session.send("exit")
    first.save(TARGET, save_all=True, append_images=others, duration=int(SECONDS * 1000), loop=0)


if __name__ == "__main__":
    main()
