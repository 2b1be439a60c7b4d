/** What is taken over from a log and what is refused: of the log alone, and of a directory that a process left in a hurry. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { open } from "lmdb";
import type { RootDatabase } from "lmdb";
import { openStore } from "../../src/store/local-store.ts";
import type { Store } from "../../src/store/store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";
import { FORMAT_KEY, parseRowKey, rowKey, SAVED_KEY } from "./rows.ts";
import type { Row } from "./rows.ts";
import { lengthOf, LOG_SIZE, readLog, WriteAhead } from "./write-ahead.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-log-"));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = (): string => join(root, `d${++directories}`);

/** LMDB has all up to these. Frames are a sector each. */
const SAVED = 7;
const REACHED = 10;
const zeroSecondFrame = (file: Buffer): unknown => file.fill(0, 512 + 100, 512 + 110);

interface Case {
  readonly rule: string;
  /** By epoch, in the order they were written: the revisions of its frames. */
  readonly frames: readonly (readonly [epoch: number, ...revisions: number[]])[];
  /** LMDB says that the half behind the saved one is begun. */
  readonly begun?: boolean;
  /** What happened to the file afterwards. */
  readonly harm?: (file: Buffer) => unknown;
  readonly gives: readonly number[] | RegExp;
}

const CASES: readonly Case[] = [
  { rule: "the epoch behind the saved one counts", frames: [[8, 11, 12]], gives: [11, 12] },
  {
    rule: "the next epoch follows",
    frames: [
      [8, 11, 12],
      [9, 13],
    ],
    gives: [11, 12, 13],
  },
  {
    rule: "what is saved does not count",
    frames: [
      [6, 8],
      [7, 9, 10],
    ],
    gives: [],
  },
  {
    rule: "what is left of an earlier filling does not count",
    frames: [
      [6, 7, 8, 9],
      [7, 10],
      [8, 11],
    ],
    gives: [11],
  },
  { rule: "a half that is only begun has nothing", frames: [[7, 9, 10], [8]], begun: true, gives: [] },
  {
    rule: "what follows a beginning counts",
    frames: [
      [7, 9, 10],
      [8, 11],
      [9, 12],
    ],
    begun: true,
    gives: [11, 12],
  },
  {
    rule: "a log from before the half was begun is refused",
    frames: [
      [6, 8],
      [7, 9, 10],
    ],
    begun: true,
    gives: /older than data\.mdb/,
  },
  { rule: "a torn last frame is the end", frames: [[8, 11, 12]], harm: zeroSecondFrame, gives: [11] },
  { rule: "a torn frame before others is damage", frames: [[8, 11, 12, 13]], harm: zeroSecondFrame, gives: /damaged/ },
  {
    rule: "a log of a later moment is refused",
    frames: [
      [8, 11],
      [9, 12],
      [10, 13],
    ],
    gives: /newer than data\.mdb/,
  },
  { rule: "a log that begins behind where the data ends is refused", frames: [[8, 12]], gives: /does not go on/ },
];

for (const { rule, frames, begun = false, harm, gives } of CASES) {
  test(rule, async () => {
    const directory = newDirectory();
    mkdirSync(directory);
    const log = new WriteAhead(directory, frames[0]![0]);
    for (const [epoch, ...revisions] of frames) {
      if (log.epoch !== epoch) await log.turn();
      for (const revision of revisions) {
        const rows = rowsOf(revision, 100);
        assert.ok(await log.append(rows, lengthOf(rows)!, revision - 1));
      }
    }
    log.close();
    const path = join(directory, "log");
    const file = readFileSync(path);
    harm?.(file);
    writeFileSync(path, file);
    const read = (): number[] => readLog(directory, SAVED, REACHED, begun).map(({ key }) => parseRowKey(key).revision);
    if (gives instanceof RegExp) assert.throws(read, gives);
    else assert.deepEqual(read(), gives);
  });
}

test("a full half takes no more, the other one does; much at once is for neither", async () => {
  const directory = newDirectory();
  mkdirSync(directory);
  const log = new WriteAhead(directory, 1);
  const rows = rowsOf(1, 100_000);
  const length = lengthOf(rows)!;
  let taken = 0;
  while (await log.append(rows, length, taken)) taken++;
  assert.equal(taken, 10);
  await log.turn();
  assert.ok(await log.append(rows, length, taken));
  assert.equal(lengthOf(rowsOf(1, 300_000)), undefined);
  log.close();
});

test("what was acknowledged and not saved is taken over, and only with the log that belongs to it", async () => {
  const left = await leftInAHurry();
  const without = copyOf(left);
  rmSync(join(without, "log"));
  await assert.rejects(openLmdbJournal(without), /cannot be opened .*no such file .*log.* put back what was beside it/);
  const cut = copyOf(left);
  truncateSync(join(cut, "log"), LOG_SIZE - 1);
  await assert.rejects(openLmdbJournal(cut), /log is cut short or damaged/);
  const store = await openIt(left);
  assert.equal(store.snapshot().count("/k/"), 30);
  await put(store, "/after");
  await store.close();
  const again = await openIt(left);
  assert.ok(again.snapshot().get("/after"));
  await again.close();
});

