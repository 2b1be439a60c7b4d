/** Holders of the lock that are not of this container; those that are, are killed in `faults.test.ts`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lock } from "./lock.ts";

const directory = mkdtempSync(join(tmpdir(), "tiphys-lock-"));
const path = join(directory, "holder");
after(() => rmSync(directory, { recursive: true, force: true }));
const never = (): void => assert.fail("nobody else took it");
const skip = process.platform !== "linux" && "needs Linux, where processes have namespaces";

/** Our own process, as it would be seen by its number alone: with the start time of nobody. */
function holdFromElsewhere(): void {
  const release = lock(directory, never);
  const [, , boot, inode] = readFileSync(path, "utf8").trim().split(" ");
  release();
  writeFileSync(path, `${process.pid} 1 ${boot} ${inode} pid:[1]\n`);
}

test("a holder in another container that lives is told, though its number means nothing here", { skip }, async () => {
  holdFromElsewhere();
  const touching = `setInterval(() => fs.utimesSync(${JSON.stringify(path)}, Date.now() / 1000, Date.now() / 1000), 20); console.log()`;
  const other = spawn(process.execPath, ["-e", touching], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((begun) => other.stdout.once("data", begun));
    assert.throws(() => lock(directory, never, 10_000), /is in use by a process of another container; stop it first/);
  } finally {
    other.kill("SIGKILL");
  }
});

test("a holder in another container that is gone is replaced", { skip }, () => {
  holdFromElsewhere();
  const release = lock(directory, never, 200);
  assert.ok(readFileSync(path, "utf8").startsWith(`${process.pid} `));
  release();
});

test("who has it touches it", { skip }, async (t) => {
  const release = lock(directory, never);
  const look = `import { lock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    try { lock(${JSON.stringify(directory)}, () => {}, 10_000); } catch (error) { console.log(error.message); }`;
  const args = ["--pid", "--fork", process.execPath, "--input-type=module", "-e", look];
  const other = spawn("unshare", args, { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  for await (const text of other.stdout) said += String(text);
  release();
  if (said === "" && other.exitCode !== 0) return t.skip("needs the right to make a namespace");
  assert.match(said, /is in use by a process of another container/);
});

test("who stood still for too long is told that somebody else has it", { skip }, async () => {
  const told = Promise.withResolvers<void>();
  const release = lock(directory, told.resolve);
  const other = readFileSync(path, "utf8").replace(/pid:\S+/, "pid:[1]");
  writeFileSync(path, other);
  await told.promise;
  release();
  assert.equal(readFileSync(path, "utf8"), other);
});
