import assert from "node:assert/strict";
import { test } from "node:test";
import { Warnings } from "./warnings.ts";

const x = (times: number): string => "x".repeat(times);
const y = (times: number): string => "ÿ".repeat(times);

for (const { rule, texts, told } of [
  { rule: "each text is told once, in order", texts: ["b", "a", "b"], told: ["b", "a"] },
  { rule: "quotes are escaped", texts: ['say "\\"'], told: ['say \\"\\\\\\"'] },
  { rule: "nothing, and what no header can carry, is not told", texts: ["", "a\nb", "c"], told: ["c"] },
  { rule: "long texts are whole while all fit", texts: [x(4000), "a"], told: [x(4000), "a"] },
  { rule: "characters count, not bytes", texts: [y(4096)], told: [y(4096)] },
  {
    rule: "when they do not fit all are cut, those that come after as well",
    texts: [x(4000), y(97), "z".repeat(300), x(4000)],
    told: [x(256), y(97), "z".repeat(256)],
  },
  {
    rule: "what comes when there is no room any more is left out",
    texts: Array.from({ length: 20_000 }, (_, i) => `${i} ${x(300)}`),
    told: Array.from({ length: 16 }, (_, i) => `${i} ${x(300)}`.slice(0, 256)),
  },
]) {
  test(rule, () => {
    const warnings = new Warnings();
    for (const text of texts) warnings.add(text);
    assert.deepEqual(
      warnings.headers(),
      told.map((text) => `299 - "${text}"`),
    );
  });
}
