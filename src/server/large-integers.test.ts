/** Whole numbers beyond 2^53 go in and come out digit by digit, whatever is done with them on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../api/core/index.ts";
import { builtinKinds } from "../api/index.ts";
import { decodeObjectMessage } from "../machinery/schema/kind-codec.ts";
import { encodeMessage } from "../machinery/schema/protobuf.ts";
import { createScheme } from "../machinery/scheme.ts";
import { objectCodec } from "./encoding/json.ts";
import { testServer } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

const LARGE = "9007199254740993";
const LEAST = "-9223372036854775808";
const MOST = "9223372036854775807";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/example.com/v1/namespaces/ns/widgets";
const PODS = "/api/v1/namespaces/ns/pods";
const YAML = { "content-type": "application/yaml" };
const patch = (type: string): object => ({ "content-type": `application/${type}` });

const properties = {
  size: { type: "integer", format: "int64", "x-kubernetes-validations": [{ rule: `self != ${LARGE} - 1` }] },
  sizes: { type: "array", "x-kubernetes-list-type": "set", items: { type: "integer" } },
  ratio: { type: "number" },
  replicas: { type: "integer" },
  any: { "x-kubernetes-preserve-unknown-fields": true },
};

/** `more` is said of the size. */
async function withWidgets(more = ""): Promise<TestServer> {
  const server = await testServer();
  const spec = {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
        schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
      },
    ],
  };
  const text = JSON.stringify({ metadata: { name: "widgets.example.com" }, spec });
  await server.send("POST", CRDS, text.replace('"format":"int64"', `$&${more}`));
  while ((await server.send("GET", WIDGETS)).status !== 200) await Promise.resolve();
  return server;
}

const widget = (spec: string): string =>
  `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":${spec}}`;

const WRITES: readonly [rule: string, method: string, path: string, body: string, headers: object, keeps: string][] = [
  ["a create", "POST", WIDGETS, widget(`{"size":${LARGE}}`), {}, `"spec":{"size":${LARGE}}`],
  [
    "the ends of 64 bits",
    "POST",
    WIDGETS,
    widget(`{"sizes":[${LEAST},${MOST}]}`),
    {},
    `"spec":{"sizes":[${LEAST},${MOST}]}`,
  ],
  [
    "whatever is kept",
    "POST",
    WIDGETS,
    widget(`{"any":{"b":[${LARGE},1.5]}}`),
    {},
    `"spec":{"any":{"b":[${LARGE},1.5]}}`,
  ],
  [
    "YAML",
    "POST",
    WIDGETS,
    `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  size: ${LARGE}\n`,
    YAML,
    `"spec":{"size":${LARGE}}`,
  ],
];
for (const [rule, method, path, body, headers, keeps] of WRITES) {
  test(`is kept: ${rule}`, async () => {
    const { send } = await withWidgets();
    const { status, text } = await send(method, path, body, headers as Record<string, string>);
    assert.equal(status, 201, text);
    for (const told of [text, (await send("GET", `${WIDGETS}/a`)).text, (await send("GET", WIDGETS)).text]) {
      assert.ok(told.includes(keeps), told);
    }
  });
}

const PATCHES: readonly [type: string, body: string, keeps: string][] = [
  ["merge-patch+json", `{"spec":{"ratio":1.5}}`, `{"size":${LARGE},"sizes":[${LARGE},9007199254740992],"ratio":1.5}`],
  ["merge-patch+json", `{"spec":{"size":${MOST}}}`, `{"size":${MOST},"sizes":[${LARGE},9007199254740992]}`],
  [
    "json-patch+json",
    `[{"op":"test","path":"/spec/size","value":${LARGE}},{"op":"replace","path":"/spec/size","value":${MOST}}]`,
    `{"size":${MOST},"sizes":[${LARGE},9007199254740992]}`,
  ],
  ["apply-patch+yaml", widget(`{"sizes":[${MOST}]}`), `{"size":${LARGE},"sizes":[${LARGE},9007199254740992,${MOST}]}`],
];
for (const [type, body, keeps] of PATCHES) {
  test(`is kept by a patch: ${type} ${body}`, async () => {
    const { send } = await withWidgets();
    await send("POST", WIDGETS, widget(`{"size":${LARGE},"sizes":[${LARGE},9007199254740992]}`));
    const answer = await send("PATCH", `${WIDGETS}/a?fieldManager=me`, body, patch(type) as Record<string, string>);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.text.includes(`"spec":${keeps}`), answer.text);
  });
}

