import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { open } from "lmdb";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { journalContract } from "../../src/store/journal.contract.ts";
import type { Journal } from "../../src/store/journal.ts";
import { openStore } from "../../src/store/local-store.ts";
import type { Store } from "../../src/store/store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { runModel } from "../../src/store/testing/store-model.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";
import { overwrite } from "./testing/overwrite.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-journal-"));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = (): string => join(root, `d${++directories}`);

const directoryOf = new Map<Journal, string>();
const openIn = async (directory: string): Promise<Journal> => {
  const journal = await openLmdbJournal(directory);
  directoryOf.set(journal, directory);
  return journal;
};

journalContract("lmdb", {
  create: () => openIn(newDirectory()),
  async reopen(journal) {
    await journal.close();
    return openIn(directoryOf.get(journal)!);
  },
});

const operations = Number(process.env["STORE_OPERATIONS"] ?? 400);

test(`random operations and restarts agree with the model (${operations} operations)`, async () => {
  const directory = newDirectory();
  await runModel({
    open: () => openIt(directory),
    async reopen(store) {
      await store.close();
      return openIt(directory);
    },
    random: new SeededRandom(4),
    operations,
  });
});

test("what compaction left behind is as small as what is still there", async () => {
  const directory = newDirectory();
  let store = await openIt(directory, { revisions: 10 });
  for (let i = 0; i < 200; i++) await put(store, `/k/${i % 5}`, { i });
  await store.compact(store.revision);
  await store.close();
  const table = open({ path: directory, noSubdir: false, keyEncoding: "binary", encoding: "binary", readOnly: true });
  assert.equal(table.getCount(), 5 + 3);
  await table.close();
  store = await openIt(directory);
  assert.equal(store.revision, 201);
  assert.deepEqual(store.snapshot().get("/k/4")?.object, { i: 199 });
  await store.close();
});

test("the same keys written again and again do not make the file grow", async () => {
  const files: number[] = [];
  const keys = await overwrite({
    directory: newDirectory(),
    keys: 100,
    size: 1000,
    keep: 500,
    every: 1000,
    sample: (file) => files.push(file) < 8,
  });
  assert.equal(keys, 100);
  assert.ok(files.at(-1)! < files[2]! * 1.2, files.join());
});

test("an entry that was superseded long ago is read again from the journal", async () => {
  const store = await openIt(newDirectory());
  await put(store, "/k", { first: true, text: "x".repeat(5000) });
  const old = store.snapshot().get("/k")!;
  await put(store, "/k", { second: true });
  await Promise.all(Array.from({ length: 1500 }, (_, i) => put(store, `/other/${i}`, { i })));
  assert.deepEqual(store.snapshotAt(old.revision).get("/k")?.object, old.object);
  assert.equal((old.object as { text: string }).text.length, 5000);
  await store.close();
});

test("a second opener is told who has the directory, and a dead holder's lock is taken over", async () => {
  const directory = newDirectory();
  const store = await openIt(directory);
  await assert.rejects(openLmdbJournal(directory), new RegExp(`open in this process \\(${process.pid}\\)`));
  const other = spawnSync(process.execPath, ["--input-type=module", "-e", OPEN, directory], { encoding: "utf8" });
  assert.match(other.stdout, new RegExp(`in use by process ${process.pid}; stop it first`));
  await store.close();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(join(directory, "holder"), `${pid} 1 ${"boot"}\n`);
  await (await openIt(directory)).close();
  assert.equal(existsSync(join(directory, "holder")), false);
});

test("a journal whose directory somebody else took over takes no more writes", async () => {
  const directory = newDirectory();
  const journal = await openIn(directory);
  const store = await openStore({ clock: systemClock, codec: jsonCodec, journal });
  await store.commit([{ key: "/a", expected: 0, object: () => ({}) }], {});
  writeFileSync(join(directory, "holder"), "1 1 of another\n");
  let refused: Error | undefined;
  for (let i = 0; refused === undefined; i++) {
    refused = await store.commit([{ key: `/k/${i}`, expected: 0, object: () => ({}) }], {}).then(
      () => undefined,
      (error: Error) => error,
    );
  }
  assert.match(refused.message, /was taken over by another process while this one stood still/);
  await store.close();
});

test("another format, another program's database and damage are told apart and left alone", async () => {
  const newer = newDirectory();
  const foreign = newDirectory();
  const damaged = newDirectory();
  await plant(newer, Uint8Array.of(0, ...Buffer.from("format")), "99");
  await plant(foreign, Buffer.from("hello"), "world");
  mkdirSync(damaged);
  writeFileSync(join(damaged, "data.mdb"), Buffer.alloc(16384, 7));
  for (const [directory, message] of [
    [newer, /written in format 99, and this version reads format 3; use the version/],
    [foreign, /not Tiphys's; give another directory/],
    [damaged, /cannot be opened as a journal .*restore a snapshot/],
  ] as const) {
    const copy = `${join(directory, "data.mdb")}.copy`;
    copyFileSync(join(directory, "data.mdb"), copy);
    await assert.rejects(openLmdbJournal(directory), message);
    assert.equal(spawnSync("cmp", [join(directory, "data.mdb"), copy]).status, 0, `${directory} was changed`);
    assert.equal(existsSync(join(directory, "holder")), false);
  }
});

test("the files are the owner's alone", async () => {
  const directory = newDirectory();
  const store = await openIt(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, "data.mdb")).mode & 0o777, 0o600);
  await store.close();
});

test("a directory that cannot be made is named with what to do", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  await assert.rejects(openLmdbJournal(join(file, "below")), /cannot be written .*give another directory/);
});

async function put(store: Store, key: string, object: object): Promise<void> {
  await store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => object }], { user: "test" });
}

async function openIt(directory: string, keep?: { revisions: number }): Promise<Store> {
  return openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(directory), keep });
}

async function plant(directory: string, key: Uint8Array, value: string): Promise<void> {
  const table = open({ path: directory, noSubdir: false, keyEncoding: "binary", encoding: "binary" });
  await table.put(key, Buffer.from(value));
  await table.close();
  assert.ok(readdirSync(directory).includes("data.mdb"));
}

const OPEN = `
  const { openLmdbJournal } = await import(${JSON.stringify(join(import.meta.dirname, "lmdb-journal.ts"))});
  await openLmdbJournal(process.argv[1]).catch((error) => console.log(error.message));
`;
