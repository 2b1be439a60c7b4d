import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { SnapshotLine } from "../../src/machinery/told-snapshot.ts";
import { type Block, readSnapshot, SnapshotDamaged, SnapshotWriter } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-snapshot-"));
after(() => rmSync(root, { recursive: true, force: true }));

const head = { kind: "Snapshot", apiVersion: "tiphys/v1", format: 1, keys: false, revision: 7, objects: 3 };
const object = (name: string, data: string) => ({ key: `/core/configmaps/a/${name}`, object: { data } });

/** Three blocks: the head, two objects, another object and the end. */
async function write(name: string, first: object = head): Promise<string> {
  const path = join(root, name);
  const writer = await SnapshotWriter.open(path);
  const add = (line: object): Promise<void> => writer.add(Buffer.from(JSON.stringify(line)));
  await add(first);
  await writer.flush();
  await add(object("a", "1"));
  await add(object("b", "x".repeat(1024 * 1024)));
  await add(object("c", "3"));
  await add({ kind: "SnapshotEnd", objects: 3 });
  await writer.finish();
  return path;
}

async function read(path: string): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of readSnapshot(path)) blocks.push(block);
  return blocks;
}

test("what was written is read, in order, and only the owner may", async () => {
  const path = await write("sound");
  const blocks = await read(path);
  assert.deepEqual(
    blocks.map(({ lines }) =>
      lines.map((line: SnapshotLine) => ("key" in line ? line.key.at(-1) : "kind" in line && line.kind)),
    ),
    [["Snapshot"], ["a", "b"], ["c", "SnapshotEnd"]],
  );
  const { size, mode } = statSync(path);
  assert.deepEqual([blocks.at(-1)!.position, mode & 0o777], [size, 0o600]);
});

test("whole numbers of 64 bits are read as they are", async () => {
  const path = join(root, "large");
  const writer = await SnapshotWriter.open(path);
  await writer.add(Buffer.from(JSON.stringify(head)));
  await writer.add(Buffer.from('{"key":"/a","object":{"n":9007199254740993}}'));
  await writer.add(Buffer.from(JSON.stringify({ kind: "SnapshotEnd", objects: 1 })));
  await writer.finish();
  const lines = (await read(path)).flatMap((block) => block.lines);
  assert.deepEqual(lines[1], { key: "/a", object: { n: 9007199254740993n } });
});

test("a snapshot that is not finished leaves nothing behind", async () => {
  const writer = await SnapshotWriter.open(join(root, "unfinished"));
  await writer.add(Buffer.from("{}"));
  await writer.abandon();
  assert.ok(!readdirSync(root).some((name) => name.startsWith("unfinished")));
});

test("whichever byte is damaged, it is found", async () => {
  const bytes = readFileSync(await write("whole"));
  const path = join(root, "damaged");
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1 << (at % 8);
    writeFileSync(path, damaged);
    await assert.rejects(read(path), SnapshotDamaged, `byte ${at}`);
  }
});

test("damage is named: where it is, and up to where all is sound", async () => {
  const bytes = readFileSync(await write("named"));
  const second = 16 + 36 + bytes.readUInt32BE(16);
  const third = second + 36 + bytes.readUInt32BE(second);
  const path = join(root, "damaged");
  const flipped = (at: number): Buffer => Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
  const swapped = Buffer.concat([bytes.subarray(0, second), bytes.subarray(third), bytes.subarray(second, third)]);
  for (const [content, message] of [
    [flipped(3), "is no snapshot of Tiphys, or its first bytes are damaged"],
    [
      flipped(third + 40),
      `is damaged: the checksum of block 3, bytes ${third} to ${bytes.length - 1}, does not fit (sound up to the object /core/configmaps/a/b)`,
    ],
    [
      flipped(second),
      "is damaged: block 2 at byte " +
        second +
        " is cut short, or its length is damaged (no object before that can be read)",
    ],
    [bytes.subarray(0, third), "is damaged: its end is missing (sound up to the object /core/configmaps/a/b)"],
    [
      bytes.subarray(0, third + 10),
      `is damaged: block 3 at byte ${third} is cut short (sound up to the object /core/configmaps/a/b)`,
    ],
    [
      Buffer.concat([bytes, bytes.subarray(16, 18)]),
      "is damaged: 2 bytes follow the end (sound up to the object /core/configmaps/a/c)",
    ],
    [
      swapped,
      `is damaged: the checksum of block 2, bytes ${second} to ${second + bytes.length - third - 1}, does not fit (no object before that can be read)`,
    ],
    [Buffer.alloc(0), "is no snapshot of Tiphys, or its first bytes are damaged"],
  ] as const) {
    writeFileSync(path, content);
    await assert.rejects(read(path), { message: `${path} ${message}` });
  }
});

test("a newer format is refused with what to do", async () => {
  const path = await write("newer", { ...head, format: 2 });
  await assert.rejects(read(path), {
    message: `${path} was written by a newer version of Tiphys (snapshot format 2, this one reads 1): use that version`,
  });
});
