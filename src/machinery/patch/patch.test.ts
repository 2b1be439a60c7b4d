import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { StatusError } from "../errors.ts";
import type { MessageSchema, Schema } from "../schema/schema.ts";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch, mergePatchBetween } from "./merge-patch.ts";
import { strategicMergePatch } from "./strategic-merge.ts";

const string: Schema = { form: "string" };
const message = (name: string, fields: MessageSchema["fields"]): MessageSchema => ({ form: "message", name, fields });
const env = message("Env", { name: { tag: 1, schema: string }, value: { tag: 2, schema: string } });
const item = message("Item", {
  name: { tag: 1, schema: string },
  image: { tag: 2, schema: string },
  args: { tag: 3, schema: { form: "list", item: string } },
  env: { tag: 4, schema: { form: "list", item: env, patchStrategy: "merge", patchMergeKey: "name" } },
});
const schema = message("Object", {
  items: { tag: 1, schema: { form: "list", item }, patchStrategy: "merge", patchMergeKey: "name" },
  finalizers: { tag: 2, schema: { form: "list", item: string, patchStrategy: "merge" } },
  labels: { tag: 3, schema: { form: "map", value: string } },
  strategy: { tag: 4, schema: message("S", { type: { tag: 1, schema: string } }), patchStrategy: "retainKeys" },
  plain: { tag: 5, schema: { form: "list", item: string } },
  loose: { tag: 6, schema: { form: "list", item } },
  deep: { tag: 7, schema: { form: "map", value: { form: "map", value: string } } },
});

/** `name:image` for short. */
const items = (...names: string[]): object[] =>
  names.map((text) => ({ name: text.split(":")[0], image: text.split(":")[1] }));

type Row = [rule: string, target: object, patch: object | null, result: object];

