"""Typing in an editor: what `nnc lsp` takes from a key to its diagnostics, and to answer."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from statistics import median
from typing import Any

from benchmarks import networks
from benchmarks.measuring import ROOT
from nnc.opening.checking import check_file

_KEYS, _SECONDS = 200, 10  # keys that are typed in a run, and how long it takes
_WIDTH = 1000  # neurons of a level
_WORD = "sum"  # what is typed, and deleted again


class Editor:
    """A server, and one large file that is open in it."""

    def __init__(self, file: Path) -> None:
        command = [sys.executable, "-m", "nnc", "lsp"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self.uri = file.as_uri()
        self.lines = file.read_text("utf-8").split("\n")
        self.version = 1
        self._sent = 0
        self._answers: Queue[dict[str, Any]] = Queue()
        self._told: Queue[tuple[float, dict[str, Any]]] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.ask("initialize", processId=None, rootUri=None, capabilities={})
        self._send("initialized", {})
        item = {"uri": self.uri, "languageId": "yaml", "version": 1}
        self._send(
            "textDocument/didOpen", {"textDocument": {**item, "text": "\n".join(self.lines)}}
        )

    def _send(self, method: str, params: object, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        data = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            size = int(header.split(b":")[1]) if header.startswith(b"Content-Length") else None
            while (line := stream.readline()).strip():
                size = int(line.split(b":")[1]) if line.startswith(b"Content-Length") else size
            message = json.loads(stream.read(size or 0))
            if message.get("method") == "textDocument/publishDiagnostics":
                self._told.put((time.perf_counter(), message["params"]))
            elif "id" in message:
                self._answers.put(message)

    def ask(self, method: str, **params: object) -> float:
        """Send a request, and return the seconds until it is answered."""
        self._sent += 1
        start = time.perf_counter()
        self._send(method, params, self._sent)
        answer = self._answers.get(timeout=60)
        assert "error" not in answer, answer
        return time.perf_counter() - start

    def about(self, method: str, line: int, character: int) -> float:
        """Ask about a place of the file."""
        where = {"line": line, "character": character}
        document = {"textDocument": {"uri": self.uri}, "position": where}
        return self.ask(f"textDocument/{method}", **document)

    def write(self, line: int, start: int, end: int, text: str) -> float:
        """Change some characters; return when they were sent."""
        self.version += 1
        old = self.lines[line]
        self.lines[line] = old[:start] + text + old[end:]
        where = {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        }
        sent = time.perf_counter()
        self._send(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [{"range": where, "text": text}],
            },
        )
        return sent

    def told(self, seconds: float = 60) -> tuple[float, list[dict[str, Any]]]:
        """Wait for the diagnostics of the newest version; return when they came."""
        while True:
            came, params = self._told.get(timeout=seconds)
            if params.get("version") == self.version:
                return came, params["diagnostics"]

    def last_told(self, quiet: float) -> list[dict[str, Any]]:
        """Return the last diagnostics, once no more have come for some seconds."""
        last: list[dict[str, Any]] = []
        while True:
            try:
                last = self._told.get(timeout=quiet)[1]["diagnostics"]
            except Empty:
                return last

    def memory(self) -> float:
        """Return the MiB that the server and what it has started hold."""
        pids = [self.process.pid]
        for pid in pids:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += map(int, children.read_text().split())
        pages = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
        return sum(int(page.partition("VmHWM:")[2].split()[0]) for page in pages) / 1024

    def close(self) -> None:
        """End the server."""
        self.ask("shutdown")
        self._send("exit", None)
        self.process.wait(10)


def editing(folder: Path, counts: tuple[int, ...] = (1_000, 10_000, 100_000)) -> Iterator[str]:
    """Yield the table of files by their neurons."""
    yield (
        "| neurons | to open | key to diagnostics, median | 9 of 10 | hover, definition, "
        "completion while it checks, median | 9 of 10 | 200 keys in 10 s end as `nnc validate` "
        "| memory |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for count in counts:
        file = folder / f"{count}.nn.yaml"
        networks.write_network(file, networks.layered(count, _WIDTH, (3, 3)), _WIDTH)
        editor = Editor(file)
        start = time.perf_counter()
        editor.told(120)
        opened = time.perf_counter() - start
        taken = [_key(editor, place) for place in range(60)]
        editor.last_told(4)
        answers = sorted(_answers(editor))
        is_same = _typed(editor, file)
        memory = editor.memory()
        editor.close()
        times = [
            f"{seconds * 1000:.0f} ms"
            for found in (sorted(taken), answers)
            for seconds in (median(found), found[len(found) * 9 // 10])
        ]
        yield (
            f"| {count:,} | {opened:.1f} s | {' | '.join(times)} | {'yes' if is_same else 'NO'} "
            f"| {memory:.0f} MiB |"
        )


def _line_of(editor: Editor) -> int:
    """Return the line of a neuron in the middle of the file."""
    return len(editor.lines) // 2


def _key(editor: Editor, place: int) -> float:
    """Type a key into the weights of a neuron, or delete it; wait for the diagnostics."""
    line, size = _line_of(editor), len(_WORD)
    start = editor.lines[line].index("{weights: {") + len("{weights: {")
    step = place % (2 * size)
    if step < size:
        sent = editor.write(line, start + step, start + step, _WORD[step])
    else:
        left = 2 * size - step
        sent = editor.write(line, start + left - 1, start + left, "")
    came, _ = editor.told()
    time.sleep(0.02)
    return came - sent


def _answers(editor: Editor) -> Iterator[float]:
    """Ask for a while about words of a neuron, while the whole file is checked."""
    line = _line_of(editor)
    place = editor.lines[line].index("{weights: {") + len("{weights: {") + 1
    editor.write(line, 0, 0, " ")
    editor.write(line, 0, 1, "")
    time.sleep(0.35)
    stop = time.perf_counter() + 2
    while time.perf_counter() < stop:
        for method in ("hover", "definition", "completion"):
            yield editor.about(method, line, place)
            time.sleep(0.02)


def _typed(editor: Editor, file: Path) -> bool:
    """Type many keys fast, with a mistake at the end; return whether the last word is right."""
    line = _line_of(editor)
    for place in range(_KEYS):
        start = editor.lines[line].index("threshold: ") + len("threshold: ")
        editor.write(line, start, start + (place > 0), str(place % 10))
        time.sleep(_SECONDS / _KEYS)
    start = editor.lines[line].index("{weights: {") + len("{weights: {")
    editor.write(line, start, start, "z")
    told = editor.last_told(20 if len(editor.lines) > 50_000 else 5)
    file.write_text("\n".join(editor.lines), "utf-8")
    wanted = check_file(str(file)).diagnostics
    return [
        (each["code"], each["range"]["start"]["line"] + 1, each["range"]["start"]["character"] + 1)
        for each in told
    ] == [(each.about.code, *(each.span or (0, 0))[:2]) for each in wanted]