test("a log of an earlier moment than data.mdb is refused, of this session or of an earlier one", async () => {
  const earlier = await leftInAHurry();
  const directory = copyOf(earlier);
  const store = await openIt(directory);
  await put(store, "/second");
  const same = copyOf(directory);
  // What is saved goes into data.mdb, and only what comes after it is in the log again.
  await store.compact(store.revision);
  await put(store, "/third");
  const left = copyOf(directory);
  await store.close();
  for (const older of [earlier, same]) {
    const mixed = copyOf(left);
    rmSync(join(mixed, "holder"));
    cpSync(join(older, "log"), join(mixed, "log"));
    await assert.rejects(openLmdbJournal(mixed), /log is older than data\.mdb.* put back what was beside it/);
  }
  rmSync(join(left, "holder"));
  const again = await openIt(left);
  assert.equal(again.snapshot().count(""), 32);
  await again.close();
});

for (const stage of ["LMDB knows its epochs", "the first half is begun"]) {
  test(`a session that dies when ${stage} and no more loses nothing of the one before`, async () => {
    const directory = await leftInAHurry();
    await (await openIt(directory)).close();
    const epoch = 2 ** 30;
    await asFormat("3", directory, (table) => table.put(SAVED_KEY, Buffer.from(`${epoch} open`)));
    if (stage === "the first half is begun") {
      const log = new WriteAhead(directory, epoch);
      await log.turn();
      log.close();
    }
    const again = await openIt(directory);
    assert.equal(again.snapshot().count("/k/"), 30);
    await put(again, "/after");
    await again.close();
  });
}

test("a journal whose revision was raised goes on behind it, also from the log", async () => {
  const directory = newDirectory();
  const journal = await openLmdbJournal(directory);
  await journal.compact(1000, []);
  const store = await openStore({ clock: systemClock, codec: jsonCodec, journal });
  for (let i = 0; i < 5; i++) await put(store, `/k/${i}`);
  const left = copyOf(directory);
  rmSync(join(left, "holder"));
  await store.close();
  const again = await openIt(left);
  assert.deepEqual([again.revision, again.snapshot().count("")], [1005, 5]);
  await again.close();
});

test("a journal whose revision is raised beyond what waits to be written goes on behind it", async () => {
  const directory = newDirectory();
  const journal = await openLmdbJournal(directory);
  const append = (revision: number): void => journal.append({ revision, committed: 0, record: undefined, rows: [] });
  const durable = Promise.withResolvers<void>();
  journal.start({ durable: (revision) => revision === 1001 && durable.resolve(), failed: durable.reject });
  append(2);
  await journal.compact(1000, []);
  append(1001);
  await durable.promise;
  const left = copyOf(directory);
  rmSync(join(left, "holder"));
  await journal.close();
  const again = await openLmdbJournal(left);
  assert.equal((await again.load()).revision, 1001);
  await again.close();
});

test("after a clean end data.mdb is all there is, whatever log lies beside it", async () => {
  const old = await leftInAHurry();
  const directory = newDirectory();
  const store = await openIt(directory);
  for (let i = 0; i < 5; i++) await put(store, `/k/${i}`);
  assert.equal(statSync(join(directory, "log")).mode & 0o777, 0o600);
  await store.close();
  cpSync(join(old, "log"), join(directory, "log"));
  const again = await openIt(directory);
  assert.equal(again.snapshot().count(""), 5);
  await again.close();
});

test("a directory of the format without a log is taken over", async () => {
  const directory = newDirectory();
  const store = await openIt(directory);
  for (let i = 0; i < 5; i++) await put(store, `/k/${i}`);
  await store.close();
  rmSync(join(directory, "log"));
  await asFormat("1", directory, (table) => table.remove(SAVED_KEY));
  const again = await openIt(directory);
  assert.equal(again.snapshot().count("/k/"), 5);
  await put(again, "/after");
  await again.close();
});

test("a directory of the format whose halves were not begun is taken over with what is in its log", async () => {
  const directory = await leftInAHurry();
  await asFormat("2", directory, (table) => {
    const [epoch] = Buffer.from(table.get(SAVED_KEY)!).toString().split(" ");
    return table.put(SAVED_KEY, Buffer.from(`${epoch} open`));
  });
  const again = await openIt(directory);
  assert.equal(again.snapshot().count("/k/"), 30);
  await again.close();
});

async function asFormat(
  format: string,
  directory: string,
  change: (table: RootDatabase<Uint8Array, Uint8Array>) => Promise<unknown>,
): Promise<void> {
  const options = { path: directory, noSubdir: false, keyEncoding: "binary", encoding: "binary" } as const;
  const table = open<Uint8Array, Uint8Array>(options);
  await table.put(FORMAT_KEY, Buffer.from(format));
  await change(table);
  await table.close();
}

/** A directory as its process left it when it died: most of 30 objects are only in the log. */
async function leftInAHurry(): Promise<string> {
  const directory = newDirectory();
  const store = await openIt(directory);
  for (let i = 0; i < 30; i++) await put(store, `/k/${i}`);
  const left = copyOf(directory);
  // A copy is known by its lock.
  rmSync(join(left, "holder"));
  await store.close();
  return left;
}

function copyOf(directory: string): string {
  const copy = newDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function rowsOf(revision: number, size: number): Row[] {
  return [{ key: rowKey(revision, "value", "/k"), value: Buffer.alloc(size, 1) }];
}

async function put(store: Store, key: string): Promise<void> {
  await store.commit([{ key, expected: 0, object: () => ({ key }) }], {});
}

async function openIt(directory: string): Promise<Store> {
  return openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(directory) });
}