const strategic: Row[] = [
  [
    "items are merged by key",
    { items: items("a:1", "b:1") },
    { items: [{ name: "b", image: "2" }] },
    { items: items("a:1", "b:2") },
  ],
  ["new items come first", { items: items("a:1") }, { items: items("n:1") }, { items: items("n:1", "a:1") }],
  [
    "an item is deleted by key",
    { items: items("a:1", "b:1") },
    { items: [{ name: "a", $patch: "delete" }] },
    { items: items("b:1") },
  ],
  [
    "a list can be replaced",
    { items: items("a:1") },
    { items: [{ $patch: "replace" }, ...items("n:1")] },
    { items: items("n:1") },
  ],
  ["null says nothing", { labels: { a: "1" } }, null, { labels: { a: "1" } }],
  ["lists without a strategy are replaced", { plain: ["a"] }, { plain: ["b"] }, { plain: ["b"] }],
  ["primitives are joined", { finalizers: ["a", "b"] }, { finalizers: ["b", "c"] }, { finalizers: ["a", "b", "c"] }],
  [
    "primitives are deleted and ordered",
    { finalizers: ["a", "b", "c"] },
    { "$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["c", "a"] },
    { finalizers: ["c", "a"] },
  ],
  [
    "the patch sets the order of what it knows",
    { items: items("c:1", "e:1") },
    { "$setElementOrder/items": [{ name: "e" }, { name: "n" }, { name: "c" }], items: items("n:1") },
    { items: items("e:1", "n:1", "c:1") },
  ],
  ["null deletes", { labels: { a: "1", b: "2" } }, { labels: { a: null } }, { labels: { b: "2" } }],
  [
    "a map can be replaced",
    { labels: { a: "1" } },
    { labels: { $patch: "replace", z: "26" } },
    { labels: { z: "26" } },
  ],
  ["a map can be emptied", { labels: { a: "1" } }, { labels: { $patch: "delete" } }, { labels: {} }],
  [
    "retained keys are all that stay",
    { strategy: { type: "RollingUpdate", rollingUpdate: {} } },
    { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    { strategy: { type: "Recreate" } },
  ],
  [
    "what has directives and is not there yet is left out",
    {},
    { items: [{ name: "a", $patch: "delete" }, ...items("b:1")], labels: { x: null } },
    { items: items("b:1"), labels: {} },
  ],
  ["so is a map that is to replace one", {}, { labels: { $patch: "replace", a: "1" } }, {}],
  [
    "retained keys of what is not there yet are a field like others",
    {},
    { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    { strategy: { $retainKeys: ["type"], type: "Recreate" } },
  ],
  [
    "a new item is taken as it stands",
    { items: items("a:1") },
    { items: [{ name: "n", env: [{ $patch: "replace" }, { name: "E", value: null }], args: null }] },
    { items: [{ name: "n", env: [{ $patch: "replace" }, { name: "E", value: null }], args: null }, ...items("a:1")] },
  ],
  [
    "a list that is replaced, too",
    { plain: ["a"] },
    { plain: [{ $patch: "replace" }] },
    { plain: [{ $patch: "replace" }] },
  ],
  [
    "null takes a list of primitives away, under either name",
    { finalizers: ["a"], plain: ["a"] },
    { "$deleteFromPrimitiveList/finalizers": null, plain: null },
    {},
  ],
  [
    "an empty order says nothing of new items",
    { items: items("a:1") },
    { "$setElementOrder/items": [], items: items("n:1") },
    { items: items("a:1", "n:1") },
  ],
  [
    "an item is deleted and comes anew",
    { items: [{ name: "a", image: "1", args: ["x"] }] },
    { items: [{ name: "a", $patch: "delete" }, ...items("a:2")] },
    { items: items("a:2") },
  ],
];

const merge: Row[] = [
  ["objects merge, null deletes", { a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
  ["objects of a list lose their nulls", {}, { a: [{ b: null, c: [{ d: null }] }, null] }, { a: [{ c: [{}] }, null] }],
  ["but not where the list takes an object's place", { a: {} }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ["lists replace", { a: [1, 2] }, { a: [3] }, { a: [3] }],
  ["an object replaces a scalar, without its nulls", { a: 1 }, { a: { b: null } }, { a: {} }],
];

const json: Row[] = [
  ["add puts before an index", { a: [1, 2] }, [{ op: "add", path: "/a/1", value: 9 }], { a: [1, 9, 2] }],
  ["add appends at -", { a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
  [
    "names are unescaped",
    { "a/b": { "c~d": 1 } },
    [{ op: "replace", path: "/a~1b/c~0d", value: 2 }],
    { "a/b": { "c~d": 2 } },
  ],
  ["move takes along", { a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: 1 }],
  ["copy leaves there", { a: 1 }, [{ op: "copy", from: "/a", path: "/c" }], { a: 1, c: 1 }],
  [
    "a copy changes by itself, and so does what it was copied from",
    { a: { b: { c: 1 } } },
    [
      { op: "replace", path: "/a/b/c", value: 2 },
      { op: "copy", from: "/a", path: "/d" },
      { op: "replace", path: "/d/b/c", value: 3 },
      { op: "add", path: "/a/b/e", value: 4 },
    ],
    { a: { b: { c: 2, e: 4 } }, d: { b: { c: 3 } } },
  ],
  [
    "a copy of what holds its place goes into it once",
    { a: { l: [1] } },
    [
      { op: "add", path: "/a/l/-", value: 2 },
      { op: "copy", from: "/a", path: "/a/b" },
      { op: "remove", path: "/a/b/l/0" },
    ],
    { a: { l: [1, 2], b: { l: [2] } } },
  ],
  [
    "what was given can be changed afterwards",
    {},
    [
      { op: "add", path: "/a", value: { b: [1] } },
      { op: "move", from: "/a/b", path: "/c" },
      { op: "replace", path: "/c/0", value: 2 },
    ],
    { a: {}, c: [2] },
  ],
  ["a missing value equals null", {}, [{ op: "test", path: "/a", value: null }], {}],
  ["a missing value equals no value", {}, [{ op: "test", path: "/a" }], {}],
  ["all of it can be tested", { a: 1 }, [{ op: "test", path: "", value: { a: 1 } }], { a: 1 }],
  ["all of it can be replaced", { a: 1 }, [{ op: "replace", path: "", value: { b: 1 } }], { b: 1 }],
  ["replace sets what an object lacks", { a: {} }, [{ op: "replace", path: "/a/b", value: 1 }], { a: { b: 1 } }],
  ["add without a value gives null", {}, [{ op: "add", path: "/a" }], { a: null }],
  ["a copy of what an object lacks is null", {}, [{ op: "copy", from: "/a", path: "/b" }], { b: null }],
  ["what is before the first slash does not count", {}, [{ op: "add", path: "x/a", value: 1 }], { a: 1 }],
  ["an index may have a sign and zeros", { a: [1, 2] }, [{ op: "remove", path: "/a/+01" }], { a: [1] }],
  [
    "an index below zero counts from the end",
    { a: [1, 2] },
    [{ op: "replace", path: "/a/-1", value: 3 }],
    { a: [1, 3] },
  ],
  ["no patch is no operations", { a: 1 }, null, { a: 1 }],
];

const apply = {
  strategic: (target: object, patch: unknown): unknown =>
    strategicMergePatch(schema, target as Record<string, unknown>, patch),
  merge: (target: object, patch: unknown): unknown => mergePatch(target as Record<string, unknown>, patch),
  json: (target: object, patch: unknown): unknown => jsonPatch(target, patch),
};

for (const [type, rows] of Object.entries({ strategic, merge, json }) as [keyof typeof apply, Row[]][]) {
  for (const [rule, target, patch, result] of rows) {
    test(`${type}: ${rule}`, () => {
      const before = structuredClone([target, patch]);
      assert.deepEqual(apply[type](target, patch), result);
      assert.deepEqual([target, patch], before, "inputs are as before");
    });
  }
}

const REJECTED = "the server rejected our request due to an error in our request";

const NO_KEY = "map: map[image:x] does not contain declared merge key: name";
const FULL = {
  items: items("a:1"),
  finalizers: ["f"],
  labels: { a: "1" },
  loose: items("a:1"),
  deep: { a: { b: "1" } },
};

const failures: [rule: string, run: () => unknown, code: number, text: string][] = [
  [
    "a failed test",
    () => jsonPatch({ a: 1 }, [{ op: "test", path: "/a", value: 2 }]),
    422,
    "the server rejected our request due to an error in our request",
  ],
  [
    "removing what is not there",
    () => jsonPatch({}, [{ op: "remove", path: "/a" }]),
    422,
    "the server rejected our request due to an error in our request",
  ],
  [
    "an index out of range",
    () => jsonPatch({ a: [1] }, [{ op: "remove", path: "/a/1" }]),
    422,
    "the server rejected our request due to an error in our request",
  ],
  [
    "copies of copies without end",
    () =>
      jsonPatch(
        { a: ["x".repeat(1000)] },
        Array.from({ length: 40 }, () => ({ op: "copy", from: "/a", path: "/a/-" })),
      ),
    422,
    "the server rejected our request due to an error in our request",
  ],
  [
    "no list of operations",
    () => jsonPatch({}, { op: "add" }),
    400,
    "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  ],
  [
    "an operation that is no object",
    () => jsonPatch({}, [null, "x"]),
    400,
    "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp",
  ],
  [
    "a member of an operation that is no text",
    () => jsonPatch({}, [{ op: null, path: 1 }]),
    400,
    "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
  ],
  [
    "no list of operations, where fields are not checked",
    () => jsonPatch({}, { op: "add" }, false),
    400,
    "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
  ],
  [
    "an operation that is no object, where fields are not checked",
    () => jsonPatch({}, [[]], false),
    400,
    "json: cannot unmarshal array into Go value of type jsonpatch.Operation",
  ],
  ["an operation that is null", () => jsonPatch({}, [null]), 422, REJECTED],
  [
    "a member that is no text, where fields are not checked",
    () => jsonPatch({}, [{ op: "remove", path: 1 }], false),
    422,
    REJECTED,
  ],
  ["adding all of it", () => jsonPatch({}, [{ op: "add", path: "", value: {} }]), 422, REJECTED],
  ["a path without a slash", () => jsonPatch({ a: 1 }, [{ op: "remove", path: "a" }]), 422, REJECTED],
  ["replacing all of it by a text", () => jsonPatch({}, [{ op: "replace", path: "", value: "x" }]), 422, REJECTED],
  ["a test below what is not there", () => jsonPatch({}, [{ op: "test", path: "/a/b", value: null }]), 422, REJECTED],
  [
    "a test of an index out of range",
    () => jsonPatch({ a: [] }, [{ op: "test", path: "/a/0", value: null }]),
    422,
    REJECTED,
  ],
  ["a test of something without a value", () => jsonPatch({ a: 1 }, [{ op: "test", path: "/a" }]), 422, REJECTED],
  ["moving what is not there", () => jsonPatch({}, [{ op: "move", from: "/a", path: "/b" }]), 422, REJECTED],
  [
    "replacing at an index out of range",
    () => jsonPatch({ a: [] }, [{ op: "replace", path: "/a/0", value: 1 }]),
    422,
    REJECTED,
  ],
  ["going on below null", () => jsonPatch({ a: null }, [{ op: "add", path: "/a/b", value: 1 }]), 422, REJECTED],
  [
    "no object",
    () => mergePatch({}, [1]),
    400,
    "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  ],
  [
    "fields beside the retained keys",
    () => strategicMergePatch(schema, {}, { $retainKeys: ["a"], labels: {} }),
    400,
    "invalid patch format of retainKeys",
  ],
  ...(
    [
      ["an item without its key", { items: [{ image: "x" }] }, 500, NO_KEY],
      ["an item to replace others by without its key", { items: [{ $patch: "replace" }, { image: "x" }] }, 500, NO_KEY],
      [
        "an item to delete without its key",
        { items: [{ $patch: "delete", image: "x" }] },
        500,
        "map: map[$patch:delete image:x] does not contain declared merge key: name",
      ],
      [
        "an unknown directive",
        { labels: { $patch: "merge" } },
        500,
        "unknown patch type: merge in map: map[$patch:merge]",
      ],
      [
        "a directive that is no text",
        { labels: { $patch: 1 } },
        500,
        "unknown patch type: %!s(int64=1) in map: map[$patch:1]",
      ],
      [
        "an unknown directive of an item",
        { items: [{ $patch: "x", name: "a" }] },
        500,
        "unknown patch type: x in map: map[$patch:x name:a]",
      ],
      [
        "to merge lists",
        { items: [{ $patch: "merge", name: "a" }] },
        500,
        "merging lists cannot yet be specified in the patch",
      ],
      ["retained keys that are no list", { $retainKeys: "a" }, 400, "invalid patch format of retainKeys"],
      [
        "an order that is no list",
        { "$setElementOrder/items": "a" },
        500,
        "expected a []interface {}, but received a string",
      ],
      [
        "an order of a list that is null",
        { "$setElementOrder/items": [], items: null },
        500,
        "expected a []interface {}, but received a %!s(<nil>)",
      ],
      ["an order without what it orders by", { "$setElementOrder/items": [{ image: "x" }] }, 500, NO_KEY],
      ["an order of texts", { "$setElementOrder/items": ["a"] }, 500, "value for key 0 is not a map"],
      [
        "an order of a field that is none",
        { "$setElementOrder/x": [] },
        500,
        'unable to find api field in struct Object for the json field "x"',
      ],
      [
        "an order that lacks what changes",
        {
          "$setElementOrder/items": [{ name: "b" }],
          items: [
            { name: "a", image: "x" },
            { name: "c", $patch: "delete" },
          ],
        },
        500,
        "The order in patch list:\n[map[image:x name:a] map[$patch:delete name:c]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
      ],
      [
        "a list of nothing to be ordered",
        { "$setElementOrder/plain": [], plain: [] },
        500,
        "no elements in any of the given slices",
      ],
      ["a list of lists", { finalizers: [["x"]] }, 500, "list element types are not identical: [[f] [[x]]]"],
      [
        "objects among texts",
        { finalizers: [{ a: 1 }] },
        500,
        "list element types are not identical: [[f] [map[a:1]]]",
      ],
      [
        "objects without a key to take away",
        { "$deleteFromPrimitiveList/loose": [{ name: "a" }] },
        500,
        "cannot merge lists without merge key for struct",
      ],
      [
        "a map in a map",
        { deep: { a: { b: "2" } } },
        500,
        "merging an object in json but data type is not struct, instead is: map",
      ],
    ] as const
  ).map(([rule, patch, code, text]): [string, () => unknown, number, string] => [
    rule,
    () => strategicMergePatch(schema, FULL, patch),
    code,
    text,
  ]),
  [
    "lists of lists",
    () => strategicMergePatch(schema, { plain: [["x"]] }, { "$deleteFromPrimitiveList/plain": ["x"] }),
    422,
    REJECTED,
  ],
];
for (const [rule, run, code, text] of failures) {
  test(`refused: ${rule}`, () => {
    assert.throws(run, (error) => error instanceof StatusError && error.code === code && error.message === text);
  });
}

test("what a patch does not touch is shared, a patch that changes nothing gives the target itself", () => {
  const target = { items: items("a:1", "b:1"), labels: { x: "1" } };
  const patched = strategicMergePatch(schema, target, { items: [{ name: "a", image: "2" }] });
  assert.equal(patched["labels"], target.labels);
  assert.equal((patched["items"] as object[])[1], target.items[1]);
  assert.equal(strategicMergePatch(schema, target, { items: [{ name: "b", image: "1" }], labels: { x: "1" } }), target);
  assert.equal(mergePatch(target, { labels: { x: "1" }, gone: null }), target);
  assert.equal(
    (jsonPatch(target, [{ op: "add", path: "/labels/y", value: "2" }]) as typeof target).items,
    target.items,
  );
});

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("a", 1, true, null),
    fc.array(tie("any"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      "items",
      "name",
      "labels",
      "finalizers",
      "$patch",
      "$retainKeys",
      "$setElementOrder/items",
      "$deleteFromPrimitiveList/finalizers",
      "strategy",
      "op",
      "path",
      "value",
      "__proto__",
    ),
    tie("any"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

test("any JSON gives a result or a StatusError", () => {
  fc.assert(
    fc.property(value.object as fc.Arbitrary<object>, value.any, (target, patch) => {
      for (const run of [apply.strategic, apply.merge, apply.json]) {
        try {
          run(target, run === apply.json ? [patch] : patch);
        } catch (error) {
          assert.ok(error instanceof StatusError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

const plain = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("a", 1, true),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any"), { maxKeys: 3, noNullPrototype: true }),
})).object as fc.Arbitrary<Record<string, unknown>>;

test("the patch between two objects makes the second of the first, and a second time changes nothing", () => {
  fc.assert(
    fc.property(plain, plain, (before, after) => {
      const patch = mergePatchBetween(before, after);
      const patched = patch === undefined ? before : mergePatch(before, patch);
      assert.deepEqual(patched, after);
      if (patch !== undefined) assert.equal(mergePatch(patched, patch), patched);
    }),
  );
});

test("a JSON patch copies what it changes once, however often it changes it", () => {
  let copied = 0;
  const data = {
    a: "",
    get watched() {
      copied++;
      return "";
    },
  };
  const patch = Array.from({ length: 100 }, (_, i) => ({ op: "replace", path: "/data/a", value: String(i) }));
  assert.deepEqual(jsonPatch({ data }, patch), { data: { a: "99", watched: "" } });
  assert.deepEqual([copied, data.a], [1, ""]);
});

test("many retained keys are looked up, and not looked for", () => {
  const took = (nameOf: (index: number) => string): number => {
    const names = Array.from({ length: 20_000 }, (_, index) => nameOf(index));
    const labels = Object.fromEntries(names.map((name) => [name, ""]));
    const begun = process.cpuUsage();
    strategicMergePatch(schema, { labels }, { labels: { $retainKeys: names, ...labels } });
    return process.cpuUsage(begun).user;
  };
  const few = took((index) => `k${index % 100}`);
  // Two hundred times as many keys. Looked for in the list each would take as long as all the others together.
  assert.ok(took((index) => `k${index}`) < 100_000 + 50 * few);
});
