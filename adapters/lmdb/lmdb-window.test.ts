import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openStore } from "../../src/store/local-store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "tiphys-window-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the disk holds the kept window and no more, however much was written", async () => {
  const journal = await openLmdbJournal(folder);
  const store = await openStore({ clock: systemClock, codec: jsonCodec, journal, keep: { revisions: 200 } });
  const text = "x".repeat(8000);
  const size = (): number => statSync(join(folder, "data.mdb")).size;
  const write = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 50) {
      const commits = Array.from({ length: 50 }, (_, n) => {
        const key = `/core/configmaps/a/${n}`;
        return store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ text }) }], {});
      });
      await Promise.all(commits);
    }
  };
  await write(1000);
  const early = size();
  await write(5000);
  const all = 6000 * text.length;
  assert.ok(size() < 2 * early && size() < all / 3, `${early} bytes became ${size()} of ${all} written`);
  const oldest = store.snapshotAt(store.compactedRevision).get("/core/configmaps/a/7");
  assert.deepEqual(oldest?.object, { text });
  assert.ok(store.revision - store.compactedRevision <= 200 + 50);
  await store.close();
});
