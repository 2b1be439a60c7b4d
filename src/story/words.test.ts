import assert from "node:assert/strict";
import { test } from "node:test";
import { stepOf } from "./steps.ts";
import { change, SCHEDULED } from "./testing/changes.ts";
import type { Wanted } from "./testing/changes.ts";
import { durationText, timeText } from "./times.ts";
import { fieldTexts, whatOf, whoOf } from "./words.ts";

const users: [user: string, userAgent: string, who: string][] = [
  ["system:node:node-1", "kubelet/v1.36.0", "kubelet node-1"],
  ["system:serviceaccount:kube-system:deployment-controller", "kube-controller-manager/v1", "deployment-controller"],
  ["system:serviceaccount:shop:operator", "x", "shop/operator"],
  ["system:kube-scheduler", "kube-scheduler/v1.36.0", "kube-scheduler"],
  ["system:admin", "kubectl/v1", "admin (kubectl)"],
  ["jane", "kubectl/v1.36.0 (linux/amd64)", "jane (kubectl)"],
  ["jane", "", "jane"],
  ["", "", "somebody"],
];
for (const [user, userAgent, who] of users) {
  test(`${user || "nobody"} is ${who}`, () => assert.equal(whoOf({ user, userAgent }), who));
}

const acts: [what: string, wanted: Wanted, words: string][] = [
  ["create Pod web", {}, "created Pod web"],
  ["delete ConfigMap a", {}, "deleted ConfigMap a"],
  ["delete Pod web", { fields: ['metadata.deletionTimestamp "x" -'] }, "removed Pod web"],
  [
    "update Pod web",
    { fields: ['metadata.deletionTimestamp - "x"', "metadata.deletionGracePeriodSeconds - 30"] },
    "deleted Pod web (grace 30 s)",
  ],
  ["update Job a", { fields: ['metadata.deletionTimestamp - "x"'] }, "deleted Job a (waits for finalizers)"],
  ["update Pod web", { path: "/binding", fields: ['spec.nodeName - "n1"'] }, "chose n1"],
  ["update ReplicaSet a", { fields: ["spec.replicas 3 2"] }, "scaled ReplicaSet a from 3 to 2"],
  ["update Deployment a", { fields: ["spec.replicas 3 2", "spec.paused - true"] }, "changed Deployment a"],
  ["update Deployment a", { fields: ['metadata.annotations.x - "y"'] }, "annotated Deployment a"],
  ["update Pod web", { fields: ["metadata.finalizers - []"] }, "updated Pod web"],
  [
    "update Pod web",
    { fields: ['status.phase - "Running"', 'status.conditions[Ready].status - "True"'] },
    "reported Running, Ready",
  ],
  ["update Pod web", { fields: ['status.conditions[Ready].status "True" "False"'] }, "reported not Ready"],
  ["update Pod web", { fields: ['status.conditions[PodScheduled].status - "False"'] }, "reported no node fits"],
  [
    "update Pod web",
    { fields: ['status.containerStatuses[a].state.waiting.reason - "ErrImagePull"', 'status.phase - "Pending"'] },
    "reported a: ErrImagePull, Pending",
  ],
  ["update Pod web", { fields: ["status.containerStatuses[a].restartCount 1 2"] }, "reported a restarted (2×)"],
  [
    "update Deployment a",
    { fields: ["status.replicas - 1", "status.readyReplicas 1 -", 'status.conditions[Available].status - "True"'] },
    "reported 1 replica, 0 ready, Available",
  ],
  ["update Node n", { fields: ['status.conditions[Ready].status "True" "Unknown"'] }, "reported Ready unknown"],
  ["update Pod web", { fields: ['status.hostIP - "1.2.3.4"'] }, "reported status"],
];
for (const [what, wanted, words] of acts) {
  test(`${what} ${wanted.fields?.join(", ") ?? ""}: ${words}`, () => {
    const { objects, path } = change(1, what, wanted);
    assert.equal(whatOf(objects[0]!, path, objects[0]!.fields), words);
  });
}

test("fields as people call them", () => {
  const { objects } = change(1, "update Deployment web", {
    fields: [
      'spec.template.spec.containers[web].image "a:1" "a:2"',
      "spec.replicas 1 2",
      'metadata.labels.tier - "front"',
      'status.phase - "x"',
    ],
  });
  assert.deepEqual(fieldTexts(objects[0]!.fields, false), [
    "image of web: a:1 → a:2",
    "replicas: 1 → 2",
    "label tier: front",
  ]);
});

const steps: [step: string, detail: object, text: string, more: string[]][] = [
  ["pull image", { image: "a:1", bytes: 29_000_000 }, "pulled image a:1 (29 MB)", []],
  ["pull image", { image: "a:1", failure: "no such host" }, "could not pull image a:1", ["no such host"]],
  ["sandbox", { attempt: 0 }, "made the sandbox", []],
  ["start container", { container: "a", attempt: 2 }, "started container a (attempt 3)", []],
  ["mount volumes", { volumes: ["a", "b"] }, "mounted volumes a, b", []],
  ["mount volumes", { volumes: ["a", "b", "c", "d"] }, "mounted 4 volumes", []],
  ["warm up", {}, "warm up", []],
  [
    "schedule",
    SCHEDULED,
    "2 of 5 nodes fit",
    ["3 out: Insufficient cpu", "node-1 scored 120: NodeResourcesFit 120", "then node-2 100"],
  ],
];
for (const [step, detail, text, more] of steps) {
  test(`step: ${text}`, () => {
    const told = stepOf({ step, began: 0, ended: 1, detail });
    assert.deepEqual([told.text, told.more], [text, more]);
  });
}

const times: [milliseconds: number, text: string][] = [
  [0, "0 ms"],
  [999, "999 ms"],
  [999.7, "1.00 s"],
  [1214, "1.21 s"],
  [12_340, "12.3 s"],
  [59_960, "1 m 00 s"],
  [125_000, "2 m 05 s"],
  [3_600_000 * 3.34, "3 h 20 m"],
];
for (const [milliseconds, text] of times) {
  test(`${milliseconds} ms are ${text}`, () => assert.equal(durationText(milliseconds), text));
}

test("a moment is told in UTC", () =>
  assert.equal(timeText(Date.UTC(2026, 0, 2, 3, 4, 5, 6)), "2026-01-02 03:04:05.006 UTC"));
