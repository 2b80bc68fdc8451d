"""Each feature as an editor asks for it, over the protocol."""

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient

from tests.lsp.support import open_file, told, with_client

SCORE = """\
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, max: 100}
  html: bit
neurons:
  # says how old
  risk: {weights: {age: {65: 1, 75: 2}, html: 2}, thresholds: {mid: 1, high: 3}}
  alarm:
    description: Wakes somebody.
    weights: {risk.high: 1, html: -3}
    threshold: 1
outputs: {alarm: alarm}
cases:
  - {given: {age: 80, html: 0}, expect: {alarm: 0}}
"""


@with_client
async def test_what_is_shown_of_a_word(client: LanguageClient, tmp_path: Path) -> None:
    file = tmp_path / "score.nn.yaml"
    uri = open_file(client, file, SCORE)
    await told(client, uri, "NNC710")

    async def shown(line: int, character: int) -> str:
        found = await client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        )
        assert found is None or isinstance(found.contents, types.MarkupContent)
        return found.contents.value if found is not None else ""  # type: ignore[union-attr]

    for _ in range(100):
        if "sum" in await shown(8, 4):
            break
        await asyncio.sleep(0.05)
    assert await shown(8, 4) == (
        "**alarm**: neuron `description: Wakes somebody. weights: {risk.high: 1, html: …`\n\n"
        "Wakes somebody.\n\nsum [-3, 1] ≥ 1, level 3, fan-in 2, read by 1\n\n"
        "| risk.high | html | alarm |\n|---|---|---|\n"
        "| 0 | 0 | 0 |\n| 0 | 1 | 0 |\n| 1 | 0 | 1 |\n| 1 | 1 | 0 |"
    )
    assert "sum [0, 4] ≥ 1, ≥ 3" in await shown(7, 3)
    assert "`html` adds from -3 to 0" in await shown(10, 29)
    assert "`html` adds from -3 to 0" in await shown(10, 35)
    assert "`age` adds from 0 to 2" in await shown(7, 20)
    assert "`{type: integer, min: 0, max: 100}`" in await shown(7, 20)
    assert "threshold of `risk` `3`" in await shown(10, 20)
    assert "`threshold`: The limit" in await shown(11, 6)
    assert await shown(6, 6) == ""


@with_client
async def test_words_and_files(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "score.nn.yaml", SCORE)
    document = types.TextDocumentIdentifier(uri)
    here = types.Position(10, 15)
    offered = await client.text_document_completion_async(types.CompletionParams(document, here))
    assert isinstance(offered, types.CompletionList)
    assert [item.label for item in offered.items] == ["age", "risk", "alarm"]
    assert offered.items[0].detail == "input: {type: integer, min: 0, max: 100}"
    found = await client.text_document_definition_async(types.DefinitionParams(document, here))
    assert isinstance(found, types.Location)
    assert found.range.start == types.Position(7, 2)
    context = types.ReferenceContext(include_declaration=True)
    places = await client.text_document_references_async(
        types.ReferenceParams(context, document, here)
    )
    assert places is not None
    assert [place.range.start.line for place in places] == [7, 10]
    edit = await client.text_document_rename_async(types.RenameParams(document, here, "danger"))
    assert edit is not None
    assert edit.changes is not None
    assert len(edit.changes[uri]) == 2
    with pytest.raises(JsonRpcException, match="`alarm` is the name of another neuron already"):
        await client.text_document_rename_async(types.RenameParams(document, here, "alarm"))
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert symbols is not None
    outline = {symbol.name: symbol for symbol in symbols if symbol.name}
    assert [*outline] == ["nnc", "fires", "inputs", "neurons", "outputs", "cases"]
    neurons = outline["neurons"]
    assert isinstance(neurons, types.DocumentSymbol)
    assert [child.name for child in neurons.children or ()] == ["risk", "alarm"]
    assert neurons.range.end == types.Position(11, 16)
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert folds is not None
    assert [(fold.start_line, fold.end_line) for fold in folds] == [
        (2, 4),
        (5, 11),
        (8, 11),
        (13, 14),
    ]


@with_client
async def test_the_layout_and_colours(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(
        client, tmp_path / "score.nn.yaml", SCORE.replace("{alarm: alarm}", "{alarm:   alarm}")
    )
    document = types.TextDocumentIdentifier(uri)
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, options)
    )
    assert edits is not None
    [edit] = edits
    assert edit.range == types.Range(types.Position(3, 0), types.Position(13, 0))
    assert edit.new_text.startswith("  age:  {type: integer, min: 0, max: 100}\n")
    assert edit.new_text.endswith("\noutputs: {alarm: alarm}\n")
    colours = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    assert colours is not None
    lines = [list(colours.data[i : i + 5]) for i in range(0, len(colours.data), 5)]
    assert lines[0] == [0, 0, 3, 0, 0]  # `nnc`, a key
    assert [1, 2, 3, 1, 1] in lines  # `age`, an input, declared


