/** DELETE of what is on its way already, and of what holds on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionPlugin } from "../admission/admission.ts";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";

const POD = "/api/v1/namespaces/ns/pods/a";
const MAPS = "/api/v1/namespaces/ns/configmaps";
const spec = { nodeName: "n", terminationGracePeriodSeconds: 30, containers: [{ name: "c", image: "i" }] };

/** A pod whose deletion has begun; `asked` counts how often admission was. */
async function leaving(finalizers: readonly string[] = []): Promise<TestServer & { asked: { deletions: number } }> {
  const asked = { deletions: 0 };
  const plugin: AdmissionPlugin = {
    name: "counts",
    handles: ({ operation }) => operation === "DELETE",
    validate: () => void asked.deletions++,
  };
  const server = await testServer({ admission: [plugin] });
  await server.send("POST", "/api/v1/namespaces/ns/pods", { metadata: { name: "a", finalizers }, spec });
  await server.send("DELETE", POD);
  return { ...server, asked };
}

const AGAIN: readonly [rule: string, options: object, after: number, grace: number, asked: number, seconds: number][] =
  [
    ["nothing more is asked: nothing changes, and admission is not asked", {}, 5, 30, 1, 30],
    ["more time than it has is not given", { gracePeriodSeconds: 60 }, 5, 30, 1, 30],
    ["nor as much as it has", { gracePeriodSeconds: 30 }, 5, 30, 1, 30],
    ["less time is counted from the beginning", { gracePeriodSeconds: 10 }, 5, 10, 2, 10],
    ["time that is over is now, with a second to go", { gracePeriodSeconds: 10 }, 20, 1, 2, 20],
    ["below zero is a second", { gracePeriodSeconds: -7 }, 0, 1, 2, 1],
    ["finalizers are as they were", { propagationPolicy: "Foreground" }, 5, 30, 1, 30],
  ];
for (const [rule, options, after, grace, asked, seconds] of AGAIN) {
  test(`a pod that is leaving is deleted once more: ${rule}`, async () => {
    const server = await leaving();
    const begun = server.clock.now();
    await server.clock.advance(after * 1000);
    const { status, json } = await server.send("DELETE", POD, options);
    const { deletionGracePeriodSeconds, deletionTimestamp, finalizers } = json.metadata;
    const left = (Date.parse(deletionTimestamp) - begun) / 1000;
    assert.deepEqual([status, deletionGracePeriodSeconds, left, finalizers], [200, grace, seconds, undefined]);
    assert.equal(server.asked.deletions, asked);
  });
}

test("without grace it goes at once, but not while a finalizer holds it", async () => {
  const free = await leaving();
  await free.send("DELETE", POD, { gracePeriodSeconds: 0 });
  assert.equal((await free.send("GET", POD)).status, 404);
  const held = await leaving(["example.com/hold"]);
  const { json } = await held.send("DELETE", POD, { gracePeriodSeconds: 0 });
  assert.equal(json.metadata.deletionGracePeriodSeconds, 0);
  assert.equal((await held.send("GET", POD)).status, 200);
});

test("a generation that there is grows with the mark", async () => {
  const { send } = await testServer();
  for (const generation of [undefined, 3]) {
    const name = `a${generation ?? ""}`;
    await send("POST", MAPS, { metadata: { name, finalizers: ["example.com/hold"], generation } });
    const { json } = await send("DELETE", `${MAPS}/${name}`);
    assert.equal(json.metadata.generation, generation && generation + 1);
  }
});

test("an event is nobody's owner: no policy holds it", async () => {
  const { send } = await testServer();
  const events = "/api/v1/namespaces/ns/events";
  const involvedObject = { kind: "Pod", namespace: "ns", name: "a" };
  await send("POST", events, { metadata: { name: "e" }, involvedObject, reason: "r", message: "m", type: "Normal" });
  await send("DELETE", `${events}/e`, { propagationPolicy: "Foreground" });
  assert.equal((await send("GET", `${events}/e`)).status, 404);
});

const JOBS = "/apis/batch/v1/namespaces/ns/jobs";
const ORPHANS: readonly [path: string, options: object, finalizers: readonly string[] | undefined, warns: boolean][] = [
  [`${JOBS}/j`, {}, ["orphan"], true],
  [JOBS, {}, ["orphan"], true],
  [`${JOBS}/j`, { propagationPolicy: "Orphan" }, ["orphan"], false],
  [`${JOBS}/j`, { propagationPolicy: "Foreground" }, ["foregroundDeletion"], false],
  [`${JOBS}/j`, { propagationPolicy: "Background" }, undefined, false],
  [`${JOBS}/j`, { orphanDependents: false }, undefined, false],
];
for (const [path, options, finalizers, warns] of ORPHANS) {
  test(`a job leaves its pods alone unless told otherwise: DELETE ${path} with ${JSON.stringify(options)}`, async () => {
    const { send } = await testServer();
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    const made = await send("POST", JOBS, { metadata: { name: "j" }, spec: { template } });
    assert.equal(made.status, 201, made.text);
    const { headers } = await send("DELETE", path, options);
    const { json } = await send("GET", `${JOBS}/j`);
    assert.deepEqual(json.metadata.finalizers, finalizers);
    assert.equal(headers["warning"] !== undefined, warns);
  });
}

test("what holds a job already says what is to become of its pods", async () => {
  const { send } = await testServer();
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  await send("POST", JOBS, { metadata: { name: "j", finalizers: ["foregroundDeletion"] }, spec: { template } });
  await send("DELETE", `${JOBS}/j`);
  assert.deepEqual((await send("GET", `${JOBS}/j`)).json.metadata.finalizers, ["foregroundDeletion"]);
});

