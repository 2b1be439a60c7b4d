/**
 * Kills a process that writes to the embedded store again and again, and looks at what is left each time.
 *
 *     node test/soak/kill9.ts [--cycles 500] [--seed 1] [--directory /tmp]
 *
 * Ends with an error at the first write that was acknowledged and is lost, or that is there in part.
 */
import { killAgainAndAgain } from "../../adapters/lmdb/testing/kill.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { soak } from "./soak.ts";

await soak({ cycles: 500, seed: 1 }, async ({ cycles, seed, directory }) => {
  const { acknowledged, unacknowledged } = await killAgainAndAgain(directory, cycles, new SeededRandom(seed));
  return (
    `${cycles} kills: 0 lost, 0 damaged; ${acknowledged} revisions acknowledged, ` +
    `${unacknowledged} more were there that nobody had been told of`
  );
});
