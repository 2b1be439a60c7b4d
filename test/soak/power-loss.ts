/**
 * Records what the embedded store does to its file under load, and lets the power go after every single call: once with all that was
 * written, and some times with a part of what was not synced. Each of those files is opened and checked.
 *
 *     node test/soak/power-loss.ts [--revisions 1200] [--share 1] [--outcomes 2] [--seed 1] [--directory /dev/shm]
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { buildDisk, readTrace, runOnDisk } from "../../adapters/lmdb/testing/disk.ts";
import { losePower } from "../../adapters/lmdb/testing/power-loss.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { soak } from "./soak.ts";

await soak({ revisions: 1200, share: 1, outcomes: 2, seed: 1 }, async (settings) => {
  const { revisions, share, outcomes, seed, directory } = settings;
  const library = buildDisk(dirname(directory));
  if (library === undefined) throw new Error("needs gcc on Linux");
  const trace = `${directory}.trace`;
  const args = [directory, String(revisions)];
  const { status, stderr } = await runOnDisk({ library, script: "writer.ts", args, trace });
  if (status !== 0) throw new Error(stderr);
  const calls = readTrace(trace);
  const scratch = `${directory}-left`;
  mkdirSync(scratch);
  const random = new SeededRandom(seed);
  const { prefixes, opened } = await losePower({ calls, directory: scratch, random, share, outcomes });
  const count = (type: string): number => calls.filter((call) => call.type === type).length;
  return (
    `${calls.length} calls (${count("write")} writes, ${count("sync")} flushes, ${count("acknowledge")} acknowledged): ` +
    `${opened} files of ${prefixes} prefixes opened, 0 lost, 0 damaged`
  );
});
