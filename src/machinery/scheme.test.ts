import assert from "node:assert/strict";
import { test } from "node:test";
import { defineKind, listKindOf, listSchema } from "./define-kind.ts";
import type { Kind } from "./kind.ts";
import { field, int32, message } from "./schema/builders.ts";
import { apiVersionOf, createScheme, parseApiVersion } from "./scheme.ts";

const Spec = message("t.v1.Spec", { size: field(1, int32()) });

function widget(version: string, more: Partial<Kind> = {}): Kind {
  const kind = defineKind({
    group: "example.com",
    version,
    kind: "Widget",
    definition: `com.example.${version}.Widget`,
    names: { plural: "widgets", short: ["w"] },
    scope: "Namespaced",
    fields: { spec: field(2, Spec).always() },
  });
  return { ...kind, ...more } as Kind;
}

test("a kind is found by its kind and by its resource", () => {
  const v1 = widget("v1");
  const scheme = createScheme([v1]);
  assert.equal(scheme.byKind("example.com", "v1", "Widget"), v1);
  assert.equal(scheme.byApiVersion("example.com/v1", "Widget"), v1);
  assert.equal(scheme.byResource("example.com", "v1", "widgets"), v1);
  assert.equal(scheme.byKind("example.com", "v2", "Widget"), undefined);
});

test("two versions of one storage are found together, and the stored one is known", () => {
  const storage = { group: "example.com", resource: "widgets", version: "v2" };
  const convert = { toStorage: () => ({}) as never, fromStorage: () => ({}) as never };
  const v1 = widget("v1", { storage, convert });
  const v2 = widget("v2", { storage });
  const scheme = createScheme([v1, v2]);
  assert.deepEqual(scheme.served(storage), [v1, v2]);
  assert.equal(scheme.stored(storage), v2);
});

test("what is only spoken by subresources has no endpoint", () => {
  const options = widget("v1", { verbs: [] });
  const scheme = createScheme([options]);
  assert.equal(scheme.byResource("example.com", "v1", "widgets"), undefined);
  assert.deepEqual(scheme.served(options.storage), []);
});

test("kinds come and go while it runs, and listeners hear of it", () => {
  const scheme = createScheme();
  let heard = 0;
  const stop = scheme.subscribe(() => heard++);
  scheme.add(widget("v1"));
  const newer = widget("v1");
  scheme.add(newer);
  assert.equal(scheme.byResource("example.com", "v1", "widgets"), newer);
  assert.deepEqual(scheme.served(newer.storage), [newer]);
  scheme.remove("example.com", "v1", "Widget");
  scheme.remove("example.com", "v1", "Widget");
  assert.deepEqual([heard, scheme.generation, [...scheme.kinds()].length], [3, 3, 0]);
  assert.deepEqual(scheme.served(newer.storage), []);
  stop();
  scheme.add(newer);
  assert.equal(heard, 3);
});

for (const [apiVersion, group, version] of [
  ["v1", "", "v1"],
  ["apps/v1", "apps", "v1"],
] as const) {
  test(`${apiVersion} is read and written`, () => {
    assert.deepEqual(parseApiVersion(apiVersion), { group, version });
    assert.equal(apiVersionOf({ group, version }), apiVersion);
  });
}

test("a definition leaves out what is usual", () => {
  const kind = widget("v1");
  assert.equal(kind.names.singular, "widget");
  assert.deepEqual(kind.storage, { group: "example.com", resource: "widgets", version: "v1" });
  assert.equal(kind.verbs.length, 8);
  assert.deepEqual(Object.keys(kind.schema.fields), ["apiVersion", "kind", "metadata", "spec"]);
  assert.equal(listKindOf(kind), "WidgetList");
  assert.equal(listSchema(kind), listSchema(kind));
  assert.equal(listSchema(kind).name, "com.example.v1.WidgetList");
});
