// `npm test`: brings what is missing, then proves everything: types, layers, lint, format, and all tests.
// The last line is `N passed, N failed` (`, N skipped`); the exit code is 0 only when nothing failed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { installPackages } from "./npm-packages.mjs";
import { prepareTools } from "./test-tools.mjs";

const root = resolve(import.meta.dirname, "..");
process.chdir(root);
const started = Date.now();
const say = (text) => console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${text}`);

installPackages(root, say);
process.env.PATH = join(root, "node_modules", ".bin") + delimiter + process.env.PATH;
const { environment, missing } = prepareTools(say);
if (missing.length) say(`not to be had here: ${missing.join(", ")}; the tests that use them are skipped`);

const totals = { passed: 0, failed: 0, skipped: 0 };
step("types", ["npm", "run", "--silent", "check:types"]);
step("layers", ["npm", "run", "--silent", "check:layers"]);
step("lint", ["npm", "run", "--silent", "check:lint"]);
step("format", ["npm", "run", "--silent", "check:format"]);
step("build", ["npm", "run", "--silent", "build"]);
tests("core", ["src"], ["--test-isolation=none"]);
tests("edge", ["adapters", "apps"], ["--test-concurrency=2"]);
tests("whole", ["test", "examples"], ["--test-concurrency=1"]);

const skipped = totals.skipped ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed ? 1 : 0);

/** A check that passes or fails as a whole; it counts as one test. */
function step(name, [command, ...args]) {
  const from = Date.now();
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  totals[status === 0 ? "passed" : "failed"]++;
  say(`${name}: ${status === 0 ? "ok" : "FAILED"} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
}

function tests(name, folders, flags) {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join(folder, file)),
  );
  if (!files.length) return;
  const from = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), "tiphys-test-"));
  const counts = join(scratch, "counts.json");
  const { status } = spawnSync("node", ["--test", "--test-reporter=./tools/test-reporter.mjs", ...flags, ...files], {
    stdio: "inherit",
    env: { ...process.env, ...environment, TIPHYS_TEST_COUNTS: counts },
  });
  const result = existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : { passed: 0, failed: 1, skipped: 0 };
  rmSync(scratch, { recursive: true, force: true });
  if (status !== 0 && result.failed === 0) result.failed = 1;
  for (const key of Object.keys(totals)) totals[key] += result[key];
  say(
    `${name}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped (${((Date.now() - from) / 1000).toFixed(1)} s)`,
  );
}
