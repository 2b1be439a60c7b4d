import assert from "node:assert/strict";
import { test } from "node:test";
import type { DifferenceList } from "../../src/machinery/told-difference.ts";
import { differenceText } from "./difference-text.ts";

const list: DifferenceList = {
  kind: "DifferenceList",
  apiVersion: "tiphys/v1",
  from: { moment: "231", revision: 231, time: "2026-01-02T03:04:05Z" },
  to: { moment: "now", revision: 245 },
  items: [
    {
      verb: "changed",
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "shop",
      name: "web",
      fields: [
        { path: "spec.replicas", from: "3", to: "5" },
        { path: "spec.paused", from: "true" },
      ],
      more: 2,
    },
    {
      verb: "created",
      apiVersion: "v1",
      kind: "Namespace",
      name: "new",
      fields: [{ path: "status.phase", to: '"A"' }],
    },
    { verb: "deleted", apiVersion: "v1", kind: "Pod", namespace: "shop", name: "old", fields: [] },
  ],
};

test("a diff is told object by object and field by field", () => {
  assert.equal(
    differenceText(list, false),
    `from revision 231 (2026-01-02T03:04:05Z) to revision 245: 1 created, 1 changed, 1 deleted

~ Deployment shop/web
    spec.replicas: 3 → 5
    spec.paused: true → nothing
    and 2 more fields
+ Namespace new
    status.phase: "A"
- Pod shop/old
`,
  );
});

test("moments with names say which revision they are; no difference says so", () => {
  const none = { ...list, from: { moment: "fork", revision: 7 }, items: [] };
  assert.equal(differenceText(none, false), "from fork (revision 7) to revision 245: nothing has changed\n");
});

test("on a terminal what came is green, what changed yellow, what went red", () => {
  const [, , changed, field, , , created, , deleted] = differenceText(list, true).split("\n");
  assert.equal(changed, "\u001b[33m~ Deployment\u001b[0m shop/web");
  assert.equal(field, "    spec.replicas: \u001b[31m3\u001b[0m → \u001b[32m5\u001b[0m");
  assert.equal(created, "\u001b[32m+ Namespace\u001b[0m new");
  assert.equal(deleted, "\u001b[31m- Pod\u001b[0m shop/old");
});
