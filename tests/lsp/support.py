"""What an editor does: files that are opened and changed, and what it is told of them."""

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

_CONFIG = ClientServerConfig([sys.executable, "-m", "nnc", "lsp"])


def with_client(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Give a test a client that speaks with `nnc lsp`, and run it in a thread.

    The main thread may have the event loop of a browser, in which no other one can run.
    """

    async def session(tmp_path: Path, fixtures: dict[str, object]) -> None:
        (tmp_path / ".git").mkdir()
        client = await _CONFIG.start()
        assert isinstance(client, LanguageClient)
        try:
            await client.initialize_session(
                types.InitializeParams(
                    capabilities=client_capabilities("visual_studio_code"),
                    workspace_folders=[types.WorkspaceFolder(tmp_path.as_uri(), "files")],
                )
            )
            await test(client=client, **fixtures)
            await client.shutdown_session()
        finally:
            await client.stop()

    def run(tmp_path: Path, **fixtures: object) -> None:
        fixtures |= {"tmp_path": tmp_path} if "tmp_path" in parameters else {}
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, session(tmp_path, fixtures)).result()

    parameters = inspect.signature(test).parameters
    asked = [each for name, each in parameters.items() if name not in ("client", "tmp_path")]
    own = inspect.signature(run).parameters["tmp_path"]
    run.__signature__ = inspect.Signature([own, *asked])  # type: ignore[attr-defined]
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    if marks := getattr(test, "pytestmark", None):
        run.pytestmark = marks  # type: ignore[attr-defined]
    return run


def open_file(client: LanguageClient, file: Path, text: str | None = None) -> str:
    """Open a file, with another text than on the disk, if any; return its URI."""
    content = file.read_text("utf-8") if text is None else text
    item = types.TextDocumentItem(file.as_uri(), "yaml", 1, content)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return file.as_uri()


def change(client: LanguageClient, uri: str, version: int, *changes: object) -> None:
    document = types.VersionedTextDocumentIdentifier(version, uri)
    client.text_document_did_change(types.DidChangeTextDocumentParams(document, list(changes)))


def replaced(line: int, start: int, end: int, text: str) -> types.TextDocumentContentChangePartial:
    """Replace some characters of a line, counted from 0."""
    where = types.Range(types.Position(line, start), types.Position(line, end))
    return types.TextDocumentContentChangePartial(where, text)


async def told(client: LanguageClient, uri: str, *codes: str) -> list[types.Diagnostic]:
    """Wait until exactly these diagnostics are told of a file."""
    for _ in range(400):
        diagnostics = client.diagnostics.get(uri)
        if diagnostics is not None and [each.code for each in diagnostics] == list(codes):
            return list(diagnostics)
        await asyncio.sleep(0.05)
    raise AssertionError([str(each) for each in client.diagnostics.get(uri, ())])
