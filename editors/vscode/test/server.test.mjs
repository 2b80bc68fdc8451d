/** A session with the real server, as the extension has it; NNC names the program. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import protocol from "vscode-languageserver-protocol/node";

const NNC = process.env.NNC ?? "nnc";
const skip = spawnSync(NNC, ["lsp", "--help"]).status !== 0 && "nnc lsp is not installed";
const NEWS2 = `nnc: 1
fires: at_least
inputs:
  temperature: {type: real, min: 0, max: 50}
neurons:
  warm: {weights: {temprature: {0: 3, 35.1: 1, 36.1: 0, 38.1: 1, 39.1: 2}}, treshold: 1}
outputs: {fever: warm}
cases:
  - {given: {temperature: 38.5}, expect: {fever: 1}}
  - {given: {temperature: 37.0}, expect: {fever: 0}}
`;

/** Make the edits of one file, the last one first. */
function edited(text, edits) {
  const lines = text.split("\n");
  const offset = ({ line, character }) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((done, { range, newText }) => done.slice(0, offset(range.start)) + newText + done.slice(offset(range.end)), text);
}

test("NEWS2 is mended and renamed, and its cases hold", { skip, timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "nnc-"));
  const file = join(folder, "news2.nn.yaml");
  const uri = pathToFileURL(file).href;
  writeFileSync(file, NEWS2);
  const server = spawn(NNC, ["lsp"], { cwd: folder });
  const connection = protocol.createProtocolConnection(
    new protocol.StreamMessageReader(server.stdout),
    new protocol.StreamMessageWriter(server.stdin),
  );
  t.after(() => server.kill());
  const waiting = [];
  connection.onNotification("textDocument/publishDiagnostics", (params) => {
    waiting.filter((each) => each.isDone(params)).forEach((each) => each.resolve(params.diagnostics));
  });
  const published = (isDone) => new Promise((resolve) => waiting.push({ isDone, resolve }));
  connection.listen();
  const { capabilities } = await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "nets" }],
    capabilities: { textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } } } } },
  });
  assert.ok(capabilities.renameProvider && capabilities.documentSymbolProvider);
  await connection.sendNotification("initialized", {});

  const textDocument = { uri };
  let text = NEWS2;
  let version = 1;
  const told = published((params) => params.diagnostics.length > 0);
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "nnc", version, text } });
  const found = await told;
  assert.deepEqual(new Set(found.map((each) => String(each.code))), new Set(["NNC102", "NNC301"]));

  for (let round = 0; round < 3; round++) {
    const range = { start: { line: 0, character: 0 }, end: { line: 11, character: 0 } };
    const actions = await connection.sendRequest("textDocument/codeAction", { textDocument, range, context: { diagnostics: [] } });
    const edits = actions[0]?.edit;
    if (edits === undefined) break;
    text = edited(text, edits.changes?.[uri] ?? edits.documentChanges[0].edits);
    version += 1;
    const quiet = published((params) => params.version === version);
    await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ text }] });
    await quiet;
  }
  assert.equal(text, NEWS2.replace("temprature", "temperature").replace("treshold", "threshold"));

  const symbols = await connection.sendRequest("textDocument/documentSymbol", { textDocument });
  assert.equal(symbols.find((each) => each.name === "cases").children.length, 2);

  const position = { line: 5, character: 3 };
  const change = await connection.sendRequest("textDocument/rename", { textDocument, position, newName: "risk" });
  text = edited(text, change.changes?.[uri] ?? change.documentChanges[0].edits);
  assert.ok(!text.includes("warm") && text.includes("outputs: {fever: risk}"));

  writeFileSync(file, text);
  const ran = spawnSync(NNC, ["test", file], { encoding: "utf8" });
  assert.deepEqual([ran.status, ran.stdout], [0, "2 of 2 cases hold in 1 file\n"]);
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.ok(readFileSync(file, "utf8").includes("risk"));
});
