import assert from "node:assert/strict";
import { test } from "node:test";
import { shareAlike } from "./alike.ts";

const spec = (mount: string, large = ""): Record<string, any> => ({
  nodeName: "n",
  containers: [
    { name: "c", env: [{ name: "A", value: "1" }], args: [large], volumeMounts: [{ name: mount, mountPath: "/m" }] },
  ],
  securityContext: { sysctls: [{ name: "kernel.shm", value: "1" }] },
});

function shared(...specs: readonly Record<string, any>[]): Record<string, any>[] {
  for (const each of specs) shareAlike(each);
  return [...specs];
}

test("what two objects have alike becomes one, and neither changes", () => {
  const [a, b] = shared(spec("x"), spec("x"));
  assert.deepEqual([a, b], [spec("x"), spec("x")]);
  assert.equal(a!["containers"][0].env, b!["containers"][0].env);
  assert.equal(a!["containers"][0].volumeMounts, b!["containers"][0].volumeMounts);
  assert.equal(a!["securityContext"].sysctls, b!["securityContext"].sysctls);
});

test("what differs stays apart, beside what is alike", () => {
  const [a, b] = shared(spec("x"), spec("y"));
  assert.deepEqual([a, b], [spec("x"), spec("y")]);
  assert.equal(a!["containers"][0].env, b!["containers"][0].env);
  assert.notEqual(a!["containers"][0].volumeMounts, b!["containers"][0].volumeMounts);
});

test("large parts are each object's own", () => {
  const [a, b] = shared(spec("x", "l".repeat(5000)), spec("x", "l".repeat(5000)));
  assert.notEqual(a!["containers"][0].args, b!["containers"][0].args);
});

test("an object without such a part is left alone", () => {
  const objects = [{}, { spec: null }, { spec: 1 }];
  for (const object of [undefined, ...objects]) shareAlike(object);
  assert.deepEqual(objects, [{}, { spec: null }, { spec: 1 }]);
});
