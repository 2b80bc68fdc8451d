"""The language server: it tracks open files, schedules checks, and publishes findings."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from nnc.diagnostics.diagnostic import in_file_order
from nnc.lsp.checker import Checker, Findings, Order, Task, findings_of
from nnc.lsp.excerpt import changed_entries, quick_check, shifted
from nnc.lsp.findings import published_of
from nnc.lsp.project import Project
from nnc.lsp.texts import UTF_16, Answer, Change, Text
from nnc.version import VERSION

QUIET = 0.3  # seconds without a keystroke before whole networks are checked
SMALL = 4096  # texts of fewer lines are checked at every keystroke
_QUICK = 0.025  # seconds: texts with slower checks are only checked in the quiet
_MAX_SLOW = 3  # slow checks in a row; the first one includes imports


def _passed_on(method: str) -> Callable[..., Generator[tuple[object, ...], object, None]]:
    """Return a protocol handler that only calls the server's feature."""

    @lsp_method(method)
    def handle(
        protocol: LanguageServerProtocol, params: object
    ) -> Generator[tuple[object, ...], object, None]:
        yield protocol.fm.features[method], (params,), None

    return handle


class _Protocol(LanguageServerProtocol):
    """The protocol, without the copies that pygls keeps of open files."""

    lsp_text_document__did_open = _passed_on(types.TEXT_DOCUMENT_DID_OPEN)
    lsp_text_document__did_change = _passed_on(types.TEXT_DOCUMENT_DID_CHANGE)
    lsp_text_document__did_close = _passed_on(types.TEXT_DOCUMENT_DID_CLOSE)


