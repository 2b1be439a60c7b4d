import assert from "node:assert/strict";
import { test } from "node:test";
import { remembering } from "./remember.ts";

/** Doubles a text and counts how often it had to. */
function counting(): { make: (text: string) => string; made: string[] } {
  const made: string[] = [];
  return { made, make: (text) => (made.push(text), text + text) };
}

test("what was asked before is not made again", () => {
  const { make, made } = counting();
  const doubled = remembering(make);
  assert.deepEqual([doubled("a"), doubled("b"), doubled("a")], ["aa", "bb", "aa"]);
  assert.deepEqual(made, ["a", "b"]);
});

test("what is in use outlives any number of others; those are forgotten", () => {
  const { make, made } = counting();
  const doubled = remembering(make, { most: 4 });
  for (let i = 0; i < 100; i++) {
    doubled(`other ${i}`);
    doubled("used");
  }
  assert.equal(made.filter((text) => text === "used").length, 1);
  doubled("other 0");
  assert.equal(made.filter((text) => text === "other 0").length, 2);
});

test("long texts and failures are not kept", () => {
  const { make, made } = counting();
  const doubled = remembering(make, { longest: 3 });
  assert.equal(doubled("long") + doubled("long"), "longlonglonglong");
  assert.equal(made.length, 2);
  let asked = 0;
  const failing = remembering((): string => {
    throw new Error(String(++asked));
  });
  assert.throws(() => failing("x"), /1/);
  assert.throws(() => failing("x"), /2/);
});
