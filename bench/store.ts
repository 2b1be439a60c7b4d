/**
 * What the store costs: durable writes against the bare disk, commits in memory, watch fan-out, memory and start-up.
 *
 *     node --expose-gc bench/store.ts [directory]
 *
 * Figures of one machine say little; the ratios are against floors measured in the same run.
 */
import { fdatasync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { openStore } from "../src/store/local-store.ts";
import type { Store } from "../src/store/store.ts";
import { jsonCodec } from "../src/store/testing/json-codec.ts";
import { EMPTY, fromSorted, get, set } from "../src/store/tree.ts";
import type { Tree } from "../src/store/tree.ts";
import { memory, perSecond, put } from "./measure.ts";
import { podLike } from "./store-pod.ts";

const SECONDS = 2;
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "tiphys-bench-"));
const atStart = memory();

try {
  await durableWrites();
  await memoryCommits();
  await fanOut();
  treeOperations();
  await memoryAndStart();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function durableWrites(): Promise<void> {
  for (const size of [1024, 4096]) {
    for (const writers of [1, 16, 256]) {
      const floor = await appends(size, writers);
      const store = await openAt(`w${size}-${writers}`);
      const text = "x".repeat(size - 40);
      const rate = await perSecond(writers, SECONDS, (writer) => put(store, `/core/configmaps/a/${writer}`, { text }));
      await store.close();
      say(
        `durable puts, ${size} B, ${writers} writers`,
        `${rate | 0}/s`,
        `${(rate / floor).toFixed(2)} of ${floor | 0} raw`,
      );
    }
  }
}

/** The floor: what waits is appended to a file in one write and flushed, as a log without a tree would. */
async function appends(size: number, writers: number): Promise<number> {
  const file = openSync(join(directory, `raw-${size}-${writers}`), "w");
  const bytes = Buffer.alloc(size, 120);
  let waiting: (() => void)[] = [];
  let busy = false;
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    busy = group.length > 0;
    if (!busy) return;
    writeSync(file, Buffer.concat(group.map(() => bytes)));
    fdatasync(file, () => {
      for (const resolve of group) resolve();
      setImmediate(flush);
    });
  };
  return perSecond(
    writers,
    SECONDS,
    () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (busy) return;
        busy = true;
        setImmediate(flush);
      }),
  );
}

async function memoryCommits(): Promise<void> {
  const store = await openStore({ clock: systemClock, codec: jsonCodec, keep: { revisions: 10_000 } });
  for (let i = 0; i < 10_000; i++) await put(store, `/core/pods/a/${i}`, { i });
  const count = 200_000;
  const began = performance.now();
  for (let i = 0; i < count; i++) await put(store, `/core/pods/a/${(i * 7919) % 10_000}`, { i });
  say("commit in memory, 10,000 objects", `${micros(began, count)} µs`);
  const read = performance.now();
  for (let i = 0; i < 20; i++) for (const _ of store.snapshot().range("/core/pods/a/"));
  say("list 10,000 entries, an entry", `${micros(read, 200_000)} µs`);
  const back = performance.now();
  for (let i = 0; i < 100; i++) store.snapshotAt(store.revision - 50 * i - 1);
  say("root of up to 5,000 revisions ago", `${micros(back, 100)} µs`);
}

async function fanOut(): Promise<void> {
  const store = await openStore({ clock: systemClock, codec: jsonCodec });
  let told = 0;
  for (let i = 0; i < 1000; i++) store.watch("/core/pods/", 0, { changes: () => told++ });
  for (let i = 0; i < 10_000; i++) store.watch(`/core/secrets/a/${i}`, 0, { changes: () => told++ });
  const began = performance.now();
  for (let i = 0; i < 2000; i++) await put(store, `/core/pods/a/${i % 100}`, { i });
  say("commit told to 1,000 watchers (10,000 others)", `${micros(began, 2000)} µs`, `${told} told`);
}

function treeOperations(): void {
  const keys = Array.from({ length: 100_000 }, (_, i) => `/core/pods/namespace-${i % 50}/pod-${(i * 7919) % 100_003}`);
  let root: Tree<{ key: string }> = EMPTY;
  let began = performance.now();
  for (const key of keys) root = set(root, { key });
  say("map of 100,000: set", `${micros(began, keys.length)} µs`);
  began = performance.now();
  for (const key of keys) get(root, key);
  say("map of 100,000: get", `${micros(began, keys.length)} µs`);
  const sorted = keys.toSorted().map((key) => ({ key }));
  began = performance.now();
  fromSorted(sorted);
  say("map of 100,000: from sorted", `${(performance.now() - began).toFixed(1)} ms`);
}

async function memoryAndStart(): Promise<void> {
  const before = memory();
  let store = await openAt("pods");
  for (let i = 0; i < 10_000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => put(store, `/core/pods/a/${i + j}`, podLike(i + j))));
  }
  const bytes = store.snapshot().get("/core/pods/a/1")!.encodings.get("json")!.length;
  say(`memory for 10,000 pods of ${bytes} B`, `${(memory() - before) | 0} MiB`, "goal 100 MiB");
  for (let i = 10_000; i < 100_000; i += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, j) => put(store, `/core/pods/a/${i + j}`, podLike(i + j))));
  }
  await store.close();
  store = undefined as never;
  const began = performance.now();
  store = await openAt("pods");
  say(
    "start with 100,000 pods",
    `${(performance.now() - began) | 0} ms`,
    `goal 2000 ms, ${store.snapshot().count("")} objects`,
  );
  say("memory after that start, nothing parsed", `${(memory() - atStart) | 0} MiB`);
  const first = performance.now();
  for (const entry of store.snapshot().range("")) void entry.object;
  say("first parse of all, an object", `${micros(first, 100_000)} µs`);
  await store.close();
}

async function openAt(name: string): Promise<Store> {
  return openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(join(directory, name)) });
}

function micros(began: number, count: number): string {
  return (((performance.now() - began) * 1000) / count).toFixed(2);
}

function say(what: string, figure: string, remark = ""): void {
  console.log(`${what.padEnd(48)} ${figure.padStart(12)}  ${remark}`);
}