@with_client
async def test_what_corrects_a_mistake(client: LanguageClient, tmp_path: Path) -> None:
    text = SCORE.replace("html: -3", "htm: +3").replace("type: integer", "type: intger")
    uri = open_file(client, tmp_path / "score.nn.yaml", text)
    await told(client, uri, "NNC108", "NNC301", "NNC209")
    where = types.Range(types.Position(10, 0), types.Position(10, 40))
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri), where, types.CodeActionContext([])
        )
    )
    assert actions is not None
    assert [action.title for action in actions] == ["Change `htm` to `html`", "Change `+3` to `3`"]


@with_client
async def test_what_can_be_run(client: LanguageClient, tmp_path: Path) -> None:
    text = SCORE.replace("thresholds: {mid: 1, high: 3}", "thresholds: {high: 3}")
    uri = open_file(client, tmp_path / "score.nn.yaml", text)
    document = types.TextDocumentIdentifier(uri)
    await told(client, uri)
    for _ in range(200):
        found = await client.text_document_code_lens_async(types.CodeLensParams(document))
        lenses = {lens.range.start.line: lens.command for lens in found or ()}
        if lenses[14] is not None and lenses[14].title != "why":
            break
        await asyncio.sleep(0.05)
    assert [lens.title for lens in lenses.values() if lens is not None] == [
        "run these cases", "gives alarm: 0, as expected",
    ]  # fmt: skip
    for command, more, wanted in (
        ("nnc.test", (), "1 of 1 cases hold"),
        ("nnc.why", (14,), "alarm = 0"),
        ("nnc.prove", (), ""),
    ):
        done = await client.workspace_execute_command_async(
            types.ExecuteCommandParams(command, arguments=[uri, *more])
        )
        assert wanted in done["text"]
    done = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("nnc.draw", arguments=[uri])
    )
    assert "<svg" in done["html"]
    hinted = types.InlayHintParams(
        document, types.Range(types.Position(0, 0), types.Position(20, 0))
    )
    assert not await client.text_document_inlay_hint_async(hinted)
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"nnc": {"inlayHints": True}})
    )
    hints = await client.text_document_inlay_hint_async(hinted)
    assert [hint.label for hint in hints or ()] == [" [0, 4] ≥ 3", " [-3, 1] ≥ 1"]


@with_client
async def test_files_that_use_an_open_one_are_checked(
    client: LanguageClient, tmp_path: Path
) -> None:
    user = tmp_path / "user.nn.yaml"
    user.write_text("nnc: 1\nextends: score.nn.yaml\nneurons: {alarm: {weights: {risk.high: 2}}}\n")
    other = tmp_path / "other.nn.yaml"
    other.write_text(
        "nnc: 1\nextends: user.nn.yaml\ncases:\n  - {given: {html: 1}, expect: {alarm: 0}}\n"
    )
    text = SCORE.replace("thresholds: {mid: 1, high: 3}", "thresholds: {high: 3}")
    uri = open_file(client, tmp_path / "score.nn.yaml", text)
    await told(client, uri)
    await told(client, other.as_uri(), "NNC602")
    open_file(client, tmp_path / "score.nn.yaml", text.replace("high: 3}", "top: 3}"))
    await told(client, user.as_uri(), "NNC309")
    overlay = open_file(client, tmp_path / "new.nn.yaml", "nnc: 1\nextends: user.nn.yaml\n")
    [shown] = await told(client, overlay, "NNC309")
    assert shown.message.startswith("user.nn.yaml: ")
    assert shown.range == types.Range(types.Position(1, 9), types.Position(1, 21))


@with_client
async def test_cases_that_are_added(client: LanguageClient, tmp_path: Path) -> None:
    text = SCORE.replace("thresholds: {mid: 1, high: 3}", "thresholds: {high: 3}")
    uri = open_file(client, tmp_path / "score.nn.yaml", text)
    await told(client, uri)
    edits: list[types.ApplyWorkspaceEditParams] = []

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def on_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        edits.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    await client.workspace_execute_command_async(
        types.ExecuteCommandParams("nnc.cover", arguments=[uri])
    )
    for _ in range(100):
        if edits:
            break
        await asyncio.sleep(0.05)
    changes = edits[0].edit.changes
    assert changes is not None
    [edit] = changes[uri]
    assert edit.range.start.line == 14
    assert edit.new_text.startswith("\n  - {given: {age: ")
