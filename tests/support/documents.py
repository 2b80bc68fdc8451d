"""Markdown as what it promises: files, commands with what they print, Python, networks, links."""

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from tests.support.running import Nnc

ROOT = Path(__file__).parents[2]
_SHOWN = re.compile(r"]\((?:docs/|\.\./)?pictures/([\w.]+)\)")


def loaded(script: str) -> ModuleType:
    """Import a script of docs/."""
    spec = importlib.util.spec_from_file_location(script, ROOT / f"docs/{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Block(NamedTuple):
    """A fenced block: its language, the mark on the line above it, and its lines in the page."""

    language: str
    mark: str
    first: int
    lines: list[str]

    @property
    def text(self) -> str:
        """All its lines."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def file(self) -> str | None:
        """The name in a mark such as `<!-- file: a.nn.yaml, wrong on purpose -->`."""
        match = re.fullmatch(r"<!-- file: ([^ ,]+).* -->", self.mark)
        return match[1] if match else None


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text("utf-8").splitlines()
    open_at: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if open_at is None:
            open_at = number
            continue
        above = [one for one in lines[:open_at] if one]
        yield Block(
            lines[open_at][3:], above[-1] if above else "", open_at + 1, lines[open_at + 1 : number]
        )
        open_at = None
    assert open_at is None, f"{page}: a block is not closed"


class Shown(NamedTuple):
    """A command, or some Python, and what the page says it prints; by places in the page."""

    source: str
    first: int
    printed: list[str]


def commands(block: Block) -> Iterator[Shown]:
    starts = [i for i, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        printed = block.lines[start + 1 : end]
        yield Shown(block.lines[start][2:], block.first + start + 1, printed)


def _words(lines: list[str]) -> list[str]:
    return " ".join(lines).replace("[x>=1]", "").split()


class Page:
    """A page whose files are written and whose commands are run, in one folder, in order."""

    def __init__(self, page: Path, folder: Path, nnc: Nnc) -> None:
        self.page, self.folder, self._nnc = page, folder, nnc
        self.changes: list[tuple[Shown, list[str]]] = []
        (folder / "configs").symlink_to(ROOT / "configs")
        programs = folder / "bin"
        programs.mkdir()
        wrapper = programs / "nnc"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m nnc "$@"\n')
        wrapper.chmod(0o755)

    def run(self) -> None:
        """Run everything; `changes` is then what the page does not tell as it is."""
        for block in blocks(self.page):
            if block.file:
                (self.folder / block.file).write_text(block.text, "utf-8")
            if block.language == "console":
                for one in commands(block):
                    self._note(one, self._output(one.source))
        self._run_python()

    def make_files(self, network: Block) -> None:
        """Write the files that stand in the page, and by its Python the weights that it reads."""
        for block in blocks(self.page):
            if block.file:
                (self.folder / block.file).write_text(block.text, "utf-8")
        if re.search(r"\.(npy|safetensors)\b", network.text):
            self._run_python()

    def _note(self, shown: Shown, output: str) -> None:
        printed = output.rstrip("\n").split("\n") if output else []
        is_help = shown.source.endswith("--help")  # which click's versions lay out differently
        if (_words(printed) != _words(shown.printed)) if is_help else printed != shown.printed:
            self.changes.append((shown, printed))

    def _output(self, command: str) -> str:
        if not command.startswith("nnc ") or re.search(r"[|<>;&]", command):
            path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
            return subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                env=os.environ | {"PATH": path}, timeout=300,
            ).stdout  # fmt: skip
        arguments = shlex.split(command)[1:]
        chosen = {"--to", "--trace", "--output", "-o", "--help"}
        if arguments[0] == "eval" and not chosen & set(arguments):
            arguments += ["--to", "table"]  # which is the default on a terminal
        ran = self._nnc(*arguments)
        return ran.out + ran.err

    def _run_python(self) -> None:
        """Run all examples of the page one after another, with the same names."""
        runner = _Runner(self)
        names: dict[str, Any] = {}
        for block in blocks(self.page):
            if block.language != "python":
                continue
            test = doctest.DocTestParser().get_doctest(
                block.text, names, self.page.name, str(self.page), block.first
            )
            runner.run(test, clear_globs=False)
            names = test.globs

    def pictures(self) -> Iterator[tuple[Path, bytes]]:
        """Give each picture that the page draws and shows, where it is not kept as it was drawn."""
        for name in sorted({*_SHOWN.findall(self.page.read_text("utf-8"))}):
            drawn, kept = self.folder / name, ROOT / "docs/pictures" / name
            data = drawn.read_bytes() if drawn.exists() else b""
            if data and not (kept.exists() and kept.read_bytes() == data):
                yield kept, data

    def update(self) -> None:
        """Write what was printed into the page, and its pictures."""
        for kept, data in self.pictures():
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(data)
        lines = self.page.read_text("utf-8").splitlines()
        for shown, printed in sorted(self.changes, key=lambda one: -one[0].first):
            lines[shown.first : shown.first + len(shown.printed)] = printed
        self.page.write_text("".join(f"{line}\n" for line in lines), "utf-8")


class _Runner(doctest.DocTestRunner):
    """Notes what examples print where it is not what the page says."""

    def __init__(self, page: Page) -> None:
        super().__init__(verbose=False)
        self._page = page

    def report_failure(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        del out
        first = (test.lineno or 0) + example.lineno + example.source.count("\n")
        shown = Shown(example.source, first, example.want.splitlines())
        self._page.changes.append((shown, got.splitlines()))

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        del out, test
        raise AssertionError(f"in the example: {example.source}") from exc_info[1]
