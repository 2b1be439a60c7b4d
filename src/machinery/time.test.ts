import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  canonicalMicroTime,
  canonicalTime,
  formatDuration,
  formatMicroTime,
  formatTime,
  parseDuration,
  parseTime,
} from "./time.ts";

const times: [text: string, canonical: string][] = [
  ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"],
  ["2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z"],
  ["2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"],
];
for (const [text, canonical] of times)
  test(`${text} is stored as ${canonical}`, () => assert.equal(canonicalTime(text), canonical));

test("MicroTime has six decimals in and out", () => {
  assert.equal(canonicalMicroTime("2026-01-02T03:04:05.123456+01:00"), "2026-01-02T02:04:05.123456Z");
  assert.equal(formatMicroTime(1.5), "1970-01-01T00:00:00.001000Z");
  assert.throws(() => canonicalMicroTime("2024-01-02T03:04:06.5Z"), {
    message:
      'parsing time "2024-01-02T03:04:06.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000"',
  });
  assert.throws(() => canonicalMicroTime("yesterday"), {
    message: 'parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "yesterday" as "2006"',
  });
});

test("days that no month has are out of range", () => {
  assert.throws(() => parseTime("2026-02-29T00:00:00Z"), {
    message: 'parsing time "2026-02-29T00:00:00Z": day out of range',
  });
});

test("a time is read as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e9 }), (s) => assert.equal(parseTime(formatTime(s * 1000)), s * 1000)),
  );
});

const durations: [milliseconds: number, text: string][] = [
  [0, "0s"],
  [5_400_000, "1h30m0s"],
  [1500, "1.5s"],
  [100, "100ms"],
  [-60_000, "-1m0s"],
  [0.0015, "1.5µs"],
];
for (const [milliseconds, text] of durations) {
  test(`${milliseconds} ms are ${text}`, () => {
    assert.equal(formatDuration(milliseconds), text);
    assert.equal(parseDuration(text), milliseconds);
  });
}

for (const [text, message] of [
  ["", 'time: invalid duration ""'],
  ["5", 'time: missing unit in duration "5"'],
  ["5x", 'time: unknown unit "x" in duration "5x"'],
] as const) {
  test(`${JSON.stringify(text)} is no duration`, () => assert.throws(() => parseDuration(text), { message }));
}
