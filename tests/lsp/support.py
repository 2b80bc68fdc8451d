"""What an editor does: files that are opened and changed, and what it is told of them."""

import asyncio
from pathlib import Path

from lsprotocol import types
from pytest_lsp import LanguageClient


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
