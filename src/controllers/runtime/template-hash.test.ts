import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical } from "./template-hash.ts";

test("a template is read in the order of its names, and whole numbers of 64 bits as they are", () => {
  const spec = { terminationGracePeriodSeconds: 9007199254740993n, containers: [{ name: "c", image: undefined }] };
  const text = '{"spec":{"containers":[{"name":"c"}],"terminationGracePeriodSeconds":9007199254740993}}';
  assert.equal(canonical({ spec, metadata: undefined }), text);
});
