import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decode, decodeText } from "../machinery/schema/decode.ts";
import { decodeMessage, encodeMessage } from "../machinery/schema/protobuf.ts";
import { envelope, openEnvelope } from "../machinery/schema/protobuf-envelope.ts";
import { anyObject } from "../machinery/schema/testing/arbitrary.ts";
import { builtinKinds } from "./index.ts";

const kinds = builtinKinds.filter((kind) => kind.verbs.length > 0);

test("every kind: what was decoded decodes to itself", () => {
  for (const kind of kinds) {
    const check = fc.property(anyObject(kind.schema), (given) => {
      const once = decode(kind.schema, given);
      assert.deepEqual(decodeText(kind.schema, JSON.stringify(once), true), { object: once, problems: [] });
    });
    fc.assert(check, { numRuns: 15, seed: 7 });
  }
});

test("every kind: protobuf there and back changes nothing", () => {
  for (const kind of kinds) {
    const check = fc.property(anyObject(kind.schema), (given) => {
      const { apiVersion: _v, kind: _k, ...object } = decode(kind.schema, given) as object as Record<string, unknown>;
      const back = decodeMessage(kind.schema, encodeMessage(kind.schema, object));
      assert.deepEqual(back, object, kind.kind);
    });
    fc.assert(check, { numRuns: 15, seed: 7 });
  }
});

test("the envelope says what is in it", () => {
  const raw = Uint8Array.of(1, 2, 3);
  const opened = openEnvelope(envelope("apps/v1", "Deployment", raw));
  assert.deepEqual({ ...opened, raw: [...opened.raw] }, { apiVersion: "apps/v1", kind: "Deployment", raw: [1, 2, 3] });
});

test("no two fields of a message have the same place in protobuf", () => {
  for (const kind of builtinKinds) {
    const places = Object.values(kind.schema.fields)
      .filter((field) => field.tag > 0)
      .map((field) => [...(field.within ?? []), field.tag].join("."));
    assert.equal(new Set(places).size, places.length, kind.kind);
  }
});
