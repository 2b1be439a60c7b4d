/** Stories of the workloads besides Deployments, each to its rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision, DaemonSet, StatefulSet } from "../../api/apps/index.ts";
import { CronJob, Job } from "../../api/batch/index.ts";
import { Node, PersistentVolumeClaim, Pod, ReplicationController } from "../../api/core/index.ts";
import { testCluster } from "./cluster.ts";
import type { TestCluster } from "./cluster.ts";

const labels = { app: "web" };
const template = (image = "web:1") => ({ metadata: { labels }, spec: { containers: [{ name: "web", image }] } });
const pods = (cluster: TestCluster) => [...cluster.informers.of(Pod).list("default")];

/** Nothing is written any more. */
async function rests(cluster: TestCluster): Promise<void> {
  await cluster.run(3000);
  const before = cluster.requests.length;
  await cluster.run(10_000);
  assert.deepEqual(
    cluster.requests.slice(before).filter(({ method }) => method !== "GET"),
    [],
  );
  assert.deepEqual(cluster.complaints, []);
}

test("a ReplicationController keeps its pods", async () => {
  const cluster = await testCluster({ only: ["replication-controller"], open: true });
  await cluster.client.create(ReplicationController, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 3, selector: labels, template: template() },
  } as never);
  await rests(cluster);
  assert.equal(pods(cluster).length, 3);
  await cluster.client.delete(Pod, pods(cluster)[0]!.metadata.name, "default");
  await rests(cluster);
  assert.equal(pods(cluster).length, 3);
  const { status } = await cluster.client.get(ReplicationController, "web", "default");
  assert.equal(status.readyReplicas, 3);
  cluster.stop();
});

test("a DaemonSet has one pod on each node that fits, follows nodes, and rolls node by node", async () => {
  const cluster = await testCluster({ only: ["daemon-set-controller"], open: true });
  const { client } = cluster;
  const node = async (name: string, taints: readonly object[] = []) => {
    await client.create(Node, { metadata: { name }, spec: {} });
    // A new node is not ready by its taints; nobody here takes those away.
    await client.patch(Node, name, undefined, { type: "merge", body: { spec: { taints } } });
  };
  await node("n1");
  await node("n2");
  await node("closed", [{ key: "private", effect: "NoSchedule" }]);
  await client.create(DaemonSet, {
    metadata: { name: "agent", namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: template() },
  } as never);
  await rests(cluster);
  const placed = () =>
    pods(cluster)
      .map(({ spec }) => spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
      .map((required) => required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0])
      .toSorted();
  assert.deepEqual(placed(), ["n1", "n2"]);
  await node("n3");
  await rests(cluster);
  assert.deepEqual(placed(), ["n1", "n2", "n3"]);

  let most = 0;
  cluster.informers.of(Pod).subscribe(() => {
    const ready = pods(cluster).filter(
      ({ status, metadata }) => status.phase === "Running" && !metadata.deletionTimestamp,
    );
    most = Math.max(most, 3 - ready.length);
  });
  await client.patch(DaemonSet, "agent", "default", {
    type: "strategic",
    body: { spec: { template: template("web:2") } },
  });
  await rests(cluster);
  assert.ok(pods(cluster).every(({ spec }) => spec.containers[0]!.image === "web:2"));
  assert.equal(most, 1);
  assert.equal((await client.list(ControllerRevision)).items.length, 2);
  const { status } = await client.get(DaemonSet, "agent", "default");
  assert.deepEqual(
    [status.desiredNumberScheduled, status.numberAvailable, status.updatedNumberScheduled, status.numberMisscheduled],
    [3, 3, 3, 0],
  );
  await client.delete(Node, "n3");
  await rests(cluster);
  assert.deepEqual(placed(), ["n1", "n2"]);
  cluster.stop();
});

