import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sha256Hex } from "./sha256.ts";

for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
  test(`${length} bytes hash as the platform's SHA-256 does`, () => {
    const message = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
    assert.equal(sha256Hex(message), createHash("sha256").update(message).digest("hex").toUpperCase());
  });
}
