/** The embedded store under many clients at once does what a store could that does one thing after the other. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { openStore } from "../../src/store/local-store.ts";
import { findAnomalies } from "../../src/store/testing/concurrent-history.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { recordHistory } from "../../src/store/testing/record-history.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-linearizability-"));
after(() => rmSync(root, { recursive: true, force: true }));

const operations = Number(process.env["STORE_HISTORY"] ?? 3000);

for (const seed of [1, 2]) {
  test(`${operations} operations of 16 clients are linearizable, and watchers miss nothing (seed ${seed})`, async () => {
    const journal = await openLmdbJournal(join(root, String(seed)));
    const store = await openStore({ clock: systemClock, codec: jsonCodec, journal });
    const history = await recordHistory({
      stores: [store],
      clients: 16,
      operations,
      random: new SeededRandom(seed),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    });
    await store.close();
    const outcomes = Map.groupBy(history.operations, ({ outcome }) => outcome.type);
    assert.deepEqual([...outcomes.keys()].toSorted(), ["conflict", "done"]);
    assert.deepEqual(findAnomalies(history), []);
  });
}
