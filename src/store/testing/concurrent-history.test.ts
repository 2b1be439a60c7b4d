import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { findAnomalies } from "./concurrent-history.ts";
import type { ConcurrentHistory, Listing, Operation, Outcome, Value, Watching } from "./concurrent-history.ts";
import { unlinearizable } from "./linearizable.ts";

const read = (at: [number, number], value: Value, revision?: number): Operation =>
  operation(at, { type: "read" }, { type: "done", value, revision });
const put = (at: [number, number], value: Value, revision?: number): Operation =>
  operation(at, { type: "put", value }, { type: "done", revision });
const maybePut = (at: number, value: Value): Operation =>
  operation([at, at], { type: "put", value }, { type: "unknown" });
const swap = (at: [number, number], expected: Value, value: Value, outcome: Outcome["type"] | number): Operation =>
  operation(
    at,
    { type: "compare-and-set", expected, value },
    typeof outcome === "number" ? { type: "done", revision: outcome } : { type: outcome },
  );
const on = (key: string, given: Operation): Operation => ({ ...given, key });

function operation([invoked, returned]: [number, number], call: Operation["call"], outcome: Outcome): Operation {
  return { process: `p${invoked}`, key: "/k", invoked, returned, call, outcome };
}

const registers: { rule: string; operations: Operation[]; bad?: true }[] = [
  { rule: "nothing", operations: [] },
  { rule: "a read sees the last write", operations: [put([1, 2], "a"), read([3, 4], "a")] },
  { rule: "a read after a write misses it", operations: [put([1, 2], "a"), read([3, 4], undefined)], bad: true },
  { rule: "a read beside a write may miss it", operations: [put([1, 4], "a"), read([2, 3], undefined)] },
  { rule: "or see it", operations: [put([1, 4], "a"), read([2, 3], "a")] },
  {
    rule: "but once seen, it stays",
    operations: [put([1, 9], "a"), read([2, 3], "a"), read([4, 5], undefined)],
    bad: true,
  },
  { rule: "a value nobody wrote", operations: [put([1, 2], "a"), read([3, 4], "z")], bad: true },
  { rule: "a value that is written later", operations: [read([1, 2], "a"), put([3, 4], "a")], bad: true },
  {
    rule: "two readers see two writes in different order",
    operations: [put([1, 9], "a"), put([1, 9], "b"), read([2, 3], "a"), read([4, 5], "b"), read([6, 7], "a")],
    bad: true,
  },
  { rule: "a deletion is a write", operations: [put([1, 2], "a"), put([3, 4], undefined), read([5, 6], undefined)] },
  {
    rule: "what was deleted is there again",
    operations: [put([1, 2], "a"), put([3, 4], undefined), read([5, 6], "a")],
    bad: true,
  },
  {
    rule: "one of two compare-and-sets wins",
    operations: [swap([1, 4], undefined, "a", 2), swap([2, 3], undefined, "b", "conflict"), read([5, 6], "a")],
  },
  {
    rule: "both win",
    operations: [swap([1, 4], undefined, "a", "done"), swap([2, 3], undefined, "b", "done")],
    bad: true,
  },
  {
    rule: "a conflict with nobody",
    operations: [swap([1, 2], undefined, "a", "done"), swap([3, 4], "a", "b", "conflict")],
    bad: true,
  },
  {
    rule: "a conflict with what becomes visible only later",
    operations: [
      swap([1, 9], undefined, "a", "done"),
      swap([2, 3], undefined, "b", "conflict"),
      read([4, 5], undefined),
    ],
    bad: true,
  },
  { rule: "a lost answer: it happened", operations: [maybePut(1, "a"), read([2, 3], "a")] },
  { rule: "it happened not", operations: [maybePut(1, "a"), read([2, 3], undefined)] },
  { rule: "it happened late", operations: [maybePut(1, "a"), read([2, 3], undefined), read([4, 5], "a")] },
  {
    rule: "it happened, then not",
    operations: [maybePut(1, "a"), read([2, 3], "a"), read([4, 5], undefined)],
    bad: true,
  },
  { rule: "it was seen before it was asked for", operations: [read([1, 2], "a"), maybePut(3, "a")], bad: true },
  {
    rule: "a conflict with what nobody ever saw",
    operations: [
      put([1, 2], "a"),
      swap([3, 3], "a", "b", "unknown"),
      swap([4, 5], "a", "c", "conflict"),
      put([6, 7], "d"),
    ],
  },
  {
    rule: "revisions that do not fit the order",
    operations: [put([1, 4], "a", 3), put([1, 4], "b", 2), read([5, 6], "b", 2)],
    bad: true,
  },
  {
    rule: "the revision of a lost answer, once seen, fixes its place",
    operations: [maybePut(1, "a"), put([2, 3], "b", 2), read([4, 5], "a", 3), read([6, 7], "b", 2)],
    bad: true,
  },
  {
    rule: "keys are judged alone",
    operations: [put([1, 2], "a"), on("/l", read([3, 4], undefined)), on("/l", put([5, 6], "a")), read([7, 8], "a")],
  },
];

