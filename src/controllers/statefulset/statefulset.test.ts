import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControllerRevision, StatefulSet } from "../../api/apps/index.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { REVISION_HASH } from "../runtime/revisions.ts";
import { NOW, pod, said, statusIn } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";
import { decide } from "./statefulset.ts";

const template = (image: string) => ({ metadata: { labels: { app: "web" } }, spec: { containers: [{ image }] } });
const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "set", controller: true };

const set = (spec: object) =>
  ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "default", uid: "set", generation: 2 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: template("new"),
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status: { currentRevision: "web-old", updateRevision: "web-new" },
  }) as unknown as StatefulSet;

const revisions = ["old", "new"].map((name, at) => ({
  metadata: { name: `web-${name}`, labels: { app: "web", [REVISION_HASH]: `web-${name}` }, ownerReferences: [owner] },
  revision: at + 1,
  data: { spec: { template: { ...template(name), $patch: "replace" } } },
})) as unknown as ControllerRevision[];

const replica = (ordinal: number, revision: "old" | "new", sketch: PodSketch = {}): Pod =>
  pod(`web-${ordinal}`, {
    labels: { app: "web", [REVISION_HASH]: `web-${revision}`, "statefulset.kubernetes.io/pod-name": `web-${ordinal}` },
    owner,
    ...sketch,
  });

const broken = { ready: false };
const parallel = { podManagementPolicy: "Parallel" };
const data = { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }] };
const policy = (whenScaled: string, whenDeleted: string) => ({
  persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted },
});

const claim = (ordinal: number, more: object = {}) =>
  ({
    metadata: { name: `data-web-${ordinal}`, namespace: "default", uid: `data-${ordinal}`, ...more },
  }) as PersistentVolumeClaim;
const reference = (kind: string, name: string, uid: string, controller = true) => ({
  apiVersion: kind === "Pod" ? "v1" : "apps/v1",
  kind,
  name,
  uid,
  controller,
});
const bySet = reference("StatefulSet", "web", "set");
const rival = reference("Widget", "w", "w");

