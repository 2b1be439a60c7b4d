import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { Cluster } from "../cluster.ts";
import { Placement } from "../placement.ts";
import { podState } from "../pod-state.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

const ZONE = "topology.kubernetes.io/zone";
const BETA = "failure-domain.beta.kubernetes.io/zone";

function clusterOf(
  nodes: Readonly<Record<string, object>>,
  volumeLabels: object = {},
  mode = "ReadWriteOnce",
): Cluster {
  const cluster = new Cluster();
  for (const [name, labels] of Object.entries(nodes)) {
    cluster.addNode({ metadata: { name, labels }, spec: {}, status: {} } as unknown as Node);
  }
  const volume = { metadata: { name: "v", labels: volumeLabels }, spec: {} } as unknown as PersistentVolume;
  const claim = { metadata: { name: "c", namespace: "default" }, spec: { volumeName: "v", accessModes: [mode] } };
  cluster.volumes.volumes.set("v", volume);
  cluster.volumes.claims.set("default/c", claim as unknown as PersistentVolumeClaim);
  return cluster;
}

const pod = (name: string, nodeName?: string, claimName = "c") =>
  ({
    metadata: { name, namespace: "default", uid: name },
    spec: { nodeName, containers: [], volumes: [{ name: "data", persistentVolumeClaim: { claimName } }] },
  }) as unknown as Pod;

function goesTo(cluster: Cluster, claimName?: string): string {
  const plugins = [volumeRestrictions, volumeZone];
  const decision = new Placement(cluster, plugins, () => 0).decide(podState(pod("p", undefined, claimName)));
  return decision.node ? decision.node.name : [...decision.failure.reasons.keys()].join();
}

for (const { rule, node, volume, goes = "n" } of [
  { rule: "a volume that says nothing of its zone", node: { [ZONE]: "a" }, volume: {} },
  { rule: "a node in the zone of the volume", node: { [ZONE]: "a" }, volume: { [ZONE]: "a" } },
  {
    rule: "a node in another zone",
    node: { [ZONE]: "b" },
    volume: { [ZONE]: "a" },
    goes: "node(s) had no available volume zone",
  },
  { rule: "a volume in two zones", node: { [ZONE]: "b" }, volume: { [ZONE]: "a__b" } },
  { rule: "a node that says nothing", node: {}, volume: { [ZONE]: "a" } },
  { rule: "a volume with the older label", node: { [ZONE]: "a" }, volume: { [BETA]: "a" } },
  {
    rule: "a node that says only its region",
    node: { "topology.kubernetes.io/region": "r" },
    volume: { [ZONE]: "a" },
    goes: "node(s) had no available volume zone",
  },
]) {
  test(`zones of volumes: ${rule}`, () => assert.equal(goesTo(clusterOf({ n: node }, volume)), goes));
}

const IN_USE =
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

test("a claim for one pod alone has no second one until the first is gone", () => {
  const cluster = clusterOf({ n: {}, m: {} }, {}, "ReadWriteOncePod");
  assert.notEqual(goesTo(cluster), IN_USE);
  const first = pod("first", "n");
  cluster.setPod(first);
  assert.equal(goesTo(cluster), IN_USE);
  assert.notEqual(goesTo(cluster, "other"), IN_USE);
  cluster.removePod(first);
  assert.notEqual(goesTo(cluster), IN_USE);
});

test("any other claim may have more of them", () => {
  const cluster = clusterOf({ n: {} });
  cluster.setPod(pod("first", "n"));
  assert.equal(goesTo(cluster), "n");
});
