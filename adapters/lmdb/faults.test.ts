/**
 * The journal on a disk that fails: it is full, it errs, the power goes, the process is killed, the file is cut or copied. What was
 * acknowledged is there afterwards, or one sentence says what to do. The long runs of the same are in `test/soak`.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { openStore } from "../../src/store/local-store.ts";
import type { Store } from "../../src/store/store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";
import { buildDisk, FILES, readTrace, runOnDisk } from "./testing/disk.ts";
import type { DiskCall } from "./testing/disk.ts";
import { killAgainAndAgain } from "./testing/kill.ts";
import { LostPower, losePower } from "./testing/power-loss.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-faults-"));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = (): string => join(root, `d${++directories}`);

const library = buildDisk(root);
const needsCompiler = { skip: library === undefined && "needs gcc on Linux to stand between the process and its disk" };

const FAULTS = [
  { rule: "a write errs", fault: "write 5 200 1", says: /Input\/output error.* check its disk and start again/ },
  { rule: "a write finds no space", fault: "write 28 100 1", says: /No space left on device.* free some space/ },
  { rule: "half of a write arrives", fault: "short 5 200 1", says: /Input\/output error.* check its disk/ },
  { rule: "a flush errs", fault: "sync 5 9 1", says: /Input\/output error.* check its disk and start again/ },
  { rule: "a flush finds no space, for good", fault: "sync 28 5 9999", says: /No space left on device.* free some/ },
  {
    rule: "the header errs",
    fault: "meta 5 6 1",
    says: /Input\/output error.* check its disk/,
    old: /too old resource/,
  },
  { rule: "a write to the log errs", fault: "log-write 5 20 1", says: /EIO.* check its disk and start again/ },
  { rule: "a write to the log finds no space", fault: "log-write 28 20 1", says: /ENOSPC.* free some space/ },
];

for (const { rule, fault, says, old = /^\/changed$/ } of FAULTS) {
  test(
    `${rule}: writers are told, readers go on, and after a restart all that was acknowledged is there`,
    needsCompiler,
    async () => {
      const directory = newDirectory();
      const run = await runOnDisk({ library: library!, script: "filler.ts", args: [directory], fault });
      assert.equal(run.status, "SIGKILL", run.stderr);
      const said = JSON.parse(run.stdout);
      assert.match(said.failure, says);
      assert.match(said.next, /the journal failed, so no more writes are taken until the store is opened again/);
      assert.equal(said.afterwards, said.next);
      assert.ok(said.acknowledged >= 3 && said.visible === said.acknowledged);
      assert.match(said.old, old);
      await checkFilled(directory, said.acknowledged);
    },
  );
}

test("a disk that runs full refuses writes, and takes them again in the same process when there is space", async (t) => {
  const directory = newDirectory();
  mkdirSync(directory);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", directory]).status !== 0) {
    return t.skip("needs the right to mount a small file system");
  }
  try {
    const filler = join(import.meta.dirname, "testing", "filler.ts");
    const args = [filler, directory, `mount -o remount,size=64m ${directory}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const said = JSON.parse(stdout);
    assert.match(said.failure, /no space left: less than 512 KiB are free .* free some, and writes are taken again/);
    assert.equal(said.next, said.failure);
    assert.equal(said.afterwards, "done");
    assert.equal(stderr, "");
    await checkFilled(directory, said.acknowledged);
  } finally {
    spawnSync("umount", ["-l", directory]);
  }
});

test(
  "the power goes after any call: all that was acknowledged is there, and nothing by half",
  needsCompiler,
  async () => {
    const calls = await recorded(90);
    assert.ok(calls.filter(({ type }) => type === "acknowledge").length >= 80);
    const { opened } = await losePower({
      calls,
      directory: newDirectory(),
      random: new SeededRandom(1),
      share: 0.25,
      outcomes: 1,
    });
    assert.ok(opened > 50, `${opened} were opened`);
  },
);

test("a disk that only says it had synced is found out", needsCompiler, async () => {
  const lies = (await recorded(60)).flatMap((call): DiskCall[] => {
    if (call.type === "sync") return [];
    return [call.type === "write" ? { ...call, durable: false } : call];
  });
  const run = { calls: lies, directory: newDirectory(), random: new SeededRandom(1), share: 1, outcomes: 1 };
  await assert.rejects(losePower(run), /was acknowledged|damaged|cut short/);
});

test("where writes do not flush themselves, none is durable before it was flushed", needsCompiler, async () => {
  const directory = newDirectory();
  mkdirSync(directory);
  const trace = `${directory}.trace`;
  const { status, stderr } = await runOnDisk({ library: library!, script: "logger.ts", args: [directory], trace });
  assert.equal(status, 0, stderr);
  const calls = readTrace(trace).map((call) => (call.type === "write" && call.durable ? "flushed" : call.type));
  const frame = ["write", "sync", "acknowledge"];
  assert.deepEqual(calls.slice(-9), [...frame, ...frame, ...frame]);
});

const cycles = Number(process.env["STORE_KILLS"] ?? 4);

test(`killed at any time, nothing acknowledged is lost or torn (${cycles} kills)`, async () => {
  const { acknowledged } = await killAgainAndAgain(newDirectory(), cycles, new SeededRandom(5));
  assert.ok(acknowledged > 0, "nothing was ever acknowledged");
});

test("a file that is cut anywhere is refused and left alone", async () => {
  const { directory, size } = await filled();
  for (const length of [9000, 12_288, size >> 2, size >> 1, size - 8192, size - 4096]) {
    const cut = newDirectory();
    mkdirSync(cut);
    copyFileSync(join(directory, "data.mdb"), join(cut, "data.mdb"));
    truncateSync(join(cut, "data.mdb"), length);
    await assert.rejects(openLmdbJournal(cut), /data\.mdb is cut short or damaged.* restore a snapshot/);
    assert.equal(statSync(join(cut, "data.mdb")).size, length);
  }
});

test("a page of zeros, of somebody else or from the future is found before it can do harm", async () => {
  const { directory, size } = await filled();
  const sound = readFileSync(join(directory, "data.mdb"));
  // The root of the rows, of the header that is newer.
  const header = sound.readBigUInt64LE(4096 + 152) > sound.readBigUInt64LE(152) ? 4096 : 0;
  const page = Number(sound.readBigUInt64LE(header + 136)) * 4096;
  for (const [harm, says] of [
    [(bytes: Buffer) => bytes.fill(0, page, page + 4096), /is not where it belongs/],
    [(bytes: Buffer) => bytes.copy(bytes, page, 8192, 12_288), /is not where it belongs/],
    [(bytes: Buffer) => bytes.writeBigUInt64LE(1n << 40n, page + 8), /is newer than what refers to it/],
    [(bytes: Buffer) => bytes.writeUInt16LE(77, page + 18), /is of an unknown kind/],
    [(bytes: Buffer) => bytes.writeUInt16LE(0xffff, page + 24), /has a node outside of it/],
  ] as const) {
    const harmed = newDirectory();
    mkdirSync(harmed);
    const bytes = Buffer.from(sound);
    harm(bytes);
    writeFileSync(join(harmed, "data.mdb"), bytes);
    await assert.rejects(openLmdbJournal(harmed), says);
    assert.equal(statSync(join(harmed, "data.mdb")).size, size);
  }
});

test("a beginning that was cut off is begun again", async () => {
  const directory = newDirectory();
  mkdirSync(directory);
  writeFileSync(join(directory, "data.mdb"), Buffer.alloc(8192));
  const store = await openIt(directory);
  await put(store, "/a");
  await store.close();
});

test("a copy that was made while the directory was in use is refused, also after its owner is gone", async () => {
  const directory = newDirectory();
  const store = await openIt(directory);
  await put(store, "/a");
  const copy = newDirectory();
  cpSync(directory, copy, { recursive: true });
  const says =
    /is a copy of a directory that was in use.* restore a snapshot, or remove .*holder if nothing was writing/;
  await assert.rejects(openLmdbJournal(copy), says);
  await store.close();
  await assert.rejects(openLmdbJournal(copy), says);
  rmSync(join(copy, "holder"));
  await (await openIt(copy)).close();
  const later = newDirectory();
  cpSync(directory, later, { recursive: true });
  await (await openIt(later)).close();
  assert.equal(existsSync(join(later, "holder")), false);
});

async function recorded(revisions: number): Promise<DiskCall[]> {
  const directory = newDirectory();
  const trace = `${directory}.trace`;
  const args = [directory, String(revisions)];
  const { status, stderr } = await runOnDisk({ library: library!, script: "writer.ts", args, trace });
  assert.equal(status, 0, stderr);
  const calls = readTrace(trace);
  const file = new LostPower();
  for (const call of calls) file.apply(call);
  // Nothing reached the files by another way.
  for (const name of FILES) {
    assert.equal(Buffer.compare(file.everything().get(name)!, readFileSync(join(directory, name))), 0, name);
  }
  return calls;
}

async function filled(): Promise<{ directory: string; size: number }> {
  const directory = newDirectory();
  const store = await openIt(directory);
  await Promise.all(Array.from({ length: 300 }, (_, i) => put(store, `/k/${i}`)));
  await store.close();
  return { directory, size: statSync(join(directory, "data.mdb")).size };
}

async function checkFilled(directory: string, acknowledged: number): Promise<void> {
  const store = await openIt(directory);
  for (let i = 0; i < acknowledged; i++) assert.ok(store.snapshot().get(`/k/${i}`)?.object, `/k/${i} was lost`);
  await put(store, "/after");
  await store.close();
}

async function put(store: Store, key: string): Promise<void> {
  const text = "x".repeat(500);
  await store.commit([{ key, expected: 0, object: () => ({ text }) }], {});
}

async function openIt(directory: string): Promise<Store> {
  return openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(directory) });
}
