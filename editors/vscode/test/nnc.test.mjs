/** What the extension asks of nnc, and how it reads the answers. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

const { failuresOf, findingsIn, pageOfPicture, pageOfText, programOf, run } = createRequire(
  import.meta.url,
)("../dist/nnc.js");

const finding = (code, line, severity = "error") => ({ code, line, severity, message: code, details: [] });

test("the program is the one that is set, of the workspace, or of PATH", () => {
  const folder = mkdtempSync(join(tmpdir(), "nnc-"));
  assert.equal(programOf("nnc", [folder]), "nnc");
  mkdirSync(join(folder, ".venv/bin"), { recursive: true });
  writeFileSync(join(folder, ".venv/bin/nnc"), "");
  assert.equal(programOf("nnc", ["/nowhere", folder]), join(folder, ".venv/bin/nnc"));
  assert.equal(programOf("/opt/nnc", [folder]), "/opt/nnc");
});

test("a case fails by the finding on its lines", () => {
  const cases = [{ first: 9, last: 9 }, { first: 10, last: 12 }, { first: 13, last: 13 }];
  const findings = [finding("NNC601", 13), finding("NNC701", 11, "warning"), finding("NNC601", 10)];
  const { failures, obstacles } = failuresOf(findings, cases);
  assert.deepEqual(failures, [findings[2], findings[0], undefined]);
  assert.deepEqual(obstacles, []);
});

test("a network with errors runs no case", () => {
  const wrong = finding("NNC301", 5);
  assert.deepEqual(failuresOf([wrong], [{ first: 9, last: 9 }]), {
    failures: [undefined],
    obstacles: [wrong],
  });
});

test("a report in JSON has findings", () => {
  assert.deepEqual(findingsIn('{"format_version": 1, "diagnostics": []}'), []);
  assert.throws(() => findingsIn("Traceback"), SyntaxError);
});

test("texts and pictures cannot run scripts", () => {
  assert.ok(pageOfText("a <script> & b").includes("a &#60;script&#62; &#38; b"));
  assert.ok(!pageOfPicture("<svg><script>1</script></svg>").includes("<script"));
});

test("a program ends with its code, and one that is missing is told", async () => {
  const answer = await run(process.execPath, ["-e", "console.log(1); process.exit(3)"], tmpdir());
  assert.deepEqual(answer, { code: 3, out: "1\n", err: "" });
  await assert.rejects(run("there-is-no-such-program", [], tmpdir()), /ENOENT/);
});