test("a StatefulSet starts its pods in order, keeps their claims, and updates from the last one down", async () => {
  const cluster = await testCluster({ only: ["statefulset-controller"], open: true });
  const { client } = cluster;
  const order: string[] = [];
  cluster.informers.of(Pod).subscribe(({ type, object }) => {
    if (type !== "MODIFIED") order.push(`${type} ${object.metadata.name}`);
  });
  await client.create(StatefulSet, {
    metadata: { name: "db", namespace: "default" },
    spec: {
      replicas: 3,
      serviceName: "db",
      selector: { matchLabels: labels },
      template: template(),
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
  await rests(cluster);
  assert.deepEqual(order.splice(0), ["ADDED db-0", "ADDED db-1", "ADDED db-2"]);
  const [first] = pods(cluster);
  assert.deepEqual([first!.spec.hostname, first!.spec.subdomain], ["db-0", "db"]);
  const claims = (await client.list(PersistentVolumeClaim)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(claims.toSorted(), ["data-db-0", "data-db-1", "data-db-2"]);

  const change = async (spec: object) => {
    await client.patch(StatefulSet, "db", "default", { type: "strategic", body: { spec } });
    await rests(cluster);
  };
  await change({
    template: template("web:2"),
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
  });
  assert.deepEqual(order.splice(0), ["DELETED db-2", "ADDED db-2"]);
  assert.deepEqual(
    pods(cluster)
      .map(({ spec }) => spec.containers[0]!.image)
      .toSorted(),
    ["web:1", "web:1", "web:2"],
  );
  await change({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } });
  assert.deepEqual(order.splice(0), ["DELETED db-1", "ADDED db-1", "DELETED db-0", "ADDED db-0"]);
  const { status } = await client.get(StatefulSet, "db", "default");
  assert.equal(status.currentRevision, status.updateRevision);
  assert.deepEqual([status.currentReplicas, status.updatedReplicas, status.availableReplicas], [3, 3, 3]);

  await change({ replicas: 1 });
  assert.deepEqual(order.splice(0), ["DELETED db-2", "DELETED db-1"]);
  assert.equal((await client.list(PersistentVolumeClaim)).items.length, 3);
  cluster.stop();
});

const job = (spec: object) => ({
  metadata: { name: "work", namespace: "default" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "work", image: "work" }] } }, ...spec },
});

/** Ends the pods that run now. */
async function endPods(cluster: TestCluster, phase: "Succeeded" | "Failed", exitCode = phase === "Failed" ? 1 : 0) {
  const finishedAt = new Date(cluster.clock.now()).toISOString();
  const containerStatuses = [
    {
      name: "work",
      image: "work",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, finishedAt } },
    },
  ];
  for (const { metadata, status } of pods(cluster)) {
    if (status.phase !== "Running") continue;
    const body = { status: { phase, containerStatuses } };
    await cluster.client.patch(Pod, metadata.name, "default", { type: "strategic", body }, { subresource: "status" });
  }
  await cluster.run(1000);
}

const JOBS = ["job-controller", "ttl-after-finished-controller"];

