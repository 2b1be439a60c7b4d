/** What the long runs have in common: settings from the command line, a directory that goes away, and a line with the result. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** Runs `work` with `defaults` overridden by the command line's `--name value`, and prints what it answers and how long it took. */
export async function soak<T extends Record<string, number>>(
  defaults: T,
  work: (settings: T & { readonly directory: string }) => Promise<string>,
): Promise<void> {
  const names = [...Object.keys(defaults), "directory"];
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  });
  const settings = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, Number(values[name] ?? value)]),
  );
  const directory = mkdtempSync(join(values["directory"] ?? tmpdir(), "tiphys-soak-"));
  const began = performance.now();
  try {
    const result = await work({ ...(settings as T), directory: join(directory, "data") });
    console.log(`${result} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
