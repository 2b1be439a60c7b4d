import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../api/core/index.ts";
import { decide } from "./ttl.ts";

for (const { rule, nodes, present, seconds } of [
  { rule: "a small cluster keeps nothing", nodes: 3, present: undefined, seconds: "0" },
  { rule: "a larger one for 15 seconds", nodes: 101, present: "0", seconds: "15" },
  { rule: "one node less does not lead back", nodes: 95, present: "15", seconds: undefined },
  { rule: "many less do", nodes: 80, present: "15", seconds: "0" },
  { rule: "the largest for five minutes", nodes: 5000, present: "60", seconds: "300" },
]) {
  test(rule, () => {
    const metadata = { name: "n", ...(present && { annotations: { "node.alpha.kubernetes.io/ttl": present } }) };
    const { writes } = decide({ object: { metadata } as unknown as Node, nodes, now: 0 });
    const [write] = writes;
    const body = write?.verb === "patch" ? (write.patch.body as { metadata: { annotations: object } }) : undefined;
    assert.deepEqual(body && Object.values(body.metadata.annotations)[0], seconds);
  });
}
