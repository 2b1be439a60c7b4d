import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManagedFieldsEntry } from "../kind.ts";
import { ownersOfScale, ownersOfScaled } from "./scale-owners.ts";

const TIME = "2020-01-01T00:00:00Z";
const [APPS, SCALE] = ["apps/v1", "autoscaling/v1"];

/** `m1 Apply apps/v1 replicas+paused at`: manager, operation, version, fields of the spec, whether it has a time; `/scale`. */
function entry(text: string): ManagedFieldsEntry {
  const [who = "", operation = "", apiVersion = "", fields = "", at] = text.split(" ");
  const [manager = "", subresource] = who.split("/");
  const spec = Object.fromEntries(fields.split("+").map((name) => [`f:${name}`, {}]));
  return {
    manager,
    operation: operation as "Apply" | "Update",
    apiVersion,
    ...(at && { time: TIME }),
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": spec },
    ...(subresource && { subresource }),
  };
}

const rows: { rule: string; owners: string[]; scale: string[]; now: string[]; after: string[] }[] = [
  {
    rule: "only owners of replicas own something of the scale",
    owners: [`a Apply ${APPS} replicas+paused at`, `b Apply ${APPS} paused at`],
    scale: [`a Apply ${SCALE} replicas at`],
    now: [`a Apply ${SCALE} replicas at`],
    after: [`a Apply ${APPS} replicas+paused at`, `b Apply ${APPS} paused at`],
  },
  {
    rule: "whoever writes the scale takes the replicas, without a time",
    owners: [`a Apply ${APPS} replicas+paused at`],
    scale: [`a Apply ${SCALE} replicas at`],
    now: [`s/scale Update ${SCALE} replicas at`],
    after: [`a Apply ${APPS} paused at`, `s/scale Update ${APPS} replicas`],
  },
  {
    rule: "an owner of nothing else goes",
    owners: [`a Apply ${APPS} replicas at`],
    scale: [`a Apply ${SCALE} replicas at`],
    now: [`s/scale Apply ${SCALE} replicas at`],
    after: [`s/scale Apply ${APPS} replicas`],
  },
  {
    rule: "an updater that keeps the replicas has them by themselves",
    owners: [`a Update ${APPS} replicas+paused at`],
    scale: [`a Update ${SCALE} replicas at`],
    now: [`a Update ${SCALE} replicas at`],
    after: [`a Update ${APPS} replicas`, `a Update ${APPS} paused at`],
  },
  {
    rule: "owners of other things of the scale own nothing of the object",
    owners: [`a Apply ${APPS} paused at`],
    scale: [],
    now: [`s/scale Update ${SCALE} other at`],
    after: [`a Apply ${APPS} paused at`],
  },
  {
    rule: "who wrote in another group is not known",
    owners: [`a Update other/v1 replicas at`, `b Apply ${APPS} replicas at`],
    scale: [`b Apply ${SCALE} replicas at`],
    now: [`b Apply ${SCALE} replicas at`],
    after: [`b Apply ${APPS} replicas at`],
  },
];

for (const { rule, owners, scale, now, after } of rows) {
  test(rule, () => {
    const scaled = { managedFields: owners.map(entry), apiVersion: APPS, replicas: "spec.replicas" };
    assert.deepEqual(ownersOfScale(scaled) ?? [], scale.map(entry));
    assert.deepEqual(ownersOfScaled(scaled, now.map(entry)), after.map(entry));
  });
}
