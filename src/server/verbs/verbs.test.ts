/** Every verb through the whole pipeline, over a store in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const MERGE = { "content-type": "application/merge-patch+json" };
const map = (name: string, more: object = {}): object => ({ metadata: { name, ...more }, data: { k: "v" } });

async function withMaps(...names: string[]): Promise<TestServer> {
  const server = await testServer();
  for (const name of names) await server.send("POST", MAPS, map(name, { labels: { name } }));
  return server;
}

test("CREATE sets what the server decides, and answers 201", async () => {
  const { send } = await testServer();
  const { status, json } = await send("POST", MAPS, map("a", { uid: "mine", selfLink: "x", generation: 9 }));
  assert.equal(status, 201);
  assert.deepEqual([json.kind, json.apiVersion, json.metadata.namespace], ["ConfigMap", "v1", "ns"]);
  assert.equal(json.metadata.creationTimestamp, "2026-01-02T03:04:05Z");
  assert.notEqual(json.metadata.uid, "mine");
  assert.equal(json.metadata.selfLink, undefined);
  // A kind without generations leaves alone what it was given.
  assert.equal(json.metadata.generation, 9);
  assert.equal(json.metadata.managedFields[0].manager, "test");
});

test("CREATE of a name that is taken is 409, generateName finds another", async () => {
  const { send } = await withMaps("a");
  const again = await send("POST", MAPS, map("a"));
  assert.deepEqual([again.status, again.json.message], [409, 'configmaps "a" already exists']);
  const made = await send("POST", MAPS, { metadata: { generateName: "a-" } });
  assert.match(made.json.metadata.name, /^a-[a-z0-9]{5}$/);
  const both = await send("POST", MAPS, map("a", { generateName: "a-" }));
  const text = "the server was not able to generate a unique name for the object";
  assert.equal(both.json.message, `configmaps "a" already exists, ${text}`);
});

test("CREATE of a name whose object is on its way out says so", async () => {
  const { send } = await testServer();
  await send("POST", MAPS, map("a", { finalizers: ["example.com/hold"] }));
  await send("DELETE", `${MAPS}/a`);
  for (const path of [MAPS, `${MAPS}?dryRun=All`]) {
    const { status, json } = await send("POST", path, map("a"));
    assert.deepEqual([status, json.message], [409, 'object is being deleted: configmaps "a" already exists']);
  }
});

test("an owner that is named twice is kept once, and the client is told", async () => {
  const { send } = await testServer();
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
  const ownerReferences = [owner, owner, { ...owner, name: "q" }];
  for (const [verb, path, when] of [
    ["POST", MAPS, ""],
    ["PUT", `${MAPS}/a`, ""],
    ["PATCH", `${MAPS}/a`, " after mutating admission happens"],
  ] as const) {
    const body = map("a", { ownerReferences });
    const { json, headers } = await send(verb, path, body, verb === "PATCH" ? MERGE : undefined);
    assert.deepEqual(json.metadata.ownerReferences, [owner, { ...owner, name: "q" }]);
    assert.match(String(headers["warning"]), new RegExp(`contains duplicate entries${when}; .* observed: u"`));
  }
});

test("DELETE is told once what becomes of dependents", async () => {
  const { send } = await withMaps("a");
  const { json } = await send("DELETE", `${MAPS}/a`, { orphanDependents: true, propagationPolicy: "Foreground" });
  const text =
    'propagationPolicy: Invalid value: "Foreground": orphanDependents and deletionPropagation cannot be both set';
  assert.equal(json.message, `DeleteOptions.meta.k8s.io "" is invalid: ${text}`);
});

test("GET sends the same bytes as CREATE and as the LIST's item", async () => {
  const { send } = await testServer();
  const made = await send("POST", MAPS, map("a"));
  const read = await send("GET", `${MAPS}/a`);
  assert.equal(read.text, made.text);
  const { kind: _, apiVersion: __, ...item } = read.json;
  const list = await send("GET", MAPS);
  assert.deepEqual([list.json.kind, list.json.items], ["ConfigMapList", [item]]);
});

test("bytes of an entry are made once", async () => {
  const { send, store } = await withMaps("a");
  await send("GET", `${MAPS}/a`);
  const bytes = store.snapshot().get("/core/configmaps/ns/a")!.encodings.get("json");
  await send("GET", MAPS);
  assert.ok(bytes);
  assert.equal(store.snapshot().get("/core/configmaps/ns/a")!.encodings.get("json"), bytes);
});

test("LIST pages stay at one moment whatever happens in between", async () => {
  const { send } = await withMaps("a", "b", "c");
  const first = await send("GET", `${MAPS}?limit=2`);
  assert.equal(first.json.metadata.remainingItemCount, 1);
  await send("DELETE", `${MAPS}/c`);
  await send("POST", MAPS, map("d"));
  const next = await send("GET", `${MAPS}?limit=2&continue=${first.json.metadata.continue}`);
  assert.deepEqual(
    next.json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["c"],
  );
  assert.equal(next.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
});

test("a continue token says the moment itself", async () => {
  const { send } = await testServer();
  for (const name of ["a", "b"]) await send("POST", MAPS, { metadata: { name } });
  const token = (await send("GET", `${MAPS}?limit=1`)).json.metadata.continue;
  const { status, json } = await send("GET", `${MAPS}?resourceVersion=1&continue=${token}`);
  assert.deepEqual([status, json.message], [400, "specifying resource version is not allowed when using continue"]);
  assert.equal((await send("GET", `${MAPS}?resourceVersion=0&continue=${token}`)).status, 200);
});

test("a continue token whose moment is gone is 410 with a token to go on", async () => {
  const { send, store } = await withMaps("a", "b", "c");
  const first = await send("GET", `${MAPS}?limit=1`);
  await send("POST", MAPS, map("d"));
  await store.compact(store.revision);
  const late = await send("GET", `${MAPS}?limit=1&continue=${first.json.metadata.continue}`);
  assert.deepEqual([late.status, late.json.reason], [410, "Expired"]);
  const on = await send("GET", `${MAPS}?continue=${late.json.metadata.continue}`);
  assert.deepEqual(
    on.json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["b", "c", "d"],
  );
});

const LISTS: [rule: string, query: string, said: string | number][] = [
  ["labels select", "labelSelector=name=b", "b"],
  ["names select", "fieldSelector=metadata.name!=b", "a c"],
  ["both must hold", "labelSelector=name%20in%20(a,b)&fieldSelector=metadata.name=b", "b"],
  ["a field that is none is 400", "fieldSelector=data.k=v", 400],
  ["a limit that is no number is 400", "limit=1x", 400],
  ["Exact needs a revision", "resourceVersionMatch=Exact", 422],
  ["a limit that is empty is no number either", "limit=", 400],
  ["a limit beyond 64 bits is 400", "limit=9223372036854775808", 400],
];
for (const [rule, query, names] of [
  ["any revision will do: what is cached comes as a whole", "limit=1&resourceVersion=0", "a b"],
  ["nor has it pages where a match is named", "limit=1&resourceVersion=0&resourceVersionMatch=NotOlderThan", "a b"],
  ["the newest has pages", "limit=1", "a"],
  ["one that is not older has, too", "limit=1&resourceVersion=1&resourceVersionMatch=NotOlderThan", "a"],
] as const) {
  test(`pages: ${rule}`, async () => {
    const { send } = await testServer();
    for (const name of ["a", "b"]) await send("POST", MAPS, { metadata: { name } });
    const { items } = (await send("GET", `${MAPS}?${query}`)).json;
    assert.equal(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name).join(" "), names);
  });
}

test("a creation that is only tried may name a revision", async () => {
  const { send } = await testServer();
  const body = { metadata: { name: "a", resourceVersion: "1" } };
  const statuses: number[] = [];
  for (const query of ["?dryRun=All", ""]) statuses.push((await send("POST", `${MAPS}${query}`, body)).status);
  assert.deepEqual(statuses, [201, 500]);
});

for (const [rule, query, said] of LISTS) {
  test(`LIST: ${rule}`, async () => {
    const { send } = await withMaps("a", "b", "c");
    const { status, json } = await send("GET", `${MAPS}?${query}`);
    if (typeof said === "number") return assert.equal(status, said);
    assert.equal(json.items.map((item: { metadata: { name: string } }) => item.metadata.name).join(" "), said);
  });
}

test("LIST of Exact reads the past", async () => {
  const { send } = await withMaps("a");
  const { json } = await send("GET", MAPS);
  await send("POST", MAPS, map("b"));
  const past = await send("GET", `${MAPS}?resourceVersion=${json.metadata.resourceVersion}&resourceVersionMatch=Exact`);
  assert.equal(past.json.items.length, 1);
});

test("UPDATE with a stale revision is 409, without one it wins", async () => {
  const { send } = await testServer();
  const { json } = await send("POST", MAPS, map("a"));
  const { resourceVersion } = json.metadata;
  assert.equal(
    (await send("PUT", `${MAPS}/a`, { metadata: { name: "a", resourceVersion }, data: { k: "2" } })).status,
    200,
  );
  const stale = await send("PUT", `${MAPS}/a`, { metadata: { name: "a", resourceVersion }, data: { k: "3" } });
  assert.deepEqual([stale.status, stale.json.reason], [409, "Conflict"]);
  assert.equal((await send("PUT", `${MAPS}/a`, map("a"))).status, 200);
});

test("an UPDATE that changes nothing writes nothing", async () => {
  const { send, store } = await testServer();
  await send("POST", MAPS, map("a"));
  const before = store.revision;
  assert.equal((await send("PUT", `${MAPS}/a`, map("a"))).status, 200);
  assert.equal((await send("PATCH", `${MAPS}/a`, { data: { k: "v" } }, MERGE)).status, 200);
  assert.equal(store.revision, before);
});

test("PATCHes that race all take hold", async () => {
  const { send } = await withMaps("a");
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => send("PATCH", `${MAPS}/a`, { data: { [`k${i}`]: "x" } }, MERGE)),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(Object.keys((await send("GET", `${MAPS}/a`)).json.data).length, 11);
});

test("of CREATEs that race one wins", async () => {
  const { send } = await testServer();
  const answers = await Promise.all(Array.from({ length: 5 }, () => send("POST", MAPS, map("a"))));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409]);
});

test("DELETE with a finalizer marks, and the last finalizer's removal deletes", async () => {
  const { send, store } = await testServer();
  await send("POST", MAPS, map("a", { finalizers: ["example.com/hold"] }));
  const marked = await send("DELETE", `${MAPS}/a`);
  assert.deepEqual(
    [marked.status, marked.json.kind, marked.json.metadata.deletionGracePeriodSeconds],
    [200, "ConfigMap", 0],
  );
  const before = store.revision;
  assert.equal((await send("DELETE", `${MAPS}/a`)).status, 200);
  assert.equal(store.revision, before, "a second DELETE changes nothing");
  assert.equal((await send("PATCH", `${MAPS}/a`, { metadata: { finalizers: null } }, MERGE)).status, 200);
  assert.equal((await send("GET", `${MAPS}/a`)).status, 404);
});

const DELETES: [rule: string, body: object, finalizers: string[] | undefined][] = [
  ["Orphan waits for the garbage collector", { propagationPolicy: "Orphan" }, ["orphan"]],
  ["Foreground waits for the dependents", { propagationPolicy: "Foreground" }, ["foregroundDeletion"]],
  ["Background goes at once", { propagationPolicy: "Background" }, undefined],
];
for (const [rule, body, finalizers] of DELETES) {
  test(`DELETE: ${rule}`, async () => {
    const { send } = await withMaps("a");
    await send("DELETE", `${MAPS}/a`, body);
    const { json, status } = await send("GET", `${MAPS}/a`);
    if (finalizers === undefined) return assert.equal(status, 404);
    assert.deepEqual(json.metadata.finalizers, finalizers);
  });
}

const JOBS = "/apis/batch/v1/namespaces/ns/jobs";
for (const [rule, body, finalizers, warnings] of [
  ["leaves its pods behind and says so", undefined, ["orphan"], 1],
  ["leaves them behind without a word when that was asked for", { propagationPolicy: "Orphan" }, ["orphan"], 0],
  ["takes them with it when that was asked for", { propagationPolicy: "Background" }, undefined, 0],
] as const) {
  test(`DELETE of a job ${rule}`, async () => {
    const { send } = await testServer();
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    assert.equal((await send("POST", JOBS, { metadata: { name: "j" }, spec: { template } })).status, 201);
    const { headers } = await send("DELETE", `${JOBS}/j`, body);
    assert.equal([headers["warning"] ?? []].flat().length, warnings);
    const { json } = await send("GET", `${JOBS}/j`);
    assert.deepEqual(json.metadata.finalizers, finalizers);
  });
}

test("DELETE of a system priority class is 403", async () => {
  const { send } = await testServer();
  const { status, json } = await send("DELETE", "/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical");
  assert.deepEqual(
    [status, json.message],
    [
      403,
      'priorityclasses.scheduling.k8s.io "system-cluster-critical" is forbidden: this is a system priority class and cannot be deleted',
    ],
  );
});

test("DELETE of another uid is 409, and nothing is deleted", async () => {
  const { send } = await withMaps("a");
  assert.equal((await send("DELETE", `${MAPS}/a`, { preconditions: { uid: "other" } })).status, 409);
  assert.equal((await send("GET", `${MAPS}/a`)).status, 200);
});

test("DELETECOLLECTION deletes what is selected and answers the list", async () => {
  const { send } = await withMaps("a", "b", "c");
  const { json } = await send("DELETE", `${MAPS}?labelSelector=name!=b`);
  assert.equal(json.items.length, 2);
  assert.deepEqual(
    (await send("GET", MAPS)).json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["b"],
  );
});

for (const [verb, method, path, body] of [
  ["CREATE", "POST", `${MAPS}?dryRun=All`, map("new")],
  ["UPDATE", "PUT", `${MAPS}/a?dryRun=All`, { metadata: { name: "a" }, data: { k: "2" } }],
  ["DELETE", "DELETE", `${MAPS}/a?dryRun=All`, undefined],
] as const) {
  test(`a dry run of ${verb} leaves the store alone`, async () => {
    const { send, store } = await withMaps("a");
    const before = store.revision;
    assert.ok((await send(method, path, body)).status < 300);
    assert.equal(store.revision, before);
  });
}

const REFUSED: [rule: string, method: string, path: string, body: unknown, status: number][] = [
  ["a body that is no JSON", "POST", MAPS, "{nope", 400],
  ["another name than the path's", "PUT", `${MAPS}/a`, map("b"), 400],
  ["another namespace than the path's", "POST", MAPS, map("b", { namespace: "other" }), 400],
  ["a bad name", "POST", MAPS, map("B_"), 422],
  ["a body that is too large", "POST", MAPS, { metadata: { name: "b" }, data: { k: "x".repeat(3_200_000) } }, 413],
  ["an unknown resource", "GET", "/api/v1/nopes", undefined, 404],
  ["an unknown group", "GET", "/apis/nope.example.com/v1/x", undefined, 404],
  ["a method a resource does not have", "GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews", undefined, 405],
  ["a watch that is no GET", "POST", "/api/v1/watch/namespaces/ns/configmaps", undefined, 405],
  ["a path of the API by HEAD", "HEAD", "/api/v1", undefined, 405],
  ["a version by POST", "POST", "/version", {}, 405],
  ["a group's version by DELETE", "DELETE", "/apis/apps/v1", undefined, 405],
  ["a way up out of the namespace", "GET", "/api/v1/namespaces/%2e%2e/configmaps/a", undefined, 400],
];
for (const [rule, method, path, body, status] of REFUSED) {
  test(`refused: ${rule} (${status})`, async () => {
    const { send, store } = await withMaps("a");
    const before = store.revision;
    assert.equal((await send(method, path, body)).status, status);
    assert.equal(store.revision, before);
  });
}

for (const path of ["/healthz", "/livez/ping", "/apis", "/apis/apps", "/openapi/v3", "/"]) {
  test(`${path} does not look at the method`, async () => {
    const { send } = await testServer();
    assert.equal((await send("POST", path)).status, 200);
  });
}

test("unknown fields are refused, warned of or dropped", async () => {
  const { send } = await testServer();
  const body = { metadata: { name: "a" }, nope: 1 };
  assert.equal((await send("POST", `${MAPS}?fieldValidation=Strict`, body)).status, 400);
  const warned = await send("POST", MAPS, body);
  assert.deepEqual(warned.headers["warning"], ['299 - "unknown field \\"nope\\""']);
  const dropped = await send("PUT", `${MAPS}/a?fieldValidation=Ignore`, body);
  assert.equal(dropped.headers["warning"], undefined);
});

test("a fault of our own is 500 and tells nothing of its inside", async () => {
  const { send } = await testServer({
    admission: [{ name: "Broken", handles: () => true, admit: () => Promise.reject(new Error("secret detail")) }],
  });
  const { status, text } = await send("POST", MAPS, map("a"));
  assert.equal(status, 500);
  assert.ok(!text.includes("secret"));
});

test("a commit knows who made it, how, and how long each stage took", async () => {
  const { send, store, clock } = await testServer({
    admission: [{ name: "Slow", handles: ({ operation }) => operation === "UPDATE", admit: () => clock.advance(7) }],
  });
  await send("POST", MAPS, map("a"));
  await send("PATCH", `${MAPS}/a`, { data: { x: "1" } }, MERGE);
  const record = store.record(store.revision)!;
  assert.deepEqual([record.user, record.verb, record.userAgent], ["admin", "patch", "test/1.0"]);
  // Stages that took no time are left out.
  assert.deepEqual(record.stages, [["mutating admission", 0, 7]]);
});

test("the status endpoint changes status alone, the object's own everything else", async () => {
  const { send } = await testServer();
  const path = "/apis/apps/v1/namespaces/ns/replicasets";
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  await send("POST", path, { metadata: { name: "r" }, spec });
  const status = { replicas: 1, observedGeneration: 1 };
  await send("PATCH", `${path}/r/status`, { spec: { replicas: 9 }, status }, MERGE);
  const after = (await send("PATCH", `${path}/r`, { spec: { replicas: 2 }, status: { replicas: 7 } }, MERGE)).json;
  assert.deepEqual([after.spec.replicas, after.status.replicas, after.metadata.generation], [2, 1, 2]);
});

const PATCHES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};
const STRICT = "fieldValidation=Strict";
const APPLIED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const COUNTED = '{"op":"add","path":"/data/x","value":"1"';

for (const [rule, form, body, status, says, query = STRICT] of [
  ["keys of a merge patch stand once", "merge", '{"data":{"x":"1","x":"2"}}', 422, 'duplicate field "data.x"'],
  [
    "members of an operation stand once",
    "json",
    `[${COUNTED},"op":"add"}]`,
    422,
    'json patch duplicate field "[0].op"',
  ],
  ["an operation has no others", "json", `[${COUNTED},"note":1}]`, 422, 'json patch unknown field "[0].note"'],
  ["what is nothing is no patch", "merge", "null", 400, "Invalid JSON Patch"],
  ["strategic patches are maps", "strategic", "[]", 400, "json: cannot unmarshal array into Go value of type map["],
  [
    "a map is shown as Go shows it",
    "strategic",
    '{"x":[null,{"b":1}]}',
    422,
    '"map[x:[<nil> map[b:1]]]": strict decoding error',
  ],
  ["a number is no text", "strategic", '{"data":{"k":5}}', 422, "cannot convert int64 to string"],
  ["a text is no map", "strategic", '{"data":"x"}', 422, "cannot restore map from string"],
  [
    "the name is that of the path",
    "merge",
    '{"metadata":{"name":"b"}}',
    400,
    "(b) does not match the name on the URL (a)",
  ],
  [
    "so is the namespace",
    "merge",
    '{"metadata":{"namespace":"b"}}',
    400,
    "the namespace of the provided object does not",
  ],
  [
    "the version is one of the kind's",
    "merge",
    '{"apiVersion":"v2"}',
    422,
    'no kind "ConfigMap" is registered for version "v2" in',
  ],
  [
    "an apply knows its fields",
    "apply",
    `${APPLIED}x: 1`,
    500,
    "(/a; /v1, Kind=ConfigMap): .x: field not declared in schema",
    "fieldValidation=Ignore",
  ],
  [
    "keys of an apply stand once",
    "apply",
    `${APPLIED}data:\n  x: a\n  x: b\n`,
    400,
    'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "x" already set in map',
  ],
  [
    "an apply is a map",
    "apply",
    "[]",
    400,
    "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot",
  ],
] as const) {
  test(`PATCH: ${rule}`, async () => {
    const { send } = await withMaps("a");
    const path = `${MAPS}/a?fieldManager=m&${query}`;
    const refused = await send("PATCH", path, body, { "content-type": PATCHES[form]! });
    assert.equal(refused.status, status, refused.json.message);
    assert.ok(refused.json.message.includes(says), refused.json.message);
  });
}

test("PATCH warns of what a strict one refuses, but not in texts that no header can carry", async () => {
  const { send } = await withMaps("a");
  const merged = await send("PATCH", `${MAPS}/a`, '{"data":{"x":"1","x":"2"},"y":1}', MERGE);
  assert.deepEqual(merged.headers["warning"], [
    String.raw`299 - "duplicate field \"data.x\""`,
    String.raw`299 - "unknown field \"y\""`,
  ]);
  const twice = `${APPLIED}data:\n  x: a\n  x: b\n`;
  const applied = await send("PATCH", `${MAPS}/a?fieldManager=m&force=true`, twice, {
    "content-type": PATCHES["apply"]!,
  });
  assert.deepEqual([applied.status, applied.headers["warning"]], [200, undefined]);
});

test("what a subresource takes of metadata: finalize all of it, the status of a claim none", async () => {
  const { send } = await testServer();
  await send("POST", "/api/v1/namespaces", { metadata: { name: "n" } });
  const claims = "/apis/resource.k8s.io/v1/namespaces/n/resourceclaims";
  await send("POST", claims, { metadata: { name: "c" }, spec: { devices: {} } });
  const annotated = { metadata: { annotations: { a: "b" } } };
  const namespace = await send("GET", "/api/v1/namespaces/n");
  const { metadata, ...rest } = namespace.json;
  const finalized = { ...rest, metadata: { ...metadata, ...annotated.metadata } };
  assert.deepEqual((await send("PUT", "/api/v1/namespaces/n/finalize", finalized)).json.metadata.annotations, {
    a: "b",
  });
  const claim = await send("PATCH", `${claims}/c/status`, annotated, MERGE);
  assert.deepEqual([claim.status, claim.json.metadata.annotations], [200, undefined]);
});

test("a Service is warned of with the object, and not again with its status", async () => {
  const { send } = await testServer();
  const path = "/api/v1/namespaces/ns/services";
  const made = await send("POST", path, {
    metadata: { name: "s" },
    spec: { externalName: "a.b", ports: [{ port: 80 }] },
  });
  assert.match(String(made.headers["warning"]), /spec\.externalName is ignored/);
  const status = await send("PATCH", `${path}/s/status`, { metadata: { labels: { a: "b" } } }, MERGE);
  assert.deepEqual([status.status, status.headers["warning"]], [200, undefined]);
});

test("a status is warned of what is badly written in it, and the object is not", async () => {
  const { send } = await testServer();
  const path = "/api/v1/namespaces/ns/services";
  await send("POST", path, { metadata: { name: "s" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
  const ingress = { status: { loadBalancer: { ingress: [{ ip: "FD00::1" }] } } };
  const status = await send("PATCH", `${path}/s/status`, ingress, MERGE);
  const text =
    'status.loadBalancer.ingress[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")';
  assert.deepEqual([status.status, status.headers["warning"]], [200, [`299 - "${text.replaceAll('"', '\\"')}"`]]);
  const labelled = await send("PATCH", `${path}/s`, { metadata: { labels: { a: "b" } } }, MERGE);
  assert.deepEqual([labelled.status, labelled.headers["warning"]], [200, undefined]);
});
for (const { rule, path, object, kind } of [
  { rule: "where an update is held to all rules", path: MAPS, object: {}, kind: "ConfigMap" },
  {
    rule: "where it is held to those of a change",
    path: "/api/v1/namespaces/default/resourcequotas",
    object: { spec: {} },
    kind: "ResourceQuota",
  },
  {
    rule: "where it is not",
    path: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
    object: { spec: {} },
  },
]) {
  test(`names of finalizers are looked at again ${rule}`, async () => {
    const { send } = await testServer();
    await send("POST", path, { metadata: { name: "a" }, ...object });
    const bad = await send("PATCH", `${path}/a`, { metadata: { finalizers: ["a b"] } }, MERGE);
    assert.match(
      bad.json.message,
      / is invalid: \[?metadata\.finalizers: Invalid value: "a b": name part must consist of/,
    );
    const { status, json } = await send("PATCH", `${path}/a`, { metadata: { finalizers: ["x"] } }, MERGE);
    const text = "name is neither a standard finalizer name nor is it fully qualified";
    if (kind !== undefined)
      assert.equal(json.message, `${kind} "a" is invalid: metadata.finalizers[0]: Invalid value: "x": ${text}`);
    else assert.equal(status, 200);
  });
}