class Server(LanguageServer):
    """The open files of an editor, and the findings on each."""

    def __init__(self) -> None:
        super().__init__("nnc", VERSION, protocol_cls=_Protocol)
        self.project = Project()
        self.found: dict[str, Findings] = {}
        """The last findings in each open file; `versions` has the text version they are about."""
        self.versions: dict[str, int] = {}
        self.facts: dict[str, str] = {}
        """The facts from the last graph of each open file, which may be of an older text."""
        self._names: dict[str, str] = {}
        self._checker = Checker()
        self._thread = ThreadPoolExecutor(1)
        self._unsent: dict[str, bytes | None] = {}
        self._waiting: set[str] = set()
        self._changed = asyncio.Event()
        self._last_key = 0.0
        self._slow: dict[str, int] = {}  # checks in a row that took long
        self._told_users: set[str] = set()
        self.settings: dict[str, bool] = {}
        """The settings that are switched on: `inlayHints`, and `panel`, where pages are shown."""
        self._loop_of_checks: asyncio.Task[None] | None = None

    # --------------------------------------------------------------------------- open files

    def text(self, uri: str) -> Text:
        """Return an open file, or one on the disk."""
        name = self._names.get(uri)
        if name is None:
            text = Text(uri, "", 0, self.project.encoding)
            return self.project.text_of(str(text.path or uri))
        return self.project.texts[name]

    def open(self, document: types.TextDocumentItem) -> None:
        """Register a file that the editor has opened."""
        encoding = self.workspace.position_encoding or UTF_16
        if isinstance(encoding, types.PositionEncodingKind):
            encoding = encoding.value
        self.project.encoding = encoding
        text = Text(document.uri, document.text, document.version, encoding)
        name = text.name
        self._names[document.uri] = name
        self.project.texts[name] = text
        self._check(name)

    def change(
        self, uri: str, changes: Iterable[types.TextDocumentContentChangeEvent], version: int
    ) -> None:
        """Apply changes to an open file."""
        text = self.project.texts[self._names[uri]]
        self._last_key = time.monotonic()
        applied = [text.apply(change) for change in changes]
        text.version = version
        if not self._is_small(text):
            for change in applied:
                self._check_quickly(text, change)
        self._check(text.name)

    def close(self, uri: str) -> None:
        """Remove a file that the editor has closed; its content on disk counts again."""
        name = self._names.pop(uri)
        del self.project.texts[name]
        for known in (self.found, self.versions, self.facts):
            known.pop(name, None)
        self._unsent[name] = None
        self._publish(uri, [])
        self._check_all()

    def is_current(self, text: Text) -> bool:
        """Return True if the last findings of a text are about its current version."""
        return self.versions.get(text.name) == text.version

    def files_changed(self) -> None:
        """Check all open files again: others have changed on the disk."""
        self._check_all()

    # --------------------------------------------------------------------------- checking

    def _check(self, name: str) -> None:
        """Check a changed file: immediately if it is small, and completely in the quiet."""
        text = self.project.texts[name]
        self._unsent[name] = b""  # the text is filled in when it is sent
        if text.is_network and self._is_small(text):
            start = time.perf_counter()
            self._tell(findings_of(name, text.data, self.project.unsaved()))
            is_slow = time.perf_counter() - start > _QUICK
            self._slow[name] = self._slow.get(name, 0) + 1 if is_slow else 0
        self._check_all(text.path)

    def _is_small(self, text: Text) -> bool:
        return len(text.lines) < SMALL and self._slow.get(text.name, 0) < _MAX_SLOW

    def _check_quickly(self, text: Text, change: Change) -> None:
        """Check the changed neurons of a large text, and keep the findings on others."""
        known = self.found.get(text.name)
        if known is None or not text.is_network:
            return
        entries = changed_entries(text, change)
        errors = (
            quick_check(text, entries, self.project.unsaved(text)) if entries is not None else None
        )
        kept = shifted(known.diagnostics, change, entries if errors is not None and entries else ())
        merged = tuple(in_file_order([*kept, *(errors or ())]))
        self._tell(replace(known, diagnostics=merged, cases={}))

    def _check_all(self, changed: Path | None = None) -> None:
        """Schedule a check of every open network that may depend on a change."""
        for name, text in self.project.texts.items():
            known = self.found.get(name)
            is_other = known is not None and changed not in (None, text.path, *known.files)
            if text.is_network and not is_other:
                self._waiting.add(name)
        self._changed.set()
        if self._loop_of_checks is None:
            self._loop_of_checks = asyncio.ensure_future(self._check_in_the_quiet())

    async def _check_in_the_quiet(self) -> None:
        """Check whole networks whenever no key has been pressed for a while."""
        while True:
            await self._changed.wait()
            while (wait := self._last_key + QUIET - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._changed.clear()
            names = tuple(name for name in self._waiting if name in self.project.texts)
            self._waiting = set()
            versions = {name: self.project.texts[name].version for name in names}
            with contextlib.suppress(OSError, EOFError):  # the process was killed
                users: list[Findings] = []
                for findings in await self.ask(Order(names)):
                    text = self.project.texts.get(findings.network)
                    if findings.network not in versions:
                        users.append(findings)
                        continue
                    if findings.facts is not None:
                        self.facts[findings.network] = findings.facts
                    if text is not None and text.version == versions[findings.network]:
                        self._tell(findings)
                self._tell_users(users)

    async def run(self, name: str, uri: str, line: int = 0) -> Answer:
        """Run a task on an open file, in the other process."""
        text = self.text(uri)
        if text.name not in self.project.texts:
            return {"error": "the file is not open"}
        try:
            answer: Answer = await self.ask(Order(task=Task(name, text.name, line)))
        except (OSError, EOFError):
            return {"error": "the process that runs it has ended"}
        return answer

    async def ask(self, order: Order) -> Any:
        """Send an order with the current texts to the other process. Raises OSError or EOFError."""
        texts = {
            name: self.project.texts[name].data if name in self.project.texts else None
            for name in self._unsent
        }
        self._unsent = {}
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._thread, self._checker.ask, order._replace(texts=texts)
            )
        except (OSError, EOFError):
            self._unsent = dict.fromkeys(self.project.texts, b"")  # the next process gets all texts
            raise

    def _tell(self, findings: Findings) -> None:
        """Publish the findings of an open file."""
        text = self.project.texts[findings.network]
        self.found[findings.network] = findings
        self.versions[findings.network] = text.version
        self._publish(text.uri, published_of(findings, text, self.project), text.version)

    def _tell_users(self, users: Iterable[Findings]) -> None:
        """Publish the findings of files that are not open, and clear outdated ones."""
        for findings in users:
            text = self.project.text_of(findings.network)
            diagnostics = published_of(findings, text, self.project, with_others=False)
            is_open = findings.network in self.project.texts
            if not is_open and (diagnostics or text.uri in self._told_users):
                self._publish(text.uri, diagnostics)
                self._told_users.add(text.uri)

    def _publish(
        self, uri: str, diagnostics: list[types.Diagnostic], version: int | None = None
    ) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    def shutdown(self) -> None:
        """Stop the checking process and the threads."""
        self._checker.stop()
        self._thread.shutdown(wait=False)
        super().shutdown()  # type: ignore[no-untyped-call]
