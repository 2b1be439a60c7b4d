import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { NOW } from "../testing/objects.ts";
import { decide } from "./ephemeral-volume.ts";

const template = { metadata: { labels: { a: "b" } }, spec: { accessModes: ["ReadWriteOnce"] } };
const pod = (metadata: object = {}) =>
  ({
    metadata: { name: "p", namespace: "default", uid: "p1", ...metadata },
    spec: {
      volumes: [
        { name: "v", ephemeral: { volumeClaimTemplate: template } },
        { name: "e", emptyDir: {} },
      ],
    },
  }) as unknown as Pod;
const claim = (uid: string) =>
  ({
    metadata: { ownerReferences: [{ kind: "Pod", name: "p", uid, controller: true }] },
  }) as unknown as PersistentVolumeClaim;

for (const { rule, object = pod(), present, made, told } of [
  { rule: "a claim is made for the pod", made: ["p-v"], told: [] },
  { rule: "once", present: claim("p1"), made: [], told: [] },
  { rule: "not for a pod that goes", object: pod({ deletionTimestamp: "2026-01-01T00:00:00Z" }), made: [], told: [] },
  {
    rule: "not where another's is in its place",
    present: claim("p0"),
    made: [],
    told: ["PVC default/p-v was not created for pod default/p (pod is not owner)"],
  },
]) {
  test(`ephemeral volumes: ${rule}`, () => {
    const { writes, events = [] } = decide({ object, claim: () => present, now: NOW });
    const objects = writes.map((write) => (write as { object: PersistentVolumeClaim }).object);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      made,
    );
    for (const { metadata, spec } of objects) {
      assert.deepEqual([metadata.labels, metadata.ownerReferences?.[0]?.uid, spec], [{ a: "b" }, "p1", template.spec]);
    }
    assert.deepEqual(
      events.map(({ message }) => message),
      told,
    );
  });
}
