/** The scheduler against a server: what it hears, and what it writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../api/core/index.ts";
import { createClient, createInformers } from "../client/index.ts";
import { TinyServer } from "../client/testing/tiny-server.ts";
import type { Door } from "../machinery/door.ts";
import { conflict, notFound, serviceUnavailable } from "../machinery/errors.ts";
import { silent } from "../machinery/log.ts";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { startScheduler } from "./scheduler.ts";

const PODS = "/api/v1/namespaces/default/pods";

/** A server that binds pods and keeps their status, with nodes of one core each. */
async function setUp(nodes: readonly string[], cpu = "1") {
  const server = new TinyServer();
  const bindings: string[] = [];
  const patched: string[] = [];
  const trouble: { error: Error; bound: boolean }[] = [];
  const door: Door = async (request) => {
    const [, name] = /pods\/([^/]+)\/binding$/.exec(request.path) ?? [];
    const path = request.path.replace(/\/status$/, "");
    if (request.method === "PATCH") patched.push(path.slice(path.lastIndexOf("/") + 1));
    if (name === undefined) return server.door({ ...request, path });
    const { target } = (request.body as { object: { target: { name: string } } }).object;
    bindings.push(`${name} to ${target.name}`);
    const failed = trouble.shift();
    if (failed === undefined || failed.bound) await change(name, { spec: { nodeName: target.name } });
    if (failed === undefined) return server.door({ ...request, method: "GET", path: `${PODS}/${name}` });
    await new Promise((resolve) => setImmediate(resolve));
    throw failed.error;
  };
  const clock = new VirtualClock(Date.UTC(2026, 0, 1), () => new Promise((resolve) => setImmediate(resolve)));
  const random = new SeededRandom();
  const as = (through: Door) => createClient(through, { userAgent: "test", user: { username: "t", groups: [] } });
  const send = (method: string, path: string, object: object) =>
    server.door({ method, path, query: "", headers: {}, body: { form: "object", object } } as never);
  const change = (name: string, body: object) => send("PATCH", `${PODS}/${name}`, body);
  const kinds = { Node: "/api/v1/nodes", Namespace: "/api/v1/namespaces" };
  const make = (kind: keyof typeof kinds, name: string, more: object = {}) =>
    send("POST", kinds[kind], {
      apiVersion: "v1",
      kind,
      metadata: { name, labels: { host: name } },
      spec: {},
      ...more,
    });
  await make("Namespace", "default");
  for (const name of nodes) await make("Node", name, { status: { allocatable: { cpu, memory: "1Gi", pods: "10" } } });
  const client = as(door);
  const informers = createInformers({ client, clock, random, log: silent });
  const scheduler = startScheduler({ client, informers, clock, random, log: silent });
  await scheduler.started;
  return {
    server,
    clock,
    bindings,
    trouble,
    change,
    pod: (name: string, more: { labels?: object; cpu?: string; spec?: object; metadata?: object } = {}) =>
      send("POST", PODS, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", labels: more.labels, creationTimestamp: "2026-01-01T00:00:00Z" },
        spec: {
          schedulerName: "default-scheduler",
          containers: [{ name: "c", image: "i", resources: { requests: { cpu: more.cpu ?? "100m", memory: "1Mi" } } }],
          ...more.spec,
        },
        status: {},
      }),
    send,
    remove: (name: string) => send("DELETE", `${PODS}/${name}`, {}),
    shown: (name: string) => server.objects.get(`${PODS}/${name}`) as unknown as Pod | undefined,
    /** How often the pod's status was written. */
    writes: (name: string) => patched.filter((each) => each === name).length,
    stop: () => {
      scheduler.stop();
      informers.stop();
    },
  };
}

const near = (labels: object) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "host", labelSelector: { matchLabels: labels } }],
    },
  },
});

test("a pod that wants to be near another is placed as soon as that one is, and not woken by any other", async () => {
  const { clock, bindings, pod, writes, stop } = await setUp(["a", "b"]);
  await pod("second", { spec: near({ app: "first" }) });
  await clock.advance(2000);
  await pod("other", { labels: { app: "other" } });
  await clock.advance(20_000);
  const before = writes("second");
  await pod("first", { labels: { app: "first" } });
  await clock.advance(1000);
  assert.deepEqual(
    bindings.map((text) => text.split(" ")[0]),
    ["other", "first", "second"],
  );
  assert.equal(bindings[1]!.at(-1), bindings[2]!.at(-1));
  assert.equal(writes("second"), before);
  stop();
});

