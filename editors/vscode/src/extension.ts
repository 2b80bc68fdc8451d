/** The extension: it starts `nnc lsp`, shows pages and pictures, and runs cases from the gutter. */

import { dirname } from "node:path";
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";
import { failuresOf, findingsIn, pageOfPicture, pageOfText, programOf, run } from "./nnc";
import type { Answer, Finding } from "./nnc";

const LANGUAGE = "nnc";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const panels = new Panels();
  const cases = new Cases();
  context.subscriptions.push(
    panels,
    cases,
    vscode.commands.registerCommand("nnc.showPage", () => panels.show("page")),
    vscode.commands.registerCommand("nnc.showPicture", () => panels.show("picture")),
    vscode.commands.registerCommand("nnc.check", checkAll),
    vscode.commands.registerCommand("nnc.restart", startServer),
  );
  await startServer();
  cases.listOpen();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

function program(): string {
  const set = vscode.workspace.getConfiguration("nnc").get("path", "nnc");
  const folders = vscode.workspace.workspaceFolders ?? [];
  return programOf(set, folders.map((folder) => folder.uri.fsPath));
}

async function startServer(): Promise<void> {
  await client?.dispose();
  client = new LanguageClient(
    "nnc",
    "nnc",
    { command: program(), args: ["lsp"] },
    {
      documentSelector: [{ language: LANGUAGE }],
      synchronize: {
        fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{yaml,yml,csv,npy,safetensors,toml}"),
      },
    },
  );
  try {
    await client.start();
  } catch {
    void vscode.window.showErrorMessage(
      `nnc: cannot run \`${program()} lsp\`. In a checkout of nnc, run pip install ".[lsp]", ` +
        "or set nnc.path.",
    );
  }
}

/** Run nnc on a file, in its folder; say why where it cannot be run. */
async function ask(file: vscode.Uri, ...words: string[]): Promise<Answer | undefined> {
  try {
    return await run(program(), words, dirname(file.fsPath));
  } catch (error) {
    void vscode.window.showErrorMessage(`nnc: cannot run ${program()}: ${String(error)}`);
    return undefined;
  }
}

async function checkAll(): Promise<void> {
  const words = ["check", "--report", "concise", "--color", "never"];
  const task = new vscode.Task(
    { type: "process", task: "nnc check" },
    vscode.TaskScope.Workspace,
    "nnc check",
    "nnc",
    new vscode.ProcessExecution(program(), words),
    "$nnc",
  );
  await vscode.tasks.executeTask(task);
}

type Shown = "page" | "picture";

/** The panels beside the text; each is written anew when its file is saved. */
class Panels implements vscode.Disposable {
  private readonly open = new Map<string, { panel: vscode.WebviewPanel; file: vscode.Uri; shown: Shown }>();
  private readonly saved = vscode.workspace.onDidSaveTextDocument(() => this.updateAll());

  dispose(): void {
    this.saved.dispose();
    for (const { panel } of this.open.values()) {
      panel.dispose();
    }
  }

  async show(shown: Shown): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== LANGUAGE) {
      return;
    }
    await document.save();
    const key = `${shown} ${document.uri.toString()}`;
    const known = this.open.get(key);
    if (known !== undefined) {
      known.panel.reveal(undefined, true);
      return;
    }
    const name = document.uri.path.split("/").pop() ?? "";
    const panel = vscode.window.createWebviewPanel(
      `nnc.${shown}`,
      `${name}: ${shown}`,
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: shown === "page", retainContextWhenHidden: true, localResourceRoots: [] },
    );
    panel.onDidDispose(() => this.open.delete(key));
    this.open.set(key, { panel, file: document.uri, shown });
    await this.update(key);
  }

  private async updateAll(): Promise<void> {
    // A network may use any file that was saved.
    await Promise.all([...this.open.keys()].map((key) => this.update(key)));
  }

  private async update(key: string): Promise<void> {
    const entry = this.open.get(key);
    if (entry === undefined) {
      return;
    }
    const { panel, file, shown } = entry;
    const words = shown === "page" ? ["view", file.fsPath] : ["draw", file.fsPath, "--to", "svg"];
    const answer = await ask(file, ...words);
    if (answer === undefined || this.open.get(key) !== entry) {
      return;
    }
    if (answer.code !== 0) {
      panel.webview.html = pageOfText(answer.err || answer.out);
    } else {
      panel.webview.html = shown === "page" ? answer.out : pageOfPicture(answer.out);
    }
  }
}

/** The cases of open files, as tests: VS Code shows them in the gutter and in its list of tests. */
class Cases implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("nnc", "nnc cases");
  private readonly listeners: vscode.Disposable[];

  constructor() {
    this.controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.run(request, token),
      true,
    );
    this.listeners = [
      vscode.workspace.onDidOpenTextDocument((document) => this.list(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.list(document)),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.list(editor.document)),
    ];
  }

  /** List the cases of the open documents, once the server is there to be asked. */
  listOpen(): void {
    for (const document of vscode.workspace.textDocuments) {
      void this.list(document);
    }
  }

  dispose(): void {
    this.controller.dispose();
    for (const listener of this.listeners) {
      listener.dispose();
    }
  }

  /** List the cases of a document: the server tells where they are. */
  private async list(document: vscode.TextDocument): Promise<void> {
    if (document.languageId !== LANGUAGE) {
      return;
    }
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const section = symbols?.find((symbol) => symbol.name === "cases");
    if (section === undefined || section.children.length === 0) {
      this.controller.items.delete(document.uri.toString());
      return;
    }
    const name = vscode.workspace.asRelativePath(document.uri);
    const item = this.controller.createTestItem(document.uri.toString(), name, document.uri);
    item.range = section.selectionRange;
    section.children.forEach((child, place) => {
      const label = `case ${place + 1}: ${child.name}`;
      const test = this.controller.createTestItem(`${item.id}#${place}`, label, document.uri);
      test.range = child.range;
      item.children.add(test);
    });
    this.controller.items.add(item);
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    const files = new Map<vscode.TestItem, vscode.TestItem[]>();
    const asked = request.include ?? [...this.controller.items].map(([, item]) => item);
    for (const item of asked) {
      const file = item.parent ?? item;
      const tests = item.parent ? [item] : [...item.children].map(([, child]) => child);
      files.set(file, [...(files.get(file) ?? []), ...tests]);
    }
    for (const [file, tests] of files) {
      if (!token.isCancellationRequested) {
        await this.runFile(run, file, tests);
      }
    }
    run.end();
  }

  private async runFile(run: vscode.TestRun, file: vscode.TestItem, tests: vscode.TestItem[]): Promise<void> {
    tests.forEach((test) => run.started(test));
    const uri = file.uri as vscode.Uri;
    const answer = await ask(uri, "test", uri.fsPath, "--report", "json");
    if (answer === undefined) {
      tests.forEach((test) => run.errored(test, new vscode.TestMessage("nnc cannot be run")));
      return;
    }
    const lines = tests.map(({ range }) => ({ first: range?.start.line ?? 0, last: range?.end.line ?? 0 }));
    const { failures, obstacles } = failuresOf(findingsIn(answer.out), lines);
    tests.forEach((test, place) => {
      const failure = failures[place];
      if (obstacles.length > 0) {
        run.errored(test, obstacles.map(messageOf));
      } else if (failure !== undefined) {
        run.failed(test, messageOf(failure));
      } else {
        run.passed(test);
      }
    });
  }
}

function messageOf(finding: Finding): vscode.TestMessage {
  return new vscode.TestMessage([finding.message, ...finding.details].join("\n"));
}