test("an update to a number that a double cannot tell from the one before is an update", async () => {
  const { send } = await withWidgets();
  const first = await send("POST", WIDGETS, widget(`{"size":${LARGE}}`));
  const next = await send(
    "PATCH",
    `${WIDGETS}/a`,
    `{"spec":{"size":9007199254740994}}`,
    patch("merge-patch+json") as Record<string, string>,
  );
  assert.notEqual(next.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
  assert.ok(next.text.includes('"size":9007199254740994'), next.text);
});

test("rules see it as it is, and so do the checks of its type", async () => {
  const { send } = await withWidgets();
  assert.equal((await send("POST", WIDGETS, widget(`{"size":9007199254740992}`))).status, 422);
  assert.equal((await send("POST", WIDGETS, widget(`{"size":${LARGE}}`))).status, 201);
});

test("columns and watches tell it", async () => {
  const { send, watch } = await withWidgets();
  const watcher = await watch(`${WIDGETS}?watch=1`);
  await send("POST", WIDGETS, widget(`{"size":${LARGE}}`));
  const table = await send("GET", WIDGETS, undefined, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
  assert.ok(table.text.includes(`"cells":["a",${LARGE}]`), table.text);
  const body = watcher.response.body.form === "watch" ? watcher.response.body : undefined;
  for await (const [event] of body!.events) {
    assert.ok(new TextDecoder().decode(event!.bytes()).includes(`"size":${LARGE}`));
    break;
  }
});

const tolerating = (seconds: string): string =>
  `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}],"tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":${seconds}}]}}`;

test("fields of built-in kinds have 64 bits, and not one more", async () => {
  const { send } = await testServer();
  assert.equal((await send("POST", PODS, tolerating(LARGE))).status, 201);
  assert.ok((await send("GET", `${PODS}/a`)).text.includes(`"tolerationSeconds":${LARGE}`));
  assert.equal((await send("POST", PODS, tolerating("9223372036854775808"))).status, 400);
});

const POD = { metadata: { name: "a" }, spec: { tolerations: [{ tolerationSeconds: BigInt(LARGE) }] } };

test("protobuf has it, from the least to the most", () => {
  for (const seconds of [LARGE, LEAST, MOST, `-${LARGE}`].map(BigInt)) {
    const pod = { ...POD, spec: { tolerations: [{ tolerationSeconds: seconds }] } };
    const read = decodeObjectMessage(Pod, encodeMessage(Pod.schema, pod));
    assert.equal(read.spec.tolerations![0]!.tolerationSeconds, seconds);
  }
});

test("what the store keeps has it", () => {
  const codec = objectCodec(createScheme(builtinKinds));
  const bytes = codec.encode(POD, "/core/pods/ns/a");
  assert.ok(new TextDecoder().decode(bytes).includes(`"tolerationSeconds":${LARGE}`));
  assert.deepEqual(codec.decode(bytes, "/core/pods/ns/a"), { kind: "Pod", apiVersion: "v1", ...POD });
});

const CONTAINERS = `"containers":[{"name":"c","image":"i"}]`;
const TEMPLATE = `"template":{"metadata":{"labels":{"a":"b"}},"spec":{"terminationGracePeriodSeconds":${LARGE},${CONTAINERS}}}`;
const DAEMON_SETS = "/apis/apps/v1/namespaces/ns/daemonsets";
const RUNTIME_CLASS = `{"metadata":{"name":"r"},"handler":"h","scheduling":{"tolerations":[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":${LARGE}}]}}`;
const TOLERATING = `[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":${LARGE}}]`;

const NO_FAULTS: readonly [rule: string, ...requests: [method: string, path: string, body?: string][]][] = [
  [
    "a template that is compared with the one before",
    ["POST", DAEMON_SETS, `{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},${TEMPLATE}}}`],
    ["PATCH", `${DAEMON_SETS}/d`, `{"spec":{"minReadySeconds":3}}`],
  ],
  [
    "parameters that are measured",
    [
      "POST",
      "/apis/resource.k8s.io/v1/deviceclasses",
      `{"metadata":{"name":"d"},"spec":{"config":[{"opaque":{"driver":"d.example.com","parameters":{"a":${LARGE}}}}]}}`,
    ],
  ],
  [
    "tolerations that a runtime class adds",
    ["POST", "/apis/node.k8s.io/v1/runtimeclasses", RUNTIME_CLASS],
    [
      "POST",
      PODS,
      `{"metadata":{"name":"a"},"spec":{"runtimeClassName":"r","tolerations":${TOLERATING},${CONTAINERS}}}`,
    ],
  ],
];
for (const [rule, ...requests] of NO_FAULTS) {
  test(`nothing fails on it: ${rule}`, async () => {
    const { send } = await testServer();
    for (const [method, path, body] of requests) {
      const headers = method === "PATCH" ? patch("merge-patch+json") : {};
      const { status, text } = await send(method, path, body, headers as Record<string, string>);
      assert.ok(status < 300, text);
    }
  });
}

test("more replicas than there can be are told as what they are", async () => {
  const { send } = await withWidgets();
  const refused = await send("POST", WIDGETS, widget(`{"replicas":${LARGE}}`));
  const text = `.spec.replicas: Invalid value: ${LARGE}: should be less than or equal to 2147483647`;
  assert.ok(refused.json.message.includes(text), refused.text);
});

test("documents of definitions tell it", async () => {
  const { send } = await withWidgets(`,"default":${LARGE},"enum":[${LARGE}]`);
  for (const path of ["/openapi/v2", "/openapi/v3/apis/example.com/v1"]) {
    const { text } = await send("GET", path);
    assert.ok(text.includes(`"default":${LARGE},`) && text.includes(`"enum":[${LARGE}]`), path);
  }
  const accept = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
  assert.ok((await send("GET", "/openapi/v3/apis/example.com/v1", undefined, { accept })).text.includes(LARGE));
});