test("a waiting pod is tried when one on a node becomes smaller", async () => {
  const { clock, bindings, change, pod, stop } = await setUp(["a"]);
  await pod("large", { cpu: "900m" });
  await clock.advance(0);
  await pod("small", { cpu: "500m" });
  await clock.advance(20_000);
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu: "100m", memory: "1Mi" } } }];
  await change("large", { metadata: { generation: 2 }, spec: { containers } });
  await clock.advance(10);
  assert.deepEqual(bindings, ["large to a", "small to a"]);
  stop();
});

test("that a pod still does not fit is written once, with the time since when", async () => {
  const { clock, pod, shown, writes, change, stop } = await setUp(["a"]);
  await pod("large", { cpu: "5" });
  await clock.advance(1000);
  const [first] = shown("large")!.status.conditions!;
  await pod("filler");
  for (let i = 0; i < 3; i++) {
    await clock.advance(20_000);
    await change("filler", { metadata: { labels: { i: String(i) } } });
  }
  await clock.advance(1000);
  assert.equal(
    first!.message,
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  );
  assert.deepEqual(shown("large")!.status.conditions, [first]);
  assert.equal(writes("large"), 1);
  stop();
});

test("a binding that went well but was not heard of is not made again", async () => {
  const { clock, bindings, trouble, pod, stop } = await setUp(["a", "b"]);
  trouble.push({ error: serviceUnavailable("lost"), bound: true });
  await pod("one", { cpu: "900m" });
  for (let second = 0; second < 60; second++) await clock.advance(1000);
  assert.equal(bindings.length, 1);
  stop();
});

for (const error of [serviceUnavailable("busy"), conflict({ group: "", resource: "pods" }, "one")]) {
  test(`a binding that was refused (${error.status.reason}) is tried again`, async () => {
    const { clock, bindings, trouble, pod, stop } = await setUp(["a"]);
    trouble.push({ error, bound: false });
    await pod("one", { cpu: "900m" });
    for (let second = 0; second < 60; second++) await clock.advance(1000);
    assert.deepEqual(bindings, ["one to a", "one to a"]);
    stop();
  });
}

test("who evicts gets the room, though a less important pod asks for it first; then nothing is kept any more", async () => {
  const { clock, bindings, change, pod, remove, shown, stop } = await setUp(["a"]);
  await pod("low", { cpu: "900m" });
  await clock.advance(0);
  await change("low", { metadata: { finalizers: ["wait"] } });
  await pod("important", { cpu: "900m", spec: { priority: 10 } });
  await clock.advance(0);
  assert.equal(shown("important")!.status.nominatedNodeName, "a");
  await remove("low");
  await pod("low-again", { cpu: "900m" });
  await clock.advance(60_000);
  assert.deepEqual(bindings, ["low to a", "important to a"]);
  await remove("important");
  await clock.advance(60_000);
  assert.deepEqual(bindings.slice(2), ["low-again to a"]);
  stop();
});

for (const { rule, gone, told } of [
  { rule: "a victim's event tells who it went for", gone: false, told: [["low", "important"]] },
  { rule: "of a victim that is gone already nothing is told", gone: true, told: [] },
]) {
  test(rule, async () => {
    const { server, clock, pod, stop } = await setUp(["a"]);
    await pod("low", { cpu: "900m" });
    await clock.advance(0);
    const error = notFound({ group: "", resource: "pods" }, "low");
    if (gone) server.failures.push({ match: /^DELETE .*low$/, error, times: 1 });
    await pod("important", { cpu: "900m", spec: { priority: 10 } });
    await clock.advance(5000);
    const events = [...server.objects.values()] as unknown as {
      readonly reason?: string;
      readonly involvedObject: { readonly name: string };
      readonly related?: { readonly name: string };
    }[];
    assert.deepEqual(
      events
        .filter(({ reason }) => reason === "Preempted")
        .map(({ involvedObject, related }) => [involvedObject.name, related?.name]),
      told,
    );
    stop();
  });
}

