import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readJson } from "./read-json.ts";

test("reads what JSON.parse reads, with spaces and without", () => {
  const spaces = fc.constantFrom(undefined, 1, "\t", "\n ");
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), spaces, (json, space) => {
      const text = JSON.stringify(JSON.parse(json), undefined, space);
      assert.deepEqual(readJson(text, Number), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

for (const [rule, text] of [
  ["of a key that is set twice the last value counts, at the place of the first", '{"a":1,"b":2,"a":3}'],
  ["__proto__ is a key like others", '{"__proto__":{"a":1},"constructor":2}'],
  ["quotes and backslashes end no string", String.raw`{"\"\\":"\\\"","a":"\u0041\ud83d\ude00"}`],
  ["space may stand everywhere", ' { "a" : [ 1 , true , { } , [ ] ] , "b" : null }\r\n\t'],
  ["numbers end where anything else begins", "[-0,1e5,2.5E-3]"],
] as const) {
  test(rule, () => assert.equal(JSON.stringify(readJson(text, Number)), JSON.stringify(JSON.parse(text))));
}

test("numbers are seen as they are written", () => {
  assert.deepEqual(readJson('{"a":[1.50,-2e0],"b":12345678901234567890}', String), {
    a: ["1.50", "-2e0"],
    b: "12345678901234567890",
  });
});
