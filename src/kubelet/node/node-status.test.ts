import assert from "node:assert/strict";
import { test } from "node:test";
import { newsOf } from "./node-status.ts";

const status = (conditions: Readonly<Record<string, string>>) => ({
  conditions: Object.entries(conditions).map(([type, is]) => ({ type, status: is })),
});
const well = { MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False", Ready: "True" };

for (const { rule, before, after, news } of [
  {
    rule: "a new node tells all but that it is ready",
    before: undefined,
    after: well,
    news: ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"],
  },
  { rule: "what stays is no news", before: well, after: well, news: [] },
  {
    rule: "a pressure comes",
    before: well,
    after: { ...well, MemoryPressure: "True", DiskPressure: "True" },
    news: ["NodeHasInsufficientMemory", "NodeHasDiskPressure"],
  },
  { rule: "a node is not ready any more", before: well, after: { ...well, Ready: "False" }, news: ["NodeNotReady"] },
  { rule: "and again", before: { ...well, Ready: "Unknown" }, after: well, news: ["NodeReady"] },
  { rule: "others' conditions are theirs", before: well, after: { ...well, Odd: "True" }, news: [] },
]) {
  test(`news of a node: ${rule}`, () => {
    assert.deepEqual(newsOf(before && (status(before) as never), status(after) as never), news);
  });
}
