import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { StatusError } from "../errors.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kind.ts";
import type { MessageSchema, Schema } from "../schema/schema.ts";
import { except, fieldSet } from "./field-set.ts";
import { apply, managerFromUserAgent, trackUpdate } from "./index.ts";

const string: Schema = { form: "string" };
const message = (name: string, fields: MessageSchema["fields"], more: object = {}): MessageSchema => ({
  form: "message",
  name,
  fields,
  ...more,
});
const port = message("Port", {
  port: { tag: 1, schema: { form: "int32" } },
  protocol: { tag: 2, schema: string, default: "TCP" },
  name: { tag: 3, schema: string },
});
const container = message("Container", {
  name: { tag: 1, schema: string },
  image: { tag: 2, schema: string },
  args: { tag: 3, schema: { form: "list", item: string } },
  ports: { tag: 4, schema: { form: "list", item: port, listType: "map", listMapKeys: ["port", "protocol"] } },
});
const meta = message("Meta", {
  name: { tag: 1, schema: string },
  namespace: { tag: 2, schema: string },
  uid: { tag: 3, schema: string },
  resourceVersion: { tag: 4, schema: string },
  creationTimestamp: { tag: 5, schema: string },
  labels: { tag: 6, schema: { form: "map", value: string } },
  annotations: { tag: 7, schema: { form: "map", value: string } },
  finalizers: { tag: 8, schema: { form: "list", item: string, listType: "set" } },
  managedFields: { tag: 9, schema: { form: "list", item: { form: "json" } } },
});
const schema = message("Object", {
  apiVersion: { tag: 0, schema: string },
  kind: { tag: 0, schema: string },
  metadata: { tag: 1, schema: meta, always: true },
  data: { tag: 2, schema: { form: "map", value: string } },
  spec: {
    tag: 3,
    always: true,
    schema: message("Spec", {
      replicas: { tag: 1, schema: { form: "int32" } },
      selector: { tag: 2, schema: message("Selector", { app: { tag: 1, schema: string } }, { mapType: "atomic" }) },
      containers: {
        tag: 3,
        always: true,
        schema: { form: "list", item: container, listType: "map", listMapKeys: ["name"] },
      },
    }),
  },
  status: { tag: 4, schema: message("Status", { ready: { tag: 1, schema: { form: "int32" } } }) },
});
/** A custom resource that keeps what its schema does not know. */
const open = message("Open", { metadata: { tag: 0, schema: meta } }, { preserveUnknownFields: true });

type Body = Record<string, unknown>;

/** One object and the requests on it, as a server would run them, without defaults. */
class Story {
  live: KubeObject | undefined;
  #now = Date.UTC(2026, 0, 1);
  readonly #schema: MessageSchema;

  constructor(of: MessageSchema = schema) {
    this.#schema = of;
  }

  update(manager: string, body: Body, more: { subresource?: string; reset?: string } = {}): this {
    const { metadata, ...rest } = body;
    const next = {
      apiVersion: "v1",
      kind: "K",
      ...rest,
      metadata: { name: "a", ...(metadata as object) },
    } as unknown as KubeObject;
    const managedFields = trackUpdate({
      schema: this.#schema,
      live: this.live,
      next,
      manager,
      apiVersion: "v1",
      subresource: more.subresource,
      now: this.#tick(),
      reset: more.reset === undefined ? undefined : except(fieldSet(more.reset)),
    });
    return this.#store(next, managedFields);
  }

  apply(manager: string, body: Body, force = false): this {
    const { metadata, ...rest } = body;
    const patch = { apiVersion: "v1", kind: "K", ...rest, metadata: { name: "a", ...(metadata as object) } };
    const { object, managedFields } = apply({
      schema: this.#schema,
      live: this.live,
      patch,
      manager,
      force,
      apiVersion: "v1",
      now: this.#tick(),
      reset: except(fieldSet("status")),
    });
    if (object === (this.live as unknown) && managedFields === this.live?.metadata.managedFields) return this;
    return this.#store(object as unknown as KubeObject, managedFields);
  }

  /** `manager: fields` of each entry, an `*` for updates. */
  get owners(): Record<string, unknown> {
    const entries = (this.live?.metadata.managedFields ?? []).map((entry) => [nameOf(entry), entry.fieldsV1]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }

  #store(next: KubeObject, managedFields: readonly ManagedFieldsEntry[] | undefined): this {
    const { managedFields: _, ...metadata } = next.metadata;
    this.live = { ...next, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
    return this;
  }

  #tick(): number {
    this.#now += 5000;
    return this.#now;
  }
}

