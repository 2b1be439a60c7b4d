/**
 * Writes the same keys for minutes: the file stays as large as what is kept, because compaction gives its pages back to be used again.
 *
 *     node test/soak/same-keys.ts [--seconds 180] [--keys 1000] [--size 2000] [--keep 5000] [--directory /tmp]
 *
 * Says also how many bytes the process wrote for each byte of a value, as the system counts them.
 */
import { readFileSync } from "node:fs";
import { overwrite } from "../../adapters/lmdb/testing/overwrite.ts";
import { soak } from "./soak.ts";

/** Until then the kept window fills and the first pages come free. */
const WARM_UP = 0.2;
/** So much larger than then may the file ever be. */
const BOUND = 1.2;

await soak({ seconds: 180, keys: 1000, size: 2000, keep: 5000 }, async ({ seconds, keys, size, keep, directory }) => {
  const began = performance.now();
  const written = bytesWritten();
  let [warm, most, total] = [0, 0, 0];
  const count = await overwrite({
    directory,
    keys,
    size,
    keep,
    every: 1000,
    sample(file, writes) {
      const share = (performance.now() - began) / 1000 / seconds;
      if (share < WARM_UP) warm = Math.max(warm, file);
      most = Math.max(most, file);
      total = writes;
      return share < 1;
    },
  });
  if (count !== keys) throw new Error(`${count} of ${keys} keys are there`);
  if (most > warm * BOUND) throw new Error(`the file grew from ${mib(warm)} to ${mib(most)} MiB`);
  const amplification = (bytesWritten() - written) / (total * size);
  return (
    `${total} writes of ${size} B to ${keys} keys, ${keep} revisions kept: the file had ${mib(warm)} MiB after a fifth of the time ` +
    `and never more than ${mib(most)}; ${amplification.toFixed(1)} bytes written for each`
  );
});

function bytesWritten(): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? Number.NaN);
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
