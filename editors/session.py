"""Record a session with `nnc lsp` as text, as VS Code holds it: `python editors/session.py`.

It writes editors/vscode/session.txt: the keys, and what the real server answers to them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

RECORD = Path(__file__).with_name("vscode") / "session.txt"
NEWS2 = """\
nnc: 1
fires: at_least
inputs:
  temperature: {type: real, min: 0, max: 50}
neurons:
  warm: {weights: {temprature: {0: 3, 35.1: 1, 36.1: 0, 38.1: 1, 39.1: 2}}, treshold: 1}
outputs: {fever: warm}
cases:
  - {given: {temperature: 38.5}, expect: {fever: 1}}
  - {given: {temperature: 37.0}, expect: {fever: 0}}
"""
WARD = """\
nnc: 1
extends: news2.nn.yaml
neurons:
  warm: {threshold: 2}
cases:
  - {given: {temperature: 38.5}, expect: {fever: 0}}
"""


class Step(NamedTuple):
    """What the user does, and what the editor shows then: the text, its mistakes, and a message."""

    keys: str
    text: str
    mistakes: tuple[dict[str, Any], ...]
    shown: str


class Session:
    """An editor with one open file, beside one that extends it, that speaks with the server."""

    def __init__(self, folder: Path) -> None:
        (folder / ".git").mkdir()
        self.other = folder / "ward.nn.yaml"
        self.other.write_text(WARD)
        self.server = subprocess.Popen(
            [sys.executable, "-m", "nnc", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.text, self.version, self.sent = NEWS2, 1, 0
        self.mistakes: tuple[dict[str, Any], ...] = ()
        self.uri = (folder.resolve() / "news2.nn.yaml").as_uri()
        self.document = {"uri": self.uri}
        self.ask("initialize", processId=None, rootUri=None, capabilities={})
        self.send("initialized")
        item = {**self.document, "languageId": "yaml", "version": 1, "text": NEWS2}
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
        """Return the next message, and keep the diagnostics of the open file."""
        assert self.server.stdout is not None
        size = 0
        while line := self.server.stdout.readline().strip():
            size = int(line.split(b":")[1]) if line.startswith(b"Content-Length") else size
        message: dict[str, Any] = json.loads(self.server.stdout.read(size))
        if self.is_checked(message):
            self.mistakes = tuple(message["params"]["diagnostics"])
        return message

    def is_checked(self, message: dict[str, Any]) -> bool:
        """Return whether a message has the diagnostics of the open file."""
        is_of_file = message.get("method") == "textDocument/publishDiagnostics"
        return is_of_file and message["params"]["uri"] == self.uri

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
            while not self.is_checked(self.receive()):
                pass

    def edit(self, changes: dict[str, list[dict[str, Any]]]) -> None:
        """Change the open file, and the other one, which is saved."""
        if self.other.as_uri() in changes:
            text = edited(self.other.read_text(), changes[self.other.as_uri()])
            self.other.write_text(text)
        self.text, self.version = edited(self.text, changes[self.uri]), self.version + 1
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

    def steps(self) -> Iterator[Step]:
        """Mend two mistakes, look at a neuron, rename it, and run the cases."""

        def step(keys: str, shown: str) -> Step:
            return Step(keys, self.text, self.mistakes, shown)

        yield step("open news2.nn.yaml", "\n".join(map(line_of, self.mistakes)))
        for _ in range(2):
            mistake = self.mistakes[0]
            context = {"diagnostics": [mistake], "only": ["quickfix"]}
            action = self.ask(
                "textDocument/codeAction",
                textDocument=self.document, range=mistake["range"], context=context,
            )[0]  # fmt: skip
            self.edit(action["edit"]["changes"])
            yield step("Ctrl+. Enter", f"quick fix: {action['title']}")
        shown = self.ask("textDocument/hover", **self.at("warm"))["contents"]["value"]
        lines = [line for line in shown.replace("**", "").split("\n") if line.strip("|-")]
        yield step("hover over `warm`", "\n".join(lines))
        new = self.ask("textDocument/rename", **self.at("warm"), newName="risk")
        self.edit(new["changes"])
        yield step("F2 risk Enter", f"ward.nn.yaml:\n{self.other.read_text().rstrip()}")
        answer = self.ask("workspace/executeCommand", command="nnc.test", arguments=[self.uri])
        yield step("click `run these cases`", answer["text"])
        words = [sys.executable, "-m", "nnc", "test"]
        (self.other.with_name("news2.nn.yaml")).write_text(self.text)
        ran = subprocess.run(words, cwd=self.other.parent, capture_output=True, text=True)
        yield step("nnc test", ran.stdout.rstrip())


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text after some edits, the last place first."""
    lines = text.split("\n")

    def start_of(edit: dict[str, Any]) -> tuple[int, int]:
        return edit["range"]["start"]["line"], edit["range"]["start"]["character"]

    for edit in sorted(edits, key=start_of, reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]
        line = lines[start["line"]]
        before, after = line[: start["character"]], line[end["character"] :]
        lines[start["line"]] = before + edit["newText"] + after
    return "\n".join(lines)


def line_of(mistake: dict[str, Any]) -> str:
    """Return the place, the code and the message of a mistake."""
    start = mistake["range"]["start"]
    place = f"{start['line'] + 1}:{start['character'] + 1}"
    return f"{place} {mistake['code']} {mistake['message']}"


def steps() -> list[Step]:
    """Hold the session with the real server, and return its steps."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        result = list(session.steps())
        session.ask("shutdown")
        session.send("exit")
        session.server.communicate()
    return result


def record() -> str:
    """Return the session as text: keys, what is shown, and the text where it has changed."""
    text, before = "", ""
    for step in steps():
        text += f"-- {step.keys}\n{step.shown}\n"
        text += f"\n{step.text}\n" if step.text != before else "\n"
        before = step.text
    return f"{text.rstrip()}\n"


if __name__ == "__main__":
    RECORD.write_text(record(), "utf-8")
