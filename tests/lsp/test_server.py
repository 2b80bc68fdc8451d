"""Diagnostics of open files, as they are typed."""

from pathlib import Path

from lsprotocol import types
from pytest_lsp import LanguageClient

from nnc.lsp.checker import MAX_LISTED, findings_of
from nnc.lsp.findings import published_of
from nnc.lsp.project import Project
from nnc.lsp.texts import Text
from tests.lsp.support import change, open_file, replaced, told, with_client

XOR = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  either: {weights: {a: 1, b: 1}, threshold: 1}
  both: {weights: {a: 1, b: 1}, threshold: 2}
  out: {weights: {either: 1, both: -1}, threshold: 1}
outputs: [out]
"""


@with_client
async def test_a_mistake_is_told_and_taken_back(client: LanguageClient, tmp_path: Path) -> None:
    file = tmp_path / "xor.nn.yaml"
    file.write_text(XOR)
    uri = open_file(client, file)
    await told(client, uri)
    change(client, uri, 2, replaced(6, 18, 24, "eithr"))
    [mistake] = await told(client, uri, "NNC301")
    assert mistake.range == types.Range(types.Position(6, 18), types.Position(6, 23))
    assert "did you mean `either`?" in mistake.message
    change(client, uri, 3, replaced(6, 22, 22, "e"))
    await told(client, uri)


@with_client
async def test_a_file_counts_as_it_is_in_the_editor(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    user = tmp_path / "user.nn.yaml"
    user.write_text(
        "nnc: 1\nfires: at_least\ninputs: [x, y]\n"
        "parts:\n  odd: {use: xor.nn.yaml, wiring: {a: x, b: y}}\noutputs: {out: odd.out}\n"
    )
    uri = open_file(client, user)
    await told(client, uri)
    part = open_file(client, tmp_path / "xor.nn.yaml", XOR.replace("[out]", "{odd: out}"))
    await told(client, part)
    await told(client, uri, "NNC309")
    client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(part))
    )
    await told(client, uri)


@with_client
async def test_rules_have_the_severities_of_the_project(
    client: LanguageClient, tmp_path: Path
) -> None:
    (tmp_path / "nnc.toml").write_text('[rules]\nzero-weight = "error"\nunused-neuron = "off"\n')
    text = XOR.replace("both: -1", "both: 0").replace("outputs", "  spare: {wiring: [a]}\noutputs")
    uri = open_file(client, tmp_path / "xor.nn.yaml", text.replace("[a]}", "[a], threshold: 1}"))
    [mistake] = await told(client, uri, "NNC705")
    assert mistake.severity == types.DiagnosticSeverity.Error


def test_a_file_with_more_findings_than_an_editor_shows_says_so() -> None:
    lines = [f"  n{i}: {{weights: {{a: 0}}, threshold: 1}}\n" for i in range(MAX_LISTED)]
    data = XOR.replace("  either", f"{''.join(lines)}  either", 1)
    findings = findings_of("untitled:1", data.encode(), {})
    shown = published_of(findings, Text("untitled:1", data, 1), Project())
    assert len(shown) == MAX_LISTED + 1
    assert shown[-1].message == f"and {findings.unlisted:,} more findings, which `nnc check` lists"
    assert findings.unlisted > MAX_LISTED
