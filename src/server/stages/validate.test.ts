/** What an update is told, and how often: upstream's causes tell an error as often as it was found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";

const server = await testServer();
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const selected = { selector: { matchLabels: { a: "b" } }, template };

const MERGE = { "content-type": "application/merge-patch+json" };

/** Creates an object, patches it, and gives the causes of the refusal as `field: reason`. */
async function causesOf(path: string, object: object, change: object, subresource = ""): Promise<string[]> {
  const name = `x${Math.trunc(server.clock.now())}-${path.length}`;
  await server.send("DELETE", `${path}/${name}`);
  const made = await server.send("POST", path, { metadata: { name }, ...object });
  assert.equal(made.status, 201, made.text);
  const metadata = { resourceVersion: made.json.metadata.resourceVersion };
  const patch = { ...change, metadata: { ...metadata, ...(change as { metadata?: object }).metadata } };
  const { status, json } = await server.send("PATCH", `${path}/${name}${subresource}`, patch, MERGE);
  assert.equal(status, 422, JSON.stringify(json));
  return (json.details.causes as { field: string; message: string }[]).map(
    ({ field, message }) => `${field}: ${message.split(":", 1)[0]}`,
  );
}

const namespaced = (api: string, plural: string): string => `${api}/namespaces/default/${plural}`;

for (const [of, rule, path, object, subresource, times] of [
  ["ReplicaSet", "as a change", namespaced("/apis/apps/v1", "replicasets"), { spec: selected }, "", 3],
  ["Service", "as a change", namespaced("/api/v1", "services"), { spec: { ports: [{ port: 1 }] } }, "", 3],
  ["ConfigMap", "as a change and as a whole", namespaced("/api/v1", "configmaps"), {}, "", 4],
  ["LimitRange", "as a whole", namespaced("/api/v1", "limitranges"), { spec: { limits: [] } }, "", 3],
  [
    "PersistentVolume",
    "twice as a whole",
    "/api/v1/persistentvolumes",
    { spec: { capacity: { storage: "1" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } } },
    "",
    4,
  ],
  [
    "PodDisruptionBudget",
    "not by itself",
    namespaced("/apis/policy/v1", "poddisruptionbudgets"),
    { spec: { minAvailable: 1 } },
    "",
    2,
  ],
  [
    "PodDisruptionBudget",
    "not by itself, nor its status",
    namespaced("/apis/policy/v1", "poddisruptionbudgets"),
    { spec: { minAvailable: 1 } },
    "/status",
    2,
  ],
  [
    "StatefulSet",
    "as a change, its status too",
    namespaced("/apis/apps/v1", "statefulsets"),
    { spec: selected },
    "/status",
    3,
  ],
] as const) {
  test(`a changed ${of} looks at metadata ${rule}`, async () => {
    const said = await causesOf(path, object, { metadata: { labels: { "a b": "" } } }, subresource);
    assert.deepEqual(
      said,
      Array.from({ length: times }, () => "metadata.labels: Invalid value"),
    );
  });
}

for (const [of, rule, path, object, change, ...says] of [
  [
    "DaemonSet",
    "what stays before what is wrong",
    namespaced("/apis/apps/v1", "daemonsets"),
    { spec: selected },
    { spec: { selector: { matchLabels: { a: "c" } }, minReadySeconds: -1 } },
    "spec.selector: Invalid value",
    "spec.template.metadata.labels: Invalid value",
    "spec.minReadySeconds: Invalid value",
  ],
  [
    "ReplicaSet",
    "what is wrong before what stays",
    namespaced("/apis/apps/v1", "replicasets"),
    { spec: selected },
    { spec: { selector: { matchLabels: { a: "c" } }, replicas: -1 } },
    "spec.replicas: Invalid value",
    "spec.template.metadata.labels: Invalid value",
    "spec.selector: Invalid value",
  ],
  [
    "ConfigMap",
    "what stays before what is wrong",
    namespaced("/api/v1", "configmaps"),
    { immutable: true },
    { data: { "a b": "c" } },
    "data: Forbidden",
    "data[a b]: Invalid value",
  ],
  [
    "Secret",
    "what stays before what is wrong",
    namespaced("/api/v1", "secrets"),
    {},
    { type: "kubernetes.io/tls" },
    "type: Invalid value",
    "data[tls.crt]: Required value",
    "data[tls.key]: Required value",
  ],
  [
    "ResourceClaimTemplate",
    "all that is wrong, too",
    namespaced("/apis/resource.k8s.io/v1", "resourceclaimtemplates"),
    { spec: { spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } } } },
    { spec: { spec: { devices: { requests: [{ name: "R", exactly: { deviceClassName: "c" } }] } } } },
    "spec.spec.devices.requests[0].name: Invalid value",
    "spec: Invalid value",
  ],
] as const) {
  test(`a changed ${of} is told ${rule}`, async () => assert.deepEqual(await causesOf(path, object, change), says));
}

test("a budget's own faults come first, and its name is any that a path can hold", async () => {
  const budgets = namespaced("/apis/policy/v1", "poddisruptionbudgets");
  const made = (name: string, minAvailable: number) =>
    server.send("POST", budgets, { metadata: { name }, spec: { minAvailable } });
  assert.match((await made("a/b", -1)).json.message, /is invalid: spec\.minAvailable: [^,]*$/);
  assert.match((await made("a/b", 1)).json.message, /is invalid: metadata\.name: .*may not contain '\/'$/);
  assert.equal((await made("Up_per", 1)).status, 201);
});

test("a Service is created where it is put", async () => {
  const put = await server.send("PUT", `${namespaced("/api/v1", "services")}/put`, {
    metadata: { name: "put" },
    spec: { ports: [{ port: 80 }] },
  });
  assert.equal(put.status, 201);
  assert.match(put.json.spec.clusterIP, /^10\./);
});

test("the status of a ServiceCIDR leaves its metadata as it is", async () => {
  const path = "/apis/networking.k8s.io/v1/servicecidrs";
  await server.send("POST", path, { metadata: { name: "c" }, spec: { cidrs: ["10.200.0.0/24"] } });
  const change = { metadata: { labels: { a: "b" } }, status: { conditions: [{ type: "Ready", status: "True" }] } };
  const { json } = await server.send("PATCH", `${path}/c/status`, change, MERGE);
  assert.equal(json.metadata.labels, undefined);
  assert.equal(json.status.conditions[0].type, "Ready");
});
