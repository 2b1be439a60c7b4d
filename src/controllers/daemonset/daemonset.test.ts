import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControllerRevision, DaemonSet } from "../../api/apps/index.ts";
import type { Node, Pod } from "../../api/core/index.ts";
import { REVISION_HASH } from "../runtime/revisions.ts";
import { NOW, pod, said, statusIn } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";
import { decide } from "./daemonset.ts";
import { FailedPods } from "./failed-pods.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [] } };
const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "set", controller: true };

const set = (rollingUpdate: object = {}) =>
  ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {
      name: "agent",
      namespace: "default",
      uid: "set",
      generation: 7,
      annotations: { "deprecated.daemonset.template.generation": "3" },
    },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template,
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
    },
    status: {},
  }) as unknown as DaemonSet;

const revisions = [
  {
    metadata: { name: "agent-new", labels: { app: "web", [REVISION_HASH]: "new" }, ownerReferences: [owner] },
    revision: 1,
    data: { spec: { template: { ...template, $patch: "replace" } } },
  },
] as unknown as ControllerRevision[];

const node = (name: string, effect?: string) =>
  ({
    metadata: { name, labels: {} },
    spec: effect === undefined ? {} : { taints: [{ key: "private", effect }] },
    status: {},
  }) as unknown as Node;

const daemon = (name: string, on: string, sketch: PodSketch & { readonly old?: boolean } = {}): Pod =>
  pod(name, {
    labels: { app: "web", [REVISION_HASH]: sketch.old === true ? "old" : "new" },
    owner,
    node: on,
    ...sketch,
  });

/** Made for a node and not scheduled. */
function waiting(name: string, on: string): Pod {
  const made = daemon(name, "", { ready: false, phase: "Pending" });
  const nodeSelectorTerms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [on] }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  return { ...made, spec: { ...made.spec, affinity } } as unknown as Pod;
}

const old = { old: true };
const broken = { ready: false };
const surge = { maxSurge: 1, maxUnavailable: 0 };

for (const { rule, rollingUpdate, nodes = [node("n1")], pods, writes, events = [], status } of [
  { rule: "a node without a pod gets one", pods: [], writes: ["create Pod"], status: { desired: 1, current: 0 } },
  {
    rule: "a pod that ended well is told of and replaced",
    pods: [daemon("a", "n1", { phase: "Succeeded", ready: false })],
    writes: ["delete Pod a"],
    events: ["Normal SucceededDaemonPod Found succeeded daemon pod default/a on node n1, will try to delete it"],
  },
  {
    rule: "one that failed is too",
    pods: [daemon("a", "n1", { phase: "Failed", ready: false })],
    writes: ["delete Pod a"],
    events: ["Warning FailedDaemonPod Found failed daemon pod default/a on node n1, will try to kill it"],
  },
  {
    rule: "a pod that is leaving still counts, and its place is not free",
    pods: [daemon("a", "n1", { deleting: true })],
    writes: [],
    status: { desired: 1, current: 1, ready: 1, available: 1 },
  },
  {
    rule: "one that is leaving and has ended does not",
    pods: [daemon("a", "n1", { deleting: true, phase: "Failed", ready: false })],
    writes: ["create Pod"],
    status: { desired: 1, current: 0 },
  },
  {
    rule: "of two on a node the older stays, ready or not",
    pods: [daemon("b", "n1"), daemon("a", "n1", broken)],
    writes: ["delete Pod b"],
    status: { current: 1, ready: 0 },
  },
  {
    rule: "a pod whose node is gone is left to others",
    pods: [daemon("a", "n1"), daemon("b", "n2")],
    writes: [],
    status: { desired: 1, current: 1, misscheduled: 0 },
  },
  {
    rule: "one that waits for a node that is gone is deleted",
    pods: [daemon("a", "n1"), waiting("b", "n2")],
    writes: ["delete Pod b"],
  },
  {
    rule: "a taint that came later keeps new pods off and lets the old one stay",
    nodes: [node("n1", "NoSchedule")],
    pods: [daemon("a", "n1")],
    writes: [],
    status: { desired: 0, current: 0, misscheduled: 1 },
  },
  {
    rule: "NoExecute drives it out",
    nodes: [node("n1", "NoExecute")],
    pods: [daemon("a", "n1")],
    writes: ["delete Pod a"],
  },
  {
    rule: "a rollout also takes the old pod of a node that gets no new one",
    nodes: [node("n1", "NoSchedule"), node("n2")],
    pods: [daemon("a", "n1", old), daemon("b", "n2")],
    writes: ["delete Pod a"],
  },
  {
    rule: "an old pod that does not work is replaced whatever else is missing",
    nodes: [node("n1"), node("n2"), node("n3")],
    pods: [daemon("a", "n1", { ...old, ...broken }), daemon("b", "n2", old), daemon("c", "n3", broken)],
    writes: ["delete Pod a"],
  },
  {
    rule: "no more are replaced than may be missing",
    rollingUpdate: { maxUnavailable: 2 },
    nodes: [node("n1"), node("n2"), node("n3")],
    pods: [daemon("a", "n1", old), daemon("b", "n2", old), daemon("c", "n3", old)],
    writes: ["delete Pod a", "delete Pod b"],
  },
  {
    rule: "with surge the new one comes first",
    rollingUpdate: surge,
    pods: [daemon("a", "n1", old)],
    writes: ["create Pod"],
  },
  {
    rule: "with surge the old one waits for the new one",
    rollingUpdate: surge,
    pods: [daemon("a", "n1", old), daemon("b", "n1", broken)],
    writes: [],
  },
  {
    rule: "with surge the old one goes when the new one works",
    rollingUpdate: surge,
    pods: [daemon("a", "n1", old), daemon("b", "n1")],
    writes: ["delete Pod a"],
  },
  {
    rule: "with surge an old one that is not ready goes at once",
    rollingUpdate: surge,
    pods: [daemon("a", "n1", { ...old, ...broken }), daemon("b", "n1", broken)],
    writes: ["delete Pod a"],
  },
  {
    rule: "with surge a node whose only pod is leaving gets another",
    rollingUpdate: surge,
    pods: [daemon("a", "n1", { deleting: true })],
    writes: ["create Pod"],
  },
]) {
  test(rule, () => {
    const plan = decide({ object: set(rollingUpdate), pods, revisions, nodes, failed: new FailedPods(), now: NOW });
    assert.deepEqual(said(plan), writes);
    assert.deepEqual(
      plan.events?.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
      events,
    );
    const { currentNumberScheduled: current, desiredNumberScheduled: desired, ...rest } = statusIn(plan);
    const told = {
      current,
      desired,
      misscheduled: rest["numberMisscheduled"],
      ready: rest["numberReady"],
      available: rest["numberAvailable"],
    };
    for (const [name, count] of Object.entries(status ?? {}))
      assert.equal(told[name as keyof typeof told], count, name);
  });
}

test("a pod is labelled with how often the template has changed", () => {
  const plan = decide({ object: set(), pods: [], revisions, nodes: [node("n1")], failed: new FailedPods(), now: NOW });
  const [write] = plan.writes as unknown as [{ readonly object: Pod }];
  assert.deepEqual(write.object.metadata.labels, {
    app: "web",
    "pod-template-generation": "3",
    [REVISION_HASH]: "new",
  });
});
