/** Who owns what after a write to a subresource: nothing that the subresource never changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NODE_REQUEST } from "../machinery/x509/testing/requests.ts";
import { testServer } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

const PODS = "/api/v1/namespaces/ns/pods";
const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const SCHEMAS = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
const container = { name: "c", image: "i", resources: { requests: { cpu: "1" } } };
const schema = { spec: { priorityLevelConfiguration: { name: "exempt" } } };

async function server(): Promise<TestServer> {
  const made = await testServer();
  await made.send("POST", PODS, { metadata: { name: "a" }, spec: { nodeName: "n", containers: [container] } });
  await made.send("POST", CSRS, {
    metadata: { name: "a", labels: { l: "v" } },
    spec: { request: btoa(NODE_REQUEST), signerName: "example.com/s", usages: ["client auth"] },
  });
  await made.send("POST", SCHEMAS, { metadata: { name: "a" }, ...schema });
  return made;
}

const pod = (more: object): object => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, ...more });
const ephemeral = { name: "e", image: "i" };

const APPLIES: readonly [rule: string, path: string, body: object, owned: object][] = [
  [
    "ephemeralcontainers owns those alone",
    `${PODS}/a/ephemeralcontainers`,
    pod({ spec: { containers: [container], ephemeralContainers: [ephemeral] } }),
    { "f:spec": { "f:ephemeralContainers": { 'k:{"name":"e"}': { ".": {}, "f:image": {}, "f:name": {} } } } },
  ],
  [
    "resize owns resources and policies alone, and the containers they are of",
    `${PODS}/a/resize`,
    pod({ spec: { containers: [{ ...container, resources: { requests: { cpu: "2" } } }] } }),
    {
      "f:spec": {
        "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:resources": { "f:requests": { "f:cpu": {} } } } },
      },
    },
  ],
  [
    "the status of a pod has labels, but no owners",
    `${PODS}/a/status`,
    {
      ...pod({ status: { message: "m" }, spec: { priority: 1 } }),
      metadata: {
        name: "a",
        labels: { l: "v" },
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n", uid: "u" }],
      },
    },
    { "f:metadata": { "f:labels": { "f:l": {} } }, "f:status": { "f:message": {} } },
  ],
  [
    "the status of a flow schema has no metadata",
    `${SCHEMAS}/a/status`,
    {
      apiVersion: "flowcontrol.apiserver.k8s.io/v1",
      kind: "FlowSchema",
      metadata: { name: "a", labels: { l: "v" } },
      status: { conditions: [{ type: "Dangling", status: "False" }] },
    },
    {
      "f:status": {
        "f:conditions": { 'k:{"type":"Dangling"}': { ".": {}, "f:status": {}, "f:type": {} } },
      },
    },
  ],
];
for (const [rule, path, body, owned] of APPLIES) {
  test(`an apply to ${rule}`, async () => {
    const { send } = await server();
    const headers = { "content-type": "application/apply-patch+yaml" };
    const { status, json } = await send("PATCH", `${path}?fieldManager=me&force=true`, body, headers);
    assert.equal(status, 200, json.message);
    const entry = json.metadata.managedFields.find(({ manager }: { manager: string }) => manager === "me");
    assert.deepEqual(entry.fieldsV1, owned);
  });
}

test("the approval of a request owns conditions, but not what was asked", async () => {
  const { send } = await server();
  const { json } = await send("GET", `${CSRS}/a`);
  const conditions = [{ type: "Approved", status: "True", reason: "r" }];
  const wanted = { ...json, spec: { ...json.spec, signerName: "example.com/other" }, status: { conditions } };
  const approved = await send("PUT", `${CSRS}/a/approval?fieldManager=me`, wanted);
  assert.equal(approved.status, 200, approved.json.message);
  const entry = approved.json.metadata.managedFields.find(({ manager }: { manager: string }) => manager === "me");
  assert.deepEqual(Object.keys(entry.fieldsV1), ["f:status"]);
});

test("the status of a flow schema leaves its labels as they are", async () => {
  const { send } = await server();
  const headers = { "content-type": "application/merge-patch+json" };
  const { json } = await send("PATCH", `${SCHEMAS}/a/status`, { metadata: { labels: { l: "v" } } }, headers);
  assert.equal(json.metadata.labels, undefined);
});
