/** Anything at all is sent to the server's door: bodies, patches, paths, queries, headers. See fuzz.ts for the promise. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { builtinKinds } from "../../src/api/index.ts";
import type { Kind } from "../../src/machinery/kind.ts";
import { encodeMessage } from "../../src/machinery/schema/protobuf.ts";
import { envelope } from "../../src/machinery/schema/protobuf-envelope.ts";
import { anyObject } from "../../src/machinery/schema/testing/arbitrary.ts";
import { apiVersionOf } from "../../src/machinery/scheme.ts";
import { formatYaml } from "../../src/machinery/yaml.ts";
import { bytesOf, FuzzedServer, mutated, SETTINGS, type Sent } from "./fuzz.ts";

let server: FuzzedServer;

before(async () => {
  server = await FuzzedServer.start();
  for (const [path, object] of Object.entries(PATCHED)) {
    const status = await server.promise({ method: "POST", path, body: bytesOf(object) });
    assert.equal(status, 201, path);
  }
});

after(() => server[Symbol.asyncDispose]());

const template = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] },
};

/** Objects that patches change: with maps, merge keys, lists in lists, and one of a free form. */
const PATCHED: Readonly<Record<string, object>> = {
  "/apis/apps/v1/namespaces/default/deployments": {
    metadata: { name: "patched" },
    spec: { selector: { matchLabels: { a: "b" } }, template },
  },
  "/api/v1/namespaces/default/configmaps": { metadata: { name: "patched" }, data: { a: "1", b: "2" } },
  "/api/v1/namespaces/default/services": { metadata: { name: "patched" }, spec: { ports: [{ port: 80 }] } },
};

