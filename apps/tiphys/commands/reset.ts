/**
 * `tiphys reset`: nothing of the cluster is left, on the disk, in the kernel, or in the kubeconfig. With `--to` the running
 * cluster becomes what it was.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { machineHost } from "../../../adapters/host/index.ts";
import { kubeconfigPaths, pathToWrite, removeEntry } from "../../../adapters/kubeconfig/index.ts";
import { silent } from "../../../src/machinery/log.ts";
import type { ToldReset } from "../../../src/machinery/told-fork.ts";
import { type Invocation, UserError } from "../command.ts";
import { dataDirectoryPath, runningIn } from "../data-dir.ts";
import { withCluster } from "../connect.ts";
import { countText } from "../meter.ts";
import { stopProcess } from "../stop-process.ts";
import { endContainers } from "./down.ts";
import type { resetFlags } from "./cluster.commands.ts";

const STOP_TIMEOUT = 60_000;

export async function reset({ values }: Invocation<typeof resetFlags>): Promise<number> {
  if (values.to !== "") return resetTo(values);
  const path = dataDirectoryPath(values["data-dir"]);
  if (!existsSync(join(path, "VERSION"))) {
    throw new UserError(
      existsSync(path) && readdirSync(path).length > 0
        ? `${path} is not a data directory of Tiphys: nothing was removed`
        : `there is no cluster in ${path}: nothing to remove`,
    );
  }
  if (!values.yes) await confirm(`Remove everything in ${path}: objects, containers, images?`);
  const file = runningIn(path)?.kubeconfig ?? pathToWrite(kubeconfigPaths(values.kubeconfig || undefined));
  await stopProcess(path, STOP_TIMEOUT);
  await endContainers(path, false);
  // Volumes in memory are mounts: these go before the files do.
  await machineHost({ root: join(path, "kubelet"), log: silent }).files.remove(join(path, "kubelet"));
  rmSync(path, { recursive: true, force: true });
  await removeEntry(file, path);
  process.stdout.write(`everything of the cluster in ${path} is removed\n`);
  return 0;
}

async function resetTo(values: Invocation<typeof resetFlags>["values"]): Promise<number> {
  return withCluster("reset", values, async ({ ask, server, context }) => {
    const where = context === "" ? server.url : `the cluster of context "${context}"`;
    if (!values.yes) await confirm(`Make ${where} what it was at ${values.to}, and undo all that was done since?`);
    const done = (await ask("POST", "/tiphys/v1/reset", { body: { to: values.to } })) as ToldReset;
    process.stdout.write(
      `${where} is as it was at revision ${done.to}: ${countText(done.objects)} objects were changed\n`,
    );
    process.stdout.write(
      `This is undone by: tiphys reset --to ${done.before}${values.context ? ` --context ${context}` : ""}\n`,
    );
    return 0;
  });
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UserError(`${question} There is no terminal to ask on: say --yes to go on`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("nothing was changed");
  } finally {
    terminal.close();
  }
}
