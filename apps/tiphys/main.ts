/** Runs one command line: finds the command, shows help, turns failures into one sentence and an exit code. */
import type { Flag, ParsedFlags } from "../../src/kubectl/flags.ts";
import { find, helpText, read, UserError } from "./command.ts";
import { root } from "./commands/index.ts";
import { explain } from "./explain.ts";
import { PACKAGE_VERSION, VERSION } from "./version.ts";

/** Sets the process' exit code; the process ends when nothing is left to do. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever read our output may have gone; a cluster must not go with him.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    process.exitCode = await run(argv);
  } catch (error) {
    const told = explain(error);
    process.stderr.write(`tiphys: ${told.message}\n`);
    if (!(told instanceof UserError) && process.env["TIPHYS_DEBUG"])
      process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = told instanceof UserError ? told.exitCode : 1;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  // `tiphys help up` is `tiphys up --help`.
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const found = find(root, words);
  const { values, changed, args } = read(found) as ParsedFlags<Record<string, Flag<unknown>>>;
  if (values["version"] && found.command === root) {
    process.stdout.write(`Tiphys ${PACKAGE_VERSION}, Kubernetes ${VERSION}\n`);
    return 0;
  }
  if (values["help"] || !found.command.run) {
    process.stdout.write(helpText(found));
    return found.command.run || values["help"] ? 0 : 1;
  }
  return found.command.run({ values, changed, args });
}