test("a victim that leaves already is waited for and not bothered again", async () => {
  const { clock, change, pod, writes, bindings, remove, shown, stop } = await setUp(["a"]);
  await pod("low", { cpu: "900m" });
  await clock.advance(0);
  await change("low", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
  await pod("important", { cpu: "900m", spec: { priority: 10 } });
  await clock.advance(0);
  assert.equal(shown("important")!.status.nominatedNodeName, "a");
  assert.equal(writes("low"), 0);
  await remove("low");
  await clock.advance(60_000);
  assert.deepEqual(bindings.slice(1), ["important to a"]);
  stop();
});

test("who gets the room that a less important pod waits for sends that one to look elsewhere", async () => {
  const { clock, change, pod, bindings, remove, shown, stop } = await setUp(["a"]);
  await pod("low", { cpu: "900m" });
  await clock.advance(0);
  await change("low", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
  await pod("middle", { cpu: "900m", spec: { priority: 5 } });
  await clock.advance(0);
  assert.equal(shown("middle")!.status.nominatedNodeName, "a");
  await pod("important", { cpu: "900m", spec: { priority: 10 } });
  await clock.advance(0);
  assert.equal(shown("important")!.status.nominatedNodeName, "a");
  assert.equal(shown("middle")!.status.nominatedNodeName ?? "", "");
  await remove("low");
  await clock.advance(60_000);
  assert.deepEqual(bindings.slice(1), ["important to a"]);
  stop();
});

const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
const VOLUMES = "/api/v1/persistentvolumes";
const claimed = (claimName: string) => ({ volumes: [{ name: "v", persistentVolumeClaim: { claimName } }] });

test("a pod waits for its claim, and is placed as soon as that is bound", async () => {
  const { clock, bindings, pod, send, shown, stop } = await setUp(["a", "b"]);
  await pod("web", { spec: claimed("data") });
  await clock.advance(1000);
  const message = () => shown("web")!.status.conditions![0]!.message;
  const helpless = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
  const because = (why: string) => `0/2 nodes are available: ${why}. no new claims to deallocate, ${helpless}`;
  assert.equal(message(), because('persistentvolumeclaim "data" not found'));
  const spec = { accessModes: ["ReadWriteOnce"] };
  const metadata = { name: "data", namespace: "default" };
  await send("POST", CLAIMS, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec, status: {} });
  await clock.advance(20_000);
  assert.equal(message(), because("pod has unbound immediate PersistentVolumeClaims"));
  await send("POST", VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "disk" },
    spec,
    status: {},
  });
  const done = { "pv.kubernetes.io/bind-completed": "yes" };
  await send("PATCH", `${CLAIMS}/data`, { metadata: { annotations: done }, spec: { volumeName: "disk" } });
  await clock.advance(20_000);
  assert.deepEqual(
    bindings.map((text) => text.split(" ")[0]),
    ["web"],
  );
  stop();
});

test("where volumes come with the node, they are asked for there, and the pod is bound when they are", async () => {
  const { clock, server, bindings, pod, send, stop } = await setUp(["a"]);
  const kind = { provisioner: "disks.example.com", volumeBindingMode: "WaitForFirstConsumer" };
  const at = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "late" } };
  await send("POST", "/apis/storage.k8s.io/v1/storageclasses", { ...at, ...kind });
  const metadata = { name: "data", namespace: "default" };
  const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "late" };
  await send("POST", CLAIMS, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec, status: {} });
  await pod("web", { spec: claimed("data") });
  await clock.advance(1000);
  const { annotations } = server.objects.get(`${CLAIMS}/data`)!.metadata;
  assert.deepEqual(annotations, { "volume.kubernetes.io/selected-node": "a" });
  assert.deepEqual(bindings, []);
  const done = { "pv.kubernetes.io/bind-completed": "yes" };
  await send("PATCH", `${CLAIMS}/data`, { metadata: { annotations: done }, spec: { volumeName: "disk" } });
  await clock.advance(100);
  assert.deepEqual(bindings, ["web to a"]);
  stop();
});

test("a free volume is given to the claim, and to no other one meanwhile", async () => {
  const { clock, server, bindings, pod, send, stop } = await setUp(["a"]);
  const kind = { provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "WaitForFirstConsumer" };
  const at = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "local" } };
  await send("POST", "/apis/storage.k8s.io/v1/storageclasses", { ...at, ...kind });
  const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "local" };
  const status = { phase: "Available" };
  await send("POST", VOLUMES, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "disk" }, spec, status });
  for (const name of ["one", "two"]) {
    const metadata = { name, namespace: "default" };
    await send("POST", CLAIMS, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec, status: {} });
    await pod(`web-${name}`, { spec: claimed(name) });
  }
  await clock.advance(1000);
  const { claimRef } = (server.objects.get(`${VOLUMES}/disk`) as unknown as { spec: { claimRef: { name: string } } })
    .spec;
  assert.equal(claimRef.name, "one");
  const done = { "pv.kubernetes.io/bind-completed": "yes" };
  await send("PATCH", `${CLAIMS}/one`, { metadata: { annotations: done }, spec: { volumeName: "disk" } });
  await clock.advance(100);
  assert.deepEqual(bindings, ["web-one to a"]);
  stop();
});
