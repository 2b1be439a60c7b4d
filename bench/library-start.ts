/**
 * How soon a cluster in a program is there: until the first request is answered, and until controllers, scheduler and
 * a simulated node run. The module is loaded before; `npm run build` makes the one that is measured.
 *
 *     npm run build && node bench/library-start.ts [--rounds 7]
 *
 * Each round is a process of its own. Prints one JSON line with medians in milliseconds.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const module = resolve(import.meta.dirname, "../dist/apps/library/index.js");
const program = `
  const { Cluster, Namespace } = await import(${JSON.stringify(module)});
  const began = performance.now();
  let answered = 0;
  const cluster = await Cluster.start({
    answering: async (client) => {
      await client.list(Namespace);
      answered = performance.now() - began;
    },
  });
  const running = performance.now() - began;
  console.log(JSON.stringify({ answered, running }));
  await cluster.stop();
`;
const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  return JSON.parse(output) as { answered: number; running: number };
});
const median = (read: (round: (typeof rounds)[number]) => number): number => {
  const sorted = rounds.map(read).toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]!);
};
console.log(
  JSON.stringify({ firstAnswerMs: median(({ answered }) => answered), runningMs: median(({ running }) => running) }),
);