function nameOf({ manager, operation, subresource }: ManagedFieldsEntry): string {
  return `${manager}${operation === "Update" ? "*" : ""}${subresource ? `/${subresource}` : ""}`;
}

const data = (...names: string[]): Body => ({ data: Object.fromEntries(names.map((text) => text.split("="))) });
const owned = (...names: string[]): object => ({
  "f:data": Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});
const containers = (...list: object[]): Body => ({ spec: { containers: list } });

const stories: [rule: string, story: () => Story, owners: object][] = [
  [
    "a create owns what it says, with the map it makes",
    () => new Story().update("c", data("k=v")),
    { "c*": { "f:data": { ".": {}, "f:k": {} } } },
  ],
  ["an apply owns fields, not the maps around them", () => new Story().apply("m", data("k=v")), { m: owned("k") }],
  [
    "equal values are shared",
    () => new Story().apply("m1", data("k=v", "l=w")).apply("m2", data("k=v")),
    { m1: owned("k", "l"), m2: owned("k") },
  ],
  ["force takes over", () => new Story().apply("m1", data("k=v")).apply("m2", data("k=x"), true), { m2: owned("k") }],
  [
    "what an update changes leaves its owners, and empty owners go",
    () => new Story().apply("m", data("k=v")).update("e", data("k=x")),
    { "e*": owned("k") },
  ],
  [
    "what an update removes leaves all",
    () => new Story().update("c", data("k=v", "l=w")).update("e", data("k=v")),
    { "c*": { "f:data": { ".": {}, "f:k": {} } } },
  ],
  [
    "subresources have entries of their own and own nothing outside",
    () =>
      new Story()
        .update("c", data("k=v"))
        .update("c", { ...data("k=v"), status: { ready: 1 } }, { subresource: "status", reset: "data" }),
    { "c*": { "f:data": { ".": {}, "f:k": {} } }, "c*/status": { "f:status": { ".": {}, "f:ready": {} } } },
  ],
  [
    "items of keyed lists are owned with the item itself, missing keys by their default",
    () => new Story().apply("m", containers({ name: "c", args: ["x"], ports: [{ port: 80 }] })),
    {
      m: {
        "f:spec": {
          "f:containers": {
            'k:{"name":"c"}': {
              ".": {},
              "f:args": {},
              "f:name": {},
              "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } },
            },
          },
        },
      },
    },
  ],
  [
    "fields that are always there are nobody's; atomic ones are owned whole",
    () => new Story().update("c", { spec: { selector: { app: "x" }, containers: [{ name: "c" }] } }),
    { "c*": { "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:name": {} } }, "f:selector": {} } } },
  ],
  [
    "items of sets are owned one by one",
    () =>
      new Story().apply("m1", { metadata: { finalizers: ["a/b"] } }).apply("m2", { metadata: { finalizers: ["a/c"] } }),
    {
      m1: { "f:metadata": { "f:finalizers": { 'v:"a/b"': {} } } },
      m2: { "f:metadata": { "f:finalizers": { 'v:"a/c"': {} } } },
    },
  ],
  [
    "status is not an applier's on the main resource",
    () => new Story().apply("m", { ...data("k=v"), status: { ready: 1 } }),
    { m: owned("k") },
  ],
  [
    "[{}] resets, and updates do not track again",
    () => new Story().update("c", data("k=v")).update("c", { ...data("k=x"), metadata: { managedFields: [{}] } }),
    {},
  ],
  [
    "so does an empty list",
    () => new Story().update("c", data("k=v")).update("c", { ...data("k=x"), metadata: { managedFields: [] } }),
    {},
  ],
  [
    "an entry without a version is none",
    () =>
      new Story().update("c", data("k=v")).update("c", {
        ...data("k=v"),
        metadata: {
          managedFields: [{ manager: "x", operation: "Update", fieldsType: "FieldsV1", fieldsV1: owned("k") }],
        },
      }),
    { "c*": { "f:data": { ".": {}, "f:k": {} } } },
  ],
  [
    "an item that lacks a key is another one than with any value of it",
    () => new Story().apply("m", containers({ name: "c", ports: [{}] })),
    {
      m: {
        "f:spec": {
          "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:name": {}, "f:ports": { 'k:{"protocol":"TCP"}': {} } } },
        },
      },
    },
  ],
  [
    "items that are there twice are owned without their fields, and with them once there is one",
    () =>
      new Story()
        .update("c", containers({ name: "a", image: "x" }, { name: "a", image: "y" }))
        .update("e", containers({ name: "a", image: "y" })),
    {
      "e*": { "f:spec": { "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:image": {}, "f:name": {} } } } },
    },
  ],
  [
    "an item that comes a second time belongs to who brings it",
    () =>
      new Story()
        .update("c", containers({ name: "a", image: "x" }))
        .update("e", containers({ name: "a", image: "x" }, { name: "a", image: "y" })),
    { "e*": { "f:spec": { "f:containers": { 'k:{"name":"a"}': {} } } } },
  ],
  [
    "an object nobody tracks gets an owner at the first apply",
    () =>
      new Story()
        .update("c", data("k=v"))
        .update("c", { ...data("k=v"), metadata: { managedFields: [{}] } })
        .apply("m", data("k=v")),
    { m: owned("k"), "before-first-apply*": { "f:data": { ".": {}, "f:k": {} } } },
  ],
  [
    "without a schema objects are merged by field, lists are owned whole",
    () => new Story(open).apply("m", { spec: { a: { b: 1 }, l: [1] } }),
    { m: { "f:spec": { ".": {}, "f:a": { ".": {}, "f:b": {} }, "f:l": {} } } },
  ],
];
for (const [rule, story, owners] of stories) test(rule, () => assert.deepEqual(story().owners, owners));

