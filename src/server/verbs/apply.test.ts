/** Server-side apply on the wire: what is looked at in which order, in which version, and what does not fit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { Answer, TestServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/ns/deployments";
const MERGE = { "content-type": "application/merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };

const map = (metadata: object | undefined, data: object = { k: "v" }): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  ...(metadata && { metadata }),
  data,
});

const apply = ({ send }: TestServer, path: string, body: object, manager = "m", query = ""): Promise<Answer> =>
  send("PATCH", `${path}?fieldManager=${manager}${query}`, body, APPLY);

async function withMap(data: object = { k: "v" }): Promise<TestServer> {
  const server = await testServer();
  await server.send("POST", `${MAPS}?fieldManager=creator`, { metadata: { name: "a", namespace: "ns" }, data });
  return server;
}

const CONFLICT = 'Apply failed with 1 conflict: conflict with "creator" using v1: .data.k';
const OTHER_NAME = "the name of the object (b) does not match the name on the URL (a)";
const OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request";
const FIXED = 'metadata.uid: Invalid value: "u": field is immutable';

for (const [rule, body, status, text] of [
  ["the name of what is there is its own", map(undefined), 200, undefined],
  ["another name is refused", map({ name: "b" }), 400, OTHER_NAME],
  ["another namespace too", map({ name: "a", namespace: "b" }), 400, OTHER_NAMESPACE],
  ["a conflict is told before", map({ name: "b" }, { k: "x" }), 409, CONFLICT],
  [
    "what does not fit before that",
    map({ name: "b", namespace: "b" }, { k: 1 }),
    500,
    "failed to create typed patch object (b/b; /v1, Kind=ConfigMap): .data.k: expected string, got &value.valueUnstructured{Value:1}",
  ],
  ["another uid is one that would change", map({ name: "a", uid: "u" }), 422, FIXED],
] as const) {
  test(`apply to what is there: ${rule}`, async () => {
    const answer = await apply(await withMap(), `${MAPS}/a`, body);
    assert.deepEqual([answer.status, answer.json.message?.replace('ConfigMap "a" is invalid: ', "")], [status, text]);
  });
}

const TEMPLATE = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };

for (const [rule, path, body, field, owned] of [
  [
    "the parts of a volume's claim have their managers, other than those of other references",
    "/api/v1/persistentvolumes",
    {
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        nfs: { server: "s", path: "/" },
        claimRef: { namespace: "n", name: "c" },
      },
    },
    "f:spec.f:claimRef",
    { ".": {}, "f:name": {}, "f:namespace": {} },
  ],
  [
    "the count of a daemon set's templates has one, too",
    "/apis/apps/v1/namespaces/ns/daemonsets",
    { spec: { selector: { matchLabels: { a: "b" } }, template: TEMPLATE } },
    "f:metadata.f:annotations",
    { ".": {}, "f:deprecated.daemonset.template.generation": {} },
  ],
] as const) {
  test(`created: ${rule}`, async () => {
    const { send } = await testServer();
    const { json } = await send("POST", path, { metadata: { name: "a" }, ...body });
    const { fieldsV1 } = json.metadata.managedFields[0];
    const [outer, inner] = field.split(".") as [string, string];
    assert.deepEqual(fieldsV1[outer][inner], owned);
  });
}

test("apply creates what is called as in the path, without a uid, whatever revision it names", async () => {
  const server = await testServer();
  const messages: string[] = [];
  for (const metadata of [undefined, { name: "b" }, { name: "a", uid: "u" }]) {
    messages.push((await apply(server, `${MAPS}/a`, map(metadata))).json.message);
  }
  assert.deepEqual(messages, [
    "the name of the object (a based on URL) was undeterminable: name must be provided",
    OTHER_NAME,
    'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid u, and no existing object was found',
  ]);
  const made = await apply(server, `${MAPS}/a`, map({ name: "a", resourceVersion: "5" }));
  assert.deepEqual([made.status, made.json.metadata.namespace], [201, "ns"]);
});

const pod = (container: object): object => {
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i", ...container }] } };
  return { selector: { matchLabels: labels }, template };
};

for (const [rule, spec, why] of [
  [
    "a quantity",
    pod({ resources: { limits: { cpu: "abc" } } }),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  ["half a replica", { ...pod({}), replicas: 1.5 }, "cannot convert float64 to int32"],
] as const) {
  test(`apply: ${rule} that the kind cannot have is told`, async () => {
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec };
    const { status, json } = await apply(await testServer(), `${DEPLOYMENTS}/d`, body);
    const text = `failed to convert new object (/d; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: ${why}`;
    assert.deepEqual([status, json.message], [500, text]);
  });
}

test("an empty list takes all owners away, for good", async () => {
  const server = await withMap();
  const cleared = await server.send("PATCH", `${MAPS}/a`, { metadata: { managedFields: [] } }, MERGE);
  assert.equal(cleared.json.metadata.managedFields, undefined);
  const later = await server.send("PATCH", `${MAPS}/a`, { data: { l: "w" } }, MERGE);
  assert.equal(later.json.metadata.managedFields, undefined);
});

const scaler = (version: string, spec: object): object => ({
  apiVersion: `autoscaling/${version}`,
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "h" },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, maxReplicas: 5, ...spec },
});
const scalers = (version: string): string => `/apis/autoscaling/${version}/namespaces/ns/horizontalpodautoscalers/h`;

const usage = (name: string, averageUtilization: number): object => ({
  type: "Resource",
  resource: { name, target: { type: "Utilization", averageUtilization } },
});

test("what was applied in one version and is not applied in another goes", async () => {
  const server = await testServer();
  await apply(server, scalers("v1"), scaler("v1", { minReplicas: 2, targetCPUUtilizationPercentage: 50 }));
  const bare = await apply(server, scalers("v2"), scaler("v2", { minReplicas: 2 }));
  // 80 % is what an autoscaler without metrics gets.
  assert.deepEqual(bare.json.spec.metrics, [usage("cpu", 80)]);
  const memory = { metrics: [usage("memory", 60)] };
  await apply(server, scalers("v2"), scaler("v2", memory));
  const back = await apply(server, scalers("v1"), scaler("v1", {}));
  assert.deepEqual(back.json.spec.targetCPUUtilizationPercentage, 80);
  assert.equal(back.json.metadata.annotations, undefined);
});

test("what another owns in another version stays", async () => {
  const server = await testServer();
  await apply(server, scalers("v1"), scaler("v1", { targetCPUUtilizationPercentage: 50 }));
  const shared = await apply(server, scalers("v2"), scaler("v2", { metrics: [usage("cpu", 50)] }), "n");
  assert.equal(shared.status, 200, shared.text);
  const left = await apply(server, scalers("v2"), scaler("v2", {}));
  assert.deepEqual(left.json.spec.metrics, [usage("cpu", 50)]);
});

test("what another version of a custom kind does not know is not lost", async () => {
  const server = await testServer();
  const version = (name: string, ...fields: string[]): object => {
    const properties = Object.fromEntries(fields.map((field) => [field, { type: "string" }]));
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } };
    return { name, served: true, storage: name === "v1", schema };
  };
  const names = { plural: "widgets", kind: "Widget" };
  const spec = { group: "example.com", scope: "Namespaced", names, versions: [version("v1", "a"), version("v2", "b")] };
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await server.send("POST", definitions, { metadata: { name: "widgets.example.com" }, spec });
  const widgets = (name: string): string => `/apis/example.com/${name}/namespaces/ns/widgets`;
  while ((await server.send("GET", widgets("v1"))).status !== 200) await Promise.resolve();
  const widget = (name: string, fields: object): object => ({
    apiVersion: `example.com/${name}`,
    kind: "Widget",
    metadata: { name: "w" },
    spec: fields,
  });
  await apply(server, `${widgets("v2")}/w`, widget("v2", { b: "x" }));
  const { json } = await apply(server, `${widgets("v1")}/w`, widget("v1", { a: "y" }));
  assert.deepEqual(json.spec, { a: "y" });
});
