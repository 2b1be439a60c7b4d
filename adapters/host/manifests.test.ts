import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { manifestFolder } from "./manifests.ts";

test("every file counts that is not hidden, and a change is told", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-manifests-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "b.yaml"), "b");
  writeFileSync(join(folder, ".a.yaml.swp"), "hidden");
  mkdirSync(join(folder, "more"));
  const manifests = manifestFolder(folder);
  const told = new Promise<void>((resolve) => t.after(manifests.watch(resolve)));
  assert.deepEqual(await manifests.read(), [{ path: join(folder, "b.yaml"), text: "b" }]);
  writeFileSync(join(folder, "a.json"), "a");
  await told;
  assert.deepEqual(
    (await manifests.read()).map(({ text }) => text),
    ["a", "b"],
  );
});

test("a folder that is not there holds nothing", async () => {
  const manifests = manifestFolder("/nowhere/at/all");
  manifests.watch(() => {})();
  assert.deepEqual(await manifests.read(), []);
});