const objects: [rule: string, story: () => Story, has: Body][] = [
  [
    "what nobody else owns goes when it is no longer applied",
    () =>
      new Story()
        .apply("m1", data("a=1", "b=2", "c=3"))
        .apply("m2", data("b=2"))
        .apply("m1", data("a=1")),
    data("a=1", "b=2"),
  ],
  ["an emptied map goes", () => new Story().apply("m", data("a=1")).apply("m", {}), {}],
  [
    "items come in the patch's order, foreign ones stay",
    () =>
      new Story()
        .update("u", containers({ name: "a" }, { name: "b" }, { name: "c" }))
        .apply("m", containers({ name: "c" }, { name: "n" }, { name: "a" })),
    containers({ name: "b" }, { name: "c" }, { name: "n" }, { name: "a" }),
  ],
  [
    "an item others own something of is kept with just that",
    () =>
      new Story()
        .apply("m1", containers({ name: "c", image: "x" }))
        .apply("m2", containers({ name: "c", args: ["y"] }))
        .apply("m1", {}),
    containers({ name: "c", args: ["y"] }),
  ],
];
for (const [rule, story, has] of objects) {
  test(rule, () => {
    const { metadata: _, apiVersion: _v, kind: _k, ...rest } = story().live!;
    assert.deepEqual(rest, has);
  });
}

