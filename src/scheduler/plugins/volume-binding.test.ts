import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import type { StorageClass } from "../../api/storage/index.ts";
import { Cluster } from "../cluster.ts";
import { Placement } from "../placement.ts";
import { podState } from "../pod-state.ts";
import { volumeBinding } from "./volume-binding.ts";

const node = (name: string) =>
  ({ metadata: { name, labels: { host: name } }, spec: {}, status: {} }) as unknown as Node;
const on = (host: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "host", operator: "In", values: [host] }] }] },
});
const volume = (name: string, spec: object = {}, phase = "Available") =>
  ({
    metadata: { name },
    spec: { capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
    status: { phase },
  }) as unknown as PersistentVolume;
const claim = (name: string, spec: object = {}, annotations: object = {}, more: object = {}) =>
  ({
    metadata: { name, namespace: "default", uid: name, annotations, ...more },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    status: {},
  }) as unknown as PersistentVolumeClaim;
const bound = (name: string, to: string) =>
  claim(name, { volumeName: to }, { "pv.kubernetes.io/bind-completed": "yes" });
const late = (name: string, more: object = {}) =>
  ({
    metadata: { name },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
    ...more,
  }) as unknown as StorageClass;
const topology = { allowedTopologies: [{ matchLabelExpressions: [{ key: "host", values: ["b"] }] }] };
const of = (storageClassName: string, host?: string) => ({ storageClassName, ...(host && { nodeAffinity: on(host) }) });

const NONE = "node(s) didn't find available persistent volumes to bind";
const AFFINITY = "node(s) didn't match PersistentVolume's node affinity";

for (const { rule, claims, volumes = [], classes = [], uses = ["c"], ephemeral = false, goes } of [
  { rule: "a pod without claims", claims: [], uses: [], goes: ["a", "b"] },
  { rule: "a claim that is not there", claims: [], goes: 'persistentvolumeclaim "c" not found' },
  {
    rule: "a claim that is still to be made for the pod",
    claims: [],
    uses: [],
    ephemeral: true,
    goes: 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e"',
  },
  { rule: "a claim without a volume", claims: [claim("c")], goes: "pod has unbound immediate PersistentVolumeClaims" },
  {
    rule: "a claim that goes",
    claims: [claim("c", {}, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })],
    goes: 'persistentvolumeclaim "c" is being deleted',
  },
  { rule: "a bound claim", claims: [bound("c", "v")], volumes: [volume("v")], goes: ["a", "b"] },
  {
    rule: "a volume that one node reaches",
    claims: [bound("c", "v")],
    volumes: [volume("v", { nodeAffinity: on("b") })],
    goes: ["b"],
  },
  {
    rule: "two volumes on two nodes",
    claims: [bound("c", "v"), bound("d", "w")],
    uses: ["c", "d"],
    volumes: [volume("v", { nodeAffinity: on("b") }), volume("w", { nodeAffinity: on("a") })],
    goes: AFFINITY,
  },
  {
    rule: "a volume that is gone",
    claims: [bound("c", "v")],
    goes: "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
  },
  {
    rule: "a claim that waits, where a volume is free",
    claims: [claim("c", of("late"))],
    classes: [late("late")],
    volumes: [volume("v", of("late", "a")), volume("w", of("late", "b"), "Bound")],
    goes: ["a"],
  },
  {
    rule: "two claims that wait, for one volume",
    claims: [claim("c", of("late")), claim("d", of("late"))],
    uses: ["c", "d"],
    classes: [late("late")],
    volumes: [volume("v", of("late"))],
    goes: NONE,
  },
  {
    rule: "a claim that waits, where a volume can be made",
    claims: [claim("c", of("late"))],
    classes: [late("late", { provisioner: "disks.example.com", ...topology })],
    goes: ["b"],
  },
  {
    rule: "a claim that waits, whose node was chosen",
    claims: [claim("c", of("late"), { "volume.kubernetes.io/selected-node": "a" })],
    classes: [late("late", { provisioner: "disks.example.com" })],
    goes: ["a"],
  },
]) {
  test(`volumes: ${rule}`, () => {
    const cluster = new Cluster();
    for (const name of ["a", "b"]) cluster.addNode(node(name));
    for (const one of claims) cluster.volumes.claims.set(`default/${one.metadata.name}`, one);
    for (const one of volumes) cluster.volumes.volumes.set(one.metadata.name, one);
    for (const one of classes) cluster.volumes.classes.set(one.metadata.name, one);
    const wanted = podState({
      metadata: { name: "p", namespace: "default", uid: "p" },
      spec: {
        containers: [],
        volumes: [
          ...uses.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
          ...(ephemeral ? [{ name: "e", ephemeral: {} }] : []),
        ],
      },
    } as unknown as Pod);
    const placement = new Placement(cluster, [volumeBinding], () => 0);
    const decision = placement.decide(wanted, 5);
    const found = decision.node
      ? decision.ranking.length > 0
        ? decision.ranking.map((each) => each.node).toSorted()
        : [decision.node.name]
      : [...decision.failure.reasons.keys()].join();
    assert.deepEqual(found, goes);
  });
}