for (const { rule, operations, bad } of registers) {
  test(`register, ${bad ? "wrong" : "right"}: ${rule}`, () => {
    assert.equal(unlinearizable(operations).length, bad ? 1 : 0);
  });
}

const writes = [put([1, 2], "a", 2), on("/l", put([3, 4], "b", 3)), put([5, 6], "c", 4), put([7, 8], undefined, 5)];
const A = { revision: 2, key: "/k", value: "a" };
const B = { revision: 3, key: "/l", value: "b" };
const C = { revision: 4, key: "/k", value: "c" };
const GONE = { revision: 5, key: "/k", value: undefined };
const watching = (given: Partial<Watching>): ConcurrentHistory => ({
  operations: writes,
  watches: [{ process: "w", prefix: "", after: 0, reached: 5, told: [A, B, C, GONE], ...given }],
});
const listing = (given: Partial<Listing>): ConcurrentHistory => ({
  operations: writes,
  listings: [{ process: "l", invoked: 9, returned: 10, prefix: "", revision: 5, entries: [B], ...given }],
});

const orders: { rule: string; history: ConcurrentHistory; wrong?: RegExp }[] = [
  { rule: "all is told", history: watching({}) },
  { rule: "a watch from the middle", history: watching({ after: 3, told: [C, GONE] }) },
  { rule: "a watch that ended early", history: watching({ reached: 3, told: [A, B] }) },
  { rule: "a watch of one key", history: watching({ prefix: "/l", told: [B] }) },
  { rule: "a change is missing", history: watching({ told: [A, C, GONE] }), wrong: /not told of \/l at 3/ },
  { rule: "a deletion is missing", history: watching({ told: [A, B, C] }), wrong: /not told of \/k at 5/ },
  { rule: "twice", history: watching({ told: [A, A, B, C, GONE] }), wrong: /told twice of \/k at revision 2/ },
  { rule: "out of order", history: watching({ told: [B, A, C, GONE] }), wrong: /told of revision 2 after 3/ },
  { rule: "what was before its beginning", history: watching({ after: 2 }), wrong: /told of revision 2 after 2/ },
  { rule: "another's key", history: watching({ prefix: "/k", told: [A, B, C, GONE] }), wrong: /watches \/k and was/ },
  {
    rule: "a value that was not written",
    history: watching({ told: [A, { ...B, value: "x" }, C, GONE] }),
    wrong: /made \/l x, another that it made it b/,
  },
  {
    rule: "a write that was refused is told",
    history: {
      operations: [put([1, 2], "a", 2), swap([3, 4], "z", "b", "conflict")],
      watches: [{ process: "w", prefix: "", after: 0, reached: 3, told: [A, { revision: 3, key: "/k", value: "b" }] }],
    },
    wrong: /which nobody wrote/,
  },
  {
    rule: "one write happens twice",
    history: {
      operations: [maybePut(1, "a")],
      watches: [{ process: "w", prefix: "", after: 0, reached: 9, told: [A, { ...A, revision: 9 }] }],
    },
    wrong: /happened at revisions 2 and 9/,
  },
  {
    rule: "what one watch is told and another is not, though nobody acknowledged it",
    history: {
      operations: [maybePut(1, "a")],
      watches: [
        { process: "v", prefix: "", after: 0, reached: 2, told: [A] },
        { process: "w", prefix: "", after: 0, reached: 3, told: [] },
      ],
    },
    wrong: /^w watches .* not told of \/k at 2/,
  },
  { rule: "a list of now", history: listing({}) },
  { rule: "a list of then", history: listing({ stale: true, revision: 4, entries: [B, C] }) },
  {
    rule: "an old list for a new",
    history: listing({ revision: 4, entries: [B, C] }),
    wrong: /5 had been acknowledged/,
  },
  { rule: "a list from the future", history: listing({ invoked: 3, returned: 4 }), wrong: /at 5, before 4 was begun/ },
  { rule: "a list misses a key", history: listing({ entries: [] }), wrong: /without \/l, which is there since 3/ },
  {
    rule: "a list has a deleted key",
    history: listing({ entries: [B, C] }),
    wrong: /found \/k of revision 4, not none/,
  },
  {
    rule: "a list has an old object",
    history: listing({ stale: true, revision: 4, entries: [A, B] }),
    wrong: /found \/k of revision 2, not 4/,
  },
  {
    rule: "a key vanishes by a deletion whose answer was lost",
    history: {
      operations: [put([1, 2], "a", 2), maybePut(3, undefined)],
      listings: [{ process: "l", invoked: 4, returned: 5, prefix: "/k", revision: 3, entries: [] }],
    },
  },
  {
    rule: "revisions go down",
    history: { operations: [put([1, 2], "a", 3), on("/l", put([3, 4], "b", 2))] },
    wrong: /wrote \/l at revision 2, after 3/,
  },
];