function pathOf({ group, version, scope, names }: Kind): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${scope === "Namespaced" ? "/namespaces/default" : ""}/${names.plural}`;
}

const property = (rule: string, sent: fc.Arbitrary<Sent>): void => {
  test(rule, async () => {
    await fc.assert(
      fc.asyncProperty(sent, async (each) => {
        await server.promise(each);
      }),
      SETTINGS,
    );
  });
};

const ENCODINGS: readonly [string, (kind: Kind, object: object) => Uint8Array][] = [
  ["application/json", (_, object) => bytesOf(object)],
  ["application/yaml", (_, object) => bytesOf(formatYaml(object))],
  [
    "application/vnd.kubernetes.protobuf",
    (kind, object) => envelope(apiVersionOf(kind), kind.kind, encodeMessage(kind.schema, object)),
  ],
];

const anyKind = fc.constantFrom(...builtinKinds.filter(({ verbs }) => verbs.includes("create")));

/** Dry runs go all the way but for the store, which would fill up otherwise. */
const QUERIES = ["dryRun=All", "dryRun=All&fieldValidation=Strict", "dryRun=All&fieldValidation=Ignore"];

for (const [type, encode] of ENCODINGS) {
  property(
    `bodies of any kind as ${type}, whole and broken`,
    anyKind.chain((kind) =>
      fc.record({
        method: fc.constant("POST"),
        path: fc.constant(pathOf(kind)),
        query: fc.constantFrom(...QUERIES),
        headers: fc.constant({ "content-type": type }),
        body: mutated(anyObject(kind.schema).map((object) => encode(kind, named(kind, object)))),
      }),
    ),
  );
}

function named(kind: Kind, object: object): object {
  const metadata = { name: "fuzz", ...(kind.scope === "Namespaced" && { namespace: "default" }) };
  return { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
}

const PATHS = [
  "",
  "/metadata",
  "/metadata/labels",
  "/data/a",
  "/spec/template/spec/containers/0",
  "/spec/ports/-",
  "/spec/ports/0/port",
  "/-1",
  "/a~1b",
  "~3",
];
const pointer = fc.oneof(fc.constantFrom(...PATHS), fc.string({ maxLength: 6 }));
const operation = fc.record(
  {
    op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "other"),
    path: pointer,
    from: pointer,
    value: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: ["op"], noNullPrototype: true },
);

const FIELDS = [
  "metadata",
  "spec",
  "data",
  "template",
  "containers",
  "ports",
  "name",
  "labels",
  "$patch",
  "$retainKeys",
  "$setElementOrder/ports",
  "$deleteFromPrimitiveList/finalizers",
  "managedFields",
  "kind",
  "__proto__",
];

/** Objects of field names that mean something, with values that may not fit. */
const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
  tree: fc.dictionary(fc.constantFrom(...FIELDS), tie("node"), { maxKeys: 4, noNullPrototype: true }),
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, "", "patched", "delete", "replace", "merge", 0, 80, true, 1.5),
    tie("tree"),
    fc.array(tie("node"), { maxLength: 3 }),
  ),
}));

const applied = tree.map((object) => ({ ...(object as object), apiVersion: "v1", kind: "ConfigMap" }));
const PATCHES: readonly [string, fc.Arbitrary<unknown>][] = [
  ["application/json-patch+json", fc.array(operation, { maxLength: 4 })],
  ["application/merge-patch+json", tree],
  ["application/strategic-merge-patch+json", tree],
  ["application/apply-patch+yaml", fc.oneof(tree, applied)],
];

for (const [type, document] of PATCHES) {
  property(
    `patches as ${type}`,
    fc.record({
      method: fc.constant("PATCH"),
      path: fc.constantFrom(...Object.keys(PATCHED).map((path) => `${path}/patched`)),
      query: fc.constantFrom("dryRun=All&fieldManager=fuzz", "fieldManager=fuzz&force=true&dryRun=All", "dryRun=All"),
      headers: fc.constant({ "content-type": type }),
      body: mutated(document.map(bytesOf)),
    }),
  );
}

const PARAMETERS = [
  "watch",
  "limit",
  "continue",
  "resourceVersionMatch",
  "labelSelector",
  "fieldSelector",
  "timeoutSeconds",
  "allowWatchBookmarks",
  "sendInitialEvents",
  "pretty",
  "dryRun",
  "fieldManager",
  "force",
  "gracePeriodSeconds",
  "propagationPolicy",
  "orphanDependents",
  "includeObject",
];
const VALUES = [
  "",
  "0",
  "1",
  "-1",
  "true",
  "False",
  "9999999999999999999",
  "NaN",
  "Exact",
  "NotOlderThan",
  "a=b",
  "a in (",
  "!a",
  "a notin (b),c",
  "metadata.name=x",
  "spec.nodeName!=",
  "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
  "%00",
  "%ff",
  "All",
  "Orphan",
];
const parameter = fc
  .tuple(fc.constantFrom(...PARAMETERS), fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 12 })))
  .map(([name, value]) => `${name}=${value}`);
const query = fc.array(parameter, { maxLength: 4 }).map((all) => all.join("&"));

property(
  "queries of reads",
  fc.record({
    method: fc.constantFrom("GET", "HEAD"),
    path: fc.constantFrom(
      "/api/v1/pods",
      "/api/v1/namespaces",
      "/api/v1/namespaces/default/configmaps/patched",
      "/apis",
      "/openapi/v3",
      "/version",
    ),
    query,
  }),
);

property(
  "queries of writes, none of which happens",
  fc.record({
    method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE"),
    path: fc.constantFrom(
      "/api/v1/namespaces/default/configmaps/none",
      "/apis/apps/v1/namespaces/default/deployments/none/scale",
    ),
    query,
    body: mutated(fc.constant(bytesOf({ metadata: { name: "none" } }))),
  }),
);

const ACCEPT = [
  "*/*",
  "application/json",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf",
  "application/yaml;q=0.1",
  "text/html",
  ";;;",
  "a/b;q=x",
];
const NAMES = [
  "accept",
  "content-type",
  "impersonate-user",
  "impersonate-group",
  "impersonate-uid",
  "impersonate-extra-a%zz",
  "authorization",
  "if-none-match",
  "x-remote-user",
  "traceparent",
  "user-agent",
  "accept-encoding",
  "audit-id",
];
const value = fc.oneof(
  fc.constantFrom(...ACCEPT, "Bearer x", "Basic eA==", "system:masters", '"x"'),
  fc.string({ maxLength: 20 }),
);

property(
  "headers",
  fc.record({
    method: fc.constantFrom("GET", "POST"),
    path: fc.constantFrom(
      "/api/v1/namespaces/default/configmaps",
      "/apis",
      "/apis/apps/v1/namespaces/default/deployments/patched",
      "/openapi/v2",
      "/metrics",
    ),
    query: fc.constant("dryRun=All"),
    headers: fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true }),
    body: fc.constant(bytesOf({ metadata: { name: "of-headers" } })),
  }),
);

const SEGMENTS = [
  "api",
  "apis",
  "v1",
  "apps",
  "namespaces",
  "default",
  "pods",
  "deployments",
  "patched",
  "watch",
  "status",
  "scale",
  "log",
  "exec",
  "proxy",
  "eviction",
  "binding",
  "token",
  "openapi",
  "v3",
  "",
  ".",
  "..",
  "healthz",
  "changes",
  "a:b:c",
  "%",
  "\u0000",
  "__proto__",
];

property(
  "paths",
  fc.record({
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "TRACE", "get", ""),
    path: fc.array(fc.constantFrom(...SEGMENTS), { maxLength: 9 }).map((segments) => `/${segments.join("/")}`),
    query: fc.constantFrom("", "dryRun=All"),
    body: fc.constant(bytesOf({ metadata: { name: "of-paths" } })),
  }),
);

/** Each as long as a body may be or as deep as it can: what grows with its square, or its depth, shows here. */
const HEAVY: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "lists in lists": ["application/json", `{"data":${"[".repeat(1_000_000)}`],
  "objects in objects": ["application/json", '{"a":'.repeat(500_000)],
  "closed lists in lists": ["application/json", `{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  "an object as deep as may be": [
    "application/json",
    JSON.stringify({ metadata: { name: "deep" }, x: 0 }).replace("0", `${"[".repeat(1990)}${"]".repeat(1990)}`),
  ],
  "lists in lists, in YAML": ["application/yaml", `a: ${"[".repeat(100_000)}`],
  "indented YAML": [
    "application/yaml",
    Array.from({ length: 1500 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
  ],
  "references in YAML to references, nine to the ninth": [
    "application/yaml",
    `a: &a [x]\n${[..."bcdefghij"].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[at]}`).join(",")}]\n`).join("")}`,
  ],
  "many unknown fields": [
    "application/json",
    `{${Array.from({ length: 100_000 }, (_, at) => `"f${at}":1`).join(",")}}`,
  ],
  "one field many times": ["application/json", `{${Array(100_000).fill('"data":{}').join(",")}}`],
  "a long name": ["application/json", JSON.stringify({ metadata: { name: "x".repeat(1_000_000) } })],
  "many labels": [
    "application/json",
    JSON.stringify({
      metadata: { labels: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`l${at}!`, "x"])) },
    }),
  ],
  "more than a body may have": ["application/json", JSON.stringify({ data: { a: "x".repeat(4_000_000) } })],
};

/** Bytes that may be in use afterwards beyond before, and milliseconds that one may take. */
const MOST_KEPT = 64 * 1024 * 1024;
const LONGEST = 5000;

for (const [rule, [type, text]] of Object.entries(HEAVY)) {
  for (const method of ["POST", "PATCH"]) {
    test(`${method} of ${rule} is answered in time, and nothing of it is kept`, async () => {
      const before = process.memoryUsage().heapUsed;
      const began = performance.now();
      const patch = type === "application/yaml" ? "application/apply-patch+yaml" : "application/merge-patch+json";
      const path = "/api/v1/namespaces/default/configmaps";
      const status = await server.promise({
        method,
        path: method === "POST" ? path : `${path}/patched`,
        query: "dryRun=All&fieldValidation=Strict&fieldManager=fuzz",
        headers: { "content-type": method === "POST" ? type : patch },
        body: bytesOf(text),
      });
      assert.ok(status < 500, `status ${status}`);
      assert.ok(performance.now() - began < LONGEST, `it took ${performance.now() - began} ms`);
      globalThis.gc?.();
      if (globalThis.gc) assert.ok(process.memoryUsage().heapUsed - before < MOST_KEPT);
    });
  }
}
