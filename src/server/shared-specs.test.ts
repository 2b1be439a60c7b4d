/**
 * Pods that are made alike have one spec (see alike.ts), so whatever is done to one of them leaves it as it is for the others. Here
 * it is frozen: who changes it in place gets a TypeError, and the request fails.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../machinery/kind.ts";
import { policyServer } from "./testing/policies.ts";
import { securedServer } from "./testing/secured.ts";
import type { TestServer } from "./testing/server.ts";
import { patch, webhookServer } from "./testing/webhooks.ts";

const PODS = "/api/v1/namespaces/default/pods";
const PATCHED = ["pods", "pods/status", "pods/ephemeralcontainers", "pods/resize"];
const RULE = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: PATCHED };

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", labels: { app: "a" } },
  spec: {
    containers: [
      {
        name: "c",
        image: "i",
        env: [{ name: "A", value: "1" }],
        resources: { requests: { cpu: "1" }, limits: { cpu: "2" } },
      },
    ],
    tolerations: [{ key: "t", operator: "Exists" }],
    terminationGracePeriodSeconds: 30,
  },
};
const named = (name: string): object => ({ ...POD, metadata: { ...POD.metadata, name } });

/** What can be done to a pod, in an order that works. */
const DOINGS: readonly [rule: string, method: string, path: string, body: object, type?: string][] = [
  ["a patch of labels", "PATCH", "", { metadata: { labels: { b: "c" } } }, "merge-patch"],
  ["a merge patch of the spec", "PATCH", "", { spec: { activeDeadlineSeconds: 1000 } }, "merge-patch"],
  ["a strategic patch", "PATCH", "", { spec: { containers: [{ name: "c", image: "j" }] } }, "strategic-merge-patch"],
  ["a JSON patch", "PATCH", "", [{ op: "replace", path: "/spec/containers/0/image", value: "k" }], "json-patch"],
  [
    "server-side apply",
    "PATCH",
    "?fieldManager=m&force=true",
    { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "c", image: "l" }] } },
    "apply-patch",
  ],
  [
    "an ephemeral container",
    "PATCH",
    "/ephemeralcontainers",
    { spec: { ephemeralContainers: [{ name: "e", image: "i" }] } },
    "strategic-merge-patch",
  ],
  [
    "a resize",
    "PATCH",
    "/resize",
    { spec: { containers: [{ name: "c", resources: { requests: { cpu: "1500m" } } }] } },
    "strategic-merge-patch",
  ],
  ["a binding", "POST", "/binding", { metadata: { name: "a" }, target: { kind: "Node", name: "n" } }],
  ["a status", "PATCH", "/status", { status: { phase: "Running", hostIP: "10.0.0.1" } }, "merge-patch"],
  ["an eviction", "POST", "/eviction", { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } }],
  ["a deletion", "DELETE", "", { gracePeriodSeconds: 5 }],
];

/** Servers, and what those who change pods there put into a spec. */
const SERVERS: readonly [rule: string, start: () => Promise<TestServer>, put: RegExp][] = [
  [
    "with the default plugins",
    async () => {
      const server = await securedServer();
      const limits = [{ type: "Container", default: { memory: "1Gi" }, defaultRequest: { memory: "1Gi" } }];
      await server.send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
      await server.send("POST", "/api/v1/namespaces/default/limitranges", {
        metadata: { name: "l" },
        spec: { limits },
      });
      return server;
    },
    /"memory":"1Gi"/,
  ],
  [
    "with a policy that patches",
    () =>
      mutatedBy({
        patchType: "JSONPatch",
        jsonPatch: {
          expression:
            '[JSONPatch{op: "add", path: "/spec/tolerations/-", value: Object.spec.tolerations{key: "p", operator: "Exists"}}]',
        },
      }),
    /"key":"p"/,
  ],
  [
    "with a policy that applies",
    () =>
      mutatedBy({
        patchType: "ApplyConfiguration",
        applyConfiguration: {
          expression: 'Object{spec: Object.spec{containers: [Object.spec.containers{name: "c", image: "applied"}]}}',
        },
      }),
    /"image":"applied"/,
  ],
  [
    "with a webhook that patches",
    async () => {
      const toleration = { key: "p", operator: "Exists" };
      const server = await webhookServer(() => patch({ op: "add", path: "/spec/tolerations/-", value: toleration }));
      await server.send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
      const webhook = {
        name: "w.example.com",
        rules: [RULE],
        clientConfig: { url: "https://hook.example/w" },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      };
      const configuration = { metadata: { name: "w" }, webhooks: [webhook] };
      await server.send("POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", configuration);
      return server;
    },
    /"key":"p"/,
  ],
];

function mutatedBy(mutation: object): Promise<TestServer> {
  const spec = {
    matchConstraints: { resourceRules: [RULE] },
    failurePolicy: "Fail",
    reinvocationPolicy: "Never",
    mutations: [mutation],
  };
  return policyServer("mutating", spec);
}

for (const [rule, start, put] of SERVERS) {
  test(`${rule}: a spec that pods share stays as it is, and what is told of a pod is what is stored`, async () => {
    const server = await start();
    const { store, send } = server;
    // Frozen is all of what is stored, once it is looked at.
    const specOf = (name: string): object => freeze(store.head(`/core/pods/default/${name}`)!.object as Pod).spec;
    for (const name of ["a", "b"]) {
      const { status, text } = await send("POST", PODS, named(name));
      assert.equal(status, 201, text);
    }
    assert.equal(specOf("a"), specOf("b"));
    const untouched = JSON.stringify(specOf("b"));
    assert.match(untouched, put);
    for (const [doing, method, path, body, type] of DOINGS) {
      const format = type === "apply-patch" ? "yaml" : "json";
      const headers = { "content-type": `application/${type === undefined ? "" : `${type}+`}${format}` };
      const { status, text } = await send(method, `${PODS}/a${path}`, body, headers);
      assert.ok(status < 300, `${doing}: ${text}`);
      assert.deepEqual((await send("GET", `${PODS}/a`)).json.spec, specOf("a"), doing);
    }
    assert.equal(JSON.stringify(specOf("b")), untouched);
    assert.deepEqual((await send("GET", `${PODS}/b`)).json.spec, specOf("b"));
    await send("POST", PODS, named("c"));
    assert.equal(specOf("c"), specOf("b"));
  });
}

type Pod = KubeObject & { readonly spec: object };

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}
