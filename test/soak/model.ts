/**
 * Random operations against the simple model, many: on the store in memory, on the store over a shared database in memory, and
 * (a fifth as many, for the disk's sake) on the store with its journal on the disk, with restarts.
 *
 *     node test/soak/model.ts [--operations 1000000] [--seed 1] [--directory /tmp]
 */
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../../adapters/lmdb/lmdb-journal.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../src/machinery/testing/virtual-clock.ts";
import { openStore } from "../../src/store/local-store.ts";
import { registryLayout } from "../../src/store/registry-layout.ts";
import { openSharedStore } from "../../src/store/shared-store.ts";
import type { Store } from "../../src/store/store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { MemoryDatabase } from "../../src/store/testing/memory-database.ts";
import { sharedJsonCodec } from "../../src/store/testing/shared-codec.ts";
import { runModel } from "../../src/store/testing/store-model.ts";
import type { ModelRun } from "../../src/store/testing/store-model.ts";
import { soak } from "./soak.ts";

/** The model keeps every revision as a whole, so a run is cut into so many operations, each with a seed of its own. */
const ONE_RUN = 4000;
const layout = registryLayout([
  { group: "core", resource: "pods" },
  { group: "core", resource: "nodes" },
]);

await soak({ operations: 1_000_000, seed: 1 }, async ({ operations, seed, directory }) => {
  await repeat("in memory", operations, seed, () => ({
    open: () => openStore({ clock: new VirtualClock(1), codec: jsonCodec }),
  }));
  await repeat("over a shared database", operations, seed, () => ({ open: openShared, shared: true }));
  let runs = 0;
  await repeat("on the disk", operations / 5, seed, () => {
    const name = `${directory}-${runs++}`;
    return {
      open: () => openDurable(name),
      async reopen(store) {
        await store.close();
        return openDurable(name);
      },
    };
  });
  return `seed ${seed}: all agree with the model`;
});

async function repeat(
  what: string,
  operations: number,
  seed: number,
  run: () => Pick<ModelRun, "open" | "reopen" | "shared">,
): Promise<void> {
  const began = performance.now();
  for (let done = 0; done < operations; done += ONE_RUN) {
    const count = Math.min(ONE_RUN, operations - done);
    await runModel({ ...run(), random: new SeededRandom(seed + done / ONE_RUN), operations: count });
  }
  console.log(`${what}: ${operations} operations agree (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

async function openShared(): Promise<Store> {
  return openSharedStore({
    database: new MemoryDatabase().door(),
    layout,
    codec: sharedJsonCodec,
    clock: new VirtualClock(1),
    random: new SeededRandom(1),
  });
}

async function openDurable(directory: string): Promise<Store> {
  return openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(directory) });
}
