/** Custom resources through the whole pipeline: what a definition adds behaves as a built-in kind does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";
import { customKinds } from "./custom-kinds.ts";
import { jsonPath } from "./json-path.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/example.com/v1/namespaces/ns/widgets";
const MERGE = { "content-type": "application/merge-patch+json" };

const definition = {
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { size: { type: "integer", maximum: 5 }, color: { type: "string", default: "red" } },
              },
              status: { type: "object", properties: { size: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

const widget = (name: string, spec: object = {}, meta: object = {}): object => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name, ...meta },
  spec,
});

async function withWidgets(): Promise<TestServer> {
  const server = await testServer();
  await server.send("POST", CRDS, definition);
  while ((await server.send("GET", WIDGETS)).status !== 200) await Promise.resolve();
  return server;
}

test("an apply that creates needs a name, whatever is missing around it", async () => {
  const { send } = await withWidgets();
  const type = { "content-type": "application/apply-patch+yaml" };
  const body = { apiVersion: "example.com/v1", kind: "Widget" };
  const { status, json } = await send("PATCH", `${WIDGETS}/a?fieldManager=m`, body, type);
  assert.deepEqual(
    [status, json.message],
    [400, "the name of the object (a based on URL) was undeterminable: name must be provided"],
  );
});

test("a definition in a group of the community tells whether it was approved", async () => {
  const { send } = await testServer();
  const annotations = { "api-approved.kubernetes.io": "unapproved, a test" };
  const { spec } = definition;
  const [name, group] = ["widgets.example.k8s.io", "example.k8s.io"];
  await send("POST", CRDS, { metadata: { name, annotations }, spec: { ...spec, group } });
  while ((await send("GET", "/apis/example.k8s.io/v1/widgets")).status !== 200) await Promise.resolve();
  const told = async (): Promise<string> => {
    const { status } = (await send("GET", `${CRDS}/${name}`)).json;
    const { lastTransitionTime: _at, ...said } = status.conditions[0];
    return JSON.stringify(said);
  };
  assert.equal(
    await told(),
    String.raw`{"type":"KubernetesAPIApprovalPolicyConformant","status":"False","reason":"UnapprovedAnnotation","message":"not approved: \"unapproved, a test\""}`,
  );
  const url = "https://example.com/pull/1";
  await send("PATCH", `${CRDS}/${name}`, { metadata: { annotations: { "api-approved.kubernetes.io": url } } }, MERGE);
  while (!(await told()).includes("True")) await Promise.resolve();
  assert.match(
    await told(),
    /"status":"True","reason":"ApprovedAnnotation","message":"approved in https:\/\/example.com/,
  );
});

test("a definition is established and its resource appears in discovery", async () => {
  const { send } = await withWidgets();
  const { status } = (await send("GET", `${CRDS}/widgets.example.com`)).json;
  assert.deepEqual(
    status.conditions.map((each: { type: string; status: string }) => [each.type, each.status]),
    [
      ["NamesAccepted", "True"],
      ["Established", "True"],
    ],
  );
  assert.deepEqual(status.storedVersions, ["v1"]);
  const { resources } = (await send("GET", "/apis/example.com/v1")).json;
  assert.deepEqual(
    resources.map((each: { name: string }) => each.name),
    ["widgets", "widgets/status", "widgets/scale"],
  );
});

test("values are pruned, defaulted and checked by the schema", async () => {
  const { send } = await withWidgets();
  const made = await send("POST", WIDGETS, widget("a", { size: 1, nope: 1 }));
  assert.deepEqual(made.json.spec, { size: 1, color: "red" });
  assert.deepEqual(made.headers["warning"], ['299 - "unknown field \\"spec.nope\\""']);
  const refused = await send("POST", WIDGETS, widget("b", { size: 9 }));
  assert.deepEqual([refused.status, refused.json.details.causes[0].field], [422, "spec.size"]);
});

test("a finalizer that others could have, too, is warned of when it comes", async () => {
  const { send } = await withWidgets();
  const finalizers = ["hold", "hold.example.com", "example.com/hold", "orphan"];
  const { json, headers } = await send("POST", WIDGETS, widget("a", {}, { finalizers }));
  const conflicts = "to avoid accidental conflicts with other finalizer writers";
  assert.deepEqual(headers["warning"], [
    `299 - "metadata.finalizers: \\"hold\\": prefer a domain-qualified finalizer name ${conflicts}"`,
    `299 - "metadata.finalizers: \\"hold.example.com\\": prefer a domain-qualified finalizer name including a path (/) ${conflicts}"`,
  ]);
  assert.equal((await send("PUT", `${WIDGETS}/a`, json)).headers["warning"], undefined);
});

test("spec and status have endpoints of their own, and scale reaches into both", async () => {
  const { send } = await withWidgets();
  await send("POST", WIDGETS, widget("a", { size: 1 }));
  await send("PATCH", `${WIDGETS}/a/status`, { spec: { size: 4 }, status: { size: 2 } }, MERGE);
  const scaled = await send("PATCH", `${WIDGETS}/a/scale`, { spec: { replicas: 3 } }, MERGE);
  assert.deepEqual([scaled.json.kind, scaled.json.spec.replicas, scaled.json.status.replicas], ["Scale", 3, 2]);
  assert.equal((await send("GET", `${WIDGETS}/a`)).json.metadata.generation, 2);
});

test("a scale can be written where there are no replicas yet, if it says how many; the whole object is checked then", async () => {
  const { send } = await withWidgets();
  await send("POST", WIDGETS, widget("a"));
  const scale = (replicas: number) => ({
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "a" },
    spec: { replicas },
  });
  const said = async (verb: string, body?: object, headers?: Record<string, string>) => {
    const { status, json } = await send(verb, `${WIDGETS}/a/scale`, body, headers);
    return [status, json.message ?? json.spec.replicas];
  };
  assert.deepEqual(await said("GET"), [
    500,
    'Internal error occurred: the spec replicas field ".spec.size" does not exist',
  ]);
  assert.deepEqual(await said("PATCH", { metadata: { labels: { a: "b" } } }, MERGE), [
    400,
    'the spec replicas field ".spec.size" cannot be empty',
  ]);
  assert.deepEqual(await said("PUT", scale(6)), [
    422,
    'Widget.example.com "a" is invalid: spec.size: Invalid value: 6: spec.size in body should be less than or equal to 5',
  ]);
  assert.deepEqual(await said("PUT", scale(-1)), [
    422,
    'Widget.example.com "a" is invalid: .spec.size: Invalid value: -1: should be a non-negative integer',
  ]);
  assert.deepEqual(await said("PUT", scale(4)), [200, 4]);
  const strategic = await said("PATCH", scale(3), { "content-type": "application/strategic-merge-patch+json" });
  assert.equal(strategic[0], 415);
});

test("a definition goes after its instances, held ones included, and its resource with it", async () => {
  const { send } = await withWidgets();
  await send("POST", WIDGETS, widget("a"));
  await send("POST", WIDGETS, widget("held", {}, { finalizers: ["example.com/hold"] }));
  await send("DELETE", `${CRDS}/widgets.example.com`);
  while ((await send("GET", `${WIDGETS}/a`)).status === 200) await Promise.resolve();
  assert.equal((await send("GET", `${CRDS}/widgets.example.com`)).status, 200);
  await send("PATCH", `${WIDGETS}/held`, { metadata: { finalizers: null } }, MERGE);
  while ((await send("GET", `${CRDS}/widgets.example.com`)).status === 200) await Promise.resolve();
  assert.equal((await send("GET", WIDGETS)).status, 404);
});

test("a server that starts on a store serves what is defined there", async () => {
  const { send, store } = await withWidgets();
  await send("POST", WIDGETS, widget("a"));
  const again = await testServer({ store });
  assert.equal((await again.send("GET", `${WIDGETS}/a`)).json.kind, "Widget");
});

async function settled(server: TestServer, name: string): Promise<Record<string, string>> {
  for (;;) {
    const { conditions } = (await server.send("GET", `${CRDS}/${name}`)).json.status;
    if (conditions === null || conditions === undefined) continue;
    return Object.fromEntries(
      conditions.map((each: { type: string; status: string; reason: string; message: string }) => [
        each.type,
        `${each.status} ${each.reason}: ${each.message}`,
      ]),
    );
  }
}

test("names that another definition of the group has are not given, until it goes", async () => {
  const server = await withWidgets();
  const rival = structuredClone(definition);
  rival.metadata.name = "gizmos.example.com";
  rival.spec.names.plural = "gizmos";
  await server.send("POST", CRDS, rival);
  assert.deepEqual(await settled(server, "gizmos.example.com"), {
    NamesAccepted: 'False ListKindConflict: "WidgetList" is already in use',
    Established: "False NotAccepted: not all names are accepted",
  });
  await server.send("DELETE", `${CRDS}/widgets.example.com`);
  while ((await server.send("GET", "/apis/example.com/v1/namespaces/ns/gizmos")).status !== 200)
    await Promise.resolve();
  assert.deepEqual(await settled(server, "gizmos.example.com"), {
    NamesAccepted: "True NoConflicts: no conflicts found",
    Established: "True InitialNamesAccepted: the initial names have been accepted",
  });
});

test("documents tell of a custom resource's own paths, and of none around them", async () => {
  const { send } = await withWidgets();
  const { paths } = (await send("GET", "/openapi/v3/apis/example.com/v1")).json;
  const all = "/apis/example.com/v1/widgets";
  const one = "/apis/example.com/v1/namespaces/{namespace}/widgets";
  assert.deepEqual(Object.keys(paths), [one, `${one}/{name}`, `${one}/{name}/scale`, `${one}/{name}/status`, all]);
  const index = (await send("GET", "/openapi/v3")).json.paths;
  assert.deepEqual(
    Object.keys(index).filter((name) => name.includes("example.com")),
    ["apis/example.com/v1"],
  );
});

test("served and told of are the names that were given, not those that another definition has", async () => {
  const server = await withWidgets();
  const { names } = definition.spec;
  await server.send("PATCH", `${CRDS}/widgets.example.com`, { spec: { names: { shortNames: ["wd"] } } }, MERGE);
  const rival = structuredClone(definition);
  rival.metadata.name = "gizmos.example.com";
  Object.assign(rival.spec.names, { plural: "gizmos", kind: "Gizmo", shortNames: ["gz"] });
  await server.send("POST", CRDS, rival);
  const told = async () => {
    const { resources } = (await server.send("GET", "/apis/example.com/v1")).json;
    return resources?.find(({ name }: { name: string }) => name === "gizmos");
  };
  while ((await told()) === undefined) await Promise.resolve();
  const wish = { spec: { names: { listKind: `${names.kind}List`, shortNames: ["wd"] } } };
  await server.send("PATCH", `${CRDS}/gizmos.example.com`, wish, MERGE);
  while ((await settled(server, "gizmos.example.com"))["NamesAccepted"]?.startsWith("True")) await Promise.resolve();
  assert.deepEqual((await told()).shortNames, ["gz"]);
  assert.equal((await server.send("GET", "/apis/example.com/v1/namespaces/ns/gizmos")).json.kind, "GizmoList");
});

test("a DELETE of a definition says what comes, and holds it whatever else it asks for", async () => {
  const server = await withWidgets();
  await server.send("POST", WIDGETS, widget("held", {}, { finalizers: ["example.com/hold"] }));
  const at = `${CRDS}/widgets.example.com`;
  const { metadata } = (await server.send("GET", at)).json;
  const of = 'Operation cannot be fulfilled on customresourcedefinitions.apiextensions.k8s.io "widgets.example.com"';
  for (const [what, wanted, is] of [
    ["UID", "x", metadata.uid],
    ["ResourceVersion", "1", metadata.resourceVersion],
  ]) {
    const preconditions = { [what === "UID" ? "uid" : "resourceVersion"]: wanted };
    const { json } = await server.send("DELETE", at, { preconditions });
    const says = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
    assert.deepEqual([json.code, json.message], [409, `${of}: ${says}`]);
  }
  const marked = (await server.send("DELETE", at, { propagationPolicy: "Foreground" })).json;
  assert.deepEqual(marked.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
  const { reason, message } = marked.status.conditions.at(-1);
  assert.equal(
    `${reason}: ${message}`,
    "InstanceDeletionPending: CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  );
  const verbs = (await server.send("GET", "/apis/example.com/v1")).json.resources[0].verbs;
  assert.deepEqual(verbs, ["delete", "deletecollection", "get", "list", "watch"]);
});

test("a version that is not served is a page that is not there", async () => {
  const { send } = await withWidgets();
  for (const path of ["/apis/example.com/v9", "/apis/example.com/v9/namespaces/ns/widgets"]) {
    const { status, text } = await send("GET", path);
    assert.deepEqual([status, text], [404, "404 page not found\n"]);
  }
});

test("nothing is created while a definition waits for its instances to go", async () => {
  const server = await withWidgets();
  await server.send("POST", WIDGETS, widget("held", {}, { finalizers: ["example.com/hold"] }));
  await server.send("DELETE", `${CRDS}/widgets.example.com`);
  while ((await server.send("GET", `${WIDGETS}/held`)).json.metadata.deletionTimestamp === undefined) {
    await Promise.resolve();
  }
  const refused = await server.send("POST", WIDGETS, widget("late"));
  assert.deepEqual(
    [refused.status, refused.json.message],
    [405, "create not allowed while custom resource definition is terminating"],
  );
  const { Terminating } = await settled(server, "widgets.example.com");
  assert.equal(Terminating, "True InstanceDeletionInProgress: CustomResource deletion is in progress");
});

test("an object shows the defaults of the schema as it is now, whenever it was stored", async () => {
  const { send } = await withWidgets();
  await send("POST", WIDGETS, widget("old", { size: 1 }));
  const versions = structuredClone(definition.spec.versions);
  const { properties } = versions[0]!.schema.openAPIV3Schema.properties.spec;
  Object.assign(properties, { shape: { type: "string", default: "round" } });
  await send("PATCH", `${CRDS}/widgets.example.com`, { spec: { versions } }, MERGE);
  const spec = async () => (await send("GET", `${WIDGETS}/old`)).json.spec;
  while ((await spec()).shape === undefined) await Promise.resolve();
  assert.deepEqual(await spec(), { size: 1, color: "red", shape: "round" });
});

test("what was stored stays writable under a stricter schema, as long as it does not change", async () => {
  const { send } = await withWidgets();
  await send("POST", WIDGETS, widget("old", { size: 5 }));
  const versions = structuredClone(definition.spec.versions);
  versions[0]!.schema.openAPIV3Schema.properties.spec.properties.size.maximum = 3;
  await send("PATCH", `${CRDS}/widgets.example.com`, { spec: { versions } }, MERGE);
  while ((await send("POST", WIDGETS, widget("new", { size: 5 }))).status === 201) {
    await send("DELETE", `${WIDGETS}/new`);
  }
  const other = await send("PATCH", `${WIDGETS}/old`, { spec: { color: "blue" } }, MERGE);
  assert.deepEqual([other.status, other.json.spec], [200, { size: 5, color: "blue" }]);
  const same = await send("PATCH", `${WIDGETS}/old`, { spec: { size: 4 } }, MERGE);
  assert.deepEqual([same.status, same.json.details.causes[0].field], [422, "spec.size"]);
});

const PATHS: [path: string, said: unknown[]][] = [
  [".a.b", [1]],
  [".list[1]", ["y"]],
  [".list[*]", ["x", "y"]],
  [".labels['x\\.y/z']", ["v"]],
  [".labels.x\\.y/z", ["v"]],
  [".labels['x.y/z']", []],
  [".list[-1]", ["y"]],
  [".list[0:1]", ["x"]],
  [".list[1:]", ["y"]],
  [".list[::2]", ["x"]],
  [".list[0,1]", ["x", "y"]],
  [".list[2]", []],
  [".a[0]", []],
  [".a['b']", [1]],
  [".a.*", [1]],
  ["..status", ["True"]],
  ['.items[?(@.type!="Ready")].status', []],
  [".items[?(@.status)].type", ["Ready"]],
  [".items[?(@.size>2)].type", ["Ready"]],
  [".items[?(@.size>'2')].type", []],
  [".large[?(@.id>5)].name", ["b"]],
  [".large[?(@.id==9007199254740993)].name", ["b"]],
  [".large[?(@.id==9007199254740992)].name", []],
  [".items[?(@.type)].missing", []],
  ['.items[?(@.type=="Ready")].status', ["True"]],
  [".nothing.here", []],
];
for (const [path, said] of PATHS) {
  test(`JSONPath ${path}`, () => {
    const object = {
      a: { b: 1 },
      list: ["x", "y"],
      labels: { "x.y/z": "v" },
      items: [{ type: "Ready", status: "True", size: 3 }],
      large: [
        { id: 5, name: "a" },
        { id: 9007199254740993n, name: "b" },
      ],
    };
    assert.deepEqual(jsonPath(path)!(object), said);
  });
}
for (const path of [".list[", ".list[a]", ".a....b", ".items[?(@.type]", ".a.b#[", ".a 'b", ".list[0]-x"]) {
  test(`no JSONPath: ${path}`, () => assert.equal(jsonPath(path)?.({ a: 1 }), undefined));
}

test("columns end before the first whose path cannot be read", () => {
  const [version] = definition.spec.versions;
  const column = (name: string, path: string) => ({ name, type: "string", jsonPath: path });
  const additionalPrinterColumns = [column("A", ".a"), column("B", ".b["), column("C", ".c")];
  const spec = { ...definition.spec, versions: [{ ...version, additionalPrinterColumns }] };
  const [kind] = customKinds({ ...definition, spec } as unknown as Parameters<typeof customKinds>[0]);
  assert.deepEqual(
    kind!.columns!.map(({ name }) => name),
    ["Name", "A"],
  );
  const [, first] = kind!.columns!;
  assert.deepEqual(
    [{}, { a: null }, { a: { b: [1] } }].map((object) => first!.value(object as never, 0)),
    [null, "<no value>", '{"b":[1]}'],
  );
});

test("a JSONPath that meets too much meets nothing", () => {
  let object: object = { leaf: "x" };
  for (let i = 0; i < 100; i++) object = { a: object };
  assert.equal(jsonPath("...*...*")!(object).length, 5050);
  assert.deepEqual(jsonPath("...*".repeat(6))!(object), []);
});
