import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment, ReplicaSet } from "../../api/apps/index.ts";
import { Pod } from "../../api/core/index.ts";
import { testCluster } from "../testing/cluster.ts";
import type { TestCluster } from "../testing/cluster.ts";

const ONLY = ["deployment-controller", "replicaset-controller"];

const web = (replicas: number, image = "web:1", more: object = {}) => ({
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
    ...more,
  },
});

const deployment = (cluster: TestCluster) => cluster.informers.of(Deployment).get("web", "default");
const sets = (cluster: TestCluster) => [...cluster.informers.of(ReplicaSet).list("default")];
const pods = (cluster: TestCluster) => [...cluster.informers.of(Pod).list("default")];

async function start(more: object = {}, options = {}): Promise<TestCluster> {
  const cluster = await testCluster({ only: ONLY, open: true, ...options });
  await cluster.client.create(Deployment, web(3, "web:1", more) as never);
  return cluster;
}

const rests = (cluster: TestCluster) => {
  const { status, metadata, spec } = deployment(cluster) ?? {};
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === spec?.replicas &&
    status?.availableReplicas === spec?.replicas &&
    status?.replicas === spec?.replicas
  );
};

test("a new Deployment gets its pods, says so, and then everything rests", async () => {
  const cluster = await start();
  await cluster.until(() => rests(cluster));
  await cluster.run(5000);
  assert.equal(pods(cluster).length, 3);
  const { status, metadata } = deployment(cluster)!;
  assert.deepEqual(
    status.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
    [
      ["Available", "True", "MinimumReplicasAvailable"],
      ["Progressing", "True", "NewReplicaSetAvailable"],
    ],
  );
  assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.match(sets(cluster)[0]!.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]+$/);
  const before = cluster.requests.length;
  await cluster.run(60_000);
  const writes = cluster.requests.slice(before).filter(({ method }) => method !== "GET");
  assert.deepEqual(writes, []);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("a rolling update never has too few available nor too many pods, and going back reuses the old set", async () => {
  const cluster = await start({
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  });
  await cluster.until(() => rests(cluster));
  let [fewest, most] = [Infinity, 0];
  cluster.informers.of(Pod).subscribe(() => {
    const all = pods(cluster);
    const ready = all.filter(
      ({ status, metadata }) => status.phase === "Running" && !metadata.deletionTimestamp,
    ).length;
    fewest = Math.min(fewest, ready);
    most = Math.max(most, all.filter(({ metadata }) => !metadata.deletionTimestamp).length);
  });
  [fewest, most] = [Infinity, 0];
  const roll = async (image: string) => {
    const body = { spec: { template: { spec: { containers: [{ name: "web", image }] } } } };
    await cluster.client.patch(Deployment, "web", "default", { type: "strategic", body });
    await cluster.run(0);
    await cluster.until(() => rests(cluster));
    await cluster.run(1000);
  };
  await roll("web:2");
  assert.ok(fewest >= 3 && most <= 4, `${fewest} to ${most} pods`);
  assert.deepEqual(
    sets(cluster).map(({ spec, metadata }) => [
      spec.replicas,
      metadata.annotations?.["deployment.kubernetes.io/revision"],
    ]),
    [
      [0, "1"],
      [3, "2"],
    ],
  );
  await roll("web:1");
  assert.deepEqual(
    sets(cluster).map(({ spec, metadata }) => [
      spec.replicas,
      metadata.annotations?.["deployment.kubernetes.io/revision"],
    ]),
    [
      [3, "3"],
      [0, "2"],
    ],
  );
  assert.equal(deployment(cluster)!.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("Recreate has no new pod before the last old one is gone", async () => {
  const cluster = await start({ strategy: { type: "Recreate" } });
  await cluster.until(() => rests(cluster));
  let mixed = false;
  cluster.informers.of(Pod).subscribe(() => {
    mixed ||= new Set(pods(cluster).map(({ spec }) => spec.containers[0]!.image)).size > 1;
  });
  const body = { spec: { template: { spec: { containers: [{ name: "web", image: "web:2" }] } } } };
  await cluster.client.patch(Deployment, "web", "default", { type: "strategic", body });
  await cluster.run(0);
  await cluster.until(() => rests(cluster));
  assert.equal(mixed, false);
  assert.equal(pods(cluster).length, 3);
  cluster.stop();
});

test("a paused Deployment scales but does not roll; resumed, it rolls", async () => {
  const cluster = await start();
  await cluster.until(() => rests(cluster));
  const change = async (spec: object) => {
    await cluster.client.patch(Deployment, "web", "default", { type: "strategic", body: { spec } });
    await cluster.run(2000);
  };
  await change({ paused: true });
  await change({ replicas: 5, template: { spec: { containers: [{ name: "web", image: "web:2" }] } } });
  assert.deepEqual(
    sets(cluster).map(({ spec }) => spec.replicas),
    [5],
  );
  assert.equal(
    deployment(cluster)!.status.conditions?.find(({ type }) => type === "Progressing")?.reason,
    "DeploymentPaused",
  );
  await change({ paused: false });
  await cluster.until(() => rests(cluster));
  assert.deepEqual(
    sets(cluster).map(({ spec }) => spec.replicas),
    [0, 5],
  );
  cluster.stop();
});

test("a rollout that does not move is called stuck at its deadline", async () => {
  const cluster = await start({ progressDeadlineSeconds: 60 }, { pods: false });
  await cluster.run(58_000);
  const progress = () => deployment(cluster)!.status.conditions?.find(({ type }) => type === "Progressing");
  assert.equal(progress()?.status, "True");
  await cluster.run(10_000);
  assert.equal(progress()?.reason, "ProgressDeadlineExceeded");
  assert.match(progress()?.message ?? "", /^ReplicaSet "web-.*" has timed out progressing\.$/);
  cluster.stop();
});

test("no more old sets are kept than the history limit says", async () => {
  const cluster = await start({ revisionHistoryLimit: 2 });
  await cluster.until(() => rests(cluster));
  for (const image of ["web:2", "web:3", "web:4", "web:5"]) {
    const body = { spec: { template: { spec: { containers: [{ name: "web", image }] } } } };
    await cluster.client.patch(Deployment, "web", "default", { type: "strategic", body });
    await cluster.run(5000);
  }
  assert.deepEqual(
    sets(cluster)
      .map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"])
      .toSorted(),
    ["3", "4", "5"],
  );
  cluster.stop();
});