test("so does a replication controller, without a word", async () => {
  const { send } = await testServer();
  const controllers = "/api/v1/namespaces/ns/replicationcontrollers";
  const spec = { template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } } };
  await send("POST", controllers, { metadata: { name: "r" }, spec });
  const { json, headers } = await send("DELETE", `${controllers}/r`);
  assert.deepEqual([json.metadata.finalizers, headers["warning"]], [["orphan"], undefined]);
});

const GRACES: readonly [seconds: string, query: string, due: string][] = [
  ["9007199254740993", "", "2172-02-22T02:57:44Z"],
  ["9007199254740993", "?gracePeriodSeconds=9007199254740993", "2172-02-22T02:57:44Z"],
  // A second less than nothing, as Go counts.
  ["9223372036854775807", "?gracePeriodSeconds=9223372036854775807", "2026-01-02T03:04:04Z"],
];
for (const [seconds, query, due] of GRACES) {
  test(`a pod may have longer to end than there is time: ${seconds} ${query}`, async () => {
    const { send } = await testServer();
    const pods = "/api/v1/namespaces/ns/pods";
    const spec = `{"nodeName":"n","terminationGracePeriodSeconds":${seconds},"containers":[{"name":"c","image":"i"}]}`;
    const made = await send("POST", pods, `{"metadata":{"name":"a"},"spec":${spec}}`);
    assert.equal(made.status, 201, made.text);
    const { json, text } = await send("DELETE", `${pods}/a${query}`);
    assert.equal(json.metadata.deletionTimestamp, due);
    assert.ok(text.includes(`"deletionGracePeriodSeconds":${seconds},`), text);
    const sooner = await send("DELETE", `${pods}/a?gracePeriodSeconds=5`);
    assert.equal(sooner.json.metadata.deletionGracePeriodSeconds, 5);
    assert.equal((await send("DELETE", `${pods}/a?gracePeriodSeconds=0`)).status, 200);
    assert.equal((await send("GET", `${pods}/a`)).status, 404);
  });
}

const NAMESPACE = "/api/v1/namespaces/n";
const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

const ENDS: readonly [
  finalizers: readonly string[],
  options: object,
  left: readonly string[] | undefined,
  code: number,
][] = [
  [[], {}, undefined, 200],
  [["example.com/a", "orphan"], {}, ["example.com/a", "orphan"], 200],
  [["example.com/a", "orphan"], { propagationPolicy: "Foreground" }, ["example.com/a", "foregroundDeletion"], 200],
  [["orphan"], { propagationPolicy: "Background" }, undefined, 200],
  [[], { orphanDependents: true }, ["orphan"], 200],
  [[], { orphanDependents: false }, ["foregroundDeletion"], 202],
];
for (const [finalizers, options, left, code] of ENDS) {
  test(`a namespace with ${JSON.stringify(finalizers)} ends with ${JSON.stringify(options)}`, async () => {
    const { send } = await testServer();
    await send("POST", "/api/v1/namespaces", { metadata: { name: "n", finalizers } });
    const first = await send("DELETE", NAMESPACE, options);
    assert.deepEqual([first.status, first.json.metadata.finalizers], [code, left]);
    assert.equal(first.json.status.phase, "Terminating");
    // Nobody has cleaned up yet.
    const again = await send("DELETE", NAMESPACE, { propagationPolicy: "Orphan" });
    assert.deepEqual(again.json.metadata, first.json.metadata);
  });
}

test("a namespace that nobody cleans up goes with the second request", async () => {
  const { send } = await testServer();
  await send("POST", "/api/v1/namespaces", { metadata: { name: "n" } });
  await send("PUT", `${NAMESPACE}/finalize`, { metadata: { name: "n" }, spec: {} });
  assert.equal((await send("DELETE", NAMESPACE)).json.status.phase, "Terminating");
  assert.equal((await send("DELETE", NAMESPACE)).json.kind, "Namespace");
  assert.equal((await send("GET", NAMESPACE)).status, 404);
});

test("what is deleted in steps names its preconditions in words of its own", async () => {
  const { send } = await testServer();
  const { uid, resourceVersion } = (await send("POST", "/api/v1/namespaces", { metadata: { name: "n" } })).json
    .metadata;
  for (const [preconditions, what] of [
    [{ uid: "x" }, `UID in precondition: x, UID in object meta: ${uid}`],
    [
      { resourceVersion: "1" },
      `ResourceVersion in precondition: 1, ResourceVersion in object meta: ${resourceVersion}`,
    ],
  ] as const) {
    const { status, json } = await send("DELETE", NAMESPACE, { preconditions });
    const text = `Operation cannot be fulfilled on namespaces "n": Precondition failed: ${what}`;
    assert.deepEqual([status, json.message], [409, text]);
  }
});

test("a definition waits for its instances, whatever is asked for its dependents", async () => {
  const { send } = await testServer();
  const names = { plural: "widgets", kind: "Widget" };
  const schema = { openAPIV3Schema: { type: "object" } };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const metadata = { name: "widgets.example.com", finalizers: ["example.com/hold"] };
  await send("POST", path, { metadata, spec: { group: "example.com", scope: "Namespaced", names, versions } });
  const { json } = await send("DELETE", `${path}/widgets.example.com`, { propagationPolicy: "Foreground" });
  assert.deepEqual(json.metadata.finalizers, ["example.com/hold", CLEANUP]);
  assert.equal(json.metadata.deletionGracePeriodSeconds, undefined);
  const terminating = json.status.conditions.find(({ type }: { type: string }) => type === "Terminating");
  assert.deepEqual([terminating.status, terminating.reason], ["True", "InstanceDeletionPending"]);
  const again = await send("DELETE", `${path}/widgets.example.com`);
  assert.equal(again.json.metadata.deletionGracePeriodSeconds, 0);
});