const conflicts: [rule: string, story: () => Story, message: string][] = [
  [
    "one conflict stands in the line",
    () => new Story().apply("m1", data("k=v")).apply("m2", data("k=x")),
    'Apply failed with 1 conflict: conflict with "m1": .data.k',
  ],
  [
    "more are listed by manager",
    () => new Story().apply("m1", data("k=v", "l=w")).apply("m2", data("k=x", "l=y")),
    'Apply failed with 2 conflicts: conflicts with "m1":\n- .data.k\n- .data.l',
  ],
  [
    "updaters are named with their version",
    () => new Story().update("c", data("k=v")).apply("m", data("k=x")),
    'Apply failed with 1 conflict: conflict with "c" using v1: .data.k',
  ],
  [
    "the same manager's subresources come first",
    () =>
      new Story()
        .update("u", { ...data("k=v"), spec: { replicas: 1 } })
        .update("u", { ...data("k=v"), spec: { replicas: 5 } }, { subresource: "scale" })
        .apply("m", { ...data("k=x"), spec: { replicas: 3 } }),
    'Apply failed with 2 conflicts: conflicts with "u" with subresource "scale" using v1:\n- .spec.replicas\nconflicts with "u" using v1:\n- .data.k',
  ],
  [
    "subresources are named",
    () =>
      new Story()
        .update("u", data("k=v"))
        .update("s", { ...data("k=v"), spec: { replicas: 5 } }, { subresource: "scale" })
        .apply("m", { spec: { replicas: 3 } }),
    'Apply failed with 1 conflict: conflict with "s" with subresource "scale" using v1: .spec.replicas',
  ],
  [
    "items are named by key",
    () =>
      new Story()
        .apply("m1", containers({ name: "c", args: ["x"] }))
        .apply("m2", containers({ name: "c", args: ["y"] })),
    'Apply failed with 1 conflict: conflict with "m1": .spec.containers[name="c"].args',
  ],
];
for (const [rule, story, text] of conflicts) {
  test(`conflicts: ${rule}`, () => {
    assert.throws(story, (error) => error instanceof StatusError && error.code === 409 && error.message === text);
  });
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** What kubectl applied from the client, and `has` of it now. */
function appliedByClient(last: object, ...has: string[]): Story {
  const metadata = { annotations: { [LAST_APPLIED]: JSON.stringify({ apiVersion: "v1", kind: "K", ...last }) } };
  return new Story().update("kubectl-client-side-apply", { ...data(...has), metadata });
}

const lastApplied = (story: Story): unknown => story.live!.metadata.annotations?.[LAST_APPLIED];

test("kubectl takes its own former client-side fields without a conflict, and keeps its annotation current", () => {
  const story = appliedByClient(data("k=v"), "k=v").apply("kubectl", data("k=x"));
  assert.equal(lastApplied(story), '{"apiVersion":"v1","data":{"k":"x"},"kind":"K","metadata":{"name":"a"}}\n');
});

test("kubectl's annotation goes where it is too large beside the others", () => {
  const story = appliedByClient(data("k=v"), "k=v").apply("other", {
    metadata: { annotations: { a: "x".repeat(2 ** 18 - 100) } },
  });
  assert.equal(lastApplied(story.apply("kubectl", data("k=x"))), undefined);
});

const strangers: [rule: string, last: object][] = [
  ["whose value has changed since", data("k=w")],
  ["that it did not have", data("l=v")],
  ["of another version", { ...data("k=v"), apiVersion: "v2" }],
  ["of something that does not fit", { ...data("k=v"), nope: 1 }],
];
for (const [rule, last] of strangers) {
  test(`conflicts: kubectl's former field ${rule}`, () => {
    const story = appliedByClient(last, "k=v");
    assert.throws(
      () => story.apply("kubectl", data("k=x")),
      /conflict with "kubectl-client-side-apply" using v1: \.data\.k$/,
    );
  });
}

test("an apply that changes nothing gives the live object and its own list", () => {
  const story = new Story().apply("m", data("k=v")).apply("n", data("k=v"));
  const before = story.live;
  assert.equal(story.apply("m", data("k=v")).live, before);
  const entry = before!.metadata.managedFields!.find(({ manager }) => manager === "n");
  assert.equal(entry?.time, undefined, "who never changed anything has no time");
});

test("an update that changes nothing owned keeps the very list", () => {
  const story = new Story().update("c", data("k=v"));
  const list = story.live!.metadata.managedFields;
  assert.equal(
    story.update("d", { ...data("k=v"), metadata: { resourceVersion: "9" } }).live!.metadata.managedFields,
    list,
  );
});

test("a client that sends the list back as it read it changes no owner", () => {
  const story = new Story().update("c", data("k=v"));
  const list = story.live!.metadata.managedFields!;
  const body = { ...data("k=v"), metadata: { managedFields: structuredClone(list) } };
  assert.equal(story.update("d", body).live!.metadata.managedFields, list);
});

test("beyond ten updaters the oldest are folded into one", () => {
  const story = new Story().update("u0", data("k0=v"));
  const names: string[] = ["k0=v"];
  for (let i = 1; i < 13; i++) {
    names.push(`k${i}=v`);
    story.update(`u${i}`, data(...names));
  }
  const owners = Object.keys(story.owners);
  assert.equal(owners.length, 10);
  assert.ok(owners.includes("ancient-changes*"));
});

const refused: [rule: string, body: Body, message: RegExp][] = [
  ["managedFields in the patch", { metadata: { managedFields: [] } }, /^metadata.managedFields must be nil$/],
  [
    "unknown fields",
    { nope: 1 },
    /^failed to create typed patch object \(\/a; \/v1, Kind=K\): \.nope: field not declared in schema$/,
  ],
  [
    "equal keys",
    containers({ name: "c" }, { name: "c" }),
    /\.spec\.containers: duplicate entries for key \[name="c"\]$/,
  ],
  [
    "items without any key",
    containers({ image: "c" }),
    /\.spec\.containers: element 0: associative list with keys has an element that omits all key fields \["name"\] \(and doesn't have default values for any key fields\)$/,
  ],
  [
    "items that are null",
    containers(null as never),
    /element 0: associative list with keys may not have a null element$/,
  ],
  ["items that are no objects", { spec: { containers: ["c"] } }, /keys may not have non-map elements$/],
  ["null in a set", { metadata: { finalizers: [null] } }, /without keys has an element that's an explicit null$/],
  ["objects in a set", { metadata: { finalizers: [{}] } }, /without keys has an element that's a map type$/],
  ["lists in a set", { metadata: { finalizers: [[]] } }, /not supported: associative list with lists as elements$/],
  [
    "a text for a number",
    { spec: { replicas: "x" } },
    /\.spec\.replicas: expected numeric \(int or float\), got string$/,
  ],
  ["a number for a text", { data: { n: 1 } }, /\.data\.n: expected string, got &value\.valueUnstructured\{Value:1\}$/],
  ["an object for a list", { spec: { containers: { a: [1] } } }, /expected list, got &\{map\[a:\[1\]\]\}$/],
  ["a list for an object", { spec: ["a"] }, /\.spec: expected map, got &\{\[a\]\}$/],
  [
    "several at once",
    { data: { n: 1 }, spec: "x" },
    /: errors:\n {2}\.data\.n: expected string, got .*\n {2}\.spec: expected map, got &\{x\}$/,
  ],
];
for (const [rule, body, text] of refused) {
  test(`refused: ${rule}`, () =>
    assert.throws(
      () => new Story().apply("m", body),
      (error) => error instanceof StatusError && text.test(error.message),
    ));
}

test("the user agent names the manager", () => {
  const agents = ["kubectl/v1.36 (linux)", "a\tb/1", "", `${"é".repeat(65)}/1`];
  assert.deepEqual(agents.map(managerFromUserAgent), ["kubectl", "ab", "unknown", "é".repeat(64)]);
});

const scalar = fc.constantFrom("x", "y", "z");
const patch = fc.record(
  {
    data: fc.dictionary(fc.constantFrom("a", "b", "c"), scalar, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    metadata: fc.record(
      { finalizers: fc.uniqueArray(scalar, { minLength: 1 }) },
      { requiredKeys: [], noNullPrototype: true },
    ),
    spec: fc.record(
      {
        containers: fc.uniqueArray(
          fc.record({ name: scalar, image: scalar }, { requiredKeys: ["name"], noNullPrototype: true }),
          { minLength: 1, selector: ({ name }) => name },
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<Body>;

test("applying again changes nothing, whatever others applied before", () => {
  fc.assert(
    fc.property(patch, patch, patch, (a, b, c) => {
      const story = new Story().apply("m1", a, true).apply("m2", b, true).apply("m1", c, true);
      const before = story.live;
      assert.equal(story.apply("m1", c).live, before);
    }),
  );
});

test("what one applier alone says is what there is", () => {
  fc.assert(
    fc.property(patch, patch, (a, b) => {
      const once = new Story().apply("m", b).live;
      const twice = new Story().apply("m", a).apply("m", b).live;
      const bare = (object: unknown): unknown =>
        JSON.parse(
          JSON.stringify(object, (name, value) =>
            name === "managedFields" || isEmpty(value) ? undefined : ordered(value),
          ),
        );
      assert.deepEqual(bare(twice), bare(once));
    }),
  );
});

/** Lists here are sets and maps: another order alone is no change, and what was there stays in its own. */
function ordered(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((item) => item === undefined || isEmpty(item))
  );
}

test("any JSON gives an object or a StatusError", () => {
  const any = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("x", 1, null, true),
      fc.array(tie("any"), { maxLength: 2 }),
      tie("object"),
    ),
    object: fc.dictionary(
      fc.constantFrom(
        "data",
        "spec",
        "containers",
        "name",
        "ports",
        "metadata",
        "finalizers",
        "annotations",
        "selector",
        "__proto__",
      ),
      tie("any"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  })).object as fc.Arbitrary<Body>;
  fc.assert(
    fc.property(any, any, (a, b) => {
      for (const run of [
        (story: Story): unknown => story.apply("m", b),
        (story: Story): unknown => story.update("m", b),
      ]) {
        try {
          run(new Story().update("c", a));
        } catch (error) {
          assert.ok(error instanceof StatusError, String((error as Error).stack));
        }
      }
    }),
    { numRuns: 1000 },
  );
});
