"""Server: the open files, when they are checked, and what the editor is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from nnc.lsp.checker import Checker, Findings, Order, findings_of
from nnc.lsp.findings import published, read_text
from nnc.lsp.texts import UTF_16, Text
from nnc.version import VERSION

QUIET = 0.3  # seconds without a key before whole networks are checked
SMALL = 1 << 16  # characters of a text that is checked at once, with each key
_QUICK = 0.025  # seconds: a text whose check takes longer waits for the quiet, too
_ENDINGS = (".yaml", ".yml")


class _Protocol(LanguageServerProtocol):
    """The protocol, without the copies that pygls keeps of open files."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(
        self, params: types.DidOpenTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(
        self, params: types.DidCloseTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


class Server(LanguageServer):
    """The open files of an editor, and what is known of each."""

    def __init__(self) -> None:
        super().__init__("nnc", VERSION, protocol_cls=_Protocol)
        self.texts: dict[str, Text] = {}
        """The open files by their names: a resolved path, else the URI."""
        self._names: dict[str, str] = {}
        self._checker = Checker()
        self._thread = ThreadPoolExecutor(1)
        self._unsent: dict[str, bytes | None] = {}
        self._waiting: set[str] = set()
        self._changed = asyncio.Event()
        self._last_key = 0.0
        self._slow: set[str] = set()
        self._loop_of_checks: asyncio.Task[None] | None = None

    # --------------------------------------------------------------------------- open files

    def open(self, document: types.TextDocumentItem) -> None:
        """Take a file that the editor has opened."""
        text = Text(document.uri, document.text, document.version, self._encoding)
        name = str(text.path or text.uri)
        self._names[document.uri] = name
        self.texts[name] = text
        self._check(name)

    def change(self, uri: str, changes: list[Any], version: int) -> None:
        """Take the changes of an open file."""
        text = self.texts[self._names[uri]]
        for change in changes:
            text.apply(change)
        text.version = version
        self._last_key = time.monotonic()
        self._check(self._names[uri])

    def close(self, uri: str) -> None:
        """Forget a file that the editor has closed: it counts as it is on the disk again."""
        name = self._names.pop(uri)
        del self.texts[name]
        self._unsent[name] = None
        self._waiting.discard(name)
        self._publish(uri, [])
        self._check_others(name)

    def text_of(self, name: str) -> Text:
        """Return an open file, or one on the disk, by its name in diagnostics."""
        if name in self.texts:
            return self.texts[name]
        return read_text(name, self._encoding)

    @property
    def _encoding(self) -> str:
        encoding = self.workspace.position_encoding or UTF_16
        return encoding.value if isinstance(encoding, types.PositionEncodingKind) else encoding

    # --------------------------------------------------------------------------- checking

    def _check(self, name: str) -> None:
        """Check a file that has changed: at once if it is small, and whole in the quiet."""
        text = self.texts[name]
        if not self._is_network(text):
            self._check_others(name)
            return
        if len(text.lines) < SMALL // 16 and name not in self._slow:
            start = time.perf_counter()
            self._tell(findings_of(name, text.data, self._unsaved()))
            if time.perf_counter() - start > _QUICK:
                self._slow.add(name)
        self._waiting.add(name)
        self._check_others(name)

    def _check_others(self, name: str) -> None:
        """Let the other process check what may depend on a file: every open network."""
        if name in self.texts:
            self._unsent[name] = self.texts[name].data
        self._waiting.update(other for other, text in self.texts.items() if self._is_network(text))
        self._changed.set()
        if self._loop_of_checks is None:
            self._loop_of_checks = asyncio.ensure_future(self._check_in_the_quiet())

    async def _check_in_the_quiet(self) -> None:
        """Check whole networks, whenever no key was pressed for a while."""
        loop = asyncio.get_running_loop()
        while True:
            await self._changed.wait()
            while (wait := self._last_key + QUIET - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._changed.clear()
            names = tuple(self._waiting)
            versions = {name: self.texts[name].version for name in names}
            order = Order(names, self._unsent)
            self._waiting, self._unsent = set(), {}
            try:
                found = await loop.run_in_executor(self._thread, self._checker.ask, order)
            except (OSError, EOFError):  # it was killed: the next one gets all texts
                self._unsent = {name: text.data for name, text in self.texts.items()}
                continue
            for findings in found:
                text = self.texts.get(findings.network)
                if text is not None and text.version == versions[findings.network]:
                    self._tell(findings)

    def _tell(self, findings: Findings) -> None:
        """Publish what was found in an open file."""
        text = self.texts[findings.network]
        own = [each for each in findings.diagnostics if each.file in (findings.network, None)]
        self._publish(text.uri, [published(each, text, self.text_of) for each in own], text.version)

    def _publish(
        self, uri: str, diagnostics: list[types.Diagnostic], version: int | None = None
    ) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    def _unsaved(self) -> dict[Path, bytes]:
        return {text.path: text.data for text in self.texts.values() if text.path is not None}

    @staticmethod
    def _is_network(text: Text) -> bool:
        return text.path is None or text.path.name.endswith(_ENDINGS)

    def shutdown(self) -> None:
        """End the process that checks, and the threads."""
        self._checker.stop()
        self._thread.shutdown(wait=False)
        super().shutdown()  # type: ignore[no-untyped-call]


def make_server() -> Server:
    """Return a server with all that it can do."""
    server = Server()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.open(params.text_document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        server.change(document.uri, list(params.content_changes), document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    return server


def serve() -> None:
    """Serve an editor over standard input and output."""
    make_server().start_io()
