import assert from "node:assert/strict";
import { test } from "node:test";
import { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../api/admissionregistration/index.ts";
import { Node, Pod } from "../api/core/index.ts";
import { testCluster } from "./testing/cluster.ts";

const start = (settings = {}) => testCluster({ only: ["pod-garbage-collector"], open: true, settings });

const pod = (name: string, nodeName?: string) =>
  ({
    metadata: { name, namespace: "default" },
    spec: { ...(nodeName && { nodeName }), containers: [{ name: "c", image: "i" }] },
  }) as never;

test("pods of a node that is gone go after a while, and those of others stay", async () => {
  const cluster = await start();
  const { client } = cluster;
  await client.create(Node, { metadata: { name: "here" }, spec: {} });
  await client.create(Pod, pod("stays", "here"));
  await client.create(Pod, pod("goes", "gone"));
  await cluster.run(39_000);
  await client.get(Pod, "goes", "default");
  await cluster.run(30_000);
  await assert.rejects(client.get(Pod, "goes", "default"), /not found/);
  await client.get(Pod, "stays", "default");
  cluster.stop();
});

test("what has ended on a node that is gone ended as it did", async () => {
  const cluster = await start();
  const { client } = cluster;
  const phases: string[] = [];
  for (const [name, phase] of [
    ["done", "Succeeded"],
    ["runs", "Running"],
  ] as const) {
    await client.create(Pod, pod(name, "gone"));
    await client.patch(Pod, name, "default", { type: "merge", body: { status: { phase } } }, { subresource: "status" });
  }
  await cluster.run(1000);
  cluster.informers.of(Pod).subscribe(({ type, object: { metadata, status } }) => {
    const reason = status.conditions?.find(({ type: of }) => of === "DisruptionTarget")?.reason ?? "";
    if (type === "DELETED") phases.push(`${metadata.name} ${status.phase} ${reason}`.trim());
  });
  await cluster.run(100_000);
  assert.deepEqual(phases.toSorted(), ["done Succeeded", "runs Failed DeletionByPodGC"]);
  cluster.stop();
});

test("with a limit of none all finished pods stay", async () => {
  const cluster = await start({ terminatedPodThreshold: 0 });
  await cluster.client.create(Pod, pod("a"));
  const body = { status: { phase: "Succeeded" } };
  await cluster.client.patch(Pod, "a", "default", { type: "merge", body }, { subresource: "status" });
  await cluster.run(50_000);
  await cluster.client.get(Pod, "a", "default");
  cluster.stop();
});

test("of the finished pods only so many are kept, the youngest, and none that was evicted", async () => {
  const cluster = await start({ terminatedPodThreshold: 2 });
  const { client } = cluster;
  for (const name of ["a", "b", "c", "evicted"]) {
    await client.create(Pod, pod(name));
    await cluster.run(1500);
    const body = { status: name === "evicted" ? { phase: "Failed", reason: "Evicted" } : { phase: "Succeeded" } };
    await client.patch(Pod, name, "default", { type: "merge", body }, { subresource: "status" });
  }
  await cluster.run(25_000);
  const left = (await client.list(Pod)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(left, ["b", "c"]);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("a pod that may not be deleted keeps no other, and is told of", async () => {
  const cluster = await start();
  const { client } = cluster;
  const policy = { failurePolicy: "Fail", validations: [{ expression: "oldObject.metadata.name != 'held'" }] };
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["DELETE"], resources: ["pods"] };
  await client.create(ValidatingAdmissionPolicy, {
    metadata: { name: "hold" },
    spec: { ...policy, matchConstraints: { resourceRules: [rule] } },
  } as never);
  await client.create(ValidatingAdmissionPolicyBinding, {
    metadata: { name: "hold" },
    spec: { policyName: "hold", validationActions: ["Deny"] },
  } as never);
  for (const name of ["held", "goes"]) await client.create(Pod, pod(name, "gone"));
  await cluster.run(100_000);
  await assert.rejects(client.get(Pod, "goes", "default"), /not found/);
  await client.get(Pod, "held", "default");
  assert.match(cluster.complaints[0]!, /could not be swept up .*default\/held/);
  cluster.stop();
});