for (const { rule, history, wrong } of orders) {
  test(`order, ${wrong ? "wrong" : "right"}: ${rule}`, () => {
    const found = findAnomalies(history);
    if (wrong === undefined) assert.deepEqual(found, []);
    else assert.match(found[0] ?? "nothing was found", wrong);
  });
}

test("a value written twice to one key is refused, for then nothing could be told apart", () => {
  assert.throws(() => findAnomalies({ operations: [put([1, 2], "a"), put([3, 4], "a")] }), /written twice/);
});

test("a search without an end is not taken for a proof", () => {
  const operations = Array.from({ length: 12 }, (_, i) => put([1, 100], `v${i}`));
  const impossible = [...operations, read([101, 102], "other")];
  assert.match(unlinearizable(impossible, 500)[0]!, /no order was found among 50\d states/);
});

test("a long history of a register that works is found right, and each change of one answer is found wrong", () => {
  const random = new SeededRandom(3);
  const operations = simulate(random, 3000);
  assert.deepEqual(findAnomalies({ operations }), []);
  let changes = 0;
  for (let i = 0; i < 20; i++) {
    const reads = operations.filter(({ call, outcome }) => call.type === "read" && outcome.type === "done");
    const victim = reads[Math.floor(random.next() * reads.length)]!;
    const older = operations.find(
      ({ key, call, returned, outcome }) =>
        key === victim.key && call.type !== "read" && outcome.type === "done" && returned < victim.invoked - 100,
    );
    if (older === undefined || older.call.type === "read") continue;
    const wrong = { ...victim, outcome: { type: "done", value: older.call.value } as const };
    const changed = operations.map((each) => (each === victim ? wrong : each));
    assert.notDeepEqual(findAnomalies({ operations: changed }), [], `${i}`);
    changes++;
  }
  assert.ok(changes > 10);
});

/** Eight processes on four registers, each operation happening at one moment between its call and its answer, some answers lost. */
function simulate(random: SeededRandom, count: number): Operation[] {
  const registers = new Map<string, { value: Value; revision: number }>();
  const done: Operation[] = [];
  const moments: { at: number; make: () => void }[] = [];
  const clocks = Array.from({ length: 8 }, () => 0);
  let revision = 1;
  for (let i = 0; i < count; i++) {
    const process = i % clocks.length;
    const invoked = clocks[process]! + random.next();
    const at = invoked + random.next() * 5;
    const returned = at + random.next() * 5;
    clocks[process] = returned;
    const [what, which, lost] = [random.next(), random.next(), random.next() < 0.02];
    const key = `/k${Math.floor(which * 4)}`;
    const make = (): void => {
      const now = registers.get(key) ?? { value: undefined, revision: 0 };
      const common = { process: `p${process}`, key, invoked, returned };
      if (what < 0.5) {
        done.push({ ...common, call: { type: "read" }, outcome: { type: "done", ...now } });
        return;
      }
      const expected = what < 0.9 ? now.value : `v${i - 9}`;
      const call = { type: "compare-and-set", expected, value: what > 0.85 ? undefined : `v${i}` } as const;
      const fits = expected === now.value;
      const happens = fits && !(lost && which < 0.1);
      if (happens) registers.set(key, { value: call.value, revision: ++revision });
      const outcome: Outcome = fits ? { type: "done", revision } : { type: "conflict" };
      done.push({ ...common, call, outcome: lost ? { type: "unknown" } : outcome });
    };
    moments.push({ at, make });
  }
  for (const { make } of moments.toSorted((a, b) => a.at - b.at)) make();
  return done;
}
