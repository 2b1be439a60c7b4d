import assert from "node:assert/strict";
import { test } from "node:test";
import { unifiedDiff } from "./unified-diff.ts";

const rows: readonly { rule: string; old: string; next: string; is: readonly string[] }[] = [
  { rule: "nothing changed", old: "abc", next: "abc", is: [] },
  {
    rule: "one line, with three around it",
    old: "abcdefghi",
    next: "abcdXfghi",
    is: ["@@ -2,7 +2,7 @@", " b", " c", " d", "-e", "+X", " f", " g", " h"],
  },
  { rule: "at the end", old: "abcde", next: "abcdeX", is: ["@@ -3,3 +3,4 @@", " c", " d", " e", "+X"] },
  { rule: "at the start", old: "abcde", next: "bcde", is: ["@@ -1,4 +1,3 @@", "-a", " b", " c", " d"] },
  { rule: "all of it", old: "a", next: "", is: ["@@ -1 +0,0 @@", "-a"] },
  {
    rule: "near changes are in one hunk",
    old: "AbcdefgH",
    next: "XbcdefgY",
    is: ["@@ -1,8 +1,8 @@", "-A", "+X", " b", " c", " d", " e", " f", " g", "-H", "+Y"],
  },
  {
    rule: "far ones each in their own",
    old: "AbcdefghI",
    next: "XbcdefghY",
    is: ["@@ -1,4 +1,4 @@", "-A", "+X", " b", " c", " d", "@@ -6,4 +6,4 @@", " f", " g", " h", "-I", "+Y"],
  },
];

for (const { rule, old, next, is } of rows) {
  test(`differences of lines: ${rule}`, () => {
    assert.equal(unifiedDiff([...old], [...next]), is.map((line) => `${line}\n`).join(""));
  });
}
