import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { scaledValue } from "./int-or-string.ts";
import {
  addQuantity,
  canonicalQuantity,
  canonicalResource,
  compareQuantity,
  formatQuantity,
  milliValue,
  parseQuantity,
  QuantityError,
  quantityValue,
  subQuantity,
} from "./quantity.ts";

const forms: [text: string, canonical: string][] = [
  ["0", "0"],
  ["0.5", "500m"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["1000", "1k"],
  ["1500m", "1500m"],
  ["2000m", "2"],
  ["1e3", "1e3"],
  ["1023", "1023"],
  ["0.5Ki", "512"],
  ["-1", "-1"],
  ["0.1n", "1n"],
  ["100E", "9223372036854775807"],
  ["+5", "5"],
  ["128974848", "128974848"],
  ["1500M", "1500M"],
  ["m", "0"],
  [".", "0"],
  ["-k", "0"],
];
for (const [text, canonical] of forms) {
  test(`${text} is written ${canonical}`, () => assert.equal(canonicalQuantity(text), canonical));
}

for (const text of ["", "abc", "1x", "1.2.3", "1Kii", "1ee", "1 ", "NaN", "Pi", "e-10"]) {
  test(`${JSON.stringify(text)} is no quantity`, () => assert.throws(() => parseQuantity(text), QuantityError));
}

test("values round up, away from zero", () => {
  assert.deepEqual(
    [quantityValue("1500m"), quantityValue("-1500m"), milliValue("1u"), milliValue("2")],
    [2, -2, 1, 2000],
  );
  assert.equal(canonicalResource("1u"), "1m");
});

test("percentages round as told", () => {
  assert.deepEqual([scaledValue("25%", 10, "up"), scaledValue("25%", 10, "down"), scaledValue(4, 10, "up")], [3, 2, 4]);
  assert.throws(() => scaledValue("x", 1, "up"), /string is not a percentage/);
});

const text = fc
  .tuple(
    fc.integer({ min: -1e9, max: 1e9 }),
    fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e2", "e-3"),
  )
  .map(([number, suffix]) => `${number}${suffix}`);

test("the canonical form is the same amount and a fixed point", () => {
  fc.assert(
    fc.property(text, (q) => {
      const canonical = canonicalQuantity(q);
      assert.equal(compareQuantity(q, canonical), 0);
      assert.equal(canonicalQuantity(canonical), canonical);
    }),
  );
});

test("order is antisymmetric and agrees with the difference; what is added can be taken away", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareQuantity(a, b)), -Math.sign(compareQuantity(b, a)) || 0);
      assert.equal(compareQuantity(subQuantity(addQuantity(a, b), b), a), 0);
      assert.equal(Math.sign(compareQuantity(a, b)), Math.sign(compareQuantity(subQuantity(a, b), "0")));
      assert.equal(compareQuantity(formatQuantity(addQuantity(a, "0")), a), 0);
    }),
  );
});
