"""Connect the requests of the protocol with the functions that answer them."""

from __future__ import annotations

import gc
import logging

from lsprotocol import types

from nnc.language.formatting.formatted import format_text
from nnc.lsp.completion import completions
from nnc.lsp.findings import FIX_ALL, added_cases, fix_all, fixes, rewrites, whole_edit
from nnc.lsp.hover import hover
from nnc.lsp.names import RenameRefused, definition, references, rename, to_rename
from nnc.lsp.server import Server
from nnc.lsp.structure import TOKEN_MODIFIERS, TOKEN_TYPES, folds, hints, lenses, symbols, tokens
from nnc.lsp.texts import Answer, Text


def make_server() -> Server:
    """Return a server with all features."""
    server = Server()
    _follow_files(server)
    _answer_about_words(server)
    _answer_about_files(server)
    _run_commands(server)
    return server


def serve() -> None:
    """Serve an editor over standard input and output."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(is_no_refusal)
    server = make_server()
    gc.freeze()  # imported objects need not be scanned by collections
    server.start_io()


def is_no_refusal(record: logging.LogRecord) -> bool:
    """Return True unless a record is about a refused rename, which pygls logs as a bug."""
    return record.exc_info is None or not isinstance(record.exc_info[1], RenameRefused)


def _follow_files(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.open(params.text_document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        server.change(document.uri, params.content_changes, document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        del params
        server.files_changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        del params
        server.files_changed()


def _answer_about_words(server: Server) -> None:
    def at(
        document: types.TextDocumentIdentifier, position: types.Position
    ) -> tuple[Text, int, int]:
        text = server.text(document.uri)
        return (text, *text.place(position))

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[".", "{", "[", " ", "/"]),
    )
    def on_completion(params: types.CompletionParams) -> types.CompletionList:
        return completions(server.project, *at(params.text_document, params.position))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def on_hover(params: types.HoverParams) -> types.Hover | None:
        text, line, character = at(params.text_document, params.position)
        findings = server.found.get(text.name)
        if findings is not None and line in findings.cases and server.is_current(text):
            return types.Hover(findings.cases[line])
        return hover(server.project, text, server.facts.get(text.name, ""), line, character)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def on_definition(params: types.DefinitionParams) -> types.Location | None:
        return definition(server.project, *at(params.text_document, params.position))

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def on_references(params: types.ReferenceParams) -> list[types.Location]:
        return references(server.project, *at(params.text_document, params.position))

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def on_prepare_rename(params: types.PrepareRenameParams) -> types.Range:
        return to_rename(server.project, *at(params.text_document, params.position))

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def on_rename(params: types.RenameParams) -> types.WorkspaceEdit:
        where = at(params.text_document, params.position)
        return rename(server.project, *where, params.new_name)


def _answer_about_files(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def on_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        return symbols(server.text(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def on_folds(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        return folds(server.text(params.text_document.uri))

    legend = types.SemanticTokensLegend(TOKEN_TYPES, TOKEN_MODIFIERS)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def on_tokens(params: types.SemanticTokensParams) -> types.SemanticTokens:
        return types.SemanticTokens(tokens(server.text(params.text_document.uri)))

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, legend)
    def on_some_tokens(params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
        lines = params.range.start.line, params.range.end.line
        return types.SemanticTokens(tokens(server.text(params.text_document.uri), *lines))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def on_formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        text = server.text(params.text_document.uri)
        done = format_text(text.data, text.name, text.name)
        return [] if done.after is None else whole_edit(text, done.after.decode())

    kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, FIX_ALL]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds)
    )
    def on_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        text = server.text(params.text_document.uri)
        findings = server.found.get(text.name)
        if findings is None or not server.is_current(text):
            return []
        local = [item for item in findings.diagnostics if item.file in (text.name, None)]
        first, last = params.range.start.line, params.range.end.line
        actions: list[types.CodeAction] = []
        if _wants(params, types.CodeActionKind.QuickFix):
            actions += fixes(text, local, first, last)
        if _wants(params, types.CodeActionKind.RefactorRewrite):
            actions += rewrites(text, local, first)
        if params.context.only and _wants(params, FIX_ALL):
            every = fix_all(text, local)
            actions += [every] if every is not None else []
        return actions


def _wants(params: types.CodeActionParams, kind: types.CodeActionKind | str) -> bool:
    """Return True if an editor requests actions of a kind, directly or by a parent kind."""
    asked = params.context.only or [""]
    return any(not item or f"{_value(kind)}.".startswith(f"{item}.") for item in map(_value, asked))


def _run_commands(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def on_initialize(params: types.InitializeParams) -> None:
        server.settings |= params.initialization_options or {}

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def on_settings(params: types.DidChangeConfigurationParams) -> None:
        changed = params.settings.get("nnc") if isinstance(params.settings, dict) else None
        server.settings |= changed if isinstance(changed, dict) else {}

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def on_lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        text = server.text(params.text_document.uri)
        findings = server.found.get(text.name)
        cases = findings.cases if findings is not None and server.is_current(text) else {}
        return list(lenses(text, cases, with_page=server.settings.get("panel", False)))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def on_hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        text = server.text(params.text_document.uri)
        if not server.settings.get("inlayHints", False):
            return []
        lines = params.range.start.line, params.range.end.line
        return list(hints(text, server.facts.get(text.name, ""), *lines))

    @server.command("nnc.draw")
    async def on_draw(uri: str) -> Answer:
        return await server.run("draw", uri)

    @server.command("nnc.test")
    async def on_test(uri: str) -> Answer:
        return _with_message(server, await server.run("test", uri))

    @server.command("nnc.prove")
    async def on_prove(uri: str) -> Answer:
        return _with_message(server, await server.run("prove", uri))

    @server.command("nnc.why")
    async def on_why(uri: str, line: int) -> Answer:
        return _with_message(server, await server.run("why", uri, line))

    @server.command("nnc.fill")
    async def on_fill(uri: str) -> Answer:
        return _edited(server, uri, await server.run("fill", uri))

    @server.command("nnc.cover")
    async def on_cover(uri: str) -> Answer:
        return _edited(server, uri, await server.run("cover", uri))


def _with_message(server: Server, answer: Answer) -> Answer:
    """Show an answer to the user."""
    is_good = "error" not in answer and not answer.get("failed")
    kind = types.MessageType.Info if is_good else types.MessageType.Warning
    text = answer.get("error") or answer.get("text") or ""
    server.window_show_message(types.ShowMessageParams(kind, text))
    return answer


def _edited(server: Server, uri: str, answer: Answer) -> Answer:
    """Apply the result of a task to the text."""
    text = server.text(uri)
    edits: list[types.TextEdit] = []
    if "content" in answer:
        edits = whole_edit(text, answer["content"])
    elif "cases" in answer:
        edits = added_cases(text, answer["cases"])
    if edits:
        edit = types.WorkspaceEdit(changes={uri: edits})
        server.workspace_apply_edit(types.ApplyWorkspaceEditParams(edit))
    return _with_message(server, answer)


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind
