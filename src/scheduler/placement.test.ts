import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod } from "../api/core/index.ts";
import { Cluster } from "./cluster.ts";
import { Placement } from "./placement.ts";
import { podState } from "./pod-state.ts";
import type { PodState } from "./pod-state.ts";
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
const twoTerms = {
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [web, { tier: "front" }].map((matchLabels) => ({
        topologyKey: "kubernetes.io/hostname",
        labelSelector: { matchLabels },
      })),
    },
  },
};
const leaving = (each: Pod) =>
  ({ ...each, metadata: { ...each.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }) as Pod;
const stateful = (name: string, on?: string) => {
  const each = pod({}, { labels: { ...web, "statefulset.kubernetes.io/pod-name": name }, ...(on && { on }) });
  const owner = { kind: "StatefulSet", uid: "db", controller: true, name: "db", apiVersion: "apps/v1" };
  return { ...each, metadata: { ...each.metadata, ownerReferences: [owner] } } as Pod;
};

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
    rule: "a pod that is being deleted keeps others away as long as it is there",
    nodes: [node("a")],
    placed: [leaving(pod({}, { labels: web, on: "a" }))],
    wanted: pod(affinity("podAntiAffinity"), { labels: web }),
    goes: "1 node(s) didn't match pod anti-affinity rules",
  },
  {
    rule: "affinity asks for one pod that all its terms select, not for one each",
    nodes: [node("a")],
    placed: [pod({}, { labels: web, on: "a" }), pod({}, { labels: { tier: "front" }, on: "a" })],
    wanted: pod(twoTerms),
    goes: "1 node(s) didn't match pod affinity rules",
  },
  {
    rule: "a pod that all terms select is one to be with",
    nodes: [node("a"), node("b")],
    placed: [pod({}, { labels: { ...web, tier: "front" }, cpu: "3", on: "a" })],
    wanted: pod(twoTerms),
    goes: "a",
  },
  {
    rule: "soft spread leaves nodes without the label for last",
    nodes: [node("a", { labels: zone("x") }), node("b")],
    placed: [pod({}, { labels: web, on: "a" })],
    wanted: pod(spread("ScheduleAnyway"), { labels: web }),
    goes: "a",
  },
  {
    rule: "hard spread counts only pods on nodes that have all the keys",
    nodes: [node("a", { labels: { ...zone("x"), rack: "1" } }), node("b", { labels: zone("y") })],
    placed: [pod({}, { labels: web, on: "a" })],
    wanted: pod(
      {
        topologySpreadConstraints: [
          ...spread("DoNotSchedule").topologySpreadConstraints,
          { ...spread("DoNotSchedule").topologySpreadConstraints[0], topologyKey: "rack", maxSkew: 5 },
        ],
      },
      { labels: web },
    ),
    goes: "a",
  },
  {
    rule: "pods of a StatefulSet are spread as those of a ReplicaSet",
    nodes: [node("a"), node("b", { cpu: "1", memory: "1Gi" })],
    placed: [stateful("db-0", "a"), stateful("db-1", "a"), stateful("db-2", "a")],
    wanted: stateful("db-3"),
    goes: "b",
  },
  {
    rule: "a sidecar's host port is taken, too",
    nodes: [node("a")],
    placed: [pod({ initContainers: [{ restartPolicy: "Always", ports: [{ hostPort: 80 }] }] }, { on: "a" })],
    wanted: pod({}, { port: 80 }),
    goes: "1 node(s) didn't have free ports for the requested pod ports",
  },
  {
    rule: "what init containers and overhead ask for counts in ranking",
    nodes: [node("a"), node("b")],
    placed: [pod({ overhead: { cpu: "3", memory: "4Gi" } }, { on: "a" }), pod({}, { on: "b" }), pod({}, { on: "b" })],
    wanted: pod(),
    goes: "b",
  },
  {
    rule: "a pod that names its node hears nothing of others' taints and resources",
    nodes: [node("a", { cpu: "1" }), node("b", { spec: { unschedulable: true } }), node("c")],
    wanted: pod(
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
            },
          },
        },
      },
      { cpu: "2" },
    ),
    goes: "1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]",
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
  assert.deepEqual(preempted(cluster, wanted), { node: "a", victims: [least.metadata.uid] });
});

test("preemption says why it cannot help", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a", { cpu: "1" }));
  cluster.addNode(node("b", { spec: { unschedulable: true } }));
  cluster.addNode(node("c", { cpu: "1" }));
  cluster.setPod(pod({ priority: 100 }, { cpu: "900m", on: "a" }));
  cluster.setPod(pod({ priority: 100 }, { cpu: "600m", on: "c" }));
  cluster.setPod(pod({ priority: 1 }, { cpu: "100m", on: "c" }));
  assert.equal(
    preempted(cluster, podState(pod({ priority: 10 }, { cpu: "500m" }))),
    "0/3 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
  );
});

/** What is decided for a pod that fits nowhere. */
function preempted(cluster: Cluster, wanted: PodState): object | string {
  const decision = new Placement(cluster, defaultPlugins, () => 0).decide(wanted);
  assert.ok(decision.node === undefined);
  const outcome = preempt(wanted, decision.failure, cluster, defaultPlugins, () => 0);
  if ("message" in outcome) return outcome.message;
  return { node: outcome.node.name, victims: outcome.victims.map(({ uid }) => uid) };
}

test("preemption evicts whom the pod may not be near, and nobody where that would not help", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a"));
  cluster.setPod(pod({ priority: 1 }, { on: "a" }));
  const rival = pod({ priority: 2 }, { labels: web, on: "a" });
  cluster.setPod(rival);
  const wanted = podState(pod({ priority: 10, ...affinity("podAntiAffinity") }));
  assert.deepEqual(preempted(cluster, wanted), { node: "a", victims: [rival.metadata.uid] });
  cluster.setPod({ ...rival, spec: { ...rival.spec, priority: 20 }, metadata: { ...rival.metadata, generation: 2 } });
  assert.equal(preempted(cluster, wanted), "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.");
  assert.equal([...cluster.pods()].length, 2);
});

test("preemption rather evicts pods that no budget keeps, and as few of the others as it must", () => {
  const cluster = new Cluster();
  for (const name of ["a", "b"]) cluster.addNode(node(name, { cpu: "1" }));
  const guarded = pod({ priority: 1 }, { cpu: "500m", labels: web, on: "a" });
  const free = pod({ priority: 2 }, { cpu: "500m", on: "a" });
  const important = pod({ priority: 5 }, { cpu: "1", on: "b" });
  for (const each of [guarded, free, important]) cluster.setPod(each);
  const budget = (disruptionsAllowed: number, disruptedPods: object = {}) =>
    cluster.budgets.set({
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { matchLabels: web } },
      status: { disruptionsAllowed, disruptedPods },
    } as never);
  const half = podState(pod({ priority: 10 }, { cpu: "500m" }));
  const whole = podState(pod({ priority: 10 }, { cpu: "1" }));
  budget(0);
  assert.deepEqual(preempted(cluster, half), { node: "a", victims: [free.metadata.uid] });
  assert.deepEqual(preempted(cluster, whole), { node: "b", victims: [important.metadata.uid] });
  budget(1);
  assert.deepEqual(preempted(cluster, half), { node: "a", victims: [guarded.metadata.uid] });
  budget(0, { [guarded.metadata.name]: "2026-01-01T00:00:00Z" });
  assert.deepEqual(preempted(cluster, half), { node: "a", victims: [guarded.metadata.uid] });
});

test("who waits for victims to go evicts no others meanwhile", () => {
  const cluster = new Cluster();
  for (const name of ["a", "b"]) cluster.addNode(node(name, { cpu: "1" }));
  const victim = pod({ priority: 1 }, { cpu: "1", on: "a" });
  const conditions = [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }];
  const metadata = { ...victim.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  cluster.setPod({ ...victim, metadata, status: { conditions } } as unknown as Pod);
  cluster.setPod(pod({ priority: 0 }, { cpu: "1", on: "b" }));
  const wanted = { ...pod({ priority: 10 }, { cpu: "1" }), status: { nominatedNodeName: "a" } } as unknown as Pod;
  assert.equal(preempted(cluster, podState(wanted)), "not eligible due to a terminating pod on the nominated node.");
});

test("room that is kept for a pod is taken by no less important one, but by itself", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a", { cpu: "1" }));
  cluster.addNode(node("b", { cpu: "1" }));
  cluster.setPod(pod({}, { cpu: "500m", on: "b" }));
  const keeper = podState({ ...pod({ priority: 5 }, { cpu: "600m" }), status: { nominatedNodeName: "a" } } as never);
  cluster.nominate(keeper, "a");
  const goes = (wanted: PodState) => new Placement(cluster, defaultPlugins, () => 0).decide(wanted).node?.name;
  assert.equal(goes(podState(pod({ priority: 5 }, { cpu: "500m" }))), "b");
  assert.equal(goes(podState(pod({ priority: 5 }, { cpu: "600m" }))), undefined);
  assert.equal(goes(podState(pod({ priority: 6 }, { cpu: "600m" }))), "a");
  assert.equal(goes(keeper), "a");
  cluster.nominate(keeper, undefined);
  assert.equal(goes(podState(pod({ priority: 5 }, { cpu: "600m" }))), "a");
});

test("the node that room is kept on comes before better ones", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a", { cpu: "4" }));
  cluster.addNode(node("b", { cpu: "64" }));
  const keeper = podState({ ...pod({}, { cpu: "1" }), status: { nominatedNodeName: "a" } } as never);
  assert.equal(new Placement(cluster, defaultPlugins, () => 0).decide(keeper).node?.name, "a");
});

test("a change of labels, or a deletion, counts though the rest of the pod is the same", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a"));
  const placed = pod({}, { labels: web, on: "a" });
  cluster.setPod(placed);
  const fits = (kind: string) =>
    new Placement(cluster, defaultPlugins, () => 0).decide(podState(pod(affinity(kind)))).node !== undefined;
  assert.equal(fits("podAntiAffinity"), false);
  assert.equal(cluster.setPod({ ...placed, metadata: { ...placed.metadata, labels: {} } }), true);
  assert.equal(fits("podAntiAffinity"), true);
});

test("a pod that was bound though its binding failed stays on its node, once", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a"));
  const wanted = pod({}, { cpu: "1" });
  cluster.assume(podState(wanted), cluster.node("a")!);
  cluster.setPod({ ...wanted, spec: { ...wanted.spec, nodeName: "a" } });
  assert.equal(cluster.forget(podState(wanted)), false);
  assert.equal(cluster.node("a")!.requested.cpu, 1000);
});

test("a placement that lives long stays small", () => {
  const cluster = new Cluster();
  cluster.addNode(node("a"));
  cluster.addNode(node("b"));
  const spreading = () => podState(pod({}, { owner: "rs", labels: web }));
  const placement = new Placement(cluster, defaultPlugins, () => 0);
  for (let i = 0; i < 500; i++) {
    const state = spreading();
    const { node: chosen } = placement.decide(state);
    cluster.assume(state, chosen!);
    cluster.forget(state);
  }
  assert.ok(placement.size < 100, `${placement.size}`);
});
