import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { customKinds } from "./custom-kinds.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

const schema = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          size: { type: "integer" },
          who: { type: "string" },
          list: { type: "array", items: { type: "string" } },
          since: { type: "string" },
        },
      },
      status: { type: "object", properties: { replicas: { type: "integer" } } },
    },
  },
};

function definition(version: object, more: readonly object[] = []): CustomResourceDefinition {
  const versions = [{ name: "v1", served: true, storage: true, schema, ...version }, ...more];
  const names = { plural: "widgets", kind: "Widget", shortNames: ["wd"] };
  return decodeObject(CustomResourceDefinition, {
    spec: { group: "example.com", scope: "Namespaced", names, versions },
  }) as CustomResourceDefinition;
}

const only = (version: object): Kind => customKinds(definition(version))[0]!;
const now = Date.parse("2026-01-01T00:01:00Z");
const cells = (kind: Kind, spec: object): unknown[] => {
  const metadata = { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" };
  return kind.columns!.map((column) => column.value({ metadata, spec } as unknown as KubeObject, now));
};

test("a definition becomes a kind with the names it says and those that follow", () => {
  const { names, storage, schema: made, scope } = only({});
  assert.deepEqual(names, { plural: "widgets", singular: "widget", list: "WidgetList", short: ["wd"] });
  assert.deepEqual([storage, scope], [{ group: "example.com", resource: "widgets", version: "v1" }, "Namespaced"]);
  assert.equal(made.name, "com.example.v1.Widget");
});

test("versions that are not served are no kinds", () => {
  assert.deepEqual(customKinds(definition({ served: false })), []);
});

test("unknown fields of objects are pruned", () => {
  const object = decodeObject(only({}), { metadata: { name: "a" }, spec: { size: 1, other: 2 } });
  assert.deepEqual((object as unknown as { spec: object }).spec, { size: 1 });
});

test("columns read their paths, by type; without any there is the age", () => {
  const additionalPrinterColumns = [
    { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big" },
    { name: "Since", type: "date", jsonPath: ".spec.since" },
    { name: "All", type: "string", jsonPath: ".spec.list[*]", priority: 1 },
  ];
  const kind = only({ additionalPrinterColumns });
  assert.deepEqual(cells(kind, { size: 4, since: "never", list: ["x", "y"] }), ["a", 4, "<invalid>", "x"]);
  assert.deepEqual(cells(kind, { size: "big" }), ["a", null, null, null]);
  assert.equal(kind.columns![2]!.doc, "Custom resource definition column (in JSONPath format): .spec.since");
  assert.deepEqual(cells(only({}), {}), ["a", "60s"]);
});

test("status and scale are told where the numbers are", () => {
  const scale = { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" };
  const { subresources, prepareForCreate } = only({ subresources: { status: {}, scale } });
  assert.deepEqual(Object.keys(subresources), ["status", "scale"]);
  assert.deepEqual(subresources["scale"]?.scale, { wanted: "spec.size", actual: "status.replicas" });
  const draft = { status: { replicas: 1 } };
  prepareForCreate?.(draft as never, { now });
  assert.deepEqual(draft, {});
});

test("fields can be selected by their path", () => {
  const { selectableFields } = only({ selectableFields: [{ jsonPath: ".spec.who" }] });
  assert.equal(selectableFields["spec.who"]?.({ spec: { who: "me" } } as unknown as KubeObject), "me");
  assert.equal(selectableFields["spec.who"]?.({} as KubeObject), "");
});

test("another version is the stored object under its own name", () => {
  const [v1, v2] = customKinds(definition({}, [{ name: "v2", served: true, storage: false, schema }]));
  assert.equal(v1!.convert, undefined);
  assert.deepEqual(v2!.storage, v1!.storage);
  const stored = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 1 } };
  const shown = v2!.convert!.fromStorage(stored as unknown as KubeObject);
  assert.deepEqual(shown, { ...stored, apiVersion: "example.com/v2" });
  assert.deepEqual(v2!.convert!.toStorage(shown as KubeObject), stored);
});
