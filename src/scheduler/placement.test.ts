import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod } from "../api/core/index.ts";
import { Cluster } from "./cluster.ts";
import { Placement } from "./placement.ts";
import { podState } from "./pod-state.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { preempt } from "./preemption.ts";

let serial = 0;
const node = (
  name: string,
  more: { labels?: object; spec?: object; cpu?: string; memory?: string; pods?: string; images?: object[] } = {},
) =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...more.labels } },
    spec: { ...more.spec },
    status: {
      allocatable: { cpu: more.cpu ?? "4", memory: more.memory ?? "8Gi", pods: more.pods ?? "110" },
      images: more.images,
    },
  }) as unknown as Node;

const pod = (
  spec: object = {},
  more: { labels?: object; cpu?: string; port?: number; on?: string; owner?: string; image?: string } = {},
) => {
  const uid = `uid-${++serial}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: uid,
      namespace: "default",
      uid,
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: more.labels,
      ownerReferences: more.owner
        ? [{ kind: "ReplicaSet", uid: more.owner, controller: true, name: "rs", apiVersion: "apps/v1" }]
        : undefined,
    },
    spec: {
      containers: [
        {
          name: "c",
          image: more.image ?? "busybox",
          resources: more.cpu ? { requests: { cpu: more.cpu, memory: "64Mi" } } : {},
          ports: more.port ? [{ containerPort: 80, hostPort: more.port }] : undefined,
        },
      ],
      nodeName: more.on,
      ...spec,
    },
  } as unknown as Pod;
};

function decide(nodes: Node[], placed: Pod[], wanted: Pod): string {
  const cluster = new Cluster();
  for (const each of nodes) cluster.addNode(each);
  for (const each of placed) cluster.setPod(each);
  const decision = new Placement(cluster, defaultPlugins, () => 0).decide(podState(wanted));
  if (decision.node) return decision.node.name;
  return [...decision.failure.reasons]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(", ");
}

const soft = { key: "soft", effect: "PreferNoSchedule" };
const zone = (name: string) => ({ "topology.kubernetes.io/zone": name });
const spread = (whenUnsatisfiable: string, topologyKey = "topology.kubernetes.io/zone") => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: { app: "web" } } },
  ],
});
const affinity = (kind: string) => ({
  affinity: {
    [kind]: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } },
      ],
    },
  },
});
const web = { app: "web" };

for (const { rule, nodes, placed = [], wanted, goes } of [
  { rule: "without nodes nothing is rejected and nothing found", nodes: [], wanted: pod(), goes: "" },
  { rule: "a node with room takes the pod", nodes: [node("a")], wanted: pod({}, { cpu: "1" }), goes: "a" },
  {
    rule: "a full node does not",
    nodes: [node("a", { cpu: "1" })],
    placed: [pod({}, { cpu: "800m", on: "a" })],
    wanted: pod({}, { cpu: "300m" }),
    goes: "1 Insufficient cpu",
  },
  {
    rule: "pods without requests take places too",
    nodes: [node("a", { pods: "1" })],
    placed: [pod({}, { on: "a" })],
    wanted: pod(),
    goes: "1 Too many pods",
  },
  {
    rule: "the emptier node is preferred",
    nodes: [node("a"), node("b")],
    placed: [pod({}, { cpu: "2", on: "a" })],
    wanted: pod({}, { cpu: "1" }),
    goes: "b",
  },
  {
    rule: "cordoned nodes are out",
    nodes: [node("a", { spec: { unschedulable: true } })],
    wanted: pod(),
    goes: "1 node(s) were unschedulable",
  },
  {
    rule: "a hard taint keeps pods off",
    nodes: [node("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } })],
    wanted: pod(),
    goes: "1 node(s) had untolerated taint(s)",
  },
  {
    rule: "a toleration lets them on",
    nodes: [node("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } })],
    wanted: pod({ tolerations: [{ operator: "Exists" }] }),
    goes: "a",
  },
  {
    rule: "a soft taint only ranks",
    nodes: [node("a", { spec: { taints: [soft] } }), node("b")],
    wanted: pod(),
    goes: "b",
  },
  {
    rule: "a node selector must match",
    nodes: [node("a"), node("b", { labels: { disk: "ssd" } })],
    wanted: pod({ nodeSelector: { disk: "ssd" } }),
    goes: "b",
  },
  {
    rule: "no node matches the selector",
    nodes: [node("a")],
    wanted: pod({ nodeSelector: { disk: "ssd" } }),
    goes: "1 node(s) didn't match Pod's node affinity/selector",
  },
  {
    rule: "a host port is taken once",
    nodes: [node("a")],
    placed: [pod({}, { port: 80, on: "a" })],
    wanted: pod({}, { port: 80 }),
    goes: "1 node(s) didn't have free ports for the requested pod ports",
  },
  {
    rule: "a node that has the image is preferred",
    nodes: [node("a"), node("b", { images: [{ names: ["big:1"], sizeBytes: 9e8 }] })],
    wanted: pod({}, { image: "big:1" }),
    goes: "b",
  },
  {
    rule: "hard spread keeps zones even",
    nodes: [node("a", { labels: zone("x") }), node("b", { labels: zone("y"), cpu: "1" })],
    placed: [pod({}, { labels: web, on: "a" })],
    wanted: pod(spread("DoNotSchedule"), { labels: web }),
    goes: "b",
  },
  {
    rule: "hard spread needs the label",
    nodes: [node("a")],
    wanted: pod(spread("DoNotSchedule"), { labels: web }),
    goes: "1 node(s) didn't match pod topology spread constraints (missing required label)",
  },
  {
    rule: "a label of a name that all objects have is missing like others",
    nodes: [node("a")],
    wanted: pod(spread("DoNotSchedule", "constructor"), { labels: web }),
    goes: "1 node(s) didn't match pod topology spread constraints (missing required label)",
  },
  {
    rule: "soft spread prefers the emptier host",
    nodes: [node("a"), node("b")],
    placed: [pod({}, { labels: web, on: "a" })],
    wanted: pod(spread("ScheduleAnyway", "kubernetes.io/hostname"), { labels: web }),
    goes: "b",
  },
  {
    rule: "anti-affinity keeps apart",
    nodes: [node("a")],
    placed: [pod({}, { labels: web, on: "a" })],
    wanted: pod(affinity("podAntiAffinity"), { labels: web }),
    goes: "1 node(s) didn't match pod anti-affinity rules",
  },
  {
    rule: "anti-affinity of others counts too",
    nodes: [node("a")],
    placed: [pod(affinity("podAntiAffinity"), { on: "a" })],
    wanted: pod({}, { labels: web }),
    goes: "1 node(s) didn't satisfy existing pods anti-affinity rules",
  },
  {
    rule: "affinity brings together",
    nodes: [node("a"), node("b")],
    placed: [pod({}, { labels: web, cpu: "3", on: "a" })],
    wanted: pod(affinity("podAffinity")),
    goes: "a",
  },
  {
    rule: "the first of a group may start it",
    nodes: [node("a")],
    wanted: pod(affinity("podAffinity"), { labels: web }),
    goes: "a",
  },
  {
    rule: "affinity to nobody fits nowhere",
    nodes: [node("a")],
    wanted: pod(affinity("podAffinity")),
    goes: "1 node(s) didn't match pod affinity rules",
  },
]) {
  test(rule, () => assert.equal(decide(nodes, placed, wanted), goes));
}

test("replicas of one shape are spread one by one, as if each were decided afresh", () => {
  const cluster = new Cluster();
  for (let i = 0; i < 7; i++) cluster.addNode(node(`n${i}`, { cpu: String(2 + i) }));
  const kept = new Placement(cluster, defaultPlugins, () => 0);
  for (let i = 0; i < 60; i++) {
    const state = podState(pod({}, { cpu: "500m" }));
    const fresh = new Placement(cluster, defaultPlugins, () => 0).decide(state);
    const decision = kept.decide(state);
    assert.equal(decision.node === undefined, fresh.node === undefined, `pod ${i}`);
    if (!decision.node || !fresh.node) continue;
    assert.equal(decision.total, fresh.total, `pod ${i}`);
    cluster.assume(state, decision.node);
  }
  assert.equal([...cluster.pods()].length, 60);
});

test("a change of a node is seen by placements that were made before it", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a"));
  const placement = new Placement(cluster, defaultPlugins, () => 0);
  assert.equal(placement.decide(podState(pod())).node?.name, "a");
  cluster.updateNode(node("a", { spec: { unschedulable: true } }));
  assert.equal(placement.decide(podState(pod())).node, undefined);
  cluster.removeNode("a");
  cluster.addNode(node("b"));
  assert.equal(placement.decide(podState(pod())).node?.name, "b");
});

test("preemption evicts the least important pods that make room, and no others", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a", { cpu: "2" }));
  cluster.setPod(pod({ priority: 5 }, { cpu: "1", on: "a" }));
  const least = pod({ priority: 1 }, { cpu: "1", on: "a" });
  cluster.setPod(least);
  const wanted = podState(pod({ priority: 10 }, { cpu: "500m" }));
  const decision = new Placement(cluster, defaultPlugins, () => 0).decide(wanted);
  assert.ok(decision.node === undefined);
  const outcome = preempt(wanted, decision.failure, cluster);
  assert.ok(typeof outcome === "object");
  assert.deepEqual(
    outcome.victims.map(({ uid }) => uid),
    [least.metadata.uid],
  );
});

test("preemption says why it cannot help", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a", { cpu: "1" }));
  cluster.addNode(node("b", { spec: { unschedulable: true } }));
  cluster.setPod(pod({ priority: 100 }, { cpu: "900m", on: "a" }));
  const wanted = podState(pod({ priority: 10 }, { cpu: "500m" }));
  const decision = new Placement(cluster, defaultPlugins, () => 0).decide(wanted);
  assert.ok(decision.node === undefined);
  assert.equal(
    preempt(wanted, decision.failure, cluster),
    "0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
  );
});
