import assert from "node:assert/strict";
import { test } from "node:test";
import { pemBlocks } from "./pem.ts";

const BLOCK = "-----BEGIN A-----\nYWI=\n-----END A-----\n";

const rows: readonly (readonly [rule: string, text: string, types: readonly string[], rest: string])[] = [
  ["blocks one after the other, and what is behind them", `${BLOCK}between\n${BLOCK}rest`, ["A", "A"], "rest"],
  ["a beginning within a line is none", `x${BLOCK}`, [], `x${BLOCK}`],
  ["a beginning without an end is passed over", `-----BEGIN B-----\n${BLOCK}`, ["A"], ""],
  ["an end of another name is none", BLOCK.replace("END A", "END B"), [], BLOCK.replace("END A", "END B")],
];
for (const [rule, text, types, rest] of rows) {
  test(rule, () => {
    const found = pemBlocks(text);
    assert.deepEqual([found.blocks.map(({ type }) => type), found.rest], [types, rest]);
    for (const { bytes } of found.blocks) assert.equal(bytes, "ab");
  });
}

test("beginnings all in one line are read once", () => {
  const began = process.cpuUsage();
  // Each up to the end of the line, that took half a minute.
  assert.deepEqual(pemBlocks("-----BEGIN ".repeat(700_000)).blocks, []);
  assert.ok(process.cpuUsage(began).user < 5_000_000);
});
