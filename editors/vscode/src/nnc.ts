/** What the extension asks of nnc: its words, and what its answers mean. Nothing here needs VS Code. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A finding in a report in JSON; lines and columns count from 1. */
export interface Finding {
  file: string | null;
  line: number | null;
  column: number | null;
  end_line: number | null;
  end_column: number | null;
  code: string;
  severity: string;
  message: string;
  details: string[];
}

/** The lines of a case, from 0; the last one is included. */
export interface CaseLines {
  first: number;
  last: number;
}

export interface Answer {
  code: number;
  out: string;
  err: string;
}

const MAX_OUTPUT = 256 * 1024 * 1024; // bytes; a page holds all weights of a network

/** Return the program nnc: as it is set, else that of the workspace's environment, else of PATH. */
export function programOf(set: string, folders: readonly string[]): string {
  if (set !== "nnc" && set !== "") {
    return set;
  }
  for (const folder of folders) {
    for (const place of [".venv/bin/nnc", ".venv/Scripts/nnc.exe"]) {
      if (existsSync(join(folder, place))) {
        return join(folder, place);
      }
    }
  }
  return "nnc";
}

/** Run nnc to its end. Only a program that cannot be started rejects. */
export function run(program: string, words: readonly string[], folder: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: MAX_OUTPUT, env: { ...process.env, NO_COLOR: "1" } };
    execFile(program, words, options, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") {
        resolve({ code, out, err });
      } else {
        reject(error);
      }
    });
  });
}

/** Return the findings in a report in JSON. Throws SyntaxError for other texts. */
export function findingsIn(report: string): Finding[] {
  return (JSON.parse(report) as { diagnostics: Finding[] }).diagnostics;
}

/** Return for each case the finding that fails it; and whatever else keeps cases from running. */
export function failuresOf(
  findings: readonly Finding[],
  cases: readonly CaseLines[],
): { failures: (Finding | undefined)[]; obstacles: Finding[] } {
  const failed = findings.filter((each) => each.code === "NNC601");
  const within = (lines: CaseLines, each: Finding): boolean =>
    each.line !== null && lines.first <= each.line - 1 && each.line - 1 <= lines.last;
  const failures = cases.map((lines) => failed.find((each) => within(lines, each)));
  const obstacles = findings.filter((each) => each.code !== "NNC601" && each.severity === "error");
  return { failures, obstacles };
}

/** Return a page of HTML that shows a text, such as what is wrong with a network. */
export function pageOfText(text: string): string {
  const escaped = text.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`);
  return `<!DOCTYPE html><html><body><pre>${escaped}</pre></body></html>`;
}

/** Return a page of HTML that shows a picture; it is an image, so that nothing in it is run. */
export function pageOfPicture(svg: string): string {
  const data = Buffer.from(svg, "utf8").toString("base64");
  return (
    '<!DOCTYPE html><html><body style="background: white; text-align: center">' +
    `<img style="max-width: 100%" src="data:image/svg+xml;base64,${data}"></body></html>`
  );
}
