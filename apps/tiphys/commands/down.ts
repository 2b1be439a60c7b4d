/** `tiphys down`: ends the cluster's process, then what its containers left running. Objects and images stay. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { textLog } from "../../../adapters/log/log.ts";
import { type Invocation, UserError } from "../command.ts";
import { dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { stopProcess } from "../stop-process.ts";
import type { downFlags } from "./cluster.commands.ts";

export async function down({ values }: Invocation<typeof downFlags>): Promise<number> {
  const path = dataDirectoryPath(values["data-dir"]);
  if (!existsSync(join(path, "VERSION"))) {
    throw new UserError(`there is no cluster in ${path}: name its directory with --data-dir DIR`);
  }
  const ran = await stopProcess(path, values.timeout);
  await endContainers(path, true);
  process.stdout.write(ran ? `the cluster in ${path} is stopped\n` : `no cluster ran in ${path}\n`);
  return 0;
}

/** Where the cluster had real containers. The directory is held meanwhile, so that nothing starts in it. */
export async function endContainers(path: string, keepImages: boolean): Promise<void> {
  if (!existsSync(join(path, "containerd"))) return;
  const data = openDataDirectory(path);
  try {
    const { endMachine } = await import("../machine.ts");
    await endMachine(data, textLog({ level: "warn" }), keepImages);
  } finally {
    data.release();
  }
}
