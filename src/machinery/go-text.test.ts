import assert from "node:assert/strict";
import { test } from "node:test";
import { characterCount } from "./go-text.ts";

const COUNTS: readonly [rule: string, text: string, count: number][] = [
  ["nothing", "", 0],
  ["a character of one unit each", "aé€", 3],
  ["a pair is one", "a😀b😀", 4],
  ["halves that are alone count", "\udc00\ud83d", 2],
  ["a second half belongs to one first half", "\ud83d\ude00\ude00", 2],
];
for (const [rule, text, count] of COUNTS) {
  test(`characters: ${rule}`, () => {
    assert.equal(characterCount(text), count);
  });
}
