import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../../api/apps/index.ts";
import { CustomResourceDefinition } from "../../api/apiextensions/index.ts";
import { Pod, ResourceQuota, Secret } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { NOW } from "../testing/objects.ts";
import { testCluster } from "../testing/cluster.ts";
import { statusOf, usesLess } from "./tally.ts";

const quota = (spec: object, status: object = {}) =>
  ({ metadata: { name: "q", namespace: "default" }, spec, status }) as unknown as ResourceQuota;

const pod = (requests: object, more: object = {}) => ({
  metadata: { name: "p" },
  spec: { containers: [{ name: "c", resources: { requests } }] },
  ...more,
});
const leaving = { name: "p", deletionTimestamp: new Date(NOW - 31_000).toISOString(), deletionGracePeriodSeconds: 30 };

for (const { rule, hard, objects = [], scopes, status, used } of [
  { rule: "what nothing uses is used by nothing", hard: { pods: "3", cpu: "1" }, used: { pods: "0", cpu: "0" } },
  {
    rule: "requests of pods add up",
    hard: { cpu: "2", "requests.memory": "1Gi", pods: "9" },
    objects: [pod({ cpu: "100m", memory: "1Mi" }), pod({ cpu: "1" })],
    used: { cpu: "1100m", "requests.memory": "1Mi", pods: "2" },
  },
  {
    rule: "a finished pod is only counted among all",
    hard: { pods: "3", "count/pods": "3", cpu: "1" },
    objects: [pod({ cpu: "1" }, { status: { phase: "Succeeded" } })],
    used: { pods: "0", "count/pods": "1", cpu: "0" },
  },
  {
    rule: "so is one whose time to end is over",
    hard: { pods: "3", "count/pods": "3" },
    objects: [pod({}, { metadata: leaving })],
    used: { pods: "0", "count/pods": "1" },
  },
  {
    rule: "scopes leave out what is not in them",
    hard: { pods: "3" },
    scopes: ["BestEffort"],
    objects: [pod({}), pod({ cpu: "1" })],
    used: { pods: "1" },
  },
  {
    rule: "what nobody serves keeps what was said of it",
    hard: { "count/gone.example.com": "3", "count/never.example.com": "1" },
    status: { used: { "count/gone.example.com": "2", "count/other": "1" } },
    used: { "count/gone.example.com": "2" },
  },
]) {
  test(`a quota's status: ${rule}`, () => {
    const found = statusOf(quota({ hard, scopes }, status), [{ group: "", resource: "pods", objects }], NOW);
    assert.deepEqual(found, { hard, used });
  });
}

for (const { rule, before, after, expected } of [
  { rule: "a pod that finishes", before: pod({}), after: pod({}, { status: { phase: "Failed" } }), expected: true },
  { rule: "a pod that shrinks", before: pod({ cpu: "2" }), after: pod({ cpu: "1" }), expected: true },
  { rule: "a pod that grows does not", before: pod({ cpu: "1" }), after: pod({ cpu: "2" }), expected: false },
]) {
  test(`gives something back: ${rule}`, () => assert.equal(usesLess("", "pods", before, after), expected));
}

const PODS = { metadata: { name: "few", namespace: "default" }, spec: { hard: { pods: "2", "requests.cpu": "1" } } };
const ordinary = (name: string, cpu: string) => ({
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }] },
});

test("a quota holds from when it was counted; what is deleted or finishes is given back", async () => {
  const cluster = await testCluster({ only: ["resourcequota-controller"] });
  const { client } = cluster;
  const status = async () => (await client.get(ResourceQuota, "few", "default")).status;
  await client.create(Pod, ordinary("old", "300m") as never);
  await client.create(ResourceQuota, PODS as never);
  await cluster.run(3000);
  assert.deepEqual(await status(), { hard: PODS.spec.hard, used: { pods: "1", "requests.cpu": "300m" } });

  await client.create(Pod, ordinary("new", "500m") as never);
  await assert.rejects(client.create(Pod, ordinary("over", "100m") as never), (error) => isReason(error, "Forbidden"));
  await cluster.run(3000);
  assert.deepEqual((await status()).used, { pods: "2", "requests.cpu": "800m" });

  await client.delete(Pod, "old", "default", { gracePeriodSeconds: 0 });
  await cluster.run(3000);
  assert.deepEqual((await status()).used, { pods: "1", "requests.cpu": "500m" });

  await client.patch(
    Pod,
    "new",
    "default",
    { type: "merge", body: { status: { phase: "Succeeded" } } },
    {
      subresource: "status",
    },
  );
  await cluster.run(3000);
  assert.deepEqual((await status()).used, { pods: "0", "requests.cpu": "0" });

  await client.patch(ResourceQuota, "few", "default", { type: "merge", body: { spec: { hard: { secrets: "9" } } } });
  await client.create(Secret, { metadata: { name: "s", namespace: "default" } } as never);
  await cluster.run(3000);
  assert.deepEqual((await status()).used, { pods: "0", "requests.cpu": "0", secrets: "1" });
  const before = cluster.requests.length;
  await cluster.run(60_000);
  assert.deepEqual(
    cluster.requests.slice(before).filter(({ method }) => method !== "GET"),
    [],
  );
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("quotas count objects of any kind, also of kinds that come later", async () => {
  const cluster = await testCluster({ only: ["resourcequota-controller"] });
  const { client } = cluster;
  const hard = { "count/deployments.apps": "3", "count/links.example.com": "2" };
  await client.create(ResourceQuota, { metadata: { name: "few", namespace: "default" }, spec: { hard } } as never);
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { selector: { matchLabels: labels }, template };
  await cluster.run(3000);
  await client.create(Deployment, { metadata: { name: "web", namespace: "default" }, spec } as never);
  const used = async () => (await client.get(ResourceQuota, "few", "default")).status.used;
  assert.deepEqual(await used(), { "count/deployments.apps": "1" });

  const schema = { openAPIV3Schema: { type: "object" } };
  await client.create(CustomResourceDefinition, {
    metadata: { name: "links.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "links", singular: "link", kind: "Link", listKind: "LinkList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  } as never);
  await cluster.run(3000);
  assert.deepEqual(await used(), { "count/deployments.apps": "1", "count/links.example.com": "0" });

  await client.delete(Deployment, "web", "default");
  await cluster.run(3000);
  assert.deepEqual(await used(), { "count/deployments.apps": "0", "count/links.example.com": "0" });
  cluster.stop();
});
