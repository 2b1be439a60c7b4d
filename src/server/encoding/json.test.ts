import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../../api/index.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { customKinds } from "../custom-resources/custom-kinds.ts";
import { objectCodec } from "./json.ts";

const schema = { openAPIV3Schema: { type: "object" } };
const definition = {
  metadata: { name: "links.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "links", kind: "Link" },
    versions: [
      { name: "v1", served: true, storage: false, schema },
      { name: "v2", served: true, storage: true, schema },
    ],
  },
} as unknown as Parameters<typeof customKinds>[0];
const metadata = { name: "a", namespace: "ns" };

for (const [rule, object, key, type] of [
  [
    "the type of a built-in object follows from its key",
    { apiVersion: "v1", kind: "Pod", metadata },
    "/core/pods/ns/a",
    "",
  ],
  [
    "a custom one says in which version it is, whichever would be stored now",
    { apiVersion: "example.com/v1", kind: "Link", metadata },
    "/example.com/links/ns/a",
    '"kind":"Link","apiVersion":"example.com/v1",',
  ],
] as const) {
  test(rule, () => {
    const codec = objectCodec(createScheme([...builtinKinds, ...customKinds(definition)]));
    const bytes = codec.encode(object, key);
    assert.equal(new TextDecoder().decode(bytes), `${type}"metadata":{"name":"a","namespace":"ns"}}`);
    assert.deepEqual(codec.decode(bytes, key), object);
    const before = objectCodec(createScheme(builtinKinds));
    assert.deepEqual(before.decode(bytes, key), object, "also before its definition is read");
  });
}
