import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openDataDirectory } from "./data-dir.ts";
import type { Format } from "./data-format.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-format-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

function directory(version: string): string {
  const path = join(root, `d${++count}`);
  mkdirSync(join(path, "journal"), { recursive: true });
  writeFileSync(join(path, "VERSION"), `${version}\n`);
  writeFileSync(join(path, "journal", "data"), "one");
  return path;
}

const step =
  (word: string) =>
  (path: string): void =>
    appendFileSync(join(path, "journal", "data"), ` ${word}`);
const format: Format = {
  current: 3,
  upgrades: new Map([
    [1, step("two")],
    [2, step("three")],
  ]),
};
const read = (...path: string[]): string => readFileSync(join(...path), "utf8").trim();

test("a directory of an older format is upgraded step by step, and everything is kept as it was", () => {
  const path = directory("1");
  const data = openDataDirectory(path, format);
  data.release();
  const backup = join(path, "before-format-3");
  assert.deepEqual(data.upgraded, { from: 1, to: 3, backup });
  assert.deepEqual([read(path, "VERSION"), read(path, "journal", "data")], ["3", "one two three"]);
  assert.deepEqual([read(backup, "VERSION"), read(backup, "journal", "data")], ["1", "one"]);
  const again = openDataDirectory(path, format);
  again.release();
  assert.equal(again.upgraded, undefined);
});

test("an upgrade that was cut off goes on where it was, and the backup is the first one", () => {
  const path = directory("1");
  const broken = (): void => {
    throw new Error("cut off");
  };
  assert.throws(
    () => openDataDirectory(path, { ...format, upgrades: new Map([...format.upgrades, [2, broken]]) }),
    /cut off/,
  );
  assert.equal(read(path, "VERSION"), "2");
  openDataDirectory(path, format).release();
  assert.deepEqual([read(path, "VERSION"), read(path, "journal", "data")], ["3", "one two three"]);
  assert.equal(read(path, "before-format-3", "journal", "data"), "one");
});

for (const [version, message] of [
  [
    "4",
    "was written by a newer version of Tiphys (format 4, this one reads up to 3): use that version or a newer one, or give another directory with --data-dir DIR",
  ],
  [
    "0",
    "was written by a version of Tiphys too old to upgrade from (format 0, this one has 3): start a version in between first, or restore a snapshot into another directory",
  ],
  [
    "x",
    "/VERSION does not say a format: it is damaged. Restore a snapshot, or give another directory with --data-dir DIR",
  ],
] as const) {
  test(`format ${version} is refused with what to do, and nothing is changed`, () => {
    const path = directory(version);
    assert.throws(() => openDataDirectory(path, format), {
      message: `${path}${message.startsWith("/") ? "" : " "}${message}`,
    });
    assert.deepEqual([read(path, "VERSION"), read(path, "journal", "data")], [version, "one"]);
    assert.ok(!existsSync(join(path, "holder")));
  });
}
