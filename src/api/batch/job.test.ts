import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { Job } from "./job.ts";

const GIVEN = { "batch.kubernetes.io/job-name": "j", "job-name": "j" };

for (const { rule, own, template, labels } of [
  {
    rule: "has those of its template, and what its pods are given",
    template: { app: "a" },
    labels: { app: "a", ...GIVEN },
  },
  { rule: "has its own alone, where it has some", own: { tier: "x" }, template: { app: "a" }, labels: { tier: "x" } },
  { rule: "has what its pods are given, where neither says any", labels: GIVEN },
] as const) {
  test(`labels of a Job: it ${rule}`, () => {
    const spec = { template: { metadata: template && { labels: template }, spec: { containers: [] } } };
    const job = decodeObject(Job, { metadata: { name: "j", ...(own && { labels: own }) }, spec });
    job.metadata.uid = "u";
    Job.prepareForCreate!(job, { now: 0, username: "jane", user: { username: "jane", groups: [] }, warn: assert.fail });
    const uid = { "batch.kubernetes.io/controller-uid": "u", "controller-uid": "u" };
    assert.deepEqual(job.metadata.labels, "job-name" in labels ? { ...uid, ...labels } : labels);
  });
}

test("a Job that was read again says nothing of labels that it does not have", () => {
  const job = decodeObject(Job, { metadata: { name: "j" }, spec: { template: { spec: { containers: [] } } } });
  assert.equal(Object.hasOwn(job.metadata, "labels"), false);
});
