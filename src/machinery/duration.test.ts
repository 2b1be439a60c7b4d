import assert from "node:assert/strict";
import { test } from "node:test";
import { age, humanDuration } from "./duration.ts";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

for (const [milliseconds, text] of [
  [-5 * S, "<invalid>"],
  [-1 * S, "0s"],
  [0, "0s"],
  [119.9 * S, "119s"],
  [2 * M, "2m"],
  [5 * M + 12 * S, "5m12s"],
  [10 * M + 30 * S, "10m"],
  [179 * M, "179m"],
  [3 * H, "3h"],
  [7 * H + 59 * M, "7h59m"],
  [8 * H + 59 * M, "8h"],
  [47 * H, "47h"],
  [2 * D + 4 * H, "2d4h"],
  [8 * D + 4 * H, "8d"],
  [729 * D, "729d"],
  [730 * D, "2y"],
  [(2 * 365 + 30) * D, "2y30d"],
  [9 * 365 * D + D, "9y"],
] as const) {
  test(`${milliseconds} ms is ${text}`, () => assert.equal(humanDuration(milliseconds), text));
}

test("no time has no age", () => assert.equal(age(null, 5), "<unknown>"));
