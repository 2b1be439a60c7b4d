import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cause, Note } from "../../machinery/door.ts";
import { bounded, causeOf } from "./cause.ts";

const of = (headers: Readonly<Record<string, string>>, cause?: Cause) =>
  causeOf({ method: "GET", path: "/", query: "", headers, peer: { address: "" }, signal: AbortSignal.abort(), cause });

const note = (step: string, detail?: unknown): Note => ({
  step,
  began: 1,
  ended: 2,
  ...(detail !== undefined && { detail }),
});

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

const rows: { rule: string; headers?: Readonly<Record<string, string>>; cause?: Cause; is: object }[] = [
  { rule: "nothing said, nothing known", is: {} },
  { rule: "the door's word counts", cause: { revisions: [3, 4] }, is: { causes: [3, 4] } },
  {
    rule: "the newest sixteen are kept",
    cause: { revisions: Array.from({ length: 20 }, (_, i) => i) },
    is: { causes: Array.from({ length: 16 }, (_, i) => i + 4) },
  },
  { rule: "others may say it in a header", headers: { "tiphys-cause": "207, 208" }, is: { causes: [207, 208] } },
  {
    rule: "the door's word goes before the header's",
    headers: { "tiphys-cause": "1" },
    cause: { revisions: [2] },
    is: { causes: [2] },
  },
  { rule: "a header that is no list of revisions is no cause", headers: { "tiphys-cause": "1; drop" }, is: {} },
  {
    rule: "a trace is known by its id",
    headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    is: { trace: TRACE },
  },
  { rule: "anything else is no trace", headers: { traceparent: "hello" }, is: {} },
  { rule: "notes come along", cause: { revisions: [], notes: [note("a")] }, is: { causes: [], notes: [note("a")] } },
];

for (const { rule, headers = {}, cause, is } of rows) test(rule, () => assert.deepEqual(of(headers, cause), is));

test("of too many notes the newest are kept, within 12 KiB", () => {
  const notes = Array.from({ length: 40 }, (_, i) => note(`step ${i}`, "x".repeat(1000)));
  const kept = bounded(notes);
  assert.ok(JSON.stringify(kept).length <= 12 * 1024 + 100);
  assert.deepEqual(kept, notes.slice(-kept.length));
  assert.ok(kept.length > 5);
});

test("a note that is too long by itself loses its detail", () => {
  assert.deepEqual(bounded([note("a"), note("b", "x".repeat(10_000))]), [note("a"), note("b")]);
});
