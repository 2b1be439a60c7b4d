/**
 * What the embedded store costs as it grows from 1,000 to 150,000 pods, drawn as `docs/pictures/store-growth.svg`.
 *
 *     node --expose-gc bench/growth.ts [directory]
 *
 * At each size: a durable create (one writer, median), a list of all and of one namespace of 100, the time to open it again, the
 * memory held then, and the file. A list of everything and the start go with the number of objects; the others should not.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { openStore } from "../src/store/local-store.ts";
import type { Store } from "../src/store/store.ts";
import { jsonCodec } from "../src/store/testing/json-codec.ts";
import { median, memory, put } from "./measure.ts";
import { plot } from "./plot.ts";
import { podLike } from "./store-pod.ts";

const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 150_000];
const NAMESPACE = 100;
const PICTURE = join(import.meta.dirname, "../docs/pictures/store-growth.svg");

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "tiphys-bench-"));
const before = memory();
const measures = {
  "create, µs": [] as number[],
  "list of 100, µs": [] as number[],
  "list of all, ms": [] as number[],
  "start, ms": [] as number[],
  "memory, MiB": [] as number[],
  "file, MiB": [] as number[],
};
try {
  let store = await open();
  let count = 0;
  for (const size of SIZES) {
    count = await grow(store, count, size);
    await store.close();
    store = undefined as never;
    const began = performance.now();
    store = await open();
    measures["start, ms"].push(performance.now() - began);
    measures["memory, MiB"].push(memory() - before);
    measures["file, MiB"].push(statSync(join(directory, "data.mdb")).size / 2 ** 20);
    measures["list of all, ms"].push(timed(11, () => list(store, "/core/pods/")) / 1000);
    measures["list of 100, µs"].push(timed(1001, () => list(store, "/core/pods/n3/")));
    measures["create, µs"].push(await creations(store, 201));
    console.log(`${size} objects: ${said()}`);
  }
  await store.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
writeFileSync(PICTURE, plot("The embedded store as it grows", "pods of 3.6 KiB", SIZES, measures));

function open(): Promise<Store> {
  return openLmdbJournal(directory).then((journal) => openStore({ clock: systemClock, codec: jsonCodec, journal }));
}

function keyOf(i: number): string {
  return `/core/pods/n${Math.floor(i / NAMESPACE)}/p${i}`;
}

async function grow(store: Store, from: number, to: number): Promise<number> {
  for (let at = from; at < to; at += 500) {
    const some = Array.from({ length: Math.min(500, to - at) }, (_, i) => put(store, keyOf(at + i), podLike(at + i)));
    await Promise.all(some);
  }
  return to;
}

/** Of further objects, which are deleted again. */
async function creations(store: Store, times: number): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await put(store, `/core/pods/more/${i}`, podLike(i));
    took.push((performance.now() - began) * 1000);
  }
  for (const { key, revision } of store.snapshot().range("/core/pods/more/")) {
    await store.commit([{ key, expected: revision, object: undefined }], {});
  }
  return median(took);
}

/** What a list of the API does: bytes that are there already are put together. */
function list(store: Store, prefix: string): void {
  let length = 0;
  for (const entry of store.snapshot().range(prefix)) length += entry.encodings.get("json")!.length;
  if (length === 0) throw new Error("nothing was listed");
}

/** The median in microseconds. */
function timed(times: number, work: () => void): number {
  const took = Array.from({ length: times }, () => {
    const began = performance.now();
    work();
    return (performance.now() - began) * 1000;
  });
  return median(took);
}

function said(): string {
  return Object.entries(measures)
    .map(([name, values]) => `${name} ${values.at(-1)!.toFixed(values.at(-1)! < 10 ? 2 : 0)}`)
    .join("; ");
}