for (const { rule, spec = {}, claims = [], pods, writes, events = [] } of [
  {
    rule: "the highest goes first",
    spec: { replicas: 1 },
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new")],
    writes: ["delete Pod web-2"],
  },
  {
    rule: "none goes while several are broken",
    spec: { replicas: 0 },
    pods: [replica(0, "new", broken), replica(1, "new", broken), replica(2, "new", broken)],
    writes: [],
  },
  {
    rule: "the only broken one may go",
    spec: { replicas: 0 },
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new", broken)],
    writes: ["delete Pod web-2"],
  },
  {
    rule: "in parallel all go, broken or not",
    spec: { replicas: 0, podManagementPolicy: "Parallel" },
    pods: [replica(0, "new", broken), replica(1, "new", broken)],
    writes: ["delete Pod web-1", "delete Pod web-0"],
  },
  {
    rule: "one that is missing during a rollout is made from the new template",
    pods: [replica(1, "old"), replica(2, "new")],
    writes: ["create Pod new"],
  },
  {
    rule: "one below the partition is made from the former template",
    spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
    pods: [replica(1, "old"), replica(2, "new")],
    writes: ["create Pod old"],
  },
  {
    rule: "a rollout takes the highest of the former template",
    pods: [replica(0, "old"), replica(1, "old"), replica(2, "new")],
    writes: ["delete Pod web-1"],
  },
  {
    rule: "a rollout in parallel waits for the highest, and takes one at a time",
    spec: parallel,
    pods: [replica(0, "old"), replica(1, "old", broken), replica(2, "new", broken)],
    writes: [],
  },
  {
    rule: "a rollout in parallel takes an old one that does not work",
    spec: parallel,
    pods: [replica(0, "old"), replica(1, "old", broken), replica(2, "new")],
    writes: ["delete Pod web-1"],
  },
  {
    rule: "a rollout waits for one that leaves",
    spec: parallel,
    pods: [replica(0, "old"), replica(1, "old"), replica(2, "old", { deleting: true })],
    writes: [],
  },
  {
    rule: "one that ended is deleted, and blocks the next",
    pods: [replica(0, "new", { phase: "Succeeded", ready: false })],
    writes: ["delete Pod web-0"],
  },
  {
    rule: "a pod that lost its name gets it back",
    spec: { replicas: 1 },
    pods: [pod("web-0", { labels: { app: "web", [REVISION_HASH]: "web-new" }, owner })],
    writes: ["update Pod web-0"],
  },
  {
    rule: "a pod comes after its claim",
    spec: { ...data, replicas: 1 },
    pods: [],
    writes: ["create PersistentVolumeClaim data-web-0", "create Pod new"],
  },
  {
    rule: "a pod that waits gets a claim that somebody deleted",
    spec: { ...data, replicas: 1 },
    pods: [replica(0, "new", { phase: "Pending", ready: false })],
    writes: ["create PersistentVolumeClaim data-web-0"],
  },
  {
    rule: "no pod comes while its claim is leaving",
    spec: { ...data, replicas: 1 },
    claims: [claim(0, { deletionTimestamp: "2025-12-31T00:00:00Z" })],
    pods: [],
    writes: [],
    events: ["FailedCreate Create Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted"],
  },
  {
    rule: "no pod comes while its claim is to go with the pod before",
    spec: { ...data, ...policy("Delete", "Retain"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [reference("Pod", "web-0", "before")] })],
    pods: [],
    writes: [],
  },
  {
    rule: "claims that go with the set are owned by it",
    spec: { ...data, ...policy("Retain", "Delete"), replicas: 1 },
    claims: [claim(0)],
    pods: [replica(0, "new")],
    writes: ["update PersistentVolumeClaim data-web-0 of set"],
  },
  {
    rule: "claims that go with their pods are owned by those that are to go",
    spec: { ...data, ...policy("Delete", "Delete"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [bySet] }), claim(1, { ownerReferences: [bySet] })],
    pods: [replica(0, "new"), replica(1, "new")],
    writes: ["update PersistentVolumeClaim data-web-1 of web-1", "delete Pod web-1"],
  },
  {
    rule: "an owner that does not control is made one that does",
    spec: { ...data, ...policy("Retain", "Delete"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [{ ...bySet, controller: false }] })],
    pods: [replica(0, "new")],
    writes: ["update PersistentVolumeClaim data-web-0 of set"],
  },
  {
    rule: "a claim that somebody else controls is left to them",
    spec: { ...data, ...policy("Retain", "Delete"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [rival] })],
    pods: [replica(0, "new")],
    writes: [],
  },
  {
    rule: "and we give up our part in it",
    spec: { ...data, ...policy("Retain", "Delete"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [rival, bySet] })],
    pods: [replica(0, "new")],
    writes: ["update PersistentVolumeClaim data-web-0 of w"],
  },
  {
    rule: "a claim of a former set of the same name is not touched",
    spec: { ...data, ...policy("Retain", "Delete"), replicas: 1 },
    claims: [claim(0, { ownerReferences: [reference("StatefulSet", "web", "before")] })],
    pods: [replica(0, "new")],
    writes: [],
  },
]) {
  test(rule, () => {
    const byName = new Map(claims.map((each) => [each.metadata.name, each]));
    const plan = decide({ object: set(spec), pods, revisions, claim: (name) => byName.get(name), now: NOW });
    const words = said(plan).map((text, at) => {
      const write = plan.writes[at]!;
      const { metadata, spec: made } = (write as { readonly object: Pod }).object;
      if (write.verb === "create") return `${text} ${made?.containers?.[0]!.image ?? metadata.name}`;
      const owners = metadata.ownerReferences?.map(({ uid }) => uid).join();
      return write.kind.kind === "PersistentVolumeClaim" ? `${text} of ${owners}` : text;
    });
    assert.deepEqual(words, writes);
    assert.deepEqual(
      plan.events?.map(({ reason, message }) => `${reason} ${message}`),
      events,
    );
  });
}

for (const { rule, spec = {}, pods, shows } of [
  {
    rule: "the new template is the current one when all pods are of it and ready",
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new")],
    shows: { currentRevision: "web-new", currentReplicas: 3, updatedReplicas: 3 },
  },
  {
    rule: "not when pods are only replaced by hand",
    spec: { updateStrategy: { type: "OnDelete" } },
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new")],
    shows: { currentRevision: "web-old", currentReplicas: 0, updatedReplicas: 3 },
  },
  {
    rule: "a pod that does not run is not ready, whatever it says",
    pods: [replica(0, "new", { phase: "Failed" }), replica(1, "new", { deleting: true })],
    shows: { replicas: 2, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 },
  },
]) {
  test(rule, () => {
    const shown = statusIn(decide({ object: set(spec), pods, revisions, claim: () => undefined, now: NOW }));
    assert.deepEqual(Object.fromEntries(Object.keys(shows).map((name) => [name, shown[name]])), shows);
  });
}
