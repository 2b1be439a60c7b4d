import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret } from "../api/core/index.ts";
import { decide } from "./token-cleaner.ts";

const NOW = Date.UTC(2026, 0, 2);
const END = "2026-01-02T01:00:00Z";

for (const { rule, now = NOW, type = "bootstrap.kubernetes.io/token", expiration = END, deleted, recheckAt } of [
  { rule: "a token that goes on is looked at when it is over", recheckAt: Date.parse(END) },
  { rule: "one that is over is deleted", now: Date.parse(END), deleted: true },
  { rule: "one without an end stays", expiration: "" },
  { rule: "another Secret stays", now: Date.parse(END), type: "Opaque" },
]) {
  test(rule, () => {
    const object = {
      metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system", uid: "1", resourceVersion: "7" },
      type,
      data: { expiration: btoa(expiration) },
    } as unknown as Secret;
    const plan = decide({ object, now });
    assert.deepEqual([plan.writes.map(({ verb }) => verb), plan.recheckAt], [deleted ? ["delete"] : [], recheckAt]);
  });
}
