"""What the server does for each request of the protocol."""

from __future__ import annotations

from lsprotocol import types

from nnc.language.formatting.formatted import format_text
from nnc.lsp.actions import FIX_ALL, fix_all, fixes, whole_edit
from nnc.lsp.completion import completions
from nnc.lsp.hover import hover
from nnc.lsp.names import definition, references, rename, to_rename
from nnc.lsp.server import Server
from nnc.lsp.structure import TOKEN_MODIFIERS, TOKEN_TYPES, folds, symbols, tokens
from nnc.lsp.texts import Text


def make_server() -> Server:
    """Return a server with all that it can do."""
    server = Server()
    _follow_files(server)
    _answer_about_words(server)
    _answer_about_files(server)
    return server


def serve() -> None:
    """Serve an editor over standard input and output."""
    make_server().start_io()


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

    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds)
    )
    def on_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        text = server.text(params.text_document.uri)
        found = server.found.get(text.name)
        if found is None or server.versions[text.name] != text.version:
            return []
        own = [each for each in found.diagnostics if each.file in (text.name, None)]
        only = params.context.only or [types.CodeActionKind.QuickFix]
        actions: list[types.CodeAction] = []
        if any(types.CodeActionKind.QuickFix.value.startswith(str(_value(kind))) for kind in only):
            actions += fixes(text, own, params.range.start.line, params.range.end.line)
        if any(FIX_ALL.startswith(_value(kind)) for kind in only):
            every = fix_all(text, own)
            actions += [every] if every is not None else []
        return actions


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind
