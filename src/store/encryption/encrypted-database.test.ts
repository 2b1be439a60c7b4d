import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedDatabaseContract } from "../shared-database.contract.ts";
import type { DatabaseEvent } from "../shared-database.ts";
import { MemoryDatabase } from "../testing/memory-database.ts";
import { encryptedDatabase } from "./encrypted-database.ts";
import { veil } from "./testing/veil.ts";
import { CannotOpen } from "./transformer.ts";

const memory = new MemoryDatabase();
sharedDatabaseContract("encrypted", { open: async () => encryptedDatabase(memory.door(), () => veil(1)) });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const put = (key: string, value: string) => ({ compare: [], puts: [{ key, value: bytes(value) }], deletes: [] });

test("a watch waits for keys that must be fetched, and what comes after it waits as well", async () => {
  const inner = new MemoryDatabase();
  const gate = Promise.withResolvers<void>();
  const waits = veil(2, () => gate.promise);
  const reader = encryptedDatabase(inner.door(), () => waits);
  const told: (string | number)[] = [];
  const third = Promise.withResolvers<void>();
  reader.watch("/", 0, {
    events(events: readonly DatabaseEvent[]) {
      for (const { value, stale } of events) told.push(`${new TextDecoder().decode(value)}${stale ? " stale" : ""}`);
      if (told.length === 3) third.resolve();
    },
    progress: () => {},
    lost: (cause) => third.reject(cause),
  });
  const own = encryptedDatabase(inner.door(), () => veil(2));
  const other = encryptedDatabase(inner.door(), () => veil(1));
  await own.commit(put("/a", "first"));
  await other.commit(put("/b", "second"));
  await own.commit(put("/c", "third"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, ["first"]);
  gate.resolve();
  await third.promise;
  assert.deepEqual(told, ["first", "second stale", "third"]);
  for (const database of [reader, own, other]) await database.close();
});

test("a value under another key than its own ends the watch with the reason, and fails a list", async () => {
  const inner = new MemoryDatabase();
  const plain = inner.door();
  const reader = encryptedDatabase(inner.door(), () => veil(1));
  const lost = Promise.withResolvers<Error>();
  reader.watch("/", 0, { events: () => {}, progress: () => {}, lost: lost.resolve });
  await plain.commit({ compare: [], puts: [{ key: "/a", value: veil(1).seal(bytes("x"), "/b") }], deletes: [] });
  assert.ok((await lost.promise) instanceof CannotOpen);
  await assert.rejects(reader.list("/"), /^Error: \/a cannot be read: it belongs to \/b$/);
  for (const database of [plain, reader]) await database.close();
});
