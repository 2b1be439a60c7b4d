import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, textOfAlike } from "./alike.ts";

const spec = (mount: string, large = ""): Record<string, any> => ({
  nodeName: "n",
  containers: [
    { name: "c", env: [{ name: "A", value: "1" }], args: [large], volumeMounts: [{ name: mount, mountPath: "/m" }] },
  ],
  securityContext: { sysctls: [{ name: "kernel.shm", value: "1" }] },
});

test("parts that are alike become one, whose text is known", () => {
  const [a, b] = [alike(spec("x")), alike(spec("x"))];
  assert.deepEqual(a, spec("x"));
  assert.equal(a, b);
  assert.equal(textOfAlike(a), JSON.stringify(spec("x")));
});

test("what differs stays apart, and shares what is alike in it", () => {
  const [a, b] = [alike(spec("x")), alike(spec("y"))];
  assert.deepEqual([a, b], [spec("x"), spec("y")]);
  assert.equal(a["containers"][0].env, b["containers"][0].env);
  assert.notEqual(a["containers"][0].volumeMounts, b["containers"][0].volumeMounts);
  assert.equal(a["securityContext"].sysctls, b["securityContext"].sysctls);
});

test("a part is not changed by it, whatever its size", () => {
  for (const large of ["", "l".repeat(9000)]) {
    const part = frozen(spec("x", large));
    assert.deepEqual(alike(part), part);
  }
});

test("a large part is its owner's, and shares what is small and alike in it", () => {
  const large = (): Record<string, any> => spec("x", "l".repeat(9000));
  const [a, b] = [alike(large()), alike(large())];
  assert.notEqual(a, b);
  assert.equal(textOfAlike(a), undefined);
  assert.equal(a["containers"][0].env, b["containers"][0].env);
  assert.notEqual(a["containers"][0].args, b["containers"][0].args);
});

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}