test("a Job runs as many pods as it may until enough succeeded, counts each once, and goes when its time is over", async () => {
  const cluster = await testCluster({ only: JOBS, open: true });
  const get = () => cluster.client.get(Job, "work", "default");
  await cluster.client.create(Job, job({ completions: 5, parallelism: 2, ttlSecondsAfterFinished: 60 }) as never);
  await cluster.run();
  assert.equal((await get()).status.active, 2);
  for (const [succeeded, active] of [
    [2, 2],
    [4, 1],
  ]) {
    await endPods(cluster, "Succeeded");
    const { status } = await get();
    assert.deepEqual([status.succeeded, status.active], [succeeded, active]);
  }
  await endPods(cluster, "Succeeded");
  const { status } = await get();
  assert.deepEqual(
    status.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
    [
      ["SuccessCriteriaMet", "True", "CompletionsReached"],
      ["Complete", "True", "CompletionsReached"],
    ],
  );
  assert.equal(status.succeeded, 5);
  assert.ok(status.completionTime);
  assert.ok(pods(cluster).every(({ metadata }) => metadata.finalizers === undefined));
  await cluster.run(61_000);
  const gone = await get().then(
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
    () => true,
  );
  assert.equal(gone, true);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("a Job that fails too often ends as failed, with longer waits between the attempts", async () => {
  const cluster = await testCluster({ only: JOBS, open: true });
  await cluster.client.create(Job, job({ backoffLimit: 2 }) as never);
  await cluster.run();
  for (const wait of [10_000, 20_000]) {
    await endPods(cluster, "Failed");
    const before = pods(cluster).length;
    await cluster.run(wait - 3000);
    assert.equal(pods(cluster).length, before);
    await cluster.run(4000);
    assert.equal(pods(cluster).length, before + 1);
  }
  await endPods(cluster, "Failed");
  const { status } = await cluster.client.get(Job, "work", "default");
  assert.deepEqual([status.failed, status.active ?? 0], [3, 0]);
  assert.deepEqual(
    status.conditions?.map(({ type, reason }) => [type, reason]),
    [
      ["FailureTarget", "BackoffLimitExceeded"],
      ["Failed", "BackoffLimitExceeded"],
    ],
  );
  cluster.stop();
});

test("a daemon pod that fails at once is not made and killed without end", async () => {
  const cluster = await testCluster({ only: ["daemon-set-controller"], open: true, pods: false });
  const { client } = cluster;
  await client.create(Node, { metadata: { name: "n1" }, spec: {} });
  await client.patch(Node, "n1", undefined, { type: "merge", body: { spec: { taints: [] } } });
  let made = 0;
  cluster.informers.of(Pod).subscribe(({ type, object: { metadata, status } }) => {
    if (type === "DELETED") return;
    if (type === "ADDED") made++;
    const { name, namespace, deletionTimestamp } = metadata;
    if (deletionTimestamp !== undefined)
      void client.delete(Pod, name, namespace, { gracePeriodSeconds: 0 }).catch(() => {});
    else if (status.phase !== "Failed") {
      const patch = { type: "merge", body: { status: { phase: "Failed" } } } as const;
      void client.patch(Pod, name, namespace, patch, { subresource: "status" }).catch(() => {});
    }
  });
  await client.create(DaemonSet, {
    metadata: { name: "agent", namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: template() },
  } as never);
  await cluster.run(60_000);
  assert.ok(made >= 5 && made <= 9, `${made}`);
  cluster.stop();
});

for (const propagationPolicy of ["Background", "Orphan"] as const) {
  test(`pods of a Job that was deleted (${propagationPolicy}) are held by nobody`, async () => {
    const cluster = await testCluster({
      only: [...JOBS, "job-orphaned-pods-controller", "generic-garbage-collector"],
      open: true,
    });
    await cluster.client.create(Job, job({}) as never);
    await cluster.run(5000);
    assert.equal(pods(cluster)[0]?.metadata.finalizers?.length, 1);
    await cluster.client.delete(Job, "work", "default", { propagationPolicy });
    await cluster.run(5000);
    assert.equal(pods(cluster)[0]?.metadata.finalizers, undefined);
    assert.equal(pods(cluster).length, propagationPolicy === "Orphan" ? 1 : 0);
    assert.deepEqual(cluster.complaints, []);
    cluster.stop();
  });
}

test("an indexed Job runs each index until it succeeded", async () => {
  const cluster = await testCluster({ only: JOBS, open: true });
  await cluster.client.create(Job, job({ completions: 4, parallelism: 4, completionMode: "Indexed" }) as never);
  await cluster.run();
  assert.deepEqual(
    pods(cluster)
      .map(({ spec }) => spec.hostname)
      .toSorted(),
    ["work-0", "work-1", "work-2", "work-3"],
  );
  await endPods(cluster, "Succeeded");
  const { status } = await cluster.client.get(Job, "work", "default");
  assert.deepEqual([status.completedIndexes, status.succeeded], ["0-3", 4]);
  cluster.stop();
});

test("a suspended Job has no pods; its deadline ends it", async () => {
  const cluster = await testCluster({ only: JOBS, open: true });
  await cluster.client.create(Job, job({ suspend: true, activeDeadlineSeconds: 30 }) as never);
  await cluster.run();
  assert.equal(pods(cluster).length, 0);
  await cluster.client.patch(Job, "work", "default", { type: "merge", body: { spec: { suspend: false } } });
  await cluster.run();
  assert.equal(pods(cluster).length, 1);
  await cluster.run(31_000);
  const { status } = await cluster.client.get(Job, "work", "default");
  assert.equal(status.conditions?.find(({ type }) => type === "Failed")?.reason, "DeadlineExceeded");
  cluster.stop();
});

test("a CronJob starts a Job each time, keeps as many as it says, and with Forbid no two at once", async () => {
  const cluster = await testCluster({ only: ["job-controller", "cronjob-controller"], open: true });
  const jobs = () => [...cluster.informers.of(Job).list("default")].map(({ metadata }) => metadata.name);
  await cluster.client.create(CronJob, {
    metadata: { name: "tick", namespace: "default" },
    spec: {
      schedule: "*/1 * * * *",
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 2,
      jobTemplate: { spec: job({}).spec },
    },
  } as never);
  await cluster.run(125_000);
  assert.equal(jobs().length, 1);
  for (let minute = 0; minute < 4; minute++) {
    await endPods(cluster, "Succeeded");
    await cluster.run(59_000);
  }
  const { status } = await cluster.client.get(CronJob, "tick", "default");
  assert.equal(jobs().length, 3);
  assert.equal(status.active?.length, 1);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
